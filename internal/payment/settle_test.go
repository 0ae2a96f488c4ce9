package payment

import (
	"reflect"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

// paid is a payment with an authorization that succeeded; at 0 it never expires.
func paid(t rapid.TB, id, provider string, amount int64, expires micros.Time) *Payment {
	t.Helper()
	p := &Payment{Order: "ord_1", Provider: provider, Currency: "EUR", Amount: amount}
	p.ID = id
	p = add(t, p, Entry{ID: id + "a", Kind: Authorize, Amount: amount, At: now})
	p, _, err := Resolve(p, id+"a", Outcome{State: Succeeded, ExpiresAt: expires}, now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func add(t rapid.TB, p *Payment, e Entry) *Payment {
	t.Helper()
	if e.State == "" {
		e.State = Requested
	}
	p, err := Add(p, e)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func end(t rapid.TB, p *Payment, id string, s State) *Payment {
	t.Helper()
	p, changed, err := Resolve(p, id, Outcome{State: s}, now)
	if err != nil || !changed {
		t.Fatal(id, changed, err)
	}
	return p
}

// carry adds the steps to the payments, each with an outcome; Requested leaves it open.
func carry(t rapid.TB, ps []*Payment, steps []Step, at micros.Time, outcome func(Step) State) []*Payment {
	t.Helper()
	out := append([]*Payment(nil), ps...)
	for n, s := range steps {
		for i, p := range out {
			if p.ID != s.Payment {
				continue
			}
			id := s.Payment + "." + strconv.Itoa(len(p.Entries)) + "." + strconv.Itoa(n)
			p = add(t, p, Entry{ID: id, Kind: s.Kind, Amount: s.Amount, Parent: s.Parent, Grant: s.Grant, At: at})
			if o := outcome(s); o != Requested {
				p = end(t, p, id, o)
			}
			out[i] = p
		}
	}
	return out
}

func succeed(Step) State { return Succeeded }

// Whatever the order has become and whatever providers answered: what Settle asks for is never refused by the rules,
// asking twice changes nothing, no more is captured than the order is worth, and once all was carried out the
// merchant keeps exactly what the policy says, as far as authorizations reach.
func TestSettleConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ps []*Payment
		for i := range rapid.IntRange(1, 3).Draw(t, "payments") {
			provider := rapid.SampledFrom([]string{"sandbox", StoreCredit}).Draw(t, "provider")
			ps = append(ps, paid(t, "p"+strconv.Itoa(i), provider, rapid.Int64Range(0, 80).Draw(t, "authorized"), 0))
		}
		var authorized int64
		for _, p := range ps {
			authorized += p.Amount
		}
		tg := Target{Accepted: true, Policy: rapid.SampledFrom(Policies).Draw(t, "policy"), Retry: 100}
		for range rapid.IntRange(1, 6).Draw(t, "rounds") {
			tg.Total = rapid.Int64Range(0, authorized).Draw(t, "total")
			tg.Shipped = rapid.Int64Range(0, tg.Total).Draw(t, "shipped")
			if room := tg.Total - tg.Granted(); room > 0 && rapid.Bool().Draw(t, "grant") {
				tg.Grants = append(tg.Grants, Grant{strconv.Itoa(len(tg.Grants)), rapid.Int64Range(1, room).Draw(t, "granted")})
			}
			tg.Ended = tg.Ended || rapid.IntRange(0, 9).Draw(t, "end") == 0
			if tg.Ended {
				tg.Total, tg.Shipped = 0, 0
			}
			steps := Settle(tg, ps, now)
			ps = carry(t, ps, steps, now, func(Step) State {
				return rapid.SampledFrom([]State{Succeeded, Succeeded, Failed, Requested}).Draw(t, "outcome")
			})
			for _, p := range ps {
				if err := Check(p); err != nil {
					t.Fatal(err)
				}
			}
		}
		// Everything that is open succeeds, refused captures are asked for by hand, and whatever else is wanted too.
		for range 10 {
			for i, p := range ps {
				for _, e := range p.Entries {
					if !e.Done() {
						ps[i] = end(t, ps[i], e.ID, Succeeded)
					}
				}
				if n := ps[i].Refusals(Capture); n > 0 { // one of nothing that succeeds lets it be asked again
					id := "again" + strconv.Itoa(len(ps[i].Entries))
					ps[i] = end(t, add(t, ps[i], Entry{ID: id, Kind: Capture, At: now}), id, Succeeded)
				}
			}
			ps = carry(t, ps, Settle(tg, ps, now), now, succeed)
		}
		if steps := Settle(tg, ps, now); len(steps) != 0 {
			t.Fatalf("settled, and still asks for %+v", steps)
		}
		s := Total(ps)
		if s.Kept() > tg.worth() {
			t.Fatalf("keeps %d of an order worth %d", s.Kept(), tg.worth())
		}
		if tg.Ended && (s.Kept() != 0 || s.Capturable() != 0) {
			t.Fatalf("ended, and %+v is left", s)
		}
		if RefundDue(tg, ps) != 0 {
			t.Fatalf("still owes %d: %+v", RefundDue(tg, ps), s)
		}
		if missing := tg.wanted() - s.Kept(); missing > 0 && s.Capturable() > 0 {
			t.Fatalf("wants %d more, and %d could be captured", missing, s.Capturable())
		}
	})
}

func TestSettle(t *testing.T) {
	card := func(amount int64) *Payment { return paid(t, "card", "sandbox", amount, 0) }
	credit := func(amount int64) *Payment { return paid(t, "credit", StoreCredit, amount, 0) }
	captured := func(p *Payment, amount int64) *Payment {
		return end(t, add(t, p, Entry{ID: p.ID + "c", Kind: Capture, Amount: amount, Parent: p.ID + "a", At: now}), p.ID+"c", Succeeded)
	}
	refused := func(p *Payment, k Kind, amount int64) *Payment {
		id := p.ID + string(k) + strconv.Itoa(len(p.Entries))
		return end(t, add(t, p, Entry{ID: id, Kind: k, Amount: amount, Parent: p.ID + "a", At: now}), id, Failed)
	}
	open := Target{Accepted: true, Policy: AtShipment, Total: 100}
	with := func(t Target, f func(*Target)) Target { f(&t); return t }
	step := func(p string, k Kind, amount int64) Step {
		return Step{Payment: p, Kind: k, Amount: amount, Parent: p + "a"}
	}
	for _, c := range []struct {
		name string
		t    Target
		ps   []*Payment
		want []Step
	}{
		{"not accepted", with(open, func(t *Target) { t.Accepted = false; t.Shipped = 100 }), []*Payment{card(100)}, nil},
		{"nothing shipped", open, []*Payment{card(100)}, nil},
		{"some shipped", with(open, func(t *Target) { t.Shipped = 30 }), []*Payment{card(100)}, []Step{step("card", Capture, 30)}},
		{"the rest shipped (P7)", with(open, func(t *Target) { t.Shipped = 100 }), []*Payment{captured(card(100), 30)}, []Step{step("card", Capture, 70)}},
		{"at placement", with(open, func(t *Target) { t.Policy = AtPlacement }), []*Payment{card(100)}, []Step{step("card", Capture, 100)}},
		{"by hand", with(open, func(t *Target) { t.Policy = ByHand; t.Shipped = 100 }), []*Payment{card(100)}, nil},
		{"manual waits for receipts", with(open, func(t *Target) { t.Shipped = 100 }), []*Payment{paid(t, "m", Manual, 100, 0)}, nil},
		{
			"stored value first", with(open, func(t *Target) { t.Shipped = 50 }),
			[]*Payment{card(60), credit(40)},
			[]Step{step("credit", Capture, 40), step("card", Capture, 10)},
		},
		{
			"edited down: the rest is void", with(open, func(t *Target) { t.Total, t.Shipped = 80, 80 }),
			[]*Payment{card(100)},
			[]Step{step("card", Capture, 80), step("card", Void, 20)},
		},
		{"edited down after capture", with(open, func(t *Target) { t.Total, t.Shipped = 80, 80 }), []*Payment{captured(card(100), 100)}, []Step{step("card", Refund, 20)}},
		{"canceled", Target{Ended: true, Accepted: true, Policy: AtShipment}, []*Payment{card(100)}, []Step{step("card", Void, 100)}},
		{
			"canceled, captured",
			Target{Ended: true, Accepted: true, Policy: AtPlacement},
			[]*Payment{captured(card(60), 60), captured(credit(40), 40)},
			[]Step{step("card", Refund, 60), step("credit", Refund, 40)},
		},
		{
			"last in, first out", with(open, func(t *Target) { t.Total, t.Shipped = 70, 70 }),
			[]*Payment{captured(card(60), 60), captured(credit(40), 40)},
			[]Step{step("card", Refund, 30)},
		},
		{
			"a grant", with(open, func(t *Target) { t.Shipped, t.Grants = 100, []Grant{{"g", 25}} }),
			[]*Payment{captured(card(100), 100)},
			[]Step{{"card", Refund, 25, "carda", "g"}},
		},
		{
			"a grant over two payments", with(open, func(t *Target) { t.Shipped, t.Grants = 100, []Grant{{"g", 25}, {"h", 25}} }),
			[]*Payment{captured(credit(60), 60), captured(card(40), 40)},
			[]Step{{"card", Refund, 25, "carda", "g"}, {"card", Refund, 15, "carda", "h"}, {"credit", Refund, 10, "credita", "h"}},
		},
		{
			"a grant before the rest ships", with(open, func(t *Target) { t.Shipped, t.Grants = 50, []Grant{{"g", 20}} }),
			[]*Payment{captured(card(100), 50)},
			[]Step{{"card", Refund, 20, "carda", "g"}},
		},
		{"a grant for what is not captured", with(open, func(t *Target) { t.Shipped, t.Grants = 100, []Grant{{"g", 20}} }), []*Payment{card(100)}, []Step{step("card", Capture, 80), step("card", Void, 20)}},
		{"capture refused", with(open, func(t *Target) { t.Shipped = 100 }), []*Payment{refused(card(100), Capture, 100)}, nil},
		{"capture refused, paid anew", with(open, func(t *Target) { t.Shipped = 100 }), []*Payment{refused(card(100), Capture, 100), paid(t, "new", "sandbox", 100, 0)}, []Step{step("new", Capture, 100), step("card", Void, 100), step("new", Void, 0)}[:2]},
		{"refund refused", with(open, func(t *Target) { t.Total = 0; t.Ended = true }), []*Payment{refused(captured(card(100), 100), Refund, 100)}, nil},
		{"refund refused, once more", with(open, func(t *Target) { t.Total, t.Ended, t.Retry = 0, true, 1 }), []*Payment{refused(captured(card(100), 100), Refund, 100)}, []Step{step("card", Refund, 100)}},
		{"refused twice: a person has to look", with(open, func(t *Target) { t.Total, t.Ended, t.Retry = 0, true, 1 }), []*Payment{refused(refused(captured(card(100), 100), Refund, 100), Refund, 100)}, nil},
		{"void refused", Target{Ended: true}, []*Payment{refused(card(100), Void, 100)}, nil},
		{"void refused, once more", Target{Ended: true, Retry: 3}, []*Payment{refused(card(100), Void, 100)}, []Step{step("card", Void, 100)}},
		{"expired", with(open, func(t *Target) { t.Shipped = 100 }), []*Payment{paid(t, "card", "sandbox", 100, now-1)}, nil},
	} {
		if got := Settle(c.t, c.ps, now); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// E3, E5: no net change, no money; a raise is outstanding by the difference only (E4).
func TestOutstanding(t *testing.T) {
	open := Target{Accepted: true, Policy: AtShipment, Total: 100}
	more := open
	more.Total = 130
	asked := add(t, &Payment{Currency: "EUR"}, Entry{ID: "x", Kind: Authorize, Amount: 20, At: now})
	card := paid(t, "card", "sandbox", 100, 0)
	refused := end(t, add(t, card, Entry{ID: "c", Kind: Capture, Amount: 10, Parent: "carda", At: now}), "c", Failed)
	for _, c := range []struct {
		name                   string
		t                      Target
		ps                     []*Payment
		outstanding, unsecured int64
	}{
		{"no payment", open, nil, 100, 100},
		{"authorized", open, []*Payment{card}, 0, 0},
		{"raised by 30", more, []*Payment{card}, 30, 30},
		{"raised, 20 asked for", more, []*Payment{card, asked}, 10, 30},
		{"expired", open, []*Payment{paid(t, "card", "sandbox", 100, now)}, 100, 100},
		{"capture refused", open, []*Payment{refused}, 100, 100},
		{"granted", Target{Total: 100, Grants: []Grant{{"g", 30}}}, nil, 70, 70},
	} {
		if o, u := Outstanding(c.t, c.ps, now), Unsecured(c.t, c.ps, now); o != c.outstanding || u != c.unsecured {
			t.Errorf("%s: outstanding %d, unsecured %d", c.name, o, u)
		}
	}
}

// P5: an authorization is worth nothing after its end, whether an entry says so or not, and whatever becomes of what
// was asked for before.
func TestExpiredAuthorization(t *testing.T) {
	p := paid(t, "p", "sandbox", 100, now+10)
	p = add(t, p, Entry{ID: "c", Kind: Capture, Amount: 40, Parent: "pa", At: now + 9})
	if p.Left(now+9) != 60 || p.Left(now+10) != 0 {
		t.Fatalf("left %d, then %d", p.Left(now+9), p.Left(now+10))
	}
	for _, k := range []Kind{Capture, Void} {
		if _, err := Add(p, Entry{ID: "x", Kind: k, State: Requested, Amount: 1, Parent: "pa", At: now + 10}); !errs.Is(err, "payment_limit") {
			t.Errorf("%s: %v", k, err)
		}
	}
	p = add(t, p, Entry{ID: "e", Kind: Expire, State: Succeeded, Amount: 60, Parent: "pa", At: now + 10, DoneAt: now + 10})
	if err := Check(p); err != nil || p.Sums().Expired != 60 || p.Sums().Capturable() != 0 {
		t.Fatalf("%v %+v", err, p.Sums())
	}
	failed := end(t, p, "c", Failed)
	if s := failed.Sums(); s.Capturable() != 0 || s.Expired != 100 {
		t.Errorf("a capture that failed after the end: %+v", s)
	}
	anew := add(t, p, Entry{ID: "b", Kind: Authorize, Amount: 60, Parent: "pa", At: now + 11})
	anew, _, err := Resolve(anew, "b", Outcome{State: Succeeded, ExpiresAt: now + 99}, now+11)
	if err != nil {
		t.Fatal(err)
	}
	if anew.Left(now+11) != 60 || Check(anew) != nil {
		t.Errorf("left %d, %v", anew.Left(now+11), Check(anew))
	}
	for name, spoil := range map[string]func(*Payment){
		"captured late":        func(p *Payment) { p.Entries[1].At = now + 10 },
		"ended too early":      func(p *Payment) { p.Entries[2].At = now + 9 },
		"ended twice":          func(p *Payment) { e := p.Entries[2]; e.ID = "f"; p.Entries = append(p.Entries, e) },
		"ends nothing":         func(p *Payment) { p.Entries[2].Parent = "c" },
		"more than authorized": func(p *Payment) { p.Entries[1].Amount = 101 },
	} {
		c := *p
		c.Entries = append([]Entry(nil), p.Entries...)
		spoil(&c)
		if Check(&c) == nil {
			t.Errorf("%s is not found", name)
		}
	}
}

// Each authorization of a payment has its own limits.
func TestLimitsPerAuthorization(t *testing.T) {
	p := paid(t, "p", "sandbox", 100, 0)
	p = add(t, p, Entry{ID: "b", Kind: Authorize, Amount: 50, At: now})
	p = end(t, p, "b", Succeeded)
	if _, err := Add(p, Entry{ID: "c", Kind: Capture, State: Requested, Amount: 60, Parent: "b"}); errs.As(err) == nil || errs.As(err).Fields["available"] != int64(50) {
		t.Error(err)
	}
	p = end(t, add(t, p, Entry{ID: "c", Kind: Capture, Amount: 50, Parent: "b"}), "c", Succeeded)
	p = end(t, add(t, p, Entry{ID: "d", Kind: Capture, Amount: 100, Parent: "pa"}), "d", Succeeded)
	if _, err := Add(p, Entry{ID: "r", Kind: Refund, State: Requested, Amount: 60, Parent: "b"}); !errs.Is(err, "payment_limit") {
		t.Error(err)
	}
	bad := *p
	bad.Entries = append(append([]Entry(nil), p.Entries...), Entry{ID: "r", Kind: Refund, State: Requested, Amount: 60, Parent: "b"})
	if Check(&bad) == nil {
		t.Error("refunded over what an authorization gave is not found")
	}
}

// Chargebacks count as given back; a reversal undoes no more than there was.
func TestChargeback(t *testing.T) {
	p := paid(t, "p", "sandbox", 100, 0)
	p = end(t, add(t, p, Entry{ID: "c", Kind: Capture, Amount: 100, Parent: "pa"}), "c", Succeeded)
	p = end(t, add(t, p, Entry{ID: "b", Kind: Chargeback, Amount: 100, Parent: "pa"}), "b", Succeeded)
	if s := p.Sums(); s.Kept() != 0 || Due(100, 0, s) != 100 || Status(100, 0, 1, s) != "refunded" {
		t.Errorf("%+v", s)
	}
	if _, err := Add(p, Entry{ID: "r", Kind: Refund, State: Requested, Amount: 1, Parent: "pa"}); !errs.Is(err, "payment_limit") {
		t.Errorf("refunded what the bank took: %v", err)
	}
	if _, err := Add(p, Entry{ID: "r", Kind: ChargebackReversal, State: Succeeded, Amount: 101}); !errs.Is(err, "payment_limit") {
		t.Error(err)
	}
	p = add(t, p, Entry{ID: "r", Kind: ChargebackReversal, State: Succeeded, Amount: 100, Parent: "pa", DoneAt: now})
	if s := p.Sums(); s.Kept() != 100 || Check(p) != nil {
		t.Errorf("%+v %v", s, Check(p))
	}
}
