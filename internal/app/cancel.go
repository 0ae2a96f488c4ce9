package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/order"
	"ordo/internal/work"
)

// CancelOrder gives up an order of which nothing has shipped, or some units of it: their stock is given back,
// authorized money that nothing is left for is voided, money captured over what is left is refunded.
type CancelOrder struct {
	Order  string
	Reason string
	Lines  []order.Units // none: all of it
	guard  guard         // of a customer's link; nil for none
	app    *App
}

// Needs implements work.Command.
func (c *CancelOrder) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *CancelOrder) Run(u *work.Unit) (*OrderView, error) {
	if !slices.Contains(order.CancelReasons, c.Reason) {
		var list errs.List
		list.Add("/reason", "unknown_value", "give one of %s", strings.Join(order.CancelReasons, ", "))
		return nil, list.Err()
	}
	cl, err := c.app.loadSeen(u, c.Order, withStock)
	if err != nil {
		return nil, err
	}
	if err := c.guard.pass(cl, u); err != nil {
		return nil, err
	}
	if c.Lines == nil {
		err = c.all(u, cl)
	} else {
		err = c.some(u, cl)
	}
	if err != nil {
		return nil, err
	}
	if err := cl.settleMoney(u); err != nil {
		return nil, err
	}
	if err := cl.advance(u); err != nil {
		return nil, err
	}
	return cl.save(u)
}

func (c *CancelOrder) all(u *work.Unit, cl *cluster) error {
	if cl.begun() {
		return cl.cancelBegun(u, c.Reason)
	}
	return cl.giveUp(u, "order.canceled", c.Reason)
}

// some gives up units: at once where no location has accepted them, and otherwise by asking the location.
func (c *CancelOrder) some(u *work.Unit, cl *cluster) error {
	now, rest, err := order.Cancelable(cl.Order, c.Lines, cl.unaccepted())
	if err != nil {
		return err
	}
	asked, missing := cl.begunLess(rest)
	if len(missing) > 0 {
		return notCancelable(c.Lines, missing).With("fulfillments", cl.atWork(c.Lines))
	}
	if len(now) > 0 {
		if err := c.give(u, cl, now); err != nil {
			return err
		}
	}
	for _, l := range asked {
		if err := cl.requestCancel(u, l.f, l.units, c.Reason); err != nil {
			return err
		}
	}
	return nil
}

func (c *CancelOrder) give(u *work.Unit, cl *cluster, units []order.Units) error {
	before := cl.Order
	after, taken, err := order.CancelLines(before, units, cl.unaccepted(), c.Reason, u.Now())
	if err != nil {
		return err
	}
	cl.Order = after
	event := cl.record("order.line_canceled", Body{Reason: c.Reason, Lines: quantities(units)})
	if event.Stock, err = cl.returnUnits(u, before, taken, c.Reason); err != nil {
		return err
	}
	cl.ended(before, c.Reason)
	return nil
}

// notCancelable points at the lines of which some units can neither be given up nor asked for.
func notCancelable(lines []order.Units, missing []order.Units) *errs.Error {
	e := errs.New(errs.Conflict, "units_not_cancelable", "some of these units have left, or their location is asked for them already; see errors")
	for _, m := range missing {
		i := slices.IndexFunc(lines, func(l order.Units) bool { return l.Line == m.Line })
		e.Problems = append(e.Problems, errs.Problem{
			Pointer: "/lines/" + strconv.Itoa(i) + "/quantity", Code: "units_not_cancelable", Detail: fmt.Sprintf("%d of these units of line %s cannot be canceled", m.Quantity, m.Line),
		})
	}
	return e
}

// ended records that the order came to its end by what was given up.
func (c *cluster) ended(before *order.Order, reason string) {
	if c.Order.Status == before.Status {
		return
	}
	c.record("order."+string(c.Order.Status), Body{Reason: reason})
}

func quantities(units []order.Units) []fulfillment.LineQuantity {
	out := make([]fulfillment.LineQuantity, len(units))
	for i, u := range units {
		out[i] = fulfillment.LineQuantity(u)
	}
	return out
}

// cancelable reports whether units of the fulfillment order may be given up without asking its location.
func cancelable(f *fulfillment.Fulfillment) bool {
	return slices.Contains(fulfillment.Allowed(f), "cancel")
}

// unaccepted counts, by line, units that are released and that no location has accepted.
func (c *cluster) unaccepted() map[string]int64 {
	free := map[string]int64{}
	for _, f := range c.Fulfillments {
		if f.Stage() == fulfillment.Released && cancelable(f) {
			for _, l := range f.Lines {
				free[l.Line] += l.Quantity
			}
		}
	}
	return free
}

