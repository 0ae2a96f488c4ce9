package api

import (
	"strings"
	"testing"

	"ordo/internal/mail"
	"ordo/internal/provider/mail/sink"
)

// TestReplies: what an agent writes goes out as a mail in the customer's language, once; the thread tells what became of
// it, and the answer finds its case by the mail that it names or by the number in the subject.
func TestReplies(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, post *sink.Server) {
		f.mailing()
		o := f.post("/v1/orders", `{"channel":"web","language":"de","customer":{"name":"Ada <b>","email":"ada@example.com"},"shipping_address":{"name":"Ada","line1":"1 Weg","city":"Hull","postal_code":"HU1 1AA","country":"GB"},
			"lines":[{"sku":"A","quantity":1}],"payment":{"provider":"manual"}}`).want(201)
		f.vars["o"] = o.str("id")
		taken := f.post("/v1/webhooks/mail", `{"from":"\"Ada <b>\" <ada@example.com>","subject":"RE: Where is it?","text":"Where?","message_id":"<1@x>"}`).want(200)
		f.vars["case"], f.vars["number"] = taken.str("case"), taken.str("number")
		f.post("/v1/cases/{case}/change", `{"orders":["{o}"]}`).want(200)

		body := `{"text":"it is <b>on its way</b>.\nSorry!","status":"pending_customer"}`
		tried := f.post("/v1/cases/{case}/replies?dry_run=true", body).want(200)
		tried.fields("status", "pending_customer", "mails.0.subject", "Re: ["+f.vars["number"]+"] Where is it?", "mails.0.id", "", "mails.0.language", "de", "mails.0.template", "case_reply",
			"entry.kind", "reply", "entry.mail", "", "mails.0.in_reply_to", "1@x", "mails.0.channel", "web")
		if html := tried.str("mails.0.html"); !strings.Contains(html, "it is &lt;b&gt;on its way") || !strings.Contains(html, "Guten Tag Ada &lt;b&gt;") {
			t.Errorf("the HTML is %s", html)
		}
		f.get("/v1/cases/{case}").fields("entries", "1")
		sent := f.post("/v1/cases/{case}/replies", body, "Idempotency-Key", "reply", "If-Match", `"2"`).want(200)
		sent.fields("status", "pending_customer", "version", "3", "entry.delivery", "queued", "entry.text", "it is <b>on its way</b>.\nSorry!", "entry.mail", sent.str("mails.0.id"))
		if sent.str("clocks.0.met_at") == "" {
			t.Error("the first response is not met")
		}
		again := f.post("/v1/cases/{case}/replies", body, "Idempotency-Key", "reply", "If-Match", `"2"`).want(200)
		if again.header.Get("Idempotent-Replayed") != "true" || again.str("mails.0.id") != sent.str("mails.0.id") {
			t.Errorf("not replayed: %s", again.body)
		}
		f.mailed(sent.str("mails.0.id"), mail.Sent).fields("case", f.vars["case"], "order", f.vars["o"], "cause", "case:"+f.vars["case"]+":2")
		f.get("/v1/cases/{case}/thread").fields("data.1.delivery", "sent", "data.1.mail", sent.str("mails.0.id"))
		f.post("/v1/cases/{case}/replies", body, "If-Match", `"2"`).refused(409, "version_mismatch")
		f.answered(t, post)
		f.history(f.vars["case"], "case.opened", "case.message_received", "case.changed", "case.replied", "case.status_changed", "case.message_received", "case.message_received", "case.replied")
		f.personal("case.replied", "on its way")
		f.refusedReplies()
	})
}

