package api

import (
	"ordo/internal/app"
	"ordo/internal/service"
)

// Case is a case as the API shows it.
type Case struct {
	ID           *string     `json:"id" doc:"null in a dry run" example:"case_01kas8rz0hefgtq4ty8f7zm6dj"`
	Number       *string     `json:"number" doc:"stands in the subjects of its mails; null in a dry run" example:"C1001"`
	Version      int64       `json:"version"`
	Status       string      `json:"status" enum:"new,open,pending_customer,pending_internal,on_hold,resolved,closed"`
	Queue        string      `json:"queue" doc:"code of the queue" example:"general"`
	Owner        string      `json:"owner,omitzero" doc:"id of the API key of who works on it"`
	Priority     string      `json:"priority" enum:"low,normal,high,urgent"`
	Origin       string      `json:"origin" enum:"mail,form,phone,api,exception"`
	Subject      string      `json:"subject"`
	Contact      CaseContact `json:"contact"`
	Customer     string      `json:"customer,omitzero" doc:"id"`
	Orders       []string    `json:"orders" doc:"ids"`
	Returns      []string    `json:"returns" doc:"ids"`
	Fulfillments []string    `json:"fulfillments" doc:"ids"`
	Follows      string      `json:"follows,omitzero" doc:"id of the closed case that this one goes on with"`
	Tags         []string    `json:"tags"`
	Cause        *CaseCause  `json:"cause,omitzero"`
	Entries      int64       `json:"entries" doc:"how many the thread has"`
	Policy       string      `json:"policy,omitzero" doc:"code of the SLA policy"`
	Clocks       []CaseClock `json:"clocks"`
	DueAt        string      `json:"due_at,omitzero" format:"date-time" doc:"the end of the clock that ends first"`
	CloseAt      string      `json:"close_at,omitzero" format:"date-time" doc:"a resolved case is closed then"`
	OpenedAt     string      `json:"opened_at" format:"date-time"`
	RepliedAt    string      `json:"replied_at,omitzero" format:"date-time" doc:"of the first reply"`
	ResolvedAt   string      `json:"resolved_at,omitzero" format:"date-time"`
	ClosedAt     string      `json:"closed_at,omitzero" format:"date-time"`
	Reopened     int64       `json:"reopened,omitzero" doc:"how often"`
	Allowed      []string    `json:"allowed" doc:"statuses that it may go to"`
	Entry        *CaseEntry  `json:"entry,omitzero" doc:"what was written with this request"`
	Mails        []Mail      `json:"mails,omitzero" doc:"what this request sends to the customer, or would send"`
}

// CaseContact is who asks.
type CaseContact struct {
	Email string `json:"email,omitzero" maxLength:"254"`
	Name  string `json:"name,omitzero" maxLength:"200"`
	Phone string `json:"phone,omitzero" maxLength:"40"`
}

// CaseCause is the exception that opened a case.
type CaseCause struct {
	Kind    string `json:"kind" enum:"capture_failed,refund_failed,void_failed,payment_unmatched,payment_disputed,shipment_late,shipment_exception,shipment_lost,cancel_refused,cancel_unanswered,unfillable,job_dead,webhook_dead"`
	Key     string `json:"key" doc:"what it is about"`
	Times   int64  `json:"times" doc:"how often it happened"`
	EndedAt string `json:"ended_at,omitzero" format:"date-time" doc:"it is over"`
}

// CaseClock counts working time towards a target.
type CaseClock struct {
	Target       string `json:"target" enum:"first_response,next_response,resolution"`
	LimitSeconds int64  `json:"limit_seconds" doc:"working time that the policy allows"`
	UsedSeconds  int64  `json:"used_seconds" doc:"until it stood still last"`
	RunningSince string `json:"running_since,omitzero" format:"date-time" doc:"it stands still without this"`
	WarnAt       string `json:"warn_at,omitzero" format:"date-time"`
	DueAt        string `json:"due_at,omitzero" format:"date-time"`
	WarnedAt     string `json:"warned_at,omitzero" format:"date-time"`
	BreachedAt   string `json:"breached_at,omitzero" format:"date-time"`
	MetAt        string `json:"met_at,omitzero" format:"date-time"`
	GivenUpAt    string `json:"given_up_at,omitzero" format:"date-time" doc:"the case was resolved without it"`
}

