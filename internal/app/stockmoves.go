package app

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/work"
)

// StockBody is what events about stock carry beside orders: what happened to which document, and what moved.
type StockBody struct {
	Reason      string                 `json:"reason,omitzero"`
	Reference   string                 `json:"reference,omitzero"`
	Reservation *inventory.Reservation `json:"reservation,omitzero"`
	Transfer    *inventory.Transfer    `json:"transfer,omitzero"`
	Count       *inventory.Count       `json:"count,omitzero"`
	Policy      *PolicyFact            `json:"policy,omitzero"`
	Stock       []inventory.Movement   `json:"stock,omitzero"`
}

// PolicyFact is the policy of a position.
type PolicyFact struct {
	SKU      string `json:"sku"`
	Location string `json:"location"`
	inventory.Policy
}

// StockChange is what a change of stock did.
type StockChange struct {
	ID        string
	Positions []inventory.Position // as they are after it, one per line
}

// ReceiveStock takes goods into a location: a delivery of a supplier, without a purchase order.
type ReceiveStock struct {
	Location  string
	Reference string
	Note      string
	Lines     []ReceiptLine
}

// ReceiptLine is one SKU of a delivery.
type ReceiptLine struct {
	SKU      string           `json:"sku" minLength:"1" maxLength:"64" example:"MUG"`
	Quantity int64            `json:"quantity" minimum:"1" maximum:"1000000000" example:"48"`
	Bucket   inventory.Bucket `json:"bucket,omitzero" doc:"where the units go; available when left out" enum:"available,damaged,quality"`
}

// Needs implements work.Command.
func (c *ReceiveStock) Needs(n *work.Needs) {
	for _, l := range c.Lines {
		needLine(n, l.SKU)
	}
}

// Run implements work.Command.
func (c *ReceiveStock) Run(u *work.Unit) (StockChange, error) {
	var list errs.List
	checkText(&list, "/reference", c.Reference, maxReference)
	checkText(&list, "/note", c.Note, maxNote)
	if err := checkLocation(u, &list, "/location", c.Location); err != nil {
		return StockChange{}, err
	}
	if err := checkLines(u, &list, len(c.Lines), func(i int) string { return c.Lines[i].SKU }, nil); err != nil {
		return StockChange{}, err
	}
	for i, l := range c.Lines {
		at := "/lines/" + strconv.Itoa(i)
		checkQuantity(&list, at+"/quantity", l.Quantity)
		if l.Bucket != "" && !slices.Contains(inventory.Shelves, l.Bucket) {
			list.Add(at+"/bucket", "unknown_value", "give one of %s", shelves())
		}
	}
	if err := list.Err(); err != nil {
		return StockChange{}, err
	}
	return change(u, "rec", "stock.received", StockBody{Reference: c.Reference}, c.Note, len(c.Lines), func(i int) ([]inventory.Movement, string, error) {
		l := c.Lines[i]
		shelf := l.Bucket
		if shelf == "" {
			shelf = inventory.Available
		}
		return inventory.Receive(l.SKU, c.Location, shelf, l.Quantity), "quantity", nil
	})
}

// MoveStock moves units in the building between available, damaged and quality.
type MoveStock struct {
	Reason string
	Note   string
	Lines  []MoveLine
}

// MoveLine is one such move.
type MoveLine struct {
	SKU      string           `json:"sku" minLength:"1" maxLength:"64" example:"MUG"`
	Location string           `json:"location" doc:"location code" minLength:"1" maxLength:"64" example:"HULL"`
	From     inventory.Bucket `json:"from" enum:"available,damaged,quality"`
	To       inventory.Bucket `json:"to" enum:"available,damaged,quality"`
	Quantity int64            `json:"quantity" minimum:"1" maximum:"1000000000" example:"2"`
}

// MoveReasons are the reasons of moves between buckets.
var MoveReasons = []string{"damaged", "inspection", "repaired", "found", "recalled", "correction"}

