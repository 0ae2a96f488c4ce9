package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

func init() {
	exampleOrder += " openCase putMacro getMacro listMacros runMacro replyCase"
}

// caseAbout opens a case about an order and keeps both ids.
func (f *fixture) caseAbout(order reply) {
	f.t.Helper()
	f.vars["o"] = order.str("id")
	f.vars["case"] = f.post("/v1/cases", `{"subject":"About it","orders":["{o}"]}`).want(201).str("id")
}

// shipAll lets all of {o} leave.
func (f *fixture) shipAll() {
	f.t.Helper()
	id := f.get("/v1/orders/{o}").str("fulfillments.0.id")
	f.post("/v1/fulfillments/"+id+"/release", "").want(200)
	f.post("/v1/fulfillments/"+id+"/ship", `{"tracking_number":"T1"}`).want(200)
}

// TestMacros: previewed, then done as one unit, on money and stock; needing the scopes of what they do.
func TestMacros(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("A")
		f.caseAbout(f.place("A", 3, "sandbox", "tok_ok").want(201))
		body := `{"steps":[{"do":"cancel","reason":"customer","lines":[{"line":"1","quantity":1}]},{"do":"note","text":"One less for {customer}, order {number}"},{"do":"tag","tag":"less"}]}`
		tried := f.post("/v1/cases/{case}/macros?dry_run=true", body).want(200)
		tried.fields("money.total.amount", "-250", "stock.0.bucket", "allocated", "stock.0.delta", "-1", "order.totals.grand_total.amount", "500",
			"steps.1.text", "One less for Ada, order "+f.get("/v1/orders/{o}").str("number"), "steps.2.tag", "less")
		f.stocked("A", onHand, allocated+3, reserved)
		f.get("/v1/cases/{case}").fields("version", "1")
		done := f.post("/v1/cases/{case}/macros", body, "If-Match", `"1"`, "Idempotency-Key", "less").want(200)
		done.fields("case.version", "2", "case.tags.0", "less", "money.total.amount", "-250", "order.lines.0.units.canceled", "1", "case.entries", "2")
		if again := f.post("/v1/cases/{case}/macros", body, "If-Match", `"1"`, "Idempotency-Key", "less").want(200); again.header.Get("Idempotent-Replayed") != "true" {
			t.Error("not replayed")
		}
		f.post("/v1/cases/{case}/macros", body, "If-Match", `"1"`).refused(409, "version_mismatch")
		f.stocked("A", onHand, allocated+2, reserved)
		thread := f.get("/v1/cases/{case}/thread")
		number := f.get("/v1/orders/{o}").str("number")
		thread.fields("data.0.kind", "note", "data.0.text", "One less for Ada, order "+number, "data.1.code", "macro_run", "data.1.facts.order", f.vars["o"])

		f.post("/v1/cases/{case}/macros", `{"steps":[{"do":"change_address","address":{"name":"Ada","line1":"2 Side Street","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}]}`).want(200).
			fields("order.shipping_address.line1", "2 Side Street")
		f.post("/v1/cases/{case}/macros", `{"steps":[{"do":"reship"}]}`).refused(409, "nothing_to_reship")
		f.shipAll()
		eventually(t, "the capture", func() bool { return f.get("/v1/orders/{o}").str("payment_status") == "paid" })
		again := f.post("/v1/cases/{case}/macros", `{"steps":[{"do":"reship","lines":[{"line":"1","quantity":1}]},{"do":"refund","amount":100,"reason":"damaged"},{"do":"status","status":"resolved"}]}`).want(200)
		again.fields("reships.totals.grand_total.amount", "0", "reships.lines.0.quantity", "1", "reships.status", "open", "reships.tags.0", "reship", "money.refund.amount", "100",
			"case.status", "resolved", "case.orders.1", again.str("reships.id"), "steps.0.made", again.str("reships.id"))
		f.history(f.vars["case"], "case.opened", "case.noted", "case.macro_run", "case.macro_run", "case.resolved", "case.macro_run")

		f.vars["agent"] = f.key(`"scopes":["cases:write","orders:write"]`)
		f.caseAbout(f.place("A", 1, "manual", "").want(201))
		f.send(request{do: "POST /v1/cases/{case}/macros", body: `{"steps":[{"do":"refund","amount":1}]}`, key: "{agent}"}).refused(403, "missing_scope").fields("scope", "payments:write")
		f.send(request{do: "POST /v1/cases/{case}/macros", body: `{"macro":"lost_parcel"}`, key: "{agent}"}).refused(403, "missing_scope").fields("scope", "orders:price")
		f.send(request{do: "POST /v1/cases/{case}/macros", body: `{"steps":[{"do":"cancel"}]}`, key: "{agent}"}).want(200).fields("order.status", "canceled")
	})
}

