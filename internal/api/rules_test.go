package api

import (
	"bytes"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/micros"
)

// ahead gives a fixture a clock that later moves forward.
func ahead() (set func(*setup), later func(time.Duration)) {
	var by atomic.Int64
	set = func(o *setup) {
		o.settings.Clock = func() micros.Time { return micros.Of(time.Now().Add(time.Duration(by.Load()))) }
	}
	return set, func(d time.Duration) { by.Add(int64(d)) }
}

// expire does what the delayed jobs of orders do, whatever the time.
func (f *fixture) expire(orders ...string) {
	f.t.Helper()
	for _, id := range orders {
		if err := f.app.Expire(f.t.Context(), id); err != nil {
			f.t.Fatal(err)
		}
	}
}

const bigOrder = `"name":"Big orders","when":"order.total >= 1000 && history.first","hold":{"type":"manual_review","reason":"a big first order"},` +
	`"examples":[{"name":"big","facts":{"order":{"total":5000},"history":{"first":true}},"matches":true},{"name":"small","facts":{"order":{"total":10},"history":{"first":true}}}]`

// TestPublishing: a rule is checked whole when it is saved, its examples are run, and what is wrong is told at once.
func TestPublishing(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		shipped := f.get("/v1/rules")
		shipped.fields("data.0.code", "awaiting_payment", "data.1.code", "country_mismatch", "data.2.code", "high_value_first_order", "data.3.code", "incomplete_address",
			"data.4.code", "velocity", "data.0.active", "false", "data.4.active", "false", "data.5", "")
		f.put("/v1/rules/big", "{"+bigOrder+"}").want(201).fields("code", "big", "version", "1", "active", "true", "on", "order.placed", "examples.1.matches", "")
		f.get("/v1/rules/big").fields("when", "order.total >= 1000 && history.first", "hold.type", "manual_review")

		r := f.put("/v1/rules/big", strings.Replace("{"+bigOrder+"}", `"total":5000`, `"total":50`, 1)).refused(422, "validation_failed")
		r.fields("errors.0.pointer", "/examples/0", "errors.0.code", "example_failed",
			"errors.0.detail", "big: matches is true, but order.total >= 1000 is false (order.total = 50)")
		r = f.put("/v1/rules/big", strings.Replace("{"+bigOrder+"}", "order.total", "order.totl", 1)).refused(422, "validation_failed")
		r.fields("errors.0.pointer", "/when", "errors.0.code", "invalid_condition")
		if !strings.Contains(r.str("errors.0.detail"), "undefined field 'totl'") || !strings.Contains(r.str("errors.0.detail"), "history.first") {
			t.Errorf("%s", r.body)
		}
		r = f.put("/v1/rules/big", strings.Replace("{"+bigOrder+"}", `"total":5000`, `"totl":5000`, 1)).refused(422, "validation_failed")
		r.fields("errors.0.pointer", "/examples/0/facts/order/totl", "errors.0.code", "unknown_field")
		r = f.put("/v1/rules/big", `{"name":"","when":"order","hold":{"type":"x","reason":""},"lift_when":"1 +","channels":["nowhere"],"examples":[]}`).refused(422, "validation_failed")
		for _, at := range []string{"/name", "/when", "/hold/type", "/hold/reason", "/lift_when", "/channels/0"} {
			if !bytes.Contains(r.body, []byte(`"pointer":"`+at+`"`)) {
				t.Errorf("%s is not named: %s", at, r.body)
			}
		}
		f.get("/v1/rules/big").fields("version", "1")
		f.send(request{do: "PUT /v1/rules/big", body: "{" + bigOrder + "}", header: []string{"If-Match", `"7"`}}).refused(409, "version_mismatch")
		f.send(request{do: "PUT /v1/rules/big", body: "{" + bigOrder + "}", key: "{webonly}"}).refused(403, "all_channels_required")
		f.send(request{do: "PUT /v1/rules/big", body: "{" + bigOrder + "}", key: "{writer}"}).refused(403, "missing_scope")
		f.send(request{do: "GET /v1/rules/none"}).refused(404, "not_found")
		events := f.get("/v1/events?after=0&limit=1000")
		if n := bytes.Count(events.body, []byte(`"type":"rule.published"`)); n != 6 {
			t.Errorf("%d rules were published", n)
		}
	})
}

