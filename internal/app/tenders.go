package app

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/errs"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/work"
)

// tender adds a payment to the order and arranges its authorization: at once where no provider is asked, otherwise by
// a job after the commit, which also gives the answer that a request waits for. It reports whether that is so.
func (c *cluster) tender(u *work.Unit, t order.Tender, amount int64, added bool, answer []byte) (waits bool, err error) {
	e := payment.Entry{ID: u.NewID("pye"), Kind: payment.Authorize, State: payment.Requested, Amount: amount, At: u.Now()}
	p := &payment.Payment{
		Order: c.Order.ID, Provider: t.Provider, Token: t.Token, Currency: c.Order.Currency, Amount: amount, At: u.Now(),
		Method: t.Method, TermsDays: t.TermsDays, Added: added,
	}
	p.ID = u.NewID("pay")
	if t.TermsDays > 0 {
		p.DueAt = u.Now().Add(time.Duration(t.TermsDays) * 24 * time.Hour)
	}
	switch {
	case amount == 0 || t.Provider == Manual:
	case t.Provider == payment.StoreCredit:
		p.Account = t.Token
		if err := c.draw(u, p, e); err != nil {
			return false, err
		}
	default:
		job := paymentJob{Order: c.Order.ID, Payment: p.ID, Entry: e.ID, Answer: answer, Request: u.RequestID()}
		u.EnqueueLeased(jobPayment, job, c.node, u.Now().Add(paymentLease))
		p.Entries = []payment.Entry{e}
		c.setPayment(p)
		return true, nil
	}
	e.State, e.DoneAt, p.Token = payment.Succeeded, u.Now(), ""
	p.Entries = []payment.Entry{e}
	c.record("payment.authorized", Body{Payment: fact(p, e)})
	c.setPayment(p)
	return false, nil
}

// AddPayment pays an order anew or the rest of it: what is due and not authorized yet, or a part of that. An edit that
// raised the total is paid for by the difference only (E4).
type AddPayment struct {
	Order  string
	Tender order.Tender
	app    *App
	key    []byte // id of the answer that the outcome will close
}

// Needs implements work.Command.
func (c *AddPayment) Needs(n *work.Needs) {
	n.Docs(Orders.Spec, c.Order)
	needsAccount(n, c.Tender)
}

// Run implements work.Command.
func (c *AddPayment) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.loadSeen(u, c.Order, withStock)
	if err != nil {
		return nil, err
	}
	if t := MoneyTarget(cl.Order); t.Ended || cl.Order.Status == order.Draft {
		return nil, errs.IllegalTransition("the order", string(cl.Order.Status), "pay", order.Steps(cl.Order)).With("state", string(cl.Order.Status))
	}
	amount, err := c.amount(u, cl)
	if err != nil {
		return nil, err
	}
	waits, err := cl.tender(u, c.Tender, amount, true, c.key)
	if err != nil {
		return nil, err
	}
	if waits {
		cl.requested()
		if c.key != nil {
			u.AnswerLater(cl.Order.ID)
		}
		return cl.save(u)
	}
	if err := cl.advance(u); err != nil {
		return nil, err
	}
	if err := cl.settleMoney(u); err != nil {
		return nil, err
	}
	return cl.save(u)
}

// requested records that the newest payment was asked for.
func (c *cluster) requested() {
	p := c.Payments[len(c.Payments)-1]
	c.record("payment.authorize_requested", Body{Payment: fact(p, p.Entries[0])})
}

// amount is what the payment is for: at most what is outstanding, so that no retry authorizes more than is due.
func (c *AddPayment) amount(u *work.Unit, cl *cluster) (int64, error) {
	var list errs.List
	c.Tender.Check(&list, "")
	c.app.checkProvider(&list, "", c.Tender)
	swapped, err := cl.exchanged()
	if err != nil {
		return 0, err
	}
	due := max(0, payment.Outstanding(MoneyTarget(cl.Order), cl.Payments, u.Now())-swapped)
	amount := due
	if a := c.Tender.Amount; a != nil {
		amount = a.Amount
		if a.Currency != cl.Order.Currency {
			list.Add("/amount/currency", "mixed_currencies", "the order is in %s", cl.Order.Currency)
		}
	}
	if err := list.Err(); err != nil {
		return 0, err
	}
	if due == 0 {
		return 0, errs.New(errs.Conflict, "payment_limit", "nothing of the order is due that is not authorized yet").With("requested", amount, "available", due)
	}
	if amount > due {
		return 0, errs.New(errs.Conflict, "payment_limit", "only %s of the order is due and not authorized yet", money.Money{Amount: due, Currency: cl.Order.Currency}).
			With("requested", amount, "available", due)
	}
	return amount, nil
}

// providerNames are those that a tender may name.
func (a *App) providerNames() []string {
	names := slices.AppendSeq([]string{Manual, payment.StoreCredit}, maps.Keys(a.Providers))
	slices.Sort(names)
	return names
}

// checkProvider adds to the list what is wrong with the provider of a tender here.
func (a *App) checkProvider(list *errs.List, at string, t order.Tender) {
	_, known := a.Providers[t.Provider]
	switch {
	case t.Provider == payment.StoreCredit && t.Token == "":
		list.Add(at+"/token", "required", "give the id of the store credit account")
	case t.Provider == payment.StoreCredit || t.Provider == Manual || t.Provider == "":
	case !known:
		list.Add(at+"/provider", "unknown_provider", "there is no payment provider %q; give one of %s", errs.Clip(t.Provider), strings.Join(a.providerNames(), ", "))
	}
	if t.Provider != Manual && (t.TermsDays != 0 || t.Method != "") {
		list.Add(at+"/terms_days", "ambiguous", "method and terms_days are for provider manual")
	}
}

// tenders are the payments of a placement with their amounts: those that name one, and the one that pays the rest.
func tenders(p order.Placement, o *order.Order) ([]order.Tender, error) {
	var list errs.List
	rest := o.Totals.GrandTotal
	for i, t := range p.Tenders {
		if t.Amount.Currency != o.Currency {
			list.Add("/payments/"+strconv.Itoa(i)+"/amount/currency", "mixed_currencies", "the order is in %s", o.Currency)
		}
		rest -= min(t.Amount.Amount, o.Totals.GrandTotal+1)
	}
	if rest < 0 {
		list.Add("/payments", "out_of_range", "they are more than the order costs (%d)", o.Totals.GrandTotal)
	}
	out := slices.Clone(p.Tenders)
	if rest > 0 || len(out) == 0 {
		last := p.Tender()
		last.Amount = &money.Money{Amount: rest, Currency: o.Currency}
		out = append(out, last)
	}
	return out, list.Err()
}

// Pay runs AddPayment. Under a key it waits a bounded time for the outcome, as Place does.
func (a *App) Pay(ctx context.Context, c AddPayment, meta work.Meta) work.Outcome {
	c.app = a
	if meta.Key != nil {
		c.key = meta.Key.ID()
	}
	return a.awaiting(ctx, c.key, "", func() work.Outcome { return work.Submit(ctx, a.Committer, &c, meta) })
}
