package api

import (
	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/customer"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/order"
)

// Rows of files have the form of requests, so that what was exported can be imported. What they show beside is passed
// over then.

var _ app.RowCodec = (*Server)(nil)

// orderRow is the body of POST /v1/orders.
type orderRow struct {
	PlaceOrder
	ID                string       `json:"id,omitzero"`
	Number            string       `json:"number,omitzero"`
	Status            string       `json:"status,omitzero"`
	PaymentStatus     string       `json:"payment_status,omitzero"`
	FulfillmentStatus string       `json:"fulfillment_status,omitzero"`
	PlacedAt          string       `json:"placed_at,omitzero"`
	GrandTotal        *money.Money `json:"grand_total,omitzero"`
}

// PlacementRow implements app.RowCodec.
func (s *Server) PlacementRow(body []byte, may func(string) bool) (p order.Placement, id string, err error) {
	var in orderRow
	if err := jsonx.Decode(body, &in); err != nil {
		return p, "", err
	}
	if in.priced() && !may("orders:price") {
		return p, "", errs.New(errs.Forbidden, "missing_scope", "prices, discounts, shipping charges and taxes need the scope orders:price").With("scope", "orders:price")
	}
	return in.placement(), in.ID, nil
}

// OrderRowOf implements app.RowCodec. Money that was paid is none of an import's: it is recorded as arranged.
func (s *Server) OrderRowOf(o *order.Order) any {
	of := func(amount int64) money.Money { return money.Money{Amount: amount, Currency: o.Currency} }
	total := of(o.Totals.GrandTotal)
	row := orderRow{
		PlaceOrder: PlaceOrder{
			Channel: o.Channel, ExternalID: o.ExternalID, Customer: Customer(o.Customer), ShippingAddress: o.ShippingAddress, Pickup: o.Pickup,
			Tags: o.Tags, Fields: o.Fields, Payment: PlacePayment{Provider: app.Manual}, Language: o.Language, SuppressNotifications: o.SuppressNotifications,
		},
		ID: o.ID, Number: o.Number, Status: string(o.Status), PaymentStatus: string(o.PaymentStatus), FulfillmentStatus: string(o.FulfillmentStatus),
		PlacedAt: o.PlacedAt.String(), GrandTotal: &total,
	}
	if o.BillingAddress != (address.Address{}) {
		row.BillingAddress = &o.BillingAddress
	}
	if row.ShippingMethod = o.Shipping.Method; o.Shipping.Given {
		row.ShippingMethod, row.Shipping = "", &PlaceShipping{o.Shipping.Method, of(o.Shipping.Amount)}
	}
	for _, d := range o.Discounts {
		row.Discounts = append(row.Discounts, PlaceDiscount{d.Code, of(d.Amount), d.Line})
	}
	for _, l := range o.Lines {
		price, taxes := of(l.UnitPrice), []TaxLine{}
		for _, t := range l.TaxLines {
			taxes = append(taxes, TaxLine{t.Name, t.Rate, of(t.Amount), t.Included})
		}
		row.Lines = append(row.Lines, PlaceLine{l.SKU, l.Quantity, &price, &taxes})
	}
	return row
}

// productRow is the body of PUT /v1/products/{sku} with the SKU.
type productRow struct {
	SKU string `json:"sku"`
	PutProduct
}

// ProductRow implements app.RowCodec.
func (s *Server) ProductRow(body []byte) (*catalog.Product, error) {
	var in productRow
	if err := jsonx.Decode(body, &in); err != nil {
		return nil, err
	}
	if in.SKU == "" {
		var list errs.List
		list.Add("/sku", "required", "give the SKU")
		return nil, list.Err()
	}
	return in.product(in.SKU), nil
}

// ProductRowOf implements app.RowCodec.
func (s *Server) ProductRowOf(p *catalog.Product) any {
	active := p.Active
	return productRow{p.ID, PutProduct{
		Name: p.Name, Price: p.Price, WeightGrams: p.WeightGrams, Dimensions: (*Dimensions)(p.Dimensions), TaxClass: p.TaxClass, Active: &active, Components: p.Components,
	}}
}

func (in *PutProduct) product(sku string) *catalog.Product {
	if in.TaxClass == "" {
		in.TaxClass = catalog.DefaultTaxClass
	}
	return &catalog.Product{
		Meta: doc.Meta{ID: sku}, Name: in.Name, Price: in.Price, WeightGrams: in.WeightGrams, Dimensions: (*catalog.Dimensions)(in.Dimensions),
		TaxClass: in.TaxClass, Active: yes(in.Active), Components: in.Components,
	}
}

// customerRow is the body of PUT /v1/customers/{id} with the id.
type customerRow struct {
	ID string `json:"id,omitzero"`
	SaveCustomer
}

// CustomerRow implements app.RowCodec.
func (s *Server) CustomerRow(body []byte) (customer.Customer, error) {
	var in customerRow
	if err := jsonx.Decode(body, &in); err != nil {
		return customer.Customer{}, err
	}
	c := in.customer()
	c.ID = in.ID
	return c, nil
}

// CustomerRowOf implements app.RowCodec. Notes are about somebody, and stay.
func (s *Server) CustomerRowOf(c *customer.Customer) any {
	row := customerRow{c.ID, SaveCustomer{Email: c.Email, Name: c.Name, Phone: c.Phone, Language: c.Language, Tags: c.Tags}}
	for _, a := range c.Addresses {
		row.Addresses = append(row.Addresses, CustomerAddress(a))
	}
	return row
}
