package sourcing

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// problem is a request in numbers: SKUs and nodes are indexes, stock is a matrix of node by SKU. Its nodes are those
// that may ship and have something that is wanted, in order of preference; the ones with stock come first.
type problem struct {
	r          *Request
	candidates []candidate // by node of the request
	nodes      []stockist
	stocked    int // how many of them have stock; the others may only owe
	skus       []string
	index      map[string]int // of SKUs; nil while there are few
	places     map[string]int // of candidates; nil where there are few
	lines      []want
	parts      []part
	order      []int   // the lines as they are filled where that is not their order: kits first, they are harder
	need       []int64 // by SKU
	have       []int64 // node*len(skus)+sku
	room       []int64 // like have: what may be backordered; nil unless asked for
	km         []int64 // by node, where a criterion asks
	cost       []int64 // the least of a node
	late       []int64
	scratch    []int64
	tries      int
}

// candidate is a node of the request: why it may not ship, or what it has, and its place among the nodes, from 1.
type candidate struct {
	out   Reason
	has   supplyRank
	place int
}

// supplyRank says what a candidate has of what is wanted.
type supplyRank int8

const (
	nothing supplyRank = iota
	owes
	stock
)

// stockist is a node that has what is wanted, with what an explanation tells about it.
type stockist struct {
	*Node
	rank              supplyRank
	from              int // index in the request
	total, takes, due int64
	load              Load // of what it ships
	lacks             int  // SKU, or -1
}

// few is up to what number names are looked for one by one: below it no map is faster.
const few = 12

// want is a line: its quantity, what is left over of it, and its parts.
type want struct {
	quantity, left int64
	from, to       int
}

type part struct {
	sku int
	n   int64
}

func newProblem(r *Request) *problem {
	n := len(r.Demand)
	p := &problem{r: r, lines: make([]want, n), parts: make([]part, 0, n), skus: make([]string, 0, n), need: make([]int64, 0, n)}
	for i, d := range r.Demand {
		p.lines[i].from = len(p.parts)
		p.lines[i].quantity = d.Quantity
		if len(d.Components) == 0 {
			p.addPart(i, d.SKU, 1)
		}
		for _, c := range d.Components {
			p.addPart(i, c.SKU, c.Quantity)
		}
		p.lines[i].to = len(p.parts)
	}
	for i, l := range p.lines {
		for _, c := range p.parts[l.from:l.to] {
			if p.order == nil && (c.n > 1 || l.to-l.from > 1) {
				p.order = p.kitsFirst()
			}
			p.need[c.sku] += p.lines[i].quantity * c.n
		}
	}
	p.filter()
	p.supply()
	return p
}

// addPart sums the parts of a kit per SKU.
func (p *problem) addPart(line int, sku string, n int64) {
	i := p.sku(sku)
	if i < 0 {
		i = len(p.skus)
		p.skus, p.need = append(p.skus, sku), append(p.need, 0)
		p.indexed()
	}
	for k := p.lines[line].from; k < len(p.parts); k++ {
		if p.parts[k].sku == i {
			p.parts[k].n += n
			return
		}
	}
	p.parts = append(p.parts, part{i, n})
}

// sku returns the index of a SKU that is wanted, or -1.
func (p *problem) sku(sku string) int {
	if p.index == nil {
		return slices.Index(p.skus, sku)
	}
	if i, ok := p.index[sku]; ok {
		return i
	}
	return -1
}

// indexed keeps the index of SKUs, once there are more than few.
func (p *problem) indexed() {
	n := len(p.skus)
	if n == few+1 {
		p.index = make(map[string]int, len(p.r.Demand))
		for i, s := range p.skus {
			p.index[s] = i
		}
	} else if n > few {
		p.index[p.skus[n-1]] = n - 1
	}
}

// at returns the index of a node that may ship, or -1.
func (p *problem) at(code string) int {
	i := -1
	if p.places == nil {
		i = slices.IndexFunc(p.r.Nodes, func(n Node) bool { return n.Code == code })
	} else if n, ok := p.places[code]; ok {
		i = n
	}
	if i >= 0 && p.candidates[i].out != "" {
		return -1
	}
	return i
}

func (p *problem) kitsFirst() []int {
	order := make([]int, len(p.lines))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(p.lines[b].to-p.lines[b].from, p.lines[a].to-p.lines[a].from)
	})
	return order
}

