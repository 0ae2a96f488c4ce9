package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/paper"
)

// maxBars is how many bars a chart of groups has: the largest.
const maxBars = 15

// PDF is the report as it is printed: chart, totals with what they mean, and rows. It was made at a time, told in a
// zone.
func (w *Whole) PDF(at micros.Time, zone *time.Location) ([]byte, error) {
	if len(w.Asked.Rows) > MaxPaperRows {
		return nil, errs.New(errs.Invalid, "report_too_large", "a PDF has at most %d rows, and this report %d; ask for less time, a larger bucket or fewer groups, or for CSV or XLSX", MaxPaperRows, len(w.Asked.Rows))
	}
	return paper.Report(w.paper(at, zone))
}

func (w *Whole) paper(at micros.Time, zone *time.Location) paper.ReportData {
	d := w.Asked.Definition
	out := paper.ReportData{
		Question: d.Question(), Title: d.Title, At: at, MadeAt: at.Std().In(zone).Format("2 January 2006, 15:04 ") + zone.String(),
		About: d.Doc + " Version " + strconv.Itoa(d.Version) + " of the definition.", Facts: w.Asks(), Chart: w.chart(), Totals: w.totals(),
	}
	out.Facts = append(out.Facts, [2]string{"Made", out.MadeAt})
	if !w.plain() {
		out.Table = w.table()
	}
	return out
}

// totals are the numbers of the whole time, one below the other, with what they mean.
func (w *Whole) totals() paper.ReportTable {
	t := paper.ReportTable{Title: "The whole time", Labels: []string{"Number"}, Notes: "What it means"}
	for _, row := range w.Total.Rows {
		t.Numbers = append(t.Numbers, cmp.Or(row.Currency, "All"))
	}
	if len(w.Total.Rows) == 0 {
		return t
	}
	if len(w.Total.Rows) > 3 {
		t.Notes = "" // many currencies need the place
	}
	for i, m := range w.Total.Definition.Metrics {
		line := paper.ReportRow{Labels: []string{inWords(m.Name)}, Note: m.Doc}
		for _, row := range w.Total.Rows {
			line.Numbers = append(line.Numbers, w.number(&m, row, i))
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// table is the rows that were asked for.
func (w *Whole) table() paper.ReportTable {
	res := w.Asked
	names := head(res)
	labeled := len(names) - len(res.Definition.Metrics)
	if res.PreviousFrom != "" {
		labeled -= len(res.Definition.Metrics)
	}
	t := paper.ReportTable{Title: "Rows"}
	for _, name := range names[:labeled] {
		t.Labels = append(t.Labels, inWords(name))
	}
	for _, m := range res.Definition.Metrics {
		t.Numbers = append(t.Numbers, inWords(m.Name))
	}
	for _, row := range res.Rows {
		line := paper.ReportRow{Labels: labels(res, row)}
		for i, m := range res.Definition.Metrics {
			line.Numbers = append(line.Numbers, w.number(&m, row, i))
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// number is a value with the one that it is compared with.
func (w *Whole) number(m *Metric, row Row, i int) [2]string {
	out := [2]string{m.Text(row.Values[i], row.Currency), ""}
	if w.Asked.PreviousFrom != "" {
		out[1] = none
		if row.Previous != nil {
			out[1] = m.Text(row.Previous[i], row.Currency)
		}
	}
	return out
}

// chart is one number: over time where each span has one row, otherwise the largest rows by name. It is nil where
// nothing is to be seen.
func (w *Whole) chart() *paper.ReportChart {
	res, m := w.Drawn, &w.Drawn.Definition.Metrics[w.metric]
	compared := res.PreviousFrom != ""
	top, currency := 0.0, ""
	for _, row := range res.Rows {
		if v := max(at(row.Values, w.metric), at(row.Previous, w.metric)); v > top {
			top, currency = v, row.Currency
		}
	}
	if top == 0 {
		return nil
	}
	half := top / 2
	c := &paper.ReportChart{Title: inWords(m.Name), Top: m.Text(&top, currency), Half: m.Text(&half, currency), Compared: compared}
	bar := func(label string, row Row) {
		c.Bars = append(c.Bars, paper.ReportBar{
			Label: label, Text: strings.TrimSpace(w.number(m, row, w.metric)[0] + " " + row.Currency),
			Now: max(0, at(row.Values, w.metric)) / top, Before: max(0, at(row.Previous, w.metric)) / top,
		})
	}
	byBucket := map[string]Row{}
	for _, row := range res.Rows {
		byBucket[row.Bucket] = row
	}
	if res.Bucket != "" && len(res.GroupBy) == 0 && len(byBucket) == len(res.Rows) {
		c.Standing, c.Title = true, strings.TrimSpace(c.Title+" "+currency)+" per "+res.Bucket
		q := w.Query
		q.Bucket = res.Bucket
		for _, name := range buckets(q) { // spans without a row too, so that the chart is true to time
			row := byBucket[name]
			if row.Values == nil {
				row.Values = make([]*float64, len(res.Definition.Metrics))
			}
			bar(name, row)
		}
		return c
	}
	rows := slices.Clone(res.Rows)
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(at(b.Values, w.metric), at(a.Values, w.metric)) })
	for _, row := range rows[:min(maxBars, len(rows))] {
		parts := slices.DeleteFunc(append([]string{row.Bucket}, row.Group...), func(s string) bool { return s == "" })
		bar(cmp.Or(strings.Join(parts, " · "), none), row)
	}
	return c
}

func at(values []*float64, i int) float64 {
	if values == nil || values[i] == nil {
		return 0
	}
	return *values[i]
}

// none is written where a number cannot be computed.
const none = "–"

var english = message.NewPrinter(language.English)

// Text writes a value of the metric for people: amounts in the places of their currency, which stands elsewhere.
func (m *Metric) Text(v *float64, currency string) string {
	if v == nil {
		return none
	}
	decimal := func(n float64, digits int) string {
		return english.Sprint(number.Decimal(n, number.MaxFractionDigits(digits)))
	}
	switch {
	case m.Unit == Money && currency != "":
		return paper.Amount(int64(math.Round(*v)), currency)
	case m.Unit == Ratio && m.Share():
		return decimal(*v*100, 1) + " %"
	case m.Unit == Days:
		return decimal(*v, 1) + " days"
	case m.Unit == Seconds && *v >= 2*86400:
		return decimal(*v/86400, 1) + " days"
	case m.Unit == Seconds:
		return decimal(*v/3600, 1) + " hours"
	}
	return decimal(*v, 2)
}

// Share reports whether a ratio is a part of a whole, and not so many of one for each of another.
func (m *Metric) Share() bool {
	return !strings.Contains(m.Name, "_per_") && !strings.Contains(m.Name, "turnover")
}

// inWords makes a name of the definition readable.
func inWords(name string) string {
	text := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(text[:1]) + text[1:]
}
