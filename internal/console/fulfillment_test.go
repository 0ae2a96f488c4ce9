package console

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/jsonx"
	"ordo/internal/pages"
)

// call carries an operation out with all rights, and reads its answer into out unless that is nil.
func (f *fixture) call(op string, at map[string]string, body string, out any) {
	f.t.Helper()
	a := api.Act{Op: op, Slots: at, Key: pages.NewKey()}
	if body != "" {
		a.Body = api.NewBody(op)
		if err := jsonx.Unmarshal([]byte(body), a.Body); err != nil {
			f.t.Fatal(op, err)
		}
	}
	acted, err := f.api.Act(f.t.Context(), &app.Access{Scopes: []string{"*"}}, a)
	if err != nil {
		f.t.Fatal(op, err)
	}
	if out != nil {
		if err := jsonx.Unmarshal(acted.Body, out); err != nil {
			f.t.Fatal(op, err)
		}
	}
}

// world has two locations and three products, one of them a kit; all stock is in HULL.
func (f *fixture) world() {
	f.t.Helper()
	for _, code := range []string{"HULL", "YORK"} {
		f.call("putLocation", slots("code", code), `{"name":"Store of `+code+`","type":"warehouse","address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`, nil)
	}
	for sku, more := range map[string]string{"MUG": "", "LAMP/S": ""} {
		f.product(sku, more)
	}
	f.product("SET", `,"components":[{"sku":"MUG","quantity":2}]`)
	f.call("adjustStock", nil, `{"reason":"received","lines":[{"sku":"MUG","location":"HULL","delta":100},{"sku":"LAMP/S","location":"HULL","delta":10}]}`, nil)
}

func (f *fixture) product(sku, more string) {
	f.t.Helper()
	f.call("putProduct", slots("sku", sku), `{"name":"Product `+sku+`","price":{"amount":1250,"currency":"GBP"},"weight_grams":400,"tax_class":"standard"`+more+`}`, nil)
}

// paid places an order and pays it; it answers with the fulfillment order that this makes.
func (f *fixture) paid(lines string) (order api.Order, ful string) {
	f.t.Helper()
	f.call("placeOrder", nil, `{"channel":"web","customer":{"email":"grace@example.com","name":"Grace Hopper"},"shipping_address":{"name":"Grace Hopper","line1":"1 Main Street","city":"London","postal_code":"N1 1AA","country":"GB"},`+
		`"lines":`+lines+`,"payment":{"provider":"manual"}}`, &order)
	id := number0(order.ID)
	f.call("recordReceipt", slots("id", id, "payment", order.Payments[0].ID), string(jsonx.Marshal(map[string]any{"amount": order.Totals.GrandTotal})), &order)
	if len(order.Fulfillments) != 1 {
		f.t.Fatalf("%d fulfillment orders", len(order.Fulfillments))
	}
	return order, order.Fulfillments[0].ID
}

var scanKey = regexp.MustCompile(`name="_key" value="([^"]+)" form="scan"`)

