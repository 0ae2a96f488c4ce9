package app

import (
	"slices"

	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/work"
)

func fact(p *payment.Payment, e payment.Entry) *PaymentFact {
	return &PaymentFact{ID: p.ID, Provider: p.Provider, Currency: p.Currency, Entry: e}
}

// intend appends an intent to a payment and enqueues the job that carries it out. On `manual` a void is done by
// saying so, and a refund stays requested: it is owed until somebody records that it was paid.
func (c *cluster) intend(u *work.Unit, p *payment.Payment, kind payment.Kind, amount int64, parent string) (*payment.Payment, error) {
	e := payment.Entry{ID: u.NewID("pye"), Kind: kind, State: payment.Requested, Amount: amount, Parent: parent, At: u.Now()}
	p, err := payment.Add(p, e)
	if err != nil {
		return nil, err
	}
	if p.Provider == Manual {
		if kind == payment.Void {
			if p, _, err = payment.Resolve(p, e.ID, payment.Outcome{State: payment.Succeeded}, u.Now()); err != nil {
				return nil, err
			}
			c.record("payment.voided", Body{Payment: fact(p, *p.Entry(e.ID))})
		} else {
			c.record("payment."+string(kind)+"_requested", Body{Payment: fact(p, e)})
		}
	} else {
		c.record("payment."+string(kind)+"_requested", Body{Payment: fact(p, e)})
		u.EnqueueLeased(jobPayment, paymentJob{Order: c.Order.ID, Payment: p.ID, Entry: e.ID}, c.node, u.Now().Add(paymentLease))
	}
	c.setPayment(p)
	return p, nil
}

// authorization returns the id of the payment's authorization that succeeded, or "".
func authorization(p *payment.Payment) string {
	for _, e := range p.Entries {
		if e.Kind == payment.Authorize && e.State == payment.Succeeded {
			return e.ID
		}
	}
	return ""
}

// settleMoney makes the money follow the order: what was captured over its total is refunded, what has shipped is
// captured, and authorizations that nothing is left to be captured from are voided. It only requests; the outcomes
// come later (RecordOutcome). Calling it again requests nothing twice.
func (c *cluster) settleMoney(u *work.Unit) error {
	for _, step := range []func(*work.Unit) error{c.refundSurplus, c.captureShipped, c.voidRest} {
		if err := step(u); err != nil {
			return err
		}
	}
	return nil
}

// owed is what the order costs; one that was refused costs nothing.
func (c *cluster) owed() int64 {
	if c.Order.Status == order.Rejected {
		return 0
	}
	return c.Order.Totals.GrandTotal
}

// refundSurplus gives back what was captured over the total, from the last payment to the first.
func (c *cluster) refundSurplus(u *work.Unit) error {
	surplus := c.Sums().Refundable() - c.owed()
	for _, p := range slices.Backward(slices.Clone(c.Payments)) {
		amount := min(surplus, p.Sums().Refundable())
		if amount <= 0 {
			continue
		}
		if _, err := c.intend(u, p, payment.Refund, amount, authorization(p)); err != nil {
			return err
		}
		surplus -= amount
	}
	return nil
}

// captureShipped captures what has shipped and is not captured yet, from the authorizations in their order (P1, P7).
// Money on `manual` is captured by recording a receipt only.
func (c *cluster) captureShipped(u *work.Unit) error {
	s := c.Sums()
	due := order.ShippedWorth(c.Order) - s.Captured - s.CapturePending
	for _, p := range slices.Clone(c.Payments) {
		amount := min(due, p.Sums().Capturable())
		if p.Provider == Manual || amount <= 0 {
			continue
		}
		if _, err := c.intend(u, p, payment.Capture, amount, authorization(p)); err != nil {
			return err
		}
		due -= amount
	}
	return nil
}

// voidRest gives up authorizations that nothing will be captured from any more: those of an order that was canceled or
// rejected, and at providers the rest of one that is completed. An authorization whose outcome is still open is voided
// when it is known.
func (c *cluster) voidRest(u *work.Unit) error {
	ended := c.Order.Status == order.Canceled || c.Order.Status == order.Rejected
	for _, p := range slices.Clone(c.Payments) {
		rest := p.Sums().Capturable()
		if rest <= 0 || !ended && (c.Order.Status != order.Completed || p.Provider == Manual) {
			continue
		}
		if _, err := c.intend(u, p, payment.Void, rest, authorization(p)); err != nil {
			return err
		}
	}
	return nil
}
