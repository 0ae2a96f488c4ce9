package console

import (
	"strings"
	"testing"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/pages"
)

// op carries an operation out with all rights, and reads its answer into out unless that is nil.
func (f *fixture) op(name string, at map[string]string, body string, out any) {
	f.t.Helper()
	a := api.Act{Op: name, Slots: at, Key: pages.NewKey()}
	if body != "" {
		a.Body = api.NewBody(name)
		if err := jsonx.Unmarshal([]byte(body), a.Body); err != nil {
			f.t.Fatal(name, err)
		}
	}
	acted, err := f.api.Act(f.t.Context(), &app.Access{Scopes: []string{"*"}}, a)
	if err != nil {
		f.t.Fatal(name, err, errs.As(err).Problems)
	}
	if out != nil {
		if err := jsonx.Unmarshal(acted.Body, out); err != nil {
			f.t.Fatal(name, err)
		}
	}
}

// shop stores what returns need: a location, two products, and a policy that takes a fee of what is used.
func (f *fixture) shop() {
	f.t.Helper()
	f.op("putLocation", slots("code", "HULL"), `{"name":"Hull","type":"warehouse","address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`, nil)
	for _, sku := range []string{"MUG", "LAMP"} {
		f.op("putProduct", slots("sku", sku), `{"name":"The `+sku+`","price":{"amount":1250,"currency":"GBP"},"weight_grams":400,"tax_class":"standard"}`, nil)
		f.op("adjustStock", nil, `{"reason":"received","lines":[{"sku":"`+sku+`","location":"HULL","delta":50}]}`, nil)
	}
	f.op("putReturnPolicy", slots("code", "web"), `{"name":"Web","window_days":30,"late":"needs_approval","auto_approve":true,"fee_percent":10,`+
		`"conditions":[{"code":"new","accept":true,"disposition":"restock","bucket":"available"},{"code":"used","accept":true,"fee_percent":40,"disposition":"refurbish"},{"code":"ruined","disposition":"scrap"}]}`, nil)
}

// delivered places an order of 3 mugs and a lamp, which is paid by transfer and arrives.
func (f *fixture) delivered() (o api.Order) {
	f.t.Helper()
	f.op("placeOrder", nil, `{"channel":"web","customer":{"email":"grace@example.com","name":"Grace Hopper"},"shipping_address":{"name":"Grace Hopper","line1":"1 Main Street","city":"London","postal_code":"N1 1AA","country":"GB"},`+
		`"lines":[{"sku":"MUG","quantity":3},{"sku":"LAMP","quantity":1}],"payment":{"provider":"manual"}}`, &o)
	id := number0(o.ID)
	f.op("recordReceipt", slots("id", id, "payment", o.Payments[0].ID), string(jsonx.Marshal(map[string]any{"amount": o.Totals.GrandTotal})), &o)
	for _, step := range []string{"release", "ship", "deliver"} {
		f.op(step+"Fulfillment", slots("id", o.Fulfillments[0].ID), map[string]string{"ship": `{"tracking_number":"OUT-1"}`}[step], nil)
	}
	f.op("getOrder", slots("id", id), "", &o)
	return o
}

// returnOf is the newest return of an order.
func (f *fixture) returnOf(order string) (r api.Return) {
	f.t.Helper()
	var o api.Order
	f.op("getOrder", slots("id", order), "", &o)
	f.op("getReturn", slots("id", o.Returns[len(o.Returns)-1]), "", &r)
	return r
}

