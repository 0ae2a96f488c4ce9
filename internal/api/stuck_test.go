package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/store"
	"ordo/internal/stuck"
)

// stuck lists the ids of what is late of a kind, in pages of two.
func (f *fixture) stuck(kind, more string) (ids []string) {
	f.t.Helper()
	for cursor := ""; ; {
		page := f.get("/v1/stuck?limit=2&kind=" + kind + more + cursor)
		rows := page.want(200).list("data")
		if len(rows) > 2 {
			f.t.Fatalf("a page of %d", len(rows))
		}
		for i := range rows {
			at := fmt.Sprintf("data.%d.", i)
			if page.str(at+"kind") != kind || page.str(at+"late") != "true" {
				f.t.Errorf("%s", page.body)
			}
			ids = append(ids, page.str(at+"id"))
		}
		next := page.str("next_cursor")
		if next == "" {
			return ids
		}
		cursor = "&cursor=" + next
	}
}

func (f *fixture) exec(sql string, args ...any) {
	f.t.Helper()
	if err := store.Write(f.t.Context(), f.db, func(tx store.Tx) error {
		return tx.Do(f.t.Context(), &store.Stmt{SQL: sql, Args: args, Want: store.AnyRows})
	}); err != nil {
		f.t.Fatal(err)
	}
}

// one of each kind that waits, by the id under which it is listed.
func (f *fixture) waiting() map[string]string {
	f.t.Helper()
	out := map[string]string{}
	pending := f.place("A", 1, "sandbox", "tok_timeout").want(201).fields("status", "pending")
	f.vars["pending"], out["order"] = pending.str("id"), pending.str("id")
	out["payment"] = pending.str("payments.0.entries.0.id")
	held := f.place("A", 1, "manual", "").want(201)
	f.vars["id"] = held.str("id")
	out["fulfillment"] = held.str("fulfillments.0.id")
	out["hold"] = f.post("/v1/orders/{id}/holds", `{"type":"incorrect_address"}`).want(200).str("holds.0.id")
	out["order_change"] = f.post("/v1/orders/{id}/changes", `{"actions":[{"type":"item_quantity","line":"1","quantity":2}]}`).want(201).str("id")
	f.stock("C", "L1", 1)
	f.owing("C", "L1", 4)
	f.shortage("backorder")
	f.vars["owed"] = f.place("C", 3, "manual", "").want(201).str("id")
	out["backorder"] = "1@L1"
	sent := f.place("A", 1, "manual", "").want(201)
	out["parcel"] = sent.str("fulfillments.0.id")
	f.step(out["parcel"], "release", "").want(200)
	f.step(out["parcel"], "ship", `{"tracking_number":"1Z"}`).want(200)
	refused := f.place("A", 1, "sandbox", "tok_refund_fails").want(201)
	f.vars["refused"], out["refund"] = refused.str("id"), refused.str("id")
	f.happened(refused.str("id"), "order.accepted")
	ful := f.get("/v1/orders/{refused}").str("fulfillments.0.id")
	f.step(ful, "release", "").want(200)
	f.step(ful, "ship", `{"tracking_number":"2Z"}`).want(200)
	f.happened(refused.str("id"), "payment.captured")
	f.post("/v1/orders/{refused}/grants", `{"reason":"goodwill","amount":{"amount":100,"currency":"GBP"}}`).want(201)
	f.happened(refused.str("id"), "payment.refund_failed")
	out["reservation"] = f.post("/v1/reservations", `{"channel":"web","lines":[{"sku":"A","quantity":1}]}`).want(201).str("id")
	out["transfer"] = f.post("/v1/transfers", `{"from":"L1","to":"L2","lines":[{"sku":"A","quantity":1}]}`).want(201).str("id")
	out["count"] = f.post("/v1/counts", `{"location":"L1","reason":"cycle_count","skus":["A"]}`).want(201).str("id")
	before := f.vars["order"]
	f.sold("manual", "", "A 1")
	out["return"] = f.back(1, "unwanted", "").str("id")
	f.vars["order"] = before
	out["case"] = f.post("/v1/cases", `{"subject":"Where is it?"}`).want(201).str("id")
	f.exec("UPDATE labels SET status = 'label_pending' WHERE id = $1", f.vars["label"]) // as an index says: the document decides
	out["job"] = "job_" + strings.TrimPrefix(exOrder, "ord_")
	f.exec("INSERT INTO jobs (id, kind, args, state, run_at, attempts, owner, last_error, created_at) VALUES ($1, 'settle', $2, 'dead', 1, 100, '', 'gave up', 1)", out["job"], `{"order":"`+f.vars["id"]+`"}`)
	return out
}