// answered lets the customer answer, and writes once more.
func (f *fixture) answered(t *testing.T, post *sink.Server) {
	var first *sink.Taken
	for _, m := range post.Taken() {
		if strings.Contains(m.Message.Header.Get("Subject"), f.vars["number"]) {
			first = &m
		}
	}
	if first == nil || first.Message.Header.Get("In-Reply-To") != "<1@x>" || !strings.Contains(first.Message.Header.Get("References"), "<1@x>") {
		t.Fatalf("the mail that was sent is %+v", first)
	}
	answer := func(members string) reply {
		t.Helper()
		return f.post("/v1/webhooks/mail", `{"from":"ada@example.com","text":"x",`+members+`}`).want(200)
	}
	id := first.Message.Header.Get("Message-ID")
	answer(`"subject":"Thanks","message_id":"<2@x>","in_reply_to":"`+id+`"`).fields("case", f.vars["case"])
	f.get("/v1/cases/{case}").fields("status", "open", "clocks.2.target", "next_response")
	answer(`"subject":"Re: [{number}] Where is it?","message_id":"<3@x>"`).fields("case", f.vars["case"])
	last := f.post("/v1/cases/{case}/replies", `{"text":"Bye"}`).want(200)
	f.mailed(last.str("mails.0.id"), mail.Sent).fields("in_reply_to", "3@x", "references.1", strings.Trim(id, "<>"), "references.0", "1@x")
}

// refusedReplies are replies that nobody can be sent.
func (f *fixture) refusedReplies() {
	f.t.Helper()
	f.post("/v1/cases/{case}/replies", `{"text":" "}`).refused(422, "validation_failed").fields("errors.0.pointer", "/text")
	f.post("/v1/cases/{case}/replies", `{"text":"x","template":"none"}`).refused(422, "validation_failed").fields("errors.0.pointer", "/template")
	f.post("/v1/cases/{case}/replies", `{"text":"x","channel":"none"}`).refused(422, "validation_failed").fields("errors.0.pointer", "/channel")
	f.post("/v1/cases/{case}/replies", `{"text":"x","channel":"phone"}`).refused(409, "no_mail_sender")
	f.post("/v1/cases/case_{unknown}/replies", `{"text":"x"}`).refused(404, "not_found")
	nobody := f.post("/v1/cases", `{"subject":"Who?"}`).want(201).str("id")
	f.post("/v1/cases/"+nobody+"/replies", `{"text":"x"}`).refused(409, "no_address")
	f.send(request{do: "POST /v1/cases/{case}/replies", body: `{"text":"x"}`, key: "{writer}"}).refused(403, "missing_scope").fields("scope", "cases:write")
	f.get("/v1/cases/{case}").fields("entries", "5")
}

