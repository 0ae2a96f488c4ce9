package app

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"ordo/internal/errs"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/work"
)

// GrantRefund decides to give money back (P8). Refunds carry it out at once where money was captured for it; what is
// granted before it was captured lowers what is due.
type GrantRefund struct {
	Order    string
	Wish     order.GrantWish
	Currency []string // of the amounts in the wish, as they were sent, with their pointers: "/amount EUR"
	app      *App
}

// Needs implements work.Command.
func (c *GrantRefund) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *GrantRefund) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.loadSeen(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	if err := inCurrency(cl.Order.Currency, c.Currency); err != nil {
		return nil, err
	}
	if err := cl.grant(u, c.Wish); err != nil {
		return nil, err
	}
	if err := cl.settleMoney(u); err != nil {
		return nil, err
	}
	return cl.save(u)
}

func inCurrency(want string, sent []string) error {
	var list errs.List
	for _, s := range sent {
		if at, currency, _ := strings.Cut(s, " "); currency != want {
			list.Add(at+"/currency", "mixed_currencies", "the order is in %s", want)
		}
	}
	return list.Err()
}

func (c *cluster) grant(u *work.Unit, w order.GrantWish) error {
	o, g, err := order.AddGrant(c.Order, u.NewID("grt"), w, u.Now())
	if err != nil {
		return err
	}
	c.Order = o
	c.record("payment.refund_granted", Body{Grant: &g, Reason: g.Reason})
	return nil
}

// RetryGrant asks again for refunds of a grant that a provider refused, under new keys. A refund whose outcome is not
// known yet keeps its key and is asked about by its job, so it is left alone (G4).
type RetryGrant struct {
	Order string
	Grant string
	app   *App
}

// Needs implements work.Command.
func (c *RetryGrant) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *RetryGrant) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.loadSeen(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	g := cl.OrderView.Grant(c.Grant)
	if g == nil {
		return nil, errs.Unknown("grant", c.Grant)
	}
	state := cl.GrantState(*g)
	if state == GrantSucceeded {
		return nil, errs.IllegalTransition("the grant", state, "retry", nil).With("state", state)
	}
	if err := cl.settleAgain(u, math.MaxInt); err != nil || len(cl.events) == 0 {
		return &cl.OrderView, err
	}
	return cl.save(u)
}

// The states of a grant, as its refunds say.
const (
	GrantOpen      = "open" // no refund was asked for: nothing was captured for it yet
	GrantPending   = "pending"
	GrantSucceeded = "succeeded"
	GrantFailed    = "failed" // refused, and still owed
)

// Grant returns the grant with the id, or nil.
func (v *OrderView) Grant(id string) *order.Grant {
	for i := range v.Order.Grants {
		if v.Order.Grants[i].ID == id {
			return &v.Order.Grants[i]
		}
	}
	return nil
}

// GrantState derives how far a grant was carried out.
func (v *OrderView) GrantState(g order.Grant) string {
	s := payment.Refunds(v.Payments)[g.ID]
	switch {
	case g.Credit != "" || s.Refunded >= g.Amount-g.Offset: // what goes another way than by refunds is done with the grant
		return GrantSucceeded
	case s.RefundPending > 0:
		return GrantPending
	}
	for _, p := range v.Payments {
		for _, e := range p.Entries {
			if e.Grant == g.ID && e.State == payment.Failed {
				return GrantFailed
			}
		}
	}
	return GrantOpen
}

// GiveBack refunds an amount on one payment. What is not owed already is granted with it. Recorded says that a person
// paid it out by other means, such as a bank transfer, so that no provider is asked (E6).
type GiveBack struct {
	Order     string
	Payment   string
	Amount    int64
	Currency  string
	Reason    string
	Recorded  bool
	Reference string
	app       *App
}

// Needs implements work.Command.
func (c *GiveBack) Needs(n *work.Needs) {
	n.Docs(Orders.Spec, c.Order)
	n.Docs(Payments.Spec, c.Payment)
}

// Run implements work.Command.
func (c *GiveBack) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.loadPayment(u, c.Order, c.Payment)
	if err != nil {
		return nil, err
	}
	if err := c.check(cl); err != nil {
		return nil, err
	}
	amount := c.Amount
	if c.Recorded {
		if amount, err = cl.paidOut(u, c.Payment, amount, c.Reference); err != nil {
			return nil, err
		}
	}
	if amount > 0 {
		if err := c.give(u, cl, amount); err != nil {
			return nil, err
		}
	}
	if err := cl.settleMoney(u); err != nil {
		return nil, err
	}
	return cl.save(u)
}

