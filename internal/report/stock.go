package report

import (
	"context"
	"strconv"
	"strings"
	"time"

	"ordo/internal/store"
)

// accuracy is what counts found.
func accuracy() *Definition {
	const counted, byHand = "f.kind = 'counted'", "f.kind = 'adjusted'"
	return &Definition{
		Name: "accuracy", Version: 1, Title: "Inventory accuracy, shrinkage", Basis: "posted or corrected (UTC)", noChannel: true, daily: true, drill: "none",
		Doc:  "Counts that were posted, line by line, and corrections by hand. Stock is of no channel: its days are UTC.",
		from: "fact_variances", at: "f.day",
		Metrics: []Metric{
			rows("lines", counted, "SKUs counted at a location."),
			rows("lines_exact", counted+" AND f.variance = 0", "Of these, without a difference."),
			ratio("line_accuracy", Ratio, "lines_exact", "lines", "lines_exact / lines."),
			sum("counted", Count, "f.counted", counted, "Units counted."),
			sum("expected", Count, "f.expected", counted, "Units that the books had then."),
			sum("missing", Count, "-f.variance", counted+" AND f.variance < 0", "Units that were not there."),
			sum("surplus", Count, "f.variance", counted+" AND f.variance > 0", "Units that the books did not know."),
			sum("accurate", Count, "f.counted - ABS(f.variance)", counted, "counted - missing - surplus."),
			ratio("inventory_accuracy", Ratio, "accurate", "counted", "Inventory accuracy: 1 - (missing + surplus) / counted."),
			sum("shrinkage", Count, "-f.variance", counted+" OR "+byHand+" AND f.reason IN ('lost', 'damaged', 'found', 'correction')", "Shrinkage: units lost by counts and corrections, less those found."),
			ratio("shrinkage_rate", Ratio, "shrinkage", "expected", "shrinkage / expected."),
			sum("added_by_hand", Count, "f.variance", byHand+" AND f.variance > 0", "Units that somebody added by hand, whatever the reason."),
			sum("removed_by_hand", Count, "-f.variance", byHand+" AND f.variance < 0", "Units that somebody took away by hand."),
		},
		Dimensions: []Dimension{bySKU, dim("location", "Code of the location."), dim("reason", "Reason of the count or the correction."), dim("kind", "counted or adjusted.")},
	}
}

// ageing is how old stock is: what is on hand is taken to be what came last (FIFO).
func ageing() *Definition {
	d := &Definition{
		Name: "stock_age", Version: 1, Title: "Age of stock, days since the last movement", Basis: "end of the time (UTC)", noChannel: true, daily: true, drill: "none",
		Doc: "Stock at the end of the time. First in, first out: what is there is what came last, whether from suppliers, by transfer or by return. Ordo keeps no cost of goods: ages are of units.",
		Metrics: []Metric{
			sum("on_hand", Count, "on_hand", "", "Units on hand."),
			sum("up_to_30_days", Count, "a", "", "Of these, there for up to 30 days."),
			sum("up_to_90_days", Count, "b", "", "For 31 to 90 days."),
			sum("up_to_180_days", Count, "c", "", "For 91 to 180 days."),
			sum("up_to_365_days", Count, "d", "", "For 181 to 365 days."),
			sum("older", Count, "e", "", "For longer."),
			{Name: "average_age", Doc: "Mean age of the units on hand.", Unit: Days},
			sum("unmoved_90_days", Count, "f", "", "Units on hand whose position has not moved for more than 90 days."),
			{Name: "days_since_movement", Doc: "Days since anything of it moved last.", Unit: Days},
			{Name: "days_since_shipment", Doc: "Days since any of it left to a customer last.", Unit: Days},
		},
		Dimensions: []Dimension{{Name: "sku", Doc: bySKU.Doc, column: "sku"}, {Name: "location", Doc: "Code of the location.", column: "location"}},
	}
	d.run = func(ctx context.Context, r store.Reader, q Query) ([]Row, error) {
		return d.eachBucket(ctx, r, q, d.ages)
	}
	return d
}

