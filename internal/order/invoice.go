package order

import (
	"fmt"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// Invoice is a demand for payment as it was issued: copies, which no later change of the order, the channel or the
// catalog touches. It is never changed.
type Invoice struct {
	doc.Meta
	Order       string          `json:"order"`
	OrderNumber string          `json:"order_number"`
	Channel     string          `json:"channel"`
	Sequence    int64           `json:"sequence"` // 1, 2, 3, … in its channel, without gaps
	Number      string          `json:"number"`   // as it is printed: prefix and sequence
	Currency    string          `json:"currency"`
	Language    string          `json:"language,omitzero"` // of its paper
	Seller      Seller          `json:"seller"`
	BillTo      address.Address `json:"bill_to,omitzero"`
	ShipTo      address.Address `json:"ship_to,omitzero"`
	Lines       []InvoiceLine   `json:"lines"`
	Shipping    Shipping        `json:"shipping,omitzero"`
	Totals      Totals          `json:"totals"`
	IssuedAt    micros.Time     `json:"issued_at"`
	DueAt       micros.Time     `json:"due_at"`
}

// Seller is who demands the payment.
type Seller struct {
	Name    string          `json:"name"`
	Address address.Address `json:"address,omitzero"`
	TaxID   string          `json:"tax_id,omitzero"`
	Contact string          `json:"contact,omitzero"`
	Bank    string          `json:"bank,omitzero"`
}

// InvoiceLine is a quantity of an order line with its shares of the line's discount and taxes.
type InvoiceLine struct {
	Line      string    `json:"line"`
	SKU       string    `json:"sku"`
	Name      string    `json:"name"`
	Quantity  int64     `json:"quantity"`
	UnitPrice int64     `json:"unit_price"`
	Discount  int64     `json:"discount,omitzero"`
	TaxLines  []TaxLine `json:"tax_lines,omitzero"`
}

// What an invoice is for.
const (
	InvoiceShipped = "shipped" // units that have shipped and stand on no invoice yet
	InvoiceOrdered = "ordered" // all units that are wanted and stand on no invoice yet
)

// InvoiceUnits lists both.
var InvoiceUnits = []string{InvoiceShipped, InvoiceOrdered}

// Bill makes the invoice of the order's units that are due for one, and notes on the lines that they are invoiced.
// The first invoice carries shipping. The shares of a line's discount and taxes count from its first unit, so that
// all invoices of an order add up to its total whatever way it is split (O1, R4).
func Bill(o *Order, units string) (*Invoice, *Order, error) {
	if o.Status != Open && o.Status != Completed {
		return nil, o, errs.IllegalTransition("the order", string(o.Status), "invoice", Steps(o))
	}
	inv := &Invoice{
		Order: o.ID, OrderNumber: o.Number, Channel: o.Channel, Currency: o.Currency, ShipTo: o.ShippingAddress, BillTo: o.BillingAddress,
	}
	if inv.BillTo == (address.Address{}) {
		inv.BillTo = o.ShippingAddress
	}
	c := Clone(o)
	for i := range c.Lines {
		l := &c.Lines[i]
		to := l.Units.Shipped
		if units == InvoiceOrdered {
			to = l.Kept()
		}
		if to > l.Invoiced {
			inv.Lines = append(inv.Lines, l.bill(l.Invoiced, to))
			l.Invoiced = to
		}
	}
	if len(inv.Lines) == 0 {
		return nil, o, errs.New(errs.Conflict, "nothing_to_invoice", "all units that %s stand on an invoice already, or there are none", map[string]string{
			InvoiceShipped: "have shipped", InvoiceOrdered: "are ordered",
		}[units])
	}
	if len(o.Invoices) == 0 {
		inv.Shipping = o.Shipping
	}
	t, err := inv.Sum()
	inv.Totals = t
	return inv, c, err
}

// bill takes the units from to to of the line, counted from its first.
func (l Line) bill(from, to int64) InvoiceLine {
	part := func(amount int64) int64 { return l.share(amount, to) - l.share(amount, from) }
	out := InvoiceLine{Line: l.ID, SKU: l.SKU, Name: l.Name, Quantity: to - from, UnitPrice: l.UnitPrice, Discount: part(l.Discount)}
	for _, t := range l.TaxLines {
		t.Amount = part(t.Amount)
		out.TaxLines = append(out.TaxLines, t)
	}
	return out
}

// Sum computes the invoice's totals from its lines and shipping.
func (v *Invoice) Sum() (t Totals, err error) {
	add := func(sum *int64, amount int64) {
		if err == nil {
			*sum, err = money.Add(*sum, amount)
		}
	}
	taxes := func(lines []TaxLine) {
		for _, l := range lines {
			add(taxSum(&t, l), l.Amount)
		}
	}
	for _, l := range v.Lines {
		amount, merr := money.Mul(l.UnitPrice, l.Quantity)
		if merr != nil {
			return t, merr
		}
		add(&t.Items, amount)
		add(&t.Discount, l.Discount)
		taxes(l.TaxLines)
	}
	add(&t.Shipping, v.Shipping.Amount)
	taxes(v.Shipping.TaxLines)
	for _, amount := range []int64{t.Items, -t.Discount, t.Shipping, t.Tax} {
		add(&t.GrandTotal, amount)
	}
	return t, err
}

// Taxes are the sums of the invoice's taxes, one for each name, rate and kind, in the order they appear.
func (v *Invoice) Taxes() (sums []TaxLine) {
	add := func(lines []TaxLine) {
		for _, l := range lines {
			found := false
			for i := range sums {
				if s := &sums[i]; s.Name == l.Name && s.Rate == l.Rate && s.Included == l.Included {
					s.Amount += l.Amount
					found = true
				}
			}
			if !found {
				sums = append(sums, l)
			}
		}
	}
	for _, l := range v.Lines {
		add(l.TaxLines)
	}
	add(v.Shipping.TaxLines)
	return sums
}

// InvoiceNumber is the number as it is printed.
func InvoiceNumber(prefix string, sequence int64) string {
	return fmt.Sprintf("%s%06d", prefix, sequence)
}

// PublicInvoice returns the invoice without personal data; that is the order's, whose events carry it. The country
// stays, for reports.
func PublicInvoice(v *Invoice) *Invoice {
	p := *v
	p.BillTo, p.ShipTo = address.Address{Country: v.BillTo.Country}, address.Address{Country: v.ShipTo.Country}
	return &p
}
