// Package address holds postal addresses and the checks that need no network.
//
// What lives here: the value type, ISO 3166 country codes, shape checks. What does not: validation by a carrier.
// The one idea: an address that passes can be printed on a label; whether somebody lives there is another question.
package address

import (
	"maps"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ordo/internal/errs"
)

// MaxText is the longest name or address line, in characters.
const MaxText = 200

// Address is a postal address. Country is ISO 3166-1 alpha-2.
type Address struct {
	Name       string `json:"name,omitzero" maxLength:"200"`
	Company    string `json:"company,omitzero" maxLength:"200"`
	Line1      string `json:"line1,omitzero" maxLength:"200"`
	Line2      string `json:"line2,omitzero" maxLength:"200"`
	City       string `json:"city,omitzero" maxLength:"200"`
	Region     string `json:"region,omitzero" maxLength:"200"`
	PostalCode string `json:"postal_code,omitzero" maxLength:"20"`
	Country    string `json:"country,omitzero" doc:"ISO 3166-1 alpha-2" minLength:"2" maxLength:"2" example:"GB"`
	Phone      string `json:"phone,omitzero" maxLength:"40"`
	Latitude   int64  `json:"latitude,omitzero" doc:"millionths of a degree; with longitude, for distances" minimum:"-90000000" maximum:"90000000"`
	Longitude  int64  `json:"longitude,omitzero" doc:"millionths of a degree" minimum:"-180000000" maximum:"180000000"`
}

// Check adds to the list what is wrong with the address as a destination; at is the JSON pointer of the address.
func (a Address) Check(list *errs.List, at string) {
	required := []struct{ field, value string }{{"name", a.Name}, {"line1", a.Line1}, {"city", a.City}}
	for _, r := range required {
		if strings.TrimSpace(r.value) == "" {
			list.Add(at+"/"+r.field, "required", "give the %s of the address", r.field)
		}
	}
	a.CheckForm(list, at)
	if strings.TrimSpace(a.PostalCode) == "" && !noPostalCodes[a.Country] {
		list.Add(at+"/postal_code", "required", "give the postal code")
	}
}

// CheckForm adds to the list what is wrong with the parts that are given, whether or not they are enough to ship to.
// The country is always needed.
func (a Address) CheckForm(list *errs.List, at string) {
	for _, f := range []struct {
		field, value string
		limit        int
	}{
		{"name", a.Name, MaxText},
		{"company", a.Company, MaxText},
		{"line1", a.Line1, MaxText},
		{"line2", a.Line2, MaxText},
		{"city", a.City, MaxText},
		{"region", a.Region, MaxText},
		{"postal_code", a.PostalCode, 20},
		{"phone", a.Phone, 40},
	} {
		if utf8.RuneCountInString(f.value) > f.limit {
			list.Add(at+"/"+f.field, "too_long", "at most %d characters", f.limit)
		}
	}
	if a.Latitude < -90_000_000 || a.Latitude > 90_000_000 {
		list.Add(at+"/latitude", "out_of_range", "give millionths of a degree, from -90000000 to 90000000")
	}
	if a.Longitude < -180_000_000 || a.Longitude > 180_000_000 {
		list.Add(at+"/longitude", "out_of_range", "give millionths of a degree, from -180000000 to 180000000")
	}
	if !ValidCountry(a.Country) {
		list.Add(at+"/country", "invalid_country", "%q is not an ISO 3166-1 alpha-2 code such as GB", errs.Clip(a.Country))
	}
}

// Doubt adds to the list what speaks against an address that can be shipped to all the same.
func (a Address) Doubt(list *errs.List, at string) {
	if strings.TrimSpace(a.PostalCode) != "" && !a.PostalCodeFits() {
		list.Add(at+"/postal_code", "doubtful", "postal codes of %s have another form", a.Country)
	}
	if strings.TrimSpace(a.Line1) != "" && !strings.ContainsFunc(a.Line1+a.Line2, unicode.IsDigit) {
		list.Add(at+"/line1", "doubtful", "there is no house number in it")
	}
}

// ValidCountry reports whether code is an officially assigned ISO 3166-1 alpha-2 code, in capitals.
func ValidCountry(code string) bool { return countries[code] }

// Countries are all codes, sorted.
func Countries() []string { return slices.Sorted(maps.Keys(countries)) }

// ValidEmail reports whether s has the form local@domain, without spaces or control characters.
func ValidEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || len(s) > 254 || strings.ContainsAny(domain, "@") {
		return false
	}
	if domain == "" || domain[0] == '.' || domain[0] == '-' || domain[len(domain)-1] == '.' || strings.Contains(domain, "..") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == '<' || r == '>' || r == ',' || r == ';'
	})
}

// Mailable reports whether mail can be sent to s: besides ValidEmail it is an address of RFC 5322 as it stands, without
// a name or quotes. What people order with may be wider.
func Mailable(s string) bool {
	p, err := mail.ParseAddress(s)
	return err == nil && p.Address == s && ValidEmail(s)
}

var countries = set(`
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ
NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`)

// Place is the lines of an envelope between street and country: city, region and postal code, in the order that the post of
// the country wants (Universal Postal Union, addressing by country). Empty parts are left out.
func (a Address) Place() (lines []string) {
	city, region, code := strings.TrimSpace(a.City), strings.TrimSpace(a.Region), strings.TrimSpace(a.PostalCode)
	join := func(by string, parts ...string) string {
		return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), by)
	}
	switch {
	case codeBelow[a.Country]:
		lines = []string{join(", ", city, region), code}
	case codeAfter[a.Country]:
		lines = []string{join(" ", join(", ", city, region), code)}
	default:
		lines = []string{join(", ", join(" ", code, city), region)}
	}
	return slices.DeleteFunc(lines, func(s string) bool { return s == "" })
}

// codeBelow are countries whose postal codes stand on a line of their own, codeAfter those where they follow city and
// region. Elsewhere they stand before the city.
var (
	codeBelow = set(`FK GB GG GI IE IM JE ZA`)
	codeAfter = set(`AU CA IN NZ PR SG US`)
)

// noPostalCodes are countries and areas in which an address has no postal code (Universal Postal Union).
var noPostalCodes = set(`AE AG AN AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GA GD GH GM GN GQ GY HK HM IE JM KE KI KM KN KP
LY ML MO MR MS MW NR NU PA QA RW SB SC SL SO SR ST SY TD TF TG TK TL TO TT TV TZ UG VU YE ZA ZW`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
