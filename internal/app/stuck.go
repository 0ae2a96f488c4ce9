package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/ids"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/store"
	"ordo/internal/stuck"
)

// What is stuck is found kind by kind: an index names the rows that are not final and old enough, and only those are
// read, a page at a time, with the orders that they belong to.

// PaymentWaits is the column by which payments are found that are not settled: 1 for those.
func PaymentWaits(p interface{ Waits() bool }) int64 {
	if p.Waits() {
		return 1
	}
	return 0
}

// source is where the things of a kind are found. The text selects rows from $1 on that are older than $2, at most $3:
// the id of the row and that of its order.
type source struct {
	kind   stuck.Kind
	text   string
	prefix string                                                                     // of the ids; the time in them bounds the search
	own    bool                                                                       // things may have a deadline of their own, sooner than the table's
	read   func(*App, context.Context, store.Reader, []string) ([]stuck.Thing, error) // of things that belong to no order
}

const rowsFrom = " >= $1 AND id < $2 ORDER BY id LIMIT $3"

// among selects rows of a table by status. The ids are found first, which takes the index alone: the rows of all that are
// in these states need not be read to know which are the oldest.
func among(table, owner string, states ...string) string {
	ids := " FROM " + table + " WHERE status IN ('" + strings.Join(states, "', '") + "') AND id" + rowsFrom
	if owner == "id" || owner == "''" {
		return "SELECT id, " + owner + ids
	}
	return "SELECT id, " + owner + " FROM " + table + " WHERE id IN (SELECT id" + ids + ") ORDER BY id"
}

// sources are in the order of the kinds.
var sources = []source{
	{kind: stuck.Order, prefix: "ord", own: true, text: among("orders", "id", "draft", "pending", "open")},
	{kind: stuck.Payment, prefix: "pay", text: "SELECT id, order_id FROM payments WHERE waiting = 1 AND id" + rowsFrom},
	{kind: stuck.Refund, prefix: "ord", own: true, text: "SELECT id, id FROM (SELECT order_id AS id FROM payments WHERE waiting = 1 UNION SELECT id FROM orders WHERE payment_status = 'overcharged') AS owing WHERE id" + rowsFrom},
	{kind: stuck.Hold, prefix: "ord", own: true, text: "SELECT DISTINCT id, id FROM order_terms WHERE field = 'hold' AND id" + rowsFrom},
	{kind: stuck.Change, prefix: "chg", text: among("order_changes", "order_id", "open", "previewed")},
	{kind: stuck.Backorder, prefix: "ord", own: true, text: "SELECT DISTINCT id, id FROM order_terms WHERE field IN ('backorder', 'parked') AND id" + rowsFrom},
	{kind: stuck.Fulfillment, prefix: "ful", own: true, text: among("fulfillments", "order_id", statesOf(stuck.Fulfillment)...)},
	{kind: stuck.Label, prefix: "lbl", text: among("labels", "order_id", statesOf(stuck.Label)...)},
	{kind: stuck.Parcel, prefix: "ful", own: true, text: among("fulfillments", "order_id", "shipped")},
	{kind: stuck.Reservation, prefix: "rsv", own: true, text: among("reservations", "''", "active"), read: readReservations},
	{kind: stuck.Transfer, prefix: "trf", text: among("transfers", "''", statesOf(stuck.Transfer)...), read: readTransfers},
	{kind: stuck.Count, prefix: "cnt", text: among("counts", "''", statesOf(stuck.Count)...), read: readCounts},
	{kind: stuck.Return, prefix: "ret", own: true, text: among("returns", "order_id", statesOf(stuck.Return)...)},
	{kind: stuck.Case, prefix: "case", own: true, text: among("cases", "''", statesOf(stuck.Case)...), read: readCases},
	{kind: stuck.Job, prefix: "job", own: true, text: "SELECT id, '' FROM jobs WHERE state = 'dead' AND id" + rowsFrom, read: readJobs},
}

