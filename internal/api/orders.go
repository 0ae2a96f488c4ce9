package api

import (
	"net/http"
	"strconv"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/work"
)

// PlaceOrder is the body of POST /v1/orders. What it gives for prices, discounts, shipping and taxes is final; what
// it leaves out comes from the catalog and the channel's tables.
type PlaceOrder struct {
	Channel         string           `json:"channel" example:"web" doc:"code of the sales channel" minLength:"1" maxLength:"64"`
	ExternalID      string           `json:"external_id,omitzero" maxLength:"128" doc:"the channel's own id; unique per channel"`
	Customer        Customer         `json:"customer"`
	ShippingAddress address.Address  `json:"shipping_address,omitzero" doc:"needed unless the customer picks it up; name, line1, city and country are required; postal_code where the country has them"`
	BillingAddress  *address.Address `json:"billing_address,omitzero" doc:"where the invoice goes; without it to the shipping address"`
	Pickup          string           `json:"pickup,omitzero" maxLength:"64" doc:"code of the location where the customer picks it up"`
	Tags            []string         `json:"tags,omitzero" maxItems:"50" doc:"to find the order by; stored in the journal for good, so nothing about persons"`
	Fields          map[string]any   `json:"fields,omitzero" doc:"custom fields by their code; stored in the journal for good, so nothing about persons"`
	Lines           []PlaceLine      `json:"lines" minItems:"1" maxItems:"1000"`
	Discounts       []PlaceDiscount  `json:"discounts,omitzero" doc:"needs scope orders:price; people may give as much as discount_percent of their roles" maxItems:"100"`
	ShippingMethod  string           `json:"shipping_method,omitzero" doc:"a method of the channel's table" maxLength:"64"`
	Shipping        *PlaceShipping   `json:"shipping,omitzero" doc:"a finished charge instead of the table; needs scope orders:price"`
	Payment         PlacePayment     `json:"payment"`
	Reservation     string           `json:"reservation,omitzero" doc:"id of a cart's reservation that this order takes over" pattern:"^rsv_[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$"`
	Payments        []PlaceTender    `json:"payments,omitzero" maxItems:"10" doc:"further payments with their amounts, such as store credit"`

	Language              string `json:"language,omitzero" maxLength:"35" doc:"of mails to the customer, BCP 47; the channel's when left out" example:"de"`
	SuppressNotifications bool   `json:"suppress_notifications,omitzero" doc:"the customer gets no notifications about the order: for orders that come from the past, or whose customer hears of them elsewhere"`
}

// PlaceLine is one line of a placement.
type PlaceLine struct {
	SKU       string       `json:"sku" minLength:"1" maxLength:"64" doc:"stock keeping unit; repeated ones stay separate lines" example:"MUG"`
	Quantity  int64        `json:"quantity" minimum:"1" maximum:"1000000" example:"2"`
	UnitPrice *money.Money `json:"unit_price,omitzero" doc:"instead of the catalog's; needs scope orders:price"`
	TaxLines  *[]TaxLine   `json:"tax_lines,omitzero" doc:"instead of the channel's table; needs scope orders:price"`
}

// PlaceDiscount is a finished discount.
type PlaceDiscount struct {
	Code   string      `json:"code" minLength:"1" maxLength:"200" example:"AUTUMN"`
	Amount money.Money `json:"amount"`
	Line   string      `json:"line,omitzero" doc:"number of the line from 1; without it the whole order"`
}

// PlaceShipping is a finished shipping charge.
type PlaceShipping struct {
	Method string      `json:"method,omitzero" maxLength:"200"`
	Amount money.Money `json:"amount"`
}

// PlacePayment says how the order is paid.
type PlacePayment struct {
	Provider  string `json:"provider" example:"manual" doc:"manual (invoice, bank transfer, cash on delivery), store_credit, or a configured provider such as sandbox" minLength:"1" maxLength:"64"`
	Token     string `json:"token,omitzero" doc:"the provider's name for the card; sandbox: tok_ok, tok_declined, tok_timeout, tok_ok_slow; store_credit: id of the account" maxLength:"500"`
	Method    string `json:"method,omitzero" maxLength:"64" doc:"on manual: how the money is to arrive" example:"bank_transfer"`
	TermsDays int64  `json:"terms_days,omitzero" minimum:"0" maximum:"365" doc:"on manual: net terms, days until it is due"`
}

