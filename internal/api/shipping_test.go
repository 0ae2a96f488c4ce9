package api

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/micros"
	"ordo/internal/provider/carrier"
	parcels "ordo/internal/provider/carrier/sandbox"
	"ordo/internal/shipping"
)

func init() {
	exampleOrder += ` putCarrier getCarrier listCarriers putCarrierRates getCarrierRates rateFulfillment placeOrder releaseFulfillment buyLabel listLabels
		getLabel getLabelFile getTracking addTracking refreshTracking voidLabel buyReturnLabel getPromise changePromise`
}

// dockRates are the tables of carrier dock.
const dockRates = `{"currency":"GBP","divisor":5000,"fuel_rate":"0.1","remote":200,"csv":"kind,zone,country,postal_from,postal_to,remote,service,up_to_grams,price,transit_days\n` +
	`zone,home,GB\nzone,isles,GB,HS1,HS9,yes\nrate,home,,,,,standard,1000,300,2\nrate,home,,,,,standard,30000,500,2\nrate,home,,,,,express,30000,900,1\nrate,isles,,,,,standard,30000,1500,5\n"}`

// shipping puts carriers into the small world, an order that waits for its label, and one that has one.
func (f *fixture) shipping() {
	f.t.Helper()
	f.put("/v1/carriers/dock", `{"name":"Dock Express","provider":"table","services":[{"code":"standard","name":"Standard","transit_days":2},{"code":"express","name":"Express","transit_days":1}]}`).want(201)
	f.put("/v1/carriers/dock/rates", dockRates).want(200)
	f.put("/v1/carriers/sand", `{"name":"Sand","provider":"sandbox","services":[{"code":"parcel","name":"Parcel","transit_days":3,"countries":["FR","GB"]}],"settings":{"webhook_secret_name":"HOOK","currency":"GBP"}}`).want(201)
	f.put("/v1/products/PCL", `{"name":"Parcel","price":{"amount":100,"currency":"GBP"},"weight_grams":600}`).want(201)
	f.stock("PCL", "L1", 1000)
	for _, name := range []string{"parcel", "sent"} {
		o := f.place("PCL", 1, "manual", "").want(201)
		f.vars[name], f.vars[name+"_fulfillment"] = o.str("id"), o.str("fulfillments.0.id")
	}
	f.vars["label"] = f.post("/v1/fulfillments/{sent_fulfillment}/labels", `{}`).want(201).str("id")
}

// message is a webhook of the sandbox carrier.
func message(tracking string, scans ...shipping.Scan) request {
	h, body := parcels.Message("whsec_parcels", "msg_1", time.Now(), tracking, scans...)
	r := request{do: "POST /v1/webhooks/carriers/sand", key: "-", body: string(body)}
	for name, values := range h {
		r.header = append(r.header, name, values[0])
	}
	return r
}

// parcel places an order that goes to a postal code, releases it, and returns its ids.
func (f *fixture) parcel(postal string, quantity int, more string) (order, fulfillment string) {
	f.t.Helper()
	body := strings.Replace(orderBody("PCL", quantity, "manual", ""), "YO1 1AA", postal, 1)
	if more != "" {
		body = with(body, more)
	}
	o := f.post("/v1/orders", body).want(201)
	order, fulfillment = o.str("id"), o.str("fulfillments.0.id")
	f.post("/v1/fulfillments/"+fulfillment+"/release", "").want(200)
	return order, fulfillment
}

func (f *fixture) label(fulfillment, body string) reply {
	f.t.Helper()
	return f.post("/v1/fulfillments/"+fulfillment+"/labels", body)
}

// timelineOf lists the types of an order's events.
func (f *fixture) timelineOf(order string) string {
	f.t.Helper()
	r := f.get("/v1/orders/" + order + "/timeline?limit=1000")
	var out []string
	for i := range r.list("data") {
		out = append(out, r.str(fmt.Sprintf("data.%d.type", i)))
	}
	return strings.Join(out, " ")
}

