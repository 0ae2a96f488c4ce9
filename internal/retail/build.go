package retail

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// invoice is what the source repeats on each of its lines.
type invoice struct {
	rows []row // never empty; the first has the earliest time
}

func (i *invoice) head() row     { return i.rows[0] }
func (i *invoice) cancels() bool { return strings.HasPrefix(i.head().invoice, "C") }

func (i *invoice) amount() (sum int64) {
	for _, r := range i.rows {
		sum += r.amount()
	}
	return sum
}

// booksStock reports whether the invoice moves stock only.
func (i *invoice) booksStock() bool {
	return i.head().customer == "" && !slices.ContainsFunc(i.rows, func(r row) bool { return r.price != 0 })
}

// build maps rows, in any order of invoices, to a plan.
func build(rows []row) (*Plan, error) {
	invoices, err := group(rows)
	if err != nil {
		return nil, err
	}
	b := builder{products: newProducts()}
	var cancellations []*invoice
	for _, i := range invoices {
		b.remark(i)
		if i.cancels() {
			cancellations = append(cancellations, i)
			continue
		}
		if err := b.sale(i); err != nil {
			return nil, err
		}
	}
	m := newMatcher(b.plan.Orders)
	for _, i := range cancellations {
		b.cancellation(i, m)
	}
	b.plan.Products = b.products.list()
	b.remarkProducts(invoices)
	b.plan.Counts = b.tally.table(firstLine, firstInvoice)
	b.plan.InvoiceCounts = b.tally.table(firstInvoice, firstRemark)
	b.plan.Remarks = b.tally.table(firstRemark, allKinds)
	return &b.plan, nil
}

// group collects rows by invoice and sorts the invoices by time, then number.
// An invoice that names two customers or countries is an error.
func group(rows []row) ([]*invoice, error) {
	byNumber := make(map[string]*invoice)
	var all []*invoice
	for _, r := range rows {
		i := byNumber[r.invoice]
		if i == nil {
			i = &invoice{}
			byNumber[r.invoice] = i
			all = append(all, i)
		} else if h := i.head(); h.customer != r.customer || h.country != r.country {
			return nil, fmt.Errorf("invoice %s has two customers or countries", r.invoice)
		}
		i.rows = append(i.rows, r)
	}
	for _, i := range all {
		slices.SortStableFunc(i.rows, func(a, b row) int { return a.at.Compare(b.at) })
	}
	slices.SortFunc(all, func(a, b *invoice) int {
		return cmp.Or(a.head().at.Compare(b.head().at), strings.Compare(a.head().invoice, b.head().invoice))
	})
	return all, nil
}

// builder collects a plan, one invoice after the other.
type builder struct {
	plan     Plan
	tally    tally
	products *products
}

// sale maps an invoice that is not a cancellation. Postage is judged last: it
// needs an order to belong to.
func (b *builder) sale(i *invoice) error {
	o, err := newOrder(i.head())
	if err != nil {
		return err
	}
	booksStock := i.booksStock()
	adjusted := len(b.plan.Adjustments)
	var charges []row
	for _, r := range i.rows {
		k := classify(r, booksStock)
		switch k {
		case lineSale, lineManual, lineFree:
			o.Lines = append(o.Lines, Line{SKU: r.sku, Quantity: r.quantity, UnitPrice: r.price})
			b.products.sold(r)
		case lineFound, lineDamaged, lineLost, lineCorrection:
			b.plan.Adjustments = append(b.plan.Adjustments, newAdjustment(r))
			b.products.adjusted(r)
		case linePostage, lineDiscount:
			charges = append(charges, r)
			continue // counted below
		}
		b.tally.line(k, r)
	}
	b.charge(&o, charges)
	switch {
	case len(o.Lines) > 0 && o.Customer.ID != "":
		b.countInvoice(invOrder, i)
	case len(o.Lines) > 0:
		b.countInvoice(invGuestOrder, i)
	case len(b.plan.Adjustments) > adjusted:
		b.countInvoice(invAdjustment, i)
	default:
		b.countInvoice(invNoGoods, i)
	}
	if len(o.Lines) > 0 {
		b.remarkRepeats(i, o)
		b.plan.Orders = append(b.plan.Orders, o)
	}
	return nil
}

