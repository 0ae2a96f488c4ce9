package app

import (
	"strconv"

	"ordo/internal/address"
	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/work"
)

// PlaceOrder checks an order, takes its stock and arranges its payment. An order whose provider needs no call is
// accepted at once; otherwise it is pending, its stock reserved, until RecordOutcome.
type PlaceOrder struct {
	order.Placement
	app  *App
	key  []byte // id of the answer that the payment's outcome will close
	past *past  // earlier orders of the customer; nil when they were not read

	draft string       // id of the draft that becomes the order; "" for none
	was   *order.Order // that draft
}

// Needs implements work.Command.
func (c *PlaceOrder) Needs(n *work.Needs) {
	for _, l := range c.Lines {
		n.Positions(l.SKU)
		n.Refs(Products.Spec, l.SKU)
	}
	if c.ExternalID != "" {
		n.Key(ScopeExternalID, externalKey(c.Channel, c.ExternalID))
	}
	if c.Reservation != "" {
		n.Docs(Reservations.Spec, c.Reservation)
	}
	for _, t := range c.Tenders {
		needsAccount(n, t)
	}
	needsAccount(n, c.Tender())
	n.Numbers(1)
	if c.draft != "" {
		n.Docs(Orders.Spec, c.draft)
	}
}

// Run implements work.Command.
func (c *PlaceOrder) Run(u *work.Unit) (*OrderView, error) {
	if err := c.readDraft(u); err != nil {
		return nil, err
	}
	if v, err := c.existing(u); v != nil || err != nil {
		return v, err
	}
	o, channel, err := c.order(u)
	if err != nil {
		return nil, err
	}
	cl := c.app.newCluster(u, o)
	c.takeOver(cl)
	cart, err := c.cart(u, o)
	if err != nil {
		return nil, err
	}
	plan, err := cl.source(u, channel, cart.own())
	if err != nil {
		return nil, err
	}
	if err := promise(u, cl.Order, channel, plan.Assignments); err != nil {
		return nil, err
	}
	if err := c.name(u, cl.Order); err != nil {
		return nil, err
	}
	if err := cart.taken(u, cl.Order); err != nil {
		return nil, err
	}
	placed := cl.record("order.placed", Body{Sourcing: &plan.Decision})
	if err := c.pay(u, cl); err != nil {
		return nil, err
	}
	if err := c.rules(u, cl, channel); err != nil {
		return nil, err
	}
	if err := cl.take(u, plan, placed); err != nil {
		return nil, err
	}
	if err := cl.settleMoney(u); err != nil {
		return nil, err
	}
	return cl.save(u)
}

// name gives the order its id and number, and holds the channel's own id.
func (c *PlaceOrder) name(u *work.Unit, o *order.Order) (err error) {
	if o.Number, err = u.OrderNumber(); err != nil {
		return err
	}
	if c.was == nil {
		o.ID = u.NewID("ord")
	}
	u.ClaimFresh(ScopeOrderNumber, o.Number, o.ID)
	if c.ExternalID != "" {
		_, _, err = u.Claim(ScopeExternalID, externalKey(c.Channel, c.ExternalID), o.ID)
	}
	return err
}

// pay arranges the payments: at once where no provider is asked; otherwise jobs ask after the commit, and the request
// that waits for the outcomes is answered then.
func (c *PlaceOrder) pay(u *work.Unit, cl *cluster) error {
	all, err := tenders(c.Placement, cl.Order)
	if err != nil {
		return err
	}
	later := false
	for _, t := range all {
		waits, err := cl.tender(u, t, t.Amount.Amount, false, c.key)
		if err != nil {
			return err
		}
		later = later || waits
	}
	if later && c.key != nil {
		u.AnswerLater(cl.Order.ID)
	}
	return nil
}

// existing answers a second submission of an external order.
func (c *PlaceOrder) existing(u *work.Unit) (*OrderView, error) {
	if c.ExternalID == "" {
		return nil, nil
	}
	id, err := u.Holder(ScopeExternalID, externalKey(c.Channel, c.ExternalID))
	if err != nil || id == "" {
		return nil, err
	}
	if c.was != nil {
		return nil, errs.New(errs.Conflict, "external_order_conflict", "the channel's external order %q is placed already", c.ExternalID).With("order", id)
	}
	cl, err := c.app.load(u, id, withoutStock)
	if err != nil {
		return nil, err
	}
	if diff := order.Differences(cl.Order, c.Placement); len(diff) > 0 {
		return nil, errs.New(errs.Conflict, "external_order_conflict", "the channel sent external order %q before with other content; see differences", c.ExternalID).
			With("order", id, "differences", diff)
	}
	cl.Existing = true
	return &cl.OrderView, nil
}

// order checks the placement against the catalog and the channel's tables.
func (c *PlaceOrder) order(u *work.Unit) (*order.Order, *catalog.Channel, error) {
	var list errs.List
	c.app.checkProvider(&list, "/payment", c.Tender())
	for i, t := range c.Tenders {
		c.app.checkProvider(&list, "/payments/"+strconv.Itoa(i), t)
	}
	channel, to, err := c.reference(u, &list, true)
	if err != nil {
		return nil, nil, err
	}
	t, err := tables(u, channel, to, false)
	if err != nil {
		return nil, nil, err
	}
	o, err := order.New(c.Placement, t, u.Now())
	return o, channel, errs.Join(list.Err(), err)
}

// reference loads what the placement is checked against: the products, its channel, and where it goes.
func (c *PlaceOrder) reference(u *work.Unit, list *errs.List, whole bool) (*catalog.Channel, address.Address, error) {
	channel, err := Channels.Ref(u, c.Channel)
	if err != nil {
		return nil, address.Address{}, err
	}
	skus := make([]string, len(c.Lines))
	for i, l := range c.Lines {
		skus[i] = l.SKU
	}
	if err := Products.Refs(u, skus); err != nil {
		return nil, address.Address{}, err
	}
	if c.Channel != "" && (channel == nil || !channel.Active) {
		list.Add("/channel", "unknown_channel", "there is no active sales channel %q", c.Channel)
	}
	if channel == nil {
		channel = &catalog.Channel{}
	}
	if err := c.checkFields(u, list, whole); err != nil {
		return nil, address.Address{}, err
	}
	to, err := c.destination(u, list)
	return channel, to, err
}

// destination is where taxes and shipping charges count: the place where the customer gets the goods.
func (c *PlaceOrder) destination(u *work.Unit, list *errs.List) (address.Address, error) {
	if c.Pickup == "" {
		return c.ShippingAddress, nil
	}
	l, err := Locations.Ref(u, c.Pickup)
	if err != nil {
		return address.Address{}, err
	}
	if l == nil || !l.Active {
		list.Add("/pickup", "unknown_location", "there is no active location %q", errs.Clip(c.Pickup))
		return address.Address{}, nil
	}
	return l.Address, nil
}
