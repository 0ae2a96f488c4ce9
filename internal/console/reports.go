package console

import (
	"cmp"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/number"

	"ordo/internal/api"
	"ordo/internal/money"
	"ordo/internal/report"
)

func reportRoutes() []Route {
	at := Root + "/reports"
	return []Route{
		{Method: http.MethodGet, Path: at, Scope: "reports:read", handle: listReports},
		{Method: http.MethodGet, Path: at + "/{report}", Scope: "reports:read", handle: showReport},
		{Method: http.MethodGet, Path: at + "/{report}/orders", Scope: "reports:read", handle: drillReport},
		{Method: http.MethodGet, Path: at + "/{report}/csv", Scope: "reports:read", handle: reportFile("getReportCSV")},
		{Method: http.MethodGet, Path: at + "/{report}/pdf", Scope: "reports:read", handle: reportFile("getReportPDF")},
		{Method: http.MethodGet, Path: at + "/{report}/xlsx", Scope: "reports:read", handle: reportFile("getReportXLSX")},
	}
}

// question is what a report answers, in the words of who asks.
type question struct {
	Name, Text string
	Whole      bool // its numbers are not made of orders or cases: nothing is behind them
}

// questionOf is the question of a report that there is.
func questionOf(name string) question {
	d := report.Find(name)
	if d == nil {
		return question{Name: name, Text: name}
	}
	return question{d.Name, d.Question(), !d.Drills()}
}

type reportItem struct {
	question
	Path, Title string
}

type reportsPage struct {
	Saved []savedReport
	Items []reportItem
}

func listReports(v *visit) error {
	var list api.ReportList
	if err := v.get("listReports", nil, nil, &list); err != nil {
		return err
	}
	slices.SortStableFunc(list.Data, func(a, b api.ReportDefinition) int {
		return cmp.Compare(report.Find(a.Name).Place(), report.Find(b.Name).Place())
	})
	var items []reportItem
	for _, d := range list.Data {
		item := reportItem{questionOf(d.Name), Root + "/reports/" + d.Name, v.t(d.Title)}
		if !item.Whole {
			item.Path += "?bucket=day" // it begins with a chart
		}
		items = append(items, item)
	}
	saved, err := v.savedReports()
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "reports", "Reports", "", reportsPage{saved, items})
}

// reportSettings are what a report is asked beside its filters, all of them in the address.
var reportSettings = []string{"from", "to", "bucket", "group_by", "compare"}

// figure is a number of a report: as text, with where it leads.
type figure struct {
	Text, Before, Path string
}

// reportLine is a row of the table.
type reportLine struct {
	Head    []string
	Figures []figure
}

// total is a number of the whole time.
type total struct {
	Name, About string
	figure
}

type reportPage struct {
	filterBar
	Question   question
	Definition api.ReportDefinition
	Report     api.Report
	Wrong      string          // what is wrong with the days that were asked for; other ones are shown
	over       []api.ReportRow // what a chart over time is of: the whole of each bucket
	Bucket     string          // chosen
	Buckets    []string
	Group      string
	Groups     []string
	Compare    string
	Compares   []string
	Metric     string // of the chart
	Totals     [][]total
	Columns    []string
	Lines      []reportLine
	Chart      *chart
	CSV, XLSX  string
	PDF        string
	Save       string // address of the form that saves it
	Printed    string // when, in the person's zone
}

