package app

import (
	"context"
	"net/http"
	"slices"
	"time"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/shipping"
	"ordo/internal/store"
	"ordo/internal/work"
)

// jobTrack asks a carrier where a parcel is, again and again until its way has ended.
const jobTrack = "track"

type trackJob struct {
	Order string `json:"order"`
	Label string `json:"label"`
}

// How often carriers are asked: webhooks are faster, polling is for those that do not come. A parcel of which nothing
// is heard for two months is given up.
const (
	firstPoll = time.Minute
	pollEvery = 30 * time.Minute
	trackFor  = 60 * 24 * time.Hour
)

// pollOf is how often the carrier is asked.
func pollOf(c *shipping.Carrier) time.Duration {
	if m := c.Settings.PollMinutes; m > 0 {
		return time.Duration(m) * time.Minute
	}
	return pollEvery
}

// RecordScans adds tracking events to a label, and what follows from them: a fulfillment order of which every parcel
// is delivered is delivered, and a return is under way. Events that are known change nothing.
type RecordScans struct {
	Label  string
	Source string // webhook, poll or manual
	Scans  []shipping.Scan
	By     string // who wrote manual rows
	order  string
	app    *App
	job    string        // to finish
	again  time.Duration // and to enqueue anew; zero for not
}

// Needs implements work.Command.
func (c *RecordScans) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.order) }

// Run implements work.Command.
func (c *RecordScans) Run(u *work.Unit) (*LabelView, error) {
	cl, err := c.app.load(u, c.order, withoutStock)
	if err != nil {
		return nil, err
	}
	l := cl.label(c.Label)
	if l == nil {
		return nil, errs.Unknown("label", c.Label)
	}
	if err := u.CheckVersion("label", l.Version); err != nil {
		return nil, err
	}
	if c.Source == shipping.Manual && l.TrackingNumber == "" {
		return nil, errs.IllegalTransition("the label", string(l.Status), "track", shipping.AllowedLabel(l))
	}
	scans := slices.Clone(c.Scans)
	for i := range scans {
		scans[i].Source, scans[i].SeenAt, scans[i].By = c.Source, u.Now(), c.By
	}
	tracking, fresh := l.Tracking.Add(scans...)
	if c.job != "" {
		u.FinishJob(c.job, c.app.node)
		if c.again > 0 && !tracking.Ended() {
			u.Enqueue(jobTrack, trackJob{Order: c.order, Label: l.ID}, u.Now().Add(c.again))
		}
	}
	if len(fresh) == 0 {
		return &LabelView{l, cl.Order, cl.fulfillment(l.Fulfillment)}, nil
	}
	now := *l
	now.Tracking = tracking
	cl.setLabel(&now)
	cl.recordScans(&now, fresh)
	if err := cl.deliverTracked(u, cl.fulfillment(l.Fulfillment)); err != nil {
		return nil, err
	}
	if err := cl.followParcel(&now); err != nil {
		return nil, err
	}
	return cl.saveLabel(u, &now)
}

// recordScans tells what is new, and apart from it what somebody should look at. What the carrier wrote is personal.
func (c *cluster) recordScans(l *shipping.Label, fresh []shipping.Scan) {
	c.recordLabel("tracking.updated", string(l.Tracking.Code), l)
	said := map[string]any{}
	for _, s := range fresh {
		if s.Message != "" || s.Place != "" {
			said[s.At.String()+" "+string(s.Code)] = map[string]string{"message": s.Message, "place": s.Place}
		}
	}
	if len(said) > 0 {
		c.events[len(c.events)-1].Personal = map[string]any{"scans": said}
	}
	for _, s := range fresh {
		switch {
		case s.Code == shipping.Lost:
			c.recordLabel("shipment.lost", string(s.Code), l)
		case s.Code.Troubled():
			c.recordLabel("shipment.exception", string(s.Code), l)
		}
	}
}

// deliverTracked delivers a fulfillment order that has shipped when all its packages are delivered, each by the label
// with whose number it left. A package that went with another carrier is delivered by hand.
func (c *cluster) deliverTracked(u *work.Unit, f *fulfillment.Fulfillment) error {
	if f == nil || f.Status != fulfillment.Shipped {
		return nil
	}
	arrived := func(p fulfillment.Package) bool {
		return slices.ContainsFunc(c.Labels, func(l *shipping.Label) bool {
			return l.Fulfillment == f.ID && l.Status == shipping.Labeled && l.TrackingNumber == p.TrackingNumber && l.Tracking.Code == shipping.Delivered
		})
	}
	for _, p := range f.Packages {
		if !arrived(p) {
			return nil
		}
	}
	return c.passed(u, f, "fulfillment.delivered")(fulfillment.Deliver(f, u.Now()))
}

// shipLabels checks that the parcels of a fulfillment order may leave (S2), and finds the carrier and tracking number
// where none is given.
func (c *cluster) shipLabels(f *fulfillment.Fulfillment, carrier, tracking *string) error {
	for _, l := range c.Labels {
		if l.Fulfillment == f.ID && l.Status == shipping.Voided && l.TrackingNumber == *tracking {
			return errs.New(errs.Conflict, "label_voided", "label %s with this tracking number was voided; buy another", l.ID).With("label", l.ID)
		}
	}
	numbers, err := shipping.Shippable(c.Labels, f.ID)
	if errs.Is(err, "label_voided") && *tracking != "" {
		err = nil
	}
	if err != nil || *tracking != "" || len(numbers) == 0 || len(f.Packages) > 1 {
		return err // several packages have their own numbers, or lack them
	}
	*tracking = numbers[0]
	for _, l := range c.Labels {
		if l.Fulfillment == f.ID && l.TrackingNumber == *tracking && *carrier == "" {
			*carrier = l.Carrier
		}
	}
	return nil
}

