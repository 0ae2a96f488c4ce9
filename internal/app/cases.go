package app

import (
	"slices"
	"strconv"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/mail"
	"ordo/internal/micros"
	"ordo/internal/service"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Cases are locked first of all: macros of a case act on its orders. Their entries come right after.
var (
	Cases = work.NewKind[service.Case](work.Spec{
		Table: "cases", What: "case", Rank: 3, Terms: "case_terms", Personal: true,
		Cols: []store.Col{text("status"), text("queue"), text("owner"), {Name: "priority", Type: store.Int}, text("customer"), {Name: "due_at", Type: store.Int}},
	}, func(c *service.Case) []any {
		return []any{string(c.Status), c.Queue, c.Owner, int64(c.Priority.Rank()), c.Customer, int64(c.DueAt())}
	}).WithTerms(CaseTerms)
	CaseEntries = work.NewKind[service.Entry](work.Spec{
		Table: "case_entries", What: "entry", Rank: 4, Cols: []store.Col{text("case_id"), {Name: "number", Type: store.Int}},
	}, func(e *service.Entry) []any { return []any{e.Case, e.Number} })
)

// Scopes of unique values of cases.
const (
	ScopeCaseNumber  = "case_number"
	ScopeCaseMessage = "case_message" // SHA-256 of the Message-ID of a mail of the thread
	ScopeCaseCause   = "case_cause"
)

// Fields of the terms of cases.
const (
	TermOrder       = "order"
	TermReturn      = "return"
	TermFulfillment = "fulfillment"
)

// CaseTerms are what cases are found by that stands inside their lists.
func CaseTerms(c *service.Case) (terms []work.Term) {
	for field, values := range map[string][]string{TermOrder: c.Orders, TermReturn: c.Returns, TermFulfillment: c.Fulfillments, TermTag: c.Tags} {
		for i, v := range values {
			if slices.Index(values, v) == i {
				terms = append(terms, work.Term{Field: field, Value: v})
			}
		}
	}
	return terms
}

// CaseBody is what case.* events carry: the case as the command left it, and what the event is about.
type CaseBody struct {
	Case   *service.Case  `json:"case"`
	Entry  *service.Entry `json:"entry,omitzero"` // case.message_received, case.replied, case.noted, case.logged
	Alarm  *service.Alarm `json:"alarm,omitzero"` // case.sla_warning, case.sla_breached
	Reason string         `json:"reason,omitzero"`
}

// CasePersonal is what of a case.* event is personal.
type CasePersonal struct {
	Case  *service.Personal `json:"case,omitzero"`
	Words *service.Words    `json:"words,omitzero"`
}

// desk is a case with what is written to it inside of a unit of work.
type desk struct {
	*service.Case
	fresh   bool
	before  service.Personal
	queue   *service.Queue
	sla     service.SLA
	entries []*service.Entry // new or changed
	events  []work.Event
}

// CaseView is a case with the entry that the command wrote last, if any.
type CaseView struct {
	*service.Case
	Entry *service.Entry
	Mails []*mail.Mail // what the command wrote to the customer
}

// loadCase reads a case with its queue, and holds it to the version that the request expects.
func loadCase(u *work.Unit, id string) (*desk, error) {
	c, err := Cases.Get(u, id)
	if err != nil {
		return nil, err
	}
	if err := u.CheckVersion("case", c.Version); err != nil {
		return nil, err
	}
	d := &desk{Case: c, before: service.PersonalOf(c)}
	return d, d.readQueue(u)
}

func (d *desk) readQueue(u *work.Unit) (err error) {
	if d.queue, err = Queues.Ref(u, d.Queue); err != nil {
		return err
	}
	if d.queue == nil { // queues are never deleted
		d.queue = &service.Queue{}
	}
	d.sla, err = slaOf(u, d.queue)
	return err
}

func (d *desk) record(kind string, b CaseBody) *work.Event {
	d.events = append(d.events, work.Event{Type: kind, Aggregate: d.ID, Body: &b})
	return &d.events[len(d.events)-1]
}

// entryEvents are the events of new entries.
var entryEvents = map[service.EntryKind]string{
	service.Message: "case.message_received", service.Reply: "case.replied", service.Note: "case.noted", service.System: "case.logged",
}

// write adds an entry to the thread.
func (d *desk) write(u *work.Unit, e service.Entry) (*service.Entry, error) {
	var list errs.List
	if e.Check(&list, "/text"); d.Entries >= service.MaxEntries && e.Kind != service.System {
		list.Add("/text", "too_many", "the case has %d entries, which is the limit; open another one", d.Entries)
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	c := *d.Case
	c.Entries++
	d.Case = &c
	e.ID, e.Case, e.Number, e.At, e.Version = u.NewID("cen"), d.ID, c.Entries, u.Now(), 1
	d.entries = append(d.entries, &e)
	public := service.PublicEntry(&e)
	ev := d.record(entryEvents[e.Kind], CaseBody{Entry: &public})
	if e.Words != (service.Words{}) {
		words := e.Words
		ev.Personal = CasePersonal{Words: &words}
	}
	return &e, nil
}

// jobCase looks at a case at its time: a warning, a breach, or its closing.
const jobCase = "case"

type caseJob struct {
	Case string      `json:"case"`
	At   micros.Time `json:"at"`
}

// save stages the case and its entries, plans the next look at it, and records the events.
func (d *desk) save(u *work.Unit) (*CaseView, error) {
	if at := service.NextTimer(d.Case); at != d.TimerAt {
		c := *d.Case
		if c.TimerAt = at; at != 0 {
			u.Enqueue(jobCase, caseJob{c.ID, at}, at)
		}
		d.Case = &c
	}
	if err := put(u, Cases, d.Case, d.fresh); err != nil {
		return nil, err
	}
	for _, e := range d.entries {
		if err := put(u, CaseEntries, e, e.Version == 1); err != nil {
			return nil, err
		}
	}
	public := service.Public(d.Case)
	for i := range d.events {
		d.events[i].Body.(*CaseBody).Case = &public
	}
	if now := service.PersonalOf(d.Case); d.fresh || now != d.before {
		p, _ := d.events[0].Personal.(CasePersonal)
		p.Case = &now
		d.events[0].Personal = p
	}
	u.Record(d.events...)
	v := &CaseView{Case: d.Case}
	if n := len(d.entries); n > 0 {
		v.Entry = d.entries[n-1]
	}
	return v, nil
}

// OpenCase opens a case with its first entry.
type OpenCase struct {
	Case  service.Case  // what is known of it; Queue "" is the general queue, Priority "" that of the queue
	Entry service.Entry // first of its thread; Kind "" for none
}

// Needs implements work.Command.
func (c *OpenCase) Needs(n *work.Needs) {
	n.Docs(Sequences.Spec, caseSequence)
	n.Docs(Orders.Spec, c.Case.Orders...)
	n.Docs(Fulfillments.Spec, c.Case.Fulfillments...)
	if c.Case.Customer != "" {
		n.Docs(Customers.Spec, c.Case.Customer)
	}
	if c.Case.Contact.Email != "" {
		n.Key(ScopeCustomerEmail, fold(c.Case.Contact.Email))
	}
}

// Run implements work.Command.
func (c *OpenCase) Run(u *work.Unit) (*CaseView, error) {
	d, err := openCase(u, c.Case)
	if err != nil {
		return nil, err
	}
	if c.Entry.Kind != "" {
		if _, err := d.write(u, c.Entry); err != nil {
			return nil, err
		}
	}
	return d.save(u)
}

// openCase makes a case, which save stores. Its first event is case.opened.
func openCase(u *work.Unit, wish service.Case) (*desk, error) {
	d := &desk{Case: &wish, fresh: true}
	if d.Queue == "" {
		d.Queue = service.General
	}
	if err := d.readQueue(u); err != nil {
		return nil, err
	}
	var list errs.List
	if d.queue.ID == "" {
		list.Add("/queue", "unknown_value", "there is no queue %q", errs.Clip(d.Queue))
	}
	if d.Priority == "" {
		if d.Priority = d.queue.Priority; d.Priority == "" {
			d.Priority = service.Normal
		}
	}
	if err := d.link(u, &list); err != nil {
		return nil, err
	}
	d.Check(&list)
	if err := checkOwner(u, &list, d.Owner); err != nil {
		return nil, err
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	if d.Customer == "" {
		var err error
		if d.Customer, err = customerOf(u, d.Contact.Email, d.Contact.Name); err != nil {
			return nil, err
		}
	}
	number, err := nextCaseNumber(u)
	if err != nil {
		return nil, err
	}
	d.ID, d.Number = u.NewID("case"), number
	if number != "" {
		u.ClaimFresh(ScopeCaseNumber, number, d.ID)
	}
	if d.sla.Policy != nil {
		d.Policy = d.sla.Policy.ID
	}
	owner := d.Owner
	d.Case = service.Begin(d.Case, d.sla, u.Now())
	if owner != "" {
		d.Case = service.Taken(d.Case, owner)
	}
	d.record("case.opened", CaseBody{})
	return d, nil
}

// link checks what a case names, and takes the contact from the first order where nobody gave one.
func (d *desk) link(u *work.Unit, list *errs.List) error {
	for i, id := range d.Orders {
		o, found, err := Orders.Find(u, id)
		if err != nil {
			return err
		}
		if !found || !ids.Valid("ord", id) {
			list.Add("/orders/"+strconv.Itoa(i), "unknown_value", "there is no order %q", errs.Clip(id))
		} else if d.fresh && d.Contact == (service.Contact{}) {
			d.Contact = service.Contact{Email: o.Customer.Email, Name: o.Customer.Name, Phone: o.Customer.Phone}
		}
	}
	for i, id := range d.Fulfillments {
		_, found, err := Fulfillments.Find(u, id)
		if err != nil {
			return err
		}
		if !found {
			list.Add("/fulfillments/"+strconv.Itoa(i), "unknown_value", "there is no fulfillment order %q", errs.Clip(id))
		}
	}
	if d.Customer == "" {
		return nil
	}
	known, found, err := Customers.Find(u, d.Customer)
	if err != nil {
		return err
	}
	if !found {
		list.Add("/customer", "unknown_value", "there is no customer %q", errs.Clip(d.Customer))
	} else if d.fresh && d.Contact == (service.Contact{}) {
		d.Contact = service.Contact{Email: known.Email, Name: known.Name, Phone: known.Phone}
	}
	return nil
}

// checkOwner adds to the list an owner who is nobody: cases belong to users who are active, and to API keys that are
// not revoked.
func checkOwner(u *work.Unit, list *errs.List, owner string) error {
	if owner == "" || owner == BootstrapActor {
		return nil
	}
	if isUser(owner) {
		user, err := Users.Ref(u, owner)
		if err == nil && (user == nil || !user.Active) {
			list.Add("/owner", "unknown_value", "there is no active user %q", errs.Clip(owner))
		}
		return err
	}
	k, err := APIKeys.Ref(u, owner)
	if err != nil {
		return err
	}
	if k == nil || k.RevokedAt != 0 {
		list.Add("/owner", "unknown_value", "there is no API key %q that is not revoked", errs.Clip(owner))
	}
	return nil
}

// caseSequence is the sequence that numbers cases, from the first number on.
const (
	caseSequence = "case"
	firstCase    = 1000
)

func nextCaseNumber(u *work.Unit) (string, error) {
	seq, found, err := Sequences.Find(u, caseSequence)
	if err != nil {
		return "", err
	}
	if !found {
		seq = &Sequence{Meta: doc.Meta{ID: caseSequence}, Last: firstCase}
	}
	seq.Last++
	return "C" + strconv.FormatInt(seq.Last, 10), Sequences.Put(u, seq)
}
