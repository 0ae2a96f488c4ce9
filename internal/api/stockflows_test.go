package api

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ordo/internal/store"
)

func init() {
	exampleOrder += ` getStockCard getStockHistory listStockHolders getAvailability receiveStock moveStock putStockPolicy createReservation getReservation extendReservation releaseReservation
		createTransfer putTransfer getTransfer listTransfers readyTransfer dispatchTransfer receiveTransfer cancelTransfer
		createCount getCount listCounts startCount recordCount submitCount recountCount recordCount submitCount approveCount postCount rejectCount`
}

// at is a position as the list shows it.
func (f *fixture) at(sku, location string) reply {
	f.t.Helper()
	return f.get("/v1/stock?sku=" + sku + "&location=" + location)
}

// counters checks members of a position: "on_hand", "5", …
func (f *fixture) counters(sku, location string, pairs ...string) {
	f.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		pairs[i] = "data.0." + pairs[i]
	}
	f.at(sku, location).fields(pairs...)
}

// events lists the types of all events after a position of the journal.
func (f *fixture) events(after int64) (types []string) {
	f.t.Helper()
	r := f.get(fmt.Sprintf("/v1/events?limit=1000&after=%d", after))
	for i := range r.list("data") {
		types = append(types, r.str(fmt.Sprintf("data.%d.type", i)))
	}
	return types
}

func (f *fixture) told(after int64, want ...string) {
	f.t.Helper()
	if got := f.events(after); strings.Join(got, " ") != strings.Join(want, " ") {
		f.t.Errorf("events %v, want %v", got, want)
	}
}

func TestReceiptsMovesAndPolicies(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		head := f.head()
		f.post("/v1/stock/receipts", `{"location":"L2","reference":"DN-1","note":"by Bob","lines":[{"sku":"C","quantity":20},{"sku":"C","quantity":5,"bucket":"quality"}]}`).want(201).
			fields("data.1.on_hand", "25", "data.1.quality", "5", "data.1.available", "20")
		f.post("/v1/stock/moves", `{"reason":"damaged","lines":[{"sku":"C","location":"L2","from":"quality","to":"damaged","quantity":2},{"sku":"C","location":"L2","from":"quality","to":"available","quantity":3}]}`).want(201).
			fields("data.1.quality", "0", "data.1.damaged", "2", "data.1.available", "23", "data.1.on_hand", "25")
		f.post("/v1/stock/moves?dry_run=true", `{"reason":"found","lines":[{"sku":"C","location":"L2","from":"damaged","to":"available","quantity":2}]}`).want(200).fields("id", "null", "data.0.damaged", "0")
		f.post("/v1/stock/moves", `{"reason":"damaged","lines":[{"sku":"C","location":"L2","from":"available","to":"damaged","quantity":24}]}`).refused(409, "insufficient_stock").
			fields("errors.0.pointer", "/lines/0/quantity", "available", "23")
		f.post("/v1/stock/moves", `{"reason":"x","lines":[{"sku":"Z","location":"L9","from":"available","to":"available","quantity":0},{"sku":"C","location":"L2","from":"shelf","to":"damaged","quantity":1}]}`).refused(422, invalid).
			fields("errors.0.pointer", "/reason", "errors.1.pointer", "/lines/0/sku", "errors.2.pointer", "/lines/0/location", "errors.3.pointer", "/lines/0/quantity", "errors.4.pointer", "/lines/0/to", "errors.5.pointer", "/lines/1/from")
		f.post("/v1/stock/receipts", `{"location":"L9","lines":[{"sku":"C","quantity":0,"bucket":"x"}]}`).refused(422, invalid).
			fields("errors.0.pointer", "/location", "errors.1.pointer", "/lines/0/quantity", "errors.2.pointer", "/lines/0/bucket")
		f.post("/v1/stock/receipts", `{"location":"L2","lines":[]}`).refused(422, invalid)

		// An absolute number never overwrites what happened since it was read.
		f.post("/v1/stock/adjustments", `{"reason":"correction","lines":[{"sku":"C","location":"L2","on_hand":30,"compare_quantity":20}]}`).refused(409, "stock_changed").fields("errors.0.pointer", "/lines/0/compare_quantity")
		f.post("/v1/stock/adjustments", `{"reason":"correction","lines":[{"sku":"C","location":"L2","on_hand":30,"compare_quantity":25}]}`).want(201).fields("data.0.on_hand", "30")
		f.post("/v1/stock/adjustments", `{"reason":"correction","lines":[{"sku":"C","location":"L2","on_hand":30},{"sku":"C","location":"L2","on_hand":-1,"delta":2,"compare_quantity":1}]}`).refused(422, invalid).
			fields("errors.0.pointer", "/lines/0/compare_quantity", "errors.1.code", "ambiguous")

		policy := "/v1/stock/C/L2/policy"
		f.put(policy, `{"safety":8,"backorder_limit":4,"reorder_point":10,"compare":{"safety":1}}`).refused(409, "stock_changed")
		f.put(policy, `{"safety":8,"backorder_limit":4,"reorder_point":10,"compare":{}}`).want(200).fields("safety", "8", "available", "20", "backorder_limit", "4", "reorder_point", "10")
		f.put(policy, `{"safety":8,"backorder_limit":4,"reorder_point":10}`).want(200).fields("safety", "8")
		f.put("/v1/stock/C/L9/policy", `{}`).refused(404, "not_found")
		f.put("/v1/stock/Z/L2/policy", `{}`).refused(404, "not_found")
		f.put(policy, `{"safety":-1,"reorder_point":1000000001}`).refused(422, invalid)
		f.told(head, "stock.received", "stock.moved_state", "stock.adjusted", "stock.policy_set")

		// Limits are told of once, when they are crossed downward, by the command that crosses them.
		head = f.head()
		f.place("C", 9, "manual", "").want(201)
		f.told(head, "order.placed", "payment.authorized", "order.accepted", "fulfillment.planned")
		head = f.head()
		o := f.place("C", 2, "manual", "").want(201)
		f.told(head, "order.placed", "payment.authorized", "order.accepted", "fulfillment.planned", "stock.reorder_point")
		f.get(fmt.Sprintf("/v1/events?after=%d", f.head()-1)).fields("data.0.body.alert.available", "9", "data.0.body.alert.limit", "10", "data.0.body.alert.sku", "C")
		head = f.head()
		f.place("C", 1, "manual", "").want(201)
		f.told(head, "order.placed", "payment.authorized", "order.accepted", "fulfillment.planned")
		f.post("/v1/orders/"+o.str("id")+"/cancel", `{"reason":"customer"}`).want(200) // ten are available again
		head = f.head()
		f.post("/v1/stock/adjustments", `{"reason":"lost","lines":[{"sku":"C","location":"L2","delta":-11}]}`).want(201).fields("data.0.available", "-1")
		f.told(head, "stock.adjusted", "stock.below_safety")
		f.put(policy, `{"safety":0}`).want(200).fields("available", "7", "reorder_point", "0")
	})
}

