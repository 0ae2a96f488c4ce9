package order

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

const now = micros.Time(1_800_000_000_000_000)

var (
	alice = Customer{Email: "alice@example.com", Name: "Alice Ash"}
	home  = address.Address{Name: "Alice Ash", Line1: "1 High Street", City: "York", PostalCode: "YO1 7HH", Country: "GB"}
)

func eur(amount int64) money.Money { return money.Money{Amount: amount, Currency: "EUR"} }

func ptr[T any](v T) *T { return &v }

// placement is a right one: quantities of the SKU "a", which costs 10.00.
func placement(quantities ...int64) Placement {
	p := Placement{Channel: "web", Customer: alice, ShippingAddress: home, PaymentProvider: "manual"}
	for _, n := range quantities {
		p.Lines = append(p.Lines, PlacementLine{SKU: "a", Quantity: n})
	}
	return p
}

// tables know the SKUs "a" at 10.00 with tax class standard, "free" at 0 and "gbp" in pounds, one tax and two
// shipping methods.
func tables() Tables {
	items := map[string]Item{
		"a":    {Name: "Apple", Price: eur(1000), TaxClass: "standard", WeightGrams: 100},
		"free": {Name: "Leaflet", Price: eur(0), TaxClass: "standard"},
		"gbp":  {Name: "Pear", Price: money.Money{Amount: 900, Currency: "GBP"}, TaxClass: "standard"},
		"max":  {Name: "Crown", Price: eur(money.Max), TaxClass: "none"},
	}
	methods := map[string]money.Money{"post": eur(499), "post_gbp": {Amount: 450, Currency: "GBP"}}
	return Tables{
		Item: func(sku string) (Item, bool) { i, ok := items[sku]; return i, ok },
		TaxFor: func(class string) *Tax {
			if class == "standard" {
				return &Tax{"VAT", "0.2"}
			}
			return nil
		},
		Shipping: func(m string) (money.Money, bool) { a, ok := methods[m]; return a, ok },
	}
}

