package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ordo/internal/micros"
)

// at has the server's clock stand still.
func at(moment string) func(*setup) {
	t, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		panic(err)
	}
	return func(o *setup) { o.settings.Clock = func() micros.Time { return micros.Of(t) } }
}

// What is shown before the order is what placement keeps: per SKU, per shipping method, from the locations that ship.
func TestAvailabilityPromises(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		place := `"address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}`
		f.put("/v1/locations/L1", `{"name":"One","type":"warehouse","time_zone":"Europe/London","cut_off":"14:00","processing_days":1,"holidays":"GB","ships_to":["GB","FR"],`+place+`}`).want(200)
		f.put("/v1/locations/L2", `{"name":"Two","type":"store","priority":1,"time_zone":"Europe/London","processing_days":4,"holidays":"GB","ships_to":["GB"],`+place+`}`).want(200)
		f.put("/v1/carriers/isle", `{"name":"Isle","provider":"table","services":[{"code":"van","name":"Van","transit_days":1,"countries":["GB"]}]}`).want(201)
		f.put("/v1/channels/web", `{"name":"Web","shipping_methods":[`+
			`{"code":"std","name":"Standard","price":{"amount":100,"currency":"GBP"},"carrier":"dock","service":"standard","buffer_days":1},`+
			`{"code":"fast","name":"Fast","price":{"amount":500,"currency":"GBP"},"carrier":"dock","service":"express"},`+
			`{"code":"plain","name":"Plain","price":{"amount":50,"currency":"GBP"}},`+
			`{"code":"abroad","name":"Abroad","country":"FR","price":{"amount":50,"currency":"GBP"},"carrier":"sand","service":"parcel"},`+
			`{"code":"van","name":"Van","price":{"amount":90,"currency":"GBP"},"carrier":"isle","service":"van"}]}`).want(200)

		// Without a destination: units, and no promise.
		f.get("/v1/availability?skus=B,C").fields("data.0.available", "10", "data.0.promises.0", "", "basket.0", "", "data.1.available", "0")

		// Wednesday 2026-12-23, 15:00 in London: after the cut-off, so processing is on Christmas Eve; 25th and 28th are bank holidays.
		got := f.get("/v1/availability?skus=A,B,NONE&quantities=1,7,1&country=GB&postal_code=YO1+1AA")
		got.fields("data.0.promises.0.shipping_method", "std", "data.0.promises.0.complete", "true", "data.0.promises.0.ships", "2026-12-29",
			"data.0.promises.0.earliest", "2026-12-31", "data.0.promises.0.latest", "2027-01-04",
			"data.0.promises.1.shipping_method", "fast", "data.0.promises.1.latest", "2026-12-30",
			"data.0.promises.2.shipping_method", "plain", "data.0.promises.2.complete", "true", "data.0.promises.2.latest", "", "data.0.promises.3.shipping_method", "van", "data.0.promises.4", "",
			"data.1.promises.0.shares.0.location", "L1", "data.1.promises.0.shares.1.location", "L2", "data.1.promises.0.ships", "2026-12-31",
			"data.2.known", "false", "data.2.promises.0", "", "basket.0.complete", "false", "basket.0.shares.2.location", "L2")

		// The basket alone, without what is not sold, and then the order.
		const asked = "/v1/availability?skus=A,B&quantities=1,7&country=GB&postal_code=YO1+1AA"
		for i, method := range []string{"std", "fast", "plain"} {
			shown := f.get(asked + "&shipping_method=" + method)
			shown.fields("basket.0.shipping_method", method, "basket.1", "", "basket.0.complete", "true")
			body := strings.Replace(orderBody("B", 7, "manual", ""), `"lines":[`, `"lines":[{"sku":"A","quantity":1},`, 1)
			o := f.post("/v1/orders", with(body, fmt.Sprintf(`"shipping_method":%q,"external_id":"shown-%d"`, method, i))).want(201)
			latest := map[string]string{}
			for j := range shown.list("basket.0.shares") {
				s := fmt.Sprintf("basket.0.shares.%d.", j)
				latest[shown.str(s+"sku")] = max(latest[shown.str(s+"sku")], shown.str(s+"latest"))
			}
			for j, sku := range []string{"A", "B"} {
				line := fmt.Sprintf("lines.%d.", j)
				if kept := o.str(line + "promise.first_latest"); o.str(line+"sku") != sku || kept != latest[sku] {
					t.Errorf("%s of %s: shown %q, kept %q", method, sku, latest[sku], kept)
				}
			}
			f.post("/v1/orders/"+o.str("id")+"/cancel", `{"reason":"customer"}`).want(200)
		}

		// Abroad only one location ships, and only some methods go.
		abroad := f.get("/v1/availability?skus=B&quantities=7&country=FR")
		abroad.fields("data.0.available", "5", "data.0.locations.1", "", "basket.0.shipping_method", "std", "basket.0.complete", "false", "basket.0.shares.0", "", "basket.3.shipping_method", "abroad", "basket.4", "")
		far := strings.Replace(orderBody("B", 1, "manual", ""), `"country":"GB"`, `"country":"FR"`, 1)
		f.post("/v1/orders", with(far, `"shipping_method":"van"`)).refused(422, invalid).fields("errors.0.pointer", "/shipping_method", "errors.0.code", "unknown_shipping_method")
		f.post("/v1/orders?dry_run=true", with(orderBody("B", 1, "manual", ""), `"shipping_method":"van"`)).want(200)
		f.get("/v1/availability?skus=B&country=FR&shipping_method=abroad").fields("basket.0.complete", "true", "basket.0.latest", "2027-01-04", "basket.1", "")

		methods := make([]string, 400)
		for i := range methods {
			methods[i] = fmt.Sprintf(`{"code":"m%d","name":"M","price":{"amount":1,"currency":"GBP"}}`, i)
		}
		f.put("/v1/channels/many", `{"name":"Many","shipping_methods":[`+strings.Join(methods, ",")+`]}`).want(201)
		f.run(t, []scenario{
			{name: "too many decisions", do: "GET /v1/availability?skus=A,B&country=GB&channel=many", want: 400, code: "invalid_parameter", has: "name a shipping_method"},
			{name: "one of many methods", do: "GET /v1/availability?skus=A,B&country=GB&channel=many&shipping_method=m7", want: 200, has: `"shipping_method":"m7"`},
			{name: "quantities", do: "GET /v1/availability?skus=A,B&quantities=1", want: 400, code: "invalid_parameter"},
			{name: "quantity", do: "GET /v1/availability?skus=A&quantities=0", want: 400, code: "invalid_parameter"},
			{name: "country", do: "GET /v1/availability?skus=A&country=Britain", want: 400, code: "invalid_parameter"},
			{name: "no country", do: "GET /v1/availability?skus=A&postal_code=YO1", want: 400, code: "invalid_parameter"},
		})
	}, at("2026-12-23T15:00:00Z"))
}
