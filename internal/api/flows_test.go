package api

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestManualOrder(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("A")
		o := f.post("/v1/orders", with(orderBody("A", 3, "manual", ""), `"external_id":"W-1"`)).want(201)
		o.fields("status", "open", "payment_status", "authorized", "fulfillment_status", "unfulfilled", "return_status", "none", "version", "1", "currency", "GBP",
			"external_id", "W-1", "totals.items.amount", "750", "totals.grand_total.amount", "750", "amount_due.amount", "750", "lines.0.units.allocated", "3",
			"lines.0.name", "Product A", "lines.0.unit_price.amount", "250", "payments.0.provider", "manual", "payments.0.authorized.amount", "750", "payments.0.captured.amount", "0",
			"fulfillments.0.status", "planned", "fulfillments.0.location", "L1", "customer.name", "Ada", "shipping_address.country", "GB")
		if o.header.Get("ETag") != `"1"` || o.header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%v", o.header)
		}
		f.stocked("A", onHand, allocated+3, reserved)
		id := o.str("id")
		if got := f.get("/v1/orders/" + id); !bytes.Equal(got.body, o.body) {
			t.Errorf("read:   %s\nplaced: %s", got.body, o.body)
		}
		for _, q := range []string{id, o.str("number"), "%23" + o.str("number"), "W-1"} {
			f.get("/v1/orders?q="+q).fields("data.0.id", id, "data.1", "", "next_cursor", "")
		}
		f.get("/v1/orders?customer=ADA@example.com&status=open&payment_status=authorized&fulfillment_status=unfulfilled&channel=web&limit=1").fields("data.0.id", id, "next_cursor", id)

		f.vars["p"] = o.str("payments.0.id")
		part := f.post("/v1/orders/"+id+"/payments/{p}/receipts", `{"amount":{"amount":250,"currency":"GBP"},"reference":"Bank 1"}`, "If-Match", `"1"`).want(200)
		part.fields("payment_status", "partially_paid", "amount_due.amount", "500", "version", "2", "payments.0.entries.1.kind", "capture", "payments.0.entries.1.provider_ref", "Bank 1")
		tried := f.post("/v1/orders/"+id+"/payments/{p}/receipts?dry_run=true", `{"amount":{"amount":500,"currency":"GBP"}}`).want(200)
		tried.fields("payment_status", "paid", "amount_due.amount", "0")
		f.post("/v1/orders/"+id+"/payments/{p}/receipts", `{"amount":{"amount":500,"currency":"GBP"}}`).want(200).fields("payment_status", "paid", "amount_due.amount", "0", "version", "3")

		c := f.post("/v1/orders/"+id+"/cancel", `{"reason":"customer"}`, "If-Match", `"3"`).want(200)
		c.fields("status", "canceled", "reason", "customer", "fulfillment_status", "canceled", "lines.0.units.canceled", "3", "totals.grand_total.amount", "0",
			"fulfillments.0.status", "canceled", "amount_due.amount", "-750")
		f.stocked("A", onHand, allocated, reserved)
		f.post("/v1/orders/"+id+"/cancel", `{"reason":"customer"}`).refused(409, "illegal_transition")
	})
}

