package paper

import (
	"strconv"
	"strings"

	"ordo/internal/address"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// InvoiceData is an invoice as it was issued. Amounts are minor units of Currency.
type InvoiceData struct {
	Size     Size
	Sender   Sender
	BillTo   address.Address
	ShipTo   address.Address // printed if it differs
	Number   string          // also as a barcode
	Order    string
	IssuedAt micros.Time
	DueAt    micros.Time // 0: none
	Terms    string      // "Payable within 30 days"
	Currency string
	Lines    []InvoiceLine
	Items    int64 // sum of the lines before discount
	Discount int64
	Shipping int64
	Taxes    []InvoiceTax
	Total    int64
	PayURL   string // printed as a QR code, if there is one
	Notes    []string
}

// InvoiceLine is one position. Total is what it costs before tax that comes on top.
type InvoiceLine struct {
	SKU, Name string
	Quantity  int64
	UnitPrice int64
	Discount  int64
	TaxRates  string // "20 %"
	Total     int64
}

// InvoiceTax is the sum of one tax.
type InvoiceTax struct {
	Name     string
	Amount   int64
	Included bool
}

// Invoice renders the invoice.
func Invoice(d InvoiceData) ([]byte, error) {
	s, err := drawInvoice(d)
	if err != nil {
		return nil, err
	}
	return s.bytes()
}

func drawInvoice(d InvoiceData) (*sheet, error) {
	p := newPage(d.Size, "Invoice "+d.Number, d.IssuedAt)
	p.foot = d.Sender.Name + " · invoice " + d.Number
	p.at(margin, p.y, p.width*0.55, "L", d.Sender.Name, title)
	p.at(margin, p.y+9.5, p.width*0.55, "L", "Invoice "+d.Number, style{sans, "", 12, soft})
	p.numbered(d.Number)
	p.y += 27
	p.invoiceHead(d)

	t := p.table(
		column{"Item", 0.40, "L"},
		column{"Qty", 0.09, "R"},
		column{"Unit price", 0.15, "R"},
		column{"Discount", 0.13, "R"},
		column{"Tax", 0.09, "R"},
		column{"Amount", 0.14, "R"},
	)
	for _, l := range d.Lines {
		discount := ""
		if l.Discount != 0 {
			discount = Amount(-l.Discount, d.Currency)
		}
		t.row(
			cell{text: l.Name, st: body, below: l.SKU, belowSt: code},
			cell{text: strconv.FormatInt(l.Quantity, 10), st: body},
			cell{text: Amount(l.UnitPrice, d.Currency), st: body},
			cell{text: discount, st: body},
			cell{text: l.TaxRates, st: body},
			cell{text: Amount(l.Total, d.Currency), st: body},
		)
	}
	t.done()
	if err := p.invoiceFoot(d); err != nil {
		return nil, err
	}
	return p.close(), nil
}

// invoiceHead prints who owes whom, and when.
func (p *page) invoiceHead(d InvoiceData) {
	third := p.width/3 - 3
	bottom := p.party(margin, p.y, third, "BILL TO", postal(d.BillTo))
	second := margin + p.width/3
	if d.ShipTo != (address.Address{}) && d.ShipTo != d.BillTo {
		bottom = max(bottom, p.party(second, p.y, third, "SHIP TO", postal(d.ShipTo)))
		second += p.width / 3
	}
	from := p.y
	if second < margin+p.width/2 {
		bottom = max(bottom, p.party(second, p.y, third, "FROM", d.Sender.lines()))
		second += p.width / 3
		from = p.y
	} else {
		bottom = max(bottom, p.y)
	}
	p.at(second, from, third, "L", "DETAILS", caption)
	bottom = max(bottom, p.facts(second, from+4.6, p.width/3, []fact{
		{"Invoice", d.Number},
		{"Issued", day(d.IssuedAt)},
		{"Due", dayOrNone(d.DueAt)},
		{"Order", d.Order},
		{"Currency", d.Currency},
	}))
	if d.ShipTo != (address.Address{}) && d.ShipTo != d.BillTo {
		p.at(margin, bottom+4, p.width, "L", "FROM", caption)
		bottom = p.block(margin, bottom+8.6, p.width, strings.Join(d.Sender.lines(), " · "), body)
	}
	p.y = bottom + 7
}

// invoiceFoot prints the sums, the terms and how to pay, and keeps the sums on one sheet.
func (p *page) invoiceFoot(d InvoiceData) error {
	type sum struct {
		name   string
		amount int64
		show   bool
	}
	sums := []sum{{"Items", d.Items, true}, {"Discount", -d.Discount, d.Discount != 0}, {"Shipping", d.Shipping, true}}
	for _, t := range d.Taxes {
		if !t.Included {
			sums = append(sums, sum{t.Name, t.Amount, true})
		}
	}
	p.need(float64(len(sums)+len(d.Taxes))*5.2 + 34)
	p.y += 3
	top := p.y
	x, w := margin+p.width*0.55, p.width*0.45
	for _, s := range sums {
		if s.show {
			p.sum(x, w, s.name, Amount(s.amount, d.Currency), body)
		}
	}
	p.y += 1
	p.rule(x, p.y, w, ink)
	p.y += 1.6
	p.sum(x, w, "Total "+d.Currency, Amount(d.Total, d.Currency), style{sans, "B", 13, ink})
	p.y += 1.5
	for _, t := range d.Taxes {
		if t.Included {
			p.sum(x, w, "includes "+t.Name, Amount(t.Amount, d.Currency), small)
		}
	}
	bottom, err := p.terms(d, top)
	p.y = max(p.y, bottom) + 4
	p.notes(d.Notes)
	return err
}

func (p *page) sum(x, width float64, name, value string, st style) {
	p.at(x, p.y, width*0.6, "L", name, st)
	p.at(x+width*0.6, p.y, width*0.4, "R", value, st)
	p.y += max(5.2, st.lead())
}

// terms prints left of the sums how and until when to pay.
func (p *page) terms(d InvoiceData, y float64) (float64, error) {
	w := p.width * 0.48
	if d.Terms != "" {
		y = p.block(margin, y, w, d.Terms, body) + 1
	}
	if d.Sender.Bank != "" {
		y = p.block(margin, y, w, "Transfers to "+d.Sender.Bank, body) + 1
	}
	if d.PayURL == "" {
		return y, nil
	}
	const size = 26
	if err := p.qr(margin-2, y, size, d.PayURL); err != nil {
		return y, err
	}
	p.at(margin+size+1, y+3, w-size-1, "L", "Scan to pay", strong)
	p.block(margin+size+1, y+8, w-size-1, d.PayURL, style{mono, "", 7, soft})
	return y + size, nil
}

// Amount prints minor units with their decimals, in groups of three digits.
func Amount(n int64, currency string) string {
	whole, _, _ := strings.Cut(money.Money{Amount: n, Currency: currency}.String(), " ")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	whole, frac, has := strings.Cut(whole, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if has {
		whole += "." + frac
	}
	return sign + whole
}
