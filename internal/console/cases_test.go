package console

import (
	"testing"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/pages"
	"ordo/internal/service"
	"ordo/internal/work"
)

// phoned opens a case of somebody who called.
func (f *fixture) phoned() string {
	f.t.Helper()
	cmd := &app.OpenCase{
		Case:  service.Case{Subject: "Where is my parcel", Origin: "phone", Contact: service.Contact{Name: "Grace Hopper", Phone: "+44 20 7946 0000"}},
		Entry: service.Entry{Kind: service.Message, Via: "phone", By: "customer", Words: service.Words{Text: "It has not come"}},
	}
	out := work.Submit(f.t.Context(), f.app.Committer, cmd, work.Meta{Actor: app.BootstrapActor})
	if out.Err != nil {
		f.t.Fatal(out.Err)
	}
	return out.Value.(*app.CaseView).ID
}

// TestCases works on a case: its owner, its thread and its status; what is not possible says why.
func TestCases(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		agent := f.user("agent@example.com", "customer_service")
		b := f.browser()
		b.signIn("agent@example.com")
		b.get("/console/cases").is(t, 200, "There are no cases yet")
		id := f.phoned()
		at := "/console/cases/" + id
		b.get("/console/cases?open=true").is(t, 200, "Where is my parcel", "Grace Hopper")
		b.get("/console/cases?status=resolved").is(t, 200, "No case is like this")
		b.get("/console/cases").is(t, 200, `type="date" required name="due_before"`)
		b.get("/console/cases?due_before=2026-01-31").is(t, 200, "Due before: 31 Jan 2026", "No case is like this")
		b.get(at).is(t, 200, "It has not come", "There is no mail address to write to.", "Macros work on an order")
		b.get(at+"/reply").is(t, 200, "There is no mail address to write to.")
		b.get(at+"/macro").is(t, 200, "Macros work on an order")
		b.post(at+"/change", "_key", pages.NewKey(), "_version", "1", "owner", agent.ID, "priority", "urgent", "queue", "general").is(t, 303, at)
		b.post(at+"/change", "_key", pages.NewKey(), "_version", "1", "priority", "low").is(t, 409, "Somebody changed this while you were typing")
		b.post(at+"/change", "_key", pages.NewKey(), "_version", "2", "queue", "nowhere").is(t, 422, "bad-box")
		b.get("/console/cases?open=true&owner="+agent.ID).is(t, 200, "Where is my parcel", "Urgent")
		b.post(at+"/note", "_key", pages.NewKey(), "text", "The carrier lost it").is(t, 303)
		b.post(at+"/note", "_key", pages.NewKey(), "text", "").is(t, 422, "bad-box")
		key := pages.NewKey()
		for range 2 { // sent twice is said once
			b.post(at+"/message", "_key", key, "via", "phone", "text", "Still nothing").is(t, 303)
		}
		b.get(at).is(t, 200, "The carrier lost it", "Still nothing")
		b.post(at+"/status", "_key", pages.NewKey(), "status", "resolved").is(t, 303)
		b.get("/console/cases?status=resolved").is(t, 200, "Where is my parcel")
		reader := f.browser()
		f.user("reader@example.com", "analyst")
		reader.signIn("reader@example.com")
		reader.post(at+"/note", "_key", pages.NewKey(), "text", "x").is(t, 403)
	})
}

// TestOpenCase opens cases from the inbox, and from the pages of an order and a customer.
func TestOpenCase(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("agent@example.com", "customer_service")
		f.world()
		o, _ := f.paid(`[{"sku":"MUG","quantity":1}]`)
		order, number := number0(o.ID), number0(o.Number)
		b := f.browser()
		b.signIn("agent@example.com")
		b.get("/console/cases").is(t, 200, `href="/console/cases/new"`)
		b.get("/console/cases/new?_order="+number).is(t, 200, `name="subject"`, `name="queue"`, `value="`+number+`"`)

		f.call("putQueue", slots("code", "general"), `{"name":"Customers"}`, nil)
		b.get("/console/cases/new").is(t, 200, "Empty: Customers.", ">Customers</option>")

		// What is missing or wrong is said at its field, and nothing typed is lost.
		b.post("/console/cases/new", "_key", pages.NewKey(), "text", "It is broken").is(t, 422, `href="#f-subject"`, "It is broken")
		b.post("/console/cases/new", "_key", pages.NewKey(), "subject", "Broken", "text", "It is broken", "_order", "9999999").is(t, 422, `href="#f-_order"`, `value="9999999"`)
		b.post("/console/cases/new", "_key", pages.NewKey(), "subject", "Broken", "text", "It is broken", "queue", "nowhere").is(t, 422, `href="#f-queue"`)

		// Sent twice is one case; who ordered is who it is with.
		key := pages.NewKey()
		page := b.post("/console/cases/new", "_key", key, "subject", "Broken", "text", "It is broken", "_order", "#"+number, "priority", "high").is(t, 303, "/console/cases/case_").header.Get("Location")
		if again := b.post("/console/cases/new", "_key", key, "subject", "Broken", "text", "It is broken", "_order", "#"+number, "priority", "high").is(t, 303).header.Get("Location"); again != page {
			t.Errorf("sent twice it is %s and %s", page, again)
		}
		b.get(page).is(t, 200, "The case was opened.", "It is broken", "Grace Hopper", "#"+number, "High", "Phone", "<dd>Customers</dd>", "has no address that mails come from: Settings")
		b.get(page+"/reply").is(t, 200, "has no address that mails come from: Settings")
		b.get("/console/cases").is(t, 200, `<td class="hide-s">Customers</td>`)
		f.call("putMacro", slots("code", "look"), `{"name":"Look","steps":[{"do":"note","text":"{agent} looks at it"},{"do":"status","status":"on_hold"}]}`, nil)
		b.post(page+"/macro", "_key", pages.NewKey(), "_step", "preview", "macro", "look", "order", order).is(t, 200, "Somebody looks at it", "<b>On hold</b>")

		b.get("/console/orders/"+order).is(t, 200, "/console/orders/"+order+"/case")
		b.get("/console/orders/"+order+"/case").is(t, 200, "about this order")
		page = b.post("/console/orders/"+order+"/case", "_key", pages.NewKey(), "subject", "Ask the carrier", "note", "It is late").is(t, 303, "/console/cases/case_").header.Get("Location")
		b.get(page).is(t, 200, "It is late", "Grace Hopper", "#"+number)

		var c api.Case
		f.call("getCase", slots("id", page[len("/console/cases/"):]), "", &c)
		customer := "/console/customers/" + c.Customer
		b.get(customer).is(t, 200, customer+"/case")
		page = b.post(customer+"/case", "_key", pages.NewKey(), "subject", "Wants an invoice", "text", "To the office").is(t, 303, "/console/cases/case_").header.Get("Location")
		b.get(page).is(t, 200, "To the office", "Grace Hopper")
		b.get(customer).is(t, 200, "Wants an invoice", "Ask the carrier")
		f.user("reader@example.com", "analyst")
		reader := f.browser()
		reader.signIn("reader@example.com")
		reader.get("/console/cases/new").is(t, 403)
	})
}
