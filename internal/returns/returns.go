// Package returns holds what comes back from customers: returns (RMA), exchanges and claims, the policies that they are
// judged by, and the rules that take them from the request to the last unit's shelf.
//
// What lives here: types and pure functions (state, input and time in, new state out). What does not: the counters and
// the money of the order, stock and labels, which other domains own; package app brings them together.
// The one idea: units are counted, never assumed. What was asked for, what came, and what was accepted are three
// numbers of each line, and money follows the last one only (R2).
package returns

import (
	"fmt"
	"maps"
	"slices"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Type tells returns from exchanges and claims.
type Type string

// The types.
const (
	Plain    Type = "return"
	Exchange Type = "exchange" // a return with new lines on the same order
	Claim    Type = "claim"    // nothing has to come back
)

// Types lists them.
var Types = []Type{Plain, Exchange, Claim}

// Status is the state of a return.
type Status string

// The states of a return.
const (
	Requested         Status = "requested"
	Approved          Status = "approved"
	Declined          Status = "declined"
	LabelIssued       Status = "label_issued"
	InTransit         Status = "in_transit"
	PartiallyReceived Status = "partially_received"
	Received          Status = "received"
	Inspected         Status = "inspected"
	Closed            Status = "closed"
	Canceled          Status = "canceled"
	Expired           Status = "expired"
	Lost              Status = "lost"
)

// Statuses lists them.
var Statuses = []Status{Requested, Approved, Declined, LabelIssued, InTransit, PartiallyReceived, Received, Inspected, Closed, Canceled, Expired, Lost}

// Ended are the states that nothing leads out of.
var Ended = []Status{Declined, Closed, Canceled, Expired, Lost}

// ToRefund is the stage of what was accepted while money of the order has not arrived.
const ToRefund = "to_refund"

// Stages groups states by what is to be done next, as people who do it look for work.
var Stages = map[string][]Status{
	"to_approve": {Requested},
	"expected":   {Approved, LabelIssued, InTransit, PartiallyReceived},
	"to_inspect": {PartiallyReceived, Received},
	"to_dispose": {Inspected},
	ToRefund:     {PartiallyReceived, Received, Inspected, Closed},
	"open":       {Requested, Approved, LabelIssued, InTransit, PartiallyReceived, Received, Inspected},
}

// StageNames are the names of Stages, in the order of the work.
var StageNames = []string{"to_approve", "expected", "to_inspect", "to_dispose", ToRefund, "open"}

// transitions lists what may happen in each state, and where it leads. A parcel that arrives without anybody having
// told that it left is in transit first (Receive). The units of a receipt may be inspected while others are under way;
// the state then stays.
var transitions = map[Status]map[string]Status{
	Requested:         {"approve": Approved, "decline": Declined, "cancel": Canceled},
	Approved:          {"label": LabelIssued, "ship": InTransit, "expire": Expired, "cancel": Canceled, "keep": Closed},
	LabelIssued:       {"unlabel": Approved, "ship": InTransit, "expire": Expired, "cancel": Canceled},
	InTransit:         {"receive_some": PartiallyReceived, "receive_all": Received, "lose": Lost},
	PartiallyReceived: {"receive_some": PartiallyReceived, "receive_all": Received, "inspect_some": PartiallyReceived},
	Received:          {"inspect_some": Received, "inspect_all": Inspected},
	Inspected:         {"move": Inspected, "close": Closed},
}

// events are the steps that people take, and the events of the table that each can become.
var events = map[string][]string{
	"approve": {"approve"}, "decline": {"decline"}, "cancel": {"cancel"}, "label": {"label"}, "ship": {"ship"}, "lose": {"lose"},
	"receive": {"receive_some", "receive_all", "ship"}, "inspect": {"inspect_some", "inspect_all"}, "dispose": {"move"},
}

// Return is a part of an order: what the customer sends back, or claims, of it.
type Return struct {
	doc.Meta
	Order     string      `json:"order"`
	Type      Type        `json:"type"`
	Status    Status      `json:"status"`
	Lines     []Line      `json:"lines"`
	Policy    Policy      `json:"policy"`  // a copy: later versions do not change what was agreed
	Verdict   Verdict     `json:"verdict"` // of the policy
	Findings  []Finding   `json:"findings,omitzero"`
	Override  *Override   `json:"override,omitzero"` // staff went over the policy
	Location  string      `json:"location,omitzero"` // where to
	RefundTo  string      `json:"refund_to"`         // ToTender or ToCredit
	Account   string      `json:"account,omitzero"`  // of store credit
	Reason    string      `json:"reason,omitzero"`   // why it was declined, canceled or lost
	Label     string      `json:"label,omitzero"`    // id; empty: the customer ships on own account
	Carrier   string      `json:"carrier,omitzero"`
	Tracking  string      `json:"tracking_number,omitzero"`
	ArrivedAt micros.Time `json:"arrived_at,omitzero"` // as the carrier of the label says; it is not unpacked
	Prepaid   bool        `json:"prepaid,omitzero"`    // it came with a label that the merchant paid for
	Receipts  []Receipt   `json:"receipts,omitzero"`
	Pieces    []Piece     `json:"pieces,omitzero"`
	Refunds   []Refund    `json:"refunds,omitzero"`
	Swap      *Swap       `json:"swap,omitzero"`   // of an exchange
	Remedy    string      `json:"remedy,omitzero"` // of a claim
	Sent      []string    `json:"sent,omitzero"`   // order lines that replace units of a claim
	At        micros.Time `json:"at"`
	ExpiresAt micros.Time `json:"expires_at,omitzero"` // unless something is under way by then
	ClosedAt  micros.Time `json:"closed_at,omitzero"`
}

// Where refunds go.
const (
	ToTender = "tender"       // back to the payments of the order
	ToCredit = "store_credit" // an account of the customer
)

// RefundTos lists them.
var RefundTos = []string{ToTender, ToCredit}

// Line is units of one line of the order.
//
// Open is what is still undecided: Quantity = Open + Kept + Accepted + Rejected + Gone.
type Line struct {
	Line      string `json:"line"`
	SKU       string `json:"sku"`
	Quantity  int64  `json:"quantity"` // asked for
	Reason    string `json:"reason"`
	Fault     string `json:"fault"`              // whose it is, by the reason: fees are for the customer's
	Condition string `json:"condition,omitzero"` // as the customer says
	Received  int64  `json:"received,omitzero"`  // came to the location
	Kept      int64  `json:"kept,omitzero"`      // settled without coming back: kept by the customer, or claimed
	Accepted  int64  `json:"accepted,omitzero"`  // of those received
	Rejected  int64  `json:"rejected,omitzero"`  // of those received
	Gone      int64  `json:"gone,omitzero"`      // will not come: canceled, expired, lost, or not in the parcel
	Inspected int64  `json:"inspected,omitzero"` // of those received: have a piece
	FeeFree   bool   `json:"fee_free,omitzero"`  // the law of the country, or staff, waives fees
}

// Open is what is still to be decided about.
func (l Line) Open() int64 { return l.Quantity - l.Kept - l.Accepted - l.Rejected - l.Gone }

// Expected is what is still to come.
func (l Line) Expected() int64 { return l.Quantity - l.Kept - l.Received - l.Gone }

// Units is a quantity of one line of the order.
type Units struct {
	Line     string `json:"line"`
	Quantity int64  `json:"quantity"`
}

// Receipt is one parcel, or one part of it, as it was unpacked.
type Receipt struct {
	At         micros.Time `json:"at"`
	By         string      `json:"by"`
	Lines      []Units     `json:"lines,omitzero"`
	Unexpected []Stray     `json:"unexpected,omitzero"`
}

// Stray is something in the parcel that the return does not name. It moves no stock: a person decides.
type Stray struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Disposition is what becomes of a unit that came back (R3).
type Disposition string

// The dispositions. Those in Processing are not the last word: the units stay in the quality bucket until they move.
const (
	Restock          Disposition = "restock"
	Refurbish        Disposition = "refurbish"
	Quarantine       Disposition = "quarantine"
	Scrap            Disposition = "scrap"
	ReturnToVendor   Disposition = "return_to_vendor"
	ReturnToCustomer Disposition = "return_to_customer"
)

// Dispositions lists them.
var Dispositions = []Disposition{Restock, Refurbish, Quarantine, Scrap, ReturnToVendor, ReturnToCustomer}

// Processing are the dispositions that a later one follows.
var Processing = []Disposition{Refurbish, Quarantine}

// Piece is units of a line that were inspected together, with the one disposition that they have (R3).
type Piece struct {
	ID          string      `json:"id"` // "1", "2", …
	Line        string      `json:"line"`
	Quantity    int64       `json:"quantity"`
	Condition   string      `json:"condition"`
	Accepted    bool        `json:"accepted"`
	Reason      string      `json:"reason,omitzero"` // why it was rejected
	Disposition Disposition `json:"disposition"`
	Location    string      `json:"location"`
	Bucket      string      `json:"bucket,omitzero"` // of a restock: available, damaged or quality
	From        string      `json:"from,omitzero"`   // id of the piece that it was taken from by a later move
	By          string      `json:"by"`
	At          micros.Time `json:"at"`
}

// Refund is money that was decided to be given back for units of the return.
type Refund struct {
	Grant    string      `json:"grant"` // of the order
	Lines    []Units     `json:"lines,omitzero"`
	Items    int64       `json:"items"`             // what the units cost with their shares of discounts and taxes
	Shipping int64       `json:"shipping,omitzero"` // of the order's delivery
	Fees     int64       `json:"fees,omitzero"`     // taken off
	Amount   int64       `json:"amount"`            // items + shipping - fees
	Bonus    int64       `json:"bonus,omitzero"`    // of store credit, on top
	At       micros.Time `json:"at"`
}

// Override is a decision of staff against the policy.
type Override struct {
	By     string      `json:"by"`
	Reason string      `json:"reason"` // a code
	At     micros.Time `json:"at"`
}

// Allowed lists the steps that may be taken now.
func Allowed(r *Return) []string {
	out := []string{}
	for _, step := range slices.Sorted(maps.Keys(events)) {
		if r.Type == Claim && step != "cancel" && step != "decline" && step != "approve" {
			continue
		}
		if slices.ContainsFunc(events[step], func(e string) bool { _, ok := transitions[r.Status][e]; return ok }) {
			out = append(out, step)
		}
	}
	return append(out, AllowedSwap(r)...)
}

// Over reports whether nothing more can happen.
func (r *Return) Over() bool { return slices.Contains(Ended, r.Status) }

// Line returns the line for units of a line of the order, or nil.
func (r *Return) Line(id string) *Line {
	for i := range r.Lines {
		if r.Lines[i].Line == id {
			return &r.Lines[i]
		}
	}
	return nil
}

// Piece returns the piece with the id, or nil.
func (r *Return) Piece(id string) *Piece {
	for i := range r.Pieces {
		if r.Pieces[i].ID == id {
			return &r.Pieces[i]
		}
	}
	return nil
}

// Clone copies what rules change.
func Clone(r *Return) *Return {
	c := *r
	c.Lines, c.Receipts, c.Pieces = slices.Clone(r.Lines), slices.Clone(r.Receipts), slices.Clone(r.Pieces)
	c.Refunds, c.Sent = slices.Clone(r.Refunds), slices.Clone(r.Sent)
	if r.Swap != nil {
		s := *r.Swap
		s.Lines = slices.Clone(s.Lines)
		c.Swap = &s
	}
	return &c
}

// step returns a copy in the state after an event of the table.
func step(r *Return, event, word string) (*Return, error) {
	to, ok := transitions[r.Status][event]
	if !ok {
		return r, errs.IllegalTransition("the "+string(r.Type), string(r.Status), word, Allowed(r))
	}
	c := Clone(r)
	c.Status = to
	return c, nil
}

// Check is the invariants of one return (R3 among them). A violation is a defect, never the request's fault. It holds
// for any document, also one that something else wrote.
func Check(r *Return) error {
	if !slices.Contains(Statuses, r.Status) || !slices.Contains(Types, r.Type) {
		return fmt.Errorf("R3: %s is a %q in state %q", r.ID, r.Type, r.Status)
	}
	if !r.checkSwap() {
		return fmt.Errorf("R2: %s is a %s with the replacement %+v", r.ID, r.Type, r.Swap)
	}
	pieces := map[string][2]int64{} // by line: accepted, rejected
	for _, p := range r.Pieces {
		if p.Quantity < 1 || !slices.Contains(Dispositions, p.Disposition) || p.Location == "" || (p.Disposition == Restock) == (p.Bucket == "") || r.Line(p.Line) == nil {
			return fmt.Errorf("R3: piece %s of %s: %d units of line %q, %q at %q %s", p.ID, r.ID, p.Quantity, p.Line, p.Disposition, p.Location, p.Bucket)
		}
		n := pieces[p.Line]
		if p.Accepted {
			n[0] += p.Quantity
		} else {
			n[1] += p.Quantity
		}
		pieces[p.Line] = n
	}
	receipts := map[string]int64{}
	for _, x := range r.Receipts {
		for _, u := range x.Lines {
			receipts[u.Line] += u.Quantity
		}
	}
	for _, l := range r.Lines {
		if err := r.checkLine(l, pieces[l.Line], receipts[l.Line]); err != nil {
			return err
		}
	}
	return r.checkMoney()
}

func (r *Return) checkLine(l Line, pieces [2]int64, received int64) error {
	for _, n := range [...]int64{l.Received, l.Kept, l.Accepted, l.Rejected, l.Gone, l.Inspected, l.Open(), l.Expected()} {
		if n < 0 || n > l.Quantity {
			return fmt.Errorf("R3: a counter of line %s of %s is not between 0 and %d: %+v", l.Line, r.ID, l.Quantity, l)
		}
	}
	early := r.Policy.RefundAt == AtReceived // what came is accepted before anybody looks at it
	switch {
	case l.Received != received:
		return fmt.Errorf("R3: line %s of %s has received %d, its receipts %d", l.Line, r.ID, l.Received, received)
	case l.Inspected != pieces[0]+pieces[1] || l.Inspected > l.Received:
		return fmt.Errorf("R3: line %s of %s: %d received, %d inspected, its pieces have %d", l.Line, r.ID, l.Received, l.Inspected, pieces[0]+pieces[1])
	case l.Rejected != pieces[1] || !early && l.Accepted != pieces[0] || early && l.Accepted+l.Rejected != l.Received:
		return fmt.Errorf("R3: line %s of %s: %d accepted and %d rejected, its pieces have %d and %d", l.Line, r.ID, l.Accepted, l.Rejected, pieces[0], pieces[1])
	case r.Over() && l.Open() != 0:
		return fmt.Errorf("R3: %s is %s, %d units of line %s are undecided", r.ID, r.Status, l.Open(), l.Line)
	}
	return nil
}

// checkMoney is R2 as far as the return alone shows it: no unit is refunded that was not accepted, none twice.
func (r *Return) checkMoney() error {
	refunded := map[string]int64{}
	for _, f := range r.Refunds {
		for _, u := range f.Lines {
			refunded[u.Line] += u.Quantity
		}
		if f.Amount < 0 || f.Items < 0 || f.Shipping < 0 || f.Fees < 0 || f.Bonus < 0 || f.Amount != f.Items+f.Shipping-f.Fees {
			return fmt.Errorf("R2: %s refunds %+v", r.ID, f)
		}
	}
	for line, n := range refunded {
		if l := r.Line(line); l == nil || n > l.Accepted+l.Kept {
			return fmt.Errorf("R2: %s refunds %d units of line %s, fewer were accepted", r.ID, n, line)
		}
	}
	return nil
}
