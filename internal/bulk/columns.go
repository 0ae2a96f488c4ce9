package bulk

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/money"
)

// Column of a file. Path is where its value stands in the JSON of a row; # is the number of an order's line or a
// customer's address.
type Column struct {
	Name, Path, Doc, Example string
	Type                     Type
	Required                 bool
	Shown                    bool // only in exports; an import passes over it
}

// Type of a column's values.
type Type int

// Types of columns.
const (
	Text   Type = iota
	Whole       // number
	Flag        // true or false
	Amount      // decimal in the places of the row's currency
	List        // values separated by semicolons
	JSON        // as the API takes it
)

// A form says what files of a kind look like. Rows of CSV that follow one another and agree in the columns of same are
// one row, of which each line tells an element of many, when one of named says what it is about.
type form struct {
	columns     []Column
	same, named []string
	many        string
}

// currencyColumn tells the currency of the amounts in a row, which are decimals in CSV.
const currencyColumn = "currency"

var forms = map[string]form{
	Orders: {
		same: []string{"external_id", "channel", "id"}, named: []string{"external_id", "id"}, many: "lines",
		columns: []Column{
			{Name: "external_id", Path: "external_id", Required: true, Doc: "the channel's own id; rows with the same one, one after the other, are the lines of one order", Example: "10001"},
			{Name: "channel", Path: "channel", Required: true, Doc: "code of the sales channel", Example: "web"},
			{Name: "email", Path: "customer.email", Doc: "mail or phone is required", Example: "ada@example.com"},
			{Name: "phone", Path: "customer.phone"},
			{Name: "customer_name", Path: "customer.name", Example: "Ada Lovelace"},
			{Name: "ship_name", Path: "shipping_address.name", Example: "Ada Lovelace"},
			{Name: "ship_company", Path: "shipping_address.company"},
			{Name: "ship_line1", Path: "shipping_address.line1", Example: "12 St James's Square"},
			{Name: "ship_line2", Path: "shipping_address.line2"},
			{Name: "ship_city", Path: "shipping_address.city", Example: "London"},
			{Name: "ship_region", Path: "shipping_address.region"},
			{Name: "ship_postal_code", Path: "shipping_address.postal_code", Example: "SW1Y 4JH"},
			{Name: "ship_country", Path: "shipping_address.country", Doc: "ISO 3166-1 alpha-2", Example: "GB"},
			{Name: "ship_phone", Path: "shipping_address.phone"},
			{Name: "ship_latitude", Path: "shipping_address.latitude", Type: Whole, Doc: "millionths of a degree"},
			{Name: "ship_longitude", Path: "shipping_address.longitude", Type: Whole},
			{Name: "pickup", Path: "pickup", Doc: "location where the customer picks it up"},
			{Name: "sku", Path: "lines.#.sku", Required: true, Example: "MUG"},
			{Name: "quantity", Path: "lines.#.quantity", Type: Whole, Required: true, Example: "2"},
			{Name: "unit_price", Path: "lines.#.unit_price", Type: Amount, Doc: "instead of the catalog's; the key needs orders:price", Example: "12.50"},
			{Name: "tax_lines", Path: "lines.#.tax_lines", Type: JSON, Doc: "instead of the channel's table, as JSON; the key needs orders:price"},
			{Name: currencyColumn, Doc: "of the amounts in the row", Example: "GBP"},
			{Name: "shipping_method", Path: "shipping_method", Doc: "a method of the channel's table"},
			{Name: "shipping", Path: "shipping", Type: JSON, Doc: "a finished charge instead of the table, as JSON; the key needs orders:price"},
			{Name: "discounts", Path: "discounts", Type: JSON, Doc: "as JSON; the key needs orders:price"},
			{Name: "payment_provider", Path: "payment.provider", Required: true, Doc: "manual for what is paid elsewhere", Example: "manual"},
			{Name: "language", Path: "language", Doc: "of mails to the customer"},
			{Name: "suppress_notifications", Path: "suppress_notifications", Type: Flag, Doc: "true: no mails to the customer"},
			{Name: "tags", Path: "tags", Type: List, Doc: "separated by semicolons", Example: "import"},
			{Name: "fields", Path: "fields", Type: JSON, Doc: "custom fields, as JSON"},
			{Name: "billing_address", Path: "billing_address", Type: JSON, Doc: "as JSON"},
			{Name: "id", Path: "id", Doc: "of an order that is here already; others need an external_id"},
			{Name: "number", Path: "number", Shown: true},
			{Name: "status", Path: "status", Shown: true},
			{Name: "payment_status", Path: "payment_status", Shown: true},
			{Name: "fulfillment_status", Path: "fulfillment_status", Shown: true},
			{Name: "placed_at", Path: "placed_at", Shown: true},
			{Name: "grand_total", Path: "grand_total", Type: Amount, Shown: true, Doc: "of the order, in each of its rows"},
		},
	},
	Products: {columns: []Column{
		{Name: "sku", Path: "sku", Required: true, Example: "MUG"},
		{Name: "name", Path: "name", Required: true, Example: "Stoneware mug"},
		{Name: "price", Path: "price", Type: Amount, Required: true, Example: "12.50"},
		{Name: currencyColumn, Doc: "of the price", Required: true, Example: "GBP"},
		{Name: "weight_grams", Path: "weight_grams", Type: Whole, Example: "350"},
		{Name: "length", Path: "dimensions.length", Type: Whole, Doc: "in millimeters, as it is packed"},
		{Name: "width", Path: "dimensions.width", Type: Whole},
		{Name: "height", Path: "dimensions.height", Type: Whole},
		{Name: "tax_class", Path: "tax_class", Doc: "standard when left out"},
		{Name: "active", Path: "active", Type: Flag, Doc: "true when left out", Example: "true"},
		{Name: "components", Path: "components", Type: JSON, Doc: "makes it a kit, as JSON"},
	}},
	Stock: {columns: []Column{
		{Name: "sku", Path: "sku", Required: true, Example: "MUG"},
		{Name: "location", Path: "location", Required: true, Doc: "code of the location", Example: "HULL"},
		{Name: "delta", Path: "delta", Type: Whole, Doc: "units to add, or to take away when negative", Example: "10"},
		{Name: "on_hand", Path: "on_hand", Type: Whole, Doc: "instead of delta: what on hand should become; with compare_quantity"},
		{Name: "compare_quantity", Path: "compare_quantity", Type: Whole, Doc: "what you believe on hand is; a row is refused when it is not"},
		{Name: "reason", Path: "reason", Required: true, Doc: "of the adjustment", Example: "received"},
		{Name: "available", Path: "available", Type: Whole, Shown: true},
	}},
	Customers: {
		same: []string{"id", "email", "phone"}, named: []string{"id", "email", "phone"}, many: "addresses",
		columns: []Column{
			{Name: "id", Path: "id", Doc: "of a customer who is here; others are found by mail address, or made"},
			{Name: "email", Path: "email", Doc: "mail or phone is required; rows with the same ones, one after the other, are the addresses of one customer", Example: "ada@example.com"},
			{Name: "phone", Path: "phone", Example: "+44 20 7946 0018"},
			{Name: "name", Path: "name", Example: "Ada Lovelace"},
			{Name: "language", Path: "language", Example: "en"},
			{Name: "tags", Path: "tags", Type: List, Doc: "separated by semicolons", Example: "import"},
			{Name: "address_label", Path: "addresses.#.label"},
			{Name: "address_default", Path: "addresses.#.default", Type: Flag},
			{Name: "address_name", Path: "addresses.#.address.name", Example: "Ada Lovelace"},
			{Name: "address_company", Path: "addresses.#.address.company"},
			{Name: "address_line1", Path: "addresses.#.address.line1", Example: "12 St James's Square"},
			{Name: "address_line2", Path: "addresses.#.address.line2"},
			{Name: "address_city", Path: "addresses.#.address.city", Example: "London"},
			{Name: "address_region", Path: "addresses.#.address.region"},
			{Name: "address_postal_code", Path: "addresses.#.address.postal_code", Example: "SW1Y 4JH"},
			{Name: "address_country", Path: "addresses.#.address.country", Example: "GB"},
			{Name: "address_phone", Path: "addresses.#.address.phone"},
			{Name: "address_latitude", Path: "addresses.#.address.latitude", Type: Whole},
			{Name: "address_longitude", Path: "addresses.#.address.longitude", Type: Whole},
		},
	},
}

