package app

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/work"
)

// Fulfill takes a fulfillment order one step on or back, and with it the order's counters, the stock and the money.
type Fulfill struct {
	Fulfillment string
	Step        string                     // a name in fulfillSteps
	Carrier     string                     // ship
	Tracking    string                     // ship
	Reason      string                     // reject, hold, cancel_request; pick: why the rest was not found
	Then        string                     // reject, pick: what becomes of the units; "" for the channel's way
	Lines       []fulfillment.LineQuantity // reject, pick, cancel_request; none: all
	Parts       []Part                     // reject, pick: of kits, which components are not there; none: nobody knows
	Packages    []fulfillment.Package      // pack
	At          micros.Time                // schedule
	Days        int64                      // ready_for_pickup
	order       string                     // what it belongs to; never changes
	app         *App
}

// fulfillStep is a step that people and systems can take.
type fulfillStep struct {
	stock bool       // it may move stock
	gate  order.Gate // which holds can stop it; "" for none
	do    func(c *Fulfill, u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error
}

var fulfillSteps = map[string]fulfillStep{
	"schedule":         {gate: order.GateRelease, do: (*Fulfill).schedule},
	"release":          {gate: order.GateRelease, do: (*Fulfill).release},
	"accept":           {do: (*Fulfill).accept},
	"reject":           {stock: true, do: (*Fulfill).reject},
	"pick":             {stock: true, do: (*Fulfill).pick},
	"pack":             {do: (*Fulfill).pack},
	"ship":             {stock: true, gate: order.GateShip, do: (*Fulfill).ship},
	"deliver":          {do: (*Fulfill).deliver},
	"ready_for_pickup": {gate: order.GateShip, do: (*Fulfill).ready},
	"pick_up":          {stock: true, gate: order.GateShip, do: (*Fulfill).collect},
	"no_show":          {stock: true, do: (*Fulfill).noShow},
	"hold":             {do: (*Fulfill).hold},
	"resume":           {do: (*Fulfill).resume},
	"cancel_request":   {stock: true, do: (*Fulfill).requestCancel},
	"cancel_accept":    {stock: true, do: (*Fulfill).acceptCancel},
	"cancel_refuse":    {do: (*Fulfill).refuseCancel},
}

// Needs implements work.Command.
func (c *Fulfill) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.order) }

// Run implements work.Command.
func (c *Fulfill) Run(u *work.Unit) (*OrderView, error) {
	step := fulfillSteps[c.Step]
	cl, err := c.app.load(u, c.order, step.stock)
	if err != nil {
		return nil, err
	}
	f := cl.fulfillment(c.Fulfillment)
	if f == nil {
		return nil, errs.Unknown("fulfillment order", c.Fulfillment)
	}
	if err := u.CheckVersion("fulfillment order", f.Version); err != nil {
		return nil, err
	}
	if c.Step == "ship" {
		if err := cl.shipLabels(f, &c.Carrier, &c.Tracking); err != nil {
			return nil, err
		}
	}
	if err := c.check(f); err != nil {
		return nil, err
	}
	if err := step.do(c, u, cl, f); err != nil {
		return nil, err
	}
	if step.gate != "" {
		if err := order.Blocked(cl.before, step.gate, targets(f)...); err != nil { // the last step ends the order and its holds
			return nil, err
		}
	}
	if step.gate == order.GateShip {
		if err := cl.leavesSecured(u, f); err != nil {
			return nil, err
		}
	}
	return cl.save(u)
}

// check looks at the request alone, but for a tracking number: packages may have their own.
func (c *Fulfill) check(f *fulfillment.Fulfillment) error {
	var list errs.List
	oneOf := func(at, value string, values []string) {
		if !slices.Contains(values, value) {
			list.Add(at, "unknown_value", "give one of %s", strings.Join(values, ", "))
		}
	}
	switch c.Step {
	case "reject":
		oneOf("/reason", c.Reason, fulfillment.Reasons)
	case "pick":
		if c.Reason != "" {
			oneOf("/short", c.Reason, fulfillment.Reasons)
		}
	case "hold":
		oneOf("/reason", c.Reason, slices.Sorted(maps.Keys(order.HoldTypes)))
	case "cancel_request":
		oneOf("/reason", c.Reason, order.CancelReasons)
	case "ready_for_pickup":
		if c.Days < 0 || c.Days > maxPickupDays {
			list.Add("/days", "out_of_range", "give the days that it waits for the customer, from 1 to %d", maxPickupDays)
		}
	case "ship":
		if !fulfillment.Tracked(f) && strings.TrimSpace(c.Tracking) == "" || utf8.RuneCountInString(c.Tracking) > 100 {
			list.Add("/tracking_number", "required", "give the tracking number, at most 100 characters, or buy a label for each package")
		}
		if utf8.RuneCountInString(c.Carrier) > 100 {
			list.Add("/carrier", "too_long", "at most 100 characters")
		}
	}
	if c.Then != "" {
		oneOf("/then", c.Then, catalog.ShortPicks)
	}
	return list.Err()
}

