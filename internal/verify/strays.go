package verify

import (
	"context"
	"slices"
	"strings"

	"ordo/internal/app"
	"ordo/internal/order"
	"ordo/internal/store"
)

// Rows that nothing names cannot be met by walking the orders. So the rows that were met are counted, and only where
// a table has more than that are they looked for, one by one.

// findStrays looks for events and parts without an order.
func (v *run) findStrays(ctx context.Context) error {
	n := &v.total.counted
	if n.orderEvents != n.journalOrderEvents {
		if err := v.strayEvents(ctx); err != nil {
			return err
		}
	}
	r := v.total.of("references")
	if n.payments != v.counts["payments"] {
		err := v.strayParts(ctx, "payments", func(id, owner string, o *order.Order) {
			if o == nil || !slices.Contains(o.Payments, id) {
				r.bad("payment "+id, "of order %s: that order %s", owner, missing(o))
			}
		})
		if err != nil {
			return err
		}
	}
	if n.returns != v.counts["returns"] {
		err := v.strayParts(ctx, "returns", func(id, owner string, o *order.Order) {
			if o == nil || !slices.Contains(o.Returns, id) {
				r.bad("return "+id, "of order %s: that order %s", owner, missing(o))
			}
		})
		if err != nil {
			return err
		}
	}
	if n.fulfillments != v.counts["fulfillments"] {
		return v.strayParts(ctx, "fulfillments", func(id, owner string, o *order.Order) {
			if o == nil || !slices.Contains(o.Fulfillments, id) {
				r.bad("fulfillment order "+id, "of order %s: that order %s", owner, missing(o))
			}
		})
	}
	return nil
}

func missing(o *order.Order) string {
	if o == nil {
		return "does not exist"
	}
	return "does not name it"
}

// strayEvents also adds what they move, so that stock is judged by the whole journal.
func (v *run) strayEvents(ctx context.Context) error {
	r := v.total.of("journal.events")
	f := &file{}
	return v.db.Query(ctx, func(row store.Row) error {
		e := &event{}
		var id string
		if err := row.Scan(&e.seq, &e.kind, &id, &e.raw); err != nil {
			return err
		}
		if kindOf(e.kind) == "order" {
			r.bad(seqName(e.seq), "%s is about order %s, which does not exist", e.kind, id)
			f.events = append(f.events[:0], e)
			f.readEvents(v.total)
		}
		return nil
	}, "SELECT seq, type, aggregate, body FROM journal AS j WHERE NOT EXISTS (SELECT 1 FROM orders AS o WHERE o.id = j.aggregate) ORDER BY seq")
}

// strayParts asks miss about every row of a table of parts; o is the order that it names, nil where there is none.
// Parts of orders that cannot be read are passed over: the order is the finding.
func (v *run) strayParts(ctx context.Context, table string, miss func(id, owner string, o *order.Order)) error {
	type part struct{ id, owner string }
	for after := ""; ; {
		var page []part
		var owners []string
		err := v.db.Query(ctx, func(r store.Row) error {
			var p part
			err := r.Scan(&p.id, &p.owner)
			page, owners = append(page, p), append(owners, p.owner)
			return err
		}, "SELECT id, order_id FROM "+table+" WHERE id > $1 ORDER BY id LIMIT $2", after, tablePage)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].id
		slices.Sort(owners)
		orders := map[string]stored[order.Order]{}
		err = v.in(ctx, slices.Compact(owners), func(r store.Row) error {
			var id, doc string
			err := r.Scan(&id, &doc)
			orders[id] = decode(app.Orders, id, 0, doc)
			return err
		}, "SELECT id, doc FROM orders WHERE id IN (?)")
		if err != nil {
			return err
		}
		for _, p := range page {
			if s := orders[p.owner]; s.err == nil {
				miss(p.id, p.owner, s.doc)
			}
		}
	}
}

// readKeys looks for rows of the key table that nothing owns.
func (v *run) readKeys(ctx context.Context) error {
	if v.total.counted.keys == v.counts["unique_keys"] {
		return nil
	}
	type key struct{ scope, value, owner string }
	var after key
	for {
		var page []key
		var orders, keys, users, customers, cases, mails []string
		err := v.db.Query(ctx, func(r store.Row) error {
			var k key
			err := r.Scan(&k.scope, &k.value, &k.owner)
			page = append(page, k)
			switch {
			case k.scope == app.ScopeAPIKey:
				keys = append(keys, k.owner)
			case k.scope == app.ScopeUserEmail, k.scope == app.ScopeUserSubject:
				users = append(users, k.owner)
			case k.scope == app.ScopeCustomerEmail:
				customers = append(customers, k.owner)
			case strings.HasPrefix(k.scope, "case_"):
				cases = append(cases, k.owner)
			case k.scope == app.ScopeMail:
				mails = append(mails, k.owner)
			default:
				orders = append(orders, k.owner)
			}
			return err
		}, "SELECT scope, value, owner FROM unique_keys WHERE (value, scope) > ($1, $2) ORDER BY value, scope LIMIT $3", after.value, after.scope, tablePage)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1]
		values, err := v.ownedValues(ctx, orders, keys, users)
		if err == nil {
			err = v.ownService(ctx, values, customers, cases)
		}
		if err != nil {
			return err
		}
		if err := v.mailKeys(ctx, values, mails); err != nil {
			return err
		}
		r := v.total.of("keys")
		for _, k := range page {
			owned, exists := values[k.owner]
			if exists && k.scope == app.ScopeNotice { // which notices an order had stands nowhere else
				continue
			}
			if !exists || owned != nil && !slices.Contains(owned, k.scope+" "+k.value) {
				r.bad("key "+k.scope+" "+strings.ReplaceAll(k.value, "\x1f", " "), "belongs to %s, which does not exist or does not have it", k.owner)
			}
		}
	}
}

// ownedValues tells which values orders, API keys and users own, each after its scope; nil for those that cannot be read.
func (v *run) ownedValues(ctx context.Context, orders, keys, users []string) (map[string][]string, error) {
	out := map[string][]string{}
	err := v.in(ctx, orders, func(r store.Row) error {
		var id, text string
		if err := r.Scan(&id, &text); err != nil {
			return err
		}
		out[id] = nil
		if o := decode(app.Orders, id, 0, text).doc; o != nil {
			out[id] = []string{app.ScopeOrderNumber + " " + o.Number, app.ScopeExternalID + " " + externalKey(o.Channel, o.ExternalID)}
		}
		return nil
	}, "SELECT id, doc FROM orders WHERE id IN (?)")
	if err != nil {
		return nil, err
	}
	for _, k := range []struct {
		ids    []string
		table  string
		decode func(id, text string) any
	}{
		{keys, "api_keys", func(id, text string) any { return orNothing(decode(app.APIKeys, id, 0, text).doc) }},
		{users, "users", func(id, text string) any { return orNothing(decode(app.Users, id, 0, text).doc) }},
	} {
		if err := v.in(ctx, k.ids, func(r store.Row) error {
			var id, text string
			if err := r.Scan(&id, &text); err != nil {
				return err
			}
			out[id] = nil
			for _, own := range ownedBy(k.decode(id, text)) {
				out[id] = append(out[id], own[0]+" "+own[1])
			}
			return nil
		}, "SELECT id, doc FROM "+k.table+" WHERE id IN (?)"); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// orNothing keeps a nil pointer from becoming an interface that is not nil.
func orNothing[T any](p *T) any {
	if p == nil {
		return nil
	}
	return p
}