// Columns lists the columns of a kind, in the order of exports.
func Columns(kind string) []Column { return forms[kind].columns }

// Header is the first line of an export.
func Header(kind string) (out []string) {
	for _, c := range Columns(kind) {
		out = append(out, c.Name)
	}
	return out
}

// Template is a file with the columns that can be imported, and one row.
func Template(kind string) []byte {
	var head, row []string
	for _, c := range Columns(kind) {
		if !c.Shown {
			head, row = append(head, c.Name), append(row, Guard(c.Example))
		}
	}
	return Lines([][]string{head, row})
}

// Lines writes CSV.
func Lines(records [][]string) []byte {
	var b bytes.Buffer
	_ = csv.NewWriter(&b).WriteAll(records) // a buffer takes everything
	return b.Bytes()
}

var element = regexp.MustCompile(`^/(lines|addresses)/\d+`)

// ColumnOf names the column that a JSON pointer leads to; the pointer itself where there is none. The currency of an
// amount has a column of its own.
func ColumnOf(kind, pointer string) string {
	with := "/$1/#"
	if forms[kind].many == "" { // the command of a row takes lists
		with = ""
	}
	path := strings.ReplaceAll(strings.TrimPrefix(element.ReplaceAllString(pointer, with), "/"), "/", ".")
	for _, c := range Columns(kind) {
		if c.Path != "" && (c.Path == path || strings.HasPrefix(path, c.Path+".") || c.Path == forms[kind].many+".#."+path) {
			if c.Type == Amount && strings.HasSuffix(path, ".currency") {
				return currencyColumn
			}
			return c.Name
		}
	}
	return pointer
}

