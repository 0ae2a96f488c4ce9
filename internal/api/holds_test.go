package api

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

func init() {
	exampleOrder += " placeHold liftHold listHoldTypes addNote setTags putField getField listFields setFields putRule getRule listRules testRule listRuleFirings"
}

// processingCalls is one request per operation of this area.
func processingCalls() map[string]request {
	return map[string]request{
		"placeHold":       {do: "POST /v1/orders/{order}/holds", body: `{"type":"inventory_out_of_stock"}`},
		"liftHold":        {do: "POST /v1/orders/{phone}/holds/{hold}/lift", body: `{}`},
		"listHoldTypes":   {do: "GET /v1/hold-types"},
		"addNote":         {do: "POST /v1/orders/{order}/notes", body: `{"text":"x"}`},
		"setTags":         {do: "PUT /v1/orders/{order}/tags", body: `{"tags":["x"]}`},
		"setFields":       {do: "PUT /v1/orders/{order}/fields", body: `{"fields":{}}`},
		"putRule":         {do: "PUT /v1/rules/r", body: `{"name":"R","active":false,"when":"true","hold":{"type":"other","reason":"r"},"examples":[{"name":"e","facts":{},"matches":true}]}`},
		"listRuleFirings": {do: "GET /v1/rules/velocity/fired"},
		"getRule":         {do: "GET /v1/rules/velocity"},
		"listRules":       {do: "GET /v1/rules?limit=2"},
		"testRule":        {do: "POST /v1/rules/velocity/test", body: `{"facts":{}}`},
		"putField":        {do: "PUT /v1/fields/x", body: `{"name":"X","type":"text"}`},
		"getField":        {do: "GET /v1/fields/x"},
		"listFields":      {do: "GET /v1/fields"},
	}
}

// TestHoldStopsWork holds an open order: it cannot be released or shipped until the hold is lifted (H1, H2, H3).
func TestHoldStopsWork(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("A")
		o := f.place("A", 2, "manual", "").want(201)
		f.vars["id"], f.vars["f"] = o.str("id"), o.str("fulfillments.0.id")
		tried := f.post("/v1/orders/{id}/holds?dry_run=true", `{"type":"incorrect_address"}`).want(200)
		tried.fields("holds.0.type", "incorrect_address", "version", "2")
		held := f.post("/v1/orders/{id}/holds", `{"type":"incorrect_address","handle":"check","reason":"no_such_street","note":"Ask Ada for the number"}`, "If-Match", `"1"`).want(200)
		held.fields("version", "2", "status", "open", "holds.0.type", "incorrect_address", "holds.0.scope", "order", "holds.0.status", "open", "holds.0.handle", "check",
			"holds.0.reason", "no_such_street", "holds.0.blocks.0", "release", "holds.0.placed_by", "bootstrap", "notes.0.text", "Ask Ada for the number")
		f.vars["h"] = held.str("holds.0.id")
		f.stocked("A", onHand, allocated+2, reserved)
		f.get("/v1/orders?hold=incorrect_address").fields("data.0.id", f.vars["id"], "data.1", "")
		f.get("/v1/orders?hold=other").fields("data.0", "")

		r := f.post("/v1/fulfillments/{f}/release", "").refused(409, "on_hold")
		r.fields("gate", "release", "holds.0", f.vars["h"])
		f.post("/v1/orders/{id}/holds", `{"type":"other","handle":"check"}`).refused(409, "hold_exists").fields("hold", f.vars["h"])

		f.post("/v1/orders/{id}/holds/{h}/lift?dry_run=true", `{}`).want(200).fields("holds.0.status", "lifted")
		lifted := f.post("/v1/orders/{id}/holds/{h}/lift", `{"note":"The street is right"}`).want(200)
		lifted.fields("version", "3", "holds.0.status", "lifted", "holds.0.ended_by", "bootstrap", "notes.1.text", "The street is right")
		f.post("/v1/orders/{id}/holds/{h}/lift", `{}`).want(200).fields("version", "3", "holds.0.status", "lifted")
		f.get("/v1/orders?hold=incorrect_address").fields("data.0", "")

		f.post("/v1/fulfillments/{f}/release", "").want(200)
		again := f.post("/v1/orders/{id}/holds", `{"type":"export_compliance","handle":"check","scope":"fulfillment","target":"{f}"}`).want(200)
		f.post("/v1/fulfillments/{f}/ship", `{"tracking_number":"T1"}`).refused(409, "on_hold").fields("gate", "ship")
		f.vars["h"] = again.str("holds.1.id")
		f.post("/v1/orders/{id}/holds/{h}/lift", `{}`).want(200)
		f.post("/v1/orders/{id}/holds", `{"type":"unknown_delivery_date"}`).want(200)
		f.post("/v1/fulfillments/{f}/ship", `{"tracking_number":"T1"}`).want(200)
		f.get("/v1/orders/{id}").fields("status", "completed", "holds.2.status", "lifted", "holds.2.ended_by", "order")
		f.post("/v1/orders/{id}/holds", `{"type":"other"}`).refused(409, "illegal_transition")
		f.post("/v1/orders/{id}/holds/hld_{unknown}/lift", `{}`).refused(404, "not_found")
		f.post("/v1/orders/{id}/holds/nonsense/lift", `{}`).refused(404, "not_found")
		f.timeline(f.vars["id"], "order.placed", "payment.authorized", "order.accepted", "fulfillment.planned", "order.held", "order.note_added", "order.hold_released",
			"order.note_added", "fulfillment.released", "order.held", "order.hold_released", "order.held", "fulfillment.shipped", "order.completed", "order.hold_released")
	})
}

