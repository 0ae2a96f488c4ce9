package payment

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

const now = micros.Time(1_800_000_000_000_000)

func asJSON(t rapid.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// authorized is a payment of 100 that may be captured.
func authorized(t rapid.TB, amount int64) *Payment {
	t.Helper()
	p := &Payment{Order: "ord_1", Provider: "sandbox", Token: "tok_ok", Currency: "EUR", Amount: amount}
	p, err := Add(p, Entry{ID: "a", Kind: Authorize, State: Requested, Amount: amount, At: now})
	if err == nil {
		p, _, err = Resolve(p, "a", Outcome{State: Succeeded, ProviderRef: "ref"}, now)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// model counts a second time, in the plainest way: by kind and state.
type model map[Kind]map[State]int64

func (m model) of(p *Payment) model {
	for _, e := range p.Entries {
		if m[e.Kind] == nil {
			m[e.Kind] = map[State]int64{}
		}
		m[e.Kind][e.State] += e.Amount
	}
	return m
}

func (m model) done(k Kind) int64 { return m[k][Succeeded] }

// used counts what is not ended as used.
func (m model) used(k Kind) int64 { return m[k][Succeeded] + m[k][Pending] + m[k][Requested] }

// P1-P4 over random sequences of intents and outcomes: what is refused is exactly what would break a limit, whatever
// the outcomes are the limits hold, final entries never change, and no input is ever changed.
func TestRandomSequences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &Payment{Currency: "EUR", Token: "tok"}
		p.ID = "pay_1"
		for i := range rapid.IntRange(1, 40).Draw(t, "steps") {
			before, was := asJSON(t, p), p
			if rapid.Bool().Draw(t, "intent") {
				p = addRandom(t, p, strconv.Itoa(i))
			} else {
				p = resolveRandom(t, p, i)
			}
			if asJSON(t, was) != before {
				t.Fatal("the rule changed its input")
			}
			holds(t, p)
			for k, e := range was.Entries {
				if e.Done() && p.Entries[k] != e {
					t.Fatalf("the final entry %+v became %+v", e, p.Entries[k])
				}
			}
		}
	})
}

func addRandom(t *rapid.T, p *Payment, id string) *Payment {
	e := Entry{ID: id, Kind: rapid.SampledFrom(Kinds[:4]).Draw(t, "kind"), State: Requested, Amount: rapid.Int64Range(0, 60).Draw(t, "amount"), At: now}
	m := model{}.of(p)
	room := money.Max
	switch e.Kind {
	case Capture, Void:
		room = m.done(Authorize) - m.used(Void) - m.used(Capture)
	case Refund:
		room = m.done(Capture) - m.used(Refund)
	}
	next, err := Add(p, e)
	if (err == nil) != (e.Amount <= room) {
		t.Fatalf("%s of %d with room for %d: %v", e.Kind, e.Amount, room, err)
	}
	if err == nil {
		return next
	}
	x := errs.As(err)
	if next != p || x == nil || x.Class != errs.Conflict || x.Code != "payment_limit" || x.Fields["available"] != room || x.Fields["requested"] != e.Amount {
		t.Fatalf("refused with %v", err)
	}
	return p
}

func resolveRandom(t *rapid.T, p *Payment, i int) *Payment {
	id := strconv.Itoa(rapid.IntRange(0, 40).Draw(t, "entry"))
	out := Outcome{
		State:       rapid.SampledFrom([]State{Pending, Succeeded, Failed}).Draw(t, "outcome"),
		ProviderRef: rapid.SampledFrom([]string{"", "r1", "r2"}).Draw(t, "ref"), Reason: "because",
	}
	old := p.Entry(id)
	next, changed, err := Resolve(p, id, out, now+micros.Time(i))
	if old == nil {
		if errs.ClassOf(err) != errs.NotFound || changed || next != p {
			t.Fatalf("unknown entry: %v", err)
		}
		return p
	}
	news := out.State != old.State || out.ProviderRef != "" && out.ProviderRef != old.ProviderRef
	if err != nil || changed != (!old.Done() && news) {
		t.Fatalf("%+v with %+v: changed %v, %v", *old, out, changed, err)
	}
	if !changed {
		if next != p {
			t.Fatal("no change, another payment")
		}
		return p
	}
	e := *next.Entry(id)
	if e.State != out.State || e.Amount != old.Amount || e.Kind != old.Kind || (e.DoneAt != 0) != e.Done() || out.ProviderRef == "" && e.ProviderRef != old.ProviderRef {
		t.Fatalf("%+v with %+v became %+v", *old, out, e)
	}
	if e.Kind == Authorize && e.Done() && next.Token != "" {
		t.Fatal("the token is kept")
	}
	return next
}

