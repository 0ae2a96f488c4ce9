package e2e

import (
	"strings"
	"testing"
	"time"
)

func TestContract(t *testing.T) {
	each(t, func(t *testing.T, db string) {
		begin := time.Now()
		p := serve(t, db)
		t.Logf("ready after %v", time.Since(begin)) // the aim is below a second on an idle machine
		for _, path := range []string{"/healthz", "/readyz", "/metrics", "/openapi.json"} {
			p.do(t, 200, "GET", path, nil, "Authorization", "")
		}
		contractAccess(t, p)
		p.stock(t, 2, 10)
		o := contractPlace(t, p)
		contractCancel(t, p, o)
		contractJournal(t, p, o)
		if code := p.terminate(10 * time.Second); code != 0 {
			t.Errorf("exit code %d after SIGTERM, want 0", code)
		}
		verify(t, db)
	})
}

func contractAccess(t *testing.T, p *process) {
	t.Helper()
	for _, header := range []string{"", "Bearer wrong", "Basic eDp5"} {
		for _, path := range []string{"/v1/orders", "/v1/events", "/v1/stock?sku=X", "/v1/keys"} {
			if a := p.do(t, 401, "GET", path, nil, "Authorization", header); a.problem() != "unauthenticated" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
				t.Errorf("GET %s with %q: %s", path, header, a.body)
			}
		}
	}
	p.do(t, 404, "GET", "/v1/orders/ord_01j0000000000000000000000a", nil)
	p.do(t, 404, "GET", "/v1/orders/nonsense", nil)
	p.do(t, 404, "GET", "/v1/nothing", nil)
	p.do(t, 404, "POST", "/v1/orders/ord_01j0000000000000000000000a/cancel", object{"reason": "customer"}, "Idempotency-Key", freshKey())
	if a := p.do(t, 400, "POST", "/v1/orders", order(0, "manual", "", "")); a.problem() != "idempotency_key_required" {
		t.Errorf("without a key: %s", a.body)
	}
}

func contractPlace(t *testing.T, p *process) view {
	t.Helper()
	k := freshKey()
	first := p.do(t, 201, "POST", "/v1/orders", order(0, "manual", "", "shop-1"), "Idempotency-Key", k)
	again := p.do(t, 201, "POST", "/v1/orders", order(0, "manual", "", "shop-1"), "Idempotency-Key", k)
	if string(first.body) != string(again.body) || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the replay is another answer: %s", again.body)
	}
	if a := p.do(t, 422, "POST", "/v1/orders", order(1, "manual", "", "shop-2"), "Idempotency-Key", k); a.problem() != "idempotency_conflict" {
		t.Errorf("another body under the key: %s", a.body)
	}
	var o view
	first.decode(t, &o)
	if o.Status != "open" || o.PaymentStatus != "authorized" || o.FulfillmentStatus != "unfulfilled" || o.Version < 1 || o.Number == "" {
		t.Errorf("placed: %s", first.body)
	}
	if got := p.positions(t, sku(0)); len(got) != 1 || got[0] != (position{sku(0), "HAM", 10, 1, 0, 9}) {
		t.Errorf("stock: %+v", got)
	}
	short := order(0, "manual", "", "")
	short["lines"] = []object{{"sku": sku(0), "quantity": 10}}
	if a := p.do(t, 409, "POST", "/v1/orders", short, "Idempotency-Key", freshKey()); a.problem() != "insufficient_stock" {
		t.Errorf("too many: %s", a.body)
	}
	if a := p.do(t, 402, "POST", "/v1/orders", order(1, "sandbox", "tok_declined", ""), "Idempotency-Key", freshKey()); a.problem() != "payment_declined" {
		t.Errorf("declined: %s", a.body)
	}
	if got := p.place(t, order(1, "sandbox", "tok_ok", "")); got.Status != "open" || got.PaymentStatus != "authorized" {
		t.Errorf("paid by the sandbox: %+v", got)
	}
	if got := p.positions(t, sku(1)); len(got) != 1 || got[0] != (position{sku(1), "HAM", 10, 1, 0, 9}) {
		t.Errorf("stock after a declined and an accepted order: %+v", got)
	}
	return o
}

func contractCancel(t *testing.T, p *process, o view) {
	t.Helper()
	var page list[view]
	p.do(t, 200, "GET", "/v1/orders?status=open&channel=web&limit=1", nil).decode(t, &page)
	if len(page.Data) != 1 || page.NextCursor == "" {
		t.Errorf("first page of two: %+v", page)
	}
	p.do(t, 200, "GET", "/v1/orders?limit=10&cursor="+page.NextCursor, nil).decode(t, &page)
	p.do(t, 200, "GET", "/v1/orders?q="+o.Number, nil).decode(t, &page)
	if len(page.Data) != 1 || page.Data[0].ID != o.ID {
		t.Errorf("search by number: %+v", page)
	}
	var canceled view
	p.do(t, 200, "POST", "/v1/orders/"+o.ID+"/cancel", object{"reason": "customer"}, "Idempotency-Key", freshKey()).decode(t, &canceled)
	if canceled.Status != "canceled" || canceled.PaymentStatus != "voided" || canceled.FulfillmentStatus != "canceled" {
		t.Errorf("canceled: %+v", canceled)
	}
	if a := p.do(t, 409, "POST", "/v1/orders/"+o.ID+"/cancel", object{"reason": "customer"}, "Idempotency-Key", freshKey()); a.problem() != "illegal_transition" {
		t.Errorf("canceled again: %s", a.body)
	}
	if got := p.positions(t, sku(0)); len(got) != 1 || got[0].Available != 10 {
		t.Errorf("stock after cancel: %+v", got)
	}
}

type event struct {
	Seq       int64  `json:"seq"`
	At        string `json:"at"`
	Type      string `json:"type"`
	Aggregate string `json:"aggregate"`
	Version   int64  `json:"version"`
	Body      any    `json:"body"`
}

// contractJournal: positions without gaps, and the order's own events in its timeline.
func contractJournal(t *testing.T, p *process, o view) {
	t.Helper()
	var after int64
	types := map[string]int{}
	for {
		var page list[event]
		p.do(t, 200, "GET", "/v1/events?limit=7&after="+itoa(after), nil).decode(t, &page)
		for _, e := range page.Data {
			if e.Seq != after+1 || e.Type == "" || e.At == "" || e.Body == nil {
				t.Fatalf("after %d comes %+v", after, e)
			}
			after = e.Seq
			if e.Aggregate == o.ID {
				types[e.Type]++
			}
		}
		if len(page.Data) < 7 {
			break
		}
	}
	for _, want := range []string{"order.placed", "order.accepted", "order.canceled"} {
		if types[want] != 1 {
			t.Errorf("%d events %s of the order, want one; all: %v", types[want], want, types)
		}
	}
	var timeline list[event]
	p.do(t, 200, "GET", "/v1/orders/"+o.ID+"/timeline", nil).decode(t, &timeline)
	if len(timeline.Data) < 3 || timeline.Data[0].Type != "order.placed" {
		t.Errorf("timeline: %+v", timeline.Data)
	}
}
