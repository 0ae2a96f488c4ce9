package api

import (
	"strings"
	"testing"
)

// The example calls of the operations that change orders.
func init() {
	exampleOrder += " placeOrder proposeChange listChanges getChange previewChange confirmChange cancelChange createDraft replaceDraft placeDraft"
}

func actions(list ...string) string { return `{"actions":[` + strings.Join(list, ",") + `]}` }

// TestChangeActions makes a change with every type of action: money, tax and stock are as previewed, and lines that
// nobody named are as they were (E2, E3).
func TestChangeActions(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/channels/web", `{"name":"Web","tax_rates":[{"name":"VAT","country":"GB","rate":"0.2"}],"shipping_methods":[{"code":"van","name":"Van","price":{"amount":500,"currency":"GBP"}}]}`).want(200)
		onHand, allocated, reserved, _ := f.positions("A")
		o := f.post("/v1/orders", with(swap(`{"sku":"A","quantity":1}`, `{"sku":"A","quantity":5},{"sku":"B","quantity":2},{"sku":"A","quantity":1}`),
			`"discounts":[{"code":"OLD","amount":{"amount":100,"currency":"GBP"}}]`)).want(201)
		f.vars["id"] = o.str("id")
		f.put("/v1/products/A", `{"name":"Dearer","price":{"amount":900,"currency":"GBP"}}`).want(200) // E3: not for lines that are there
		body := actions(
			`{"type":"item_quantity","line":"1","quantity":7}`, `{"type":"item_add","sku":"B","quantity":1}`, `{"type":"item_add","sku":"A","quantity":1,"unit_price":{"amount":10,"currency":"GBP"}}`,
			`{"type":"item_quantity","line":"2","quantity":1}`, `{"type":"price_override","line":"1","unit_price":{"amount":200,"currency":"GBP"},"reason":"price_match"}`,
			`{"type":"discount_remove","code":"OLD"}`, `{"type":"discount_add","code":"NEW","line":"1","amount":{"amount":50,"currency":"GBP"}}`, `{"type":"shipping_change","method":"van"}`,
		)
		f.post("/v1/orders/{id}/changes?dry_run=true", body).want(200).fields("id", "null", "status", "previewed")
		c := f.post("/v1/orders/{id}/changes", body, "Idempotency-Key", "chg-1").want(201)
		c.fields("status", "previewed", "version", "1", "preview.base", "2", "allowed.1", "confirm", "preview.violations.0", "",
			"preview.before.items.amount", "3500", "preview.before.grand_total.amount", "4081",
			// 5 of A at 200, 1 of B, 1 of A, 2 more of A at the price they had, 1 of B, 1 of A at 10
			"preview.after.items.amount", "3760", "preview.after.discount.amount", "50", "preview.after.shipping.amount", "500", "preview.after.tax.amount", "742",
			"preview.after.grand_total.amount", "4952", "preview.amount_due.amount", "871", "preview.refund_due.amount", "0",
			"preview.stock.0.line", "2", "preview.stock.0.units", "-1", "preview.stock.1.line", "4", "preview.stock.1.location", "L1", "preview.stock.1.units", "2")
		if again := f.post("/v1/orders/{id}/changes", body, "Idempotency-Key", "chg-1").want(201); string(again.body) != string(c.body) || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("replayed as %s", again.body)
		}
		f.stocked("A", onHand, allocated+6, reserved)
		f.vars["c"] = c.str("id")
		f.get("/v1/orders/{id}").fields("change", f.vars["c"], "totals.grand_total.amount", "4081", "version", "2")
		f.get("/v1/changes/{c}").fields("preview.after.grand_total.amount", "4952")
		f.post("/v1/changes/{c}/confirm?dry_run=true", "").want(200).fields("status", "confirmed")
		f.post("/v1/changes/{c}/confirm", "", "If-Match", `"9"`).refused(409, "version_mismatch")
		f.post("/v1/changes/{c}/confirm", "", "If-Match", `"1"`).want(200).fields("status", "confirmed", "version", "2", "allowed.0", "")
		n := f.get("/v1/orders/{id}")
		n.fields("change", "", "version", "3", "totals.grand_total.amount", "4952", "lines.0.quantity", "5", "lines.0.unit_price.amount", "200", "lines.1.units.canceled", "1",
			"lines.2.unit_price.amount", "250", "lines.2.discount.amount", "0", "lines.3.adds_to", "1", "lines.3.quantity", "2", "lines.3.units.allocated", "2", "lines.3.unit_price.amount", "250",
			"lines.4.sku", "B", "lines.5.unit_price.amount", "10", "shipping.method", "van", "discounts.0.code", "NEW", "discounts.1", "",
			// on manual terms the difference is owed on the same terms, and nothing else is asked for (E4)
			"payments.1.provider", "manual", "payments.1.amount.amount", "871", "payments.2", "", "amount_due.amount", "4952", "payment_status", "authorized", "holds.0", "")
		f.stocked("A", onHand, allocated+9, reserved)
		f.timeline(f.vars["id"], "order.placed", "payment.authorized", "order.accepted", "fulfillment.planned", "order.change_previewed",
			"order.changed", "fulfillment.reduced", "payment.authorized", "fulfillment.planned")
		f.post("/v1/changes/{c}/confirm", "").refused(409, "illegal_transition").fields("state", "confirmed")
		f.post("/v1/changes/{c}/cancel", "").refused(409, "illegal_transition")
		for v, want := range map[string]string{"1": "4081", "2": "4081", "3": "4952"} {
			f.get("/v1/orders/{id}?as_of="+v).fields("totals.grand_total.amount", want)
		}
		f.get("/v1/orders/{id}?as_of=2").fields("change", f.vars["c"], "lines.3", "")
		if got := f.get("/v1/orders/{id}?as_of=3"); string(got.body) != string(n.body) {
			t.Errorf("as_of=3 is %s, was %s", got.body, n.body)
		}
	})
}

