package order

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/address"
	"ordo/internal/errs"
)

// Units leave where they cost the least trouble: what holds no stock, then what is allocated, then what is released.
func TestCancelTakesTheEasyUnitsFirst(t *testing.T) {
	o := accepted(t, placement(10))
	o.Lines[0].Units = Quantities{Backordered: 2, Allocated: 3, Released: 4, Shipped: 1}
	o.Backorders = []Reservation{{"1", "a", "L", 1}, {"1", "a", "M", 1}}
	o.FulfillmentStatus = FulfillmentStatusOf(o)
	must(t, o, Check(o))
	for n, want := range map[int64]Taken{
		1: {Line: "1", Backordered: 1},
		4: {Line: "1", Backordered: 2, Allocated: 2},
		8: {Line: "1", Backordered: 2, Allocated: 3, Released: 3},
	} {
		c, taken, err := CancelLines(o, []Units{{"1", n}}, map[string]int64{"1": 3}, "customer", later)
		c = must(t, c, err)
		if !slices.Equal(taken, []Taken{want}) || c.Lines[0].Units.Canceled != n || c.Status != Open || c.Reason != "" {
			t.Errorf("%d: %+v; %+v", n, taken, c.Lines[0].Units)
		}
		if n == 1 && (!slices.Equal(c.Backorders, o.Backorders[:1]) || !slices.Equal(Lost(o.Backorders, c.Backorders), o.Backorders[1:])) {
			t.Errorf("backorders %v", c.Backorders)
		}
	}
	if _, _, err := CancelLines(o, []Units{{"1", 9}}, map[string]int64{"1": 3}, "customer", later); errs.CodeOf(err) != "units_not_cancelable" {
		t.Errorf("%v", err)
	}
	c, _, err := CancelLines(o, []Units{{"1", 4}, {"1", 5}}, map[string]int64{"1": 4}, "customer", later)
	if c = must(t, c, err); c.Status != Completed || c.ClosedAt != later || c.Totals.Items != 1000 || c.FulfillmentStatus != "shipped" {
		t.Errorf("the rest is canceled: %+v", c)
	}
}

func TestCancelLines(t *testing.T) {
	pending := newOrder(t, placement(3, 2), tables())
	pending.Reservations = []Reservation{{"1", "a", "L", 2}, {"1", "a", "M", 1}, {"2", "a", "L", 2}}
	c, taken, err := CancelLines(pending, []Units{{"1", 2}}, nil, "customer", later)
	c = must(t, c, err)
	if want := []Reservation{{"1", "a", "L", 1}, {"2", "a", "L", 2}}; !slices.Equal(c.Reservations, want) || !slices.Equal(taken, []Taken{{Line: "1", Waiting: 2}}) || c.Status != Pending {
		t.Errorf("reservations %v", c.Reservations)
	}
	if want := []Reservation{{"1", "a", "L", 1}, {"1", "a", "M", 1}}; !slices.Equal(Lost(pending.Reservations, c.Reservations), want) {
		t.Errorf("lost %v", Lost(pending.Reservations, c.Reservations))
	}
	c, _, err = CancelLines(pending, []Units{{"1", 3}, {"2", 2}}, nil, "fraud", later)
	if c = must(t, c, err); c.Status != Canceled || c.Reason != "fraud" || c.ClosedAt != later || c.Totals != (Totals{}) || c.Reservations != nil {
		t.Errorf("all of it: %+v", c)
	}
	_, _, err = CancelLines(pending, []Units{{"9", 1}, {"1", 0}}, nil, "customer", later)
	if got := problems(err); !maps.Equal(got, map[string]bool{"/lines/0/line unknown_line": true, "/lines/1/quantity out_of_range": true}) {
		t.Errorf("%v", got)
	}
	_, _, err = CancelLines(pending, nil, nil, "customer", later)
	codeOf(t, err, "validation_failed")
	for state, o := range inEveryStatus(t) {
		if o.Status != Pending && o.Status != Open {
			_, _, err := CancelLines(o, []Units{{"1", 1}}, nil, "customer", later)
			if errs.CodeOf(err) != "illegal_transition" {
				t.Errorf("%s: %v", state, err)
			}
		}
	}
}

// However a line's units are canceled, what is left costs what that many units cost: the order of cancellations and
// their sizes make no difference, and all of them together leave nothing to pay.
func TestCanceledMoneyAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, _, o := genOrder(t)
		o, err := Accept(o, now)
		o = must(t, o, err)
		l := o.Lines[rapid.IntRange(0, len(o.Lines)-1).Draw(t, "line")]
		n := rapid.Int64Range(1, l.Quantity).Draw(t, "units")
		once, _, err := CancelLines(o, []Units{{l.ID, n}}, nil, "customer", later)
		once = must(t, once, err)
		twice := o
		for left := n; left > 0; {
			k := rapid.Int64Range(1, left).Draw(t, "at once")
			twice, _, err = CancelLines(twice, []Units{{l.ID, k}}, nil, "customer", later)
			twice = must(t, twice, err)
			left -= k
		}
		if once.Totals != twice.Totals {
			t.Fatalf("%+v in one step, %+v in several", once.Totals, twice.Totals)
		}
		if once.Totals.GrandTotal > o.Totals.GrandTotal {
			t.Fatalf("C1: canceling made it dearer: %+v, was %+v", once.Totals, o.Totals)
		}
	})
}

