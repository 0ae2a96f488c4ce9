package api

import (
	"net/http"
	"strings"

	"ordo/internal/fulfillment"
	"ordo/internal/order"
)

// route is one operation. The server, the OpenAPI description, the page and the tests read the table below.
type route struct {
	op      string // name of the operation, for generated clients and links
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
	codes   []string // problem codes beyond those that every route of its kind has (problemKinds)
	handle  func(*call) error
}

// param is a query parameter: one of values, or a number from least to most, or text.
type param struct {
	name, detail string
	values       []string
	number       bool
	least, most  int64
	clamp        bool  // a larger number means most
	otherwise    int64 // without the parameter
}

// param returns the query parameter of that name, or nil.
func (r *route) param(name string) *param {
	for i := range r.query {
		if r.query[i].name == name {
			return &r.query[i]
		}
	}
	return nil
}

// slots lists the names in braces in the path.
func (r *route) slots() (names []string) {
	for part := range strings.SplitSeq(r.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

var (
	limitParam  = param{name: "limit", detail: "page size; larger is clamped", number: true, least: 1, most: 1000, clamp: true, otherwise: 50}
	cursorParam = param{name: "cursor", detail: "next_cursor of the page before"}
	dryParam    = param{name: "dry_run", detail: "true: same rules and answer, nothing is written", values: []string{"true", "false"}}
	paged       = []param{limitParam, cursorParam}
	dry         = []param{dryParam}
)

func texts[S ~string](values []S) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

var (
	paymentStatuses = []string{"none", "pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided", "failed", "overcharged"}
	fulfillmentAxis = []string{"unfulfilled", "in_progress", "partially_shipped", "shipped", "partially_delivered", "delivered", "canceled"}
	placeCodes      = []string{"insufficient_stock", "payment_declined", "external_order_conflict", "channel_forbidden", "amount_too_large"}
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
			op: "placeOrder", method: http.MethodPost, path: "/v1/orders", tag: "Orders", summary: "Place an order", scope: "orders:write", query: dry,
			in: PlaceOrder{}, out: Order{}, status: http.StatusCreated, etag: true, codes: placeCodes, handle: placeOrder,
			detail: "Checks the order, takes its stock and arranges its payment, in one step. With a provider that needs a call the answer waits for its outcome " +
				"for a bounded time. The same external_id again answers 200 with the order that exists.",
		},
		{
			op: "listOrders", method: http.MethodGet, path: "/v1/orders", tag: "Orders", summary: "List orders, newest first", scope: "orders:read", out: List[Order]{}, status: 200, handle: listOrders,
			detail: "Without their payments, fulfillments and amount_due: read an order for these.",
			query: append([]param{
				{name: "status", detail: "status of the order", values: texts(order.Statuses)},
				{name: "payment_status", detail: "payment axis", values: paymentStatuses},
				{name: "fulfillment_status", detail: "fulfillment axis", values: fulfillmentAxis},
				{name: "channel", detail: "sales channel"},
				{name: "customer", detail: "mail address"},
				{name: "q", detail: "order number, external id, order id or mail address, whole"},
			}, paged...),
		},
		{
			op: "getOrder", method: http.MethodGet, path: "/v1/orders/{id}", tag: "Orders", summary: "Read an order", scope: "orders:read",
			out: Order{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getOrder,
		},
		{
			op: "cancelOrder", method: http.MethodPost, path: "/v1/orders/{id}/cancel", tag: "Orders", summary: "Cancel an order", scope: "orders:write", query: dry,
			in: CancelOrder{}, out: Order{}, status: 200, etag: true, codes: transitionCodes, handle: cancelOrder,
			detail: "Gives up an order of which nothing has shipped: stock is given back, authorized money voided, captured money refunded.",
		},
		{
			op: "getOrderTimeline", method: http.MethodGet, path: "/v1/orders/{id}/timeline", tag: "Orders", summary: "Everything that happened to an order", scope: "orders:read",
			query: paged, out: List[Event]{}, status: 200, codes: []string{"not_found"}, handle: orderTimeline,
		},
		{
			op: "recordReceipt", method: http.MethodPost, path: "/v1/orders/{id}/payments/{payment}/receipts", tag: "Payments",
			summary: "Record money that arrived on a manual payment", scope: "payments:write", query: dry, in: Receipt{}, out: Order{}, status: 200, etag: true,
			codes: []string{"not_found", "not_manual", "payment_limit", "version_mismatch", "amount_too_large"}, handle: recordReceipt,
		},
	}
}

func fulfillmentRoutes() []route {
	step := func(name, summary string, in any) route {
		return route{
			op: name + "Fulfillment", method: http.MethodPost, path: "/v1/fulfillments/{id}/" + name, tag: "Fulfillment", summary: summary, scope: "fulfillments:write", query: dry,
			in: in, out: Fulfillment{}, status: 200, etag: true, codes: transitionCodes, handle: fulfill(name),
		}
	}
	return []route{
		{
			op: "listFulfillments", method: http.MethodGet, path: "/v1/fulfillments", tag: "Fulfillment", summary: "List fulfillment orders, oldest first", scope: "fulfillments:read",
			query: append([]param{{name: "location", detail: "location code"}, {name: "status", detail: "state", values: texts(fulfillment.Statuses)}}, paged...),
			out:   List[Fulfillment]{}, status: 200, codes: []string{"all_channels_required"}, handle: listFulfillments,
		},
		{
			op: "getFulfillment", method: http.MethodGet, path: "/v1/fulfillments/{id}", tag: "Fulfillment", summary: "Read a fulfillment order", scope: "fulfillments:read",
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
			op: "adjustStock", method: http.MethodPost, path: "/v1/stock/adjustments", tag: "Inventory", summary: "Change stock on hand, all lines or none", scope: "stock:write", query: dry,
			in: AdjustStock{}, out: Adjustment{}, status: http.StatusCreated, codes: []string{"insufficient_stock", "quantity_too_large"}, handle: adjustStock,
		},
		{
			op: "listStock", method: http.MethodGet, path: "/v1/stock", tag: "Inventory", summary: "List stock positions", scope: "stock:read",
			query: append([]param{{name: "sku", detail: "stock keeping unit"}, {name: "location", detail: "location code"}}, paged...),
			out:   List[StockPosition]{}, status: 200, handle: listStock,
		},
	}
}

func catalogRoutes() []route {
	var out []route
	for _, k := range []struct {
		name, id       string
		in, one, list  any
		codes          []string
		put, get, many func(*call) error
	}{
		{"product", "sku", PutProduct{}, Product{}, List[Product]{}, nil, putProduct, getProduct, listProducts},
		{"location", "code", PutLocation{}, Location{}, List[Location]{}, nil, putLocation, getLocation, listLocations},
		{"channel", "code", PutChannel{}, Channel{}, List[Channel]{}, []string{"channel_forbidden"}, putChannel, getChannel, listChannels},
	} {
		path, name := "/v1/"+k.name+"s", strings.ToUpper(k.name[:1])+k.name[1:]
		out = append(out,
			route{
				op: "put" + name, method: http.MethodPut, path: path + "/{" + k.id + "}", tag: "Catalog", summary: "Make or replace a " + k.name, scope: "catalog:write",
				in: k.in, out: k.one, status: 200, etag: true, codes: append(k.codes, "version_mismatch"), handle: k.put,
				detail: "Whole: what is left out gets its default. 201 when it is new. Needs no Idempotency-Key.",
			},
			route{
				op: "get" + name, method: http.MethodGet, path: path + "/{" + k.id + "}", tag: "Catalog", summary: "Read a " + k.name, scope: "catalog:read",
				out: k.one, status: 200, etag: true, codes: []string{"not_found"}, handle: k.get,
			},
			route{op: "list" + name + "s", method: http.MethodGet, path: path, tag: "Catalog", summary: "List " + k.name + "s", scope: "catalog:read", query: paged, out: k.list, status: 200, handle: k.many},
		)
	}
	return out
}

func platformRoutes() []route {
	return []route{
		{
			op: "listEvents", method: http.MethodGet, path: "/v1/events", tag: "Events", summary: "Read the journal", scope: "events:read",
			out: List[Event]{}, status: 200, codes: []string{"all_channels_required"}, handle: listEvents,
			query: []param{
				{name: "after", detail: "position that was read last; 0 from the start", number: true, most: 1 << 53},
				limitParam,
				{name: "wait", detail: "seconds to wait for the first event when there is none", number: true, most: maxWait},
			},
			detail: "Pages in the order of commits, without gaps. wait makes it long polling; Accept: text/event-stream makes it a stream that resumes from Last-Event-ID.",
		},
		{
			op: "createKey", method: http.MethodPost, path: "/v1/keys", tag: "API keys", summary: "Make an API key", scope: "keys:manage", query: dry,
			in: CreateKey{}, out: APIKey{}, status: http.StatusCreated, codes: []string{"channel_forbidden"}, handle: createKey,
			detail: "The secret stands in this answer and nowhere else: only its hash is stored. A key gives only scopes and channels that it has itself.",
		},
		{
			op: "listKeys", method: http.MethodGet, path: "/v1/keys", tag: "API keys", summary: "List API keys", scope: "keys:manage", query: paged,
			out: List[APIKey]{}, status: 200, codes: []string{"all_channels_required"}, handle: listKeys,
		},
		{
			op: "revokeKey", method: http.MethodDelete, path: "/v1/keys/{id}", tag: "API keys", summary: "Revoke an API key", scope: "keys:manage",
			out: APIKey{}, status: 200, codes: []string{"not_found", "all_channels_required"}, handle: revokeKey,
			detail: "At once on the node that answers, within a second on others. Revoking it again changes nothing.",
		},
	}
}

// tags are the groups of operations, in the order of the table, with what they are about.
var tags = []struct{ Name, About string }{
	{"Orders", "Placing, finding and canceling orders."},
	{"Payments", "Money that arrives outside of payment providers."},
	{"Fulfillment", "What one location ships of one order: planned, released, shipped, delivered."},
	{"Inventory", "Stock by SKU and location. Available is on hand less everything that is promised or set aside."},
	{"Catalog", "Products, locations and sales channels: the reference data that orders are checked against."},
	{"Events", "The journal: everything that happened, gapless and in the order of commits."},
	{"API keys", "Who may do what."},
}

// page is a path that needs no API key.
type page struct {
	path, summary, kind string
	handle              func(*Server, http.ResponseWriter, *http.Request)
	codes               []string
	hidden              bool // not in the description
}

var pages = []page{
	{path: "/healthz", summary: "Whether the process lives", kind: typeJSON, handle: (*Server).healthz},
	{path: "/readyz", summary: "Whether the node should get traffic", kind: typeJSON, codes: []string{"not_ready", "database_unavailable"}, handle: (*Server).readyz},
	{path: "/metrics", summary: "Metrics in Prometheus' text format", kind: "text/plain", handle: (*Server).metricsPage},
	{path: "/openapi.json", summary: "This description", kind: typeJSON, handle: (*Server).openapi},
	{path: "/docs", summary: "This description for people", kind: "text/html", handle: (*Server).docs},
	{path: "/docs/docs.css", handle: (*Server).docsStyle, hidden: true},
	{path: "/docs/docs.js", handle: (*Server).docsScript, hidden: true},
}
