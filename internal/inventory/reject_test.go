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
