package api

import (
	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/money"
)

// Examples of bodies and answers, by operation: in the description, and on the page as commands to paste. They are
// values of the types themselves, so they cannot fall behind them.

type example struct{ in, out any }

func pounds(pence int64) money.Money { return money.Money{Amount: pence, Currency: "GBP"} }

func ref[T any](v T) *T { return &v }

const (
	exOrder       = "ord_01kas8rz0hefgtq4ty8f7zm6d7"
	exPayment     = "pay_01kas8rz0hefgtq4ty8f7zm6d9"
	exFulfillment = "ful_01kas8rz0hefgtq4ty8f7zm6db"
	exKey         = "key_01kas8rz0hefgtq4ty8f7zm6dd"
	exTime        = "2026-11-22T08:15:30.123456Z"
)

var (
	exAddress  = address.Address{Name: "Grace Hopper", Line1: "1 Main Street", City: "London", PostalCode: "N1 1AA", Country: "GB"}
	exCustomer = Customer{Email: "grace@example.com", Name: "Grace Hopper"}
	exProduct  = Product{SKU: "MUG", Version: 1, Name: "Stoneware mug", Price: pounds(1250), WeightGrams: 380, TaxClass: "standard", Active: true}
	exLocation = Location{Code: "HULL", Version: 1, Name: "Hull warehouse", Type: "warehouse", Address: address.Address{Line1: "2 Dock Road", City: "Hull", PostalCode: "HU1 1AA", Country: "GB"}, Active: true, Sourcing: catalog.Sourcing{Pickup: catalog.PickupOffered}}
	exChannel  = Channel{
		Code: "market", Version: 1, Name: "Marketplace", Active: true, Minutes: 15, MaxMinutes: 1440, Locations: []string{"HULL"}, PricesIncludeTax: true,
		TaxRates:        []TaxRate{{Name: "VAT", Country: "GB", Rate: "0.2"}},
		ShippingMethods: []ShippingMethod{{Code: "standard", Name: "Standard delivery", Country: "GB", Price: pounds(399)}},
		Shortage:        "reject",
		Capture:         "shipment",
	}
	exPosition = StockPosition{SKU: "MUG", Location: "HULL", OnHand: 100, Allocated: 2, Available: 98}
	exShipment = Fulfillment{
		ID: exFulfillment, Version: 1, Order: exOrder, OrderNumber: "1042", Location: "HULL", Status: "planned", Lines: []FulfillmentLine{{Line: "1", SKU: "MUG", Quantity: 2}},
		Allowed: []string{"release"}, CreatedAt: exTime,
	}
	exEvent = Event{
		Seq: 42, At: exTime, Type: "order.accepted", Aggregate: exOrder, Version: 1, Actor: exKey, RequestID: "req_01kas8rz0hefgtq4ty8f7zm6d7",
		Body: []byte(`{"stock":[{"sku":"MUG","location":"HULL","bucket":"allocated","delta":2}]}`),
	}
	exAPIKey = APIKey{
		ID: ref(exKey), Version: 1, Name: "Web shop", Prefix: "ordo_sk_q2xd", Scopes: []string{"orders:read", "orders:write"}, Channels: []string{"web"},
		RateLimit: 600, CreatedAt: exTime,
	}
)

// exPlaced is the answer to the example of a placement.
func exPlaced() Order {
	o := exListed()
	o.AmountDue = ref(pounds(2500))
	o.Payments = []Payment{{
		ID: exPayment, Version: 1, Provider: "manual", Amount: pounds(2500), Authorized: pounds(2500), Captured: pounds(0), Refunded: pounds(0), Voided: pounds(0), Expired: pounds(0), Disputed: pounds(0),
		Entries: []PaymentEntry{{ID: "pye_01kas8rz0hefgtq4ty8f7zm6da", Kind: "authorize", State: "succeeded", Amount: pounds(2500), At: exTime, DoneAt: exTime}},
	}}
	o.Fulfillments = []Fulfillment{exShipment}
	return o
}

func exListed() Order {
	return Order{
		ID: ref(exOrder), Number: ref("1042"), Version: 1, Status: "open", PaymentStatus: "authorized", FulfillmentStatus: "unfulfilled", ReturnStatus: "none",
		Channel: "web", Currency: "GBP", Customer: exCustomer, ShippingAddress: exAddress,
		Lines: []OrderLine{{
			ID: "1", SKU: "MUG", Name: "Stoneware mug", Quantity: 2, UnitPrice: pounds(1250), Total: pounds(2500), Discount: pounds(0), Units: LineUnits{Allocated: 2},
		}},
		Shipping: OrderShipping{Amount: pounds(0)},
		Totals:   Totals{Items: pounds(2500), Discount: pounds(0), Shipping: pounds(0), Tax: pounds(0), TaxIncluded: pounds(0), GrandTotal: pounds(2500)},
		Allowed:  []string{"cancel"}, PlacedAt: exTime, AcceptedAt: exTime,
	}
}

