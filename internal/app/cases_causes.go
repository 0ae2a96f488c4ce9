package app

import (
	"bytes"
	"context"
	"strings"
	"time"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/project"
	"ordo/internal/service"
	"ordo/internal/store"
	"ordo/internal/work"
)

// CaseReader is the name of the reader of the journal that opens cases of exceptions.
const CaseReader = "cases"

// An exception is an event after which somebody has to look, or after which nobody has to any more.
type exception struct {
	cause string
	ends  bool
	part  func(b *Body) string // what of the order it is about, beside the order; nil for nothing
}

func labelPart(b *Body) string {
	if b.Label == nil {
		return ""
	}
	return b.Label.ID
}

func fulfillmentPart(b *Body) string {
	if b.Fulfillment == nil {
		return ""
	}
	return b.Fulfillment.ID
}

func paymentPart(b *Body) string {
	if b.Payment == nil {
		return ""
	}
	return b.Payment.ID
}

// exceptions are what events mean, by type. An event may end one cause and another.
var exceptions = map[string][]exception{
	"payment.capture_failed":     {{cause: "capture_failed"}},
	"payment.captured":           {{cause: "capture_failed", ends: true}},
	"payment.refund_failed":      {{cause: "refund_failed"}},
	"payment.refunded":           {{cause: "refund_failed", ends: true}},
	"payment.void_failed":        {{cause: "void_failed"}},
	"payment.voided":             {{cause: "void_failed", ends: true}},
	"payment.unmatched":          {{cause: "payment_unmatched", part: paymentPart}},
	"payment.disputed":           {{cause: "payment_disputed", part: paymentPart}},
	"payment.dispute_closed":     {{cause: "payment_disputed", ends: true, part: paymentPart}},
	"shipment.late_risk":         {{cause: "shipment_late", part: labelPart}},
	"shipment.exception":         {{cause: "shipment_exception", part: labelPart}},
	"shipment.lost":              {{cause: "shipment_lost", part: labelPart}},
	"tracking.updated":           {{cause: "shipment_late", ends: true, part: labelPart}, {cause: "shipment_exception", ends: true, part: labelPart}},
	"fulfillment.delivered":      {{cause: "shipment_late", ends: true}},
	"fulfillment.cancel_refused": {{cause: "cancel_refused", part: fulfillmentPart}},
	"fulfillment.canceled":       {{cause: "cancel_refused", ends: true, part: fulfillmentPart}, {cause: "cancel_unanswered", ends: true, part: fulfillmentPart}},
	"order.backorder_filled":     {{cause: "unfillable", ends: true}},
	"order.sourced":              {{cause: "unfillable", ends: true}},
	"order.line_canceled":        {{cause: "unfillable", ends: true}},
	"order.canceled":             {{cause: "unfillable", ends: true}, {cause: "capture_failed", ends: true}},
	"webhook.dead_lettered":      {{cause: "webhook_dead"}},
	"webhook.endpoint_disabled":  {{cause: "webhook_dead"}},
	"webhook.endpoint_reenabled": {{cause: "webhook_dead", ends: true}},
	"job.retried":                {{cause: "job_dead", ends: true}},
}

// parked is how units that wait for stock anywhere stand in an event.
var parked = []byte(`"backorders":[`)

// subjects say what a case of a cause is about; {} is the order's number, or the id of what it is about.
var subjects = map[string]string{
	"capture_failed": "Money for order {} could not be captured", "refund_failed": "The refund of order {} failed", "void_failed": "The authorization of order {} could not be voided",
	"payment_unmatched": "A notice about the payment of order {} does not fit", "payment_disputed": "The customer's bank took back the money of order {}",
	"shipment_late": "A parcel of order {} may come late", "shipment_exception": "The carrier has trouble with a parcel of order {}", "shipment_lost": "A parcel of order {} is lost",
	"cancel_refused": "A location refused to cancel units of order {}", "cancel_unanswered": "A location did not answer the cancellation of units of order {}",
	"unfillable": "Units of order {} are nowhere in stock", "job_dead": "The job {} has given up", "webhook_dead": "Messages to the endpoint {} are given up",
}

// caseReader issues a command for every event that begins or ends a cause. It may see events again: the position of the
// journal in the case tells.
func (a *App) caseReader() project.Reader {
	return project.Reader{Name: CaseReader, Deliver: func(ctx context.Context, rows []journal.Row) error {
		for i := range rows {
			if err := a.followCauses(ctx, &rows[i]); err != nil {
				return err
			}
		}
		return nil
	}}
}

