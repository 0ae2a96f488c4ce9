package app

import (
	"slices"
	"time"

	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/work"
)

// MoneyTarget is what the money of an order has to follow, as far as the order says it. A refused order costs nothing.
func MoneyTarget(o *order.Order) payment.Target {
	t := payment.Target{
		Total: max(0, o.Totals.GrandTotal-o.Offset()), Shipped: order.CaptureWorth(o), Policy: payment.AtShipment,
		Accepted: o.Status == order.Open || o.Status == order.Completed, Ended: o.Status == order.Canceled || o.Status == order.Rejected,
	}
	if o.Status == order.Rejected {
		t.Total = 0
	}
	for _, g := range o.Grants {
		if back := g.Amount - g.Offset; back > 0 && g.Credit == "" { // the rest goes another way than by refunds
			t.Grants = append(t.Grants, payment.Grant{ID: g.ID, Amount: back})
		}
	}
	return t
}

// Due is what the customer still owes (P6).
func (v *OrderView) Due() int64 {
	return payment.Due(v.Order.Totals.GrandTotal, v.Order.Granted(), v.Sums())
}

// RefundDue is what is owed to the customer and has not arrived.
func (v *OrderView) RefundDue() int64 { return payment.RefundDue(MoneyTarget(v.Order), v.Payments) }

// target is MoneyTarget with the policy of the channel. While a hold blocks captures, nothing is captured.
func (c *cluster) target(u *work.Unit) (payment.Target, error) {
	t := MoneyTarget(c.Order)
	channel, err := Channels.Ref(u, c.Order.Channel)
	if err != nil {
		return t, err
	}
	if channel != nil && channel.Capture != "" {
		t.Policy = payment.Policy(channel.Capture)
	}
	if order.Blocked(c.Order, order.GateCapture) != nil {
		t.Policy = payment.ByHand
	}
	return t, nil
}

// settleMoney makes the money follow the order: what was captured beyond its worth is refunded, grants are carried out,
// what the channel's policy says is captured, and authorizations that nothing more will be captured from are voided.
// It only requests; the outcomes come later (RecordOutcome). Calling it again requests nothing twice, and nothing that
// a provider refused before.
func (c *cluster) settleMoney(u *work.Unit) error { return c.settleAgain(u, 0) }

// settleAgain is settleMoney that asks once more for voids and refunds that were refused at most so often.
func (c *cluster) settleAgain(u *work.Unit, retry int) error {
	t, err := c.target(u)
	if err != nil {
		return err
	}
	t.Retry = retry
	if err := c.carry(u, payment.Settle(t, c.Payments, u.Now())); err != nil {
		return err
	}
	return c.liftMoneyHold(u)
}

// carry requests the steps.
func (c *cluster) carry(u *work.Unit, steps []payment.Step) error {
	for _, s := range steps {
		if err := c.intend(u, s); err != nil {
			return err
		}
	}
	return nil
}

// intend appends an intent to a payment and enqueues the job that carries it out. Store credit needs no job: its
// ledger is written here. On `manual` a void is done by saying so, and a refund stays requested: it is owed until
// somebody records that it was paid out.
func (c *cluster) intend(u *work.Unit, s payment.Step) error {
	e := payment.Entry{ID: u.NewID("pye"), Kind: s.Kind, State: payment.Requested, Amount: s.Amount, Parent: s.Parent, Grant: s.Grant, At: u.Now()}
	p, err := payment.Add(c.payment(s.Payment), e)
	if err != nil {
		return err
	}
	if p.Provider == payment.StoreCredit {
		if err := c.draw(u, p, e); err != nil {
			return err
		}
	}
	if p.Provider == payment.StoreCredit || p.Provider == payment.Manual && s.Kind == payment.Void {
		if p, _, err = payment.Resolve(p, e.ID, payment.Outcome{State: payment.Succeeded}, u.Now()); err != nil {
			return err
		}
		e = *p.Entry(e.ID)
		c.record(outcomeEvent(e), Body{Payment: fact(p, e)})
		c.setPayment(p)
		return nil
	}
	c.record("payment."+string(s.Kind)+"_requested", Body{Payment: fact(p, e)})
	c.setPayment(p)
	if p.Provider != payment.Manual {
		u.EnqueueLeased(jobPayment, paymentJob{Order: c.Order.ID, Payment: p.ID, Entry: e.ID}, c.node, u.Now().Add(paymentLease))
	}
	return nil
}

func fact(p *payment.Payment, e payment.Entry) *PaymentFact {
	return &PaymentFact{ID: p.ID, Provider: p.Provider, Currency: p.Currency, Entry: e}
}

// The hold that Ordo places when the money does not come.
const (
	paymentHold   = order.PaymentHold
	paymentHandle = order.PaymentHandle
)

// holdForMoney stops the order before more of it leaves: a capture or a new authorization was refused. Where the
// channel cancels unpaid orders, its clock starts anew, unless some money is there.
func (c *cluster) holdForMoney(u *work.Unit, reason string) error {
	if c.moneyHold() >= 0 || MoneyTarget(c.Order).Ended {
		return nil
	}
	h := order.Hold{
		ID: u.NewID("hld"), Type: paymentHold, Scope: order.HoldOrder, Handle: paymentHandle, Reason: reason, PlacedBy: System, PlacedAt: u.Now(), Status: order.HoldOpen,
	}
	c.Order = order.Clone(c.Order)
	c.Order.Holds = append(c.Order.Holds, h)
	c.recordHold("order.held", h)
	channel, err := Channels.Ref(u, c.Order.Channel)
	if err != nil || channel == nil {
		return err
	}
	if n := channel.ExpireUnpaidAfterMinutes; n > 0 && c.unpaid() && c.Order.ShippedUnits() == 0 {
		c.expireAt(u, u.Now().Add(time.Duration(n)*time.Minute))
	}
	return nil
}

// holdForMissing stops an accepted order of which less is promised than it costs.
func (c *cluster) holdForMissing(u *work.Unit, reason string) error {
	if c.Order.Status != order.Open || c.missing(u) == 0 {
		return nil
	}
	return c.holdForMoney(u, reason)
}

func (c *cluster) missing(u *work.Unit) int64 {
	return payment.Missing(MoneyTarget(c.Order), c.Payments, u.Now())
}

// liftMoneyHold ends that hold as soon as all that the order costs is captured or authorized again. That it was asked
// for is not enough. What needs no person goes on.
func (c *cluster) liftMoneyHold(u *work.Unit) error {
	i := c.moneyHold()
	if i < 0 || !MoneyTarget(c.Order).Ended && c.missing(u) > 0 {
		return nil
	}
	c.Order = order.Clone(c.Order)
	h := &c.Order.Holds[i]
	h.Status, h.EndedBy, h.EndedAt = order.HoldLifted, System, u.Now()
	c.recordHold("order.hold_released", *h)
	return c.autoReleaseAll(u)
}

func (c *cluster) moneyHold() int {
	return slices.IndexFunc(c.Order.Holds, func(h order.Hold) bool {
		return h.Status == order.HoldOpen && h.Type == paymentHold && h.Handle == paymentHandle
	})
}
