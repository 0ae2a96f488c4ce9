package api

import (
	"maps"
	"net/http"

	"ordo/internal/address"
)

func lookupRoutes() []route {
	const tag = "Lookup"
	return []route{
		{
			op: "lookUp", method: http.MethodGet, path: "/v1/lookup", tag: tag, summary: "Find anything by what somebody has in hand", scope: "orders:read",
			query: []param{{name: "q", detail: "a number, id, mail address, phone number, beginning of a name, tracking number, postal code, SKU; from 2 to 200 characters"}},
			out:   List[Hit]{}, status: 200, handle: lookUp,
			detail: "At most 25 hits, the likeliest first: whole ids and numbers before names and postal codes, newer before older. Capitals, spaces and the punctuation of phone numbers do not matter.",
		},
		{
			op: "getCustomerOverview", method: http.MethodGet, path: "/v1/customer-overview", tag: tag, summary: "All that is known of a customer, by mail address", scope: "orders:read",
			query: []param{{name: "email", detail: "mail address; capitals do not matter"}},
			out:   CustomerOverview{}, status: 200, handle: getOverview,
			detail: "Orders with statuses and money, returns, cases, store credit, notes, addresses, what happened last. Of the channels that the key sees. An address that nobody ordered with has an empty overview.",
		},
	}
}

func init() {
	o := exPlaced()
	maps.Copy(examples, map[string]example{
		"lookUp": {nil, List[Hit]{Data: []Hit{{Type: "order", ID: exOrder, Title: "1042", Detail: "open", Order: exOrder, Channel: "web", By: "email", Path: "/v1/orders/" + exOrder}}}},
		"getCustomerOverview": {nil, CustomerOverview{
			Email: "grace@example.com", Names: []string{"Grace"}, Phones: []string{}, Addresses: []address.Address{o.ShippingAddress}, FirstOrder: exTime, Complete: true, Statuses: map[string]int{"open": 1},
			Money:       []CustomerMoney{{Orders: 1, Ordered: pounds(2500), Captured: pounds(0), Refunded: pounds(0), Lifetime: pounds(0), Due: pounds(2500), Owed: pounds(0)}},
			Orders:      []OverviewOrder{{exOrder, "1042", "web", "open", "authorized", "unfulfilled", "none", pounds(2500), pounds(2500), nil, exTime}},
			StoreCredit: []OverviewCredit{}, Notes: []OverviewNote{}, Events: []Event{}, Customer: exCustomerID,
			Returns: []OverviewReturn{{ID: "ret_01kas8rz0hefgtq4ty8f7zm6dj", Number: "1042-R1", Order: exOrder, Type: "return", Status: "approved", At: exTime}},
			Cases:   []OverviewCase{{exCase, "C1001", "open", "normal", "Where is my mug?", "2026-11-23T17:00:00.000000Z", exTime}},
		}},
	})
	exampleQueries["lookUp"] = "q=grace@example.com"
	exampleQueries["getCustomerOverview"] = "email=grace@example.com"
	maps.Copy(abouts, map[string]string{
		"Hit":              "Something that a lookup found.",
		"CustomerOverview": "All that is known of a customer by mail address.",
		"CustomerMoney":    "What a customer's orders came to in one currency.",
		"OverviewOrder":    "An order in an overview.",
		"OverviewReturn":   "A return, exchange or claim in an overview.",
		"OverviewCase":     "A case in an overview.",
		"OverviewCredit":   "An account of store credit in an overview.",
		"OverviewNote":     "A remark on one of the orders.",
	})
}
