// Package payment holds payments as append-only entries and the rules of money (docs/invariants.md, P1-P7).
//
// What lives here: entries, the sums folded from them, what may be requested, the payment axis of an order. What does
// not: calls to providers, which happen between two units of work (app, provider).
// The one idea: an amount is never edited. An intent is an entry `requested`; its outcome ends that entry, and
// entries that are not ended count as used, so that two operations at once cannot overshoot.
package payment

import (
	"fmt"
	"slices"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// Kind is what an entry wants to happen.
type Kind string

// The kinds of entries of this version.
const (
	Authorize Kind = "authorize"
	Capture   Kind = "capture"
	Void      Kind = "void"
	Refund    Kind = "refund"
)

// State is how far an entry has come.
type State string

// The states of an entry: requested -> pending, succeeded, failed; pending -> succeeded, failed.
const (
	Requested State = "requested"
	Pending   State = "pending" // sent, outcome unknown: ask the provider, never send anew under another key
	Succeeded State = "succeeded"
	Failed    State = "failed"
)

// Entry is one intent and its outcome. Its id is the idempotency key at the provider.
type Entry struct {
	ID          string      `json:"id"`
	Kind        Kind        `json:"kind"`
	State       State       `json:"state"`
	Amount      int64       `json:"amount"`
	Parent      string      `json:"parent,omitzero"` // the entry it acts on
	ProviderRef string      `json:"provider_ref,omitzero"`
	Reason      string      `json:"reason,omitzero"` // why it failed
	At          micros.Time `json:"at"`
	DoneAt      micros.Time `json:"done_at,omitzero"`
}

var (
	kinds  = []Kind{Authorize, Capture, Void, Refund}
	states = []State{Requested, Pending, Succeeded, Failed}
)

// Done reports whether the outcome is final.
func (e Entry) Done() bool { return e.State == Succeeded || e.State == Failed }

// Payment is one tender of an order.
type Payment struct {
	doc.Meta
	Order    string      `json:"order"`
	Provider string      `json:"provider"`
	Token    string      `json:"token,omitzero"` // the provider's name for the card; cleared when authorized
	Currency string      `json:"currency"`
	Amount   int64       `json:"amount"` // to be paid with it
	Entries  []Entry     `json:"entries"`
	At       micros.Time `json:"at"`
}

// Sums are folded from entries; amounts in minor units. The pending ones are requested and not ended.
type Sums struct {
	Authorized, AuthorizePending int64
	Captured, CapturePending     int64
	Voided, VoidPending          int64
	Refunded, RefundPending      int64
	FailedAuthorizations         int64 // number of entries
}

// Sums folds the entries of the payment.
func (p *Payment) Sums() Sums {
	var s Sums
	for _, e := range p.Entries {
		s.add(e)
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
		s.Authorized + o.Authorized, s.AuthorizePending + o.AuthorizePending, s.Captured + o.Captured, s.CapturePending + o.CapturePending,
		s.Voided + o.Voided, s.VoidPending + o.VoidPending, s.Refunded + o.Refunded, s.RefundPending + o.RefundPending,
		s.FailedAuthorizations + o.FailedAuthorizations,
	}
}

// Capturable is what may still be captured (P1): authorized less voided and captured, pending ones counted.
func (s Sums) Capturable() int64 {
	return s.Authorized - s.Voided - s.VoidPending - s.Captured - s.CapturePending
}

// Refundable is what may still be given back (P2).
func (s Sums) Refundable() int64 { return s.Captured - s.Refunded - s.RefundPending }

// Add appends an intent, or refuses it by P1, P2 and P4. The payment is not changed; the result is.
func Add(p *Payment, e Entry) (*Payment, error) {
	s := p.Sums()
	limit, what := money.Max, ""
	switch e.Kind {
	case Authorize:
	case Capture, Void:
		limit, what = s.Capturable(), "authorized and not yet captured or voided"
	case Refund:
		limit, what = s.Refundable(), "captured and not yet refunded"
	default:
		return p, fmt.Errorf("payment: entry of unknown kind %q", e.Kind)
	}
	switch {
	case e.Amount < 0:
		return p, errs.New(errs.Invalid, "validation_failed", "an amount may not be negative")
	case e.Amount > money.Max:
		return p, money.ErrTooLarge // sums of more would overflow
	case e.Amount > limit:
		return p, errs.New(errs.Conflict, "payment_limit", "cannot %s %d: only %d is %s", e.Kind, e.Amount, limit, what).
			With("requested", e.Amount, "available", limit)
	case p.Entry(e.ID) != nil:
		return p, fmt.Errorf("payment: %s has an entry %q already: its id is the key at the provider", p.ID, e.ID)
	}
	c := *p
	c.Entries = append(append([]Entry(nil), p.Entries...), e)
	return &c, nil
}

// Outcome is what became of an intent at the provider.
type Outcome struct {
	State       State // Pending, Succeeded or Failed
	ProviderRef string
	Reason      string
}

// Resolve records the outcome of an entry. A final entry never changes again (a late or repeated answer is no error
// and no effect): changed reports whether this outcome counted. An outcome that is still pending counts when it is the
// first one or brings the provider's name for the intent.
func Resolve(p *Payment, entry string, out Outcome, now micros.Time) (result *Payment, changed bool, err error) {
	i := slices.IndexFunc(p.Entries, func(e Entry) bool { return e.ID == entry })
	if i < 0 {
		return p, false, errs.Unknown("payment entry", entry)
	}
	if out.State != Pending && out.State != Succeeded && out.State != Failed {
		return p, false, fmt.Errorf("payment: outcome %q of entry %s", out.State, entry)
	}
	e := p.Entries[i]
	named := out.ProviderRef != "" && out.ProviderRef != e.ProviderRef
	if e.Done() || e.State == out.State && !named {
		return p, false, nil
	}
	e.State, e.Reason = out.State, out.Reason
	if named {
		e.ProviderRef = out.ProviderRef
	}
	c := *p
	if e.Done() {
		e.DoneAt = now
		if e.Kind == Authorize {
			c.Token = "" // not needed any more
		}
	}
	c.Entries = slices.Clone(p.Entries)
	c.Entries[i] = e
	return &c, true, nil
}

// Entry returns the entry with the id, or nil.
func (p *Payment) Entry(id string) *Entry {
	for i := range p.Entries {
		if p.Entries[i].ID == id {
			return &p.Entries[i]
		}
	}
	return nil
}

// Due is what the customer still owes (P6): total - captured + refunded; negative when money is owed to the customer.
// The total is less what returns, claims and appeasements grant back.
func Due(total int64, s Sums) int64 { return total - s.Captured + s.Refunded }

// Status derives the payment axis of an order from its total (as for Due) and the sums of all its payments. More kept
// than is due is overcharged only when no refund is on its way: a refund that failed makes it overcharged again.
func Status(total int64, payments int, s Sums) string {
	net := s.Captured - s.Refunded
	switch {
	case payments == 0:
		return "none"
	case net > total && s.RefundPending == 0:
		return "overcharged"
	case s.Captured > 0 && net == 0:
		return "refunded"
	case s.Refunded > 0:
		return "partially_refunded"
	case s.Captured > 0 && net >= total:
		return "paid"
	case s.Captured > 0:
		return "partially_paid"
	case s.AuthorizePending > 0:
		return "pending"
	case s.Authorized > s.Voided:
		return "authorized"
	case s.Authorized > 0:
		return "voided"
	case s.FailedAuthorizations > 0:
		return "failed"
	case total > 0:
		return "pending" // nothing was asked for yet
	}
	return "authorized" // nothing to pay and nothing refused: a free order
}

// Check is the invariants of one payment, pending amounts counted as used (P1, P2, P4), and the shape of its entries.
// It holds for any document, also one that something else wrote.
func Check(p *Payment) error {
	ids := make(map[string]bool, len(p.Entries))
	for _, e := range p.Entries {
		switch {
		case e.Amount < 0 || e.Amount > money.Max:
			return fmt.Errorf("P1: payment %s: entry %s has amount %d", p.ID, e.ID, e.Amount)
		case ids[e.ID]:
			return fmt.Errorf("P1: payment %s has two entries %s", p.ID, e.ID)
		case !slices.Contains(kinds, e.Kind) || !slices.Contains(states, e.State):
			return fmt.Errorf("P1: payment %s: entry %s is %s %s", p.ID, e.ID, e.Kind, e.State)
		case e.Done() != (e.DoneAt != 0):
			return fmt.Errorf("P1: payment %s: entry %s is %s, done at %q", p.ID, e.ID, e.State, e.DoneAt)
		}
		ids[e.ID] = true
	}
	s := p.Sums()
	if s.Capturable() < 0 {
		return fmt.Errorf("P1: payment %s: captured and voided over authorized: %+v", p.ID, s)
	}
	if s.Refundable() < 0 {
		return fmt.Errorf("P2: payment %s: refunded over captured: %+v", p.ID, s)
	}
	return nil
}