func (c *GiveBack) check(cl *cluster) error {
	var list errs.List
	if c.Amount < 1 {
		list.Add("/amount/amount", "out_of_range", "give the amount, in minor units")
	}
	if c.Currency != cl.Order.Currency {
		list.Add("/amount/currency", "mixed_currencies", "the order is in %s", cl.Order.Currency)
	}
	if utf8.RuneCountInString(c.Reference) > 200 {
		list.Add("/reference", "too_long", "at most 200 characters")
	}
	if c.Reference != "" && !c.Recorded {
		list.Add("/reference", "ambiguous", "a reference goes with recorded")
	}
	if p := cl.payment(c.Payment); p.Provider == payment.StoreCredit && c.Recorded {
		list.Add("/recorded", "ambiguous", "store credit is given back by Ordo itself")
	}
	if !slices.Contains(order.GrantReasons, c.Reason) {
		list.Add("/reason", "unknown_value", "give one of %s", strings.Join(order.GrantReasons, ", "))
	}
	return list.Err()
}

// give grants what is not owed yet, and refunds the amount on the payment.
func (c *GiveBack) give(u *work.Unit, cl *cluster, amount int64) error {
	p := cl.payment(c.Payment)
	if left := p.Sums().Refundable(); amount > left {
		return errs.New(errs.Conflict, "payment_limit", "cannot refund %s: only %s is captured and not yet refunded", money.Money{Amount: amount, Currency: p.Currency}, money.Money{Amount: left, Currency: p.Currency}).
			With("requested", amount, "available", left)
	}
	if more := amount - payment.ToRefund(MoneyTarget(cl.Order), cl.Payments); more > 0 {
		if err := cl.grant(u, order.GrantWish{Reason: c.Reason, Amount: &more}); err != nil {
			return err
		}
	}
	steps := payment.RefundFrom(MoneyTarget(cl.Order), cl.Payments, c.Payment, amount)
	if !c.Recorded {
		return cl.carry(u, steps)
	}
	for _, s := range steps {
		if err := cl.note(u, s, c.Reference); err != nil {
			return err
		}
	}
	return nil
}

// note records a refund that a person carried out.
func (c *cluster) note(u *work.Unit, s payment.Step, reference string) error {
	e := payment.Entry{
		ID: u.NewID("pye"), Kind: payment.Refund, State: payment.Succeeded, Amount: s.Amount, Parent: s.Parent, Grant: s.Grant, Recorded: true,
		ProviderRef: strings.TrimSpace(reference), At: u.Now(), DoneAt: u.Now(),
	}
	p, err := payment.Add(c.payment(s.Payment), e)
	if err != nil {
		return err
	}
	c.setPayment(p)
	c.record("payment.refunded", Body{Payment: fact(p, e)})
	return nil
}

// paidOut ends the refunds that wait on a `manual` payment for being paid out: the one of this amount, or those from the
// oldest on that the amount covers whole. It returns what is left of it, which is not owed yet. A payout that covers a
// waiting refund in part is refused: it would be taken for another one.
func (c *cluster) paidOut(u *work.Unit, id string, amount int64, reference string) (int64, error) {
	p := c.payment(id)
	if p.Provider != Manual {
		return amount, nil
	}
	var waiting []payment.Entry
	for _, e := range p.Entries {
		if e.Kind == payment.Refund && !e.Done() {
			waiting = append(waiting, e)
		}
	}
	if i := slices.IndexFunc(waiting, func(e payment.Entry) bool { return e.Amount == amount }); i >= 0 {
		waiting = waiting[i : i+1]
	}
	for _, e := range waiting {
		if amount == 0 {
			break
		}
		if e.Amount > amount {
			return 0, errs.New(errs.Conflict, "payment_limit", "a refund of %d waits to be paid out; record all of it", e.Amount).
				With("requested", amount, "available", e.Amount)
		}
		var err error
		if p, _, err = payment.Resolve(p, e.ID, payment.Outcome{State: payment.Succeeded, ProviderRef: strings.TrimSpace(reference)}, u.Now()); err != nil {
			return 0, err
		}
		c.setPayment(p)
		done := *p.Entry(e.ID)
		c.record("payment.refunded", Body{Payment: fact(p, done)})
		amount -= e.Amount
	}
	return amount, nil
}

// loadPayment reads an order with a payment of it.
func (a *App) loadPayment(u *work.Unit, id, pay string) (*cluster, error) {
	cl, err := a.load(u, id, withoutStock)
	if err != nil {
		return nil, err
	}
	if err := u.CheckVersion("order", cl.Order.Version); err != nil {
		return nil, err
	}
	if cl.payment(pay) == nil {
		return nil, errs.Unknown("payment", pay)
	}
	return cl, nil
}

// GrantMoney runs GrantRefund.
func (a *App) GrantMoney(ctx context.Context, c GrantRefund, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// RetryRefund runs RetryGrant.
func (a *App) RetryRefund(ctx context.Context, c RetryGrant, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// Refund runs GiveBack.
func (a *App) Refund(ctx context.Context, c GiveBack, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}
