package api

import (
	"testing"
	"time"
)

// TestCancelLines gives up units of a line at each stage: planned, released, shipped.
func TestCancelLines(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("A")
		o := f.post("/v1/orders", swap(`{"sku":"A","quantity":1}`, `{"sku":"A","quantity":5},{"sku":"A","quantity":2}`)).want(201)
		f.vars["id"], f.vars["f"] = o.str("id"), o.str("fulfillments.0.id")
		f.post("/v1/orders/{id}/cancel?dry_run=true", `{"reason":"customer","lines":[{"line":"1","quantity":1}]}`).want(200).fields("lines.0.units.canceled", "1")
		c := f.post("/v1/orders/{id}/cancel", `{"reason":"customer","lines":[{"line":"1","quantity":2},{"line":"2","quantity":1}]}`, "If-Match", `"1"`).want(200)
		c.fields("status", "open", "reason", "", "lines.0.units.canceled", "2", "lines.0.units.allocated", "3", "lines.1.units.allocated", "1", "totals.grand_total.amount", "1000",
			"fulfillments.0.lines.0.quantity", "3", "fulfillments.0.lines.1.quantity", "1", "fulfillments.0.status", "planned", "version", "2", "lines.0.quantity", "5")
		f.stocked("A", onHand, allocated+4, reserved)
		f.post("/v1/fulfillments/{f}/release", "").want(200)
		f.post("/v1/orders/{id}/cancel", `{"reason":"customer","lines":[{"line":"2","quantity":1}]}`).want(200).
			fields("lines.1.units.released", "", "fulfillments.0.lines.1", "", "totals.grand_total.amount", "750")
		for body, code := range map[string]string{
			`{"reason":"customer","lines":[{"line":"1","quantity":4}]}`:                           "units_not_cancelable",
			`{"reason":"customer","lines":[{"line":"9","quantity":1}]}`:                           invalid,
			`{"reason":"customer","lines":[]}`:                                                    invalid,
			`{"reason":"customer","lines":[{"line":"1","quantity":0}]}`:                           invalid,
			`{"reason":"mood","lines":[{"line":"1","quantity":1}]}`:                               invalid,
			`{"reason":"customer","lines":[{"line":"1","quantity":2},{"line":"1","quantity":2}]}`: "units_not_cancelable",
		} {
			f.post("/v1/orders/{id}/cancel", body).refused(map[bool]int{true: 422, false: 409}[code == invalid], code)
		}
		f.post("/v1/fulfillments/{f}/ship", `{"tracking_number":"T"}`).want(200)
		f.post("/v1/orders/{id}/cancel", `{"reason":"customer","lines":[{"line":"1","quantity":1}]}`).refused(409, "illegal_transition")
		f.stocked("A", onHand-3, allocated, reserved)
		f.timeline(o.str("id"), "order.placed", "payment.authorized", "order.accepted", "fulfillment.planned", "order.line_canceled", "fulfillment.reduced",
			"fulfillment.released", "order.line_canceled", "fulfillment.reduced", "fulfillment.shipped", "order.completed")

		all := f.place("A", 2, "manual", "").want(201)
		f.vars["id"] = all.str("id")
		f.post("/v1/orders/{id}/cancel", `{"reason":"fraud","lines":[{"line":"1","quantity":2}]}`).want(200).
			fields("status", "canceled", "reason", "fraud", "fulfillments.0.status", "canceled", "payment_status", "voided", "totals.grand_total.amount", "0")
		f.stocked("A", onHand-3, allocated, reserved)
		f.timeline(all.str("id"), "order.placed", "payment.authorized", "order.accepted", "fulfillment.planned", "order.line_canceled", "fulfillment.canceled", "order.canceled", "payment.voided")
	})
}

