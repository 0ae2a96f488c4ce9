package jobs

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"ordo/internal/micros"
	"ordo/internal/store"
)

// statements are the texts of the queue.
type statements struct{ due, take, done, back, prolong, give, schedule, clamp string }

// statements builds the texts. The time is the last parameter where the engine has no clock of its own; where it has
// one, it is read in a subquery: that is evaluated once, and the index on (state, run_at) can be used, which a
// function that changes while the statement runs would forbid.
func (r *Runner) statements() statements {
	d := r.db.Dialect()
	at := func(parameters int, text string) string {
		now := fmt.Sprintf("$%d", parameters+1)
		if d.Clock != "" {
			now = "(SELECT " + d.Clock + ")"
		}
		return strings.ReplaceAll(text, "@now", now)
	}
	ready := "state = 'ready' AND run_at <= @now AND kind IN (" + r.kinds() + ")"
	const mine = " WHERE id = $1 AND owner = $2"
	return statements{
		due: at(0, "SELECT 1 FROM jobs WHERE "+ready+" LIMIT 1"),
		// Materialized: the rows are locked once, whatever the plan. A job taken over from an owner that never counted
		// its attempt (it was stored with its lease, and run right after) counts that one too.
		take: at(3, "WITH due AS MATERIALIZED (SELECT id FROM jobs WHERE "+ready+" ORDER BY run_at LIMIT $1"+d.SkipLocked+") "+
			"UPDATE jobs SET owner = $2, run_at = @now + $3, attempts = attempts + CASE WHEN attempts = 0 AND owner <> '' THEN 2 ELSE 1 END "+
			"WHERE id IN (SELECT id FROM due) RETURNING id, kind, args, attempts"),
		done:    "DELETE FROM jobs" + mine,
		back:    at(6, "UPDATE jobs SET owner = '', run_at = @now + $3, state = $4, attempts = $5, last_error = $6"+mine),
		prolong: at(3, "UPDATE jobs SET run_at = @now + $3"+mine+" AND state = 'ready' RETURNING id"),
		give:    at(1, "UPDATE jobs SET owner = '', run_at = @now WHERE owner = $1 AND state = 'ready'"),
		schedule: at(2, "INSERT INTO jobs (id, kind, args, state, run_at, attempts, owner, last_error, created_at) "+
			"VALUES ($1, $2, '', 'ready', @now, 0, '', '', @now) ON CONFLICT DO NOTHING"),
		clamp: at(2, "UPDATE jobs SET run_at = @now + $2 WHERE id = $1 AND owner = '' AND run_at > @now + $2"),
	}
}

// timed adds the time to the parameters of a statement that needs it.
func (r *Runner) timed(args ...any) []any {
	if r.db.Dialect().Clock != "" {
		return args
	}
	return append(args, int64(micros.Of(r.limits.now())))
}

// kinds lists what this node can do. A newer node's jobs are left to it: failing them here would use up their attempts.
func (r *Runner) kinds() string {
	quoted := make([]string, 0, len(r.handlers))
	for kind := range r.handlers {
		quoted = append(quoted, "'"+strings.ReplaceAll(kind, "'", "''")+"'")
	}
	sort.Strings(quoted)
	if len(quoted) == 0 {
		return "''"
	}
	return strings.Join(quoted, ", ")
}

func scheduleID(name string) string { return "schedule_" + name }

// storeSchedules adds those that are new. One that was planned further ahead than its period (the period became
// shorter, or a clock had jumped) is brought back.
func (r *Runner) storeSchedules(ctx context.Context) error {
	var stmts []*store.Stmt
	for name, period := range r.periods {
		id := scheduleID(name)
		stmts = append(stmts,
			&store.Stmt{SQL: r.sql.schedule, Args: r.timed(id, name), Want: store.AnyRows},
			&store.Stmt{SQL: r.sql.clamp, Args: r.timed(id, period.Microseconds()), Want: store.AnyRows})
	}
	return r.write(ctx, stmts...)
}

// due looks before it writes: an idle server must not write four times a second.
func (r *Runner) due() (bool, error) {
	ctx, cancel := context.WithTimeout(r.ctx, dbTimeout)
	defer cancel()
	found := false
	err := r.db.Query(ctx, func(row store.Row) error {
		var one int64
		found = true
		return row.Scan(&one)
	}, r.sql.due, r.timed()...)
	return found, err
}

