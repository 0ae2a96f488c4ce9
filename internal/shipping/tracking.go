package shipping

import (
	"cmp"
	"slices"

	"ordo/internal/micros"
)

// Code says where a parcel is, in the same words for every carrier.
type Code string

// The codes.
const (
	PreTransit         Code = "pre_transit" // there is a label; the carrier has nothing yet
	InTransit          Code = "in_transit"
	OutForDelivery     Code = "out_for_delivery"
	AvailableForPickup Code = "available_for_pickup"
	Delivered          Code = "delivered"
	DeliveryAttempted  Code = "delivery_attempted"
	Exception          Code = "exception"
	ReturnToSender     Code = "return_to_sender"
	Lost               Code = "lost"
	TrackingCanceled   Code = "canceled"
)

// Codes lists them, from the beginning of a way to its end; where two things happened in the same microsecond, the
// later in this list is taken to be the later one.
var Codes = []Code{PreTransit, InTransit, Exception, DeliveryAttempted, OutForDelivery, AvailableForPickup, Lost, ReturnToSender, TrackingCanceled, Delivered}

// Scan is one tracking event. What the carrier wrote about it may name a person or a place: it is personal.
type Scan struct {
	Code    Code        `json:"code"`
	At      micros.Time `json:"at"`               // when it happened, by the carrier's clock
	Source  string      `json:"source"`           // webhook, poll or manual
	Message string      `json:"message,omitzero"` // personal
	Place   string      `json:"place,omitzero"`   // personal
	SeenAt  micros.Time `json:"seen_at,omitzero"` // when Ordo heard of it
	By      string      `json:"by,omitzero"`      // who wrote a manual row
}

// Manual is the source of a row that a person wrote. It alone may lead away from an end.
const Manual = "manual"

// Tracking is what the scans of one parcel add up to.
type Tracking struct {
	Code  Code        `json:"code,omitzero"` // "" while nothing is known
	Since micros.Time `json:"since,omitzero"`
	Scans []Scan      `json:"scans,omitzero"` // by when they happened
}

// MaxScans is how many scans of a parcel are kept, beside ends and manual rows; a carrier that sends more repeats
// itself.
const MaxScans = 1_000

// same: scans are the same event when carrier, parcel, code and time agree. Carrier and parcel are those of the label
// that holds them. What a person says is not swallowed by what a carrier said.
func same(a, b Scan) bool {
	return a.Code == b.Code && a.At == b.At && (a.Source == Manual) == (b.Source == Manual)
}

func order(a, b Scan) int {
	manual := func(s Scan) int {
		if s.Source == Manual {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(manual(a), manual(b)), cmp.Compare(slices.Index(Codes, a.Code), slices.Index(Codes, b.Code)))
}

// Add puts scans where they belong by the time they happened, leaves out those that are there already, and computes
// the state anew. It does not matter in which order, how often or how late they come: the result is the same (D18).
// fresh are those that were new.
func (t Tracking) Add(scans ...Scan) (out Tracking, fresh []Scan) {
	out.Scans = slices.Clone(t.Scans)
	for _, s := range scans {
		full := len(out.Scans) >= MaxScans && s.Source != Manual && !ends(s.Code)
		if full || !slices.Contains(Codes, s.Code) || slices.ContainsFunc(out.Scans, func(have Scan) bool { return same(have, s) }) {
			continue
		}
		at, _ := slices.BinarySearchFunc(out.Scans, s, order)
		out.Scans = slices.Insert(out.Scans, at, s)
		fresh = append(fresh, s)
	}
	out.Code, out.Since = Fold(out.Scans)
	return out, fresh
}

// Fold is the state after scans in the order in which they happened. A code follows any other but for two rules: what
// has moved never is before its way again, and an end stays: what a carrier says after `delivered`, `return_to_sender`
// or `canceled` changes nothing. Only a manual row does. (A `delivered` after a `return_to_sender` is one at the
// sender, which is why the latter is an end.) A parcel that was lost may be found.
func Fold(scans []Scan) (code Code, since micros.Time) {
	for _, s := range scans {
		if s.Code == code || s.Source != Manual && (ends(code) || code != "" && s.Code == PreTransit) {
			continue
		}
		code, since = s.Code, s.At
	}
	return code, since
}

func ends(c Code) bool { return c == Delivered || c == ReturnToSender || c == TrackingCanceled }

// Ended reports whether nothing more is expected from the carrier.
func (t Tracking) Ended() bool { return ends(t.Code) }

// Moves reports whether the carrier has had the parcel in its hands.
func (c Code) Moves() bool { return c != "" && c != PreTransit && c != TrackingCanceled }

// Troubled reports whether somebody should look at what happened to the parcel.
func (c Code) Troubled() bool {
	return c == Exception || c == ReturnToSender || c == DeliveryAttempted
}

// Public returns the scans without what is personal.
func Public(scans []Scan) []Scan {
	out := slices.Clone(scans)
	for i := range out {
		out[i].Message, out[i].Place = "", ""
	}
	return out
}
