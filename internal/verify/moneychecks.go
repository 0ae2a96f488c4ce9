package verify

import (
	"maps"
	"slices"

	"ordo/internal/app"
	"ordo/internal/order"
	"ordo/internal/payment"
)

// Names of providers that mean something here.
const (
	manual      = app.Manual
	sandboxName = "sandbox"
)

// outcomes are the events that end a payment entry, and how it ends.
var outcomes = map[string]struct {
	kind  payment.Kind
	state payment.State
}{
	"payment.authorized":           {payment.Authorize, payment.Succeeded},
	"payment.authorization_failed": {payment.Authorize, payment.Failed},
	"payment.captured":             {payment.Capture, payment.Succeeded},
	"payment.capture_failed":       {payment.Capture, payment.Failed},
	"payment.voided":               {payment.Void, payment.Succeeded},
	"payment.void_failed":          {payment.Void, payment.Failed},
	"payment.refunded":             {payment.Refund, payment.Succeeded},
	"payment.refund_failed":        {payment.Refund, payment.Failed},
	"payment.reauthorized":         {payment.Authorize, payment.Succeeded},
	"payment.auth_expired":         {payment.Expire, payment.Succeeded},
	"payment.disputed":             {payment.Chargeback, payment.Succeeded},
	"payment.dispute_closed":       {payment.ChargebackReversal, payment.Succeeded},
}

// unmatched is told of what a provider says and nobody asked for: it is about no entry.
const unmatched = "payment.unmatched"

// sums adds up the payments that can be read; all tells whether those are all.
func (f *file) sums() (s payment.Sums, all bool) {
	all = true
	for _, p := range f.payments {
		if p == nil || p.doc == nil {
			all = false
			continue
		}
		s = s.Plus(p.doc.Sums())
	}
	return s, all
}

func paymentStatus(r *result, f *file) {
	s, all := f.sums()
	if !all {
		return // references, or documents.parts, say so
	}
	if want := payment.Status(f.doc.Totals.GrandTotal, f.doc.Granted(), len(f.payments), s); want != f.doc.PaymentStatus {
		r.bad(orderName(f.id), "has payment_status %s, its payments say %s", f.doc.PaymentStatus, want)
	}
}

// overcharged: more is kept than the order is worth less what was granted back. A refund that the provider refused is
// still owed; a person has to look, but no row is wrong.
func overcharged(r *result, f *file) {
	s, _ := f.sums()
	worth := max(0, f.doc.Totals.GrandTotal-f.doc.Granted())
	over := s.Kept() - worth
	if over <= 0 || s.RefundPending >= over {
		return
	}
	var refused int64
	for _, p := range f.payments {
		if p == nil || p.doc == nil {
			continue
		}
		for _, e := range p.doc.Entries {
			if e.Kind == payment.Refund && e.State == payment.Failed {
				refused += e.Amount
			}
		}
	}
	if s.RefundPending+refused >= over {
		r.warn(orderName(f.id), "owes %d %s to its customer, a refund of it failed", over-s.RefundPending, f.doc.Currency)
		return
	}
	r.bad(orderName(f.id), "has captured %d and gave back %d %s, it is worth %d, and only %d are being refunded", s.Captured, s.Captured-s.Kept(), f.doc.Currency, worth, s.RefundPending)
}

// grantRules: grants name units once, and refunds carry out no more than was granted (P8).
func grantRules(r *result, f *file) {
	if err := order.CheckGrants(f.doc); err != nil {
		r.bad(orderName(f.id), "%v", err)
	}
	granted := map[string]int64{}
	for _, g := range f.doc.Grants {
		if granted[g.ID] = g.Amount - g.Offset; g.Credit != "" { // store credit carries it out
			granted[g.ID] = 0
		}
	}
	var ps []*payment.Payment
	for _, p := range f.payments {
		if p != nil && p.doc != nil {
			ps = append(ps, p.doc)
		}
	}
	refunds := payment.Refunds(ps)
	for _, id := range slices.Sorted(maps.Keys(refunds)) {
		amount, known := granted[id]
		switch back := refunds[id].Refunded + refunds[id].RefundPending; {
		case !known:
			r.bad(orderName(f.id), "refunds carry out grant %s, which the order does not have", id)
		case back > amount:
			r.bad(orderName(f.id), "granted %d by %s, and refunds of %d carry it out", amount, id, back)
		}
	}
}

func paymentRules(r *result, _ *file, p *paymentRow) {
	if p.doc == nil {
		return
	}
	if err := payment.CheckSums(p.doc); err != nil {
		r.bad(paymentName(p), "%v", err)
	}
}

