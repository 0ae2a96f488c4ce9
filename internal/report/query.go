package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/errs"
	"ordo/internal/store"
)

// Query asks a report. Days are inclusive.
type Query struct {
	From, To string
	Bucket   string // one of Buckets; "" for the whole time
	Compare  string // one of Comparisons; "" for none
	GroupBy  []string
	Filters  map[string][]string
	Channels []string // that may be seen; nil for all
	Now      time.Time
	Each     bool // looks at the facts of each order, also where sums would do: both have the same numbers
}

// Row is the numbers of a bucket and group. Values are in the order of the definition's metrics; nil where a ratio has
// no whole, or nothing has a percentile.
type Row struct {
	Bucket   string
	Group    []string // by the result's GroupBy
	Currency string   // of amounts
	Values   []*float64
	Previous []*float64 // of the bucket that it is compared with; nil without comparison
}

// Result is the answer to a query.
type Result struct {
	Definition           *Definition
	GroupBy              []string
	From, To, Bucket     string
	PreviousFrom, PrevTo string // "" without comparison
	Rows                 []Row
}

// Limits of an answer.
const (
	MaxRows    = 10_000
	maxDays    = 3_700
	maxBuckets = 2_000
)

// special is a report that is not one query over one table.
type special func(ctx context.Context, r store.Reader, q Query) ([]Row, error)

func invalid(name, format string, args ...any) error {
	return errs.New(errs.Malformed, "invalid_parameter", name+" "+format, args...)
}

// Run answers a query on a snapshot.
func (d *Definition) Run(ctx context.Context, r store.Reader, q Query) (*Result, error) {
	if err := d.check(&q); err != nil {
		return nil, err
	}
	rows, err := d.rows(ctx, r, q)
	if err != nil {
		return nil, err
	}
	res := &Result{Definition: d, GroupBy: q.GroupBy, From: q.From, To: q.To, Bucket: q.Bucket, Rows: rows}
	if q.Compare == "" {
		return res, nil
	}
	before := q
	before.From, before.To = q.shifted()
	res.PreviousFrom, res.PrevTo = before.From, before.To
	old, err := d.rows(ctx, r, before)
	if err != nil {
		return nil, err
	}
	res.Rows = d.compare(rows, old, buckets(q), buckets(before))
	return res, nil
}

// Check says what is wrong with a query; nil for nothing. The metric is that of a chart; "" for none.
func (d *Definition) Check(q Query, metric string) error {
	if metric != "" && d.metric(metric) == nil {
		return invalid("metric", "is none of report %s: %q", d.Name, errs.Clip(metric))
	}
	return d.check(&q)
}

func (d *Definition) check(q *Query) error {
	from, err := time.Parse(time.DateOnly, q.From)
	if err != nil {
		return invalid("from", "is a day such as 2026-11-22")
	}
	to, err := time.Parse(time.DateOnly, q.To)
	if err != nil {
		return invalid("to", "is a day such as 2026-11-22")
	}
	switch days := int(to.Sub(from)/(24*time.Hour)) + 1; {
	case days < 1:
		return invalid("from", "is after to")
	case days > maxDays:
		return invalid("to", "is more than %d days after from", maxDays)
	}
	if q.Bucket != "" && !slices.Contains(Buckets, q.Bucket) {
		return invalid("bucket", "is one of %s", strings.Join(Buckets, ", "))
	}
	if q.Bucket != "" && len(buckets(*q)) > maxBuckets {
		return invalid("bucket", "is too small for this time: more than %d rows", maxBuckets)
	}
	if q.Compare != "" && !slices.Contains(Comparisons, q.Compare) {
		return invalid("compare", "is one of %s", strings.Join(Comparisons, ", "))
	}
	if d.daily && q.Bucket == "hour" {
		return invalid("bucket", "may not be hour here")
	}
	var known []string
	for _, x := range d.Dimensions {
		if x.Groups() {
			known = append(known, x.Name)
		}
	}
	for i, name := range q.GroupBy {
		if !slices.Contains(known, name) || slices.Contains(q.GroupBy[:i], name) {
			return invalid("group_by", "has %q; report %s is grouped by any of %s, each once", errs.Clip(name), d.Name, strings.Join(known, ", "))
		}
	}
	for name := range q.Filters {
		if d.dimension(name) == nil {
			return invalid(name, "is nothing that report %s is filtered by", d.Name)
		}
	}
	return nil
}

