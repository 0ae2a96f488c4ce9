package console

import (
	"net/url"
	"strings"
	"testing"

	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/doc"
	"ordo/internal/money"
	"ordo/internal/pages"
	"ordo/internal/work"
)

// shelves makes two locations and two products, with stock of the first.
func (f *fixture) shelves() {
	f.t.Helper()
	m := work.Meta{Actor: app.BootstrapActor}
	for _, code := range []string{"HULL", "LEEDS"} {
		if _, err := f.app.SaveLocation(f.t.Context(), &catalog.Location{Meta: doc.Meta{ID: code}, Name: code, Type: "warehouse", Active: true}, m); err != nil {
			f.t.Fatal(err)
		}
	}
	for _, p := range []catalog.Product{{Meta: doc.Meta{ID: "MUG"}, Name: "Stoneware mug"}, {Meta: doc.Meta{ID: "A/B"}, Name: "=Odd"}} {
		p.Price, p.TaxClass, p.Active = money.Money{Amount: 1250, Currency: "GBP"}, "standard", true
		if _, err := f.app.SaveProduct(f.t.Context(), &p, m); err != nil {
			f.t.Fatal(err)
		}
	}
	out := f.app.Adjust(f.t.Context(), app.AdjustStock{Reason: "received", Lines: []app.AdjustLine{{SKU: "MUG", Location: "HULL", Delta: 20}, {SKU: "A/B", Location: "LEEDS", Delta: 3}}}, m)
	if out.Err != nil {
		f.t.Fatal(out.Err)
	}
}

// keeper is the browser of somebody in the warehouse.
func (f *fixture) keeper() *browser {
	f.user("ware@example.com", "warehouse")
	b := f.browser()
	b.signIn("ware@example.com")
	return b
}

// TestInventory finds positions by filters, writes them to files, and shows the page of a product.
func TestInventory(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		b := f.keeper()
		b.get("/console/inventory").is(t, 200, "There is no stock yet")
		f.shelves()
		all := b.get("/console/inventory").is(t, 200, "Stoneware mug", `href="/console/inventory/A%2FB"`)
		if strings.Contains(all.body, "Count what is shown") {
			t.Error("a count is of one location")
		}
		b.get("/console/inventory?location=HULL").is(t, 200, "Stoneware mug", "Count what is shown", "skus=MUG")
		if got := b.get("/console/inventory?q=odd"); strings.Contains(got.body, "Stoneware") || !strings.Contains(got.body, "A/B") {
			t.Error(got.body)
		}
		b.get("/console/inventory?state=low").is(t, 200, "No position is like this")
		b.get("/console/inventory?state=lost").is(t, 400)
		csv := b.get("/console/inventory/files/csv?location=LEEDS").is(t, 200)
		if want := "sku,name,location,on_hand,allocated,reserved,damaged,quality,safety,available,backordered,in_transit_in,on_order,backorder_limit,reorder_point\nA/B,'=Odd,LEEDS,3,0,0,0,0,0,3,0,0,0,0,0\n"; csv.body != want {
			t.Errorf("%q", csv.body)
		}
		if d := csv.header.Get("Content-Disposition"); !strings.Contains(d, "inventory.csv") {
			t.Error(d)
		}
		if xlsx := b.get("/console/inventory/files/xlsx").is(t, 200); !strings.HasPrefix(xlsx.body, "PK") {
			t.Errorf("%.40q is no spreadsheet", xlsx.body)
		}
		b.get("/console/inventory/MUG").is(t, 200, "Stoneware mug", "Stock card", "Stock adjusted", "On hand &#43;20", "20 on hand, 20 available")
		b.get("/console/inventory/MUG?location=LEEDS&days=90").is(t, 200)
		b.get("/console/inventory/A%2FB").is(t, 200, "=Odd")
		b.get("/console/inventory/NONE").is(t, 404)
		f.user("agent@example.com", "customer_service")
		reader := f.browser()
		reader.signIn("agent@example.com")
		reader.get("/console/inventory/MUG").is(t, 200, "Your roles do not allow this")
		reader.post("/console/inventory/do/adjust").is(t, 403)
	})
}

