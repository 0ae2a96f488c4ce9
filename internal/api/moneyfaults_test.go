package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/store"
)

// webhookSecret signs the webhooks of fixtures that take some.
const webhookSecret = "whsec_payments"

// together gives a fixture and its payment provider one clock that later moves forward, and webhooks as the only way
// to learn what only they tell.
func together() (set func(*setup), later func(time.Duration)) {
	clock, later := ahead()
	return func(o *setup) {
		clock(o)
		now := o.settings.Clock
		o.sandbox.Clock = func() time.Time { return now().Std() }
		o.sandbox.Secret, o.sandbox.WebhookOnly = webhookSecret, 10_000*time.Hour
	}, later
}

// tell sends a webhook of the sandbox about an entry of a payment of an order, signed.
func (f *fixture) tell(id, order string, at int, state string, more ...string) reply {
	f.t.Helper()
	o := f.get("/v1/orders/" + order)
	entry := func(name string) string { return o.str(fmt.Sprintf("payments.0.entries.%d.%s", at, name)) }
	m := map[string]any{
		"id": id, "key": entry("id"), "kind": entry("kind"), "state": state, "amount": json.Number(entry("amount.amount")), "currency": "GBP",
		"order": order, "payment": o.str("payments.0.id"),
	}
	for i := 0; i+1 < len(more); i += 2 {
		m[more[i]] = more[i+1]
		if more[i] == "amount" {
			m["amount"] = json.Number(more[i+1])
		}
	}
	body, err := json.Marshal(m)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.send(request{
		do: "POST /v1/webhooks/payments/sandbox", key: "-", body: string(body),
		header: []string{"Idempotency-Key", "-", http.CanonicalHeaderKey(sandbox.SignatureHeader), sandbox.Sign(webhookSecret, body, time.Now())},
	})
}

// dueNow makes jobs of a kind due, whatever their time.
func (f *fixture) dueNow(kind string) {
	f.t.Helper()
	if err := store.Write(f.t.Context(), f.db, func(tx store.Tx) error {
		return tx.Do(f.t.Context(), &store.Stmt{SQL: "UPDATE jobs SET run_at = 1 WHERE kind = $1", Args: []any{kind}, Want: store.AnyRows})
	}); err != nil {
		f.t.Fatal(err)
	}
}

// happened waits for an event of an order.
func (f *fixture) happened(order, event string) {
	f.t.Helper()
	eventually(f.t, event, func() bool { return strings.Contains(f.timelineOf(order), event) })
}

// TestMoneyHoldWaitsForTheMoney: a refused capture holds the order, and asking again does not lift the hold: the money
// does.
func TestMoneyHoldWaitsForTheMoney(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 4, "sandbox", "tok_capture_declined_once").want(201)
		at := "/v1/orders/" + o.str("id")
		f.ship(o, "fulfillments.0")
		eventually(t, "the refusal", func() bool { return f.get(at).str("holds.0.status") == "open" })
		f.get(at).fields("holds.0.type", "awaiting_payment", "holds.0.reason", "capture_declined", "holds.0.placed_by", "system", "amount_due.amount", "1000", "payment_status", "authorized")
		capture := at + "/payments/" + o.str("payments.0.id") + "/captures"
		f.post(capture, `{"amount":{"amount":100,"currency":"GBP"}}`).want(200).fields("holds.0.status", "open", "payments.0.entries.2.state", "requested")
		eventually(t, "the rest is captured", func() bool { return f.get(at).str("payment_status") == "paid" })
		f.get(at).fields("holds.0.status", "lifted", "holds.0.ended_by", "system", "amount_due.amount", "0", "holds.1", "")
		f.post(capture, `{}`).refused(409, "payment_limit")
	})
}

