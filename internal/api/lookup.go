package api

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/money"
)

// Hit is something that a lookup found.
type Hit struct {
	Type    string `json:"type" enum:"order,fulfillment,label,invoice,payment,return,order_change,product,case"`
	ID      string `json:"id"`
	Title   string `json:"title" doc:"what people call it" example:"1042"`
	Detail  string `json:"detail,omitzero" example:"open"`
	Order   string `json:"order,omitzero" doc:"id of the order that it belongs to"`
	Channel string `json:"channel,omitzero"`
	By      string `json:"by" doc:"what was found in it" enum:"id,number,external_id,tracking_number,invoice_number,provider_ref,email,sku,phone,name,postal_code,return_number,case_number"`
	Path    string `json:"path" doc:"where it is read"`
}

// hitPaths are where the types are read.
var hitPaths = map[string]string{
	"order": "/v1/orders/", "fulfillment": "/v1/fulfillments/", "label": "/v1/labels/", "return": "/v1/returns/", "order_change": "/v1/changes/", "product": "/v1/products/",
	"case": "/v1/cases/",
}

func hitJSON(h app.Hit) Hit {
	path := hitPaths[h.Type] + h.ID
	switch h.Type { // some are read below their orders
	case "payment":
		path = hitPaths["order"] + h.Order
	case "invoice":
		path = hitPaths["order"] + h.Order + "/invoices/" + h.ID
	}
	return Hit{h.Type, h.ID, h.Title, h.Detail, h.Order, h.Channel, h.By, path}
}

// seesCases reports whether the key may read cases: they belong to all channels.
func (c *call) seesCases() bool { return len(c.key.Channels) == 0 && c.key.Allows("cases:read") }

// lookupLimit is how many hits a lookup gives.
const lookupLimit = 25

func lookUp(c *call) error {
	q := strings.TrimSpace(c.query.Get("q"))
	if n := utf8.RuneCountInString(q); n < app.MinLookup || n > 200 {
		return errs.New(errs.Malformed, "invalid_parameter", "q has from %d to 200 characters", app.MinLookup)
	}
	hits, err := c.s.app.Lookup(c.r.Context(), app.LookupQuery{Text: q, Channels: c.key.Channels, Cases: c.seesCases(), Limit: lookupLimit})
	if err != nil {
		return away(err)
	}
	out := List[Hit]{Data: []Hit{}}
	for _, h := range hits {
		out.Data = append(out.Data, hitJSON(h))
	}
	return c.reply(http.StatusOK, out)
}

// CustomerOverview is all that is known of a customer by mail address.
type CustomerOverview struct {
	Email       string            `json:"email"`
	Names       []string          `json:"names" doc:"as orders have them, the newest first"`
	Phones      []string          `json:"phones"`
	Addresses   []address.Address `json:"addresses" doc:"that orders went to, the newest first"`
	FirstOrder  string            `json:"first_order_at,omitzero" format:"date-time" doc:"when the first of the orders was placed"`
	Complete    bool              `json:"complete" doc:"false: the customer has more orders than were looked at (500)"`
	Statuses    map[string]int    `json:"statuses" doc:"how many orders have which status"`
	Money       []CustomerMoney   `json:"money" doc:"by currency"`
	Orders      []OverviewOrder   `json:"orders" doc:"the newest first, at most 50"`
	Returns     []OverviewReturn  `json:"returns" doc:"returns, exchanges and claims of the orders, the newest order's first, at most 50"`
	Cases       []OverviewCase    `json:"cases" doc:"the newest first, at most 50; none for keys without cases:read for all channels"`
	Customer    string            `json:"customer,omitzero" doc:"id of the customer who has the address; as cases, for those who may see it"`
	StoreCredit []OverviewCredit  `json:"store_credit"`
	Notes       []OverviewNote    `json:"notes" doc:"on the orders, the newest first"`
	Events      []Event           `json:"events" doc:"the newest ones of the newest orders"`
}

// CustomerMoney is what a customer's orders came to in one currency.
type CustomerMoney struct {
	Orders   int         `json:"orders" doc:"that were not canceled or rejected"`
	Ordered  money.Money `json:"ordered" doc:"totals of those"`
	Captured money.Money `json:"captured"`
	Refunded money.Money `json:"refunded"`
	Lifetime money.Money `json:"lifetime_value" doc:"captured - refunded"`
	Due      money.Money `json:"due" doc:"by the customer"`
	Owed     money.Money `json:"owed" doc:"to the customer"`
}

