// Package storecredit is the ledger of what a merchant owes its customers in goods: store credit and gift cards.
//
// What lives here: accounts as append-only entries, and the rules of their balance. What does not: which order pays
// with them, which package payment holds; app writes both in one unit of work, so no provider is ever asked.
// The one idea: the balance is the fold of the entries and never below zero; an authorization takes from it at once,
// so that two orders cannot promise the same money.
package storecredit

import (
	"fmt"
	"slices"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// Kind says what an entry did.
type Kind string

// The kinds of entries.
const (
	Issued     Kind = "issued"
	Authorized Kind = "authorized" // promised to an order: not available to others
	Captured   Kind = "captured"   // of what was authorized: spent
	Voided     Kind = "voided"     // of what was authorized: available again
	Refunded   Kind = "refunded"   // of what was captured: available again
	Expired    Kind = "expired"    // taken back by the merchant
)

// Kinds lists them.
var Kinds = []Kind{Issued, Authorized, Captured, Voided, Refunded, Expired}

// ByHand are those that a person may add; the others follow from payments.
var ByHand = []Kind{Issued, Expired}

// Entry is a line of the ledger. Those that follow from a payment have the id of its entry.
type Entry struct {
	ID      string      `json:"id"`
	Kind    Kind        `json:"kind"`
	Amount  int64       `json:"amount"`
	Parent  string      `json:"parent,omitzero"` // the authorization that is captured, voided or refunded
	Order   string      `json:"order,omitzero"`
	Payment string      `json:"payment,omitzero"`
	Reason  string      `json:"reason,omitzero"` // code, of those added by hand
	At      micros.Time `json:"at"`
}

// Account is one customer's credit in one currency.
type Account struct {
	doc.Meta
	Email    string      `json:"email,omitzero"` // whose it is; empty for a gift card
	Currency string      `json:"currency"`
	Entries  []Entry     `json:"entries"`
	At       micros.Time `json:"at"`
}

// Sums are folded from entries.
type Sums struct{ Issued, Authorized, Captured, Voided, Refunded, Expired int64 }

// Balance is what may be promised to an order now.
func (s Sums) Balance() int64 { return s.Issued + s.Refunded + s.Voided - s.Authorized - s.Expired }

// Held is promised to orders and not spent.
func (s Sums) Held() int64 { return s.Authorized - s.Captured - s.Voided }

func (s *Sums) add(e Entry) {
	switch e.Kind {
	case Issued:
		s.Issued += e.Amount
	case Authorized:
		s.Authorized += e.Amount
	case Captured:
		s.Captured += e.Amount
	case Voided:
		s.Voided += e.Amount
	case Refunded:
		s.Refunded += e.Amount
	case Expired:
		s.Expired += e.Amount
	}
}

// Sums folds the ledger.
func (a *Account) Sums() Sums { return fold(a.Entries, "") }

// fold sums all entries, or those of one authorization.
func fold(entries []Entry, of string) Sums {
	var s Sums
	for _, e := range entries {
		if of == "" || e.ID == of || e.Parent == of {
			s.add(e)
		}
	}
	return s
}

// Add appends an entry, or refuses it: the balance never falls below zero, no more is captured or voided than was
// authorized, no more refunded than was captured. The account is not changed; the result is.
func Add(a *Account, e Entry) (*Account, error) {
	limit, err := limit(a.Entries, e)
	switch {
	case err != nil:
		return a, err
	case e.Amount < 0:
		return a, errs.New(errs.Invalid, "validation_failed", "an amount may not be negative")
	case e.Amount > limit && e.Kind == Issued:
		return a, money.ErrTooLarge
	case e.Amount > limit:
		return a, errs.New(errs.Conflict, "insufficient_credit", "the account has only %d that can be %s", limit, e.Kind).
			With("requested", e.Amount, "available", limit)
	case slices.ContainsFunc(a.Entries, func(o Entry) bool { return o.ID == e.ID }):
		return a, fmt.Errorf("storecredit: %s has an entry %q already", a.ID, e.ID)
	}
	c := *a
	c.Entries = append(slices.Clone(a.Entries), e)
	return &c, nil
}

// limit is how much an entry after these may be for.
func limit(entries []Entry, e Entry) (int64, error) {
	all, own := fold(entries, ""), fold(entries, e.Parent)
	switch e.Kind {
	case Issued:
		return money.Max - all.Issued, nil
	case Authorized, Expired:
		return all.Balance(), nil
	case Captured, Voided:
		if e.Parent == "" {
			return 0, nil
		}
		return own.Held(), nil
	case Refunded:
		if e.Parent == "" {
			return 0, nil
		}
		return own.Captured - own.Refunded, nil
	}
	return 0, fmt.Errorf("storecredit: entry of unknown kind %q", e.Kind)
}

// Check is the invariants of an account: every entry was allowed by those before it. It holds for any document.
func Check(a *Account) error {
	ids := make(map[string]bool, len(a.Entries))
	for i, e := range a.Entries {
		room, err := limit(a.Entries[:i], e)
		switch {
		case err != nil:
			return fmt.Errorf("P9: store credit %s: %v", a.ID, err)
		case e.Amount < 0 || e.Amount > room:
			return fmt.Errorf("P9: store credit %s: entry %s is %s %d, only %d was there", a.ID, e.ID, e.Kind, e.Amount, room)
		case ids[e.ID]:
			return fmt.Errorf("P9: store credit %s has two entries %s", a.ID, e.ID)
		}
		ids[e.ID] = true
	}
	return nil
}
