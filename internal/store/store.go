// Package store is the one body of storage: statements described once, run by two engines.
//
// What lives here: the interface of an engine, statements over many rows, the SQL builder, migrations, and the names
// of tables and columns. What does not: rules (domains), units of work (work); the engines' own packages hold only
// what differs (connections, locks, error codes, DDL).
// The one idea: every statement is set-based. PostgreSQL runs it once over arrays (unnest), SQLite once per row with
// a prepared statement on its only writer connection; callers see no difference.
package store

import (
	"context"
	"errors"
)

// DB is an open database.
type DB interface {
	Dialect() Dialect
	// Begin opens a write transaction. On SQLite it waits for the only writer connection.
	Begin(ctx context.Context) (Tx, error)
	// Query runs one reading statement outside of any transaction, on a reader.
	Query(ctx context.Context, scan func(Row) error, sql string, args ...any) error
	// Snapshot runs f on one unchanging view of the data; nothing can be written in it.
	Snapshot(ctx context.Context, f func(Reader) error) error
	// Info describes the engine and its version for people.
	Info(ctx context.Context) (string, error)
	Close()
}

// Reader runs reading statements.
type Reader interface {
	Dialect() Dialect
	Query(ctx context.Context, scan func(Row) error, sql string, args ...any) error
	// Do runs reading statements, also over many rows.
	Do(ctx context.Context, stmts ...*Stmt) error
}

// Row is what a scan function gets; it copies the columns of the current row.
type Row interface{ Scan(dest ...any) error }

// Tx is a write transaction. It is used by one goroutine and ends with Commit or Rollback.
type Tx interface {
	// Do runs the statements in order: in one round trip where the engine has round trips.
	Do(ctx context.Context, stmts ...*Stmt) error
	// Commit runs the statements and commits, in one round trip. An error of kind Unknown means that the
	// transaction may or may not have happened.
	Commit(ctx context.Context, stmts ...*Stmt) error
	// Rollback ends the transaction without effect; after Commit it does nothing.
	Rollback()
}

// Stmt is one statement. With Rows it runs for every row: each element is a column ([]string, []int64 or [][]byte)
// and all have the same length; without, Args are its parameters.
type Stmt struct {
	SQL  string
	Rows []any
	Args []any
	Scan func(Row) error // called for every row of the result
	Want int64           // number of rows that must be affected; AnyRows for no check
	Once bool            // its text is one of very many: where nothing bounds what is kept prepared, it is not
}

// AnyRows is the Want of a statement whose count does not matter.
const AnyRows = -1

// Len returns the number of rows the statement runs for.
func (s *Stmt) Len() int {
	if len(s.Rows) == 0 {
		return -1
	}
	switch c := s.Rows[0].(type) {
	case []string:
		return len(c)
	case []int64:
		return len(c)
	case [][]byte:
		return len(c)
	}
	panic("store: a column is []string, []int64 or [][]byte")
}

// Kind classifies what the database refuses.
type Kind int

// The kinds of refusal.
const (
	Refused     Kind = iota // a defect: the statement cannot succeed
	Conflict                // somebody else was faster: run again
	Unavailable             // the database is away, full or shutting down: nothing was written
	Unknown                 // the connection was lost in COMMIT: it may have been written
)

// Error is a refusal by the database.
type Error struct {
	Kind Kind
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of a refusal; Refused for anything else.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Refused
}

// ErrRows says that a statement affected another number of rows than it wanted.
var ErrRows = &Error{Kind: Conflict, Err: errors.New("store: another number of rows was affected than wanted")}

// Write runs f in one write transaction and commits.
func Write(ctx context.Context, db DB, f func(Tx) error) error {
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}