func exCanceled() Order {
	o := exPlaced()
	o.Version, o.Status, o.PaymentStatus, o.FulfillmentStatus, o.Reason, o.ClosedAt, o.Allowed = 2, "canceled", "voided", "canceled", "customer", exTime, []string{}
	o.Lines[0].Total, o.Lines[0].Units = pounds(0), LineUnits{Canceled: 2}
	o.Totals.Items, o.Totals.GrandTotal, o.AmountDue = pounds(0), pounds(0), ref(pounds(0))
	o.Payments[0].Voided = pounds(2500)
	o.Payments[0].Version = 2
	o.Payments[0].Entries = append(o.Payments[0].Entries, PaymentEntry{
		ID: "pye_01kas8rz0hefgtq4ty8f7zm6de", Kind: "void", State: "succeeded", Amount: pounds(2500), At: exTime, DoneAt: exTime,
	})
	o.Fulfillments = []Fulfillment{exStep(2, "canceled")}
	return o
}

func exPaid() Order {
	o := exPlaced()
	o.Version, o.PaymentStatus, o.AmountDue = 2, "paid", ref(pounds(0))
	o.Payments[0].Version, o.Payments[0].Captured = 2, pounds(2500)
	o.Payments[0].Entries = append(o.Payments[0].Entries, PaymentEntry{
		ID: "pye_01kas8rz0hefgtq4ty8f7zm6df", Kind: "capture", State: "succeeded", Amount: pounds(2500), ProviderRef: "Bank transfer 4711", At: exTime, DoneAt: exTime,
	})
	return o
}

func exSecret() APIKey {
	k := exAPIKey
	k.Secret = "ordo_sk_q2xdexampleexampleexampleexample"
	return k
}

func exRevoked() APIKey {
	k := exAPIKey
	k.Version, k.RevokedAt = 2, exTime
	return k
}

var examples = map[string]example{
	"placeOrder": {
		PlaceOrder{
			Channel: "web", Customer: exCustomer, ShippingAddress: exAddress, Lines: []PlaceLine{{SKU: "MUG", Quantity: 2}}, Payment: PlacePayment{Provider: "manual"},
		}, exPlaced(),
	},
	"listOrders":       {nil, List[Order]{Data: []Order{exListed()}, NextCursor: exOrder}},
	"getOrder":         {nil, exPlaced()},
	"cancelOrder":      {CancelOrder{Reason: "customer"}, exCanceled()},
	"getOrderTimeline": {nil, List[Event]{Data: []Event{exEvent}}},
	"recordReceipt":    {Receipt{Amount: pounds(2500), Reference: "Bank transfer 4711"}, exPaid()},
	"listFulfillments": {nil, List[Fulfillment]{Data: []Fulfillment{exShipment}}},
	"getFulfillment":   {nil, exShipment},
	"adjustStock": {
		AdjustStock{Reason: "received", Lines: []AdjustLine{{SKU: "MUG", Location: "HULL", Delta: 500}}},
		Adjustment{ID: ref("adj_01kas8rz0hefgtq4ty8f7zm6dg"), Data: []StockPosition{exPosition}},
	},
	"listStock":     {nil, List[StockPosition]{Data: []StockPosition{exPosition}}},
	"putProduct":    {PutProduct{Name: exProduct.Name, Price: exProduct.Price, WeightGrams: exProduct.WeightGrams}, exProduct},
	"getProduct":    {nil, exProduct},
	"listProducts":  {nil, List[Product]{Data: []Product{exProduct}, NextCursor: "MUG"}},
	"putLocation":   {PutLocation{Name: exLocation.Name, Type: exLocation.Type, Address: exLocation.Address, Sourcing: exLocation.Sourcing}, exLocation},
	"getLocation":   {nil, exLocation},
	"listLocations": {nil, List[Location]{Data: []Location{exLocation}}},
	"putChannel": {
		PutChannel{
			Name: exChannel.Name, Locations: exChannel.Locations, PricesIncludeTax: true, TaxRates: exChannel.TaxRates, ShippingMethods: exChannel.ShippingMethods,
		}, exChannel,
	},
	"getChannel":   {nil, exChannel},
	"listChannels": {nil, List[Channel]{Data: []Channel{exChannel}}},
	"listAudit":    {nil, List[Event]{Data: []Event{exEvent}, NextCursor: "42"}},
	"listEvents":   {nil, List[Event]{Data: []Event{exEvent}, NextCursor: "42"}},
	"createKey":    {CreateKey{Name: "Web shop", Scopes: exAPIKey.Scopes, Channels: exAPIKey.Channels, RateLimit: 600}, exSecret()},
	"listKeys":     {nil, List[APIKey]{Data: []APIKey{exAPIKey}}},
	"revokeKey":    {nil, exRevoked()},
}

