package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ordo/internal/mail"
	"ordo/internal/project"
	"ordo/internal/provider/mail/sink"
)

// notified waits until the reader has seen all that is in the journal, and no mail is on its way; then it returns the
// notifications about an order, oldest first: "name language".
func (f *fixture) notified(order string) (names []string) {
	f.t.Helper()
	eventually(f.t, "that the notifications are out", func() bool {
		head := f.head()
		at, err := project.Position(f.t.Context(), f.db, "notifications")
		if err != nil || at < head {
			return false
		}
		for _, s := range []string{"queued", "sending"} {
			if len(f.get("/v1/mails?limit=1&status="+s).list("data")) > 0 {
				return false
			}
		}
		return f.head() == head
	})
	r := f.get("/v1/mails?order=" + order)
	for i := range r.list("data") {
		at := fmt.Sprintf("data.%d.", i)
		names = append(names, r.str(at+"template")+" "+r.str(at+"language"))
	}
	slices.Reverse(names)
	return names
}

// TestReturnReceived: what came back is told, once for each parcel, in the customer's language.
func TestReturnReceived(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, _ *sink.Server) {
		f.mailing()
		o := f.sold("sandbox", `"language":"de"`, "A 3")
		r := f.back(3, "unwanted", "")
		f.post("/v1/returns/{return}/receive?dry_run=true", `{"lines":[{"line":"1","quantity":2}]}`).want(200)
		f.post("/v1/returns/{return}/receive", `{"lines":[{"line":"1","quantity":2}]}`, "Idempotency-Key", "parcel").want(200)
		f.post("/v1/returns/{return}/receive", `{"lines":[{"line":"1","quantity":2}]}`, "Idempotency-Key", "parcel").want(200)
		f.post("/v1/returns/{return}/receive", `{"lines":[{"line":"1","quantity":1}]}`).want(200)
		var told []string
		f.notified(o.str("id"))
		for _, m := range f.get("/v1/mails?order={order}").list("data") {
			if x := m.(map[string]any); x["template"] == mail.ReturnReceived {
				told = append(told, x["text"].(string))
				if x["language"] != "de" || x["subject"] != "Ihre Rücksendung zu Bestellung "+o.str("number")+" ist da" || !strings.Contains(x["text"].(string), o.str("number")+"-R1") {
					t.Errorf("the mail is %v", x)
				}
			}
		}
		slices.Sort(told)
		if len(told) != 2 || !strings.Contains(told[0], "1 × Product A") || !strings.Contains(told[1], "2 × Product A") {
			t.Errorf("return %s: told %q", r.str("id"), told)
		}
		f.post("/v1/returns/{return}/inspect", `{"units":[{"line":"1","quantity":3,"condition":"new"}]}`).want(200)
		eventually(t, "the refund", func() bool { return strings.Contains(strings.Join(f.notified(o.str("id")), ","), "order_refunded de") })
	})
}

// TestNotifications: each thing that happens to an order is told once, in its language, by the channel's switches.
func TestNotifications(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, post *sink.Server) {
		before := f.place("A", 1, "manual", "").want(201).str("id")
		if got := f.notified(before); len(got) != 0 {
			t.Errorf("without an address customers get %v", got)
		}
		f.mailing()
		is := func(id string, want ...string) {
			t.Helper()
			if got := f.notified(id); !slices.Equal(got, want) {
				t.Errorf("the customer got %v, not %v", got, want)
			}
		}
		german := with(strings.ReplaceAll(orderBody("A", 3, "sandbox", "tok_ok"), `"Ada"`, `"<b>Ada</b> & Ütz"`), `"language":"de-AT"`)
		o := f.post("/v1/orders", german).want(201).fields("language", "de-AT")
		id, ful := o.str("id"), o.str("fulfillments.0.id")
		f.post("/v1/orders/"+id+"/cancel", `{"reason":"out_of_stock","lines":[{"line":"1","quantity":1}]}`).want(200)
		is(id, "order_placed de", "order_canceled de")
		f.post("/v1/fulfillments/"+ful+"/release", `{}`).want(200)
		f.post("/v1/fulfillments/"+ful+"/ship", `{"carrier":"Post","tracking_number":"TRACK-1"}`).want(200)
		f.post("/v1/fulfillments/"+ful+"/deliver", `{}`).want(200)
		is(id, "order_placed de", "order_canceled de", "order_shipped de", "order_delivered de")
		f.sameInGerman(t, post)

		declined := f.place("A", 1, "sandbox", "tok_declined").want(402)
		is(declined.str("order"))
		quiet := f.post("/v1/orders", with(plainOrder, `"suppress_notifications":true`)).want(201).fields("suppress_notifications", "true").str("id")
		f.post("/v1/orders/"+quiet+"/cancel", `{"reason":"customer"}`).want(200)
		is(quiet)
		gone := f.place("A", 2, "manual", "").want(201).str("id")
		f.post("/v1/orders/"+gone+"/cancel", `{"reason":"customer"}`).want(200)
		is(gone, "order_placed en", "order_canceled en")
		f.put("/v1/channels/web", `{"name":"Web","mails":{"from":"shop@example.com","language":"de","off":["order_placed"]}}`).want(200)
		off := f.place("A", 2, "manual", "").want(201).str("id")
		f.post("/v1/orders/"+off+"/cancel", `{"reason":"customer"}`).want(200)
		is(off, "order_canceled de")
		f.put("/v1/channels/web", `{"name":"Web","mails":{"from":"shop@example.com","off":["order_lost"]}}`).refused(422, "validation_failed")
		f.post("/v1/orders", with(plainOrder, `"language":"german!"`)).refused(422, "validation_failed").fields("errors.0.pointer", "/language")
		f.readAgain(t, id)
	})
}

