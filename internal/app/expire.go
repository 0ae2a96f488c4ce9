package app

import (
	"context"

	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/work"
)

// jobExpire cancels an order that is still unpaid at its time.
const jobExpire = "expire_order"

type expireJob struct {
	Order string `json:"order"`
}

func registerExpiry(a *App) { a.Jobs.Handle(jobExpire, a.runExpireJob) }

// unpaid reports whether nothing was received for the order, and it waits for money: its payment is not arranged, or
// it is held until the money arrives. What `manual` promises counts as arranged.
func (c *cluster) unpaid() bool {
	s := c.Sums()
	waits := c.Order.Status == order.Pending && !c.arranged() || c.Order.Held("awaiting_payment")
	return s.Captured+s.CapturePending == 0 && waits
}

// expireAt has the order canceled at a time unless it is paid for then.
func (c *cluster) expireAt(u *work.Unit, at micros.Time) {
	c.Order.ExpiresAt = at
	u.Enqueue(jobExpire, expireJob{c.Order.ID}, at)
}

// ExpireOrder cancels an order that was not paid in time. By its own clock: a job that comes too early puts itself off.
type ExpireOrder struct {
	expireJob
	app *App
}

// Needs implements work.Command.
func (c *ExpireOrder) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *ExpireOrder) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.load(u, c.Order, withStock)
	if err != nil {
		return nil, err
	}
	o := cl.Order
	switch {
	case o.ExpiresAt == 0 || o.Ended() || o.ShippedUnits() > 0 || cl.begun() || !cl.unpaid(): // what a location works on does not expire
		return &cl.OrderView, nil
	case o.ExpiresAt > u.Now():
		u.Enqueue(jobExpire, c.expireJob, o.ExpiresAt)
		return &cl.OrderView, nil
	}
	if err := cl.giveUp(u, "order.expired", "expired"); err != nil {
		return nil, err
	}
	if err := cl.settleMoney(u); err != nil {
		return nil, err
	}
	return cl.save(u)
}

func (a *App) runExpireJob(ctx context.Context, j jobs.Job) error {
	var args expireJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	return a.Expire(ctx, args.Order)
}

// Expire cancels an order if its time is over and it is unpaid.
func (a *App) Expire(ctx context.Context, id string) error {
	_, err := work.Do(ctx, a.Committer, &ExpireOrder{expireJob{id}, a}, a.system())
	return err
}