// TestTryingRules: a trial says what the rule would decide and because of what, for facts or for an order.
func TestTryingRules(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/rules/big", "{"+bigOrder+"}").want(201)
		head := f.head()
		f.post("/v1/rules/big/test", `{"facts":{"order":{"total":2000},"history":{"first":true}}}`).want(200).fields("holds", "true", "lifts", "false",
			"because", "order.total >= 1000 is true (order.total = 2000) and history.first is true (history.first = true)", "parts.0.facts.0.name", "order.total", "parts.0.facts.0.value", "2000")
		f.post("/v1/rules/big/test", `{"order":"{order}"}`).want(200).fields("holds", "false", "because", "order.total >= 1000 is false (order.total = 500)")
		f.post("/v1/rules/awaiting_payment/test", `{"order":"{order}"}`).want(200).fields("holds", "true", "lifts", "false")
		f.post("/v1/rules/big/test", `{}`).refused(422, "validation_failed").fields("errors.0.code", "ambiguous")
		f.post("/v1/rules/big/test", `{"order":"x"}`).refused(422, "validation_failed").fields("errors.0.pointer", "/order")
		f.post("/v1/rules/big/test", `{"order":"ord_{unknown}"}`).refused(404, "not_found")
		f.post("/v1/rules/none/test", `{"facts":{}}`).refused(404, "not_found")
		f.put("/v1/rules/big?dry_run=true", "{"+strings.Replace(bigOrder, "Big orders", "Bigger", 1)+"}").want(200).fields("name", "Bigger", "version", "2")
		f.put("/v1/rules/new?dry_run=true", "{"+bigOrder+"}").want(200).fields("code", "new")
		f.put("/v1/rules/big?dry_run=true", strings.Replace("{"+bigOrder+"}", `"total":5000`, `"total":50`, 1)).refused(422, "validation_failed").fields("errors.0.code", "example_failed")
		f.send(request{do: "GET /v1/rules/new"}).refused(404, "not_found")
		if f.head() != head {
			t.Error("a trial was written down")
		}
	})
}

// TestHistory: rules see the customer's earlier orders, whatever the case of the mail address.
func TestHistory(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/rules/second", `{"name":"Second","when":"history.known && history.orders == 1 && history.age_hours[0] == 0","hold":{"type":"other","reason":"the second"},`+
			`"channels":["web"],"examples":[{"name":"n","facts":{"history":{"known":true,"orders":1,"age_hours":[0]}},"matches":true}]}`).want(201)
		place := func(mail string) reply {
			return f.post("/v1/orders", strings.Replace(orderBody("C", 1, "manual", ""), "ada@example.com", mail, 1)).want(201)
		}
		f.stock("C", "L1", 10)
		place("new@example.com").fields("holds", "")
		second := place("NEW@example.com").fields("holds.0.rule", "second", "status", "open")
		if strings.Contains(strings.ToLower(string(f.get("/v1/orders/"+second.str("id")+"/timeline").str("data.0.body"))), "new@example") {
			t.Error("the journal names the customer")
		}
		place("new@example.com").fields("holds", "")
		f.post("/v1/orders", strings.Replace(orderBody("C", 1, "manual", ""), `"web"`, `"phone"`, 1)).want(201).fields("holds", "") // not a channel of the rule
		f.post("/v1/orders?dry_run=true", strings.Replace(orderBody("C", 1, "manual", ""), "ada@example.com", "fresh@example.com", 1)).want(200)
	})
}

