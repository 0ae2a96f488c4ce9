package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"ordo/internal/address"
	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/shipping"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// Delivery is what a promise is computed from, beside the place that ships: nil where the channel's shipping method
// stands for no carrier's service, which promises nothing.
type Delivery struct {
	carrier *shipping.Carrier
	service *shipping.Service
	buffer  int64
	to      address.Address
}

// Promise is the promise of one location.
func (d *Delivery) Promise(l *catalog.Location, now micros.Time) shipping.Promise {
	return shipping.PromiseOf(now, node(l), way(d.carrier, d.service.Code, d.to.Country, d.carrier.Transit(d.service, l.Address, d.to), d.buffer))
}

// delivery finds the service behind a shipping method. find reads a carrier; it returns nil where there is none.
func delivery(channel *catalog.Channel, method string, to address.Address, find func(code string) (*shipping.Carrier, error)) (*Delivery, error) {
	m, ok := channel.Shipping(method, to.Country)
	if !ok || m.Carrier == "" || m.Service == "" {
		return nil, nil
	}
	c, err := find(m.Carrier)
	if err != nil || c == nil || !c.Active {
		return nil, err
	}
	return serves(c, m.Service, m.BufferDays, to), nil
}

// loadCarriers loads what is behind a channel's shipping methods, for methodTo.
func loadCarriers(u *work.Unit, channel *catalog.Channel) error {
	var codes []string
	for _, m := range channel.ShippingMethods {
		if m.Carrier != "" && !slices.Contains(codes, m.Carrier) {
			codes = append(codes, m.Carrier)
		}
	}
	return Carriers.Refs(u, codes)
}

// methodTo is a shipping method of the channel as it is to a destination. There is none where the service behind it
// does not go there: that would be sold and could not be sent.
func methodTo(u *work.Unit, channel *catalog.Channel, method string, to address.Address) (catalog.ShippingMethod, bool) {
	m, ok := channel.Shipping(method, to.Country)
	if !ok || m.Carrier == "" || to.Country == "" {
		return m, ok
	}
	c, err := Carriers.Ref(u, m.Carrier)
	if err != nil || c == nil || c.Service(m.Service) == nil {
		return m, ok // it is settled when the goods are packed
	}
	return m, serves(c, m.Service, 0, to) != nil
}

// serves is a delivery by a carrier's service; nil where it does not go.
func serves(c *shipping.Carrier, service string, buffer int64, to address.Address) *Delivery {
	s := c.Service(service)
	if s == nil || len(s.Countries) > 0 && !slices.Contains(s.Countries, to.Country) {
		return nil
	}
	return &Delivery{c, s, buffer, to}
}

// promise keeps with every line when it is to arrive. A line from several places is there when the last of it is.
func promise(u *work.Unit, o *order.Order, channel *catalog.Channel, plan []sourcing.Assignment) error {
	d, err := delivery(channel, o.Shipping.Method, o.ShippingAddress, func(code string) (*shipping.Carrier, error) { return Carriers.Ref(u, code) })
	if err != nil || d == nil {
		return err
	}
	lines := map[string]shipping.Promise{}
	for _, a := range plan {
		l, err := Locations.Ref(u, a.Location)
		if err != nil {
			return err
		}
		if l != nil {
			lines[a.Line] = shipping.Join(lines[a.Line], d.Promise(l, u.Now()))
		}
	}
	for i := range o.Lines {
		if p, ok := lines[o.Lines[i].ID]; ok {
			o.Lines[i].Promise = &order.Promise{First: window(p), Current: window(p)}
		}
	}
	return nil
}

func window(p shipping.Promise) order.Window {
	return order.Window{Earliest: p.Earliest.String(), Latest: p.Latest.String()}
}

// PromiseReasons are why a promise may change.
var PromiseReasons = []string{"carrier_delay", "stock_delay", "capacity", "weather", "customer_request", "correction", "other"}

// ChangePromise tells the customer of another day. Without days they are computed anew, as if ordered now.
type ChangePromise struct {
	Order    string
	Reason   string
	Lines    []string // empty: all that have not shipped
	Earliest shipping.Date
	Latest   shipping.Date
	app      *App
}

