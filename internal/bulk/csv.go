package bulk

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"ordo/internal/errs"
)

// Row is a row of a file as JSON.
type Row struct {
	Line int64 // of the file, where it begins
	Body []byte
	Err  error // it cannot be read
}

// Place is where a reader stands: what was read before it need not be read again.
type Place struct {
	Rows   int64    `json:"rows"`
	Line   int64    `json:"line"` // lines before the next row
	At     int64    `json:"at"`   // bytes before it
	Header []string `json:"header,omitzero"`
}

// Reader reads the rows of a file one after the other; io.EOF ends it.
type Reader interface {
	Next() (Row, error)
	Place() Place
}

// Open reads a file from a place on; the zero place is its start.
func Open(kind, format string, from io.Reader, at Place) (Reader, error) {
	if format == CSV {
		return openCSV(kind, from, at)
	}
	return openJSONL(from, at), nil
}

// maxLines is how many lines may be one row, as an order may have.
const maxLines = 1000

// table reads CSV.
type table struct {
	kind  string
	csv   *csv.Reader
	base  Place // of what csv reads
	place Place
	held  *record // read too far
}

// record is a line of CSV: one or more lines of text.
type record struct {
	fields      []string
	err         error
	first, last int64 // lines of the file
	at          int64 // bytes of the file up to its end
}

func errHeader(format string, args ...any) error {
	return errs.New(errs.Invalid, "invalid_header", format, args...)
}

func openCSV(kind string, from io.Reader, at Place) (Reader, error) {
	t := &table{kind: kind, csv: csv.NewReader(from), base: at, place: at}
	t.csv.FieldsPerRecord = -1
	if len(at.Header) > 0 {
		return t, nil
	}
	head := t.read()
	if head.err != nil {
		if errors.Is(head.err, io.EOF) || isParse(head.err) {
			return nil, errHeader("the first line names the columns; it cannot be read")
		}
		return nil, head.err
	}
	for i, name := range head.fields {
		head.fields[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
	}
	if err := checkHeader(kind, head.fields); err != nil {
		return nil, err
	}
	t.place.Header, t.place.Line, t.place.At = head.fields, head.last, head.at
	return t, nil
}

// checkHeader refuses columns that there are not, twice, or that are missing.
func checkHeader(kind string, header []string) error {
	known := Header(kind)
	for i, h := range header {
		if !slices.Contains(known, h) {
			return errHeader("there is no column %q; known are %s", errs.Clip(h), strings.Join(known, ", "))
		}
		if slices.Contains(header[:i], h) {
			return errHeader("the column %s is there twice", h)
		}
	}
	for _, c := range Columns(kind) {
		if c.Required && !slices.Contains(header, c.Name) {
			return errHeader("the column %s is missing; the first line names the columns", c.Name)
		}
	}
	return nil
}

func isParse(err error) bool {
	var parse *csv.ParseError
	return errors.As(err, &parse)
}

// read reads the next line; one that was read too far comes again.
func (t *table) read() record {
	if r := t.held; r != nil {
		t.held = nil
		return *r
	}
	fields, err := t.csv.Read()
	r := record{fields: fields, err: err, at: t.base.At + t.csv.InputOffset()}
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse):
		r.first, r.last = t.base.Line+int64(parse.StartLine), t.base.Line+int64(parse.Line)
	case err == nil:
		begin, _ := t.csv.FieldPos(0)
		end, _ := t.csv.FieldPos(len(fields) - 1)
		r.first, r.last = t.base.Line+int64(begin), t.base.Line+int64(end+strings.Count(fields[len(fields)-1], "\n"))
	}
	return r
}

// Place implements Reader.
func (t *table) Place() Place { return t.place }

// Next implements Reader. Lines that belong together are one row, at the first of them.
func (t *table) Next() (Row, error) {
	r := t.read()
	if r.err != nil && !isParse(r.err) {
		return Row{}, r.err
	}
	row := Row{Line: r.first}
	values, err := t.values(r)
	lines := []map[string]string{values}
	f := forms[t.kind]
	for err == nil && slices.ContainsFunc(f.named, func(name string) bool { return values[name] != "" }) {
		next := t.read()
		more, bad := t.values(next)
		if bad != nil || slices.ContainsFunc(f.same, func(name string) bool { return more[name] != values[name] }) {
			t.held = &next
			break
		}
		if r = next; len(lines) <= maxLines {
			lines = append(lines, more)
		}
	}
	if len(lines) > maxLines {
		err = errs.New(errs.Invalid, "too_many", "at most %d lines may be about the same thing", maxLines)
	}
	if err == nil {
		row.Body, err = body(t.kind, lines)
	}
	row.Err = err
	t.place.Rows, t.place.Line, t.place.At = t.place.Rows+1, r.last, r.at
	return row, nil
}

func (t *table) values(r record) (map[string]string, error) {
	var parse *csv.ParseError
	switch {
	case errors.As(r.err, &parse):
		return nil, errs.New(errs.Invalid, "malformed_csv", "the line cannot be read as CSV: %v", parse.Err)
	case r.err != nil:
		return nil, r.err
	case len(r.fields) != len(t.place.Header):
		return nil, errs.New(errs.Invalid, "malformed_csv", "the line has %d fields, the header %d", len(r.fields), len(t.place.Header))
	}
	out := map[string]string{}
	for i, name := range t.place.Header {
		out[name] = unguard(strings.TrimSpace(r.fields[i]))
	}
	return out, nil
}
