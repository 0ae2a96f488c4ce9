package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ordo/internal/address"
	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/money"
	"ordo/internal/pages"
)

// steps are what a customer may do with an order, each a form at an address of its own.
var steps = map[string]func(*visit) error{
	"cancel":  byMethod(askCancel, doCancel),
	"address": byMethod(askAddress, doAddress),
	"pay":     byMethod(func(v *visit) error { v.redirect(v.path("")); return nil }, doPay),
	"message": byMethod(askMessage, doMessage),
	"return":  byMethod(askReturn, doReturn),
}

// byMethod is a page that shows a form, and takes it.
func byMethod(get, post func(*visit) error) func(*visit) error {
	return func(v *visit) error {
		switch v.r.Method {
		case http.MethodGet, http.MethodHead:
			return get(v)
		case http.MethodPost:
			return post(v)
		}
		v.w.Header().Set("Allow", "GET, HEAD, POST")
		return errMethod
	}
}

// formPage is what the template of forms gets.
type formPage struct {
	Heading, About, Verb, Path, Back, No string
	Danger, Preview                      bool // Preview: the first button shows what the form does
	Key                                  string
	Fields                               []pages.Field
	Error                                string
	Errors                               []pages.Field // those with an error, for the summary
	Effects                              []effect
}

// effect is one thing that a step changes.
type effect struct{ Text, Before, After string }

// formOf begins the page of a step.
func (v *visit) formOf(step string, form url.Values) formPage {
	p := formPage{Path: v.path(step), Back: v.path(""), Key: form.Get("_key")}
	if p.Key == "" {
		p.Key = pages.NewKey()
	}
	return p
}

// refused puts an error into a form: at its fields, and above it what is about none. A step that is not possible any more
// says why, by the order as it is now.
func (v *visit) refused(p *formPage, err error) (int, error) {
	e := errs.As(err)
	if e == nil || e.Class == errs.Internal || e.Class == errs.NotFound || e.Class == errs.TooMany {
		return 0, err
	}
	rest := len(e.Problems) == 0
	for _, x := range e.Problems {
		at := strings.ReplaceAll(strings.TrimPrefix(x.Pointer, "/"), "/", ".")
		i := slices.IndexFunc(p.Fields, func(f pages.Field) bool { return f.Name == at })
		switch {
		case i < 0:
			rest = true
		case p.Fields[i].Error == "":
			p.Fields[i].Error = v.finding(x.Code)
			p.Errors = append(p.Errors, p.Fields[i])
		}
	}
	if rest {
		p.Error = v.t("This could not be done: please look at what you typed.")
	}
	if errs.Is(err, "idempotency_conflict") {
		p.Key, p.Error = pages.NewKey(), v.t(sentBefore.Text)
	}
	if e.Class == errs.Conflict {
		p.Error = v.t("This is not possible any more: the order has changed meanwhile.")
	}
	return api.Status(e.Class), nil
}

// sentBefore is said when somebody went back in the browser and sent something else by the same form.
var sentBefore = word{Text: "This form was sent before with something else. Please look at it once more."}

// finding says what is wrong with a field, by the code that the API gives.
func (v *visit) finding(code string) string {
	switch code {
	case "required":
		return v.t("Please fill this in.")
	case "too_long":
		return v.t("This is too long.")
	}
	return v.t("Please check this.")
}

// amount is the row of a preview where an amount changes.
func (v *visit) amount(text string, a, b money.Money) []effect {
	if a == b {
		return nil
	}
	return []effect{{v.t(text), v.format.Money(a), v.format.Money(b)}}
}

// cancelPage shows what a cancellation gives back, by trying it.
func (v *visit) cancelPage(form url.Values) (formPage, error) {
	if err := v.open(); err != nil {
		return formPage{}, err
	}
	p := v.formOf("cancel", form)
	p.Heading, p.Verb, p.Danger, p.No = v.t("Cancel the order"), v.t("Cancel the order"), true, v.no("cancel")
	if p.No != "" {
		return p, nil
	}
	var after api.LinkedOrder
	if _, err := v.act(api.Act{Op: "cancelByLink", DryRun: true}, &after); err != nil {
		return p, err
	}
	p.About = v.t("All of order %s is given up. This cannot be taken back.", v.order.Number)
	in := func(n int64) string { return v.format.Money(money.Money{Amount: n, Currency: v.order.Total.Currency}) }
	if n := v.order.Paid.Amount - after.Paid.Amount; n > 0 {
		p.Effects = append(p.Effects, effect{Text: v.t("Comes back to you, the way you paid"), After: in(n)})
	}
	if n := v.order.Held.Amount - after.Held.Amount; n > 0 {
		p.Effects = append(p.Effects, effect{Text: v.t("Was only reserved, and is released"), After: in(n)})
	}
	if len(p.Effects) == 0 {
		p.Effects = append(p.Effects, effect{Text: v.t("Nothing was charged"), After: in(0)})
	}
	return p, nil
}

