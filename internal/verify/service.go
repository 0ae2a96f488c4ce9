package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"ordo/internal/app"
	"ordo/internal/customer"
	"ordo/internal/jsonx"
	"ordo/internal/mail"
	"ordo/internal/micros"
	"ordo/internal/service"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Customers and cases are many, so they are read page by page with their events, as orders are.

// caseRow is a case with its thread.
type caseRow struct {
	stored[service.Case]
	cols    caseColumns
	terms   []work.Term
	events  []serviceEvent
	entries []entryRow
	number  string          // who owns its number in the key table
	cause   string          // who owns its cause
	exists  map[string]bool // ids that it names and that are there
	mails   []*mail.Mail    // that are about it
	looked  bool            // a job looks at it when it says
}

type caseColumns struct {
	status, queue, owner, customer string
	priority, due                  int64
}

type entryRow struct {
	stored[service.Entry]
	owner   string // columns
	number  int64
	message string // who owns its Message-ID in the key table
}

// serviceEvent is a journal row about a customer or a case.
type serviceEvent struct {
	kind         string
	seq, version int64
	at           micros.Time
	body         struct {
		Customer *customer.Customer `json:"customer"`
		Case     *service.Case      `json:"case"`
		Entry    *service.Entry     `json:"entry"`
	}
	personal string
	err      error
}

func customerName(id string) string { return "customer " + id }
func caseName(id string) string     { return "case " + id }

// serviceKinds are the first words of the events that are read here.
var serviceKinds = []string{"customer", "case"}

// readService walks customers and cases; then it looks for what belongs to none.
func (v *run) readService(ctx context.Context) error {
	if err := v.readCustomers(ctx); err != nil {
		return err
	}
	if err := v.readCases(ctx); err != nil {
		return err
	}
	if err := v.readAppeasements(ctx); err != nil {
		return err
	}
	return v.strayService(ctx)
}

// folded is a mail address as it is compared. It is written down here again on purpose.
func folded(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// terms reads what documents are found by.
func (v *run) terms(ctx context.Context, table string, ids []string, add func(string, work.Term)) error {
	return v.in(ctx, ids, func(r store.Row) error {
		var id string
		var t work.Term
		err := r.Scan(&id, &t.Field, &t.Value)
		add(id, t)
		return err
	}, "SELECT id, field, value FROM "+table+" WHERE id IN (?)")
}

func (v *run) serviceEvents(ctx context.Context, ids []string, kind string, add func(string, serviceEvent)) error {
	return v.in(ctx, ids, func(r store.Row) error {
		var e serviceEvent
		var id, eventType, body string
		if err := r.Scan(&e.seq, &e.at, &eventType, &id, &e.version, &body, &e.personal); err != nil {
			return err
		}
		if e.kind = eventType; kindOf(eventType) == kind {
			e.err = jsonx.Unmarshal([]byte(body), &e.body)
			v.total.counted.service++
			add(id, e)
		}
		return nil
	}, "SELECT seq, at, type, aggregate, version, body, COALESCE(personal, '') FROM journal WHERE aggregate IN (?) ORDER BY aggregate, seq")
}

func (v *run) readCases(ctx context.Context) error {
	for after := ""; ; {
		var page []*caseRow
		err := v.db.Query(ctx, func(r store.Row) error {
			c := &caseRow{exists: map[string]bool{}}
			var doc string
			k := &c.cols
			if err := r.Scan(&c.id, &c.version, &doc, &k.status, &k.queue, &k.owner, &k.priority, &k.customer, &k.due); err != nil {
				return err
			}
			c.stored = decode(app.Cases, c.id, c.version, doc)
			c.looked = c.doc != nil && v.caseJobs[caseArgs{c.id, int64(c.doc.TimerAt)}]
			page = append(page, c)
			return nil
		}, "SELECT id, version, doc, status, queue, owner, priority, customer, due_at FROM cases WHERE id > $1 ORDER BY id LIMIT $2", after, tablePage)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].id
		if err := v.checkCases(ctx, page); err != nil {
			return err
		}
	}
}

func (v *run) checkCases(ctx context.Context, page []*caseRow) error {
	byID := map[string]*caseRow{}
	var ids []string
	for _, c := range page {
		ids, byID[c.id] = append(ids, c.id), c
	}
	for _, read := range []func() error{
		func() error {
			return v.terms(ctx, "case_terms", ids, func(id string, t work.Term) { byID[id].terms = append(byID[id].terms, t) })
		},
		func() error {
			return v.serviceEvents(ctx, ids, "case", func(id string, e serviceEvent) { byID[id].events = append(byID[id].events, e) })
		},
		func() error { return v.readEntries(ctx, ids, byID) },
		func() error { return v.readCaseKeys(ctx, page) },
		func() error { return v.readReplies(ctx, ids, byID) },
		func() error { return v.readNamed(ctx, page) },
	} {
		if err := read(); err != nil {
			return err
		}
	}
	for _, c := range page {
		each(v, caseName(c.id), c, func(k *check) func(*result, *caseRow) { return k.serviceCase })
	}
	return nil
}

