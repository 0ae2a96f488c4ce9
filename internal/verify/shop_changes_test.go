package verify

import (
	"ordo/internal/app"
	"ordo/internal/order"
)

// changedOrders are orders that are no longer what they were when they were placed.
func (s *shop) changedOrders() {
	s.t.Helper()
	ctx := s.t.Context()
	s.place("reduced", placement("manual", "", line("A", 5), line("C", 2)))
	s.receipt("reduced", 100)
	s.ok(s.app.CancelLines(ctx, app.CancelOrder{Order: s.ids["reduced"], Reason: "customer", Lines: []order.Units{{Line: "1", Quantity: 2}, {Line: "2", Quantity: 2}}}, meta))
	p := placement("manual", "", line("A", 1))
	p.ShippingMethod = "post"
	s.place("moved", p)
	there := p.ShippingAddress
	there.Line1 = "9 Other Street"
	s.ok(s.app.ChangeOrderDetails(ctx, app.ChangeDetails{Order: s.ids["moved"], Details: order.Details{ShippingAddress: &there, BillingAddress: &p.ShippingAddress, Customer: &order.Customer{Phone: "1"}}}, meta))
	s.step("moved", "release")
}
