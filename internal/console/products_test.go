package console

import (
	"strings"
	"testing"

	"ordo/internal/pages"
)

// TestProducts finds products and changes one, whole: what the form does not say stays as it was.
func TestProducts(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("boss@example.com", "manager")
		b := f.browser()
		b.signIn("boss@example.com")
		b.get("/console/products").is(t, 200, "There are no products yet")
		f.shelves()
		b.get("/console/products").is(t, 200, "Stoneware mug", "12.50", `href="/console/products/A%2FB"`)
		if got := b.get("/console/products?q=stone"); !strings.Contains(got.body, "MUG") || strings.Contains(got.body, "A/B") {
			t.Error(got.body)
		}
		b.get("/console/products?q=nothing").is(t, 200, "No product is like this")
		b.get("/console/products/MUG").is(t, 200, "Stoneware mug", `href="/console/inventory/MUG">20<`)
		b.get("/console/products/MUG/edit").is(t, 200, `value="12.50"`)
		edit := []string{"_key", pages.NewKey(), "_version", "1", "name", "Stoneware mug, large", "price", "13.00", "price.currency", "GBP", "active", "false", "tax_class", "standard", "weight_grams", "400", "dimensions.length", "", "dimensions.width", "", "dimensions.height", ""}
		b.post("/console/products/MUG/edit", edit...).is(t, 303, "/console/products/MUG")
		b.get("/console/products/MUG").is(t, 200, "Stoneware mug, large", "13.00", "Not sold", "400 g")
		b.post("/console/products/MUG/edit", edit...).is(t, 409, "Somebody changed this while you were typing")
		b.post("/console/products/_/new", "_key", pages.NewKey(), "_sku", "MUG", "name", "Mug", "price", "1", "price.currency", "GBP").is(t, 409, "There is a product")
		b.post("/console/products/_/new", "_key", pages.NewKey(), "_sku", "CUP", "name", "", "price", "x", "price.currency", "GBP").is(t, 422, "#f-price", `value="CUP"`)
		b.post("/console/products/_/new", "_key", pages.NewKey(), "_sku", "CUP", "name", "Cup", "price", "4.20", "price.currency", "GBP", "active", "true").is(t, 303, "/console/products/CUP")
		b.get("/console/products/CUP").is(t, 200, "Sold")
		b.get("/console/products/NONE").is(t, 404)
		reader := f.keeper()
		reader.get("/console/products/CUP").is(t, 200, "Your roles do not allow this")
	})
}
