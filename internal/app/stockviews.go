package app

import (
	"context"
	"fmt"
	"time"

	"ordo/internal/fulfillment"
	"ordo/internal/ids"
	"ordo/internal/inventory"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/project"
	"ordo/internal/store"
)

// StockDay is what there was of a SKU at the end of a day.
type StockDay struct {
	Day     string // of UTC
	Balance inventory.Balance
}

// StockHistory is the last days of a SKU at a location, or at all of them together; the last one is as of now. Through
// is the position of the journal up to which it is complete.
func (a *App) StockHistory(ctx context.Context, sku, location string, days int) (out []StockDay, through int64, err error) {
	if err := a.catchUp(ctx); err != nil {
		return nil, 0, err
	}
	err = a.DB.Snapshot(ctx, func(r store.Reader) error {
		if through, err = project.Position(ctx, r, StockCardReader); err != nil {
			return err
		}
		today := time.UnixMicro(int64(a.now())).UTC().Truncate(24 * time.Hour)
		for i := range days {
			day := today.AddDate(0, 0, i+1-days)
			seq := through
			if i+1 < days {
				if seq, err = seqAt(ctx, r, micros.Of(day.AddDate(0, 0, 1))-1); err != nil {
					return err
				}
			}
			d := StockDay{Day: day.Format(time.DateOnly)}
			if d.Balance, err = balances(ctx, r, sku, location, seq); err != nil {
				return err
			}
			out = append(out, d)
		}
		return nil
	})
	return out, through, err
}

// balances adds up what the positions of a SKU had after everything up to a position of the journal.
func balances(ctx context.Context, r store.Reader, sku, location string, seq int64) (sum inventory.Balance, err error) {
	var where selection
	where.add("p.sku = ?", sku)
	where.equal([2]string{"p.location", location})
	where.args = append(where.args, seq)
	text, args := where.page(fmt.Sprintf(`SELECT COALESCE((SELECT c.units FROM stock_card AS c WHERE c.sku = p.sku AND c.location = p.location AND c.seq <= $%d
		ORDER BY c.seq DESC LIMIT 1), '') FROM stock_positions AS p`, len(where.args)), "p.location", 10_000)
	err = r.Query(ctx, func(row store.Row) error {
		var units string
		if err := row.Scan(&units); err != nil {
			return err
		}
		b, err := inventory.ParseBalance(units)
		for i, n := range b {
			sum[i] += n
		}
		return err
	}, text, args...)
	return sum, err
}

// StockHolder is an order or a cart with what it holds of a SKU, by location.
type StockHolder struct {
	ID      string // of an order or a reservation
	Number  string // of the order
	Channel string
	Status  string
	Since   micros.Time
	Until   micros.Time // of a cart
	Held    []HeldUnits
}

// HeldUnits are units at a location; "" for none: they wait for stock anywhere.
type HeldUnits struct {
	Location                         string
	Allocated, Reserved, Backordered int64
}

// HolderFilter says whose stock is asked for.
type HolderFilter struct {
	SKU, Location string
	Channels      []string // what the asking key may see; empty for all
	After         string   // id of the last one that was looked at
	Limit         int
}

// StockHolders lists who holds a SKU, oldest first: orders, then carts. Next is where to go on; "" at the end.
func (a *App) StockHolders(ctx context.Context, f HolderFilter) (out []StockHolder, next string, err error) {
	looked := 0
	seen := func(id string, h StockHolder) bool {
		if looked++; looked > f.Limit {
			return false
		}
		next = id
		if len(h.Held) > 0 {
			out = append(out, h)
		}
		return true
	}
	if !ids.Valid("rsv", f.After) {
		orders, err := candidates(ctx, a.DB, "orders", []string{string(order.Pending), string(order.Open)}, f)
		if err != nil {
			return nil, "", err
		}
		full, err := a.withFulfillments(ctx, orders)
		if err != nil {
			return nil, "", err
		}
		for _, o := range full {
			if !seen(o.order.ID, o.holds(f)) {
				return out, next, nil
			}
		}
		f.After = "rsv_"
	}
	carts, err := candidates(ctx, a.DB, "reservations", []string{string(inventory.ReservationActive)}, f)
	if err != nil {
		return nil, "", err
	}
	for _, text := range carts {
		r, err := Reservations.Decode([]byte(text))
		if err != nil {
			return nil, "", err
		}
		if !seen(r.ID, cartHolds(r, f)) {
			return out, next, nil
		}
	}
	return out, "", nil
}

