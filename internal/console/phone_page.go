package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/address"
	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/money"
	"ordo/internal/pages"
)

// desk shows the desk for a form; change has the last word on it.
func (v *visit) desk(code int, form url.Values, focus string, change func(*deskPage)) error {
	p := &deskPage{
		Key: form.Get("_key"), Focus: focus, Fresh: v.r.Method != "POST" && form.Get("_record") == "", Find: form.Get("_find"), Asked: form.Get("_asked"), Product: form.Get("_product"), Record: form.Get("_record"),
		Keep: form.Get("_keep") != "", MayKeep: v.may("customers:write"), Language: form.Get("language"), Country: form.Get("shipping_address.country"),
	}
	if p.Key == "" {
		p.Key = pages.NewKey()
	}
	p.fields(form)
	for _, c := range address.Countries() {
		p.Countries = append(p.Countries, pages.Option{Value: c, Text: v.format.Country(c), On: c == p.Country})
	}
	slices.SortFunc(p.Countries, func(a, b pages.Option) int { return strings.Compare(a.Text, b.Text) })
	v.payments(p, form)
	last, more, err := v.lastOrders(form.Get("customer.email"), form.Get("customer.phone"))
	if err != nil {
		return err
	}
	if p.Last, p.LastTotal = last, len(last); more {
		p.LastTotal++
	}
	for i, a := range v.formerAddresses(p.Record, last) {
		if a.Line1 != form.Get("shipping_address.line1") || a.PostalCode != form.Get("shipping_address.postal_code") || a.Line2 != form.Get("shipping_address.line2") {
			p.Former = append(p.Former, formerAddress{i, a})
		}
	}
	if err := v.compute(p, form); err != nil {
		return err
	}
	if change != nil {
		change(p)
	}
	return v.page(code, "phone", "Phone desk", "", p)
}

// fields are the inputs with what was typed into them.
func (p *deskPage) fields(form url.Values) {
	p.Contact = []pages.Field{
		{Name: "customer.name", Label: "Name", Required: true},
		{Name: "customer.phone", Label: "Phone"},
		{Name: "customer.email", Label: "Mail address", Kind: "email"},
	}
	p.Address = []pages.Field{
		{Name: "shipping_address.name", Label: "Other recipient"},
		{Name: "shipping_address.company", Label: "Company"},
		{Name: "shipping_address.line1", Label: "Street and number", Required: true},
		{Name: "shipping_address.line2", Label: "Addition"},
		{Name: "shipping_address.postal_code", Label: "Postal code", Required: true},
		{Name: "shipping_address.city", Label: "City", Required: true},
		{Name: "shipping_address.region", Label: "Region"},
	}
	p.Discount = pages.Field{Name: "_discount", Label: "Discount"}
	for _, f := range p.all() {
		f.Value = form.Get(f.Name)
	}
}

// all are the fields in the order of the page.
func (p *deskPage) all() (out []*pages.Field) {
	for i := range p.Contact {
		out = append(out, &p.Contact[i])
	}
	for i := range p.Address {
		out = append(out, &p.Address[i])
	}
	return append(out, &p.Discount)
}

// payments are the ways to pay, and what speaks against them.
func (v *visit) payments(p *deskPage, form url.Values) {
	p.Pay = []deskPayment{
		{Code: "link", Text: v.t("Payment link"), Help: v.t("The customer pays on a page; you send its address.")},
		{Code: "transfer", Text: v.t("Bank transfer"), Help: v.t("The order's number is the reference.")},
		{Code: "terms", Text: v.t("On account"), Help: v.t("Owed from the day of the order.")},
	}
	if !v.may("payments:write") {
		p.Pay[0].No = v.t("Your roles do not allow this: it needs %s", "payments:write")
	}
	for i := range p.Pay {
		p.Pay[i].On = p.Pay[i].Code == form.Get("_pay")
	}
	for _, d := range []string{"7", "14", "30", "60"} {
		p.Days = append(p.Days, pages.Option{Value: d, Text: v.t("%s days", d), On: d == form.Get("_days")})
	}
	switch {
	case v.may("orders:price"):
	case v.person.Access.Discount == 0:
		p.Limit = v.t("Your roles allow no discounts.")
	default:
		p.Limit = v.t("Your roles allow up to %s %%.", v.number(v.person.Access.Discount))
		p.Discount.Help = p.Limit
	}
}

