package api

import (
	"strings"
	"testing"

	"ordo/internal/provider/mail/sink"
)

// wholeDraft lacks nothing but a payment.
func wholeDraft(quantity string) string {
	return `{"channel":"web","customer":{"email":"ada@example.com"},"shipping_address":{"name":"Ada","line1":"1 Road","city":"York","postal_code":"YO1 1AA","country":"GB"},"lines":[{"sku":"B","quantity":` + quantity + `}]}`
}

const draftBody = `{"channel":"web","lines":[{"sku":"A","quantity":3}]}`

// TestDrafts writes a draft, fills it in, and places it under its id: only then it takes stock, a number and money.
func TestDrafts(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("A")
		f.post("/v1/drafts?dry_run=true", draftBody).want(200).fields("id", "null", "status", "draft")
		d := f.post("/v1/drafts", draftBody, "Idempotency-Key", "draft-1").want(201)
		d.fields("status", "draft", "number", "null", "payment_status", "none", "totals.grand_total.amount", "750", "version", "1", "payments", "", "missing.0", "/customer/email", "lines.0.units.allocated", "")
		if again := f.post("/v1/drafts", draftBody, "Idempotency-Key", "draft-1").want(201); again.str("id") != d.str("id") {
			t.Errorf("replayed as %s", again.body)
		}
		f.vars["id"] = d.str("id")
		f.stocked("A", onHand, allocated, reserved)
		f.get("/v1/orders?status=draft").fields("data.0.id", f.vars["id"], "data.1", "")
		f.post("/v1/orders/{id}/place", `{"payment":{"provider":"manual"}}`).refused(422, invalid).fields("errors.0.pointer", "/customer/email")
		f.post("/v1/orders/{id}/payments", `{"provider":"manual"}`).refused(409, "illegal_transition")
		f.post("/v1/orders/{id}/changes", actions(`{"type":"item_remove","line":"1"}`)).refused(409, "illegal_transition")
		f.post("/v1/orders/{id}/invoices", `{"units":"ordered"}`).refused(409, "illegal_transition")
		f.post("/v1/orders/{id}/notes", `{"text":"asks for a gift wrap"}`).want(200)
		f.post("/v1/orders/{id}/tags", `{"tags":["gift"]}`)

		whole := `{"channel":"web","external_id":"D-1","customer":{"email":"ada@example.com","name":"Ada"},"shipping_address":{"name":"Ada","line1":"1 Road","city":"York","postal_code":"YO1 1AA","country":"GB"},` +
			`"lines":[{"sku":"A","quantity":1},{"sku":"B","quantity":2}],"discounts":[{"code":"TEN","amount":{"amount":50,"currency":"GBP"}}]}`
		version := f.get("/v1/orders/{id}").str("version")
		f.send(request{do: "PUT /v1/drafts/{id}", body: whole, header: []string{"If-Match", `"99"`}}).refused(409, "version_mismatch")
		f.send(request{do: "PUT /v1/drafts/{id}?dry_run=true", body: whole}).want(200).fields("totals.grand_total.amount", "2200")
		f.send(request{do: "PUT /v1/drafts/{id}", body: whole, header: []string{"If-Match", `"` + version + `"`}}).want(200).
			fields("totals.grand_total.amount", "2200", "lines.1.sku", "B", "missing", "", "notes.0.text", "asks for a gift wrap", "customer.name", "Ada", "allowed.0", "place")
		f.put("/v1/drafts/{id}", `{"channel":"phone","lines":[{"sku":"A","quantity":1}]}`).refused(422, invalid).fields("errors.0.code", "cannot_change")
		before := f.get("/v1/orders/{id}")

		f.put("/v1/products/A", `{"name":"Product A","price":{"amount":300,"currency":"GBP"}}`).want(200) // prices are those of the placing
		f.post("/v1/orders/{id}/place?dry_run=true", `{"payment":{"provider":"manual"}}`).want(200).fields("status", "open", "number", "null", "totals.grand_total.amount", "2250")
		p := f.post("/v1/orders/{id}/place", `{"payment":{"provider":"sandbox","token":"tok_ok"}}`).want(201)
		p.fields("id", f.vars["id"], "status", "open", "payment_status", "authorized", "totals.grand_total.amount", "2250", "external_id", "D-1", "lines.0.units.allocated", "1",
			"notes.0.text", "asks for a gift wrap", "fulfillments.0.status", "planned")
		if p.str("number") == "null" || p.num("version") <= before.num("version") {
			t.Errorf("%s", p.body)
		}
		f.stocked("A", onHand, allocated+1, reserved)
		f.get("/v1/orders?q=D-1").fields("data.0.id", f.vars["id"])
		f.post("/v1/orders/{id}/place", `{"payment":{"provider":"manual"}}`).refused(409, "illegal_transition")
		f.put("/v1/drafts/{id}", whole).refused(409, "illegal_transition")
		f.get("/v1/orders/{id}?as_of=1").fields("status", "draft", "lines.0.quantity", "3", "number", "null", "missing.0", "/customer/email")
		if was := f.get("/v1/orders/{id}?as_of=" + before.str("version")); string(was.body) != string(before.body) {
			t.Errorf("as_of says %s, was %s", was.body, before.body)
		}

		f.vars["id"] = f.post("/v1/drafts", whole).want(201).str("id")
		f.post("/v1/orders/{id}/place", `{"payment":{"provider":"manual"}}`).refused(409, "external_order_conflict")
		f.post("/v1/orders/{id}/cancel", `{"reason":"customer"}`).want(200).fields("status", "canceled", "number", "null")
		f.post("/v1/orders/{id}/place", `{"payment":{"provider":"manual"}}`).refused(409, "illegal_transition")
		f.timeline(f.vars["id"], "order.drafted", "order.canceled")
	})
}

