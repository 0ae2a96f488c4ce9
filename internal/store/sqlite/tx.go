package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"ordo/internal/store"
)

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
	case <-db.closed:
		return nil, &store.Error{Kind: store.Unavailable, Err: errors.New("sqlite: the database is closed")}
	case <-ctx.Done():
		return nil, &store.Error{Kind: store.Unavailable, Err: fmt.Errorf("sqlite: no turn to write: %w", ctx.Err())}
	}
}

type tx struct {
	db     *DB
	w      *writer
	failed bool // SQLite may have rolled back by itself; what comes after would run outside of any transaction
}

var errFailed = errors.New("sqlite: the transaction has failed, only Rollback is possible")

func (t *tx) Do(_ context.Context, stmts ...*store.Stmt) error {
	// A statement canceled halfway would end the transaction; they are short, so they run to their end.
	ctx := context.Background()
	for _, s := range stmts {
		if t.failed {
			return errFailed
		}
		if err := t.do(ctx, s); err != nil {
			t.failed = true
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
	if s.Once {
		defer func() {
			delete(t.w.stmts, s.SQL)
			_ = p.Close() // it was run: what it has to say was said
		}()
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
	if t.failed {
		return errFailed
	}
	if err := t.Do(ctx, stmts...); err != nil {
		return err
	}
	if _, err := t.w.conn.ExecContext(context.Background(), "COMMIT"); err != nil {
		t.failed = true
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
