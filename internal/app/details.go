package app

import (
	"context"

	"ordo/internal/address"
	"ordo/internal/catalog"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/work"
)

// ChangeDetails changes address, contact or shipping method of an order until something is packed. Where the
// destination changes, taxes and shipping are computed anew; the money follows.
type ChangeDetails struct {
	Order   string
	Details order.Details
	guard   guard // of a customer's link; nil for none
	app     *App
}

// Needs implements work.Command.
func (c *ChangeDetails) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *ChangeDetails) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.loadSeen(u, c.Order, withStock)
	if err != nil {
		return nil, err
	}
	if err := c.guard.pass(cl, u); err != nil {
		return nil, err
	}
	channel, err := channelOf(u, cl.Order)
	if err != nil {
		return nil, err
	}
	to, err := cl.arrivesAt(u)
	if err != nil {
		return nil, err
	}
	if c.Details.ShippingAddress != nil && cl.Order.Pickup == "" {
		to = *c.Details.ShippingAddress
	}
	t, err := tables(u, channel, to, false)
	if err != nil {
		return nil, err
	}
	if cl.Order, err = order.ChangeDetails(cl.Order, c.Details, t, u.Now()); err != nil {
		return nil, err
	}
	event := "order.changed"
	if c.Details.ShippingAddress != nil || c.Details.BillingAddress != nil {
		event = "order.address_changed"
	}
	cl.record(event, Body{})
	if err := cl.promiseOtherWay(u); err != nil {
		return nil, err
	}
	if err := cl.settleMoney(u); err != nil {
		return nil, err
	}
	if err := cl.advance(u); err != nil {
		return nil, err
	}
	return cl.save(u)
}

// channelOf returns the channel of an order. Channels are never deleted.
func channelOf(u *work.Unit, o *order.Order) (*catalog.Channel, error) {
	channel, err := Channels.Ref(u, o.Channel)
	if channel == nil {
		channel = &catalog.Channel{}
	}
	return channel, err
}

// tables are the channel's answers for a destination. The products must be loaded; unsold takes those that are not sold
// any more, too.
func tables(u *work.Unit, channel *catalog.Channel, to address.Address, unsold bool) (order.Tables, error) {
	if err := loadCarriers(u, channel); err != nil {
		return order.Tables{}, err
	}
	return order.Tables{
		Item: func(sku string) (order.Item, bool) {
			p, err := Products.Ref(u, sku)
			if err != nil || p == nil || !p.Active && !unsold {
				return order.Item{}, false
			}
			return order.Item{Name: p.Name, Price: p.Price, TaxClass: p.TaxClass, WeightGrams: p.WeightGrams, Components: componentsOf(p)}, true
		},
		TaxFor: func(class string) *order.Tax {
			r, ok := channel.Tax(to.Country, to.Region, class)
			if !ok {
				return nil
			}
			return &order.Tax{Name: r.Name, Rate: r.Rate}
		},
		Shipping: func(method string) (money.Money, bool) {
			m, ok := methodTo(u, channel, method, to)
			return m.Price, ok
		},
		ShippingTaxClass: channel.ShippingTaxClass, PricesIncludeTax: channel.PricesIncludeTax, Zone: channel.TimeZone,
	}, nil
}

// ChangeOrderDetails runs ChangeDetails.
func (a *App) ChangeOrderDetails(ctx context.Context, c ChangeDetails, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryOrderDetails is ChangeOrderDetails without effect.
func (a *App) TryOrderDetails(ctx context.Context, c ChangeDetails, meta work.Meta) (*OrderView, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}