func showReport(v *visit) error {
	name := v.r.PathValue("report")
	status, wrong, err := v.rightDays(name)
	if err != nil {
		return err
	}
	given := v.r.URL.Query()
	ask := query()
	for n := range given {
		if n != "metric" && given.Get(n) != "" {
			ask.Set(n, given.Get(n))
		}
	}
	p := reportPage{Wrong: wrong, Bucket: given.Get("bucket"), Group: given.Get("group_by"), Compare: given.Get("compare"), Buckets: api.Values("getReport", "bucket"), Compares: api.Values("getReport", "compare")}
	if err := v.get("getReport", slots("report", name), ask, &p.Report); err != nil {
		return err
	}
	p.Definition = p.Report.Definition
	p.Question = questionOf(name)
	names := slices.Clone(reportSettings)
	for _, d := range p.Definition.Dimensions {
		names = append(names, d.Name)
		if d.Groups {
			p.Groups = append(p.Groups, d.Name)
		}
	}
	p.filterBar = v.filters(append(names, "metric"), nil)
	p.Filters = slices.DeleteFunc(p.Filters, func(f filter) bool {
		return f.Name == "metric" || slices.Contains(reportSettings, f.Name)
	})
	p.Metric = given.Get("metric")
	if !slices.ContainsFunc(p.Definition.Metrics, func(m api.ReportMetric) bool { return m.Name == p.Metric }) {
		p.Metric = p.Definition.Metrics[0].Name
		if name == "cycle_time" {
			p.Metric = "total_p50" // what the question asks for
		}
	}
	whole, over := p.Report, p.Report
	if p.Bucket != "" || p.Group != "" {
		if whole, err = v.reportWithout(name, ask, "bucket", "group_by"); err != nil {
			return err
		}
	}
	if p.Bucket != "" && p.Group != "" {
		if over, err = v.reportWithout(name, ask, "group_by"); err != nil {
			return err
		}
	}
	p.over = over.Rows
	p.fill(v, &whole)
	files := Root + "/reports/" + p.Definition.Name
	p.CSV, p.XLSX = files+"/csv?"+ask.Encode(), files+"/xlsx?"+ask.Encode()
	ask.Set("metric", p.Metric)
	ask.Set("time_zone", v.location().String())
	ask.Set("language", v.lang)
	p.PDF = files + "/pdf?" + ask.Encode()
	p.Save = p.saveLink()
	p.Printed = time.Now().In(v.location()).Format("2006-01-02 15:04 ") + v.location().String()
	return v.page(status, "report", v.t(p.Question.Text), "", p)
}

// reportWithout asks a report again, without some of what was asked.
func (v *visit) reportWithout(name string, ask url.Values, without ...string) (out api.Report, err error) {
	less := maps.Clone(ask)
	for _, n := range without {
		less.Del(n)
	}
	err = v.get("getReport", slots("report", name), less, &out)
	return out, err
}

// rightDays mends the days in the address, which may be typed by hand: two that are the wrong way round are swapped, and
// ones that no report has are left out. It says so, with the status of the page, and leaves an address that can be read.
func (v *visit) rightDays(name string) (status int, wrong string, err error) {
	given := v.r.URL.Query()
	from, to := given.Get("from"), given.Get("to")
	_, bad := time.Parse(time.DateOnly, from)
	_, worse := time.Parse(time.DateOnly, to)
	switch {
	case bad == nil && worse == nil && from > to:
		given.Set("from", to)
		given.Set("to", from)
		status, wrong = http.StatusOK, v.t("The first day was after the last one. They are swapped.")
	case from != "" && bad != nil || to != "" && worse != nil:
		given.Del("from")
		given.Del("to")
		status, wrong = http.StatusBadRequest, v.t("This is no day of the calendar. Choose the days again; these are the last 30.")
	case to == "" && from > time.Now().UTC().Format(time.DateOnly):
		given.Del("from")
		status, wrong = http.StatusBadRequest, v.t("The first day is yet to come. Choose the days again; these are the last 30.")
	default:
		return http.StatusOK, "", nil
	}
	v.r.URL.RawQuery = given.Encode()
	return status, wrong, nil
}

