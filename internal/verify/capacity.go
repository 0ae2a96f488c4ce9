package verify

import (
	"context"
	"maps"
	"slices"
	"strings"

	"ordo/internal/app"
	"ordo/internal/sourcing"
	"ordo/internal/store"
)

// slots adds the capacity that an order and its fulfillment orders use.
func (f *file) slots(t *tally) {
	for _, s := range f.doc.Slots {
		t.slots[sourcing.NodeDayID(s.Location, s.Day)]++
	}
	for _, p := range f.fulfillments {
		if p != nil && p.doc != nil && p.doc.Slot != "" {
			t.slots[sourcing.NodeDayID(p.doc.Location, p.doc.Slot)]++
		}
	}
}

// readNodeDays compares the counters of capacity with what uses it.
func (v *run) readNodeDays(ctx context.Context) error {
	r := v.total.of("capacity")
	name := func(id string) string { return "capacity of " + strings.Replace(id, "\x1f", " on ", 1) }
	used := maps.Clone(v.total.slots)
	err := v.db.Query(ctx, func(row store.Row) error {
		var id, text string
		if err := row.Scan(&id, &text); err != nil {
			return err
		}
		r.rows++
		d, err := app.NodeDays.Decode([]byte(text))
		switch {
		case err != nil:
			r.bad(name(id), "cannot be read: %v", err)
		case d.ID != id || sourcing.NodeDayID(d.Location, d.Day) != id:
			r.bad(name(id), "the document is %s", d.ID)
		case d.Taken != used[id]:
			r.bad(name(id), "%d are counted, fulfillment orders and pending orders use %d", d.Taken, used[id])
		}
		delete(used, id)
		return nil
	}, "SELECT id, doc FROM node_days ORDER BY id")
	for _, id := range slices.Sorted(maps.Keys(used)) {
		r.bad(name(id), "is not counted, fulfillment orders and pending orders use %d", used[id])
	}
	return err
}
