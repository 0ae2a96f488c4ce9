package api

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/micros"
)

func init() {
	exampleOrder += ` openCase createCustomer listCustomers getCustomer putCustomer addCustomerNote listCustomerOrders listCases getCase getCaseThread changeCase moveCase
		writeCaseMessage writeCaseNote putQueue getQueue listQueues putSLAPolicy getSLAPolicy listSLAPolicies`
}

// TestCustomers makes, replaces, finds and annotates customers; their orders are those under the mail address.
func TestCustomers(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		body := `{"email":"Grace@Example.com","name":"Grace Hopper","phone":"020 7946 0018","language":"en-GB","tags":["vip","navy"],"addresses":[{"label":"home","default":true,` +
			`"address":{"name":"Grace Hopper","line1":"1 Main Street","city":"London","postal_code":"N1 1AA","country":"GB"}}]}`
		f.post("/v1/customers?dry_run=true", body).want(200).fields("id", "null", "phone", "+442079460018")
		made := f.post("/v1/customers", body, "Idempotency-Key", "grace").want(201)
		made.fields("version", "1", "phone", "+442079460018", "tags.0", "navy", "addresses.0.label", "home")
		f.vars["cus"] = made.str("id")
		again := f.post("/v1/customers", body, "Idempotency-Key", "grace").want(201)
		if again.str("id") != f.vars["cus"] || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("not replayed: %s", again.body)
		}
		f.post("/v1/customers", `{"email":"grace@EXAMPLE.com"}`).refused(409, "email_taken").fields("customer", f.vars["cus"])
		f.post("/v1/customers/{cus}/notes", `{"text":"Prefers to be called."}`, "If-Match", `"1"`).want(200).fields("version", "2", "notes.0.text", "Prefers to be called.")
		f.post("/v1/customers/{cus}/notes", `{"text":"x"}`, "If-Match", `"1"`).refused(409, "version_mismatch")
		f.send(request{do: "PUT /v1/customers/{cus}", body: `{"email":"hopper@example.com","name":"Grace Brewster Hopper"}`, header: []string{"If-Match", `"2"`}}).want(200).
			fields("version", "3", "email", "hopper@example.com", "phone", "", "notes.0.text", "Prefers to be called.")
		f.put("/v1/customers/{cus}", `{"name":"Nobody"}`).refused(422, "validation_failed").fields("errors.0.pointer", "/email")
		other := f.post("/v1/customers", `{"email":"grace@example.com"}`).want(201).str("id") // it is free again
		f.put("/v1/customers/"+other, `{"email":"HOPPER@example.com"}`).refused(409, "email_taken")
		f.put("/v1/customers/cus_{unknown}", `{"email":"x@example.com"}`).refused(404, "not_found")
		f.get("/v1/customers/{cus}").fields("name", "Grace Brewster Hopper")
		for query, want := range map[string]string{
			"q=hop": f.vars["cus"], "q=BREW%20gra": f.vars["cus"], "q=Hopper@example.com": f.vars["cus"], "email=grace@example.com": other, "q=nobody": "", "q=!!": "", "tag=vip": "",
			"q=" + f.vars["cus"]: f.vars["cus"],
		} {
			if got := f.get("/v1/customers?" + query).str("data.0.id"); got != want {
				t.Errorf("%s: %s", query, got)
			}
		}
		bad := f.post("/v1/customers", `{"email":"x","phone":"12","language":"English","addresses":[{"address":{"country":"XX"}}]}`).refused(422, "validation_failed")
		for i, at := range []string{"/email", "/language", "/addresses/0/address/country", "/phone"} {
			bad.fields(fmt.Sprintf("errors.%d.pointer", i), at)
		}
		email := f.get("/v1/orders/{order}").str("customer.email")
		ada := f.post("/v1/customers", `{"email":"`+strings.ToUpper(email)+`"}`).want(201).str("id")
		f.get("/v1/customers/"+ada+"/orders?limit=1").fields("data.0.customer.email", email)
		for _, key := range []string{"{reader}", "{webonly}"} {
			if r := f.send(request{do: "GET /v1/customers/{cus}", key: key}); r.status != 403 {
				t.Errorf("%s reads it: %d", key, r.status)
			}
		}
		f.personal("customer.saved", "Grace")
	})
}

// personal looks for words in the bodies of events: they may be in the personal column only.
func (f *fixture) personal(kind, word string) {
	f.t.Helper()
	met := false
	for _, e := range f.get("/v1/events?limit=1000").list("data") {
		e := e.(map[string]any)
		if e["type"] != kind {
			continue
		}
		met = met || strings.Contains(fmt.Sprint(e["personal"]), word)
		if strings.Contains(fmt.Sprint(e["body"]), word) {
			f.t.Errorf("%s has %q in its body: %v", kind, word, e["body"])
		}
	}
	if !met {
		f.t.Errorf("no %s has %q", kind, word)
	}
}

// openCase opens a case about {order} and keeps its id as {case}.
func (f *fixture) openCase(members string) reply {
	f.t.Helper()
	r := f.post("/v1/cases", `{"subject":"Where is my mug?","orders":["{order}"]`+members+`}`).want(201)
	f.vars["case"] = r.str("id")
	return r
}