// TestFulfillment walks a fulfillment order from the list to the door, with forms alone.
func TestFulfillment(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("wilma@example.com", "warehouse")
		b := f.browser()
		b.signIn("wilma@example.com").is(t, 303)
		b.get("/console/fulfillment").is(t, 200, "Nothing is to be done here")
		f.world()
		order, ful := f.paid(`[{"sku":"MUG","quantity":3},{"sku":"LAMP/S","quantity":1}]`)
		at := "/console/fulfillment/" + ful
		b.get("/console/fulfillment?stage=release&location=HULL").is(t, 200, shortID(ful), "3&nbsp;×&nbsp;MUG", `name="ids" value="`+ful, "All locations")
		b.get("/console/fulfillment?stage=release&location=YORK").is(t, 200, "Nothing is to be done here", "Show all that is open")
		b.get("/console/fulfillment?stage=mood").is(t, 400)
		page := b.get(at).is(t, 200, "Order "+number0(order.Number), "Product MUG", "1 Main Street", "Not possible now: the fulfillment order is planned.", "Nothing is packed yet")
		if strings.Count(page.body, "btn primary") != 1 {
			t.Error("a page has one primary action")
		}
		// Documents are the operation's, as they are.
		for path, name := range map[string]string{"/pick-list": "pick-list-", "/packing-slip": "packing-slip-"} {
			pdf := b.get(at+path).is(t, 200, "%PDF")
			if pdf.header.Get("Content-Type") != "application/pdf" || !strings.Contains(pdf.header.Get("Content-Disposition"), name) {
				t.Error(path, pdf.header)
			}
		}
		b.get("/console/fulfillment/ful_00000000000000000000000000/pick-list").is(t, 404)
		b.post("/console/fulfillment/release", "_key", pages.NewKey(), "_step", "do").is(t, 422, "bad-box", shortID(ful))
		b.post("/console/fulfillment/release", "_key", pages.NewKey(), "_step", "do", "_location", "HULL", "ids", ful).is(t, 303, "/console/fulfillment?location=HULL&stage=release")
		b.get("/console/fulfillment").is(t, 200, "1 released.", "Released")
		b.post("/console/fulfillment/release", "_key", pages.NewKey(), "_step", "do", "ids", ful).is(t, 303)
		b.get("/console/fulfillment").is(t, 200, "0 released. 1 not: ")
		b.get("/console/fulfillment/release").is(t, 200, "Nothing waits to be released.")
		b.post(at+"/accept", "_key", pages.NewKey(), "_step", "preview").is(t, 200, "What this does", "Accepted")
		b.post(at+"/accept", "_key", pages.NewKey(), "_step", "do").is(t, 303, at)
		b.get(at).is(t, 200, "It is accepted now.")
		b.post(at+"/accept", "_key", pages.NewKey()).is(t, 409)

		// Picked in part; too many are refused at their field; somebody else was faster.
		b.post(at+"/pick", "_key", pages.NewKey(), "_step", "preview", "lines.0.line", "1", "lines.0.quantity", "2").is(t, 200, "MUG: units picked")
		b.post(at+"/pick", "_key", pages.NewKey(), "_version", "1", "_step", "do", "lines.0.line", "1", "lines.0.quantity", "2").is(t, 409, "Somebody changed this")
		b.post(at+"/pick", "_key", pages.NewKey(), "_step", "do", "lines.0.line", "1", "lines.0.quantity", "4").is(t, 422, `href="#f-lines"`)
		key := pages.NewKey()
		for range 2 {
			b.post(at+"/pick", "_key", key, "_step", "do", "lines.0.line", "1", "lines.0.quantity", "2").is(t, 303)
		}
		b.get(at).is(t, 200, "2 of 4 units picked")
		b.get("/console/fulfillment?stage=pack").is(t, 200, shortID(ful))
		b.get("/console/fulfillment?order="+number0(order.ID)).is(t, 200, shortID(ful))

		// Nothing of the lamp is found: only that line is short, though it is named with no units.
		short := []string{"_keep", "lines.0", "lines.0.line", "2", "lines.0.quantity", "0", "short", "mismatch", "then", "cancel"}
		b.get(at+"/short?line=2").is(t, 200, "LAMP/S: 1 unit is still to be picked")
		b.get(at+"/short?line=9").is(t, 404)
		b.post(at+"/short", append(short, "_key", pages.NewKey(), "_step", "preview")...).is(t, 200, "LAMP/S: units given up at HULL")
		b.post(at+"/short", append(short, "_key", pages.NewKey(), "_step", "do")...).is(t, 303)
		var now api.Fulfillment
		f.call("getFulfillment", slots("id", ful), "", &now)
		if now.Lines[0].Quantity != 3 || now.Lines[0].Picked != 2 || now.Lines[1].Quantity != 0 || now.Lines[1].Short != 1 {
			t.Errorf("after the short pick: %+v", now.Lines)
		}
		b.post(at+"/pick", "_key", pages.NewKey(), "_step", "do").is(t, 303) // all that is left

		// A box without anything in it is none, and does not take everything.
		b.post(at+"/pack", "_key", pages.NewKey(), "_step", "do", "packages.0.lines.0.line", "1", "packages.0.lines.0.quantity", "0", "packages.0.weight_grams", "0").is(t, 422, `href="#f-packages.0.lines"`)
		b.post(at+"/pack", "_key", pages.NewKey(), "_step", "do", "packages.0.lines.0.line", "1", "packages.0.lines.0.quantity", "3", "packages.0.weight_grams", "1210", "packages.0.weight_grams", "0").is(t, 303)
		b.get(at).is(t, 200, "1210 g", "Package 1", "Packed")
		b.get(at+"/labels/buy").is(t, 200, "Package 1 · 1210 g")
		b.post(at+"/ship", "_key", pages.NewKey(), "_step", "do", "carrier", "Van").is(t, 422, "Tracking number")
		b.post(at+"/ship", "_key", pages.NewKey(), "_step", "preview", "carrier", "Van", "tracking_number", "T1").is(t, 200, "MUG: units that leave HULL")
		b.post(at+"/ship", "_key", pages.NewKey(), "_step", "do", "carrier", "Van", "tracking_number", "T1").is(t, 303)
		b.get(at).is(t, 200, "It is shipped now.", "T1")
		b.post(at+"/deliver", "_key", pages.NewKey(), "_step", "do").is(t, 303)
		b.get(at).is(t, 200, "Delivered")
	})
}

