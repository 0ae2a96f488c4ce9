package api

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/store"
)

// held is a codec of rows whose first product waits.
type held struct {
	app.RowCodec
	one  atomic.Bool
	met  chan struct{} // closed when it waits
	on   chan struct{} // lets it go on
	rows atomic.Int64  // of products that were written
}

// ProductRowOf implements app.RowCodec.
func (h *held) ProductRowOf(p *catalog.Product) any {
	if h.one.CompareAndSwap(false, true) {
		close(h.met)
		<-h.on
	}
	defer h.rows.Add(1)
	return h.RowCodec.ProductRowOf(p)
}

// hold makes the first export of products wait in its first row.
func (f *fixture) hold() *held {
	h := &held{RowCodec: f.app.Rows, met: make(chan struct{}), on: make(chan struct{})}
	f.app.Rows = h
	return h
}

// pieces counts the stored pieces of an export, or of all files.
func (f *fixture) pieces(id string) (n int) {
	f.t.Helper()
	if err := f.db.Query(f.t.Context(), func(r store.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM file_chunks WHERE file LIKE $1", id+"%"); err != nil {
		f.t.Fatal(err)
	}
	return n
}

// TestExportOfTwoWriters lets a run of an export lose its lease without knowing: what it writes then is no part of the
// file, which the run that took over has finished.
func TestExportOfTwoWriters(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		h := f.hold()
		f.put("/v1/products/P1", `{"name":"Before","price":{"amount":1,"currency":"GBP"}}`).want(201)
		id := f.post("/v1/exports", `{"kind":"products"}`).want(201).str("id")
		<-h.met // it has read its page
		f.put("/v1/products/P1", `{"name":"After","price":{"amount":1,"currency":"GBP"}}`).want(200)
		f.put("/v1/products/P2", `{"name":"More","price":{"amount":1,"currency":"GBP"}}`).want(201)
		f.exec("INSERT INTO jobs (id, kind, args, state, run_at, attempts, owner, last_error, created_at) SELECT 'job_twin', kind, args, 'ready', 0, 1, '', '', 0 FROM jobs WHERE args LIKE $1", "%"+id+"%") // as another node would run it
		eventually(t, "another run has written it", func() bool { return f.get("/v1/exports/"+id).str("status") == "done" })
		rows := h.rows.Load()
		whole := string(f.send(request{do: "GET /v1/exports/" + id + "/file"}).want(200).body)
		close(h.on)
		eventually(t, "the first run has ended", func() bool { return h.rows.Load() > rows && f.jobsOf(id) == 0 && f.pieces(id) == 1 })
		if got := string(f.send(request{do: "GET /v1/exports/" + id + "/file"}).want(200).body); got != whole || !strings.Contains(whole, "After") {
			t.Errorf("the file became\n%s\nof\n%s", got, whole)
		}
		f.verified(t)
	})
}

// TestCancelExport stops an export that runs: it ends with its piece, and nothing is left of the file.
func TestCancelExport(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		done := f.post("/v1/exports", `{"kind":"stock"}`).want(201).str("id")
		eventually(t, "it is done", func() bool { return f.get("/v1/exports/"+done).str("status") == "done" })
		for i := range 3 { // more than a page
			var file strings.Builder
			for n := range 200 {
				fmt.Fprintf(&file, `{"sku":"E%d-%d","name":"E","price":{"amount":1,"currency":"GBP"}}`+"\n", i, n)
			}
			f.importIs(t, f.sendFile(t, "kind=products", file.String()), "done")
		}
		h := f.hold()
		id := f.post("/v1/exports", `{"kind":"products"}`).want(201).str("id")
		<-h.met
		if r := f.send(request{do: "GET /v1/exports/" + id + "/file"}).refused(409, "illegal_transition"); r.str("detail") != "the export is running, so it cannot be downloaded yet; what can be done now: wait until it is done, cancel" {
			t.Errorf("%s", r.body)
		}
		narrow := f.post("/v1/keys", `{"name":"n","scopes":["exports:read","exports:write"]}`).want(201).str("secret")
		f.send(request{do: "POST /v1/exports/" + id + "/cancel", key: narrow}).refused(403, "missing_scope")
		f.post("/v1/exports/exp_1/cancel", "").refused(404, "not_found")
		f.post("/v1/exports/"+id+"/cancel", "", "If-Match", `"9"`).refused(409, "version_mismatch")
		f.post("/v1/exports/"+id+"/cancel?dry_run=true", "").want(200).fields("status", "canceled")
		f.get("/v1/exports/"+id).fields("status", "running")
		first := f.post("/v1/exports/"+id+"/cancel", "", "Idempotency-Key", "stop").want(200)
		first.fields("status", "canceled", "version", "2")
		if again := f.post("/v1/exports/"+id+"/cancel", "", "Idempotency-Key", "stop").want(200); string(again.body) != string(first.body) {
			t.Errorf("%s", again.body)
		}
		close(h.on)
		eventually(t, "the run has ended", func() bool { return f.jobsOf(id) == 0 })
		if n, rows := f.pieces(id), h.rows.Load(); n != 0 || rows > 500 {
			t.Errorf("%d pieces are left, %d rows were written", n, rows)
		}
		f.get("/v1/exports/"+id).fields("status", "canceled", "rows", "0")
		if r := f.send(request{do: "GET /v1/exports/" + id + "/file"}).refused(409, "illegal_transition"); r.str("detail") != "the export was canceled, so it cannot be downloaded; nothing more can happen to it" {
			t.Errorf("%s", r.body)
		}
		f.post("/v1/exports/"+done+"/cancel", "").refused(409, "illegal_transition")
		f.verified(t)
	})
}

