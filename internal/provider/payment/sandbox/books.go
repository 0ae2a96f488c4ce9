package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"ordo/internal/micros"
	"ordo/internal/payment"
	"ordo/internal/store"
	"ordo/internal/store/postgres"
	"ordo/internal/store/sqlite"
)

// suffix is added to the name of the SQLite file.
const suffix = ".sandbox"

// maxConns bounds the connections to PostgreSQL: one for the committer, the others for questions.
const maxConns = 4

// engine holds the fragments in which the SQL of this package differs.
type engine struct{ schema, prefix, collate, exists, columns, unless string }

var engines = map[string]engine{
	"sqlite": {
		exists:  "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'gate'",
		columns: "SELECT COUNT(*) FROM pragma_table_info('charges')",
	},
	"postgres": {
		schema: "CREATE SCHEMA IF NOT EXISTS sandbox;", prefix: "sandbox.", collate: `COLLATE "C"`,
		exists:  "SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = 'sandbox' AND tablename = 'gate'",
		columns: "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'sandbox' AND table_name = 'charges'",
		unless:  "IF NOT EXISTS",
	},
}

// ddl makes the store. The one row of gate is locked by every writer, so that batches of two nodes follow each other
// and limits hold without a thought on the order of locks.
const ddl = `%[1]s
CREATE TABLE IF NOT EXISTS %[2]sgate (id bigint PRIMARY KEY CHECK (id = 1));
INSERT INTO %[2]sgate (id) VALUES (1) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS %[2]scharges (
	key text %[3]s NOT NULL PRIMARY KEY, kind text NOT NULL, amount bigint NOT NULL CHECK (amount >= 0), currency text NOT NULL,
	token text NOT NULL, parent text NOT NULL, authorization_key text NOT NULL,
	state text NOT NULL CHECK (state IN ('succeeded', 'failed', 'lost')), reason text NOT NULL, fault text NOT NULL,
	provider_ref text NOT NULL, created_at bigint NOT NULL, resolves_at bigint NOT NULL,
	calls bigint NOT NULL, reused bigint NOT NULL,
	order_id text NOT NULL, payment_id text NOT NULL, expires_at bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS charges_authorization ON %[2]scharges (authorization_key);
`

// added brings a store of the first version to the columns of now.
const added = `
ALTER TABLE %[1]scharges ADD COLUMN %[2]s order_id text NOT NULL DEFAULT '';
ALTER TABLE %[1]scharges ADD COLUMN %[2]s payment_id text NOT NULL DEFAULT '';
ALTER TABLE %[1]scharges ADD COLUMN %[2]s expires_at bigint NOT NULL DEFAULT 0;
`

// cols are the columns of charges, in the order of Charge.fields; the first is the key.
var cols = []store.Col{
	{Name: "key", Type: store.Text},
	{Name: "kind", Type: store.Text},
	{Name: "amount", Type: store.Int},
	{Name: "currency", Type: store.Text},
	{Name: "token", Type: store.Text},
	{Name: "parent", Type: store.Text},
	{Name: "authorization_key", Type: store.Text},
	{Name: "state", Type: store.Text},
	{Name: "reason", Type: store.Text},
	{Name: "fault", Type: store.Text},
	{Name: "provider_ref", Type: store.Text},
	{Name: "created_at", Type: store.Int},
	{Name: "resolves_at", Type: store.Int},
	{Name: "calls", Type: store.Int},
	{Name: "reused", Type: store.Int},
	{Name: "order_id", Type: store.Text},
	{Name: "payment_id", Type: store.Text},
	{Name: "expires_at", Type: store.Int},
}

func (c *Charge) fields() []any {
	return []any{
		&c.Key, &c.Kind, &c.Amount, &c.Currency, &c.Token, &c.Parent, &c.Authorization, &c.State, &c.Reason, &c.Fault,
		&c.ProviderRef, &c.CreatedAt, &c.ResolvesAt, &c.Calls, &c.Reused, &c.Order, &c.Payment, &c.ExpiresAt,
	}
}

// books is the store.
type books struct {
	db interface {
		store.DB
		store.Migrator
	}
	gate, load, insert, update, one, all string
}

func openBooks(ctx context.Context, databaseURL string, readOnly bool) (*books, error) {
	b := &books{}
	if path, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
		if path = strings.TrimPrefix(path, "//"); path == "" {
			return nil, errors.New("a database URL sqlite: names a file")
		}
		path += suffix
		if _, err := os.Stat(path); readOnly && errors.Is(err, fs.ErrNotExist) {
			return nil, ErrNoStore
		}
		db, err := sqlite.Open(ctx, path, readOnly)
		// Who makes the file has it alone for a moment, which another node may meet.
		for tries := 0; err != nil && strings.Contains(err.Error(), "database is locked") && tries < 40 && ctx.Err() == nil; tries++ {
			_ = sleep(ctx, 25*time.Millisecond)
			db, err = sqlite.Open(ctx, path, readOnly)
		}
		if err != nil {
			return nil, err
		}
		b.db = db
	} else {
		u, err := url.Parse(databaseURL)
		if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
			return nil, errors.New("a database URL begins with sqlite: or postgres://") // the URL may hold a password
		}
		q := u.Query()
		q.Set("application_name", "ordo-sandbox")
		if readOnly {
			q.Set("default_transaction_read_only", "on")
		}
		u.RawQuery = q.Encode()
		db, err := postgres.Open(ctx, u.String(), maxConns)
		if err != nil {
			return nil, err
		}
		b.db = db
	}
	if err := b.prepare(ctx, readOnly); err != nil {
		b.db.Close()
		return nil, err
	}
	return b, nil
}

