package order

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

const later = now + 1

// events are all rules, each asked for one unit of line 1 where it takes units.
var events = map[string]func(*Order) (*Order, error){
	"accept":  func(o *Order) (*Order, error) { return Accept(o, later) },
	"reject":  func(o *Order) (*Order, error) { return Reject(o, "payment", later) },
	"cancel":  func(o *Order) (*Order, error) { return Cancel(o, "customer", later) },
	"release": func(o *Order) (*Order, error) { return release(o, []Units{{"1", 1}}, later) },
	"ship":    func(o *Order) (*Order, error) { return ship(o, []Units{{"1", 1}}, later) },
	"deliver": func(o *Order) (*Order, error) { return deliver(o, []Units{{"1", 1}}, later) },
}

// inEveryStatus makes an order of three units of one line in each status, the open and completed ones with units
// that each event could take.
func inEveryStatus(t *testing.T) map[string]*Order {
	t.Helper()
	with := func(s Status, u Quantities) *Order {
		o := newOrder(t, placement(3), tables())
		o.Status, o.Lines[0].Units = s, u
		var err error
		o.Totals, err = Total(o)
		if err != nil {
			t.Fatal(err)
		}
		o.FulfillmentStatus = FulfillmentStatusOf(o)
		if err := Check(o); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		return o
	}
	return map[string]*Order{
		"draft":        with(Draft, Quantities{}),
		"pending":      with(Pending, Quantities{}),
		"open":         with(Open, Quantities{Allocated: 2, Released: 1}),
		"open shipped": with(Open, Quantities{Allocated: 1, Released: 1, Shipped: 1}),
		"completed":    with(Completed, Quantities{Shipped: 3, Delivered: 1}),
		"canceled":     with(Canceled, Quantities{Canceled: 3}),
		"rejected":     with(Rejected, Quantities{}),
	}
}

// Every status and every event: what the table does not list is refused with what it does, and changes nothing.
func TestEveryStatusAndEvent(t *testing.T) {
	legal := map[string]map[string]Status{
		"draft":        {"cancel": Canceled},
		"pending":      {"accept": Open, "reject": Rejected, "cancel": Canceled},
		"open":         {"release": Open, "ship": Open, "cancel": Canceled},
		"open shipped": {"release": Open, "ship": Open, "deliver": Open},
		"completed":    {"deliver": Completed},
		"canceled":     {},
		"rejected":     {},
	}
	for state, o := range inEveryStatus(t) {
		for event, rule := range events {
			before := asJSON(t, o)
			got, err := rule(o)
			if asJSON(t, o) != before {
				t.Fatalf("%s in %s changed its input", event, state)
			}
			want, ok := legal[state][event]
			if ok {
				if err != nil || got.Status != want || got == o {
					t.Errorf("%s in %s: got %s, %v; want %s", event, state, got.Status, err, want)
				}
				continue
			}
			if state == "open" && event == "deliver" { // the event is right, no unit is
				codeOf(t, err, "illegal_transition")
				continue
			}
			e := errs.As(err)
			if e == nil || e.Class != errs.Conflict || e.Code != "illegal_transition" || got != o {
				t.Errorf("%s in %s: got %v", event, state, err)
				continue
			}
			allowed := Steps(o)
			slices.Sort(allowed)
			if list, _ := e.Fields["allowed"].([]string); !slices.Equal(list, allowed) || slices.Contains(list, event) || e.Fields["state"] != string(o.Status) {
				t.Errorf("%s in %s: fields %v, allowed %v", event, state, e.Fields, allowed)
			}
		}
	}
}

func TestAllowed(t *testing.T) {
	for state, want := range map[string][]string{
		"draft":        {"place", "replace", "cancel"},
		"pending":      {"accept", "reject", "cancel", "cancel_lines", "change", "change_details"},
		"open":         {"fulfill", "deliver", "cancel", "cancel_lines", "change", "change_details"},
		"open shipped": {"fulfill", "deliver", "cancel_lines", "change", "change_details", "return"},
		"completed":    {"deliver", "return"},
		"canceled":     {},
		"rejected":     {},
	} {
		if got := Allowed(inEveryStatus(t)[state]); !slices.Equal(got, want) || got == nil {
			t.Errorf("%s: %v", state, got)
		}
	}
	if len(Statuses) != len(transitions) {
		t.Errorf("%d statuses, %d in the table", len(Statuses), len(transitions))
	}
}

