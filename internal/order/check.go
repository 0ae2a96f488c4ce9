package order

import (
	"fmt"
	"slices"

	"ordo/internal/money"
)

// Check is the invariants of one order: L1-L3, O1-O2, and that what is derived agrees with what it is derived from.
// A violation is a defect, never the request's fault. It holds for any document, also one that something else wrote.
func Check(o *Order) error {
	for i := range o.Lines {
		if err := checkLine(o, &o.Lines[i]); err != nil {
			return err
		}
	}
	if err := checkDiscounts(o); err != nil {
		return err
	}
	if err := checkAxes(o); err != nil {
		return err
	}
	if err := checkHolds(o); err != nil {
		return err
	}
	if o.Shipping.Amount < 0 || slices.ContainsFunc(o.Shipping.TaxLines, negative) {
		return fmt.Errorf("O1: order %s has shipping below 0: %+v", o.ID, o.Shipping)
	}
	t, err := Total(o)
	if err != nil {
		return fmt.Errorf("O1: order %s: %v", o.ID, err) // not %w: no answer to any request
	}
	if t != o.Totals {
		return fmt.Errorf("O1: order %s has totals %+v, its lines add up to %+v", o.ID, o.Totals, t)
	}
	return nil
}

func checkLine(o *Order, l *Line) error {
	u := l.Units
	for _, n := range [...]int64{
		u.Canceled, u.Allocated, u.Backordered, u.Released, u.Picked, u.Packed, u.Shipped, u.Delivered,
		u.ReturnRequested, u.ReturnedAccepted, u.ReturnedRejected, u.WrittenOff,
	} {
		if n < 0 || n > l.Quantity {
			return fmt.Errorf("L1: a counter of line %s of order %s is not between 0 and %d: %+v", l.ID, o.ID, l.Quantity, u)
		}
	}
	switch rest := l.Unallocated(); {
	case l.Quantity < 1 || l.Quantity > MaxQuantity:
		return fmt.Errorf("L1: line %s of order %s has quantity %d", l.ID, o.ID, l.Quantity)
	case rest < 0:
		return fmt.Errorf("L1: line %s of order %s has %d units, its counters %d more: %+v", l.ID, o.ID, l.Quantity, -rest, u)
	case rest > 0 && (o.Status == Open || o.Status == Completed):
		return fmt.Errorf("L1: line %s of %s order %s: %d units are nowhere", l.ID, o.Status, o.ID, rest)
	case u.Delivered > u.Shipped:
		return fmt.Errorf("L2: line %s of order %s: delivered %d, shipped %d", l.ID, o.ID, u.Delivered, u.Shipped)
	case l.Returnable() < 0:
		return fmt.Errorf("L3: line %s of order %s: returns and claims over shipped %d", l.ID, o.ID, u.Shipped)
	}
	if l.Invoiced < 0 || l.Invoiced > l.Quantity {
		return fmt.Errorf("N2: line %s of order %s has %d units, %d are invoiced", l.ID, o.ID, l.Quantity, l.Invoiced)
	}
	worth, err := money.Mul(l.UnitPrice, l.Quantity)
	if err != nil || l.UnitPrice < 0 || l.Discount < 0 || l.Discount > worth {
		return fmt.Errorf("O1: line %s of order %s: %d times %d less %d", l.ID, o.ID, l.Quantity, l.UnitPrice, l.Discount)
	}
	if slices.ContainsFunc(l.TaxLines, negative) {
		return fmt.Errorf("O1: line %s of order %s has a tax below 0: %+v", l.ID, o.ID, l.TaxLines)
	}
	return nil
}

func negative(t TaxLine) bool { return t.Amount < 0 }

