package verify

import (
	"context"

	"ordo/internal/app"
	"ordo/internal/fulfillment"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/store"
	"ordo/internal/work"
)

// orderPage is how many orders are read at once, with all that belongs to them.
const orderPage = 256

// stored is a document as its row has it. doc is nil when it cannot be read.
type stored[T any] struct {
	id      string
	version int64
	doc     *T
	err     error
}

type paymentRow struct {
	stored[payment.Payment]
	order   string
	waiting int64
	ref     string
}

type fulfillmentRow struct {
	stored[fulfillment.Fulfillment]
	order, location, status string
	terms                   []work.Term
}

// event is a journal row of an order.
type event struct {
	seq      int64
	kind     string // its type
	version  int64
	raw      string
	personal string
	body     app.Body
	err      error // of reading the body
}

// file is all that is stored about one order.
type file struct {
	stored[order.Order]
	cols         orderColumns
	payments     []*paymentRow // in the order of the order's list; nil for one that does not exist
	fulfillments []*fulfillmentRow
	returns      []*returnRow
	events       []*event
	number       string              // who owns its number in the key table
	external     string              // who owns its external id
	run          *run                // what was read before the orders; not changed meanwhile
	facts        map[string][]*event // outcomes of payment entries, by entry
	intents      map[string][]*event // requests of payment entries, by entry
	plans        map[string]*event   // last event of each fulfillment order
	told         map[string]*event   // last event of each return
	placed       *placed
	unbucketed   *event // moves stock in a bucket that does not exist
	terms        []work.Term
	open         *changeRow // the change that the order names as the open one; nil for none
}

// placed is what order.placed says of money. It is kept apart, since the order in that event is folded in place.
type placed struct {
	total    int64
	payments []string
}

type orderColumns struct {
	channel, status, paymentStatus, fulfillmentStatus, email string
	placedAt                                                 int64
	phone, name, postal                                      string
}

// orderData is one page as it was read, before anybody looks into events and parts.
type orderData struct {
	files        []*file
	payments     map[string]*paymentRow
	fulfillments map[string]*fulfillmentRow
	returns      map[string]*returnRow
	raw          map[string]string // documents of the parts
	events       map[string][]*event
	keys         map[[2]string]string
	changes      map[string]*changeRow // those that orders name as the open ones
}

// readOrders walks the orders by id, each with its payments, fulfillment orders, events and keys.
func (v *run) readOrders(ctx context.Context) error {
	after := ""
	read := func(ctx context.Context) (*orderData, bool, error) {
		d, err := v.readOrderPage(ctx, after)
		if err != nil || len(d.files) == 0 {
			return nil, false, err
		}
		after = d.files[len(d.files)-1].id
		return d, true, nil
	}
	take := func(t *tally) {
		v.total.add(t)
		v.opts.Progress("orders", v.total.of("documents.orders").rows, v.counts["orders"])
	}
	return pipeline(ctx, read, (*orderData).check, take)
}

