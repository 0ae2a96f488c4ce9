package api

import (
	"strings"
	"testing"

	"ordo/internal/jsonx"
)

// TestSpecialDays: promises and deadlines move by dates that have hours of their own, what was promised and what runs
// stays, and the journal has them.
func TestSpecialDays(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) { // Wednesday, 10:00 in London; 25th and 28th are bank holidays
		location := func(special string) string {
			return `{"name":"One","type":"warehouse","time_zone":"Europe/London","cut_off":"14:00","processing_days":1,"holidays":"GB","special_days":[` + special +
				`],"address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`
		}
		f.put("/v1/locations/L1", location("")).want(200)
		f.put("/v1/channels/web", `{"name":"Web","shipping_methods":[{"code":"std","name":"Standard","price":{"amount":100,"currency":"GBP"},"carrier":"dock","service":"standard"}]}`).want(200)
		const promise = "/v1/promise?channel=web&shipping_method=std&country=GB&location=L1"
		f.get(promise).fields("data.0.ships", "2026-12-24", "data.0.latest", "2026-12-30")
		o := f.post("/v1/orders", with(orderBody("PCL", 1, "manual", ""), `"shipping_method":"std"`)).want(201)
		o.fields("lines.0.promise.current_latest", "2026-12-30")

		const inventory = `{"date":"2026-12-24","name":"Inventory","closed":true}`
		try := f.put("/v1/locations/L1?dry_run=true", location(inventory)).want(200)
		try.fields("special_days.0.name", "Inventory", "special_days.0.closed", "true", "special_days.0.through", "")
		f.get(promise).fields("data.0.ships", "2026-12-24")
		f.put("/v1/locations/L1", location(inventory)).want(200)
		f.get("/v1/locations/L1").fields("special_days.0.date", "2026-12-24", "special_days.1", "")
		f.get(promise).fields("data.0.ships", "2026-12-29", "data.0.latest", "2026-12-31")
		f.post("/v1/orders", with(orderBody("PCL", 1, "manual", ""), `"shipping_method":"std"`)).want(201).fields("lines.0.promise.current_latest", "2026-12-31")
		f.get("/v1/orders/"+o.str("id")).fields("lines.0.promise.current_latest", "2026-12-30") // promised is promised
		f.put("/v1/locations/L1", location(inventory+`,{"date":"2026-12-25","through":"2026-12-26","name":"Rush","opens":"08:00","closes":"12:00"}`)).want(200)
		f.get(promise).fields("data.0.ships", "2026-12-25")
		f.put("/v1/locations/L1", location(`{"date":"2026-12-23","name":"Party","closes":"10:00"}`)).want(200)
		f.get(promise).fields("data.0.ships", "2026-12-29") // closed a moment ago: counts as of the 24th
		told := ""
		for _, e := range f.get("/v1/events?limit=1000").list("data") {
			told += string(jsonx.Marshal(e))
		}
		for _, name := range []string{"Inventory", "Rush", "Party"} {
			if !strings.Contains(told, name) {
				t.Errorf("the journal has no %s", name)
			}
		}

		policy := func(special string) string {
			return `{"name":"Office","targets":{"normal":{"first_response_minutes":600}},"hours":{"time_zone":"Europe/London","holidays":"GB","special_days":[` + special +
				`],"spans":[{"days":["mon","tue","wed","thu","fri"],"from":"09:00","to":"17:00"}]}}`
		}
		f.put("/v1/sla-policies/office", policy("")).want(201)
		f.put("/v1/queues/office", `{"name":"Office","policy":"office"}`).want(201)
		due := func(want string) string {
			t.Helper()
			c := f.post("/v1/cases", `{"subject":"Where is it?","queue":"office"}`).want(201)
			c.fields("due_at", want)
			return c.str("id")
		}
		first := due("2026-12-24T12:00:00.000000Z")
		f.put("/v1/sla-policies/office", policy(`{"date":"2026-12-24","name":"Outing","closed":true}`)).want(200).fields("hours.special_days.0.name", "Outing")
		due("2026-12-29T12:00:00.000000Z")
		f.get("/v1/cases/"+first).fields("due_at", "2026-12-24T12:00:00.000000Z") // a clock that runs keeps its limit
		f.put("/v1/sla-policies/office", policy(`{"date":"2026-12-24","name":"Eve","opens":"09:00","closes":"11:00"},{"date":"2026-12-25","name":"Rush","opens":"10:00","closes":"24:00"}`)).want(200)
		due("2026-12-25T11:00:00.000000Z")

		bad := `{"date":"24.12.2026","name":"","closed":true},{"date":"2026-12-24","through":"2026-12-20","name":"Back"},{"date":"2026-12-24","name":"Hours","closes":"noon"},` +
			`{"date":"2026-12-24","name":"A","closes":"12:00"},{"date":"2026-12-24","name":"B","closed":true}`
		f.run(t, []scenario{
			{name: "location", do: "PUT /v1/locations/L1", body: location(bad), want: 422, code: "validation_failed", at: []string{
				"/special_days/0/name", "/special_days/0/date", "/special_days/1/through", "/special_days/2/closes", "/special_days/4/date",
			}},
			{name: "too many", do: "PUT /v1/locations/L1", body: location(strings.Repeat(inventory+",", 200) + inventory), want: 422, code: "validation_failed", at: []string{"/special_days"}},
			{name: "not a date", do: "PUT /v1/locations/L1", body: location(`{"date":20261224}`), want: 422, code: "validation_failed", at: []string{"/special_days/0/date"}},
			{name: "policy", do: "PUT /v1/sla-policies/office", body: policy(`{"date":"2026-12-24","name":"Open"}`), want: 422, code: "validation_failed", at: []string{"/hours/special_days/0/opens"}},
		})
	}, at("2026-12-23T10:00:00Z"))
}
