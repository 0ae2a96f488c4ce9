package api

import (
	"fmt"
	"strings"
	"testing"

	"ordo/internal/app"
	"ordo/internal/work"
)

func init() {
	exampleOrder += " putSourcingRule getSourcingRule listSourcingRules previewSourcing sourceOrder listSourcingDecisions"
	slotValues["rule"] = "heavy"
}

// sourcingRule prefers what is near, for orders to France.
const sourcingRule = `{"name":"Near","priority":5,"when":"address.country == \"FR\"","strategy":{"criteria":["fewest_shipments","distance"]},` +
	`"examples":[{"name":"abroad","facts":{"address":{"country":"FR"}},"matches":true},{"name":"at home","facts":{"address":{"country":"GB"}},"matches":false}]}`

// sourcingCalls is one request per operation of sourcing.
var sourcingCalls = map[string]request{
	"putSourcingRule":       {do: "PUT /v1/sourcing-rules/near", body: sourcingRule},
	"getSourcingRule":       {do: "GET /v1/sourcing-rules/far"},
	"listSourcingRules":     {do: "GET /v1/sourcing-rules"},
	"previewSourcing":       {do: "POST /v1/sourcing/preview", body: `{"channel":"web","shipping_address":{"country":"GB"},"lines":[{"sku":"A","quantity":1}]}`},
	"sourceOrder":           {do: "POST /v1/orders/{order}/source", body: `{}`},
	"listSourcingDecisions": {do: "GET /v1/orders/{order}/sourcing"},
}

// owing sets how many units a location may owe.
func (f *fixture) owing(sku, location string, limit int64) {
	f.t.Helper()
	f.put("/v1/stock/"+sku+"/"+location+"/policy", fmt.Sprintf(`{"backorder_limit":%d}`, limit)).want(200)
}

// shortage sets what the web channel does with orders that stock is missing for.
func (f *fixture) shortage(what string) {
	f.t.Helper()
	f.put("/v1/channels/web", fmt.Sprintf(`{"name":"Web","shortage":%q}`, what)).want(200).fields("shortage", what)
}

// TestBackorders owes units within the limit and fills them from what arrives, oldest order first; a new order does not
// jump the queue.
func TestBackorders(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.stock("C", "L1", 2)
		f.owing("C", "L1", 4)
		f.place("C", 3, "manual", "").refused(409, "insufficient_stock").fields("sku", "C", "available", "2")
		f.shortage("backorder")
		first := f.place("C", 5, "manual", "").want(201)
		first.fields("status", "open", "lines.0.units.allocated", "2", "lines.0.units.backordered", "3", "backorders.0.location", "L1", "backorders.0.quantity", "3",
			"fulfillments.0.lines.0.quantity", "2", "fulfillments.1", "")
		f.place("C", 2, "manual", "").refused(409, "insufficient_stock")
		second := f.place("C", 1, "sandbox", "tok_timeout").want(201)
		second.fields("status", "pending", "lines.0.units.backordered", "1")
		f.stocked("C", 2, 2, 0)

		f.stock("C", "L1", 2)
		f.vars["id"] = first.str("id")
		eventually(t, "the fill of the first", func() bool { return f.get("/v1/orders/{id}").num("lines.0.units.allocated") == 4 })
		f.get("/v1/orders/{id}").fields("lines.0.units.backordered", "1", "fulfillments.1.lines.0.quantity", "2", "fulfillments.1.location", "L1", "status", "open")
		f.place("C", 1, "manual", "").want(201).fields("lines.0.units.backordered", "1") // what comes next is not for this one
		f.stock("C", "L1", 1)
		eventually(t, "the rest of the first", func() bool { return f.get("/v1/orders/{id}").num("lines.0.units.allocated") == 5 })
		f.vars["second"] = second.str("id")
		f.get("/v1/orders/{second}").fields("lines.0.units.backordered", "1")
		f.stock("C", "L1", 10)
		eventually(t, "the fill of a pending order", func() bool { return f.get("/v1/orders/{second}").str("backorders.0") == "" })
		eventually(t, "its acceptance", func() bool { return f.get("/v1/orders/{second}").str("status") == "open" })
		f.get("/v1/orders/{second}").fields("lines.0.units.allocated", "1", "lines.0.units.backordered", "", "fulfillments.0.location", "L1")
		f.stocked("C", 15, 7, 0)
		f.timeline(first.str("id"), "order.placed", "payment.authorized", "order.backordered", "order.accepted", "fulfillment.planned",
			"order.backorder_filled", "fulfillment.planned", "order.backorder_filled", "fulfillment.planned")
		f.get("/v1/orders/{id}/sourcing").want(200).fields("data.0.type", "order.placed", "data.0.after", "backorder", "data.0.nodes.0.takes", "2", "data.0.nodes.0.owes", "3",
			"data.0.backorders.0.quantity", "3", "data.0.because.1", "L1 ships 2, owes 3 (has 2, too little of C, priority 0).", "data.0.because.2", "L2 excluded: no stock of C.", "data.1", "")

		third := f.place("C", 9, "manual", "").want(201)
		third.fields("lines.0.units.allocated", "8", "lines.0.units.backordered", "1")
		f.vars["third"] = third.str("id")
		f.post("/v1/orders/{third}/cancel", `{"reason":"customer"}`).want(200).fields("backorders.0", "", "lines.0.units.canceled", "9")
		f.stocked("C", 15, 7, 0)
	}, pendingFor)
}

