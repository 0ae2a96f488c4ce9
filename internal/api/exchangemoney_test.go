package api

import (
	"strings"
	"testing"
	"time"

	"ordo/internal/provider/payment/sandbox"
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
		for _, bad := range []string{`{"provider":"nobody"}`, `{"provider":"sandbox","token":"tok_ok","amount":{"amount":1,"currency":"GBP"}}`} {
			f.post("/v1/orders/{order}/exchanges", body+`,"payment":`+bad+`}`).refused(422, "validation_failed")
		}
		declined := body + `,"payment":{"provider":"sandbox","token":"tok_declined"}}`
		f.post("/v1/orders/{order}/exchanges?dry_run=true", declined).want(200)
		for range 2 { // the same answer for the same key
			f.vars["return"] = f.post("/v1/orders/{order}/exchanges", declined, "Idempotency-Key", "advance-"+f.vars["order"]).refused(402, "payment_declined").fields("order", f.vars["order"], "reason", "card_declined").str("return")
		}
		f.post("/v1/returns/{return}/charge", "").refused(409, "illegal_transition")
		f.get("/v1/returns/{return}").fields("replacement.status", "canceled", "status", "canceled", "reason", "payment_declined")
		f.get("/v1/orders/{order}").fields("status", "completed", "return_status", "none", "amount_due.amount", "0", "lines.1.units.canceled", "1", "holds.0.type", "awaiting_payment", "holds.0.status", "lifted")
		if _, now, _, _ := f.positions("A"); now != allocated {
			t.Errorf("%d units are allocated, %d were", now, allocated)
		}
		f.swapped(`"items":[{"sku":"A","quantity":1}],"advance":true,"payment":{"provider":"sandbox","token":"tok_ok"}`) // asked for again, with another card
		f.get("/v1/orders/{order}").fields("payments.2.authorized.amount", "250", "holds.1.status", "lifted")

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
		o = f.get("/v1/orders/{order}")
		f.post("/v1/orders/{order}/payments/"+o.str("payments.1.id")+"/voids", `{}`).want(200)
		f.settled()
		f.get("/v1/orders/{order}").fields("holds.1.reason", "voided", "holds.1.status", "open")
		f.step(o.str("fulfillments.1.id"), "release", "").refused(409, "on_hold")
		f.post("/v1/orders/{order}/payments", `{"provider":"sandbox","token":"tok_ok"}`).want(201)
		f.settled()
		f.sent()

		// A person lets it go unpaid. When nothing of what comes back is accepted, there is nothing to charge: a person decides again.
		f.sold("sandbox", "", "A 1")
		f.swapped(`"items":[{"sku":"A","quantity":1}],"advance":true`)
		f.post("/v1/returns/{return}/approve", "").want(200)
		hold := f.get("/v1/orders/{order}").str("holds.0.id")
		f.post("/v1/orders/{order}/holds/"+hold+"/lift", `{}`).want(200)
		f.sent()
		f.cameBack(`"condition":"used","accepted":false,"reason":"used"`).fields("status", "inspected", "replacement.status", "item_overdue")
		f.post("/v1/returns/{return}/charge", "").refused(409, "illegal_transition")
		f.post("/v1/orders/{order}/payments", `{"provider":"sandbox","token":"tok_ok"}`).want(201)
		f.settled()
		f.post("/v1/returns/{return}/charge", "").want(200).fields("status", "closed", "replacement.status", "charged")
		f.settled()
		f.get("/v1/orders/{order}").fields("amount_due.amount", "0", "payments.1.captured.amount", "250")

		// Nobody answers for what is sent in the moment between the end of an authorization and the hold for it: who lifts
		// what a colleague held did not let it go unpaid.
		f.sold("sandbox", "", "A 1")
		f.swapped(`"items":[{"sku":"A","quantity":1}],"advance":true`)
		f.post("/v1/returns/{return}/approve", "").want(200)
		f.post("/v1/orders/{order}/payments", `{"provider":"sandbox","token":"tok_ok"}`).want(201)
		f.settled()
		f.vars["colleague"] = f.key(`"scopes":["orders:read","orders:write","holds:write"]`)
		hold = f.send(request{do: "POST /v1/orders/{order}/holds", body: `{"type":"awaiting_payment","reason":"calls_back"}`, key: "{colleague}"}).want(200).str("holds.1.id")
		f.post("/v1/orders/{order}/holds/"+hold+"/lift", `{}`).want(200)
		ful := f.get("/v1/orders/{order}").str("fulfillments.1.id")
		f.step(ful, "release", "").want(200)
		expires := func(from, to string) {
			f.exec(`UPDATE payments SET doc = replace(doc, '"expires_at":` + from + `', '"expires_at":` + to + `') WHERE order_id = '` + f.vars["order"] + "'")
		}
		expires("17", "10")
		f.step(ful, "ship", `{"tracking_number":"T2"}`).refused(409, "on_hold")
		expires("10", "17")
		f.step(ful, "ship", `{"tracking_number":"T2"}`).want(200)
		f.settled()

		// Given up before its money came: nothing is sent.
		f.sold("sandbox", "", "A 1")
		f.swapped(`"items":[{"sku":"A","quantity":1}],"advance":true`)
		f.post("/v1/returns/{return}/approve", "").want(200)
		f.post("/v1/returns/{return}/cancel", `{"reason":"kept"}`).want(200).fields("replacement.status", "canceled")
		f.get("/v1/orders/{order}").fields("status", "completed", "amount_due.amount", "0", "lines.1.units.canceled", "1")
		f.proven()
	})
}

