package app

import (
	"slices"

	"ordo/internal/fulfillment"
	"ordo/internal/order"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// openFulfillments makes a fulfillment order per location of the plan, for units that are allocated there, and releases
// those that need nobody to say so.
func (c *cluster) openFulfillments(u *work.Unit, plan []sourcing.Assignment) error {
	var made []*fulfillment.Fulfillment
	for _, a := range plan {
		i := slices.IndexFunc(made, func(f *fulfillment.Fulfillment) bool { return f.Location == a.Location })
		if i < 0 {
			f := &fulfillment.Fulfillment{Order: c.Order.ID, Location: a.Location, Status: fulfillment.Planned, Pickup: c.Order.Pickup != "", At: u.Now()}
			f.ID = u.NewID("ful")
			made, i = append(made, f), len(made)
		}
		f := made[i]
		if k := slices.IndexFunc(f.Lines, func(l fulfillment.Line) bool { return l.Line == a.Line }); k >= 0 {
			f.Lines[k].Quantity += a.Quantity
		} else {
			f.Lines = append(f.Lines, fulfillment.Line{Line: a.Line, SKU: a.SKU, Quantity: a.Quantity})
		}
	}
	for _, f := range made {
		var err error
		if f.Slot, err = c.slot(u, f.Location); err != nil {
			return err
		}
		c.setFulfillment(f)
		c.record("fulfillment.planned", Body{Fulfillment: f})
	}
	for _, f := range made {
		if err := c.autoRelease(u, f); err != nil {
			return err
		}
	}
	return nil
}

// autoRelease releases a planned fulfillment order where its location or the order's channel says that nobody needs to,
// unless a hold is in the way; the end of the hold comes back here (resume).
func (c *cluster) autoRelease(u *work.Unit, f *fulfillment.Fulfillment) error {
	location, err := Locations.Ref(u, f.Location)
	if err != nil {
		return err
	}
	channel, err := Channels.Ref(u, c.Order.Channel)
	if err != nil {
		return err
	}
	wanted := location != nil && location.AutoRelease || channel != nil && channel.AutoRelease
	if !wanted || order.Blocked(c.Order, order.GateRelease, targets(f)...) != nil {
		return nil
	}
	return c.passed(u, f, "fulfillment.released")(fulfillment.Release(f, u.Now()))
}
