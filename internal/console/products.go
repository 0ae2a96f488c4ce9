package console

import (
	"net/http"
	"net/url"
	"slices"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/money"
)

const productsPath = Root + "/products"

func productRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: productsPath, Scope: "catalog:read", handle: listProducts},
		{Method: http.MethodGet, Path: productsPath + "/{sku}", Scope: "catalog:read", handle: showProduct},
	}
}

func productActions() []action {
	return []action{
		{path: "/products/_/new", op: "putProduct", title: "New product", verb: "Save", begin: newProductForm},
		{path: "/products/{sku}/edit", op: "putProduct", title: "Change the product", verb: "Save", begin: productForm},
	}
}

// productPath is the page of a product.
func productPath(sku string) string { return productsPath + "/" + url.PathEscape(sku) }

type productRow struct {
	api.Product
	Path string
}

type productsPage struct {
	filterBar
	Q       string
	Rows    []productRow
	Next    string
	Actions []pageAction
}

func listProducts(v *visit) error {
	p := productsPage{filterBar: v.filters([]string{"q"}, nil)}
	p.Q = p.query.Get("q")
	ask := p.ask(v, "50")
	var list api.List[api.Product]
	if err := v.get("listProducts", nil, ask, &list); err != nil {
		return err
	}
	p.Next = v.nextPage(ask, list.NextCursor)
	for _, x := range list.Data {
		p.Rows = append(p.Rows, productRow{x, productPath(x.SKU)})
	}
	p.Actions = v.only("catalog:write", []pageAction{{Text: "New product", Path: productsPath + "/_/new", Primary: true}})
	return v.page(http.StatusOK, "products", "Products", "", p)
}

type productPage struct {
	Product   api.Product
	Path      string
	Stock     string // its page; "" for who may not see it
	Available int64
	Parts     []partRow
	Actions   []pageAction
}

// partRow is a component of a kit.
type partRow struct {
	api.Component
	Name, Path string
}

func showProduct(v *visit) error {
	p := productPage{Path: productPath(v.r.PathValue("sku"))}
	if err := v.get("getProduct", slots("sku", v.r.PathValue("sku")), nil, &p.Product); err != nil {
		return err
	}
	var skus []string
	for _, c := range p.Product.Components {
		skus = append(skus, c.SKU)
	}
	names, err := v.productNames(skus)
	if err != nil {
		return err
	}
	for _, c := range p.Product.Components {
		p.Parts = append(p.Parts, partRow{c, names[c.SKU], productPath(c.SKU)})
	}
	if v.may("stock:read") && len(p.Parts) == 0 { // a kit has none of its own
		var list api.List[api.StockPosition]
		if err := v.get("listStock", nil, query("sku", p.Product.SKU, "limit", "1000"), &list); err != nil {
			return err
		}
		for _, x := range list.Data {
			p.Available += x.Available
		}
		p.Stock = stockPath(p.Product.SKU)
	}
	p.Actions = v.only("catalog:write", []pageAction{{Text: "Change", Path: p.Path + "/edit", Primary: true, Key: "e"}})
	return v.page(http.StatusOK, "product", p.Product.Name, "", p)
}

// productFields are the fields of a product, whole: what is left out would get its default.
func (v *visit) productFields(p api.Product) []field {
	optional := func(n int64) string {
		if n == 0 {
			return ""
		}
		return digits(n)
	}
	var d api.Dimensions
	if p.Dimensions != nil {
		d = *p.Dimensions
	}
	sold := []option{{Value: "true", Text: v.t("Sold"), On: p.Active}, {Value: "false", Text: v.t("Not sold"), On: !p.Active}}
	out := []field{
		{Name: "name", Label: "Name", Kind: "text", Value: p.Name, Required: true},
		v.priceField(p.Price),
		{Name: "active", Label: "Sale", Kind: "select", Options: sold, Help: "What is not sold cannot be ordered any more; orders that there are stay."},
		{Name: "tax_class", Label: "Tax class", Kind: "text", Value: p.TaxClass, Help: "A row of the channel's tax table. Empty: standard."},
		{Name: "weight_grams", Label: "Weight in grams", Kind: "number", Value: optional(p.WeightGrams)},
		{Name: "dimensions.length", Label: "Length in millimeters", Kind: "number", Value: optional(d.Length)},
		{Name: "dimensions.width", Label: "Width in millimeters", Kind: "number", Value: optional(d.Width)},
		{Name: "dimensions.height", Label: "Height in millimeters", Kind: "number", Value: optional(d.Height)},
	}
	var rows []rowField
	for i, c := range p.Components {
		at := "components." + digits(int64(i)) + "."
		rows = append(rows, rowField{Text: c.SKU, Hidden: map[string]string{at + "sku": c.SKU}, Name: at + "quantity", Value: digits(c.Quantity)})
	}
	return append(out, field{Name: "components", Label: "Components of one unit", Kind: "rows", Rows: rows})
}

func (v *visit) priceField(price money.Money) field {
	f := v.amountField("Price", price)
	f.Name = "price"
	return f
}

// currencies are those of the catalog, the most used first: a new product begins with it.
func (v *visit) currencies() ([]string, error) {
	var list api.List[api.Product]
	err := v.get("listProducts", nil, query("limit", "200"), &list)
	count := map[string]int{}
	var out []string
	for _, p := range list.Data {
		if count[p.Price.Currency]++; count[p.Price.Currency] == 1 {
			out = append(out, p.Price.Currency)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return count[b] - count[a] })
	return append(out, "EUR"), err
}

func newProductForm(v *visit) (*subject, error) {
	v.read()
	codes, err := v.currencies()
	if err != nil {
		return nil, err
	}
	sku := v.typed("_sku")
	s := &subject{slots: slots("sku", sku), back: productsPath}
	s.fields = append([]field{{Name: "_sku", Label: "SKU", Kind: "text", Required: true, Help: "It stays: orders, stock and labels name it."}}, v.productFields(api.Product{Active: true, Price: money.Money{Currency: codes[0]}})...)
	for i := range s.fields {
		if s.fields[i].Kind == "money" {
			s.fields[i].Value = ""
		}
	}
	if sku != "" {
		s.back = productPath(sku)
		s.check = func(url.Values) error { // the operation would replace it
			err := v.get("getProduct", slots("sku", sku), nil, nil)
			if err == nil {
				return errs.New(errs.Conflict, "product_exists", "%s", v.t("There is a product %q already: change it on its page.", sku))
			}
			if gone(err) {
				return nil
			}
			return err
		}
	}
	s.done = func([]byte) string { return v.t("Saved.") }
	return s, nil
}

func productForm(v *visit) (*subject, error) {
	v.read()
	sku := v.r.PathValue("sku")
	var p api.Product
	if err := v.get("getProduct", slots("sku", sku), nil, &p); err != nil {
		return nil, err
	}
	s := &subject{name: sku, slots: slots("sku", sku), version: p.Version, back: productPath(sku), fields: v.productFields(p)}
	s.about = v.t("Orders that were placed keep their name and price.")
	s.done = func([]byte) string { return v.t("Saved.") }
	return s, nil
}