// TestCase takes a case through its machine.
func TestCase(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		email := f.get("/v1/orders/{order}").str("customer.email")
		f.post("/v1/cases?dry_run=true", `{"subject":"x"}`).want(200).fields("id", "null", "number", "null", "status", "new")
		opened := f.openCase(`,"text":"It should have come on Friday.","origin":"phone"`)
		opened.fields("number", "C1001", "status", "new", "queue", "general", "priority", "normal", "contact.email", email, "policy", "standard", "entries", "1",
			"entry.kind", "message", "entry.by", "customer", "entry.via", "phone", "clocks.0.target", "first_response", "clocks.1.target", "resolution", "clocks.0.limit_seconds", "28800")
		f.vars["cus"] = opened.str("customer")
		f.get("/v1/customers/{cus}").fields("email", email) // made with the first case
		f.post("/v1/cases", `{"subject":"Again","contact":{"email":"`+strings.ToUpper(email)+`"}}`).want(201).fields("customer", f.vars["cus"], "number", "C1002")

		f.post("/v1/cases/{case}/change?dry_run=true", `{"priority":"urgent"}`).want(200).fields("priority", "urgent", "clocks.0.limit_seconds", "1800")
		f.post("/v1/cases/{case}/change", `{"owner":"bootstrap","priority":"high","tags":["late"]}`, "If-Match", `"1"`).want(200).
			fields("version", "2", "status", "open", "owner", "bootstrap", "clocks.0.limit_seconds", "7200")
		f.post("/v1/cases/{case}/change", `{"tags":[]}`, "If-Match", `"1"`).refused(409, "version_mismatch")
		f.post("/v1/cases/{case}/notes", `{"text":"The carrier is looking for it."}`).want(200).fields("entry.kind", "note", "entry.by", "bootstrap", "entry.number", "2")
		waits := f.post("/v1/cases/{case}/status", `{"status":"pending_customer","note":"Asked for a picture."}`).want(200)
		waits.fields("status", "pending_customer", "due_at", "", "clocks.0.running_since", "", "entries", "3")
		f.post("/v1/cases/{case}/messages", `{"text":"Here it is."}`).want(200).fields("status", "open", "entry.number", "4")
		done := f.post("/v1/cases/{case}/status", `{"status":"resolved"}`).want(200)
		done.fields("status", "resolved", "due_at", "", "allowed.0", "closed", "allowed.1", "open")
		if done.str("close_at") == "" || done.str("clocks.1.met_at") == "" || done.str("clocks.0.given_up_at") == "" {
			t.Errorf("%s", done.body)
		}
		f.post("/v1/cases/{case}/status", `{"status":"on_hold"}`).refused(409, "illegal_transition").fields("state", "resolved")
		f.post("/v1/cases/{case}/status", `{"status":"closed"}`).want(200).fields("status", "closed", "close_at", "")
		f.post("/v1/cases/{case}/messages", `{"text":"It broke.","via":"phone"}`).want(200).fields("status", "open", "reopened", "1")
		thread := f.get("/v1/cases/{case}/thread")
		thread.fields("data.0.text", "It should have come on Friday.", "data.4.text", "It broke.")
		f.get("/v1/cases/{case}/thread?limit=2&cursor=1").fields("data.0.number", "2", "data.1.number", "3", "next_cursor", "3")
		f.history(f.vars["case"], "case.opened", "case.message_received", "case.assigned", "case.noted", "case.status_changed", "case.noted", "case.message_received",
			"case.resolved", "case.closed", "case.reopened", "case.message_received")
		for query, want := range map[string]string{
			"q=c1001": f.vars["case"], "order={order}&limit=1": f.vars["case"], "tag=late": f.vars["case"], "owner=bootstrap": f.vars["case"], "q=C9": "", "status=closed": "",
			"queue=payments": "", "customer={cus}&open=true&due_before=2099-01-01T00:00:00Z": f.get("/v1/cases?q=C1002").str("data.0.id"),
		} {
			if got := f.get("/v1/cases?" + query).str("data.0.id"); got != want {
				t.Errorf("%s: %s, not %s", query, got, want)
			}
		}
		f.personal("case.opened", "mug")
		f.personal("case.message_received", "Friday")
	})
}