func TestBadMacros(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.caseAbout(f.place("A", 1, "manual", "").want(201))
		r := f.post("/v1/cases/{case}/macros", `{"steps":[{"do":"dance"},{"do":"refund"},{"do":"appease","amount":1,"percent":1},{"do":"change_address"},{"do":"note"},{"do":"status","status":"new"}]}`).refused(422, "validation_failed")
		for i, at := range []string{"/steps/0/do", "/steps/1/amount", "/steps/2/percent", "/steps/2/tender", "/steps/3/address", "/steps/4/text", "/steps/5/status"} {
			r.fields(fmt.Sprintf("errors.%d.pointer", i), at)
		}
		f.post("/v1/cases/{case}/macros", `{}`).refused(422, "validation_failed").fields("errors.0.pointer", "/steps")
		f.post("/v1/cases/{case}/macros", `{"macro":"none"}`).refused(404, "not_found")
		f.post("/v1/cases/{case}/macros", `{"order":"{order}","steps":[{"do":"cancel"}]}`).refused(422, "validation_failed").fields("errors.0.pointer", "/order")
		f.post("/v1/cases/{case}/macros", `{"steps":[{"do":"note","text":"x"},{"do":"cancel","reason":"mood"}]}`).refused(422, "validation_failed").fields("errors.0.pointer", "/steps/1/reason")
		f.get("/v1/cases/{case}").fields("version", "1", "entries", "0") // all or nothing
		f.post("/v1/cases/case_{unknown}/macros", `{"steps":[{"do":"cancel"}]}`).refused(404, "not_found")
		f.put("/v1/macros/m", `{"name":"M","steps":[{"do":"appease"}]}`).refused(422, "validation_failed").fields("errors.0.pointer", "/steps/0/tender")
		f.put("/v1/macros/m", `{"name":"M","steps":[{"do":"note","text":"x"}]}`).want(201)
		f.put("/v1/macros/m", `{"name":"M","steps":[{"do":"note","text":"x"}],"active":false}`).want(200)
		f.post("/v1/cases/{case}/macros", `{"macro":"m"}`).refused(404, "not_found")
	})
}

// TestAppeasement: money no more than was captured, store credit as the queue allows, and either within the agent's day (S3).
func TestAppeasement(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/queues/general", `{"name":"Customers","appease_daily":600,"appease_credit":300}`).want(200)
		o := f.place("A", 2, "sandbox", "tok_ok").want(201)
		f.caseAbout(o)
		give := func(tender string, amount int, query string) reply {
			t.Helper()
			return f.post("/v1/cases/{case}/macros"+query, fmt.Sprintf(`{"steps":[{"do":"appease","tender":%q,"amount":%d}]}`, tender, amount))
		}
		give("refund", 100, "").refused(409, "appeasement_limit").fields("available", "0") // nothing is captured yet
		f.shipAll()
		eventually(t, "the capture", func() bool { return f.get("/v1/orders/{o}").str("payment_status") == "paid" })
		give("refund", 501, "").refused(409, "appeasement_limit").fields("available", "500")
		give("refund", 400, "?dry_run=true").want(200).fields("money.refund.amount", "400", "money.granted.amount", "400")
		give("refund", 400, "").want(200).fields("money.refund.amount", "400", "steps.0.amount.amount", "400")
		give("refund", 101, "").refused(409, "appeasement_limit").fields("available", "100")
		give("store_credit", 301, "").refused(409, "appeasement_limit").fields("available", "300")
		credit := give("store_credit", 150, "").want(200).fields("money.store_credit.amount", "150").str("steps.0.made")
		more := give("store_credit", 40, "").want(200)
		if got := more.str("steps.0.made"); got != credit {
			t.Errorf("another account: %s", got)
		}
		f.get("/v1/store-credits/"+credit).fields("balance.amount", "190", "email", "ada@example.com")
		give("store_credit", 20, "").refused(409, "appeasement_limit").fields("available", "10") // of the day
		f.history("apz"+strings.TrimPrefix(f.vars["o"], "ord"), "appeasement.issued", "appeasement.issued", "appeasement.issued")
	})
}

