package order

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/money"
)

// O1, computed a second time in numbers that cannot overflow.
func TestTotalsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, _, o := genOrder(t)
		cancelSome(t, o)
		if err := Check(o); err != nil {
			t.Fatal(err)
		}
		items, worth, kept := new(big.Int), new(big.Int), int64(0)
		for _, l := range o.Lines {
			kept += l.Kept()
			items.Add(items, new(big.Int).Mul(big.NewInt(l.UnitPrice), big.NewInt(l.Kept())))
			worth.Add(worth, big.NewInt(l.Worth(l.Kept())))
		}
		got := o.Totals
		if items.Cmp(big.NewInt(got.Items)) != 0 {
			t.Fatalf("items %d, want %s", got.Items, items)
		}
		if got.GrandTotal != got.Items-got.Discount+got.Shipping+got.Tax {
			t.Fatalf("O1: %+v", got)
		}
		// The lines' worth, shipping and its tax are the whole too.
		if kept > 0 {
			worth.Add(worth, big.NewInt(o.Shipping.Amount))
			for _, tax := range o.Shipping.TaxLines {
				if !tax.Included {
					worth.Add(worth, big.NewInt(tax.Amount))
				}
			}
		}
		if worth.Cmp(big.NewInt(got.GrandTotal)) != 0 {
			t.Fatalf("lines and shipping are worth %s, the order %d", worth, got.GrandTotal)
		}
		if kept == 0 && got != (Totals{}) {
			t.Fatalf("nothing is wanted any more, totals %+v", got)
		}
		for _, n := range []int64{got.Items, got.Discount, got.Shipping, got.Tax, got.TaxIncluded, got.GrandTotal, got.Items - got.Discount} {
			if n < 0 || n > money.Max {
				t.Fatalf("out of range: %+v", got)
			}
		}
	})
}

// O2: every discount is stored as parts of lines; no line gives more than it is worth.
func TestDiscountsAreAllocatedToLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _, o := genOrder(t)
		left := make([]int64, len(o.Lines))
		for i, l := range o.Lines {
			left[i] = l.UnitPrice * l.Quantity
		}
		if len(o.Discounts) != len(p.Discounts) {
			t.Fatalf("%d discounts of %d", len(o.Discounts), len(p.Discounts))
		}
		for _, d := range o.Discounts {
			var room, sum int64
			for i := range left {
				if d.Line == "" || d.Line == o.Lines[i].ID {
					room += left[i]
				}
			}
			for i, part := range d.Parts {
				sum += part
				if d.Line != "" && d.Line != o.Lines[i].ID {
					if part != 0 {
						t.Fatalf("a discount of line %s takes %d from line %s", d.Line, part, o.Lines[i].ID)
					}
				} else if room > 0 { // each part is within a unit of its exact share
					exact := float64(d.Amount) * float64(left[i]) / float64(room)
					if diff := float64(part) - exact; diff > 1.001 || diff < -1.001 {
						t.Fatalf("part %d is %d, exact share %f", i, part, exact)
					}
				}
				left[i] -= part
				if left[i] < 0 || part < 0 {
					t.Fatalf("line %s gives %d, %d too much", o.Lines[i].ID, part, -left[i])
				}
			}
			if sum != d.Amount {
				t.Fatalf("parts of %d add up to %d", d.Amount, sum)
			}
		}
		for i, l := range o.Lines {
			if l.UnitPrice*l.Quantity-l.Discount != left[i] {
				t.Fatalf("line %s has discount %d", l.ID, l.Discount)
			}
		}
	})
}

// R4: however the units of a line are split, the parts add up to the whole and none is negative.
func TestWorthOfAnySplitAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, _, o := genOrder(t)
		l := o.Lines[rapid.IntRange(0, len(o.Lines)-1).Draw(t, "line")]
		var sum, done int64
		for done < l.Quantity {
			n := rapid.Int64Range(1, l.Quantity-done).Draw(t, "units")
			part := l.Worth(done+n) - l.Worth(done)
			if part < 0 {
				t.Fatalf("units %d to %d are worth %d", done, done+n, part)
			}
			sum, done = sum+part, done+n
		}
		whole := l.UnitPrice*l.Quantity - l.Discount
		for _, tax := range l.TaxLines {
			if !tax.Included {
				whole += tax.Amount
			}
		}
		if sum != whole || l.Worth(0) != 0 {
			t.Fatalf("parts add up to %d, the line is worth %d", sum, whole)
		}
	})
}

