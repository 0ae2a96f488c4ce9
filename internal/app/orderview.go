package app

import (
	"slices"
	"strings"

	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/returns"
	"ordo/internal/shipping"
	"ordo/internal/sourcing"
	"ordo/internal/work"
	"ordo/internal/workflow"
)

// OrderView is an order with its parts.
type OrderView struct {
	Order        *order.Order
	Payments     []*payment.Payment
	Fulfillments []*fulfillment.Fulfillment
	Labels       []*shipping.Label
	Returns      []*returns.Return // exchanges and claims too
	Existing     bool              // a placement found the order that its external id names
}

// Sums adds up all payments.
func (v *OrderView) Sums() payment.Sums {
	return payment.Total(v.Payments)
}

// Body is what events about an order carry: changed facts, never personal data.
type Body struct {
	Order        *order.Order               `json:"order,omitzero"`         // order.drafted, order.placed: the whole order
	Changes      *order.Changes             `json:"changes,omitzero"`       // the first event of every other command
	Reason       string                     `json:"reason,omitzero"`        // why, as a code
	Lines        []fulfillment.LineQuantity `json:"lines,omitzero"`         // order.line_canceled: which units
	Payment      *PaymentFact               `json:"payment,omitzero"`       // payment.*
	Grant        *order.Grant               `json:"grant,omitzero"`         // payment.refund_granted
	Fulfillment  *fulfillment.Fulfillment   `json:"fulfillment,omitzero"`   // fulfillment.*
	Revenue      *order.Revenue             `json:"revenue,omitzero"`       // what the command earned, for the books
	Link         *Link                      `json:"link,omitzero"`          // payment.link_created
	Invoice      *order.Invoice             `json:"invoice,omitzero"`       // invoice.issued
	Label        *shipping.Label            `json:"label,omitzero"`         // label.*, tracking.updated, shipment.*
	Return       *returns.Return            `json:"return,omitzero"`        // return.*, exchange.*, claim.*
	Stock        []inventory.Movement       `json:"stock,omitzero"`         // what moved, in which bucket
	Sourcing     *sourcing.Decision         `json:"sourcing,omitzero"`      // how it was decided where units ship from
	Hold         *order.Hold                `json:"hold,omitzero"`          // order.held, order.hold_released
	Decision     *workflow.Decision         `json:"decision,omitzero"`      // of the rule that placed or lifted the hold
	Override     bool                       `json:"override,omitzero"`      // the hold was lifted by who may lift all
	Note         string                     `json:"note,omitzero"`          // id of the note; its text is personal
	Change       *order.Change              `json:"change,omitzero"`        // order.change_*, and order.changed where one was confirmed
	CustomerLink *CustomerLink              `json:"customer_link,omitzero"` // order.link_created
	Repairs      []RepairDone               `json:"repairs,omitzero"`       // order.repaired
}

// PaymentFact is one entry of a payment.
type PaymentFact struct {
	ID       string        `json:"id"`
	Provider string        `json:"provider"`
	Currency string        `json:"currency"`
	Entry    payment.Entry `json:"entry"`
}

// cluster is an order with its parts inside of a unit of work. Events of the parts carry the order's id and version:
// the order is the aggregate root.
type cluster struct {
	OrderView
	node string      // this process, which has the jobs of what it stores leased at first
	at   micros.Time // the clock of the unit

	settings *Settings
	before   *order.Order // nil for a new order
	whole    bool         // the order was made anew: its event carries all of it
	events   []work.Event
	dirtyP   map[string]bool
	dirtyF   map[string]bool
	dirtyL   map[string]bool
	dirtyR   map[string]bool
	drawn    []*drawn        // accounts of store credit that payments of the order write to
	open     *order.Change   // the change that may still be confirmed; nil for none
	dirtyC   []*order.Change // changes to be stored
}

func (a *App) newCluster(u *work.Unit, o *order.Order) *cluster {
	return &cluster{OrderView: OrderView{Order: o}, node: a.node, at: u.Now(), settings: &a.Settings, dirtyP: map[string]bool{}, dirtyF: map[string]bool{}, dirtyL: map[string]bool{}, dirtyR: map[string]bool{}}
}

// What load reads beside an order and its parts.
const (
	withoutStock = false
	withStock    = true // the positions of its SKUs: the command moves stock
)

// needParts names the documents that are parts of an order.
func needParts(n *work.Needs, o *order.Order) {
	if o.Change != "" {
		n.Docs(OrderChanges.Spec, o.Change)
	}
	n.Docs(Payments.Spec, o.Payments...)
	n.Docs(Fulfillments.Spec, o.Fulfillments...)
	n.Docs(Returns.Spec, o.Returns...)
	n.Docs(Labels.Spec, o.Labels...)
}

// loadSeen is load for who says which version they saw: another one is refused.
func (a *App) loadSeen(u *work.Unit, id string, stock bool) (*cluster, error) {
	c, err := a.load(u, id, stock)
	if err != nil {
		return nil, err
	}
	return c, u.CheckVersion("order", c.Order.Version)
}

