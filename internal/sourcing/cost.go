package sourcing

import "slices"

// unpriced is what a shipment counts for of which nobody knows what it travels for: more than any that has a price.
const unpriced = 1_000_000_000_000

// priceOf is what the shipments of a set cost: each with what it would take along. A node that would take nothing counts
// with its least, so that nothing is gained by it.
func (p *problem) priceOf(set []int) (sum int64) {
	if p.r.Shipping == nil {
		return p.least(Cost, set)
	}
	for i, l := range p.loads(set) {
		n := p.nodes[set[i]].Node
		if l.units == 0 {
			sum += n.Handling + n.Least
			continue
		}
		freight, ok := p.r.Shipping(n, l)
		if !ok {
			freight = unpriced
		}
		sum += n.Handling + freight
	}
	return sum
}

// loads are what each node of the set would ship of the demand.
func (p *problem) loads(set []int) []Load {
	p.scratch = append(p.scratch[:0], p.have...)
	out := make([]Load, len(set))
	for i := range p.lines {
		n := p.line(i)
		l, left := &p.lines[n], p.lines[n].quantity
		for k, node := range set {
			stock := p.of(p.scratch, node)
			if units := min(left, p.units(l, stock)); units > 0 {
				p.take(l, stock, units)
				left -= units
				out[k].add(p.r.Demand[n].Load, units)
			}
		}
	}
	return out
}

// tellCost adds to a note what its node's shipment costs; that of a node which is not needed is the one that it could
// send alone.
func (p *problem) tellCost(note *Note, node int) {
	n := &p.nodes[node]
	cost := n.Handling
	note.Cost = &cost
	if p.r.Shipping == nil {
		return
	}
	l := n.load
	if n.takes == 0 && node < p.stocked {
		l = p.loads([]int{node})[0]
	}
	freight, ok := p.r.Shipping(n.Node, l)
	note.Grams, note.Unpriced = l.Grams, !ok
	if ok {
		note.Freight = &freight
		cost += freight
	}
}

// Asks reports whether the plan will ask for a criterion: what it needs is to be found out then.
func (r *Request) Asks(c Criterion) bool { return slices.Contains(r.criteria(), c) }
