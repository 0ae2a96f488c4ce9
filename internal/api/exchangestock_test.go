package api

import (
	"strings"
	"testing"
)

// TestExchangeOutOfStock: what cannot be had is not exchanged for: the request is refused with what is short and what one
// can do, by the API and by a customer's link. What a channel lets customers wait for is waited for. What vanishes until
// a person approves becomes a refund, and everybody can see that.
func TestExchangeOutOfStock(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.sold("sandbox", "", "A 3")
		wish := `{"lines":[{"line":"1","quantity":1,"reason":"wrong_size"}],"items":[{"sku":"C","quantity":2}]}`
		for _, query := range []string{"?dry_run=true", ""} {
			r := f.post("/v1/orders/{order}/exchanges"+query, wish).refused(409, "insufficient_stock")
			r.fields("sku", "C", "available", "0", "short.0.sku", "C", "short.0.requested", "2", "short.0.available", "0", "options.0", "other_items", "options.1", "return", "options.2", "",
				"errors.0.pointer", "/items/0/quantity", "errors.0.code", "insufficient_stock")
			if !strings.Contains(r.str("detail"), "ask for a return") {
				t.Errorf("detail %q", r.str("detail"))
			}
		}
		link := f.linked(f.vars["order"], `"status","return"`)
		f.byLink("POST /returns", link, wish).refused(409, "insufficient_stock").fields("short.0.sku", "C", "options.1", "return")
		f.get("/v1/orders/{order}").fields("returns.0", "", "return_status", "none")
		f.post("/v1/orders/{order}/exchanges", `{"lines":[{"line":"1","quantity":1,"reason":"wrong_size"}],"items":[{"sku":"NONE","quantity":2}]}`).refused(422, invalid).fields("errors.0.pointer", "/items/0/sku")

		// Asked for while it was there, approved when it was not any more.
		f.stock("C", "L1", 2)
		asked := f.post("/v1/orders/{order}/exchanges", strings.Replace(wish, "wrong_size", "other", 1)).want(201)
		f.vars["return"] = asked.str("id")
		asked.fields("status", "requested", "replacement.status", "awaiting_return", "exchange.replacement.amount", "10", "exchange.returned.amount", "250", "exchange.to_refund.amount", "240", "exchange.settled", "false")
		f.stock("C", "L1", -2)
		f.post("/v1/returns/{return}/approve", "").want(200).fields("status", "approved", "replacement.status", "refunded", "replacement.reason", "insufficient_stock", "exchange.replacement.amount", "0", "exchange.to_refund.amount", "250")
		e := f.get("/v1/orders/{order}/timeline?limit=1000")
		if s := string(e.body); !strings.Contains(s, `"exchange.replacement_unavailable"`) || !strings.Contains(s, `"reason":"insufficient_stock"`) {
			t.Errorf("the timeline does not tell: %s", s)
		}
		f.byLink("GET ", link, "").want(200).fields("returns.0.replacement", "refunded", "returns.0.refund.amount", "250", "amount_due.amount", "0")
		f.cameBack(`"condition":"new"`).fields("status", "closed", "refunds.0.amount.amount", "250")
		f.settled()

		// What may be owed is waited for where staff says so; customers are not offered it where the channel does not.
		f.owing("C", "L1", 4)
		for _, reason := range []string{"wrong_size", "other"} { // approved at once, or by a person
			f.sold("sandbox", "", "A 1")
			wish := `{"lines":[{"line":"1","quantity":1,"reason":"` + reason + `"}],"items":[{"sku":"C","quantity":1}]`
			f.post("/v1/orders/{order}/exchanges", wish+`}`).refused(409, "insufficient_stock").fields("options.1", "return", "options.2", "backorder")
			link := f.linked(f.vars["order"], `"status","return"`)
			f.byLink("POST /returns", link, wish+`}`).refused(409, "insufficient_stock").fields("options.1", "return", "options.2", "")
			f.post("/v1/orders/{order}/exchanges", strings.Replace(wish, `"C","quantity":1`, `"C","quantity":9`, 1)+`,"backorder":true}`).refused(409, "insufficient_stock").fields("options.2", "")
			f.vars["return"] = f.post("/v1/orders/{order}/exchanges", wish+`,"backorder":true}`).want(201).fields("replacement.status", "awaiting_return", "replacement.backorder", "true").str("id")
			if reason == "other" {
				f.post("/v1/returns/{return}/approve", "").want(200).fields("replacement.status", "awaiting_return")
			}
			f.get("/v1/orders/{order}").fields("lines.1.units.backordered", "1")
		}

		// Where the channel takes backorders, the customer waits for it.
		f.sold("sandbox", "", "A 3")
		f.shortage("backorder")
		f.swapped(`"items":[{"sku":"C","quantity":1}]`).fields("replacement.status", "awaiting_return")
		f.get("/v1/orders/{order}").fields("lines.1.units.backordered", "1")
		f.proven()
	})
}

// TestExchangeBalance: whoever sees an exchange sees what it comes to: what comes back, what is sent, and the difference;
// a customer is asked for the difference only.
func TestExchangeBalance(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.stock("C", "L1", 10)
		f.sold("sandbox", "", "C 1")
		body := `{"lines":[{"line":"1","quantity":1,"reason":"wrong_size"}],"items":[{"sku":"A","quantity":1}]}`
		f.post("/v1/orders/{order}/exchanges?dry_run=true", body).want(200).fields("exchange.returned.amount", "5", "exchange.replacement.amount", "250", "exchange.to_pay.amount", "245", "exchange.to_refund.amount", "0")
		link := f.linked(f.vars["order"], `"status","return"`)
		r := f.byLink("POST /returns", link, body).want(200)
		r.fields("returns.0.type", "exchange", "returns.0.exchange.returned.amount", "5", "returns.0.exchange.replacement.amount", "250", "returns.0.exchange.to_pay.amount", "245", "returns.0.replacement", "awaiting_return",
			"amount_due.amount", "245", "returns.0.number", r.str("number")+"-R1")
		f.vars["return"] = f.get("/v1/orders/{order}").str("returns.0")
		f.get("/v1/returns/{return}").fields("exchange.to_pay.amount", "245", "exchange.settled", "false")
		f.cameBack(`"condition":"new"`).fields("exchange.to_pay.amount", "245", "exchange.settled", "true")
		f.byLink("GET ", link, "").want(200).fields("amount_due.amount", "245", "returns.0.exchange.settled", "true")
		f.get("/v1/orders/{order}").fields("amount_due.amount", "245")

		f.sold("sandbox", "", "A 1")
		f.swapped(`"items":[{"sku":"A","quantity":1}]`).fields("exchange.to_pay.amount", "0", "exchange.to_refund.amount", "0")
		link = f.linked(f.vars["order"], `"status"`)
		f.byLink("GET ", link, "").want(200).fields("amount_due.amount", "0", "returns.0.exchange.to_pay.amount", "0")
		f.cameBack(`"condition":"used","accepted":false,"reason":"used"`).fields("replacement.status", "canceled", "exchange.replacement.amount", "0", "exchange.to_pay.amount", "0")
		f.proven()
	})
}