func (a *App) followCauses(ctx context.Context, r *journal.Row) error {
	rules := exceptions[r.Type]
	if strings.HasPrefix(r.Type, "order.") && bytes.Contains(r.Body, parked) {
		rules = append([]exception{{cause: "unfillable"}}, rules...)
	}
	if len(rules) == 0 {
		return nil
	}
	var b Body
	onOrder := strings.HasPrefix(r.Aggregate, "ord_")
	if onOrder {
		if err := jsonx.Unmarshal(r.Body, &b); err != nil {
			a.log.Warn("an event cannot be read; it opens no case", "seq", r.Seq, "err", err)
			return nil
		}
	}
	for _, rule := range rules {
		c := &FollowCause{Kind: rule.cause, Ends: rule.ends, Seq: r.Seq, Event: r.Type, About: r.Aggregate, Reason: reasonOf(&b), app: a}
		if onOrder {
			c.Order = r.Aggregate
			if rule.part != nil {
				c.Part = rule.part(&b)
			}
		}
		if r.Type == "job.retried" {
			var retried RetriedBody
			if err := jsonx.Unmarshal(r.Body, &retried); err == nil {
				c.About = retried.Dead
			}
		}
		if f := b.Fulfillment; f != nil && r.Type == "fulfillment.cancel_refused" && f.Cancellation != nil && f.Cancellation.Status == fulfillment.RequestTimedOut {
			c.Kind = "cancel_unanswered"
		}
		if err := a.follow(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// follow runs a command about a cause. One that the rules refuse would stop the reader for good: it is told and passed
// over.
func (a *App) follow(ctx context.Context, c *FollowCause) error {
	_, err := work.Do(ctx, a.Committer, c, a.system())
	if e := errs.As(err); e != nil && e.Class != errs.Unavailable {
		a.log.Warn("no case could be opened for an exception", "cause", c.Kind, "about", c.About, "seq", c.Seq, "err", err)
		return nil
	}
	return err
}

func reasonOf(b *Body) string {
	switch {
	case b.Payment != nil && b.Payment.Entry.Reason != "":
		return errs.Clip(b.Payment.Entry.Reason)
	case b.Reason != "":
		return b.Reason
	}
	return ""
}

// FollowCause opens the case of a cause, adds to the one that is there, or ends it. By the position of the journal it
// counts once.
type FollowCause struct {
	Kind, Event, Reason string
	About               string // aggregate of the event
	Order, Part         string // ids, where it is about them
	Ends                bool
	Seq                 int64
	app                 *App
}

// key names what the cause is about, once.
func (c *FollowCause) key() string {
	if c.Part != "" {
		return c.Kind + ":" + c.Part
	}
	return c.Kind + ":" + c.About
}

// Needs implements work.Command.
func (c *FollowCause) Needs(n *work.Needs) {
	n.Key(ScopeCaseCause, c.key())
	if c.Order != "" && !c.Ends {
		n.Docs(Orders.Spec, c.Order)
	}
}

// Run implements work.Command.
func (c *FollowCause) Run(u *work.Unit) (*CaseView, error) {
	holder, err := u.Holder(ScopeCaseCause, c.key())
	if err != nil || holder == "" && c.Ends {
		return nil, err
	}
	if holder == "" {
		return c.open(u, "")
	}
	d, err := loadCase(u, holder)
	if err != nil || d.Cause == nil || d.Cause.Seq >= c.Seq && c.Seq > 0 {
		return nil, err
	}
	stands, err := c.stands(u)
	switch {
	case err != nil:
		return nil, err
	case c.Ends && (stands || d.Cause.EndedAt != 0):
		return nil, nil
	case c.Ends:
		return c.end(u, d)
	case !stands || c.Seq == 0 && d.Cause.EndedAt == 0:
		return nil, nil
	case d.Status.Done() && !service.Reopens(d.Case, d.queue, u.Now()):
		if err := u.Free(ScopeCaseCause, c.key()); err != nil {
			return nil, err
		}
		return c.open(u, d.ID)
	}
	return c.again(u, d)
}

// stands reports whether the cause is still there, as far as the order tells.
func (c *FollowCause) stands(u *work.Unit) (bool, error) {
	if c.Order == "" {
		return !c.Ends, nil
	}
	switch c.Kind {
	case "unfillable":
		o, err := Orders.Get(u, c.Order)
		return err == nil && isParked(o), err
	case "refund_failed":
		cl, err := c.app.load(u, c.Order, withoutStock)
		if err != nil {
			return false, err
		}
		return payment.ToRefund(MoneyTarget(cl.Order), cl.Payments) > 0, nil
	}
	return !c.Ends, nil
}

func isParked(o *order.Order) bool {
	for _, b := range o.Backorders {
		if b.Location == "" {
			return true
		}
	}
	return false
}

func (c *FollowCause) open(u *work.Unit, follows string) (*CaseView, error) {
	stands, err := c.stands(u)
	if err != nil || !stands {
		return nil, err
	}
	q, err := queueFor(u, c.Kind)
	if err != nil {
		return nil, err
	}
	wish := service.Case{Origin: "exception", Follows: follows, Cause: &service.Cause{Kind: c.Kind, Key: c.key(), Seq: c.Seq, Times: 1}}
	if q != nil {
		wish.Queue = q.ID
	}
	name := c.About
	if c.Order != "" {
		o, err := Orders.Get(u, c.Order)
		if err != nil {
			return nil, err
		}
		wish.Orders, name = []string{c.Order}, o.Number
		if strings.HasPrefix(c.Part, "ful_") {
			wish.Fulfillments = []string{c.Part}
		}
	}
	wish.Subject = strings.Replace(subjects[c.Kind], "{}", name, 1)
	d, err := openCase(u, wish)
	if err != nil {
		return nil, err
	}
	if _, _, err := u.Claim(ScopeCaseCause, c.key(), d.ID); err != nil {
		return nil, err
	}
	if err := d.log(u, c.Kind, c.facts()); err != nil {
		return nil, err
	}
	return d.save(u)
}

func (c *FollowCause) facts() service.Facts {
	part := c.Part
	if c.Order == "" {
		part = c.About
	}
	return service.Facts{Seq: c.Seq, Event: c.Event, Order: c.Order, Part: part, Reason: c.Reason}
}

// again notes that it happened once more, and opens the case again where it was done.
func (c *FollowCause) again(u *work.Unit, d *desk) (*CaseView, error) {
	next := *d.Case
	next.Cause = &service.Cause{Kind: c.Kind, Key: c.key(), Seq: c.Seq, Times: d.Cause.Times + 1}
	d.Case = &next
	if d.Status.Done() {
		if err := d.move(u, service.Open, "cause"); err != nil {
			return nil, err
		}
	}
	if err := d.log(u, c.Kind, c.facts()); err != nil {
		return nil, err
	}
	return d.save(u)
}

// end notes that the cause is over. A case that nobody has looked at is resolved with it; others wait for their people.
func (c *FollowCause) end(u *work.Unit, d *desk) (*CaseView, error) {
	next := *d.Case
	cause := *d.Cause
	cause.Seq, cause.EndedAt = max(cause.Seq, c.Seq), u.Now()
	next.Cause = &cause
	d.Case = &next
	if err := d.log(u, "cause_ended", c.facts()); err != nil {
		return nil, err
	}
	if d.Status == service.New {
		if err := d.move(u, service.Resolved, "cause_ended"); err != nil {
			return nil, err
		}
	}
	return d.save(u)
}

// SweepDeadJobs opens cases for jobs that gave up: the queue has no journal. A job that was retried is another job.
func (a *App) SweepDeadJobs(ctx context.Context) error {
	const page = 200
	for after := ""; ; {
		dead, err := a.ListJobs(ctx, "dead", after, page)
		if err != nil {
			return err
		}
		for _, j := range dead {
			after = j.ID
			if known, err := a.knowsCause(ctx, "job_dead:"+j.ID); err != nil || known {
				if err != nil {
					return err
				}
				continue
			}
			if err := a.follow(ctx, &FollowCause{Kind: "job_dead", About: j.ID, Event: "job." + j.Kind, app: a}); err != nil {
				return err
			}
		}
		if len(dead) < page {
			return nil
		}
	}
}

func (a *App) knowsCause(ctx context.Context, key string) (known bool, err error) {
	err = a.DB.Query(ctx, func(r store.Row) error {
		var owner string
		known = true
		return r.Scan(&owner)
	}, "SELECT owner FROM unique_keys WHERE scope = $1 AND value = $2", ScopeCaseCause, key)
	return known, err
}

// deadJobsEach is how often dead jobs are looked for.
const deadJobsEach = time.Minute

// log writes what Ordo says.
func (d *desk) log(u *work.Unit, code string, f service.Facts) error {
	_, err := d.write(u, service.Entry{Kind: service.System, Via: "system", By: System, Code: code, Facts: &f})
	return err
}

// queueFor finds the queue of a cause by the table that the queues are; without one it is the general queue.
func queueFor(u *work.Unit, cause string) (*service.Queue, error) {
	all, err := Queues.AllRefs(u)
	if err != nil {
		return nil, err
	}
	var general *service.Queue
	for _, q := range all {
		for _, c := range q.Causes {
			if c == cause {
				return q, nil
			}
		}
		if q.ID == service.General {
			general = q
		}
	}
	return general, nil
}