func statesOf(kind stuck.Kind) (states []string) {
	for _, e := range stuck.Table {
		if e.Kind == kind {
			states = append(states, e.State)
		}
	}
	return states
}

// StuckFilter selects what is stuck; empty fields select all.
type StuckFilter struct {
	Kind     stuck.Kind
	Channel  string
	Channels []string    // what the asking key may see; empty for all, also for what has no channel
	Since    micros.Time // what was due at this time or later
	After    StuckCursor
	Limit    int
}

// StuckCursor is the last thing of the page before.
type StuckCursor struct {
	Kind    stuck.Kind
	Row, ID string
}

// CursorOf is the place of a thing in the list.
func CursorOf(t stuck.Thing) StuckCursor { return StuckCursor{t.Kind, t.Row, t.ID} }

func (f *StuckFilter) wants(s stuck.Step) bool {
	if !s.Late || s.Deadline < f.Since || f.Channel != "" && s.Channel != f.Channel {
		return false
	}
	return len(f.Channels) == 0 || slices.Contains(f.Channels, s.Channel)
}

const (
	stuckPage   = 100   // rows read at once
	stuckBudget = 5_000 // rows looked at for one page of the list, at most
	stuckLeast  = 200   // and at least
	stuckShare  = 10    // for each thing that is asked for
)

// Stuck lists what is late, by kind and id. more says where to go on when the search ended before the list did: it looks at
// a bounded number of rows, and a page may be short, or empty, before the last one.
func (a *App) Stuck(ctx context.Context, f StuckFilter) (found []stuck.Step, more *StuckCursor, err error) {
	budget := min(max(stuckShare*f.Limit, stuckLeast), stuckBudget)
	for i := range sources {
		src := &sources[i]
		if f.Kind != "" && src.kind != f.Kind || slices.Index(stuck.Kinds, src.kind) < slices.Index(stuck.Kinds, f.After.Kind) {
			continue
		}
		from := StuckCursor{Kind: src.kind}
		if f.After.Kind == src.kind {
			from = f.After
		}
		for {
			steps, last, n, err := a.stuckRows(ctx, src, from.Row, stuckPage)
			if err != nil {
				return nil, nil, err
			}
			for _, s := range steps {
				if f.wants(s) && (s.Row > from.Row || s.Row == from.Row && s.ID > from.ID) {
					found = append(found, s)
				}
			}
			if len(found) > f.Limit {
				c := CursorOf(found[f.Limit-1].Thing)
				return found[:f.Limit], &c, nil
			}
			if n < stuckPage {
				break
			}
			from = StuckCursor{src.kind, last, "~"} // behind every id
			if budget -= n; budget <= 0 {
				return found, &from, nil
			}
		}
	}
	return found, nil, nil
}

// stuckRows judges the things of up to limit rows from one on. n is how many rows there were, last the last of them.
func (a *App) stuckRows(ctx context.Context, src *source, from string, limit int) (steps []stuck.Step, last string, n int, err error) {
	now := a.now()
	bound := now
	if !src.own {
		bound = now.Add(-a.Settings.Patience.Least(src.kind))
	}
	if src.kind == stuck.Parcel { // as in SweepLate: what was planned long ago is nobody's parcel any more
		from = max(from, ids.At(src.prefix, now.Add(-trackFor).Std()))
	}
	err = a.DB.Snapshot(ctx, func(r store.Reader) error {
		var rows, orders []string
		if err := r.Query(ctx, func(row store.Row) error {
			var id, order string
			err := row.Scan(&id, &order)
			rows, orders = append(rows, id), append(orders, order)
			return err
		}, src.text, from, ids.At(src.prefix, bound.Add(time.Second).Std()), limit); err != nil || len(rows) == 0 {
			return err
		}
		n, last = len(rows), rows[len(rows)-1]
		things, err := a.readThings(ctx, r, src, rows, orders, now)
		for _, t := range things {
			if s, ok := a.Settings.Patience.Judge(t, now); ok && t.Kind == src.kind && slices.Contains(rows, t.Row) {
				steps = append(steps, s)
			}
		}
		return err
	})
	slices.SortStableFunc(steps, func(x, y stuck.Step) int { return cmp.Or(cmp.Compare(x.Row, y.Row), cmp.Compare(x.ID, y.ID)) })
	return steps, last, n, err
}

