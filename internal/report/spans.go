package report

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/facts"
	"ordo/internal/store"
)

// spansOf are spans of one name and class that count for one row of the answer.
type spansOf struct {
	row   *Row
	span  string
	class int64
}

// taking is how many of them take so long: a class, or seconds.
type taking struct{ long, spans int64 }

// spanned takes the spans at the nearest ranks, as percentiles does: how many there are of each class says in which of
// them a rank is and at which place there, and how many take how many seconds, which is read of these classes only, says
// what is there.
func (d *Definition) spanned(ctx context.Context, r store.Reader, q Query, found map[string]*Row) error {
	var names []string
	for _, m := range d.Metrics {
		if m.percentile > 0 {
			names = append(names, "'"+d.spanName(m)+"'")
		}
	}
	classes, err := d.spansBy(ctx, r, q, found, facts.SpanDays.Name, "0", "f.class", "f.span IN ("+strings.Join(names, ", ")+")")
	if err != nil {
		return err
	}
	type place struct {
		of     spansOf
		rank   int64
		metric int
	}
	var places []place
	var wanted []string
	for of, counts := range classes {
		total := int64(0)
		for _, c := range counts {
			total += c.spans
		}
		for i, m := range d.Metrics {
			if m.percentile == 0 || d.spanName(m) != of.span {
				continue
			}
			class, rank := nth(counts, (total*int64(m.percentile)+99)/100)
			places = append(places, place{spansOf{of.row, of.span, class}, rank, i})
			wanted = append(wanted, fmt.Sprintf("('%s', %d)", of.span, class))
		}
	}
	if len(places) == 0 {
		return nil
	}
	slices.Sort(wanted)
	seconds, err := d.spansBy(ctx, r, q, found, facts.SpanSeconds.Name, "f.class", "f.seconds", "(f.span, f.class) IN (VALUES "+strings.Join(slices.Compact(wanted), ", ")+")")
	for _, p := range places {
		long, _ := nth(seconds[p.of], p.rank)
		v := float64(long)
		p.of.row.Values[p.metric] = &v
	}
	return err
}

// spanName is the name of the spans that a percentile is of.
func (d *Definition) spanName(m Metric) string {
	return d.spans + "." + m.Name[:strings.LastIndex(m.Name, "_p")]
}

// nth is how long the span at a rank takes, and its rank among those that take so long.
func nth(counts []taking, rank int64) (long, left int64) {
	for _, c := range counts {
		if rank <= c.spans {
			return c.long, rank
		}
		rank -= c.spans
	}
	return 0, 0
}

// spansBy reads how many spans take how long, shortest first, for each row of the answer, name and class.
func (d *Definition) spansBy(ctx context.Context, r store.Reader, q Query, found map[string]*Row, table, class, long, where string) (map[spansOf][]taking, error) {
	part := *d
	part.from, part.at, part.where = table, "f.day", where
	s := part.selection(q, true)
	columns := append(part.keys(q), "f.span", class, long)
	out := map[spansOf][]taking{}
	err := r.Query(ctx, func(row store.Row) (err error) {
		var of spansOf
		var t taking
		if of.row, err = d.scan(row, len(q.GroupBy), found, []any{&of.span, &of.class, &t.long, &t.spans}); err == nil {
			out[of] = append(out[of], t)
		}
		return err
	}, "SELECT "+strings.Join(columns, ", ")+", CAST(SUM(f.spans) AS bigint) FROM "+s.from+" GROUP BY "+grouping(len(columns))+" ORDER BY "+strconv.Itoa(len(columns)), s.args...)
	return out, err
}