// TestOneChangeAtATime: a new change takes the place of the open one, and each ends in its own way.
func TestOneChangeAtATime(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.vars["id"] = f.place("A", 3, "manual", "").want(201).str("id")
		less := actions(`{"type":"item_quantity","line":"1","quantity":1}`)
		first := f.post("/v1/orders/{id}/changes", less).want(201).str("id")
		second := f.post("/v1/orders/{id}/changes", less).want(201).str("id")
		f.get("/v1/changes/"+first).fields("status", "superseded", "version", "2", "allowed.0", "")
		f.post("/v1/changes/"+first+"/confirm", "").refused(409, "illegal_transition")
		f.get("/v1/orders/{id}").fields("change", second)
		f.post("/v1/changes/"+second+"/cancel?dry_run=true", "").want(200).fields("status", "canceled")
		f.post("/v1/changes/"+second+"/cancel", "", "If-Match", `"1"`).want(200).fields("status", "canceled")
		third := f.post("/v1/orders/{id}/changes", less).want(201).str("id")
		list := f.get("/v1/orders/{id}/changes?limit=2")
		list.fields("data.0.id", third, "data.1.id", second, "next_cursor", second)
		f.get("/v1/orders/{id}/changes?cursor="+second).fields("data.0.id", first, "data.1", "", "next_cursor", "")
		f.post("/v1/orders/{id}/cancel", `{"reason":"customer"}`).want(200).fields("change", "")
		f.get("/v1/changes/"+third).fields("status", "canceled")
		f.post("/v1/orders/{id}/changes", less).refused(409, "illegal_transition")
		f.timeline(f.vars["id"], "order.placed", "payment.authorized", "order.accepted", "fulfillment.planned", "order.change_previewed",
			"order.change_previewed", "order.change_superseded", "order.change_canceled", "order.change_previewed", "order.canceled", "fulfillment.canceled", "payment.voided", "order.change_canceled")
	})
}