func TestBadHolds(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		r := f.post("/v1/orders/{order}/holds", `{"type":"nonsense","scope":"line","target":"9"}`).refused(422, "validation_failed")
		for _, want := range []string{`"/type"`, `"/target"`} {
			if !bytes.Contains(r.body, []byte(want)) {
				t.Errorf("%s is not named: %s", want, r.body)
			}
		}
		r = f.post("/v1/orders/{order}/holds", `{"type":"other","reason":"Ada called","expires_minutes":5,"expires_at":"2099-01-01T00:00:00Z"}`).refused(422, "validation_failed")
		r.fields("errors.0.pointer", "/expires_minutes", "errors.1.pointer", "/reason")
		f.post("/v1/orders/{order}/holds", `{"type":"other","expires_at":"tomorrow"}`).refused(422, "validation_failed").fields("errors.0.code", "invalid_time")
		f.post("/v1/orders/{order}/holds", `{"type":"other","expires_at":"2020-01-01T00:00:00Z"}`).refused(422, "validation_failed").fields("errors.0.code", "out_of_range")
		f.post("/v1/orders/{order}/holds", `{"type":"other","expires_minutes":-1}`).refused(422, "validation_failed")
		f.post("/v1/orders/{order}/holds", `{"type":"other"}`, "If-Match", `"7"`).refused(409, "version_mismatch")
		f.post("/v1/orders/ord_{unknown}/holds", `{"type":"other"}`).refused(404, "not_found")
		f.send(request{do: "POST /v1/orders/{phone}/holds", body: `{"type":"other"}`, key: "{webonly}"}).refused(404, "not_found")
		types := f.get("/v1/hold-types")
		if n := len(types.list("data")); n != 12 {
			t.Errorf("%d types", n)
		}
		types.fields("data.0.type", "awaiting_payment", "data.0.blocks.0", "release", "data.0.lift", "holds:write", "data.5.type", "high_risk_of_fraud", "data.5.lift", "holds:risk")
	})
}

// TestWhoLiftsHolds: the placer, who has the scope of the type, and as an audited exception who may lift all (H2).
func TestWhoLiftsHolds(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.vars["agent"] = f.key(`"scopes":["orders:read","holds:write"]`)
		f.vars["other"] = f.key(`"scopes":["orders:read","holds:write"]`)
		f.vars["risk"] = f.key(`"scopes":["orders:read","holds:write","holds:risk"]`)
		f.vars["boss"] = f.key(`"scopes":["orders:read","holds:write","holds:override"]`)
		place := func(holdType string) {
			o := f.send(request{do: "POST /v1/orders/{order}/holds", body: `{"type":"` + holdType + `"}`, key: "{agent}"}).want(200)
			f.vars["h"] = o.str(fmt.Sprintf("holds.%d.id", len(o.list("holds"))-1))
		}
		lift := func(key string) reply {
			return f.send(request{do: "POST /v1/orders/{order}/holds/{h}/lift", body: "{}", key: key})
		}
		place("manual_review")
		lift("{other}").want(200) // holds:write is enough for the type
		place("high_risk_of_fraud")
		lift("{other}").refused(403, "missing_scope").fields("scope", "holds:risk")
		lift("{agent}").want(200) // its own
		place("high_risk_of_fraud")
		lift("{risk}").want(200)
		if overrides(f) != 0 {
			t.Error("an override that was none")
		}
		place("credit_limit")
		lift("{boss}").want(200)
		if overrides(f) != 1 {
			t.Error("the override is not in the journal")
		}
		f.send(request{do: "POST /v1/orders/{order}/holds", body: `{"type":"other"}`, key: "{writer}"}).refused(403, "missing_scope")
	})
}

func overrides(f *fixture) int {
	f.t.Helper()
	return strings.Count(string(f.get("/v1/orders/{order}/timeline").body), `"override":true`)
}

const inFrance = `{"name":"Ada","line1":"1 Rue","city":"Paris","postal_code":"75001","country":"FR"}`

