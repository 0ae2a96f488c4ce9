package api

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/micros"
)

// after lets things happen behind the door on a channel in New York: a return in parts, a claim, cases, counts.
func (s *story) after() {
	s.t.Helper()
	s.put("/v1/channels/ny", `{"name":"New York","time_zone":"America/New_York","locations":["L1"]}`).want(201)
	sold := func(name, sku string, n int) {
		s.t.Helper()
		o := s.post("/v1/orders", strings.Replace(orderBody(sku, n, "manual", ""), `"web"`, `"ny"`, 1)).want(201)
		s.vars[name], s.vars["pay "+name] = o.str("id"), o.str("payments.0.id")
		f := o.str("fulfillments.0.id")
		s.step(f, "release", "").want(200)
		s.step(f, "ship", `{"tracking_number":"T"}`).want(200)
		s.step(f, "deliver", "").want(200)
		s.post("/v1/orders/{"+name+"}/payments/{pay "+name+"}/receipts", gbp(o.num("totals.grand_total.amount"))).want(200)
	}
	s.at("2031-02-03T02:00") // still Sunday over there
	sold("one", "A", 4)
	s.at("2031-02-03T15:00")
	sold("two", "B", 2)
	sold("three", "A", 2)

	s.at("2031-02-04T10:00")
	s.vars["order"] = s.vars["one"]
	s.back(3, "wrong_size", "")
	s.at("2031-02-05T10:00")
	s.post("/v1/returns/{return}/receive", `{"lines":[{"line":"1","quantity":2}]}`).want(200)
	s.post("/v1/returns/{return}/receive", `{"last":true}`).want(200)
	s.at("2031-02-05T12:00")
	s.post("/v1/returns/{return}/inspect", `{"units":[{"line":"1","quantity":1,"condition":"new"},{"line":"1","quantity":1,"condition":"damaged"}]}`).want(200).
		fields("status", "closed", "refunds.0.amount.amount", "500")
	s.at("2031-02-06T12:00")
	s.post("/v1/orders/{one}/payments/{pay one}/refunds", `{"amount":{"amount":500,"currency":"GBP"},"reason":"return","recorded":true,"reference":"Bank 1"}`).want(200)
	s.vars["order"] = s.vars["two"]
	s.post("/v1/orders/{two}/claims", `{"reason":"damaged","remedy":"refund","lines":[{"line":"1","quantity":1}]}`).want(201)
	s.vars["order"] = s.vars["three"]
	s.back(1, "unwanted", "") // under way

	s.at("2031-02-06T13:00")
	s.put("/v1/sla-policies/fast", `{"name":"Fast","targets":{"normal":{"first_response_minutes":10,"resolution_minutes":120}}}`).want(201)
	s.put("/v1/queues/fast", `{"name":"Fast","policy":"fast","close_days":1,"reopen_days":2}`).want(201)
	late := s.post("/v1/cases", `{"subject":"Where is it?","queue":"fast","orders":["{one}"]}`).want(201).str("id")
	s.vars["quick"] = s.post("/v1/cases", `{"subject":"Thanks","queue":"fast","origin":"phone"}`).want(201).str("id")
	s.post("/v1/cases/{quick}/status", `{"status":"pending_customer"}`).want(200)
	s.at("2031-02-06T13:30")
	s.post("/v1/cases/{quick}/status", `{"status":"resolved"}`).want(200)
	if err := s.app.LookAtCase(s.t.Context(), late); err != nil {
		s.t.Fatal(err)
	}
	s.vars["late"] = late

	s.at("2031-02-07T09:00")
	s.vars["n"] = s.post("/v1/counts", `{"location":"L1","skus":["A","B"],"reason":"shrinkage","tolerance":5}`).want(201).str("id")
	start := s.post("/v1/counts/{n}/start", "").want(200)
	s.post("/v1/counts/{n}/record", fmt.Sprintf(`{"lines":[{"sku":"A","counted":%d},{"sku":"B","counted":%d}]}`, start.num("lines.0.expected")-2, start.num("lines.1.expected"))).want(200)
	s.post("/v1/counts/{n}/submit", "").want(200)
	s.post("/v1/counts/{n}/post", "").want(200)
	s.at("2031-02-08T09:00")
}

