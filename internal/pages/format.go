package pages

import (
	"fmt"
	"html/template"
	"math"
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
	now     func() time.Time
}

// Format is how values are written in a language and a time zone.
func (w Words) Format(lang string, zone *time.Location) *Format {
	t := func(text string, args ...any) string { return w.Say(lang, text, args...) }
	return &Format{T: t, printer: message.NewPrinter(language.MustParse(lang)), lang: lang, zone: zone, now: time.Now}
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
	sign := ""
	if v.Amount < 0 {
		sign, v.Amount = "−", -v.Amount
	}
	switch {
	case f.lang == "de":
		return sign + f.Amount(v) + "\u00a0" + symbol
	case unicode.IsLetter([]rune(symbol)[0]):
		return sign + symbol + "\u00a0" + f.Amount(v)
	}
	return sign + symbol + f.Amount(v)
}

// Amount writes an amount without its currency.
func (f *Format) Amount(v money.Money) string {
	exp := money.Exponent(v.Currency)
	scale := int64(math.Pow10(exp))
	whole := f.printer.Sprint(number.Decimal(v.Amount / scale))
	if exp == 0 {
		return whole
	}
	point := "."
	if f.lang == "de" {
		point = ","
	}
	return fmt.Sprintf("%s%s%0*d", whole, point, exp, v.Amount%scale)
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

// At writes a time: relative while it is young, exact on hover.
func (f *Format) At(s string) template.HTML {
	t, ok := ParseTime(s)
	if !ok {
		return "–"
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`, //nolint:gosec // all three are made here
		t.UTC().Format(time.RFC3339), template.HTMLEscapeString(f.Exact(t)), template.HTMLEscapeString(f.relative(t))))
}

// Ago is at without markup.
func (f *Format) Ago(s string) string {
	if t, ok := ParseTime(s); ok {
		return f.relative(t)
	}
	return "–"
}

func (f *Format) relative(t time.Time) string {
	d := f.now().Sub(t)
	past := d >= 0
	if !past {
		d = -d
	}
	var text string
	switch {
	case d < time.Minute && past:
		return f.T("just now")
	case d < time.Hour:
		text = f.T("%d min", int(d.Minutes()))
	case d < 24*time.Hour:
		text = f.T("%d h", int(d.Hours()))
	case d < 7*24*time.Hour:
		text = f.T("%d d", int(d.Hours()/24))
	default:
		return f.DayOf(t)
	}
	if past {
		return f.T("%s ago", text)
	}
	return f.T("in %s", text)
}

func (f *Format) Exact(t time.Time) string {
	t = t.In(f.zone)
	return f.DayOf(t) + " " + t.Format("15:04:05 MST")
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

// tones are the colors of words that stand for a state.
var tones = map[string]string{
	"open": "info", "authorized": "info", "in_progress": "info", "planned": "", "released": "info", "accepted": "info", "picked": "info", "packed": "info", "requested": "warn",
	"paid": "good", "delivered": "good", "completed": "good", "shipped": "good", "succeeded": "good", "sent": "good", "resolved": "good", "active": "good", "received": "good", "closed": "good", "passed": "good",
	"pending": "warn", "partially_paid": "warn", "partially_shipped": "warn", "partially_delivered": "warn", "partially_refunded": "warn", "draft": "", "on_hold": "warn", "partially_returned": "warn", "waiting": "warn", "warned": "warn",
	"failed": "bad", "overcharged": "bad", "rejected": "bad", "breached": "bad", "dead": "bad", "disputed": "bad", "revoked": "bad", "disabled": "bad", "late": "bad", "urgent": "bad", "high": "warn",
	"in_transit": "info", "counting": "info", "ready": "info", "running": "info", "cut_off": "warn", "errored": "bad", "partially_received": "warn", "pending_review": "warn", "approved": "good", "posted": "good",
}

// Pill is a state as a word in its color.
func (f *Format) Pill(state any) template.HTML {
	s := fmt.Sprint(state)
	if s == "" {
		return ""
	}
	return template.HTML(fmt.Sprintf(`<span class="pill %s">%s</span>`, tones[s], template.HTMLEscapeString(f.Word(s)))) //nolint:gosec // tones are ours
}

// Word makes a code into what people say: translated, without underscores.
func (f *Format) Word(code any) string { return f.T(Humanize(fmt.Sprint(code))) }

// Humanize is the English of a code, under which catalogs have it.
func Humanize(code string) string {
	text := strings.NewReplacer("_", " ", ".", " ").Replace(code)
	if text != "" {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}
