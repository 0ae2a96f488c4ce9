package work

import "ordo/internal/store"

// Terms are how documents are found by what stands inside their lists: rows (id, field, value) in a side table that is
// written with the document. A document without terms costs nothing.

// Term is a value that a document can be found by.
type Term struct{ Field, Value string }

// WithTerms says which terms a document of the kind has, each once; spec.Terms names their table.
func (k Kind[T, P]) WithTerms(f func(P) []Term) Kind[T, P] {
	k.terms = f
	return k
}

// What is known of the terms of a document as it was loaded.
const (
	termsUnknown = iota // it was not decoded
	termsNone
	termsSome
)

func (k Kind[T, P]) termsOf(v P) []Term {
	if k.terms == nil {
		return nil
	}
	return k.terms(v)
}

// writeTerms replaces the terms of documents. Those that had none and have none are left alone: most.
func (c *Committer) writeTerms(b *batch, k *Spec, entries []*entry) (stmts []*store.Stmt) {
	var stale, ids, fields, values []string
	for _, e := range entries {
		if old := b.docs[docKey{k, e.id}]; old != nil && old.had != termsNone {
			stale = append(stale, e.id)
		}
		for _, t := range e.terms {
			ids, fields, values = append(ids, e.id), append(fields, t.Field), append(values, t.Value)
		}
	}
	if len(stale) > 0 {
		text := c.text.get("delete "+k.Terms, false, func() string { return c.dialect.Delete(k.Terms, []store.Col{idCol}) })
		stmts = append(stmts, &store.Stmt{SQL: text, Rows: []any{stale}, Want: store.AnyRows})
	}
	if len(ids) > 0 {
		text := c.text.get("insert "+k.Terms, false, func() string {
			return c.dialect.Insert(k.Terms, []store.Col{idCol, {Name: "field", Type: store.Text}, {Name: "value", Type: store.Text}}, false)
		})
		stmts = append(stmts, &store.Stmt{SQL: text, Rows: []any{ids, fields, values}, Want: store.AnyRows})
	}
	return stmts
}