// compute asks what the order would be: its totals, what can be promised, what is wrong and what is missing.
func (v *visit) compute(p *deskPage, form url.Values) error {
	var list errs.List
	body := v.deskBody(form, &list)
	found := map[string]string{}
	note := func(err error) bool {
		for name, text := range pages.Findings(err) {
			if found[name] == "" {
				found[name] = text
			}
		}
		return errs.As(err) != nil
	}
	note(list.Err())
	offer := v.offer(body.Lines, form)
	if err := v.methods(p, form, body, offer); err != nil {
		return err
	}
	if body.ShippingMethod = p.Method; len(body.Lines) > 0 {
		o, err := v.tryDraft(body)
		if note(err) { // what is wrong does not keep the lines from being added up
			o, err = v.tryDraft(&api.PlaceOrder{Channel: phoneChannel, Lines: body.Lines})
			note(err)
		}
		if err != nil && errs.As(err) == nil {
			return err
		}
		if p.Order = o; o != nil {
			var list errs.List
			if v.discount(body, p.Discount.Value, o.Totals.Items, &list); len(body.Discounts) > 0 {
				less, err := v.tryDraft(body)
				if !note(err) && err != nil {
					return err
				}
				if less != nil {
					p.Order = less
				}
			}
			note(list.Err())
		}
	}
	v.deskLines(p, form, offer)
	if err := v.checkTyped(p, body, found); err != nil {
		return err
	}
	p.show(found)
	p.missing(v)
	return nil
}

// tryDraft is what the order would be so far; nothing is stored.
func (v *visit) tryDraft(b *api.PlaceOrder) (*api.Order, error) {
	who := api.DraftCustomer(b.Customer)
	draft := api.DraftOrder{Channel: b.Channel, Customer: &who, ShippingAddress: b.ShippingAddress, Lines: b.Lines, Discounts: b.Discounts, ShippingMethod: b.ShippingMethod, Language: b.Language}
	if a := draft.ShippingAddress; a.Country == "" { // the form of an address begins with its country
		draft.ShippingAddress, draft.ShippingMethod = address.Address{}, ""
	}
	var o api.Order
	if _, err := v.act(api.Act{Op: "createDraft", Body: draft, DryRun: true, Key: pages.NewKey()}, &o); err != nil {
		return nil, err
	}
	return &o, nil
}

// methods are the ways to ship there, at what they would cost; without a choice it is the first.
func (v *visit) methods(p *deskPage, form url.Values, body *api.PlaceOrder, offer offer) error {
	ch := v.channel(phoneChannel)
	if ch == nil {
		p.Method = form.Get("shipping_method")
		return nil
	}
	chosen := form.Get("shipping_method")
	for _, m := range ch.ShippingMethods {
		if len(p.Methods) == 10 || slices.ContainsFunc(p.Methods, func(x deskMethod) bool { return x.Code == m.Code }) {
			continue
		}
		d := deskMethod{Code: m.Code, Name: m.Name}
		if len(body.Lines) > 0 {
			o, err := v.tryDraft(&api.PlaceOrder{Channel: phoneChannel, ShippingAddress: address.Address{Country: body.ShippingAddress.Country, Region: body.ShippingAddress.Region}, Lines: body.Lines, ShippingMethod: m.Code})
			switch {
			case err != nil && errs.As(err) == nil:
				return err
			case pages.Findings(err)["shipping_method"] != "":
				continue // not there
			case o != nil:
				d.Price = &o.Totals.Shipping
			}
		}
		if i := slices.IndexFunc(offer.Basket, func(b api.MethodPromise) bool { return b.ShippingMethod == m.Code }); i >= 0 {
			d.By, d.Partly = offer.Basket[i].Latest, !offer.Basket[i].Complete
		}
		p.Methods = append(p.Methods, d)
	}
	for i := range p.Methods {
		p.Methods[i].On = p.Methods[i].Code == chosen
		if p.Methods[i].On {
			p.Method = chosen
		}
	}
	if p.Method == "" && len(p.Methods) > 0 {
		p.Methods[0].On, p.Method = true, p.Methods[0].Code
	}
	for _, m := range p.Methods {
		if m.On && !m.Partly {
			p.Arrives = m.By
		}
	}
	return nil
}

