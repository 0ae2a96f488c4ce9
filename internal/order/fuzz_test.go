package order

import (
	"bytes"
	"math"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/money"
)

// wild draws placements of which most are wrong, at the edges of every type.
func wild(t *rapid.T) (Placement, Tables) {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", " ", "a", "b", "1", "2", "unknown", "a@b", "GB", "EUR"}), rapid.String())
	amount := rapid.OneOf(rapid.Int64Range(0, 10_000), rapid.SampledFrom([]int64{-1, math.MinInt64, math.MaxInt64, money.Max, money.Max + 1, money.Max / 3}), rapid.Int64())
	coin := rapid.SampledFrom([]string{"EUR", "EUR", "EUR", "EUR", "JPY", "eur", "", "\xff"})
	drawMoney := rapid.Custom(func(t *rapid.T) money.Money {
		return money.Money{Amount: amount.Draw(t, "amount"), Currency: coin.Draw(t, "currency")}
	})
	tax := rapid.Custom(func(t *rapid.T) PlacementTax {
		return PlacementTax{Name: text.Draw(t, "tax name"), Rate: text.Draw(t, "rate"), Amount: drawMoney.Draw(t, "tax"), Included: rapid.Bool().Draw(t, "included")}
	})
	line := rapid.Custom(func(t *rapid.T) PlacementLine {
		l := PlacementLine{SKU: text.Draw(t, "sku"), Quantity: amount.Draw(t, "quantity"), TaxGiven: rapid.Bool().Draw(t, "given")}
		if rapid.Bool().Draw(t, "priced") {
			l.UnitPrice = ptr(drawMoney.Draw(t, "price"))
		}
		l.TaxLines = rapid.SliceOfN(tax, 0, 2).Draw(t, "taxes")
		return l
	})
	discount := rapid.Custom(func(t *rapid.T) PlacementDiscount {
		return PlacementDiscount{Code: text.Draw(t, "code"), Amount: drawMoney.Draw(t, "discount"), Line: text.Draw(t, "of line")}
	})
	p := placement()
	p.Lines = rapid.SliceOfN(line, 0, 6).Draw(t, "lines")
	p.Discounts = rapid.SliceOfN(discount, 0, 4).Draw(t, "discounts")
	p.ShippingMethod = text.Draw(t, "method")
	if rapid.Bool().Draw(t, "shipping") {
		p.Shipping = &PlacementShipping{text.Draw(t, "method"), drawMoney.Draw(t, "shipping")}
	}
	if rapid.Bool().Draw(t, "who") {
		p.Channel, p.ExternalID, p.Customer.Email, p.ShippingAddress.Country = text.Draw(t, "channel"), text.Draw(t, "external"), text.Draw(t, "mail"), text.Draw(t, "country")
	}
	rate := rapid.SampledFrom([]string{"0", "0.2", "1", "0.000001"}).Draw(t, "table rate")
	price := rapid.SampledFrom([]int64{0, 1, 1999, money.Max / 1000, money.Max}).Draw(t, "table price")
	tab := Tables{
		Item:             func(sku string) (Item, bool) { return Item{Name: sku, Price: eur(price)}, len(sku) < 3 },
		TaxFor:           func(string) *Tax { return &Tax{"VAT", rate} },
		Shipping:         func(m string) (money.Money, bool) { return eur(price), len(m) < 3 },
		PricesIncludeTax: rapid.Bool().Draw(t, "table included"),
		ShippingTaxClass: text.Draw(t, "shipping class"),
	}
	return p, tab
}

// anyPlacement is the property: an answer for the sender, or an order that holds all invariants and can be accepted.
func anyPlacement(t *rapid.T) {
	p, tab := wild(t)
	before := len(p.Lines)
	o, err := New(p, tab, now)
	if err != nil {
		e := errs.As(err)
		if o != nil || e == nil || e.Class != errs.Invalid {
			t.Fatalf("got %v, %v", o, err)
		}
		for _, f := range e.Problems {
			if f.Code == "" || f.Detail == "" || f.Pointer == "" || f.Pointer[0] != '/' {
				t.Fatalf("problem %+v", f)
			}
		}
		jsonx.Marshal(e.Problems) // panics on a text that is not UTF-8
		return
	}
	if err := Check(o); err != nil {
		t.Fatal(err)
	}
	if len(o.Lines) != before {
		t.Fatalf("%d lines of %d", len(o.Lines), before)
	}
	o, err = Accept(o, now)
	if err != nil || o.Status != Open {
		t.Fatalf("an order that nobody can accept: %v", err)
	}
}

func TestAnyPlacement(t *testing.T) { rapid.Check(t, anyPlacement) }

func FuzzNew(f *testing.F) {
	f.Add(make([]byte, 8<<10))
	f.Add(bytes.Repeat([]byte{1, 0, 0, 0, 0, 0, 0, 0}, 1<<10))
	f.Fuzz(rapid.MakeFuzz(anyPlacement))
}