// TestCardOrder takes an order with a card to its delivery: shipping captures, so it is paid.
func TestCardOrder(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("A")
		o := f.place("A", 4, "sandbox", "tok_ok").want(201)
		o.fields("status", "open", "payment_status", "authorized", "lines.0.units.allocated", "4", "payments.0.authorized.amount", "1000")
		f.stocked("A", onHand, allocated+4, reserved)
		id := o.str("id")
		f.vars["id"], f.vars["f"] = id, o.str("fulfillments.0.id")
		f.post("/v1/orders/{id}/payments/"+o.str("payments.0.id")+"/receipts", `{"amount":{"amount":1,"currency":"GBP"}}`).refused(409, "not_manual")
		f.post("/v1/fulfillments/{f}/release?dry_run=true", "").want(200).fields("status", "released", "id", f.vars["f"])
		f.get("/v1/fulfillments/{f}").fields("status", "planned", "version", "1")
		f.post("/v1/fulfillments/{f}/release", "", "If-Match", `"1"`).want(200).fields("status", "released", "version", "2")
		f.get("/v1/orders/{id}").fields("fulfillment_status", "in_progress", "lines.0.units.released", "4")
		f.post("/v1/fulfillments/{f}/ship?dry_run=true", `{"tracking_number":"T1"}`).want(200).fields("status", "shipped")
		s := f.post("/v1/fulfillments/{f}/ship", `{"carrier":"Van","tracking_number":"T1"}`).want(200)
		s.fields("status", "shipped", "tracking_number", "T1", "carrier", "Van", "version", "3", "allowed.0", "deliver")
		f.stocked("A", onHand-4, allocated, reserved)
		f.post("/v1/orders/{id}/cancel", `{"reason":"customer"}`).refused(409, "illegal_transition")
		eventually(t, "the capture", func() bool { return f.get("/v1/orders/{id}").str("payment_status") == "paid" })
		f.post("/v1/fulfillments/{f}/deliver", "{}").want(200).fields("status", "delivered", "allowed.0", "")
		f.post("/v1/fulfillments/{f}/deliver", "{}").refused(409, "illegal_transition")
		f.get("/v1/orders/{id}").fields("status", "completed", "payment_status", "paid", "fulfillment_status", "delivered", "amount_due.amount", "0", "payments.0.captured.amount", "1000", "lines.0.units.delivered", "4")
		f.get("/v1/fulfillments?status=delivered&location=L1").fields("data.0.id", f.vars["f"])

		c := f.place("A", 1, "sandbox", "tok_ok").want(201)
		f.vars["id"] = c.str("id")
		f.post("/v1/orders/{id}/cancel?dry_run=true", `{"reason":"customer"}`).want(200).fields("status", "canceled")
		f.post("/v1/orders/{id}/cancel", `{"reason":"fraud"}`).want(200).fields("status", "canceled", "reason", "fraud")
		eventually(t, "the void", func() bool { return f.get("/v1/orders/{id}").str("payment_status") == "voided" })
		f.get("/v1/orders/{id}").fields("payments.0.voided.amount", "250", "amount_due.amount", "0")
		f.stocked("A", onHand-4, allocated, reserved)
		f.timeline(id, "order.placed", "payment.authorized", "order.accepted", "fulfillment.planned", "fulfillment.released", "fulfillment.shipped",
			"order.completed", "payment.capture_requested", "payment.captured", "fulfillment.delivered")
	})
}

// timeline checks the kinds of events of an order, read in pages of two.
func (f *fixture) timeline(id string, want ...string) {
	f.t.Helper()
	var got []string
	version, cursor := int64(0), ""
	for {
		r := f.get("/v1/orders/" + id + "/timeline?limit=2" + cursor)
		for i := range r.list("data") {
			at := fmt.Sprintf("data.%d.", i)
			got = append(got, r.str(at+"type"))
			if v := r.num(at + "version"); v < version || r.str(at+"aggregate") != id {
				f.t.Errorf("the timeline of %s goes from version %d to %d: %s", id, version, v, r.body)
			}
			version = r.num(at + "version")
		}
		if cursor = r.str("next_cursor"); cursor == "" {
			break
		}
		cursor = "&cursor=" + cursor
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		f.t.Errorf("timeline\n %v, want\n %v", got, want)
	}
}

func TestDeclinedPayment(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("A")
		body := with(orderBody("A", 2, "sandbox", "tok_declined"), `"external_id":"D-1"`)
		r := f.post("/v1/orders", body, "Idempotency-Key", "declined").refused(402, "payment_declined")
		r.fields("reason", "card_declined")
		f.vars["id"] = r.str("order")
		f.stocked("A", onHand, allocated, reserved)
		o := f.get("/v1/orders/{id}")
		o.fields("status", "rejected", "payment_status", "failed", "reason", "payment", "number", r.str("number"), "fulfillment_status", "canceled", "payments.0.entries.0.state", "failed")
		f.get("/v1/orders?status=rejected").fields("data.0.id", f.vars["id"])
		f.post("/v1/orders/{id}/cancel", `{"reason":"customer"}`).refused(409, "illegal_transition")
		again := f.post("/v1/orders", body, "Idempotency-Key", "declined").refused(402, "payment_declined")
		if again.header.Get("Idempotent-Replayed") != "true" || !bytes.Equal(again.body, r.body) {
			t.Errorf("%v\n%s\n%s", again.header, r.body, again.body)
		}
		n := f.post("/v1/orders", strings.Replace(body, "tok_declined", "tok_ok", 1)).want(201)
		n.fields("status", "open", "external_id", "D-1")
		if n.str("id") == f.vars["id"] {
			t.Error("the same order")
		}
	})
}

