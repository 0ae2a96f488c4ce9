package app

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/store"
	"ordo/internal/work"
)

// AvailabilityOf asks what a channel can promise of SKUs. The destination is for those who say when it would arrive.
type AvailabilityOf struct {
	SKUs       []string
	Channel    string
	Country    string
	PostalCode string
}

// Availability is what can be promised of a SKU; of a kit, as many as its components make at one location.
type Availability struct {
	SKU           string
	Known         bool // an active product
	Kit           bool
	Available     int64 // of the network
	Backorderable int64
	At            []AvailableAt // where something is, by location
}

// AvailableAt is what can be promised from one location.
type AvailableAt struct {
	Location      string
	Available     int64
	Backorderable int64
}

// Availability answers for many SKUs at once, in the order in which they were asked. It reads what is committed and
// promises nothing: only a reservation or an order does.
func (a *App) Availability(ctx context.Context, q AvailabilityOf) ([]Availability, error) {
	var out []Availability
	err := a.DB.Snapshot(ctx, func(r store.Reader) error {
		channel, err := one(ctx, r, Channels, q.Channel)
		if err != nil {
			return err
		}
		if !channel.Active {
			return errs.Unknown("active sales channel", q.Channel)
		}
		locations, err := servingLocations(ctx, r, channel)
		if err != nil {
			return err
		}
		products, err := many(ctx, r, Products, q.SKUs)
		if err != nil {
			return err
		}
		stock, err := stockOfProducts(ctx, r, products)
		if err != nil {
			return err
		}
		for _, sku := range q.SKUs {
			i := slices.IndexFunc(products, func(p *catalog.Product) bool { return p.ID == sku && p.Active })
			if i < 0 {
				out = append(out, Availability{SKU: sku})
				continue
			}
			out = append(out, availabilityOf(products[i], locations, stock))
		}
		return nil
	})
	return out, err
}

func servingLocations(ctx context.Context, r store.Reader, channel *catalog.Channel) (codes []string, err error) {
	err = r.Query(ctx, func(row store.Row) error {
		l, err := scanDoc(Locations, row)
		if err == nil && l.Active && channel.Serves(l.ID) {
			codes = append(codes, l.ID)
		}
		return err
	}, "SELECT doc FROM locations ORDER BY id")
	return codes, err
}

// stockOfProducts reads the positions of products, and of the components of kits.
func stockOfProducts(ctx context.Context, r store.Reader, products []*catalog.Product) (map[cardKey]inventory.Position, error) {
	var skus []string
	for _, p := range products {
		skus = append(skus, p.ID)
		for _, c := range p.Components {
			skus = append(skus, c.SKU)
		}
	}
	slices.Sort(skus)
	skus = slices.Compact(skus)
	out := map[cardKey]inventory.Position{}
	for part := range slices.Chunk(skus, 500) {
		marks, args := make([]string, len(part)), make([]any, len(part))
		for i, sku := range part {
			marks[i], args[i] = "$"+strconv.Itoa(i+1), sku
		}
		if err := r.Query(ctx, func(row store.Row) error {
			p, err := work.ScanPosition(row)
			out[cardKey{p.SKU, p.Location}] = p
			return err
		}, "SELECT "+work.PositionColumns+" FROM stock_positions WHERE sku IN ("+strings.Join(marks, ", ")+")", args...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func availabilityOf(p *catalog.Product, locations []string, stock map[cardKey]inventory.Position) Availability {
	out := Availability{SKU: p.ID, Known: true, Kit: p.IsKit()}
	parts := []inventory.Part{{SKU: p.ID, Quantity: 1}}
	if out.Kit {
		parts = parts[:0]
		for _, c := range p.Components {
			parts = append(parts, inventory.Part(c))
		}
	}
	for _, l := range locations {
		at := AvailableAt{Location: l}
		at.Available = inventory.KitsAvailable(parts, func(sku string) int64 { return stock[cardKey{sku, l}].Promisable() })
		// A unit may be there or owed: what may be owed comes on top, component by component.
		at.Backorderable = inventory.KitsAvailable(parts, func(sku string) int64 {
			q := stock[cardKey{sku, l}]
			return q.Promisable() + q.Backorderable()
		}) - at.Available
		if at.Available == 0 && at.Backorderable == 0 {
			continue
		}
		out.Available += at.Available
		out.Backorderable += at.Backorderable
		out.At = append(out.At, at)
	}
	return out
}
