package api

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
)

// TestCheckAddress tells what speaks against an address before an order is placed.
func TestCheckAddress(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		check := func(address string) reply {
			return f.send(request{do: "POST /v1/addresses/check", body: `{"address":` + address + `}`})
		}
		check(`{"name":"Ada","line1":"1 Main Street","city":"London","postal_code":"n1 9gu","country":"GB"}`).want(200).
			fields("accepted", "true", "errors.0", "", "doubts.0", "")
		check(`{"name":"Ada","line1":"Main Street","city":"London","postal_code":"1234","country":"GB"}`).want(200).
			fields("accepted", "true", "doubts.0.pointer", "/address/postal_code", "doubts.0.code", "doubtful", "doubts.1.pointer", "/address/line1")
		check(`{"country":"XX"}`).want(200).fields("accepted", "false", "errors.0.pointer", "/address/name", "errors.3.code", "invalid_country", "doubts.0", "")
		check(`{"country":"IE","name":"A","line1":"1 Quay","city":"Cork","phone":"`+strings.Repeat("1", 50)+`"}`).want(200).fields("accepted", "false", "errors.0.code", "too_long")
		f.send(request{do: "POST /v1/addresses/check", key: f.key(`"scopes":["stock:read"]`), body: `{"address":{}}`}).refused(403, "missing_scope")
	})
}

// TestFindProducts finds products by beginnings of words, whatever their letters.
func TestFindProducts(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for sku, name := range map[string]string{"MUG-RED": "Stoneware mug, red", "MUG-BLUE": "Stoneware mug, blue", "T10": "Grüne ÄPFEL 100%", "T11": "Grune name"} {
			f.put("/v1/products/"+sku, fmt.Sprintf(`{"name":%q,"price":{"amount":100,"currency":"GBP"}}`, name)).want(201)
		}
		for q, want := range map[string]string{
			"mug": "MUG-BLUE MUG-RED", "STONE red": "MUG-RED", "mug-b": "MUG-BLUE", "t1": "T10 T11", "grüne": "T10", "äpfel": "T10", "100": "T10", "ware": "", "price": "", "%": "", "'": "", "_": "",
			strings.Repeat("mug ", 40): "MUG-BLUE MUG-RED",
		} {
			var got []string
			for i := range f.get("/v1/products?q=" + url.QueryEscape(q)).want(200).list("data") {
				got = append(got, f.get("/v1/products?q="+url.QueryEscape(q)).str("data."+string(rune('0'+i))+".sku"))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%q finds %v, want %s", q, got, want)
			}
		}
		first := f.get("/v1/products?q=mug&limit=1").want(200).fields("data.0.sku", "MUG-BLUE")
		f.get("/v1/products?q=mug&limit=1&cursor="+first.str("next_cursor")).want(200).fields("data.0.sku", "MUG-RED", "next_cursor", "")
		f.send(request{do: "GET /v1/products?q=" + strings.Repeat("x", 201)}).refused(400, badParam)
	})
}

