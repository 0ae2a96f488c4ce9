package api

import (
	"testing"
	"time"
)

// inAdvance is an exchange of which the replacement is sent first, and its worth authorized.
const inAdvance = `"items":[{"sku":"A","quantity":1}],"advance":true,"payment":{"provider":"sandbox","token":"tok_ok"}`

// TestAdvanceCanceled: a secured exchange in advance that is given up before the replacement left sends nothing and
// charges nothing: the authorization is voided, the stock is free. So it is where only the lines of the replacement are
// canceled: what comes back is refunded. What a location works on is asked for; what it refuses to give goes out and is paid for.
func TestAdvanceCanceled(t *testing.T) {
	clock, later := together()
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/return-policies/p", `{"name":"P","auto_approve":true,"advance_days":3}`).want(201)
		_, allocated, _, _ := f.positions("A")
		secured := func() (fulfillment string) {
			f.sold("sandbox", "", "A 1")
			f.swapped(inAdvance).fields("replacement.status", "replacement_released")
			f.settled()
			return f.get("/v1/orders/{order}").fields("payments.1.authorized.amount", "250").str("fulfillments.1.id")
		}
		nothingSent := func(fulfillment string) {
			f.settled()
			f.get("/v1/orders/{order}").fields("status", "completed", "amount_due.amount", "0", "lines.1.units.canceled", "1", "fulfillments.1.status", "canceled",
				"payments.0.captured.amount", "250", "payments.1.voided.amount", "250", "payments.1.captured.amount", "0")
			f.step(fulfillment, "ship", `{"tracking_number":"T3"}`).refused(409, "illegal_transition")
			if _, now, _, _ := f.positions("A"); now != allocated {
				t.Errorf("%d units are allocated, %d were", now, allocated)
			}
		}
		for _, released := range []bool{false, true} {
			ful := secured()
			if released {
				f.step(ful, "release", "").want(200)
			}
			f.post("/v1/returns/{return}/cancel?dry_run=true", `{"reason":"kept"}`).want(200).fields("replacement.status", "canceled")
			f.post("/v1/returns/{return}/cancel", `{"reason":"kept"}`).want(200).fields("status", "canceled", "replacement.status", "canceled")
			nothingSent(ful)
			f.post("/v1/returns/{return}/charge", "").refused(409, "illegal_transition")
		}

		ful := secured()
		f.post("/v1/orders/{order}/cancel", `{"reason":"customer","lines":[{"line":"2","quantity":1}]}`).want(200)
		nothingSent(ful)
		f.post("/v1/returns/{return}/cancel", `{"reason":"kept"}`).want(200).fields("replacement.status", "canceled")

		ful = secured()
		f.post("/v1/orders/{order}/cancel", `{"reason":"customer","lines":[{"line":"2","quantity":1}]}`).want(200)
		later(4 * 24 * time.Hour)
		eventually(t, "the days are over", func() bool {
			f.dueNow("return_due")
			return f.get("/v1/returns/{return}").str("replacement.status") == "refunded"
		})
		f.get("/v1/returns/{return}").fields("replacement.reason", "canceled")
		nothingSent(ful)
		f.cameBack(`"condition":"new"`).fields("status", "closed", "refunds.0.amount.amount", "250")

		ful = secured()
		f.step(ful, "release", "").want(200)
		f.step(ful, "accept", "").want(200)
		f.post("/v1/returns/{return}/cancel", `{"reason":"kept"}`).want(200).fields("replacement.status", "canceled")
		f.get("/v1/orders/{order}").fields("fulfillments.1.status", "cancel_requested")
		f.step(ful, "cancel-request/accept", "").want(200)
		nothingSent(ful)

		ful = secured()
		f.step(ful, "release", "").want(200)
		f.step(ful, "accept", "").want(200)
		f.post("/v1/returns/{return}/cancel", `{"reason":"kept"}`).want(200)
		f.step(ful, "cancel-request/refuse", "").want(200)
		f.step(ful, "ship", `{"tracking_number":"T4"}`).want(200)
		f.settled()
		f.get("/v1/orders/{order}").fields("status", "completed", "amount_due.amount", "0", "payments.1.captured.amount", "250")

		// One of two places has sent its part: that is charged, the other is not sent.
		f.stock("C", "L2", 1)
		f.sold("sandbox", "", "A 1")
		f.swapped(`"items":[{"sku":"A","quantity":1},{"sku":"C","quantity":1}],"advance":true,"payment":{"provider":"sandbox","token":"tok_ok"}`)
		f.settled()
		o := f.get("/v1/orders/{order}").fields("payments.1.authorized.amount", "255")
		for _, at := range []string{"fulfillments.1", "fulfillments.2"} {
			if o.str(at+".location") == "L1" {
				f.step(o.str(at+".id"), "release", "").want(200)
				f.step(o.str(at+".id"), "ship", `{"tracking_number":"T5"}`).want(200)
			}
		}
		f.post("/v1/returns/{return}/cancel", `{"reason":"kept"}`).want(200).fields("replacement.status", "charged")
		f.settled()
		f.get("/v1/orders/{order}").fields("status", "completed", "amount_due.amount", "0", "lines.1.units.shipped", "1", "lines.2.units.canceled", "1", "payments.1.captured.amount", "250", "payments.1.voided.amount", "5")
		f.proven()
	}, clock)
}

// TestExchangeApproved: a payment is not taken for an exchange that a person has to approve first: the refusal says when
// it can be paid for. What is not sold any more when it is approved becomes a refund, as what is not there does.
func TestExchangeApproved(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/return-policies/p", `{"name":"P","auto_approve":false,"advance_days":3}`).want(201)
		f.stock("C", "L1", 10)
		f.sold("sandbox", "", "A 1")
		body := `{"lines":[{"line":"1","quantity":1,"reason":"wrong_size"}],` + inAdvance + `}`
		for _, query := range []string{"?dry_run=true", ""} {
			f.post("/v1/orders/{order}/exchanges"+query, body).refused(422, invalid).fields("errors.0.pointer", "/payment", "errors.0.code", "not_allowed",
				"errors.0.detail", "a person approves this exchange first: ask for it without a payment; once it is approved, take a payment of the order or send a payment link, and the replacement is sent")
		}
		f.get("/v1/orders/{order}").fields("returns.0", "", "payments.1", "")
		f.swapped(inAdvance+`,"override":"goodwill"`).fields("status", "approved", "replacement.status", "replacement_released") // nobody has to approve it
		f.settled()
		f.get("/v1/orders/{order}").fields("payments.1.authorized.amount", "250")

		product := func(active string) {
			f.put("/v1/products/C", `{"name":"C","price":{"amount":5,"currency":"GBP"},"active":`+active+`}`).want(200)
		}
		for _, advance := range []string{"", `,"advance":true`} {
			f.sold("sandbox", "", "A 1")
			f.swapped(`"items":[{"sku":"C","quantity":1}]`+advance).fields("status", "requested")
			product("false")
			f.post("/v1/returns/{return}/approve?dry_run=true", "").want(200).fields("replacement.status", "refunded", "replacement.reason", "unknown_sku")
			f.post("/v1/returns/{return}/approve", "").want(200).fields("status", "approved", "replacement.status", "refunded", "replacement.reason", "unknown_sku", "exchange.to_refund.amount", "250")
			f.cameBack(`"condition":"new"`).fields("status", "closed", "refunds.0.amount.amount", "250")
			f.settled()
			f.get("/v1/orders/{order}").fields("payments.0.refunded.amount", "250", "amount_due.amount", "0")
			product("true")
		}
		f.proven()
	})
}
