package catalog

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/money"
)

func eur(n int64) money.Money { return money.Money{Amount: n, Currency: "EUR"} }

func found(check func(*errs.List)) string {
	var list errs.List
	check(&list)
	got := map[string]bool{}
	if e := errs.As(list.Err()); e != nil {
		for _, p := range e.Problems {
			got[p.Pointer+" "+p.Code] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(got)), "; ")
}

func TestProductCheck(t *testing.T) {
	long := strings.Repeat("é", 65)
	for _, c := range []struct {
		with func(*Product)
		want string
	}{
		{func(*Product) {}, ""},
		{func(p *Product) { p.ID, p.TaxClass = strings.Repeat("é", 64), "reduced rate" }, ""},
		{func(p *Product) { p.ID, p.Name = "85123A/é ü", strings.Repeat("é", 200) }, ""},
		{func(p *Product) { p.Price, p.WeightGrams = eur(money.Max), maxWeight }, ""},
		{func(p *Product) { p.Price = eur(0) }, ""},
		{func(p *Product) { *p = Product{} }, "/name required; /price/currency invalid_currency; /sku required; /tax_class required"},
		{func(p *Product) { p.ID, p.TaxClass = long, long }, "/sku too_long; /tax_class too_long"},
		{func(p *Product) { p.Name = strings.Repeat("é", 201) }, "/name too_long"},
		{func(p *Product) { p.Name = " \t" }, "/name required"},
		{func(p *Product) { p.Price = eur(money.Max + 1) }, "/price/amount out_of_range"},
		{func(p *Product) { p.Price = money.Money{Amount: -1, Currency: "eur"} }, "/price/amount out_of_range; /price/currency invalid_currency"},
		{func(p *Product) { p.WeightGrams = -1 }, "/weight_grams out_of_range"},
		{func(p *Product) { p.WeightGrams = maxWeight + 1 }, "/weight_grams out_of_range"},
	} {
		p := Product{Meta: doc.Meta{ID: "A-1"}, Name: "Apple", Price: eur(100), TaxClass: DefaultTaxClass}
		c.with(&p)
		if got := found(p.Check); got != c.want {
			t.Errorf("%+v: got %q, want %q", p, got, c.want)
		}
	}
}

// A code stands in URL paths, where it may come as any bytes, and on labels.
func TestCodes(t *testing.T) {
	for _, bad := range []string{" a", "a ", "a\n", "a\x00b", "a\x7f", "a\u0085b", "a\u200bb", "a\u202eb", "\xff", "a\xc3", ".", "..", "a\u00a0"} {
		p := Product{Meta: doc.Meta{ID: bad}, Name: "A", Price: eur(1), TaxClass: "s"}
		if got := found(p.Check); got != "/sku invalid_code" {
			t.Errorf("%q: %q", bad, got)
		}
	}
	for _, ok := range []string{"a", "A.B", "...", "85123A", "日本", "a b", "a/b", "ß", "№5"} {
		p := Product{Meta: doc.Meta{ID: ok}, Name: "A", Price: eur(1), TaxClass: "s"}
		if got := found(p.Check); got != "" {
			t.Errorf("%q: %q", ok, got)
		}
	}
}

func TestLocationCheck(t *testing.T) {
	for _, c := range []struct {
		with func(*Location)
		want string
	}{
		{func(*Location) {}, ""},
		{func(l *Location) { l.Address = address.Address{Country: "GB"} }, ""},
		{func(l *Location) { l.Priority = 1_000_000 }, ""},
		{func(l *Location) { *l = Location{} }, "/code required; /name required; /type unknown_value"},
		{func(l *Location) { l.Type = "Warehouse" }, "/type unknown_value"},
		{func(l *Location) { l.Address = address.Address{City: "York"} }, "/address/country invalid_country"},
		{func(l *Location) {
			l.Address = address.Address{Country: "UK", Line1: strings.Repeat("x", 201), PostalCode: strings.Repeat("x", 21)}
		}, "/address/country invalid_country; /address/line1 too_long; /address/postal_code too_long"},
		{func(l *Location) { l.Priority = -1 }, "/priority out_of_range"},
		{func(l *Location) { l.Priority = 1_000_001 }, "/priority out_of_range"},
	} {
		l := Location{Meta: doc.Meta{ID: "L1"}, Name: "York", Type: "warehouse"}
		c.with(&l)
		if got := found(l.Check); got != c.want {
			t.Errorf("%+v: got %q, want %q", l, got, c.want)
		}
	}
}

