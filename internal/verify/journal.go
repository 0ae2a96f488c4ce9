package verify

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"strings"

	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/mail"
	"ordo/internal/project"
	"ordo/internal/returns"
	"ordo/internal/savedreport"
	"ordo/internal/service"
	"ordo/internal/shipping"
	"ordo/internal/sourcing"
	"ordo/internal/webhook"
	"ordo/internal/workflow"
)

// journalPage is how many rows are read at once.
const journalPage = 1000

// An aggregate is a kind and an id: a product and a channel may have the same code.
type aggregate struct{ kind, id string }

// known is what the journal says about an aggregate that is not an order.
type known struct {
	aggregate
	seq     int64 // of the last event
	version int64
	sum     uint64 // of the document that the last event carries; 0 for none
	visited bool   // its document was met
}

// kindOf tells what an event is about by the first word of its type. The parts of an order belong to the order.
func kindOf(eventType string) string {
	kind, _, _ := strings.Cut(eventType, ".")
	switch kind {
	case "payment", "fulfillment", "return", "exchange", "claim", "invoice", "label", "tracking", "shipment":
		return "order"
	}
	return kind
}

// otherBody is the body of an event that is not an order's.
type otherBody struct {
	Product  *catalog.Product     `json:"product"`
	Webhook  *webhook.Endpoint    `json:"webhook"`
	Location *catalog.Location    `json:"location"`
	Channel  *catalog.Channel     `json:"channel"`
	Rule     *workflow.Rule       `json:"rule"`
	Field    *catalog.Field       `json:"field"`
	Stock    []inventory.Movement `json:"stock"`

	Reservation *inventory.Reservation `json:"reservation"`
	Transfer    *inventory.Transfer    `json:"transfer"`
	Count       *inventory.Count       `json:"count"`
	Policy      *app.PolicyFact        `json:"policy"`

	SourcingRule *sourcing.Rule    `json:"sourcing_rule"`
	Carrier      *shipping.Carrier `json:"carrier"`
	ReturnPolicy *returns.Policy   `json:"return_policy"`

	Queue        *service.Queue  `json:"queue"`
	SLA          *service.Policy `json:"sla_policy"`
	Macro        *service.Macro  `json:"macro"`
	MailTemplate *mail.Template  `json:"mail_template"`

	Appeasements *service.Appeasements `json:"appeasements"`
	SavedReport  *savedreport.Report   `json:"saved_report"`
}

func (b *otherBody) doc() any {
	switch {
	case b.Webhook != nil:
		return b.Webhook
	case b.Product != nil:
		return b.Product
	case b.Location != nil:
		return b.Location
	case b.Channel != nil:
		return b.Channel
	case b.Carrier != nil:
		return b.Carrier
	case b.ReturnPolicy != nil:
		return b.ReturnPolicy
	case b.SourcingRule != nil:
		return b.SourcingRule
	case b.Rule != nil:
		return b.Rule
	case b.Field != nil:
		return b.Field
	case b.Queue != nil:
		return b.Queue
	case b.SLA != nil:
		return b.SLA
	case b.Appeasements != nil:
		return b.Appeasements
	case b.Macro != nil:
		return b.Macro
	case b.SavedReport != nil:
		return b.SavedReport
	case b.MailTemplate != nil:
		return b.MailTemplate
	}
	return nil
}

var seed = maphash.MakeSeed()

// fingerprint is equal for documents that are equal when they are written again.
func fingerprint(doc any) uint64 { return maphash.Bytes(seed, jsonx.Marshal(doc)) | 1 }

// step is a journal row with the one before it.
type step struct {
	row     *journal.Row
	prev    *journal.Row // nil before the first
	chainer *journal.Chainer
	kind    string
	body    otherBody // not of orders
	err     error     // of reading the body
	moves   *inventory.Movement
	erased  int64 // position of the event that erased what is personal of the aggregate; 0 for none
}

