package paper

import (
	"strconv"
	"strings"

	"ordo/internal/micros"
)

// WaveData is what somebody picks on one walk for many orders.
type WaveData struct {
	Size     Size
	Language string // of people; English for one that there are no words in
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
	say := tongue(d.Language)
	p := newPage(d.Size, say, say.T("Pick list")+" "+d.Location, d.At)
	units := int64(0)
	for _, l := range d.Lines {
		units += l.Quantity
	}
	orders := say.T("%d orders", len(d.Orders))
	sum := orders + ", " + say.T("%d lines", len(d.Lines)) + ", " + say.T("%d units", units)
	p.foot = say.T("Pick list") + " · " + d.Location + " · " + orders
	p.at(margin, p.y, p.width, "L", say.T("Pick list"), title)
	p.y = p.facts(margin, p.y+12, p.width, []fact{{say.T("Location"), d.Location}, {say.T("Wave"), sum}, {say.T("Printed"), p.minute(d.At)}}) + 5

	t := p.table(
		column{"", 0.05, "L"},
		column{say.T("Qty"), 0.10, "R"},
		column{say.T("Item"), 0.32, "L"},
		column{say.T("Scan"), 0.28, "L"},
		column{say.T("For orders"), 0.25, "L"},
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
	p.at(margin, p.y, p.width, "L", say.T("Sort into"), heading)
	p.y += 8
	t = p.table(
		column{"", 0.05, "L"},
		column{say.T("Order"), 0.25, "L"},
		column{say.T("Units"), 0.12, "R"},
		column{say.T("Scan"), 0.34, "L"},
		column{say.T("Work"), 0.24, "L"},
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
	p.signed(say.T("Picked by, time"), say.T("Sorted by, time"))
	return p.close(), nil
}

func shares(of []WaveShare) string {
	parts := make([]string, len(of))
	for i, s := range of {
		parts[i] = strconv.FormatInt(s.Quantity, 10) + " × " + s.Order
	}
	return strings.Join(parts, ", ")
}
