package work

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"

	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
)

// entry is a document as loaded or staged.
type entry struct {
	id      string
	version int64
	body    []byte
	cols    []any
	terms   []Term // as staged
	had     int    // as loaded: termsUnknown, termsNone or termsSome
	fresh   bool   // created in this batch under a fresh id: nothing to compare with
}

type docKey struct {
	spec *Spec
	id   string
}

type posKey struct{ sku, location string }

// batch is the state of one attempt: what was loaded, and what the commands that succeeded have staged.
type batch struct {
	now       micros.Time
	cache     *refCache
	catalog   int64 // version of the catalog head
	numbers   *numberSet
	dry       bool
	loaded    *Needs
	docs      map[docKey]*entry             // as loaded; nil entry: does not exist
	positions map[posKey]inventory.Position // as loaded
	revs      map[posKey]int64              // of the loaded positions
	seat      *seat                         // in the line; nil for a dry run
	locations map[string][]string           // of each loaded SKU
	refs      map[docKey]any                // reference data read for this batch; nil value: does not exist
	keys      map[uniqueKey]string          // as loaded: owner; "" when free
	answers   map[answerID]*answer          // as loaded
	staged    staged
}

// staged is what the commands of a batch that succeeded, or one command, want to write.
type staged struct {
	docs      map[docKey]*entry
	positions map[posKey]inventory.Position
	refs      int                 // documents of reference data among docs, counted each time they were put
	created   map[string][]string // locations of the positions that did not exist, by SKU; nil in a unit
	keys      map[uniqueKey]string
	freed     map[uniqueKey]bool
	answers   map[answerID]*answer
	rows      []journal.Row
	jobs      []Job
	doneJobs  []jobRef
	erased    []string // aggregates whose personal data goes
	forgotten []fileRef
	guards    []guard
}

// guard is a query and how many rows it is to find.
type guard struct {
	text string
	args []any
	want int
}

// fileRef is a row of a table that holds no documents but bytes by id.
type fileRef struct{ table, id string }

func newStaged() staged {
	return staged{
		docs: map[docKey]*entry{}, positions: map[posKey]inventory.Position{}, keys: map[uniqueKey]string{},
		freed: map[uniqueKey]bool{}, answers: map[answerID]*answer{},
	}
}

func (s *staged) empty() bool {
	return len(s.docs)+len(s.positions)+len(s.keys)+len(s.freed)+len(s.answers)+len(s.rows)+len(s.jobs)+len(s.doneJobs) == 0
}

// Event is something that happened. Version zero stands for the version of the staged document Aggregate.
type Event struct {
	Type      string
	Aggregate string
	Version   int64
	Body      any
	Personal  any // names, addresses, mail, phone, free text; nil for none
}

// Unit is what a command works with. What it stages becomes part of the batch only if the command succeeds.
type Unit struct {
	b       *batch
	meta    Meta
	own     staged
	events  []Event
	raised  []Raised
	ends    []func() error
	pending string // subject of an answer that a later command will give
	need    *Needs // what was missing when the command stopped
	numbers int64  // order numbers that it may still take of those it named
}

func newUnit(b *batch, r *request) *Unit {
	return &Unit{b: b, meta: r.meta, own: newStaged(), need: newNeeds(), numbers: r.need.numbers}
}

// errMissing stops a command until what it asked for is loaded; then it runs again from the start.
var errMissing = errors.New("work: not loaded yet")

func (u *Unit) missing(f func(*Needs)) error {
	f(u.need)
	return errMissing
}

// Require stops the command unless all of it is loaded or staged; then it is loaded at once.
func (u *Unit) Require(f func(*Needs)) error {
	n := newNeeds()
	f(n)
	if u.has(n) {
		return nil
	}
	u.need.merge(n)
	return errMissing
}

func (u *Unit) has(n *Needs) bool {
	for k, set := range n.docs {
		for id := range set {
			if _, have := u.b.docs[docKey{k, id}]; !have && u.staged(k, id) == nil {
				return false
			}
		}
	}
	for k, set := range n.refs {
		for id := range set {
			if _, known := u.b.ref(k, id); !known && u.staged(k, id) == nil {
				return false
			}
		}
	}
	for s := range n.skus {
		if !u.b.loaded.skus[s] {
			return false
		}
	}
	for k := range n.keys {
		if _, have := u.b.keys[k]; !have {
			return false
		}
	}
	for id := range n.answers {
		if _, have := u.b.answers[id]; !have {
			return false
		}
	}
	return !n.catalog || u.b.loaded.catalog || u.b.dry
}