// readJournal walks the journal by position: the chain, and the events of everything but orders.
func (v *run) readJournal(ctx context.Context) error {
	if err := v.readErased(ctx); err != nil {
		return err
	}
	type page struct {
		prev  *journal.Row
		rows  []journal.Row
		books []project.Entry // of these rows, as the ledger has them
	}
	after, prev := int64(math.MinInt64), (*journal.Row)(nil)
	read := func(ctx context.Context) (page, bool, error) {
		rows, err := journal.After(ctx, v.db, after, journalPage)
		if err != nil || len(rows) == 0 {
			return page{}, false, err
		}
		p := page{prev: prev, rows: rows}
		if p.books, err = v.readBooks(ctx, after, rows[len(rows)-1].Seq); err != nil {
			return page{}, false, err
		}
		prev = &rows[len(rows)-1]
		after = prev.Seq
		return p, true, nil
	}
	work := func(p page) *tally {
		t := walk(p.prev, p.rows, v.erased)
		t.keptBooks(p.rows, p.books, v.booked)
		t.card = cardSteps(p.rows, v.carded)
		return t
	}
	take := func(t *tally) {
		v.total.add(t)
		for i := range t.events {
			v.meet(&t.events[i])
		}
		v.foldCard(t.card)
		v.opts.Progress("journal", v.total.of("journal.sequence").rows, v.head.Seq)
	}
	if err := pipeline(ctx, read, work, take); err != nil {
		return err
	}
	if prev != nil {
		v.last = journal.Head{Seq: prev.Seq, At: prev.At, Hash: prev.Hash}
	}
	return v.readExpected(ctx)
}

func (v *run) readExpected(ctx context.Context) error {
	e := v.opts.Expect
	if e == nil {
		return nil
	}
	if e.Seq == 0 { // that of an empty journal, which every journal continues
		v.met = true
		return nil
	}
	rows, err := journal.After(ctx, v.db, e.Seq-1, 1)
	if err != nil {
		return err
	}
	if v.met = len(rows) == 1 && rows[0].Seq == e.Seq; v.met {
		v.expect = rows[0].Hash
	}
	return nil
}

// walk checks rows, given the one before them, and where what is personal of an aggregate was erased.
func walk(prev *journal.Row, rows []journal.Row, erased map[string]int64) *tally {
	t := newTally()
	var chainer journal.Chainer
	for i := range rows {
		s := &step{row: &rows[i], prev: prev, chainer: &chainer, kind: kindOf(rows[i].Type), erased: erased[rows[i].Aggregate]}
		if s.kind == "order" {
			t.counted.journalOrderEvents++ // its body is read with the order
		} else {
			s.err = jsonx.Unmarshal(s.row.Body, &s.body)
			s.moves = t.move(s.body.Stock)
			if p := s.body.Policy; p != nil {
				t.ledger(p.SKU, p.Location).policy = &p.Policy
			}
			k := known{aggregate: aggregate{s.kind, s.row.Aggregate}, seq: s.row.Seq, version: s.row.Version}
			if doc := s.body.doc(); doc != nil {
				k.sum = fingerprint(doc)
			}
			if slices.Contains(serviceKinds, s.kind) {
				t.counted.journalService++ // likewise
			} else if s.kind == "stock" && stockDocument(s.row.Aggregate) {
				t.counted.stockEvents++ // its versions are read with the document
			} else if s.kind == "mail" {
				t.counted.mailEvents++ // likewise
			} else if s.kind == "import" || s.kind == "export" {
				t.counted.bulkEvents++ // likewise
			} else {
				t.events = append(t.events, k)
			}
		}
		for c := range checks {
			if f := checks[c].row; f != nil {
				r := &t.results[c]
				r.rows++
				guard(r, rowName(s.row), func() { f(r, s) })
			}
		}
		prev = s.row
	}
	return t
}

