package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/store"
)

func init() {
	exampleOrder += " listImports createExport listExports getExport getImportTemplate"
	for _, op := range []string{"createImport", "getImport", "startImport", "cancelImport", "listImportRows", "getImportReport", "cancelExport", "getExportFile"} {
		unready[op] = true // the example of a file is a file
	}
}

// sendFile imports a file and waits until it is validated.
func (f *fixture) sendFile(t *testing.T, query, file string, header ...string) string {
	t.Helper()
	kind := "text/csv"
	if strings.HasPrefix(file, "{") {
		kind = typeJSONL
	}
	id := f.send(request{do: "POST /v1/imports?" + query, body: file, header: append([]string{"Content-Type", kind}, header...)}).want(201).str("id")
	f.importIs(t, id, "ready", "has_errors", "done", "done_with_errors")
	return id
}

// importIs waits for one of the states. One that ends otherwise tells what became of its rows.
func (f *fixture) importIs(t *testing.T, id string, statuses ...string) reply {
	t.Helper()
	var r reply
	eventually(t, "the import is "+strings.Join(statuses, " or "), func() bool {
		r = f.get("/v1/imports/" + id)
		is := r.str("status")
		if !slices.Contains(statuses, is) && slices.Contains([]string{"has_errors", "done", "done_with_errors", "canceled"}, is) && f.jobsOf(id) == 0 {
			t.Fatalf("%s\n%s", r.body, f.get("/v1/imports/"+id+"/rows").body)
		}
		return slices.Contains(statuses, is)
	})
	return r
}

// jobsOf counts the jobs of an import.
func (f *fixture) jobsOf(id string) (n int) {
	f.t.Helper()
	if err := f.db.Query(f.t.Context(), func(r store.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM jobs WHERE args LIKE $1", "%"+id+"%"); err != nil {
		f.t.Fatal(err)
	}
	return n
}

const ordersCSV = `external_id,channel,email,customer_name,ship_name,ship_line1,ship_city,ship_postal_code,ship_country,sku,quantity,unit_price,currency,payment_provider,tags
9001,web,ada@example.com,Ada,Ada,12 St James's Square,London,SW1Y 4JH,GB,A,2,,,manual,import;march
9001,web,ada@example.com,Ada,Ada,12 St James's Square,London,SW1Y 4JH,GB,A,1,3.50,GBP,manual,import
9002,web,bob@example.com,'=Bob,"Bob
and Sue",1 High Street,Leeds,LS1 1AA,GB,NOPE,1,,,manual,
9003,web,cy@example.com,Cy,Cy,1 High Street,Leeds,LS1 1AA,GB,A,many,,,manual,
9004,web,di@example.com,Di,Di,1 High Street,Leeds,LS1 1AA,GB,A,1,,,manual,
`

// TestImportOrders sends a file with good and bad rows: what is wrong is told by line and column before anything
// happens; what is good runs once, and a file that is sent again makes nothing twice.
func TestImportOrders(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		before := f.orders()
		id := f.sendFile(t, "kind=orders", ordersCSV, "Idempotency-Key", "file")
		f.get("/v1/imports/"+id).fields("status", "has_errors", "rows", "4", "invalid", "2", "done", "0", "dry_run", "false")
		if f.orders() != before {
			t.Error("validation made orders")
		}
		f.send(request{do: "POST /v1/imports?kind=orders", body: ordersCSV, header: []string{"Content-Type", "text/csv", "Idempotency-Key", "file"}}).want(201).fields("id", id)
		f.send(request{do: "POST /v1/imports?kind=orders", body: ordersCSV + "x", header: []string{"Content-Type", "text/csv", "Idempotency-Key", "file"}}).refused(422, "idempotency_conflict")
		f.get("/v1/imports/"+id+"/rows?status=invalid").fields("data.0.line", "4", "data.0.column", "sku", "data.0.code", "unknown_sku", "data.1.line", "6", "data.1.column", "quantity")
		f.get("/v1/imports/"+id+"/rows?limit=1").fields("data.0.line", "4", "next_cursor", "4")
		f.get("/v1/imports/"+id+"/rows?cursor=4").fields("data.0.line", "6")
		report := f.send(request{do: "GET /v1/imports/" + id + "/report"}).want(200)
		if !strings.HasPrefix(string(report.body), "line,status,column,code,message,ref\n4,invalid,sku,unknown_sku,") {
			t.Errorf("%s", report.body)
		}
		f.post("/v1/imports/"+id+"/start?dry_run=true", "").want(200)
		f.send(request{do: "POST /v1/imports/" + id + "/start", header: []string{"If-Match", `"1"`}}).refused(409, "version_mismatch")
		f.post("/v1/imports/"+id+"/start", "").want(200).fields("status", "running")
		f.importIs(t, id, "done_with_errors").fields("done", "2", "invalid", "2", "failed", "0")
		if n := f.orders(); n != before+2 {
			t.Errorf("%d orders", n-before)
		}
		differs := f.sendFile(t, "kind=orders", strings.NewReplacer("London", "Hull", "GB,A,2,", "GB,A,4,").Replace(strings.Join(strings.Split(ordersCSV, "\n")[:3], "\n")))
		f.importIs(t, differs, "done_with_errors").fields("failed", "1")
		f.get("/v1/imports/"+differs+"/rows").fields("data.0.code", "external_order_conflict", "data.0.column", "/shipping_address", "data.0.message", `the channel sent external order "9001" before with other content; see differences: /shipping_address, /lines/0`)
		f.vars["o"] = f.get("/v1/imports/" + id + "/rows?status=done").str("data.0.ref")
		f.get("/v1/orders/{o}").fields("external_id", "9001", "lines.0.quantity", "2", "lines.1.unit_price.amount", "350", "tags.0", "import", "tags.1", "march")
		f.post("/v1/imports/"+id+"/start", "").refused(409, "illegal_transition")
		f.post("/v1/imports/"+id+"/cancel", "").refused(409, "illegal_transition")
		again := f.sendFile(t, "kind=orders", strings.Join(strings.Split(ordersCSV, "\n")[:3], "\n"))
		f.importIs(t, again, "done").fields("done", "1")
		if n := f.orders(); n != before+2 {
			t.Errorf("a file that is sent twice made %d orders", n-before)
		}
		f.get("/v1/imports?status=done&limit=1").fields("data.0.id", again)
		f.verified(t)
	})
}