// fill makes totals, table and chart of the numbers.
func (p *reportPage) fill(v *visit, whole *api.Report) {
	for _, row := range whole.Rows {
		var some []total
		for _, m := range p.Definition.Metrics {
			some = append(some, total{v.word(m.Name), v.t(m.About), p.figure(v, m, row)})
		}
		p.Totals = append(p.Totals, some)
	}
	if p.Bucket != "" {
		p.Columns = append(p.Columns, v.word(p.Bucket))
	}
	for _, g := range p.Report.GroupBy {
		p.Columns = append(p.Columns, v.word(g))
	}
	if len(p.Columns) == 0 {
		return // the totals say it all
	}
	if p.Definition.PerCurrency {
		p.Columns = append(p.Columns, v.t("Currency"))
	}
	if p.Bucket != "" { // in the order of time, and in each span the largest first
		slices.SortStableFunc(p.Report.Rows, func(a, b api.ReportRow) int {
			return cmp.Or(strings.Compare(a.Bucket, b.Bucket), cmp.Compare(b.Values[p.Metric], a.Values[p.Metric]))
		})
	}
	for _, row := range p.Report.Rows {
		var l reportLine
		if p.Bucket != "" {
			l.Head = append(l.Head, v.spanOf(row.Bucket))
		}
		for _, g := range p.Report.GroupBy {
			l.Head = append(l.Head, row.Group[g])
		}
		if p.Definition.PerCurrency {
			l.Head = append(l.Head, row.Currency)
		}
		for _, m := range p.Definition.Metrics {
			l.Figures = append(l.Figures, p.figure(v, m, row))
		}
		p.Lines = append(p.Lines, l)
	}
	p.Chart = p.draw(v)
}

func (p *reportPage) figure(v *visit, m api.ReportMetric, row api.ReportRow) figure {
	f := figure{Text: v.value(m, row.Values, row.Currency), Path: p.behind(m.Name, row)}
	if p.Compare != "" {
		f.Before = v.value(m, row.Previous, row.Currency)
	}
	if n, ok := row.Values[m.Name]; !ok || n == 0 {
		f.Path = "" // there is nothing behind it
	}
	return f
}

// value writes a number in its unit; "–" for what cannot be computed.
func (v *visit) value(m api.ReportMetric, values map[string]float64, currency string) string {
	n, ok := values[m.Name]
	if !ok {
		return "–"
	}
	decimal := func(n float64, digits int) string {
		return v.format.Number(n, number.MaxFractionDigits(digits))
	}
	switch m.Unit {
	case "money":
		if currency != "" {
			return v.money(money.Money{Amount: int64(math.Round(n)), Currency: currency})
		}
	case "ratio":
		if !(&report.Metric{Name: m.Name}).Share() {
			return decimal(n, 2) // so many of one for each of another: no share
		}
		return decimal(n*100, 1) + "\u00a0%"
	case "days":
		return v.t("%s days", decimal(n, 1))
	case "seconds":
		if n >= 2*86400 {
			return v.t("%s days", decimal(n/86400, 1))
		}
		return v.t("%s hours", decimal(n/3600, 1))
	}
	return decimal(n, 2)
}

// spanOf writes the span of time that a row is of: a day as all pages do, hours and months as they are.
func (v *visit) spanOf(b string) string {
	if _, err := time.Parse(time.DateOnly, b); err == nil {
		return v.format.Day(b)
	}
	return strings.Replace(b, "T", " ", 1)
}

// behind is the address of the orders that a number is made of; "" where there are none to show.
func (p *reportPage) behind(metric string, row api.ReportRow) string {
	if p.Question.Whole {
		return ""
	}
	q := url.Values{}
	for _, s := range p.Set {
		if !slices.Contains(reportSettings, s.Name) {
			q.Set(s.Name, s.Value)
		}
	}
	from, to := span(p.Bucket, row.Bucket, p.Report.From, p.Report.To)
	q.Set("from", from)
	q.Set("to", to)
	for name, value := range row.Group {
		if value == "" || strings.Contains(value, ",") {
			return "" // no filter says it
		}
		q.Set(name, value)
	}
	if row.Currency != "" && slices.ContainsFunc(p.Definition.Dimensions, func(d api.ReportDimension) bool { return d.Name == "currency" }) {
		q.Set("currency", row.Currency)
	}
	q.Set("metric", metric)
	return Root + "/reports/" + p.Definition.Name + "/orders?" + q.Encode()
}