// ref returns reference data from the cache, or what this batch has read itself: a cache that others emptied in the
// meantime must not make it ask forever.
func (b *batch) ref(k *Spec, id string) (doc any, known bool) {
	if doc, known = b.cache.get(k, id); !known {
		doc, known = b.refs[docKey{k, id}]
	}
	return doc, known
}

// Catalog is the version of the reference data that the batch began with, and whether the batch has changed some since.
func (u *Unit) Catalog() (version int64, changed bool) {
	return u.b.catalog, u.own.refs+u.b.staged.refs > 0
}

// Now is the unit's clock: the database's time when the batch began, never behind the journal.
func (u *Unit) Now() micros.Time { return u.b.now }

// RequestID is that of the request which runs the command; "" where none does.
func (u *Unit) RequestID() string { return u.meta.RequestID }

// NewID returns a fresh id. In a dry run it names nothing; whoever shows the result leaves it out.
func (u *Unit) NewID(prefix string) string { return ids.New(prefix) }

// OrderNumber returns the next of the order numbers that the command named in its needs; in a dry run none.
func (u *Unit) OrderNumber() (string, error) {
	if u.b.dry {
		return "", nil
	}
	if u.numbers == 0 {
		return "", errNoNumber
	}
	u.numbers--
	return u.b.numbers.next()
}

// staged returns what this command or one before it in the batch wants to write, or nil.
func (u *Unit) staged(k *Spec, id string) *entry {
	if e := u.own.docs[docKey{k, id}]; e != nil {
		return e
	}
	return u.b.staged.docs[docKey{k, id}]
}

func (u *Unit) stagedOf(k *Spec) []*entry {
	if k.Reference && u.own.refs+u.b.staged.refs == 0 {
		return nil // as nearly always
	}
	var out []*entry
	for key, e := range u.b.staged.docs {
		if key.spec == k && u.own.docs[key] == nil {
			out = append(out, e)
		}
	}
	for key, e := range u.own.docs {
		if key.spec == k {
			out = append(out, e)
		}
	}
	return out
}

// doc returns the current entry, nil when the document does not exist.
func (u *Unit) doc(k *Spec, id string) (*entry, error) {
	if e := u.staged(k, id); e != nil {
		return e, nil
	}
	e, have := u.b.docs[docKey{k, id}]
	if !have {
		return nil, u.missing(func(n *Needs) { n.Docs(k, id) })
	}
	return e, nil
}

// nextVersion is one more than the version the command found.
func (u *Unit) nextVersion(k *Spec, id string, current *entry) int64 {
	if e := u.own.docs[docKey{k, id}]; e != nil {
		return e.version // already put by this command
	}
	if current == nil {
		return 1
	}
	return current.version + 1
}

func (u *Unit) stage(k *Spec, e *entry) {
	key := docKey{k, e.id}
	if old := u.staged(k, e.id); old != nil {
		e.fresh = old.fresh
	}
	u.own.docs[key] = e
	if k.Reference {
		u.own.refs++
	}
}

// Positions returns the stock positions of a SKU at all locations, locked, in the order of locations.
func (u *Unit) Positions(sku string) ([]inventory.Position, error) {
	if err := u.knows(sku); err != nil {
		return nil, err
	}
	at := u.b.locations[sku]
	out := make([]inventory.Position, 0, len(at))
	for _, l := range at {
		out = append(out, u.position(posKey{sku, l}))
	}
	loaded := len(out)
	for _, l := range u.b.staged.created[sku] {
		out = append(out, u.position(posKey{sku, l}))
	}
	for k, p := range u.own.positions { // those that this command makes
		if k.sku == sku && !slices.ContainsFunc(out, func(o inventory.Position) bool { return o.Location == k.location }) {
			out = append(out, p)
		}
	}
	if len(out) == loaded {
		return out, nil
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Location < out[j].Location })
	return out, nil
}

