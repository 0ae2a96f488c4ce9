package app

import (
	"slices"
	"time"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/returns"
	"ordo/internal/work"
)

// SwapWish is what an exchange wants instead.
type SwapWish struct {
	Items   []returns.SwapItem
	Advance bool          // it ships before the units come back
	Wait    bool          // what is missing is waited for, within the backorder limits
	Tender  *order.Tender // in advance: what the replacement is charged to when they never do
}

// replacing is what an exchange adds to the order. By the same SKU a unit costs what it cost.
func (c *cluster) replacing(r *returns.Return) replacing {
	w := replacing{ret: r.ID, items: r.Swap.Items, advance: r.Swap.Advance, held: !r.Swap.Advance, wait: r.Swap.Wait, like: map[string]Unitary{}}
	for _, l := range r.Lines {
		line := *c.Order.Line(l.Line)
		w.like[l.SKU] = Unitary{line.UnitPrice, func(n int64) int64 { return line.DiscountOf(n) }}
	}
	return w
}

// swap adds the replacement to the order, once the exchange is approved. What cannot be had is refused where it is asked
// for now. Where nothing is left to send since it was asked for, what comes back is refunded instead, and the exchange
// says why.
func (c *cluster) swap(u *work.Unit, r *returns.Return, asked *RequestReturn) error {
	lines, lack, err := c.replace(u, c.replacing(r))
	why := ""
	switch {
	case lack != nil && asked != nil:
		return c.refused(u, r, lack, asked)
	case lack != nil:
		why = lack.code()
	case asked == nil: // nobody can mend what was asked for: it is not sold any more, or not so
		why = unsellable(err)
	}
	if why != "" {
		return c.refundSwap(u, r, why)
	}
	if err != nil {
		return err
	}
	next := returns.Clone(r)
	next.Swap.Lines = lines
	if !next.Swap.Advance {
		return c.passReturn(next, "awaiting_return")
	}
	next.Swap.Status = returns.SwapReleased
	next.Swap.DueAt = u.Now().Add(time.Duration(next.Policy.AdvanceDays) * 24 * time.Hour)
	if err := c.passReturn(next, "replacement_released"); err != nil {
		return err
	}
	c.watchReturn(u, next)
	return c.secure(u, next, asked)
}

// unsellable is why items cannot be added to the order at all, such as a product that is not active any more; "" where
// the error says something else.
func unsellable(err error) string {
	if e := errs.As(err); e != nil && e.Class == errs.Invalid && len(e.Problems) > 0 {
		return e.Problems[0].Code
	}
	return ""
}

// refundSwap makes an exchange a return: nothing is sent for the reason, what comes back is refunded.
func (c *cluster) refundSwap(u *work.Unit, r *returns.Return, reason string) error {
	next, err := returns.MoveSwap(r, "refund", u.Now())
	if err != nil {
		return err
	}
	next.Swap.Reason = reason
	if err := c.passReturn(next, "replacement_unavailable"); err != nil {
		return err
	}
	c.events[len(c.events)-1].Body.(*Body).Reason = reason
	return nil
}

// secure has the worth of a replacement that ships in advance authorized: it is captured only when the units do not come
// back. Until that has succeeded the order is held. Where a provider is asked, its outcome answers the request.
func (c *cluster) secure(u *work.Unit, r *returns.Return, asked *RequestReturn) error {
	amount := min(order.ReplacementWorth(c.Order, r.ID), payment.Outstanding(MoneyTarget(c.Order), c.Payments, u.Now()))
	if asked == nil || asked.Swap.Tender == nil || amount == 0 {
		return nil
	}
	waits, err := c.tender(u, *asked.Swap.Tender, amount, true, asked.key)
	if err != nil {
		return err
	}
	c.Payments[len(c.Payments)-1].Return = r.ID
	if !waits {
		return c.settleMoney(u)
	}
	c.requested()
	if asked.key != nil {
		u.AnswerLater(r.ID)
	}
	return nil
}

// AdvanceShort is what is neither captured nor authorized of an order, in minor units, when a replacement of it is about
// to leave in advance. What the bank took back of what was paid before is another matter: it is not the replacement's.
func AdvanceShort(o *order.Order, ps []*payment.Payment, now micros.Time) int64 {
	return max(0, payment.Missing(MoneyTarget(o), ps, now)-payment.Total(ps).Disputed)
}

// leavesSecured refuses to let units of a replacement go in advance while its worth is not secured (R5), also where no
// hold says so: an authorization may have ended a moment ago. A person who lifted the hold answers for it.
func (c *cluster) leavesSecured(u *work.Unit, f *fulfillment.Fulfillment) error {
	short := AdvanceShort(c.before, c.Payments, u.Now())
	if short == 0 {
		return nil
	}
	for _, l := range f.Lines {
		line := c.before.Line(l.Line)
		if r := c.findReturn(line.Return); line.Advance && r != nil && !order.LetGo(c.before, r.At) {
			return errs.New(errs.Conflict, "on_hold", "line %s is sent in advance, and %d of the order are neither captured nor authorized any more: take another payment or send a payment link first", line.ID, short).
				With("holds", []string{}, "gate", string(order.GateShip))
		}
	}
	return nil
}

