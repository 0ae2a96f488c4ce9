package api

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"ordo/internal/store"
)

// taxed lets the channel web tax and ship, and issue invoices at a time.
func (f *fixture) taxed(issue string) {
	f.t.Helper()
	f.put("/v1/channels/web", `{"name":"Web shop","tax_rates":[{"name":"VAT","country":"GB","rate":"0.2"}],`+
		`"shipping_methods":[{"code":"post","name":"Post","price":{"amount":495,"currency":"GBP"}}],"shipping_tax_class":"standard",`+
		`"seller":{"name":"Lantern & Loom","tax_id":"VAT 1"},"invoices":{"issue":"`+issue+`","due_days":14}}`).want(200)
}

func (f *fixture) ship(order reply, at string) {
	f.t.Helper()
	id := order.str(at + ".id")
	f.post("/v1/fulfillments/"+id+"/release", "").want(200)
	f.post("/v1/fulfillments/"+id+"/ship", `{"tracking_number":"T1"}`).want(200)
}

// An order in two parts: its invoices carry shipping once and add up to its total; B is at two places.
func TestInvoicesOfAnOrder(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.taxed("manual")
		body := with(orderBody("B", 7, "manual", ""), `"shipping_method":"post","discounts":[{"code":"spring","amount":{"amount":100,"currency":"GBP"}}]`)
		o := f.post("/v1/orders", body).want(201)
		f.vars["o"] = o.str("id")
		path := "/v1/orders/{o}/invoices"
		f.post(path, `{}`).refused(409, "nothing_to_invoice")
		f.post(path, `{"units":"all"}`).refused(422, "validation_failed")
		f.ship(o, "fulfillments.0")
		f.post(path+"?dry_run=true", `{}`).want(200).fields("number", "null", "id", "null")
		f.post(path, `{}`, "If-Match", `"1"`).refused(409, "version_mismatch")
		first := f.post(path, `{}`, "Idempotency-Key", "bill-once").want(201).
			fields("number", "WEB-000001", "seller.tax_id", "VAT 1", "totals.shipping.amount", "495", "bill_to.name", "Ada", "lines.0.line", "1")
		if again := f.post(path, `{}`, "Idempotency-Key", "bill-once").want(201); again.str("id") != first.str("id") || again.header.Get("Idempotent-Replayed") != "true" {
			t.Error("the same request issued another invoice")
		}
		f.post(path, `{}`).refused(409, "nothing_to_invoice")
		f.ship(o, "fulfillments.1")
		second := f.post(path, `{"units":"shipped"}`).want(201).fields("number", "WEB-000002", "totals.shipping.amount", "0")
		for _, name := range []string{"items", "discount", "shipping", "tax", "grand_total"} {
			at := "totals." + name + ".amount"
			if got, want := first.num(at)+second.num(at), o.num(at); got != want {
				t.Errorf("invoices have %s %d, the order %d", name, got, want)
			}
		}
		f.post(path, `{"units":"ordered"}`).refused(409, "nothing_to_invoice")
		f.get(path).fields("data.0.number", "WEB-000001", "data.1.number", "WEB-000002", "data.2.number", "")
		f.get("/v1/orders/{o}").fields("invoices.0", first.str("id"), "invoices.1", second.str("id"))
		f.vars["inv"] = second.str("id")
		f.get(path+"/{inv}").fields("number", "WEB-000002", "order", f.vars["o"])
		isPDF(t, f.get(path+"/{inv}.pdf"), "invoice-WEB-000002.pdf")
		for _, end := range []string{"", ".pdf"} {
			f.send(request{do: "GET " + path + "/inv_{unknown}" + end}).refused(404, "not_found")
			f.send(request{do: "GET " + path + "/x" + end}).refused(404, "not_found")
			f.send(request{do: "GET /v1/orders/{order}/invoices/{inv}" + end}).refused(404, "not_found")
			f.send(request{do: "GET /v1/orders/{phone}/invoices/{invoice}" + end, key: "{webonly}"}).refused(404, "not_found")
		}
		f.send(request{do: "POST " + path, body: "{}", key: "{reader}"}).refused(403, "missing_scope")
		f.post("/v1/orders/{canceled}/invoices", `{"units":"ordered"}`).refused(409, "illegal_transition")
		found := f.get("/v1/orders/{o}/timeline?limit=1000")
		issued := 0
		for i := range found.list("data") {
			if at := fmt.Sprintf("data.%d.", i); found.str(at+"type") == "invoice.issued" {
				issued++
				if found.str(at+"body.invoice.bill_to.name") != "" || found.str(at+"body.invoice.number") == "" {
					t.Errorf("the event names the customer or no number: %s", found.body)
				}
			}
		}
		if issued != 2 {
			t.Errorf("%d events", issued)
		}
	})
}

