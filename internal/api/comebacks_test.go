package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ordo/internal/shipping"
)

// TestReturnNumbers: a return is called by the number of its order and which of its returns it is: in the API, by the
// customer's link, on the label, and when somebody looks for it. When nothing is left to send back, the order says so.
func TestReturnNumbers(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.sold("sandbox", "", "PCL 2")
		o := f.get("/v1/orders/{order}").fields("not_allowed", "")
		number := o.str("number")
		f.post("/v1/orders/{order}/returns?dry_run=true", `{"lines":[{"line":"1","quantity":1,"reason":"unwanted"}]}`).want(200).fields("number", "null", "id", "null")
		f.back(1, "unwanted", "").fields("number", number+"-R1")
		f.get("/v1/orders/{order}").fields("not_allowed", "")
		f.back(1, "unwanted", "").fields("number", number+"-R2")
		f.get("/v1/returns/{return}").fields("number", number+"-R2")
		f.get("/v1/returns?order={order}").fields("data.0.number", number+"-R1", "data.1.number", number+"-R2")
		f.get("/v1/lookup?q="+strings.ToLower(number)+"-r2").fields("data.0.id", f.vars["return"], "data.0.title", number+"-R2", "data.0.by", "return_number")
		l := f.returnLabel(`{"carrier":"dock"}`).want(201)
		if pdf := string(f.get(l.str("file")).body); !strings.HasPrefix(pdf, "%PDF-") {
			t.Errorf("the label is %.20s", pdf)
		}
		o = f.get("/v1/orders/{order}")
		if slices.Contains(o.list("allowed"), any("return")) {
			t.Errorf("nothing is left to return: %s", o.body)
		}
		o.fields("not_allowed.0.step", "return", "not_allowed.0.code", "nothing_to_return", "not_allowed.0.detail", "the 2 units that have shipped are in returns or claims already")
		f.post("/v1/orders/{order}/returns", `{"lines":[{"line":"1","quantity":1,"reason":"unwanted"}]}`).refused(409, "return_limit")
		seen := f.byLink("GET ", f.linked(f.vars["order"], `"status","return"`), "").want(200)
		seen.fields("allowed.1", "", "not_allowed.0.step", "return", "returns.0.number", number+"-R1", "returns.0.status", "approved", "returns.1.number", number+"-R2", "returns.1.lines.0.quantity", "1",
			"returns.1.refund.amount", "100")
		f.post("/v1/returns/{return}/cancel", `{"reason":"kept"}`).want(200)
		f.get("/v1/orders/{order}").fields("not_allowed", "")
	})
}

// TestLateReturnParcel: a parcel that arrives after its return was unpacked or given up is noted, in the return and in
// the timeline; the return stays what it is.
func TestLateReturnParcel(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.waitsForLabel(1)
		l := f.returnLabel(`{"carrier":"sand"}`).want(201)
		f.post("/v1/returns/{return}/receive", `{"lines":[{"line":"1","quantity":1}]}`).want(200)
		f.send(message(l.str("tracking_number"), scan(shipping.InTransit, 9), scan(shipping.Delivered, 12))).want(200).fields("parcels", "1")
		f.get("/v1/returns/{return}").fields("status", "received", "arrived_at", "2026-11-24T12:00:00.000000Z")
		f.send(message(l.str("tracking_number"), scan(shipping.Delivered, 12))).want(200)
		if got := f.timelineOf(f.vars["order"]); strings.Count(got, "return.arrived") != 1 {
			t.Errorf("events %s", got)
		}
		f.post("/v1/returns/{return}/inspect", `{"units":[{"line":"1","quantity":1,"condition":"new"}]}`).want(200).fields("status", "closed")

		f.waitsForLabel(1)
		l = f.returnLabel(`{"carrier":"sand"}`).want(201)
		f.post("/v1/returns/{return}/cancel", `{"reason":"kept"}`).want(200)
		eventually(t, "the label is given back", func() bool { return f.get("/v1/labels/{l}").str("status") == "voided" })
		f.send(message(l.str("tracking_number"), scan(shipping.InTransit, 9), scan(shipping.Delivered, 13))).want(200).fields("parcels", "1")
		f.get("/v1/labels/{l}").fields("tracking_status", "delivered")
		f.get("/v1/returns/{return}").fields("status", "canceled", "arrived_at", "2026-11-24T13:00:00.000000Z")
		if got := f.timelineOf(f.vars["order"]); !strings.HasSuffix(got, "return.arrived") {
			t.Errorf("events %s", got)
		}
		f.proven()
	})
}