func must[T any](t rapid.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newOrder(t rapid.TB, p Placement, tab Tables) *Order {
	t.Helper()
	o, err := New(p, tab, now)
	o = must(t, o, err)
	o.ID, o.Version = "ord_1", 1
	return o
}

// asJSON is how states are compared: what is stored is what counts.
func asJSON(t rapid.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	return string(must(t, b, err))
}

func deepCopy(t rapid.TB, o *Order) *Order {
	t.Helper()
	var c Order
	if err := json.Unmarshal([]byte(asJSON(t, o)), &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// problems renders the findings of an error as "pointer code".
func problems(err error) map[string]bool {
	out := map[string]bool{}
	if e := errs.As(err); e != nil {
		for _, p := range e.Problems {
			out[p.Pointer+" "+p.Code] = true
		}
	}
	return out
}

// genTables draws tables with random rates, with and without included taxes.
func genTables(t *rapid.T) Tables {
	rates := rapid.SliceOfN(rapid.SampledFrom([]string{"", "0", "0.055", "0.2", "0.000001", "1"}), 3, 3).Draw(t, "rates")
	price := rapid.Int64Range(0, 100_000).Draw(t, "catalog price")
	tab := Tables{
		Item: func(sku string) (Item, bool) {
			return Item{Name: "Item " + sku, Price: eur(price), TaxClass: sku}, sku != "unknown"
		},
		TaxFor: func(class string) *Tax {
			i := int(class[0]) % len(rates)
			if rates[i] == "" {
				return nil
			}
			return &Tax{"T" + strconv.Itoa(i), rates[i]}
		},
		Shipping:         func(m string) (money.Money, bool) { return eur(int64(len(m)) * 333), m != "unknown" },
		PricesIncludeTax: rapid.Bool().Draw(t, "included"),
	}
	if rapid.Bool().Draw(t, "tax on shipping") {
		tab.ShippingTaxClass = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "shipping class")
	}
	return tab
}

func genLine(t *rapid.T) PlacementLine {
	l := PlacementLine{SKU: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "sku"), Quantity: rapid.Int64Range(1, 12).Draw(t, "quantity")}
	if rapid.IntRange(0, 19).Draw(t, "large") == 0 {
		l.Quantity = rapid.Int64Range(1, MaxQuantity).Draw(t, "large quantity")
	}
	switch rapid.IntRange(0, 3).Draw(t, "price") {
	case 0: // the catalog's
	case 1:
		l.UnitPrice = ptr(eur(0))
	default:
		l.UnitPrice = ptr(eur(rapid.Int64Range(0, 5_000).Draw(t, "unit price")))
	}
	if rapid.IntRange(0, 2).Draw(t, "tax") == 0 {
		l.TaxGiven = true
		for range rapid.IntRange(0, 3).Draw(t, "taxes") {
			l.TaxLines = append(l.TaxLines, PlacementTax{Name: "given", Amount: eur(rapid.Int64Range(0, 999).Draw(t, "tax amount")), Included: rapid.Bool().Draw(t, "in")})
		}
	}
	return l
}

// genOrder draws a right placement, its tables and the order of it.
func genOrder(t *rapid.T) (Placement, Tables, *Order) {
	tab := genTables(t)
	p := placement()
	p.Lines = rapid.SliceOfN(rapid.Custom(genLine), 1, 8).Draw(t, "lines")
	switch rapid.IntRange(0, 2).Draw(t, "shipping") {
	case 0:
		p.ShippingMethod = rapid.SampledFrom([]string{"a", "post"}).Draw(t, "method")
	case 1:
		p.Shipping = &PlacementShipping{"given", eur(rapid.Int64Range(0, 5_000).Draw(t, "shipping amount"))}
	}
	o := newOrder(t, p, tab)
	for range rapid.IntRange(0, 4).Draw(t, "discounts") {
		d := PlacementDiscount{Code: "D", Amount: eur(rapid.Int64Range(0, max(1, o.Totals.Items)).Draw(t, "discount"))}
		if rapid.Bool().Draw(t, "of a line") {
			d.Line = strconv.Itoa(rapid.IntRange(1, len(p.Lines)).Draw(t, "line"))
		}
		more := p
		more.Discounts = append(append([]PlacementDiscount(nil), p.Discounts...), d)
		o2, err := New(more, tab, now)
		if err == nil {
			p, o = more, o2
		} else if !problems(err)[fmt.Sprintf("/discounts/%d/amount discount_too_large", len(p.Discounts))] {
			t.Fatal(err)
		}
	}
	o.ID, o.Version = "ord_1", 1
	return p, tab, o
}

// cancelSome gives up random units of random lines, as an edit would before anything ships.
func cancelSome(t *rapid.T, o *Order) {
	for i := range o.Lines {
		l := &o.Lines[i]
		if rapid.Bool().Draw(t, "cancel") {
			l.Units.Canceled = rapid.Int64Range(0, l.Quantity).Draw(t, "canceled")
		}
	}
	totals, err := Total(o)
	o.Totals = must(t, totals, err)
}

func codeOf(t *testing.T, err error, want string) {
	t.Helper()
	if errs.CodeOf(err) != want {
		t.Errorf("got %v, want code %s", err, want)
	}
}

// release, ship and deliver are the work on units without any that picks or packs them.
func release(o *Order, units []Units, at micros.Time) (*Order, error) {
	return workOn(o, units, at, func(n int64) Delta { return Delta{Allocated: -n, Released: n} })
}

func ship(o *Order, units []Units, at micros.Time) (*Order, error) {
	return workOn(o, units, at, func(n int64) Delta { return Delta{Released: -n, Shipped: n} })
}

func deliver(o *Order, units []Units, at micros.Time) (*Order, error) {
	return workOn(o, units, at, func(n int64) Delta { return Delta{Delivered: n} })
}

func workOn(o *Order, units []Units, at micros.Time, f func(int64) Delta) (*Order, error) {
	deltas := make([]Delta, len(units))
	for i, u := range units {
		deltas[i] = f(u.Quantity)
		deltas[i].Line = u.Line
	}
	return Work(o, deltas, "customer", at)
}