// targets are what a hold on the fulfillment order, or on part of it, can name.
func targets(f *fulfillment.Fulfillment) []string {
	out := []string{f.ID}
	for _, l := range f.Lines {
		out = append(out, l.Line)
	}
	return out
}

// passed makes everything follow a step that changes nothing but the state of the work.
func (c *cluster) passed(u *work.Unit, before *fulfillment.Fulfillment, event string) func(*fulfillment.Fulfillment, error) error {
	return func(after *fulfillment.Fulfillment, err error) error {
		if err != nil {
			return err
		}
		return c.follow(u, before, after, event, lost{})
	}
}

func (c *Fulfill) release(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	return cl.passed(u, f, "fulfillment.released")(fulfillment.Release(f, u.Now()))
}

func (c *Fulfill) accept(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	return cl.passed(u, f, "fulfillment.accepted")(fulfillment.Accept(f, u.Now()))
}

func (c *Fulfill) hold(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	return cl.passed(u, f, "fulfillment.held")(fulfillment.Hold(f, c.Reason))
}

func (c *Fulfill) resume(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	return cl.passed(u, f, "fulfillment.resumed")(fulfillment.Resume(f))
}

func (c *Fulfill) deliver(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	return cl.passed(u, f, "fulfillment.delivered")(fulfillment.Deliver(f, u.Now()))
}

// schedule has it released later, by a timer.
func (c *Fulfill) schedule(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	if c.At <= u.Now() {
		var list errs.List
		list.Add("/release_at", "out_of_range", "give a time to come; to release it now, release it")
		return list.Err()
	}
	u.Enqueue(jobFulfillment, fulfillmentTimer{cl.Order.ID, f.ID, "release", c.At}, c.At)
	return cl.passed(u, f, "fulfillment.scheduled")(fulfillment.Schedule(f, c.At))
}

// pick notes what was found. What was not found is somebody else's now.
func (c *Fulfill) pick(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	after, short, err := fulfillment.Pick(f, c.Lines, c.Reason, u.Now())
	if err != nil {
		return err
	}
	event := "fulfillment.picked"
	if len(short) > 0 {
		event = "fulfillment.short_picked"
	}
	return cl.fail(u, f, after, event, short, *c)
}

// reject says that the location does not do it.
func (c *Fulfill) reject(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	after, units, err := fulfillment.Reject(f, c.Lines, c.Reason, u.Now())
	if err != nil {
		return err
	}
	return cl.fail(u, f, after, "fulfillment.rejected", units, *c)
}

func (c *Fulfill) pack(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	packages := slices.Clone(c.Packages)
	for i := range packages {
		packages[i].ID = u.NewID("pkg")
	}
	after, err := fulfillment.Pack(f, packages, u.NewID("pkg"), u.Now())
	if err == nil {
		after, err = cl.bindWhole(after)
	}
	return cl.passed(u, f, "fulfillment.packed")(after, err)
}

// ship lets the goods leave: on hand falls, and what they are worth is captured.
func (c *Fulfill) ship(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	after, err := fulfillment.Ship(f, c.Carrier, c.Tracking, u.Now())
	if l := cl.wholeLabel(f); err == nil && l != nil && fulfillment.Carries(after, l.TrackingNumber) {
		after, _ = labeled(after, l) // packed by shipping; with another number it leaves without this label
	}
	if err := cl.passed(u, f, "fulfillment.shipped")(after, err); err != nil {
		return err
	}
	if err := cl.deliverTracked(u, cl.fulfillment(f.ID)); err != nil {
		return err
	}
	return cl.settleMoney(u)
}

// maxPickupDays is how many days an order waits for its customer at most.
const maxPickupDays = catalog.MaxPickupDays

// ready says that the customer may come, and for how long.
func (c *Fulfill) ready(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	window, err := cl.pickupWindow(u, f.Location)
	if err != nil {
		return err
	}
	if c.Days > 0 {
		window = time.Duration(c.Days) * 24 * time.Hour
	}
	until := u.Now().Add(window)
	u.Enqueue(jobFulfillment, fulfillmentTimer{cl.Order.ID, f.ID, "no_show", until}, until)
	return cl.passed(u, f, "fulfillment.ready_for_pickup")(fulfillment.Ready(f, until, u.Now()))
}

// collect hands it over: it ships and arrives in one.
func (c *Fulfill) collect(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	if err := cl.passed(u, f, "fulfillment.picked_up")(fulfillment.Collect(f, u.Now())); err != nil {
		return err
	}
	return cl.settleMoney(u)
}

// noShow puts what nobody came for back on the shelf; the customer gets the money back.
func (c *Fulfill) noShow(u *work.Unit, cl *cluster, f *fulfillment.Fulfillment) error {
	after, err := fulfillment.NoShow(f, u.Now())
	if err != nil {
		return err
	}
	if err := cl.follow(u, f, after, "fulfillment.no_show", lost{to: toCanceled, reason: "no_show"}); err != nil {
		return err
	}
	return cl.settleMoney(u)
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
