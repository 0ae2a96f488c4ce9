package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/mail"
	"ordo/internal/provider/mail/sink"
	"ordo/internal/store"
	"ordo/internal/work"
)

// zeldas are the words by which what is left of Zelda would be found, in small letters.
var zeldas = []string{"zelda", "zebedee", "zebra@", "zinnia", "2079460977"}

// zeldasOrder is an order in her name, under a mail address of hers.
func zeldasOrder(sku, email string) string {
	return strings.NewReplacer(`"ada@example.com"`, `"`+email+`","phone":"+442079460977"`, `"Ada"`, `"Zelda Zebedee"`, "1 Road", "1 Zinnia Road").Replace(orderBody(sku, 1, "manual", ""))
}

// zelda orders under two mail addresses, moves, gets a parcel, changes her mind, asks, is answered, and is imported;
// {cus} is hers, and nothing is open at the end.
func (f *fixture) zelda(t *testing.T) {
	t.Helper()
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	t.Cleanup(echo.Close)
	f.vars["hook"] = f.post("/v1/webhook_endpoints", `{"url":"`+echo.URL+`","events":["*"],"payload":"fat","personal":true}`).want(201).str("id")
	address := `{"name":"Zelda Zebedee","line1":"1 Zinnia Road","city":"York","postal_code":"YO1 1AA","country":"GB"}`
	f.vars["cus"] = f.post("/v1/customers", `{"email":"zebra@example.com","name":"Zelda Zebedee","phone":"+442079460977","addresses":[{"address":`+address+`}]}`).want(201).str("id")
	f.post("/v1/customers/{cus}/notes", `{"text":"Zelda rang"}`).want(200)
	old := f.post("/v1/orders", zeldasOrder("A", "zebra@example.com")).want(201).str("id")
	f.post("/v1/orders/"+old+"/details", `{"shipping_address":`+strings.Replace(address, "1 Z", "2 Z", 1)+`,"customer":{"email":"zebra@example.com","name":"Zelda Z. Zebedee"}}`).want(200)
	change := f.post("/v1/orders/"+old+"/changes", actions(`{"type":"item_quantity","line":"1","quantity":2}`)).want(201).str("id")
	f.post("/v1/changes/"+change+"/cancel", "").want(200)
	f.post("/v1/orders/"+old+"/cancel", `{"reason":"customer"}`).want(200)
	f.notified(old)
	f.post("/v1/store-credits", `{"email":"Zebra@example.com","amount":{"amount":300,"currency":"GBP"},"reason":"goodwill"}`).want(201)
	f.spent("zebra@example.com")
	f.put("/v1/customers/{cus}", `{"email":"zelda@example.com","name":"Zelda Zebedee","phone":"+442079460977"}`).want(200)

	o := f.post("/v1/orders", zeldasOrder("PCL", "Zelda@example.com")).want(201)
	f.vars["o"] = o.str("id")
	f.post("/v1/orders/{o}/notes", `{"text":"Zelda rang"}`).want(200)
	ful := o.str("fulfillments.0.id")
	f.step(ful, "release", "").want(200)
	f.label(ful, `{"carrier":"dock"}`).want(201)
	f.step(ful, "ship", `{}`).want(200)
	f.step(ful, "deliver", "").want(200)
	f.post("/v1/orders/{o}/invoices", `{"units":"shipped"}`).want(201)
	back := f.post("/v1/orders/{o}/returns", `{"lines":[{"line":"1","quantity":1,"reason":"unwanted"}],"refund_to":"store_credit","note":"Zelda dislikes it"}`).want(201).str("id")
	way := f.post("/v1/returns/"+back+"/label", `{"carrier":"dock"}`).want(201)
	f.get(way.str("file")).want(200)
	f.post("/v1/returns/"+back+"/ship", `{}`).want(200)
	f.post("/v1/returns/"+back+"/receive", `{"lines":[{"line":"1","quantity":1}]}`).want(200)
	f.post("/v1/returns/"+back+"/inspect", `{"units":[{"line":"1","quantity":1,"condition":"new"}]}`).want(200).fields("status", "closed")
	f.vars["order"] = f.vars["o"]
	f.settled()
	f.spent("zelda@example.com")
	f.notified(f.vars["o"])

	f.vars["case"] = f.post("/v1/webhooks/mail", `{"from":"Zelda Zebedee <zelda@example.com>","subject":"Zelda's mug","text":"Where is Zelda's mug?","message_id":"<zelda@x>"}`).want(200).str("case")
	f.post("/v1/cases/{case}/change", `{"orders":["{o}"]}`).want(200)
	f.post("/v1/cases/{case}/replies", `{"text":"It is on its way, Zelda"}`).want(200)
	f.post("/v1/cases/{case}/macros", `{"order":"{o}","steps":[{"do":"resend_mail"},{"do":"note","text":"Told {customer}"}]}`).want(200)
	f.post("/v1/cases/{case}/status", `{"status":"resolved"}`).want(200)
	f.notified(f.vars["o"])

	draft := f.post("/v1/drafts", strings.Replace(wholeDraft("1"), "ada@example.com", "zelda@example.com", 1)).want(201).str("id")
	f.post("/v1/orders/"+draft+"/cancel", `{"reason":"customer"}`).want(200)
	rows := "external_id,channel,email,customer_name,ship_name,ship_line1,ship_city,ship_postal_code,ship_country,sku,quantity,unit_price,currency,payment_provider,tags\n" +
		"9101,web,zelda@example.com,Zelda,Zelda,1 Zinnia Road,London,SW1Y 4JH,GB,NOPE,2,,,manual,\n"
	id := f.sendFile(t, "kind=orders", rows)
	f.importIs(t, id, "has_errors")
	f.post("/v1/imports/"+id+"/cancel", "").want(200)
	f.notified(f.vars["o"])
	eventually(t, "the other system is told", func() bool { return f.toldAll("{hook}") && f.get("/v1/webhook_endpoints/{hook}").num("lag") == 0 })
}