// body makes the JSON of a row of the values of its lines. What all lines share is taken from the first.
func body(kind string, lines []map[string]string) ([]byte, error) {
	var list errs.List
	root := map[string]any{}
	for i, values := range lines {
		for _, c := range Columns(kind) {
			text := values[c.Name]
			if c.Path == "" || c.Shown || text == "" || i > 0 && !strings.Contains(c.Path, "#") {
				continue
			}
			v, wrong := c.value(text, values[currencyColumn])
			path := strings.ReplaceAll(c.Path, "#", strconv.Itoa(i))
			if wrong != nil {
				list.Add("/"+strings.ReplaceAll(path, ".", "/")+wrong.in, wrong.code, "%s", wrong.text)
				continue
			}
			put(root, strings.Split(path, "."), v)
		}
	}
	if list.Err() != nil {
		return nil, list.Err()
	}
	return jsonx.Marshal(root), nil
}

// put sets a value in nested objects; a number in the path is a place in a list.
func put(m map[string]any, path []string, v any) {
	if len(path) == 1 {
		m[path[0]] = v
		return
	}
	if i, err := strconv.Atoi(path[1]); err == nil {
		list, _ := m[path[0]].([]any)
		for len(list) <= i {
			list = append(list, map[string]any{})
		}
		m[path[0]] = list
		put(list[i].(map[string]any), path[2:], v)
		return
	}
	inner, ok := m[path[0]].(map[string]any)
	if !ok {
		inner = map[string]any{}
		m[path[0]] = inner
	}
	put(inner, path[1:], v)
}

// fault is what is wrong with a cell.
type fault struct {
	in         string // the member of an amount that is wrong: "/amount" or "/currency"; "" for the value
	code, text string
}

func wrongType(text string) *fault { return &fault{code: "wrong_type", text: text} }

func (c *Column) value(text, currency string) (any, *fault) {
	switch c.Type {
	case Whole:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, wrongType("give a whole number")
		}
		return n, nil
	case Flag:
		switch strings.ToLower(text) {
		case "true", "yes", "1":
			return true, nil
		case "false", "no", "0":
			return false, nil
		}
		return nil, wrongType("give true or false")
	case Amount:
		n, wrong := minor(text, currency)
		return map[string]any{"amount": n, "currency": currency}, wrong
	case List:
		if !strings.HasPrefix(text, "[") {
			var out []string
			for part := range strings.SplitSeq(text, ";") {
				out = append(out, strings.TrimSpace(part))
			}
			return out, nil
		}
		fallthrough
	case JSON:
		if v := jsontext.Value(text); v.IsValid() {
			return v, nil
		}
		return nil, wrongType("give JSON as the API takes it")
	}
	return text, nil
}

