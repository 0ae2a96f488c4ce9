package report

import (
	"strings"
	"testing"
	"time"

	"ordo/internal/micros"
)

// TestPaper prints numbers of orders without a currency, amounts with it, and a chart of buckets and groups in the order
// of time.
func TestPaper(t *testing.T) {
	d := Find("demand")
	row := func(bucket, group, currency string, orders, gross float64) Row {
		r := Row{Bucket: bucket, Currency: currency, Values: make([]*float64, len(d.Metrics))}
		if group != "" {
			r.Group = []string{group}
		}
		for i, m := range d.Metrics {
			switch m.Name {
			case "orders":
				r.Values[i] = &orders
			case "gross":
				r.Values[i] = &gross
			}
		}
		return r
	}
	result := func(bucket string, groups []string, rows ...Row) *Result {
		return &Result{Definition: d, Bucket: bucket, GroupBy: groups, From: "2026-11-01", To: "2026-11-03", Rows: rows}
	}
	by := []string{"channel"}
	w := &Whole{
		Query: Query{From: "2026-11-01", To: "2026-11-03", Bucket: "day", GroupBy: by},
		Asked: result("day", by, row("2026-11-01", "pos", "GBP", 1, 100), row("2026-11-01", "web", "GBP", 2, 200), row("2026-11-02", "web", "GBP", 9, 900)),
		Total: result("", nil, row("", "", "GBP", 168, 1200)),
		Drawn: result("day", nil, row("2026-11-01", "", "EUR", 1, 5), row("2026-11-01", "", "GBP", 3, 300), row("2026-11-03", "", "GBP", 2, 200)),
	}
	bars := func() string {
		c, text := w.chart(), ""
		for _, b := range c.Bars {
			text += b.Label + "=" + b.Text + "; "
		}
		return c.Title + ": " + text
	}
	p := w.paper(micros.Time(0), time.UTC)
	text := p.Totals.Numbers[0]
	for _, r := range p.Totals.Rows {
		if l := r.Labels[0]; l == "Orders" || l == "Gross" {
			text += " " + l + "=" + r.Numbers[0][0]
		}
	}
	for _, r := range p.Table.Rows {
		text += " " + strings.Join(r.Labels[:2], "/")
	}
	drawn := bars()
	for w.metric = range d.Metrics {
		if d.Metrics[w.metric].Name == "gross" {
			break
		}
	}
	amounts := bars()
	w.Query.Bucket, w.metric = "", 0
	w.Drawn = result("", by, row("", "pos", "GBP", 1, 100), row("", "web", "GBP", 168, 200))
	for _, c := range [][2]string{
		{text, "All Orders=168 Gross=12.00 GBP 2026-11-01/web 2026-11-01/pos 2026-11-02/web"},
		{drawn, "Orders per day: 2026-11-01=4; 2026-11-02=–; 2026-11-03=2; "},
		{amounts, "Gross GBP per day: 2026-11-01=3.00 GBP; 2026-11-02=–; 2026-11-03=2.00 GBP; "},
		{bars(), "Orders: web=168; pos=1; "},
	} {
		if c[0] != c[1] {
			t.Errorf("printed %q, not %q", c[0], c[1])
		}
	}
}