func reserveBody(sku string, quantity int, more string) string {
	return fmt.Sprintf(`{"channel":"web","lines":[{"sku":%q,"quantity":%d}]%s}`, sku, quantity, more)
}

// TestReservationJobBeforeItsTime: a job that runs early, by a clock that was set back, leaves one that comes in time.
func TestReservationJobBeforeItsTime(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		r := f.post("/v1/reservations", reserveBody("B", 2, `,"ttl_minutes":30`)).want(201)
		f.dueNow("expire_reservation")
		eventually(t, "a job at the end of the reservation", func() bool { return f.untriedJobs("expire_reservation") == 1 })
		f.get("/v1/reservations/"+r.str("id")).fields("status", "active", "version", "1")
		f.proven()
	})
}

func TestCartReservations(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("B")
		f.post("/v1/reservations?dry_run=true", reserveBody("B", 8, "")).want(200).fields("id", "null", "status", "active", "held.1.quantity", "3")
		r := f.post("/v1/reservations", reserveBody("B", 8, `,"ttl_minutes":30`)).want(201)
		r.fields("status", "active", "held.0.location", "L1", "held.0.quantity", "5", "held.1.location", "L2", "held.1.quantity", "3", "allowed.0", "convert", "version", "1")
		f.stocked("B", onHand, allocated, reserved+8)
		f.vars["r"] = r.str("id")
		f.place("B", 3, "manual", "").refused(409, "insufficient_stock").fields("available", "2")
		f.get("/v1/reservations/{r}").fields("id", f.vars["r"], "expires_at", r.str("expires_at"))
		f.post("/v1/reservations/{r}/extend", `{"ttl_minutes":5}`).want(200).fields("version", "1", "expires_at", r.str("expires_at"))
		f.post("/v1/reservations/{r}/extend?dry_run=true", `{"ttl_minutes":90}`).want(200).fields("version", "2")
		e := f.post("/v1/reservations/{r}/extend", `{"ttl_minutes":90}`, "If-Match", `"1"`).want(200).fields("version", "2", "status", "active")
		if e.str("expires_at") <= r.str("expires_at") {
			t.Errorf("%s is not after %s", e.str("expires_at"), r.str("expires_at"))
		}
		f.post("/v1/reservations/{r}/extend", `{"ttl_minutes":44640}`).want(200).fields("expires_at", r.str("latest_at"))
		f.post("/v1/reservations/{r}/extend", `{}`).refused(409, "reservation_limit")
		f.post("/v1/reservations/{r}/extend", `{"ttl_minutes":44641}`).refused(422, invalid)
		f.post("/v1/reservations/{r}/release", "", "If-Match", `"1"`).refused(409, "version_mismatch")

		// The order takes the units over; other units of the cart are given back.
		f.post("/v1/orders?dry_run=true", with(orderBody("B", 6, "manual", ""), `"reservation":"{r}"`)).want(200)
		f.stocked("B", onHand, allocated, reserved+8)
		head := f.head()
		o := f.post("/v1/orders", with(orderBody("B", 6, "manual", ""), `"reservation":"{r}"`)).want(201)
		f.told(head, "stock.reservation_converted", "order.placed", "payment.authorized", "order.accepted", "fulfillment.planned", "fulfillment.planned")
		f.stocked("B", onHand, allocated+6, reserved)
		f.get("/v1/reservations/{r}").fields("status", "converted", "order", o.str("id"), "allowed.0", "")
		f.post("/v1/orders", with(orderBody("B", 1, "manual", ""), `"reservation":"{r}"`)).refused(409, "illegal_transition").fields("state", "converted")
		for _, step := range []string{"release", "extend"} {
			f.post("/v1/reservations/{r}/"+step, map[string]string{"extend": "{}"}[step]).refused(409, "illegal_transition")
		}

		p := f.post("/v1/reservations", reserveBody("B", 4, "")).want(201)
		f.vars["r"] = p.str("id")
		f.post("/v1/reservations/{r}/release", "").want(200).fields("status", "released", "version", "2")
		f.stocked("B", onHand, allocated+6, reserved)
		f.get("/v1/reservations/{r}").fields("held.0", "")
		f.post("/v1/orders?dry_run=true", with(orderBody("B", 1, "manual", ""), `"reservation":"{r}"`)).want(200) // like any other, from what is there

		// With a payment that is open the cart's units become the order's reservation.
		q := f.post("/v1/reservations", reserveBody("B", 4, "")).want(201)
		f.post("/v1/orders", with(orderBody("B", 4, "sandbox", "tok_declined"), `"reservation":"`+q.str("id")+`"`)).refused(402, "payment_declined")
		f.stocked("B", onHand, allocated+6, reserved+4) // the cart has them again
		f.post("/v1/reservations/"+q.str("id")+"/release", "").want(200).fields("status", "released")
		f.stocked("B", onHand, allocated+6, reserved)

		f.post("/v1/reservations", reserveBody("B", 5, "")).refused(409, "insufficient_stock").fields("errors.0.pointer", "/lines/0/quantity", "available", "4")
		f.post("/v1/reservations", `{"channel":"web","lines":[]}`).refused(422, invalid)
		f.post("/v1/reservations", `{"channel":"x","ttl_minutes":1441,"lines":[{"sku":"Z","quantity":1},{"sku":"B","quantity":0}]}`).refused(422, invalid).
			fields("errors.0.pointer", "/channel", "errors.1.pointer", "/ttl_minutes", "errors.2.pointer", "/lines/0/sku", "errors.3.pointer", "/lines/1/quantity")
		f.post("/v1/orders", with(plainOrder, `"reservation":"rsv_{unknown}"`)).refused(422, invalid).fields("errors.0.pointer", "/reservation")
		f.send(request{do: "GET /v1/reservations/rsv_{unknown}"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/reservations/x"}).refused(404, "not_found")
		f.send(request{do: "POST /v1/reservations", key: "{webonly}", body: strings.Replace(reserveBody("B", 1, ""), "web", "phone", 1)}).refused(403, "channel_forbidden")
		ph := f.post("/v1/reservations", strings.Replace(reserveBody("B", 1, ""), "web", "phone", 1)).want(201).str("id")
		for _, do := range []string{"GET /v1/reservations/" + ph, "POST /v1/reservations/" + ph + "/extend", "POST /v1/reservations/" + ph + "/release"} {
			f.send(request{do: do, key: "{webonly}", body: map[bool]string{true: "{}"}[strings.HasPrefix(do, "POST")]}).refused(404, "not_found")
		}
		f.post("/v1/orders", with(orderBody("B", 1, "manual", ""), `"reservation":"`+ph+`"`)).refused(422, invalid)
	})
}