// TestCancelTheRest cancels what is left of an order that has shipped in part: it is completed, and only what has
// shipped is charged (C1).
func TestCancelTheRest(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("B", 8, "sandbox", "tok_ok").want(201)
		f.vars["id"], f.vars["f"] = o.str("id"), o.str("fulfillments.0.id")
		first := o.num("fulfillments.0.lines.0.quantity")
		f.post("/v1/fulfillments/{f}/release", "").want(200)
		f.post("/v1/fulfillments/{f}/ship", `{"tracking_number":"1"}`).want(200)
		f.post("/v1/orders/{id}/cancel", `{"reason":"customer"}`).refused(409, "illegal_transition")
		eventually(t, "the capture", func() bool { return f.get("/v1/orders/{id}").num("payments.0.captured.amount") == first*1000 })
		f.post("/v1/orders/{id}/cancel", `{"reason":"out_of_stock","lines":[{"line":"1","quantity":`+itoa(8-first)+`}]}`).want(200).
			fields("status", "completed", "fulfillment_status", "shipped", "totals.grand_total.amount", itoa(first*1000))
		eventually(t, "the void of the rest", func() bool {
			return f.get("/v1/orders/{id}").num("payments.0.voided.amount") == (8-first)*1000
		})
		f.get("/v1/orders/{id}").fields("payment_status", "paid", "amount_due.amount", "0", "payments.0.refunded.amount", "0")
	})
}

// TestCancelPaidLines refunds what was captured over what is left, once (C1, C2).
func TestCancelPaidLines(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 4, "manual", "").want(201)
		f.vars["id"], f.vars["p"] = o.str("id"), o.str("payments.0.id")
		f.post("/v1/orders/{id}/payments/{p}/receipts", `{"amount":{"amount":1000,"currency":"GBP"}}`).want(200)
		c := f.post("/v1/orders/{id}/cancel", `{"reason":"customer","lines":[{"line":"1","quantity":1}]}`).want(200)
		c.fields("payments.0.entries.2.kind", "refund", "payments.0.entries.2.amount.amount", "250", "payments.0.entries.2.state", "requested", "payments.0.entries.3", "")
		c = f.post("/v1/orders/{id}/cancel", `{"reason":"customer","lines":[{"line":"1","quantity":3}]}`).want(200)
		c.fields("status", "canceled", "payments.0.entries.3.kind", "refund", "payments.0.entries.3.amount.amount", "750", "payments.0.entries.4", "")
	})
}

// TestCancelPendingLines shrinks reservations of an order whose payment is not decided yet.
func TestCancelPendingLines(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("A")
		o := f.place("A", 4, "sandbox", "tok_timeout").want(201)
		f.vars["id"] = o.str("id")
		o.fields("status", "pending")
		f.stocked("A", onHand, allocated, reserved+4)
		f.post("/v1/orders/{id}/cancel", `{"reason":"customer","lines":[{"line":"1","quantity":3}]}`).want(200).fields("status", "pending", "totals.grand_total.amount", "250")
		f.stocked("A", onHand, allocated, reserved+1)
		eventually(t, "the authorization", func() bool { return f.get("/v1/orders/{id}").str("status") == "open" })
		f.get("/v1/orders/{id}").fields("lines.0.units.allocated", "1", "fulfillments.0.lines.0.quantity", "1")
		f.stocked("A", onHand, allocated+1, reserved)
	}, pendingFor)
}

