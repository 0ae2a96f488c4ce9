package work

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ordo/internal/inventory"
	"ordo/internal/micros"
	"ordo/internal/store"
)

// runner sends reading statements: a write transaction, or a snapshot of a dry run.
type runner func(ctx context.Context, stmts ...*store.Stmt) error

func newBatch(cache *refCache, numbers *numberSet, dry bool) *batch {
	return &batch{
		cache: cache, numbers: numbers, dry: dry, loaded: newNeeds(),
		docs: map[docKey]*entry{}, positions: map[posKey]inventory.Position{}, revs: map[posKey]int64{}, locations: map[string][]string{},
		refs: map[docKey]any{}, keys: map[uniqueKey]string{}, answers: map[answerID]*answer{}, staged: newStaged(),
	}
}

// load reads what is needed, locking rank by rank and by sorted key within a rank, in one round trip; with first it
// also reads the clock and the catalog version, and renews the cache if that is newer.
func (c *Committer) load(ctx context.Context, run runner, b *batch, need *Needs, first bool) error {
	var stmts []*store.Stmt
	if len(need.answers) > 0 {
		stmts = append(stmts, c.selectAnswers(b, need))
	}
	if first || need.catalog {
		stmts = append(stmts, c.selectHeads(b, need.catalog && !b.dry))
	}
	for _, k := range sortedSpecs(need.docs) {
		stmts = append(stmts, c.selectDocs(b, k, sorted(need.docs[k])))
	}
	if len(need.skus) > 0 {
		stmts = append(stmts, c.selectPositions(b, sorted(need.skus)))
	}
	if len(need.keys) > 0 { // after the locks: what a wait for them has changed is seen
		stmts = append(stmts, c.selectKeys(b, need))
	}
	refs, asked := c.selectRefs(b, need)
	if err := run(ctx, append(stmts, refs...)...); err != nil {
		return err
	}
	b.loaded.merge(need)
	if b.catalog > c.cache.at() {
		if err := c.refresh(ctx, run, b.catalog); err != nil {
			return err
		}
	}
	if !b.dry {
		for _, key := range asked {
			if b.refs[key] == nil {
				c.cache.put(key.spec, key.id, nil, 0, b.catalog)
			}
		}
	}
	return nil
}

// selectHeads reads the clock, the catalog version and the time of the journal's newest row. The clock is the
// database's, so that all nodes agree; on SQLite and in tests it is the process's.
func (c *Committer) selectHeads(b *batch, lock bool) *store.Stmt {
	clock, args := c.dialect.Clock, []any(nil)
	if clock == "" || c.clock != nil {
		clock = "CAST($1 AS bigint)"
		now := micros.Of(time.Now())
		if c.clock != nil {
			now = c.clock()
		}
		args = []any{int64(now)}
	}
	text := "SELECT " + clock + ", c.version, (SELECT at FROM journal_head WHERE id = 1) FROM catalog_head AS c WHERE c.id = 1"
	if lock {
		text += strings.Replace(c.dialect.Lock, "UPDATE", "UPDATE OF c", 1)
	}
	return &store.Stmt{SQL: text, Args: args, Want: store.AnyRows, Scan: func(r store.Row) error {
		var now, head int64
		if err := r.Scan(&now, &b.catalog, &head); err != nil {
			return err
		}
		b.now = micros.Time(max(now, head, int64(b.now)))
		return nil
	}}
}

func (c *Committer) selectAnswers(b *batch, need *Needs) *store.Stmt {
	ids := make([][]byte, 0, len(need.answers))
	for _, id := range sortedAnswers(need.answers) {
		ids = append(ids, append([]byte(nil), id[:]...))
		b.answers[id] = nil
	}
	text := c.text.get("answers", b.dry, func() string {
		return c.dialect.Select("idempotency", []string{"id", "fingerprint", "state", "status", "body", "subject", "created_at"}, []store.Col{{Name: "id", Type: store.Bytes}}, "id", !b.dry)
	})
	return &store.Stmt{SQL: text, Rows: []any{ids}, Want: store.AnyRows, Scan: func(r store.Row) error {
		var a answer
		var id []byte
		if err := r.Scan(&id, &a.fingerprint, &a.state, &a.status, &a.body, &a.subject, &a.createdAt); err != nil {
			return err
		}
		a.id = answerIDOf(id)
		b.answers[a.id] = &a
		return nil
	}}
}

func (c *Committer) selectKeys(b *batch, need *Needs) *store.Stmt {
	var scopes, values []string
	for k := range need.keys {
		scopes, values = append(scopes, k.scope), append(values, k.value)
		b.keys[k] = ""
	}
	text := c.text.get("keys", false, func() string {
		return c.dialect.Select("unique_keys", []string{"scope", "value", "owner"}, []store.Col{{Name: "scope", Type: store.Text}, {Name: "value", Type: store.Text}}, "scope, value", false)
	})
	return &store.Stmt{SQL: text, Rows: []any{scopes, values}, Want: store.AnyRows, Scan: func(r store.Row) error {
		var k uniqueKey
		var owner string
		if err := r.Scan(&k.scope, &k.value, &owner); err != nil {
			return err
		}
		b.keys[k] = owner
		return nil
	}}
}

