package api

import (
	"fmt"
	"strings"
	"testing"

	"ordo/internal/fulfillment"
	"ordo/internal/store"
)

func init() {
	exampleOrder += ` scheduleFulfillment acceptFulfillment rejectFulfillment pickFulfillment packFulfillment readyForPickup pickUpFulfillment noShowFulfillment
		holdFulfillment resumeFulfillment requestCancelFulfillment acceptCancelFulfillment refuseCancelFulfillment releaseFulfillments`
	const accept, ask = "accept", `cancel-request {"reason":"customer"}`
	for op, steps := range map[string][]string{
		"releaseFulfillments": {}, "scheduleFulfillment": {}, "releaseFulfillment": {}, "acceptFulfillment": {"release"}, "rejectFulfillment": {"release"},
		"pickFulfillment": {"release"}, "packFulfillment": {"release"}, "shipFulfillment": {"release"}, "deliverFulfillment": {"release", `ship {"tracking_number":"T"}`},
		"holdFulfillment": {}, "resumeFulfillment": {`hold {"reason":"other"}`}, "requestCancelFulfillment": {}, "acceptCancelFulfillment": {"release", accept, ask},
		"refuseCancelFulfillment": {"release", accept, ask}, "readyForPickup": {"release"}, "pickUpFulfillment": {"release", "ready-for-pickup {}"},
		"noShowFulfillment": {"release", "ready-for-pickup {}"},
	} {
		before[op] = func(f *fixture) {
			body := orderBody("A", 1, "manual", "")
			if strings.Contains(op, "ick") && op != "pickFulfillment" || op == "noShowFulfillment" {
				body = pickupBody("A", "L1", 1, `"provider":"manual"`)
			}
			f.vars["fulfillment"] = f.post("/v1/orders", body).want(201).str("fulfillments.0.id")
			for _, s := range steps {
				name, body, _ := strings.Cut(s, " ")
				f.step(f.vars["fulfillment"], name, body).want(200)
			}
		}
	}
}

// fulfillmentCalls is one request per step, of the fulfillment order that before made.
func fulfillmentCalls() map[string]request {
	out := map[string]request{"releaseFulfillments": {do: "POST /v1/fulfillment-releases", body: `{"ids":["{fulfillment}"]}`}}
	for op, call := range map[string]string{
		"scheduleFulfillment": `schedule {"release_at":"2100-01-01T00:00:00Z"}`, "releaseFulfillment": "release", "acceptFulfillment": "accept",
		"rejectFulfillment": `reject {"reason":"other"}`, "pickFulfillment": "pick {}", "packFulfillment": "pack {}", "shipFulfillment": `ship {"tracking_number":"T"}`,
		"deliverFulfillment": "deliver", "readyForPickup": "ready-for-pickup {}", "pickUpFulfillment": "pick-up", "noShowFulfillment": "no-show",
		"holdFulfillment": `hold {"reason":"other"}`, "resumeFulfillment": "resume", "requestCancelFulfillment": `cancel-request {"reason":"other"}`,
		"acceptCancelFulfillment": "cancel-request/accept", "refuseCancelFulfillment": "cancel-request/refuse",
	} {
		name, body, _ := strings.Cut(call, " ")
		out[op] = request{do: "POST /v1/fulfillments/{fulfillment}/" + name, body: body}
	}
	return out
}

// step posts a step of a fulfillment order.
func (f *fixture) step(id, step, body string, headers ...string) reply {
	f.t.Helper()
	return f.post("/v1/fulfillments/"+id+"/"+step, body, headers...)
}

// paid is an order of a card, and its only fulfillment order.
func (f *fixture) paid(sku string, quantity int) (order, fulfillment string) {
	f.t.Helper()
	o := f.place(sku, quantity, "sandbox", "tok_ok").want(201)
	return o.str("id"), o.str("fulfillments.0.id")
}

// pickupBody is the body of an order that its customer picks up.
func pickupBody(sku, location string, quantity int, pay string) string {
	return fmt.Sprintf(`{"channel":"web","customer":{"email":"ada@example.com"},"pickup":%q,"lines":[{"sku":%q,"quantity":%d}],"payment":{%s}}`, location, sku, quantity, pay)
}

