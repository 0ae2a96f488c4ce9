package paper

// column is one column of a table; its width is a share of the page's.
type column struct {
	title string
	share float64
	align string // L or R
}

// cell is what stands in one column of a row: text that wraps, and finer print below it. A barcode fills its cell.
type cell struct {
	text    string
	st      style
	below   string
	belowSt style
	bars    string
	box     bool // an empty square to tick
}

// table prints rows under a head that is repeated on every sheet.
type table struct {
	p       *page
	columns []column
}

const (
	cellGap   = 3.0 // between columns
	rowPad    = 2.1 // above and below the text of a row
	barHeight = 9.0
)

func (p *page) table(columns ...column) *table {
	t := &table{p, columns}
	p.again = t.head
	t.head()
	return t
}

// done ends the table: sheets after it have no head of columns.
func (t *table) done() { t.p.again = nil }

// each calls do with the place of every column.
func (t *table) each(do func(i int, c column, x, width float64)) {
	x := float64(margin)
	for i, c := range t.columns {
		w := t.p.width * c.share
		do(i, c, x, w-gapAfter(i, t.columns))
		x += w
	}
}

func gapAfter(i int, columns []column) float64 {
	if i == len(columns)-1 {
		return 0
	}
	return cellGap
}

// head prints the names of the columns; those that are too long for one line take more.
func (t *table) head() {
	lines, most := make([][]string, len(t.columns)), 1
	t.each(func(i int, c column, _, w float64) {
		lines[i] = t.p.wrap(c.title, w, caption)
		most = max(most, len(lines[i]))
	})
	height := 6.6 + float64(most-1)*caption.lead()
	t.p.box(margin-2, t.p.y, t.p.width+4, height, wash)
	t.each(func(i int, c column, x, w float64) {
		for n, l := range lines[i] {
			t.p.at(x, t.p.y+1.6+float64(n)*caption.lead(), w, c.align, l, caption)
		}
	})
	t.p.y += height
}

// row prints one row and keeps it together.
func (t *table) row(cells ...cell) {
	lines := make([][]string, len(cells))
	fine := make([][]string, len(cells))
	height := 0.0
	t.each(func(i int, col column, _, w float64) {
		c := cells[i]
		h := 0.0
		if col.align == "R" {
			cells[i].st = t.p.shrink(c.text, w, c.st)
			c = cells[i]
			lines[i] = []string{c.text}
			h += c.st.lead()
		} else if c.text != "" {
			lines[i] = t.p.wrap(c.text, w, c.st)
			h += float64(len(lines[i])) * c.st.lead()
		}
		if c.below != "" {
			fine[i] = t.p.wrap(c.below, w, c.belowSt)
			h += float64(len(fine[i])) * c.belowSt.lead()
		}
		if c.bars != "" {
			h = max(h, barHeight)
		}
		height = max(height, h)
	})
	t.p.need(height + 2*rowPad)
	top := t.p.y + rowPad
	t.each(func(i int, c column, x, w float64) { t.cell(cells[i], lines[i], fine[i], c.align, x, top, w) })
	t.p.y += height + 2*rowPad
	t.p.rule(margin-2, t.p.y, t.p.width+4, wash)
}

func (t *table) cell(c cell, lines, fine []string, align string, x, y, w float64) {
	if c.box {
		t.p.SetDrawColor(ink[0], ink[1], ink[2])
		t.p.Rect(x, y+0.4, 4.2, 4.2, "D")
	}
	if c.bars != "" && t.p.code128(x, y, w, barHeight, align, c.bars) == nil {
		return // what cannot be bars stands in another column as text
	}
	for _, l := range lines {
		t.p.at(x, y, w, align, l, c.st)
		y += c.st.lead()
	}
	for _, l := range fine {
		t.p.at(x, y, w, align, l, c.belowSt)
		y += c.belowSt.lead()
	}
}
