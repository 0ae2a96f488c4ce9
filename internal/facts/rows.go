package facts

import (
	"time"

	"ordo/internal/fulfillment"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/shipping"
)

// Rows are the facts of the order as of its last event. Drafts have none.
func (f *File) Rows() (r Rows) {
	o := f.order
	if o == nil || o.Status == order.Draft {
		return r
	}
	r.Lines = f.lineRows()
	r.Fulfillments, r.Shipments = f.workRows()
	r.Orders = []Order{f.orderRow(r.Lines, r.Shipments, r.Fulfillments)}
	r.Money = append(r.Money, f.money...)
	for i := range r.Money {
		m := &r.Money[i]
		m.Channel, m.Country, m.Customer = o.Channel, o.ShippingAddress.Country, f.customer
	}
	r.Cancels = append(r.Cancels, f.cancels...)
	for i := range r.Cancels {
		c := &r.Cancels[i]
		c.Channel, c.Country, c.Currency = o.Channel, o.ShippingAddress.Country, o.Currency
	}
	r.Returns, r.ReturnLines = f.returnRows()
	r.Grants = f.grantRows()
	r.Authorizations = f.authorizationRows()
	return r
}

func (f *File) orderRow(lines []Line, shipments []Shipment, works []Fulfillment) Order {
	o := f.order
	r := Order{
		ID: o.ID, Number: o.Number, Channel: o.Channel, Customer: f.customer, Country: o.ShippingAddress.Country, Currency: o.Currency,
		Status: string(o.Status), Reason: o.Reason, PlacedAt: int64(o.PlacedAt), PlacedHour: f.hour(o.PlacedAt), AcceptedAt: int64(o.AcceptedAt), ClosedAt: int64(o.ClosedAt),
		Repromised: f.changed, FirstShipped: f.first, Packages: int64(len(shipments)), PlacedTotal: f.placed, Shipping: o.Shipping.Amount, Total: o.Totals.GrandTotal,
	}
	for _, l := range lines {
		r.Units += l.Ordered
		r.Canceled += l.Canceled
		r.CanceledShort += l.CanceledShort
		r.Shipped += l.Shipped
		r.Delivered += l.Delivered
		r.PromisedFirst, r.Promised = max(r.PromisedFirst, l.PromisedFirst), max(r.Promised, l.Promised)
	}
	for _, w := range works {
		if w.ShippedAt > 0 {
			r.Shipments++
		}
	}
	for _, m := range f.money {
		switch m.Kind {
		case "goods", "shipping", "tax":
			r.Charged += m.Amount
			if m.Units > 0 {
				r.EarnedAt = m.At
			}
		case "granted":
			r.Granted -= m.Amount
		default:
			r.Kept += m.Amount
		}
	}
	for s, at := range []*int64{&r.AllocatedAt, &r.ReleasedAt, &r.PickedAt, &r.PackedAt, &r.ShippedAt, &r.DeliveredAt} {
		if kept := r.Units - r.Canceled; kept > 0 && f.passed[s] == kept {
			*at = f.last[s]
		}
	}
	if r.DeliveredAt > 0 {
		r.DoneHour = f.hour(micros.Time(r.DeliveredAt))
		day := r.DoneHour[:len(time.DateOnly)]
		r.DaysLate = daysBetween(r.PromisedFirst, day)
		r.OnTime, r.KeptPromise = inTime(day, r.Promised), inTime(day, r.PromisedFirst)
	}
	return r
}

// inTime is 1 when a day is not behind the promised one.
func inTime(day, promised string) int64 {
	if promised != "" && day <= promised {
		return 1
	}
	return 0
}

func daysBetween(from, to string) int64 {
	a, errA := time.Parse(time.DateOnly, from)
	b, errB := time.Parse(time.DateOnly, to)
	if errA != nil || errB != nil {
		return 0
	}
	return int64(b.Sub(a) / (24 * time.Hour))
}

