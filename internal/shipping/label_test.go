package shipping

import (
	"slices"
	"testing"

	"ordo/internal/errs"
)

func labelIn(s LabelStatus) *Label {
	l := &Label{Status: s, Fulfillment: "f", Package: "1"}
	l.ID = "lbl"
	switch s {
	case LabelPending:
		l.Attempts = []Attempt{{ID: "a", Kind: Buy, State: Requested}}
	case LabelFailed:
		l.Attempts = []Attempt{{ID: "a", Kind: Buy, State: Failed}}
	case Labeled, VoidPending, Voided:
		l.TrackingNumber, l.FileHash = "T", "h"
		l.Attempts = []Attempt{{ID: "a", Kind: Buy, State: Succeeded}}
	}
	switch s {
	case VoidPending:
		l.Attempts = append(l.Attempts, Attempt{ID: "v", Kind: Void, State: Requested})
	case Voided:
		l.Attempts = append(l.Attempts, Attempt{ID: "v", Kind: Void, State: Succeeded})
	}
	return l
}

// Every state and every event: what the table does not list is refused with what it does, and changes nothing.
func TestEveryLabelStateAndEvent(t *testing.T) {
	ok := Outcome{State: Succeeded, TrackingNumber: "T", FileHash: "h"}
	no := Outcome{State: Failed, Reason: "address"}
	events := map[string]func(*Label) (*Label, error){
		"buy":  func(l *Label) (*Label, error) { return Ask(l, Buy, "n", 7) },
		"void": func(l *Label) (*Label, error) { return Ask(l, Void, "n", 7) },
		"ok": func(l *Label) (*Label, error) {
			c, _, err := Resolve(l, l.Attempts[len(l.Attempts)-1].ID, ok, 7)
			return c, err
		},
		"no": func(l *Label) (*Label, error) {
			c, _, err := Resolve(l, l.Attempts[len(l.Attempts)-1].ID, no, 7)
			return c, err
		},
	}
	legal := map[LabelStatus]map[string]LabelStatus{
		LabelDraft:   {"buy": LabelPending},
		LabelPending: {"ok": Labeled, "no": LabelFailed},
		LabelFailed:  {"buy": LabelPending},
		Labeled:      {"void": VoidPending},
		VoidPending:  {"ok": Voided, "no": Labeled},
		Voided:       {},
	}
	for _, s := range LabelStatuses {
		for name, event := range events {
			l := labelIn(s)
			if len(l.Attempts) == 0 && (name == "ok" || name == "no") {
				continue
			}
			got, err := event(l)
			if why := CheckLabel(got); why != "" {
				t.Errorf("%s in %s: %s", name, s, why)
			}
			if l.Status != s {
				t.Errorf("%s in %s changed its input", name, s)
			}
			want, can := legal[s][name]
			switch {
			case can && (err != nil || got.Status != want):
				t.Errorf("%s in %s: %s, %v", name, s, got.Status, err)
			case !can && (name == "ok" || name == "no") && (got != l || err != nil):
				t.Errorf("%s in %s: an old outcome changed it: %v", name, s, err)
			case !can && name != "ok" && name != "no" && !errs.Is(err, "illegal_transition"):
				t.Errorf("%s in %s: %v", name, s, err)
			}
		}
	}
}

// A refused attempt closes its key; the next one has its own, and a label is bought once.
func TestAttempts(t *testing.T) {
	l := &Label{Status: LabelDraft}
	l, _ = Ask(l, Buy, "k1", 1)
	l, changed, _ := Resolve(l, "k1", Outcome{State: Failed, Reason: "address_rejected"}, 2)
	if !changed || l.Reason != "address_rejected" || l.Open() != nil {
		t.Fatalf("%+v", l)
	}
	l, _ = Ask(l, Buy, "k2", 3)
	if _, changed, _ = Resolve(l, "k1", Outcome{State: Succeeded}, 4); changed {
		t.Error("the outcome of a closed attempt counted")
	}
	if _, _, err := Resolve(l, "k9", Outcome{State: Succeeded}, 4); err == nil {
		t.Error("the outcome of nobody's attempt counted")
	}
	l, _, _ = Resolve(l, "k2", Outcome{State: Succeeded, TrackingNumber: "T", FileHash: "h"}, 5)
	if l.Status != Labeled || l.Reason != "" || CheckLabel(l) != "" {
		t.Errorf("%+v %s", l, CheckLabel(l))
	}
}

// S1: one active label per package.
func TestFreePackage(t *testing.T) {
	for _, s := range LabelStatuses {
		active := s != LabelFailed && s != Voided
		err := FreePackage([]*Label{labelIn(s)}, "f", "1")
		if errs.Is(err, "label_exists") != active || labelIn(s).Active() != active {
			t.Errorf("%s: %v", s, err)
		}
		if err := FreePackage([]*Label{labelIn(s)}, "f", Whole); errs.Is(err, "label_exists") != active {
			t.Errorf("%s: a label for all beside one for a part: %v", s, err)
		}
		if FreePackage([]*Label{labelIn(s)}, "f", "2") != nil || FreePackage([]*Label{labelIn(s)}, "g", "1") != nil {
			t.Errorf("%s blocks another package", s)
		}
	}
}

// S2: a label that was given back does not ship.
func TestShippable(t *testing.T) {
	for _, tt := range []struct {
		states []LabelStatus
		want   []string
		code   string
	}{
		{nil, nil, ""},
		{[]LabelStatus{Labeled, Labeled}, []string{"T", "T"}, ""},
		{[]LabelStatus{Voided}, nil, "label_voided"},
		{[]LabelStatus{Voided, Labeled}, []string{"T"}, ""},
		{[]LabelStatus{Labeled, VoidPending}, nil, "label_not_ready"},
		{[]LabelStatus{LabelPending}, nil, "label_not_ready"},
		{[]LabelStatus{LabelFailed}, nil, ""},
	} {
		var labels []*Label
		for _, s := range tt.states {
			labels = append(labels, labelIn(s))
		}
		got, err := Shippable(append(labels, &Label{Fulfillment: "other", Status: LabelPending}), "f")
		if !slices.Equal(got, tt.want) || (err != nil) != (tt.code != "") || tt.code != "" && !errs.Is(err, tt.code) {
			t.Errorf("%v: %v, %v", tt.states, got, err)
		}
	}
}

func TestCheckLabelFindsDamage(t *testing.T) {
	for name, hurt := range map[string]func(*Label){
		"state":     func(l *Label) { l.Status = "odd" },
		"asks":      func(l *Label) { l.Status = LabelPending },
		"tracking":  func(l *Label) { l.TrackingNumber = "" },
		"paper":     func(l *Label) { l.FileHash = "" },
		"twice":     func(l *Label) { l.Attempts = append(l.Attempts, Attempt{Kind: Buy, State: Succeeded}) },
		"open":      func(l *Label) { l.Attempts = append(l.Attempts, Attempt{Kind: Void, State: Requested}) },
		"unvoided":  func(l *Label) { l.Status = Voided },
		"scans":     func(l *Label) { l.Tracking = Tracking{Code: Lost} },
		"disorder":  func(l *Label) { l.Tracking.Scans = scans(2, "in_transit", 1, "pre_transit") },
		"regressed": func(l *Label) { l.Tracking = Tracking{InTransit, 2, scans(1, "delivered", 2, "in_transit")} },
	} {
		l := labelIn(Labeled)
		if why := CheckLabel(l); why != "" {
			t.Fatal(why)
		}
		hurt(l)
		if CheckLabel(l) == "" {
			t.Errorf("%s is not found", name)
		}
	}
}
