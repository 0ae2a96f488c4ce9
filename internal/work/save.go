package work

import (
	"bytes"
	"context"
	"slices"
	"sort"
	"sync"

	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/store"
)

// texts keeps the SQL that was built once.
type texts struct{ m sync.Map }

func (t *texts) get(name string, variant bool, build func() string) string {
	type key struct {
		name    string
		variant bool
	}
	if s, ok := t.m.Load(key{name, variant}); ok {
		return s.(string)
	}
	s := build()
	t.m.Store(key{name, variant}, s)
	return s
}

func sortedAnswers[V any](m map[answerID]V) []answerID {
	out := make([]answerID, 0, len(m))
	for id := range m {
		out = append(out, id)
	}
	sort.Slice(out, func(i, j int) bool { return bytes.Compare(out[i][:], out[j][:]) < 0 })
	return out
}

// writes returns all statements of the batch but the journal's. They run before the journal head is locked.
func (c *Committer) writes(b *batch) []*store.Stmt {
	stmts := append(c.eraseRows(b), c.writeAnswers(b)...)
	stmts = append(stmts, c.writeKeys(b)...)
	stmts = append(stmts, c.writeDocs(b)...)
	for _, f := range b.staged.forgotten {
		stmts = append(stmts, &store.Stmt{SQL: "DELETE FROM " + f.table + " WHERE id = $1", Args: []any{f.id}, Want: store.AnyRows})
	}
	return append(stmts, c.writeJobs(b)...)
}

// eraseRows takes out what earlier batches wrote about what is erased now; what this batch writes itself was blanked as
// it was staged (merge).
func (c *Committer) eraseRows(b *batch) []*store.Stmt {
	if len(b.staged.erased) == 0 {
		return nil
	}
	ids := slices.Compact(slices.Sorted(slices.Values(b.staged.erased)))
	this := "= $1"
	if c.dialect.Sets {
		this = "= ANY($1::text[])"
	}
	blank := "UPDATE idempotency SET state = '" + stateErased + "', status = 0, body = " + c.dialect.EmptyBytes + " WHERE "
	var stmts []*store.Stmt
	texts := []string{
		"UPDATE journal SET personal = NULL, salt = NULL WHERE aggregate " + this + " AND personal IS NOT NULL",
		blank + "subject " + this + " AND subject <> ''", // as its partial index has it
		blank + "id IN (SELECT id FROM answer_subjects WHERE subject " + this + ")",
	}
	for _, e := range c.echoes {
		stmts = append(stmts, &store.Stmt{SQL: e.Writers + c.dialect.Lock, Want: store.AnyRows, Scan: func(store.Row) error { return nil }})
		texts = append(texts, "UPDATE "+e.Table+" SET "+e.Column+" = '' WHERE aggregate "+this+" AND "+e.Column+" <> ''")
	}
	for _, text := range texts {
		stmts = append(stmts, &store.Stmt{SQL: text, Rows: []any{ids}, Want: store.AnyRows})
	}
	return stmts
}

