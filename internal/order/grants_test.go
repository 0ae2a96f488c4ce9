package order

import (
	"errors"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/errs"
)

// left is the order after everything in it has shipped.
func left(t rapid.TB, o *Order) *Order {
	t.Helper()
	o, err := Accept(o, now)
	if err != nil {
		t.Fatal(err)
	}
	var all []Delta
	for _, l := range o.Lines {
		all = append(all, Delta{Line: l.ID, Allocated: -l.Kept(), Shipped: l.Kept()})
	}
	if o, err = Work(o, all, "", now); err != nil {
		t.Fatal(err)
	}
	return o
}

func grant(t rapid.TB, o *Order, w GrantWish) (*Order, Grant) {
	t.Helper()
	w.Reason = "return"
	next, g, err := AddGrant(o, "grt_"+string(rune('a'+len(o.Grants))), w, now)
	if err != nil {
		t.Fatal(err)
	}
	return next, g
}

// Drill D14: a discount of 10.00 over 3 lines, each returned by itself: 3.33 + 3.33 + 3.34 less than its price.
func TestD14Grants(t *testing.T) {
	p := placement(1, 1, 1)
	p.Discounts = []PlacementDiscount{{Code: "TEN", Amount: eur(1000)}}
	tab := tables()
	tab.TaxFor = func(string) *Tax { return nil }
	o := left(t, newOrder(t, p, tab))
	var sum int64
	amounts := map[int64]int{}
	for _, line := range []string{"2", "3", "1"} {
		var g Grant
		o, g = grant(t, o, GrantWish{Lines: []Units{{line, 1}}})
		amounts[g.Amount]++
		sum += g.Amount
	}
	if sum != 2000 || amounts[1000-333] != 2 || amounts[1000-334] != 1 {
		t.Errorf("%v, in all %d", amounts, sum)
	}
	if err := errors.Join(Check(o), CheckGrants(o)); err != nil {
		t.Error(err)
	}
}

// P8 and R4: however the units of an order are returned, unit by unit or many at once, what is granted for them and
// for shipping adds up to the total; no unit is granted twice, and no input is changed.
func TestGrantsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, _, o := genOrder(t)
		o = left(t, o)
		total := o.Totals.GrandTotal
		for tries := 0; ; tries++ {
			var w GrantWish
			for _, l := range o.Lines {
				if rest := l.Units.Shipped - o.GrantedUnits(l.ID); rest > 0 {
					if n := rapid.Int64Range(0, rest).Draw(t, "units"); n > 0 || tries > 5 {
						w.Lines = append(w.Lines, Units{l.ID, max(n, 1)})
					}
				}
			}
			if tries == 0 {
				w.Shipping = ShippingWorth(o)
			}
			if len(w.Lines) == 0 && w.Shipping == 0 {
				if tries > 5 {
					break
				}
				continue
			}
			w.Reason = "return"
			before := asJSON(t, o)
			next, g, err := AddGrant(o, "g"+strconv.Itoa(len(o.Grants)), w, now)
			if asJSON(t, o) != before {
				t.Fatal("the rule changed its input")
			}
			if errs.Is(err, "grant_limit") && next == o { // these units are free
				for _, u := range w.Lines {
					if l := o.Line(u.Line); l.Worth(o.GrantedUnits(u.Line)+u.Quantity) != l.Worth(o.GrantedUnits(u.Line)) {
						t.Fatal(err)
					}
				}
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(Check(next), CheckGrants(next)); err != nil {
				t.Fatal(err)
			}
			if g.Amount < 1 || next.Granted() != o.Granted()+g.Amount {
				t.Fatalf("granted %d, in all %d", g.Amount, next.Granted())
			}
			o = next
		}
		all := int64(0)
		for _, l := range o.Lines {
			all += l.Worth(l.Units.Shipped) - l.Worth(o.GrantedUnits(l.ID))
		}
		if o.Granted()+all != total && o.Granted() != 0 {
			t.Fatalf("granted %d of %d, the rest is worth %d", o.Granted(), total, all)
		}
		for _, l := range o.Lines {
			more := l.Units.Shipped - o.GrantedUnits(l.ID) + 1
			_, _, err := AddGrant(o, "x", GrantWish{Reason: "return", Lines: []Units{{l.ID, more}}}, now)
			if !errs.Is(err, "grant_limit") && (more <= MaxQuantity || err == nil) {
				t.Fatalf("a unit too much: %v", err)
			}
		}
	})
}

