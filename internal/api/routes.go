package api

import (
	"net/http"

	"ordo/internal/fulfillment"
	"ordo/internal/order"
)

// route is one operation. The server, the OpenAPI description and the tests read the table below.
type route struct {
	method  string
	path    string
	tag     string
	summary string
	detail  string
	scope   string // what the API key needs
	query   []param
	in, out any // zero values of the body and of the answer; nil for none
	status  int // of success
	etag    bool
	codes   []string // problem codes beyond those that every route has
	handle  func(*call) error
}

// param is a query parameter.
type param struct {
	name, detail string
	number       bool
	values       []string
}

var (
	limitParam  = param{name: "limit", detail: "page size, 1 to 1000; larger is clamped", number: true}
	cursorParam = param{name: "cursor", detail: "next_cursor of the page before"}
	dryParam    = param{name: "dry_run", detail: "true: same rules and answer, nothing is written", values: []string{"true", "false"}}
	paged       = []param{limitParam, cursorParam}
)

func orderStatuses() (out []string) {
	for _, s := range order.Statuses {
		out = append(out, string(s))
	}
	return out
}

func fulfillmentStatuses() (out []string) {
	for _, s := range fulfillment.Statuses {
		out = append(out, string(s))
	}
	return out
}

var (
	paymentStatuses = []string{"none", "pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided", "failed", "overcharged"}
	fulfillmentAxis = []string{"unfulfilled", "in_progress", "partially_shipped", "shipped", "partially_delivered", "delivered", "canceled"}
	placeCodes      = []string{"insufficient_stock", "payment_declined", "external_order_conflict", "channel_forbidden", "missing_scope", "idempotency_in_flight"}
	transitionCodes = []string{"not_found", "illegal_transition", "version_mismatch"}
	routes          []route
)

func init() {
	routes = append(routes, orderRoutes()...)
	routes = append(routes, fulfillmentRoutes()...)
	routes = append(routes, stockRoutes()...)
	routes = append(routes, catalogRoutes()...)
	routes = append(routes, platformRoutes()...)
}

