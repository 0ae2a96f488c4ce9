package sourcing

import (
	"cmp"
	"slices"
)

// maxTries bounds the search for the best set of nodes; beyond it greedy choices are compared with what was found.
const maxTries = 10_000

// search looks for the best set of at most limit nodes that fills the demand.
type search struct {
	*problem
	criteria []Criterion
	order    []int // nodes as they are tried: by what a criterion says about one node, then by preference
	set      []int
	best     []int
	first    bool      // the first set found of a size is the best of its size
	bound    Criterion // a number that no better set exceeds; "" for none
	price    int64     // of the best set, where cost is a criterion
}

// choose returns the best set, in the order in which its nodes are used; fallback where none is found.
func (p *problem) choose(limit int, fallback []int) []int {
	limit = min(limit, p.stocked)
	s := search{problem: p, criteria: p.r.criteria()}
	s.prepare()
	if s.criteria[0] == Priority {
		if set := s.inOrder(limit); set != nil {
			return set
		}
	}
	s.set = make([]int, 0, limit)
	for size := 1; size <= limit && p.tries < maxTries; size++ {
		if s.try(0, size) || (s.best != nil && s.enough(size)) {
			return s.best
		}
	}
	if p.tries >= maxTries {
		s.offer(s.greedy(limit))
		s.offer(s.inOrder(limit))
	}
	if s.best == nil {
		return fallback
	}
	return s.best
}

// prepare puts the nodes in the order of trying, and finds what may be left out of the search.
func (s *search) prepare() {
	s.order = make([]int, s.stocked)
	for i := range s.order {
		s.order[i] = i
	}
	rest := s.criteria
	for len(rest) > 0 && (rest[0] == ShipComplete || rest[0] == FewestShipments) {
		rest = rest[1:]
	}
	s.first = len(rest) < len(s.criteria) && (len(rest) == 0 || (len(rest) == 1 && rest[0] == Priority))
	if s.first {
		return // the order of preference is the order of trying
	}
	if len(rest) > 0 && rest[0] != Priority {
		s.bound = rest[0]
	}
	s.measure()
	slices.SortStableFunc(s.order, func(a, b int) int {
		for _, c := range s.criteria {
			if d := cmp.Compare(s.value(c, a), s.value(c, b)); d != 0 {
				return d
			}
		}
		return 0
	})
}

// measure computes what the criteria ask of nodes.
func (p *problem) measure() {
	for _, c := range p.r.criteria() {
		if c == Distance && p.km == nil {
			p.km = make([]int64, len(p.nodes))
			for i, n := range p.nodes {
				p.km[i] = kilometers(n.Place, p.r.To)
			}
		}
		if c == Cost && p.cost == nil {
			p.cost = make([]int64, len(p.nodes))
			for i, n := range p.nodes {
				p.cost[i] = n.Handling + n.Least
			}
		}
		if c == Promise && p.late == nil {
			p.late = make([]int64, len(p.nodes))
			for i, n := range p.nodes {
				p.late[i] = max(0, n.Arrives-p.r.By)
			}
		}
	}
}

// value is what a criterion says about one node, at least: what it travels for depends on what it takes along. 0 where
// the criterion speaks of sets only.
func (p *problem) value(c Criterion, node int) int64 {
	switch c {
	case Distance:
		return p.km[node]
	case Cost:
		return p.cost[node]
	case Promise:
		return p.late[node]
	case Priority:
		return p.nodes[node].Priority
	}
	return 0
}

// enough reports whether no larger set can be better than one of this size.
func (s *search) enough(size int) bool {
	for _, c := range s.criteria {
		switch {
		case c == FewestShipments, c == ShipComplete && size == 1:
			return true
		case c == Promise && s.least(Promise, s.best) == slices.Min(s.late[:s.stocked]): // no set is earlier
		case c != ShipComplete:
			return false
		}
	}
	return true
}