// TestOutdatedChange is D12, from outside: what was previewed before the picker came is not made behind his back.
func TestOutdatedChange(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 3, "sandbox", "tok_ok").want(201)
		f.vars["id"], f.vars["f"] = o.str("id"), o.str("fulfillments.0.id")
		f.vars["c"] = f.post("/v1/orders/{id}/changes", actions(`{"type":"item_quantity","line":"1","quantity":1}`)).want(201).str("id")
		f.post("/v1/fulfillments/{f}/release", "").want(200)
		r := f.post("/v1/changes/{c}/confirm", "").refused(409, "change_outdated")
		r.fields("errors.0.code", "below_released", "errors.0.pointer", "/actions/0", "preview.violations.0.code", "below_released", "preview.base", f.get("/v1/orders/{id}").str("version"))
		f.get("/v1/orders/{id}").fields("lines.0.units.released", "3", "totals.grand_total.amount", "750")
		f.post("/v1/changes/{c}/preview", "").want(200).fields("status", "open", "preview.violations.0.code", "below_released", "version", "2", "allowed.0", "preview", "allowed.1", "cancel")
		f.post("/v1/changes/{c}/confirm", "").refused(409, "change_has_violations").fields("errors.0.code", "below_released", "state", "open")

		// A remark is enough to have to look again; looking again is enough to go on.
		f.vars["c"] = f.post("/v1/orders/{id}/changes", actions(`{"type":"item_add","sku":"C","quantity":2}`)).refused(201, "").str("id")
		f.get("/v1/changes/{c}").fields("status", "open", "preview.violations.0.code", "insufficient_stock", "preview.violations.0.pointer", "/actions/0")
		f.stock("C", "L1", 2)
		f.post("/v1/changes/{c}/preview?dry_run=true", "").want(200).fields("status", "previewed")
		f.post("/v1/changes/{c}/preview", "").want(200).fields("status", "previewed", "preview.amount_due.amount", "10")
		f.post("/v1/orders/{id}/notes", `{"text":"calls back"}`).want(200)
		f.post("/v1/changes/{c}/confirm", "").refused(409, "change_outdated").fields("preview.violations.0", "", "preview.after.grand_total.amount", "760")
		f.post("/v1/changes/{c}/preview", "").want(200)
		f.put("/v1/products/C", `{"name":"C","price":{"amount":6,"currency":"GBP"}}`).want(200)
		f.post("/v1/changes/{c}/confirm", "").refused(409, "change_outdated").fields("preview.after.grand_total.amount", "762")
		f.post("/v1/changes/{c}/preview", "").want(200)
		f.post("/v1/stock/adjustments", `{"reason":"lost","lines":[{"sku":"C","location":"L1","delta":-1}]}`).want(201)
		f.post("/v1/changes/{c}/confirm", "").refused(409, "change_outdated").fields("errors.0.code", "insufficient_stock")
		f.stock("C", "L1", 1)
		f.post("/v1/changes/{c}/confirm", "").want(200)
		f.get("/v1/orders/{id}").fields("lines.1.units.allocated", "2", "fulfillments.0.status", "released", "fulfillments.1.lines.0.line", "2")
	})
}

// TestChangeAsksForTheDifference: more is paid for by the difference only, by a payment or a link; until then the order
// is held (E4).
func TestChangeAsksForTheDifference(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 2, "sandbox", "tok_ok").want(201)
		f.vars["id"], f.vars["f"] = o.str("id"), o.str("fulfillments.0.id")
		f.change(`{"type":"item_add","sku":"A","quantity":1}`).fields("preview.amount_due.amount", "250")
		n := f.get("/v1/orders/{id}")
		n.fields("holds.0.type", "awaiting_payment", "holds.0.status", "open", "payments.1", "", "payments.0.authorized.amount", "500", "expires_at", "")
		f.post("/v1/fulfillments/{f}/release", "").refused(409, "on_hold")
		f.post("/v1/orders/{id}/payments", `{"provider":"sandbox","token":"tok_ok","amount":{"amount":251,"currency":"GBP"}}`).refused(409, "payment_limit").fields("available", "250")
		f.post("/v1/orders/{id}/payments", `{"provider":"sandbox","token":"tok_ok"}`).want(201).fields("payments.1.authorized.amount", "250", "holds.0.status", "lifted")
		f.post("/v1/fulfillments/{f}/release", "").want(200)
		f.change(`{"type":"item_add","sku":"A","quantity":1}`)
		link := f.post("/v1/orders/{id}/payment-links", `{}`).want(201)
		link.fields("amount.amount", "250")
		f.post("/v1/orders/{id}/payments", `{"provider":"manual"}`).want(201).fields("payments.2.amount.amount", "250", "holds.1.status", "lifted")
		// less again: what was authorized too much is not captured, and nothing is owed twice
		f.change(`{"type":"item_remove","line":"3"}`).fields("preview.amount_due.amount", "0", "preview.refund_due.amount", "0")
		f.get("/v1/orders/{id}").fields("totals.grand_total.amount", "750", "amount_due.amount", "750")
	})
}

