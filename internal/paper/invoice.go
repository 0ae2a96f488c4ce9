package paper

import (
	"strconv"
	"strings"

	"ordo/internal/address"
	"ordo/internal/micros"
	"ordo/internal/money"
	"ordo/internal/words"
)

// InvoiceData is an invoice as it was issued. Amounts are minor units of Currency.
type InvoiceData struct {
	Size     Size
	Language string // of people; English for one that there are no words in
	Sender   Sender
	BillTo   address.Address
	ShipTo   address.Address // printed if it differs
	Number   string          // also as a barcode
	Order    string
	IssuedAt micros.Time
	DueAt    micros.Time // 0: nothing is said about it
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
	TaxRates  []string // decimal shares: "0.2"
	Total     int64
}

// InvoiceTax is the sum of one tax.
type InvoiceTax struct {
	Name     string
	Rate     string // a decimal share; "" for none
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
	say := tongue(d.Language)
	name := say.T("Invoice") + " " + d.Number
	p := newPage(d.Size, say, name, d.IssuedAt)
	p.foot = d.Sender.Name + " · " + name
	p.at(margin, p.y, p.width*0.55, "L", d.Sender.Name, title)
	p.at(margin, p.y+9.5, p.width*0.55, "L", name, style{sans, "", 12, soft})
	p.numbered(d.Number)
	p.y += 27
	p.invoiceHead(d)

	t := p.table(
		column{say.T("Item"), 0.40, "L"},
		column{say.T("Qty"), 0.09, "R"},
		column{say.T("Unit price"), 0.15, "R"},
		column{say.T("Discount"), 0.13, "R"},
		column{say.T("Tax"), 0.09, "R"},
		column{say.T("Amount"), 0.14, "R"},
	)
	for _, l := range d.Lines {
		discount := ""
		if l.Discount != 0 {
			discount = amount(say, -l.Discount, d.Currency)
		}
		t.row(
			cell{text: l.Name, st: body, below: l.SKU, belowSt: code},
			cell{text: strconv.FormatInt(l.Quantity, 10), st: body},
			cell{text: amount(say, l.UnitPrice, d.Currency), st: body},
			cell{text: discount, st: body},
			cell{text: rates(say, l.TaxRates), st: body},
			cell{text: amount(say, l.Total, d.Currency), st: body},
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
	third, home := p.width/3-3, d.Sender.Address.Country
	seller := d.Sender.lines(d.BillTo.Country, p.say)
	bottom := p.party(margin, p.y, third, p.say.T("BILL TO"), postal(d.BillTo, home, p.say))
	second := margin + p.width/3
	if d.ShipTo != (address.Address{}) && d.ShipTo != d.BillTo {
		bottom = max(bottom, p.party(second, p.y, third, p.say.T("SHIP TO"), postal(d.ShipTo, home, p.say)))
		second += p.width / 3
	}
	from := p.y
	if second < margin+p.width/2 {
		bottom = max(bottom, p.party(second, p.y, third, p.say.T("FROM"), seller))
		second += p.width / 3
		from = p.y
	} else {
		bottom = max(bottom, p.y)
	}
	p.at(second, from, third, "L", p.say.T("DETAILS"), caption)
	bottom = max(bottom, p.facts(second, from+4.6, p.width/3, []fact{
		{p.say.T("Invoice"), d.Number},
		{p.say.T("Issued"), p.day(d.IssuedAt)},
		{p.say.T("Due"), p.day(d.DueAt)},
		{p.say.T("Order"), d.Order},
		{p.say.T("Currency"), d.Currency},
	}))
	if d.ShipTo != (address.Address{}) && d.ShipTo != d.BillTo {
		p.at(margin, bottom+4, p.width, "L", p.say.T("FROM"), caption)
		bottom = p.block(margin, bottom+8.6, p.width, strings.Join(seller, " · "), body)
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
	sums := []sum{{p.say.T("Items"), d.Items, true}, {p.say.T("Discount"), -d.Discount, d.Discount != 0}, {p.say.T("Shipping"), d.Shipping, true}}
	for _, t := range d.Taxes {
		if !t.Included {
			sums = append(sums, sum{t.named(p.say), t.Amount, true})
		}
	}
	p.need(float64(len(sums)+len(d.Taxes))*5.2 + 34)
	p.y += 3
	top := p.y
	x, w := margin+p.width*0.55, p.width*0.45
	for _, s := range sums {
		if s.show {
			p.sum(x, w, s.name, amount(p.say, s.amount, d.Currency), body)
		}
	}
	p.y += 1
	p.rule(x, p.y, w, ink)
	p.y += 1.6
	p.sum(x, w, p.say.T("Total")+" "+d.Currency, amount(p.say, d.Total, d.Currency), style{sans, "B", 13, ink})
	p.y += 1.5
	for _, t := range d.Taxes {
		if t.Included {
			p.sum(x, w, p.say.T("includes %s", t.named(p.say)), amount(p.say, t.Amount, d.Currency), small)
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
	switch {
	case d.DueAt > d.IssuedAt:
		y = p.block(margin, y, w, p.say.T("Payable by %s. Please give the invoice's number.", p.day(d.DueAt)), body) + 1
	case d.DueAt != 0:
		y = p.block(margin, y, w, p.say.T("Payable at once. Please give the invoice's number."), body) + 1
	}
	if d.Sender.Bank != "" {
		y = p.block(margin, y, w, p.say.T("Transfers to %s", d.Sender.Bank), body) + 1
	}
	if d.PayURL == "" {
		return y, nil
	}
	const size = 26
	if err := p.qr(margin-2, y, size, d.PayURL); err != nil {
		return y, err
	}
	p.at(margin+size+1, y+3, w-size-1, "L", p.say.T("Scan to pay"), strong)
	p.block(margin+size+1, y+8, w-size-1, d.PayURL, style{mono, "", 7, soft})
	return y + size, nil
}

// amount writes minor units with their decimals, without the currency.
func amount(say *words.Format, n int64, currency string) string {
	return say.Amount(money.Money{Amount: n, Currency: currency})
}

// named is the tax with its rate.
func (t InvoiceTax) named(say *words.Format) string {
	return strings.TrimSpace(t.Name + " " + percent(say, t.Rate))
}

func rates(say *words.Format, list []string) string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = percent(say, r)
	}
	return strings.Join(out, ", ")
}

// percent writes a decimal share: "0.055" is "5.5 %". What is no share stays as it is.
func percent(say *words.Format, rate string) string {
	whole, frac, ok := strings.Cut(rate, ".")
	if rate == "" || strings.Trim(whole+frac, "0123456789") != "" {
		return rate
	}
	if !ok || len(frac) < 2 {
		frac += strings.Repeat("0", 2-len(frac))
	}
	digits := strings.TrimLeft(whole+frac[:2], "0")
	if digits == "" {
		digits = "0"
	}
	if rest := strings.TrimRight(frac[2:], "0"); rest != "" {
		digits += say.Point() + rest
	}
	return digits + "\u00a0%"
}