// TestParkedOrders wait for stock under a hold, and take nothing before all of it is there.
func TestParkedOrders(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.shortage("park")
		f.stock("C", "L2", 2)
		head := f.head()
		o := f.place("C", 3, "sandbox", "tok_ok").want(201)
		o.fields("status", "pending", "lines.0.units.backordered", "3", "backorders.0.location", "", "fulfillments.0", "")
		f.stocked("C", 2, 0, 0)
		f.vars["id"] = o.str("id")
		f.post("/v1/orders/{id}/source", `{}`).refused(409, "insufficient_stock")
		f.post("/v1/orders/{id}/source", `{"shortage":"pray"}`).refused(422, invalid)
		f.post("/v1/orders/{id}/source?dry_run=true", `{"shortage":"cancel"}`).want(200).fields("lines.0.units.canceled", "1", "status", "open")
		f.stock("C", "L1", 1)
		eventually(t, "the acceptance", func() bool { return f.get("/v1/orders/{id}").str("status") == "open" })
		f.get("/v1/orders/{id}").fields("lines.0.units.allocated", "3", "backorders.0", "", "fulfillments.0.location", "L1", "fulfillments.1.location", "L2")
		f.stocked("C", 3, 3, 0)
		told := f.get(fmt.Sprintf("/v1/events?limit=1000&after=%d", head))
		holds := map[string]string{}
		for i := range told.list("data") {
			at := fmt.Sprintf("data.%d.", i)
			if kind := told.str(at + "type"); strings.HasPrefix(kind, "order.h") {
				holds[kind] += told.str(at+"body.hold.type") + " " + told.str(at+"body.hold.status") + " " + told.str(at+"body.reason")
			}
		}
		if holds["order.held"] != "inventory_out_of_stock open inventory_out_of_stock" || holds["order.hold_released"] != "inventory_out_of_stock lifted inventory_out_of_stock" {
			t.Errorf("told of holds: %v", holds)
		}
		f.post("/v1/orders/{id}/source", `{}`).want(200).fields("status", "open") // nothing waits: it has been done
		decisions := f.get("/v1/orders/{id}/sourcing")
		decisions.fields("data.0.after", "park", "data.0.because.3", "All of it is parked until stock arrives.", "data.1.type", "order.sourced", "data.1.after", "", "data.2", "")

		cut := f.place("C", 2, "manual", "").want(201)
		f.vars["cut"] = cut.str("id")
		cut.fields("status", "pending")
		f.post("/v1/orders/{cut}/source", `{"shortage":"cancel"}`).want(200).fields("status", "canceled", "reason", "out_of_stock", "payment_status", "voided")
		f.post("/v1/orders/{cut}/source", `{}`).refused(409, "illegal_transition")
		waiting := f.place("C", 2, "manual", "").want(201)
		f.vars["waiting"] = waiting.str("id")
		f.post("/v1/orders/{waiting}/cancel", `{"reason":"customer"}`).want(200).fields("status", "canceled", "backorders.0", "")
		f.stock("C", "L1", 5)
		f.stocked("C", 8, 3, 0)
	})
}

