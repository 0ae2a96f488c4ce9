package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/journal"
	"ordo/internal/order"
	"ordo/internal/store"
	"ordo/internal/work"
)

// args are the arguments of a query.
type args []any

// add returns the placeholder of a value.
func (a *args) add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// among returns the condition that a column is one of the values, which are one argument: a statement for each number of
// values would be one that is never used again.
func (a *args) among(d store.Dialect, column string, values []string) string {
	a.add(store.List(values))
	return d.Among(column, len(*a))
}

// asked is what can be asked: the database, or a snapshot of it.
type asked interface {
	journal.Querier
	Dialect() store.Dialect
}

// many reads documents by id, in the order of the ids; unknown ids are left out.
func many[T any, P work.Ptr[T]](ctx context.Context, db asked, k work.Kind[T, P], ids []string) ([]P, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	byID := make(map[string]P, len(ids))
	err := db.Query(ctx, func(r store.Row) error {
		v, err := scanDoc(k, r)
		if err == nil {
			byID[v.DocMeta().ID] = v
		}
		return err
	}, "SELECT doc FROM "+k.Table+" WHERE "+db.Dialect().Among("id", 1), store.List(ids))
	out := make([]P, 0, len(ids))
	for _, id := range ids {
		if v, ok := byID[id]; ok {
			out = append(out, v)
		}
	}
	return out, err
}

func scanDoc[T any, P work.Ptr[T]](k work.Kind[T, P], r store.Row) (P, error) {
	var body string
	if err := r.Scan(&body); err != nil {
		return nil, err
	}
	return k.Decode([]byte(body))
}

func one[T any, P work.Ptr[T]](ctx context.Context, db journal.Querier, k work.Kind[T, P], id string) (P, error) {
	var found P
	err := db.Query(ctx, func(r store.Row) (err error) {
		found, err = scanDoc(k, r)
		return err
	}, "SELECT doc FROM "+k.Table+" WHERE id = $1", id)
	if err == nil && found == nil {
		return nil, errs.Unknown(k.What, id)
	}
	return found, err
}

func page[T any, P work.Ptr[T]](ctx context.Context, db store.DB, k work.Kind[T, P], after string, limit int) ([]P, error) {
	var out []P
	err := db.Query(ctx, func(r store.Row) error {
		v, err := scanDoc(k, r)
		out = append(out, v)
		return err
	}, "SELECT doc FROM "+k.Table+" WHERE id > $1 ORDER BY id LIMIT $2", after, limit)
	return out, err
}