func (v *run) readEntries(ctx context.Context, ids []string, byID map[string]*caseRow) error {
	return v.in(ctx, ids, func(r store.Row) error {
		var e entryRow
		var doc string
		if err := r.Scan(&e.id, &e.version, &doc, &e.owner, &e.number); err != nil {
			return err
		}
		e.stored = decode(app.CaseEntries, e.id, e.version, doc)
		byID[e.owner].entries = append(byID[e.owner].entries, e)
		v.total.counted.entries++
		return nil
	}, "SELECT id, version, doc, case_id, number FROM case_entries WHERE case_id IN (?) ORDER BY case_id, number")
}

// messageKey is the unique value of a mail. It is written down here again on purpose.
func messageKey(id string) string {
	sum := sha256.Sum256([]byte(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")))
	return hex.EncodeToString(sum[:])
}

func (v *run) readCaseKeys(ctx context.Context, page []*caseRow) error {
	var numbers, causes, messages []string
	for _, c := range page {
		if c.doc == nil {
			continue
		}
		numbers = append(numbers, c.doc.Number)
		if c.doc.Cause != nil {
			causes = append(causes, c.doc.Cause.Key)
		}
		for _, e := range c.entries {
			if e.doc != nil && e.doc.MessageID != "" {
				messages = append(messages, messageKey(e.doc.MessageID))
			}
		}
	}
	keys := map[[2]string]string{}
	for scope, values := range map[string][]string{app.ScopeCaseNumber: numbers, app.ScopeCaseCause: causes, app.ScopeCaseMessage: messages} {
		if err := v.readOwners(ctx, keys, scope, values); err != nil {
			return err
		}
	}
	for _, c := range page {
		if c.doc == nil {
			continue
		}
		count := func(owner string) string {
			if owner == c.id {
				v.total.counted.keys++
			}
			return owner
		}
		c.number = count(keys[[2]string{app.ScopeCaseNumber, c.doc.Number}])
		if c.doc.Cause != nil {
			c.cause = count(keys[[2]string{app.ScopeCaseCause, c.doc.Cause.Key}])
		}
		for i := range c.entries {
			if e := &c.entries[i]; e.doc != nil && e.doc.MessageID != "" {
				e.message = count(keys[[2]string{app.ScopeCaseMessage, messageKey(e.doc.MessageID)}])
			}
		}
	}
	return nil
}

// readNamed looks which of the things that cases name are there.
func (v *run) readNamed(ctx context.Context, page []*caseRow) error {
	owners := map[string][]*caseRow{}
	wanted := map[string][]string{}
	for _, c := range page {
		if c.doc == nil {
			continue
		}
		for table, ids := range namedBy(c.doc) {
			for _, id := range ids {
				owners[table+" "+id] = append(owners[table+" "+id], c)
				wanted[table] = append(wanted[table], id)
			}
		}
	}
	for table, ids := range wanted {
		slices.Sort(ids)
		err := v.in(ctx, slices.Compact(ids), func(r store.Row) error {
			var id string
			err := r.Scan(&id)
			for _, c := range owners[table+" "+id] {
				c.exists[table+" "+id] = true
			}
			return err
		}, "SELECT id FROM "+table+" WHERE id IN (?)")
		if err != nil {
			return err
		}
	}
	return nil
}

// namedBy is what a case names, by table.
func namedBy(c *service.Case) map[string][]string {
	out := map[string][]string{"orders": c.Orders, "fulfillments": c.Fulfillments, "queues": {c.Queue}}
	if c.Customer != "" {
		out["customers"] = []string{c.Customer}
	}
	if c.Follows != "" {
		out["cases"] = []string{c.Follows}
	}
	return out
}

// strayService looks for events and entries of customers and cases that do not exist.
func (v *run) strayService(ctx context.Context) error {
	if n := &v.total.counted; n.service != n.journalService {
		r := v.total.of("journal.events")
		for _, kind := range serviceKinds {
			err := v.db.Query(ctx, func(row store.Row) error {
				var seq int64
				var eventType, id string
				err := row.Scan(&seq, &eventType, &id)
				if kindOf(eventType) == kind {
					r.bad(seqName(seq), "%s is about %s %s, which does not exist", eventType, kind, id)
				}
				return err
			}, "SELECT seq, type, aggregate FROM journal AS j WHERE type >= $1 AND type < $2 AND NOT EXISTS (SELECT 1 FROM "+kind+"s AS d WHERE d.id = j.aggregate) ORDER BY seq", kind+".", kind+"/")
			if err != nil {
				return err
			}
		}
	}
	r := v.total.of("cases.references")
	return v.db.Query(ctx, func(row store.Row) error {
		var id, owner string
		err := row.Scan(&id, &owner)
		r.bad("entry "+id, "of case %s, which does not exist", owner)
		return err
	}, "SELECT id, case_id FROM case_entries AS e WHERE NOT EXISTS (SELECT 1 FROM cases AS c WHERE c.id = e.case_id) ORDER BY id")
}

func sameTerms(a, b []work.Term) bool {
	key := func(terms []work.Term) []string {
		out := make([]string, len(terms))
		for i, t := range terms {
			out[i] = t.Field + " " + t.Value
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(key(a), key(b))
}

// serviceVersions: the events of an aggregate lead to its version without gaps.
func serviceVersions(r *result, name string, version int64, events []serviceEvent) {
	last, seq := int64(0), int64(0)
	for _, e := range events {
		r.rows++
		if text := nextVersion(last, seq, e.version, e.seq); text != "" {
			r.bad(seqName(e.seq), "%s %s", name, text)
		}
		last, seq = e.version, e.seq
	}
	if last != version {
		r.bad(name, "has version %d, its last event %d", version, last)
	}
}

func caseVersions(r *result, c *caseRow) { serviceVersions(r, caseName(c.id), c.version, c.events) }

func caseColumnsAgree(r *result, c *caseRow) {
	switch d := c.doc; {
	case c.err != nil:
		r.bad(caseName(c.id), "cannot be read: %v", c.err)
	case d.ID != c.id || d.Version != c.version || c.cols != (caseColumns{string(d.Status), d.Queue, d.Owner, d.Customer, int64(d.Priority.Rank()), int64(d.DueAt())}):
		r.bad(caseName(c.id), "has other columns than its document")
	case !sameTerms(app.CaseTerms(d), c.terms):
		r.bad(caseName(c.id), "is found by %v, and should be by %v", c.terms, app.CaseTerms(d))
	}
	for _, e := range c.entries {
		switch d := e.doc; {
		case e.err != nil:
			r.bad("entry "+e.id, "cannot be read: %v", e.err)
		case d.ID != e.id || d.Version != e.version || d.Case != e.owner || d.Number != e.number:
			r.bad("entry "+e.id, "has other columns than its document")
		}
	}
}

// caseKeys: the number, the cause and the mails of a case are its own. The cause of a case that is done may have gone to
// a newer one.
func caseKeys(r *result, c *caseRow) {
	if c.doc == nil {
		return
	}
	if c.number != c.id {
		r.bad(caseName(c.id), "its number %s belongs to %q in the key table", c.doc.Number, c.number)
	}
	if c.doc.Cause != nil && c.cause != c.id && (c.cause == "" || !c.doc.Status.Done()) {
		r.bad(caseName(c.id), "its cause %s belongs to %q in the key table", c.doc.Cause.Key, c.cause)
	}
	for _, e := range c.entries {
		if e.doc != nil && e.doc.MessageID != "" && e.message != c.id {
			r.bad("entry "+e.id, "its mail belongs to %q in the key table", e.message)
		}
	}
}

func caseReferences(r *result, c *caseRow) {
	if c.doc == nil {
		return
	}
	for table, ids := range namedBy(c.doc) {
		for _, id := range ids {
			if !c.exists[table+" "+id] {
				r.bad(caseName(c.id), "names %s of %s, which does not exist", id, table)
			}
		}
	}
}

// caseFold: the case is what its last event says, and each entry what the last event about it says (Q2).
func caseFold(r *result, c *caseRow) {
	if c.doc == nil || len(c.events) == 0 {
		return
	}
	entries := map[string]*service.Entry{}
	var personal service.Personal
	words, known := map[string]service.Words{}, false
	for _, e := range c.events {
		if e.err != nil {
			r.bad(seqName(e.seq), "cannot be read: %v", e.err)
			return
		}
		if e.kind == "case.erased" {
			personal, known = service.Personal{}, true
		}
		var p app.CasePersonal
		if e.personal != "" && jsonx.Unmarshal([]byte(e.personal), &p) == nil {
			if p.Case != nil {
				personal, known = *p.Case, true
			}
			if p.Words != nil && e.body.Entry != nil {
				words[e.body.Entry.ID] = *p.Words
			}
		}
		if e.body.Entry != nil {
			entries[e.body.Entry.ID] = e.body.Entry
		}
	}
	last := c.events[len(c.events)-1]
	public := service.Public(c.doc)
	switch {
	case last.body.Case == nil:
		r.bad(caseName(c.id), "is not what journal row %d says", last.seq)
		return
	default:
		told := *last.body.Case
		told.ID, told.Version = public.ID, public.Version // of a new case they are given when it is stored
		if fingerprint(&told) != fingerprint(&public) {
			r.bad(caseName(c.id), "is not what journal row %d says", last.seq)
			return
		}
	}
	if known && personal != service.PersonalOf(c.doc) {
		r.bad(caseName(c.id), "its subject and contact are not what its events say")
	}
	foldThread(r, c, entries, words)
}

// foldThread: the thread counts 1, 2, 3, … and holds what was told.
func foldThread(r *result, c *caseRow, told map[string]*service.Entry, words map[string]service.Words) {
	if int64(len(c.entries)) != c.doc.Entries || len(told) != len(c.entries) {
		r.bad(caseName(c.id), "counts %d entries, has %d, and its events tell of %d", c.doc.Entries, len(c.entries), len(told))
		return
	}
	for i, e := range c.entries {
		if e.doc == nil {
			continue
		}
		if e.doc.Number != int64(i+1) {
			r.bad("entry "+e.id, "has number %d, and is entry %d of case %s", e.doc.Number, i+1, c.id)
			return
		}
		public := service.PublicEntry(e.doc)
		if e.doc.Erased && e.doc.Words != (service.Words{}) {
			r.bad("entry "+e.id, "of case %s is erased, and its words are there", c.id)
			return
		}
		t := asErased(told[e.id], e.doc)
		if t == nil || fingerprint(t) != fingerprint(&public) {
			r.bad("entry "+e.id, "of case %s is not what its event says", c.id)
			return
		}
		if w, ok := words[e.id]; ok && w != e.doc.Words {
			r.bad("entry "+e.id, "of case %s has other words than its event", c.id)
			return
		}
	}
}

// caseTimer: what will happen to a case by itself has a job at that time (Q1).
func caseTimer(r *result, c *caseRow) {
	if c.doc == nil {
		return
	}
	if want := service.NextTimer(c.doc); want != c.doc.TimerAt {
		r.bad(caseName(c.id), "is looked at at %q, and should be at %q", c.doc.TimerAt, want)
		return
	}
	if c.doc.TimerAt != 0 && !c.looked {
		r.bad(caseName(c.id), "no job looks at it at %s", c.doc.TimerAt)
	}
}

// caseArgs are the arguments of a job of kind case (app).
type caseArgs struct {
	Case string `json:"case"`
	At   int64  `json:"at"`
}

// ownService tells which values customers and cases own, each after its scope; nil for those that cannot be read.
func (v *run) ownService(ctx context.Context, out map[string][]string, customers, cases []string) error {
	err := v.in(ctx, customers, func(r store.Row) error {
		var id, text string
		if err := r.Scan(&id, &text); err != nil {
			return err
		}
		out[id] = nil
		if c := decode(app.Customers, id, 0, text).doc; c != nil {
			out[id] = []string{app.ScopeCustomerEmail + " " + folded(c.Email)}
		}
		return nil
	}, "SELECT id, doc FROM customers WHERE id IN (?)")
	if err != nil {
		return err
	}
	err = v.in(ctx, cases, func(r store.Row) error {
		var id, text string
		if err := r.Scan(&id, &text); err != nil {
			return err
		}
		out[id] = nil
		if c := decode(app.Cases, id, 0, text).doc; c != nil {
			out[id] = []string{app.ScopeCaseNumber + " " + c.Number}
			if c.Cause != nil {
				out[id] = append(out[id], app.ScopeCaseCause+" "+c.Cause.Key)
			}
		}
		return nil
	}, "SELECT id, doc FROM cases WHERE id IN (?)")
	if err != nil {
		return err
	}
	return v.in(ctx, cases, func(r store.Row) error {
		var owner, text string
		if err := r.Scan(&owner, &text); err != nil {
			return err
		}
		if e := decode(app.CaseEntries, "", 0, text).doc; e != nil && e.MessageID != "" && out[owner] != nil {
			out[owner] = append(out[owner], app.ScopeCaseMessage+" "+messageKey(e.MessageID))
		}
		return nil
	}, "SELECT case_id, doc FROM case_entries WHERE case_id IN (?)")
}
