package demo

import (
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"ordo/internal/address"
	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/money"
	"ordo/internal/retail"
)

// The script is the plan in Ordo's terms: what to send, in which order, and how far every order gets. It is a pure
// function of the plan, so that a replay that is resumed goes on with the same script. What the source does not tell
// (who pays how, whose card is declined, what is still on its way) is chosen by a hash of the customer or the order.

// location is a place that the demo opens.
type location struct {
	code string
	body api.PutLocation
}

// The source knows no locations. Most goods lie in the main warehouse; some lie in one of the others only, so that
// orders with them ship in parts.
const (
	mainCode = "MAIN"
	bulkCode = "BULK"
	shopCode = "SHOP"
)

var locations = []location{
	{mainCode, api.PutLocation{Name: "Main warehouse", Type: "warehouse", Priority: 1, Address: british("Corby", "NN17 5XF")}},
	{bulkCode, api.PutLocation{Name: "Bulky goods", Type: "warehouse", Priority: 2, Address: british("Doncaster", "DN4 5JW")}},
	{shopCode, api.PutLocation{Name: "Shop", Type: "store", Priority: 3, Address: british("London", "EC1A 1BB")}},
}

func british(city, code string) address.Address {
	return address.Address{Name: "Ordo demo", Line1: "1 Placeholder Street", City: city, PostalCode: code, Country: "GB"}
}

// home is where the opening stock of a SKU lies. One place per SKU makes the number of shipments the same in every
// replay, in whatever order sixteen clients place the orders.
func home(sku string) string {
	switch hash(sku) % 64 {
	case 0:
		return bulkCode
	case 1:
		return shopCode
	}
	return mainCode
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	// FNV leaves the low bits of short texts alike; the high ones are mixed.
	n := h.Sum64()
	return n ^ n>>32
}

// fate is how far an order gets.
type fate int

// The fates, in the order of their steps.
const (
	staysPlanned fate = iota
	staysReleased
	staysShipped
	isDelivered
	isCanceled
)

// episode is the life of one order.
type episode struct {
	invoice  string
	body     api.PlaceOrder
	declined bool // the first card is declined, the second is not
	fate     fate
	half     bool   // of several shipments only the first gets on
	receipt  int64  // pence that arrive by bank transfer
	cancel   string // the cancellation's invoice
	returned bool   // something of it comes back: it has to arrive first
	// What came of it.
	order *orderDoc // nil: refused
}

// arrival is what happens at a time of the plan: an order comes in, or stock is adjusted.
type arrival struct {
	at         time.Time
	episode    *episode
	adjustment *retail.Adjustment
}

// day is a trading day: what arrives, then what the day's orders go through.
type day struct {
	name     string // "24 Nov"
	arrivals []arrival
	episodes []*episode
}

// script is everything that the replay sends.
type script struct {
	products  []retail.Product
	stock     []app.AdjustLine
	days      []*day
	comebacks []*comeback
	partial   int // cancellation lines that take back a part of an order
	whole     int // cancellation lines that take back a whole order
}

// episodes returns all of them, in the order of their placement.
func (s *script) episodes() []*episode {
	var out []*episode
	for _, d := range s.days {
		out = append(out, d.episodes...)
	}
	return out
}

