package sourcing

import (
	"slices"
	"strings"

	"ordo/internal/errs"
)

// Criterion is a number of a plan; the lower one wins, equal ones ask the next criterion.
type Criterion string

// The criteria.
const (
	ShipComplete    Criterion = "ship_complete"    // 0 when one location ships everything
	FewestShipments Criterion = "fewest_shipments" // how many locations ship
	Distance        Criterion = "distance"         // kilometers of all shipments together
	Cost            Criterion = "cost"             // handling and shipping of all shipments together
	Promise         Criterion = "promise"          // days after the promised one; where none is promised, the day: of the last shipment
	Priority        Criterion = "priority"         // the best priorities, one by one
)

// Criteria lists them.
var Criteria = []Criterion{ShipComplete, FewestShipments, Distance, Cost, Promise, Priority}

// AfterAction is what happens to an order whose demand cannot be filled.
type AfterAction string

// The after-actions.
const (
	Reject    AfterAction = "reject"    // refuse the order
	Backorder AfterAction = "backorder" // owe the rest, within the backorder limits
	Park      AfterAction = "park"      // keep the order and take nothing until stock arrives
	Cancel    AfterAction = "cancel"    // cancel the rest
)

// AfterActions lists them.
var AfterActions = []AfterAction{Reject, Backorder, Park, Cancel}

// whole is what the action comes to where an order ships whole or not at all.
func (a AfterAction) whole(shipComplete bool) AfterAction {
	switch {
	case a == "", a == Cancel && shipComplete:
		return Reject
	case a == Backorder && shipComplete:
		return Park
	}
	return a
}

// Strategy says which plan is the best one. The zero value is the default: fewest shipments, then priority, then code.
type Strategy struct {
	Criteria     []Criterion `json:"criteria,omitzero"`
	MaxSplits    *int64      `json:"max_splits,omitzero"`    // how often the order may be split; nil: as often as it takes
	ShipComplete bool        `json:"ship_complete,omitzero"` // no unit is left for later: the order waits or is refused whole
	Locations    []string    `json:"locations,omitzero"`     // only these; none: all
	Exclude      []string    `json:"exclude,omitzero"`       // not these
}

// DefaultCriteria are those of a strategy that names none.
var DefaultCriteria = []Criterion{FewestShipments, Priority}

// promisedCriteria are the default where the customer was promised a day: what keeps it goes first.
var promisedCriteria = []Criterion{Promise, FewestShipments, Priority}

func (r *Request) criteria() []Criterion {
	switch {
	case len(r.Strategy.Criteria) > 0:
		return r.Strategy.Criteria
	case r.By > 0:
		return promisedCriteria
	}
	return DefaultCriteria
}

// shipments is the largest number of locations that may ship, of n.
func (s Strategy) shipments(n int) int {
	if s.MaxSplits == nil {
		return n
	}
	return int(min(*s.MaxSplits+1, int64(n)))
}

// maxLocations bounds the lists of a strategy.
const maxLocations = 1_000

// Check adds to the list what is wrong with the strategy. Whether its locations exist is checked where they are known.
func (s Strategy) Check(list *errs.List, at string) {
	for i, c := range s.Criteria {
		switch {
		case !slices.Contains(Criteria, c):
			list.Add(pointer(at+"/criteria", i), "unknown_value", "give one of %s", words(Criteria))
		case slices.Contains(s.Criteria[:i], c):
			list.Add(pointer(at+"/criteria", i), "duplicate", "%s is named before", c)
		}
	}
	if s.MaxSplits != nil && (*s.MaxSplits < 0 || *s.MaxSplits > maxLocations) {
		list.Add(at+"/max_splits", "out_of_range", "give a number from 0 to %d, or leave it out", maxLocations)
	}
	for _, l := range []struct {
		name  string
		codes []string
	}{{"/locations", s.Locations}, {"/exclude", s.Exclude}} {
		if len(l.codes) > maxLocations {
			list.Add(at+l.name, "too_long", "at most %d locations", maxLocations)
		}
	}
}

func words[T ~string](all []T) string {
	out := make([]string, len(all))
	for i, w := range all {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}
