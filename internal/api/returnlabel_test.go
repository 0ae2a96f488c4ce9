package api

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/micros"
	"ordo/internal/shipping"
	"ordo/internal/verify"
)

// waitsForLabel sells and sends a parcel, and lets a return of it wait for its label.
func (f *fixture) waitsForLabel(quantity int) {
	f.t.Helper()
	f.sold("sandbox", "", fmt.Sprintf("PCL %d", quantity))
	f.back(quantity, "unwanted", "").want(201).fields("status", "approved")
}

func (f *fixture) returnLabel(body string) reply {
	f.t.Helper()
	r := f.post("/v1/returns/{return}/label", body)
	if r.status == 201 {
		f.vars["l"] = r.str("id")
	}
	return r
}

func scan(code shipping.Code, hours int) shipping.Scan {
	return shipping.Scan{Code: code, At: micros.Of(time.Date(2026, 11, 24, hours, 0, 0, 0, time.UTC))}
}

// TestReturnLabel: a label is bought for what comes back, its tracking moves the return, a person unpacks it, and the
// customer pays for the way as the policy says.
func TestReturnLabel(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/return-policies/p", `{"name":"P","auto_approve":true,"label_by":"customer","label_fee":{"amount":35,"currency":"GBP"}}`).want(201)
		f.waitsForLabel(2)
		f.post("/v1/returns/{return}/label?dry_run=true", `{}`).want(200).fields("id", "null", "return", f.vars["return"], "fulfillment", "", "status", "label_pending", "parcel.weight_grams", "1200", "quoted.amount", "550")
		f.get("/v1/returns/{return}").fields("status", "approved", "label", "", "estimate.amount.amount", "200")
		l := f.returnLabel(`{"carrier":"sand"}`).want(201).fields("status", "labeled", "carrier", "sand", "return", f.vars["return"], "parcel.weight_grams", "1200", "allowed.0", "void")
		f.get("/v1/returns/{return}").fields("status", "label_issued", "label", l.str("id"), "carrier", "sand", "tracking_number", l.str("tracking_number"), "estimate.amount.amount", "165", "estimate.fees.amount", "35")
		f.returnLabel(`{}`).refused(409, "label_exists").fields("label", l.str("id"))
		eventually(t, "the facts", func() bool { return f.get("/v1/reports/return_labels").str("rows.0.values.labels") == "1" })
		f.get("/v1/reports/return_labels?group_by=carrier").fields("rows.0.group.carrier", "sand", "rows.0.values.cost", l.str("cost.amount"), "rows.0.values.cost_per_label", l.str("cost.amount"))
		f.get("/v1/reports/return_labels/drilldown?metric=cost").fields("data.0.order", f.vars["order"], "data.1", "")
		first := f.get(l.str("file"))
		if !strings.HasPrefix(string(first.body), "%PDF-") || string(f.get(l.str("file")).body) != string(first.body) {
			t.Error("a reprint is not the same PDF")
		}
		token := f.linked(f.vars["order"], `"return"`)
		number := f.byLink("GET ", token, "").fields("returns.0.label", "true", "returns.0.status", "label_issued", "returns.0.label_by", "customer", "returns.0.send_to.country", "GB").str("returns.0.number")
		if r := f.byLink("GET /labels/"+number+".pdf", token, "").want(200); string(r.body) != string(first.body) {
			t.Error("the customer prints another label")
		}
		f.byLink("GET /labels/1-R9.pdf", token, "").refused(404, "not_found")

		// What the carrier says, in whatever order and how often, moves it; receipt is a person's.
		number = l.str("tracking_number")
		f.send(message(number, scan(shipping.PreTransit, 8))).want(200).fields("parcels", "1")
		f.get("/v1/returns/{return}").fields("status", "label_issued")
		f.send(message(number, scan(shipping.InTransit, 9))).want(200)
		f.get("/v1/returns/{return}").fields("status", "in_transit", "arrived_at", "", "expires_at", "")
		f.post("/v1/labels/{l}/void", "").refused(409, "label_in_use").fields("return", f.vars["return"])
		f.send(message(number, scan(shipping.Delivered, 12), scan(shipping.OutForDelivery, 11))).want(200)
		f.send(message(number, scan(shipping.Delivered, 12))).want(200)
		f.get("/v1/returns/{return}").fields("status", "in_transit", "arrived_at", "2026-11-24T12:00:00.000000Z", "lines.0.received", "0")
		f.post("/v1/labels/{l}/tracking", `{"code":"in_transit","at":"2026-11-24T13:00:00Z"}`).want(200) // it went to the neighbor
		f.get("/v1/returns/{return}").fields("arrived_at", "")
		f.post("/v1/labels/{l}/tracking", `{"code":"delivered","at":"2026-11-24T14:00:00Z"}`).want(200)
		f.get("/v1/returns/{return}").fields("arrived_at", "2026-11-24T14:00:00.000000Z")
		f.post("/v1/returns/{return}/receive", `{"lines":[{"line":"1","quantity":2}]}`).want(200).fields("status", "received")
		f.post("/v1/returns/{return}/inspect", `{"units":[{"line":"1","quantity":2,"condition":"new"}]}`).want(200).fields("status", "closed", "refunds.0.amount.amount", "165", "refunds.0.fees.amount", "35")
		f.byLink("GET ", token, "").fields("returns.0.send_to", "", "refunds.0.amount.amount", "165", "refunds.0.return", f.byLink("GET ", token, "").str("returns.0.number"), "refunds.0.lines.0.quantity", "2", "refunds.0.to", "tender")
		f.post("/v1/labels/{l}/void", "").refused(409, "label_in_use") // it has done its work
		f.settled()
		want := "label.requested label.bought return.label_issued order.link_created tracking.updated tracking.updated return.in_transit tracking.updated return.arrived tracking.updated return.in_transit tracking.updated return.arrived return.received return.inspected"
		if got := f.timelineOf(f.vars["order"]); !strings.Contains(got, want) {
			t.Errorf("events %s", got)
		}
		f.proven()
	})
}