// A declined card gives the cart its reservation back, until the same end, for another try.
func TestDeclinedCart(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		onHand, allocated, reserved, _ := f.positions("B")
		r := f.post("/v1/reservations", reserveBody("B", 8, `,"ttl_minutes":30`)).want(201)
		f.vars["r"] = r.str("id")
		try := func(quantity int, token string) reply {
			return f.post("/v1/orders", with(orderBody("B", quantity, "sandbox", token), `"reservation":"{r}"`))
		}
		for range 2 {
			head := f.head()
			try(6, "tok_declined").refused(402, "payment_declined")
			f.told(head, "stock.reservation_converted", "order.placed", "payment.authorization_failed", "order.rejected", "stock.reservation_reopened")
			f.get("/v1/reservations/{r}").fields("status", "active", "order", "", "ended_at", "", "expires_at", r.str("expires_at"), "allowed.0", "convert",
				"held.0.location", "L1", "held.0.quantity", "5", "held.1.location", "L2", "held.1.quantity", "3")
			f.stocked("B", onHand, allocated, reserved+8)
		}
		f.place("B", 3, "manual", "").refused(409, "insufficient_stock")
		o := try(8, "tok_ok").want(201)
		f.stocked("B", onHand, allocated+8, reserved)
		f.get("/v1/reservations/{r}").fields("status", "converted", "order", o.str("id"), "held.0", "")
		try(1, "tok_ok").refused(409, "illegal_transition").fields("state", "converted", "order", o.str("id"))
	})
}

