package report

import (
	"context"
	"slices"
	"strings"
	"time"

	"ordo/internal/store"
)

// Whole is all that a report on paper, or in a mail, is made of.
type Whole struct {
	Query Query
	Asked *Result
	Total *Result // the numbers of the whole time: a row, or one per currency
	Drawn *Result // what the chart is of: the whole of each bucket, or where there are none the groups; over time without either

	metric int // index of the number of the chart
}

// MaxPaperRows is how many rows a report on paper has at most.
const MaxPaperRows = 2_000

// RunWhole answers a query with all that is shown around it. The metric is that of the chart; "" for the first.
func (d *Definition) RunWhole(ctx context.Context, r store.Reader, q Query, metric string) (*Whole, error) {
	if err := d.Check(q, metric); err != nil {
		return nil, err
	}
	w := &Whole{Query: q, metric: max(0, slices.IndexFunc(d.Metrics, func(m Metric) bool { return m.Name == metric }))}
	run := func(bucket string, groups []string) (*Result, error) {
		other := q
		other.Bucket, other.GroupBy = bucket, groups
		return d.Run(ctx, r, other)
	}
	var err error
	if w.Asked, err = d.Run(ctx, r, q); err != nil {
		return nil, err
	}
	if w.Total, w.Drawn = w.Asked, w.Asked; w.plain() {
		w.Drawn, err = run(fitting(q.From, q.To), nil)
		return w, err
	}
	if q.Bucket != "" && len(q.GroupBy) > 0 {
		if w.Drawn, err = run(q.Bucket, nil); err != nil {
			return nil, err
		}
	}
	w.Total, err = run("", nil)
	return w, err
}

// plain reports whether the totals are all that was asked for.
func (w *Whole) plain() bool { return w.Query.Bucket == "" && len(w.Query.GroupBy) == 0 }

// fitting is the bucket that gives a chart of some width.
func fitting(from, to string) string {
	a, _ := time.Parse(time.DateOnly, from)
	b, _ := time.Parse(time.DateOnly, to)
	switch days := b.Sub(a).Hours() / 24; {
	case days <= 62:
		return "day"
	case days <= 400:
		return "week"
	}
	return "month"
}

// Asks is what was asked in words, name by name.
func (w *Whole) Asks() [][2]string {
	days := func(from, to string) string {
		a, _ := time.Parse(time.DateOnly, from)
		b, _ := time.Parse(time.DateOnly, to)
		if a.Equal(b) {
			return a.Format(dayInWords)
		}
		return a.Format(dayInWords) + " to " + b.Format(dayInWords)
	}
	list := [][2]string{{"Days", days(w.Asked.From, w.Asked.To)}}
	if w.Asked.PreviousFrom != "" {
		list = append(list, [2]string{"Compared with", days(w.Asked.PreviousFrom, w.Asked.PrevTo)})
	}
	list = append(list, [2]string{"Counts at", w.Asked.Definition.Basis}, [2]string{"Per", w.Query.Bucket}, [2]string{"By", strings.Join(w.Query.GroupBy, ", ")})
	for _, x := range w.Asked.Definition.Dimensions {
		if values := w.Query.Filters[x.Name]; len(values) > 0 {
			list = append(list, [2]string{"Only " + x.Name, strings.Join(values, ", ")})
		}
	}
	if w.Query.Channels != nil {
		list = append(list, [2]string{"Channels seen", strings.Join(w.Query.Channels, ", ")})
	}
	return list
}

// Summary is what was asked and the numbers of the whole time, line by line.
func (w *Whole) Summary() string {
	var b strings.Builder
	d := w.Asked.Definition
	b.WriteString(d.Question() + "\n")
	for _, a := range w.Asks() {
		if a[1] != "" {
			b.WriteString(a[0] + ": " + a[1] + "\n")
		}
	}
	if len(w.Total.Rows) == 0 {
		b.WriteString("\nNothing counts in this time.\n")
	}
	for _, row := range w.Total.Rows {
		b.WriteString("\n")
		if row.Currency != "" {
			b.WriteString(row.Currency + "\n")
		}
		for i, m := range d.Metrics {
			n := w.number(&m, row, i)
			b.WriteString("- " + inWords(m.Name) + ": " + n[0])
			if n[1] != "" {
				b.WriteString(" (before: " + n[1] + ")")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

const dayInWords = "2 January 2006"