// TestMoneyKeepsVersions: whoever pays, grants or changes store credit may say which version is meant (G2).
func TestMoneyKeepsVersions(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 2, "sandbox", "tok_ok").want(201)
		at, pay := "/v1/orders/"+o.str("id"), `{"provider":"manual"}`
		f.post(at+"/payments/"+o.str("payments.0.id")+"/voids", "{}").want(200)
		eventually(t, "the void", func() bool { return f.get(at).str("payment_status") == "voided" })
		now := f.get(at).str("version")
		f.post(at+"/payments", pay, "If-Match", `"1"`).refused(409, "version_mismatch").fields("current_version", now)
		f.post(at+"/payments?dry_run=true", pay, "If-Match", `"1"`).refused(409, "version_mismatch")
		f.post(at+"/payment-links", "{}", "If-Match", `"1"`).refused(409, "version_mismatch").fields("current_version", now)
		f.post(at+"/payments", pay, "If-Match", `"`+now+`"`).want(201).fields("payments.1.provider", "manual")

		f.ship(f.get("/v1/orders/{order}"), "fulfillments.0")
		at, now = "/v1/orders/{order}", f.get("/v1/orders/{order}").str("version")
		grant := `{"reason":"damaged","lines":[{"line":"1","quantity":1}]}`
		f.post(at+"/grants", grant, "If-Match", `"1"`).refused(409, "version_mismatch").fields("current_version", now)
		f.post(at+"/grants", grant, "If-Match", `"`+now+`"`).want(201).fields("grants.0.amount.amount", "250")

		a := f.post("/v1/store-credits", `{"amount":{"amount":1000,"currency":"GBP"},"reason":"gift_card"}`).want(201)
		at = "/v1/store-credits/" + a.str("id") + "/entries"
		more := `{"kind":"issued","amount":{"amount":500,"currency":"GBP"},"reason":"goodwill"}`
		f.post(at, more, "If-Match", `"1"`).want(201).fields("version", "2")
		f.post(at, more, "If-Match", `"1"`).refused(409, "version_mismatch").fields("current_version", "2")
		f.post(at, more, "If-Match", `"x"`).refused(400, "invalid_if_match")
		f.post("/v1/orders", plainOrder, "If-Match", `"1"`).refused(400, "unsupported_condition")
	})
}

// TestExpiryIsWatchedAfterARefusal: while a capture is on its way there is nothing to lose; when it is refused, the
// authorization ends at its time all the same, and a new one is asked for (P5).
func TestExpiryIsWatchedAfterARefusal(t *testing.T) {
	for _, when := range []string{"before its end", "after its end"} {
		clock, later := together()
		t.Run(when, func(t *testing.T) {
			each(t, func(t *testing.T, f *fixture) {
				o := f.place("A", 2, "sandbox", "tok_capture_webhook").want(201)
				id := o.str("id")
				at := "/v1/orders/" + id
				f.post(at+"/payments/"+o.str("payments.0.id")+"/captures", "{}").want(200)
				later(6*24*time.Hour + 12*time.Hour)
				f.dueNow("authorization")
				eventually(t, "the look at it", func() bool { return f.settledJobs("authorization", 1) })
				if when == "after its end" {
					later(24 * time.Hour)
					f.dueNow("authorization")
					eventually(t, "the look at its end", func() bool { return f.settledJobs("authorization", 0) })
				}
				f.tell("evt-"+id, id, 1, "failed", "reason", "issuer_down").want(200).fields("changed", "true")
				f.get(at).fields("holds.0.type", "awaiting_payment", "holds.0.status", "open")
				later(24 * time.Hour)
				f.dueNow("authorization")
				f.happened(id, "payment.auth_expired")
				f.happened(id, "payment.reauthorized")
				f.get(at).fields("payment_status", "authorized", "holds.0.status", "lifted")
			}, clock)
		})
	}
}

// untriedJobs counts the jobs of a kind that wait for their time and were never begun.
func (f *fixture) untriedJobs(kind string) (n int64) {
	f.t.Helper()
	if err := f.db.Query(f.t.Context(), func(r store.Row) error { return r.Scan(&n) },
		"SELECT COUNT(*) FROM jobs WHERE kind = $1 AND owner = '' AND attempts = 0 AND run_at > 1", kind); err != nil {
		f.t.Fatal(err)
	}
	return n
}

// settledJobs reports whether so many jobs of a kind are left, and none of them is due or running.
func (f *fixture) settledJobs(kind string, n int64) bool {
	f.t.Helper()
	all, due := int64(0), int64(0)
	if err := f.db.Query(f.t.Context(), func(r store.Row) error { return r.Scan(&all, &due) },
		"SELECT COUNT(*), COALESCE(SUM(CASE WHEN run_at = 1 OR owner <> '' THEN 1 ELSE 0 END), 0) FROM jobs WHERE kind = $1", kind); err != nil {
		f.t.Fatal(err)
	}
	return all == n && due == 0
}