// spent lets store credit come to nothing.
func (f *fixture) spent(email string) {
	f.t.Helper()
	var r reply
	eventually(f.t, "the store credit of "+email, func() bool {
		r = f.get("/v1/customer-overview?email=" + email)
		return len(r.list("store_credit")) == 1 && r.num("store_credit.0.balance.amount") > 0
	})
	f.post("/v1/store-credits/"+r.str("store_credit.0.id")+"/entries", `{"kind":"expired","amount":{"amount":`+r.str("store_credit.0.balance.amount")+`,"currency":"GBP"},"reason":"expired"}`).want(201)
}

// rows counts the rows of a table.
func (f *fixture) rows(table string) (n int) {
	f.t.Helper()
	if err := f.db.Query(f.t.Context(), func(r store.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM "+table); err != nil {
		f.t.Fatal(err)
	}
	return n
}

// left lists where words stand in the database: in any column of any table, also in stored answers, which are packed.
func (f *fixture) left(words []string) (found []string) {
	f.t.Helper()
	for table, columns := range f.columns() {
		for _, column := range columns {
			rows := 0
			if err := f.db.Query(f.t.Context(), func(r store.Row) error {
				var raw []byte
				if err := r.Scan(&raw); err != nil {
					return err
				}
				text := string(raw)
				if column == "body" && table == "idempotency" {
					if b, err := work.Decompress(raw); err == nil {
						text = string(b)
					}
				}
				text = strings.ToLower(text)
				for _, w := range words {
					if strings.Contains(text, w) {
						if rows++; rows <= 3 {
							i := strings.Index(text, w)
							found = append(found, fmt.Sprintf("%s.%s: …%s…", table, column, text[max(0, i-80):min(len(text), i+60)]))
						}
						break
					}
				}
				return nil
			}, "SELECT "+f.bytesOf(column)+" FROM "+table+" WHERE "+column+" IS NOT NULL"); err != nil {
				f.t.Fatalf("%s.%s: %v", table, column, err)
			}
		}
	}
	return found
}

// bytesOf reads a column as the bytes it is stored as.
func (f *fixture) bytesOf(column string) string {
	if f.db.Dialect().Name == "sqlite" {
		return "CAST(" + column + " AS BLOB)"
	}
	return "CASE WHEN pg_typeof(" + column + ") = 'bytea'::regtype THEN " + column + "::text::bytea ELSE convert_to(" + column + "::text, 'UTF8') END"
}

// columns lists all columns that may hold text, by table, as the database has them.
func (f *fixture) columns() map[string][]string {
	f.t.Helper()
	text := "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND c.type IN ('TEXT', 'BLOB')"
	if f.db.Dialect().Name != "sqlite" {
		text = "SELECT table_schema || '.' || table_name, column_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) " +
			"WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') AND data_type NOT IN ('bigint', 'integer')"
	}
	out := map[string][]string{}
	if err := f.db.Query(f.t.Context(), func(r store.Row) error {
		var table, column string
		err := r.Scan(&table, &column)
		table = strings.TrimPrefix(table, "public.")
		out[table] = append(out[table], column)
		return err
	}, text); err != nil {
		f.t.Fatal(err)
	}
	if len(out) < 30 {
		f.t.Fatalf("only %d tables", len(out))
	}
	return out
}

// kept are the columns that say who somebody was after an erasure, and why.
var kept = map[string]string{
	"invoices.doc":     "the law asks for invoices as they were issued",
	"file_chunks.data": "a file of an import names many; it goes with file_max_age after the import has ended (sweep_files)",
}

// TestErasureLeavesNothing: whatever was written under any mail address of hers, no column of any table says it.
func TestErasureLeavesNothing(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, _ *sink.Server) {
		f.mailing()
		f.zelda(t)
		papers := f.rows("label_files")
		before := strings.Join(f.left(zeldas), "\n")
		for _, where := range []string{"orders.doc", "store_credits.doc", "store_credits.owner", "webhook_deliveries.response", "mails.doc", "idempotency.body", "journal.personal"} {
			if !strings.Contains(before, where) {
				t.Errorf("the test does not see %s in\n%s", where, before)
			}
		}
		f.post("/v1/customers/{cus}/erase", "").want(200).fields("orders", "3", "store_credit", "2")
		if n := f.rows("label_files"); n != papers-2 {
			t.Errorf("%d papers, of %d", n, papers)
		}
		for _, l := range f.left(zeldas) {
			where, _, _ := strings.Cut(l, ":")
			if kept[where] == "" {
				t.Error(l)
			}
		}
		f.proven()
	})
}

