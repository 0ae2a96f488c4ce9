// Package fulfillment holds fulfillment orders: what one location ships, or hands over, of one order.
//
// What lives here: the document, its states and rules: from planned over picking and packing to the door, and back by
// rejection, short picks and cancellation requests. What does not: the stock it holds (inventory) and the counters of
// the order's lines (order); package app moves all three in one unit of work.
// The one idea: a line's quantity is what the location still has to do, and an active fulfillment order owns an
// allocation of exactly that (F2). What its counters say of a line (Counts) is what the order's counters add up.
package fulfillment

import (
	"slices"
	"strings"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Status is the state of a fulfillment order.
type Status string

// The states.
const (
	Planned         Status = "planned"
	Scheduled       Status = "scheduled"        // will be released at ReleaseAt
	Released        Status = "released"         // the location may begin
	Accepted        Status = "accepted"         // the location has said that it will
	Picking         Status = "picking"          // some of it has been taken from the shelf
	Packed          Status = "packed"           // all of it is in packages
	ReadyForPickup  Status = "ready_for_pickup" // the customer may come for it
	Shipped         Status = "shipped"
	Delivered       Status = "delivered"
	PickedUp        Status = "picked_up"
	OnHold          Status = "on_hold" // goes on from HeldFrom
	CancelRequested Status = "cancel_requested"
	Rejected        Status = "rejected"
	Canceled        Status = "canceled"
)

// Statuses lists all states.
var Statuses = []Status{
	Planned, Scheduled, Released, Accepted, Picking, Packed, ReadyForPickup, Shipped, Delivered, PickedUp, OnHold, CancelRequested, Rejected, Canceled,
}

// The events. A place that does not track acceptance, picking or packing leaves these out: what comes later does them
// on the way.
const (
	evSchedule = "schedule"
	evRelease  = "release"
	evAccept   = "accept"
	evReject   = "reject"
	evPick     = "pick"
	evPack     = "pack"
	evShip     = "ship"
	evDeliver  = "deliver"
	evReady    = "ready_for_pickup"
	evCollect  = "pick_up"
	evNoShow   = "no_show"
	evHold     = "hold"
	evResume   = "resume"
	evCancel   = "cancel"
	evRequest  = "cancel_request"
	evConsent  = "cancel_accept"
	evRefuse   = "cancel_refuse"
)

// transitions lists what may happen in each state.
var transitions = map[Status][]string{
	Planned:         {evRelease, evSchedule, evHold, evCancel},
	Scheduled:       {evRelease, evHold, evCancel},
	Released:        {evAccept, evReject, evPick, evPack, evShip, evReady, evHold, evCancel},
	Accepted:        {evReject, evPick, evPack, evShip, evReady, evHold, evRequest},
	Picking:         {evPick, evPack, evRequest},
	Packed:          {evShip, evReady, evRequest},
	ReadyForPickup:  {evCollect, evNoShow, evRequest},
	Shipped:         {evDeliver},
	OnHold:          {evResume, evCancel, evRequest},
	CancelRequested: {evConsent, evRefuse},
	Delivered:       {},
	PickedUp:        {},
	Rejected:        {},
	Canceled:        {},
}

// Stages groups states by what is to be done next, as people who do it look for work. What is picked in part is with
// what is to be packed: the rest of it is picked on the way.
var Stages = map[string][]Status{
	"release": {Planned, Scheduled},
	"pick":    {Released, Accepted},
	"pack":    {Picking},
	"ship":    {Packed, ReadyForPickup},
	"open":    {Planned, Scheduled, Released, Accepted, Picking, Packed, ReadyForPickup, OnHold, CancelRequested},
}

// StageNames are the names of Stages, in the order of the work.
var StageNames = []string{"release", "pick", "pack", "ship", "open"}

// Line is a quantity of an order line.
type Line struct {
	Line     string `json:"line"`
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`        // what the location still has to do; when it has ended, what it had
	Picked   int64  `json:"picked,omitzero"` // of quantity
	Packed   int64  `json:"packed,omitzero"` // of picked
	Short    int64  `json:"short,omitzero"`  // asked for beside quantity, and not found: somebody else has to do it
}

// LineQuantity is a number of units of a line.
type LineQuantity struct {
	Line     string `json:"line"`
	Quantity int64  `json:"quantity"`
}

// Package is a parcel with what is in it.
type Package struct {
	ID             string         `json:"id"`
	Lines          []LineQuantity `json:"lines"`
	WeightGrams    int64          `json:"weight_grams,omitzero"` // 0: not weighed
	Dimensions     Dimensions     `json:"dimensions,omitzero"`
	Carrier        string         `json:"carrier,omitzero"`
	TrackingNumber string         `json:"tracking_number,omitzero"`
	Label          string         `json:"label,omitzero"`              // id of its label, while it is active
	LabelGrams     int64          `json:"label_weight_grams,omitzero"` // what its label was bought for, where it weighs more
}

// Dimensions are in millimeters; zero: not measured.
type Dimensions struct {
	Length int64 `json:"length"`
	Width  int64 `json:"width"`
	Height int64 `json:"height"`
}

// Cancellation is the last request to give up units that the location has begun to work on. No lines means all.
type Cancellation struct {
	Status      string         `json:"status"` // requested, accepted, refused or timed_out
	Reason      string         `json:"reason"`
	Lines       []LineQuantity `json:"lines,omitzero"`
	From        Status         `json:"from"` // where it goes on when refused
	RequestedAt micros.Time    `json:"requested_at"`
	ExpiresAt   micros.Time    `json:"expires_at"`
	DecidedAt   micros.Time    `json:"decided_at,omitzero"`
}

// What became of a cancellation request.
const (
	RequestOpen     = "requested"
	RequestAccepted = "accepted"
	RequestRefused  = "refused"
	RequestTimedOut = "timed_out"
)

// Fulfillment is one fulfillment order.
type Fulfillment struct {
	doc.Meta
	Order          string        `json:"order"`
	Location       string        `json:"location"`
	Status         Status        `json:"status"`
	Lines          []Line        `json:"lines"`
	Packages       []Package     `json:"packages,omitzero"`
	Pickup         bool          `json:"pickup,omitzero"` // the customer comes for it
	Carrier        string        `json:"carrier,omitzero"`
	TrackingNumber string        `json:"tracking_number,omitzero"`
	Reason         string        `json:"reason,omitzero"` // why it was rejected, canceled or held
	HeldFrom       Status        `json:"held_from,omitzero"`
	Cancellation   *Cancellation `json:"cancellation,omitzero"`
	Risks          []Risk        `json:"risks,omitzero"`
	Slot           string        `json:"slot,omitzero"` // the day of which it uses the location's capacity; "" where that is unlimited
	At             micros.Time   `json:"at"`
	ReleaseAt      micros.Time   `json:"release_at,omitzero"`
	ReleasedAt     micros.Time   `json:"released_at,omitzero"`
	AcceptedAt     micros.Time   `json:"accepted_at,omitzero"`
	PickedAt       micros.Time   `json:"picked_at,omitzero"` // when the last unit was
	PackedAt       micros.Time   `json:"packed_at,omitzero"`
	ReadyAt        micros.Time   `json:"ready_at,omitzero"`
	PickupUntil    micros.Time   `json:"pickup_until,omitzero"` // then it goes back to the shelf
	ShippedAt      micros.Time   `json:"shipped_at,omitzero"`
	DeliveredAt    micros.Time   `json:"delivered_at,omitzero"` // or picked up
	RejectedAt     micros.Time   `json:"rejected_at,omitzero"`
	CanceledAt     micros.Time   `json:"canceled_at,omitzero"`
}

// Stage is the state of the work itself: on hold or while a cancellation is asked for, the one that it goes on from.
func (f *Fulfillment) Stage() Status {
	s := f.Status
	if s == CancelRequested && f.Cancellation != nil {
		s = f.Cancellation.From
	}
	if s == OnHold {
		s = f.HeldFrom
	}
	return s
}

// Active reports whether it holds stock at its location (F2).
func (f *Fulfillment) Active() bool {
	return slices.Contains([]Status{Planned, Scheduled, Released, Accepted, Picking, Packed, ReadyForPickup}, f.Stage())
}

// Begun reports whether the location works on it, so that giving it up takes a request.
func (f *Fulfillment) Begun() bool {
	return slices.Contains([]Status{Accepted, Picking, Packed, ReadyForPickup}, f.Stage())
}

// Failed reports whether the location has rejected units of the line, or not found them.
func (f *Fulfillment) Failed(line string) bool {
	l := f.line(line)
	return l != nil && (l.Short > 0 || f.Status == Rejected)
}

// Left reports whether its units have left the location.
func (f *Fulfillment) Left() bool {
	return f.Status == Shipped || f.Status == Delivered || f.Status == PickedUp
}

// Allowed lists what may happen now. What is picked up is not shipped and the other way round; what is on hold is
// canceled or asked for as where it is held from.
func Allowed(f *Fulfillment) []string {
	return slices.DeleteFunc(slices.Clone(transitions[f.Status]), func(event string) bool {
		switch event {
		case evShip:
			return f.Pickup
		case evReady, evCollect, evNoShow:
			return !f.Pickup
		case evCancel:
			return f.Begun()
		case evRequest:
			return !f.Begun()
		}
		return false
	})
}

// Steps names what may happen as those who ask for it do: giving up and asking to give up is one request.
func Steps(f *Fulfillment) []string {
	steps := Allowed(f)
	for i, event := range steps {
		switch event {
		case evCancel, evRequest:
			steps[i] = "cancel-request"
		case evConsent, evRefuse:
			steps[i] = "cancel-request/" + strings.TrimPrefix(event, "cancel_")
		default:
			steps[i] = strings.ReplaceAll(event, "_", "-")
		}
	}
	return steps
}

func check(f *Fulfillment, event string) error {
	if !slices.Contains(Allowed(f), event) {
		return errs.IllegalTransition("the fulfillment order", string(f.Status), strings.ReplaceAll(event, "_", " "), Steps(f))
	}
	return nil
}

// step runs set on a copy if the event is allowed now; on any error it returns the fulfillment order as it was.
func step(f *Fulfillment, event string, set func(*Fulfillment) error) (*Fulfillment, error) {
	if err := check(f, event); err != nil {
		return f, err
	}
	c := clone(f)
	if err := set(c); err != nil {
		return f, err
	}
	if err := Check(c); err != nil {
		return f, err
	}
	return c, nil
}

// clone copies what rules change, so that they never change their input.
func clone(f *Fulfillment) *Fulfillment {
	c := *f
	c.Lines = slices.Clone(f.Lines)
	c.Packages = slices.Clone(f.Packages)
	for i := range c.Packages {
		c.Packages[i].Lines = slices.Clone(c.Packages[i].Lines)
	}
	if f.Cancellation != nil {
		r := *f.Cancellation
		c.Cancellation = &r
	}
	return &c
}

// line returns the line with the id, or nil.
func (f *Fulfillment) line(id string) *Line {
	for i := range f.Lines {
		if f.Lines[i].Line == id {
			return &f.Lines[i]
		}
	}
	return nil
}
