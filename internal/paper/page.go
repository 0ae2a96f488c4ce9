package paper

import (
	"ordo/internal/micros"
	"ordo/internal/words"
)

// Size is the size of a sheet in millimeters.
type Size struct{ Width, Height float64 }

// The sizes that offices print on.
var (
	A4     = Size{210, 297}
	Letter = Size{215.9, 279.4}
)

// letterCountries are those whose printers hold Letter; all others hold A4.
var letterCountries = map[string]bool{
	"US": true, "CA": true, "MX": true, "PH": true, "CL": true, "CO": true, "VE": true, "GT": true, "CR": true, "PA": true, "SV": true, "NI": true, "DO": true, "PR": true,
}

// SizeFor returns the size that printers of a country hold.
func SizeFor(country string) Size {
	if letterCountries[country] {
		return Letter
	}
	return A4
}

// The few styles that all documents are made of.
var (
	title    = style{sans, "B", 20, ink}
	heading  = style{sans, "B", 11, ink}
	caption  = style{sans, "B", 7.5, soft}
	body     = style{sans, "", 9.5, ink}
	strong   = style{sans, "B", 9.5, ink}
	small    = style{sans, "", 8, soft}
	code     = style{mono, "", 8, soft}
	codeBold = style{mono, "", 9.5, ink}
)

const margin = 17

// page is a document that flows from one sheet to the next.
type page struct {
	*sheet
	y     float64 // where the next thing goes
	width float64 // between the margins
	end   float64 // below it is the footer
	again func()  // what stands on top of every sheet but the first, and moves y down
	foot  string  // left of the page number
	say   *words.Format
}

func newPage(size Size, say *words.Format, name string, at micros.Time) *page {
	if size == (Size{}) {
		size = A4
	}
	p := &page{
		sheet: newSheet(size.Width, size.Height, name, at), y: margin,
		width: size.Width - 2*margin, end: size.Height - margin - 4, say: say,
	}
	p.AddPage()
	return p
}

// need begins another sheet when less than height is left on this one.
func (p *page) need(height float64) {
	if p.y+height <= p.end {
		return
	}
	p.AddPage()
	p.y = margin
	if p.again != nil {
		p.again()
	}
}

// close numbers the sheets. It comes last, because only now is it known how many there are.
func (p *page) close() *sheet {
	n := p.PageCount()
	for i := 1; i <= n; i++ {
		p.SetPage(i)
		p.rule(margin, p.end+3, p.width, faint)
		p.at(margin, p.end+5, p.width*0.7, "L", p.foot, small)
		p.at(margin+p.width*0.7, p.end+5, p.width*0.3, "R", p.say.T("Page %d of %d", i, n), small)
	}
	return p.sheet
}

// fact is a caption with its value, as in the head of a document.
type fact struct{ name, value string }

// facts prints what has a value, one below the other, and returns the y below the last.
func (p *page) facts(x, y, width float64, list []fact) float64 {
	for _, f := range list {
		if f.value == "" {
			continue
		}
		p.at(x, y, width*0.42, "L", f.name, style{sans, "", 9, soft})
		for _, line := range p.wrap(f.value, width*0.58, style{sans, "", 9, ink}) {
			p.at(x+width*0.42, y, width*0.58, "R", line, style{sans, "", 9, ink})
			y += body.lead() * 1.02
		}
	}
	return y
}

// party prints a captioned block of lines and returns the y below it. The first line is a name.
func (p *page) party(x, y, width float64, name string, lines []string) float64 {
	p.at(x, y, width, "L", name, caption)
	y += 4.6
	for i, l := range lines {
		st := body
		if i == 0 {
			st = strong
		}
		y = p.block(x, y, width, l, st)
	}
	return y
}
