// Package work runs commands: it loads what they name, lets the rules decide, and commits many commands at once.
//
// What lives here: the unit of work, the committer with natural group commit, idempotency, versions, dry run, and
// appending to the journal. What does not: what commands do (app), what rules say (domains), SQL text (store).
// The one idea: a batch is what queued up while the last one was committing. Commands in it run one after the other
// on locked data in memory; everything is written by a handful of set-based statements and one COMMIT.
package work

import (
	"fmt"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/store"
)

// Spec describes how a kind of document is stored. Rank is its place in the one order in which locks are taken.
type Spec struct {
	Table     string
	What      string // the word for people: "order"
	Rank      int
	Cols      []store.Col // searched columns beside id, version and doc
	Terms     string      // side table of terms (WithTerms); "" for none
	Reference bool        // reference data: cached on every node, has a rev column
	Bounded   bool        // too many to cache all: loaded when named
	Personal  bool        // can be erased (Unit.Erase), and with a document the stored answers of commands that saved it
	decode    func([]byte) (any, error)
}

// Ptr is a pointer to a document type.
type Ptr[T any] interface {
	*T
	DocMeta() *doc.Meta
}

// Kind gives typed access to the documents of one table.
type Kind[T any, P Ptr[T]] struct {
	*Spec
	columns func(P) []any
	terms   func(P) []Term
}

// NewKind declares a kind; columns returns the values (string or int64) of spec.Cols for a document.
func NewKind[T any, P Ptr[T]](spec Spec, columns func(P) []any) Kind[T, P] {
	spec.decode = func(b []byte) (any, error) {
		v := P(new(T))
		return v, jsonx.Unmarshal(b, v)
	}
	if columns == nil {
		columns = func(P) []any { return nil }
	}
	return Kind[T, P]{Spec: &spec, columns: columns}
}

// Find returns the current document, locked until the end of the batch, and whether it exists. The copy is the
// caller's own.
func (k Kind[T, P]) Find(u *Unit, id string) (P, bool, error) {
	e, err := u.doc(k.Spec, id)
	if err != nil || e == nil {
		return nil, false, err
	}
	v, err := k.decode(e.body)
	if err != nil {
		return nil, false, fmt.Errorf("stored %s %s: %w", k.What, id, err)
	}
	p := v.(P)
	if k.terms != nil && e.had == termsUnknown {
		e.had = termsNone
		if len(k.terms(p)) > 0 {
			e.had = termsSome
		}
	}
	return p, true, nil
}

// Get is Find with not_found for a document that does not exist.
func (k Kind[T, P]) Get(u *Unit, id string) (P, error) {
	v, ok, err := k.Find(u, id)
	if err == nil && !ok {
		return nil, errs.Unknown(k.What, id)
	}
	return v, err
}

// GetMany returns documents that must exist (their ids stand in another document), in the order of the ids.
func (k Kind[T, P]) GetMany(u *Unit, ids []string) ([]P, error) {
	if err := u.Require(func(n *Needs) { n.Docs(k.Spec, ids...) }); err != nil {
		return nil, err
	}
	out := make([]P, len(ids))
	for i, id := range ids {
		v, ok, err := k.Find(u, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("work: %s %s is referred to and does not exist", k.What, id)
		}
		out[i] = v
	}
	return out, nil
}

// Put stages the document. Its version becomes one more than that the command found, however often it is put.
func (k Kind[T, P]) Put(u *Unit, v P) error {
	m := v.DocMeta()
	base, err := u.doc(k.Spec, m.ID)
	if err != nil {
		return err
	}
	if k.Reference {
		if err := u.Require(func(n *Needs) { n.Catalog() }); err != nil {
			return err
		}
	}
	m.Version = u.nextVersion(k.Spec, m.ID, base)
	u.stage(k.Spec, k.entry(v, false))
	return nil
}

// Create stages a document under a fresh id, which no lock can be taken on.
func (k Kind[T, P]) Create(u *Unit, v P) {
	m := v.DocMeta()
	m.Version = 1
	if k.Reference { // its rev is given under the lock of the catalog
		if err := u.Require(func(n *Needs) { n.Catalog() }); err != nil {
			return // the command runs again
		}
	}
	u.stage(k.Spec, k.entry(v, true))
}

// entry renders a document. Columns of the wrong number or type would shift the values of batch-mates: they panic
// here, inside the command.
func (k Kind[T, P]) entry(v P, fresh bool) *entry {
	m := v.DocMeta()
	cols := k.columns(v)
	ok := len(cols) == len(k.Cols)
	for i := 0; ok && i < len(cols); i++ {
		switch cols[i].(type) {
		case string:
			ok = k.Cols[i].Type != store.Int
		case int64:
			ok = k.Cols[i].Type == store.Int
		default:
			ok = false
		}
	}
	if !ok {
		panic(fmt.Sprintf("work: the columns of %s are %v, not %v", k.Table, cols, k.Cols))
	}
	return &entry{id: m.ID, version: m.Version, body: jsonx.Marshal(v), cols: cols, terms: k.termsOf(v), fresh: fresh}
}

// Ref returns reference data from the cache, as new as the batch; it is shared: do not change it. Nil when there is
// none.
func (k Kind[T, P]) Ref(u *Unit, id string) (P, error) {
	if e := u.staged(k.Spec, id); e != nil {
		v, err := k.decode(e.body)
		if err != nil {
			return nil, err
		}
		return v.(P), nil
	}
	v, known := u.b.ref(k.Spec, id)
	if !known {
		return nil, u.missing(func(n *Needs) { n.Refs(k.Spec, id) })
	}
	if v == nil {
		return nil, nil
	}
	return v.(P), nil
}

// Refs loads many into the cache at once; Ref then finds them.
func (k Kind[T, P]) Refs(u *Unit, ids []string) error {
	var absent []string
	for _, id := range ids {
		if _, known := u.b.ref(k.Spec, id); !known && u.staged(k.Spec, id) == nil {
			absent = append(absent, id)
		}
	}
	if len(absent) == 0 {
		return nil
	}
	return u.missing(func(n *Needs) { n.Refs(k.Spec, absent...) })
}

// AllRefs returns all documents of a kind that is cached whole, in no particular order; shared: do not change them.
func (k Kind[T, P]) AllRefs(u *Unit) ([]P, error) {
	var out []P
	for id, v := range u.b.cache.all(k.Spec) {
		if v != nil && u.staged(k.Spec, id) == nil {
			out = append(out, v.(P))
		}
	}
	if !u.b.loaded.catalog && !u.b.dry {
		return out, nil // nobody in this batch writes reference data
	}
	for _, e := range u.stagedOf(k.Spec) {
		v, err := k.decode(e.body)
		if err != nil {
			return nil, err
		}
		out = append(out, v.(P))
	}
	return out, nil
}

// Decode reads a stored document, for queries outside of units.
func (k Kind[T, P]) Decode(b []byte) (P, error) {
	v, err := k.decode(b)
	if err != nil {
		return nil, err
	}
	return v.(P), nil
}
