package shipping

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/money"
)

// Rates are the tables that price a shipment: zones by destination, prices by weight band, surcharges.
type Rates struct {
	Currency    string `json:"currency"`
	Divisor     int64  `json:"divisor,omitzero"`   // cm³ per kg of dimensional weight; 0 bills the actual weight
	FuelRate    string `json:"fuel_rate,omitzero"` // share such as "0.125"
	Residential int64  `json:"residential,omitzero"`
	Oversize    int64  `json:"oversize,omitzero"`
	OversizeMM  int64  `json:"oversize_mm,omitzero"` // from this length of the longest side on
	Remote      int64  `json:"remote,omitzero"`
	Zones       []Zone `json:"zones"`
	Bands       []Band `json:"bands"`
}

// Zone is a row of the zone table: a destination and the zone it is in. Country * stands for all. A postal range
// compares as many characters as its ends have, without spaces and hyphens: 90000-90999, HS1-HS9, IV-IV. From narrows
// the row to what is sent from there: a country, or a country and the beginning of a postal code (GB, GB:HU).
type Zone struct {
	Zone       string `json:"zone"`
	From       string `json:"from,omitzero"`
	Country    string `json:"country"`
	Region     string `json:"region,omitzero"`
	PostalFrom string `json:"postal_from,omitzero"`
	PostalTo   string `json:"postal_to,omitzero"`
	Remote     bool   `json:"remote,omitzero"`
}

// Band is a row of the price table: what a service asks in a zone up to a weight. TransitDays of zero are those of the
// service.
type Band struct {
	Service     string `json:"service"`
	Zone        string `json:"zone"`
	UpToGrams   int64  `json:"up_to_grams"`
	Price       int64  `json:"price"`
	TransitDays int64  `json:"transit_days,omitzero"`
}

// maxRows is the most rows of either table: they are part of the carrier's document.
const maxRows = 5_000

// postal is a postal code as ranges compare it.
func postal(s string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s))
}

// has reports whether the zone row covers the destination, and how closely it describes it.
func (z *Zone) has(to address.Address) (closeness int, ok bool) {
	if z.Country != "*" && z.Country != to.Country {
		return 0, false
	}
	if z.Country != "*" {
		closeness++
	}
	if z.Region != "" {
		if !strings.EqualFold(z.Region, to.Region) {
			return 0, false
		}
		closeness += 2
	}
	if z.PostalFrom != "" {
		code := postal(to.PostalCode)
		n := len(z.PostalFrom)
		if len(code) < n || code[:n] < z.PostalFrom || code[:n] > z.PostalTo {
			return 0, false
		}
		closeness += 4 + n // a longer prefix is the narrower place
	}
	return closeness, true
}

// origin reports whether the row counts for what is sent from there, and how closely it describes that.
func (z *Zone) origin(from address.Address) (closeness int, ok bool) {
	country, code, _ := strings.Cut(z.From, ":")
	if z.From == "" || country == from.Country && strings.HasPrefix(postal(from.PostalCode), code) {
		return len(z.From), true
	}
	return 0, false
}

func (z *Zone) fromIsValid() bool {
	country, code, narrow := strings.Cut(z.From, ":")
	return z.From == "" || address.ValidCountry(country) && (!narrow || code != "")
}

// ZoneOf finds the zone of a destination: the row that describes it most closely, then the one that describes the origin
// most closely, the first of equals.
func (r *Rates) ZoneOf(from, to address.Address) (Zone, bool) {
	best, found, near := Zone{}, -1, 0
	for i := range r.Zones {
		n, goes := r.Zones[i].has(to)
		m, starts := r.Zones[i].origin(from)
		if goes && starts && (n > found || n == found && m > near) {
			best, found, near = r.Zones[i], n, m
		}
	}
	return best, found >= 0
}

// Billable is the weight that is paid for: the actual or the dimensional one, whichever is larger. Dimensional weight
// in kilograms is the volume in cm³ over a divisor, as IATA's and the large carriers' tariffs define it (commonly
// 5,000); in grams that is mm³ over the same divisor, rounded up.
func (r *Rates) Billable(p Parcel) int64 {
	if r.Divisor <= 0 {
		return p.WeightGrams
	}
	return max(p.WeightGrams, (p.LengthMM*p.WidthMM*p.HeightMM+r.Divisor-1)/r.Divisor)
}

// Price computes what the service asks for the shipment, with the parts it is made of; refused says why it has no
// price. It is that of the lowest band that holds the billable weight, with surcharges and fuel.
func (r *Rates) Price(service string, sh Shipment) (charges []Charge, transit int64, refused string) {
	zone, ok := r.ZoneOf(sh.From, sh.To)
	if !ok {
		return nil, 0, NotServed
	}
	return r.priceIn(zone, service, sh)
}