func (c *Committer) writeAnswers(b *batch) (stmts []*store.Stmt) {
	var others struct {
		subjects []string
		ids      [][]byte
	}
	var ins, upd struct {
		ids, prints, bodies  [][]byte
		states, subjects     []string
		statuses, createdAts []int64
	}
	for _, id := range sortedAnswers(b.staged.answers) {
		a := b.staged.answers[id]
		t := &upd
		if a.isNew {
			t = &ins
		}
		for _, o := range a.others {
			if a.isNew {
				others.subjects, others.ids = append(others.subjects, o), append(others.ids, append([]byte(nil), id[:]...))
			}
		}
		t.ids, t.prints, t.bodies = append(t.ids, append([]byte(nil), id[:]...)), append(t.prints, a.fingerprint), append(t.bodies, a.body)
		t.states, t.subjects = append(t.states, a.state), append(t.subjects, a.subject)
		t.statuses, t.createdAts = append(t.statuses, int64(a.status)), append(t.createdAts, int64(b.now))
	}
	id := store.Col{Name: "id", Type: store.Bytes}
	state, status, body := store.Col{Name: "state", Type: store.Text}, store.Col{Name: "status", Type: store.Int}, store.Col{Name: "body", Type: store.Bytes}
	if n := len(ins.ids); n > 0 {
		text := c.text.get("insert answers", false, func() string {
			return c.dialect.Insert("idempotency", []store.Col{
				id,
				{Name: "fingerprint", Type: store.Bytes},
				state, status, body,
				{Name: "subject", Type: store.Text},
				{Name: "created_at", Type: store.Int},
			}, true)
		})
		stmts = append(stmts, &store.Stmt{SQL: text, Rows: []any{ins.ids, ins.prints, ins.states, ins.statuses, ins.bodies, ins.subjects, ins.createdAts}, Want: int64(n)})
	}
	if n := len(others.ids); n > 0 {
		text := c.text.get("insert answer subjects", false, func() string {
			return c.dialect.Insert("answer_subjects", []store.Col{{Name: "subject", Type: store.Text}, id}, true)
		})
		stmts = append(stmts, &store.Stmt{SQL: text, Rows: []any{others.subjects, others.ids}, Want: int64(n)})
	}
	if n := len(upd.ids); n > 0 {
		text := c.text.get("update answers", false, func() string {
			return c.dialect.Update("idempotency", []store.Col{id}, []store.Col{state, status, body})
		})
		stmts = append(stmts, &store.Stmt{SQL: text, Rows: []any{upd.ids, upd.states, upd.statuses, upd.bodies}, Want: int64(n)})
	}
	return stmts
}

func (c *Committer) writeKeys(b *batch) (stmts []*store.Stmt) {
	cols := []store.Col{{Name: "scope", Type: store.Text}, {Name: "value", Type: store.Text}, {Name: "owner", Type: store.Text}}
	if len(b.staged.freed) > 0 {
		// Keys are read without a lock: one that has gone to another owner since is a conflict.
		var scopes, values, owners []string
		for _, k := range sortedKeys(b.staged.freed) {
			scopes, values, owners = append(scopes, k.scope), append(values, k.value), append(owners, b.keys[k])
		}
		text := c.text.get("delete keys", false, func() string { return c.dialect.Delete("unique_keys", cols) })
		stmts = append(stmts, &store.Stmt{SQL: text, Rows: []any{scopes, values, owners}, Want: int64(len(scopes))})
	}
	if len(b.staged.keys) > 0 {
		var scopes, values, owners []string
		for _, k := range sortedKeys(b.staged.keys) {
			scopes, values, owners = append(scopes, k.scope), append(values, k.value), append(owners, b.staged.keys[k])
		}
		text := c.text.get("insert keys", false, func() string { return c.dialect.Insert("unique_keys", cols, true) })
		stmts = append(stmts, &store.Stmt{SQL: text, Rows: []any{scopes, values, owners}, Want: int64(len(scopes))})
	}
	return stmts
}

func sortedKeys[V any](m map[uniqueKey]V) []uniqueKey {
	out := make([]uniqueKey, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].scope != out[j].scope {
			return out[i].scope < out[j].scope
		}
		return out[i].value < out[j].value
	})
	return out
}

// docRows are the columns of documents to be written.
type docRows struct {
	ids, bodies     []string
	versions, bases []int64
	extra           []any // one typed slice per searched column
	revs            []int64
}

func (r *docRows) add(k *Spec, e *entry, base, rev int64) {
	r.ids, r.bodies, r.versions, r.bases = append(r.ids, e.id), append(r.bodies, string(e.body)), append(r.versions, e.version), append(r.bases, base)
	if r.extra == nil {
		r.extra = make([]any, len(k.Cols))
	}
	for i, v := range e.cols {
		switch v := v.(type) {
		case string:
			col, _ := r.extra[i].([]string)
			r.extra[i] = append(col, v)
		case int64:
			col, _ := r.extra[i].([]int64)
			r.extra[i] = append(col, v)
		}
	}
	r.revs = append(r.revs, rev)
}

