// Package postgres runs the store on PostgreSQL over pgx's native protocol.
//
// What lives here: connections, pipelined batches, error codes, DDL. What does not: statements, which package store
// builds for both engines.
// The one idea: BEGIN travels with the first statements of a transaction and COMMIT with the last, so that a unit
// of work costs as many round trips as it has decisions.
package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"ordo/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the numbered scripts of this engine.
func Migrations() fs.FS { sub, _ := fs.Sub(migrations, "migrations"); return sub }

// Dialect holds PostgreSQL's fragments.
var Dialect = store.Dialect{
	Name: "postgres", Sets: true, Lock: " FOR UPDATE", SkipLocked: " FOR UPDATE SKIP LOCKED", JSON: "jsonb", EmptyBytes: "''::bytea",
	Clock: "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)",
}

// DB is a pool of connections. It implements store.DB and store.Migrator.
type DB struct{ pool *pgxpool.Pool }

// Open connects to a postgres:// URL. It retries until ctx ends, since a database may start after its clients.
func Open(ctx context.Context, url string, maxConns int) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the database URL cannot be read: %w", err)
	}
	if maxConns > 0 {
		cfg.MaxConns = int32(maxConns)
	}
	params := cfg.ConnConfig.RuntimeParams
	// Statements are keyed by ids. A generic plan made while a table was empty must not become a sequential scan.
	for name, value := range map[string]string{
		"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off",
		"plan_cache_mode": "force_generic_plan", "timezone": "UTC", "application_name": "ordo",
		"idle_in_transaction_session_timeout": "60000", "lock_timeout": "30000",
	} {
		if _, set := params[name]; !set {
			params[name] = value
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		if err = pool.Ping(ctx); err == nil {
			return &DB{pool}, nil
		}
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code != "57P03" { // 57P03: the server is starting
			break
		}
		select {
		case <-ctx.Done():
			pool.Close()
			return nil, fmt.Errorf("no connection to PostgreSQL: %w", err)
		case <-time.After(wait):
		}
	}
	pool.Close()
	return nil, fmt.Errorf("no connection to PostgreSQL: %w", err)
}

// Close ends all connections.
func (db *DB) Close() { db.pool.Close() }

// Dialect implements store.DB.
func (db *DB) Dialect() store.Dialect { return Dialect }

// Info implements store.DB.
func (db *DB) Info(ctx context.Context) (string, error) {
	var v string
	err := db.Query(ctx, func(r store.Row) error { return r.Scan(&v) }, "SHOW server_version")
	return "PostgreSQL " + strings.SplitN(v, " ", 2)[0], err
}

// Query implements store.DB.
func (db *DB) Query(ctx context.Context, scan func(store.Row) error, sql string, args ...any) error {
	return query(ctx, db.pool, scan, sql, args)
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func query(ctx context.Context, q querier, scan func(store.Row) error, sql string, args []any) error {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return classify(err)
	}
	return each(rows, scan)
}

func each(rows pgx.Rows, scan func(store.Row) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return classify(rows.Err())
}

type reader struct{ tx pgx.Tx }

func (r reader) Query(ctx context.Context, scan func(store.Row) error, sql string, args ...any) error {
	return query(ctx, r.tx, scan, sql, args)
}

func (r reader) Do(ctx context.Context, stmts ...*store.Stmt) error {
	for _, s := range stmts {
		args := s.Args
		if s.Rows != nil {
			args = s.Rows
		}
		if err := query(ctx, r.tx, s.Scan, s.SQL, args); err != nil {
			return err
		}
	}
	return nil
}

// Snapshot implements store.DB.
func (db *DB) Snapshot(ctx context.Context, f func(store.Reader) error) error {
	tx, err := db.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return classify(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	return f(reader{tx})
}

// Begin implements store.DB. Nothing is sent until the first Do.
func (db *DB) Begin(ctx context.Context) (store.Tx, error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return nil, classify(err)
	}
	return &tx{conn: conn}, nil
}

type tx struct {
	conn  *pgxpool.Conn
	begun bool
}

func (t *tx) Do(ctx context.Context, stmts ...*store.Stmt) error {
	return t.send(ctx, stmts, false)
}

func (t *tx) Commit(ctx context.Context, stmts ...*store.Stmt) error {
	err := t.send(ctx, stmts, true)
	if err == nil {
		t.conn.Release()
		t.conn = nil
		return nil
	}
	var refused *pgconn.PgError
	if store.KindOf(err) == store.Unavailable && !errors.As(err, &refused) {
		// No answer from the server: it may have committed.
		return &store.Error{Kind: store.Unknown, Err: err}
	}
	return err
}

