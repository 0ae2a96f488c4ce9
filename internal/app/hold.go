package app

import (
	"context"
	"regexp"
	"slices"
	"time"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/store"
	"ordo/internal/work"
	"ordo/internal/workflow"
)

// jobHolds looks at the open holds of an order: what has expired ends, what its rule lifts is lifted (H4).
const jobHolds = "process_holds"

type holdsJob struct {
	Order string      `json:"order"`
	At    micros.Time `json:"at,omitzero"` // not before: the end of a hold
}

func registerHolds(a *App) {
	a.Jobs.Handle(jobHolds, a.runHoldsJob)
	a.Jobs.Schedule("sweep_holds", 10*time.Minute, a.sweepHolds)
}

// PlaceHold stops an order, a line or a fulfillment order before the gates of the hold's type. It changes neither
// stock nor money (H3).
type PlaceHold struct {
	Order   string
	Hold    order.Hold
	Minutes int64  // it expires after so long, instead of at Hold.ExpiresAt; 0: never
	Note    string // a remark for people, which may name them; kept as a note of the order
	By      string
	app     *App
}

// Needs implements work.Command.
func (c *PlaceHold) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *PlaceHold) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.loadSeen(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	h := c.Hold
	h.PlacedBy = c.By
	if c.Minutes != 0 {
		h.ExpiresAt = u.Now().Add(time.Duration(c.Minutes) * time.Minute)
	}
	if err := cl.hold(u, h, nil); err != nil {
		return nil, err
	}
	if err := cl.remark(u, c.Note, c.By); err != nil {
		return nil, err
	}
	return cl.save(u)
}

// reasonCode is a reason without free text, which could be about a person.
var reasonCode = regexp.MustCompile(`^[a-z0-9_]{0,64}$`)

func (c *PlaceHold) check() error {
	var list errs.List
	if c.Minutes < 0 || c.Minutes > workflow.MaxMinutes {
		list.Add("/expires_minutes", "out_of_range", "give minutes from 1 to %d", int64(workflow.MaxMinutes))
	}
	if c.Minutes != 0 && c.Hold.ExpiresAt != 0 {
		list.Add("/expires_minutes", "ambiguous", "give expires_minutes or expires_at, not both")
	}
	if !reasonCode.MatchString(c.Hold.Reason) {
		list.Add("/reason", "invalid_code", "a reason is a code of small letters, digits and underscores; put what is to be read into note")
	}
	return list.Err()
}

// hold places a hold, with the decision of the rule that asked for it.
func (c *cluster) hold(u *work.Unit, h order.Hold, d *workflow.Decision) (err error) {
	h.ID, h.PlacedAt = u.NewID("hld"), u.Now()
	if c.Order, err = order.PlaceHold(c.Order, h); err != nil {
		return err
	}
	c.record("order.held", Body{Hold: c.Order.Hold(h.ID), Decision: d})
	if h.ExpiresAt != 0 {
		u.Enqueue(jobHolds, holdsJob{c.Order.ID, h.ExpiresAt}, h.ExpiresAt)
	}
	return nil
}

// unhold ends a hold. It reports whether it was open.
func (c *cluster) unhold(u *work.Unit, id, status, by string, b Body) (changed bool, err error) {
	if c.Order, changed, err = order.EndHold(c.Order, id, status, by, u.Now()); err != nil || !changed {
		return false, err
	}
	b.Hold = c.Order.Hold(id)
	c.record("order.hold_released", b)
	return true, nil
}

// resume lets the order go on where a hold has ended: it is accepted, what needs no person is released, and what its
// holds kept back is captured.
func (c *cluster) resume(u *work.Unit) error {
	if err := c.advance(u); err != nil {
		return err
	}
	if err := c.autoReleaseAll(u); err != nil {
		return err
	}
	return c.settleMoney(u)
}

// autoReleaseAll releases what is planned and needs no person.
func (c *cluster) autoReleaseAll(u *work.Unit) error {
	for _, f := range slices.Clone(c.Fulfillments) {
		if f.Status == fulfillment.Planned {
			if err := c.autoRelease(u, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// LiftHold ends a hold before its time. A key lifts what it placed itself and what its scopes allow; another hold only
// with the scope holds:override, which the event then says (H2).
type LiftHold struct {
	Order string
	Hold  string
	Note  string
	By    string
	May   func(scope string) bool
	app   *App
}

// Needs implements work.Command.
func (c *LiftHold) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *LiftHold) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.load(u, c.Order, withStock)
	if err != nil {
		return nil, err
	}
	h := cl.Order.Hold(c.Hold)
	if h == nil {
		return nil, errs.Unknown("hold", c.Hold)
	}
	if h.Status != order.HoldOpen {
		return &cl.OrderView, nil // lifted before: the same once more (H2)
	}
	if err := u.CheckVersion("order", cl.Order.Version); err != nil {
		return nil, err
	}
	override := false
	if scope := order.LiftScope(h.Type); h.PlacedBy != c.By && !c.May(scope) {
		if override = c.May("holds:override"); !override {
			return nil, errs.New(errs.Forbidden, "missing_scope", "lifting a hold %s needs the scope %s or holds:override", h.Type, scope).With("scope", scope)
		}
	}
	if _, err := cl.unhold(u, c.Hold, order.HoldLifted, c.By, Body{Override: override}); err != nil {
		return nil, err
	}
	if err := cl.remark(u, c.Note, c.By); err != nil {
		return nil, err
	}
	if err := cl.resume(u); err != nil {
		return nil, err
	}
	return cl.save(u)
}

// ProcessHolds ends the holds of an order that have expired, and those that their rules lift.
type ProcessHolds struct {
	holdsJob
	past *past
	app  *App
}

// Needs implements work.Command.
func (c *ProcessHolds) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *ProcessHolds) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.load(u, c.Order, withStock)
	if err != nil {
		return nil, err
	}
	if c.At > u.Now() { // the clock that started the job runs ahead of this one
		u.Enqueue(jobHolds, c.holdsJob, c.At)
		return &cl.OrderView, nil
	}
	ended := false
	for _, id := range cl.Order.OpenHolds() {
		changed, err := c.process(u, cl, *cl.Order.Hold(id))
		if err != nil {
			return nil, err
		}
		ended = ended || changed
	}
	if !ended {
		return &cl.OrderView, nil
	}
	if err := cl.resume(u); err != nil {
		return nil, err
	}
	return cl.save(u)
}

