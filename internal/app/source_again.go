package app

import (
	"context"

	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/order"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// resource finds another place for units that no location does any more: they are parked, since the step that gave
// them up deallocated them in this commit, and are allocated elsewhere, or nothing is (F3). What no other location has
// is owed, canceled or stays parked under a hold, as the rule or the channel says; after is asked first where it is
// given. The caller has loaded the cluster with stock, settles the money and saves.
func (c *cluster) resource(u *work.Unit, units []order.Units, refused []string, after sourcing.AfterAction, reason string) error {
	channel, err := channelOf(u, c.Order)
	if err != nil {
		return err
	}
	q := ask{order: c.Order, channel: channel, demand: c.demand(units), refused: refused, part: true, after: after}
	res, policy, err := q.plan(u)
	if err != nil {
		return err
	}
	return c.settle(u, &q, res, policy, "fulfillment.rerouted", reason)
}

// settle takes the stock of a plan for parked units of an order, opens fulfillment orders for it, and does with what is
// left over what the policy says.
func (c *cluster) settle(u *work.Unit, q *ask, plan sourcing.Result, policy sourcing.AfterAction, event, reason string) error {
	left := plan.Unfilled
	if plan.After == sourcing.Reject || plan.After == sourcing.Park {
		left = nil
		for _, d := range q.demand {
			left = append(left, sourcing.Unfilled{Line: d.Line, SKU: d.SKU, Quantity: d.Quantity})
		}
	}
	s := order.Sourced{Taken: reservations(plan.Assignments), Backorders: reservations(plan.Backorders)}
	for _, d := range q.demand {
		s.Parked = append(s.Parked, order.Units{Line: d.Line, Quantity: d.Quantity})
	}
	for _, x := range left {
		if policy == sourcing.Cancel {
			s.Canceled = append(s.Canceled, order.Units{Line: x.Line, Quantity: x.Quantity})
		} else {
			s.Backorders = append(s.Backorders, order.Reservation{Line: x.Line, SKU: x.SKU, Quantity: x.Quantity})
		}
	}
	take := inventory.Allocate
	pending := c.Order.Status == order.Pending
	if pending {
		take = inventory.Reserve
	}
	moves, err := c.move(u, append(c.stockOf(take, s.Taken), c.stockOf(inventory.Backorder, s.Backorders)...))
	if err != nil {
		return err
	}
	status := c.Order.Status
	if c.Order, err = order.Source(c.Order, s, u.Now()); err != nil {
		return err
	}
	d := plan.Decision
	d.Unfilled = left
	switch {
	case len(left) > 0 && policy != sourcing.Cancel:
		d.After = sourcing.Park
	case len(left) > 0:
		d.After = sourcing.Cancel
	}
	c.record(event, Body{Reason: reason, Stock: moves, Sourcing: &d})
	if len(s.Canceled) > 0 {
		c.record("order.line_canceled", Body{Reason: "out_of_stock", Lines: unfilled(left)})
	}
	if c.Order.Status != status {
		c.record("order."+string(c.Order.Status), Body{Reason: c.Order.Reason})
	}
	if pending {
		err = c.holdSlots(u, plan.Assignments)
	} else {
		err = c.openFulfillments(u, plan.Assignments)
	}
	c.holdParked(u, "out_of_stock")
	return err
}

func (c *cluster) demand(units []order.Units) []sourcing.Demand {
	out := make([]sourcing.Demand, len(units))
	for i, x := range units {
		out[i] = wants(c.Order.Line(x.Line), x.Quantity)
	}
	return out
}

// SourceOrder finds places for the parked units of an order. One that has not been accepted waits until all of it can
// be filled, unless After says what is to become of the rest.
type SourceOrder struct {
	Order string
	After sourcing.AfterAction // backorder or cancel what is missing; "": wait on
	quiet bool                 // nobody asked: where nothing can be done, nothing happens
	app   *App
}

// Needs implements work.Command.
func (c *SourceOrder) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *SourceOrder) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.loadSeen(u, c.Order, withStock)
	if err != nil {
		return nil, err
	}
	if o := cl.Order; o.Status != order.Pending && o.Status != order.Open {
		if c.quiet {
			return &cl.OrderView, nil
		}
		return nil, errs.IllegalTransition("the order", string(o.Status), "source", order.Steps(o))
	}
	if c.After != "" && c.After != sourcing.Backorder && c.After != sourcing.Cancel {
		var list errs.List
		list.Add("/shortage", "unknown_value", "give backorder or cancel, or leave it out to wait on")
		return nil, list.Err()
	}
	if len(order.Parked(cl.Order)) == 0 {
		return &cl.OrderView, nil // nothing waits: it has been done
	}
	done, err := c.source(u, cl)
	if err != nil || !done {
		return &cl.OrderView, err
	}
	if err := cl.settleMoney(u); err != nil {
		return nil, err
	}
	if err := cl.advance(u); err != nil {
		return nil, err
	}
	return cl.save(u)
}

func (c *SourceOrder) source(u *work.Unit, cl *cluster) (done bool, err error) {
	channel, err := channelOf(u, cl.Order)
	if err != nil {
		return false, err
	}
	q := ask{order: cl.Order, channel: channel, after: c.After, part: cl.Order.Status == order.Open}
	for _, d := range cl.demand(order.Parked(cl.Order)) {
		failed := cl.failed(d.Line)
		if c.quiet { // a person may try those that failed before once more
			q.refused = append(q.refused, failed...)
		}
		if !c.quiet || len(failed) < maxFailures {
			q.demand = append(q.demand, d)
		}
	}
	if len(q.demand) == 0 {
		return false, nil // a person has to look
	}
	if c.After == "" {
		q.after = sourcing.Park
	}
	res, policy, err := q.plan(u)
	if err != nil {
		return false, err
	}
	if res.After == sourcing.Reject || res.After == sourcing.Park {
		if c.quiet {
			return false, nil
		}
		if c.After != sourcing.Cancel {
			return false, shortage(cl.Order, res.Short)
		}
	}
	return true, cl.settle(u, &q, res, policy, "order.sourced", "")
}

// Source runs SourceOrder.
func (a *App) Source(ctx context.Context, c SourceOrder, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TrySource is Source without effect.
func (a *App) TrySource(ctx context.Context, c SourceOrder, meta work.Meta) (*OrderView, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}
