package app

import (
	"context"
	"slices"
	"strings"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/ids"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/paper"
)

// MaxWave is how many fulfillment orders a wave has at most, and one pick list prints.
const MaxWave = 100

// waveLooks is how many that wait at a location are looked at, the oldest first, to find those of a wave.
const waveLooks = 2000

// WaveFilter says what goes into a wave; empty fields let everything in.
type WaveFilter struct {
	Location string
	Method   string      // code of the shipping method
	Carrier  string      // that of the shipping method
	Before   micros.Time // planned before this moment: the cut-off
	Lines    string      // single, multi
	Most     int         // 1 to MaxWave
}

// Waiting is a fulfillment order that waits to be released, with what waves are built by.
type Waiting struct {
	*fulfillment.Fulfillment
	Number  string // of the order
	Method  string
	Carrier string // "" where the method names none
	Latest  string // day by which the first promised line is to arrive; "" without a promise
}

// Units is how many there are to pick.
func (w Waiting) Units() (n int64) {
	for _, l := range w.Lines {
		n += l.Quantity
	}
	return n
}

// Wave is what would be released together.
type Wave struct {
	Location string
	Ready    []Waiting // at most Most, the oldest first
	Held     int       // that match and are held: releasing would refuse them
	More     bool      // further ones match
}

// takes reports whether a fulfillment order is of the wave.
func (f WaveFilter) takes(w Waiting) bool {
	switch {
	case f.Method != "" && w.Method != f.Method, f.Carrier != "" && w.Carrier != f.Carrier, f.Before != 0 && w.At >= f.Before:
		return false
	case f.Lines == "single":
		return len(w.Lines) == 1
	case f.Lines == "multi":
		return len(w.Lines) > 1
	}
	return true
}

// PlanWave finds what could be released together at a location. It changes nothing: what it names is released by
// ReleaseMany, which judges each again.
func (a *App) PlanWave(ctx context.Context, f WaveFilter) (*Wave, error) {
	if _, err := a.Location(ctx, f.Location); err != nil {
		return nil, err
	}
	wave := &Wave{Location: f.Location}
	list := FulfillmentFilter{Location: f.Location, Stage: "release", Limit: 200}
	for range waveLooks / list.Limit {
		found, err := a.ListFulfillments(ctx, list)
		if err != nil {
			return nil, err
		}
		if err := a.intoWave(ctx, f, wave, found); err != nil {
			return nil, err
		}
		if wave.More || len(found) < list.Limit {
			return wave, nil
		}
		list.After = found[len(found)-1].ID
	}
	wave.More = true // nobody looked
	return wave, nil
}

// intoWave adds those of the wave, until it is full.
func (a *App) intoWave(ctx context.Context, f WaveFilter, wave *Wave, found []*fulfillment.Fulfillment) error {
	orders, err := a.ordersOf(ctx, found)
	if err != nil {
		return err
	}
	channels := map[string]*catalog.Channel{}
	for _, x := range found {
		o := orders[x.Order]
		if o == nil {
			continue
		}
		if channels[o.Channel] == nil {
			if channels[o.Channel], err = a.Channel(ctx, o.Channel); err != nil {
				return err
			}
		}
		w := waiting(x, o, channels[o.Channel])
		switch {
		case !f.takes(w):
		case order.Blocked(o, order.GateRelease, targets(x)...) != nil:
			wave.Held++
		case len(wave.Ready) == f.Most:
			wave.More = true
			return nil
		default:
			wave.Ready = append(wave.Ready, w)
		}
	}
	return nil
}

func waiting(f *fulfillment.Fulfillment, o *order.Order, c *catalog.Channel) Waiting {
	w := Waiting{Fulfillment: f, Number: o.Number, Method: o.Shipping.Method}
	for _, m := range c.ShippingMethods {
		if m.Code == w.Method && m.Carrier != "" && (m.Country == "" || m.Country == o.ShippingAddress.Country) {
			w.Carrier = m.Carrier
		}
	}
	for _, l := range f.Lines {
		if line := o.Line(l.Line); line != nil && line.Promise != nil && (w.Latest == "" || line.Promise.Current.Latest < w.Latest) {
			w.Latest = line.Promise.Current.Latest
		}
	}
	return w
}

// ordersOf reads the orders of fulfillment orders, by id.
func (a *App) ordersOf(ctx context.Context, found []*fulfillment.Fulfillment) (map[string]*order.Order, error) {
	var names []string
	for _, f := range found {
		names = append(names, f.Order)
	}
	slices.Sort(names)
	orders, err := many(ctx, a.DB, Orders, slices.Compact(names))
	out := make(map[string]*order.Order, len(orders))
	for _, o := range orders {
		out[o.ID] = o
	}
	return out, err
}

// OrderNumbers are the numbers of the orders of fulfillment orders, by the orders' ids.
func (a *App) OrderNumbers(ctx context.Context, found []*fulfillment.Fulfillment) (map[string]string, error) {
	orders, err := a.ordersOf(ctx, found)
	out := make(map[string]string, len(orders))
	for id, o := range orders {
		out[id] = o.Number
	}
	return out, err
}

