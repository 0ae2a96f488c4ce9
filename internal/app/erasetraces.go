package app

import (
	"context"
	"strings"

	"ordo/internal/customer"
	"ordo/internal/ids"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/store"
)

// traces are the mail addresses under which a customer is found: that of today, and those that the customer had before.
// Of a former address only that counts which came before the customer gave it up: it may have been somebody else's by
// mistake, who orders under it since. Of one that went to another customer only the time in which it was this one's does.
type traces struct {
	dialect       store.Dialect
	customer, own string
	had           []period
}

// period is when a customer had a mail address.
type period struct {
	email    string
	from, to micros.Time
}

// before is the condition that something of the period's address was made in it, by the time in its id.
func (p period) before(a *args, column, prefix string) string {
	return "(" + column + " = " + a.add(p.email) + " AND id >= " + a.add(ids.At(prefix, p.from.Std())) + " AND id < " + a.add(ids.At(prefix, p.to.Std())) + ")"
}

// traces reads the history of a customer's mail addresses.
func (a *App) traces(ctx context.Context, c *customer.Customer) (t traces, err error) {
	var had []period
	if err := a.DB.Query(ctx, func(r store.Row) error {
		var at micros.Time
		var text []byte
		if err := r.Scan(&at, &text); err != nil {
			return err
		}
		var p customer.Personal
		if err := jsonx.Unmarshal(text, &p); err != nil {
			return err
		}
		email := fold(p.Email)
		if n := len(had); n > 0 {
			if had[n-1].email == email {
				return nil
			}
			had[n-1].to = at
		}
		had = append(had, period{email: email, from: at})
		return nil
	}, "SELECT at, personal FROM journal WHERE aggregate = $1 AND personal IS NOT NULL ORDER BY seq", c.ID); err != nil {
		return t, err
	}
	t.dialect, t.customer, t.own = a.DB.Dialect(), c.ID, fold(c.Email)
	for _, p := range had {
		if p.email == "" || p.email == t.own {
			continue
		}
		others, err := a.ListCustomers(ctx, CustomerFilter{Email: p.email, Limit: 1})
		if err != nil {
			return t, err
		}
		if len(others) == 0 {
			p.from = 0 // what was ordered before there was the customer is theirs too
		}
		t.had = append(t.had, p)
	}
	return t, nil
}

// query finds ids of one kind; without text there are none.
type query struct {
	text string
	args args
}

// orders finds what was ordered under the addresses.
func (t *traces) orders() (q query) {
	var where []string
	if t.own != "" {
		where = append(where, "email = "+q.args.add(t.own))
	}
	for _, p := range t.had {
		where = append(where, "(email = "+q.args.add(p.email)+" AND placed_at >= "+q.args.add(int64(p.from))+" AND placed_at < "+q.args.add(int64(p.to))+")")
	}
	if len(where) > 0 {
		q.text = "SELECT id FROM orders WHERE " + strings.Join(where, " OR ")
	}
	return q
}

// cases finds the customer's, and those that are nobody's and about no orders but theirs. Each half is found by an index:
// an engine looks at all cases where both are one condition.
func (t *traces) cases(orders []string) (q query) {
	q.text = "SELECT id FROM cases WHERE customer = " + q.args.add(t.customer)
	if len(orders) > 0 {
		field, theirs := q.args.add(TermOrder), q.args.among(t.dialect, "o.value", orders)
		q.text += " UNION SELECT c.id FROM cases AS c WHERE c.customer = '' AND c.id IN (SELECT o.id FROM case_terms AS o WHERE o.field = " + field + " AND " + theirs + ")" +
			" AND NOT EXISTS (SELECT 1 FROM case_terms AS o WHERE o.id = c.id AND o.field = " + field + " AND NOT (" + theirs + "))"
	}
	return q
}

// entries finds the threads of cases.
func (t *traces) entries(cases []string) (q query) {
	if len(cases) > 0 {
		q.text = "SELECT id FROM case_entries WHERE " + q.args.among(t.dialect, "case_id", cases)
	}
	return q
}

// under are the conditions for what is kept under the addresses, by the time in its ids.
func (t *traces) under(a *args, column, prefix string) (where []string) {
	if t.own != "" {
		where = append(where, column+" = "+a.add(t.own))
	}
	for _, p := range t.had {
		where = append(where, p.before(a, column, prefix))
	}
	return where
}

// mails finds what was written to the customer, and all about the orders and in the cases, whomever it was written to.
func (t *traces) mails(orders, cases []string) (q query) {
	where := t.under(&q.args, "recipient", "mail")
	if len(orders) > 0 {
		where = append(where, q.args.among(t.dialect, "order_id", orders))
	}
	if len(cases) > 0 {
		where = append(where, q.args.among(t.dialect, "case_id", cases))
	}
	if len(where) > 0 {
		q.text = "SELECT id FROM mails WHERE recipient <> '' AND (" + strings.Join(where, " OR ") + ")"
	}
	return q
}

// credits finds the customer's accounts of store credit.
func (t *traces) credits() (q query) {
	where := t.under(&q.args, "owner", "scr")
	if len(where) > 0 {
		q.text = "SELECT id FROM store_credits WHERE " + strings.Join(where, " OR ")
	}
	return q
}