// TestFromPlanToDoor walks all stations, with the counters of the order beside them.
func TestFromPlanToDoor(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("A")
		id, ful := f.paid("A", 5)
		units := func(pairs ...string) {
			t.Helper()
			for i := 0; i < len(pairs); i += 2 {
				pairs[i] = "lines.0.units." + pairs[i]
			}
			f.get("/v1/orders/" + id).fields(pairs...)
		}
		f.step(ful, "accept", "").refused(409, "illegal_transition")
		f.step(ful, "hold", `{"reason":"manual_review"}`).want(200).fields("status", "on_hold", "reason", "manual_review", "allowed.0", "resume")
		f.step(ful, "release", "").refused(409, "illegal_transition")
		f.step(ful, "resume", "").want(200).fields("status", "planned", "reason", "")
		f.step(ful, "schedule", `{"release_at":"2001-01-01T00:00:00Z"}`).refused(422, "validation_failed")
		f.step(ful, "schedule", `{"release_at":"soon"}`).refused(422, "validation_failed")
		f.step(ful, "schedule", `{"release_at":"2100-01-01T00:00:00Z"}`).want(200).fields("status", "scheduled", "release_at", "2100-01-01T00:00:00.000000Z")
		f.step(ful, "release", "").want(200).fields("status", "released")
		units("released", "5", "allocated", "")
		f.step(ful, "accept", "").want(200).fields("status", "accepted")
		f.step(ful, "pick?dry_run=true", `{"lines":[{"line":"1","quantity":3}]}`).want(200).fields("status", "picking")
		f.step(ful, "pick", `{"lines":[{"line":"1","quantity":6},{"line":"9","quantity":1}]}`).refused(422, "validation_failed").
			fields("errors.0.pointer", "/lines/0/quantity", "errors.1.pointer", "/lines/1/line")
		staged := func(stage string) {
			t.Helper()
			for _, s := range fulfillment.StageNames {
				for _, filter := range []string{"order=" + id, "location=L1"} {
					has := strings.Contains(string(f.get("/v1/fulfillments?limit=200&"+filter+"&stage="+s).body), ful)
					if want := s == stage || s == "open" && stage != ""; has != want {
						t.Errorf("%s with %s: %v", s, filter, has)
					}
				}
			}
		}
		staged("pick")
		f.step(ful, "pick", `{"lines":[{"line":"1","quantity":3}]}`).want(200).fields("status", "picking", "lines.0.picked", "3", "picked_at", "")
		staged("pack")
		units("released", "2", "picked", "3")
		f.step(ful, "ship", `{"tracking_number":"T"}`).refused(409, "illegal_transition")
		f.step(ful, "pack", `{"packages":[{"lines":[{"line":"1","quantity":4}]}]}`).refused(422, "validation_failed").fields("errors.0.pointer", "/packages/0/lines/0/quantity")
		f.step(ful, "pack", `{"packages":[{"lines":[{"line":"1","quantity":2}],"weight_grams":500,"dimensions":{"length":30,"width":20,"height":10}}]}`).want(200).
			fields("status", "picking", "lines.0.packed", "2", "packages.0.weight_grams", "500", "packages.0.dimensions.width", "20")
		units("released", "2", "picked", "1", "packed", "2")
		f.step(ful, "pick", `{}`).want(200).fields("lines.0.picked", "5")
		f.step(ful, "pack", "").refused(400, "malformed_json") // a body is needed, if only {}
		f.step(ful, "pack", "{}").want(200).fields("status", "packed", "packages.1.lines.0.quantity", "3", "allowed.0", "ship")
		units("packed", "5", "picked", "", "released", "")
		f.stocked("A", onHand, allocated+5, reserved)
		f.step(ful, "ship", `{"carrier":"Van"}`).refused(422, "validation_failed").fields("errors.0.pointer", "/tracking_number")
		f.step(ful, "ship", `{"carrier":"Van","tracking_number":"T1"}`).want(200).fields("status", "shipped", "packages.0.tracking_number", "T1", "packages.1.carrier", "Van")
		f.stocked("A", onHand-5, allocated, reserved)
		f.step(ful, "deliver", "").want(200).fields("status", "delivered")
		staged("")
		eventually(t, "the capture", func() bool { return f.get("/v1/orders/"+id).str("payment_status") == "paid" })
		f.get("/v1/fulfillments?order="+id).fields("data.0.id", ful, "data.1", "")
		f.get("/v1/fulfillments?order="+id+"&status=planned").fields("data.0", "")
		f.get("/v1/fulfillments?order="+exOrder).fields("data.0", "")
	})
}

