package storefront

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/address"
	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/pages"
)

// checkoutsEach is how many orders per minute may be tried from one address.
const checkoutsEach = 15

// card stands in for a card on the sandbox, where no money moves.
type card struct {
	Token, Name, About string
	On                 bool
}

var cards = []struct{ token, name, Text string }{
	{token: "tok_ok", name: "•••• 4242", Text: "Is accepted"},
	{token: "tok_declined", name: "•••• 0002", Text: "Is declined"},
	{token: "tok_ok_slow", name: "•••• 3063", Text: "Takes two seconds"},
	{token: "tok_timeout", name: "•••• 3220", Text: "The bank does not answer in time"},
}

// checkout is the page on its way: what was typed, and what the API says of it.
type checkout struct {
	Rows     []row
	Contact  []pages.Field
	Address  []pages.Field
	Methods  []method
	Cards    []card
	Totals   *api.Totals // nil where the order cannot be placed as it is
	To       string      // name of the country
	Key      string      // the order is placed once under it
	Cart     string      // sealed: what is seen is what is ordered
	Seen     string      // the total that is seen
	Sure     string      // a doubtful address that the customer stands by
	Held     int         // minutes that the units are held yet
	Error    string
	Pending  bool // tone of the error: a question, not a refusal
	Errors   []pages.Field
	Declined bool // the card was
	Short    bool // something cannot be had as wanted: a button takes it out

	method, token string
}

var formKey = regexp.MustCompile(`^form_[0-9a-z]{26}$`)

// newCheckout makes the page of what was typed; form is nil for the first look.
func (v *visit) newCheckout(form url.Values) (*checkout, error) {
	c := &checkout{Key: form.Get("_key"), Seen: form.Get("_seen"), Sure: form.Get("_sure"), method: form.Get("_method"), token: form.Get("_card")}
	if sealed, ok := v.s.openCart(form.Get("_cart")); ok {
		v.cart = sealed
	}
	if !formKey.MatchString(c.Key) {
		c.Key = pages.NewKey()
	}
	c.Contact = []pages.Field{{Name: "customer.email", Label: "Mail address", Kind: "email", Required: true, Auto: "email", Help: "For the confirmation, and how far it is."}}
	c.Address = pages.AddressFields(v.format, "shipping_address", address.Address{Country: v.country()}, v.countries())
	if i := slices.IndexFunc(c.Address, func(f pages.Field) bool { return f.Auto == "country" }); i > 0 { // what delivery costs comes from it
		c.Address = slices.Concat(c.Address[i:i+1], c.Address[:i], c.Address[i+1:])
	}
	if form != nil {
		for _, list := range [][]pages.Field{c.Contact, c.Address} {
			for i := range list {
				list[i].Take(form)
			}
		}
	}
	if to := c.value("country"); to != "" && address.ValidCountry(to) {
		v.cart.Country = to
	}
	c.To = v.format.Country(v.cart.Country)
	for _, x := range cards {
		c.Cards = append(c.Cards, card{x.token, x.name, v.t(x.Text), x.token == c.token})
	}
	return c, v.price(c)
}

// value is what was typed into a field of the address.
func (c *checkout) value(name string) string {
	for _, f := range c.Address {
		if f.Name == "shipping_address."+name {
			return strings.TrimSpace(f.Value)
		}
	}
	return ""
}

func (c *checkout) shipTo() address.Address {
	return address.Address{
		Name: c.value("name"), Company: c.value("company"), Line1: c.value("line1"), Line2: c.value("line2"), City: c.value("city"), Region: c.value("region"),
		PostalCode: c.value("postal_code"), Country: c.value("country"), Phone: c.value("phone"),
	}
}

// price asks what the order costs and when it comes: by placing it without effect.
func (v *visit) price(c *checkout) error {
	rows, _, err := v.rows()
	if err != nil {
		return err
	}
	c.Rows, c.Held, c.Cart = rows, v.heldMinutes(), v.s.seal(v.cart)
	c.Methods, err = v.delivery(rows, c.shipTo())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(c.Methods, func(m method) bool { return m.Code == c.method }) {
		c.method = ""
		if len(c.Methods) > 0 {
			c.method = c.Methods[0].Code
		}
	}
	for i := range c.Methods {
		c.Methods[i].On = c.Methods[i].Code == c.method
	}
	return nil
}

