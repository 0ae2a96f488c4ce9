package api

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"ordo/internal/micros"
	"ordo/internal/report"
)

func init() {
	exampleOrder += " listReports getReport getReportCSV getReportXLSX getReportPDF drillReport rebuildReports"
}

// reportCalls is one request per operation of this area.
func reportCalls() map[string]request {
	return map[string]request{
		"listReports":       {do: "GET /v1/reports"},
		"getReport":         {do: "GET /v1/reports/sales"},
		"getReportCSV":      {do: "GET /v1/reports/sales.csv"},
		"getReportXLSX":     {do: "GET /v1/reports/sales.xlsx"},
		"getReportPDF":      {do: "GET /v1/reports/sales.pdf"},
		"drillReport":       {do: "GET /v1/reports/demand/drilldown"},
		"listSavedReports":  {do: "GET /v1/saved-reports"},
		"createSavedReport": {do: "POST /v1/saved-reports", body: `{"name":"Mine","query":{"report":"sales","period":"yesterday"}}`},
		"getSavedReport":    {do: "GET /v1/saved-reports/{saved_report}"},
		"putSavedReport":    {do: "PUT /v1/saved-reports/{saved_report}", body: `{"name":"Mine","query":{"report":"sales","period":"last_week"}}`},
		"deleteSavedReport": {do: "DELETE /v1/saved-reports/{saved_report}"},
		"rebuildReports":    {do: "POST /v1/reports/rebuild", body: `{}`},
	}
}

// story is orders whose numbers are computed by hand.
type story struct {
	*fixture
	clock *atomic.Int64
}

func (s *story) at(t string) {
	s.t.Helper()
	when, err := time.Parse("2006-01-02T15:04", t)
	if err != nil {
		s.t.Fatal(err)
	}
	s.clock.Store(when.UnixMicro())
}

// values compares numbers of a row: "orders=2 units=10".
func (s *story) values(path, row, want string) {
	s.t.Helper()
	r := s.get(path)
	for pair := range strings.SplitSeq(want, " ") {
		name, value, _ := strings.Cut(pair, "=")
		if got := r.str(row + "." + name); got != value {
			s.t.Errorf("%s: %s of %s is %q, want %q in %s", path, name, row, got, value, r.at("rows"))
		}
	}
}

