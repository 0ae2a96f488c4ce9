package sheet

import (
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"ordo/internal/errs"
)

// mostRows is what a sheet of XLSX holds.
const mostRows = excelize.TotalRows

// Writer takes a table row by row, so that no memory has to hold it. Cells are those of Sheet.
type Writer interface {
	Row(cells ...any) error
	// Close ends the file. Without it the file is not whole.
	Close() error
}

// NewCSV writes to w with every row.
func NewCSV(w io.Writer) Writer { return csvWriter{w} }

type csvWriter struct{ w io.Writer }

func (c csvWriter) Row(cells ...any) error {
	b, err := CSV([][]any{cells})
	if err == nil {
		_, err = c.w.Write(b)
	}
	return err
}

func (c csvWriter) Close() error { return nil }

// TypeXLSX is the media type of what NewXLSX writes.
const TypeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// NewXLSX keeps rows aside, on disk where they are many, and writes to w when it is closed. A table with more rows than a
// sheet holds is refused as too_many_rows.
func NewXLSX(w io.Writer, name string) (Writer, error) {
	f := excelize.NewFile()
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return nil, err
	}
	s, err := f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	return &xlsxWriter{w: w, file: f, stream: s}, nil
}

type xlsxWriter struct {
	w      io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	rows   int
}

func (x *xlsxWriter) Row(cells ...any) error {
	if x.rows++; x.rows > mostRows {
		return errs.New(errs.Invalid, "too_many_rows", "a sheet holds at most %d rows: choose fewer, or take the CSV", mostRows)
	}
	return x.stream.SetRow("A"+strconv.Itoa(x.rows), typed(cells))
}

func (x *xlsxWriter) Close() error {
	if err := x.stream.Flush(); err != nil {
		return err
	}
	if err := x.file.Write(x.w); err != nil {
		return err
	}
	return x.file.Close()
}
