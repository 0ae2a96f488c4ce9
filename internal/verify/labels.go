package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"ordo/internal/app"
	"ordo/internal/fulfillment"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/shipping"
	"ordo/internal/store"
)

// labelRow is a label with what stands beside it.
type labelRow struct {
	stored[shipping.Label]
	order, fulfillment, status, carrier, tracking string

	owner      *order.Order             // the order that it names; nil when there is none, or it cannot be read
	unreadable bool                     // that order, or the fulfillment order, cannot be read
	work       *fulfillment.Fulfillment // the fulfillment order that it names; nil for none
	back       *returns.Return          // the return that it names; nil for none
	carried    string                   // the return that says it comes with it; "" for none
	mates      []*shipping.Label        // all labels of that order
	event      *shipping.Label          // as its last event has it; nil for none
	paper      string                   // SHA-256 of the stored PDF; "" for none
	job        bool                     // one carries out what is asked of its provider
}

func labelName(id string) string { return "label " + id }

// readLabels walks the labels by id, each with its order, fulfillment order, events and paper.
func (v *run) readLabels(ctx context.Context) error {
	for after := ""; ; {
		var page []*labelRow
		err := v.db.Query(ctx, func(r store.Row) error {
			l := &labelRow{}
			var text string
			if err := r.Scan(&l.id, &l.version, &text, &l.order, &l.fulfillment, &l.status, &l.carrier, &l.tracking); err != nil {
				return err
			}
			l.stored = decode(app.Labels, l.id, l.version, text)
			page = append(page, l)
			return nil
		}, "SELECT id, version, doc, order_id, fulfillment_id, status, carrier, tracking FROM labels WHERE id > $1 ORDER BY id LIMIT $2", after, tablePage)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].id
		if err := v.checkLabels(ctx, page); err != nil {
			return err
		}
	}
}

// labelBeside is what is read beside a page of labels.
type labelBeside struct {
	orders map[string]stored[order.Order]
	works  map[string]stored[fulfillment.Fulfillment]
	backs  map[string]*returns.Return
	named  map[string]string // label to the return that comes with it
	mates  map[string][]*shipping.Label
	events map[string]*shipping.Label
	papers map[string]string
}

func (v *run) checkLabels(ctx context.Context, page []*labelRow) error {
	b := labelBeside{
		map[string]stored[order.Order]{}, map[string]stored[fulfillment.Fulfillment]{}, map[string]*returns.Return{}, map[string]string{}, map[string][]*shipping.Label{}, map[string]*shipping.Label{}, map[string]string{},
	}
	var labels, owners, works []string
	for _, l := range page {
		labels, owners, works = append(labels, l.id), append(owners, l.order), append(works, l.fulfillment)
	}
	slices.Sort(owners)
	slices.Sort(works)
	if err := v.readBeside(ctx, &b, labels, slices.Compact(owners), slices.Compact(works)); err != nil {
		return err
	}
	for _, l := range page {
		o, w := b.orders[l.order], b.works[l.fulfillment]
		l.owner, l.work, l.unreadable = o.doc, w.doc, o.err != nil || w.err != nil
		l.mates, l.event, l.paper = b.mates[l.order], b.events[l.id], b.papers[l.id]
		l.carried = b.named[l.id]
		if l.doc != nil {
			l.back = b.backs[l.doc.Return]
			if open := l.doc.Open(); open != nil {
				l.job = v.jobs.attempts[open.ID]
			}
			if l.doc.Provider == shipping.Sandbox && v.opts.Parcels != nil {
				v.attempts = append(v.attempts, attemptsOf(l.doc)...)
			}
		}
		each(v, labelName(l.id), l, func(c *check) func(*result, *labelRow) { return c.label })
	}
	return nil
}

