package app

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/project"
	"ordo/internal/store"
)

// The stock card is made from the journal behind the commits: a row per event and position that it moved, with what the
// position had after it. It costs placement nothing but its share of the disk (ADR 0012).

// StockCardReader is the name of the reader that makes the stock card.
const StockCardReader = "stock_card"

// maxCardBalances bounds the memory of the reader.
const maxCardBalances = 50_000

type cardKey struct{ sku, location string }

// stockCard is the reader. Balances of positions that it met lately are kept, as long as it reads on where it stopped.
type stockCard struct {
	dialect  store.Dialect
	balances map[cardKey]inventory.Balance
	seq      int64 // up to which the balances are
}

func stockCardReader(d store.Dialect) project.Reader {
	return project.Reader{Name: StockCardReader, Project: (&stockCard{dialect: d}).project}
}

type cardRow struct {
	cardKey
	seq   int64
	moves []inventory.Movement
}

// project writes the rows of a page. The memory is thrown away when a page before it was lost, or read by another node.
func (c *stockCard) project(ctx context.Context, q project.Querier, rows []journal.Row) ([]*store.Stmt, error) {
	if c.balances == nil || rows[0].Seq != c.seq+1 || len(c.balances) > maxCardBalances {
		c.balances = map[cardKey]inventory.Balance{}
	}
	card, err := cardRows(rows)
	if err != nil {
		return nil, err
	}
	if err := c.load(ctx, q, card); err != nil {
		c.balances = nil // zeros stand in it for what was not read
		return nil, err
	}
	var skus, locations, units []string
	var seqs []int64
	for _, r := range card {
		b := c.balances[r.cardKey]
		for _, m := range r.moves {
			if i := m.Bucket.Index(); i >= 0 {
				b[i] += m.Delta
			}
		}
		c.balances[r.cardKey] = b
		skus, locations, seqs, units = append(skus, r.sku), append(locations, r.location), append(seqs, r.seq), append(units, inventory.Text(b))
	}
	c.seq = rows[len(rows)-1].Seq
	if len(skus) == 0 {
		return nil, nil
	}
	return []*store.Stmt{{
		SQL:  c.dialect.Insert("stock_card", []store.Col{text("sku"), text("location"), {Name: "seq", Type: store.Int}, text("units")}, false),
		Rows: []any{skus, locations, seqs, units}, Want: int64(len(skus)),
	}}, nil
}

// cardRows finds what moved, in the order of the journal; movements of one event at one position are one row.
func cardRows(rows []journal.Row) (card []cardRow, err error) {
	for i := range rows {
		if !bytes.Contains(rows[i].Body, []byte(`"stock":[`)) {
			continue
		}
		var body struct {
			Stock []inventory.Movement `json:"stock"`
		}
		if err := jsonx.Unmarshal(rows[i].Body, &body); err != nil {
			return nil, fmt.Errorf("journal row %d: %w", rows[i].Seq, err)
		}
		first := len(card)
		for _, m := range body.Stock {
			k := cardKey{m.SKU, m.Location}
			at := first
			for at < len(card) && card[at].cardKey != k {
				at++
			}
			if at == len(card) {
				card = append(card, cardRow{cardKey: k, seq: rows[i].Seq})
			}
			card[at].moves = append(card[at].moves, m)
		}
	}
	return card, nil
}

// load reads the last balances of positions that are not in memory, all in one round trip.
func (c *stockCard) load(ctx context.Context, q project.Querier, card []cardRow) error {
	var stmts []*store.Stmt
	for _, r := range card {
		k := r.cardKey
		if _, known := c.balances[k]; known {
			continue
		}
		c.balances[k] = inventory.Balance{}
		stmts = append(stmts, &store.Stmt{
			SQL:  "SELECT units FROM stock_card WHERE sku = $1 AND location = $2 ORDER BY seq DESC LIMIT 1",
			Args: []any{k.sku, k.location}, Want: store.AnyRows,
			Scan: func(row store.Row) error {
				var s string
				if err := row.Scan(&s); err != nil {
					return err
				}
				b, err := inventory.ParseBalance(s)
				c.balances[k] = b
				return err
			},
		})
	}
	if len(stmts) == 0 {
		return nil
	}
	return q.Do(ctx, stmts...)
}