// Position returns one position; a position that does not exist yet is empty.
func (u *Unit) Position(sku, location string) (inventory.Position, error) {
	if err := u.knows(sku); err != nil {
		return inventory.Position{}, err
	}
	return u.position(posKey{sku, location}), nil
}

// knows is Require for the positions of a SKU, without the cost of it where they are loaded.
func (u *Unit) knows(sku string) error {
	if u.b.loaded.skus[sku] {
		return nil
	}
	return u.Require(func(n *Needs) { n.Positions(sku) })
}

func (u *Unit) position(k posKey) inventory.Position {
	for _, m := range [3]map[posKey]inventory.Position{u.own.positions, u.b.staged.positions, u.b.positions} {
		if p, ok := m[k]; ok {
			return p
		}
	}
	return inventory.Position{SKU: k.sku, Location: k.location}
}

// Move applies movements to positions and checks their rules.
func (u *Unit) Move(moves ...inventory.Movement) error {
	for i := 0; i < len(moves); {
		k := posKey{moves[i].SKU, moves[i].Location}
		j := i + 1
		for j < len(moves) && moves[j].SKU == k.sku && moves[j].Location == k.location {
			j++
		}
		p, err := u.Position(k.sku, k.location)
		if err != nil {
			return err
		}
		before := p
		if p, err = p.Apply(moves[i:j]...); err != nil {
			return err
		}
		if raises(moves[i:j]) {
			u.raise(before, p)
		}
		u.own.positions[k] = p
		i = j
	}
	return nil
}

// SetPosition stages a position whose limits changed. Units are moved, not set.
func (u *Unit) SetPosition(p inventory.Position) { u.own.positions[posKey{p.SKU, p.Location}] = p }

// tellLimits records which limits of positions the command has crossed. Positions without limits cost a comparison.
func (u *Unit) tellLimits() {
	var alerts []inventory.Alert
	for k, p := range u.own.positions {
		if !p.Watched() {
			continue
		}
		before, staged := u.b.staged.positions[k]
		if !staged {
			before = u.b.positions[k]
		}
		alerts = append(alerts, inventory.Alerts(before, p)...)
	}
	slices.SortFunc(alerts, func(a, b inventory.Alert) int {
		return cmp.Or(cmp.Compare(a.SKU, b.SKU), cmp.Compare(a.Location, b.Location), cmp.Compare(a.Type, b.Type))
	})
	for _, a := range alerts {
		u.Record(Event{Type: a.Type, Aggregate: u.NewID("low"), Version: 1, Body: map[string]any{"alert": a}})
	}
}

// Claim takes a unique value for owner. When it is taken, it returns who has it.
func (u *Unit) Claim(scope, value, owner string) (holder string, ok bool, err error) {
	k := uniqueKey{scope, value}
	holder, err = u.Holder(scope, value)
	if err != nil || holder != "" {
		return holder, false, err
	}
	u.own.keys[k] = owner // where this command freed it before, it stays in freed: deleted first, then inserted
	return "", true, nil
}

// Holder returns who has a unique value; "" when it is free.
func (u *Unit) Holder(scope, value string) (string, error) {
	k := uniqueKey{scope, value}
	for _, s := range [2]*staged{&u.own, &u.b.staged} {
		if o, ok := s.keys[k]; ok {
			return o, nil
		}
		if s.freed[k] {
			return "", nil
		}
	}
	o, have := u.b.keys[k]
	if !have {
		return "", u.missing(func(n *Needs) { n.Key(scope, value) })
	}
	return o, nil
}

// ClaimFresh takes a value that is unique by construction, without looking first.
func (u *Unit) ClaimFresh(scope, value, owner string) { u.own.keys[uniqueKey{scope, value}] = owner }

// Free gives a unique value back.
func (u *Unit) Free(scope, value string) error {
	if holder, err := u.Holder(scope, value); err != nil || holder == "" {
		return err
	}
	delete(u.own.keys, uniqueKey{scope, value})
	u.own.freed[uniqueKey{scope, value}] = true
	return nil
}

// Record adds events to the journal, in order.
func (u *Unit) Record(events ...Event) { u.events = append(u.events, events...) }

// AtEnd has a function run when all events of the unit are recorded, also those that others record after its command.
func (u *Unit) AtEnd(f func() error) { u.ends = append(u.ends, f) }

