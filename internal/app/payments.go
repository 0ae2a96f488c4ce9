package app

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"ordo/internal/errs"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/payment"
	provider "ordo/internal/provider/payment"
	"ordo/internal/work"
)

// jobPayment carries out one payment entry at its provider.
const jobPayment = "payment"

// paymentLease is how long the node that stored a payment's intent has it for itself.
const paymentLease = 20 * time.Second

type paymentJob struct {
	Order   string `json:"order"`
	Payment string `json:"payment"`
	Entry   string `json:"entry"`
	Answer  []byte `json:"answer,omitzero"` // id of the answer to close
}

// RecordOutcome records what became of a payment entry, and what follows from it: an order is accepted or rejected,
// an authorization that nobody needs any more is voided. An outcome that is recorded already changes nothing.
type RecordOutcome struct {
	paymentJob
	Outcome    payment.Outcome
	app        *App
	job        string
	authorizes bool // the entry is an authorization: its outcome moves stock
}

// Needs implements work.Command.
func (c *RecordOutcome) Needs(n *work.Needs) {
	n.Docs(Orders.Spec, c.Order)
	n.Docs(Payments.Spec, c.Payment)
	if c.Answer != nil {
		n.Answer(c.Answer)
	}
}

// Run implements work.Command.
func (c *RecordOutcome) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.load(u, c.Order, c.authorizes)
	if err != nil {
		return nil, err
	}
	u.FinishJob(c.job, c.app.node)
	p := cl.payment(c.Payment)
	if p == nil {
		return nil, fmt.Errorf("app: payment %s is not of order %s", c.Payment, c.Order)
	}
	p, changed, err := payment.Resolve(p, c.Entry, c.Outcome, u.Now())
	if err != nil || !changed {
		return &cl.OrderView, err
	}
	cl.setPayment(p)
	e := *p.Entry(c.Entry)
	if e.Kind == payment.Authorize {
		err = c.authorized(u, cl, p, e)
	} else {
		cl.record(outcomeEvent(e), Body{Payment: fact(p, e)})
	}
	if err != nil {
		return nil, err
	}
	v, err := cl.save(u)
	if err != nil || c.Answer == nil {
		return v, err
	}
	answer := c.app.Render.Placed(v)
	if v.Order.Status == order.Rejected {
		answer = c.app.Render.Refused(declined(v.Order, e))
	}
	_, err = u.CloseAnswer(c.Answer, answer)
	return v, err
}

func (c *RecordOutcome) authorized(u *work.Unit, cl *cluster, p *payment.Payment, e payment.Entry) error {
	pending := cl.Order.Status == order.Pending
	if e.State == payment.Succeeded {
		cl.record("payment.authorized", Body{Payment: fact(p, e)})
		if pending {
			return cl.advance(u)
		}
		return cl.settleMoney(u) // where the order ended while the provider was thinking, nobody needs the money any more
	}
	cl.record("payment.authorization_failed", Body{Payment: fact(p, e)})
	if !pending {
		return nil
	}
	moves, err := cl.unreserve(u)
	if err != nil {
		return err
	}
	if cl.Order, err = order.Reject(cl.Order, "payment", u.Now()); err != nil {
		return err
	}
	cl.record("order.rejected", Body{Reason: "payment", Stock: moves})
	return cl.freeExternalID(u)
}

// freeExternalID lets the channel send the order again.
func (c *cluster) freeExternalID(u *work.Unit) error {
	if c.Order.ExternalID == "" {
		return nil
	}
	return u.Free(ScopeExternalID, externalKey(c.Order.Channel, c.Order.ExternalID))
}

func declined(o *order.Order, e payment.Entry) error {
	return errs.New(errs.PaymentRequired, "payment_declined", "the payment was declined (%s); nothing was charged; try another way to pay in a new order", e.Reason).
		With("order", o.ID, "number", o.Number, "reason", e.Reason)
}

func outcomeEvent(e payment.Entry) string {
	ok := e.State == payment.Succeeded
	switch e.Kind {
	case payment.Capture:
		return pick(ok, "payment.captured", "payment.capture_failed")
	case payment.Void:
		return pick(ok, "payment.voided", "payment.void_failed")
	}
	return pick(ok, "payment.refunded", "payment.refund_failed")
}