func holds(t *rapid.T, p *Payment) {
	if err := Check(p); err != nil {
		t.Fatal(err)
	}
	m, s := model{}.of(p), p.Sums()
	if m.used(Capture) > m.done(Authorize)-m.done(Void) {
		t.Fatalf("P1: %v", m)
	}
	if m.used(Refund) > m.done(Capture) {
		t.Fatalf("P2: %v", m)
	}
	if m.used(Void) > m.done(Authorize)-m.done(Capture) {
		t.Fatalf("P4: %v", m)
	}
	want := Sums{
		Authorized: m.done(Authorize), AuthorizePending: m.used(Authorize) - m.done(Authorize),
		Captured: m.done(Capture), CapturePending: m.used(Capture) - m.done(Capture),
		Voided: m.done(Void), VoidPending: m.used(Void) - m.done(Void),
		Refunded: m.done(Refund), RefundPending: m.used(Refund) - m.done(Refund),
		FailedAuthorizations: s.FailedAuthorizations,
	}
	if s != want {
		t.Fatalf("sums %+v, want %+v", s, want)
	}
	if two := Total([]*Payment{p, p}); two.Captured != 2*s.Captured || two.Capturable() != 2*s.Capturable() || two.Refundable() != 2*s.Refundable() || two.FailedAuthorizations != 2*s.FailedAuthorizations {
		t.Fatalf("plus: %+v", two)
	}
	// P6: what is due, with what is kept, is the total; and the axis says so.
	for _, total := range []int64{0, 50, 100} {
		kept := s.Captured - s.Refunded
		if Due(total, 0, s)+kept != total || Due(total, 30, s)+kept != max(0, total-30) {
			t.Fatalf("P6: due %d of %d", Due(total, 0, s), total)
		}
		status := Status(total, 0, 1, s)
		if !slices.Contains(statuses, status) || (status == "overcharged") != (Due(total, 0, s) < 0 && s.RefundPending == 0) {
			t.Fatalf("%s with %+v of %d", status, s, total)
		}
	}
}

var statuses = []string{"none", "pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided", "failed", "overcharged"}

// P3: an entry has no currency of its own, so it cannot have another one than its payment.
func TestEntriesHaveNoCurrency(t *testing.T) {
	var fields map[string]any
	if err := json.Unmarshal([]byte(asJSON(t, Entry{ProviderRef: "r", Reason: "r", Parent: "p", DoneAt: 1})), &fields); err != nil {
		t.Fatal(err)
	}
	if _, has := fields["currency"]; has || len(fields) != 9 {
		t.Errorf("fields %v", fields)
	}
}

// Drill D7: two captures of 60 of 100: one wins, whether the first has an outcome or not.
func TestD7(t *testing.T) {
	for _, state := range []State{Requested, Pending, Succeeded, Failed} {
		p := authorized(t, 100)
		p, err := Add(p, Entry{ID: "c1", Kind: Capture, State: Requested, Amount: 60})
		if err != nil {
			t.Fatal(err)
		}
		if state != Requested {
			if p, _, err = Resolve(p, "c1", Outcome{State: state}, now); err != nil {
				t.Fatal(err)
			}
		}
		_, err = Add(p, Entry{ID: "c2", Kind: Capture, State: Requested, Amount: 60})
		if state == Failed {
			if err != nil {
				t.Errorf("a failed capture uses nothing: %v", err)
			}
			continue
		}
		if e := errs.As(err); e == nil || e.Class != errs.Conflict || e.Fields["available"] != int64(40) {
			t.Errorf("%s: %v", state, err)
		}
	}
}