// TestReportsOfWhatComesAfter asserts the numbers of returns, refunds, cases and counts, computed by hand, before and
// after all facts are made anew.
func TestReportsOfWhatComesAfter(t *testing.T) {
	clock := &atomic.Int64{}
	begin := time.Date(2031, 2, 1, 10, 0, 0, 0, time.UTC).UnixMicro()
	clock.Store(begin)
	each(t, func(t *testing.T, x *fixture) {
		defer clock.Store(begin) // for the other engine
		s := &story{x, clock}
		s.after()
		s.numbersAfter()
		s.post("/v1/reports/rebuild", `{}`).want(200)
		eventually(s.t, "the rebuild", func() bool {
			r := s.get("/v1/reports")
			return r.str("rebuild_to") != "" && r.str("rebuilding") == "false"
		})
		s.numbersAfter()
		s.proven()
	}, func(o *setup) { o.settings.Clock = func() micros.Time { return micros.Time(clock.Load()) } })
}

func (s *story) numbersAfter() {
	s.t.Helper()
	const total = "rows.0.values"
	at := func(name, more string) string {
		return "/v1/reports/" + name + "?channel=ny&from=2031-02-02&to=2031-02-08" + more
	}
	// Delivered are 4 + 2 of A at 250 and 2 of B at 1000; 2 of 3 came back, 1 of B was claimed.
	s.values(at("returns", ""), total, "delivered=8 delivered_value=3500 requested=4 returned=2 returned_value=500 return_rate=0.25 return_value_rate=0.142857 accepted=2 rejected=0 refunded=500 "+
		"inspected=2 restocked=1 unsaleable=1 scrapped=0 restock_yield=0.5 claimed=1 claimed_value=1000 claim_refunded=1000 claim_rate=0.125")
	s.values(at("returns", "&group_by=reason"), "rows.0", "group.reason=damaged values.delivered=8 values.claimed=1 values.returned=0 values.claim_rate=0.125")
	s.values(at("returns", "&group_by=reason"), "rows.2", "group.reason=wrong_size values.delivered=8 values.delivered_value=3500 values.returned=2 values.return_rate=0.25 values.return_value_rate=0.142857")
	s.values(at("returns", "&group_by=sku,type"), "rows.0", "group.sku=A group.type=return values.delivered=6 values.return_rate=0.333333")
	s.values(at("returns", "&reason=wrong_size,none"), total, "delivered=8 requested=3 returned=2 claimed=0")
	s.values(at("returns", "&bucket=day"), "rows.0", "bucket=2031-02-02 values.delivered=4 values.returned=2 values.return_rate=0.5") // Sunday evening in New York
	s.values(at("returns", "&bucket=day&group_by=reason"), "rows.0", "bucket=2031-02-02 group.reason=wrong_size values.delivered=4 values.return_rate=0.5")
	s.values("/v1/reports/returns?channel=ny&from=2031-02-03&to=2031-02-03&compare=previous&group_by=reason", "rows.2", "group.reason=wrong_size values.returned=0 previous.return_rate=0.5")
	s.get(at("returns/drilldown", "&metric=return_rate")).fields("data.0.order", s.vars["one"], "data.1", "")
	s.get(at("returns/drilldown", "&reason=damaged")).fields("data.0.order", s.vars["two"], "data.1", "")
	s.values(at("return_times", ""), total, "returns=1 overridden=0 total_p50=93600 approve_p50=0 arrive_p50=86400 inspect_p50=7200 decide_p50=7200 pay_p50=180000")
	s.values(at("refunds", ""), total, "grants=2 orders=2 units=3 granted=1500 items=1500 shipping=0 for_returns=500 for_claims=1000 refunded=500 credited=0 open=1000 grants_open=1 refused=0 lead_p50=86400")
	s.values(at("refunds", "&group_by=type&bucket=day"), "rows.0", "bucket=2031-02-05 group.type=return values.granted=500 values.open=0")
	s.get(at("refunds/drilldown", "&metric=open")).fields("data.0.order", s.vars["two"], "data.1", "")
	s.values(at("cases", ""), total, "cases=1 contacts=1 orders=3 contacts_per_order=0.333333 first_response_met=0 first_response_missed=1 first_response_rate=0 resolution_due=0 breaches=1 open=1")
	all := "?from=2031-02-02&to=2031-02-08&queue=fast"
	s.values("/v1/reports/cases"+all+"&group_by=queue", "rows.0", "group.queue=fast values.cases=2 values.contacts=2 values.orders=3 values.first_response_missed=1 values.resolution_met=1 values.resolution_rate=1 values.resolved=1 values.open=1 values.paused=1800 values.resolution_p50=1800")
	s.get("/v1/reports/cases/drilldown"+all+"&metric=first_response_missed").fields("data.0.case", s.vars["late"], "data.0.order", "", "data.1", "")
	s.get("/v1/reports/cases/drilldown"+all+"&metric=resolution_rate").fields("data.0.case", s.vars["quick"], "data.1", "")
	s.get(at("perfect_orders", "")).fields("rows.0", "") // nothing was promised
	s.stockNumbers()
	for _, path := range []string{"accuracy?bucket=hour", "stock_age?bucket=hour", "returns?provider=manual", "cases?group_by=mood", "returns/drilldown?metric=mood"} {
		s.send(request{do: "GET /v1/reports/" + path}).refused(400, "invalid_parameter")
	}
	for _, path := range []string{"accuracy/drilldown", "stock_age/drilldown"} {
		s.send(request{do: "GET /v1/reports/" + path}).refused(422, "no_drilldown")
	}
	for _, name := range []string{"accuracy", "stock_age"} {
		s.send(request{do: "GET /v1/reports/" + name, key: "{webonly}"}).refused(403, "all_channels_required")
	}
	s.send(request{do: "GET /v1/reports/cases" + all, key: "{webonly}"}).want(200).fields("rows.0.values.cases", "")
}

