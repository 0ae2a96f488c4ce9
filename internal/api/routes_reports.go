package api

import (
	"net/http"
	"slices"

	"ordo/internal/errs"
	"ordo/internal/report"
	"ordo/internal/sheet"
	"ordo/internal/words"
)

// reportParams are the parameters of questions to reports: the time, and what rows are filtered by.
func reportParams(more ...param) []param {
	out := append([]param{
		{name: "from", detail: "first day, such as 2026-11-01; 29 days before `to` when left out. A day is one of the channel's time zone"},
		{name: "to", detail: "last day; today (UTC) when left out"},
	}, more...)
	for _, name := range report.Filters() {
		out = append(out, param{name: name, detail: "only these values of `" + name + "`, separated by commas"})
	}
	return out
}

func reportRoutes() []route {
	rows := reportParams(
		param{name: "bucket", detail: "one row per span of time; one for the whole time when left out", values: report.Buckets},
		param{name: "compare", detail: "put the numbers of the time just before, of the same length, or of a year earlier beside", values: report.Comparisons},
		param{name: "group_by", detail: "dimensions, separated by commas"},
	)
	codes := []string{"not_found", "all_channels_required", "report_too_large", "rebuilding"}
	const how = "Which dimensions it knows, and what its numbers mean, stands in its definition. A key for some channels sees the numbers of those."
	return []route{
		{
			op: "listReports", method: http.MethodGet, path: "/v1/reports", tag: "Reports", summary: "All reports with their definitions", scope: "reports:read",
			out: ReportList{}, status: 200, handle: listReports,
		},
		{
			op: "getReport", method: http.MethodGet, path: "/v1/reports/{report}", tag: "Reports", summary: "Numbers of a report", scope: "reports:read",
			query: rows, out: Report{}, status: 200, codes: codes, handle: getReport, detail: how + " The answer waits a moment for what was committed just before.",
		},
		{
			op: "getReportCSV", method: http.MethodGet, path: "/v1/reports/{report}.csv", tag: "Reports", summary: "Numbers of a report as CSV", scope: "reports:read",
			query: rows, file: typeCSV, status: 200, codes: codes, handle: reportFile(report.CSV), detail: "Amounts are decimals. " + how,
		},
		{
			op: "getReportXLSX", method: http.MethodGet, path: "/v1/reports/{report}.xlsx", tag: "Reports", summary: "Numbers of a report as a spreadsheet", scope: "reports:read",
			query: rows, file: sheet.TypeXLSX, status: 200, codes: codes, handle: reportFile(report.XLSX), detail: "With a second sheet that says what the numbers mean. " + how,
		},
		{
			op: "getReportPDF", method: http.MethodGet, path: "/v1/reports/{report}.pdf", tag: "Reports", summary: "A report to print", scope: "reports:read",
			query: append(slices.Clone(rows),
				param{name: "metric", detail: "number of the chart; the first of the report when left out"},
				param{name: "time_zone", detail: "zone of the time at which it was made, such as Europe/Berlin; UTC when left out"},
				param{name: "language", detail: "what it is written in; English when left out", values: words.Languages}),
			file: typePDF, status: 200, codes: codes, handle: reportPaper,
			detail: "With a chart, the numbers of the whole time with what they mean, and the rows. Where neither buckets nor groups are asked for, the chart is over time. A PDF has at most 2000 rows. " + how,
		},
		{
			op: "drillReport", method: http.MethodGet, path: "/v1/reports/{report}/drilldown", tag: "Reports", summary: "The orders or cases behind a number", scope: "reports:read",
			query: append(reportParams(param{name: "metric", detail: "only what counts in this number; of a ratio: in its part"}), paged...),
			out:   List[ReportOrder]{}, status: 200, codes: append([]string{"no_drilldown"}, codes...), handle: drillReport,
		},
		{
			op: "rebuildReports", method: http.MethodPost, path: "/v1/reports/rebuild", tag: "Reports", summary: "Make the facts of all reports anew", scope: "reports:write",
			out: RebuildRequested{}, status: 200, codes: []string{"all_channels_required"}, handle: rebuildReports,
			detail: "From the first event of the journal, while everything goes on. Until they are made, reports answer 503 `rebuilding`. The numbers are the same afterwards: `ordo verify` compares them with the journal at any time.",
		},
	}
}

func init() {
	problemKinds = append(problemKinds, []problemKind{
		{"report_too_large", errs.Invalid, "The answer has too many rows.", "Ask for less time, a larger bucket or fewer groups.", nil},
		{"no_drilldown", errs.Invalid, "The numbers of this report are not made of orders or cases.", "Ask another report.", nil},
		{"rebuilding", errs.Unavailable, "The facts of reports are being made anew.", "Try again later; GET /v1/reports says how far they are.", nil},
	}...)
}
