// Package fulfillment holds fulfillment orders: what one location ships of one order.
//
// What lives here: the document, its states and rules. What does not: the stock it holds (inventory) and the counters
// of the order's lines (order); package app moves all three in one unit of work.
// The one idea: an active fulfillment order owns an allocation of the same quantity at its location (F2).
package fulfillment

import (
	"slices"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Status is the state of a fulfillment order.
type Status string

// The states that this version reaches.
const (
	Planned   Status = "planned"
	Released  Status = "released"
	Shipped   Status = "shipped"
	Delivered Status = "delivered"
	Canceled  Status = "canceled"
)

// transitions lists what may happen in each state. Shipping a released fulfillment order picks and packs it in one
// step, for places that do not track these.
var transitions = map[Status][]string{
	Planned:   {"release", "cancel"},
	Released:  {"ship", "cancel"},
	Shipped:   {"deliver"},
	Delivered: {},
	Canceled:  {},
}

// Line is a quantity of an order line.
type Line struct {
	Line     string `json:"line"`
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Fulfillment is one fulfillment order.
type Fulfillment struct {
	doc.Meta
	Order          string      `json:"order"`
	Location       string      `json:"location"`
	Status         Status      `json:"status"`
	Lines          []Line      `json:"lines"`
	Carrier        string      `json:"carrier,omitzero"`
	TrackingNumber string      `json:"tracking_number,omitzero"`
	At             micros.Time `json:"at"`
	ReleasedAt     micros.Time `json:"released_at,omitzero"`
	ShippedAt      micros.Time `json:"shipped_at,omitzero"`
	DeliveredAt    micros.Time `json:"delivered_at,omitzero"`
	CanceledAt     micros.Time `json:"canceled_at,omitzero"`
}

// Statuses lists all states.
var Statuses = []Status{Planned, Released, Shipped, Delivered, Canceled}

// Active reports whether it holds stock at its location.
func (f *Fulfillment) Active() bool { return f.Status == Planned || f.Status == Released }

// Allowed lists what may happen now.
func Allowed(f *Fulfillment) []string { return slices.Clone(transitions[f.Status]) }

func check(f *Fulfillment, event string) error {
	if slices.Contains(transitions[f.Status], event) {
		return nil
	}
	return errs.IllegalTransition("the fulfillment order", string(f.Status), event, Allowed(f))
}

// Release hands it to the location's staff.
func Release(f *Fulfillment, now micros.Time) (*Fulfillment, error) {
	return step(f, "release", Released, func(c *Fulfillment) { c.ReleasedAt = now })
}

// Ship lets it leave with a tracking number.
func Ship(f *Fulfillment, carrier, tracking string, now micros.Time) (*Fulfillment, error) {
	return step(f, "ship", Shipped, func(c *Fulfillment) { c.Carrier, c.TrackingNumber, c.ShippedAt = carrier, tracking, now })
}

// Deliver notes that it has arrived.
func Deliver(f *Fulfillment, now micros.Time) (*Fulfillment, error) {
	return step(f, "deliver", Delivered, func(c *Fulfillment) { c.DeliveredAt = now })
}

// Cancel gives it up; its stock is deallocated with it.
func Cancel(f *Fulfillment, now micros.Time) (*Fulfillment, error) {
	return step(f, "cancel", Canceled, func(c *Fulfillment) { c.CanceledAt = now })
}

func step(f *Fulfillment, event string, to Status, set func(*Fulfillment)) (*Fulfillment, error) {
	if err := check(f, event); err != nil {
		return f, err
	}
	c := *f
	c.Status = to
	set(&c)
	return &c, nil
}
