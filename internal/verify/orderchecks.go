package verify

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"ordo/internal/app"
	"ordo/internal/fulfillment"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/work"
)

func readableEvents(r *result, f *file) {
	for _, e := range f.events {
		if e.err != nil {
			r.bad(seqName(e.seq), "%s of order %s: the body cannot be read: %v", e.kind, f.id, e.err)
		}
	}
	if e := f.unbucketed; e != nil {
		r.bad(seqName(e.seq), "%s of order %s: moves stock in a bucket that does not exist", e.kind, f.id)
	}
}

func orderVersions(r *result, f *file) {
	version, seq := int64(0), int64(0)
	for _, e := range f.events {
		r.rows++
		if text := nextVersion(version, seq, e.version, e.seq); text != "" {
			r.bad(seqName(e.seq), "%s of order %s %s", e.kind, f.id, text)
		}
		version, seq = e.version, e.seq
	}
	if version != f.version {
		r.bad(orderName(f.id), "has version %d, its last event %d", f.version, version)
	}
}

func orderColumnsAgree(r *result, f *file) {
	if f.err != nil {
		r.bad(orderName(f.id), "cannot be read: %v", f.err)
		return
	}
	o := f.doc
	want := orderColumns{o.Channel, string(o.Status), o.PaymentStatus, o.FulfillmentStatus, strings.ToLower(strings.TrimSpace(o.Customer.Email)), int64(o.PlacedAt), "", "", ""}
	want.phone, want.name, want.postal = app.FoundBy(o)
	switch {
	case o.ID != f.id || o.Version != f.version:
		r.bad(orderName(f.id), "version %d: the document is %s, version %d", f.version, o.ID, o.Version)
	case want != f.cols:
		r.bad(orderName(f.id), "has columns %+v, the document says %+v", f.cols, want)
	}
}

// orderTermsAgree compares what an order is found by with what stands in its lists.
func orderTermsAgree(r *result, f *file) {
	termsAgree(r, orderName(f.id), f.terms, app.OrderTerms(f.doc))
}

func fulfillmentTermsAgree(r *result, _ *file, p *fulfillmentRow) {
	if p.doc != nil {
		termsAgree(r, fulfillmentName(p), p.terms, app.FulfillmentTerms(p.doc))
	}
}

func returnTermsAgree(r *result, _ *file, p *returnRow) {
	if p.doc != nil {
		termsAgree(r, returnName(p), p.terms, app.ReturnTerms(p.doc))
	}
}

func termsAgree(r *result, name string, have, want []work.Term) {
	if !sameTerms(have, want) {
		r.bad(name, "is found by %q, its document says %q", have, want)
	}
}

func paymentColumnsAgree(r *result, _ *file, p *paymentRow) {
	switch {
	case p.err != nil:
		r.bad(paymentName(p), "cannot be read: %v", p.err)
	case p.doc.ID != p.id || p.doc.Version != p.version:
		r.bad(paymentName(p), "version %d: the document is %s, version %d", p.version, p.doc.ID, p.doc.Version)
	case p.doc.Order != p.order:
		r.bad(paymentName(p), "has order_id %s, the document says %s", p.order, p.doc.Order)
	case p.ref != app.PaymentRef(p.doc):
		r.bad(paymentName(p), "has provider_ref %q, the document says %q", p.ref, app.PaymentRef(p.doc))
	case p.waiting != app.PaymentWaits(p.doc):
		r.bad(paymentName(p), "has waiting %d, the document says %d", p.waiting, app.PaymentWaits(p.doc))
	}
}

func fulfillmentColumnsAgree(r *result, _ *file, p *fulfillmentRow) {
	switch {
	case p.err != nil:
		r.bad(fulfillmentName(p), "cannot be read: %v", p.err)
	case p.doc.ID != p.id || p.doc.Version != p.version:
		r.bad(fulfillmentName(p), "version %d: the document is %s, version %d", p.version, p.doc.ID, p.doc.Version)
	case p.doc.Order != p.order || p.doc.Location != p.location || string(p.doc.Status) != p.status:
		r.bad(fulfillmentName(p), "has columns %s, %s, %s, the document says %s, %s, %s", p.order, p.location, p.status, p.doc.Order, p.doc.Location, p.doc.Status)
	}
}

