package order

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// Limits of one order.
const (
	MaxLines     = 1_000
	MaxQuantity  = 1_000_000
	maxDiscounts = 100
	maxTaxLines  = 20 // of one line
	maxID        = 128
	maxPhone     = 40
	maxToken     = 500
	maxMethod    = 64
	maxTerms     = 365 // days
	maxTenders   = 10
)

// Placement is an order as a channel sends it. What is given for prices, discounts, shipping and tax is final.
type Placement struct {
	Channel         string              `json:"channel"`
	ExternalID      string              `json:"external_id,omitzero"`
	Customer        Customer            `json:"customer,omitzero"`
	ShippingAddress address.Address     `json:"shipping_address,omitzero"`
	BillingAddress  address.Address     `json:"billing_address,omitzero"`
	Pickup          string              `json:"pickup,omitzero"` // code of the location where the customer collects it; then no address is needed
	Tags            []string            `json:"tags,omitzero"`
	Fields          map[string]any      `json:"fields,omitzero"` // custom fields, checked by the caller
	Lines           []PlacementLine     `json:"lines,omitzero"`
	Discounts       []PlacementDiscount `json:"discounts,omitzero"`
	ShippingMethod  string              `json:"shipping_method,omitzero"`
	Shipping        *PlacementShipping  `json:"shipping,omitzero"` // instead of the channel's table
	PaymentProvider string              `json:"payment_provider,omitzero"`
	PaymentToken    string              `json:"payment_token,omitzero"`
	PaymentMethod   string              `json:"payment_method,omitzero"` // on manual: how the money is to arrive
	TermsDays       int64               `json:"terms_days,omitzero"`     // on manual: net terms
	Tenders         []Tender            `json:"tenders,omitzero"`        // further payments; PaymentProvider pays what they leave
	Reservation     string              `json:"reservation,omitzero"`    // of a cart that this order takes over

	MaxDiscount *int64 `json:"-"` // percent of the items that all discounts may come to together; nil for any

	Language              string `json:"language,omitzero"`               // of mails to the customer, BCP 47
	SuppressNotifications bool   `json:"suppress_notifications,omitzero"` // the customer hears of the order elsewhere
}

// Tender is a way to pay, with its share of the order; without an amount it pays the rest.
type Tender struct {
	Provider  string       `json:"provider"`
	Token     string       `json:"token,omitzero"`
	Method    string       `json:"method,omitzero"`
	TermsDays int64        `json:"terms_days,omitzero"`
	Amount    *money.Money `json:"amount,omitzero"`
}

// Check adds to the list what is wrong with the tender by itself.
func (t Tender) Check(list *errs.List, at string) {
	if t.Provider == "" {
		list.Add(at+"/provider", "required", "name the payment provider, for example manual")
	}
	checkText(list, at+"/token", t.Token, maxToken)
	checkText(list, at+"/method", t.Method, maxMethod)
	if t.TermsDays < 0 || t.TermsDays > maxTerms {
		list.Add(at+"/terms_days", "out_of_range", "give days from 0 to %d", maxTerms)
	}
	if t.Amount != nil && (t.Amount.Amount < 1 || t.Amount.Amount > money.Max) {
		list.Add(at+"/amount/amount", "out_of_range", "give an amount from 1 to %d", int64(money.Max))
	}
}

// Tender is the payment that pays what the others leave.
func (p Placement) Tender() Tender {
	return Tender{Provider: p.PaymentProvider, Token: p.PaymentToken, Method: p.PaymentMethod, TermsDays: p.TermsDays}
}

// PlacementLine is one line; a nil price is that of the catalog.
type PlacementLine struct {
	SKU       string         `json:"sku"`
	Quantity  int64          `json:"quantity"`
	UnitPrice *money.Money   `json:"unit_price,omitzero"`
	TaxLines  []PlacementTax `json:"tax_lines,omitzero"`
	TaxGiven  bool           `json:"tax_given,omitzero"` // TaxLines are final even if there are none; otherwise none means those of the channel's table
}

func (l PlacementLine) taxGiven() bool { return l.TaxGiven || len(l.TaxLines) > 0 }

// PlacementTax is a tax computed by the sender.
type PlacementTax struct {
	Name     string      `json:"name"`
	Rate     string      `json:"rate,omitzero"`
	Amount   money.Money `json:"amount"`
	Included bool        `json:"included,omitzero"`
}

