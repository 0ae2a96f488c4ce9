package order

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/money"
)

func TestNewCopiesCatalogAndTables(t *testing.T) {
	tab := tables()
	tab.ShippingTaxClass = "standard"
	p := placement(3)
	p.Lines = append(p.Lines, PlacementLine{SKU: "a", Quantity: 1, UnitPrice: ptr(eur(750)), TaxGiven: true})
	p.ShippingMethod = "post"
	o := newOrder(t, p, tab)
	l := o.Lines[0]
	if l.ID != "1" || l.Name != "Apple" || l.UnitPrice != 1000 || l.WeightGrams != 100 || l.TaxClass != "standard" ||
		!slices.Equal(l.TaxLines, []TaxLine{{Name: "VAT", Rate: "0.2", Amount: 600}}) {
		t.Errorf("line 1: %+v", l)
	}
	if l = o.Lines[1]; l.ID != "2" || l.UnitPrice != 750 || len(l.TaxLines) != 0 {
		t.Errorf("line 2 with its own price and no tax: %+v", l)
	}
	if want := (Totals{Items: 3750, Shipping: 499, Tax: 700, GrandTotal: 4949}); o.Totals != want || o.Currency != "EUR" {
		t.Errorf("totals %+v in %s, want %+v", o.Totals, o.Currency, want)
	}
	if o.Status != Pending || o.PaymentStatus != "none" || o.FulfillmentStatus != "unfulfilled" || o.ReturnStatus != "none" || o.PlacedAt != now {
		t.Errorf("statuses: %+v", o)
	}
}

func TestTaxIncluded(t *testing.T) {
	tab := tables()
	tab.PricesIncludeTax, tab.ShippingTaxClass = true, "standard"
	p := placement(1)
	p.ShippingMethod = "post"
	p.Discounts = []PlacementDiscount{{Code: "D", Amount: eur(100)}}
	o := newOrder(t, p, tab)
	// 9.00 holds 1.50 at 20 %, 4.99 holds 0.83.
	if want := (Totals{Items: 1000, Discount: 100, Shipping: 499, TaxIncluded: 233, GrandTotal: 1399}); o.Totals != want {
		t.Errorf("totals %+v, want %+v", o.Totals, want)
	}
	if o.Lines[0].Worth(1) != 900 {
		t.Errorf("the line is worth %d: its tax is inside", o.Lines[0].Worth(1))
	}
	// Given taxes are final, also without TaxGiven, and may be of both kinds.
	p = placement(2)
	p.Lines[0].TaxLines = []PlacementTax{{Name: "in", Rate: "0.1", Amount: eur(182), Included: true}, {Name: "on top", Amount: eur(7)}}
	o = newOrder(t, p, tab)
	if want := (Totals{Items: 2000, Tax: 7, TaxIncluded: 182, GrandTotal: 2007}); o.Totals != want {
		t.Errorf("totals %+v, want %+v", o.Totals, want)
	}
}

func TestEmptyTables(t *testing.T) {
	p := placement(1)
	_, err := New(p, Tables{}, now)
	if !maps.Equal(problems(err), map[string]bool{"/lines/0/sku unknown_sku": true}) {
		t.Error(err)
	}
	// Without a price there is no currency to hold other amounts to: that would be noise.
	p.Shipping, p.Discounts = &PlacementShipping{"post", eur(1)}, []PlacementDiscount{{Code: "D", Amount: eur(1)}}
	if _, err = New(p, Tables{}, now); !maps.Equal(problems(err), map[string]bool{"/lines/0/sku unknown_sku": true}) {
		t.Error(err)
	}
	p = placement(1)
	tab := Tables{Item: tables().Item, ShippingTaxClass: "standard", PricesIncludeTax: true}
	if o := newOrder(t, p, tab); o.Totals.GrandTotal != 1000 || o.Totals.TaxIncluded != 0 {
		t.Errorf("totals %+v", o.Totals)
	}
	p.ShippingMethod = "post"
	_, err = New(p, tab, now)
	if !problems(err)["/shipping_method unknown_shipping_method"] {
		t.Error(err)
	}
}

