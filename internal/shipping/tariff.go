package shipping

import (
	"slices"
	"sort"

	"ordo/internal/address"
	"ordo/internal/money"
)

// Tariff is what a carrier's services ask from one place to another by its tables, with the zone looked up once: many
// plans are priced with it, and no carrier is asked.
type Tariff struct {
	carrier *Carrier
	zone    Zone
	to      address.Address
	home    bool
	offers  []*Service
}

// Tariff finds what the carrier asks from one place to another; service narrows it to one, "" leaves all. It is nil where
// the carrier has no tables, does not go there, or has no price for it.
func (c *Carrier) Tariff(service string, from, to address.Address, residential bool) *Tariff {
	if !c.Active || c.Rates == nil {
		return nil
	}
	zone, ok := c.Rates.ZoneOf(from, to)
	if !ok {
		return nil
	}
	t := &Tariff{carrier: c, zone: zone, to: to, home: residential}
	for i := range c.Services {
		s := &c.Services[i]
		priced := slices.ContainsFunc(c.Rates.Bands, func(b Band) bool { return b.Service == s.Code && b.Zone == zone.Zone })
		if priced && (service == "" || service == s.Code) && s.Refuses(Shipment{To: to}) == "" {
			t.offers = append(t.offers, s)
		}
	}
	if len(t.offers) == 0 {
		return nil
	}
	return t
}

// Currency is that of the prices.
func (t *Tariff) Currency() string { return t.carrier.Rates.Currency }

// Price is what the cheapest service asks that takes the parcel; false where none does.
func (t *Tariff) Price(p Parcel) (least int64, ok bool) {
	sh := Shipment{To: t.to, Parcel: p, Residential: t.home}
	for _, s := range t.offers {
		if s.Refuses(sh) != "" {
			continue
		}
		charges, _, refused := t.carrier.Rates.priceIn(t.zone, s.Code, sh)
		if n := Sum(charges); refused == "" && (!ok || n < least) {
			least, ok = n, true
		}
	}
	return least, ok
}

// Least is a price that no parcel goes below: that of the cheapest band, with what is added to every one.
func (t *Tariff) Least() int64 {
	least := int64(-1)
	for _, b := range t.carrier.Rates.Bands {
		if b.Zone != t.zone.Zone || !slices.ContainsFunc(t.offers, func(s *Service) bool { return s.Code == b.Service }) {
			continue
		}
		if n := Sum(t.carrier.Rates.charges(&b, t.zone, Shipment{Residential: t.home})); least < 0 || n < least {
			least = n
		}
	}
	return max(0, least)
}

// charges are a band's price with what is added to it: surcharges, then fuel as a share of both, rounded half up, since
// fuel applies to surcharges too in the tariffs of the large carriers.
func (r *Rates) charges(band *Band, zone Zone, sh Shipment) []Charge {
	charges := []Charge{{"base", band.Price}}
	add := func(code string, amount int64, applies bool) {
		if applies && amount > 0 {
			charges = append(charges, Charge{code, amount})
		}
	}
	add("residential", r.Residential, sh.Residential)
	add("oversize", r.Oversize, r.OversizeMM > 0 && sh.Parcel.sides()[0] >= r.OversizeMM)
	add("remote", r.Remote, zone.Remote)
	if rate, err := money.ParseRate(r.FuelRate); err == nil {
		add("fuel", rate.Of(Sum(charges)), true)
	}
	return charges
}

// Estimate is the parcel that goods would make: as long as the longest of them, with the square cross-section that
// holds the volume of all. Volume is in mm³; without one the parcel has no dimensions.
func Estimate(grams, volume, longest int64) Parcel {
	p := Parcel{WeightGrams: min(grams, maxWeight)}
	if volume <= 0 || longest <= 0 {
		return p
	}
	p.LengthMM = min(longest, maxSide)
	area := (volume + p.LengthMM - 1) / p.LengthMM
	side := int64(sort.Search(maxSide, func(n int) bool { return int64(n)*int64(n) >= area }))
	p.WidthMM, p.HeightMM = side, side
	return p
}
