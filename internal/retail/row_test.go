package retail

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestParsePence(t *testing.T) {
	for s, want := range map[string]int64{
		"0.21": 21, "12.75": 12_75, "0.0": 0, "9.5": 9_50, "7": 7_00, "4.": 4_00, "2028.25": 2_028_25,
		"-11062.06": -11_062_06, "1.2500": 1_25, "9999999.99": 9_999_999_99, "-0.0": 0, "007.10": 7_10,
	} {
		if got, err := parsePence(s); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", ".", ".5", "-", "1.005", "0.001", "1,50", "1e3", "+1", "--1", "1.-5", " 1", "12345678", "1.2.3", "£1", "١"} {
		if got, err := parsePence(s); err == nil {
			t.Errorf("%q is read as %d", s, got)
		}
	}
}

func TestParseRow(t *testing.T) {
	got, err := parseRow([]string{"578358", " 82494l", "WOODEN  FRAME ", "48", "2011-11-24 10:35:00", "2.55", "15482.0", "EIRE"})
	want := row{
		invoice: "578358", sku: "82494L", recased: true, text: "WOODEN FRAME", quantity: 48,
		at: time.Date(2011, 11, 24, 10, 35, 0, 0, time.UTC), price: 2_55, customer: "15482", country: "EIRE",
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	good := []string{"578358", "82494L", "", "48", "2011-11-24 10:35:00", "2.55", "", "EIRE"}
	if _, err := parseRow(good); err != nil {
		t.Error(err)
	}
	for column, bad := range map[int][]string{
		0: {"", " "}, 1: {"", "\t"}, 3: {"", "1.0", "1000001", "-1000001", "x"},
		4: {"", "2011-11-24", "2011-02-30 10:35:00", "24/11/2011 10:35"},
		5: {"", "free"}, 6: {"x", "1.5", "-1", ".0.0"}, 7: {"", " "},
	} {
		for _, s := range bad {
			rec := append([]string(nil), good...)
			rec[column] = s
			if r, err := parseRow(rec); err == nil {
				t.Errorf("column %d: %q is read as %+v", column, s, r)
			}
		}
	}
	if _, err := parseRow(good[:7]); err == nil {
		t.Error("seven fields are read")
	}
}

func TestReadRowsRefuses(t *testing.T) {
	head := strings.Join(header, ",") + "\n"
	for name, text := range map[string]string{
		"nothing":       "",
		"another table": "a,b,c,d,e,f,g,h\n",
		"a short line":  head + "1,2,3\n",
		"a bad field":   head + "578330,84568,GIRLS,many,2011-11-24 08:28:00,0.21,17523.0,United Kingdom\n",
		"a bad quote":   head + "578330,84568,\"GIRLS,1,2011-11-24 08:28:00,0.21,17523.0,United Kingdom\n",
	} {
		if rows, err := readRows(nil, strings.NewReader(text)); err == nil {
			t.Errorf("%s is read as %v", name, rows)
		}
	}
}

// FuzzParseRow: what is read, is read exactly and within bounds.
func FuzzParseRow(f *testing.F) {
	f.Add("578330,84568,GIRLS ALPHABET ,288,2011-11-24 08:28:00,0.21,17523.0,United Kingdom")
	f.Add("578478,72807c,???missing,-428,2011-11-24 12:45:00,0.0,,United Kingdom")
	f.Add("C579195,CRUK,CRUK Commission,-1,2011-11-28 15:54:00,987.14,14096.0,EIRE")
	f.Add(`1,2,"a ""b"", c",1000000,2011-11-28 15:54:00,9999999.99,1,x`)
	f.Fuzz(func(t *testing.T, line string) {
		rec, err := csv.NewReader(strings.NewReader(line)).Read()
		if err != nil {
			return
		}
		r, err := parseRow(rec)
		if err != nil {
			return
		}
		if r.invoice == "" || r.sku == "" || r.country == "" || r.at.Location() != time.UTC {
			t.Errorf("%q: %+v", line, r)
		}
		if r.quantity > maxQuantity || r.quantity < -maxQuantity {
			t.Errorf("quantity %d", r.quantity)
		}
		sign, pence := "", r.price
		if pence < 0 {
			sign, pence = "-", -pence
		}
		if again, err := parsePence(fmt.Sprintf("%s%d.%02d", sign, pence/100, pence%100)); err != nil || again != r.price {
			t.Errorf("%q: %d is read back as %d, %v", rec[5], r.price, again, err)
		}
	})
}
