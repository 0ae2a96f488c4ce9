package api

import (
	"strings"
	"testing"
)

// Criterion cost counts what shipments travel for by the carriers' tables, by weight, volume and origin; the decision
// shows the numbers, and no carrier is asked.
func TestSourcingByCost(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/locations/L1", `{"name":"One","type":"warehouse","handling_cost":100,"address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`).want(200)
		f.put("/v1/locations/L2", `{"name":"Two","type":"store","priority":1,"handling_cost":150,"address":{"line1":"3 Rue","city":"Lyon","postal_code":"69001","country":"FR"}}`).want(200)
		f.put("/v1/carriers/dock/rates", `{"currency":"GBP","divisor":5000,"fuel_rate":"0.1","csv":"kind,zone,from,country,service,up_to_grams,price\n`+
			`zone,home,GB,GB\nzone,in,FR,GB\nzone,out,GB,FR\nzone,france,FR,FR\nrate,home,,,standard,1000,300\nrate,home,,,standard,30000,500\nrate,in,,,standard,30000,1500\nrate,out,,,standard,30000,1400\nrate,france,,,standard,2000,200\nrate,france,,,standard,30000,2900\n"}`).
			want(200).fields("zones.0.from", "GB")
		f.put("/v1/products/B", `{"name":"Bulky","price":{"amount":1000,"currency":"GBP"},"weight_grams":600,"dimensions":{"length":300,"width":200,"height":100}}`).want(200).
			fields("dimensions.length", "300")
		f.put("/v1/products/B", `{"name":"B","price":{"amount":1,"currency":"GBP"},"dimensions":{"length":0,"width":1,"height":100001}}`).refused(422, invalid).
			fields("errors.0.pointer", "/dimensions/length", "errors.1.pointer", "/dimensions/height", "errors.2", "")
		f.put("/v1/sourcing-rules/cheap", `{"name":"Cheap","priority":1,"when":"true","strategy":{"criteria":["cost","promise"]},"examples":[{"name":"any","facts":{},"matches":true}]}`).want(201)

		// At home one unit weighs 1,200 g by its volume: the second band, 550 with fuel.
		home := f.place("B", 1, "manual", "").want(201)
		home.fields("fulfillments.0.location", "L1")
		f.vars["id"] = home.str("id")
		f.get("/v1/orders/{id}/sourcing").fields("data.0.criteria.0", "cost", "data.0.nodes.0.location", "L1", "data.0.nodes.0.cost", "650", "data.0.nodes.0.freight", "550", "data.0.nodes.0.grams", "600",
			"data.0.nodes.1.cost", "1800", "data.0.nodes.1.freight", "1650",
			"data.0.because.1", "L1 ships 1 (cost 650, of it 550 to travel with 600 g, has 1, priority 0).", "data.0.because.2", "L2 not needed (cost 1800, of it 1650 to travel with 600 g, has 1, priority 1).")

		// Abroad the small parcel goes from Lyon for 220; two units are 2,400 g by their volume and go from Hull.
		france := strings.Replace(orderBody("B", 1, "manual", ""), `"postal_code":"YO1 1AA","country":"GB"`, `"postal_code":"75001","country":"FR"`, 1)
		f.post("/v1/orders", france).want(201).fields("fulfillments.0.location", "L2")
		f.post("/v1/orders", strings.Replace(france, `"quantity":1`, `"quantity":2`, 1)).want(201).fields("fulfillments.0.location", "L1", "fulfillments.1", "")

		// Tables in another currency, and places that no table goes to, count with handling alone.
		f.put("/v1/carriers/dock/rates", `{"currency":"EUR","csv":"kind,zone,country,service,up_to_grams,price\nzone,home,GB\nrate,home,,standard,30000,1\n"}`).want(200)
		f.post("/v1/sourcing/preview", `{"channel":"web","shipping_address":{"country":"GB"},"lines":[{"sku":"B","quantity":1}]}`).want(200).fields("assignments.0.location", "L1", "nodes.0.cost", "100", "nodes.0.freight", "")
	})
}

// Units that look for another place go where the promise of their line is kept, although another place is preferred.
func TestRerouteKeepsThePromise(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		place := `"address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`
		f.put("/v1/locations/L1", `{"name":"One","type":"warehouse",`+place).want(200)
		f.put("/v1/locations/L2", `{"name":"Two","type":"store","priority":1,"processing_days":9,`+place).want(200)
		f.put("/v1/locations/L3", `{"name":"Three","type":"store","priority":2,`+place).want(201)
		f.put("/v1/channels/web", `{"name":"Web","shipping_methods":[{"code":"std","name":"Standard","price":{"amount":100,"currency":"GBP"},"carrier":"dock","service":"standard"}]}`).want(200)
		f.stock("B", "L3", 5)
		o := f.post("/v1/orders", with(orderBody("B", 1, "manual", ""), `"shipping_method":"std"`)).want(201)
		o.fields("fulfillments.0.location", "L1", "lines.0.promise.first_latest", "2026-11-30")
		f.vars["id"], f.vars["ful"] = o.str("id"), o.str("fulfillments.0.id")
		f.post("/v1/fulfillments/{ful}/release", "").want(200)
		f.post("/v1/fulfillments/{ful}/reject", `{"reason":"damaged"}`).want(200)
		f.get("/v1/orders/{id}").fields("fulfillments.1.location", "L3", "lines.0.promise.current_latest", "2026-11-30")
		f.get("/v1/orders/{id}/sourcing").fields("data.1.criteria.0", "promise", "data.1.because.0", "Decided by the default strategy: promise, fewest shipments, priority.",
			"data.1.nodes.0.location", "L2", "data.1.nodes.0.arrives", "2026-12-11", "data.1.nodes.1.arrives", "2026-11-30", "data.1.nodes.1.takes", "1")
	}, at("2026-11-26T09:00:00Z"))
}
