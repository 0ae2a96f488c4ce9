package console

import (
	"net/http"
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

// The phone desk is one form that holds an order while it is talked about. Each step sends all of it and gets all of it
// back, computed anew by dry runs, so that nothing typed is ever elsewhere; the same steps work without a script.

const (
	phonePath    = Root + "/phone"
	phoneChannel = "phone"
)

func phoneRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: phonePath, Scope: "orders:write", handle: showDesk},
		{Method: http.MethodPost, Path: phonePath, Scope: "orders:write", handle: sendDesk},
		{Method: http.MethodGet, Path: phonePath + "/customers", Scope: "orders:write", handle: suggestCustomers},
		{Method: http.MethodGet, Path: phonePath + "/products", Scope: "orders:write", handle: suggestProducts},
	}
}

// deskPage is what the template of the desk gets.
type deskPage struct {
	Key, Focus string
	Fresh      bool // nothing was typed yet
	Error      string
	Errors     []pages.Field // those with an error, for the summary

	suggestions
	Find      string
	Asked     string // what was looked for last
	Record    string // id of the customer's record
	Keep      bool
	MayKeep   bool
	Contact   []pages.Field
	Language  string
	Last      []api.Order
	LastTotal int
	Former    []formerAddress

	Product string
	Lines   []deskLine

	Address   []pages.Field
	Countries []pages.Option
	Country   string
	Accepted  bool // the address would be taken
	Doubts    []string
	Methods   []deskMethod
	Method    string
	Discount  pages.Field
	Limit     string // why no discount, or how much of it
	Pay       []deskPayment
	Days      []pages.Option

	Order   *api.Order // as it would be
	Arrives string     // the day that all of it would be there
	Missing []held     // what has to be given: field and words
}

// formerAddress is where the customer had something sent to, by its place among them.
type formerAddress struct {
	I int
	address.Address
}

// deskLine is a line as it would be.
type deskLine struct {
	SKU, Quantity string
	Line          *api.OrderLine // nil where the order cannot be computed
	Stock         *api.SKUAvailability
	Short         bool // less can be promised than is wanted
	Error         string
}

// deskMethod is a way to ship, with what it would cost and when all would be there.
type deskMethod struct {
	Code, Name string
	Price      *money.Money
	By         string
	Partly     bool // not all of it
	On         bool
}

// deskPayment is a way to pay.
type deskPayment struct {
	Code, Text, Help, No string
	On                   bool
}

// typedLine is a line as the form has it.
type typedLine struct{ sku, quantity string }

// typedLines reads the lines of a form. Those of which nothing is wanted are left out.
func typedLines(form url.Values) (out []typedLine) {
	for i := range 1000 {
		at := "lines." + strconv.Itoa(i) + "."
		if !form.Has(at + "sku") {
			return out
		}
		l := typedLine{form.Get(at + "sku"), strings.TrimSpace(form.Get(at + "quantity"))}
		if l.sku != "" && l.quantity != "" && l.quantity != "0" {
			out = append(out, l)
		}
	}
	return out
}

// setLines puts lines into a form, numbered from 0, as the order will number them.
func setLines(form url.Values, lines []typedLine) {
	for name := range form {
		if strings.HasPrefix(name, "lines.") {
			delete(form, name)
		}
	}
	for i, l := range lines {
		at := "lines." + strconv.Itoa(i) + "."
		form.Set(at+"sku", l.sku)
		form.Set(at+"quantity", l.quantity)
	}
}

func showDesk(v *visit) error {
	form := url.Values{"_pay": {"link"}, "_days": {"30"}, "shipping_address.country": {v.homeCountry()}}
	if !v.may("payments:write") {
		form.Set("_pay", "transfer")
	}
	focus := "f-_find"
	if id := v.r.URL.Query().Get("customer"); id != "" {
		if err := v.takeCustomer(form, id); err != nil {
			return err
		}
		focus = "f-_product"
	}
	return v.desk(http.StatusOK, form, focus, nil)
}

// homeCountry is where the shop is, which is where most callers are.
func (v *visit) homeCountry() string {
	if ch := v.channel(phoneChannel); ch != nil && ch.Seller.Address.Country != "" {
		return ch.Seller.Address.Country
	}
	var list api.List[api.Location]
	if v.may("catalog:read") && v.get("listLocations", nil, query("limit", "100"), &list) == nil {
		for _, l := range list.Data {
			if l.Active && l.Address.Country != "" {
				return l.Address.Country
			}
		}
	}
	return ""
}

// channel reads a sales channel; nil for who may not, or where there is none.
func (v *visit) channel(code string) *api.Channel {
	var ch api.Channel
	if !v.may("catalog:read") || v.get("getChannel", slots("code", code), nil, &ch) != nil {
		return nil
	}
	return &ch
}