// TestFulfillmentRefusals stops, resumes, rejects, and lets others only look.
func TestFulfillmentRefusals(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("wilma@example.com", "warehouse")
		f.user("ana@example.com", "analyst")
		f.world()
		b, reader := f.browser(), f.browser()
		b.signIn("wilma@example.com").is(t, 303)
		reader.signIn("ana@example.com").is(t, 303)
		_, ful := f.paid(`[{"sku":"MUG","quantity":3}]`)
		at := "/console/fulfillment/" + ful
		if page := reader.get("/console/fulfillment").is(t, 200, shortID(ful)); strings.Contains(page.body, `name="ids"`) {
			t.Error("who may not release can choose")
		}
		reader.get(at).is(t, 200, "Your roles do not allow this: it needs fulfillments:write.")
		reader.get(at+"/scan").is(t, 403)
		reader.post(at+"/release", "_key", pages.NewKey()).is(t, 403)
		b.post(at+"/hold", "_key", pages.NewKey(), "reason", "").is(t, 422, "Reason")
		b.post(at+"/hold", "_key", pages.NewKey(), "reason", "manual_review").is(t, 303)
		b.get(at).is(t, 200, "On hold: manual review.", "Not possible now: the fulfillment order is on hold.")
		b.post(at+"/resume", "_key", pages.NewKey(), "_step", "do").is(t, 303)
		b.post(at+"/release", "_key", pages.NewKey(), "_step", "do").is(t, 303)
		b.post(at+"/reject", "_key", pages.NewKey(), "_step", "do").is(t, 422, "Reason")
		b.post(at+"/reject", "_key", pages.NewKey(), "_step", "preview", "reason", "not_in_stock", "then", "cancel").is(t, 200, "MUG: units given up at HULL")
		b.post(at+"/reject", "_key", pages.NewKey(), "_step", "do", "reason", "not_in_stock", "then", "cancel").is(t, 303)
		b.get(at).is(t, 200, "Rejected", "Nothing ships.")
		// Somebody gives up what is accepted: the location lets it go.
		f.call("adjustStock", nil, `{"reason":"found","lines":[{"sku":"MUG","location":"HULL","delta":50}]}`, nil)
		_, ful = f.paid(`[{"sku":"MUG","quantity":1}]`)
		at = "/console/fulfillment/" + ful
		f.call("releaseFulfillment", slots("id", ful), "", nil)
		f.call("acceptFulfillment", slots("id", ful), "", nil)
		f.call("requestCancelFulfillment", slots("id", ful), `{"reason":"customer"}`, nil)
		b.get(at).is(t, 200, "Somebody asks to give this up: customer.", "Let it go")
		b.post(at+"/cancel-request/accept", "_key", pages.NewKey(), "_step", "do").is(t, 303)
		b.get(at).is(t, 200, "Canceled")
	})
}