// TestCutOrders lose what nobody has, and go on with the rest.
func TestCutOrders(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.shortage("cancel")
		o := f.post("/v1/orders", swap(`{"sku":"A","quantity":1}`, `{"sku":"B","quantity":12},{"sku":"C","quantity":1}`)).want(201)
		o.fields("status", "open", "lines.0.units.allocated", "10", "lines.0.units.canceled", "2", "lines.1.units.canceled", "1", "totals.grand_total.amount", "10000",
			"payments.0.authorized.amount", "10000")
		f.vars["id"] = o.str("id")
		f.get("/v1/orders/{id}/sourcing").fields("data.0.after", "cancel", "data.0.unfilled.0.quantity", "2", "data.0.unfilled.1.sku", "C",
			"data.0.because.3", "2 of B (line 1) canceled: out of stock.")
		f.place("C", 1, "manual", "").refused(409, "insufficient_stock") // nothing of it could be kept
	})
}

// TestSourcingRules decide by what an order is like.
func TestSourcingRules(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		const path = "/v1/sourcing-rules/near"
		f.put(path, strings.Replace(sourcingRule, `"matches":false`, `"matches":true`, 1)).refused(422, invalid).fields("errors.0.code", "example_failed", "errors.0.pointer", "/examples/1")
		bad := strings.NewReplacer("address.country", "address.contry", `"distance"`, `"mood"`, `"priority":5`, `"priority":-5`).Replace(sourcingRule)
		f.put(path, bad).refused(422, invalid).fields("errors.3", "")
		f.put(path, strings.Replace(sourcingRule, `"criteria"`, `"exclude":["NOWHERE"],"criteria"`, 1)).refused(422, invalid).fields("errors.0.code", "unknown_location")
		f.put(path, sourcingRule).want(201).fields("code", "near", "version", "1", "active", "true", "strategy.criteria.1", "distance")
		f.send(request{do: "PUT " + path, body: sourcingRule, header: []string{"If-Match", `"7"`}}).refused(409, "version_mismatch")
		f.put(path, sourcingRule).want(200).fields("version", "2")
		f.put(path+"?dry_run=true", strings.Replace(sourcingRule, "Near", "Nearer", 1)).want(200).fields("name", "Nearer", "version", "3")
		f.get(path).fields("name", "Near", "examples.0.facts.address.country", "FR")
		f.get("/v1/sourcing-rules").fields("data.0.code", "far", "data.1.code", "near")
		f.send(request{do: "GET /v1/sourcing-rules/none"}).refused(404, "not_found")

		// L2 is in Lyon. It is worse by priority; for an order to France it is nearer.
		f.put("/v1/locations/L2", `{"name":"Two","type":"store","priority":1,"address":{"country":"FR","latitude":45764000,"longitude":4835700}}`).want(200).
			fields("address.latitude", "45764000")
		paris := `"shipping_address":{"name":"Ada","line1":"1 Rue","city":"Paris","postal_code":"75001","country":"FR","latitude":48856600,"longitude":2352200}`
		f.place("B", 1, "manual", "").want(201).fields("fulfillments.0.location", "L1")
		o := f.post("/v1/orders", strings.Replace(orderBody("B", 1, "manual", ""), `"shipping_address":{"name":"Ada","line1":"1 Road","city":"York","postal_code":"YO1 1AA","country":"GB"}`, paris, 1)).want(201)
		o.fields("fulfillments.0.location", "L2")
		f.vars["id"] = o.str("id")
		f.get("/v1/orders/{id}/sourcing").fields("data.0.rule", "near", "data.0.criteria.1", "distance", "data.0.nodes.0.kilometers", "5000", "data.0.nodes.1.kilometers", "391",
			"data.0.because.0", "Decided by rule near: fewest shipments, distance.", "data.0.because.1", "L1 not needed (5000 km, has 1, priority 0).",
			"data.0.because.2", "L2 ships 1 (391 km, has 1, priority 1).")

		preview := `{"channel":"web",` + strings.Replace(paris, "1 Rue", "2 Rue", 1) + `,"lines":[{"sku":"B","quantity":6},{"sku":"C","quantity":1}]}`
		f.post("/v1/sourcing/preview", preview).want(200).fields("after", "reject", "rule", "near", "short.0.sku", "C", "short.0.available", "0", "assignments.0", "")
		p := f.post("/v1/sourcing/preview", with(preview, `"shortage":"cancel"`)).want(200)
		p.fields("after", "cancel", "assignments.0.location", "L2", "assignments.0.quantity", "4", "assignments.1.location", "L1", "assignments.1.quantity", "2")
		f.post("/v1/sourcing/preview", `{"channel":"none","lines":[{"sku":"Z","quantity":1},{"sku":"A","quantity":0}]}`).refused(422, invalid).fields("errors.4", "")
		f.send(request{do: "POST /v1/sourcing/preview", key: f.vars["webonly"], body: strings.Replace(preview, `"web"`, `"phone"`, 1)}).refused(403, "channel_forbidden")

		// Who does not ship there is no candidate.
		f.put("/v1/locations/L2", `{"name":"Two","type":"store","ships_to":["DE"],"pickup":"only","handling_cost":5}`).want(200).fields("ships_to.0", "DE", "handling_cost", "5")
		f.put("/v1/locations/L2", `{"name":"Two","type":"store","ships_to":["XX"],"pickup":"maybe","handling_cost":-5,"daily_capacity":-1}`).refused(422, invalid).fields("errors.3.pointer", "/pickup")
		f.place("B", 5, "manual", "").refused(409, "insufficient_stock").fields("available", "4")
	})
}

