package app

import (
	"context"
	"sync"
	"time"

	"ordo/internal/address"
	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/shipping"
)

// ratesWithin bounds how long carriers are waited for: somebody stands at the packing table.
const ratesWithin = 3 * time.Second

// LabelRequest is what a label is wanted for. Empty fields are found out: the only package, the cheapest service that
// keeps the promise.
type LabelRequest struct {
	Fulfillment string
	Return      string // instead: what comes back
	Package     string
	Carrier     string
	Service     string
	Parcel      *shipping.Parcel // instead of what is known of the package
}

// Rating is what was asked of carriers for one package, and what would be taken.
type Rating struct {
	Package  string
	Parcel   shipping.Parcel
	Quotes   []shipping.Quote
	Chosen   int // place in Quotes; -1 for none
	Reason   string
	Shipment shipping.Shipment
	order    *order.Order
	fulfill  *fulfillment.Fulfillment // nil for what comes back
	back     *returns.Return
}

// errNoService is the answer where nothing can be taken; the quotes say why.
func errNoService(r *Rating) error {
	why := map[string]string{}
	for _, q := range r.Quotes {
		why[q.Carrier+"/"+q.Service] = q.Refused
	}
	return errs.New(errs.Conflict, "no_service", "no service of any active carrier takes this package; refused says why").With("refused", why)
}

// Rate asks the carriers what a package costs, and chooses.
func (a *App) Rate(ctx context.Context, r LabelRequest) (*Rating, error) {
	out, location, err := a.parcel(ctx, r)
	if err != nil {
		return nil, err
	}
	carriers, err := a.ListCarriers(ctx, "", 1000)
	if err != nil {
		return nil, err
	}
	wish, why := a.wish(ctx, r, out, carriers)
	if err := known(wish, carriers); err != nil {
		return nil, err
	}
	var leaves shipping.Node // what comes back leaves when the customer likes
	if location != nil {
		leaves = node(location)
	}
	leaves.ProcessingDays = 0 // it is packed
	now := a.now()
	for _, quotes := range a.askAll(ctx, carriers, out.Shipment) {
		for _, q := range quotes {
			c := byCode(carriers, q.Carrier)
			q.Arrives = shipping.PromiseOf(now, leaves, way(c, q.Service, out.Shipment.To.Country, q.TransitDays, 0)).Latest
			out.Quotes = append(out.Quotes, q)
		}
	}
	var chosen string
	out.Quotes, out.Chosen, chosen = shipping.Choose(out.Quotes, wish)
	if out.Reason = chosen; why != "" {
		out.Reason = why
	}
	return out, nil
}

// known refuses carriers and services that do not exist.
func known(w shipping.Wish, carriers []*shipping.Carrier) error {
	var list errs.List
	if w.Carrier != "" {
		c := byCode(carriers, w.Carrier)
		switch {
		case c == nil || !c.Active:
			list.Add("/carrier", "unknown_value", "there is no active carrier %q", errs.Clip(w.Carrier))
		case w.Service != "" && c.Service(w.Service) == nil:
			list.Add("/service", "unknown_value", "carrier %s has no service %q", c.ID, errs.Clip(w.Service))
		}
	}
	return list.Err()
}

// wish is what narrows the choice: what was asked for, else what the order's shipping method stands for, else the day
// that was promised.
func (a *App) wish(ctx context.Context, r LabelRequest, out *Rating, carriers []*shipping.Carrier) (w shipping.Wish, why string) {
	if r.Carrier != "" || r.Service != "" {
		return shipping.Wish{Carrier: r.Carrier, Service: r.Service}, shipping.ByRequest
	}
	if out.fulfill == nil {
		return w, ""
	}
	if channel, err := a.Channel(ctx, out.order.Channel); err == nil {
		m, ok := channel.Shipping(out.order.Shipping.Method, out.order.ShippingAddress.Country)
		if c := byCode(carriers, m.Carrier); ok && m.Carrier != "" && c != nil && c.Active {
			return shipping.Wish{Carrier: m.Carrier, Service: m.Service}, shipping.ByMethod
		}
	}
	for _, l := range out.fulfill.Lines {
		if line := out.order.Line(l.Line); line != nil && line.Promise != nil {
			if by, ok := shipping.ParseDate(line.Promise.Current.Latest); ok && (w.By == 0 || by < w.By) {
				w.By = by
			}
		}
	}
	return w, ""
}

// parcel is what is known of the package: from where, to where, how heavy; and the location that it leaves, nil for what
// comes back.
func (a *App) parcel(ctx context.Context, r LabelRequest) (*Rating, *catalog.Location, error) {
	if r.Return != "" {
		out, err := a.returnParcel(ctx, r)
		return out, nil, err
	}
	f, err := a.Fulfillment(ctx, r.Fulfillment)
	if err != nil {
		return nil, nil, err
	}
	v, err := a.Order(ctx, f.Order)
	if err != nil {
		return nil, nil, err
	}
	location, err := a.Location(ctx, f.Location)
	if err != nil {
		return nil, nil, err
	}
	out := &Rating{Package: r.Package, Chosen: -1, order: v.Order, fulfill: f}
	if out.Package, out.Parcel, err = parcelOf(v.Order, f, r.Package); err != nil {
		return nil, nil, err
	}
	var list errs.List
	if r.Parcel != nil {
		out.Parcel = *r.Parcel
		out.Parcel.Check(&list, "/parcel")
	}
	if err := list.Err(); err != nil {
		return nil, nil, err
	}
	if f.Pickup {
		return nil, nil, errs.New(errs.Conflict, "not_shipped", "the customer collects this fulfillment order; it needs no label")
	}
	from, err := dock(location)
	if err != nil {
		return nil, nil, err
	}
	out.Shipment = shipping.Shipment{
		Reference: v.Order.Number, From: from, To: v.Order.ShippingAddress, Parcel: out.Parcel,
		Residential: v.Order.ShippingAddress.Company == "",
	}
	return out, location, nil
}