func TestGrantRefuses(t *testing.T) {
	p := placement(2, 1)
	p.ShippingMethod = "post"
	o := left(t, newOrder(t, p, tables())) // 3 times 10.00 and 2.00 tax, 4.99 shipping
	amount := func(n int64) *int64 { return &n }
	o, _ = grant(t, o, GrantWish{Lines: []Units{{"1", 1}}, Shipping: 400})
	for name, c := range map[string]struct {
		w        GrantWish
		problems map[string]bool
	}{
		"nothing":           {GrantWish{Reason: "return"}, map[string]bool{" required": true}},
		"no reason":         {GrantWish{Amount: amount(1)}, map[string]bool{"/reason unknown_value": true}},
		"all wrong at once": {GrantWish{Lines: []Units{{"9", 0}, {"1", 1}, {"1", 1}}, Shipping: -1, Amount: amount(0)}, map[string]bool{"/reason unknown_value": true, "/lines/0/line unknown_line": true, "/lines/0/quantity out_of_range": true, "/lines/2/line duplicate": true, "/shipping/amount out_of_range": true, "/amount/amount out_of_range": true}},
		"too many units":    {GrantWish{Reason: "return", Lines: []Units{{"1", 2}}}, map[string]bool{"/lines/0/quantity grant_limit": true}},
		"shipping twice":    {GrantWish{Reason: "return", Shipping: 400}, map[string]bool{"/shipping grant_limit": true}},
		"over the parts":    {GrantWish{Reason: "return", Lines: []Units{{"1", 1}}, Amount: amount(1201)}, map[string]bool{"/amount grant_limit": true}},
		"over the order":    {GrantWish{Reason: "goodwill", Amount: amount(2500)}, map[string]bool{"/amount grant_limit": true}},
	} {
		next, _, err := AddGrant(o, "x", c.w, now)
		if next != o || !equal(problems(err), c.problems) {
			t.Errorf("%s: %v", name, problems(err))
		}
	}
	if _, g := grant(t, o, GrantWish{Lines: []Units{{"1", 1}}, Amount: amount(1000)}); g.Amount != 1000 || g.Lines[0].Amount != 1200 {
		t.Errorf("less a fee: %+v", g)
	}
	if _, g := grant(t, o, GrantWish{Amount: amount(2499)}); g.Amount != 2499 {
		t.Errorf("the rest as an appeasement: %+v", g)
	}
	pending := newOrder(t, p, tables())
	if _, _, err := AddGrant(pending, "x", GrantWish{Reason: "goodwill", Amount: amount(1)}, now); !errs.Is(err, "illegal_transition") {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*Order){
		"granted twice": func(o *Order) {
			g := o.Grants[0]
			g.Lines = []GrantLine{{Line: "1", Quantity: 2, Amount: 1200}}
			o.Grants = append(o.Grants, g)
		},
		"over its parts":   func(o *Order) { o.Grants[0].Amount = 1601 },
		"nothing":          func(o *Order) { o.Grants[0].Amount = 0 },
		"of a line unlike": func(o *Order) { o.Grants[0].Lines = []GrantLine{{"7", 1, 1200}} },
	} {
		c := Clone(o)
		spoil(c)
		if CheckGrants(c) == nil {
			t.Errorf("%s is not found", name)
		}
	}
}

func equal(a, b map[string]bool) bool {
	for k := range a {
		if !b[k] {
			return false
		}
	}
	return len(a) == len(b)
}
