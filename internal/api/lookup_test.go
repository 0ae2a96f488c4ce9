package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// found is what a lookup finds first: "type id by".
func (f *fixture) found(q, key string) []string {
	f.t.Helper()
	r := f.send(request{do: "GET /v1/lookup?q=" + url.QueryEscape(f.fill(q)), key: key}).want(200)
	var out []string
	for i := range r.list("data") {
		at := fmt.Sprintf("data.%d.", i)
		out = append(out, r.str(at+"type")+" "+r.str(at+"id")+" "+r.str(at+"by"))
		if path := r.str(at + "path"); i == 0 {
			f.get(path).want(200)
		}
	}
	return out
}

// TestLookup finds things by whatever somebody has in hand, and nothing of other channels.
func TestLookup(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		body := strings.NewReplacer(`"email":"ada@example.com","name":"Ada"`, `"email":"Grace.H@Example.com","name":"Grace  Hopper","phone":"+44 1632 960-123"`, "YO1 1AA", "LS9 9ZZ").
			Replace(with(orderBody("PCL", 1, "sandbox", "tok_ok"), `"external_id":"SHOP/77"`))
		o := f.post("/v1/orders", body).want(201)
		id, ful := o.str("id"), o.str("fulfillments.0.id")
		f.step(ful, "release", "").want(200)
		l := f.label(ful, `{}`).want(201)
		inv := f.post("/v1/orders/"+id+"/invoices", `{"units":"ordered"}`).want(201)
		pay := f.get("/v1/orders/" + id)
		for q, want := range map[string]string{
			id: "order " + id + " id", o.str("number"): "order " + id + " number", "#" + o.str("number"): "order " + id + " number", "SHOP/77": "order " + id + " external_id",
			"grace.h@example.COM": "order " + id + " email", "0044 1632 960123": "order " + id + " phone", "grace ho": "order " + id + " name", "GRACE HOPPER": "order " + id + " name",
			"ls99zz": "order " + id + " postal_code", ful: "fulfillment " + ful + " id", l.str("id"): "label " + l.str("id") + " id",
			l.str("tracking_number"): "label " + l.str("id") + " tracking_number", inv.str("number"): "invoice " + inv.str("id") + " invoice_number",
			pay.str("payments.0.entries.0.provider_ref"): "payment " + pay.str("payments.0.id") + " provider_ref", pay.str("payments.0.id"): "payment " + pay.str("payments.0.id") + " id",
			"pcl": "product PCL sku",
		} {
			if got := f.found(q, ""); len(got) == 0 || got[0] != want && !strings.Contains(strings.Join(got, "\n"), want) {
				t.Errorf("%q finds %v, want %s", q, got, want)
			}
		}
		for _, q := range []string{"nothing like it", "%%", "__", "ord_{unknown}", "grace hop%", "'; --", strings.Repeat("x", 200)} {
			if got := f.found(q, ""); len(got) != 0 {
				t.Errorf("%q finds %v", q, got)
			}
		}
		if got := f.found("{phone}", "{webonly}"); len(got) != 0 {
			t.Errorf("a key for web finds %v", got)
		}
		if got := f.found("{phone}", ""); len(got) != 1 {
			t.Errorf("its owner finds %v", got)
		}
		f.post("/v1/orders/"+id+"/details", `{"customer":{"email":"grace.h@example.com","name":"Rear Admiral"}}`)
		f.send(request{do: "GET /v1/lookup"}).refused(400, badParam)
		f.send(request{do: "GET /v1/lookup?q=x"}).refused(400, badParam)
		f.send(request{do: "GET /v1/lookup?q=" + strings.Repeat("x", 201)}).refused(400, badParam)
		f.send(request{do: "GET /v1/lookup?q=xx", key: f.key(`"scopes":["stock:read"]`)}).refused(403, "missing_scope")
	})
}

