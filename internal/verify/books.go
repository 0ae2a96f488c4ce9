package verify

import (
	"context"
	"slices"

	"ordo/internal/journal"
	"ordo/internal/project"
	"ordo/internal/store"
)

// position is how far a reader of the journal has come; 0 for one that never ran.
func (v *run) position(ctx context.Context, reader string) (seq int64, err error) {
	err = v.number(ctx, &seq, "SELECT seq FROM journal_readers WHERE name = $1", reader)
	return seq, err
}

// readBooks reads the lines of the books for the positions after one, up to another.
func (v *run) readBooks(ctx context.Context, after, through int64) (out []project.Entry, err error) {
	err = v.db.Query(ctx, func(r store.Row) error {
		e, err := project.ScanEntry(r)
		out = append(out, e)
		return err
	}, "SELECT "+project.LedgerColumns+" FROM ledger_entries WHERE seq > $1 AND seq <= $2 ORDER BY seq, line", after, through)
	return out, err
}

// keptBooks folds the rows again, up to where the books are kept, and compares. Lines are read by position: a row
// without lines next to lines of another row is as wrong as the other way round.
func (t *tally) keptBooks(rows []journal.Row, books []project.Entry, booked int64) {
	r := t.of("accounting.journal")
	t.counted.books += int64(len(books))
	for i := range rows {
		row := &rows[i]
		n := 0
		for n < len(books) && books[n].Seq == row.Seq {
			n++
		}
		have := books[:n]
		books = books[n:]
		if row.Seq > booked {
			if n > 0 {
				r.bad(rowName(row), "%s stands in the books, which are kept up to %d only", row.Type, booked)
			}
			continue
		}
		want, err := project.Entries(row)
		if err != nil {
			continue // journal.events says so
		}
		if n > 0 || len(want) > 0 {
			r.rows++
		}
		if !slices.Equal(have, want) {
			r.bad(rowName(row), "%s of %s has %d lines in the books that are not what it says, or none", row.Type, row.Aggregate, n)
		}
		sums := map[string]int64{}
		for _, e := range have {
			sums[e.Currency] += e.Debit - e.Credit
		}
		for currency, sum := range sums {
			if sum != 0 {
				r.bad(rowName(row), "%s is out of balance by %d %s", row.Type, sum, currency)
			}
		}
	}
}

// strayBooks looks for lines of events that do not exist.
func strayBooks(r *result, v *run) {
	if n := v.counts["ledger_entries"] - v.total.counted.books; n != 0 {
		r.bad("the books", "have %d lines of journal rows that do not exist", n)
	}
}
