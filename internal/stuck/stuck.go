// Package stuck says of everything that is not final what is expected of it next, until when, who or what has the turn,
// and what may safely be done when nothing comes.
//
// What lives here: the table of expectations, the repairs, and the rule by which a thing is late. What does not: where
// things are found (app), and what a repair does (the commands of app).
// The one idea: a thing that is not final and that no row of the table expects anything of would wait for ever, and
// nobody would know. So every state that is not final has its row.
package stuck

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ordo/internal/micros"
)

// Kind is what a thing is.
type Kind string

// The kinds, in the order in which they are listed.
const (
	Order       Kind = "order"
	Payment     Kind = "payment" // one entry of a payment
	Refund      Kind = "refund"  // money owed to the customer that nothing carries back
	Hold        Kind = "hold"
	Change      Kind = "order_change"
	Backorder   Kind = "backorder"
	Fulfillment Kind = "fulfillment"
	Label       Kind = "label"
	Parcel      Kind = "parcel" // what left and has not arrived
	Reservation Kind = "reservation"
	Transfer    Kind = "transfer"
	Count       Kind = "count"
	Return      Kind = "return" // also an exchange or a claim
	Case        Kind = "case"
	Job         Kind = "job"
)

// Kinds lists them all.
var Kinds = []Kind{Order, Payment, Refund, Hold, Change, Backorder, Fulfillment, Label, Parcel, Reservation, Transfer, Count, Return, Case, Job}

// What a thing waits for.
const (
	ForPerson   = "person"          // somebody here has to decide
	ForHold     = "hold"            // an open hold stops it
	ForStock    = "missing_stock"   // units that are not there
	ForMoney    = "missing_money"   // what is not paid
	ForOutcome  = "unknown_outcome" // a provider has not said what became of a call
	ForLocation = "location"        // the turn of the location
	ForCarrier  = "carrier"
	ForCustomer = "customer"
	ForSystem   = "system" // Ordo itself should have done it
)

// Causes lists them all.
var Causes = []string{ForPerson, ForHold, ForStock, ForMoney, ForOutcome, ForLocation, ForCarrier, ForCustomer, ForSystem}

// Expectation is a row of the table: of things of a kind in a state, what is to come next.
type Expectation struct {
	Kind   Kind
	State  string
	Next   string        // type of the event
	Within time.Duration // after the thing came into the state, unless the thing has a deadline of its own
	For    string        // what it waits for, where nothing else blocks it
	Repair []string      // codes of what may be done, the best first
}

const day = 24 * time.Hour

