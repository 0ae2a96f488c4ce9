package facts

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"ordo/internal/fulfillment"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/returns"
	"ordo/internal/shipping"
)

// body is what facts need of an event.
type body struct {
	Order   *order.Order   `json:"order"`
	Changes *order.Changes `json:"changes"`
	Reason  string         `json:"reason"`
	Revenue *order.Revenue `json:"revenue"`
	Payment *struct {
		ID       string        `json:"id"`
		Provider string        `json:"provider"`
		Currency string        `json:"currency"`
		Entry    payment.Entry `json:"entry"`
	} `json:"payment"`
	Fulfillment *fulfillment.Fulfillment `json:"fulfillment"`
	Label       *shipping.Label          `json:"label"`
	Return      *returns.Return          `json:"return"`
}

// OfOrder reports whether an event is one of an order or of a part of it: those have the order's id.
func OfOrder(row *journal.Row) bool { return strings.HasPrefix(row.Aggregate, "ord_") }

// The stages of units, each behind the one before. What is at one of them has passed those before it.
const (
	allocated = iota
	released
	picked
	packed
	shipped
	delivered
	stages
)

// File is an order on the way through its events. The zero value is one without any.
type File struct {
	Erased bool // personal data of an event is gone, so nobody can tell any more who ordered

	order    *order.Order
	zone     *time.Location
	customer string
	gave     struct{ seq, version int64 } // the last event that gave up units
	passed   [stages]int64
	last     [stages]int64 // when units reached the stage last
	first    int64         // units of the first shipment
	changed  int64         // how often a promise was
	placed   int64         // total as placed
	sold     [3]int64      // gross, discount and units of all that has shipped
	lines    map[string]*lineFile
	works    []*workFile
	labels   []*shipping.Label
	money    []Money
	cancels  []Cancel
	returns  []*returnFile
	paid     map[string]*payout // by grant
	ledger   []*payment.Payment // with what events say of them only
}

// lineFile is what happened to a line, beside its counters.
type lineFile struct {
	units                 order.Quantities // before the event
	reason                string
	short, ever           int64
	first, inTime         int64
	backAt, backOver      int64
	shippedAt, deliveredA int64
}

// workFile is a fulfillment order, with the units that it lost by what the location said.
type workFile struct {
	now             *fulfillment.Fulfillment
	rejected, short int64
}

// Add folds the next event of the order. Pseudonym turns mail or phone into the key of a customer.
func (f *File) Add(row *journal.Row, pseudonym func(string) string) error {
	var b body
	if err := jsonx.Unmarshal(row.Body, &b); err != nil {
		return fmt.Errorf("journal row %d: %w", row.Seq, err)
	}
	return f.add(row, &b, pseudonym)
}

func (f *File) add(row *journal.Row, b *body, pseudonym func(string) string) error {
	if b.Order != nil {
		f.order, f.lines, f.placed = b.Order, map[string]*lineFile{}, b.Order.Totals.GrandTotal
	}
	if f.order == nil {
		return nil
	}
	if err := f.person(row, pseudonym); err != nil {
		return err
	}
	draft := f.order.Status == order.Draft
	if b.Changes != nil {
		if slices.ContainsFunc(b.Changes.LineFacts, f.repromises) {
			f.changed++
		}
		order.Apply(f.order, *b.Changes)
		if draft && f.order.Status != order.Draft {
			f.placed = f.order.Totals.GrandTotal
		}
	}
	var err error
	if f.zone, err = zone(f.order.Zone); err != nil {
		return fmt.Errorf("journal row %d: %w", row.Seq, err)
	}
	f.units(row, b)
	f.parts(row, b)
	f.amounts(row, b)
	return nil
}