func TestChannelCheck(t *testing.T) {
	for _, c := range []struct {
		with func(*Channel)
		want string
	}{
		{func(*Channel) {}, ""},
		{func(c *Channel) { *c = Channel{} }, "/code required; /name required"},
		{func(c *Channel) { c.Locations = []string{"L1", "", "\xff"} }, "/locations/1 required; /locations/2 invalid_code"},
		{func(c *Channel) { c.ShippingTaxClass = " " }, "/shipping_tax_class invalid_code"},
		{func(c *Channel) {
			c.TaxRates = []TaxRate{{"VAT", "GB", "", "", "0.2"}, {"VAT", "GB", "", "food", "0"}, {"VAT", "GB", "NI", "", "1"}}
		}, ""},
		{
			func(c *Channel) {
				c.TaxRates = []TaxRate{{"", "UK", strings.Repeat("x", 201), " x", "20%"}, {"VAT", "GB", "", "", "-0"}}
			},
			"/tax_rates/0/class invalid_code; /tax_rates/0/country invalid_country; /tax_rates/0/name required; /tax_rates/0/rate invalid_rate; /tax_rates/0/region too_long; /tax_rates/1/rate invalid_rate",
		},
		{func(c *Channel) {
			c.TaxRates = []TaxRate{{"A", "GB", "", "", "0.2"}, {"B", "GB", "", "", "0.1"}}
		}, "/tax_rates/1 duplicate"},
		{func(c *Channel) {
			c.ShippingMethods = []ShippingMethod{{Code: "post", Name: "Post", Country: "", Price: eur(0)}, {Code: "post", Name: "Post", Country: "GB", Price: eur(1)}, {Code: "van", Name: "Van", Country: "GB", Price: eur(1)}}
		}, ""},
		{func(c *Channel) {
			c.ShippingMethods = []ShippingMethod{{Code: "post", Name: "Post", Country: "GB", Price: eur(0)}, {Code: "post", Name: "Post", Country: "GB", Price: eur(1)}, {Code: "", Name: "", Country: "EU", Price: eur(-1)}}
		}, "/shipping_methods/1 duplicate; /shipping_methods/2/code required; /shipping_methods/2/country invalid_country; /shipping_methods/2/name required; /shipping_methods/2/price/amount out_of_range"},
	} {
		ch := Channel{Meta: doc.Meta{ID: "web"}, Name: "Web"}
		c.with(&ch)
		if got := found(ch.Check); got != c.want {
			t.Errorf("%+v: got %q, want %q", ch, got, c.want)
		}
	}
	many := Channel{Meta: doc.Meta{ID: "web"}, Name: "Web", Locations: make([]string, 124)}
	if got := found(many.Check); !strings.Contains(got, "/locations/123 required") {
		t.Error("pointers of more than two digits are wrong")
	}
}

