package inventory

import (
	"testing"

	"pgregory.net/rapid"
)

// Rejections keep I3 and I4 whatever the position was, and leave available what the reason says.
func TestRejected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string, most int64) int64 { return rapid.Int64Range(0, most).Draw(t, name) }
		p := Position{SKU: "a", Location: "L", BackorderLimit: n("limit", 5)}
		for i, most := range [...]int64{20, 0, 5, 5, 5, 5} { // by bucket
			p.Units[i] = n(string(Buckets[i]), most)
		}
		p.Units[Allocated.Index()] = n("allocated", 25)
		if _, err := p.Apply(); err != nil || p.Get(Allocated) == 0 {
			t.Skip("not a position that holds anything")
		}
		units := rapid.Int64Range(1, p.Get(Allocated)).Draw(t, "rejected")
		for reason := range effects {
			after, err := p.Apply(Rejected(p, reason, units)...)
			if err != nil {
				t.Fatalf("%s of %d: %v", reason, units, err)
			}
			if after.Get(Allocated) != p.Get(Allocated)-units {
				t.Fatalf("%s: %d of %d are allocated after %d were rejected", reason, after.Get(Allocated), p.Get(Allocated), units)
			}
			if p.BackorderLimit > 0 { // then more may be allocated than is there, and not all of it can be corrected
				continue
			}
			want := map[effect]int64{none: p.Available() + units, missing: p.Available(), spoiled: p.Available(), empty: min(0, p.Available())}[effects[reason]]
			if after.Available() != want {
				t.Fatalf("%s of %d: %d are available, want %d: %+v", reason, units, after.Available(), want, p)
			}
		}
	})
}

// Of the components of kits that are not shipped only those are corrected that the location speaks of: as many are
// available then as if nothing else had been allocated.
func TestRejectedComponents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string, least, most int64) int64 { return rapid.Int64Range(least, most).Draw(t, name) }
		p := Position{SKU: "a", Location: "L"}
		p.Units[Allocated.Index()] = n("allocated", 1, 20)
		p.Units[OnHand.Index()] = p.Get(Allocated) + n("more", 0, 10)
		freed := n("freed", 1, p.Get(Allocated))
		spoken := n("spoken", 0, freed)
		for reason := range effects {
			moves, err := RejectedOf(p, reason, freed, spoken)
			if err != nil {
				t.Fatal(err)
			}
			after, err := p.Apply(moves...)
			if err != nil || after.Get(Allocated) != p.Get(Allocated)-freed {
				t.Fatalf("%s: %+v, %v", reason, after, err)
			}
			want := map[effect]int64{none: p.Available() + freed, missing: p.Available() + freed - spoken, spoiled: p.Available() + freed - spoken}[effects[reason]]
			if spoken == 0 {
				want = p.Available() + freed
			}
			if after.Available() != want {
				t.Fatalf("%s: of %d freed %d are spoken of: %d available, want %d", reason, freed, spoken, after.Available(), want)
			}
		}
	})
}
