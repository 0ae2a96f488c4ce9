package app

import (
	"slices"

	"ordo/internal/catalog"
	"ordo/internal/fulfillment"
	"ordo/internal/order"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// Capacity: a location with a daily capacity counts the fulfillment orders of each day under lock (F5). One without
// costs nothing.

// today is the day of the unit's clock, UTC.
func today(u *work.Unit) string { return u.Now().Std().Format("2006-01-02") }

// fullDays finds the locations that have what is wanted and no capacity left today.
func fullDays(u *work.Unit, locations []*catalog.Location, supply []sourcing.Supply) (map[string]bool, error) {
	var limited []*catalog.Location
	for _, l := range locations {
		if l.DailyCapacity > 0 && slices.ContainsFunc(supply, func(s sourcing.Supply) bool { return s.Location == l.ID && s.Available+s.Backorderable > 0 }) {
			limited = append(limited, l)
		}
	}
	if len(limited) == 0 {
		return nil, nil
	}
	if err := u.Require(func(n *work.Needs) {
		for _, l := range limited {
			n.Docs(NodeDays.Spec, sourcing.NodeDayID(l.ID, today(u)))
		}
	}); err != nil {
		return nil, err
	}
	full := map[string]bool{}
	for _, l := range limited {
		d, found, err := NodeDays.Find(u, sourcing.NodeDayID(l.ID, today(u)))
		if err != nil {
			return nil, err
		}
		full[l.ID] = found && d.Taken >= l.DailyCapacity
	}
	return full, nil
}

// slot takes a fulfillment order's worth of a location's capacity: what the order holds already, or one of today. It
// returns the day, "" where the location has no limit.
func (c *cluster) slot(u *work.Unit, location string) (string, error) {
	if i := slices.IndexFunc(c.Order.Slots, func(s order.Slot) bool { return s.Location == location }); i >= 0 {
		day := c.Order.Slots[i].Day
		c.Order.Slots = slices.Concat(c.Order.Slots[:i], c.Order.Slots[i+1:])
		return day, nil
	}
	l, err := Locations.Ref(u, location)
	if err != nil || l == nil || l.DailyCapacity == 0 {
		return "", err
	}
	return today(u), countSlot(u, location, today(u), 1)
}

// holdSlots holds capacity for a pending order.
func (c *cluster) holdSlots(u *work.Unit, plan []sourcing.Assignment) error {
	for i, a := range plan {
		if slices.ContainsFunc(plan[:i], func(b sourcing.Assignment) bool { return b.Location == a.Location }) {
			continue
		}
		if slices.ContainsFunc(c.Order.Slots, func(s order.Slot) bool { return s.Location == a.Location }) {
			continue
		}
		day, err := c.slot(u, a.Location)
		if err != nil {
			return err
		}
		if day != "" {
			c.Order.Slots = append(slices.Clone(c.Order.Slots), order.Slot{Location: a.Location, Day: day})
		}
	}
	return nil
}

// giveSlotsBack frees the capacity of fulfillment orders that ended without shipping, and what an order held that is
// not pending any more.
func (c *cluster) giveSlotsBack(u *work.Unit) error {
	for _, f := range c.Fulfillments {
		if f.Slot == "" || !c.dirtyF[f.ID] || f.Status != fulfillment.Canceled && f.Status != fulfillment.Rejected {
			continue
		}
		if err := countSlot(u, f.Location, f.Slot, -1); err != nil {
			return err
		}
		f.Slot = ""
	}
	if len(c.Order.Slots) == 0 || c.Order.Status == order.Pending {
		return nil
	}
	for _, s := range c.Order.Slots {
		if err := countSlot(u, s.Location, s.Day, -1); err != nil {
			return err
		}
	}
	c.Order.Slots = nil
	return nil
}

func countSlot(u *work.Unit, location, day string, n int64) error {
	id := sourcing.NodeDayID(location, day)
	d, found, err := NodeDays.Find(u, id)
	if err != nil {
		return err
	}
	if !found {
		d = &sourcing.NodeDay{Location: location, Day: day}
		d.ID = id
	}
	d.Taken += n
	return NodeDays.Put(u, d)
}
