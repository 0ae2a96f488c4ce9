package sourcing

import "slices"

// Reason says why a node does not take part.
type Reason string

// The reasons. App knows the first ones before it asks, the others follow from the request.
const (
	Inactive   Reason = "inactive"    // the location is not active
	NotServed  Reason = "not_served"  // the channel does not ship from there
	Refused    Reason = "refused"     // it refused or failed this order before
	AtCapacity Reason = "at_capacity" // it has all the fulfillment orders that it takes in a day
	PickupOnly Reason = "pickup_only" // it does not ship
	NoPickup   Reason = "no_pickup"   // the customer collects elsewhere
	NotShipped Reason = "not_shipped" // it does not ship to the country
	LeftOut    Reason = "left_out"    // the strategy leaves it out
	NoStock    Reason = "no_stock"    // it has nothing of what is wanted
)

// filter notes why nodes may not ship.
func (p *problem) filter() {
	p.candidates = make([]candidate, len(p.r.Nodes))
	if len(p.r.Nodes) > few {
		p.places = make(map[string]int, len(p.r.Nodes))
	}
	for i := range p.r.Nodes {
		n := &p.r.Nodes[i]
		p.candidates[i].out = p.r.out(n)
		if p.places != nil {
			p.places[n.Code] = i
		}
	}
}

func (r *Request) out(n *Node) Reason {
	s := &r.Strategy
	switch {
	case n.Out != "":
		return n.Out
	case r.PickupAt != "" && (r.PickupAt != n.Code || !n.Pickup):
		return NoPickup
	case r.PickupAt == "" && n.NoShip:
		return PickupOnly
	case r.PickupAt == "" && len(n.ShipsTo) > 0 && !slices.Contains(n.ShipsTo, r.To.Country):
		return NotShipped
	case len(s.Locations) > 0 && !slices.Contains(s.Locations, n.Code), slices.Contains(s.Exclude, n.Code):
		return LeftOut
	}
	return ""
}