// From rates over the label to the door, and the label's life: S1, S2, reprint, void.
func TestLabels(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		order, ful := f.parcel("YO1 1AA", 2, "")
		rates := f.post("/v1/fulfillments/"+ful+"/rates", `{}`).want(200)
		rates.fields("package", "whole", "parcel.weight_grams", "1200", "chosen.carrier", "dock", "chosen.service", "standard", "chosen.cost.amount", "550", "reason", "cheapest")
		if n := len(rates.list("quotes")); n != 3 {
			t.Fatalf("%d quotes: %s", n, rates.body)
		}
		try := f.post("/v1/fulfillments/"+ful+"/labels?dry_run=true", `{}`).want(200)
		try.fields("id", "null", "status", "label_pending", "quoted.amount", "550")
		l := f.label(ful, `{"carrier":"dock","parcel":{"weight_grams":900,"length_mm":300,"width_mm":200,"height_mm":100}}`).want(201)
		l.fields("status", "labeled", "carrier", "dock", "service", "standard", "cost.amount", "550", "chosen", "requested", "parcel.weight_grams", "900", "attempts.0.state", "succeeded", "allowed.0", "void")
		id := l.str("id")
		f.label(ful, `{}`).refused(409, "label_exists").fields("label", id)
		first := f.get(l.str("file"))
		if !strings.HasPrefix(string(first.body), "%PDF-") || string(f.get(l.str("file")).body) != string(first.body) {
			t.Error("a reprint is not the same PDF")
		}

		// A voided label does not ship; another one may be bought.
		f.post("/v1/labels/"+id+"/void", "").want(200).fields("status", "voided")
		f.post("/v1/labels/"+id+"/void", "").refused(409, "illegal_transition").fields("state", "voided")
		f.post("/v1/fulfillments/"+ful+"/ship", `{}`).refused(409, "label_voided")
		f.post("/v1/fulfillments/"+ful+"/ship", `{"tracking_number":"`+l.str("tracking_number")+`"}`).refused(409, "label_voided")
		second := f.label(ful, `{"carrier":"sand"}`).want(201)
		second.fields("status", "labeled", "chosen", "requested", "cost.amount", "600", "quotes.0.refused", "not_requested")

		// Shipping takes the tracking of the label.
		f.post("/v1/fulfillments/"+ful+"/ship", `{}`).want(200).fields("tracking_number", second.str("tracking_number"), "carrier", "sand", "status", "shipped")
		f.post("/v1/labels/"+second.str("id")+"/void", "").refused(409, "label_in_use")
		got := f.timelineOf(order)
		if !strings.Contains(got, "label.requested label.bought label.void_requested label.voided label.requested label.bought fulfillment.shipped") {
			t.Errorf("events %s", got)
		}
		if n := len(f.get("/v1/fulfillments/" + ful + "/labels").list("data")); n != 2 {
			t.Errorf("%d labels", n)
		}
		f.label(ful, `{}`).refused(409, "illegal_transition")
		f.post("/v1/labels/lbl_{unknown}/void", "").refused(404, "not_found")
	})
}

// The same key buys once and answers the same.
func TestLabelOncePerKey(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		_, ful := f.parcel("YO1 1AA", 1, "")
		do := request{do: "POST /v1/fulfillments/" + ful + "/labels", body: `{"carrier":"sand"}`, header: []string{"Idempotency-Key", "one"}}
		first, again := f.send(do).want(201), f.send(do).want(201)
		if string(first.body) != string(again.body) || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s\n%s", first.body, again.body)
		}
		// The answer does not depend on what carriers say today; neither does that of asking where the parcel is.
		ask := request{do: "POST /v1/labels/" + first.str("id") + "/refresh", header: []string{"Idempotency-Key", "two"}}
		f.send(ask).want(200)
		f.put("/v1/carriers/sand", `{"name":"Sand","provider":"sandbox","active":false,"services":[{"code":"parcel","name":"Parcel"}]}`).want(200)
		if again = f.send(do).want(201); string(first.body) != string(again.body) {
			t.Errorf("%s\n%s", first.body, again.body)
		}
		f.send(request{do: do.do, body: `{}`, header: do.header}).refused(422, "idempotency_conflict")
		if again = f.send(ask).want(200); again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("asked again: %s", again.body)
		}
	})
}