// PlacementDiscount is a finished discount; Line is the number of a line from 1, or empty for the whole order.
type PlacementDiscount struct {
	Code   string      `json:"code"`
	Amount money.Money `json:"amount"`
	Line   string      `json:"line,omitzero"`
}

// PlacementShipping is a finished shipping charge.
type PlacementShipping struct {
	Method string      `json:"method,omitzero"`
	Amount money.Money `json:"amount"`
}

// Item is what the catalog knows of a line.
type Item struct {
	Name        string
	Price       money.Money
	TaxClass    string
	WeightGrams int64
	Components  []Component // of a kit
}

// Tables are the channel's answers to what a placement leaves open. TaxFor returns nil for no tax. A function that is
// nil knows nothing: no product, no tax, no shipping method.
type Tables struct {
	Item     func(sku string) (Item, bool)
	TaxFor   func(class string) *Tax
	Shipping func(method string) (money.Money, bool)
	// ShippingTaxClass is the tax class of shipping; empty for none.
	ShippingTaxClass string
	PricesIncludeTax bool
	Zone             string // IANA name of the channel's time zone; "" for UTC
}

// Tax is a rate with its name.
type Tax struct {
	Name string
	Rate string
}

// New checks a placement and makes the order of it: all problems are reported at once, with pointers into the
// request. Ids, number, payments and stock are the caller's to fill in.
func New(p Placement, t Tables, now micros.Time) (*Order, error) {
	var list errs.List
	p.check(&list)
	o := &Order{
		Channel: p.Channel, Zone: t.Zone, ExternalID: p.ExternalID, Status: Pending, PaymentStatus: "none", FulfillmentStatus: "unfulfilled", ReturnStatus: "none",
		Customer: p.Customer, ShippingAddress: p.ShippingAddress, BillingAddress: p.BillingAddress, Pickup: p.Pickup, PlacedAt: now,
	}
	o.Fields = p.Fields
	o.Language, o.SuppressNotifications = p.Language, p.SuppressNotifications
	o.Tags = CheckTags(&list, "/tags", p.Tags)
	o.Currency = p.currency(t)
	o.addLines(p, t, &list)
	o.addShipping(p, t, &list)
	o.addDiscounts(p, &list)
	if err := list.Err(); err != nil {
		return nil, err
	}
	if err := o.addTaxes(p, t); err != nil {
		return nil, err
	}
	var err error
	if o.Totals, err = Total(o); err != nil {
		return nil, err
	}
	if err := Check(o); err != nil {
		return nil, err
	}
	return o, nil
}