// unsecured refuses an exchange in advance that names no payment and whose worth nothing secures yet.
func (w *SwapWish) unsecured(u *work.Unit, c *cluster, r *returns.Return) error {
	if w == nil || !w.Advance || w.Tender != nil || c.findReturn(r.ID).Swap.Status != returns.SwapReleased || c.missing(u) == 0 {
		return nil
	}
	var list errs.List
	list.Add("/payment", "required", "what is sent in advance is secured by a payment: %d are neither captured nor authorized", c.missing(u))
	return list.Err()
}

// early refuses a payment for an exchange that a person has yet to approve: what a customer gave for paying now is not kept
// until then.
func (w *SwapWish) early() error {
	var list errs.List
	if w.Tender != nil {
		list.Add("/payment", "not_allowed", "a person approves this exchange first: ask for it without a payment; once it is approved, take a payment of the order or send a payment link, and the replacement is sent")
	}
	return list.Err()
}

// declineSwap ends an exchange in advance whose payment was declined before anything of it left: the order is as it was,
// so that the exchange can be asked for again. Where units are on their way back already, they are refunded instead.
func (c *cluster) declineSwap(u *work.Unit, id string) error {
	r := c.findReturn(id)
	if r == nil || r.Swap == nil || r.Swap.Status != returns.SwapReleased || c.missing(u) == 0 || c.replacementLeft(r) {
		return nil
	}
	if slices.Contains(returns.Allowed(r), "cancel") {
		return c.endReturn(u, r, "cancel", returns.CardDeclined, "canceled")
	}
	if err := c.refundSwap(u, r, returns.CardDeclined); err != nil {
		return err
	}
	return c.dropReplacement(u, r, returns.CardDeclined)
}

// replacementLeft reports whether units of the replacement have shipped: when a person let them go without a payment.
func (c *cluster) replacementLeft(r *returns.Return) bool {
	return slices.ContainsFunc(r.Swap.Lines, func(id string) bool { return c.Order.Line(id).Units.Shipped > 0 })
}

// replacementDropped reports whether all of the replacement was canceled on the order.
func (c *cluster) replacementDropped(r *returns.Return) bool {
	return !slices.ContainsFunc(r.Swap.Lines, func(id string) bool { return c.Order.Line(id).Kept() > 0 })
}

// unbacked reports whether nothing is there that the replacement could be charged to.
func (c *cluster) unbacked(u *work.Unit, r *returns.Return) bool {
	worth := order.ReplacementWorth(c.Order, r.ID)
	return worth > 0 && c.missing(u) >= worth
}

// settleSwap settles an exchange when all that came of it was looked at: the accepted units pay for the replacement, and
// what they are worth more or less goes back or is due. It happens once.
func (c *cluster) settleSwap(u *work.Unit, id string) error {
	r := c.findReturn(id)
	if r.Status != returns.Inspected || r.Swap.Over() {
		return nil
	}
	accepted := int64(0)
	for _, l := range r.Lines {
		accepted += l.Accepted
	}
	if accepted == 0 {
		return c.refuseSwap(u, r, "return_rejected")
	}
	f, err := c.price(r, r.Unpaid(), u.Now())
	if err != nil {
		return err
	}
	next, err := returns.MoveSwap(r, "settle", u.Now())
	if err != nil {
		return err
	}
	f.Bonus = 0
	if f.Amount > 0 {
		offset := min(f.Amount, order.ReplacementWorth(c.Order, r.ID))
		if f.Grant, err = c.grantReturn(u, next, f, offset); err != nil {
			return err
		}
		next.Swap.Grant, next.Swap.Credit = f.Grant, offset
		if offset == 0 {
			next.Swap.Grant = ""
		}
	}
	next.Refunds = append(next.Refunds, f)
	if err := c.passReturn(next, "return_received"); err != nil {
		return err
	}
	return c.releaseSwap(u, next)
}

// releaseSwap lets the replacement go its way, and its money with it.
func (c *cluster) releaseSwap(u *work.Unit, r *returns.Return) (err error) {
	if c.Order, err = order.SettleAdvance(c.Order, r.ID, u.Now()); err != nil {
		return err
	}
	if err := c.askForMoney(u, payment.Outstanding(MoneyTarget(c.Order), c.Payments, u.Now())); err != nil {
		return err
	}
	return c.freeReplacement(u, r, "return_received")
}

