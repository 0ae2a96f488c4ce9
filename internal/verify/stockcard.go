package verify

import (
	"cmp"
	"context"
	"hash/maphash"
	"maps"
	"math"
	"slices"

	"ordo/internal/facts"
	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/store"
)

// The stock card is made behind the commits: a row per event and position that it moved (ADR 0012). It is folded here
// again, up to where its reader has come. Journal and card are each read once in their own order, one by position in
// the journal, the other by SKU and location, so what is kept is a sum of the rows of each position instead of the rows.
// Only where a sum differs the journal is read again to name the rows.

// cardStep is what one event moved at one position.
type cardStep struct {
	posKey
	seq   int64
	moved inventory.Balance
}

// cardRow is a row of one position's card. Units are compared as they are stored: there is one way to write a balance.
type cardRow struct {
	seq   int64
	units string
}

// cardFold is the card of one position as far as it was read.
type cardFold struct {
	units inventory.Balance
	rows  int64
	sum   uint64 // of all rows in their order
}

func (f *cardFold) add(row cardRow) {
	f.rows++
	f.sum = maphash.Comparable(seed, struct {
		before uint64
		row    cardRow
	}{f.sum, row})
}

// after moves the balance on and returns the row that says so.
func (f *cardFold) after(s *cardStep) cardRow {
	for b, n := range s.moved {
		f.units[b] += n
	}
	return cardRow{s.seq, inventory.Text(f.units)}
}

// cardSteps reads what rows up to a position of the journal moved. Movements of one event at one position are one step.
func cardSteps(rows []journal.Row, through int64) (out []cardStep) {
	for i := range rows {
		row := &rows[i]
		if row.Seq > through {
			break
		}
		moves, err := facts.StockMoves(row)
		if err != nil {
			continue // journal.events says so
		}
		first := len(out)
		for _, m := range moves {
			k := posKey{m.SKU, m.Location}
			at := first
			for at < len(out) && out[at].posKey != k {
				at++
			}
			if at == len(out) {
				out = append(out, cardStep{posKey: k, seq: row.Seq})
			}
			if b := m.Bucket.Index(); b >= 0 {
				out[at].moved[b] += m.Delta
			}
		}
	}
	return out
}

// foldCard takes the steps of a page, in the order of the journal.
func (v *run) foldCard(steps []cardStep) {
	for i := range steps {
		s := &steps[i]
		f := v.card[s.posKey]
		if f == nil {
			f = &cardFold{}
			v.card[s.posKey] = f
		}
		f.add(f.after(s))
	}
}

// readCard compares the cards with what readJournal has folded.
func (v *run) readCard(ctx context.Context) error {
	r := v.total.of("stock.card")
	if v.carded > v.last.Seq {
		r.bad("the stock card", "is kept up to journal row %d, the journal ends at %d", v.carded, v.last.Seq)
	}
	var differ []posKey
	compare := func(k posKey, have cardFold) {
		want := cardFold{}
		if f := v.card[k]; f != nil {
			want = *f
			delete(v.card, k)
		}
		r.rows += max(have.rows, want.rows)
		if have.rows != want.rows || have.sum != want.sum {
			differ = append(differ, k)
		}
	}
	var at posKey
	var have cardFold
	err := v.db.Query(ctx, func(row store.Row) error {
		var k posKey
		var c cardRow
		if err := row.Scan(&k.sku, &k.location, &c.seq, &c.units); err != nil {
			return err
		}
		if k != at {
			if have.rows > 0 {
				compare(at, have)
			}
			at, have = k, cardFold{}
		}
		have.add(c)
		return nil
	}, "SELECT sku, location, seq, units FROM stock_card ORDER BY sku, location, seq")
	if err != nil {
		return err
	}
	if have.rows > 0 {
		compare(at, have)
	}
	for _, k := range slices.SortedFunc(maps.Keys(v.card), byPosition) {
		compare(k, cardFold{}) // it has no card at all
	}
	return v.nameCardRows(ctx, differ)
}

func byPosition(a, b posKey) int {
	return cmp.Or(cmp.Compare(a.sku, b.sku), cmp.Compare(a.location, b.location))
}

// nameCardRows reads the journal again and finds the rows by which cards differ. Those beyond what a report shows are
// counted once each.
func (v *run) nameCardRows(ctx context.Context, differ []posKey) error {
	r := v.total.of("stock.card")
	named := differ[:min(len(differ), keep)]
	for _, k := range differ[len(named):] {
		r.bad(positionName(k.sku, k.location), "its card is not what its movements add up to")
	}
	if len(named) == 0 {
		return nil
	}
	folds := map[posKey]*cardFold{}
	for _, k := range named {
		folds[k] = &cardFold{}
	}
	for after := int64(math.MinInt64); ; {
		rows, err := journal.After(ctx, v.db, after, journalPage)
		if err != nil {
			return err
		}
		want := map[posKey][]cardRow{}
		steps := cardSteps(rows, v.carded)
		for i := range steps {
			s := &steps[i]
			if f := folds[s.posKey]; f != nil {
				want[s.posKey] = append(want[s.posKey], f.after(s))
			}
		}
		through := int64(math.MaxInt64) // rows of the card after the last one of the journal are too many
		if len(rows) > 0 {
			through = rows[len(rows)-1].Seq
		}
		for _, k := range named {
			have, err := v.cardRows(ctx, k, after, through)
			if err != nil {
				return err
			}
			sameCard(r, k, have, want[k])
		}
		if len(rows) == 0 {
			return nil
		}
		after = through
	}
}

func (v *run) cardRows(ctx context.Context, k posKey, after, through int64) (out []cardRow, err error) {
	err = v.db.Query(ctx, func(row store.Row) error {
		var c cardRow
		err := row.Scan(&c.seq, &c.units)
		out = append(out, c)
		return err
	}, "SELECT seq, units FROM stock_card WHERE sku = $1 AND location = $2 AND seq > $3 AND seq <= $4 ORDER BY seq", k.sku, k.location, after, through)
	return out, err
}

func sameCard(r *result, k posKey, have, want []cardRow) {
	name := positionName(k.sku, k.location)
	for len(have) > 0 || len(want) > 0 {
		switch {
		case len(want) == 0 || len(have) > 0 && have[0].seq < want[0].seq:
			r.bad(name, "journal row %d is on its card, and moved nothing there, or not yet", have[0].seq)
			have = have[1:]
		case len(have) == 0 || want[0].seq < have[0].seq:
			r.bad(name, "journal row %d is not on its card", want[0].seq)
			want = want[1:]
		default:
			if have[0] != want[0] {
				r.bad(name, "has %q on its card after journal row %d, its movements add up to %q", have[0].units, have[0].seq, want[0].units)
			}
			have, want = have[1:], want[1:]
		}
	}
}
