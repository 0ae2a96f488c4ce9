package order

import (
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/errs"
)

// However an order ships and whenever it is billed, its invoices add up to it (N2): units, discounts, taxes, total.
func TestInvoicesAddUpToTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := placement(rapid.SliceOfN(rapid.Int64Range(1, 9), 1, 4).Draw(t, "quantities")...)
		p.ShippingMethod = "post"
		p.Discounts = []PlacementDiscount{{Code: "spring", Amount: eur(rapid.Int64Range(1, 900).Draw(t, "discount"))}}
		tab := tables()
		tab.PricesIncludeTax = rapid.Bool().Draw(t, "included")
		o := newOrder(t, p, tab)
		accepted, err := Accept(o, now)
		o = must(t, accepted, err)
		var sum Totals
		bill := func(units string) {
			inv, after, err := Bill(o, units)
			if errs.Is(err, "nothing_to_invoice") {
				return
			}
			must(t, inv, err)
			o = after
			o.Invoices = append(o.Invoices, "inv")
			add(&sum, inv.Totals)
			for _, l := range inv.Lines {
				if l.Quantity < 1 || l.Discount < 0 {
					t.Fatalf("%+v", l)
				}
			}
			var taxes int64
			for _, x := range inv.Taxes() {
				taxes += x.Amount
			}
			if taxes != inv.Totals.Tax+inv.Totals.TaxIncluded {
				t.Fatalf("taxes %d in %+v", taxes, inv.Totals)
			}
		}
		for _, l := range o.Lines {
			for left := l.Quantity; left > 0; {
				n := rapid.Int64Range(1, left).Draw(t, "ship")
				left -= n
				shipped, err := Work(o, []Delta{{Line: l.ID, Allocated: -n, Shipped: n}}, "", now)
				o = must(t, shipped, err)
				if rapid.Bool().Draw(t, "bill") {
					bill(rapid.SampledFrom(InvoiceUnits).Draw(t, "units"))
				}
			}
		}
		bill(InvoiceShipped)
		if sum != o.Totals {
			t.Fatalf("invoices add up to %+v, the order is %+v", sum, o.Totals)
		}
		for _, l := range o.Lines {
			if l.Invoiced != l.Quantity {
				t.Fatalf("line %s: %d of %d invoiced", l.ID, l.Invoiced, l.Quantity)
			}
		}
		if err := Check(o); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Bill(o, InvoiceOrdered); !errs.Is(err, "nothing_to_invoice") {
			t.Fatalf("billed twice: %v", err)
		}
	})
}

func add(sum *Totals, t Totals) {
	sum.Items += t.Items
	sum.Discount += t.Discount
	sum.Shipping += t.Shipping
	sum.Tax += t.Tax
	sum.TaxIncluded += t.TaxIncluded
	sum.GrandTotal += t.GrandTotal
}

func TestBillLeavesTheOrderAlone(t *testing.T) {
	o := newOrder(t, placement(2), tables())
	if _, _, err := Bill(o, InvoiceOrdered); !errs.Is(err, "illegal_transition") {
		t.Fatalf("a pending order was billed: %v", err)
	}
	accepted, err := Accept(o, now)
	o = must(t, accepted, err)
	if _, _, err := Bill(o, InvoiceShipped); !errs.Is(err, "nothing_to_invoice") {
		t.Fatalf("nothing has shipped: %v", err)
	}
	before := asJSON(t, o)
	inv, after, err := Bill(o, InvoiceOrdered)
	must(t, inv, err)
	if asJSON(t, o) != before || after.Lines[0].Invoiced != 2 {
		t.Error("the order was changed in place, or not at all")
	}
	if inv.BillTo != home || inv.ShipTo != home || PublicInvoice(inv).BillTo.Name != "" || PublicInvoice(inv).ShipTo.Country != "GB" {
		t.Errorf("addresses %+v", inv)
	}
}

func TestInvoiceNumber(t *testing.T) {
	if got := InvoiceNumber("WEB-", 7) + InvoiceNumber("", 1234567); got != "WEB-0000071234567" {
		t.Error(got)
	}
}