func orderRoutes() []route {
	return []route{
		{
			method: http.MethodPost, path: "/v1/orders", tag: "Orders", summary: "Place an order", scope: "orders:write", query: []param{dryParam},
			in: PlaceOrder{}, out: Order{}, status: http.StatusCreated, etag: true, codes: placeCodes, handle: placeOrder,
			detail: "Checks the order, takes its stock and arranges its payment, in one step. With a provider that needs a call the answer waits for its outcome " +
				"for a bounded time. The same external_id again answers 200 with the order that exists.",
		},
		{
			method: http.MethodGet, path: "/v1/orders", tag: "Orders", summary: "List orders, newest first", scope: "orders:read", out: List[Order]{}, status: 200, handle: listOrders,
			query: append([]param{
				{name: "status", values: orderStatuses()},
				{name: "payment_status", values: paymentStatuses},
				{name: "fulfillment_status", values: fulfillmentAxis},
				{name: "channel", detail: "sales channel"},
				{name: "customer", detail: "mail address"},
				{name: "q", detail: "order number, external id, order id or mail address, whole"},
			}, paged...),
		},
		{method: http.MethodGet, path: "/v1/orders/{id}", tag: "Orders", summary: "Read an order", scope: "orders:read", out: Order{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getOrder},
		{
			method: http.MethodPost, path: "/v1/orders/{id}/cancel", tag: "Orders", summary: "Cancel an order", scope: "orders:write", query: []param{dryParam},
			in: CancelOrder{}, out: Order{}, status: 200, etag: true, codes: transitionCodes, handle: cancelOrder,
			detail: "Gives up an order of which nothing has shipped: stock is given back, authorized money voided, captured money refunded.",
		},
		{
			method: http.MethodGet, path: "/v1/orders/{id}/timeline", tag: "Orders", summary: "Everything that happened to an order", scope: "orders:read",
			query: paged, out: List[Event]{}, status: 200, codes: []string{"not_found"}, handle: orderTimeline,
		},
		{
			method: http.MethodPost, path: "/v1/orders/{id}/payments/{payment}/receipts", tag: "Payments", summary: "Record money that arrived on a manual payment", scope: "payments:write",
			query: []param{dryParam}, in: Receipt{}, out: Order{}, status: 200, etag: true, codes: []string{"not_found", "not_manual", "payment_limit", "version_mismatch"}, handle: recordReceipt,
		},
	}
}

func fulfillmentRoutes() []route {
	step := func(name, summary string, in any) route {
		return route{
			method: http.MethodPost, path: "/v1/fulfillments/{id}/" + name, tag: "Fulfillment", summary: summary, scope: "fulfillments:write", query: []param{dryParam},
			in: in, out: Fulfillment{}, status: 200, etag: true, codes: transitionCodes, handle: fulfill(name),
		}
	}
	return []route{
		{
			method: http.MethodGet, path: "/v1/fulfillments", tag: "Fulfillment", summary: "List fulfillment orders, oldest first", scope: "fulfillments:read",
			query: append([]param{{name: "location", detail: "location code"}, {name: "status", values: fulfillmentStatuses()}}, paged...),
			out:   List[Fulfillment]{}, status: 200, codes: []string{"all_channels_required"}, handle: listFulfillments,
		},
		{
			method: http.MethodGet, path: "/v1/fulfillments/{id}", tag: "Fulfillment", summary: "Read a fulfillment order", scope: "fulfillments:read",
			out: Fulfillment{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getFulfillment,
		},
		step("release", "Release to the location's staff", nil),
		step("ship", "Ship with a tracking number; captures what has shipped", Ship{}),
		step("deliver", "Note the delivery", nil),
	}
}

func stockRoutes() []route {
	return []route{
		{
			method: http.MethodPost, path: "/v1/stock/adjustments", tag: "Inventory", summary: "Change stock on hand, all lines or none", scope: "stock:write", query: []param{dryParam},
			in: AdjustStock{}, out: Adjustment{}, status: http.StatusCreated, codes: []string{"insufficient_stock"}, handle: adjustStock,
		},
		{
			method: http.MethodGet, path: "/v1/stock", tag: "Inventory", summary: "List stock positions", scope: "stock:read",
			query: append([]param{{name: "sku"}, {name: "location", detail: "location code"}}, paged...), out: List[StockPosition]{}, status: 200, handle: listStock,
		},
	}
}

func catalogRoutes() []route {
	var out []route
	for _, k := range []struct {
		name, id       string
		in, one, list  any
		put, get, many func(*call) error
	}{
		{"product", "sku", PutProduct{}, Product{}, List[Product]{}, putProduct, getProduct, listProducts},
		{"location", "code", PutLocation{}, Location{}, List[Location]{}, putLocation, getLocation, listLocations},
		{"channel", "code", PutChannel{}, Channel{}, List[Channel]{}, putChannel, getChannel, listChannels},
	} {
		path := "/v1/" + k.name + "s"
		out = append(out,
			route{
				method: http.MethodPut, path: path + "/{" + k.id + "}", tag: "Catalog", summary: "Make or replace a " + k.name, scope: "catalog:write",
				in: k.in, out: k.one, status: 200, etag: true, codes: []string{"version_mismatch"}, handle: k.put, detail: "201 when it is new.",
			},
			route{method: http.MethodGet, path: path + "/{" + k.id + "}", tag: "Catalog", summary: "Read a " + k.name, scope: "catalog:read", out: k.one, status: 200, etag: true, codes: []string{"not_found"}, handle: k.get},
			route{method: http.MethodGet, path: path, tag: "Catalog", summary: "List " + k.name + "s", scope: "catalog:read", query: paged, out: k.list, status: 200, handle: k.many},
		)
	}
	return out
}

func platformRoutes() []route {
	return []route{
		{
			method: http.MethodGet, path: "/v1/events", tag: "Events", summary: "Read the journal", scope: "events:read", out: List[Event]{}, status: 200, codes: []string{"all_channels_required"}, handle: listEvents,
			query: []param{
				{name: "after", detail: "position that was read last; 0 from the start", number: true},
				limitParam,
				{name: "wait", detail: "seconds to wait for the first event when there is none, at most 60", number: true},
			},
			detail: "Pages in the order of commits, without gaps. wait makes it long polling; Accept: text/event-stream makes it a stream that resumes from Last-Event-ID.",
		},
		{
			method: http.MethodPost, path: "/v1/keys", tag: "API keys", summary: "Make an API key", scope: "keys:manage", query: []param{dryParam}, in: CreateKey{}, out: APIKey{}, status: http.StatusCreated, handle: createKey,
			detail: "The secret stands in this answer and nowhere else: only its hash is stored.",
		},
		{method: http.MethodGet, path: "/v1/keys", tag: "API keys", summary: "List API keys", scope: "keys:manage", query: paged, out: List[APIKey]{}, status: 200, handle: listKeys},
		{method: http.MethodDelete, path: "/v1/keys/{id}", tag: "API keys", summary: "Revoke an API key", scope: "keys:manage", out: APIKey{}, status: 200, codes: []string{"not_found"}, handle: revokeKey},
	}
}
