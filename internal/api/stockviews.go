package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/ids"
)

// StockHistory is what there was of a SKU, day by day.
type StockHistory struct {
	Data    []StockDay `json:"data"`
	Through int64      `json:"through" doc:"position of the journal up to which it is complete"`
}

// StockDay is what there was at the end of a day.
type StockDay struct {
	Day       string       `json:"day" format:"date" doc:"of UTC"`
	Balance   StockBuckets `json:"balance"`
	Available int64        `json:"available" doc:"on_hand - allocated - reserved - damaged - quality - safety"`
}

// StockHolder is an order or a cart that holds units of a SKU.
type StockHolder struct {
	ID        string      `json:"id" doc:"of an order, or of a reservation"`
	Kind      string      `json:"kind" enum:"order,reservation"`
	Number    string      `json:"number,omitzero" doc:"of the order"`
	Channel   string      `json:"channel" doc:"sales channel"`
	Status    string      `json:"status" enum:"pending,open,active"`
	Since     string      `json:"since" format:"date-time" doc:"when it was placed or made"`
	ExpiresAt string      `json:"expires_at,omitzero" format:"date-time" doc:"of a reservation"`
	Held      []HeldUnits `json:"held" doc:"by location"`
}

// HeldUnits are units that are held at a location.
type HeldUnits struct {
	Location    string `json:"location,omitzero" doc:"left out for units that wait for stock anywhere"`
	Allocated   int64  `json:"allocated"`
	Reserved    int64  `json:"reserved"`
	Backordered int64  `json:"backordered"`
}

func stockHistory(c *call) error {
	days, err := c.number("days")
	if err != nil {
		return err
	}
	rows, through, err := c.s.app.StockHistory(c.r.Context(), c.r.PathValue("sku"), c.query.Get("location"), int(days))
	if err != nil {
		return away(err)
	}
	out := StockHistory{Data: make([]StockDay, len(rows)), Through: through}
	for i, r := range rows {
		b := buckets(r.Balance)
		out.Data[i] = StockDay{r.Day, b, b.OnHand - b.Allocated - b.Reserved - b.Damaged - b.Quality - b.Safety}
	}
	return c.reply(http.StatusOK, out)
}

func stockHolders(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}
	f := app.HolderFilter{SKU: c.r.PathValue("sku"), Location: c.query.Get("location"), Channels: c.key.Channels, After: c.query.Get("cursor"), Limit: limit}
	if f.After != "" && !ids.Valid("ord", f.After) && !ids.Valid("rsv", f.After) {
		return invalidCursor()
	}
	rows, next, err := c.s.app.StockHolders(c.r.Context(), f)
	if err != nil {
		return away(err)
	}
	out := List[StockHolder]{Data: make([]StockHolder, len(rows)), NextCursor: next}
	for i, h := range rows {
		v := StockHolder{ID: h.ID, Kind: "order", Number: h.Number, Channel: h.Channel, Status: h.Status, Since: h.Since.String(), ExpiresAt: h.Until.String(), Held: make([]HeldUnits, len(h.Held))}
		if ids.Valid("rsv", h.ID) {
			v.Kind = "reservation"
		}
		for j, u := range h.Held {
			v.Held[j] = HeldUnits(u)
		}
		out.Data[i] = v
	}
	return c.reply(http.StatusOK, out)
}
