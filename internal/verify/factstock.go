package verify

import (
	"context"

	"ordo/internal/facts"
	"ordo/internal/journal"
	"ordo/internal/store"
)

// readStockFacts folds the movements of the journal again, day by day, and compares with the facts of each day, and of
// each count and correction. Held in memory are the last day of each position and the rows of one page. It returns how
// many variances it met.
func (v *run) readStockFacts(ctx context.Context) (variances int64, err error) {
	days := &stockDays{run: v, result: v.total.of("facts.stock_days"), folded: facts.Days{}}
	for after := int64(0); after < v.facts; {
		rows, err := journal.After(ctx, v.db, after, journalPage)
		if err != nil {
			return 0, err
		}
		if len(rows) == 0 {
			break // the journal is shorter than the facts
		}
		for i := range rows {
			if rows[i].Seq > v.facts {
				break
			}
			known, err := days.add(ctx, &rows[i])
			if err != nil {
				return 0, err
			}
			if !known {
				continue // journal.events says so
			}
			n, err := v.variances(ctx, &rows[i])
			if err != nil {
				return 0, err
			}
			variances += n
		}
		after = rows[len(rows)-1].Seq
	}
	return variances, days.end(ctx)
}

// stockDays folds the journal into days of positions and compares each with the facts when it is over.
type stockDays struct {
	*run
	result *result
	folded facts.Days
	met    int64 // rows of the facts
}

// add folds a row; not known is one that cannot be read.
func (s *stockDays) add(ctx context.Context, row *journal.Row) (known bool, err error) {
	moves, err := facts.StockMoves(row)
	if err != nil {
		return false, nil
	}
	for _, d := range s.folded.Add(row, moves) {
		if err := s.ended(ctx, d); err != nil {
			return true, err
		}
	}
	return true, nil
}

// ended compares a day with the facts.
func (s *stockDays) ended(ctx context.Context, d facts.StockDay) error {
	s.result.rows++
	have, err := s.stockDay(ctx, d)
	name := positionName(d.SKU, d.Location)
	switch {
	case err != nil:
		return err
	case have == nil:
		s.result.bad(name, "%s is not in the facts", d.Day)
		return nil
	case *have != d:
		s.result.bad(name, "%s: %s", d.Day, difference(d, *have))
	}
	s.met++
	return nil
}

// end compares the days that are not over, and finds rows of the facts that no day of the journal has.
func (s *stockDays) end(ctx context.Context) error {
	for _, d := range s.folded.All() {
		if err := s.ended(ctx, d); err != nil {
			return err
		}
	}
	var n int64
	if err := s.number(ctx, &n, "SELECT COUNT(*) FROM fact_stock_days"); err != nil {
		return err
	}
	if n != s.met {
		s.result.bad("fact_stock_days", "has %d rows of days on which nothing moved", n-s.met)
	}
	return nil
}

// variances compares what an event says of counts and corrections, and returns how many rows it met.
func (v *run) variances(ctx context.Context, row *journal.Row) (int64, error) {
	want, err := facts.VariancesOf(row)
	if err != nil || len(want) == 0 {
		return 0, nil // journal.events says so
	}
	var have []facts.Variance
	err = v.db.Query(ctx, func(r store.Row) error {
		x, err := facts.Variances.Scan(r)
		have = append(have, x)
		return err
	}, "SELECT "+facts.Variances.Columns+" FROM "+facts.Variances.Name+" WHERE seq = $1 ORDER BY line", row.Seq)
	sameRows(v.total.of("facts.variances"), seqName(row.Seq), have, want, func(x facts.Variance) string { return number(x.Line) })
	return int64(len(have)), err
}

func (v *run) stockDay(ctx context.Context, d facts.StockDay) (have *facts.StockDay, err error) {
	err = v.db.Query(ctx, func(row store.Row) error {
		r, err := facts.StockDays.Scan(row)
		have = &r
		return err
	}, "SELECT "+facts.StockDays.Columns+" FROM "+facts.StockDays.Name+" WHERE sku = $1 AND location = $2 AND day = $3", d.SKU, d.Location, d.Day)
	return have, err
}