func (v *run) readOrderPage(ctx context.Context, after string) (*orderData, error) {
	d := &orderData{
		payments: map[string]*paymentRow{}, fulfillments: map[string]*fulfillmentRow{}, returns: map[string]*returnRow{},
		raw: map[string]string{}, events: map[string][]*event{}, keys: map[[2]string]string{}, changes: map[string]*changeRow{},
	}
	err := v.db.Query(ctx, func(r store.Row) error {
		f := &file{run: v}
		var doc string
		c := &f.cols
		if err := r.Scan(&f.id, &f.version, &doc, &c.channel, &c.status, &c.paymentStatus, &c.fulfillmentStatus, &c.email, &c.placedAt, &c.phone, &c.name, &c.postal); err != nil {
			return err
		}
		f.stored = decode(app.Orders, f.id, f.version, doc)
		d.files = append(d.files, f)
		return nil
	}, "SELECT id, version, doc, channel, status, payment_status, fulfillment_status, email, placed_at, phone, name, postal_code FROM orders WHERE id > $1 ORDER BY id LIMIT $2", after, orderPage)
	if err != nil {
		return nil, err
	}
	var ids, payments, fulfillments, back, numbers, externals, changes []string
	for _, f := range d.files {
		ids = append(ids, f.id)
		if f.doc == nil {
			continue
		}
		payments = append(payments, f.doc.Payments...)
		fulfillments = append(fulfillments, f.doc.Fulfillments...)
		back = append(back, f.doc.Returns...)
		if f.doc.Number != "" { // a draft has none
			numbers = append(numbers, f.doc.Number)
		}
		if f.doc.Change != "" {
			changes = append(changes, f.doc.Change)
		}
		if f.doc.ExternalID != "" {
			externals = append(externals, externalKey(f.doc.Channel, f.doc.ExternalID))
		}
	}
	for _, read := range []func() error{
		func() error { return v.readPayments(ctx, d, payments) },
		func() error { return v.readFulfillments(ctx, d, fulfillments) },
		func() error { return v.readReturns(ctx, d, back) },
		func() error { return v.readEvents(ctx, d, ids) },
		func() error { return v.readTerms(ctx, d, ids, fulfillments, back) },
		func() error { return v.readOpenChanges(ctx, d, changes) },
		func() error { return v.readOwners(ctx, d.keys, app.ScopeOrderNumber, numbers) },
		func() error { return v.readOwners(ctx, d.keys, app.ScopeExternalID, externals) },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// externalKey is the unique value of a channel's own order id. It is written down here again on purpose.
func externalKey(channel, id string) string { return channel + "\x1f" + id }

func decode[T any, P work.Ptr[T]](k work.Kind[T, P], id string, version int64, doc string) stored[T] {
	s := stored[T]{id: id, version: version}
	p, err := k.Decode([]byte(doc))
	s.doc, s.err = (*T)(p), err
	return s
}

func (v *run) readPayments(ctx context.Context, d *orderData, ids []string) error {
	return v.in(ctx, ids, func(r store.Row) error {
		p := &paymentRow{}
		var doc string
		if err := r.Scan(&p.id, &p.version, &doc, &p.order, &p.waiting, &p.ref); err != nil {
			return err
		}
		d.payments[p.id], d.raw[p.id] = p, doc
		return nil
	}, "SELECT id, version, doc, order_id, waiting, provider_ref FROM payments WHERE id IN (?)")
}

func (v *run) readFulfillments(ctx context.Context, d *orderData, ids []string) error {
	return v.in(ctx, ids, func(r store.Row) error {
		f := &fulfillmentRow{}
		var doc string
		if err := r.Scan(&f.id, &f.version, &doc, &f.order, &f.location, &f.status); err != nil {
			return err
		}
		d.fulfillments[f.id], d.raw[f.id] = f, doc
		return nil
	}, "SELECT id, version, doc, order_id, location, status FROM fulfillments WHERE id IN (?)")
}

// readTerms reads what orders, their fulfillment orders and their returns are found by.
func (v *run) readTerms(ctx context.Context, d *orderData, ids, fulfillments, back []string) error {
	byID := make(map[string]*file, len(d.files))
	for _, f := range d.files {
		byID[f.id] = f
	}
	if err := v.terms(ctx, "order_terms", ids, func(id string, t work.Term) { byID[id].terms = append(byID[id].terms, t) }); err != nil {
		return err
	}
	if err := v.terms(ctx, "fulfillment_terms", fulfillments, func(id string, t work.Term) {
		if p := d.fulfillments[id]; p != nil { // else references says that it is gone
			p.terms = append(p.terms, t)
		}
	}); err != nil {
		return err
	}
	return v.terms(ctx, "return_terms", back, func(id string, t work.Term) {
		if p := d.returns[id]; p != nil {
			p.terms = append(p.terms, t)
		}
	})
}

// readEvents reads the rows of orders: another aggregate may have the same id, its events have another type.
func (v *run) readEvents(ctx context.Context, d *orderData, ids []string) error {
	return v.in(ctx, ids, func(r store.Row) error {
		e := &event{}
		var id string
		if err := r.Scan(&e.seq, &e.kind, &id, &e.version, &e.raw, &e.personal); err != nil {
			return err
		}
		if kindOf(e.kind) == "order" {
			d.events[id] = append(d.events[id], e)
		}
		return nil
	}, "SELECT seq, type, aggregate, version, body, COALESCE(personal, '') FROM journal WHERE aggregate IN (?) ORDER BY aggregate, seq")
}

func (v *run) readOwners(ctx context.Context, keys map[[2]string]string, scope string, values []string) error {
	return v.in(ctx, values, func(r store.Row) error {
		var value, owner string
		err := r.Scan(&value, &owner)
		keys[[2]string{scope, value}] = owner
		return err
	}, "SELECT value, owner FROM unique_keys WHERE scope = '"+scope+"' AND value IN (?)")
}

// check looks into the page: it runs on a goroutine of its own.
func (d *orderData) check() *tally {
	t := newTally()
	for _, f := range d.files {
		f.events = d.events[f.id]
		f.readEvents(t)
		f.takeParts(d, t)
		f.count(t)
		for i := range checks {
			checks[i].file(&t.results[i], f)
			checks[i].returns(&t.results[i], f)
		}
	}
	return t
}

func (f *file) readEvents(t *tally) {
	f.facts, f.intents, f.plans, f.told = map[string][]*event{}, map[string][]*event{}, map[string]*event{}, map[string]*event{}
	t.counted.orderEvents += int64(len(f.events))
	for _, e := range f.events {
		if e.err = jsonx.Unmarshal([]byte(e.raw), &e.body); e.err != nil {
			continue
		}
		if t.move(e.body.Stock) != nil {
			f.unbucketed = e
		}
		if o := e.body.Order; o != nil && f.placed == nil && e.kind == "order.placed" {
			f.placed = &placed{o.Totals.GrandTotal, o.Payments}
		}
		if p := e.body.Payment; p != nil && e.kind != unmatched {
			to := f.intents
			if _, final := outcomes[e.kind]; final {
				to = f.facts
			}
			to[p.Entry.ID] = append(to[p.Entry.ID], e)
		}
		if p := e.body.Fulfillment; p != nil {
			f.plans[p.ID] = e
		}
		if p := e.body.Return; p != nil {
			f.told[p.ID] = e
		}
	}
}

func (f *file) takeParts(d *orderData, t *tally) {
	if f.doc == nil {
		return
	}
	seen := map[string]bool{}
	for _, id := range f.doc.Payments {
		p := d.payments[id]
		if p != nil && p.doc == nil && p.err == nil {
			p.stored = decode(app.Payments, p.id, p.version, d.raw[id])
		}
		if p != nil && p.order == f.id && !seen[id] {
			t.counted.payments++
		}
		seen[id] = true
		f.payments = append(f.payments, p)
	}
	for _, id := range f.doc.Fulfillments {
		p := d.fulfillments[id]
		if p != nil && p.doc == nil && p.err == nil {
			p.stored = decode(app.Fulfillments, p.id, p.version, d.raw[id])
		}
		if p != nil && p.order == f.id && !seen[id] {
			t.counted.fulfillments++
		}
		seen[id] = true
		f.fulfillments = append(f.fulfillments, p)
	}
	f.open = d.changes[f.doc.Change]
	f.takeReturns(d, t, seen)
	f.number = d.keys[[2]string{app.ScopeOrderNumber, f.doc.Number}]
	if f.doc.ExternalID != "" {
		f.external = d.keys[[2]string{app.ScopeExternalID, externalKey(f.doc.Channel, f.doc.ExternalID)}]
	}
}

// count adds what the order holds: stock at locations, keys, and entries at the sandbox.
func (f *file) count(t *tally) {
	if f.doc == nil {
		return
	}
	if f.number == f.id {
		t.counted.keys++
	}
	if f.external == f.id {
		t.counted.keys++
	}
	for _, r := range f.doc.Reservations {
		f.parts(r.Line, r.SKU, r.Quantity, func(sku string, n int64) { t.ledger(sku, r.Location).reserved += n })
	}
	for _, b := range f.doc.Backorders {
		if b.Location != "" { // else no location owes them
			f.parts(b.Line, b.SKU, b.Quantity, func(sku string, n int64) { t.ledger(sku, b.Location).backordered += n })
		}
	}
	f.slots(t)
	for _, p := range f.fulfillments {
		if p == nil || p.doc == nil || !p.doc.Active() {
			continue
		}
		for _, l := range p.doc.Lines {
			f.parts(l.Line, l.SKU, l.Quantity, func(sku string, n int64) { t.ledger(sku, p.doc.Location).allocated += n })
		}
	}
	f.creditEntries(t)
	for _, p := range f.payments {
		if p == nil || p.doc == nil || p.doc.Provider != sandboxName || f.run.opts.Sandbox == nil {
			continue
		}
		for _, e := range p.doc.Entries {
			if e.Recorded || e.Kind == payment.Expire || e.Kind == payment.Chargeback || e.Kind == payment.ChargebackReversal {
				continue // the provider was not asked
			}
			t.entries = append(t.entries, &entry{key: e.ID, order: f.id, payment: p.id, kind: e.Kind, state: e.State, amount: e.Amount, currency: p.doc.Currency, at: e.At})
		}
	}
}

// parts tells what units of a line are in stock: components of a kit, or the SKU itself.
func (f *file) parts(line, sku string, n int64, hold func(sku string, n int64)) {
	if l := f.doc.Line(line); l != nil && len(l.Components) > 0 {
		for _, c := range l.Components {
			hold(c.SKU, n*c.Quantity)
		}
		return
	}
	hold(sku, n)
}