// CardEntry is one event that moved a position, with what the position had after it.
type CardEntry struct {
	SKU, Location string
	Seq           int64
	At            micros.Time
	Type          string
	Aggregate     string // order, adjustment, transfer, count, …
	Actor         string
	Reason        string
	Moved         inventory.Balance
	After         inventory.Balance
}

// CardPlace is where a page of a stock card ended: cards stand one after the other, by location.
type CardPlace struct {
	Location string
	Seq      int64
}

// StockCard lists what moved a SKU, location by location, each in the order of the journal. Through is the position of
// the journal up to which it is complete.
//
// Newest first, the cards of all locations are one: what happened last stands first.
func (a *App) StockCard(ctx context.Context, sku, location string, newest bool, after CardPlace, limit int) (entries []CardEntry, through int64, err error) {
	if err := a.catchUp(ctx); err != nil {
		return nil, 0, err
	}
	err = a.DB.Snapshot(ctx, func(r store.Reader) error {
		if through, err = project.Position(ctx, r, StockCardReader); err != nil {
			return err
		}
		if newest {
			entries, err = newestCard(ctx, r, sku, location, after, limit)
		} else {
			entries, err = cardPage(ctx, r, sku, location, after, limit)
		}
		return err
	})
	return entries, through, err
}

func cardPage(ctx context.Context, r store.Reader, sku, location string, after CardPlace, limit int) ([]CardEntry, error) {
	where, args := "sku = $1 AND (location, seq) > ($2, $3)", []any{sku, after.Location, after.Seq}
	if location != "" {
		where, args = where+" AND location = $4", append(args, location)
	}
	args = append(args, limit)
	var out []CardEntry
	err := r.Query(ctx, func(row store.Row) error {
		e := CardEntry{SKU: sku}
		var units string
		if err := row.Scan(&e.Location, &e.Seq, &units); err != nil {
			return err
		}
		b, err := inventory.ParseBalance(units)
		e.After = b
		out = append(out, e)
		return err
	}, "SELECT location, seq, units FROM stock_card WHERE "+where+" ORDER BY location, seq LIMIT $"+strconv.Itoa(len(args)), args...)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	before, err := balanceAt(ctx, r, sku, out[0].Location, out[0].Seq-1)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if i > 0 && out[i].Location != out[i-1].Location {
			before = inventory.Balance{} // a card begins with nothing
		}
		for b := range before {
			out[i].Moved[b] = out[i].After[b] - before[b]
		}
		before = out[i].After
	}
	return out, causes(ctx, r, out)
}

// newestCard is a page of the card that begins with what happened last.
func newestCard(ctx context.Context, r store.Reader, sku, location string, after CardPlace, limit int) ([]CardEntry, error) {
	var where selection
	where.add("c.sku = ?", sku)
	where.equal([2]string{"c.location", location})
	if after.Seq > 0 {
		where.add("(c.seq < ? OR c.seq = ? AND c.location > ?)", after.Seq, after.Seq, after.Location)
	}
	text, args := where.page(`SELECT c.location, c.seq, c.units, COALESCE((SELECT b.units FROM stock_card AS b
		WHERE b.sku = c.sku AND b.location = c.location AND b.seq < c.seq ORDER BY b.seq DESC LIMIT 1), '') FROM stock_card AS c`, "c.seq DESC, c.location", limit)
	var out []CardEntry
	err := r.Query(ctx, func(row store.Row) error {
		e := CardEntry{SKU: sku}
		var units, before string
		if err := row.Scan(&e.Location, &e.Seq, &units, &before); err != nil {
			return err
		}
		was, err := inventory.ParseBalance(before)
		if err != nil {
			return err
		}
		e.After, err = inventory.ParseBalance(units)
		for i := range was {
			e.Moved[i] = e.After[i] - was[i]
		}
		out = append(out, e)
		return err
	}, text, args...)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return out, causes(ctx, r, out)
}

// balanceAt is what a position had after everything up to a position of the journal.
func balanceAt(ctx context.Context, r store.Reader, sku, location string, seq int64) (b inventory.Balance, err error) {
	err = r.Query(ctx, func(row store.Row) error {
		var units string
		if err := row.Scan(&units); err != nil {
			return err
		}
		b, err = inventory.ParseBalance(units)
		return err
	}, "SELECT units FROM stock_card WHERE sku = $1 AND location = $2 AND seq <= $3 ORDER BY seq DESC LIMIT 1", sku, location, seq)
	return b, err
}