// TestCartsCompete: carts and orders fight for the last units from many sides; no unit is given twice.
func TestCartsCompete(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.stock("C", "L1", 37)
		var wg sync.WaitGroup
		var won atomic.Int64
		for range 16 {
			wg.Go(func() {
				for range 5 {
					r, err := f.try(request{do: "POST /v1/reservations", body: reserveBody("C", 1, "")})
					if err != nil || r.status == 409 {
						continue
					}
					for range 2 { // twice: one of them gets it
						body := with(orderBody("C", 1, "manual", ""), `"reservation":"`+r.str("id")+`"`)
						if o, err := f.try(request{do: "POST /v1/orders", body: body}); err == nil && o.status == 201 {
							won.Add(1)
						}
					}
				}
			})
		}
		wg.Wait()
		if won.Load() != 37 {
			t.Errorf("%d orders of 37 units", won.Load())
		}
		f.stocked("C", 37, 37, 0)
	})
}

func TestTransfers(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.post("/v1/transfers?dry_run=true", `{"from":"L1","to":"L2","lines":[{"sku":"A","quantity":9}]}`).want(200).fields("id", "null")
		r := f.post("/v1/transfers", `{"from":"L1","to":"L2","reference":"TR-1","lines":[{"sku":"A","quantity":9}]}`).want(201)
		f.vars["t"] = r.str("id")
		f.send(request{do: "PUT /v1/transfers/{t}", body: `{"lines":[{"sku":"A","quantity":10},{"sku":"B","quantity":2}]}`, header: []string{"If-Match", `"1"`}}).want(200).fields("version", "2", "lines.0.quantity", "10")
		f.post("/v1/transfers/{t}/dispatch", "").refused(409, "illegal_transition").fields("allowed.0", "cancel", "allowed.1", "edit", "allowed.2", "ready")
		f.post("/v1/transfers/{t}/ready", "{}").want(200).fields("status", "ready")
		f.post("/v1/transfers/{t}/dispatch?dry_run=true", "").want(200).fields("status", "in_transit", "lines.0.in_transit", "10")
		before := f.at("A", "L1").num("data.0.on_hand")
		f.post("/v1/transfers/{t}/dispatch", "").want(200).fields("status", "in_transit", "lines.0.in_transit", "10", "allowed.0", "receive")
		f.counters("A", "L1", "on_hand", fmt.Sprint(before-10))
		f.counters("A", "L2", "on_hand", "0", "in_transit_in", "10", "available", "0")
		f.post("/v1/transfers/{t}/cancel", `{"reason":"lost"}`).refused(422, invalid).fields("errors.0.pointer", "/outcome")

		// D20: seven of ten arrive; three stay under way until a reason closes them.
		f.post("/v1/transfers/{t}/receive", `{"lines":[{"sku":"A","quantity":6,"damaged":1},{"sku":"B","quantity":2}]}`).want(200).
			fields("status", "partially_received", "lines.0.received", "6", "lines.0.damaged", "1", "lines.0.in_transit", "3", "lines.1.in_transit", "0")
		f.counters("A", "L2", "on_hand", "7", "damaged", "1", "in_transit_in", "3", "available", "6")
		f.post("/v1/transfers/{t}/receive", `{"lines":[{"sku":"A","quantity":4},{"sku":"C","quantity":1},{"sku":"A","missing":1}]}`).refused(422, invalid).
			fields("errors.0.pointer", "/lines/0/quantity", "errors.1.pointer", "/lines/1/sku", "errors.2.pointer", "/lines/2/reason")
		f.post("/v1/transfers/{t}/cancel", `{"reason":"lost","outcome":"write_off"}`).refused(409, "illegal_transition")
		f.post("/v1/transfers/{t}/receive", `{"lines":[{"sku":"A","missing":3,"reason":"short_shipped"}]}`).want(200).fields("status", "received", "lines.0.missing", "3", "lines.0.reason", "short_shipped")
		f.counters("A", "L2", "on_hand", "7", "in_transit_in", "0")
		f.get("/v1/transfers/{t}").fields("status", "received", "reference", "TR-1")
		f.get("/v1/transfers?status=received").fields("data.0.id", f.vars["t"])

		// What was promised to orders is not sent away, and what turns back is there again.
		s := f.post("/v1/transfers", `{"from":"L1","to":"L2","lines":[{"sku":"B","quantity":3}]}`).want(201)
		f.vars["t"] = s.str("id")
		f.post("/v1/transfers/{t}/ready", "").want(200)
		f.place("B", 2, "manual", "").want(201)
		f.post("/v1/transfers/{t}/dispatch", "").refused(409, "insufficient_stock").fields("errors.0.pointer", "/lines/0/quantity")
		f.stock("B", "L1", 2)
		f.post("/v1/transfers/{t}/dispatch", "").want(200)
		f.post("/v1/transfers/{t}/cancel", `{"reason":"returned","outcome":"restore"}`).want(200).fields("status", "canceled", "lines.0.restored", "3", "outcome", "restore")
		f.counters("B", "L1", "on_hand", "5")
		f.counters("B", "L2", "in_transit_in", "0")
		d := f.post("/v1/transfers", `{"from":"L1","to":"L2","lines":[{"sku":"B","quantity":3}]}`).want(201)
		f.post("/v1/transfers/"+d.str("id")+"/cancel", `{"reason":"mood"}`).refused(422, invalid)
		f.post("/v1/transfers/"+d.str("id")+"/cancel", `{"reason":"mistake"}`).want(200).fields("status", "canceled")
		f.post("/v1/transfers", `{"from":"L1","to":"L1","lines":[{"sku":"Z","quantity":0},{"sku":"Z","quantity":1}]}`).refused(422, invalid)
		f.post("/v1/transfers", `{"from":"L1","to":"L9","lines":[]}`).refused(422, invalid)
		f.send(request{do: "GET /v1/transfers/trf_{unknown}"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/transfers/x"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/transfers?cursor=x"}).refused(400, "invalid_cursor")
		f.send(request{do: "GET /v1/transfers", key: "{webonly}"}).refused(403, "all_channels_required")
		f.send(request{do: "GET /v1/transfers/{t}", key: "{webonly}"}).refused(403, "all_channels_required")
	})
}

