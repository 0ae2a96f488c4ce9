package sourcing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Decision is what is kept of how a plan was made: compact enough to travel with every order.
type Decision struct {
	Rule       string       `json:"rule,omitzero"`     // code of the rule that chose the strategy; "": the default
	Criteria   []Criterion  `json:"criteria,omitzero"` // where they are not the default ones
	Nodes      []Note       `json:"nodes,omitzero"`    // candidates in order of preference, then those left out
	More       int          `json:"more,omitzero"`     // nodes beyond those
	Tries      int          `json:"tries,omitzero"`    // sets of nodes that were compared; omitted where the first one did
	After      AfterAction  `json:"after,omitzero"`
	Backorders []Assignment `json:"backorders,omitzero"`
	Unfilled   []Unfilled   `json:"unfilled,omitzero"`
}

// Note is what a decision says about one node.
type Note struct {
	Location   string `json:"location"`
	Out        Reason `json:"out,omitzero"`        // why it could not take part
	Has        int64  `json:"has,omitzero"`        // units that it has of what is wanted; components of kits one by one
	Lacks      string `json:"lacks,omitzero"`      // the first SKU that it has too little of
	Takes      int64  `json:"takes,omitzero"`      // units of lines that it ships
	Owes       int64  `json:"owes,omitzero"`       // units of lines that it owes
	Kilometers *int64 `json:"kilometers,omitzero"` // where distance was a criterion
	Cost       *int64 `json:"cost,omitzero"`       // where cost was a criterion: handling and freight
	Freight    *int64 `json:"freight,omitzero"`    // what its shipment travels for, of Cost
	Grams      int64  `json:"grams,omitzero"`      // of that shipment
	Unpriced   bool   `json:"unpriced,omitzero"`   // no table has a price for it: Cost is handling alone
	Arrives    string `json:"arrives,omitzero"`    // where promise was a criterion: day of what it ships now
	Priority   int64  `json:"priority,omitzero"`
}

// MaxNotes bounds what a decision tells: with hundreds of stores nobody reads on.
const MaxNotes = 20

func (p *problem) explain(res *Result) {
	d := &res.Decision
	d.After, d.Backorders, d.Unfilled = res.After, res.Backorders, res.Unfilled
	if p.tries > 1 {
		d.Tries = p.tries
	}
	if s := p.r.criteria(); !slices.Equal(s, DefaultCriteria) {
		d.Criteria = s
	}
	d.Nodes = make([]Note, 0, min(len(p.r.Nodes), MaxNotes))
	for i := range p.nodes {
		n := &p.nodes[i]
		if len(d.Nodes) >= MaxNotes && n.takes+n.due == 0 {
			continue
		}
		note := Note{Location: n.Code, Has: n.total, Takes: n.takes, Owes: n.due, Priority: n.Priority}
		if n.lacks >= 0 {
			note.Lacks = p.skus[n.lacks]
		}
		if p.km != nil {
			note.Kilometers = &p.km[i]
		}
		if p.cost != nil {
			p.tellCost(&note, i)
		}
		if p.late != nil && n.Arrives > 0 {
			note.Arrives = time.Unix(n.Arrives*86400, 0).UTC().Format(time.DateOnly)
		}
		d.Nodes = append(d.Nodes, note)
	}
	p.leftOut(d)
	d.More = len(p.r.Nodes) - len(d.Nodes)
}

// leftOut adds the nodes that could not take part, by code.
func (p *problem) leftOut(d *Decision) {
	if len(p.nodes) == len(p.r.Nodes) {
		return
	}
	from := len(d.Nodes)
	for i := range p.r.Nodes {
		c := p.candidates[i]
		if c.has != nothing {
			continue
		}
		n := Note{Location: p.r.Nodes[i].Code, Out: c.out}
		if n.Out == "" {
			n.Out, n.Lacks = NoStock, p.skus[0]
		}
		d.Nodes = append(d.Nodes, n)
	}
	slices.SortFunc(d.Nodes[from:], func(a, b Note) int { return cmp.Compare(a.Location, b.Location) })
	if room := max(MaxNotes, from); len(d.Nodes) > room {
		d.Nodes = d.Nodes[:room]
	}
}

// Sentences tell the decision to people, node by node.
func (d *Decision) Sentences() []string {
	how := d.Criteria
	if len(how) == 0 {
		how = DefaultCriteria
	}
	rule := "the default strategy"
	if d.Rule != "" {
		rule = "rule " + d.Rule
	}
	out := []string{fmt.Sprintf("Decided by %s: %s.", rule, strings.ReplaceAll(words(how), "_", " "))}
	for _, n := range d.Nodes {
		out = append(out, n.sentence())
	}
	if d.More > 0 {
		out = append(out, fmt.Sprintf("%d more locations were looked at.", d.More))
	}
	fate := "canceled: out of stock"
	if d.After == Park {
		fate = "parked until stock arrives"
	}
	for _, u := range d.Unfilled {
		out = append(out, fmt.Sprintf("%d of %s (line %s) %s.", u.Quantity, u.SKU, u.Line, fate))
	}
	if d.After == Park && len(d.Unfilled) == 0 {
		out = append(out, "All of it is parked until stock arrives.")
	}
	return out
}

var sentences = map[Reason]string{
	Inactive: "it is not active", NotServed: "the channel does not ship from there", Refused: "it refused or failed this order before",
	AtCapacity: "it has no capacity left today", PickupOnly: "it does not ship", NoPickup: "the customer collects elsewhere",
	NotShipped: "it does not ship to the country", LeftOut: "the strategy leaves it out",
}

func (n Note) sentence() string {
	switch {
	case n.Out == NoStock:
		return n.Location + " excluded: no stock of " + n.Lacks + "."
	case n.Out != "":
		return n.Location + " excluded: " + sentences[n.Out] + "."
	}
	verb := "not needed"
	if n.Takes > 0 {
		verb = fmt.Sprintf("ships %d", n.Takes)
	}
	if n.Owes > 0 {
		verb = strings.TrimPrefix(verb+fmt.Sprintf(", owes %d", n.Owes), "not needed, ")
	}
	var facts []string
	if n.Kilometers != nil {
		facts = append(facts, fmt.Sprintf("%d km", *n.Kilometers))
	}
	if n.Cost != nil {
		facts = append(facts, fmt.Sprintf("cost %d", *n.Cost))
	}
	if n.Freight != nil {
		facts = append(facts, fmt.Sprintf("of it %d to travel with %d g", *n.Freight, n.Grams))
	}
	if n.Unpriced {
		facts = append(facts, "no price for the way")
	}
	if n.Arrives != "" {
		facts = append(facts, "arrives "+n.Arrives)
	}
	facts = append(facts, fmt.Sprintf("has %d", n.Has))
	if n.Lacks != "" {
		facts = append(facts, "too little of "+n.Lacks)
	}
	return fmt.Sprintf("%s %s (%s, priority %d).", n.Location, verb, strings.Join(facts, ", "), n.Priority)
}
