package project

import (
	"context"
	"sync"

	"ordo/internal/journal"
)

// tail is the end of the journal as this node read it last. Readers stand at the same position most of the time: the
// first one that asks reads the page, the others are handed the same rows. Nobody may change them.
type tail struct {
	db   journal.Querier
	mu   sync.Mutex
	rows []journal.Row // one after the other, none missing
}

// after returns the rows that follow a position, as journal.After does. Rows are never handed out that a snapshot of
// the database taken now would not show; there may be newer ones.
func (t *tail) after(ctx context.Context, seq int64) ([]journal.Row, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.rows); n > 0 {
		first, last := t.rows[0].Seq, t.rows[n-1].Seq
		switch {
		case first <= seq+1 && seq < last:
			return t.rows[seq+1-first:], nil
		case seq < first: // one that is far behind does not take the end away from the others
			return journal.After(ctx, t.db, seq, pageSize)
		}
	}
	rows, err := journal.After(ctx, t.db, seq, pageSize)
	if err == nil && len(rows) > 0 {
		t.rows = rows
	}
	return rows, err
}
