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
)

// foundCustomer is somebody who may be calling: a customer's record, or who placed an order without one.
type foundCustomer struct{ Value, Name, Reach, About string }

// foundProduct is a product with what can be promised of it.
type foundProduct struct {
	SKU, Name string
	Price     money.Money
	Stock     *api.SKUAvailability // nil where it is not known
	By        string               // the soonest day that one unit would be there
}

// How many are offered while one types.
const (
	offered     = 8
	guestsAsked = 6
)

// suggestions is what a search offers; nil for what was not looked for.
type suggestions struct {
	Customers *[]foundCustomer
	Products  *[]foundProduct
}

// CustomerList and ProductList are what was found, for templates.
func (s suggestions) CustomerList() []foundCustomer { return listed(s.Customers) }

// ProductList is like CustomerList.
func (s suggestions) ProductList() []foundProduct { return listed(s.Products) }

func listed[T any](list *[]T) []T {
	if list == nil {
		return nil
	}
	return *list
}

func suggestCustomers(v *visit) error {
	q := v.r.URL.Query()
	found, err := v.findCustomers(strings.TrimSpace(q.Get("q")), q.Get("country"))
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "phonefound", "Phone desk", "", suggestions{Customers: &found})
}

func suggestProducts(v *visit) error {
	q := v.r.URL.Query()
	form := url.Values{"shipping_address.country": {q.Get("country")}, "shipping_address.postal_code": {q.Get("postal_code")}, "shipping_method": {q.Get("method")}}
	found, err := v.findProducts(strings.TrimSpace(q.Get("q")), form)
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "phonefound", "Phone desk", "", suggestions{Products: &found})
}

