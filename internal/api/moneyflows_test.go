package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ordo/internal/store"
	"ordo/internal/verify"
)

// proven lets verify look at all that the fixture has lived through.
func (f *fixture) proven() {
	f.t.Helper()
	f.provenWith(verify.Options{})
}

func (f *fixture) provenWith(o verify.Options) {
	f.t.Helper()
	rep, err := verify.Run(f.t.Context(), f.db, o)
	if err != nil {
		f.t.Fatal(err)
	}
	if !rep.OK {
		var b strings.Builder
		_ = rep.Write(&b)
		f.t.Errorf("not clean:\n%s", b.String())
	}
}

func gbp(n int64) string { return fmt.Sprintf(`{"amount":{"amount":%d,"currency":"GBP"}}`, n) }

func back(n int64, more string) string {
	return fmt.Sprintf(`{"amount":{"amount":%d,"currency":"GBP"},"reason":"goodwill"%s}`, n, more)
}

// policy lets the channel web capture in another way.
func (f *fixture) policy(capture, more string) {
	f.t.Helper()
	f.put("/v1/channels/web", fmt.Sprintf(`{"name":"Web shop","capture":%q%s}`, capture, more)).want(200).fields("capture", capture)
}

// becomes waits for the payment axis of an order.
func (f *fixture) becomes(at, status string) reply {
	f.t.Helper()
	eventually(f.t, status, func() bool { return f.get(at).str("payment_status") == status })
	return f.get(at)
}

// entries tells the entries of a payment of an order: "authorize succeeded 500, capture failed 500".
func entries(o reply, payment int) string {
	var out []string
	for i := range o.list(fmt.Sprintf("payments.%d.entries", payment)) {
		e := fmt.Sprintf("payments.%d.entries.%d.", payment, i)
		out = append(out, o.str(e+"kind")+" "+o.str(e+"state")+" "+o.str(e+"amount.amount"))
	}
	return strings.Join(out, ", ")
}

func sameText(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s\n %s, want\n %s", what, got, want)
	}
}

// TestCaptureAtPlacement takes the money as soon as the order is accepted, once; what is canceled goes back.
func TestCaptureAtPlacement(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.policy("placement", "")
		o := f.place("A", 4, "sandbox", "tok_ok").want(201)
		at := "/v1/orders/" + o.str("id")
		f.becomes(at, "paid").fields("amount_due.amount", "0", "fulfillment_status", "unfulfilled")
		f.post(at+"/cancel", `{"reason":"customer","lines":[{"line":"1","quantity":1}]}`).want(200)
		f.becomes(at, "partially_refunded")
		f.ship(o, "fulfillments.0")
		o = f.get(at).fields("amount_due.amount", "0", "refund_due.amount", "0")
		sameText(t, "entries", entries(o, 0), "authorize succeeded 1000, capture succeeded 1000, refund succeeded 250")

		f.policy("placement", `,"expire_unpaid_after_minutes":60`) // and where the money does not come
		bad := f.place("A", 1, "sandbox", "tok_capture_declined").want(201).fields("status", "open", "expires_at", "")
		badAt := "/v1/orders/" + bad.str("id")
		eventually(t, "the hold", func() bool { return f.get(badAt).str("holds.0.type") == "awaiting_payment" })
		if f.get(badAt).str("expires_at") == "" {
			t.Error("no clock runs")
		}
		f.step(bad.str("fulfillments.0.id"), "release", "").refused(409, "on_hold")
		f.post(badAt+"/payments", `{"provider":"sandbox","token":"tok_ok"}`).want(201)
		bad = f.becomes(badAt, "paid")
		bad.fields("holds.0.status", "lifted", "payments.1.captured.amount", "250")
		eventually(t, "the void of the first card", func() bool { return f.get(badAt).str("payments.0.voided.amount") == "250" })
		f.proven()
	})
}