// Needs implements work.Command.
func (c *MoveStock) Needs(n *work.Needs) {
	for _, l := range c.Lines {
		needLine(n, l.SKU)
	}
}

// Run implements work.Command.
func (c *MoveStock) Run(u *work.Unit) (StockChange, error) {
	var list errs.List
	checkReason(&list, "/reason", c.Reason, MoveReasons)
	checkText(&list, "/note", c.Note, maxNote)
	if err := checkLines(u, &list, len(c.Lines), func(i int) string { return c.Lines[i].SKU }, func(i int) string { return c.Lines[i].Location }); err != nil {
		return StockChange{}, err
	}
	for i, l := range c.Lines {
		at := "/lines/" + strconv.Itoa(i)
		checkQuantity(&list, at+"/quantity", l.Quantity)
		for name, b := range map[string]inventory.Bucket{"from": l.From, "to": l.To} {
			if !slices.Contains(inventory.Shelves, b) {
				list.Add(at+"/"+name, "unknown_value", "give one of %s", shelves())
			}
		}
		if l.From == l.To {
			list.Add(at+"/to", "not_allowed", "the units are there already")
		}
	}
	if err := list.Err(); err != nil {
		return StockChange{}, err
	}
	return change(u, "mov", "stock.moved_state", StockBody{Reason: c.Reason}, c.Note, len(c.Lines), func(i int) ([]inventory.Movement, string, error) {
		l := c.Lines[i]
		p, err := u.Position(l.SKU, l.Location)
		if err != nil {
			return nil, "", err
		}
		moves, err := inventory.MoveState(p, l.From, l.To, l.Quantity)
		return moves, "quantity", err
	})
}

// change moves stock line by line and records one event with all of it. A rule that refuses names the line.
func change(u *work.Unit, prefix, event string, b StockBody, free string, lines int, moves func(i int) (m []inventory.Movement, field string, err error)) (StockChange, error) {
	var done StockChange
	for i := range lines {
		m, field, err := moves(i)
		if err == nil {
			err = u.Move(m...)
		}
		if err != nil {
			return done, atLine(err, i, field)
		}
		b.Stock = append(b.Stock, m...)
		p, err := u.Position(m[0].SKU, m[0].Location)
		if err != nil {
			return done, err
		}
		done.Positions = append(done.Positions, p)
	}
	done.ID = u.NewID(prefix)
	u.Record(work.Event{Type: event, Aggregate: done.ID, Version: 1, Body: b, Personal: note(free)})
	return done, nil
}

// atLine says which line of the request a rule refuses.
func atLine(err error, i int, field string) error {
	e := errs.As(err)
	if e == nil || len(e.Problems) > 0 {
		return err
	}
	e = e.With()
	e.Problems = []errs.Problem{{Pointer: "/lines/" + strconv.Itoa(i) + "/" + field, Code: e.Code, Detail: e.Detail}}
	return e
}

const (
	maxStockLines = 1_000
	maxReference  = 100
	maxNote       = 1_000
)

func needLine(n *work.Needs, sku string) {
	n.Positions(sku)
	n.Refs(Products.Spec, sku)
}

// checkLines adds what is wrong with the SKUs of lines, and with their locations where lines have them: both must
// exist, and a kit has no stock of its own.
func checkLines(u *work.Unit, list *errs.List, n int, sku, location func(i int) string) error {
	if n == 0 || n > maxStockLines {
		list.Add("/lines", "out_of_range", "give 1 to %d lines", maxStockLines)
		return list.Err()
	}
	skus := make([]string, n)
	for i := range skus {
		skus[i] = sku(i)
	}
	if err := Products.Refs(u, skus); err != nil {
		return err
	}
	for i := range n {
		at := "/lines/" + strconv.Itoa(i)
		if err := checkSKU(u, list, at+"/sku", skus[i]); err != nil {
			return err
		}
		if location == nil {
			continue
		}
		if err := checkLocation(u, list, at+"/location", location(i)); err != nil {
			return err
		}
	}
	return nil
}

