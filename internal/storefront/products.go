package storefront

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/money"
)

// pageSize is how many products the grid shows at once.
const pageSize = 24

// few is the largest number of units that is said: what a shop has in all is nobody's business.
const few = 5

// stock is how the stock of something is called.
type stock struct{ Word, Tone string }

// tile is a product in the grid.
type tile struct {
	api.Product
	Stock stock
}

type gridPage struct {
	Query string
	Tiles []tile
	Next  string // address of what follows
	First string // address of the beginning; "" on it
}

// showGrid is the list of products: all, or those whose names have the words that are looked for.
func showGrid(v *visit) error {
	asked := v.r.URL.Query()
	p := gridPage{Query: strings.TrimSpace(asked.Get("q"))}
	if utf8.RuneCountInString(p.Query) > 200 || !utf8.ValidString(p.Query) || strings.ContainsRune(p.Query, 0) {
		p.Query = ""
	}
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
	if p.Query != "" {
		query.Set("q", p.Query)
	}
	if after := asked.Get("after"); after != "" {
		query.Set("cursor", after)
		p.First = v.gridPath(p.Query, "")
	}
	var found api.List[api.Product]
	if err := v.get("listProducts", nil, query, &found); err != nil {
		return err
	}
	found.Data = slices.DeleteFunc(found.Data, func(p api.Product) bool { return !p.Active })
	have, err := v.available(found.Data, nil, "")
	if err != nil {
		return err
	}
	for _, x := range found.Data {
		p.Tiles = append(p.Tiles, tile{x, v.stock(have.of(x.SKU), 1)})
	}
	if found.NextCursor != "" {
		p.Next = v.gridPath(p.Query, found.NextCursor)
	}
	title := v.t("All products")
	if p.Query != "" {
		title = v.t("Found for “%s”", p.Query)
	}
	return v.show(http.StatusOK, "grid", title, p)
}

func (v *visit) gridPath(q, after string) string {
	query := url.Values{}
	for name, value := range map[string]string{"q": q, "after": after} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return v.s.path()
	}
	return v.s.path() + "?" + query.Encode()
}

// offer is what can be promised.
type offer struct{ api.Offer }

// of is what can be promised of a SKU; of one that was not asked for, nothing.
func (o *offer) of(sku string) api.SKUAvailability {
	for _, d := range o.Data {
		if d.SKU == sku {
			return d
		}
	}
	return api.SKUAvailability{SKU: sku}
}

// available asks what can be promised of products; quantities are 1 of each where there are none. With a country it says when.
func (v *visit) available(products []api.Product, quantities []int64, country string) (*offer, error) {
	var skus, units []string
	for i, p := range products {
		if strings.Contains(p.SKU, ",") { // the list could not name it
			continue
		}
		skus = append(skus, p.SKU)
		if quantities != nil {
			units = append(units, strconv.FormatInt(quantities[i], 10))
		}
	}
	o := &offer{}
	if len(skus) == 0 {
		return o, nil
	}
	query := url.Values{"skus": {strings.Join(skus, ",")}, "channel": {v.s.channel}}
	if units != nil {
		query.Set("quantities", strings.Join(units, ","))
	}
	if country != "" {
		query.Set("country", country)
	}
	return o, v.get("getAvailability", nil, query, &o.Offer)
}

// stock says in words how many there are for who wants so many.
func (v *visit) stock(a api.SKUAvailability, wanted int64) stock {
	later := v.channel.Shortage == "backorder" || v.channel.Shortage == "park"
	switch {
	case a.Available >= wanted && a.Available <= few:
		return stock{v.t("Only %d left", a.Available), "warn"}
	case a.Available >= wanted:
		return stock{v.t("In stock"), "good"}
	case a.Available+a.Backorderable >= wanted || later && a.Known:
		return stock{v.t("Not in stock, comes later"), "warn"}
	case a.Available > few:
		return stock{v.t("Not so many in stock"), "bad"}
	case a.Available > 0:
		return stock{v.t("Only %d left", a.Available), "bad"}
	}
	return stock{v.t("Sold out"), "bad"}
}

// method is a way of delivery to a country, with its price and what it promises.
type method struct {
	api.ShippingMethod
	When string
	On   bool
}

// methods are the ways of delivery to a country, by code: a row for the country counts before one for all.
func (v *visit) methods(country string, promises []api.MethodPromise) (out []method) {
	for _, own := range []bool{true, false} {
		for _, m := range v.channel.ShippingMethods {
			known := slices.ContainsFunc(out, func(x method) bool { return x.Code == m.Code })
			if known || own && m.Country != country || !own && m.Country != "" {
				continue
			}
			x := method{ShippingMethod: m}
			for i := range promises {
				if promises[i].ShippingMethod == m.Code && promises[i].Complete {
					x.When = v.arrives(&promises[i])
				}
			}
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b method) int { return int(min(max(a.Price.Amount-b.Price.Amount, -1), 1)) })
	return out
}

// countries are those that are delivered to.
func (v *visit) countries() []string {
	var out []string
	for _, m := range v.channel.ShippingMethods {
		if m.Country == "" {
			return address.Countries()
		}
		if !slices.Contains(out, m.Country) {
			out = append(out, m.Country)
		}
	}
	if out == nil {
		return address.Countries()
	}
	return out
}

type productPage struct {
	Product  api.Product
	Stock    stock
	When     string // by the cheapest way
	To       string // name of the country
	Methods  []method
	Sellable bool
	Parts    []part
}

// part is what a kit has in it.
type part struct {
	Name  string
	Units int64
}

func (v *visit) product(sku string) (api.Product, error) {
	var p api.Product
	err := v.get("getProduct", map[string]string{"sku": sku}, nil, &p)
	if err == nil && !p.Active {
		err = errGone
	}
	return p, err
}

// showProduct is the page of a product.
func showProduct(v *visit) error {
	x, err := v.product(v.r.PathValue("sku"))
	if err != nil {
		return err
	}
	country := v.country()
	have, err := v.available([]api.Product{x}, nil, country)
	if err != nil {
		return err
	}
	a := have.of(x.SKU)
	p := productPage{Product: x, Stock: v.stock(a, 1), To: v.format.Country(country), Methods: v.methods(country, a.Promises)}
	p.Sellable = p.Stock.Tone != "bad"
	for _, m := range p.Methods {
		if p.When == "" && p.Sellable {
			p.When = m.When
		}
	}
	for _, c := range x.Components {
		in, err := v.product(c.SKU)
		if errs.ClassOf(err) == errs.NotFound {
			in.Name = c.SKU
		} else if err != nil {
			return err
		}
		p.Parts = append(p.Parts, part{in.Name, c.Quantity})
	}
	return v.show(http.StatusOK, "product", calm(x.Name), p)
}

// times is a price for so many units.
func times(m money.Money, n int64) money.Money {
	return money.Money{Amount: m.Amount * n, Currency: m.Currency}
}