// D19: a count is taken while orders ship, before the counting, between counting and posting, and all the time from
// other sides; what is posted is what was really missing.
func TestCountWhileOrdersShip(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.stock("C", "L1", 500)
		ship := func() {
			o, err := f.try(request{do: "POST /v1/orders", body: orderBody("C", 1, "manual", "")})
			if err != nil || o.status != 201 {
				t.Errorf("%v %s", err, o.body)
				return
			}
			at := "POST /v1/fulfillments/" + o.str("fulfillments.0.id")
			for _, step := range []string{"/release", "/ship"} {
				if r, err := f.try(request{do: at + step, body: `{"tracking_number":"T"}`[:map[string]int{"/release": 0, "/ship": 23}[step]]}); err != nil || r.status != 200 {
					t.Errorf("%s: %v %s", step, err, r.body)
				}
			}
		}
		f.post("/v1/counts?dry_run=true", `{"location":"L1","skus":["C"],"reason":"cycle_count"}`).want(200).fields("id", "null")
		n := f.post("/v1/counts", `{"location":"L1","skus":["C","B"],"reason":"shrinkage","tolerance":1}`).want(201)
		f.vars["n"] = n.str("id")
		f.post("/v1/counts/{n}/start", "").want(200).fields("status", "counting", "lines.0.expected", "500", "lines.1.expected", "5", "round", "1")
		if seq := f.get("/v1/counts/{n}").num("started_seq"); seq != f.head() {
			t.Errorf("started at %d, the journal is at %d", seq, f.head())
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 5 {
					ship()
				}
			})
		}
		f.post("/v1/counts/{n}/submit", "").refused(409, "not_counted").fields("sku", "C")
		var counted reply
		wg.Go(func() { // three are missing of what is there at this moment, whatever has shipped
			for {
				on := f.at("C", "L1").num("data.0.on_hand")
				r, err := f.try(request{do: "POST /v1/counts/{n}/record", body: fmt.Sprintf(`{"lines":[{"sku":"C","counted":%d},{"sku":"B","counted":5}]}`, on-3)})
				if err != nil || r.status != 200 {
					t.Errorf("%v %s", err, r.body)
					return
				}
				if counted = r; r.str("lines.0.variance") == "-3" {
					return // nothing shipped between looking and recording
				}
			}
		})
		wg.Wait()
		counted.fields("lines.0.variance", "-3", "lines.1.variance", "0")
		f.post("/v1/counts/{n}/submit", "").want(200).fields("status", "pending_review", "automatic", "false")
		ship()
		f.post("/v1/counts/{n}/approve", "").want(200).fields("status", "approved")
		ship()
		head := f.head()
		f.post("/v1/counts/{n}/post?dry_run=true", "").want(200).fields("status", "posted")
		f.post("/v1/counts/{n}/post", "").want(200).fields("status", "posted", "allowed.0", "")
		f.told(head, "stock.counted")
		f.get(fmt.Sprintf("/v1/events?after=%d", head)).fields("data.0.body.reason", "shrinkage", "data.0.body.stock.0.delta", "-3")
		f.stocked("C", 500-22-3, 0, 0)
		f.post("/v1/counts/{n}/post", "").refused(409, "illegal_transition")
		f.get("/v1/counts?location=L1&status=posted").fields("data.0.id", f.vars["n"])
	})
}

