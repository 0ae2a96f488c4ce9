// Package jobs runs work after commit: calls to the outside, and housekeeping on a schedule.
//
// What lives here: claiming with leases, retry with backoff, schedules. What does not: what a job does (app), and
// storing a job, which the command that wants it does in its own transaction (work.Enqueue).
// The one idea: a job has a lease and an owner. A node that dies loses its lease and another takes over, so every
// handler must be able to run twice and mean once.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"ordo/internal/micros"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Job is a job that was claimed. Attempts counts this one.
type Job struct {
	ID       string
	Kind     string
	Args     string
	Attempts int64
}

// Handler does a job. It finishes it in its own unit of work (work.FinishJob), or leaves it to the runner, which
// removes it after success. An error means: again, later.
type Handler func(ctx context.Context, j Job) error

const (
	lease       = 60 * time.Second // how long a claimed job is left to its owner
	poll        = 250 * time.Millisecond
	claimAtOnce = 32
	parallel    = 128
	maxAttempts = 100 // then it is dead and waits for a person
	timeout     = 45 * time.Second
)

// Runner claims and runs jobs of one node.
type Runner struct {
	db       store.DB
	node     string
	log      *slog.Logger
	handlers map[string]Handler
	periods  map[string]time.Duration
	slots    chan struct{}
	cancel   context.CancelFunc
	ctx      context.Context
	wg       sync.WaitGroup
	mu       sync.Mutex
	running  map[string]bool
	stopping bool
	Done     atomic.Int64
	Failed   atomic.Int64
	Dead     atomic.Int64
}

