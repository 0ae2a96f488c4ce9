package api

import (
	"strings"
	"testing"

	"ordo/internal/provider/mail/sink"
)

func init() { exampleOrder += " eraseCustomer" }

func emilsOrder() string {
	return strings.NewReplacer("ada@example.com", "Emil@Example.com", `"Ada"`, `"Emil Person"`).Replace(orderBody("A", 1, "sandbox", "tok_ok"))
}

// emil orders, gets it, asks where it is, and is answered; {cus}, {o} and {case} are his.
func (f *fixture) emil() {
	f.t.Helper()
	f.vars["o"] = f.post("/v1/orders", emilsOrder(), "Idempotency-Key", "emil").want(201).str("id")
	f.post("/v1/orders/{o}/notes", `{"text":"Emil rang"}`, "Idempotency-Key", "emil-note").want(200)
	f.vars["case"] = f.post("/v1/webhooks/mail", `{"from":"Emil Person <emil@example.com>","subject":"Emil's mug","text":"Where is Emil's mug?","message_id":"<emil@x>"}`).want(200).str("case")
	f.vars["cus"] = f.get("/v1/cases/{case}").str("customer")
	f.post("/v1/customers/{cus}/notes", `{"text":"Emil is nice"}`).want(200)
	f.post("/v1/cases/{case}/change", `{"orders":["{o}"]}`).want(200)
	f.post("/v1/cases/{case}/replies", `{"text":"It is on its way, Emil"}`).want(200)
}

// TestErasure: refused while something is open; then nothing personal is left, the money stays, and the chain holds.
func TestErasure(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, _ *sink.Server) {
		f.mailing()
		f.emil()
		f.post("/v1/customers/{cus}/erase", "").refused(409, "customer_in_use")
		f.post("/v1/cases/{case}/status", `{"status":"resolved"}`).want(200)
		f.notified(f.vars["o"])
		f.post("/v1/customers/{cus}/erase?dry_run=true", "").refused(409, "customer_in_use").fields("order", f.vars["o"])
		ful := f.get("/v1/orders/{o}").str("fulfillments.0.id")
		f.step(ful, "release", "").want(200)
		f.step(ful, "ship", `{"tracking_number":"T1"}`).want(200)
		f.step(ful, "deliver", "").want(200)
		eventually(t, "the capture", func() bool { return f.get("/v1/orders/{o}").str("payment_status") == "paid" })
		f.notified(f.vars["o"])
		before := f.get("/v1/orders/{o}").fields("status", "completed", "customer.name", "Emil Person")

		f.send(request{do: "POST /v1/customers/{cus}/erase", key: "{writer}"}).refused(403, "missing_scope")
		f.post("/v1/customers/cus_{unknown}/erase", "").refused(404, "not_found")
		f.post("/v1/customers/{cus}/erase", "", "If-Match", `"99"`).refused(409, "version_mismatch")
		tried := f.post("/v1/customers/{cus}/erase?dry_run=true", "").want(200).fields("orders", "1", "cases", "1")
		f.get("/v1/customers/{cus}").fields("email", "emil@example.com")
		done := f.post("/v1/customers/{cus}/erase", "", "Idempotency-Key", "erase").want(200).fields("orders", "1", "cases", "1", "mails", tried.str("mails"))
		if again := f.post("/v1/customers/{cus}/erase", "", "Idempotency-Key", "erase").want(200); string(again.body) != string(done.body) {
			t.Errorf("replayed as %s", again.body)
		}
		f.post("/v1/customers/{cus}/erase", "").refused(409, "customer_erased")
		f.put("/v1/customers/{cus}", `{"email":"emil@example.com"}`).refused(409, "customer_erased")
		f.post("/v1/customers/{cus}/notes", `{"text":"x"}`).refused(409, "customer_erased")

		f.get("/v1/orders/{o}").fields("customer.email", "", "customer.name", "", "shipping_address.country", "GB", "shipping_address.line1", "", "notes", "", "status", "completed",
			"totals.grand_total.amount", before.str("totals.grand_total.amount"), "payment_status", "paid")
		f.get("/v1/cases/{case}").fields("subject", "", "contact.email", "", "status", "resolved")
		f.get("/v1/customers/{cus}").fields("email", "", "erased_at", done.str("erased_at"))
		f.get("/v1/cases/{case}/thread").fields("data.0.text", "", "data.0.erased", "true", "data.0.kind", "message", "data.1.kind", "reply")
		f.forgotten("emil", "Emil")
		f.post("/v1/orders", emilsOrder(), "Idempotency-Key", "emil").refused(409, "answer_erased")
		f.post("/v1/orders/{o}/notes", `{"text":"Emil rang"}`, "Idempotency-Key", "emil-note").refused(409, "answer_erased")
		f.proven()
		fresh := f.post("/v1/webhooks/mail", `{"from":"emil@example.com","subject":"New","text":"x","message_id":"<emil@x>"}`).want(200).fields("opened", "true")
		if f.get("/v1/cases/"+fresh.str("case")).str("customer") == f.vars["cus"] {
			t.Error("who was erased is found again")
		}
		f.proven()
	})
}