// TestMailIn: mails open cases, find their thread, come twice, and are cut where they are too long.
func TestMailIn(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		take := func(members string) reply {
			t.Helper()
			return f.send(request{do: "POST /v1/webhooks/mail", body: `{"from":"Grace Hopper <Grace@example.com>",` + members + `}`}).want(200)
		}
		first := take(`"subject":"Where is\tmy mug?","text":"It should have come.","message_id":"<1@x>"`)
		f.vars["case"], f.vars["number"] = first.str("case"), first.str("number")
		first.fields("opened", "true")
		take(`"subject":"x","text":"x","message_id":"<1@x>"`).fields("case", f.vars["case"], "duplicate", "true", "opened", "false")
		c := f.get("/v1/cases/{case}").fields("origin", "mail", "subject", "Where is my mug?", "contact.name", "Grace Hopper", "entries", "1")
		f.get("/v1/customers/"+c.str("customer")).fields("email", "Grace@example.com", "name", "Grace Hopper")
		take(`"subject":"Re: it","text":"Hello?","message_id":"<2@x>","in_reply_to":"<1@x>"`).fields("case", f.vars["case"], "opened", "false")
		take(`"subject":"Re: it","message_id":"<3@x>","references":["<0@x>","<2@x>"]`).fields("case", f.vars["case"])
		take(`"subject":"About [{number}]","text":"x","message_id":"<4@x>"`).fields("case", f.vars["case"])
		stranger := f.post("/v1/webhooks/mail", `{"from":"eve@example.com","subject":"[{number}]","text":"Send it to me","message_id":"<5@x>"}`).want(200)
		if stranger.str("case") == f.vars["case"] {
			t.Error("a stranger writes into the case")
		}
		f.get("/v1/cases/{case}/thread").fields("data.0.from", "Grace@example.com", "data.2.text", "(no text)", "data.3.number", "4")
		f.post("/v1/cases/{case}/status", `{"status":"resolved"}`).want(200)
		take(`"subject":"away","text":"x","message_id":"<6@x>","in_reply_to":"<1@x>","auto_submitted":true`).fields("case", f.vars["case"])
		f.get("/v1/cases/{case}").fields("status", "resolved", "entries", "5")
		take(`"subject":"thanks, but","text":"x","message_id":"<7@x>","in_reply_to":"<1@x>"`)
		f.get("/v1/cases/{case}").fields("status", "open", "reopened", "1")
		long := take(`"subject":"` + strings.Repeat("s", 1500) + `","text":"` + strings.Repeat("ü", 30_000) + `","message_id":"<8@x>"`)
		text := f.get("/v1/cases/" + long.str("case") + "/thread").str("data.0.text")
		if n := len([]rune(text)); n != 20_000 || !strings.HasSuffix(text, "[…]") {
			t.Errorf("%d characters", n)
		}
		f.personal("case.message_received", "Hello?")

		r := f.post("/v1/webhooks/mail", `{"from":"nobody","message_id":" "}`).refused(422, "validation_failed")
		r.fields("errors.0.pointer", "/from", "errors.1.pointer", "/message_id")
		f.send(request{do: "POST /v1/webhooks/mail", body: `{}`, key: "-"}).refused(401, "unauthenticated")
		f.send(request{do: "POST /v1/webhooks/mail", body: `{}`, key: "{writer}"}).refused(403, "missing_scope")
		f.send(request{do: "POST /v1/webhooks/mail", body: `{}`, key: "{webonly}"}).refused(403, "all_channels_required")
		f.send(request{do: "POST /v1/webhooks/mail", body: `{"from":"\u0000"}`}).refused(400, "malformed_json")
		f.send(request{do: "POST /v1/webhooks/mail", body: `{"text":"` + strings.Repeat("x", 1<<20) + `"}`}).refused(413, "too_large")
		body := `{"from":"ada@example.com","subject":"Signed","text":"x","message_id":"<9@x>"}`
		sign := func(secret string) string {
			h := hmac.New(sha256.New, []byte(secret))
			h.Write([]byte(body))
			return "sha256=" + hex.EncodeToString(h.Sum(nil))
		}
		f.send(request{do: "POST /v1/webhooks/mail", body: body, key: "-", header: []string{"Ordo-Signature", sign("other")}}).refused(401, "invalid_signature")
		f.send(request{do: "POST /v1/webhooks/mail", body: body, key: "-", header: []string{"Ordo-Signature", sign("mail secret")}}).want(200).fields("opened", "true")
		f.app.Secret = func(string) string { return "" } // without a secret nothing is signed
		f.send(request{do: "POST /v1/webhooks/mail", body: body, key: "-", header: []string{"Ordo-Signature", sign("")}}).refused(401, "invalid_signature")
	})
}

