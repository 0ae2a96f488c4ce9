package console

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/money"
	"ordo/internal/pages"
)

// A setting is a value in a document of settings. One table of them makes the page of a document, its forms, and what a
// preview says that changes.
type setting struct {
	Name     string // its place in the document: invoices.issue
	Label    string
	Help     string // what it does, and its unit
	Kind     string // as of a field; yes for a truth; minor for an amount whose currency does not stand beside it
	In       string // of minor: the setting that has its currency; "" where it is that of orders
	Codes    []string
	Choose   func(v *visit) ([]option, error) // instead of codes; asked once per page
	Required bool
	Percent  bool   // a decimal share, which people write in percent
	Without  string // what is shown where there is no value; "" for a dash
	Cols     []setting
	Yes, No  string   // of a truth: what its values are called; "" for Yes and No
	Coming   string   // of a table of days: what it is called where a page shows those that are coming
	Keys     int      // how many of the columns tell the rows apart
	Parts    []string // values that are chosen together: they stand in the document, the name of the setting does not
}

// setupView shows settings to a person.
type setupView struct {
	*visit
	options  map[string][]option
	currency string // see usual
	root     any    // the document around the row of a table
}

// choices are the options of a setting.
func (v *setupView) choices(s *setting) ([]option, error) {
	if s.Kind == "yes" {
		yes, no := cmp.Or(s.Yes, "Yes"), cmp.Or(s.No, "No")
		return []option{{Value: "true", Text: v.t(yes)}, {Value: "false", Text: v.t(no)}}, nil
	}
	if have, ok := v.options[s.Name+s.Label]; ok {
		return slices.Clone(have), nil
	}
	var out []option
	for _, c := range s.Codes {
		out = append(out, option{Value: c, Text: v.word(c)})
	}
	if s.Choose != nil {
		var err error
		if out, err = s.Choose(v.visit); err != nil {
			return nil, err
		}
	}
	v.options[s.Name+s.Label] = out
	return slices.Clone(out), nil
}

// usual is the currency that most products have: an amount that is not given yet begins with it.
func (v *setupView) usual() string {
	if v.currency == "" {
		v.currency = "EUR"
		if codes, err := v.currencies(); err == nil { // who may not see products types it
			v.currency = codes[0]
		}
	}
	return v.currency
}

// valueAt finds a value in a document; nil for none.
func valueAt(doc any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		m, _ := doc.(map[string]any)
		doc = m[part]
	}
	return doc
}

// putValue sets a value in a document, or takes it out where there is none, with the objects that are empty then.
func putValue(doc map[string]any, path string, value any) {
	first, rest, deep := strings.Cut(path, ".")
	if !deep {
		if value == nil {
			delete(doc, first)
		} else {
			doc[first] = value
		}
		return
	}
	inner, _ := doc[first].(map[string]any)
	if inner == nil {
		inner = map[string]any{}
	}
	if putValue(inner, rest, value); len(inner) == 0 {
		delete(doc, first)
	} else {
		doc[first] = inner
	}
}

// plainText is a value as a field has it.
func plainText(value any) string {
	switch x := value.(type) {
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

func plainTexts(value any) []string {
	list, _ := value.([]any)
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = plainText(x)
	}
	return out
}

func moneyOf(value any) (money.Money, bool) {
	m, ok := value.(map[string]any)
	if !ok {
		return money.Money{}, false
	}
	n, _ := m["amount"].(float64)
	return money.Money{Amount: int64(n), Currency: plainText(m["currency"])}, true
}

// of is the value of a setting, also of one of several parts: those joined.
func (s *setting) of(doc any) any {
	if len(s.Parts) == 0 {
		return valueAt(doc, s.Name)
	}
	var all []string
	for _, p := range s.Parts {
		all = append(all, url.PathEscape(plainText(valueAt(doc, p))))
	}
	if joined := strings.Join(all, "/"); strings.Trim(joined, "/") != "" {
		return joined
	}
	return nil
}

// currencyOf is that of an amount without one, in a document; "" where it is not certain.
func (v *setupView) currencyOf(s *setting, doc any) string {
	if s.In != "" {
		return cmp.Or(plainText(valueAt(doc, s.In)), plainText(valueAt(v.root, s.In)))
	}
	return v.sole()
}

// value is that of a setting in a document, or in a row of one; amounts in minor units have their currency with them
// where it is certain.
func (v *setupView) value(s *setting, doc, row any) any {
	value := s.of(row)
	n, ok := value.(float64)
	if s.Kind != "minor" || !ok || n == 0 && s.Without != "" {
		return value
	}
	if c := v.currencyOf(s, doc); c != "" {
		return map[string]any{"amount": n, "currency": c}
	}
	return value
}

// shown is a value for people.
func (v *setupView) shown(s *setting, value any) (string, error) {
	without := "–"
	if s.Without != "" {
		without = v.t(s.Without)
	}
	if s.Kind == "yes" && value == nil {
		value = false
	}
	if m, ok := moneyOf(value); ok {
		return v.money(m), nil
	}
	var all []string
	if list, ok := value.([]any); ok {
		all = plainTexts(list)
	} else if text := plainText(value); text != "" {
		all = []string{text}
	}
	if len(all) == 0 {
		return without, nil
	}
	options, err := v.choices(s)
	for i, text := range all {
		switch n, err := strconv.ParseInt(text, 10, 64); {
		case s.Percent:
			all[i] = percentOf(text, v.lang) + " %"
		case s.counts() && n == 0 && err == nil && s.Without != "":
			all[i] = without
		case s.Kind == "date":
			all[i] = v.format.Day(text)
		case s.Kind == "minor" && err == nil:
			all[i] = v.minor(n)
		case s.Kind == "number" && err == nil:
			all[i] = v.number(n)
		}
		if j := slices.IndexFunc(options, func(o option) bool { return o.Value == text }); j >= 0 {
			all[i] = options[j].Text
		}
	}
	return strings.Join(all, ", "), err
}

// percentOf writes a decimal share in percent, exactly: 0.125 is 12.5.
func percentOf(share, lang string) string {
	whole, part, _ := strings.Cut(share, ".")
	for len(part) < 2 {
		part += "0"
	}
	out := strings.TrimLeft(whole+part[:2], "0")
	if out == "" {
		out = "0"
	}
	if rest := strings.TrimRight(part[2:], "0"); rest != "" {
		point := "."
		if lang == "de" {
			point = ","
		}
		out += point + rest
	}
	return out
}

// shareOf reads percent as people write it into a decimal share. What is no number comes back as it is: the operation
// says so.
func shareOf(percent string) string {
	text := strings.ReplaceAll(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(percent), "%")), ",", ".")
	whole, part, _ := strings.Cut(text, ".")
	if whole == "" || strings.ContainsFunc(whole+part, func(r rune) bool { return r < '0' || r > '9' }) {
		return percent
	}
	for len(whole) < 3 {
		whole = "0" + whole
	}
	at := len(whole) - 2
	head := strings.TrimLeft(whole[:at], "0")
	if head == "" {
		head = "0"
	}
	if part = strings.TrimRight(whole[at:]+part, "0"); part == "" {
		return head
	}
	return head + "." + part
}