// supply picks the candidates that have what is wanted, and makes the matrix of their stock.
func (p *problem) supply() {
	owing := p.r.After == Backorder && !p.r.Strategy.ShipComplete
	count := 0
	for _, s := range p.r.Supply {
		has := nothing
		if s.Available > 0 {
			has = stock
		} else if owing && s.Backorderable > 0 {
			has = owes
		}
		if has == nothing || p.sku(s.SKU) < 0 {
			continue
		}
		if i := p.at(s.Location); i >= 0 {
			c := &p.candidates[i]
			if c.has == nothing {
				count++
			}
			c.has = max(c.has, has)
		}
	}
	p.nodes = make([]stockist, 0, count)
	for i, c := range p.candidates {
		if c.has != nothing {
			p.nodes = append(p.nodes, stockist{Node: &p.r.Nodes[i], rank: c.has, from: i, lacks: -1})
		}
		if c.has == stock {
			p.stocked++
		}
	}
	slices.SortFunc(p.nodes, func(a, b stockist) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(a.Priority, b.Priority), strings.Compare(a.Code, b.Code))
	})
	for i := range p.nodes {
		p.candidates[p.nodes[i].from].place = i + 1
	}
	p.fillMatrix(owing)
}

func (p *problem) fillMatrix(owing bool) {
	p.have = make([]int64, len(p.nodes)*len(p.skus))
	if owing {
		p.room = make([]int64, len(p.have))
	}
	for _, s := range p.r.Supply {
		i, sku := p.at(s.Location), p.sku(s.SKU)
		if i < 0 || sku < 0 || p.candidates[i].place == 0 {
			continue
		}
		k := (p.candidates[i].place-1)*len(p.skus) + sku
		p.have[k] += max(0, s.Available)
		if owing {
			p.room[k] += max(0, s.Backorderable)
		}
	}
	for i := range p.nodes {
		for s, n := range p.of(p.have, i) {
			p.nodes[i].total += min(n, p.need[s])
			if n < p.need[s] && p.nodes[i].lacks < 0 {
				p.nodes[i].lacks = s
			}
		}
	}
}

// of is the stock of a node in the matrix.
func (p *problem) of(matrix []int64, node int) []int64 {
	return matrix[node*len(p.skus) : (node+1)*len(p.skus)]
}

// units is how many of a line the stock makes.
func (p *problem) units(l *want, stock []int64) int64 {
	n := int64(math.MaxInt64)
	for _, c := range p.parts[l.from:l.to] {
		n = min(n, stock[c.sku]/c.n)
	}
	return n
}

func (p *problem) take(l *want, stock []int64, n int64) {
	for _, c := range p.parts[l.from:l.to] {
		stock[c.sku] -= n * c.n
	}
}

// line is the i-th line to fill.
func (p *problem) line(i int) int {
	if p.order == nil {
		return i
	}
	return p.order[i]
}

// fillsAll reports whether there is enough of every SKU at all nodes together.
func (p *problem) fillsAll() bool {
	for s := range p.skus {
		if p.total(s) < p.need[s] {
			return false
		}
	}
	return true
}

func (p *problem) total(sku int) (sum int64) {
	for i := range p.stocked {
		sum += p.of(p.have, i)[sku]
	}
	return sum
}

// fills reports whether the nodes of the set can fill the demand. Where a kit has to stay together it is tried out,
// since sums do not tell.
func (p *problem) fills(set []int) bool {
	for s, need := range p.need {
		var sum int64
		for _, i := range set {
			sum += p.have[i*len(p.skus)+s]
		}
		if sum < need {
			return false
		}
	}
	if p.order == nil || len(set) == 1 {
		return true
	}
	filled := p.simulate(set)
	for i, l := range p.lines {
		if filled[i] < l.quantity {
			return false
		}
	}
	return true
}

// simulate fills the lines from the nodes of the set and returns how many units of each are filled.
func (p *problem) simulate(set []int) []int64 {
	have := slices.Clone(p.have)
	filled := make([]int64, len(p.lines))
	for i := range p.lines {
		n := p.line(i)
		l := &p.lines[n]
		for _, node := range set {
			stock := p.of(have, node)
			if units := min(l.quantity-filled[n], p.units(l, stock)); units > 0 {
				filled[n] += units
				p.take(l, stock, units)
			}
		}
	}
	return filled
}