func TestWhatEventsSet(t *testing.T) {
	in := inEveryStatus(t)
	o := in["pending"]
	o.Reservations = []Reservation{{"1", "a", "L", 2}, {"1", "a", "M", 1}}
	if got, err := Accept(o, later); err != nil || got.AcceptedAt != later || got.Reservations != nil || got.Lines[0].Units != (Quantities{Allocated: 3}) || got.ClosedAt != 0 {
		t.Errorf("accept: %+v, %v", got, err)
	}
	if got, err := Reject(o, "payment", later); err != nil || got.ClosedAt != later || got.Reason != "payment" || got.Reservations != nil || got.Totals != o.Totals || got.FulfillmentStatus != "canceled" {
		t.Errorf("reject: %+v, %v", got, err)
	}
	if got, err := Cancel(in["open"], "expired", later); err != nil || got.ClosedAt != later || got.Reason != "expired" || got.Totals != (Totals{}) || got.FulfillmentStatus != "canceled" || got.Lines[0].Units != (Quantities{Canceled: 3}) {
		t.Errorf("cancel: %+v, %v", got, err)
	}
	got, err := release(in["open shipped"], []Units{{"1", 1}}, later)
	got = must(t, got, err)
	if got, err = ship(got, []Units{{"1", 1}, {"1", 1}}, later); err != nil || got.Status != Completed || got.ClosedAt != later || got.FulfillmentStatus != "shipped" {
		t.Errorf("last shipment: %+v, %v", got, err)
	}
}

// Units that are not there are refused, and part of a movement leaves no trace.
func TestMovesAreWholeOrNothing(t *testing.T) {
	o := inEveryStatus(t)["open"] // 2 allocated, 1 released
	for _, units := range [][]Units{
		{{"1", 3}}, {{"1", 1}, {"1", 2}}, {{"2", 1}}, {{"", 1}}, {{"1", 1 << 62}, {"1", 1 << 62}}, {{"1", 1}, {"9", 1}},
	} {
		before := asJSON(t, o)
		got, err := release(o, units, later)
		if err == nil || got != o || asJSON(t, got) != before {
			t.Errorf("release of %v: %v", units, err)
		}
	}
}

func TestFulfillmentStatus(t *testing.T) {
	for _, c := range []struct {
		status Status
		units  []Quantities // of lines with three units each
		want   string
	}{
		{Pending, []Quantities{{}}, "unfulfilled"},
		{Open, []Quantities{{Allocated: 3}}, "unfulfilled"},
		{Open, []Quantities{{Backordered: 3}}, "unfulfilled"},
		{Open, []Quantities{{Allocated: 2, Released: 1}}, "in_progress"},
		{Open, []Quantities{{Allocated: 2, Picked: 1}}, "in_progress"},
		{Open, []Quantities{{Packed: 3}}, "in_progress"},
		{Open, []Quantities{{Shipped: 1, Released: 2}}, "partially_shipped"},
		{Open, []Quantities{{Shipped: 3}, {Allocated: 3}}, "partially_shipped"},
		{Completed, []Quantities{{Shipped: 3}}, "shipped"},
		{Completed, []Quantities{{Canceled: 1, Shipped: 2}, {Canceled: 3}}, "shipped"},
		{Open, []Quantities{{Shipped: 1, Delivered: 1, Allocated: 2}}, "partially_delivered"},
		{Completed, []Quantities{{Shipped: 3, Delivered: 2}}, "partially_delivered"},
		{Completed, []Quantities{{Shipped: 3, Delivered: 3}, {Shipped: 3}}, "partially_delivered"},
		{Completed, []Quantities{{Shipped: 3, Delivered: 3}}, "delivered"},
		{Completed, []Quantities{{Shipped: 2, Delivered: 2, Canceled: 1}}, "delivered"},
		{Canceled, []Quantities{{Canceled: 3}}, "canceled"},
		{Rejected, []Quantities{{}}, "canceled"},
	} {
		o := &Order{Status: c.status}
		for _, u := range c.units {
			o.Lines = append(o.Lines, Line{Quantity: 3, Units: u})
		}
		if got := FulfillmentStatusOf(o); got != c.want {
			t.Errorf("%s %+v: got %s, want %s", c.status, c.units, got, c.want)
		}
	}
}

