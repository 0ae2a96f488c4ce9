package app

import (
	"context"
	"slices"

	"ordo/internal/address"
	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/sourcing"
	"ordo/internal/store"
	"ordo/internal/work"
)

// ChangeView is an order change with its order.
type ChangeView struct {
	Change *order.Change
	Order  *order.Order
}

// judged is what a change would make of the order as it is now.
type judged struct {
	edit    *order.Edited
	after   *order.Order // with the change; where something speaks against it, without stock for what is added
	plan    sourcing.Result
	sourced order.Sourced
	preview order.Preview

	shortage sourcing.AfterAction // what is to happen to what nobody has; "": what the rule or the channel says
}

// judge previews actions: nothing is changed, moved or recorded. The base of the preview is the version of the order.
func (c *cluster) judge(u *work.Unit, actions []order.Action) (*judged, error) {
	edit, channel, err := c.edit(u, c.Order, actions, false)
	if err != nil {
		return nil, err
	}
	j := &judged{edit: edit}
	back := c.givenBack(c.Order, j.edit.Order, j.edit.Taken)
	if err := j.source(u, c, channel, back); err != nil {
		return nil, err
	}
	if j.after = j.edit.Order; len(j.edit.Violations) == 0 {
		if j.after, err = j.edit.Settle(j.sourced, u.Now()); err != nil {
			return nil, err
		}
	}
	before, after := MoneyTarget(c.Order), MoneyTarget(j.after)
	j.preview = order.Preview{
		Base: c.Order.Version, Before: c.Order.Totals, After: j.after.Totals, Lines: j.edit.Lines(j.after), Stock: j.effects(back), Violations: j.edit.Violations,
		AmountDue: max(0, payment.Outstanding(after, c.Payments, u.Now())-payment.Outstanding(before, c.Payments, u.Now())),
		RefundDue: max(0, payment.RefundDue(after, c.Payments)-payment.RefundDue(before, c.Payments)),
	}
	return j, nil
}

// edit applies actions to the order, or to the order as something else leaves it, by the channel's tables. unsold adds
// also what is not sold any more.
func (c *cluster) edit(u *work.Unit, o *order.Order, actions []order.Action, unsold bool) (*order.Edited, *catalog.Channel, error) {
	channel, err := channelOf(u, c.Order)
	if err != nil {
		return nil, nil, err
	}
	to, err := c.arrivesAt(u)
	if err != nil {
		return nil, nil, err
	}
	var skus []string
	for _, a := range actions {
		if a.SKU != "" {
			skus = append(skus, a.SKU)
		}
	}
	if err := Products.Refs(u, skus); err != nil {
		return nil, nil, err
	}
	t, err := tables(u, channel, to, unsold)
	if err != nil {
		return nil, nil, err
	}
	edit, err := order.Edit(o, actions, t)
	return edit, channel, err
}

// arrivesAt is where taxes and shipping charges of the order count.
func (c *cluster) arrivesAt(u *work.Unit) (address.Address, error) {
	if c.Order.Pickup == "" {
		return c.Order.ShippingAddress, nil
	}
	l, err := Locations.Ref(u, c.Order.Pickup)
	if err != nil || l == nil {
		return c.Order.ShippingAddress, err
	}
	return l.Address, nil
}

// source finds stock for what is added, as for a new order: what is given back counts as there already.
func (j *judged) source(u *work.Unit, c *cluster, channel *catalog.Channel, back givenBack) error {
	o := j.edit.Order
	q := ask{order: o, channel: channel, freed: back.moves(c), after: j.shortage}
	for _, id := range j.edit.Added {
		if l := o.Line(id); l.Kept() > 0 {
			q.demand = append(q.demand, wants(l, l.Kept()))
		}
	}
	if len(q.demand) == 0 {
		return nil
	}
	if err := u.Require(func(n *work.Needs) {
		for _, d := range q.demand {
			n.Positions(skusOf(o.Line(d.Line))...)
		}
	}); err != nil {
		return err
	}
	var err error
	if j.plan, _, err = q.plan(u); err != nil {
		return err
	}
	if j.plan.After == sourcing.Reject {
		for _, s := range j.plan.Short {
			for _, line := range s.Lines {
				j.edit.Lack(line, s.Available, s.Requested, s.SKU)
			}
		}
		return nil
	}
	j.sourced = missed(j.plan, q.demand)
	j.sourced.Taken = reservations(j.plan.Assignments)
	j.edit.Lose(j.sourced.Canceled)
	return nil
}

