package app

import (
	"context"
	"strconv"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/store"
	"ordo/internal/work"
)

// AdjustStock changes on hand outside of orders, all lines or none.
type AdjustStock struct {
	Reason string
	Note   string
	Lines  []AdjustLine
}

// AdjustLine is one change: by a difference, or to a number that is compared first.
type AdjustLine struct {
	SKU             string `json:"sku" minLength:"1" maxLength:"64" example:"MUG"`
	Location        string `json:"location" doc:"location code" minLength:"1" maxLength:"64" example:"HULL"`
	Delta           int64  `json:"delta,omitzero" doc:"units to add, or to take away when negative; not 0" minimum:"-1000000000" maximum:"1000000000" example:"100"`
	OnHand          *int64 `json:"on_hand,omitzero" doc:"instead of delta: what on_hand should become; with compare_quantity" minimum:"0" maximum:"1000000000"`
	CompareQuantity *int64 `json:"compare_quantity,omitzero" doc:"what you believe on_hand is; stock_changed when it is not" minimum:"0" maximum:"1000000000000"`
}

// Needs implements work.Command.
func (c *AdjustStock) Needs(n *work.Needs) {
	for _, l := range c.Lines {
		needLine(n, l.SKU)
	}
}

// Run implements work.Command.
func (c *AdjustStock) Run(u *work.Unit) (StockChange, error) {
	if err := c.check(u); err != nil {
		return StockChange{}, err
	}
	return change(u, "adj", "stock.adjusted", StockBody{Reason: c.Reason}, c.Note, len(c.Lines), func(i int) ([]inventory.Movement, string, error) {
		l := c.Lines[i]
		p, err := u.Position(l.SKU, l.Location)
		if err != nil {
			return nil, "", err
		}
		delta, field := l.Delta, "delta"
		if l.OnHand != nil {
			field = "on_hand"
			if delta, err = inventory.SetOnHand(p, *l.OnHand, *l.CompareQuantity); err != nil {
				return nil, "compare_quantity", err
			}
		}
		moves, err := inventory.Adjust(p, delta)
		return moves, field, err
	})
}

func (c *AdjustStock) check(u *work.Unit) error {
	var list errs.List
	checkReason(&list, "/reason", c.Reason, inventory.AdjustmentReasons)
	checkText(&list, "/note", c.Note, maxNote)
	if err := checkLines(u, &list, len(c.Lines), func(i int) string { return c.Lines[i].SKU }, func(i int) string { return c.Lines[i].Location }); err != nil {
		return err
	}
	for i, l := range c.Lines {
		l.check(&list, "/lines/"+strconv.Itoa(i))
	}
	return list.Err()
}

func (l AdjustLine) check(list *errs.List, at string) {
	switch {
	case l.OnHand == nil && (l.Delta == 0 || l.Delta > inventory.MaxQuantity || l.Delta < -inventory.MaxQuantity):
		list.Add(at+"/delta", "out_of_range", "give a whole number other than 0, at most %d", int64(inventory.MaxQuantity))
	case l.OnHand != nil && l.Delta != 0:
		list.Add(at+"/on_hand", "ambiguous", "give delta, or on_hand with compare_quantity")
	case l.OnHand != nil && (*l.OnHand < 0 || *l.OnHand > inventory.MaxQuantity):
		list.Add(at+"/on_hand", "out_of_range", "give a number from 0 to %d", int64(inventory.MaxQuantity))
	}
	if (l.OnHand == nil) != (l.CompareQuantity == nil) {
		list.Add(at+"/compare_quantity", "required", "compare_quantity and on_hand belong together: an absolute number must not overwrite what happened since it was read")
	}
}

// note is free text, which may name people.
func note(s string) any {
	if s == "" {
		return nil
	}
	return map[string]string{"note": s}
}

// Adjust runs AdjustStock.
func (a *App) Adjust(ctx context.Context, c AdjustStock, meta work.Meta) work.Outcome {
	return work.Submit(ctx, a.Committer, &c, meta)
}

// PositionFilter selects positions; what is empty selects all.
type PositionFilter struct {
	SKU, Location string
	Query         string    // words of the product, as FindProducts takes them
	State         string    // one of PositionStates
	After         [2]string // SKU and location of the last position of the page before
	Limit         int
	skus          []string // of which products
}

// positionStates are what people look for in a list of positions.
var positionStates = map[string]string{
	"low":         "reorder_point > 0 AND " + availableColumns + " <= reorder_point",
	"negative":    availableColumns + " < 0",
	"backordered": "backordered > 0",
	"set_aside":   "damaged + quality > 0",
	"inbound":     "in_transit_in + on_order > 0",
}

// availableColumns is Position.Available in the database.
const availableColumns = "on_hand - allocated - reserved - damaged - quality - safety"

// PositionStates lists the states by which positions are found.
var PositionStates = []string{"low", "negative", "backordered", "set_aside", "inbound"}

// Stock lists positions in the order of SKU and location.
func (a *App) Stock(ctx context.Context, f PositionFilter) ([]inventory.Position, error) {
	return a.found(ctx, f, func(f PositionFilter) (out []inventory.Position, err error) {
		where := f.positions()
		text, args := where.page("SELECT "+work.PositionColumns+" FROM stock_positions AS p", "sku, location", f.Limit)
		err = a.DB.Query(ctx, func(r store.Row) error {
			p, err := work.ScanPosition(r)
			out = append(out, p)
			return err
		}, text, args...)
		return out, err
	})
}

// found reads the positions of the products that are asked for by words. Both are in the order of SKUs, so that pages of
// products lead to pages of positions.
func (a *App) found(ctx context.Context, f PositionFilter, read func(PositionFilter) ([]inventory.Position, error)) (out []inventory.Position, err error) {
	if f.Query == "" {
		return read(f)
	}
	limit := f.Limit
	if f.skus = nil; f.After[0] != "" {
		f.skus = []string{f.After[0]} // it may stand at further locations
	}
	for after, last := f.After[0], false; ; {
		if len(f.skus) > 0 {
			f.Limit = limit - len(out)
			rows, err := read(f)
			if out = append(out, rows...); err != nil || len(out) == limit {
				return out, err
			}
		}
		if last {
			return out, nil
		}
		products, err := a.FindProducts(ctx, f.Query, after, foundProducts)
		if err != nil {
			return nil, err
		}
		f.skus, last = nil, len(products) < foundProducts
		for _, p := range products {
			f.skus, after = append(f.skus, p.ID), p.ID
		}
	}
}

// foundProducts is how many products are looked up at a time.
const foundProducts = 200

func (f PositionFilter) positions() (s selection) {
	s.add("(p.sku, p.location) > (?, ?)", f.After[0], f.After[1])
	s.equal([2]string{"p.sku", f.SKU}, [2]string{"p.location", f.Location})
	s.among("p.sku", f.skus)
	if state := positionStates[f.State]; state != "" {
		s.add(state)
	}
	return s
}

// likely is a pattern that finds a text anywhere.
func likely(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
}
