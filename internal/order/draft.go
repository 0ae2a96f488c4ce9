package order

import (
	"strconv"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// NewDraft makes an order that is still being written: what is missing is missing, what is there must have the right
// form. Lines, totals and taxes are what they would be now; placing it computes them anew from the placement, which the
// draft keeps. Nothing is taken from stock, and it has no number.
func NewDraft(p Placement, t Tables, now micros.Time) (*Order, error) {
	p.PaymentProvider, p.PaymentToken = "", "" // said when it is placed
	var list errs.List
	p.checkDraft(&list)
	o := &Order{
		Channel: p.Channel, Zone: t.Zone, ExternalID: p.ExternalID, Status: Draft, PaymentStatus: "none", FulfillmentStatus: "unfulfilled", ReturnStatus: "none",
		Customer: p.Customer, ShippingAddress: p.ShippingAddress, BillingAddress: p.BillingAddress, PlacedAt: now,
	}
	o.Currency = p.currency(t)
	o.addLines(p, t, &list)
	if p.ShippingMethod == "" || p.ShippingAddress.Country != "" { // what a method costs depends on the country
		o.addShipping(p, t, &list)
	}
	o.addDiscounts(p, &list)
	if err := list.Err(); err != nil {
		return nil, err
	}
	if err := o.addTaxes(p, t); err != nil {
		return nil, err
	}
	o.Draft = &p
	var err error
	if o.Totals, err = Total(o); err != nil {
		return nil, err
	}
	return o, Check(o)
}

// checkDraft looks at the form of what is given.
func (p Placement) checkDraft(list *errs.List) {
	if p.Channel == "" {
		list.Add("/channel", "required", "name the sales channel, for example web")
	}
	checkText(list, "/external_id", p.ExternalID, maxID)
	p.Customer.checkForm(list)
	checkPart(list, "/shipping_address", p.ShippingAddress)
	checkPart(list, "/billing_address", p.BillingAddress)
	if len(p.Lines) > MaxLines {
		list.Add("/lines", "too_many", "at most %d lines; split the order", MaxLines)
	}
	if len(p.Discounts) > maxDiscounts {
		list.Add("/discounts", "too_many", "at most %d discounts", maxDiscounts)
	}
}

// checkPart checks an address of which anything may be missing, also the country.
func checkPart(list *errs.List, at string, a address.Address) {
	if a.Country == "" {
		a.Country = "GB" // any that passes
	}
	a.CheckForm(list, at)
}

// Missing lists what a draft still needs before it can be placed, as JSON pointers.
func Missing(o *Order) []string {
	if o.Draft == nil {
		return nil
	}
	var list errs.List
	p := *o.Draft
	p.PaymentProvider = "-" // given with the placing
	p.check(&list)
	var out []string
	if e := errs.As(list.Err()); e != nil {
		for _, f := range e.Problems {
			out = append(out, f.Pointer)
		}
	}
	return out
}

// ReplaceDraft puts new content in the place of a draft's. It stays the same order.
func ReplaceDraft(o *Order, p Placement, t Tables, now micros.Time) (*Order, error) {
	if err := check(o, "replace"); err != nil {
		return o, err
	}
	if p.Channel != o.Channel {
		var list errs.List
		list.Add("/channel", "cannot_change", "a draft stays in its channel, %s", strconv.Quote(o.Channel))
		return o, list.Err()
	}
	n, err := NewDraft(p, t, now)
	if err != nil {
		return o, err
	}
	return n.inheritDraft(o), nil
}

// PlaceDraft checks that a draft can become the order that the placement makes of it.
func PlaceDraft(o *Order) error { return check(o, "place") }

// inheritDraft keeps what belongs to the order and not to its content.
func (n *Order) inheritDraft(o *Order) *Order {
	n.Meta, n.PlacedAt = o.Meta, o.PlacedAt
	n.Tags, n.Fields, n.Notes, n.Holds = o.Tags, o.Fields, o.Notes, o.Holds
	return n
}