// A broken table is our defect: it must not look like the request's.
func TestBrokenStoredRateIsInternal(t *testing.T) {
	tab := tables()
	tab.TaxFor = func(string) *Tax { return &Tax{"VAT", "20%"} }
	o, err := New(placement(1), tab, now)
	if o != nil || err == nil || errs.As(err) != nil {
		t.Errorf("got %v, %v", o, err)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	long := strings.Repeat("x", 201)
	p := Placement{
		ExternalID: long, Customer: Customer{Email: "nobody", Name: long, Phone: long}, ShippingAddress: address.Address{Country: "UK", Line2: long},
		Lines: []PlacementLine{
			{SKU: "", Quantity: 0, UnitPrice: &money.Money{Amount: -1, Currency: "eur"}},
			{SKU: "nope", Quantity: 1, UnitPrice: ptr(eur(100))},
			{SKU: "a", Quantity: MaxQuantity + 1, TaxLines: []PlacementTax{{Name: long, Rate: long, Amount: money.Money{Amount: -1, Currency: "USD"}}}},
			{SKU: "gbp", Quantity: 1},
			{SKU: "a", Quantity: 2, UnitPrice: ptr(eur(money.Max))},
			{SKU: "a", Quantity: 2, UnitPrice: ptr(eur(money.Max + 1)), TaxLines: make([]PlacementTax, 21)},
		},
		Discounts: []PlacementDiscount{{Code: " ", Amount: money.Money{Amount: money.Max + 1, Currency: "GBP"}, Line: "7"}, {Code: long, Amount: eur(1)}},
		Shipping:  &PlacementShipping{Method: long, Amount: money.Money{Amount: 1, Currency: "€"}},
	}
	_, err := New(p, tables(), now)
	got := slices.Sorted(maps.Keys(problems(err)))
	want := strings.Split(strings.TrimSpace(`
/channel required
/customer/email invalid_email
/customer/name too_long
/customer/phone too_long
/discounts/0/amount/amount out_of_range
/discounts/0/amount/currency mixed_currencies
/discounts/0/code required
/discounts/0/line unknown_line
/discounts/1/code too_long
/external_id too_long
/lines/0/quantity out_of_range
/lines/0/sku required
/lines/0/unit_price/amount out_of_range
/lines/0/unit_price/currency invalid_currency
/lines/1/sku unknown_sku
/lines/2/quantity out_of_range
/lines/2/tax_lines/0/amount/amount out_of_range
/lines/2/tax_lines/0/amount/currency mixed_currencies
/lines/2/tax_lines/0/name too_long
/lines/2/tax_lines/0/rate too_long
/lines/3/sku mixed_currencies
/lines/4 amount_too_large
/lines/5/tax_lines too_many
/lines/5/unit_price/amount out_of_range
/payment/provider required
/shipping/amount/currency invalid_currency
/shipping/method too_long
/shipping_address/city required
/shipping_address/country invalid_country
/shipping_address/line1 required
/shipping_address/line2 too_long
/shipping_address/name required
/shipping_address/postal_code required`), "\n")
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n := len(errs.As(err).Problems); n != len(want) {
		t.Errorf("%d problems, %d different ones", n, len(want))
	}
	codeOf(t, err, "validation_failed")
}

func TestProblemsOfOneKind(t *testing.T) {
	for _, c := range []struct {
		name string
		with func(*Placement)
		want string
	}{
		{"no lines", func(p *Placement) { p.Lines = nil }, "/lines required"},
		{"too many lines", func(p *Placement) { p.Lines = slices.Repeat(p.Lines, MaxLines+1) }, "/lines too_many"},
		{"nobody", func(p *Placement) { p.Customer = Customer{Phone: " "} }, "/customer/email required"},
		{"quantity 0", func(p *Placement) { p.Lines[0].Quantity = 0 }, "/lines/0/quantity out_of_range"},
		{"quantity below 0", func(p *Placement) { p.Lines[0].Quantity = -1 << 63 }, "/lines/0/quantity out_of_range"},
		{"quantity over the limit", func(p *Placement) { p.Lines[0].Quantity = 1<<63 - 1 }, "/lines/0/quantity out_of_range"},
		{"price below 0", func(p *Placement) { p.Lines[0].UnitPrice = ptr(eur(-1 << 63)) }, "/lines/0/unit_price/amount out_of_range"},
		{"prices in two currencies", func(p *Placement) { p.Lines = append(p.Lines, PlacementLine{SKU: "gbp", Quantity: 1}) }, "/lines/1/sku mixed_currencies"},
		{"shipping in another currency", func(p *Placement) { p.Shipping = &PlacementShipping{"x", money.Money{Amount: 1, Currency: "GBP"}} }, "/shipping/amount/currency mixed_currencies"},
		{"shipping table in another currency", func(p *Placement) { p.ShippingMethod = "post_gbp" }, "/shipping_method mixed_currencies"},
		{"unknown shipping method", func(p *Placement) { p.ShippingMethod = "drone" }, "/shipping_method unknown_shipping_method"},
		{"too many discounts", func(p *Placement) { p.Discounts = slices.Repeat([]PlacementDiscount{{Code: "D", Amount: eur(1)}}, 101) }, "/discounts too_many"},
		{"discount in another currency", func(p *Placement) {
			p.Discounts = []PlacementDiscount{{Code: "D", Amount: money.Money{Amount: 1, Currency: "GBP"}}}
		}, "/discounts/0/amount/currency mixed_currencies"},
		{"discount below 0", func(p *Placement) { p.Discounts = []PlacementDiscount{{Code: "D", Amount: eur(-1)}} }, "/discounts/0/amount/amount out_of_range"},
		{"discount of line 0", func(p *Placement) { p.Discounts = []PlacementDiscount{{Code: "D", Amount: eur(1), Line: "0"}} }, "/discounts/0/line unknown_line"},
		{"discount over all", func(p *Placement) { p.Discounts = []PlacementDiscount{{Code: "D", Amount: eur(2001)}} }, "/discounts/0/amount discount_too_large"},
		{"discount over what others leave", func(p *Placement) {
			p.Discounts = []PlacementDiscount{{Code: "D", Amount: eur(500)}, {Code: "D", Amount: eur(1501)}, {Code: "D", Amount: eur(1500)}}
		}, "/discounts/1/amount discount_too_large"},
		{"discount over its line", func(p *Placement) {
			p.Lines = append(p.Lines, PlacementLine{SKU: "a", Quantity: 9})
			p.Discounts = []PlacementDiscount{{Code: "D", Amount: eur(2001), Line: "1"}}
		}, "/discounts/0/amount discount_too_large"},
	} {
		p := placement(2)
		c.with(&p)
		o, err := New(p, tables(), now)
		if got := problems(err); o != nil || !maps.Equal(got, map[string]bool{c.want: true}) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

func TestLimitsAreInclusive(t *testing.T) {
	p := placement(1)
	p.Lines = slices.Repeat(p.Lines, MaxLines)
	p.Lines[MaxLines-1].Quantity = MaxQuantity
	p.Discounts = slices.Repeat([]PlacementDiscount{{Code: strings.Repeat("é", 200), Amount: eur(7)}}, 100)
	p.ExternalID, p.Customer = strings.Repeat("é", 128), Customer{Phone: strings.Repeat("1", 40)}
	o := newOrder(t, p, tables())
	if len(o.Lines) != MaxLines || o.Line("1000") != &o.Lines[999] || o.Line("1001") != nil || o.Line("0") != nil || o.Line("01") != nil {
		t.Errorf("%d lines", len(o.Lines))
	}
	if o.Totals.Discount != 700 {
		t.Errorf("discount %d", o.Totals.Discount)
	}
}

func TestDiscountsMayTakeAll(t *testing.T) {
	p := placement(1, 2)
	p.Lines = append(p.Lines, PlacementLine{SKU: "free", Quantity: 1})
	p.Discounts = []PlacementDiscount{
		{Code: "LINE", Amount: eur(2000), Line: "2"},
		{Code: "REST", Amount: eur(1000)},
		{Code: "NOTHING", Amount: eur(0)},
		{Code: "NOTHING LEFT", Amount: eur(0), Line: "3"},
	}
	o := newOrder(t, p, tables())
	if o.Totals.GrandTotal != 0 || o.Totals.Items != 3000 || o.Totals.Discount != 3000 || !slices.Equal(o.Discounts[1].Parts, []int64{1000, 0, 0}) {
		t.Errorf("totals %+v, discounts %+v", o.Totals, o.Discounts)
	}
	o, err := Accept(o, now)
	o = must(t, o, err)
	if ShippedWorth(o) != 0 {
		t.Error("a free order may be captured")
	}
}

// The text of a problem goes into a JSON answer: it must be valid UTF-8 wherever the request was cut.
func TestProblemTextsAreValid(t *testing.T) {
	for n := 76; n < 84; n++ {
		p := placement(1)
		p.Lines[0].SKU = strings.Repeat("x", n) + strings.Repeat("日", 30)
		p.ShippingMethod = p.Lines[0].SKU
		_, err := New(p, tables(), now)
		if text := err.Error(); !strings.Contains(text, "x日") && n < 77 || strings.Contains(text, `\x`) || strings.Contains(text, "\uFFFD") || len(text) > 600 {
			t.Errorf("%d: %s", n, text)
		}
	}
}

func TestDifferences(t *testing.T) {
	base := func() Placement {
		p := placement(2, 1)
		p.Lines[0].UnitPrice = ptr(eur(900))
		p.Lines[1].TaxLines = []PlacementTax{{Name: "VAT", Rate: "0.2", Amount: eur(180)}}
		p.Discounts = []PlacementDiscount{{Code: "D", Amount: eur(100), Line: "1"}}
		p.Shipping = &PlacementShipping{"post", eur(300)}
		return p
	}
	o := newOrder(t, base(), tables())
	for _, c := range []struct {
		name string
		with func(*Placement)
		want []string
	}{
		{"the same", func(*Placement) {}, nil},
		{"price not given", func(p *Placement) { p.Lines[0].UnitPrice = nil }, nil},
		{"tax not given", func(p *Placement) { p.Lines[1].TaxLines = nil }, nil},
		{"another payment", func(p *Placement) { p.PaymentProvider = "sandbox" }, nil},
		{"customer", func(p *Placement) { p.Customer.Phone = "1" }, []string{"/customer"}},
		{"address", func(p *Placement) { p.ShippingAddress.City = "Leeds" }, []string{"/shipping_address"}},
		{"quantity", func(p *Placement) { p.Lines[0].Quantity++ }, []string{"/lines/0"}},
		{"sku", func(p *Placement) { p.Lines[1].SKU = "b" }, []string{"/lines/1"}},
		{"price", func(p *Placement) { p.Lines[0].UnitPrice.Amount++ }, []string{"/lines/0"}},
		{"price in another currency", func(p *Placement) { p.Lines[0].UnitPrice.Currency = "GBP" }, []string{"/lines/0"}},
		{"tax", func(p *Placement) { p.Lines[1].TaxLines[0].Amount.Amount++ }, []string{"/lines/1"}},
		{"tax in another currency", func(p *Placement) { p.Lines[1].TaxLines[0].Amount.Currency = "GBP" }, []string{"/lines/1"}},
		{"no tax", func(p *Placement) { p.Lines[1].TaxLines, p.Lines[1].TaxGiven = nil, true }, []string{"/lines/1"}},
		{"a line more", func(p *Placement) { p.Lines = append(p.Lines, p.Lines[0]) }, []string{"/lines"}},
		{"a line less", func(p *Placement) { p.Lines = p.Lines[:1] }, []string{"/lines"}},
		{"discount", func(p *Placement) { p.Discounts[0].Amount.Amount++ }, []string{"/discounts/0"}},
		{"discount in another currency", func(p *Placement) { p.Discounts[0].Amount.Currency = "GBP" }, []string{"/discounts/0"}},
		{"no discount", func(p *Placement) { p.Discounts = nil }, []string{"/discounts"}},
		{"shipping", func(p *Placement) { p.Shipping.Amount.Amount++ }, []string{"/shipping"}},
		{"shipping in another currency", func(p *Placement) { p.Shipping.Amount.Currency = "GBP" }, []string{"/shipping"}},
		{"another method", func(p *Placement) { p.Shipping, p.ShippingMethod = nil, "drone" }, []string{"/shipping_method"}},
	} {
		p := base()
		c.with(&p)
		if got := Differences(o, p); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// Whatever is placed is the same when it is sent again, also after the order went on.
func TestNoDifferencesToItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _, o := genOrder(t)
		if d := Differences(o, p); len(d) > 0 {
			t.Fatal(d)
		}
		o, err := Accept(o, now)
		o = must(t, o, err)
		o, err = Cancel(o, "customer", now)
		if d := Differences(must(t, o, err), p); len(d) > 0 {
			t.Fatal(d)
		}
	})
}