// send puts BEGIN (once), the statements and COMMIT (when last) into one pipeline and reads all answers.
func (t *tx) send(ctx context.Context, stmts []*store.Stmt, last bool) error {
	b := &pgx.Batch{}
	begin := !t.begun
	if begin {
		b.Queue("BEGIN")
		t.begun = true
	}
	for _, s := range stmts {
		if s.Rows != nil {
			b.Queue(s.SQL, s.Rows...)
		} else {
			b.Queue(s.SQL, s.Args...)
		}
	}
	// COMMIT would turn an unexpected row count into a fact: with checks it waits for their outcome.
	together := last
	for _, s := range stmts {
		together = together && s.Want == store.AnyRows
	}
	if together {
		b.Queue("COMMIT")
	}
	if err := t.run(ctx, b, stmts, begin, together); err != nil {
		return err
	}
	if last && !together {
		c := &pgx.Batch{}
		c.Queue("COMMIT")
		return t.run(ctx, c, nil, false, true)
	}
	return nil
}

func (t *tx) run(ctx context.Context, b *pgx.Batch, stmts []*store.Stmt, begin, commit bool) (err error) {
	br := t.conn.SendBatch(ctx, b)
	defer func() {
		if cerr := br.Close(); err == nil {
			err = classify(cerr)
		}
	}()
	if begin {
		if _, err := br.Exec(); err != nil {
			return classify(err)
		}
	}
	for _, s := range stmts {
		if err := readResult(br, s); err != nil {
			return err
		}
	}
	if commit {
		tag, err := br.Exec()
		if err != nil {
			return classify(err)
		}
		if tag.String() == "ROLLBACK" {
			return &store.Error{Kind: store.Conflict, Err: errors.New("postgres: the transaction had failed before COMMIT")}
		}
	}
	return nil
}

func readResult(br pgx.BatchResults, s *store.Stmt) error {
	if s.Scan != nil {
		rows, err := br.Query()
		if err != nil {
			return classify(err)
		}
		return each(rows, s.Scan)
	}
	tag, err := br.Exec()
	if err != nil {
		return classify(err)
	}
	if s.Want != store.AnyRows && tag.RowsAffected() != s.Want {
		return store.ErrRows
	}
	return nil
}

func (t *tx) Rollback() {
	if t.conn == nil {
		return
	}
	conn := t.conn
	t.conn = nil
	if t.begun && !conn.Conn().IsClosed() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if _, err := conn.Exec(ctx, "ROLLBACK"); err != nil {
			_ = conn.Conn().Close(ctx)
		}
	}
	conn.Release()
}

// migrationLock is an arbitrary number that all nodes agree on.
const migrationLock = 0x6f72646f

// Locked implements store.Migrator.
func (db *DB) Locked(ctx context.Context, f func(func(string) error, func() (int, error)) error) error {
	return pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
			return classify(err)
		}
		exec := func(script string) error {
			_, err := tx.Conn().PgConn().Exec(ctx, script).ReadAll()
			return classify(err)
		}
		return f(exec, func() (n int, err error) {
			err = tx.QueryRow(ctx, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations").Scan(&n)
			return n, classify(err)
		})
	})
}

// classify sorts PostgreSQL's error codes (appendix A of its manual) into the store's kinds.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var known *store.Error
	if errors.As(err, &known) {
		return err
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		if errors.Is(err, context.Canceled) || isScanError(err) {
			return err
		}
		return &store.Error{Kind: store.Unavailable, Err: err}
	}
	switch {
	case pg.Code == "40001", pg.Code == "40P01", pg.Code == "23505", pg.Code == "23514", pg.Code == "55P03":
		return &store.Error{Kind: store.Conflict, Err: err}
	case strings.HasPrefix(pg.Code, "53"), strings.HasPrefix(pg.Code, "57P"), strings.HasPrefix(pg.Code, "58"),
		strings.HasPrefix(pg.Code, "08"), pg.Code == "25006", pg.Code == "57014", pg.Code == "25P03":
		return &store.Error{Kind: store.Unavailable, Err: err}
	}
	return &store.Error{Kind: store.Refused, Err: err}
}

func isScanError(err error) bool {
	var s pgx.ScanArgError
	return errors.As(err, &s) || errors.Is(err, pgx.ErrNoRows)
}
