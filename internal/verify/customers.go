package verify

import (
	"context"

	"ordo/internal/app"
	"ordo/internal/customer"
	"ordo/internal/jsonx"
	"ordo/internal/store"
	"ordo/internal/work"
)

// customerRow is a customer with what stands beside it.
type customerRow struct {
	stored[customer.Customer]
	email, phone string // columns
	terms        []work.Term
	events       []serviceEvent
	holder       string // of its mail address in the key table
}

func (v *run) readCustomers(ctx context.Context) error {
	for after := ""; ; {
		var page []*customerRow
		err := v.db.Query(ctx, func(r store.Row) error {
			c := &customerRow{}
			var doc string
			if err := r.Scan(&c.id, &c.version, &doc, &c.email, &c.phone); err != nil {
				return err
			}
			c.stored = decode(app.Customers, c.id, c.version, doc)
			page = append(page, c)
			return nil
		}, "SELECT id, version, doc, email, phone FROM customers WHERE id > $1 ORDER BY id LIMIT $2", after, tablePage)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].id
		if err := v.checkCustomers(ctx, page); err != nil {
			return err
		}
	}
}

func (v *run) checkCustomers(ctx context.Context, page []*customerRow) error {
	var ids, emails []string
	byID, holders := map[string]*customerRow{}, map[[2]string]string{}
	for _, c := range page {
		ids, byID[c.id] = append(ids, c.id), c
		if c.doc != nil && c.doc.Email != "" {
			emails = append(emails, folded(c.doc.Email))
		}
	}
	if err := v.readOwners(ctx, holders, app.ScopeCustomerEmail, emails); err != nil {
		return err
	}
	if err := v.terms(ctx, "customer_terms", ids, func(id string, t work.Term) { byID[id].terms = append(byID[id].terms, t) }); err != nil {
		return err
	}
	if err := v.serviceEvents(ctx, ids, "customer", func(id string, e serviceEvent) { byID[id].events = append(byID[id].events, e) }); err != nil {
		return err
	}
	for _, c := range page {
		if c.doc != nil && c.doc.Email != "" {
			if c.holder = holders[[2]string{app.ScopeCustomerEmail, folded(c.doc.Email)}]; c.holder == c.id {
				v.total.counted.keys++
			}
		}
		each(v, customerName(c.id), c, func(k *check) func(*result, *customerRow) { return k.customer })
	}
	return nil
}

func customerColumnsAgree(r *result, c *customerRow) {
	switch d := c.doc; {
	case c.err != nil:
		r.bad(customerName(c.id), "cannot be read: %v", c.err)
	case d.ID != c.id || d.Version != c.version || folded(d.Email) != c.email || d.Phone != c.phone:
		r.bad(customerName(c.id), "has other columns than its document")
	case !sameTerms(app.CustomerTerms(d), c.terms):
		r.bad(customerName(c.id), "is found by %v, and should be by %v", c.terms, app.CustomerTerms(d))
	}
}

func customerKey(r *result, c *customerRow) {
	if c.doc != nil && c.doc.Email != "" && c.holder != c.id {
		r.bad(customerName(c.id), "its mail address belongs to %q in the key table", c.holder)
	}
}

func customerVersions(r *result, c *customerRow) {
	serviceVersions(r, customerName(c.id), c.version, c.events)
}

// customerFold: the last event says the same, and so does what is personal of it unless it was erased.
func customerFold(r *result, c *customerRow) {
	if c.doc == nil || len(c.events) == 0 {
		return
	}
	last := c.events[len(c.events)-1]
	if last.err != nil {
		r.bad(seqName(last.seq), "cannot be read: %v", last.err)
		return
	}
	public, personal := customer.Split(c.doc)
	if last.body.Customer == nil || fingerprint(last.body.Customer) != fingerprint(&public) {
		r.bad(customerName(c.id), "is not what journal row %d says", last.seq)
		return
	}
	if c.doc.ErasedAt != 0 && fingerprint(&personal) != fingerprint(&customer.Personal{}) {
		r.bad(customerName(c.id), "was erased, and something personal of it is there")
		return
	}
	var told customer.Personal
	if last.personal != "" && (jsonx.Unmarshal([]byte(last.personal), &told) != nil || fingerprint(&told) != fingerprint(&personal)) {
		r.bad(customerName(c.id), "its personal data is not what journal row %d says", last.seq)
	}
}
