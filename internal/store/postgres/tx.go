package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"ordo/internal/store"
)

// Begin implements store.DB. Nothing is sent until the first Do.
func (db *DB) Begin(ctx context.Context) (store.Tx, error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return nil, classify(err)
	}
	return &tx{pool: db.pool, conn: conn}, nil
}

type tx struct {
	pool   *pgxpool.Pool
	conn   *pgxpool.Conn
	begun  bool
	failed bool // a transaction that was refused something can only be rolled back, on both engines
}

func (t *tx) Do(ctx context.Context, stmts ...*store.Stmt) error {
	if len(stmts) == 0 {
		return nil
	}
	return t.pipeline(ctx, stmts, false)
}

func (t *tx) Commit(ctx context.Context, stmts ...*store.Stmt) error {
	if t.failed {
		return errFailed
	}
	// COMMIT would turn an unexpected row count, or a row that cannot be scanned, into a fact: with checks it waits for
	// their outcome.
	for _, s := range stmts {
		if s.Want != store.AnyRows || s.Scan != nil {
			if err := t.Do(ctx, stmts...); err != nil {
				return err
			}
			stmts = nil
			break
		}
	}
	if err := t.pipeline(ctx, stmts, true); err != nil {
		return t.outcome(err)
	}
	t.conn.Release()
	t.conn = nil
	return nil
}

// outcome sorts a failed COMMIT. It has not happened when the server said so (an ERROR ends the transaction, where
// FATAL may come after a COMMIT whose answer was not sent any more), or when it was not sent.
func (t *tx) outcome(err error) error {
	var said *pgconn.PgError
	var unsent pgx.ErrPreprocessingBatch
	if errors.As(err, &said) && said.SeverityUnlocalized == "ERROR" || errors.Is(err, errRolledBack) || errors.As(err, &unsent) || !t.conn.Conn().IsClosed() {
		return err
	}
	return &store.Error{Kind: store.Unknown, Err: err}
}

// pipeline puts BEGIN (once), the statements and COMMIT (when asked) into one round trip and reads all answers.
func (t *tx) pipeline(ctx context.Context, stmts []*store.Stmt, commit bool) (err error) {
	if t.failed {
		return errFailed
	}
	defer func() { t.failed = err != nil }()
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
	if commit {
		b.Queue("COMMIT")
	}
	br := t.conn.SendBatch(ctx, b)
	err = readResults(br, begin, stmts, commit)
	switch cerr := br.Close(); {
	case err == nil && commit: // acknowledged: that the server ends the connection after it changes nothing
		return nil
	case err == nil && cerr != nil:
		err = classify(cerr)
	}
	return err
}

var (
	errFailed     = errors.New("postgres: the transaction has failed, only Rollback is possible")
	errRolledBack = &store.Error{Kind: store.Conflict, Err: errors.New("postgres: the transaction had failed before COMMIT")}
)

func readResults(br pgx.BatchResults, begin bool, stmts []*store.Stmt, commit bool) error {
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
			return errRolledBack
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
		ctx, cancel := context.WithTimeout(context.Background(), networkTimeout)
		defer cancel()
		if _, err := conn.Exec(ctx, "ROLLBACK"); err != nil {
			_ = conn.Conn().Close(ctx)
		}
	}
	lost := conn.Conn().IsClosed()
	conn.Release()
	if lost { // a server that was restarted has dropped the idle connections too: do not try them one by one
		t.pool.Reset()
	}
}
