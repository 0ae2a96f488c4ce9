package sourcing

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestFewestShipmentsThenPriority(t *testing.T) {
	nodes := []Node{{"B", 2}, {"A", 1}, {"C", 3}}
	demand := []Demand{{"1", "x", 2}, {"2", "y", 1}}
	for name, c := range map[string]struct {
		supply []Supply
		want   []Assignment
	}{
		"one node by priority": {
			[]Supply{{"x", "A", 5}, {"y", "A", 5}, {"x", "B", 5}, {"y", "B", 5}},
			[]Assignment{{"1", "x", "A", 2}, {"2", "y", "A", 1}},
		},
		"one node beats two better ones": {
			[]Supply{{"x", "A", 5}, {"y", "B", 5}, {"x", "C", 2}, {"y", "C", 1}},
			[]Assignment{{"1", "x", "C", 2}, {"2", "y", "C", 1}},
		},
		"a line is split when it must be": {
			[]Supply{{"x", "A", 1}, {"x", "B", 1}, {"y", "B", 1}},
			[]Assignment{{"1", "x", "A", 1}, {"1", "x", "B", 1}, {"2", "y", "B", 1}},
		},
	} {
		got, short := Plan(demand, c.supply, nodes)
		if len(short) > 0 || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, %v", name, got, short)
		}
	}
}

func TestDemandIsSummedPerSKU(t *testing.T) { // drill D2: never both lines pass on the same unit
	_, short := Plan([]Demand{{"1", "x", 1}, {"2", "x", 1}}, []Supply{{"x", "A", 1}}, []Node{{"A", 1}})
	if want := []Shortage{{"x", 2, 1}}; !reflect.DeepEqual(short, want) {
		t.Errorf("got %v, want %v", short, want)
	}
}

func TestPlanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var nodes []Node
		var supply []Supply
		for i := range rapid.IntRange(1, 7).Draw(t, "nodes") {
			code := fmt.Sprint("N", i)
			nodes = append(nodes, Node{code, rapid.IntRange(0, 3).Draw(t, "priority")})
			for s := range 4 {
				supply = append(supply, Supply{fmt.Sprint("s", s), code, rapid.Int64Range(0, 6).Draw(t, "available")})
			}
		}
		var demand []Demand
		need, total, out := map[string]int64{}, map[string]int64{}, map[[2]string]int64{}
		for i := range rapid.IntRange(1, 5).Draw(t, "lines") {
			d := Demand{fmt.Sprint(i), fmt.Sprint("s", rapid.IntRange(0, 3).Draw(t, "sku")), rapid.Int64Range(1, 6).Draw(t, "quantity")}
			demand = append(demand, d)
			need[d.SKU] += d.Quantity
		}
		for _, s := range supply {
			total[s.SKU] += s.Available
		}
		plan, short := Plan(demand, supply, nodes)
		for sku, n := range need {
			if n > total[sku] && len(short) == 0 {
				t.Fatalf("%s is short and nobody says so", sku)
			}
		}
		if len(short) > 0 {
			return
		}
		perLine := map[string]int64{}
		for _, a := range plan {
			perLine[a.Line] += a.Quantity
			out[[2]string{a.SKU, a.Location}] += a.Quantity
		}
		for _, d := range demand {
			if perLine[d.Line] != d.Quantity {
				t.Fatalf("line %s gets %d of %d", d.Line, perLine[d.Line], d.Quantity)
			}
		}
		for _, s := range supply {
			if out[[2]string{s.SKU, s.Location}] > s.Available {
				t.Fatalf("more than there is of %s at %s", s.SKU, s.Location)
			}
		}
		again, _ := Plan(demand, supply, nodes)
		if !reflect.DeepEqual(plan, again) {
			t.Fatal("a second run gives another plan")
		}
	})
}