// try goes through the sets of a size in order; it reports whether it has found one that cannot be beaten.
func (s *search) try(from, size int) bool {
	if len(s.set) == size {
		s.tries++
		if s.fills(s.set) {
			s.offer(s.set)
			return s.first
		}
		return false
	}
	for i := from; i <= len(s.order)-(size-len(s.set)) && s.tries < maxTries; i++ {
		s.set = append(s.set, s.order[i])
		done := !s.hopeless() && s.try(i+1, size)
		s.set = s.set[:len(s.set)-1]
		if done {
			return true
		}
	}
	return false
}

// hopeless reports whether the set is worse already than the best one, whatever is added to it.
func (s *search) hopeless() bool {
	if s.bound == "" || s.best == nil {
		return false
	}
	best := s.price
	if s.bound != Cost {
		best = s.least(s.bound, s.best)
	}
	return s.least(s.bound, s.set) > best
}

// offer takes the set if it is better than the best one so far.
func (s *search) offer(set []int) {
	if set == nil {
		return
	}
	price := int64(0)
	if s.cost != nil {
		price = s.priceOf(set)
	}
	if s.best == nil || s.compare(set, price, s.best, s.price) < 0 {
		s.best, s.price = slices.Clone(set), price
	}
}

// compare asks one criterion after the other, then preference.
func (s *search) compare(a []int, priceA int64, b []int, priceB int64) int {
	for _, c := range s.criteria {
		d := 0
		switch c {
		case Cost:
			d = cmp.Compare(priceA, priceB)
		case Priority:
			d = slices.CompareFunc(s.preferred(a), s.preferred(b), func(x, y int) int { return cmp.Compare(s.nodes[x].Priority, s.nodes[y].Priority) })
		default:
			d = cmp.Compare(s.least(c, a), s.least(c, b))
		}
		if d != 0 {
			return d
		}
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), slices.Compare(s.preferred(a), s.preferred(b)))
}

// preferred is the set in order of preference.
func (s *search) preferred(set []int) []int { return slices.Sorted(slices.Values(set)) }

// least is what a criterion says about a set and all that it is part of, at least; that is exact but for cost (priceOf)
// and priority (compare).
func (p *problem) least(c Criterion, set []int) (sum int64) {
	switch c {
	case ShipComplete:
		return int64(min(1, len(set)-1))
	case FewestShipments:
		return int64(len(set))
	}
	for _, n := range set {
		if c == Promise {
			sum = max(sum, p.value(c, n)) // the last shipment counts
		} else {
			sum += p.value(c, n)
		}
	}
	return sum
}

// inOrder takes node after node in the order of trying, where it has something that is still missing; nil when more
// than limit nodes are needed.
func (s *search) inOrder(limit int) []int {
	missing := slices.Clone(s.need)
	var set []int
	for _, n := range s.order {
		if s.gain(n, missing) == 0 {
			continue
		}
		if len(set) == limit {
			return nil
		}
		set = append(set, n)
		if s.subtract(n, missing); s.fills(set) {
			return set
		}
	}
	return nil
}

// greedy adds the node that fills most of what is still missing, until nothing is or limit is reached.
func (p *problem) greedy(limit int) []int {
	missing := slices.Clone(p.need)
	var set []int
	for len(set) < limit && !p.fills(set) {
		best, most := -1, int64(-1)
		for i := range p.stocked {
			if slices.Contains(set, i) {
				continue
			}
			if gain := p.gain(i, missing); gain > most {
				best, most = i, gain
			}
		}
		if best < 0 {
			break
		}
		set = append(set, best)
		p.subtract(best, missing)
	}
	slices.Sort(set)
	return set
}

func (p *problem) gain(node int, missing []int64) (sum int64) {
	for s, n := range p.of(p.have, node) {
		sum += min(n, missing[s])
	}
	return sum
}

func (p *problem) subtract(node int, missing []int64) {
	for s, n := range p.of(p.have, node) {
		missing[s] -= min(n, missing[s])
	}
}
