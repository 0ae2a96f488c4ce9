package api

import (
	"strings"
	"testing"
)

// TestAdvanceUnpaid: nothing of a replacement that is sent in advance leaves before its worth is authorized. Without a
// payment it is refused, a declined card gives the units back, and nothing is charged where there is nothing to charge.
func TestAdvanceUnpaid(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/return-policies/p", `{"name":"P","auto_approve":true,"advance_days":3}`).want(201)
		body := `{"lines":[{"line":"1","quantity":1,"reason":"wrong_size"}],"items":[{"sku":"A","quantity":1}],"advance":true`
		f.sold("sandbox", "", "A 1")
		f.post("/v1/orders/{order}/exchanges", body+`}`).refused(422, "validation_failed").fields("errors.0.pointer", "/payment")

		_, allocated, _, _ := f.positions("A")
		f.swapped(`"items":[{"sku":"A","quantity":1}],"advance":true,"payment":{"provider":"sandbox","token":"tok_declined"}`)
		f.post("/v1/returns/{return}/charge", "").refused(409, "illegal_transition")
		f.settled()
		f.get("/v1/returns/{return}").fields("replacement.status", "refunded", "replacement.reason", "payment_declined", "status", "approved")
		f.get("/v1/orders/{order}").fields("status", "completed", "amount_due.amount", "0", "lines.1.units.canceled", "1", "holds.0.type", "awaiting_payment", "holds.0.status", "lifted")
		if _, now, _, _ := f.positions("A"); now != allocated {
			t.Errorf("%d units are allocated, %d were", now, allocated)
		}
		f.cameBack(`"condition":"new"`).fields("status", "closed", "refunds.0.amount.amount", "250")
		f.settled()
		f.get("/v1/orders/{order}").fields("payments.0.refunded.amount", "250", "amount_due.amount", "0")

		f.sold("sandbox", "", "A 1")
		f.swapped(`"items":[{"sku":"A","quantity":1}],"advance":true,"payment":{"provider":"sandbox","token":"tok_ok"}`)
		f.settled()
		f.get("/v1/orders/{order}").fields("holds.0.type", "awaiting_payment", "holds.0.status", "lifted")
		f.sent()
		f.post("/v1/returns/{return}/charge", "").want(200).fields("replacement.status", "charged")
		f.settled()
		f.get("/v1/orders/{order}").fields("payments.1.captured.amount", "250", "amount_due.amount", "0")

		f.put("/v1/return-policies/p", `{"name":"P","auto_approve":false,"advance_days":3}`).want(200)
		f.sold("sandbox", "", "A 1")
		f.swapped(`"items":[{"sku":"A","quantity":1}],"advance":true`).fields("status", "requested")
		f.post("/v1/returns/{return}/approve", "").want(200)
		o := f.get("/v1/orders/{order}").fields("holds.0.type", "awaiting_payment", "holds.0.status", "open")
		f.step(o.str("fulfillments.1.id"), "release", "").refused(409, "on_hold")
		for _, code := range []string{`"code":"release"`, `"code":"cancel"`} {
			if next := f.get("/v1/orders/{order}/next"); strings.Contains(string(next.body), code) {
				t.Errorf("a repair is offered that is refused: %s in %s", code, next.body)
			}
		}
		f.post("/v1/returns/{return}/charge", "").refused(409, "illegal_transition")
		f.post("/v1/orders/{order}/payments", `{"provider":"sandbox","token":"tok_ok"}`).want(201)
		f.settled()
		f.sent()
		f.proven()
	})
}

// TestPayExchange: what an order asks for while an exchange waits is the difference, by link and by a further payment.
func TestPayExchange(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.stock("C", "L1", 10)
		f.sold("sandbox", "", "C 1")
		f.swapped(`"items":[{"sku":"A","quantity":1}]`).fields("exchange.to_pay.amount", "245")
		f.post("/v1/orders/{order}/payment-links", `{}`).want(201).fields("amount.amount", "245")
		f.post("/v1/orders/{order}/payment-links", `{"amount":{"amount":246,"currency":"GBP"}}`).refused(409, "payment_limit")
		f.post("/v1/orders/{order}/payments", `{"provider":"sandbox","token":"tok_ok","amount":{"amount":246,"currency":"GBP"}}`).refused(409, "payment_limit")
		f.post("/v1/orders/{order}/payments", `{"provider":"sandbox","token":"tok_ok"}`).want(201)
		f.settled()
		f.get("/v1/orders/{order}").fields("payments.1.authorized.amount", "245")
		f.post("/v1/orders/{order}/payment-links", `{}`).refused(409, "payment_limit").fields("detail", "nothing of the order is due")
		f.cameBack(`"condition":"new"`).fields("replacement.credit.amount", "5")
		f.settled()
		f.sent()
		f.get("/v1/orders/{order}").fields("status", "completed", "payments.1.captured.amount", "245", "payments.1.voided.amount", "0", "amount_due.amount", "0")
		f.proven()
	})
}