// TestCounterOfAPlaceThatDoesNotTrack: what is only released can ship, in one package of everything.
func TestShippingPicksAndPacks(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		_, ful := f.paid("A", 2)
		f.step(ful, "release", "").want(200)
		f.step(ful, "ship", `{"tracking_number":"T1"}`).want(200).
			fields("status", "shipped", "lines.0.packed", "2", "packages.0.lines.0.quantity", "2", "packages.0.tracking_number", "T1", "packages.0.id", "pkg_"+strings.TrimPrefix(ful, "ful_"))
	})
}

// TestShortPick is drill D11: of three units one is missing. What was picked ships and is captured; the rest is
// canceled, waits, or goes elsewhere.
func TestShortPick(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		id, ful := f.paid("A", 3)
		f.step(ful, "release", "").want(200)
		f.step(ful, "pick", `{"lines":[{"line":"1","quantity":2}],"short":"mood"}`).refused(422, "validation_failed").fields("errors.0.pointer", "/short")
		onHand, _, _, _ := f.positions("A")
		f.step(ful, "pick", `{"lines":[{"line":"1","quantity":2}],"short":"mismatch","then":"cancel"}`).want(200).
			fields("status", "picking", "lines.0.quantity", "2", "lines.0.picked", "2", "lines.0.short", "1")
		if n, _, _, _ := f.positions("A"); n != onHand-1 {
			t.Errorf("mismatch left %d of %d on hand", n, onHand)
		}
		f.get("/v1/orders/"+id).fields("lines.0.units.canceled", "1", "lines.0.units.picked", "2", "totals.grand_total.amount", "500")
		f.step(ful, "ship", `{"tracking_number":"T"}`).refused(409, "illegal_transition")
		f.step(ful, "pack", "{}").want(200).fields("status", "packed")
		f.step(ful, "ship", `{"tracking_number":"T"}`).want(200)
		eventually(t, "the capture of what shipped", func() bool { return f.get("/v1/orders/"+id).str("payment_status") == "paid" })
		f.get("/v1/orders/"+id).fields("status", "completed", "payments.0.captured.amount", "500", "amount_due.amount", "0")
		eventually(t, "the void of the rest", func() bool { return f.get("/v1/orders/"+id).str("payments.0.voided.amount") == "250" })

		id, ful = f.paid("A", 3)
		f.step(ful, "release", "").want(200)
		f.step(ful, "pick", `{"short":"damaged","then":"cancel"}`).want(200).fields("status", "rejected", "reason", "damaged")
		f.get("/v1/orders/"+id).fields("status", "canceled", "reason", "out_of_stock", "lines.0.units.canceled", "3")
	})
}

