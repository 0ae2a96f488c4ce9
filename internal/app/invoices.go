package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"ordo/internal/catalog"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/paper"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Invoices are issued and never changed. A sequence is the row that numbers the invoices of a channel are counted in:
// it is locked while one is issued, so a number is given and kept, or never given.
var (
	Invoices = work.NewKind[order.Invoice](work.Spec{
		Table: "invoices", What: "invoice", Rank: 36, Cols: []store.Col{text("order_id"), text("channel"), {Name: "number", Type: store.Int}},
	}, func(v *order.Invoice) []any { return []any{v.Order, v.Channel, v.Sequence} })
	Sequences = work.NewKind[Sequence](work.Spec{Table: "sequences", What: "sequence", Rank: 37}, nil)
)

// Sequence is the last number given.
type Sequence struct {
	doc.Meta
	Last int64 `json:"last"`
}

// InvoiceSequence is the id of a channel's sequence.
func InvoiceSequence(channel string) string { return "invoice/" + channel }

// IssueInvoice issues an invoice for units of an order that stand on none yet.
type IssueInvoice struct {
	Order string
	Units string // order.InvoiceShipped or order.InvoiceOrdered; "" as the channel does
	app   *App
}

// Issued is an invoice with the order that it was issued for.
type Issued struct {
	Invoice *order.Invoice
	Order   *OrderView
}

// Needs implements work.Command.
func (c *IssueInvoice) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *IssueInvoice) Run(u *work.Unit) (Issued, error) {
	if c.Units != "" && !slices.Contains(order.InvoiceUnits, c.Units) {
		var list errs.List
		list.Add("/units", "unknown_value", "give one of %s", strings.Join(order.InvoiceUnits, ", "))
		return Issued{}, list.Err()
	}
	cl, err := c.app.loadSeen(u, c.Order, withoutStock)
	if err != nil {
		return Issued{}, err
	}
	channel, err := Channels.Ref(u, cl.Order.Channel)
	if err != nil {
		return Issued{}, err
	}
	units := c.Units
	if units == "" {
		units = order.InvoiceShipped
		if channel.IssuesAt(catalog.IssueAtPlacement) {
			units = order.InvoiceOrdered
		}
	}
	inv, err := cl.bill(u, channel, units)
	if err != nil {
		return Issued{}, err
	}
	v, err := cl.save(u)
	return Issued{inv, v}, err
}

// bill issues an invoice under the channel's next number.
func (c *cluster) bill(u *work.Unit, channel *catalog.Channel, units string) (*order.Invoice, error) {
	inv, o, err := order.Bill(c.Order, units)
	if err != nil {
		return nil, err
	}
	id := InvoiceSequence(channel.ID)
	seq, found, err := Sequences.Find(u, id)
	if err != nil {
		return nil, err
	}
	if !found {
		seq = &Sequence{Meta: doc.Meta{ID: id}}
	}
	seq.Last++
	if err := Sequences.Put(u, seq); err != nil {
		return nil, err
	}
	inv.ID, inv.Sequence, inv.Number = u.NewID("inv"), seq.Last, order.InvoiceNumber(channel.InvoicePrefix(), seq.Last)
	inv.Seller = order.Seller(channel.Sender())
	inv.Language = paperLanguage(c.Order, channel)
	inv.IssuedAt = u.Now()
	inv.DueAt = inv.IssuedAt.Add(time.Duration(channel.Invoices.DueDays) * 24 * time.Hour)
	o.Invoices = append(slices.Clone(o.Invoices), inv.ID)
	c.Order = o
	Invoices.Create(u, inv)
	public := order.PublicInvoice(inv)
	public.Version = 1
	c.record("invoice.issued", Body{Invoice: public})
	return inv, nil
}

// billByPolicy issues what the channel's setting asks for: when units ship, those; when an order is accepted, or more
// is added to it, all that is wanted.
func (c *cluster) billByPolicy(u *work.Unit) error {
	channel, err := Channels.Ref(u, c.Order.Channel)
	if err != nil || channel == nil {
		return err
	}
	units := ""
	switch o := c.Order; {
	case channel.IssuesAt(catalog.IssueAtShipment) && o.ShippedUnits() > c.shippedBefore():
		units = order.InvoiceShipped
	case channel.IssuesAt(catalog.IssueAtPlacement) && o.Status == order.Open:
		units = order.InvoiceOrdered
	default:
		return nil
	}
	if _, err = c.bill(u, channel, units); errs.Is(err, "nothing_to_invoice") {
		return nil
	}
	return err
}

func (c *cluster) shippedBefore() int64 {
	if c.before == nil {
		return 0
	}
	return c.before.ShippedUnits()
}

// IssueInvoice runs IssueInvoice.
func (a *App) IssueInvoice(ctx context.Context, c IssueInvoice, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryIssueInvoice is IssueInvoice without effect: the invoice has no id and no number.
func (a *App) TryIssueInvoice(ctx context.Context, c IssueInvoice, meta work.Meta) (Issued, error) {
	c.app = a
	done, err := work.DryRun(ctx, a.Committer, &c, meta)
	if err == nil {
		done.Invoice.ID, done.Invoice.Number, done.Invoice.Sequence = "", "", 0
	}
	return done, err
}

// Invoice reads an invoice of an order.
func (a *App) Invoice(ctx context.Context, o *order.Order, id string) (*order.Invoice, error) {
	if !slices.Contains(o.Invoices, id) {
		return nil, errs.Unknown("invoice", id)
	}
	return one(ctx, a.DB, Invoices, id)
}

// InvoicesOf reads the invoices of an order, in the order they were issued.
func (a *App) InvoicesOf(ctx context.Context, o *order.Order) ([]*order.Invoice, error) {
	return many(ctx, a.DB, Invoices, o.Invoices)
}

// InvoicePaper renders an invoice.
func (a *App) InvoicePaper(ctx context.Context, o *order.Order, id string) (Paper, error) {
	v, err := a.Invoice(ctx, o, id)
	if err != nil {
		return Paper{}, err
	}
	d := paper.InvoiceData{
		Size: paper.SizeFor(v.BillTo.Country), Language: v.Language, Sender: paper.Sender(v.Seller), BillTo: v.BillTo, ShipTo: v.ShipTo, Number: v.Number, Order: v.OrderNumber,
		IssuedAt: v.IssuedAt, DueAt: v.DueAt, Currency: v.Currency,
		Items: v.Totals.Items, Discount: v.Totals.Discount, Shipping: v.Totals.Shipping, Total: v.Totals.GrandTotal,
	}
	for _, l := range v.Lines {
		var rates []string
		for _, t := range l.TaxLines {
			rates = append(rates, t.Rate)
		}
		d.Lines = append(d.Lines, paper.InvoiceLine{
			SKU: l.SKU, Name: l.Name, Quantity: l.Quantity, UnitPrice: l.UnitPrice, Discount: l.Discount, TaxRates: rates,
			Total: l.UnitPrice*l.Quantity - l.Discount,
		})
	}
	for _, t := range v.Taxes() {
		d.Taxes = append(d.Taxes, paper.InvoiceTax{Name: t.Name, Rate: t.Rate, Amount: t.Amount, Included: t.Included})
	}
	pdf, err := paper.Invoice(d)
	return Paper{"invoice-" + fileName(v.Number) + ".pdf", pdf}, err
}

// fileName leaves of a number what no file system minds.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, s)
}