// TestCaptureByHand: shipping takes nothing; a person takes parts, within what is authorized and due (P1, P3, P4, P7).
func TestCaptureByHand(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.policy("manual", "")
		o := f.place("A", 4, "sandbox", "tok_ok").want(201)
		at := "/v1/orders/" + o.str("id")
		pay := at + "/payments/" + o.str("payments.0.id")
		f.ship(o, "fulfillments.0")
		f.post(pay+"/captures", gbp(1001)).refused(409, "payment_limit").fields("available", "1000")
		f.post(pay+"/captures", `{"amount":{"amount":1,"currency":"EUR"}}`).refused(422, invalid)
		f.post(pay+"/refunds", back(1, "")).refused(409, "payment_limit")
		f.post(pay+"/captures?dry_run=true", gbp(300)).want(200).fields("payments.0.entries.1.amount.amount", "300")
		f.post(pay+"/captures", gbp(300)).want(200)
		f.becomes(at, "partially_paid").fields("amount_due.amount", "700")
		f.post(pay+"/captures", gbp(701)).refused(409, "payment_limit").fields("available", "700")
		f.post(pay+"/voids", gbp(701)).refused(409, "payment_limit").fields("available", "700")
		f.post(pay+"/voids", gbp(200)).want(200)
		eventually(t, "the void", func() bool { return f.get(at).str("payments.0.voided.amount") == "200" })
		f.post(pay+"/captures", "{}").want(200)
		eventually(t, "the second capture", func() bool { return f.get(at).str("payments.0.captured.amount") == "800" })
		f.post(at+"/payments", `{"provider":"sandbox","token":"tok_ok"}`).want(201).fields("payments.1.amount.amount", "200")
		f.post(at+"/payments/"+f.get(at).str("payments.1.id")+"/captures", "{}").want(200)
		o = f.becomes(at, "paid")
		o.fields("amount_due.amount", "0")
		sameText(t, "entries", entries(o, 0), "authorize succeeded 1000, capture succeeded 300, void succeeded 200, capture succeeded 500")
		f.post(pay+"/refunds", back(801, "")).refused(409, "payment_limit")
		f.post(pay+"/captures", "{}", "If-Match", `"1"`).refused(409, "version_mismatch")
		f.send(request{do: "POST " + pay + "/captures", body: "{}", key: "{reader}"}).refused(403, "missing_scope")
		f.proven()
	})
}

// TestVoidByHandStopsGoods: what is not promised any more does not leave unpaid, released or not, until it is paid for
// anew; a void that the provider refuses takes nothing away.
func TestVoidByHandStopsGoods(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for next, body := range map[string]string{"release": "", "ship": `{"tracking_number":"T1"}`} {
			o := f.place("A", 2, "sandbox", "tok_ok").want(201)
			at, ful := "/v1/orders/"+o.str("id"), o.str("fulfillments.0.id")
			if next == "ship" {
				f.step(ful, "release", "").want(200)
			}
			void := at + "/payments/" + o.str("payments.0.id") + "/voids"
			f.post(void+"?dry_run=true", gbp(100)).want(200).fields("holds.0.type", "awaiting_payment")
			f.post(void, gbp(100)).want(200).fields("holds.0.type", "awaiting_payment", "holds.0.reason", "voided", "holds.0.status", "open")
			f.step(ful, next, body).refused(409, "on_hold")
			eventually(t, "the void", func() bool { return f.get(at).str("payments.0.voided.amount") == "100" })
			f.get(at).fields("holds.0.status", "open")
			f.post(at+"/payments", `{"provider":"sandbox","token":"tok_ok"}`).want(201).fields("payments.1.amount.amount", "100")
			eventually(t, "the hold is lifted", func() bool { return f.get(at).str("holds.0.status") == "lifted" })
			if next == "release" {
				f.step(ful, "release", "").want(200)
			}
			f.step(ful, "ship", `{"tracking_number":"T1"}`).want(200)
			f.becomes(at, "paid")
		}
		o := f.place("A", 2, "sandbox", "tok_void_fails_once").want(201)
		at := "/v1/orders/" + o.str("id")
		f.post(at+"/payments/"+o.str("payments.0.id")+"/voids", "{}").want(200).fields("holds.0.status", "open")
		f.happened(o.str("id"), "payment.void_failed")
		f.get(at).fields("holds.0.status", "lifted", "payment_status", "authorized")
		f.proven()
	})
}

