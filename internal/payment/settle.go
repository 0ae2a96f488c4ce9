package payment

import (
	"cmp"
	"slices"

	"ordo/internal/micros"
)

// Policy says when a sales channel captures what was authorized.
type Policy string

// The capture policies.
const (
	AtPlacement Policy = "placement" // all of it, as soon as the order is accepted
	AtShipment  Policy = "shipment"  // what has shipped, and shipping with the first of it
	ByHand      Policy = "manual"    // nothing: a person or another system asks for captures
)

// Policies lists them; the first is that of a channel that names none.
var Policies = []Policy{AtShipment, AtPlacement, ByHand}

// Grant is a decision to give money back (P8). Refunds carry it out, and may fail: then it is still owed.
type Grant struct {
	ID     string
	Amount int64
}

// Target is what the money of an order has to follow: what it costs, what was granted back, and how far it has come.
type Target struct {
	Total    int64
	Grants   []Grant
	Shipped  int64 // what the units that have left are worth
	Policy   Policy
	Accepted bool // before that nothing is captured
	Ended    bool // canceled or rejected: no authorization is needed any more
	Retry    int  // refused voids and refunds are asked for again unless they were refused more often than this
}

// Granted adds up the grants.
func (t Target) Granted() (n int64) {
	for _, g := range t.Grants {
		n += g.Amount
	}
	return n
}

// worth is what the merchant may keep in the end.
func (t Target) worth() int64 { return max(0, t.Total-t.Granted()) }

// wanted is what should have been captured by now.
func (t Target) wanted() int64 {
	switch {
	case !t.Accepted || t.Policy == ByHand:
		return 0
	case t.Policy == AtPlacement:
		return t.worth()
	}
	return max(0, min(t.Shipped, t.Total)-t.Granted())
}

// Due is what the customer still owes (P6): total - granted - captured + refunded; negative when money is owed to the
// customer. What the bank took back counts as refunded.
func Due(total, granted int64, s Sums) int64 { return max(0, total-granted) - s.Kept() }

// Outstanding is what is due and not arranged yet: not captured, not authorized, not being authorized. Authorizations
// that have expired, and those whose capture was refused last, arrange nothing.
func Outstanding(t Target, ps []*Payment, now micros.Time) int64 {
	s := Total(ps)
	return max(0, Unsecured(t, ps, now)-s.AuthorizePending)
}

// Unsecured is Outstanding with authorizations counted only once they have succeeded. An order whose payment is
// arranged has none.
func Unsecured(t Target, ps []*Payment, now micros.Time) int64 {
	s := Total(ps)
	n := t.worth() - s.Refundable() - s.CapturePending
	for _, p := range ps {
		if p.Refusals(Capture) == 0 {
			n -= p.Left(now)
		}
	}
	return max(0, n)
}

// Missing is what the order costs and is neither there nor promised by an authorization that can be relied on. Where a
// capture was refused last, one that is asked for again counts once the money has come.
func Missing(t Target, ps []*Payment, now micros.Time) int64 {
	return missing(t, ps, now, func(*Payment) bool { return true })
}

// Unvouched is Missing without what is promised on Manual: there only the customer vouches for it.
func Unvouched(t Target, ps []*Payment, now micros.Time) int64 {
	return missing(t, ps, now, func(p *Payment) bool { return p.Provider != Manual })
}

func missing(t Target, ps []*Payment, now micros.Time, promises func(*Payment) bool) int64 {
	n := t.worth() - Total(ps).Refundable()
	for _, p := range ps {
		if promises(p) && p.Refusals(Capture) == 0 {
			n -= p.Left(now) + p.Sums().CapturePending
		}
	}
	return max(0, n)
}

// Uncaptured is what may still be captured by hand: what the order is worth, less what is captured or being captured.
func Uncaptured(t Target, ps []*Payment) int64 {
	p := plan{t: t, ps: ps}
	return max(0, t.worth()-p.coming())
}

// ToRefund is what is owed to the customer and not asked for yet.
func ToRefund(t Target, ps []*Payment) int64 { return t.owed(Total(ps).Refundable(), t.open(ps, true)) }

// RefundFrom says which refunds give back an amount on one payment: open grants first, from its last authorization to
// its first.
func RefundFrom(t Target, ps []*Payment, payment string, amount int64) []Step {
	p := plan{t: t, ps: ps}
	open := t.open(ps, true)
	for _, pay := range ps {
		if pay.ID != payment {
			continue
		}
		for _, a := range slices.Backward(pay.Auths()) {
			if part := min(amount, a.Refundable()); part > 0 {
				open = p.refund(pay.ID, a.ID, part, open)
				amount -= part
			}
		}
	}
	return p.steps
}

// Step is an entry that brings the money nearer to where it should be.
type Step struct {
	Payment string
	Kind    Kind
	Amount  int64
	Parent  string // the authorization
	Grant   string
}

// Settle says which captures, voids and refunds make the money of an order follow its target (P7). Stored value is
// captured first, then payments in the order they were made; refunds go the other way, last in first out. What is
// requested already counts as done, so that settling twice means once.
func Settle(t Target, ps []*Payment, now micros.Time) []Step {
	p := plan{t: t, ps: slices.Clone(ps), now: now, taken: map[string]int64{}}
	slices.SortStableFunc(p.ps, func(a, b *Payment) int {
		return cmp.Compare(storedLast(a), storedLast(b))
	})
	p.captures()
	p.refunds()
	p.voids()
	return p.steps
}

func storedLast(p *Payment) int {
	if p.Provider == StoreCredit {
		return 0
	}
	return 1
}