// TestSlowPayment places an order whose payment is not decided while the request waits.
func TestSlowPayment(t *testing.T) {
	wait := func(o *setup) {
		o.settings.PaymentWait = 300 * time.Millisecond
		o.sandbox.ResolveAfter, o.sandbox.Slow = 1500*time.Millisecond, 50*time.Millisecond
	}
	each(t, func(t *testing.T, f *fixture) {
		t.Parallel()
		onHand, allocated, reserved, _ := f.positions("A")
		f.place("A", 1, "sandbox", "tok_ok_slow").want(201).fields("status", "open", "payment_status", "authorized")
		allocated++
		body := orderBody("A", 2, "sandbox", "tok_timeout")
		start := time.Now()
		r := f.post("/v1/orders", body, "Idempotency-Key", "slow").want(201)
		if took := time.Since(start); took < 300*time.Millisecond {
			t.Errorf("the answer did not wait: %v", took)
		}
		r.fields("status", "pending", "payment_status", "pending", "fulfillments", "", "lines.0.units.allocated", "")
		f.stocked("A", onHand, allocated, reserved+2)
		again := f.post("/v1/orders", body, "Idempotency-Key", "slow").want(201)
		if again.header.Get("Idempotent-Replayed") != "true" || !bytes.Equal(again.body, r.body) {
			t.Errorf("%v\n%s\n%s", again.header, r.body, again.body)
		}
		f.vars["id"] = r.str("id")
		eventually(t, "the authorization", func() bool { return f.get("/v1/orders/{id}").str("status") == "open" })
		f.get("/v1/orders/{id}").fields("payment_status", "authorized", "lines.0.units.allocated", "2")
		f.stocked("A", onHand, allocated+2, reserved)

		p := f.place("A", 1, "sandbox", "tok_timeout_declined").want(201)
		f.vars["id"] = p.str("id")
		eventually(t, "the refusal", func() bool { return f.get("/v1/orders/{id}").str("status") == "rejected" })
		f.stocked("A", onHand, allocated+2, reserved)

		q := f.place("A", 1, "sandbox", "tok_timeout").want(201)
		f.vars["id"] = q.str("id")
		f.post("/v1/orders/{id}/cancel", `{"reason":"customer"}`).want(200).fields("status", "canceled")
		f.stocked("A", onHand, allocated+2, reserved)
		eventually(t, "the void", func() bool { return f.get("/v1/orders/{id}").str("payment_status") == "voided" })
	}, wait)
}

func TestTwoLocations(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("B", 8, "manual", "").want(201)
		if n := len(o.list("fulfillments")); n != 2 {
			t.Fatalf("%d fulfillments: %s", n, o.body)
		}
		f.stocked("B", 10, 8, 0)
		f.vars["id"], f.vars["f"] = o.str("id"), o.str("fulfillments.0.id")
		f.post("/v1/fulfillments/{f}/release", "").want(200)
		f.post("/v1/fulfillments/{f}/ship", `{"tracking_number":"1"}`).want(200)
		f.get("/v1/orders/{id}").fields("status", "open", "fulfillment_status", "partially_shipped")
		f.vars["f"] = o.str("fulfillments.1.id")
		f.post("/v1/fulfillments/{f}/release", "").want(200)
		f.post("/v1/fulfillments/{f}/ship", `{"tracking_number":"2"}`).want(200)
		f.get("/v1/orders/{id}").fields("status", "completed", "fulfillment_status", "shipped")
		f.stocked("B", 2, 0, 0)
		r := f.place("B", 3, "manual", "").refused(409, "insufficient_stock")
		r.fields("sku", "B", "available", "2", "errors.0.pointer", "/lines/0/quantity")
		first := f.get("/v1/stock?limit=1")
		second := f.get("/v1/stock?limit=1&cursor=" + first.str("next_cursor"))
		if second.str("data.0.sku")+second.str("data.0.location") <= first.str("data.0.sku")+first.str("data.0.location") {
			t.Errorf("%s then %s", first.body, second.body)
		}
		f.get("/v1/stock?location=L2").fields("data.0.location", "L2", "data.1", "")
	})
}

