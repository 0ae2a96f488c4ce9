package order

import (
	"slices"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Details are what may change of an order without touching its lines, until something is packed; nil stays as it is.
type Details struct {
	Customer        *Customer
	ShippingAddress *address.Address
	BillingAddress  *address.Address
	ShippingMethod  *string
}

// Destination reports whether the details may change taxes and shipping.
func (d Details) Destination() bool { return d.ShippingAddress != nil || d.ShippingMethod != nil }

// ChangeDetails changes address, contact or shipping method of an order of which nothing is packed or has left. With
// another country or region, taxes and shipping are those of the channel's tables for it; what the sender of the order
// gave stays, since Ordo cannot know what it would be elsewhere.
func ChangeDetails(o *Order, d Details, t Tables, now micros.Time) (*Order, error) {
	if err := check(o, "change_details"); err != nil {
		return o, err
	}
	if l := packedLine(o); l != nil {
		return o, errs.New(errs.Conflict, "already_packed", "%s of line %s already packed or gone; where the order goes cannot be changed here any more", errs.Count(packedOrGone(*l), "unit"), l.ID)
	}
	if err := d.check(); err != nil {
		return o, err
	}
	return change(o, "change_details", now, func(o *Order) error { return o.setDetails(d, t) })
}

func packedOrGone(l Line) int64 { return l.Units.Packed + l.Units.Shipped }

// packedLine returns a line of which units are packed or have left; nil for none.
func packedLine(o *Order) *Line {
	if i := slices.IndexFunc(o.Lines, func(l Line) bool { return packedOrGone(l) > 0 }); i >= 0 {
		return &o.Lines[i]
	}
	return nil
}

// MayMove reports whether ChangeDetails may change where the order goes.
func MayMove(o *Order) bool {
	return check(o, "change_details") == nil && packedLine(o) == nil
}

func (d Details) check() error {
	var list errs.List
	if d == (Details{}) {
		list.Add("", "required", "give customer, shipping_address, billing_address or shipping_method")
	}
	if d.Customer != nil {
		d.Customer.check(&list)
	}
	if d.ShippingAddress != nil {
		d.ShippingAddress.Check(&list, "/shipping_address")
	}
	if d.BillingAddress != nil {
		d.BillingAddress.Check(&list, "/billing_address")
	}
	return list.Err()
}

func (o *Order) setDetails(d Details, t Tables) error {
	if d.Customer != nil {
		o.Customer = *d.Customer
	}
	if d.BillingAddress != nil {
		o.BillingAddress = *d.BillingAddress
	}
	moved := false
	if a := d.ShippingAddress; a != nil {
		moved = a.Country != o.ShippingAddress.Country || a.Region != o.ShippingAddress.Region
		o.ShippingAddress = *a
	}
	if moved {
		for i := range o.Lines {
			l := &o.Lines[i]
			if l.TaxGiven {
				continue
			}
			var err error
			if l.TaxLines, err = t.tax(l.TaxClass, l.base()); err != nil {
				return err
			}
		}
	}
	if d.ShippingMethod == nil && (!moved || o.Shipping.Given || o.Shipping.Method == "") {
		if !moved {
			return nil
		}
		return o.taxShipping(t)
	}
	method := o.Shipping.Method
	if d.ShippingMethod != nil {
		method = *d.ShippingMethod
	}
	return o.shipBy(method, t)
}

// shipBy takes a method at the price of the channel's table; none is free.
func (o *Order) shipBy(method string, t Tables) error {
	s := Shipping{Method: method}
	if method != "" {
		var list errs.List
		price, ok := t.shipping(method)
		if !ok {
			list.Add("/shipping_method", "unknown_shipping_method", "the channel has no shipping method %q for this country; give one that it has", errs.Clip(method))
		} else if o.agree(price.Currency, "/shipping_method", &list) {
			s.Amount = price.Amount
		}
		if err := list.Err(); err != nil {
			return err
		}
	}
	o.Shipping = s
	return o.taxShipping(t)
}
