package app

import (
	"fmt"

	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/order"
	"ordo/internal/work"
)

// lost says what becomes of units that a fulfillment order gives up in a step.
type lost struct {
	to     string // toCanceled or toWaiting; "" for a step that gives up none
	reason string // why the order ends, when nothing else is wanted of it
	defect string // what the location says about its stock, a reason of a rejection; "" for nothing
}

const (
	toCanceled = "canceled" // nobody wants them any more
	toWaiting  = "waiting"  // somebody else has to do it
)

// follow makes the order's counters and the stock follow a fulfillment order from one state to the next, and records
// the event. Nothing else moves the counters of work: they are always the sums of what fulfillment orders count.
func (c *cluster) follow(u *work.Unit, before, after *fulfillment.Fulfillment, event string, l lost) error {
	was, is := fulfillment.Counts(before), fulfillment.Counts(after)
	var deltas []order.Delta
	var moves []inventory.Movement
	gone := make([]int64, len(before.Lines))
	for i, line := range before.Lines {
		a, b := was[line.Line], is[line.Line]
		if a == b {
			continue
		}
		d := order.Delta{
			Line: line.Line, Allocated: b.Allocated - a.Allocated, Released: b.Released - a.Released, Picked: b.Picked - a.Picked,
			Packed: b.Packed - a.Packed, Shipped: b.Shipped - a.Shipped, Delivered: b.Delivered - a.Delivered,
		}
		gone[i] = a.Holds() - b.Holds() - d.Shipped
		switch {
		case gone[i] == 0:
		case l.to == toCanceled:
			d.Canceled = gone[i]
		case l.to == toWaiting:
			d.Backordered = gone[i]
		default:
			return fmt.Errorf("app: %s of %s gives up %d units of line %s", event, before.ID, gone[i], line.Line)
		}
		deltas = append(deltas, d)
		if d.Shipped > 0 {
			moves = append(moves, c.stock(inventory.Ship, line.Line, before.Location, d.Shipped)...)
		}
	}
	back, err := c.giveBack(u, before, gone, l.defect)
	if err != nil {
		return err
	}
	status := c.Order.Status
	if len(deltas) > 0 {
		if c.Order, err = order.Work(c.Order, deltas, l.reason, u.Now()); err != nil {
			return err
		}
	}
	if moves, err = c.move(u, append(moves, back...)); err != nil {
		return err
	}
	c.setFulfillment(after)
	c.record(event, Body{Fulfillment: after, Stock: moves, Reason: l.reason})
	if c.Order.Status != status {
		c.record("order."+string(c.Order.Status), Body{Reason: c.Order.Reason})
	}
	return nil
}

// giveBack deallocates what a fulfillment order gives up, and corrects the stock as its location says. Units are summed
// per SKU first. A kit that is not there does not say which of its parts is missing: a count will tell.
func (c *cluster) giveBack(u *work.Unit, f *fulfillment.Fulfillment, gone []int64, defect string) ([]inventory.Movement, error) {
	var moves []inventory.Movement
	var skus []string
	sums := map[string]int64{}
	for i, line := range f.Lines {
		switch n := gone[i]; {
		case n <= 0:
		case len(c.Order.Line(line.Line).Components) > 0:
			moves = append(moves, c.stock(inventory.Deallocate, line.Line, f.Location, n)...)
		default:
			if sums[line.SKU] == 0 {
				skus = append(skus, line.SKU)
			}
			sums[line.SKU] += n
		}
	}
	for _, sku := range skus {
		p, err := u.Position(sku, f.Location)
		if err != nil {
			return nil, err
		}
		moves = append(moves, inventory.Rejected(p, defect, sums[sku])...)
	}
	return moves, nil
}

// fulfillment returns the part with the id, or nil.
func (c *cluster) fulfillment(id string) *fulfillment.Fulfillment {
	for _, f := range c.Fulfillments {
		if f.ID == id {
			return f
		}
	}
	return nil
}