// shifted is the time that is compared with: of the same length just before, or a year earlier.
func (q Query) shifted() (from, to string) {
	a, _ := time.Parse(time.DateOnly, q.From)
	b, _ := time.Parse(time.DateOnly, q.To)
	if q.Compare == "year" {
		return a.AddDate(-1, 0, 0).Format(time.DateOnly), b.AddDate(-1, 0, 0).Format(time.DateOnly)
	}
	n := b.Sub(a) + 24*time.Hour
	return a.Add(-n).Format(time.DateOnly), b.Add(-n).Format(time.DateOnly)
}

// buckets lists the buckets of a query in order: "" for the whole.
func buckets(q Query) (out []string) {
	at, _ := time.Parse(time.DateOnly, q.From)
	end, _ := time.Parse(time.DateOnly, q.To)
	if q.Bucket == "" {
		return []string{""}
	}
	for end = end.AddDate(0, 0, 1); at.Before(end) && len(out) <= maxBuckets; {
		name := at.Format(time.DateOnly)
		switch q.Bucket {
		case "hour":
			name, at = at.Format("2006-01-02T15"), at.Add(time.Hour)
		case "day":
			at = at.AddDate(0, 0, 1)
		case "week":
			monday := at.AddDate(0, 0, -(int(at.Weekday())+6)%7)
			name, at = monday.Format(time.DateOnly), monday.AddDate(0, 0, 7)
		case "month":
			name, at = at.Format("2006-01"), time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		}
		out = append(out, name)
	}
	return out
}

// bucketOf is the expression for the bucket of a local hour. Weeks have no name in the text: the query's own are listed.
func bucketOf(q Query, at string) string {
	switch q.Bucket {
	case "hour":
		return at
	case "day":
		return "substr(" + at + ", 1, 10)"
	case "month":
		return "substr(" + at + ", 1, 7)"
	case "week":
		weeks := buckets(q)
		text := "CASE"
		for i, w := range weeks[:len(weeks)-1] {
			text += " WHEN " + at + " < '" + weeks[i+1] + "' THEN '" + w + "'"
		}
		last := "'" + weeks[len(weeks)-1] + "'"
		if len(weeks) == 1 {
			return last
		}
		return text + " ELSE " + last + " END"
	}
	return "''"
}

// selection is a FROM with its conditions.
type selection struct {
	from string
	args []any
}

func (s *selection) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

func (s *selection) in(values []string) string {
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = s.arg(v)
	}
	return strings.Join(marks, ", ")
}

// selection is what a query asks of. Strict leaves out the rows that shares are taken of where it is filtered by what
// they do not have.
func (d *Definition) selection(q Query, strict bool) *selection {
	to, _ := time.Parse(time.DateOnly, q.To)
	s := &selection{}
	conditions := []string{d.at + " >= " + s.arg(q.From), d.at + " < " + s.arg(to.AddDate(0, 0, 1).Format(time.DateOnly)), d.where}
	if q.Channels != nil {
		conditions = append(conditions, "f.channel IN ("+s.in(q.Channels)+")")
	}
	for _, x := range d.Dimensions {
		values := q.Filters[x.Name]
		switch {
		case len(values) == 0:
		case x.part && !strict:
			conditions = append(conditions, "("+x.column+" IN ("+s.in(values)+") OR "+x.column+" = '')")
		case x.Groups():
			conditions = append(conditions, x.column+" IN ("+s.in(values)+")")
		default:
			conditions = append(conditions, strings.Replace(x.exists, "?", s.in(values), 1))
		}
	}
	s.from = d.from + " AS f WHERE " + and(conditions...)
	return s
}