func (a *App) readThings(ctx context.Context, r store.Reader, src *source, rows, orders []string, now micros.Time) (things []stuck.Thing, err error) {
	if src.read != nil {
		return src.read(a, ctx, r, rows)
	}
	views, changes, err := a.views(ctx, r, slices.Compact(slices.Sorted(slices.Values(orders))))
	for _, v := range views {
		things = append(things, a.things(v, changes[v.Order.Change], now)...)
	}
	return things, err
}

// views reads orders with their parts and open changes, all at once.
func (a *App) views(ctx context.Context, r store.Reader, owners []string) (views []*OrderView, changes map[string]*order.Change, err error) {
	orders, err := many(ctx, r, Orders, owners)
	if err != nil {
		return nil, nil, err
	}
	var p, f, l, c, ret []string
	for _, o := range orders {
		p, f, l = append(p, o.Payments...), append(f, o.Fulfillments...), append(l, o.Labels...)
		ret = append(ret, o.Returns...)
		if o.Change != "" {
			c = append(c, o.Change)
		}
		views = append(views, &OrderView{Order: o})
	}
	payments, err := many(ctx, r, Payments, p)
	if err != nil {
		return nil, nil, err
	}
	fulfillments, err := many(ctx, r, Fulfillments, f)
	if err != nil {
		return nil, nil, err
	}
	labels, err := many(ctx, r, Labels, l)
	if err != nil {
		return nil, nil, err
	}
	returned, err := many(ctx, r, Returns, ret)
	if err != nil {
		return nil, nil, err
	}
	open, err := many(ctx, r, OrderChanges, c)
	if err != nil {
		return nil, nil, err
	}
	byID := make(map[string]*OrderView, len(views))
	for _, v := range views {
		byID[v.Order.ID] = v
	}
	for _, x := range payments {
		byID[x.Order].Payments = append(byID[x.Order].Payments, x)
	}
	for _, x := range fulfillments {
		byID[x.Order].Fulfillments = append(byID[x.Order].Fulfillments, x)
	}
	for _, x := range labels {
		byID[x.Order].Labels = append(byID[x.Order].Labels, x)
	}
	for _, x := range returned {
		byID[x.Order].Returns = append(byID[x.Order].Returns, x)
	}
	changes = map[string]*order.Change{}
	for _, x := range open {
		changes[x.ID] = x
	}
	return views, changes, nil
}

func readReservations(_ *App, ctx context.Context, r store.Reader, rows []string) (out []stuck.Thing, err error) {
	found, err := many(ctx, r, Reservations, rows)
	for _, x := range found {
		out = append(out, reservationThing(x))
	}
	return out, err
}

func readTransfers(_ *App, ctx context.Context, r store.Reader, rows []string) (out []stuck.Thing, err error) {
	found, err := many(ctx, r, Transfers, rows)
	for _, x := range found {
		out = append(out, transferThing(x))
	}
	return out, err
}

func readCounts(_ *App, ctx context.Context, r store.Reader, rows []string) (out []stuck.Thing, err error) {
	found, err := many(ctx, r, Counts, rows)
	for _, x := range found {
		out = append(out, countThing(x))
	}
	return out, err
}

func readCases(_ *App, ctx context.Context, r store.Reader, rows []string) (out []stuck.Thing, err error) {
	found, err := many(ctx, r, Cases, rows)
	for _, x := range found {
		out = append(out, caseThings(x)...)
	}
	return out, err
}

