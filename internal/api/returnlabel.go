package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/shipping"
	"ordo/internal/work"
)

// BuyReturnLabel is the body of POST /v1/returns/{id}/label.
type BuyReturnLabel struct {
	Carrier string  `json:"carrier,omitzero" maxLength:"64" doc:"instead of choosing"`
	Service string  `json:"service,omitzero" maxLength:"64" doc:"of the carrier, or of any"`
	Parcel  *Parcel `json:"parcel,omitzero" doc:"instead of what the products weigh"`
}

func buyReturnLabel(c *call) error {
	v, err := c.returnID()
	if err != nil {
		return err
	}
	var in BuyReturnLabel
	if err := c.decode(&in); err != nil {
		return err
	}
	r := app.LabelRequest{Return: v.Return.ID, Carrier: in.Carrier, Service: in.Service, Parcel: (*shipping.Parcel)(in.Parcel)}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.BuyLabel(c.r.Context(), r, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryBuyLabel(c.r.Context(), r, m) },
		labelAnswer(http.StatusCreated))
}
