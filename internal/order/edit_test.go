package order

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

var away = address.Address{Name: "Alice Ash", Line1: "1 Rue Haute", City: "Lyon", PostalCode: "69001", Country: "FR"}

func genDetails(t *rapid.T) Details {
	var d Details
	switch rapid.IntRange(0, 4).Draw(t, "detail") {
	case 0:
		d.Customer = &Customer{Email: "bob@example.com"}
	case 1:
		a := rapid.SampledFrom([]address.Address{home, away, {Country: "GB"}}).Draw(t, "address")
		d.ShippingAddress = &a
	case 2:
		d.BillingAddress = &away
	case 3:
		d.ShippingMethod = ptr(rapid.SampledFrom([]string{"post", "", "unknown", "post_gbp"}).Draw(t, "method"))
	}
	return d
}

func genAction(t *rapid.T, o *Order) Action {
	line := o.Lines[rapid.IntRange(0, len(o.Lines)-1).Draw(t, "line")].ID
	amount := ptr(money.Money{Amount: rapid.Int64Range(0, 2_000).Draw(t, "amount"), Currency: o.Currency})
	a := Action{Type: rapid.SampledFrom(ActionTypes).Draw(t, "action")}
	switch a.Type {
	case ItemAdd:
		a.SKU, a.Quantity = rapid.SampledFrom([]string{"a", "free", "none"}).Draw(t, "sku"), ptr(rapid.Int64Range(0, 5).Draw(t, "quantity"))
		if rapid.Bool().Draw(t, "priced") {
			a.UnitPrice = amount
		}
	case ItemQuantity:
		a.Line, a.Quantity = line, ptr(rapid.Int64Range(0, 15).Draw(t, "quantity"))
	case ItemRemove:
		a.Line = line
	case PriceOverride:
		a.Line, a.UnitPrice, a.Reason = line, amount, "promised"
	case DiscountAdd:
		a.Code, a.Amount = rapid.SampledFrom([]string{"D", "E"}).Draw(t, "code"), amount
		if rapid.Bool().Draw(t, "of a line") {
			a.Line = line
		}
	case DiscountRemove:
		a.Code = rapid.SampledFrom([]string{"D", "E"}).Draw(t, "code")
	case ShippingChange:
		if a.Method = rapid.SampledFrom([]string{"post", "", "unknown"}).Draw(t, "method"); a.Method == "" || rapid.Bool().Draw(t, "priced") {
			a.Amount = amount
		}
	}
	return a
}

// settle finds stock for what a change adds, half of it in a second place.
func settle(e *Edited, at micros.Time) (*Order, error) {
	var found []Reservation
	for _, id := range e.Added {
		l := e.Order.Line(id)
		for i, n := range []int64{l.Kept() - l.Kept()/2, l.Kept() / 2} {
			if n > 0 {
				found = append(found, Reservation{id, l.SKU, []string{"L", "M"}[i], n})
			}
		}
	}
	return e.Settle(Sourced{Taken: found}, at)
}

// randomEdit makes a change and looks at what it may not do, whatever it is.
func randomEdit(t *rapid.T, o *Order, at micros.Time) (*Order, error) {
	actions := []Action{}
	for range rapid.IntRange(1, 3).Draw(t, "actions") {
		actions = append(actions, genAction(t, o))
	}
	before := asJSON(t, o)
	e, err := Edit(o, actions, tables())
	if asJSON(t, o) != before {
		t.Fatal("Edit changed its input")
	}
	if err != nil {
		return o, err
	}
	if len(e.Violations) > 0 {
		refused := errs.New(errs.Conflict, "violations", "")
		refused.Problems = e.Violations
		return o, refused
	}
	next, err := settle(e, at)
	if err != nil {
		t.Fatalf("an edit without violations that cannot be made: %v", err)
	}
	named := map[string]bool{}
	for _, a := range actions {
		named[a.Line] = true
		if a.Type == DiscountAdd && a.Line == "" || a.Type == DiscountRemove {
			return next, nil // touches many
		}
	}
	for i, was := range o.Lines {
		l := next.Lines[i]
		if l.Quantity != was.Quantity || l.SKU != was.SKU || l.ID != was.ID {
			t.Fatalf("line %s was another one: %+v", was.ID, was)
		}
		u, w := l.Units, was.Units
		if u.Released != w.Released || u.Picked != w.Picked || u.Packed != w.Packed || u.Shipped != w.Shipped {
			t.Fatalf("E1: an edit took from locations: %+v, was %+v", u, w)
		}
		if !named[l.ID] && (l.UnitPrice != was.UnitPrice || l.Discount != was.Discount || !slices.Equal(l.TaxLines, was.TaxLines)) {
			t.Fatalf("E3: nobody named line %s: %+v, was %+v", l.ID, l, was)
		}
	}
	return next, nil
}

