package api

import (
	"cmp"
	"strings"
	"testing"
	"time"
)

func init() {
	// Operations that need a token are called by the tests below, which have one.
	for _, op := range []string{"getLink", "cancelByLink", "changeAddressByLink", "returnByLink", "payByLink", "writeByLink", "getLabelByLink", "askLink"} {
		unready[op] = true
	}
}

// linked makes a link for the customer of an order and returns its token.
func (f *fixture) linked(order, allow string, more ...string) string {
	f.t.Helper()
	l := f.post("/v1/orders/"+order+"/links", `{"allow":[`+allow+`]`+strings.Join(more, "")+`}`).want(201)
	if url := l.str("url"); url != cmp.Or(f.app.Settings.PublicURL, f.url)+"/my-order/"+l.str("token") {
		f.t.Errorf("url %s", url)
	}
	return l.str("token")
}

// byLink is a call of somebody who has nothing but a token.
func (f *fixture) byLink(do, token, body string) reply {
	f.t.Helper()
	method, rest, _ := strings.Cut(do, " ")
	r := f.send(request{do: method + " /v1/links/" + token + rest, key: "-", body: body, header: []string{"Idempotency-Key", "-"}})
	if r.header.Get("Cache-Control") != "no-store" || r.header.Get("Referrer-Policy") != "no-referrer" {
		f.t.Errorf("%s: %v", do, r.header)
	}
	return r
}

const moved = `{"shipping_address":{"name":"Ada","line1":"9 Lane","city":"Leeds","postal_code":"LS1 1AA","country":"GB"}}`

// TestLinks: a customer sees an order by a link, cancels it until it is released and moves it until it is packed, as the
// actor customer; what the link does not allow is refused.
func TestLinks(t *testing.T) {
	clock, later := ahead()
	each(t, func(t *testing.T, f *fixture) {
		defer later(-2 * time.Hour)
		o := f.place("A", 2, "sandbox", "tok_ok").want(201)
		id, ful := o.str("id"), o.str("fulfillments.0.id")
		f.post("/v1/orders/"+id+"/notes", `{"text":"a remark of ours"}`).want(200)
		all := f.linked(id, `"status","cancel","address","return"`)
		see := f.linked(id, `"status"`)
		r := f.byLink("GET ", all, "").want(200).fields("number", o.str("number"), "status", "open", "lines.0.quantity", "2", "parcels.0.status", "planned",
			"shipping_address.city", "York", "shop", "Web shop", "allowed.0", "status", "allowed.1", "cancel", "allowed.2", "address", "allowed.3", "")
		for _, secret := range []string{"remark", "@example.com", id, ful, "tok_"} {
			if strings.Contains(string(r.body), secret) {
				t.Errorf("the customer sees %q: %s", secret, r.body)
			}
		}
		f.byLink("POST /cancel", see, "").refused(403, "link_forbids")
		f.byLink("POST /address", see, moved).refused(403, "link_forbids")
		f.byLink("POST /address", all, `{"shipping_address":{"name":"Ada","country":"XX"}}`).refused(422, invalid)
		f.byLink("POST /address", all, `{"customer":{"email":"eve@example.com"}}`).refused(422, invalid)
		f.byLink("POST /address", all, `[]`).refused(422, invalid)
		f.byLink("POST /address", all, moved).want(200).fields("shipping_address.city", "Leeds")
		f.get("/v1/orders/"+id).fields("shipping_address.city", "Leeds", "customer.email", "ada@example.com")
		if e := f.get("/v1/orders/" + id + "/timeline?limit=1000"); !strings.Contains(string(e.body), `"actor":"customer"`) {
			t.Error("the customer is not the actor")
		}

		f.step(ful, "release", "").want(200)
		f.byLink("GET ", all, "").fields("allowed.1", "address", "allowed.2", "")
		f.byLink("POST /cancel", all, "").refused(409, "already_released")
		f.byLink("POST /address", all, moved).want(200)
		f.step(ful, "pack", `{"packages":[{"lines":[{"line":"1","quantity":2}]}]}`).want(200)
		f.byLink("POST /address", all, moved).refused(409, "already_packed")
		f.step(ful, "ship", `{"carrier":"Van","tracking_number":"T-77"}`).want(200)
		f.byLink("POST /address", all, moved).refused(409, "illegal_transition")
		f.byLink("POST /cancel", all, "").refused(409, "already_released")
		f.byLink("GET ", see, "").fields("parcels.0.tracking_number", "T-77", "parcels.0.carrier", "Van", "parcels.0.status", "shipped", "lines.0.shipped", "2")
		f.step(ful, "deliver", "").want(200)
		f.byLink("POST /returns", see, `{"lines":[{"line":"1","quantity":1,"reason":"unwanted"}]}`).refused(403, "link_forbids")
		f.byLink("POST /returns", all, `{"lines":[{"line":"9","quantity":1,"reason":"unwanted"}]}`).refused(422, invalid)
		f.byLink("POST /returns", all, `{"lines":[{"line":"1","quantity":1,"reason":"unwanted"}]}`).want(200).fields("return_status", "requested")

		c := f.place("A", 1, "sandbox", "tok_ok").want(201).str("id")
		token := f.linked(c, `"cancel"`)
		f.byLink("POST /cancel", token, "").want(200).fields("status", "canceled", "allowed.0", "status", "allowed.1", "")
		f.byLink("POST /cancel", token, "").refused(409, "illegal_transition")
		f.get("/v1/orders/"+c).fields("reason", "customer")
	}, clock)
}

