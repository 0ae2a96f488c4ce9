package mail

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"ordo/internal/micros"
	"ordo/internal/money"
)

// ParseLanguage reads a BCP 47 tag ("de-AT") and writes it in its one form; ok is false for anything else.
func ParseLanguage(s string) (tag string, ok bool) {
	t, err := language.Parse(s)
	if err != nil || t == language.Und || len(s) > maxLanguage {
		return "", false
	}
	return t.String(), true
}

const maxLanguage = 35

// Languages are the tags that a text is looked for under, the best first: the tag, what it is a kind of, and those of
// the other tags, down to English, which comes with Ordo.
func Languages(tags ...string) (out []string) {
	add := func(s string) {
		for _, have := range out {
			if have == s {
				return
			}
		}
		out = append(out, s)
	}
	for _, s := range append(tags, "en") {
		t, err := language.Parse(s)
		if err != nil {
			continue
		}
		for ; t != language.Und; t = t.Parent() {
			add(t.String())
		}
	}
	return out
}

// symbols are written instead of the codes of their currencies.
var symbols = map[string]string{"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}

// before are the languages that write the symbol before the amount; most write it behind, after a space that does not
// break.
var before = map[string]bool{"en": true, "ja": true, "zh": true, "ko": true, "hi": true, "th": true}

const noBreak = "\u00a0"

// Money writes an amount as people of the language do, to the last minor unit.
func Money(tag string, m money.Money) string {
	p := printer(tag)
	unit, places := uint64(1), money.Exponent(m.Currency)
	for range places {
		unit *= 10
	}
	abs, sign := uint64(m.Amount), ""
	if m.Amount < 0 {
		abs, sign = -abs, "-"
	}
	// The library rounds what is a float; so the whole units and the decimals are written one after the other.
	text := p.Sprint(number.Decimal(abs / unit))
	if places > 0 {
		text += decimal(p) + fmt.Sprintf("%0*d", places, abs%unit)
	}
	symbol := symbols[m.Currency]
	base, _ := language.Make(tag).Base()
	switch {
	case before[base.String()] && symbol != "":
		return sign + symbol + text
	case before[base.String()]:
		return sign + m.Currency + noBreak + text
	case symbol != "":
		return sign + text + noBreak + symbol
	}
	return sign + text + noBreak + m.Currency
}

// decimal is what stands between units and decimals: what the language writes between 1 and 5 of 1.5.
func decimal(p *message.Printer) string {
	return strings.Trim(p.Sprint(number.Decimal(1.5)), "0123456789")
}

// Count writes a whole number.
func Count(tag string, n int64) string {
	return printer(tag).Sprint(number.Decimal(n))
}

// printer writes Latin digits in every language: decimals are put behind what it writes.
func printer(tag string) *message.Printer {
	t, err := language.Make(tag).SetTypeForKey("nu", "latn")
	if err != nil {
		t = language.English
	}
	return message.NewPrinter(t)
}

var germanMonths = [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}

// Date writes a day: a time, or text such as "2026-11-24". Languages that are not known here get that form, which no
// reader mistakes.
func Date(tag string, v any) (string, error) {
	var day time.Time
	switch x := v.(type) {
	case micros.Time:
		if x == 0 {
			return "", nil
		}
		day = x.Std()
	case string:
		if x == "" {
			return "", nil
		}
		var err error
		if day, err = time.Parse(time.DateOnly, x); err != nil {
			return "", fmt.Errorf("date: %q is not a day such as 2026-11-24", x)
		}
	default:
		return "", fmt.Errorf("date: a %T is not a day", v)
	}
	t := language.Make(tag)
	base, _ := t.Base()
	region, conf := t.Region()
	switch {
	case base.String() == "de":
		return fmt.Sprintf("%d.%s%s %d", day.Day(), noBreak, germanMonths[day.Month()-1], day.Year()), nil
	case base.String() == "en" && (conf < language.High || region.String() == "US"):
		return day.Format("January 2, 2006"), nil
	case base.String() == "en":
		return day.Format("2 January 2006"), nil
	}
	return day.Format(time.DateOnly), nil
}
