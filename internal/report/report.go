// Package report answers questions about numbers: sales, fill rates, times, promises, stock.
//
// What lives here: the definitions of reports as data, the SQL that is made of them, drilling down to the orders
// behind a number, and reports as files. What does not: the facts themselves (facts), which are only read; how files of
// a format are written (sheet, paper).
// The one idea: a report is a table of facts with named metrics and dimensions. Its definition has a version and is
// served with its numbers, so that no number changes its meaning silently.
package report

import (
	"slices"
	"strings"
)

// Unit is what a value is counted in.
type Unit string

// The units. Money is minor units of the row's currency, ratios are shares of one.
const (
	Count   Unit = "count"
	Money   Unit = "money"
	Ratio   Unit = "ratio"
	Seconds Unit = "seconds"
	Days    Unit = "days"
)

// Metric is a named number. Exactly one of value, distinct, over, times and percentile says how it is made.
type Metric struct {
	Name, Doc string
	Unit      Unit

	where      string    // of the rows that count; "" for all
	value      string    // summed
	distinct   string    // counted once each
	over       [2]string // one metric divided by another; null where that is 0
	times      []string  // metrics multiplied; null where one is
	whole      bool      // of all rows, also where they are grouped or filtered by what only a part of them has
	percentile int       // the value that so many of a hundred rows do not exceed, nearest rank
	of         string    // whose percentile
}

// Dimension is what rows are grouped and filtered by.
type Dimension struct {
	Name, Doc string
	column    string // "" for one that only filters
	part      bool   // only a part of the rows has it: those that shares are taken of have "" there
	exists    string // for one that only filters: a condition in which ? stands for the values
}

// Definition is a report.
type Definition struct {
	Name    string
	Version int // rises whenever a number would come out differently
	Title   string
	Doc     string
	Basis   string // which day a row counts at

	from       string // table, or a query in parentheses
	at         string // column with the local hour
	where      string // of all rows; "" for none
	perMoney   bool   // rows of different currencies are never added up
	daily      bool   // knows days, not hours
	drill      string // what its rows lead to: cases, none, or "" for orders
	noChannel  bool   // not of a channel: only for those who may see all
	Metrics    []Metric
	Dimensions []Dimension
	run        special       // instead of SQL made from the above
	byDay      []*Definition // read instead, where sums of days will do
	spans      string        // where percentiles are read from facts.SpanDays: the report of the spans
}

// Buckets are the spans of time that rows are grouped by, beside none.
var Buckets = []string{"hour", "day", "week", "month"}

// Comparisons are what numbers are compared with.
var Comparisons = []string{"previous", "year"}

// Find returns the report of that name, or nil.
func Find(name string) *Definition {
	i := slices.IndexFunc(definitions, func(d *Definition) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return definitions[i]
}

// All lists the definitions.
func All() []*Definition { return definitions }

// Names lists the names of all reports.
func Names() []string {
	out := make([]string, len(definitions))
	for i, d := range definitions {
		out[i] = d.Name
	}
	return out
}

// Filters lists the names of all dimensions of all reports.
func Filters() (names []string) {
	for _, d := range definitions {
		for _, x := range d.Dimensions {
			if !slices.Contains(names, x.Name) {
				names = append(names, x.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func (d *Definition) metric(name string) *Metric {
	for i := range d.Metrics {
		if d.Metrics[i].Name == name {
			return &d.Metrics[i]
		}
	}
	return nil
}

func (d *Definition) dimension(name string) *Dimension {
	for i := range d.Dimensions {
		if d.Dimensions[i].Name == name {
			return &d.Dimensions[i]
		}
	}
	return nil
}

// Groups reports whether rows may be grouped by the dimension.
func (x *Dimension) Groups() bool { return x.column != "" }

// PerCurrency reports whether the rows of the report are kept apart by currency.
func (d *Definition) PerCurrency() bool { return d.perMoney }

// AllChannels reports whether the numbers are of no channel, so that only those may see them who may see all.
func (d *Definition) AllChannels() bool { return d.noChannel }

// Drills reports whether its numbers are made of orders or cases, which can be listed.
func (d *Definition) Drills() bool { return d.drill != "none" }

// Cases reports whether the rows lead to cases instead of orders.
func (d *Definition) Cases() bool { return d.drill == "cases" }

func sum(name string, unit Unit, value, where, doc string) Metric {
	return Metric{Name: name, Doc: doc, Unit: unit, value: value, where: where}
}

func rows(name, where, doc string) Metric { return sum(name, Count, "1", where, doc) }

func distinct(name, column, where, doc string) Metric {
	return Metric{Name: name, Doc: doc, Unit: Count, distinct: column, where: where}
}

func ratio(name string, unit Unit, part, whole, doc string) Metric {
	return Metric{Name: name, Doc: doc, Unit: unit, over: [2]string{part, whole}}
}

// of marks a metric that shares are taken of.
func of(m Metric) Metric {
	m.whole = true
	return m
}

func product(name, doc string, of ...string) Metric {
	return Metric{Name: name, Doc: doc, Unit: Ratio, times: of}
}

// percentiles are p50, p90 and p99 of a span between two times, in seconds.
func percentiles(name, from, to, doc string) (out []Metric) {
	for _, p := range []int{50, 90, 99} {
		suffix := "_p" + map[int]string{50: "50", 90: "90", 99: "99"}[p]
		out = append(out, Metric{
			Name: name + suffix, Doc: doc + " " + map[int]string{50: "Half", 90: "90 of 100", 99: "99 of 100"}[p] + " took no longer.", Unit: Seconds,
			percentile: p, of: "(" + to + " - " + from + ") / 1000000", where: from + " > 0 AND " + to + " > 0",
		})
	}
	return out
}

func dim(name, doc string) Dimension { return Dimension{Name: name, Doc: doc, column: "f." + name} }

// part is a dimension that only a part of the rows has.
func part(name, doc string) Dimension {
	x := dim(name, doc)
	x.part = true
	return x
}

// through is a dimension that only filters: orders that have something of it.
func through(name, table, column, doc string) Dimension {
	return Dimension{Name: name, Doc: doc + " Filters only: an order may have several.", exists: "EXISTS (SELECT 1 FROM " + table + " AS x WHERE x.order_id = f.order_id AND x." + column + " IN (?))"}
}

func join(parts ...[]Metric) []Metric { return slices.Concat(parts...) }

func one(m Metric) []Metric { return []Metric{m} }

func and(conditions ...string) string {
	kept := slices.DeleteFunc(conditions, func(s string) bool { return s == "" })
	return strings.Join(kept, " AND ")
}
