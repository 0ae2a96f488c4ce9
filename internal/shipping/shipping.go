// Package shipping holds the rules of sending parcels: what a service carries and costs, which service is taken, the
// life of a label, what carriers' events add up to, and the day a delivery is promised for.
//
// What lives here: types and pure functions. What does not: calls to carriers (provider/carrier), the order and its
// fulfillment orders, which package app brings together with labels in one unit of work.
// The one idea: a carrier's word is evidence, not state. Quotes, outcomes and tracking events are kept as they came,
// and what Ordo believes is computed from all of them, in whatever order they came.
package shipping

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/money"
)

// Providers of carriers.
const (
	Table    = "table"    // rates by tables, labels of our own
	Sandbox  = "sandbox"  // a carrier that behaves like a real one, faults included
	EasyPost = "easypost" // many carriers behind EasyPost's API
)

// Providers lists them.
var Providers = []string{Table, Sandbox, EasyPost}

// Parcel is what is weighed and measured. Zero dimensions are not known and cost nothing.
type Parcel struct {
	WeightGrams int64 `json:"weight_grams"`
	LengthMM    int64 `json:"length_mm,omitzero"`
	WidthMM     int64 `json:"width_mm,omitzero"`
	HeightMM    int64 `json:"height_mm,omitzero"`
}

// Shipment is one parcel on its way from a location to a customer.
type Shipment struct {
	Reference   string // what the label shows: the number of the order, or of the return
	From, To    address.Address
	Parcel      Parcel
	Residential bool
}

// Carrier is an account with a carrier, as data. Its id is its code.
type Carrier struct {
	doc.Meta
	Name     string    `json:"name"`
	Provider string    `json:"provider"`
	Active   bool      `json:"active"`
	Services []Service `json:"services"`
	Settings Settings  `json:"settings,omitzero"`
	Rates    *Rates    `json:"rates,omitzero"` // of provider table, or of another one for when it does not answer
}

// Service is one way a carrier delivers. Limits of zero are none; no countries means all.
type Service struct {
	Code           string   `json:"code"`
	Name           string   `json:"name"`
	ProviderCode   string   `json:"provider_code,omitzero"` // the provider's name for it, such as USPS/Priority
	TransitDays    int64    `json:"transit_days"`           // working days of the carrier
	WorkDays       []string `json:"work_days,omitzero"`     // on which it delivers: mon to sun; Monday to Friday when empty
	Countries      []string `json:"countries,omitzero"`
	MaxWeightGrams int64    `json:"max_weight_grams,omitzero"`
	MaxLengthMM    int64    `json:"max_length_mm,omitzero"` // of the longest side
	MaxGirthMM     int64    `json:"max_girth_mm,omitzero"`  // length plus girth
	NoPOBox        bool     `json:"no_po_box,omitzero"`
}

// Settings are those of an account. Secrets are never here: SecretName and WebhookSecretName name them in the
// configuration of the process.
type Settings struct {
	SecretName        string `json:"secret_name,omitzero"`         // API key
	WebhookSecretName string `json:"webhook_secret_name,omitzero"` // key of the signatures of its webhooks
	BaseURL           string `json:"base_url,omitzero"`            // of the API, for a proxy
	PollMinutes       int64  `json:"poll_minutes,omitzero"`        // how often it is asked where parcels are; 30 when zero
	Currency          string `json:"currency,omitzero"`            // of the sandbox's prices: EUR when empty
}

// Limits of what is stored.
const (
	maxServices = 100
	maxWeight   = 100_000_000
	maxSide     = 100_000
	maxTransit  = 60
)

// Check adds to the list what is wrong with the carrier.
func (c *Carrier) Check(list *errs.List) {
	checkCode(list, "/code", c.ID)
	checkName(list, "/name", c.Name)
	if !slices.Contains(Providers, c.Provider) {
		list.Add("/provider", "unknown_value", "give one of %s", strings.Join(Providers, ", "))
	}
	if len(c.Services) > maxServices {
		list.Add("/services", "too_many", "at most %d services", maxServices)
	}
	seen := map[string]bool{}
	for i, s := range c.Services {
		at := "/services/" + strconv.Itoa(i)
		s.check(list, at)
		if seen[s.Code] {
			list.Add(at+"/code", "duplicate", "there is a service %q already", errs.Clip(s.Code))
		}
		seen[s.Code] = true
	}
	for _, n := range [][2]string{{"/settings/secret_name", c.Settings.SecretName}, {"/settings/webhook_secret_name", c.Settings.WebhookSecretName}} {
		if n[1] != "" && !secretName.MatchString(n[1]) {
			list.Add(n[0], "invalid_code", "a name of capitals, digits and _; the secret itself stands in the environment as ORDO_SECRET_NAME")
		}
	}
	if u := c.Settings.BaseURL; u != "" && !strings.HasPrefix(u, "https://") && !strings.HasPrefix(u, "http://127.0.0.1:") {
		list.Add("/settings/base_url", "invalid_code", "give an address that begins with https://")
	}
	if m := c.Settings.PollMinutes; m < 0 || m > 1440 {
		list.Add("/settings/poll_minutes", "out_of_range", "give minutes, from 0 to 1440")
	}
	if cur := c.Settings.Currency; cur != "" && !money.ValidCurrency(cur) {
		list.Add("/settings/currency", "invalid_currency", "%q is not an ISO 4217 code such as EUR", errs.Clip(cur))
	}
	if c.Provider == EasyPost && c.Settings.SecretName == "" {
		list.Add("/settings/secret_name", "required", "name the secret that holds the API key")
	}
}

