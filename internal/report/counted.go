package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/facts"
)

// counted says how a report is read from what the facts of orders add up to by the day (facts.Tallies), so that it need
// not look at each of them. It is where whole days are asked for, and neither groups nor filters that the sums do not
// have; both ways have the same numbers.
type counted struct {
	of    string            // report
	from  string            // table of the sums, or a query in parentheses
	at    string            // its column with the day; "" for f.day
	where string            // which rows there are rows of the report for
	by    string            // names of the dimensions that they have
	sums  map[string]string // by metric, what is summed; nil for the definition's own
	spans string            // report of facts.SpanDays whose spans have its percentiles
	rest  *Definition       // reads what is not counted; only from, at, where and metrics of its own are set
}

// The dimensions of the sums.
const (
	byOrder = "channel country currency"
	byWork  = "channel country location carrier"
)

// sumsOf are those of metrics as they are called in the facts: "name" or "name=column".
func sumsOf(metrics string) map[string]string {
	out := map[string]string{}
	for m := range strings.FieldsSeq(metrics) {
		name, column, other := strings.Cut(m, "=")
		if !other {
			column = name
		}
		out[name] = "f." + column
	}
	return out
}

var placedDays = facts.PlacedDays.Name

var counts = []counted{
	{of: "demand", from: placedDays, where: "f.lines > 0", by: byOrder, sums: with(sumsOf("orders lines units=ordered gross discounts=discount canceled_units=canceled canceled_value"), map[string]string{
		"net": "f.gross - f.discount - f.tax_included", "tax": "f.tax + f.tax_included", "value": "f.gross - f.discount + f.tax",
	})},
	{of: "line_fill", from: placedDays, where: "f.lines_wanted > 0", by: byOrder, sums: sumsOf("lines=lines_wanted lines_filled units=units_wanted units_shipped units_in_time")},
	{of: "order_fill", from: placedDays, where: "f.orders_wanted > 0", by: byOrder, sums: sumsOf("orders=orders_wanted orders_filled orders_shipped orders_split packages")},
	{
		of: "backorders", from: placedDays, where: "f.lines > 0", by: byOrder, sums: sumsOf("units=ordered units_backordered=backordered_ever units_open=backordered"),
		rest: &Definition{where: taken + " AND f.backordered_at > 0"},
	},
	{
		of: "cancels", from: placedDays, where: "f.lines > 0", by: byOrder,
		sums: sumsOf("units=ordered canceled=gave_up value=gave_up_value orders=orders_gave_up customer=by_customer out_of_stock=by_out_of_stock fraud=by_fraud payment=by_payment expired=by_expired other=by_other"),
	},
	{
		of: "uncaptured", from: placedDays, where: "f.orders_standing > 0", by: byOrder, sums: with(
			sumsOf("orders=orders_standing orders_uncaptured uncaptured orders_shipped=orders_left_uncaptured shipped=left_uncaptured"), map[string]string{"unshipped": "f.uncaptured - f.left_uncaptured"}),
		rest: agedUncaptured(),
	},
	{of: "locations", from: facts.WorkDays.Name, where: "f.fulfillments > 0", by: byWork, sums: sumsOf("fulfillments released=asked rejected short shipped"), spans: facts.LocationsWork},
	{
		of: "sales", from: facts.MoneyDays.Name, where: "(f.earned > 0 OR f.orders <> 0) AND {once}", by: byOrder,
		sums: with(sumsOf("orders units gross discounts=discount net shipping tax refunds=granted"), map[string]string{"charged": "f.net + f.shipping + f.tax", "total": "f.net + f.shipping + f.tax - f.granted"}),
	},
	{
		of: "payments", from: facts.MoneyDays.Name, where: "f.moved > 0", by: byOrder + " provider",
		sums: with(sumsOf("captures captured refunds refunded disputed won_back"), map[string]string{"net": "f.captured - f.refunded - f.disputed + f.won_back"}),
	},
	{
		of: "shipments", from: facts.ShippedDays.Name, where: "(f.packages > 0 OR f.orders <> 0) AND {once}", by: byOrder,
		sums: sumsOf("orders shipments packages units weight_grams cost delivered_promised on_time"),
	},
	{of: "returns", from: returnedBeside("'' AS order_id, day", "''", facts.ShippedDays.Name+" WHERE lines > 0", daysReturned), at: "f.hour", by: byOrder + " reason fault type"},
	{
		of: "otif", from: facts.DeliveredDays.Name, where: "f.orders > 0", by: "channel country",
		sums: sumsOf("delivered=orders promised on_time in_full otif promise_kept repromises late days_late"),
	},
	{of: "perfect_orders", from: facts.DeliveredDays.Name, where: "f.promised > 0", by: "channel country", sums: sumsOf("orders=promised on_time complete=in_full damage_free perfect")},
	{of: "cycle_time", from: facts.DeliveredDays.Name, where: "f.orders > 0", by: "channel country", sums: sumsOf("orders"), spans: facts.CycleTime},
	{of: "return_times", from: closedReturns, at: "f.closed_hour", by: "channel country location", spans: facts.ReturnTimes},
	{of: "cases", from: casesBeside("day", "orders", placedDays+" WHERE orders > 0"), at: "f.hour", by: "channel country queue priority origin cause owner"},
}