// Table has a row for each state that is not final.
var Table = []Expectation{
	{Order, "draft", "order.placed", 30 * day, ForPerson, []string{PlaceDraft, CancelOrder}},
	{Order, "pending", "order.accepted", 2 * time.Hour, ForMoney, []string{Advance, CancelOrder}},
	{Order, "unsourced", "order.sourced", time.Hour, ForStock, []string{Source}},
	{Order, "unpaid", "payment.captured", 14 * day, ForMoney, []string{SettleMoney, RemindPayer}},
	{Order, "open", "order.completed", day, ForSystem, []string{Advance}},
	{Payment, "requested", "payment.pending", 15 * time.Minute, ForOutcome, []string{AskProvider}},
	{Payment, "pending", "payment outcome", 15 * time.Minute, ForOutcome, []string{AskProvider}},
	{Payment, "by_hand", "payment.refunded", 3 * day, ForPerson, []string{RecordPayout}},
	{Refund, "owed", "payment.refunded", 4 * time.Hour, ForMoney, []string{SettleMoney}},
	{Hold, "open", "order.hold_released", 2 * day, ForPerson, []string{EndHolds, LiftHold}},
	{Hold, "awaiting_payment", "payment.authorized", 2 * day, ForMoney, []string{RemindPayer, AddPayment, EndHolds, CancelOrder}},
	{Change, "open", "order.change_previewed", 2 * day, ForPerson, []string{CancelChange}},
	{Change, "previewed", "order.changed", 2 * day, ForPerson, []string{ConfirmChange, CancelChange}},
	{Backorder, "parked", "order.sourced", day, ForStock, []string{Source}},
	{Backorder, "located", "stock.backorder_filled", 14 * day, ForStock, []string{FillBackorder}},
	{Fulfillment, "planned", "fulfillment.released", 2 * day, ForPerson, []string{Release}},
	{Fulfillment, "scheduled", "fulfillment.released", time.Hour, ForSystem, []string{Advance, Release}},
	{Fulfillment, "released", "fulfillment.accepted", day, ForLocation, []string{RejectWork}},
	{Fulfillment, "accepted", "fulfillment.picked", day, ForLocation, []string{RejectWork}},
	{Fulfillment, "picking", "fulfillment.packed", day, ForLocation, []string{AskLocation}},
	{Fulfillment, "packed", "fulfillment.shipped", day, ForLocation, []string{ShipWork}},
	{Fulfillment, "ready_for_pickup", "fulfillment.picked_up", 7 * day, ForCustomer, []string{NoShow}},
	{Fulfillment, "on_hold", "fulfillment.resumed", 2 * day, ForHold, []string{Resume}},
	{Fulfillment, "cancel_requested", "fulfillment.cancel_refused", day, ForLocation, []string{AskLocation}},
	{Label, "draft", "label.requested", time.Hour, ForPerson, []string{VoidLabel}},
	{Label, "label_pending", "label.bought", 15 * time.Minute, ForOutcome, []string{AskCarrier}},
	{Label, "label_failed", "label.requested", day, ForPerson, []string{BuyLabel}},
	{Label, "return_label_failed", "label.requested", day, ForCarrier, []string{RetryReturnLabel, OtherReturnCarrier, ReturnWithoutLabel}},
	{Label, "void_pending", "label.voided", time.Hour, ForOutcome, []string{AskCarrier}},
	{Parcel, "shipped", "fulfillment.delivered", 10 * day, ForCarrier, []string{TrackParcel, DeliverParcel}},
	{Reservation, "active", "stock.reservation_expired", 15 * time.Minute, ForSystem, []string{ReleaseCart}},
	{Transfer, "draft", "stock.transfer_ready", 14 * day, ForPerson, []string{CancelTransfer}},
	{Transfer, "ready", "stock.transfer_dispatched", 3 * day, ForLocation, []string{DispatchTransfer, CancelTransfer}},
	{Transfer, "in_transit", "stock.transfer_received", 7 * day, ForLocation, []string{ReceiveTransfer}},
	{Transfer, "partially_received", "stock.transfer_received", 3 * day, ForLocation, []string{ReceiveTransfer}},
	{Count, "draft", "stock.count_started", 14 * day, ForPerson, []string{RejectCount}},
	{Count, "counting", "stock.count_submitted", 2 * day, ForLocation, []string{SubmitCount, RejectCount}},
	{Count, "pending_review", "stock.count_approved", 2 * day, ForPerson, []string{ApproveCount}},
	{Count, "approved", "stock.counted", day, ForPerson, []string{PostCount}},
	{Return, "requested", "return.approved", 2 * day, ForPerson, []string{ApproveReturn, DeclineReturn}},
	{Return, "approved", "return.received", 30 * day, ForCustomer, []string{Advance, CancelReturn}},
	{Return, "label_issued", "return.received", 30 * day, ForCustomer, []string{Advance, CancelReturn}},
	{Return, "in_transit", "return.received", 14 * day, ForCarrier, []string{ReceiveReturn, LoseReturn}},
	{Return, "partially_received", "return.received", 7 * day, ForCarrier, []string{ReceiveReturn, InspectReturn}},
	{Return, "received", "return.inspected", 2 * day, ForPerson, []string{InspectReturn}},
	{Return, "inspected", "return.closed", 7 * day, ForPerson, []string{DisposeReturn}},
	{Return, "item_overdue", "exchange.charged", 2 * day, ForPerson, []string{ChargeExchange, WaiveExchange}},
	{Case, "new", "case.replied", 2 * day, ForPerson, []string{ReplyToCase, AssignCase}},
	{Case, "open", "case.replied", 2 * day, ForPerson, []string{ReplyToCase, MoveCase}},
	{Case, "pending_customer", "case.message_received", 14 * day, ForCustomer, []string{ReplyToCase, MoveCase}},
	{Case, "pending_internal", "case.status_changed", 2 * day, ForPerson, []string{MoveCase}},
	{Case, "on_hold", "case.status_changed", 7 * day, ForPerson, []string{MoveCase}},
	{Case, "resolved", "case.closed", day, ForSystem, []string{MoveCase}},
	{Job, "dead", "job.retried", 0, ForPerson, []string{RetryJob}},
}

