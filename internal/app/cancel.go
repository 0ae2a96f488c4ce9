package app

import (
	"context"
	"slices"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/order"
	"ordo/internal/work"
)

// CancelOrder gives up an order of which nothing has shipped: its stock is given back, authorized money is voided,
// captured money is refunded.
type CancelOrder struct {
	Order  string
	Reason string
	app    *App
}

// Needs implements work.Command.
func (c *CancelOrder) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *CancelOrder) Run(u *work.Unit) (*OrderView, error) {
	if !slices.Contains(order.CancelReasons, c.Reason) {
		var list errs.List
		list.Add("/reason", "unknown_value", "give one of %s", strings.Join(order.CancelReasons, ", "))
		return nil, list.Err()
	}
	cl, err := c.app.load(u, c.Order, withStock)
	if err != nil {
		return nil, err
	}
	if err := u.CheckVersion("order", cl.Order.Version); err != nil {
		return nil, err
	}
	if cl.begun() {
		if err := cl.cancelBegun(u, c.Reason); err != nil {
			return nil, err
		}
		return cl.save(u)
	}
	moves, err := cl.unreserve(u)
	if err != nil {
		return nil, err
	}
	if cl.Order, err = order.Cancel(cl.Order, c.Reason, u.Now()); err != nil {
		return nil, err
	}
	back, err := cl.cancelFulfillments(u)
	if err != nil {
		return nil, err
	}
	cl.record("order.canceled", Body{Reason: c.Reason, Stock: append(moves, back...)})
	for _, f := range cl.Fulfillments {
		if cl.dirtyF[f.ID] {
			cl.record("fulfillment.canceled", Body{Fulfillment: f})
		}
	}
	if err := cl.settleMoney(u); err != nil {
		return nil, err
	}
	return cl.save(u)
}

func (c *cluster) cancelFulfillments(u *work.Unit) ([]inventory.Movement, error) {
	var moves []inventory.Movement
	for _, f := range c.Fulfillments {
		if !f.Active() {
			continue
		}
		f, err := fulfillment.Cancel(f, u.Now())
		if err != nil {
			return nil, err
		}
		c.setFulfillment(f)
		for _, l := range f.Lines {
			moves = append(moves, c.stock(inventory.Deallocate, l.Line, f.Location, l.Quantity)...)
		}
	}
	return c.move(u, moves)
}

// Cancel runs CancelOrder.
func (a *App) Cancel(ctx context.Context, id, reason string, meta work.Meta) work.Outcome {
	return work.Submit(ctx, a.Committer, &CancelOrder{Order: id, Reason: reason, app: a}, meta)
}
