package app

import (
	"context"
	"fmt"
	"time"

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
	Answer  []byte `json:"answer,omitzero"`  // id of the answer to close
	Request string `json:"request,omitzero"` // id of the request that waits for it
	Ask     bool   `json:"ask,omitzero"`     // the provider may have it already: ask first
}

// RecordOutcome records what became of a payment entry, and what follows from it: an order is accepted or rejected, held
// or let go, and its money settled. An outcome that is recorded already changes nothing.
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
	v := &cl.OrderView
	changed, err := cl.outcome(u, p, c.Entry, c.Outcome)
	if err == nil && changed {
		v, err = cl.save(u)
	}
	if err == nil {
		err = cl.reopenCart(u)
	}
	if err != nil || c.Answer == nil {
		return v, err
	}
	return v, c.answer(u, v) // also when a webhook was faster
}

// answer gives the answer that a request waits for: once its payment, or all with which an order was placed, are
// decided. What secures an exchange in advance is answered with the exchange.
func (c *RecordOutcome) answer(u *work.Unit, v *OrderView) error {
	var e payment.Entry
	added, swap := false, ""
	for _, p := range v.Payments {
		if p.ID == c.Payment {
			e, added, swap = *p.Entry(c.Entry), p.Added, p.Return
		}
	}
	if !e.Done() || !added && v.Order.Status == order.Pending && v.Sums().AuthorizePending > 0 {
		return nil
	}
	answer, err := c.app.answerOf(v, swap)
	if err != nil {
		return err
	}
	if added && e.State == payment.Failed && !v.swapGoesOn(swap) || !added && v.Order.Status == order.Rejected {
		answer = c.app.Render.Refused(declined(v.Order, e, added, swap), c.Request)
	}
	_, err = u.CloseAnswer(c.Answer, answer)
	return err
}

// outcome records the outcome of an entry in the cluster, with what follows from it. It reports whether it counted.
func (c *cluster) outcome(u *work.Unit, p *payment.Payment, entry string, out payment.Outcome) (bool, error) {
	p, changed, err := payment.Resolve(p, entry, out, u.Now())
	if err != nil || !changed {
		return false, err
	}
	c.setPayment(p)
	e := *p.Entry(entry)
	if !e.Done() {
		c.record("payment.pending", Body{Payment: fact(p, e)})
		return true, nil
	}
	c.record(outcomeEvent(e), Body{Payment: fact(p, e)})
	if err := c.decided(u, p, e); err != nil {
		return false, err
	}
	return true, c.settleMoney(u)
}

// decided is what an entry that has its outcome causes beside the flow of money.
func (c *cluster) decided(u *work.Unit, p *payment.Payment, e payment.Entry) error {
	failed := e.State == payment.Failed
	switch {
	case e.Kind == payment.Authorize && !failed:
		c.watchExpiry(u, p, e)
		return c.advance(u)
	case e.Kind == payment.Authorize && c.Order.Status == order.Pending && !p.Added && e.Parent == "":
		return c.reject(u)
	case failed && e.Kind == payment.Authorize && e.Parent == "" && p.Return != "":
		return c.declineSwap(u, p.Return)
	case failed && e.Kind == payment.Capture:
		c.watchAgain(u, p, e)
		return c.holdForMoney(u, e.Reason)
	case failed && e.Kind == payment.Authorize && e.Parent != "":
		return c.holdForMoney(u, e.Reason)
	case failed && (e.Kind == payment.Void || e.Kind == payment.Refund):
		c.watchAgain(u, p, e)
		c.retryLater(u, p.Refusals(e.Kind))
	}
	return nil
}

// reject ends an order whose payment was declined when it was placed.
func (c *cluster) reject(u *work.Unit) error {
	moves, err := c.unreserve(u)
	if err != nil {
		return err
	}
	if c.Order, err = order.Reject(c.Order, "payment", u.Now()); err != nil {
		return err
	}
	c.record("order.rejected", Body{Reason: "payment", Stock: moves})
	return c.freeExternalID(u)
}

// freeExternalID lets the channel send the order again.
func (c *cluster) freeExternalID(u *work.Unit) error {
	if c.Order.ExternalID == "" {
		return nil
	}
	return u.Free(ScopeExternalID, externalKey(c.Order.Channel, c.Order.ExternalID))
}

// swapGoesOn reports whether there is such an exchange and a declined payment did not end it: another one came first.
func (v *OrderView) swapGoesOn(swap string) bool {
	r := (&cluster{OrderView: *v}).findReturn(swap)
	return r != nil && !r.Over()
}

// answerOf is what a request waits for: the order, or its exchange.
func (a *App) answerOf(v *OrderView, swap string) (work.Answer, error) {
	c := &cluster{OrderView: *v}
	r := c.findReturn(swap)
	if r == nil {
		return a.Render.Placed(v), nil
	}
	x, err := c.view(r)
	if err != nil {
		return work.Answer{}, err
	}
	return a.Render.Exchanged(x), nil
}

func declined(o *order.Order, e payment.Entry, added bool, swap string) error {
	text := "try another way to pay in a new order"
	if added {
		text = "the order is as it was; try another way to pay"
	}
	if swap != "" {
		text = "the exchange is canceled and the order is as it was; ask for it again with another way to pay"
	}
	err := errs.New(errs.PaymentRequired, "payment_declined", "the payment was declined (%s); nothing was charged; %s", e.Reason, text).
		With("order", o.ID, "number", o.Number, "reason", e.Reason)
	if swap != "" {
		err = err.With("return", swap)
	}
	return err
}

// outcomeEvents are the events that end an entry, when it succeeded and when it failed.
var outcomeEvents = map[payment.Kind][2]string{
	payment.Authorize:          {"payment.authorized", "payment.authorization_failed"},
	payment.Capture:            {"payment.captured", "payment.capture_failed"},
	payment.Void:               {"payment.voided", "payment.void_failed"},
	payment.Refund:             {"payment.refunded", "payment.refund_failed"},
	payment.Expire:             {"payment.auth_expired", ""},
	payment.Chargeback:         {"payment.disputed", ""},
	payment.ChargebackReversal: {"payment.dispute_closed", ""},
}

func outcomeEvent(e payment.Entry) string {
	names := outcomeEvents[e.Kind]
	switch {
	case e.State == payment.Failed:
		return names[1]
	case e.Kind == payment.Authorize && e.Parent != "":
		return "payment.reauthorized"
	}
	return names[0]
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
	out := payment.Outcome{State: e.State, ProviderRef: e.ProviderRef, Reason: e.Reason, ExpiresAt: e.ExpiresAt}
	if !e.Done() {
		if out, err = a.callProvider(ctx, p, *e, args.Ask || j.Attempts > 1); err != nil {
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
		a.waiters.wake(p.Return)
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
	r := provider.Request{Key: e.ID, Kind: e.Kind, Amount: e.Amount, Currency: p.Currency, Token: p.Token, Parent: e.Parent, Order: p.Order, Payment: p.ID}
	if parent := p.Entry(e.Parent); parent != nil {
		r.ParentRef = parent.ProviderRef
	}
	return prov.Send(ctx, r)
}

// sweepAnswers forgets answers that are older than the setting.
func (a *App) sweepAnswers(ctx context.Context) error {
	return work.SweepAnswers(ctx, a.DB, a.Settings.AnswerMaxAge)
}
