package order

import (
	"testing"

	"pgregory.net/rapid"
)

// What is recognized step by step is what may be captured for what has shipped, and in the end the total (P7).
func TestRevenueIsWhatShipped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := placement(rapid.SliceOfN(rapid.Int64Range(1, 9), 1, 4).Draw(t, "quantities")...)
		p.ShippingMethod = "post"
		p.Discounts = []PlacementDiscount{{Code: "spring", Amount: eur(rapid.Int64Range(1, 900).Draw(t, "discount"))}}
		tab := tables()
		tab.PricesIncludeTax, tab.ShippingTaxClass = rapid.Bool().Draw(t, "included"), "standard"
		o := newOrder(t, p, tab)
		accepted, err := Accept(o, now)
		o = must(t, accepted, err)
		if _, ok := Recognized(o).Since(Revenue{Currency: "EUR"}); ok {
			t.Fatal("revenue before anything shipped")
		}
		var sum Revenue
		for _, l := range o.Lines {
			for left := l.Quantity; left > 0; {
				n := rapid.Int64Range(1, left).Draw(t, "ship")
				left -= n
				before := Recognized(o)
				shipped, err := Work(o, []Delta{{Line: l.ID, Allocated: -n, Shipped: n}}, "", now)
				o = must(t, shipped, err)
				d, _ := Recognized(o).Since(before)
				sum.Goods, sum.Shipping, sum.Tax = sum.Goods+d.Goods, sum.Shipping+d.Shipping, sum.Tax+d.Tax
				if sum.Sum() != ShippedWorth(o) {
					t.Fatalf("recognized %d, shipped worth %d", sum.Sum(), ShippedWorth(o))
				}
			}
		}
		if sum.Sum() != o.Totals.GrandTotal || sum.Tax != o.Totals.Tax+o.Totals.TaxIncluded {
			t.Fatalf("%+v of %+v", sum, o.Totals)
		}
		c := Clone(o)
		c.Grants = []Grant{{Amount: 7}}
		if d, ok := Recognized(c).Since(Recognized(o)); !ok || d.Sum() != -7 {
			t.Fatalf("a grant of 7 gives %+v", d)
		}
	})
}