// causes fills in what the journal says of the entries.
func causes(ctx context.Context, r store.Reader, entries []CardEntry) error {
	bySeq := map[int64][]*CardEntry{}
	marks, args := make([]string, len(entries)), make([]any, len(entries))
	for i := range entries {
		e := &entries[i]
		bySeq[e.Seq] = append(bySeq[e.Seq], e)
		marks[i], args[i] = "$"+strconv.Itoa(i+1), e.Seq
	}
	return r.Query(ctx, func(row store.Row) error {
		var seq int64
		var c CardEntry
		var body string
		if err := row.Scan(&seq, &c.At, &c.Type, &c.Aggregate, &c.Actor, &body); err != nil {
			return err
		}
		var why struct {
			Reason string `json:"reason"`
		}
		if err := jsonx.Unmarshal([]byte(body), &why); err != nil {
			return err
		}
		for _, e := range bySeq[seq] {
			e.At, e.Type, e.Aggregate, e.Actor, e.Reason = c.At, c.Type, c.Aggregate, c.Actor, why.Reason
		}
		return nil
	}, "SELECT seq, at, type, aggregate, actor, body FROM journal WHERE seq IN ("+strings.Join(marks, ", ")+")", args...)
}

// StockAsOf lists positions as they were at a time: what everything that happened until then added up to.
func (a *App) StockAsOf(ctx context.Context, at micros.Time, f PositionFilter) ([]inventory.Position, error) {
	if err := a.catchUp(ctx); err != nil {
		return nil, err
	}
	return a.found(ctx, f, func(f PositionFilter) (out []inventory.Position, err error) {
		err = a.DB.Snapshot(ctx, func(r store.Reader) error {
			out, err = stockAsOf(ctx, r, at, f)
			return err
		})
		return out, err
	})
}

func stockAsOf(ctx context.Context, r store.Reader, at micros.Time, f PositionFilter) (out []inventory.Position, err error) {
	seq, err := seqAt(ctx, r, at)
	if err != nil {
		return nil, err
	}
	through, err := project.Position(ctx, r, StockCardReader)
	if err != nil {
		return nil, err
	}
	if seq > through {
		return nil, errs.New(errs.Unavailable, "not_caught_up", "the stock card is complete up to journal position %d, asked is %d; try again shortly", through, seq)
	}
	now := f.positions()
	where, args := strings.Join(now.where, " AND "), append(now.args, seq, f.Limit)
	err = r.Query(ctx, func(row store.Row) error {
		var p inventory.Position
		var units string
		if err := row.Scan(&p.SKU, &p.Location, &units); err != nil {
			return err
		}
		p.Units, err = inventory.ParseBalance(units)
		out = append(out, p)
		return err
	}, fmt.Sprintf(`SELECT sku, location, units FROM (SELECT p.sku AS sku, p.location AS location,
		(SELECT c.units FROM stock_card AS c WHERE c.sku = p.sku AND c.location = p.location AND c.seq <= $%d ORDER BY c.seq DESC LIMIT 1) AS units
		FROM stock_positions AS p WHERE %s) AS x WHERE units IS NOT NULL ORDER BY sku, location LIMIT $%d`, len(args)-1, where, len(args)), args...)
	return out, err
}

// seqAt finds the last row of the journal that is not younger than a time: positions and times rise together.
func seqAt(ctx context.Context, r journal.Querier, at micros.Time) (int64, error) {
	head, err := journal.ReadHead(ctx, r)
	if err != nil {
		return 0, err
	}
	low, high := int64(0), head.Seq // the answer is in [low, high]
	for low < high {
		mid := (low + high + 1) / 2
		var t micros.Time
		if err := r.Query(ctx, func(row store.Row) error { return row.Scan(&t) }, "SELECT at FROM journal WHERE seq = $1", mid); err != nil {
			return 0, err
		}
		if t <= at {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low, nil
}

// catchUpWithin bounds how long a reader of the stock card waits for it.
const catchUpWithin = 3 * time.Second

// catchUp waits until the reader has come as far as the journal is now, for a bounded time.
func (a *App) catchUp(ctx context.Context) error {
	head, err := a.Head(ctx)
	if err != nil {
		return err
	}
	for end := time.Now().Add(catchUpWithin); time.Now().Before(end); {
		seq, err := project.Position(ctx, a.DB, StockCardReader)
		if err != nil || seq >= head.Seq {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}
