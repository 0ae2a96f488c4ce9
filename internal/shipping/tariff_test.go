package shipping

import (
	"strings"
	"testing"

	"ordo/internal/errs"

	"pgregory.net/rapid"
)

const fromTables = `kind,zone,from,country,postal_from,postal_to,service,up_to_grams,price,transit_days
zone,home,,GB
zone,near,gb: hu,GB
zone,abroad,FR,GB
zone,isles,,GB,HS1,HS9
rate,home,,,,,std,2000,500,2
rate,near,,,,,std,2000,300,1
rate,abroad,,,,,std,2000,1900,5
rate,isles,,,,,std,2000,2500,6
`

// Where a parcel starts may decide about its zone; the destination decides first.
func TestZonesByOrigin(t *testing.T) {
	r, err := ParseRates(Heading{Currency: "GBP"}, fromTables, services)
	if err != nil {
		t.Fatal(err)
	}
	c := &Carrier{Active: true, Services: services, Rates: r}
	for _, tt := range []struct {
		country, from, to string
		price, transit    int64
	}{
		{"GB", "LS1 1AA", "YO1 1AA", 500, 2},
		{"GB", "HU1 1AA", "YO1 1AA", 300, 1},
		{"FR", "75001", "YO1 1AA", 1900, 5},
		{"GB", "HU1 1AA", "HS2 1AA", 2500, 6},
	} {
		from, dest := to(tt.country, "", tt.from), to("GB", "", tt.to)
		charges, _, refused := r.Price("std", Shipment{From: from, To: dest, Parcel: Parcel{WeightGrams: 900}})
		if Sum(charges) != tt.price || refused != "" || c.Transit(&c.Services[0], from, dest) != tt.transit {
			t.Errorf("%s to %s: %v %s", tt.from, tt.to, charges, refused)
		}
		if p, ok := c.Tariff("", from, dest, false).Price(Parcel{WeightGrams: 900}); !ok || p != tt.price {
			t.Errorf("tariff %s to %s: %d", tt.from, tt.to, p)
		}
	}
	for _, bad := range []string{"Britain", "GB:", "XX:1"} {
		if _, err := ParseRates(Heading{Currency: "GBP"}, strings.Replace(fromTables, "gb: hu", bad, 1), services); !errs.Is(err, "validation_failed") || !strings.Contains(errs.As(err).Problems[0].Detail, "line 3, from: ") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A tariff asks what the quotes of the carrier do, and never less than its least.
func TestTariffIsTheCheapestQuote(t *testing.T) {
	c := carrier(t)
	rapid.Check(t, func(t *rapid.T) {
		dest := to(rapid.SampledFrom([]string{"GB", "DE", "FR"}).Draw(t, "country"), rapid.SampledFrom([]string{"", "BY"}).Draw(t, "region"), rapid.SampledFrom([]string{"YO1", "HS2", "JE1"}).Draw(t, "code"))
		side := rapid.Int64Range(0, 1300)
		sh := Shipment{To: dest, Residential: rapid.Bool().Draw(t, "home"), Parcel: Parcel{rapid.Int64Range(0, 6000).Draw(t, "grams"), side.Draw(t, "l"), side.Draw(t, "w"), side.Draw(t, "h")}}
		want := int64(-1)
		for _, q := range c.Quotes(sh) {
			if q.Refused == "" && (want < 0 || q.Cost.Amount < want) {
				want = q.Cost.Amount
			}
		}
		got := int64(-1)
		if tariff := c.Tariff("", sh.From, dest, sh.Residential); tariff != nil {
			if p, ok := tariff.Price(sh.Parcel); ok {
				got = p
				if p < tariff.Least() {
					t.Fatalf("%d is less than %d", p, tariff.Least())
				}
			}
		}
		if got != want {
			t.Fatalf("tariff %d, quotes %d", got, want)
		}
	})
}

// A parcel is estimated so that it holds the goods, and not much more.
func TestEstimate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		longest := rapid.Int64Range(0, 2*maxSide).Draw(t, "longest")
		volume := rapid.Int64Range(0, 1<<60).Draw(t, "volume")
		p := Estimate(rapid.Int64Range(0, 1<<50).Draw(t, "grams"), volume, longest)
		holds := p.LengthMM * p.WidthMM * p.HeightMM
		switch {
		case longest == 0 || volume == 0:
			if holds != 0 {
				t.Fatalf("%+v", p)
			}
		case p.WidthMM < maxSide && (holds < volume || p.LengthMM*(p.WidthMM-1)*(p.HeightMM-1) >= volume+p.LengthMM):
			t.Fatalf("%+v for %d", p, volume)
		}
	})
	if p := Estimate(500, 6_000_000, 300); p != (Parcel{500, 300, 142, 142}) {
		t.Errorf("%+v", p)
	}
}