// TestChangeDetails changes where an order goes, until something has left.
func TestChangeDetails(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/channels/web", `{"name":"Web","shipping_tax_class":"standard","tax_rates":[{"name":"VAT","country":"GB","rate":"0.2"},{"name":"TVA","country":"FR","rate":"0.1"}],`+
			`"shipping_methods":[{"code":"std","name":"Standard","country":"GB","price":{"amount":300,"currency":"GBP"}},{"code":"std","name":"Standard","country":"FR","price":{"amount":900,"currency":"GBP"}},`+
			`{"code":"van","name":"Van","country":"GB","price":{"amount":500,"currency":"GBP"}}]}`).want(200)
		o := f.post("/v1/orders", with(swap(`{"sku":"A","quantity":1}`, `{"sku":"A","quantity":2},{"sku":"A","quantity":1,"tax_lines":[{"name":"T","amount":{"amount":7,"currency":"GBP"}}]}`),
			`"shipping_method":"std"`)).want(201)
		o.fields("totals.tax.amount", "167", "totals.shipping.amount", "300") // 100 on line 1, 7 given, 60 on shipping
		f.vars["id"], f.vars["f"] = o.str("id"), o.str("fulfillments.0.id")
		lyon := `"shipping_address":{"name":"Ada","line1":"1 Rue","city":"Lyon","postal_code":"69001","country":"FR"}`
		f.post("/v1/orders/{id}/details?dry_run=true", "{"+lyon+"}").want(200).fields("totals.shipping.amount", "900")
		d := f.post("/v1/orders/{id}/details", "{"+lyon+`,"billing_address":{"name":"Ada","line1":"2 Rue","city":"Lyon","postal_code":"69001","country":"FR"},"customer":{"phone":"+33 1"}}`, "If-Match", `"1"`).want(200)
		d.fields("shipping_address.city", "Lyon", "billing_address.line1", "2 Rue", "customer.phone", "+33 1", "customer.email", "", "totals.shipping.amount", "900", "totals.tax.amount", "147",
			"lines.0.tax_lines.0.name", "TVA", "lines.1.tax_lines.0.amount.amount", "7", "version", "2", "totals.grand_total.amount", "1797")
		f.post("/v1/orders/{id}/details", `{"shipping_method":"van"}`).refused(422, invalid).fields("errors.0.code", "unknown_shipping_method")
		f.post("/v1/orders/{id}/details", `{"shipping_method":""}`).want(200).fields("totals.shipping.amount", "0", "shipping.method", "")
		f.post("/v1/orders/{id}/details", `{}`).refused(422, invalid)
		f.post("/v1/orders/{id}/details", `{"customer":{},"shipping_address":{"country":"FR"}}`).refused(422, invalid).fields("errors.0.pointer", "/customer/email", "errors.1.pointer", "/shipping_address/name")
		f.post("/v1/orders/{id}/details", `{"customer":{"phone":"1"}}`, "If-Match", `"1"`).refused(409, "version_mismatch")
		events := f.get("/v1/orders/{id}/timeline")
		for i := range events.list("data") {
			at := "data." + itoa(int64(i))
			if events.str(at+".type") == "order.address_changed" {
				events.fields(at+".personal.shipping_address.city", "Lyon", at+".personal.customer.phone", "+33 1", at+".body.changes.country", "FR", at+".body.changes.shipping_address", "")
			}
		}
		f.get("/v1/orders?customer=ada@example.com&status=open&limit=1")
		f.post("/v1/fulfillments/{f}/release", "").want(200)
		f.post("/v1/orders/{id}/details", `{"customer":{"phone":"2"}}`).want(200)
		f.post("/v1/fulfillments/{f}/ship", `{"tracking_number":"T"}`).want(200)
		f.post("/v1/orders/{id}/details", `{"customer":{"phone":"3"}}`).refused(409, "illegal_transition")
		f.timeline(o.str("id"), "order.placed", "payment.authorized", "order.accepted", "fulfillment.planned", "order.address_changed", "order.changed", "fulfillment.released",
			"order.changed", "fulfillment.shipped", "order.completed")

		b := f.place("B", 8, "manual", "").want(201)
		f.vars["id"], f.vars["f"] = b.str("id"), b.str("fulfillments.0.id")
		f.post("/v1/fulfillments/{f}/release", "").want(200)
		f.post("/v1/fulfillments/{f}/ship", `{"tracking_number":"T"}`).want(200)
		f.post("/v1/orders/{id}/details", "{"+lyon+"}").refused(409, "already_packed")
	})
}

// pendingFor makes a payment at the sandbox stay open for a while.
func pendingFor(o *setup) {
	o.settings.PaymentWait = 100 * time.Millisecond
	o.sandbox.ResolveAfter = 2 * time.Second
}