// ages reads how old the stock is at the end of a day.
func (d *Definition) ages(ctx context.Context, r store.Reader, q Query, bucket string, _, to time.Time) ([]Row, error) {
	end := strconv.FormatInt(to.Unix()/86400, 10)
	s, keys := d.positions(q, to)
	// Rows of a position from the last day back: came is what arrived that day, through what has from then on.
	inner := "SELECT sku, location, day_number, shipped, came, SUM(came) OVER w AS through, FIRST_VALUE(on_hand) OVER w AS final, ROW_NUMBER() OVER w AS place FROM (" +
		"SELECT sku, location, day_number, shipped, on_hand, received + CASE WHEN other > 0 THEN other ELSE 0 END AS came FROM fact_stock_days WHERE " + s.from +
		") AS a WINDOW w AS (PARTITION BY sku, location ORDER BY day_number DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
	layers := "SELECT sku, location, day_number, shipped, place, final, " + end + " - day_number AS age, " +
		"CASE WHEN final <= through - came THEN 0 WHEN final >= through THEN came ELSE final - (through - came) END AS layer FROM (" + inner + ") AS b"
	units := func(condition string) string {
		return "CAST(COALESCE(SUM(CASE WHEN " + condition + " THEN layer ELSE 0 END), 0) AS bigint)"
	}
	columns := append(keys, "''", "CAST(COALESCE(SUM(CASE WHEN place = 1 THEN final ELSE 0 END), 0) AS bigint)",
		units("age <= 30"), units("age BETWEEN 31 AND 90"), units("age BETWEEN 91 AND 180"), units("age BETWEEN 181 AND 365"), units("age > 365"),
		"CAST(COALESCE(SUM(CASE WHEN place = 1 AND age > 90 THEN final ELSE 0 END), 0) AS bigint)", "CAST(COALESCE(SUM(layer * age), 0) AS bigint)",
		"CAST(MIN(age) AS bigint)", "CAST(COALESCE(MIN(CASE WHEN shipped > 0 THEN age END), -1) AS bigint)")
	return d.collect(ctx, r, q, bucket, "SELECT "+strings.Join(columns, ", ")+" FROM ("+layers+") AS f GROUP BY "+grouping(len(keys)+1), s.args, 10, func(x *Row, n []float64) {
		for i, name := range []string{"on_hand", "up_to_30_days", "up_to_90_days", "up_to_180_days", "up_to_365_days", "older", "unmoved_90_days"} {
			*d.cell(x, name) = &n[i]
		}
		*d.cell(x, "average_age") = divided(Days, &n[7], &n[0])
		*d.cell(x, "days_since_movement") = &n[8]
		if n[9] >= 0 {
			*d.cell(x, "days_since_shipment") = &n[9]
		}
	})
}

// positions selects the stock of a query up to a day, and names what it is grouped by.
func (d *Definition) positions(q Query, to time.Time) (*selection, []string) {
	s := &selection{}
	conditions := []string{"day <= " + s.arg(to.Format(time.DateOnly))}
	for _, x := range d.Dimensions {
		if values := q.Filters[x.Name]; len(values) > 0 {
			conditions = append(conditions, x.column+" IN ("+s.in(values)+")")
		}
	}
	s.from = and(conditions...)
	keys := []string{"''"}
	for _, g := range q.GroupBy {
		keys = append(keys, d.dimension(g).column)
	}
	return s, keys
}

// collect reads rows of keys and n numbers, and has the numbers put into their cells.
func (d *Definition) collect(ctx context.Context, r store.Reader, q Query, bucket, sql string, args []any, n int, put func(*Row, []float64)) ([]Row, error) {
	found := map[string]*Row{}
	err := r.Query(ctx, func(row store.Row) error {
		numbers, into := make([]int64, n), make([]any, n)
		for i := range numbers {
			into[i] = &numbers[i]
		}
		x, err := d.scan(row, len(q.GroupBy), found, into)
		if err != nil {
			return err
		}
		values := make([]float64, n)
		for i, v := range numbers {
			values[i] = float64(v)
		}
		x.Bucket = bucket
		put(x, values)
		d.ratios(x)
		return nil
	}, sql, args...)
	out := make([]Row, 0, len(found))
	for _, x := range found {
		out = append(out, *x)
	}
	return out, err
}