// TestErasureOfAnswersOnTheirWay: what an endpoint says of somebody who was erased while it was told is not kept.
func TestErasureOfAnswersOnTheirWay(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		told, erased := make(chan struct{}, 100), make(chan struct{})
		var once sync.Once
		echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			told <- struct{}{}
			<-erased
			_, _ = w.Write(body)
		}))
		t.Cleanup(echo.Close)
		t.Cleanup(func() { once.Do(func() { close(erased) }) })
		cus := f.post("/v1/customers", `{"email":"zebra@example.com"}`).want(201).str("id")
		f.vars["hook"] = f.post("/v1/webhook_endpoints", `{"url":"`+echo.URL+`","events":["order.*"],"payload":"fat","personal":true}`).want(201).str("id")
		id := f.post("/v1/orders", zeldasOrder("A", "zebra@example.com")).want(201).str("id")
		f.post("/v1/orders/"+id+"/cancel", `{"reason":"customer"}`).want(200)
		<-told
		f.post("/v1/customers/"+cus+"/erase", "").want(200).fields("orders", "1")
		once.Do(func() { close(erased) })
		eventually(t, "the other system is told", func() bool { return f.toldAll("{hook}") && f.get("/v1/webhook_endpoints/{hook}").num("lag") == 0 })
		if left := f.left(zeldas); len(left) > 0 {
			t.Errorf("%q", left)
		}
		f.proven()
	})
}

// TestErasureAndAnswersAtOnce: an answer that is being stored while somebody is erased is seen by the erasure.
func TestErasureAndAnswersAtOnce(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		cus := f.post("/v1/customers", `{"email":"zebra@example.com"}`).want(201).str("id")
		hook := f.post("/v1/webhook_endpoints", `{"url":"http://127.0.0.1:9/","events":["case.*"]}`).want(201).str("id")
		id := f.post("/v1/orders", zeldasOrder("A", "zebra@example.com")).want(201).str("id")
		f.post("/v1/orders/"+id+"/cancel", `{"reason":"customer"}`).want(200)
		count := func(query string) (n int) {
			if err := f.db.Query(t.Context(), func(r store.Row) error { return r.Scan(&n) }, query); err != nil {
				t.Fatal(err)
			}
			return n
		}
		eventually(t, "the endpoint has its place", func() bool { return count("SELECT COUNT(*) FROM journal_readers WHERE name LIKE 'webhook:%'") == 1 })
		erased := make(chan reply, 1)
		err := store.Write(t.Context(), f.db, func(tx store.Tx) error {
			err := tx.Do(t.Context(),
				&store.Stmt{SQL: "UPDATE journal_readers SET seq = seq WHERE name LIKE 'webhook:%'", Want: 1},
				&store.Stmt{SQL: "INSERT INTO webhook_deliveries (id, endpoint, seq, type, aggregate, replay, status, attempts, next_at, created_at, tried_at, code, millis, error, response) " +
					"VALUES ('dlv_1', $1, 1, 'order.placed', $2, '', 'delivered', 1, 0, 0, 0, 200, 0, '', 'for Zelda')", Args: []any{hook, id}, Want: 1})
			go func() { erased <- f.post("/v1/customers/"+cus+"/erase", "") }()
			select { // it waits for this transaction, or it is through without having seen what it writes
			case r := <-erased:
				erased <- r
			case <-time.After(time.Second):
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		(<-erased).want(200)
		if n := count("SELECT COUNT(*) FROM webhook_deliveries WHERE response <> ''"); n != 0 {
			t.Error("what was answered about Zelda is kept")
		}
	})
}

// TestErasureOfWhatComesBetween: what is ordered after it was looked for is not passed over, and nothing is erased
// without it; an address that went to somebody else leads to no order of theirs.
func TestErasureOfWhatComesBetween(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		ended := func(email string) string {
			id := f.post("/v1/orders", zeldasOrder("A", email)).want(201).str("id")
			f.post("/v1/orders/"+id+"/cancel", `{"reason":"customer"}`).want(200)
			return id
		}
		cus := f.post("/v1/customers", `{"email":"zebra@example.com"}`).want(201).str("id")
		hers := ended("zebra@example.com")
		f.put("/v1/customers/"+cus, `{"email":"zelda@example.com"}`).want(200)
		f.post("/v1/customers", `{"email":"zebra@example.com"}`).want(201)
		theirs := ended("zebra@example.com")

		c := app.EraseCustomer{Customer: cus}
		if err := c.Find(t.Context(), f.app); err != nil {
			t.Fatal(err)
		}
		between := ended("zelda@example.com")
		if _, err := work.Do(t.Context(), f.app.Committer, &c, work.Meta{Actor: app.System}); !errors.Is(err, work.ErrMoved) {
			t.Fatalf("erased beside an order: %v", err)
		}
		f.get("/v1/customers/"+cus).fields("email", "zelda@example.com")
		f.post("/v1/customers/"+cus+"/erase", "").want(200).fields("orders", "2")
		for id, want := range map[string]string{hers: "", between: "", theirs: "zebra@example.com"} {
			f.get("/v1/orders/"+id).fields("customer.email", want)
		}
		f.proven()
	})
}

