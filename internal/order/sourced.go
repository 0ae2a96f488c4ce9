package order

import (
	"fmt"
	"slices"

	"ordo/internal/micros"
)

// Sourced says where units of lines went that had no place.
type Sourced struct {
	Parked     []Units       // parked units that are among them
	Taken      []Reservation // stock taken: reserved while the order is pending, else allocated
	Backorders []Reservation // owed by a location, or parked where they name none
	Canceled   []Units       // given up
}

// Source puts units where a sourcing decision says: those of a new order, or parked ones. An order of which nothing is
// wanted any more is canceled.
func Source(o *Order, s Sourced, now micros.Time) (*Order, error) {
	return apply(o, now, func(o *Order) error {
		if o.Status != Pending && o.Status != Open {
			return fmt.Errorf("order: sourcing of %s order %s", o.Status, o.ID)
		}
		if err := o.put(s); err != nil {
			return err
		}
		if wanted(o) == 0 {
			o.Status, o.Reason, o.ClosedAt = Canceled, "out_of_stock", now
		}
		return nil
	})
}

// put does what a sourcing decision says.
func (o *Order) put(s Sourced) error {
	for _, u := range s.Parked {
		if err := o.unowe(u.Line, "", u.Quantity); err != nil {
			return err
		}
	}
	for _, u := range s.Canceled {
		l := o.Line(u.Line)
		if l == nil {
			return fmt.Errorf("order: %s has no line %q", o.ID, u.Line)
		}
		l.Units.Canceled += u.Quantity
	}
	o.take(s.Taken)
	for _, r := range s.Backorders {
		o.Backorders = merge(o.Backorders, r)
		if l := o.Line(r.Line); l != nil {
			l.Units.Backordered += r.Quantity
		}
	}
	return nil
}

// FillBackorder gives backordered units the stock that has come to their location: reserved while the order is
// pending, else allocated.
func FillBackorder(o *Order, filled []Reservation, now micros.Time) (*Order, error) {
	return apply(o, now, func(o *Order) error {
		for _, r := range filled {
			if err := o.unowe(r.Line, r.Location, r.Quantity); err != nil {
				return err
			}
		}
		o.take(filled)
		return nil
	})
}

// CancelBackorders gives up all that is owed, parked units too.
func CancelBackorders(o *Order, reason string, now micros.Time) (*Order, error) {
	return apply(o, now, func(o *Order) error {
		for i := range o.Lines {
			u := &o.Lines[i].Units
			u.Canceled += u.Backordered
			u.Backordered = 0
		}
		if o.Backorders = nil; wanted(o) == 0 {
			o.Status, o.Reason, o.ClosedAt = Canceled, reason, now
		}
		return nil
	})
}

// Parked lists the units that wait for stock at no location, per line.
func Parked(o *Order) (units []Units) {
	for _, b := range o.Backorders {
		if b.Location == "" {
			units = append(units, Units{Line: b.Line, Quantity: b.Quantity})
		}
	}
	return units
}

// take gives units of lines stock.
func (o *Order) take(taken []Reservation) {
	for _, r := range taken {
		if o.Status == Pending {
			o.Reservations = merge(o.Reservations, r)
		} else if l := o.Line(r.Line); l != nil {
			l.Units.Allocated += r.Quantity
		}
	}
}

// unowe takes units from what a location owes.
func (o *Order) unowe(line, location string, n int64) error {
	l := o.Line(line)
	for i := 0; i < len(o.Backorders) && n > 0; i++ {
		b := &o.Backorders[i]
		if b.Line == line && b.Location == location {
			some := min(n, b.Quantity)
			b.Quantity -= some
			l.Units.Backordered -= some
			n -= some
		}
	}
	if n > 0 {
		return fmt.Errorf("order: %d units of line %s of %s are not backordered at %q", n, line, o.ID, location)
	}
	if o.Backorders = slices.DeleteFunc(o.Backorders, func(b Reservation) bool { return b.Quantity == 0 }); len(o.Backorders) == 0 {
		o.Backorders = nil
	}
	return nil
}

// merge adds units to those of the same line at the same location.
func merge(list []Reservation, r Reservation) []Reservation {
	for i := range list {
		if list[i].Line == r.Line && list[i].Location == r.Location {
			list[i].Quantity += r.Quantity
			return list
		}
	}
	return append(list, r)
}