// Drill D14: a discount of 10.00 over three equal lines, each given back by itself.
func TestD14(t *testing.T) {
	p := placement(1, 1, 1)
	p.Discounts = []PlacementDiscount{{Code: "TEN", Amount: eur(1000)}}
	for i := range p.Lines {
		p.Lines[i].TaxGiven = true
	}
	o := newOrder(t, p, tables())
	for i, want := range []int64{1000 - 334, 1000 - 333, 1000 - 333} {
		if got := o.Lines[i].Worth(1); got != want {
			t.Errorf("line %d is worth %d, want %d", i+1, got, want)
		}
	}
	if o.Totals.GrandTotal != 2000 {
		t.Errorf("totals %+v", o.Totals)
	}
	// The same on one line of three units.
	p = placement(3)
	p.Lines[0].TaxGiven = true
	p.Discounts = []PlacementDiscount{{Code: "TEN", Amount: eur(1000)}}
	l := newOrder(t, p, tables()).Lines[0]
	if a, b, c := l.Worth(1), l.Worth(2)-l.Worth(1), l.Worth(3)-l.Worth(2); a+b+c != 2000 || a != 667 || b != 666 || c != 667 {
		t.Errorf("units are worth %d, %d, %d", a, b, c)
	}
}

// P7: what may be captured only grows from shipment to shipment, and is the grand total in the end. Canceled units,
// free lines and taxes on shipping are among the random orders.
func TestShippedWorthOverAnyShipments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, _, o := genOrder(t)
		cancelSome(t, o)
		o.Status = Open
		var left int64
		for i := range o.Lines {
			l := &o.Lines[i]
			l.Units.Released = l.Kept()
			left += l.Kept()
		}
		captured := int64(0)
		if left > 0 {
			if n := ShippedWorth(o); n != 0 {
				t.Fatalf("nothing has shipped, worth %d", n)
			}
		}
		for shipments := 0; left > 0; shipments++ {
			for i := range o.Lines {
				u := &o.Lines[i].Units
				n := u.Released
				if shipments < 20 { // then all that is left
					n = rapid.Int64Range(0, u.Released).Draw(t, "ship")
				}
				u.Released, u.Shipped, left = u.Released-n, u.Shipped+n, left-n
			}
			worth := ShippedWorth(o)
			if worth < captured || worth > o.Totals.GrandTotal {
				t.Fatalf("shipment %d: worth %d after %d, of %d", shipments, worth, captured, o.Totals.GrandTotal)
			}
			captured = worth
		}
		if captured != o.Totals.GrandTotal {
			t.Fatalf("captures add up to %d of %d", captured, o.Totals.GrandTotal)
		}
	})
}

// Shipping and its tax are taken with the first shipment, once.
func TestShippedWorthTakesShippingFirst(t *testing.T) {
	p := placement(2, 1)
	p.ShippingMethod = "post"
	tab := tables()
	tab.ShippingTaxClass = "standard"
	o := newOrder(t, p, tab)
	o, err := Accept(o, now)
	o = must(t, o, err)
	total := int64(3600 + 499 + 100)
	for i, step := range []struct {
		line string
		want int64
	}{{"1", 1200 + 599}, {"2", 2400 + 599}, {"1", total}} {
		o, err = release(o, []Units{{step.line, 1}}, now)
		o = must(t, o, err)
		o, err = ship(o, []Units{{step.line, 1}}, now)
		o = must(t, o, err)
		if got := ShippedWorth(o); got != step.want {
			t.Errorf("after shipment %d: %d, want %d", i+1, got, step.want)
		}
	}
	if o.Totals.GrandTotal != total {
		t.Errorf("grand total %d", o.Totals.GrandTotal)
	}
}

func TestSumsThatOverflowAreErrors(t *testing.T) {
	tab := tables()
	one := placement()
	one.Lines = []PlacementLine{{SKU: "max", Quantity: 1}}
	if o := newOrder(t, one, tab); o.Totals.GrandTotal != money.Max {
		t.Errorf("totals %+v", o.Totals)
	}
	lines := one
	lines.Lines = []PlacementLine{{SKU: "max", Quantity: 1}, {SKU: "a", Quantity: 1}}
	shipping := one
	shipping.ShippingMethod = "post"
	tax := one
	tax.Lines = []PlacementLine{{SKU: "max", Quantity: 1, TaxLines: []PlacementTax{{Name: "VAT", Amount: eur(1)}}}}
	included := one
	included.Lines = []PlacementLine{{SKU: "a", Quantity: 1, TaxLines: []PlacementTax{{Amount: eur(money.Max), Included: true}, {Amount: eur(1), Included: true}}}}
	many := one
	many.Lines = make([]PlacementLine, MaxLines)
	for i := range many.Lines {
		many.Lines[i] = PlacementLine{SKU: "max", Quantity: 1}
	}
	for name, p := range map[string]Placement{"lines": lines, "shipping": shipping, "tax": tax, "included": included, "1000 lines": many} {
		o, err := New(p, tab, now)
		if o != nil {
			t.Errorf("%s: got %+v", name, o.Totals)
		}
		codeOf(t, err, "amount_too_large")
	}
	times := placement()
	times.Lines = []PlacementLine{{SKU: "max", Quantity: 2}}
	_, err := New(times, tab, now)
	if !problems(err)["/lines/0 amount_too_large"] {
		t.Errorf("price times quantity: %v", err)
	}
}