func (c *Committer) writeDocs(b *batch) (stmts []*store.Stmt) {
	byKind := map[*Spec][]*entry{}
	for k, e := range b.staged.docs {
		byKind[k.spec] = append(byKind[k.spec], e)
	}
	rev := b.catalog + 1
	catalogChanged := false
	for _, k := range sortedSpecs(byKind) {
		entries := byKind[k]
		sort.Slice(entries, func(i, j int) bool { return entries[i].id < entries[j].id })
		var fresh, added, changed docRows
		for _, e := range entries {
			old := b.docs[docKey{k, e.id}]
			switch {
			case e.fresh:
				fresh.add(k, e, 0, rev)
			case old == nil:
				added.add(k, e, 0, rev)
			default:
				changed.add(k, e, old.version, rev)
			}
		}
		stmts = append(stmts, c.insertDocs(k, &fresh, false)...)
		stmts = append(stmts, c.insertDocs(k, &added, true)...)
		stmts = append(stmts, c.updateDocs(k, &changed)...)
		if k.Terms != "" {
			stmts = append(stmts, c.writeTerms(b, k, entries)...)
		}
		catalogChanged = catalogChanged || k.Reference
	}
	if catalogChanged {
		stmts = append(stmts, &store.Stmt{SQL: "UPDATE catalog_head SET version = $1 WHERE id = 1 AND version = $2", Args: []any{rev, b.catalog}, Want: 1})
	}
	return stmts
}

func docCols(k *Spec) []store.Col {
	cols := append([]store.Col{{Name: "version", Type: store.Int}, {Name: "doc", Type: store.Text}}, k.Cols...)
	if k.Reference {
		cols = append(cols, store.Col{Name: "rev", Type: store.Int})
	}
	return cols
}

func (r *docRows) values(k *Spec) []any {
	out := append([]any{r.versions, r.bodies}, r.extra...)
	if k.Reference {
		out = append(out, r.revs)
	}
	return out
}

func (c *Committer) insertDocs(k *Spec, r *docRows, skip bool) []*store.Stmt {
	if len(r.ids) == 0 {
		return nil
	}
	text := c.text.get("insert "+k.Table, skip, func() string {
		return c.dialect.Insert(k.Table, append([]store.Col{idCol}, docCols(k)...), skip)
	})
	want := int64(store.AnyRows)
	if skip {
		want = int64(len(r.ids))
	}
	return []*store.Stmt{{SQL: text, Rows: append([]any{r.ids}, r.values(k)...), Want: want}}
}

func (c *Committer) updateDocs(k *Spec, r *docRows) []*store.Stmt {
	if len(r.ids) == 0 {
		return nil
	}
	text := c.text.get("update "+k.Table, false, func() string {
		return c.dialect.Update(k.Table, []store.Col{idCol, {Name: "version", Type: store.Int, As: "base"}}, docCols(k))
	})
	return []*store.Stmt{{SQL: text, Rows: append([]any{r.ids, r.bases}, r.values(k)...), Want: int64(len(r.ids))}}
}

