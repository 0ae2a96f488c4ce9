package app

import (
	"context"
	"slices"
	"strconv"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/store"
	"ordo/internal/work"
)

// kitsWith finds the kits that have a product as a component, where that matters: when it is to become a kit itself.
// Kits are few; they have no index.
func (a *App) kitsWith(ctx context.Context, p *catalog.Product) (kits []string, err error) {
	if !p.IsKit() {
		return nil, nil
	}
	err = a.DB.Query(ctx, func(r store.Row) error {
		k, err := scanDoc(Products, r)
		if err == nil && slices.ContainsFunc(k.Components, func(c catalog.Component) bool { return c.SKU == p.ID }) {
			kits = append(kits, k.ID)
		}
		return err
	}, `SELECT doc FROM products WHERE doc LIKE '%"components":[%' ORDER BY id`)
	return kits, err
}

// checkKit adds what is wrong with a kit: its components must exist and be no kits, it must be no component itself, and
// it has no stock of its own.
func checkKit(u *work.Unit, list *errs.List, p *catalog.Product, kits []string) error {
	if !p.IsKit() {
		return nil
	}
	skus := slices.Clone(kits)
	for _, c := range p.Components {
		skus = append(skus, c.SKU)
	}
	if err := u.Require(func(n *work.Needs) { n.Refs(Products.Spec, skus...); n.Positions(p.ID) }); err != nil {
		return err
	}
	for i, c := range p.Components {
		at := "/components/" + strconv.Itoa(i) + "/sku"
		part, err := Products.Ref(u, c.SKU)
		switch {
		case err != nil:
			return err
		case part == nil:
			list.Add(at, "unknown_sku", "there is no product %q", errs.Clip(c.SKU))
		case part.IsKit() && c.SKU != p.ID:
			list.Add(at, "nested_kit", "%s is a kit itself; name its components", errs.Clip(c.SKU))
		}
	}
	for _, sku := range kits {
		kit, err := Products.Ref(u, sku)
		if err != nil {
			return err
		}
		if sku != p.ID && kit != nil && slices.ContainsFunc(kit.Components, func(c catalog.Component) bool { return c.SKU == p.ID }) {
			list.Add("/components", "nested_kit", "the kit %s contains %s; kits do not nest", errs.Clip(sku), errs.Clip(p.ID))
		}
	}
	positions, err := u.Positions(p.ID)
	if err != nil || !list.Empty() {
		return err
	}
	for _, q := range positions {
		if q.Units != [len(q.Units)]int64{} {
			return errs.New(errs.Conflict, "kit_has_stock", "%s has stock at %s; a kit has none of its own: move or sell it first, or make the kit under another SKU", p.ID, q.Location).
				With("sku", p.ID, "location", q.Location)
		}
	}
	return nil
}
