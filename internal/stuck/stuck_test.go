package stuck

import (
	"testing"
	"time"

	"ordo/internal/micros"
)

const now = micros.Time(1_700_000_000_000_000)

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name     string
		thing    Thing
		patience Patience
		final    bool
		deadline micros.Time
		waits    string
	}{
		{"by the table", Thing{Kind: Payment, State: "pending", Since: now}, nil, false, now.Add(15 * time.Minute), ForOutcome},
		{"by a setting", Thing{Kind: Payment, State: "pending", Since: now}, Patience{"payment.pending": time.Hour}, false, now.Add(time.Hour), ForOutcome},
		{"by its own time", Thing{Kind: Hold, State: "open", Since: now, Due: now.Add(time.Minute)}, nil, false, now.Add(time.Minute), ForPerson},
		{"blocked by something else", Thing{Kind: Fulfillment, State: "released", Since: now, Blocks: []Block{{ForHold, "hld"}}}, nil, false, now.Add(24 * time.Hour), ForHold},
		{"at once", Thing{Kind: Job, State: "dead", Since: now}, nil, false, now, ForPerson},
		{"final", Thing{Kind: Fulfillment, State: "delivered", Since: now}, nil, true, 0, ""},
	} {
		s, ok := c.patience.Judge(c.thing, now)
		if ok == c.final || c.final {
			if ok == c.final {
				t.Errorf("%s: ok is %v", c.name, ok)
			}
			continue
		}
		if s.Deadline != c.deadline || s.Blocks[0].For != c.waits || s.Late != (now >= c.deadline) {
			t.Errorf("%s: %+v", c.name, s)
		}
		if s, _ = c.patience.Judge(c.thing, c.deadline-1); s.Late {
			t.Errorf("%s: late before the deadline", c.name)
		}
		if s, _ = c.patience.Judge(c.thing, c.deadline); !s.Late {
			t.Errorf("%s: not late at the deadline", c.name)
		}
	}
}

func TestPatience(t *testing.T) {
	p, err := ParsePatience(" payment.pending=5m , hold.open = 72h,")
	if err != nil || p.String() != "hold.open=72h0m0s,payment.pending=5m0s" {
		t.Errorf("%v, %v", p, err)
	}
	if p.Least(Payment) != 5*time.Minute || Patience(nil).Least(Payment) != 15*time.Minute || p.Least(Fulfillment) != time.Hour {
		t.Error("the shortest waits are others")
	}
	for _, bad := range []string{"payment", "payment.paid=1h", "x.open=1h", "hold.open", "hold.open=-1h", "hold.open=x", "hold.open=99999h"} {
		if _, err := ParsePatience(bad); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	if again, err := ParsePatience(p.String()); err != nil || again.String() != p.String() {
		t.Errorf("%v, %v", again, err)
	}
}

// Each row is there once, names known repairs, and is of a known kind.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for i, name := range Names() {
		e := Table[i]
		if seen[name] || len(e.Repair) == 0 || e.Next == "" || Of(e.Kind, e.State) != &Table[i] {
			t.Errorf("row %s", name)
		}
		seen[name] = true
		for _, code := range e.Repair {
			if r := RepairOf(code); r == nil || r.Says == "" || (r.Method == "") != (r.Path == "") {
				t.Errorf("%s: repair %s", name, code)
			}
		}
	}
	r := RepairOf(BuyLabel)
	if got := r.Link(Thing{ID: "lbl", Parent: "ful", Order: "ord"}); got != "/v1/fulfillments/ful/labels" {
		t.Error(got)
	}
}