// Drill D6: pending after a timeout, succeeded by webhook, then a late "failed" and the webhook once more.
func TestD6(t *testing.T) {
	p := authorized(t, 100)
	p, err := Add(p, Entry{ID: "c", Kind: Capture, State: Requested, Amount: 100})
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		out     Outcome
		changed bool
		want    Entry
	}{
		{Outcome{Pending, "", "timeout", 0}, true, Entry{State: Pending, Reason: "timeout"}},
		{Outcome{Pending, "", "timeout", 0}, false, Entry{State: Pending, Reason: "timeout"}},
		{Outcome{Pending, "ref", "3DS", 0}, true, Entry{State: Pending, Reason: "3DS", ProviderRef: "ref"}},
		{Outcome{Succeeded, "", "", 0}, true, Entry{State: Succeeded, ProviderRef: "ref", DoneAt: now + 3}},
		{Outcome{Failed, "ref", "declined", 0}, false, Entry{State: Succeeded, ProviderRef: "ref", DoneAt: now + 3}},
		{Outcome{Succeeded, "other", "", 0}, false, Entry{State: Succeeded, ProviderRef: "ref", DoneAt: now + 3}},
		{Outcome{Pending, "", "", 0}, false, Entry{State: Succeeded, ProviderRef: "ref", DoneAt: now + 3}},
	} {
		next, changed, err := Resolve(p, "c", step.out, now+micros.Time(i))
		step.want.ID, step.want.Kind, step.want.Amount = "c", Capture, 100
		if err != nil || changed != step.changed || *next.Entry("c") != step.want {
			t.Errorf("step %d: %+v, changed %v, %v", i, *next.Entry("c"), changed, err)
		}
		p = next
	}
}

func TestResolveRefusesWhatIsNoOutcome(t *testing.T) {
	for _, state := range []State{Requested, "", "authorized"} {
		p := authorized(t, 100)
		p, err := Add(p, Entry{ID: "c", Kind: Capture, State: Requested, Amount: 1})
		if err != nil {
			t.Fatal(err)
		}
		next, changed, err := Resolve(p, "c", Outcome{State: state}, now)
		if err == nil || changed || next != p || errs.As(err) != nil {
			t.Errorf("outcome %q: %v", state, err)
		}
	}
}

