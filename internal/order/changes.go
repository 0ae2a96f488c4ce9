package order

import (
	"maps"
	"reflect"
	"slices"

	"ordo/internal/address"
	"ordo/internal/micros"
)

// Changes are the facts of an order that an event changed, with their new values. Folding order.placed (or order.drafted) and the
// changes of all later events gives the order as it was at any time. A nil pointer means "as before"; one to an empty
// value says that it ended.
type Changes struct {
	Number            string          `json:"number,omitzero"`
	Zone              string          `json:"zone,omitzero"`
	Status            Status          `json:"status,omitzero"`
	PaymentStatus     string          `json:"payment_status,omitzero"`
	FulfillmentStatus string          `json:"fulfillment_status,omitzero"`
	ReturnStatus      string          `json:"return_status,omitzero"`
	Lines             []LineUnits     `json:"lines,omitzero"`
	LineFacts         []Line          `json:"line_facts,omitzero"` // lines that are new, or of which more than counters changed: whole
	Discounts         *[]Discount     `json:"discounts,omitzero"`
	Shipping          *Shipping       `json:"shipping,omitzero"`
	Totals            *Totals         `json:"totals,omitzero"`
	Reservations      *[]Reservation  `json:"reservations,omitzero"`
	Backorders        *[]Reservation  `json:"backorders,omitzero"`
	Slots             *[]Slot         `json:"slots,omitzero"`
	Holds             []Hold          `json:"holds,omitzero"` // those that are new or changed
	Tags              *[]string       `json:"tags,omitzero"`
	Fields            *map[string]any `json:"fields,omitzero"`
	Country           string          `json:"country,omitzero"` // of the shipping address; the rest of it is personal
	Pickup            string          `json:"pickup,omitzero"`
	Cart              string          `json:"cart,omitzero"`
	Payments          []string        `json:"payments,omitzero"`
	Fulfillments      []string        `json:"fulfillments,omitzero"`
	Labels            []string        `json:"labels,omitzero"`
	Invoices          []string        `json:"invoices,omitzero"`
	Grants            []Grant         `json:"grants,omitzero"` // all
	Returns           []string        `json:"returns,omitzero"`
	Change            *string         `json:"change,omitzero"`
	Reason            string          `json:"reason,omitzero"`
	LinkRound         int64           `json:"link_round,omitzero"`
	PlacedAt          micros.Time     `json:"placed_at,omitzero"`
	AcceptedAt        micros.Time     `json:"accepted_at,omitzero"`
	ExpiresAt         *micros.Time    `json:"expires_at,omitzero"`
	ClosedAt          *micros.Time    `json:"closed_at,omitzero"`
}

// LineUnits are the counters of one line after a change.
type LineUnits struct {
	ID    string     `json:"id"`
	Units Quantities `json:"units"`
}