// Order reads an order with its parts, all of one moment: its version stands for them too.
func (a *App) Order(ctx context.Context, id string) (*OrderView, error) {
	v := &OrderView{}
	err := a.DB.Snapshot(ctx, func(r store.Reader) (err error) {
		if v.Order, err = one(ctx, r, Orders, id); err != nil {
			return err
		}
		if v.Payments, err = many(ctx, r, Payments, v.Order.Payments); err != nil {
			return err
		}
		if v.Fulfillments, err = many(ctx, r, Fulfillments, v.Order.Fulfillments); err != nil {
			return err
		}
		if v.Returns, err = many(ctx, r, Returns, v.Order.Returns); err != nil {
			return err
		}
		v.Labels, err = many(ctx, r, Labels, v.Order.Labels)
		return err
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Fulfillment reads a fulfillment order.
func (a *App) Fulfillment(ctx context.Context, id string) (*fulfillment.Fulfillment, error) {
	return one(ctx, a.DB, Fulfillments, id)
}

// OrderFilter selects orders; empty fields select all. Query finds an order number, an external id, an order id or a
// mail address, whole.
type OrderFilter struct {
	Status            string
	PaymentStatus     string
	FulfillmentStatus string
	Channel           string
	Channels          []string // what the asking key may see; empty for all
	Customer          string   // mail address
	Tag               string
	Hold              string // type of an open hold
	Rule              string // code of a rule that held it, also where the hold has ended
	Query             string
	Before            string // id of the last order of the page before
	Limit             int
}

// ListOrders lists orders, newest first, without their parts: a page of ids by one index, then the documents.
func (a *App) ListOrders(ctx context.Context, f OrderFilter) ([]*order.Order, error) {
	var where selection
	where.equal([2]string{"status", f.Status}, [2]string{"payment_status", f.PaymentStatus}, [2]string{"fulfillment_status", f.FulfillmentStatus},
		[2]string{"channel", f.Channel}, [2]string{"email", fold(f.Customer)})
	where.among("channel", f.Channels)
	where.terms("order_terms", [2]string{TermTag, f.Tag}, [2]string{TermHold, f.Hold}, [2]string{TermRule, f.Rule})
	if f.Before != "" {
		where.add("id < ?", f.Before)
	}
	if q := strings.TrimSpace(f.Query); q != "" {
		ids, err := a.searchOrders(ctx, q)
		if err != nil {
			return nil, err
		}
		ids = append(ids, q)
		where.add("(email = ? OR id IN (?"+strings.Repeat(", ?", len(ids)-1)+"))", append([]any{fold(q)}, anys(ids)...)...)
	}
	text, args := where.page("SELECT id FROM orders", "id DESC", f.Limit)
	var ids []string
	if err := a.DB.Query(ctx, func(r store.Row) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, text, args...); err != nil {
		return nil, err
	}
	return many(ctx, a.DB, Orders, ids)
}

// HeldOrders counts the orders of channels that are held now, by the type of hold; no channels are all.
func (a *App) HeldOrders(ctx context.Context, channels []string) (map[string]int64, error) {
	text, in := "SELECT value, COUNT(*) FROM order_terms WHERE field = $1", args{TermHold}
	if len(channels) > 0 {
		text += " AND id IN (SELECT id FROM orders WHERE " + in.among(a.DB.Dialect(), "channel", channels) + ")"
	}
	out := map[string]int64{}
	err := a.DB.Query(ctx, func(r store.Row) error {
		var name string
		var n int64
		err := r.Scan(&name, &n)
		out[name] = n
		return err
	}, text+" GROUP BY value", in...)
	return out, err
}

// searchOrders finds ids by the unique values of orders.
func (a *App) searchOrders(ctx context.Context, q string) (ids []string, err error) {
	channels, err := a.Channels(ctx, "", 1000)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(channels))
	for i, c := range channels {
		keys[i] = externalKey(c.ID, q)
	}
	in := args{ScopeOrderNumber, strings.TrimPrefix(q, "#"), ScopeExternalID}
	text := "SELECT owner FROM unique_keys WHERE (scope = $1 AND value = $2) OR (scope = $3 AND " + in.among(a.DB.Dialect(), "value", keys) + ")"
	err = a.DB.Query(ctx, func(r store.Row) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, text, in...)
	return ids, err
}

// FulfillmentFilter selects fulfillment orders; empty fields select all.
type FulfillmentFilter struct {
	Location string
	Status   string
	Stage    string // of fulfillment.Stages
	Order    string // id
	After    string
	Limit    int
}

// ListFulfillments lists fulfillment orders, oldest first: the order in which they are worked on.
func (a *App) ListFulfillments(ctx context.Context, f FulfillmentFilter) ([]*fulfillment.Fulfillment, error) {
	if f.Order != "" {
		return a.fulfillmentsOf(ctx, f)
	}
	where, args := "id > $1", []any{f.After}
	for _, c := range [][2]string{{"location", f.Location}, {"status", f.Status}} {
		if c[1] != "" {
			args = append(args, c[1])
			where += fmt.Sprintf(" AND %s = $%d", c[0], len(args))
		}
	}
	if f.Stage != "" {
		var in []string
		for _, s := range fulfillment.Stages[f.Stage] {
			args = append(args, string(s))
			in = append(in, fmt.Sprintf("$%d", len(args)))
		}
		where += " AND status IN (" + strings.Join(in, ", ") + ")"
	}
	args = append(args, f.Limit)
	var out []*fulfillment.Fulfillment
	err := a.DB.Query(ctx, func(r store.Row) error {
		v, err := scanDoc(Fulfillments, r)
		out = append(out, v)
		return err
	}, fmt.Sprintf("SELECT doc FROM fulfillments WHERE %s ORDER BY id LIMIT $%d", where, len(args)), args...)
	return out, err
}

// fulfillmentsOf lists those of one order, by the ids that the order has: there is no index by order to keep.
func (a *App) fulfillmentsOf(ctx context.Context, f FulfillmentFilter) ([]*fulfillment.Fulfillment, error) {
	o, err := one(ctx, a.DB, Orders, f.Order)
	if errs.ClassOf(err) == errs.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := many(ctx, a.DB, Fulfillments, slices.Sorted(slices.Values(o.Fulfillments)))
	all = slices.DeleteFunc(all, func(x *fulfillment.Fulfillment) bool {
		return x.ID <= f.After || f.Location != "" && x.Location != f.Location || f.Status != "" && string(x.Status) != f.Status ||
			f.Stage != "" && !slices.Contains(fulfillment.Stages[f.Stage], x.Status)
	})
	return all[:min(len(all), f.Limit)], err
}

// Timeline returns the events of one aggregate, oldest first.
func (a *App) Timeline(ctx context.Context, aggregate string, after int64, limit int) ([]journal.Row, error) {
	return journal.Of(ctx, a.DB, aggregate, after, int64(limit))
}

// Events returns the journal after a position.
func (a *App) Events(ctx context.Context, after int64, limit int) ([]journal.Row, error) {
	return journal.After(ctx, a.DB, after, int64(limit))
}

// Head returns the newest position of the journal.
func (a *App) Head(ctx context.Context) (journal.Head, error) { return journal.ReadHead(ctx, a.DB) }