func (r *Rates) priceIn(zone Zone, service string, sh Shipment) (charges []Charge, transit int64, refused string) {
	weight := r.Billable(sh.Parcel)
	var band *Band
	inZone := false
	for i := range r.Bands {
		b := &r.Bands[i]
		if b.Service != service || b.Zone != zone.Zone {
			continue
		}
		inZone = true
		if b.UpToGrams >= weight && (band == nil || b.UpToGrams < band.UpToGrams) {
			band = b
		}
	}
	switch {
	case !inZone:
		return nil, 0, NotServed
	case band == nil:
		return nil, 0, TooHeavy
	}
	return r.charges(band, zone, sh), band.TransitDays, ""
}

// Sum adds up charges.
func Sum(charges []Charge) (sum int64) {
	for _, c := range charges {
		sum += c.Amount
	}
	return sum
}

// Quotes prices every service of the carrier by its tables.
func (c *Carrier) Quotes(sh Shipment) []Quote {
	var out []Quote
	for i := range c.Services {
		s := &c.Services[i]
		q := Quote{Carrier: c.ID, Service: s.Code, Name: s.Name, TransitDays: s.TransitDays, Refused: s.Refuses(sh)}
		if q.Refused == "" && c.Rates == nil {
			q.Refused = NoRate
		}
		if q.Refused == "" {
			var transit int64
			q.Charges, transit, q.Refused = c.Rates.Price(s.Code, sh)
			if transit > 0 {
				q.TransitDays = transit
			}
		}
		if q.Refused == "" {
			q.Cost = money.Money{Amount: Sum(q.Charges), Currency: c.Rates.Currency}
		}
		out = append(out, q)
	}
	return out
}

// Transit is how many working days the service takes from one place to another: that of the table's band where there is
// one. Days that differ by weight count as the longest.
func (c *Carrier) Transit(s *Service, from, to address.Address) int64 {
	if c.Rates == nil {
		return s.TransitDays
	}
	zone, ok := c.Rates.ZoneOf(from, to)
	if !ok {
		return s.TransitDays
	}
	days := int64(0)
	for _, b := range c.Rates.Bands {
		if b.Service == s.Code && b.Zone == zone.Zone {
			days = max(days, b.TransitDays)
		}
	}
	return cmp.Or(days, s.TransitDays)
}

// Check adds to the list what is wrong with the tables; where names each row in the place it came from.
func (r *Rates) check(list *errs.List, where func(table string, row int, column string) (pointer, prefix string), services []Service) {
	add := func(table string, row int, column, code, text string) {
		at, prefix := where(table, row, column)
		list.Add(at, code, "%s%s", prefix, text)
	}
	zones := map[string]bool{}
	for i, z := range r.Zones {
		zones[z.Zone] = true
		switch {
		case z.Zone == "":
			add("zone", i, "zone", "required", "name the zone")
		case z.Country != "*" && !address.ValidCountry(z.Country):
			add("zone", i, "country", "invalid_country", "give an ISO 3166-1 alpha-2 code such as GB, or * for all")
		case !z.fromIsValid():
			add("zone", i, "from", "invalid_country", "give a country such as GB, or one with the beginning of a postal code such as GB:HU")
		case len(z.PostalFrom) != len(z.PostalTo) || z.PostalFrom > z.PostalTo:
			add("zone", i, "postal_to", "out_of_range", "a range goes from lower to higher, both ends equally long, such as 90000 to 90999")
		}
	}
	type key struct {
		service, zone string
		upTo          int64
	}
	seen := map[key]bool{}
	for i, b := range r.Bands {
		k := key{b.Service, b.Zone, b.UpToGrams}
		switch {
		case !slices.ContainsFunc(services, func(s Service) bool { return s.Code == b.Service }):
			add("rate", i, "service", "unknown_value", "the carrier has no service "+strconv.Quote(errs.Clip(b.Service)))
		case !zones[b.Zone]:
			add("rate", i, "zone", "unknown_value", "no row of kind zone names the zone "+strconv.Quote(errs.Clip(b.Zone)))
		case b.UpToGrams < 1 || b.UpToGrams > maxWeight:
			add("rate", i, "up_to_grams", "out_of_range", "give grams, from 1 to "+strconv.Itoa(maxWeight))
		case b.Price < 0 || b.Price > money.Max:
			add("rate", i, "price", "out_of_range", "give minor units (cents), not negative")
		case b.TransitDays < 0 || b.TransitDays > maxTransit:
			add("rate", i, "transit_days", "out_of_range", "give days, from 0 to "+strconv.Itoa(maxTransit))
		case seen[k]:
			add("rate", i, "up_to_grams", "duplicate", "there is a price for this service, zone and weight already")
		}
		seen[k] = true
	}
}
