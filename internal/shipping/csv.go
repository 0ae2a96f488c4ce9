package shipping

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/money"
)

// Columns of the CSV form of the tables. A row of kind zone fills zone to remote, one of kind rate service, zone and
// up_to_grams to transit_days; the order of columns is free, and what is empty may be left out.
var Columns = []string{"kind", "service", "zone", "from", "country", "region", "postal_from", "postal_to", "remote", "up_to_grams", "price", "transit_days"}

// Heading is what of Rates does not stand in rows.
type Heading struct {
	Currency    string
	Divisor     int64
	FuelRate    string
	Residential int64
	Oversize    int64
	OversizeMM  int64
	Remote      int64
}

// ParseRates reads tables from CSV. It reports everything that is wrong at once: what stands in the text with the
// pointer /csv and the number of its line.
func ParseRates(h Heading, text string, services []Service) (*Rates, error) {
	var list errs.List
	r := &Rates{
		Currency: h.Currency, Divisor: h.Divisor, FuelRate: h.FuelRate, Residential: h.Residential, Oversize: h.Oversize,
		OversizeMM: h.OversizeMM, Remote: h.Remote, Zones: []Zone{}, Bands: []Band{},
	}
	h.check(&list)
	p := &rateParser{list: &list, rates: r, lines: map[string][]int{}}
	p.parse(text)
	r.check(&list, func(table string, row int, column string) (string, string) {
		return "/csv", "line " + strconv.Itoa(p.lines[table][row]) + ", " + column + ": "
	}, services)
	if err := list.Err(); err != nil {
		return nil, err
	}
	return r, nil
}

func (h Heading) check(list *errs.List) {
	if !money.ValidCurrency(h.Currency) {
		list.Add("/currency", "invalid_currency", "%q is not an ISO 4217 code such as EUR", errs.Clip(h.Currency))
	}
	if h.FuelRate != "" {
		if _, err := money.ParseRate(h.FuelRate); err != nil {
			list.Add("/fuel_rate", "invalid_rate", "%s", errs.As(err).Detail)
		}
	}
	for _, n := range []struct {
		at       string
		is, most int64
	}{
		{"/divisor", h.Divisor, 100_000},
		{"/residential", h.Residential, money.Max},
		{"/oversize", h.Oversize, money.Max},
		{"/oversize_mm", h.OversizeMM, maxSide},
		{"/remote", h.Remote, money.Max},
	} {
		if n.is < 0 || n.is > n.most {
			list.Add(n.at, "out_of_range", "give a number from 0 to %d", n.most)
		}
	}
}

type rateParser struct {
	list  *errs.List
	rates *Rates
	lines map[string][]int // line of each row, by table
	index map[string]int   // column by name
	row   []string
	line  int
}

func (p *rateParser) bad(column, code, format string, args ...any) {
	p.list.Add("/csv", code, "line %d, %s: "+format, append([]any{p.line, column}, args...)...)
}

func (p *rateParser) parse(text string) {
	in := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	in.FieldsPerRecord, in.TrimLeadingSpace = -1, true
	head, err := in.Read()
	if err != nil {
		p.list.Add("/csv", "required", "give the tables as CSV; its first line names columns: %s", strings.Join(Columns, ","))
		return
	}
	p.line = 1
	p.index = map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := p.index[name]; twice || !slices.Contains(Columns, name) {
			p.bad(strconv.Quote(errs.Clip(name)), "unknown_value", "name each column once; known are %s", strings.Join(Columns, ","))
		}
		p.index[name] = i
	}
	if _, ok := p.index["kind"]; !ok {
		p.bad("kind", "required", "a column says of each row whether it is a zone or a rate")
		return
	}
	for {
		p.row, err = in.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			p.line = broken.Line
			p.bad("row", "malformed_csv", "%v", broken.Err)
			return // what follows may be part of the same broken quotes
		}
		p.line, _ = in.FieldPos(0)
		p.take(len(head))
		if len(p.rates.Zones) > maxRows || len(p.rates.Bands) > maxRows {
			p.list.Add("/csv", "too_many", "at most %d zones and %d rates", maxRows, maxRows)
			return
		}
	}
}

func (p *rateParser) take(width int) {
	if len(p.row) > width {
		p.bad("row", "malformed_csv", "%d values, but there are %d columns", len(p.row), width)
		return
	}
	switch kind := strings.ToLower(p.text("kind")); kind {
	case "zone":
		z := Zone{
			Zone: p.text("zone"), From: origin(p.text("from")), Country: strings.ToUpper(p.text("country")), Region: p.text("region"),
			PostalFrom: postal(p.text("postal_from")), PostalTo: postal(p.text("postal_to")), Remote: p.flag("remote"),
		}
		if z.PostalTo == "" {
			z.PostalTo = z.PostalFrom
		}
		p.rates.Zones, p.lines[kind] = append(p.rates.Zones, z), append(p.lines[kind], p.line)
	case "rate":
		b := Band{Service: p.text("service"), Zone: p.text("zone"), UpToGrams: p.number("up_to_grams", true), Price: p.number("price", true), TransitDays: p.number("transit_days", false)}
		p.rates.Bands, p.lines[kind] = append(p.rates.Bands, b), append(p.lines[kind], p.line)
	default:
		p.bad("kind", "unknown_value", "give zone or rate, not %q", errs.Clip(kind))
	}
}

// origin is a place of sending as rows compare it.
func origin(s string) string {
	country, code, narrow := strings.Cut(strings.ToUpper(s), ":")
	if !narrow {
		return strings.TrimSpace(country)
	}
	return strings.TrimSpace(country) + ":" + postal(strings.TrimSpace(code))
}

func (p *rateParser) text(column string) string {
	i, ok := p.index[column]
	if !ok || i >= len(p.row) {
		return ""
	}
	s := strings.TrimSpace(p.row[i])
	if utf8.RuneCountInString(s) > address.MaxText || strings.ContainsRune(s, 0) {
		p.bad(column, "too_long", "at most %d characters, none of them U+0000", address.MaxText)
		return ""
	}
	return s
}

func (p *rateParser) number(column string, required bool) int64 {
	s := p.text(column)
	if s == "" && !required {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		p.bad(column, "wrong_type", "a whole number is expected, not %q", errs.Clip(s))
		return 1 // in range: one finding is enough
	}
	return n
}

func (p *rateParser) flag(column string) bool {
	switch s := strings.ToLower(p.text(column)); s {
	case "", "false", "no", "0":
	case "true", "yes", "1":
		return true
	default:
		p.bad(column, "wrong_type", "give true or false, not %q", errs.Clip(s))
	}
	return false
}