// TestDiscountsOfRoles gives discounts as people do whose roles have a limit and not the scope for prices.
func TestDiscountsOfRoles(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		agent := &app.Access{ID: "usr_agent", Scopes: []string{"orders:write"}, Discount: 10}
		act := func(who *app.Access, op, more string) (Order, error) {
			t.Helper()
			body := NewBody(op)
			if err := jsonx.Unmarshal([]byte(with(plainOrder, more)), body); err != nil {
				t.Fatal(err)
			}
			var o Order
			acted, err := f.server.Act(t.Context(), who, Act{Op: op, Body: body, Key: fmt.Sprintf("agent-%d", requests.Add(1))})
			if err != nil {
				return o, err
			}
			return o, jsonx.Unmarshal(acted.Body, &o)
		}
		given := func(amount, more string) string {
			return `"discounts":[{"code":"PHONE","amount":{"amount":` + amount + `,"currency":"GBP"}}` + more + `]`
		}
		o, err := act(agent, "placeOrder", given("25", ""))
		if err != nil || o.Totals.Discount.Amount != 25 {
			t.Fatalf("%+v %v", o.Totals, err)
		}
		for name, more := range map[string]string{"over the limit": given("26", ""), "together over it": given("15", `,{"code":"X","line":"1","amount":{"amount":15,"currency":"GBP"}}`)} {
			if _, err := act(agent, "placeOrder", more); errs.As(err) == nil || len(errs.As(err).Problems) != 1 || errs.As(err).Problems[0].Code != "discount_limit" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := act(agent, "placeOrder", given("10", "")+`,"shipping":{"amount":{"amount":1,"currency":"GBP"}}`); errs.As(err) == nil || errs.As(err).Code != "missing_scope" {
			t.Errorf("a shipping charge: %v", err)
		}
		if _, err := act(&app.Access{ID: "usr_agent", Scopes: []string{"orders:write"}}, "placeOrder", given("1", "")); errs.As(err) == nil || errs.As(err).Code != "missing_scope" {
			t.Errorf("without a limit: %v", err)
		}
		if _, err := act(&app.Access{ID: "usr_boss", Scopes: []string{"orders:write", "orders:price"}, Discount: 10}, "placeOrder", given("200", "")); err != nil {
			t.Errorf("with the scope: %v", err)
		}

		// A change of the order is held to the same, counting what was given before.
		propose := func(who *app.Access, action string) (c OrderChange, err error) {
			t.Helper()
			body := NewBody("proposeChange")
			if err := jsonx.Unmarshal([]byte(`{"actions":[`+action+`]}`), body); err != nil {
				t.Fatal(err)
			}
			acted, err := f.server.Act(t.Context(), who, Act{Op: "proposeChange", Slots: map[string]string{"id": *o.ID}, Body: body, Key: fmt.Sprintf("agent-%d", requests.Add(1))})
			if err != nil {
				return c, err
			}
			return c, jsonx.Unmarshal(acted.Body, &c)
		}
		discount := func(amount string) string {
			return `{"type":"discount_add","code":"SORRY","amount":{"amount":` + amount + `,"currency":"GBP"}}`
		}
		if _, err := propose(agent, discount("1")); errs.As(err) == nil || len(errs.As(err).Problems) != 1 || errs.As(err).Problems[0].Code != "discount_limit" || errs.As(err).Problems[0].Pointer != "/actions/0/amount" {
			t.Errorf("a change over the limit: %v", err)
		}
		agent.Discount = 20
		if c, err := propose(agent, discount("25")); err != nil || c.Status != "previewed" || c.Preview.After.Discount.Amount != 50 {
			t.Errorf("a change up to the limit: %+v %v", c.Preview, err)
		}
		for _, other := range []string{`{"type":"discount_remove","code":"PHONE"}`, `{"type":"shipping_change","amount":{"amount":1,"currency":"GBP"}}`, `{"type":"price_override","line":"1","unit_price":{"amount":1,"currency":"GBP"},"reason":"promised"}`} {
			if _, err := propose(agent, other); errs.As(err) == nil || errs.As(err).Code != "missing_scope" {
				t.Errorf("%s: %v", other, err)
			}
		}

		// Nor is it walked around by taking away what the discount was given for.
		boss := &app.Access{ID: "usr_boss", Scopes: []string{"orders:write", "orders:price"}}
		change := func(who *app.Access, action, refused string) OrderChange {
			t.Helper()
			c, err := propose(who, action)
			if refused != "" {
				if errs.As(err) == nil || len(errs.As(err).Problems) != 1 || errs.As(err).Problems[0].Code != refused {
					t.Errorf("%s: %v", action, err)
				}
				return c
			}
			if err == nil {
				_, err = f.server.Act(t.Context(), who, Act{Op: "confirmChange", Slots: map[string]string{"id": *c.ID}, Key: fmt.Sprintf("agent-%d", requests.Add(1))})
			}
			if err != nil || c.Status != "previewed" {
				t.Fatalf("%s: %+v %v", action, c.Preview, err)
			}
			return c
		}
		change(agent, `{"type":"item_add","sku":"A","quantity":9},{"type":"discount_add","code":"SORRY","line":"1","amount":{"amount":225,"currency":"GBP"}}`, "discount_limit")
		change(agent, `{"type":"item_add","sku":"A","quantity":9}`, "")
		change(agent, `{"type":"discount_add","code":"SORRY","line":"1","amount":{"amount":225,"currency":"GBP"}}`, "discount_limit")
		change(boss, `{"type":"discount_add","code":"SORRY","line":"1","amount":{"amount":225,"currency":"GBP"}}`, "")
		change(agent, `{"type":"item_remove","line":"2"}`, "") // what others gave is in nobody's way

		// Who confirms gives the discount, as far as the roles of then allow: another person who may give more can.
		confirm := func(who *app.Access, id, refused string) {
			t.Helper()
			_, err := f.server.Act(t.Context(), who, Act{Op: "confirmChange", Slots: map[string]string{"id": id}, Key: fmt.Sprintf("agent-%d", requests.Add(1))})
			if e := errs.As(err); e == nil && (err != nil || refused != "") || e != nil && e.Code != refused {
				t.Errorf("%s confirms, which %q should refuse: %v", who.ID, refused, err)
			} else if refused == "discount_limit" && !strings.Contains(e.Detail, "to confirm it, or propose") {
				t.Errorf("it does not say what to do: %v", err)
			}
		}
		if o, err = act(agent, "placeOrder", given("10", "")); err != nil {
			t.Fatal(err)
		}
		c, err := propose(agent, discount("40"))
		if err != nil {
			t.Fatal(err)
		}
		agent.Discount = 10
		confirm(agent, *c.ID, "discount_limit")
		confirm(&app.Access{ID: "usr_new", Scopes: []string{"orders:write"}}, *c.ID, "missing_scope")
		confirm(&app.Access{ID: "usr_lead", Scopes: []string{"orders:write"}, Discount: 20}, *c.ID, "")
		if c, err = propose(boss, `{"type":"shipping_change","amount":{"amount":1,"currency":"GBP"}}`); err != nil {
			t.Fatal(err)
		}
		confirm(agent, *c.ID, "missing_scope")
		confirm(boss, *c.ID, "")
	})
}

