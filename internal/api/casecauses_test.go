package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ordo/internal/micros"
	"ordo/internal/service"
	"ordo/internal/shipping"
)

// aCause lets an exception happen and returns the order that it is about. ends lets it be over; nil for what only a
// person ends.
type aCause struct {
	kind, queue string
	begin       func(t *testing.T, f *fixture) (order string)
	ends        func(t *testing.T, f *fixture, order string)
}

// scanned hands in what a carrier says of a parcel now.
func (f *fixture) scanned(number string, code shipping.Code, after time.Duration) {
	f.t.Helper()
	f.send(message(number, shipping.Scan{Code: code, At: micros.Of(time.Now().Add(after)), Message: "said"})).want(200).fields("parcels", "1")
}

// aParcel is an order on its way with a label of the sandbox carrier; its tracking number is {parcel}.
func (f *fixture) aParcel() string {
	f.t.Helper()
	order, ful := f.parcel("YO1 1AA", 1, "")
	f.vars["parcel"] = f.label(ful, `{"carrier":"sand"}`).want(201).str("tracking_number")
	f.step(ful, "ship", `{}`).want(200)
	return order
}

// dispute hears of the bank of a customer what it did with the money of an order.
func (f *fixture) dispute(order, kind string) {
	f.t.Helper()
	parent := f.get("/v1/orders/" + order).str("payments.0.entries.0.id")
	f.tell(kind+"-"+order, order, 0, "succeeded", "kind", kind, "key", "dp-"+order, "parent", parent, "amount", "100").want(200).fields("changed", "true")
}

// askedToCancel is an order whose location was asked to give units up; the fulfillment order is {asked}.
func (f *fixture) askedToCancel() string {
	f.t.Helper()
	id, ful := f.paid("A", 2)
	f.vars["asked"] = ful
	f.step(ful, "release", "").want(200)
	f.step(ful, "accept", "").want(200)
	f.step(ful, "cancel-request", `{"reason":"customer"}`).want(200)
	return id
}

// someCauses are in an order in which the last may move the clock.
func someCauses(later func(time.Duration)) []aCause {
	return []aCause{
		{"capture_failed", "payments", func(_ *testing.T, f *fixture) string {
			o := f.place("A", 1, "sandbox", "tok_capture_declined_once").want(201)
			f.step(o.str("fulfillments.0.id"), "release", "").want(200)
			f.step(o.str("fulfillments.0.id"), "ship", `{"tracking_number":"T1"}`).want(200)
			return o.str("id")
		}, func(_ *testing.T, f *fixture, order string) {
			f.happened(order, "payment.capture_failed")
			o := f.get("/v1/orders/" + order)
			f.post("/v1/orders/"+order+"/payments/"+o.str("payments.0.id")+"/captures", `{}`).want(200)
		}},
		{"void_failed", "payments", func(_ *testing.T, f *fixture) string {
			o := f.place("A", 2, "sandbox", "tok_void_fails_once").want(201)
			f.post("/v1/orders/"+o.str("id")+"/cancel", `{"reason":"customer"}`).want(200)
			return o.str("id")
		}, func(_ *testing.T, f *fixture, order string) {
			o := f.get("/v1/orders/" + order)
			f.post("/v1/orders/"+order+"/payments/"+o.str("payments.0.id")+"/voids", `{}`).want(200)
		}},
		{"payment_unmatched", "payments", func(_ *testing.T, f *fixture) string {
			o := f.place("A", 2, "sandbox", "tok_ok").want(201)
			f.tell("w-"+o.str("id"), o.str("id"), 0, "failed", "reason", "late").want(200).fields("changed", "false")
			return o.str("id")
		}, nil},
		{"payment_disputed", "payments", func(_ *testing.T, f *fixture) string {
			o := f.sold("sandbox", "", "A 1")
			f.dispute(o.str("id"), "chargeback")
			return o.str("id")
		}, func(_ *testing.T, f *fixture, order string) { f.dispute(order, "chargeback_reversal") }},
		{"shipment_exception", "shipping", func(_ *testing.T, f *fixture) string {
			id := f.aParcel()
			f.scanned(f.vars["parcel"], shipping.Exception, -2*time.Hour)
			return id
		}, func(_ *testing.T, f *fixture, _ string) { f.scanned(f.vars["parcel"], shipping.InTransit, -time.Hour) }},
		{"shipment_exception", "shipping", func(_ *testing.T, f *fixture) string { // nobody was there, and it comes back
			id := f.aParcel()
			f.scanned(f.vars["parcel"], shipping.ReturnToSender, -time.Hour)
			return id
		}, nil},
		{"shipment_lost", "shipping", func(_ *testing.T, f *fixture) string {
			id := f.aParcel()
			f.scanned(f.vars["parcel"], shipping.Lost, -time.Hour)
			return id
		}, nil},
		{"cancel_refused", "shipping", func(_ *testing.T, f *fixture) string {
			id := f.askedToCancel()
			f.step(f.vars["asked"], "cancel-request/refuse", "").want(200)
			return id
		}, func(_ *testing.T, f *fixture, _ string) {
			f.step(f.vars["asked"], "cancel-request", `{"reason":"customer"}`).want(200)
			f.step(f.vars["asked"], "cancel-request/accept", "").want(200)
		}},
		{"cancel_unanswered", "shipping", func(_ *testing.T, f *fixture) string {
			id := f.askedToCancel()
			f.due()
			return id
		}, nil},
		{"unfillable", "shipping", func(_ *testing.T, f *fixture) string {
			f.shortage("park")
			id := f.place("C", 3, "manual", "").want(201).str("id")
			f.shortage("reject")
			return id
		}, func(_ *testing.T, f *fixture, _ string) { f.stock("C", "L1", 5) }},
		{"job_dead", "", func(t *testing.T, f *fixture) string {
			o := f.place("A", 1, "manual", "").want(201)
			f.exec("INSERT INTO jobs (id, kind, args, state, run_at, attempts, owner, last_error, created_at) VALUES ($1, 'settle', $2, 'dead', 1, 100, '', 'gave up', 1)",
				"job_"+strings.TrimPrefix(exOrder, "ord_"), `{"order":"`+o.str("id")+`"}`)
			if err := f.app.SweepDeadJobs(t.Context()); err != nil {
				t.Fatal(err)
			}
			return ""
		}, func(_ *testing.T, f *fixture, _ string) {
			f.post("/v1/jobs/job_"+strings.TrimPrefix(exOrder, "ord_")+"/retry", "").want(200)
		}},
		{"shipment_late", "shipping", func(t *testing.T, f *fixture) string {
			f.put("/v1/channels/web", `{"name":"Web","shipping_methods":[{"code":"sand","name":"Standard","price":{"amount":100,"currency":"GBP"},"carrier":"sand","service":"parcel"}]}`).want(200)
			id, ful := f.parcel("YO1 1AA", 1, `"shipping_method":"sand"`)
			f.label(ful, `{}`).want(201)
			f.post("/v1/orders/"+id+"/promise", `{"reason":"correction","earliest":"2100-01-01","latest":"2100-01-01"}`).want(200)
			later(49 * time.Hour) // nobody has fetched it
			if err := f.app.SweepLate(t.Context()); err != nil {
				t.Fatal(err)
			}
			return id
		}, func(_ *testing.T, f *fixture, order string) {
			later(-49 * time.Hour)
			f.step(f.get("/v1/orders/"+order).str("fulfillments.0.id"), "ship", `{}`).want(200)
			f.step(f.get("/v1/orders/"+order).str("fulfillments.0.id"), "deliver", "").want(200)
		}},
	}
}

