package api

import (
	"net/http"
	"strings"

	"ordo/internal/app"
	"ordo/internal/errs"
)

// Wave is what could be released together at a location.
type Wave struct {
	Location     string      `json:"location"`
	Fulfillments int64       `json:"fulfillments" doc:"how many are in data"`
	Lines        int64       `json:"lines" doc:"of all of them"`
	Units        int64       `json:"units" doc:"of all of them"`
	Held         int64       `json:"held" doc:"that match and that a hold keeps from being released"`
	More         bool        `json:"more" doc:"further ones match, or could: the oldest 2000 that wait at the location are looked at"`
	Data         []WaveOrder `json:"data" doc:"the oldest first"`
}

// WaveOrder is a fulfillment order that waits to be released.
type WaveOrder struct {
	ID             string `json:"id"`
	Order          string `json:"order" doc:"id of the order"`
	OrderNumber    string `json:"order_number"`
	ShippingMethod string `json:"shipping_method,omitzero" doc:"code; none for what the customer comes for"`
	Carrier        string `json:"carrier,omitzero" doc:"that of the shipping method, if it names one"`
	Lines          int64  `json:"lines"`
	Units          int64  `json:"units"`
	Latest         string `json:"latest,omitzero" doc:"the day by which its first line is promised"`
	CreatedAt      string `json:"created_at" format:"date-time"`
}

func waveJSON(w *app.Wave) Wave {
	out := Wave{Location: w.Location, Fulfillments: int64(len(w.Ready)), Held: int64(w.Held), More: w.More, Data: []WaveOrder{}}
	for _, x := range w.Ready {
		one := WaveOrder{
			ID: x.ID, Order: x.Order, OrderNumber: x.Number, ShippingMethod: x.Method, Carrier: x.Carrier, Lines: int64(len(x.Lines)), Units: x.Units(),
			Latest: x.Latest, CreatedAt: x.At.String(),
		}
		out.Lines += one.Lines
		out.Units += one.Units
		out.Data = append(out.Data, one)
	}
	return out
}

func planWave(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	q := c.query
	if q.Get("location") == "" {
		return errs.New(errs.Malformed, "invalid_parameter", "name a location: what is released together is picked at one")
	}
	most, err := c.limit()
	if err != nil {
		return err
	}
	f := app.WaveFilter{Location: q.Get("location"), Method: q.Get("shipping_method"), Carrier: q.Get("carrier"), Lines: q.Get("lines"), Most: most}
	if at := q.Get("before"); at != "" {
		if f.Before, err = moment("before", at); err != nil {
			return errs.New(errs.Malformed, "invalid_parameter", "before is a time of RFC 3339 such as 2026-11-28T14:00:00Z")
		}
	}
	wave, err := c.s.app.PlanWave(c.r.Context(), f)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, waveJSON(wave))
}

func pickListOfMany(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	var names []string
	for id := range strings.SplitSeq(c.query.Get("ids"), ",") {
		if id = strings.TrimSpace(id); id != "" {
			names = append(names, id)
		}
	}
	p, err := c.s.app.PickListOfMany(c.r.Context(), names)
	if err != nil {
		return away(err)
	}
	return c.document(p)
}