// A short pick is about the lines that are named; nothing was said of the others, and their stock stays.
func TestShortPickOfNamedLines(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.stock("A", "L1", 10)
		f.put("/v1/products/PICK", `{"name":"Pick","price":{"amount":100,"currency":"GBP"}}`).want(201)
		f.stock("PICK", "L1", 10)
		place := func() (order, ful string) {
			o := f.post("/v1/orders", strings.Replace(orderBody("A", 3, "manual", ""), `"lines":[`, `"lines":[{"sku":"PICK","quantity":2},`, 1)).want(201)
			f.step(o.str("fulfillments.0.id"), "release", "").want(200)
			return o.str("id"), o.str("fulfillments.0.id")
		}
		onHand, _, _, _ := f.positions("PICK")
		id, ful := place()
		f.step(ful, "pick", `{"lines":[{"line":"1","quantity":0}]}`).refused(422, invalid).fields("errors.0.pointer", "/lines/0/quantity")
		f.step(ful, "pick", `{"lines":[{"line":"2","quantity":2}],"short":"mismatch","then":"cancel"}`).want(200).
			fields("status", "picking", "lines.0.quantity", "2", "lines.0.short", "", "lines.1.quantity", "2", "lines.1.short", "1")
		if n, _, _, _ := f.positions("PICK"); n != onHand {
			t.Errorf("%d of %d on hand of what nobody named", n, onHand)
		}
		f.step(ful, "pick", `{"lines":[{"line":"2","quantity":0}],"short":"mismatch"}`).refused(409, "illegal_transition")
		f.step(ful, "pick", `{"lines":[{"line":"1","quantity":0}],"short":"mismatch","then":"cancel"}`).want(200).fields("lines.0.quantity", "0", "lines.0.short", "2")
		if n, _, _, _ := f.positions("PICK"); n != onHand-2 {
			t.Errorf("%d of %d on hand, 2 were missing", n, onHand)
		}
		f.get("/v1/orders/"+id).fields("lines.0.units.canceled", "2", "lines.1.units.canceled", "1", "lines.1.units.picked", "2")
		f.step(ful, "pack", "{}").want(200).fields("status", "packed")

		_, ful = place()
		f.step(ful, "pick", `{"lines":[{"line":"1","quantity":0}],"short":"no_variance","then":"cancel"}`).want(200).fields("status", "picking", "lines.1.quantity", "3")
		f.step(ful, "pick", "{}").want(200).fields("lines.1.picked", "3")
		f.step(ful, "pack", "{}").want(200).fields("status", "packed")
	})
}

// TestStockAfterRejection: the reason says what is true of the shelf.
func TestStockAfterRejection(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for reason, want := range map[string]string{"not_in_stock": "0 0 0", "mismatch": "8 0 8", "damaged": "10 2 8", "no_variance": "10 0 10", "other": "10 0 10"} {
			sku := "R-" + reason
			f.put("/v1/products/"+sku, `{"name":"Rejected","price":{"amount":100,"currency":"GBP"}}`).want(201)
			f.stock(sku, "L1", 10)
			o := f.place(sku, 2, "manual", "").want(201)
			ful := o.str("fulfillments.0.id")
			f.step(ful, "reject", `{"reason":"other"}`).refused(409, "illegal_transition")
			f.step(ful, "release", "").want(200)
			f.step(ful, "reject", `{"reason":"`+reason+`","then":"cancel"}`).want(200).fields("status", "rejected", "reason", reason)
			s := f.get("/v1/stock?sku=" + sku)
			if got := fmt.Sprint(s.num("data.0.on_hand"), s.num("data.0.damaged"), s.num("data.0.available")); got != want {
				t.Errorf("%s: on hand, damaged, available are %s, want %s", reason, got, want)
			}
			f.get("/v1/orders/"+o.str("id")).fields("status", "canceled", "payment_status", "voided")
		}
	})
}

// TestCancellationRequest: what a location works on is given up with its consent only.
func TestCancellationRequest(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("A")
		id, ful := f.paid("A", 4)
		f.step(ful, "cancel-request", `{"reason":"customer","lines":[{"line":"1","quantity":1}]}`).want(200).fields("status", "planned", "lines.0.quantity", "3") // nobody works on it yet
		f.step(ful, "release", "").want(200)
		f.step(ful, "accept", "").want(200)
		f.post("/v1/orders/"+id+"/cancel?dry_run=true", `{"reason":"customer"}`).want(200).fields("fulfillments.0.status", "cancel_requested")
		f.post("/v1/orders/"+id+"/cancel", `{"reason":"customer"}`).want(200).fields("status", "open", "fulfillments.0.status", "cancel_requested", "fulfillments.0.cancellation.status", "requested")
		f.post("/v1/orders/"+id+"/cancel", `{"reason":"customer"}`).refused(409, "illegal_transition")
		f.step(ful, "pick", `{}`).refused(409, "illegal_transition")
		f.step(ful, "cancel-request/refuse", "").want(200).fields("status", "accepted", "cancellation.status", "refused")
		f.step(ful, "pack", "{}").want(200)
		f.step(ful, "cancel-request", `{"reason":"customer","lines":[{"line":"1","quantity":4}]}`).refused(422, "validation_failed")
		f.step(ful, "cancel-request", `{"reason":"mood"}`).refused(422, "validation_failed")
		f.step(ful, "cancel-request", `{"reason":"customer","lines":[{"line":"1","quantity":1}]}`).want(200).fields("status", "cancel_requested", "cancellation.lines.0.quantity", "1")
		f.step(ful, "cancel-request/accept", "").want(200).fields("status", "packed", "lines.0.quantity", "2", "packages.0.lines.0.quantity", "2", "cancellation.status", "accepted")
		f.stocked("A", onHand, allocated+2, reserved)
		f.post("/v1/orders/"+id+"/cancel", `{"reason":"fraud"}`).want(200).fields("status", "open")
		f.step(ful, "cancel-request/accept", "").want(200).fields("status", "canceled", "reason", "fraud")
		f.stocked("A", onHand, allocated, reserved)
		f.get("/v1/orders/"+id).fields("status", "canceled", "reason", "fraud", "lines.0.units.canceled", "4")
		eventually(t, "the void", func() bool { return f.get("/v1/orders/"+id).str("payment_status") == "voided" })
	})
}

