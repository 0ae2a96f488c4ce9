// Package catalog holds reference data: products, locations and sales channels.
//
// What lives here: the types and what makes them valid; the channel's tax and shipping tables. What does not: stock
// (inventory) and prices of promotions; Ordo takes finished prices.
// The one idea: channels are data. A new web shop or marketplace is a row, not code.
package catalog

import (
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

// Product is what can be ordered. Its id is the SKU.
type Product struct {
	doc.Meta
	Name        string      `json:"name"`
	Price       money.Money `json:"price"`
	WeightGrams int64       `json:"weight_grams,omitzero"`
	Dimensions  *Dimensions `json:"dimensions,omitzero"` // of one unit as it is packed; nil: not known
	TaxClass    string      `json:"tax_class"`
	Active      bool        `json:"active"`
	Components  []Component `json:"components,omitzero"` // of a kit, which has no stock of its own
}

// Component is what one unit of a kit takes of another product, which is no kit itself.
type Component struct {
	SKU      string `json:"sku" minLength:"1" maxLength:"64" example:"MUG"`
	Quantity int64  `json:"quantity" doc:"units per unit of the kit" minimum:"1" maximum:"1000000"`
}

// Dimensions are those of a box, in millimeters.
type Dimensions struct {
	Length int64 `json:"length"`
	Width  int64 `json:"width"`
	Height int64 `json:"height"`
}

// Volume is in cubic millimeters.
func (d *Dimensions) Volume() int64 { return d.Length * d.Width * d.Height }

// Longest is the longest side.
func (d *Dimensions) Longest() int64 { return max(d.Length, d.Width, d.Height) }

// Location is a place that holds stock and may ship. Its id is its code; a lower priority is preferred.
type Location struct {
	doc.Meta
	Name     string          `json:"name"`
	Type     string          `json:"type"`
	Address  address.Address `json:"address,omitzero"`
	Priority int64           `json:"priority"`
	Active   bool            `json:"active"`
	// AutoRelease has fulfillment orders released to it as soon as they are made, unless something holds them.
	AutoRelease bool `json:"auto_release,omitzero"`
	Sourcing
	Hours
}

// LocationTypes are the kinds of places.
var LocationTypes = []string{"warehouse", "store", "supplier", "third_party"}

// Channel is where orders come from. Its id is its code. No locations means all active ones.
type Channel struct {
	doc.Meta
	Name             string           `json:"name"`
	Active           bool             `json:"active"`
	Locations        []string         `json:"locations,omitzero"`
	PricesIncludeTax bool             `json:"prices_include_tax,omitzero"`
	TaxRates         []TaxRate        `json:"tax_rates,omitzero"`
	ShippingMethods  []ShippingMethod `json:"shipping_methods,omitzero"`
	ShippingTaxClass string           `json:"shipping_tax_class,omitzero"`
	Shortage         string           `json:"shortage,omitzero"` // what happens to an order that stock is missing for; "": reject
	Capture          string           `json:"capture,omitzero"`  // when authorized money is captured: one of Captures; "": the first

	ReservationMinutes    int64     `json:"reservation_minutes,omitzero"`     // of a cart's reservation; 0: DefaultReservationMinutes
	ReservationMaxMinutes int64     `json:"reservation_max_minutes,omitzero"` // with all extensions; 0: DefaultReservationMaxMinutes
	Seller                Seller    `json:"seller,omitzero"`
	Invoices              Invoicing `json:"invoices,omitzero"`
	AutoRelease           bool      `json:"auto_release,omitzero"` // as that of a location, for orders of the channel
	ShortPick             string    `json:"short_pick,omitzero"`   // one of ShortPicks; "" for resource

	RemorseMinutes           int64 `json:"remorse_minutes,omitzero"`             // new orders are not released for so long; 0: off
	ExpireUnpaidAfterMinutes int64 `json:"expire_unpaid_after_minutes,omitzero"` // unpaid orders are canceled then; 0: off

	TimeZone string  `json:"time_zone,omitzero"` // IANA name; its days are those of reports. "": UTC
	Mails    Mailing `json:"mails,omitzero"`
}

// Captures are when a channel captures what was authorized: what has shipped, all at placement, or nothing by itself.
var Captures = []string{"shipment", "placement", "manual"}

// TaxRate is a row of a channel's tax table. An empty region or class stands for all.
type TaxRate struct {
	Name    string `json:"name"`
	Country string `json:"country"`
	Region  string `json:"region,omitzero"`
	Class   string `json:"class,omitzero"`
	Rate    string `json:"rate"` // decimal share such as "0.2"
}

// ShippingMethod is a row of a channel's shipping table. An empty country stands for all. With a carrier's service
// behind it, deliveries are promised, with days added to the latest one, and labels are bought of that service.
type ShippingMethod struct {
	Code       string      `json:"code"`
	Name       string      `json:"name"`
	Country    string      `json:"country,omitzero"`
	Price      money.Money `json:"price"`
	Carrier    string      `json:"carrier,omitzero"`
	Service    string      `json:"service,omitzero"`
	BufferDays int64       `json:"buffer_days,omitzero"`
}

// ShortPicks are the ways to go on with units that a location does not have: another location does them, they wait for
// stock, or the customer does not get them.
var ShortPicks = []string{"resource", "backorder", "cancel"}

// maxBuffer is the most days that are added to a promise.
const maxBuffer = 60

// DefaultTaxClass is the class of products that name none; without rates its tax is 0.
const DefaultTaxClass = "standard"

// How long a cart's reservation lasts where the channel does not say, and the longest that it may.
const (
	DefaultReservationMinutes    = 15
	DefaultReservationMaxMinutes = 24 * 60
	MaxReservationMinutes        = 31 * 24 * 60
)

// maxComponents bounds a kit, maxPerKit the units of a component in it.
const (
	maxComponents = 100
	maxPerKit     = 1_000_000
)

// maxCode is the longest SKU, code or class, in characters.
const maxCode = 64

// maxWeight is a hundred tons, in grams.
const maxWeight = 100_000_000

// maxSide is a hundred meters, in millimeters.
const maxSide = 100_000

// Check adds to the list what is wrong with the product.
func (p *Product) Check(list *errs.List) {
	checkCode(list, "/sku", p.ID, maxCode)
	checkName(list, "/name", p.Name)
	CheckMoney(list, "/price", p.Price)
	if p.WeightGrams < 0 || p.WeightGrams > maxWeight {
		list.Add("/weight_grams", "out_of_range", "give the weight in grams, from 0 to %d", maxWeight)
	}
	if d := p.Dimensions; d != nil {
		for _, side := range []struct {
			at string
			mm int64
		}{{"length", d.Length}, {"width", d.Width}, {"height", d.Height}} {
			if side.mm < 1 || side.mm > maxSide {
				list.Add("/dimensions/"+side.at, "out_of_range", "give millimeters, from 1 to %d", maxSide)
			}
		}
	}
	checkCode(list, "/tax_class", p.TaxClass, maxCode)
	p.checkComponents(list)
}

// checkComponents looks at the kit alone; whether its components exist and are no kits is checked where they are known.
func (p *Product) checkComponents(list *errs.List) {
	if len(p.Components) > maxComponents {
		list.Add("/components", "out_of_range", "a kit has at most %d components", maxComponents)
	}
	for i, c := range p.Components {
		at := pointer("/components", i)
		checkCode(list, at+"/sku", c.SKU, maxCode)
		if c.Quantity < 1 || c.Quantity > maxPerKit {
			list.Add(at+"/quantity", "out_of_range", "give the units per kit, from 1 to %d", maxPerKit)
		}
		if c.SKU == p.ID {
			list.Add(at+"/sku", "nested_kit", "a kit cannot contain itself")
		}
		if slices.ContainsFunc(p.Components[:i], func(o Component) bool { return o.SKU == c.SKU }) {
			list.Add(at+"/sku", "duplicate", "%s stands above already; add the quantities up", errs.Clip(c.SKU))
		}
	}
}

// IsKit reports whether the product is made of others.
func (p *Product) IsKit() bool { return len(p.Components) > 0 }

// Reservation returns how long a cart's reservation lasts, and how long it may with all extensions, in minutes.
func (c *Channel) Reservation() (minutes, most int64) {
	minutes, most = c.ReservationMinutes, c.ReservationMaxMinutes
	if minutes == 0 {
		minutes = DefaultReservationMinutes
	}
	if most == 0 {
		most = max(DefaultReservationMaxMinutes, minutes)
	}
	return minutes, most
}

// Check adds to the list what is wrong with the location. A location that is not a shipping origin yet may lack an
// address or parts of it; what is given must have the right form.
func (l *Location) Check(list *errs.List) {
	checkCode(list, "/code", l.ID, maxCode)
	checkName(list, "/name", l.Name)
	if !slices.Contains(LocationTypes, l.Type) {
		list.Add("/type", "unknown_value", "give one of %s", strings.Join(LocationTypes, ", "))
	}
	if l.Address != (address.Address{}) {
		l.Address.CheckForm(list, "/address")
	}
	l.Sourcing.check(list)
	if l.Priority < 0 || l.Priority > 1_000_000 {
		list.Add("/priority", "out_of_range", "give a number from 0 to 1000000; lower is preferred")
	}
}

// Check adds to the list what is wrong with the channel. Whether its locations exist is checked where they are known.
func (c *Channel) Check(list *errs.List) {
	checkCode(list, "/code", c.ID, maxCode)
	checkName(list, "/name", c.Name)
	for i, l := range c.Locations {
		checkCode(list, pointer("/locations", i), l, maxCode)
	}
	if c.ShippingTaxClass != "" {
		checkCode(list, "/shipping_tax_class", c.ShippingTaxClass, maxCode)
	}
	if c.ShortPick != "" && !slices.Contains(ShortPicks, c.ShortPick) {
		list.Add("/short_pick", "unknown_value", "give one of %s", strings.Join(ShortPicks, ", "))
	}
	if c.Shortage != "" && !slices.Contains(Shortages, c.Shortage) {
		list.Add("/shortage", "unknown_value", "give one of %s", strings.Join(Shortages, ", "))
	}
	if c.Capture != "" && !slices.Contains(Captures, c.Capture) {
		list.Add("/capture", "unknown_value", "give one of %s", strings.Join(Captures, ", "))
	}
	if !validZone(c.TimeZone) {
		list.Add("/time_zone", "unknown_value", "%q is not an IANA time zone such as Europe/London", errs.Clip(c.TimeZone))
	}
	checkMinutes(list, "/remorse_minutes", c.RemorseMinutes)
	checkMinutes(list, "/expire_unpaid_after_minutes", c.ExpireUnpaidAfterMinutes)
	c.checkTaxRates(list)
	c.checkShippingMethods(list)
	c.checkInvoices(list)
	c.Mails.check(list)
	for name, n := range map[string]int64{"reservation_minutes": c.ReservationMinutes, "reservation_max_minutes": c.ReservationMaxMinutes} {
		if n < 0 || n > MaxReservationMinutes {
			list.Add("/"+name, "out_of_range", "give minutes, from 1 to %d", MaxReservationMinutes)
		}
	}
	if minutes, most := c.Reservation(); minutes > most {
		list.Add("/reservation_max_minutes", "out_of_range", "it is less than reservation_minutes (%d)", minutes)
	}
}

// maxMinutes is a year.
const maxMinutes = 366 * 24 * 60

func checkMinutes(list *errs.List, at string, n int64) {
	if n < 0 || n > maxMinutes {
		list.Add(at, "out_of_range", "give minutes, from 0 (off) to %d", maxMinutes)
	}
}

// checkTaxRates also refuses two rows for the same case: nobody could tell which of them holds.
func (c *Channel) checkTaxRates(list *errs.List) {
	type key struct{ country, region, class string }
	seen := map[key]bool{}
	for i, r := range c.TaxRates {
		at := pointer("/tax_rates", i)
		checkCountry(list, at+"/country", r.Country)
		if _, err := money.ParseRate(r.Rate); err != nil {
			list.Add(at+"/rate", "invalid_rate", "%s", errs.As(err).Detail)
		}
		checkName(list, at+"/name", r.Name)
		if utf8.RuneCountInString(r.Region) > address.MaxText {
			list.Add(at+"/region", "too_long", "at most %d characters", address.MaxText)
		}
		if r.Class != "" {
			checkCode(list, at+"/class", r.Class, maxCode)
		}
		k := key{r.Country, r.Region, r.Class}
		if seen[k] {
			list.Add(at, "duplicate", "there is a rate for this country, region and class already")
		}
		seen[k] = true
	}
}

func (c *Channel) checkShippingMethods(list *errs.List) {
	type key struct{ code, country string }
	seen := map[key]bool{}
	for i, m := range c.ShippingMethods {
		at := pointer("/shipping_methods", i)
		checkCode(list, at+"/code", m.Code, maxCode)
		checkName(list, at+"/name", m.Name)
		CheckMoney(list, at+"/price", m.Price)
		if m.Country != "" {
			checkCountry(list, at+"/country", m.Country)
		}
		if (m.Carrier == "") != (m.Service == "") {
			list.Add(at+"/service", "required", "name carrier and service, or neither")
		}
		if m.BufferDays < 0 || m.BufferDays > maxBuffer {
			list.Add(at+"/buffer_days", "out_of_range", "give days, from 0 to %d", maxBuffer)
		}
		k := key{m.Code, m.Country}
		if seen[k] {
			list.Add(at, "duplicate", "there is a price for this method and country already")
		}
		seen[k] = true
	}
}

// Tax finds the rate for a destination and class: the row with the region before the one without, the row with the
// class before the one without. No row means no tax.
func (c *Channel) Tax(country, region, class string) (TaxRate, bool) {
	best, score := TaxRate{}, 0
	for _, r := range c.TaxRates {
		if r.Country != country || (r.Region != "" && r.Region != region) || (r.Class != "" && r.Class != class) {
			continue
		}
		s := 1
		if r.Region != "" {
			s += 2
		}
		if r.Class != "" {
			s++
		}
		if s > score {
			best, score = r, s
		}
	}
	return best, score > 0
}

// Shipping finds the price of a method to a country: the row with the country before the one without.
func (c *Channel) Shipping(method, country string) (ShippingMethod, bool) {
	general := -1
	for i, m := range c.ShippingMethods {
		switch {
		case m.Code != method:
		case m.Country == "" && general < 0:
			general = i
		case m.Country != "" && m.Country == country:
			return m, true
		}
	}
	if general < 0 {
		return ShippingMethod{}, false
	}
	return c.ShippingMethods[general], true
}

// Serves reports whether the channel may ship from the location.
func (c *Channel) Serves(location string) bool {
	return len(c.Locations) == 0 || slices.Contains(c.Locations, location)
}

// CheckMoney adds to the list what is wrong with an amount that may not be negative.
func CheckMoney(list *errs.List, at string, m money.Money) {
	if m.Amount < 0 || m.Amount > money.Max {
		list.Add(at+"/amount", "out_of_range", "give minor units (cents), from 0 to %d", money.Max)
	}
	if !money.ValidCurrency(m.Currency) {
		list.Add(at+"/currency", "invalid_currency", "%q is not an ISO 4217 code such as EUR", errs.Clip(m.Currency))
	}
}

func checkName(list *errs.List, at, s string) {
	if strings.TrimSpace(s) == "" {
		list.Add(at, "required", "give a name")
	} else if utf8.RuneCountInString(s) > address.MaxText {
		list.Add(at, "too_long", "at most %d characters", address.MaxText)
	}
}

func checkCountry(list *errs.List, at, code string) {
	if !address.ValidCountry(code) {
		list.Add(at, "invalid_country", "%q is not an ISO 3166-1 alpha-2 code such as GB", errs.Clip(code))
	}
}

// checkCode takes what can stand in a URL path and on a label: printable, without spaces at the ends. A path may also
// bring bytes that are no text, which PostgreSQL refuses to store; and routers resolve "." and ".." away.
func checkCode(list *errs.List, at, s string, limit int) {
	switch {
	case s == "":
		list.Add(at, "required", "give a value")
	case utf8.RuneCountInString(s) > limit:
		list.Add(at, "too_long", "at most %d characters", limit)
	case !utf8.ValidString(s) || strings.TrimSpace(s) != s || s == "." || s == ".." ||
		strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		list.Add(at, "invalid_code", "printable characters only, no space at the ends, and not a dot or two alone")
	}
}

func pointer(base string, i int) string { return base + "/" + strconv.Itoa(i) }

// Matches reports whether each of the words (doc.Words) begins a word of the product's name or SKU.
func (p *Product) Matches(words []string) bool {
	has := doc.Words(p.Name + " " + p.ID)
	for _, w := range words {
		if !slices.ContainsFunc(has, func(h string) bool { return strings.HasPrefix(h, w) }) {
			return false
		}
	}
	return true
}