func (c *ProcessHolds) process(u *work.Unit, cl *cluster, h order.Hold) (bool, error) {
	if h.ExpiresAt != 0 && h.ExpiresAt <= u.Now() {
		return cl.unhold(u, h.ID, order.HoldExpired, System, Body{Reason: "expired"})
	}
	if h.Rule == "" {
		return false, nil
	}
	r, err := Rules.Ref(u, h.Rule)
	if err != nil || r == nil {
		return false, err
	}
	d := r.DecideLift(cl.facts(c.past, u.Now()))
	if !d.Matched {
		return false, nil
	}
	return cl.unhold(u, h.ID, order.HoldLifted, System, Body{Reason: "rule", Decision: &d})
}

// followHolds is what every change of an order means for its holds: what ended with the order is told, and what a rule
// may lift is looked at after the commit. An order that waits for no money any more does not expire.
func (c *cluster) followHolds(u *work.Unit) error {
	if c.before == nil {
		return nil
	}
	c.tellEndedHolds()
	if !c.unpaid() {
		c.Order.ExpiresAt = 0
	}
	return c.watchHolds(u)
}

// watchHolds has the holds of a changed order looked at after the commit, if a rule may lift one of them.
func (c *cluster) watchHolds(u *work.Unit) error {
	for _, h := range c.Order.Holds {
		if h.Status != order.HoldOpen || h.Rule == "" {
			continue
		}
		r, err := Rules.Ref(u, h.Rule)
		if err != nil {
			return err
		}
		if r != nil && r.LiftWhen != "" {
			u.Enqueue(jobHolds, holdsJob{Order: c.Order.ID}, u.Now())
			return nil
		}
	}
	return nil
}

// tellEndedHolds records the end of holds that ended with their order.
func (c *cluster) tellEndedHolds() {
	for i := range c.before.Holds {
		h := &c.Order.Holds[i]
		if c.before.Holds[i].Status == order.HoldOpen && h.EndedBy == order.EndedWithOrder {
			c.record("order.hold_released", Body{Hold: h, Reason: "order_ended"})
		}
	}
}

func (a *App) runHoldsJob(ctx context.Context, j jobs.Job) error {
	var args holdsJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	return a.processHolds(ctx, args)
}

func (a *App) processHolds(ctx context.Context, args holdsJob) error {
	o, err := one(ctx, a.DB, Orders, args.Order)
	if err != nil || len(o.OpenHolds()) == 0 {
		return err
	}
	c := &ProcessHolds{holdsJob: args, app: a}
	if c.past, err = a.readPast(ctx, o.Customer.Email, o.ID); err != nil {
		return err
	}
	_, err = work.Do(ctx, a.Committer, c, a.system())
	return err
}

// sweepHolds looks at all held orders for what no job has ended.
func (a *App) sweepHolds(ctx context.Context) error {
	const pageSize = 200
	for after := ""; ; {
		var ids []string
		if err := a.DB.Query(ctx, func(r store.Row) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		}, "SELECT DISTINCT id FROM order_terms WHERE field = $1 AND id > $2 ORDER BY id LIMIT $3", TermHold, after, pageSize); err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		orders, err := many(ctx, a.DB, Orders, ids)
		if err != nil {
			return err
		}
		now := micros.Of(time.Now()) // only to choose: the command decides by its own clock
		for _, o := range orders {
			ends := func(h order.Hold) bool {
				return h.Status == order.HoldOpen && (h.Rule != "" || h.ExpiresAt != 0 && h.ExpiresAt <= now)
			}
			if !slices.ContainsFunc(o.Holds, ends) {
				continue
			}
			if err := a.processHolds(ctx, holdsJob{Order: o.ID}); err != nil {
				return err
			}
		}
	}
}

// Hold runs PlaceHold.
func (a *App) Hold(ctx context.Context, c PlaceHold, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryHold is Hold without effect.
func (a *App) TryHold(ctx context.Context, c PlaceHold, meta work.Meta) (*OrderView, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// Lift runs LiftHold.
func (a *App) Lift(ctx context.Context, c LiftHold, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryLift is Lift without effect.
func (a *App) TryLift(ctx context.Context, c LiftHold, meta work.Meta) (*OrderView, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}