func (f *File) lineRows() []Line {
	o := f.order
	out := make([]Line, len(o.Lines))
	for i := range o.Lines {
		l, n := &o.Lines[i], f.line(o.Lines[i].ID)
		u := l.Units
		r := Line{
			Order: o.ID, Line: l.ID, Channel: o.Channel, Customer: f.customer, Country: o.ShippingAddress.Country, Currency: o.Currency, Status: string(o.Status), SKU: l.SKU,
			PlacedAt: int64(o.PlacedAt), PlacedHour: f.hour(o.PlacedAt),
			Ordered: l.Quantity, Canceled: u.Canceled, CanceledShort: n.short, Backordered: u.Backordered, EverBack: n.ever, Allocated: u.Allocated,
			InWork: u.Released + u.Picked + u.Packed, Shipped: u.Shipped, Delivered: u.Delivered, Returned: u.ReturnedAccepted, FirstShipped: n.first, ShippedInTime: n.inTime,
			UnitPrice: l.UnitPrice, CanceledValue: l.Worth(l.Quantity) - l.Worth(l.Kept()), Reason: n.reason,
			BackAt: n.backAt, BackEndedAt: n.backOver, ShippedAt: n.shippedAt, DeliveredAt: n.deliveredA,
		}
		if n.shippedAt > 0 {
			r.ShippedHour = f.hour(micros.Time(n.shippedAt))
		}
		if u.Delivered > 0 {
			r.DeliveredFor = l.Worth(u.Delivered)
		}
		r.Gross, r.Discount, r.Tax, r.TaxIncluded = l.Part(l.Quantity)
		if l.Promise != nil {
			r.PromisedFirst, r.Promised = l.Promise.First.Latest, l.Promise.Current.Latest
		}
		out[i] = r
	}
	return out
}

func (f *File) workRows() (works []Fulfillment, shipments []Shipment) {
	o := f.order
	for _, w := range f.works {
		n := w.now
		r := Fulfillment{
			Order: o.ID, ID: n.ID, Channel: o.Channel, Country: o.ShippingAddress.Country, Location: n.Location, Carrier: n.Carrier, Status: string(n.Status), Reason: n.Reason,
			PlannedAt: int64(n.At), PlannedHour: f.hour(n.At), ReleasedAt: int64(n.ReleasedAt), AcceptedAt: int64(n.AcceptedAt), PickedAt: int64(n.PickedAt), PackedAt: int64(n.PackedAt),
			ShippedAt: int64(n.ShippedAt), DeliveredAt: int64(n.DeliveredAt), Rejected: w.rejected, Short: w.short,
		}
		if n.Pickup {
			r.Pickup = 1
		}
		for _, l := range n.Lines {
			if n.ReleasedAt > 0 {
				r.Asked += l.Quantity + l.Short
			}
			if n.Left() {
				r.Shipped += l.Packed
			}
		}
		if n.Left() {
			sent := f.shipments(n)
			r.Packages = int64(len(sent))
			shipments = append(shipments, sent...)
		}
		works = append(works, r)
	}
	return works, shipments
}

// shipments are the packages of a fulfillment order that left. A label for the whole of it counts with the first.
func (f *File) shipments(n *fulfillment.Fulfillment) (out []Shipment) {
	o := f.order
	for i, p := range n.Packages {
		r := Shipment{
			Order: o.ID, Fulfillment: n.ID, Package: p.ID, Channel: o.Channel, Country: o.ShippingAddress.Country, Location: n.Location, Carrier: p.Carrier,
			Weight: p.WeightGrams, Currency: o.Currency, ShippedAt: int64(n.ShippedAt), ShippedHour: f.hour(n.ShippedAt), DeliveredAt: int64(n.DeliveredAt),
		}
		for _, u := range p.Lines {
			r.Units += u.Quantity
			if l := o.Line(u.Line); l != nil && l.Promise != nil {
				r.PromisedFirst, r.Promised = max(r.PromisedFirst, l.Promise.First.Latest), max(r.Promised, l.Promise.Current.Latest)
			}
		}
		for _, l := range f.labels {
			if l.Fulfillment == n.ID && bought(l) && (l.Package == p.ID || l.Package == shipping.Whole && i == 0) {
				r.Label, r.Carrier, r.Service = l.ID, l.Carrier, l.Service
				r.Cost += l.Cost.Amount
				if l.Cost.Currency != "" {
					r.Currency = l.Cost.Currency
				}
				r.Weight = max(r.Weight, l.Parcel.WeightGrams)
			}
		}
		if r.DeliveredAt > 0 {
			r.OnTime = inTime(f.hour(n.DeliveredAt)[:len(time.DateOnly)], r.Promised)
		}
		out = append(out, r)
	}
	return out
}

// bought reports whether a label is paid for: it was not given back.
func bought(l *shipping.Label) bool {
	return l.Status == shipping.Labeled || l.Status == shipping.VoidPending
}

// Forget takes the pseudonyms out: where an event's personal data was erased, nobody can make them again.
func (r *Rows) Forget() {
	for i := range r.Orders {
		r.Orders[i].Customer = ""
	}
	for i := range r.Lines {
		r.Lines[i].Customer = ""
	}
	for i := range r.Money {
		r.Money[i].Customer = ""
	}
}