// TestReturnLabelBack: a label that is not used is given back: by hand, with the return, and when the customer sends the
// parcel another way; and nothing leaves on one that is being given back (S2).
func TestReturnLabelBack(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		gone := func(label string) {
			t.Helper()
			eventually(t, "the label is given back", func() bool { return f.get("/v1/labels/"+label).str("status") == "voided" })
		}
		f.waitsForLabel(1)
		f.returnLabel(`{"carrier":"dock"}`).want(201).fields("carrier", "dock", "cost.amount", "330")
		f.post("/v1/labels/{l}/void", "").want(200).fields("status", "voided")
		f.get("/v1/returns/{return}").fields("status", "approved", "label", "", "tracking_number", "", "allowed.1", "label")
		f.returnLabel(`{"service":"nope"}`).refused(409, "no_service")
		f.returnLabel(`{"carrier":"nope"}`).refused(422, "validation_failed")
		f.returnLabel(`{"parcel":{"weight_grams":-1}}`).refused(422, "validation_failed")
		f.returnLabel(`{"parcel":{"weight_grams":900}}`).want(201).fields("quoted.amount", "330", "reason", "")
		f.post("/v1/returns/{return}/cancel", `{"reason":"kept"}`).want(200).fields("status", "canceled")
		gone(f.vars["l"])
		f.returnLabel(`{}`).refused(409, "illegal_transition").fields("state", "canceled")

		f.waitsForLabel(1)
		f.returnLabel(`{}`).want(201)
		f.post("/v1/returns/{return}/ship", `{"carrier":"Own","tracking_number":"OWN1"}`).want(200).fields("status", "in_transit", "label", "", "carrier", "Own", "tracking_number", "OWN1")
		gone(f.vars["l"])
		f.get("/v1/returns/{return}").fields("status", "in_transit", "tracking_number", "OWN1")
		f.post("/v1/returns/{return}/label", `{}`).refused(409, "illegal_transition")

		f.waitsForLabel(1)
		f.returnLabel(`{}`).want(201)
		f.post("/v1/returns/{return}/ship", `{}`).want(200).fields("label", f.vars["l"]) // handed in at the counter
		f.post("/v1/labels/{l}/void", "").refused(409, "label_in_use")
		f.post("/v1/returns/ret_{unknown}/label", `{}`).refused(404, "not_found")
		f.sold("manual", "", "PCL 1")
		c := f.post("/v1/orders/{order}/claims", `{"reason":"damaged","lines":[{"line":"1","quantity":1}],"remedy":"refund"}`).want(201)
		f.post("/v1/returns/"+c.str("id")+"/label", `{}`).refused(409, "illegal_transition")
		f.proven()
	})
}