// TestErasedLinks: links that were given out for an erased order look like those that there never were.
func TestErasedLinks(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, post *sink.Server) {
		f.mailing()
		cus := f.post("/v1/customers", `{"email":"grace@example.com"}`).want(201).str("id")
		f.vars["o"] = f.post("/v1/orders", strings.Replace(orderBody("A", 1, "manual", ""), "ada@", "grace@", 1)).want(201).str("id")
		pay := f.link(f.vars["o"], `{}`)
		tokens := []string{f.linked(f.vars["o"], `"cancel","return","address"`)}
		f.post("/v1/orders/{o}/cancel", `{"reason":"customer"}`).want(200)
		f.notified(f.vars["o"])
		for _, m := range post.Taken() {
			text, _ := parts(t, m.Message)
			for _, l := range mailedLink.FindAllStringSubmatch(text, -1) {
				tokens = append(tokens, l[1])
			}
		}
		if len(tokens) < 2 {
			t.Fatal("no link was mailed")
		}
		for _, token := range tokens {
			f.byLink("GET ", token, "").want(200)
		}
		f.post("/v1/customers/"+cus+"/erase", "").want(200).fields("orders", "1")
		for _, token := range tokens {
			f.byLink("GET ", token, "").refused(404, "not_found")
			f.byLink("POST /cancel", token, "").refused(404, "not_found")
			f.byLink("POST /address", token, moved).refused(404, "not_found")
			f.byLink("POST /returns", token, `{"lines":[{"line":"1","quantity":1,"reason":"unwanted"}]}`).refused(404, "not_found")
		}
		f.sees(pay, "", 404, "There is no such link")
		f.sees(pay, "tok_ok", 404, "There is no such link")
		f.proven()
	}, func(o *setup) { o.settings.PublicURL = "https://orders.example.com/o" })
}

// forgotten looks for words where something personal could be left.
func (f *fixture) forgotten(words ...string) {
	f.t.Helper()
	for _, path := range []string{
		"/v1/orders/{o}", "/v1/orders/{o}/timeline?limit=1000", "/v1/orders?limit=1000", "/v1/orders/{o}?as_of=1", "/v1/mails?limit=100", "/v1/cases/{case}", "/v1/cases/{case}/thread",
		"/v1/customers/{cus}", "/v1/customers?limit=1000", "/v1/events?limit=1000", "/v1/lookup?q=emil@example.com", "/v1/lookup?q=Emil",
	} {
		body := string(f.get(path).body)
		for _, w := range words {
			if strings.Contains(body, w) {
				f.t.Errorf("%s still says %q", path, w)
			}
		}
	}
	rows, err := f.app.Events(f.t.Context(), 0, 100_000)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, r := range rows {
		for _, w := range words {
			if strings.Contains(string(r.Personal)+string(r.Body), w) {
				f.t.Errorf("journal row %d, %s, still says %q", r.Seq, r.Type, w)
			}
		}
	}
}

// TestErasureOfMany: many orders are erased in one piece, and with them the papers that carriers printed.
func TestErasureOfMany(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		cus := f.post("/v1/customers", `{"email":"many@example.com","name":"Mary Many"}`).want(201).str("id")
		body := strings.Replace(orderBody("PCL", 1, "manual", ""), "ada@example.com", "many@example.com", 1)
		for range 14 {
			o := f.post("/v1/orders", body).want(201)
			f.post("/v1/orders/"+o.str("id")+"/cancel", `{"reason":"customer"}`).want(200)
		}
		ful := f.post("/v1/orders", body).want(201).str("fulfillments.0.id")
		f.step(ful, "release", "").want(200)
		label := f.label(ful, `{"carrier":"dock"}`).want(201).str("id")
		f.get("/v1/labels/" + label + ".pdf").want(200)
		f.step(ful, "ship", `{}`).want(200)
		f.step(ful, "deliver", "").want(200)
		f.post("/v1/customers/"+cus+"/erase?dry_run=true", "").want(200).fields("orders", "15")
		f.get("/v1/labels/" + label + ".pdf").want(200)
		f.post("/v1/customers/"+cus+"/erase", "").want(200).fields("orders", "15")
		f.send(request{do: "GET /v1/labels/" + label + ".pdf"}).refused(404, "not_found")
		f.proven()
	})
}
