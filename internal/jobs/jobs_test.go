package jobs

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/store"
	"ordo/internal/work"
)

func TestTwoNodesShareJobs(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		const n = 120
		var a, b counter
		var stored []work.Job
		for range n {
			stored = append(stored, add(t, db, "k", "", 0))
		}
		slow := func(c *counter) Handler {
			return func(ctx context.Context, j Job) error { time.Sleep(50 * time.Millisecond); return c.handle(ctx, j) }
		}
		node(t, db, "a", func(r *Runner) { r.Handle("k", slow(&a)) })
		node(t, db, "b", func(r *Runner) { r.Handle("k", slow(&b)) })
		eventually(t, "all are done", func() bool { return a.total()+b.total() >= n })
		time.Sleep(50 * time.Millisecond) // a second run would come now
		for _, j := range stored {
			if got := a.n[j.ID] + b.n[j.ID]; got != 1 {
				t.Errorf("job %s was done %d times", j.ID, got)
			}
		}
		eventually(t, "none is left", func() bool { return count(t, db) == 0 })
		if a.total() == 0 || b.total() == 0 {
			t.Errorf("one node did everything: %d and %d", a.total(), b.total())
		}
	})
}

func count(t *testing.T, db store.DB) (n int64) {
	t.Helper()
	if err := db.Query(t.Context(), func(r store.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM jobs"); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestClaimTakesNoMoreThanAsked(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		for range 2 * claimAtOnce {
			add(t, db, "k", "", 0)
		}
		add(t, db, "k", "", time.Hour)
		r := NewRunner(db, "a", nil)
		r.Handle("k", nil)
		r.sql = r.statements()
		for _, want := range []int{claimAtOnce, claimAtOnce, 0} {
			jobs, err := r.take(claimAtOnce)
			if err != nil || len(jobs) != want {
				t.Fatalf("claimed %d jobs, %v; want %d", len(jobs), err, want)
			}
		}
	})
}

func TestLeaseIsTakenOverAfterACrash(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		began := make(chan Job, 1)
		dead, _ := node(t, db, "a", func(r *Runner) {
			r.Handle("k", func(ctx context.Context, j Job) error { began <- j; <-ctx.Done(); return ctx.Err() })
		})
		j := add(t, db, "k", "", 0)
		if first := <-began; first.Attempts != 1 {
			t.Errorf("attempt %d, want the first", first.Attempts)
		}
		abandon(dead)
		begin := time.Now()
		lease := time.Duration(stored(t, db, j.ID).In) * time.Microsecond
		var second atomic.Int64
		node(t, db, "b", func(r *Runner) {
			r.Handle("k", func(_ context.Context, j Job) error { second.Store(j.Attempts); return nil })
		})
		eventually(t, "the other node has done it", func() bool { return stored(t, db, j.ID) == nil })
		if second.Load() != 2 {
			t.Errorf("the other node was told of attempt %d, want 2", second.Load())
		}
		if took := time.Since(begin); took < lease {
			t.Errorf("the lease was ended early, after %v of %v", took, lease)
		}
	})
}

// A job that was stored with its lease was run right after the commit: whoever takes it over must know that an
// earlier attempt may have had an effect.
func TestTakeOverOfAFreshJobIsNoFirstAttempt(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		add(t, db, "k", "a node that was killed", -time.Second)
		got := make(chan Job, 1)
		node(t, db, "b", func(r *Runner) { r.Handle("k", func(_ context.Context, j Job) error { got <- j; return nil }) })
		if j := <-got; j.Attempts != 2 {
			t.Errorf("attempt %d, want 2", j.Attempts)
		}
	})
}

func TestALongJobKeepsItsLease(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		var runs atomic.Int64
		handle := func(r *Runner) {
			r.Handle("k", func(context.Context, Job) error { runs.Add(1); time.Sleep(2500 * time.Millisecond); return nil })
		}
		node(t, db, "a", handle)
		node(t, db, "b", handle)
		j := add(t, db, "k", "", 0)
		eventually(t, "it is done", func() bool { return stored(t, db, j.ID) == nil })
		if runs.Load() != 1 {
			t.Errorf("it ran %d times: its lease of 1 s was not renewed", runs.Load())
		}
	})
}

func TestALostLeaseCancelsTheJob(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		began, ended := make(chan bool, 1), make(chan error, 1)
		node(t, db, "a", func(r *Runner) {
			r.Handle("k", func(ctx context.Context, _ Job) error {
				began <- true
				<-ctx.Done()
				ended <- ctx.Err()
				return ctx.Err()
			})
		})
		j := add(t, db, "k", "", 0)
		<-began
		exec(t, db, "UPDATE jobs SET owner = 'b', run_at = run_at + 3600000000, attempts = 7 WHERE id = $1", j.ID)
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("ended by %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("a job that is another's by now still runs")
		}
		time.Sleep(50 * time.Millisecond)
		if got := stored(t, db, j.ID); got == nil || got.Owner != "b" || got.Attempts != 7 {
			t.Errorf("the job of another node was changed: %+v", got)
		}
	})
}