// due makes the timers of fulfillment orders due now.
func (f *fixture) due() {
	f.t.Helper()
	if err := store.Write(f.t.Context(), f.db, func(tx store.Tx) error {
		return tx.Do(f.t.Context(), &store.Stmt{SQL: "UPDATE jobs SET run_at = 1 WHERE kind = 'fulfillment'", Want: store.AnyRows})
	}); err != nil {
		f.t.Fatal(err)
	}
}

// TestTimers: requests that nobody answers, orders that nobody collects and releases of later come by themselves.
func TestTimers(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		_, asked := f.paid("A", 1)
		f.step(asked, "release", "").want(200)
		f.step(asked, "accept", "").want(200)
		f.step(asked, "cancel-request", `{"reason":"customer"}`).want(200)
		_, later := f.paid("A", 1)
		f.step(later, "schedule", `{"release_at":"2100-01-01T00:00:00Z"}`).want(200)
		o := f.post("/v1/orders", pickupBody("A", "L1", 2, `"provider":"sandbox","token":"tok_ok"`)).want(201)
		waits := o.str("fulfillments.0.id")
		f.step(waits, "release", "").want(200)
		f.step(waits, "ready-for-pickup", `{"days":91}`).refused(422, "validation_failed")
		f.step(waits, "ready-for-pickup", `{"days":3}`).want(200).fields("status", "ready_for_pickup")
		onHand, allocated, reserved, _ := f.positions("A")
		f.due()
		for ful, want := range map[string]string{asked: "accepted", later: "released", waits: "canceled"} {
			eventually(t, want, func() bool { return f.get("/v1/fulfillments/"+ful).str("status") == want })
		}
		f.get("/v1/fulfillments/"+asked).fields("cancellation.status", "timed_out")
		f.get("/v1/fulfillments/"+waits).fields("reason", "no_show")
		f.stocked("A", onHand, allocated-2, reserved)
		f.get("/v1/orders/"+o.str("id")).fields("status", "canceled", "reason", "no_show")
		eventually(t, "the void", func() bool { return f.get("/v1/orders/"+o.str("id")).str("payment_status") == "voided" })
	})
}

