package app

import (
	"context"
	"slices"
	"strconv"

	"ordo/internal/address"
	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/order"
	"ordo/internal/shipping"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// AvailabilityOf asks what a channel can promise of SKUs, and, where a destination is named, when it would arrive.
type AvailabilityOf struct {
	Channel string
	Items   []AskedItem
	Method  string // only with this shipping method of the channel; "": with each
	To      address.Address
}

// AskedItem is a SKU of a basket that somebody thinks about.
type AskedItem struct {
	SKU      string
	Quantity int64 // that the promise is for
}

// Offer is what can be promised of all that was asked for.
type Offer struct {
	Items  []Availability // in the order in which they were asked for
	Basket []MethodPromise
}

// Availability is what can be promised of a SKU; of a kit, as many as its components make at one location.
type Availability struct {
	SKU           string
	Known         bool // an active product
	Kit           bool
	Available     int64 // of the locations that serve the destination
	Backorderable int64
	At            []AvailableAt // where something is, by location
	Promises      []MethodPromise
}

// AvailableAt is what can be promised from one location.
type AvailableAt struct {
	Location      string
	Available     int64
	Backorderable int64
}

// Needs implements work.Command.
func (c *AvailabilityOf) Needs(n *work.Needs) {
	for _, i := range c.Items {
		needLine(n, i.SKU)
	}
}

// Run implements work.Command.
func (c *AvailabilityOf) Run(u *work.Unit) (Offer, error) {
	var out Offer
	channel, err := Channels.Ref(u, c.Channel)
	if err != nil {
		return out, err
	}
	if channel == nil || !channel.Active {
		return out, errs.Unknown("active sales channel", c.Channel)
	}
	products, err := c.products(u)
	if err != nil {
		return out, err
	}
	locations, err := c.locations(u, channel)
	if err != nil {
		return out, err
	}
	for i, p := range products {
		row := Availability{SKU: c.Items[i].SKU}
		if p != nil {
			if row, err = availabilityOf(u, p, locations); err != nil {
				return out, err
			}
		}
		out.Items = append(out.Items, row)
	}
	if c.To.Country == "" {
		return out, nil
	}
	return out, c.promises(u, channel, products, &out)
}

// products are those that were asked for, nil where there is none that is sold.
func (c *AvailabilityOf) products(u *work.Unit) ([]*catalog.Product, error) {
	skus := make([]string, len(c.Items))
	for i, it := range c.Items {
		skus[i] = it.SKU
	}
	if err := Products.Refs(u, skus); err != nil {
		return nil, err
	}
	out := make([]*catalog.Product, len(skus))
	var parts []string
	for i, sku := range skus {
		p, err := Products.Ref(u, sku)
		if err != nil {
			return nil, err
		}
		if p == nil || !p.Active {
			continue
		}
		out[i] = p
		for _, part := range p.Components {
			parts = append(parts, part.SKU)
		}
	}
	return out, u.Require(func(n *work.Needs) { n.Positions(parts...) })
}

// locations are those that the channel ships from, and that ship to the destination where one is named.
func (c *AvailabilityOf) locations(u *work.Unit, channel *catalog.Channel) (codes []string, err error) {
	all, err := Locations.AllRefs(u)
	for _, l := range all {
		goes := c.To.Country == "" || l.Pickup != catalog.PickupOnly && (len(l.ShipsTo) == 0 || slices.Contains(l.ShipsTo, c.To.Country))
		if l.Active && channel.Serves(l.ID) && goes {
			codes = append(codes, l.ID)
		}
	}
	slices.Sort(codes)
	return codes, err
}

func availabilityOf(u *work.Unit, p *catalog.Product, locations []string) (Availability, error) {
	out := Availability{SKU: p.ID, Known: true, Kit: p.IsKit()}
	parts := []inventory.Part{{SKU: p.ID, Quantity: 1}}
	if out.Kit {
		parts = parts[:0]
		for _, c := range p.Components {
			parts = append(parts, inventory.Part(c))
		}
	}
	for _, l := range locations {
		stock := map[string]inventory.Position{}
		for _, part := range parts {
			q, err := u.Position(part.SKU, l)
			if err != nil {
				return out, err
			}
			stock[part.SKU] = q
		}
		at := AvailableAt{Location: l}
		at.Available = inventory.KitsAvailable(parts, func(sku string) int64 { return stock[sku].Promisable() })
		// A unit may be there or owed: what may be owed comes on top, component by component.
		at.Backorderable = inventory.KitsAvailable(parts, func(sku string) int64 {
			q := stock[sku]
			return q.Promisable() + q.Backorderable()
		}) - at.Available
		if at.Available == 0 && at.Backorderable == 0 {
			continue
		}
		out.Available += at.Available
		out.Backorderable += at.Backorderable
		out.At = append(out.At, at)
	}
	return out, nil
}

// MethodPromise is what a shipping method can promise of a basket: from where it would ship, and when it would arrive.
type MethodPromise struct {
	Method   string
	Complete bool             // everything would ship now; what is left over would be owed, parked, canceled or refused
	Window   shipping.Promise // zero where the method stands for no carrier's service that goes there, or nothing ships
	Shares   []Share
}

// Share is what one location would ship of a SKU.
type Share struct {
	SKU, Location string
	Quantity      int64
	Window        shipping.Promise // zero where the method promises nothing
}

// maxPlans bounds what one question costs: a decision of sourcing for each method and SKU, and one for the basket.
const maxPlans = 1000

// promises computes, for each shipping method to the destination, what an order placed now would be promised: each
// SKU by itself, and all of them as one order. The decision is that of placement, with the same rules and stock.
func (c *AvailabilityOf) promises(u *work.Unit, channel *catalog.Channel, products []*catalog.Product, out *Offer) error {
	methods, err := c.methods(u, channel)
	if err != nil {
		return err
	}
	if n := len(methods) * (len(products) + 1); n > maxPlans {
		return errs.New(errs.Malformed, "invalid_parameter", "%d SKUs with %d shipping methods are more than can be decided at once; name a shipping_method, or ask for at most %d SKUs",
			len(products), len(methods), max(1, maxPlans/len(methods)-1))
	}
	for _, row := range methods {
		for i, p := range products {
			if p == nil {
				continue
			}
			found, err := c.promise(u, channel, row, products[i:i+1], c.Items[i:i+1])
			if err != nil {
				return err
			}
			out.Items[i].Promises = append(out.Items[i].Promises, found)
		}
		found, err := c.promise(u, channel, row, products, c.Items)
		if err != nil {
			return err
		}
		out.Basket = append(out.Basket, found)
	}
	return nil
}

// methods are the shipping methods that were asked for, as they are to the destination.
func (c *AvailabilityOf) methods(u *work.Unit, channel *catalog.Channel) (found []catalog.ShippingMethod, err error) {
	if err := loadCarriers(u, channel); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, m := range channel.ShippingMethods {
		row, ok := methodTo(u, channel, m.Code, c.To)
		if ok && !seen[m.Code] && (c.Method == "" || c.Method == m.Code) {
			found = append(found, row)
		}
		seen[m.Code] = true
	}
	return found, nil
}

func (c *AvailabilityOf) promise(u *work.Unit, channel *catalog.Channel, m catalog.ShippingMethod, products []*catalog.Product, items []AskedItem) (MethodPromise, error) {
	out := MethodPromise{Method: m.Code, Complete: true}
	q := ask{order: c.basket(m, products, items), channel: channel}
	for i := range q.order.Lines {
		q.demand = append(q.demand, wants(&q.order.Lines[i], q.order.Lines[i].Quantity))
	}
	out.Complete = len(q.demand) == len(items)
	if len(q.demand) == 0 {
		return out, nil
	}
	res, _, err := q.plan(u)
	if err != nil {
		return out, err
	}
	out.Complete = out.Complete && res.After == ""
	d, err := q.delivery(u)
	if err != nil {
		return out, err
	}
	return out, d.share(u, res.Assignments, &out)
}

// basket is an order as far as sourcing looks at one: its total is that of goods at list price and the shipping method.
func (c *AvailabilityOf) basket(m catalog.ShippingMethod, products []*catalog.Product, items []AskedItem) *order.Order {
	o := &order.Order{Channel: c.Channel, ShippingAddress: c.To, Shipping: order.Shipping{Method: m.Code}}
	o.Totals.GrandTotal = m.Price.Amount
	for i, p := range products {
		if p == nil {
			continue
		}
		o.Lines = append(o.Lines, order.Line{
			ID: strconv.Itoa(i + 1), SKU: p.ID, Quantity: items[i].Quantity, UnitPrice: p.Price.Amount, WeightGrams: p.WeightGrams, Components: componentsOf(p),
		})
		o.Currency = p.Price.Currency
		o.Totals.GrandTotal += items[i].Quantity * p.Price.Amount
	}
	return o
}

// share adds what each location ships and when that arrives; d is nil where nothing is promised.
func (d *Delivery) share(u *work.Unit, plan []sourcing.Assignment, out *MethodPromise) error {
	for _, a := range plan {
		s := Share{SKU: a.SKU, Location: a.Location, Quantity: a.Quantity}
		if d != nil {
			l, err := Locations.Ref(u, a.Location)
			if err != nil || l == nil {
				return err
			}
			s.Window = d.Promise(l, u.Now())
			out.Window = shipping.Join(out.Window, s.Window)
		}
		out.Shares = append(out.Shares, s)
	}
	return nil
}

// Availability answers for many SKUs at once, in one look at what is committed. It takes nothing: only a reservation or
// an order does.
func (a *App) Availability(ctx context.Context, q AvailabilityOf) (Offer, error) {
	return work.DryRun(ctx, a.Committer, &q, a.system())
}
