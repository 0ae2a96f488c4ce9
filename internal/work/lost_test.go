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
	"ordo/internal/pgtest"
	"ordo/internal/store"
)

// once lets the first COMMIT be cut, all others pass.
func once(what cut) func() cut {
	first := true
	return func() cut {
		if first {
			first = false
			return what
		}
		return forward
	}
}

func TestConnectionLostInCommitDoublesNothing(t *testing.T) {
	for name, what := range map[string]cut{"before": cutBefore, "after": cutAfter} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.New(t)
			direct := openDB(t, url)
			p, through := newProxy(t, url)
			c := committer(t, openDB(t, through))
			do(t, c, addPayment("pay_0", 1)) // statements are prepared
			for i := range 5 {
				p.set(once(what))
				do(t, c, move(fmt.Sprint("pay_a", i), inventory.Movement{SKU: "A", Location: "L", Bucket: inventory.OnHand, Delta: 1}))
			}
			if n := query[int64](t, direct, "SELECT on_hand FROM stock_positions"); n != 5 {
				t.Errorf("on hand %d, want 5", n)
			}
			if n := c.Stats.Unknown.Load() + c.Stats.Unavailable.Load(); n != 0 {
				t.Errorf("%d batches were given up", n)
			}
			check(t, direct)
		})
	}
}

// Without a row in the journal there is nothing to find the outcome by: the callers hear that it is unknown.
func TestConnectionLostInCommitWithoutEvents(t *testing.T) {
	for name, what := range map[string]cut{"before": cutBefore, "after": cutAfter} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.New(t)
			direct := openDB(t, url)
			p, through := newProxy(t, url)
			c := committer(t, openDB(t, through))
			enqueue := run(func(u *Unit) (any, error) { return u.Enqueue("job", 1, 0), nil })
			do(t, c, enqueue)
			p.set(once(what))
			_, err := Do(t.Context(), c, enqueue, Meta{})
			wantCode(t, err, "outcome_unknown")
			if n, want := count(t, direct, "jobs"), map[cut]int64{cutBefore: 1, cutAfter: 2}[what]; n != want {
				t.Errorf("%d jobs, want %d", n, want)
			}
		})
	}
}

// When nobody can be asked, the callers hear that the outcome is unknown, and their keys tell it later.
func TestOutcomeUnknownIsToldByTheKey(t *testing.T) {
	for name, what := range map[string]cut{"before": cutBefore, "after": cutAfter} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.New(t)
			direct := openDB(t, url)
			p, through := newProxy(t, url)
			c := committer(t, openDB(t, through))
			c.search = 300 * time.Millisecond
			do(t, c, addPayment("pay_0", 1))
			p.set(func() cut { p.away = true; return what })
			_, err := Do(t.Context(), c, addPayment("pay_1", 1), Meta{Key: key("k"), Render: render})
			wantCode(t, err, "outcome_unknown")
			p.set(nil)
			p.setAway(false)
			out := Submit(t.Context(), c, addPayment("pay_1", 1), Meta{Key: key("k"), Render: render})
			if out.Err != nil || out.Replayed != (what == cutAfter) || string(out.Answer.Body) != "pay_1" {
				t.Errorf("%+v", out)
			}
			if n := count(t, direct, "payments"); n != 2 {
				t.Errorf("%d payments, want 2", n)
			}
			check(t, direct)
		})
	}
}

// tally is what callers heard of their commands.
type tally struct {
	mu                   sync.Mutex
	acked, unknown, away map[string]bool
}

func (s *tally) note(t *testing.T, id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.acked[id] = true
	case errors.Is(err, ErrUnknown):
		s.unknown[id] = true
	case errors.Is(err, ErrAway), errors.Is(err, ErrBusy):
		s.away[id] = true
	default:
		t.Errorf("%s: %v", id, err)
	}
}

