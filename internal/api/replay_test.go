package api

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestIdempotency(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.run(t, []scenario{
			{name: "none", do: orders, header: []string{"Idempotency-Key", "-"}, body: plainOrder, want: 400, code: "idempotency_key_required"},
			{name: "none for a step", do: "POST /v1/fulfillments/{fulfillment}/release", header: []string{"Idempotency-Key", "-"}, want: 400, code: "idempotency_key_required"},
			{name: "long", do: orders, header: []string{"Idempotency-Key", strings.Repeat("k", 256)}, body: plainOrder, want: 400, code: "invalid_idempotency_key"},
			{name: "with a space", do: orders, header: []string{"Idempotency-Key", "a b"}, body: plainOrder, want: 400, code: "invalid_idempotency_key"},
			{name: "not ASCII", do: orders, header: []string{"Idempotency-Key", "ключ"}, body: plainOrder, want: 400, code: "invalid_idempotency_key"},
			{name: "refused", do: orders, header: []string{"Idempotency-Key", "k1"}, body: swap(`"quantity":1`, `"quantity":0`), want: 422, code: invalid},
			{name: "refused for want of stock", do: orders, header: []string{"Idempotency-Key", "k1"}, body: swap(`"quantity":1`, `"quantity":5000`), want: 409, code: "insufficient_stock"},
			{name: "judged anew", do: orders, header: []string{"Idempotency-Key", "k1"}, body: plainOrder, want: 201},
			{name: "other body", do: orders, header: []string{"Idempotency-Key", "k1"}, body: swap("Ada", "Bea"), want: 422, code: "idempotency_conflict"},
			{name: "other path", do: "POST /v1/orders/{order}/cancel", header: []string{"Idempotency-Key", "k1"}, body: `{"reason":"customer"}`, want: 422, code: "idempotency_conflict"},
			{name: "other sender", do: orders, key: "{writer}", header: []string{"Idempotency-Key", "k1"}, body: swap("Ada", "Bea"), want: 201},
			{name: "long enough", do: orders, header: []string{"Idempotency-Key", strings.Repeat("k", 255)}, body: plainOrder, want: 201},
		})
		first := f.post("/v1/orders", plainOrder, "Idempotency-Key", "k2").want(201)
		head := f.head()
		spaced := "  " + strings.ReplaceAll(plainOrder, ":", " : ") // the same JSON
		for _, body := range []string{plainOrder, spaced} {
			again := f.post("/v1/orders", body, "Idempotency-Key", "k2").want(201)
			if again.header.Get("Idempotent-Replayed") != "true" || !bytes.Equal(again.body, first.body) || again.header.Get("ETag") != first.header.Get("ETag") {
				t.Errorf("%v\n%s\n%s", again.header, first.body, again.body)
			}
		}
		f.vars["id"] = first.str("id")
		cancel := f.post("/v1/orders/{id}/cancel", `{"reason":"customer"}`, "Idempotency-Key", "k3", "If-Match", `"1"`).want(200)
		again := f.post("/v1/orders/{id}/cancel", `{"reason":"customer"}`, "Idempotency-Key", "k3", "If-Match", `"1"`).want(200)
		if again.header.Get("Idempotent-Replayed") != "true" || !bytes.Equal(again.body, cancel.body) || again.header.Get("ETag") != `"2"` {
			t.Errorf("%v %s", again.header, again.body)
		}
		if again := f.post("/v1/orders", plainOrder, "Idempotency-Key", "k2"); !bytes.Equal(again.body, first.body) {
			t.Errorf("the answer follows the order: %s", again.body)
		}
		release := f.post("/v1/fulfillments/{fulfillment}/release", "", "Idempotency-Key", "k4").want(200)
		if again := f.post("/v1/fulfillments/{fulfillment}/release", "{}", "Idempotency-Key", "k4").want(200); !bytes.Equal(again.body, release.body) {
			t.Errorf("%s", again.body)
		}
		if f.head() != head+3+1 { // canceled, its fulfillment, its void; released
			t.Errorf("the journal went from %d to %d", head, f.head())
		}
	})
}