// TestLabels buys a label after a look at what it costs, prints it, and gives it back.
func TestLabels(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("wilma@example.com", "warehouse")
		f.user("ana@example.com", "analyst")
		f.world()
		f.call("putCarrier", slots("code", "dock"), `{"name":"Dock Express","provider":"table","services":[{"code":"standard","name":"Standard","transit_days":2}]}`, nil)
		f.call("putCarrierRates", slots("code", "dock"), `{"currency":"GBP","csv":"kind,zone,country,service,up_to_grams,price\nzone,gb,GB,,,\nrate,gb,,standard,5000,368\n"}`, nil)
		b, reader := f.browser(), f.browser()
		b.signIn("wilma@example.com").is(t, 303)
		reader.signIn("ana@example.com").is(t, 303)
		_, ful := f.paid(`[{"sku":"MUG","quantity":1}]`)
		at := "/console/fulfillment/" + ful
		b.get(at+"/labels/buy").is(t, 200, "There is no package yet: pack first.")
		f.call("releaseFulfillment", slots("id", ful), "", nil)
		var now api.Fulfillment
		f.call("packFulfillment", slots("id", ful), `{}`, &now)
		box := now.Packages[0].ID
		reader.post(at+"/labels/buy", "_key", pages.NewKey(), "package", box).is(t, 403)
		f.call("putCarrier", slots("code", "bare"), `{"name":"Bare Post","provider":"table","services":[{"code":"slow","name":"Slow"}]}`, nil)
		b.post(at+"/labels/buy", "_key", pages.NewKey(), "_step", "preview", "package", box, "carrier", "bare").
			is(t, 409, "No service of any active carrier takes this package.", "Bare Post, Slow: it has no price: give the carrier rates for it.", "Dock Express, Standard: you asked for another one.")
		b.get(at+"/labels/buy").is(t, 200, "Dock Express", "Standard")
		b.post(at+"/labels/buy", "_key", pages.NewKey(), "_step", "do", "package", box, "carrier", "nobody").is(t, 422, "bad-box")
		b.post(at+"/labels/buy", "_key", pages.NewKey(), "_step", "preview", "package", box).is(t, 200, "Label of dock, standard", "£3.68", "Why this one")
		key := pages.NewKey()
		for range 2 {
			b.post(at+"/labels/buy", "_key", key, "_step", "do", "package", box).is(t, 303, at)
		}
		label := regexp.MustCompile(at + `/labels/lbl_[0-9a-z]+`).FindString(b.get(at).is(t, 200, "The label is here: dock", "Labeled", "Label (PDF)", "Void label").body)
		if pdf := b.get(label).is(t, 200, "%PDF"); pdf.header.Get("Content-Type") != "application/pdf" {
			t.Error(pdf.header)
		}
		b.post(at+"/labels/buy", "_key", pages.NewKey(), "_step", "do", "package", box).is(t, 409, "bad-box") // it has one
		_, other := f.paid(`[{"sku":"MUG","quantity":1}]`)
		b.get("/console/fulfillment/"+other+strings.TrimPrefix(label, at)+"/void").is(t, 404) // of another parcel
		b.post(label+"/void", "_key", pages.NewKey(), "_step", "do").is(t, 303, at)
		b.get(at).is(t, 200, "The carrier was asked to take the label back.")
	})
}