func TestBadCases(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.openCase("")
		r := f.post("/v1/cases", `{"subject":"a\nb","queue":"none","priority":"urgent","owner":"key_{unknown}","orders":["ord_{unknown}","x"],"customer":"cus_{unknown}","contact":{"email":"x"}}`)
		r.refused(422, "validation_failed")
		for i, at := range []string{"/queue", "/orders/0", "/orders/1", "/customer", "/subject", "/contact/email", "/owner"} {
			r.fields(fmt.Sprintf("errors.%d.pointer", i), at)
		}
		f.post("/v1/cases", `{"subject":" "}`).refused(422, "validation_failed")
		f.post("/v1/cases", `{"subject":"x","text":"`+strings.Repeat("x", 20_001)+`"}`).refused(422, "validation_failed").fields("errors.0.code", "too_long")
		f.post("/v1/cases/case_{unknown}/notes", `{"text":"x"}`).refused(404, "not_found")
		f.post("/v1/cases/x/notes", `{"text":"x"}`).refused(404, "not_found")
		f.post("/v1/cases/{case}/notes", `{"text":" "}`).refused(422, "validation_failed")
		f.post("/v1/cases/{case}/status", `{"status":"new"}`).refused(409, "illegal_transition")
		f.post("/v1/cases/{case}/status", `{"status":"lost"}`).refused(422, "validation_failed")
		f.post("/v1/cases/{case}/change", `{"queue":"none"}`).refused(422, "validation_failed").fields("errors.0.pointer", "/queue")
		f.send(request{do: "POST /v1/cases/{case}/notes", body: `{"text":"x"}`, key: "{writer}"}).refused(403, "missing_scope").fields("scope", "cases:write")
		f.send(request{do: "GET /v1/cases/{case}", key: "{webonly}"}).refused(403, "all_channels_required")
		f.send(request{do: "GET /v1/cases?due_before=soon"}).refused(400, "invalid_parameter")
		for _, cursor := range []string{"x", "-1", "9007199254740992"} { // 2^53
			f.send(request{do: "GET /v1/cases/{case}/thread?cursor=" + cursor}).refused(400, "invalid_cursor")
		}
		f.put("/v1/queues/q", `{"name":"Q","policy":"none","causes":["capture_failed","x"],"close_days":-1}`).refused(422, "validation_failed")
		f.put("/v1/queues/q", `{"name":"Q","causes":["capture_failed"]}`).refused(422, "validation_failed").fields("errors.0.code", "duplicate")
		f.put("/v1/sla-policies/p", `{"name":"P","hours":{"time_zone":"Mars","spans":[{"days":["x"],"from":"09:00","to":"08:00"}]},"targets":{"high":{"resolution_minutes":-1}}}`).refused(422, "validation_failed")
	})
}

// TestClocksRing: warnings and breaches come by themselves, once each, raise the priority, and stand still while the
// customer is awaited; a resolved case is closed in time.
func TestClocksRing(t *testing.T) {
	var by atomic.Int64
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/sla-policies/fast", `{"name":"Fast","escalate":true,"targets":{"normal":{"first_response_minutes":10,"resolution_minutes":60},"high":{"resolution_minutes":60}}}`).want(201)
		f.put("/v1/sla-policies/fast", `{"name":"Fast","escalate":true,"targets":{"normal":{"first_response_minutes":10,"resolution_minutes":60},"high":{"resolution_minutes":30}}}`).want(200).fields("version", "2")
		f.put("/v1/queues/fast", `{"name":"Fast","policy":"fast","close_days":1,"reopen_days":2}`).want(201)
		f.openCase(`,"queue":"fast"`)
		waiting := f.post("/v1/cases", `{"subject":"Waits","queue":"fast"}`).want(201).str("id")
		f.post("/v1/cases/"+waiting+"/status", `{"status":"pending_customer"}`).want(200)
		ring := func(to time.Duration) {
			t.Helper()
			by.Store(int64(to))
			for _, id := range []string{f.vars["case"], waiting} {
				if err := f.app.LookAtCase(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
		}
		ring(7 * time.Minute)
		f.get("/v1/cases/{case}").fields("clocks.0.warned_at", "")
		ring(9 * time.Minute)
		if f.get("/v1/cases/{case}").str("clocks.0.warned_at") == "" {
			t.Error("no warning at 90 %")
		}
		ring(11 * time.Minute)
		ring(12 * time.Minute)
		late := f.get("/v1/cases/{case}")
		if late.fields("priority", "high"); late.str("clocks.0.breached_at") == "" {
			t.Errorf("no breach: %s", late.body)
		}
		f.post("/v1/cases/{case}/status", `{"status":"resolved"}`).want(200)
		ring(13*time.Minute + 24*time.Hour)
		f.get("/v1/cases/{case}").fields("status", "closed")
		f.history(f.vars["case"], "case.opened", "case.sla_warning", "case.sla_breached", "case.resolved", "case.closed")
		f.get("/v1/cases/"+waiting).fields("status", "pending_customer", "clocks.0.warned_at", "")
		ring(4 * 24 * time.Hour)
		f.post("/v1/cases/{case}/status", `{"status":"open"}`).refused(409, "reopen_over")
	}, func(o *setup) {
		by.Store(0)
		o.settings.Clock = func() micros.Time { return micros.Of(time.Now().Add(time.Duration(by.Load()))) }
	})
}

// history compares the events about something that is no order.
func (f *fixture) history(id string, want ...string) {
	f.t.Helper()
	var got []string
	for after := ""; ; {
		r := f.get("/v1/events?limit=1000&after=" + after)
		for _, e := range r.list("data") {
			if e := e.(map[string]any); e["aggregate"] == id {
				got = append(got, e["type"].(string))
			}
		}
		if len(r.list("data")) < 1000 {
			break
		}
		after = r.str("next_cursor")
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		f.t.Errorf("events %s\nwant   %s", strings.Join(got, " "), strings.Join(want, " "))
	}
}