// charge adds postage and discount lines to an order that has goods.
func (b *builder) charge(o *Order, charges []row) {
	for _, r := range charges {
		k := notGoods[r.sku]
		switch {
		case len(o.Lines) == 0 && k == linePostage:
			k = linePostageAlone
		case len(o.Lines) == 0:
			k = lineUnmapped
		case k == linePostage:
			o.Shipping += r.amount()
		default:
			o.Discount -= r.amount()
		}
		b.tally.line(k, r)
	}
}

func newOrder(r row) (Order, error) {
	p, err := placeOf(r.country)
	if err != nil {
		return Order{}, fmt.Errorf("invoice %s: %w", r.invoice, err)
	}
	c := Customer{ID: r.customer, Name: "Customer " + r.customer, Email: r.customer + "@example.com"}
	if r.customer == "" {
		c.Name, c.Email = "Guest "+r.invoice, "guest-"+strings.ToLower(r.invoice)+"@example.com"
	}
	return Order{Invoice: r.invoice, PlacedAt: r.at, Customer: c, Address: p.address}, nil
}

func newAdjustment(r row) Adjustment {
	reason, _ := reasonOf(r.text, r.quantity)
	return Adjustment{
		Invoice: r.invoice, At: r.at, SKU: r.sku, Delta: r.quantity,
		Reason: reason, Note: cmp.Or(r.text, "no remark"),
	}
}

// cancellation maps an invoice that takes back. Its postage is judged last: it
// goes with the goods if they cancel a whole order.
func (b *builder) cancellation(i *invoice, m *matcher) {
	first := len(b.plan.Cancellations)
	var postage []row
	k, goods := invCredit, false
	for _, r := range i.rows {
		switch other, isOther := notGoods[r.sku]; {
		case r.quantity >= 0 || r.price < 0:
			b.tally.line(lineUnmapped, r)
		case other == linePostage:
			postage = append(postage, r)
		case isOther:
			b.tally.line(lineFee, r)
		default:
			goods = true
			b.products.named(r)
			if c, ok := m.match(r); ok {
				b.plan.Cancellations = append(b.plan.Cancellations, c)
				b.tally.line(lineCancel, r)
			} else {
				b.tally.line(lineCancelOutside, r)
			}
		}
	}
	made := b.plan.Cancellations[first:]
	whole := m.markWhole(made)
	for _, r := range postage {
		b.tally.line(postageKind(whole), r)
	}
	switch {
	case whole:
		k = invCancelOrder
	case len(made) > 0:
		k = invCancelLines
	case goods:
		k = invCancelOutside
	}
	b.countInvoice(k, i)
}

func postageKind(whole bool) kind {
	if whole {
		return lineCancelPostage
	}
	return linePostageCredit
}

func (b *builder) countInvoice(k kind, i *invoice) {
	b.tally.add(k, i.head().invoice, len(i.rows), i.amount())
}

// remark notes what is odd about an invoice whatever becomes of it.
func (b *builder) remark(i *invoice) {
	if p, err := placeOf(i.head().country); err == nil && p.unspecified {
		b.tally.add(remarkUnspecified, i.head().invoice, len(i.rows), i.amount())
	}
	if !i.head().at.Equal(i.rows[len(i.rows)-1].at) {
		b.tally.add(remarkTwoTimes, i.head().invoice, len(i.rows), i.amount())
	}
	for _, r := range i.rows {
		if r.recased {
			b.tally.line(remarkRecased, r)
		}
	}
}

// remarkRepeats notes the order lines whose SKU an earlier line has.
func (b *builder) remarkRepeats(i *invoice, o Order) {
	seen := make(map[string]bool, len(o.Lines))
	for _, l := range o.Lines {
		if seen[l.SKU] {
			b.tally.add(remarkRepeated, i.head().invoice, 1, int64(l.Quantity)*l.UnitPrice)
		}
		seen[l.SKU] = true
	}
}

// remarkProducts notes the lines of products that lack a name or a price.
func (b *builder) remarkProducts(invoices []*invoice) {
	for _, i := range invoices {
		for _, r := range i.rows {
			v := b.products.bySKU[r.sku]
			if v == nil || !v.used {
				continue
			}
			if len(v.names) == 0 {
				b.tally.line(remarkNoName, r)
			}
			if len(v.prices) == 0 {
				b.tally.line(remarkNoPrice, r)
			}
		}
	}
}
