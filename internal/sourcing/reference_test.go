package sourcing

import "sort"

// The default strategy as it was first written: the oracle that it still decides the same.

// referencePlan assigns every unit of the demand to a node, or returns what is missing. Demand is summed per SKU before it is
// compared with supply. Lines are filled in their order, nodes of the chosen set in theirs.
func referencePlan(demand []Demand, supply []Supply, nodes []Node) ([]Assignment, []Shortage) {
	nodes = append([]Node(nil), nodes...)
	sort.Slice(nodes, func(i, j int) bool {
		if nodes[i].Priority != nodes[j].Priority {
			return nodes[i].Priority < nodes[j].Priority
		}
		return nodes[i].Code < nodes[j].Code
	})
	p := refProblem{need: map[string]int64{}, have: make([]map[string]int64, len(nodes))}
	at := make(map[string]int, len(nodes))
	for i, n := range nodes {
		at[n.Code], p.have[i] = i, map[string]int64{}
	}
	for _, d := range demand {
		if _, seen := p.need[d.SKU]; !seen {
			p.skus = append(p.skus, d.SKU)
		}
		p.need[d.SKU] += d.Quantity
	}
	for _, s := range supply {
		if i, ok := at[s.Location]; ok && s.Available > 0 && p.need[s.SKU] > 0 {
			p.have[i][s.SKU] += s.Available
		}
	}
	if short := p.shortages(); len(short) > 0 {
		return nil, short
	}
	return p.assign(demand, nodes, p.smallestSet()), nil
}

type refProblem struct {
	skus []string // in order of first demand
	need map[string]int64
	have []map[string]int64 // by node
}

func (p *refProblem) shortages() []Shortage {
	var out []Shortage
	for _, sku := range p.skus {
		var sum int64
		for _, h := range p.have {
			sum += h[sku]
		}
		if sum < p.need[sku] {
			out = append(out, Shortage{SKU: sku, Requested: p.need[sku], Available: sum})
		}
	}
	return out
}

func (p *refProblem) fills(set []int) bool {
	for _, sku := range p.skus {
		var sum int64
		for _, i := range set {
			sum += p.have[i][sku]
		}
		if sum < p.need[sku] {
			return false
		}
	}
	return true
}

// smallestSet tries sets of one node, of two, … in order of preference.
func (p *refProblem) smallestSet() []int {
	var useful []int
	for i, h := range p.have {
		if len(h) > 0 {
			useful = append(useful, i)
		}
	}
	tries := 0
	for size := 1; size < len(useful); size++ {
		set := make([]int, 0, size)
		var search func(from int) bool
		search = func(from int) bool {
			if len(set) == size {
				tries++
				return p.fills(set)
			}
			for i := from; i <= len(useful)-(size-len(set)) && tries < maxTries; i++ {
				set = append(set, useful[i])
				if search(i + 1) {
					return true
				}
				set = set[:len(set)-1]
			}
			return false
		}
		if search(0) {
			return set
		}
		if tries >= maxTries {
			return p.greedySet(useful)
		}
	}
	return useful
}

// greedySet adds the node that fills most of what is still missing until nothing is.
func (p *refProblem) greedySet(useful []int) []int {
	missing := make(map[string]int64, len(p.need))
	for sku, n := range p.need {
		missing[sku] = n
	}
	var set []int
	taken := map[int]bool{}
	for len(set) < len(useful) && !p.fills(set) {
		best, most := -1, int64(-1)
		for _, i := range useful {
			if taken[i] {
				continue
			}
			var gain int64
			for _, sku := range p.skus {
				gain += min(p.have[i][sku], missing[sku])
			}
			if gain > most {
				best, most = i, gain
			}
		}
		taken[best] = true
		set = append(set, best)
		for sku := range missing {
			missing[sku] -= min(p.have[best][sku], missing[sku])
		}
	}
	sort.Ints(set)
	return set
}

func (p *refProblem) assign(demand []Demand, nodes []Node, set []int) []Assignment {
	var out []Assignment
	for _, d := range demand {
		left := d.Quantity
		for _, i := range set {
			units := min(left, p.have[i][d.SKU])
			if units <= 0 {
				continue
			}
			p.have[i][d.SKU] -= units
			left -= units
			out = append(out, Assignment{Line: d.Line, SKU: d.SKU, Location: nodes[i].Code, Quantity: units})
		}
	}
	return out
}
