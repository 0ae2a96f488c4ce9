package app

import (
	"cmp"
	"slices"

	"ordo/internal/address"
	"ordo/internal/order"
	"ordo/internal/shipping"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// freight prices the shipments of a plan by the carriers' tables. It asks nobody: a unit of work makes no calls.
type freight map[string][]*shipping.Tariff // by location

// price adds to a request what shipments travel for, where a table knows: by the service that the order's shipping
// method stands for, else by the cheapest of all active carriers. Tables in another currency than the order's cannot be
// compared, and are left out.
func (q *ask) price(u *work.Unit, r *sourcing.Request) error {
	carriers, err := Carriers.AllRefs(u)
	if err != nil {
		return err
	}
	slices.SortFunc(carriers, func(a, b *shipping.Carrier) int { return cmp.Compare(a.ID, b.ID) })
	to, service := q.order.ShippingAddress, ""
	if m, ok := q.channel.Shipping(q.order.Shipping.Method, to.Country); ok && m.Carrier != "" {
		carriers = slices.DeleteFunc(carriers, func(c *shipping.Carrier) bool { return c.ID != m.Carrier })
		service = m.Service
	}
	f := freight{}
	for i := range r.Nodes {
		n := &r.Nodes[i]
		l, err := Locations.Ref(u, n.Code)
		if err != nil {
			return err
		}
		if l == nil {
			continue
		}
		f.add(n, l.Address, to, carriers, service, q.order.Currency)
	}
	if len(f) == 0 {
		return nil
	}
	r.Shipping = f.of
	return q.loads(u, r.Demand)
}

func (f freight) add(n *sourcing.Node, from, to address.Address, carriers []*shipping.Carrier, service, currency string) {
	least := int64(-1)
	for _, c := range carriers {
		t := c.Tariff(service, from, to, to.Company == "")
		if t == nil || t.Currency() != currency {
			continue
		}
		f[n.Code] = append(f[n.Code], t)
		if l := t.Least(); least < 0 || l < least {
			least = l
		}
	}
	n.Least = max(0, least)
}

func (f freight) of(n *sourcing.Node, l sourcing.Load) (least int64, ok bool) {
	parcel := shipping.Estimate(l.Grams, l.Volume, l.Longest)
	for _, t := range f[n.Code] {
		if p, can := t.Price(parcel); can && (!ok || p < least) {
			least, ok = p, true
		}
	}
	return least, ok
}

// loads adds to a demand what its units weigh and measure.
func (q *ask) loads(u *work.Unit, demand []sourcing.Demand) error {
	skus := make([]string, len(demand))
	for i, d := range demand {
		skus[i] = d.SKU
	}
	if err := Products.Refs(u, skus); err != nil {
		return err
	}
	for i := range demand {
		d := &demand[i]
		if l := q.order.Line(d.Line); l != nil {
			d.Load.Grams = l.WeightGrams
		}
		p, err := Products.Ref(u, d.SKU)
		if err != nil {
			return err
		}
		if p != nil && p.Dimensions != nil {
			d.Load.Volume, d.Load.Longest = p.Dimensions.Volume(), p.Dimensions.Longest()
		}
	}
	return nil
}

// days adds to a request when shipments would arrive, where the order's shipping method promises it.
func (q *ask) days(u *work.Unit, r *sourcing.Request) error {
	d, err := q.delivery(u)
	if err != nil || d == nil {
		return err
	}
	for i := range r.Nodes {
		l, err := Locations.Ref(u, r.Nodes[i].Code)
		if err != nil {
			return err
		}
		if l != nil {
			r.Nodes[i].Arrives = int64(d.Promise(l, u.Now()).Latest)
		}
	}
	return nil
}

func (q *ask) delivery(u *work.Unit) (*Delivery, error) {
	return delivery(q.channel, q.order.Shipping.Method, q.order.ShippingAddress, func(code string) (*shipping.Carrier, error) { return Carriers.Ref(u, code) })
}

// promisedBy is the day that the customer was told for the first of the units; 0 where nothing is promised yet.
func promisedBy(o *order.Order, demand []sourcing.Demand) (by int64) {
	for _, d := range demand {
		l := o.Line(d.Line)
		if l == nil || l.Promise == nil {
			continue
		}
		if day, ok := shipping.ParseDate(l.Promise.Current.Latest); ok && (by == 0 || int64(day) < by) {
			by = int64(day)
		}
	}
	return by
}