// CheckVersion refuses with version_mismatch when the request expects another version than the current one.
func (u *Unit) CheckVersion(what string, current int64) error {
	if want := u.meta.ExpectedVersion; want != 0 && want != current {
		return errs.New(errs.Conflict, "version_mismatch", "the %s is at version %d, the request expects %d; read it again", what, current, want).
			With("current_version", current)
	}
	return nil
}

// Erase takes the personal data of all earlier events of aggregates out of the journal, and what stored answers say that
// were given after saving them: the answers of keys whose command saved the aggregate's own document, of a kind that is
// Personal. Their keys stay used. The digests of events stay, so the chain stays as it is; the unit records for each
// aggregate an event that says so. Documents are the command's own to blank.
func (u *Unit) Erase(aggregates ...string) { u.own.erased = append(u.own.erased, aggregates...) }

// Settled refuses the command with ErrMoved unless a query, run when everything else is written and nobody else can
// commit before it, finds as many rows as are wanted. It is for what is found before the unit and cannot be locked by
// its keys: that which is not there yet.
func (u *Unit) Settled(want int, text string, args ...any) {
	u.own.guards = append(u.own.guards, guard{text, args, want})
}

// Forget deletes a row of a table of files, which are stored before the command that names them.
func (u *Unit) Forget(table, id string) {
	u.own.forgotten = append(u.own.forgotten, fileRef{table, id})
}

// merge makes what the command staged part of the batch.
func (u *Unit) merge(rows []journal.Row) error {
	s := &u.b.staged
	for k := range u.own.keys { // ClaimFresh does not look
		if holder := s.keys[k]; holder != "" && !u.own.freed[k] {
			return fmt.Errorf("work: %s %q was claimed twice in one batch", k.scope, k.value)
		}
	}
	maps.Copy(s.docs, u.own.docs)
	s.refs += u.own.refs
	for k, p := range u.own.positions {
		_, loaded := u.b.positions[k]
		if _, staged := s.positions[k]; !loaded && !staged {
			if s.created == nil {
				s.created = map[string][]string{}
			}
			s.created[k.sku] = append(s.created[k.sku], k.location)
		}
		s.positions[k] = p
	}
	for k := range u.own.freed {
		delete(s.keys, k)
		if u.b.keys[k] != "" {
			s.freed[k] = true
		}
	}
	maps.Copy(s.keys, u.own.keys) // a value freed and claimed in one batch stays in freed: deleted first, then inserted
	maps.Copy(s.answers, u.own.answers)
	for _, id := range u.own.erased { // what commands before it in the batch tell is not written yet
		for i := range s.rows {
			if s.rows[i].Aggregate == id {
				s.rows[i].Personal, s.rows[i].Salt = nil, nil
			}
		}
	}
	if len(u.own.erased) > 0 {
		for id, a := range s.answers {
			if a.about(u.own.erased) {
				s.answers[id] = a.erased()
			}
		}
	}
	s.erased = append(s.erased, u.own.erased...)
	s.forgotten = append(s.forgotten, u.own.forgotten...)
	s.guards = append(s.guards, u.own.guards...)
	s.rows = append(s.rows, rows...)
	s.jobs = append(s.jobs, u.own.jobs...)
	s.doneJobs = append(s.doneJobs, u.own.doneJobs...)
	return nil
}

// rows renders the events.
func (u *Unit) rows() ([]journal.Row, error) {
	rows := make([]journal.Row, len(u.events))
	for i, ev := range u.events {
		r := journal.Row{Type: ev.Type, Aggregate: ev.Aggregate, Version: ev.Version, Actor: u.meta.Actor, RequestID: u.meta.RequestID, Body: jsonx.Marshal(ev.Body)}
		if r.Version == 0 {
			for k, e := range u.own.docs {
				if k.id == ev.Aggregate {
					r.Version = e.version
				}
			}
			if r.Version == 0 {
				return nil, fmt.Errorf("work: event %s names %s, which this command did not save", ev.Type, ev.Aggregate)
			}
		}
		if ev.Personal != nil {
			r.Personal = jsonx.Marshal(ev.Personal)
			r.Seal()
		}
		rows[i] = r
	}
	return rows, nil
}