// TestStuckReturnLabel: a return whose label failed waits for another one; what may be done is said.
func TestStuckReturnLabel(t *testing.T) {
	clock, later := ahead()
	each(t, func(t *testing.T, f *fixture) {
		defer later(-48 * time.Hour) // the other engine begins in the present, too
		f.put("/v1/locations/NO", `{"name":"N","type":"warehouse","address":{"line1":"2 Dock Road","city":"Hull","postal_code":"00002","country":"GB"}}`).want(201)
		f.sold("sandbox", "", "PCL 1")
		f.back(1, "unwanted", `"location":"NO"`).want(201)
		failed := f.returnLabel(`{"carrier":"sand"}`).want(201).fields("status", "label_failed").str("id")
		if got := f.stuck("label", ""); slices.Contains(got, failed) {
			t.Error("it is late too early")
		}
		later(48 * time.Hour)
		if got := f.stuck("label", ""); !slices.Contains(got, failed) {
			t.Errorf("the failed label is not stuck: %v", got)
		}
		next := f.get("/v1/orders/{order}/next")
		at := -1
		for i := range next.list("steps") {
			if next.str(fmt.Sprintf("steps.%d.id", i)) == failed {
				at = i
			}
		}
		if at < 0 {
			t.Fatalf("%s", next.body)
		}
		s := fmt.Sprintf("steps.%d.", at)
		path := "/v1/returns/" + f.vars["return"]
		next.fields(s+"state", "return_label_failed", s+"expected", "label.requested", s+"late", "true", s+"waits_for.0.for", "carrier", s+"waits_for.0.id", "sand",
			s+"repairs.0.code", "retry_return_label", s+"repairs.0.path", path+"/label", s+"repairs.1.code", "other_return_carrier", s+"repairs.2.code", "return_without_label", s+"repairs.2.path", path+"/ship")
		f.post(path+"/ship", `{"carrier":"Own","tracking_number":"OWN1"}`).want(200)
		if got := f.stuck("label", ""); slices.Contains(got, failed) {
			t.Error("the customer sent it, and the label is still waited for")
		}
	}, clock)
}

// TestNextAfterVoid: an order whose authorization was given up waits for another payment, not for somebody to lift its hold.
func TestNextAfterVoid(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 1, "sandbox", "tok_ok").want(201)
		f.vars["o"], f.vars["p"] = o.str("id"), o.str("payments.0.id")
		f.post("/v1/orders/{o}/payments/{p}/voids", `{}`).want(200)
		f.settled()
		r := f.post("/v1/orders/{o}/payments/{p}/voids", `{}`).refused(409, "payment_limit")
		if got := r.str("detail"); got != "nothing of the payment is left to void" {
			t.Errorf("detail %q", got)
		}
		next := f.get("/v1/orders/{o}/next")
		for i := range next.list("steps") {
			at := fmt.Sprintf("steps.%d.", i)
			if next.str(at+"kind") != "hold" {
				continue
			}
			next.fields(at+"state", "awaiting_payment", at+"expected", "payment.authorized", at+"waits_for.0.for", "missing_money", at+"repairs.0.code", "payment_link", at+"repairs.0.path", "/v1/orders/"+f.vars["o"]+"/payment-links",
				at+"repairs.1.code", "add_payment", at+"repairs.1.path", "/v1/orders/"+f.vars["o"]+"/payments")
			if strings.Contains(string(next.body), "lift_hold") {
				t.Errorf("lifting is no repair: %s", next.body)
			}
			return
		}
		t.Errorf("no hold: %s", next.body)
	})
}

// TestDeclinedSaysWho: a refusal that was kept for a request names that request.
func TestDeclinedSaysWho(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		r := f.post("/v1/orders", orderBody("A", 1, "sandbox", "tok_declined")).refused(402, "payment_declined")
		if r.str("request_id") == "" || r.str("request_id") != r.header.Get("X-Request-Id") {
			t.Errorf("request %q, header %q", r.str("request_id"), r.header.Get("X-Request-Id"))
		}
	})
}
