package order

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Gate is a step of an order that a hold can block.
type Gate string

// The gates.
const (
	GateAccept  Gate = "accept"
	GateRelease Gate = "release"
	GateCapture Gate = "capture"
	GateShip    Gate = "ship"
)

// HoldTypes are the types of holds and the gates that each of them blocks.
var HoldTypes = map[string][]Gate{
	PaymentHold:              {GateRelease, GateShip},
	"high_risk_of_fraud":     {GateAccept, GateRelease, GateCapture, GateShip},
	"incorrect_address":      {GateRelease, GateShip},
	"inventory_out_of_stock": {GateAccept},
	"unknown_delivery_date":  {GateRelease},
	"awaiting_return_items":  {GateRelease, GateShip},
	"buyer_remorse":          {GateRelease, GateShip},
	"credit_limit":           {GateAccept, GateRelease, GateShip},
	"manual_review":          {GateAccept, GateRelease, GateShip},
	"post_purchase_upsell":   {GateRelease},
	"export_compliance":      {GateRelease, GateShip},
	"other":                  {GateRelease, GateShip},
}

// The scopes of holds.
const (
	HoldOrder       = "order"
	HoldLine        = "line"
	HoldFulfillment = "fulfillment"
)

// The states of a hold.
const (
	HoldOpen    = "open"
	HoldLifted  = "lifted"
	HoldExpired = "expired"
)

// Hold stops an order, a line or a fulfillment order before the gates of its type. It never changes stock or money.
type Hold struct {
	ID        string      `json:"id"`
	Type      string      `json:"type"`
	Scope     string      `json:"scope"`
	Target    string      `json:"target,omitzero"`  // id of the line or fulfillment order
	Handle    string      `json:"handle,omitzero"`  // the holder's own name for it; unique per target while open
	Reason    string      `json:"reason,omitzero"`  // a code or the rule's text, never about a person
	Rule      string      `json:"rule,omitzero"`    // code of the rule that placed it
	Because   string      `json:"because,omitzero"` // the facts on which the rule decided
	PlacedBy  string      `json:"placed_by"`
	PlacedAt  micros.Time `json:"placed_at"`
	ExpiresAt micros.Time `json:"expires_at,omitzero"`
	Status    string      `json:"status"`
	EndedBy   string      `json:"ended_by,omitzero"`
	EndedAt   micros.Time `json:"ended_at,omitzero"`
}

// riskHolds are types that need the scope of the risk team to be lifted.
var riskHolds = []string{"high_risk_of_fraud", "credit_limit", "export_compliance"}

// HoldTypeNames lists the types in order.
func HoldTypeNames() []string { return slices.Sorted(maps.Keys(HoldTypes)) }

// LiftScope is the scope that lifts holds of the type, whoever placed them.
func LiftScope(holdType string) string {
	if slices.Contains(riskHolds, holdType) {
		return "holds:risk"
	}
	return "holds:write"
}

// holdable are the statuses in which an order can be held; an order that ended has no open holds.
var holdable = []Status{Draft, Pending, Open}

// maxHolds is how many holds an order may have, ended ones too.
const maxHolds = 1_000

// PlaceHold adds an open hold. What is wrong with it is reported all at once.
func PlaceHold(o *Order, h Hold) (*Order, error) {
	if !slices.Contains(holdable, o.Status) {
		return o, errs.IllegalTransition("the order", string(o.Status), "be held", Steps(o))
	}
	if len(o.Holds) >= maxHolds {
		return o, errs.New(errs.Conflict, "hold_exists", "the order has %d holds already, which is the limit", maxHolds)
	}
	if err := checkHold(o, h); err != nil {
		return o, err
	}
	for _, other := range o.Holds {
		if h.Handle != "" && other.Status == HoldOpen && other.Scope == h.Scope && other.Target == h.Target && other.Handle == h.Handle {
			return o, errs.New(errs.Conflict, "hold_exists", "there is an open hold with the handle %q already", h.Handle).With("hold", other.ID)
		}
	}
	o = Clone(o)
	h.Status = HoldOpen
	o.Holds = append(o.Holds, h)
	return o, nil
}

func checkHold(o *Order, h Hold) error {
	var list errs.List
	if _, ok := HoldTypes[h.Type]; !ok {
		list.Add("/type", "unknown_value", "give one of %s", strings.Join(HoldTypeNames(), ", "))
	}
	switch h.Scope {
	case HoldOrder:
		if h.Target != "" {
			list.Add("/target", "ambiguous", "a hold on the whole order has no target")
		}
	case HoldLine:
		if o.Line(h.Target) == nil {
			list.Add("/target", "unknown_line", "lines are numbered from 1 to %d", len(o.Lines))
		}
	case HoldFulfillment:
		if !slices.Contains(o.Fulfillments, h.Target) {
			list.Add("/target", "unknown_value", "give the id of a fulfillment order of this order")
		}
	default:
		list.Add("/scope", "unknown_value", "give one of order, line, fulfillment")
	}
	checkText(&list, "/handle", h.Handle, maxID)
	checkText(&list, "/reason", h.Reason, address.MaxText)
	if h.ExpiresAt != 0 && h.ExpiresAt <= h.PlacedAt {
		list.Add("/expires_at", "out_of_range", "give a time to come")
	}
	return list.Err()
}

