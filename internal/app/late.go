package app

import (
	"context"
	"time"

	"ordo/internal/fulfillment"
	"ordo/internal/ids"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/shipping"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Deliveries in danger are looked for in a sweep, and told once per cause by `shipment.late_risk`.
const (
	sweepLate = "sweep_late"
	lateEvery = 15 * time.Minute
	latePage  = 200
)

func registerLate(a *App) { a.Jobs.Schedule(sweepLate, lateEvery, a.SweepLate) }

// now is the time of queries: that of units, as near as it can be told without one.
func (a *App) now() micros.Time {
	if a.Settings.Clock != nil {
		return a.Settings.Clock()
	}
	return micros.Of(time.Now())
}

// risks are those that a fulfillment order is in, with the labels of its order.
func (a *App) risks(o *order.Order, f *fulfillment.Fulfillment, labels []*shipping.Label, now micros.Time) (found []fulfillment.Risk) {
	if !f.Waited() {
		return nil
	}
	patience := shipping.Patience{Pickup: a.Settings.PickupScanWithin, Movement: a.Settings.MovementWithin}
	for _, l := range labels {
		if l.Fulfillment != f.ID || f.Left() && !fulfillment.Carries(f, l.TrackingNumber) {
			continue // nothing is on the way with it
		}
		if cause := patience.Silent(l, f.ShippedAt, now); cause != "" {
			found = append(found, fulfillment.Risk{Cause: cause, Label: l.ID, At: now})
		}
	}
	for _, l := range f.Lines {
		line := o.Line(l.Line)
		if line == nil || line.Promise == nil || f.Pickup {
			continue
		}
		if by, ok := shipping.ParseDate(line.Promise.Current.Latest); ok && shipping.Overdue(by, now) {
			return append(found, fulfillment.Risk{Cause: shipping.PastPromise, At: now})
		}
	}
	return found
}

// WatchShipment tells of the risks of a fulfillment order that were not told yet.
type WatchShipment struct {
	Order       string
	Fulfillment string
	app         *App
}

// Needs implements work.Command.
func (c *WatchShipment) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *WatchShipment) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.load(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	f := cl.fulfillment(c.Fulfillment)
	if f == nil {
		return &cl.OrderView, nil
	}
	after, fresh := fulfillment.AddRisks(f, c.app.risks(cl.Order, f, cl.Labels, u.Now()))
	if len(fresh) == 0 {
		return &cl.OrderView, nil
	}
	cl.setFulfillment(after)
	for _, r := range fresh {
		cl.record("shipment.late_risk", Body{Fulfillment: after, Reason: r.Cause})
	}
	return cl.save(u)
}

// SweepLate looks at everything that customers wait for. What was planned long ago and has shipped is nobody's
// parcel any more: carriers forget theirs after that time, too.
func (a *App) SweepLate(ctx context.Context) error {
	old := ids.At("ful", a.now().Add(-trackFor).Std())
	for _, status := range fulfillment.Statuses {
		if f := (&fulfillment.Fulfillment{Status: status}); !f.Waited() && status != fulfillment.OnHold && status != fulfillment.CancelRequested {
			continue
		}
		after := ""
		if status == fulfillment.Shipped {
			after = old
		}
		for more := true; more; {
			var page []*fulfillment.Fulfillment
			if err := a.DB.Query(ctx, func(r store.Row) error {
				f, err := scanDoc(Fulfillments, r)
				page = append(page, f)
				return err
			}, "SELECT doc FROM fulfillments WHERE status = $1 AND id > $2 ORDER BY id LIMIT $3", string(status), after, latePage); err != nil {
				return err
			}
			if more = len(page) == latePage; len(page) > 0 {
				after = page[len(page)-1].ID
			}
			if err := a.watchPage(ctx, page); err != nil {
				return err
			}
		}
	}
	return nil
}

// watchPage has those of a page watched that are in danger by what is committed: most are not, and cost no commit.
func (a *App) watchPage(ctx context.Context, page []*fulfillment.Fulfillment) error {
	owners := make([]string, len(page))
	for i, f := range page {
		owners[i] = f.Order
	}
	orders, err := many(ctx, a.DB, Orders, owners)
	if err != nil {
		return err
	}
	byID := map[string]*order.Order{}
	var labelIDs []string
	for _, o := range orders {
		byID[o.ID] = o
		labelIDs = append(labelIDs, o.Labels...)
	}
	labels, err := many(ctx, a.DB, Labels, labelIDs)
	if err != nil {
		return err
	}
	for _, f := range page {
		o := byID[f.Order]
		if o == nil {
			continue
		}
		if _, fresh := fulfillment.AddRisks(f, a.risks(o, f, labels, a.now())); len(fresh) == 0 {
			continue
		}
		if _, err := work.Do(ctx, a.Committer, &WatchShipment{Order: f.Order, Fulfillment: f.ID, app: a}, a.system()); err != nil {
			return err
		}
	}
	return nil
}
