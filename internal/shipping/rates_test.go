package shipping

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ordo/internal/address"
	"ordo/internal/errs"

	"pgregory.net/rapid"
)

const tables = `kind,zone,country,region,postal_from,postal_to,remote,service,up_to_grams,price,transit_days
zone,home,GB,,,,,,,,
zone,islands,GB,,HS1,HS9,true,,,,
zone,islands,GB,,JE,,yes,,,,
zone,eu,DE,,,,,,,,
zone,bavaria,DE,BY,,,,,,,
zone,world,*,,,,,,,,
rate,home,,,,,,std,1000,450,2
rate,home,,,,,,std,5000,700,2
rate,home,,,,,,fast,5000,1200,1
rate,islands,,,,,,std,5000,1900,5
rate,eu,,,,,,std,5000,1500,4
rate,bavaria,,,,,,std,5000,1400,3
`

var services = []Service{
	{Code: "std", Name: "Standard", TransitDays: 3, MaxWeightGrams: 5000, MaxLengthMM: 1200, MaxGirthMM: 3000, NoPOBox: true},
	{Code: "fast", Name: "Fast", TransitDays: 1, Countries: []string{"GB"}},
}

func carrier(t *testing.T) *Carrier {
	t.Helper()
	r, err := ParseRates(Heading{Currency: "GBP", Divisor: 5000, FuelRate: "0.1", Residential: 50, Oversize: 300, OversizeMM: 1000, Remote: 200}, tables, services)
	if err != nil {
		t.Fatal(err)
	}
	c := &Carrier{Name: "C", Provider: Table, Active: true, Services: services, Rates: r}
	c.ID = "c"
	return c
}

func to(country, region, code string) address.Address {
	return address.Address{Name: "A", Line1: "1 Road", City: "X", Country: country, Region: region, PostalCode: code}
}

func TestQuotes(t *testing.T) {
	c := carrier(t)
	for _, tt := range []struct {
		name      string
		sh        Shipment
		std, fast string
	}{
		{"light", Shipment{To: to("GB", "", "YO1 1AA"), Parcel: Parcel{WeightGrams: 1000}}, "495 [base:450 fuel:45] 2", "1320 [base:1200 fuel:120] 1"},
		{"next band", Shipment{To: to("GB", "", "YO1 1AA"), Parcel: Parcel{WeightGrams: 1001}}, "770 [base:700 fuel:70] 2", "1320 [base:1200 fuel:120] 1"},
		{"dimensional", Shipment{To: to("GB", "", "YO1"), Parcel: Parcel{WeightGrams: 10, LengthMM: 100, WidthMM: 200, HeightMM: 251}}, "770 [base:700 fuel:70] 2", "1320 [base:1200 fuel:120] 1"},
		{"surcharges", Shipment{To: to("GB", "", "hs2 0aa"), Residential: true, Parcel: Parcel{WeightGrams: 1, WidthMM: 1000}}, "2695 [base:1900 residential:50 oversize:300 remote:200 fuel:245] 5", "not_served"},
		{"prefix", Shipment{To: to("GB", "", "JE2 3AB"), Parcel: Parcel{WeightGrams: 1}}, "2310 [base:1900 remote:200 fuel:210] 5", "not_served"},
		{"region", Shipment{To: to("DE", "by", "80331"), Parcel: Parcel{WeightGrams: 1}}, "1540 [base:1400 fuel:140] 3", "not_served"},
		{"country", Shipment{To: to("DE", "BE", "10115"), Parcel: Parcel{WeightGrams: 1}}, "1650 [base:1500 fuel:150] 4", "not_served"},
		{"zone without rates", Shipment{To: to("US", "", "10001")}, "not_served", "not_served"},
		{"heavy", Shipment{To: to("GB", "", "YO1"), Parcel: Parcel{WeightGrams: 5001}}, "too_heavy", "too_heavy"},
		{"heavy by volume", Shipment{To: to("GB", "", "YO1"), Parcel: Parcel{LengthMM: 500, WidthMM: 500, HeightMM: 101}}, "too_heavy", "too_heavy"},
		{"long", Shipment{To: to("GB", "", "YO1"), Parcel: Parcel{HeightMM: 1201}}, "too_long", "1650 [base:1200 oversize:300 fuel:150] 1"},
		{"girth", Shipment{To: to("GB", "", "YO1"), Parcel: Parcel{LengthMM: 1001, WidthMM: 999, HeightMM: 1}}, "too_large", "1650 [base:1200 oversize:300 fuel:150] 1"},
		{"box", Shipment{To: address.Address{Line1: "P.O. Box 7", Country: "GB"}}, "po_box", "1320 [base:1200 fuel:120] 1"},
	} {
		var got []string
		for _, q := range c.Quotes(tt.sh) {
			if q.Refused != "" {
				got = append(got, q.Refused)
				continue
			}
			var parts []string
			for _, p := range q.Charges {
				parts = append(parts, fmt.Sprintf("%s:%d", p.Code, p.Amount))
			}
			got = append(got, fmt.Sprintf("%d [%s] %d", q.Cost.Amount, strings.Join(parts, " "), q.TransitDays))
		}
		if !slices.Equal(got, []string{tt.std, tt.fast}) {
			t.Errorf("%s: %q, want %q and %q", tt.name, got, tt.std, tt.fast)
		}
	}
	c.Rates = nil
	if q := c.Quotes(Shipment{To: to("GB", "", "YO1")}); q[0].Refused != NoRate {
		t.Errorf("without tables: %+v", q)
	}
}

