package api

import (
	"net/http"

	"ordo/internal/fulfillment"
)

func fulfillmentRoutes() []route {
	step := func(name, summary string, in any) route {
		return route{
			op: name + "Fulfillment", method: http.MethodPost, path: "/v1/fulfillments/{id}/" + name, tag: "Fulfillment", summary: summary, scope: "fulfillments:write", query: dry,
			in: in, out: Fulfillment{}, status: 200, etag: true, codes: append([]string{"on_hold"}, transitionCodes...), handle: fulfill(name),
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
