package app

import (
	"context"
	"strings"
	"unicode/utf8"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/order"
	"ordo/internal/work"
)

// Fulfill moves a fulfillment order one step on, and with it the order's counters, the stock and the money.
type Fulfill struct {
	Fulfillment string
	Step        string // release, ship or deliver
	Carrier     string // for ship
	Tracking    string // for ship
	order       string // what it belongs to; never changes
	app         *App
}

// Needs implements work.Command.
func (c *Fulfill) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.order) }

// Run implements work.Command.
func (c *Fulfill) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.load(u, c.order, c.Step == "ship")
	if err != nil {
		return nil, err
	}
	for _, f := range cl.Fulfillments {
		if f.ID != c.Fulfillment {
			continue
		}
		if err := u.CheckVersion("fulfillment order", f.Version); err != nil {
			return nil, err
		}
		switch c.Step {
		case "release":
			err = c.release(u, cl, f)
		case "ship":
			err = c.ship(u, cl, f)
		default:
			err = c.deliver(u, cl, f)
		}
		if err != nil {
			return nil, err
		}
		return cl.save(u)
	}
	return nil, errs.Unknown("fulfillment order", c.Fulfillment)
}

func units(f *fulfillment.Fulfillment) []order.Units {
	out := make([]order.Units, len(f.Lines))
	for i, l := range f.Lines {
		out[i] = order.Units{Line: l.Line, Quantity: l.Quantity}
	}
	return out
}

// targets are what a hold on the fulfillment order, or on part of it, can name.
func targets(f *fulfillment.Fulfillment) []string {
	out := []string{f.ID}
	for _, l := range f.Lines {
		out = append(out, l.Line)
	}
	return out
}

func (c *Fulfill) release(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	if err := order.Blocked(cl.Order, order.GateRelease, targets(f)...); err != nil {
		return err
	}
	f, err := fulfillment.Release(f, u.Now())
	if err != nil {
		return err
	}
	if cl.Order, err = order.Release(cl.Order, units(f), u.Now()); err != nil {
		return err
	}
	cl.setFulfillment(f)
	cl.record("fulfillment.released", Body{Fulfillment: f})
	return nil
}

// ship lets the goods leave: on hand falls, and what they are worth is captured.
func (c *Fulfill) ship(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	var list errs.List
	if strings.TrimSpace(c.Tracking) == "" || utf8.RuneCountInString(c.Tracking) > 100 {
		list.Add("/tracking_number", "required", "give the tracking number, at most 100 characters")
	}
	if utf8.RuneCountInString(c.Carrier) > 100 {
		list.Add("/carrier", "too_long", "at most 100 characters")
	}
	if err := list.Err(); err != nil {
		return err
	}
	if err := order.Blocked(cl.Order, order.GateShip, targets(f)...); err != nil {
		return err
	}
	f, err := fulfillment.Ship(f, c.Carrier, c.Tracking, u.Now())
	if err != nil {
		return err
	}
	if cl.Order, err = order.Ship(cl.Order, units(f), u.Now()); err != nil {
		return err
	}
	var moves []inventory.Movement
	for _, l := range f.Lines {
		moves = append(moves, cl.stock(inventory.Ship, l.Line, f.Location, l.Quantity)...)
	}
	if moves, err = cl.move(u, moves); err != nil {
		return err
	}
	cl.setFulfillment(f)
	cl.record("fulfillment.shipped", Body{Fulfillment: f, Stock: moves})
	if cl.Order.Status == order.Completed {
		cl.record("order.completed", Body{})
	}
	return cl.settleMoney(u)
}

func (c *Fulfill) deliver(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	f, err := fulfillment.Deliver(f, u.Now())
	if err != nil {
		return err
	}
	if cl.Order, err = order.Deliver(cl.Order, units(f), u.Now()); err != nil {
		return err
	}
	cl.setFulfillment(f)
	cl.record("fulfillment.delivered", Body{Fulfillment: f})
	return nil
}

// Fulfill runs a step.
func (a *App) Fulfill(ctx context.Context, c Fulfill, meta work.Meta) work.Outcome {
	f, err := a.Fulfillment(ctx, c.Fulfillment)
	if err != nil {
		return work.Outcome{Err: err}
	}
	c.order, c.app = f.Order, a
	return work.Submit(ctx, a.Committer, &c, meta)
}
