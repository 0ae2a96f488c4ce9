// Package jobs runs work after commit: calls to the outside, and housekeeping on a schedule.
//
// What lives here: claiming with leases, retry with backoff, schedules. What does not: what a job does (app), and
// storing a job, which the command that wants it does in its own transaction (work.Enqueue).
// The one idea: a job has a lease and an owner. A node that dies loses its lease and another takes over, so every
// handler must be able to run twice and mean once.
//
// Leases are times of the database, where it has a clock: the clocks of two nodes may differ by an hour, and no job
// is taken from a living owner for that. A node only measures durations.
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

	"ordo/internal/store"
	"ordo/internal/work"
)

// Job is a job that was claimed. Attempts counts this one; it is over 1 whenever an earlier attempt may have had an
// effect.
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
	claimAtOnce = 32
	maxWaiting  = 10_000          // jobs just stored that wait for one of those places; more are left to their lease
	maxAttempts = 100             // then it is dead and waits for a person
	grace       = 2 * time.Second // for handlers to notice that they were canceled
	dbTimeout   = 10 * time.Second
)

// limits can be lowered by tests.
type limits struct {
	places  int           // how many jobs run at once on a node
	lease   time.Duration // how long a job is left to its owner; a running one is renewed
	renew   time.Duration // how often: several times per lease, so that one lost round trip loses no job
	timeout time.Duration // of one attempt
	poll    time.Duration
	retry   time.Duration // the first delay; it doubles up to maxRetry
	now     func() time.Time
}

const maxRetry = 5 * time.Minute

// Runner claims and runs jobs of one node.
type Runner struct {
	db       store.DB
	node     string
	log      *slog.Logger
	handlers map[string]Handler
	periods  map[string]time.Duration
	limits   limits
	sql      statements

	ctx    context.Context // of the handlers
	cancel context.CancelFunc
	stop   chan struct{} // ends claiming
	wake   chan struct{}
	wg     sync.WaitGroup

	mu       sync.Mutex
	stopping bool
	held     map[string]*held // what this node runs or is about to run
	waiting  []*held
	active   int // goroutines that run jobs

	Done   atomic.Int64
	Failed atomic.Int64
	Dead   atomic.Int64
}

// held is a job in this node's hands.
type held struct {
	Job
	since  time.Time          // when the lease was seen last, on this node's monotonic clock
	cancel context.CancelFunc // nil until it runs
}