// TestReturns walks a return from the order to the money: what is asked for, what comes, what is accepted, what is paid.
func TestReturns(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("agent@example.com", "customer_service")
		b := f.browser()
		b.signIn("agent@example.com")
		b.get("/console/returns").is(t, 200, "There are no returns yet", "autofocus")
		f.shop()
		o := f.delivered()
		order := "/console/orders/" + number0(o.ID)
		b.get(order).is(t, 200, "Nothing comes back.", order+"/return", order+"/claim")
		b.get(order+"/return").is(t, 200, "The MUG", `max="3"`, "Wrong size")
		ask := func(step, key string, more ...string) answer {
			return b.post(order+"/return", append([]string{"_key", key, "_step", step, "lines.0.line", "1", "lines.0.quantity", "2", "lines.1.line", "2", "lines.1.quantity", "", "refund_to", "tender"}, more...)...)
		}
		ask("do", pages.NewKey()).is(t, 422, "bad-box", "Give one of")
		ask("do", pages.NewKey(), "lines.0.reason", "unwanted", "override", "goodwill").is(t, 403, "returns:override")
		ask("preview", pages.NewKey(), "lines.0.reason", "unwanted").is(t, 200, "What this does", "Fees taken off", "2.50", "22.50", "Approved")
		key := pages.NewKey()
		first := ask("do", key, "lines.0.reason", "unwanted").is(t, 303, "/console/returns/ret_").header.Get("Location")
		ask("do", key, "lines.0.reason", "unwanted").is(t, 303, first) // sent twice is asked for once
		r := f.returnOf(number0(o.ID))
		at := returnsPath + "/" + number0(r.ID)
		if at != first || len(f.returnsOf(number0(o.ID))) != 1 {
			t.Fatal(first, f.returnsOf(number0(o.ID)))
		}
		b.get(order).is(t, 200, number0(r.Number), at)
		b.get(at).is(t, 200, "The MUG", "Grace Hopper", "If all else is accepted", "22.50", "Not possible now: it is approved.", "Return: requested")
		// Scans.
		b.post(at+"/ship", "_key", pages.NewKey(), "_version", "1", "_step", "do", "carrier", "Royal Mail", "tracking_number", "BACK-77").is(t, 303, at)
		for _, code := range []string{number0(r.Number), strings.ToLower(number0(r.Number)), number0(r.ID), number0(o.Number), "#" + number0(o.Number), "BACK-77"} {
			b.get("/console/returns?"+query("scan", code).Encode()).is(t, 303, at)
		}
		b.get("/console/find?"+query("q", number0(r.Number)).Encode()).is(t, 303, at) // the search of all pages leads there, too
		b.get("/console/find?q=the+lamp").is(t, 303, "/console/products/LAMP")
		b.get("/console/returns?scan=NOTHING-1").is(t, 404, "Nothing is found by &#34;NOTHING-1&#34;", `value="NOTHING-1"`)
		b.get("/console/returns?stage=expected").is(t, 200, number0(r.Number), "BACK-77")
		b.get("/console/returns?stage=to_inspect").is(t, 200, "No return is like this")
		b.get("/console/returns?stage=mood").is(t, 400)
		f.unpacked(b, at, &r)
		f.looked(b, at, &o)
	})
}

func (f *fixture) returnsOf(order string) []api.Return {
	f.t.Helper()
	var o api.Order
	f.op("getOrder", slots("id", order), "", &o)
	out := make([]api.Return, len(o.Returns))
	for i, id := range o.Returns {
		f.op("getReturn", slots("id", id), "", &out[i])
	}
	return out
}

// unpacked receives two mugs, and something that nobody expected.
func (f *fixture) unpacked(b *browser, at string, r *api.Return) {
	t := f.t
	b.get(at+"/inspect").is(t, 200, "Not possible now: it is in transit.")
	b.get(at+"/receive").is(t, 200, `data-code="MUG"`, "data-count", "Not expected")
	receive := func(version, step, quantity string) answer {
		return b.post(at+"/receive", "_key", pages.NewKey(), "_version", version, "_step", step, "lines.0.line", "1", "lines.0.quantity", quantity, "unexpected.0.sku", "SOCK", "unexpected.0.quantity", "1", "unexpected.1.sku", "", "unexpected.1.quantity", "")
	}
	receive("2", "do", "3").is(t, 422, "bad-box", `value="3"`)
	receive("1", "do", "2").is(t, 409, "Somebody changed this")
	receive("2", "preview", "2").is(t, 200, "MUG: units received", "Received")
	receive("2", "do", "2").is(t, 303, at)
	b.get(at).is(t, 200, "Not expected, and in the parcel:", "1 × SOCK", `href="`+at+`/inspect"`)
	b.get("/console/returns?stage=to_inspect").is(t, 200, number0(r.Number))
}

// looked inspects them, one by one condition; what was accepted is owed, and paid out by a person.
func (f *fixture) looked(b *browser, at string, o *api.Order) {
	t := f.t
	b.get(at+"/inspect").is(t, 200, "others of it", `data-key="1"`, `data-key="r"`, "refurbish, fee 40%", "rejected, scrap")
	inspect := func(step string, more ...string) answer {
		return b.post(at+"/inspect", append([]string{"_key", pages.NewKey(), "_version", "3", "_step", step, "units.0.line", "1", "units.0.disposition", "", "units.0.accepted", "", "units.1.line", "1"}, more...)...)
	}
	inspect("do", "units.0.quantity", "2", "units.1.quantity", "").is(t, 422, "bad-box", "condition")
	inspect("do", "units.0.quantity", "2", "units.0.condition", "new", "units.1.quantity", "1", "units.1.condition", "used").is(t, 422, "units to inspect")
	both := []string{"units.0.quantity", "1", "units.0.condition", "new", "units.1.quantity", "1", "units.1.condition", "used", "units.1.disposition", "scrap"}
	inspect("preview", both...).is(t, 200, "Value of the units", "25.00", "Fees taken off", "6.25", "Refunded to the payments", "18.75", "Restock · HULL · available", "Scrap", "→ Closed", `name="units.1.condition" value="used" checked`)
	inspect("do", both...).is(t, 303, at)
	pay := "/console/orders/" + number0(o.ID) + "/payments/" + o.Payments[0].ID + "/refund"
	b.get(at).is(t, 200, "18.75", "Somebody has to pay out", pay, "What became of it")
	b.get("/console/returns?stage=to_refund").is(t, 200, at)
	b.post(pay, "_key", pages.NewKey(), "_step", "do", "amount", "18.75", "amount.currency", "GBP", "reason", "return", "recorded", "true").is(t, 303)
	if page := b.get(at).is(t, 200, "Payment:"); strings.Contains(page.body, "Somebody has to pay out") {
		t.Error("what was paid out is still to be paid")
	}
	b.get("/console/returns?stage=to_refund").is(t, 200, "No return is like this")
	b.get("/console/orders/"+number0(o.ID)).is(t, 200, "Granted back", "Received", "Refunded", "To pay")
}

