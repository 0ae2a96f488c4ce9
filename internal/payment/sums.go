package payment

import (
	"slices"

	"ordo/internal/micros"
)

// Sums are folded from entries; amounts in minor units. The pending ones are requested and not ended.
type Sums struct {
	Authorized, AuthorizePending int64
	Captured, CapturePending     int64
	Voided, VoidPending          int64
	Refunded, RefundPending      int64
	Granted                      int64 // of Refunded: what carried out grants
	Expired                      int64 // what was left of authorizations when they expired
	Disputed                     int64 // charged back and not reversed
	FailedAuthorizations         int64 // number of entries
}

// Sums folds the entries of the payment.
func (p *Payment) Sums() Sums {
	var s Sums
	expired := false
	for _, e := range p.Entries {
		s.add(e)
		expired = expired || e.Kind == Expire
	}
	if expired {
		for _, a := range p.Auths() {
			if a.Expired {
				s.Expired += a.rest() // and not what the entry says: a capture that fails later frees nothing
			}
		}
	}
	return s
}

func (s *Sums) add(e Entry) {
	switch {
	case e.State == Failed:
		if e.Kind == Authorize {
			s.FailedAuthorizations++
		}
	case e.State == Succeeded:
		switch e.Kind {
		case Authorize:
			s.Authorized += e.Amount
		case Capture:
			s.Captured += e.Amount
		case Void:
			s.Voided += e.Amount
		case Refund:
			s.Refunded += e.Amount
			if e.Grant != "" {
				s.Granted += e.Amount
			}
		case Chargeback:
			s.Disputed += e.Amount
		case ChargebackReversal:
			s.Disputed -= e.Amount
		}
	default:
		switch e.Kind {
		case Authorize:
			s.AuthorizePending += e.Amount
		case Capture:
			s.CapturePending += e.Amount
		case Void:
			s.VoidPending += e.Amount
		case Refund:
			s.RefundPending += e.Amount
		}
	}
}

// Plus adds the sums of two payments.
func (s Sums) Plus(o Sums) Sums {
	return Sums{
		Authorized: s.Authorized + o.Authorized, AuthorizePending: s.AuthorizePending + o.AuthorizePending,
		Captured: s.Captured + o.Captured, CapturePending: s.CapturePending + o.CapturePending,
		Voided: s.Voided + o.Voided, VoidPending: s.VoidPending + o.VoidPending,
		Refunded: s.Refunded + o.Refunded, RefundPending: s.RefundPending + o.RefundPending,
		Granted: s.Granted + o.Granted, Expired: s.Expired + o.Expired, Disputed: s.Disputed + o.Disputed,
		FailedAuthorizations: s.FailedAuthorizations + o.FailedAuthorizations,
	}
}

// Total adds up payments.
func Total(ps []*Payment) Sums {
	var s Sums
	for _, p := range ps {
		s = s.Plus(p.Sums())
	}
	return s
}

// Capturable is what may still be captured (P1): authorized less voided, expired and captured, pending ones counted.
func (s Sums) Capturable() int64 {
	return s.Authorized - s.Voided - s.VoidPending - s.Captured - s.CapturePending - s.Expired
}

// Refundable is what may still be given back (P2).
func (s Sums) Refundable() int64 { return s.Kept() - s.RefundPending }

// Kept is what the merchant has of the customer's money.
func (s Sums) Kept() int64 { return s.Captured - s.Refunded - s.Disputed }

// Auth is one authorization that succeeded, and what became of it: captures, voids and refunds name it as parent.
type Auth struct {
	ID                       string
	Amount                   int64
	Captured, CapturePending int64
	Voided, VoidPending      int64
	Refunded, RefundPending  int64
	Disputed                 int64
	ExpiresAt                micros.Time
	Expired                  bool // an entry says so
}

// rest is what is neither captured nor voided.
func (a Auth) rest() int64 {
	return a.Amount - a.Captured - a.CapturePending - a.Voided - a.VoidPending
}

// Left is what may still be captured or voided. An expired authorization is worth nothing, whether an entry says so
// already or not (P5).
func (a Auth) Left(now micros.Time) int64 {
	if a.Expired || a.ExpiresAt != 0 && now >= a.ExpiresAt {
		return 0
	}
	return a.rest()
}

// Refundable is what was captured from it and not given back.
func (a Auth) Refundable() int64 { return a.Captured - a.Refunded - a.RefundPending - a.Disputed }

// Auths folds the entries by authorization, in the order in which they were asked for.
func (p *Payment) Auths() []Auth {
	var out []Auth
	for _, e := range p.Entries {
		if e.Kind == Authorize {
			if e.State == Succeeded {
				out = append(out, Auth{ID: e.ID, Amount: e.Amount, ExpiresAt: e.ExpiresAt})
			}
			continue
		}
		i := slices.IndexFunc(out, func(a Auth) bool { return a.ID == e.Parent })
		if i < 0 || e.State == Failed {
			continue
		}
		var one Sums
		one.add(e)
		a := &out[i]
		a.Captured += one.Captured
		a.CapturePending += one.CapturePending
		a.Voided += one.Voided
		a.VoidPending += one.VoidPending
		a.Refunded += one.Refunded
		a.RefundPending += one.RefundPending
		a.Disputed += one.Disputed
		a.Expired = a.Expired || e.Kind == Expire
	}
	return out
}

// Rest is what is neither captured nor voided of an authorization that has not been ended; 0 for any other entry.
func (p *Payment) Rest(authorization string) int64 {
	if a := p.auth(authorization); a != nil && !a.Expired {
		return a.rest()
	}
	return 0
}

// InUse reports whether captures or voids of an authorization are on their way: when they are refused, it is left.
func (p *Payment) InUse(authorization string) bool {
	a := p.auth(authorization)
	return a != nil && a.CapturePending+a.VoidPending > 0
}

func (p *Payment) auth(id string) *Auth {
	if id == "" {
		return nil
	}
	for _, a := range p.Auths() {
		if a.ID == id {
			return &a
		}
	}
	return nil
}

// Left is what may still be captured from all authorizations now.
func (p *Payment) Left(now micros.Time) (n int64) {
	for _, a := range p.Auths() {
		n += a.Left(now)
	}
	return n
}

// Refusals counts how often in a row the provider refused what the payment was asked for last of this kind. While
// there are any, Ordo does not ask again by itself; a person or a retry does. To ask again is no answer: what is on
// its way does not count. A new authorization starts anew.
func (p *Payment) Refusals(k Kind) (n int) {
	for _, e := range slices.Backward(p.Entries) {
		if e.Kind == Authorize && e.State == Succeeded && k != Refund {
			break
		}
		if e.Kind == k && e.Done() {
			if e.State != Failed {
				break
			}
			n++
		}
	}
	return n
}

// Waits reports whether something about the payment is not settled: the outcome of an entry is not known, or a refund
// was refused and is still owed.
func (p *Payment) Waits() bool {
	return slices.ContainsFunc(p.Entries, func(e Entry) bool { return !e.Done() }) || p.Refusals(Refund) > 0
}
