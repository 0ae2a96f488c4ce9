package app

import (
	"context"
	"slices"
	"strconv"
	"time"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/sourcing"
	"ordo/internal/store"
	"ordo/internal/work"
)

// PlaceOrder checks an order, takes its stock and arranges its payment. An order whose provider needs no call is
// accepted at once; otherwise it is pending, its stock reserved, until RecordOutcome.
type PlaceOrder struct {
	order.Placement
	app *App
	key []byte // id of the answer that the payment's outcome will close
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
	n.Numbers(1)
}

// Run implements work.Command.
func (c *PlaceOrder) Run(u *work.Unit) (*OrderView, error) {
	if v, err := c.existing(u); v != nil || err != nil {
		return v, err
	}
	o, channel, err := c.order(u)
	if err != nil {
		return nil, err
	}
	plan, err := c.source(u, o, channel)
	if err != nil {
		return nil, err
	}
	if o.Number, err = u.OrderNumber(); err != nil {
		return nil, err
	}
	o.ID = u.NewID("ord")
	u.ClaimFresh(ScopeOrderNumber, o.Number, o.ID)
	if c.ExternalID != "" {
		if _, _, err := u.Claim(ScopeExternalID, externalKey(c.Channel, c.ExternalID), o.ID); err != nil {
			return nil, err
		}
	}
	cl := newCluster(o)
	if c.PaymentProvider == Manual || o.Totals.GrandTotal == 0 {
		return c.acceptNow(u, cl, plan)
	}
	return c.awaitPayment(u, cl, plan)
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
	cl, err := load(u, id, withoutStock)
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
	channel, err := Channels.Ref(u, c.Channel)
	if err != nil {
		return nil, nil, err
	}
	skus := make([]string, len(c.Lines))
	for i, l := range c.Lines {
		skus[i] = l.SKU
	}
	if err := Products.Refs(u, skus); err != nil {
		return nil, nil, err
	}
	var list errs.List
	if c.Channel != "" && (channel == nil || !channel.Active) {
		list.Add("/channel", "unknown_channel", "there is no active sales channel %q", c.Channel)
	}
	if _, known := c.app.Providers[c.PaymentProvider]; !known && c.PaymentProvider != Manual && c.PaymentProvider != "" {
		list.Add("/payment/provider", "unknown_provider", "there is no payment provider %q", c.PaymentProvider)
	}
	if channel == nil {
		channel = &catalog.Channel{}
	}
	o, err := order.New(c.Placement, c.tables(u, channel), u.Now())
	return o, channel, errs.Join(list.Err(), err)
}

func (c *PlaceOrder) tables(u *work.Unit, channel *catalog.Channel) order.Tables {
	a := c.ShippingAddress
	return order.Tables{
		Item: func(sku string) (order.Item, bool) {
			p, err := Products.Ref(u, sku) // loaded above
			if err != nil || p == nil || !p.Active {
				return order.Item{}, false
			}
			return order.Item{Name: p.Name, Price: p.Price, TaxClass: p.TaxClass, WeightGrams: p.WeightGrams}, true
		},
		TaxFor: func(class string) *order.Tax {
			r, ok := channel.Tax(a.Country, a.Region, class)
			if !ok {
				return nil
			}
			return &order.Tax{Name: r.Name, Rate: r.Rate}
		},
		Shipping: func(method string) (money.Money, bool) {
			m, ok := channel.Shipping(method, a.Country)
			return m.Price, ok
		},
		ShippingTaxClass: channel.ShippingTaxClass, PricesIncludeTax: channel.PricesIncludeTax,
	}
}

// source decides where the order ships from, on locked stock.
func (c *PlaceOrder) source(u *work.Unit, o *order.Order, channel *catalog.Channel) ([]sourcing.Assignment, error) {
	locations, err := Locations.AllRefs(u)
	if err != nil {
		return nil, err
	}
	nodes := make([]sourcing.Node, 0, len(locations))
	for _, l := range locations {
		if l.Active && channel.Serves(l.ID) {
			nodes = append(nodes, sourcing.Node{Code: l.ID, Priority: int(l.Priority)})
		}
	}
	demand := make([]sourcing.Demand, len(o.Lines))
	var supply []sourcing.Supply
	seen := make(map[string]bool, len(o.Lines))
	for i, l := range o.Lines {
		demand[i] = sourcing.Demand{Line: l.ID, SKU: l.SKU, Quantity: l.Quantity}
		if seen[l.SKU] {
			continue
		}
		seen[l.SKU] = true
		positions, err := u.Positions(l.SKU)
		if err != nil {
			return nil, err
		}
		for _, p := range positions {
			supply = append(supply, sourcing.Supply{SKU: p.SKU, Location: p.Location, Available: p.Available()})
		}
	}
	plan, short := sourcing.Plan(demand, supply, nodes)
	if len(short) > 0 {
		return nil, shortage(o, short)
	}
	return plan, nil
}

