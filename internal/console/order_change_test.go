package console

import (
	"strconv"
	"strings"
	"testing"

	"ordo/internal/pages"
)

// TestOrderChange changes units, lines and a price of an order after a look at what that comes to.
func TestOrderChange(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("mia@example.com", "manager")
		b := f.browser()
		b.signIn("mia@example.com").is(t, 303)
		f.world()
		o, _ := f.paid(`[{"sku":"MUG","quantity":3},{"sku":"LAMP/S","quantity":1}]`)
		id := number0(o.ID)
		at := "/console/orders/" + id
		form := func(pairs ...string) []string {
			return append([]string{"_version", strconv.FormatInt(f.now(id).Version, 10), "_wanted.1", "3", "_wanted.2", "1", "_price.currency", "GBP"}, pairs...)
		}
		b.get(at).is(t, 200, at+"/change")
		b.get(at+"/change").is(t, 200, `name="_wanted.1" value="3"`, "Product MUG", "Line with another price")

		// What cannot be read or is not there is said at its field.
		b.post(at+"/change", form("_key", pages.NewKey())...).is(t, 422, "Change something first.", `href="#f-_wanted"`)
		b.post(at+"/change", form("_key", pages.NewKey(), "_wanted.1", "3", "_sku", "MUG", "_units", "many")...).is(t, 422, `href="#f-_units"`)
		b.post(at+"/change", form("_key", pages.NewKey(), "_sku", "NONE")...).is(t, 422, `href="#f-_sku"`, `value="NONE"`)
		b.post(at+"/change", form("_key", pages.NewKey(), "_priced", "1", "_price", "ten")...).is(t, 422, `href="#f-_price"`)
		b.post(at+"/change", form("_key", pages.NewKey(), "_price", "10")...).is(t, 422, `href="#f-_priced"`)
		b.post(at+"/change", form("_key", pages.NewKey(), "_priced", "1", "_price", "10.00")...).is(t, 422, `href="#f-_reason"`)

		key := pages.NewKey()
		typed := form("_key", key, "_sku", "MUG", "_units", "2", "_priced", "1", "_price", "10.00", "_reason", "promised")
		typed[5] = "0" // the lamp goes
		page := b.post(at+"/change", typed...).is(t, 303, at+"/changes/chg_").header.Get("Location")
		if again := b.post(at+"/change", typed...).is(t, 303).header.Get("Location"); again != page {
			t.Errorf("sent twice it is %s and %s", page, again)
		}
		b.get(at).is(t, 200, "Somebody looked at a change", page+"/give-up")
		b.get(page).is(t, 200, "LAMP/S: units that are wanted", "LAMP/S: units back in stock at HULL", "MUG: price of one unit", "MUG: units taken at HULL", "Total", "Make the change")
		if now := f.now(id); now.Totals.GrandTotal != o.Totals.GrandTotal {
			t.Error("looking at it changed it")
		}
		b.get("/console/orders/"+number0(f.ordered("Ada").ID)+"/changes/"+page[strings.LastIndex(page, "/")+1:]).is(t, 404)
		make2 := pages.NewKey()
		for range 2 {
			b.post(page, "_key", make2, "_version", "1", "_step", "do").is(t, 303, at)
		}
		b.get(at).is(t, 200, "The order was changed.")
		now := f.now(id)
		if now.Lines[0].UnitPrice.Amount != 1000 || now.Lines[1].Units.Canceled != 1 || len(now.Lines) != 3 || now.Lines[2].Quantity != 2 {
			t.Errorf("after the change: %+v", now.Lines)
		}
		b.get(page).is(t, 200, "This change is confirmed.")

		// One that is given up changes nothing.
		typed = form("_key", pages.NewKey(), "_sku", "LAMP/S")
		typed[3] = "4"
		page = b.post(at+"/change", typed...).is(t, 303).header.Get("Location")
		f.call("setTags", slots("id", id), `{"tags":["meanwhile"]}`, nil)
		b.get(page).is(t, 200, "The order has changed since.")
		b.post(page, "_key", pages.NewKey(), "_version", "1", "_step", "do").is(t, 409)
		b.post(page+"/anew", "_key", pages.NewKey(), "_version", "1", "_step", "do").is(t, 303, page)
		b.get(page).is(t, 200, "Make the change", "MUG: more units")
		b.post(page+"/give-up", "_key", pages.NewKey(), "_version", "2", "_step", "do").is(t, 303, at)
		if after := f.now(id); after.Totals != now.Totals {
			t.Errorf("given up, it changed: %+v", after.Totals)
		}
		f.discounted(b, at, id)
		f.user("lena@example.com", "customer_service")
		boss := b
		b = f.browser()
		b.signIn("lena@example.com").is(t, 303)
		if page := b.get(at+"/change").is(t, 200, "SKU to add"); strings.Contains(page.body, "_priced") {
			t.Error("who may not set prices has a field for them")
		}
		// Roles say how much of a discount may be given; the API holds to it.
		b.get(at+"/change").is(t, 200, "Your roles allow up to 10 %.", "Shipping method")
		b.post(at+"/change", "_key", pages.NewKey(), "_discount", "30 %", "_code", "SORRY").is(t, 422, `href="#f-_discount"`, `value="30 %"`)
		page = b.post(at+"/change", "_key", pages.NewKey(), "_discount", "1.00", "_code", "SORRY").is(t, 303, at+"/changes/chg_").header.Get("Location")
		b.get(page).is(t, 200, "Make the change")
		// A larger one is for somebody who may give it to confirm, too; the page says so before.
		page = boss.post(at+"/change", "_key", pages.NewKey(), "_discount", "30 %", "_code", "SORRY").is(t, 303, at+"/changes/chg_").header.Get("Location")
		if r := b.get(page).is(t, 200, "ask somebody who may give more to confirm it"); strings.Contains(r.body, ">Make the change<") {
			t.Error("who may not confirm it is offered to")
		}
		b.post(page, "_key", pages.NewKey(), "_version", "1", "_step", "do").is(t, 403, "ask somebody who may give more to confirm it")
		boss.post(page, "_key", pages.NewKey(), "_version", "1", "_step", "do").is(t, 303, at)
	})
}

