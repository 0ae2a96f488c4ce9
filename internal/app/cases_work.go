package app

import (
	"context"
	"slices"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/service"
	"ordo/internal/store"
	"ordo/internal/work"
)

// ChangeCase changes what is known of a case: who has it, in which queue, how urgent it is, what it is about. Only what
// is set is changed; lists are replaced whole.
type ChangeCase struct {
	Case         string
	Owner        *string
	Queue        *string
	Priority     *service.Priority
	Subject      *string
	Contact      *service.Contact
	Customer     *string
	Orders       *[]string
	Returns      *[]string
	Fulfillments *[]string
	Tags         *[]string
}

// Needs implements work.Command.
func (c *ChangeCase) Needs(n *work.Needs) {
	n.Docs(Cases.Spec, c.Case)
	if c.Orders != nil {
		n.Docs(Orders.Spec, *c.Orders...)
	}
}

// Run implements work.Command.
func (c *ChangeCase) Run(u *work.Unit) (*CaseView, error) {
	d, err := loadCase(u, c.Case)
	if err != nil {
		return nil, err
	}
	var list errs.List
	next := *d.Case
	set(&next.Subject, c.Subject)
	set(&next.Contact, c.Contact)
	set(&next.Customer, c.Customer)
	set(&next.Orders, c.Orders)
	set(&next.Returns, c.Returns)
	set(&next.Fulfillments, c.Fulfillments)
	set(&next.Tags, c.Tags)
	set(&next.Queue, c.Queue)
	set(&next.Priority, c.Priority)
	d.Case = &next
	if err := d.link(u, &list); err != nil {
		return nil, err
	}
	if err := d.readQueue(u); err != nil {
		return nil, err
	}
	if d.queue.ID == "" {
		list.Add("/queue", "unknown_value", "there is no queue %q", errs.Clip(next.Queue))
	}
	if next.Check(&list); c.Owner != nil {
		if err := checkOwner(u, &list, *c.Owner); err != nil {
			return nil, err
		}
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	if c.Queue != nil || c.Priority != nil {
		d.Case = service.Again(d.Case, d.sla, u.Now())
	}
	event := "case.changed"
	if c.Owner != nil {
		d.Case = service.Taken(d.Case, *c.Owner)
		event = "case.assigned"
	}
	d.record(event, CaseBody{})
	return d.save(u)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// moveEvents are the events of statuses; others have case.status_changed.
var moveEvents = map[service.Status]string{service.Resolved: "case.resolved", service.Closed: "case.closed"}

// move takes the case to a status.
func (d *desk) move(u *work.Unit, to service.Status, reason string) error {
	before := d.Status
	next, err := service.Move(d.Case, to, d.queue, d.sla, u.Now())
	if err != nil {
		return err
	}
	d.Case = next
	event := moveEvents[to]
	switch {
	case before.Done() && to == service.Open:
		event = "case.reopened"
	case event == "":
		event = "case.status_changed"
	}
	d.record(event, CaseBody{Reason: reason})
	return nil
}

// MoveCase takes a case to another status, with a note to colleagues or without.
type MoveCase struct {
	Case   string
	Status service.Status
	Note   string
	By     string
}

// Needs implements work.Command.
func (c *MoveCase) Needs(n *work.Needs) { n.Docs(Cases.Spec, c.Case) }

// Run implements work.Command.
func (c *MoveCase) Run(u *work.Unit) (*CaseView, error) {
	d, err := loadCase(u, c.Case)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(service.Statuses, c.Status) {
		var list errs.List
		list.Add("/status", "unknown_value", "give a status of cases")
		return nil, list.Err()
	}
	if err := d.move(u, c.Status, ""); err != nil {
		return nil, err
	}
	if c.Note != "" {
		if _, err := d.write(u, service.Entry{Kind: service.Note, Via: "api", By: c.By, Words: service.Words{Text: c.Note}}); err != nil {
			return nil, err
		}
	}
	return d.save(u)
}

// WriteEntry adds a note, or what the customer said by phone or elsewhere.
type WriteEntry struct {
	Case  string
	Entry service.Entry
}

// Needs implements work.Command.
func (c *WriteEntry) Needs(n *work.Needs) { n.Docs(Cases.Spec, c.Case) }

// Run implements work.Command.
func (c *WriteEntry) Run(u *work.Unit) (*CaseView, error) {
	d, err := loadCase(u, c.Case)
	if err != nil {
		return nil, err
	}
	if c.Entry.Kind == service.Message {
		if err := d.hear(u); err != nil {
			return nil, err
		}
	}
	if _, err := d.write(u, c.Entry); err != nil {
		return nil, err
	}
	return d.save(u)
}

// hear is what the customer's words do to the case.
func (d *desk) hear(u *work.Unit) error {
	done := d.Status.Done()
	next, err := service.Heard(d.Case, d.queue, d.sla, u.Now())
	if err != nil {
		return err
	}
	if d.Case = next; done {
		d.record("case.reopened", CaseBody{Reason: "customer"})
	}
	return nil
}

// CheckCase does what is due: it warns of clocks that come to their end, says that they have, and closes a case that
// was resolved long enough. By its own clock: a job that comes too early, or for a time that was set anew, does nothing.
type CheckCase struct {
	caseJob
}

// Needs implements work.Command.
func (c *CheckCase) Needs(n *work.Needs) { n.Docs(Cases.Spec, c.Case) }

// Run implements work.Command.
func (c *CheckCase) Run(u *work.Unit) (*CaseView, error) {
	d, err := loadCase(u, c.Case)
	if err != nil {
		return nil, err
	}
	switch {
	case d.TimerAt != c.At:
		return &CaseView{Case: d.Case}, nil
	case u.Now() < c.At:
		u.Enqueue(jobCase, c.caseJob, c.At)
		return &CaseView{Case: d.Case}, nil
	}
	next, alarms := service.Ring(d.Case, d.sla, u.Now())
	next.TimerAt = 0 // so that save plans the next look
	d.Case = next
	for _, a := range alarms {
		event := "case.sla_warning"
		if a.Breach {
			event = "case.sla_breached"
		}
		d.record(event, CaseBody{Alarm: &a})
	}
	if d.CloseAt != 0 && d.CloseAt <= u.Now() {
		if err := d.move(u, service.Closed, "time"); err != nil {
			return nil, err
		}
	}
	if len(d.events) == 0 { // only its limits were due
		d.record("case.changed", CaseBody{})
	}
	return d.save(u)
}

func registerCases(a *App) {
	a.Jobs.Handle(jobCase, func(ctx context.Context, j jobs.Job) error {
		c := &CheckCase{}
		if err := jsonx.Unmarshal([]byte(j.Args), &c.caseJob); err != nil {
			return err
		}
		_, err := work.Do(ctx, a.Committer, c, a.system())
		return err
	})
}

// LookAtCase does what is due of a case by now.
func (a *App) LookAtCase(ctx context.Context, id string) error {
	c, err := a.Case(ctx, id)
	if err != nil || c.TimerAt == 0 {
		return err
	}
	_, err = work.Do(ctx, a.Committer, &CheckCase{caseJob{id, c.TimerAt}}, a.system())
	return err
}

// CaseFilter selects cases; empty fields select all. Query finds a number or an id, whole.
type CaseFilter struct {
	Status, Queue, Owner, Customer, Order, Tag, Query string
	Open                                              bool        // neither resolved nor closed
	DueBefore                                         micros.Time // 0 for all
	Before                                            string
	Limit                                             int
}

// ListCases lists cases, newest first.
func (a *App) ListCases(ctx context.Context, f CaseFilter) ([]*service.Case, error) {
	var where selection
	where.equal([2]string{"status", f.Status}, [2]string{"queue", f.Queue}, [2]string{"owner", f.Owner}, [2]string{"customer", f.Customer})
	where.terms("case_terms", [2]string{TermOrder, f.Order}, [2]string{TermTag, f.Tag})
	if f.Open {
		where.add("status NOT IN ('resolved', 'closed')")
	}
	if f.DueBefore != 0 {
		where.add("due_at > 0 AND due_at < ?", int64(f.DueBefore))
	}
	if q := strings.TrimSpace(f.Query); q != "" {
		where.add("(id = ? OR id IN (SELECT owner FROM unique_keys WHERE scope = ? AND value = ?))", q, ScopeCaseNumber, strings.ToUpper(q))
	}
	if f.Before != "" {
		where.add("id < ?", f.Before)
	}
	text, args := where.page("SELECT doc FROM cases", "id DESC", f.Limit)
	var out []*service.Case
	err := a.DB.Query(ctx, func(r store.Row) error {
		v, err := scanDoc(Cases, r)
		out = append(out, v)
		return err
	}, text, args...)
	return out, err
}

// Case reads one case.
func (a *App) Case(ctx context.Context, id string) (*service.Case, error) {
	return one(ctx, a.DB, Cases, id)
}

// Thread lists the entries of a case in their order, after a number.
func (a *App) Thread(ctx context.Context, id string, after int64, limit int) ([]*service.Entry, error) {
	if _, err := a.Case(ctx, id); err != nil {
		return nil, err
	}
	var out []*service.Entry
	err := a.DB.Query(ctx, func(r store.Row) error {
		v, err := scanDoc(CaseEntries, r)
		out = append(out, v)
		return err
	}, "SELECT doc FROM case_entries WHERE case_id = $1 AND number > $2 ORDER BY number LIMIT $3", id, after, limit)
	return out, err
}
