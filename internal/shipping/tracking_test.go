package shipping

import (
	"slices"
	"testing"

	"ordo/internal/micros"

	"pgregory.net/rapid"
)

func scans(pairs ...any) (out []Scan) {
	for i := 0; i < len(pairs); i += 2 {
		s := Scan{At: micros.Time(pairs[i].(int)), Code: Code(pairs[i+1].(string)), Source: "webhook"}
		if c, manual := cut(pairs[i+1].(string)); manual {
			s.Code, s.Source = c, Manual
		}
		out = append(out, s)
	}
	return out
}

func cut(s string) (Code, bool) {
	if s[0] == '!' {
		return Code(s[1:]), true
	}
	return "", false
}

func TestFold(t *testing.T) {
	for _, tt := range []struct {
		name  string
		scans []Scan
		want  Code
		since micros.Time
	}{
		{"nothing", nil, "", 0},
		{"a way", scans(1, "pre_transit", 2, "in_transit", 3, "in_transit", 4, "out_for_delivery", 5, "delivered"), Delivered, 5},
		{"back to the hub", scans(1, "out_for_delivery", 2, "delivery_attempted", 3, "in_transit"), InTransit, 3},
		{"label printed again", scans(1, "in_transit", 2, "pre_transit"), InTransit, 1},
		{"delivered stays", scans(1, "delivered", 2, "in_transit", 3, "exception"), Delivered, 1},
		{"returned stays", scans(1, "return_to_sender", 2, "delivered"), ReturnToSender, 1},
		{"found", scans(1, "lost", 2, "in_transit", 3, "delivered"), Delivered, 3},
		{"corrected", scans(1, "delivered", 2, "!in_transit", 3, "in_transit", 4, "delivered"), Delivered, 4},
		{"corrected, and not yet there", scans(1, "delivered", 2, "!in_transit", 3, "exception"), Exception, 3},
		{"all at once", scans(1, "pre_transit", 1, "in_transit", 1, "delivered"), Delivered, 1},
	} {
		got, since := Fold(tt.scans)
		if got != tt.want || since != tt.since {
			t.Errorf("%s: %s since %d", tt.name, got, since)
		}
	}
}

// D18: whatever the order, the lateness and the number of copies in which scans come, the state is that of the sorted
// replay; and `delivered` never goes but by hand.
func TestAnyOrderGivesTheSortedReplay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := rapid.Custom(func(t *rapid.T) Scan {
			s := Scan{Code: rapid.SampledFrom(Codes).Draw(t, "code"), At: micros.Time(rapid.IntRange(1, 12).Draw(t, "at")), Source: "webhook"}
			if rapid.IntRange(0, 9).Draw(t, "by hand") == 0 {
				s.Source = Manual
			}
			return s
		})
		events := rapid.SliceOfN(one, 1, 12).Draw(t, "events")
		sorted := slices.Clone(events)
		slices.SortStableFunc(sorted, order)
		want, _ := Tracking{}.Add(sorted...)

		copies := append(slices.Clone(events), rapid.SliceOf(rapid.SampledFrom(events)).Draw(t, "copies")...)
		var got Tracking
		heard, delivered := 0, false
		for _, s := range rapid.Permutation(copies).Draw(t, "arrival") {
			var fresh []Scan
			before := got
			got, fresh = got.Add(s)
			heard += len(fresh)
			if before.Code == Delivered && got.Code != Delivered && s.Source != Manual && s.Code != ReturnToSender && s.Code != TrackingCanceled && s.At > before.Since {
				t.Fatalf("%v led from delivered to %s", s, got.Code)
			}
			delivered = delivered || got.Code == Delivered
		}
		if got.Code != want.Code || got.Since != want.Since || !slices.EqualFunc(got.Scans, want.Scans, same) || heard != len(want.Scans) {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
		again, fresh := got.Add(copies...)
		if len(fresh) != 0 || again.Code != got.Code {
			t.Fatalf("sent again: %v", fresh)
		}
	})
}

func TestAddLeavesItsInputAlone(t *testing.T) {
	var a Tracking
	a, _ = a.Add(scans(5, "in_transit")...)
	b, _ := a.Add(scans(1, "pre_transit")...)
	if len(a.Scans) != 1 || len(b.Scans) != 2 || a.Scans[0].Code != InTransit || b.Scans[0].Code != PreTransit {
		t.Errorf("%v, %v", a, b)
	}
	if _, fresh := a.Add(Scan{Code: "teleported", At: 9}); fresh != nil {
		t.Error("an unknown code was taken")
	}
	var many Tracking
	for i := range MaxScans + 10 {
		many, _ = many.Add(Scan{Code: InTransit, At: micros.Time(i + 1)})
	}
	many, fresh := many.Add(Scan{Code: Delivered, At: 1e6})
	if len(many.Scans) != MaxScans+1 || len(fresh) != 1 || !many.Ended() {
		t.Errorf("%d scans, %s", len(many.Scans), many.Code)
	}
}
