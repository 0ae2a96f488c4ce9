package api

import (
	"encoding/base64"
	"net/http"
	"strings"

	"ordo/internal/app"
	"ordo/internal/errs"
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

// ReceiveStock is the body of POST /v1/stock/receipts.
type ReceiveStock struct {
	Location  string        `json:"location" doc:"location code" minLength:"1" maxLength:"64" example:"HULL"`
	Reference string        `json:"reference,omitzero" maxLength:"100" doc:"such as the supplier's delivery note"`
	Note      string        `json:"note,omitzero" maxLength:"1000" doc:"free text; kept as personal data"`
	Lines     []ReceiptLine `json:"lines" minItems:"1" maxItems:"1000"`
}

// ReceiptLine is one SKU of a delivery.
type ReceiptLine = app.ReceiptLine

// MoveStock is the body of POST /v1/stock/moves.
type MoveStock struct {
	Reason string     `json:"reason" enum:"damaged,inspection,repaired,found,recalled,correction"`
	Note   string     `json:"note,omitzero" maxLength:"1000" doc:"free text; kept as personal data"`
	Lines  []MoveLine `json:"lines" minItems:"1" maxItems:"1000"`
}

// MoveLine is one move between buckets.
type MoveLine = app.MoveLine

// StockPolicy is how a position is kept.
type StockPolicy struct {
	Safety         int64 `json:"safety,omitzero" doc:"units that are not sold" minimum:"0" maximum:"1000000000" example:"5"`
	BackorderLimit int64 `json:"backorder_limit,omitzero" doc:"units that may be ordered beyond what is there" minimum:"0" maximum:"1000000000" example:"20"`
	ReorderPoint   int64 `json:"reorder_point,omitzero" doc:"stock.reorder_point is recorded when available falls to it; 0 for never" minimum:"0" maximum:"1000000000" example:"10"`
}

// PutStockPolicy is the body of PUT /v1/stock/{sku}/{location}/policy.
type PutStockPolicy struct {
	Safety         int64        `json:"safety,omitzero" doc:"units that are not sold" minimum:"0" maximum:"1000000000" example:"5"`
	BackorderLimit int64        `json:"backorder_limit,omitzero" doc:"units that may be ordered beyond what is there" minimum:"0" maximum:"1000000000" example:"20"`
	ReorderPoint   int64        `json:"reorder_point,omitzero" doc:"stock.reorder_point is recorded when available falls to it; 0 for never" minimum:"0" maximum:"1000000000" example:"10"`
	Compare        *StockPolicy `json:"compare,omitzero" doc:"what you believe it is now; stock_changed when it is not"`
}

// perform is the common path of commands with a body: dry run, or the command under its Idempotency-Key.
func perform[R, V any](c *call, cmd work.Command[R], code int, view func(R) V) error {
	return c.run(
		func(m work.Meta) work.Outcome { return app.Submit(c.r.Context(), c.s.app, cmd, m) },
		func(m work.Meta) (any, error) { return app.Try(c.r.Context(), c.s.app, cmd, m) },
		rendered(code, view))
}

// shared decodes the body of a change that concerns all channels, and refuses keys that see only some.
func (c *call) shared(in any) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	return c.decode(in)
}

// changed renders a change of stock; in a dry run it has no id.
func (c *call) changed(s app.StockChange) Adjustment {
	out := Adjustment{Data: make([]StockPosition, len(s.Positions))}
	if !c.dryRun() {
		out.ID = &s.ID
	}
	for i, p := range s.Positions {
		out.Data[i] = stockJSON(p)
	}
	return out
}

func adjustStock(c *call) error {
	var in AdjustStock
	if err := c.shared(&in); err != nil {
		return err
	}
	cmd := app.AdjustStock(in)
	return perform(c, &cmd, http.StatusCreated, c.changed)
}

func receiveStock(c *call) error {
	var in ReceiveStock
	if err := c.shared(&in); err != nil {
		return err
	}
	cmd := app.ReceiveStock(in)
	return perform(c, &cmd, http.StatusCreated, c.changed)
}

func moveStock(c *call) error {
	var in MoveStock
	if err := c.shared(&in); err != nil {
		return err
	}
	cmd := app.MoveStock(in)
	return perform(c, &cmd, http.StatusCreated, c.changed)
}

func putStockPolicy(c *call) error {
	var in PutStockPolicy
	if err := c.shared(&in); err != nil {
		return err
	}
	cmd := app.SetStockPolicy{SKU: c.r.PathValue("sku"), Location: c.r.PathValue("location"), Policy: inventory.Policy{Safety: in.Safety, BackorderLimit: in.BackorderLimit, ReorderPoint: in.ReorderPoint}}
	if in.Compare != nil {
		was := inventory.Policy(*in.Compare)
		cmd.Compare = &was
	}
	return perform(c, &cmd, http.StatusOK, stockJSON)
}

func listStock(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}
	q := c.query
	f := app.PositionFilter{SKU: q.Get("sku"), Location: q.Get("location"), Query: q.Get("q"), State: q.Get("state"), Limit: limit + 1}
	if cursor := q.Get("cursor"); cursor != "" {
		b, err := base64.RawURLEncoding.DecodeString(cursor)
		sku, location, ok := strings.Cut(string(b), "\x1f")
		if err != nil || !ok || !text(string(b)) {
			return invalidCursor()
		}
		f.After = [2]string{sku, location}
	}
	at, past, err := c.timeParam("as_of")
	if err != nil {
		return err
	}
	var rows []inventory.Position
	switch {
	case past && f.State != "":
		return errs.New(errs.Malformed, "invalid_parameter", "state is that of now: leave it or as_of out")
	case past:
		rows, err = c.s.app.StockAsOf(c.r.Context(), at, f)
	default:
		rows, err = c.s.app.Stock(c.r.Context(), f)
	}
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, stockJSON, func(p inventory.Position) string {
		return base64.RawURLEncoding.EncodeToString([]byte(p.SKU + "\x1f" + p.Location))
	}))
}
