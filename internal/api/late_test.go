package api

import (
	"strings"
	"testing"
	"time"

	"ordo/internal/micros"
	"ordo/internal/shipping"
)

// late sweeps for deliveries in danger and counts what was told of an order by cause.
func (f *fixture) late(order string) map[string]int {
	f.t.Helper()
	if err := f.app.SweepLate(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	out := map[string]int{}
	for _, e := range f.get("/v1/orders/" + order + "/timeline?limit=1000").list("data") {
		if e := e.(map[string]any); e["type"] == "shipment.late_risk" {
			out[e["body"].(map[string]any)["reason"].(string)]++
		}
	}
	return out
}

// Deliveries in danger are told once per cause: not fetched, not moving, not there on the promised day.
func TestLateRisks(t *testing.T) {
	clock, later := ahead()
	each(t, func(t *testing.T, f *fixture) {
		start := f.app.Settings.Clock().Std() // later by what the other engine has waited
		f.put("/v1/channels/web", `{"name":"Web","shipping_methods":[{"code":"sand","name":"Standard","price":{"amount":100,"currency":"GBP"},"carrier":"sand","service":"parcel"}]}`).want(200)
		order, ful := f.parcel("YO1 1AA", 1, `"shipping_method":"sand"`)
		l := f.label(ful, `{}`).want(201)
		quiet, _ := f.parcel("YO1 1AA", 1, `"shipping_method":"sand"`)
		f.post("/v1/orders/"+quiet+"/promise", `{"reason":"stock_delay","earliest":"2100-01-01","latest":"2100-01-01"}`).want(200)
		expect := func(want string) {
			t.Helper()
			var got []string
			for _, cause := range shipping.LateCauses {
				if n := f.late(order)[cause]; n == 1 {
					got = append(got, cause)
				} else if n > 1 {
					t.Errorf("%s is told %d times", cause, n)
				}
			}
			if s := strings.Join(got, " "); s != want {
				t.Errorf("told %q, want %q", s, want)
			}
			if told := f.late(quiet); len(told) > 0 {
				t.Errorf("of an order that is in no danger: %v", told)
			}
		}
		expect("")
		f.post("/v1/orders/"+order+"/promise", `{"reason":"correction","earliest":"2100-01-01","latest":"2100-01-01"}`).want(200)
		later(49 * time.Hour)
		expect("no_pickup_scan")
		f.get("/v1/fulfillments/"+ful).fields("risks.0.cause", "no_pickup_scan", "risks.0.label", l.str("id"), "risks.1", "")

		scan := func(code shipping.Code, after time.Duration) {
			t.Helper()
			f.send(message(l.str("tracking_number"), shipping.Scan{Code: code, At: micros.Of(start.Add(after))})).want(200)
		}
		scan(shipping.InTransit, 48*time.Hour)
		f.post("/v1/fulfillments/"+ful+"/ship", `{}`).want(200)
		expect("no_pickup_scan")
		later(5 * 24 * time.Hour)
		expect("no_pickup_scan no_movement")
		scan(shipping.OutForDelivery, 169*time.Hour)
		f.post("/v1/orders/"+order+"/promise", `{"reason":"correction","earliest":"2020-01-01","latest":"2020-01-02"}`).refused(409, "illegal_transition")
		later(6 * 24 * time.Hour)
		expect("no_pickup_scan no_movement") // once per cause

		// The promise of an order that nobody ships.
		late, ful2 := f.parcel("YO1 1AA", 1, `"shipping_method":"sand"`)
		if told := f.late(late); len(told) > 0 {
			t.Errorf("too early: %v", told)
		}
		later(30 * 24 * time.Hour)
		if told := f.late(late); told["past_promise"] != 1 || len(told) != 1 {
			t.Errorf("told %v", told)
		}
		if told := f.late(late); told["past_promise"] != 1 {
			t.Errorf("told again: %v", told)
		}
		f.get("/v1/fulfillments/"+ful2).fields("risks.0.cause", "past_promise", "risks.0.label", "")
		f.post("/v1/orders/"+late+"/cancel", `{"reason":"customer"}`).want(200)
	}, clock)
}

// How long locations may take, and keep things, is a setting, and one of each location.
func TestWaitsAreSettings(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		until := func(id, at string, hours int) {
			t.Helper()
			got, err := time.Parse(time.RFC3339Nano, f.get("/v1/fulfillments/"+id).str(at))
			if left := time.Until(got); err != nil || left > time.Duration(hours)*time.Hour || left < time.Duration(hours)*time.Hour-10*time.Minute {
				t.Errorf("%s is %v away (%v), want %d hours", at, left, err, hours)
			}
		}
		ask := func() string {
			_, ful := f.paid("A", 1)
			f.step(ful, "release", "").want(200)
			f.step(ful, "accept", "").want(200)
			f.step(ful, "cancel-request", `{"reason":"customer"}`).want(200)
			return ful
		}
		ready := func(body string) string {
			id := f.post("/v1/orders", pickupBody("A", "L1", 2, `"provider":"manual"`)).want(201).str("fulfillments.0.id")
			f.step(id, "release", "").want(200)
			f.step(id, "ready-for-pickup", body).want(200)
			return id
		}
		until(ask(), "cancellation.expires_at", 3)
		until(ready(`{}`), "pickup_until", 50)
		f.put("/v1/locations/L1", `{"name":"One","type":"warehouse","pickup":"offered","pickup_days":4,"cancel_wait_hours":8,"address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`).want(200).
			fields("pickup_days", "4", "cancel_wait_hours", "8")
		until(ask(), "cancellation.expires_at", 8)
		until(ready(`{}`), "pickup_until", 96)
		until(ready(`{"days":2}`), "pickup_until", 48)
		f.put("/v1/locations/L1", `{"name":"One","type":"warehouse","pickup_days":91,"cancel_wait_hours":-1}`).refused(422, invalid).fields("errors.0.pointer", "/pickup_days", "errors.1.pointer", "/cancel_wait_hours")
	}, func(o *setup) { o.settings.CancelWait, o.settings.PickupWindow = 3*time.Hour, 50*time.Hour })
}
