package paper

import (
	"fmt"
	"slices"
	"strings"

	"ordo/internal/address"
	"ordo/internal/micros"
	"ordo/internal/words"
)

// LabelData is what stands on a shipping label. Tracking becomes the barcode.
type LabelData struct {
	Carrier     string // as people read it: "Sandbox"
	Service     string // "Express"
	Tracking    string // 1 to 80 ASCII characters
	From, To    address.Address
	WeightGrams int64
	Package     int // 1 of 2; 0 of 0 prints neither
	Packages    int
	Reference   string // usually the order's number
	Note        string // one line for the driver or the returns desk
	At          micros.Time
	Test        bool // a label that no carrier will honor says so
}

const (
	labelWidth  = 101.6 // 4 x 6 inches, what label printers take
	labelHeight = 152.4
	labelMargin = 4.5
)

// Label renders one label of 4 x 6 inches.
func Label(d LabelData) ([]byte, error) {
	s, err := drawLabel(d)
	if err != nil {
		return nil, err
	}
	return s.bytes()
}

// drawLabel writes English: a label is read in two countries.
func drawLabel(d LabelData) (*sheet, error) {
	english := tongue("")
	s := newSheet(labelWidth, labelHeight, strings.TrimSpace(d.Carrier+" "+d.Tracking), d.At)
	s.AddPage()
	const x, w = labelMargin, labelWidth - 2*labelMargin
	small := style{sans, "", 7.5, ink}
	tiny := style{sans, "B", 6.5, soft}

	// The carrier, and the service in white on black: it is what hubs sort by.
	s.at(x, 5, w*0.5, "L", d.Carrier, style{sans, "B", 20, ink})
	s.box(x+w*0.5, 4.5, w*0.5, 10, [3]int{0, 0, 0})
	s.at(x+w*0.5+2, 6.4, w*0.5-4, "C", strings.ToUpper(d.Service), style{sans, "B", 13, [3]int{255, 255, 255}})
	s.heavy(17)

	s.at(x, 18.5, 20, "L", "FROM", tiny)
	s.fill(x, 22, w*0.6, 18.5, small.size, 5, "", postal(d.From, d.To.Country, english))
	facts := [][2]string{
		{"Date", english.DayOf(d.At.Std())},
		{"Weight", kilograms(d.WeightGrams)},
		{"Package", ofTotal(d.Package, d.Packages)},
		{"Ref", d.Reference},
	}
	y := 22.0
	for _, f := range facts {
		if f[1] == "" {
			continue
		}
		s.at(x+w*0.62, y, 13, "L", f[0], style{sans, "", 7.5, soft})
		s.at(x+w*0.62+13, y, w*0.38-13, "R", f[1], style{sans, "B", 7.5, ink})
		y += small.lead()
	}
	s.heavy(41)

	s.at(x, 42.5, 30, "L", "SHIP TO", tiny)
	s.to(x+4, 47, w-4, postal(d.To, d.From.Country, english))
	s.heavy(93)

	s.at(x, 95, w, "L", "TRACKING", tiny)
	if err := s.code128(x, 99.5, w, 30, "C", d.Tracking); err != nil {
		return nil, err
	}
	s.at(x, 131, w, "C", groups(d.Tracking), style{mono, "", 12, ink})
	s.heavy(138.5)
	s.at(x, 139.8, w, "C", d.Note, small)
	if d.Test {
		s.at(x, 143.6, w, "C", "TEST LABEL · NOT VALID FOR SHIPPING", style{sans, "B", 9, ink})
	}
	return s, nil
}

// heavy draws the black rule between two zones of a label.
func (s *sheet) heavy(y float64) {
	s.SetLineWidth(0.6)
	s.rule(labelMargin, y, labelWidth-2*labelMargin, [3]int{0, 0, 0})
	s.SetLineWidth(0.25)
}

// to prints the destination as large as its zone allows.
func (s *sheet) to(x, y, width float64, lines []string) {
	s.fill(x, y, width, 44, 16, 8, "B", lines)
}

// fill prints lines wrapped, in the largest size in which they fit into a zone; what cannot be wrapped into it gets one line
// per part. The first line is a name.
func (s *sheet) fill(x, y, width, height, largest, smallest float64, weight string, lines []string) {
	if len(lines) == 0 {
		return
	}
	for size := largest; size >= smallest; size -= 0.5 {
		name, rest := style{sans, weight, size, ink}, style{sans, "", size, ink}
		var all []string
		for _, part := range lines {
			all = append(all, s.wrap(part, width, name)...)
		}
		if float64(len(all))*rest.lead() > height {
			continue
		}
		s.at(x, y, width, "L", all[0], name)
		for i, l := range all[1:] {
			s.at(x, y+float64(i+1)*rest.lead(), width, "L", l, rest)
		}
		return
	}
	cut := style{sans, "", smallest, ink}
	for _, l := range lines {
		s.at(x, y, width, "L", l, cut)
		y += cut.lead()
	}
}

// postal is an address as lines of an envelope, in the order of the country's post. The country stands in it by its name,
// except for mail that stays in the country that it is sent from.
func postal(a address.Address, from string, say *words.Format) []string {
	country := ""
	if a.Country != from {
		country = strings.ToUpper(say.Country(a.Country))
	}
	lines := slices.Concat([]string{a.Name, a.Company, a.Line1, a.Line2}, a.Place(), []string{country, a.Phone})
	return slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "" })
}

// groups sets a long number in fours, as people read it out.
func groups(number string) string {
	if strings.ContainsAny(number, " -") {
		return number
	}
	var b strings.Builder
	for i, r := range []rune(number) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func kilograms(grams int64) string {
	if grams <= 0 {
		return ""
	}
	return fmt.Sprintf("%d.%03d kg", grams/1000, grams%1000)
}

func ofTotal(n, total int) string {
	if n <= 0 || total <= 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d", n, total)
}
