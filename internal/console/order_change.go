package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/pages"
)

// changeActions are how an order is changed: a form proposes the change, a page shows what it comes to, and there it is
// made as it was shown or not at all.
func changeActions() []action {
	at := "/orders/{id}/change"
	return []action{
		{path: at, op: "proposeChange", title: "Change the order", verb: "See what it comes to", begin: proposeForm},
		{path: at + "s/{change}", op: "confirmChange", title: "What the change comes to", verb: "Make the change", begin: confirmForm},
		{path: at + "s/{change}/anew", op: "previewChange", title: "Judge the change anew", verb: "See what it comes to", begin: anewForm},
		{path: at + "s/{change}/give-up", op: "cancelChange", title: "Give the change up", verb: "Give it up", begin: dropChangeForm},
	}
}

func changePage(order, change string) string { return Root + "/orders/" + order + "/changes/" + change }

// wantedOf are the units of a line that are not given up.
func wantedOf(l *api.OrderLine) int64 { return l.Quantity - l.Units.Canceled }

func proposeForm(v *visit) (*subject, error) {
	s, o, err := orderSubject(v)
	if err != nil {
		return nil, err
	}
	s.no = notNow(v, o, "change")
	s.about = v.t("Nothing changes before you have seen what it comes to.")
	rows := field{Name: "_wanted", Label: "Units that are wanted", Kind: "rows", Help: "0 takes a line away."}
	lines := []option{{}}
	for i := range o.Lines {
		l := &o.Lines[i]
		if wantedOf(l) == 0 {
			continue
		}
		rows.Rows = append(rows.Rows, rowField{Text: l.Name, About: l.SKU + " · " + v.money(l.UnitPrice), Name: "_wanted." + l.ID, Value: strconv.FormatInt(wantedOf(l), 10)})
		lines = append(lines, option{Value: l.ID, Text: l.Name + " · " + v.money(l.UnitPrice)})
	}
	s.fields = []field{
		rows,
		{Name: "_sku", Label: "SKU to add", Kind: "text", Help: "At the price of the catalog."},
		{Name: "_units", Label: "Units of it", Kind: "number"},
	}
	if v.may("orders:price") {
		s.fields = append(s.fields,
			field{Name: "_priced", Label: "Line with another price", Kind: "select", Options: lines},
			field{Name: "_price", Label: "Price of one unit", Kind: "money", Currency: o.Currency},
			field{Name: "_reason", Label: "Why this price", Kind: "select", Options: v.optionsOf([]string{"price_match", "promised", "goodwill", "correction", "other"}, "")})
	}
	more, err := v.givingFields(o, lines)
	if err != nil {
		return nil, err
	}
	s.fields = append(s.fields, more...)
	c := &changeForm{v: v, order: o}
	s.fill, s.place = c.fill, c.place
	s.done = func([]byte) string { return v.t("Nothing has changed yet.") }
	s.next = func(answer []byte) string {
		var made api.OrderChange
		if jsonx.Unmarshal(answer, &made) != nil {
			return s.back
		}
		return changePage(made.Order, number0(made.ID))
	}
	return s, nil
}

// changeForm makes the steps of a change of what was typed, and remembers which field each comes from.
type changeForm struct {
	v     *visit
	order *api.Order
	at    []string
}

func (c *changeForm) fill(form url.Values, body any, list *errs.List) {
	in := body.(*api.ProposeChange)
	add := func(field string, a api.ChangeAction) {
		in.Actions = append(in.Actions, a)
		c.at = append(c.at, field)
	}
	number := func(name string) (n int64, ok bool) {
		text := strings.TrimSpace(form.Get(name))
		if text == "" {
			return 0, false
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			list.Add("/"+name, "invalid_value", "give a whole number")
			return 0, false
		}
		return n, true
	}
	for i := range c.order.Lines {
		l := &c.order.Lines[i]
		n, ok := number("_wanted." + l.ID)
		switch {
		case !ok || n == wantedOf(l) || wantedOf(l) == 0: // a line without any has no field
		case n == 0:
			add("_wanted", api.ChangeAction{Type: "item_remove", Line: l.ID})
		default:
			add("_wanted", api.ChangeAction{Type: "item_quantity", Line: l.ID, Quantity: &n})
		}
	}
	if sku := strings.TrimSpace(form.Get("_sku")); sku != "" {
		n, ok := number("_units")
		if !ok {
			n = 1
		}
		add("_sku", api.ChangeAction{Type: "item_add", SKU: sku, Quantity: &n})
	}
	c.price(form, list, add)
	c.give(form, list, add)
	if len(in.Actions) == 0 && list.Err() == nil {
		list.Add("/_wanted", "required", "change something first")
	}
}

// price reads another price of a line.
func (c *changeForm) price(form url.Values, list *errs.List, add func(string, api.ChangeAction)) {
	line, text := form.Get("_priced"), strings.TrimSpace(form.Get("_price"))
	switch {
	case line == "" && text == "":
		return
	case line == "":
		list.Add("/_priced", "required", "choose the line that has this price")
		return
	}
	n, err := pages.ParseAmount(text, c.order.Currency, c.v.lang)
	if err != nil {
		list.Add("/_price", "invalid_value", "%s", err)
		return
	}
	add("_price", api.ChangeAction{Type: "price_override", Line: line, UnitPrice: &money.Money{Amount: n, Currency: c.order.Currency}, Reason: form.Get("_reason")})
}