// PlaceTender is a payment that pays a part of the order.
type PlaceTender struct {
	Provider  string       `json:"provider" example:"store_credit" minLength:"1" maxLength:"64"`
	Token     string       `json:"token,omitzero" maxLength:"500" doc:"as in payment; the account of store_credit"`
	Method    string       `json:"method,omitzero" maxLength:"64" doc:"on manual: how the money is to arrive"`
	TermsDays int64        `json:"terms_days,omitzero" minimum:"0" maximum:"365" doc:"on manual: net terms, days until it is due"`
	Amount    *money.Money `json:"amount,omitzero" doc:"required when the order is placed; later without it all that is due and not authorized yet"`
}

func (p *PlaceOrder) placement() order.Placement {
	out := order.Placement{
		Channel: p.Channel, ExternalID: p.ExternalID, Customer: order.Customer(p.Customer), ShippingAddress: p.ShippingAddress, Pickup: p.Pickup, Tags: p.Tags, Fields: p.Fields,
		ShippingMethod: p.ShippingMethod, PaymentProvider: p.Payment.Provider, PaymentToken: p.Payment.Token, Reservation: p.Reservation,
		PaymentMethod: p.Payment.Method, TermsDays: p.Payment.TermsDays, Lines: make([]order.PlacementLine, len(p.Lines)),
	}
	out.Language, out.SuppressNotifications = p.Language, p.SuppressNotifications
	for _, t := range p.Payments {
		out.Tenders = append(out.Tenders, order.Tender(t))
	}
	for i, l := range p.Lines {
		line := order.PlacementLine{SKU: l.SKU, Quantity: l.Quantity, UnitPrice: l.UnitPrice, TaxGiven: l.TaxLines != nil}
		if l.TaxLines != nil {
			for _, t := range *l.TaxLines {
				line.TaxLines = append(line.TaxLines, order.PlacementTax(t))
			}
		}
		out.Lines[i] = line
	}
	if p.BillingAddress != nil {
		out.BillingAddress = *p.BillingAddress
	}
	for _, d := range p.Discounts {
		out.Discounts = append(out.Discounts, order.PlacementDiscount(d))
	}
	if p.Shipping != nil {
		out.Shipping = &order.PlacementShipping{Method: p.Shipping.Method, Amount: p.Shipping.Amount}
	}
	return out
}

// priced reports whether the placement sets amounts itself, beside discounts.
func (p *PlaceOrder) priced() bool {
	for _, l := range p.Lines {
		if l.UnitPrice != nil || l.TaxLines != nil {
			return true
		}
	}
	return p.Shipping != nil
}

func placeOrder(c *call) error {
	var in PlaceOrder
	if err := c.decode(&in); err != nil {
		return err
	}
	p, err := c.mayPlace(&in)
	if err != nil {
		return err
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Place(c.r.Context(), p, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryPlace(c.r.Context(), p, m) },
		func(v any) work.Answer {
			if v.(*app.OrderView).Existing {
				return orderAnswer(http.StatusOK)(v)
			}
			return orderAnswer(http.StatusCreated)(v)
		})
}

func orderAnswer(code int) func(any) work.Answer { return rendered(code, orderJSON) }

// orderID checks the id in the path and whether the key sees the order; both failures look the same.
func (c *call) orderID() (string, error) {
	id := c.r.PathValue("id")
	if len(c.key.Channels) == 0 && ids.Valid("ord", id) {
		return id, nil
	}
	_, err := c.visible(id)
	return id, err
}

// visible reads an order that the key sees.
func (c *call) visible(id string) (*app.OrderView, error) {
	if !ids.Valid("ord", id) {
		return nil, errs.Unknown("order", id)
	}
	v, err := c.s.app.Order(c.r.Context(), id)
	if err != nil {
		return nil, away(err)
	}
	if !c.key.Sees(v.Order.Channel) {
		return nil, c.s.refused(c, errs.Unknown("order", id))
	}
	return v, nil
}