// delivery are the ways to an address, with what each promises for the whole cart.
func (v *visit) delivery(rows []row, to address.Address) ([]method, error) {
	query := url.Values{"channel": {v.s.channel}}
	var skus, units []string
	for _, r := range rows {
		if !strings.Contains(r.Product.SKU, ",") {
			skus, units = append(skus, r.Product.SKU), append(units, strconv.FormatInt(r.Quantity, 10))
		}
	}
	if r := v.held(); r != nil && address.ValidCountry(to.Country) {
		return v.heldDelivery(r, to)
	}
	var o api.Offer
	if address.ValidCountry(to.Country) && len(skus) > 0 {
		for name, value := range map[string]string{"skus": strings.Join(skus, ","), "quantities": strings.Join(units, ","), "country": to.Country, "region": to.Region, "postal_code": to.PostalCode} {
			if value != "" {
				query.Set(name, value)
			}
		}
		if err := v.get("getAvailability", nil, query, &o); err != nil && errs.ClassOf(err) != errs.Malformed {
			return nil, err
		}
	}
	return v.methods(to.Country, o.Basket), nil
}

// heldDelivery are the ways to an address of what is held: for others it counts as sold, so it is asked where it leaves from.
func (v *visit) heldDelivery(r *api.Reservation, to address.Address) ([]method, error) {
	ways := v.methods(to.Country, nil)
	for i := range ways {
		query := url.Values{"channel": {v.s.channel}, "shipping_method": {ways[i].Code}, "country": {to.Country}, "region": {to.Region}, "postal_code": {to.PostalCode}}
		var from api.List[api.Promise]
		err := v.get("getPromise", nil, query, &from)
		if c := errs.ClassOf(err); err != nil && c != errs.Internal && c != errs.Unavailable { // it promises nothing
			continue
		}
		if err != nil {
			return nil, err
		}
		var all api.MethodPromise // the last of all parcels
		for _, p := range from.Data {
			if slices.ContainsFunc(r.Held, func(h api.HeldStock) bool { return h.Location == p.Location }) {
				all.Earliest, all.Latest = max(all.Earliest, p.Earliest), max(all.Latest, p.Latest)
			}
		}
		ways[i].When = v.arrives(&all)
	}
	return ways, nil
}

// order is the body of the order that the page stands for.
func (v *visit) order(c *checkout) api.PlaceOrder {
	to := c.shipTo()
	in := api.PlaceOrder{
		Channel: v.s.channel, ExternalID: strings.Replace(c.Key, "form_", "shop-", 1), Customer: api.Customer{Email: strings.TrimSpace(c.Contact[0].Value), Name: to.Name},
		ShippingAddress: to, ShippingMethod: c.method, Reservation: v.cart.Reservation, Language: v.lang,
	}
	for _, l := range v.cart.Lines {
		in.Lines = append(in.Lines, api.PlaceLine{SKU: l.SKU, Quantity: l.Quantity})
	}
	return in
}

// quote says what the order costs. Where what it needs is not typed yet, something stands for it: nothing is stored.
func (v *visit) quote(c *checkout) error {
	in := v.order(c)
	in.Payment = api.PlacePayment{Provider: app.Manual}
	for _, s := range []*string{&in.Customer.Email, &in.ShippingAddress.Name, &in.ShippingAddress.Line1, &in.ShippingAddress.City, &in.ShippingAddress.PostalCode} {
		if *s == "" {
			*s = "-"
		}
	}
	if !address.ValidEmail(in.Customer.Email) {
		in.Customer.Email = "quote@example.invalid"
	}
	var o api.Order
	if err := v.act(api.Act{Op: "placeOrder", Body: in, DryRun: true}, &o); err != nil {
		return err
	}
	c.Totals = &o.Totals
	return nil
}

// total is a total as the form carries it.
func total(t *api.Totals) string {
	if t == nil {
		return ""
	}
	return strconv.FormatInt(t.GrandTotal.Amount, 10) + " " + t.GrandTotal.Currency
}

// showCheckout is the first look.
func showCheckout(v *visit) error {
	if len(v.cart.Lines) == 0 {
		return v.redirect(v.s.path("cart"))
	}
	c, err := v.newCheckout(nil)
	if err != nil {
		return err
	}
	return v.answer(c, http.StatusOK, v.quote(c))
}