// sameInGerman looks at what arrived.
func (f *fixture) sameInGerman(t *testing.T, post *sink.Server) {
	t.Helper()
	var html, subjects string
	for _, m := range f.get("/v1/mails?recipient=ada@example.com").list("data") {
		html += m.(map[string]any)["html"].(string)
		subjects += m.(map[string]any)["subject"].(string) + "\n"
	}
	for _, want := range []string{"&lt;b&gt;Ada&lt;/b&gt; &amp; Ütz", "vielen Dank für Ihre Bestellung", "Sendungsnummer: <strong>TRACK-1</strong> (Post)", "7,50\u00a0£", "nicht mehr lieferbar"} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is in no mail", want)
		}
	}
	if strings.Contains(html, "<b>Ada") || !strings.Contains(subjects, "ist unterwegs") {
		t.Errorf("mails say\n%s\n%s", subjects, html)
	}
	if n := taken(post, "ada"); n != 4 {
		t.Errorf("%d mails arrived", n)
	}
}

// readAgain lets the reader begin anew, as after a crash: nothing is sent twice.
func (f *fixture) readAgain(t *testing.T, id string) {
	t.Helper()
	before := len(f.get("/v1/mails?limit=1000").list("data"))
	rows, err := f.app.Events(t.Context(), 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.app.Notify(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	f.notified(id)
	if after := f.get("/v1/mails?limit=1000").list("data"); len(after) < before {
		t.Errorf("%d mails, then %d", before, len(after))
	}
	seen := map[string]bool{}
	for _, m := range f.get("/v1/mails?limit=1000").list("data") {
		x := m.(map[string]any)
		key := fmt.Sprint(x["cause"], x["template"])
		if seen[key] {
			t.Errorf("%s was sent twice", key)
		}
		seen[key] = true
	}
}

// TestRefundAndDelay: money that goes back is told, and a later day, but not a sooner one.
func TestRefundAndDelay(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, _ *sink.Server) {
		f.mailing()
		o := f.place("A", 2, "sandbox", "tok_ok").want(201)
		id, ful := o.str("id"), o.str("fulfillments.0.id")
		f.post("/v1/orders/"+id+"/promise", `{"reason":"weather","earliest":"2026-12-01","latest":"2026-12-02"}`).want(200)
		f.post("/v1/orders/"+id+"/promise", `{"reason":"weather","earliest":"2026-12-03","latest":"2026-12-04"}`).want(200)
		f.post("/v1/orders/"+id+"/promise", `{"reason":"weather","earliest":"2026-12-02","latest":"2026-12-03"}`).want(200)
		f.post("/v1/fulfillments/"+ful+"/release", `{}`).want(200)
		f.post("/v1/fulfillments/"+ful+"/ship", `{"carrier":"Post","tracking_number":"T"}`).want(200)
		eventually(t, "the capture", func() bool { return f.get("/v1/orders/"+id).str("payment_status") == "paid" })
		f.post("/v1/orders/"+id+"/payments/"+o.str("payments.0.id")+"/refunds", `{"amount":{"amount":100,"currency":"GBP"},"reason":"goodwill"}`).want(200)
		eventually(t, "the refund", func() bool { return strings.Contains(strings.Join(f.notified(id), ","), "refunded") })
		if got := f.notified(id); !slices.Equal(got, []string{"order_placed en", "order_delayed en", "order_shipped en", "order_refunded en"}) {
			t.Errorf("the customer got %v", got)
		}
		for _, m := range f.get("/v1/mails?order=" + id).list("data") {
			x := m.(map[string]any)
			want := map[string]string{"order_delayed": "(December 2, 2026). We now expect it by December 4, 2026", "order_refunded": "£1.00"}[x["template"].(string)]
			if !strings.Contains(x["text"].(string), want) {
				t.Errorf("%s says %s", x["template"], x["text"])
			}
		}
	})
}