// TestReadOut gives callers what they need to pay: bank details, and a link that begins with the address that staff use.
func TestReadOut(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/channels/web", `{"name":"Web","seller":{"bank":"`+strings.Repeat("x", 201)+`"}}`).refused(422, "validation_failed")
		f.put("/v1/channels/web", `{"name":"Web","seller":{"bank":"Example Bank 1"}}`).want(200).fields("seller.bank", "Example Bank 1")
		o := f.post("/v1/orders", plainOrder).want(201)
		f.post("/v1/orders/"+o.str("id")+"/invoices", `{"units":"ordered"}`).want(201).fields("seller.bank", "Example Bank 1")
		page := httptest.NewRequest("GET", "http://shop.example/console/", nil)
		page.Header.Set("X-Forwarded-Proto", "https")
		acted, err := f.server.Act(t.Context(), &app.Access{ID: "usr_agent", Scopes: []string{"*"}}, Act{
			Op: "createPaymentLink", Slots: map[string]string{"id": o.str("id")}, Body: CreatePaymentLink{}, Key: "link", Page: page,
		})
		if err != nil || !strings.Contains(string(acted.Body), `"url":"https://shop.example/pay/`) {
			t.Error(acted, err)
		}
		f.post("/v1/customers", `{"name":"Grace","phone":"+442079460018"}`).want(201)
		for query, want := range map[string]string{"q=020+7946+0018&country=GB": "Grace", "q=020+7946+0018&country=US": "", "q=020+7946+0018": "", "q=%2B44+20+7946+0018": "Grace"} {
			if got := f.get("/v1/customers?" + query).str("data.0.name"); got != want {
				t.Errorf("%s finds %q, not %q", query, got, want)
			}
		}
	})
}
