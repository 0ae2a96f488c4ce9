package api

import (
	"fmt"
	"testing"
	"time"
)

// swapped asks for units of line 1 to be exchanged, and keeps the exchange in {return}.
func (f *fixture) swapped(members string) reply {
	f.t.Helper()
	body := `{"lines":[{"line":"1","quantity":1,"reason":"wrong_size"}],` + members + `}`
	version := f.get("/v1/orders/{order}").str("version")
	f.post("/v1/orders/{order}/exchanges?dry_run=true", body).want(200)
	f.get("/v1/orders/{order}").fields("version", version)
	r := f.post("/v1/orders/{order}/exchanges", body).want(201)
	f.vars["return"] = r.str("id")
	return r
}

// sent lets all that waits on the order leave.
func (f *fixture) sent() {
	f.t.Helper()
	o := f.get("/v1/orders/{order}")
	for i := range o.list("fulfillments") {
		if at := "fulfillments." + itoa(int64(i)); o.str(at+".status") == "planned" {
			f.step(o.str(at+".id"), "release", "").want(200)
			f.step(o.str(at+".id"), "ship", `{"tracking_number":"T2"}`).want(200)
		}
	}
	f.settled()
}

// cameBack takes the unit of {return} in, and inspects it.
func (f *fixture) cameBack(found string) reply {
	f.t.Helper()
	f.post("/v1/returns/{return}/receive", `{"lines":[{"line":"1","quantity":1}]}`).want(200)
	return f.post("/v1/returns/{return}/inspect", `{"units":[{"line":"1","quantity":1,`+found+`}]}`).want(200)
}

// TestExchange: the replacement waits for the units to come back, they pay for it, and one settlement moves what is over.
func TestExchange(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.sold("sandbox", "", "A 2")
		f.swapped(`"items":[{"sku":"A","quantity":1}]`).fields("type", "exchange", "status", "approved", "replacement.status", "awaiting_return", "replacement.lines.0", "2")
		o := f.get("/v1/orders/{order}").fields("status", "open", "lines.1.return", f.vars["return"], "lines.1.unit_price.amount", "250", "holds.0.type", "awaiting_return_items", "amount_due.amount", "250")
		f.step(o.str("fulfillments.1.id"), "release", "").refused(409, "on_hold")
		f.cameBack(`"condition":"new"`).fields("status", "closed", "replacement.status", "return_received", "replacement.credit.amount", "250")
		f.get("/v1/orders/{order}").fields("amount_due.amount", "0", "refund_due.amount", "0", "holds.0.status", "lifted", "grants.0.offset.amount", "250", "grants.0.status", "succeeded")
		f.sent()
		o = f.get("/v1/orders/{order}").fields("status", "completed", "payment_status", "paid", "amount_due.amount", "0", "payments.0.captured.amount", "500", "payments.0.refunded.amount", "0")
		if len(o.list("payments")) != 1 {
			t.Errorf("an even exchange moved money: %s", o.body)
		}

		f.back(1, "unwanted", "")
		f.cameBack(`"condition":"new"`).fields("status", "closed", "refunds.0.amount.amount", "250")
		f.settled()
		f.get("/v1/orders/{order}").fields("payments.0.refunded.amount", "250")

		f.stock("C", "L1", 10)
		f.sold("sandbox", "", "A 1")
		f.swapped(`"items":[{"sku":"C","quantity":1}]`)
		f.cameBack(`"condition":"new"`).fields("replacement.credit.amount", "5", "refunds.0.amount.amount", "250")
		f.sent()
		f.get("/v1/orders/{order}").fields("payments.0.captured.amount", "250", "payments.0.refunded.amount", "245", "amount_due.amount", "0", "refund_due.amount", "0")

		f.sold("sandbox", "", "C 1")
		f.swapped(`"items":[{"sku":"A","quantity":1}]`)
		f.cameBack(`"condition":"new"`).fields("replacement.credit.amount", "5")
		o = f.get("/v1/orders/{order}").fields("amount_due.amount", "245", "holds.1.type", "awaiting_payment") // the difference, and nothing else
		f.step(o.str("fulfillments.1.id"), "release", "").refused(409, "on_hold")
		f.post("/v1/orders/{order}/payments", `{"provider":"sandbox","token":"tok_ok"}`).want(201)
		f.settled()
		f.sent()
		f.get("/v1/orders/{order}").fields("amount_due.amount", "0", "payment_status", "paid", "payments.1.captured.amount", "245", "status", "completed")

		_, allocated, _, _ := f.positions("A")
		f.sold("manual", "", "A 1")
		f.swapped(`"items":[{"sku":"A","quantity":1}]`)
		f.cameBack(`"condition":"used","accepted":false,"reason":"used"`).fields("replacement.status", "canceled", "status", "closed")
		f.get("/v1/orders/{order}").fields("status", "completed", "lines.1.units.canceled", "1", "totals.grand_total.amount", "250")
		if _, now, _, _ := f.positions("A"); now != allocated {
			t.Errorf("%d units are allocated, %d were", now, allocated)
		}
		f.post("/v1/orders/{order}/exchanges", `{"lines":[],"items":[],"payment":{"provider":"manual"}}`).refused(422, "validation_failed")
		f.post("/v1/returns/{return}/charge", "").refused(409, "illegal_transition")
		f.proven()
	})
}