func TestPOBox(t *testing.T) {
	for _, s := range []string{"PO Box 12", "P.O. Box 1", "p o box 9", "Post Office Box 4", "Postfach 10 20", "Boîte postale 3", "Apartado de Correos 9"} {
		if !poBox.MatchString(s) {
			t.Errorf("%q is a box", s)
		}
	}
	for _, s := range []string{"1 Box Road", "Poboxer Lane", "2 Postal Way", "Boxpo"} {
		if poBox.MatchString(s) {
			t.Errorf("%q is no box", s)
		}
	}
}

// A heavier or larger parcel never costs less in the same zone, where the price table itself rises.
func TestPriceRises(t *testing.T) {
	r := carrier(t).Rates
	rapid.Check(t, func(t *rapid.T) {
		p := Parcel{rapid.Int64Range(0, 4000).Draw(t, "g"), rapid.Int64Range(0, 300).Draw(t, "l"), rapid.Int64Range(0, 200).Draw(t, "w"), rapid.Int64Range(0, 100).Draw(t, "h")}
		q := p
		q.WeightGrams += rapid.Int64Range(0, 900).Draw(t, "more")
		q.LengthMM += rapid.Int64Range(0, 100).Draw(t, "longer")
		a, _, why := r.Price("std", Shipment{To: to("GB", "", "YO1"), Parcel: p})
		b, _, _ := r.Price("std", Shipment{To: to("GB", "", "YO1"), Parcel: q})
		if why != "" || Sum(b) < Sum(a) {
			t.Fatalf("%+v costs %d (%s), %+v costs %d", p, Sum(a), why, q, Sum(b))
		}
	})
}

func TestParseRatesReportsAll(t *testing.T) {
	_, err := ParseRates(Heading{Currency: "pounds", FuelRate: "12%", Divisor: -1}, `kind,zone,country,postal_from,postal_to,service,up_to_grams,price,remote
zone,,GB
zone,a,UK
zone,b,GB,10,200
zone,c,GB,,,,,,maybe
rate,a,,,,none,1,1
rate,z,,,,std,1,1
rate,a,,,,std,0,1
rate,a,,,,std,5,-1
rate,a,,,,std,5,cheap
rate,a,,,,std,5,1
post,a
zone,a,GB,,,,,,,,,,
`, services)
	e := errs.As(err)
	if e == nil {
		t.Fatal("no error")
	}
	var got []string
	for _, p := range e.Problems {
		got = append(got, p.Pointer+" "+p.Code+" "+strings.SplitN(p.Detail, ":", 2)[0])
	}
	want := []string{
		`/currency invalid_currency "pounds" is not an ISO 4217 code such as EUR`,
		"/fuel_rate invalid_rate a rate is a decimal from 0 to 1 with at most six places, such as 0.2",
		"/divisor out_of_range give a number from 0 to 100000",
		"/csv wrong_type line 5, remote",
		"/csv wrong_type line 10, price",
		"/csv unknown_value line 12, kind",
		"/csv malformed_csv line 13, row",
		"/csv required line 2, zone",
		"/csv invalid_country line 3, country",
		"/csv out_of_range line 4, postal_to",
		"/csv unknown_value line 6, service",
		"/csv unknown_value line 7, zone",
		"/csv out_of_range line 8, up_to_grams",
		"/csv out_of_range line 9, price",
		"/csv duplicate line 10, up_to_grams",
		"/csv duplicate line 11, up_to_grams",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for text, code := range map[string]string{
		"": "required", "zone,country": "required", "kind,kind": "unknown_value", "kind,color": "unknown_value", "kind\n\"zone": "malformed_csv",
	} {
		_, err := ParseRates(Heading{Currency: "GBP"}, text, services)
		if e := errs.As(err); e == nil || e.Problems[0].Code != code {
			t.Errorf("%q: %v, want %s", text, err, code)
		}
	}
}

func FuzzParseRates(f *testing.F) {
	f.Add(tables)
	f.Add("kind\nzone,\"\x00")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRates(Heading{Currency: "GBP"}, text, services)
		if (r == nil) == (err == nil) {
			t.Fatalf("%v, %v", r, err)
		}
		if r != nil {
			r.Price("std", Shipment{To: to("GB", "", "YO1"), Parcel: Parcel{WeightGrams: 7}})
		}
	})
}

func TestCheckCarrier(t *testing.T) {
	c := &Carrier{Name: " ", Provider: "dove", Settings: Settings{SecretName: "sk-live!", BaseURL: "http://evil"}, Services: []Service{
		{Code: "a", Name: "A", TransitDays: 61, WorkDays: []string{"monday"}, Countries: []string{"UK"}}, {Code: "a", Name: ""},
	}}
	var list errs.List
	c.Check(&list)
	var got []string
	for _, p := range errs.As(list.Err()).Problems {
		got = append(got, p.Pointer)
	}
	want := []string{"/code", "/name", "/provider", "/services/0/transit_days", "/services/0/work_days/0", "/services/0/countries/0", "/services/1/name", "/services/1/code", "/settings/secret_name", "/settings/base_url"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