func TestExternalID(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		body := with(plainOrder, `"external_id":"X-1"`)
		first := f.post("/v1/orders", body).want(201)
		head := f.head()
		again := f.post("/v1/orders", body).want(200)
		again.fields("id", first.str("id"), "number", first.str("number"))
		if again.header.Get("ETag") != `"1"` || f.head() != head {
			t.Errorf("%v", again.header)
		}
		f.post("/v1/orders?dry_run=true", body).want(200).fields("id", first.str("id"))
		r := f.post("/v1/orders", strings.Replace(strings.Replace(body, "Ada", "Bea", 2), `"quantity":1`, `"quantity":2`, 1)).refused(409, "external_order_conflict")
		r.fields("order", first.str("id"), "differences.0", "/customer", "differences.1", "/shipping_address", "differences.2", "/lines/0")
		f.post("/v1/orders", strings.Replace(body, `"web"`, `"phone"`, 1)).want(201)

		var ids sync.Map
		var made atomic.Int64
		parallel(20, func(int) {
			r := f.post("/v1/orders", strings.Replace(body, "X-1", "X-2", 1))
			if r.status == 201 {
				made.Add(1)
			} else {
				r.want(200)
			}
			ids.Store(r.str("id"), true)
		})
		n := 0
		ids.Range(func(any, any) bool { n++; return true })
		if n != 1 || made.Load() != 1 {
			t.Errorf("%d orders, %d answers 201", n, made.Load())
		}
	})
}

// parallel runs f so many times at once.
func parallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// TestSameKeyInParallel is D3: one order, identical answers, with and without a provider.
func TestSameKeyInParallel(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for _, body := range []string{plainOrder, orderBody("A", 1, "sandbox", "tok_ok"), orderBody("A", 1, "sandbox", "tok_declined")} {
			key := fmt.Sprintf("same-%d", rand.Int())
			before := f.orders()
			answers := make([]reply, 50)
			parallel(50, func(i int) { answers[i] = f.post("/v1/orders", body, "Idempotency-Key", key) })
			replays := 0
			for _, a := range answers {
				if a.status != answers[0].status || !bytes.Equal(a.body, answers[0].body) {
					t.Fatalf("%d %s\n%d %s", a.status, a.body, answers[0].status, answers[0].body)
				}
				if a.header.Get("Idempotent-Replayed") == "true" {
					replays++
				}
			}
			if after := f.orders(); after != before+1 {
				t.Errorf("%d orders were made", after-before)
			}
			if replays < 49 {
				t.Errorf("%d of 50 answers are replays", replays)
			}
		}
	})
}

// orders counts them all.
func (f *fixture) orders() (n int) {
	f.t.Helper()
	return len(f.get("/v1/orders?limit=1000").list("data"))
}

// TestTwoHundredClients is D1: 37 units at three locations, and not one is sold twice.
func TestTwoHundredClients(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/locations/L3", `{"name":"Three","type":"store","priority":2}`).want(201)
		for i, n := range []int{20, 10, 7} {
			f.stock("C", fmt.Sprintf("L%d", i+1), n)
		}
		var accepted, short atomic.Int64
		parallel(200, func(i int) {
			provider, token := "manual", ""
			if i%3 == 0 {
				provider, token = "sandbox", "tok_ok"
			}
			switch r := f.post("/v1/orders", orderBody("C", 1, provider, token)); r.status {
			case 201:
				accepted.Add(1)
			case 409:
				r.refused(409, "insufficient_stock")
				short.Add(1)
			default:
				t.Errorf("%d %s", r.status, r.body)
			}
		})
		if accepted.Load() != 37 || short.Load() != 163 {
			t.Errorf("%d accepted, %d refused", accepted.Load(), short.Load())
		}
		f.stocked("C", 37, 37, 0)
	})
}

// TestTwoLinesOneStock is D2: lines of one order share what there is.
func TestTwoLinesOneStock(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.stock("C", "L1", 5)
		two := func(a, b int) string {
			return swap(`{"sku":"A","quantity":1}`, fmt.Sprintf(`{"sku":"C","quantity":%d},{"sku":"A","quantity":1},{"sku":"C","quantity":%d}`, a, b))
		}
		_, allocated, _, _ := f.positions("A")
		r := f.post("/v1/orders", two(3, 3)).refused(409, "insufficient_stock")
		r.fields("sku", "C", "available", "5", "errors.0.pointer", "/lines/0/quantity", "errors.1.pointer", "/lines/2/quantity")
		f.stocked("C", 5, 0, 0)
		o := f.post("/v1/orders", two(2, 3)).want(201)
		o.fields("lines.0.sku", "C", "lines.2.sku", "C", "lines.0.units.allocated", "2", "lines.2.units.allocated", "3")
		f.stocked("C", 5, 5, 0)
		if _, now, _, _ := f.positions("A"); now != allocated+1 {
			t.Errorf("A: allocated %d, then %d", allocated, now)
		}
	})
}