func TestChangeDetails(t *testing.T) {
	p := placement(1, 1)
	p.ShippingMethod = "post"
	p.Lines[1].TaxGiven, p.Lines[1].TaxLines = true, []PlacementTax{{Name: "given", Amount: eur(7)}}
	o := accepted(t, p)
	abroad := tables()
	abroad.TaxFor = func(string) *Tax { return &Tax{"TVA", "0.1"} }
	c, err := ChangeDetails(o, Details{ShippingAddress: &away}, abroad, later)
	c = must(t, c, err)
	if c.ShippingAddress != away || c.Lines[0].TaxLines[0] != (TaxLine{"TVA", "0.1", 100, false}) || c.Lines[1].TaxLines[0].Amount != 7 || c.Totals.Tax != 107 || c.Shipping.Amount != 499 {
		t.Errorf("%+v %+v", c.Lines, c.Totals)
	}
	street := home
	street.Line1 = "2 High Street"
	if c, err = ChangeDetails(o, Details{ShippingAddress: &street, BillingAddress: &away, Customer: &Customer{Phone: "1"}}, abroad, later); err != nil || c.Totals != o.Totals || c.BillingAddress != away || c.Customer.Phone != "1" {
		t.Errorf("another street: %+v, %v", c.Totals, err)
	}
	if c, err = ChangeDetails(o, Details{ShippingMethod: ptr("")}, tables(), later); err != nil || c.Shipping.Amount != 0 || c.Totals.Shipping != 0 {
		t.Errorf("no method: %+v, %v", c.Shipping, err)
	}
	nowhere := tables()
	nowhere.Shipping = nil
	_, err = ChangeDetails(o, Details{ShippingAddress: &away}, nowhere, later)
	if !problems(err)["/shipping_method unknown_shipping_method"] {
		t.Errorf("%v", err)
	}
	_, err = ChangeDetails(o, Details{}, tables(), later)
	codeOf(t, err, "validation_failed")
	_, err = ChangeDetails(o, Details{Customer: &Customer{}, ShippingAddress: &address.Address{}}, tables(), later)
	if got := problems(err); !got["/customer/email required"] || !got["/shipping_address/city required"] {
		t.Errorf("%v", got)
	}
	for name, u := range map[string]Quantities{"packed": {Packed: 1}, "shipped": {Shipped: 1}} {
		away := inEveryStatus(t)["open"]
		away.Lines[0].Units = u
		_, err := ChangeDetails(away, Details{ShippingMethod: ptr("post")}, tables(), later)
		if errs.CodeOf(err) != "already_packed" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A draft may lack everything but its channel; what it has must have the right form.
func TestDrafts(t *testing.T) {
	d, err := NewDraft(Placement{Channel: "web"}, tables(), now)
	if d = must(t, d, err); d.Status != Draft || d.Number != "" || len(Missing(d)) < 4 {
		t.Errorf("%+v, missing %v", d, Missing(d))
	}
	if d, err = NewDraft(placement(2), tables(), now); err != nil || d.Totals.GrandTotal != 2400 || len(Missing(d)) != 0 || d.Draft.PaymentProvider != "" {
		t.Errorf("%+v, %v, missing %v", d, err, Missing(d))
	}
	wrong := placement(2)
	wrong.Lines[0].SKU, wrong.Customer.Email, wrong.ShippingAddress.Country, wrong.Channel = "none", "x", "QQ", ""
	_, err = NewDraft(wrong, tables(), now)
	got := problems(err)
	for _, want := range []string{"/channel required", "/customer/email invalid_email", "/shipping_address/country invalid_country", "/lines/0/sku unknown_sku"} {
		if !got[want] {
			t.Errorf("%s is missing in %v", want, got)
		}
	}
	d.ID, d.Version, d.Tags = "ord_1", 3, []string{"gift"}
	n, err := ReplaceDraft(d, placement(1, 1, 1), tables(), later)
	if n = must(t, n, err); n.ID != d.ID || n.Version != 3 || len(n.Lines) != 3 || n.PlacedAt != now || len(n.Tags) != 1 {
		t.Errorf("%+v", n)
	}
	other := placement(1)
	other.Channel = "phone"
	_, err = ReplaceDraft(d, other, tables(), later)
	codeOf(t, err, "validation_failed")
	for state, o := range inEveryStatus(t) {
		_, err := ReplaceDraft(o, placement(1), tables(), later)
		if (err == nil) != (o.Status == Draft) || (PlaceDraft(o) == nil) != (o.Status == Draft) {
			t.Errorf("%s: %v", state, err)
		}
	}
	c, err := Cancel(d, "customer", later)
	if c = must(t, c, err); c.Status != Canceled || c.Totals != (Totals{}) {
		t.Errorf("%+v", c)
	}
}