// TestScan picks and packs as a handheld without a script does: a form per scan.
func TestScan(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("wilma@example.com", "warehouse")
		f.world()
		b := f.browser()
		b.signIn("wilma@example.com").is(t, 303)
		order, ful := f.paid(`[{"sku":"MUG","quantity":2},{"sku":"LAMP/S","quantity":1},{"sku":"SET","quantity":1}]`)
		at := "/console/fulfillment/" + ful + "/scan"
		b.get("/console/fulfillment/scan").is(t, 200, `name="code" autofocus`)
		b.get("/console/fulfillment/scan?code="+strings.ToUpper(ful)).is(t, 303, at)
		b.get("/console/fulfillment/scan?code=%23"+number0(order.Number)).is(t, 303, at)
		b.get("/console/fulfillment/scan?code=9999999").is(t, 404, "There is no fulfillment order and no order")
		b.get("/console/fulfillment/scan?code=ful_00000000000000000000000000").is(t, 404, "There is no fulfillment order and no order")
		b.get(at).is(t, 200, "Not released yet") // it is not released
		b.post(at, "_key", pages.NewKey(), "code", "MUG").is(t, 422, "Nothing is to be picked or packed here: it is planned.")
		f.call("releaseFulfillment", slots("id", ful), "", nil)
		scan := func(pairs ...string) answer {
			t.Helper()
			got := b.post(at, pairs...)
			if got.status == http.StatusSeeOther {
				return b.get(got.header.Get("Location"))
			}
			return got
		}
		key := scanKey.FindStringSubmatch(b.get(at).is(t, 200, "autofocus", `name="_step" value="pick"`).body)[1]
		for range 2 { // the scanner's Enter bounced
			scan("_key", key, "_step", "pick", "code", "mug").is(t, 200, "MUG: 1 of 2")
		}
		scan("_key", pages.NewKey(), "_step", "pick", "code", "").is(t, 200)
		scan("_key", pages.NewKey(), "_step", "pick", "code", "SPOON").is(t, 422, "is not in this fulfillment order", `name="code" autofocus`)
		scan("_key", pages.NewKey(), "_step", "pick", "code", "MUG", "units", "2").is(t, 422, "Only 1 more of MUG.")
		key = pages.NewKey()
		for range 2 { // the last one of its line
			scan("_key", key, "_step", "pick", "code", "MUG").is(t, 200, "MUG: 2 of 2", "full last")
		}
		scan("_key", pages.NewKey(), "_step", "pick", "code", "MUG").is(t, 422, "All units of MUG are here already")
		// What is picked can be packed before the rest is; the box stands in the address.
		scan("_key", pages.NewKey(), "_step", "pack", "code", "MUG").is(t, 200, "MUG: 1 of 2", "Close the box: 1 unit")
		b.get(at+"?step=pack&box=1:7,2:1,x:9").is(t, 200, "Close the box: 2 units") // no more than there is
		scan("_key", pages.NewKey(), "_step", "pack", "_box", "1:1", "code", "MUG", "units", "1").is(t, 200, "Close the box: 2 units")
		scan("_key", pages.NewKey(), "_step", "pack", "_box", "1:2", "code", "MUG").is(t, 422, "All units of MUG are here already", "Close the box: 2 units")
		b.post("/console/fulfillment/"+ful+"/pack", "_key", pages.NewKey(), "_step", "do", "_scan", "1", "packages.0.lines.0.line", "1", "packages.0.lines.0.quantity", "2", "packages.0.weight_grams", "", "packages.0.weight_grams", "0").is(t, 303, at)
		// A page that still says pack does not pick.
		scan("_key", pages.NewKey(), "_step", "pack", "code", "LAMP/S").is(t, 422, "Nothing is to be picked or packed here")
		scan("_key", pages.NewKey(), "_step", "pick", "code", "LAMP/S").is(t, 200, "LAMP/S: 1 of 1")
		key = pages.NewKey()
		for range 2 { // the very last one: on to packing by itself, and what bounced goes into no box
			scan("_key", key, "_step", "pick", "code", "SET").is(t, 200, "SET: 1 of 1 picked. Now pack.", "The box is empty", "1 box is closed.", `name="_step" value="pack"`)
		}
		_, other := f.paid(`[{"sku":"SET","quantity":1}]`)
		f.call("releaseFulfillment", slots("id", other), "", nil)
		b.post(at, "_key", pages.NewKey(), "_step", "pack", "code", other).is(t, 303, "/console/fulfillment/scan?code="+other)
		b.post("/console/fulfillment/"+other+"/scan", "_key", pages.NewKey(), "_step", "pick", "code", "MUG").is(t, 422, "MUG is a part of the kit SET")
	})
}