// counted: the count that the metric shows is that of the list, also of more than are read at once; where it looks at fewer
// than there are, it says that there may be more. What is late goes on meanwhile, such as a payment that is asked about.
func (f *fixture) counted() {
	t := f.t
	t.Helper()
	eventually(t, "the count of what is stuck is that of the list", func() bool {
		all, err := f.app.StuckCounts(t.Context(), 100, 2)
		if err != nil {
			t.Fatal(err)
		}
		few, err := f.app.StuckCounts(t.Context(), 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		many, same := 0, true
		for _, kind := range stuck.Kinds {
			listed := len(f.stuck(string(kind), ""))
			part := few.Late[kind] == listed || few.Late[kind] < listed && few.More[kind]
			if all.Late[kind] != listed || all.More[kind] || !part {
				t.Logf("%s: %d are counted and %d of two rows, %d are listed; more: %v %v", kind, all.Late[kind], few.Late[kind], listed, all.More[kind], few.More[kind])
				same = false
			}
			many = max(many, listed)
		}
		return same && many >= 5 && few.More[stuck.Order]
	})
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if _, err := f.app.StuckCounts(ctx, 1, 2); err == nil {
		t.Error("nothing was read, and that is a count")
	}
}

// TestStuck: whatever is not final is late when its time is over, and not before; the list is by kind and page, for the
// channels of the key.
func TestStuck(t *testing.T) {
	clock, later := ahead()
	each(t, func(t *testing.T, f *fixture) {
		defer later(-40 * 24 * time.Hour) // the other engine begins in the present, too
		all := f.waiting()
		for range 5 {
			f.post("/v1/drafts", `{"channel":"web","lines":[{"sku":"A","quantity":1}]}`).want(201)
		}
		for kind, id := range all {
			if got := f.stuck(kind, ""); kind != "job" && slices.Contains(got, id) {
				t.Errorf("%s %s is late too early", kind, id)
			}
		}
		later(40 * 24 * time.Hour)
		since := f.app.Settings.Clock().Std().Format(time.RFC3339)
		for kind, id := range all {
			if got := f.stuck(kind, ""); !slices.Contains(got, id) {
				t.Errorf("%s %s is not late: %v", kind, id, got)
			}
			if got := f.stuck(kind, "&since="+since); slices.Contains(got, id) {
				t.Errorf("%s %s is due since %s", kind, id, since)
			}
			if got := f.stuck(kind, "&channel=phone"); slices.Contains(got, id) {
				t.Errorf("%s %s is of the channel phone: %v", kind, id, got)
			}
		}
		if got := f.stuck("label", ""); slices.Contains(got, f.vars["label"]) {
			t.Errorf("a label that is there is late")
		}
		for _, s := range f.send(request{do: "GET /v1/stuck?limit=1000", key: "{webonly}"}).want(200).list("data") {
			if s.(map[string]any)["channel"] != "web" {
				t.Errorf("a key for web sees %v", s)
			}
		}
		next := f.get("/v1/orders/{id}/next").want(200).fields("late", "true", "status", "open")
		var kinds []string
		for i := range next.list("steps") {
			kinds = append(kinds, next.str(fmt.Sprintf("steps.%d.kind", i)))
		}
		slices.Sort(kinds)
		if got := strings.Join(kinds, " "); got != "fulfillment hold job order_change" {
			t.Errorf("next of the held order: %s", got)
		}
		f.counted()
		if m := string(f.send(request{do: "GET /metrics", key: "-"}).body); !strings.Contains(m, `ordo_stuck{kind="hold"} `) || strings.Contains(m, `ordo_stuck{kind="hold"} 0`) {
			t.Error("the metric does not count holds")
		}
		f.send(request{do: "GET /v1/stuck?kind=x"}).refused(400, badParam)
		f.send(request{do: "GET /v1/stuck?since=x"}).refused(400, badParam)
		f.send(request{do: "GET /v1/stuck?cursor=x"}).refused(400, "invalid_cursor")
		f.send(request{do: "GET /v1/stuck?cursor=QQ"}).refused(400, "invalid_cursor")
		f.send(request{do: "GET /v1/orders/ord_{unknown}/next"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/orders/{phone}/next", key: "{webonly}"}).refused(404, "not_found")
	}, clock, func(o *setup) { o.settings.PaymentWait, o.settings.RefusedAfter = time.Millisecond, 1000*time.Hour })
}

// TestRepair: what needs no decision is done, once; what needs one is left; who may not write may not repair.
func TestRepair(t *testing.T) {
	clock, later := ahead()
	var jump atomic.Int64
	each(t, func(t *testing.T, f *fixture) {
		jump.Store(0)
		defer later(-40*24*time.Hour - 5*time.Hour) // the other engine begins in the present, too
		all := f.waiting()
		none := f.post("/v1/orders/{pending}/repair", `{}`).want(200)
		if len(none.list("done")) != 0 || len(none.list("left")) != 0 || none.num("version") != 1 {
			t.Errorf("nothing is late: %s", none.body)
		}
		later(time.Hour)
		f.post("/v1/orders/{pending}/repair?dry_run=true", `{"kind":"payment"}`).want(200).fields("done.0.id", all["payment"], "done.0.repairs.0.code", "ask_provider", "done.1", "")
		f.get("/v1/orders/{pending}").fields("version", "1")
		f.post("/v1/orders/{pending}/repair", `{"kind":"mood"}`).refused(422, invalid)
		f.post("/v1/orders/{pending}/repair", `{"kinds":[]}`).refused(422, invalid)
		f.post("/v1/orders/{pending}/repair", `{}`, "If-Match", `"7"`).refused(409, "version_mismatch")
		f.post("/v1/orders/ord_{unknown}/repair", `{}`).refused(404, "not_found")
		f.send(request{do: "POST /v1/orders/{pending}/repair", key: "{reader}", body: `{}`}).refused(403, "missing_scope")
		f.send(request{do: "POST /v1/orders/{phone}/repair", key: "{webonly}", body: `{}`}).refused(404, "not_found")
		jump.Store(int64(time.Hour))
		first := f.post("/v1/orders/{pending}/repair", `{"kind":"payment"}`, "Idempotency-Key", "repair-1").want(200).fields("done.0.kind", "payment")
		again := f.post("/v1/orders/{pending}/repair", `{"kind":"payment"}`, "Idempotency-Key", "repair-1").want(200)
		if string(first.body) != string(again.body) || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s, then %s", first.body, again.body)
		}
		eventually(t, "the outcome", func() bool { return f.get("/v1/orders/{pending}").str("status") == "open" })
		f.happened(f.vars["pending"], "order.repaired")

		later(4 * time.Hour)
		n := strings.Count(f.timelineOf(f.vars["refused"]), "payment.refund_requested")
		f.post("/v1/orders/{refused}/repair", `{"kind":"refund"}`).want(200).fields("done.0.kind", "refund", "done.0.repairs.0.code", "settle_money")
		if got := strings.Count(f.timelineOf(f.vars["refused"]), "payment.refund_requested"); got != n+1 {
			t.Errorf("%d refunds were requested, want one more than %d", got, n)
		}
		later(40 * 24 * time.Hour)
		r := f.post("/v1/orders/{id}/repair", `{}`).want(200)
		done := map[string]bool{}
		for i := range r.list("done") {
			done[r.str(fmt.Sprintf("done.%d.kind", i))] = true
		}
		if !done["job"] || !done["hold"] || done["fulfillment"] || done["order_change"] {
			t.Errorf("done: %s", r.body)
		}
		f.get("/v1/orders/{id}").fields("holds.0.status", "open") // a decision of a person
		if got := f.stuck("job", ""); slices.Contains(got, all["job"]) {
			t.Error("the job is still dead")
		}
		f.post("/v1/orders/{owed}/repair", `{"kind":"backorder"}`).want(200).fields("done.0.repairs.0.code", "fill_backorder")
	}, clock, func(o *setup) {
		o.settings.PaymentWait, o.settings.RefusedAfter = time.Millisecond, 1000*time.Hour
		o.sandbox.Clock = func() time.Time { return time.Now().Add(time.Duration(jump.Load())) }
	})
}

// Every repair that a row of the table names is known, and leads somewhere.
func TestRepairsAreKnown(t *testing.T) {
	paths := map[string]bool{}
	for i := range routes {
		paths[routes[i].method+" "+routes[i].path] = true
	}
	for _, e := range stuck.Table {
		for _, code := range e.Repair {
			r := stuck.RepairOf(code)
			if r == nil {
				t.Errorf("%s %s: there is no repair %s", e.Kind, e.State, code)
				continue
			}
			path := strings.NewReplacer("/orders/{order}", "/orders/{id}", "/payments/{parent}", "/payments/{payment}", "/holds/{id}", "/holds/{hold}", "/fulfillments/{parent}", "/fulfillments/{id}", "/returns/{parent}", "/returns/{id}").Replace(r.Path)
			if r.Path != "" && !paths[r.Method+" "+path] && code != stuck.PlaceDraft {
				t.Errorf("%s leads to %s %s, which does not exist", code, r.Method, path)
			}
		}
	}
}