// Of returns the expectation of a kind in a state, or nil: then the state is final.
func Of(kind Kind, state string) *Expectation {
	for i := range Table {
		if Table[i].Kind == kind && Table[i].State == state {
			return &Table[i]
		}
	}
	return nil
}

// Thing is something that is not final, as it was found.
type Thing struct {
	Kind    Kind
	ID      string // of the document, or of the part of one
	Row     string // id of the row by which it is found, page by page
	Parent  string // what it is a part of, where a repair is about that
	Order   string // "" where it belongs to none
	Channel string // "" where all channels share it
	State   string
	Since   micros.Time // when it came into the state
	Due     micros.Time // a deadline of its own, beyond which the table gives no more time; 0: by the table
	Blocks  []Block     // what stops it, as far as it can be told
	Refused []string    // codes of repairs that would be refused as it stands
}

// Block is something that a thing waits for.
type Block struct {
	For string // a cause
	ID  string // of what it is, such as a hold; "" where nothing can be named
}

// Step is what is expected of a thing, and how it stands.
type Step struct {
	Thing
	Next     string
	Deadline micros.Time
	Late     bool
	Repairs  []string // codes, the best first
}

// Patience has other waits than the table's, by kind and state ("payment.pending").
type Patience map[string]time.Duration

// ParsePatience reads waits such as "payment.pending=5m, hold.open=72h".
func ParsePatience(text string) (Patience, error) {
	p := Patience{}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, wait, _ := strings.Cut(part, "=")
		kind, state, _ := strings.Cut(strings.TrimSpace(name), ".")
		if Of(Kind(kind), state) == nil {
			return nil, fmt.Errorf("nothing is called %q; known: %s", strings.TrimSpace(name), strings.Join(Names(), ", "))
		}
		d, err := time.ParseDuration(strings.TrimSpace(wait))
		if err != nil || d < 0 || d > 400*day {
			return nil, fmt.Errorf("%s: give a duration from 0s to 9600h, such as 36h", kind+"."+state)
		}
		p[kind+"."+state] = d
	}
	return p, nil
}

// String is what ParsePatience reads.
func (p Patience) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		parts = append(parts, name+"="+p[name].String())
	}
	return strings.Join(parts, ",")
}

// Names lists the rows of the table, as Patience calls them.
func Names() (names []string) {
	for _, e := range Table {
		names = append(names, string(e.Kind)+"."+e.State)
	}
	return names
}

// Within is how long things may be in a state.
func (p Patience) Within(e *Expectation) time.Duration {
	if d, ok := p[string(e.Kind)+"."+e.State]; ok {
		return d
	}
	return e.Within
}

// Least is the shortest wait of a kind: what is younger cannot be late.
func (p Patience) Least(kind Kind) time.Duration {
	least := 400 * day
	for i := range Table {
		if Table[i].Kind == kind {
			least = min(least, p.Within(&Table[i]))
		}
	}
	return least
}

// Judge says what is expected of a thing. Not ok: nothing is, its state is final.
func (p Patience) Judge(t Thing, now micros.Time) (s Step, ok bool) {
	e := Of(t.Kind, t.State)
	if e == nil {
		return s, false
	}
	s = Step{Thing: t, Next: e.Next, Deadline: t.Due, Repairs: e.Repair}
	if len(t.Refused) > 0 {
		s.Repairs = slices.DeleteFunc(slices.Clone(e.Repair), func(code string) bool { return slices.Contains(t.Refused, code) })
	}
	if s.Deadline == 0 {
		s.Deadline = t.Since.Add(p.Within(e))
	}
	s.Late = now >= s.Deadline
	if len(s.Blocks) == 0 {
		s.Blocks = []Block{{For: e.For}}
	}
	return s, true
}