// TestImportJSONL brings products and stock; a row of JSON is what the API takes.
func TestImportJSONL(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		id := f.sendFile(t, "kind=products", `{"sku":"P1","name":"One","price":{"amount":150,"currency":"GBP"}}
{"sku":"P2","name":"Two","price":{"amount":250,"currency":"GBP"},"weight_grams":70}

{"sku":"P3","name":"","price":{"amount":1,"currency":"XXL"}}
{
{"sku":"P4","nmae":"Four"}
`)
		f.importIs(t, id, "has_errors").fields("rows", "5", "invalid", "3")
		f.get("/v1/imports/"+id+"/rows").fields("data.0.line", "4", "data.1.line", "5", "data.1.code", "malformed_json", "data.1.column", "", "data.1.message", "the JSON ends too early (byte 1)", "data.2.line", "6", "data.2.code", "unknown_field")
		f.post("/v1/imports/"+id+"/start", "").want(200)
		f.importIs(t, id, "done_with_errors")
		f.get("/v1/products/P2").fields("name", "Two", "weight_grams", "70")

		id = f.sendFile(t, "kind=stock&dry_run=true", "sku,location,delta,on_hand,compare_quantity,reason\nP1,L1,5,,,received\nP1,L1,-2,,,damaged\nP2,L1,,7,0,correction\nP2,L1,,9,3,correction\nP1,L1,-100,,,lost\n")
		f.importIs(t, id, "ready").fields("dry_run", "true", "rows", "5") // what the rows before it make of the stock is known when it is a row's turn
		if on, _, _, _ := f.positions("P1"); on != 0 {
			t.Errorf("a dry run moved %d", on)
		}
		f.post("/v1/imports/"+id+"/start", "").want(200)
		f.importIs(t, id, "done_with_errors").fields("done", "3", "failed", "2")
		f.get("/v1/imports/"+id+"/rows?status=failed").fields("data.0.line", "5", "data.0.column", "compare_quantity", "data.0.code", "stock_changed", "data.1.line", "6", "data.1.column", "delta")
		if on, _, _, _ := f.positions("P1"); on != 3 {
			t.Errorf("%d on hand; rows of one SKU run in their order", on)
		}
		if on, _, _, _ := f.positions("P2"); on != 7 {
			t.Errorf("%d on hand", on)
		}
		f.verified(t)
	})
}

