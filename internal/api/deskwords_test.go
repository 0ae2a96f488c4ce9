package api

import (
	"strings"
	"testing"
)

// TestMailNamesOrder: a mail that names an order of its writer belongs to that order; one that names somebody else's
// does not. An answer in a case without an order says what is missing.
func TestMailNamesOrder(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 1, "manual", "").want(201)
		f.vars["o"], f.vars["number"] = o.str("id"), o.str("number")
		second := f.place("A", 1, "manual", "").want(201)
		f.vars["o2"], f.vars["number2"] = second.str("id"), second.str("number")
		take := func(from, members string) reply {
			t.Helper()
			return f.post("/v1/webhooks/mail", `{"from":"`+from+`",`+members+`}`).want(200)
		}
		for i, members := range []string{
			`"subject":"Order #{number}, please","text":"x","message_id":"<n1@x>"`, `"subject":"Where is it?","text":"My order ({number}-R1) has not come.","message_id":"<n2@x>"`,
		} {
			r := take("Ada <ADA@example.com>", members)
			if got := f.get("/v1/cases/" + r.str("case")).str("orders.0"); got != f.vars["o"] {
				t.Errorf("mail %d: order %q", i, got)
			}
		}
		r := take("ada@example.com", `"subject":"And another","text":"also {number2}","message_id":"<n3@x>","in_reply_to":"<n1@x>"`)
		f.get("/v1/cases/"+r.str("case")).fields("orders.0", f.vars["o"], "orders.1", f.vars["o2"])
		f.vars["stranger"] = take("eve@example.com", `"subject":"Order {number}","text":"{number}, send it to me","message_id":"<n4@x>"`).str("case")
		f.get("/v1/cases/{stranger}").fields("orders.0", "")
		r = take("ada@example.com", `"subject":"x{number}","text":"1{number} {number}9","message_id":"<n5@x>"`)
		f.get("/v1/cases/"+r.str("case")).fields("orders.0", "")

		long := `"subject":"Long","text":"` + strings.Repeat("padding ", 3_000) + `{number}","message_id":"<n6@x>"` // of which the end is not kept
		f.get("/v1/cases/"+take("ada@example.com", long).str("case")).fields("orders.0", "")

		refused := f.post("/v1/cases/{stranger}/replies", `{"text":"Hello"}`).refused(409, "no_mail_sender")
		if d := refused.str("detail"); !strings.Contains(d, "/v1/cases/"+f.vars["stranger"]+`/change {"orders":[`) {
			t.Errorf("detail %q", d)
		}
		f.proven()
	})
}

// TestUnknownWords: what nobody fills in is refused where it is written, with the list of what there is.
func TestUnknownWords(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.caseAbout(f.place("A", 1, "manual", "").want(201))
		says := func(r reply, pointer, code string, words ...string) {
			t.Helper()
			r.refused(422, invalid).fields("errors.0.pointer", pointer, "errors.0.code", code)
			for _, w := range words {
				if d := r.str("errors.0.detail"); !strings.Contains(d, w) || strings.Contains(d, "template: ") {
					t.Errorf("%q does not say %q", d, w)
				}
			}
		}
		all := "{customer}, {number}, {case}, {agent}"
		says(f.post("/v1/cases/{case}/replies", `{"text":"Dear {{.customer.name}}"}`), "/text", "unknown_placeholder", "{{.customer.name}}", all)
		says(f.post("/v1/cases/{case}/replies", `{"text":"Dear {custmer}"}`), "/text", "unknown_placeholder", "{custmer}", all)
		says(f.post("/v1/cases/{case}/macros", `{"steps":[{"do":"note","text":"{{.X}}"}]}`), "/steps/0/text", "unknown_placeholder", "{{.X}}", all)
		says(f.put("/v1/macros/m", `{"name":"M","steps":[{"do":"reply","text":"Hi {name}"}]}`), "/steps/0/text", "unknown_placeholder", "{name}", all)
		says(f.put("/v1/macros/m", `{"name":"M","steps":[{"do":"resend_mail","mail":"order_shiped"}]}`), "/steps/0/mail", "unknown_template", "order_shipped")
		says(f.post("/v1/cases/{case}/macros", `{"steps":[{"do":"resend_mail","mail":"order_shiped"}]}`), "/steps/0/mail", "unknown_template", "order_shipped")
		f.put("/v1/macros/m", `{"name":"M","steps":[{"do":"reply","text":"Hi {customer}, order {number}: { x } and {\"a\":1}"}]}`).want(201)

		says(f.put("/v1/mail-templates/order_shiped.en", `{"subject":"a","text":"b"}`), "/code", "unknown_template", "order_shipped", "case_reply", "reply_")
		f.put("/v1/mail-templates/reply_sorry.en", `{"subject":"a","text":"{{.message}}"}`).want(201)
		says(f.put("/v1/mail-templates/order_placed.en", `{"subject":"a","text":"b\n{{.order.nummer}}"}`), "/text", "invalid_template", "line 2", "there is no nummer in {{.order.nummer}}", "number, placed_at")
		says(f.put("/v1/mail-templates/order_placed.en", `{"subject":"a","text":"{{.ordr.number}}"}`), "/text", "invalid_template", "there is no ordr", "customer", "order")
		says(f.put("/v1/mail-templates/order_placed.en", `{"subject":"a","text":"{{.shipment.carrier}}"}`), "/text", "invalid_template", "{{if .shipment}}")
		says(f.put("/v1/mail-templates/order_placed.en", `{"subject":"{{upper .order.number}}","text":"b"}`), "/subject", "invalid_template", "there is no function upper", "count, date, link, money, some")
		says(f.put("/v1/mail-templates/order_placed.en", `{"subject":"{{.order.number","text":"b"}`), "/subject", "invalid_template", "not closed")
		says(f.put("/v1/mail-templates/order_placed.en", `{"subject":"a","text":"{{if .order}}b"}`), "/text", "invalid_template", "not closed")
		says(f.put("/v1/mail-templates/order_placed.en", `{"subject":"a","text":"{{template \"hed\" .}}"}`), "/text", "invalid_template", "there is no part hed", "head, lines, units, totals, foot")
		says(f.put("/v1/mail-templates/order_placed.en", `{"subject":"a","text":"b","html":"<p>{{.order.nummer}}</p>"}`), "/html", "invalid_template", "there is no nummer")
		says(f.post("/v1/mail-templates/order_placed.en/preview", `{"text":"{{.order.nummer}}"}`), "/text", "invalid_template", "there is no nummer")
	})
}

// TestMacroSaysRefund: what a macro gives back is a positive amount with its word.
func TestMacroSaysRefund(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.sold("sandbox", "", "A 2")
		f.vars["o"] = f.vars["order"]
		f.caseAbout(f.get("/v1/orders/{o}"))
		f.post("/v1/cases/{case}/macros?dry_run=true", `{"steps":[{"do":"refund","amount":500,"reason":"damaged"}]}`).want(200).fields("money.amount_due.amount", "0", "money.refund_due.amount", "500", "money.granted.amount", "500")
	})
}
