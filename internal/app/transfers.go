package app

import (
	"slices"
	"strconv"

	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/work"
)

// CreateTransfer drafts a transfer between two locations. Nothing moves yet.
type CreateTransfer struct {
	From      string
	To        string
	Reference string
	Lines     []TransferLine
}

// TransferLine is what a transfer sends of a SKU.
type TransferLine struct {
	SKU      string `json:"sku" minLength:"1" maxLength:"64" example:"MUG"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"1000000000" example:"12"`
}

// Needs implements work.Command.
func (c *CreateTransfer) Needs(n *work.Needs) {
	for _, l := range c.Lines {
		n.Refs(Products.Spec, l.SKU)
	}
}

// Run implements work.Command.
func (c *CreateTransfer) Run(u *work.Unit) (*inventory.Transfer, error) {
	var list errs.List
	checkText(&list, "/reference", c.Reference, maxReference)
	if c.From == c.To {
		list.Add("/to", "not_allowed", "the units are there already")
	}
	for at, code := range map[string]string{"/from": c.From, "/to": c.To} {
		if err := checkLocation(u, &list, at, code); err != nil {
			return nil, err
		}
	}
	lines, err := transferLines(u, &list, c.Lines)
	if err != nil {
		return nil, err
	}
	t := &inventory.Transfer{From: c.From, To: c.To, Reference: c.Reference, Status: inventory.TransferDraft, Lines: lines, CreatedAt: u.Now()}
	t.ID = u.NewID("trf")
	Transfers.Create(u, t)
	u.Record(work.Event{Type: "stock.transfer_drafted", Aggregate: t.ID, Body: StockBody{Transfer: t}})
	return t, nil
}

// transferLines checks lines: each SKU stands once, exists and has stock of its own.
func transferLines(u *work.Unit, list *errs.List, in []TransferLine) ([]inventory.TransferLine, error) {
	skus := make([]string, len(in))
	for i, l := range in {
		skus[i] = l.SKU
	}
	if err := checkSKUs(u, list, skus); err != nil {
		return nil, err
	}
	out := make([]inventory.TransferLine, len(in))
	for i, l := range in {
		checkQuantity(list, "/lines/"+strconv.Itoa(i)+"/quantity", l.Quantity)
		out[i] = inventory.TransferLine{SKU: l.SKU, Quantity: l.Quantity}
	}
	return out, list.Err()
}

// checkSKUs adds what is wrong with lines that each name a SKU once.
func checkSKUs(u *work.Unit, list *errs.List, skus []string) error {
	if n := len(skus); n == 0 || n > maxStockLines {
		list.Add("/lines", "out_of_range", "give 1 to %d lines", maxStockLines)
		return list.Err()
	}
	if err := Products.Refs(u, skus); err != nil {
		return err
	}
	for i, sku := range skus {
		at := "/lines/" + strconv.Itoa(i) + "/sku"
		if err := checkSKU(u, list, at, sku); err != nil {
			return err
		}
		if slices.Contains(skus[:i], sku) {
			list.Add(at, "duplicate", "%s stands above already; add the quantities up", errs.Clip(sku))
		}
	}
	return nil
}

// MoveTransfer takes a transfer one step on, and with it the stock at both ends.
type MoveTransfer struct {
	Transfer string
	Step     string // edit, ready, dispatch, receive or cancel
	Lines    []TransferLine
	Arrivals []inventory.Arrival
	Outcome  string // of what is under way when it is canceled
	Reason   string
}

// transferEvents are the events of the steps.
var transferEvents = map[string]string{
	"edit": "stock.transfer_changed", "ready": "stock.transfer_readied", "dispatch": "stock.transfer_dispatched",
	"receive": "stock.transfer_received", "cancel": "stock.transfer_canceled",
}

// Needs implements work.Command.
func (c *MoveTransfer) Needs(n *work.Needs) {
	n.Docs(Transfers.Spec, c.Transfer)
	for _, l := range c.Lines {
		n.Refs(Products.Spec, l.SKU)
	}
}

// Run implements work.Command.
func (c *MoveTransfer) Run(u *work.Unit) (*inventory.Transfer, error) {
	t, err := Transfers.Get(u, c.Transfer)
	if err != nil {
		return nil, err
	}
	if err := u.CheckVersion("transfer", t.Version); err != nil {
		return nil, err
	}
	t, moves, err := c.step(u, t)
	if err != nil {
		return nil, err
	}
	if err := u.Require(func(n *work.Needs) { n.Positions(movedSKUs(moves)...) }); err != nil {
		return nil, err
	}
	if c.Step == "dispatch" {
		if err := c.unpromised(u, t); err != nil {
			return nil, err
		}
	}
	if err := u.Move(moves...); err != nil {
		return nil, err
	}
	if err := Transfers.Put(u, t); err != nil {
		return nil, err
	}
	u.Record(work.Event{Type: transferEvents[c.Step], Aggregate: t.ID, Body: StockBody{Reason: c.Reason, Transfer: t, Stock: moves}})
	return t, nil
}

func (c *MoveTransfer) step(u *work.Unit, t *inventory.Transfer) (*inventory.Transfer, []inventory.Movement, error) {
	switch c.Step {
	case "ready":
		t, err := t.Ready()
		return t, nil, err
	case "dispatch":
		return t.Dispatch(u.Now())
	case "receive":
		return t.Receive(c.Arrivals, u.Now())
	case "cancel":
		return t.Cancel(c.Outcome, c.Reason, u.Now())
	}
	var list errs.List
	lines, err := transferLines(u, &list, c.Lines)
	if err != nil {
		return t, nil, err
	}
	t, err = t.SetLines(lines)
	return t, nil, err
}

// unpromised refuses to send away what orders were promised.
func (c *MoveTransfer) unpromised(u *work.Unit, t *inventory.Transfer) error {
	for i, l := range t.Lines {
		p, err := u.Position(l.SKU, t.From)
		if err != nil {
			return err
		}
		if _, err := inventory.Adjust(p, -l.Quantity); err != nil {
			return atLine(err, i, "quantity")
		}
	}
	return nil
}

func movedSKUs(moves []inventory.Movement) []string {
	var out []string
	for _, m := range moves {
		if !slices.Contains(out, m.SKU) {
			out = append(out, m.SKU)
		}
	}
	return out
}