// TestVelocity and the other shipped rules do what their names say.
func TestShippedRulesHold(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for _, code := range []string{"velocity", "high_value_first_order", "incomplete_address"} {
			f.activate(code)
		}
		f.stock("C", "L1", 100)
		order := func(mail string, quantity int, change ...string) reply {
			body := strings.Replace(orderBody("C", quantity, "manual", ""), "ada@example.com", mail, 1)
			return f.post("/v1/orders", strings.NewReplacer(change...).Replace(body)).want(201)
		}
		for i := range 4 {
			want := ""
			if i == 3 {
				want = "velocity"
			}
			order("often@example.com", 1).fields("holds.0.rule", want)
		}
		f.put("/v1/products/GOLD", `{"name":"Gold","price":{"amount":60000,"currency":"GBP"}}`).want(201)
		f.stock("GOLD", "L1", 10)
		gold := func(mail string) reply {
			return f.post("/v1/orders", strings.Replace(orderBody("GOLD", 1, "manual", ""), "ada@example.com", mail, 1)).want(201)
		}
		gold("rich@example.com").fields("status", "pending", "holds.0.rule", "high_value_first_order", "holds.0.type", "high_risk_of_fraud")
		gold("often@example.com").fields("holds.0.rule", "velocity", "holds.1", "")
		order("lost@example.com", 1, "YO1 1AA", "12345").fields("status", "open", "holds.0.rule", "incomplete_address", "holds.0.because",
			"address.postal_code_fits is false (address.postal_code_fits = false)")
		order("found@example.com", 1).fields("holds", "")
		f.firings()
	})
}

// firings looks at where a rule fired: newest first, by pages, of the channels that a key sees, also when the hold has ended.
func (f *fixture) firings() {
	f.t.Helper()
	place := func(channel string) reply {
		body := strings.NewReplacer("YO1 1AA", "12345", "ada@example.com", channel+"@example.com", `"web"`, `"`+channel+`"`).Replace(orderBody("C", 1, "manual", ""))
		return f.post("/v1/orders", body).want(201).fields("holds.0.rule", "incomplete_address")
	}
	first, second := place("web"), place("phone")
	f.post("/v1/orders/"+first.str("id")+"/holds/"+first.str("holds.0.id")+"/lift", "{}").want(200)
	list := f.get("/v1/rules/incomplete_address/fired?limit=1").fields("data.0.order", second.str("id"), "data.0.number", second.str("number"), "data.0.hold.status", "open", "data.1", "")
	f.get("/v1/rules/incomplete_address/fired?limit=1&cursor="+list.str("next_cursor")).fields("data.0.order", first.str("id"), "data.0.status", "open", "data.0.hold.status", "lifted")
	f.get("/v1/rules/awaiting_payment/fired").fields("data.0", "")
	f.send(request{do: "GET /v1/rules/none/fired"}).refused(404, "not_found")
	f.send(request{do: "GET /v1/rules/velocity/fired?cursor=x"}).refused(400, "invalid_cursor")
	if r := f.send(request{do: "GET /v1/rules/incomplete_address/fired", key: "{webonly}"}).want(200); bytes.Contains(r.body, []byte(second.str("id"))) || !bytes.Contains(r.body, []byte(first.str("id"))) {
		f.t.Errorf("%s", r.body)
	}
}

// TestAwaitingPayment: the order waits for the bank transfer; when the money is recorded, its hold is lifted by the rule (H4).
func TestAwaitingPayment(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.activate("awaiting_payment")
		o := f.place("A", 2, "manual", "").want(201)
		o.fields("status", "open", "holds.0.type", "awaiting_payment", "holds.0.status", "open")
		f.vars["id"], f.vars["p"], f.vars["f"] = o.str("id"), o.str("payments.0.id"), o.str("fulfillments.0.id")
		f.post("/v1/fulfillments/{f}/release", "").refused(409, "on_hold")
		f.post("/v1/orders/{id}/payments/{p}/receipts", `{"amount":{"amount":200,"currency":"GBP"}}`).want(200).fields("holds.0.status", "open")
		f.post("/v1/orders/{id}/payments/{p}/receipts", `{"amount":{"amount":300,"currency":"GBP"}}`).want(200).fields("payment_status", "paid")
		eventually(t, "the end of the hold", func() bool { return f.get("/v1/orders/{id}").str("holds.0.status") == "lifted" })
		f.get("/v1/orders/{id}").fields("holds.0.ended_by", "system")
		timeline := f.get("/v1/orders/{id}/timeline")
		if !bytes.Contains(timeline.body, []byte(`"reason":"rule"`)) || !bytes.Contains(timeline.body, []byte(`payment.unsecured \u003c= 0`)) && !bytes.Contains(timeline.body, []byte(`payment.unsecured <= 0`)) {
			t.Errorf("the decision is not told: %s", timeline.body)
		}
		f.post("/v1/fulfillments/{f}/release", "").want(200)
		f.place("A", 1, "sandbox", "tok_ok").want(201).fields("holds", "")
	})
}

