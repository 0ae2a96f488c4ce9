package api

import (
	"testing"

	"ordo/internal/store"
)

// TestPayingAnew voids a payment, looks at what paying anew would do, and does it: only what is due is asked for.
func TestPayingAnew(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 2, "sandbox", "tok_ok").want(201)
		at := "/v1/orders/" + o.str("id")
		f.post(at+"/payments/"+o.str("payments.0.id")+"/voids", "{}").want(200)
		eventually(t, "the void succeeds", func() bool { return f.get(at).str("payment_status") == "voided" })
		again := `{"provider":"sandbox","token":"tok_ok"}`
		f.send(request{do: "POST " + at + "/payments?dry_run=true", body: again}).want(200).fields("payments.1.amount.amount", "500")
		f.get(at).fields("payments.1", "")
		f.post(at+"/payments", again).want(201).fields("payments.1.amount.amount", "500")
		eventually(t, "the order is paid for", func() bool { return f.get(at).str("payment_status") == "authorized" })
		f.post(at+"/payments", again).refused(409, "payment_limit")
	})
}

// TestGrantIsTriedFirst: a dry run of a grant tells what would be owed and owes nothing.
func TestGrantIsTriedFirst(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		order, ful := f.paid("A", 2)
		f.step(ful, "release", "").want(200)
		f.step(ful, "ship", `{"tracking_number":"T"}`).want(200)
		at := "/v1/orders/" + order
		eventually(t, "the order is paid", func() bool { return f.get(at).str("payment_status") == "paid" })
		body := `{"reason":"damaged","lines":[{"line":"1","quantity":1}]}`
		f.send(request{do: "POST " + at + "/grants?dry_run=true", body: body}).want(200).fields("grants.0.amount.amount", "250")
		f.get(at).fields("grants.0", "", "payment_status", "paid")
		f.post(at+"/grants", body).want(201)
		eventually(t, "the refund arrives", func() bool { return f.get(at).str("payment_status") == "partially_refunded" })
		f.post(at+"/grants", `{"reason":"damaged","lines":[{"line":"1","quantity":2}]}`).refused(409, "grant_limit")
	})
}

// TestStoreCreditAccounts opens an account, issues more and takes back, each tried first; the balance never falls
// below 0.
func TestStoreCreditAccounts(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		open := `{"email":"ada@example.com","amount":{"amount":1000,"currency":"GBP"},"reason":"goodwill"}`
		f.send(request{do: "POST /v1/store-credits?dry_run=true", body: open}).want(200).fields("balance.amount", "1000")
		a := f.post("/v1/store-credits", open).want(201)
		at := "/v1/store-credits/" + a.str("id") + "/entries"
		more := `{"kind":"issued","amount":{"amount":500,"currency":"GBP"},"reason":"goodwill"}`
		f.send(request{do: "POST " + at + "?dry_run=true", body: more}).want(200).fields("balance.amount", "1500")
		f.post(at, more).want(201).fields("balance.amount", "1500")
		f.post(at, `{"kind":"expired","amount":{"amount":1501,"currency":"GBP"},"reason":"expired"}`).refused(409, "insufficient_credit")
		f.get("/v1/store-credits/"+a.str("id")).fields("balance.amount", "1500")
	})
}

// TestReceiptIsTriedFirst: a dry run of a receipt shows the positions as they would be.
func TestReceiptIsTriedFirst(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		before := f.at("A", "L1").str("on_hand")
		f.send(request{do: "POST /v1/stock/receipts?dry_run=true", body: `{"location":"L1","lines":[{"sku":"A","quantity":5}]}`}).want(200)
		if after := f.at("A", "L1").str("on_hand"); after != before {
			t.Errorf("on hand rose from %s to %s", before, after)
		}
	})
}

// TestDeadJobRunsAgain lets a job give up and asks for it again.
func TestDeadJobRunsAgain(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		const id = "job_01kas8rz0hefgtq4ty8f7zm6d7"
		if err := store.Write(t.Context(), f.db, func(tx store.Tx) error {
			return tx.Do(t.Context(), &store.Stmt{
				SQL:  "INSERT INTO jobs (id, kind, args, state, run_at, attempts, owner, last_error, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
				Args: []any{id, "payment", "{}", "dead", int64(1_000_000), int64(20), "", "it gave up", int64(1_000_000)}, Want: 1,
			})
		}); err != nil {
			t.Fatal(err)
		}
		f.get("/v1/jobs?state=dead").fields("data.0.id", id, "data.0.last_error", "it gave up")
		f.post("/v1/jobs/"+id+"/retry", "").want(200)
		f.get("/v1/jobs?state=dead").fields("data.0", "")
	})
}