// keys are the expressions that rows are grouped by: bucket, groups, currency.
func (d *Definition) keys(q Query) []string {
	out := []string{bucketOf(q, d.at)}
	for _, g := range q.GroupBy {
		out = append(out, d.dimension(g).column)
	}
	if d.perMoney {
		return append(out, "f.currency")
	}
	return append(out, "''")
}

func (d *Definition) rows(ctx context.Context, r store.Reader, q Query) ([]Row, error) {
	if d.run != nil {
		return d.run(ctx, r, q)
	}
	found := map[string]*Row{}
	for _, part := range d.parts(q) {
		if err := part.sums(ctx, r, q, found); err != nil {
			return nil, err
		}
		ranked := part.percentiles
		if part.spans != "" {
			ranked = part.spanned
		}
		if err := ranked(ctx, r, q, found); err != nil {
			return nil, err
		}
	}
	d.spread(q, found)
	out := make([]Row, 0, len(found))
	for _, row := range found {
		d.zeros(row)
		d.ratios(row)
		out = append(out, *row)
	}
	slices.SortFunc(out, order)
	return out, nil
}

// spread gives each part the numbers that its shares are taken of, and takes away the rows that had them.
func (d *Definition) spread(q Query, found map[string]*Row) {
	var parts []int
	for i, g := range q.GroupBy {
		if d.dimension(g).part {
			parts = append(parts, i)
		}
	}
	if len(parts) == 0 {
		return
	}
	whole := map[string]*Row{}
	for id, row := range found {
		if !slices.ContainsFunc(parts, func(i int) bool { return row.Group[i] != "" }) {
			whole[id] = row
			delete(found, id)
		}
	}
	for _, row := range found {
		group := slices.Clone(row.Group)
		for _, i := range parts {
			group[i] = ""
		}
		all := whole[key(row.Bucket, group, row.Currency)]
		for i := range d.Metrics {
			if all != nil && d.Metrics[i].whole {
				row.Values[i] = all.Values[i]
			}
		}
	}
}

func order(a, b Row) int {
	return cmp.Or(strings.Compare(a.Bucket, b.Bucket), slices.Compare(a.Group, b.Group), strings.Compare(a.Currency, b.Currency))
}

func key(bucket string, group []string, currency string) string {
	return bucket + "\x1f" + strings.Join(group, "\x1f") + "\x1f" + currency
}

// numbers returns what reads a row of whole numbers, each for the value at its place.
func (d *Definition) numbers(groups int, found map[string]*Row, at []int) func(store.Row) error {
	return func(row store.Row) error {
		numbers, into := make([]int64, len(at)), make([]any, len(at))
		for i := range numbers {
			into[i] = &numbers[i]
		}
		x, err := d.scan(row, groups, found, into)
		if err != nil {
			return err
		}
		for i, n := range numbers {
			v := float64(n)
			x.Values[at[i]] = &v
		}
		return nil
	}
}

// scan reads the keys of a row, and then numbers.
func (d *Definition) scan(row store.Row, groups int, found map[string]*Row, numbers []any) (*Row, error) {
	k := make([]string, groups+2)
	into := make([]any, 0, len(k)+len(numbers))
	for i := range k {
		into = append(into, &k[i])
	}
	if err := row.Scan(append(into, numbers...)...); err != nil {
		return nil, err
	}
	id := key(k[0], k[1:len(k)-1], k[len(k)-1])
	x := found[id]
	if x == nil {
		x = &Row{Bucket: k[0], Group: k[1 : len(k)-1], Currency: k[len(k)-1], Values: make([]*float64, len(d.Metrics))}
		found[id] = x
	}
	if len(found) > MaxRows {
		return nil, errs.New(errs.Invalid, "report_too_large", "the answer has more than %d rows; ask for less time, a larger bucket or fewer groups", MaxRows)
	}
	return x, nil
}