func shortage(o *order.Order, short []sourcing.Shortage) error {
	e := errs.New(errs.Conflict, "insufficient_stock", "only %d of %s available, %d ordered", short[0].Available, short[0].SKU, short[0].Requested).
		With("sku", short[0].SKU, "available", short[0].Available)
	for _, s := range short {
		for i, l := range o.Lines {
			if l.SKU == s.SKU {
				e.Problems = append(e.Problems, errs.Problem{
					Pointer: "/lines/" + strconv.Itoa(i) + "/quantity", Code: "insufficient_stock",
					Detail: "only " + strconv.FormatInt(s.Available, 10) + " of " + s.SKU + " available, " + strconv.FormatInt(s.Requested, 10) + " ordered",
				})
			}
		}
	}
	return e
}

// acceptNow allocates without a reservation in between: nothing is waited for.
func (c *PlaceOrder) acceptNow(u *work.Unit, cl *cluster, plan []sourcing.Assignment) (*OrderView, error) {
	var err error
	if cl.Order, err = order.Accept(cl.Order, u.Now()); err != nil {
		return nil, err
	}
	p := c.payment(u, cl.Order)
	p.Entries[0].State, p.Entries[0].DoneAt, p.Token = payment.Succeeded, u.Now(), ""
	cl.setPayment(p)
	var moves []inventory.Movement
	for _, a := range plan {
		moves = append(moves, inventory.Allocate(a.SKU, a.Location, a.Quantity)...)
	}
	if moves, err = cl.move(u, moves); err != nil {
		return nil, err
	}
	cl.record("order.placed", Body{})
	cl.record("payment.authorized", Body{Payment: fact(p, p.Entries[0])})
	cl.record("order.accepted", Body{Stock: moves})
	cl.plan(u, plan)
	return cl.save(u)
}

// awaitPayment reserves the stock and asks the provider after the commit.
func (c *PlaceOrder) awaitPayment(u *work.Unit, cl *cluster, plan []sourcing.Assignment) (*OrderView, error) {
	p := c.payment(u, cl.Order)
	cl.setPayment(p)
	var moves []inventory.Movement
	for _, a := range plan {
		moves = append(moves, inventory.Reserve(a.SKU, a.Location, a.Quantity)...)
		cl.Order.Reservations = append(cl.Order.Reservations, order.Reservation(a))
	}
	moves, err := cl.move(u, moves)
	if err != nil {
		return nil, err
	}
	cl.record("order.placed", Body{Stock: moves})
	job := paymentJob{Order: cl.Order.ID, Payment: p.ID, Entry: p.Entries[0].ID, Answer: c.key}
	u.EnqueueLeased(jobPayment, job, c.app.node, u.Now().Add(paymentLease))
	if c.key != nil {
		u.AnswerLater(cl.Order.ID)
	}
	return cl.save(u)
}

func (c *PlaceOrder) payment(u *work.Unit, o *order.Order) *payment.Payment {
	p := &payment.Payment{
		Order: o.ID, Provider: c.PaymentProvider, Token: c.PaymentToken, Currency: o.Currency, Amount: o.Totals.GrandTotal, At: u.Now(),
		Entries: []payment.Entry{{ID: u.NewID("pye"), Kind: payment.Authorize, State: payment.Requested, Amount: o.Totals.GrandTotal, At: u.Now()}},
	}
	p.ID = u.NewID("pay")
	return p
}

// plan makes a fulfillment order per location of the plan.
func (c *cluster) plan(u *work.Unit, plan []sourcing.Assignment) {
	var made []*fulfillment.Fulfillment
	for _, a := range plan {
		i := slices.IndexFunc(made, func(f *fulfillment.Fulfillment) bool { return f.Location == a.Location })
		if i < 0 {
			f := &fulfillment.Fulfillment{Order: c.Order.ID, Location: a.Location, Status: fulfillment.Planned, At: u.Now()}
			f.ID = u.NewID("ful")
			made, i = append(made, f), len(made)
		}
		made[i].Lines = append(made[i].Lines, fulfillment.Line{Line: a.Line, SKU: a.SKU, Quantity: a.Quantity})
	}
	for _, f := range made {
		c.setFulfillment(f)
		c.record("fulfillment.planned", Body{Fulfillment: f})
	}
}