// TestReturnLabelFaults: a carrier whose answer is lost, that does not answer in time, or that refuses, sells one label at
// most; and the same request again asks no carrier.
func TestReturnLabelFaults(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for code, postal := range map[string]string{"LATE": "00001", "NO": "00002"} {
			f.put("/v1/locations/"+code, `{"name":"N","type":"warehouse","address":{"line1":"2 Dock Road","city":"Hull","postal_code":"`+postal+`","country":"GB"}}`).want(201)
		}
		var lost atomic.Int64
		f.app.Carriers[shipping.Sandbox] = forgetful{f.parcels, &lost}
		f.waitsForLabel(1)
		lost.Store(1)
		ask := request{do: "POST /v1/returns/{return}/label", body: `{"carrier":"sand"}`, header: []string{"Idempotency-Key", "back"}}
		id := f.send(ask).want(201).str("id")
		eventually(t, "the label whose answer was lost", func() bool { return f.get("/v1/labels/"+id).str("status") == "labeled" })
		f.get("/v1/returns/{return}").fields("status", "label_issued", "label", id)
		f.put("/v1/carriers/sand", `{"name":"Sand","provider":"sandbox","active":false}`).want(200)
		if again := f.send(ask).want(201); again.str("id") != id || again.header.Get("Idempotent-Replayed") != "true" { // a carrier that is asked would refuse now
			t.Errorf("%s", again.body)
		}
		ask.body = `{}`
		f.send(ask).refused(422, "idempotency_conflict")
		f.put("/v1/carriers/sand", `{"name":"Sand","provider":"sandbox","services":[{"code":"parcel","name":"Parcel"}],"settings":{"webhook_secret_name":"HOOK","currency":"GBP"}}`).want(200)
		f.post("/v1/returns/{return}/cancel", `{"reason":"mistake"}`).want(200)

		// Given up while the carrier is still at it: the label goes back when it is there.
		f.sold("sandbox", "", "PCL 1")
		f.back(1, "unwanted", `"location":"LATE"`).want(201)
		id = f.returnLabel(`{"carrier":"sand"}`).want(201).fields("status", "label_pending").str("id")
		f.returnLabel(`{}`).refused(409, "label_exists")
		f.post("/v1/returns/{return}/cancel", `{"reason":"mistake"}`).want(200)
		eventually(t, "the late label is given back", func() bool { return f.get("/v1/labels/"+id).str("status") == "voided" })
		f.get("/v1/returns/{return}").fields("status", "canceled", "label", "")

		f.sold("sandbox", "", "PCL 1")
		f.back(1, "unwanted", `"location":"NO"`).want(201)
		f.returnLabel(`{"carrier":"sand"}`).want(201).fields("status", "label_failed", "reason", "address_rejected")
		f.get("/v1/returns/{return}").fields("status", "approved", "label", "")
		f.returnLabel(`{"carrier":"dock"}`).want(201).fields("status", "labeled")
		f.provenWith(verify.Options{Parcels: f.parcels})
	}, func(o *setup) {
		o.settings.PaymentWait = time.Second
		o.parcels.ResolveAfter = 2 * time.Second
	})
}