// change makes a change of {id} and returns its preview.
func (f *fixture) change(list ...string) reply {
	f.t.Helper()
	c := f.post("/v1/orders/{id}/changes", actions(list...)).want(201)
	f.post("/v1/changes/"+c.str("id")+"/confirm", "").want(200).fields("status", "confirmed")
	return c
}

// TestChangeGivesBack: what was captured over the new total is refunded, once; a refused refund stays owed; a change
// that comes to nothing moves no money (E4, E5, E6, C1, C2, D13).
func TestChangeGivesBack(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/channels/web", `{"name":"Web","capture":"placement"}`).want(200)
		for _, token := range []string{"tok_ok", "tok_refund_fails"} {
			f.vars["id"] = f.place("A", 4, "sandbox", token).want(201).str("id")
			eventually(t, "the capture", func() bool { return f.get("/v1/orders/{id}").str("payment_status") == "paid" })

			// one more and one less come to nothing, in one change and in two (E5)
			entries := len(f.get("/v1/orders/{id}").list("payments.0.entries"))
			f.change(`{"type":"item_add","sku":"A","quantity":1}`, `{"type":"item_quantity","line":"1","quantity":3}`).fields("preview.amount_due.amount", "0", "preview.refund_due.amount", "0")
			f.change(`{"type":"item_add","sku":"A","quantity":2}`).fields("preview.amount_due.amount", "500")
			f.change(`{"type":"item_remove","line":"3"}`).fields("preview.amount_due.amount", "0", "preview.refund_due.amount", "0")
			n := f.get("/v1/orders/{id}")
			n.fields("payment_status", "paid", "amount_due.amount", "0", "payments.1", "", "holds.0.status", "lifted", "holds.1", "")
			if len(n.list("payments.0.entries")) != entries {
				t.Errorf("D13: money moved: %s", n.body)
			}

			f.change(`{"type":"item_quantity","line":"1","quantity":1}`).fields("preview.refund_due.amount", "500")
			if token == "tok_ok" {
				eventually(t, "the refund", func() bool { return f.get("/v1/orders/{id}").num("payments.0.refunded.amount") == 500 })
				f.get("/v1/orders/{id}").fields("payment_status", "partially_refunded", "refund_due.amount", "0", "amount_due.amount", "0")
				f.post("/v1/orders/{id}/cancel", `{"reason":"customer"}`).want(200)
				eventually(t, "the rest", func() bool { return f.get("/v1/orders/{id}").str("payment_status") == "refunded" })
				f.get("/v1/orders/{id}").fields("payments.0.refunded.amount", "1000", "refund_due.amount", "0")
				continue
			}
			eventually(t, "the refusal", func() bool {
				return strings.Contains(string(f.get("/v1/orders/{id}/timeline?limit=1000").body), "payment.refund_failed")
			})
			f.get("/v1/orders/{id}").fields("refund_due.amount", "500", "amount_due.amount", "-500", "payments.0.refunded.amount", "0")
		}
	})
}

// TestChangePendingOrder changes an order whose payment is not decided: stock is reserved, and it is accepted once all
// that it costs now is promised.
func TestChangePendingOrder(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("A")
		f.vars["id"] = f.place("A", 4, "sandbox", "tok_timeout").want(201).str("id")
		f.change(`{"type":"item_quantity","line":"1","quantity":2}`, `{"type":"item_add","sku":"A","quantity":1}`).fields("preview.refund_due.amount", "0", "preview.amount_due.amount", "0")
		f.get("/v1/orders/{id}").fields("status", "pending", "totals.grand_total.amount", "750")
		f.stocked("A", onHand, allocated, reserved+3)
		eventually(t, "the authorization", func() bool { return f.get("/v1/orders/{id}").str("status") == "open" })
		f.get("/v1/orders/{id}").fields("lines.0.units.allocated", "2", "lines.1.units.allocated", "1")
		f.stocked("A", onHand, allocated+3, reserved)
	}, pendingFor)
}

