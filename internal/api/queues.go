package api

import (
	"ordo/internal/doc"
	"ordo/internal/hours"
	"ordo/internal/service"
)

// Queue is where cases wait for people.
type Queue struct {
	Code          string   `json:"code" example:"general"`
	Version       int64    `json:"version"`
	Name          string   `json:"name"`
	Policy        string   `json:"policy,omitzero" doc:"code of the SLA policy"`
	Priority      string   `json:"priority" enum:"low,normal,high,urgent" doc:"of new cases"`
	CloseDays     int64    `json:"close_days" doc:"until a resolved case is closed; 0: never by itself"`
	ReopenDays    int64    `json:"reopen_days" doc:"how long after its end a case is opened again by what the customer writes"`
	WebForm       bool     `json:"web_form" doc:"the open form puts its cases here"`
	Causes        []string `json:"causes" doc:"exceptions whose cases come here"`
	AppeaseDaily  int64    `json:"appease_daily" doc:"what one agent may give away in a day, in minor units of whatever currency"`
	AppeaseCredit int64    `json:"appease_credit" doc:"store credit that one order may bring, in minor units"`
}

// PutQueue is the body of PUT /v1/queues/{code}.
type PutQueue struct {
	Name          string   `json:"name" minLength:"1" maxLength:"200"`
	Policy        string   `json:"policy,omitzero" maxLength:"64" doc:"code of an SLA policy; without it no clock runs"`
	Priority      string   `json:"priority,omitzero" enum:"low,normal,high,urgent" doc:"normal when left out"`
	CloseDays     *int64   `json:"close_days,omitzero" minimum:"0" maximum:"365" doc:"7 when left out; 0: never by itself"`
	ReopenDays    *int64   `json:"reopen_days,omitzero" minimum:"0" maximum:"365" doc:"30 when left out"`
	WebForm       bool     `json:"web_form,omitzero" doc:"opens POST /v1/contact to everybody; one queue at most"`
	Causes        []string `json:"causes,omitzero" maxItems:"50" doc:"each in one queue at most; those in none come to general: capture_failed, refund_failed, void_failed, payment_unmatched, payment_disputed, shipment_late, shipment_exception, shipment_lost, cancel_refused, cancel_unanswered, unfillable, job_dead, webhook_dead"`
	AppeaseDaily  int64    `json:"appease_daily,omitzero" minimum:"0" maximum:"100000000" doc:"0: nothing"`
	AppeaseCredit int64    `json:"appease_credit,omitzero" minimum:"0" maximum:"100000000" doc:"0: nothing"`
}

// SLAPolicy says how long answers may take, in which hours.
type SLAPolicy struct {
	Code     string     `json:"code" example:"standard"`
	Version  int64      `json:"version"`
	Name     string     `json:"name"`
	Hours    WorkHours  `json:"hours"`
	Targets  SLATargets `json:"targets"`
	Escalate bool       `json:"escalate" doc:"a breach raises the priority"`
}

// PutSLAPolicy is the body of PUT /v1/sla-policies/{code}.
type PutSLAPolicy struct {
	Name     string     `json:"name" minLength:"1" maxLength:"200"`
	Hours    WorkHours  `json:"hours,omitzero"`
	Targets  SLATargets `json:"targets"`
	Escalate bool       `json:"escalate,omitzero" doc:"a breach raises the priority"`
}

// WorkHours say when people work; day and night, without spans.
type WorkHours struct {
	TimeZone string     `json:"time_zone,omitzero" maxLength:"64" doc:"IANA name; UTC when left out" example:"Europe/London"`
	Spans    []WorkSpan `json:"spans,omitzero" maxItems:"50"`
	Holidays string     `json:"holidays,omitzero" maxLength:"10" doc:"country whose public holidays are off" example:"GB"`

	SpecialDays []SpecialDay `json:"special_days,omitzero" maxItems:"200" doc:"dates with hours of their own: they come before holidays and spans. Open ones take opens or closes"`
}

// SpecialDay is a date with hours of its own in a calendar.
type SpecialDay = hours.SpecialDay

// WorkSpan is working time on some days of the week.
type WorkSpan struct {
	Days []string `json:"days" doc:"mon, tue, wed, thu, fri, sat, sun"`
	From string   `json:"from" pattern:"^[0-9]{2}:[0-9]{2}$" example:"09:00"`
	To   string   `json:"to" pattern:"^[0-9]{2}:[0-9]{2}$" example:"17:30" doc:"24:00 is midnight"`
}

