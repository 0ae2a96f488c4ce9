package app

import (
	"context"
	"strconv"
	"time"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/sourcing"
	"ordo/internal/store"
	"ordo/internal/work"
)

// jobReservation ends a cart's reservation when its time is over.
const jobReservation = "expire_reservation"

func registerReservations(a *App) { a.Jobs.Handle(jobReservation, a.expireReservation) }

// Reserve holds stock for a cart, at the locations that an order would ship from now.
type Reserve struct {
	Channel string
	Lines   []inventory.ReservationLine
	Minutes int64 // 0: as the channel says
	App     *App
}

// Needs implements work.Command.
func (c *Reserve) Needs(n *work.Needs) {
	for _, l := range c.Lines {
		needLine(n, l.SKU)
	}
}

// Run implements work.Command.
func (c *Reserve) Run(u *work.Unit) (*inventory.Reservation, error) {
	o, channel, err := c.check(u)
	if err != nil {
		return nil, err
	}
	moves, err := c.source(u, o, channel)
	if err != nil {
		return nil, err
	}
	if err := u.Move(moves...); err != nil {
		return nil, err
	}
	minutes, most := channel.Reservation()
	if c.Minutes > 0 {
		minutes = c.Minutes
	}
	r := &inventory.Reservation{
		Channel: c.Channel, Status: inventory.ReservationActive, Lines: c.Lines, Held: inventory.HeldOf(moves), CreatedAt: u.Now(),
		ExpiresAt: u.Now().Add(time.Duration(minutes) * time.Minute), LatestAt: u.Now().Add(time.Duration(most) * time.Minute),
	}
	r.ID = u.NewID("rsv")
	Reservations.Create(u, r)
	u.Record(work.Event{Type: "stock.reserved", Aggregate: r.ID, Body: StockBody{Reservation: r, Stock: moves}})
	u.Enqueue(jobReservation, r.ID, r.ExpiresAt)
	return r, nil
}

// source finds the places that an order of the cart would ship from. What is not there is not reserved.
func (c *Reserve) source(u *work.Unit, o *order.Order, channel *catalog.Channel) ([]inventory.Movement, error) {
	q := ask{order: o, channel: channel, after: sourcing.Reject}
	for i := range o.Lines {
		q.demand = append(q.demand, wants(&o.Lines[i], o.Lines[i].Quantity))
	}
	plan, _, err := q.plan(u)
	if err != nil {
		return nil, err
	}
	if plan.After == sourcing.Reject {
		return nil, shortage(o, plan.Short)
	}
	return c.App.newCluster(u, o).stockOf(inventory.Reserve, reservations(plan.Assignments)), nil
}

// check makes the cart an order that sourcing understands; it has no money and is never stored.
func (c *Reserve) check(u *work.Unit) (*order.Order, *catalog.Channel, error) {
	var list errs.List
	channel, err := Channels.Ref(u, c.Channel)
	if err != nil {
		return nil, nil, err
	}
	if channel == nil || !channel.Active {
		list.Add("/channel", "unknown_channel", "there is no active sales channel %q", errs.Clip(c.Channel))
		channel = &catalog.Channel{}
	}
	if _, most := channel.Reservation(); c.Minutes < 0 || c.Minutes > most {
		list.Add("/ttl_minutes", "out_of_range", "give minutes, from 1 to %d", most)
	}
	if len(c.Lines) == 0 || len(c.Lines) > order.MaxLines {
		list.Add("/lines", "out_of_range", "give 1 to %d lines", order.MaxLines)
		return nil, nil, list.Err()
	}
	skus := make([]string, len(c.Lines))
	for i, l := range c.Lines {
		skus[i] = l.SKU
	}
	if err := Products.Refs(u, skus); err != nil {
		return nil, nil, err
	}
	o := &order.Order{Channel: c.Channel, PlacedAt: u.Now()}
	for i, l := range c.Lines {
		at := "/lines/" + strconv.Itoa(i)
		p, err := Products.Ref(u, l.SKU)
		if err != nil {
			return nil, nil, err
		}
		if p == nil || !p.Active {
			list.Add(at+"/sku", "unknown_sku", "there is no active product %q", errs.Clip(l.SKU))
			continue
		}
		if l.Quantity < 1 || l.Quantity > order.MaxQuantity {
			list.Add(at+"/quantity", "out_of_range", "give a whole number from 1 to %d", order.MaxQuantity)
		}
		o.Lines = append(o.Lines, order.Line{ID: strconv.Itoa(i + 1), SKU: l.SKU, Quantity: l.Quantity, WeightGrams: p.WeightGrams, Components: componentsOf(p)})
	}
	return o, channel, list.Err()
}