// Diff returns what changed from a to b, two states of one order. Lines are never taken away.
func Diff(a, b *Order) Changes {
	var c Changes
	set(&c.Number, a.Number, b.Number)
	set(&c.Zone, a.Zone, b.Zone)
	set(&c.Status, a.Status, b.Status)
	set(&c.PaymentStatus, a.PaymentStatus, b.PaymentStatus)
	set(&c.FulfillmentStatus, a.FulfillmentStatus, b.FulfillmentStatus)
	set(&c.ReturnStatus, a.ReturnStatus, b.ReturnStatus)
	set(&c.Country, a.ShippingAddress.Country, b.ShippingAddress.Country)
	set(&c.Pickup, a.Pickup, b.Pickup)
	set(&c.Cart, a.Cart, b.Cart)
	set(&c.Reason, a.Reason, b.Reason)
	set(&c.LinkRound, a.LinkRound, b.LinkRound)
	set(&c.PlacedAt, a.PlacedAt, b.PlacedAt)
	set(&c.AcceptedAt, a.AcceptedAt, b.AcceptedAt)
	point(&c.ExpiresAt, a.ExpiresAt, b.ExpiresAt)
	point(&c.ClosedAt, a.ClosedAt, b.ClosedAt)
	point(&c.Change, a.Change, b.Change)
	point(&c.Totals, a.Totals, b.Totals)
	diffLines(&c, a, b)
	if !reflect.DeepEqual(a.Discounts, b.Discounts) {
		c.Discounts = list(b.Discounts)
	}
	if !reflect.DeepEqual(a.Shipping, b.Shipping) {
		s := b.Shipping
		c.Shipping = &s
	}
	if !slices.Equal(a.Reservations, b.Reservations) {
		c.Reservations = list(b.Reservations)
	}
	if !slices.Equal(a.Backorders, b.Backorders) {
		c.Backorders = list(b.Backorders)
	}
	if !slices.Equal(a.Slots, b.Slots) {
		c.Slots = list(b.Slots)
	}
	for i, h := range b.Holds {
		if i >= len(a.Holds) || a.Holds[i] != h {
			c.Holds = append(c.Holds, h)
		}
	}
	if !slices.Equal(a.Tags, b.Tags) {
		c.Tags = list(b.Tags)
	}
	if !reflect.DeepEqual(a.Fields, b.Fields) {
		f := maps.Clone(b.Fields)
		c.Fields = &f
	}
	if !reflect.DeepEqual(a.Grants, b.Grants) {
		c.Grants = slices.Clone(b.Grants)
	}
	ids(&c.Payments, a.Payments, b.Payments)
	ids(&c.Fulfillments, a.Fulfillments, b.Fulfillments)
	ids(&c.Labels, a.Labels, b.Labels)
	ids(&c.Invoices, a.Invoices, b.Invoices)
	ids(&c.Returns, a.Returns, b.Returns)
	return c
}

func diffLines(c *Changes, a, b *Order) {
	for i := range b.Lines {
		l := &b.Lines[i]
		if i >= len(a.Lines) {
			c.LineFacts = append(c.LineFacts, *l)
			continue
		}
		if before := &a.Lines[i]; !sameFacts(before, l) {
			c.LineFacts = append(c.LineFacts, *l)
		} else if before.Units != l.Units {
			c.Lines = append(c.Lines, LineUnits{l.ID, l.Units})
		}
	}
}

// sameFacts compares all of a line but its counters, the cheap and frequent parts first.
func sameFacts(a, b *Line) bool {
	if a.SKU != b.SKU || a.Quantity != b.Quantity || a.UnitPrice != b.UnitPrice || a.Discount != b.Discount || a.TaxClass != b.TaxClass ||
		a.Name != b.Name || a.WeightGrams != b.WeightGrams || a.AddsTo != b.AddsTo || a.Return != b.Return || a.Advance != b.Advance || a.Invoiced != b.Invoiced || !slices.Equal(a.TaxLines, b.TaxLines) || !slices.Equal(a.Components, b.Components) {
		return false
	}
	return a.Promise == b.Promise || a.Promise != nil && b.Promise != nil && *a.Promise == *b.Promise
}

func set[T comparable](field *T, before, after T) {
	if before != after {
		*field = after
	}
}

func point[T comparable](field **T, before, after T) {
	if before != after {
		*field = &after
	}
}

// list is never nil: that a list became empty is a fact.
func list[T any](values []T) *[]T {
	out := append([]T{}, values...)
	return &out
}

func ids(field *[]string, before, after []string) {
	if !slices.Equal(before, after) {
		*field = slices.Clone(after)
	}
}

