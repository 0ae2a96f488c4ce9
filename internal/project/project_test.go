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
func counted(t *testing.T, db store.DB) func(context.Context, Querier, []journal.Row) ([]*store.Stmt, error) {
	t.Helper()
	if err := store.Write(t.Context(), db, func(tx store.Tx) error {
		return tx.Do(t.Context(), &store.Stmt{SQL: "CREATE TABLE seen (at bigint PRIMARY KEY, seq bigint NOT NULL)", Want: store.AnyRows})
	}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var next int64
	return func(_ context.Context, _ Querier, rows []journal.Row) (stmts []*store.Stmt, err error) {
		for _, r := range rows {
			mu.Lock()
			next++
			at := next
			mu.Unlock()
			stmts = append(stmts, &store.Stmt{SQL: "INSERT INTO seen (at, seq) VALUES ($1, $2)", Args: []any{at, r.Seq}, Want: 1})
		}
		return stmts, nil
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
		flaky := func(ctx context.Context, q Querier, rows []journal.Row) ([]*store.Stmt, error) {
			stmts, err := project(ctx, q, rows)
			mu.Lock()
			defer mu.Unlock()
			switch calls++; calls % 3 {
			case 0:
				return nil, errors.New("fails before it writes")
			case 1: // it fails after it has written
				stmts = append(stmts, &store.Stmt{SQL: "INSERT INTO seen (at, seq) SELECT at, seq FROM seen", Want: store.AnyRows})
			}
			return stmts, err
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
		if n, err := dead.page(t.Context(), rd, nil); n != 80 || err != nil {
			t.Fatalf("first page: %d, %v", n, err)
		}
		write(t, db, 8)
		other := NewRunner(db, "other", nil, slog.New(slog.DiscardHandler))
		if n, err := other.page(t.Context(), rd, nil); n != 0 || err != nil {
			t.Fatalf("took a lease that is not over: %d, %v", n, err)
		}
		other.now = func() time.Time { return time.Now().Add(lease + time.Second) }
		if n, err := other.page(t.Context(), rd, nil); n != 8 || err != nil {
			t.Fatalf("after the lease: %d, %v", n, err)
		}
		if len(got) != 88 || got[87] != 88 {
			t.Fatalf("delivered %d rows, the last is %d", len(got), got[len(got)-1])
		}
		if n, err := dead.page(t.Context(), rd, nil); n != 0 || err != nil {
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
		write(t, db, 2*pageSize-360)
		const behind = pageSize // where most readers stand
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
		const end = 2*pageSize - 360
		ask(behind, behind+1, end, 1)
		ask(behind, behind+1, end, 1) // the second reader
		ask(end-40, end-39, end, 1)   // one that was faster before
		ask(0, 1, pageSize, 2)        // a new one
		ask(behind, behind+1, end, 2) // the others still have what they had
		ask(end, 0, 0, 3)             // nothing is new; what is known stays
		ask(behind, behind+1, end, 3)
		write(t, db, 16)
		ask(end, end+1, end+16, 4)
		ask(end, end+1, end+16, 4)
		ask(behind, behind+1, end+16, 5)
	})
}

// While somebody commits, the readers of a node take one turn after the other, with a rest between them; none when
// nobody commits, and less of it for rows that have waited long.
func TestReadersGiveWay(t *testing.T) {
	for _, c := range []struct{ took, age, want time.Duration }{
		{10 * time.Millisecond, 0, 40 * time.Millisecond},
		{10 * time.Millisecond, -time.Hour, 40 * time.Millisecond}, // the clock of another node runs ahead
		{10 * time.Millisecond, 2 * time.Minute, 10 * time.Millisecond},
		{10 * time.Millisecond, 6 * time.Minute, 0},
		{time.Minute, 0, maxRest},
		{time.Minute, 2 * time.Minute, maxRest},
	} {
		if got := yield(c.took, c.age); got != c.want {
			t.Errorf("after %v, for rows of %v: %v, not %v", c.took, c.age, got, c.want)
		}
	}
	commits := make(chan struct{})
	if woken(nil) || woken(commits) {
		t.Error("nobody has committed")
	}
	if close(commits); !woken(commits) {
		t.Error("somebody has committed")
	}
	s := newTurn()
	if !s.take(t.Context()) {
		t.Fatal("nobody else has the turn")
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if s.take(over) {
		t.Error("two have the turn")
	}
	s.give(time.Hour)
	if s.take(over) {
		t.Error("the turn begins before the rest is over")
	}
	s.until = time.Time{}
	if !s.take(t.Context()) {
		t.Error("who gave up has kept the turn")
	}
}

// A delivery that fails keeps what went out before: the cursor stands behind it, and the rest comes again.
func TestDeliveryInPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		write(t, db, 2*pageSize+160)
		var got []int64
		calls := 0
		rd := Reader{Name: "out", Deliver: func(_ context.Context, rows []journal.Row) error {
			if calls++; calls == 2 {
				return errors.New("away")
			}
			for _, r := range rows {
				got = append(got, r.Seq)
			}
			return nil
		}}
		r := NewRunner(db, "a", nil, slog.New(slog.DiscardHandler))
		if err := r.lease(rd.Name).Open(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := r.page(t.Context(), rd, nil); err == nil {
			t.Fatal("the failure is not told")
		}
		if at, err := Position(t.Context(), db, rd.Name); err != nil || at != pageSize {
			t.Fatalf("the cursor is at %d, %v", at, err)
		}
		for n := pageSize; n == pageSize; {
			var err error
			if n, err = r.page(t.Context(), rd, nil); err != nil {
				t.Fatal(err)
			}
		}
		for i, seq := range got {
			if seq != int64(i+1) {
				t.Fatalf("row %d has seq %d", i+1, seq)
			}
		}
		if len(got) != 2*pageSize+160 {
			t.Errorf("%d rows", len(got))
		}
	})
}