// TestChangeSourcesLikeAPlacement: what nobody has is treated as in a new order, kits take their components, and what
// is given back counts as there.
func TestChangeSourcesLikeAPlacement(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/products/KIT", `{"name":"Kit","price":{"amount":700,"currency":"GBP"},"components":[{"sku":"B","quantity":2},{"sku":"A","quantity":1}]}`).want(201)
		f.stock("A", "L2", 10)
		f.vars["id"] = f.place("B", 5, "manual", "").want(201).str("id")
		f.change(`{"type":"item_add","sku":"KIT","quantity":2}`).fields("preview.stock.0.sku", "KIT", "preview.stock.0.units", "2")
		f.stocked("B", 10, 9, 0)
		f.post("/v1/orders/{id}/changes", actions(`{"type":"item_quantity","line":"2","quantity":3}`)).want(201).
			fields("status", "open", "preview.violations.0.code", "insufficient_stock", "preview.violations.0.pointer", "/actions/0")
		// what line 1 gives back is there for the kit
		f.change(`{"type":"item_remove","line":"1"}`, `{"type":"item_quantity","line":"2","quantity":4}`)
		f.stocked("B", 10, 8, 0)
		f.get("/v1/orders/{id}").fields("lines.2.adds_to", "2", "lines.2.units.allocated", "2", "lines.0.units.canceled", "5")

		f.shortage("backorder")
		f.put("/v1/stock/C/L1/policy", `{"backorder_limit":5}`).want(200)
		f.change(`{"type":"item_add","sku":"C","quantity":3}`).fields("preview.lines.0.waiting", "3", "preview.stock.0.location", "", "preview.stock.0.units", "3")
		f.get("/v1/orders/{id}").fields("lines.3.units.backordered", "3", "backorders.0.location", "L1")
		f.change(`{"type":"item_quantity","line":"4","quantity":1}`).fields("preview.stock.0.units", "-2")
		f.get("/v1/orders/{id}").fields("backorders.0.quantity", "1")
		f.shortage("park")
		f.change(`{"type":"item_add","sku":"C","quantity":50}`)
		f.get("/v1/orders/{id}").fields("status", "open", "backorders.1.quantity", "50", "backorders.1.location", "", "holds.0.type", "inventory_out_of_stock")
		f.shortage("cancel")
		f.change(`{"type":"item_add","sku":"B","quantity":5}`).fields("preview.lines.0.after", "2")
		f.get("/v1/orders/{id}").fields("lines.5.quantity", "5", "lines.5.units.canceled", "3")
		f.post("/v1/orders/{id}/changes", actions(`{"type":"item_remove","line":"2"}`, `{"type":"item_remove","line":"4"}`, `{"type":"item_remove","line":"5"}`, `{"type":"item_remove","line":"6"}`)).want(201).
			fields("status", "open", "preview.violations.0.code", "nothing_left")
	})
}

