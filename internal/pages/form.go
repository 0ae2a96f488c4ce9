package pages

import (
	"encoding"
	"fmt"
	"math"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/money"
)

// A form's fields are named by their place in the body of an operation: lines.0.quantity. Fill writes them there, by the
// types of the body, so that no form has code of its own. What cannot be read is a finding at the field's pointer.

var moneyType = reflect.TypeFor[money.Money]()

// Fill writes the values of a form into a body, a pointer to it. Fields that are empty stay as they are; a row whose quantity is empty or
// 0 is left out, unless _keep names it. Amounts are decimals in the way of the language, their currency stands in a field of its own.
func Fill(body any, form url.Values, lang string, list *errs.List) {
	dropped := emptyRows(form)
	names := make([]string, 0, len(form))
	for name := range form {
		if !strings.HasPrefix(name, "_") && !dropped[rowOf(name)] {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, natural)
	rows := renumber(names)
	for _, name := range names {
		values := slices.DeleteFunc(slices.Clone(form[name]), func(s string) bool { return strings.TrimSpace(s) == "" })
		if len(values) == 0 {
			continue
		}
		at := strings.Split(rows(name), ".")
		f := filler{form: form, name: name, lang: lang, list: list, pointer: "/" + strings.Join(at, "/")}
		f.set(reflect.ValueOf(body).Elem(), at, values)
	}
}

var row = regexp.MustCompile(`^(.*\.)?([0-9]+)\.([a-z_]+)$`)

// rowOf is the row that a field belongs to: lines.3 of lines.3.quantity; "" for none.
func rowOf(name string) string {
	if m := row.FindStringSubmatch(name); m != nil {
		return m[1] + m[2]
	}
	return ""
}

func emptyRows(form url.Values) map[string]bool {
	out := map[string]bool{}
	for name, values := range form {
		if m := row.FindStringSubmatch(name); m != nil && m[3] == "quantity" && len(values) > 0 && (strings.TrimSpace(values[0]) == "" || values[0] == "0") && !slices.Contains(form["_keep"], m[1]+m[2]) {
			out[m[1]+m[2]] = true
		}
		if m := row.FindStringSubmatch(name); m != nil && m[3] == "counted" && strings.TrimSpace(strings.Join(values, "")) == "" { // 0 was counted
			out[m[1]+m[2]] = true
		}
	}
	return out
}

// renumber closes the gaps that rows leave which are left out.
func renumber(names []string) func(string) string {
	next, index := map[string]int{}, map[string]int{}
	for _, name := range names {
		if m := row.FindStringSubmatch(name); m != nil {
			if _, known := index[m[1]+m[2]]; !known {
				index[m[1]+m[2]] = next[m[1]]
				next[m[1]]++
			}
		}
	}
	return func(name string) string {
		m := row.FindStringSubmatch(name)
		if m == nil {
			return name
		}
		return m[1] + strconv.Itoa(index[m[1]+m[2]]) + "." + m[3]
	}
}

// natural compares names, numbers in them by value.
func natural(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, errx := strconv.Atoi(as[i])
		y, erry := strconv.Atoi(bs[i])
		if errx == nil && erry == nil && x != y {
			return x - y
		}
		if c := strings.Compare(as[i], bs[i]); c != 0 && (errx != nil || erry != nil) {
			return c
		}
	}
	return len(as) - len(bs)
}

type filler struct {
	form    url.Values
	name    string
	lang    string
	pointer string
	list    *errs.List
}

func (f *filler) bad(text string, args ...any) { f.list.Add(f.pointer, "invalid_value", text, args...) }

func (f *filler) set(v reflect.Value, at, values []string) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	if v.Type() == moneyType && len(at) == 0 {
		f.money(v, values[0])
		return
	}
	if len(at) == 0 {
		f.leaf(v, values)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == moneyType && at[0] == "currency" {
			return // read with the amount
		}
		if field := byTag(v, at[0]); field.IsValid() {
			f.set(field, at[1:], values)
		}
	case reflect.Slice:
		i, err := strconv.Atoi(at[0])
		if err != nil || i > 1000 {
			return
		}
		for v.Len() <= i {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		}
		f.set(v.Index(i), at[1:], values)
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		v.SetMapIndex(reflect.ValueOf(at[0]), reflect.ValueOf(values[0]))
	}
}

