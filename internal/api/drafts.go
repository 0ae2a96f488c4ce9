package api

import (
	"net/http"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/work"
)

// DraftOrder is the body of POST /v1/drafts and PUT /v1/drafts/{id}: a placement that may still lack parts.
type DraftOrder struct {
	Channel         string           `json:"channel" example:"web" doc:"code of the sales channel; a draft stays in it" minLength:"1" maxLength:"64"`
	ExternalID      string           `json:"external_id,omitzero" maxLength:"128" doc:"the channel's own id; it is taken when the draft is placed"`
	Customer        *DraftCustomer   `json:"customer,omitzero"`
	ShippingAddress address.Address  `json:"shipping_address,omitzero" doc:"as far as it is known"`
	BillingAddress  *address.Address `json:"billing_address,omitzero"`
	Pickup          string           `json:"pickup,omitzero" maxLength:"64" doc:"code of the location where the customer picks it up"`
	Tags            []string         `json:"tags,omitzero" maxItems:"50" doc:"without them those that it has stay"`
	Fields          map[string]any   `json:"fields,omitzero" doc:"custom fields by their code; without them those that it has stay"`
	Lines           []PlaceLine      `json:"lines" minItems:"1" maxItems:"1000"`
	Discounts       []PlaceDiscount  `json:"discounts,omitzero" doc:"needs scope orders:price; people may give as much as discount_percent of their roles" maxItems:"100"`
	ShippingMethod  string           `json:"shipping_method,omitzero" doc:"a method of the channel's table" maxLength:"64"`
	Shipping        *PlaceShipping   `json:"shipping,omitzero" doc:"a finished charge instead of the table; needs scope orders:price"`

	Language              string `json:"language,omitzero" maxLength:"35" doc:"of mails to the customer, BCP 47; the channel's when left out" example:"de"`
	SuppressNotifications bool   `json:"suppress_notifications,omitzero" doc:"the customer gets no notifications about the order"`
}

// DraftCustomer is who is going to order, as far as it is known.
type DraftCustomer struct {
	Email string `json:"email,omitzero" maxLength:"254"`
	Phone string `json:"phone,omitzero" maxLength:"40"`
	Name  string `json:"name,omitzero" maxLength:"200"`
}

// PlaceDraft is the body of POST /v1/orders/{id}/place.
type PlaceDraft struct {
	Payment  PlacePayment  `json:"payment"`
	Payments []PlaceTender `json:"payments,omitzero" maxItems:"10" doc:"further payments with their amounts, such as store credit"`
}

// full is the placement that the draft may become.
func (d *DraftOrder) full() PlaceOrder {
	p := PlaceOrder{
		Channel: d.Channel, ExternalID: d.ExternalID, ShippingAddress: d.ShippingAddress, BillingAddress: d.BillingAddress, Pickup: d.Pickup, Tags: d.Tags, Fields: d.Fields,
		Lines: d.Lines, Discounts: d.Discounts, ShippingMethod: d.ShippingMethod, Shipping: d.Shipping, Language: d.Language, SuppressNotifications: d.SuppressNotifications,
	}
	if d.Customer != nil {
		p.Customer = Customer(*d.Customer)
	}
	return p
}

// mayPlace makes a placement of what was sent. It refuses one of another channel than the key's, or with prices that it
// may not set. Who has no orders:price may give discounts as far as their roles say.
func (c *call) mayPlace(in *PlaceOrder) (p order.Placement, err error) {
	if in.Channel != "" && !c.key.Sees(in.Channel) {
		return p, c.s.refused(c, errs.New(errs.Forbidden, "channel_forbidden", "the API key may not place orders for channel %q", errs.Clip(in.Channel)))
	}
	p = in.placement()
	if c.key.Allows("orders:price") {
		return p, nil
	}
	if in.priced() || len(in.Discounts) > 0 && c.key.Discount == 0 {
		return p, c.s.refused(c, errs.New(errs.Forbidden, "missing_scope", "prices, discounts, shipping charges and taxes need the scope orders:price").With("scope", "orders:price"))
	}
	p.MaxDiscount = &c.key.Discount
	return p, nil
}

func createDraft(c *call) error { return c.writeDraft("", http.StatusCreated) }

func replaceDraft(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	return c.writeDraft(id, http.StatusOK)
}

func (c *call) writeDraft(id string, code int) error {
	var in DraftOrder
	if err := c.decode(&in); err != nil {
		return err
	}
	full := in.full()
	p, err := c.mayPlace(&full)
	if err != nil {
		return err
	}
	cmd := app.WriteDraft{Placement: p, Draft: id}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.SaveDraft(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryDraft(c.r.Context(), cmd, m) },
		orderAnswer(code))
}

func placeDraft(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	var in PlaceDraft
	if err := c.decode(&in); err != nil {
		return err
	}
	pay := (&PlaceOrder{Payment: in.Payment, Payments: in.Payments}).placement()
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.PlaceDraft(c.r.Context(), id, pay, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryPlaceDraft(c.r.Context(), id, pay, m) },
		orderAnswer(http.StatusCreated))
}