// meet follows the versions of an aggregate. Adjustments are events without a document that happen once; they are
// too many to remember.
func (v *run) meet(k *known) {
	before := v.known[k.aggregate]
	switch {
	case k.kind == "stock":
		before = nil
	case before == nil:
		n := *k
		v.known[k.aggregate] = &n
	}
	r := v.total.of("journal.versions")
	r.rows++
	version, seq := int64(0), int64(0)
	if before != nil {
		version, seq = before.version, before.seq
		before.version, before.seq, before.sum = k.version, k.seq, k.sum
	}
	if text := nextVersion(version, seq, k.version, k.seq); text != "" {
		r.bad(seqName(k.seq), "%s %s %s", k.kind, k.id, text)
	}
}

// nextVersion says what is wrong with the version of an event after another one of its aggregate: each command adds
// one to it, and the events of one command share it and stand side by side.
func nextVersion(before, beforeSeq, version, seq int64) string {
	if version == before+1 || version == before && before > 0 && seq == beforeSeq+1 {
		return ""
	}
	return fmt.Sprintf("has version %d after version %d", version, before)
}

func sequence(r *result, s *step) {
	seq, at := int64(0), int64(0)
	if s.prev != nil {
		seq, at = s.prev.Seq, int64(s.prev.At)
	}
	if s.row.Seq != seq+1 {
		r.bad(rowName(s.row), "follows journal row %d: rows are missing", seq)
	}
	if int64(s.row.At) < at {
		r.bad(rowName(s.row), "is dated %s, before the row before it (%s)", s.row.At, s.prev.At)
	}
}

// chain takes the hash of the row before as it is stored: an altered row is reported once, not with all that follow.
func chain(r *result, s *step) {
	var before []byte
	if s.prev != nil {
		before = s.prev.Hash
	}
	if !bytes.Equal(s.chainer.Sum(before, s.row), s.row.Hash) {
		r.bad(rowName(s.row), "%s of %s: its content and the hash of the row before do not give its hash", s.row.Type, s.row.Aggregate)
	}
}

// personal: what is personal is there with its digest, but for what a later event says was erased: of that nothing is.
func personal(r *result, s *step) {
	row := s.row
	switch {
	case len(row.Personal) == 0 && len(row.Digest) == 0 && len(row.Salt) == 0:
	case len(row.Personal) == 0 && row.Seq >= s.erased:
		r.bad(rowName(row), "%s of %s: its personal data is gone, and no event says that it was erased", row.Type, row.Aggregate)
	case row.Seq < s.erased && len(row.Personal)+len(row.Salt) > 0:
		r.bad(rowName(row), "%s of %s: its personal data is there, and journal row %d says that it was erased", row.Type, row.Aggregate, s.erased)
	case len(row.Personal) == 0:
	case len(row.Digest) == 0:
		r.bad(rowName(row), "%s of %s: it has personal data that no digest covers", row.Type, row.Aggregate)
	case !bytes.Equal(journal.Digest(row.Salt, row.Personal), row.Digest):
		r.bad(rowName(row), "%s of %s: its personal data does not give its digest", row.Type, row.Aggregate)
	}
}

func readable(r *result, s *step) {
	switch {
	case s.err != nil:
		r.bad(rowName(s.row), "%s of %s: the body cannot be read: %v", s.row.Type, s.row.Aggregate, s.err)
	case s.moves != nil:
		r.bad(rowName(s.row), "%s of %s: moves stock in a bucket %q that does not exist", s.row.Type, s.row.Aggregate, s.moves.Bucket)
	}
}

func headRow(r *result, v *run) {
	if v.head.Seq != v.last.Seq || v.head.At != v.last.At || !bytes.Equal(v.head.Hash, v.last.Hash) {
		r.bad("journal_head", "is %d:%x at %s, the last row is %d:%x at %s", v.head.Seq, v.head.Hash, v.head.At, v.last.Seq, v.last.Hash, v.last.At)
	}
}

func expectedHead(r *result, v *run) {
	e := v.opts.Expect
	switch {
	case !v.met:
		r.bad(seqName(e.Seq), "is expected and not there: the journal ends at %d", v.last.Seq)
	case !bytes.Equal(v.expect, e.Hash):
		r.bad(seqName(e.Seq), "has hash %x, expected is %x", v.expect, e.Hash)
	}
}