// TestAdvanceExchange is drill D16: a replacement is sent at once, its item never comes back, and it is charged once; or
// it is waived, and then not charged any more.
func TestAdvanceExchange(t *testing.T) {
	clock, later := together()
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/return-policies/p", `{"name":"P","auto_approve":true,"advance_days":3}`).want(201)
		f.sold("sandbox", "", "A 1")
		f.swapped(inAdvance).fields("replacement.status", "replacement_released")
		f.settled()
		f.sent()
		f.get("/v1/orders/{order}").fields("status", "completed", "amount_due.amount", "250", "payments.0.captured.amount", "250", "payments.1.authorized.amount", "250", "payments.1.captured.amount", "0")
		f.post("/v1/returns/{return}/waive", "").refused(409, "illegal_transition")
		f.dueNow("return_due")
		f.get("/v1/returns/{return}").fields("replacement.status", "replacement_released") // too early by the clock of the command
		later(4 * 24 * time.Hour)
		eventually(t, "the replacement is charged", func() bool {
			f.dueNow("return_due")
			return f.get("/v1/returns/{return}").str("replacement.status") == "charged"
		})
		f.settled()
		f.get("/v1/orders/{order}").fields("payments.1.captured.amount", "250", "amount_due.amount", "0", "payment_status", "paid")
		f.post("/v1/returns/{return}/charge", "").refused(409, "illegal_transition")
		f.post("/v1/returns/{return}/waive", "").refused(409, "illegal_transition")
		f.cameBack(`"condition":"new"`).fields("status", "closed", "refunds.0.amount.amount", "250") // late, and still refunded
		f.settled()
		f.get("/v1/orders/{order}").fields("amount_due.amount", "0", "refund_due.amount", "0", "payment_status", "partially_refunded")

		f.put("/v1/return-policies/p", `{"name":"P","auto_approve":true,"advance_days":3,"overdue":"ask"}`).want(200)
		f.sold("sandbox", "", "A 1")
		f.swapped(inAdvance)
		f.settled()
		f.sent()
		later(4 * 24 * time.Hour)
		eventually(t, "the item is overdue", func() bool {
			f.dueNow("return_due")
			return f.get("/v1/returns/{return}").str("replacement.status") == "item_overdue"
		})
		f.post("/v1/returns/{return}/waive", "").want(200).fields("replacement.status", "waived", "replacement.credit.amount", "250")
		f.post("/v1/returns/{return}/charge", "").refused(409, "illegal_transition")
		f.get("/v1/orders/{order}").fields("amount_due.amount", "0", "payments.0.captured.amount", "250")

		f.sold("sandbox", "", "A 1")
		f.swapped(inAdvance)
		f.settled()
		f.sent()
		f.cameBack(`"condition":"new"`).fields("replacement.status", "return_received", "status", "closed")
		f.settled()
		f.get("/v1/orders/{order}").fields("payments.1.voided.amount", "250", "payments.1.captured.amount", "0", "amount_due.amount", "0")
		f.proven()
	}, clock)
}