// problemFacts are the members that examples of problems carry beside the usual ones.
var problemFacts = map[string]map[string]any{
	"validation_failed": {"errors": []Finding{{"/lines/0/quantity", "out_of_range", "give a whole number from 1 to 1000000"}}},
	"malformed_json":    {"errors": []Finding{{"/lines/0", "malformed_json", "a name stands twice in one object (byte 57)"}}},
	"insufficient_stock": {
		"sku": "MUG", "available": 1, "short": []app.Short{{SKU: "MUG", Requested: 2, Available: 1}}, "options": []string{"other_items", "return"},
		"errors": []Finding{{"/lines/0/quantity", "insufficient_stock", "only 1 of MUG available, 2 ordered"}},
	},
	"payment_declined":        {"order": exOrder, "number": "1042", "reason": "card_declined"},
	"missing_scope":           {"scope": "orders:write"},
	"illegal_transition":      {"state": "canceled", "allowed": []string{}},
	"version_mismatch":        {"current_version": 4},
	"external_order_conflict": {"order": exOrder, "differences": []string{"/lines/0"}},
	"payment_limit":           {"requested": 3000, "available": 2500},
}

// abouts say what the schemas are.
var abouts = map[string]string{
	"Order":           "An order as it is now. In a dry run id and number are null, and ids of parts are empty.",
	"OrderLine":       "One line of an order.",
	"LineUnits":       "The units of a line by what became of them. Counters that are 0 are left out; delivered and returns are parts of shipped.",
	"OrderDiscount":   "A discount with its shares of the lines.",
	"OrderShipping":   "What the delivery costs the customer.",
	"Totals":          "The money of an order: grand_total = items - discount + shipping + tax.",
	"Payment":         "One tender of an order with its entries.",
	"PaymentEntry":    "One intent and its outcome.",
	"Fulfillment":     "A fulfillment order: what one location ships of one order.",
	"FulfillmentLine": "A quantity of an order line.",
	"StockPosition":   "The stock of a SKU at a location.",
	"Adjustment":      "An adjustment with the positions that it led to.",
	"AdjustStock":     "A change of stock on hand.",
	"AdjustLine":      "One change of stock on hand.",
	"Product":         "A product of the catalog.",
	"Location":        "A place that holds stock and may ship.",
	"Channel":         "A sales channel with its tables.",
	"TaxRate":         "A row of a channel's tax table. A row with the region counts before one without, then a row with the class; no row means no tax.",
	"ShippingMethod":  "A row of a channel's shipping table. A row with the country counts before one without.",
	"Event":           "A row of the journal.",
	"APIKey":          "An API key. The secret is shown once, when it is made.",
	"Money":           "An amount: {\"amount\":1999,\"currency\":\"EUR\"} is 19.99 euros.",
	"Address":         "A postal address.",
	"Customer":        "Who ordered.",
	"TaxLine":         "A tax on a line or on shipping.",
	"PlaceOrder":      "An order to place. What it gives for prices, discounts, shipping and taxes is final; what it leaves out comes from the catalog and the channel's tables.",
	"PlaceLine":       "One line of a placement.",
	"PlaceDiscount":   "A finished discount.",
	"PlaceShipping":   "A finished shipping charge.",
	"PlacePayment":    "How the order is paid.",
	"CancelOrder":     "Why the order is given up.",
	"Receipt":         "Money that arrived.",
	"Ship":            "What leaves, and with whom.",
	"PutProduct":      "A product, whole.",
	"PutLocation":     "A location, whole.",
	"PutChannel":      "A sales channel, whole.",
	"CreateKey":       "An API key to make.",
	"Problem":         "How every refusal looks (RFC 9457). The members from sku on are there where the code says so.",
	"Finding":         "One wrong place of a request.",
}
