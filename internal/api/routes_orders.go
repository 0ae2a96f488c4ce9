package api

import (
	"net/http"

	"ordo/internal/order"
)

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
				{name: "tag", detail: "a tag that the order has"},
				{name: "hold", detail: "type of an open hold that the order has", values: order.HoldTypeNames()},
				{name: "q", detail: "order number, external id, order id or mail address, whole"},
			}, paged...),
		},
		{
			op: "getOrder", method: http.MethodGet, path: "/v1/orders/{id}", tag: "Orders", summary: "Read an order", scope: "orders:read",
			query:  []param{{name: "as_of", detail: "a time, or a version: the order with its parts as they were then"}},
			detail: "With as_of it is folded from the journal; personal data that was erased since is left out.",
			out:    Order{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getOrder,
		},
		{
			op: "cancelOrder", method: http.MethodPost, path: "/v1/orders/{id}/cancel", tag: "Orders", summary: "Cancel an order", scope: "orders:write", query: dry,
			in: CancelOrder{}, out: Order{}, status: 200, etag: true, codes: append([]string{"units_not_cancelable"}, transitionCodes...), handle: cancelOrder,
			detail: "Gives up an order of which nothing has shipped, or some units of its lines that no location has accepted: stock is given back, authorized money voided, " +
				"money captured over what is left refunded. When nothing is left the order is canceled; when the rest has shipped it is completed.",
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
