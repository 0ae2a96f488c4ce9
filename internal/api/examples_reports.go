package api

import (
	"maps"

	"ordo/internal/report"
)

func init() {
	demand := definitionJSON(report.Find("demand"))
	values := map[string]float64{
		"orders": 2, "lines": 3, "units": 5, "gross": 6250, "discounts": 250, "net": 6000, "tax": 1200, "value": 7200, "canceled_units": 0, "canceled_value": 0,
		"units_per_order": 2.5, "average_order_value": 3600,
	}
	maps.Copy(examples, map[string]example{
		"listReports": {nil, ReportList{Data: []ReportDefinition{demand}, Through: 4711}},
		"getReport": {nil, Report{
			Definition: demand, From: "2026-11-01", To: "2026-11-30", Bucket: "day", GroupBy: []string{"channel"}, Through: 4711,
			Rows: []ReportRow{{Bucket: "2026-11-22", Group: map[string]string{"channel": "web"}, Currency: "GBP", Values: values}},
		}},
		"getReportCSV":   {},
		"getReportXLSX":  {},
		"getReportPDF":   {},
		"drillReport":    {nil, List[ReportOrder]{Data: []ReportOrder{{Order: exOrder, Number: "1001", Status: "open"}}}},
		"rebuildReports": {nil, RebuildRequested{Job: exJob}},
	})
	slotValues["report"] = "demand"
	for _, op := range []string{"getReport", "getReportCSV", "getReportXLSX", "getReportPDF"} {
		exampleQueries[op] = "from=2026-11-01&to=2026-11-30&bucket=day&group_by=channel"
	}
	exampleQueries["drillReport"] = "metric=canceled_units&limit=2"
	maps.Copy(abouts, map[string]string{
		"ReportList":       "All reports, and how far the facts are that they are read from.",
		"ReportDefinition": "What a report is made of, and what its numbers mean.",
		"ReportMetric":     "A number of a report with its meaning.",
		"ReportDimension":  "What the rows of a report are filtered by, and grouped.",
		"Report":           "The numbers of a report, with its definition.",
		"ReportRow":        "The numbers of a bucket and group.",
		"ReportOrder":      "An order behind a number, or a case.",
		"RebuildRequested": "The facts will be made anew.",
	})
}
