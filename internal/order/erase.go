package order

import "ordo/internal/address"

// Erase takes all that is personal out of an order that has ended: who ordered, where it went, what people noted. The
// country stays, for reports, and so do money, goods and times. Links that were given out for it open nothing any more.
func Erase(o *Order) *Order {
	c := Clone(o)
	c.Customer, c.ShippingAddress, c.BillingAddress, c.Notes = Customer{}, address.Address{Country: o.ShippingAddress.Country}, address.Address{}, nil
	c.LinkRound++
	return c
}

// Erased reports whether an order was erased: every order that was placed has a mail address or a phone number.
func Erased(o *Order) bool {
	return o.Status != Draft && o.Number != "" && o.Customer == Customer{}
}
