package sheet

import (
	"bytes"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestCells writes every kind of cell both ways: formulas stay text, numbers are numbers.
func TestCells(t *testing.T) {
	rows := [][]any{{"name", "n"}, {"=1+1", int64(-2)}, {"-x", 2.5}, {"plain", Decimal("-12.50")}, {"", nil}}
	b, err := CSV(rows)
	if want := "name,n\n'=1+1,-2\n'-x,2.5\nplain,-12.50\n,\n"; err != nil || string(b) != want {
		t.Errorf("%q, not %q (%v)", b, want, err)
	}
	b, err = XLSX(Sheet{"One", rows}, Sheet{"Two", [][]any{{"second"}}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, want := range map[string]string{"A2": "=1+1", "B2": "-2", "B3": "2.5", "B4": "-12.5", "B5": ""} {
		if got, err := f.GetCellValue("One", at); err != nil || got != want {
			t.Errorf("%s: %q, not %q (%v)", at, got, want, err)
		}
		if formula, err := f.GetCellFormula("One", at); err != nil || formula != "" {
			t.Errorf("%s is a formula: %q (%v)", at, formula, err)
		}
	}
	if got, err := f.GetCellValue("Two", "A1"); err != nil || got != "second" {
		t.Errorf("%q (%v)", got, err)
	}
}

func TestHarmless(t *testing.T) {
	for in, want := range map[string]string{"": "", "ord_1": "ord_1", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx"} {
		if got := Harmless(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
