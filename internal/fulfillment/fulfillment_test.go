package fulfillment

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"ordo/internal/errs"
)

const now = 7

// in makes a fulfillment order of two lines in a state, as the rules would.
func in(t *testing.T, s Status) *Fulfillment {
	t.Helper()
	f := &Fulfillment{Status: Planned, Order: "ord_1", Location: "L1", Lines: []Line{{Line: "1", SKU: "a", Quantity: 2}, {Line: "2", SKU: "b", Quantity: 1}}, At: 1}
	f.Pickup = s == ReadyForPickup || s == PickedUp
	for _, event := range map[Status][]string{
		Planned: {}, Scheduled: {evSchedule}, Released: {evRelease}, Accepted: {evRelease, evAccept}, Picking: {evRelease, evAccept, evPick},
		Packed: {evRelease, evAccept, evPick, evPack}, ReadyForPickup: {evRelease, evReady}, Shipped: {evRelease, evShip}, Delivered: {evRelease, evShip, evDeliver},
		PickedUp: {evRelease, evReady, evCollect}, OnHold: {evHold}, CancelRequested: {evRelease, evAccept, evRequest}, Rejected: {evRelease, evReject}, Canceled: {evCancel},
	}[s] {
		f = must(t)(rules[event](f))
	}
	if f.Status != s {
		t.Fatalf("wanted %s, made %s", s, f.Status)
	}
	return f
}