// answer shows the page with what is wrong.
func (v *visit) answer(c *checkout, code int, err error) error {
	if err != nil {
		refused, err := v.refused(c, err)
		if err != nil {
			return err
		}
		if code == http.StatusOK && v.r.Method == http.MethodPost {
			code = refused
		}
	}
	if len(v.cart.Lines) == 0 {
		v.keep()
		return v.redirect(v.s.path("cart"))
	}
	c.Seen = total(c.Totals)
	return v.show(code, "checkout", v.t("Checkout"), c)
}

// refused puts an error into the page: at its fields, and above it what is about none.
func (v *visit) refused(c *checkout, err error) (int, error) {
	e := errs.As(err)
	if e == nil || e.Class == errs.Internal || e.Class == errs.NotFound || e.Class == errs.TooMany {
		return 0, err
	}
	switch {
	case e.Code == "payment_declined":
		c.Key, c.Declined = pages.NewKey(), true // the next try is another order
		c.Error = v.t("Your card was declined, and nothing was charged. All that you typed is still here: choose another card and order again.")
		return http.StatusPaymentRequired, v.quote(c)
	case e.Code == "idempotency_conflict" || e.Code == "external_order_conflict":
		c.Key, c.Pending = pages.NewKey(), true
		c.Error = v.t("This form was sent before with something else. Please look at it once more: if you ordered already, sending it orders again.")
		return api.Status(e.Class), nil
	}
	for _, x := range e.Problems {
		at := strings.ReplaceAll(strings.TrimPrefix(x.Pointer, "/"), "/", ".")
		if rest, ok := strings.CutPrefix(at, "address."); ok {
			at = "shipping_address." + rest
		}
		switch {
		case strings.HasPrefix(at, "lines"):
			c.Short = true
		case at == "shipping_method":
			c.Error = v.t("Please choose how it is to be delivered.")
		case c.wrong(at, v.finding(x.Code)):
		case c.Error == "":
			c.Error = v.t("This could not be done: please look at what you typed.")
		}
	}
	switch {
	case c.Short || e.Code == "insufficient_stock":
		c.Short, c.Error = true, v.t("Something in your cart has been sold out meanwhile. Nothing was ordered or charged, and all that you typed is still here.")
	case c.Error == "" && len(c.Errors) == 0:
		c.Error = v.t("This could not be done: please look at what you typed.")
	}
	return api.Status(e.Class), nil
}

// wrong says at a field what is wrong with it; false where there is no such field.
func (c *checkout) wrong(name, text string) bool {
	for _, list := range [][]pages.Field{c.Contact, c.Address} {
		for i := range list {
			if list[i].Name != name {
				continue
			}
			if list[i].Error == "" {
				list[i].Error = text
				c.Errors = append(c.Errors, list[i])
			}
			return true
		}
	}
	return false
}

// finding says what is wrong with a field, by the code that the API gives.
func (v *visit) finding(code string) string {
	switch code {
	case "required":
		return v.t("Please fill this in.")
	case "too_long":
		return v.t("This is too long.")
	case "invalid_email":
		return v.t("This is no mail address.")
	case "doubtful":
		return v.t("This looks like a mistake. Correct it, or send it again as it is.")
	}
	return v.t("Please check this.")
}

// doCheckout looks at the form again, takes out what is sold out, or places the order.
func doCheckout(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	c, err := v.newCheckout(form)
	if err != nil {
		return err
	}
	switch {
	case len(v.cart.Lines) == 0:
		return v.redirect(v.s.path("cart"))
	case form.Get("_step") == "less":
		return v.less(c)
	case form.Get("_step") != "order":
		v.keep()
		return v.answer(c, http.StatusOK, v.quote(c))
	}
	if err := v.s.api.Limit(v.w.Header(), "checkout", v.r.RemoteAddr, checkoutsEach, time.Minute); err != nil {
		return err
	}
	quoted := v.quote(c)
	code, err := v.check(c)
	switch {
	case err != nil:
		return err
	case quoted != nil || code != http.StatusOK:
		return v.answer(c, code, quoted)
	case c.Seen != total(c.Totals):
		c.Error, c.Pending = v.t("The total has changed. Please look at it once more, then order."), true
		return v.answer(c, http.StatusConflict, nil)
	}
	return v.place(c)
}