// TestTenders: stored value is captured first, shipment by shipment, and money goes back to the last payment first.
func TestTenders(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		credit := f.post("/v1/store-credits", `{"amount":{"amount":7000,"currency":"GBP"},"reason":"gift_card"}`).want(201).str("id")
		body := with(orderBody("B", 8, "sandbox", "tok_ok"), `"payments":[{"provider":"store_credit","token":"`+credit+`","amount":{"amount":6000,"currency":"GBP"}}]`)
		o := f.post("/v1/orders", body).want(201).fields("payments.0.provider", "store_credit", "payments.1.authorized.amount", "2000", "payment_status", "authorized")
		at := "/v1/orders/" + o.str("id")
		f.get("/v1/store-credits/"+credit).fields("balance.amount", "1000", "held.amount", "6000")
		first := o.num("fulfillments.0.lines.0.quantity") * 1000
		f.ship(o, "fulfillments.0")
		f.becomes(at, "partially_paid").fields("payments.0.captured.amount", itoa(first), "payments.1.captured.amount", "0")
		f.ship(o, "fulfillments.1")
		f.becomes(at, "paid").fields("payments.0.captured.amount", "6000", "payments.1.captured.amount", "2000")
		f.post(at+"/grants", `{"reason":"late","amount":{"amount":2500,"currency":"GBP"}}`).want(201)
		eventually(t, "the refunds", func() bool { return f.get(at).str("grants.0.status") == "succeeded" })
		f.get(at).fields("payments.1.refunded.amount", "2000", "payments.0.refunded.amount", "500", "refund_due.amount", "0", "payment_status", "partially_refunded")
		f.get("/v1/store-credits/"+credit).fields("balance.amount", "1500", "held.amount", "0")
		f.post(at+"/payments/"+o.str("payments.0.id")+"/refunds", back(100, `,"recorded":true`)).refused(422, invalid)
		f.post(at+"/payments/"+o.str("payments.0.id")+"/refunds", back(100, "")).want(200)
		f.get("/v1/store-credits/"+credit).fields("balance.amount", "1600")
		f.post("/v1/orders", orderBody("A", 10, "store_credit", credit)).refused(409, "insufficient_credit")
		canceled := f.post("/v1/orders", orderBody("A", 1, "store_credit", credit)).want(201)
		f.post("/v1/orders/"+canceled.str("id")+"/cancel", `{"reason":"customer"}`).want(200).fields("payment_status", "voided")
		f.get("/v1/store-credits/"+credit).fields("balance.amount", "1600")
		f.proven()
	})
}

