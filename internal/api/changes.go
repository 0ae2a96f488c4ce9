package api

import (
	"net/http"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/order"
	"ordo/internal/work"
)

// OrderDetails is the body of POST /v1/orders/{id}/details. What is left out stays as it is.
type OrderDetails struct {
	Customer        *Customer        `json:"customer,omitzero" doc:"whole"`
	ShippingAddress *address.Address `json:"shipping_address,omitzero" doc:"whole"`
	BillingAddress  *address.Address `json:"billing_address,omitzero" doc:"whole"`
	ShippingMethod  *string          `json:"shipping_method,omitzero" maxLength:"64" doc:"a method of the channel's table; empty for none"`
}

func changeDetails(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	var in OrderDetails
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.ChangeDetails{Order: id, Details: order.Details{
		Customer: (*order.Customer)(in.Customer), ShippingAddress: in.ShippingAddress, BillingAddress: in.BillingAddress, ShippingMethod: in.ShippingMethod,
	}}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.ChangeOrderDetails(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryOrderDetails(c.r.Context(), cmd, m) },
		orderAnswer(http.StatusOK))
}
