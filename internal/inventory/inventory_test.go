package inventory

import (
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/errs"
)

func position(onHand, allocated, reserved int64) Position {
	return Position{SKU: "A", Location: "L", Units: [9]int64{onHand, allocated, reserved}}
}

func TestAvailable(t *testing.T) {
	p := Position{Units: [9]int64{100, 10, 5, 3, 2, 20, 50, 60}}
	if got := p.Available(); got != 60 {
		t.Errorf("available %d, want 100-10-5-3-2-20 = 60 (I2)", got)
	}
}

func TestApplyRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		p     Position
		moves []Movement
	}{
		"below zero (I4)":              {position(5, 0, 0), Unreserve("A", "L", 1)},
		"allocated over on hand (I3)":  {position(5, 5, 0), Allocate("A", "L", 1)},
		"ship more than was allocated": {position(5, 2, 0), Ship("A", "L", 3)},
		"damage what is allocated":     {position(5, 5, 0), []Movement{{"A", "L", Damaged, 1}}},
	} {
		if _, err := c.p.Apply(c.moves...); !errs.Is(err, "insufficient_stock") {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := position(5, 5, 0)
	p.BackorderLimit = 1
	if _, err := p.Apply(Allocate("A", "L", 1)...); err == nil {
		t.Error("more than on hand was allocated: what is not there can only be backordered")
	}
	p, err := p.Apply(Backorder("A", "L", 1)...)
	if err != nil {
		t.Fatalf("backorder limit is not used: %v", err)
	}
	if _, err := p.Apply(Backorder("A", "L", 1)...); !errs.Is(err, "insufficient_stock") {
		t.Errorf("backordered over the limit: %v", err)
	}
	p.BackorderLimit = 0 // lowered later: what was promised stays, and may end
	if _, err := p.Apply(EndBackorder("A", "L", 1)...); err != nil {
		t.Error(err)
	}
}

func TestAdjustKeepsPromises(t *testing.T) {
	if _, err := Adjust(position(10, 4, 3), -4); !errs.Is(err, "insufficient_stock") {
		t.Errorf("took promised units: %v", err)
	}
	if _, err := Adjust(position(10, 4, 3), -3); err != nil {
		t.Error(err)
	}
}

// Whatever is done in whatever order: a position is the sum of its movements and keeps I3 and I4.
func TestPositionIsTheSumOfItsMovements(t *testing.T) {
	ops := []func(string, string, int64) []Movement{Reserve, Unreserve, Allocate, Deallocate, Convert, Ship}
	rapid.Check(t, func(t *rapid.T) {
		p := position(rapid.Int64Range(0, 50).Draw(t, "on hand"), 0, 0)
		var ledger []Movement
		start := p
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			moves := rapid.SampledFrom(ops).Draw(t, "op")("A", "L", rapid.Int64Range(1, 10).Draw(t, "units"))
			next, err := p.Apply(moves...)
			if err != nil {
				continue
			}
			p, ledger = next, append(ledger, moves...)
		}
		for _, m := range ledger {
			start.Units[m.Bucket.Index()] += m.Delta
		}
		if start != p {
			t.Fatalf("sum of movements %v, position %v", start, p)
		}
		for i, n := range p.Units {
			if n < 0 {
				t.Fatalf("%s is %d", Buckets[i], n)
			}
		}
		if p.Get(Allocated) > p.Get(OnHand) {
			t.Fatal("allocated over on hand")
		}
	})
}
