package webhook

import (
	"slices"
	"time"

	"ordo/internal/micros"
)

// Status is the state of a delivery as it is stored. While it is being sent it has none of its own: the node that has
// the lease of the endpoint sends, and what was not recorded is sent again.
type Status string

// States of a delivery.
const (
	Queued    Status = "queued"     // waits behind an earlier event of its order, or for a replay
	RetryWait Status = "retry_wait" // was refused, is tried again at its time
	Delivered Status = "delivered"
	Dead      Status = "dead"    // was refused too often; a person may replay it
	Skipped   Status = "skipped" // was open when the endpoint was told to pass over what it had missed
)

// Statuses lists them.
var Statuses = []Status{Queued, RetryWait, Delivered, Dead, Skipped}

// Open reports whether the delivery is still to come.
func (s Status) Open() bool { return s == Queued || s == RetryWait }

// Known reports whether there is such a state.
func (s Status) Known() bool { return slices.Contains(Statuses, s) }

// schedule is the time after each refusal until the next attempt: three days and a half in all.
var schedule = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
	8 * time.Hour, 12 * time.Hour, 16 * time.Hour, 18 * time.Hour, 20 * time.Hour,
}

// MaxAttempts is after how many refusals a delivery is dead.
var MaxAttempts = int64(len(schedule)) + 1

const (
	throttleAfter = 5                // refusals in a row
	maxProbe      = 15 * time.Minute // between two attempts to reach a throttled endpoint
	maxAsked      = time.Hour        // what Retry-After may ask for
)

// Health is how an endpoint does: refusals in a row, whatever they were about.
type Health struct {
	Failures int64
	Since    micros.Time // of the first of them; 0 without
	NextAt   micros.Time // of a throttled one: when it is tried again
}

// Throttled reports whether the endpoint as a whole seems to be away. It is then tried with single events, and what
// comes stays in the journal.
func (h Health) Throttled() bool { return h.Failures >= throttleAfter }

// Outcome is what became of an attempt. Asked is what Retry-After says; 0 for nothing.
type Outcome struct {
	OK    bool
	Gone  bool // it wants no more
	Asked time.Duration
}

// After is the health after an attempt. Jitter is a number from 0 up to 1.
func (h Health) After(o Outcome, now micros.Time, jitter float64) Health {
	if o.OK {
		return Health{}
	}
	h.Failures++
	if h.Since == 0 {
		h.Since = now
	}
	h.NextAt = 0
	if h.Throttled() {
		h.NextAt = now.Add(max(spread(min(backoff(h.Failures-throttleAfter+1), maxProbe), jitter), min(o.Asked, maxAsked)))
	}
	return h
}

// Ended reports whether the endpoint has taken nothing for so long that it is disabled.
func (h Health) Ended(now micros.Time, limit time.Duration) bool {
	return h.Throttled() && now >= h.Since.Add(limit)
}

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID       string
	Status   Status
	Attempts int64       // that were refused, or delivered it
	NextAt   micros.Time // in retry_wait
}

// Attempted is the delivery after an attempt; h is the endpoint's health before it. A delivery dies of an endpoint that
// takes others, never of one that is away: that one is disabled, and keeps its place in the journal.
func (d Delivery) Attempted(o Outcome, h Health, now micros.Time, jitter float64) Delivery {
	d.NextAt = 0
	switch {
	case o.OK:
		d.Attempts++
		d.Status = Delivered
	case h.Throttled():
		d.Status, d.NextAt = RetryWait, now // the endpoint's own time counts
	default:
		d.Attempts++
		d.Status, d.NextAt = RetryWait, now.Add(max(spread(backoff(d.Attempts), jitter), min(o.Asked, maxAsked)))
		if d.Attempts >= MaxAttempts {
			d.Status, d.NextAt = Dead, 0
		}
	}
	return d
}

// Due reports whether the delivery may be tried now, as far as it itself is concerned.
func (d Delivery) Due(now micros.Time) bool {
	return d.Status == Queued || d.Status == RetryWait && d.NextAt <= now
}

func backoff(failures int64) time.Duration {
	return schedule[min(max(failures, 1), int64(len(schedule)))-1]
}

// spread moves a time by up to a fifth in both directions, so that what failed together does not come back together.
func spread(d time.Duration, jitter float64) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*jitter))
}
