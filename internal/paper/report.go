package paper

import "ordo/internal/micros"

// ReportData is a report as it is printed: everything in it is text already, in the units and zones of who asked.
type ReportData struct {
	Size     Size // A4 on its side if left out
	Language string
	Question string
	Title    string
	Facts    [][2]string // what was asked, name and value; what has no value is left out
	Chart    *ReportChart
	Totals   ReportTable // the numbers of the whole time, one below the other
	Table    ReportTable
	About    string
	MadeAt   string      // with its zone
	At       micros.Time // the same, for the file
}

// ReportChart is one number of the rows. Its bars stand in the order of time, or lie below one another.
type ReportChart struct {
	Title     string
	Top, Half string // what the tallest bar and half of it are worth; of standing bars
	Standing  bool
	Compared  bool // Before is there
	Bars      []ReportBar
}

// ReportBar is a bar with its share of the tallest, from 0 to 1.
type ReportBar struct {
	Label, Text string
	Now, Before float64
}

// ReportTable is rows of labels and numbers. Tables that are too wide for a sheet are printed in parts, each with all
// labels.
type ReportTable struct {
	Title   string
	Labels  []string // names of the columns of text
	Numbers []string // and of those of numbers
	Notes   string   // name of a last column of text; "" for none
	Rows    []ReportRow
}

// ReportRow is a row of a table. Each number may have the one that it is compared with below it.
type ReportRow struct {
	Labels  []string
	Numbers [][2]string
	Note    string
}

// Widths of the columns of reports, and lengths of what may stand in them: nobody's long word fills a sheet.
const (
	nameWidth   = 36.0
	numberWidth = 25.0
	maxLabel    = 160
	maxFact     = 400
	chartHeight = 52.0
	sideHeight  = 5.6
	sideLabel   = 62.0
	sideValue   = 34.0
	axisWidth   = 24.0
)

// Report renders a report.
func Report(d ReportData) ([]byte, error) { return drawReport(d).bytes() }

func drawReport(d ReportData) *sheet {
	if d.Size == (Size{}) {
		d.Size = Size{A4.Height, A4.Width}
	}
	p := newPage(d.Size, tongue(d.Language), d.Question, d.At)
	p.foot = p.say.T("%s · made %s", d.Title, d.MadeAt)
	p.y = p.block(margin, p.y, p.width, short(d.Question, maxLabel), title)
	p.at(margin, p.y+0.5, p.width, "L", d.Title, style{sans, "", 12, soft})
	p.y += 9
	list := make([]fact, 0, len(d.Facts))
	for _, f := range d.Facts {
		list = append(list, fact{f[0], short(f[1], maxFact)})
	}
	half := (len(list) + 1) / 2
	left := p.asked(margin, p.y, p.width/2-6, list[:half])
	p.y = max(left, p.asked(margin+p.width/2, p.y, p.width/2, list[half:])) + 4
	if d.Chart != nil {
		p.chart(d.Chart)
	}
	if len(d.Table.Rows) == 0 && len(d.Totals.Rows) == 0 {
		p.y = p.block(margin, p.y+2, p.width, p.say.T("Nothing counts in this time."), body) + 3
	}
	p.reportTable(d.Totals)
	if d.About != "" {
		p.need(20)
		p.y = p.block(margin, p.y+2.5, p.width, d.About, style{sans, "", 8.5, soft}) + 1
	}
	p.reportTable(d.Table)
	return p.close()
}

// asked prints names with their values beside them, and returns the y below.
func (p *page) asked(x, y, width float64, list []fact) float64 {
	name, value := style{sans, "", 9, soft}, style{sans, "", 9, ink}
	for _, f := range list {
		if f.value != "" {
			p.at(x, y, 32, "L", f.name, name)
			y = p.block(x+33, y, width-33, f.value, value)
		}
	}
	return y
}