// readJobs reads dead jobs, with the channels of the orders that they were about.
func readJobs(_ *App, ctx context.Context, r store.Reader, rows []string) (out []stuck.Thing, err error) {
	marks, args := make([]string, len(rows)), make([]any, len(rows))
	for i, id := range rows {
		marks[i], args[i] = "$"+strconv.Itoa(i+1), id
	}
	var owners []string
	if err := r.Query(ctx, func(row store.Row) error {
		j, err := scanJob(row)
		t := jobThing(j)
		out, owners = append(out, t), append(owners, t.Order)
		return err
	}, jobColumns+" WHERE id IN ("+strings.Join(marks, ", ")+")", args...); err != nil {
		return nil, err
	}
	orders, err := many(ctx, r, Orders, owners)
	for i := range out {
		for _, o := range orders {
			if o.ID == out[i].Order {
				out[i].Channel = o.Channel
			}
		}
	}
	return out, err
}

// orderOf is the order that a job is about; "" for none.
func orderOf(j JobRow) string {
	var about struct {
		Order string `json:"order"`
	}
	if err := jsonx.Unmarshal([]byte(j.args), &about); err != nil || !ids.Valid("ord", about.Order) {
		return "" // its arguments are no object, or about something else
	}
	return about.Order
}

// Next lists what is expected next of an order and all its parts, the soonest first.
func (a *App) Next(ctx context.Context, id string) (v *OrderView, steps []stuck.Step, err error) {
	if v, err = a.Order(ctx, id); err != nil {
		return nil, nil, err
	}
	var change *order.Change
	if v.Order.Change != "" {
		if change, err = one(ctx, a.DB, OrderChanges, v.Order.Change); err != nil {
			return nil, nil, err
		}
	}
	jobs, err := a.deadJobs(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	things := a.things(v, change, a.now())
	for _, j := range jobs {
		t := jobThing(j)
		t.Channel = v.Order.Channel
		things = append(things, t)
	}
	return v, a.judgeAt(things, a.now()), nil
}

func (a *App) judgeAt(things []stuck.Thing, now micros.Time) (steps []stuck.Step) {
	for _, t := range things {
		if s, ok := a.Settings.Patience.Judge(t, now); ok {
			steps = append(steps, s)
		}
	}
	slices.SortStableFunc(steps, func(x, y stuck.Step) int { return cmp.Compare(x.Deadline, y.Deadline) })
	return steps
}

// deadJobs reads the jobs about an order that have given up.
func (a *App) deadJobs(ctx context.Context, order string) (out []JobRow, err error) {
	err = a.DB.Query(ctx, func(r store.Row) error {
		j, err := scanJob(r)
		if err == nil && orderOf(j) == order {
			out = append(out, j)
		}
		return err
	}, jobColumns+" WHERE state = 'dead' AND args LIKE $1 ORDER BY id LIMIT 100", "%"+order+"%")
	return out, err
}

// StuckCount is how many things are late, by kind: what the metric shows. More names the kinds of which there may be more.
type StuckCount struct {
	Late map[stuck.Kind]int
	More map[stuck.Kind]bool
}

// StuckCounts counts what is late of the oldest rows of each kind, so many pages of so many rows and until the deadline of
// the context: it reads documents, and where there are very many the count is that of a part, and says so. Kinds take
// turns, so that none waits for the end of another. It fails where nothing can be read.
func (a *App) StuckCounts(ctx context.Context, pages, size int) (StuckCount, error) {
	out := StuckCount{map[stuck.Kind]int{}, map[stuck.Kind]bool{}}
	from := map[stuck.Kind]string{}
	for i := range sources {
		out.More[sources[i].kind] = true
	}
	read := 0
	for range pages {
		for i := range sources {
			src := &sources[i]
			if !out.More[src.kind] {
				continue
			}
			steps, last, n, err := a.stuckRows(ctx, src, from[src.kind], size)
			if err != nil && read > 0 && errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return out, nil
			}
			if err != nil {
				return out, fmt.Errorf("app: count what is stuck: %w", err)
			}
			read++
			for _, s := range steps {
				if s.Late {
					out.Late[src.kind]++
				}
			}
			from[src.kind], out.More[src.kind] = last+"~", n == size
		}
	}
	return out, nil
}