// load reads an order with all its parts, in as few round trips as it takes.
func (a *App) load(u *work.Unit, id string, stock bool) (*cluster, error) {
	o, err := Orders.Get(u, id)
	if err != nil {
		return nil, err
	}
	if err := u.Require(func(n *work.Needs) {
		needParts(n, o)
		if stock && (o.Status == order.Pending || o.Status == order.Open) {
			for _, l := range o.Lines {
				n.Positions(l.SKU)
				for _, part := range l.Components {
					n.Positions(part.SKU)
				}
			}
		}
	}); err != nil {
		return nil, err
	}
	c := a.newCluster(u, o)
	c.before = order.Clone(o)
	if o.Change != "" {
		if c.open, err = OrderChanges.Get(u, o.Change); err != nil {
			return nil, err
		}
	}
	if c.Payments, err = Payments.GetMany(u, o.Payments); err != nil {
		return nil, err
	}
	if err := c.loadAccounts(u); err != nil {
		return nil, err
	}
	if c.Fulfillments, err = Fulfillments.GetMany(u, o.Fulfillments); err != nil {
		return nil, err
	}
	if c.Returns, err = Returns.GetMany(u, o.Returns); err != nil {
		return nil, err
	}
	c.Labels, err = Labels.GetMany(u, o.Labels)
	return c, err
}

// record adds an event and returns its body, which may be filled until the cluster is saved.
func (c *cluster) record(kind string, b Body) *Body {
	c.events = append(c.events, work.Event{Type: kind, Aggregate: c.Order.ID, Body: &b})
	return &b
}

// move applies movements to stock and returns them for the event that causes them.
func (c *cluster) move(u *work.Unit, moves []inventory.Movement) ([]inventory.Movement, error) {
	return moves, u.Move(moves...)
}

// stock makes the movements for units of a line at a location: of its SKU, or of the components of a kit. Every
// movement that an order causes is made here. What is parked is on no position and moves nothing.
func (c *cluster) stock(make func(sku, location string, units int64) []inventory.Movement, line, location string, units int64) []inventory.Movement {
	if location == "" {
		return nil // parked: at no position
	}
	l := c.Order.Line(line)
	if len(l.Components) == 0 {
		return make(l.SKU, location, units)
	}
	var moves []inventory.Movement
	for _, part := range l.Components {
		moves = append(moves, make(part.SKU, location, units*part.Quantity)...)
	}
	return moves
}

func (c *cluster) setPayment(p *payment.Payment) {
	c.dirtyP[p.ID] = true
	c.Payments, c.Order.Payments = setPart(c.Payments, c.Order.Payments, p)
}

func (c *cluster) setFulfillment(f *fulfillment.Fulfillment) {
	c.dirtyF[f.ID] = true
	c.Fulfillments, c.Order.Fulfillments = setPart(c.Fulfillments, c.Order.Fulfillments, f)
}

// setPart puts a part in the place of its former self, or adds it and its id. The order's list of ids is copied, since
// the order as it was found shares it.
func setPart[T any, P work.Ptr[T]](parts []P, ids []string, part P) ([]P, []string) {
	id := part.DocMeta().ID
	for i := range parts {
		if parts[i].DocMeta().ID == id {
			parts[i] = part
			return parts, ids
		}
	}
	return append(parts, part), append(slices.Clone(ids), id)
}

func (c *cluster) payment(id string) *payment.Payment {
	for _, p := range c.Payments {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// save derives the payment axis, stages everything that changed and records the events; the first one carries what
// changed of the order.
func (c *cluster) save(u *work.Unit) (*OrderView, error) {
	if err := c.freeLabels(u); err != nil {
		return nil, err
	}
	if err := c.billByPolicy(u); err != nil {
		return nil, err
	}
	o := c.Order
	if err := c.followHolds(u); err != nil {
		return nil, err
	}
	if err := c.giveSlotsBack(u); err != nil {
		return nil, err
	}
	o.PaymentStatus = payment.Status(o.Totals.GrandTotal, o.Granted(), len(c.Payments), c.Sums())
	for _, p := range c.Payments {
		if !c.dirtyP[p.ID] {
			continue
		}
		if err := payment.Check(p); err != nil {
			return nil, err
		}
		if err := put(u, Payments, p, c.before == nil || p.Version == 0); err != nil {
			return nil, err
		}
	}
	for _, f := range c.Fulfillments {
		if c.dirtyF[f.ID] {
			if err := put(u, Fulfillments, f, f.Version == 0); err != nil {
				return nil, err
			}
		}
	}
	if err := c.saveReturns(u); err != nil {
		return nil, err
	}
	if err := c.saveLabels(u); err != nil {
		return nil, err
	}
	if err := c.saveChanges(u); err != nil {
		return nil, err
	}
	if err := put(u, Orders, o, c.before == nil); err != nil {
		return nil, err
	}
	c.tell()
	u.Record(c.events...)
	if err := c.saveAccounts(u); err != nil {
		return nil, err
	}
	return &c.OrderView, nil
}

// tell puts into the first event what became of the order.
func (c *cluster) tell() {
	o, first := c.Order, c.events[0].Body.(*Body)
	if c.before == nil || c.whole {
		public, personal := order.Public(o)
		first.Order, c.events[0].Personal = &public, personal
		return
	}
	if earned, ok := order.Recognized(o).Since(order.Recognized(c.before)); ok {
		first.Revenue = &earned
	}
	changes := order.Diff(c.before, o)
	first.Changes = &changes
	if personal, changed := order.DiffPersonal(c.before, o); changed {
		c.events[0].Personal = personal
	}
}

func put[T any, P work.Ptr[T]](u *work.Unit, k work.Kind[T, P], v P, fresh bool) error {
	if fresh {
		k.Create(u, v)
		return nil
	}
	return k.Put(u, v)
}

// fold makes mail addresses comparable.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
