package report

import (
	"cmp"
	"slices"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/paper"
)

// maxBars is how many bars a chart of groups has: the largest.
const maxBars = 15

// PDF is the report as it is printed: chart, totals with what they mean, and rows. It was made at a time.
func (w *Whole) PDF(at micros.Time, to Reader) ([]byte, error) {
	if len(w.Asked.Rows) > MaxPaperRows {
		return nil, errs.New(errs.Invalid, "report_too_large", "a PDF has at most %d rows, and this report %d; ask for less time, a larger bucket or fewer groups, or for CSV or XLSX", MaxPaperRows, len(w.Asked.Rows))
	}
	return paper.Report(w.told(to).paper(at))
}

func (w *told) paper(at micros.Time) paper.ReportData {
	d, t := w.Asked.Definition, w.say.T
	out := paper.ReportData{
		Language: w.Language, Question: t(d.Question()), Title: t(d.Title), At: at, MadeAt: w.say.Minute(at.Std()),
		About: t(d.Doc) + " " + t("Version %d of the definition.", d.Version), Facts: w.asks(), Chart: w.chart(), Totals: w.totals(),
	}
	out.Facts = append(out.Facts, [2]string{t("Made at"), out.MadeAt})
	if !w.plain() {
		out.Table = w.table()
	}
	return out
}

// totals are the numbers of the whole time, one below the other, with what they mean. Only amounts have a currency, so
// it heads a column only where there are several.
func (w *told) totals() paper.ReportTable {
	say := w.say.T
	t := paper.ReportTable{Title: say("The whole time"), Labels: []string{say("Figure")}, Notes: say("What it means")}
	several := len(w.Total.Rows) > 1
	for _, row := range w.Total.Rows {
		name := say("All")
		if several {
			name = cmp.Or(row.Currency, name)
		}
		t.Numbers = append(t.Numbers, name)
	}
	if len(w.Total.Rows) == 0 {
		return t
	}
	if len(w.Total.Rows) > 3 {
		t.Notes = "" // many currencies need the place
	}
	for i, m := range w.Total.Definition.Metrics {
		line := paper.ReportRow{Labels: []string{w.say.Word(m.Name)}, Note: say(m.Doc)}
		for _, row := range w.Total.Rows {
			n := w.number(&m, row, i)
			if !several {
				n[0] = m.withCurrency(n[0], row.Currency)
			}
			line.Numbers = append(line.Numbers, n)
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// withCurrency names the currency of an amount; counts, shares and times have none.
func (m *Metric) withCurrency(text, currency string) string {
	if m.Unit != Money || text == none {
		return text
	}
	return strings.TrimSpace(text + " " + currency)
}

// table is the rows that were asked for.
func (w *told) table() paper.ReportTable {
	res := w.Asked
	names := head(res)
	labeled := len(names) - len(res.Definition.Metrics)
	if res.PreviousFrom != "" {
		labeled -= len(res.Definition.Metrics)
	}
	t := paper.ReportTable{Title: w.say.T("Rows")}
	for _, name := range names[:labeled] {
		t.Labels = append(t.Labels, w.say.Word(name))
	}
	for _, m := range res.Definition.Metrics {
		t.Numbers = append(t.Numbers, w.say.Word(m.Name))
	}
	rows := slices.Clone(res.Rows)
	if res.Bucket != "" { // in the order of time, and in each span the largest first
		slices.SortStableFunc(rows, func(a, b Row) int {
			return cmp.Or(strings.Compare(a.Bucket, b.Bucket), cmp.Compare(at(b.Values, w.metric), at(a.Values, w.metric)))
		})
	}
	for _, row := range rows {
		line := paper.ReportRow{Labels: labels(res, row)}
		for i, m := range res.Definition.Metrics {
			line.Numbers = append(line.Numbers, w.number(&m, row, i))
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// number is a value with the one that it is compared with.
func (w *told) number(m *Metric, row Row, i int) [2]string {
	out := [2]string{w.text(m, row.Values[i], row.Currency), ""}
	if w.Asked.PreviousFrom != "" {
		out[1] = none
		if row.Previous != nil {
			out[1] = w.text(m, row.Previous[i], row.Currency)
		}
	}
	return out
}

// chart is one number: over time where there are buckets, otherwise the largest rows by name. It is nil where nothing is
// to be seen.
func (w *told) chart() *paper.ReportChart {
	res, m := w.Drawn, &w.Drawn.Definition.Metrics[w.metric]
	rows, currency := res.Rows, ""
	if res.Bucket != "" {
		rows, currency = overTime(rows, w.metric, m.Unit)
	}
	top := 0.0
	for _, row := range rows {
		top = max(top, at(row.Values, w.metric), at(row.Previous, w.metric))
	}
	if top == 0 {
		return nil
	}
	half := top / 2
	c := &paper.ReportChart{Title: w.say.Word(m.Name), Top: w.text(m, &top, currency), Half: w.text(m, &half, currency), Compared: res.PreviousFrom != ""}
	bar := func(label string, row Row) {
		c.Bars = append(c.Bars, paper.ReportBar{
			Label: label, Text: m.withCurrency(w.number(m, row, w.metric)[0], row.Currency),
			Now: max(0, at(row.Values, w.metric)) / top, Before: max(0, at(row.Previous, w.metric)) / top,
		})
	}
	if res.Bucket != "" {
		per := "%s per " + res.Bucket
		c.Standing, c.Title = true, w.say.T(per, strings.TrimSpace(c.Title+" "+currency))
		byBucket := map[string]Row{}
		for _, row := range rows {
			byBucket[row.Bucket] = row
		}
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
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(at(b.Values, w.metric), at(a.Values, w.metric)) })
	several := len(w.Total.Rows) > 1 && m.Unit != Money // two bars of a name are told apart
	for _, row := range rows[:min(maxBars, len(rows))] {
		parts := append([]string{}, row.Group...)
		if several {
			parts = append(parts, row.Currency)
		}
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
		bar(cmp.Or(strings.Join(parts, " · "), none), row)
	}
	return c
}

// overTime makes one row per bucket of rows that are apart by currency: counts are added up; of all else only the
// currency that has most is kept, and named. Amounts have their currency named in any case.
func overTime(rows []Row, i int, unit Unit) (out []Row, currency string) {
	sums := map[string]float64{}
	for _, row := range rows {
		sums[row.Currency] += at(row.Values, i) + at(row.Previous, i)
	}
	for name, n := range sums {
		if most := sums[currency]; n > most || n == most && name > currency {
			currency = name
		}
	}
	if unit != Count {
		out = slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Currency != currency })
		if unit != Money && len(sums) < 2 {
			currency = ""
		}
		return out, currency
	}
	for _, row := range rows {
		n := len(out) - 1
		if n < 0 || out[n].Bucket != row.Bucket {
			out, n = append(out, Row{Bucket: row.Bucket, Values: make([]*float64, len(row.Values)), Previous: make([]*float64, len(row.Values))}), n+1
		}
		now, before := at(out[n].Values, i)+at(row.Values, i), at(out[n].Previous, i)+at(row.Previous, i)
		out[n].Values[i], out[n].Previous[i] = &now, &before
	}
	return out, ""
}

func at(values []*float64, i int) float64 {
	if values == nil || values[i] == nil {
		return 0
	}
	return *values[i]
}

// Share reports whether a ratio is a part of a whole, and not so many of one for each of another.
func (m *Metric) Share() bool {
	return !strings.Contains(m.Name, "_per_") && !strings.Contains(m.Name, "turnover")
}
