package api

import (
	"encoding/base64"
	"net/http"
	"strings"

	"ordo/internal/app"
	"ordo/internal/inventory"
	"ordo/internal/work"
)

// AdjustStock is the body of POST /v1/stock/adjustments.
type AdjustStock struct {
	Reason string       `json:"reason" enum:"received,found,damaged,lost,correction"`
	Note   string       `json:"note,omitzero" maxLength:"1000" doc:"free text; kept as personal data"`
	Lines  []AdjustLine `json:"lines" minItems:"1" maxItems:"1000"`
}

// AdjustLine is one change of stock on hand.
type AdjustLine = app.AdjustLine

// Adjustment is an adjustment with the positions it led to.
type Adjustment struct {
	ID   *string         `json:"id" doc:"null in a dry run"`
	Data []StockPosition `json:"data" doc:"the positions after it, one per line of the request"`
}

func adjustStock(c *call) error {
	if err := c.allChannels(); err != nil { // all channels share it
		return err
	}
	var in AdjustStock
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.AdjustStock(in)
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Adjust(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryAdjust(c.r.Context(), cmd, m) },
		rendered(http.StatusCreated, func(a app.Adjustment) Adjustment {
			out := Adjustment{ID: orNull(a.ID), Data: []StockPosition{}}
			for _, p := range a.Positions {
				out.Data = append(out.Data, stockJSON(p))
			}
			return out
		}))
}

func listStock(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}
	q := c.query
	var after [2]string
	if cursor := q.Get("cursor"); cursor != "" {
		b, err := base64.RawURLEncoding.DecodeString(cursor)
		sku, location, ok := strings.Cut(string(b), "\x1f")
		if err != nil || !ok || !text(string(b)) {
			return invalidCursor()
		}
		after = [2]string{sku, location}
	}
	rows, err := c.s.app.Stock(c.r.Context(), q.Get("sku"), q.Get("location"), after, limit+1)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, stockJSON, func(p inventory.Position) string {
		return base64.RawURLEncoding.EncodeToString([]byte(p.SKU + "\x1f" + p.Location))
	}))
}