func checkSKU(u *work.Unit, list *errs.List, at, sku string) error {
	p, err := Products.Ref(u, sku)
	switch {
	case err != nil:
		return err
	case p == nil:
		list.Add(at, "unknown_sku", "there is no product %q", errs.Clip(sku))
	case p.IsKit():
		list.Add(at, "is_kit", "%s is a kit and has no stock of its own; name its components", errs.Clip(sku))
	}
	return nil
}

func checkLocation(u *work.Unit, list *errs.List, at, code string) error {
	l, err := Locations.Ref(u, code)
	if err == nil && l == nil {
		list.Add(at, "unknown_location", "there is no location %q", errs.Clip(code))
	}
	return err
}

func checkQuantity(list *errs.List, at string, n int64) {
	if n < 1 || n > inventory.MaxQuantity {
		list.Add(at, "out_of_range", "give a whole number from 1 to %d", int64(inventory.MaxQuantity))
	}
}

func checkReason(list *errs.List, at, reason string, known []string) {
	if !slices.Contains(known, reason) {
		list.Add(at, "unknown_value", "give one of %s", strings.Join(known, ", "))
	}
}

func checkText(list *errs.List, at, s string, most int) {
	if utf8.RuneCountInString(s) > most {
		list.Add(at, "too_long", "at most %d characters", most)
	}
}

func shelves() string {
	out := make([]string, len(inventory.Shelves))
	for i, b := range inventory.Shelves {
		out[i] = string(b)
	}
	return strings.Join(out, ", ")
}

// SetStockPolicy says how a position is kept.
type SetStockPolicy struct {
	SKU      string
	Location string
	Policy   inventory.Policy
	Compare  *inventory.Policy // what the caller believes it is; nil for anything
}

// Needs implements work.Command.
func (c *SetStockPolicy) Needs(n *work.Needs) { needLine(n, c.SKU) }

// Run implements work.Command.
func (c *SetStockPolicy) Run(u *work.Unit) (inventory.Position, error) {
	var list errs.List
	if p, err := Products.Ref(u, c.SKU); err != nil || p == nil {
		return inventory.Position{}, or(err, errs.Unknown("product", c.SKU))
	}
	if l, err := Locations.Ref(u, c.Location); err != nil || l == nil {
		return inventory.Position{}, or(err, errs.Unknown("location", c.Location))
	}
	if err := checkSKU(u, &list, "", c.SKU); err != nil {
		return inventory.Position{}, err
	}
	for name, n := range map[string]int64{"safety": c.Policy.Safety, "backorder_limit": c.Policy.BackorderLimit, "reorder_point": c.Policy.ReorderPoint} {
		if n < 0 || n > inventory.MaxQuantity {
			list.Add("/"+name, "out_of_range", "give a number from 0 to %d", int64(inventory.MaxQuantity))
		}
	}
	if err := list.Err(); err != nil {
		return inventory.Position{}, err
	}
	p, err := u.Position(c.SKU, c.Location)
	if err != nil {
		return p, err
	}
	next, moves, err := p.SetPolicy(c.Policy, c.Compare)
	if err != nil || p.Policy() == c.Policy {
		return p, err
	}
	u.SetPosition(next)
	if err := u.Move(moves...); err != nil {
		return p, err
	}
	u.Record(work.Event{
		Type: "stock.policy_set", Aggregate: u.NewID("pol"), Version: 1,
		Body: StockBody{Policy: &PolicyFact{c.SKU, c.Location, c.Policy}, Stock: moves},
	})
	return u.Position(c.SKU, c.Location)
}

func or(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// Submit runs a command.
func Submit[R any](ctx context.Context, a *App, c work.Command[R], meta work.Meta) work.Outcome {
	return work.Submit(ctx, a.Committer, c, meta)
}

// Try runs a command without effect. The ids of what it would make name nothing.
func Try[R any](ctx context.Context, a *App, c work.Command[R], meta work.Meta) (R, error) {
	return work.DryRun(ctx, a.Committer, c, meta)
}
