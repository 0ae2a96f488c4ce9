// Package sheet writes tables as files for spreadsheets: CSV and XLSX.
//
// What lives here: how cells are written so that a spreadsheet takes them for what they are. What does not: what stands
// in them. The one idea: a text is never a formula, whoever wrote it.
package sheet

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Decimal is a number with places of its own, such as an amount: "12.50".
type Decimal string

// Sheet is a table with a name. Cells are texts, int64, float64, Decimal, or nil for none.
type Sheet struct {
	Name string
	Rows [][]any
}

// Harmless keeps spreadsheets from taking a text for a formula.
func Harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// CSV writes rows.
func CSV(rows [][]any) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			switch c := cell.(type) {
			case string:
				cells[i] = Harmless(c)
			case int64:
				cells[i] = strconv.FormatInt(c, 10)
			case float64:
				cells[i] = strconv.FormatFloat(c, 'f', -1, 64)
			case Decimal:
				cells[i] = string(c)
			}
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// XLSX writes sheets. Text is written as text.
func XLSX(sheets ...Sheet) (_ []byte, err error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	for i, s := range sheets {
		if i == 0 {
			err = f.SetSheetName("Sheet1", s.Name)
		} else {
			_, err = f.NewSheet(s.Name)
		}
		if err == nil {
			err = s.write(f)
		}
		if err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	err = f.Write(&b)
	return b.Bytes(), err
}

func (s Sheet) write(f *excelize.File) error {
	w, err := f.NewStreamWriter(s.Name)
	if err != nil {
		return err
	}
	for i, row := range s.Rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := w.SetRow(at, typed(row)); err != nil {
			return err
		}
	}
	return w.Flush()
}

// typed are cells as XLSX has them.
func typed(row []any) []any {
	out := make([]any, len(row))
	for i, cell := range row {
		switch c := cell.(type) {
		case Decimal:
			out[i], _ = strconv.ParseFloat(string(c), 64)
		case float64:
			if out[i] = cell; c == math.Trunc(c) {
				out[i] = int64(c)
			}
		default:
			out[i] = cell
		}
	}
	return out
}