// candidates are the documents that are still under way and name the SKU, one more than are asked for.
func candidates(ctx context.Context, db store.DB, table string, statuses []string, f HolderFilter) (docs []string, err error) {
	var where selection
	where.among("status", statuses)
	where.add("id > ?", f.After)
	where.add(`doc LIKE ? ESCAPE '\'`, likely(`"sku":`+string(jsonx.Marshal(f.SKU))))
	if table == "orders" {
		where.among("channel", f.Channels)
	}
	text, args := where.page("SELECT doc FROM "+table, "id", f.Limit+1)
	err = db.Query(ctx, func(r store.Row) error {
		var doc string
		err := r.Scan(&doc)
		docs = append(docs, doc)
		return err
	}, text, args...)
	return docs, err
}

type orderWithWork struct {
	order *order.Order
	work  []*fulfillment.Fulfillment
}

// withFulfillments reads the fulfillment orders of orders in one go.
func (a *App) withFulfillments(ctx context.Context, docs []string) (out []orderWithWork, err error) {
	var all []string
	for _, text := range docs {
		o, err := Orders.Decode([]byte(text))
		if err != nil {
			return nil, err
		}
		out, all = append(out, orderWithWork{order: o}), append(all, o.Fulfillments...)
	}
	parts, err := many(ctx, a.DB, Fulfillments, all)
	for _, p := range parts {
		for i := range out {
			if out[i].order.ID == p.Order {
				out[i].work = append(out[i].work, p)
			}
		}
	}
	return out, err
}

// holds is what an order has of a SKU: the stock of a kit's line is that of its components.
func (o orderWithWork) holds(f HolderFilter) StockHolder {
	h := StockHolder{ID: o.order.ID, Number: o.order.Number, Channel: o.order.Channel, Status: string(o.order.Status), Since: o.order.PlacedAt}
	units := func(line string, n int64) int64 {
		l := o.order.Line(line)
		switch {
		case l == nil:
			return 0
		case len(l.Components) > 0:
			for _, c := range l.Components {
				if c.SKU == f.SKU {
					return n * c.Quantity
				}
			}
			return 0
		case l.SKU == f.SKU:
			return n
		}
		return 0
	}
	for _, r := range o.order.Reservations {
		h.add(f, r.Location, HeldUnits{Reserved: units(r.Line, r.Quantity)})
	}
	for _, b := range o.order.Backorders {
		h.add(f, b.Location, HeldUnits{Backordered: units(b.Line, b.Quantity)})
	}
	for _, p := range o.work {
		if !p.Active() {
			continue
		}
		for _, l := range p.Lines {
			h.add(f, p.Location, HeldUnits{Allocated: units(l.Line, l.Quantity)})
		}
	}
	return h
}

// cartHolds is what a cart has of a SKU.
func cartHolds(r *inventory.Reservation, f HolderFilter) StockHolder {
	h := StockHolder{ID: r.ID, Channel: r.Channel, Status: string(r.Status), Since: r.CreatedAt, Until: r.ExpiresAt}
	seen := len(f.Channels) == 0
	for _, c := range f.Channels {
		seen = seen || c == r.Channel
	}
	for _, x := range r.Held {
		if seen && x.SKU == f.SKU {
			h.add(f, x.Location, HeldUnits{Reserved: x.Quantity})
		}
	}
	return h
}

// add adds units at a location, if it is asked for.
func (h *StockHolder) add(f HolderFilter, location string, u HeldUnits) {
	if u == (HeldUnits{}) || f.Location != "" && f.Location != location {
		return
	}
	for i := range h.Held {
		if x := &h.Held[i]; x.Location == location {
			x.Allocated, x.Reserved, x.Backordered = x.Allocated+u.Allocated, x.Reserved+u.Reserved, x.Backordered+u.Backordered
			return
		}
	}
	u.Location = location
	h.Held = append(h.Held, u)
}