// TestPricedOrder takes what the channel has computed as final, and computes the rest from the channel's tables.
func TestPricedOrder(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/channels/web", `{"name":"Web","prices_include_tax":true,"shipping_tax_class":"standard","tax_rates":[{"name":"VAT","country":"GB","rate":"0.2"}],`+
			`"shipping_methods":[{"code":"std","name":"Standard","country":"GB","price":{"amount":360,"currency":"GBP"}}]}`).want(200)
		body := with(swap(`{"sku":"A","quantity":1}`, `{"sku":"A","quantity":2},{"sku":"A","quantity":1,"unit_price":{"amount":100,"currency":"GBP"},"tax_lines":[{"name":"T","rate":"0.1","amount":{"amount":10,"currency":"GBP"}}]}`),
			`"shipping_method":"std","discounts":[{"code":"TEN","amount":{"amount":60,"currency":"GBP"}},{"code":"LINE","line":"1","amount":{"amount":5,"currency":"GBP"}}]`)
		o := f.post("/v1/orders", body).want(201)
		o.fields("totals.items.amount", "600", "totals.discount.amount", "65", "totals.shipping.amount", "360", "totals.tax.amount", "10", "totals.tax_included.amount", "134",
			"totals.grand_total.amount", "905", "lines.0.discount.amount", "55", "lines.1.discount.amount", "10", "discounts.0.parts.0", "50", "discounts.1.line", "1",
			"shipping.method", "std", "shipping.tax_lines.0.included", "true", "lines.1.tax_lines.0.name", "T", "lines.0.tax_lines.0.rate", "0.2")
		given := with(plainOrder, `"shipping":{"method":"courier","amount":{"amount":999,"currency":"GBP"}}`)
		f.post("/v1/orders", given).want(201).fields("shipping.method", "courier", "totals.grand_total.amount", "1249")
		f.post("/v1/orders", swap(`"quantity":1`, `"quantity":1,"tax_lines":[],"unit_price":{"amount":0,"currency":"GBP"}`)).want(201).
			fields("totals.grand_total.amount", "0", "payment_status", "authorized", "status", "open")
	})
}

// A dry run shows all parts that the real run makes, also several of one kind.
func TestDryRunShowsAllParts(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		split := swap(`{"sku":"A","quantity":1}`, `{"sku":"A","quantity":1},{"sku":"B","quantity":8}`)
		tried := len(f.post("/v1/orders?dry_run=true", split).want(200).list("fulfillments"))
		if made := len(f.post("/v1/orders", split).want(201).list("fulfillments")); made != 2 || tried != made {
			t.Errorf("%d fulfillment orders, the dry run showed %d", made, tried)
		}
		o := f.place("A", 2, "manual", "").want(201)
		path := "/v1/orders/" + o.str("id")
		f.post(path+"/payments/"+o.str("payments.0.id")+"/receipts", `{"amount":{"amount":250,"currency":"GBP"}}`).want(200)
		f.post(path+"/cancel?dry_run=true", `{"reason":"customer"}`).want(200).fields("status", "canceled", "payments.0.entries.3.kind", "void")
		f.post(path+"/cancel", `{"reason":"customer"}`).want(200).fields("status", "canceled", "payments.0.entries.3.kind", "void")
	})
}

func TestDryRun(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		head := f.head()
		_, _, _, available := f.positions("A")
		for _, body := range []string{plainOrder, orderBody("A", 1, "sandbox", "tok_declined")} {
			r := f.post("/v1/orders?dry_run=true", body, "Idempotency-Key", "-").want(200)
			r.fields("id", "null", "number", "null", "totals.grand_total.amount", "250")
			if r.header.Get("Dry-Run") != "true" || r.header.Get("ETag") != "" || r.header.Get("Idempotent-Replayed") != "" {
				t.Errorf("%v", r.header)
			}
		}
		f.post("/v1/orders?dry_run=true", `{}`).refused(422, invalid)
		f.post("/v1/orders?dry_run=true", orderBody("A", 5000, "manual", "")).refused(409, "insufficient_stock")
		f.post("/v1/stock/adjustments?dry_run=true", `{"reason":"found","lines":[{"sku":"A","location":"L1","delta":7}]}`).want(200).fields("id", "null", "data.0.on_hand", "1007")
		f.post("/v1/keys?dry_run=true", `{"name":"x","scopes":["orders:read"]}`).want(200).fields("secret", "", "id", "null")
		f.post("/v1/orders?dry_run=true", plainOrder, "Idempotency-Key", "used-later").want(200)
		if _, _, _, now := f.positions("A"); f.head() != head || now != available {
			t.Errorf("a dry run wrote: journal %d to %d, available %d to %d", head, f.head(), available, now)
		}
		f.post("/v1/orders?dry_run=false", plainOrder, "Idempotency-Key", "used-later").want(201).fields("status", "open")
	})
}
