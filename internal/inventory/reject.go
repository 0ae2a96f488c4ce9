package inventory

// effect is what a rejection says about the stock of the location, besides that the units are not taken there any more.
type effect int

const (
	none    effect = iota
	missing        // the rejected units are not there
	empty          // nothing that could be sold is there
	spoiled        // the rejected units are there and cannot be sold
)

// effects by the reasons of locations; a reason that is not listed says nothing about stock.
var effects = map[string]effect{"not_in_stock": empty, "mismatch": missing, "damaged": spoiled, "no_variance": none, "other": none}

// Rejected deallocates n units that their location does not ship, and corrects its stock as the reason says. It needs
// the sum of all units of the position that are rejected at once.
func Rejected(p Position, reason string, n int64) []Movement {
	moves := Deallocate(p.SKU, p.Location, n)
	add := func(b Bucket, delta int64) {
		if delta != 0 {
			moves = append(moves, Movement{p.SKU, p.Location, b, delta})
		}
	}
	usable := max(0, p.Get(OnHand)-p.Get(Damaged)-p.Get(Quality)) // less than n where backorders are allowed
	switch effects[reason] {
	case missing:
		add(OnHand, -min(n, usable))
	case empty:
		add(OnHand, -min(n+max(0, p.Available()), usable))
	case spoiled:
		add(Damaged, min(n, usable))
	}
	return moves
}

// RejectedOf deallocates units of a component that are freed because their kits are not shipped, of which the location
// speaks of some: only these are corrected. The others are still there, and free.
func RejectedOf(p Position, reason string, freed, spoken int64) ([]Movement, error) {
	moves := Deallocate(p.SKU, p.Location, freed-spoken)
	if freed == spoken {
		moves = nil
	}
	if spoken == 0 {
		return moves, nil
	}
	p, err := p.Apply(moves...)
	return append(moves, Rejected(p, reason, spoken)...), err
}