// take claims up to n due jobs.
func (r *Runner) take(n int) (jobs []Job, err error) {
	err = r.write(r.ctx, &store.Stmt{
		SQL: r.sql.take, Args: r.timed(n, r.node, r.limits.lease.Microseconds()), Want: store.AnyRows,
		Scan: func(row store.Row) error {
			var j Job
			err := row.Scan(&j.ID, &j.Kind, &j.Args, &j.Attempts)
			jobs = append(jobs, j)
			return err
		},
	})
	if err != nil {
		return nil, err // perhaps they were claimed: then their lease will end
	}
	return jobs, nil
}

// prolong returns which of the jobs are still this node's.
func (r *Runner) prolong(ids []string) (map[string]bool, error) {
	sort.Strings(ids) // two nodes that renew at once lock in one order
	still := map[string]bool{}
	var stmts []*store.Stmt
	for _, id := range ids {
		stmts = append(stmts, &store.Stmt{
			SQL: r.sql.prolong, Args: r.timed(id, r.node, r.limits.lease.Microseconds()), Want: store.AnyRows,
			Scan: func(row store.Row) error {
				var id string
				err := row.Scan(&id)
				still[id] = true
				return err
			},
		})
	}
	return still, r.write(context.Background(), stmts...)
}

// finish removes the job, or plans the next run of a schedule. A handler may have removed it already.
func (r *Runner) finish(j Job) error {
	if p, ok := r.periods[j.Kind]; ok && j.ID == scheduleID(j.Kind) {
		return r.reschedule(j, p, "ready", 0, "")
	}
	ctx, cancel := context.WithTimeout(context.Background(), dbTimeout)
	defer cancel()
	gone := true
	if err := r.db.Query(ctx, func(row store.Row) error {
		var one int64
		gone = false
		return row.Scan(&one)
	}, "SELECT 1 FROM jobs WHERE id = $1", j.ID); err != nil || gone {
		return err
	}
	return r.write(ctx, &store.Stmt{SQL: r.sql.done, Args: []any{j.ID, r.node}, Want: store.AnyRows})
}

// putBack plans the next attempt: after 0.5 s, 1 s, 2 s, … at most 5 minutes. Schedules never die.
func (r *Runner) putBack(j Job, cause error) error {
	state := "ready"
	if _, schedule := r.periods[j.Kind]; j.Attempts >= maxAttempts && !schedule {
		state = "dead"
	}
	err := r.reschedule(j, delay(r.limits.retry, j.Attempts), state, j.Attempts, storable(cause.Error()))
	if err == nil && state == "dead" {
		r.Dead.Add(1)
		r.log.Error("job is dead: it waits for a person", "job", j.ID, "kind", j.Kind, "attempts", j.Attempts, "err", cause)
	}
	return err
}

func delay(first time.Duration, attempts int64) time.Duration {
	if attempts > 20 { // no shift over the end of the type
		return maxRetry
	}
	return min(first<<max(0, attempts-1), maxRetry)
}

// storable cuts an error text to what both engines store: valid UTF-8 without NUL. PostgreSQL would refuse the
// whole statement otherwise, and the job would keep its lease.
func storable(text string) string {
	if len(text) > 500 {
		text = text[:500]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

func (r *Runner) reschedule(j Job, in time.Duration, state string, attempts int64, lastError string) error {
	return r.write(context.Background(), &store.Stmt{
		SQL: r.sql.back, Want: store.AnyRows, Args: r.timed(j.ID, r.node, in.Microseconds(), state, attempts, lastError),
	})
}

// giveBack ends all leases of this node.
func (r *Runner) giveBack() error {
	return r.write(context.Background(), &store.Stmt{SQL: r.sql.give, Args: r.timed(r.node), Want: store.AnyRows})
}

// TakeOver ends the leases of all other nodes. It is for a node that knows itself to be alone, such as the holder of
// the lock of an SQLite file: what the process before it left behind runs at once.
func (r *Runner) TakeOver(ctx context.Context) error {
	return r.write(ctx, &store.Stmt{
		SQL: "UPDATE jobs SET run_at = 0 WHERE owner <> '' AND owner <> $1 AND state = 'ready'", Args: []any{r.node}, Want: store.AnyRows,
	})
}

func (r *Runner) write(ctx context.Context, stmts ...*store.Stmt) error {
	if len(stmts) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, dbTimeout)
	defer cancel()
	tx, err := r.db.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return tx.Commit(ctx, stmts...)
}