func accepted(t *testing.T, p Placement) *Order {
	t.Helper()
	o, err := Accept(newOrder(t, p, tables()), now)
	return must(t, o, err)
}

func edit(t *testing.T, o *Order, actions ...Action) *Edited {
	t.Helper()
	e, err := Edit(o, actions, tables())
	return must(t, e, err)
}

func made(t *testing.T, o *Order, actions ...Action) *Order {
	t.Helper()
	e := edit(t, o, actions...)
	if len(e.Violations) > 0 {
		t.Fatalf("violations: %+v", e.Violations)
	}
	n, err := settle(e, later)
	return must(t, n, err)
}

// D13, E5: one unit more and one unit less again costs what it did before, to the last cent.
func TestThereAndBackCostsNothing(t *testing.T) {
	p := placement(3, 2)
	p.ShippingMethod = "post"
	p.Discounts = []PlacementDiscount{{Code: "D", Amount: eur(1001)}}
	o := accepted(t, p)
	more := made(t, o, Action{Type: ItemQuantity, Line: "1", Quantity: ptr(int64(4))})
	if l := more.Line("3"); l == nil || l.AddsTo != "1" || l.Quantity != 1 || l.UnitPrice != 1000 || l.Units.Allocated != 1 || more.Lines[0].Quantity != 3 {
		t.Fatalf("%+v", more.Lines)
	}
	if want := o.Totals.GrandTotal + 1200; more.Totals.GrandTotal != want {
		t.Errorf("one more costs %d, want %d", more.Totals.GrandTotal, want)
	}
	less := made(t, more, Action{Type: ItemQuantity, Line: "1", Quantity: ptr(int64(3))})
	if less.Totals != o.Totals || less.Line("3").Units != (Quantities{Canceled: 1}) {
		t.Errorf("E5: %+v, was %+v; %+v", less.Totals, o.Totals, less.Line("3"))
	}
	both := made(t, o, Action{Type: ItemAdd, SKU: "a", Quantity: ptr(int64(2))}, Action{Type: ItemRemove, Line: "3"})
	if both.Totals != o.Totals {
		t.Errorf("E5 in one change: %+v, was %+v", both.Totals, o.Totals)
	}
	if e := edit(t, more, Action{Type: ItemRemove, Line: "3"}); !slices.Equal(e.Taken, []Taken{{Line: "3", Allocated: 1}}) || len(e.Added) > 0 {
		t.Errorf("taken %+v, added %v", e.Taken, e.Added)
	}
}

func TestWhatSpeaksAgainstAChange(t *testing.T) {
	o := accepted(t, placement(4, 2))
	o, err := release(o, []Units{{"1", 3}}, later)
	o = must(t, o, err)
	o, err = ship(o, []Units{{"1", 1}}, later)
	o = must(t, o, err) // line 1: 1 shipped, 2 released, 1 allocated
	for _, c := range []struct {
		action Action
		code   string
	}{
		{Action{Type: ItemQuantity, Line: "1", Quantity: ptr(int64(2))}, "below_released"},
		{Action{Type: ItemRemove, Line: "1"}, "below_released"},
		{Action{Type: PriceOverride, Line: "1", UnitPrice: ptr(eur(1)), Reason: "goodwill"}, "line_shipped"},
		{Action{Type: DiscountAdd, Line: "1", Code: "X", Amount: ptr(eur(1))}, "line_shipped"},
		{Action{Type: DiscountAdd, Code: "X", Amount: ptr(eur(2001))}, "discount_too_large"}, // only line 2 can take it
		{Action{Type: ShippingChange, Method: "post"}, "line_shipped"},
		{Action{Type: ItemQuantity, Line: "1", Quantity: ptr(int64(3))}, ""},
		{Action{Type: DiscountAdd, Code: "X", Amount: ptr(eur(2000))}, ""},
		{Action{Type: PriceOverride, Line: "2", UnitPrice: ptr(eur(1)), Reason: "goodwill"}, ""},
		{Action{Type: ItemRemove, Line: "2"}, ""},
	} {
		e := edit(t, o, c.action)
		got := ""
		if len(e.Violations) > 0 {
			got = e.Violations[0].Code
		}
		if got != c.code || len(e.Violations) > 1 {
			t.Errorf("%+v: %+v, want %q", c.action, e.Violations, c.code)
		}
	}
	if e := edit(t, o, Action{Type: DiscountAdd, Code: "X", Amount: ptr(eur(2001))}); !strings.HasPrefix(e.Violations[0].Detail, "only 20.00 EUR is left") {
		t.Errorf("%+v", e.Violations)
	}
	if e := edit(t, accepted(t, placement(1)), Action{Type: ItemRemove, Line: "1"}); len(e.Violations) != 1 || e.Violations[0].Code != "nothing_left" {
		t.Errorf("%+v", e.Violations)
	}
	reduced := made(t, accepted(t, placement(2, 1)), Action{Type: ItemQuantity, Line: "1", Quantity: ptr(int64(1))})
	if e := edit(t, reduced, Action{Type: DiscountAdd, Line: "1", Code: "X", Amount: ptr(eur(1))}); len(e.Violations) != 1 || e.Violations[0].Code != "line_reduced" {
		t.Errorf("%+v", e.Violations)
	}
}