// plan is Settle under way.
type plan struct {
	t     Target
	ps    []*Payment // in the order of captures
	now   micros.Time
	steps []Step
	taken map[string]int64 // planned captures, by authorization
}

// coming is what the merchant has or is about to have, before and after the planned captures.
func (p *plan) coming() int64 {
	s := Total(p.ps)
	n := s.Captured + s.CapturePending - s.Refunded - s.RefundPending // what the bank took back is not taken again
	for _, amount := range p.taken {
		n += amount
	}
	return n
}

func (p *plan) captures() {
	need := p.t.wanted() - p.coming()
	for _, pay := range p.ps {
		if pay.Provider == Manual || pay.Refusals(Capture) > 0 {
			continue
		}
		for _, a := range pay.Auths() {
			if amount := min(need, a.Left(p.now)); amount > 0 {
				p.steps = append(p.steps, Step{Payment: pay.ID, Kind: Capture, Amount: amount, Parent: a.ID})
				p.taken[a.ID] = amount
				need -= amount
			}
		}
	}
}

// refunds gives back what is kept beyond the order's worth, and carries out grants as far as what they are for has
// been paid. A grant for what was never captured lowers what is due instead.
func (p *plan) refunds() {
	open := p.t.open(p.ps, true)
	need := p.t.owed(Total(p.ps).Refundable(), open)
	for _, pay := range slices.Backward(p.ps) {
		refused := pay.Refusals(Refund) > p.t.Retry
		auths := pay.Auths()
		for i := len(auths) - 1; i >= 0 && need > 0; i-- {
			amount := min(need, auths[i].Refundable())
			if amount <= 0 {
				continue
			}
			need -= amount
			if refused { // it is owed all the same, and by this payment: not moved to another
				continue
			}
			open = p.refund(pay.ID, auths[i].ID, amount, open)
		}
	}
}

// refund splits an amount over the open grants; what is beyond them belongs to none.
func (p *plan) refund(pay, parent string, amount int64, open []Grant) []Grant {
	for amount > 0 {
		step := Step{Payment: pay, Kind: Refund, Amount: amount, Parent: parent}
		if len(open) > 0 {
			step.Grant, step.Amount = open[0].ID, min(amount, open[0].Amount)
			if open[0].Amount -= step.Amount; open[0].Amount == 0 {
				open = open[1:]
			}
		}
		p.steps = append(p.steps, step)
		amount -= step.Amount
	}
	return open
}

// open is what no refund has carried out yet of each grant; those on their way count as done, or not.
func (t Target) open(ps []*Payment, pending bool) []Grant {
	done := Refunds(ps)
	var out []Grant
	for _, g := range t.Grants {
		g.Amount -= done[g.ID].Refunded
		if pending {
			g.Amount -= done[g.ID].RefundPending
		}
		if g.Amount > 0 {
			out = append(out, g)
		}
	}
	return out
}

// owed is what has to go back of the money that is kept: all beyond the order's worth, and open grants as far as what
// they are for has been paid.
func (t Target) owed(kept int64, open []Grant) int64 {
	var granted int64
	for _, g := range open {
		granted += g.Amount
	}
	paid := kept - max(0, min(t.Shipped, t.Total)-t.Granted())
	return max(0, kept-t.worth(), min(granted, paid))
}

// RefundDue is what is owed to the customer and has not arrived: refunds on their way, refused ones, and grants that
// none carries out yet.
func RefundDue(t Target, ps []*Payment) int64 { return t.owed(Total(ps).Kept(), t.open(ps, false)) }

// Refunds sums the refunds of each grant.
func Refunds(ps []*Payment) map[string]Sums {
	out := map[string]Sums{}
	for _, p := range ps {
		for _, e := range p.Entries {
			if e.Grant != "" {
				s := out[e.Grant]
				s.add(e)
				out[e.Grant] = s
			}
		}
	}
	return out
}

// voids gives up what is left of authorizations as soon as nothing more will be captured: the order has ended, or all
// that it is worth is captured or being captured.
func (p *plan) voids() {
	if !p.t.Ended && (!p.t.Accepted || p.coming() < p.t.worth()) {
		return
	}
	for _, pay := range p.ps {
		if pay.Refusals(Void) > p.t.Retry {
			continue
		}
		for _, a := range pay.Auths() {
			if amount := a.Left(p.now) - p.taken[a.ID]; amount > 0 {
				p.steps = append(p.steps, Step{Payment: pay.ID, Kind: Void, Amount: amount, Parent: a.ID})
			}
		}
	}
}

// Status derives the payment axis of an order from its total, what was granted back and the sums of all its payments.
// More kept than is due is overcharged only when no refund is due by a grant or on its way: a refund that failed
// without a grant makes it overcharged again.
func Status(total, granted int64, payments int, s Sums) string {
	net, worth := s.Kept(), max(0, total-granted)
	over := net - worth - max(0, granted-s.Granted)
	switch {
	case payments == 0:
		return "none"
	case over > 0 && s.RefundPending == 0:
		return "overcharged"
	case s.Captured > 0 && net == 0:
		return "refunded"
	case s.Refunded > 0 || s.Disputed > 0:
		return "partially_refunded"
	case s.Captured > 0 && net >= worth:
		return "paid"
	case s.Captured > 0:
		return "partially_paid"
	case s.AuthorizePending > 0:
		return "pending"
	case s.Authorized > s.Voided+s.Expired:
		return "authorized"
	case s.FailedAuthorizations > 0 && s.Authorized == s.Expired:
		return "failed"
	case s.Authorized > 0:
		return "voided"
	case total > 0:
		return "pending" // nothing was asked for yet
	}
	return "authorized" // nothing to pay and nothing refused: a free order
}
