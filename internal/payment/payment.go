// Package payment holds payments as append-only entries and the rules of money (docs/invariants.md, P1-P8).
//
// What lives here: entries, the sums folded from them, what may be requested, where the money of an order should be and
// which entries bring it there, the payment axis of an order. What does not: calls to providers, which happen between
// two units of work (app, provider).
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

// Kind is what an entry wants to happen, or says that happened.
type Kind string

// The kinds of entries. The first four are carried out by a provider; the others only note what happened there.
const (
	Authorize          Kind = "authorize"
	Capture            Kind = "capture"
	Void               Kind = "void"
	Refund             Kind = "refund"
	Expire             Kind = "expire"     // an authorization ended by itself (P5)
	Chargeback         Kind = "chargeback" // the bank took money back
	ChargebackReversal Kind = "chargeback_reversal"
)

// Kinds lists all of them.
var Kinds = []Kind{Authorize, Capture, Void, Refund, Expire, Chargeback, ChargebackReversal}

// State is how far an entry has come.
type State string

// The states of an entry.
const (
	Requested State = "requested"
	Pending   State = "pending" // sent, outcome unknown: ask the provider, never send anew under another key
	Succeeded State = "succeeded"
	Failed    State = "failed"
)

// transitions lists what may follow each state. What is final stays: corrections are new entries.
var transitions = map[State][]State{
	Requested: {Pending, Succeeded, Failed},
	Pending:   {Succeeded, Failed},
	Succeeded: {},
	Failed:    {},
}

// Entry is one intent and its outcome. Its id is the idempotency key at the provider.
type Entry struct {
	ID          string      `json:"id"`
	Kind        Kind        `json:"kind"`
	State       State       `json:"state"`
	Amount      int64       `json:"amount"`
	Parent      string      `json:"parent,omitzero"` // the authorization it acts on; of an authorization: the expired one that it replaces
	Grant       string      `json:"grant,omitzero"`  // the refund grant that a refund carries out
	ProviderRef string      `json:"provider_ref,omitzero"`
	Reason      string      `json:"reason,omitzero"`     // why it failed
	Recorded    bool        `json:"recorded,omitzero"`   // a person paid it out or received it: no provider was asked
	ExpiresAt   micros.Time `json:"expires_at,omitzero"` // of an authorization: from then on it is worth nothing (P5)
	At          micros.Time `json:"at"`
	DoneAt      micros.Time `json:"done_at,omitzero"`
}

// Done reports whether the outcome is final.
func (e Entry) Done() bool { return e.State == Succeeded || e.State == Failed }

// The providers that need no call.
const (
	Manual      = "manual"       // invoice, bank transfer, cash on delivery: a person records what arrived and what was paid out
	StoreCredit = "store_credit" // an account of the customer's: its ledger is written in the same unit of work
)

// Payment is one tender of an order.
type Payment struct {
	doc.Meta
	Order     string      `json:"order"`
	Provider  string      `json:"provider"`
	Token     string      `json:"token,omitzero"`   // the provider's name for the card; cleared when authorized
	Account   string      `json:"account,omitzero"` // of store_credit
	Currency  string      `json:"currency"`
	Amount    int64       `json:"amount"`              // to be paid with it
	Method    string      `json:"method,omitzero"`     // on manual: how the money is to arrive, such as bank_transfer
	TermsDays int64       `json:"terms_days,omitzero"` // on manual: net terms
	DueAt     micros.Time `json:"due_at,omitzero"`     // on manual: when the terms end
	Added     bool        `json:"added,omitzero"`      // after the placement: its refusal does not reject the order
	Link      string      `json:"link,omitzero"`       // the payment link that it was made with
	Return    string      `json:"return,omitzero"`     // the exchange in advance whose worth it secures
	Entries   []Entry     `json:"entries"`
	At        micros.Time `json:"at"`
}