// TestHoldBeforeAcceptance: with a hold that blocks accept the order stays pending, its stock reserved; lifting accepts it.
func TestHoldBeforeAcceptance(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.activate("country_mismatch")
		onHand, allocated, reserved, _ := f.positions("A")
		body := with(orderBody("A", 2, "manual", ""), `"billing_address":`+inFrance)
		f.post("/v1/orders?dry_run=true", body).want(200).fields("status", "pending", "holds.0.type", "manual_review")
		o := f.post("/v1/orders", body).want(201)
		o.fields("status", "pending", "payment_status", "authorized", "billing_address.country", "FR", "holds.0.type", "manual_review", "holds.0.rule", "country_mismatch",
			"holds.0.because", `billing.given is true (billing.given = true) and billing.country != address.country is true (address.country = "GB", billing.country = "FR")`)
		f.stocked("A", onHand, allocated, reserved+2)
		f.vars["id"], f.vars["h"] = o.str("id"), o.str("holds.0.id")
		f.post("/v1/orders/{id}/holds/{h}/lift", `{}`).want(200).fields("status", "open", "holds.0.status", "lifted", "fulfillments.0.status", "planned")
		f.stocked("A", onHand, allocated+2, reserved)
		f.timeline(f.vars["id"], "order.placed", "payment.authorized", "order.held", "order.hold_released", "order.accepted", "fulfillment.planned")

		card := f.post("/v1/orders", with(orderBody("A", 1, "sandbox", "tok_ok"), `"billing_address":`+inFrance)).want(201)
		card.fields("status", "pending", "payment_status", "authorized")
		f.vars["id"] = card.str("id")
		f.post("/v1/orders/{id}/cancel", `{"reason":"fraud"}`).want(200).fields("status", "canceled", "holds.0.status", "lifted", "holds.0.ended_by", "order")
		eventually(t, "the void", func() bool { return f.get("/v1/orders/{id}").str("payment_status") == "voided" })
		f.stocked("A", onHand, allocated+2, reserved)
		f.place("A", 1, "manual", "").want(201).fields("status", "open", "holds", "")
	})
}

// activate turns a shipped rule on, with what else is given.
func (f *fixture) activate(code string) {
	f.t.Helper()
	r := f.get("/v1/rules/"+code).fields("active", "false")
	body := strings.Replace(string(r.body), `"active":false`, `"active":true`, 1)
	for _, member := range []string{`"code":"` + code + `",`, `"version":1,`} {
		body = strings.Replace(body, member, "", 1)
	}
	f.put("/v1/rules/"+code, body).want(200).fields("active", "true", "version", "2")
}

// TestHoldExpires: a hold ends by itself, and an order that it kept back goes on.
func TestHoldExpires(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		at := time.Now().Add(1500 * time.Millisecond).UTC().Format(time.RFC3339Nano)
		held := f.post("/v1/orders/{order}/holds", `{"type":"other","expires_at":"`+at+`"}`).want(200)
		held.fields("holds.0.status", "open")
		f.post("/v1/fulfillments/{fulfillment}/release", "").refused(409, "on_hold")
		eventually(t, "the end of the hold", func() bool { return f.get("/v1/orders/{order}").str("holds.0.status") == "expired" })
		f.get("/v1/orders/{order}").fields("holds.0.ended_by", "system")
		f.post("/v1/fulfillments/{fulfillment}/release", "").want(200)
	})
}

// TestRemorse: a new order is not released until the customer's time is over.
func TestRemorse(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/channels/web", `{"name":"Web shop","remorse_minutes":30,"expire_unpaid_after_minutes":60,"auto_release":true}`).want(200).fields("remorse_minutes", "30", "expire_unpaid_after_minutes", "60")
		o := f.place("A", 1, "manual", "").want(201)
		o.fields("status", "open", "holds.0.type", "buyer_remorse", "expires_at", "", "fulfillments.0.status", "planned") // manual counts as arranged
		if o.str("holds.0.expires_at") == "" {
			t.Error("it never ends")
		}
		f.vars["id"], f.vars["f"], f.vars["h"] = o.str("id"), o.str("fulfillments.0.id"), o.str("holds.0.id")
		f.post("/v1/fulfillments/{f}/release", "").refused(409, "on_hold")
		f.post("/v1/orders/{id}/holds/{h}/lift", `{}`).want(200).fields("fulfillments.0.status", "released") // what needs no person goes on
		f.put("/v1/channels/web", `{"name":"Web shop","remorse_minutes":-1,"expire_unpaid_after_minutes":9999999}`).refused(422, "validation_failed").
			fields("errors.0.pointer", "/remorse_minutes", "errors.1.pointer", "/expire_unpaid_after_minutes")
	})
}