// componentsOf copies a kit's components to an order line.
func componentsOf(p *catalog.Product) []order.Component {
	var out []order.Component
	for _, c := range p.Components {
		out = append(out, order.Component(c))
	}
	return out
}

// MoveReservation extends or ends a reservation.
type MoveReservation struct {
	Reservation string
	Step        string // extend, release or expire
	Minutes     int64  // for extend, from now; 0: as the channel says
	job         string
	node        string
}

// Needs implements work.Command.
func (c *MoveReservation) Needs(n *work.Needs) { n.Docs(Reservations.Spec, c.Reservation) }

// Run implements work.Command.
func (c *MoveReservation) Run(u *work.Unit) (*inventory.Reservation, error) {
	r, err := Reservations.Get(u, c.Reservation)
	if err != nil {
		return nil, err
	}
	if err := u.CheckVersion("reservation", r.Version); err != nil {
		return nil, err
	}
	u.FinishJob(c.job, c.node)
	switch c.Step {
	case "extend":
		return c.extend(u, r)
	case "release":
		next, moves, err := r.Release(u.Now())
		if err != nil {
			return nil, err
		}
		return next, endReservation(u, next, "stock.reservation_released", moves)
	}
	next, moves, over := r.Expire(u.Now())
	if !over {
		if r.Status == inventory.ReservationActive && c.job != "" {
			u.Enqueue(jobReservation, r.ID, r.ExpiresAt) // it was extended, or the clock was set back
		}
		return r, nil
	}
	return next, endReservation(u, next, "stock.reservation_expired", moves)
}

func (c *MoveReservation) extend(u *work.Unit, r *inventory.Reservation) (*inventory.Reservation, error) {
	minutes := c.Minutes
	if minutes == 0 {
		channel, err := Channels.Ref(u, r.Channel)
		if err != nil {
			return nil, err
		}
		if channel == nil {
			channel = &catalog.Channel{}
		}
		minutes, _ = channel.Reservation()
	}
	if minutes < 0 || minutes > catalog.MaxReservationMinutes {
		var list errs.List
		list.Add("/ttl_minutes", "out_of_range", "give minutes, from 1 to %d", catalog.MaxReservationMinutes)
		return nil, list.Err()
	}
	next, err := r.Extend(u.Now().Add(time.Duration(minutes)*time.Minute), u.Now())
	if err != nil || next.ExpiresAt == r.ExpiresAt {
		return next, err
	}
	if err := Reservations.Put(u, next); err != nil {
		return nil, err
	}
	u.Record(work.Event{Type: "stock.reservation_extended", Aggregate: next.ID, Body: StockBody{Reservation: next}})
	u.Enqueue(jobReservation, next.ID, next.ExpiresAt) // the job of the earlier end finds nothing to do
	return next, nil
}

// endReservation stages a reservation that ended, and gives its units back; or one that holds units again.
func endReservation(u *work.Unit, r *inventory.Reservation, event string, moves []inventory.Movement) error {
	if err := u.Require(func(n *work.Needs) { n.Positions(movedSKUs(moves)...) }); err != nil {
		return err
	}
	if err := u.Move(moves...); err != nil {
		return err
	}
	if err := Reservations.Put(u, r); err != nil {
		return err
	}
	u.Record(work.Event{Type: event, Aggregate: r.ID, Body: StockBody{Reservation: r, Stock: moves}})
	return nil
}

// expireReservation is the job at the end of a reservation. It may come late or twice: the command decides.
func (a *App) expireReservation(ctx context.Context, j jobs.Job) error {
	var id string
	if err := jsonx.Unmarshal([]byte(j.Args), &id); err != nil {
		return err
	}
	_, err := work.Do(ctx, a.Committer, &MoveReservation{Reservation: id, Step: "expire", job: j.ID, node: a.node}, a.system())
	return err
}