// TestContactForm: closed until a queue opens it; the same words twice are one message; an order is linked only to its own
// customer; and few a minute from one address.
func TestContactForm(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		number := f.get("/v1/orders/{order}").str("number")
		send := func(members string) reply {
			return f.send(request{do: "POST /v1/contact", body: `{` + members + `}`, key: "-"})
		}
		send(`"email":"ada@example.com","text":"Where is it?"`).refused(404, "not_found")
		f.put("/v1/queues/form", `{"name":"Form","web_form":true}`).want(201)
		f.put("/v1/queues/other", `{"name":"Other","web_form":true}`).refused(422, "validation_failed").fields("errors.0.pointer", "/web_form")
		mine := send(`"name":"Ada","email":"ADA@example.com","subject":"My order","text":"Where is it?","order_number":"` + number + `"`).want(200).str("number")
		again := send(`"name":"Ada","email":"ADA@example.com","subject":"My order","text":"Where is it?","order_number":"` + number + `"`).want(200).str("number")
		if mine != again {
			t.Errorf("%s and %s", mine, again)
		}
		f.get("/v1/cases?q="+mine).fields("data.0.origin", "form", "data.0.queue", "form", "data.0.orders.0", f.vars["order"])
		other := send(`"email":"eve@example.com","text":"Where is it?","order_number":"` + number + `"`).want(200).str("number")
		f.get("/v1/cases?q="+other).fields("data.0.orders.0", "")
		send(`"email":"x","text":" "`).refused(422, "validation_failed").fields("errors.0.pointer", "/email", "errors.1.pointer", "/text")
		last := send(`"email":"eve@example.com","text":"y"`).want(200)
		if last = send(`"email":"eve@example.com","text":"z"`); last.status != 429 || last.header.Get("Retry-After") == "" {
			t.Errorf("not limited: %d", last.status)
		}
	})
}

// TestCasesOfExceptions: a refund that fails opens a case, once (D8); what is over resolves a case that nobody has taken.
func TestCasesOfExceptions(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 2, "sandbox", "tok_refund_fails").want(201)
		f.vars["o"] = o.str("id")
		f.shipAll()
		eventually(t, "the capture", func() bool { return f.get("/v1/orders/{o}").str("payment_status") == "paid" })
		f.post("/v1/orders/{o}/grants", `{"reason":"goodwill","amount":{"amount":200,"currency":"GBP"}}`).want(201)
		eventually(t, "the case", func() bool { return f.get("/v1/cases?order={o}").str("data.0.cause.kind") == "refund_failed" })
		c := f.get("/v1/cases?order={o}")
		c.fields("data.0.queue", "payments", "data.0.priority", "high", "data.0.origin", "exception", "data.0.status", "new", "data.1", "")
		f.vars["case"] = c.str("data.0.id")
		f.get("/v1/orders/{o}").fields("refund_due.amount", "200", "grants.0.status", "failed")
		f.get("/v1/cases/{case}/thread").fields("data.0.code", "refund_failed", "data.0.kind", "system", "data.0.facts.order", f.vars["o"])

		pay := f.get("/v1/orders/{o}").str("payments.0.id")
		f.post("/v1/orders/{o}/payments/"+pay+"/refunds", `{"amount":{"amount":200,"currency":"GBP"},"reason":"goodwill","recorded":true,"reference":"Bank 12"}`).want(200)
		eventually(t, "its end", func() bool { return f.get("/v1/cases/{case}").str("status") == "resolved" })
		if f.get("/v1/cases/{case}").str("cause.ended_at") == "" {
			t.Error("the cause is not over")
		}
	})
}
