package project

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/journal"
	"ordo/internal/micros"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

// leaseOf reads until when somebody has a reader.
func leaseOf(t *testing.T, db store.DB, name string) (until micros.Time) {
	t.Helper()
	if err := db.Query(t.Context(), func(r store.Row) error { return r.Scan(&until) }, "SELECT lease_until FROM journal_readers WHERE name = $1", name); err != nil {
		t.Fatal(err)
	}
	return until
}

// A node that has delivered a page waits for its turn for longer than a lease: it keeps the lease meanwhile, and no other
// node delivers the page once more.
func TestWaitForTheTurnKeepsTheLease(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		write(t, db, 80)
		var ahead atomic.Int64
		clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		var delivered atomic.Int64
		done := make(chan struct{}, 2)
		rd := Reader{Name: "out", Deliver: func(_ context.Context, rows []journal.Row) error {
			delivered.Add(int64(len(rows)))
			done <- struct{}{}
			return nil
		}}
		node := func(name string) *Runner {
			r := NewRunner(db, name, nil, slog.New(slog.DiscardHandler))
			r.now, r.renew = clock, time.Millisecond
			if err := r.lease(rd.Name).Open(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			return r
		}
		a, b := node("a"), node("b")
		a.turn.take(t.Context()) // another reader of the node writes, and writes
		got := make(chan int, 1)
		go func() {
			n, err := a.page(t.Context(), rd, nil)
			if err != nil {
				t.Error(err)
			}
			got <- n
		}()
		<-done
		for range 3 { // two thirds of a lease, three times
			until := leaseOf(t, db, rd.Name)
			ahead.Add(int64(lease * 2 / 3))
			for i := 0; leaseOf(t, db, rd.Name) == until; i++ {
				if i == 1000 {
					t.Fatal("the lease is not renewed while the node waits for its turn")
				}
				time.Sleep(5 * time.Millisecond)
			}
			if n, err := b.page(t.Context(), rd, nil); n != 0 || err != nil {
				t.Fatalf("the other node took %d rows, %v", n, err)
			}
		}
		a.turn.give(0)
		if n := <-got; n != 80 || delivered.Load() != 80 {
			t.Errorf("%d rows are done, %d went out; want 80 of both", n, delivered.Load())
		}
	})
}

// A node that has lost its lease while it delivers is told to stop.
func TestLostLeaseEndsTheDelivery(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		write(t, db, 8)
		r := NewRunner(db, "a", nil, slog.New(slog.DiscardHandler))
		r.renew = time.Millisecond
		if err := r.lease("out").Open(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		n, err := r.page(t.Context(), Reader{Name: "out", Deliver: func(ctx context.Context, _ []journal.Row) error {
			// Not within ctx: it may end before the answer is here.
			if err := store.Write(t.Context(), db, func(tx store.Tx) error {
				return tx.Do(t.Context(), &store.Stmt{SQL: "UPDATE journal_readers SET owner = 'b', lease_until = $1 WHERE name = 'out'", Args: []any{int64(micros.Of(time.Now().Add(lease)))}, Want: 1})
			}); err != nil {
				t.Error(err)
			}
			<-ctx.Done()
			return ctx.Err()
		}}, nil)
		if n != 0 || err == nil {
			t.Errorf("%d rows are done, %v", n, err)
		}
	})
}

// away is a database that answers no question any more.
type away struct {
	store.DB
	gone atomic.Bool
}

func (d *away) Query(ctx context.Context, scan func(store.Row) error, sql string, args ...any) error {
	if d.gone.Load() {
		return &store.Error{Kind: store.Unavailable, Err: errors.New("away")}
	}
	return d.DB.Query(ctx, scan, sql, args...)
}

// A node that cannot ask for its lease any longer than that lasts has to take it for lost: another node may have it.
func TestLeaseThatCannotBeKeptEndsTheDelivery(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		write(t, db, 8)
		d := &away{DB: db}
		r := NewRunner(d, "a", nil, slog.New(slog.DiscardHandler))
		r.renew, r.sure = time.Millisecond, 50*time.Millisecond
		if err := r.lease("out").Open(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		n, err := r.page(t.Context(), Reader{Name: "out", Deliver: func(ctx context.Context, _ []journal.Row) error {
			d.gone.Store(true)
			select {
			case <-ctx.Done():
			case <-time.After(30 * time.Second):
				t.Error("the delivery goes on")
			}
			return ctx.Err()
		}}, nil)
		if n != 0 || err == nil {
			t.Errorf("%d rows are done, %v", n, err)
		}
	})
}

// What a projection computes, it computes before its turn: other readers write meanwhile.
func TestProjectionComputesBeforeItsTurn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		write(t, db, 8)
		r := NewRunner(db, "a", nil, slog.New(slog.DiscardHandler))
		for _, name := range []string{"slow", "quick"} {
			if err := r.lease(name).Open(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
		}
		quick := Reader{Name: "quick", Project: func(context.Context, Querier, []journal.Row) ([]*store.Stmt, error) { return nil, nil }}
		slow := Reader{Name: "slow", Project: func(ctx context.Context, _ Querier, _ []journal.Row) ([]*store.Stmt, error) {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second) // where it holds the turn, this waits for itself
			defer cancel()
			if n, err := r.page(ctx, quick, nil); n != 8 || err != nil {
				t.Errorf("another reader wrote %d rows, %v", n, err)
			}
			return nil, nil
		}}
		if n, err := r.page(t.Context(), slow, nil); n != 8 || err != nil {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}