// elsewhere are the causes that other tests let happen: TestCasesOfExceptions, and those that have a test of their own.
var elsewhere = []string{"refund_failed", "webhook_dead"}

// TestCasesOfCauses: each kind of exception opens one case, in its queue, about its order; what is over resolves it.
func TestCasesOfCauses(t *testing.T) {
	clock, later := together()
	each(t, func(t *testing.T, f *fixture) {
		for _, c := range someCauses(later) {
			t.Run(c.kind, func(t *testing.T) {
				outer := f.t
				f.t = t
				defer func() { f.t = outer }()
				order := c.begin(t, f)
				var id string
				eventually(t, "the case", func() bool {
					r := f.get("/v1/cases?limit=1000&order=" + order)
					for i := range r.list("data") {
						if at := "data." + itoa(int64(i)); r.str(at+".cause.kind") == c.kind && (order != "" || r.str(at+".status") == "new") {
							id = r.str(at + ".id")
						}
					}
					return id != ""
				})
				got := f.get("/v1/cases/"+id).fields("origin", "exception", "entries", "1", "orders.0", order)
				if c.queue != "" {
					got.fields("queue", c.queue)
				}
				if subject := got.str("subject"); strings.Contains(subject, "{}") || order != "" && !strings.Contains(subject, f.get("/v1/orders/"+order).str("number")) {
					t.Errorf("the case is about %q", subject)
				}
				if c.ends != nil {
					c.ends(t, f, order)
					eventually(t, "its end", func() bool { return f.get("/v1/cases/"+id).str("status") == "resolved" })
				}
			})
		}
	}, clock, func(o *setup) { o.settings.RefusedAfter = time.Hour })
}

// TestEveryCauseHasAScenario: a cause that nothing lets happen may as well not be there.
func TestEveryCauseHasAScenario(t *testing.T) {
	for _, kind := range service.Causes {
		if !slices.Contains(elsewhere, kind) && !slices.ContainsFunc(someCauses(nil), func(c aCause) bool { return c.kind == kind }) {
			t.Errorf("no scenario lets %s happen", kind)
		}
	}
}
