package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/ids"
	"ordo/internal/jsonx"
	"ordo/internal/work"
)

// Ship is the body of POST /v1/fulfillments/{id}/ship.
type Ship struct {
	Carrier        string `json:"carrier,omitzero" maxLength:"100" example:"Royal Mail"`
	TrackingNumber string `json:"tracking_number" maxLength:"100" minLength:"1" example:"RM123456785GB"`
}

// fulfillmentID checks the id in the path and whether the key sees its order.
func (c *call) fulfillmentID() (*fulfillment.Fulfillment, error) {
	id := c.r.PathValue("id")
	if !ids.Valid("ful", id) {
		return nil, errs.Unknown("fulfillment order", id)
	}
	f, err := c.s.app.Fulfillment(c.r.Context(), id)
	if err != nil {
		return nil, away(err)
	}
	if len(c.key.Channels) > 0 {
		if _, err := c.visible(f.Order); err != nil {
			if errs.ClassOf(err) == errs.NotFound {
				err = errs.Unknown("fulfillment order", id)
			}
			return nil, err
		}
	}
	return f, nil
}

func getFulfillment(c *call) error {
	f, err := c.fulfillmentID()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, fulfillmentJSON(f))
}

func listFulfillments(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	limit, err := c.limit()
	if err != nil {
		return err
	}
	after := c.query.Get("cursor")
	if after != "" && !ids.Valid("ful", after) {
		return invalidCursor()
	}
	rows, err := c.s.app.ListFulfillments(c.r.Context(), app.FulfillmentFilter{Location: c.query.Get("location"), Status: c.query.Get("status"), After: after, Limit: limit + 1})
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, fulfillmentJSON, func(f *fulfillment.Fulfillment) string { return f.ID }))
}

// allChannels refuses keys that see only some channels.
func (c *call) allChannels() error {
	if len(c.key.Channels) == 0 {
		return nil
	}
	return c.s.refused(c, errs.New(errs.Forbidden, "all_channels_required", "this needs an API key for all channels"))
}

// fulfill handles release, ship and deliver: one command with three steps.
func fulfill(step string) func(*call) error {
	return func(c *call) error {
		f, err := c.fulfillmentID()
		if err != nil {
			return err
		}
		cmd := app.Fulfill{Fulfillment: f.ID, Step: step}
		if step == "ship" {
			var in Ship
			if err := c.decode(&in); err != nil {
				return err
			}
			cmd.Carrier, cmd.Tracking = in.Carrier, in.TrackingNumber
		} else if err := c.decode(&struct{}{}); err != nil {
			return err
		}
		render := func(v any) work.Answer {
			for _, x := range v.(*app.OrderView).Fulfillments {
				if x.ID == f.ID {
					return work.Answer{Status: http.StatusOK, Body: jsonx.Marshal(fulfillmentJSON(x))}
				}
			}
			return work.Answer{}
		}
		return c.run(
			func(m work.Meta) work.Outcome { return c.s.app.Fulfill(c.r.Context(), cmd, m) },
			func(m work.Meta) (any, error) { return c.s.app.TryFulfill(c.r.Context(), cmd, m) },
			render)
	}
}