func (d *Definition) sums(ctx context.Context, r store.Reader, q Query, found map[string]*Row) error {
	s := d.selection(q, false)
	columns := d.keys(q)
	groupBy := grouping(len(columns))
	var at []int
	for i, m := range d.Metrics {
		text := ""
		switch {
		case m.value != "":
			text = m.value
			if m.where != "" {
				text = "CASE WHEN " + m.where + " THEN " + text + " ELSE 0 END"
			}
			text = "CAST(COALESCE(SUM(" + text + "), 0) AS bigint)"
		case m.distinct != "" && m.where != "":
			text = "COUNT(DISTINCT CASE WHEN " + m.where + " THEN " + m.distinct + " END)"
		case m.distinct != "":
			text = "COUNT(DISTINCT " + m.distinct + ")"
		default:
			continue
		}
		columns, at = append(columns, text), append(at, i)
	}
	if len(at) == 0 {
		return nil
	}
	return r.Query(ctx, d.numbers(len(q.GroupBy), found, at), q.asOfNow("SELECT "+strings.Join(columns, ", ")+" FROM "+s.from+" GROUP BY "+groupBy), s.args...)
}

// asOfNow puts the time into a text, and which rows take away what was counted before: those of which the day before is
// asked for too, and is in the same bucket.
func (q Query) asOfNow(sql string) string {
	sql = strings.ReplaceAll(sql, "{once}", "(f.before_day = '' OR f.before_day >= '"+q.From+"' AND "+bucketOf(q, "f.before_day")+" = "+bucketOf(q, "f.day")+")")
	return strings.ReplaceAll(sql, "{now}", strconv.FormatInt(q.Now.UnixMicro(), 10))
}

func grouping(n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa(i + 1)
	}
	return strings.Join(out, ", ")
}