func askCancel(v *visit) error {
	p, err := v.cancelPage(nil)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "form", p.Heading, p)
}

func doCancel(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	_, err = v.act(api.Act{Op: "cancelByLink", Key: form.Get("_key")}, nil)
	if err == nil {
		v.redirect(v.path("") + "?done=canceled")
		return nil
	}
	p, opened := v.cancelPage(form)
	if opened != nil {
		return opened
	}
	code, err := v.refused(&p, err)
	if err != nil {
		return err
	}
	return v.show(code, "form", p.Heading, p)
}

func (v *visit) addressPage(form url.Values) (formPage, error) {
	if err := v.open(); err != nil {
		return formPage{}, err
	}
	p := v.formOf("address", form)
	p.Heading, p.Verb, p.No, p.Preview = v.t("Change the address"), v.t("Save the address"), v.no("address"), true
	p.Fields = pages.AddressFields(v.format, "shipping_address", v.order.ShippingAddress, address.Countries())
	if form != nil {
		for i := range p.Fields {
			p.Fields[i].Take(form)
		}
	}
	return p, nil
}

func askAddress(v *visit) error {
	p, err := v.addressPage(nil)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "form", p.Heading, p)
}

func doAddress(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	p, err := v.addressPage(form)
	if err != nil {
		return err
	}
	var list errs.List
	var body api.LinkAddress
	pages.Fill(&body, form, v.lang, &list)
	try := form.Get("_step") == "preview"
	var after api.LinkedOrder
	_, err = v.act(api.Act{Op: "changeAddressByLink", Body: body, Key: form.Get("_key"), DryRun: try}, &after)
	if err != nil {
		code, err := v.refused(&p, err)
		if err != nil {
			return err
		}
		return v.show(code, "form", p.Heading, p)
	}
	if !try {
		v.redirect(v.path("") + "?done=address")
		return nil
	}
	p.Preview = false
	p.Effects = append(p.Effects, v.amount("Delivery", v.order.Totals.Shipping, after.Totals.Shipping)...)
	p.Effects = append(p.Effects, v.amount("Tax", v.order.Totals.Tax, after.Totals.Tax)...)
	p.Effects = append(p.Effects, v.amount("Total", v.order.Total, after.Total)...)
	if len(p.Effects) == 0 {
		p.Effects = []effect{{Text: v.t("The total stays as it is"), After: v.format.Money(after.Total)}}
	}
	return v.show(http.StatusOK, "form", p.Heading, p)
}

// doPay leads to a page on which what is due is paid.
func doPay(v *visit) error {
	if err := v.open(); err != nil {
		return err
	}
	var pay api.LinkedPayment
	_, err := v.act(api.Act{Op: "payByLink"}, &pay)
	if errs.ClassOf(err) == errs.Conflict { // it was paid meanwhile, or the order ended
		v.redirect(v.path(""))
		return nil
	}
	if err != nil {
		return err
	}
	u, err := url.Parse(*pay.URL)
	if err != nil {
		return err
	}
	v.redirect(v.s.base + u.EscapedPath())
	return nil
}

func (v *visit) messagePage(form url.Values) (formPage, error) {
	if err := v.open(); err != nil {
		return formPage{}, err
	}
	p := v.formOf("message", form)
	p.Heading, p.Verb = v.t("Write to the shop"), v.t("Send the message")
	p.About = v.t("The answer comes to the mail address of the order.")
	p.Fields = []pages.Field{
		{Name: "subject", Label: "What is it about?", Value: v.t("Order %s", v.order.Number), Required: true},
		{Name: "text", Label: "Your message", Kind: "area", Required: true},
	}
	if form != nil {
		for i := range p.Fields {
			p.Fields[i].Take(form)
		}
	}
	return p, nil
}

func askMessage(v *visit) error {
	p, err := v.messagePage(nil)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "form", p.Heading, p)
}

func doMessage(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	p, err := v.messagePage(form)
	if err != nil {
		return err
	}
	var list errs.List
	var body api.LinkMessage
	pages.Fill(&body, form, v.lang, &list)
	if _, err = v.act(api.Act{Op: "writeByLink", Body: body}, nil); err == nil {
		v.redirect(v.path("") + "?done=message")
		return nil
	}
	noAddress := errs.Is(err, "no_address")
	code, err := v.refused(&p, err)
	if err != nil {
		return err
	}
	if noAddress {
		p.Error = v.t("The shop has no mail address of yours that it could answer to. Please call it.")
	}
	return v.show(code, "form", p.Heading, p)
}