// TestImportCustomers: rows that follow one another are the addresses of one customer; who is known by mail address is
// replaced, not doubled, and what was exported comes in again.
func TestImportCustomers(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		file := "email,phone,name,tags,address_label,address_default,address_line1,address_city,address_postal_code,address_country\n" +
			"Ada@example.com,,Ada Lovelace,vip;old friend,home,true,12 St James's Square,London,SW1Y 4JH,GB\n" +
			"Ada@example.com,,,,work,,1 High Street,Leeds,LS1 1AA,GB\n" +
			",'+44 20 7946 0018,Bob,,,,,,,\n" +
			"nobody,,Cy,,,,,,,\n"
		id := f.sendFile(t, "kind=customers", file)
		f.importIs(t, id, "has_errors").fields("rows", "3", "invalid", "1")
		f.get("/v1/imports/"+id+"/rows").fields("data.0.line", "5", "data.0.column", "email", "data.0.code", "invalid_email")
		f.post("/v1/imports/"+id+"/start", "").want(200)
		f.importIs(t, id, "done_with_errors").fields("done", "2")
		r := f.get("/v1/customers?email=ada@example.com")
		r.fields("data.0.name", "Ada Lovelace", "data.0.tags.1", "vip", "data.0.addresses.0.default", "true", "data.0.addresses.1.label", "work", "data.0.addresses.1.address.city", "Leeds")
		again := f.sendFile(t, "kind=customers", strings.Replace(strings.Join(strings.Split(file, "\n")[:2], "\n"), "Ada@", "ada@", 1))
		f.importIs(t, again, "done")
		f.get("/v1/customers?email=ada@example.com").fields("data.0.id", r.str("data.0.id"), "data.0.version", "2")
		for _, format := range []string{"csv", "jsonl"} {
			out := string(f.exported(t, `{"kind":"customers","format":"`+format+`"}`))
			count := len(f.get("/v1/customers?limit=1000").list("data"))
			f.importIs(t, f.sendFile(t, "kind=customers", out), "done").fields("done", fmt.Sprint(count))
			if n := len(f.get("/v1/customers?limit=1000").list("data")); n != count {
				t.Errorf("%d customers, there were %d", n, count)
			}
			if strings.Contains(out, ",+44") {
				t.Errorf("a cell is a formula: %s", out)
			}
		}
		f.verified(t)
	})
}

// TestImportResumes lets a job run again from its start, as a node that died would leave it: no row happens twice.
func TestImportResumes(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		var file strings.Builder
		file.WriteString("sku,location,delta,reason\n")
		for i := range 120 {
			fmt.Fprintf(&file, "%s,L1,1,found\n", []string{"A", "P1", "P2", "P3"}[i%4])
		}
		for _, sku := range []string{"P1", "P2", "P3"} {
			f.put("/v1/products/"+sku, `{"name":"P","price":{"amount":1,"currency":"GBP"}}`).want(201)
		}
		before, _, _, _ := f.positions("A")
		id := f.sendFile(t, "kind=stock", file.String())
		f.importIs(t, id, "done").fields("done", "120")
		// The node died before the import said so: the job begins anew.
		var doc string
		if err := f.db.Query(t.Context(), func(r store.Row) error { return r.Scan(&doc) }, "SELECT doc FROM imports WHERE id = $1", id); err != nil {
			t.Fatal(err)
		}
		f.exec("UPDATE imports SET status = 'running', doc = $1 WHERE id = $2", strings.Replace(doc, `"status":"done"`, `"status":"running"`, 1), id)
		f.exec("INSERT INTO jobs (id, kind, args, state, run_at, attempts, owner, last_error, created_at) VALUES ('job_again', 'import', $1, 'ready', 0, 1, '', '', 0)",
			`{"import":"`+id+`","phase":"running","place":{"rows":0,"line":0,"at":0}}`)
		f.importIs(t, id, "done").fields("done", "120", "failed", "0")
		if on, _, _, _ := f.positions("A"); on != before+30 {
			t.Errorf("%d on hand, want %d", on, before+30)
		}
	})
}