// TestStockActions previews and makes changes of stock; refusals stand at their fields.
func TestStockActions(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.shelves()
		b := f.keeper()
		at := "/console/inventory/do/"
		b.get(at+"adjust?lines.0.sku=MUG&lines.0.location=HULL").is(t, 200, `value="MUG"`, `<option value="HULL" selected>`)
		adjust := []string{"_key", pages.NewKey(), "lines.0.sku", "MUG", "lines.0.location", "HULL", "lines.0.delta", "-4", "reason", "lost"}
		b.post(at+"adjust", append(adjust, "_step", "preview")...).is(t, 200, "MUG at HULL: on hand", ">20<", "16", "MUG at HULL: available")
		b.get("/console/inventory/MUG").is(t, 200, "<strong>20</strong>")
		for range 2 { // sent twice is done once
			b.post(at+"adjust", append(adjust, "_step", "do")...).is(t, 303, "/console/inventory/MUG")
		}
		b.get("/console/inventory/MUG").is(t, 200, "<strong>16</strong>", "On hand −4", "lost")
		b.post(at+"adjust", "_key", pages.NewKey(), "_step", "preview", "lines.0.sku", "MUG", "lines.0.location", "HULL", "lines.0.delta", "-40", "reason", "lost").is(t, 409, "bad-box")
		b.post(at+"adjust", "_key", pages.NewKey(), "_step", "do", "lines.0.sku", "CUP", "lines.0.location", "HULL", "lines.0.delta", "x", "reason", "lost").is(t, 422, "Give a whole number", `value="CUP"`)
		b.post(at+"adjust", "_key", pages.NewKey(), "_step", "do", "lines.0.sku", "CUP", "lines.0.location", "HULL", "lines.0.delta", "1").is(t, 422, `href="#f-lines.0.sku"`, `href="#f-reason"`)
		b.post(at+"move", "_key", pages.NewKey(), "_step", "preview", "lines.0.sku", "MUG", "lines.0.location", "HULL", "lines.0.from", "available", "lines.0.to", "quality", "lines.0.quantity", "6", "reason", "inspection").
			is(t, 200, "MUG at HULL: in inspection", "MUG at HULL: available")
		got := "got=" + url.QueryEscape("3 MUG") + "&got=" + url.QueryEscape("2 A/B") + "&got=" + url.QueryEscape("1 MUG")
		b.get(at+"receive?location=LEEDS&"+got).is(t, 200, `name="lines.0.sku" value="MUG"`, `name="lines.0.quantity" value="4"`, `name="lines.1.sku" value="A/B"`, `<option value="LEEDS" selected>`)
		receive := []string{"_key", pages.NewKey(), "_rows", "1", "location", "LEEDS", "lines.0.sku", "MUG", "lines.0.quantity", "4", "lines.1.sku", "A/B", "lines.1.quantity", "2", "reference", "DN-1"}
		b.post(at+"receive", append(receive, "_step", "preview")...).is(t, 200, "MUG at LEEDS: on hand", "A/B at LEEDS: on hand", "DN-1")
		b.post(at+"receive", append(receive, "_step", "do")...).is(t, 303, "/console/inventory/receive?location=LEEDS")
		b.post(at+"receive", "_key", pages.NewKey(), "_step", "do", "location", "LEEDS", "lines.0.sku", "MUG", "lines.0.quantity", "1").is(t, 303, "/console/inventory/MUG")
		b.get("/console/inventory/MUG?location=LEEDS").is(t, 200, "<strong>5</strong>")
		limits := "/console/inventory/limits/MUG/HULL"
		form := []string{"_key", pages.NewKey(), "safety", "2", "reorder_point", "18", "backorder_limit", "", "compare.safety", "0", "compare.reorder_point", "0", "compare.backorder_limit", "0"}
		b.post(limits, form...).is(t, 303, "/console/inventory/MUG")
		b.post(limits, form...).is(t, 409, "bad-box")
		b.get("/console/inventory?state=low").is(t, 200, "Stoneware mug", "pill warn")
	})
}
