package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/pages"
	"ordo/internal/words"
)

// placedPage says what became of an order: the number to read out, what was reserved, and how it is paid.
type placedPage struct {
	Order  *api.Order
	Pay    string
	Link   *api.PaymentLink
	DueBy  string // on account
	Seller *api.Seller
	Unpaid bool     // it does not wait for its money
	Rule   string   // where to change that
	Notes  []string // what did not go well beside the order
}

// placeDesk places the order. The key of the form makes it one order however often it is sent.
func placeDesk(v *visit, form url.Values) error {
	var list errs.List
	body := v.deskBody(form, &list)
	key := form.Get("_key")
	err := list.Err()
	if err == nil && form.Get("_discount") != "" && len(body.Lines) > 0 {
		err = v.deskDiscount(body, form.Get("_discount"))
	}
	var o api.Order
	if err == nil {
		_, err = v.act(api.Act{Op: "placeOrder", Body: body, Key: key}, &o)
	}
	if err != nil {
		return v.notPlaced(form, err)
	}
	p := placedPage{Order: &o, Pay: form.Get("_pay")}
	if ch := v.channel(phoneChannel); ch != nil {
		p.Seller = &ch.Seller
		if p.Seller.Name == "" {
			p.Seller.Name = ch.Name
		}
	}
	v.arrange(&p, body, key)
	if p.Pay != "terms" && !slices.ContainsFunc(o.Holds, func(h api.Hold) bool { return h.Type == "awaiting_payment" && h.Status == "open" }) {
		p.Unpaid = true
		if v.may("rules:read") {
			p.Rule = rulesPath + "/awaiting_payment"
		}
	}
	if form.Get("_keep") != "" && form.Get("_record") == "" {
		v.keepCustomer(&p, body, key)
	}
	return v.page(http.StatusOK, "phoneplaced", "Order placed", number0(o.ID), p)
}

// deskDiscount adds the discount that was typed; a share is of the items as they cost now.
func (v *visit) deskDiscount(body *api.PlaceOrder, typed string) error {
	o, err := v.tryDraft(&api.PlaceOrder{Channel: phoneChannel, Lines: body.Lines})
	if err != nil {
		return err
	}
	var list errs.List
	v.discount(body, typed, o.Totals.Items, &list)
	return list.Err()
}

// arrange makes the payment link, or says until when is paid.
func (v *visit) arrange(p *placedPage, body *api.PlaceOrder, key string) {
	switch p.Pay {
	case "terms":
		if at, ok := words.ParseTime(p.Order.PlacedAt); ok {
			p.DueBy = at.Add(time.Duration(body.Payment.TermsDays) * 24 * time.Hour).Format(time.RFC3339)
		}
	case "transfer":
	default:
		p.Pay = "link"
		var link api.PaymentLink
		if _, err := v.act(api.Act{Op: "createPaymentLink", Slots: slots("id", number0(p.Order.ID)), Body: api.CreatePaymentLink{}, Key: key + "-link"}, &link); err != nil {
			p.Notes = append(p.Notes, v.t("The payment link could not be made: %s", v.said(err)))
			return
		}
		p.Link = &link
	}
}

// keepCustomer makes a record of who called.
func (v *visit) keepCustomer(p *placedPage, body *api.PlaceOrder, key string) {
	c := api.SaveCustomer{Email: body.Customer.Email, Name: body.Customer.Name, Phone: body.Customer.Phone, Language: body.Language}
	if body.ShippingAddress.Country != "" {
		c.Addresses = []api.CustomerAddress{{Default: true, Address: body.ShippingAddress}}
	}
	if _, err := v.act(api.Act{Op: "createCustomer", Body: c, Key: key + "-customer"}, nil); err != nil {
		p.Notes = append(p.Notes, v.t("The customer was not kept: %s", v.said(err)))
	}
}

// said is what an error says, in one sentence.
func (v *visit) said(err error) string {
	for _, text := range pages.Findings(err) {
		return v.t(text)
	}
	if e := errs.As(err); e != nil {
		return v.t(pages.Sentence(e.Detail))
	}
	v.s.log.Error("page failed", "err", err, "path", v.r.URL.Path)
	return v.t("Something went wrong here. Try again on the order's page.")
}

// notPlaced shows the desk again with all that was typed, the findings at their fields, and the first of them in focus.
func (v *visit) notPlaced(form url.Values, err error) error {
	e := errs.As(err)
	if e == nil || e.Class == errs.Internal {
		return err
	}
	if e.Code == "idempotency_conflict" { // it was placed, and changed since
		form.Del("_key")
	}
	return v.desk(api.Status(e.Class), form, "desk-problem", func(p *deskPage) {
		found := pages.Findings(err)
		for at, instead := range map[string]string{"customer.email": "customer.phone", "shipping_address.name": "customer.name"} {
			if text := found[at]; text != "" && form.Get(at) == "" && form.Get(instead) == "" {
				found[instead] = text
				delete(found, at)
			}
		}
		for _, text := range p.show(found) {
			p.Error += v.t(text) + " "
		}
		switch {
		case e.Code == "idempotency_conflict":
			p.Error = v.t("This order was placed before, and changed here since. Look at the last orders before you place another one.")
		case len(found) == 0:
			p.Error = v.t(pages.Sentence(e.Detail))
		}
		for _, f := range p.all() {
			if f.Error != "" {
				p.Errors = append(p.Errors, *f)
			}
		}
		for i, l := range p.Lines {
			if l.Error != "" {
				p.Errors = append(p.Errors, pages.Field{Name: "lines." + strconv.Itoa(i) + ".quantity", Label: l.SKU, Error: l.Error})
			}
		}
		if len(p.Lines) == 0 {
			p.Focus = "f-_product"
		}
		if len(p.Errors) > 0 {
			p.Focus = "f-" + p.Errors[0].Name
		}
	})
}
