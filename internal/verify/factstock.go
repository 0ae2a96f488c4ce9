package verify

import (
	"context"

	"ordo/internal/facts"
	"ordo/internal/journal"
	"ordo/internal/store"
)

// readStockDays folds the movements of the journal again, day by day, and compares with the facts of each day. Held in
// memory are the last day of each position and the rows of one page.
func (v *run) readStockDays(ctx context.Context) error {
	r := v.total.of("facts.stock_days")
	days, met := facts.Days{}, int64(0)
	ended := func(d facts.StockDay) error {
		r.rows++
		have, err := v.stockDay(ctx, d)
		name := positionName(d.SKU, d.Location)
		switch {
		case err != nil:
			return err
		case have == nil:
			r.bad(name, "%s is not in the facts", d.Day)
			return nil
		case *have != d:
			r.bad(name, "%s: %s", d.Day, difference(d, *have))
		}
		met++
		return nil
	}
	for after := int64(0); after < v.facts; {
		rows, err := journal.After(ctx, v.db, after, journalPage)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break // the journal is shorter than the facts
		}
		for i := range rows {
			if rows[i].Seq > v.facts {
				break
			}
			moves, err := facts.StockMoves(&rows[i])
			if err != nil {
				continue // journal.events says so
			}
			for _, d := range days.Add(&rows[i], moves) {
				if err := ended(d); err != nil {
					return err
				}
			}
		}
		after = rows[len(rows)-1].Seq
	}
	for _, d := range days.All() {
		if err := ended(d); err != nil {
			return err
		}
	}
	var n int64
	if err := v.number(ctx, &n, "SELECT COUNT(*) FROM fact_stock_days"); err != nil {
		return err
	}
	if n != met {
		r.bad("fact_stock_days", "has %d rows of days on which nothing moved", n-met)
	}
	return nil
}

func (v *run) stockDay(ctx context.Context, d facts.StockDay) (have *facts.StockDay, err error) {
	err = v.db.Query(ctx, func(row store.Row) error {
		r, err := facts.StockDays.Scan(row)
		have = &r
		return err
	}, "SELECT "+facts.StockDays.Columns+" FROM "+facts.StockDays.Name+" WHERE sku = $1 AND location = $2 AND day = $3", d.SKU, d.Location, d.Day)
	return have, err
}