// Reservation reads a reservation, with the time by which its state is judged: the database's, like that of commands.
func (a *App) Reservation(ctx context.Context, id string) (r *inventory.Reservation, now micros.Time, err error) {
	clock := a.DB.Dialect().Clock
	if clock == "" {
		clock = "CAST(0 AS bigint)"
	}
	err = a.DB.Query(ctx, func(row store.Row) error {
		var body string
		if err := row.Scan(&body, &now); err != nil {
			return err
		}
		r, err = Reservations.Decode([]byte(body))
		return err
	}, "SELECT doc, "+clock+" FROM reservations WHERE id = $1", id)
	if err == nil && r == nil {
		err = errs.Unknown("reservation", id)
	}
	if now == 0 {
		now = micros.Of(time.Now())
	}
	return r, now, err
}

// cart is the reservation that a placement names. It ends in the unit of work in which the order takes its stock:
// there is no moment in which both or none of them count.
type cart struct {
	*inventory.Reservation
	before inventory.ReservationStatus
	moves  []inventory.Movement
}

// cart gives what the reservation holds back, for this order to take. One that has expired holds nothing any more, or
// gives it back now; then the order takes what is there, or is refused (I7).
func (c *PlaceOrder) cart(u *work.Unit, o *order.Order) (*cart, error) {
	if c.Reservation == "" {
		return nil, nil
	}
	r, known, err := Reservations.Find(u, c.Reservation)
	if err != nil {
		return nil, err
	}
	if !known || r.Channel != o.Channel {
		var list errs.List
		list.Add("/reservation", "unknown_reservation", "channel %s has no reservation %q", errs.Clip(o.Channel), errs.Clip(c.Reservation))
		return nil, list.Err()
	}
	next, moves, err := r.Convert(u.Now())
	if err != nil {
		return nil, err
	}
	if err := u.Require(func(n *work.Needs) { n.Positions(movedSKUs(moves)...) }); err != nil {
		return nil, err
	}
	return &cart{next, r.Status, moves}, u.Move(moves...)
}

// reopenCart gives the cart's reservation back, with the units that the declined order has just let go.
func (c *cluster) reopenCart(u *work.Unit) error {
	if c.Order.Cart == "" || c.before == nil || c.before.Status == c.Order.Status || c.Order.Status != order.Rejected {
		return nil
	}
	if err := u.Require(func(n *work.Needs) { n.Docs(Reservations.Spec, c.Order.Cart) }); err != nil {
		return err
	}
	r, err := Reservations.Get(u, c.Order.Cart)
	if err != nil {
		return err
	}
	if err := u.Require(func(n *work.Needs) {
		for _, h := range r.Had {
			n.Positions(h.SKU)
		}
	}); err != nil {
		return err
	}
	next, moves, reopened := r.Reopen(func(sku, location string) int64 {
		p, missing := u.Position(sku, location)
		if missing != nil {
			err = missing
		}
		return p.Promisable()
	}, u.Now())
	if err != nil || !reopened || r.Order != c.Order.ID {
		return err
	}
	event := "stock.reservation_expired"
	if next.Status == inventory.ReservationActive {
		event = "stock.reservation_reopened"
		u.Enqueue(jobReservation, next.ID, next.ExpiresAt) // beside the one of the first time, which is gone if the clock is behind
	}
	return endReservation(u, next, event, moves)
}

// own is what it has given back.
func (r *cart) own() []inventory.Movement {
	if r == nil {
		return nil
	}
	return r.moves
}

// taken stores the end of the reservation.
func (r *cart) taken(u *work.Unit, order *order.Order) error {
	if r == nil || r.Status == r.before {
		return nil
	}
	event := "stock.reservation_expired"
	if r.Status == inventory.ReservationConverted {
		event, r.Order = "stock.reservation_converted", order.ID
		order.Cart = r.ID
	}
	if err := Reservations.Put(u, r.Reservation); err != nil {
		return err
	}
	u.Record(work.Event{Type: event, Aggregate: r.ID, Body: StockBody{Reservation: r.Reservation, Stock: r.moves}})
	return nil
}
