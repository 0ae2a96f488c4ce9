package order

import (
	"slices"
	"strings"
	"testing"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

func held(holds ...Hold) *Order {
	return &Order{Meta: doc.Meta{ID: "ord_1"}, Status: Open, Lines: []Line{{ID: "1"}, {ID: "2"}}, Fulfillments: []string{"ful_1"}, Holds: holds}
}

func hold(id, holdType string) Hold {
	return Hold{ID: id, Type: holdType, Scope: HoldOrder, PlacedBy: "key_1", PlacedAt: 10}
}

func TestPlaceHold(t *testing.T) {
	before := held()
	o, err := PlaceHold(before, hold("h1", "manual_review"))
	if err != nil || len(o.Holds) != 1 || o.Holds[0].Status != HoldOpen || len(before.Holds) != 0 {
		t.Fatalf("%+v %v, before %+v", o.Holds, err, before.Holds)
	}
	if e := errs.As(Blocked(o, GateRelease)); e == nil || e.Code != "on_hold" || e.Fields["gate"] != "release" || !slices.Equal(e.Fields["holds"].([]string), []string{"h1"}) {
		t.Errorf("%+v", e)
	}
	if err := Blocked(o, GateCapture); err != nil {
		t.Errorf("a review stops the capture: %v", err)
	}
}

// H1 for parts: a hold on a line or a fulfillment order stops only what has to do with it.
func TestHoldOnParts(t *testing.T) {
	line := Hold{ID: "h1", Type: "other", Scope: HoldLine, Target: "2", PlacedAt: 1}
	part := Hold{ID: "h2", Type: "other", Scope: HoldFulfillment, Target: "ful_1", PlacedAt: 1}
	o, err := PlaceHold(held(), line)
	if err != nil {
		t.Fatal(err)
	}
	if Blocked(o, GateShip, "ful_9", "1") != nil || Blocked(o, GateShip, "ful_9", "1", "2") == nil {
		t.Error("line")
	}
	if o, err = PlaceHold(held(), part); err != nil {
		t.Fatal(err)
	}
	if Blocked(o, GateRelease, "ful_1", "1") == nil || Blocked(o, GateRelease, "ful_2", "1") != nil {
		t.Error("fulfillment order")
	}
}

func TestBadHolds(t *testing.T) {
	for name, tt := range map[string]struct {
		h    Hold
		want string
	}{
		"type":        {Hold{Type: "nonsense", Scope: HoldOrder}, "/type unknown_value"},
		"scope":       {Hold{Type: "other", Scope: "world"}, "/scope unknown_value"},
		"line":        {Hold{Type: "other", Scope: HoldLine, Target: "3"}, "/target unknown_line"},
		"fulfillment": {Hold{Type: "other", Scope: HoldFulfillment, Target: "ful_2"}, "/target unknown_value"},
		"target":      {Hold{Type: "other", Scope: HoldOrder, Target: "1"}, "/target ambiguous"},
		"expired":     {Hold{Type: "other", Scope: HoldOrder, PlacedAt: 5, ExpiresAt: 5}, "/expires_at out_of_range"},
		"handle":      {Hold{Type: "other", Scope: HoldOrder, Handle: strings.Repeat("x", 129)}, "/handle too_long"},
	} {
		_, err := PlaceHold(held(), tt.h)
		e := errs.As(err)
		if e == nil || len(e.Problems) != 1 || e.Problems[0].Pointer+" "+e.Problems[0].Code != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, status := range []Status{Completed, Canceled, Rejected} {
		o := held()
		o.Status = status
		if _, err := PlaceHold(o, hold("h", "other")); !errs.Is(err, "illegal_transition") {
			t.Errorf("%s: %v", status, err)
		}
	}
}

// A handle names one open hold per target; once that has ended, it is free again.
func TestHandlesAreUniqueWhileOpen(t *testing.T) {
	h := hold("h1", "other")
	h.Handle = "fraud-check"
	o, err := PlaceHold(held(), h)
	if err != nil {
		t.Fatal(err)
	}
	second := h
	second.ID = "h2"
	if _, err := PlaceHold(o, second); !errs.Is(err, "hold_exists") || errs.As(err).Fields["hold"] != "h1" {
		t.Fatal(err)
	}
	on := second
	on.Scope, on.Target = HoldLine, "1"
	if o, err = PlaceHold(o, on); err != nil {
		t.Fatalf("another target: %v", err)
	}
	if o, _, err = EndHold(o, "h1", HoldLifted, "key_2", 20); err != nil {
		t.Fatal(err)
	}
	second.ID = "h3"
	if _, err = PlaceHold(o, second); err != nil {
		t.Fatalf("after it was lifted: %v", err)
	}
}

// H2: lifting again changes nothing.
func TestLiftingIsIdempotent(t *testing.T) {
	o, err := PlaceHold(held(), hold("h1", "other"))
	if err != nil {
		t.Fatal(err)
	}
	before := o
	o, changed, err := EndHold(o, "h1", HoldLifted, "key_2", 20)
	if err != nil || !changed || o.Holds[0].Status != HoldLifted || o.Holds[0].EndedBy != "key_2" || o.Holds[0].EndedAt != 20 || Blocked(o, GateShip) != nil {
		t.Fatalf("%+v %v %v", o.Holds, changed, err)
	}
	if before.Holds[0].Status != HoldOpen {
		t.Error("the order before was changed")
	}
	again, changed, err := EndHold(o, "h1", HoldExpired, "system", 30)
	if err != nil || changed || again != o {
		t.Errorf("%+v %v %v", again.Holds, changed, err)
	}
	if _, _, err := EndHold(o, "h9", HoldLifted, "key", 20); !errs.Is(err, "not_found") {
		t.Error(err)
	}
}

// TestLetGo: only who lifts the hold for money answers for what leaves unpaid.
func TestLetGo(t *testing.T) {
	lifted := Hold{Type: PaymentHold, Scope: HoldOrder, Handle: PaymentHandle, PlacedBy: BySystem, Status: HoldLifted, EndedBy: "usr_ada", EndedAt: 20}
	for name, c := range map[string]struct {
		change func(*Hold)
		want   bool
	}{
		"a person lifts it":  {func(*Hold) {}, true},
		"before":             {func(h *Hold) { h.EndedAt = 9 }, false},
		"the money lifts it": {func(h *Hold) { h.EndedBy = BySystem }, false},
		"the money lifts what a person placed for it": {func(h *Hold) { h.PlacedBy, h.EndedBy = "usr_bo", BySystem }, false},
		"the order ends": {func(h *Hold) { h.EndedBy = EndedWithOrder }, false},
		"a hold of a person by the same type is lifted": {func(h *Hold) { h.PlacedBy, h.Handle = "usr_bo", "" }, false},
		"another type": {func(h *Hold) { h.Type = "other" }, false},
		"it is open":   {func(h *Hold) { h.Status = HoldOpen }, false},
	} {
		h := lifted
		c.change(&h)
		if got := LetGo(&Order{Holds: []Hold{h}}, 10); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestStoredHolds(t *testing.T) {
	h := hold("h1", "other")
	h.Status, h.Handle = HoldOpen, "x"
	second := h
	second.ID = "h2"
	typed := h
	typed.Type = "nonsense"
	early := h
	early.EndedAt = 5
	for want, o := range map[string]*Order{"H2: order": held(h, second), "twice": held(h, h), "unknown type": held(typed), "ended at": held(early)} {
		if err := checkHolds(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	o := held(h)
	if err := checkHolds(o); err != nil {
		t.Error(err)
	}
	o.Status = Canceled
	if err := checkHolds(o); err == nil {
		t.Error("a canceled order has an open hold")
	}
}

// What ends an order ends its holds.
func TestHoldsEndWithTheOrder(t *testing.T) {
	h := hold("h1", "other")
	h.Status = HoldOpen
	o := &Order{Meta: doc.Meta{ID: "ord_1"}, Status: Open, Lines: []Line{{ID: "1", Quantity: 1, Units: Quantities{Allocated: 1}}}, Holds: []Hold{h}}
	o.FulfillmentStatus = FulfillmentStatusOf(o)
	c, err := Cancel(o, "customer", 30)
	if err != nil || c.Holds[0].Status != HoldLifted || c.Holds[0].EndedBy != EndedWithOrder || c.Holds[0].EndedAt != 30 || o.Holds[0].Status != HoldOpen {
		t.Errorf("%+v %v", c.Holds, err)
	}
}

func TestPassedBlocked(t *testing.T) {
	h := hold("h1", "manual_review") // from 10
	h.Status = HoldOpen
	for _, tt := range []struct {
		ended, at micros.Time
		gate      Gate
		want      bool
	}{
		{0, 11, GateAccept, true},
		{0, 10, GateAccept, false}, // in the same moment: it may have come after
		{0, 9, GateAccept, false},
		{0, 0, GateAccept, false}, // not passed
		{0, 11, GateCapture, false},
		{20, 15, GateRelease, true},
		{20, 20, GateRelease, false},
		{20, 21, GateRelease, false},
	} {
		h := h
		if tt.ended != 0 {
			h.Status, h.EndedAt = HoldLifted, tt.ended
		}
		if got := PassedBlocked(held(h), tt.gate, tt.at); (got != nil) != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

func TestHoldTypes(t *testing.T) {
	for _, name := range HoldTypeNames() {
		if len(HoldTypes[name]) == 0 {
			t.Errorf("%s blocks nothing", name)
		}
		if s := LiftScope(name); s != "holds:write" && s != "holds:risk" {
			t.Errorf("%s: %s", name, s)
		}
	}
	for _, name := range riskHolds {
		if HoldTypes[name] == nil {
			t.Errorf("%s is no type", name)
		}
	}
}

func TestTags(t *testing.T) {
	var list errs.List
	got := CheckTags(&list, "/tags", []string{"b", "a", "b"})
	if !list.Empty() || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%v %v", got, list.Err())
	}
	CheckTags(&list, "/tags", []string{"", " x", strings.Repeat("x", 65), "a\x1fb"})
	if e := errs.As(list.Err()); e == nil || len(e.Problems) != 4 {
		t.Errorf("%v", e)
	}
	o := SetTags(held(), got)
	if c := Diff(held(), o); c.Tags == nil || !slices.Equal(*c.Tags, got) {
		t.Errorf("%+v", c)
	}
}

func TestNotesArePersonal(t *testing.T) {
	before := held()
	o, err := AddNote(before, Note{ID: "nte_1", Text: "Mrs Lovelace called", By: "key_1", At: 5})
	if err != nil || len(before.Notes) != 0 || len(o.Notes) != 1 {
		t.Fatal(err, before.Notes, o.Notes)
	}
	p, changed := DiffPersonal(before, o)
	if !changed || len(p.Notes) != 1 {
		t.Errorf("%+v", p)
	}
	if public, _ := Public(o); public.Notes != nil {
		t.Error("a note is public")
	}
	for _, text := range []string{"", "  \n", strings.Repeat("x", 5001)} {
		if _, err := AddNote(held(), Note{Text: text}); err == nil {
			t.Errorf("%.10q", text)
		}
	}
}