// discounted gives and ends a discount, and ships another way.
func (f *fixture) discounted(b *browser, at, id string) {
	t := f.t
	f.call("putChannel", slots("code", "web"), `{"name":"Web","shipping_methods":[{"code":"express","name":"Express","price":{"amount":700,"currency":"GBP"}},{"code":"far","name":"Far","country":"US","price":{"amount":900,"currency":"GBP"}}]}`, nil)
	if page := b.get(at+"/change").is(t, 200, "Express · £7.00", "the whole order", `name="_shipping"`); strings.Contains(page.body, "Far · ") {
		t.Error("a method for another country is offered")
	}
	b.post(at+"/change", "_key", pages.NewKey(), "_discount", "much").is(t, 422, `href="#f-_discount"`, `value="much"`)
	b.post(at+"/change", "_key", pages.NewKey(), "_discount", "150 %").is(t, 422, `href="#f-_discount"`, "At most 100 %.")
	b.post(at+"/change", "_key", pages.NewKey(), "_discount", "2.00", "_code", "").is(t, 422, `href="#f-_code"`)
	b.post(at+"/change", "_key", pages.NewKey(), "_shipping", "free").is(t, 422, `href="#f-_shipping"`)
	b.post(at+"/change", "_key", pages.NewKey(), "_method", "rocket").is(t, 422, `href="#f-_method"`)
	do := func(pairs ...string) {
		t.Helper()
		page := b.post(at+"/change", append(pairs, "_key", pages.NewKey())...).is(t, 303, at+"/changes/chg_").header.Get("Location")
		if got := b.get(page).is(t, 200, "Total", "Make the change"); strings.Contains(got.body, "price of one unit") {
			t.Error("a line that stays as it is counts as changed")
		}
		b.post(page, "_key", pages.NewKey(), "_version", "1", "_step", "do").is(t, 303, at)
	}
	items := f.now(id).Totals.Items.Amount
	do("_discount", "5 %", "_code", "SORRY", "_method", "express")
	if now := f.now(id); now.Totals.Discount.Amount != items/20 || now.Totals.Shipping.Amount != 700 || len(now.Discounts) != 1 || now.Discounts[0].Code != "SORRY" {
		t.Errorf("after the discount: %+v %+v", now.Totals, now.Discounts)
	}
	b.get(at+"/change").is(t, 200, "Discounts to end", "SORRY · ")
	do("_drop", "SORRY", "_shipping", "0.00")
	if now := f.now(id); now.Totals.Discount.Amount != 0 || now.Totals.Shipping.Amount != 0 {
		t.Errorf("after it ended: %+v", now.Totals)
	}
}