func TestCountSteps(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		make := func(members string) {
			f.vars["n"] = f.post("/v1/counts", `{"location":"L1","skus":["B"],"reason":"cycle_count"`+members+`}`).want(201).str("id")
			f.post("/v1/counts/{n}/start", "").want(200)
		}
		make(`,"tolerance":2`)
		f.post("/v1/counts/{n}/record", `{"lines":[{"sku":"B","counted":7}]}`).want(200).fields("lines.0.variance", "2")
		f.post("/v1/counts/{n}/submit", "").want(200).fields("status", "approved", "automatic", "true")
		f.post("/v1/counts/{n}/post", "").want(200)
		f.counters("B", "L1", "on_hand", "7")
		make("")
		f.post("/v1/counts/{n}/record", `{"lines":[{"sku":"B","counted":1}]}`).want(200)
		f.post("/v1/counts/{n}/submit", "").want(200).fields("status", "pending_review")
		f.post("/v1/counts/{n}/recount", "").want(200).fields("status", "counting", "round", "2", "lines.0.counted", "")
		f.post("/v1/counts/{n}/record", `{"lines":[{"sku":"B","counted":2}]}`).want(200)
		f.post("/v1/counts/{n}/record", `{"lines":[{"sku":"B","counted":1}]}`, "If-Match", `"1"`).refused(409, "version_mismatch")
		f.post("/v1/counts/{n}/submit", "").want(200)
		f.place("B", 6, "manual", "").want(201)
		f.post("/v1/counts/{n}/approve", "").want(200)
		f.post("/v1/counts/{n}/post", "").refused(409, "insufficient_stock") // orders were promised what is not there
		make("")
		f.post("/v1/counts/{n}/reject", "").want(200).fields("status", "rejected")
		f.counters("B", "L1", "on_hand", "7")
		f.post("/v1/counts", `{"location":"L9","skus":["Z","B","B"],"reason":"x","tolerance":-1}`).refused(422, invalid)
		f.post("/v1/counts", `{"location":"L1","skus":[],"reason":"audit"}`).refused(422, invalid)
		f.post("/v1/counts/{n}/record", `{"lines":[{"sku":"B","counted":1}]}`).refused(409, "illegal_transition")
		make("")
		f.post("/v1/counts/{n}/record", `{"lines":[{"sku":"Z","counted":1},{"sku":"B","counted":1},{"sku":"B","counted":-1}]}`).refused(422, invalid)
		f.send(request{do: "GET /v1/counts/cnt_{unknown}"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/counts", key: "{webonly}"}).refused(403, "all_channels_required")
	})
}

// The card explains every unit: what moved, why, and what was there after it; stock as of any time is the same sum.
func TestStockCardAndAsOf(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.stock("C", "L1", 10)
		before := f.get(fmt.Sprintf("/v1/events?after=%d", f.head()-1)).str("data.0.at")
		f.stock("C", "L2", 4)
		o := f.place("C", 3, "manual", "").want(201)
		r := f.get("/v1/stock/C/card")
		r.fields("data.0.type", "stock.adjusted", "data.0.reason", "received", "data.0.moved.on_hand", "10", "data.0.balance.on_hand", "10", "data.0.location", "L1",
			"data.1.type", "order.accepted", "data.1.cause", o.str("id"), "data.1.moved.allocated", "3", "data.1.balance.allocated", "3", "data.1.balance.on_hand", "10",
			"data.2.location", "L2", "data.2.moved.on_hand", "4", "data.3", "", "through", fmt.Sprint(f.head()))
		first := f.get("/v1/stock/C/card?limit=1")
		second := f.get("/v1/stock/C/card?limit=1&cursor=" + first.str("next_cursor"))
		second.fields("data.0.moved.allocated", "3", "data.0.moved.on_hand", "0", "data.0.balance.on_hand", "10")
		third := f.get("/v1/stock/C/card?limit=1&cursor=" + second.str("next_cursor"))
		third.fields("data.0.location", "L2", "data.0.moved.on_hand", "4", "next_cursor", "")
		f.get("/v1/stock/C/card?location=L2").fields("data.0.balance.on_hand", "4", "data.1", "")
		f.get("/v1/stock/NONE/card").fields("data.0", "")
		f.send(request{do: "GET /v1/stock/C/card?cursor=x"}).refused(400, "invalid_cursor")

		f.get("/v1/stock/C/card?order=newest").fields("data.0.type", "order.accepted", "data.0.moved.allocated", "3", "data.0.balance.on_hand", "10", "data.1.location", "L2",
			"data.1.moved.on_hand", "4", "data.2.moved.on_hand", "10", "data.3", "")
		late := f.get("/v1/stock/C/card?order=newest&limit=1")
		f.get("/v1/stock/C/card?order=newest&cursor="+late.str("next_cursor")).fields("data.0.location", "L2", "data.1.location", "L1", "data.2", "")
		f.get("/v1/stock/C/card?order=newest&location=L2").fields("data.0.moved.on_hand", "4", "data.1", "")
		days := f.get("/v1/stock/C/history?days=2")
		days.fields("data.0.balance.on_hand", "0", "data.1.balance.on_hand", "14", "data.1.balance.allocated", "3", "data.1.available", "11", "data.2", "", "through", fmt.Sprint(f.head()))
		f.get("/v1/stock/C/history?location=L2&days=1").fields("data.0.balance.on_hand", "4", "data.0.available", "4")
		f.get("/v1/stock/NONE/history?days=1").fields("data.0.balance.on_hand", "0")
		f.send(request{do: "GET /v1/stock/C/history?days=367"}).refused(400, "invalid_parameter")

		f.get("/v1/stock?sku=C&as_of="+before).fields("data.0.location", "L1", "data.0.on_hand", "10", "data.0.available", "10", "data.1", "")
		now := f.get("/v1/stock?as_of=2100-01-01T00:00:00Z")
		if list := f.get("/v1/stock"); fmt.Sprint(now.list("data")) != fmt.Sprint(list.list("data")) {
			t.Errorf("stock as of now\n%s, it is\n%s", now.body, list.body)
		}
		f.get("/v1/stock?as_of=2020-01-01T00:00:00Z").fields("data.0", "")
		f.send(request{do: "GET /v1/stock?as_of=yesterday"}).refused(400, "invalid_parameter")
		f.send(request{do: "GET /v1/stock?state=low&as_of=" + before}).refused(400, "invalid_parameter")
	})
}

