package api

import (
	"net/http"

	"ordo/internal/app"
)

// waveRoutes are for many fulfillment orders that are worked on together.
func waveRoutes() []route {
	return []route{
		{
			op: "planWave", method: http.MethodGet, path: "/v1/fulfillment-waves", tag: "Fulfillment", summary: "Find what to release together", scope: "fulfillments:read",
			query: []param{
				{name: "location", detail: "location code; required"},
				{name: "shipping_method", detail: "code of a shipping method"},
				{name: "carrier", detail: "code of a carrier: that of the shipping method"},
				{name: "before", detail: "RFC 3339: those that were planned before, such as the cut-off of today"},
				{name: "lines", detail: "single: of one line only, which need no sorting; multi: of more", values: []string{"single", "multi"}},
				{name: "limit", detail: "how many at most", number: true, least: 1, most: app.MaxWave, clamp: true, otherwise: 50},
			},
			out: Wave{}, status: 200, codes: []string{"not_found", "all_channels_required"}, handle: planWave,
			detail: "Changes nothing. Send the ids to releaseFulfillments, which judges each again, and print one pick list for all of them.",
		},
		{
			op: "getPickListOfMany", method: http.MethodGet, path: "/v1/fulfillment-pick-list.pdf", tag: "Fulfillment", summary: "One pick list for many, as PDF", scope: "fulfillments:read",
			query: []param{{name: "ids", detail: "1 to 100 ids of fulfillment orders of one location, separated by commas"}},
			file:  typePDF, status: 200, codes: []string{"not_found", "nothing_to_print", "all_channels_required"}, handle: pickListOfMany,
			detail: "One walk: each product once, in the order of SKUs, with the orders that it is for; then the orders to sort into, each with its barcode. What is picked already is left out.",
		},
	}
}