func (s *story) stockNumbers() {
	s.t.Helper()
	at := func(name, more string) string {
		return "/v1/reports/" + name + "?location=L1&from=2031-02-02&to=2031-02-08" + more
	}
	a, b := s.get("/v1/counts/{n}").num("lines.0.expected"), s.get("/v1/counts/{n}").num("lines.1.expected")
	s.values(at("accuracy", ""), "rows.0.values", fmt.Sprintf("lines=2 lines_exact=1 line_accuracy=0.5 counted=%d expected=%d missing=2 surplus=0 accurate=%d inventory_accuracy=%.6g shrinkage=2",
		a+b-2, a+b, a+b-4, float64(int64(float64(a+b-4)/float64(a+b-2)*1e6+0.5))/1e6))
	s.values(at("accuracy", "&group_by=sku,reason&bucket=day&kind=counted"), "rows.0", "bucket=2031-02-07 group.sku=A group.reason=shrinkage values.missing=2")
	// Of A, 2 came back on the 5th: the youngest layer, from which the count took nothing.
	now := s.shelf("A", "L1")[0]
	s.values(at("stock_age", "&sku=A"), "rows.0.values", fmt.Sprintf("on_hand=%d up_to_30_days=%d older=0 unmoved_90_days=0 days_since_movement=1 days_since_shipment=5", now, now))
	s.values("/v1/reports/stock_age?sku=A&location=L1&from=2031-02-02&to=2031-06-30", "rows.0.values", fmt.Sprintf("on_hand=%d up_to_30_days=0 up_to_180_days=%d unmoved_90_days=%d days_since_movement=143", now, now, now))
	s.values(at("stock_age", "&sku=A&bucket=day&group_by=location"), "rows.0", "bucket=2031-02-02 group.location=L1 values.days_since_movement=1 values.days_since_shipment=")
}
