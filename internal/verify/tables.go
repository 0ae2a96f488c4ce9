package verify

import (
	"cmp"
	"context"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/app"
	"ordo/internal/doc"
	"ordo/internal/inventory"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/people"
	"ordo/internal/store"
	"ordo/internal/work"
)

// tablePage is how many rows of other tables are read at once, and how many values one question names.
const tablePage = 500

// in asks for rows by many values, as many as there are. The question has the same text for any number of them, so
// that it is prepared once: the last value fills the places that are left.
func (v *run) in(ctx context.Context, values []string, scan func(store.Row) error, sql string) error {
	if len(values) == 0 {
		return nil
	}
	n := tablePage
	for n/4 >= len(values) {
		n /= 4
	}
	marks := make([]string, n)
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	text := strings.Replace(sql, "?", strings.Join(marks, ", "), 1)
	for len(values) > 0 {
		part := values[:min(n, len(values))]
		values = values[len(part):]
		args := make([]any, n)
		for i := range args {
			args[i] = part[min(i, len(part)-1)]
		}
		if err := v.db.Query(ctx, scan, text, args...); err != nil {
			return err
		}
	}
	return nil
}

// each runs the checks that look at a kind of row.
func each[T any](v *run, row string, subject T, f func(*check) func(*result, T)) {
	for i := range checks {
		c := &checks[i]
		if test := f(c); test != nil {
			r := &v.total.results[i]
			if !c.outside {
				r.rows++
			}
			guard(r, row, func() { test(r, subject) })
		}
	}
}

// reference is a document of reference data, with what the journal says of it.
type reference struct {
	aggregate
	version, rev, catalog int64
	meta                  doc.Meta
	doc                   any // nil when it cannot be read
	err                   error
	known                 *known      // nil when it has no events
	owns, lost            [][2]string // scopes and values of the key table: those it has to own, those somebody else owns
}

func (f *reference) name() string { return f.kind + " " + f.id }

type referenceKind struct {
	kind, table string
	decode      func(doc string) (any, doc.Meta, error)
}

// referenceKinds are the tables of reference data and the first word of their events.
var referenceKinds = []referenceKind{
	{"product", app.Products.Table, decodeReference(app.Products)},
	{"location", app.Locations.Table, decodeReference(app.Locations)},
	{"channel", app.Channels.Table, decodeReference(app.Channels)},
	{"webhook", app.Webhooks.Table, decodeWebhook},
	{"key", app.APIKeys.Table, decodeReference(app.APIKeys)},
	{"user", app.Users.Table, decodeReference(app.Users)},
	{"role", app.Roles.Table, decodeReference(app.Roles)},
	{"carrier", app.Carriers.Table, decodeReference(app.Carriers)},
	{"return_policy", app.ReturnPolicies.Table, decodeReference(app.ReturnPolicies)},
	{"sourcing_rule", app.SourcingRules.Table, decodeReference(app.SourcingRules)},
	{"rule", app.Rules.Table, decodeReference(app.Rules)},
	{"mail_template", app.MailTemplates.Table, decodeReference(app.MailTemplates)},
	{"field", app.CustomFields.Table, decodeReference(app.CustomFields)},
	{"queue", app.Queues.Table, decodeReference(app.Queues)},
	{"sla_policy", app.Policies.Table, decodeReference(app.Policies)},
	{"macro", app.Macros.Table, decodeReference(app.Macros)},
	{"saved_report", app.SavedReports.Table, decodeSavedReport},
}

func decodeReference[T any, P work.Ptr[T]](k work.Kind[T, P]) func(string) (any, doc.Meta, error) {
	return func(text string) (any, doc.Meta, error) {
		p, err := k.Decode([]byte(text))
		if err != nil {
			return nil, doc.Meta{}, err
		}
		return p, *p.DocMeta(), nil
	}
}