// sendDesk does a step: chooses who calls or what is wanted, takes a line away, looks something up, or places the order.
func sendDesk(v *visit) error {
	form, err := v.parse()
	if err != nil {
		return err
	}
	focus := ""
	setLines(form, typedLines(form))
	switch {
	case form.Has("_customer_pick"):
		focus, err = "f-_product", v.takeCustomer(form, form.Get("_customer_pick"))
	case form.Has("_product_pick"):
		focus = addLine(form, form.Get("_product_pick"))
	case form.Has("_remove"):
		lines := typedLines(form)
		if i := int(whole(form.Get("_remove"))); i < len(lines) {
			setLines(form, slices.Delete(lines, i, i+1))
		}
		focus = "f-_product"
	case form.Has("_former"):
		focus, err = "f-shipping_address.line1", v.takeFormer(form, int(whole(form.Get("_former"))))
	case form.Get("_step") == "place":
		return placeDesk(v, form)
	case form.Get("_step") == "look":
		return v.deskLook(form)
	}
	if err != nil && errs.ClassOf(err) != errs.NotFound { // what was chosen is gone since
		return err
	}
	for _, once := range []string{"_customer_pick", "_product_pick", "_remove", "_former"} {
		form.Del(once)
	}
	return v.desk(http.StatusOK, form, focus, nil)
}

// addLine adds one unit of a product, and returns where its quantity is typed.
func addLine(form url.Values, sku string) string {
	lines := typedLines(form)
	i := slices.IndexFunc(lines, func(l typedLine) bool { return l.sku == sku })
	if i < 0 {
		i = len(lines)
		lines = append(lines, typedLine{sku, "1"})
	}
	setLines(form, lines)
	form.Del("_product")
	return "f-lines." + strconv.Itoa(i) + ".quantity"
}

// deskLook looks up what was typed without choosing anything: the only one that fits is taken.
func (v *visit) deskLook(form url.Values) error {
	q := strings.TrimSpace(form.Get("_product"))
	done := q != "" && form.Get("_asked") == form.Get("_find") // nobody was found, and they go on
	if q := strings.TrimSpace(form.Get("_find")); q != "" && !done && form.Get("_look") != "_product" {
		form.Set("_asked", form.Get("_find"))
		found, err := v.findCustomers(q, form.Get("shipping_address.country"))
		if err != nil {
			return err
		}
		if len(found) == 1 {
			if err := v.takeCustomer(form, found[0].Value); err != nil {
				return err
			}
			return v.desk(http.StatusOK, form, "f-_product", nil)
		}
		return v.desk(http.StatusOK, form, "f-_find", func(p *deskPage) { p.Customers = &found })
	}
	if q == "" {
		return v.desk(http.StatusOK, form, "f-_product", nil)
	}
	found, err := v.findProducts(q, form)
	if err != nil {
		return err
	}
	if len(found) == 1 || len(found) > 0 && strings.EqualFold(found[0].SKU, q) {
		return v.desk(http.StatusOK, form, addLine(form, found[0].SKU), nil)
	}
	return v.desk(http.StatusOK, form, "f-_product", func(p *deskPage) { p.Products = &found })
}

// body makes a placement of a form. What cannot be read is in the list.
func (v *visit) deskBody(form url.Values, list *errs.List) *api.PlaceOrder {
	body := &api.PlaceOrder{}
	pages.Fill(body, form, v.lang, list)
	body.Channel = phoneChannel
	if body.ShippingAddress.Name == "" {
		body.ShippingAddress.Name = body.Customer.Name
	}
	switch form.Get("_pay") {
	case "terms":
		body.Payment = api.PlacePayment{Provider: "manual", Method: "invoice", TermsDays: whole(form.Get("_days"))}
	case "transfer":
		body.Payment = api.PlacePayment{Provider: "manual", Method: "bank_transfer"}
	default:
		body.Payment = api.PlacePayment{Provider: "manual", Method: "payment_link"}
	}
	return body
}

// discount adds what was typed as a discount: an amount, or a share of the items.
func (v *visit) discount(body *api.PlaceOrder, typed string, items money.Money, list *errs.List) {
	if given := v.given(typed, items, "/discounts", list); given.Amount != 0 {
		body.Discounts = []api.PlaceDiscount{{Code: "PHONE", Amount: given}}
	}
}

// given reads an amount, or a share of another one such as 5 %; zero where nothing was typed or it cannot be read.
func (v *visit) given(typed string, of money.Money, at string, list *errs.List) money.Money {
	typed = strings.TrimSpace(typed)
	out := money.Money{Currency: of.Currency}
	share, percent := strings.CutSuffix(typed, "%")
	switch {
	case typed == "":
	case percent:
		n, err := strconv.ParseInt(strings.TrimSpace(share), 10, 64)
		switch {
		case n > 100:
			list.Add(at, "invalid_value", "at most 100 %%")
			return out
		case err != nil || n < 0:
			list.Add(at, "invalid_value", "give whole percent such as 5%%, or an amount")
			return out
		}
		out.Amount = of.Amount/100*n + of.Amount%100*n/100
	default:
		n, err := pages.ParseAmount(typed, of.Currency, v.lang)
		if err != nil {
			list.Add(at, "invalid_value", "%s", err)
			return out
		}
		out.Amount = n
	}
	return out
}