// field makes the field of a setting, with the value that a document has.
func (v *setupView) field(s *setting, doc any) (field, error) {
	f := field{Name: s.Name, Label: s.Label, Help: s.Help, Kind: s.Kind, Required: s.Required}
	value := s.of(doc)
	if s.Kind == "table" {
		v.root = doc
		return v.table(f, s, value)
	}
	options, err := v.choices(s)
	if err != nil {
		return f, err
	}
	f.Value = plainText(value)
	switch s.Kind {
	case "yes":
		f.Kind, f.Options = "select", options
		if f.Value == "" {
			f.Value = "false"
		}
	case "select":
		if known := slices.ContainsFunc(options, func(o option) bool { return o.Value == f.Value }); !known {
			options = append([]option{{Value: f.Value, Text: f.Value}}, options...)
		} else if !s.Required {
			options = append([]option{{}}, options...)
		}
		f.Options = options
	case "choices":
		have := plainTexts(value)
		for _, value := range have { // also what is not offered any more, or not to this person: it is not lost by saving
			if !slices.ContainsFunc(options, func(o option) bool { return o.Value == value }) {
				options = append(options, option{Value: value, Text: value})
			}
		}
		for i := range options {
			options[i].On = slices.Contains(have, options[i].Value)
		}
		f.Options = options
	case "list":
		f.Value = strings.Join(plainTexts(value), ", ")
	case "money":
		f.AnyCurrency = true
		if m, ok := moneyOf(value); ok {
			f.Value, f.Currency = pages.InputAmount(m, v.lang), m.Currency
		} else {
			f.Currency = v.usual()
		}
	case "minor":
		v.minorField(&f, s, doc, value)
		fallthrough
	case "number":
		if n, _ := value.(float64); n == 0 && s.Without != "" {
			f.Value = ""
		}
	}
	if s.Percent && f.Value != "" {
		f.Value = percentOf(f.Value, v.lang)
	}
	return f, nil
}

// counts reports whether its value is a number.
func (s *setting) counts() bool { return s.Kind == "number" || s.Kind == "minor" }

// minorField makes the field of an amount without a currency: decimals where it is known which, else the number as it is.
func (v *setupView) minorField(f *field, s *setting, doc, value any) {
	f.In = s.In
	if f.Currency = v.currencyOf(s, doc); f.Currency == "" && s.In == "" {
		f.Kind, f.Help = "number", strings.TrimSpace(v.t(s.Help)+" "+v.unitHelp())
		return
	}
	f.Kind = "money"
	if n, ok := value.(float64); ok {
		f.Value = pages.InputAmount(money.Money{Amount: int64(n), Currency: f.Currency}, v.lang)
	}
}

// table makes the rows of a setting that is a list. A new row begins with the currency of the last one.
func (v *setupView) table(f field, s *setting, value any) (field, error) {
	list, _ := value.([]any)
	currency := ""
	for i := range s.Cols {
		col, err := v.field(&s.Cols[i], nil)
		if err != nil {
			return f, err
		}
		col.Required = false // the empty row is sent, too
		if s.Cols[i].Kind == "money" {
			if len(list) > 0 {
				m, _ := moneyOf(valueAt(list[len(list)-1], s.Cols[i].Name))
				currency = m.Currency
				col.Currency = currency
			}
		}
		f.Columns = append(f.Columns, col)
	}
	f.MakeRows(len(list))
	for i, row := range list {
		for j := range s.Cols {
			cell, err := v.field(&s.Cols[j], row)
			if err != nil {
				return f, err
			}
			cell.Name, cell.Required = f.Rows[i].Fields[j].Name, false
			f.Rows[i].Fields[j] = cell
		}
	}
	return f, nil
}
