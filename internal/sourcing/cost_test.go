package sourcing

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawFreight gives nodes days of arrival, lines weights, and prices by weight: one by table, from a least one on.
func drawFreight(t *rapid.T, r *Request) {
	r.By = rapid.Int64Range(0, 5).Draw(t, "by")
	for i := range r.Demand {
		r.Demand[i].Load = Load{Grams: rapid.Int64Range(0, 3).Draw(t, "grams") * 500}
	}
	steps := map[string]int64{}
	for i := range r.Nodes {
		n := &r.Nodes[i]
		n.Arrives = rapid.Int64Range(0, 8).Draw(t, "arrives")
		n.Least = rapid.Int64Range(0, 6).Draw(t, "least")
		steps[n.Code] = rapid.Int64Range(0, 4).Draw(t, "step")
	}
	if rapid.Bool().Draw(t, "freight") {
		r.Shipping = func(n *Node, l Load) (int64, bool) { return n.Least + steps[n.Code]*l.Grams/1000, n.Code != "N0" }
	}
}

// What a shipment travels for depends on what it takes along: two light parcels may be cheaper than one heavy one.
func TestCostCountsTheWay(t *testing.T) {
	nodes := []Node{{Code: "A", Handling: 50, Least: 300}, {Code: "B", Handling: 10, Least: 300}, {Code: "C", Handling: 0, Least: 100}}
	bands := func(n *Node, l Load) (int64, bool) {
		switch {
		case n.Code == "C" && l.Grams > 1000:
			return 0, false
		case n.Code == "C":
			return 100, true
		case l.Grams <= 1000:
			return 300, true
		}
		return 900, true
	}
	demand := []Demand{{Line: "1", SKU: "x", Quantity: 1, Load: Load{Grams: 1000}}, {Line: "2", SKU: "y", Quantity: 1, Load: Load{Grams: 1000}}}
	everywhere := []Supply{{"x", "A", 9, 0}, {"y", "A", 9, 0}, {"x", "B", 9, 0}, {"y", "B", 9, 0}}
	plan := func(supply []Supply, c ...Criterion) Result {
		return Plan(Request{Demand: demand, Supply: supply, Nodes: nodes, Strategy: Strategy{Criteria: c}, Shipping: bands})
	}
	if got := plan(everywhere, Cost); !slices.Equal(placesOf(got.Assignments), []string{"B"}) { // two shipments would take all from the first anyway
		t.Errorf("%+v", got.Decision)
	}
	if got := plan(everywhere, FewestShipments, Cost); !slices.Equal(placesOf(got.Assignments), []string{"B"}) || *got.Decision.Nodes[1].Freight != 900 || *got.Decision.Nodes[1].Cost != 910 {
		t.Errorf("%+v", got.Decision)
	}
	// x at C and y at B: 100 and 310, less than 910 from B alone.
	got := plan(append(everywhere, Supply{"x", "C", 9, 0}), Cost)
	if !slices.Equal(placesOf(got.Assignments), []string{"B", "C"}) || got.Decision.Nodes[2].Grams != 1000 {
		t.Errorf("%+v", got.Decision)
	}
	if text := strings.Join(got.Decision.Sentences(), " "); !strings.Contains(text, "B ships 1 (cost 310, of it 300 to travel with 1000 g") {
		t.Error(text)
	}
	// A place of which no price is known comes last.
	got = plan([]Supply{{"x", "C", 9, 0}, {"y", "C", 9, 0}, {"x", "A", 9, 0}, {"y", "A", 9, 0}}, FewestShipments, Cost)
	if !slices.Equal(placesOf(got.Assignments), []string{"A"}) || !got.Decision.Nodes[1].Unpriced {
		t.Errorf("%+v", got.Decision)
	}
}

// What keeps the promise goes first, even where it takes more shipments; without a promise the soonest does where the
// strategy asks for it.
func TestPromiseGoesFirst(t *testing.T) {
	nodes := []Node{{Code: "A", Priority: 1, Arrives: 20_790}, {Code: "B", Priority: 2, Arrives: 20_781}, {Code: "C", Priority: 3, Arrives: 20_782}}
	demand := []Demand{line("1", "x", 1), line("2", "y", 1)}
	supply := []Supply{{"x", "A", 1, 0}, {"y", "A", 1, 0}, {"x", "B", 1, 0}, {"y", "C", 1, 0}}
	for _, c := range []struct {
		by       int64
		criteria []Criterion
		want     []string
	}{
		{0, nil, []string{"A"}},
		{20_790, nil, []string{"A"}},
		{20_783, nil, []string{"B", "C"}},
		{20_783, []Criterion{FewestShipments}, []string{"A"}},
		{20_700, nil, []string{"B", "C"}}, // all are late: the least late
		{0, []Criterion{Promise}, []string{"B", "C"}},
	} {
		got := Plan(Request{Demand: demand, Supply: supply, Nodes: nodes, By: c.by, Strategy: Strategy{Criteria: c.criteria}})
		if !slices.Equal(placesOf(got.Assignments), c.want) {
			t.Errorf("by %d %v: %+v", c.by, c.criteria, got.Decision)
		}
		if told := got.Decision.Nodes[0].Arrives; c.by > 0 && c.criteria == nil && told != "2026-12-03" {
			t.Errorf("arrives %q", told)
		}
	}
}
