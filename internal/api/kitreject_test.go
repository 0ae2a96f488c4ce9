package api

import "testing"

// A location that lacks a component gives up whole kits: they go elsewhere, or are cut, and only the stock of what it
// names is corrected.
func TestKitsAreRejectedWhole(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		price := `"price":{"amount":900,"currency":"GBP"}`
		for _, sku := range []string{"CUP", "DISH"} {
			f.put("/v1/products/"+sku, `{"name":"Part",`+price+`}`).want(201)
			f.stock(sku, "L1", 20)
			f.stock(sku, "L2", 20)
		}
		f.put("/v1/products/TEA", `{"name":"Tea set",`+price+`,"components":[{"sku":"CUP","quantity":2},{"sku":"DISH","quantity":1}]}`).want(201)
		o := f.place("TEA", 3, "manual", "").want(201)
		id, ful := o.str("id"), o.str("fulfillments.0.id")
		f.step(ful, "release", "").want(200)
		f.counters("CUP", "L1", "allocated", "6", "on_hand", "20")

		f.step(ful, "pick", `{"lines":[{"line":"1","quantity":2}],"short":"mismatch","components":[{"line":"1","sku":"DISH","quantity":2},{"line":"1","sku":"TEA","quantity":1},{"line":"9","sku":"CUP","quantity":1}]}`).
			refused(422, invalid).fields("errors.0.pointer", "/components/0/quantity", "errors.1.pointer", "/components/1/sku", "errors.2.pointer", "/components/2/sku")
		// Of the third set one cup is broken: the set goes to L2, whole; the other cup and the dish stay, and are free.
		f.step(ful, "pick", `{"lines":[{"line":"1","quantity":2}],"short":"damaged","components":[{"line":"1","sku":"CUP","quantity":1}]}`).want(200).
			fields("lines.0.quantity", "2", "lines.0.short", "1")
		f.counters("CUP", "L1", "allocated", "4", "on_hand", "20", "damaged", "1", "available", "15")
		f.counters("DISH", "L1", "allocated", "2", "on_hand", "20", "damaged", "0", "available", "18")
		f.counters("CUP", "L2", "allocated", "2", "on_hand", "20")
		f.counters("DISH", "L2", "allocated", "1", "on_hand", "20")
		second := f.get("/v1/orders/" + id)
		second.fields("fulfillments.1.location", "L2", "fulfillments.1.lines.0.quantity", "1")

		// L2 has no dish at all: the set is cut from the order, and L2 sells no more of them; its cups are free.
		f.step(second.str("fulfillments.1.id"), "release", "").want(200)
		f.step(second.str("fulfillments.1.id"), "reject", `{"reason":"not_in_stock","then":"cancel","components":[{"line":"1","sku":"DISH","quantity":1}]}`).want(200).fields("status", "rejected")
		f.counters("DISH", "L2", "allocated", "0", "on_hand", "0", "available", "0")
		f.counters("CUP", "L2", "allocated", "0", "on_hand", "20", "available", "20")
		f.get("/v1/orders/"+id).fields("lines.0.units.canceled", "1", "lines.0.units.picked", "2", "totals.grand_total.amount", "1800")

		// Where nobody says what is missing, the components are free, and their stock is as it was.
		third := f.place("TEA", 1, "manual", "").want(201)
		f.step(third.str("fulfillments.0.id"), "release", "").want(200)
		f.step(third.str("fulfillments.0.id"), "reject", `{"reason":"mismatch","then":"cancel"}`).want(200)
		f.counters("CUP", "L1", "allocated", "4", "on_hand", "20", "available", "15")
	})
}
