package inventory

import (
	"slices"
	"strconv"
	"strings"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// TransferStatus is the state of a transfer between two locations.
type TransferStatus string

// The states of a transfer.
const (
	TransferDraft     TransferStatus = "draft"
	TransferReady     TransferStatus = "ready"
	TransferInTransit TransferStatus = "in_transit"
	TransferPartial   TransferStatus = "partially_received"
	TransferReceived  TransferStatus = "received"
	TransferCanceled  TransferStatus = "canceled"
)

// TransferStatuses lists them all.
var TransferStatuses = []TransferStatus{TransferDraft, TransferReady, TransferInTransit, TransferPartial, TransferReceived, TransferCanceled}

var transferSteps = steps[TransferStatus]{
	TransferDraft:     {"edit", "ready", "cancel"},
	TransferReady:     {"dispatch", "cancel"},
	TransferInTransit: {"receive", "cancel"},
	TransferPartial:   {"receive"},
}

// Transfer moves units from one location to another in two phases: on hand falls at the source when it is dispatched,
// and rises at the destination when it is received. In between the units count as in transit to the destination.
type Transfer struct {
	doc.Meta
	From         string         `json:"from"`
	To           string         `json:"to"`
	Status       TransferStatus `json:"status"`
	Reference    string         `json:"reference,omitzero"`
	Lines        []TransferLine `json:"lines"`
	Outcome      string         `json:"outcome,omitzero"` // of units that were under way when it was canceled
	Reason       string         `json:"reason,omitzero"`  // of the cancellation
	CreatedAt    micros.Time    `json:"created_at"`
	DispatchedAt micros.Time    `json:"dispatched_at,omitzero"`
	ClosedAt     micros.Time    `json:"closed_at,omitzero"` // received or canceled
}

// TransferLine is one SKU of a transfer. Once dispatched: quantity = received + damaged + missing + restored + written
// off + what is still under way.
type TransferLine struct {
	SKU        string `json:"sku"`
	Quantity   int64  `json:"quantity"`
	Received   int64  `json:"received,omitzero"` // in good order
	Damaged    int64  `json:"damaged,omitzero"`  // arrived, not sellable
	Missing    int64  `json:"missing,omitzero"`  // closed by a reason: never arrived
	Restored   int64  `json:"restored,omitzero"` // back at the source when it was canceled
	WrittenOff int64  `json:"written_off,omitzero"`
	Reason     string `json:"reason,omitzero"` // of what is missing
}

// Rest is what is still under way of a transfer that was dispatched.
func (l TransferLine) Rest() int64 {
	return l.Quantity - l.Received - l.Damaged - l.Missing - l.Restored - l.WrittenOff
}

// Outcomes of units under way when a transfer is canceled.
const (
	Restore  = "restore"   // they are back at the source
	WriteOff = "write_off" // they are lost
)

// DiscrepancyReasons are the reasons why units of a transfer never arrive.
var DiscrepancyReasons = []string{"lost", "damaged", "short_shipped", "miscounted", "other"}

// TransferCancelReasons are the reasons why a transfer is given up.
var TransferCancelReasons = []string{"not_needed", "returned", "lost", "damaged", "mistake", "other"}

// Arrival is what came of one SKU of a transfer.
type Arrival struct {
	SKU     string
	Good    int64
	Damaged int64
	Missing int64
	Reason  string // required when units are missing
}

// Moving reports whether units of it are under way.
func (t *Transfer) Moving() bool { return t.Status == TransferInTransit || t.Status == TransferPartial }

// Allowed lists what may happen now.
func (t *Transfer) Allowed() []string { return transferSteps.allowed(t.Status) }

// SetLines replaces the lines of a draft.
func (t *Transfer) SetLines(lines []TransferLine) (*Transfer, error) {
	if err := transferSteps.check("the transfer", t.Status, "edit"); err != nil {
		return t, err
	}
	c := *t
	c.Lines = lines
	return &c, nil
}

// Ready ends the drafting: it may be dispatched.
func (t *Transfer) Ready() (*Transfer, error) {
	if err := transferSteps.check("the transfer", t.Status, "ready"); err != nil {
		return t, err
	}
	c := *t
	c.Status = TransferReady
	return &c, nil
}

// Dispatch lets the units leave the source. The movements of a SKU at the source and at the destination stand
// together; whether the source can give them, Adjust decides.
func (t *Transfer) Dispatch(now micros.Time) (*Transfer, []Movement, error) {
	if err := transferSteps.check("the transfer", t.Status, "dispatch"); err != nil {
		return t, nil, err
	}
	c := *t
	c.Status, c.DispatchedAt = TransferInTransit, now
	var moves []Movement
	for _, l := range t.Lines {
		moves = append(moves, Movement{l.SKU, t.From, OnHand, -l.Quantity}, Movement{l.SKU, t.To, InTransitIn, l.Quantity})
	}
	return &c, moves, nil
}

// Receive takes what arrived into the destination. What is neither received nor said to be missing stays under way.
func (t *Transfer) Receive(arrivals []Arrival, now micros.Time) (*Transfer, []Movement, error) {
	if err := transferSteps.check("the transfer", t.Status, "receive"); err != nil {
		return t, nil, err
	}
	c := *t
	c.Lines = slices.Clone(t.Lines)
	var moves []Movement
	var list errs.List
	if len(arrivals) == 0 {
		list.Add("/lines", "required", "say what arrived")
	}
	for i, a := range arrivals {
		at := "/lines/" + strconv.Itoa(i)
		j := slices.IndexFunc(c.Lines, func(l TransferLine) bool { return l.SKU == a.SKU })
		if j < 0 {
			list.Add(at+"/sku", "unknown_sku", "the transfer has no %q", errs.Clip(a.SKU))
			continue
		}
		if a.check(&list, at, c.Lines[j].Rest()) {
			moves = append(moves, c.Lines[j].take(t.To, a)...)
		}
	}
	if err := list.Err(); err != nil {
		return t, nil, err
	}
	c.Status = TransferPartial
	if !slices.ContainsFunc(c.Lines, func(l TransferLine) bool { return l.Rest() > 0 }) {
		c.Status, c.ClosedAt = TransferReceived, now
	}
	return &c, moves, nil
}

// check reports whether the arrival may be taken of what is under way.
func (a Arrival) check(list *errs.List, at string, rest int64) bool {
	for _, n := range []int64{a.Good, a.Damaged, a.Missing} {
		if n < 0 || n > MaxQuantity {
			list.Add(at, "out_of_range", "quantities are from 0 to %d", int64(MaxQuantity))
			return false
		}
	}
	switch n := a.Good + a.Damaged + a.Missing; {
	case n == 0:
		list.Add(at+"/quantity", "required", "say how many arrived, are damaged or are missing")
	case n > rest:
		list.Add(at+"/quantity", "out_of_range", "%d of %s are under way, %d are given; take more in by an adjustment", rest, a.SKU, n)
	case a.Missing > 0 && !slices.Contains(DiscrepancyReasons, a.Reason):
		list.Add(at+"/reason", "unknown_value", "say why units are missing: one of %s", strings.Join(DiscrepancyReasons, ", "))
	default:
		return true
	}
	return false
}

func (l *TransferLine) take(to string, a Arrival) []Movement {
	l.Received, l.Damaged, l.Missing = l.Received+a.Good, l.Damaged+a.Damaged, l.Missing+a.Missing
	if a.Missing > 0 {
		l.Reason = a.Reason
	}
	moves := []Movement{{l.SKU, to, InTransitIn, -(a.Good + a.Damaged + a.Missing)}}
	if n := a.Good + a.Damaged; n > 0 {
		moves = append(moves, Movement{l.SKU, to, OnHand, n})
	}
	if a.Damaged > 0 {
		moves = append(moves, Movement{l.SKU, to, Damaged, a.Damaged})
	}
	return moves
}

// Cancel gives it up. When units are under way, outcome says what became of them: back at the source, or written off.
func (t *Transfer) Cancel(outcome, reason string, now micros.Time) (*Transfer, []Movement, error) {
	if err := transferSteps.check("the transfer", t.Status, "cancel"); err != nil {
		return t, nil, err
	}
	c := *t
	c.Status, c.Reason, c.ClosedAt = TransferCanceled, reason, now
	var list errs.List
	if !slices.Contains(TransferCancelReasons, reason) {
		list.Add("/reason", "unknown_value", "give one of %s", strings.Join(TransferCancelReasons, ", "))
	}
	switch moving := t.Status == TransferInTransit; {
	case moving && outcome != Restore && outcome != WriteOff:
		list.Add("/outcome", "required", "units are under way: %s when they are back at %s, %s when they are lost", Restore, t.From, WriteOff)
	case !moving && outcome != "":
		list.Add("/outcome", "not_allowed", "nothing is under way; leave it out")
	}
	if err := list.Err(); err != nil || t.Status != TransferInTransit {
		return &c, nil, err
	}
	c.Outcome, c.Lines = outcome, slices.Clone(t.Lines)
	var moves []Movement
	for i, l := range t.Lines {
		n := l.Rest()
		moves = append(moves, Movement{l.SKU, t.To, InTransitIn, -n})
		if outcome == WriteOff {
			c.Lines[i].WrittenOff = n
			continue
		}
		c.Lines[i].Restored = n
		moves = append(moves, Movement{l.SKU, t.From, OnHand, n})
	}
	return &c, moves, nil
}