// TestMailMacros: a macro answers with the words of its definition and sends an order's mail again, previewed.
func TestMailMacros(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, post *sink.Server) {
		f.mailing()
		f.caseAbout(f.place("A", 1, "manual", "").want(201))
		var first string
		eventually(t, "the confirmation", func() bool {
			first = f.get("/v1/mails?order={o}&status=sent").str("data.0.id")
			return first != ""
		})
		f.put("/v1/macros/where", `{"name":"Where is it","steps":[{"do":"resend_mail","mail":"order_placed"},{"do":"reply","text":"your order {number} is fine, {customer}. {agent}"},{"do":"status","status":"resolved"}]}`).want(201).
			fields("steps.0.mail", "order_placed")
		number := f.get("/v1/orders/{o}").str("number")
		tried := f.post("/v1/cases/{case}/macros?dry_run=true", `{"macro":"where"}`).want(200)
		tried.fields("case.mails.0.template", "order_placed", "case.mails.0.id", "", "case.mails.1.template", "case_reply", "steps.0.mail", first, "steps.0.made", "")
		if text := tried.str("case.mails.1.text"); !strings.Contains(text, "your order "+number+" is fine, Ada. bootstrap") {
			t.Errorf("the reply is %s", text)
		}
		as := f.send(request{do: "POST /v1/cases/{case}/macros?dry_run=true", body: `{"macro":"where"}`, key: f.key(`"scopes":["cases:write","orders:write","mails:write"]`)}).want(200)
		if text := as.str("case.mails.1.text"); !strings.Contains(text, " is fine, Ada. test") {
			t.Errorf("a key's reply is %s", text)
		}
		if n := len(f.get("/v1/mails?order={o}").list("data")); n != 1 {
			t.Errorf("%d mails after the preview", n)
		}
		done := f.post("/v1/cases/{case}/macros", `{"macro":"where"}`, "Idempotency-Key", "where").want(200)
		f.post("/v1/cases/{case}/macros", `{"macro":"where"}`, "Idempotency-Key", "where").want(200).fields("steps.0.made", done.str("steps.0.made"))
		f.mailed(done.str("steps.0.made"), mail.Sent).fields("cause", "resend:"+first+":1", "template", "order_placed")
		f.mailed(done.str("steps.1.made"), mail.Sent).fields("case", f.vars["case"])
		done.fields("case.status", "resolved")
		if n := taken(post, "ada"); n != 3 {
			t.Errorf("Ada got %d mails", n)
		}
		f.get("/v1/cases/{case}/thread").fields("data.0.kind", "reply", "data.0.delivery", "sent", "data.1.code", "macro_run")
		f.vars["case"] = f.post("/v1/cases", `{"subject":"Hm","contact":{"email":"ada@example.com","name":"{agent} of {Team.A}"},"orders":["{o}"]}`).want(201).str("id")
		tried = f.post("/v1/cases/{case}/macros?dry_run=true", `{"steps":[{"do":"reply","text":"Dear {customer}, {number} is fine"}]}`).want(200)
		if text := tried.str("case.mails.0.text"); !strings.Contains(text, "Dear {agent} of {Team.A}, "+number+" is fine") {
			t.Errorf("a name with placeholders became %s", text)
		}
		f.post("/v1/cases/{case}/macros", `{"steps":[{"do":"resend_mail","mail":"order_refunded"}]}`).refused(409, "no_mail")
		f.post("/v1/cases/{case}/macros", `{"steps":[{"do":"reply"}]}`).refused(422, "validation_failed").fields("errors.0.pointer", "/steps/0/text")
		// A reply of a macro names the channel that writes, as other replies do: here the case has no order that would.
		f.vars["case"] = f.post("/v1/cases", `{"subject":"Opening hours?","contact":{"email":"ada@example.com"}}`).want(201).str("id")
		f.put("/v1/macros/open", `{"name":"Open","steps":[{"do":"reply","text":"from nine","channel":"none"}]}`).refused(422, "validation_failed").fields("errors.0.pointer", "/steps/0/channel", "errors.0.code", "unknown_value")
		f.put("/v1/macros/open", `{"name":"Open","steps":[{"do":"reply","text":"from nine","channel":"web"}]}`).want(201).fields("steps.0.channel", "web")
		f.put("/v1/macros/any", `{"name":"Any","steps":[{"do":"reply","text":"from nine"}]}`).want(201)
		f.post("/v1/cases/{case}/macros", `{"macro":"any"}`).refused(409, "no_mail_sender")
		f.post("/v1/cases/{case}/macros", `{"macro":"any","steps":[{"channel":"phone"}]}`).refused(409, "no_mail_sender")
		f.post("/v1/cases/{case}/macros", `{"macro":"any","steps":[{"channel":"none"}]}`).refused(422, "validation_failed").fields("errors.0.pointer", "/steps/0/channel")
		for _, body := range []string{`{"macro":"open"}`, `{"macro":"any","steps":[{"channel":"web"}]}`} {
			f.mailed(f.post("/v1/cases/{case}/macros", body).want(200).str("steps.0.made"), mail.Sent).fields("case", f.vars["case"], "channel", "web")
		}
		agent := f.key(`"scopes":["cases:write"]`)
		f.send(request{do: "POST /v1/cases/{case}/macros", body: `{"steps":[{"do":"resend_mail"}]}`, key: agent}).refused(403, "missing_scope").fields("scope", "mails:write")
	})
}