// TestReauthorization: an authorization that ends before the parcel leaves is replaced, and captured from (P5).
func TestReauthorization(t *testing.T) {
	for _, token := range []string{"tok_auth_expires", "tok_auth_expires_declined"} {
		clock, later := together()
		t.Run(token, func(t *testing.T) {
			each(t, func(t *testing.T, f *fixture) {
				f.policy("shipment", `,"expire_unpaid_after_minutes":60`)
				onHand, allocated, reserved, _ := f.positions("A")
				o := f.place("A", 2, "sandbox", token).want(201)
				id, at := o.str("id"), "/v1/orders/"+o.str("id")
				later(40 * time.Second)
				f.dueNow("authorization")
				f.happened(id, "payment.auth_expiring")
				later(time.Minute)
				f.dueNow("authorization")
				f.happened(id, "payment.auth_expired")
				if token == "tok_auth_expires" {
					f.happened(id, "payment.reauthorized")
					f.ship(o, "fulfillments.0")
					o = f.becomes(at, "paid")
					o.fields("holds", "", "payments.0.expired.amount", "500", "payments.0.entries.2.parent", o.str("payments.0.entries.0.id"), "payments.0.entries.3.parent", o.str("payments.0.entries.2.id"))
					sameText(t, "entries", entries(o, 0), "authorize succeeded 500, expire succeeded 500, authorize succeeded 500, capture succeeded 500")
					f.proven()
					return
				}
				f.happened(id, "order.held")
				f.get(at).fields("status", "open", "payment_status", "failed", "holds.0.type", "awaiting_payment", "holds.0.reason", "card_declined", "amount_due.amount", "500")
				f.step(o.str("fulfillments.0.id"), "release", "").refused(409, "on_hold")
				f.expire(id) // too early
				f.get(at).fields("status", "open")
				other := f.place("A", 1, "sandbox", token).want(201) // this one is paid anew
				later(2 * time.Minute)
				f.dueNow("authorization")
				f.happened(other.str("id"), "order.held")
				f.post("/v1/orders/"+other.str("id")+"/payments", `{"provider":"sandbox","token":"tok_ok"}`).want(201).fields("holds.0.status", "lifted", "payment_status", "authorized")
				later(2 * time.Hour)
				f.expire(id, other.str("id"))
				f.get(at).fields("status", "canceled", "reason", "expired", "holds.0.status", "lifted", "fulfillments.0.status", "canceled")
				f.get("/v1/orders/"+other.str("id")).fields("status", "open")
				f.stocked("A", onHand, allocated+1, reserved)
				f.proven()
			}, clock)
		})
	}
}

// TestRefundRefused: what a provider refuses to give back is still owed, is seen, and is paid out by hand or asked for
// again (E6).
func TestRefundRefused(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 2, "sandbox", "tok_refund_fails").want(201)
		at := "/v1/orders/" + o.str("id")
		f.ship(o, "fulfillments.0")
		f.becomes(at, "paid")
		grant := f.post(at+"/grants", `{"reason":"damaged","lines":[{"line":"1","quantity":1}]}`).want(201).str("grants.0.id")
		failed := func(n int) {
			t.Helper()
			eventually(t, "the refusal", func() bool { return strings.Count(f.timelineOf(o.str("id")), "payment.refund_failed") == n })
			f.get(at).fields("grants.0.status", "failed", "refund_due.amount", "250", "payment_status", "paid")
		}
		failed(1)
		f.post(at+"/grants/"+grant+"/retry", "").want(200)
		failed(2)
		f.post(at+"/payments/"+o.str("payments.0.id")+"/refunds", back(250, `,"recorded":true,"reference":"Bank 12"`)).want(200).
			fields("grants.0.status", "succeeded", "grants.1", "", "refund_due.amount", "0", "payments.0.entries.4.recorded", "true", "payments.0.entries.4.provider_ref", "Bank 12")
		f.post(at+"/grants/"+grant+"/retry", "").refused(409, "illegal_transition")

		f.policy("placement", "") // owed without a grant: the order was canceled
		c := f.place("A", 1, "sandbox", "tok_refund_fails_once").want(201)
		at = "/v1/orders/" + c.str("id")
		f.becomes(at, "paid")
		f.post(at+"/cancel", `{"reason":"customer"}`).want(200)
		f.happened(c.str("id"), "payment.refund_failed")
		f.get(at).fields("refund_due.amount", "250", "payment_status", "overcharged")
		f.post(at+"/payments/"+c.str("payments.0.id")+"/refunds", back(250, "")).want(200).fields("grants", "")
		f.becomes(at, "refunded").fields("refund_due.amount", "0")
		f.proven()
	}, func(o *setup) { o.settings.RefusedAfter = time.Hour })
}

// TestVoidRefused: an authorization that could not be given up is given up later by itself, or by a person.
func TestVoidRefused(t *testing.T) {
	for name, after := range map[string]time.Duration{"by itself": 50 * time.Millisecond, "by hand": time.Hour} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, f *fixture) {
				o := f.place("A", 2, "sandbox", "tok_void_fails_once").want(201)
				at := "/v1/orders/" + o.str("id")
				f.post(at+"/cancel", `{"reason":"customer"}`).want(200)
				f.happened(o.str("id"), "payment.void_failed")
				if name == "by hand" {
					f.get(at).fields("payment_status", "authorized", "payments.0.entries.1.reason", "void_failed")
					f.post(at+"/payments/"+o.str("payments.0.id")+"/voids", "{}").want(200)
				}
				sameText(t, "entries", entries(f.becomes(at, "voided"), 0), "authorize succeeded 500, void failed 500, void succeeded 500")
				f.proven()
			}, func(o *setup) { o.settings.RefusedAfter = after })
		})
	}
}