// Needs implements work.Command.
func (c *ChangePromise) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *ChangePromise) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.loadSeen(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	if cl.Order.Status != order.Pending && cl.Order.Status != order.Open {
		return nil, errs.IllegalTransition("the order", string(cl.Order.Status), "promise", nil)
	}
	if err := c.check(cl.Order, u.Now()); err != nil {
		return nil, err
	}
	p := shipping.Promise{Earliest: c.Earliest, Latest: c.Latest}
	way, err := cl.way(u)
	if err != nil {
		return nil, err
	}
	for i := range cl.Order.Lines {
		l := &cl.Order.Lines[i]
		open := l.Kept() > l.Units.Shipped
		if len(c.Lines) == 0 && !open || len(c.Lines) > 0 && !slices.Contains(c.Lines, l.ID) {
			continue
		}
		if c.Latest == 0 {
			if p, err = cl.promiseAnew(u, way, l); err != nil {
				return nil, err
			}
		}
		promiseLine(l, p, c.Reason)
	}
	cl.record("order.promise_changed", Body{Reason: c.Reason})
	return cl.save(u)
}

func (c *ChangePromise) check(o *order.Order, now micros.Time) error {
	var list errs.List
	if !slices.Contains(PromiseReasons, c.Reason) {
		list.Add("/reason", "unknown_value", "give one of %s", strings.Join(PromiseReasons, ", "))
	}
	if (c.Earliest == 0) != (c.Latest == 0) {
		list.Add("/latest", "required", "give both days, or neither to compute them anew")
	} else if c.Earliest > c.Latest {
		list.Add("/latest", "out_of_range", "the latest day is before the earliest")
	} else if c.Latest != 0 && shipping.Overdue(c.Latest, now.Add(-12*time.Hour)) { // it is nowhere that day any more
		list.Add("/latest", "out_of_range", "the latest day, %s, is over", c.Latest)
	}
	for _, id := range c.Lines {
		if l := o.Line(id); l == nil || l.Kept() == l.Units.Shipped {
			list.Add("/lines", "unknown_line", "the order has no line %q that is still to ship", errs.Clip(id))
		}
	}
	return list.Err()
}

// promiseLine keeps another promise of a line. What was promised first stays.
func promiseLine(l *order.Line, p shipping.Promise, reason string) {
	next := order.Promise{First: window(p), Current: window(p), Reason: reason}
	if l.Promise != nil {
		next.First = l.Promise.First
	}
	l.Promise = &next
}

// promiseOtherWay computes anew what was promised for another address or shipping method: all that has not left yet
// comes by the new way, or is promised no more where that promises nothing.
func (c *cluster) promiseOtherWay(u *work.Unit) error {
	if c.before.Shipping.Method == c.Order.Shipping.Method && c.before.ShippingAddress == c.Order.ShippingAddress {
		return nil
	}
	way, err := c.way(u)
	if err != nil {
		return err
	}
	changed := false
	for i := range c.Order.Lines {
		l := &c.Order.Lines[i]
		if l.Kept() == l.Units.Shipped {
			continue
		}
		if way == nil { // days that a person gave for the method still hold
			if l.Promise != nil && c.before.Shipping.Method != c.Order.Shipping.Method {
				changed, l.Promise = true, nil
			}
			continue
		}
		p, err := c.promiseAnew(u, way, l)
		switch {
		case errs.Is(err, "no_promise"): // it is at no location yet
		case err != nil:
			return err
		case l.Promise == nil || l.Promise.Current != window(p):
			changed = true
			promiseLine(l, p, "customer_request")
		}
	}
	if changed {
		c.record("order.promise_changed", Body{Reason: "customer_request"})
	}
	return nil
}

// way is how the order goes; nil where that promises nothing.
func (c *cluster) way(u *work.Unit) (*Delivery, error) {
	channel, err := Channels.Ref(u, c.Order.Channel)
	if err != nil || channel == nil {
		return nil, err
	}
	return delivery(channel, c.Order.Shipping.Method, c.Order.ShippingAddress, func(code string) (*shipping.Carrier, error) { return Carriers.Ref(u, code) })
}

