package app

import (
	"context"
	"slices"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/returns"
	"ordo/internal/shipping"
	"ordo/internal/work"
)

// Moment is a point in the life of an order: a time, or a version. The zero value is now.
type Moment struct {
	At      micros.Time
	Version int64
}

func (m Moment) before(r *journal.Row) bool {
	return m.Version > 0 && r.Version > m.Version || m.Version == 0 && r.At > m.At
}

// asOfPage is how many events of an order are read at once.
const asOfPage = 1_000

// OrderAsOf reads an order with its parts as they were at a moment: folded from the journal, which carries every changed
// fact. Personal data that was erased since is left out.
func (a *App) OrderAsOf(ctx context.Context, now *OrderView, m Moment) (*OrderView, error) {
	f := folding{now: now, paid: map[string]int64{}, from: map[string]int64{}}
	for after := int64(0); ; {
		rows, err := journal.Of(ctx, a.DB, now.Order.ID, after, asOfPage)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			if m.before(&rows[i]) {
				return f.done(m)
			}
			if err := f.add(&rows[i]); err != nil {
				return nil, err
			}
		}
		if len(rows) < asOfPage {
			return f.done(m)
		}
		after = rows[len(rows)-1].Seq
	}
}

// folding is an order on the way from its first event to a moment.
type folding struct {
	now  *OrderView // what never changes of payments stands in their documents only
	view OrderView
	paid map[string]int64 // by payment: the order's version when it changed last
	from map[string]int64 // by payment: the version that it came with
}

func (f *folding) add(r *journal.Row) error {
	var b Body
	if err := jsonx.Unmarshal(r.Body, &b); err != nil {
		return err
	}
	if b.Order != nil {
		f.view.Order = b.Order
	}
	o := f.view.Order
	if o == nil {
		return nil
	}
	if b.Changes != nil {
		order.Apply(o, *b.Changes)
	}
	if len(r.Personal) > 0 {
		var p order.Personal
		if err := jsonx.Unmarshal(r.Personal, &p); err != nil {
			return err
		}
		order.ApplyPersonal(o, p)
	}
	o.Version = r.Version
	for _, id := range o.Payments {
		if f.from[id] == 0 {
			f.from[id] = r.Version
		}
	}
	if b.Payment != nil {
		f.entry(b.Payment, r.Version)
	}
	f.view.Fulfillments = latest[fulfillment.Fulfillment](f.view.Fulfillments, b.Fulfillment)
	f.view.Labels = latest[shipping.Label](f.view.Labels, b.Label)
	f.view.Returns = latest[returns.Return](f.view.Returns, b.Return)
	return nil
}

// entry puts an entry of a payment in its place. A command that changes a payment raises its version once.
func (f *folding) entry(fact *PaymentFact, version int64) {
	i := slices.IndexFunc(f.view.Payments, func(p *payment.Payment) bool { return p.ID == fact.ID })
	if i < 0 {
		f.view.Payments, i = append(f.view.Payments, f.requested(fact.ID)), len(f.view.Payments)
		if f.from[fact.ID] == version {
			f.view.Payments[i].Version, f.view.Payments[i].Entries = 0, nil // it came with this outcome
		}
	}
	p := f.view.Payments[i]
	if f.paid[p.ID] != version {
		f.paid[p.ID] = version
		p.Version++
	}
	if e := p.Entry(fact.Entry.ID); e != nil {
		*e = fact.Entry
	} else {
		p.Entries = append(p.Entries, fact.Entry)
	}
}

// requested is a payment as it was made: its first entry waits for its outcome, which no event tells.
func (f *folding) requested(id string) *payment.Payment {
	var p payment.Payment
	for _, now := range f.now.Payments {
		if now.ID == id {
			p = *now
		}
	}
	p.ID, p.Version, p.Token = id, 1, ""
	p.Entries = slices.Clone(p.Entries[:min(1, len(p.Entries))])
	for i := range p.Entries {
		e := &p.Entries[i]
		p.Entries[i] = payment.Entry{ID: e.ID, Kind: e.Kind, State: payment.Requested, Amount: e.Amount, Parent: e.Parent, Grant: e.Grant, At: e.At}
	}
	return &p
}

// latest puts a part in the place of its former self, or adds it.
func latest[T any, P work.Ptr[T]](parts []P, part P) []P {
	if part == nil {
		return parts
	}
	out, _ := setPart(parts, nil, part)
	return out
}

func (f *folding) done(m Moment) (*OrderView, error) {
	if f.view.Order == nil {
		return nil, errs.New(errs.NotFound, "not_found", "the order did not exist yet")
	}
	if m.Version > f.view.Order.Version {
		return nil, errs.New(errs.NotFound, "not_found", "the order is at version %d", f.view.Order.Version)
	}
	for _, id := range f.view.Order.Payments {
		if !slices.ContainsFunc(f.view.Payments, func(p *payment.Payment) bool { return p.ID == id }) {
			f.view.Payments = append(f.view.Payments, f.requested(id))
		}
	}
	return &f.view, nil
}