// What is wrong with a file as a whole, and who may not send it.
func TestBadImports(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		send := func(query, key, file string) reply {
			return f.send(request{do: "POST /v1/imports?" + query, key: key, body: file, header: []string{"Content-Type", "text/csv"}})
		}
		send("", "", "x").refused(400, "invalid_parameter")
		send("kind=people", "", "x").refused(400, "invalid_parameter")
		send("kind=orders", "", "").refused(422, invalid)
		send("kind=products", "", strings.Repeat("x", 2<<20)).refused(413, "file_too_large")
		f.send(request{do: "POST /v1/imports?kind=orders", body: "x", header: []string{"Content-Type", "text/csv", "Idempotency-Key", "-"}}).refused(400, "idempotency_key_required")
		f.send(request{do: "POST /v1/imports?kind=orders", body: "x"}).refused(415, "unsupported_media_type")
		f.send(request{do: "POST /v1/imports?kind=orders", body: "x", header: []string{"Content-Type", "text/csv", "Content-Encoding", "gzip"}}).refused(415, "unsupported_media_type")
		key := f.post("/v1/keys", `{"name":"x","scopes":["imports:write","imports:read","exports:write","exports:read","orders:read"],"channels":["phone"]}`).want(201).str("secret")
		send("kind=orders", key, ordersCSV).refused(403, "missing_scope")
		for header, want := range map[string]string{
			"external_id,colour\n": `there is no column "colour";`, "external_id\n": "the column channel is missing; ", "sku,sku\n": `the column "sku" is there twice`, "\"sku\n": "the first line cannot be read",
			"external_id,channel,sku,quantty,payment_provider\n": `there is no column "quantty", did you mean quantity?; the column quantity is missing; the first line names the columns: external_id, channel, sku, quantity, payment_provider are required, known are external_id, channel, email,`,
		} {
			r := send("kind=orders", "", header+"1,2\n").refused(422, invalid)
			r.fields("errors.0.pointer", "/file", "errors.0.code", "invalid_header")
			if text := r.str("errors.0.detail"); !strings.Contains(text, want) {
				t.Errorf("%s\nwant %s", text, want)
			}
		}
		if n := len(f.get("/v1/imports").list("data")); n != 0 {
			t.Errorf("%d imports of files that cannot be read", n)
		}
		id := f.sendFile(t, "kind=orders", ordersCSV)
		f.send(request{do: "GET /v1/imports/" + id, key: key}).refused(404, "not_found")
		f.post("/v1/imports/"+id+"/cancel", "").want(200).fields("status", "canceled")
		if r := f.post("/v1/imports/"+id+"/start", "").refused(409, "illegal_transition"); r.str("detail") != "the import was canceled, so it cannot be started; nothing more can happen to it" {
			t.Errorf("%s", r.body)
		}
		f.send(request{do: "GET /v1/imports/imp_1"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/import_templates/people"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/imports/" + id + "/rows?cursor=x"}).refused(400, "invalid_cursor")
		f.post("/v1/exports", `{"kind":"orders","filter":{"sku":"A"}}`).refused(422, invalid).fields("errors.0.pointer", "/filter/sku", "errors.0.code", "not_allowed")
		r := f.post("/v1/exports", `{"kind":"orders","filter":{"status":"shipped"}}`).refused(422, invalid)
		r.fields("errors.0.pointer", "/filter/status", "errors.0.code", "unknown_value", "errors.0.detail", "give one of draft, pending, open, completed, canceled, rejected", "errors.1", "")
		f.send(request{do: "POST /v1/exports", key: key, body: `{"kind":"stock"}`}).refused(403, "missing_scope")
		f.send(request{do: "GET /v1/exports/exp_1"}).refused(404, "not_found")

		// A key that sees one channel sends a file for another one; then it is revoked before its own is started.
		made := f.post("/v1/keys", `{"name":"y","scopes":["imports:write","imports:read","orders:write","orders:price"],"channels":["phone"]}`).want(201)
		id = send("kind=orders", made.str("secret"), ordersCSV).want(201).str("id")
		f.importIs(t, id, "has_errors").fields("invalid", "4")
		f.get("/v1/imports/"+id+"/rows").fields("data.0.code", "channel_forbidden", "data.2.column", "quantity")
		made = f.post("/v1/keys", `{"name":"z","scopes":["imports:write","catalog:write"]}`).want(201)
		id = f.send(request{do: "POST /v1/imports?kind=products&dry_run=true", key: made.str("secret"), body: "sku,name,price,currency\nZ1,Z,1.00,GBP\n", header: []string{"Content-Type", "text/csv"}}).want(201).str("id")
		f.importIs(t, id, "ready")
		f.send(request{do: "DELETE /v1/keys/" + made.str("id")}).want(200)
		f.post("/v1/imports/"+id+"/start", "").want(200)
		f.importIs(t, id, "done_with_errors").fields("failed", "1")
		f.get("/v1/imports/"+id+"/rows").fields("data.0.code", "missing_scope")
		f.verified(t)
	}, func(o *setup) { o.settings.ImportSize = 1 << 20 })
}

