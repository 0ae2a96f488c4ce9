package bulk

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"ordo/internal/errs"
	"ordo/internal/jsonx"
)

// all reads the rows of a file, each by a reader of its own that begins where the one before it stood.
func all(t *testing.T, kind, format, file string, fresh bool) (out []Row) {
	t.Helper()
	var place Place
	var r Reader
	for {
		if r == nil || fresh {
			var err error
			if r, err = Open(kind, format, strings.NewReader(file[place.At:]), place); err != nil {
				t.Fatal(err)
			}
		}
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if row.Err == nil && format == CSV {
			row.Body = sorted(t, row.Body)
		}
		out, place = append(out, row), r.Place()
		if place.Rows != int64(len(out)) {
			t.Errorf("%+v after %d rows", place, len(out))
		}
	}
}

// sorted writes JSON with its names in order: what is read from CSV has none.
func sorted(t *testing.T, b []byte) []byte {
	t.Helper()
	var v any
	err := json.Unmarshal(b, &v)
	if err == nil {
		b, err = json.Marshal(v)
	}
	if err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return b
}

const goods = "\ufeffSKU, name ,price,currency,active\r\nA,\"Mug\nblue\",12.5,GBP,yes\r\n\r\nB,\"x,0,GBP,no\nC,Jug,1.234,GBP,no\nD,Pot,3,JPY,maybe\nE,'=1+1,0.07,GBP,\nF,short\n"

// A reader that begins anywhere between two rows goes on as the first one would have: a job resumes there.
func TestResumedReading(t *testing.T) {
	orders := "external_id,channel,sku,quantity,payment_provider\n1,web,A,1,manual\n1,web,B,2,manual\n2,web,A,1,manual\n2,web,A,x,manual\n\n3,web,C,1,manual\n,web,C,1,manual\n,web,D,1,manual\n"
	for _, c := range []struct {
		kind, format, file string
		lines              []int64
	}{
		{Orders, CSV, orders, []int64{2, 4, 7, 8, 9}},
		{Products, CSV, strings.Replace(goods, "\"x", "x", 1), []int64{2, 5, 6, 7, 8, 9}},
		{Products, JSONL, "{\"sku\":\"A\"}\n\n  \n{\"sku\":\n" + strings.Repeat("x", maxRow+1) + "\n{\"sku\":\"B\"}", []int64{1, 4, 5, 6}},
	} {
		once, anew := all(t, c.kind, c.format, c.file, false), all(t, c.kind, c.format, c.file, true)
		var lines []int64
		for i := range once {
			if lines = append(lines, once[i].Line); i < len(anew) && (anew[i].Line != once[i].Line || string(anew[i].Body) != string(once[i].Body) || (anew[i].Err == nil) != (once[i].Err == nil)) {
				t.Errorf("%s %s: %+v, and from there %+v", c.kind, c.format, once[i], anew[i])
			}
		}
		if !slices.Equal(lines, c.lines) || len(anew) != len(once) {
			t.Errorf("%s %s: rows at %v, want %v; %d from there", c.kind, c.format, lines, c.lines, len(anew))
		}
	}
}

func TestValues(t *testing.T) {
	rows := all(t, Products, CSV, strings.Replace(goods, "\"x", "x", 1), false)
	for i, want := range []string{
		`{"active":true,"name":"Mug\nblue","price":{"amount":1250,"currency":"GBP"},"sku":"A"}`, "",
		"", "", `{"name":"=1+1","price":{"amount":7,"currency":"GBP"},"sku":"E"}`, "",
	} {
		if i == 1 {
			continue // x is a name
		}
		if string(rows[i].Body) != want || (rows[i].Err == nil) != (want != "") {
			t.Errorf("row %d: %s, %v; want %s", i, rows[i].Body, rows[i].Err, want)
		}
	}
	for pointer, column := range map[string]string{"/lines/3/quantity": "quantity", "/shipping_address/city": "ship_city", "/lines/0/tax_lines/1/amount": "tax_lines", "/else": "/else", "/customer": "/customer", "/lines/1/unit_price/currency": "currency", "/lines/1/unit_price/amount": "unit_price"} {
		if got := ColumnOf(Orders, pointer); got != column {
			t.Errorf("%s: %s", pointer, got)
		}
	}
	if got := ColumnOf(Stock, "/lines/0/on_hand"); got != "on_hand" {
		t.Error(got)
	}
}

