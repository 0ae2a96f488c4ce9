package jobs

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/store"
	"ordo/internal/work"
)

func TestAScheduleRunsOnOneNodeAtATime(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		var at, most, runs atomic.Int64
		tick := func(context.Context) error {
			if n := at.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(20 * time.Millisecond)
			at.Add(-1)
			if runs.Add(1)%3 == 0 {
				return errors.New("once in a while it fails")
			}
			return nil
		}
		for _, name := range []string{"a", "b", "c"} {
			node(t, db, name, func(r *Runner) { r.Schedule("sweep", 15*time.Millisecond, tick) })
		}
		eventually(t, "it runs again and again", func() bool { return runs.Load() >= 10 })
		if most.Load() != 1 {
			t.Errorf("%d ran at once", most.Load())
		}
		if n := count(t, db); n != 1 {
			t.Errorf("%d rows of one schedule", n)
		}
	})
}

// A clock that had jumped, or a longer period before, must not keep a schedule from running.
func TestAScheduleIsNeverFurtherAheadThanItsPeriod(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		add(t, db, "sweep", "", 24*time.Hour)
		exec(t, db, "UPDATE jobs SET id = 'schedule_sweep'")
		var runs atomic.Int64
		node(t, db, "a", func(r *Runner) {
			r.Schedule("sweep", 50*time.Millisecond, func(context.Context) error { runs.Add(1); return nil })
		})
		eventually(t, "it runs", func() bool { return runs.Load() > 1 })
	})
}

func TestStopWaitsForRunningJobs(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		began := make(chan bool, 1)
		var ended atomic.Bool
		r, _ := node(t, db, "a", func(r *Runner) {
			r.Handle("k", func(ctx context.Context, _ Job) error {
				began <- true
				time.Sleep(1500 * time.Millisecond) // longer than its lease: it is renewed meanwhile
				ended.Store(true)
				return ctx.Err()
			})
		})
		j := add(t, db, "k", "", 0)
		<-began
		other, _ := node(t, db, "b", func(r *Runner) {
			r.Handle("k", func(context.Context, Job) error { t.Error("it ran twice"); return nil })
		})
		stop(r, 10*time.Second)
		if !ended.Load() || stored(t, db, j.ID) != nil {
			t.Error("Stop did not wait for the job")
		}
		stop(other, time.Second)
		r.Dispatch([]work.Job{add(t, db, "k", "a", time.Minute)}) // starts nothing any more
		stop(r, time.Second)                                      // a second time is nothing
	})
}

func TestStopCutsOffWhatDoesNotEnd(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		began, never := make(chan bool, 2), make(chan bool) // a Stop that waited for either handler would not return
		defer close(never)
		r, _ := node(t, db, "a", func(r *Runner) {
			r.Handle("heeds", func(ctx context.Context, _ Job) error { began <- true; <-ctx.Done(); return ctx.Err() })
		})
		heeds := add(t, db, "heeds", "", 0)
		<-began
		stop(r, 100*time.Millisecond)
		if got := stored(t, db, heeds.ID); got == nil || got.Owner != "" {
			t.Errorf("the job that was cut off: %+v; want it to be free for others", got)
		}
		r, _ = node(t, db, "b", func(r *Runner) {
			r.Handle("deaf", func(context.Context, Job) error { began <- true; <-never; return nil })
		})
		add(t, db, "deaf", "", 0)
		<-began
		stop(r, 100*time.Millisecond)
	})
}

func TestStopGivesBackWhatHasNotBegun(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		release := make(chan bool)
		r, _ := node(t, db, "a", func(r *Runner) {
			r.Handle("k", func(context.Context, Job) error { <-release; return nil })
		})
		var stored []work.Job
		for range places + 20 {
			stored = append(stored, add(t, db, "k", "a", time.Minute))
		}
		r.Dispatch(stored)
		if n := r.Running(); n != places {
			t.Errorf("%d run at once, want %d", n, places)
		}
		time.AfterFunc(100*time.Millisecond, func() { close(release) })
		stop(r, 5*time.Second)
		if n := count(t, db); n != 20 {
			t.Fatalf("%d jobs are left, want the 20 that had to wait", n)
		}
		var others counter
		node(t, db, "b", func(r *Runner) { r.Handle("k", others.handle) })
		eventually(t, "the other node does them", func() bool { return others.total() == 20 }) // long before their lease of a minute ends
	})
}

func TestWaitingJobsRunWhenAPlaceIsFree(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		var ran counter
		r, _ := node(t, db, "a", func(r *Runner) {
			r.limits.poll = time.Hour
			r.Handle("k", func(ctx context.Context, j Job) error { time.Sleep(20 * time.Millisecond); return ran.handle(ctx, j) })
		})
		var stored []work.Job
		for range 3 * places {
			stored = append(stored, add(t, db, "k", "a", time.Minute))
		}
		r.Dispatch(stored)
		eventually(t, "all are done", func() bool { return ran.total() == len(stored) })
		eventually(t, "none is left", func() bool { return count(t, db) == 0 })
	})
}

func TestJobsOfUnknownKindsAreLeftAlone(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		var ran counter
		newer := add(t, db, "from a newer version", "", 0)
		node(t, db, "a", func(r *Runner) { r.Handle("k", ran.handle) })
		known := add(t, db, "k", "", 0)
		eventually(t, "the known one is done", func() bool { return stored(t, db, known.ID) == nil })
		if got := stored(t, db, newer.ID); got == nil || got.Attempts != 0 {
			t.Errorf("the unknown one: %+v", got)
		}
	})
}

func TestTakeOverEndsForeignLeases(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		var ran counter
		left := add(t, db, "k", "the process before", time.Hour)
		r, _ := node(t, db, "a", func(r *Runner) { r.Handle("k", ran.handle) })
		mine := add(t, db, "k", "a", time.Hour)
		if err := r.TakeOver(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "what was left behind is done", func() bool { return stored(t, db, left.ID) == nil })
		if stored(t, db, mine.ID) == nil {
			t.Error("its own lease was ended")
		}
	})
}

// away is a database that can be made unreachable.
type away struct {
	store.DB
	now atomic.Bool
}

var errAway = &store.Error{Kind: store.Unavailable, Err: errors.New("away")}

func (a *away) Begin(ctx context.Context) (store.Tx, error) {
	if a.now.Load() {
		return nil, errAway
	}
	return a.DB.Begin(ctx)
}

func (a *away) Query(ctx context.Context, scan func(store.Row) error, text string, args ...any) error {
	if a.now.Load() {
		return errAway
	}
	return a.DB.Query(ctx, scan, text, args...)
}

// A job that cannot be put back because the database is away does not wait for the end of its lease.
func TestJobsGoOnWhenTheDatabaseIsBack(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		a := &away{DB: db}
		var last atomic.Int64
		_, l := node(t, a, "a", func(r *Runner) {
			r.limits.lease = time.Minute
			r.Handle("k", func(_ context.Context, j Job) error {
				if j.Attempts == 1 {
					a.now.Store(true)
					return errAway
				}
				last.Store(j.Attempts)
				return nil
			})
		})
		j := add(t, db, "k", "", 0)
		eventually(t, "the database is away", a.now.Load)
		time.Sleep(200 * time.Millisecond)
		a.now.Store(false)
		eventually(t, "it is done", func() bool { return stored(t, db, j.ID) == nil })
		if last.Load() != 2 {
			t.Errorf("done by attempt %d", last.Load())
		}
		if strings.Count(l.String(), "cannot be claimed now") > 1 {
			t.Errorf("one outage fills the log:\n%s", l)
		}
	})
}
