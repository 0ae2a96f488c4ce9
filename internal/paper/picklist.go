package paper

import (
	"strconv"

	"ordo/internal/micros"
	"ordo/internal/words"
)

// PickListData is what a picker needs: where, how many, of what, in the order of the walk.
type PickListData struct {
	Size     Size
	Language string // of people; English for one that there are no words in
	Location string // name and code of the place
	Work     string // the fulfillment order's id
	Order    string // the order's number, also as a barcode
	Channel  string
	Method   string      // shipping method
	ShipBy   micros.Time // 0: no promise
	At       micros.Time
	Lines    []PickLine
	Notes    []string
}

// PickLine is one stop of a picker.
type PickLine struct {
	SKU, Name, Bin string
	Quantity       int64
	PartOf         string // the kit that it goes into, if any
}

// PickList renders the list. Every SKU that can be one is printed as a barcode to scan.
func PickList(d PickListData) ([]byte, error) {
	s, err := drawPickList(d)
	if err != nil {
		return nil, err
	}
	return s.bytes()
}

func drawPickList(d PickListData) (*sheet, error) {
	say := tongue(d.Language)
	p := newPage(d.Size, say, say.T("Pick list")+" "+d.Order, d.At)
	p.foot = say.T("Pick list") + " · " + say.T("Order") + " " + d.Order + " · " + d.Location
	p.at(margin, p.y, p.width*0.55, "L", say.T("Pick list"), title)
	p.numbered(d.Order)
	bottom := p.facts(margin, p.y+12, p.width*0.52, []fact{
		{say.T("Location"), d.Location},
		{say.T("Order"), d.Order},
		{say.T("Work"), d.Work},
		{say.T("Channel"), d.Channel},
		{say.T("Shipping"), d.Method},
		{say.T("Ship by"), p.day(d.ShipBy)},
		{say.T("Printed"), p.minute(d.At)},
	})
	p.y = max(bottom, p.y+24) + 5
	p.notes(d.Notes)

	t := p.table(
		column{"", 0.05, "L"},
		column{say.T("Qty"), 0.11, "R"},
		column{say.T("Item"), 0.40, "L"},
		column{say.T("Scan"), 0.32, "L"},
		column{say.T("Picked"), 0.12, "R"},
	)
	units := int64(0)
	for _, l := range d.Lines {
		units += l.Quantity
		t.row(
			cell{box: true},
			cell{text: strconv.FormatInt(l.Quantity, 10), st: style{sans, "B", 14, ink}},
			cell{text: where(l.Bin, l.SKU), st: codeBold, below: partOf(l, say), belowSt: style{sans, "", 9, ink}},
			cell{bars: l.SKU},
			cell{text: "_____", st: style{sans, "", 12, faint}},
		)
	}
	t.done()
	p.need(20)
	p.y += 4
	p.at(margin, p.y, p.width/2, "L", say.T("%d lines", len(d.Lines))+", "+say.T("%d units", units), heading)
	p.y += 12
	p.signed(say.T("Picked by, time"), say.T("Checked by, time"))
	return p.close(), nil
}

// signed prints lines to sign on.
func (p *page) signed(by ...string) {
	for i, who := range by {
		x := margin + float64(i)*p.width/2
		p.rule(x, p.y, p.width/2-8, ink)
		p.at(x, p.y+1, p.width/2-8, "L", who, small)
	}
}

// numbered prints a number as bars at the top right, with the number below. What bars cannot say stays text.
func (p *page) numbered(number string) {
	const w, h = 70.0, 13.0
	x := margin + p.width - w
	if p.code128(x, p.y, w, h, "R", number) != nil {
		p.at(x, p.y, w, "R", number, title)
		return
	}
	p.at(x, p.y+h+1, w-quiet*maxModule, "R", number, style{mono, "", 10, ink})
}

// notes prints remarks that nobody should miss.
func (p *page) notes(list []string) {
	for _, n := range list {
		lines := p.wrap(n, p.width-6, body)
		h := float64(len(lines))*body.lead() + 4
		p.need(h + 2)
		p.box(margin-2, p.y, p.width+4, h, wash)
		p.box(margin-2, p.y, 1.2, h, ink)
		p.block(margin+3, p.y+2, p.width-6, n, body)
		p.y += h + 2
	}
	if len(list) > 0 {
		p.y += 2
	}
}

func where(bin, sku string) string {
	if bin == "" {
		return sku
	}
	return bin + "  " + sku
}

func partOf(l PickLine, say *words.Format) string {
	if l.PartOf == "" {
		return l.Name
	}
	return say.T("%s (part of %s)", l.Name, l.PartOf)
}

// day prints a date without its time, in UTC; "" for none.
func (p *page) day(t micros.Time) string {
	if t == 0 {
		return ""
	}
	return p.say.DayOf(t.Std())
}

// minute prints a time to the minute, in UTC.
func (p *page) minute(t micros.Time) string { return p.say.Minute(t.Std()) }
