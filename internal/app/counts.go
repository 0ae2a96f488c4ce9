package app

import (
	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/work"
)

// CreateCount drafts a cycle count of SKUs at a location.
type CreateCount struct {
	Location  string
	SKUs      []string
	Reason    string
	Reference string
	Tolerance int64 // units of a line that may differ without anybody looking at it
}

// Needs implements work.Command.
func (c *CreateCount) Needs(n *work.Needs) { n.Refs(Products.Spec, c.SKUs...) }

// Run implements work.Command.
func (c *CreateCount) Run(u *work.Unit) (*inventory.Count, error) {
	var list errs.List
	checkText(&list, "/reference", c.Reference, maxReference)
	checkReason(&list, "/reason", c.Reason, inventory.CountReasons)
	if c.Tolerance < 0 || c.Tolerance > inventory.MaxQuantity {
		list.Add("/tolerance", "out_of_range", "give units, from 0 to %d", int64(inventory.MaxQuantity))
	}
	if err := checkLocation(u, &list, "/location", c.Location); err != nil {
		return nil, err
	}
	if err := checkSKUs(u, &list, c.SKUs); err != nil {
		return nil, err
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	n := &inventory.Count{Location: c.Location, Status: inventory.CountDraft, Reference: c.Reference, Reason: c.Reason, Tolerance: c.Tolerance, CreatedAt: u.Now()}
	for _, sku := range c.SKUs {
		n.Lines = append(n.Lines, inventory.CountLine{SKU: sku})
	}
	n.ID = u.NewID("cnt")
	Counts.Create(u, n)
	u.Record(work.Event{Type: "stock.count_drafted", Aggregate: n.ID, Body: StockBody{Count: n}})
	return n, nil
}

// MoveCount takes a count one step on. Posting changes stock by the variances.
type MoveCount struct {
	Count   string
	Step    string // start, record, submit, approve, recount, reject or post
	Tallies []inventory.Tally
}

// countEvents are the events of the steps.
var countEvents = map[string]string{
	"start": "stock.count_started", "record": "stock.count_recorded", "submit": "stock.count_submitted", "approve": "stock.count_approved",
	"recount": "stock.count_started", "reject": "stock.count_rejected", "post": "stock.counted",
}

// Needs implements work.Command.
func (c *MoveCount) Needs(n *work.Needs) { n.Docs(Counts.Spec, c.Count) }

// Run implements work.Command.
func (c *MoveCount) Run(u *work.Unit) (*inventory.Count, error) {
	n, err := Counts.Get(u, c.Count)
	if err != nil {
		return nil, err
	}
	if err := u.CheckVersion("count", n.Version); err != nil {
		return nil, err
	}
	onHand, err := c.books(u, n)
	if err != nil {
		return nil, err
	}
	n, moves, err := c.step(u, n, onHand)
	if err != nil {
		return nil, err
	}
	for i, m := range moves {
		p, err := u.Position(m.SKU, m.Location)
		if err != nil {
			return nil, err
		}
		if _, err := inventory.Adjust(p, m.Delta); err != nil { // what was promised is not there: somebody has to decide whose order waits
			return nil, atLine(err, i, "counted")
		}
	}
	if err := u.Move(moves...); err != nil {
		return nil, err
	}
	if err := Counts.Put(u, n); err != nil {
		return nil, err
	}
	b := StockBody{Count: n, Stock: moves}
	if c.Step == "post" {
		b.Reason = n.Reason
	}
	u.Record(work.Event{Type: countEvents[c.Step], Aggregate: n.ID, Body: b})
	return n, nil
}

// books reads what stock says of the count's SKUs now, where the step asks for it.
func (c *MoveCount) books(u *work.Unit, n *inventory.Count) (func(string) int64, error) {
	switch c.Step {
	case "start", "recount", "record", "post":
	default:
		return nil, nil
	}
	if err := u.Require(func(need *work.Needs) { need.Positions(n.SKUs()...) }); err != nil {
		return nil, err
	}
	onHand := map[string]int64{}
	for _, sku := range n.SKUs() {
		p, err := u.Position(sku, n.Location)
		if err != nil {
			return nil, err
		}
		onHand[sku] = p.Get(inventory.OnHand)
	}
	return func(sku string) int64 { return onHand[sku] }, nil
}

func (c *MoveCount) step(u *work.Unit, n *inventory.Count, onHand func(string) int64) (next *inventory.Count, moves []inventory.Movement, err error) {
	switch c.Step {
	case "start":
		next, err = n.Start(onHand, u.Now())
	case "record":
		next, err = n.Record(c.Tallies, onHand, u.Now())
	case "submit":
		next, err = n.Submit()
	case "approve":
		next, err = n.Approve()
	case "recount":
		next, err = n.Recount(onHand, u.Now())
	case "reject":
		next, err = n.Reject(u.Now())
	default:
		return n.Post(u.Now())
	}
	return next, nil, err
}
