package app

import (
	"slices"
	"strconv"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/order"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// ask is what a place is wanted for: units of an order, and who does not come into question for them any more.
type ask struct {
	order   *order.Order
	channel *catalog.Channel
	demand  []sourcing.Demand
	refused []string
	part    bool                 // the rest of the order has its place: what there is is taken, the remainder is left over
	after   sourcing.AfterAction // "": what the rule or the channel says
	own     []inventory.Movement // units that it held before and gave back for this: they are its own
	freed   []inventory.Movement // what is given back together with this, and has not moved yet
}

// plan decides where the units ship from, on locked stock. It also says what is to happen to what nobody has.
func (q *ask) plan(u *work.Unit) (sourcing.Result, sourcing.AfterAction, error) {
	r := sourcing.Request{Demand: q.demand, To: placeOf(q.order), PickupAt: q.order.Pickup}
	rule, err := q.rule(u)
	if err != nil {
		return sourcing.Result{}, "", err
	}
	policy := sourcing.AfterAction(q.channel.Shortage)
	if rule != nil {
		r.Strategy = rule.Strategy
		if rule.AfterAction != "" {
			policy = rule.AfterAction
		}
	}
	if q.after != "" {
		policy = q.after
	}
	r.After = policy
	if r.Supply, err = q.supply(u); err != nil {
		return sourcing.Result{}, "", err
	}
	if r.Nodes, err = q.nodes(u, r.Supply); err != nil {
		return sourcing.Result{}, "", err
	}
	if q.part {
		r.Strategy.ShipComplete = false
	}
	if err := q.facts(u, &r); err != nil {
		return sourcing.Result{}, "", err
	}
	res := sourcing.Plan(r)
	if q.part && (res.After == sourcing.Reject || res.After == sourcing.Park) {
		r.After = sourcing.Cancel // leaves over what cannot be filled
		res = sourcing.Plan(r)
	}
	if rule != nil {
		res.Decision.Rule = rule.ID
	}
	return res, policy, nil
}

// facts adds what the criteria of the strategy ask for, and nothing else: new orders by the default strategy pay nothing.
func (q *ask) facts(u *work.Unit, r *sourcing.Request) error {
	if r.PickupAt != "" {
		return nil
	}
	r.By = promisedBy(q.order, q.demand)
	if r.Asks(sourcing.Cost) {
		if err := q.price(u, r); err != nil {
			return err
		}
	}
	if r.Asks(sourcing.Promise) {
		return q.days(u, r)
	}
	return nil
}

// rule finds the sourcing rule of the order, if any. Without rules it costs nothing.
func (q *ask) rule(u *work.Unit) (*sourcing.Rule, error) {
	rules, err := SourcingRules.AllRefs(u)
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	sourcing.SortRules(rules)
	facts := factsOf(q.order)
	for _, r := range rules {
		if r.Active && r.Matches(&facts) {
			return r, nil
		}
	}
	return nil, nil
}

func factsOf(o *order.Order) sourcing.Basket {
	f := sourcing.Basket{
		Order:   sourcing.BasketOrder{Total: o.Totals.GrandTotal, Currency: o.Currency, ShippingMethod: o.Shipping.Method, Pickup: o.Pickup, Tags: o.Tags},
		Channel: sourcing.BasketChannel{Code: o.Channel},
	}
	a := o.ShippingAddress
	f.Address = sourcing.BasketAddress{Country: a.Country, Region: a.Region, City: a.City, PostalCode: a.PostalCode}
	for i := range o.Lines {
		l := &o.Lines[i]
		f.Order.Units += l.Kept()
		f.Order.WeightGrams += l.Kept() * l.WeightGrams
		f.Order.Lines = append(f.Order.Lines, sourcing.LineFact{SKU: l.SKU, Quantity: l.Kept(), Price: l.UnitPrice})
	}
	return f
}

func placeOf(o *order.Order) sourcing.Place {
	a := o.ShippingAddress
	return sourcing.Place{Latitude: a.Latitude, Longitude: a.Longitude, PostalCode: a.PostalCode, Region: a.Region, Country: a.Country}
}

// nodes are the locations with what speaks against them. With more of them than a decision tells about, those that
// are out anyway are left away.
func (q *ask) nodes(u *work.Unit, supply []sourcing.Supply) ([]sourcing.Node, error) {
	locations, err := Locations.AllRefs(u)
	if err != nil {
		return nil, err
	}
	full, err := fullDays(u, locations, supply)
	if err != nil {
		return nil, err
	}
	nodes := make([]sourcing.Node, 0, len(locations))
	for _, l := range locations {
		out := q.out(l, full)
		if out != "" && len(locations) > sourcing.MaxNotes {
			continue
		}
		a := &l.Address
		nodes = append(nodes, sourcing.Node{
			Code: l.ID, Priority: l.Priority, Out: out, Handling: l.HandlingCost, ShipsTo: l.ShipsTo,
			Place:  sourcing.Place{Latitude: a.Latitude, Longitude: a.Longitude, PostalCode: a.PostalCode, Region: a.Region, Country: a.Country},
			Pickup: l.Pickup != catalog.PickupNone, NoShip: l.Pickup == catalog.PickupOnly,
		})
	}
	return nodes, nil
}

func (q *ask) out(l *catalog.Location, full map[string]bool) sourcing.Reason {
	switch {
	case !l.Active:
		return sourcing.Inactive
	case !q.channel.Serves(l.ID):
		return sourcing.NotServed
	case slices.Contains(q.refused, l.ID):
		return sourcing.Refused
	case full[l.ID]:
		return sourcing.AtCapacity
	}
	return ""
}

// supply is what can be promised of the SKUs of the demand. What is owed to backorders is not there for others.
func (q *ask) supply(u *work.Unit) ([]sourcing.Supply, error) {
	var supply []sourcing.Supply
	seen := make(map[string]bool, len(q.demand))
	add := func(sku string) error {
		if seen[sku] {
			return nil
		}
		seen[sku] = true
		positions, err := u.Positions(sku)
		for _, p := range positions {
			p = q.returned(p)
			supply = append(supply, sourcing.Supply{SKU: p.SKU, Location: p.Location, Available: q.available(p), Backorderable: p.Backorderable()})
		}
		return err
	}
	for _, d := range q.demand {
		var err error
		if len(d.Components) == 0 {
			err = add(d.SKU)
		}
		for _, c := range d.Components {
			if err == nil {
				err = add(c.SKU)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return supply, nil
}

// returned is a position with what is about to be given back to it.
func (q *ask) returned(p inventory.Position) inventory.Position {
	for _, m := range q.freed {
		if m.SKU == p.SKU && m.Location == p.Location {
			p.Units[m.Bucket.Index()] += m.Delta
		}
	}
	return p
}

// available is what the order may take: what is promisable, and what was its own already.
func (q *ask) available(p inventory.Position) int64 {
	n := p.Promisable()
	for _, m := range q.own {
		if m.SKU == p.SKU && m.Location == p.Location && m.Bucket == inventory.Reserved {
			n -= m.Delta
		}
	}
	return min(n, max(0, p.Available()))
}

// wants is the demand for units of a line.
func wants(l *order.Line, units int64) sourcing.Demand {
	d := sourcing.Demand{Line: l.ID, SKU: l.SKU, Quantity: units}
	for _, c := range l.Components {
		d.Components = append(d.Components, sourcing.Component(c))
	}
	return d
}

// source decides where a new order ships from. What nobody has is refused, owed, parked or canceled. own is what a
// cart held for it and has given back.
func (c *cluster) source(u *work.Unit, channel *catalog.Channel, own []inventory.Movement) (sourcing.Result, error) {
	o := c.Order
	q := ask{order: o, channel: channel, own: own, demand: make([]sourcing.Demand, 0, len(o.Lines))}
	for i := range o.Lines {
		if n := o.Lines[i].Kept(); n > 0 {
			q.demand = append(q.demand, wants(&o.Lines[i], n))
		}
	}
	res, _, err := q.plan(u)
	if err != nil || res.After == "" {
		return res, err
	}
	switch res.After {
	case sourcing.Reject:
		return res, shortage(o, res.Short)
	case sourcing.Park:
		o.Holds = append(o.Holds, stockHold(u, "out_of_stock"))
	}
	c.Order, err = order.Source(o, missed(res, q.demand), u.Now())
	return res, err
}

// missed says what becomes of the units of a demand that nobody has: owed, parked or given up.
func missed(res sourcing.Result, demand []sourcing.Demand) order.Sourced {
	s := order.Sourced{Backorders: reservations(res.Backorders)}
	switch res.After {
	case sourcing.Park:
		for _, d := range demand {
			s.Backorders = append(s.Backorders, order.Reservation{Line: d.Line, SKU: d.SKU, Quantity: d.Quantity})
		}
	case sourcing.Cancel:
		for _, x := range res.Unfilled {
			s.Canceled = append(s.Canceled, order.Units{Line: x.Line, Quantity: x.Quantity})
		}
	}
	return s
}

// tellShortage records what happened to a new order that stock was missing for.
func (c *cluster) tellShortage(plan sourcing.Result) {
	if plan.After == sourcing.Park {
		c.recordHold("order.held", *c.parkedHold())
	}
	c.tellMissed(plan)
}

// tellMissed records that units which nobody has are owed or given up.
func (c *cluster) tellMissed(plan sourcing.Result) {
	switch plan.After {
	case sourcing.Backorder:
		c.record("order.backordered", Body{Reason: "out_of_stock"})
	case sourcing.Cancel:
		c.record("order.line_canceled", Body{Reason: "out_of_stock", Lines: unfilled(plan.Unfilled)})
	}
}

func unfilled(units []sourcing.Unfilled) []fulfillment.LineQuantity {
	out := make([]fulfillment.LineQuantity, len(units))
	for i, x := range units {
		out[i] = fulfillment.LineQuantity{Line: x.Line, Quantity: x.Quantity}
	}
	return out
}

func reservations(as []sourcing.Assignment) []order.Reservation {
	out := make([]order.Reservation, len(as))
	for i, a := range as {
		out[i] = order.Reservation(a)
	}
	return out
}

// shortage is the refusal of an order that stock is missing for.
func shortage(o *order.Order, short []sourcing.Shortage) error {
	e := errs.New(errs.Conflict, "insufficient_stock", "only %d of %s available, %d ordered", short[0].Available, short[0].SKU, short[0].Requested).
		With("sku", short[0].SKU, "available", short[0].Available)
	for _, s := range short {
		for i, l := range o.Lines {
			if slices.Contains(s.Lines, l.ID) {
				e.Problems = append(e.Problems, errs.Problem{
					Pointer: "/lines/" + strconv.Itoa(i) + "/quantity", Code: "insufficient_stock",
					Detail: "only " + strconv.FormatInt(s.Available, 10) + " of " + s.SKU + " available, " + strconv.FormatInt(s.Requested, 10) + " ordered",
				})
			}
		}
	}
	return e
}

// parkedHandle names the hold of an order with parked units.
const parkedHandle = "unplaced"

// stockHold is the hold of an order that waits for stock.
func stockHold(u *work.Unit, reason string) order.Hold {
	return order.Hold{
		ID: u.NewID("hld"), Type: "inventory_out_of_stock", Scope: order.HoldOrder, Handle: parkedHandle, Reason: reason,
		PlacedBy: System, PlacedAt: u.Now(), Status: order.HoldOpen,
	}
}

// holdParked has an order with parked units found by a hold that stops nothing else of it, and lifts the hold when
// nothing is parked any more.
func (c *cluster) holdParked(u *work.Unit, reason string) {
	parked := len(order.Parked(c.Order)) > 0
	if parked == (c.parkedHold() != nil) {
		return
	}
	c.Order = order.Clone(c.Order)
	if parked {
		h := stockHold(u, reason)
		c.Order.Holds = append(c.Order.Holds, h)
		c.recordHold("order.held", h)
		return
	}
	h := c.parkedHold()
	h.Status, h.EndedBy, h.EndedAt = order.HoldLifted, System, u.Now()
	c.recordHold("order.hold_released", *h)
}

// parkedHold is the open hold of an order with parked units; nil for none.
func (c *cluster) parkedHold() *order.Hold {
	i := slices.IndexFunc(c.Order.Holds, func(h order.Hold) bool { return h.Handle == parkedHandle && h.Status == order.HoldOpen })
	if i < 0 {
		return nil
	}
	return &c.Order.Holds[i]
}

// recordHold tells of a hold that Ordo placed or lifted by itself; the reason of the event is the hold's type.
func (c *cluster) recordHold(event string, h order.Hold) {
	c.record(event, Body{Reason: h.Type, Hold: &h})
}

// stockOf makes the movements for units of lines at their locations.
func (c *cluster) stockOf(make func(sku, location string, units int64) []inventory.Movement, rs []order.Reservation) (moves []inventory.Movement) {
	for _, r := range rs {
		moves = append(moves, c.stock(make, r.Line, r.Location, r.Quantity)...)
	}
	return moves
}