func bought(t *testing.T, f *fixture) (labels int, calls int64) {
	t.Helper()
	if err := f.parcels.List(t.Context(), func(r parcels.Record) error {
		if r.Kind == shipping.Buy && r.State == shipping.Succeeded {
			labels++
		}
		calls += r.Calls
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return labels, calls
}

// The carrier's faults: none of them buys twice, and what is unknown is found out.
func TestLabelFaults(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		buy := func(postal string) (order, ful string, r reply) {
			order, ful = f.parcel(postal, 1, "")
			return order, ful, f.label(ful, `{"carrier":"sand"}`).want(201)
		}
		_, ful, r := buy("00002")
		r.fields("status", "label_failed", "reason", "address_rejected", "attempts.0.state", "failed")
		f.label(ful, `{"carrier":"dock"}`).want(201).fields("status", "labeled") // a failed one is in nobody's way
		f.get("/v1/fulfillments/"+ful+"/labels").fields("data.0.status", "label_failed", "data.1.status", "labeled")

		// Asked twice, since the first call left no trace; and asked again, since the first timed out.
		_, _, r = buy("00003")
		eventually(t, "the label of the second call", func() bool { return f.get("/v1/labels/"+r.str("id")).str("status") == "labeled" })
		order, late, r := buy("00001")
		r.fields("status", "label_pending")
		f.post("/v1/fulfillments/"+late+"/ship", `{"tracking_number":"T"}`).refused(409, "label_not_ready")
		f.label(late, `{}`).refused(409, "label_exists")
		eventually(t, "the label that timed out", func() bool { return f.get("/v1/labels/"+r.str("id")).str("status") == "labeled" })
		if n, _ := bought(t, f); n != 2 {
			t.Errorf("%d labels were bought at the carrier, want 2", n)
		}

		// Canceling gives the label back by itself.
		f.post("/v1/orders/"+order+"/cancel", `{"reason":"customer"}`).want(200)
		eventually(t, "the label is voided", func() bool { return f.get("/v1/labels/"+r.str("id")).str("status") == "voided" })

		// A carrier that refuses to take a label back keeps it, and says why.
		_, _, r = buy("00006")
		f.post("/v1/labels/"+r.str("id")+"/void", "").want(200).fields("status", "labeled", "reason", "already_used")

		// Rates that do not come are answered for by tables, where there are any.
		_, ful = f.parcel("00005", 1, "")
		q := f.post("/v1/fulfillments/"+ful+"/rates", `{}`).want(200)
		if !strings.Contains(string(q.body), `"refused":"no_answer"`) {
			t.Errorf("%s", q.body)
		}
		f.put("/v1/carriers/sand/rates", `{"currency":"GBP","csv":"kind,zone,country,service,up_to_grams,price\nzone,gb,GB\nrate,gb,,parcel,5000,100"}`).want(200)
		f.post("/v1/fulfillments/"+ful+"/rates", `{}`).want(200).fields("chosen.carrier", "sand", "chosen.fallback", "true", "chosen.cost.amount", "100")
	}, func(o *setup) {
		o.settings.PaymentWait = time.Second
		o.parcels.ResolveAfter = 2 * time.Second
		o.parcels.Slow = 10 * time.Millisecond
	})
}

// forgetful is a carrier whose answers get lost on the way: as if the process had died between the carrier's commit and
// ours.
type forgetful struct {
	*parcels.Provider
	lost *atomic.Int64 // how many answers are still to be lost
}

func (p forgetful) Buy(ctx context.Context, a carrier.Account, r carrier.Request) (shipping.Outcome, error) {
	return p.forget(p.Provider.Buy(ctx, a, r))
}

func (p forgetful) Void(ctx context.Context, a carrier.Account, r carrier.Request) (shipping.Outcome, error) {
	return p.forget(p.Provider.Void(ctx, a, r))
}