// The order of rows must not matter where one is more exact than another.
func TestTaxRowChoice(t *testing.T) {
	rows := []TaxRate{
		{"country", "US", "", "", "0.01"},
		{"class", "US", "", "food", "0.02"},
		{"region", "US", "CA", "", "0.03"},
		{"both", "US", "CA", "food", "0.04"},
		{"other", "GB", "", "", "0.2"},
	}
	for range 2 {
		c := Channel{TaxRates: rows}
		for _, q := range []struct{ country, region, class, want string }{
			{"US", "", "standard", "country"},
			{"US", "NY", "standard", "country"},
			{"US", "NY", "food", "class"},
			{"US", "", "food", "class"},
			{"US", "CA", "standard", "region"},
			{"US", "CA", "food", "both"},
			{"US", "CA", "", "region"},
			{"GB", "CA", "food", "other"},
			{"DE", "CA", "food", ""},
			{"", "", "", ""},
		} {
			got, ok := c.Tax(q.country, q.region, q.class)
			if got.Name != q.want || ok != (q.want != "") {
				t.Errorf("%+v: got %q, %v", q, got.Name, ok)
			}
		}
		slices.Reverse(rows)
	}
	// The region weighs more than the class.
	c := Channel{TaxRates: []TaxRate{{"class", "US", "", "food", "0"}, {"region", "US", "CA", "", "0"}}}
	if got, _ := c.Tax("US", "CA", "food"); got.Name != "region" {
		t.Errorf("got %q", got.Name)
	}
}

func TestShippingRowChoice(t *testing.T) {
	rows := []ShippingMethod{{Code: "post", Name: "anywhere", Country: "", Price: eur(9)}, {Code: "post", Name: "home", Country: "GB", Price: eur(4)}, {Code: "van", Name: "van", Country: "GB", Price: eur(7)}}
	for range 2 {
		c := Channel{ShippingMethods: rows}
		for _, q := range []struct{ method, country, want string }{
			{"post", "GB", "home"},
			{"post", "DE", "anywhere"},
			{"post", "", "anywhere"},
			{"van", "GB", "van"},
			{"van", "DE", ""},
			{"van", "", ""},
			{"drone", "GB", ""},
		} {
			got, ok := c.Shipping(q.method, q.country)
			if got.Name != q.want || ok != (q.want != "") {
				t.Errorf("%+v: got %q, %v", q, got.Name, ok)
			}
		}
		slices.Reverse(rows)
	}
}

func TestServes(t *testing.T) {
	if all := (&Channel{}); !all.Serves("L1") {
		t.Error("a channel without locations serves from all")
	}
	if one := (&Channel{Locations: []string{"L1"}}); !one.Serves("L1") || one.Serves("L2") || one.Serves("") {
		t.Error("a channel with locations serves from these")
	}
}

func TestKitsAndReservationTimes(t *testing.T) {
	p := &Product{Name: "Set", Price: money.Money{Currency: "EUR"}, TaxClass: "standard", Components: []Component{{"A", 2}, {"B", 1}}}
	p.ID = "SET"
	var list errs.List
	if p.Check(&list); list.Err() != nil || !p.IsKit() {
		t.Errorf("%v", list.Err())
	}
	p.Components = []Component{{"A", 0}, {"A", 1}, {"SET", 1}, {"", 1}, {"C", maxPerKit + 1}}
	p.Check(&list)
	if e := errs.As(list.Err()); e == nil || len(e.Problems) != 5 {
		t.Errorf("%v", list.Err())
	}
	for _, c := range []struct{ minutes, most, wantMinutes, wantMost int64 }{{0, 0, 15, 1440}, {5, 0, 5, 1440}, {2000, 0, 2000, 2000}, {5, 60, 5, 60}} {
		ch := &Channel{ReservationMinutes: c.minutes, ReservationMaxMinutes: c.most}
		if a, b := ch.Reservation(); a != c.wantMinutes || b != c.wantMost {
			t.Errorf("%v: %d, %d", c, a, b)
		}
	}
	for _, c := range [][2]int64{{-1, 0}, {0, MaxReservationMinutes + 1}, {60, 30}, {0, 10}} {
		ch := &Channel{Name: "Web", ReservationMinutes: c[0], ReservationMaxMinutes: c[1]}
		ch.ID = "web"
		var list errs.List
		if ch.Check(&list); list.Empty() {
			t.Errorf("%v passes", c)
		}
	}
}