// byTag finds a field by its name in JSON.
func byTag(v reflect.Value, name string) reflect.Value {
	t := v.Type()
	for i := range t.NumField() {
		tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if tag == name {
			return v.Field(i)
		}
		if t.Field(i).Anonymous && tag == "" && t.Field(i).Type.Kind() == reflect.Struct {
			if found := byTag(v.Field(i), name); found.IsValid() {
				return found
			}
		}
	}
	return reflect.Value{}
}

func (f *filler) leaf(v reflect.Value, values []string) {
	s := strings.TrimSpace(values[0])
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(s)); err != nil {
			f.bad("this cannot be read")
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.ReplaceAll(s, "\r\n", "\n"))
	case reflect.Int64, reflect.Int:
		if c := CurrencyIn(f.form, f.name); c != "" { // minor units, without a currency in the body
			n, err := ParseAmount(s, c, f.lang)
			if err != nil {
				f.bad("%s", err)
			}
			v.SetInt(n)
			return
		}
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			f.bad("give a whole number")
			return
		}
		v.SetInt(n)
	case reflect.Bool:
		v.SetBool(s == "true" || s == "on")
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.String {
			return
		}
		for _, value := range values {
			for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
				if part = strings.TrimSpace(part); part != "" {
					v.Set(reflect.Append(v, reflect.ValueOf(part).Convert(v.Type().Elem())))
				}
			}
		}
	}
}

func (f *filler) money(v reflect.Value, text string) {
	currency := CurrencyIn(f.form, f.name)
	n, err := ParseAmount(text, currency, f.lang)
	if err != nil {
		f.bad("%s", err)
		return
	}
	v.Set(reflect.ValueOf(money.Money{Amount: n, Currency: currency}))
}

// CurrencyIn is the currency of an amount in a form: what stands beside it, or the value of the field that is named there
// as "=rates.currency".
func CurrencyIn(form url.Values, name string) string {
	code := form.Get(name + ".currency")
	if field, ok := strings.CutPrefix(code, "="); ok {
		code = strings.TrimSpace(form.Get(field))
	}
	return code
}

// ParseAmount reads an amount as people of a language write it, into minor units.
func ParseAmount(text, currency, lang string) (int64, error) {
	point, group := ".", ","
	if lang == "de" {
		point, group = ",", "."
	}
	s := strings.NewReplacer(" ", "", "\u00a0", "", group, "").Replace(strings.TrimSpace(text))
	sign := int64(1)
	for _, minus := range []string{"-", "−"} {
		if rest, ok := strings.CutPrefix(s, minus); ok {
			s, sign = rest, -1
		}
	}
	exp := money.Exponent(currency)
	whole, part, _ := strings.Cut(s, point)
	if len(part) > exp || whole == "" {
		return 0, fmt.Errorf("give an amount with at most %d decimals, such as 12%s50", exp, point)
	}
	n, err := strconv.ParseUint(whole+part+strings.Repeat("0", exp-len(part)), 10, 63)
	if err != nil || n > uint64(money.Max) || n > math.MaxInt64 {
		return 0, fmt.Errorf("give an amount such as 12%s50", point)
	}
	return sign * int64(n), nil
}

// InputAmount writes an amount for a field, as ParseAmount reads it.
func InputAmount(m money.Money, lang string) string {
	exp := money.Exponent(m.Currency)
	sign := ""
	if m.Amount < 0 {
		sign, m.Amount = "-", -m.Amount
	}
	scale := int64(math.Pow10(exp))
	if exp == 0 {
		return sign + strconv.FormatInt(m.Amount, 10)
	}
	point := "."
	if lang == "de" {
		point = ","
	}
	return fmt.Sprintf("%s%d%s%0*d", sign, m.Amount/scale, point, exp, m.Amount%scale)
}
