package sheet

import (
	"bytes"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestRowByRow writes the same file as all rows at once.
func TestRowByRow(t *testing.T) {
	rows := [][]any{{"name", "n"}, {"=1+1", int64(-2)}, {"plain", Decimal("-12.50")}, {"", 2.0}}
	var c, x bytes.Buffer
	xlsx, err := NewXLSX(&x, "One")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []Writer{NewCSV(&c), xlsx} {
		for _, row := range rows {
			if err := w.Row(row...); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if want, _ := CSV(rows); !bytes.Equal(c.Bytes(), want) {
		t.Errorf("%q, not %q", c.Bytes(), want)
	}
	f, err := excelize.OpenReader(&x)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, want := range map[string]string{"A2": "=1+1", "B2": "-2", "B3": "-12.5", "B4": "2"} {
		got, err := f.GetCellValue("One", at)
		if formula, ferr := f.GetCellFormula("One", at); got != want || formula != "" || err != nil || ferr != nil {
			t.Errorf("%s: %q with the formula %q, not %q (%v, %v)", at, got, formula, want, err, ferr)
		}
	}
	xlsx.(*xlsxWriter).rows = mostRows
	if err := xlsx.Row("one more"); err == nil {
		t.Error("a row too many is taken")
	}
}
