package api

import (
	"net/http"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/ids"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/work"
)

// Invoice is an invoice as it was issued. In a dry run id and number are null.
type Invoice struct {
	ID             *string         `json:"id" doc:"null in a dry run"`
	Order          string          `json:"order"`
	OrderNumber    string          `json:"order_number"`
	Channel        string          `json:"channel"`
	Number         *string         `json:"number" doc:"without gaps in its channel; null in a dry run" example:"WEB-000001"`
	Currency       string          `json:"currency"`
	Language       string          `json:"language,omitzero" enum:"en,de" doc:"of its PDF: that of the order when it was issued, else of its channel"`
	Seller         Seller          `json:"seller" doc:"as it stood in the channel"`
	BillTo         address.Address `json:"bill_to"`
	ShipTo         address.Address `json:"ship_to"`
	Lines          []InvoiceLine   `json:"lines"`
	ShippingMethod string          `json:"shipping_method,omitzero"`
	Taxes          []TaxLine       `json:"taxes" doc:"sums by name and rate"`
	Totals         Totals          `json:"totals"`
	IssuedAt       string          `json:"issued_at" format:"date-time"`
	DueAt          string          `json:"due_at" format:"date-time"`
}

// InvoiceLine is a quantity of an order line with its shares of discount and taxes.
type InvoiceLine struct {
	Line      string      `json:"line" doc:"id of the order line"`
	SKU       string      `json:"sku"`
	Name      string      `json:"name"`
	Quantity  int64       `json:"quantity"`
	UnitPrice money.Money `json:"unit_price"`
	Discount  money.Money `json:"discount"`
	TaxLines  []TaxLine   `json:"tax_lines,omitzero"`
	Total     money.Money `json:"total" doc:"unit price times quantity - discount"`
}

// IssueInvoice is the body of POST /v1/orders/{id}/invoices.
type IssueInvoice struct {
	Units string `json:"units,omitzero" enum:"shipped,ordered" doc:"shipped: units that have shipped and stand on no invoice; ordered: all that are wanted and stand on none. Without it as the channel does"`
}

func invoiceJSON(v *order.Invoice) Invoice {
	in := func(n int64) money.Money { return money.Money{Amount: n, Currency: v.Currency} }
	out := Invoice{
		ID: orNull(v.ID), Order: v.Order, OrderNumber: v.OrderNumber, Channel: v.Channel, Number: orNull(v.Number), Currency: v.Currency, Language: v.Language, Seller: Seller(v.Seller),
		BillTo: v.BillTo, ShipTo: v.ShipTo, Lines: make([]InvoiceLine, len(v.Lines)), ShippingMethod: v.Shipping.Method,
		Taxes:  append([]TaxLine{}, taxJSON(v.Taxes(), in)...),
		Totals: totalsJSON(v.Totals, in), IssuedAt: v.IssuedAt.String(), DueAt: v.DueAt.String(),
	}
	for i, l := range v.Lines {
		out.Lines[i] = InvoiceLine{l.Line, l.SKU, l.Name, l.Quantity, in(l.UnitPrice), in(l.Discount), taxJSON(l.TaxLines, in), in(l.UnitPrice*l.Quantity - l.Discount)}
	}
	return out
}

func issueInvoice(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	var in IssueInvoice
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.IssueInvoice{Order: id, Units: in.Units}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.IssueInvoice(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryIssueInvoice(c.r.Context(), cmd, m) },
		func(v any) work.Answer {
			return work.Answer{Status: http.StatusCreated, Body: jsonx.Marshal(invoiceJSON(v.(app.Issued).Invoice))}
		})
}

func listInvoices(c *call) error {
	v, err := c.visible(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	rows, err := c.s.app.InvoicesOf(c.r.Context(), v.Order)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, len(rows), invoiceJSON, func(*order.Invoice) string { return "" }))
}

// invoiceID checks both ids in the path.
func (c *call) invoiceID() (*order.Order, string, error) {
	v, err := c.visible(c.r.PathValue("id"))
	if err != nil {
		return nil, "", err
	}
	id := c.r.PathValue("invoice")
	if !ids.Valid("inv", id) {
		id = "" // no order has that
	}
	return v.Order, id, nil
}

func getInvoice(c *call) error {
	o, id, err := c.invoiceID()
	if err != nil {
		return err
	}
	v, err := c.s.app.Invoice(c.r.Context(), o, id)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, invoiceJSON(v))
}

func invoicePaper(c *call) error {
	o, id, err := c.invoiceID()
	if err != nil {
		return err
	}
	p, err := c.s.app.InvoicePaper(c.r.Context(), o, id)
	if err != nil {
		return away(err)
	}
	return c.document(p)
}
