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
	numbers, err := c.s.app.OrderNumbers(c.r.Context(), []*fulfillment.Fulfillment{f})
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, fulfillmentJSON(f, numbers[f.Order]))
}

func listFulfillments(c *call) error {
	after, limit, err := c.sharedPage("ful")
	if err != nil {
		return err
	}
	rows, err := c.s.app.ListFulfillments(c.r.Context(), app.FulfillmentFilter{
		Location: c.query.Get("location"), Status: c.query.Get("status"), Stage: c.query.Get("stage"), Order: c.query.Get("order"), After: after, Limit: limit + 1,
	})
	if err != nil {
		return away(err)
	}
	numbers, err := c.s.app.OrderNumbers(c.r.Context(), rows)
	if err != nil {
		return away(err)
	}
	view := func(f *fulfillment.Fulfillment) Fulfillment { return fulfillmentJSON(f, numbers[f.Order]) }
	return c.reply(http.StatusOK, pageOf(rows, limit, view, func(f *fulfillment.Fulfillment) string { return f.ID }))
}

// allChannels refuses keys that see only some channels.
func (c *call) allChannels() error {
	if len(c.key.Channels) == 0 {
		return nil
	}
	return c.s.refused(c, errs.New(errs.Forbidden, "all_channels_required", "this needs an API key for all channels"))
}

// fulfillBody is the body of a step.
type fulfillBody interface{ into(*app.Fulfill) error }

// fulfill handles all steps: one command, and a body that says how.
func fulfill[B fulfillBody](step string) func(*call) error {
	return func(c *call) error {
		f, err := c.fulfillmentID()
		if err != nil {
			return err
		}
		cmd := app.Fulfill{Fulfillment: f.ID, Step: step}
		var in B
		if err := c.decode(&in); err != nil {
			return err
		}
		if err := in.into(&cmd); err != nil {
			return err
		}
		render := func(v any) work.Answer {
			after := v.(*app.OrderView)
			for _, x := range after.Fulfillments {
				if x.ID == f.ID {
					return work.Answer{Status: http.StatusOK, Body: jsonx.Marshal(fulfillmentJSON(x, after.Order.Number))}
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

// ReleaseMany is the body of POST /v1/fulfillment-releases.
type ReleaseMany struct {
	IDs []string `json:"ids" minItems:"1" maxItems:"200" doc:"of fulfillment orders"`
}

// ReleasedMany says of each what became of it.
type ReleasedMany struct {
	Data []ReleasedOne `json:"data"`
}

// ReleasedOne is one of many that were to be released.
type ReleasedOne struct {
	ID       string `json:"id"`
	Released bool   `json:"released"`
	Status   string `json:"status,omitzero" doc:"its state now"`
	Code     string `json:"code,omitzero" doc:"why it is not released: a problem code"`
	Detail   string `json:"detail,omitzero"`
}

func releaseMany(c *call) error {
	var in ReleaseMany
	if err := c.decode(&in); err != nil {
		return err
	}
	if err := c.allChannels(); err != nil {
		return err
	}
	render := rendered(http.StatusOK, releasedJSON)
	m, err := c.meta(render)
	if err != nil {
		return err
	}
	return c.answer(c.s.app.ReleaseMany(c.r.Context(), in.IDs, m), render)
}

func releasedJSON(rows []app.Released) ReleasedMany {
	out := ReleasedMany{Data: make([]ReleasedOne, len(rows))}
	for i, r := range rows {
		one := ReleasedOne{ID: r.ID, Released: r.Err == nil}
		if r.Fulfillment != nil {
			one.Status = string(r.Fulfillment.Status)
		}
		if e := errs.As(r.Err); e != nil {
			one.Code, one.Detail = e.Code, e.Detail
		}
		out.Data[i] = one
	}
	return out
}