// expiredAuths: an authorization is not used after its end, and what is left of it has a job that will end it (P5).
func expiredAuths(r *result, f *file, p *paymentRow) {
	if p.doc == nil {
		return
	}
	if err := payment.CheckExpiry(p.doc); err != nil {
		r.bad(paymentName(p), "%v", err)
	}
	for _, a := range p.doc.Auths() {
		if left := p.doc.Rest(a.ID); a.ExpiresAt != 0 && left > 0 && !f.run.jobs.watched[a.ID] {
			r.bad(paymentName(p), "authorization %s of order %s ends at %s with %d left, and no job will end it", a.ID, f.id, a.ExpiresAt, left)
		}
	}
}

func paymentOfOrder(r *result, f *file, p *paymentRow) {
	if p.doc == nil {
		return
	}
	if p.doc.Currency != f.doc.Currency {
		r.bad(paymentName(p), "is in %s, order %s in %s", p.doc.Currency, f.id, f.doc.Currency)
	}
	for _, e := range p.doc.Entries {
		if e.Parent != "" && p.doc.Entry(e.Parent) == nil {
			r.bad(paymentName(p), "entry %s acts on %s, which is no entry of it", e.ID, e.Parent)
		}
	}
}

// paymentsAsked: the payments that an order was placed with ask for its total, whatever became of either since.
func paymentsAsked(r *result, f *file) {
	if f.placed == nil {
		return // orders.journal says so
	}
	sum := int64(0)
	for _, p := range f.payments {
		if p == nil || p.doc == nil {
			return
		}
		if slices.Contains(f.placed.payments, p.id) {
			sum += p.doc.Amount
		}
	}
	if sum != f.placed.total {
		r.bad(orderName(f.id), "was placed for %d %s, its payments ask for %d", f.placed.total, f.doc.Currency, sum)
	}
}

// paymentFold compares each entry with the events that carry it: what was asked for, and what became of it.
func paymentFold(r *result, f *file, p *paymentRow) {
	if p.doc == nil {
		return
	}
	for _, e := range p.doc.Entries {
		want := app.PaymentFact{ID: p.id, Provider: p.doc.Provider, Currency: p.doc.Currency, Entry: e}
		for _, ev := range f.intents[e.ID] {
			asked := *ev.body.Payment
			if asked.ID != p.id || asked.Entry.Kind != e.Kind || asked.Entry.Amount != e.Amount || asked.Entry.Parent != e.Parent {
				r.bad(paymentName(p), "entry %s is %s %d, journal row %d asks for %s %d", e.ID, e.Kind, e.Amount, ev.seq, asked.Entry.Kind, asked.Entry.Amount)
			}
		}
		facts := f.facts[e.ID]
		switch {
		case e.Done() && len(facts) == 0:
			r.bad(paymentName(p), "entry %s (%s %d) has %s, and no event says so", e.ID, e.Kind, e.Amount, e.State)
		case !e.Done() && len(facts) > 0:
			r.bad(paymentName(p), "entry %s (%s %d) is %s, journal row %d is %s", e.ID, e.Kind, e.Amount, e.State, facts[0].seq, facts[0].kind)
		case len(facts) > 1:
			r.bad(paymentName(p), "entry %s (%s %d) has %d outcomes in the journal, rows %d and %d", e.ID, e.Kind, e.Amount, len(facts), facts[0].seq, facts[1].seq)
		case len(facts) == 1:
			out := outcomes[facts[0].kind]
			if *facts[0].body.Payment != want || out.kind != e.Kind || out.state != e.State {
				r.bad(paymentName(p), "entry %s is %s %d %s, journal row %d says otherwise", e.ID, e.Kind, e.Amount, e.State, facts[0].seq)
			}
		}
	}
}

// strayFacts looks for outcomes in the journal that no document has.
func strayFacts(r *result, f *file) {
	have := map[string]bool{}
	for _, p := range f.payments {
		if p == nil || p.doc == nil {
			return
		}
		for _, e := range p.doc.Entries {
			have[e.ID] = true
		}
	}
	for _, e := range f.events {
		if p := e.body.Payment; p != nil && e.kind != unmatched && !have[p.Entry.ID] {
			r.bad(seqName(e.seq), "%s of %d on payment %s of order %s: there is no entry %s", e.kind, p.Entry.Amount, p.ID, f.id, p.Entry.ID)
		}
	}
}

// entriesHaveJobs: an entry that nobody carries out would stay open for good.
func entriesHaveJobs(r *result, f *file, p *paymentRow) {
	if p.doc == nil || p.doc.Provider == manual {
		return
	}
	for _, e := range p.doc.Entries {
		if !e.Done() {
			if !f.run.jobs.entries[e.ID] {
				r.bad(paymentName(p), "entry %s (%s %d) of order %s is %s, and no job carries it out", e.ID, e.Kind, e.Amount, f.id, e.State)
			} else {
				r.waiting++
			}
		}
	}
}
