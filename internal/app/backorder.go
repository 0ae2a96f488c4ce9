package app

import (
	"context"
	"slices"
	"time"

	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/sourcing"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Backorders are owed by a location and filled from what comes to it, oldest order first. Parked units wait for stock
// anywhere. Whatever makes stock available stores a job in its own commit.
const (
	jobFillBackorders = "fill_backorders"
	jobSourceParked   = "source_parked"
	sweepParked       = "sweep_parked"
)

type fillJob struct {
	SKU      string `json:"sku"`
	Location string `json:"location"`
}

type parkedJob struct {
	SKUs []string `json:"skus"`
}

func registerBackorders(a *App) {
	a.Jobs.Handle(jobFillBackorders, a.fillBackorders)
	a.Jobs.Handle(jobSourceParked, a.sourceParked)
	a.Jobs.Schedule(sweepParked, time.Minute, a.sweepParked)
}

// stockRaised runs at the end of every command that made more of something available.
func stockRaised(u *work.Unit, raised []work.Raised) error {
	var arrived []string
	for _, r := range raised {
		p, err := u.Position(r.SKU, r.Location)
		if err != nil {
			return err
		}
		if p.Available() <= 0 {
			continue
		}
		if p.Get(inventory.Backordered) > 0 {
			u.Enqueue(jobFillBackorders, fillJob{r.SKU, r.Location}, u.Now())
		}
		if r.Arrived && !slices.Contains(arrived, r.SKU) {
			arrived = append(arrived, r.SKU)
		}
	}
	if len(arrived) > 0 {
		u.Enqueue(jobSourceParked, parkedJob{arrived}, u.Now())
	}
	return nil
}

// FillBackorder gives an order what has come for it to a location: exactly what is available, all or part of what it
// is owed there.
type FillBackorder struct {
	Order    string
	Location string
	app      *App
}

// Needs implements work.Command.
func (c *FillBackorder) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command. It returns when to try again, 0 for not by itself.
func (c *FillBackorder) Run(u *work.Unit) (micros.Time, error) {
	cl, err := c.app.load(u, c.Order, withStock)
	if err != nil {
		return 0, err
	}
	o := cl.Order
	if o.Status != order.Pending && o.Status != order.Open {
		return 0, nil
	}
	filled, err := c.fillable(u, cl)
	if err != nil || len(filled) == 0 {
		return 0, err
	}
	if full, err := c.atCapacity(u); err != nil || full {
		return micros.Of(u.Now().Std().Truncate(24 * time.Hour).Add(24 * time.Hour)), err
	}
	moves := cl.stockOf(inventory.Fill, filled)
	if o.Status == order.Pending {
		moves = append(cl.stockOf(inventory.EndBackorder, filled), cl.stockOf(inventory.Reserve, filled)...)
	}
	if moves, err = cl.move(u, moves); err != nil {
		return 0, err
	}
	if cl.Order, err = order.FillBackorder(o, filled, u.Now()); err != nil {
		return 0, err
	}
	cl.record("order.backorder_filled", Body{Stock: moves})
	plan := make([]sourcing.Assignment, len(filled))
	for i, f := range filled {
		plan[i] = sourcing.Assignment(f)
	}
	if cl.Order.Status == order.Pending {
		err = cl.holdSlots(u, plan)
	} else {
		err = cl.openFulfillments(u, plan)
	}
	if err == nil {
		_, err = cl.save(u)
	}
	return 0, err
}

// fillable is what the location has of what it owes the order. A unit of a kit needs all its components.
func (c *FillBackorder) fillable(u *work.Unit, cl *cluster) ([]order.Reservation, error) {
	var out []order.Reservation
	left := map[string]int64{}
	for _, b := range cl.Order.Backorders {
		if b.Location != c.Location {
			continue
		}
		parts := wants(cl.Order.Line(b.Line), 1).Components
		if len(parts) == 0 {
			parts = []sourcing.Component{{SKU: b.SKU, Quantity: 1}}
		}
		for _, p := range parts {
			if _, known := left[p.SKU]; known {
				continue
			}
			pos, err := u.Position(p.SKU, c.Location)
			if err != nil {
				return nil, err
			}
			left[p.SKU] = max(0, pos.Available())
		}
		n := b.Quantity
		for _, p := range parts {
			n = min(n, left[p.SKU]/p.Quantity)
		}
		if n == 0 {
			continue
		}
		for _, p := range parts {
			left[p.SKU] -= n * p.Quantity
		}
		b.Quantity = n
		out = append(out, b)
	}
	return out, nil
}

func (c *FillBackorder) atCapacity(u *work.Unit) (bool, error) {
	l, err := Locations.Ref(u, c.Location)
	if err != nil || l == nil || l.DailyCapacity == 0 {
		return false, err
	}
	d, found, err := NodeDays.Find(u, sourcing.NodeDayID(l.ID, today(u)))
	return err == nil && found && d.Taken >= l.DailyCapacity, err
}

// cancelBackorders gives up all that the order is owed.
func (c *cluster) cancelBackorders(u *work.Unit, reason string) error {
	if len(c.Order.Backorders) == 0 {
		return nil
	}
	owed := c.Order.Backorders
	moves, err := c.move(u, c.stockOf(inventory.EndBackorder, owed))
	if err != nil {
		return err
	}
	if c.Order, err = order.CancelBackorders(c.Order, reason, u.Now()); err != nil {
		return err
	}
	lines := make([]fulfillment.LineQuantity, len(owed))
	for i, b := range owed {
		lines[i] = fulfillment.LineQuantity{Line: b.Line, Quantity: b.Quantity}
	}
	c.record("order.line_canceled", Body{Reason: reason, Lines: lines, Stock: moves})
	return nil
}

// fillPage is how many orders are looked for at once.
const fillPage = 100

// fillBackorders gives what is available of a SKU at a location to those who wait for it, oldest order first, one
// order per command. It may run twice, and beside another one: each command gives what is there when it runs.
func (a *App) fillBackorders(ctx context.Context, j jobs.Job) error {
	var args fillJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	for after := ""; ; {
		ids, err := a.ordersByTerm(ctx, TermBackorder, backorderTerm(args.SKU, args.Location), after, fillPage)
		if err != nil {
			return err
		}
		for _, id := range ids {
			again, err := work.Do(ctx, a.Committer, &FillBackorder{Order: id, Location: args.Location, app: a}, a.system())
			if err != nil {
				return err
			}
			if again != 0 {
				_, err := work.Do(ctx, a.Committer, later{jobFillBackorders, args, again}, a.system())
				return err
			}
		}
		if len(ids) < fillPage {
			return nil
		}
		after = ids[len(ids)-1]
		if left, err := a.available(ctx, args.SKU, args.Location); err != nil || left <= 0 {
			return err
		}
	}
}

// later stores a job for another time.
type later struct {
	kind string
	args any
	at   micros.Time
}

func (later) Needs(*work.Needs) {}

func (l later) Run(u *work.Unit) (struct{}, error) {
	u.Enqueue(l.kind, l.args, l.at)
	return struct{}{}, nil
}

// ordersByTerm finds orders, oldest first: their ids grow with time.
func (a *App) ordersByTerm(ctx context.Context, field, value, after string, limit int) (ids []string, err error) {
	err = a.DB.Query(ctx, func(r store.Row) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT id FROM order_terms WHERE field = $1 AND value = $2 AND id > $3 ORDER BY id LIMIT $4", field, value, after, limit)
	return ids, err
}

// available reads what is available, without a lock.
func (a *App) available(ctx context.Context, sku, location string) (n int64, err error) {
	positions, err := a.Stock(ctx, PositionFilter{SKU: sku, Location: location, Limit: 1})
	if err == nil && len(positions) > 0 {
		n = positions[0].Available()
	}
	return n, err
}

// sourceParked tries the orders that wait for the SKUs, oldest first.
func (a *App) sourceParked(ctx context.Context, j jobs.Job) error {
	var args parkedJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	for _, sku := range args.SKUs {
		if err := a.sourceAll(ctx, sku); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) sourceAll(ctx context.Context, sku string) error {
	for after := ""; ; {
		ids, err := a.ordersByTerm(ctx, TermParked, sku, after, fillPage)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if _, err := work.Do(ctx, a.Committer, &SourceOrder{Order: id, quiet: true, app: a}, a.system()); err != nil {
				return err
			}
		}
		if len(ids) < fillPage {
			return nil
		}
		after = ids[len(ids)-1]
	}
}

// sweepParked tries the SKUs that orders wait for: stock also becomes free without arriving, and capacity with the
// next day.
func (a *App) sweepParked(ctx context.Context) error {
	var skus []string
	err := a.DB.Query(ctx, func(r store.Row) error {
		var sku string
		err := r.Scan(&sku)
		skus = append(skus, sku)
		return err
	}, "SELECT DISTINCT value FROM order_terms WHERE field = $1 ORDER BY value", TermParked)
	for _, sku := range skus {
		if err == nil {
			err = a.sourceAll(ctx, sku)
		}
	}
	return err
}
