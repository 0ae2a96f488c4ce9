package order

import (
	"slices"
	"strings"

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
	"awaiting_payment":       {GateRelease, GateShip},
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
	Target    string      `json:"target,omitzero"` // id of the line or fulfillment order
	Handle    string      `json:"handle,omitzero"` // the holder's own name for it; unique per target while open
	Reason    string      `json:"reason,omitzero"` // a code or the rule's text, never about a person
	Rule      string      `json:"rule,omitzero"`   // code of the rule that placed it
	PlacedBy  string      `json:"placed_by"`
	PlacedAt  micros.Time `json:"placed_at"`
	ExpiresAt micros.Time `json:"expires_at,omitzero"`
	Status    string      `json:"status"`
	EndedBy   string      `json:"ended_by,omitzero"`
	EndedAt   micros.Time `json:"ended_at,omitzero"`
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
	return errs.New(errs.Conflict, "on_hold", "the order is held before %s by %s; lift the holds first", g, strings.Join(types, ", ")).With("holds", ids, "gate", string(g))
}
