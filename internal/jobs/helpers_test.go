package jobs

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"ordo/internal/ids"
	"ordo/internal/pgtest"
	"ordo/internal/store"
	"ordo/internal/storetest"
	"ordo/internal/work"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// each runs f on both engines at once.
func each(t *testing.T, f func(t *testing.T, db store.DB)) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db store.DB) {
		t.Parallel()
		f(t, db)
	})
}

// places is how many jobs a node of the tests runs at once.
const places = 32

// node makes a runner with short times; configure adds handlers before it starts. It is stopped with the test.
func node(t *testing.T, db store.DB, name string, configure func(*Runner)) (*Runner, *storetest.Log) {
	t.Helper()
	l := &storetest.Log{}
	r := NewRunner(db, name, slog.New(slog.NewTextHandler(l, nil)))
	r.limits = limits{places: places, lease: time.Second, renew: 200 * time.Millisecond, timeout: 5 * time.Second, poll: 10 * time.Millisecond, retry: 10 * time.Millisecond, now: time.Now}
	configure(r)
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(r, 5*time.Second) })
	return r, l
}

func stop(r *Runner, within time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	r.Stop(ctx)
}

// abandon makes a runner vanish as a killed process does: nothing of it touches the database any more.
func abandon(r *Runner) {
	r.mu.Lock()
	r.stopping, r.waiting = true, nil
	r.node = "gone"
	r.mu.Unlock()
	close(r.stop)
	r.cancel()
}

// add stores a job; with an owner it is leased to it for a while.
func add(t *testing.T, db store.DB, kind, owner string, in time.Duration) work.Job {
	t.Helper()
	j := work.Job{ID: ids.New("job"), Kind: kind, Args: "{}", Owner: owner}
	now, args := "$5", []any{j.ID, kind, owner, in.Microseconds()}
	if c := db.Dialect().Clock; c != "" {
		now = c
	} else {
		args = append(args, time.Now().UnixMicro())
	}
	exec(t, db, "INSERT INTO jobs (id, kind, args, state, run_at, attempts, owner, last_error, created_at) VALUES ($1, $2, '{}', 'ready', "+now+" + $4, 0, $3, '', 0)", args...)
	return j
}

func exec(t *testing.T, db store.DB, text string, args ...any) {
	t.Helper()
	err := store.Write(context.Background(), db, func(tx store.Tx) error {
		return tx.Do(context.Background(), &store.Stmt{SQL: text, Args: args, Want: store.AnyRows})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// row is what is stored of a job.
type row struct {
	State, Owner, LastError string
	Attempts, In            int64 // In: microseconds until it is due
}

func stored(t *testing.T, db store.DB, id string) *row {
	t.Helper()
	var found *row
	now, args := "$2", []any{id}
	if c := db.Dialect().Clock; c != "" {
		now = c
	} else {
		args = append(args, time.Now().UnixMicro())
	}
	err := db.Query(t.Context(), func(r store.Row) error {
		found = &row{}
		return r.Scan(&found.State, &found.Owner, &found.LastError, &found.Attempts, &found.In)
	}, "SELECT state, owner, last_error, attempts, run_at - "+now+" FROM jobs WHERE id = $1", args...)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// eventually waits until f holds.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !f(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// counter counts runs per job.
type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counter) handle(_ context.Context, j Job) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[j.ID]++
	return nil
}

func (c *counter) total() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.n {
		n += k
	}
	return n
}
