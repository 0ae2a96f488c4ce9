package order

import (
	"fmt"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Delta is by how much the counters of a line change when the work on its units goes on or back. Units are neither
// made nor lost: what leaves one counter arrives in another. What becomes backordered waits for stock at no location
// in particular, until sourcing finds one.
type Delta struct {
	Line        string
	Canceled    int64
	Backordered int64
	Allocated   int64
	Released    int64
	Picked      int64
	Packed      int64
	Shipped     int64
	Delivered   int64
}

// balanced reports whether no unit is made or lost, and nothing is undone that stays done: what was canceled, has
// shipped or has arrived (L4).
func (d Delta) balanced() bool {
	return d.Canceled+d.Backordered+d.Allocated+d.Released+d.Picked+d.Packed+d.Shipped == 0 && min(d.Canceled, d.Backordered, d.Shipped, d.Delivered) >= 0
}

// Work moves units between counters as the fulfillment orders of the order say. When the last wanted unit is given
// up, the order ends canceled for the reason.
func Work(o *Order, deltas []Delta, reason string, now micros.Time) (*Order, error) {
	event := "deliver"
	for _, d := range deltas {
		if d.Canceled|d.Backordered|d.Allocated|d.Released|d.Picked|d.Packed|d.Shipped != 0 {
			event = "fulfill"
		}
	}
	return change(o, event, now, func(o *Order) error {
		for _, d := range deltas {
			l := o.Line(d.Line)
			if l == nil || !d.balanced() {
				return fmt.Errorf("order: work %+v on order %s", d, o.ID)
			}
			if !l.Units.add(d) {
				return errs.New(errs.Conflict, "illegal_transition", "line %s has not that many units in this state", l.ID)
			}
			if d.Backordered > 0 {
				o.Backorders = append(o.Backorders, Reservation{Line: l.ID, SKU: l.SKU, Quantity: d.Backordered})
			}
		}
		if wanted(o) == 0 {
			o.Status, o.Reason, o.ClosedAt = Canceled, reason, now
		}
		return nil
	})
}

// add reports whether all counters are there that are taken from.
func (q *Quantities) add(d Delta) bool {
	q.Canceled += d.Canceled
	q.Backordered += d.Backordered
	q.Allocated += d.Allocated
	q.Released += d.Released
	q.Picked += d.Picked
	q.Packed += d.Packed
	q.Shipped += d.Shipped
	q.Delivered += d.Delivered
	return min(q.Allocated, q.Released, q.Picked, q.Packed) >= 0 && q.Delivered <= q.Shipped
}

func wanted(o *Order) (n int64) {
	for _, l := range o.Lines {
		n += l.Kept()
	}
	return n
}
