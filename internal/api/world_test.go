package api

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// seed makes a small world: two locations, three products, orders in several states, keys of several kinds.
func (f *fixture) seed() {
	f.t.Helper()
	address := `"address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}`
	f.put("/v1/locations/L1", `{"name":"One","type":"warehouse","pickup":"offered",`+address+`}`).want(201)
	f.put("/v1/locations/L2", `{"name":"Two","type":"store","priority":1,"pickup":"offered",`+address+`}`).want(201)
	for sku, price := range map[string]int{"A": 250, "B": 1000, "C": 5} {
		f.put("/v1/products/"+sku, fmt.Sprintf(`{"name":"Product %s","price":{"amount":%d,"currency":"GBP"}}`, sku, price)).want(201)
	}
	f.put("/v1/products/E", `{"name":"Euro","price":{"amount":100,"currency":"EUR"}}`).want(201)
	f.stock("A", "L1", 1000)
	f.stock("B", "L1", 5)
	f.stock("B", "L2", 5)
	f.stock("E", "L1", 10)
	o := f.place("A", 2, "manual", "").want(201)
	f.vars["order"], f.vars["payment"], f.vars["fulfillment"] = o.str("id"), o.str("payments.0.id"), o.str("fulfillments.0.id")
	c := f.place("A", 1, "manual", "").want(201)
	f.post("/v1/orders/"+c.str("id")+"/cancel", `{"reason":"customer"}`).want(200)
	f.vars["canceled"], f.vars["canceled_fulfillment"] = c.str("id"), c.str("fulfillments.0.id")
	p := f.post("/v1/orders", strings.Replace(orderBody("A", 1, "manual", ""), `"web"`, `"phone"`, 1)).want(201)
	f.vars["phone"], f.vars["phone_fulfillment"] = p.str("id"), p.str("fulfillments.0.id")
	f.vars["invoice"] = f.post("/v1/orders/{phone}/invoices", `{"units":"ordered"}`).want(201).str("id")
	f.vars["hold"] = f.post("/v1/orders/{phone}/holds", `{"type":"inventory_out_of_stock"}`).want(200).str("holds.0.id")
	f.shipping()
	f.vars["reader"] = f.key(`"scopes":["orders:read"]`)
	f.vars["writer"] = f.key(`"scopes":["orders:read","orders:write"]`)
	f.vars["webonly"] = f.key(`"scopes":["*"],"channels":["web"]`)
	f.vars["revoked"] = f.key(`"scopes":["*"]`)
	f.send(request{do: "DELETE /v1/keys/" + f.vars["last_key"]}).want(200)
	f.put("/v1/sourcing-rules/far", with(sourcingRule, `"active":false`)).want(201)
	f.vars["saved_report"] = f.post("/v1/saved-reports", `{"name":"Week","query":{"report":"sales","period":"last_week"}}`).want(201).str("id")
	f.vars["unknown"] = strings.TrimPrefix(exOrder, "ord_")
}

// key makes an API key and returns its secret; {last_key} is its id.
func (f *fixture) key(members string) string {
	f.t.Helper()
	k := f.post("/v1/keys", `{"name":"test",`+members+`}`).want(201)
	f.vars["last_key"] = k.str("id")
	return k.str("secret")
}

func (f *fixture) stock(sku, location string, delta int) {
	f.t.Helper()
	f.post("/v1/stock/adjustments", fmt.Sprintf(`{"reason":"received","lines":[{"sku":%q,"location":%q,"delta":%d}]}`, sku, location, delta)).want(201)
}

// orderBody is the body of a placement.
func orderBody(sku string, quantity int, provider, token string) string {
	pay := fmt.Sprintf(`{"provider":%q}`, provider)
	if token != "" {
		pay = fmt.Sprintf(`{"provider":%q,"token":%q}`, provider, token)
	}
	return fmt.Sprintf(`{"channel":"web","customer":{"email":"ada@example.com","name":"Ada"},"shipping_address":{"name":"Ada","line1":"1 Road","city":"York","postal_code":"YO1 1AA","country":"GB"},`+
		`"lines":[{"sku":%q,"quantity":%d}],"payment":%s}`, sku, quantity, pay)
}

// with puts further members into a body.
func with(body, members string) string { return strings.Replace(body, "{", "{"+members+",", 1) }

func (f *fixture) place(sku string, quantity int, provider, token string) reply {
	f.t.Helper()
	return f.post("/v1/orders", orderBody(sku, quantity, provider, token))
}

// positions adds up the stock of a SKU at all locations.
func (f *fixture) positions(sku string) (onHand, allocated, reserved, available int64) {
	f.t.Helper()
	r := f.get("/v1/stock?sku=" + sku)
	for i := range r.list("data") {
		at := fmt.Sprintf("data.%d.", i)
		onHand += r.num(at + "on_hand")
		allocated += r.num(at + "allocated")
		reserved += r.num(at + "reserved")
		available += r.num(at + "available")
	}
	return onHand, allocated, reserved, available
}

// stocked checks the sums of a SKU.
func (f *fixture) stocked(sku string, onHand, allocated, reserved int64) {
	f.t.Helper()
	h, a, r, v := f.positions(sku)
	if h != onHand || a != allocated || r != reserved || v != onHand-allocated-reserved {
		f.t.Fatalf("%s: on hand %d, allocated %d, reserved %d, available %d; want %d, %d, %d", sku, h, a, r, v, onHand, allocated, reserved)
	}
}

// head is the newest position of the journal.
func (f *fixture) head() int64 {
	f.t.Helper()
	h, err := f.app.Head(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return h.Seq
}

// eventually waits for what happens in the background.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("in a minute: %s did not happen", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