func getOrder(c *call) error {
	v, err := c.visible(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	m, past, err := c.moment("as_of")
	if err != nil {
		return err
	}
	if past {
		if v, err = c.s.app.OrderAsOf(c.r.Context(), v, m); err != nil {
			return away(err)
		}
	}
	return c.reply(http.StatusOK, orderJSON(v))
}

// moment reads a time or a version.
func (c *call) moment(name string) (m app.Moment, ok bool, err error) {
	if n, err := strconv.ParseInt(c.query.Get(name), 10, 64); err == nil && n > 0 {
		return app.Moment{Version: n}, true, nil
	}
	m.At, ok, err = c.timeParam(name)
	return m, ok, err
}

func listOrders(c *call) error {
	q := c.query
	f := app.OrderFilter{
		Status: q.Get("status"), PaymentStatus: q.Get("payment_status"), FulfillmentStatus: q.Get("fulfillment_status"), Channel: q.Get("channel"),
		Channels: c.key.Channels, Customer: q.Get("customer"), Tag: q.Get("tag"), Hold: q.Get("hold"), Query: q.Get("q"), Before: q.Get("cursor"),
	}
	limit, err := c.limit()
	if err != nil {
		return err
	}
	if f.Before != "" && !ids.Valid("ord", f.Before) {
		return invalidCursor()
	}
	f.Limit = limit + 1
	orders, err := c.s.app.ListOrders(c.r.Context(), f)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(orders, limit, listedJSON, func(o *order.Order) string { return o.ID }))
}

func invalidCursor() error {
	return errs.New(errs.Malformed, "invalid_cursor", "the cursor is not one that this list gave")
}

// pageOf cuts a page that was read with one row too many, and says where the next one begins.
func pageOf[T, V any](rows []T, limit int, view func(T) V, cursor func(T) string) List[V] {
	out := List[V]{Data: []V{}}
	if len(rows) > limit {
		rows = rows[:limit]
		out.NextCursor = cursor(rows[limit-1])
	}
	for _, r := range rows {
		out.Data = append(out.Data, view(r))
	}
	return out
}

// CancelOrder is the body of POST /v1/orders/{id}/cancel.
type CancelOrder struct {
	Reason string      `json:"reason" enum:"customer,out_of_stock,fraud,payment,expired,other"`
	Lines  *[]LineUnit `json:"lines,omitzero" minItems:"1" maxItems:"1000" doc:"units to give up; without it the whole order, of which nothing may have shipped"`
}

// LineUnit is a quantity of an order line.
type LineUnit struct {
	Line     string `json:"line" doc:"id of the line" example:"1"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"1000000" example:"1"`
}

func cancelOrder(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	var in CancelOrder
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.CancelOrder{Order: id, Reason: in.Reason}
	if in.Lines != nil {
		cmd.Lines = make([]order.Units, len(*in.Lines))
		for i, l := range *in.Lines {
			cmd.Lines[i] = order.Units(l)
		}
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.CancelLines(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryCancel(c.r.Context(), cmd, m) },
		orderAnswer(http.StatusOK))
}

func orderTimeline(c *call) error {
	v, err := c.visible(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	after, limit, err := c.seqPage()
	if err != nil {
		return err
	}
	rows, err := c.s.app.Timeline(c.r.Context(), v.Order.ID, after, limit+1)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, c.events(rows, limit))
}

// Receipt is the body of POST /v1/orders/{id}/payments/{payment}/receipts.
type Receipt struct {
	Amount    money.Money `json:"amount" doc:"in the currency of the payment, at most what is still open"`
	Reference string      `json:"reference,omitzero" maxLength:"200" doc:"for example the bank's reference"`
}

func recordReceipt(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	var in Receipt
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.RecordReceipt{Order: id, Payment: c.r.PathValue("payment"), Amount: in.Amount.Amount, Currency: in.Amount.Currency, Reference: in.Reference}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.ReceiveMoney(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryReceiveMoney(c.r.Context(), cmd, m) },
		orderAnswer(http.StatusOK))
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
