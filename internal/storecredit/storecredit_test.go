package storecredit

import (
	"encoding/json"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/errs"
)

// P9: over random sequences the balance is what a second, plainer count says, never below zero, and what is refused is
// exactly what would break it. No input is changed.
func TestRandomSequences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := &Account{Currency: "EUR"}
		balance := int64(0)
		type auth struct{ held, captured int64 }
		auths := map[string]*auth{}
		var names []string
		for i := range rapid.IntRange(1, 40).Draw(t, "steps") {
			before, was := text(t, a), a
			e := Entry{ID: strconv.Itoa(i), Kind: rapid.SampledFrom(Kinds).Draw(t, "kind"), Amount: rapid.Int64Range(0, 50).Draw(t, "amount")}
			parent := &auth{}
			if len(names) > 0 && e.Kind != Issued && e.Kind != Expired && e.Kind != Authorized {
				e.Parent = rapid.SampledFrom(names).Draw(t, "parent")
				parent = auths[e.Parent]
			}
			ok := true
			switch e.Kind {
			case Authorized, Expired:
				ok = e.Amount <= balance
			case Captured, Voided:
				ok = e.Amount <= parent.held
			case Refunded:
				ok = e.Amount <= parent.captured
			}
			next, err := Add(a, e)
			if (err == nil) != ok {
				t.Fatalf("%+v of %+v: %v", e, a.Sums(), err)
			}
			if text(t, was) != before {
				t.Fatal("the rule changed its input")
			}
			if err != nil {
				if errs.CodeOf(err) != "insufficient_credit" {
					t.Fatal(err)
				}
				continue
			}
			switch e.Kind {
			case Issued:
				balance += e.Amount
			case Authorized:
				balance -= e.Amount
				auths[e.ID], names = &auth{held: e.Amount}, append(names, e.ID)
			case Expired:
				balance -= e.Amount
			case Captured:
				parent.held -= e.Amount
				parent.captured += e.Amount
			case Voided:
				parent.held -= e.Amount
				balance += e.Amount
			case Refunded:
				parent.captured -= e.Amount
				balance += e.Amount
			}
			a = next
			held := int64(0)
			for _, x := range auths {
				held += x.held
			}
			if s := a.Sums(); s.Balance() != balance || balance < 0 || s.Held() != held {
				t.Fatalf("balance %d, held %d: %+v", balance, held, s)
			}
			if err := Check(a); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func text(t *rapid.T, a *Account) string {
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRefuses(t *testing.T) {
	a, err := Add(&Account{}, Entry{ID: "i", Kind: Issued, Amount: 100})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		e    Entry
		code string
	}{
		"below 0":                {Entry{ID: "x", Kind: Issued, Amount: -1}, "validation_failed"},
		"without end":            {Entry{ID: "x", Kind: Issued, Amount: 1<<63 - 1}, "amount_too_large"},
		"more than there":        {Entry{ID: "x", Kind: Authorized, Amount: 101}, "insufficient_credit"},
		"capture of nothing":     {Entry{ID: "x", Kind: Captured, Amount: 1}, "insufficient_credit"},
		"refund of nothing":      {Entry{ID: "x", Kind: Refunded, Amount: 1}, "insufficient_credit"},
		"unknown kind":           {Entry{ID: "x", Kind: "gift"}, "internal"},
		"an id that is used":     {Entry{ID: "i", Kind: Issued, Amount: 1}, "internal"},
		"capture of the unknown": {Entry{ID: "x", Kind: Captured, Amount: 1, Parent: "nobody"}, "insufficient_credit"},
	} {
		if next, err := Add(a, c.e); err == nil || errs.CodeOf(err) != c.code || next != a {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, entries := range map[string][]Entry{
		"spent before it was issued": {{ID: "a", Kind: Authorized, Amount: 1}, {ID: "i", Kind: Issued, Amount: 1}},
		"twice the same":             {{ID: "i", Kind: Issued, Amount: 1}, {ID: "i", Kind: Issued, Amount: 1}},
		"an unknown kind":            {{ID: "i", Kind: "gift", Amount: 1}},
		"negative":                   {{ID: "i", Kind: Issued, Amount: -1}},
	} {
		if Check(&Account{Entries: entries}) == nil {
			t.Errorf("%s is not found", name)
		}
	}
}