// Records are the lines of CSV that a row of JSON is: the reverse of reading it.
func Records(kind string, row []byte) ([][]string, error) {
	var root map[string]jsontext.Value
	if err := jsonx.Unmarshal(row, &root); err != nil {
		return nil, err
	}
	var many []jsontext.Value
	if list := root[forms[kind].many]; len(list) > 0 {
		if err := jsonx.Unmarshal(list, &many); err != nil {
			return nil, err
		}
	}
	out := make([][]string, max(1, len(many)))
	whole := &tree{v: row, read: true, in: children(root)}
	for i := range out {
		currency, line := "", (*tree)(nil)
		if i < len(many) {
			line = &tree{v: many[i]}
		}
		for _, c := range Columns(kind) {
			path := strings.Split(c.Path, ".")
			from := whole
			if len(path) > 1 && path[1] == "#" {
				from, path = line, path[2:]
			}
			cell, of, err := c.cell(from.find(path))
			if err != nil {
				return nil, fmt.Errorf("bulk: column %s: %w", c.Name, err)
			}
			if of != "" {
				currency = of
			}
			out[i] = append(out[i], Guard(cell))
		}
		for n, c := range Columns(kind) {
			if c.Name == currencyColumn {
				out[i][n] = currency
			}
		}
	}
	return out, nil
}

// tree is a value of JSON that is read as far as somebody looks, and once: an order of hundreds of lines has dozens of
// cells in each of them.
type tree struct {
	v    jsontext.Value
	read bool
	in   map[string]*tree
}

func children(m map[string]jsontext.Value) map[string]*tree {
	out := make(map[string]*tree, len(m))
	for name, v := range m {
		out[name] = &tree{v: v}
	}
	return out
}

// find returns what stands at a path; nil for nothing.
func (t *tree) find(path []string) jsontext.Value {
	for _, name := range path {
		if t == nil {
			return nil
		}
		if !t.read {
			t.read = true
			var m map[string]jsontext.Value
			if len(t.v) > 0 && t.v.Kind() == '{' && jsonx.Unmarshal(t.v, &m) == nil {
				t.in = children(m)
			}
		}
		t = t.in[name]
	}
	if t == nil {
		return nil
	}
	return t.v
}

// cell writes a value, and tells the currency of an amount.
func (c *Column) cell(v jsontext.Value) (text, currency string, err error) {
	if len(v) == 0 || v.Kind() == 'n' || c.Path == "" {
		return "", "", nil
	}
	switch c.Type {
	case Amount:
		var m money.Money
		err = jsonx.Unmarshal(v, &m)
		return Decimal(m.Amount, m.Currency), m.Currency, err
	case Text:
		err = jsonx.Unmarshal(v, &text)
		return text, "", err
	case List:
		var list []string
		if err = jsonx.Unmarshal(v, &list); err != nil || len(list) == 0 {
			return "", "", err
		}
		if text = strings.Join(list, ";"); !strings.HasPrefix(text, "[") && strings.Count(text, ";") == len(list)-1 {
			return text, "", nil
		}
	}
	return string(v), "", nil
}

var decimal = regexp.MustCompile(`^(-?)(\d{1,15})(?:\.(\d+))?$`)

// minor reads a decimal as minor units of a currency. It refuses what is out of range itself: the API would speak of
// minor units, which nobody who fills in a cell knows.
func minor(text, currency string) (int64, *fault) {
	switch {
	case currency == "":
		return 0, &fault{"/currency", "required", "give the currency of the amounts, such as EUR"}
	case !money.ValidCurrency(currency):
		return 0, &fault{"/currency", "invalid_currency", fmt.Sprintf("%q is not an ISO 4217 code such as EUR", errs.Clip(currency))}
	}
	m, places := decimal.FindStringSubmatch(text), money.Exponent(currency)
	if m == nil || len(strings.TrimRight(m[3], "0")) > places {
		return 0, wrongType(fmt.Sprintf("give an amount such as %s, without thousands separators", Decimal(1200, currency)))
	}
	fraction := (m[3] + strings.Repeat("0", places))[:places]
	n, err := strconv.ParseInt(m[1]+m[2]+fraction, 10, 64)
	if err != nil || n < 0 || n > money.Max {
		return 0, &fault{"/amount", "out_of_range", "give an amount from 0 to " + Decimal(money.Max, currency)}
	}
	return n, nil
}

// Decimal writes minor units in the places of a currency.
func Decimal(amount int64, currency string) string {
	text, _, _ := strings.Cut(money.Money{Amount: amount, Currency: currency}.String(), " ")
	return text
}

const formula = "=+-@\t\r"

// Guard keeps a spreadsheet from taking text for a formula: a cell that begins like one gets an apostrophe. Numbers
// stay.
func Guard(cell string) string {
	if cell == "" || !strings.ContainsRune(formula+"'", rune(cell[0])) || decimal.MatchString(cell) {
		return cell
	}
	return "'" + cell
}

// unguard takes back what Guard added, so that what was exported can be imported.
func unguard(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(formula+"'", rune(cell[1])) {
		return cell[1:]
	}
	return cell
}
