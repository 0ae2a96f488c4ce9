package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/mail"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/paper"
	"ordo/internal/people"
)

// A Paper is a rendered document. Nothing of it is stored: it is made of stored facts whenever it is asked for.
type Paper struct {
	Name string // of the file
	PDF  []byte
}

// work to be done at a location, with what stands on its papers.
type shipment struct {
	*fulfillment.Fulfillment
	order    *order.Order
	channel  *catalog.Channel
	location *catalog.Location
}

func (a *App) shipment(ctx context.Context, id string) (*shipment, error) {
	f, err := a.Fulfillment(ctx, id)
	if err != nil {
		return nil, err
	}
	if f.Status == fulfillment.Canceled || f.Status == fulfillment.Rejected {
		return nil, errs.New(errs.Conflict, "nothing_to_print", "the fulfillment order is %s: there is nothing to pick or pack", f.Status)
	}
	s := &shipment{Fulfillment: f}
	if s.order, err = one(ctx, a.DB, Orders, f.Order); err != nil {
		return nil, err
	}
	if s.channel, err = a.Channel(ctx, s.order.Channel); err != nil {
		return nil, err
	}
	s.location, err = a.Location(ctx, f.Location)
	return s, err
}

// PickList renders what a location takes off its shelves for a fulfillment order; kits stand there as their parts.
func (a *App) PickList(ctx context.Context, id string) (Paper, error) {
	s, err := a.shipment(ctx, id)
	if err != nil {
		return Paper{}, err
	}
	d := paper.PickListData{
		Size: paper.SizeFor(s.location.Address.Country), Location: s.location.Name + " (" + s.location.ID + ")", Work: s.ID, Order: s.order.Number,
		Channel: s.channel.Name, Method: s.method(), At: micros.Of(time.Now()),
	}
	names, err := a.partNames(ctx, s.order)
	if err != nil {
		return Paper{}, err
	}
	for _, l := range s.Lines {
		line := s.order.Line(l.Line)
		if line == nil {
			return Paper{}, fmt.Errorf("app: fulfillment order %s has no line %s in its order", s.ID, l.Line)
		}
		n := l.Quantity
		if s.Status == fulfillment.Picking {
			n -= l.Picked // the rest of the walk
		}
		if n == 0 {
			continue
		}
		if len(line.Components) == 0 {
			d.Lines = append(d.Lines, paper.PickLine{SKU: l.SKU, Name: line.Name, Quantity: n})
		}
		for _, part := range line.Components {
			d.Lines = append(d.Lines, paper.PickLine{SKU: part.SKU, Name: names[part.SKU], Quantity: n * part.Quantity, PartOf: line.Name})
		}
	}
	pdf, err := paper.PickList(d)
	return Paper{"pick-list-" + s.order.Number + ".pdf", pdf}, err
}

// partNames are the names of the products that the order's kits consist of.
func (a *App) partNames(ctx context.Context, o *order.Order) (map[string]string, error) {
	var skus []string
	for _, l := range o.Lines {
		for _, part := range l.Components {
			skus = append(skus, part.SKU)
		}
	}
	products, err := many(ctx, a.DB, Products, skus)
	names := make(map[string]string, len(products))
	for _, p := range products {
		names[p.ID] = p.Name
	}
	return names, err
}

// PackingSlip renders what lies in the box of a fulfillment order, and what of the order follows.
func (a *App) PackingSlip(ctx context.Context, id string) (Paper, error) {
	s, err := a.shipment(ctx, id)
	if err != nil {
		return Paper{}, err
	}
	d := paper.PackingSlipData{
		Size: paper.SizeFor(s.order.ShippingAddress.Country), Language: paperLanguage(s.order, s.channel), Sender: sender(s.channel.Sender()), To: s.order.ShippingAddress, Order: s.order.Number,
		PlacedAt: s.order.PlacedAt, At: s.ShippedAt, PackedAt: s.PackedAt, Method: s.method(),
	}
	if d.PackedAt == 0 { // what ships without a step for it was packed then
		d.PackedAt = s.ShippedAt
	}
	if d.At == 0 {
		d.At = micros.Of(time.Now())
	}
	if s.TrackingNumber != "" {
		d.Tracking = []string{strings.TrimSpace(s.Carrier + " " + s.TrackingNumber)}
	}
	for _, p := range s.Packages {
		if p.TrackingNumber != "" && p.TrackingNumber != s.TrackingNumber {
			d.Tracking = append(d.Tracking, strings.TrimSpace(p.Carrier+" "+p.TrackingNumber))
		}
	}
	here := map[string]int64{}
	for _, l := range s.Lines {
		here[l.Line] += l.Quantity
	}
	for _, l := range s.order.Lines {
		if l.Kept() > 0 {
			d.Lines = append(d.Lines, s.slipLine(l, here[l.ID]))
		}
	}
	pdf, err := paper.PackingSlip(d)
	return Paper{"packing-slip-" + s.order.Number + ".pdf", pdf}, err
}

func (s *shipment) slipLine(l order.Line, here int64) paper.SlipLine {
	gone := l.Units.Shipped
	if s.ShippedAt == 0 {
		gone += here
	}
	out := paper.SlipLine{SKU: l.SKU, Name: l.Name, Here: here, Ordered: l.Kept(), Later: max(l.Kept()-gone, 0)}
	for _, part := range l.Components {
		out.Contains = append(out.Contains, fmt.Sprintf("%d × %s", part.Quantity, part.SKU))
	}
	return out
}

// method is the name of the shipping method; what the channel does not know any more stands there as its code.
func (s *shipment) method() string {
	code := s.order.Shipping.Method
	for _, m := range s.channel.ShippingMethods {
		if m.Code == code {
			return m.Name
		}
	}
	return code
}

// paperLanguage is the language of the papers that a customer gets. It is chosen as that of mails: the order's, else its
// channel's, of those that Ordo writes in.
func paperLanguage(o *order.Order, ch *catalog.Channel) string {
	for _, l := range mail.Languages(o.Language, ch.Mails.Language) {
		if slices.Contains(people.Languages, l) {
			return l
		}
	}
	return people.Languages[0]
}

func sender(s catalog.Seller) paper.Sender { return paper.Sender(s) }
