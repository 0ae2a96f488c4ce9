package app

import (
	"ordo/internal/inventory"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// arranged reports whether the payments promise all that the order costs.
func (c *cluster) arranged() bool {
	return payment.Unsecured(MoneyTarget(c.Order), c.Payments, c.at) == 0
}

// acceptable reports whether nothing stands between a pending order and its acceptance.
func (c *cluster) acceptable() bool {
	return c.Order.Status == order.Pending && c.arranged() && order.Blocked(c.Order, order.GateAccept) == nil
}

// advance accepts a pending order as soon as its payment is arranged and no open hold blocks it. It is called after
// whatever may have been the last obstacle.
func (c *cluster) advance(u *work.Unit) error {
	if !c.acceptable() {
		return nil
	}
	if err := c.accept(u); err != nil {
		return err
	}
	return c.settleMoney(u)
}

// take takes the stock of a new order: allocated when it is accepted at once, without a reservation in between, and
// reserved while its payment or a hold is open.
func (c *cluster) take(u *work.Unit, plan sourcing.Result, placed *Body) error {
	kind := inventory.Reserve
	now := c.acceptable()
	if now {
		kind = inventory.Allocate
	}
	var moves []inventory.Movement
	for _, a := range plan.Assignments {
		moves = append(moves, c.stock(kind, a.Line, a.Location, a.Quantity)...)
	}
	for _, a := range plan.Backorders {
		moves = append(moves, c.stock(inventory.Backorder, a.Line, a.Location, a.Quantity)...)
	}
	moves, err := c.move(u, moves)
	if err != nil {
		return err
	}
	c.tellShortage(plan)
	if !now {
		placed.Stock = moves
		for _, a := range plan.Assignments {
			c.Order.Reservations = append(c.Order.Reservations, order.Reservation(a))
		}
		return c.holdSlots(u, plan.Assignments)
	}
	if c.Order, err = order.Accept(c.Order, u.Now()); err != nil {
		return err
	}
	c.record("order.accepted", Body{Stock: moves})
	return c.openFulfillments(u, plan.Assignments)
}

// accept turns the reservations of a pending order into allocations and fulfillment orders.
func (c *cluster) accept(u *work.Unit) error {
	plan := make([]sourcing.Assignment, len(c.Order.Reservations))
	var moves []inventory.Movement
	for i, r := range c.Order.Reservations {
		plan[i] = sourcing.Assignment(r)
		moves = append(moves, c.stock(inventory.Convert, r.Line, r.Location, r.Quantity)...)
	}
	moves, err := c.move(u, moves)
	if err != nil {
		return err
	}
	if c.Order, err = order.Accept(c.Order, u.Now()); err != nil {
		return err
	}
	c.record("order.accepted", Body{Stock: moves})
	return c.openFulfillments(u, plan)
}

// unreserve ends the reservations of a pending order, and the backorders of any.
func (c *cluster) unreserve(u *work.Unit) ([]inventory.Movement, error) {
	var moves []inventory.Movement
	for _, r := range c.Order.Reservations {
		moves = append(moves, c.stock(inventory.Unreserve, r.Line, r.Location, r.Quantity)...)
	}
	for _, r := range c.Order.Backorders {
		moves = append(moves, c.stock(inventory.EndBackorder, r.Line, r.Location, r.Quantity)...)
	}
	return c.move(u, moves)
}
