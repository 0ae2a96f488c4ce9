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
	Name: "postgres", Sets: true, Lock: " FOR UPDATE", SkipLocked: " FOR UPDATE SKIP LOCKED", EmptyBytes: "''::bytea",
	Clock: "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)",
}

// DB is two pools of connections, so that long lists never keep orders waiting, and so that each has the planner
// settings of its work. It implements store.DB and store.Migrator.
type DB struct {
	pool *pgxpool.Pool // writes
	read *pgxpool.Pool
}

// networkTimeout bounds what takes a round trip and no work: connecting, asking whether a connection lives, ROLLBACK.
const networkTimeout = 5 * time.Second

// writers is how many connections write: the committers, jobs, number blocks.
const writers = 8

// everywhere are settings of all connections, as far as the URL does not give them.
var everywhere = map[string]string{
	"jit": "off", "timezone": "UTC", "application_name": "ordo", "idle_in_transaction_session_timeout": "60000", "lock_timeout": "10000",
	// A node that vanished (no power, no network) must not hold the journal head for long.
	"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
}

// writing are those of the writers. Their statements are keyed by ids: a generic plan made while a table was empty must
// not become a sequential scan.
var writing = map[string]string{
	"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "plan_cache_mode": "force_generic_plan",
}

// reading are those of the readers.
var reading = map[string]string{"default_transaction_read_only": "on"}

// Open connects to a postgres:// URL, with at most maxConns reading connections (0: pgx's default) and some that write.
// It retries until ctx ends, since a database may start after its clients.
func Open(ctx context.Context, url string, maxConns int) (*DB, error) {
	read, err := connect(ctx, url, maxConns, reading)
	if err != nil {
		return nil, err
	}
	write, err := connect(ctx, url, writers, writing)
	if err != nil {
		read.Close()
		return nil, err
	}
	return &DB{write, read}, nil
}

func connect(ctx context.Context, url string, maxConns int, settings map[string]string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the database URL cannot be read: %w", err)
	}
	if maxConns > 0 {
		cfg.MaxConns = int32(maxConns)
	}
	params := cfg.ConnConfig.RuntimeParams
	for _, set := range []map[string]string{everywhere, settings} {
		for name, value := range set {
			if _, given := params[name]; !given {
				params[name] = value
			}
		}
	}
	cfg.AfterConnect = fastArrays
	cfg.PingTimeout = networkTimeout
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = networkTimeout
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		if err = pool.Ping(ctx); err == nil {
			return pool, nil
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
func (db *DB) Close() {
	db.pool.Close()
	db.read.Close()
}

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
	seen := false
	once := func(r store.Row) error {
		seen = true
		return scan(r)
	}
	err := query(ctx, db.read, once, sql, args)
	if db.dropped(ctx, err) && !seen {
		err = query(ctx, db.read, once, sql, args)
	}
	return err
}

// dropped reports whether a connection was lost while it was idle, such as by a restart of the server; then all of them
// are made anew, and what only reads may try once more.
func (db *DB) dropped(ctx context.Context, err error) bool {
	if store.KindOf(err) != store.Unavailable || ctx.Err() != nil {
		return false
	}
	db.read.Reset()
	return true
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

func (reader) Dialect() store.Dialect { return Dialect }

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
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	tx, err := db.read.BeginTx(ctx, options)
	if db.dropped(ctx, classify(err)) {
		tx, err = db.read.BeginTx(ctx, options)
	}
	if err != nil {
		return classify(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	return f(reader{tx})
}

// migrationLock is an arbitrary number that all nodes agree on.
const migrationLock = 0x6f72646f

// Locked implements store.Migrator.
func (db *DB) Locked(ctx context.Context, f func(func(string) error, func() (int, error)) error) error {
	return pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		// A migration of another node may take long: wait for it.
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = 0"); err != nil {
			return classify(err)
		}
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
		if errors.Is(err, context.Canceled) || isOurs(err) {
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

// isOurs tells defects of a statement that never reached the server, or of what reads its result.
func isOurs(err error) bool {
	var scan pgx.ScanArgError
	var batch pgx.ErrPreprocessingBatch
	return errors.As(err, &scan) || errors.Is(err, pgx.ErrNoRows) ||
		errors.As(err, &batch) && strings.HasPrefix(batch.Error(), "error preprocessing batch (build)") // a parameter that cannot be encoded
}