// reduce lowers the demand to what can be filled with at most limit shipments, and returns the nodes that do it and
// the units per SKU.
func (p *problem) reduce(limit int) (reach []int, filledSKU []int64) {
	for i := range p.stocked {
		reach = append(reach, i)
	}
	if limit < len(reach) {
		reach = p.greedy(limit)
	}
	filledSKU = make([]int64, len(p.skus))
	filled := p.simulate(reach)
	for i := range p.lines {
		l := &p.lines[i]
		l.left, l.quantity = l.quantity-filled[i], filled[i]
		for _, c := range p.parts[l.from:l.to] {
			filledSKU[c.sku] += l.quantity * c.n
		}
	}
	copy(p.need, filledSKU)
	return reach, filledSKU
}

// assign fills the lines from the nodes of the set.
func (p *problem) assign(set []int) []Assignment {
	out := make([]Assignment, 0, len(p.lines))
	for i := range p.lines {
		n := p.line(i)
		l, left := &p.lines[n], p.lines[n].quantity
		for _, node := range set {
			stock := p.of(p.have, node)
			units := min(left, p.units(l, stock))
			if units <= 0 {
				continue
			}
			p.take(l, stock, units)
			left -= units
			p.nodes[node].takes += units
			p.nodes[node].load.add(p.r.Demand[n].Load, units)
			out = append(out, Assignment{Line: p.r.Demand[n].Line, SKU: p.r.Demand[n].SKU, Location: p.nodes[node].Code, Quantity: units})
		}
	}
	if p.order != nil {
		p.inLineOrder(out)
	}
	return out
}

func (p *problem) inLineOrder(out []Assignment) {
	at := make(map[string]int, len(p.lines))
	for i, d := range p.r.Demand {
		at[d.Line] = i
	}
	slices.SortStableFunc(out, func(a, b Assignment) int { return cmp.Compare(at[a.Line], at[b.Line]) })
}

// backorder owes what is left over of the lines: at the nodes that ship anyway, then at the others in order.
func (p *problem) backorder(set []int) []Assignment {
	nodes := slices.Clone(set)
	for i := range p.nodes {
		if !slices.Contains(set, i) {
			nodes = append(nodes, i)
		}
	}
	var out []Assignment
	for i := range p.lines {
		n := p.line(i)
		l := &p.lines[n]
		for _, node := range nodes {
			room := p.of(p.room, node)
			units := min(l.left, p.units(l, room))
			if units <= 0 {
				continue
			}
			p.take(l, room, units)
			l.left -= units
			p.nodes[node].due += units
			out = append(out, Assignment{Line: p.r.Demand[n].Line, SKU: p.r.Demand[n].SKU, Location: p.nodes[node].Code, Quantity: units})
		}
	}
	if p.order != nil {
		p.inLineOrder(out)
	}
	return out
}

// shortages lists the SKUs of which there is too little at all nodes together.
func (p *problem) shortages() []Shortage {
	var out []Shortage
	for s, sku := range p.skus {
		if sum := p.total(s); sum < p.need[s] {
			out = append(out, Shortage{SKU: sku, Requested: p.need[s], Available: sum})
		}
	}
	return out
}

// explainShort says what is short where the sums do not: kits that no node has together, too many shipments.
func (p *problem) explainShort(short []Shortage, filled []int64) []Shortage {
	wanted := make([]int64, len(p.skus))
	for i := range p.lines {
		l := &p.lines[i]
		for _, c := range p.parts[l.from:l.to] {
			wanted[c.sku] += (l.quantity + l.left) * c.n
		}
	}
	if len(short) == 0 {
		for s, sku := range p.skus {
			if filled[s] < wanted[s] {
				short = append(short, Shortage{SKU: sku, Requested: wanted[s], Available: filled[s]})
			}
		}
	}
	for i := range short {
		s := p.sku(short[i].SKU)
		for n, l := range p.lines {
			if slices.ContainsFunc(p.parts[l.from:l.to], func(c part) bool { return c.sku == s }) {
				short[i].Lines = append(short[i].Lines, p.r.Demand[n].Line)
			}
		}
	}
	return short
}