// TestForgedLinks: tokens that open nothing all look the same: forged, cut off, of another kind, expired, revoked.
func TestForgedLinks(t *testing.T) {
	clock, later := ahead()
	each(t, func(t *testing.T, f *fixture) {
		defer later(-2 * time.Hour)
		token := f.linked("{order}", `"status","cancel"`)
		short := f.linked("{order}", `"status"`, `,"expires_in_minutes":60`)
		parts := strings.Split(token, ".")
		other := append([]string{strings.TrimPrefix(f.vars["phone"], "ord_")}, parts[1:]...)
		more := append([]string{parts[0], "z"}, parts[2:]...)
		pay := f.link(f.vars["order"], `{}`)
		later(time.Hour)
		f.byLink("GET ", token, "").want(200)
		for name, forged := range map[string]string{
			"none": "x", "dots": "....", "cut off": token[:len(token)-1], "of another order": strings.Join(other, "."), "with more rights": strings.Join(more, "."),
			"without a seal": strings.Join(parts[:4], "."), "of a payment": pay[strings.LastIndex(pay, "/")+1:], "expired": short, "long": strings.Repeat("a.", 4000),
		} {
			for _, do := range []string{"GET ", "POST /cancel"} {
				if r := f.byLink(do, forged, "").refused(404, "not_found"); !strings.Contains(string(r.body), "there is no such link, or it has ended") {
					t.Errorf("%s: %s", name, r.body)
				}
			}
		}
		v := f.get("/v1/orders/{order}").num("version")
		f.post("/v1/orders/{order}/links/revoke?dry_run=true", "").want(200)
		f.byLink("GET ", token, "").want(200)
		f.post("/v1/orders/{order}/links/revoke", "", "If-Match", `"1000"`).refused(409, "version_mismatch")
		f.post("/v1/orders/{order}/links/revoke", "").want(200).fields("version", itoa(v+1))
		f.byLink("GET ", token, "").refused(404, "not_found")
		f.byLink("POST /cancel", token, "").refused(404, "not_found")
		f.byLink("GET ", f.linked("{order}", `"status"`), "").want(200)

		f.post("/v1/orders/{order}/links", `{"allow":["everything"]}`).refused(422, invalid)
		f.post("/v1/orders/{order}/links", `{"allow":["status"],"expires_in_minutes":527041}`).refused(422, invalid)
		f.post("/v1/orders/{order}/links?dry_run=true", `{"allow":["status"]}`).want(200).fields("token", "null", "url", "null")
		f.post("/v1/orders/ord_{unknown}/links", `{"allow":["status"]}`).refused(404, "not_found")
		f.send(request{do: "POST /v1/orders/{order}/links", key: "{reader}", body: `{"allow":["status"]}`}).refused(403, "missing_scope")
		f.send(request{do: "POST /v1/orders/{phone}/links", key: "{webonly}", body: `{"allow":["status"]}`}).refused(404, "not_found")

		limited := f.linked(f.vars["phone"], `"status"`)
		n := 0
		for range linkUsesPerMinute + 10 {
			if r := f.byLink("GET ", limited, ""); r.status == 429 {
				r.refused(429, "rate_limited")
				n++
			}
		}
		if n == 0 {
			t.Error("a link may be used without end")
		}
	}, clock)
}
