package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/provider/carrier"
	"ordo/internal/shipping"
	"ordo/internal/store"
	"ordo/internal/work"
)

// jobLabel carries out one attempt of a label at its provider.
const jobLabel = "label"

type labelJob struct {
	Order   string `json:"order"`
	Label   string `json:"label"`
	Attempt string `json:"attempt"`
	Answer  []byte `json:"answer,omitzero"` // id of the answer to close
	Ask     bool   `json:"ask,omitzero"`    // the provider may have it already: ask first
}

// registerLabels says who does the jobs of labels and tracking.
func registerLabels(a *App) {
	a.Jobs.Handle(jobLabel, a.runLabelJob)
	a.Jobs.Handle(jobTrack, a.runTrackJob)
}

// LabelView is a label with its order and fulfillment order as they are with it.
type LabelView struct {
	Label       *shipping.Label
	Order       *order.Order
	Fulfillment *fulfillment.Fulfillment
}

func (c *cluster) label(id string) *shipping.Label {
	for _, l := range c.Labels {
		if l.ID == id {
			return l
		}
	}
	return nil
}

func (c *cluster) setLabel(l *shipping.Label) {
	c.dirtyL[l.ID] = true
	c.Labels, c.Order.Labels = setPart(c.Labels, c.Order.Labels, l)
}

// saveLabels stages the labels that changed. The events about them get them as stored, without what is personal.
func (c *cluster) saveLabels(u *work.Unit) error {
	for _, l := range c.Labels {
		if !c.dirtyL[l.ID] {
			continue
		}
		if err := put(u, Labels, l, l.Version == 0); err != nil {
			return err
		}
		for _, e := range c.events {
			if b := e.Body.(*Body); b.Label != nil && b.Label.ID == l.ID {
				public := *l
				public.Tracking.Scans = shipping.Public(l.Tracking.Scans)
				b.Label = &public
			}
		}
	}
	return nil
}

// recordLabel adds an event about a label.
func (c *cluster) recordLabel(kind, reason string, l *shipping.Label) {
	c.record(kind, Body{Label: l, Reason: reason})
}

// askProvider begins an attempt and enqueues the job that carries it out.
func (c *cluster) askProvider(u *work.Unit, l *shipping.Label, kind string, answer []byte) (*shipping.Label, error) {
	l, err := shipping.Ask(l, kind, u.NewID("lba"), u.Now())
	if err != nil {
		return nil, err
	}
	c.setLabel(l)
	c.recordLabel(pick(kind == shipping.Buy, "label.requested", "label.void_requested"), "", l)
	u.EnqueueLeased(jobLabel, labelJob{Order: c.Order.ID, Label: l.ID, Attempt: l.Open().ID, Answer: answer}, c.node, u.Now().Add(paymentLease))
	return l, nil
}

// saveLabel saves the cluster and returns the label of it.
func (c *cluster) saveLabel(u *work.Unit, l *shipping.Label) (*LabelView, error) {
	if _, err := c.save(u); err != nil {
		return nil, err
	}
	return &LabelView{c.label(l.ID), c.Order, c.fulfillment(l.Fulfillment)}, nil
}

// submitLabel runs a command that asks a provider, and waits for the outcome.
func (a *App) submitLabel(ctx context.Context, cmd work.Command[*LabelView], key []byte, meta work.Meta) work.Outcome {
	deadline := time.Now().Add(a.Settings.PaymentWait)
	out := work.Submit(ctx, a.Committer, cmd, meta)
	if !out.InFlight {
		return out
	}
	mine := out.Value != nil
	out = a.awaitAnswer(ctx, key, out.Subject, deadline, &closeLabel{app: a, key: key, label: out.Subject})
	out.Replayed = out.Err == nil && !mine
	return out
}

// closeLabel answers a request whose outcome is still open with the label as it is.
type closeLabel struct {
	app   *App
	key   []byte
	label string
}

func (c *closeLabel) Needs(n *work.Needs) {
	n.Answer(c.key)
	n.Docs(Labels.Spec, c.label)
}