// faultyRows has defects that two rows meet: one before its command is run, one, when armed, inside of it.
type faultyRows struct {
	app.RowCodec
	armed atomic.Bool
}

func (c *faultyRows) ProductRow(body []byte) (*catalog.Product, error) {
	p, err := c.RowCodec.ProductRow(body)
	switch {
	case err != nil:
	case p.ID == "BOOM":
		panic("secret defect")
	case p.ID == "DEEP" && c.armed.Load():
		p.Name = "\xff" // cannot be stored as JSON
	}
	return p, err
}

// TestImportPanics: a defect that a row meets is what became of this row. The import goes on to its end, and the log says
// what happened.
func TestImportPanics(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		rows := &faultyRows{RowCodec: f.server}
		f.app.Rows = rows
		id := f.sendFile(t, "kind=products", "sku,name,price,currency\nQ1,One,1.00,GBP\nBOOM,Boom,1.00,GBP\nDEEP,Deep,1.00,GBP\nQ2,Two,1.00,GBP\n")
		f.importIs(t, id, "has_errors").fields("rows", "4", "invalid", "1")
		rows.armed.Store(true)
		f.post("/v1/imports/"+id+"/start", "").want(200)
		f.importIs(t, id, "done_with_errors").fields("done", "2", "failed", "1", "invalid", "1")
		r := f.get("/v1/imports/"+id+"/rows").fields("data.0.status", "done", "data.1.line", "3", "data.1.status", "invalid", "data.1.code", "internal", "data.2.line", "4", "data.2.status", "failed", "data.2.code", "internal", "data.3.status", "done")
		if log := f.log.String(); strings.Contains(string(r.body), "secret") || !strings.Contains(log, "secret defect") || !strings.Contains(log, id+":000000000004") {
			t.Errorf("%s\n%s", r.body, log)
		}
		f.verified(t)
	})
}

// exported makes an export and returns the file.
func (f *fixture) exported(t *testing.T, body string) []byte {
	t.Helper()
	id := f.post("/v1/exports", body).want(201).str("id")
	eventually(t, "the file is there", func() bool { return f.get("/v1/exports/"+id).str("status") == "done" })
	out := f.send(request{do: "GET /v1/exports/" + id + "/file"}).want(200)
	if f.get("/v1/exports/"+id).num("size") != int64(len(out.body)) {
		t.Errorf("%d bytes", len(out.body))
	}
	return out.body
}

