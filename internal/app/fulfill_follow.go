package app

import (
	"fmt"
	"strconv"

	"ordo/internal/errs"
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
	parts  []Part // of kits: which of their components the defect is of
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
	back, err := c.giveBack(u, before, gone, l)
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
// per SKU first: lines may share one, also as a component. A kit that is not there does not say which of its components
// is missing: where the location does not name them, they are freed, and a count will tell.
func (c *cluster) giveBack(u *work.Unit, f *fulfillment.Fulfillment, gone []int64, l lost) ([]inventory.Movement, error) {
	var skus []string
	freed, spoken := map[string]int64{}, map[string]int64{}
	free := func(sku string, n int64) {
		if freed[sku] == 0 {
			skus = append(skus, sku)
		}
		freed[sku] += n
	}
	for i, line := range f.Lines {
		parts := c.Order.Line(line.Line).Components
		switch n := gone[i]; {
		case n <= 0:
		case len(parts) > 0:
			for _, part := range parts {
				free(part.SKU, n*part.Quantity)
			}
		default:
			free(line.SKU, n)
			spoken[line.SKU] += n
		}
	}
	for _, part := range l.parts {
		spoken[part.SKU] += part.Quantity
	}
	var moves []inventory.Movement
	for _, sku := range skus {
		p, err := u.Position(sku, f.Location)
		if err != nil {
			return nil, err
		}
		more, err := inventory.RejectedOf(p, l.defect, freed[sku], spoken[sku])
		if err != nil {
			return nil, err
		}
		moves = append(moves, more...)
	}
	return moves, nil
}

// Part is units of a component that a location does not have for the kits of a line.
type Part struct {
	Line     string
	SKU      string
	Quantity int64
}

// checkParts looks whether parts are components of kits that are given up, and no more than those kits take.
func (c *cluster) checkParts(parts []Part, units []fulfillment.LineQuantity) error {
	var list errs.List
	left := map[Part]int64{} // by line and SKU
	for _, x := range units {
		for _, part := range c.Order.Line(x.Line).Components {
			left[Part{Line: x.Line, SKU: part.SKU}] += x.Quantity * part.Quantity
		}
	}
	for i, p := range parts {
		at := "/components/" + strconv.Itoa(i)
		k := Part{Line: p.Line, SKU: p.SKU}
		switch most, ok := left[k]; {
		case !ok:
			list.Add(at+"/sku", "unknown_sku", "line %q gives up no kit with component %q", errs.Clip(p.Line), errs.Clip(p.SKU))
		case p.Quantity < 1 || p.Quantity > most:
			list.Add(at+"/quantity", "out_of_range", "give units, from 1 to %d: the kits that are given up take no more", most)
		default:
			left[k] -= p.Quantity
		}
	}
	return list.Err()
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