// TestExportsLeaveErasedOut: of a customer who was erased there is nothing to import; the export says how many there
// are. Orders stay, and come in again.
func TestExportsLeaveErasedOut(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.importIs(t, f.sendFile(t, "kind=customers", "email,name\nada@example.com,Ada\ngone@example.com,Gone\n"), "done")
		gone := f.get("/v1/customers?email=gone@example.com").str("data.0.id")
		o := f.post("/v1/orders", strings.ReplaceAll(strings.Replace(plainOrder, `"channel"`, `"external_id":"gone-1","channel"`, 1), "ada@example.com", "gone@example.com")).want(201).str("id")
		f.post("/v1/orders/"+o+"/cancel", `{"reason":"customer"}`).want(200)
		eventually(t, "nothing about them is open", func() bool {
			return f.post("/v1/customers/"+gone+"/erase", "").status == 200
		})
		for _, format := range []string{"csv", "jsonl"} {
			for _, kind := range []string{"customers", "orders"} {
				id := f.post("/v1/exports", `{"kind":"`+kind+`","format":"`+format+`"}`).want(201).str("id")
				eventually(t, "it is done", func() bool { return f.get("/v1/exports/"+id).str("status") == "done" })
				if kind == "customers" {
					f.get("/v1/exports/"+id).fields("erased", "1")
				}
				file := string(f.send(request{do: "GET /v1/exports/" + id + "/file"}).want(200).body)
				if kind == "customers" && (strings.Contains(file, gone) || !strings.Contains(file, "ada@example.com")) || kind == "orders" && !strings.Contains(file, o) {
					t.Errorf("%s", file)
				}
				f.importIs(t, f.sendFile(t, "kind="+kind, file), "done").fields("invalid", "0", "failed", "0")
			}
		}
		f.verified(t)
	})
}

// TestImportsExpire: a file that nobody starts is not kept for good.
func TestImportsExpire(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		stock := func(query, rest string) string {
			return f.sendFile(t, "kind=stock"+query, "sku,location,delta,reason\nA,L1,1,found\n"+rest)
		}
		ready, wrong := stock("&dry_run=true", ""), stock("", "A,L1,x,found\n")
		f.importIs(t, ready, "ready")
		f.importIs(t, wrong, "has_errors")
		swept := func(what string, done func() bool) {
			eventually(t, what, func() bool {
				f.exec("UPDATE jobs SET run_at = 0 WHERE id = 'schedule_sweep_files' AND owner = ''")
				return done()
			})
		}
		for _, id := range []string{ready, wrong} {
			swept("it is canceled", func() bool { return f.get("/v1/imports/"+id).str("status") == "canceled" })
			r := f.get("/v1/imports/" + id)
			if r.str("reason") != "nobody started it within 1s (setting file_max_age); send the file again" || r.str("ended_at") == "" {
				t.Errorf("%s", r.body)
			}
			f.post("/v1/imports/"+id+"/start", "").refused(409, "illegal_transition")
		}
		swept("their files are gone", func() bool { return f.pieces("") == 0 })
		f.verified(t)
	}, func(o *setup) { o.settings.FileMaxAge = time.Second })
}