// SLATargets are minutes by priority; a priority without any has those of normal.
type SLATargets struct {
	Low    *SLAMinutes `json:"low,omitzero"`
	Normal *SLAMinutes `json:"normal,omitzero"`
	High   *SLAMinutes `json:"high,omitzero"`
	Urgent *SLAMinutes `json:"urgent,omitzero"`
}

// SLAMinutes are working minutes; 0: no clock runs for it.
type SLAMinutes struct {
	FirstResponse int64 `json:"first_response_minutes,omitzero" minimum:"0" maximum:"100000"`
	NextResponse  int64 `json:"next_response_minutes,omitzero" minimum:"0" maximum:"100000"`
	Resolution    int64 `json:"resolution_minutes,omitzero" minimum:"0" maximum:"100000"`
}

func queueJSON(q *service.Queue) Queue {
	out := Queue{
		q.ID, q.Version, q.Name, q.Policy, string(q.Priority), q.CloseDays, q.ReopenDays, q.WebForm, append([]string{}, q.Causes...), q.AppeaseDaily, q.AppeaseCredit,
	}
	if out.Priority == "" {
		out.Priority = string(service.Normal)
	}
	return out
}

func putQueue(c *call) error {
	var in PutQueue
	if err := c.shared(&in); err != nil {
		return err
	}
	q := &service.Queue{
		Meta: doc.Meta{ID: c.r.PathValue("code")}, Name: in.Name, Policy: in.Policy, Priority: service.Priority(in.Priority), CloseDays: 7, ReopenDays: 30, WebForm: in.WebForm,
		Causes: in.Causes, AppeaseDaily: in.AppeaseDaily, AppeaseCredit: in.AppeaseCredit,
	}
	if in.CloseDays != nil {
		q.CloseDays = *in.CloseDays
	}
	if in.ReopenDays != nil {
		q.ReopenDays = *in.ReopenDays
	}
	return save(c, q, c.s.app.SaveQueue, queueJSON)
}

func getQueue(c *call) error { return read(c, c.r.PathValue("code"), c.s.app.Queue, queueJSON) }

func listQueues(c *call) error {
	return list(c, c.s.app.ListQueues, queueJSON, func(q *service.Queue) string { return q.ID })
}

func policyJSON(p *service.Policy) SLAPolicy {
	out := SLAPolicy{Code: p.ID, Version: p.Version, Name: p.Name, Escalate: p.Escalate}
	out.Hours.TimeZone, out.Hours.Holidays, out.Hours.SpecialDays = p.Hours.TimeZone, p.Hours.Holidays, p.Hours.SpecialDays
	for _, s := range p.Hours.Spans {
		out.Hours.Spans = append(out.Hours.Spans, WorkSpan(s))
	}
	t := p.Targets
	out.Targets = SLATargets{(*SLAMinutes)(t.Low), (*SLAMinutes)(t.Normal), (*SLAMinutes)(t.High), (*SLAMinutes)(t.Urgent)}
	return out
}

func putPolicy(c *call) error {
	var in PutSLAPolicy
	if err := c.shared(&in); err != nil {
		return err
	}
	p := &service.Policy{Meta: doc.Meta{ID: c.r.PathValue("code")}, Name: in.Name, Escalate: in.Escalate}
	p.Hours.TimeZone, p.Hours.Holidays, p.Hours.SpecialDays = in.Hours.TimeZone, in.Hours.Holidays, in.Hours.SpecialDays
	for _, s := range in.Hours.Spans {
		p.Hours.Spans = append(p.Hours.Spans, service.Span(s))
	}
	t := in.Targets
	p.Targets = service.Levels{Low: (*service.Minutes)(t.Low), Normal: (*service.Minutes)(t.Normal), High: (*service.Minutes)(t.High), Urgent: (*service.Minutes)(t.Urgent)}
	return save(c, p, c.s.app.SavePolicy, policyJSON)
}

func getPolicy(c *call) error { return read(c, c.r.PathValue("code"), c.s.app.Policy, policyJSON) }

func listPolicies(c *call) error {
	return list(c, c.s.app.ListPolicies, policyJSON, func(p *service.Policy) string { return p.ID })
}