// Add appends an intent, or refuses it by P1, P2, P4 and P5 as of its time. The payment is not changed; the result is.
func Add(p *Payment, e Entry) (*Payment, error) {
	limit, what, err := p.limit(e)
	switch {
	case err != nil:
		return p, err
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

// limit is how much an entry may be for, and what that amount is.
func (p *Payment) limit(e Entry) (int64, string, error) {
	s := p.Sums()
	const open, kept = "authorized and not yet captured, voided or expired", "captured and not yet refunded"
	switch e.Kind {
	case Authorize:
		return money.Max, "", nil
	case Capture, Void, Expire:
		limit := s.Capturable()
		if a := p.auth(e.Parent); a != nil && e.Kind == Expire {
			limit = min(limit, a.rest())
		} else if a != nil {
			limit = min(limit, a.Left(e.At))
		}
		return limit, open, nil
	case Refund, Chargeback:
		limit := s.Refundable()
		if a := p.auth(e.Parent); a != nil {
			limit = min(limit, a.Refundable())
		}
		return limit, kept, nil
	case ChargebackReversal:
		return s.Disputed, "charged back", nil
	}
	return 0, "", fmt.Errorf("payment: entry of unknown kind %q", e.Kind)
}

// Outcome is what became of an intent at the provider.
type Outcome struct {
	State       State // Pending, Succeeded or Failed
	ProviderRef string
	Reason      string
	ExpiresAt   micros.Time // of an authorization that succeeded
}

// Resolve records the outcome of an entry. A final entry never changes again (a late or repeated answer is no error
// and no effect): changed reports whether this outcome counted. An outcome that is still pending counts when it is the
// first one or brings the provider's name for the intent.
func Resolve(p *Payment, entry string, out Outcome, now micros.Time) (result *Payment, changed bool, err error) {
	i := slices.IndexFunc(p.Entries, func(e Entry) bool { return e.ID == entry })
	if i < 0 {
		return p, false, errs.Unknown("payment entry", entry)
	}
	if !slices.Contains(transitions[Requested], out.State) {
		return p, false, fmt.Errorf("payment: outcome %q of entry %s", out.State, entry)
	}
	e := p.Entries[i]
	named := !e.Done() && out.State == e.State && out.ProviderRef != "" && out.ProviderRef != e.ProviderRef
	if !slices.Contains(transitions[e.State], out.State) && !named {
		return p, false, nil
	}
	named = out.ProviderRef != "" && out.ProviderRef != e.ProviderRef
	e.State, e.Reason = out.State, out.Reason
	if named {
		e.ProviderRef = out.ProviderRef
	}
	c := *p
	if e.Done() {
		e.DoneAt = now
		if e.Kind == Authorize {
			c.Token, e.ExpiresAt = "", out.ExpiresAt // the token is not needed any more
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

// Check is the invariants of one payment (P1, P2, P4, P5). It holds for any document, also one that something else wrote.
func Check(p *Payment) error {
	if err := CheckSums(p); err != nil {
		return err
	}
	return CheckExpiry(p)
}

// CheckSums is P1, P2 and P4, pending amounts counted as used, and the shape of entries.
func CheckSums(p *Payment) error {
	ids := make(map[string]bool, len(p.Entries))
	for _, e := range p.Entries {
		switch {
		case e.Amount < 0 || e.Amount > money.Max:
			return fmt.Errorf("P1: payment %s: entry %s has amount %d", p.ID, e.ID, e.Amount)
		case ids[e.ID]:
			return fmt.Errorf("P1: payment %s has two entries %s", p.ID, e.ID)
		case !slices.Contains(Kinds, e.Kind) || transitions[e.State] == nil:
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
	if s.Refundable() < 0 || s.Disputed < 0 {
		return fmt.Errorf("P2: payment %s: refunded over captured: %+v", p.ID, s)
	}
	return p.checkAuths()
}

// checkAuths is the same rules for each authorization by itself.
func (p *Payment) checkAuths() error {
	for _, a := range p.Auths() {
		if a.rest() < 0 {
			return fmt.Errorf("P1: payment %s: captured and voided over authorization %s: %+v", p.ID, a.ID, a)
		}
		if a.Refundable() < 0 {
			return fmt.Errorf("P2: payment %s: refunded over what authorization %s gave: %+v", p.ID, a.ID, a)
		}
	}
	return nil
}

// CheckExpiry is P5: no authorization is used after its end, and none ends early or twice.
func CheckExpiry(p *Payment) error {
	expired := map[string]bool{}
	for _, e := range p.Entries {
		parent := p.Entry(e.Parent)
		if parent == nil || parent.Kind != Authorize || parent.ExpiresAt == 0 {
			if e.Kind == Expire {
				return fmt.Errorf("P5: payment %s: entry %s ends %q, which does not expire", p.ID, e.ID, e.Parent)
			}
			continue
		}
		late := e.At >= parent.ExpiresAt
		switch {
		case e.Kind == Expire && (!late || expired[parent.ID] || e.State != Succeeded):
			return fmt.Errorf("P5: payment %s: entry %s ends authorization %s wrongly", p.ID, e.ID, parent.ID)
		case e.Kind == Capture && late && !e.Recorded:
			return fmt.Errorf("P5: payment %s: entry %s captures from authorization %s, which had expired", p.ID, e.ID, parent.ID)
		}
		expired[parent.ID] = expired[parent.ID] || e.Kind == Expire
	}
	return nil
}
