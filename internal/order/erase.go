package order

import "ordo/internal/address"

// Erase takes all that is personal out of an order that has ended: who ordered, where it went, what people noted. The
// country stays, for reports, and so do money, goods and times.
func Erase(o *Order) *Order {
	c := Clone(o)
	c.Customer, c.ShippingAddress, c.BillingAddress, c.Notes = Customer{}, address.Address{Country: o.ShippingAddress.Country}, address.Address{}, nil
	return c
}
