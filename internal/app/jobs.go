package app

import (
	"context"

	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/store"
	"ordo/internal/work"
)

// JobRow is a job as it waits in the queue.
type JobRow struct {
	ID, Kind, State, LastError string
	Attempts                   int64
	RunAt, CreatedAt           micros.Time
	args                       string
}

// ListJobs lists jobs in a state, oldest first.
func (a *App) ListJobs(ctx context.Context, state, after string, limit int) ([]JobRow, error) {
	var out []JobRow
	err := a.DB.Query(ctx, func(r store.Row) error {
		j, err := scanJob(r)
		out = append(out, j)
		return err
	}, jobColumns+" WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3", state, after, limit)
	return out, err
}

const jobColumns = "SELECT id, kind, args, state, last_error, attempts, run_at, created_at FROM jobs"

func scanJob(r store.Row) (j JobRow, err error) {
	err = r.Scan(&j.ID, &j.Kind, &j.args, &j.State, &j.LastError, &j.Attempts, &j.RunAt, &j.CreatedAt)
	return j, err
}

// RetryJob lets a dead job run again, as a new one: handlers ask before they act, so nothing happens twice.
type RetryJob struct{ dead JobRow }

// RetriedBody is what the event of a retried job carries.
type RetriedBody struct {
	Kind string `json:"kind"`
	Dead string `json:"dead"` // id of the job that had given up
}

// Needs implements work.Command.
func (c *RetryJob) Needs(*work.Needs) {}

// Run implements work.Command.
func (c *RetryJob) Run(u *work.Unit) (JobRow, error) { return c.again(u), nil }

func (c *RetryJob) again(u *work.Unit) JobRow {
	u.FinishJob(c.dead.ID, "")
	j := c.dead
	j.State, j.LastError, j.Attempts, j.RunAt, j.CreatedAt = "ready", "", 0, u.Now(), u.Now()
	j.ID = u.EnqueueRaw(c.dead.Kind, c.dead.args, u.Now())
	u.Record(work.Event{Type: "job.retried", Aggregate: j.ID, Version: 1, Body: RetriedBody{c.dead.Kind, c.dead.ID}})
	return j
}

// RetryDeadJob runs RetryJob.
func (a *App) RetryDeadJob(ctx context.Context, id string, meta work.Meta) work.Outcome {
	var found *JobRow
	err := a.DB.Query(ctx, func(r store.Row) error {
		j, err := scanJob(r)
		found = &j
		return err
	}, jobColumns+" WHERE id = $1", id)
	switch {
	case err != nil:
		return work.Outcome{Err: err}
	case found == nil:
		return work.Outcome{Err: errs.Unknown("job", id)}
	case found.State != "dead":
		return work.Outcome{Err: errs.IllegalTransition("the job", found.State, "retry", nil).With("state", found.State)}
	}
	return work.Submit(ctx, a.Committer, &RetryJob{*found}, meta)
}