func (p forgetful) forget(out shipping.Outcome, err error) (shipping.Outcome, error) {
	if p.lost.Add(-1) >= 0 {
		return shipping.Outcome{}, io.ErrUnexpectedEOF
	}
	return out, err
}

// What the carrier did and we did not hear of is asked for under the same key: nothing is bought or given back twice.
func TestLostAnswersOfCarriers(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		var lost atomic.Int64
		f.app.Carriers[shipping.Sandbox] = forgetful{f.parcels, &lost}
		_, ful := f.parcel("YO1 1AA", 1, "")
		lost.Store(1)
		l := f.label(ful, `{"carrier":"sand"}`).want(201)
		id := l.str("id")
		eventually(t, "the label whose answer was lost", func() bool { return f.get("/v1/labels/"+id).str("status") == "labeled" })
		if labels, calls := bought(t, f); labels != 1 || calls != 1 {
			t.Errorf("%d labels by %d calls", labels, calls)
		}
		lost.Store(1)
		f.post("/v1/labels/"+id+"/void", "").want(200)
		eventually(t, "the void whose answer was lost", func() bool { return f.get("/v1/labels/"+id).str("status") == "voided" })
		got := f.get("/v1/labels/" + id)
		got.fields("attempts.0.state", "succeeded", "attempts.1.state", "succeeded")
		if _, calls := bought(t, f); calls != 2 || len(got.list("attempts")) != 2 {
			t.Errorf("%d calls, %s", calls, got.body)
		}
	})
}

// D18 over HTTP: reordered, repeated, late events come to the state of the sorted replay; delivered stays but for a
// manual row; delivery reaches the fulfillment order and the order.
func TestTracking(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		order, ful := f.parcel("YO1 1AA", 1, "")
		l := f.label(ful, `{"carrier":"sand"}`).want(201)
		number := l.str("tracking_number")
		base := micros.Of(time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC))
		scan := func(hour int, code shipping.Code) shipping.Scan {
			return shipping.Scan{Code: code, At: base.Add(time.Duration(hour) * time.Hour), Message: "said to Ada", Place: "York"}
		}
		send := func(parcels int, scans ...shipping.Scan) {
			t.Helper()
			f.send(message(number, scans...)).want(200).fields("parcels", fmt.Sprint(parcels))
		}
		state := func(want string) {
			t.Helper()
			f.get("/v1/fulfillments/"+ful+"/tracking").fields("packages.0.status", want)
		}
		send(1, scan(3, shipping.OutForDelivery))
		send(1, scan(1, shipping.InTransit), scan(0, shipping.PreTransit))
		state("out_for_delivery")
		send(1, scan(4, shipping.Delivered))
		f.get("/v1/fulfillments/"+ful).fields("status", "released") // it has not shipped yet by our books
		f.post("/v1/fulfillments/"+ful+"/ship", `{}`).want(200).fields("status", "delivered")
		f.get("/v1/orders/"+order).fields("fulfillment_status", "delivered", "status", "completed")
		head := f.head()
		send(1, scan(4, shipping.Delivered), scan(3, shipping.OutForDelivery), scan(1, shipping.InTransit))
		if f.head() != head {
			t.Error("repeated events were written again")
		}
		send(1, scan(9, shipping.InTransit), scan(2, shipping.Exception))
		state("delivered")
		got := f.timelineOf(order)
		if strings.Count(got, "tracking.updated") != 4 || !strings.Contains(got, "shipment.exception") {
			t.Errorf("events %s", got)
		}
		tracking := f.get("/v1/fulfillments/" + ful + "/tracking")
		tracking.fields("packages.0.events.0.code", "pre_transit", "packages.0.events.5.code", "in_transit", "packages.0.events.0.place", "York", "packages.0.events.0.source", "webhook")
		if all := f.get("/v1/events?limit=1000&after=" + fmt.Sprint(head-20)); strings.Contains(string(all.body), `"message":"said to Ada"`) && !strings.Contains(string(all.body), `"personal"`) {
			t.Error("what the carrier wrote is in the hashed body")
		}

		// A person corrects.
		f.post("/v1/labels/"+l.str("id")+"/tracking?dry_run=true", `{"code":"lost","at":"2026-11-25T10:00:00Z"}`).want(200).fields("tracking_status", "lost")
		state("delivered")
		f.post("/v1/labels/"+l.str("id")+"/tracking", `{"code":"lost","at":"2026-11-25T10:00:00Z","message":"neighbor never got it"}`).want(200).fields("tracking_status", "lost")
		if got := f.timelineOf(order); !strings.Contains(got, "shipment.lost") {
			t.Errorf("events %s", got)
		}
		f.send(message("SBXnobody", scan(1, shipping.Delivered))).want(200).fields("parcels", "0", "unknown", "1")
	})
}

