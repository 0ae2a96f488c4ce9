package order

import (
	"slices"

	"ordo/internal/address"
	"ordo/internal/micros"
)

// Changes are the facts of an order that an event changed, with their new values. Folding order.placed and the
// changes of all later events gives the order as it was at any time.
type Changes struct {
	Status            Status         `json:"status,omitzero"`
	PaymentStatus     string         `json:"payment_status,omitzero"`
	FulfillmentStatus string         `json:"fulfillment_status,omitzero"`
	ReturnStatus      string         `json:"return_status,omitzero"`
	Lines             []LineUnits    `json:"lines,omitzero"`
	Totals            *Totals        `json:"totals,omitzero"`
	Reservations      *[]Reservation `json:"reservations,omitzero"`
	Payments          []string       `json:"payments,omitzero"`
	Fulfillments      []string       `json:"fulfillments,omitzero"`
	Reason            string         `json:"reason,omitzero"`
	AcceptedAt        micros.Time    `json:"accepted_at,omitzero"`
	ClosedAt          micros.Time    `json:"closed_at,omitzero"`
}

// LineUnits are the counters of one line after a change.
type LineUnits struct {
	ID    string     `json:"id"`
	Units Quantities `json:"units"`
}

// Diff returns what changed from a to b, two states of one order with the same lines. Apart from reservations,
// nothing ever becomes empty again, so that an empty field means "as before".
func Diff(a, b *Order) Changes {
	var c Changes
	set(&c.Status, a.Status, b.Status)
	set(&c.PaymentStatus, a.PaymentStatus, b.PaymentStatus)
	set(&c.FulfillmentStatus, a.FulfillmentStatus, b.FulfillmentStatus)
	set(&c.ReturnStatus, a.ReturnStatus, b.ReturnStatus)
	set(&c.Reason, a.Reason, b.Reason)
	set(&c.AcceptedAt, a.AcceptedAt, b.AcceptedAt)
	set(&c.ClosedAt, a.ClosedAt, b.ClosedAt)
	for i := range b.Lines {
		if a.Lines[i].Units != b.Lines[i].Units {
			c.Lines = append(c.Lines, LineUnits{b.Lines[i].ID, b.Lines[i].Units})
		}
	}
	if a.Totals != b.Totals {
		t := b.Totals
		c.Totals = &t
	}
	if !slices.Equal(a.Reservations, b.Reservations) {
		r := append([]Reservation{}, b.Reservations...) // empty, not nil: that they ended is a fact
		c.Reservations = &r
	}
	if !slices.Equal(a.Payments, b.Payments) {
		c.Payments = slices.Clone(b.Payments)
	}
	if !slices.Equal(a.Fulfillments, b.Fulfillments) {
		c.Fulfillments = slices.Clone(b.Fulfillments)
	}
	return c
}

func set[T comparable](field *T, before, after T) {
	if before != after {
		*field = after
	}
}

// Apply folds changes into an order, in place: the order and its lines are the caller's own.
func Apply(o *Order, c Changes) {
	keep(&o.Status, c.Status)
	keep(&o.PaymentStatus, c.PaymentStatus)
	keep(&o.FulfillmentStatus, c.FulfillmentStatus)
	keep(&o.ReturnStatus, c.ReturnStatus)
	keep(&o.Reason, c.Reason)
	keep(&o.AcceptedAt, c.AcceptedAt)
	keep(&o.ClosedAt, c.ClosedAt)
	for _, l := range c.Lines {
		if line := o.Line(l.ID); line != nil {
			line.Units = l.Units
		}
	}
	if c.Totals != nil {
		o.Totals = *c.Totals
	}
	if c.Reservations != nil {
		o.Reservations = append([]Reservation(nil), *c.Reservations...) // nil when none: as the rules leave it
	}
	if c.Payments != nil {
		o.Payments = slices.Clone(c.Payments)
	}
	if c.Fulfillments != nil {
		o.Fulfillments = slices.Clone(c.Fulfillments)
	}
}

func keep[T comparable](field *T, changed T) {
	var zero T
	if changed != zero {
		*field = changed
	}
}

// Personal is the part of an order that must never enter the hashed body of an event.
type Personal struct {
	Customer        Customer        `json:"customer"`
	ShippingAddress address.Address `json:"shipping_address"`
}

// Public returns the order without personal data (the country stays, for reports), and that data.
func Public(o *Order) (Order, Personal) {
	p := *o
	p.Customer, p.ShippingAddress = Customer{}, address.Address{Country: o.ShippingAddress.Country}
	return p, Personal{o.Customer, o.ShippingAddress}
}