// step does one random thing to an order, as the application would: most of them are refused in most states.
func step(t *rapid.T, o *Order, at micros.Time) (*Order, error) {
	var units []Units
	for range rapid.IntRange(1, 3).Draw(t, "moves") {
		l := o.Lines[rapid.IntRange(0, len(o.Lines)-1).Draw(t, "line")]
		units = append(units, Units{l.ID, rapid.Int64Range(1, l.Quantity).Draw(t, "units")})
	}
	switch rapid.SampledFrom([]string{"accept", "accept", "release", "release", "ship", "ship", "deliver", "deliver", "cancel", "reject", "all", "cancel lines", "cancel lines", "edit", "edit", "details"}).Draw(t, "event") {
	case "accept":
		return Accept(o, at)
	case "reject":
		return Reject(o, "payment", at)
	case "cancel":
		return Cancel(o, "customer", at)
	case "release":
		return release(o, units, at)
	case "ship":
		return ship(o, units, at)
	case "deliver":
		return deliver(o, units, at)
	case "cancel lines":
		free := map[string]int64{}
		for _, l := range o.Lines {
			free[l.ID] = rapid.Int64Range(0, 3).Draw(t, "free")
		}
		o, _, err := CancelLines(o, units, free, "customer", at)
		return o, err
	case "edit":
		return randomEdit(t, o, at)
	case "details":
		return ChangeDetails(o, genDetails(t), tables(), at)
	}
	units = nil // everything on its way, so that walks reach the end
	for _, l := range o.Lines {
		if l.Units.Allocated > 0 {
			units = append(units, Units{l.ID, l.Units.Allocated})
		}
	}
	if o, err := release(o, units, at); err != nil {
		return o, err
	}
	units = nil
	for _, l := range o.Lines {
		if l.Units.Released > 0 {
			units = append(units, Units{l.ID, l.Units.Released})
		}
	}
	return ship(o, units, at)
}

// Random walks: every state that rules reach holds the invariants; a refused event gives back the order as it was;
// inputs never change; counters that count what happened never fall (L4); what is derived agrees with the counters.
func TestRandomWalks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, _, o := genOrder(t)
		for i := range rapid.IntRange(1, 25).Draw(t, "steps") {
			before := asJSON(t, o)
			next, err := step(t, o, now+micros.Time(i))
			if asJSON(t, o) != before {
				t.Fatal("the rule changed its input")
			}
			if err != nil {
				if next != o {
					t.Fatalf("a refused event gives another order: %v", err)
				}
				codeAny(t, err)
				continue
			}
			if err := Check(next); err != nil {
				t.Fatal(err)
			}
			for k, was := range o.Lines {
				u, was := next.Lines[k].Units, was.Units
				if u.Shipped < was.Shipped || u.Delivered < was.Delivered || u.Canceled < was.Canceled {
					t.Fatalf("L4: %+v after %+v", u, was)
				}
			}
			if (next.Status == Completed || next.Status == Canceled || next.Status == Rejected) != (next.ClosedAt != 0) {
				t.Fatalf("%s, closed at %q", next.Status, next.ClosedAt)
			}
			if ShippedWorth(next) < ShippedWorth(o) {
				t.Fatalf("P7: %d of %d has shipped after %d of %d", ShippedWorth(next), next.Totals.GrandTotal, ShippedWorth(o), o.Totals.GrandTotal)
			}
			if next.Status == Completed && ShippedWorth(next) != next.Totals.GrandTotal {
				t.Fatalf("P7: all has shipped, worth %d of %d", ShippedWorth(next), next.Totals.GrandTotal)
			}
			o = next
		}
	})
}

func codeAny(t *rapid.T, err error) {
	e := errs.As(err)
	if e == nil || !slices.Contains([]string{"illegal_transition", "units_not_cancelable", "already_packed", "violations", "validation_failed", "amount_too_large"}, e.Code) {
		t.Fatalf("refused with %v", err)
	}
}