var secretName = regexp.MustCompile(`^[A-Z0-9_]{1,64}$`)

func (s *Service) check(list *errs.List, at string) {
	checkCode(list, at+"/code", s.Code)
	checkName(list, at+"/name", s.Name)
	if utf8.RuneCountInString(s.ProviderCode) > address.MaxText {
		list.Add(at+"/provider_code", "too_long", "at most %d characters", address.MaxText)
	}
	for _, n := range []struct {
		name     string
		is, most int64
	}{
		{"transit_days", s.TransitDays, maxTransit},
		{"max_weight_grams", s.MaxWeightGrams, maxWeight},
		{"max_length_mm", s.MaxLengthMM, maxSide},
		{"max_girth_mm", s.MaxGirthMM, 5 * maxSide},
	} {
		if n.is < 0 || n.is > n.most {
			list.Add(at+"/"+n.name, "out_of_range", "give a number from 0 to %d", n.most)
		}
	}
	checkDays(list, at+"/work_days", s.WorkDays)
	for i, c := range s.Countries {
		if !address.ValidCountry(c) {
			list.Add(at+"/countries/"+strconv.Itoa(i), "invalid_country", "%q is not an ISO 3166-1 alpha-2 code such as GB", errs.Clip(c))
		}
	}
}

// Service returns the service with the code, or nil.
func (c *Carrier) Service(code string) *Service {
	for i := range c.Services {
		if c.Services[i].Code == code {
			return &c.Services[i]
		}
	}
	return nil
}

// Check adds to the list what is wrong with the parcel.
func (p Parcel) Check(list *errs.List, at string) {
	if p.WeightGrams < 0 || p.WeightGrams > maxWeight {
		list.Add(at+"/weight_grams", "out_of_range", "give grams, from 0 to %d", maxWeight)
	}
	for _, side := range []struct {
		name string
		mm   int64
	}{{"length_mm", p.LengthMM}, {"width_mm", p.WidthMM}, {"height_mm", p.HeightMM}} {
		if side.mm < 0 || side.mm > maxSide {
			list.Add(at+"/"+side.name, "out_of_range", "give millimeters, from 0 to %d", maxSide)
		}
	}
}

// sides are the parcel's, longest first.
func (p Parcel) sides() [3]int64 {
	s := [3]int64{p.LengthMM, p.WidthMM, p.HeightMM}
	slices.SortFunc(s[:], func(a, b int64) int { return int(b - a) })
	return s
}

// Girth is length plus girth as carriers measure parcels: the longest side, and once around the other two (UPS and
// USPS: L + 2W + 2H).
func (p Parcel) Girth() int64 {
	s := p.sides()
	return s[0] + 2*(s[1]+s[2])
}

// Why a service does not take a shipment.
const (
	NotServed = "not_served"
	TooHeavy  = "too_heavy"
	TooLong   = "too_long"
	TooLarge  = "too_large"
	POBox     = "po_box"
	NoRate    = "no_rate"
)

// poBox finds post office boxes in the usual spellings.
var poBox = regexp.MustCompile(`(?i)\b(p\.? ?o\.?|post office|postal) ?box\b|\bpostfach\b|\bbo[iî]te postale\b|\bapartado (de correos|postal)\b`)

// Refuses tells why the service cannot take the shipment; "" when it can.
func (s *Service) Refuses(sh Shipment) string {
	p := sh.Parcel
	switch {
	case len(s.Countries) > 0 && !slices.Contains(s.Countries, sh.To.Country):
		return NotServed
	case s.MaxWeightGrams > 0 && p.WeightGrams > s.MaxWeightGrams:
		return TooHeavy
	case s.MaxLengthMM > 0 && p.sides()[0] > s.MaxLengthMM:
		return TooLong
	case s.MaxGirthMM > 0 && p.Girth() > s.MaxGirthMM:
		return TooLarge
	case s.NoPOBox && (poBox.MatchString(sh.To.Line1) || poBox.MatchString(sh.To.Line2)):
		return POBox
	}
	return ""
}

// Charge is a part of a quote.
type Charge struct {
	Code   string `json:"code"`
	Amount int64  `json:"amount"`
}

// Quote is what one service asks for a shipment. Without a Refused it can be bought.
type Quote struct {
	Carrier     string      `json:"carrier"`
	Service     string      `json:"service"`
	Name        string      `json:"name,omitzero"`
	Cost        money.Money `json:"cost,omitzero"`
	Charges     []Charge    `json:"charges,omitzero"`
	TransitDays int64       `json:"transit_days,omitzero"`
	Arrives     Date        `json:"arrives,omitzero"`  // the latest day, when it ships now
	Fallback    bool        `json:"fallback,omitzero"` // from the tables, since the carrier did not answer
	Refused     string      `json:"refused,omitzero"`
}

func checkName(list *errs.List, at, s string) {
	if strings.TrimSpace(s) == "" {
		list.Add(at, "required", "give a name")
	} else if utf8.RuneCountInString(s) > address.MaxText {
		list.Add(at, "too_long", "at most %d characters", address.MaxText)
	}
}

// checkCode takes what can stand in a URL path.
func checkCode(list *errs.List, at, s string) {
	switch {
	case s == "":
		list.Add(at, "required", "give a value")
	case utf8.RuneCountInString(s) > 64:
		list.Add(at, "too_long", "at most 64 characters")
	case !utf8.ValidString(s) || strings.TrimSpace(s) != s || s == "." || s == ".." ||
		strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		list.Add(at, "invalid_code", "printable characters only, no space at the ends, and not a dot or two alone")
	}
}
