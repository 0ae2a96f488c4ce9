package inventory

import "ordo/internal/errs"

// Policy is how a position is kept: units of safety stock that are not sold, how many units may be ordered beyond
// what is there, and the available quantity at which somebody should order more (0: nobody is told).
type Policy struct {
	Safety         int64 `json:"safety,omitzero"`
	BackorderLimit int64 `json:"backorder_limit,omitzero"`
	ReorderPoint   int64 `json:"reorder_point,omitzero"`
}

// Policy returns how the position is kept.
func (p Position) Policy() Policy { return Policy{p.Get(Safety), p.BackorderLimit, p.ReorderPoint} }

// SetPolicy returns the position with other limits, and the movement that its safety bucket needs. Where compare is
// given, the policy must still be that one.
func (p Position) SetPolicy(to Policy, compare *Policy) (Position, []Movement, error) {
	if compare != nil && *compare != p.Policy() {
		return p, nil, errs.New(errs.Conflict, "stock_changed", "the policy of %s at %s is not the one that the request compares with; read it again", p.SKU, p.Location).
			With("sku", p.SKU, "location", p.Location)
	}
	if n := p.Get(Backordered); n > to.BackorderLimit {
		return p, nil, errs.New(errs.Conflict, "backordered_over_limit", "customers wait for %s of %s at %s already; fill or cancel these backorders first", errs.Count(n, "unit"), p.SKU, p.Location).
			With("sku", p.SKU, "location", p.Location)
	}
	var moves []Movement
	if d := to.Safety - p.Get(Safety); d != 0 {
		moves = append(moves, Movement{p.SKU, p.Location, Safety, d})
	}
	p.BackorderLimit, p.ReorderPoint = to.BackorderLimit, to.ReorderPoint
	return p, moves, nil
}

// Alert says that the available quantity of a position fell to or below a limit.
type Alert struct {
	Type      string `json:"-"` // of the event
	SKU       string `json:"sku"`
	Location  string `json:"location"`
	Available int64  `json:"available"`
	Limit     int64  `json:"limit"`
}

// Alerts compares a position before and after a command. A limit is told of once, when it is crossed downward: below
// safety means that safety stock is eaten into, which is where available is negative.
func Alerts(before, after Position) (out []Alert) {
	if atReorder(after) && !atReorder(before) {
		out = append(out, Alert{"stock.reorder_point", after.SKU, after.Location, after.Available(), after.ReorderPoint})
	}
	if belowSafety(after) && !belowSafety(before) {
		out = append(out, Alert{"stock.below_safety", after.SKU, after.Location, after.Available(), after.Get(Safety)})
	}
	return out
}

// Watched reports whether the position has a limit that somebody wants to hear of.
func (p Position) Watched() bool { return p.ReorderPoint > 0 || p.Get(Safety) > 0 }

func atReorder(p Position) bool   { return p.ReorderPoint > 0 && p.Available() <= p.ReorderPoint }
func belowSafety(p Position) bool { return p.Get(Safety) > 0 && p.Available() < 0 }
