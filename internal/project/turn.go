package project

import (
	"context"
	"time"
)

// turn is who of the readers of this node may write: one after the other, and while somebody commits not more than a
// share of the time.
type turn struct {
	token chan struct{}
	until time.Time // nobody has the turn before
}

func newTurn() *turn {
	t := &turn{token: make(chan struct{}, 1)}
	t.token <- struct{}{}
	return t
}

// take waits for the turn; false when all is over.
func (t *turn) take(ctx context.Context) bool {
	select {
	case <-t.token:
	case <-ctx.Done():
		return false
	}
	if d := time.Until(t.until); d > 0 && !wait(ctx, nil, d) {
		t.token <- struct{}{}
		return false
	}
	return true
}

// give passes the turn on, after a rest.
func (t *turn) give(rest time.Duration) {
	t.until = time.Now().Add(rest)
	t.token <- struct{}{}
}

const (
	// rest is how many times as long as the last turn the database is left to those who commit, while there are any: the
	// readers together have a fifth of the time, and catch up when the load is over. One whose rows are older than half
	// takes half of the time, older than whole all of it, so that no load keeps it behind for good.
	rest    = 4
	half    = time.Minute
	whole   = 5 * time.Minute
	maxRest = time.Second // so that who has rested is soon back when the load is over
)

// yield is how long the readers give way after a turn that took some time, for rows of some age.
func yield(took, age time.Duration) time.Duration {
	switch {
	case age > whole:
		return 0
	case age > half:
		return min(took, maxRest)
	}
	return min(rest*took, maxRest)
}

// woken reports whether somebody has committed since.
func woken(changed <-chan struct{}) bool {
	select {
	case <-changed:
		return true
	default:
		return false
	}
}