// An amount is refused in the words of the file, and its currency on the column that has it.
func TestAmountFaults(t *testing.T) {
	for _, c := range []struct{ price, currency, column, code, message string }{
		{"-1.00", "GBP", "price", "out_of_range", "price: give an amount from 0 to 90000000000.00"},
		{"90000000000.01", "GBP", "price", "out_of_range", "price: give an amount from 0 to 90000000000.00"},
		{"999999999999999.99999999", "GBP", "price", "wrong_type", "price: give an amount such as 12.00, without thousands separators"},
		{"9000000000001", "JPY", "price", "out_of_range", "price: give an amount from 0 to 9000000000000"},
		{"1,000.00", "GBP", "price", "wrong_type", "price: give an amount such as 12.00, without thousands separators"},
		{"1.00", "", "currency", "required", "currency: give the currency of the amounts, such as EUR"},
		{"1.00", "XXL", "currency", "invalid_currency", `currency: "XXL" is not an ISO 4217 code such as EUR`},
	} {
		_, err := body(Products, []map[string]string{{"sku": "A", "name": "A", "price": c.price, "currency": c.currency}})
		if o := NewOutcome("imp_1", 2, RowInvalid).Refuse(Products, err); o.Column != c.column || o.Code != c.code || o.Message != c.message {
			t.Errorf("%s %s: %+v", c.price, c.currency, o)
		}
	}
	_, err := body(Orders, []map[string]string{{"external_id": "1", "unit_price": "1"}, {"external_id": "1", "unit_price": "2", "quantity": "x"}})
	if o := NewOutcome("imp_1", 2, RowInvalid).Refuse(Orders, err); o.Message != "currency: give the currency of the amounts, such as EUR; quantity: give a whole number" && o.Message != "currency: give the currency of the amounts, such as EUR; lines.1.quantity" {
		t.Errorf("%+v", o)
	}
}

// What is wrong with a row as a whole, a defect, and what differs from what is here already are said in words.
func TestRowsAreRefusedInWords(t *testing.T) {
	broken := jsonx.Decode([]byte(`{`), &struct{}{})
	differs := errs.New(errs.Conflict, "external_order_conflict", "it is here with other content; see differences").With("differences", []string{"/lines/0/quantity", "/customer"})
	for _, c := range []struct {
		err                   error
		column, code, message string
	}{
		{broken, "", "malformed_json", "the JSON ends too early (byte 1)"},
		{differs, "quantity", "external_order_conflict", "it is here with other content; see differences: quantity, /customer"},
		{errors.New("secret"), "", "internal", "something went wrong on our side; the log of the server has more, under imp_1:000000000002"},
	} {
		if o := NewOutcome("imp_1", 2, RowFailed).Refuse(Orders, c.err); o.Column != c.column || o.Code != c.code || o.Message != c.message {
			t.Errorf("%v: %+v", c.err, o)
		}
	}
}

// What is written is what was read, whatever stands in a cell; and no cell is a formula.
func TestRecordsComeBack(t *testing.T) {
	for _, name := range []string{"Mug", "=1+1", "'=1+1", "'tis", "''", "+44 20", "-5", "@x", "a,\"b\"\nc", "[x"} {
		row, err := body(Products, []map[string]string{{"sku": "A", "name": name, "price": "1.50", "currency": "GBP", "components": `[{"sku":"B","quantity":2}]`}})
		if err != nil {
			t.Fatal(err)
		}
		records, err := Records(Products, row)
		if err != nil {
			t.Fatal(err)
		}
		if cell := records[0][1]; strings.ContainsAny(cell[:1], "=+@\t\r") {
			t.Errorf("%q is written as %q", name, cell)
		}
		file := string(Lines(append([][]string{Header(Products)}, records...)))
		if again := all(t, Products, CSV, file, false); len(again) != 1 || string(again[0].Body) != string(sorted(t, row)) {
			t.Errorf("%q came back as %s", name, again[0].Body)
		}
	}
	row, err := body(Customers, []map[string]string{{"email": "a@example.com", "tags": `["a;b","c"]`, "address_city": "Hull"}, {"address_city": "Leeds"}})
	if err != nil {
		t.Fatal(err)
	}
	records, err := Records(Customers, row)
	if err != nil || len(records) != 2 {
		t.Fatal(records, err)
	}
	if again := all(t, Customers, CSV, string(Lines(append([][]string{Header(Customers)}, records...))), false); len(again) != 1 || string(again[0].Body) != string(sorted(t, row)) {
		t.Errorf("%s came back as %s", row, again[0].Body)
	}
}

// TestNotUTF8 reads what spreadsheets write that know no UTF-8, and the mark that some put before it.
func TestNotUTF8(t *testing.T) {
	file := "sku,name,price,currency\nL1,M\xfcller,1.00,GBP\nL2,x,1.00,GBP\nL3,a\x00b,1.00,GBP\n"
	r, err := Open(Products, CSV, strings.NewReader(file), Place{})
	if err != nil {
		t.Fatal(err)
	}
	for _, fine := range []bool{false, true, false} {
		row, err := r.Next()
		if err != nil || (row.Err == nil) != fine || !fine && !strings.Contains(row.Err.Error(), "UTF-8") {
			t.Errorf("line %d: %v %v", row.Line, row.Err, err)
		}
	}
	for text, says := range map[string]string{
		"\xff\xfes\x00k\x00u\x00,\x00n\x00a\x00m\x00e\x00\n\x00": "not UTF-8", "sku;name;price;currency\nA;B;1;GBP\n": "commas", "sku\tname\n": "commas",
	} {
		if err := CheckHeader(Products, CSV, strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
	r, err = Open(Products, JSONL, strings.NewReader("\ufeff{\"sku\":\"A\"}\n"), Place{})
	if err != nil {
		t.Fatal(err)
	}
	if row, err := r.Next(); err != nil || string(row.Body) != `{"sku":"A"}` {
		t.Errorf("%s %v", row.Body, err)
	}
}
