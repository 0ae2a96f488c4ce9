package app

import (
	"context"
	"slices"
	"strconv"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// SaveSourcingRule publishes a sourcing rule: its condition is compiled and its examples are run first.
func (a *App) SaveSourcingRule(ctx context.Context, r *sourcing.Rule, meta work.Meta) (Saved[*sourcing.Rule], error) {
	return work.Do(ctx, a.Committer, &Save[sourcing.Rule, *sourcing.Rule]{kind: SourcingRules, doc: r, check: func(u *work.Unit, list *errs.List) error {
		r.Check(list)
		if err := knownLocations(u, list, "/strategy/locations", r.Strategy.Locations); err != nil {
			return err
		}
		return knownLocations(u, list, "/strategy/exclude", r.Strategy.Exclude)
	}}, meta)
}

func knownLocations(u *work.Unit, list *errs.List, at string, codes []string) error {
	for i, code := range codes {
		l, err := Locations.Ref(u, code)
		if err != nil {
			return err
		}
		if l == nil {
			list.Add(at+"/"+strconv.Itoa(i), "unknown_location", "there is no location %q", errs.Clip(code))
		}
	}
	return nil
}

// SourcingRule reads one sourcing rule.
func (a *App) SourcingRule(ctx context.Context, code string) (*sourcing.Rule, error) {
	return one(ctx, a.DB, SourcingRules, code)
}

// SourcingRules lists sourcing rules by code, after a code.
func (a *App) SourcingRules(ctx context.Context, after string, limit int) ([]*sourcing.Rule, error) {
	return page(ctx, a.DB, SourcingRules, after, limit)
}

// Decided is a sourcing decision with the event that carried it.
type Decided struct {
	journal.Row
	Reason   string
	Decision sourcing.Decision
}

// Decisions lists the sourcing decisions of an order, oldest first.
func (a *App) Decisions(ctx context.Context, id string) ([]Decided, error) {
	var out []Decided
	for after := int64(0); ; {
		rows, err := journal.Of(ctx, a.DB, id, after, 1_000)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			var b struct {
				Reason   string             `json:"reason"`
				Sourcing *sourcing.Decision `json:"sourcing"`
			}
			if err := jsonx.Unmarshal(r.Body, &b); err != nil {
				return nil, err
			}
			if b.Sourcing != nil {
				out = append(out, Decided{r, b.Reason, *b.Sourcing})
			}
			after = r.Seq
		}
		if len(rows) < 1_000 {
			return out, nil
		}
	}
}

// PreviewSourcing is what would be decided about a basket now. Nothing is stored and nothing is taken.
type PreviewSourcing struct {
	order.Placement
	Pickup string
	After  sourcing.AfterAction
	app    *App
}

// Preview is what a PreviewSourcing found.
type Preview struct {
	sourcing.Result
	Order *order.Order
}

// Needs implements work.Command.
func (c *PreviewSourcing) Needs(n *work.Needs) {
	for _, l := range c.Lines {
		n.Positions(l.SKU)
		n.Refs(Products.Spec, l.SKU)
	}
}

// Run implements work.Command.
func (c *PreviewSourcing) Run(u *work.Unit) (Preview, error) {
	o, channel, err := c.basket(u)
	if err != nil {
		return Preview{}, err
	}
	q := ask{order: o, channel: channel, after: c.After}
	for i := range o.Lines {
		q.demand = append(q.demand, wants(&o.Lines[i], o.Lines[i].Quantity))
	}
	res, _, err := q.plan(u)
	return Preview{res, o}, err
}

// basket is an order as far as sourcing looks at one.
func (c *PreviewSourcing) basket(u *work.Unit) (*order.Order, *catalog.Channel, error) {
	var list errs.List
	channel, err := Channels.Ref(u, c.Channel)
	if err != nil {
		return nil, nil, err
	}
	if channel == nil || !channel.Active {
		list.Add("/channel", "unknown_channel", "there is no active sales channel %q", errs.Clip(c.Channel))
	}
	if c.Pickup == "" {
		c.ShippingAddress.CheckForm(&list, "/shipping_address")
	}
	if c.After != "" && !slices.Contains(sourcing.AfterActions, c.After) {
		list.Add("/shortage", "unknown_value", "give one of reject, backorder, park, cancel")
	}
	if len(c.Lines) == 0 || len(c.Lines) > order.MaxLines {
		list.Add("/lines", "out_of_range", "give 1 to %d lines", order.MaxLines)
	}
	o := &order.Order{Channel: c.Channel, ShippingAddress: c.ShippingAddress, Pickup: c.Pickup, Shipping: order.Shipping{Method: c.ShippingMethod}}
	for i, l := range c.Lines {
		p, err := Products.Ref(u, l.SKU)
		if err != nil {
			return nil, nil, err
		}
		at := "/lines/" + strconv.Itoa(i)
		if p == nil || !p.Active {
			list.Add(at+"/sku", "unknown_sku", "there is no active product %q", errs.Clip(l.SKU))
			continue
		}
		if l.Quantity < 1 || l.Quantity > order.MaxQuantity {
			list.Add(at+"/quantity", "out_of_range", "give a whole number from 1 to %d", order.MaxQuantity)
			continue
		}
		line := order.Line{ID: strconv.Itoa(i + 1), SKU: l.SKU, Quantity: l.Quantity, UnitPrice: p.Price.Amount, WeightGrams: p.WeightGrams}
		for _, part := range p.Components {
			line.Components = append(line.Components, order.Component(part))
		}
		o.Lines, o.Currency = append(o.Lines, line), p.Price.Currency
		o.Totals.GrandTotal += l.Quantity * p.Price.Amount
	}
	return o, channel, list.Err()
}

// PreviewSourcing runs a PreviewSourcing.
func (a *App) PreviewSourcing(ctx context.Context, c PreviewSourcing, meta work.Meta) (Preview, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}