// span is the days of a bucket within those of the report. An hour is shown as its day.
func span(size, bucket, from, to string) (first, last string) {
	switch {
	case bucket == "":
		return from, to
	case len(bucket) == len("2026-11"):
		t, err := time.Parse("2006-01", bucket)
		if err != nil {
			return from, to
		}
		first, last = t.Format(time.DateOnly), t.AddDate(0, 1, -1).Format(time.DateOnly)
	default:
		first, _, _ = strings.Cut(bucket, "T")
		last = first
		if t, err := time.Parse(time.DateOnly, first); err == nil && size == "week" {
			last = t.AddDate(0, 0, 6).Format(time.DateOnly)
		}
	}
	return max(first, from), min(last, to)
}

// bar is one number of the chart, in thousandths of its width and height.
type bar struct {
	X, Y, W, H, PX, PY, PH float64
	Text                   string
}

// chart draws one number of the rows; the table below says the same.
type chart struct {
	Class       string // "levels": before is a part of now
	Title       string
	Most        string
	First, Last string
	Bars        []bar
	Before      bool
	Side        []side
}

// side is a bar that lies, with its name.
type side struct {
	Text, Value string
	W, PW       float64
}

// maxBars is how many bars a chart of groups has: the largest.
const maxBars = 15

// draw makes the chart: over time where there are buckets, otherwise the largest rows by name.
func (p *reportPage) draw(v *visit) *chart {
	i := slices.IndexFunc(p.Definition.Metrics, func(m api.ReportMetric) bool { return m.Name == p.Metric })
	m := p.Definition.Metrics[i]
	rows, currency := p.Report.Rows, ""
	if p.Bucket != "" {
		rows, currency = overTime(p.over, m)
	}
	top, most := 0.0, ""
	for _, r := range rows {
		for n, values := range []map[string]float64{r.Values, r.Previous} {
			if x := values[m.Name]; x > top && (n == 0 || p.Compare != "") {
				top, most = x, v.value(m, values, r.Currency)
			}
		}
	}
	if top == 0 {
		return nil
	}
	c := &chart{Title: v.word(m.Name), Most: most, Before: p.Compare != ""}
	if p.Bucket != "" {
		if currency != "" {
			c.Title += " · " + currency
		}
		rows = withGaps(rows, p.Bucket, p.Report.From, p.Report.To)
		w := 1000 / float64(len(rows))
		for i, r := range rows {
			h, before := max(0, r.Values[m.Name])/top*1000, max(0, r.Previous[m.Name])/top*1000
			b := bar{X: (float64(i) + .1) * w, W: .8 * w, Y: 1000 - h, H: h, PY: 1000 - before, PH: before, Text: v.spanOf(r.Bucket) + ": " + v.value(m, r.Values, r.Currency)}
			if c.Before { // side by side
				b.PX, b.W = b.X, .38*w
				b.X += .42 * w
			}
			c.Bars = append(c.Bars, b)
		}
		c.First, c.Last = v.spanOf(rows[0].Bucket), v.spanOf(rows[len(rows)-1].Bucket)
		return c
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rows[b].Values[m.Name], rows[a].Values[m.Name]) })
	for _, i := range order[:min(maxBars, len(order))] {
		r := rows[i]
		c.Side = append(c.Side, side{
			Text: strings.Join(p.Lines[i].Head, " · "), Value: v.value(m, r.Values, r.Currency),
			W: max(0, r.Values[m.Name]) / top * 1000, PW: max(0, r.Previous[m.Name]) / top * 1000,
		})
	}
	return c
}

