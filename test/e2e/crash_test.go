package e2e

import (
	"testing"
	"time"
)

const plenty = 1_000_000

// The process is killed in the middle of load, twice. What was acknowledged is there; what was not is placed once when
// it is sent again with its key.
func TestKillUnderLoad(t *testing.T) {
	each(t, func(t *testing.T, db string) {
		p := serve(t, db)
		p.stock(t, products, plenty)
		var all []*attempt
		for _, round := range []string{"first", "second"} {
			l := newLoad(round, 32, []string{"manual", "tok_ok", "manual"}, p)
			eventually(t, time.Minute, "the load is under way", func() bool { return l.placed() > 200 })
			p.kill()
			attempts := l.end()
			begin := time.Now()
			// Payments that were in flight on PostgreSQL wait for the lease of the dead node: answer before.
			p = serve(t, db, "--payment-wait", "500ms")
			took := time.Since(begin)
			again := retry(t, p.client, attempts)
			t.Logf("%s: %d requests, %d sent again, ready after %v", round, len(attempts), again, took)
			if again == 0 {
				t.Error("no request was in flight: the kill proves nothing")
			}
			all = append(all, attempts...)
		}
		exactlyOnce(t, p, all, plenty)
		if code := p.terminate(20 * time.Second); code != 0 {
			t.Errorf("exit code %d", code)
		}
		verify(t, db)
	})
}

// What the process before left behind on an SQLite file need not wait for its lease: there is no other node.
func TestPaymentsGoOnAfterACrash(t *testing.T) {
	t.Parallel()
	db := sqliteURL(t)
	p := serve(t, db)
	p.stock(t, 1, plenty)
	l := newLoad("slow", 4, []string{"tok_ok_slow"}, p)
	eventually(t, time.Minute, "orders wait for their payment", func() bool { return len(p.orders(t)) == 4 })
	p.kill()
	attempts := l.end()
	p = serve(t, db)
	retry(t, p.client, attempts) // who asks is told within the wait for payments, which is shorter than a lease
	for _, a := range attempts {
		var v view
		if a.err != nil {
			t.Fatal(a.err)
		}
		a.answer.decode(t, &v)
		if v.Status != "open" || v.PaymentStatus != "authorized" {
			t.Errorf("order %s: %s", a.external, a.answer.body)
		}
	}
	exactlyOnce(t, p, attempts, plenty)
}

// A payment that timed out is pending, and resolved by asking.
func TestTimedOutPaymentIsResolved(t *testing.T) {
	each(t, func(t *testing.T, db string) {
		p := serve(t, db, "--payment-wait", "1s")
		p.stock(t, 1, 10)
		o := p.place(t, order(0, "sandbox", "tok_timeout", ""))
		if o.Status != "pending" || o.PaymentStatus != "pending" {
			t.Errorf("right after: %+v", o)
		}
		if got := p.positions(t, sku(0)); got[0].Reserved != 1 || got[0].Allocated != 0 || got[0].Available != 9 {
			t.Errorf("stock while the payment is open: %+v", got)
		}
		eventually(t, time.Minute, "the payment is resolved", func() bool { return p.order(t, o.ID).Status == "open" })
		if got := p.order(t, o.ID); got.PaymentStatus != "authorized" {
			t.Errorf("in the end: %+v", got)
		}
		if got := p.positions(t, sku(0)); got[0].Reserved != 0 || got[0].Allocated != 1 {
			t.Errorf("stock in the end: %+v", got)
		}
		verify(t, db)
	})
}
