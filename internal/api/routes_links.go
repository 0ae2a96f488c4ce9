package api

import (
	"maps"
	"net/http"

	"ordo/internal/address"

	"ordo/internal/errs"
)

func linkRoutes() []route {
	const tag = "Self-service"
	byLink := func(op, path, summary, detail string, in any, handle func(*call) error, codes ...string) route {
		return route{
			op: op, method: http.MethodPost, path: "/v1/links/{token}/" + path, tag: tag, summary: summary, detail: detail, open: true, keyed: true, query: dry,
			in: in, out: LinkedOrder{}, status: 200, codes: append([]string{"not_found", "link_forbids", "rate_limited"}, codes...), handle: handle,
		}
	}
	return []route{
		{
			op: "createLink", method: http.MethodPost, path: "/v1/orders/{id}/links", tag: tag, summary: "Make a link for the customer of an order", scope: "orders:write", query: dry,
			in: CreateLink{}, out: OrderLink{}, status: http.StatusCreated, codes: transitionCodes, handle: createLink,
			detail: "Signed and expiring. Whoever has it sees how the order stands and what its customer gave, and may do what it allows; revoking the links of an order ends all of them.",
		},
		{
			op: "revokeLinks", method: http.MethodPost, path: "/v1/orders/{id}/links/revoke", tag: tag, summary: "End all links of an order", scope: "orders:write", query: dry,
			out: Order{}, status: 200, etag: true, codes: []string{"not_found", "version_mismatch"}, handle: revokeLinks,
			detail: "At once. Links that are made afterwards work.",
		},
		{
			op: "getLink", method: http.MethodGet, path: "/v1/links/{token}", tag: tag, summary: "See an order by a link", open: true,
			out: LinkedOrder{}, status: 200, codes: []string{"not_found", "rate_limited"}, handle: getLink,
			detail: "Needs no API key. Tokens that are forged, expired or revoked all get the same answer.",
		},
		byLink("cancelByLink", "cancel", "Cancel the order, as its customer", "Until it is released to a location.", nil, cancelByLink, "illegal_transition", "already_released"),
		byLink("changeAddressByLink", "address", "Change where the order goes, as its customer", "Until something of it is packed. Taxes and shipping follow.", LinkAddress{}, addressByLink, "illegal_transition", "already_packed"),
		byLink("returnByLink", "returns", "Ask to send units back, as the customer", "Judged by the return policy of the channel. With items it is an exchange: they wait for the units, which pay for them.", LinkReturn{}, returnByLink, "illegal_transition", "return_denied", "return_limit", "insufficient_stock"),
		{
			op: "askLink", method: http.MethodPost, path: "/v1/links", tag: tag, summary: "Have the link to an order mailed to its customer", open: true,
			in: AskLink{}, out: AskedLink{}, status: http.StatusAccepted, codes: []string{"not_found", "rate_limited"}, handle: askLink,
			detail: "For forms of a shop. The answer is the same whether there is such an order or not; the mail goes to the address of the order, once in an hour. Six per minute and address. 404 without the setting public_url.",
		},
		{
			op: "payByLink", method: http.MethodPost, path: "/v1/links/{token}/payment", tag: tag, summary: "Get a page to pay what is due, as the customer", open: true, query: dry,
			out: LinkedPayment{}, status: http.StatusCreated, codes: []string{"not_found", "rate_limited", "illegal_transition", "payment_limit"}, handle: payByLink,
			detail: "A payment link that works for an hour, such as after a declined payment. However many are asked for, the order is paid once.",
		},
		{
			op: "writeByLink", method: http.MethodPost, path: "/v1/links/{token}/messages", tag: tag, summary: "Write to the shop about the order, as the customer", open: true,
			in: LinkMessage{}, out: TakenForm{}, status: 200, codes: []string{"not_found", "rate_limited", "no_address"}, handle: writeByLink,
			detail: "Opens a case with the order. The same words again are the same message. Six per minute.",
		},
		{
			op: "getLabelByLink", method: http.MethodGet, path: "/v1/links/{token}/labels/{number}.pdf", tag: tag, summary: "Print the label that a return comes back with, as the customer", open: true,
			file: typePDF, status: 200, codes: []string{"not_found", "rate_limited"}, handle: labelByLink,
			detail: "By the number of the return, such as 1042-R1.",
		},
	}
}

