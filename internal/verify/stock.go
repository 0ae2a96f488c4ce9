package verify

import (
	"context"
	"strings"

	"ordo/internal/app"
	"ordo/internal/doc"
	"ordo/internal/inventory"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/store"
)

// stockDoc is a document of stock outside of orders: a reservation, transfer or count, with its events.
type stockDoc struct {
	kind      *stockKind
	id        string
	version   int64
	location  string      // column, of counts
	status    string      // column
	expiresAt micros.Time // column, of reservations
	meta      doc.Meta
	doc       any // nil when it cannot be read
	err       error
	events    []*stockEvent
	job       bool // of a reservation: one will end it
}

func (d *stockDoc) name() string { return d.kind.name + " " + d.id }

type stockEvent struct {
	seq, version int64
	kind         string
	body         otherBody
	err          error
}

type stockKind struct {
	name, table, prefix string
	cols                string // location, status and expires_at, or what stands for them
	decode              func(doc string) (any, doc.Meta, error)
	told                func(b *otherBody) any // the document that an event carries; nil for none
}

var stockKinds = []*stockKind{
	{"reservation", app.Reservations.Table, "rsv_", "'', status, expires_at", decodeReference(app.Reservations), func(b *otherBody) any { return orNil(b.Reservation) }},
	{"transfer", app.Transfers.Table, "trf_", "'', status, 0", decodeReference(app.Transfers), func(b *otherBody) any { return orNil(b.Transfer) }},
	{"count", app.Counts.Table, "cnt_", "location, status, 0", decodeReference(app.Counts), func(b *otherBody) any { return orNil(b.Count) }},
}

func orNil[T any](p *T) any {
	if p == nil {
		return nil
	}
	return p
}

// stockDocument reports whether an aggregate of a stock.* event has a document. The others happen once.
func stockDocument(aggregate string) bool {
	for _, k := range stockKinds {
		if strings.HasPrefix(aggregate, k.prefix) {
			return true
		}
	}
	return false
}

// readStockDocs walks reservations, transfers and counts, each with its events; then it looks for events without one.
func (v *run) readStockDocs(ctx context.Context) error {
	met := int64(0)
	for _, k := range stockKinds {
		for after := ""; ; {
			page, err := v.stockPage(ctx, k, after)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			after = page[len(page)-1].id
			for _, d := range page {
				met += int64(len(d.events))
				d.count(v.total)
				each(v, d.name(), d, func(c *check) func(*result, *stockDoc) { return c.stock })
			}
		}
	}
	if met == v.total.counted.stockEvents {
		return nil
	}
	return v.strayStockEvents(ctx)
}

func (v *run) stockPage(ctx context.Context, k *stockKind, after string) ([]*stockDoc, error) {
	var page []*stockDoc
	var ids []string
	byID := map[string]*stockDoc{}
	err := v.db.Query(ctx, func(r store.Row) error {
		d := &stockDoc{kind: k}
		var text string
		if err := r.Scan(&d.id, &d.version, &text, &d.location, &d.status, &d.expiresAt); err != nil {
			return err
		}
		d.doc, d.meta, d.err = k.decode(text)
		d.job = v.jobs.carts[d.id]
		page, ids, byID[d.id] = append(page, d), append(ids, d.id), d
		return nil
	}, "SELECT id, version, doc, "+k.cols+" FROM "+k.table+" WHERE id > $1 ORDER BY id LIMIT $2", after, tablePage)
	if err != nil || len(page) == 0 {
		return nil, err
	}
	return page, v.in(ctx, ids, func(r store.Row) error {
		var id, body string
		e := &stockEvent{}
		if err := r.Scan(&id, &e.seq, &e.version, &e.kind, &body); err != nil {
			return err
		}
		if kindOf(e.kind) == "stock" {
			e.err = jsonx.Unmarshal([]byte(body), &e.body)
			byID[id].events = append(byID[id].events, e)
		}
		return nil
	}, "SELECT aggregate, seq, version, type, body FROM journal WHERE aggregate IN (?) ORDER BY aggregate, seq")
}

func (v *run) strayStockEvents(ctx context.Context) error {
	r := v.total.of("journal.events")
	for _, k := range stockKinds {
		err := v.db.Query(ctx, func(row store.Row) error {
			var seq int64
			var kind, id string
			err := row.Scan(&seq, &kind, &id)
			r.bad(seqName(seq), "%s is about %s %s, which does not exist", kind, k.name, id)
			return err
		}, "SELECT seq, type, aggregate FROM journal AS j WHERE aggregate >= $1 AND aggregate < $2 AND NOT EXISTS (SELECT 1 FROM "+k.table+" AS d WHERE d.id = j.aggregate) ORDER BY seq",
			k.prefix, k.prefix+"~")
		if err != nil {
			return err
		}
	}
	return nil
}

// count adds what the document holds at positions.
func (d *stockDoc) count(t *tally) {
	switch x := d.doc.(type) {
	case *inventory.Reservation:
		if x.Status == inventory.ReservationActive { // until it is swept
			for _, h := range x.Held {
				t.ledger(h.SKU, h.Location).reserved += h.Quantity
			}
		}
	case *inventory.Transfer:
		if x.Moving() {
			for _, l := range x.Lines {
				t.ledger(l.SKU, x.To).inTransit += l.Rest()
			}
		}
	}
}

