package words

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"ordo/internal/money"
)

// Format writes values for people, in a language and a time zone.
type Format struct {
	T       func(text string, args ...any) string // says a text in the language
	printer *message.Printer
	lang    string
	zone    *time.Location
}

// Format is how values are written in a language and a time zone.
func (w Words) Format(lang string, zone *time.Location) *Format {
	t := func(text string, args ...any) string { return w.Say(lang, text, args...) }
	return &Format{T: t, printer: message.NewPrinter(language.MustParse(lang)), lang: lang, zone: zone}
}

// Money writes an amount with the symbol of its currency; "–" for none.
func (f *Format) Money(m any) string {
	var v money.Money
	switch x := m.(type) {
	case money.Money:
		v = x
	case *money.Money:
		if x == nil {
			return "–"
		}
		v = *x
	}
	if v == (money.Money{}) {
		return "–"
	}
	symbol := v.Currency
	if unit, err := currency.ParseISO(v.Currency); err == nil {
		symbol = f.printer.Sprint(currency.NarrowSymbol(unit))
	}
	sign, text := f.amount(v)
	switch {
	case f.lang == "de":
		return sign + text + "\u00a0" + symbol
	case unicode.IsLetter([]rune(symbol)[0]):
		return sign + symbol + "\u00a0" + text
	}
	return sign + symbol + text
}

// Amount writes an amount without its currency.
func (f *Format) Amount(v money.Money) string {
	sign, text := f.amount(v)
	return sign + text
}

// amount is the sign, and the amount without it to the last minor unit.
func (f *Format) amount(v money.Money) (sign, text string) {
	abs, scale, places := uint64(v.Amount), uint64(1), money.Exponent(v.Currency) //nolint:gosec // negative ones are turned below
	if v.Amount < 0 {
		sign, abs = "−", -abs
	}
	for range places {
		scale *= 10
	}
	text = f.printer.Sprint(number.Decimal(abs / scale))
	if places == 0 {
		return sign, text
	}
	return sign, fmt.Sprintf("%s%s%0*d", text, f.Point(), places, abs%scale)
}

// Point is what stands before decimals.
func (f *Format) Point() string {
	if f.lang == "de" {
		return ","
	}
	return "."
}

// Number writes a number with as many digits as the options say.
func (f *Format) Number(n any, options ...number.Option) string {
	return f.printer.Sprint(number.Decimal(n, options...))
}

// ParseTime reads a time as answers have it.
func ParseTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}

// Exact writes a time to the second.
func (f *Format) Exact(t time.Time) string {
	t = t.In(f.zone)
	return f.DayOf(t) + " " + t.Format("15:04:05 MST")
}

// Minute writes a time to the minute, with its zone.
func (f *Format) Minute(t time.Time) string {
	t = t.In(f.zone)
	return f.DayOf(t) + ", " + t.Format("15:04 ") + f.zone.String()
}

// Day writes the day of a time, or of a date.
func (f *Format) Day(s string) string {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return f.Date(t)
	}
	if t, ok := ParseTime(s); ok {
		return f.DayOf(t)
	}
	return "–"
}

// Clock writes the time of a day.
func (f *Format) Clock(s string) string {
	if t, ok := ParseTime(s); ok {
		return t.In(f.zone).Format("15:04")
	}
	return "–"
}

// DayOf writes the day of a time, in the zone.
func (f *Format) DayOf(t time.Time) string { return f.Date(t.In(f.zone)) }

// Date writes the day that a time shows.
func (f *Format) Date(t time.Time) string {
	if f.lang == "de" {
		return fmt.Sprintf("%d. %s %d", t.Day(), f.T(t.Month().String()[:3]), t.Year())
	}
	return t.Format("2 Jan 2006")
}

// Span writes the days from one date to another; one day where they are the same.
func (f *Format) Span(from, to string) string {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	switch {
	case err1 != nil || err2 != nil:
		return "–"
	case a.Equal(b):
		return f.Date(a)
	case a.Year() == b.Year() && a.Month() == b.Month() && f.lang == "de":
		return fmt.Sprintf("%d.–%s", a.Day(), f.Date(b))
	case a.Year() == b.Year() && a.Month() == b.Month():
		return fmt.Sprintf("%d–%s", a.Day(), f.Date(b))
	}
	return f.Date(a) + " – " + f.Date(b)
}

// Country writes the name of a country.
func (f *Format) Country(code string) string {
	r, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	return display.Regions(language.MustParse(f.lang)).Name(r)
}

// Word makes a code into what people say: translated, without underscores.
func (f *Format) Word(code any) string { return f.T(Humanize(fmt.Sprint(code))) }

// spelled are the parts of codes that people write otherwise: abbreviations, and the percentiles of reports.
var spelled = map[string]string{
	"api": "API", "csv": "CSV", "id": "ID", "otif": "OTIF", "pdf": "PDF", "sku": "SKU", "sla": "SLA", "url": "URL",
	"p50": "median", "p90": "90 % within", "p99": "99 % within",
}

// Humanize is the English of a code, under which catalogs have it.
func Humanize(code string) string {
	parts := strings.Split(strings.NewReplacer("_", " ", ".", " ").Replace(code), " ")
	for i, part := range parts {
		if s := spelled[part]; s != "" {
			parts[i] = s
			if i > 0 && s != strings.ToUpper(part) {
				parts[i-1] += ","
			}
		}
	}
	text := strings.Join(parts, " ")
	if text != "" {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}