// TestAdvancePaidInPart: an exchange in advance is given up while a part of its money is there. Nothing has left, so
// nothing is charged, and nothing more is due.
func TestAdvancePaidInPart(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/return-policies/p", `{"name":"P","auto_approve":false,"advance_days":3}`).want(201)
		f.sold("sandbox", "", "A 1")
		f.swapped(`"items":[{"sku":"A","quantity":1}],"advance":true`)
		f.post("/v1/returns/{return}/approve", "").want(200)
		f.post("/v1/orders/{order}/payments", `{"provider":"sandbox","token":"tok_ok","amount":{"amount":100,"currency":"GBP"}}`).want(201)
		f.settled()
		f.post("/v1/returns/{return}/cancel", `{"reason":"kept"}`).want(200).fields("status", "canceled", "replacement.status", "canceled")
		f.settled()
		f.get("/v1/orders/{order}").fields("status", "completed", "amount_due.amount", "0", "payments.1.captured.amount", "0", "lines.1.units.canceled", "1", "holds.0.status", "lifted")
		f.proven()
	})
}

// TestAdvanceDeclinedLate: where the bank takes its time, the answer says that the money is on its way: the exchange is
// approved and its order held. A refusal that comes later ends it, and an event tells.
func TestAdvanceDeclinedLate(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/return-policies/p", `{"name":"P","auto_approve":true,"advance_days":3}`).want(201)
		ask := func(token string) {
			f.sold("sandbox", "", "A 1")
			body := `{"lines":[{"line":"1","quantity":1,"reason":"wrong_size"}],"items":[{"sku":"A","quantity":1}],"advance":true,"payment":{"provider":"sandbox","token":"` + token + `"}}`
			f.vars["return"] = f.post("/v1/orders/{order}/exchanges", body).want(201).fields("type", "exchange", "status", "approved", "replacement.status", "replacement_released").str("id")
			o := f.get("/v1/orders/{order}").fields("holds.0.type", "awaiting_payment", "holds.0.status", "open")
			f.step(o.str("fulfillments.1.id"), "release", "").refused(409, "on_hold")
		}
		answered := func() {
			eventually(t, "the bank answers", func() bool { return f.get("/v1/orders/{order}").str("holds.0.status") == "lifted" })
		}
		ask("tok_timeout")
		answered()
		f.get("/v1/returns/{return}").fields("replacement.status", "replacement_released")
		f.sent()

		ask("tok_timeout_declined")
		answered()
		f.get("/v1/returns/{return}").fields("status", "canceled", "reason", "payment_declined", "replacement.status", "canceled")
		if s := string(f.get("/v1/orders/{order}/timeline?limit=1000").body); !strings.Contains(s, `"exchange.canceled"`) || !strings.Contains(s, `"reason":"payment_declined"`) {
			t.Errorf("the timeline does not tell: %s", s)
		}

		ask("tok_timeout_declined") // what is on its way back by then is refunded
		f.post("/v1/returns/{return}/ship", `{}`).want(200)
		answered()
		f.get("/v1/returns/{return}").fields("status", "in_transit", "replacement.status", "refunded", "replacement.reason", "payment_declined")
		f.cameBack(`"condition":"new"`).fields("status", "closed", "refunds.0.amount.amount", "250")
		f.settled()
		f.get("/v1/orders/{order}").fields("payments.0.refunded.amount", "250", "amount_due.amount", "0")
		f.proven()
	}, func(o *setup) {
		o.settings.PaymentWait = 200 * time.Millisecond
		o.sandbox = sandbox.Options{ResolveAfter: time.Second}
	})
}

// TestPayExchange: what an order asks for while an exchange waits is the difference, by link and by a further payment.
func TestPayExchange(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.stock("C", "L1", 10)
		f.sold("manual", "", "C 1")
		before, fixed := f.link(f.vars["order"], `{}`), f.link(f.vars["order"], `{"amount":{"amount":5,"currency":"GBP"}}`)
		f.sees(before, "", 200, "Pay £0.05")
		f.swapped(`"items":[{"sku":"A","quantity":1}]`).fields("exchange.to_pay.amount", "245")
		f.sees(before, "", 200, "Pay £2.50") // what is due now, and what nobody has paid of the units that come back
		f.sees(before, "tok_ok", 200, "Payment received", "£2.50")
		f.sees(fixed, "tok_ok", 409, "Nothing to pay here")
		f.settled()

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