// findCustomers looks for records first, then for those who ordered without one.
func (v *visit) findCustomers(q, country string) ([]foundCustomer, error) {
	out, seen := []foundCustomer{}, map[string]bool{}
	if len([]rune(q)) < 2 || len(q) > 200 {
		return out, nil
	}
	if v.may("customers:read") {
		var list api.List[api.CustomerRecord]
		if err := v.get("listCustomers", nil, query("q", q, "country", country, "limit", "8"), &list); err != nil && errs.ClassOf(err) != errs.Forbidden {
			return nil, err
		}
		for _, c := range list.Data {
			f := foundCustomer{Value: number0(c.ID), Name: c.Name, Reach: join(c.Email, c.Phone)}
			if a := mainAddress(c.Addresses); a != nil {
				f.About = join(a.City, a.Country)
			}
			seen[lower(c.Email)], seen[c.Phone] = true, true
			out = append(out, f)
		}
	}
	if !v.may("orders:read") {
		return out, nil
	}
	var hits api.List[api.Hit]
	if err := v.get("lookUp", nil, query("q", q), &hits); err != nil {
		return nil, err
	}
	asked := 0
	for _, h := range hits.Data {
		if h.Type != "order" || !slices.Contains([]string{"email", "phone", "name"}, h.By) || asked == guestsAsked || len(out) >= offered {
			continue
		}
		asked++
		var o api.Order
		if err := v.get("getOrder", slots("id", h.ID), nil, &o); err != nil {
			return nil, err
		}
		who := lower(o.Customer.Email)
		if who == "" {
			who = o.Customer.Phone
		}
		if seen[who] || who == "" {
			continue
		}
		seen[who] = true
		out = append(out, foundCustomer{h.ID, o.Customer.Name, join(o.Customer.Email, o.Customer.Phone), join(o.ShippingAddress.City, o.ShippingAddress.Country)})
	}
	return out, nil
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// mainAddress is the default of a customer's addresses, or the first; nil for none.
func mainAddress(list []api.CustomerAddress) *address.Address {
	for i := range list {
		if list[i].Default {
			return &list[i].Address
		}
	}
	if len(list) > 0 {
		return &list[0].Address
	}
	return nil
}

// takeCustomer fills in who calls, by a record or by an earlier order.
func (v *visit) takeCustomer(form url.Values, id string) error {
	set := func(email, phone, name, language string) {
		for field, value := range map[string]string{"customer.email": email, "customer.phone": phone, "customer.name": name, "language": language} {
			form.Set(field, value)
		}
		form.Del("_find")
		form.Del("_asked")
		form.Del("_record")
	}
	if strings.HasPrefix(id, "ord_") {
		var o api.Order
		if err := v.get("getOrder", slots("id", id), nil, &o); err != nil {
			return err
		}
		set(o.Customer.Email, o.Customer.Phone, o.Customer.Name, o.Language)
		setAddress(form, o.ShippingAddress)
		return nil
	}
	var c api.CustomerRecord
	if err := v.get("getCustomer", slots("id", id), nil, &c); err != nil {
		return err
	}
	set(c.Email, c.Phone, c.Name, c.Language)
	form.Set("_record", id)
	if a := mainAddress(c.Addresses); a != nil {
		setAddress(form, *a)
		return nil
	}
	last, _, err := v.lastOrders(c.Email, c.Phone)
	if err == nil && len(last) > 0 {
		setAddress(form, last[0].ShippingAddress)
	}
	return err
}

// setAddress fills in where the order goes; one without a country is none.
func setAddress(form url.Values, a address.Address) {
	if a.Country == "" {
		return
	}
	if a.Name == form.Get("customer.name") {
		a.Name = ""
	}
	for field, value := range map[string]string{
		"name": a.Name, "company": a.Company, "line1": a.Line1, "line2": a.Line2, "city": a.City, "region": a.Region, "postal_code": a.PostalCode, "country": a.Country,
	} {
		form.Set("shipping_address."+field, value)
	}
}

// lastOrders are the newest orders under a mail address, or under a phone number, and whether there are more.
func (v *visit) lastOrders(email, phone string) (out []api.Order, more bool, err error) {
	if !v.may("orders:read") {
		return nil, false, nil
	}
	if strings.Contains(email, "@") {
		var list api.List[api.Order]
		err = v.get("listOrders", nil, query("customer", strings.TrimSpace(email), "limit", "4"), &list)
		return list.Data, list.NextCursor != "", err
	}
	if len(strings.TrimSpace(phone)) < 6 || len(phone) > 40 {
		return nil, false, nil
	}
	var hits api.List[api.Hit]
	if err := v.get("lookUp", nil, query("q", phone), &hits); err != nil {
		return nil, false, err
	}
	for _, h := range hits.Data {
		if h.Type != "order" || h.By != "phone" {
			continue
		}
		if len(out) == 4 {
			return out, true, nil
		}
		var o api.Order
		if err := v.get("getOrder", slots("id", h.ID), nil, &o); err != nil {
			return nil, false, err
		}
		out = append(out, o)
	}
	return out, false, nil
}

// formerAddresses are where the customer had orders sent to, each once: those of the record, then of the last orders.
func (v *visit) formerAddresses(record string, last []api.Order) (out []address.Address) {
	add := func(a address.Address) {
		a.Phone, a.Latitude, a.Longitude = "", 0, 0
		if a.Country != "" && !slices.Contains(out, a) && len(out) < 4 {
			out = append(out, a)
		}
	}
	if record != "" && v.may("customers:read") {
		var c api.CustomerRecord
		if v.get("getCustomer", slots("id", record), nil, &c) == nil {
			for _, a := range c.Addresses {
				add(a.Address)
			}
		}
	}
	for i := range last {
		add(last[i].ShippingAddress)
	}
	return out
}

func (v *visit) takeFormer(form url.Values, i int) error {
	last, _, err := v.lastOrders(form.Get("customer.email"), form.Get("customer.phone"))
	if list := v.formerAddresses(form.Get("_record"), last); err == nil && i < len(list) {
		setAddress(form, list[i])
	}
	return err
}

// findProducts looks for active products: the one with this SKU first, then those that can be had.
func (v *visit) findProducts(q string, form url.Values) ([]foundProduct, error) {
	out := []foundProduct{}
	if q == "" || len(q) > 200 || !v.may("catalog:read") {
		return out, nil
	}
	var list api.List[api.Product]
	if err := v.get("listProducts", nil, query("q", q, "limit", "30"), &list); err != nil {
		return nil, err
	}
	all := list.Data
	for _, sku := range []string{q, strings.ToUpper(q)} {
		var p api.Product
		if !slices.ContainsFunc(all, func(p api.Product) bool { return p.SKU == sku }) && len(sku) <= 64 && v.get("getProduct", slots("sku", sku), nil, &p) == nil {
			all = append(all, p)
		}
	}
	var asked []api.PlaceLine
	for _, p := range all {
		if p.Active {
			out = append(out, foundProduct{SKU: p.SKU, Name: p.Name, Price: p.Price})
			asked = append(asked, api.PlaceLine{SKU: p.SKU, Quantity: 1})
		}
	}
	offer := v.offer(asked, form)
	for i := range out {
		if out[i].Stock = offer.of(out[i].SKU); out[i].Stock != nil {
			out[i].By = soonest(out[i].Stock.Promises)
		}
	}
	slices.SortStableFunc(out, func(a, b foundProduct) int { return a.rank(q) - b.rank(q) })
	return out[:min(len(out), offered)], nil
}

// rank is 0 for the SKU that was typed, then what can be had, then the rest.
func (p foundProduct) rank(q string) int {
	switch {
	case strings.EqualFold(p.SKU, q):
		return 0
	case p.Stock == nil || p.Stock.Available > 0:
		return 1
	case p.Stock.Backorderable > 0:
		return 2
	}
	return 3
}

// offer is what can be promised of products at the address of a form.
type offer struct{ api.Offer }

func (o offer) of(sku string) *api.SKUAvailability {
	for i := range o.Data {
		if o.Data[i].SKU == sku {
			return &o.Data[i]
		}
	}
	return nil
}

// offer asks what can be promised; nothing where that is not known.
func (v *visit) offer(lines []api.PlaceLine, form url.Values) (out offer) {
	var skus, quantities []string
	for _, l := range lines {
		if l.Quantity > 0 && !strings.Contains(l.SKU, ",") && len(skus) < 200 {
			skus, quantities = append(skus, l.SKU), append(quantities, strconv.FormatInt(l.Quantity, 10))
		}
	}
	if len(skus) == 0 || !v.may("stock:read") {
		return out
	}
	q := query("channel", phoneChannel, "skus", strings.Join(skus, ","), "quantities", strings.Join(quantities, ","))
	if country := form.Get("shipping_address.country"); address.ValidCountry(country) {
		q.Set("country", country)
		for param, field := range map[string]string{"region": "shipping_address.region", "postal_code": "shipping_address.postal_code"} {
			if value := strings.TrimSpace(form.Get(field)); value != "" {
				q.Set(param, value)
			}
		}
	}
	if err := v.get("getAvailability", nil, q, &out.Offer); err != nil {
		return offer{}
	}
	return out
}

// soonest is the first day by which one of the methods promises all of it; "" for none.
func soonest(promises []api.MethodPromise) (by string) {
	for _, p := range promises {
		if p.Complete && p.Latest != "" && (by == "" || p.Latest < by) {
			by = p.Latest
		}
	}
	return by
}