func (f *File) person(row *journal.Row, pseudonym func(string) string) error {
	if len(row.Personal) == 0 {
		f.Erased = f.Erased || len(row.Digest) > 0
		return nil
	}
	var p order.Personal
	if err := jsonx.Unmarshal(row.Personal, &p); err != nil {
		return fmt.Errorf("journal row %d: %w", row.Seq, err)
	}
	if c := p.Customer; c != nil {
		who := strings.ToLower(strings.TrimSpace(c.Email))
		if who == "" {
			who = c.Phone
		}
		f.customer = pseudonym(who)
	}
	return nil
}

// repromises reports whether a line that a promise was made for has another one now; it is asked before the change.
func (f *File) repromises(l order.Line) bool {
	before := f.order.Line(l.ID)
	return before != nil && before.Promise != nil && l.Promise != nil && before.Promise.Current != l.Promise.Current
}

var zones sync.Map // name to *time.Location: reading one takes long

func zone(name string) (*time.Location, error) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	z, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, z)
	}
	return z, err
}

// line returns the notes of a line, new ones for a line that is new.
func (f *File) line(id string) *lineFile {
	l := f.lines[id]
	if l == nil {
		l = &lineFile{}
		f.lines[id] = l
	}
	return l
}

// units notes what the event did to the units of each line.
func (f *File) units(row *journal.Row, b *body) {
	if b.Order == nil && b.Changes == nil {
		f.explain(row, b.Reason)
		return
	}
	at := int64(row.At)
	day := row.At.Std().In(f.zone).Format(time.DateOnly)
	var now [stages]int64
	firstBefore := f.passed[shipped] == 0
	for i := range f.order.Lines {
		l := &f.order.Lines[i]
		n := f.line(l.ID)
		was, is := n.units, l.Units
		n.units = is
		passed(&now, is)
		if d := is.Canceled - was.Canceled; d > 0 {
			f.canceled(row, l, was.Canceled, d, b.Reason)
		}
		if d := is.Backordered - was.Backordered; d > 0 {
			n.ever += d
			n.backOver = 0
			if n.backAt == 0 {
				n.backAt = at
			}
		} else if d < 0 && is.Backordered == 0 {
			n.backOver = at
		}
		if d := is.Shipped - was.Shipped; d > 0 {
			n.shippedAt = at
			if firstBefore {
				n.first = d
				f.first += d
			}
			if l.Promise == nil || day <= l.Promise.First.Latest {
				n.inTime += d
			}
		}
		if is.Delivered > was.Delivered {
			n.deliveredA = at
		}
	}
	for s := range now {
		if now[s] > f.passed[s] {
			f.last[s] = at
		}
	}
	f.passed = now
}

// passed adds the units of a line to the stages that they have passed.
func passed(sums *[stages]int64, u order.Quantities) {
	sums[delivered] += u.Delivered
	n := u.Shipped
	sums[shipped] += n
	n += u.Packed
	sums[packed] += n
	n += u.Picked
	sums[picked] += n
	n += u.Released
	sums[released] += n
	sums[allocated] += n + u.Allocated
}

// canceled notes units of a line that were given up.
func (f *File) canceled(row *journal.Row, l *order.Line, before, units int64, reason string) {
	f.gave.seq, f.gave.version = row.Seq, row.Version
	f.cancels = append(f.cancels, Cancel{
		Order: row.Aggregate, Seq: row.Seq, Line: l.ID, SKU: l.SKU, Units: units, Value: l.Worth(l.Quantity-before) - l.Worth(l.Quantity-before-units),
		At: int64(row.At), Hour: f.hour(row.At),
	})
	f.explain(row, reason)
}

// explain gives the units that a command gave up its reason: the first that one of its events names.
func (f *File) explain(row *journal.Row, reason string) {
	if reason == "" || row.Version != f.gave.version {
		return
	}
	for i := len(f.cancels) - 1; i >= 0 && f.cancels[i].Seq == f.gave.seq; i-- {
		c := &f.cancels[i]
		if c.Reason != "" {
			continue
		}
		c.Reason = reason
		n := f.line(c.Line)
		n.reason = reason
		if reason == OutOfStock {
			n.short += c.Units
		}
	}
}

