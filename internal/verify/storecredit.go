package verify

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"ordo/internal/app"
	"ordo/internal/jsonx"
	"ordo/internal/payment"
	"ordo/internal/store"
	"ordo/internal/storecredit"
)

// creditRow is an account of store credit with its events and the payments that its ledger names.
type creditRow struct {
	stored[storecredit.Account]
	owner    string
	events   []*creditEvent
	payments map[string]*payment.Payment // of the page; those that can be read
	matched  int64                       // entries of the ledger that a payment has too
}

type creditEvent struct {
	seq, version int64
	body         app.StoreCreditBody
	err          error
}

func creditName(id string) string { return "store credit " + id }

// creditKinds are what payment entries are in a ledger. It is written down here again on purpose.
var creditKinds = map[payment.Kind]storecredit.Kind{
	payment.Authorize: storecredit.Authorized, payment.Capture: storecredit.Captured, payment.Void: storecredit.Voided, payment.Refund: storecredit.Refunded,
}

// drawsCredit reports whether a payment entry has to stand in a ledger.
func drawsCredit(e payment.Entry) bool { return e.Amount > 0 && e.State == payment.Succeeded }

// creditEntries counts what an order's payments took of store credit.
func (f *file) creditEntries(t *tally) {
	for _, p := range f.payments {
		if p == nil || p.doc == nil || p.doc.Provider != payment.StoreCredit {
			continue
		}
		for _, e := range p.doc.Entries {
			if drawsCredit(e) {
				t.counted.credit++
			}
		}
	}
}

// readStoreCredits walks the accounts; then it looks for events and payments without one.
func (v *run) readStoreCredits(ctx context.Context) error {
	matched := int64(0)
	for after := ""; ; {
		page, err := v.creditPage(ctx, after)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].id
		for _, a := range page {
			if k := v.known[aggregate{"store_credit", a.id}]; k != nil {
				k.visited = true
			}
			each(v, creditName(a.id), a, func(c *check) func(*result, *creditRow) { return c.credit })
			matched += a.matched
		}
	}
	var lost []*known
	for _, k := range v.known {
		if k.kind == "store_credit" && !k.visited {
			lost = append(lost, k)
		}
	}
	slices.SortFunc(lost, func(a, b *known) int { return cmp.Compare(a.seq, b.seq) })
	for _, k := range lost {
		v.total.of("journal.events").bad(seqName(k.seq), "is about store credit %s, which does not exist", k.id)
	}
	if matched == v.total.counted.credit {
		return nil
	}
	return v.strayCredit(ctx)
}

func (v *run) creditPage(ctx context.Context, after string) (page []*creditRow, err error) {
	byID, payments := map[string]*creditRow{}, map[string]*payment.Payment{}
	var ids, named []string
	if err = v.db.Query(ctx, func(r store.Row) error {
		a := &creditRow{payments: payments}
		var text string
		if err := r.Scan(&a.id, &a.version, &text, &a.owner); err != nil {
			return err
		}
		a.stored = decode(app.StoreCredits, a.id, a.version, text)
		page, ids, byID[a.id] = append(page, a), append(ids, a.id), a
		if a.doc != nil {
			for _, e := range a.doc.Entries {
				if e.Payment != "" {
					named = append(named, e.Payment)
				}
			}
		}
		return nil
	}, "SELECT id, version, doc, owner FROM store_credits WHERE id > $1 ORDER BY id LIMIT $2", after, tablePage); err != nil || len(page) == 0 {
		return nil, err
	}
	if err = v.in(ctx, ids, func(r store.Row) error {
		e := &creditEvent{}
		var id, kind, body string
		if err := r.Scan(&id, &e.seq, &e.version, &kind, &body); err != nil {
			return err
		}
		if kindOf(kind) == "store_credit" {
			e.err = jsonx.Unmarshal([]byte(body), &e.body)
			byID[id].events = append(byID[id].events, e)
		}
		return nil
	}, "SELECT aggregate, seq, version, type, body FROM journal WHERE aggregate IN (?) ORDER BY aggregate, seq"); err != nil {
		return nil, err
	}
	slices.Sort(named)
	return page, v.in(ctx, slices.Compact(named), func(r store.Row) error {
		var id, text string
		if err := r.Scan(&id, &text); err != nil {
			return err
		}
		if p, err := app.Payments.Decode([]byte(text)); err == nil {
			payments[id] = p
		}
		return nil
	}, "SELECT id, doc FROM payments WHERE id IN (?)")
}