// TestPickup: no address, no shipping, and the taxes of the place.
func TestPickup(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.post("/v1/orders", pickupBody("B", "L9", 1, `"provider":"manual"`)).refused(422, "validation_failed").fields("errors.0.pointer", "/pickup", "errors.0.code", "unknown_location")
		f.post("/v1/orders", pickupBody("B", "L2", 6, `"provider":"manual"`)).refused(409, "insufficient_stock") // L1 has more: the customer is not there
		o := f.post("/v1/orders", pickupBody("B", "L2", 5, `"provider":"sandbox","token":"tok_ok"`)).want(201)
		o.fields("pickup", "L2", "shipping_address", "", "totals.shipping.amount", "0", "fulfillments.0.location", "L2", "fulfillments.0.pickup", "true")
		id, ful := o.str("id"), o.str("fulfillments.0.id")
		f.step(ful, "release", "").want(200)
		f.step(ful, "ship", `{"tracking_number":"T"}`).refused(409, "illegal_transition")
		f.step(ful, "ready-for-pickup", `{}`).want(200).fields("status", "ready_for_pickup", "packages.0.lines.0.quantity", "5", "allowed.0", "pick-up", "allowed.1", "no-show")
		f.get("/v1/orders/"+id).fields("lines.0.units.packed", "5")
		f.step(ful, "pick-up", "").want(200).fields("status", "picked_up")
		f.get("/v1/orders/"+id).fields("status", "completed", "fulfillment_status", "delivered", "lines.0.units.delivered", "5")
		eventually(t, "the capture", func() bool { return f.get("/v1/orders/"+id).str("payment_status") == "paid" })
		f.stocked("B", 5, 0, 0)

		o = f.post("/v1/orders", pickupBody("A", "L1", 1, `"provider":"manual"`)).want(201)
		ful = o.str("fulfillments.0.id")
		f.step(ful, "release", "").want(200)
		f.step(ful, "ready-for-pickup", `{}`).want(200)
		f.step(ful, "no-show", "").want(200).fields("status", "canceled", "reason", "no_show")
		f.get("/v1/orders/"+o.str("id")).fields("status", "canceled")
	})
}

// TestPickupIsTaxedWhereItIs: an address given afterwards changes nothing about where the customer gets the goods.
func TestPickupIsTaxedWhereItIs(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.taxed("manual")
		o := f.post("/v1/orders", pickupBody("B", "L2", 1, `"provider":"manual"`)).want(201)
		tax := o.str("totals.tax.amount")
		if tax == "" || tax == "0" {
			t.Fatalf("tax %q", tax)
		}
		f.post("/v1/orders/"+o.str("id")+"/details", `{"shipping_address":{"name":"Ada","line1":"Weg 1","city":"Berlin","postal_code":"10117","country":"DE"}}`).want(200).fields("totals.tax.amount", tax)
		f.proven()
	})
}

// TestRejectionGoesElsewhere is drill D10: a location rejects, another does it; when nobody has it any more, the units
// wait for a person. No location is asked twice.
func TestRejectionGoesElsewhere(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("B", 4, "sandbox", "tok_ok").want(201)
		id, first := o.str("id"), o.str("fulfillments.0.id")
		f.step(first, "release", "").want(200)
		f.step(first, "reject", `{"reason":"not_in_stock"}`).want(200).fields("status", "rejected")
		moved := f.get("/v1/orders/" + id)
		moved.fields("status", "open", "fulfillments.0.status", "rejected", "fulfillments.1.status", "planned", "fulfillments.1.location", "L2", "fulfillments.1.lines.0.quantity", "4",
			"lines.0.units.allocated", "4", "lines.0.units.backordered", "")
		f.stocked("B", 5, 4, 0)
		f.place("B", 1, "manual", "").want(201) // the last one elsewhere is taken meanwhile
		second := moved.str("fulfillments.1.id")
		f.step(second, "release", "").want(200)
		f.step(second, "pick", `{"lines":[{"line":"1","quantity":1}],"short":"mismatch"}`).want(200).fields("lines.0.short", "3")
		f.get("/v1/orders/"+id).fields("status", "open", "fulfillments.2", "", "lines.0.units.backordered", "3", "lines.0.units.picked", "1")
		f.step(second, "pack", "{}").want(200)
		f.step(second, "ship", `{"tracking_number":"T"}`).want(200) // what is there is not held up
		eventually(t, "the capture of what shipped", func() bool { return f.get("/v1/orders/"+id).str("payments.0.captured.amount") == "1000" })
		f.get("/v1/orders/"+id).fields("status", "open", "fulfillment_status", "partially_shipped", "payment_status", "partially_paid")
	})
}

