package project

import (
	"context"
	"time"

	"ordo/internal/journal"
	"ordo/internal/micros"
	"ordo/internal/store"
)

// Lease is a node's hold on a cursor of the journal, for a time that it prolongs while it works.
type Lease struct {
	DB   store.DB
	Node string
	Name string
	For  time.Duration
	Now  func() time.Time
}

// Open makes the cursor, at a position, unless it is there.
func (l Lease) Open(ctx context.Context, seq int64) error {
	return store.Write(ctx, l.DB, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{
			SQL:  "INSERT INTO journal_readers (name, seq, owner, lease_until) VALUES ($1, $2, '', 0) ON CONFLICT DO NOTHING",
			Args: []any{l.Name, seq}, Want: store.AnyRows,
		})
	})
}

// Take takes or keeps the lease; ok is false when another node has it. It writes only when the lease is not this
// node's or is half over.
func (l Lease) Take(ctx context.Context) (seq int64, ok bool, err error) {
	now := micros.Of(l.Now())
	var owner string
	var until micros.Time
	err = l.DB.Query(ctx, func(row store.Row) error { return row.Scan(&seq, &owner, &until) },
		"SELECT seq, owner, lease_until FROM journal_readers WHERE name = $1", l.Name)
	if err != nil {
		return 0, false, err
	}
	if owner == l.Node && until > now.Add(l.For/2) {
		return seq, true, nil
	}
	if owner != l.Node && until > now {
		return 0, false, nil
	}
	err = store.Write(ctx, l.DB, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{
			SQL:  "UPDATE journal_readers SET owner = $1, lease_until = $2 WHERE name = $3 AND owner = $4 AND lease_until = $5",
			Args: []any{l.Node, int64(now.Add(l.For)), l.Name, owner, int64(until)}, Want: 1,
		})
	})
	if store.KindOf(err) == store.Conflict {
		return 0, false, nil // another node was faster
	}
	return seq, err == nil, err
}

// Move is the statement that moves the cursor. The old position is the guard: a node that lost its lease, or a second
// run, changes nothing.
func (l Lease) Move(from, to int64) *store.Stmt {
	return &store.Stmt{
		SQL:  "UPDATE journal_readers SET seq = $1 WHERE name = $2 AND owner = $3 AND seq = $4",
		Args: []any{to, l.Name, l.Node, from}, Want: 1,
	}
}

// GiveBack ends the lease, so that no node waits for its end.
func (l Lease) GiveBack() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return store.Write(ctx, l.DB, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{SQL: "UPDATE journal_readers SET owner = '', lease_until = 0 WHERE name = $1 AND owner = $2", Args: []any{l.Name, l.Node}, Want: store.AnyRows})
	})
}

// After returns the rows that follow a position, at most a page of them, from what the readers of this node share. They
// belong to all: do not change them.
func (r *Runner) After(ctx context.Context, seq int64) ([]journal.Row, error) {
	return r.tail.after(ctx, seq)
}
