package api

import (
	"strconv"
	"testing"
)

// TestOrderAsOf reads an order after every step, and later at every version: the answers are the same, to the byte.
func TestOrderAsOf(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 3, "sandbox", "tok_ok").want(201)
		id, ful := o.str("id"), o.str("fulfillments.0.id")
		seen := map[int64]string{}
		look := func() {
			t.Helper()
			r := f.get("/v1/orders/" + id).want(200)
			n, err := strconv.ParseInt(r.str("version"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			seen[n] = string(r.body)
		}
		look()
		for _, s := range []struct{ path, body string }{
			{"/v1/orders/" + id + "/notes", `{"text":"rings twice"}`},
			{"/v1/orders/" + id + "/holds", `{"type":"other"}`},
			{"/v1/orders/" + id + "/cancel", `{"reason":"customer","lines":[{"line":"1","quantity":1}]}`},
			{"/v1/orders/" + id + "/details", `{"customer":{"email":"other@example.com","name":"Other"}}`},
		} {
			f.post(s.path, s.body).want(200)
			look()
		}
		hold := f.get("/v1/orders/" + id).str("holds.0.id")
		f.post("/v1/orders/"+id+"/holds/"+hold+"/lift", "{}").want(200)
		look()
		f.post("/v1/fulfillments/"+ful+"/release", "").want(200)
		look()
		f.post("/v1/fulfillments/"+ful+"/ship", `{"tracking_number":"T1"}`).want(200)
		eventually(f.t, "the money follows", func() bool { return f.get("/v1/orders/"+id).str("payment_status") == "paid" })
		look()
		f.post("/v1/fulfillments/"+ful+"/deliver", "").want(200)
		look()
		f.post("/v1/orders/"+id+"/grants", `{"reason":"goodwill","amount":{"amount":100,"currency":"GBP"}}`).want(201)
		eventually(f.t, "the money follows", func() bool { return f.get("/v1/orders/"+id).str("payment_status") == "partially_refunded" })
		look()
		for n, then := range seen {
			if got := string(f.get("/v1/orders/" + id + "?as_of=" + strconv.FormatInt(n, 10)).want(200).body); got != then {
				t.Errorf("version %d was\n%s\nand is told as\n%s", n, then, got)
			}
		}
		if len(seen) < 9 {
			t.Errorf("%d versions were looked at", len(seen))
		}
		f.send(request{do: "GET /v1/orders/" + id + "?as_of=2020-01-01T00:00:00Z"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/orders/" + id + "?as_of=99"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/orders/" + id + "?as_of=soon"}).refused(400, "invalid_parameter")
		f.get("/v1/orders/"+id+"?as_of=2100-01-01T00:00:00Z").fields("status", "completed")
	})
}
