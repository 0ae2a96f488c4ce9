package work

import (
	"ordo/internal/jsonx"
	"ordo/internal/micros"
)

// Job is work to be done after the commit, by package jobs. It is stored in the transaction of the command.
type Job struct {
	ID    string
	Kind  string
	Args  string      // JSON
	RunAt micros.Time // not before
	Owner string      // the node that has it leased until RunAt; "" for nobody
}

type jobRef struct{ id, owner string }

// Enqueue stages a job and returns its id.
func (u *Unit) Enqueue(kind string, args any, runAt micros.Time) string {
	return u.EnqueueRaw(kind, string(jsonx.Marshal(args)), runAt)
}

// EnqueueRaw is Enqueue with arguments that are JSON already.
func (u *Unit) EnqueueRaw(kind, args string, runAt micros.Time) string {
	j := Job{ID: u.NewID("job"), Kind: kind, Args: args, RunAt: runAt}
	u.own.jobs = append(u.own.jobs, j)
	return j.ID
}

// EnqueueLeased stages a job that this node will run right after the commit; others may take it after the lease.
func (u *Unit) EnqueueLeased(kind string, args any, owner string, lease micros.Time) string {
	j := Job{ID: u.NewID("job"), Kind: kind, Args: string(jsonx.Marshal(args)), RunAt: lease, Owner: owner}
	u.own.jobs = append(u.own.jobs, j)
	return j.ID
}

// FinishJob removes a job in the transaction of its outcome, if owner still has it.
func (u *Unit) FinishJob(id, owner string) {
	if id != "" {
		u.own.doneJobs = append(u.own.doneJobs, jobRef{id, owner})
	}
}
