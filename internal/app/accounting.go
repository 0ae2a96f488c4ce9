package app

import (
	"context"
	"time"

	"ordo/internal/project"
	"ordo/internal/store"
)

// LedgerFilter selects lines of the books by day, and a page of them: those after a line.
type LedgerFilter struct {
	From, To  string // days, inclusive
	AfterSeq  int64
	AfterLine int64
	Limit     int
}

// LedgerEntries reads lines of the books in the order of the journal.
func (a *App) LedgerEntries(ctx context.Context, f LedgerFilter) (out []project.Entry, err error) {
	err = a.DB.Query(ctx, func(r store.Row) error {
		e, err := project.ScanEntry(r)
		out = append(out, e)
		return err
	}, "SELECT "+project.LedgerColumns+" FROM ledger_entries WHERE day >= $1 AND day <= $2 AND (seq, line) > ($3, $4) ORDER BY seq, line LIMIT $5",
		f.From, f.To, f.AfterSeq, f.AfterLine, int64(f.Limit))
	return out, err
}

// ledgerWait is how long a question waits for the books to catch up with the journal.
const ledgerWait = 3 * time.Second

// AwaitLedger waits until the books have all that is in the journal now, for a bounded time, and returns up to which
// position they are kept.
func (a *App) AwaitLedger(ctx context.Context) (through int64, err error) {
	head, err := a.Head(ctx)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, ledgerWait)
	defer cancel()
	for {
		at, err := project.Position(ctx, a.DB, project.LedgerName)
		if err != nil || at >= head.Seq {
			if ctx.Err() != nil {
				return through, nil
			}
			return at, err
		}
		through = at
		select {
		case <-ctx.Done():
			return through, nil
		case <-time.After(20 * time.Millisecond):
		}
	}
}