// PickListOfMany renders a walk.
func (a *App) PickListOfMany(ctx context.Context, names []string) (Paper, error) {
	d, err := a.WalkOf(ctx, names)
	if err != nil {
		return Paper{}, err
	}
	pdf, err := paper.WavePickList(*d)
	return Paper{"pick-list-" + strings.ToLower(d.Code) + ".pdf", pdf}, err
}

// WalkOf is one walk past the shelves of a location for many fulfillment orders: each product once, with the orders that it
// is for. What has nothing left to pick is left out.
func (a *App) WalkOf(ctx context.Context, names []string) (*paper.WaveData, error) {
	found, err := a.workOf(ctx, names)
	if err != nil {
		return nil, err
	}
	orders, err := a.ordersOf(ctx, found)
	if err != nil {
		return nil, err
	}
	at := found[0].Location
	location, err := a.Location(ctx, at)
	if err != nil {
		return nil, err
	}
	d := &paper.WaveData{Size: paper.SizeFor(location.Address.Country), Code: at, Location: location.Name + " (" + at + ")", At: a.now()}
	walk := walk{a: a, lines: map[string]*paper.WaveLine{}}
	for _, f := range found {
		if f.Location != at {
			return nil, errs.New(errs.Malformed, "invalid_parameter", "ids are of %s and of %s: a pick list is of one location", at, f.Location)
		}
		units, err := walk.add(ctx, f, orders[f.Order])
		if err != nil {
			return nil, err
		}
		if units > 0 {
			d.Orders = append(d.Orders, paper.WaveOrder{Order: orders[f.Order].Number, Work: f.ID, Units: units})
		}
	}
	if d.Lines = walk.sorted(); len(d.Lines) == 0 {
		return nil, errs.New(errs.Conflict, "nothing_to_print", "nothing is left to pick of these fulfillment orders")
	}
	return d, nil
}

// workOf reads the fulfillment orders that a list of ids names, in its order.
func (a *App) workOf(ctx context.Context, names []string) ([]*fulfillment.Fulfillment, error) {
	if len(names) == 0 || len(names) > MaxWave {
		return nil, errs.New(errs.Malformed, "invalid_parameter", "ids are 1 to %d ids of fulfillment orders, separated by commas", MaxWave)
	}
	for i, id := range names {
		if !ids.Valid("ful", id) {
			return nil, errs.Unknown("fulfillment order", id)
		}
		if slices.Contains(names[:i], id) {
			return nil, errs.New(errs.Malformed, "invalid_parameter", "ids name %s twice", id)
		}
	}
	found, err := many(ctx, a.DB, Fulfillments, names)
	if err != nil {
		return nil, err
	}
	if len(found) < len(names) {
		i := slices.IndexFunc(names, func(id string) bool {
			return !slices.ContainsFunc(found, func(f *fulfillment.Fulfillment) bool { return f.ID == id })
		})
		return nil, errs.Unknown("fulfillment order", names[i])
	}
	return found, nil
}

// walk gathers what many fulfillment orders need, by SKU.
type walk struct {
	a     *App
	lines map[string]*paper.WaveLine
}

// add adds what is left to pick of a fulfillment order, kits as their parts, and tells how many units that is.
func (w *walk) add(ctx context.Context, f *fulfillment.Fulfillment, o *order.Order) (units int64, err error) {
	if f.Status == fulfillment.Canceled || f.Status == fulfillment.Rejected || f.Left() || f.Status == fulfillment.Packed || f.Status == fulfillment.ReadyForPickup {
		return 0, nil
	}
	names, err := w.a.partNames(ctx, o)
	if err != nil {
		return 0, err
	}
	take := func(sku, name string, n int64) {
		l := w.lines[sku]
		if l == nil {
			l = &paper.WaveLine{SKU: sku, Name: name}
			w.lines[sku] = l
		}
		l.Quantity += n
		units += n
		if last := len(l.For) - 1; last >= 0 && l.For[last].Order == o.Number {
			l.For[last].Quantity += n
		} else {
			l.For = append(l.For, paper.WaveShare{Order: o.Number, Quantity: n})
		}
	}
	for _, l := range f.Lines {
		line, n := o.Line(l.Line), l.Quantity-l.Picked
		if line == nil || n <= 0 {
			continue
		}
		if len(line.Components) == 0 {
			take(l.SKU, line.Name, n)
		}
		for _, part := range line.Components {
			take(part.SKU, names[part.SKU], n*part.Quantity)
		}
	}
	return units, nil
}

// sorted is the walk: by SKU, as the shelves are taken to be.
func (w *walk) sorted() []paper.WaveLine {
	out := make([]paper.WaveLine, 0, len(w.lines))
	for _, l := range w.lines {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b paper.WaveLine) int { return strings.Compare(a.SKU, b.SKU) })
	return out
}
