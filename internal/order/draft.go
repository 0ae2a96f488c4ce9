package order

import (
	"fmt"
	"strconv"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// NewDraft makes an order that is still being written: what is missing is missing, what is there must have the right
// form. Lines, totals and taxes are what they would be now; placing it computes them anew from what the draft keeps of
// the placement. Nothing is taken from stock, and it has no number.
func NewDraft(p Placement, t Tables, now micros.Time) (*Order, error) {
	var list errs.List
	p.checkDraft(&list)
	o := &Order{
		Channel: p.Channel, Zone: t.Zone, ExternalID: p.ExternalID, Status: Draft, PaymentStatus: "none", FulfillmentStatus: "unfulfilled", ReturnStatus: "none",
		Customer: p.Customer, ShippingAddress: p.ShippingAddress, BillingAddress: p.BillingAddress, Pickup: p.Pickup, Fields: p.Fields, PlacedAt: now,
		Language: p.Language, SuppressNotifications: p.SuppressNotifications,
	}
	o.Tags = CheckTags(&list, "/tags", p.Tags)
	o.Currency = p.currency(t)
	o.addLines(p, t, &list)
	if p.ShippingMethod == "" || p.ShippingAddress.Country != "" || p.Pickup != "" { // what a method costs depends on the country
		o.addShipping(p, t, &list)
	}
	o.addDiscounts(p, &list)
	if err := list.Err(); err != nil {
		return nil, err
	}
	if err := o.addTaxes(p, t); err != nil {
		return nil, err
	}
	o.Draft = &Placement{Lines: p.Lines, Discounts: p.Discounts, ShippingMethod: p.ShippingMethod, Shipping: p.Shipping}
	var err error
	if o.Totals, err = Total(o); err != nil {
		return nil, err
	}
	return o, Check(o)
}

// DraftPlacement is what placing a draft sends, but for the payment, which is said then. What a draft keeps of it is
// what its order does not say; who ordered stands once, in the order.
func DraftPlacement(o *Order) Placement {
	p := *o.Draft
	p.Channel, p.ExternalID, p.Customer, p.Pickup = o.Channel, o.ExternalID, o.Customer, o.Pickup
	p.ShippingAddress, p.BillingAddress, p.Tags, p.Fields = o.ShippingAddress, o.BillingAddress, o.Tags, o.Fields
	p.Language, p.SuppressNotifications = o.Language, o.SuppressNotifications
	return p
}

// checkDraft looks at the form of what is given.
func (p Placement) checkDraft(list *errs.List) {
	if p.Channel == "" {
		list.Add("/channel", "required", "name the sales channel, for example web")
	}
	checkText(list, "/external_id", p.ExternalID, maxID)
	p.checkLanguage(list)
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
	if o.Status != Draft || o.Draft == nil {
		return nil
	}
	var list errs.List
	p := DraftPlacement(o)
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

// ReplaceDraft puts new content in the place of a draft's. It stays the same order, with its notes and holds; tags and
// fields stay unless new ones are given.
func ReplaceDraft(o *Order, p Placement, t Tables, now micros.Time) (*Order, error) {
	if err := check(o, "replace"); err != nil {
		return o, err
	}
	if p.Channel != o.Channel {
		var list errs.List
		list.Add("/channel", "cannot_change", "a draft stays in its channel, %s", strconv.Quote(o.Channel))
		return o, list.Err()
	}
	if p.Tags == nil {
		p.Tags = o.Tags
	}
	if p.Fields == nil {
		p.Fields = o.Fields
	}
	n, err := NewDraft(p, t, now)
	if err != nil {
		return o, err
	}
	n.TakeOver(o)
	n.PlacedAt = o.PlacedAt
	return n, nil
}

// PlaceDraft checks that a draft can become the order that its placement makes.
func PlaceDraft(o *Order) error { return check(o, "place") }

// TakeOver makes the order, which was made anew from its content, go on as what a draft was: what belongs to the order
// and not to its content stays.
func (o *Order) TakeOver(draft *Order) {
	o.Meta, o.Notes, o.Holds = draft.Meta, draft.Notes, draft.Holds
}

// CheckDraft is what must hold of a draft, and of what was one: it holds no stock and no money, and has no number.
func CheckDraft(o *Order) error {
	switch {
	case o.Status != Draft:
		if o.Draft != nil && o.Status != Canceled {
			return fmt.Errorf("O3: order %s is %s and keeps what it was drafted from", o.ID, o.Status)
		}
		return nil
	case o.Draft == nil:
		return fmt.Errorf("O3: draft %s does not keep what it is made of", o.ID)
	case o.Number != "":
		return fmt.Errorf("O3: draft %s has the number %s", o.ID, o.Number)
	case len(o.Payments)+len(o.Fulfillments)+len(o.Invoices)+len(o.Reservations)+len(o.Backorders)+len(o.Slots) > 0 || o.Change != "":
		return fmt.Errorf("O3: draft %s has stock, work or money", o.ID)
	}
	for _, l := range o.Lines {
		if l.Units != (Quantities{}) {
			return fmt.Errorf("O3: draft %s has units of line %s: %+v", o.ID, l.ID, l.Units)
		}
	}
	return nil
}
