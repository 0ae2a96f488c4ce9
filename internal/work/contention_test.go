package work

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/store"
)

// Batches of two processes touch the same documents and positions in random order. Nothing gets lost, nobody gets an
// internal error, and the sum stays the same.
func TestBatchesNeverStayDeadlocked(t *testing.T) {
	const documents, start = 6, 1000
	twoProcesses(t, func(t *testing.T, a, b *Committer) {
		do(t, a, run(func(u *Unit) (any, error) { return nil, fill(u, documents, start) }))
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		var wg sync.WaitGroup
		for w := range 24 {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(seed, uint64(w)))
				for i := range 25 {
					c := []*Committer{a, b}[r.IntN(2)]
					_, err := Do(context.Background(), c, transfer(r, documents, fmt.Sprintf("pay_t%d_%d", w, i)), Meta{})
					if err != nil && !errors.Is(err, errRule) {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		sum := query[int64](t, a.db, "SELECT CAST((SELECT SUM(placed_at) FROM orders) + (SELECT SUM(on_hand) FROM stock_positions) AS bigint)")
		for i := range documents {
			sum += do(t, b, run(func(u *Unit) (any, error) { return payments.Get(u, fmt.Sprint("pay_d", i)) })).(*tPayment).Amount
		}
		if want := int64(3 * documents * start); sum != want {
			t.Errorf("the sum is %d, want %d", sum, want)
		}
		t.Logf("%d batches, %d conflicts", a.Stats.Batches.Load()+b.Stats.Batches.Load(), a.Stats.Conflicts.Load()+b.Stats.Conflicts.Load())
	})
}

func fill(u *Unit, documents int, start int64) error {
	for i := range documents {
		o := &tOrder{N: start}
		o.ID = fmt.Sprint("ord_", i)
		p := &tPayment{Order: "o", Amount: start}
		p.ID = fmt.Sprint("pay_d", i)
		moves := []inventory.Movement{{SKU: fmt.Sprint("S", i), Location: "L", Bucket: inventory.OnHand, Delta: start}}
		if err := errors.Join(orders.Put(u, o), payments.Put(u, p), u.Move(moves...)); err != nil {
			return err
		}
		u.Record(Event{Type: "order.saved", Aggregate: o.ID}, Event{Type: "stock.moved", Aggregate: p.ID, Body: stockBody{moves}})
	}
	return nil
}

// step changes one document or position.
type step struct {
	kind, i int
	delta   int64
}

func (s step) run(u *Unit) ([]inventory.Movement, error) {
	switch s.kind {
	case 0:
		o, err := orders.Get(u, fmt.Sprint("ord_", s.i))
		if err != nil {
			return nil, err
		}
		o.N += s.delta
		u.Record(Event{Type: "order.saved", Aggregate: o.ID})
		return nil, orders.Put(u, o)
	case 1:
		p, err := payments.Get(u, fmt.Sprint("pay_d", s.i))
		if err != nil {
			return nil, err
		}
		p.Amount += s.delta
		u.Record(Event{Type: "payment.saved", Aggregate: p.ID})
		return nil, payments.Put(u, p)
	}
	m := inventory.Movement{SKU: fmt.Sprint("S", s.i), Location: "L", Bucket: inventory.OnHand, Delta: s.delta}
	return []inventory.Movement{m}, u.Move(m)
}

// transfer moves units between random places; the choice is made beforehand, so that a second run does the same.
func transfer(r *rand.Rand, documents int, id string) cmd {
	var steps []step
	var left int64
	for range 2 + r.IntN(4) {
		s := step{r.IntN(3), r.IntN(documents), int64(r.IntN(9) - 4)}
		left -= s.delta
		steps = append(steps, s)
	}
	steps = append(steps, step{r.IntN(3), r.IntN(documents), left})
	refuse, named := r.IntN(10) == 0, r.IntN(2) == 0
	return cmd{func(n *Needs) {
		for _, s := range steps[:len(steps)/2] {
			if named && s.kind == 2 {
				n.Positions(fmt.Sprint("S", s.i))
			}
		}
	}, func(u *Unit) (any, error) {
		var moves []inventory.Movement
		for _, s := range steps {
			m, err := s.run(u)
			if err != nil {
				return nil, err
			}
			moves = append(moves, m...)
		}
		if len(moves) > 0 {
			p := &tPayment{Order: "o"}
			p.ID = id
			payments.Create(u, p)
			u.Record(Event{Type: "stock.moved", Aggregate: id, Body: stockBody{moves}})
		}
		if refuse {
			return nil, errRule
		}
		return nil, nil
	}}
}

// Deletes and inserts of unique values have no common order: here PostgreSQL has to break deadlocks.
func TestSwappedKeysRecoverFromDeadlock(t *testing.T) {
	twoProcesses(t, func(t *testing.T, a, b *Committer) {
		do(t, a, run(func(u *Unit) (any, error) {
			u.ClaimFresh("k", "1", "a")
			u.ClaimFresh("k", "2", "b")
			return nil, nil
		}))
		swap := run(func(u *Unit) (any, error) {
			one, err := u.Holder("k", "1")
			if err != nil {
				return nil, err
			}
			two, err := u.Holder("k", "2")
			if err != nil {
				return nil, err
			}
			if err := errors.Join(u.Free("k", "1"), u.Free("k", "2")); err != nil {
				return nil, err
			}
			_, ok1, _ := u.Claim("k", "1", two)
			_, ok2, _ := u.Claim("k", "2", one)
			if !ok1 || !ok2 {
				return nil, errors.New("a value that was freed cannot be claimed")
			}
			return nil, nil
		})
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				if _, err := Do(context.Background(), []*Committer{a, b}[i%2], swap, Meta{}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := query[string](t, a.db, "SELECT owner FROM unique_keys WHERE value = '1'"); got != "a" {
			t.Errorf("after an even number of swaps the value belongs to %s", got)
		}
	})
}

func TestOneOfTwoClaimsWins(t *testing.T) {
	twoProcesses(t, func(t *testing.T, a, b *Committer) {
		for i := range 20 {
			var wg sync.WaitGroup
			var won atomic.Int64
			for w := range 6 {
				wg.Go(func() {
					_, err := Do(context.Background(), []*Committer{a, b}[w%2], run(func(u *Unit) (any, error) {
						holder, ok, err := u.Claim("test", fmt.Sprint(i), fmt.Sprint(w))
						if err == nil && !ok {
							err = errs.New(errs.Conflict, "taken", "it belongs to %s", holder)
						}
						u.Record(Event{Type: "x", Aggregate: fmt.Sprint("claim_", i), Version: 1})
						return nil, err
					}), Meta{})
					switch {
					case err == nil:
						won.Add(1)
					case !errs.Is(err, "taken"):
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 {
				t.Fatalf("value %d: %d winners", i, won.Load())
			}
		}
		if n := count(t, a.db, "journal"); n != 20 {
			t.Errorf("%d events, want 20", n)
		}
	})
}

func TestReaderNeverSeesAGap(t *testing.T) {
	twoProcesses(t, func(t *testing.T, a, b *Committer) {
		done := make(chan int64)
		ctx, cancel := context.WithCancel(context.Background())
		var acked atomic.Int64
		go func() { done <- readOn(ctx, t, a.db) }()
		var wg sync.WaitGroup
		for w := range 16 {
			wg.Go(func() {
				for i := range 30 {
					if _, err := Do(context.Background(), []*Committer{a, b}[w%2], addPayment(fmt.Sprintf("pay_%d_%d", w, i), 1), Meta{}); err != nil {
						t.Error(err)
					}
					acked.Add(1)
				}
			})
		}
		wg.Wait()
		cancel()
		if last := <-done; last != acked.Load() {
			t.Errorf("the reader saw %d of %d events", last, acked.Load())
		}
	})
}

// readOn follows the journal until ctx ends, and once more after that.
func readOn(ctx context.Context, t *testing.T, db store.DB) int64 {
	var cursor journal.Head
	for over := false; !over; {
		over = ctx.Err() != nil
		rows, err := journal.After(context.Background(), db, cursor.Seq, 1000)
		if err != nil {
			t.Error(err)
			return cursor.Seq
		}
		for _, r := range rows {
			if r.Seq != cursor.Seq+1 || r.At < cursor.At {
				t.Errorf("row %d of %d follows row %d of %d", r.Seq, r.At, cursor.Seq, cursor.At)
			}
			cursor = journal.Head{Seq: r.Seq, At: r.At}
		}
	}
	return cursor.Seq
}

// Random commands of all sorts from many goroutines; check (in twoProcesses) proves the invariants afterwards.
func TestRandomCommandsKeepTheInvariants(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	twoProcesses(t, func(t *testing.T, a, b *Committer) {
		var wg sync.WaitGroup
		for w := range 24 {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(seed, uint64(w)))
				for i := range 40 {
					c := []*Committer{a, b}[r.IntN(2)]
					_, err := Do(context.Background(), c, randomCommand(r, fmt.Sprintf("pay_%d_%d", w, i)), Meta{})
					if err != nil && errs.ClassOf(err) != errs.Conflict {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		t.Logf("%d events, %d batches", count(t, a.db, "journal"), a.Stats.Batches.Load()+b.Stats.Batches.Load())
	})
}

func randomCommand(r *rand.Rand, id string) cmd {
	sku, place, units := fmt.Sprint("S", r.IntN(4)), fmt.Sprint("L", r.IntN(3)), int64(1+r.IntN(5))
	switch r.IntN(8) {
	case 0, 1:
		return move(id, inventory.Movement{SKU: sku, Location: place, Bucket: inventory.OnHand, Delta: 3 * units})
	case 2, 3:
		return move(id, inventory.Reserve(sku, place, units)...)
	case 4:
		return move(id, inventory.Convert(sku, place, units)...)
	case 5:
		return move(id, inventory.Ship(sku, place, units)...)
	case 6: // two SKUs, the second is refused now and then: then the first must not move either
		return move(id, append(inventory.Allocate(sku, place, 1), inventory.Ship(fmt.Sprint("S", r.IntN(4)), place, units)...)...)
	}
	doc := fmt.Sprint("ord_", r.IntN(5))
	return run(func(u *Unit) (any, error) {
		o, ok, err := orders.Find(u, doc)
		if err != nil {
			return nil, err
		}
		if !ok {
			o = &tOrder{}
			o.ID = doc
		}
		o.N++
		if err := orders.Put(u, o); err != nil {
			return nil, err
		}
		u.Record(Event{Type: "order.saved", Aggregate: doc}, Event{Type: "order.counted", Aggregate: doc, Body: o.N, Personal: "somebody"})
		return nil, nil
	})
}