// Apply folds changes into an order, in place: the order and its lines are the caller's own.
func Apply(o *Order, c Changes) {
	keep(&o.Number, c.Number)
	keep(&o.Zone, c.Zone)
	keep(&o.Status, c.Status)
	keep(&o.PaymentStatus, c.PaymentStatus)
	keep(&o.FulfillmentStatus, c.FulfillmentStatus)
	keep(&o.ReturnStatus, c.ReturnStatus)
	keep(&o.ShippingAddress.Country, c.Country)
	keep(&o.Pickup, c.Pickup)
	keep(&o.Cart, c.Cart)
	keep(&o.Reason, c.Reason)
	keep(&o.LinkRound, c.LinkRound)
	keep(&o.PlacedAt, c.PlacedAt)
	keep(&o.AcceptedAt, c.AcceptedAt)
	take(&o.ExpiresAt, c.ExpiresAt)
	take(&o.ClosedAt, c.ClosedAt)
	take(&o.Change, c.Change)
	take(&o.Totals, c.Totals)
	take(&o.Shipping, c.Shipping)
	applyLines(o, c)
	takeList(&o.Discounts, c.Discounts)
	takeList(&o.Reservations, c.Reservations)
	takeList(&o.Backorders, c.Backorders)
	takeList(&o.Slots, c.Slots)
	takeList(&o.Tags, c.Tags)
	for _, h := range c.Holds {
		if i := slices.IndexFunc(o.Holds, func(x Hold) bool { return x.ID == h.ID }); i >= 0 {
			o.Holds[i] = h
		} else {
			o.Holds = append(o.Holds, h)
		}
	}
	if c.Fields != nil {
		o.Fields = maps.Clone(*c.Fields)
	}
	if c.Grants != nil {
		o.Grants = slices.Clone(c.Grants)
	}
	keepIDs(&o.Payments, c.Payments)
	keepIDs(&o.Fulfillments, c.Fulfillments)
	keepIDs(&o.Labels, c.Labels)
	keepIDs(&o.Invoices, c.Invoices)
	keepIDs(&o.Returns, c.Returns)
}

func applyLines(o *Order, c Changes) {
	for _, l := range c.LineFacts {
		if line := o.Line(l.ID); line != nil {
			*line = l
		} else {
			o.Lines = append(o.Lines, l)
		}
	}
	for _, l := range c.Lines {
		if line := o.Line(l.ID); line != nil {
			line.Units = l.Units
		}
	}
}

func keep[T comparable](field *T, changed T) {
	var zero T
	if changed != zero {
		*field = changed
	}
}

func take[T any](field *T, changed *T) {
	if changed != nil {
		*field = *changed
	}
}

// takeList leaves nil where the list became empty, as the rules do.
func takeList[T any](field *[]T, changed *[]T) {
	if changed != nil {
		*field = append([]T(nil), *changed...)
	}
}

func keepIDs(field *[]string, changed []string) {
	if changed != nil {
		*field = slices.Clone(changed)
	}
}

// Personal is the part of an order that must never enter the hashed body of an event. That of order.drafted and order.placed is whole;
// later events carry what changed.
type Personal struct {
	Customer        *Customer        `json:"customer,omitzero"`
	ShippingAddress *address.Address `json:"shipping_address,omitzero"`
	BillingAddress  *address.Address `json:"billing_address,omitzero"`
	Notes           []Note           `json:"notes,omitzero"` // the new ones
}

// Public returns the order without personal data (the country stays, for reports), and that data.
func Public(o *Order) (Order, Personal) {
	p := *o
	p.Customer, p.ShippingAddress, p.BillingAddress, p.Notes = Customer{}, address.Address{Country: o.ShippingAddress.Country}, address.Address{}, nil
	personal := Personal{Customer: &o.Customer, ShippingAddress: &o.ShippingAddress, Notes: o.Notes}
	if o.BillingAddress != (address.Address{}) {
		personal.BillingAddress = &o.BillingAddress
	}
	return p, personal
}

// DiffPersonal returns the personal data that changed from a to b, and whether any did.
func DiffPersonal(a, b *Order) (p Personal, changed bool) {
	point(&p.Customer, a.Customer, b.Customer)
	point(&p.ShippingAddress, a.ShippingAddress, b.ShippingAddress)
	point(&p.BillingAddress, a.BillingAddress, b.BillingAddress)
	if len(b.Notes) > len(a.Notes) {
		p.Notes = b.Notes[len(a.Notes):]
	}
	return p, p.Customer != nil || p.ShippingAddress != nil || p.BillingAddress != nil || p.Notes != nil
}

// ApplyPersonal folds personal data of an event into an order.
func ApplyPersonal(o *Order, p Personal) {
	take(&o.Customer, p.Customer)
	take(&o.ShippingAddress, p.ShippingAddress)
	take(&o.BillingAddress, p.BillingAddress)
	o.Notes = append(slices.Clone(o.Notes), p.Notes...)
}
