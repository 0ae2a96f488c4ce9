package app

import (
	"context"
	"slices"

	"ordo/internal/fulfillment"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/shipping"
	"ordo/internal/stuck"
	"ordo/internal/work"
)

// RepairDone is a repair that was run, for the event that tells it.
type RepairDone struct {
	Kind   stuck.Kind `json:"kind"`
	ID     string     `json:"id"`
	Repair string     `json:"repair"`
}

// RepairResult is what a repair did, and what is left for people.
type RepairResult struct {
	View *OrderView
	Done []stuck.Step // what something was done about; with the repair first
	Left []stuck.Step // what is late and takes a person
}

// RepairOrder does about all that is late of an order what may be done without a decision: it asks those who have not
// answered, and does again what ought to have been done. Where nothing is late, nothing happens; running it again does
// nothing twice, since jobs ask before they act.
type RepairOrder struct {
	Order string
	Kind  stuck.Kind // only things of this kind; "" for all
	Thing string     // only this one; "" for all
	dead  []JobRow   // jobs about the order that gave up
	app   *App
}

// Needs implements work.Command.
func (c *RepairOrder) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *RepairOrder) Run(u *work.Unit) (*RepairResult, error) {
	cl, err := c.app.loadSeen(u, c.Order, withStock)
	if err != nil {
		return nil, err
	}
	out := &RepairResult{View: &cl.OrderView}
	for _, s := range c.late(u, cl) {
		if s.Automatic() == "" {
			out.Left = append(out.Left, s)
		} else {
			out.Done = append(out.Done, s)
		}
	}
	if len(out.Done) == 0 {
		return out, nil
	}
	told := cl.record("order.repaired", Body{})
	for _, s := range out.Done {
		told.Repairs = append(told.Repairs, RepairDone{s.Kind, s.ID, s.Automatic()})
	}
	if err := c.repair(u, cl, out.Done); err != nil {
		return nil, err
	}
	_, err = cl.save(u)
	return out, err
}

// late lists what is late of the order, of what was asked for.
func (c *RepairOrder) late(u *work.Unit, cl *cluster) []stuck.Step {
	things := c.app.things(&cl.OrderView, cl.open, u.Now())
	for _, j := range c.dead {
		t := jobThing(j)
		t.Channel = cl.Order.Channel
		things = append(things, t)
	}
	return slices.DeleteFunc(c.app.judgeAt(things, u.Now()), func(s stuck.Step) bool {
		return !s.Late || c.Kind != "" && s.Kind != c.Kind || c.Thing != "" && s.ID != c.Thing
	})
}

// repair runs each repair that is needed once.
func (c *RepairOrder) repair(u *work.Unit, cl *cluster, steps []stuck.Step) error {
	var done []string
	for _, s := range steps {
		code := s.Automatic()
		if own := ofThings[code]; own != nil {
			own(c, u, cl, s.ID)
			continue
		}
		if slices.Contains(done, code) {
			continue
		}
		done = append(done, code)
		if err := ofOrders[code](c, u, cl); err != nil {
			return err
		}
	}
	return nil
}

// ofThings are the repairs that are about one thing.
var ofThings = map[string]func(c *RepairOrder, u *work.Unit, cl *cluster, id string){
	stuck.AskProvider: (*RepairOrder).askProvider,
	stuck.AskCarrier:  (*RepairOrder).askCarrier,
	stuck.TrackParcel: (*RepairOrder).track,
	stuck.RetryJob:    (*RepairOrder).retry,
}

// ofOrders are the repairs that are about all of an order.
var ofOrders = map[string]func(c *RepairOrder, u *work.Unit, cl *cluster) error{
	stuck.Advance:       (*RepairOrder).advance,
	stuck.SettleMoney:   func(_ *RepairOrder, u *work.Unit, cl *cluster) error { return cl.settleAgain(u, manyRefusals) },
	stuck.EndHolds:      (*RepairOrder).endHolds,
	stuck.Source:        (*RepairOrder).source,
	stuck.FillBackorder: (*RepairOrder).fillBackorders,
}