func (v *run) readBeside(ctx context.Context, b *labelBeside, labels, owners, works []string) error {
	pair := func(to func(id, text string)) func(store.Row) error {
		return func(r store.Row) error {
			var id, text string
			err := r.Scan(&id, &text)
			to(id, text)
			return err
		}
	}
	err := v.in(ctx, owners, pair(func(id, text string) { b.orders[id] = decode(app.Orders, id, 0, text) }), "SELECT id, doc FROM orders WHERE id IN (?)")
	if err != nil {
		return err
	}
	err = v.in(ctx, works, pair(func(id, text string) { b.works[id] = decode(app.Fulfillments, id, 0, text) }), "SELECT id, doc FROM fulfillments WHERE id IN (?)")
	if err != nil {
		return err
	}
	err = v.in(ctx, owners, pair(func(id, text string) {
		if d := decode(app.Returns, id, 0, text).doc; d != nil { // one that cannot be read is a finding of its own
			b.backs[id], b.named[d.Label] = d, id
		}
	}), "SELECT id, doc FROM returns WHERE order_id IN (?)")
	if err != nil {
		return err
	}
	err = v.in(ctx, owners, pair(func(owner, text string) {
		if d := decode(app.Labels, "", 0, text).doc; d != nil {
			b.mates[owner] = append(b.mates[owner], d)
		}
	}), "SELECT order_id, doc FROM labels WHERE order_id IN (?) ORDER BY id")
	if err != nil {
		return err
	}
	err = v.in(ctx, owners, pair(func(_, body string) {
		var e app.Body
		if jsonx.Unmarshal([]byte(body), &e) == nil && e.Label != nil {
			b.events[e.Label.ID] = e.Label
		}
	}), "SELECT type, body FROM journal WHERE aggregate IN (?) AND (type LIKE 'label.%' OR type LIKE 'shipment.%' OR type = 'tracking.updated') ORDER BY seq")
	if err != nil {
		return err
	}
	return v.in(ctx, labels, func(r store.Row) error {
		var id string
		var pdf []byte
		err := r.Scan(&id, &pdf)
		h := sha256.Sum256(pdf)
		b.papers[id] = hex.EncodeToString(h[:])
		return err
	}, "SELECT id, pdf FROM label_files WHERE id IN (?)")
}

func labelColumnsAgree(r *result, l *labelRow) {
	switch d := l.doc; {
	case l.err != nil:
		r.bad(labelName(l.id), "cannot be read: %v", l.err)
	case d.ID != l.id || d.Version != l.version || d.Order != l.order || d.Fulfillment != l.fulfillment || string(d.Status) != l.status || d.Carrier != l.carrier || d.TrackingNumber != l.tracking:
		r.bad(labelName(l.id), "has other columns than its document")
	}
}

// labelRules: a label is what its attempts and scans make of it, and its package has no other (S1).
func labelRules(r *result, l *labelRow) {
	if l.doc == nil {
		return
	}
	if why := shipping.CheckLabel(l.doc); why != "" {
		r.bad(labelName(l.id), "%s", why)
	}
	if !l.doc.Active() {
		return
	}
	for _, m := range l.mates {
		if m.ID < l.doc.ID && shipping.FreePackage([]*shipping.Label{m}, l.doc.Subject(), l.doc.Package) != nil {
			r.bad(labelName(l.id), "of package %s of %s: label %s stands for it too", l.doc.Package, l.doc.Subject(), m.ID)
		}
	}
}