// TestRaces lets steps that exclude each other race: one wins, the others hear why not.
func TestRaces(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("A")
		o := f.place("A", 3, "manual", "").want(201)
		f.vars["id"], f.vars["f"], f.vars["p"] = o.str("id"), o.str("fulfillments.0.id"), o.str("payments.0.id")
		var won, lost atomic.Int64
		race := func(n int, path, body string) {
			won.Store(0)
			lost.Store(0)
			parallel(n, func(int) {
				switch r := f.post(path, body); r.status {
				case 200:
					won.Add(1)
				case 409:
					lost.Add(1)
				default:
					t.Errorf("%d %s", r.status, r.body)
				}
			})
		}
		if race(10, "/v1/orders/{id}/payments/{p}/receipts", `{"amount":{"amount":300,"currency":"GBP"}}`); won.Load() != 2 {
			t.Errorf("%d receipts of 300 of 750", won.Load())
		}
		if race(10, "/v1/fulfillments/{f}/release", ""); won.Load() != 1 || lost.Load() != 9 {
			t.Errorf("released %d times", won.Load())
		}
		var shipped, canceled atomic.Int64
		parallel(10, func(i int) {
			if i%2 == 0 {
				if f.post("/v1/fulfillments/{f}/ship", `{"tracking_number":"T"}`).status == 200 {
					shipped.Add(1)
				}
			} else if f.post("/v1/orders/{id}/cancel", `{"reason":"customer"}`).status == 200 {
				canceled.Add(1)
			}
		})
		if shipped.Load()+canceled.Load() != 1 {
			t.Errorf("shipped %d times, canceled %d times", shipped.Load(), canceled.Load())
		}
		f.stocked("A", onHand-3*shipped.Load(), allocated, reserved)
		version := f.get("/v1/products/A").header.Get("ETag")
		won.Store(0)
		parallel(10, func(int) {
			if f.send(request{do: "PUT /v1/products/A", header: []string{"If-Match", version}, body: `{"name":"A","price":{"amount":1,"currency":"GBP"}}`}).status == 200 {
				won.Add(1)
			}
		})
		if won.Load() != 1 {
			t.Errorf("%d replaced the same version", won.Load())
		}
	})
}

// TestRateLimit uses up a key's minute.
func TestRateLimit(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.vars["slow"] = f.key(`"scopes":["*"],"rate_limit":3`)
		if r := f.get("/v1/orders"); r.header.Get("RateLimit-Limit") != "" {
			t.Errorf("the owner has a limit: %v", r.header)
		}
		for i := range 3 {
			r := f.send(request{do: "GET /v1/orders", key: "{slow}"}).want(200)
			if r.header.Get("RateLimit-Limit") != "3" || r.header.Get("RateLimit-Remaining") != fmt.Sprint(2-i) {
				t.Errorf("%v", r.header)
			}
		}
		r := f.send(request{do: "POST /v1/orders", key: "{slow}", body: plainOrder}).refused(429, "rate_limited")
		wait, err := time.ParseDuration(r.header.Get("Retry-After") + "s")
		full := r.header.Get("RateLimit-Reset") // two more requests after the next one, each a third of a minute
		if err != nil || wait < time.Second || wait > 20*time.Second || r.header.Get("RateLimit-Remaining") != "0" || full != fmt.Sprint((wait+40*time.Second).Seconds()) {
			t.Errorf("%v", r.header)
		}
		l := limiters{m: map[string]*bucket{}}
		now := time.Now()
		for i := range 240 { // four minutes of one request per second: sixty at once, then one more each second
			if err := l.take(map[string][]string{}, "k", 60, time.Minute, now.Add(time.Duration(i)*time.Second)); err != nil {
				t.Fatal(i, err)
			}
		}
	})
}