func with(a, b map[string]string) map[string]string {
	maps.Copy(a, b)
	return a
}

func init() {
	for i := range counts {
		c := &counts[i]
		Find(c.of).counted(c)
	}
}

// counted makes the definitions that read the sums, and the rest.
func (d *Definition) counted(c *counted) {
	days := *d
	days.from, days.at, days.where, days.spans = c.from, cmp.Or(c.at, "f.day"), c.where, c.spans
	days.Dimensions = slices.DeleteFunc(slices.Clone(d.Dimensions), func(x Dimension) bool { return !slices.Contains(strings.Fields(c.by), x.Name) })
	if c.sums != nil {
		days.Metrics = slices.Clone(d.Metrics)
		for i := range days.Metrics {
			m := &days.Metrics[i]
			sum := Metric{Name: m.Name, Unit: m.Unit, value: c.sums[m.Name]}
			if c.spans != "" {
				sum.percentile, sum.of = m.percentile, m.of
			}
			*m = sum
		}
	}
	d.byDay = []*Definition{&days}
	if c.rest == nil {
		return
	}
	rest := *d
	rest.where = c.rest.where
	if c.rest.from != "" {
		rest.from, rest.at = c.rest.from, c.rest.at
	}
	rest.Metrics = slices.Clone(d.Metrics)
	for i := range rest.Metrics {
		m := &rest.Metrics[i]
		switch own := c.rest.metric(m.Name); {
		case c.sums[m.Name] != "":
			*m = Metric{Name: m.Name, Unit: m.Unit}
		case own != nil:
			*m = *own
		}
	}
	d.byDay = append(d.byDay, &rest)
}

// parts are the definitions that the numbers of a query are read by: the report's own, or those of its sums.
func (d *Definition) parts(q Query) []*Definition {
	if d.byDay == nil || q.Bucket == "hour" || q.Each {
		return []*Definition{d}
	}
	known := func(name string) bool { return d.byDay[0].dimension(name) != nil }
	for name := range q.Filters {
		if !known(name) {
			return []*Definition{d}
		}
	}
	if slices.ContainsFunc(q.GroupBy, func(g string) bool { return !known(g) }) {
		return []*Definition{d}
	}
	return d.byDay
}

// agedUncaptured reads the ages of what is not captured: from sums by the hour, and order by order for the hours in
// which an age ends.
func agedUncaptured() *Definition {
	var slots []string
	orders := ""
	for _, e := range ages[:len(ages)-1] {
		slots = append(slots, fmt.Sprintf("({now} - %d) / %d", e.to, facts.SinceHour))
		for _, s := range []struct{ since, shipped, unshipped string }{{"earned_at", leftUncaptured, "0"}, {"placed_at", "0", "(" + notCaptured + ") - (" + leftUncaptured + ")"}} {
			// The text is not that of the column, so that the index of the times is used and not that of the hours.
			orders += fmt.Sprintf(" UNION ALL SELECT f.placed_hour || '', f.order_id, f.channel, f.country, f.currency, f.%s, %s, %s FROM fact_orders AS f WHERE f.%[1]s > 0 AND f.%[1]s >= ({now} - %[4]d) / %[5]d * %[5]d AND f.%[1]s < ({now} - %[4]d) / %[5]d * %[5]d + %[5]d AND %[6]s",
				s.since, s.shipped, s.unshipped, e.to, facts.SinceHour, standing)
		}
	}
	return &Definition{
		from:    "(SELECT day AS hour, '' AS order_id, channel, country, currency, since, shipped, unshipped FROM " + facts.UncapturedHours.Name + " WHERE since / " + strconv.Itoa(facts.SinceHour) + " NOT IN (" + strings.Join(slots, ", ") + ")" + orders + ")",
		at:      "f.hour",
		Metrics: slices.Concat(aged("shipped", "f.shipped", "f.since", ""), aged("unshipped", "f.unshipped", "f.since", "")),
	}
}
