package retail

import "strings"

// kind is what became of a line, or of an invoice. The constants' order is the
// order of the tables in a Plan.
type kind int

const (
	lineSale kind = iota
	lineManual
	lineFree
	linePostage
	lineDiscount
	lineCancel
	lineCancelPostage
	lineCancelOutside
	lineFound
	lineDamaged
	lineLost
	lineCorrection
	linePostageAlone
	linePostageCredit
	lineFee
	lineUnmapped

	invOrder
	invGuestOrder
	invAdjustment
	invCancelOrder
	invCancelLines
	invCancelOutside
	invCredit
	invNoGoods

	remarkUnspecified
	remarkRecased
	remarkRepeated
	remarkTwoTimes
	remarkNoName
	remarkNoPrice

	allKinds // how many

	firstLine, firstInvoice, firstRemark = lineSale, invOrder, remarkUnspecified
)

// kindInfo names every kind and says what is done with it.
var kindInfo = [allKinds]struct{ name, what string }{
	lineSale:          {"sale", "goods sold: an order line at its price"},
	lineManual:        {"manual", "goods sold without a stock code (M): an order line with SKU M"},
	lineFree:          {"free", "goods given away in a sale: an order line at price 0"},
	linePostage:       {"postage", "postage and carriage (POST, DOT, C2): summed as the order's shipping charge"},
	lineDiscount:      {"discount", "discount (D): summed as the order's discount"},
	lineCancel:        {"cancel", "cancels a line of an earlier order of these days"},
	lineCancelPostage: {"cancel_postage", "postage of an order that is canceled whole: canceled with it"},
	lineCancelOutside: {"cancel_outside", "cancels a sale outside these days: left out"},
	lineFound:         {"adjust_found", "stock found: a stock adjustment"},
	lineDamaged:       {"adjust_damaged", "stock damaged: a stock adjustment"},
	lineLost:          {"adjust_lost", "stock lost or missing: a stock adjustment"},
	lineCorrection:    {"adjust_correction", "stock changed after a check or without a usable remark: a stock adjustment"},
	linePostageAlone:  {"postage_alone", "postage on an invoice without goods, so without an order: left out"},
	linePostageCredit: {"postage_credit", "postage given back for a sale that stands or lies outside these days: left out"},
	lineFee:           {"fee", "charges and credits that are not goods (bank charges, commissions): left out"},
	lineUnmapped:      {"unmapped", "fits no rule: left out"},

	invOrder:         {"order", "a sale to a known customer: an order"},
	invGuestOrder:    {"order_guest", "a sale without customer number: an order of a guest"},
	invAdjustment:    {"adjustment", "changes stock only: a stock adjustment"},
	invCancelOrder:   {"cancel_order", "cancels an order of these days completely"},
	invCancelLines:   {"cancel_lines", "cancels a part of an order of these days"},
	invCancelOutside: {"cancel_outside", "cancels a sale outside these days: left out"},
	invCredit:        {"credit", "credits postage or a fee and no goods: left out"},
	invNoGoods:       {"no_goods", "charges postage or a fee and no goods: left out"},

	remarkUnspecified: {"country_unspecified", "lines sold to an unspecified country: taken as GB"},
	remarkRecased:     {"sku_recased", "lines whose stock code has lower-case letters: upper-cased"},
	remarkRepeated:    {"sku_repeated", "order lines whose SKU the order already has: kept as separate lines"},
	remarkTwoTimes:    {"two_times", "invoices whose lines have different times: the earliest counts"},
	remarkNoName:      {"product_no_name", "lines of a product that no sale describes: named after its SKU"},
	remarkNoPrice:     {"product_no_price", "lines of a product that was never sold at a price: price 0"},
}

// notGoods are the stock codes that name no goods. Every other code does: even
// vouchers and M, which the shop sells like goods.
var notGoods = map[string]kind{
	"POST":         linePostage,
	"DOT":          linePostage,
	"C2":           linePostage,
	"D":            lineDiscount,
	"B":            lineFee, // bad debt
	"S":            lineFee, // samples, booked as money
	"AMAZONFEE":    lineFee,
	"BANK CHARGES": lineFee,
	"CRUK":         lineFee, // commission to Cancer Research UK
}

// reasonWords are looked for in the remark of an adjustment, in this order.
// A word counts only if the stock moves its way.
var reasonWords = []struct {
	word   string
	adds   bool
	reason Reason
	kind   kind
}{
	{"found", true, Found, lineFound},
	{"damage", false, Damaged, lineDamaged},
	{"missing", false, Lost, lineLost},
	{"lost", false, Lost, lineLost},
}

func reasonOf(remark string, delta int) (Reason, kind) {
	remark = strings.ToLower(remark)
	for _, w := range reasonWords {
		if w.adds == (delta > 0) && strings.Contains(remark, w.word) {
			return w.reason, w.kind
		}
	}
	return Correction, lineCorrection
}

// classify judges one row of a sale invoice. booksStock tells that the invoice
// has neither customer nor price on any line, so that it moves stock only.
func classify(r row, booksStock bool) kind {
	other, isOther := notGoods[r.sku]
	switch {
	case r.quantity == 0:
		return lineUnmapped
	case other == linePostage && r.amount() < 0, other == lineDiscount && r.amount() > 0:
		return lineUnmapped
	case isOther:
		return other
	case r.price == 0 && r.customer == "" && (booksStock || r.quantity < 0):
		_, k := reasonOf(r.text, r.quantity)
		return k
	case r.quantity < 0 || r.price < 0:
		return lineUnmapped
	case r.price == 0:
		return lineFree
	case r.sku == "M":
		return lineManual
	}
	return lineSale
}

// tally counts lines and invoices per kind.
type tally struct {
	counts [allKinds]Count
	last   [allKinds]string // the invoice counted last: one invoice is counted at a stretch
}

func (t *tally) line(k kind, r row) { t.add(k, r.invoice, 1, r.amount()) }

func (t *tally) add(k kind, invoice string, lines int, amount int64) {
	c := &t.counts[k]
	c.Lines += lines
	c.Amount += amount
	if t.last[k] != invoice {
		t.last[k] = invoice
		c.Invoices++
	}
}

// table returns the kinds from first up to end that occur.
func (t *tally) table(first, end kind) []Count {
	var out []Count
	for k := first; k < end; k++ {
		if c := t.counts[k]; c.Invoices > 0 {
			c.Kind, c.What = kindInfo[k].name, kindInfo[k].what
			out = append(out, c)
		}
	}
	return out
}
