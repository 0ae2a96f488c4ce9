package paper

import (
	"fmt"
	"strconv"

	"ordo/internal/address"
	"ordo/internal/micros"
)

// Sender is the shop as the customer knows it.
type Sender struct {
	Name    string // of the shop
	Address address.Address
	TaxID   string
	Contact string // mail, phone or address of the shop's pages
	Bank    string // where transfers go
}

// lines are the sender's lines of an envelope, the shop's name first.
func (s Sender) lines() []string {
	lines := postal(s.Address)
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
	p := newPage(d.Size, "Packing slip "+d.Order, d.At)
	p.foot = d.Sender.Name + " · order " + d.Order
	p.at(margin, p.y, p.width*0.55, "L", d.Sender.Name, title)
	p.at(margin, p.y+9.5, p.width*0.55, "L", "Packing slip", style{sans, "", 12, soft})
	p.numbered(d.Order)
	p.y += 27
	half := p.width/2 - 4
	to := p.party(margin, p.y, half, "SHIP TO", postal(d.To))
	p.at(margin+p.width/2+4, p.y, half, "L", "SHIPMENT", caption)
	facts := []fact{
		{"Order", d.Order},
		{"Ordered", dayOrNone(d.PlacedAt)},
	}
	if d.PackedAt != 0 {
		facts = append(facts, fact{"Packed", dayOrNone(d.PackedAt)})
	}
	facts = append(facts, fact{"Shipping", d.Method})
	for _, t := range d.Tracking {
		facts = append(facts, fact{"Tracking", t})
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
		p.at(margin, p.y, p.width, "L", "Something missing or broken? "+d.Sender.Contact, body)
	}
	return p.close(), nil
}

func (p *page) slipLines(lines []SlipLine, packed bool) {
	head, all := "To pack", " to pack"
	if packed {
		head, all = "In this box", " in this box"
	}
	t := p.table(
		column{"Item", 0.60, "L"},
		column{"Ordered", 0.13, "R"},
		column{head, 0.14, "R"},
		column{"To follow", 0.13, "R"},
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
	p.at(margin, p.y, p.width*0.87-cellGap, "R", count(here, "unit")+all, heading)
	p.y += 6
	if later > 0 {
		p.at(margin, p.y, p.width, "R", fmt.Sprintf("%s will follow in another shipment.", count(later, "unit")), body)
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
