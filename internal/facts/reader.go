package facts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"ordo/internal/journal"
	"ordo/internal/project"
	"ordo/internal/store"
)

// ReaderName is the name of the reader that keeps the facts.
const ReaderName = "facts"

// Version is that of how events become facts. It rises with every change of what rows come out: sums add the difference of
// what a row was and is, so that rows which an older version made would leave them wrong for good.
const Version = 4

// Secret is the name of the secret that pseudonyms are made with.
const Secret = "pseudonyms"

// maxFiles bounds the memory of the reader, in orders and in positions.
const (
	maxFiles     = 4_000
	maxPositions = 50_000
)

// Pseudonyms returns the function that turns a mail address into the key of a customer: the same for the same address,
// and of no use to who does not have the secret.
func Pseudonyms(secret []byte) func(string) string {
	return func(who string) string {
		if who == "" {
			return ""
		}
		h := hmac.New(sha256.New, secret)
		h.Write([]byte(who))
		return hex.EncodeToString(h.Sum(nil)[:8])
	}
}

// remembered is an order that the reader met lately.
type remembered struct {
	file    File
	written Rows
}

// reader keeps the tables. What it remembers is good as long as it reads on where it stopped.
type reader struct {
	dialect   store.Dialect
	pseudonym func(string) string
	seq       int64 // up to which it remembers
	orders    map[string]*remembered
	cases     map[string]*rememberedCase
	stock     Days
}

// Reader is the reader that keeps the facts.
func Reader(d store.Dialect, pseudonym func(string) string) project.Reader {
	r := &reader{dialect: d, pseudonym: pseudonym}
	return project.Reader{Name: ReaderName, Project: func(ctx context.Context, q project.Querier, rows []journal.Row) ([]*store.Stmt, error) {
		if r.orders == nil || rows[0].Seq != r.seq+1 {
			r.forget()
		}
		r.seq = -1 // until it is done: what fails in the middle is read again, by who remembers nothing
		stmts, err := r.project(ctx, q, rows)
		if err == nil {
			r.seq = rows[len(rows)-1].Seq
		}
		return stmts, err
	}}
}

func (r *reader) forget() {
	r.orders, r.cases, r.stock = map[string]*remembered{}, map[string]*rememberedCase{}, Days{}
}

func (r *reader) project(ctx context.Context, q project.Querier, rows []journal.Row) ([]*store.Stmt, error) {
	if len(r.orders) > maxFiles {
		clear(r.orders)
	}
	if len(r.cases) > maxFiles {
		clear(r.cases)
	}
	if len(r.stock) > maxPositions {
		clear(r.stock)
	}
	touched, err := r.fold(ctx, q, rows)
	if err != nil {
		return nil, err
	}
	days, err := r.foldStock(ctx, q, rows)
	if err != nil {
		return nil, err
	}
	cases, err := r.foldCases(ctx, q, rows)
	if err != nil {
		return nil, err
	}
	variances, err := variancesOf(rows)
	if err != nil {
		return nil, err
	}
	return slices.Concat(r.write(touched), r.writeDays(days), stmtsOf(r.dialect, Cases, cases), stmtsOf(r.dialect, Variances, variances)), nil
}

// fold adds the events to the orders that they are about, and returns these in the order of their first event here.
func (r *reader) fold(ctx context.Context, q project.Querier, rows []journal.Row) (touched []string, err error) {
	var missing []string
	for i := range rows {
		id := rows[i].Aggregate
		if !OfOrder(&rows[i]) || slices.Contains(touched, id) {
			continue
		}
		touched = append(touched, id)
		if r.orders[id] == nil {
			r.orders[id] = &remembered{}
			if begins := rows[i].Version == 1 && (rows[i].Type == "order.placed" || rows[i].Type == "order.drafted"); !begins {
				missing = append(missing, id)
			}
		}
	}
	if err := r.load(ctx, q, missing, rows[0].Seq); err != nil {
		return nil, err
	}
	for i := range rows {
		if !OfOrder(&rows[i]) {
			continue
		}
		if err := r.orders[rows[i].Aggregate].file.Add(&rows[i], r.pseudonym); err != nil {
			return nil, err
		}
	}
	return touched, nil
}

// load folds orders that are not remembered, up to a position of the journal.
func (r *reader) load(ctx context.Context, q project.Querier, ids []string, before int64) error {
	if len(ids) == 0 {
		return nil
	}
	err := r.earlier(ctx, q, ids, before, func(e *journal.Row) error { return r.orders[e.Aggregate].file.Add(e, r.pseudonym) })
	for _, id := range ids {
		r.orders[id].written = r.orders[id].file.Rows()
	}
	return err
}