func TestChannelIssuesInvoicesByItself(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.taxed("shipment")
		o := f.place("B", 6, "manual", "").want(201)
		f.vars["o"] = o.str("id")
		f.get("/v1/orders/{o}/invoices").fields("data.0.number", "")
		f.ship(o, "fulfillments.0")
		n := o.num("fulfillments.0.lines.0.quantity")
		f.get("/v1/orders/{o}/invoices").fields("data.0.number", "WEB-000001", "data.0.lines.0.quantity", fmt.Sprint(n), "data.1.number", "")
		f.ship(o, "fulfillments.1")
		f.get("/v1/orders/{o}/invoices").fields("data.1.number", "WEB-000002", "data.1.lines.0.quantity", fmt.Sprint(6-n), "data.2.number", "")
		f.post("/v1/fulfillments/"+o.str("fulfillments.0.id")+"/deliver", "").want(200)
		f.get("/v1/orders/{o}/invoices").fields("data.2.number", "")

		f.taxed("placement")
		p := f.place("A", 2, "sandbox", "tok_ok").want(201)
		r := f.get("/v1/orders/"+p.str("id")+"/invoices").fields("data.0.number", "WEB-000003", "data.0.lines.0.quantity", "2", "data.1.number", "")
		if r.num("data.0.totals.grand_total.amount") != p.num("totals.grand_total.amount") {
			t.Errorf("%s", r.body)
		}
		f.place("A", 1, "sandbox", "tok_declined").refused(402, "payment_declined")
		q := f.place("A", 1, "manual", "").want(201)
		f.get("/v1/orders/"+q.str("id")+"/invoices").fields("data.0.number", "WEB-000004", "data.1.number", "")
	})
}

// flaky refuses some transactions.
type flaky struct {
	store.DB
	on *atomic.Bool
}

func (f flaky) Begin(ctx context.Context) (store.Tx, error) {
	if f.on.Load() && rand.IntN(6) == 0 {
		return nil, errAway
	}
	return f.DB.Begin(ctx)
}

// Many clients issue at once, many requests are refused, some transactions fail: numbers of a channel are 1 to n (N1).
func TestInvoiceNumbersHaveNoGaps(t *testing.T) {
	var on atomic.Bool
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/channels/web", `{"name":"Web shop","invoices":{"issue":"shipment"}}`).want(200)
		const clients, orders = 6, 8
		var made [clients][]reply
		for i := range clients * orders {
			o := f.place("A", 1, "manual", "").want(201)
			made[i%clients] = append(made[i%clients], o)
		}
		on.Store(true)
		var wg sync.WaitGroup
		for _, mine := range made {
			wg.Go(func() {
				for i, o := range mine {
					path := "POST /v1/orders/" + o.str("id") + "/invoices"
					for range 3 {
						_, _ = f.try(request{do: path, body: `{"units":"ordered"}`, header: []string{"Idempotency-Key", "x" + o.str("id")}})
						_, _ = f.try(request{do: path, body: `{"units":"shipped"}`})
						_, _ = f.try(request{do: path + "?dry_run=true", body: `{"units":"ordered"}`})
					}
					if i%2 == 0 {
						id := o.str("fulfillments.0.id")
						_, _ = f.try(request{do: "POST /v1/fulfillments/" + id + "/release"})
						_, _ = f.try(request{do: "POST /v1/fulfillments/" + id + "/ship", body: `{"tracking_number":"T"}`})
					}
				}
			})
		}
		wg.Wait()
		on.Store(false)
		var n, least, most, last int64
		err := f.db.Query(t.Context(), func(r store.Row) error { return r.Scan(&n, &least, &most) },
			"SELECT COUNT(DISTINCT number), MIN(number), MAX(number) FROM invoices WHERE channel = 'web'")
		if err != nil || least != 1 || most != n || n < clients*orders/2 || n > clients*orders {
			t.Errorf("%d numbers from %d to %d, %v", n, least, most, err)
		}
		if err := f.db.Query(t.Context(), func(r store.Row) error { return r.Scan(&last) }, "SELECT version FROM sequences WHERE id = 'invoice/web'"); err != nil || last != n {
			t.Errorf("the sequence was counted %d times, %v", last, err)
		}
		next := f.place("A", 1, "manual", "").want(201)
		f.post("/v1/orders/"+next.str("id")+"/invoices", `{"units":"ordered"}`).want(201).fields("number", fmt.Sprintf("WEB-%06d", n+1))
	}, func(o *setup) { o.wrap = func(db store.DB) store.DB { return flaky{db, &on} } })
}