// TestLookupTracking finds parcels by a number that was typed in when they left, and returns by that of their way back,
// however it is written.
func TestLookupTracking(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.post("/v1/orders", strings.Replace(orderBody("A", 1, "manual", ""), `"web"`, `"phone"`, 1)).want(201)
		id, ful := o.str("id"), o.str("fulfillments.0.id")
		f.step(ful, "release", "").want(200)
		f.step(ful, "ship", `{"carrier":"Royal Mail","tracking_number":"RM 1234 5678 5gb"}`).want(200)
		f.step(ful, "deliver", "").want(200)
		f.vars["order"] = id
		back := f.back(1, "unwanted", "").want(201).str("id")
		f.post("/v1/returns/"+back+"/ship", `{"carrier":"Own","tracking_number":" own-77 19 "}`).want(200)
		for q, want := range map[string]string{
			"RM 1234 5678 5gb": "fulfillment " + ful, "rm123456785gb": "fulfillment " + ful, "RM12345 6785GB ": "fulfillment " + ful,
			"own-7719": "return " + back, "OWN-77 19": "return " + back, "o w n - 7 7 1 9": "return " + back,
		} {
			if got := f.found(q, ""); len(got) != 1 || got[0] != want+" tracking_number" {
				t.Errorf("%q finds %v, want %s", q, got, want)
			}
			if got := f.found(q, "{webonly}"); len(got) != 0 {
				t.Errorf("a key for web finds %v by %q", got, q)
			}
		}
		f.send(request{do: "GET /v1/lookup?q=own-7719"}).want(200).fields("data.0.title", o.str("number")+"-R1", "data.0.order", id, "data.0.channel", "phone")
		f.send(request{do: "GET /v1/lookup?q=own-7719", key: f.key(`"scopes":["returns:read"]`)}).refused(403, "missing_scope")

		// A number on a label leads to the parcel, too, and is forgotten with the label.
		f.waitsForLabel(1)
		number := f.returnLabel(`{}`).want(201).str("tracking_number")
		if got := f.found(strings.ToLower(number), ""); len(got) != 2 || got[0] != "return "+f.vars["return"]+" tracking_number" || got[1] != "label "+f.vars["l"]+" tracking_number" {
			t.Errorf("%s finds %v", number, got)
		}
		f.post("/v1/labels/{l}/void", "").want(200)
		if got := f.found(number, ""); len(got) != 1 || got[0] != "label "+f.vars["l"]+" tracking_number" {
			t.Errorf("%s finds %v after it was given back", number, got)
		}
		f.proven()
	})
}

// TestCustomerOverview adds up what a customer's orders came to, in the channels of the key.
func TestCustomerOverview(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		place := func(change ...string) string {
			t.Helper()
			body := strings.NewReplacer(append(change, "ada@example.com", "Lin@Example.com")...).Replace(orderBody("A", 2, "sandbox", "tok_ok"))
			return f.post("/v1/orders", body).want(201).str("id")
		}
		first := place()
		ful := f.get("/v1/orders/" + first).str("fulfillments.0.id")
		f.step(ful, "release", "").want(200)
		f.step(ful, "ship", `{"tracking_number":"1Z"}`).want(200)
		f.happened(first, "payment.captured")
		f.post("/v1/orders/"+first+"/grants", `{"reason":"goodwill","amount":{"amount":100,"currency":"GBP"}}`).want(201)
		f.happened(first, "payment.refunded")
		f.post("/v1/orders/"+first+"/notes", `{"text":"likes blue"}`).want(200)
		canceled := place()
		f.post("/v1/orders/"+canceled+"/cancel", `{"reason":"customer"}`).want(200)
		phone := place(`"web"`, `"phone"`, "York", "Hull")
		f.post("/v1/store-credits", `{"email":"lin@example.com","amount":{"amount":700,"currency":"GBP"},"reason":"goodwill"}`).want(201)
		const at = "/v1/customer-overview?email=LIN@example.com"
		f.get(at).want(200).fields("email", "lin@example.com", "complete", "true", "statuses.canceled", "1", "orders.0.id", phone, "orders.2.id", first, "orders.3", "",
			"money.0.orders", "2", "money.0.ordered.amount", "1000", "money.0.captured.amount", "500", "money.0.refunded.amount", "100", "money.0.lifetime_value.amount", "400", "money.1", "",
			"notes.0.text", "likes blue", "addresses.0.city", "Hull", "addresses.1.city", "York", "addresses.2", "", "store_credit.0.balance.amount", "700", "names.0", "Ada")
		f.send(request{do: "GET " + at, key: "{webonly}"}).want(200).fields("orders.0.id", canceled, "orders.2", "", "money.0.orders", "1")
		f.get("/v1/customer-overview?email=nobody@example.com").want(200).fields("orders", "[]", "money", "[]")
		f.send(request{do: "GET /v1/customer-overview"}).refused(400, badParam)
		f.send(request{do: "GET /v1/customer-overview?email=x"}).refused(400, badParam)
	})
}