// earlier reads the events of aggregates up to a position of the journal.
func (r *reader) earlier(ctx context.Context, q project.Querier, ids []string, before int64, take func(*journal.Row) error) error {
	return q.Do(ctx, &store.Stmt{
		SQL:  r.dialect.Select("journal", []string{journal.Columns}, []store.Col{{Name: "aggregate", Type: store.Text}}, "seq", false),
		Rows: []any{ids}, Want: store.AnyRows,
		Scan: func(row store.Row) error {
			e, err := journal.Scan(row)
			if err != nil || e.Seq >= before {
				return err
			}
			return take(&e)
		},
	})
}

// write makes the statements for what became other facts.
func (r *reader) write(touched []string) (stmts []*store.Stmt) {
	var w writer
	for _, id := range touched {
		o := r.orders[id]
		now := o.file.Rows()
		w.change(id, &o.written, &now)
		o.written = now
	}
	return w.stmts(r.dialect)
}

// writer collects what is written, table by table.
type writer struct {
	orders         changes[Order]
	lines          changes[Line]
	fulfillments   changes[Fulfillment]
	shipments      changes[Shipment]
	money          changes[Money]
	cancels        changes[Cancel]
	returns        changes[Return]
	returnLines    changes[ReturnLine]
	grants         changes[Grant]
	authorizations changes[Authorization]
	sums           Tallies
}

// change takes over what became of the facts of an order.
func (w *writer) change(id string, was, now *Rows) {
	w.sums.Change(was, now)
	w.orders.add(Orders, id, was.Orders, now.Orders)
	w.lines.add(Lines, id, was.Lines, now.Lines)
	w.fulfillments.add(Fulfillments, id, was.Fulfillments, now.Fulfillments)
	w.shipments.add(Shipments, id, was.Shipments, now.Shipments)
	w.money.add(Moneys, id, was.Money, now.Money)
	w.cancels.add(Cancels, id, was.Cancels, now.Cancels)
	w.returns.add(Returns, id, was.Returns, now.Returns)
	w.returnLines.add(ReturnLines, id, was.ReturnLines, now.ReturnLines)
	w.grants.add(Grants, id, was.Grants, now.Grants)
	w.authorizations.add(Authorizations, id, was.Authorizations, now.Authorizations)
}

func (w *writer) stmts(d store.Dialect) []*store.Stmt {
	return slices.Concat(
		stmtsOf(d, Orders, w.orders), stmtsOf(d, Lines, w.lines), stmtsOf(d, Fulfillments, w.fulfillments), stmtsOf(d, Shipments, w.shipments), stmtsOf(d, Moneys, w.money),
		stmtsOf(d, Cancels, w.cancels), stmtsOf(d, Returns, w.returns), stmtsOf(d, ReturnLines, w.returnLines), stmtsOf(d, Grants, w.grants), stmtsOf(d, Authorizations, w.authorizations),
		w.sums.stmts(d),
	)
}

// changes are the rows of a table that replace those of orders.
type changes[T comparable] struct {
	remove   []string // orders whose rows go
	rows     []T
	compared int // pairs of rows that were looked at
}

// add takes over the rows of an order that became others or new. Where rows are of other things than before, all of the
// order go first. Rows mostly stay where they were, so each is compared with the one at its place; those that have moved
// find what they were by their key.
func (c *changes[T]) add(t *Table[T], id string, was, now []T) {
	first := len(c.rows)
	var moved []T      // of now, that are of other things than what was at their place
	var before map[T]T // what was at such places, and where there is nothing now, by key
	for i, n := range now {
		if i >= len(was) {
			moved = append(moved, n)
			continue
		}
		c.compared++
		switch {
		case was[i] == n:
		case t.same(was[i], n):
			c.rows = append(c.rows, n)
		default:
			moved = append(moved, n)
			if before == nil {
				before = map[T]T{}
			}
			before[t.KeyOf(was[i])] = was[i]
		}
	}
	gone := len(now) < len(was)
	for _, n := range moved {
		w, ok := before[t.KeyOf(n)]
		c.compared++
		if ok {
			delete(before, t.KeyOf(n))
		}
		if !ok || w != n {
			c.rows = append(c.rows, n)
		}
	}
	if gone || len(before) > 0 {
		c.remove = append(c.remove, id)
		c.rows = append(c.rows[:first], now...)
	}
}

func stmtsOf[T comparable](d store.Dialect, t *Table[T], c changes[T]) (out []*store.Stmt) {
	if len(c.remove) > 0 {
		out = append(out, t.removeOrders(d, c.remove))
	}
	if len(c.rows) > 0 {
		out = append(out, t.put(d, c.rows))
	}
	return out
}