func (c *closeLabel) Run(u *work.Unit) (closed, error) {
	l, err := Labels.Get(u, c.label)
	if err != nil {
		return closed{}, err
	}
	ans := c.app.renderLabel(l)
	stored, err := u.CloseAnswer(c.key, ans)
	return closed{ans, stored}, err
}

// renderLabel makes the answer that is kept; package api says how.
func (a *App) renderLabel(l *shipping.Label) work.Answer {
	if a.RenderLabel != nil {
		return a.RenderLabel(l)
	}
	return work.Answer{Status: 201, Body: jsonx.Marshal(l)}
}

// VoidLabel gives a label back to its carrier.
type VoidLabel struct {
	Label string
	order string
	app   *App
	key   []byte
}

// Needs implements work.Command.
func (c *VoidLabel) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.order) }

// Run implements work.Command.
func (c *VoidLabel) Run(u *work.Unit) (*LabelView, error) {
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
	if f := cl.fulfillment(l.Fulfillment); f != nil && f.Left() && l.Status == shipping.Labeled && fulfillment.Carries(f, l.TrackingNumber) {
		return nil, errs.New(errs.Conflict, "label_in_use", "the package has left with this label").With("fulfillment", f.ID)
	}
	if err := cl.inUse(l); err != nil {
		return nil, err
	}
	if l, err = cl.askProvider(u, l, shipping.Void, c.key); err != nil {
		return nil, err
	}
	if c.key != nil {
		u.AnswerLater(l.ID)
	}
	return cl.saveLabel(u, l)
}

// Void runs VoidLabel.
func (a *App) Void(ctx context.Context, id string, meta work.Meta) work.Outcome {
	l, err := a.Label(ctx, id)
	if err != nil {
		return work.Outcome{Err: err}
	}
	cmd := &VoidLabel{Label: id, order: l.Order, app: a}
	if meta.Key != nil {
		cmd.key = meta.Key.ID()
	}
	return a.submitLabel(ctx, cmd, cmd.key, meta)
}

// TryVoid is Void without effect.
func (a *App) TryVoid(ctx context.Context, id string, meta work.Meta) (*LabelView, error) {
	l, err := a.Label(ctx, id)
	if err != nil {
		return nil, err
	}
	return work.DryRun(ctx, a.Committer, &VoidLabel{Label: id, order: l.Order, app: a}, meta)
}

// freeLabels gives back the labels of fulfillment orders that will not ship, and of returns that will not come. It is part
// of saving, so that no way of giving one up can forget it.
func (c *cluster) freeLabels(u *work.Unit) error {
	if err := c.sameDestination(); err != nil {
		return err
	}
	for _, l := range append([]*shipping.Label{}, c.Labels...) {
		if l.Status != shipping.Labeled || c.needed(l) {
			continue
		}
		if RefusedVoid(l) {
			continue // the carrier said no: a person decides
		}
		if _, err := c.askProvider(u, l, shipping.Void, nil); err != nil {
			return err
		}
	}
	return nil
}

// sameDestination refuses another address while a label with the old one may be on its way to a package.
func (c *cluster) sameDestination() error {
	if c.before == nil || c.before.ShippingAddress == c.Order.ShippingAddress {
		return nil
	}
	for _, l := range c.Labels {
		if l.Active() && l.Return == "" && !l.Erased {
			return errs.New(errs.Conflict, "label_exists", "label %s has the old address; void it first", l.ID).With("label", l.ID, "state", string(l.Status))
		}
	}
	return nil
}

// RefusedVoid reports whether the carrier refused to take the label back.
func RefusedVoid(l *shipping.Label) bool {
	n := len(l.Attempts)
	return n > 0 && l.Attempts[n-1].Kind == shipping.Void && l.Attempts[n-1].State == shipping.Failed
}

// RecordLabelOutcome records what became of an attempt.
type RecordLabelOutcome struct {
	labelJob
	Outcome shipping.Outcome
	app     *App
	job     string
}

// Needs implements work.Command.
func (c *RecordLabelOutcome) Needs(n *work.Needs) {
	n.Docs(Orders.Spec, c.Order)
	n.Docs(Labels.Spec, c.Label)
	if c.Answer != nil {
		n.Answer(c.Answer)
	}
}

