package app

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/customer"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/store"
)

// traces are the mail addresses under which a customer is found: that of today, and those that the customer had before
// as far as nobody else has them now. Of an address that went to another customer only the time counts in which it was
// this one's: what came later is not theirs to erase.
type traces struct {
	own    []string
	passed []period
}

// period is when a customer had a mail address.
type period struct {
	email    string
	from, to micros.Time
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
	if email := fold(c.Email); email != "" {
		t.own = append(t.own, email)
	}
	for _, p := range had {
		if p.email == "" || slices.Contains(t.own, p.email) {
			continue
		}
		others, err := a.ListCustomers(ctx, CustomerFilter{Email: p.email, Limit: 1})
		if err != nil {
			return t, err
		}
		if len(others) == 0 {
			t.own = append(t.own, p.email)
		} else {
			t.passed = append(t.passed, p)
		}
	}
	return t, nil
}

// args are the arguments of a query.
type args []any

// add returns the placeholder of a value.
func (a *args) add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// list returns the placeholders of values; "" for none.
func (a *args) list(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = a.add(v)
	}
	return strings.Join(out, ", ")
}

// query finds ids of one kind.
type query struct {
	what, text string
	args       args
}

// orders finds what was ordered under the addresses; without text where there are none.
func (t *traces) orders() query {
	q := query{what: "orders"}
	var where []string
	if in := q.args.list(t.own); in != "" {
		where = append(where, "email IN ("+in+")")
	}
	for _, p := range t.passed {
		where = append(where, "(email = "+q.args.add(p.email)+" AND placed_at >= "+q.args.add(int64(p.from))+" AND placed_at < "+q.args.add(int64(p.to))+")")
	}
	if len(where) > 0 {
		q.text = "SELECT id FROM orders WHERE " + strings.Join(where, " OR ")
	}
	return q
}

// queries finds all that is a customer's beside the threads of cases: cases that are nobody's belong to whose order
// they are about.
func (t *traces) queries(id string, orders []string) (all []query) {
	if q := t.orders(); q.text != "" {
		all = append(all, q)
	}
	cases := query{what: "cases"}
	cases.text = "SELECT id FROM cases WHERE customer = " + cases.args.add(id)
	if in := cases.args.list(orders); in != "" {
		cases.text += " OR customer = '' AND id IN (SELECT id FROM case_terms WHERE field = " + cases.args.add(TermOrder) + " AND value IN (" + in + "))"
	}
	mails := query{what: "mails"}
	mails.text = "SELECT id FROM mails WHERE recipient <> '' AND (case_id IN (SELECT id FROM cases WHERE customer = " + mails.args.add(id) + ")"
	if in := mails.args.list(t.own); in != "" {
		mails.text += " OR recipient IN (" + in + ")"
	}
	if in := mails.args.list(orders); in != "" {
		mails.text += " OR order_id IN (" + in + ")"
	}
	mails.text += ")"
	all = append(all, cases, mails)
	credits := query{what: "credits"}
	if in := credits.args.list(t.own); in != "" {
		credits.text = "SELECT id FROM store_credits WHERE owner IN (" + in + ")"
		all = append(all, credits)
	}
	return all
}