// NewRunner makes a runner; Handle and Schedule come before Start.
func NewRunner(db store.DB, node string, log *slog.Logger) *Runner {
	r := &Runner{
		db: db, node: node, log: log, handlers: map[string]Handler{}, periods: map[string]time.Duration{},
		slots: make(chan struct{}, parallel), running: map[string]bool{},
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// Handle says who does jobs of a kind.
func (r *Runner) Handle(kind string, h Handler) { r.handlers[kind] = h }

// Schedule runs f again and again, on one node at a time.
func (r *Runner) Schedule(name string, period time.Duration, f func(context.Context) error) {
	r.periods[name] = period
	r.handlers[name] = func(ctx context.Context, _ Job) error { return f(ctx) }
}

// Start stores the schedules and begins to poll.
func (r *Runner) Start(ctx context.Context) error {
	now := int64(micros.Of(time.Now()))
	for name := range r.periods {
		err := store.Write(ctx, r.db, func(tx store.Tx) error {
			return tx.Do(ctx, &store.Stmt{
				SQL:  "INSERT INTO jobs (id, kind, args, state, run_at, attempts, owner, last_error, created_at) VALUES ($1, $2, '', 'ready', $3, 0, '', '', $3) ON CONFLICT DO NOTHING",
				Args: []any{"schedule_" + name, name, now}, Want: store.AnyRows,
			})
		})
		if err != nil {
			return err
		}
	}
	r.wg.Go(r.loop)
	return nil
}

// Stop lets running jobs end, at most until ctx does. What is cut off runs again when its lease is over.
func (r *Runner) Stop(ctx context.Context) {
	r.mu.Lock()
	r.stopping = true
	r.mu.Unlock()
	done := make(chan struct{})
	go func() { r.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
	r.cancel()
	<-done
}

func (r *Runner) loop() {
	for {
		r.mu.Lock()
		stopping := r.stopping
		r.mu.Unlock()
		if stopping {
			return
		}
		n, err := r.claim(r.ctx)
		if err != nil && r.ctx.Err() == nil {
			r.log.Warn("jobs cannot be claimed", "err", err)
		}
		if n == claimAtOnce {
			continue
		}
		select {
		case <-time.After(poll):
		case <-r.ctx.Done():
			return
		}
	}
}

// claim takes due jobs: those that nobody has, and those whose owner lost the lease.
func (r *Runner) claim(ctx context.Context) (int, error) {
	free := min(claimAtOnce, parallel-len(r.slots))
	if free <= 0 {
		return 0, nil
	}
	due, err := r.due(ctx)
	if err != nil || !due {
		return 0, err
	}
	var jobs []Job
	now := micros.Of(time.Now())
	text := "UPDATE jobs SET owner = $1, run_at = $2, attempts = attempts + 1 WHERE id IN (SELECT id FROM jobs WHERE state = 'ready' AND run_at <= $3 ORDER BY run_at LIMIT $4" +
		r.db.Dialect().SkipLocked + ") RETURNING id, kind, args, attempts"
	err = store.Write(ctx, r.db, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{
			SQL: text, Args: []any{r.node, int64(now.Add(lease)), int64(now), free}, Want: store.AnyRows,
			Scan: func(row store.Row) error {
				var j Job
				err := row.Scan(&j.ID, &j.Kind, &j.Args, &j.Attempts)
				jobs = append(jobs, j)
				return err
			},
		})
	})
	if err != nil {
		return 0, err
	}
	for _, j := range jobs {
		r.start(j)
	}
	return len(jobs), nil
}

// due looks before it writes: an idle server must not write four times a second.
func (r *Runner) due(ctx context.Context) (bool, error) {
	found := false
	err := r.db.Query(ctx, func(row store.Row) error {
		var one int64
		found = true
		return row.Scan(&one)
	}, "SELECT 1 FROM jobs WHERE state = 'ready' AND run_at <= $1 LIMIT 1", int64(micros.Of(time.Now())))
	return found, err
}

// Dispatch starts jobs that were just stored with this node as owner, without waiting for the poll.
func (r *Runner) Dispatch(stored []work.Job) {
	for _, j := range stored {
		if j.Owner == r.node {
			r.start(Job{ID: j.ID, Kind: j.Kind, Args: j.Args, Attempts: 1})
		}
	}
}

func (r *Runner) start(j Job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping || r.running[j.ID] {
		return // its lease will end
	}
	r.running[j.ID] = true
	r.wg.Go(func() {
		r.slots <- struct{}{}
		defer func() {
			<-r.slots
			r.mu.Lock()
			delete(r.running, j.ID)
			r.mu.Unlock()
		}()
		r.run(j)
	})
}

func (r *Runner) run(j Job) {
	ctx, cancel := context.WithTimeout(r.ctx, timeout)
	defer cancel()
	err := r.protect(ctx, j)
	if err == nil {
		r.Done.Add(1)
		err = r.finish(j)
	} else {
		r.Failed.Add(1)
		r.log.Info("job failed, will run again", "job", j.ID, "kind", j.Kind, "attempt", j.Attempts, "err", err)
		err = r.retry(j, err)
	}
	if err != nil {
		r.log.Warn("job cannot be put back; it runs again when its lease is over", "job", j.ID, "err", err)
	}
}

func (r *Runner) protect(ctx context.Context, j Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("job panicked", "job", j.ID, "kind", j.Kind, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	h := r.handlers[j.Kind]
	if h == nil {
		return errors.New("nobody does jobs of this kind")
	}
	return h(ctx, j)
}

// finish removes the job, or plans the next run of a schedule. A handler may have removed it already.
func (r *Runner) finish(j Job) error {
	if p, ok := r.periods[j.Kind]; ok {
		return r.exec("UPDATE jobs SET run_at = $1, owner = '', attempts = 0, last_error = '' WHERE id = $2 AND owner = $3", int64(micros.Of(time.Now().Add(p))), j.ID, r.node)
	}
	gone := true
	if err := r.db.Query(context.Background(), func(row store.Row) error {
		var one int64
		gone = false
		return row.Scan(&one)
	}, "SELECT 1 FROM jobs WHERE id = $1", j.ID); err != nil || gone {
		return err
	}
	return r.exec("DELETE FROM jobs WHERE id = $1 AND owner = $2", j.ID, r.node)
}

// retry puts the job back: after 0.5 s, 1 s, 2 s, … at most 5 minutes.
func (r *Runner) retry(j Job, cause error) error {
	state := "ready"
	if _, schedule := r.periods[j.Kind]; j.Attempts >= maxAttempts && !schedule {
		state = "dead"
		r.Dead.Add(1)
		r.log.Error("job is dead", "job", j.ID, "kind", j.Kind, "err", cause)
	}
	delay := 5 * time.Minute
	if j.Attempts < 10 {
		delay = 500 * time.Millisecond << (j.Attempts - 1)
	}
	text := cause.Error()
	if len(text) > 500 {
		text = text[:500]
	}
	return r.exec("UPDATE jobs SET state = $1, run_at = $2, owner = '', attempts = $3, last_error = $4 WHERE id = $5 AND owner = $6",
		state, int64(micros.Of(time.Now().Add(delay))), j.Attempts, text, j.ID, r.node)
}

func (r *Runner) exec(text string, args ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return store.Write(ctx, r.db, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{SQL: text, Args: args, Want: store.AnyRows})
	})
}