// TestExchangesAndClaims begins what else comes back, goes over the policy, and gives up.
func TestExchangesAndClaims(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("manager@example.com", "manager")
		b := f.browser()
		b.signIn("manager@example.com")
		f.shop()
		o := f.delivered()
		order := "/console/orders/" + number0(o.ID)
		b.get(order+"/exchange").is(t, 200, "Instead", "Whatever the policy says")
		exchange := []string{"_key", pages.NewKey(), "lines.0.line", "1", "lines.0.quantity", "1", "lines.0.reason", "wrong_size", "items.0.sku", "LAMP", "items.0.quantity", "2", "items.1.sku", "", "items.1.quantity", ""}
		b.post(order+"/exchange", append(exchange, "_step", "preview")...).is(t, 200, "What comes back is worth", "11.25", "What is sent instead costs", "25.00", "The customer pays", "13.75")
		b.post(order+"/exchange", append(exchange, "_step", "do")...).is(t, 303, "/console/returns/ret_")
		at := returnsPath + "/" + number0(f.returnOf(number0(o.ID)).ID)
		b.get(at).is(t, 200, "Awaiting return", "13.75")
		b.get(at+"/charge").is(t, 200, "Not possible now")
		b.post(at+"/cancel", "_key", pages.NewKey(), "_version", "1", "_step", "preview", "reason", "customer").is(t, 200, "What this does", "Canceled", "units that will not come")
		b.post(at+"/cancel", "_key", pages.NewKey(), "_version", "1", "_step", "do", "reason", "customer").is(t, 303, at)
		b.get(at).is(t, 200, "Canceled: customer.")
		// A claim brings nothing back.
		claim := []string{"_key", pages.NewKey(), "reason", "damaged", "lines.1.line", "2", "lines.1.quantity", "1", "remedy", "reship", "refund_to", "tender", "note", "the shade is torn"}
		b.post(order+"/claim", append(claim, "_step", "preview")...).is(t, 200, "Units sent again for nothing", "LAMP: units settled without coming back")
		b.post(order+"/claim", append(claim, "_step", "do")...).is(t, 303, "/console/returns/ret_")
		b.post(order+"/claim", "_key", pages.NewKey(), "_step", "do", "reason", "lost", "lines.0.line", "1", "lines.0.quantity", "9", "remedy", "refund").is(t, 409, "bad-box")
		// What the policy leaves to people is approved or declined by them.
		doubtful := func() string {
			b.post(order+"/return", "_key", pages.NewKey(), "_step", "do", "lines.0.line", "1", "lines.0.quantity", "1", "lines.0.reason", "other").is(t, 303)
			return returnsPath + "/" + number0(f.returnOf(number0(o.ID)).ID)
		}
		at = doubtful()
		b.get(at).is(t, 200, "Needs approval", "is decided by a person", "btn primary")
		b.get("/console/returns?stage=to_approve").is(t, 200, at)
		b.post(at+"/decline", "_key", pages.NewKey(), "_version", "1", "_step", "do").is(t, 422, "bad-box")
		b.post(at+"/decline", "_key", pages.NewKey(), "_version", "1", "_step", "do", "reason", "policy").is(t, 303)
		at = doubtful()
		b.post(at+"/approve", "_key", pages.NewKey(), "_version", "1", "_step", "preview").is(t, 200, "→ Approved")
		b.post(at+"/approve", "_key", pages.NewKey(), "_version", "1", "_step", "do").is(t, 303)
		reader := f.browser()
		f.user("reader@example.com", "analyst")
		reader.signIn("reader@example.com")
		reader.get(at).is(t, 200, "Your roles do not allow this: it needs returns:write.")
		reader.post(at+"/receive", "_key", pages.NewKey()).is(t, 403)
	})
}