// Discounts stay exact and taxes follow by the rates that the lines have.
func TestPricesDiscountsAndTaxes(t *testing.T) {
	p := placement(1, 1, 1)
	p.Lines[2].TaxGiven, p.Lines[2].TaxLines = true, []PlacementTax{{Name: "given", Amount: eur(100)}}
	o := accepted(t, p)
	d := made(t, o, Action{Type: DiscountAdd, Code: "TEN", Amount: ptr(eur(1000))})
	if got := d.Discounts[0].Parts; !slices.Equal(got, []int64{334, 333, 333}) {
		t.Errorf("parts %v", got)
	}
	for i, want := range []int64{133, 133, 67} { // 20 % of 666 and 667; 100 × 667 ÷ 1000
		if got := d.Lines[i].TaxLines[0].Amount; got != want {
			t.Errorf("tax of line %d is %d, want %d", i+1, got, want)
		}
	}
	if back := made(t, d, Action{Type: DiscountRemove, Code: "TEN"}); back.Totals.Discount != 0 || back.Lines[0].TaxLines[0].Amount != 200 || back.Lines[2].TaxLines[0].Amount != 100 {
		t.Errorf("%+v %+v", back.Totals, back.Lines)
	}
	free := made(t, o, Action{Type: PriceOverride, Line: "3", UnitPrice: ptr(eur(0)), Reason: "goodwill"})
	if free.Lines[2].TaxLines[0].Amount != 0 {
		t.Errorf("%+v", free.Lines[2])
	}
	price := made(t, o, Action{Type: PriceOverride, Line: "1", UnitPrice: ptr(eur(500)), Reason: "price_match"}, Action{Type: ShippingChange, Amount: ptr(eur(250)), Method: "van"})
	if price.Lines[0].UnitPrice != 500 || price.Lines[0].TaxLines[0].Amount != 100 || price.Shipping.Amount != 250 || price.Shipping.Method != "van" || price.Totals.GrandTotal != o.Totals.GrandTotal-600+250 {
		t.Errorf("%+v", price)
	}
	e := edit(t, o, Action{Type: PriceOverride, Line: "1", UnitPrice: ptr(eur(500)), Reason: "price_match"})
	lines := e.Lines(e.Order)
	if want := []PreviewLine{{Line: "1", SKU: "a", Before: 1, After: 1, UnitPrice: 500, Tax: 100, Total: 600}}; !slices.Equal(lines, want) {
		t.Errorf("%+v", lines)
	}
}

// The request's own mistakes are reported all at once, with pointers.
func TestChangeThatCannotBeRead(t *testing.T) {
	o := accepted(t, placement(1))
	_, err := Edit(o, []Action{
		{Type: "steal"},
		{Type: ItemAdd, Line: "1", Quantity: ptr(int64(0))},
		{Type: ItemQuantity, Line: "1"},
		{Type: PriceOverride, Line: "1", UnitPrice: ptr(money.Money{Amount: -1, Currency: "GBP"}), Reason: "mood"},
		{Type: ShippingChange},
		{Type: DiscountAdd, Code: " ", Amount: ptr(eur(1))},
	}, tables())
	got := problems(err)
	for _, want := range []string{
		"/actions/0/type unknown_value", "/actions/1/sku required", "/actions/1/line unknown_field", "/actions/1/quantity out_of_range", "/actions/2/quantity required",
		"/actions/3/unit_price/amount out_of_range", "/actions/3/unit_price/currency mixed_currencies", "/actions/3/reason unknown_value", "/actions/4/method required", "/actions/5/code required",
	} {
		if !got[want] {
			t.Errorf("%q is missing in %v", want, got)
		}
		delete(got, want)
	}
	if len(got) > 0 {
		t.Errorf("also %v", got)
	}
	_, err = Edit(o, []Action{{Type: ItemRemove, Line: "9"}, {Type: DiscountRemove, Code: "X"}, {Type: ItemAdd, SKU: "none", Quantity: ptr(int64(1))}, {Type: ShippingChange, Method: "rocket"}}, tables())
	if got := problems(err); !got["/actions/0/line unknown_line"] || !got["/actions/1/code unknown_discount"] || !got["/actions/2/sku unknown_sku"] || !got["/actions/3/method unknown_shipping_method"] {
		t.Errorf("%v", got)
	}
	_, err = Edit(o, nil, tables())
	if got := problems(err); !got["/actions out_of_range"] {
		t.Errorf("%v", got)
	}
	for _, s := range []Status{Draft, Completed, Canceled, Rejected} {
		c := deepCopy(t, o)
		c.Status = s
		_, err := Edit(c, []Action{{Type: ItemRemove, Line: "1"}}, tables())
		codeOf(t, err, "illegal_transition")
	}
}

