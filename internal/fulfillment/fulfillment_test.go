package fulfillment

import (
	"encoding/json"
	"slices"
	"testing"

	"ordo/internal/errs"
)

// Every state and every event: what the table does not list is refused with what it does, and changes nothing.
func TestEveryStateAndEvent(t *testing.T) {
	events := map[string]func(*Fulfillment) (*Fulfillment, error){
		"release": func(f *Fulfillment) (*Fulfillment, error) { return Release(f, 7) },
		"ship":    func(f *Fulfillment) (*Fulfillment, error) { return Ship(f, "sandbox", "T1", 7) },
		"deliver": func(f *Fulfillment) (*Fulfillment, error) { return Deliver(f, 7) },
		"cancel":  func(f *Fulfillment) (*Fulfillment, error) { return Cancel(f, 7) },
	}
	legal := map[Status]map[string]Fulfillment{
		Planned:   {"release": {Status: Released, ReleasedAt: 7}, "cancel": {Status: Canceled, CanceledAt: 7}},
		Released:  {"ship": {Status: Shipped, Carrier: "sandbox", TrackingNumber: "T1", ShippedAt: 7}, "cancel": {Status: Canceled, CanceledAt: 7}},
		Shipped:   {"deliver": {Status: Delivered, DeliveredAt: 7}},
		Delivered: {},
		Canceled:  {},
		"lost":    {}, // a document of another version
	}
	for _, state := range append(slices.Clone(Statuses), "lost") {
		for event, rule := range events {
			f := &Fulfillment{Status: state, Order: "ord_1", Lines: []Line{{"1", "a", 2}}, At: 1}
			before := text(t, f)
			got, err := rule(f)
			if text(t, f) != before {
				t.Fatalf("%s in %s changed its input", event, state)
			}
			want, ok := legal[state][event]
			if ok {
				want.Order, want.Lines, want.At = f.Order, f.Lines, f.At
				if err != nil || text(t, got) != text(t, &want) {
					t.Errorf("%s in %s: %s, %v", event, state, text(t, got), err)
				}
				continue
			}
			allowed := []string{}
			for e := range legal[state] {
				allowed = append(allowed, e)
			}
			slices.Sort(allowed)
			e := errs.As(err)
			if got != f || e == nil || e.Code != "illegal_transition" || e.Class != errs.Conflict {
				t.Errorf("%s in %s: %v", event, state, err)
			} else if list, _ := e.Fields["allowed"].([]string); !slices.Equal(list, allowed) || list == nil || e.Fields["state"] != string(state) {
				t.Errorf("%s in %s: fields %v", event, state, e.Fields)
			}
		}
	}
	if len(Statuses) != len(transitions) {
		t.Errorf("%d states, %d in the table", len(Statuses), len(transitions))
	}
}

// An answer lists the events sorted; the table that all requests share must not be.
func TestRefusalLeavesTheTableAlone(t *testing.T) {
	f := &Fulfillment{Status: Released}
	for range 2 {
		if _, err := Deliver(f, 7); err == nil {
			t.Fatal("delivered what has not shipped")
		}
		if got := Allowed(f); !slices.Equal(got, []string{"ship", "cancel"}) {
			t.Errorf("allowed %v", got)
		}
	}
	Allowed(f)[0] = "x"
	if Allowed(f)[0] == "x" {
		t.Error("Allowed gives the table away")
	}
}

// F2: planned and released fulfillment orders hold stock, no others do.
func TestActive(t *testing.T) {
	for _, s := range Statuses {
		if f := (&Fulfillment{Status: s}); f.Active() != (s == Planned || s == Released) {
			t.Errorf("%s: active %v", s, f.Active())
		}
	}
}

func text(t *testing.T, f *Fulfillment) string {
	t.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
