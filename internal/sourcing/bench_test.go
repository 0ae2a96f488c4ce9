package sourcing

import (
	"fmt"
	"testing"
)

func BenchmarkPlan(b *testing.B) {
	for _, c := range []struct{ lines, nodes int }{{3, 1}, {3, 3}, {10, 20}, {500, 5}} {
		var demand []Demand
		var supply []Supply
		var nodes []Node
		for i := range c.nodes {
			nodes = append(nodes, Node{Code: fmt.Sprint("N", i), Priority: int64(i)})
		}
		for i := range c.lines {
			sku := fmt.Sprint("S", i)
			demand = append(demand, Demand{Line: fmt.Sprint(i), SKU: sku, Quantity: 2})
			for n := range c.nodes {
				supply = append(supply, Supply{SKU: sku, Location: nodes[n].Code, Available: 10})
			}
		}
		b.Run(fmt.Sprintf("lines=%d/nodes=%d", c.lines, c.nodes), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Plan(Request{Demand: demand, Supply: supply, Nodes: nodes})
			}
		})
	}
}
