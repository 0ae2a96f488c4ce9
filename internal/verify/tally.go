package verify

import (
	"fmt"

	"ordo/internal/facts"
	"ordo/internal/inventory"
)

// keep is how many findings of one check a report shows; all are counted.
const keep = 20

// finding is one broken row.
type finding struct {
	row  string
	text string
}

// result is what one check found so far.
type result struct {
	rows     int64 // looked at
	broken   int64
	warnings int64
	waiting  int64 // what will become right by itself, such as a payment that is on its way
	findings []finding
	warned   []finding
}

// bad notes a broken row.
func (r *result) bad(row, format string, args ...any) {
	r.broken++
	if len(r.findings) < keep {
		r.findings = append(r.findings, finding{row, fmt.Sprintf(format, args...)})
	}
}

// warn notes what a person should look at although no rule is broken.
func (r *result) warn(row, format string, args ...any) {
	r.warnings++
	if len(r.warned) < keep {
		r.warned = append(r.warned, finding{row, fmt.Sprintf(format, args...)})
	}
}

func (r *result) add(o result) {
	r.rows += o.rows
	r.broken += o.broken
	r.warnings += o.warnings
	r.waiting += o.waiting
	r.findings = append(r.findings, o.findings[:min(len(o.findings), keep-len(r.findings))]...)
	r.warned = append(r.warned, o.warned[:min(len(o.warned), keep-len(r.warned))]...)
}

// posKey names a position.
type posKey struct{ sku, location string }

// ledger is what a position should be: the sums of the journal's movements, and what orders hold there.
type ledger struct {
	moved       bool
	units       [9]int64          // by bucket, in the order of inventory.Buckets
	allocated   int64             // by active fulfillment orders
	reserved    int64             // by pending orders and carts
	backordered int64             // owed to orders
	inTransit   int64             // by transfers that are under way
	policy      *inventory.Policy // as it was set last; nil when it never was
}

// tally is what a page of data gives. Pages are worked on at the same time and added up in their order.
type tally struct {
	results []result
	ledgers map[posKey]*ledger
	slots   map[string]int64 // fulfillment orders that use the capacity of a location's day, by sourcing.NodeDayID
	events  []known          // of other aggregates than orders, in order
	card    []cardStep       // what moved, in order; not added up
	entries []*entry
	counted counted
	facts   map[string]int64 // rows of the fact tables that were met, by table
	sums    facts.Tallies    // what the facts of orders should add up to
	unread  bool             // an order's events cannot be read, so that the sums lack it
}

// counted is how many rows of a table were found to belong somewhere. Where that is fewer than the table has, the
// others are looked for one by one (strays.go).
type counted struct {
	journalOrderEvents, orderEvents, payments, fulfillments, returns, keys, stockEvents, books, credit int64
	journalService, service, entries                                                                   int64
	mailEvents, bulkEvents                                                                             int64
}

func newTally() *tally {
	return &tally{results: make([]result, len(checks)), ledgers: map[posKey]*ledger{}, slots: map[string]int64{}}
}

func (t *tally) ledger(sku, location string) *ledger {
	k := posKey{sku, location}
	l := t.ledgers[k]
	if l == nil {
		l = &ledger{}
		t.ledgers[k] = l
	}
	return l
}

// move adds movements; it returns the first that names no bucket.
func (t *tally) move(moves []inventory.Movement) (unknown *inventory.Movement) {
	for i, m := range moves {
		l := t.ledger(m.SKU, m.Location)
		l.moved = true
		if b := m.Bucket.Index(); b >= 0 {
			l.units[b] += m.Delta
		} else if unknown == nil {
			unknown = &moves[i]
		}
	}
	return unknown
}

func (t *tally) add(o *tally) {
	for i := range t.results {
		t.results[i].add(o.results[i])
	}
	for k, l := range o.ledgers {
		sum := t.ledger(k.sku, k.location)
		sum.moved = sum.moved || l.moved
		for i, n := range l.units {
			sum.units[i] += n
		}
		sum.allocated += l.allocated
		sum.reserved += l.reserved
		sum.backordered += l.backordered
		sum.inTransit += l.inTransit
		if l.policy != nil { // tallies are added in the order of the journal
			sum.policy = l.policy
		}
	}
	for id, n := range o.slots {
		t.slots[id] += n
	}
	t.entries = append(t.entries, o.entries...)
	t.counted.journalOrderEvents += o.counted.journalOrderEvents
	t.counted.orderEvents += o.counted.orderEvents
	t.counted.payments += o.counted.payments
	t.counted.fulfillments += o.counted.fulfillments
	t.counted.returns += o.counted.returns
	t.counted.keys += o.counted.keys
	t.counted.stockEvents += o.counted.stockEvents
	t.counted.mailEvents += o.counted.mailEvents
	t.counted.bulkEvents += o.counted.bulkEvents
	t.counted.books += o.counted.books
	t.counted.credit += o.counted.credit
}
