package app

import (
	"context"
	"time"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/work"
)

// requestCancel gives up units of a fulfillment order, all of them when none are named: at once while its location has
// not accepted it, and otherwise by a request that the location answers. The money is the caller's to settle.
func (c *cluster) requestCancel(u *work.Unit, f *fulfillment.Fulfillment, units []fulfillment.LineQuantity, reason string) error {
	if !f.Begun() {
		after, err := fulfillment.GiveUp(f, units, reason, u.Now())
		if err != nil {
			return err
		}
		return c.follow(u, f, after, canceledEvent(after), lost{to: toCanceled, reason: reason})
	}
	wait, err := c.cancelWait(u, f.Location)
	if err != nil {
		return err
	}
	until := u.Now().Add(wait)
	after, err := fulfillment.RequestCancel(f, units, reason, until, u.Now())
	if err != nil {
		return err
	}
	u.Enqueue(jobFulfillment, fulfillmentTimer{c.Order.ID, f.ID, "cancel_refuse", until}, until)
	return c.follow(u, f, after, "fulfillment.cancel_requested", lost{})
}

// cancelWait is how long a location may take to answer a cancellation request; then it is refused.
func (c *cluster) cancelWait(u *work.Unit, location string) (time.Duration, error) {
	l, err := Locations.Ref(u, location)
	if err == nil && l != nil && l.CancelWaitHours > 0 {
		return time.Duration(l.CancelWaitHours) * time.Hour, nil
	}
	return c.settings.CancelWait, err
}

// pickupWindow is how long a location keeps an order for its customer.
func (c *cluster) pickupWindow(u *work.Unit, location string) (time.Duration, error) {
	l, err := Locations.Ref(u, location)
	if err == nil && l != nil && l.PickupDays > 0 {
		return time.Duration(l.PickupDays) * 24 * time.Hour, nil
	}
	return c.settings.PickupWindow, err
}

func canceledEvent(after *fulfillment.Fulfillment) string {
	if after.Status == fulfillment.Canceled {
		return "fulfillment.canceled"
	}
	return "fulfillment.reduced"
}

func (c *Fulfill) requestCancel(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	if err := cl.requestCancel(u, f, c.Lines, c.Reason); err != nil {
		return err
	}
	return cl.settleMoney(u)
}

// acceptCancel is the location's consent: the units are the customer's no more, and the stock is free.
func (c *Fulfill) acceptCancel(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	after, err := fulfillment.AcceptCancel(f, u.Now())
	if err != nil {
		return err
	}
	if err := cl.follow(u, f, after, canceledEvent(after), lost{to: toCanceled, reason: f.Cancellation.Reason}); err != nil {
		return err
	}
	return cl.settleMoney(u)
}

func (c *Fulfill) refuseCancel(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	return cl.passed(u, f, "fulfillment.cancel_refused")(fulfillment.RefuseCancel(f, fulfillment.RequestRefused, u.Now()))
}

// cancelBegun asks for the cancellation of an order that a location has begun to work on: what nobody works on is given
// up now, the rest when the locations agree. With the last of it the order is canceled.
func (c *cluster) cancelBegun(u *work.Unit, reason string) error {
	if _, err := order.Cancel(c.Order, reason, u.Now()); err != nil {
		return err
	}
	asked := len(c.Order.Backorders) > 0
	if err := c.cancelBackorders(u, reason); err != nil {
		return err
	}
	for _, f := range c.Fulfillments {
		if !f.Active() || f.Status == fulfillment.CancelRequested {
			continue
		}
		if err := c.requestCancel(u, f, nil, reason); err != nil {
			return err
		}
		asked = true
	}
	if !asked {
		return errs.New(errs.Conflict, "illegal_transition", "the cancellation is asked for already; the locations have to answer").
			With("state", string(c.Order.Status), "allowed", []string{})
	}
	return c.settleMoney(u)
}

// begun reports whether a location works on the order.
func (c *cluster) begun() bool {
	for _, f := range c.Fulfillments {
		if f.Begun() {
			return true
		}
	}
	return false
}

// jobFulfillment does something with a fulfillment order at its time.
const jobFulfillment = "fulfillment"

// fulfillmentTimer names a step and the time that it was set for: a timer that was set anew since does nothing.
type fulfillmentTimer struct {
	Order       string      `json:"order"`
	Fulfillment string      `json:"fulfillment"`
	Step        string      `json:"step"`
	At          micros.Time `json:"at"`
}

func registerFulfillment(a *App) {
	a.Jobs.Handle(jobFulfillment, func(ctx context.Context, j jobs.Job) error {
		c := &runTimer{app: a}
		if err := jsonx.Unmarshal([]byte(j.Args), &c.fulfillmentTimer); err != nil {
			return err
		}
		_, err := work.Do(ctx, a.Committer, c, a.system())
		return err
	})
}

// runTimer does what a timer was set for, if it still stands.
type runTimer struct {
	fulfillmentTimer
	app *App
}

// Needs implements work.Command.
func (c *runTimer) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *runTimer) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.load(u, c.Order, withStock)
	if err != nil {
		return nil, err
	}
	f := cl.fulfillment(c.Fulfillment)
	if f == nil || !c.stands(f) {
		return &cl.OrderView, nil
	}
	switch c.Step {
	case "release":
		if order.Blocked(cl.Order, order.GateRelease, targets(f)...) != nil {
			c.again(u)
			return &cl.OrderView, nil
		}
		err = cl.passed(u, f, "fulfillment.released")(fulfillment.Release(f, u.Now()))
	case "no_show":
		err = (&Fulfill{}).noShow(u, cl, f)
	case "cancel_refuse":
		err = cl.passed(u, f, "fulfillment.cancel_refused")(fulfillment.RefuseCancel(f, fulfillment.RequestTimedOut, u.Now()))
	}
	if err != nil {
		return nil, err
	}
	return cl.save(u)
}

// stands reports whether the fulfillment order still waits for this timer.
func (c *runTimer) stands(f *fulfillment.Fulfillment) bool {
	switch c.Step {
	case "release":
		return f.Status == fulfillment.Scheduled && f.ReleaseAt == c.At
	case "no_show":
		return f.Status == fulfillment.ReadyForPickup && f.PickupUntil == c.At
	case "cancel_refuse":
		return f.Status == fulfillment.CancelRequested && f.Cancellation.ExpiresAt == c.At
	}
	return false
}

// again looks at an order on hold later: the hold may be lifted by then.
func (c *runTimer) again(u *work.Unit) {
	u.Enqueue(jobFulfillment, c.fulfillmentTimer, u.Now().Add(10*time.Minute))
}