func stockVersions(r *result, d *stockDoc) {
	version, seq := int64(0), int64(0)
	for _, e := range d.events {
		r.rows++
		if text := nextVersion(version, seq, e.version, e.seq); text != "" {
			r.bad(seqName(e.seq), "%s %s", d.name(), text)
		}
		version, seq = e.version, e.seq
	}
	if version != d.version {
		r.bad(d.name(), "has version %d, its last event %d", d.version, version)
	}
}

func stockColumns(r *result, d *stockDoc) {
	if d.err != nil {
		r.bad(d.name(), "cannot be read: %v", d.err)
		return
	}
	want := stockDoc{id: d.meta.ID, version: d.meta.Version}
	switch x := d.doc.(type) {
	case *inventory.Reservation:
		want.status, want.expiresAt = string(x.Status), x.ExpiresAt
	case *inventory.Transfer:
		want.status = string(x.Status)
	case *inventory.Count:
		want.status, want.location = string(x.Status), x.Location
	}
	if want.id != d.id || want.version != d.version || want.status != d.status || want.location != d.location || want.expiresAt != d.expiresAt {
		r.bad(d.name(), "version %d, %s %s: the document is %s, version %d, %s %s", d.version, d.location, d.status, want.id, want.version, want.location, want.status)
	}
}

func stockFold(r *result, d *stockDoc) {
	if len(d.events) == 0 || d.doc == nil {
		return
	}
	last := d.events[len(d.events)-1]
	if last.err != nil {
		return // journal.events tells
	}
	if told := d.kind.told(&last.body); told == nil || fingerprint(told) != fingerprint(d.doc) {
		r.bad(d.name(), "is not what journal row %d says", last.seq)
	}
}

// stockRules asks each document for what must be true of it alone, and of the movements of its events.
func stockRules(r *result, d *stockDoc) {
	switch x := d.doc.(type) {
	case *inventory.Reservation:
		reservationRules(r, d, x)
	case *inventory.Transfer:
		transferRules(r, d, x)
	case *inventory.Count:
		countRules(r, d, x)
	}
}

func reservationRules(r *result, d *stockDoc, x *inventory.Reservation) {
	switch {
	case x.ExpiresAt > x.LatestAt:
		r.bad(d.name(), "ends at %s, which is after its latest end %s", x.ExpiresAt, x.LatestAt)
	case (x.Status == inventory.ReservationActive) != (x.EndedAt == 0):
		r.bad(d.name(), "is %s and ended at %q", x.Status, x.EndedAt)
	case (x.Status == inventory.ReservationConverted) != (x.Order != ""):
		r.bad(d.name(), "is %s, for order %q", x.Status, x.Order)
	case x.Status != inventory.ReservationConverted && len(x.Had) > 0:
		r.bad(d.name(), "is %s and had units for its order", x.Status)
	case x.Status == inventory.ReservationConverted && len(x.Had) > 0 && len(x.Held) > 0:
		r.bad(d.name(), "was converted and holds units all the same")
	}
}

// transferRules: what left is what arrived, was lost or is under way.
func transferRules(r *result, d *stockDoc, x *inventory.Transfer) {
	moved := map[string]int64{}
	for _, e := range d.events {
		for _, m := range e.body.Stock {
			if m.Bucket == inventory.OnHand || m.Bucket == inventory.InTransitIn {
				moved[m.SKU] += m.Delta
			}
		}
	}
	for _, l := range x.Lines {
		rest := l.Rest()
		for _, n := range []int64{l.Received, l.Damaged, l.Missing, l.Restored, l.WrittenOff, rest} {
			if n < 0 {
				r.bad(d.name(), "%s has a counter below zero: %+v", l.SKU, l)
				return
			}
		}
		if done := x.Status == inventory.TransferReceived || x.Outcome != ""; done && rest != 0 {
			r.bad(d.name(), "is %s, and %d of %s are under way", x.Status, rest, l.SKU)
		}
		if moved[l.SKU] != -(l.Missing + l.WrittenOff) {
			r.bad(d.name(), "its movements of %s add up to %d, %d are missing or written off", l.SKU, moved[l.SKU], l.Missing+l.WrittenOff)
		}
	}
}

// countRules: variances are what was counted less the books, and posting moves exactly them.
func countRules(r *result, d *stockDoc, x *inventory.Count) {
	posted := map[string]int64{}
	for _, e := range d.events {
		for _, m := range e.body.Stock {
			posted[m.SKU] += m.Delta
		}
	}
	for _, l := range x.Lines {
		if l.Counted != nil && l.Variance != *l.Counted-l.Expected-l.Moved {
			r.bad(d.name(), "%s: counted %d, expected %d, moved %d, and the variance is %d", l.SKU, *l.Counted, l.Expected, l.Moved, l.Variance)
		}
		want := int64(0)
		if x.Status == inventory.CountPosted {
			want = l.Variance
		}
		if posted[l.SKU] != want {
			r.bad(d.name(), "is %s and moved %s by %d, not by %d", x.Status, l.SKU, posted[l.SKU], want)
		}
	}
}

func reservationJob(r *result, d *stockDoc) {
	if x, ok := d.doc.(*inventory.Reservation); ok && x.Status == inventory.ReservationActive && !d.job {
		r.bad(d.name(), "is active and no job will end it")
	}
}
