package verify

import (
	"context"
	"maps"
	"slices"
	"strings"

	"ordo/internal/app"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/store"
)

// invoiceRow is an invoice with what stands beside it.
type invoiceRow struct {
	stored[order.Invoice]
	order, channel string
	number         int64
	before         int64            // the number before it in its channel
	owner          *order.Order     // the order that it names; nil when there is none, or it cannot be read
	unreadable     bool             // that order cannot be read
	event          *order.Invoice   // as it was issued; nil for none
	mates          []*order.Invoice // all invoices of that order
}

func invoiceName(id string) string { return "invoice " + id }

// readInvoices walks the invoices by channel and number, each with its order and its event.
func (v *run) readInvoices(ctx context.Context) error {
	channel, number := "", int64(0)
	last := map[string]int64{}
	for {
		var page []*invoiceRow
		err := v.db.Query(ctx, func(r store.Row) error {
			i := &invoiceRow{}
			var text string
			if err := r.Scan(&i.id, &i.version, &text, &i.order, &i.channel, &i.number); err != nil {
				return err
			}
			i.stored = decode(app.Invoices, i.id, i.version, text)
			if i.channel == channel {
				i.before = number
			}
			channel, number = i.channel, i.number
			last[channel] = number
			page = append(page, i)
			return nil
		}, "SELECT id, version, doc, order_id, channel, number FROM invoices WHERE (channel, number) > ($1, $2) ORDER BY channel, number LIMIT $3", channel, number, tablePage)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return v.checkSequences(ctx, last)
		}
		if err := v.checkInvoices(ctx, page); err != nil {
			return err
		}
	}
}

// checkSequences compares the last numbers given with the last ones found: only so a last invoice is missed.
func (v *run) checkSequences(ctx context.Context, last map[string]int64) error {
	r := v.total.of("invoices.numbers")
	given := map[string]int64{}
	err := v.db.Query(ctx, func(row store.Row) error {
		var id, text string
		if err := row.Scan(&id, &text); err != nil {
			return err
		}
		channel, ok := strings.CutPrefix(id, "invoice/")
		if !ok {
			return nil // cases count too
		}
		s := decode(app.Sequences, id, 0, text)
		if s.doc == nil {
			r.bad("sequence "+id, "cannot be read: %v", s.err)
			return nil
		}
		given[channel] = s.doc.Last
		if s.doc.Last != last[channel] {
			r.bad("sequence "+id, "gave numbers up to %d, the last invoice has %d", s.doc.Last, last[channel])
		}
		return nil
	}, "SELECT id, doc FROM sequences ORDER BY id")
	for _, channel := range slices.Sorted(maps.Keys(last)) {
		if _, ok := given[channel]; !ok && err == nil {
			r.bad("sequence invoice/"+channel, "does not exist, and %d invoices do", last[channel])
		}
	}
	return err
}

func (v *run) checkInvoices(ctx context.Context, page []*invoiceRow) error {
	var owners []string
	for _, i := range page {
		owners = append(owners, i.order)
	}
	slices.Sort(owners)
	owners = slices.Compact(owners)
	orders, events, mates := map[string]stored[order.Order]{}, map[string]*order.Invoice{}, map[string][]*order.Invoice{}
	err := v.in(ctx, owners, func(r store.Row) error {
		var id, text string
		err := r.Scan(&id, &text)
		orders[id] = decode(app.Orders, id, 0, text)
		return err
	}, "SELECT id, doc FROM orders WHERE id IN (?)")
	if err != nil {
		return err
	}
	err = v.in(ctx, owners, func(r store.Row) error {
		var body string
		if err := r.Scan(&body); err != nil {
			return err
		}
		var b app.Body
		if jsonx.Unmarshal([]byte(body), &b) == nil && b.Invoice != nil {
			events[b.Invoice.ID] = b.Invoice
		}
		return nil
	}, "SELECT body FROM journal WHERE type = 'invoice.issued' AND aggregate IN (?)")
	if err != nil {
		return err
	}
	err = v.in(ctx, owners, func(r store.Row) error {
		var id, owner, text string
		if err := r.Scan(&id, &owner, &text); err != nil {
			return err
		}
		if d := decode(app.Invoices, id, 0, text).doc; d != nil {
			mates[owner] = append(mates[owner], d)
		}
		return nil
	}, "SELECT id, order_id, doc FROM invoices WHERE order_id IN (?)")
	if err != nil {
		return err
	}
	for _, i := range page {
		o := orders[i.order]
		i.owner, i.unreadable, i.event, i.mates = o.doc, o.err != nil, events[i.id], mates[i.order]
		each(v, invoiceName(i.id), i, func(c *check) func(*result, *invoiceRow) { return c.invoice })
	}
	return nil
}

func invoiceNumbers(r *result, i *invoiceRow) {
	if i.number != i.before+1 {
		r.bad(invoiceName(i.id), "has number %d of channel %s after number %d", i.number, i.channel, i.before)
	}
}

func invoiceColumnsAgree(r *result, i *invoiceRow) {
	switch {
	case i.err != nil:
		r.bad(invoiceName(i.id), "cannot be read: %v", i.err)
	case i.doc.ID != i.id || i.doc.Version != i.version || i.doc.Order != i.order || i.doc.Channel != i.channel || i.doc.Sequence != i.number:
		r.bad(invoiceName(i.id), "has other columns than its document")
	}
}

// invoiceRules: its sums are those of its lines, and it is what was issued.
func invoiceRules(r *result, i *invoiceRow) {
	if i.doc == nil {
		return
	}
	if t, err := i.doc.Sum(); err != nil || t != i.doc.Totals {
		r.bad(invoiceName(i.id), "has totals %+v, its lines add up to %+v", i.doc.Totals, t)
		return
	}
	if i.event == nil {
		r.bad(invoiceName(i.id), "has no event invoice.issued")
		return
	}
	if text := difference(*i.event, *order.PublicInvoice(i.doc)); text != "" {
		r.bad(invoiceName(i.id), "%s", text)
	}
}

// invoiceUnits: the invoices of an order name the units that its lines count as invoiced.
func invoiceUnits(r *result, i *invoiceRow) {
	if i.unreadable {
		return // the order is the finding
	}
	if i.owner == nil || !slices.Contains(i.owner.Invoices, i.id) {
		r.bad(invoiceName(i.id), "of order %s: that order %s", i.order, missing(i.owner))
		return
	}
	units := map[string]int64{}
	for _, m := range i.mates {
		for _, l := range m.Lines {
			units[l.Line] += l.Quantity
		}
	}
	for _, l := range i.owner.Lines {
		if units[l.ID] != l.Invoiced {
			r.bad(orderName(i.order), "line %s counts %d units as invoiced, its invoices have %d", l.ID, l.Invoiced, units[l.ID])
		}
	}
}
