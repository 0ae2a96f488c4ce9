package api

import (
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/micros"
)

// TestReportsOfTheLedger asserts the numbers of what may expire, of what is not captured by its age, and of the labels of
// returns, computed by hand.
func TestReportsOfTheLedger(t *testing.T) {
	clock := &atomic.Int64{}
	begin := time.Now().Add(-5 * 24 * time.Hour).UnixMicro() // ages are as of the real now
	clock.Store(begin)
	each(t, func(t *testing.T, x *fixture) {
		defer clock.Store(begin) // for the other engine
		s := &story{x, clock}
		const total = "rows.0.values"
		today := time.Now().UTC()
		day := func(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }
		ahead := "from=" + day(-1) + "&to=" + day(40)
		past := "from=" + day(-6) + "&to=" + day(1)

		// Four orders of the world are on manual and cost 950. Sandbox authorizations last; of two orders one ships and is captured, of the other nothing has left.
		s.sold("sandbox", "", "A 2")
		waits := s.place("A", 3, "sandbox", "tok_ok").want(201)
		s.vars["waits"] = waits.str("id")
		s.place("A", 1, "manual", "").want(201)
		s.settled()
		eventually(t, "the facts", func() bool {
			return s.get("/v1/reports/uncaptured?"+past).str("rows.0.values.orders") == "7" && s.get("/v1/reports/authorization_risk?"+ahead).str("rows.0.values.captured") == "500"
		})
		s.values("/v1/reports/authorization_risk?"+ahead, total, "authorizations=2 orders=2 amount=1250 captured=500 voided=0 expired=0 at_risk=750 authorizations_at_risk=1 orders_at_risk=1 at_risk_1_day=0 at_risk_7_days=750 expiry_rate=0")
		s.values("/v1/reports/authorization_risk?group_by=number&bucket=day&"+ahead, "rows.0", "values.amount=500 values.at_risk=0")
		s.values("/v1/reports/authorization_risk?group_by=number&provider=sandbox&number="+waits.str("number")+"&"+ahead, "rows.0", "group.number="+waits.str("number")+" values.at_risk=750")
		s.get("/v1/reports/authorization_risk/drilldown?metric=at_risk&"+ahead).fields("data.0.order", s.vars["waits"], "data.0.number", waits.str("number"), "data.1", "")
		s.get("/v1/reports/authorization_risk?from="+day(-3)+"&to="+day(-1)).fields("rows.0", "")

		s.values("/v1/reports/uncaptured?"+past, total, "orders=7 orders_uncaptured=6 uncaptured=1950 orders_shipped=0 shipped=0 unshipped=1950 unshipped_up_to_1_day=0 unshipped_up_to_3_days=0 unshipped_up_to_7_days=1950 unshipped_up_to_30_days=0 unshipped_longer=0")
		// What ships on manual is not captured until its receipt is recorded.
		clock.Store(today.UnixMicro())
		s.sold("manual", "", "A 4")
		s.vars["owed"] = s.vars["order"]
		eventually(t, "the shipment", func() bool { return s.get("/v1/reports/uncaptured?"+past).str("rows.0.values.orders") == "8" })
		s.values("/v1/reports/uncaptured?"+past, total, "orders=8 orders_uncaptured=7 uncaptured=2950 orders_shipped=1 shipped=1000 shipped_up_to_1_day=1000 shipped_up_to_7_days=0 shipped_longer=0 unshipped=1950")
		s.get("/v1/reports/uncaptured/drilldown?metric=shipped&"+past).fields("data.0.order", s.vars["owed"], "data.1", "")
		s.proven()
	}, func(o *setup) {
		o.settings.Clock = func() micros.Time { return micros.Time(clock.Load()) }
	})
}