// percentiles ranks the rows of each group, one query per span, and takes those at the nearest ranks. It is plain SQL:
// SQLite has no percentile function, and PostgreSQL's interpolates.
func (d *Definition) percentiles(ctx context.Context, r store.Reader, q Query, found map[string]*Row) error {
	done := map[string]bool{}
	for _, m := range d.Metrics {
		if m.percentile == 0 || done[m.of+m.where] {
			continue
		}
		done[m.of+m.where] = true
		s := d.selection(q, true)
		keys := d.keys(q)
		names, named := make([]string, len(keys)), make([]string, len(keys))
		for i, k := range keys {
			names[i] = "k" + strconv.Itoa(i)
			named[i] = k + " AS " + names[i]
		}
		var at []int
		var picks []string
		for i, o := range d.Metrics {
			if o.percentile > 0 && o.of == m.of && o.where == m.where {
				at = append(at, i)
				picks = append(picks, fmt.Sprintf("MAX(CASE WHEN place = (total * %d + 99) / 100 THEN v END)", o.percentile))
			}
		}
		by := strings.Join(names, ", ")
		sql := "SELECT " + by + ", " + strings.Join(picks, ", ") + " FROM (SELECT " + by + ", v, ROW_NUMBER() OVER (PARTITION BY " + by + " ORDER BY v) AS place, COUNT(*) OVER (PARTITION BY " + by + ") AS total FROM (SELECT " +
			strings.Join(named, ", ") + ", " + m.of + " AS v FROM " + s.from + " AND " + m.where + ") AS a) AS b GROUP BY " + by
		err := r.Query(ctx, d.numbers(len(q.GroupBy), found, at), q.asOfNow(sql), s.args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// zeros fills in what there is nothing of.
func (d *Definition) zeros(row *Row) {
	for i, m := range d.Metrics {
		if row.Values[i] == nil && (m.value != "" || m.distinct != "") {
			row.Values[i] = new(float64)
		}
	}
}

// ratios fills in what is one number divided by another: amounts to the cent, half up, shares to six places.
func (d *Definition) ratios(row *Row) {
	for i, m := range d.Metrics {
		if m.over[0] != "" {
			row.Values[i] = divided(m.Unit, d.value(row, m.over[0]), d.value(row, m.over[1]))
		}
		for n, name := range m.times {
			x := d.value(row, name)
			if n > 0 && x != nil && row.Values[i] != nil {
				v := math.Round(*x**row.Values[i]*1e6) / 1e6
				x = &v
			}
			if row.Values[i] = x; x == nil {
				break
			}
		}
	}
}

func divided(unit Unit, part, whole *float64) *float64 {
	if part == nil || whole == nil || *whole == 0 {
		return nil
	}
	v := *part / *whole
	if unit == Money {
		v = math.Floor(v + 0.5)
	} else {
		v = math.Round(v*1e6) / 1e6
	}
	return &v
}

func (d *Definition) value(row *Row, name string) *float64 {
	for i := range d.Metrics {
		if d.Metrics[i].Name == name {
			return row.Values[i]
		}
	}
	return nil
}

// compare puts beside each row the one of the same group and place among the buckets before, with rows for what was
// there only then.
func (d *Definition) compare(rows, old []Row, now, before []string) []Row {
	byKey := map[string]int{}
	for i, x := range rows {
		byKey[key(x.Bucket, x.Group, x.Currency)] = i
	}
	for _, o := range old {
		place := slices.Index(before, o.Bucket)
		if place < 0 || place >= len(now) {
			continue // the times have other months
		}
		i, ok := byKey[key(now[place], o.Group, o.Currency)]
		if !ok {
			i = len(rows)
			empty := Row{Bucket: now[place], Group: o.Group, Currency: o.Currency, Values: make([]*float64, len(d.Metrics))}
			d.zeros(&empty)
			rows = append(rows, empty)
		}
		rows[i].Previous = o.Values
	}
	slices.SortFunc(rows, order)
	return rows
}

// Behind is an order or a case behind a number.
type Behind struct{ ID, Number, Status string }

// behind is where each is found.
var behind = map[string][2]string{"": {"fact_orders", "order_id"}, "cases": {"fact_cases", "case_id"}}

// Drill lists what is behind a query, by id: orders or cases of which rows count in a metric, or all.
func (d *Definition) Drill(ctx context.Context, r store.Reader, q Query, metric, after string, limit int) (out []Behind, err error) {
	if err := d.check(&q); err != nil {
		return nil, err
	}
	of, ok := behind[d.drill]
	if !ok {
		return nil, errs.New(errs.Invalid, "no_drilldown", "report %s is not made of orders or cases", d.Name)
	}
	s := d.selection(q, metric == "")
	if metric != "" {
		m := d.metric(metric)
		if m == nil {
			return nil, invalid("metric", "%q is not a number of report %s", errs.Clip(metric), d.Name)
		}
		for m.over[0] != "" || len(m.times) > 0 {
			if m.over[0] != "" {
				m = d.metric(m.over[0])
			} else {
				m = d.metric(m.times[0])
			}
		}
		if m.where != "" {
			s.from += " AND (" + m.where + ")"
		}
		if m.value != "" {
			s.from += " AND (" + m.value + ") <> 0"
		}
	}
	table, id := of[0], of[1]
	s.from += " AND f." + id + " > " + s.arg(after)
	err = r.Query(ctx, func(row store.Row) error {
		var o Behind
		err := row.Scan(&o.ID, &o.Number, &o.Status)
		out = append(out, o)
		return err
	}, q.asOfNow("SELECT "+id+", number, status FROM "+table+" WHERE "+id+" IN (SELECT DISTINCT f."+id+" FROM "+s.from+" ORDER BY f."+id+" LIMIT "+s.arg(int64(limit))+") ORDER BY "+id), s.args...)
	return out, err
}
