package e2e

import (
	"testing"
	"time"

	"ordo/internal/pgtest"
)

// Two processes on one PostgreSQL take load together. One is killed while payments are in flight: the other finishes
// them.
func TestTwoNodesOnOneDatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	// Both start at once on an empty database: one migrates, the other waits for it.
	a, b := launch(t, options{db: db, args: []string{"--payment-wait", "1s"}}), launch(t, options{db: db, args: []string{"--payment-wait", "1s"}})
	a.await(15 * time.Second)
	b.await(15 * time.Second)
	a.stock(t, products, plenty)
	l := newLoad("shared", 16, []string{"manual", "tok_ok"}, a, b)
	eventually(t, time.Minute, "the load is under way", func() bool { return l.placed() > 200 })
	all := l.end()

	// A replay on the other node; an order placed here is read and canceled there.
	k := freshKey()
	first := a.do(t, 201, "POST", "/v1/orders", order(0, "manual", "", "replayed"), "Idempotency-Key", k)
	second := b.do(t, 201, "POST", "/v1/orders", order(0, "manual", "", "replayed"), "Idempotency-Key", k)
	if string(first.body) != string(second.body) {
		t.Errorf("the other node replays another answer: %s", second.body)
	}
	all = append(all, &attempt{external: "replayed", body: order(0, "manual", "", "replayed"), answer: first})

	pending := newLoad("pending", 8, []string{"tok_ok_slow", "tok_timeout"}, a)
	eventually(t, time.Minute, "payments are in flight", func() bool { return len(b.orders(t)) >= len(all)+8 })
	a.kill()
	attempts := pending.end()
	retry(t, b.client, attempts)
	all = append(all, attempts...)
	eventually(t, time.Minute, "the other node finishes the payments", func() bool {
		for _, o := range b.orders(t) {
			if o.Status != "open" || o.PaymentStatus != "authorized" {
				return false
			}
		}
		return true
	})
	exactlyOnce(t, b, all, plenty)
	verify(t, db)
}

// A node that is asked to stop gives its jobs back: the other need not wait for a lease.
func TestAStoppedNodeHandsOverItsJobs(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	a := serve(t, db, "--payment-wait", "100ms")
	b := serve(t, db)
	a.stock(t, 1, 10)
	var ids []string
	for range 5 {
		ids = append(ids, a.place(t, order(0, "sandbox", "tok_timeout", "")).ID)
	}
	if code := a.terminate(10 * time.Second); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, id := range ids {
		eventually(t, time.Minute, "the payment is resolved", func() bool { return b.order(t, id).Status == "open" })
	}
	verify(t, db)
}
