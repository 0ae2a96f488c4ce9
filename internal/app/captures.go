package app

import (
	"context"

	"ordo/internal/errs"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/work"
)

// MoveMoney captures or voids an amount of one payment by hand. Without an amount it takes all that may be: for a
// capture what is due, for a void what is left of the authorization.
type MoveMoney struct {
	Order    string
	Payment  string
	Kind     payment.Kind // Capture or Void
	Amount   *int64
	Currency string
	app      *App
}

// Needs implements work.Command.
func (c *MoveMoney) Needs(n *work.Needs) {
	n.Docs(Orders.Spec, c.Order)
	n.Docs(Payments.Spec, c.Payment)
}

// Run implements work.Command.
func (c *MoveMoney) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.loadPayment(u, c.Order, c.Payment)
	if err != nil {
		return nil, err
	}
	p := cl.payment(c.Payment)
	limit := p.Left(u.Now())
	if c.Kind == payment.Capture {
		if err := capturable(cl, p); err != nil {
			return nil, err
		}
		limit = min(limit, payment.Uncaptured(MoneyTarget(cl.Order), cl.Payments))
	}
	amount, err := c.amount(cl, limit)
	if err != nil {
		return nil, err
	}
	for _, a := range p.Auths() {
		if part := min(amount, a.Left(u.Now())); part > 0 {
			if err := cl.intend(u, payment.Step{Payment: p.ID, Kind: c.Kind, Amount: part, Parent: a.ID}); err != nil {
				return nil, err
			}
			amount -= part
		}
	}
	if c.Kind == payment.Capture {
		err = cl.settleMoney(u)
	} else {
		err = cl.holdForMissing(u, "voided")
	}
	if err != nil {
		return nil, err
	}
	return cl.save(u)
}

func capturable(cl *cluster, p *payment.Payment) error {
	if p.Provider == Manual {
		return errs.New(errs.Conflict, "manual_payment", "money on a manual payment is captured by recording a receipt")
	}
	if !MoneyTarget(cl.Order).Accepted {
		return errs.IllegalTransition("the order", string(cl.Order.Status), "capture", order.Steps(cl.Order)).With("state", string(cl.Order.Status))
	}
	return order.Blocked(cl.Order, order.GateCapture)
}

func (c *MoveMoney) amount(cl *cluster, limit int64) (int64, error) {
	amount := limit
	if c.Amount != nil {
		var list errs.List
		if amount = *c.Amount; amount < 1 {
			list.Add("/amount/amount", "out_of_range", "give an amount of at least 1, or none for all of it")
		}
		if c.Currency != cl.Order.Currency {
			list.Add("/amount/currency", "mixed_currencies", "the order is in %s", cl.Order.Currency)
		}
		if err := list.Err(); err != nil {
			return 0, err
		}
	}
	if limit <= 0 {
		return 0, errs.New(errs.Conflict, "payment_limit", "nothing of the payment is left to %s", c.Kind).With("requested", max(amount, 0), "available", 0)
	}
	if amount > limit {
		in := func(n int64) money.Money { return money.Money{Amount: n, Currency: cl.Order.Currency} }
		return 0, errs.New(errs.Conflict, "payment_limit", "only %s of the payment is left to %s, not %s", in(limit), c.Kind, in(amount)).
			With("requested", amount, "available", limit)
	}
	return amount, nil
}

// Move runs MoveMoney.
func (a *App) Move(ctx context.Context, c MoveMoney, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}