// TestErasureOfCasesOfNobody: a case that is nobody's and about an order of hers goes with all mails in it, whomever they
// were written to; one that is about somebody else's order too stays as it is.
func TestErasureOfCasesOfNobody(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, _ *sink.Server) {
		f.mailing()
		cus := f.post("/v1/customers", `{"email":"zebra@example.com"}`).want(201).str("id")
		order := func(email string) string {
			id := f.post("/v1/orders", zeldasOrder("A", email)).want(201).str("id")
			f.post("/v1/orders/"+id+"/cancel", `{"reason":"customer"}`).want(200)
			f.notified(id)
			return id
		}
		hers, theirs := order("zebra@example.com"), order("eve@example.com")
		about := func(orders string) (id, sent string) {
			id = f.post("/v1/cases", `{"subject":"Who rang?","contact":{"phone":"+442079460977"}}`).want(201).fields("customer", "").str("id")
			f.post("/v1/cases/"+id+"/change", `{"contact":{"email":"zoe@example.com","name":"Zoe"}}`).want(200)
			sent = f.post("/v1/cases/"+id+"/replies", `{"text":"It was Zelda Zebedee","channel":"web"}`).want(200).str("mails.0.id")
			f.mailed(sent, mail.Sent)
			f.post("/v1/cases/"+id+"/change", `{"orders":[`+orders+`]}`).want(200)
			f.post("/v1/cases/"+id+"/status", `{"status":"resolved"}`).want(200)
			return id, sent
		}
		gone, goneMail := about(`"` + hers + `"`)
		stays, staysMail := about(`"` + hers + `","` + theirs + `"`)
		f.post("/v1/customers/"+cus+"/erase", "").want(200).fields("orders", "1", "cases", "1")
		f.get("/v1/cases/"+gone).fields("subject", "", "contact.email", "")
		f.get("/v1/mails/"+goneMail).fields("to.email", "", "text", "")
		f.get("/v1/cases/"+stays).fields("subject", "Who rang?", "contact.email", "zoe@example.com")
		f.get("/v1/mails/"+staysMail).fields("to.email", "zoe@example.com")
		f.proven()
	})
}

// TestErasureOfMistypedAddress: what is ordered and mailed under an address after the customer gave it up is somebody
// else's, also where nobody has it as a customer.
func TestErasureOfMistypedAddress(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, _ *sink.Server) {
		f.mailing()
		order := func(email string) string {
			id := f.post("/v1/orders", zeldasOrder("A", email)).want(201).str("id")
			f.post("/v1/orders/"+id+"/cancel", `{"reason":"customer"}`).want(200)
			f.notified(id)
			return id
		}
		before := order("bob@example.com") // she mistyped it there too, before there was a customer
		cus := f.post("/v1/customers", `{"email":"bob@example.com"}`).want(201).str("id")
		hers := order("bob@example.com")
		f.put("/v1/customers/"+cus, `{"email":"ann@example.com"}`).want(200)
		his := order("bob@example.com")
		f.post("/v1/customers/"+cus+"/erase", "").want(200).fields("orders", "2")
		for id, want := range map[string]string{before: "", hers: "", his: "bob@example.com"} {
			f.get("/v1/orders/"+id).fields("customer.email", want)
			f.get("/v1/mails?order="+id).fields("data.0.to.email", want)
		}
		f.proven()
	})
}
