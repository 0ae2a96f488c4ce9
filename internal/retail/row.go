package retail

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

var header = []string{
	"InvoiceNo", "StockCode", "Description", "Quantity",
	"InvoiceDate", "UnitPrice", "CustomerID", "Country",
}

// Bounds that no gift shop reaches. They keep every sum of quantity times
// price far inside an int64.
const (
	maxQuantity    = 1_000_000
	maxPriceDigits = 7 // before the decimal point
)

// row is one line of the source, parsed but not yet judged.
type row struct {
	invoice  string
	sku      string // trimmed, upper case
	recased  bool   // the source had lower-case letters in the stock code
	text     string // description, white space collapsed, may be empty
	quantity int
	at       time.Time // the source names no zone; read as UTC
	price    int64     // pence
	customer string    // digits, or empty
	country  string    // as the source spells it
}

func (r row) amount() int64 { return int64(r.quantity) * r.price }

// readRows appends the rows of one CSV file with its header to rows.
func readRows(rows []row, r io.Reader) ([]row, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = len(header)
	c.ReuseRecord = true
	rec, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if !slices.Equal(rec, header) {
		return nil, fmt.Errorf("unexpected header %q", rec)
	}
	seen := make(map[string]string) // a kept field must not pin its whole line
	for {
		rec, err = c.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		for i, s := range rec {
			if rec[i] = seen[s]; rec[i] == "" && s != "" {
				rec[i] = strings.Clone(s)
				seen[rec[i]] = rec[i]
			}
		}
		parsed, err := parseRow(rec)
		if err != nil {
			line, _ := c.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		rows = append(rows, parsed)
	}
}

// parseRow reads the eight fields of a line. It refuses what it cannot read
// exactly: a price is never rounded.
func parseRow(rec []string) (row, error) {
	if len(rec) != len(header) {
		return row{}, fmt.Errorf("%d fields, want %d", len(rec), len(header))
	}
	r := row{
		invoice: strings.TrimSpace(rec[0]),
		text:    strings.Join(strings.Fields(rec[2]), " "),
		country: strings.TrimSpace(rec[7]),
	}
	code := strings.TrimSpace(rec[1])
	r.sku = strings.ToUpper(code)
	r.recased = r.sku != code
	if r.invoice == "" || r.sku == "" || r.country == "" {
		return row{}, errors.New("invoice, stock code and country must not be empty")
	}
	var err error
	if r.quantity, err = strconv.Atoi(rec[3]); err != nil || r.quantity > maxQuantity || r.quantity < -maxQuantity {
		return row{}, fmt.Errorf("quantity %q", rec[3])
	}
	if r.at, err = time.ParseInLocation(time.DateTime, rec[4], time.UTC); err != nil {
		return row{}, err
	}
	if r.price, err = parsePence(rec[5]); err != nil {
		return row{}, err
	}
	if r.customer, err = parseCustomer(rec[6]); err != nil {
		return row{}, err
	}
	return r, nil
}

// parsePence reads a decimal amount of pounds as pence, without floats. More
// than two decimals are refused unless the rest is zeros; no price in these
// days has them.
func parsePence(s string) (int64, error) {
	digits, negative := strings.CutPrefix(s, "-")
	pounds, pence, _ := strings.Cut(digits, ".")
	if len(pounds) > maxPriceDigits || !isDigits(pounds) || (pence != "" && !isDigits(pence)) {
		return 0, fmt.Errorf("price %q", s)
	}
	pence = strings.TrimRight(pence, "0")
	if len(pence) > 2 {
		return 0, fmt.Errorf("price %q is finer than a penny", s)
	}
	n, err := strconv.ParseInt(pounds+pence+"00"[len(pence):], 10, 64)
	if negative {
		n = -n
	}
	return n, err
}

// parseCustomer reads a customer number. The source went through a program
// that made numbers with gaps into floats, hence "17523.0".
func parseCustomer(s string) (string, error) {
	id := strings.TrimSuffix(strings.TrimSpace(s), ".0")
	if id != "" && !isDigits(id) {
		return "", fmt.Errorf("customer %q", s)
	}
	return id, nil
}

// isDigits reports whether s is one or more ASCII digits.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
