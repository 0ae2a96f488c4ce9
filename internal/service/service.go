// Package service holds cases: what somebody has to look into for a customer.
//
// What lives here: the case with its machine, its clocks in business hours, its thread, queues and policies; pure. What
// does not: sending mail, what macros do to orders (app), who may do it (api).
// The one idea: a case is a small document of facts; what people wrote is in entries beside it, append-only, each of
// which can be erased without changing what the case counts.
package service

import (
	"slices"
	"strings"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Status is where a case is.
type Status string

// The statuses of a case.
const (
	New             Status = "new"
	Open            Status = "open"
	PendingCustomer Status = "pending_customer"
	PendingInternal Status = "pending_internal"
	OnHold          Status = "on_hold"
	Resolved        Status = "resolved"
	Closed          Status = "closed"
)

// Statuses lists them.
var Statuses = []Status{New, Open, PendingCustomer, PendingInternal, OnHold, Resolved, Closed}

// next are the transitions. A case that nobody has looked at may go wherever an open one may: the first step opens it.
var next = map[Status][]Status{
	New:             {Open, PendingCustomer, PendingInternal, OnHold, Resolved},
	Open:            {PendingCustomer, PendingInternal, OnHold, Resolved},
	PendingCustomer: {Open, PendingInternal, OnHold, Resolved},
	PendingInternal: {Open, PendingCustomer, OnHold, Resolved},
	OnHold:          {Open, PendingCustomer, PendingInternal, Resolved},
	Resolved:        {Open, Closed},
	Closed:          {Open},
}

// Allowed lists where a case may go from here.
func (s Status) Allowed() []string {
	out := make([]string, len(next[s]))
	for i, t := range next[s] {
		out[i] = string(t)
	}
	slices.Sort(out)
	return out
}

// runs reports whether clocks run: they stand still while the case waits for the customer, and when it is done.
func (s Status) runs() bool { return s != PendingCustomer && !s.Done() }

// Done reports whether nothing is to be done.
func (s Status) Done() bool { return s == Resolved || s == Closed }

// Contact is who asks. All of it is personal.
type Contact struct {
	Email string `json:"email,omitzero"`
	Name  string `json:"name,omitzero"`
	Phone string `json:"phone,omitzero"`
}

// Cause is the exception that opened a case. Seq is the position of the journal up to which it was followed: what comes
// again, or late, changes nothing.
type Cause struct {
	Kind    string      `json:"kind"` // one of Causes
	Key     string      `json:"key"`  // names what it is about, once
	Seq     int64       `json:"seq"`
	Times   int64       `json:"times"`
	EndedAt micros.Time `json:"ended_at,omitzero"` // it is over
}

// Case is something to look into.
type Case struct {
	doc.Meta
	Number   string   `json:"number"`
	Status   Status   `json:"status"`
	Queue    string   `json:"queue"`
	Owner    string   `json:"owner,omitzero"`
	Priority Priority `json:"priority"`
	Origin   string   `json:"origin"`
	Subject  string   `json:"subject,omitzero"` // personal
	Contact  Contact  `json:"contact,omitzero"` // personal

	Customer     string   `json:"customer,omitzero"` // id
	Orders       []string `json:"orders,omitzero"`
	Returns      []string `json:"returns,omitzero"`
	Fulfillments []string `json:"fulfillments,omitzero"`
	Follows      string   `json:"follows,omitzero"` // id of the closed case that this one goes on with
	Tags         []string `json:"tags,omitzero"`
	Cause        *Cause   `json:"cause,omitzero"`

	Entries int64       `json:"entries,omitzero"` // how many the thread has
	Policy  string      `json:"policy,omitzero"`
	Clocks  []Clock     `json:"clocks,omitzero"`
	TimerAt micros.Time `json:"timer_at,omitzero"` // when a job looks at the case
	CloseAt micros.Time `json:"close_at,omitzero"` // a resolved case is closed then

	OpenedAt   micros.Time `json:"opened_at"`
	RepliedAt  micros.Time `json:"replied_at,omitzero"` // first reply
	ResolvedAt micros.Time `json:"resolved_at,omitzero"`
	ClosedAt   micros.Time `json:"closed_at,omitzero"`
	ReopenedAt micros.Time `json:"reopened_at,omitzero"`
	Reopened   int64       `json:"reopened,omitzero"` // how often
}

// Personal is what can be erased of a case.
type Personal struct {
	Subject string  `json:"subject,omitzero"`
	Contact Contact `json:"contact,omitzero"`
}

// Public is the case without what is personal.
func Public(c *Case) Case {
	p := *c
	p.Subject, p.Contact = "", Contact{}
	return p
}

// Erase takes all that is personal out of a case.
func Erase(c *Case) *Case {
	n := clone(c)
	n.Subject, n.Contact = "", Contact{}
	return n
}

// PersonalOf is what is personal of the case.
func PersonalOf(c *Case) Personal { return Personal{c.Subject, c.Contact} }

// SLA is the policy of a case's queue with its calendar; the zero value has no clocks.
type SLA struct {
	Policy   *Policy
	Calendar Calendar
}

func clone(c *Case) *Case {
	n := *c
	n.Clocks = slices.Clone(c.Clocks)
	n.Orders, n.Returns, n.Fulfillments = slices.Clone(c.Orders), slices.Clone(c.Returns), slices.Clone(c.Fulfillments)
	if c.Cause != nil {
		cause := *c.Cause
		n.Cause = &cause
	}
	return &n
}

// Limits of a case.
const (
	MaxSubject = 300
	MaxText    = 20_000
	maxLinks   = 100
	maxTags    = 50
	MaxEntries = 2_000
)

// Check adds to the list what is wrong with a new case or one that was changed.
func (c *Case) Check(list *errs.List) {
	if strings.TrimSpace(c.Subject) == "" {
		list.Add("/subject", "required", "say in a line what it is about")
	}
	if utf8.RuneCountInString(c.Subject) > MaxSubject {
		list.Add("/subject", "too_long", "at most %d characters", MaxSubject)
	}
	if strings.ContainsAny(c.Subject, "\r\n") {
		list.Add("/subject", "invalid_text", "one line")
	}
	if c.Contact.Email != "" && !address.ValidEmail(c.Contact.Email) {
		list.Add("/contact/email", "invalid_email", "a mail address has the form local@domain")
	}
	if utf8.RuneCountInString(c.Contact.Name) > address.MaxText {
		list.Add("/contact/name", "too_long", "at most %d characters", address.MaxText)
	}
	if utf8.RuneCountInString(c.Contact.Phone) > 40 {
		list.Add("/contact/phone", "too_long", "at most 40 characters")
	}
	if c.Priority.Rank() < 0 {
		list.Add("/priority", "unknown_value", "give one of low, normal, high, urgent")
	}
	for at, ids := range map[string][]string{"/orders": c.Orders, "/returns": c.Returns, "/fulfillments": c.Fulfillments} {
		if len(ids) > maxLinks {
			list.Add(at, "too_many", "at most %d", maxLinks)
		}
	}
	if len(c.Tags) > maxTags {
		list.Add("/tags", "too_many", "at most %d tags", maxTags)
	}
	for i, t := range c.Tags {
		if t == "" || utf8.RuneCountInString(t) > 64 || strings.TrimSpace(t) != t {
			list.Add("/tags/"+itoa(i), "invalid_code", "1 to 64 characters, and no space at the ends")
		}
	}
}

// Begin starts the clocks of a new case.
func Begin(c *Case, sla SLA, now micros.Time) *Case {
	c = clone(c)
	c.Status, c.OpenedAt = New, now
	c.start(FirstResponse, sla, now)
	c.start(Resolution, sla, now)
	return c
}

// Move takes a case to another status.
func Move(c *Case, to Status, q *Queue, sla SLA, now micros.Time) (*Case, error) {
	if !slices.Contains(next[c.Status], to) {
		return c, errs.IllegalTransition("the case", string(c.Status), "become "+string(to), c.Status.Allowed())
	}
	if c.Status.Done() && to == Open && !reopens(c, q, now) {
		return c, errs.New(errs.Conflict, "reopen_over", "the case ended more than %d days ago; open a new one", q.ReopenDays).With("state", string(c.Status))
	}
	from := c.Status
	c = clone(c)
	c.Status = to
	switch {
	case to == Resolved:
		c.resolve(q, sla, now)
	case to == Closed:
		c.ClosedAt, c.CloseAt = now, 0
	case from.Done():
		c.reopen(sla, now)
	case to.runs():
		for i := range c.Clocks {
			c.Clocks[i].run(sla.Calendar, now)
		}
	default:
		for i := range c.Clocks {
			c.Clocks[i].stop(sla.Calendar, now)
		}
	}
	return c, nil
}

func (c *Case) resolve(q *Queue, sla SLA, now micros.Time) {
	c.meet(Resolution, sla, now)
	for i := range c.Clocks {
		if k := &c.Clocks[i]; k.open() {
			k.stop(sla.Calendar, now)
			k.EndedAt = now
		}
	}
	c.ResolvedAt = now
	if q != nil && q.CloseDays > 0 {
		c.CloseAt = now.Add(days(q.CloseDays))
	}
}

// reopen lets the clock of the resolution go on with what it had used.
func (c *Case) reopen(sla SLA, now micros.Time) {
	c.ResolvedAt, c.ClosedAt, c.CloseAt = 0, 0, 0
	c.ReopenedAt, c.Reopened = now, c.Reopened+1
	if k := c.Clock(Resolution); k != nil {
		k.MetAt, k.EndedAt = 0, 0
		k.run(sla.Calendar, now)
	}
}

// reopens reports whether a case that is done may be opened again.
func reopens(c *Case, q *Queue, now micros.Time) bool {
	since := c.ResolvedAt
	return q == nil || c.Status == Resolved || now <= since.Add(days(q.ReopenDays))
}

// Reopens reports whether what the customer writes now opens the case again; otherwise it is a new case.
func Reopens(c *Case, q *Queue, now micros.Time) bool { return !c.Status.Done() || reopens(c, q, now) }

// Heard is what the customer's words do to a case: it is opened again, or goes on from waiting for the customer, and a
// clock runs until they are answered.
func Heard(c *Case, q *Queue, sla SLA, now micros.Time) (*Case, error) {
	c = clone(c)
	if c.Status == PendingCustomer || c.Status.Done() {
		var err error
		if c, err = Move(c, Open, q, sla, now); err != nil {
			return c, err
		}
	}
	first := c.Clock(FirstResponse)
	if answered := first == nil || !first.open(); answered && c.RepliedAt != 0 {
		if k := c.Clock(NextResponse); k == nil || !k.open() {
			c.start(NextResponse, sla, now)
		}
	}
	return c, nil
}

// Answered is what a reply to the customer does to a case. An agent who answers has looked at it.
func Answered(c *Case, sla SLA, now micros.Time) *Case {
	c = clone(c)
	c.meet(FirstResponse, sla, now)
	c.meet(NextResponse, sla, now)
	if c.RepliedAt == 0 {
		c.RepliedAt = now
	}
	if c.Status == New {
		c.Status = Open
	}
	return c
}

// Taken gives a case to somebody, or to nobody. Who takes a case has looked at it.
func Taken(c *Case, owner string) *Case {
	c = clone(c)
	if c.Owner = owner; owner != "" && c.Status == New {
		c.Status = Open
	}
	return c
}

// Again measures the clocks that run anew: another queue or priority has other limits. What was used is kept.
func Again(c *Case, sla SLA, now micros.Time) *Case {
	c = clone(c)
	if sla.Policy != nil {
		c.Policy = sla.Policy.ID
	} else {
		c.Policy = ""
	}
	for i := range c.Clocks {
		k := &c.Clocks[i]
		if !k.open() {
			continue
		}
		k.stop(sla.Calendar, now)
		if limit := int64(sla.Policy.limit(c.Priority, k.Target).Seconds()); limit > 0 {
			k.Limit = limit
		} else {
			k.EndedAt = now
			continue
		}
		if c.Status.runs() {
			k.run(sla.Calendar, now)
		}
	}
	return c
}