// tell lets three orders happen on a channel in New York, where it is five hours earlier than UTC.
func (s *story) tell() {
	s.t.Helper()
	s.put("/v1/locations/L3", `{"name":"Three","type":"warehouse","address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`).want(201)
	s.put("/v1/channels/ny", `{"name":"New York","time_zone":"America/New_York","locations":["L1","L2"],"tax_rates":[{"name":"VAT","country":"GB","rate":"0.2"}],`+
		`"shipping_methods":[{"code":"std","name":"Standard","price":{"amount":300,"currency":"GBP"},"carrier":"dock","service":"standard"}]}`).want(201).fields("time_zone", "America/New_York")
	order := func(line, more string) reply {
		return s.post("/v1/orders", with(strings.NewReplacer(`"web"`, `"ny"`, `{"sku":"A","quantity":1}`, line).Replace(orderBody("A", 1, "manual", "")), more)).want(201)
	}
	s.at("2031-01-06T04:30") // still Sunday over there
	one := order(`{"sku":"A","quantity":3}`, `"shipping_method":"std","discounts":[{"code":"TEN","amount":{"amount":30,"currency":"GBP"}}]`)
	one.fields("totals.grand_total.amount", "1164", "lines.0.promise.first_latest", "2031-01-08") // 750 - 30, 144 of tax, 300 for the delivery
	s.vars["one"], s.vars["f1"] = one.str("id"), one.str("fulfillments.0.id")
	s.at("2031-01-06T12:00")
	two := order(`{"sku":"B","quantity":8}`, `"shipping_method":"std"`)
	two.fields("totals.grand_total.amount", "9900", "lines.0.promise.first_latest", "2031-01-08", "fulfillments.0.location", "L1", "fulfillments.0.lines.0.quantity", "5")
	s.vars["two"], s.vars["f2"], s.vars["f3"], s.vars["p2"] = two.str("id"), two.str("fulfillments.0.id"), two.str("fulfillments.1.id"), two.str("payments.0.id")
	s.at("2031-01-06T14:00")
	s.post("/v1/orders/{one}/cancel", `{"reason":"customer","lines":[{"line":"1","quantity":1}]}`).want(200).fields("totals.grand_total.amount", "876")
	s.at("2031-01-06T15:00")
	for _, f := range []string{"f1", "f2", "f3"} {
		s.post("/v1/fulfillments/{"+f+"}/release", "").want(200)
	}
	s.at("2031-01-06T16:00")
	s.post("/v1/fulfillments/{f1}/ship", `{"tracking_number":"T1","carrier":"dock"}`).want(200)
	s.at("2031-01-06T18:00")
	s.post("/v1/fulfillments/{f2}/ship", `{"tracking_number":"T2","carrier":"dock"}`).want(200)
	s.at("2031-01-06T20:00")
	three := order(`{"sku":"E","quantity":1}`, `"tags":["x"]`)
	s.at("2031-01-06T21:00")
	s.post("/v1/orders/"+three.str("id")+"/cancel", `{"reason":"out_of_stock"}`).want(200)
	s.at("2031-01-07T10:00")
	s.post("/v1/orders/{two}/promise", `{"reason":"stock_delay","earliest":"2031-01-09","latest":"2031-01-15"}`).want(200)
	s.at("2031-01-07T12:00")
	s.post("/v1/orders/{two}/payments/{p2}/receipts", `{"amount":{"amount":9900,"currency":"GBP"}}`).want(200)
	s.at("2031-01-07T18:00")
	s.post("/v1/fulfillments/{f2}/deliver", "").want(200)
	s.at("2031-01-08T04:00") // Tuesday evening over there
	s.post("/v1/fulfillments/{f1}/deliver", "").want(200)
	s.at("2031-01-08T17:00")
	s.post("/v1/fulfillments/{f3}/ship", `{"tracking_number":"T3","carrier":"dock"}`).want(200)
	s.at("2031-01-08T20:00")
	s.post("/v1/orders/{two}/grants", `{"reason":"damaged","lines":[{"line":"1","quantity":1}]}`).want(201)
	s.at("2031-01-09T18:00")
	s.post("/v1/fulfillments/{f3}/deliver", "").want(200)
	s.at("2031-01-10T12:00")
}

func reportStory(t *testing.T, f func(s *story)) {
	clock := &atomic.Int64{}
	clock.Store(time.Date(2031, 1, 1, 10, 0, 0, 0, time.UTC).UnixMicro())
	each(t, func(t *testing.T, x *fixture) {
		defer clock.Store(clock.Load()) // for the other engine
		s := &story{x, clock}
		s.tell()
		f(s)
	}, func(o *setup) { o.settings.Clock = func() micros.Time { return micros.Time(clock.Load()) } })
}

const storyDays = "from=2031-01-05&to=2031-01-09"

// TestReportsOfAStory asserts every number, computed by hand.
func TestReportsOfAStory(t *testing.T) {
	reportStory(t, func(s *story) {
		s.numbers()
		s.post("/v1/reports/rebuild", `{}`).want(200)
		eventually(s.t, "the rebuild", func() bool {
			r := s.get("/v1/reports")
			return r.str("rebuild_to") != "" && r.str("rebuilding") == "false"
		})
		s.numbers()
		s.files()
		s.refusals()
	})
}

