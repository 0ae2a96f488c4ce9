package api

import (
	"net/http"

	"ordo/internal/app"
)

func paperRoutes() []route {
	return []route{
		{
			op: "getPickList", method: http.MethodGet, path: "/v1/fulfillments/{id}/pick-list.pdf", tag: "Fulfillment", summary: "The pick list as PDF", scope: "fulfillments:read",
			file: typePDF, status: 200, codes: []string{"not_found", "nothing_to_print"}, handle: fulfillmentPaper((*app.App).PickList),
			detail: "What to take off the shelves, with barcodes to scan; kits stand there as their parts.",
		},
		{
			op: "getPackingSlip", method: http.MethodGet, path: "/v1/fulfillments/{id}/packing-slip.pdf", tag: "Fulfillment", summary: "The packing slip as PDF", scope: "fulfillments:read",
			file: typePDF, status: 200, codes: []string{"not_found", "nothing_to_print"}, handle: fulfillmentPaper((*app.App).PackingSlip),
			detail: "What lies in the box and what follows, without prices. It names the customer.",
		},
	}
}