// CaseEntry is one contribution to the thread of a case.
type CaseEntry struct {
	ID       string     `json:"id" example:"cen_01kas8rz0hefgtq4ty8f7zm6dj"`
	Number   int64      `json:"number" doc:"1, 2, 3, … within the case"`
	Kind     string     `json:"kind" enum:"message,reply,note,system"`
	Via      string     `json:"via" doc:"mail, form, phone, api or system"`
	By       string     `json:"by" doc:"id of the API key, customer or system"`
	At       string     `json:"at" format:"date-time"`
	From     string     `json:"from,omitzero" doc:"mail address"`
	Subject  string     `json:"subject,omitzero"`
	Text     string     `json:"text,omitzero"`
	Code     string     `json:"code,omitzero" doc:"of a system entry: what happened"`
	Facts    *CaseFacts `json:"facts,omitzero" doc:"of a system entry: what it is about"`
	Erased   bool       `json:"erased,omitzero" doc:"its words went with the customer"`
	Mail     string     `json:"mail,omitzero" doc:"id of the mail that carries a reply"`
	Delivery string     `json:"delivery,omitzero" enum:"queued,sending,sent,failed,dead,suppressed,unknown" doc:"what became of that mail, as mails tell it"`
}

// CaseFacts are what a system entry is about.
type CaseFacts struct {
	Seq    int64  `json:"seq,omitzero" doc:"position of the journal"`
	Event  string `json:"event,omitzero" doc:"its type"`
	Order  string `json:"order,omitzero"`
	Part   string `json:"part,omitzero" doc:"id of a payment, label, fulfillment order or job"`
	Reason string `json:"reason,omitzero"`
}

func caseJSON(c *service.Case) Case {
	list := func(s []string) []string { return append([]string{}, s...) }
	out := Case{
		ID: orNull(c.ID), Number: orNull(c.Number), Version: c.Version, Status: string(c.Status), Queue: c.Queue, Owner: c.Owner, Priority: string(c.Priority), Origin: c.Origin,
		Subject: c.Subject, Contact: CaseContact(c.Contact), Customer: c.Customer, Orders: list(c.Orders), Returns: list(c.Returns), Fulfillments: list(c.Fulfillments),
		Follows: c.Follows, Tags: list(c.Tags), Entries: c.Entries, Policy: c.Policy, Clocks: []CaseClock{}, DueAt: c.DueAt().String(), CloseAt: c.CloseAt.String(),
		OpenedAt: c.OpenedAt.String(), RepliedAt: c.RepliedAt.String(), ResolvedAt: c.ResolvedAt.String(), ClosedAt: c.ClosedAt.String(), Reopened: c.Reopened, Allowed: c.Status.Allowed(),
	}
	if x := c.Cause; x != nil {
		out.Cause = &CaseCause{x.Kind, x.Key, x.Times, x.EndedAt.String()}
	}
	for _, k := range c.Clocks {
		out.Clocks = append(out.Clocks, CaseClock{
			string(k.Target), k.Limit, k.Used, k.Since.String(), k.WarnAt.String(), k.DueAt.String(), k.WarnedAt.String(), k.BreachedAt.String(), k.MetAt.String(), k.EndedAt.String(),
		})
	}
	return out
}

func caseEntryJSON(e *service.Entry) CaseEntry {
	out := CaseEntry{
		ID: e.ID, Number: e.Number, Kind: string(e.Kind), Via: e.Via, By: e.By, At: e.At.String(), From: e.From, Subject: e.Subject, Text: e.Text, Code: e.Code,
		Mail: e.Mail, Erased: e.Erased,
	}
	if f := e.Facts; f != nil {
		out.Facts = &CaseFacts{f.Seq, f.Event, f.Order, f.Part, f.Reason}
	}
	return out
}

// caseViewJSON renders a case after a command; in a dry run a new one has no id.
func (c *call) caseViewJSON(v *app.CaseView) Case {
	out := caseJSON(v.Case)
	if c.dryRun() && v.Version == 1 {
		out.ID, out.Number = nil, nil
	}
	if v.Entry != nil {
		e := caseEntryJSON(v.Entry)
		out.Entry = &e
	}
	for _, m := range v.Mails {
		sent := mailJSON(m)
		if c.dryRun() {
			sent.ID, sent.MessageID = nil, nil
		}
		out.Mails = append(out.Mails, sent)
		if e := out.Entry; e != nil && e.Mail == m.ID {
			e.Delivery = string(m.Status)
		}
	}
	if c.dryRun() && out.Entry != nil {
		out.Entry.Mail = ""
	}
	return out
}