// TestMailTemplates: a template is tried before it is published, changes later mails only, and gives way where it cannot
// be used.
func TestMailTemplates(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, _ *sink.Server) {
		f.mailing()
		first := f.place("A", 1, "manual", "").want(201).str("id")
		f.notified(first)
		f.get("/v1/mail-templates/order_placed.en").fields("version", "0", "name", "order_placed", "subject", "Your order {{.order.number}}")
		f.put("/v1/mail-templates/order_placed.en.web", `{"subject":"Hi {{.customer.name}}","text":"{{.order.nummer}}"}`).refused(422, "validation_failed").
			fields("errors.0.pointer", "/text", "errors.0.code", "invalid_template")
		f.put("/v1/mail-templates/order_placed.en.nowhere", `{"subject":"a","text":"b"}`).refused(422, "validation_failed").fields("errors.0.code", "unknown_channel")
		const mine = `{"subject":"Hi {{.customer.name}}","text":"We have {{.order.number}}: {{money .order.total}}","html":"<p>{{.customer.name}}</p>"}`
		f.put("/v1/mail-templates/order_placed.en.web", mine).want(201).fields("version", "1", "channel", "web", "built_in", "")
		f.put("/v1/mail-templates/order_placed.en.web", mine).want(200).fields("version", "2")
		f.send(request{do: "PUT /v1/mail-templates/order_placed.en.web", body: mine, header: []string{"If-Match", `"1"`}}).refused(409, "version_mismatch")
		second := f.place("A", 2, "manual", "").want(201)
		f.notified(second.str("id"))
		f.get("/v1/mails?order="+first).fields("data.0.subject", "Your order "+f.get("/v1/orders/"+first).str("number"))
		f.get("/v1/mails?order="+second.str("id")).fields("data.0.subject", "Hi Ada", "data.0.text", "We have "+second.str("number")+": £5.00\n", "data.0.template_version", "2", "data.0.template_code", "order_placed.en.web")
		f.post("/v1/mail-templates/order_placed.en.web/preview", `{"order":"`+first+`"}`).want(200).fields("subject", "Hi Ada", "html", "<p>Ada</p>")
		f.post("/v1/mail-templates/order_placed.fr/preview", `{"subject":"Bonjour","text":"{{date .order.placed_at}}"}`).want(200).fields("subject", "Bonjour")
		f.post("/v1/mail-templates/order_placed.fr/preview", `{}`).refused(404, "not_found")
		f.post("/v1/mail-templates/order_placed.en/preview", `{"html":"{{.nothing}}"}`).refused(422, "validation_failed")
		if n := len(f.get("/v1/mail-templates?limit=1000").list("data")); n != 2*len(mail.Names())+1 { // in two languages; and mine
			t.Errorf("%d templates", n)
		}
		f.put("/v1/mail-templates/order_placed.en.web", `{"active":false,"subject":"a","text":"b"}`).want(200)
		third := f.place("A", 1, "manual", "").want(201).str("id")
		f.notified(third)
		f.get("/v1/mails?order="+third).fields("data.0.template_code", "")
		// It can be used for the sample, and not for an order without a discount.
		f.put("/v1/mail-templates/order_placed.en", `{"subject":"a","text":"{{if some .order.discount}}b{{else}}{{index .order.lines 99}}{{end}}"}`).want(201)
		f.get("/v1/mail-templates/order_placed.en").fields("version", "1", "subject", "a", "built_in.subject", "Your order {{.order.number}}")
		f.put("/v1/mail-templates/order_placed.en?dry_run=true", `{"subject":"tried","text":"b"}`).want(200).fields("subject", "tried")
		f.put("/v1/mail-templates/order_placed.en?dry_run=true", `{"subject":"{{.ordr}}","text":"b"}`).refused(422, "validation_failed").fields("errors.0.pointer", "/subject")
		fourth := f.place("A", 1, "manual", "").want(201).str("id")
		f.notified(fourth)
		f.get("/v1/mails?order="+fourth).fields("data.0.template_failed", "true", "data.0.subject", "Your order "+f.get("/v1/orders/"+fourth).str("number"), "data.0.status", "sent")
		f.send(request{do: "PUT /v1/mail-templates/order_placed.en", body: mine, key: "{reader}"}).refused(403, "missing_scope")
		limited := f.key(`"scopes":["mails:write"],"channels":["phone"]`)
		f.send(request{do: "PUT /v1/mail-templates/order_placed.en", body: mine, key: limited}).refused(403, "channel_forbidden")
	})
}