func (c *Committer) selectDocs(b *batch, k *Spec, ids []string) *store.Stmt {
	for _, id := range ids {
		b.docs[docKey{k, id}] = nil
	}
	text := c.text.get("docs "+k.Table, b.dry, func() string {
		return c.dialect.Select(k.Table, []string{"id", "version", "doc"}, []store.Col{idCol}, "id", !b.dry)
	})
	return &store.Stmt{SQL: text, Rows: []any{ids}, Want: store.AnyRows, Scan: func(r store.Row) error {
		e := &entry{}
		var body string
		if err := r.Scan(&e.id, &e.version, &body); err != nil {
			return err
		}
		e.body = []byte(body)
		b.docs[docKey{k, e.id}] = e
		return nil
	}}
}

const positionCols = "on_hand, allocated, reserved, damaged, quality, safety, in_transit_in, on_order, backordered, backorder_limit, reorder_point"

func (c *Committer) selectPositions(b *batch, skus []string) *store.Stmt {
	for _, s := range skus {
		b.locations[s] = nil
	}
	lock := b.seat != nil && b.seat.alone
	text := c.text.get("positions", lock, func() string {
		return c.dialect.Select("stock_positions", []string{"sku", "location", positionCols, "rev"}, []store.Col{skuCol}, "sku, location", lock)
	})
	return &store.Stmt{SQL: text, Rows: []any{skus}, Want: store.AnyRows, Scan: func(r store.Row) error {
		var rev int64
		p, err := scanPosition(r, &rev)
		if err != nil {
			return err
		}
		b.revs[posKey{p.SKU, p.Location}] = rev
		b.positions[posKey{p.SKU, p.Location}] = p
		b.locations[p.SKU] = append(b.locations[p.SKU], p.Location)
		return nil
	}}
}

// PositionColumns are the columns that ScanPosition reads.
const PositionColumns = "sku, location, " + positionCols

// ScanPosition reads a row of PositionColumns.
func ScanPosition(r store.Row) (inventory.Position, error) { return scanPosition(r) }

func scanPosition(r store.Row, more ...any) (p inventory.Position, err error) {
	u := &p.Units
	err = r.Scan(append([]any{&p.SKU, &p.Location, &u[0], &u[1], &u[2], &u[3], &u[4], &u[5], &u[6], &u[7], &u[8], &p.BackorderLimit, &p.ReorderPoint}, more...)...)
	return p, err
}

// selectRefs reads the reference data that is not in the cache, and returns what it asks for: what is not found then
// does not exist.
func (c *Committer) selectRefs(b *batch, need *Needs) (stmts []*store.Stmt, asked []docKey) {
	for _, k := range sortedSpecs(need.refs) {
		var absent []string
		for _, id := range sorted(need.refs[k]) {
			if _, known := b.ref(k, id); !known {
				absent = append(absent, id)
				asked = append(asked, docKey{k, id})
				b.refs[docKey{k, id}] = nil
			}
		}
		if len(absent) == 0 {
			continue
		}
		text := c.text.get("refs "+k.Table, false, func() string {
			return c.dialect.Select(k.Table, []string{"id", "doc", "rev"}, []store.Col{idCol}, "id", false)
		})
		stmts = append(stmts, &store.Stmt{SQL: text, Rows: []any{absent}, Want: store.AnyRows, Scan: c.scanRef(b, k)})
	}
	return stmts, asked
}

// scanRef reads rows into the batch and the cache. Each statement of a batch sees all that was committed before it,
// so the reading is at least as new as the catalog version that the batch, or the cache, has: that is how it is
// dated. A dry run looks at an older view, so what it reads is its own.
func (c *Committer) scanRef(b *batch, k *Spec) func(store.Row) error {
	version := max(b.catalog, c.cache.at())
	return func(r store.Row) error {
		id, v, rev, err := decodeRef(k, r)
		if err != nil {
			return err
		}
		b.refs[docKey{k, id}] = v
		if !b.dry {
			c.cache.put(k, id, v, rev, version)
		}
		return nil
	}
}

// refresh loads the reference data that changed since the cache was renewed. Rows carry the catalog version that
// wrote them, so also a dry run's older view may add to the cache.
func (c *Committer) refresh(ctx context.Context, run runner, version int64) error {
	from := c.cache.at()
	var stmts []*store.Stmt
	for _, k := range c.kinds {
		if !k.Reference {
			continue
		}
		if k.Bounded && from == 0 { // loaded when named; what was read before this version may have missed a change
			c.cache.forget(k, version)
			continue
		}
		stmts = append(stmts, &store.Stmt{
			SQL:  "SELECT id, doc, rev FROM " + k.Table + " WHERE rev > $1 ORDER BY id",
			Args: []any{from}, Want: store.AnyRows, Scan: c.scanChange(k, version),
		})
	}
	if err := run(ctx, stmts...); err != nil {
		return err
	}
	c.cache.advance(version)
	return nil
}

func (c *Committer) scanChange(k *Spec, version int64) func(store.Row) error {
	return func(r store.Row) error {
		id, v, rev, err := decodeRef(k, r)
		if err == nil {
			c.cache.put(k, id, v, rev, version)
		}
		return err
	}
}

// decodeRef reads a row of id, doc, rev.
func decodeRef(k *Spec, r store.Row) (id string, doc any, rev int64, err error) {
	var body string
	if err = r.Scan(&id, &body, &rev); err != nil {
		return id, nil, rev, err
	}
	if doc, err = k.decode([]byte(body)); err != nil {
		err = fmt.Errorf("stored %s %s: %w", k.What, id, err)
	}
	return id, doc, rev, err
}
