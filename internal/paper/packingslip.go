package paper

import (
	"strconv"

	"ordo/internal/address"
	"ordo/internal/micros"
	"ordo/internal/words"
)

// Sender is the shop as the customer knows it.
type Sender struct {
	Name    string // of the shop
	Address address.Address
	TaxID   string
	Contact string // mail, phone or address of the shop's pages
	Bank    string // where transfers go
}

// lines are the sender's lines of an envelope to a country, the shop's name first.
func (s Sender) lines(to string, say *words.Format) []string {
	lines := postal(s.Address, to, say)
	if len(lines) == 0 || lines[0] != s.Name {
		lines = append([]string{s.Name}, lines...)
	}
	for _, l := range []string{s.TaxID, s.Contact} {
		if l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// PackingSlipData is what lies in the box: what was sent, and what follows. It has no prices, since a box may be a gift.
type PackingSlipData struct {
	Size     Size
	Language string // of people; English for one that there are no words in
	Sender   Sender
	To       address.Address
	Order    string
	PlacedAt micros.Time
	At       micros.Time // when it ships, or is printed
	PackedAt micros.Time // 0: it is still to be packed
	Method   string
	Tracking []string
	Lines    []SlipLine
	Message  string // from the shop or the giver
}

// SlipLine is one product: in this box, and of the whole order.
type SlipLine struct {
	SKU, Name     string
	Here, Ordered int64
	Later         int64    // wanted and not in this box or an earlier one
	Contains      []string // parts of a kit
}

// PackingSlip renders the slip.
func PackingSlip(d PackingSlipData) ([]byte, error) {
	s, err := drawPackingSlip(d)
	if err != nil {
		return nil, err
	}
	return s.bytes()
}

func drawPackingSlip(d PackingSlipData) (*sheet, error) {
	say := tongue(d.Language)
	p := newPage(d.Size, say, say.T("Packing slip")+" "+d.Order, d.At)
	p.foot = d.Sender.Name + " · " + say.T("Order") + " " + d.Order
	p.at(margin, p.y, p.width*0.55, "L", d.Sender.Name, title)
	p.at(margin, p.y+9.5, p.width*0.55, "L", say.T("Packing slip"), style{sans, "", 12, soft})
	p.numbered(d.Order)
	p.y += 27
	half := p.width/2 - 4
	to := p.party(margin, p.y, half, say.T("SHIP TO"), postal(d.To, d.Sender.Address.Country, say))
	p.at(margin+p.width/2+4, p.y, half, "L", say.T("SHIPMENT"), caption)
	facts := []fact{
		{say.T("Order"), d.Order},
		{say.T("Ordered"), p.day(d.PlacedAt)},
	}
	if d.PackedAt != 0 {
		facts = append(facts, fact{say.T("Packed"), p.day(d.PackedAt)})
	}
	facts = append(facts, fact{say.T("Shipping"), d.Method})
	for _, t := range d.Tracking {
		facts = append(facts, fact{say.T("Tracking"), t})
	}
	p.y = max(to, p.facts(margin+p.width/2+4, p.y+4.6, half, facts)) + 7

	p.slipLines(d.Lines, d.PackedAt != 0)
	if d.Message != "" {
		p.y += 5
		p.notes([]string{d.Message})
	}
	if d.Sender.Contact != "" {
		p.need(12)
		p.y += 5
		p.at(margin, p.y, p.width, "L", say.T("Something missing or broken? %s", d.Sender.Contact), body)
	}
	return p.close(), nil
}

func (p *page) slipLines(lines []SlipLine, packed bool) {
	head := p.say.T("To pack")
	if packed {
		head = p.say.T("In this box")
	}
	t := p.table(
		column{p.say.T("Item"), 0.60, "L"},
		column{p.say.T("Ordered"), 0.13, "R"},
		column{head, 0.14, "R"},
		column{p.say.T("To follow"), 0.13, "R"},
	)
	here, later := int64(0), int64(0)
	for _, l := range lines {
		here, later = here+l.Here, later+l.Later
		below := l.SKU
		for _, c := range l.Contains {
			below += " · " + c
		}
		t.row(
			cell{text: l.Name, st: body, below: below, belowSt: code},
			cell{text: strconv.FormatInt(l.Ordered, 10), st: body},
			cell{text: strconv.FormatInt(l.Here, 10), st: strong},
			cell{text: some(l.Later), st: body},
		)
	}
	t.done()
	p.need(12)
	p.y += 3
	sum := p.say.T("%d units to pack", here)
	if packed {
		sum = p.say.T("%d units in this box", here)
	}
	p.at(margin, p.y, p.width*0.87-cellGap, "R", sum, heading)
	p.y += 6
	if later > 0 {
		p.at(margin, p.y, p.width, "R", p.say.T("%d units will follow in another shipment.", later), body)
		p.y += 6
	}
}

// some leaves a zero away: an empty column is read faster than noughts.
func some(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
