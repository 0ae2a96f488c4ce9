package verify

import (
	"context"
	"slices"

	"ordo/internal/app"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/store"
)

// changeRow is an order change with what stands beside it.
type changeRow struct {
	stored[order.Change]
	order, status string

	owner *stored[order.Order] // the order that it names; nil when there is none
	event *changeEvent         // the last event that carries it; nil for none
}

// changeEvent is an event of an order with the change that it carries.
type changeEvent struct {
	seq     int64
	kind    string
	version int64
	body    app.Body
}

func changeName(id string) string { return "order change " + id }

// readChanges walks the order changes by id, each with its order and events.
func (v *run) readChanges(ctx context.Context) error {
	for after := ""; ; {
		var page []*changeRow
		var owners []string
		err := v.db.Query(ctx, func(r store.Row) error {
			c := &changeRow{}
			var text string
			if err := r.Scan(&c.id, &c.version, &text, &c.order, &c.status); err != nil {
				return err
			}
			c.stored = decode(app.OrderChanges, c.id, c.version, text)
			page, owners = append(page, c), append(owners, c.order)
			return nil
		}, "SELECT id, version, doc, order_id, status FROM order_changes WHERE id > $1 ORDER BY id LIMIT $2", after, tablePage)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].id
		slices.Sort(owners)
		if err := v.checkChanges(ctx, page, slices.Compact(owners)); err != nil {
			return err
		}
	}
}

func (v *run) checkChanges(ctx context.Context, page []*changeRow, owners []string) error {
	orders, events := map[string]*stored[order.Order]{}, map[string]*changeEvent{}
	err := v.in(ctx, owners, func(r store.Row) error {
		var id, text string
		if err := r.Scan(&id, &text); err != nil {
			return err
		}
		s := decode(app.Orders, id, 0, text)
		orders[id] = &s
		return nil
	}, "SELECT id, doc FROM orders WHERE id IN (?)")
	if err != nil {
		return err
	}
	err = v.in(ctx, owners, func(r store.Row) error {
		e := &changeEvent{}
		var body string
		if err := r.Scan(&e.seq, &e.kind, &e.version, &body); err != nil {
			return err
		}
		if jsonx.Unmarshal([]byte(body), &e.body) == nil && e.body.Change != nil {
			events[e.body.Change.ID] = e
		}
		return nil
	}, "SELECT seq, type, version, body FROM journal WHERE aggregate IN (?) AND (type LIKE 'order.change_%' OR type = 'order.changed') ORDER BY seq")
	if err != nil {
		return err
	}
	for _, c := range page {
		c.owner, c.event = orders[c.order], events[c.id]
		each(v, changeName(c.id), c, func(c *check) func(*result, *changeRow) { return c.change })
	}
	return nil
}

func changeColumnsAgree(r *result, c *changeRow) {
	switch d := c.doc; {
	case c.err != nil:
		r.bad(changeName(c.id), "cannot be read: %v", c.err)
	case d.ID != c.id || d.Version != c.version || d.Order != c.order || string(d.Status) != c.status:
		r.bad(changeName(c.id), "has other columns than its document")
	}
}

func changeRules(r *result, c *changeRow) {
	if c.doc == nil {
		return
	}
	if err := order.CheckStoredChange(c.doc); err != nil {
		r.bad(changeName(c.id), "%v", err)
	}
}

// changeOfOrder: its order is there, and names the change that may still be confirmed, which can be only one.
func changeOfOrder(r *result, c *changeRow) {
	switch {
	case c.owner == nil:
		r.bad(changeName(c.id), "of order %s: that order does not exist", c.order)
	case c.doc != nil && c.owner.doc != nil && c.doc.Pending() && c.owner.doc.Change != c.id:
		r.bad(changeName(c.id), "is %s, and its order %s names %q as the open one", c.status, c.order, c.owner.doc.Change)
	}
}

// openChange: what an order names as its open change is one of its own that may still be confirmed.
func openChange(r *result, f *file) {
	if f.doc.Change == "" {
		return
	}
	switch c := f.open; {
	case c == nil:
		r.bad(orderName(f.id), "names order change %s, which does not exist", f.doc.Change)
	case c.order != f.id:
		r.bad(orderName(f.id), "names order change %s, which belongs to order %s", c.id, c.order)
	case c.doc != nil && !c.doc.Pending():
		r.bad(orderName(f.id), "names order change %s as the open one, which is %s", c.id, c.status)
	case f.doc.Ended():
		r.bad(orderName(f.id), "is %s, and its order change %s is open", f.doc.Status, c.id)
	}
}

// changeEvents are the events that bring a change into its states.
var changeEvents = map[order.ChangeStatus]string{
	order.ChangeOpen: "order.change_previewed", order.ChangePreviewed: "order.change_previewed", order.ChangeConfirmed: "order.changed",
	order.ChangeCanceled: "order.change_canceled", order.ChangeSuperseded: "order.change_superseded",
}

// changeFold: its last event says the same, and a confirmed change made of the order what was previewed, from the
// version that it was judged by.
func changeFold(r *result, c *changeRow) {
	if c.doc == nil || c.owner == nil {
		return
	}
	e := c.event
	if e == nil {
		r.bad(changeName(c.id), "of order %s has no event", c.order)
		return
	}
	if text := difference(*e.body.Change, *c.doc); text != "" {
		r.bad(changeName(c.id), "of order %s: %s", c.order, text)
		return
	}
	if want := changeEvents[c.doc.Status]; e.kind != want {
		r.bad(changeName(c.id), "is %s, its last event is %s", c.status, e.kind)
	}
	base := c.doc.Preview.Base
	if c.doc.Status == order.ChangeConfirmed {
		base++
		after := c.doc.Preview.Before
		if e.body.Changes != nil && e.body.Changes.Totals != nil {
			after = *e.body.Changes.Totals
		}
		if after != c.doc.Preview.After {
			r.bad(changeName(c.id), "was previewed with totals %+v, journal row %d made them %+v", c.doc.Preview.After, e.seq, after)
		}
	} else if !c.doc.Pending() {
		return
	}
	if e.version != base {
		r.bad(changeName(c.id), "is %s and was judged by version %d of its order, journal row %d is version %d", c.status, c.doc.Preview.Base, e.seq, e.version)
	}
}

// readOpenChanges reads the changes that orders name as the open ones.
func (v *run) readOpenChanges(ctx context.Context, d *orderData, ids []string) error {
	return v.in(ctx, ids, func(r store.Row) error {
		c := &changeRow{}
		var text string
		if err := r.Scan(&c.id, &c.version, &text, &c.order, &c.status); err != nil {
			return err
		}
		c.stored = decode(app.OrderChanges, c.id, c.version, text)
		d.changes[c.id] = c
		return nil
	}, "SELECT id, version, doc, order_id, status FROM order_changes WHERE id IN (?)")
}
