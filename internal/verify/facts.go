package verify

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/facts"
	"ordo/internal/journal"
	"ordo/internal/store"
)

// The facts that reports are read from are made behind the commits. They are folded here again from the events of each
// order, up to where the reader has come, and compared row by row.

// factFile is an order's events and its facts as they are stored.
type factFile struct {
	events []journal.Row
	have   facts.Rows
}

// factPage is the events and facts of some orders.
type factPage map[string]*factFile

// readFacts walks the orders by the ids that events have, and then what no event speaks of.
func (v *run) readFacts(ctx context.Context) (err error) {
	if v.facts, err = v.position(ctx, facts.ReaderName); err != nil {
		return err
	}
	var secret []byte
	if err := v.db.Query(ctx, func(r store.Row) error { return r.Scan(&secret) }, "SELECT value FROM secrets WHERE name = $1", facts.Secret); err != nil {
		return err
	}
	pseudonym := facts.Pseudonyms(secret)
	after := ""
	read := func(ctx context.Context) (factPage, bool, error) {
		p, last, err := v.readFactPage(ctx, after)
		after = last
		return p, len(p) > 0, err
	}
	met := map[string]int64{}
	err = pipeline(ctx, read, func(p factPage) *tally { return p.check(pseudonym) }, func(t *tally) {
		v.total.add(t)
		for table, n := range t.facts {
			met[table] += n
		}
		v.total.sums.Merge(&t.sums)
		v.total.unread = v.total.unread || t.unread
	})
	if err != nil {
		return err
	}
	if err := v.readSums(ctx); err != nil {
		return err
	}
	if met[facts.Cases.Name], err = v.readCaseFacts(ctx); err != nil {
		return err
	}
	if met[facts.Variances.Name], err = v.readStockFacts(ctx); err != nil {
		return err
	}
	for _, table := range facts.Tables {
		if table != facts.StockDays.Name {
			if err := v.strayFacts(ctx, table, met[table]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *run) readFactPage(ctx context.Context, after string) (p factPage, last string, err error) {
	p = factPage{}
	ids, err := v.factEvents(ctx, max(after, "ord_"), "ord`", func(id string) { p[id] = &factFile{} }, func(e *journal.Row) {
		p[e.Aggregate].events = append(p[e.Aggregate].events, *e)
	})
	if err != nil || len(ids) == 0 {
		return p, "", err
	}
	for _, read := range []func() error{
		func() error {
			return readTable(ctx, v, facts.Orders, ids, func(r facts.Order) { f := p[r.ID]; f.have.Orders = append(f.have.Orders, r) })
		},
		func() error {
			return readTable(ctx, v, facts.Lines, ids, func(r facts.Line) { f := p[r.Order]; f.have.Lines = append(f.have.Lines, r) })
		},
		func() error {
			return readTable(ctx, v, facts.Fulfillments, ids, func(r facts.Fulfillment) { f := p[r.Order]; f.have.Fulfillments = append(f.have.Fulfillments, r) })
		},
		func() error {
			return readTable(ctx, v, facts.Shipments, ids, func(r facts.Shipment) { f := p[r.Order]; f.have.Shipments = append(f.have.Shipments, r) })
		},
		func() error {
			return readTable(ctx, v, facts.Moneys, ids, func(r facts.Money) { f := p[r.Order]; f.have.Money = append(f.have.Money, r) })
		},
		func() error {
			return readTable(ctx, v, facts.Cancels, ids, func(r facts.Cancel) { f := p[r.Order]; f.have.Cancels = append(f.have.Cancels, r) })
		},
		func() error {
			return readTable(ctx, v, facts.Returns, ids, func(r facts.Return) { f := p[r.Order]; f.have.Returns = append(f.have.Returns, r) })
		},
		func() error {
			return readTable(ctx, v, facts.ReturnLines, ids, func(r facts.ReturnLine) { f := p[r.Order]; f.have.ReturnLines = append(f.have.ReturnLines, r) })
		},
		func() error {
			return readTable(ctx, v, facts.Grants, ids, func(r facts.Grant) { f := p[r.Order]; f.have.Grants = append(f.have.Grants, r) })
		},
		func() error {
			return readTable(ctx, v, facts.Authorizations, ids, func(r facts.Authorization) { f := p[r.Order]; f.have.Authorizations = append(f.have.Authorizations, r) })
		},
	} {
		if err == nil {
			err = read()
		}
	}
	return p, ids[len(ids)-1], err
}

// factEvents reads the events of the next aggregates after a name and before another, up to where the facts are kept.
func (v *run) factEvents(ctx context.Context, after, before string, begin func(id string), take func(*journal.Row)) (ids []string, err error) {
	err = v.db.Query(ctx, func(r store.Row) error {
		var id string
		err := r.Scan(&id)
		begin(id)
		ids = append(ids, id)
		return err
	}, "SELECT DISTINCT aggregate FROM journal WHERE aggregate > $1 AND aggregate < $2 AND seq <= $3 ORDER BY aggregate LIMIT $4", after, before, v.facts, orderPage)
	if err != nil || len(ids) == 0 {
		return ids, err
	}
	err = v.in(ctx, ids, func(r store.Row) error {
		e, err := journal.Scan(r)
		if err == nil && e.Seq <= v.facts {
			take(&e)
		}
		return err
	}, "SELECT "+journal.Columns+" FROM journal WHERE aggregate IN (?) ORDER BY aggregate, seq")
	return ids, err
}

func readTable[T comparable](ctx context.Context, v *run, t *facts.Table[T], ids []string, take func(T)) error {
	return v.in(ctx, ids, func(r store.Row) error {
		row, err := t.Scan(r)
		take(row)
		return err
	}, "SELECT "+t.Columns+" FROM "+t.Name+" WHERE "+t.Owner()+" IN (?) ORDER BY "+t.Key)
}

// check folds each order and compares.
func (p factPage) check(pseudonym func(string) string) *tally {
	t := newTally()
	t.facts = map[string]int64{}
	for _, id := range slices.Sorted(maps.Keys(p)) {
		f := p[id]
		have := f.have
		for table, n := range map[string]int{
			facts.Orders.Name: len(have.Orders), facts.Lines.Name: len(have.Lines), facts.Fulfillments.Name: len(have.Fulfillments),
			facts.Shipments.Name: len(have.Shipments), facts.Moneys.Name: len(have.Money), facts.Cancels.Name: len(have.Cancels),
			facts.Returns.Name: len(have.Returns), facts.ReturnLines.Name: len(have.ReturnLines), facts.Grants.Name: len(have.Grants),
			facts.Authorizations.Name: len(have.Authorizations),
		} {
			t.facts[table] += int64(n)
		}
		guard(t.of("facts.orders"), orderName(id), func() { f.check(t, id, pseudonym) })
	}
	return t
}

func (f *factFile) check(t *tally, id string, pseudonym func(string) string) {
	var file facts.File
	for i := range f.events {
		if file.Add(&f.events[i], pseudonym) != nil {
			t.unread = true
			return // journal.events says so
		}
	}
	want, have := file.Rows(), f.have
	t.sums.Add(&want)
	if file.Erased { // the pseudonym stays, and nobody can make it again
		want.Forget()
		have.Forget()
	}
	sameRows(t.of("facts.orders"), orderName(id), have.Orders, want.Orders, func(r facts.Order) string { return r.ID })
	sameRows(t.of("facts.lines"), orderName(id), have.Lines, want.Lines, func(r facts.Line) string { return r.Line })
	sameRows(t.of("facts.fulfillments"), orderName(id), have.Fulfillments, want.Fulfillments, func(r facts.Fulfillment) string { return r.ID })
	sameRows(t.of("facts.shipments"), orderName(id), have.Shipments, want.Shipments, func(r facts.Shipment) string { return r.Fulfillment + " " + r.Package })
	sameRows(t.of("facts.money"), orderName(id), have.Money, want.Money, func(r facts.Money) string { return number(r.Seq) + " " + number(r.Line) })
	sameRows(t.of("facts.returns"), orderName(id), have.Returns, want.Returns, func(r facts.Return) string { return r.ID })
	sameRows(t.of("facts.return_lines"), orderName(id), have.ReturnLines, want.ReturnLines, func(r facts.ReturnLine) string { return r.Return + " " + r.Line })
	sameRows(t.of("facts.grants"), orderName(id), have.Grants, want.Grants, func(r facts.Grant) string { return r.ID })
	sameRows(t.of("facts.authorizations"), orderName(id), have.Authorizations, want.Authorizations, func(r facts.Authorization) string { return r.ID })
	sameRows(t.of("facts.cancels"), orderName(id), have.Cancels, want.Cancels, func(r facts.Cancel) string { return number(r.Seq) + " " + r.Line })
}

// sameRows compares rows by their keys.
func sameRows[T comparable](r *result, name string, have, want []T, key func(T) string) {
	r.rows += int64(max(len(have), len(want)))
	byKey := map[string]T{}
	for _, x := range have {
		byKey[key(x)] = x
	}
	for _, w := range want {
		h, ok := byKey[key(w)]
		delete(byKey, key(w))
		switch {
		case !ok:
			r.bad(name, "%s is not in the facts", strings.TrimSpace(key(w)))
		case h != w:
			r.bad(name, "%s", difference(w, h))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(byKey)) {
		r.bad(name, "%s is in the facts, and no event says so", k)
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// strayFacts counts the rows of orders that have no event.
func (v *run) strayFacts(ctx context.Context, table string, met int64) error {
	var n int64
	err := v.number(ctx, &n, "SELECT COUNT(*) FROM "+table)
	if n != met {
		v.total.of("facts."+strings.TrimPrefix(table, "fact_")).bad(table, "has %d rows of what no event speaks of", n-met)
	}
	return err
}
