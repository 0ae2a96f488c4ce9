package verify

import (
	"slices"

	"ordo/internal/app"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/payment"
)

// leftSecured replays an order of which something was replaced in advance: when units of a replacement left, nothing of
// the order may have been without money behind it (R5). A person who lifted the hold before answers for it.
func leftSecured(r *result, f *file) {
	if f.doc == nil || !slices.ContainsFunc(f.returns, func(p *returnRow) bool { return p != nil && p.doc != nil && p.doc.Swap != nil && p.doc.Swap.Advance }) {
		return
	}
	var o *order.Order
	var paid []*payment.Payment
	left := map[string]bool{}
	for _, e := range f.events {
		if e.err != nil {
			return // journal.events says so
		}
		if e.body.Order != nil { // folded in place by other checks: read again
			var again app.Body
			if err := jsonx.Unmarshal([]byte(e.raw), &again); err != nil {
				return
			}
			o = again.Order
		}
		if o == nil {
			continue
		}
		if p := e.body.Fulfillment; p != nil && p.Left() && !left[p.ID] {
			left[p.ID] = true
			short := app.AdvanceShort(o, paid, p.ShippedAt)
			for _, l := range p.Lines {
				line := o.Line(l.Line)
				if short > 0 && line != nil && line.Advance && !order.LetGo(o, f.askedAt(line.Return)) {
					r.bad(orderName(f.id), "line %s left in advance at %s, and %d %s were neither captured nor authorized", l.Line, p.ShippedAt, short, o.Currency)
				}
			}
		}
		if e.body.Changes != nil {
			order.Apply(o, *e.body.Changes)
		}
		if p := e.body.Payment; p != nil && e.kind != unmatched {
			paid = entered(paid, p)
		}
	}
}

// askedAt is when a return was asked for.
func (f *file) askedAt(id string) micros.Time {
	for _, p := range f.returns {
		if p != nil && p.doc != nil && p.id == id {
			return p.doc.At
		}
	}
	return 0
}

// entered puts what an event says of a payment into its place.
func entered(all []*payment.Payment, fact *app.PaymentFact) []*payment.Payment {
	i := slices.IndexFunc(all, func(p *payment.Payment) bool { return p.ID == fact.ID })
	if i < 0 {
		p := &payment.Payment{Provider: fact.Provider, Currency: fact.Currency}
		p.ID = fact.ID
		all, i = append(all, p), len(all)
	}
	if e := all[i].Entry(fact.Entry.ID); e != nil {
		*e = fact.Entry
	} else {
		all[i].Entries = append(all[i].Entries, fact.Entry)
	}
	return all
}