// EndHold lifts a hold, or lets it expire. Ending one that has ended changes nothing (H2).
func EndHold(o *Order, id, status, by string, now micros.Time) (after *Order, changed bool, err error) {
	i := slices.IndexFunc(o.Holds, func(h Hold) bool { return h.ID == id })
	if i < 0 {
		return o, false, errs.Unknown("hold", id)
	}
	if o.Holds[i].Status != HoldOpen {
		return o, false, nil
	}
	o = Clone(o)
	h := &o.Holds[i]
	h.Status, h.EndedBy, h.EndedAt = status, by, now
	return o, true, nil
}

// Hold returns the hold with the id, or nil.
func (o *Order) Hold(id string) *Hold {
	if i := slices.IndexFunc(o.Holds, func(h Hold) bool { return h.ID == id }); i >= 0 {
		return &o.Holds[i]
	}
	return nil
}

// Held reports whether an open hold of the type is on the order.
func (o *Order) Held(holdType string) bool {
	return slices.ContainsFunc(o.Holds, func(h Hold) bool { return h.Status == HoldOpen && h.Type == holdType })
}

// OpenHolds lists the ids of open holds.
func (o *Order) OpenHolds() (ids []string) {
	for _, h := range o.Holds {
		if h.Status == HoldOpen {
			ids = append(ids, h.ID)
		}
	}
	return ids
}

// EndedWithOrder is who ends the holds of an order that ends.
const EndedWithOrder = "order"

// endHolds lifts what is open on an order that ended, in place.
func endHolds(o *Order, now micros.Time) {
	for i := range o.Holds {
		if h := &o.Holds[i]; h.Status == HoldOpen {
			h.Status, h.EndedBy, h.EndedAt = HoldLifted, EndedWithOrder, now
		}
	}
}

// checkHolds is what must be true of stored holds (H1, H2).
func checkHolds(o *Order) error {
	type name struct{ scope, target, handle string }
	open := map[name]bool{}
	ids := map[string]bool{}
	for _, h := range o.Holds {
		if ids[h.ID] || HoldTypes[h.Type] == nil {
			return fmt.Errorf("H1: order %s has hold %s twice, or of unknown type %q", o.ID, h.ID, h.Type)
		}
		ids[h.ID] = true
		switch ended := h.EndedAt != 0; {
		case h.Status != HoldOpen && h.Status != HoldLifted && h.Status != HoldExpired, ended == (h.Status == HoldOpen):
			return fmt.Errorf("H2: hold %s of order %s is %q and ended at %q", h.ID, o.ID, h.Status, h.EndedAt)
		case h.Status != HoldOpen:
			continue
		case o.Status == Canceled || o.Status == Rejected: // a completed one may wait for its money
			return fmt.Errorf("H1: order %s is %s, its hold %s is open", o.ID, o.Status, h.ID)
		}
		n := name{h.Scope, h.Target, h.Handle}
		if h.Handle != "" && open[n] {
			return fmt.Errorf("H2: order %s has two open holds with the handle %q", o.ID, h.Handle)
		}
		open[n] = true
	}
	return nil
}

// Ended reports whether nothing more is to happen to the order's goods.
func (o *Order) Ended() bool {
	return o.Status == Completed || o.Status == Canceled || o.Status == Rejected
}

// PassedBlocked returns the first hold that was open, for the whole order or one of the targets, when a gate was
// passed at a time; nil for none (H1). A hold placed in the same moment may have come after it.
func PassedBlocked(o *Order, g Gate, at micros.Time, targets ...string) *Hold {
	for i := range o.Holds {
		h := &o.Holds[i]
		open := h.PlacedAt < at && (h.Status == HoldOpen || h.EndedAt > at)
		if at != 0 && open && slices.Contains(HoldTypes[h.Type], g) && (h.Scope == HoldOrder || slices.Contains(targets, h.Target)) {
			return h
		}
	}
	return nil
}

// PaymentHold and PaymentHandle are type and handle of the hold under which an order waits for its money. Others may hold
// an order by the same type under names of their own.
const (
	PaymentHold   = "awaiting_payment"
	PaymentHandle = "payment"
)

// BySystem is who acts where no person does.
const BySystem = "system"

// LetGo reports whether a person lifted, since a time, the hold under which the order waited for its money: what is sent
// then leaves unpaid, and somebody answers for it. Who lifts another hold, such as one that a colleague placed by the same
// type, and the money itself answer for nothing.
func LetGo(o *Order, since micros.Time) bool {
	return slices.ContainsFunc(o.Holds, func(h Hold) bool {
		return h.Type == PaymentHold && h.Handle == PaymentHandle && h.Status == HoldLifted && h.EndedAt >= since && h.EndedBy != BySystem && h.EndedBy != EndedWithOrder
	})
}

// Blocks reports whether the hold is open and stops the gate.
func (h Hold) Blocks(g Gate) bool {
	return h.Status == HoldOpen && slices.Contains(HoldTypes[h.Type], g)
}

// Blocked refuses with on_hold while an open hold blocks the gate for the whole order, or for one of the targets:
// lines or fulfillment orders that are about to pass it (H1).
func Blocked(o *Order, g Gate, targets ...string) error {
	var ids, types []string
	for _, h := range o.Holds {
		if h.Blocks(g) && (h.Scope == HoldOrder || slices.Contains(targets, h.Target)) {
			ids, types = append(ids, h.ID), append(types, h.Type)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	todo := "lift the holds first"
	if slices.Contains(types, PaymentHold) {
		todo = "the hold ends by itself when the money is there: take another payment or send a payment link. Lifted by hand, it ships unpaid"
	}
	return errs.New(errs.Conflict, "on_hold", "the order is held before %s by %s; %s", g, strings.Join(types, ", "), todo).With("holds", ids, "gate", string(g))
}