// dock is the address of a location for carriers. One that none could find is refused.
func dock(l *catalog.Location) (address.Address, error) {
	at := l.Address
	if at.Name == "" {
		at.Name = l.Name
	}
	var list errs.List
	at.Check(&list, "/address")
	if !list.Empty() {
		return at, errs.New(errs.Conflict, "location_address_required", "location %s has no address to ship from or to; complete it by PUT /v1/locations/%s", l.ID, l.ID).With("location", l.ID)
	}
	return at, nil
}

// parcelOf finds a package: one that was packed, or all of the fulfillment order as one. A package that was not
// weighed weighs what the products in it do.
func parcelOf(o *order.Order, f *fulfillment.Fulfillment, id string) (string, shipping.Parcel, error) {
	weight := func(line string, n int64) int64 {
		if l := o.Line(line); l != nil {
			return l.WeightGrams * n
		}
		return 0
	}
	if len(f.Packages) == 0 {
		if id != "" && id != shipping.Whole {
			return "", shipping.Parcel{}, errs.Unknown("package", id)
		}
		var p shipping.Parcel
		for _, l := range f.Lines {
			p.WeightGrams += weight(l.Line, l.Quantity)
		}
		return shipping.Whole, p, nil
	}
	if id == "" && len(f.Packages) > 1 {
		var list errs.List
		list.Add("/package", "required", "the fulfillment order has %d packages; name one", len(f.Packages))
		return "", shipping.Parcel{}, list.Err()
	}
	if id == shipping.Whole && len(f.Packages) == 1 {
		id = "" // a label for everything is for the package that holds it
	}
	for _, pack := range f.Packages {
		if id != "" && pack.ID != id {
			continue
		}
		p := shipping.Parcel{WeightGrams: pack.WeightGrams, LengthMM: pack.Dimensions.Length, WidthMM: pack.Dimensions.Width, HeightMM: pack.Dimensions.Height}
		if p.WeightGrams == 0 {
			for _, l := range pack.Lines {
				p.WeightGrams += weight(l.Line, l.Quantity)
			}
		}
		return pack.ID, p, nil
	}
	return "", shipping.Parcel{}, errs.Unknown("package", id)
}

func byCode(carriers []*shipping.Carrier, code string) *shipping.Carrier {
	for _, c := range carriers {
		if c.ID == code {
			return c
		}
	}
	return nil
}

// askAll asks all active carriers at once, in the order of their codes. One that fails or takes too long is answered
// for by its own tables, if it has any.
func (a *App) askAll(ctx context.Context, carriers []*shipping.Carrier, s shipping.Shipment) [][]shipping.Quote {
	ctx, cancel := context.WithTimeout(ctx, ratesWithin)
	defer cancel()
	out := make([][]shipping.Quote, len(carriers))
	var wg sync.WaitGroup
	for i, c := range carriers {
		if c.Active {
			wg.Go(func() { out[i] = a.ask(ctx, c, s) })
		}
	}
	wg.Wait()
	return out
}

func (a *App) ask(ctx context.Context, c *shipping.Carrier, s shipping.Shipment) []shipping.Quote {
	account, p, err := a.account(c)
	if err == nil {
		var quotes []shipping.Quote
		if quotes, err = p.Rates(ctx, account, s); err == nil {
			return quotes
		}
	}
	a.log.Warn("a carrier does not answer; its tables are used", "carrier", c.ID, "err", err)
	quotes := c.Quotes(s)
	for i := range quotes {
		if quotes[i].Fallback = true; quotes[i].Refused == shipping.NoRate {
			quotes[i].Refused = "no_answer"
		}
	}
	return quotes
}

// node is when a location works.
func node(l *catalog.Location) shipping.Node {
	return shipping.Node{TimeZone: l.TimeZone, CutOff: l.CutOff, ProcessingDays: l.ProcessingDays, Calendar: shipping.Calendar{Days: l.WorkDays, Holidays: l.Holidays, Special: l.SpecialDays}}
}

// way is how a service gets to a country: on its working days, and not on that country's holidays.
func way(c *shipping.Carrier, service, country string, transit, buffer int64) shipping.Way {
	w := shipping.Way{TransitDays: transit, BufferDays: buffer, Calendar: shipping.Calendar{}}
	if s := c.Service(service); s != nil {
		w.Calendar.Days = s.WorkDays
	}
	if shipping.HasHolidays(country) {
		w.Calendar.Holidays = country
	}
	return w
}