// D22: the clock of one node jumps. On an engine with a clock nothing may depend on the node's; on SQLite the node's
// clock is the only one there is.
func TestAClockThatJumpsReleasesNothing(t *testing.T) {
	for name, jump := range map[string]time.Duration{"ahead": time.Hour, "behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, db store.DB) {
				if db.Dialect().Clock == "" {
					t.Skip("one node, one clock")
				}
				var ran counter
				leased := add(t, db, "k", "a living node", time.Minute)
				later := add(t, db, "k", "", time.Minute)
				due := add(t, db, "k", "", 0)
				failing := add(t, db, "fails", "", 0)
				node(t, db, "b", func(r *Runner) {
					r.limits.now = func() time.Time { return time.Now().Add(jump) }
					r.limits.retry = 10 * time.Second
					r.Handle("k", ran.handle)
					r.Handle("fails", func(context.Context, Job) error { return errors.New("no") })
				})
				eventually(t, "what is due runs", func() bool { return stored(t, db, due.ID) == nil })
				eventually(t, "what fails is put back", func() bool { return stored(t, db, failing.ID).LastError != "" })
				if in := stored(t, db, failing.ID).In; in < 5e6 || in > 10e6 {
					t.Errorf("the next attempt is due in %d µs, want 10 s", in)
				}
				time.Sleep(100 * time.Millisecond)
				if ran.n[leased.ID] != 0 || ran.n[later.ID] != 0 {
					t.Errorf("ran early: %v", ran.n)
				}
			})
		})
	}
}

func TestRetryBacksOffAndDies(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		r, _ := node(t, db, "a", func(r *Runner) {
			r.Handle("k", func(_ context.Context, j Job) error {
				if j.Attempts < 3 {
					return errors.New("not yet \xff\x00" + strings.Repeat("é", 400)) // no text that PostgreSQL takes as it is
				}
				return nil
			})
			r.Handle("never", func(context.Context, Job) error { return errors.New("never") })
		})
		ok := add(t, db, "k", "", 0)
		eventually(t, "the third attempt succeeds", func() bool { return stored(t, db, ok.ID) == nil })
		if r.Failed.Load() != 2 || r.Done.Load() != 1 {
			t.Errorf("failed %d, done %d; want 2 and 1", r.Failed.Load(), r.Done.Load())
		}
		bad := add(t, db, "never", "", time.Hour)
		exec(t, db, "UPDATE jobs SET attempts = $1, run_at = 0 WHERE id = $2", maxAttempts-1, bad.ID)
		eventually(t, "the last attempt kills it", func() bool { return stored(t, db, bad.ID).State == "dead" })
		if got := stored(t, db, bad.ID); got.LastError != "never" || got.Owner != "" || got.Attempts != maxAttempts {
			t.Errorf("dead job: %+v", got)
		}
		if r.Dead.Load() != 1 {
			t.Errorf("dead: %d", r.Dead.Load())
		}
	})
}

func TestDelays(t *testing.T) {
	first := 500 * time.Millisecond
	for attempts, want := range map[int64]time.Duration{0: first, 1: first, 2: time.Second, 9: 128 * time.Second, 10: 256 * time.Second, 11: maxRetry, 100: maxRetry} {
		if got := delay(first, attempts); got != want {
			t.Errorf("after attempt %d: %v, want %v", attempts, got, want)
		}
	}
}

func TestPanicsAreContained(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		_, l := node(t, db, "a", func(r *Runner) {
			r.Handle("k", func(_ context.Context, j Job) error {
				if j.Attempts == 1 {
					panic("a defect")
				}
				return nil
			})
		})
		j := add(t, db, "k", "", 0)
		eventually(t, "the second attempt succeeds", func() bool { return stored(t, db, j.ID) == nil })
		if !strings.Contains(l.String(), "job panicked") {
			t.Errorf("the log says nothing of the panic:\n%s", l)
		}
	})
}

func TestDispatchRunsLeasedJobsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		var ran counter
		r, _ := node(t, db, "a", func(r *Runner) {
			r.limits.poll = time.Hour
			r.Handle("k", ran.handle)
		})
		time.Sleep(20 * time.Millisecond) // the first look is over
		mine := add(t, db, "k", "a", time.Hour)
		theirs := add(t, db, "k", "b", time.Hour)
		r.Dispatch([]work.Job{mine, theirs, mine})
		r.Dispatch([]work.Job{mine})
		eventually(t, "it is done without waiting for the poll", func() bool { return stored(t, db, mine.ID) == nil })
		nobodys := add(t, db, "k", "", 0)
		r.Dispatch([]work.Job{nobodys}) // only wakes
		eventually(t, "the job of nobody is done without waiting for the poll", func() bool { return stored(t, db, nobodys.ID) == nil })
		if stored(t, db, theirs.ID) == nil || ran.n[theirs.ID] != 0 {
			t.Error("the job of another node ran")
		}
		if ran.n[nobodys.ID] != 1 {
			t.Errorf("the job of nobody ran %d times", ran.n[nobodys.ID])
		}
	})
}

func TestAJobStartedTwiceRunsOnce(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		var runs atomic.Int64
		release := make(chan bool)
		r, _ := node(t, db, "a", func(r *Runner) {
			r.Handle("k", func(context.Context, Job) error { runs.Add(1); <-release; return nil })
		})
		j := add(t, db, "k", "a", -time.Second) // the lease is over: the poll finds it too
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { r.Dispatch([]work.Job{j}) })
		}
		wg.Wait()
		time.Sleep(100 * time.Millisecond)
		close(release)
		eventually(t, "it is done", func() bool { return stored(t, db, j.ID) == nil })
		if runs.Load() != 1 {
			t.Errorf("it ran %d times", runs.Load())
		}
	})
}