// TestBadChanges: what is wrong is named with its place, and nobody changes what they may not see or price.
func TestBadChanges(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.vars["id"] = f.place("A", 2, "manual", "").want(201).str("id")
		for body, pointer := range map[string]string{
			`{}`:                                     "/actions",
			`{"actions":[]}`:                         "/actions",
			actions(`{"type":"item_swap"}`):          "/actions/0/type",
			actions(`{"type":"item_add","sku":"A"}`): "/actions/0/quantity",
			actions(`{"type":"item_add","sku":"NONE","quantity":1}`):                                                       "/actions/0/sku",
			actions(`{"type":"item_add","sku":"E","quantity":1}`):                                                          "/actions/0/sku",
			actions(`{"type":"item_quantity","line":"7","quantity":1}`):                                                    "/actions/0/line",
			actions(`{"type":"item_quantity","line":"1","quantity":-1}`):                                                   "/actions/0/quantity",
			actions(`{"type":"price_override","line":"1","unit_price":{"amount":1,"currency":"USD"},"reason":"promised"}`): "/actions/0/unit_price/currency",
			actions(`{"type":"price_override","line":"1","unit_price":{"amount":1,"currency":"GBP"},"reason":"mood"}`):     "/actions/0/reason",
			actions(`{"type":"item_remove","line":"1"}`, `{"type":"discount_remove","code":"X"}`):                          "/actions/1/code",
			actions(`{"type":"shipping_change"}`):                                                                          "/actions/0/method",
			actions(`{"type":"discount_add","code":"D","amount":{"amount":1,"currency":"GBP"},"sku":"A"}`):                 "/actions/0/sku",
		} {
			f.post("/v1/orders/{id}/changes", body).refused(422, invalid).fields("errors.0.pointer", pointer)
		}
		f.post("/v1/orders/{id}/changes", actions(`{"type":"item_remove","line":"1","why":"x"}`)).refused(422, invalid).fields("errors.0.code", "unknown_field")
		f.post("/v1/orders/{id}/changes", actions(`{"type":"discount_add","code":"D","amount":{"amount":501,"currency":"GBP"}}`)).want(201).
			fields("status", "open", "preview.violations.0.code", "discount_too_large")
		add := actions(`{"type":"item_add","sku":"A","quantity":1}`)
		for _, priced := range []string{
			`{"type":"price_override","line":"1","unit_price":{"amount":1,"currency":"GBP"},"reason":"promised"}`, `{"type":"discount_add","code":"D","line":"1","amount":{"amount":1,"currency":"GBP"}}`,
			`{"type":"discount_remove","code":"D"}`, `{"type":"item_add","sku":"A","quantity":1,"unit_price":{"amount":1,"currency":"GBP"}}`, `{"type":"shipping_change","amount":{"amount":1,"currency":"GBP"}}`,
		} {
			f.send(request{do: "POST /v1/orders/{id}/changes", key: "{writer}", body: actions(priced)}).refused(403, "missing_scope").fields("scope", "orders:price")
		}
		f.vars["c"] = f.send(request{do: "POST /v1/orders/{id}/changes", key: "{writer}", body: add}).want(201).str("id")
		f.send(request{do: "POST /v1/changes/{c}/confirm", key: "{reader}"}).refused(403, "missing_scope")
		f.send(request{do: "GET /v1/changes/{c}", key: "{reader}"}).want(200)
		f.send(request{do: "GET /v1/changes/{c}", key: "{webonly}"}).want(200)
		f.send(request{do: "POST /v1/changes/{c}/confirm", body: `{"force":true}`}).refused(422, invalid)
		phone := f.post("/v1/orders/{phone}/changes", add).want(201).str("id")
		for _, do := range []string{"GET /v1/changes/" + phone, "POST /v1/changes/" + phone + "/confirm", "GET /v1/orders/{phone}/changes", "POST /v1/orders/{phone}/changes"} {
			body := ""
			if strings.HasSuffix(do, "POST /v1/orders/{phone}/changes") {
				body = add
			}
			f.send(request{do: do, key: "{webonly}", body: body}).refused(404, "not_found")
		}
		for _, do := range []string{"GET /v1/changes/chg_{unknown}", "GET /v1/changes/x", "POST /v1/changes/chg_{unknown}/cancel", "POST /v1/changes/chg_{unknown}/preview", "GET /v1/orders/ord_{unknown}/changes"} {
			f.send(request{do: do}).refused(404, "not_found")
		}
		f.send(request{do: "GET /v1/orders/{id}/changes?cursor=x"}).refused(400, "invalid_cursor")
		f.post("/v1/orders/{canceled}/changes", add).refused(409, "illegal_transition")
		for _, do := range []string{"POST /v1/orders/{id}/changes", "GET /v1/orders/{id}/changes", "GET /v1/changes/{c}", "POST /v1/changes/{c}/preview", "POST /v1/changes/{c}/confirm", "POST /v1/changes/{c}/cancel"} {
			f.send(request{do: do, key: "-"}).refused(401, "unauthenticated")
		}
	})
}