// Every state of a change and every event.
func TestEveryChangeStateAndEvent(t *testing.T) {
	legal := map[ChangeStatus]map[string]ChangeStatus{
		ChangeOpen:      {"cancel": ChangeCanceled, "supersede": ChangeSuperseded},
		ChangePreviewed: {"confirm": ChangeConfirmed, "cancel": ChangeCanceled, "supersede": ChangeSuperseded},
	}
	for _, s := range ChangeStatuses {
		for event := range changeTargets {
			c := &Change{Status: s}
			got, err := EndChange(c, event, later)
			want, ok := legal[s][event]
			switch {
			case ok && (err != nil || got.Status != want || got.ClosedAt != later || c.Status != s):
				t.Errorf("%s in %s: %+v, %v", event, s, got, err)
			case !ok && s == ChangeOpen:
				codeOf(t, err, "change_has_violations")
			case !ok:
				codeOf(t, err, "illegal_transition")
			}
		}
		_, err := Previewed(&Change{Status: s}, Preview{})
		if (err == nil) != (&Change{Status: s}).Pending() {
			t.Errorf("preview in %s: %v", s, err)
		}
	}
	bad := Preview{Violations: []errs.Problem{{Code: "below_released"}}}
	c, err := Previewed(&Change{}, bad)
	if c = must(t, c, err); c.Status != ChangeOpen {
		t.Errorf("%+v", c)
	}
	if _, err := EndChange(c, "confirm", later); errs.As(err) == nil || !slices.Equal(errs.As(err).Problems, bad.Violations) {
		t.Errorf("D12: the violations are not named: %v", err)
	}
	if len(ChangeStatuses) != len(changeTransitions) {
		t.Error("a state is not in the table")
	}
}

// TestLimitDiscounts: nobody gives more than a share of the order and of each line, and what others gave is in nobody's way.
func TestLimitDiscounts(t *testing.T) {
	o := &Order{Currency: "GBP", Lines: []Line{{ID: "1", Quantity: 1, UnitPrice: 1000}, {ID: "2", Quantity: 9, UnitPrice: 1000, Discount: 900}}}
	gives := func(line string, amount int64) Action {
		return Action{Type: DiscountAdd, Code: "SORRY", Line: line, Amount: &money.Money{Amount: amount, Currency: "GBP"}}
	}
	for name, c := range map[string]struct {
		actions []Action
		after   Totals
		refused bool
	}{
		"the whole of a line, a tenth of the order": {[]Action{gives("1", 1000)}, Totals{Items: 10_000, Discount: 1000}, true},
		"a tenth of a line":                         {[]Action{gives("1", 100)}, Totals{Items: 10_000, Discount: 1000}, false},
		"a tenth of a line in two parts":            {[]Action{gives("1", 60), gives("1", 60)}, Totals{Items: 10_000, Discount: 1000}, true},
		"a line that has its tenth":                 {[]Action{gives("2", 1)}, Totals{Items: 10_000, Discount: 901}, true},
		"a line that is added":                      {[]Action{gives("3", 1)}, Totals{Items: 10_000, Discount: 901}, true},
		"over a tenth of the order":                 {[]Action{gives("", 101)}, Totals{Items: 10_000, Discount: 1001}, true},
		"others gave more":                          {[]Action{{Type: ItemRemove, Line: "1"}}, Totals{Items: 100, Discount: 50}, false},
	} {
		err := o.LimitDiscounts(c.actions, c.after, 10)
		if (err != nil) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
		if err := MayGive(err); errs.Is(err, "discount_limit") != c.refused {
			t.Errorf("%s, confirmed: %v", name, err)
		}
	}
}
