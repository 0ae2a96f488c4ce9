package facts

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/project"
	"ordo/internal/store"
)

type position struct{ sku, location string }

// Days is the last day of each position.
type Days map[position]StockDay

// Add folds an event in, and returns the days that ended by it: no later event changes them.
func (s Days) Add(row *journal.Row, moves []inventory.Movement) (ended []StockDay) {
	day := row.At.Std().Format(time.DateOnly)
	for _, m := range moves {
		if d := s[position{m.SKU, m.Location}]; d.Day != "" && d.Day != day && !slices.Contains(ended, d) {
			ended = append(ended, d)
		}
	}
	s.add(row, moves)
	return ended
}

// All are the days that have not ended, by SKU and location.
func (s Days) All() []StockDay { return slices.SortedFunc(maps.Values(s), inOrder) }

func inOrder(a, b StockDay) int {
	return cmp.Or(strings.Compare(a.SKU, b.SKU), strings.Compare(a.Location, b.Location), strings.Compare(a.Day, b.Day))
}

// StockMoves reads what an event moved; nil for one that moves nothing.
func StockMoves(row *journal.Row) ([]inventory.Movement, error) {
	if !bytes.Contains(row.Body, []byte(`"stock":[`)) {
		return nil, nil
	}
	var b struct {
		Stock []inventory.Movement `json:"stock"`
	}
	if err := jsonx.Unmarshal(row.Body, &b); err != nil {
		return nil, fmt.Errorf("journal row %d: %w", row.Seq, err)
	}
	return b.Stock, nil
}

// add folds an event into the days of the positions that it moved.
func (s Days) add(row *journal.Row, moves []inventory.Movement) (moved []position) {
	at := row.At.Std()
	day, number := at.Format(time.DateOnly), at.Unix()/86400
	before := map[position]StockDay{}
	supplied := received(row)
	for _, m := range moves {
		k := position{m.SKU, m.Location}
		d := s[k]
		if d.Day != day {
			d.SKU, d.Location, d.Day, d.Number = m.SKU, m.Location, day, number
			d.Received, d.Shipped, d.Other, d.Oversold = 0, 0, 0, 0
		}
		if _, seen := before[k]; !seen {
			before[k] = d
			moved = append(moved, k)
		}
		if p := d.bucket(m.Bucket); p != nil {
			*p += m.Delta
		}
		if m.Bucket == inventory.OnHand {
			*d.cause(row.Type, supplied, m.Delta) += d.sign(row.Type, m.Delta)
		}
		s[k] = d
	}
	if OfOrder(row) {
		for _, k := range moved {
			d := s[k]
			d.Oversold += max(0, max(0, d.missing())-max(0, before[k].missing()))
			s[k] = d
		}
	}
	return moved
}

// missing is how many units are promised that are not there; below zero, how many are to spare.
func (d StockDay) missing() int64 { return d.Allocated + d.Reserved - (d.OnHand - d.Unsaleable) }

func (d *StockDay) bucket(b inventory.Bucket) *int64 {
	switch b {
	case inventory.OnHand:
		return &d.OnHand
	case inventory.Allocated:
		return &d.Allocated
	case inventory.Reserved:
		return &d.Reserved
	case inventory.Damaged, inventory.Quality:
		return &d.Unsaleable
	case inventory.Safety:
		return &d.Safety
	case inventory.InTransitIn:
		return &d.InTransit
	case inventory.OnOrder:
		return &d.OnOrder
	case inventory.Backordered:
		return &d.Backordered
	}
	return nil
}

// left reports whether an event lets goods leave to a customer.
func left(event string) bool {
	return event == "fulfillment.shipped" || event == "fulfillment.picked_up"
}

// received reports whether an event says that goods came from suppliers: a receipt, or one that somebody typed in as a
// correction with that reason.
func received(row *journal.Row) bool {
	if row.Type != "stock.adjusted" {
		return row.Type == "stock.received"
	}
	var b struct {
		Reason string `json:"reason"`
	}
	return jsonx.Unmarshal(row.Body, &b) == nil && b.Reason == "received" // StockMoves has read it
}

// cause is the counter of the day that a change of on hand belongs to.
func (d *StockDay) cause(event string, supplied bool, delta int64) *int64 {
	switch {
	case left(event) && delta < 0:
		return &d.Shipped
	case supplied && delta > 0:
		return &d.Received
	}
	return &d.Other
}

func (d *StockDay) sign(event string, delta int64) int64 {
	if left(event) && delta < 0 {
		return -delta
	}
	return delta
}

// foldStock adds the events to the days, and returns the rows that they changed.
func (r *reader) foldStock(ctx context.Context, q project.Querier, rows []journal.Row) ([]StockDay, error) {
	type event struct {
		row   *journal.Row
		moves []inventory.Movement
	}
	var events []event
	missing := map[position]bool{}
	for i := range rows {
		moves, err := StockMoves(&rows[i])
		if err != nil {
			return nil, err
		}
		if len(moves) == 0 {
			continue
		}
		events = append(events, event{&rows[i], moves})
		for _, m := range moves {
			k := position{m.SKU, m.Location}
			if _, known := r.stock[k]; !known {
				missing[k] = true
			}
		}
	}
	if err := r.loadDays(ctx, q, missing); err != nil {
		return nil, err
	}
	type key struct {
		position
		day string
	}
	changed := map[key]StockDay{}
	for _, e := range events {
		for _, k := range r.stock.add(e.row, e.moves) {
			d := r.stock[k]
			changed[key{k, d.Day}] = d
		}
	}
	return slices.SortedFunc(maps.Values(changed), inOrder), nil
}

// loadDays reads the last days of positions that are not remembered, all in one round trip.
func (r *reader) loadDays(ctx context.Context, q project.Querier, missing map[position]bool) error {
	var stmts []*store.Stmt
	for k := range missing {
		r.stock[k] = StockDay{}
		stmts = append(stmts, &store.Stmt{
			SQL:  "SELECT " + StockDays.Columns + " FROM fact_stock_days WHERE sku = $1 AND location = $2 ORDER BY day DESC LIMIT 1",
			Args: []any{k.sku, k.location}, Want: store.AnyRows,
			Scan: func(row store.Row) error {
				d, err := StockDays.Scan(row)
				r.stock[k] = d
				return err
			},
		})
	}
	if len(stmts) == 0 {
		return nil
	}
	return q.Do(ctx, stmts...)
}

func (r *reader) writeDays(days []StockDay) []*store.Stmt {
	if len(days) == 0 {
		return nil
	}
	return []*store.Stmt{StockDays.put(r.dialect, days)}
}