// atWork names the fulfillment orders that locations have begun to work on and that have units of the lines.
func (c *cluster) atWork(units []order.Units) []string {
	ids := []string{}
	for _, f := range c.Fulfillments {
		if f.Begun() && slices.ContainsFunc(f.Lines, func(l fulfillment.Line) bool {
			return slices.ContainsFunc(units, func(u order.Units) bool { return u.Line == l.Line })
		}) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// less is what a fulfillment order loses.
type less struct {
	f     *fulfillment.Fulfillment
	units []fulfillment.LineQuantity
}

// lessOf chooses fulfillment orders to take units from: the ones made last give first. want returns, for a fulfillment
// order and a line, what is still to be taken; it is lowered by what is found. nil passes a fulfillment order over.
func (c *cluster) lessOf(want func(f *fulfillment.Fulfillment, line string) *int64) []less {
	var out []less
	for _, f := range slices.Backward(c.Fulfillments) {
		var units []fulfillment.LineQuantity
		for _, l := range f.Lines {
			left := want(f, l.Line)
			if left == nil || min(*left, l.Quantity) <= 0 {
				continue
			}
			n := min(*left, l.Quantity)
			units = append(units, fulfillment.LineQuantity{Line: l.Line, Quantity: n})
			*left -= n
		}
		if units != nil {
			out = append(out, less{f, units})
		}
	}
	return out
}

// freeLess chooses where units that were given up are taken from, as they counted in their lines.
func (c *cluster) freeLess(taken []order.Taken) []less {
	taken = slices.Clone(taken)
	return c.lessOf(func(f *fulfillment.Fulfillment, line string) *int64 {
		i := slices.IndexFunc(taken, func(t order.Taken) bool { return t.Line == line })
		switch {
		case i < 0 || !cancelable(f):
			return nil
		case f.Stage() == fulfillment.Released:
			return &taken[i].Released
		}
		return &taken[i].Allocated
	})
}

// begunLess chooses the locations that are to be asked for units, and returns what none of them has.
func (c *cluster) begunLess(units []order.Units) (asked []less, missing []order.Units) {
	left := slices.Clone(units)
	asked = c.lessOf(func(f *fulfillment.Fulfillment, line string) *int64 {
		i := slices.IndexFunc(left, func(u order.Units) bool { return u.Line == line })
		if i < 0 || !slices.Contains(fulfillment.Allowed(f), "cancel_request") {
			return nil
		}
		return &left[i].Quantity
	})
	return asked, slices.DeleteFunc(left, func(u order.Units) bool { return u.Quantity == 0 })
}

// givenBack is where units that an order gives up are: reserved there, owed there, or in the work of its location.
type givenBack struct{ reserved, owed, worked []order.Reservation }

// givenBack finds where units are that the order gave up from before to after.
func (c *cluster) givenBack(before, after *order.Order, taken []order.Taken) givenBack {
	b := givenBack{reserved: order.Lost(before.Reservations, after.Reservations), owed: order.Lost(before.Backorders, after.Backorders)}
	for _, l := range c.freeLess(taken) {
		for _, n := range l.units {
			b.worked = append(b.worked, order.Reservation{Line: n.Line, SKU: before.Line(n.Line).SKU, Location: l.f.Location, Quantity: n.Quantity})
		}
	}
	return b
}

// moves are the movements that give them back.
func (b givenBack) moves(c *cluster) []inventory.Movement {
	return slices.Concat(c.stockOf(inventory.Unreserve, b.reserved), c.stockOf(inventory.EndBackorder, b.owed), c.stockOf(inventory.Deallocate, b.worked))
}

// returnUnits returns the stock of units that the order gave up since before, and takes them off its fulfillment orders.
// The counters of the lines have fallen already.
func (c *cluster) returnUnits(u *work.Unit, before *order.Order, taken []order.Taken, reason string) ([]inventory.Movement, error) {
	moves := c.givenBack(before, c.Order, taken).moves(c)
	for _, l := range c.freeLess(taken) {
		f, err := fulfillment.GiveUp(l.f, l.units, reason, u.Now())
		if err != nil {
			return nil, err
		}
		c.setFulfillment(f)
		c.record(canceledEvent(f), Body{Fulfillment: f})
	}
	return c.move(u, moves)
}

// giveUp cancels the whole order: its stock and its work are given back. The money is the caller's to settle.
func (c *cluster) giveUp(u *work.Unit, event, reason string) error {
	moves, err := c.unreserve(u)
	if err != nil {
		return err
	}
	if c.Order, err = order.Cancel(c.Order, reason, u.Now()); err != nil {
		return err
	}
	back, err := c.cancelFulfillments(u)
	if err != nil {
		return err
	}
	c.record(event, Body{Reason: reason, Stock: append(moves, back...)})
	for _, f := range c.Fulfillments {
		if c.dirtyF[f.ID] {
			c.record("fulfillment.canceled", Body{Fulfillment: f})
		}
	}
	return nil
}

func (c *cluster) cancelFulfillments(u *work.Unit) ([]inventory.Movement, error) {
	var moves []inventory.Movement
	for _, f := range c.Fulfillments {
		if !f.Active() {
			continue
		}
		f, err := fulfillment.Cancel(f, u.Now())
		if err != nil {
			return nil, err
		}
		c.setFulfillment(f)
		for _, l := range f.Lines {
			moves = append(moves, c.stock(inventory.Deallocate, l.Line, f.Location, l.Quantity)...)
		}
	}
	return c.move(u, moves)
}

// Cancel gives up a whole order.
func (a *App) Cancel(ctx context.Context, id, reason string, meta work.Meta) work.Outcome {
	return a.CancelLines(ctx, CancelOrder{Order: id, Reason: reason}, meta)
}

// CancelLines runs CancelOrder.
func (a *App) CancelLines(ctx context.Context, c CancelOrder, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}