func TestAddRefuses(t *testing.T) {
	p := authorized(t, 100)
	for name, c := range map[string]struct {
		entry Entry
		code  string
	}{
		"below 0":         {Entry{ID: "x", Kind: Authorize, Amount: -1}, "validation_failed"},
		"refund below 0":  {Entry{ID: "x", Kind: Refund, Amount: -1}, "validation_failed"},
		"without end":     {Entry{ID: "x", Kind: Authorize, Amount: 1<<63 - 1}, "amount_too_large"},
		"more than there": {Entry{ID: "x", Kind: Void, Amount: 101}, "payment_limit"},
		"nothing to give": {Entry{ID: "x", Kind: Refund, Amount: 1}, "payment_limit"},
		"no kind":         {Entry{ID: "x", Amount: 1}, "internal"},
		"used key":        {Entry{ID: "a", Kind: Capture, Amount: 1}, "internal"},
	} {
		next, err := Add(p, c.entry)
		if next != p || errs.CodeOf(err) != c.code || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A second entry is appended to a copy: two that start from one payment do not see each other.
	p.Entries = slices.Grow(p.Entries, 8)
	one, err1 := Add(p, Entry{ID: "1", Kind: Capture, Amount: 10})
	two, err2 := Add(p, Entry{ID: "2", Kind: Capture, Amount: 20})
	if err1 != nil || err2 != nil || one.Entries[1].ID != "1" || two.Entries[1].ID != "2" || len(p.Entries) != 1 {
		t.Errorf("%v %v", one.Entries, two.Entries)
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		name     string
		want     string
		total    int64
		payments int
		sums     Sums
	}{
		{"no payment", "none", 100, 0, Sums{}},
		{"free, no payment", "none", 0, 0, Sums{}},
		{"free", "authorized", 0, 1, Sums{}},
		{"nothing asked for yet", "pending", 100, 1, Sums{}},
		{"asked", "pending", 100, 1, Sums{AuthorizePending: 100}},
		{"declined", "failed", 100, 1, Sums{FailedAuthorizations: 1}},
		{"declined, tried again", "pending", 100, 2, Sums{FailedAuthorizations: 1, AuthorizePending: 100}},
		{"declined, then authorized", "authorized", 100, 2, Sums{FailedAuthorizations: 1, Authorized: 100}},
		{"one of two tenders", "pending", 100, 2, Sums{Authorized: 40, AuthorizePending: 60}},
		{"authorized", "authorized", 100, 1, Sums{Authorized: 100}},
		{"capture on its way", "authorized", 100, 1, Sums{Authorized: 100, CapturePending: 100}},
		{"void on its way", "authorized", 0, 1, Sums{Authorized: 100, VoidPending: 100}},
		{"voided", "voided", 0, 1, Sums{Authorized: 100, Voided: 100}},
		{"voided, authorized anew", "authorized", 100, 1, Sums{Authorized: 200, Voided: 100}},
		{"first shipment", "partially_paid", 100, 1, Sums{Authorized: 100, Captured: 30}},
		{"rest given up", "partially_paid", 100, 1, Sums{Authorized: 100, Captured: 30, Voided: 70}},
		{"all captured", "paid", 100, 1, Sums{Authorized: 100, Captured: 100}},
		{"refund on its way", "paid", 100, 1, Sums{Authorized: 100, Captured: 100, RefundPending: 10}},
		{"one unit given back", "partially_refunded", 100, 1, Sums{Authorized: 100, Captured: 100, Refunded: 10}},
		{"given back before the rest shipped", "partially_refunded", 100, 1, Sums{Authorized: 100, Captured: 50, Refunded: 10}},
		{"edited down and refunded", "partially_refunded", 90, 1, Sums{Authorized: 100, Captured: 100, Refunded: 10}},
		{"all given back", "refunded", 0, 1, Sums{Authorized: 100, Captured: 100, Refunded: 100}},
		{"all of a part given back", "refunded", 100, 1, Sums{Authorized: 100, Captured: 30, Refunded: 30}},
		{"canceled, refund on its way", "paid", 0, 1, Sums{Authorized: 100, Captured: 100, RefundPending: 100}},
		{"canceled, half refunded, rest on its way", "partially_refunded", 0, 1, Sums{Authorized: 100, Captured: 100, Refunded: 50, RefundPending: 50}},
		{"canceled, refund failed (D8)", "overcharged", 0, 1, Sums{Authorized: 100, Captured: 100}},
		{"canceled, half refunded, rest failed", "overcharged", 0, 1, Sums{Authorized: 100, Captured: 100, Refunded: 50}},
		{"captured twice", "overcharged", 100, 2, Sums{Authorized: 200, Captured: 200}},
		{"captured twice, one on its way back", "paid", 100, 2, Sums{Authorized: 200, Captured: 200, RefundPending: 100}},
		{"captured twice, one given back", "partially_refunded", 100, 2, Sums{Authorized: 200, Captured: 200, Refunded: 100}},
		{"expired", "voided", 100, 1, Sums{Authorized: 100, Expired: 100}},
		{"expired, new one refused", "failed", 100, 1, Sums{Authorized: 100, Expired: 100, FailedAuthorizations: 1}},
		{"expired, new one asked for", "pending", 100, 1, Sums{Authorized: 100, Expired: 100, AuthorizePending: 100}},
		{"expired, authorized anew", "authorized", 100, 1, Sums{Authorized: 200, Expired: 100}},
		{"charged back", "refunded", 100, 1, Sums{Authorized: 100, Captured: 100, Disputed: 100}},
		{"partly charged back", "partially_refunded", 100, 1, Sums{Authorized: 100, Captured: 100, Disputed: 30}},
	} {
		if got := Status(c.total, 0, c.payments, c.sums); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// Grants leave the total: what is granted and not given back is due, not overcharged (DESIGN: no refund due or pending).
func TestStatusWithGrants(t *testing.T) {
	for _, c := range []struct {
		name, want     string
		total, granted int64
		due            int64
		sums           Sums
	}{
		{"granted, refund on its way", "paid", 100, 30, -30, Sums{Authorized: 100, Captured: 100, RefundPending: 30}},
		{"granted, refund failed (D8)", "paid", 100, 30, -30, Sums{Authorized: 100, Captured: 100}},
		{"granted and given back", "partially_refunded", 100, 30, 0, Sums{Authorized: 100, Captured: 100, Refunded: 30, Granted: 30}},
		{"half of it given back", "partially_refunded", 100, 30, -15, Sums{Authorized: 100, Captured: 100, Refunded: 15, Granted: 15}},
		{"all granted and given back", "refunded", 100, 100, 0, Sums{Authorized: 100, Captured: 100, Refunded: 100, Granted: 100}},
		{"granted before it was captured", "paid", 100, 30, 0, Sums{Authorized: 100, Captured: 70, Voided: 30}},
		{"captured twice, something granted", "overcharged", 100, 30, -130, Sums{Authorized: 200, Captured: 200}},
		{"given back without a grant, refused, and granted", "overcharged", 50, 30, -80, Sums{Authorized: 100, Captured: 100}},
		{"granted, then canceled and refused", "overcharged", 0, 30, -70, Sums{Authorized: 100, Captured: 100, Refunded: 30, Granted: 30}},
	} {
		if got, due := Status(c.total, c.granted, 1, c.sums), Due(c.total, c.granted, c.sums); got != c.want || due != c.due {
			t.Errorf("%s: got %s, due %d; want %s, due %d", c.name, got, due, c.want, c.due)
		}
	}
}

func TestCheckFindsDefects(t *testing.T) {
	for name, spoil := range map[string]func(*Payment){
		"captured over authorized": func(p *Payment) {
			p.Entries = append(p.Entries, Entry{ID: "c", Kind: Capture, State: Requested, Amount: 101})
		},
		"voided and captured": func(p *Payment) {
			p.Entries = append(p.Entries, Entry{ID: "c", Kind: Capture, State: Pending, Amount: 60}, Entry{ID: "v", Kind: Void, State: Requested, Amount: 60})
		},
		"refunded over captured": func(p *Payment) {
			p.Entries = append(p.Entries, Entry{ID: "r", Kind: Refund, State: Requested, Amount: 1})
		},
		"below 0":              func(p *Payment) { p.Entries[0].Amount = -1 },
		"without end":          func(p *Payment) { p.Entries[0].Amount = 1<<63 - 1 },
		"key used twice":       func(p *Payment) { p.Entries = append(p.Entries, p.Entries[0]) },
		"unknown kind":         func(p *Payment) { p.Entries[0].Kind = "gift" },
		"unknown state":        func(p *Payment) { p.Entries[0].State = "done" },
		"final without time":   func(p *Payment) { p.Entries[0].DoneAt = 0 },
		"open with final time": func(p *Payment) { p.Entries[0].State = Pending },
	} {
		p := authorized(t, 100)
		if err := Check(p); err != nil {
			t.Fatal(err)
		}
		spoil(p)
		if err := Check(p); err == nil || errs.ClassOf(err) != errs.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExampleStatus() {
	s := Sums{Authorized: 5000, Captured: 5000, Refunded: 1000}
	fmt.Println(Status(5000, 0, 1, s), Due(5000, 0, s))
	// Output: partially_refunded 1000
}