// OverviewOrder is an order in an overview.
type OverviewOrder struct {
	ID                string      `json:"id"`
	Number            string      `json:"number"`
	Channel           string      `json:"channel"`
	Status            string      `json:"status"`
	PaymentStatus     string      `json:"payment_status"`
	FulfillmentStatus string      `json:"fulfillment_status"`
	ReturnStatus      string      `json:"return_status"`
	Total             money.Money `json:"total"`
	Due               money.Money `json:"due"`
	Returns           []string    `json:"returns,omitzero" doc:"ids of its returns, exchanges and claims"`
	PlacedAt          string      `json:"placed_at" format:"date-time"`
}

// OverviewReturn is a return in an overview.
type OverviewReturn struct {
	ID     string `json:"id"`
	Number string `json:"number" doc:"as the customer is told it" example:"1042-R1"`
	Order  string `json:"order"`
	Type   string `json:"type" enum:"return,exchange,claim"`
	Status string `json:"status"`
	At     string `json:"at" format:"date-time"`
}

// OverviewCase is a case in an overview.
type OverviewCase struct {
	ID       string `json:"id"`
	Number   string `json:"number" example:"C1001"`
	Status   string `json:"status"`
	Priority string `json:"priority"`
	Subject  string `json:"subject"`
	DueAt    string `json:"due_at,omitzero" format:"date-time" doc:"the end of the clock that ends first"`
	OpenedAt string `json:"opened_at" format:"date-time"`
}

// OverviewCredit is an account of store credit in an overview.
type OverviewCredit struct {
	ID      string      `json:"id"`
	Balance money.Money `json:"balance"`
}

// OverviewNote is a remark on one of the orders.
type OverviewNote struct {
	Order string `json:"order"`
	Note
}

// maxOverviewOrders is how many orders an overview lists; its sums are of more.
const maxOverviewOrders = 50

func getOverview(c *call) error {
	o, err := c.s.app.Overview(c.r.Context(), c.query.Get("email"), c.key.Channels, c.seesCases())
	if err != nil {
		return away(err)
	}
	personal := c.key.Allows("personal:read")
	out := CustomerOverview{
		Email: o.Email, Names: orEmpty(o.Names), Phones: orEmpty(o.Phones), Addresses: orEmpty(o.Addresses), FirstOrder: o.First.String(), Complete: o.Complete, Statuses: o.Statuses,
		Money: []CustomerMoney{}, Orders: []OverviewOrder{}, StoreCredit: []OverviewCredit{}, Returns: []OverviewReturn{}, Cases: []OverviewCase{}, Customer: o.Customer, Notes: []OverviewNote{}, Events: []Event{},
	}
	for _, s := range o.Money {
		in := func(n int64) money.Money { return money.Money{Amount: n, Currency: s.Currency} }
		out.Money = append(out.Money, CustomerMoney{s.Orders, in(s.Ordered), in(s.Captured), in(s.Refunded), in(s.Captured - s.Refunded), in(s.Due), in(s.Owed)})
	}
	for _, v := range o.Orders[:min(len(o.Orders), maxOverviewOrders)] {
		x := v.Order
		in := func(n int64) money.Money { return money.Money{Amount: n, Currency: x.Currency} }
		out.Orders = append(out.Orders, OverviewOrder{
			x.ID, x.Number, x.Channel, string(x.Status), x.PaymentStatus, x.FulfillmentStatus, x.ReturnStatus, in(x.Totals.GrandTotal), in(v.Due()), x.Returns, x.PlacedAt.String(),
		})
	}
	for _, r := range o.Returns[:min(len(o.Returns), maxOverviewOrders)] {
		out.Returns = append(out.Returns, OverviewReturn{r.ID, r.Number, r.Order, string(r.Type), string(r.Status), r.At.String()})
	}
	for _, x := range o.Cases {
		out.Cases = append(out.Cases, OverviewCase{x.ID, x.Number, string(x.Status), string(x.Priority), x.Subject, x.DueAt().String(), x.OpenedAt.String()})
	}
	for _, a := range o.Credits {
		out.StoreCredit = append(out.StoreCredit, OverviewCredit{a.ID, money.Money{Amount: a.Sums().Balance(), Currency: a.Currency}})
	}
	for _, n := range o.Notes {
		out.Notes = append(out.Notes, OverviewNote{n.Order, Note{n.ID, n.At.String(), n.By, n.Text}})
	}
	for _, e := range o.Events {
		out.Events = append(out.Events, eventJSON(e, personal))
	}
	return c.reply(http.StatusOK, out)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