func pick(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}

// runPaymentJob calls the provider with the entry's id as key and records the outcome. The first attempt sends; a
// later one asks first, since the outcome of an earlier one may be unknown.
func (a *App) runPaymentJob(ctx context.Context, j jobs.Job) error {
	var args paymentJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	p, err := one(ctx, a.DB, Payments, args.Payment)
	if err != nil {
		return err
	}
	e := p.Entry(args.Entry)
	if e == nil {
		return fmt.Errorf("payment %s has no entry %s", args.Payment, args.Entry)
	}
	out := payment.Outcome{State: e.State, ProviderRef: e.ProviderRef, Reason: e.Reason}
	if !e.Done() {
		if out, err = a.callProvider(ctx, p, *e, j.Attempts > 1); err != nil {
			return err
		}
	}
	if out.State != payment.Succeeded && out.State != payment.Failed {
		return fmt.Errorf("the outcome of %s is not known yet", e.Kind)
	}
	cmd := &RecordOutcome{paymentJob: args, Outcome: out, app: a, job: j.ID, authorizes: e.Kind == payment.Authorize}
	_, err = work.Do(ctx, a.Committer, cmd, a.system())
	if err == nil {
		a.waiters.wake(args.Order)
	}
	return err
}

func (a *App) callProvider(ctx context.Context, p *payment.Payment, e payment.Entry, ask bool) (payment.Outcome, error) {
	prov := a.Providers[p.Provider]
	if prov == nil {
		return payment.Outcome{}, fmt.Errorf("there is no payment provider %q", p.Provider)
	}
	if ask {
		out, known, err := prov.Query(ctx, e.ID)
		if err != nil || known {
			return out, err
		}
	}
	r := provider.Request{Key: e.ID, Kind: e.Kind, Amount: e.Amount, Currency: p.Currency, Token: p.Token, Parent: e.Parent}
	if parent := p.Entry(e.Parent); parent != nil {
		r.ParentRef = parent.ProviderRef
	}
	return prov.Send(ctx, r)
}

// RecordReceipt records money that arrived on a `manual` payment: a bank transfer, cash on delivery.
type RecordReceipt struct {
	Order     string
	Payment   string
	Amount    int64
	Currency  string
	Reference string
	app       *App
}

// Needs implements work.Command.
func (c *RecordReceipt) Needs(n *work.Needs) {
	n.Docs(Orders.Spec, c.Order)
	n.Docs(Payments.Spec, c.Payment)
}

// Run implements work.Command.
func (c *RecordReceipt) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.load(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	if err := u.CheckVersion("order", cl.Order.Version); err != nil {
		return nil, err
	}
	p := cl.payment(c.Payment)
	if p == nil {
		return nil, errs.Unknown("payment", c.Payment)
	}
	if p.Provider != Manual {
		return nil, errs.New(errs.Conflict, "not_manual", "receipts are recorded on manual payments; %s captures by itself", p.Provider)
	}
	var list errs.List
	if c.Amount < 1 {
		list.Add("/amount/amount", "out_of_range", "give the amount received, in minor units")
	}
	if c.Currency != p.Currency {
		list.Add("/amount/currency", "mixed_currencies", "the payment is in %s", p.Currency)
	}
	if utf8.RuneCountInString(c.Reference) > 200 {
		list.Add("/reference", "too_long", "at most 200 characters")
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	e := payment.Entry{
		ID: u.NewID("pye"), Kind: payment.Capture, State: payment.Succeeded, Amount: c.Amount, Parent: authorization(p),
		ProviderRef: strings.TrimSpace(c.Reference), At: u.Now(), DoneAt: u.Now(),
	}
	if p, err = payment.Add(p, e); err != nil {
		return nil, err
	}
	cl.setPayment(p)
	cl.record("payment.captured", Body{Payment: fact(p, e)})
	return cl.save(u)
}

// ReceiveMoney runs RecordReceipt.
func (a *App) ReceiveMoney(ctx context.Context, c RecordReceipt, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// sweepAnswers forgets answers that are older than the setting.
func (a *App) sweepAnswers(ctx context.Context) error {
	return work.SweepAnswers(ctx, a.DB, a.Settings.AnswerMaxAge)
}
