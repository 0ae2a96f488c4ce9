// Package sourcing decides from which locations an order ships, and what happens to what no location has.
//
// What lives here: a pure function from demand, stock, nodes and a strategy to a plan with its explanation; strategies
// and rules as data. What does not: taking the stock, judging the conditions of rules (app).
// The one idea: the same inputs always give the same plan. Candidates are filtered, sets of them are compared by one
// criterion after the other (lower is better), and a tie is decided by priority, then code.
package sourcing

// Node is a location that may ship; a lower priority number is preferred.
type Node struct {
	Code     string
	Priority int64
	Place    Place
	Handling int64    // what a shipment from here costs before it travels, in minor units
	Least    int64    // what no shipment from here travels for less than, in minor units
	Arrives  int64    // day since 1970 on which what it ships now arrives; 0: not known
	ShipsTo  []string // countries; none: everywhere
	Pickup   bool     // customers may collect here
	Out      Reason   // why app leaves it out already, or ""
	NoShip   bool     // a place for collecting only
}

// Demand is what one order line needs. A kit has components, in units of one of the line: they stay together at one
// node.
type Demand struct {
	Line       string
	SKU        string
	Quantity   int64
	Components []Component
	Load       Load // of one unit
}

// Load is what carriers ask of a shipment. Zero dimensions are not known.
type Load struct {
	Grams   int64
	Volume  int64 // mm³
	Longest int64 // mm, of the longest thing in it
	units   int64
}

// maxVolume keeps the sum of any order within an int64; it is larger than any building.
const maxVolume = 1 << 60

func (l *Load) add(o Load, units int64) {
	l.units += units
	l.Grams += units * o.Grams
	if o.Volume > 0 && units > (maxVolume-l.Volume)/o.Volume {
		l.Volume = maxVolume
	} else {
		l.Volume += units * o.Volume
	}
	l.Longest = max(l.Longest, o.Longest)
}

// Component is a part of a kit.
type Component struct {
	SKU      string
	Quantity int64
}

// Supply is what can be promised of a SKU at a location: units that are there, and units that may be owed.
type Supply struct {
	SKU           string
	Location      string
	Available     int64
	Backorderable int64
}

// Assignment gives units of a line to a location. It is also what an order keeps of its reserved stock.
type Assignment struct {
	Line     string `json:"line"`
	SKU      string `json:"sku"`
	Location string `json:"location"`
	Quantity int64  `json:"quantity"`
}

// Shortage says that the nodes cannot fill the demand for a SKU. For the units of a kit that no node has together, and
// for what would need more shipments than allowed, Available is what could be filled.
type Shortage struct {
	SKU       string
	Requested int64
	Available int64
	Lines     []string // that want it
}

// Request is everything that a plan depends on.
type Request struct {
	Demand   []Demand
	Supply   []Supply
	Nodes    []Node
	To       Place
	PickupAt string // code of the location where the customer collects; "" to ship
	Strategy Strategy
	After    AfterAction // "" stands for Reject
	By       int64       // day since 1970 on which the customer was promised it; 0: nothing is promised yet

	// Shipping says what a shipment from the node travels for, in minor units, and false where no price is known. nil:
	// only handling counts.
	Shipping func(n *Node, l Load) (int64, bool)
}

// Result is a plan. After is "" where everything is assigned. With Backorder and Cancel the rest of the demand is in
// Backorders and Unfilled; with Park and Reject nothing is assigned at all.
type Result struct {
	Assignments []Assignment
	Backorders  []Assignment
	Unfilled    []Unfilled
	Short       []Shortage
	After       AfterAction
	Decision    Decision
}

// Unfilled are units of a line that are assigned nowhere.
type Unfilled struct {
	Line     string `json:"line"`
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Plan assigns every unit of the demand to a node, or does with what is missing what the after-action says. Demand is
// summed per SKU before it is compared with supply. Lines are filled in their order, nodes of the chosen set in order
// of preference.
func Plan(r Request) Result {
	if len(r.Demand) == 0 {
		return Result{}
	}
	p := newProblem(&r)
	limit := r.Strategy.shipments(p.stocked)
	var res Result
	var set []int
	if p.fillsAll() {
		set = p.choose(limit, nil)
	}
	if set == nil {
		set = p.partly(limit, &res)
	}
	if res.After == "" || res.After == Backorder || res.After == Cancel {
		res.Assignments = p.assign(set)
	}
	p.explain(&res)
	return res
}

// partly decides about a demand that cannot be filled: it lowers the demand to what can be, and finds a place for the
// rest, or gives up.
func (p *problem) partly(limit int, res *Result) []int {
	missing := p.shortages()
	reach, filled := p.reduce(limit)
	res.Short = p.explainShort(missing, filled)
	after := p.r.After.whole(p.r.Strategy.ShipComplete)
	if after == Reject || after == Park {
		res.After = after
		return nil
	}
	var set []int
	if len(reach) > 0 {
		set = p.choose(limit, reach)
	}
	if after == Backorder {
		res.Backorders = p.backorder(set)
	}
	some := len(res.Backorders) > 0
	for i := range p.lines {
		some = some || p.lines[i].quantity > 0
		if n := p.lines[i].left; n > 0 {
			res.Unfilled = append(res.Unfilled, Unfilled{Line: p.r.Demand[i].Line, SKU: p.r.Demand[i].SKU, Quantity: n})
		}
	}
	if !some || (after == Backorder && len(res.Unfilled) > 0) {
		res.After, res.Backorders, res.Unfilled = Reject, nil, nil
		return nil
	}
	res.After = after
	return set
}