// D2: two lines share a component, and one unit of it is short: the order is refused, whole.
func TestKits(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		price := `"price":{"amount":900,"currency":"GBP"}`
		f.put("/v1/products/SET", `{"name":"Set",`+price+`,"components":[{"sku":"A","quantity":1},{"sku":"C","quantity":2}]}`).want(201).fields("components.1.sku", "C")
		f.put("/v1/products/DUO", `{"name":"Duo",`+price+`,"components":[{"sku":"C","quantity":3}]}`).want(201)
		f.stock("C", "L1", 6)
		f.get("/v1/availability?skus=SET,DUO,C,NONE&channel=web").fields("data.0.kit", "true", "data.0.available", "3", "data.1.available", "2", "data.2.available", "6", "data.3.known", "false",
			"data.0.locations.0.location", "L1")
		body := strings.Replace(orderBody("SET", 2, "manual", ""), `"lines":[`, `"lines":[{"sku":"DUO","quantity":1},`, 1) // 3 + 4 of 6
		f.post("/v1/orders", body).refused(409, "insufficient_stock")
		f.counters("C", "L1", "allocated", "0", "available", "6")
		f.post("/v1/orders", strings.Replace(body, `"quantity":2`, `"quantity":1`, 1)).want(201)
		f.counters("C", "L1", "allocated", "5", "available", "1")
		f.get("/v1/availability?skus=SET,DUO").fields("data.0.available", "0", "data.1.available", "0")
		f.stock("C", "L1", 1)
		r := f.post("/v1/reservations", reserveBody("SET", 1, "")).want(201)
		r.fields("held.0.sku", "A", "held.1.sku", "C", "held.1.quantity", "2")
		o := f.post("/v1/orders", with(orderBody("SET", 1, "manual", ""), `"reservation":"`+r.str("id")+`"`)).want(201)
		f.counters("C", "L1", "allocated", "7", "reserved", "0")
		f.post("/v1/orders/"+o.str("id")+"/cancel", `{"reason":"customer"}`).want(200)
		f.counters("C", "L1", "allocated", "5", "available", "2")

		f.post("/v1/stock/adjustments", `{"reason":"found","lines":[{"sku":"SET","location":"L1","delta":1}]}`).refused(422, invalid).fields("errors.0.code", "is_kit")
		f.put("/v1/products/BOX", `{"name":"Box",`+price+`,"components":[{"sku":"SET","quantity":1},{"sku":"NONE","quantity":1}]}`).refused(422, invalid).
			fields("errors.0.code", "nested_kit", "errors.1.code", "unknown_sku")
		f.put("/v1/products/A", `{"name":"A",`+price+`,"components":[{"sku":"B","quantity":1}]}`).refused(422, invalid).fields("errors.0.code", "nested_kit")
		f.put("/v1/products/B", `{"name":"B",`+price+`,"components":[{"sku":"A","quantity":1}]}`).refused(409, "kit_has_stock")
		f.send(request{do: "GET /v1/availability?skus="}).refused(400, "invalid_parameter")
		f.send(request{do: "GET /v1/availability?skus=A&channel=none"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/availability?skus=A&channel=phone", key: "{webonly}"}).refused(403, "channel_forbidden")
	})
}

// past moves the end of a reservation behind us, as if its time had gone by.
func (f *fixture) past(id string) {
	f.t.Helper()
	doc := ""
	if err := f.db.Query(f.t.Context(), func(r store.Row) error { return r.Scan(&doc) }, "SELECT doc FROM reservations WHERE id = $1", id); err != nil {
		f.t.Fatal(err)
	}
	doc = regexp.MustCompile(`"expires_at":\d+`).ReplaceAllString(doc, `"expires_at":1`)
	if err := store.Write(f.t.Context(), f.db, func(tx store.Tx) error {
		return tx.Do(f.t.Context(), &store.Stmt{SQL: "UPDATE reservations SET doc = $1, expires_at = 1 WHERE id = $2", Args: []any{doc, id}, Want: 1})
	}); err != nil {
		f.t.Fatal(err)
	}
}