// prepare makes the tables where there are none, under the lock that all nodes respect, and builds the statements.
func (b *books) prepare(ctx context.Context, readOnly bool) error {
	d := b.db.Dialect()
	e := engines[d.Name]
	found := 0
	if err := b.db.Query(ctx, func(r store.Row) error { return r.Scan(&found) }, e.exists); err != nil {
		return err
	}
	if found == 0 && readOnly {
		return ErrNoStore
	}
	if found > 0 {
		if err := b.db.Query(ctx, func(r store.Row) error { return r.Scan(&found) }, e.columns); err != nil {
			return err
		}
	}
	if found < len(cols) && readOnly {
		return errors.New("the store is of an earlier version; start the server once")
	}
	if found < len(cols) {
		if err := b.create(ctx, e, found); err != nil {
			return err
		}
	}
	gate, charges := e.prefix+"gate", e.prefix+"charges"
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	b.gate = "SELECT id FROM " + gate + " WHERE id = 1" + d.Lock
	b.one = d.Select(charges, names, cols[:1], "key", false)
	b.all = fmt.Sprintf("SELECT %s FROM %s WHERE state <> '%s' ORDER BY key", strings.Join(names, ", "), charges, lost)
	b.load = fmt.Sprintf("SELECT %s FROM %s WHERE authorization_key IN (%s)", strings.Join(names, ", "), charges,
		d.Select(charges, []string{"authorization_key"}, cols[:1], "key", false))
	b.insert = d.Insert(charges, cols, false)
	b.update = d.Update(charges, cols[:1], cols[1:])
	return nil
}

// create makes the tables, or adds what an earlier version lacks; another node may be faster.
func (b *books) create(ctx context.Context, e engine, found int) error {
	script := fmt.Sprintf(ddl, e.schema, e.prefix, e.collate)
	if found > 0 {
		script = fmt.Sprintf(added, e.prefix, e.unless)
	}
	return b.db.Locked(ctx, func(exec func(string) error, _ func() (int, error)) error { return exec(script) })
}

// change lets f work on all charges of the authorizations that the keys belong to, and commits what it changed. No
// other node does the same meanwhile.
func (b *books) change(ctx context.Context, keys []string, f func(*book)) error {
	slices.Sort(keys)
	keys = slices.Compact(keys)
	tx, err := b.db.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	bk := newBook()
	var locked int64
	err = tx.Do(ctx,
		&store.Stmt{SQL: b.gate, Scan: func(r store.Row) error { return r.Scan(&locked) }},
		&store.Stmt{SQL: b.load, Rows: []any{keys}, Scan: func(r store.Row) error {
			p := &page{stored: true}
			if err := r.Scan(p.fields()...); err != nil {
				return err
			}
			if bk.pages[p.Key] == nil { // two keys of one authorization give its charges twice
				bk.add(p)
			}
			return nil
		}},
	)
	if err != nil {
		return err
	}
	if locked != 1 {
		return errors.New("the row of sandbox.gate is missing")
	}
	f(bk)
	var inserts, updates []*page
	for _, p := range bk.changed {
		if p.stored {
			updates = append(updates, p)
		} else {
			inserts = append(inserts, p)
		}
	}
	var stmts []*store.Stmt
	if len(inserts) > 0 {
		stmts = append(stmts, &store.Stmt{SQL: b.insert, Rows: columns(inserts), Want: store.AnyRows})
	}
	if len(updates) > 0 {
		stmts = append(stmts, &store.Stmt{SQL: b.update, Rows: columns(updates), Want: store.AnyRows})
	}
	return tx.Commit(ctx, stmts...)
}

// columns turns charges into the columns of a statement.
func columns(pages []*page) []any {
	out := make([]any, len(cols))
	for i, c := range cols {
		if c.Type == store.Int {
			out[i] = make([]int64, len(pages))
		} else {
			out[i] = make([]string, len(pages))
		}
	}
	for row, p := range pages {
		for i, field := range p.fields() {
			switch v := field.(type) {
			case *string:
				out[i].([]string)[row] = *v
			case *payment.Kind:
				out[i].([]string)[row] = string(*v)
			case *payment.State:
				out[i].([]string)[row] = string(*v)
			case *int64:
				out[i].([]int64)[row] = *v
			case *micros.Time:
				out[i].([]int64)[row] = int64(*v)
			}
		}
	}
	return out
}

// find returns the charge with the key, or nil.
func (b *books) find(ctx context.Context, key string) (*Charge, error) {
	if !storable(key) {
		return nil, nil // PostgreSQL would refuse the question
	}
	var found *Charge
	arg := any(key)
	if b.db.Dialect().Sets {
		arg = []string{key}
	}
	err := b.db.Query(ctx, func(r store.Row) error {
		found = &Charge{}
		return r.Scan(found.fields()...)
	}, b.one, arg)
	if err != nil || found == nil || found.State == lost {
		return nil, err
	}
	return found, nil
}

func (b *books) list(ctx context.Context, f func(Charge) error) error {
	return b.db.Query(ctx, func(r store.Row) error {
		var c Charge
		if err := r.Scan(c.fields()...); err != nil {
			return err
		}
		return f(c)
	}, b.all)
}