// NewRunner makes a runner; Handle and Schedule come before Start.
func NewRunner(db store.DB, node string, log *slog.Logger) *Runner {
	r := &Runner{
		db: db, node: node, log: log, handlers: map[string]Handler{}, periods: map[string]time.Duration{}, held: map[string]*held{},
		limits: limits{
			places: 128, lease: 20 * time.Second, renew: 5 * time.Second, timeout: 45 * time.Second, poll: 250 * time.Millisecond,
			retry: 500 * time.Millisecond, now: time.Now,
		},
		stop: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// Handle says who does jobs of a kind. Jobs of other kinds are left to nodes that know them.
func (r *Runner) Handle(kind string, h Handler) { r.handlers[kind] = h }

// Schedule runs f again and again, on one node at a time.
func (r *Runner) Schedule(name string, period time.Duration, f func(context.Context) error) {
	r.periods[name] = period
	r.handlers[name] = func(ctx context.Context, _ Job) error { return f(ctx) }
}

// Start stores the schedules and begins to claim.
func (r *Runner) Start(ctx context.Context) error {
	r.sql = r.statements()
	if err := r.storeSchedules(ctx); err != nil {
		return err
	}
	r.wg.Go(r.claimLoop)
	r.wg.Go(r.renewLoop)
	return nil
}

// Stop lets running jobs end, at most until ctx does, and gives back what has not begun, so that another node need
// not wait for the lease. What is cut off runs again when its lease is over.
func (r *Runner) Stop(ctx context.Context) {
	r.mu.Lock()
	if r.stopping {
		r.mu.Unlock()
		return
	}
	r.stopping = true
	for _, h := range r.waiting {
		delete(r.held, h.ID)
	}
	r.waiting = nil
	r.mu.Unlock()
	close(r.stop)
	done := make(chan struct{})
	go func() { r.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		r.log.Warn("jobs are cut off; they run again when their lease is over", "running", r.Running())
	}
	r.cancel()
	select {
	case <-done:
		if r.sql == (statements{}) {
			return // never started
		}
		if err := r.giveBack(); err != nil {
			r.log.Warn("jobs cannot be given back; they run elsewhere when their lease is over", "err", err)
		}
	case <-time.After(grace):
		r.log.Warn("jobs do not heed that they were canceled", "running", r.Running())
	}
}

// Running returns how many jobs this node runs now.
func (r *Runner) Running() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.active
}

// claimLoop looks for due jobs until Stop. A database that is away is asked less and less often, and logged once.
func (r *Runner) claimLoop() {
	failures := 0
	for {
		more, err := r.claim()
		pause := r.limits.poll
		switch {
		case err != nil:
			if failures++; failures == 1 || failures%60 == 0 {
				r.log.Warn("jobs cannot be claimed now", "err", err)
			}
			pause = min(r.limits.poll<<min(failures, 4), 2*time.Second)
		case failures > 0:
			r.log.Info("jobs can be claimed again")
			failures = 0
		}
		if more {
			pause = 0
		}
		select {
		case <-r.stop:
			return
		case <-r.wake:
		case <-time.After(pause):
		}
	}
}

// claim takes due jobs: those that nobody has, and those whose owner lost the lease. It reports whether there may be
// more.
func (r *Runner) claim() (bool, error) {
	r.mu.Lock()
	free := min(claimAtOnce, r.limits.places-r.active)
	if r.stopping {
		free = 0
	}
	r.mu.Unlock()
	if free <= 0 {
		return false, nil // the next one that ends wakes us
	}
	due, err := r.due()
	if err != nil || !due {
		return false, err
	}
	begun := time.Now()
	claimed, err := r.take(free)
	for _, j := range claimed {
		r.start(j, begun)
	}
	return len(claimed) == free, err
}

// Dispatch starts jobs that were just stored with this node as owner, without waiting for the poll.
func (r *Runner) Dispatch(stored []work.Job) {
	for _, j := range stored {
		switch j.Owner {
		case r.node:
			r.start(Job{ID: j.ID, Kind: j.Kind, Args: j.Args, Attempts: 1}, time.Now())
		case "":
			r.nudge()
		}
	}
}

func (r *Runner) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// start runs a job, or lets it wait for a place. A job that is here already is not started twice.
func (r *Runner) start(j Job, since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping || r.held[j.ID] != nil || len(r.waiting) >= maxWaiting {
		return // its lease will end
	}
	h := &held{Job: j, since: since}
	r.held[j.ID] = h
	if r.active >= r.limits.places {
		r.waiting = append(r.waiting, h)
		return
	}
	r.active++
	r.wg.Go(func() { r.runAll(h) })
}

// runAll runs a job, and then what waits.
func (r *Runner) runAll(h *held) {
	full := false
	for h != nil {
		r.run(h)
		r.mu.Lock()
		delete(r.held, h.ID)
		if h = nil; len(r.waiting) > 0 {
			h, r.waiting = r.waiting[0], r.waiting[1:]
		} else {
			full = r.active == r.limits.places
			r.active--
		}
		r.mu.Unlock()
	}
	if full { // claiming had to pause
		r.nudge()
	}
}

func (r *Runner) run(h *held) {
	ctx, cancel := context.WithTimeout(r.ctx, r.limits.timeout)
	defer cancel()
	r.mu.Lock()
	h.cancel = cancel
	waited := time.Since(h.since)
	r.mu.Unlock()
	if waited > r.limits.renew { // it waited for long: the lease may be another's
		if err := r.renew([]string{h.ID}); err != nil || ctx.Err() != nil {
			return
		}
	}
	err := r.protect(ctx, h.Job)
	if err == nil {
		r.Done.Add(1)
		r.settle(h, func() error { return r.finish(h.Job) })
		return
	}
	r.Failed.Add(1)
	r.log.Info("job failed, will run again", "job", h.ID, "kind", h.Kind, "attempt", h.Attempts, "err", err)
	r.settle(h, func() error { return r.putBack(h.Job, err) })
}

// settle writes how an attempt ended. A database that is away is asked again while the lease lasts: as soon as it is
// back, so is the job. After that it is anybody's.
func (r *Runner) settle(h *held, write func() error) {
	for {
		err := write()
		if err == nil {
			return
		}
		r.mu.Lock()
		left := r.limits.lease - time.Since(h.since)
		stopping := r.stopping
		r.mu.Unlock()
		if left <= 0 || stopping {
			r.log.Warn("job cannot be put back; it runs again when its lease is over", "job", h.ID, "err", err)
			return
		}
		select {
		case <-r.stop: // once more
		case <-time.After(min(r.limits.retry, left)):
		}
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

// renewLoop prolongs the leases of jobs that run for long, also while Stop waits for them.
func (r *Runner) renewLoop() {
	for {
		select {
		case <-r.stop:
			if r.Running() == 0 {
				return
			}
			select {
			case <-r.ctx.Done():
				return
			case <-time.After(min(r.limits.renew, 100*time.Millisecond)):
			}
		case <-time.After(r.limits.renew):
		}
		if ids := r.longHeld(); len(ids) > 0 {
			if err := r.renew(ids); err != nil {
				r.log.Warn("leases of jobs cannot be renewed now", "jobs", len(ids), "err", err)
			}
		}
	}
}

// longHeld lists running jobs whose lease was not renewed for a while. Most jobs end before and cost nothing here.
func (r *Runner) longHeld() (ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, h := range r.held {
		if h.cancel != nil && time.Since(h.since) >= r.limits.renew/2 {
			ids = append(ids, id)
		}
	}
	return ids
}

// renew prolongs leases. A job that is another's by now is canceled here.
func (r *Runner) renew(ids []string) error {
	begun := time.Now()
	still, err := r.prolong(ids)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		h := r.held[id]
		switch {
		case h == nil:
		case still[id]:
			h.since = begun
		case h.cancel != nil:
			h.cancel()
		}
	}
	return nil
}