// refuseSwap is an exchange of which nothing is accepted or comes back: what has been sent of its replacement is charged,
// the rest is given up. What was sent with nothing to charge it to is a person's to decide.
func (c *cluster) refuseSwap(u *work.Unit, r *returns.Return, reason string) error {
	if r.Swap.Status == returns.SwapAwaiting || !c.replacementLeft(r) {
		return c.giveUpSwap(u, r, reason)
	}
	if err := c.dropReplacement(u, r, reason); err != nil {
		return err
	}
	switch {
	case !c.unbacked(u, r):
		return c.chargeSwap(u, r)
	case r.Swap.Status == returns.SwapOverdue: // a person was asked already
		return nil
	}
	return c.askAboutSwap(r, u.Now())
}

// giveUpSwap has nothing of the replacement sent, and nothing charged: what was authorized for it is voided.
func (c *cluster) giveUpSwap(u *work.Unit, r *returns.Return, reason string) error {
	next, err := returns.MoveSwap(r, "cancel", u.Now())
	if err != nil {
		return err
	}
	if err := c.passReturn(next, "replacement_canceled"); err != nil {
		return err
	}
	if err := c.dropReplacement(u, next, reason); err != nil {
		return err
	}
	if c.Order, err = order.SettleAdvance(c.Order, r.ID, u.Now()); err != nil { // what a location does not give up is paid for
		return err
	}
	return c.freeReplacement(u, next, reason)
}

// askAboutSwap leaves it to a person whether a replacement that was sent is charged or given away.
func (c *cluster) askAboutSwap(r *returns.Return, now micros.Time) error {
	next, err := returns.MoveSwap(r, "overdue", now)
	if err != nil {
		return err
	}
	return c.passReturn(next, "item_overdue")
}

// chargeSwap takes the money for a replacement whose other half did not come back (D16).
func (c *cluster) chargeSwap(u *work.Unit, r *returns.Return) error {
	next, err := returns.MoveSwap(r, "charge", u.Now())
	if err != nil {
		return err
	}
	if err := c.passReturn(next, "charged"); err != nil {
		return err
	}
	return c.releaseSwap(u, next)
}

// waiveSwap gives the replacement away.
func (c *cluster) waiveSwap(u *work.Unit, r *returns.Return) error {
	next, err := returns.MoveSwap(r, "waive", u.Now())
	if err != nil {
		return err
	}
	worth := min(order.ReplacementWorth(c.Order, r.ID), max(0, c.Order.Totals.GrandTotal-c.Order.AllGrants()))
	if worth > 0 {
		w := order.GrantWish{Reason: "goodwill", Amount: &worth, Offset: worth, Return: r.ID}
		if err := c.grant(u, w); err != nil {
			return err
		}
		next.Swap.Grant, next.Swap.Credit = c.Order.Grants[len(c.Order.Grants)-1].ID, worth
	}
	if err := c.passReturn(next, "waived"); err != nil {
		return err
	}
	return c.releaseSwap(u, next)
}

// overdueSwap is the end of the days of an exchange in advance: the replacement is charged. What has not been sent
// expires; what is under way is still taken in, and refunded when it is accepted.
func (c *cluster) overdueSwap(u *work.Unit, r *returns.Return) error {
	if c.replacementDropped(r) {
		return c.refundSwap(u, r, returns.LinesCanceled)
	}
	if err := c.askAboutSwap(r, u.Now()); err != nil {
		return err
	}
	next := c.findReturn(r.ID)
	if next.Policy.Overdue == returns.OverdueAsk || c.unbacked(u, next) { // then a person decides
		return nil
	}
	return c.chargeSwap(u, next)
}

func (c *MoveReturn) charge(u *work.Unit, cl *cluster, r *returns.Return) error {
	if r.Swap != nil && !r.Swap.Over() && cl.unbacked(u, r) {
		return errs.New(errs.Conflict, "illegal_transition", "there is nothing to charge: nothing is authorized or captured for the replacement; take a payment or send a payment link first").
			With("state", string(r.Swap.Status), "allowed", []string{})
	}
	if err := cl.chargeSwap(u, r); err != nil {
		return err
	}
	return cl.closeDone(u, r.ID)
}

func (c *MoveReturn) waive(u *work.Unit, cl *cluster, r *returns.Return) error {
	if err := cl.waiveSwap(u, r); err != nil {
		return err
	}
	return cl.closeDone(u, r.ID)
}

// checkSwap looks at the wish by itself.
func (w *SwapWish) check(list *errs.List) {
	if len(w.Items) == 0 || len(w.Items) > 100 {
		list.Add("/items", "out_of_range", "give 1 to 100 items")
	}
	if w.Tender != nil {
		if w.Tender.Check(list, "/payment"); !w.Advance {
			list.Add("/payment", "not_allowed", "only an exchange in advance secures its worth by a payment")
		}
		if w.Tender.Amount != nil {
			list.Add("/payment/amount", "not_allowed", "leave it out: the payment is for what the replacement is worth")
		}
	}
}
