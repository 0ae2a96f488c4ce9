package app

import (
	"context"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/order"
	"ordo/internal/work"
)

// MaxRelease is how many fulfillment orders can be released at once.
const MaxRelease = 200

// ReleaseMany releases fulfillment orders, each by itself: one that cannot be released does not hold up the others.
type ReleaseMany struct {
	IDs    []string
	orders map[string]string // of the ids that exist
	app    *App
}

// Released is what became of one of them.
type Released struct {
	ID          string
	Fulfillment *fulfillment.Fulfillment // nil when there is none
	Err         error
}

// Needs implements work.Command.
func (c *ReleaseMany) Needs(n *work.Needs) {
	for _, o := range c.orders {
		n.Docs(Orders.Spec, o)
	}
}

// Run implements work.Command.
func (c *ReleaseMany) Run(u *work.Unit) ([]Released, error) {
	if err := c.require(u); err != nil {
		return nil, err
	}
	out := make([]Released, len(c.IDs))
	clusters := map[string]*cluster{}
	for i, id := range c.IDs {
		out[i] = Released{ID: id, Err: errs.Unknown("fulfillment order", id)}
		o, known := c.orders[id]
		if !known {
			continue
		}
		if clusters[o] == nil {
			cl, err := c.app.load(u, o, withoutStock)
			if err != nil {
				return nil, err
			}
			clusters[o] = cl
		}
		if out[i].Err = c.release(u, clusters[o], id); out[i].Err != nil && errs.As(out[i].Err) == nil {
			return nil, out[i].Err
		}
		out[i].Fulfillment = clusters[o].fulfillment(id)
	}
	for _, id := range c.IDs { // in their order: the journal is the same each time
		if cl := clusters[c.orders[id]]; cl != nil && len(cl.events) > 0 {
			if _, err := cl.save(u); err != nil {
				return nil, err
			}
			cl.events = nil
		}
	}
	return out, nil
}

// require loads all parts of all orders at once.
func (c *ReleaseMany) require(u *work.Unit) error {
	var ids []string
	for _, id := range c.IDs {
		if o := c.orders[id]; o != "" {
			ids = append(ids, o)
		}
	}
	orders, err := Orders.GetMany(u, ids)
	if err != nil {
		return err
	}
	return u.Require(func(n *work.Needs) {
		for _, o := range orders {
			n.Docs(Payments.Spec, o.Payments...)
			n.Docs(Fulfillments.Spec, o.Fulfillments...)
		}
	})
}

func (c *ReleaseMany) release(u *work.Unit, cl *cluster, id string) error {
	f := cl.fulfillment(id)
	after, err := fulfillment.Release(f, u.Now())
	if err != nil {
		return err
	}
	if err := order.Blocked(cl.Order, order.GateRelease, targets(f)...); err != nil {
		return err
	}
	return cl.follow(u, f, after, "fulfillment.released", lost{})
}

// ReleaseMany runs it.
func (a *App) ReleaseMany(ctx context.Context, ids []string, meta work.Meta) work.Outcome {
	var list errs.List
	if len(ids) == 0 || len(ids) > MaxRelease {
		list.Add("/ids", "out_of_range", "give 1 to %d ids of fulfillment orders", MaxRelease)
		return work.Outcome{Err: list.Err()}
	}
	found, err := many(ctx, a.DB, Fulfillments, ids)
	if err != nil {
		return work.Outcome{Err: err}
	}
	c := &ReleaseMany{IDs: ids, orders: map[string]string{}, app: a}
	for _, f := range found {
		c.orders[f.ID] = f.Order
	}
	return work.Submit(ctx, a.Committer, c, meta)
}
