package api

import (
	"strings"
	"testing"
)

// TestWaves finds what is to be released together at a location, releases it, and prints one pick list for all of it.
func TestWaves(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		wave := func(query string) reply {
			t.Helper()
			return f.get("/v1/fulfillment-waves?location=L1" + query).want(200)
		}
		waited := wave("").num("fulfillments")
		f.put("/v1/channels/web", `{"name":"Web","shipping_methods":[{"code":"standard","name":"Standard","price":{"amount":100,"currency":"GBP"},"carrier":"dock","service":"standard"},`+
			`{"code":"express","name":"Express","price":{"amount":300,"currency":"GBP"}}]}`).want(200)
		order := func(method, lines string) (ful, number string) {
			t.Helper()
			o := f.post("/v1/orders", strings.Replace(orderBody("A", 1, "manual", ""), `"lines":[{"sku":"A","quantity":1}]`, `"shipping_method":"`+method+`","lines":[`+lines+`]`, 1)).want(201)
			return o.str("fulfillments.0.id"), o.str("number")
		}
		one, first := order("standard", `{"sku":"A","quantity":3}`)
		two, second := order("standard", `{"sku":"A","quantity":2},{"sku":"B","quantity":1}`)
		three, _ := order("express", `{"sku":"B","quantity":1}`)
		f.get("/v1/fulfillments?order="+f.get("/v1/fulfillments/"+one).fields("order_number", first).str("order")).fields("data.0.order_number", first)

		wave("&shipping_method=standard").fields("fulfillments", "2", "lines", "3", "units", "6", "held", "0", "more", "false", "data.0.id", one, "data.0.order_number", first,
			"data.0.carrier", "dock", "data.1.id", two, "data.1.units", "3")
		wave("&carrier=dock&lines=multi").fields("fulfillments", "1", "data.0.id", two)
		wave("&shipping_method=express&lines=single").fields("fulfillments", "1", "data.0.id", three)
		wave("&shipping_method=standard&limit=1").fields("fulfillments", "1", "units", "3", "more", "true")
		wave("&before="+f.get("/v1/fulfillments/"+one).str("created_at")).fields("fulfillments", itoa(waited))
		f.post("/v1/orders/"+f.get("/v1/fulfillments/"+three).str("order")+"/holds", `{"type":"manual_review"}`).want(200)
		wave("&shipping_method=express").fields("fulfillments", "0", "held", "1", "data.0", "")
		for query, code := range map[string]string{"": "invalid_parameter", "?location=L1&lines=some": "invalid_parameter", "?location=L1&before=noon": "invalid_parameter", "?location=L1&bin=1": "unknown_parameter"} {
			f.send(request{do: "GET /v1/fulfillment-waves" + query}).refused(400, code)
		}
		f.send(request{do: "GET /v1/fulfillment-waves?location=NOWHERE"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/fulfillment-waves?location=L1", key: "{webonly}"}).refused(403, "all_channels_required")
		f.send(request{do: "GET /v1/fulfillment-waves?location=L1", key: "{reader}"}).refused(403, "missing_scope")

		f.post("/v1/fulfillment-releases", `{"ids":["`+one+`","`+two+`"]}`).want(200).fields("data.0.released", "true", "data.1.released", "true")
		wave("&shipping_method=standard").fields("fulfillments", "0")
		isPDF(t, f.get("/v1/fulfillment-pick-list.pdf?ids="+one+","+two), "pick-list-l1.pdf")
		walked, err := f.app.WalkOf(t.Context(), []string{one, two})
		if err != nil {
			t.Fatal(err)
		}
		if len(walked.Lines) != 2 || walked.Lines[0].SKU != "A" || walked.Lines[0].Quantity != 5 || len(walked.Lines[0].For) != 2 || walked.Lines[0].For[1].Order != second || len(walked.Orders) != 2 {
			t.Errorf("the walk is %+v", walked)
		}
		f.step(one, "pick", `{}`).want(200)
		isPDF(t, f.get("/v1/fulfillment-pick-list.pdf?ids="+one+","+two), "pick-list-l1.pdf")
		f.send(request{do: "GET /v1/fulfillment-pick-list.pdf?ids=" + one}).refused(409, "nothing_to_print")
		f.send(request{do: "GET /v1/fulfillment-pick-list.pdf?ids=" + one + "," + one}).refused(400, "invalid_parameter")
		f.send(request{do: "GET /v1/fulfillment-pick-list.pdf"}).refused(400, "invalid_parameter")
		f.send(request{do: "GET /v1/fulfillment-pick-list.pdf?ids=ful_{unknown}"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/fulfillment-pick-list.pdf?ids=" + one + ",1"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/fulfillment-pick-list.pdf?ids=" + two, key: "{webonly}"}).refused(403, "all_channels_required")
	})
}