// labelOfOrder: order and fulfillment order know the label, and nothing has left on one that was given back (S2).
func labelOfOrder(r *result, l *labelRow) {
	if l.unreadable || l.doc == nil {
		return // that is a finding already
	}
	switch {
	case l.owner == nil || !slices.Contains(l.owner.Labels, l.id):
		r.bad(labelName(l.id), "of order %s: that order %s", l.order, missing(l.owner))
		return
	case l.carried != "" && l.carried != l.doc.Return:
		r.bad(labelName(l.id), "is not of return %s, which comes with it", l.carried)
		return
	case l.doc.Return != "":
		labelOfReturn(r, l)
		return
	case l.work == nil || l.work.Order != l.order:
		r.bad(labelName(l.id), "names fulfillment order %s, which is not of order %s", l.fulfillment, l.order)
		return
	}
	whole := l.doc.Package == shipping.Whole
	if whole && l.doc.Active() && len(l.work.Packages) > 1 {
		r.bad(labelName(l.id), "is for one package, and fulfillment order %s has %d", l.fulfillment, len(l.work.Packages))
	}
	for _, p := range l.work.Packages {
		stuck := p.Label == l.id
		switch {
		case stuck && l.doc.Status != shipping.Labeled && l.doc.Status != shipping.VoidPending:
			r.bad(labelName(l.id), "is %s and on package %s", l.status, p.ID)
		case stuck && (p.TrackingNumber != l.tracking || p.ID != l.doc.Package && !whole):
			r.bad(labelName(l.id), "with number %s of package %s is on package %s with number %s", l.tracking, l.doc.Package, p.ID, p.TrackingNumber)
		case l.doc.Status == shipping.Voided && l.work.Left() && p.TrackingNumber == l.tracking:
			r.bad(labelName(l.id), "was voided, and package %s of fulfillment order %s left with its number", p.ID, l.fulfillment)
		}
	}
}

// labelOfReturn: the return and the label that it comes back with name each other, and none waits to be given back that
// nobody needs.
func labelOfReturn(r *result, l *labelRow) {
	if l.back == nil || l.back.Order != l.order || l.fulfillment != "" {
		r.bad(labelName(l.id), "names return %s, which is not of order %s", l.doc.Return, l.order)
		return
	}
	has := l.back.Label == l.id
	switch {
	case has && l.doc.Status != shipping.Labeled && l.doc.Status != shipping.VoidPending:
		r.bad(labelName(l.id), "is %s, and return %s comes with it", l.status, l.back.ID)
	case has && (l.back.Tracking != l.tracking || l.back.Carrier != l.carrier):
		r.bad(labelName(l.id), "with number %s is that of return %s with number %s", l.tracking, l.back.ID, l.back.Tracking)
	case l.doc.Status == shipping.Labeled && !has && !app.RefusedVoid(l.doc):
		r.bad(labelName(l.id), "was bought for return %s, which does not come with it", l.back.ID)
	case has && l.doc.Status == shipping.Labeled && l.doc.Tracking.Code.Moves() && l.back.Status == returns.LabelIssued:
		r.bad(labelName(l.id), "is on its way, and return %s is %s", l.back.ID, l.back.Status)
	}
}

// labelFold: its last event says the same, but for what is personal.
func labelFold(r *result, l *labelRow) {
	switch {
	case l.doc == nil:
	case l.event == nil:
		r.bad(labelName(l.id), "of order %s has no event", l.order)
	default:
		public := *l.doc
		public.Tracking.Scans = shipping.Public(l.doc.Tracking.Scans)
		if text := difference(*l.event, public); text != "" {
			r.bad(labelName(l.id), "of order %s: %s", l.order, text)
		}
	}
}

// labelPaper: what was bought can be printed again as it was.
func labelPaper(r *result, l *labelRow) {
	if l.doc != nil && l.doc.FileHash != "" && l.doc.FileHash != l.paper {
		r.bad(labelName(l.id), "its paper is missing or another one")
	}
	if l.doc != nil && l.doc.Erased && l.paper != "" {
		r.bad(labelName(l.id), "its paper is still there, though it was erased")
	}
}

// labelHasJob: an attempt that nobody carries out would stay open for good.
func labelHasJob(r *result, l *labelRow) {
	if l.doc == nil || l.doc.Open() == nil {
		return
	}
	if !l.job {
		r.bad(labelName(l.id), "is %s, and no job asks its carrier", l.status)
		return
	}
	r.waiting++
}
