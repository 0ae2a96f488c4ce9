package app

import (
	"context"

	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/work"
)

// WriteDraft makes a draft order or replaces the content of one. It takes no stock and no number, and asks for no
// money.
type WriteDraft struct {
	order.Placement
	Draft string // id of the draft to replace; "" for a new one
	app   *App
}

// Needs implements work.Command.
func (c *WriteDraft) Needs(n *work.Needs) {
	if c.Draft != "" {
		n.Docs(Orders.Spec, c.Draft)
	}
	for _, l := range c.Lines {
		n.Refs(Products.Spec, l.SKU)
	}
}

// Run implements work.Command.
func (c *WriteDraft) Run(u *work.Unit) (*OrderView, error) {
	var list errs.List
	if len(c.Lines) == 0 { // it would have no currency
		list.Add("/lines", "required", "give at least one line")
	}
	place := &PlaceOrder{Placement: c.Placement, app: c.app}
	channel, to, err := place.reference(u, &list, false)
	if err != nil {
		return nil, err
	}
	t, err := tables(u, channel, to, false)
	if err != nil {
		return nil, err
	}
	var cl *cluster
	if c.Draft == "" {
		o, err := order.NewDraft(c.Placement, t, u.Now())
		if err := errs.Join(list.Err(), err); err != nil {
			return nil, err
		}
		o.ID = u.NewID("ord")
		cl = c.app.newCluster(u, o)
	} else {
		if cl, err = c.app.load(u, c.Draft, withoutStock); err != nil {
			return nil, err
		}
		if err := u.CheckVersion("order", cl.Order.Version); err != nil {
			return nil, err
		}
		o, err := order.ReplaceDraft(cl.Order, c.Placement, t, u.Now())
		if err := errs.Join(list.Err(), err); err != nil {
			return nil, err
		}
		cl.Order, cl.whole = o, true
	}
	cl.record("order.drafted", Body{})
	return cl.save(u)
}

// readDraft takes the placement from the draft as it is now; the payment is that of the request.
func (c *PlaceOrder) readDraft(u *work.Unit) (err error) {
	if c.draft == "" {
		return nil
	}
	if c.was, err = Orders.Get(u, c.draft); err != nil {
		return err
	}
	if err := u.CheckVersion("order", c.was.Version); err != nil {
		return err
	}
	if err := order.PlaceDraft(c.was); err != nil {
		return err
	}
	c.Placement = draftWith(c.was, c.Placement)
	return u.Require(func(n *work.Needs) {
		for _, l := range c.Lines {
			n.Positions(l.SKU)
			n.Refs(Products.Spec, l.SKU)
		}
	})
}

// draftWith is what placing a draft sends, with the payment of the request.
func draftWith(draft *order.Order, pay order.Placement) order.Placement {
	p := order.DraftPlacement(draft)
	p.PaymentProvider, p.PaymentToken, p.PaymentMethod, p.TermsDays, p.Tenders = pay.PaymentProvider, pay.PaymentToken, pay.PaymentMethod, pay.TermsDays, pay.Tenders
	return p
}

// takeOver lets the order that was made of a draft go on in its place.
func (c *PlaceOrder) takeOver(cl *cluster) {
	if c.was == nil {
		return
	}
	cl.Order.TakeOver(c.was)
	cl.before, cl.whole = order.Clone(c.was), true
}

// SaveDraft runs WriteDraft.
func (a *App) SaveDraft(ctx context.Context, c WriteDraft, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryDraft is SaveDraft without effect; a new draft has no id.
func (a *App) TryDraft(ctx context.Context, c WriteDraft, meta work.Meta) (*OrderView, error) {
	c.app = a
	v, err := work.DryRun(ctx, a.Committer, &c, meta)
	if err == nil && c.Draft == "" {
		v.Order.ID = ""
	}
	return v, err
}

// PlaceDraft places a draft under its id, as any order is placed; of the placement only the payment counts. It waits
// for the payment as Place does.
func (a *App) PlaceDraft(ctx context.Context, id string, pay order.Placement, meta work.Meta) work.Outcome {
	cmd, err := a.draftCommand(ctx, id, pay)
	if err != nil {
		return work.Outcome{Err: err}
	}
	return a.place(ctx, cmd, meta)
}

// TryPlaceDraft is PlaceDraft without effect.
func (a *App) TryPlaceDraft(ctx context.Context, id string, pay order.Placement, meta work.Meta) (v *OrderView, err error) {
	cmd, err := a.draftCommand(ctx, id, pay)
	if err != nil {
		return nil, err
	}
	err = cmd.withPast(ctx, func() (err error) {
		v, err = work.DryRun(ctx, a.Committer, cmd, meta)
		return err
	})
	return v, err
}

// draftCommand reads what the draft will need; the command reads it again, locked.
func (a *App) draftCommand(ctx context.Context, id string, pay order.Placement) (*PlaceOrder, error) {
	d, err := one(ctx, a.DB, Orders, id)
	if err != nil {
		return nil, err
	}
	if d.Draft != nil {
		pay = draftWith(d, pay)
	}
	return &PlaceOrder{Placement: pay, app: a, draft: id}, nil
}