// TestDraftsAndMails: a draft says how its customer is written to; who is given up as a draft hears nothing.
func TestDraftsAndMails(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, _ *sink.Server) {
		f.mailing()
		draft := func(more string) string {
			t.Helper()
			return f.post("/v1/drafts", `{"channel":"web","customer":{"email":"ada@example.com"},"shipping_address":{"name":"Ada","line1":"1 Road","city":"York","postal_code":"YO1 1AA","country":"GB"},`+
				`"lines":[{"sku":"A","quantity":1}]`+more+`}`).want(201).str("id")
		}
		german, silent, given := draft(`,"language":"de-AT"`), draft(`,"suppress_notifications":true`), draft("")
		f.post("/v1/drafts", `{"channel":"web","lines":[{"sku":"A","quantity":1}],"language":"Deutsch!"}`).refused(422, invalid).fields("errors.0.pointer", "/language", "errors.0.code", "invalid_language")
		f.get("/v1/orders/"+silent).fields("suppress_notifications", "true")
		for _, id := range []string{german, silent} {
			f.post("/v1/orders/"+id+"/place", `{"payment":{"provider":"manual"}}`).want(201)
		}
		f.get("/v1/orders/"+german).fields("language", "de-AT")
		f.post("/v1/orders/"+given+"/cancel", `{"reason":"customer"}`).want(200)
		for id, want := range map[string]string{german: "order_placed de", silent: "", given: ""} {
			if got := strings.Join(f.notified(id), " "); got != want {
				t.Errorf("the customer of %s got %q, not %q", id, got, want)
			}
		}
		kept := draft(`,"language":"de"`)
		f.put("/v1/drafts/"+kept, `{"channel":"web","lines":[{"sku":"A","quantity":1}]}`).want(200).fields("language", "") // whole
	})
}

// TestDraftsAreCheckedLikePlacements: form when they are written, stock and payment when they are placed.
func TestDraftsAreCheckedLikePlacements(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for body, pointer := range map[string]string{
			`{"lines":[{"sku":"A","quantity":1}]}`:                     "/channel",
			`{"channel":"nowhere","lines":[{"sku":"A","quantity":1}]}`: "/channel",
			`{"channel":"web"}`: "/lines",
			`{"channel":"web","lines":[{"sku":"NONE","quantity":1}]}`:                              "/lines/0/sku",
			`{"channel":"web","lines":[{"sku":"A","quantity":0}]}`:                                 "/lines/0/quantity",
			`{"channel":"web","customer":{"email":"x"},"lines":[{"sku":"A","quantity":1}]}`:        "/customer/email",
			`{"channel":"web","payment":{"provider":"manual"},"lines":[{"sku":"A","quantity":1}]}`: "/payment",
		} {
			f.post("/v1/drafts", body).refused(422, invalid).fields("errors.0.pointer", pointer)
		}
		priced := `{"channel":"web","lines":[{"sku":"A","quantity":1,"unit_price":{"amount":1,"currency":"GBP"}}]}`
		f.send(request{do: "POST /v1/drafts", key: "{writer}", body: priced}).refused(403, "missing_scope")
		f.send(request{do: "POST /v1/drafts", key: "{webonly}", body: `{"channel":"phone","lines":[{"sku":"A","quantity":1}]}`}).refused(403, "channel_forbidden")
		phone := f.post("/v1/drafts", `{"channel":"phone","lines":[{"sku":"A","quantity":1}]}`).want(201).str("id")
		f.send(request{do: "PUT /v1/drafts/" + phone, key: "{webonly}", body: draftBody}).refused(404, "not_found")
		f.send(request{do: "POST /v1/orders/" + phone + "/place", key: "{webonly}", body: `{"payment":{"provider":"manual"}}`}).refused(404, "not_found")
		for _, do := range []string{"POST /v1/drafts", "PUT /v1/drafts/" + phone, "POST /v1/orders/" + phone + "/place"} {
			f.send(request{do: do, key: "-", body: `{}`}).refused(401, "unauthenticated")
		}
		f.post("/v1/orders/ord_{unknown}/place", `{"payment":{"provider":"manual"}}`).refused(404, "not_found")
		f.put("/v1/drafts/{order}", draftBody).refused(409, "illegal_transition")

		f.vars["id"] = f.post("/v1/drafts", wholeDraft("11")).want(201).str("id") // more than there are: no matter yet
		f.post("/v1/orders/{id}/place", `{"payment":{"provider":"manual"}}`).refused(409, "insufficient_stock")
		f.post("/v1/orders/{id}/place", `{"payment":{"provider":"none"}}`).refused(422, invalid).fields("errors.0.pointer", "/payment/provider")
		f.get("/v1/orders/{id}").fields("status", "draft")
		f.put("/v1/drafts/{id}", wholeDraft("1")).want(200)
		f.post("/v1/orders/{id}/place", `{"payment":{"provider":"sandbox","token":"tok_declined"}}`).refused(402, "payment_declined")
		f.get("/v1/orders/{id}").fields("status", "rejected", "fulfillments", "")
	})
}

// TestDraftWaitsForItsPayment: a payment that stays open answers with the order as it is.
func TestDraftWaitsForItsPayment(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.vars["id"] = f.post("/v1/drafts", wholeDraft("1")).want(201).str("id")
		f.post("/v1/orders/{id}/place", `{"payment":{"provider":"sandbox","token":"tok_timeout"}}`).want(201).fields("status", "pending", "payment_status", "pending")
		eventually(t, "the authorization", func() bool { return f.get("/v1/orders/{id}").str("status") == "open" })
		f.stocked("B", 10, 1, 0)
	}, pendingFor)
}