// strayCredit looks for payments that took store credit of which no ledger knows.
func (v *run) strayCredit(ctx context.Context) error {
	r := v.total.of("store_credits.payments")
	for after := ""; ; {
		var page []*payment.Payment
		var accounts []string
		last := ""
		if err := v.db.Query(ctx, func(row store.Row) error {
			var text string
			if err := row.Scan(&last, &text); err != nil {
				return err
			}
			if p, err := app.Payments.Decode([]byte(text)); err == nil && p.Provider == payment.StoreCredit {
				page, accounts = append(page, p), append(accounts, p.Account)
			}
			return nil
		}, "SELECT id, doc FROM payments WHERE id > $1 ORDER BY id LIMIT $2", after, tablePage); err != nil || last == "" {
			return err
		}
		after = last
		written := map[string]bool{} // account and entry
		slices.Sort(accounts)
		if err := v.in(ctx, slices.Compact(accounts), func(row store.Row) error {
			var id, text string
			if err := row.Scan(&id, &text); err != nil {
				return err
			}
			if a, err := app.StoreCredits.Decode([]byte(text)); err == nil {
				for _, e := range a.Entries {
					written[id+" "+e.ID] = true
				}
			}
			return nil
		}, "SELECT id, doc FROM store_credits WHERE id IN (?)"); err != nil {
			return err
		}
		for _, p := range page {
			for _, e := range p.Entries {
				if drawsCredit(e) && !written[p.Account+" "+e.ID] {
					r.bad("payment "+p.ID, "entry %s (%s %d) stands in no ledger of store credit %s", e.ID, e.Kind, e.Amount, p.Account)
				}
			}
		}
	}
}

func creditColumnsAgree(r *result, a *creditRow) {
	switch {
	case a.err != nil:
		r.bad(creditName(a.id), "cannot be read: %v", a.err)
	case a.doc.ID != a.id || a.doc.Version != a.version:
		r.bad(creditName(a.id), "version %d: the document is %s, version %d", a.version, a.doc.ID, a.doc.Version)
	case a.owner != strings.ToLower(strings.TrimSpace(a.doc.Email)):
		r.bad(creditName(a.id), "has another owner than its document says") // not shown: it is personal
	}
}

func creditVersions(r *result, a *creditRow) {
	version := int64(0)
	if n := len(a.events); n > 0 {
		version = a.events[n-1].version
	}
	if version != a.version {
		r.bad(creditName(a.id), "has version %d, its last event %d", a.version, version)
	}
}

func creditRules(r *result, a *creditRow) {
	if a.doc == nil {
		return
	}
	if err := storecredit.Check(a.doc); err != nil {
		r.bad(creditName(a.id), "%v", err)
	}
}

// creditFold reads the ledger out of the events again: entry by entry, with the balance that each of them tells.
func creditFold(r *result, a *creditRow) {
	if a.doc == nil {
		return
	}
	told := storecredit.Account{}
	for _, e := range a.events {
		if e.err != nil {
			return // journal.events says so
		}
		if e.body.Currency != a.doc.Currency {
			r.bad(creditName(a.id), "is in %s, journal row %d in %s", a.doc.Currency, e.seq, e.body.Currency)
		}
		if e.body.Entry != nil {
			told.Entries = append(told.Entries, *e.body.Entry)
		}
		if n := told.Sums().Balance(); e.body.Balance != n {
			r.bad(creditName(a.id), "journal row %d tells a balance of %d, its entries up to there give %d", e.seq, e.body.Balance, n)
		}
	}
	if !slices.Equal(told.Entries, a.doc.Entries) {
		r.bad(creditName(a.id), "has %d entries and a balance of %d, the journal says %d and %d, or other ones", len(a.doc.Entries), a.doc.Sums().Balance(), len(told.Entries), told.Sums().Balance())
	}
}

// creditPayments compares what the ledger says of payments with what they say.
func creditPayments(r *result, a *creditRow) {
	if a.doc == nil {
		return
	}
	for _, l := range a.doc.Entries {
		byHand := slices.Contains(storecredit.ByHand, l.Kind)
		if byHand && l.Payment == "" {
			continue
		}
		p := a.payments[l.Payment]
		if p == nil || byHand {
			r.bad(creditName(a.id), "entry %s (%s %d) is of payment %q, which does not exist or cannot be", l.ID, l.Kind, l.Amount, l.Payment)
			continue
		}
		e := p.Entry(l.ID)
		switch {
		case e == nil || !drawsCredit(*e) || creditKinds[e.Kind] != l.Kind || e.Amount != l.Amount || p.Order != l.Order:
			r.bad(creditName(a.id), "entry %s (%s %d) of order %s is not what payment %s says", l.ID, l.Kind, l.Amount, l.Order, p.ID)
		case p.Account != a.id || p.Currency != a.doc.Currency || p.Provider != payment.StoreCredit:
			r.bad(creditName(a.id), "entry %s (%s %d) is of payment %s, which is of %s %s in %s", l.ID, l.Kind, l.Amount, p.ID, p.Provider, p.Account, p.Currency)
		default:
			a.matched++
		}
	}
}
