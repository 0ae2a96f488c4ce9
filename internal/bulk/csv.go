package bulk

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

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

// emptyLines are those that encoding/csv passes over; the last one ends a file.
var emptyLines = []string{"\n", "\r\n", "\r"}

// maxLines is how many lines may be one row, as an order may have.
const maxLines = 1000

// table reads CSV.
type table struct {
	kind  string
	split *splitter
	text  bytes.Reader // of one record, through buf
	buf   *bufio.Reader
	csv   *csv.Reader
	line  int64 // lines that split has read
	at    int64 // bytes
	place Place
	held  *record // read too far
}

// record is a line of CSV: one or more lines of text.
type record struct {
	fields      []string
	err         error
	first, last int64 // lines of the file
	size        int   // bytes
	at          int64 // bytes of the file up to its end
}

// errHeader is the one finding of a file whose columns are not those of its kind.
func errHeader(kind string, wrong ...string) error {
	var required []string
	for _, c := range Columns(kind) {
		if c.Required {
			required = append(required, c.Name)
		}
	}
	text := strings.Join(wrong, "; ") + "; the first line names the columns: "
	if len(required) > 0 {
		text += strings.Join(required, ", ") + " are required, "
	}
	var list errs.List
	list.Add("/file", "invalid_header", "%sknown are %s", text, strings.Join(Header(kind), ", "))
	return list.Err()
}

// CheckHeader refuses a file of which no row could be read: CSV whose first line does not name the columns of its kind.
func CheckHeader(kind, format string, from io.Reader) error {
	_, err := Open(kind, format, from, Place{})
	return err
}

func openCSV(kind string, from io.Reader, at Place) (Reader, error) {
	split, skipped := newSplitter(from, len(at.Header) == 0)
	t := &table{kind: kind, split: split, buf: bufio.NewReader(nil), line: at.Line, at: at.At + skipped, place: at}
	t.csv = csv.NewReader(t.buf)
	t.csv.FieldsPerRecord = -1
	if len(at.Header) > 0 {
		return t, nil
	}
	head := t.read()
	if head.err != nil {
		if errors.Is(head.err, io.EOF) || isRow(head.err) {
			return nil, errHeader(kind, "the first line cannot be read")
		}
		return nil, head.err
	}
	switch first := head.fields[0]; {
	case slices.ContainsFunc(head.fields, notText):
		return nil, errHeader(kind, "the file is not UTF-8: save it as CSV in UTF-8")
	case len(head.fields) == 1 && strings.ContainsAny(first, ";\t"):
		return nil, errHeader(kind, "the columns are separated by semicolons or tabs: separate them by commas")
	}
	for i, name := range head.fields {
		head.fields[i] = strings.ToLower(strings.TrimSpace(name))
	}
	if err := checkHeader(kind, head.fields); err != nil {
		return nil, err
	}
	t.place.Header, t.place.Line, t.place.At = head.fields, head.last, head.at
	return t, nil
}

// maxFindings is how many columns are told that there are not: a file of something else has hundreds.
const maxFindings = 10

// checkHeader refuses columns that there are not, twice, or that are missing.
func checkHeader(kind string, header []string) error {
	known := Header(kind)
	var wrong []string
	for i, h := range header {
		if len(wrong) == maxFindings {
			break
		}
		switch near := errs.Nearest(errs.Clip(h), known); {
		case slices.Contains(header[:i], h):
			wrong = append(wrong, fmt.Sprintf("the column %q is there twice", errs.Clip(h)))
		case slices.Contains(known, h):
		case near != "" && !slices.Contains(header, near):
			wrong = append(wrong, fmt.Sprintf("there is no column %q, did you mean %s?", errs.Clip(h), near))
		default:
			wrong = append(wrong, fmt.Sprintf("there is no column %q", errs.Clip(h)))
		}
	}
	for _, c := range Columns(kind) {
		if c.Required && !slices.Contains(header, c.Name) {
			wrong = append(wrong, fmt.Sprintf("the column %s is missing", c.Name))
		}
	}
	if len(wrong) > 0 {
		return errHeader(kind, wrong...)
	}
	return nil
}

// isRow reports whether an error is about what stands in a row, and not about reading the file.
func isRow(err error) bool {
	var parse *csv.ParseError
	return errors.As(err, &parse) || errs.As(err) != nil
}

// notText reports what a database could not store as text.
func notText(s string) bool { return !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 }

// read reads the next line; one that was read too far comes again. Empty lines are passed over.
func (t *table) read() record {
	if r := t.held; r != nil {
		t.held = nil
		return *r
	}
	for {
		text, size, lines, err := t.split.next()
		r := record{err: err, first: t.line + 1, last: t.line + lines, size: len(text), at: t.at + size}
		t.line, t.at = r.last, r.at
		switch {
		case errors.Is(err, errLong):
			r.err = errTooLarge(r.first)
		case err == nil && slices.Contains(emptyLines, string(text)):
			continue
		case err == nil:
			t.text.Reset(text)
			t.buf.Reset(&t.text)
			r.fields, r.err = t.csv.Read()
		}
		return r
	}
}

// Place implements Reader.
func (t *table) Place() Place { return t.place }

// Next implements Reader. Lines that belong together are one row, at the first of them. Of a row that is too long the
// rest is passed over.
func (t *table) Next() (Row, error) {
	r := t.read()
	if r.err != nil && !isRow(r.err) {
		return Row{}, r.err
	}
	row := Row{Line: r.first}
	values, err := t.values(r)
	lines := []map[string]string{values}
	f, size := forms[t.kind], r.size
	for err == nil && slices.ContainsFunc(f.named, func(name string) bool { return values[name] != "" }) {
		next := t.read()
		more, bad := t.values(next)
		if bad != nil || slices.ContainsFunc(f.same, func(name string) bool { return more[name] != values[name] }) {
			t.held = &next
			break
		}
		if r, size = next, size+next.size; len(lines) <= maxLines && size <= maxRow {
			lines = append(lines, more)
		}
	}
	switch {
	case size > maxRow:
		err = errTooLarge(row.Line)
	case len(lines) > maxLines:
		err = errs.New(errs.Invalid, "too_many", "at most %d lines may be about the same thing", maxLines)
	}
	if err == nil {
		row.Body, err = body(t.kind, lines)
	}
	if err == nil && len(row.Body) > maxRow {
		row.Body, err = nil, errTooLarge(row.Line)
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
	if slices.ContainsFunc(r.fields, notText) {
		return nil, errs.New(errs.Invalid, "malformed_csv", "the text is not UTF-8: save the file as CSV in UTF-8")
	}
	out := map[string]string{}
	for i, name := range t.place.Header {
		out[name] = unguard(strings.TrimSpace(r.fields[i]))
	}
	return out, nil
}