// TestPaymentWebhooks: what the provider tells counts once, early, twice and late, and only with its signature (D6).
func TestPaymentWebhooks(t *testing.T) {
	clock, _ := together()
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 2, "sandbox", "tok_webhook").want(201).fields("status", "pending", "payment_status", "pending")
		id, at := o.str("id"), "/v1/orders/"+o.str("id")
		f.tell("w1-"+id, id, 0, "succeeded", "amount", "499").want(200).fields("matched", "true", "changed", "false")
		f.tell("w2-"+id, id, 0, "pending", "provider_ref", "sbx_1").want(200)
		f.get(at).fields("status", "pending")
		f.tell("w3-"+id, id, 0, "succeeded").want(200).fields("duplicate", "false", "changed", "true")
		f.get(at).fields("status", "open", "payment_status", "authorized")
		f.tell("w3-"+id, id, 0, "succeeded").want(200).fields("duplicate", "true", "changed", "false")
		f.tell("w4-"+id, id, 0, "succeeded").want(200).fields("changed", "false") // the same under another name
		f.tell("w5-"+id, id, 0, "failed", "reason", "late").want(200).fields("changed", "false")
		f.tell("w6-ord_00000000000000000000000000", id, 0, "succeeded", "order", "ord_00000000000000000000000000").want(200).fields("matched", "false")
		f.send(request{do: "POST /v1/webhooks/payments/sandbox", key: "-", body: `{"id":"x"}`, header: []string{"Idempotency-Key", "-"}}).refused(401, "webhook_signature")
		f.get(at).fields("status", "open", "payment_status", "authorized", "payments.0.entries.1", "")
		if n := strings.Count(f.timelineOf(id), "payment.unmatched"); n != 2 { // another amount, and a late refusal
			t.Errorf("%d notices did not fit: %s", n, f.timelineOf(id))
		}
		f.proven()
	}, clock, func(o *setup) { o.settings.PaymentWait = 100 * time.Millisecond })
}

// TestBankTransfer: with terms the money comes in parts; a refund stays owed until its payout is recorded.
func TestBankTransfer(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		body := strings.Replace(orderBody("A", 4, "manual", ""), `{"provider":"manual"}`, `{"provider":"manual","method":"bank_transfer","terms_days":14}`, 1)
		o := f.post("/v1/orders", body).want(201).fields("status", "open", "payments.0.method", "bank_transfer", "payments.0.terms_days", "14")
		at := "/v1/orders/" + o.str("id")
		pay := at + "/payments/" + o.str("payments.0.id")
		placed, _ := time.Parse(time.RFC3339, o.str("placed_at"))
		if due, err := time.Parse(time.RFC3339, o.str("payments.0.due_at")); err != nil || due.Sub(placed) != 14*24*time.Hour {
			t.Errorf("due at %v, placed at %v, %v", due, placed, err)
		}
		f.ship(o, "fulfillments.0")
		f.get(at).fields("payment_status", "authorized", "amount_due.amount", "1000") // shipping takes nothing
		f.post(pay+"/captures", "{}").refused(409, "manual_payment")
		f.post(pay+"/receipts", gbp(600)).want(200).fields("payment_status", "partially_paid", "amount_due.amount", "400")
		f.post(pay+"/receipts", gbp(400)).want(200).fields("payment_status", "paid")
		f.post(pay+"/receipts", gbp(1)).refused(409, "payment_limit")
		owed := f.post(at+"/grants", `{"reason":"damaged","lines":[{"line":"1","quantity":2}]}`).want(201)
		owed.fields("grants.0.status", "pending", "refund_due.amount", "500", "payment_status", "paid")
		f.post(pay+"/refunds", back(300, `,"recorded":true`)).refused(409, "payment_limit").fields("available", "500") // it would be another one
		f.post(pay+"/refunds?dry_run=true", back(500, `,"recorded":true`)).want(200).fields("refund_due.amount", "0")
		f.post(pay+"/refunds", back(500, `,"recorded":true,"reference":"Bank 9"`)).want(200).
			fields("grants.0.status", "succeeded", "grants.1", "", "refund_due.amount", "0", "payment_status", "partially_refunded", "payments.0.refunded.amount", "500")
		f.post(at+"/grants", `{"reason":"damaged","lines":[{"line":"1","quantity":3}]}`).refused(409, "grant_limit") // P8
		f.proven()
	})
}