// parts looks from the order; what no order names is found by counting (strays.go).
func parts(r *result, f *file) {
	seen := map[string]bool{}
	one := func(what, id string, exists bool, owner string) {
		switch {
		case !exists:
			r.bad(orderName(f.id), "names %s %s, which does not exist", what, id)
		case owner != f.id:
			r.bad(orderName(f.id), "names %s %s, which belongs to order %s", what, id, owner)
		case seen[id]:
			r.bad(orderName(f.id), "names %s %s twice", what, id)
		}
		seen[id] = true
	}
	for i, p := range f.payments {
		if p == nil {
			p = &paymentRow{}
		}
		one("payment", f.doc.Payments[i], p.id != "", p.order)
	}
	for i, p := range f.fulfillments {
		if p == nil {
			p = &fulfillmentRow{}
		}
		one("fulfillment order", f.doc.Fulfillments[i], p.id != "", p.order)
	}
	for i, p := range f.returns {
		if p == nil {
			p = &returnRow{}
		}
		one("return", f.doc.Returns[i], p.id != "", p.order)
	}
}

func orderRules(r *result, f *file) {
	if err := order.Check(f.doc); err != nil {
		r.bad(orderName(f.id), "%v", err)
	}
}

// drafts: what was never placed holds nothing and has no number.
func drafts(r *result, f *file) {
	if err := order.CheckDraft(f.doc); err != nil {
		r.bad(orderName(f.id), "%v", err)
		return
	}
	if placed := f.placed != nil; placed && f.doc.Status == order.Draft || placed != (f.doc.Number != "") {
		for _, e := range f.events {
			if e.err != nil {
				return // journal.events says so
			}
		}
		r.bad(orderName(f.id), "is %s with number %q; the journal says that it was placed: %v", f.doc.Status, f.doc.Number, placed)
	}
}

func heldAcceptance(r *result, f *file) {
	if h := order.PassedBlocked(f.doc, order.GateAccept, f.doc.AcceptedAt); h != nil {
		r.bad(orderName(f.id), "was accepted at %s past hold %s, which was open since %s", f.doc.AcceptedAt, h.ID, h.PlacedAt)
	}
}

func heldWork(r *result, f *file, p *fulfillmentRow) {
	if p.doc == nil || f.doc == nil {
		return
	}
	targets := []string{p.id}
	for _, l := range p.doc.Lines {
		targets = append(targets, l.Line)
	}
	if h := order.PassedBlocked(f.doc, order.GateRelease, p.doc.ReleasedAt, targets...); h != nil {
		r.bad(fulfillmentName(p), "was released at %s past hold %s, which was open since %s", p.doc.ReleasedAt, h.ID, h.PlacedAt)
	}
	if h := order.PassedBlocked(f.doc, order.GateShip, p.doc.ShippedAt, targets...); h != nil {
		r.bad(fulfillmentName(p), "was shipped at %s past hold %s, which was open since %s", p.doc.ShippedAt, h.ID, h.PlacedAt)
	}
}

// orderFold folds order.placed and the changes of all later events (order.Apply), and compares.
func orderFold(r *result, f *file) {
	var o *order.Order
	for _, e := range f.events {
		switch {
		case e.err != nil:
			return // journal.events says so
		case e.body.Order != nil && o != nil && o.Status != order.Draft:
			r.bad(seqName(e.seq), "%s places order %s a second time", e.kind, f.id)
			return
		case e.body.Order != nil:
			o = e.body.Order
		}
		if e.body.Changes != nil && o != nil {
			order.Apply(o, *e.body.Changes)
		}
	}
	if o == nil {
		r.bad(orderName(f.id), "has no event order.placed or order.drafted")
		return
	}
	stored, _ := order.Public(f.doc)
	placed, _ := order.Public(o)
	placed.Version = stored.Version // carried once only: journal.versions looks at it
	if text := difference(placed, stored); text != "" {
		r.bad(orderName(f.id), "%s", text)
	}
}