// deskLines are the lines with what they would cost and whether they can be had.
func (v *visit) deskLines(p *deskPage, form url.Values, offer offer) {
	for i, l := range typedLines(form) {
		d := deskLine{SKU: l.sku, Quantity: l.quantity, Stock: offer.of(l.sku)}
		if p.Order != nil && i < len(p.Order.Lines) {
			d.Line = &p.Order.Lines[i]
		}
		d.Short = d.Stock != nil && d.Stock.Available+d.Stock.Backorderable < whole(l.quantity)
		p.Lines = append(p.Lines, d)
	}
}

// checkTyped asks what speaks against the address, as far as it is typed.
func (v *visit) checkTyped(p *deskPage, body *api.PlaceOrder, found map[string]string) error {
	if !v.may("orders:read") || body.ShippingAddress.Line1 == "" && body.ShippingAddress.PostalCode == "" {
		return nil
	}
	var c api.AddressCheck
	if _, err := v.act(api.Act{Op: "checkAddress", Body: api.CheckAddress{Address: body.ShippingAddress}, Key: pages.NewKey()}, &c); err != nil {
		if errs.As(err) != nil {
			return nil
		}
		return err
	}
	p.Accepted = c.Accepted
	for _, d := range c.Doubts {
		name := "shipping_address." + strings.TrimPrefix(d.Pointer, "/address/")
		for _, f := range p.all() {
			if f.Name == name {
				f.Help = v.t("Ask again: %s", v.t(pages.Sentence(d.Detail)))
				p.Doubts = append(p.Doubts, v.t(f.Label))
			}
		}
	}
	for _, e := range c.Errors {
		if name := "shipping_address." + strings.TrimPrefix(e.Pointer, "/address/"); e.Code != "required" && found[name] == "" {
			found[name] = pages.Sentence(e.Detail)
		}
	}
	return nil
}

// show puts findings at their fields, and returns those that have none.
func (p *deskPage) show(found map[string]string) (rest []string) {
	for name, text := range found {
		if strings.HasPrefix(name, "discounts") {
			name = p.Discount.Name
		}
		known := false
		for _, f := range p.all() {
			if f.Name == name {
				f.Error, known = text, true
			}
		}
		for i := range p.Lines {
			if at := "lines." + strconv.Itoa(i) + "."; name == at+"quantity" || name == at+"sku" || name+"." == at {
				p.Lines[i].Error, known = text, true
			}
		}
		if !known {
			rest = append(rest, text)
		}
	}
	slices.Sort(rest)
	return rest
}

// missing names what the order lacks, in words of the page.
func (p *deskPage) missing(v *visit) {
	add := func(field, text string) {
		if !slices.ContainsFunc(p.Missing, func(h held) bool { return h.Name == field }) {
			p.Missing = append(p.Missing, held{field, text})
		}
	}
	if len(p.Lines) == 0 {
		add("_product", v.t("a product"))
	}
	if p.Order == nil {
		return
	}
	for _, pointer := range p.Order.Missing {
		name := strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", ".")
		switch name {
		case "customer.email":
			add("customer.phone", v.t("phone or mail address"))
		case "shipping_address.name":
			add("customer.name", v.t("a name"))
		case "shipping_address.country":
			add(name, v.t("Country"))
		default:
			for _, f := range p.all() {
				if f.Name == name {
					add(name, v.t(f.Label))
				}
			}
		}
	}
}

// Units is the number of units of the order.
func (p *deskPage) Units() (n int64) {
	for _, l := range p.Lines {
		n += whole(l.Quantity)
	}
	return n
}

// Given is the discount that the order would have; nil for none.
func (p *deskPage) Given() *money.Money {
	if p.Order == nil || p.Order.Totals.Discount.Amount == 0 {
		return nil
	}
	return &p.Order.Totals.Discount
}