// TestExports makes files; what was exported is imported again, and changes nothing.
func TestExports(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.post("/v1/orders", strings.Replace(strings.Replace(plainOrder, "Ada", "=1+1", 1), `"channel"`, `"external_id":"x-1","channel"`, 1)).want(201)
		f.post("/v1/orders", strings.Replace(plainOrder, `"channel"`, `"external_id":"x-2","discounts":[{"code":"AUTUMN","amount":{"amount":100,"currency":"GBP"}}],"shipping":{"method":"drone","amount":{"amount":250,"currency":"GBP"}},"channel"`, 1)).want(201)
		orders := string(f.exported(t, `{"kind":"orders"}`))
		if !strings.HasPrefix(orders, "external_id,channel,email,") || !strings.Contains(orders, ",'=1+1,") || strings.Count(orders, "\n") < 3 {
			t.Errorf("%s", orders)
		}
		lines := string(f.exported(t, `{"kind":"orders","format":"jsonl"}`))
		if n := strings.Count(lines, `"number":`); int64(n) != int64(f.orders()) {
			t.Errorf("%d orders", n)
		}
		before := f.orders()
		for _, file := range []string{orders, lines} {
			id := f.sendFile(t, "kind=orders", file)
			f.importIs(t, id, "done").fields("done", fmt.Sprint(before), "failed", "0")
		}
		if f.orders() != before {
			t.Errorf("%d orders, there were %d", f.orders(), before)
		}
		if none := string(f.exported(t, `{"kind":"orders","filter":{"status":"rejected"}}`)); strings.Count(none, "\n") != 1 {
			t.Errorf("%s", none)
		}
		// A declined order freed its external id; its row places nothing.
		declined := f.post("/v1/orders", with(orderBody("A", 1, "sandbox", "tok_declined"), `"external_id":"x-3"`)).want(402).str("order")
		f.get("/v1/orders/"+declined).fields("status", "rejected")
		if all := string(f.exported(t, `{"kind":"orders"}`)); strings.Contains(all, "x-3") {
			t.Errorf("%s", all)
		}
		again := f.sendFile(t, "kind=orders", string(f.exported(t, `{"kind":"orders","filter":{"status":"rejected"}}`)))
		f.importIs(t, again, "done").fields("done", "1")
		if f.orders() != before+1 {
			t.Errorf("%d orders, there were %d and a rejected one", f.orders(), before)
		}

		// Another key needs the right to what is in a file, to read what became of it and to start it.
		narrow := f.post("/v1/keys", `{"name":"n","scopes":["imports:read","imports:write"]}`).want(201).str("secret")
		waits := f.sendFile(t, "kind=stock&dry_run=true", "sku,location,delta,reason\nA,L1,5,found\n")
		twice := request{do: "POST /v1/imports?kind=stock&dry_run=true", body: "sku,location,delta,reason\nA,L1,6,found\n", header: []string{"Content-Type", "text/csv", "Idempotency-Key", "checked"}}
		first := f.send(twice).want(201).str("id")
		f.send(twice).want(201).fields("id", first) // a file sent again must not be one more to start
		twice.body = "sku,location,delta,reason\nA,L1,7,found\n"
		f.send(twice).refused(422, "idempotency_conflict")
		for _, do := range []string{"GET /v1/imports/" + waits, "GET /v1/imports/" + waits + "/rows", "POST /v1/imports/" + waits + "/start", "POST /v1/imports/" + waits + "/cancel"} {
			f.send(request{do: do, key: narrow}).refused(403, "missing_scope")
		}
		phone := f.post("/v1/keys", `{"name":"x","scopes":["exports:write","exports:read","orders:read"],"channels":["phone"]}`).want(201).str("secret")
		r := f.send(request{do: "POST /v1/exports", key: phone, body: `{"kind":"orders"}`}).want(201)
		eventually(t, "it is there", func() bool {
			return f.send(request{do: "GET /v1/exports/" + r.str("id"), key: phone}).str("status") == "done"
		})
		if out := f.send(request{do: "GET /v1/exports/" + r.str("id") + "/file", key: phone}).want(200); strings.Contains(string(out.body), ",web,") {
			t.Errorf("%s", out.body)
		}
		for _, kind := range []string{"products", "stock"} {
			for _, format := range []string{"csv", "jsonl"} {
				file := string(f.exported(t, fmt.Sprintf(`{"kind":%q,"format":%q}`, kind, format)))
				f.importIs(t, f.sendFile(t, "kind="+kind, file), "done")
				if again := string(f.exported(t, fmt.Sprintf(`{"kind":%q,"format":%q}`, kind, format))); again != file {
					t.Errorf("it became\n%s\nof\n%s", again, file)
				}
			}
		}
		if r := f.send(request{do: "GET /v1/import_templates/orders"}).want(200); !strings.HasPrefix(string(r.body), "external_id,") || r.header.Get("Content-Type") != typeCSV {
			t.Errorf("%s", r.body)
		}
		if r := f.send(request{do: http.MethodGet + " /v1/exports?limit=1"}).want(200); len(r.list("data")) != 1 {
			t.Errorf("%s", r.body)
		}
		f.verified(t)
	})
}
