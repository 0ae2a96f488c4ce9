package api

import "net/http"

// orderEvents are the events of an order that have a route.
var orderEvents = []string{"place", "replace", "cancel", "cancel_lines", "change", "change_details"}

func changeRoutes() []route {
	return []route{
		{
			op: "changeOrderDetails", method: http.MethodPost, path: "/v1/orders/{id}/details", tag: "Orders", summary: "Change address, contact or shipping method", scope: "orders:write", query: dry,
			in: OrderDetails{}, out: Order{}, status: 200, etag: true, codes: append([]string{"already_packed", "amount_too_large", "label_exists"}, transitionCodes...), handle: changeDetails,
			detail: "Until something is packed. What is left out stays. Another country or region computes taxes and the price of the shipping method anew from the channel's tables; " +
				"taxes and charges that were given with the order stay.",
		},
	}
}
