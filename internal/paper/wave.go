package paper

import (
	"strconv"
	"strings"

	"ordo/internal/micros"
)

// WaveData is what somebody picks on one walk for many orders.
type WaveData struct {
	Size     Size
	Code     string // of the location
	Location string // name and code of the place
	At       micros.Time
	Lines    []WaveLine // in the order of the walk
	Orders   []WaveOrder
}

// WaveLine is one stop: a product, and the orders that it is for.
type WaveLine struct {
	SKU, Name string
	Quantity  int64
	For       []WaveShare
}

// WaveShare is what of a stop goes to one order.
type WaveShare struct {
	Order    string
	Quantity int64
}

// WaveOrder is one of the orders, with its number as a barcode that the scan page takes.
type WaveOrder struct {
	Order string
	Work  string // the fulfillment order's id
	Units int64
}

// WavePickList renders the walk, and after it the orders that what was picked is sorted into.
func WavePickList(d WaveData) ([]byte, error) {
	s, err := drawWavePickList(d)
	if err != nil {
		return nil, err
	}
	return s.bytes()
}

func drawWavePickList(d WaveData) (*sheet, error) {
	p := newPage(d.Size, "Pick list "+d.Location, d.At)
	units := int64(0)
	for _, l := range d.Lines {
		units += l.Quantity
	}
	sum := count(int64(len(d.Orders)), "order") + ", " + count(int64(len(d.Lines)), "line") + ", " + count(units, "unit")
	p.foot = "Pick list · " + d.Location + " · " + count(int64(len(d.Orders)), "order")
	p.at(margin, p.y, p.width, "L", "Pick list", title)
	p.y = p.facts(margin, p.y+12, p.width, []fact{{"Location", d.Location}, {"Wave", sum}, {"Printed", minute(d.At)}}) + 5

	t := p.table(
		column{"", 0.05, "L"},
		column{"Qty", 0.10, "R"},
		column{"Item", 0.32, "L"},
		column{"Scan", 0.28, "L"},
		column{"For orders", 0.25, "L"},
	)
	for _, l := range d.Lines {
		t.row(
			cell{box: true},
			cell{text: strconv.FormatInt(l.Quantity, 10), st: style{sans, "B", 14, ink}},
			cell{text: l.SKU, st: codeBold, below: l.Name, belowSt: style{sans, "", 9, ink}},
			cell{bars: l.SKU},
			cell{text: shares(l.For), st: style{sans, "", 9, ink}},
		)
	}
	t.done()
	p.need(20)
	p.y += 6
	p.at(margin, p.y, p.width, "L", "Sort into", heading)
	p.y += 8
	t = p.table(
		column{"", 0.05, "L"},
		column{"Order", 0.25, "L"},
		column{"Units", 0.12, "R"},
		column{"Scan", 0.34, "L"},
		column{"Work", 0.24, "L"},
	)
	for _, o := range d.Orders {
		t.row(
			cell{box: true},
			cell{text: o.Order, st: codeBold},
			cell{text: strconv.FormatInt(o.Units, 10), st: style{sans, "B", 12, ink}},
			cell{bars: o.Order},
			cell{text: strings.ToUpper(o.Work[max(0, len(o.Work)-6):]), st: style{mono, "", 10, ink}},
		)
	}
	t.done()
	p.need(20)
	p.y += 12
	for i, who := range []string{"Picked by", "Sorted by"} {
		x := margin + float64(i)*p.width/2
		p.rule(x, p.y, p.width/2-8, ink)
		p.at(x, p.y+1, p.width/2-8, "L", who+", time", small)
	}
	return p.close(), nil
}

func shares(of []WaveShare) string {
	parts := make([]string, len(of))
	for i, s := range of {
		parts[i] = strconv.FormatInt(s.Quantity, 10) + " × " + s.Order
	}
	return strings.Join(parts, ", ")
}
