package service

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"ordo/internal/doc"
	"ordo/internal/errs"
)

// Target is what a clock of a case runs for.
type Target string

// The targets of SLA policies.
const (
	FirstResponse Target = "first_response" // the first reply to the customer
	NextResponse  Target = "next_response"  // a reply to what the customer wrote after the first one
	Resolution    Target = "resolution"
)

// Targets lists them.
var Targets = []Target{FirstResponse, NextResponse, Resolution}

// Priority says how urgent a case is.
type Priority string

// The priorities, lowest first.
const (
	Low    Priority = "low"
	Normal Priority = "normal"
	High   Priority = "high"
	Urgent Priority = "urgent"
)

// Priorities lists them, lowest first.
var Priorities = []Priority{Low, Normal, High, Urgent}

// Rank is the place of a priority; -1 for none.
func (p Priority) Rank() int { return slices.Index(Priorities, p) }

// Minutes are the working minutes that a policy allows for each target; 0: no clock runs for it.
type Minutes struct {
	FirstResponse int64 `json:"first_response,omitzero"`
	NextResponse  int64 `json:"next_response,omitzero"`
	Resolution    int64 `json:"resolution,omitzero"`
}

func (m Minutes) of(t Target) int64 {
	switch t {
	case FirstResponse:
		return m.FirstResponse
	case NextResponse:
		return m.NextResponse
	}
	return m.Resolution
}

// Levels are minutes by priority; a priority without any has those of normal.
type Levels struct {
	Low    *Minutes `json:"low,omitzero"`
	Normal *Minutes `json:"normal,omitzero"`
	High   *Minutes `json:"high,omitzero"`
	Urgent *Minutes `json:"urgent,omitzero"`
}

func (l Levels) of(p Priority) *Minutes {
	return map[Priority]*Minutes{Low: l.Low, Normal: l.Normal, High: l.High, Urgent: l.Urgent}[p]
}

// Policy is a service level agreement: how long answers may take, in which hours. Its id is its code.
type Policy struct {
	doc.Meta
	Name     string `json:"name"`
	Hours    Hours  `json:"hours"`
	Targets  Levels `json:"targets,omitzero"`
	Escalate bool   `json:"escalate,omitzero"`
}

func (p *Policy) limit(priority Priority, t Target) time.Duration {
	if p == nil {
		return 0
	}
	m := p.Targets.of(priority)
	if m == nil {
		m = p.Targets.Normal
	}
	if m == nil {
		return 0
	}
	return time.Duration(m.of(t)) * time.Minute
}

// Queue is where cases wait for people. Its id is its code.
type Queue struct {
	doc.Meta
	Name      string   `json:"name"`
	Policy    string   `json:"policy,omitzero"`   // code of the SLA policy; "" for none
	Priority  Priority `json:"priority,omitzero"` // of new cases; normal when empty
	CloseDays int64    `json:"close_days"`        // until a resolved case is closed; 0: never by itself
	// ReopenDays is how long after its end a case is opened again by what the customer writes; later it is a new one.
	ReopenDays int64 `json:"reopen_days"`
	WebForm    bool  `json:"web_form,omitzero"` // the open form puts cases here
	// Causes are the exceptions whose cases come here (Causes); each stands in one queue at most.
	Causes []string `json:"causes,omitzero"`
	// AppeaseDaily is how much one agent may give away in a day, AppeaseCredit how much store credit one order may bring,
	// in minor units of whatever currency; 0: nothing.
	AppeaseDaily  int64 `json:"appease_daily,omitzero"`
	AppeaseCredit int64 `json:"appease_credit,omitzero"`
}

// General is the queue of what belongs to no other.
const General = "general"

// Causes are the exceptions that open a case by themselves.
var Causes = []string{
	"capture_failed", "refund_failed", "void_failed", "payment_unmatched", "payment_disputed", "shipment_late", "shipment_exception", "shipment_lost",
	"cancel_refused", "cancel_unanswered", "unfillable", "job_dead", "webhook_dead",
}

var code = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

func checkNamed(list *errs.List, id, name string) {
	if !code.MatchString(id) {
		list.Add("/code", "invalid_code", "a code has small letters, digits, - and _, at most 64")
	}
	if strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > 200 {
		list.Add("/name", "required", "give a name of at most 200 characters")
	}
}

// maxMinutes is ten weeks of working time.
const maxMinutes = 100_000

// Check adds to the list what is wrong with the policy.
func (p *Policy) Check(list *errs.List, holidays func(table string) bool) {
	checkNamed(list, p.ID, p.Name)
	p.Hours.Check(list, "/hours", holidays)
	for _, priority := range Priorities {
		m := p.Targets.of(priority)
		for _, t := range Targets {
			if m != nil && (m.of(t) < 0 || m.of(t) > maxMinutes) {
				list.Add("/targets/"+string(priority)+"/"+string(t)+"_minutes", "out_of_range", "give working minutes, from 0 to %d", maxMinutes)
			}
		}
	}
}

// maxDaysSet bounds days in settings.
const maxDaysSet = 365

// Check adds to the list what is wrong with the queue.
func (q *Queue) Check(list *errs.List) {
	checkNamed(list, q.ID, q.Name)
	if q.Priority != "" && q.Priority.Rank() < 0 {
		list.Add("/priority", "unknown_value", "give one of low, normal, high, urgent")
	}
	for at, n := range map[string]int64{"/close_days": q.CloseDays, "/reopen_days": q.ReopenDays} {
		if n < 0 || n > maxDaysSet {
			list.Add(at, "out_of_range", "give days, from 0 to %d", maxDaysSet)
		}
	}
	for at, n := range map[string]int64{"/appease_daily": q.AppeaseDaily, "/appease_credit": q.AppeaseCredit} {
		if n < 0 || n > 1_000_000_00 {
			list.Add(at, "out_of_range", "give minor units, from 0 to 100000000")
		}
	}
	for i, c := range q.Causes {
		if !slices.Contains(Causes, c) {
			list.Add("/causes/"+itoa(i), "unknown_value", "give one of %s", strings.Join(Causes, ", "))
		} else if slices.Index(q.Causes, c) < i {
			list.Add("/causes/"+itoa(i), "duplicate", "it is there already")
		}
	}
}