func TestConnectionsLostUnderLoad(t *testing.T) {
	const terminate = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
	trouble := map[string]func(p *proxy, direct store.DB){
		"cut": func(p *proxy, _ store.DB) { p.cutAll() },
		"terminated": func(_ *proxy, direct store.DB) {
			_ = direct.Query(context.Background(), func(store.Row) error { return nil }, terminate)
		},
		"away": func(p *proxy, _ store.DB) {
			p.setAway(true)
			time.Sleep(500 * time.Millisecond) // longer than the committer is patient
			p.setAway(false)
		},
	}
	for name, cause := range trouble {
		t.Run(name, func(t *testing.T) { lostUnderLoad(t, cause) })
	}
}

func lostUnderLoad(t *testing.T, trouble func(*proxy, store.DB)) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	url := pgtest.New(t)
	direct := openDB(t, url)
	p, through := newProxy(t, url)
	cs := []*Committer{committer(t, openDB(t, through)), committer(t, openDB(t, through))}
	cs[0].search, cs[1].search = 100*time.Millisecond, 100*time.Millisecond
	commits := rand.New(rand.NewPCG(seed, 0))
	p.set(func() cut { return []cut{cutBefore, cutAfter, forward}[min(commits.IntN(20), 2)] })
	s := tally{acked: map[string]bool{}, unknown: map[string]bool{}, away: map[string]bool{}}
	var stop atomic.Bool
	var wg sync.WaitGroup
	for w := range 32 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(w)+1))
			for i := 0; !stop.Load(); i++ {
				id := fmt.Sprintf("pay_%d_%d", w, i)
				sku := fmt.Sprint("S", r.IntN(5))
				_, err := Do(context.Background(), cs[r.IntN(2)], move(id, inventory.Movement{SKU: sku, Location: "L", Bucket: inventory.OnHand, Delta: 1}), Meta{})
				s.note(t, id, err)
			}
		})
	}
	pause := rand.New(rand.NewPCG(seed, 99))
	for begin := time.Now(); time.Since(begin) < 2*time.Second; {
		time.Sleep(time.Duration(pause.IntN(100)) * time.Millisecond)
		trouble(p, direct)
	}
	p.set(nil)
	stop.Store(true)
	wg.Wait()
	t.Logf("%d acknowledged, %d unknown, %d refused", len(s.acked), len(s.unknown), len(s.away))
	s.compare(t, direct)
	check(t, direct)
}

// compare proves that what was acknowledged happened once, what is unknown at most once, and what was refused never.
func (s *tally) compare(t *testing.T, db store.DB) {
	t.Helper()
	seen := map[string]int{}
	for _, r := range allRows(t, db) {
		seen[r.Aggregate]++
	}
	for id, n := range seen {
		if n > 1 || !s.acked[id] && !s.unknown[id] {
			t.Errorf("%s happened %d times", id, n)
		}
	}
	for id := range s.acked {
		if seen[id] != 1 {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
}

func TestDatabaseAway(t *testing.T) {
	url := pgtest.New(t)
	p, through := newProxy(t, url)
	c := committer(t, openDB(t, through))
	do(t, c, addPayment("pay_0", 1))
	p.setAway(true)
	_, err := Do(t.Context(), c, addPayment("pay_1", 1), Meta{})
	wantCode(t, err, "database_unavailable")
	if errs.ClassOf(err) != errs.Unavailable {
		t.Errorf("class of %v", err)
	}
	_, err = DryRun(t.Context(), c, addPayment("pay_1", 1), Meta{})
	wantCode(t, err, "database_unavailable")
	p.setAway(false)
	do(t, c, addPayment("pay_1", 1))
	check(t, c.db)
}

// A server that was restarted has dropped all idle connections: none of them may cost a command.
func TestDroppedIdleConnections(t *testing.T) {
	url := pgtest.New(t)
	p, through := newProxy(t, url)
	db := openDB(t, through)
	c := committer(t, db)
	for round := range 3 {
		var wg sync.WaitGroup
		for range 8 { // all connections of the pool
			wg.Go(func() {
				tx, err := db.Begin(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				defer tx.Rollback()
				if err := tx.Do(t.Context(), &store.Stmt{SQL: "SELECT pg_sleep(0.05)", Want: store.AnyRows}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		p.cutAll()
		do(t, c, addPayment(fmt.Sprint("pay_", round), 1))
	}
	check(t, db)
}
