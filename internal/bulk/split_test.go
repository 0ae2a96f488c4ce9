package bulk

import (
	"encoding/csv"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

// endless is a file without an end; it tells how much of it was read.
type endless struct {
	head string
	read int
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.head)
	if e.head = e.head[n:]; n == 0 {
		n = copy(b, strings.Repeat("x", len(b)))
	}
	e.read += n
	return n, nil
}

// No row is held that is longer than maxRow, whatever its form; what comes after it is read as ever.
func TestLongRows(t *testing.T) {
	long := strings.Repeat("x", maxRow)
	const head = "sku,name,price,currency\n"
	for what, file := range map[string]string{
		"a line":             "A,Mug,1,GBP\nB," + long + ",1,GBP\nC,Jug,1,GBP\n",
		"a cell of lines":    "A,Mug,1,GBP\nB,\"" + strings.Repeat("x\n", maxRow/2) + "\",1,GBP\nC,Jug,1,GBP\n",
		"many cells":         "A,Mug,1,GBP\n" + strings.Repeat(",", maxRow+1) + "\nC,Jug,1,GBP\n",
		"after a bare quote": "A,Mug,1,GBP\nB\"" + long + "\nC,Jug,1,GBP\n",
	} {
		rows := all(t, Products, CSV, head+file, true)
		if len(rows) != 3 || rows[0].Err != nil || rows[2].Err != nil || rows[1].Err == nil || !strings.Contains(rows[1].Err.Error(), "row 3 is larger than 1 MiB: split it") {
			t.Errorf("%s: %d rows, %+v", what, len(rows), rows)
		}
	}
	open := all(t, Products, CSV, head+"A,Mug,1,GBP\nB,\""+strings.Repeat("x,y\n", maxRow), true)
	if len(open) != 2 || open[1].Err == nil || !strings.Contains(open[1].Err.Error(), "row 3 is larger") {
		t.Errorf("a quote never closed: %+v", open[1:])
	}
	line := "1,web,A,1,manual," + strings.Repeat("x", maxRow/20) + "\n"
	orders := all(t, Orders, CSV, "external_id,channel,sku,quantity,payment_provider,tags\n"+strings.Repeat(line, 40)+"2,web,A,1,manual,\n", true)
	if len(orders) != 2 || orders[0].Err == nil || !strings.Contains(orders[0].Err.Error(), "row 2 is larger") || orders[1].Err != nil || orders[1].Line != 42 {
		t.Errorf("an order of long lines: %d rows, %v", len(orders), orders[0].Err)
	}
	if _, err := Open(Products, CSV, io.LimitReader(&endless{head: "sku,\""}, 8*maxRow), Place{}); err == nil {
		t.Error("a header without end is read")
	}
}

// A quote that is never closed does not bring the file into memory.
func TestUnclosedQuoteIsNotHeld(t *testing.T) {
	s, _ := newSplitter(io.LimitReader(&endless{head: "A,\""}, 64*maxRow), false)
	if _, size, _, err := s.next(); !errors.Is(err, errLong) || size != 64*maxRow {
		t.Errorf("%d bytes, %v", size, err)
	}
	if cap(s.text) > 2*maxRow {
		t.Errorf("%d bytes are held", cap(s.text))
	}
}

// What the splitter takes for a record is what encoding/csv takes for one.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"a,b\nc\n", "\"a\nb\",c\r\n\r\nd", "\"a\"\"\",b\n\"x\"y\nz", "a\"b\n\"c", "\"a\"\r", "\"a\"\rb\nc\n", "\r\n\n\r", "a\r\r\n\"\"\n,\"\n\"\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, file string) {
		if strings.HasPrefix(file, "\ufeff") {
			return
		}
		whole := csv.NewReader(strings.NewReader(file))
		whole.FieldsPerRecord = -1
		r, err := openCSV(Products, strings.NewReader(file), Place{Header: []string{"sku"}})
		if err != nil {
			t.Fatal(err)
		}
		for parts := r.(*table); ; {
			want, wrong := whole.Read()
			got := parts.read()
			if errors.Is(wrong, io.EOF) || errors.Is(got.err, io.EOF) {
				if !errors.Is(wrong, io.EOF) || !errors.Is(got.err, io.EOF) || parts.at != int64(len(file)) {
					t.Errorf("ended by %v, want %v; at %d of %d", got.err, wrong, parts.at, len(file))
				}
				return
			}
			if wrong == nil {
				line, _ := whole.FieldPos(0)
				if !reflect.DeepEqual(got.fields, want) || got.err != nil || got.first != int64(line) {
					t.Fatalf("%q at %d (%v), want %q at %d", got.fields, got.first, got.err, want, line)
				}
				continue
			}
			var a, b *csv.ParseError
			if !errors.As(wrong, &a) || !errors.As(got.err, &b) || !errors.Is(b.Err, a.Err) || got.first != int64(a.StartLine) || got.at != whole.InputOffset() {
				t.Fatalf("%v at %d, want %v", got.err, got.at, wrong)
			}
		}
	})
}
