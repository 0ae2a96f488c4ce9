package fulfillment

import "fmt"

// Count is how the units of a line are spread over the stages of work, as the order's counters name them. Units of
// what was rejected or canceled are nowhere.
type Count struct{ Allocated, Released, Picked, Packed, Shipped, Delivered int64 }

// Counts returns them by order line.
func Counts(f *Fulfillment) map[string]Count {
	out := make(map[string]Count, len(f.Lines))
	for _, l := range f.Lines {
		c := out[l.Line]
		switch f.Stage() {
		case Planned, Scheduled:
			c.Allocated += l.Quantity
		case Released, Accepted, Picking, Packed, ReadyForPickup:
			c.Released += l.Quantity - l.Picked
			c.Picked += l.Picked - l.Packed
			c.Packed += l.Packed
		case Shipped:
			c.Shipped += l.Quantity
		case Delivered, PickedUp:
			c.Shipped += l.Quantity
			c.Delivered += l.Quantity
		}
		out[l.Line] = c
	}
	return out
}

// Holds is how many units of its line the location has allocated.
func (c Count) Holds() int64 { return c.Allocated + c.Released + c.Picked + c.Packed }

// Plus adds up what two fulfillment orders have of a line.
func (c Count) Plus(o Count) Count {
	return Count{c.Allocated + o.Allocated, c.Released + o.Released, c.Picked + o.Picked, c.Packed + o.Packed, c.Shipped + o.Shipped, c.Delivered + o.Delivered}
}

// Check is the invariants of one fulfillment order: packed <= picked <= quantity, and packages hold what is packed
// (F4). A violation is a defect, never the request's fault. It holds for any document, also one that something else
// wrote.
func Check(f *Fulfillment) error {
	seen := map[string]bool{}
	for _, l := range f.Lines {
		switch {
		case seen[l.Line]:
			return fmt.Errorf("F4: fulfillment order %s has line %s twice", f.ID, l.Line)
		case l.Short < 0 || l.Quantity < 0 || l.Quantity+l.Short < 1:
			return fmt.Errorf("F4: fulfillment order %s has %d units of line %s, %d short", f.ID, l.Quantity, l.Line, l.Short)
		case l.Packed < 0 || l.Packed > l.Picked || l.Picked > l.Quantity:
			return fmt.Errorf("F4: fulfillment order %s has %d units of line %s, %d picked, %d packed", f.ID, l.Quantity, l.Line, l.Picked, l.Packed)
		}
		seen[l.Line] = true
	}
	if err := checkPackages(f); err != nil {
		return err
	}
	if err := checkRisks(f); err != nil {
		return err
	}
	return checkStage(f)
}

func checkPackages(f *Fulfillment) error {
	in := map[string]int64{}
	ids := map[string]bool{}
	for _, p := range f.Packages {
		if ids[p.ID] || len(p.Lines) == 0 {
			return fmt.Errorf("F4: fulfillment order %s has package %q twice, or it is empty", f.ID, p.ID)
		}
		ids[p.ID] = true
		for _, u := range p.Lines {
			if u.Quantity < 1 || f.line(u.Line) == nil {
				return fmt.Errorf("F4: package %s of fulfillment order %s holds %d of line %q", p.ID, f.ID, u.Quantity, u.Line)
			}
			in[u.Line] += u.Quantity
		}
	}
	for _, l := range f.Lines {
		if in[l.Line] != l.Packed {
			return fmt.Errorf("F4: packages of fulfillment order %s hold %d of line %s, %d are packed", f.ID, in[l.Line], l.Line, l.Packed)
		}
	}
	return nil
}

// checkStage: what has left was packed. A document without packages is one of the first version, which had none.
func checkStage(f *Fulfillment) error {
	stage := f.Stage()
	var all, picked, packed int64
	for _, l := range f.Lines {
		all, picked, packed = all+l.Quantity, picked+l.Picked, packed+l.Packed
	}
	bad := false
	switch stage {
	case Planned, Scheduled, Released, Accepted:
		bad = picked > 0
	case Picking:
		bad = packed == all
	case Packed, ReadyForPickup:
		bad = packed < all
	case Shipped, Delivered, PickedUp:
		bad = packed < all && len(f.Packages) > 0
	}
	switch {
	case bad:
		return fmt.Errorf("F4: fulfillment order %s is %s with %d units, %d picked, %d packed", f.ID, stage, all, picked, packed)
	case f.Active() && all == 0:
		return fmt.Errorf("F4: fulfillment order %s is %s and has nothing to do", f.ID, stage)
	case f.Status == CancelRequested && (f.Cancellation == nil || f.Cancellation.Status != RequestOpen):
		return fmt.Errorf("fulfillment order %s is %s without a request", f.ID, f.Status)
	case f.Status != CancelRequested && f.Cancellation != nil && f.Cancellation.Status == RequestOpen:
		return fmt.Errorf("fulfillment order %s is %s, its cancellation request is open", f.ID, f.Status)
	case transitions[stage] == nil || transitions[f.Status] == nil || f.Status != CancelRequested && (f.Status == OnHold) != (f.HeldFrom != ""):
		return fmt.Errorf("fulfillment order %s is %q, from %q", f.ID, f.Status, f.HeldFrom)
	}
	return nil
}
