package app

import (
	"slices"
	"strconv"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// replacing is what is added to an order for units that are exchanged or claimed.
type replacing struct {
	ret     string
	items   []returns.SwapItem
	free    bool // it costs nothing
	advance bool
	held    bool               // it waits for the units to come back
	wait    bool               // what is missing is waited for, whatever the channel does
	like    map[string]Unitary // by SKU: a replacement by the same costs the same
}

// Unitary is the price of a line that is replaced by the same: price and discount of n units.
type Unitary struct {
	Price    int64
	Discount func(n int64) int64
}

// replace adds lines to the order and finds stock for them. Lack is what speaks against it, such as stock that is not
// there: nothing is changed then.
func (c *cluster) replace(u *work.Unit, r replacing) (lines []string, lack *judged, err error) {
	j, err := c.judgeReplacement(u, r)
	if err != nil {
		return nil, nil, err
	}
	if j.lacking() {
		return nil, j, nil
	}
	after, err := j.edit.Settle(j.sourced, u.Now())
	if err != nil {
		return nil, nil, err
	}
	before := c.Order
	after.Change = before.Change // a change that is open is judged anew when it is confirmed
	c.Order = after
	if before.Status == order.Completed {
		c.record("order.reopened", Body{Reason: "replacement"})
	}
	event := c.record("order.changed", Body{Reason: "replacement", Sourcing: &j.plan.Decision})
	if r.held {
		for _, id := range j.edit.Added {
			h := order.Hold{Type: "awaiting_return_items", Scope: order.HoldLine, Target: id, Handle: r.ret, Reason: "exchange", PlacedBy: System}
			if err := c.hold(u, h, nil); err != nil {
				return nil, nil, err
			}
		}
	}
	if r.advance {
		if err := c.holdForMissing(u, "advance_exchange"); err != nil { // until its worth is authorized
			return nil, nil, err
		}
	}
	if event.Stock, err = c.move(u, append(c.stockOf(inventory.Allocate, j.sourced.Taken), c.stockOf(inventory.Backorder, j.sourced.Backorders)...)); err != nil {
		return nil, nil, err
	}
	return j.edit.Added, nil, c.openWork(u, j)
}

func (c *cluster) judgeReplacement(u *work.Unit, r replacing) (*judged, error) {
	edit, channel, err := c.edit(u, order.Reopened(c.Order), c.replacements(r), r.free)
	if err != nil {
		return nil, pointItems(err)
	}
	j := &judged{edit: edit}
	if r.wait {
		j.shortage = sourcing.Backorder
	}
	if r.free && unsold(u, r.items) {
		j.shortage = sourcing.Reject
	}
	order.Replacement(j.edit.Order, j.edit.Added, r.ret, r.advance)
	return j, j.source(u, c, channel, givenBack{})
}

// unsold reports whether some of the items are not sold any more: what is there can be sent for nothing, what is not
// will not come.
func unsold(u *work.Unit, items []returns.SwapItem) bool {
	return slices.ContainsFunc(items, func(i returns.SwapItem) bool {
		p, err := Products.Ref(u, i.SKU) // loaded for the edit
		return err == nil && p != nil && !p.Active
	})
}

// replacements are the actions that add the lines.
func (c *cluster) replacements(r replacing) []order.Action {
	in := func(n int64) *money.Money { return &money.Money{Amount: n, Currency: c.Order.Currency} }
	var out, discounts []order.Action
	for i, item := range r.items {
		n := item.Quantity
		a := order.Action{Type: order.ItemAdd, SKU: item.SKU, Quantity: &n}
		same, known := r.like[item.SKU]
		switch {
		case r.free:
			a.UnitPrice = in(0)
		case known:
			a.UnitPrice = in(same.Price)
			if d := same.Discount(n); d > 0 {
				discounts = append(discounts, order.Action{Type: order.DiscountAdd, Code: "exchange", Amount: in(d), Line: strconv.Itoa(len(c.Order.Lines) + i + 1)})
			}
		}
		out = append(out, a)
	}
	return append(out, discounts...)
}

// pointItems makes findings about actions point at the items of the request that they were made from.
func pointItems(err error) error {
	e := errs.As(err)
	if e == nil || len(e.Problems) == 0 {
		return err
	}
	e = e.With()
	e.Problems = slices.Clone(e.Problems)
	for i := range e.Problems {
		e.Problems[i].Pointer = strings.Replace(e.Problems[i].Pointer, "/actions", "/items", 1)
	}
	return e
}

// dropReplacement gives up what has not shipped of the replacements of a return. A location that works on it is asked;
// what it refuses to give up goes out, and is owed.
func (c *cluster) dropReplacement(u *work.Unit, r *returns.Return, reason string) error {
	if c.Order.Status != order.Open {
		return nil
	}
	var units []order.Units
	for _, id := range r.Swap.Lines {
		if l := c.Order.Line(id); l.Kept() > l.Units.Shipped {
			units = append(units, order.Units{Line: id, Quantity: l.Kept() - l.Units.Shipped})
		}
	}
	if len(units) == 0 {
		return nil
	}
	if err := u.Require(func(n *work.Needs) {
		for _, x := range units {
			n.Positions(skusOf(c.Order.Line(x.Line))...)
		}
	}); err != nil {
		return err
	}
	now, rest, err := order.Cancelable(c.Order, units, c.unaccepted())
	if err != nil {
		return err
	}
	if len(now) > 0 {
		if err := c.dropUnits(u, now, reason); err != nil {
			return err
		}
	}
	asked, _ := c.begunLess(rest)
	for _, l := range asked {
		if err := c.requestCancel(u, l.f, l.units, reason); err != nil {
			return err
		}
	}
	return nil
}

// dropUnits gives up units of lines that no location works on.
func (c *cluster) dropUnits(u *work.Unit, now []order.Units, reason string) error {
	before := c.Order
	after, taken, err := order.CancelLines(before, now, c.unaccepted(), reason, u.Now())
	if err != nil {
		return err
	}
	c.Order = after
	event := c.record("order.line_canceled", Body{Reason: reason, Lines: quantities(now)})
	if event.Stock, err = c.returnUnits(u, before, taken, reason); err != nil {
		return err
	}
	c.ended(before, reason)
	return nil
}

// freeReplacement ends the holds under which replacements of a return wait.
func (c *cluster) freeReplacement(u *work.Unit, r *returns.Return, reason string) error {
	for _, id := range c.Order.OpenHolds() {
		if h := c.Order.Hold(id); h.Handle == r.ID && h.Type == "awaiting_return_items" {
			if _, err := c.unhold(u, id, order.HoldLifted, System, Body{Reason: reason}); err != nil {
				return err
			}
		}
	}
	return c.resume(u)
}
