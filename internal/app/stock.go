package app

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

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

// AdjustLine is one change.
type AdjustLine struct {
	SKU      string `json:"sku" minLength:"1" maxLength:"64" example:"MUG"`
	Location string `json:"location" doc:"location code" minLength:"1" maxLength:"64" example:"HULL"`
	Delta    int64  `json:"delta" doc:"units to add, or to take away when negative; not 0" minimum:"-1000000000" maximum:"1000000000" example:"100"`
}

// Adjustment is what an AdjustStock did.
type Adjustment struct {
	ID        string
	Positions []inventory.Position // as they are after it
}

// maxAdjustLines bounds one adjustment.
const maxAdjustLines = 1_000

// Needs implements work.Command.
func (c *AdjustStock) Needs(n *work.Needs) {
	for _, l := range c.Lines {
		n.Positions(l.SKU)
		n.Refs(Products.Spec, l.SKU)
	}
}

// Run implements work.Command.
func (c *AdjustStock) Run(u *work.Unit) (Adjustment, error) {
	var done Adjustment
	if err := c.check(u); err != nil {
		return done, err
	}
	var moves []inventory.Movement
	for i, l := range c.Lines {
		p, err := u.Position(l.SKU, l.Location)
		if err != nil {
			return done, err
		}
		m, err := inventory.Adjust(p, l.Delta)
		if err == nil {
			err = u.Move(m...)
		}
		if e := errs.As(err); e != nil {
			e = e.With()
			e.Problems = []errs.Problem{{Pointer: "/lines/" + strconv.Itoa(i) + "/delta", Code: e.Code, Detail: e.Detail}}
			return done, e
		}
		if err != nil {
			return done, err
		}
		moves = append(moves, m...)
	}
	for _, m := range moves {
		p, err := u.Position(m.SKU, m.Location)
		if err != nil {
			return done, err
		}
		done.Positions = append(done.Positions, p)
	}
	done.ID = u.NewID("adj")
	u.Record(work.Event{Type: "stock.adjusted", Aggregate: done.ID, Version: 1, Body: Body{Reason: c.Reason, Stock: moves}, Personal: note(c.Note)})
	return done, nil
}

// note is free text, which may name people.
func note(s string) any {
	if s == "" {
		return nil
	}
	return map[string]string{"note": s}
}

func (c *AdjustStock) check(u *work.Unit) error {
	var list errs.List
	if !slices.Contains(inventory.AdjustmentReasons, c.Reason) {
		list.Add("/reason", "unknown_value", "give one of %s", strings.Join(inventory.AdjustmentReasons, ", "))
	}
	if utf8.RuneCountInString(c.Note) > 1000 {
		list.Add("/note", "too_long", "at most 1000 characters")
	}
	if len(c.Lines) == 0 || len(c.Lines) > maxAdjustLines {
		list.Add("/lines", "out_of_range", "give 1 to %d lines", maxAdjustLines)
		return list.Err()
	}
	skus := make([]string, len(c.Lines))
	for i, l := range c.Lines {
		skus[i] = l.SKU
	}
	if err := Products.Refs(u, skus); err != nil {
		return err
	}
	for i, l := range c.Lines {
		at := "/lines/" + strconv.Itoa(i)
		p, err := Products.Ref(u, l.SKU)
		if err != nil {
			return err
		}
		if p == nil {
			list.Add(at+"/sku", "unknown_sku", "there is no product %q", l.SKU)
		}
		loc, err := Locations.Ref(u, l.Location)
		if err != nil {
			return err
		}
		if loc == nil {
			list.Add(at+"/location", "unknown_location", "there is no location %q", l.Location)
		}
		if l.Delta == 0 || l.Delta > inventory.MaxQuantity || l.Delta < -inventory.MaxQuantity {
			list.Add(at+"/delta", "out_of_range", "give a whole number other than 0, at most %d", int64(inventory.MaxQuantity))
		}
	}
	return list.Err()
}

// Adjust runs AdjustStock.
func (a *App) Adjust(ctx context.Context, c AdjustStock, meta work.Meta) work.Outcome {
	return work.Submit(ctx, a.Committer, &c, meta)
}

// Stock lists positions in the order of SKU and location, of one SKU when it is given. After names the last position
// of the page before.
func (a *App) Stock(ctx context.Context, sku, location string, after [2]string, limit int) ([]inventory.Position, error) {
	var out []inventory.Position
	where, args := "(sku, location) > ($1, $2)", []any{after[0], after[1]}
	if sku != "" {
		args = append(args, sku)
		where += " AND sku = $" + strconv.Itoa(len(args))
	}
	if location != "" {
		args = append(args, location)
		where += " AND location = $" + strconv.Itoa(len(args))
	}
	args = append(args, limit)
	err := a.DB.Query(ctx, func(r store.Row) error {
		p, err := work.ScanPosition(r)
		out = append(out, p)
		return err
	}, "SELECT "+work.PositionColumns+" FROM stock_positions WHERE "+where+" ORDER BY sku, location LIMIT $"+strconv.Itoa(len(args)), args...)
	return out, err
}
