package report

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/store"
)

// inventory is made of closing balances, which stand only for days on which a position moved: each holds until the next.
func inventory() *Definition {
	d := &Definition{
		Name: "inventory", Version: 2, Title: "Inventory turnover, days of supply, oversold units", Basis: "day (UTC)", noChannel: true, daily: true, drill: "none",
		Doc: "Stock is of no channel: its days are UTC. Ordo keeps no cost of goods, so turnover is in units.",
		Metrics: []Metric{
			sum("on_hand", Count, "on_hand", "", "Units on hand at the end."),
			sum("available", Count, "available", "", "Units available at the end: on hand less allocated, reserved, unsaleable and safety stock."),
			sum("received", Count, "received", "", "Units received from suppliers: by receipts, and typed in with the reason received."),
			sum("shipped", Count, "shipped", "", "Units that left to customers."),
			sum("other", Count, "other", "", "Further change of on hand: transfers, counts, other adjustments, returns."),
			sum("average_on_hand", Count, "average", "", "Mean of on hand at the end of each day, rounded."),
			{Name: "turnover", Doc: "Inventory turnover of this time: shipped / mean of on hand at the end of each day, which is not rounded for it.", Unit: Ratio},
			{Name: "days_of_supply", Doc: "on_hand / (shipped / days): for how long it lasts at this rate.", Unit: Days},
			ratio("sell_through", Ratio, "shipped", "received", "shipped / received."),
			sum("oversold", Count, "oversold", "", "Oversell count: units that orders took while they were not there. It is 0."),
		},
		Dimensions: []Dimension{{Name: "sku", Doc: bySKU.Doc, column: "sku"}, {Name: "location", Doc: "Code of the location.", column: "location"}},
	}
	d.run = func(ctx context.Context, r store.Reader, q Query) ([]Row, error) {
		return d.eachBucket(ctx, r, q, d.span)
	}
	return d
}

// eachBucket asks bucket by bucket: what a position has at the end of one is what it begins the next with.
func (d *Definition) eachBucket(ctx context.Context, r store.Reader, q Query, ask func(ctx context.Context, r store.Reader, q Query, bucket string, from, to time.Time) ([]Row, error)) (out []Row, err error) {
	names := buckets(q)
	begin, _ := time.Parse(time.DateOnly, q.From)
	last, _ := time.Parse(time.DateOnly, q.To)
	for i, name := range names {
		from, to := begin, last
		if i > 0 {
			from = start(name)
		}
		if i < len(names)-1 {
			to = start(names[i+1]).AddDate(0, 0, -1)
		}
		rows, err := ask(ctx, r, q, name, from, to)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	slices.SortFunc(out, order)
	return out, nil
}

// start is the first day of a bucket.
func start(bucket string) time.Time {
	if len(bucket) == len("2006-01") {
		bucket += "-01"
	}
	t, _ := time.Parse(time.DateOnly, bucket[:len(time.DateOnly)])
	return t
}

func (d *Definition) span(ctx context.Context, r store.Reader, q Query, bucket string, from, to time.Time) ([]Row, error) {
	number := func(t time.Time) string { return strconv.FormatInt(t.Unix()/86400, 10) }
	first, end, days := number(from), number(to.AddDate(0, 0, 1)), to.Sub(from).Hours()/24+1
	s, keys := d.positions(q, to)
	// A balance holds from its day to the day before the next one of the position, or to the end.
	inner := "SELECT sku, location, day_number, on_hand, on_hand - allocated - reserved - unsaleable - safety AS available, received, shipped, other, oversold, " +
		"COALESCE(LEAD(day_number) OVER (PARTITION BY sku, location ORDER BY day_number), " + end + ") AS until FROM fact_stock_days WHERE " + s.from
	inside := func(column string) string {
		return "CAST(COALESCE(SUM(CASE WHEN day_number >= " + first + " THEN " + column + " ELSE 0 END), 0) AS bigint)"
	}
	final := func(column string) string {
		return "CAST(COALESCE(SUM(CASE WHEN until = " + end + " THEN " + column + " ELSE 0 END), 0) AS bigint)"
	}
	held := "CAST(COALESCE(SUM(CASE WHEN until > " + first + " THEN on_hand * (until - CASE WHEN day_number > " + first + " THEN day_number ELSE " + first + " END) ELSE 0 END), 0) AS bigint)"
	columns := append(slices.Clone(keys), "''", final("on_hand"), final("available"), inside("received"), inside("shipped"), inside("other"), held, inside("oversold"))
	return d.collect(ctx, r, q, bucket, "SELECT "+strings.Join(columns, ", ")+" FROM ("+inner+") AS f GROUP BY "+grouping(len(keys)+1), s.args, 7, func(x *Row, n []float64) {
		for i, name := range []string{"on_hand", "available", "received", "shipped", "other", "average_on_hand", "oversold"} {
			*d.cell(x, name) = &n[i]
		}
		// Whole numbers are multiplied, and divided once: the sum of on hand over the days is days times the mean.
		shipped, held, onHand := n[3]*days, n[5], n[0]*days
		*d.cell(x, "turnover") = divided(Ratio, &shipped, &held)
		*d.cell(x, "days_of_supply") = divided(Days, &onHand, &n[3])
		n[5] = math.Round(held / days)
	})
}

func (d *Definition) cell(x *Row, name string) **float64 {
	for i := range d.Metrics {
		if d.Metrics[i].Name == name {
			return &x.Values[i]
		}
	}
	panic("report: " + d.Name + " has no " + name)
}
