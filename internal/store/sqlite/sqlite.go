// Package sqlite runs the store on an embedded SQLite file, without cgo.
//
// What lives here: the writer connection with its prepared statements, the pool of readers, error codes, DDL.
// What does not: statements, which package store builds for both engines.
// The one idea: SQLite has one writer, so Ordo holds exactly one writer connection and hands it from one
// transaction to the next; readers see the last commit and never wait for it (WAL).
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"ordo/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the numbered scripts of this engine.
func Migrations() fs.FS { sub, _ := fs.Sub(migrations, "migrations"); return sub }

// Dialect holds SQLite's fragments: no row locks (one writer), documents are text.
var Dialect = store.Dialect{Name: "sqlite", JSON: "text", EmptyBytes: "x''"}

// readers is how many reading connections are kept; more wait.
const readers = 8

// DB is one database file. It implements store.DB and store.Migrator.
type DB struct {
	read   *sql.DB
	write  *sql.DB
	writer chan *writer // holds the only writer connection while nobody uses it
}

type writer struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// Open opens or creates the file. With readOnly nothing can be written and the file must exist.
func Open(ctx context.Context, path string, readOnly bool) (*DB, error) {
	dsn := func(params ...string) string {
		q := url.Values{}
		for _, p := range append(params, "busy_timeout(10000)", "foreign_keys(1)") {
			q.Add("_pragma", p)
		}
		return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
	}
	db := &DB{writer: make(chan *writer, 1)}
	var err error
	if !readOnly {
		if db.write, err = sql.Open("sqlite", dsn("journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(4000)", "cache_size(-32000)")); err != nil {
			return nil, err
		}
		conn, err := db.write.Conn(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot open %s: %w", path, err)
		}
		db.writer <- &writer{conn: conn, stmts: map[string]*sql.Stmt{}}
	}
	if db.read, err = sql.Open("sqlite", dsn("query_only(1)")+"&mode="+map[bool]string{true: "ro", false: "rw"}[readOnly]); err != nil {
		return nil, err
	}
	db.read.SetMaxOpenConns(readers)
	db.read.SetMaxIdleConns(readers)
	if err := db.read.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	}
	return db, nil
}

// Close waits for the writer and closes the file.
func (db *DB) Close() {
	if db.write != nil {
		w := <-db.writer
		for _, s := range w.stmts {
			_ = s.Close()
		}
		_ = w.conn.Close()
		_ = db.write.Close()
	}
	_ = db.read.Close()
}

// Dialect implements store.DB.
func (db *DB) Dialect() store.Dialect { return Dialect }

// Info implements store.DB.
func (db *DB) Info(ctx context.Context) (string, error) {
	var v string
	err := db.Query(ctx, func(r store.Row) error { return r.Scan(&v) }, "SELECT sqlite_version()")
	return "SQLite " + v, err
}

// Query implements store.DB.
func (db *DB) Query(ctx context.Context, scan func(store.Row) error, text string, args ...any) error {
	return query(ctx, db.read, scan, text, args)
}

type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

func query(ctx context.Context, q querier, scan func(store.Row) error, text string, args []any) error {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return classify(err)
	}
	return each(rows, scan)
}

func each(rows *sql.Rows, scan func(store.Row) error) error {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return classify(rows.Err())
}

type reader struct{ tx *sql.Tx }

func (r reader) Query(ctx context.Context, scan func(store.Row) error, text string, args ...any) error {
	return query(ctx, r.tx, scan, text, args)
}

func (r reader) Do(ctx context.Context, stmts ...*store.Stmt) error {
	for _, s := range stmts {
		if s.Rows == nil {
			if err := query(ctx, r.tx, s.Scan, s.SQL, s.Args); err != nil {
				return err
			}
			continue
		}
		args := make([]any, len(s.Rows))
		for i := range s.Len() {
			for k, col := range s.Rows {
				args[k] = cell(col, i)
			}
			if err := query(ctx, r.tx, s.Scan, s.SQL, args); err != nil {
				return err
			}
		}
	}
	return nil
}

// Snapshot implements store.DB.
func (db *DB) Snapshot(ctx context.Context, f func(store.Reader) error) error {
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return classify(err)
	}
	defer func() { _ = tx.Rollback() }()
	return f(reader{tx})
}

