// Package order holds the order: its lines, status axes, quantity counters and money, and the rules that change them.
//
// What lives here: types and pure functions (state, input and time in, new state out). What does not: stock, payments
// and fulfillment orders, which other domains own; package app brings them together in one unit of work.
// The one idea: the counters of a line are the truth. Every status but order.status is derived from them or from
// money, so no two of them can disagree for long enough to be stored.
package order

import (
	"slices"
	"strconv"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// Status is the stored axis of an order; the others are derived.
type Status string

// The statuses of an order.
const (
	Draft     Status = "draft"
	Pending   Status = "pending"
	Open      Status = "open"
	Completed Status = "completed"
	Canceled  Status = "canceled"
	Rejected  Status = "rejected"
)

// Statuses lists all of them.
var Statuses = []Status{Draft, Pending, Open, Completed, Canceled, Rejected}

// Order is the aggregate root of everything about one order: payments and fulfillment orders are parts of it with
// documents of their own, and every change of a part raises the order's version.
type Order struct {
	doc.Meta
	Number            string          `json:"number"`
	Channel           string          `json:"channel"`
	Zone              string          `json:"zone,omitzero"` // the channel's time zone when it was placed; "": UTC
	ExternalID        string          `json:"external_id,omitzero"`
	Currency          string          `json:"currency"`
	Status            Status          `json:"status"`
	PaymentStatus     string          `json:"payment_status"`
	FulfillmentStatus string          `json:"fulfillment_status"`
	ReturnStatus      string          `json:"return_status"`
	Customer          Customer        `json:"customer,omitzero"`
	ShippingAddress   address.Address `json:"shipping_address,omitzero"`
	BillingAddress    address.Address `json:"billing_address,omitzero"` // empty: that of the shipping
	Cart              string          `json:"cart,omitzero"`            // the reservation that it took over when it was placed
	Pickup            string          `json:"pickup,omitzero"`          // code of the location where the customer collects it
	Lines             []Line          `json:"lines"`
	Discounts         []Discount      `json:"discounts,omitzero"`
	Shipping          Shipping        `json:"shipping,omitzero"`
	Totals            Totals          `json:"totals"`
	Reservations      []Reservation   `json:"reservations,omitzero"` // while pending; then fulfillment orders hold the stock
	Backorders        []Reservation   `json:"backorders,omitzero"`   // promised from what will come to a location; without one they wait for stock anywhere
	Slots             []Slot          `json:"slots,omitzero"`        // capacity that it holds while pending; then fulfillment orders have it
	Holds             []Hold          `json:"holds,omitzero"`        // in the order they were placed, ended ones too
	Tags              []string        `json:"tags,omitzero"`         // sorted
	Fields            map[string]any  `json:"fields,omitzero"`       // custom fields: text, numbers, booleans by their code
	Notes             []Note          `json:"notes,omitzero"`
	Payments          []string        `json:"payments,omitzero"`
	Fulfillments      []string        `json:"fulfillments,omitzero"`
	Labels            []string        `json:"labels,omitzero"`
	Invoices          []string        `json:"invoices,omitzero"`
	Grants            []Grant         `json:"grants,omitzero"`
	Returns           []string        `json:"returns,omitzero"`    // exchanges and claims too
	Change            string          `json:"change,omitzero"`     // the open order change
	Draft             *Placement      `json:"draft,omitzero"`      // of a draft: what it is made of
	Reason            string          `json:"reason,omitzero"`     // why it was canceled or rejected
	LinkRound         int64           `json:"link_round,omitzero"` // how often the links of its customer were revoked
	PlacedAt          micros.Time     `json:"placed_at"`
	AcceptedAt        micros.Time     `json:"accepted_at,omitzero"`
	ExpiresAt         micros.Time     `json:"expires_at,omitzero"` // canceled then unless it is paid for
	ClosedAt          micros.Time     `json:"closed_at,omitzero"`  // completed, canceled or rejected

	Language              string `json:"language,omitzero"`               // of mails to the customer, BCP 47; "" for the channel's
	SuppressNotifications bool   `json:"suppress_notifications,omitzero"` // the customer hears of the order elsewhere
}

// Customer is who ordered. Mail or phone is required.
type Customer struct {
	Email string `json:"email,omitzero"`
	Phone string `json:"phone,omitzero"`
	Name  string `json:"name,omitzero"`
}

// Line is one position of an order. Name and price are copies: later changes of the catalog do not touch them.
type Line struct {
	ID          string      `json:"id"` // "1", "2", … in the order they were placed
	SKU         string      `json:"sku"`
	Name        string      `json:"name"`
	Quantity    int64       `json:"quantity"`   // as ordered; never changes
	UnitPrice   int64       `json:"unit_price"` // minor units of the order's currency
	Discount    int64       `json:"discount,omitzero"`
	TaxClass    string      `json:"tax_class,omitzero"`
	TaxLines    []TaxLine   `json:"tax_lines,omitzero"`
	TaxGiven    bool        `json:"tax_given,omitzero"` // by the sender: another destination does not change it
	WeightGrams int64       `json:"weight_grams,omitzero"`
	Components  []Component `json:"components,omitzero"` // of a kit: they have the stock, the line has the price
	AddsTo      string      `json:"adds_to,omitzero"`    // the line of which a change added more units
	Return      string      `json:"return,omitzero"`     // the exchange or claim that this line replaces units of
	Advance     bool        `json:"advance,omitzero"`    // sent before the units that it replaces came back: not captured until that is settled
	Promise     *Promise    `json:"promise,omitzero"`
	Invoiced    int64       `json:"invoiced,omitzero"` // units that stand on invoices
	Units       Quantities  `json:"units,omitzero"`
}

// Component is what one unit of a kit consists of.
type Component struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Promise is when a line is to arrive: as first told to the customer, and as it stands now.
type Promise struct {
	First   Window `json:"first"`
	Current Window `json:"current"`
	Reason  string `json:"reason,omitzero"` // why the current one differs, as a code
}

// Window is a span of days, "2026-11-24" to "2026-11-26".
type Window struct {
	Earliest string `json:"earliest"`
	Latest   string `json:"latest"`
}

// Note is a remark of a person on an order. Its text may name people: it is personal data.
type Note struct {
	ID   string      `json:"id"`
	At   micros.Time `json:"at"`
	By   string      `json:"by"`
	Text string      `json:"text"`
}

// Grant is the decision to give money back; refunds carry it out (P8).
type Grant struct {
	ID       string      `json:"id"`
	Reason   string      `json:"reason"`
	Lines    []GrantLine `json:"lines,omitzero"`
	Shipping int64       `json:"shipping,omitzero"` // part of Amount
	Amount   int64       `json:"amount"`            // in all
	Offset   int64       `json:"offset,omitzero"`   // part of Amount that pays for replacements on this order
	Credit   string      `json:"credit,omitzero"`   // account of store credit that it was issued to, instead of refunds
	Return   string      `json:"return,omitzero"`   // id of the return, exchange or claim that it is for
	At       micros.Time `json:"at"`
}

// GrantLine is a quantity of a line that money is given back for.
type GrantLine struct {
	Line     string `json:"line"`
	Quantity int64  `json:"quantity"`
	Amount   int64  `json:"amount"`
}

// Quantities count the units of a line by what happened to them. The ones up to Shipped exclude each other (L1).
type Quantities struct {
	Canceled         int64 `json:"canceled,omitzero"`
	Allocated        int64 `json:"allocated,omitzero"` // taken at a location, not yet released to it
	Backordered      int64 `json:"backordered,omitzero"`
	Released         int64 `json:"released,omitzero"`
	Picked           int64 `json:"picked,omitzero"`
	Packed           int64 `json:"packed,omitzero"`
	Shipped          int64 `json:"shipped,omitzero"`
	Delivered        int64 `json:"delivered,omitzero"` // part of shipped (L2)
	ReturnRequested  int64 `json:"return_requested,omitzero"`
	ReturnedAccepted int64 `json:"returned_accepted,omitzero"`
	ReturnedRejected int64 `json:"returned_rejected,omitzero"`
	WrittenOff       int64 `json:"written_off,omitzero"` // claimed: missing, lost, damaged; they do not come back
}

// Discount is taken off the whole order or one line; Parts is its share of each line, in their order (O2).
type Discount struct {
	Code   string  `json:"code"`
	Amount int64   `json:"amount"`
	Line   string  `json:"line,omitzero"`
	Parts  []int64 `json:"parts"`
}

// TaxLine is a tax on all units of a line, or on shipping. Included taxes are part of the price already.
type TaxLine struct {
	Name     string `json:"name"`
	Rate     string `json:"rate,omitzero"`
	Amount   int64  `json:"amount"`
	Included bool   `json:"included,omitzero"`
}

// Shipping is what the customer pays for the delivery.
type Shipping struct {
	Method   string    `json:"method,omitzero"`
	Amount   int64     `json:"amount,omitzero"`
	TaxLines []TaxLine `json:"tax_lines,omitzero"`
	Given    bool      `json:"given,omitzero"` // by the sender, and not from the channel's table
}

// Totals are computed by Total and nowhere else, in minor units of the order's currency.
// GrandTotal = Items - Discount + Shipping + Tax (O1); TaxIncluded is inside of the others.
type Totals struct {
	Items       int64 `json:"items"`
	Discount    int64 `json:"discount"`
	Shipping    int64 `json:"shipping"`
	Tax         int64 `json:"tax"`
	TaxIncluded int64 `json:"tax_included,omitzero"`
	GrandTotal  int64 `json:"grand_total"`
}

// Reservation is units of a line at a location: stock taken while the order is pending, or a backorder. A backorder
// without a location is parked: it waits until sourcing finds one.
type Reservation struct {
	Line     string `json:"line"`
	SKU      string `json:"sku"`
	Location string `json:"location"`
	Quantity int64  `json:"quantity"`
}

// Slot is a fulfillment order's worth of the capacity of a location on a day (F5).
type Slot struct {
	Location string `json:"location"`
	Day      string `json:"day"` // "2026-11-24", UTC
}

// Kept is how many units of the line are still wanted.
func (l Line) Kept() int64 { return l.Quantity - l.Units.Canceled }

// Unallocated is what is neither taken anywhere nor settled: the rest of L1.
func (l Line) Unallocated() int64 {
	u := l.Units
	return l.Kept() - u.Allocated - u.Backordered - u.Released - u.Picked - u.Packed - u.Shipped
}

// share is the part of an amount for the first n of the line's units, rounded half up. It never falls as n grows.
func (l Line) share(amount, n int64) int64 {
	switch n {
	case l.Quantity:
		return amount
	case 0:
		return 0
	}
	return money.Split(amount, []int64{n, l.Quantity - n})[0]
}

// Part is what the first n units of the line are made of: their price, the discounts on them, and taxes, of which
// included ones are inside of the price.
func (l Line) Part(n int64) (gross, discount, tax, included int64) {
	for _, t := range l.TaxLines {
		if t.Included {
			included += l.share(t.Amount, n)
		} else {
			tax += l.share(t.Amount, n)
		}
	}
	return l.UnitPrice * n, l.share(l.Discount, n), tax, included
}

// Worth is what the first n units of the line cost the customer: price less discount plus exclusive tax. It counts
// from the start, so the next k units are worth Worth(n+k) - Worth(n), which need not be Worth(k): only so do the parts
// of any split of the units add up to the whole (R4). No part is negative.
func (l Line) Worth(n int64) int64 {
	sum := l.UnitPrice*n - l.share(l.Discount, n)
	for _, t := range l.TaxLines {
		if !t.Included {
			sum += l.share(t.Amount, n)
		}
	}
	return sum
}

// Total computes the order's totals from what is still wanted (O1). It is the only place that does.
func Total(o *Order) (Totals, error) {
	var t Totals
	var err error
	add := func(sum *int64, amount int64) {
		if err == nil {
			*sum, err = money.Add(*sum, amount)
		}
	}
	kept := int64(0)
	for i := range o.Lines {
		l := &o.Lines[i]
		n := l.Kept()
		kept += n
		amount, merr := money.Mul(l.UnitPrice, n)
		if merr != nil {
			return t, merr
		}
		add(&t.Items, amount)
		add(&t.Discount, l.share(l.Discount, n))
		for _, tax := range l.TaxLines {
			add(taxSum(&t, tax), l.share(tax.Amount, n))
		}
	}
	if kept > 0 {
		add(&t.Shipping, o.Shipping.Amount)
		for _, tax := range o.Shipping.TaxLines {
			add(taxSum(&t, tax), tax.Amount)
		}
	}
	add(&t.GrandTotal, t.Items)
	add(&t.GrandTotal, -t.Discount)
	add(&t.GrandTotal, t.Shipping)
	add(&t.GrandTotal, t.Tax)
	return t, err
}

func taxSum(t *Totals, l TaxLine) *int64 {
	if l.Included {
		return &t.TaxIncluded
	}
	return &t.Tax
}

// ShippedWorth is what may be captured for what has shipped so far: the shipped units and, with the first of them,
// shipping. It never falls, and when everything wanted has shipped it is the grand total: the captures add up to it (P7).
func ShippedWorth(o *Order) int64 {
	if o.ShippedUnits() == 0 {
		return 0
	}
	sum := ShippingWorth(o)
	for _, l := range o.Lines {
		sum += l.Worth(l.Units.Shipped)
	}
	return min(sum, o.Totals.GrandTotal)
}

// ShippedUnits is how many units have left.
func (o *Order) ShippedUnits() (n int64) {
	for _, l := range o.Lines {
		n += l.Units.Shipped
	}
	return n
}

// Line returns the line with the id, or nil. Lines are looked for where New put them first: rules ask for every line
// of an order, and an order may have a thousand.
func (o *Order) Line(id string) *Line {
	if n, err := strconv.Atoi(id); err == nil && n >= 1 && n <= len(o.Lines) && o.Lines[n-1].ID == id {
		return &o.Lines[n-1]
	}
	for i := range o.Lines {
		if o.Lines[i].ID == id {
			return &o.Lines[i]
		}
	}
	return nil
}

// FulfillmentStatusOf derives the fulfillment axis from the line counters.
func FulfillmentStatusOf(o *Order) string {
	if o.Status == Canceled || o.Status == Rejected {
		return "canceled"
	}
	var kept, working, shipped, delivered int64
	for _, l := range o.Lines {
		kept += l.Kept()
		working += l.Units.Released + l.Units.Picked + l.Units.Packed
		shipped += l.Units.Shipped
		delivered += l.Units.Delivered
	}
	switch {
	case delivered > 0 && delivered == kept:
		return "delivered"
	case delivered > 0:
		return "partially_delivered"
	case shipped > 0 && shipped == kept:
		return "shipped"
	case shipped > 0:
		return "partially_shipped"
	case working > 0:
		return "in_progress"
	}
	return "unfulfilled"
}

// Clone copies what rules change, so that they never change their input.
func Clone(o *Order) *Order {
	c := *o
	c.Lines = slices.Clone(o.Lines)
	c.Payments = slices.Clone(o.Payments)
	c.Fulfillments = slices.Clone(o.Fulfillments)
	c.Holds = slices.Clone(o.Holds)
	c.Grants = slices.Clone(o.Grants)
	c.Reservations, c.Backorders = slices.Clone(o.Reservations), slices.Clone(o.Backorders)
	return &c
}