// promiseAnew computes the promise of a line as of now, from where its units are.
func (c *cluster) promiseAnew(u *work.Unit, d *Delivery, line *order.Line) (shipping.Promise, error) {
	var none shipping.Promise
	if d == nil {
		return none, errs.New(errs.Conflict, "no_promise", "the order's shipping method stands for no carrier's service; give the days")
	}
	places := map[string]bool{}
	for _, f := range c.Fulfillments {
		for _, l := range f.Lines {
			if l.Line == line.ID && f.Active() {
				places[f.Location] = true
			}
		}
	}
	for _, r := range append(slices.Clone(c.Order.Reservations), c.Order.Backorders...) {
		if r.Line == line.ID {
			places[r.Location] = true
		}
	}
	p := none
	for code := range places {
		l, err := Locations.Ref(u, code)
		if err != nil {
			return none, err
		}
		if l != nil {
			p = shipping.Join(p, d.Promise(l, u.Now()))
		}
	}
	if p == none {
		return none, errs.New(errs.Conflict, "no_promise", "line %s is at no location yet; give the days", line.ID)
	}
	return p, nil
}

// Repromise runs ChangePromise.
func (a *App) Repromise(ctx context.Context, c ChangePromise, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryRepromise is Repromise without effect.
func (a *App) TryRepromise(ctx context.Context, c ChangePromise, meta work.Meta) (*OrderView, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// LocationPromise is when something ordered now from a location arrives.
type LocationPromise struct {
	Location string
	Promise  shipping.Promise
}

// DeliveryOf finds what promises to a destination are computed from; nil where the channel's method promises nothing.
func (a *App) DeliveryOf(ctx context.Context, channel, method string, to address.Address) (*Delivery, error) {
	ch, err := a.Channel(ctx, channel)
	if err != nil {
		return nil, err
	}
	return delivery(ch, method, to, func(code string) (*shipping.Carrier, error) {
		c, err := a.Carrier(ctx, code)
		if errs.Is(err, "not_found") {
			return nil, nil
		}
		return c, err
	})
}

// PromiseQuery asks when goods ordered now would arrive: with a shipping method of a channel, or with a service of a
// carrier.
type PromiseQuery struct {
	Channel, Method  string
	Carrier, Service string
	Location         string // only from there
	To               address.Address
}

// Promises answers a PromiseQuery for each location of the channel, the soonest first.
func (a *App) Promises(ctx context.Context, q PromiseQuery) ([]LocationPromise, error) {
	d, ch, err := a.deliveryAsked(ctx, q)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, errs.New(errs.Conflict, "no_promise", "there is no carrier's service behind this that delivers to %s", q.To.Country)
	}
	locations, err := a.Locations(ctx, "", 1000)
	if err != nil {
		return nil, err
	}
	now := a.now()
	out := []LocationPromise{}
	for _, l := range locations {
		if l.Active && ch.Serves(l.ID) && (q.Location == "" || q.Location == l.ID) {
			out = append(out, LocationPromise{l.ID, d.Promise(l, now)})
		}
	}
	slices.SortStableFunc(out, func(x, y LocationPromise) int { return int(x.Promise.Latest) - int(y.Promise.Latest) })
	return out, nil
}

func (a *App) deliveryAsked(ctx context.Context, q PromiseQuery) (*Delivery, *catalog.Channel, error) {
	ch := &catalog.Channel{}
	if q.Channel != "" {
		var err error
		if ch, err = a.Channel(ctx, q.Channel); err != nil {
			return nil, nil, err
		}
	}
	if q.Method != "" {
		d, err := a.DeliveryOf(ctx, ch.ID, q.Method, q.To)
		return d, ch, err
	}
	c, err := a.Carrier(ctx, q.Carrier)
	if err != nil {
		return nil, nil, err
	}
	return serves(c, q.Service, 0, q.To), ch, nil
}