// Polling finds what webhooks did not bring; a carrier's own disorder does not matter.
func TestPolling(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for postal, want := range map[string]string{"00015": "in_transit", "00012": "in_transit"} {
			order, ful := f.parcel(postal, 1, "")
			l := f.label(ful, `{"carrier":"sand"}`).want(201)
			f.post("/v1/labels/"+l.str("id")+"/refresh", "").want(200).fields("tracking_status", "pre_transit")
			if err := f.parcels.Advance(t.Context(), l.str("tracking_number")); err != nil {
				t.Fatal(err)
			}
			f.post("/v1/labels/"+l.str("id")+"/refresh", "").want(200).fields("tracking_status", want)
			head := f.head()
			f.post("/v1/labels/"+l.str("id")+"/refresh", "").want(200)
			if f.head() != head {
				t.Error("nothing new was written")
			}
			if postal == "00012" {
				_ = f.parcels.Advance(t.Context(), l.str("tracking_number"))
				f.post("/v1/labels/"+l.str("id")+"/refresh", "").want(200).fields("tracking_status", "lost")
				if got := f.timelineOf(order); !strings.Contains(got, "shipment.lost") {
					t.Errorf("events %s", got)
				}
			}
		}
	})
}

// Carriers are asked by themselves, again and again: no webhook and nobody's refresh is needed.
func TestPollingByItself(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		_, ful := f.parcel("YO1 1AA", 1, "")
		l := f.label(ful, `{"carrier":"sand"}`).want(201)
		seen := ""
		for range 2 {
			if err := f.parcels.Advance(t.Context(), l.str("tracking_number")); err != nil {
				t.Fatal(err)
			}
			var now string
			eventually(t, "the poll", func() bool {
				f.dueNow("track")
				now = f.get("/v1/labels/" + l.str("id")).str("tracking_status")
				return now != "" && now != seen
			})
			seen = now
		}
		f.get("/v1/fulfillments/"+ful+"/tracking").fields("packages.0.events.0.source", "poll")
	})
}

// TestCarrierThatDoesNotTell: polling goes on for as long as a carrier does not answer, and hears of the parcel then.
func TestCarrierThatDoesNotTell(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		_, ful := f.parcel("00016", 1, "")
		l := f.label(ful, `{"carrier":"sand"}`).want(201)
		f.post("/v1/labels/"+l.str("id")+"/refresh", "").refused(503, "carrier_no_answer")
		for range 3 {
			f.dueNow("track")
			eventually(t, "the poll has an heir that was never tried", func() bool { return f.untriedJobs("track") == 1 })
		}
		if n := strings.Count(f.log.String(), "a carrier does not say where a parcel is"); n != 4 {
			t.Errorf("the log tells of %d calls without an answer, want 1 by hand and 3 polls", n)
		}
		if err := f.parcels.Advance(t.Context(), l.str("tracking_number")); err != nil {
			t.Fatal(err)
		}
		f.dueNow("track")
		eventually(t, "the answer", func() bool { return f.get("/v1/labels/"+l.str("id")).str("tracking_status") == "in_transit" })
		f.proven()
	})
}

