package api

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/micros"
)

// CardEntry is an event that moved stock at a location, with the balance after it.
type CardEntry struct {
	Seq      int64        `json:"seq" doc:"position in the journal"`
	At       string       `json:"at" format:"date-time"`
	Location string       `json:"location"`
	Type     string       `json:"type" doc:"of the event" example:"order.accepted"`
	Cause    string       `json:"cause" doc:"id of what caused it: order, adjustment, receipt, transfer, count, reservation"`
	Actor    string       `json:"actor"`
	Reason   string       `json:"reason,omitzero"`
	Moved    StockBuckets `json:"moved" doc:"what came or went, by bucket"`
	Balance  StockBuckets `json:"balance" doc:"what was there after it"`
}

// StockBuckets are units by bucket.
type StockBuckets struct {
	OnHand      int64 `json:"on_hand"`
	Allocated   int64 `json:"allocated"`
	Reserved    int64 `json:"reserved"`
	Damaged     int64 `json:"damaged"`
	Quality     int64 `json:"quality"`
	Safety      int64 `json:"safety"`
	InTransitIn int64 `json:"in_transit_in"`
	OnOrder     int64 `json:"on_order"`
	Backordered int64 `json:"backordered"`
}

// StockCard is a page of movements, location by location, each in the order of the journal.
type StockCard struct {
	Data       []CardEntry `json:"data"`
	Through    int64       `json:"through" doc:"position of the journal up to which it is complete"`
	NextCursor string      `json:"next_cursor,omitzero" doc:"send it as cursor to read on; absent on the last page"`
}

func buckets(b inventory.Balance) StockBuckets {
	return StockBuckets{b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8]}
}

func stockCard(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}
	var after app.CardPlace
	if cursor := c.query.Get("cursor"); cursor != "" {
		b, err := base64.RawURLEncoding.DecodeString(cursor)
		seq, location, ok := strings.Cut(string(b), "\x1f")
		n, perr := strconv.ParseInt(seq, 10, 64)
		if err != nil || !ok || perr != nil || !text(string(b)) {
			return invalidCursor()
		}
		after = app.CardPlace{Location: location, Seq: n}
	}
	rows, through, err := c.s.app.StockCard(c.r.Context(), c.r.PathValue("sku"), c.query.Get("location"), c.query.Get("order") == "newest", after, limit+1)
	if err != nil {
		return away(err)
	}
	page := pageOf(rows, limit, cardJSON, func(e app.CardEntry) string {
		return base64.RawURLEncoding.EncodeToString([]byte(itoa(e.Seq) + "\x1f" + e.Location))
	})
	return c.reply(http.StatusOK, StockCard{page.Data, through, page.NextCursor})
}

func cardJSON(e app.CardEntry) CardEntry {
	return CardEntry{e.Seq, e.At.String(), e.Location, e.Type, e.Aggregate, e.Actor, e.Reason, buckets(e.Moved), buckets(e.After)}
}

// timeParam reads a time of the query; ok is false when it is left out.
func (c *call) timeParam(name string) (at micros.Time, ok bool, err error) {
	s := c.query.Get(name)
	if s == "" {
		return 0, false, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, false, errs.New(errs.Malformed, "invalid_parameter", "%s is a time such as 2026-11-22T08:15:30Z", name)
	}
	return micros.Of(t), true, nil
}