func init() {
	problemKinds = append(
		problemKinds,
		problemKind{"link_forbids", errs.Forbidden, "The link does not allow this; allowed says what it does.", "Ask the shop for another link.", nil},
		problemKind{"already_released", errs.Conflict, "A location has the order already, so its customer cannot cancel it any more.", "Ask the shop, which can ask the location; or return it.", nil},
	)
	problemFacts["link_forbids"] = map[string]any{"allowed": []string{"status"}}
	token := "01kas8rz0hefgtq4ty8f7zm6d7.f.0.gxq3b5a2i8.Zm9yZ2VkIHRva2VucyBvcGVuIG5vdGhpbmcgYXQgYWxs"
	link := OrderLink{Order: exOrder, URL: ref("http://localhost:8080/my-order/" + token), Token: ref(token), Allow: []string{"status", "cancel", "address"}, ExpiresAt: "2027-01-21T08:15:30.123456Z"}
	seen := LinkedOrder{
		Number: "1042", Shop: "Web shop", Status: "open", PaymentStatus: "authorized", FulfillmentStatus: "unfulfilled", ReturnStatus: "none", PlacedAt: exTime, Language: "en", TimeZone: "UTC",
		Totals: Totals{pounds(2500), pounds(0), pounds(0), pounds(0), pounds(0), pounds(2500)}, Granted: pounds(0), Paid: pounds(0), Held: pounds(2500), Payable: pounds(0), Total: pounds(2500), AmountDue: pounds(2500), RefundDue: pounds(0), ShippingAddress: exPlaced().ShippingAddress,
		Lines:   []LinkedLine{{ID: "1", SKU: "MUG", Name: "Mug", Quantity: 2, UnitPrice: pounds(1250), Total: pounds(2500), Expected: &Window{"2026-11-24", "2026-11-26"}}},
		Parcels: []LinkedParcel{{Status: "planned"}}, Returns: []LinkedReturn{}, Allowed: []string{"status", "cancel", "address"}, ExpiresAt: "2027-01-21T08:15:30.123456Z",
	}
	over := seen
	over.Status, over.FulfillmentStatus, over.Allowed, over.Parcels = "canceled", "canceled", []string{"status"}, []LinkedParcel{{Status: "canceled"}}
	sent := seen
	sent.Returns = []LinkedReturn{{Number: "1042-R1", Type: "return", Status: "approved", Lines: []ReturnUnits{{"1", 1}}, SendTo: &address.Address{Name: "Hull warehouse", Line1: "2 Dock Road", City: "Hull", PostalCode: "HU1 1AA", Country: "GB"}, SendBy: "2026-12-22T08:15:30.123456Z", LabelBy: "merchant", RefundTo: "tender", Items: pounds(1250), Shipping: pounds(0), Fees: pounds(0), Bonus: pounds(0), Refund: pounds(1250)}}
	sent.Status, sent.FulfillmentStatus, sent.ReturnStatus, sent.Allowed = "completed", "delivered", "requested", []string{"status", "return"}
	maps.Copy(lookups, map[string][]lookup{"createLink": {aOrder}, "revokeLinks": {aOrder}})
	maps.Copy(examples, map[string]example{
		"createLink":          {CreateLink{Allow: []string{"status", "cancel", "address"}, ExpiresInMinutes: 43200}, link},
		"revokeLinks":         {nil, exRemarked(func(*Order) {})},
		"getLink":             {nil, seen},
		"cancelByLink":        {nil, over},
		"changeAddressByLink": {LinkAddress{ShippingAddress: exPlaced().ShippingAddress}, seen},
		"payByLink":           {nil, LinkedPayment{ref("http://127.0.0.1:8080/pay/" + token), pounds(2500), "2026-11-22T09:15:30.123456Z"}},
		"getLabelByLink":      {},
		"askLink":             {AskLink{OrderNumber: "1042", Email: "grace@example.com"}, AskedLink{true}},
		"writeByLink":         {LinkMessage{Subject: "My mug", Text: "Where is it?"}, TakenForm{"C1001"}},
		"returnByLink":        {LinkReturn{Lines: []ReturnWish{{Line: "1", Quantity: 1, Reason: "unwanted"}}}, sent},
	})
	slotValues["token"], slotValues["number"] = "$TOKEN", "1042-R1"
	maps.Copy(abouts, map[string]string{
		"CreateLink":    "What a customer may do by a link, and how long.",
		"OrderLink":     "A signed link by which a customer sees an order and may do some things.",
		"LinkedOrder":   "An order as its customer sees it by a link.",
		"LinkedLine":    "A line as its customer sees it.",
		"LinkedReturn":  "A return, an exchange or a claim as its customer sees it.",
		"LinkedRefund":  "Money that the shop gives back, as its customer sees it.",
		"LinkedParcel":  "A parcel as its customer sees it.",
		"Window":        "A span of days.",
		"ReturnOptions": "What may be said of a return.",
		"AskLink":       "Whose link is to be mailed.", "AskedLink": "That a link was asked for.",
		"LinkedPayment": "A page on which what is due of an order is paid.",
		"LinkMessage":   "What a customer writes about an order.",
		"LinkAddress":   "Another address for an order.",
		"LinkReturn":    "What is to come back.",
	})
}
