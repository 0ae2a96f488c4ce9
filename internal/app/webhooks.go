package app

import (
	"context"
	"net/http"
	"time"

	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/payment"
	provider "ordo/internal/provider/payment"
	"ordo/internal/work"
)

// ScopeNotice holds the notices of payment providers that were taken, by provider and id.
const ScopeNotice = "payment_notice"

// TakeNotice records what a payment provider tells by itself. It means the same as the answer to the call that it is
// about, whichever comes first; the second one changes nothing, and neither does one that is late (D6).
type TakeNotice struct {
	Provider string
	Notice   provider.Notice
	app      *App
}

// Taken says what became of a notice.
type Taken struct {
	Duplicate bool // it was taken before
	Matched   bool // there is an entry that it is about
	Changed   bool // it told something new
}

// Needs implements work.Command.
func (c *TakeNotice) Needs(n *work.Needs) {
	n.Key(ScopeNotice, c.key())
	n.Docs(Orders.Spec, c.Notice.Order)
	n.Docs(Payments.Spec, c.Notice.Payment)
}

func (c *TakeNotice) key() string { return c.Provider + "\x1f" + c.Notice.ID }

// Run implements work.Command.
func (c *TakeNotice) Run(u *work.Unit) (Taken, error) {
	owner, err := u.Holder(ScopeNotice, c.key())
	if err != nil || owner != "" {
		return Taken{Duplicate: owner != "", Matched: true}, err
	}
	cl, err := c.app.load(u, c.Notice.Order, c.Notice.Kind == payment.Authorize)
	if errs.ClassOf(err) == errs.NotFound {
		return Taken{}, nil
	}
	if err != nil {
		return Taken{}, err
	}
	p := cl.payment(c.Notice.Payment)
	if p == nil || p.Provider != c.Provider {
		return Taken{}, nil
	}
	if _, _, err := u.Claim(ScopeNotice, c.key(), cl.Order.ID); err != nil {
		return Taken{}, err
	}
	taken := Taken{Matched: true}
	if taken.Changed, err = c.record(u, cl, p); err != nil {
		return Taken{}, err
	}
	if len(cl.events) == 0 {
		return taken, nil
	}
	if _, err = cl.save(u); err != nil {
		return taken, err
	}
	return taken, cl.reopenCart(u)
}

// record finds the entry that the notice is about, by its key or by the provider's name for it. A notice that says
// something else than what was asked for, or other than what is final here, is noted for people and changes nothing.
func (c *TakeNotice) record(u *work.Unit, cl *cluster, p *payment.Payment) (bool, error) {
	n := c.Notice
	if n.Kind == payment.Chargeback || n.Kind == payment.ChargebackReversal {
		return c.dispute(u, cl, p)
	}
	e := p.Entry(n.Key)
	for i := range p.Entries {
		if e == nil && n.Outcome.ProviderRef != "" && p.Entries[i].ProviderRef == n.Outcome.ProviderRef {
			e = &p.Entries[i]
		}
	}
	if e == nil || e.Kind != n.Kind || e.Amount != n.Amount || p.Currency != n.Currency {
		return false, c.unmatched(cl, p, e)
	}
	final := n.Outcome.State == payment.Succeeded || n.Outcome.State == payment.Failed
	if !final && n.Outcome.State != payment.Pending {
		return false, c.unmatched(cl, p, e)
	}
	changed, err := cl.outcome(u, p, e.ID, n.Outcome)
	if err == nil && !changed && final && e.State != n.Outcome.State {
		return false, c.unmatched(cl, p, e)
	}
	return changed, err
}

// dispute records that the bank took money back, or gave it back again.
func (c *TakeNotice) dispute(u *work.Unit, cl *cluster, p *payment.Payment) (bool, error) {
	n := c.Notice
	e := payment.Entry{
		ID: u.NewID("pye"), Kind: n.Kind, State: payment.Succeeded, Amount: n.Amount, Parent: n.Parent, ProviderRef: n.Key,
		Reason: n.Outcome.Reason, At: u.Now(), DoneAt: u.Now(),
	}
	next, err := payment.Add(p, e)
	if err != nil || n.Currency != p.Currency || p.Entry(n.Parent) == nil || n.Amount < 1 {
		return false, c.unmatched(cl, p, nil)
	}
	cl.setPayment(next)
	cl.record(outcomeEvent(e), Body{Payment: fact(next, e)})
	if e.Kind == payment.ChargebackReversal { // of an order that ended meanwhile: it is owed to the customer
		err = cl.settleMoney(u)
	}
	return true, err
}

// unmatched notes a notice that does not fit.
func (c *TakeNotice) unmatched(cl *cluster, p *payment.Payment, e *payment.Entry) error {
	told := payment.Entry{Kind: c.Notice.Kind, State: c.Notice.Outcome.State, Amount: c.Notice.Amount, ProviderRef: c.Notice.Outcome.ProviderRef}
	if e != nil {
		told.ID = e.ID
	}
	cl.record("payment.unmatched", Body{Reason: errs.Clip(c.Notice.Outcome.Reason), Payment: fact(p, told)})
	return nil
}

// Notice takes a webhook of a payment provider.
func (a *App) Notice(ctx context.Context, name string, header http.Header, body []byte, meta work.Meta) (Taken, error) {
	n, ok := a.Providers[name].(provider.Notifier)
	if !ok {
		return Taken{}, errs.Unknown("payment provider with webhooks", name)
	}
	notice, err := n.Notice(header, body, time.Now())
	if err != nil {
		return Taken{}, err
	}
	if notice.ID == "" || len(notice.ID) > 255 || !ids.Valid("ord", notice.Order) || !ids.Valid("pay", notice.Payment) {
		return Taken{}, nil // of something that Ordo did not ask for: taken, so that it is not sent again
	}
	taken, err := work.Do(ctx, a.Committer, &TakeNotice{Provider: name, Notice: notice, app: a}, meta)
	if taken.Changed {
		a.waiters.wake(notice.Order)
	}
	return taken, err
}