// Check also judges documents that something else wrote: it names what is wrong and never panics.
func TestCheckFindsDefects(t *testing.T) {
	base := func() *Order {
		p := placement(3, 2)
		p.ShippingMethod = "post"
		p.Discounts = []PlacementDiscount{{Code: "D", Amount: eur(101)}, {Code: "L", Amount: eur(50), Line: "2"}}
		o, err := Accept(newOrder(t, p, tables()), now)
		return must(t, o, err)
	}
	for name, spoil := range map[string]func(*Order){
		"negative counter":           func(o *Order) { o.Lines[0].Units.Allocated = -1 },
		"units nowhere":              func(o *Order) { o.Lines[0].Units.Allocated-- },
		"units twice":                func(o *Order) { o.Lines[0].Units.Released++ },
		"canceled over ordered":      func(o *Order) { o.Lines[0].Units.Canceled = 99 },
		"counters that wrap around":  func(o *Order) { o.Lines[0].Units = Quantities{Picked: 1 << 62, Packed: 1 << 62, Shipped: -1 << 63} },
		"quantity below 1":           func(o *Order) { o.Lines[0].Quantity, o.Lines[0].Units = -1, Quantities{} },
		"delivered over shipped":     func(o *Order) { o.Lines[0].Units.Delivered = 1 },
		"returned over shipped":      func(o *Order) { o.Lines[0].Units.ReturnRequested = 1 },
		"parts for another order":    func(o *Order) { o.Discounts[0].Parts = []int64{1, 2, 3} },
		"no parts":                   func(o *Order) { o.Discounts[0].Parts = nil },
		"parts that miss the amount": func(o *Order) { o.Discounts[0].Amount++ },
		"part below 0":               func(o *Order) { o.Discounts[0].Parts = []int64{-1, 102} },
		"part of another line": func(o *Order) { // though all sums are right
			o.Discounts[0].Parts[0] -= 10
			o.Discounts[0].Parts[1] += 10
			o.Discounts[1].Parts = []int64{10, 40}
		},
		"line with another discount": func(o *Order) { o.Lines[0].Discount++ },
		"discount over the line":     func(o *Order) { o.Lines[0].Discount = 1 << 40 },
		"discount at the end":        func(o *Order) { o.Lines[0].Discount, o.Lines[0].Units = -1<<63, Quantities{Allocated: 3} },
		"price below 0":              func(o *Order) { o.Lines[0].UnitPrice = -1 },
		"price without end":          func(o *Order) { o.Lines[0].UnitPrice = 1<<63 - 1 },
		"tax below 0":                func(o *Order) { o.Lines[0].TaxLines[0].Amount = -1 },
		"tax without end":            func(o *Order) { o.Lines[0].TaxLines[0].Amount = 1<<63 - 1 },
		"shipping below 0":           func(o *Order) { o.Shipping.Amount = -1 },
		"totals":                     func(o *Order) { o.Totals.GrandTotal++ },
		"fulfillment status":         func(o *Order) { o.FulfillmentStatus = "shipped" },
		"completed too early":        func(o *Order) { o.Status = Completed },
		"canceled with units":        func(o *Order) { o.Status, o.FulfillmentStatus = Canceled, "canceled" },
		"reservation when open":      func(o *Order) { o.Reservations = []Reservation{{"1", "a", "L", 1}} },
		"reservation over the line": func(o *Order) {
			o.Status, o.Lines[0].Units, o.Lines[1].Units = Pending, Quantities{}, Quantities{}
			o.Reservations = []Reservation{{"1", "a", "L", 2}, {"1", "a", "M", 2}}
		},
		"reservation of no line": func(o *Order) {
			o.Status, o.Reservations = Pending, []Reservation{{"7", "a", "L", 2}}
		},
	} {
		o := base()
		if err := Check(o); err != nil {
			t.Fatal(err)
		}
		spoil(o)
		if err := Check(o); err == nil || errs.As(err) != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Work neither makes nor loses units, and takes nothing back that stays done (L4).
func TestWorkIsBalanced(t *testing.T) {
	o := inEveryStatus(t)["open shipped"] // 1 allocated, 1 released, 1 shipped
	for _, d := range []Delta{
		{Released: 1}, {Allocated: -1}, {Shipped: -1, Released: 1}, {Canceled: -1, Allocated: 1}, {Delivered: -1}, {Backordered: -1, Allocated: 1},
	} {
		d.Line = "1"
		if got, err := Work(o, []Delta{d}, "", later); err == nil || errs.As(err) != nil || got != o {
			t.Errorf("%+v: %v", d, err)
		}
	}
	back, err := Work(o, []Delta{{Line: "1", Released: -1, Backordered: 1}}, "", later)
	if err != nil || back.Lines[0].Units.Backordered != 1 || !slices.Equal(back.Backorders, []Reservation{{Line: "1", SKU: o.Lines[0].SKU, Quantity: 1}}) {
		t.Errorf("%+v, %v", back, err)
	}
	all, err := Work(inEveryStatus(t)["open"], []Delta{{Line: "1", Allocated: -2, Released: -1, Canceled: 3}}, "fraud", later)
	if err != nil || all.Status != Canceled || all.Reason != "fraud" || all.ClosedAt != later || all.Totals != (Totals{}) {
		t.Errorf("%+v, %v", all, err)
	}
	rest, err := Work(o, []Delta{{Line: "1", Allocated: -1, Released: -1, Canceled: 2}}, "fraud", later)
	if err != nil || rest.Status != Completed || rest.Reason != "" {
		t.Errorf("what was left has shipped: %s, %v", rest.Status, err)
	}
}