// write makes the script of a plan. Payer is a payment provider for everything, or empty.
func write(p *retail.Plan, payer string) *script {
	s := &script{products: p.Products}
	units := p.OpeningStock()
	for _, sku := range slices.Sorted(maps.Keys(units)) {
		s.stock = append(s.stock, app.AdjustLine{SKU: sku, Location: home(sku), Delta: int64(units[sku])})
	}
	canceled := make(map[string]string) // order invoice to cancellation invoice
	for _, c := range p.Cancellations {
		if c.WholeOrder {
			canceled[c.OrderInvoice] = c.Invoice
		}
	}
	for _, c := range p.Cancellations {
		if canceled[c.OrderInvoice] != "" {
			s.whole++
		} else {
			s.partial++
		}
	}
	byName, byInvoice := make(map[string]*day), make(map[string]*episode)
	arrive := func(a arrival) *day {
		name := a.at.Format("2 Jan")
		d := byName[name]
		if d == nil {
			d = &day{name: name}
			byName[name] = d
			s.days = append(s.days, d)
		}
		d.arrivals = append(d.arrivals, a)
		return d
	}
	for _, o := range p.Orders {
		e := newEpisode(o, payer)
		e.cancel = canceled[o.Invoice]
		d := arrive(arrival{at: o.PlacedAt, episode: e})
		d.episodes = append(d.episodes, e)
		byInvoice[o.Invoice] = e
	}
	s.comebacks = comebacks(p, canceled, byInvoice)
	for i := range p.Adjustments {
		arrive(arrival{at: p.Adjustments[i].At, adjustment: &p.Adjustments[i]})
	}
	slices.SortFunc(s.days, func(a, b *day) int { return a.arrivals[0].at.Compare(b.arrivals[0].at) })
	for i, d := range s.days {
		slices.SortStableFunc(d.arrivals, func(a, b arrival) int { return a.at.Compare(b.at) })
		for n, e := range d.episodes {
			e.decide(n, i == len(s.days)-1)
		}
	}
	return s
}

// newEpisode turns an order of the plan into a request. In the data, orders without a customer number are those of
// the web shop, whose postage has a line of its own (DOTCOM POSTAGE); the others came in by hand, mostly from
// businesses.
func newEpisode(o retail.Order, payer string) *episode {
	a := o.Address
	e := &episode{invoice: o.Invoice, body: api.PlaceOrder{
		Channel: "phone", ExternalID: o.Invoice, Customer: api.Customer{Email: o.Customer.Email, Name: o.Customer.Name},
		ShippingAddress: address.Address{
			Name: o.Customer.Name, Line1: a.Line1, City: a.City, Region: a.Region, PostalCode: a.PostalCode, Country: a.Country,
		},
		Lines:   make([]api.PlaceLine, len(o.Lines)),
		Payment: api.PlacePayment{Provider: "sandbox", Token: "tok_ok"},
	}}
	for i, l := range o.Lines {
		e.body.Lines[i] = api.PlaceLine{SKU: l.SKU, Quantity: int64(l.Quantity), UnitPrice: pence(l.UnitPrice)}
	}
	if o.Shipping > 0 {
		e.body.Shipping = &api.PlaceShipping{Method: "postage", Amount: *pence(o.Shipping)}
	}
	if o.Discount > 0 {
		e.body.Discounts = []api.PlaceDiscount{{Code: "D", Amount: *pence(o.Discount)}}
	}
	customer := hash(o.Customer.ID)
	switch {
	case o.Customer.ID == "":
		e.body.Channel = "web"
	case payer != "":
	case customer%3 == 0: // a third of the businesses pays by invoice, and not always all of it
		e.body.Payment = api.PlacePayment{Provider: app.Manual}
		e.receipt = []int64{o.Total(), o.Total(), o.Total() / 2, 0}[hash(o.Invoice)%4]
	default:
		e.declined = customer%20 == 1 && o.Total() > 0
	}
	if payer != "" {
		e.body.Payment = api.PlacePayment{Provider: payer}
	}
	return e
}

func pence(n int64) *money.Money { return &money.Money{Amount: n, Currency: retail.Currency} }

// decide says how far the order gets; n counts the day's orders. Most are delivered; those of the last day are in
// every state, so that there is something to see and to do.
func (e *episode) decide(n int, last bool) {
	e.fate = isDelivered
	switch {
	case e.cancel != "":
		e.fate, e.receipt = isCanceled, 0
	case e.returned:
	case last:
		e.fate = []fate{staysPlanned, staysReleased, staysShipped, isDelivered, isDelivered}[n%5]
		e.half = n%10 == 2
	case n%25 == 24:
		e.fate = staysShipped
	}
	if e.fate < staysShipped {
		e.receipt = 0
	}
}

// reach is how far shipment i of an order gets.
func (e *episode) reach(i int) fate {
	if e.half && i > 0 {
		return min(e.fate, staysPlanned)
	}
	return e.fate
}