// OutOfStock is the reason of a cancellation that is the merchant's failure to have what was sold: it stays part of the
// demand.
const OutOfStock = "out_of_stock"

// parts takes over fulfillment orders and labels, whole as events carry them.
func (f *File) parts(row *journal.Row, b *body) {
	if l := b.Label; l != nil {
		if i := slices.IndexFunc(f.labels, func(o *shipping.Label) bool { return o.ID == l.ID }); i >= 0 {
			f.labels[i] = l
		} else {
			f.labels = append(f.labels, l)
		}
	}
	if r := b.Return; r != nil {
		f.sentBack(row, r)
	}
	n := b.Fulfillment
	if n == nil {
		return
	}
	i := slices.IndexFunc(f.works, func(w *workFile) bool { return w.now.ID == n.ID })
	if i < 0 {
		f.works = append(f.works, &workFile{now: n})
		return
	}
	w := f.works[i]
	lost := failed(n) - failed(w.now)
	if row.Type == "fulfillment.short_picked" {
		w.short += lost
	} else {
		w.rejected += lost
	}
	w.now = n
}

// failed counts the units that a location could not do.
func failed(f *fulfillment.Fulfillment) (n int64) {
	for _, l := range f.Lines {
		n += l.Short
		if f.Status == fulfillment.Rejected {
			n += l.Quantity
		}
	}
	return n
}

// amounts notes what the event earned and moved.
func (f *File) amounts(row *journal.Row, b *body) {
	line := int64(0)
	add := func(m Money) {
		line++
		m.Order, m.Seq, m.Line, m.At, m.Hour = row.Aggregate, row.Seq, line, int64(row.At), f.hour(row.At)
		f.money = append(f.money, m)
	}
	if r := b.Revenue; r != nil {
		now := [3]int64{}
		for _, l := range f.order.Lines {
			gross, discount, _, _ := l.Part(l.Units.Shipped)
			now[0], now[1], now[2] = now[0]+gross, now[1]+discount, now[2]+l.Units.Shipped
		}
		goods := Money{Kind: "goods", Account: "revenue", Currency: r.Currency, Amount: r.Goods, Gross: now[0] - f.sold[0], Discount: now[1] - f.sold[1], Units: now[2] - f.sold[2]}
		f.sold = now
		if goods.Amount != 0 || goods.Gross != 0 || goods.Units != 0 {
			add(goods)
		}
		for _, m := range []Money{
			{Kind: "shipping", Account: "shipping_revenue", Amount: r.Shipping}, {Kind: "tax", Account: "tax", Amount: r.Tax}, {Kind: "granted", Account: "refunds", Amount: r.Granted},
		} {
			if m.Amount != 0 {
				m.Currency = r.Currency
				add(m)
			}
		}
	}
	if p := b.Payment; p != nil {
		f.pays(row, p.ID, p.Provider, p.Entry)
	}
	if p := b.Payment; p != nil && p.Entry.Amount != 0 {
		f.payOut(row, p.Entry)
		if m, ok := moves[row.Type]; ok {
			account := "clearing:" + p.Provider
			if p.Provider == payment.StoreCredit {
				account = payment.StoreCredit
			}
			add(Money{Kind: m.kind, Account: account, Provider: p.Provider, Currency: p.Currency, Amount: m.sign * p.Entry.Amount, Ref: p.Entry.ID})
		}
	}
}

// moves are the events that move money, and which way: above zero to the merchant.
var moves = map[string]struct {
	kind string
	sign int64
}{
	"payment.captured":       {"captured", 1},
	"payment.refunded":       {"refunded", -1},
	"payment.disputed":       {"disputed", -1},
	"payment.dispute_closed": {"dispute_closed", 1},
}

// hour writes a time as reports group it.
func (f *File) hour(t micros.Time) string { return t.Std().In(f.zone).Format("2006-01-02T15") }