// TestExpiry: what nobody has paid for is canceled at its time, and its stock and money are settled; what is paid stays.
func TestExpiry(t *testing.T) {
	clock, later := ahead()
	each(t, func(t *testing.T, f *fixture) {
		f.activate("awaiting_payment")
		f.put("/v1/channels/web", `{"name":"Web shop","expire_unpaid_after_minutes":1}`).want(200)
		onHand, allocated, reserved, _ := f.positions("A")
		unpaid := f.place("A", 2, "manual", "").want(201).fields("status", "open", "holds.0.type", "awaiting_payment")
		paid := f.place("A", 1, "manual", "").want(201)
		card := f.place("A", 1, "sandbox", "tok_ok").want(201).fields("expires_at", "", "status", "open")
		if unpaid.str("expires_at") == "" || paid.str("expires_at") == "" {
			t.Fatal("no time")
		}
		f.post("/v1/orders/"+paid.str("id")+"/payments/"+paid.str("payments.0.id")+"/receipts", `{"amount":{"amount":250,"currency":"GBP"}}`).want(200)
		f.expire(unpaid.str("id"), paid.str("id"), card.str("id")) // too early: nothing happens, by the clock of the command
		f.get("/v1/orders/"+unpaid.str("id")).fields("status", "open")
		later(2 * time.Minute)
		f.expire(unpaid.str("id"), paid.str("id"), card.str("id"))
		f.get("/v1/orders/"+unpaid.str("id")).fields("status", "canceled", "reason", "expired", "holds.0.status", "lifted", "payment_status", "voided", "fulfillments.0.status", "canceled")
		f.get("/v1/orders/"+paid.str("id")).fields("status", "open", "payment_status", "paid")
		f.get("/v1/orders/"+card.str("id")).fields("status", "open")
		f.stocked("A", onHand, allocated+2, reserved)
		f.timeline(unpaid.str("id"), "order.placed", "payment.authorized", "order.held", "order.accepted", "fulfillment.planned", "order.expired", "fulfillment.canceled",
			"payment.voided", "order.hold_released")
	}, clock)
}