// writePositions writes deltas. A position that another batch created in the meantime makes this one run again.
func (c *Committer) writePositions(b *batch) (stmts []*store.Stmt) {
	var upd, ins struct {
		skus, locations []string
		counters        [len(inventory.Position{}.Units) + 2][]int64 // the units, backorder_limit, reorder_point
		revs, ones      []int64
	}
	keys := make([]posKey, 0, len(b.staged.positions))
	for k := range b.staged.positions {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		if keys[i].sku != keys[j].sku {
			return keys[i].sku < keys[j].sku
		}
		return keys[i].location < keys[j].location
	})
	for _, k := range keys {
		p := b.staged.positions[k]
		old, exists := b.positions[k]
		if p == old && exists {
			continue
		}
		t := &ins
		if exists {
			t = &upd
		}
		t.skus, t.locations = append(t.skus, k.sku), append(t.locations, k.location)
		for i := range p.Units {
			t.counters[i] = append(t.counters[i], p.Units[i]-old.Units[i])
		}
		n := len(p.Units)
		t.counters[n] = append(t.counters[n], p.BackorderLimit-old.BackorderLimit)
		t.counters[n+1] = append(t.counters[n+1], p.ReorderPoint-old.ReorderPoint)
		t.revs, t.ones = append(t.revs, b.revs[k]), append(t.ones, 1)
	}
	pk := []store.Col{skuCol, {Name: "location", Type: store.Text}}
	if len(upd.skus) > 0 {
		text := c.text.get("update positions", false, func() string {
			return c.dialect.Update("stock_positions", append(pk, store.Col{Name: "rev", Type: store.Int, As: "base"}), append(unitCols(true), store.Col{Name: "rev", Type: store.Int, Add: true, As: "one"}))
		})
		stmts = append(stmts, &store.Stmt{SQL: text, Rows: columns(upd.skus, upd.locations, append(append([][]int64{upd.revs}, upd.counters[:]...), upd.ones)), Want: int64(len(upd.skus))})
	}
	if len(ins.skus) > 0 {
		text := c.text.get("insert positions", false, func() string {
			return c.dialect.Insert("stock_positions", append(append(pk, unitCols(false)...), store.Col{Name: "rev", Type: store.Int}), true)
		})
		stmts = append(stmts, &store.Stmt{SQL: text, Rows: columns(ins.skus, ins.locations, append(ins.counters[:], ins.ones)), Want: int64(len(ins.skus))})
	}
	return stmts
}

func unitCols(add bool) []store.Col {
	cols := make([]store.Col, 0, len(inventory.Buckets)+2)
	for _, b := range inventory.Buckets {
		cols = append(cols, store.Col{Name: string(b), Type: store.Int, Add: add})
	}
	return append(cols, store.Col{Name: "backorder_limit", Type: store.Int, Add: add}, store.Col{Name: "reorder_point", Type: store.Int, Add: add})
}

func columns(a, b []string, rest [][]int64) []any {
	out := []any{a, b}
	for _, r := range rest {
		out = append(out, r)
	}
	return out
}

func (c *Committer) writeJobs(b *batch) (stmts []*store.Stmt) {
	if len(b.staged.doneJobs) > 0 {
		var ids, owners []string
		for _, j := range b.staged.doneJobs {
			ids, owners = append(ids, j.id), append(owners, j.owner)
		}
		text := c.text.get("delete jobs", false, func() string {
			return c.dialect.Delete("jobs", []store.Col{idCol, {Name: "owner", Type: store.Text}})
		})
		stmts = append(stmts, &store.Stmt{SQL: text, Rows: []any{ids, owners}, Want: store.AnyRows})
	}
	if len(b.staged.jobs) == 0 {
		return stmts
	}
	var ids, kinds, args, states, owners, errors []string
	var runAts, attempts, createdAts []int64
	for _, j := range b.staged.jobs {
		ids, kinds, args, states, owners, errors = append(ids, j.ID), append(kinds, j.Kind), append(args, j.Args), append(states, "ready"), append(owners, j.Owner), append(errors, "")
		runAts, attempts, createdAts = append(runAts, int64(j.RunAt)), append(attempts, 0), append(createdAts, int64(b.now))
	}
	text := c.text.get("insert jobs", false, func() string {
		return c.dialect.Insert("jobs", []store.Col{
			idCol,
			{Name: "kind", Type: store.Text},
			{Name: "args", Type: store.Text},
			{Name: "state", Type: store.Text},
			{Name: "run_at", Type: store.Int},
			{Name: "attempts", Type: store.Int},
			{Name: "owner", Type: store.Text},
			{Name: "last_error", Type: store.Text},
			{Name: "created_at", Type: store.Int},
		}, false)
	})
	return append(stmts, &store.Stmt{SQL: text, Rows: []any{ids, kinds, args, states, runAts, attempts, owners, errors, createdAts}, Want: store.AnyRows})
}