// TestClaims: units are settled without coming back; claims and returns together name no more than has shipped.
func TestClaims(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.sold("sandbox", "", "A 3")
		body := `{"reason":"damaged","lines":[{"line":"1","quantity":1}],"remedy":"refund","note":"photo 1"}`
		f.post("/v1/orders/{order}/claims?dry_run=true", body).want(200).fields("id", "null", "refunds.0.amount.amount", "250")
		f.post("/v1/orders/{order}/claims", body).want(201).fields("type", "claim", "status", "closed", "remedy", "refund", "lines.0.kept", "1", "refunds.0.amount.amount", "250")
		f.settled()
		f.get("/v1/orders/{order}").fields("return_status", "none", "lines.0.units.written_off", "1", "payments.0.refunded.amount", "250", "grants.0.reason", "damaged", "notes.0.text", "photo 1")
		f.post("/v1/orders/{order}/claims", `{"reason":"lost","lines":[{"line":"1","quantity":1}],"remedy":"reship"}`).want(201).fields("sent.0", "2", "remedy", "reship")
		f.get("/v1/orders/{order}").fields("status", "open", "lines.1.unit_price.amount", "0", "lines.1.sku", "A", "amount_due.amount", "0")
		f.sent()
		f.get("/v1/orders/{order}").fields("status", "completed", "payments.0.refunded.amount", "250")
		f.back(1, "unwanted", "")
		f.post("/v1/orders/{order}/claims", body).refused(409, "return_limit")
		f.post("/v1/returns/{return}/cancel", `{"reason":"kept"}`).want(200)
		f.post("/v1/orders/{order}/claims", `{"reason":"missing","lines":[{"line":"1","quantity":1}],"remedy":"both","refund_to":"store_credit"}`).want(201).fields("remedy", "both", "sent.0", "3", "refunds.0.amount.amount", "250")
		f.post("/v1/orders/{order}/claims", `{"reason":"greed","lines":[{"line":"1","quantity":1}],"remedy":"money"}`).refused(422, "validation_failed").
			fields("errors.0.pointer", "/reason", "errors.1.pointer", "/remedy")
		f.sold("manual", "", "B 10")
		f.post("/v1/orders/{order}/claims", `{"reason":"wrong","lines":[{"line":"1","quantity":1}],"remedy":"reship"}`).want(201).fields("remedy", "refund", "refunds.0.amount.amount", "1000") // nothing is left to send

		// A product that is not sold any more is sent again while there is some; then it is refunded, also by a channel that waits for stock.
		f.sold("manual", "", "A 1", "A 1")
		f.put("/v1/products/A", `{"name":"A","price":{"amount":250,"currency":"GBP"},"active":false}`).want(200)
		f.shortage("backorder")
		claim := `{"reason":"damaged","lines":[{"line":"2","quantity":1}],"remedy":"reship"}`
		f.post("/v1/orders/{order}/exchanges", `{"lines":[{"line":"2","quantity":1,"reason":"defective"}],"items":[{"sku":"A","quantity":1}]}`).refused(422, "validation_failed").fields("errors.0.code", "unknown_sku")
		f.post("/v1/orders/{order}/claims?dry_run=true", claim).want(200).fields("remedy", "reship")
		left := f.get("/v1/stock?sku=A")
		for i := range left.list("data") {
			at := "data." + itoa(int64(i))
			if n := left.num(at + ".available"); n > 0 {
				f.post("/v1/stock/adjustments", fmt.Sprintf(`{"reason":"lost","lines":[{"sku":"A","location":%q,"delta":%d}]}`, left.str(at+".location"), -n)).want(201)
			}
		}
		f.post("/v1/orders/{order}/claims?dry_run=true", claim).want(200).fields("remedy", "refund", "refunds.0.amount.amount", "250")
		f.stock("A", "L1", 1)
		f.post("/v1/orders/{order}/claims", claim).want(201).fields("remedy", "reship", "sent.0", "3")
		f.sent()
		f.get("/v1/orders/{order}").fields("status", "completed", "lines.2.sku", "A", "lines.2.unit_price.amount", "0", "lines.2.units.shipped", "1")
		f.proven()
	})
}