// readReferences walks products, locations, channels and API keys; then it looks for those that the journal knows
// and that do not exist.
func (v *run) readReferences(ctx context.Context) error {
	for _, k := range referenceKinds {
		for after := ""; ; {
			var page []*reference
			err := v.db.Query(ctx, func(r store.Row) error {
				f := &reference{aggregate: aggregate{kind: k.kind}, catalog: v.catalog}
				var text string
				if err := r.Scan(&f.id, &f.version, &text, &f.rev); err != nil {
					return err
				}
				f.doc, f.meta, f.err = k.decode(text)
				page = append(page, f)
				return nil
			}, "SELECT id, version, doc, rev FROM "+k.table+" WHERE id > $1 ORDER BY id LIMIT $2", after, tablePage)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			after = page[len(page)-1].id
			if err := v.checkReferences(ctx, page); err != nil {
				return err
			}
		}
	}
	v.findLostReferences()
	return nil
}

func (v *run) findLostReferences() {
	var lost []*known
	for _, k := range v.known {
		if !k.visited && slices.ContainsFunc(referenceKinds, func(r referenceKind) bool { return r.kind == k.kind }) {
			lost = append(lost, k)
		}
	}
	slices.SortFunc(lost, func(a, b *known) int { return cmp.Compare(a.seq, b.seq) })
	r := v.total.of("journal.events")
	for _, k := range lost {
		r.bad(seqName(k.seq), "is about %s %s, which does not exist", k.kind, k.id)
	}
}

func (v *run) checkReferences(ctx context.Context, page []*reference) error {
	values := map[string][]string{}
	for _, f := range page {
		if f.known = v.known[f.aggregate]; f.known != nil {
			f.known.visited = true
		}
		f.owns = ownedBy(f.doc)
		for _, k := range f.owns {
			values[k[0]] = append(values[k[0]], k[1])
		}
	}
	owners := map[[2]string]string{}
	for scope, list := range values {
		if err := v.readOwners(ctx, owners, scope, list); err != nil {
			return err
		}
	}
	for _, f := range page {
		for _, k := range f.owns {
			if owners[k] == f.id {
				v.total.counted.keys++
			} else {
				f.lost = append(f.lost, k)
			}
		}
		each(v, f.name(), f, func(c *check) func(*result, *reference) { return c.reference })
	}
	return nil
}

// ownedBy are the unique values that a document of reference data has to own.
func ownedBy(doc any) [][2]string {
	switch d := doc.(type) {
	case *app.APIKey:
		return [][2]string{{app.ScopeAPIKey, d.Hash}}
	case *people.User:
		own := [][2]string{{app.ScopeUserEmail, folded(d.Email)}}
		if d.Subject != "" {
			own = append(own, [2]string{app.ScopeUserSubject, d.Subject})
		}
		return own
	}
	return nil
}

func referenceVersion(r *result, f *reference) {
	version := int64(0)
	if f.known != nil {
		version = f.known.version
	}
	if version != f.version {
		r.bad(f.name(), "has version %d, its last event %d", f.version, version)
	}
}

func referenceColumnsAgree(r *result, f *reference) {
	switch {
	case f.err != nil:
		r.bad(f.name(), "cannot be read: %v", f.err)
	case f.meta.ID != f.id || f.meta.Version != f.version:
		r.bad(f.name(), "version %d: the document is %s, version %d", f.version, f.meta.ID, f.meta.Version)
	}
}

func referenceRevision(r *result, f *reference) {
	if f.rev < 1 || f.rev > f.catalog {
		r.bad(f.name(), "was written by catalog version %d, the catalog is at %d: no node would see it", f.rev, f.catalog)
	}
}

// referenceFold: API keys and users are left out, their events do not carry what is secret.
func referenceFold(r *result, f *reference) {
	if f.doc == nil || f.known == nil || f.known.sum == 0 {
		return
	}
	if f.known.sum != fingerprint(f.doc) {
		r.bad(f.name(), "is not what journal row %d says", f.known.seq)
	}
}

