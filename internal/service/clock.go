package service

import (
	"strconv"
	"time"

	"ordo/internal/micros"
)

// Clock counts working time towards a target of the SLA policy. It stands still while the case waits for the customer,
// and when the case is done. What it has used is kept in whole seconds; its limit is that of the policy when it began.
type Clock struct {
	Target     Target      `json:"target"`
	Limit      int64       `json:"limit"`          // seconds of working time
	Used       int64       `json:"used,omitzero"`  // seconds, until it stood still last
	Since      micros.Time `json:"since,omitzero"` // it runs since then; 0 while it stands still
	WarnAt     micros.Time `json:"warn_at,omitzero"`
	DueAt      micros.Time `json:"due_at,omitzero"` // while it runs
	StartedAt  micros.Time `json:"started_at"`
	WarnedAt   micros.Time `json:"warned_at,omitzero"`
	BreachedAt micros.Time `json:"breached_at,omitzero"`
	MetAt      micros.Time `json:"met_at,omitzero"`
	EndedAt    micros.Time `json:"ended_at,omitzero"` // given up: the case was resolved without it
}

// warnAt is the part of the limit after which a warning is due, in percent.
const warnAt = 80

func (k *Clock) open() bool { return k.MetAt == 0 && k.EndedAt == 0 }

// run lets an open clock go on.
func (k *Clock) run(cal Calendar, now micros.Time) {
	if !k.open() || k.Since != 0 {
		return
	}
	k.Since = now
	left := func(percent int64) time.Duration { return time.Duration(k.Limit*percent/100-k.Used) * time.Second }
	k.WarnAt, k.DueAt = cal.Add(now, left(warnAt)), cal.Add(now, left(100))
}

// stop lets it stand still.
func (k *Clock) stop(cal Calendar, now micros.Time) {
	if k.Since == 0 {
		return
	}
	k.Used += int64(cal.Between(k.Since, now) / time.Second)
	k.Since, k.WarnAt, k.DueAt = 0, 0, 0
}

// Spent is how much working time it has used by now.
func (k *Clock) Spent(cal Calendar, now micros.Time) time.Duration {
	d := time.Duration(k.Used) * time.Second
	if k.Since != 0 {
		d += cal.Between(k.Since, now)
	}
	return d
}

// next is the time of the next event of the clock; 0 for none.
func (k *Clock) next() micros.Time {
	switch {
	case k.Since == 0 || !k.open() || k.BreachedAt != 0:
		return 0
	case k.WarnedAt == 0:
		return k.WarnAt
	}
	return k.DueAt
}

// Clock returns the case's clock for a target, or nil.
func (c *Case) Clock(t Target) *Clock {
	for i := range c.Clocks {
		if c.Clocks[i].Target == t {
			return &c.Clocks[i]
		}
	}
	return nil
}

// start begins a clock anew, if the policy has a limit for it.
func (c *Case) start(t Target, sla SLA, now micros.Time) {
	limit := sla.Policy.limit(c.Priority, t)
	if limit <= 0 {
		return
	}
	k := Clock{Target: t, Limit: int64(limit / time.Second), StartedAt: now}
	if c.Status.runs() {
		k.run(sla.Calendar, now)
	}
	if old := c.Clock(t); old != nil {
		*old = k
		return
	}
	c.Clocks = append(c.Clocks, k)
}

// meet says that a target was reached.
func (c *Case) meet(t Target, sla SLA, now micros.Time) {
	if k := c.Clock(t); k != nil && k.open() {
		k.stop(sla.Calendar, now)
		k.MetAt = now
	}
}

// Alarm is a clock that has come to 80 % or to its end.
type Alarm struct {
	Clock    Clock    `json:"clock"`
	Breach   bool     `json:"breach"`
	Raised   Priority `json:"raised,omitzero"` // the priority that the case rose to
	Previous Priority `json:"previous,omitzero"`
}

// Ring marks what is due now, each once, and raises the priority on a breach where the policy says so.
func Ring(c *Case, sla SLA, now micros.Time) (*Case, []Alarm) {
	c = clone(c)
	var alarms []Alarm
	for i := range c.Clocks {
		k := &c.Clocks[i]
		if k.Since == 0 || !k.open() {
			continue
		}
		if k.WarnedAt == 0 && k.WarnAt <= now {
			k.WarnedAt = now
			if k.DueAt > now { // else the breach says all
				alarms = append(alarms, Alarm{Clock: *k})
			}
		}
		if k.BreachedAt == 0 && k.DueAt <= now {
			k.BreachedAt = now
			a := Alarm{Clock: *k, Breach: true}
			if rank := c.Priority.Rank(); sla.Policy != nil && sla.Policy.Escalate && rank < len(Priorities)-1 {
				a.Previous, a.Raised = c.Priority, Priorities[rank+1]
				c.Priority = a.Raised
			}
			alarms = append(alarms, a)
		}
	}
	return c, alarms
}

// NextTimer is when something happens to the case by itself: a warning, a breach, or its closing; 0 for never.
func NextTimer(c *Case) micros.Time {
	next := c.CloseAt
	for i := range c.Clocks {
		if at := c.Clocks[i].next(); at != 0 && (next == 0 || at < next) {
			next = at
		}
	}
	return next
}

// DueAt is the end of the clock that ends first; 0 when none runs.
func (c *Case) DueAt() (due micros.Time) {
	for _, k := range c.Clocks {
		if k.Since != 0 && k.open() && (due == 0 || k.DueAt < due) {
			due = k.DueAt
		}
	}
	return due
}

func itoa(n int) string { return strconv.Itoa(n) }