// place is the field that a finding in the body is about.
func (c *changeForm) place(name string) string {
	rest, ok := strings.CutPrefix(name, "actions.")
	if !ok {
		return name
	}
	number, what, _ := strings.Cut(rest, ".")
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(c.at) {
		return name
	}
	switch at := c.at[i]; {
	case at == "_sku" && what == "quantity":
		return "_units"
	case at == "_price" && what == "reason":
		return "_reason"
	case at == "_discount" && what == "code":
		return "_code"
	case at == "_method" && what == "amount":
		return "_shipping"
	default:
		return at
	}
}

// changeSubject begins forms of a change of the order.
func changeSubject(v *visit) (*subject, *api.OrderChange, *api.Order, error) {
	s, o, err := orderSubject(v)
	if err != nil {
		return nil, nil, nil, err
	}
	var c api.OrderChange
	if err := v.get("getChange", slots("id", v.r.PathValue("change")), nil, &c); err != nil {
		return nil, nil, nil, err
	}
	if o.ID == nil || c.Order != *o.ID {
		return nil, nil, nil, errNoPage
	}
	s.slots, s.version = slots("id", number0(c.ID)), c.Version
	if c.Status != "open" && c.Status != "previewed" {
		s.no = v.t("This change is %s.", lower(v.word(c.Status)))
	}
	return s, &c, o, nil
}

func confirmForm(v *visit) (*subject, error) {
	s, c, o, err := changeSubject(v)
	if err != nil {
		return nil, err
	}
	switch {
	case s.no != "":
	case c.Preview.Base != o.Version:
		s.no = v.t("The order has changed since. Let the change be judged anew on the page of the order.")
	case c.Status == "open":
		var why []string
		for _, f := range c.Preview.Violations {
			why = append(why, v.t(pages.Sentence(f.Detail)))
		}
		s.no = v.t("This cannot be made:") + " " + strings.Join(why, " ")
	case slices.ContainsFunc(c.Actions, func(a api.ChangeAction) bool {
		return a.UnitPrice != nil || a.Amount != nil || a.Type == "discount_remove"
	}):
		// Amounts need rights of who confirms, which the operation knows.
		if _, err := v.act(api.Act{Op: "confirmChange", Slots: s.slots, Key: pages.NewKey(), DryRun: true}, nil); errs.Is(err, "discount_limit") || errs.Is(err, "missing_scope") {
			s.no = v.t(pages.Sentence(errs.As(err).Detail))
		}
	}
	s.about = v.t("It is made as it stands here or not at all.")
	if c.Preview.AmountDue.Amount > 0 {
		s.about += " " + v.t("What is more to pay may hold the order until it is paid.")
	}
	s.shown = v.changeEffects(c, o)
	s.done = func([]byte) string { return v.t("The order was changed.") }
	return s, nil
}

func anewForm(v *visit) (*subject, error) {
	s, c, _, err := changeSubject(v)
	if err != nil {
		return nil, err
	}
	s.about = v.t("By the order, the stock and the prices as they are now.")
	s.done = func([]byte) string { return v.t("Nothing has changed yet.") }
	s.next = func([]byte) string { return changePage(c.Order, number0(c.ID)) }
	return s, nil
}

func dropChangeForm(v *visit) (*subject, error) {
	s, _, _, err := changeSubject(v)
	if err != nil {
		return nil, err
	}
	s.about = v.t("The order stays as it is.")
	return s, nil
}

// changeEffects are what a change of the order comes to: units, prices, stock, totals, and who owes whom.
func (v *visit) changeEffects(c *api.OrderChange, o *api.Order) []effect {
	var out []effect
	p := &c.Preview
	for _, l := range p.Lines {
		if l.AddsTo != "" {
			out = append(out, effect{Text: v.t("%s: more units", l.SKU), After: v.number(l.After)})
		} else if l.Before != l.After {
			out = append(out, effect{Text: v.t("%s: units that are wanted", l.SKU), Before: v.number(l.Before), After: v.number(l.After)})
		}
		if slices.ContainsFunc(c.Actions, func(a api.ChangeAction) bool { return a.UnitPrice != nil && a.Line == l.Line }) {
			price := effect{Text: v.t("%s: price of one unit", l.SKU), After: v.money(l.UnitPrice)}
			for _, x := range o.Lines {
				if x.ID == l.Line && x.UnitPrice != l.UnitPrice {
					price.Before = v.money(x.UnitPrice)
				}
			}
			out = append(out, price)
		}
		if l.Waiting > 0 {
			out = append(out, effect{Text: v.t("%s: units that wait for stock", l.SKU), After: v.number(l.Waiting), Tone: "bad"})
		}
	}
	for _, s := range p.Stock {
		switch {
		case s.Location == "":
		case s.Units > 0:
			out = append(out, effect{Text: v.t("%s: units taken at %s", s.SKU, s.Location), After: v.number(s.Units)})
		case s.Units < 0:
			out = append(out, effect{Text: v.t("%s: units back in stock at %s", s.SKU, s.Location), After: v.number(-s.Units)})
		}
	}
	amount := func(text string, a, b money.Money) {
		if a != b {
			out = append(out, effect{Text: v.t(text), Before: v.money(a), After: v.money(b)})
		}
	}
	amount("Items", p.Before.Items, p.After.Items)
	amount("Discount", p.Before.Discount, p.After.Discount)
	amount("Shipping", p.Before.Shipping, p.After.Shipping)
	amount("Tax", p.Before.Tax, p.After.Tax)
	amount("Total", p.Before.GrandTotal, p.After.GrandTotal)
	if p.AmountDue.Amount > 0 {
		out = append(out, effect{Text: v.t("More to pay"), After: v.money(p.AmountDue)})
	}
	if p.RefundDue.Amount > 0 {
		out = append(out, effect{Text: v.t("More to be refunded"), After: v.money(p.RefundDue)})
	}
	return out
}