// difference names the first field in which a document is not what the journal says; "" for none.
func difference(journal, stored any) string {
	a, b := reflect.ValueOf(journal), reflect.ValueOf(stored)
	for i := range a.NumField() {
		x, y := a.Field(i), b.Field(i)
		if reflect.DeepEqual(x.Interface(), y.Interface()) || x.Kind() == reflect.Slice && x.Len() == 0 && y.Len() == 0 {
			continue
		}
		s, t := jsonx.Marshal(x.Interface()), jsonx.Marshal(y.Interface())
		if string(s) == string(t) {
			continue
		}
		tag := a.Type().Field(i).Tag
		name, _, _ := strings.Cut(cmp.Or(tag.Get("json"), tag.Get("col")), ",")
		return fmt.Sprintf("%s is %s, the journal says %s", name, t, s)
	}
	return ""
}

// orderPersonal folds the personal data of all events, and compares.
func orderPersonal(r *result, f *file) {
	var told order.Order
	gone := false
	for _, e := range f.events {
		if e.kind == "order.erased" {
			told, gone = blank(f.doc), false
			continue
		}
		if e.personal == "" {
			gone = gone || e.body.Order != nil // journal.personal says whether it may be
			continue
		}
		var p order.Personal
		if err := jsonx.Unmarshal([]byte(e.personal), &p); err != nil {
			r.bad(seqName(e.seq), "%s of order %s: the personal data cannot be read: %v", e.kind, f.id, err)
			return
		}
		if e.body.Order != nil { // whole, also where a draft was told before
			told = order.Order{}
		}
		order.ApplyPersonal(&told, p)
	}
	if gone {
		return
	}
	_, journal := order.Public(&told)
	if _, stored := order.Public(f.doc); !reflect.DeepEqual(stored, journal) {
		r.bad(orderName(f.id), "has another customer, address or note than the journal") // not shown: it is personal
	}
}

// fulfillmentFold compares whole documents: every event of a fulfillment order carries it as it was then.
func fulfillmentFold(r *result, f *file, p *fulfillmentRow) {
	if p.doc == nil {
		return
	}
	e := f.plans[p.id]
	if e == nil {
		r.bad(fulfillmentName(p), "of order %s has no event", f.id)
		return
	}
	if text := difference(*e.body.Fulfillment, *p.doc); text != "" {
		r.bad(fulfillmentName(p), "of order %s: %s", f.id, text)
	}
}

// fulfillmentRules looks at one fulfillment order alone (F4).
func fulfillmentRules(r *result, _ *file, p *fulfillmentRow) {
	if p.doc == nil {
		return
	}
	if err := fulfillment.Check(p.doc); err != nil {
		r.bad(fulfillmentName(p), "%v", err)
	}
}

// lineUnits compares the counters of lines with what their fulfillment orders count, state by state (F2), and all of
// them with what is wanted (F1).
func lineUnits(r *result, f *file) {
	sums := map[string]fulfillment.Count{}
	for _, p := range f.fulfillments {
		if p == nil || p.doc == nil {
			continue
		}
		for _, l := range p.doc.Lines {
			if line := f.doc.Line(l.Line); line == nil || line.SKU != l.SKU {
				r.bad(fulfillmentName(p), "has %d of %s for line %q, which is not in order %s", l.Quantity, l.SKU, l.Line, f.id)
			}
		}
		for line, n := range fulfillment.Counts(p.doc) {
			sums[line] = sums[line].Plus(n)
		}
	}
	for i := range f.doc.Lines {
		l := &f.doc.Lines[i]
		u, have := l.Units, sums[l.ID]
		want := fulfillment.Count{Allocated: u.Allocated, Released: u.Released, Picked: u.Picked, Packed: u.Packed, Shipped: u.Shipped, Delivered: u.Delivered}
		if have != want {
			r.bad(orderName(f.id), "line %s counts %+v, its fulfillment orders %+v", l.ID, want, have)
		} else if n := have.Holds() + have.Shipped; n > l.Kept() {
			r.bad(orderName(f.id), "line %s has %d units in fulfillment orders, only %d are wanted", l.ID, n, l.Kept())
		}
	}
}