// short cuts text that is too long for its place on paper.
func short(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// chart draws bars in grays that stay apart on any printer: what is now is dark, what it is compared with is an outline.
func (p *page) chart(c *ReportChart) {
	height := chartHeight + 14
	if !c.Standing {
		height = float64(len(c.Bars))*sideHeight + 12
	}
	p.need(height)
	p.at(margin, p.y, p.width, "L", c.Title, heading)
	if c.Compared {
		p.legend()
	}
	p.y += 7
	if c.Standing {
		p.standing(c)
	} else {
		p.lying(c)
	}
}

func (p *page) legend() {
	x := margin + p.width - 52
	p.box(x, p.y+0.8, 3.4, 3.4, ink)
	p.at(x+4.6, p.y+0.6, 18, "L", p.say.T("now"), small)
	p.outline(x+24, p.y+0.8, 3.4, 3.4)
	p.at(x+28.6, p.y+0.6, 24, "L", p.say.T("before"), small)
}

func (p *page) outline(x, y, width, height float64) {
	p.box(x, y, width, height, wash)
	p.SetDrawColor(soft[0], soft[1], soft[2])
	p.Rect(x, y, width, height, "D")
}

// standing draws bars over time, above an axis with as many names as fit.
func (p *page) standing(c *ReportChart) {
	left, width := margin+axisWidth, p.width-axisWidth
	for i, text := range []string{c.Top, c.Half, "0"} {
		y := p.y + chartHeight*float64(i)/2
		p.rule(left, y, width, faint)
		p.at(margin, y-1.6, axisWidth-2, "R", text, small)
	}
	slot := width / float64(len(c.Bars))
	for i, b := range c.Bars {
		x, w := left+slot*(float64(i)+0.12), slot*0.76
		if c.Compared {
			w /= 2
			if h := chartHeight * b.Before; h > 0 {
				p.outline(x, p.y+chartHeight-h, w, h)
			}
			x += w
		}
		if h := chartHeight * b.Now; h > 0 {
			p.box(x, p.y+chartHeight-h, w, h, ink)
		}
	}
	p.rule(left, p.y+chartHeight, width, ink)
	const each = 26.0 // a name needs so much
	step := max(1, int(each/slot)+1)
	if slot >= each {
		step = 1
	}
	for i := 0; i < len(c.Bars); i += step {
		x := left + slot*(float64(i)+0.5)
		at := min(max(x-each/2, left), left+width-each)
		align := "C"
		if at == left {
			align = "L"
		}
		p.at(at, p.y+chartHeight+1, each, align, c.Bars[i].Label, small)
	}
	p.y += chartHeight + 8
}

// lying draws bars below one another, each with its name and its number.
func (p *page) lying(c *ReportChart) {
	width := p.width - sideLabel - sideValue - 4
	for _, b := range c.Bars {
		p.at(margin, p.y+0.4, sideLabel-3, "L", short(b.Label, maxLabel), small)
		x := margin + sideLabel
		if c.Compared {
			if w := width * b.Before; w > 0 {
				p.outline(x, p.y+0.6, w, sideHeight-1.6)
			}
			p.box(x, p.y+1.7, max(width*b.Now, 0.1), sideHeight-3.8, ink)
		} else {
			p.box(x, p.y+0.8, max(width*b.Now, 0.1), sideHeight-2, ink)
		}
		p.at(margin+p.width-sideValue, p.y+0.4, sideValue, "R", b.Text, style{sans, "", 8, ink})
		p.y += sideHeight
	}
	p.y += 3
}

// reportTable prints a table in as many parts as it takes.
func (p *page) reportTable(t ReportTable) {
	if len(t.Rows) == 0 {
		return
	}
	labels, notes := min(nameWidth*float64(len(t.Labels)), p.width/2), 0.0
	if t.Notes != "" {
		labels, notes = 52, p.width/2
	}
	fit := max(1, int((p.width-labels-notes)/numberWidth))
	parts := (len(t.Numbers) + fit - 1) / fit
	for i := range parts {
		from, to := i*len(t.Numbers)/parts, (i+1)*len(t.Numbers)/parts
		name := t.Title
		if parts > 1 && t.Notes == "" {
			name += " · " + p.say.T("%s to %s", t.Numbers[from], t.Numbers[to-1])
		}
		p.need(30)
		p.at(margin, p.y+3, p.width, "L", name, heading)
		p.y += 9.5
		p.part(t, from, to, labels, notes)
		p.y += 3
	}
}

// part prints the rows with some of their numbers.
func (p *page) part(t ReportTable, from, to int, labels, notes float64) {
	number := min((p.width-labels-notes)/float64(to-from), 46)
	if notes == 0 {
		labels = p.width - number*float64(to-from)
	} else {
		notes = p.width - labels - number*float64(to-from)
	}
	var columns []column
	for _, name := range t.Labels {
		columns = append(columns, column{name, labels / float64(len(t.Labels)) / p.width, "L"})
	}
	for _, name := range t.Numbers[from:to] {
		columns = append(columns, column{name, number / p.width, "R"})
	}
	if notes > 0 {
		columns = append(columns, column{t.Notes, notes / p.width, "L"})
	}
	text, fine := style{sans, "", 8.5, ink}, style{sans, "", 7.5, soft}
	table := p.table(columns...)
	for _, row := range t.Rows {
		cells := make([]cell, 0, len(columns))
		for _, s := range row.Labels {
			cells = append(cells, cell{text: short(s, maxLabel), st: text})
		}
		for _, n := range row.Numbers[from:to] {
			cells = append(cells, cell{text: n[0], st: text, below: n[1], belowSt: fine})
		}
		if notes > 0 {
			cells = append(cells, cell{text: row.Note, st: style{sans, "", 8.5, soft}})
		}
		table.row(cells...)
	}
	table.done()
}