func referenceKeys(r *result, f *reference) {
	for _, k := range f.lost {
		r.bad(f.name(), "does not own its %s in the key table", k[0])
	}
}

func orderKeys(r *result, f *file) {
	o := f.doc
	if o.Number == "" {
		return // never placed: it has no keys
	}
	if f.number != f.id {
		r.bad(orderName(f.id), "its number %s belongs to %q in the key table", o.Number, f.number)
	}
	switch {
	case o.ExternalID == "":
	case o.Status == "rejected" && f.external == f.id:
		r.bad(orderName(f.id), "is rejected and keeps the external id %q of channel %s", o.ExternalID, o.Channel)
	case o.Status != "rejected" && f.external != f.id:
		r.bad(orderName(f.id), "its external id %q of channel %s belongs to %q in the key table", o.ExternalID, o.Channel, f.external)
	}
}

func orderNumber(r *result, f *file) {
	if f.doc.Number == "" {
		return // orders.drafts says whether it may
	}
	n, err := strconv.ParseInt(f.doc.Number, 10, 64)
	if err != nil || n >= f.run.numbers {
		r.bad(orderName(f.id), "has number %q, numbers up to %d were handed out", f.doc.Number, f.run.numbers-1)
	}
}

// position is a position with what it should be.
type position struct {
	inventory.Position
	exists bool
	want   ledger
}

func (v *run) readPositions(ctx context.Context) error {
	err := v.db.Query(ctx, func(r store.Row) error {
		p, err := work.ScanPosition(r)
		if err != nil {
			return err
		}
		k := posKey{p.SKU, p.Location}
		subject := &position{Position: p, exists: true}
		if l := v.total.ledgers[k]; l != nil {
			subject.want = *l
			delete(v.total.ledgers, k)
		}
		v.checkPosition(subject)
		return nil
	}, "SELECT "+work.PositionColumns+" FROM stock_positions ORDER BY sku, location")
	if err != nil {
		return err
	}
	left := slices.SortedFunc(maps.Keys(v.total.ledgers), byPosition)
	for _, k := range left {
		v.checkPosition(&position{Position: inventory.Position{SKU: k.sku, Location: k.location}, want: *v.total.ledgers[k]})
	}
	return nil
}

func (v *run) checkPosition(p *position) {
	each(v, positionName(p.SKU, p.Location), p, func(c *check) func(*result, *position) { return c.position })
}

func positionFold(r *result, p *position) {
	if !p.exists && p.want.moved {
		r.bad(positionName(p.SKU, p.Location), "does not exist, and the journal moves units there")
		return
	}
	for i, b := range inventory.Buckets {
		if p.Units[i] != p.want.units[i] {
			r.bad(positionName(p.SKU, p.Location), "%s is %d, its movements add up to %d", b, p.Units[i], p.want.units[i])
			return
		}
	}
}

func positionRules(r *result, p *position) {
	name := positionName(p.SKU, p.Location)
	for i, b := range inventory.Buckets {
		if p.Units[i] < 0 {
			r.bad(name, "%s is %d", b, p.Units[i])
			return
		}
	}
	if p.BackorderLimit < 0 || p.ReorderPoint < 0 {
		r.bad(name, "backorder_limit is %d, reorder_point %d", p.BackorderLimit, p.ReorderPoint)
	} else if usable := p.Get(inventory.OnHand) - p.Get(inventory.Damaged) - p.Get(inventory.Quality); p.Get(inventory.Allocated) > usable {
		r.bad(name, "%d are allocated, %d are there for it", p.Get(inventory.Allocated), usable)
	} else if n := p.Get(inventory.Backordered); n > p.BackorderLimit {
		r.bad(name, "%d are backordered, the limit is %d", n, p.BackorderLimit)
	}
}

