package work

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/storetest"
)

// Who is behind in the line decides on what those ahead have staged, and fails with them.
func TestLine(t *testing.T) {
	k, other := posKey{"S", "L"}, posKey{"T", "L"}
	loaded := func(s *seat, units, rev int64) *batch {
		b := newBatch(newRefCache(nil), &numberSet{}, false)
		b.seat = s
		b.loaded.Positions("S")
		b.positions[k], b.revs[k], b.locations["S"] = position(k, units), rev, []string{"L"}
		return b
	}
	stage := func(b *batch, k posKey, units int64) { b.staged.positions[k] = position(k, units) }
	var l line
	first, second, third := l.enter(false), l.enter(false), l.enter(false)
	a := loaded(first, 10, 7)
	stage(a, k, 9)
	stage(a, other, 1)
	first.decided(a)
	b := loaded(second, 10, 7)
	second.overlay(b)
	if b.positions[k].Units[0] != 9 || b.revs[k] != 8 || len(second.deps) != 1 {
		t.Errorf("%+v rev %d after %d", b.positions[k], b.revs[k], len(second.deps))
	}
	if _, known := b.positions[other]; known {
		t.Error("a position that was not asked for came along")
	}
	stage(b, k, 8)
	second.decided(b)
	first.hasWritten()
	second.mayWrite()
	first.finish(true)
	if err := second.certain(); err != nil {
		t.Error(err)
	}
	// What has happened counts for those who may have read before it did, unless they have read it already.
	for rev, want := range map[int64]int64{7: 8, 8: 8, 9: 5, 10: 5} {
		c := loaded(third, 5, rev)
		third.overlay(c)
		if got := c.positions[k].Units[0]; got != want {
			t.Errorf("read at %d: %d units, want %d", rev, got, want)
		}
	}
	c := loaded(third, 10, 7)
	third.overlay(c)
	third.decided(c)
	second.leave() // refused
	if err := third.certain(); !errors.Is(err, errAhead) {
		t.Errorf("counted on a refused batch: %v", err)
	}
	third.leave()
	first.leave()
	last := l.enter(true)
	if len(l.ahead) != 0 || len(l.open) != 1 {
		t.Errorf("%d ahead, %d open", len(l.ahead), len(l.open))
	}
	last.leave()
}

func position(k posKey, units int64) inventory.Position {
	return inventory.Position{SKU: k.sku, Location: k.location, Units: [9]int64{units}}
}

// Buyers fight for the last units of one SKU, from two processes with many batches under way each: exactly as many
// get one as there are.
func TestLastUnits(t *testing.T) {
	const units, buyers = 300, 500
	storetest.EachURL(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		many := func(o *Options) {
			o.MaxBatch = 7
			if db.Dialect().Sets {
				o.Workers = 5
			}
		}
		cs := []*Committer{committer(t, db, many), committer(t, db, many)}
		do(t, cs[0], move("adj", inventory.Movement{SKU: "HOT", Location: "L", Bucket: inventory.OnHand, Delta: units}))
		var mu sync.Mutex
		got := 0
		var wg sync.WaitGroup
		for i := range buyers {
			wg.Go(func() {
				_, err := Do(context.Background(), cs[i%2], move(fmt.Sprint("pay_", i), inventory.Movement{SKU: "HOT", Location: "L", Bucket: inventory.Allocated, Delta: 1}), Meta{})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					got++
				} else if !errs.Is(err, "insufficient_stock") {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got != units {
			t.Errorf("%d of %d buyers got one of %d units", got, buyers, units)
		}
		if n := query[int64](t, db, "SELECT allocated FROM stock_positions"); n != units {
			t.Errorf("%d units are allocated", n)
		}
		for _, c := range cs {
			t.Logf("%d batches, %d conflicts", c.Stats.Batches.Load(), c.Stats.Conflicts.Load())
		}
		check(t, db)
	})
}
