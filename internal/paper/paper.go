// Package paper renders the documents that travel with orders: shipping labels, pick lists, packing slips, invoices.
//
// What lives here: how a page looks, as PDF, from plain data that the caller has gathered. What does not: where the
// data comes from, who may see it, and what is owed; nothing here knows the store or the clock.
// The one idea: a document is a pure function of its data. The same data gives the same bytes, so a document can be
// rendered when it is asked for instead of being kept.
package paper

import (
	"bytes"
	"embed"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"

	"ordo/internal/micros"
	"ordo/internal/words"
)

// Families of the embedded Go fonts: they cover Latin, Greek and Cyrillic.
const (
	sans = "Go"
	mono = "Go Mono"
)

const mm = 72.0 / 25.4 // points in a millimeter

// Grays and the one line width that all documents share.
var (
	ink   = [3]int{23, 26, 31}
	soft  = [3]int{82, 90, 102}
	faint = [3]int{201, 206, 214}
	wash  = [3]int{238, 240, 243}
)

// sheet is a document being drawn. Positions are millimeters from the top left corner.
type sheet struct{ *fpdf.Fpdf }

// newSheet starts a document of pages of the given size. Its only date is the one given: the same data must give the
// same bytes.
func newSheet(width, height float64, title string, at micros.Time) *sheet {
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: width, Ht: height}})
	pdf.SetCreationDate(at.Std())
	pdf.SetModificationDate(at.Std())
	pdf.SetCatalogSort(true)
	pdf.SetProducer("Ordo", false)
	pdf.SetTitle(clean(title), true)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	pdf.SetAutoPageBreak(false, 0)
	// Clones, because fpdf writes into the bytes while it cuts unused glyphs out of them.
	pdf.AddUTF8FontFromBytes(sans, "", slices.Clone(goregular.TTF))
	pdf.AddUTF8FontFromBytes(sans, "B", slices.Clone(gobold.TTF))
	pdf.AddUTF8FontFromBytes(mono, "", slices.Clone(gomono.TTF))
	pdf.SetLineWidth(0.25)
	return &sheet{pdf}
}

// bytes ends the document.
func (s *sheet) bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := s.Output(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// style is a font with its size in points and its color.
type style struct {
	family, weight string
	size           float64
	color          [3]int
}

func (s *sheet) use(st style) {
	s.SetFont(st.family, st.weight, st.size)
	s.SetTextColor(st.color[0], st.color[1], st.color[2])
}

// lead is the distance between two base lines, in millimeters.
func (st style) lead() float64 { return st.size * 1.3 / mm }

// at writes one line whose top is y; align is L, R or C within the width. What does not fit is cut with an ellipsis.
func (s *sheet) at(x, y, width float64, align, text string, st style) {
	s.use(st)
	text = s.fit(clean(text), width)
	s.SetXY(x, y)
	s.CellFormat(width, st.lead(), text, "", 0, align+"M", false, 0, "")
}

// block writes text wrapped to the width and returns the y below it.
func (s *sheet) block(x, y, width float64, text string, st style) float64 {
	for _, line := range s.wrap(text, width, st) {
		s.at(x, y, width, "L", line, st)
		y += st.lead()
	}
	return y
}

// fit cuts text to the width.
func (s *sheet) fit(text string, width float64) string {
	if s.GetStringWidth(text) <= width+0.01 {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && s.GetStringWidth(string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// shrink makes the style small enough for the text to stay on one line: a broken number is a wrong one.
func (s *sheet) shrink(text string, width float64, st style) style {
	text = clean(text)
	for s.use(st); st.size > 5 && s.GetStringWidth(text) > width; s.use(st) {
		st.size -= 0.5
	}
	return st
}

// wrap breaks text at spaces, and words that are longer than a line anywhere.
func (s *sheet) wrap(text string, width float64, st style) (lines []string) {
	s.use(st)
	line := ""
	for _, word := range strings.Fields(clean(text)) {
		if joined := strings.TrimSpace(line + " " + word); s.GetStringWidth(joined) <= width {
			line = joined
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for s.GetStringWidth(word) > width {
			head := s.head(word, width)
			lines = append(lines, head)
			word = word[len(head):]
		}
		line = word
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// head returns the longest beginning of a word that fits, and at least one character.
func (s *sheet) head(word string, width float64) string {
	end := 0
	for i, r := range word {
		next := i + len(string(r))
		if i > 0 && s.GetStringWidth(word[:next]) > width {
			break
		}
		end = next
	}
	return word[:end]
}

func (s *sheet) rule(x, y, width float64, color [3]int) {
	s.SetDrawColor(color[0], color[1], color[2])
	s.Line(x, y, x+width, y)
}

func (s *sheet) box(x, y, width, height float64, color [3]int) {
	s.SetFillColor(color[0], color[1], color[2])
	s.Rect(x, y, width, height, "F")
}

// missing is drawn for what the fonts do not have: a gap that shows is better than a name that is silently shorter.
const missing = '\uFFFD'

// clean makes text printable: composed, without control and direction marks, and with a visible mark for each
// character that the embedded fonts lack.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u00ad' || unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		case !printable(r):
			return missing
		}
		return r
	}, norm.NFC.String(text))
}

// printable reports whether all embedded fonts have the character.
func printable(r rune) bool {
	if r < 0x7f {
		return true
	}
	glyphs.Lock()
	defer glyphs.Unlock()
	if has, ok := glyphs.seen[r]; ok {
		return has
	}
	has := true
	for _, f := range fonts() {
		i, err := f.GlyphIndex(&glyphs.buf, r)
		has = has && err == nil && i != 0
	}
	glyphs.seen[r] = has
	return has
}

// glyphs remembers which characters the fonts have; there are 1.1 million of them at most, and a few hundred in use.
var glyphs = struct {
	sync.Mutex
	buf  sfnt.Buffer
	seen map[rune]bool
}{seen: map[rune]bool{}}

var fonts = sync.OnceValue(func() (all []*sfnt.Font) {
	for _, ttf := range [][]byte{goregular.TTF, gobold.TTF, gomono.TTF} {
		f, err := sfnt.Parse(ttf)
		if err != nil {
			panic(err) // embedded at build time
		}
		all = append(all, f)
	}
	return all
})

//go:embed messages
var messages embed.FS

var catalogs = sync.OnceValue(func() words.Words {
	w, err := words.Read(messages)
	if err != nil {
		panic(err) // embedded at build time
	}
	return w
})

// tongue is how papers are written in a language; English for one that there are no words in.
func tongue(language string) *words.Format {
	w := catalogs()
	if w[language] == nil {
		language = "en"
	}
	return w.Format(language, time.UTC)
}
