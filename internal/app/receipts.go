package app

import (
	"context"
	"strings"
	"unicode/utf8"

	"ordo/internal/errs"
	"ordo/internal/payment"
	"ordo/internal/work"
)

// authorization returns the id of the payment's first authorization that succeeded, or "". One on `manual` is the only.
func authorization(p *payment.Payment) string {
	for _, a := range p.Auths() {
		return a.ID
	}
	return ""
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
	cl, err := c.app.loadSeen(u, c.Order, withoutStock)
	if err != nil {
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
	if err := cl.settleMoney(u); err != nil {
		return nil, err
	}
	return cl.save(u)
}

// ReceiveMoney runs RecordReceipt.
func (a *App) ReceiveMoney(ctx context.Context, c RecordReceipt, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}