// effects tells where units come from and where they go.
func (j *judged) effects(back givenBack) (out []order.StockEffect) {
	add := func(rs []order.Reservation, sign int64, waits bool) {
		for _, r := range rs {
			if waits {
				r.Location = ""
			}
			out = append(out, order.StockEffect{Line: r.Line, SKU: r.SKU, Location: r.Location, Units: sign * r.Quantity})
		}
	}
	add(back.reserved, -1, false)
	add(back.worked, -1, false)
	add(back.owed, -1, true)
	add(j.sourced.Taken, 1, false)
	add(j.sourced.Backorders, 1, true)
	return out
}

// ProposeChange previews a change of an order and keeps it, so that it can be confirmed. It takes the place of one that
// is open.
type ProposeChange struct {
	Order       string
	Actions     []order.Action
	MaxDiscount *int64 // percent of the items that all discounts may come to together where one is added, and of its line; nil for any
	app         *App
}

// Needs implements work.Command.
func (c *ProposeChange) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *ProposeChange) Run(u *work.Unit) (*ChangeView, error) {
	cl, err := c.app.loadSeen(u, c.Order, withStock)
	if err != nil {
		return nil, err
	}
	ch := &order.Change{Order: c.Order, Actions: c.Actions, At: u.Now()}
	if ch, err = cl.preview(u, ch); err != nil {
		return nil, err
	}
	if c.MaxDiscount != nil {
		if err := cl.Order.LimitDiscounts(c.Actions, ch.Preview.After, *c.MaxDiscount); err != nil {
			return nil, err
		}
	}
	ch.ID = u.NewID("chg")
	if cl.open != nil {
		if _, err := cl.endChange(u, cl.open, "supersede"); err != nil {
			return nil, err
		}
	}
	cl.Order.Change = ch.ID
	_, err = cl.save(u)
	return &ChangeView{ch, cl.Order}, err
}

// preview judges a change by the order as it is after this command, which does nothing else to it.
func (c *cluster) preview(u *work.Unit, ch *order.Change) (*order.Change, error) {
	j, err := c.judge(u, ch.Actions)
	if err != nil {
		return nil, err
	}
	j.preview.Base++ // the preview itself is a version
	if ch, err = order.Previewed(ch, j.preview); err != nil {
		return nil, err
	}
	c.dirtyC = append(c.dirtyC, ch)
	c.record("order.change_previewed", Body{Change: ch})
	return ch, nil
}

// endChange cancels or supersedes a change.
func (c *cluster) endChange(u *work.Unit, ch *order.Change, event string) (*order.Change, error) {
	ch, err := order.EndChange(ch, event, u.Now())
	if err != nil {
		return nil, err
	}
	c.open, c.Order.Change = nil, ""
	c.dirtyC = append(c.dirtyC, ch)
	c.record("order.change_"+string(ch.Status), Body{Change: ch})
	return ch, nil
}

// saveChanges stores changes. One that is open when its order ends is canceled with it.
func (c *cluster) saveChanges(u *work.Unit) error {
	if c.open != nil && c.Order.Ended() {
		if _, err := c.endChange(u, c.open, "cancel"); err != nil {
			return err
		}
	}
	for _, ch := range c.dirtyC {
		if err := put(u, OrderChanges, ch, ch.Version == 0); err != nil {
			return err
		}
	}
	return nil
}