func (s *story) numbers() {
	const total = "rows.0.values"
	at := func(name, more string) string { return "/v1/reports/" + name + "?channel=ny&" + storyDays + more }
	s.values(at("sales", ""), total, "orders=2 units=10 gross=8500 discounts=20 net=8480 shipping=600 tax=1696 charged=10776 refunds=1200 total=9576 average_order_value=5388")
	s.values(at("sales", "&bucket=day"), "rows.0", "bucket=2031-01-06 currency=GBP values.orders=2 values.units=7 values.gross=5500 values.net=5480 values.tax=1096 values.shipping=600 values.refunds=0")
	s.values(at("sales", "&bucket=day"), "rows.1", "bucket=2031-01-08 values.orders=1 values.units=3 values.gross=3000 values.tax=600 values.refunds=1200 values.total=2400")
	s.values(at("sales", "&bucket=hour&group_by=country"), "rows.0", "bucket=2031-01-06T11 group.country=GB values.orders=1 values.units=2 values.net=480")
	s.values(at("sales", "&sku=B"), total, "orders=1 units=8")
	s.values(at("sales", "&location=L2,L9"), total, "orders=1 units=8")
	// Half past four in the morning is Sunday evening in New York: the order is of the 5th.
	s.values(at("demand", "&bucket=day"), "rows.0", "bucket=2031-01-05 currency=GBP values.orders=1 values.lines=1 values.units=3 values.gross=750 values.discounts=30 values.net=720 values.tax=144 values.value=864 values.canceled_units=1 values.canceled_value=288")
	s.values(at("demand", "&bucket=day"), "rows.1", "bucket=2031-01-06 currency=EUR values.orders=1 values.units=1 values.gross=100 values.tax=20 values.canceled_units=1 values.canceled_value=120")
	s.values(at("demand", "&bucket=day"), "rows.2", "currency=GBP values.orders=1 values.units=8 values.gross=8000 values.tax=1600 values.average_order_value=9600")
	s.values(at("demand", "&bucket=week&currency=GBP"), "rows.0", "bucket=2030-12-30 values.orders=1 values.units=3")
	s.values(at("demand", "&bucket=week&currency=GBP"), "rows.1", "bucket=2031-01-06 values.orders=1 values.units=8")
	s.values(at("demand", "&bucket=month&group_by=sku"), "rows.0", "bucket=2031-01 group.sku=A values.units=3")
	s.values("/v1/reports/demand?channel=ny&from=2031-01-06&to=2031-01-06&compare=previous&currency=GBP", "rows.0", "values.units=8 previous.units=3 previous.gross=750")
	s.values("/v1/reports/demand?channel=ny&from=2031-01-07&to=2031-01-08&bucket=day&compare=previous&currency=GBP", "rows.0", "bucket=2031-01-07 values.units=0 previous.units=3")
	s.values(at("payments", ""), total, "captures=1 captured=9900 refunds=0 refunded=0 disputed=0 won_back=0 net=9900 refund_rate=0")
	s.values(at("payments", "&bucket=day&group_by=provider"), "rows.0", "bucket=2031-01-07 group.provider=manual values.net=9900")
	// Demand: 2 of 3 (one was the customer's wish), 8, and 1 that could not be had. Half of the 8 came after the day first promised.
	s.values(at("line_fill", ""), total, "lines=3 lines_filled=1 line_fill_rate=0.333333 units=11 units_shipped=10 units_in_time=10 unit_fill_rate=0.909091")
	s.values(at("order_fill", ""), total, "orders=3 orders_filled=1 order_fill_rate=0.333333 orders_shipped=2 orders_split=1 split_rate=0.5 packages=3 packages_per_order=1.5")
	s.values(at("cycle_time", ""), total, "orders=2 total_p50=171000 total_p90=280800 total_p99=280800 accept_p50=0 allocate_p50=0 release_p50=10800 release_p90=37800 pick_p50=3600 pick_p90=180000 pack_p99=0 ship_p99=0 deliver_p50=90000 deliver_p90=129600")
	s.values(at("cycle_time", "&bucket=day"), "rows.0", "bucket=2031-01-07 values.orders=1 values.total_p99=171000")
	s.values(at("otif", ""), total, "delivered=2 promised=2 on_time=2 in_full=2 otif=2 otif_rate=1 promise_kept=1 promise_accuracy=0.5 repromises=1 late=1 days_late=1 mean_days_late=1")
	s.values(at("perfect_orders", ""), total, "orders=2 on_time=2 complete=2 damage_free=2 on_time_rate=1 perfect_order_index=1 perfect=2 perfect_rate=1")
	s.values(at("backorders", ""), total, "units=12 units_backordered=0 backorder_rate=0 units_open=0 wait_p50=")
	s.values(at("cancels", "&currency=GBP"), total, "units=11 canceled=1 value=288 orders=1 cancel_rate=0.090909 customer=1 customer_rate=0.090909 out_of_stock=0 out_of_stock_rate=0 other=0")
	s.values(at("cancels", "&group_by=sku"), "rows.2", "currency=EUR group.sku=E values.units=1 values.canceled=1 values.out_of_stock_rate=1 values.value=120")
	s.values(at("shipments", ""), total, "orders=2 shipments=3 packages=3 units=10 cost=0 packages_per_order=1.5 cost_per_order=0 delivered_promised=3 on_time=3 on_time_rate=1")
	s.values(at("shipments", "&carrier=dock&group_by=location"), "rows.0", "group.location=L1 values.packages=2 values.units=7")
	s.values(at("locations", "&group_by=location"), "rows.0", "group.location=L1 values.fulfillments=3 values.released=7 values.rejected=0 values.rejection_rate=0 values.short=0 values.shipped=7 values.work_p50=3600")
	s.values("/v1/reports/inventory?sku=B&"+storyDays, total, "on_hand=2 available=2 received=0 shipped=8 other=0 average_on_hand=5 turnover=1.666667 days_of_supply=1.25 sell_through= oversold=0")
	s.values("/v1/reports/inventory?sku=B&bucket=day&group_by=location&"+storyDays, "rows.2", "bucket=2031-01-06 group.location=L1 values.on_hand=0 values.shipped=5 values.average_on_hand=0")
	s.get(at("demand/drilldown", "&metric=canceled_units")).fields("data.0.order", s.vars["one"], "data.2", "")
	s.get(at("otif/drilldown", "&metric=late")).fields("data.0.order", s.vars["two"], "data.0.status", "completed", "data.1", "")
	s.get(at("order_fill/drilldown", "&metric=order_fill_rate")).fields("data.0.order", s.vars["one"], "data.1", "")
	page := s.get(at("demand/drilldown", "&limit=1")).fields("data.0.order", s.vars["one"], "data.1", "")
	s.get(at("demand/drilldown", "&limit=1&cursor="+page.str("next_cursor"))).fields("data.0.order", s.vars["two"])
}