func positionPromises(r *result, p *position) {
	if n := p.Get(inventory.Allocated); n != p.want.allocated {
		r.bad(positionName(p.SKU, p.Location), "%d are allocated, fulfillment orders hold %d", n, p.want.allocated)
	} else if n := p.Get(inventory.Reserved); n != p.want.reserved {
		r.bad(positionName(p.SKU, p.Location), "%d are reserved, carts and pending orders hold %d", n, p.want.reserved)
	} else if n := p.Get(inventory.Backordered); n != p.want.backordered {
		r.bad(positionName(p.SKU, p.Location), "%d are backordered, orders are owed %d", n, p.want.backordered)
	} else if n := p.Get(inventory.InTransitIn); n != p.want.inTransit {
		r.bad(positionName(p.SKU, p.Location), "%d are in transit, transfers have %d under way", n, p.want.inTransit)
	}
}

func positionPolicy(r *result, p *position) {
	want := inventory.Policy{}
	if p.want.policy != nil {
		want = *p.want.policy
	}
	if p.BackorderLimit != want.BackorderLimit || p.ReorderPoint != want.ReorderPoint {
		r.bad(positionName(p.SKU, p.Location), "backorder_limit is %d and reorder_point %d, they were set to %d and %d", p.BackorderLimit, p.ReorderPoint, want.BackorderLimit, want.ReorderPoint)
	}
}

// jobBook is what the jobs are about.
type jobBook struct {
	entries map[string]bool // payment entries that a job carries out
	answers map[string]bool // answers that a job will give
	carts   map[string]bool // reservations that a job will end
	returns map[string]bool // returns that a job will look at

	attempts map[string]bool // attempts of labels that a job carries out
	watched  map[string]bool // authorizations that a job will end
	mails    map[string]bool // mails that a job sends
	bulk     map[string]bool // imports and exports that a job takes on
}

type job struct {
	id, kind, args, state, lastError string
	attempts                         int64
	err                              error
}

// paymentArgs are the arguments of a job of kind payment (app).
type paymentArgs struct {
	Entry  string `json:"entry"`
	Answer []byte `json:"answer"`
}

// labelArgs are the arguments of a job of kind label (app).
type labelArgs struct {
	Attempt string `json:"attempt"`
	Answer  []byte `json:"answer"`
}

// returnArgs are the arguments of a job of kind return_due (app).
type returnArgs struct {
	Return string `json:"return"`
}

// readJobs remembers what open jobs are about: they are few, or something is wrong.
func (v *run) readJobs(ctx context.Context) error {
	v.jobs = jobBook{
		entries: map[string]bool{}, answers: map[string]bool{}, carts: map[string]bool{}, returns: map[string]bool{},
		attempts: map[string]bool{}, watched: map[string]bool{},
		mails: map[string]bool{}, bulk: map[string]bool{},
	}
	return v.db.Query(ctx, func(r store.Row) error {
		j := &job{}
		if err := r.Scan(&j.id, &j.kind, &j.args, &j.state, &j.lastError, &j.attempts); err != nil {
			return err
		}
		v.meetDeadLetter(j)
		v.meetBulk(j)
		if j.kind == "expire_reservation" {
			var id string
			j.err = jsonx.Unmarshal([]byte(j.args), &id)
			v.jobs.carts[id] = true
		}
		if j.kind == "return_due" {
			var a returnArgs
			j.err = jsonx.Unmarshal([]byte(j.args), &a)
			v.jobs.returns[a.Return] = true
		}
		if j.kind == "payment" {
			var a paymentArgs
			if j.err = jsonx.Unmarshal([]byte(j.args), &a); j.err == nil {
				v.jobs.entries[a.Entry] = true
				v.jobs.answers[string(a.Answer)] = true
			}
		}
		if j.kind == "authorization" {
			var a paymentArgs
			if j.err = jsonx.Unmarshal([]byte(j.args), &a); j.err == nil {
				v.jobs.watched[a.Entry] = true
			}
		}
		if j.kind == "label" {
			var a labelArgs
			if j.err = jsonx.Unmarshal([]byte(j.args), &a); j.err == nil {
				v.jobs.attempts[a.Attempt] = true
				v.jobs.answers[string(a.Answer)] = true
			}
		}
		if j.kind == "case" {
			var a caseArgs
			if j.err = jsonx.Unmarshal([]byte(j.args), &a); j.err == nil {
				v.caseJobs[a] = true
			}
		}
		if j.kind == "send_mail" {
			var a mailArgs
			j.err = jsonx.Unmarshal([]byte(j.args), &a)
			v.jobs.mails[a.Mail] = true
		}
		each(v, "job "+j.id, j, func(c *check) func(*result, *job) { return c.job })
		return nil
	}, "SELECT id, kind, args, state, last_error, attempts FROM jobs ORDER BY id")
}