// The steps of a change.
const (
	StepPreview = "preview" // judge it anew, by the order as it is now
	StepConfirm = "confirm"
	StepCancel  = "cancel"
)

// StepChange previews a change again, confirms or cancels it.
type StepChange struct {
	Change      string
	Step        string
	MaxDiscount *int64 // as of ProposeChange, of who confirms, by the roles of then
	order       string
	app         *App
}

// Needs implements work.Command.
func (c *StepChange) Needs(n *work.Needs) {
	n.Docs(Orders.Spec, c.order)
	n.Docs(OrderChanges.Spec, c.Change)
}

// Run implements work.Command.
func (c *StepChange) Run(u *work.Unit) (*ChangeView, error) {
	cl, err := c.app.load(u, c.order, withStock)
	if err != nil {
		return nil, err
	}
	ch, err := OrderChanges.Get(u, c.Change)
	if err != nil {
		return nil, err
	}
	if err := u.CheckVersion("order change", ch.Version); err != nil {
		return nil, err
	}
	if err := order.CheckChange(ch, c.Step); err != nil {
		return nil, err
	}
	switch c.Step {
	case StepPreview:
		ch, err = cl.preview(u, ch)
	case StepConfirm:
		ch, err = cl.confirm(u, ch, c.MaxDiscount)
	default:
		ch, err = cl.endChange(u, ch, c.Step)
	}
	if err != nil {
		return nil, err
	}
	_, err = cl.save(u)
	return &ChangeView{ch, cl.Order}, err
}

// Outdated is the preview that takes the place of one that does not hold any more.
type Outdated struct {
	Preview  order.Preview
	Currency string
}

// confirm makes a change as it was previewed, or refuses it with a fresh preview: the order has moved, or the stock or
// the prices that it was judged by. Who confirms gives the discounts, whoever proposed them, and is held to the same limit.
func (c *cluster) confirm(u *work.Unit, ch *order.Change, maxDiscount *int64) (*order.Change, error) {
	j, err := c.judge(u, ch.Actions)
	if err != nil {
		return nil, err
	}
	if c.Order.Version != ch.Preview.Base || !j.preview.Same(ch.Preview) || len(j.preview.Violations) > 0 {
		e := errs.New(errs.Conflict, "change_outdated", "the order is not what the change was judged by any more; preview has what it would come to now. Preview the change again, then confirm it").
			With("preview", Outdated{j.preview, c.Order.Currency}, "order_version", c.Order.Version)
		e.Problems = j.preview.Violations
		return nil, e
	}
	if maxDiscount != nil {
		if err := order.MayGive(c.Order.LimitDiscounts(ch.Actions, j.preview.After, *maxDiscount)); err != nil {
			return nil, err
		}
	}
	if ch, err = order.EndChange(ch, StepConfirm, u.Now()); err != nil {
		return nil, err
	}
	c.open = nil
	c.dirtyC = append(c.dirtyC, ch)
	if err := c.carryOut(u, ch, j); err != nil {
		return nil, err
	}
	if err := c.askForMoney(u, j.preview.AmountDue); err != nil {
		return nil, err
	}
	if err := c.openWork(u, j); err != nil { // after the money: what waits for it is not released by itself
		return nil, err
	}
	return ch, c.advance(u)
}

// carryOut changes order and stock together (E2).
func (c *cluster) carryOut(u *work.Unit, ch *order.Change, j *judged) error {
	before := c.Order
	c.Order = j.after
	event := c.record("order.changed", Body{Change: ch})
	if len(j.edit.Added) > 0 {
		event.Sourcing = &j.plan.Decision
	}
	back, err := c.returnUnits(u, before, j.edit.Taken, "changed")
	if err != nil {
		return err
	}
	take := inventory.Allocate
	if c.Order.Status == order.Pending {
		take = inventory.Reserve
	}
	taken, err := c.move(u, append(c.stockOf(take, j.sourced.Taken), c.stockOf(inventory.Backorder, j.sourced.Backorders)...))
	if err != nil {
		return err
	}
	event.Stock = append(back, taken...)
	c.tellMissed(j.plan)
	c.ended(before, "changed")
	return nil
}