// overTime makes one row per bucket of rows that are apart by currency: counts are added up; of all else only the
// currency that has most is kept, and named where there are several.
func overTime(rows []api.ReportRow, m api.ReportMetric) (out []api.ReportRow, currency string) {
	sums := map[string]float64{}
	for _, r := range rows {
		sums[r.Currency] += r.Values[m.Name] + r.Previous[m.Name]
	}
	for name, n := range sums {
		if most := sums[currency]; n > most || n == most && name > currency {
			currency = name
		}
	}
	switch {
	case len(sums) < 2:
		return rows, ""
	case m.Unit != "count":
		return slices.DeleteFunc(slices.Clone(rows), func(r api.ReportRow) bool { return r.Currency != currency }), currency
	}
	for _, r := range rows {
		n := len(out) - 1
		if n < 0 || out[n].Bucket != r.Bucket {
			out, n = append(out, api.ReportRow{Bucket: r.Bucket, Values: map[string]float64{}, Previous: map[string]float64{}}), n+1
		}
		out[n].Values[m.Name] += r.Values[m.Name]
		out[n].Previous[m.Name] += r.Previous[m.Name]
	}
	return out, ""
}

// withGaps puts an empty row where a span of time has none, so that the chart is true to time. Hours stay as they are.
func withGaps(rows []api.ReportRow, size, from, to string) []api.ReportRow {
	at, err := time.Parse(time.DateOnly, from)
	end, err2 := time.Parse(time.DateOnly, to)
	if err != nil || err2 != nil || size == "hour" || len(rows) == 0 {
		return rows
	}
	days, months, form := 1, 0, time.DateOnly
	switch size {
	case "week":
		days = 7
		at = at.AddDate(0, 0, -(int(at.Weekday())+6)%7) // its Monday
	case "month":
		days, months, form = 0, 1, "2006-01"
		at = at.AddDate(0, 0, 1-at.Day())
	}
	have := map[string]api.ReportRow{}
	for _, r := range rows {
		have[r.Bucket] = r
	}
	var out []api.ReportRow
	for ; !at.After(end); at = at.AddDate(0, months, days) {
		r := have[at.Format(form)]
		r.Bucket = at.Format(form)
		out = append(out, r)
	}
	return out
}

type drillPage struct {
	Question string
	Report   string // address of the report
	Metric   string
	From, To string
	Set      []held
	Orders   []api.ReportOrder
	Open     bool // orders may be opened
	Cases    bool // cases may be
	Next     string
}

func drillReport(v *visit) error {
	given := v.r.URL.Query()
	ask, back := query("limit", "100"), url.Values{}
	p := drillPage{Metric: given.Get("metric"), From: given.Get("from"), To: given.Get("to"), Open: v.may("orders:read"), Cases: v.may("cases:read")}
	for n := range given {
		if given.Get(n) == "" || n == "limit" {
			continue
		}
		ask.Set(n, given.Get(n))
		if n != "metric" && n != "cursor" {
			back.Set(n, given.Get(n))
		}
		if !slices.Contains([]string{"from", "to", "metric", "cursor"}, n) {
			p.Set = append(p.Set, held{n, given.Get(n)})
		}
	}
	slices.SortFunc(p.Set, func(a, b held) int { return strings.Compare(a.Name, b.Name) })
	name := v.r.PathValue("report")
	var list api.List[api.ReportOrder]
	if err := v.get("drillReport", slots("report", name), ask, &list); err != nil {
		return err
	}
	p.Question, p.Report = v.t(questionOf(name).Text), Root+"/reports/"+url.PathEscape(name)+"?"+back.Encode()
	p.Orders, p.Next = list.Data, v.nextPage(ask, list.NextCursor)
	return v.page(http.StatusOK, "drill", "Behind the number", "", p)
}

// reportFile hands on a file that an operation answers.
func reportFile(op string) func(*visit) error {
	return func(v *visit) error {
		acted, err := v.act(api.Act{Op: op, Slots: slots("report", v.r.PathValue("report")), Query: v.r.URL.Query()}, nil)
		if err != nil {
			return err
		}
		for _, name := range []string{"Content-Type", "Content-Disposition"} {
			v.w.Header().Set(name, acted.Header.Get(name))
		}
		v.w.Header().Set("Content-Length", strconv.Itoa(len(acted.Body)))
		_, err = v.w.Write(acted.Body)
		return err
	}
}