// TestCapacity: a location takes no more fulfillment orders in a day than it can (F5).
func TestCapacity(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/locations/L2", `{"name":"Two","type":"store","priority":0,"daily_capacity":2}`).want(200).fields("daily_capacity", "2")
		f.put("/v1/locations/L1", `{"name":"One","type":"warehouse","priority":5}`).want(200)
		var orders []reply
		for _, want := range []string{"L2", "L2", "L1"} {
			o := f.place("B", 1, "manual", "").want(201)
			o.fields("fulfillments.0.location", want)
			orders = append(orders, o)
		}
		f.vars["id"], f.vars["last"] = orders[0].str("id"), orders[2].str("id")
		f.get("/v1/orders/{last}/sourcing").fields("data.0.nodes.1.location", "L2", "data.0.nodes.1.out", "at_capacity")
		f.post("/v1/orders/{id}/cancel", `{"reason":"customer"}`).want(200)
		f.place("B", 1, "sandbox", "tok_declined").refused(402, "payment_declined") // holds the slot, and gives it back
		f.place("B", 1, "sandbox", "tok_ok").want(201).fields("fulfillments.0.location", "L2")
		f.place("B", 1, "manual", "").want(201).fields("fulfillments.0.location", "L1")
	})
}

// TestRejectedUnitsGoElsewhere: another location does them, or they wait (F3, D10).
func TestRejectedUnitsGoElsewhere(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("B", 3, "manual", "").want(201)
		o.fields("fulfillments.0.location", "L1")
		f.vars["id"] = o.str("id")
		reject := func(i int) {
			t.Helper()
			id := f.get("/v1/orders/{id}").str(fmt.Sprintf("fulfillments.%d.id", i))
			f.post("/v1/fulfillments/"+id+"/release", "").want(200)
			out := f.app.Fulfill(t.Context(), app.Fulfill{Fulfillment: id, Step: "reject", Reason: "damaged"}, work.Meta{Actor: "tester"})
			if out.Err != nil {
				t.Fatal(out.Err)
			}
		}
		reject(0)
		moved := f.get("/v1/orders/{id}")
		moved.fields("fulfillments.0.status", "rejected", "fulfillments.1.location", "L2", "fulfillments.1.status", "planned", "lines.0.units.allocated", "3", "status", "open")
		reject(1)
		f.get("/v1/orders/{id}").fields("lines.0.units.backordered", "3", "backorders.0.location", "", "status", "open", "fulfillments.2", "")
		decisions := f.get("/v1/orders/{id}/sourcing")
		decisions.fields("data.1.type", "fulfillment.rerouted", "data.1.nodes.0.location", "L2", "data.1.nodes.1.out", "refused", "data.2.after", "park",
			"data.2.because.3", "3 of B (line 1) parked until stock arrives.")
		f.put("/v1/locations/L3", `{"name":"Three","type":"store"}`).want(201)
		f.stock("B", "L3", 2)
		eventually(t, "another location", func() bool { return f.get("/v1/orders/{id}").str("fulfillments.2.location") == "L3" })
		f.get("/v1/orders/{id}").fields("fulfillments.2.lines.0.quantity", "2", "lines.0.units.allocated", "2", "lines.0.units.backordered", "1")
		// A person may have one that failed try once more.
		f.post("/v1/orders/{id}/source", `{}`).want(200).fields("fulfillments.3.location", "L1", "lines.0.units.allocated", "3", "backorders.0", "")
	})
}