func must(t *testing.T) func(*Fulfillment, error) *Fulfillment {
	return func(f *Fulfillment, err error) *Fulfillment {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
}

// rules are all events, each about everything.
var rules = map[string]func(*Fulfillment) (*Fulfillment, error){
	evSchedule: func(f *Fulfillment) (*Fulfillment, error) { return Schedule(f, 9) },
	evRelease:  func(f *Fulfillment) (*Fulfillment, error) { return Release(f, now) },
	evAccept:   func(f *Fulfillment) (*Fulfillment, error) { return Accept(f, now) },
	evReject:   func(f *Fulfillment) (*Fulfillment, error) { g, _, err := Reject(f, nil, "damaged", now); return g, err },
	evPick:     func(f *Fulfillment) (*Fulfillment, error) { g, _, err := Pick(f, nil, "", now); return g, err },
	evPack:     func(f *Fulfillment) (*Fulfillment, error) { return Pack(f, nil, "pkg_1", now) },
	evShip:     func(f *Fulfillment) (*Fulfillment, error) { return Ship(f, "Van", "T1", now) },
	evDeliver:  func(f *Fulfillment) (*Fulfillment, error) { return Deliver(f, now) },
	evReady:    func(f *Fulfillment) (*Fulfillment, error) { return Ready(f, 99, now) },
	evCollect:  func(f *Fulfillment) (*Fulfillment, error) { return Collect(f, now) },
	evNoShow:   func(f *Fulfillment) (*Fulfillment, error) { return NoShow(f, now) },
	evHold:     func(f *Fulfillment) (*Fulfillment, error) { return Hold(f, "manual_review") },
	evResume:   Resume,
	evCancel:   func(f *Fulfillment) (*Fulfillment, error) { return GiveUp(f, nil, "customer", now) },
	evRequest:  func(f *Fulfillment) (*Fulfillment, error) { return RequestCancel(f, nil, "customer", 99, now) },
	evConsent:  func(f *Fulfillment) (*Fulfillment, error) { return AcceptCancel(f, now) },
	evRefuse:   func(f *Fulfillment) (*Fulfillment, error) { return RefuseCancel(f, RequestRefused, now) },
}

// Every state and every event: what is not listed is refused with what is, and changes nothing.
func TestEveryStateAndEvent(t *testing.T) {
	legal := map[Status]map[string]Status{
		Planned:         {evRelease: Released, evSchedule: Scheduled, evHold: OnHold, evCancel: Canceled},
		Scheduled:       {evRelease: Released, evHold: OnHold, evCancel: Canceled},
		Released:        {evAccept: Accepted, evReject: Rejected, evPick: Picking, evPack: Packed, evShip: Shipped, evHold: OnHold, evCancel: Canceled},
		Accepted:        {evReject: Rejected, evPick: Picking, evPack: Packed, evShip: Shipped, evHold: OnHold, evRequest: CancelRequested},
		Picking:         {evPick: "", evPack: Packed, evRequest: CancelRequested}, // pick is refused: all is picked
		Packed:          {evShip: Shipped, evRequest: CancelRequested},
		ReadyForPickup:  {evCollect: PickedUp, evNoShow: Canceled, evRequest: CancelRequested},
		Shipped:         {evDeliver: Delivered},
		OnHold:          {evResume: Planned, evCancel: Canceled},
		CancelRequested: {evConsent: Canceled, evRefuse: Accepted},
		Delivered:       {}, PickedUp: {}, Rejected: {}, Canceled: {},
	}
	if len(Statuses) != len(transitions) || len(Statuses) != len(legal) {
		t.Errorf("%d states, %d in the table, %d here", len(Statuses), len(transitions), len(legal))
	}
	for _, state := range Statuses {
		f := in(t, state)
		if got := slices.Sorted(slices.Values(Allowed(f))); !slices.Equal(got, slices.Sorted(maps.Keys(legal[state]))) {
			t.Errorf("%s allows %v", state, got)
		}
		for event, rule := range rules {
			before := text(t, f)
			got, err := rule(f)
			if text(t, f) != before {
				t.Fatalf("%s in %s changed its input", event, state)
			}
			if want := legal[state][event]; want != "" {
				if err != nil || got.Status != want || Check(got) != nil {
					t.Errorf("%s in %s: %s, %v, %v", event, state, got.Status, err, Check(got))
				}
				continue
			}
			e := errs.As(err)
			if got != f || e == nil || e.Code != "illegal_transition" || e.Class != errs.Conflict || e.Fields["state"] != string(state) {
				t.Errorf("%s in %s: %v", event, state, err)
			}
		}
	}
	if _, err := Release(&Fulfillment{Status: "lost"}, now); errs.CodeOf(err) != "illegal_transition" {
		t.Errorf("a document of another version: %v", err)
	}
}

// What is picked up is not shipped, and the other way round.
func TestPickupIsNotShipped(t *testing.T) {
	f := in(t, Released)
	f.Pickup = true
	if _, err := rules[evShip](f); errs.CodeOf(err) != "illegal_transition" {
		t.Errorf("shipped: %v", err)
	}
	if f = must(t)(rules[evReady](f)); f.Status != ReadyForPickup || f.PickupUntil != 99 || f.Lines[0].Packed != 2 || len(f.Packages) != 1 {
		t.Errorf("%+v", f)
	}
}

// An answer lists the events sorted; the table that all requests share must not be.
func TestRefusalLeavesTheTableAlone(t *testing.T) {
	f := in(t, Shipped)
	Allowed(f)[0] = "x"
	if Allowed(f)[0] != evDeliver {
		t.Error("Allowed gives the table away")
	}
}

// F2: what is held back or asked for holds stock as where it goes on from.
func TestActive(t *testing.T) {
	idle := []Status{Shipped, Delivered, PickedUp, Rejected, Canceled}
	for _, s := range Statuses {
		f := in(t, s)
		if f.Active() == slices.Contains(idle, s) {
			t.Errorf("%s: active %v", s, f.Active())
		}
		held := int64(0)
		for _, c := range Counts(f) {
			held += c.Holds()
		}
		if (held == 3) != f.Active() || held != 0 && held != 3 {
			t.Errorf("%s holds %d units", s, held)
		}
	}
}

func TestRequestWhileOnHold(t *testing.T) {
	f := must(t)(rules[evHold](in(t, Accepted)))
	f = must(t)(rules[evRequest](f))
	if f.Stage() != Accepted || !f.Begun() {
		t.Errorf("stage %s", f.Stage())
	}
	back := must(t)(rules[evRefuse](f))
	if back.Status != OnHold || back.Cancellation.Status != RequestRefused {
		t.Errorf("%+v", back)
	}
	if back = must(t)(Resume(back)); back.Status != Accepted {
		t.Errorf("resumed to %s", back.Status)
	}
	if gone := must(t)(rules[evConsent](f)); gone.Status != Canceled || gone.HeldFrom != "" {
		t.Errorf("%+v", gone)
	}
}

// D11, the pure part: of three units one is missing; two go on, one is somebody else's.
func TestShortPick(t *testing.T) {
	f, short, err := Pick(in(t, Accepted), []LineQuantity{{"1", 1}, {"2", 1}}, "not_in_stock", now)
	must(t)(f, err)
	if f.Status != Picking || f.PickedAt != now || f.Lines[0] != (Line{"1", "a", 1, 1, 0, 1}) || !slices.Equal(short, []LineQuantity{{"1", 1}}) {
		t.Errorf("%+v short %v", f, short)
	}
	f = must(t)(Ship(must(t)(rules[evPack](f)), "Van", "T", now))
	if got := Counts(f)["1"]; got != (Count{Shipped: 1}) {
		t.Errorf("%+v", got)
	}
	f, short, err = Pick(in(t, Released), nil, "damaged", now)
	if must(t)(f, err); f.Status != Rejected || f.Reason != "damaged" || f.Lines[0].Quantity != 2 || len(short) != 2 {
		t.Errorf("%+v short %v", f, short)
	}
}

func TestRejectSome(t *testing.T) {
	f, gone, err := Reject(in(t, Accepted), []LineQuantity{{"2", 1}}, "mismatch", now)
	if must(t)(f, err); f.Status != Accepted || f.Lines[1] != (Line{"2", "b", 0, 0, 0, 1}) || !slices.Equal(gone, []LineQuantity{{"2", 1}}) {
		t.Errorf("%+v %v", f, gone)
	}
}

// Packages can be filled one by one, while others pick.
func TestPackByParts(t *testing.T) {
	f, _, err := Pick(in(t, Accepted), []LineQuantity{{"1", 1}}, "", now)
	f = must(t)(f, err)
	if _, err := Pack(f, []Package{{ID: "p", Lines: []LineQuantity{{"1", 2}}}}, "", now); errs.CodeOf(err) != "validation_failed" {
		t.Errorf("F4: packed more than was picked: %v", err)
	}
	f = must(t)(Pack(f, []Package{{ID: "p", Lines: []LineQuantity{{"1", 1}}, WeightGrams: 5, Dimensions: Dimensions{1, 2, 3}}}, "", now))
	if _, err := rules[evPack](f); errs.CodeOf(err) != "illegal_transition" || f.Status != Picking {
		t.Errorf("%s: packed nothing: %v", f.Status, err)
	}
	if f, _, err = Pick(f, nil, "", now); err != nil {
		t.Fatal(err)
	}
	if f = must(t)(Pack(f, nil, "q", now)); f.Status != Packed || len(f.Packages) != 2 || f.Packages[1].ID != "q" {
		t.Errorf("%+v", f)
	}
	f.Packages[0].TrackingNumber = "own"
	if Tracked(f) {
		t.Error("the second has no tracking number")
	}
	if f = must(t)(Ship(f, "Van", "T", now)); f.TrackingNumber != "own" || f.Packages[1].TrackingNumber != "T" || f.Packages[1].Carrier != "Van" || !Tracked(f) {
		t.Errorf("%+v", f)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := Pack(in(t, Accepted), []Package{
		{ID: "a", Lines: []LineQuantity{{"1", 2}, {"1", 1}, {"9", 1}}, WeightGrams: -1},
		{ID: "b", Lines: []LineQuantity{{"1", 1}, {"2", 0}}, Dimensions: Dimensions{1, 0, 1}},
		{ID: "c"},
	}, "", now)
	var got []string
	for _, p := range errs.As(err).Problems {
		got = append(got, p.Pointer+" "+p.Code)
	}
	want := []string{
		"/packages/0/weight_grams out_of_range", "/packages/0/lines/1/line duplicate", "/packages/0/lines/2/line unknown_line", "/packages/1/dimensions out_of_range",
		"/packages/1/lines/0/quantity out_of_range", "/packages/1/lines/1/quantity out_of_range", "/packages/2/lines required",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// A location that gives up some of what is packed unpacks it, the last package first; a label must be voided before.
func TestGivingUpPackedUnits(t *testing.T) {
	f := must(t)(Pack(in(t, Accepted), []Package{{ID: "p", Lines: []LineQuantity{{"1", 1}, {"2", 1}}}, {ID: "q", Lines: []LineQuantity{{"1", 1}}}}, "", now))
	r := must(t)(RequestCancel(f, []LineQuantity{{"1", 1}}, "customer", 99, now))
	got := must(t)(AcceptCancel(r, now))
	if got.Status != Packed || len(got.Packages) != 1 || got.Lines[0] != (Line{"1", "a", 1, 1, 1, 0}) || got.Cancellation.Status != RequestAccepted {
		t.Errorf("%+v", got)
	}
	r.Packages[1].Label = "lab_1"
	if _, err := AcceptCancel(r, now); errs.CodeOf(err) != "label_active" {
		t.Errorf("a package with a label was opened: %v", err)
	}
	r.Cancellation.Lines = nil
	if _, err := AcceptCancel(r, now); errs.CodeOf(err) != "label_active" {
		t.Errorf("a package with a label was given up: %v", err)
	}
	late := must(t)(RefuseCancel(r, RequestTimedOut, now))
	if late.Status != Packed || late.Cancellation.Status != RequestTimedOut {
		t.Errorf("%+v", late)
	}
}

// Check also judges documents that something else wrote.
func TestCheckFindsDefects(t *testing.T) {
	for name, spoil := range map[string]func(*Fulfillment){
		"packed over picked":       func(f *Fulfillment) { f.Lines[0].Picked = 1 },
		"picked over quantity":     func(f *Fulfillment) { f.Lines[0].Picked = 3 },
		"short below zero":         func(f *Fulfillment) { f.Lines[0].Short = -1 },
		"a line twice":             func(f *Fulfillment) { f.Lines[1].Line = "1" },
		"a line without units":     func(f *Fulfillment) { f.Lines[1].Quantity, f.Lines[1].Picked, f.Lines[1].Packed = 0, 0, 0 },
		"a package too full":       func(f *Fulfillment) { f.Packages[0].Lines[0].Quantity++ },
		"a package of other lines": func(f *Fulfillment) { f.Packages[0].Lines[0].Line = "9" },
		"a package less":           func(f *Fulfillment) { f.Packages = nil },
		"a package twice":          func(f *Fulfillment) { f.Packages = append(f.Packages, f.Packages[0]) },
		"packed too early":         func(f *Fulfillment) { f.Status = Released },
		"held from nowhere":        func(f *Fulfillment) { f.Status = OnHold },
		"no state":                 func(f *Fulfillment) { f.Status = "lost" },
		"a request without one":    func(f *Fulfillment) { f.Status = CancelRequested },
		"a request left open":      func(f *Fulfillment) { f.Cancellation = &Cancellation{Status: RequestOpen} },
	} {
		f := in(t, Packed)
		spoil(f)
		if err := Check(f); err == nil || errs.As(err) != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Check(&Fulfillment{Status: Shipped, Lines: []Line{{Line: "1", SKU: "a", Quantity: 2}}}); err != nil {
		t.Errorf("a document of the first version: %v", err)
	}
}

func text(t interface {
	Helper()
	Fatal(...any)
}, f *Fulfillment,
) string {
	t.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