func (s *story) files() {
	r := s.get("/v1/reports/sales.csv?channel=ny&group_by=channel&compare=year&" + storyDays)
	rows, err := csv.NewReader(bytes.NewReader(r.body)).ReadAll()
	if err != nil || len(rows) != 2 || strings.Join(rows[0][:5], " ") != "channel currency orders units gross" || strings.Join(rows[1][:5], " ") != "ny GBP 2 10 85.00" || rows[1][len(rows[1])-1] != "" {
		s.t.Errorf("%v: %v", err, rows)
	}
	if got := r.header.Get("Content-Disposition"); got != `attachment; filename="sales-2031-01-05-2031-01-09.csv"` {
		s.t.Error(got)
	}
	f, err := excelize.OpenReader(bytes.NewReader(s.get("/v1/reports/sales.xlsx?channel=ny&bucket=day&" + storyDays).body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	cell := func(sheet, at, want string) {
		s.t.Helper()
		if got, err := f.GetCellValue(sheet, at); got != want || err != nil {
			s.t.Errorf("%s %s is %q, %v", sheet, at, got, err)
		}
	}
	cell("Report", "A1", "day")
	cell("Report", "A2", "2031-01-06")
	cell("Report", "E2", "55")
	cell("Definitions", "B1", "sales")
	cell("Definitions", "C9", report.Find("sales").Metrics[0].Doc)
	for _, more := range []string{"", "&bucket=day&compare=previous&metric=net&time_zone=America/New_York", "&group_by=country,currency"} {
		for _, d := range report.All() {
			if strings.Contains(more, "metric") && d.Name != "sales" || strings.Contains(more, "group_by") && d.Name != "demand" {
				continue
			}
			isPDF(s.t, s.get("/v1/reports/"+d.Name+".pdf?"+storyDays+more), d.Name+"-2031-01-05-2031-01-09.pdf")
		}
	}
	isTitled(s.t, s.get("/v1/reports/sales.pdf?language=de&"+storyDays), "Was haben wir verkauft?")
}

func (s *story) refusals() {
	for _, path := range []string{
		"demand?from=yesterday", "demand?to=2031-13-01", "demand?from=2031-01-02&to=2031-01-01", "demand?from=2010-01-01&to=2031-01-01", "demand?bucket=year", "demand?compare=never",
		"demand?bucket=hour&from=2030-01-01&to=2031-01-01", "demand?group_by=mood", "demand?group_by=sku,sku", "demand?group_by=location", "demand?provider=manual", "inventory?bucket=hour",
		"demand/drilldown?metric=mood", "demand?to=2031-01", "demand.pdf?metric=mood", "demand.pdf?time_zone=Local", "demand.pdf?language=fr", "demand.pdf?time_zone=Atlantis",
	} {
		s.send(request{do: "GET /v1/reports/" + path}).refused(400, "invalid_parameter")
	}
	s.send(request{do: "GET /v1/reports/mood"}).refused(404, "not_found")
	s.send(request{do: "GET /v1/reports/inventory/drilldown"}).refused(422, "no_drilldown")
	s.send(request{do: "GET /v1/reports/demand", key: "{reader}"}).refused(403, "missing_scope")
	s.send(request{do: "GET /v1/reports/inventory", key: "{webonly}"}).refused(403, "all_channels_required")
	s.send(request{do: "POST /v1/reports/rebuild", body: "{}", key: "{webonly}"}).refused(403, "all_channels_required")
	s.send(request{do: "POST /v1/reports/rebuild", body: `{"x":1}`}).refused(422, "validation_failed")
	// A key for the web shop sees nothing of New York.
	s.send(request{do: "GET /v1/reports/demand?" + storyDays, key: "{webonly}"}).want(200).fields("rows.0", "")
	s.send(request{do: "GET /v1/reports/demand?channel=ny&" + storyDays, key: "{webonly}"}).want(200).fields("rows.0", "")
	s.send(request{do: "GET /v1/reports/demand/drilldown?" + storyDays, key: "{webonly}"}).want(200).fields("data.0", "")
	list := s.get("/v1/reports")
	if n := len(list.list("data")); n != len(report.All()) {
		s.t.Errorf("%d reports", n)
	}
	s.put("/v1/channels/ny", `{"name":"New York","time_zone":"Gotham"}`).refused(422, "validation_failed").fields("errors.0.pointer", "/time_zone")
}

// TestCellsAreNoFormulas: what people may have typed cannot run in a spreadsheet.
func TestCellsAreNoFormulas(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/products/=1%2B1", `{"name":"Trap","price":{"amount":100,"currency":"GBP"}}`).want(201)
		f.stock("=1+1", "L1", 5)
		f.place("=1+1", 1, "manual", "").want(201)
		if got := f.get("/v1/reports/demand.csv?group_by=sku").body; !strings.Contains(string(got), "\n'=1+1,GBP,1") {
			t.Errorf("%s", got)
		}
		x, err := excelize.OpenReader(bytes.NewReader(f.get("/v1/reports/demand.xlsx?group_by=sku&sku=" + "%3D1%2B1").body))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = x.Close() }()
		value, _ := x.GetCellValue("Report", "A2")
		if formula, err := x.GetCellFormula("Report", "A2"); formula != "" || value != "=1+1" || err != nil {
			t.Errorf("%q, formula %q, %v", value, formula, err)
		}
	})
}

// TestRebuildWhileOrdersCome: the facts are thrown away and made anew while people buy; then they are complete.
func TestRebuildWhileOrdersCome(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.stock("C", "L1", 1000)
		before := f.get("/v1/reports/demand?sku=C").str("rows.0.values.units")
		if before != "" {
			t.Fatalf("%s", before)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 60 {
				if r, err := f.try(request{do: "POST /v1/orders", body: orderBody("C", 2, "manual", "")}); err != nil || r.status != 201 {
					t.Error(err, r.status)
					return
				}
			}
		}()
		for range 3 {
			f.post("/v1/reports/rebuild", `{}`).want(200)
			time.Sleep(100 * time.Millisecond)
			r, err := f.try(request{do: "GET /v1/reports/demand?sku=C"})
			if err != nil || r.status != 200 && (r.status != 503 || r.str("code") != "rebuilding") {
				t.Errorf("%d, %v: %s", r.status, err, r.body)
			}
		}
		<-done
		eventually(t, "all facts", func() bool {
			r, err := f.try(request{do: "GET /v1/reports/demand?sku=C"})
			return err == nil && r.status == 200 && r.str("rows.0.values.orders") == "60" && r.str("rows.0.values.units") == fmt.Sprint(120)
		})
	})
}