// TestPromiseFollowsTheWay: another method or address has its own day, with the first kept; a method that promises
// nothing has none; and what is packed goes as it was packed for.
func TestPromiseFollowsTheWay(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/channels/web", `{"name":"Web","shipping_methods":[{"code":"std","name":"Standard","price":{"amount":100,"currency":"GBP"},"carrier":"dock","service":"standard","buffer_days":5},`+
			`{"code":"fast","name":"Fast","price":{"amount":300,"currency":"GBP"},"carrier":"dock","service":"express"},{"code":"plain","name":"Plain","price":{"amount":50,"currency":"GBP"}}]}`).want(200)
		day := func(method string) string {
			return f.get("/v1/promise?channel=web&country=GB&location=L1&shipping_method=" + method).str("data.0.latest")
		}
		slow, soon := day("std"), day("fast")
		if soon >= slow {
			t.Fatalf("express comes on %s, standard on %s", soon, slow)
		}
		o := f.post("/v1/orders", with(orderBody("PCL", 1, "manual", ""), `"shipping_method":"std"`)).want(201)
		f.vars["id"] = o.str("id")
		change := func(action string) reply {
			return f.post("/v1/orders/{id}/changes", `{"actions":[{"type":"shipping_change",`+action+`}]}`).want(201)
		}
		f.post("/v1/orders/{id}/details", `{"shipping_method":"fast"}`).want(200).fields(
			"lines.0.promise.first_latest", slow, "lines.0.promise.current_latest", soon, "lines.0.promise.reason", "customer_request")
		f.post("/v1/orders/{id}/details", `{"shipping_method":"plain"}`).want(200).fields("lines.0.promise", "")
		f.post("/v1/changes/"+change(`"method":"std"`).str("id")+"/confirm", "").want(200)
		f.get("/v1/orders/{id}").fields("lines.0.promise.current_latest", slow, "shipping.method", "std", "holds.0", "")
		f.timeline(o.str("id"), "order.placed", "payment.authorized", "order.accepted", "fulfillment.planned", "order.changed", "order.promise_changed",
			"order.changed", "order.promise_changed", "order.change_previewed", "order.changed", "order.promise_changed")
		ful := o.str("fulfillments.0.id")
		f.step(ful, "release", "").want(200)
		f.step(ful, "pick", "{}").want(200)
		f.step(ful, "pack", "{}").want(200)
		change(`"method":"fast"`).fields("preview.violations.0.code", "already_packed")
		change(`"amount":{"amount":0,"currency":"GBP"}`).fields("preview.violations.0", "")
		f.post("/v1/orders/{id}/promise", `{"reason":"other","earliest":"2020-01-01","latest":"2020-01-02"}`).refused(422, "validation_failed").fields("errors.0.pointer", "/latest")
		f.proven()
	})
}

func TestWebhookSignature(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		good := message("SBX1")
		bad := good
		bad.body = strings.Replace(bad.body, "SBX1", "SBX2", 1)
		f.send(bad).refused(401, "invalid_signature")
		f.send(request{do: "POST /v1/webhooks/carriers/sand", key: "-", body: `{}`}).refused(401, "invalid_signature")
		f.send(request{do: "POST /v1/webhooks/carriers/none", key: "-", body: `{}`}).refused(404, "not_found")
		f.send(request{do: "POST /v1/webhooks/carriers/dock", key: "-", body: `{}`}).refused(404, "not_found")
		f.send(good).want(200).fields("unknown", "1")
	})
}