// languageForm is that of the language tags which mails are looked for under (BCP 47, without extensions).
var languageForm = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$`)

func (p Placement) checkLanguage(list *errs.List) {
	if p.Language != "" && !languageForm.MatchString(p.Language) {
		list.Add("/language", "invalid_language", "give a language such as en, de or de-AT")
	}
}

func (p Placement) check(list *errs.List) {
	if p.Channel == "" {
		list.Add("/channel", "required", "name the sales channel, for example web")
	}
	checkText(list, "/external_id", p.ExternalID, maxID)
	p.checkLanguage(list)
	p.Customer.check(list)
	switch {
	case p.Pickup == "":
		p.ShippingAddress.Check(list, "/shipping_address")
	case p.ShippingAddress != (address.Address{}):
		p.ShippingAddress.CheckForm(list, "/shipping_address")
	}
	if p.BillingAddress != (address.Address{}) {
		p.BillingAddress.Check(list, "/billing_address")
	}
	p.Tender().Check(list, "/payment")
	for i, t := range p.Tenders {
		at := "/payments/" + strconv.Itoa(i)
		if t.Check(list, at); t.Amount == nil {
			list.Add(at+"/amount", "required", "give its share; payment pays the rest")
		}
	}
	if len(p.Tenders) > maxTenders {
		list.Add("/payments", "too_many", "at most %d payments beside payment", maxTenders)
	}
	switch {
	case len(p.Lines) == 0:
		list.Add("/lines", "required", "give at least one line")
	case len(p.Lines) > MaxLines:
		list.Add("/lines", "too_many", "at most %d lines; split the order", MaxLines)
	}
	if len(p.Discounts) > maxDiscounts {
		list.Add("/discounts", "too_many", "at most %d discounts", maxDiscounts)
	}
}

func (c Customer) check(list *errs.List) {
	if strings.TrimSpace(c.Email) == "" && strings.TrimSpace(c.Phone) == "" {
		list.Add("/customer/email", "required", "give a mail address or a phone number")
	}
	c.checkForm(list)
}

// checkForm looks at what is given, whether or not it is enough to reach somebody.
func (c Customer) checkForm(list *errs.List) {
	if strings.TrimSpace(c.Email) != "" && !address.ValidEmail(c.Email) {
		list.Add("/customer/email", "invalid_email", "a mail address has the form local@domain")
	}
	checkText(list, "/customer/name", c.Name, address.MaxText)
	checkText(list, "/customer/phone", c.Phone, maxPhone)
}

// currency is that of the first price; every other amount is held to it.
func (p Placement) currency(t Tables) string {
	for _, in := range p.Lines {
		if in.UnitPrice != nil {
			if money.ValidCurrency(in.UnitPrice.Currency) {
				return in.UnitPrice.Currency
			}
		} else if item, ok := t.item(in.SKU); ok {
			return item.Price.Currency
		}
	}
	return ""
}

func (t Tables) item(sku string) (Item, bool) {
	if t.Item == nil || sku == "" {
		return Item{}, false
	}
	return t.Item(sku)
}

func (o *Order) addLines(p Placement, t Tables, list *errs.List) {
	for i, in := range p.Lines[:min(len(p.Lines), MaxLines)] {
		at := "/lines/" + strconv.Itoa(i)
		item, known := t.item(in.SKU)
		switch {
		case in.SKU == "":
			list.Add(at+"/sku", "required", "give the SKU")
		case !known:
			list.Add(at+"/sku", "unknown_sku", "there is no active product %q", errs.Clip(in.SKU))
		}
		countable := in.Quantity >= 1 && in.Quantity <= MaxQuantity
		if !countable {
			list.Add(at+"/quantity", "out_of_range", "give a whole number from 1 to %d", MaxQuantity)
		}
		price := item.Price
		if in.UnitPrice != nil {
			price = *in.UnitPrice
			countable = o.checkAmount(list, at+"/unit_price", price) && countable
		} else if known {
			o.agree(price.Currency, at+"/sku", list)
		}
		if _, err := money.Mul(price.Amount, in.Quantity); err != nil && countable {
			list.Add(at, "amount_too_large", "price times quantity is over %d", money.Max)
		}
		o.checkTaxLines(list, at+"/tax_lines", in.TaxLines)
		o.Lines = append(o.Lines, Line{
			ID: strconv.Itoa(i + 1), SKU: in.SKU, Name: item.Name, Quantity: in.Quantity, UnitPrice: price.Amount,
			TaxClass: item.TaxClass, WeightGrams: item.WeightGrams, Components: item.Components,
		})
	}
}

func (o *Order) checkTaxLines(list *errs.List, at string, taxes []PlacementTax) {
	if len(taxes) > maxTaxLines {
		list.Add(at, "too_many", "at most %d taxes on a line", maxTaxLines)
		return
	}
	for i, tax := range taxes {
		at := at + "/" + strconv.Itoa(i)
		o.checkAmount(list, at+"/amount", tax.Amount)
		checkText(list, at+"/name", tax.Name, address.MaxText)
		checkText(list, at+"/rate", tax.Rate, address.MaxText)
	}
}

// agree holds all amounts of an order to one currency: that of its prices.
func (o *Order) agree(currency, at string, list *errs.List) bool {
	if o.Currency == "" || currency == o.Currency {
		return true // without one price that is right there is nothing to compare with
	}
	list.Add(at, "mixed_currencies", "the order is in %s, this amount is in %s", o.Currency, currency)
	return false
}

// checkAmount checks an amount of the request, and that it is in the order's currency.
func (o *Order) checkAmount(list *errs.List, at string, m money.Money) bool {
	ok := m.Amount >= 0 && m.Amount <= money.Max
	if !ok {
		list.Add(at+"/amount", "out_of_range", "give minor units (cents), from 0 to %d", money.Max)
	}
	if !money.ValidCurrency(m.Currency) {
		list.Add(at+"/currency", "invalid_currency", "%q is not an ISO 4217 code such as EUR", errs.Clip(m.Currency))
		return false
	}
	return o.agree(m.Currency, at+"/currency", list) && ok
}

func checkText(list *errs.List, at, s string, limit int) {
	if utf8.RuneCountInString(s) > limit {
		list.Add(at, "too_long", "at most %d characters", limit)
	}
}

func (o *Order) addShipping(p Placement, t Tables, list *errs.List) {
	switch {
	case p.Shipping != nil:
		if p.ShippingMethod != "" {
			list.Add("/shipping_method", "ambiguous", "give shipping_method, or shipping with a charge of its own, not both")
		}
		o.checkAmount(list, "/shipping/amount", p.Shipping.Amount)
		checkText(list, "/shipping/method", p.Shipping.Method, address.MaxText)
		o.Shipping = Shipping{Method: p.Shipping.Method, Amount: p.Shipping.Amount.Amount, Given: true}
	case p.ShippingMethod != "":
		price, ok := t.shipping(p.ShippingMethod)
		if !ok {
			list.Add("/shipping_method", "unknown_shipping_method", "the channel has no shipping method %q for this country", errs.Clip(p.ShippingMethod))
			return
		}
		o.agree(price.Currency, "/shipping_method", list)
		o.Shipping = Shipping{Method: p.ShippingMethod, Amount: price.Amount}
	}
}

// addDiscounts spreads each discount over its lines in proportion to what is left of them (O2).
func (o *Order) addDiscounts(p Placement, list *errs.List) {
	priced := list.Empty() // otherwise shares of the lines would mean nothing
	for i, d := range p.Discounts[:min(len(p.Discounts), maxDiscounts)] {
		at := "/discounts/" + strconv.Itoa(i)
		if strings.TrimSpace(d.Code) == "" {
			list.Add(at+"/code", "required", "give the discount a code")
		}
		checkText(list, at+"/code", d.Code, address.MaxText)
		ok := o.checkAmount(list, at+"/amount", d.Amount)
		if d.Line != "" && o.Line(d.Line) == nil {
			list.Add(at+"/line", "unknown_line", "lines are numbered from 1 to %d", len(o.Lines))
			ok = false
		}
		if !priced || !ok {
			continue
		}
		if room := o.spread(d, anyLine); room < d.Amount.Amount {
			list.Add(at+"/amount", "discount_too_large", "only %s is left to take a discount from", money.Money{Amount: room, Currency: o.Currency})
		}
	}
	if p.MaxDiscount != nil && list.Empty() {
		o.limitDiscounts(p, *p.MaxDiscount, list)
	}
}

// limitDiscounts holds all discounts together to a share of the items before them, and those of a line to that share of the
// line, so that nothing is gained by units that are canceled again.
func (o *Order) limitDiscounts(p Placement, percent int64, list *errs.List) {
	items, given := int64(0), int64(0)
	for i := range o.Lines {
		items += o.Lines[i].UnitPrice * o.Lines[i].Quantity
	}
	lines := map[string]int64{}
	for i, d := range p.Discounts {
		given += d.Amount.Amount
		if l := o.Line(d.Line); l != nil {
			lines[d.Line] += d.Amount.Amount
			overLimit(list, "/discounts/"+strconv.Itoa(i)+"/amount", l.UnitPrice*l.Quantity, lines[d.Line], percent, o.Currency)
		}
	}
	if !list.Empty() {
		return
	}
	overLimit(list, "/discounts", items, given, percent, o.Currency)
}

// overLimit finds that discounts come to more than a share of the items before them.
func overLimit(list *errs.List, at string, items, given, percent int64, currency string) {
	if most := items/100*percent + items%100*percent/100; given > most {
		list.Add(at, "discount_limit", "at most %s may be given, %d %% of the items; ask somebody who may give more", money.Money{Amount: most, Currency: currency}, percent)
	}
}

func anyLine(*Line) bool { return true }

// spread takes a discount off the lines that may have a part of it, and returns what was left to take it from; nothing
// changes if that is too little.
func (o *Order) spread(d PlacementDiscount, may func(*Line) bool) (room int64) {
	weights := make([]int64, len(o.Lines))
	for i := range o.Lines {
		if l := &o.Lines[i]; (d.Line == "" || d.Line == l.ID) && may(l) {
			weights[i] = l.base()
			room += weights[i]
		}
	}
	if d.Amount.Amount > room {
		return room
	}
	parts := make([]int64, len(o.Lines))
	if room > 0 { // else the amount is 0
		parts = money.Split(d.Amount.Amount, weights)
	}
	for i := range o.Lines {
		o.Lines[i].Discount += parts[i]
	}
	o.Discounts = append(o.Discounts, Discount{Code: d.Code, Amount: d.Amount.Amount, Line: d.Line, Parts: parts})
	return room
}

func (o *Order) addTaxes(p Placement, t Tables) error {
	for i := range o.Lines {
		l, in := &o.Lines[i], p.Lines[i]
		if in.taxGiven() {
			l.TaxLines, l.TaxGiven = in.taxes(), true
			continue
		}
		lines, err := t.tax(l.TaxClass, l.base())
		if err != nil {
			return err
		}
		l.TaxLines = lines
	}
	return o.taxShipping(t)
}

func (o *Order) taxShipping(t Tables) (err error) {
	o.Shipping.TaxLines = nil
	if t.ShippingTaxClass != "" && o.Shipping.Amount != 0 {
		o.Shipping.TaxLines, err = t.tax(t.ShippingTaxClass, o.Shipping.Amount)
	}
	return err
}

func (t Tables) shipping(method string) (money.Money, bool) {
	if t.Shipping == nil {
		return money.Money{}, false
	}
	return t.Shipping(method)
}

func (l PlacementLine) taxes() []TaxLine {
	var out []TaxLine
	for _, tax := range l.TaxLines {
		out = append(out, TaxLine{Name: tax.Name, Rate: tax.Rate, Amount: tax.Amount.Amount, Included: tax.Included})
	}
	return out
}

func (t Tables) tax(class string, base int64) ([]TaxLine, error) {
	if t.TaxFor == nil {
		return nil, nil
	}
	tax := t.TaxFor(class)
	if tax == nil {
		return nil, nil
	}
	rate, err := money.ParseRate(tax.Rate)
	if err != nil {
		return nil, fmt.Errorf("order: stored tax rate %q: %v", tax.Rate, err) // not %w: our defect, not the request's
	}
	amount := rate.Of(base)
	if t.PricesIncludeTax {
		amount = rate.Within(base)
	}
	return []TaxLine{{Name: tax.Name, Rate: tax.Rate, Amount: amount, Included: t.PricesIncludeTax}}, nil
}

// Differences names, by JSON pointers, what a second submission of an external order wants otherwise than the order
// that exists. Prices and taxes that it does not give are not compared: they were those of the tables at the time.
func Differences(o *Order, p Placement) []string {
	var out []string
	differ := func(pointer string, yes bool) {
		if yes {
			out = append(out, pointer)
		}
	}
	differ("/customer", o.Customer != p.Customer)
	differ("/shipping_address", o.ShippingAddress != p.ShippingAddress)
	differ("/pickup", o.Pickup != p.Pickup)
	differ("/billing_address", o.BillingAddress != p.BillingAddress)
	differ("/shipping_method", p.Shipping == nil && o.Shipping.Method != p.ShippingMethod)
	if s := p.Shipping; s != nil {
		differ("/shipping", o.Shipping.Method != s.Method || !o.equals(s.Amount, o.Shipping.Amount))
	}
	differ("/discounts", len(o.Discounts) != len(p.Discounts))
	for i := range min(len(o.Discounts), len(p.Discounts)) {
		a, b := o.Discounts[i], p.Discounts[i]
		differ("/discounts/"+strconv.Itoa(i), a.Code != b.Code || a.Line != b.Line || !o.equals(b.Amount, a.Amount))
	}
	differ("/lines", len(o.Lines) != len(p.Lines))
	for i := range min(len(o.Lines), len(p.Lines)) {
		a, b := o.Lines[i], p.Lines[i]
		price := b.UnitPrice != nil && !o.equals(*b.UnitPrice, a.UnitPrice)
		differ("/lines/"+strconv.Itoa(i), a.SKU != b.SKU || a.Quantity != b.Quantity || price || o.otherTaxes(a, b))
	}
	return out
}

func (o *Order) equals(m money.Money, amount int64) bool {
	return m == money.Money{Amount: amount, Currency: o.Currency}
}

func (o *Order) otherTaxes(l Line, in PlacementLine) bool {
	foreign := func(t PlacementTax) bool { return t.Amount.Currency != o.Currency }
	return in.taxGiven() && (!slices.Equal(l.TaxLines, in.taxes()) || slices.ContainsFunc(in.TaxLines, foreign))
}