// openWork gives locations the work on what was added, and tells when it arrives.
func (c *cluster) openWork(u *work.Unit, j *judged) (err error) {
	if c.Order.Status == order.Pending {
		err = c.holdSlots(u, j.plan.Assignments)
	} else {
		err = c.openFulfillments(u, j.plan.Assignments)
	}
	if err != nil {
		return err
	}
	c.holdParked(u, "out_of_stock")
	channel, err := channelOf(u, c.Order)
	if err != nil {
		return err
	}
	if err := c.promiseOtherWay(u); err != nil {
		return err
	}
	return promise(u, c.Order, channel, j.plan.Assignments)
}

// askForMoney has the money follow a change. What is owed to the customer is given back; what is due more is asked for
// and nothing else (E4): an order on manual terms owes it on the same terms, any other is held until the difference is
// paid for.
func (c *cluster) askForMoney(u *work.Unit, due int64) error {
	if t := c.terms(); t != nil && due > 0 {
		if _, err := c.tender(u, *t, due, true, nil); err != nil {
			return err
		}
		due = 0
	}
	if err := c.settleMoney(u); err != nil {
		return err
	}
	if due > 0 {
		return c.holdForMissing(u, "order_changed")
	}
	return nil
}

// terms are those of an order that is paid for outside of Ordo; nil where a provider has a part in it.
func (c *cluster) terms() *order.Tender {
	if len(c.Payments) == 0 || slices.ContainsFunc(c.Payments, func(p *payment.Payment) bool { return p.Provider != Manual }) {
		return nil
	}
	last := c.Payments[len(c.Payments)-1]
	return &order.Tender{Provider: Manual, Method: last.Method, TermsDays: last.TermsDays}
}

// Propose runs ProposeChange.
func (a *App) Propose(ctx context.Context, c ProposeChange, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryPropose is Propose without effect; the change has no id.
func (a *App) TryPropose(ctx context.Context, c ProposeChange, meta work.Meta) (*ChangeView, error) {
	c.app = a
	v, err := work.DryRun(ctx, a.Committer, &c, meta)
	if err == nil {
		v.Change.ID = ""
	}
	return v, err
}

// Change runs StepChange.
func (a *App) Change(ctx context.Context, c StepChange, meta work.Meta) work.Outcome {
	if err := a.findChange(ctx, &c); err != nil {
		return work.Outcome{Err: err}
	}
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryChange is Change without effect.
func (a *App) TryChange(ctx context.Context, c StepChange, meta work.Meta) (*ChangeView, error) {
	if err := a.findChange(ctx, &c); err != nil {
		return nil, err
	}
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// findChange reads which order the change is of, which never changes: the order is locked first.
func (a *App) findChange(ctx context.Context, c *StepChange) error {
	ch, err := one(ctx, a.DB, OrderChanges, c.Change)
	if err == nil {
		c.order, c.app = ch.Order, a
	}
	return err
}

// OrderChange reads a change with its order.
func (a *App) OrderChange(ctx context.Context, id string) (*ChangeView, error) {
	v := &ChangeView{}
	err := a.DB.Snapshot(ctx, func(r store.Reader) (err error) {
		if v.Change, err = one(ctx, r, OrderChanges, id); err == nil {
			v.Order, err = one(ctx, r, Orders, v.Change.Order)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// ChangesOf lists the changes of an order, newest first, before the change with an id.
func (a *App) ChangesOf(ctx context.Context, id, before string, limit int) ([]*order.Change, error) {
	if before == "" {
		before = "chg_~" // after all ids
	}
	var out []*order.Change
	err := a.DB.Query(ctx, func(r store.Row) error {
		c, err := scanDoc(OrderChanges, r)
		out = append(out, c)
		return err
	}, "SELECT doc FROM order_changes WHERE order_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3", id, before, limit)
	return out, err
}