// TestLinksPayInParts: two links pay an order, each its part, and neither pays twice.
func TestLinksPayInParts(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 4, "manual", "").want(201)
		at := "/v1/orders/" + o.str("id")
		first := f.link(o.str("id"), gbp(400))
		f.sees(first, "tok_ok", 200, "Payment received")
		f.post(at+"/payment-links", gbp(601)).refused(409, "payment_limit").fields("available", "600")
		rest := f.link(o.str("id"), "{}")
		f.sees(rest, "tok_ok", 200, "Payment received")
		f.sees(first, "tok_ok", 200, "Payment received")
		f.ship(o, "fulfillments.0")
		f.becomes(at, "paid").fields("payments.1.captured.amount", "400", "payments.2.captured.amount", "600", "payments.3", "", "amount_due.amount", "0")
		f.proven()
	})
}

// TestPaidByLinkInstead: an order on terms that waits for its money goes on when the customer pays by a link, although
// the money is captured only when it ships.
func TestPaidByLinkInstead(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.activate("awaiting_payment")
		o := f.place("A", 4, "manual", "").want(201).fields("holds.0.type", "awaiting_payment", "holds.0.status", "open")
		at, ful := "/v1/orders/"+o.str("id"), "/v1/fulfillments/"+o.str("fulfillments.0.id")
		f.post(ful+"/release", "").refused(409, "on_hold")
		f.sees(f.link(o.str("id"), gbp(400)), "tok_ok", 200, "Payment received")
		f.get(at).fields("holds.0.status", "open") // a part is not enough
		f.sees(f.link(o.str("id"), "{}"), "tok_ok", 200, "Payment received")
		eventually(t, "the end of the hold", func() bool { return f.get(at).str("holds.0.status") == "lifted" })
		f.ship(o, "fulfillments.0")
		f.becomes(at, "paid").fields("amount_due.amount", "0")
		f.proven()
	})
}

// TestDeadPaymentJob: an outcome that was asked for too often waits for a person, who lets it be asked for again; the
// key at the provider stays the same (G4).
func TestDeadPaymentJob(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 2, "sandbox", "tok_timeout").want(201).fields("status", "pending")
		at := "/v1/orders/" + o.str("id")
		if err := store.Write(t.Context(), f.db, func(tx store.Tx) error {
			return tx.Do(t.Context(), &store.Stmt{SQL: "UPDATE jobs SET state = 'dead', owner = '', last_error = 'no answer' WHERE kind = 'payment'", Want: 1})
		}); err != nil {
			t.Fatal(err)
		}
		dead := f.get("/v1/jobs").fields("data.0.kind", "payment", "data.0.last_error", "no answer", "data.1", "").str("data.0.id")
		f.proven()
		f.post("/v1/jobs/"+dead+"/retry", "").want(200).fields("state", "ready")
		f.post("/v1/jobs/"+dead+"/retry", "").refused(404, "not_found")
		o = f.becomes(at, "authorized")
		o.fields("status", "open")
		sameText(t, "entries", entries(o, 0), "authorize succeeded 500")
		f.proven()
	}, func(o *setup) {
		o.settings.PaymentWait, o.sandbox.ResolveAfter = 50*time.Millisecond, 2*time.Second
	})
}