// The day that is promised: before the order, with it, and changed for a reason.
func TestPromises(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/locations/L1", `{"name":"One","type":"warehouse","time_zone":"Europe/London","cut_off":"14:00","processing_days":1,"holidays":"GB","address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`).want(200)
		f.put("/v1/channels/web", `{"name":"Web","shipping_methods":[{"code":"std","name":"Standard","price":{"amount":100,"currency":"GBP"},"carrier":"dock","service":"standard","buffer_days":1},`+
			`{"code":"plain","name":"Plain","price":{"amount":50,"currency":"GBP"}}]}`).want(200)
		before := f.get("/v1/promise?channel=web&shipping_method=std&country=GB&location=L1")
		latest := before.str("data.0.latest")
		o := f.post("/v1/orders", with(orderBody("PCL", 1, "manual", ""), `"shipping_method":"std"`)).want(201)
		o.fields("lines.0.promise.first_latest", latest, "lines.0.promise.current_latest", latest, "lines.0.promise.first_earliest", before.str("data.0.earliest"))
		if a, b := before.str("data.0.earliest"), latest; a >= b {
			t.Errorf("%s to %s", a, b)
		}
		plain := f.post("/v1/orders", with(orderBody("PCL", 1, "manual", ""), `"shipping_method":"plain"`)).want(201)
		if plain.at("lines.0.promise") != nil {
			t.Error("a method without a service promises something")
		}
		f.post("/v1/orders/"+plain.str("id")+"/promise", `{"reason":"weather"}`).refused(409, "no_promise")
		id := o.str("id")
		changed := f.post("/v1/orders/"+id+"/promise", `{"reason":"stock_delay","earliest":"2027-01-04","latest":"2027-01-06"}`).want(200)
		changed.fields("lines.0.promise.first_latest", latest, "lines.0.promise.current_latest", "2027-01-06", "lines.0.promise.reason", "stock_delay")
		f.post("/v1/orders/"+id+"/promise", `{"reason":"correction"}`).want(200).fields("lines.0.promise.current_latest", latest, "lines.0.promise.first_latest", latest)
		if got := f.timelineOf(id); !strings.Contains(got, "order.promise_changed order.promise_changed") {
			t.Errorf("events %s", got)
		}

		// The label keeps what the method stands for.
		ful := o.str("fulfillments.0.id")
		f.label(ful, `{}`).want(201).fields("carrier", "dock", "service", "standard", "chosen", "shipping_method")

		f.run(t, []scenario{
			{name: "no country", do: "GET /v1/promise?channel=web&shipping_method=std", want: 400, code: "invalid_parameter"},
			{name: "no method", do: "GET /v1/promise?channel=web&country=GB", want: 400, code: "invalid_parameter"},
			{name: "no service behind it", do: "GET /v1/promise?channel=web&shipping_method=plain&country=GB", want: 409, code: "no_promise"},
			{name: "unknown carrier", do: "GET /v1/promise?carrier=x&service=y&country=GB", want: 404, code: "not_found"},
			{name: "bad days", do: "POST /v1/orders/" + id + "/promise", body: `{"reason":"mood","earliest":"2027-01-06","latest":"2027-01-04","lines":["9"]}`, want: 422, code: "validation_failed", at: []string{"/reason", "/latest", "/lines"}},
			{name: "one day", do: "POST /v1/orders/" + id + "/promise", body: `{"reason":"other","earliest":"2027-01-06"}`, want: 422, code: "validation_failed", at: []string{"/latest"}},
			{name: "no day", do: "POST /v1/orders/" + id + "/promise", body: `{"reason":"other","earliest":"06.01.2027","latest":"soon"}`, want: 422, code: "validation_failed", at: []string{"/earliest", "/latest"}},
			{name: "location", do: "PUT /v1/locations/L9", body: `{"name":"x","type":"store","time_zone":"Moon","cut_off":"2pm","processing_days":-1,"work_days":["day"],"holidays":"QQ"}`, want: 422, code: "validation_failed", at: []string{"/time_zone", "/cut_off", "/processing_days", "/work_days/0", "/holidays"}},
			{name: "method of no carrier", do: "PUT /v1/channels/web", body: `{"name":"Web","shipping_methods":[{"code":"a","name":"A","price":{"amount":1,"currency":"GBP"},"carrier":"x","service":"y"}]}`, want: 422, code: "validation_failed", at: []string{"/shipping_methods/0/service"}},
		})
	})
}

func TestCarriers(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.get("/v1/carriers/dock/rates").fields("currency", "GBP", "zones.1.remote", "true", "prices.3.transit_days", "5")
		try := f.send(request{do: "PUT /v1/carriers/dock/rates?dry_run=true", body: `{"currency":"GBP","csv":"kind,zone,country\nzone,a,GB"}`}).want(200)
		if try.header.Get("Dry-Run") != "true" || len(try.list("zones")) != 1 {
			t.Errorf("%s", try.body)
		}
		// Saving the carrier leaves its rates.
		f.put("/v1/carriers/dock", `{"name":"Dock","provider":"table","services":[{"code":"standard","name":"Standard","transit_days":2}]}`).want(200).fields("has_rates", "true", "name", "Dock")
		f.get("/v1/carriers/dock/rates").fields("prices.0.price", "300")
		f.vars["channels"] = f.key(`"scopes":["*"],"channels":["phone"]`)
		_, ful := f.parcel("YO1 1AA", 1, "")
		f.run(t, []scenario{
			{name: "rows", do: "PUT /v1/carriers/dock/rates", body: `{"currency":"x","csv":"kind,zone,country,service,up_to_grams,price\nzone,a,UK\nrate,b,,none,1,1\n"}`, want: 422, code: "validation_failed", at: []string{"/currency", "/csv", "/csv"}, has: "line 3, service"},
			{name: "nothing was kept of it", do: "GET /v1/carriers/dock/rates", want: 200, has: `"price":300`},
			{name: "rates of nobody", do: "PUT /v1/carriers/none/rates", body: dockRates, want: 404, code: "not_found"},
			{name: "carrier", do: "PUT /v1/carriers/ep", body: `{"name":"","provider":"easypost","services":[{"code":"","name":"x"}],"settings":{"base_url":"http://x"}}`, want: 422, code: "validation_failed", at: []string{"/name", "/services/0/code", "/settings/base_url", "/settings/secret_name"}},
			{name: "secret in a document", do: "PUT /v1/carriers/ep", body: `{"name":"E","provider":"easypost","settings":{"secret_name":"EZTK-abc"}}`, want: 422, code: "validation_failed", at: []string{"/settings/secret_name"}},
			{name: "carriers are for all channels", do: "PUT /v1/carriers/x", key: "{channels}", body: `{"name":"x","provider":"table"}`, want: 403, code: "all_channels_required"},
			{name: "label of another channel", do: "GET /v1/labels/{label}", key: "{channels}", want: 404, code: "not_found"},
			{name: "unknown carrier", do: "POST /v1/fulfillments/" + ful + "/labels", body: `{"carrier":"x"}`, want: 422, code: "validation_failed", at: []string{"/carrier"}},
			{name: "unknown service", do: "POST /v1/fulfillments/" + ful + "/labels", body: `{"carrier":"dock","service":"x"}`, want: 422, code: "validation_failed", at: []string{"/service"}},
			{name: "unknown package", do: "POST /v1/fulfillments/" + ful + "/rates", body: `{"package":"pkg_x"}`, want: 404, code: "not_found"},
			{name: "heavy", do: "POST /v1/fulfillments/" + ful + "/rates", body: `{"parcel":{"weight_grams":-1,"length_mm":100001}}`, want: 422, code: "validation_failed", at: []string{"/parcel/weight_grams", "/parcel/length_mm"}},
			{name: "nobody takes it", do: "POST /v1/fulfillments/" + ful + "/labels", body: `{"carrier":"dock","parcel":{"weight_grams":30001}}`, want: 409, code: "no_service", has: "too_heavy"},
			{name: "tracking", do: "POST /v1/labels/{label}/tracking", body: `{"code":"beamed","at":"yesterday"}`, want: 422, code: "validation_failed", at: []string{"/at", "/code"}},
		})

		// A place without an address cannot ship.
		f.put("/v1/locations/L1", `{"name":"One","type":"warehouse"}`).want(200)
		f.post("/v1/fulfillments/"+ful+"/rates", `{}`).refused(409, "location_address_required")

		// EasyPost without its key in the environment refuses, and the tables of others still answer.
		f.put("/v1/carriers/ep", `{"name":"EasyPost","provider":"easypost","services":[{"code":"g","name":"Ground","provider_code":"USPS/Ground"}],"settings":{"secret_name":"NONE"}}`).want(201)
	})
}