// Begin implements store.DB: it waits for the writer and begins at once, so that no later statement can be refused
// because somebody else writes.
func (db *DB) Begin(ctx context.Context) (store.Tx, error) {
	if db.write == nil {
		return nil, errors.New("sqlite: the database was opened for reading only")
	}
	select {
	case w := <-db.writer:
		if _, err := w.conn.ExecContext(context.WithoutCancel(ctx), "BEGIN IMMEDIATE"); err != nil {
			db.writer <- w
			return nil, classify(err)
		}
		return &tx{db: db, w: w}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type tx struct {
	db *DB
	w  *writer
}

func (t *tx) Do(_ context.Context, stmts ...*store.Stmt) error {
	// A statement canceled halfway would end the transaction; they are short, so they run to their end.
	ctx := context.Background()
	for _, s := range stmts {
		if err := t.do(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if p, ok := t.w.stmts[text]; ok {
		return p, nil
	}
	p, err := t.w.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, classify(err)
	}
	t.w.stmts[text] = p
	return p, nil
}

func (t *tx) do(ctx context.Context, s *store.Stmt) error {
	p, err := t.prepare(ctx, s.SQL)
	if err != nil {
		return err
	}
	var affected int64
	run := func(args []any) error {
		if s.Scan != nil {
			rows, err := p.QueryContext(ctx, args...)
			if err != nil {
				return classify(err)
			}
			return each(rows, s.Scan)
		}
		res, err := p.ExecContext(ctx, args...)
		if err != nil {
			return classify(err)
		}
		n, err := res.RowsAffected()
		affected += n
		return err
	}
	if s.Rows == nil {
		err = run(s.Args)
	} else {
		args := make([]any, len(s.Rows))
		for i := range s.Len() {
			for k, col := range s.Rows {
				args[k] = cell(col, i)
			}
			if err = run(args); err != nil {
				break
			}
		}
	}
	if err == nil && s.Want != store.AnyRows && s.Scan == nil && affected != s.Want {
		return store.ErrRows
	}
	return err
}

func cell(col any, i int) any {
	switch c := col.(type) {
	case []string:
		return c[i]
	case []int64:
		return c[i]
	case [][]byte:
		if c[i] == nil {
			return []byte{}
		}
		return c[i]
	}
	panic("sqlite: a column is []string, []int64 or [][]byte")
}

func (t *tx) Commit(ctx context.Context, stmts ...*store.Stmt) error {
	if err := t.Do(ctx, stmts...); err != nil {
		return err
	}
	if _, err := t.w.conn.ExecContext(context.Background(), "COMMIT"); err != nil {
		return classify(err) // SQLite says for certain: a COMMIT that fails has not happened
	}
	t.db.writer <- t.w
	t.w = nil
	return nil
}

func (t *tx) Rollback() {
	if t.w == nil {
		return
	}
	// SQLite may have rolled back by itself (disk full); then this is refused, which is as good.
	_, _ = t.w.conn.ExecContext(context.Background(), "ROLLBACK")
	t.db.writer <- t.w
	t.w = nil
}

// Locked implements store.Migrator.
func (db *DB) Locked(ctx context.Context, f func(func(string) error, func() (int, error)) error) error {
	return store.Write(ctx, db, func(t store.Tx) error {
		conn := t.(*tx).w.conn
		exec := func(script string) error {
			_, err := conn.ExecContext(ctx, script)
			return classify(err)
		}
		return f(exec, func() (n int, err error) {
			err = conn.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations").Scan(&n)
			return n, classify(err)
		})
	})
}

// classify sorts SQLite's result codes into the store's kinds.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var known *store.Error
	if errors.As(err, &known) {
		return err
	}
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	switch code := se.Code(); code & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_CONSTRAINT:
		if strings.Contains(se.Error(), "append-only") || code == lib.SQLITE_CONSTRAINT_NOTNULL || code == lib.SQLITE_CONSTRAINT_DATATYPE {
			return &store.Error{Kind: store.Refused, Err: err}
		}
		return &store.Error{Kind: store.Conflict, Err: err}
	case lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_NOMEM:
		return &store.Error{Kind: store.Unavailable, Err: err}
	}
	return &store.Error{Kind: store.Refused, Err: err}
}