// Three locations that cannot do it are enough: then a person looks.
func TestRejectionsEnd(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		address := `"address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}`
		f.put("/v1/products/LOOP", `{"name":"Loop","price":{"amount":100,"currency":"GBP"}}`).want(201)
		for i := range 4 {
			code := fmt.Sprintf("N%d", i)
			f.put("/v1/locations/"+code, fmt.Sprintf(`{"name":"N","type":"store","priority":%d,%s}`, 10+i, address)).want(201)
			f.stock("LOOP", code, 1)
		}
		o := f.place("LOOP", 1, "manual", "").want(201)
		for i := range 3 {
			ful := f.get("/v1/orders/" + o.str("id")).str(fmt.Sprintf("fulfillments.%d.id", i))
			f.step(ful, "release", "").want(200)
			f.step(ful, "reject", `{"reason":"no_variance"}`).want(200).fields("location", fmt.Sprintf("N%d", i))
		}
		f.get("/v1/orders/"+o.str("id")).fields("status", "open", "fulfillments.3", "", "lines.0.units.backordered", "1")
		f.stocked("LOOP", 4, 0, 0)
	})
}

// TestPickupNeverMoves is the second half of drill D10: the customer goes to one place and to no other.
func TestPickupNeverMoves(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.post("/v1/orders", pickupBody("B", "L2", 2, `"provider":"manual"`)).want(201)
		ful := o.str("fulfillments.0.id")
		f.step(ful, "release", "").want(200)
		f.step(ful, "reject", `{"reason":"not_in_stock"}`).want(200).fields("status", "rejected")
		after := f.get("/v1/orders/" + o.str("id"))
		after.fields("status", "open", "fulfillments.1", "")
		f.stocked("B", 5, 0, 0) // L1 has 5 that nobody took
	})
}

func TestReleaseRules(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		a, b := f.place("A", 1, "manual", "").want(201), f.place("A", 1, "manual", "").want(201)
		one, two := a.str("fulfillments.0.id"), b.str("fulfillments.0.id")
		r := f.post("/v1/fulfillment-releases", fmt.Sprintf(`{"ids":[%q,%q,%q,%q]}`, one, exFulfillment, two, one)).want(200)
		r.fields("data.0.released", "true", "data.0.status", "released", "data.1.released", "false", "data.1.code", "not_found", "data.2.released", "true",
			"data.3.code", "illegal_transition")
		f.get("/v1/fulfillments/"+two).fields("status", "released", "version", "2")
		f.get("/v1/orders/"+a.str("id")).fields("lines.0.units.released", "1", "version", "2")
		f.post("/v1/fulfillment-releases", `{"ids":[]}`).refused(422, "validation_failed")

		address := `"address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}`
		f.put("/v1/locations/L1", `{"name":"One","type":"warehouse","auto_release":true,`+address+`}`).want(200).fields("auto_release", "true")
		f.place("A", 1, "manual", "").want(201).fields("fulfillments.0.status", "released", "lines.0.units.released", "1", "version", "1")
		f.put("/v1/locations/L1", `{"name":"One","type":"warehouse",`+address+`}`).want(200)
		f.put("/v1/channels/web", `{"name":"Web","auto_release":true,"short_pick":"cancel"}`).want(200).fields("short_pick", "cancel")
		_, ful := f.paid("A", 2)
		f.step(ful, "pick", `{"lines":[{"line":"1","quantity":1}],"short":"no_variance"}`).want(200)
		f.get("/v1/fulfillments?order="+f.get("/v1/fulfillments/"+ful).str("order")).fields("data.0.lines.0.short", "1", "data.1", "")
		f.put("/v1/channels/web", `{"name":"Web","short_pick":"maybe"}`).refused(422, "validation_failed")
	})
}

// TestScanAgainstChange is drill D12 from the picker's side: what was read before a change is not worked on after it.
func TestScanAgainstChange(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		_, ful := f.paid("A", 3)
		read := f.step(ful, "release", "").want(200).header.Get("ETag")
		f.step(ful, "cancel-request", `{"reason":"customer","lines":[{"line":"1","quantity":1}]}`).want(200)
		f.step(ful, "pick", `{"lines":[{"line":"1","quantity":3}]}`, "If-Match", read).refused(409, "version_mismatch").fields("current_version", "3")
		f.step(ful, "pick", `{"lines":[{"line":"1","quantity":3}]}`).refused(422, "validation_failed")
		f.step(ful, "pick", `{}`).want(200).fields("lines.0.picked", "2")
	})
}