// check looks at what was typed before an order is tried.
func (v *visit) check(c *checkout) (int, error) {
	to := c.shipTo()
	var found api.AddressCheck
	if err := v.act(api.Act{Op: "checkAddress", Body: api.CheckAddress{Address: to}, Key: pages.NewKey()}, &found); err != nil {
		return v.refused(c, err)
	}
	if !address.ValidEmail(strings.TrimSpace(c.Contact[0].Value)) {
		c.wrong("customer.email", v.finding("invalid_email"))
	}
	list := found.Errors
	h := sha256.Sum256(jsonx.Marshal(to))
	if sure := hex.EncodeToString(h[:8]); c.Sure != sure {
		list, c.Sure = append(list, found.Doubts...), sure
	}
	for _, x := range list {
		c.wrong(strings.ReplaceAll(strings.Replace(x.Pointer, "/address/", "shipping_address/", 1), "/", "."), v.finding(x.Code))
	}
	switch {
	case len(v.channel.ShippingMethods) > 0 && len(c.Methods) == 0:
		c.Error = v.t("The shop does not deliver there. Please choose another country.")
	case !slices.ContainsFunc(c.Cards, func(x card) bool { return x.On }):
		c.Error = v.t("Please choose how you pay.")
	}
	if c.Error != "" || len(c.Errors) > 0 {
		return http.StatusUnprocessableEntity, nil
	}
	return http.StatusOK, nil
}

// less takes out of the cart what cannot be had, and holds the rest.
func (v *visit) less(c *checkout) error {
	v.release() // or what is held for this cart would count as sold
	var products []api.Product
	for _, r := range c.Rows {
		products = append(products, r.Product)
	}
	have, err := v.available(products, nil, "")
	if err != nil {
		return err
	}
	v.cart.Lines = slices.DeleteFunc(v.cart.Lines, func(l cartLine) bool {
		return !slices.ContainsFunc(products, func(p api.Product) bool { return p.SKU == l.SKU })
	})
	for _, r := range c.Rows {
		if a := have.of(r.Product.SKU); v.stock(a, r.Quantity).Tone == "bad" {
			v.cart.set(r.Product.SKU, min(r.Quantity, max(a.Available+a.Backorderable, 0)))
		}
	}
	if len(v.cart.Lines) > 0 {
		if err := v.hold(); err != nil {
			return err
		}
	}
	v.keep()
	if err := v.price(c); err != nil {
		return err
	}
	c.Key = pages.NewKey()
	return v.answer(c, http.StatusOK, v.quote(c))
}

// patience is how long a second click waits for what the first one came to.
const patience = 20 * time.Second

// place places the order, once under the form's key, and leads to its page.
func (v *visit) place(c *checkout) error {
	in := v.order(c)
	in.Payment = api.PlacePayment{Provider: "sandbox", Token: c.token}
	var o api.Order
	err := v.act(api.Act{Op: "placeOrder", Body: in, Key: c.Key}, &o)
	for end := time.Now().Add(patience); errs.Is(err, "idempotency_in_flight") && time.Now().Before(end); {
		select {
		case <-v.r.Context().Done():
			return v.r.Context().Err()
		case <-time.After(200 * time.Millisecond):
		}
		err = v.act(api.Act{Op: "placeOrder", Body: in, Key: c.Key}, &o)
	}
	if err != nil {
		return v.answer(c, http.StatusOK, err)
	}
	link := api.CreateLink{Allow: []string{"status", "cancel", "address", "return"}, ExpiresInMinutes: int64((90 * 24 * time.Hour).Minutes())}
	var made api.OrderLink
	if err := v.act(api.Act{Op: "createLink", Slots: map[string]string{"id": *o.ID}, Body: link, Key: c.Key + "-link"}, &made); err != nil {
		return err
	}
	v.cart = cart{Country: v.cart.Country}
	v.keep()
	said := "placed"
	if o.Status == "pending" {
		said = "pending"
	}
	return v.redirect(v.s.base + app.CustomerLinkPath + *made.Token + "?done=" + said)
}

// Sum is the price of the goods alone, where there is no total.
func (c *checkout) Sum() (m money.Money) {
	for _, r := range c.Rows {
		m = money.Money{Amount: m.Amount + r.Total.Amount, Currency: r.Total.Currency}
	}
	return m
}
