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
	"sync"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"ordo/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the numbered scripts of this engine.
func Migrations() fs.FS { sub, _ := fs.Sub(migrations, "migrations"); return sub }

// Dialect holds SQLite's fragments: no row locks (one writer), documents are text.
var Dialect = store.Dialect{Name: "sqlite", EmptyBytes: "x''"}

// readers is how many reading connections are kept; more wait.
const readers = 8

// DB is one database file. It implements store.DB and store.Migrator.
type DB struct {
	read   *sql.DB
	write  *sql.DB
	writer chan *writer // holds the only writer connection while nobody uses it
	closed chan struct{}
	once   sync.Once
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
	db := &DB{writer: make(chan *writer, 1), closed: make(chan struct{})}
	var err error
	if !readOnly {
		if db.write, err = sql.Open("sqlite", dsn("journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(4000)", "cache_size(-32000)")); err != nil {
			return nil, err
		}
		conn, err := db.write.Conn(ctx)
		if err != nil {
			_ = db.write.Close()
			return nil, fmt.Errorf("cannot open %s: %w", path, err)
		}
		db.writer <- &writer{conn: conn, stmts: map[string]*sql.Stmt{}}
	}
	if db.read, err = sql.Open("sqlite", dsn("query_only(1)")+"&mode="+map[bool]string{true: "ro", false: "rw"}[readOnly]); err != nil {
		db.Close()
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
	db.once.Do(func() {
		close(db.closed)
		if db.write != nil {
			w := <-db.writer
			for _, s := range w.stmts {
				_ = s.Close()
			}
			_ = w.conn.Close()
			_ = db.write.Close()
		}
		if db.read != nil {
			_ = db.read.Close()
		}
	})
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

func (reader) Dialect() store.Dialect { return Dialect }

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
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sql.ErrConnDone) {
			return &store.Error{Kind: store.Unavailable, Err: err}
		}
		return err
	}
	return &store.Error{Kind: kindOf(se.Code()), Err: err}
}

func kindOf(code int) store.Kind {
	switch code {
	case lib.SQLITE_CONSTRAINT_NOTNULL, lib.SQLITE_CONSTRAINT_DATATYPE, lib.SQLITE_CONSTRAINT_TRIGGER:
		return store.Refused // as on PostgreSQL: no state of the data lets it succeed
	}
	switch code & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_CONSTRAINT:
		return store.Conflict
	case lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_NOMEM, lib.SQLITE_INTERRUPT:
		return store.Unavailable
	}
	return store.Refused
}