// manyRefusals: who asks for a repair wants it tried, however often it was refused.
const manyRefusals = 1_000

// advance does what the timers of the order and its parts ought to have done.
func (c *RepairOrder) advance(u *work.Unit, cl *cluster) error {
	if cl.Order.Status == order.Draft {
		return nil
	}
	for _, f := range cl.Fulfillments {
		if f.Status == fulfillment.Scheduled {
			u.Enqueue(jobFulfillment, fulfillmentTimer{Order: cl.Order.ID, Fulfillment: f.ID, Step: "release", At: f.ReleaseAt}, u.Now())
		}
	}
	for _, r := range cl.Returns {
		cl.watchReturn(u, r)
	}
	if cl.Order.ExpiresAt != 0 {
		u.Enqueue(jobExpire, expireJob{cl.Order.ID}, max(u.Now(), cl.Order.ExpiresAt))
	}
	if err := c.endHolds(u, cl); err != nil {
		return err
	}
	return cl.advance(u)
}

func (c *RepairOrder) endHolds(u *work.Unit, cl *cluster) error {
	u.Enqueue(jobHolds, holdsJob{Order: cl.Order.ID}, u.Now())
	return nil
}

func (c *RepairOrder) source(u *work.Unit, cl *cluster) error {
	var skus []string
	for _, b := range cl.Order.Backorders {
		if b.Location == "" {
			skus = append(skus, skusOf(cl.Order.Line(b.Line))...)
		}
	}
	u.Enqueue(jobSourceParked, parkedJob{skus}, u.Now())
	return nil
}

func (c *RepairOrder) fillBackorders(u *work.Unit, cl *cluster) error {
	for _, b := range cl.Order.Backorders {
		if b.Location == "" {
			continue
		}
		for _, sku := range skusOf(cl.Order.Line(b.Line)) {
			u.Enqueue(jobFillBackorders, fillJob{sku, b.Location}, u.Now())
		}
	}
	return nil
}

// askProvider asks what became of an entry: nothing is sent anew that the provider knows.
func (c *RepairOrder) askProvider(u *work.Unit, cl *cluster, id string) {
	for _, p := range cl.Payments {
		if e := p.Entry(id); e != nil && p.Provider != payment.Manual {
			u.Enqueue(jobPayment, paymentJob{Order: cl.Order.ID, Payment: p.ID, Entry: id, Ask: true}, u.Now())
		}
	}
}

func (c *RepairOrder) askCarrier(u *work.Unit, cl *cluster, id string) {
	if l := cl.label(id); l != nil && l.Open() != nil {
		u.Enqueue(jobLabel, labelJob{Order: cl.Order.ID, Label: id, Attempt: l.Open().ID, Ask: true}, u.Now())
	}
}

// track asks the carriers of the labels of a fulfillment order.
func (c *RepairOrder) track(u *work.Unit, cl *cluster, id string) {
	for _, l := range cl.Labels {
		if l.Fulfillment == id && l.Status == shipping.Labeled {
			u.Enqueue(jobTrack, trackJob{Order: cl.Order.ID, Label: l.ID}, u.Now())
		}
	}
}

func (c *RepairOrder) retry(u *work.Unit, _ *cluster, id string) {
	for i := range c.dead {
		if c.dead[i].ID == id {
			(&RetryJob{c.dead[i]}).again(u)
		}
	}
}

// Repair runs RepairOrder.
func (a *App) Repair(ctx context.Context, c RepairOrder, meta work.Meta) work.Outcome {
	c.app = a
	var err error
	if c.dead, err = a.deadJobs(ctx, c.Order); err != nil {
		return work.Outcome{Err: err}
	}
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryRepair is Repair without effect.
func (a *App) TryRepair(ctx context.Context, c RepairOrder, meta work.Meta) (*RepairResult, error) {
	c.app = a
	var err error
	if c.dead, err = a.deadJobs(ctx, c.Order); err != nil {
		return nil, err
	}
	return work.DryRun(ctx, a.Committer, &c, meta)
}
