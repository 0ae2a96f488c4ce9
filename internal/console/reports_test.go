package console

import (
	"fmt"
	"strings"
	"testing"

	"ordo/internal/api"
	"ordo/internal/pages"
	"ordo/internal/report"
)

// TestReports reads every report, its files and what is behind its numbers, and asks what reports refuse.
func TestReports(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("ana@example.com", "analyst")
		b := f.browser()
		b.signIn("ana@example.com").is(t, 303)
		list := b.get("/console/reports").is(t, 200, "How long do orders take?")
		words, err := pages.ReadWords(catalogs...)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range report.All() {
			q := questionOf(d.Name)
			if q.Text == d.Title || words["de"][q.Text] == "" {
				t.Errorf("%s has no question, or no German one", q.Name)
			}
			at := "/console/reports/" + q.Name
			if !strings.Contains(list.body, `href="`+at) {
				t.Errorf("%s is not listed, or there is no such report", q.Name)
			}
			b.get(at+"?from=2026-11-01&to=2026-11-30&bucket=day&compare=previous").is(t, 200, "What these numbers mean", "31 Oct 2026")
			want := 200
			if q.Whole {
				want = 422
			}
			b.get(at+"/orders?from=2026-11-01&to=2026-11-30").is(t, want)
		}
		if n := strings.Count(list.body, `<li>`); n != len(report.All()) {
			t.Errorf("%d reports, but %d questions", n, len(report.All()))
		}
		csv := b.get("/console/reports/demand/csv?from=2026-11-01&to=2026-11-30").is(t, 200)
		if d := csv.header.Get("Content-Disposition"); !strings.Contains(d, "demand-2026-11-01-2026-11-30.csv") || !strings.HasPrefix(csv.header.Get("Content-Type"), "text/csv") {
			t.Error(csv.header)
		}
		if xlsx := b.get("/console/reports/demand/xlsx").is(t, 200); !strings.HasPrefix(xlsx.body, "PK") {
			t.Errorf("%.40q is no spreadsheet", xlsx.body)
		}
		if pdf := b.get("/console/reports/demand/pdf?bucket=day&metric=units").is(t, 200); !strings.HasPrefix(pdf.body, "%PDF-") {
			t.Errorf("%.40q is no PDF", pdf.body)
		}
		b.post("/console/profile", "name", "Ana", "language", "de").is(t, 303)
		b.get("/console/reports").is(t, 200, "Was bestellen Kunden?", "Bestellte Aufträge")
		b.get("/console/reports/demand?from=2026-11-01&to=2026-11-30").is(t, 200, "Was Kunden bestellt haben, nach Positionen", "Zählt bei: bestellt (Zeitzone des Kanals)", "Durchschnittlicher Auftragswert", "language=de")
		b.get("/console/reports/demand/pdf?language=de").is(t, 200, "%PDF-")
		b.post("/console/profile", "name", "Ana", "language", "en").is(t, 303)
		b.get("/console/reports/moods").is(t, 404)
		b.get("/console/reports/demand?group_by=mood").is(t, 400)
		b.get("/console/reports/demand?from=soon").is(t, 400, "This is no day of the calendar", `name="from"`)
		b.get("/console/reports/demand?from=2999-01-01").is(t, 400, "The first day is yet to come", `name="from"`)
		b.get("/console/reports/demand?from=2026-11-30&to=2026-11-01").is(t, 200, "They are swapped", `name="from" value="2026-11-01"`, `name="to" value="2026-11-30"`)
	})
}

// TestOverTime draws buckets in the order of time, whatever they are grouped by, and never adds up currencies.
func TestOverTime(t *testing.T) {
	row := func(bucket, currency string, n float64) api.ReportRow {
		return api.ReportRow{Bucket: bucket, Currency: currency, Values: map[string]float64{"n": n}, Previous: map[string]float64{"n": 1}}
	}
	rows := []api.ReportRow{row("2026-11-01", "EUR", 2), row("2026-11-01", "GBP", 3), row("2026-11-02", "GBP", 9), row("2026-11-03", "EUR", 4)}
	for unit, want := range map[string]string{"count": "5/2 9/1 4/1", "money": "3/1 9/1 GBP"} {
		got, currency := overTime(rows, api.ReportMetric{Name: "n", Unit: unit})
		text := ""
		for _, r := range got {
			text += fmt.Sprint(r.Values["n"], "/", r.Previous["n"], " ")
		}
		if text = strings.TrimSpace(text + currency); text != want {
			t.Errorf("%s: %s, not %s", unit, text, want)
		}
	}
}

// TestGaps fills the spans of time that have no row.
func TestGaps(t *testing.T) {
	for _, c := range [][3]string{
		{"day", "2026-11-04", "2026-11-03 2026-11-04 2026-11-05 2026-11-06 2026-11-07 2026-11-08 2026-11-09"},
		{"week", "2026-11-02", "2026-11-02 2026-11-09"},
		{"month", "2026-11", "2026-11"},
		{"hour", "2026-11-04T13", "2026-11-04T13"},
	} {
		var got []string
		n := 0.0
		for _, r := range withGaps([]api.ReportRow{{Bucket: c[1], Values: map[string]float64{"orders": 2}}}, c[0], "2026-11-03", "2026-11-09") {
			got = append(got, r.Bucket)
			n += r.Values["orders"]
		}
		if strings.Join(got, " ") != c[2] || n != 2 {
			t.Errorf("%s: %v with %v", c[0], got, n)
		}
	}
}

// TestSpan cuts buckets to the days of the report.
func TestSpan(t *testing.T) {
	for _, c := range [][4]string{
		{"", "", "2026-11-03", "2026-11-03 2026-11-20"},
		{"hour", "2026-11-04T13", "2026-11-03", "2026-11-04 2026-11-04"},
		{"week", "2026-11-02", "2026-11-03", "2026-11-03 2026-11-08"},
		{"week", "2026-11-16", "2026-11-03", "2026-11-16 2026-11-20"},
		{"month", "2026-11", "2026-11-03", "2026-11-03 2026-11-20"},
	} {
		first, last := span(c[0], c[1], c[2], "2026-11-20")
		if got := first + " " + last; got != c[3] {
			t.Errorf("%s %s: %s, not %s", c[0], c[1], got, c[3])
		}
	}
}
