package verify

import (
	"context"
	"slices"

	"ordo/internal/app"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/store"
	"ordo/internal/work"
)

// returnRow is a return, exchange or claim as its row has it.
type returnRow struct {
	stored[returns.Return]
	order, kind, status string
	due                 micros.Time
	terms               []work.Term
}

func returnName(p *returnRow) string { return "return " + p.id }

func (v *run) readReturns(ctx context.Context, d *orderData, ids []string) error {
	return v.in(ctx, ids, func(r store.Row) error {
		p := &returnRow{}
		var doc string
		if err := r.Scan(&p.id, &p.version, &doc, &p.order, &p.kind, &p.status, &p.due); err != nil {
			return err
		}
		d.returns[p.id], d.raw[p.id] = p, doc
		return nil
	}, "SELECT id, version, doc, order_id, type, status, due_at FROM returns WHERE id IN (?)")
}

// takeReturns gives the order its returns, in the order of its list; nil for one that does not exist.
func (f *file) takeReturns(d *orderData, t *tally, seen map[string]bool) {
	for _, id := range f.doc.Returns {
		p := d.returns[id]
		if p != nil && p.doc == nil && p.err == nil {
			p.stored = decode(app.Returns, p.id, p.version, d.raw[id])
		}
		if p != nil && p.order == f.id && !seen[id] {
			t.counted.returns++
		}
		seen[id] = true
		f.returns = append(f.returns, p)
	}
}

func returnColumnsAgree(r *result, _ *file, p *returnRow) {
	switch d := p.doc; {
	case p.err != nil:
		r.bad(returnName(p), "cannot be read: %v", p.err)
	case d.ID != p.id || d.Version != p.version:
		r.bad(returnName(p), "version %d: the document is %s, version %d", p.version, d.ID, d.Version)
	case d.Order != p.order || string(d.Type) != p.kind || string(d.Status) != p.status || app.ReturnDue(d) != p.due:
		r.bad(returnName(p), "has columns %s, %s, %s, %s, the document says %s, %s, %s, %s", p.order, p.kind, p.status, p.due, d.Order, d.Type, d.Status, app.ReturnDue(d))
	}
}

func returnRules(r *result, _ *file, p *returnRow) {
	if p.doc == nil {
		return
	}
	if err := returns.Check(p.doc); err != nil {
		r.bad(returnName(p), "%v", err)
	}
}

// returnedUnits adds up what returns and claims say of each line (R1). What has not come and will not come counts for
// nobody.
func returnedUnits(r *result, f *file) {
	sums := map[string]returns.Delta{}
	for _, p := range f.returns {
		if p == nil || p.doc == nil {
			return // references, or documents.returns, say so
		}
		for _, d := range returns.Deltas(nil, p.doc) {
			s := sums[d.Line]
			sums[d.Line] = returns.Delta{
				Line: d.Line, Requested: s.Requested + d.Requested, Accepted: s.Accepted + d.Accepted, Rejected: s.Rejected + d.Rejected, Claimed: s.Claimed + d.Claimed,
			}
			if f.doc.Line(d.Line) == nil {
				r.bad(returnName(p), "is about line %q, which is not in order %s", d.Line, f.id)
			}
		}
	}
	for i := range f.doc.Lines {
		l := &f.doc.Lines[i]
		have := sums[l.ID]
		have.Line = l.ID
		want := returns.Delta{Line: l.ID, Requested: l.Units.ReturnRequested, Accepted: l.Units.ReturnedAccepted, Rejected: l.Units.ReturnedRejected, Claimed: l.Units.WrittenOff}
		if have != want {
			r.bad(orderName(f.id), "line %s counts %+v, its returns %+v", l.ID, want, have)
		}
	}
}

// returnMoney: what a return refunds is granted by its order, once, and to nobody else (R2). What the grant gives for
// units is what they cost, each counted once (R4): order.Worth says so of all grants in their order.
func returnMoney(r *result, f *file, p *returnRow) {
	if p.doc == nil {
		return
	}
	if s := p.doc.Swap; s != nil && s.Grant != "" {
		i := slices.IndexFunc(f.doc.Grants, func(g order.Grant) bool { return g.ID == s.Grant && g.Return == p.id })
		if i < 0 || f.doc.Grants[i].Offset != s.Credit {
			r.bad(returnName(p), "has %d paid of its replacement by grant %s, which does not say so", s.Credit, s.Grant)
		}
	}
	used := map[string]bool{}
	for _, x := range p.doc.Refunds {
		if x.Grant == "" {
			if x.Amount > 0 {
				r.bad(returnName(p), "refunds %d that no grant gives", x.Amount)
			}
			continue
		}
		found := false
		for _, g := range f.doc.Grants {
			if g.ID != x.Grant {
				continue
			}
			found = true
			switch account := ""; {
			case used[g.ID] || g.Return != p.id:
				r.bad(returnName(p), "refunds by grant %s, which is for return %q", g.ID, g.Return)
			case g.Amount != x.Amount || g.Shipping != x.Shipping:
				r.bad(returnName(p), "refunds %d by grant %s, which gives %d", x.Amount, g.ID, g.Amount)
			default:
				if p.doc.RefundTo == returns.ToCredit {
					account = p.doc.Account
				}
				if g.Credit != account {
					r.bad(returnName(p), "refunds to %q, grant %s gives to %q", account, g.ID, g.Credit)
				}
			}
			for _, l := range g.Lines {
				refunded := int64(0)
				for _, u := range x.Lines {
					if u.Line == l.Line {
						refunded += u.Quantity
					}
				}
				if l.Quantity > refunded {
					r.bad(returnName(p), "grant %s gives back %d units of line %s, the return %d", g.ID, l.Quantity, l.Line, refunded)
				}
			}
		}
		if !found {
			r.bad(returnName(p), "refunds by grant %s, which order %s does not have", x.Grant, f.id)
		}
		used[x.Grant] = true
	}
}

// returnLabel: the other side of what labels say of their returns.
func returnLabel(r *result, f *file, p *returnRow) {
	if p.doc != nil && p.doc.Label != "" && !slices.Contains(f.doc.Labels, p.doc.Label) {
		r.bad(returnName(p), "comes with label %s, which is not of order %s", p.doc.Label, f.id)
	}
}

// returnFold compares whole documents: every event of a return carries it as it was then.
func returnFold(r *result, f *file, p *returnRow) {
	if p.doc == nil {
		return
	}
	e := f.told[p.id]
	if e == nil {
		r.bad(returnName(p), "of order %s has no event", f.id)
		return
	}
	if text := difference(*e.body.Return, *p.doc); text != "" {
		r.bad(returnName(p), "of order %s: %s", f.id, text)
	}
}

// returnHasJob: a return whose time nobody watches would stay open for good.
func returnHasJob(r *result, f *file, p *returnRow) {
	if p.doc != nil && app.ReturnDue(p.doc) != 0 && !f.run.jobs.returns[p.id] {
		r.bad(returnName(p), "is due at %s, and no job looks at it", app.ReturnDue(p.doc))
	}
}