// Run implements work.Command.
func (c *RecordLabelOutcome) Run(u *work.Unit) (*LabelView, error) {
	cl, err := c.app.load(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	u.FinishJob(c.job, c.app.node)
	l := cl.label(c.Label)
	if l == nil {
		return nil, fmt.Errorf("app: label %s is not of order %s", c.Label, c.Order)
	}
	l, changed, err := shipping.Resolve(l, c.Attempt, c.Outcome, u.Now())
	if err != nil {
		return nil, err
	}
	if changed {
		cl.setLabel(l)
		cl.record(labelEvent(l), Body{Label: l, Reason: l.Reason, Fulfillment: cl.stick(l)})
		if err := cl.stickReturn(l); err != nil {
			return nil, err
		}
		if l.Status == shipping.Labeled && l.Provider != shipping.Table && l.Tracking.Code == "" {
			u.Enqueue(jobTrack, trackJob{Order: c.Order, Label: l.ID}, u.Now().Add(firstPoll))
		}
		if _, err := cl.saveLabel(u, l); err != nil {
			return nil, err
		}
		l = cl.label(l.ID)
	}
	if c.Answer != nil {
		if _, err := u.CloseAnswer(c.Answer, c.app.renderLabel(l)); err != nil {
			return nil, err
		}
	}
	return &LabelView{l, cl.Order, cl.fulfillment(l.Fulfillment)}, nil
}

// stick notes the label on its package, or takes it off when it was given back; nil where nothing changed. What has left
// stays as it left.
func (c *cluster) stick(l *shipping.Label) *fulfillment.Fulfillment {
	f := c.fulfillment(l.Fulfillment)
	if f == nil || f.Left() || l.Status != shipping.Labeled && l.Status != shipping.Voided {
		return nil
	}
	after, found := labeled(f, l)
	if !found {
		return nil
	}
	c.setFulfillment(after)
	return after
}

// labeled is a fulfillment order with a label on its package. A label for everything goes on the only package.
func labeled(f *fulfillment.Fulfillment, l *shipping.Label) (_ *fulfillment.Fulfillment, found bool) {
	pack := l.Package
	if pack == shipping.Whole && len(f.Packages) == 1 {
		pack = f.Packages[0].ID
	}
	if l.Status == shipping.Voided {
		return fulfillment.SetLabel(f, pack, fulfillment.Sticker{})
	}
	return fulfillment.SetLabel(f, pack, fulfillment.Sticker{Label: l.ID, Carrier: l.Carrier, TrackingNumber: l.TrackingNumber, WeightGrams: l.Parcel.WeightGrams})
}

// wholeLabel returns the active label for all of a fulfillment order; nil for none.
func (c *cluster) wholeLabel(f *fulfillment.Fulfillment) *shipping.Label {
	for _, l := range c.Labels {
		if l.Fulfillment == f.ID && l.Package == shipping.Whole && l.Active() {
			return l
		}
	}
	return nil
}

// bindWhole puts the label that was bought before packing on the package; packing that it does not fit is refused. One
// whose outcome is open follows when that is known.
func (c *cluster) bindWhole(packed *fulfillment.Fulfillment) (*fulfillment.Fulfillment, error) {
	l := c.wholeLabel(packed)
	if l == nil {
		return packed, nil
	}
	if _, err := fulfillment.Only(packed, l.ID); err != nil {
		return nil, err
	}
	if l.Status == shipping.Labeled {
		packed, _ = labeled(packed, l)
	}
	return packed, nil
}

func labelEvent(l *shipping.Label) string {
	last := l.Attempts[len(l.Attempts)-1]
	ok := last.State == shipping.Succeeded
	if last.Kind == shipping.Buy {
		return pick(ok, "label.bought", "label.failed")
	}
	return pick(ok, "label.voided", "label.void_refused")
}

// runLabelJob asks the provider with the attempt's id as key, stores the paper, and records the outcome. A later
// attempt of the job asks first what became of an earlier one.
func (a *App) runLabelJob(ctx context.Context, j jobs.Job) error {
	var args labelJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	l, err := a.Label(ctx, args.Label)
	if err != nil {
		return err
	}
	var out shipping.Outcome
	if open := l.Open(); open != nil && open.ID == args.Attempt {
		if out, err = a.askCarrier(ctx, l, *open, args.Ask || j.Attempts > 1); err != nil {
			return err
		}
		if out.State != shipping.Succeeded && out.State != shipping.Failed {
			return fmt.Errorf("the outcome of label %s is not known yet", l.ID)
		}
		if len(out.Paper) > 0 {
			if err := a.storePaper(ctx, l.ID, out.Paper); err != nil {
				return err
			}
			h := sha256.Sum256(out.Paper)
			out.FileHash = hex.EncodeToString(h[:])
		}
	}
	_, err = work.Do(ctx, a.Committer, &RecordLabelOutcome{labelJob: args, Outcome: out, app: a, job: j.ID}, a.system())
	if err == nil {
		a.waiters.wake(args.Label)
	}
	return err
}

func (a *App) askCarrier(ctx context.Context, l *shipping.Label, at shipping.Attempt, ask bool) (shipping.Outcome, error) {
	doc, err := a.Carrier(ctx, l.Carrier)
	if err != nil {
		return shipping.Outcome{}, err
	}
	account, p, err := a.account(doc)
	if err != nil {
		return shipping.Outcome{}, err
	}
	r := carrier.Request{Key: at.ID, Kind: at.Kind, Ref: l.ProviderRef, At: at.At}
	if s := doc.Service(l.Service); s != nil {
		r.Service = *s
	}
	for _, x := range l.Attempts {
		if x.Kind == shipping.Buy && x.State == shipping.Succeeded {
			r.Bought = x.ID
		}
	}
	if ask {
		out, known, err := p.Query(ctx, account, r)
		if err != nil || known {
			return out, err
		}
	}
	if at.Kind == shipping.Void {
		return p.Void(ctx, account, r)
	}
	rating, _, err := a.parcel(ctx, LabelRequest{Fulfillment: l.Fulfillment, Return: l.Return, Package: l.Package, Parcel: &l.Parcel})
	if err != nil {
		return refusedHere(err)
	}
	r.Shipment = rating.Shipment
	return p.Buy(ctx, account, r)
}

// refusedHere: what has become impossible in the meantime is a definite no; whatever else is wrong may pass.
func refusedHere(err error) (shipping.Outcome, error) {
	if e := errs.As(err); e != nil && e.Class != errs.Unavailable && e.Class != errs.Internal {
		return shipping.Outcome{State: shipping.Failed, Reason: e.Code}, nil
	}
	return shipping.Outcome{}, err
}

// storePaper keeps the paper of a label before the label says that it is there. The same label gives the same paper.
func (a *App) storePaper(ctx context.Context, label string, pdf []byte) error {
	return store.Write(ctx, a.DB, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{
			SQL:  "INSERT INTO label_files (id, pdf) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET pdf = excluded.pdf",
			Args: []any{label, pdf}, Want: store.AnyRows,
		})
	})
}

// Label reads a label.
func (a *App) Label(ctx context.Context, id string) (*shipping.Label, error) {
	return one(ctx, a.DB, Labels, id)
}

// LabelPaper reads the PDF of a label.
func (a *App) LabelPaper(ctx context.Context, label string) (pdf []byte, err error) {
	err = a.DB.Query(ctx, func(r store.Row) error { return r.Scan(&pdf) }, "SELECT pdf FROM label_files WHERE id = $1", label)
	if err == nil && pdf == nil {
		err = errs.New(errs.NotFound, "not_found", "label %s has no paper yet", label)
	}
	return pdf, err
}

// LabelsOf reads the labels of a fulfillment order, oldest first.
func (a *App) LabelsOf(ctx context.Context, f *fulfillment.Fulfillment) ([]*shipping.Label, error) {
	var out []*shipping.Label
	err := a.DB.Query(ctx, func(r store.Row) error {
		l, err := scanDoc(Labels, r)
		out = append(out, l)
		return err
	}, "SELECT doc FROM labels WHERE fulfillment_id = $1 ORDER BY id", f.ID)
	return out, err
}

func pick(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}
