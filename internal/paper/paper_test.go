package paper

import (
	"bytes"
	"encoding/binary"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"ordo/internal/address"
	"ordo/internal/micros"
)

var (
	update = flag.Bool("update", false, "write testdata/*.txt")
	keep   = flag.String("keep", "", "a folder to write the documents to, to look at them")
)

const at = micros.Time(1_767_225_600_000_000) // 2026-01-01

// check compares a document with its golden text, and demands that the same data gives the same bytes.
func check(t *testing.T, name string, draw func() (*sheet, error)) {
	t.Helper()
	var before []byte
	for range 5 {
		s, err := draw()
		if err != nil {
			t.Fatal(err)
		}
		now, err := s.bytes()
		if err != nil {
			t.Fatal(err)
		}
		if before != nil && !bytes.Equal(before, now) {
			t.Fatal("the same data gave other bytes")
		}
		before = now
	}
	if *keep != "" {
		write(t, filepath.Join(*keep, name+".pdf"), before)
	}
	got := text(t, draw)
	golden := filepath.Join("testdata", name+".txt")
	if *update {
		write(t, golden, []byte(got))
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if that is meant, run the test with -update\n%s", golden, got)
	}
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// text reads what the document says, a line for each piece of text and an empty one between pages.
func text(t *testing.T, draw func() (*sheet, error)) string {
	t.Helper()
	s, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	s.SetCompression(false)
	raw, err := s.bytes()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, page := range bytes.Split(raw, []byte("/Contents"))[1:] {
		for _, piece := range shown.FindAllSubmatch(page, -1) {
			out.WriteString(fromUTF16(unescape(piece[1])) + "\n")
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// shown finds the strings that a page draws.
var shown = regexp.MustCompile(`(?s)Td \(((?:\\.|[^\\)])*)\)\s*Tj`)

func unescape(b []byte) []byte {
	return []byte(strings.NewReplacer(`\\`, `\`, `\(`, `(`, `\)`, `)`, `\r`, "\r").Replace(string(b)))
}

func fromUTF16(b []byte) string {
	var units []uint16
	for ; len(b) > 1; b = b[2:] {
		units = append(units, binary.BigEndian.Uint16(b))
	}
	return string(utf16.Decode(units))
}

var london = address.Address{
	Name: "Ada Lovelace", Company: "Analytical Engines Ltd", Line1: "12 St James's Square", Line2: "2nd floor",
	City: "London", PostalCode: "SW1Y 4JH", Country: "GB", Phone: "+44 20 7946 0018",
}

var depot = address.Address{
	Name: "Ordo Supply", Line1: "Lagerstraße 7", City: "Köln", Region: "NRW", PostalCode: "50667", Country: "DE",
}

func TestCleanShowsWhatFontsLack(t *testing.T) {
	for in, want := range map[string]string{
		"Łódź Ωμέγα Жанна":     "Łódź Ωμέγα Жанна",
		"e\u0301":              "é",
		"王 smith":              "\uFFFD smith",
		"a\tb\nc\u200fd\x00e🙂": "a b cde\uFFFD",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}
