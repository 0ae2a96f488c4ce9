package project

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"ordo/internal/journal"
	"ordo/internal/pgtest"
	"ordo/internal/store"
	"ordo/internal/storetest"
	"ordo/internal/work"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// note is a command that only writes an event.
type note struct{ n int }

func (note) Needs(*work.Needs) {}

func (c note) Run(u *work.Unit) (int, error) {
	u.Record(work.Event{Type: "test.noted", Aggregate: fmt.Sprint("note_", c.n), Version: 1, Body: map[string]int{"n": c.n}})
	return c.n, nil
}

// write commits n events from many goroutines while readers run.
func write(t *testing.T, db store.DB, n int) {
	t.Helper()
	c := work.NewCommitter(db, work.Options{})
	defer c.Close()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range n / 8 {
				if _, err := work.Do(t.Context(), c, note{g*n + i}, work.Meta{Actor: "test"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// counted is a projection into a table of its own: how often each row was seen.
func counted(t *testing.T, db store.DB) func(context.Context, store.Tx, []journal.Row) error {
	t.Helper()
	if err := store.Write(t.Context(), db, func(tx store.Tx) error {
		return tx.Do(t.Context(), &store.Stmt{SQL: "CREATE TABLE seen (at bigint PRIMARY KEY, seq bigint NOT NULL)", Want: store.AnyRows})
	}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var next int64
	return func(ctx context.Context, tx store.Tx, rows []journal.Row) error {
		for _, r := range rows {
			mu.Lock()
			next++
			at := next
			mu.Unlock()
			if err := tx.Do(ctx, &store.Stmt{SQL: "INSERT INTO seen (at, seq) VALUES ($1, $2)", Args: []any{at, r.Seq}, Want: 1}); err != nil {
				return err
			}
		}
		return nil
	}
}

func seen(t *testing.T, db store.DB) (out []int64) {
	t.Helper()
	if err := db.Query(t.Context(), func(r store.Row) error {
		var n int64
		err := r.Scan(&n)
		out = append(out, n)
		return err
	}, "SELECT seq FROM seen ORDER BY at"); err != nil {
		t.Fatal(err)
	}
	return out
}

func waitFor(t *testing.T, db store.DB, name string, seq int64) {
	t.Helper()
	for range 1000 {
		if at, err := Position(t.Context(), db, name); err != nil || at == seq {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the reader does not arrive")
}

// Two nodes run the same projection, which fails now and then: every row counts exactly once, in order.
func TestProjectionIsExactlyOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		project := counted(t, db)
		var mu sync.Mutex
		calls := 0
		flaky := func(ctx context.Context, tx store.Tx, rows []journal.Row) error {
			if err := project(ctx, tx, rows); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			if calls++; calls%3 == 0 {
				return errors.New("fails after it has written")
			}
			return nil
		}
		for _, node := range []string{"a", "b"} {
			r := NewRunner(db, node, nil, slog.New(slog.DiscardHandler))
			if err := r.Start(t.Context(), Reader{Name: "seen", Project: flaky}); err != nil {
				t.Fatal(err)
			}
			defer r.Stop()
		}
		write(t, db, 800)
		waitFor(t, db, "seen", 800)
		got := seen(t, db)
		if len(got) != 800 {
			t.Fatalf("%d rows counted, want 800", len(got))
		}
		for i, seq := range got {
			if seq != int64(i+1) {
				t.Fatalf("row %d has seq %d", i+1, seq)
			}
		}
	})
}

// A node that dies keeps its lease; when it is over another one goes on after the last row that was done.
func TestLeaseMovesToAnotherNode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		write(t, db, 80)
		var got []int64
		rd := Reader{Name: "out", Deliver: func(_ context.Context, rows []journal.Row) error {
			for _, r := range rows {
				got = append(got, r.Seq)
			}
			return nil
		}}
		dead := NewRunner(db, "dead", nil, slog.New(slog.DiscardHandler))
		if err := dead.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := store.Write(t.Context(), db, func(tx store.Tx) error {
			return tx.Do(t.Context(), &store.Stmt{SQL: "INSERT INTO journal_readers (name, seq, owner, lease_until) VALUES ('out', 0, '', 0)", Want: 1})
		}); err != nil {
			t.Fatal(err)
		}
		if n, err := dead.page(t.Context(), rd); n != 80 || err != nil {
			t.Fatalf("first page: %d, %v", n, err)
		}
		write(t, db, 8)
		other := NewRunner(db, "other", nil, slog.New(slog.DiscardHandler))
		if n, err := other.page(t.Context(), rd); n != 0 || err != nil {
			t.Fatalf("took a lease that is not over: %d, %v", n, err)
		}
		other.now = func() time.Time { return time.Now().Add(lease + time.Second) }
		if n, err := other.page(t.Context(), rd); n != 8 || err != nil {
			t.Fatalf("after the lease: %d, %v", n, err)
		}
		if len(got) != 88 || got[87] != 88 {
			t.Fatalf("delivered %d rows, the last is %d", len(got), got[len(got)-1])
		}
		if n, err := dead.page(t.Context(), rd); n != 0 || err != nil {
			t.Fatalf("the first node goes on without a lease: %d, %v", n, err)
		}
	})
}

// counting counts how often the journal is read.
type counting struct {
	journal.Querier
	reads int
}

func (c *counting) Query(ctx context.Context, scan func(store.Row) error, sql string, args ...any) error {
	c.reads++
	return c.Querier.Query(ctx, scan, sql, args...)
}

// Readers at one position read once for all; one that is behind reads for itself and takes nothing away.
func TestReadersShareTheTail(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		write(t, db, 640)
		q := &counting{Querier: db}
		shared := tail{db: q}
		ask := func(after int64, first, last int64, reads int) {
			t.Helper()
			rows, err := shared.after(t.Context(), after)
			if err != nil {
				t.Fatal(err)
			}
			got := [2]int64{}
			if len(rows) > 0 {
				got = [2]int64{rows[0].Seq, rows[len(rows)-1].Seq}
			}
			for i := range rows {
				if rows[i].Seq != after+int64(i)+1 {
					t.Fatalf("after %d: row %d has seq %d", after, i, rows[i].Seq)
				}
			}
			if got != [2]int64{first, last} || q.reads != reads {
				t.Errorf("after %d: rows %v with %d reads, want %d to %d with %d", after, got, q.reads, first, last, reads)
			}
		}
		ask(500, 501, 640, 1)
		ask(500, 501, 640, 1) // the second reader
		ask(600, 601, 640, 1) // one that was faster before
		ask(0, 1, 500, 2)     // a new one
		ask(500, 501, 640, 2)
		ask(640, 0, 0, 3) // nothing is new; what is known stays
		ask(500, 501, 640, 3)
		write(t, db, 16)
		ask(640, 641, 656, 4)
		ask(640, 641, 656, 4)
		ask(500, 501, 656, 5)
	})
}