// Track records tracking events of a label.
func (a *App) Track(ctx context.Context, c RecordScans, meta work.Meta) work.Outcome {
	l, err := a.Label(ctx, c.Label)
	if err != nil {
		return work.Outcome{Err: err}
	}
	c.order, c.app = l.Order, a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryTrack is Track without effect.
func (a *App) TryTrack(ctx context.Context, c RecordScans, meta work.Meta) (*LabelView, error) {
	l, err := a.Label(ctx, c.Label)
	if err != nil {
		return nil, err
	}
	c.order, c.app = l.Order, a
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// poll asks the carrier of a label where it is. It reports whether the carrier answered.
func (a *App) poll(ctx context.Context, l *shipping.Label) (scans []shipping.Scan, doc *shipping.Carrier, answered bool, err error) {
	if doc, err = a.Carrier(ctx, l.Carrier); err != nil {
		return nil, nil, false, err
	}
	account, p, err := a.account(doc)
	if err != nil {
		return nil, nil, false, err
	}
	if scans, err = p.Track(ctx, account, l.TrackingNumber, l.ProviderRef); err != nil {
		a.log.Warn("a carrier does not say where a parcel is", "carrier", l.Carrier, "err", err)
	}
	return scans, doc, err == nil, nil
}

// Refresh asks the carrier now, and records what it says.
func (a *App) Refresh(ctx context.Context, label string, meta work.Meta) work.Outcome {
	l, err := a.Label(ctx, label)
	if err != nil {
		return work.Outcome{Err: err}
	}
	if l.TrackingNumber == "" {
		return work.Outcome{Err: errs.IllegalTransition("the label", string(l.Status), "track", shipping.AllowedLabel(l))}
	}
	if again, err := work.Replayed[*LabelView](ctx, a.DB, meta); err != nil {
		return work.Outcome{Err: err}
	} else if again != nil {
		return work.Submit(ctx, a.Committer, again, meta)
	}
	scans, _, answered, err := a.poll(ctx, l)
	if err != nil {
		return work.Outcome{Err: err}
	}
	if !answered {
		return work.Outcome{Err: errs.New(errs.Unavailable, "carrier_no_answer", "carrier %s does not answer; try again later", l.Carrier)}
	}
	return work.Submit(ctx, a.Committer, &RecordScans{Label: label, Source: "poll", Scans: scans, order: l.Order, app: a}, meta)
}

func (a *App) runTrackJob(ctx context.Context, j jobs.Job) error {
	var args trackJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	l, err := a.Label(ctx, args.Label)
	if err != nil {
		return err
	}
	if l.Status != shipping.Labeled && l.Status != shipping.VoidPending || l.Tracking.Ended() || a.now() > l.LabeledAt.Add(trackFor) {
		return nil
	}
	// No answer is asked for again like news that has not come: an outage of hours must not end the watch.
	scans, doc, _, err := a.poll(ctx, l)
	if err != nil {
		return err
	}
	_, err = work.Do(ctx, a.Committer, &RecordScans{
		Label: l.ID, Source: "poll", Scans: scans, order: l.Order, app: a, job: j.ID, again: pollOf(doc),
	}, a.system())
	return err
}

// Heard is what a webhook said that was about our parcels.
type Heard struct {
	Parcels int // that are ours
	Unknown int // that are not: another shop on the same account
}

// Hear takes a message of a carrier: its signature is checked before anything of it is believed.
func (a *App) Hear(ctx context.Context, code string, header http.Header, body []byte) (Heard, error) {
	var h Heard
	doc, err := a.Carrier(ctx, code)
	if err != nil {
		return h, err
	}
	account, p, err := a.account(doc)
	if err != nil {
		return h, err
	}
	reports, err := p.Webhook(account, header, body, micros.Of(time.Now()))
	if err != nil {
		return h, err
	}
	for _, r := range reports {
		l, err := a.labelOf(ctx, code, r.TrackingNumber)
		if err != nil {
			return h, err
		}
		if l == nil {
			h.Unknown++
			continue
		}
		h.Parcels++
		cmd := &RecordScans{Label: l.ID, Source: "webhook", Scans: r.Scans, order: l.Order, app: a}
		if _, err := work.Do(ctx, a.Committer, cmd, work.Meta{Actor: "carrier:" + code}); err != nil {
			return h, err
		}
	}
	return h, nil
}

// labelOf finds the label with a tracking number, the newest if a carrier uses numbers again; nil for none.
func (a *App) labelOf(ctx context.Context, carrier, tracking string) (*shipping.Label, error) {
	var found *shipping.Label
	err := a.DB.Query(ctx, func(r store.Row) (err error) {
		found, err = scanDoc(Labels, r)
		return err
	}, "SELECT doc FROM labels WHERE carrier = $1 AND tracking = $2 ORDER BY id DESC LIMIT 1", carrier, tracking)
	return found, err
}
