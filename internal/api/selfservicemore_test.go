package api

import (
	"strings"
	"testing"
)

// TestLinksTried: what a customer would do by a link is shown before it is done: what comes back for a cancellation, what
// a return comes to, with its fees and to where.
func TestLinksTried(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/return-policies/web", `{"name":"Web","fee_percent":10,"auto_approve":true,"bonus_percent":20,"reasons":[{"code":"unwanted","fault":"customer"}]}`).want(201)
		id := f.place("A", 2, "sandbox", "tok_ok").want(201).str("id")
		token := f.linked(id, `"cancel","address"`)
		f.byLink("GET ", token, "").want(200).fields("totals.grand_total.amount", "500", "paid.amount", "0", "held.amount", "500", "payable.amount", "0", "lines.0.total.amount", "500",
			"language", "en", "time_zone", "UTC", "not_allowed", "", "return_options", "")
		f.byLink("POST /cancel?dry_run=true", token, "").want(200).fields("status", "canceled", "held.amount", "0", "allowed.1", "")
		f.byLink("POST /address?dry_run=true", token, moved).want(200).fields("shipping_address.city", "Leeds")
		f.byLink("GET ", token, "").fields("status", "open", "shipping_address.city", "York", "held.amount", "500")

		f.sold("sandbox", "", "A 3")
		back := f.linked(f.vars["order"], `"cancel","return"`)
		f.byLink("GET ", back, "").fields("paid.amount", "750", "lines.0.returnable", "3", "return_options.reasons.0", "unwanted", "return_options.conditions.0", "new",
			"not_allowed.0.step", "cancel", "not_allowed.0.code", "already_released")
		wish := `{"lines":[{"line":"1","quantity":2,"reason":"unwanted","condition":"opened"}],"refund_to":"store_credit","note":"too small"}`
		f.byLink("POST /returns?dry_run=true", back, wish).want(200).fields("returns.0.number", "", "returns.0.refund_to", "store_credit", "returns.0.items.amount", "500",
			"returns.0.fees.amount", "50", "returns.0.refund.amount", "450", "returns.0.bonus.amount", "90", "lines.0.returnable", "3")
		f.byLink("POST /returns?dry_run=true", back, `{"lines":[{"line":"1","quantity":4,"reason":"unwanted"}]}`).refused(409, "return_limit")
		f.byLink("POST /returns", back, `{"lines":[{"line":"1","quantity":1,"reason":"unwanted"}],"refund_to":"cash"}`).refused(422, invalid)
		f.byLink("GET ", back, "").fields("returns.0", "")
		f.proven()
	})
}

// TestLinksOnce: with an Idempotency-Key a request of a customer takes effect once, and still shows the order; a key is
// for its link alone, and a revoked link shows nothing.
func TestLinksOnce(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.sold("sandbox", "", "A 3")
		token := f.linked(f.vars["order"], `"return"`)
		once := func(token, body string) reply {
			return f.send(request{do: "POST /v1/links/" + token + "/returns", key: "-", body: body, header: []string{"Idempotency-Key", "form-1"}})
		}
		wish := `{"lines":[{"line":"1","quantity":1,"reason":"unwanted"}]}`
		for range 2 {
			once(token, wish).want(200).fields("returns.0.status", "approved", "returns.1", "", "lines.0.returnable", "2")
		}
		once(token, strings.Replace(wish, "unwanted", "defective", 1)).refused(422, "idempotency_conflict")
		f.vars["first"] = f.vars["order"]
		f.sold("sandbox", "", "A 1")
		once(f.linked(f.vars["order"], `"return"`), wish).want(200).fields("returns.0.status", "approved", "lines.0.returnable", "0", "not_allowed.0.code", "nothing_to_return")
		f.post("/v1/orders/{first}/links/revoke", `{}`).want(200)
		once(token, wish).refused(404, "not_found")
		f.proven()
	})
}

// TestPayByLink: what is due is paid on a page that the customer asks for, also after a declined payment; nothing is paid
// twice.
func TestPayByLink(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		id := f.place("A", 2, "manual", "").want(201).str("id")
		token := f.linked(id, `"status"`)
		f.byLink("GET ", token, "").fields("payable.amount", "500")
		f.byLink("POST /payment?dry_run=true", token, "").want(200).fields("url", "null", "amount.amount", "500")
		r := f.byLink("POST /payment", token, "").want(201).fields("amount.amount", "500")
		f.sees(r.str("url"), "", 200, "Pay £5.00")
		f.sees(r.str("url"), "tok_declined", 402, "Payment declined")
		f.byLink("GET ", token, "").fields("payable.amount", "500")
		f.sees(r.str("url"), "tok_ok", 200, "Payment received")
		f.byLink("GET ", token, "").fields("payable.amount", "0")
		f.byLink("POST /payment", token, "").refused(409, "payment_limit")
		f.post("/v1/orders/"+id+"/cancel", `{"reason":"customer"}`).want(200)
		f.byLink("POST /payment", token, "").refused(409, "illegal_transition")
		f.proven()
	})
}

// TestWriteByLink: a message of a customer opens one case with the order, for the mail address that the shop has.
func TestWriteByLink(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		id := f.place("A", 1, "manual", "").want(201).str("id")
		token := f.linked(id, `"status"`)
		for range 2 {
			f.byLink("POST /messages", token, `{"subject":"My mug","text":"Where is it?"}`).want(200).fields("number", "C1001")
		}
		f.get("/v1/cases").fields("data.0.subject", "My mug", "data.0.orders.0", id, "data.0.contact.email", "ada@example.com", "data.1", "")
		f.byLink("POST /messages", token, `{"subject":"","text":""}`).refused(422, invalid)
		for range 3 {
			f.byLink("POST /messages", token, `{"subject":"Again","text":"Hello?"}`).want(200)
		}
		f.byLink("POST /messages", token, `{"subject":"Again","text":"Hello?"}`).refused(429, "rate_limited")
		silent := f.post("/v1/orders", `{"channel":"web","customer":{"name":"Ada"},"shipping_address":{"name":"Ada","line1":"1 High Street","city":"York","postal_code":"YO1 1AA","country":"GB"},"lines":[{"sku":"A","quantity":1}],"payment":{"provider":"manual"}}`)
		if silent.status == 201 {
			f.byLink("POST /messages", f.linked(silent.str("id"), `"status"`), `{"subject":"a","text":"b"}`).refused(409, "no_address")
		}
		f.proven()
	})
}