// accept turns the reservations of a pending order into allocations and fulfillment orders.
func (c *cluster) accept(u *work.Unit) error {
	plan := make([]sourcing.Assignment, len(c.Order.Reservations))
	var moves []inventory.Movement
	for i, r := range c.Order.Reservations {
		plan[i] = sourcing.Assignment(r)
		moves = append(moves, inventory.Convert(r.SKU, r.Location, r.Quantity)...)
	}
	moves, err := c.move(u, moves)
	if err != nil {
		return err
	}
	if c.Order, err = order.Accept(c.Order, u.Now()); err != nil {
		return err
	}
	c.record("order.accepted", Body{Stock: moves})
	c.plan(u, plan)
	return nil
}

// unreserve ends the reservations of a pending order.
func (c *cluster) unreserve(u *work.Unit) ([]inventory.Movement, error) {
	var moves []inventory.Movement
	for _, r := range c.Order.Reservations {
		moves = append(moves, inventory.Unreserve(r.SKU, r.Location, r.Quantity)...)
	}
	return c.move(u, moves)
}

// Place runs a placement. Under a key it waits a bounded time for the payment's outcome, so that a checkout hears
// "authorized" or "declined" in one call.
func (a *App) Place(ctx context.Context, p order.Placement, meta work.Meta) work.Outcome {
	cmd := &PlaceOrder{Placement: p, app: a}
	if meta.Key != nil {
		cmd.key = meta.Key.ID()
	}
	deadline := time.Now().Add(a.Settings.PaymentWait)
	out := work.Submit(ctx, a.Committer, cmd, meta)
	if !out.InFlight {
		return out
	}
	placed := out.Value != nil // by this request, and not by one before it with the same key
	out = a.awaitAnswer(ctx, cmd.key, out.Subject, deadline)
	out.Replayed = out.Err == nil && !placed
	return out
}

// awaitAnswer waits until the answer under the key is given; after the deadline it gives it itself: 201, pending.
func (a *App) awaitAnswer(ctx context.Context, key []byte, subject string, deadline time.Time) work.Outcome {
	wait := 5 * time.Millisecond
	woken, forget := a.waiters.add(subject)
	defer forget()
	for {
		if out := a.storedAnswer(ctx, key); out.Answer != nil || out.Err != nil {
			return out
		}
		if !time.Now().Before(deadline) {
			return a.giveAnswer(ctx, key, subject)
		}
		select {
		case <-woken:
			woken = nil
		case <-time.After(min(wait, time.Until(deadline))):
			wait = min(2*wait, 250*time.Millisecond) // another node may have it
		case <-ctx.Done():
			return work.Outcome{Err: errs.New(errs.Unavailable, "timeout", "no answer in time; try again with the same Idempotency-Key")}
		}
	}
}

func (a *App) storedAnswer(ctx context.Context, key []byte) work.Outcome {
	ans, err := work.StoredAnswer(ctx, a.DB, key)
	if store.KindOf(err) == store.Unavailable {
		err = work.ErrAway
	}
	return work.Outcome{Answer: ans, Err: err}
}

// giveAnswer stores the order as it is as the answer, unless somebody was faster: then theirs counts. Where there is
// nothing to store it under any more (it was swept), it is the answer all the same: nobody waits for ever.
func (a *App) giveAnswer(ctx context.Context, key []byte, subject string) work.Outcome {
	own, err := work.Do(ctx, a.Committer, &closeAnswer{app: a, key: key, order: subject}, a.system())
	if err != nil {
		return work.Outcome{Err: err}
	}
	if !own.stored {
		if out := a.storedAnswer(ctx, key); out.Answer != nil || out.Err != nil {
			return out
		}
	}
	return work.Outcome{Answer: &own.answer}
}

// closeAnswer answers a placement whose payment is still open with the order as it is.
type closeAnswer struct {
	app   *App
	key   []byte
	order string
}

func (c *closeAnswer) Needs(n *work.Needs) {
	n.Answer(c.key)
	n.Docs(Orders.Spec, c.order)
}

// closed is an answer, and whether this command was the one to give it.
type closed struct {
	answer work.Answer
	stored bool
}

func (c *closeAnswer) Run(u *work.Unit) (closed, error) {
	cl, err := load(u, c.order, withoutStock)
	if err != nil {
		return closed{}, err
	}
	ans := c.app.Render.Placed(&cl.OrderView)
	stored, err := u.CloseAnswer(c.key, ans)
	return closed{ans, stored}, err
}
