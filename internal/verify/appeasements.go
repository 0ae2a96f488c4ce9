package verify

import (
	"context"
	"maps"
	"slices"
	"time"

	"ordo/internal/app"
	"ordo/internal/doc"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/service"
	"ordo/internal/store"
)

// readAppeasements looks at what was given away: it is few, so it is read at once and judged as it comes (S3). An agent's
// day is the sum of what the agent gave on it.
func (v *run) readAppeasements(ctx context.Context) error {
	r := v.total.of("appeasements")
	var rows []stored[service.Appeasements]
	err := v.db.Query(ctx, func(row store.Row) error {
		var id, text string
		var version int64
		err := row.Scan(&id, &version, &text)
		rows = append(rows, decode(app.Appeasements, id, version, text))
		return err
	}, "SELECT id, version, doc FROM appeasements ORDER BY id")
	if err != nil {
		return err
	}
	days := map[string]int64{}
	for _, a := range rows {
		r.rows++
		if err := v.judgeAppeasement(ctx, r, a, days); err != nil {
			return err
		}
	}
	for _, k := range v.known {
		if k.kind == "appeasement" && !k.visited {
			v.total.of("journal.events").bad(seqName(k.seq), "is about appeasement %s, which does not exist", k.id)
		}
	}
	return v.judgeDays(ctx, r, days)
}

func (v *run) judgeAppeasement(ctx context.Context, r *result, a stored[service.Appeasements], days map[string]int64) error {
	name := "appeasement " + a.id
	if a.doc == nil {
		r.bad(name, "cannot be read: %v", a.err)
		return nil
	}
	k := v.known[aggregate{"appeasement", a.id}]
	switch {
	case a.doc.Meta != (doc.Meta{ID: a.id, Version: a.version}):
		r.bad(name, "has another id or version than its document")
	case k == nil || k.version != a.version || k.sum != fingerprint(a.doc):
		r.bad(name, "is not what its last event says")
	}
	if k != nil {
		k.visited = true
	}
	for _, e := range a.doc.Entries {
		days[service.AgentDayID(e.Agent, e.At.Std().Format(time.DateOnly), a.doc.Currency)] += e.Amount
	}
	o, captured, err := v.moneyOf(ctx, a.doc.Order)
	if err != nil {
		return err
	}
	if o == nil {
		r.bad(name, "is of order %s, which does not exist or cannot be read", a.doc.Order)
		return nil
	}
	if why := service.CheckAppeasements(a.doc, captured); why != "" {
		r.bad(name, "%s", why)
	}
	for _, e := range a.doc.Entries {
		if e.Tender == "refund" && !slices.ContainsFunc(o.Grants, func(g order.Grant) bool { return g.ID == e.Made && g.Amount == e.Amount }) {
			r.bad(name, "order %s has no grant %s of %d", a.doc.Order, e.Made, e.Amount)
		}
	}
	return nil
}

// moneyOf reads an order and what was captured for it.
func (v *run) moneyOf(ctx context.Context, id string) (o *order.Order, captured int64, err error) {
	err = v.db.Query(ctx, func(row store.Row) error {
		var text string
		err := row.Scan(&text)
		o = decode(app.Orders, id, 0, text).doc
		return err
	}, "SELECT doc FROM orders WHERE id = $1", id)
	if err != nil || o == nil {
		return nil, 0, err
	}
	err = v.in(ctx, o.Payments, func(row store.Row) error {
		var text string
		err := row.Scan(&text)
		if p := decode(app.Payments, "", 0, text).doc; p != nil {
			captured += payment.Total([]*payment.Payment{p}).Captured
		}
		return err
	}, "SELECT doc FROM payments WHERE id IN (?)")
	return o, captured, err
}

func (v *run) judgeDays(ctx context.Context, r *result, days map[string]int64) error {
	err := v.db.Query(ctx, func(row store.Row) error {
		var id, text string
		if err := row.Scan(&id, &text); err != nil {
			return err
		}
		r.rows++
		d := decode(app.AgentDays, id, 0, text).doc
		if d == nil || d.Amount != days[id] {
			r.bad("day "+id, "is not the %d that the agent gave away", days[id])
		}
		delete(days, id)
		return nil
	}, "SELECT id, doc FROM agent_days ORDER BY id")
	for _, id := range slices.Sorted(maps.Keys(days)) {
		r.bad("day "+id, "is not counted, and %d were given away", days[id])
	}
	return err
}
