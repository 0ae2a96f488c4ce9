package work

import (
	"slices"

	"ordo/internal/inventory"
)

// Raised is a position of which a command makes more available than there was. Whoever waits for stock is served from
// there, whatever the command was.
type Raised struct {
	SKU, Location string
	Arrived       bool // on hand rose: the units were not in the house before
}

// raises reports whether the movements can make more available. Most take something: they cost one comparison each.
func raises(moves []inventory.Movement) bool {
	return slices.ContainsFunc(moves, func(m inventory.Movement) bool { return (m.Bucket == inventory.OnHand) == (m.Delta > 0) })
}

func (u *Unit) raise(before, after inventory.Position) {
	if after.Available() <= before.Available() {
		return
	}
	r := Raised{SKU: after.SKU, Location: after.Location, Arrived: after.Get(inventory.OnHand) > before.Get(inventory.OnHand)}
	i := slices.IndexFunc(u.raised, func(o Raised) bool { return o.SKU == r.SKU && o.Location == r.Location })
	if i < 0 {
		u.raised = append(u.raised, r)
	} else if r.Arrived {
		u.raised[i].Arrived = true
	}
}
