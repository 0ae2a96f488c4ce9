package pages

import (
	"net/url"
	"slices"
	"testing"

	"ordo/internal/errs"
)

// TestTable: rows that are empty or taken away leave a form, and what is found comes back to the row that it is about.
func TestTable(t *testing.T) {
	f := Field{Name: "rates", Kind: "table", Columns: []Field{{Name: "country", Kind: "text"}, {Name: "price", Kind: "money", AnyCurrency: true}, {Name: "on", Kind: "select", Options: []Option{{Value: "true"}}}}}
	form := url.Values{
		"rates.0.country": {"GB"}, "rates.0.price": {"1.00"}, "rates.0.price.currency": {"GBP"},
		"rates.1.country": {" "}, "rates.1.price": {""}, "rates.1.price.currency": {"GBP"}, "rates.1.on": {"true"},
		"rates.2.country": {"FR"}, "rates.9.country": {"IE"}, "rates.10.country": {"DE"}, "rates.10.price": {"2.00"}, "rates.10.price.currency": {"EUR"},
		"_drop": {"rates.2", "other.1"}, "rates.x.country": {"no row"}, "other.0.name": {"stays"},
	}
	f.Tidy(form)
	f.Take(form)
	var rows []string
	for _, r := range f.Rows {
		rows = append(rows, r.Text+" "+r.Name+" "+r.Fields[0].Value+" "+r.Fields[1].Value+" "+r.Fields[1].Currency)
	}
	if want := []string{"1 rates.0 GB 1.00 GBP", "2 rates.1 IE  ", "3 rates.2 DE 2.00 EUR", "4 rates.3   "}; !slices.Equal(rows, want) {
		t.Errorf("%q, want %q", rows, want)
	}
	if !slices.Equal(form["_drop"], []string{"other.1"}) || form.Get("other.0.name") != "stays" || form.Has("rates.10.country") {
		t.Error(form)
	}
	found := map[string]string{"rates.1": "twice", "rates.2.price.amount": "too much", "rates": "too many", "name": "elsewhere"}
	bad := f.Place(found, func(name string) string { return name })
	if len(bad) != 3 || f.Rows[1].Fields[0].Error != "twice" || f.Rows[2].Fields[1].Error != "too much" || bad[1].Row != "3" || f.Error != "too many" || len(found) != 1 {
		t.Errorf("%+v, left %v", bad, found)
	}
}

// TestMinor: an amount that has no currency in the body is read in the one beside it, or in that of another field.
func TestMinor(t *testing.T) {
	for _, row := range []struct {
		typed, beside, currency, lang string
		want                          int64
		bad                           bool
	}{
		{"1250", "", "", "en", 1250, false}, // a number as ever
		{"12.50", "GBP", "", "en", 1250, false},
		{"1.234,5", "EUR", "", "de", 123450, false},
		{"1250", "=currency", "JPY", "en", 1250, false},
		{"12.50", "=currency", " GBP ", "en", 1250, false},
		{"12.50", "=currency", "JPY", "en", 0, true},
		{"much", "GBP", "", "en", 0, true},
	} {
		var body struct {
			Currency string `json:"currency"`
			Price    int64  `json:"price"`
		}
		var list errs.List
		form := url.Values{"price": {row.typed}, "price.currency": {row.beside}, "currency": {row.currency}}
		if Fill(&body, form, row.lang, &list); body.Price != row.want || list.Empty() == row.bad {
			t.Errorf("%+v: %d, %v", row, body.Price, list.Err())
		}
	}
}