func checkDiscounts(o *Order) error {
	parts := make([]int64, len(o.Lines))
	for _, d := range o.Discounts {
		if len(d.Parts) != len(o.Lines) {
			return fmt.Errorf("O2: discount %q of order %s has %d parts for %d lines", d.Code, o.ID, len(d.Parts), len(o.Lines))
		}
		var sum int64
		for i, p := range d.Parts {
			if p < 0 || p > o.Lines[i].Discount || p != 0 && d.Line != "" && d.Line != o.Lines[i].ID {
				return fmt.Errorf("O2: discount %q of order %s takes %d from line %s", d.Code, o.ID, p, o.Lines[i].ID)
			}
			sum += p
			parts[i] += p
		}
		if sum != d.Amount {
			return fmt.Errorf("O2: the parts of discount %q of order %s add up to %d, not %d", d.Code, o.ID, sum, d.Amount)
		}
	}
	for i, l := range o.Lines {
		if parts[i] != l.Discount {
			return fmt.Errorf("O2: line %s of order %s has discount %d, its parts add up to %d", l.ID, o.ID, l.Discount, parts[i])
		}
	}
	return nil
}

// checkAxes compares the stored axes with the counters, and reservations with what is not taken yet.
func checkAxes(o *Order) error {
	if want := FulfillmentStatusOf(o); o.FulfillmentStatus != want {
		return fmt.Errorf("order %s has fulfillment_status %s, its counters say %s", o.ID, o.FulfillmentStatus, want)
	}
	if want := ReturnStatusOf(o); o.ReturnStatus != want && o.ReturnStatus != "" {
		return fmt.Errorf("L3: order %s has return_status %s, its counters say %s", o.ID, o.ReturnStatus, want)
	}
	reserved := map[string]int64{}
	for _, r := range o.Reservations {
		reserved[r.Line] += r.Quantity
		if l := o.Line(r.Line); r.Quantity < 1 || l == nil || l.SKU != r.SKU || reserved[r.Line] > l.Unallocated() {
			return fmt.Errorf("order %s reserves %d of %s at %s for line %s", o.ID, r.Quantity, r.SKU, r.Location, r.Line)
		}
	}
	backordered := map[string]int64{}
	for _, r := range o.Backorders {
		backordered[r.Line] += r.Quantity
		if l := o.Line(r.Line); r.Quantity < 1 || l == nil || l.SKU != r.SKU {
			return fmt.Errorf("order %s backorders %d of %s at %s for line %s", o.ID, r.Quantity, r.SKU, r.Location, r.Line)
		}
	}
	for _, l := range o.Lines {
		if l.Units.Backordered != backordered[l.ID] {
			return fmt.Errorf("line %s of order %s has %d units backordered, its backorders are %d", l.ID, o.ID, l.Units.Backordered, backordered[l.ID])
		}
	}
	switch {
	case len(o.Reservations) > 0 && o.Status != Draft && o.Status != Pending:
		return fmt.Errorf("order %s is %s and holds reservations", o.ID, o.Status)
	case o.Status == Completed && !allShipped(o):
		return fmt.Errorf("order %s is completed, not all of it has shipped", o.ID)
	}
	if o.Status == Canceled {
		for _, l := range o.Lines {
			if l.Kept() != 0 {
				return fmt.Errorf("order %s is canceled, line %s keeps %d units", o.ID, l.ID, l.Kept())
			}
		}
	}
	return nil
}

// CheckGrants is P8: no unit that has not shipped, none twice, and no grant is more than its parts.
func CheckGrants(o *Order) error {
	ids := map[string]bool{}
	for _, g := range o.Grants {
		if ids[g.ID] {
			return fmt.Errorf("P8: order %s has two grants %s", o.ID, g.ID)
		}
		ids[g.ID] = true
		parts := g.Shipping
		for _, l := range g.Lines {
			if line := o.Line(l.Line); l.Quantity < 1 || l.Amount < 0 || line == nil || o.GrantedUnits(l.Line) > line.Units.Shipped {
				return fmt.Errorf("P8: order %s: grant %s gives back %d of line %s", o.ID, g.ID, l.Quantity, l.Line)
			}
			parts += l.Amount
		}
		if g.Amount < 1 || g.Amount > money.Max || g.Offset < 0 || g.Offset > g.Amount || g.Offset > 0 && g.Credit != "" || g.Shipping < 0 || parts > 0 && g.Amount > parts {
			return fmt.Errorf("P8: order %s: grant %s of %d, its parts are worth %d", o.ID, g.ID, g.Amount, parts)
		}
	}
	return nil
}
