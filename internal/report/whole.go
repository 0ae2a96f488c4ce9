package report

import (
	"context"
	"slices"
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