// TestRemarks: notes, tags and custom fields, at placement and later.
func TestRemarks(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/fields/branch", `{"name":"Branch","type":"choice","choices":["Hull","York"]}`).want(201).fields("code", "branch", "active", "true")
		f.put("/v1/fields/floor", `{"name":"Floor","type":"number"}`).want(201)
		f.put("/v1/fields/Bad", `{"name":"","type":"colour"}`).refused(422, "validation_failed")
		f.get("/v1/fields").fields("data.0.code", "branch", "data.1.code", "floor")
		f.get("/v1/fields/floor").fields("type", "number")
		f.put("/v1/fields/floor?dry_run=true", `{"name":"Tried","type":"number"}`).want(200).fields("name", "Tried", "version", "2")
		f.put("/v1/fields/floor", `{"name":"Storey","type":"number"}`).want(200).fields("name", "Storey", "version", "2")
		o := f.post("/v1/orders", with(orderBody("A", 1, "manual", ""), `"tags":["vip","b2b","vip"],"fields":{"branch":"Hull","floor":3}`)).want(201)
		o.fields("tags.0", "b2b", "tags.1", "vip", "tags.2", "", "fields.branch", "Hull", "fields.floor", "3")
		f.vars["id"] = o.str("id")
		f.get("/v1/orders?tag=vip").fields("data.0.id", f.vars["id"], "data.1", "")
		r := f.post("/v1/orders", with(orderBody("A", 1, "manual", ""), `"tags":[""],"fields":{"branch":"Oslo","ceiling":1},"billing_address":{"country":"XX"}`)).refused(422, "validation_failed")
		for _, at := range []string{"/tags/0", "/fields/branch", "/fields/ceiling", "/billing_address/country"} {
			if !bytes.Contains(r.body, []byte(`"pointer":"`+at+`"`)) {
				t.Errorf("%s is not named: %s", at, r.body)
			}
		}
		f.put("/v1/orders/{id}/tags", `{"tags":["gift"]}`).want(200).fields("version", "2", "tags.0", "gift", "tags.1", "")
		f.get("/v1/orders?tag=vip").fields("data.0", "")
		f.get("/v1/orders?tag=gift").fields("data.0.id", f.vars["id"])
		f.put("/v1/orders/{id}/tags", `{"tags":[" x"]}`).refused(422, "validation_failed")
		f.put("/v1/orders/{id}/fields", `{"fields":{"floor":"three"}}`).refused(422, "validation_failed").fields("errors.0.pointer", "/fields/floor")
		f.put("/v1/orders/{id}/fields", `{"fields":{"floor":2.5}}`).want(200).fields("version", "3", "fields.floor", "2.5", "fields.branch", "")
		f.send(request{do: "PUT /v1/orders/{id}/fields", body: `{"fields":{}}`, header: []string{"If-Match", `"1"`}}).refused(409, "version_mismatch")
		f.post("/v1/orders/{id}/notes?dry_run=true", `{"text":"Call first"}`).want(200).fields("notes.0.text", "Call first")
		f.post("/v1/orders/{id}/notes", `{"text":"Mrs Lovelace wants a call"}`).want(200).fields("version", "4", "notes.0.text", "Mrs Lovelace wants a call", "notes.0.by", "bootstrap")
		f.post("/v1/orders/{id}/notes", `{"text":" "}`).refused(422, "validation_failed")
		public := f.send(request{do: "GET /v1/orders/{id}/timeline", key: "{reader}"}).want(200)
		if bytes.Contains(public.body, []byte("Lovelace")) {
			t.Error("a note is public")
		}
		if !bytes.Contains(f.get("/v1/orders/{id}/timeline").body, []byte("Lovelace")) {
			t.Error("the note is not in the personal part")
		}

		f.put("/v1/fields/po", `{"name":"PO number","type":"text","required":true}`).want(201)
		f.place("A", 1, "manual", "").refused(422, "validation_failed").fields("errors.0.pointer", "/fields/po", "errors.0.code", "required")
		f.post("/v1/orders", with(orderBody("A", 1, "manual", ""), `"fields":{"po":"4711"}`)).want(201)
		f.put("/v1/orders/{id}/fields", `{"fields":{}}`).want(200).fields("fields", "")
	})
}

// TestRulesSeeFields: conditions speak of custom fields and tags; a field that is missing holds the order and says so.
func TestRulesSeeFields(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/fields/branch", `{"name":"Branch","type":"text"}`).want(201)
		f.put("/v1/rules/hull", `{"name":"Hull","when":"order.fields.branch == \"Hull\" || \"check\" in order.tags","hold":{"type":"other","reason":"Hull looks itself","expires_minutes":5},`+
			`"lift_when":"!(\"check\" in order.tags) && order.fields.branch != \"Hull\"","examples":[{"name":"Hull","facts":{"order":{"fields":{"branch":"Hull"}}},"matches":true}]}`).want(201)
		f.post("/v1/orders", with(orderBody("A", 1, "manual", ""), `"fields":{"branch":"York"}`)).want(201).fields("holds", "")
		o := f.post("/v1/orders", with(orderBody("A", 1, "manual", ""), `"tags":["check"],"fields":{"branch":"York"}`)).want(201)
		o.fields("holds.0.because", `"check" in order.tags is true (order.tags = [check])`)
		if o.str("holds.0.expires_at") == "" {
			t.Error("it never ends")
		}
		f.vars["id"] = o.str("id")
		f.put("/v1/orders/{id}/tags", `{"tags":[]}`).want(200)
		eventually(t, "the end of the hold", func() bool { return f.get("/v1/orders/{id}").str("holds.0.status") == "lifted" })
		missing := f.place("A", 1, "manual", "").want(201).fields("holds.0.rule", "hull")
		if !strings.Contains(missing.str("holds.0.because"), "no such key: branch") {
			t.Errorf("%s", missing.body)
		}
	})
}