// D9: the reservation expires between the buyer's look and the order. The order takes what is there or is refused; what
// the cart held counts once, whoever is faster; and the sweep gives back what nobody came for.
func TestReservationExpiresBeforeTheOrder(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.stock("C", "L1", 5)
		r := f.post("/v1/reservations", reserveBody("C", 3, "")).want(201).str("id")
		f.past(r)
		f.vars["r"] = r
		f.get("/v1/reservations/{r}").fields("status", "expired", "allowed.0", "")
		f.post("/v1/reservations/{r}/extend", "{}").refused(409, "illegal_transition")
		f.stocked("C", 5, 0, 3) // until it is swept
		var wg sync.WaitGroup
		var units atomic.Int64
		buy := func(n int64, members string) {
			o, err := f.try(request{do: "POST /v1/orders", body: with(orderBody("C", int(n), "manual", ""), members)})
			if err == nil && o.status == 201 {
				units.Add(n)
			} else if err != nil || o.status != 409 {
				t.Errorf("%v %s", err, o.body)
			}
		}
		wg.Go(func() { buy(3, `"reservation":"`+r+`"`) })
		for i := range 8 {
			wg.Go(func() { buy(1, fmt.Sprintf(`"external_id":"d9-%d"`, i)) })
		}
		wg.Wait()
		if units.Load() != 5 {
			t.Errorf("%d units of 5 were sold", units.Load())
		}
		f.stocked("C", 5, 5, 0)
		f.get("/v1/reservations/{r}").fields("status", "expired", "order", "")
		f.post("/v1/orders", with(orderBody("C", 3, "manual", ""), `"reservation":"{r}"`)).refused(409, "insufficient_stock") // nothing is left

		f.stock("C", "L1", 2)
		gone := f.post("/v1/reservations", reserveBody("C", 2, "")).want(201).str("id")
		f.past(gone)
		head := f.head()
		if err := store.Write(t.Context(), f.db, func(tx store.Tx) error {
			return tx.Do(t.Context(), &store.Stmt{SQL: "UPDATE jobs SET run_at = 1 WHERE kind = 'expire_reservation'", Want: store.AnyRows})
		}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the sweep", func() bool { return f.head() > head })
		f.stocked("C", 7, 5, 0)
		f.told(head, "stock.reservation_expired")
	})
}

// Positions are found by part of their name and by what needs somebody; who holds a SKU is told by order and cart.
func TestFindingStock(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		price := `"price":{"amount":900,"currency":"GBP"}`
		f.put("/v1/products/TEA_5%25", `{"name":"Grüner Tee",`+price+`}`).want(201)
		f.put("/v1/products/SET", `{"name":"Tea set",`+price+`,"components":[{"sku":"TEA_5%","quantity":2}]}`).want(201)
		f.stock("TEA_5%", "L1", 10)
		f.stock("TEA_5%", "L2", 5)
		for q, want := range map[string]string{"q=Gr%C3%BCner": "TEA_5%", "q=tea+5": "TEA_5%", "q=tEe": "TEA_5%", "q=T%25e": "", "q=standard": "", "q=%25": "", "state=low": "", "state=negative": "", "state=set_aside": "", "state=inbound": "", "state=backordered": ""} {
			f.get("/v1/stock?"+q).fields("data.0.sku", want)
		}
		f.get("/v1/stock?q=tee&location=L2&state=negative").fields("data.0", "")
		one := f.get("/v1/stock?q=tee&limit=1")
		one.fields("data.0.location", "L1", "data.1", "")
		f.get("/v1/stock?q=tee&limit=1&cursor="+one.str("next_cursor")).fields("data.0.location", "L2", "next_cursor", "")
		f.get("/v1/stock?q=tee&as_of=2100-01-01T00:00:00Z").fields("data.1.on_hand", "5", "data.2", "")
		f.put("/v1/stock/TEA_5%25/L1/policy", `{"safety":12,"reorder_point":3,"backorder_limit":9}`).want(200)
		f.get("/v1/stock?state=low&q=TEA").fields("data.0.location", "L1", "data.0.available", "-2", "data.1", "")
		f.get("/v1/stock?state=negative").fields("data.0.location", "L1", "data.1", "")
		f.send(request{do: "GET /v1/stock?state=sad"}).refused(400, "invalid_parameter")

		holders := "/v1/stock/TEA_5%25/holders"
		f.get(holders).fields("data.0", "")
		f.put("/v1/stock/TEA_5%25/L1/policy", `{}`).want(200)
		o := f.place("TEA_5%", 3, "manual", "").want(201)
		f.place("A", 1, "manual", "").want(201)
		kit := f.place("SET", 2, "manual", "").want(201)
		cart := f.post("/v1/reservations", `{"channel":"web","lines":[{"sku":"SET","quantity":1}]}`).want(201)
		f.get(holders).fields("data.0.id", o.str("id"), "data.0.number", o.str("number"), "data.0.kind", "order", "data.0.held.0.allocated", "3", "data.0.held.1", "",
			"data.1.id", kit.str("id"), "data.1.held.0.allocated", "4", "data.2.id", cart.str("id"), "data.2.kind", "reservation", "data.2.held.0.reserved", "2", "data.3", "")
		first := f.get(holders + "?limit=1")
		first.fields("data.0.id", o.str("id"), "data.1", "")
		second := f.get(holders + "?limit=1&cursor=" + first.str("next_cursor"))
		second.fields("data.0.id", kit.str("id"))
		f.get(holders+"?limit=1&cursor="+second.str("next_cursor")).fields("data.0.id", cart.str("id"), "next_cursor", "")
		f.get("/v1/stock/SET/holders").fields("data.0", "") // it has no stock of its own
		f.send(request{do: "GET " + holders + "?cursor=x"}).refused(400, "invalid_cursor")
		f.post("/v1/reservations/"+cart.str("id")+"/release", "").want(200)
		f.post("/v1/orders/"+o.str("id")+"/cancel", `{"reason":"customer"}`).want(200)
		f.get(holders).fields("data.0.id", kit.str("id"), "data.1", "")
		f.send(request{do: "GET " + holders, key: "{webonly}"}).fields("data.0.id", kit.str("id"))
	})
}