// lockHead is the last lock of every batch: it puts commits into one order and keeps seq without gaps.
func (c *Committer) lockHead(head *journal.Head) *store.Stmt {
	return &store.Stmt{
		SQL: "SELECT seq, at, hash FROM journal_head WHERE id = 1" + c.dialect.Lock, Want: store.AnyRows,
		Scan: func(r store.Row) error { return r.Scan(&head.Seq, &head.At, &head.Hash) },
	}
}

// chain numbers and hashes the rows after head, and returns the statements that append them, with the new head.
func (c *Committer) chain(b *batch, head journal.Head) ([]*store.Stmt, journal.Head) {
	rows := b.staged.rows
	head.At = max(head.At, b.now)
	n := len(rows)
	seqs, ats, versions := make([]int64, n), make([]int64, n), make([]int64, n)
	types, aggregates, actors, requests, bodies, personals := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	salts, digests, hashes := make([][]byte, n), make([][]byte, n), make([][]byte, n)
	var chainer journal.Chainer
	for i := range rows {
		r := &rows[i]
		head.Seq++
		r.Seq, r.At = head.Seq, head.At
		r.Hash = chainer.Sum(head.Hash, r)
		head.Hash = r.Hash
		seqs[i], ats[i], versions[i] = r.Seq, int64(r.At), r.Version
		types[i], aggregates[i], actors[i], requests[i], bodies[i], personals[i] = r.Type, r.Aggregate, r.Actor, r.RequestID, string(r.Body), string(r.Personal)
		salts[i], digests[i], hashes[i] = r.Salt, r.Digest, r.Hash
	}
	text := c.text.get("insert journal", false, func() string {
		return c.dialect.Insert("journal", []store.Col{
			{Name: "seq", Type: store.Int},
			{Name: "at", Type: store.Int},
			{Name: "type", Type: store.Text},
			{Name: "aggregate", Type: store.Text},
			{Name: "version", Type: store.Int},
			{Name: "actor", Type: store.Text},
			{Name: "request_id", Type: store.Text},
			{Name: "body", Type: store.Text},
			{Name: "personal", Type: store.Text, Nullable: true},
			{Name: "salt", Type: store.Bytes, Nullable: true},
			{Name: "digest", Type: store.Bytes, Nullable: true},
			{Name: "hash", Type: store.Bytes},
		}, false)
	})
	return []*store.Stmt{
		{SQL: text, Rows: []any{seqs, ats, types, aggregates, versions, actors, requests, bodies, personals, salts, digests, hashes}, Want: store.AnyRows},
		{SQL: "UPDATE journal_head SET seq = $1, at = $2, hash = $3 WHERE id = 1", Args: []any{head.Seq, int64(head.At), head.Hash}, Want: store.AnyRows},
	}, head
}

// committed asks whether a batch whose COMMIT got no answer has happened: the row at its last position has its hash,
// or not. Locking the head first waits for a server process that may still be committing.
func (c *Committer) committed(ctx context.Context, last journal.Head) (bool, error) {
	var hash []byte
	err := store.Write(ctx, c.db, func(tx store.Tx) error {
		var head journal.Head
		return tx.Do(ctx, c.lockHead(&head), &store.Stmt{
			SQL: "SELECT hash FROM journal WHERE seq = $1", Args: []any{last.Seq}, Want: store.AnyRows,
			Scan: func(r store.Row) error { return r.Scan(&hash) },
		})
	})
	return bytes.Equal(hash, last.Hash), err
}
