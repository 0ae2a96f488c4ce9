package retail

import (
	"cmp"
	"slices"
	"time"
)

// matcher finds the order line that a cancellation line takes back. It
// remembers what is left, so that no unit is canceled twice.
type matcher struct {
	lines map[matchKey][]*openLine
	left  map[string]int // units not canceled, by order invoice
}

type matchKey struct{ customer, sku string }

type openLine struct {
	invoice  string
	placed   time.Time
	line     int
	price    int64
	quantity int // not canceled
}

// newMatcher knows the lines of known customers; a guest cannot be recognized.
// The orders must be sorted by time.
func newMatcher(orders []Order) *matcher {
	m := &matcher{lines: make(map[matchKey][]*openLine), left: make(map[string]int)}
	for _, o := range orders {
		if o.Customer.ID == "" {
			continue
		}
		for n, l := range o.Lines {
			k := matchKey{o.Customer.ID, l.SKU}
			m.lines[k] = append(m.lines[k], &openLine{o.Invoice, o.PlacedAt, n, l.UnitPrice, l.Quantity})
			m.left[o.Invoice] += l.Quantity
		}
	}
	return m
}

// match takes the units of a cancellation row from one line of an earlier
// order of the same customer: one that still has them all. Of several, it
// prefers the same price, then exactly these units, then the latest order,
// then the first line.
func (m *matcher) match(r row) (Cancellation, bool) {
	var best *openLine
	units := -r.quantity
	for _, l := range m.lines[matchKey{r.customer, r.sku}] {
		if l.quantity < units || !l.placed.Before(r.at) {
			continue
		}
		if best == nil || l.fit(r) > best.fit(r) || l.fit(r) == best.fit(r) && l.placed.After(best.placed) {
			best = l
		}
	}
	if best == nil {
		return Cancellation{}, false
	}
	best.quantity -= units
	m.left[best.invoice] -= units
	return Cancellation{
		Invoice: r.invoice, At: r.at,
		OrderInvoice: best.invoice, Line: best.line, SKU: r.sku, Quantity: units,
	}, true
}

// fit is higher the more likely the line is the one meant.
func (l *openLine) fit(r row) (n int) {
	if l.price == r.price {
		n += 2
	}
	if l.quantity == -r.quantity {
		n++
	}
	return n
}

// markWhole marks the cancellations of one invoice that leave nothing of their
// order, sorts them by order and line, and reports whether there are any.
func (m *matcher) markWhole(made []Cancellation) (any bool) {
	for i := range made {
		if m.left[made[i].OrderInvoice] == 0 {
			made[i].WholeOrder = true
			any = true
		}
	}
	slices.SortFunc(made, func(a, b Cancellation) int {
		return cmp.Or(cmp.Compare(a.OrderInvoice, b.OrderInvoice), cmp.Compare(a.Line, b.Line))
	})
	return any
}