func jobState(r *result, j *job) {
	switch {
	case j.err != nil:
		r.bad("job "+j.id, "of kind %s: its arguments cannot be read: %v", j.kind, j.err)
	case j.state == "dead":
		r.warn("job "+j.id, "of kind %s is dead after %d attempts: %s", j.kind, j.attempts, j.lastError)
	case j.state != "ready":
		r.bad("job "+j.id, "of kind %s is %q: nobody would take it", j.kind, j.state)
	}
}

// answer is a stored answer under an Idempotency-Key.
type answer struct {
	id             []byte
	state, subject string
	body           []byte
	createdAt      micros.Time
	now            micros.Time
	erasedAt       micros.Time // what it is about, the last of that; 0 where nothing of it was
	job            bool        // one will give it
}

func (a *answer) name() string { return "answer " + hex.EncodeToString(a.id) }

// runningLimit is how long an answer may be running: payments take seconds.
const runningLimit = 24 * time.Hour

func (v *run) readAnswers(ctx context.Context) error {
	others := map[string]micros.Time{} // by answer: when what it is about beside its subject was erased
	if err := v.db.Query(ctx, func(r store.Row) error {
		var id []byte
		var subject string
		err := r.Scan(&id, &subject)
		if at := v.erasedAt[subject]; at > 0 {
			others[string(id)] = max(others[string(id)], at)
		}
		return err
	}, "SELECT id, subject FROM answer_subjects"); err != nil {
		return err
	}
	return v.db.Query(ctx, func(r store.Row) error {
		a := &answer{now: micros.Of(v.opts.Now)}
		if err := r.Scan(&a.id, &a.state, &a.body, &a.subject, &a.createdAt); err != nil {
			return err
		}
		a.job, a.erasedAt = v.jobs.answers[string(a.id)], max(v.erasedAt[a.subject], others[string(a.id)])
		each(v, a.name(), a, func(c *check) func(*result, *answer) { return c.answer })
		return nil
	}, "SELECT id, state, body, subject, created_at FROM idempotency ORDER BY id")
}

// runningAnswer does not ask for the order's state: an order may end while its payment is on its way, and the job
// of that payment gives the answer, in the transaction that ends the job.
func runningAnswer(r *result, a *answer) {
	switch {
	case a.state != "running":
	case !a.job:
		r.bad(a.name(), "about order %s is running, and no job will give it", a.subject)
	case a.createdAt < a.now.Add(-runningLimit):
		r.bad(a.name(), "about order %s is running since %s", a.subject, a.createdAt)
	default:
		r.waiting++
	}
}

func storedAnswer(r *result, a *answer) {
	switch a.state {
	case "running":
	case "erased":
		if len(a.body) > 0 {
			r.bad(a.name(), "is erased, and what it said is there")
		}
	case "done":
		if a.createdAt < a.erasedAt {
			r.bad(a.name(), "is about %s, which was erased since, and is there", a.subject)
		}
		if _, err := work.Decompress(a.body); err != nil {
			r.bad(a.name(), "cannot be unpacked: %v", err)
		}
	default:
		r.bad(a.name(), "is %q", a.state)
	}
}
