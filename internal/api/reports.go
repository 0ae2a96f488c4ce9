package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/report"
	"ordo/internal/store"
)

// ReportList is all reports.
type ReportList struct {
	Data       []ReportDefinition `json:"data"`
	Through    int64              `json:"through" doc:"the facts are made up to this position of the journal"`
	Rebuilding bool               `json:"rebuilding" doc:"the facts are being made anew; reports answer again when through has reached rebuild_to"`
	RebuildTo  int64              `json:"rebuild_to,omitzero" doc:"where the journal was when the last rebuild began"`
}

// ReportDefinition is what a report is.
type ReportDefinition struct {
	Name        string            `json:"name" example:"sales"`
	Version     int64             `json:"version" doc:"rises whenever a number would come out differently"`
	Title       string            `json:"title"`
	Question    string            `json:"question" doc:"what it answers, in the words of who asks" example:"What did we sell?"`
	About       string            `json:"about"`
	Basis       string            `json:"basis" doc:"the day that a row counts at" example:"placed (time zone of the channel)"`
	PerCurrency bool              `json:"per_currency" doc:"rows of different currencies are never added up"`
	Metrics     []ReportMetric    `json:"metrics"`
	Dimensions  []ReportDimension `json:"dimensions"`
}

// ReportMetric is a number of a report.
type ReportMetric struct {
	Name  string `json:"name" example:"gross"`
	Unit  string `json:"unit" enum:"count,money,ratio,seconds,days" doc:"money is minor units of the row's currency, a ratio is a share of one"`
	About string `json:"about"`
}

// ReportDimension is what rows are filtered by, and grouped.
type ReportDimension struct {
	Name   string `json:"name" example:"channel"`
	About  string `json:"about"`
	Groups bool   `json:"groups" doc:"rows may be grouped by it; otherwise it only filters"`
}

// Report is the numbers of a report.
type Report struct {
	Definition   ReportDefinition `json:"definition"`
	From         string           `json:"from" format:"date" example:"2026-11-01"`
	To           string           `json:"to" format:"date" example:"2026-11-30"`
	Bucket       string           `json:"bucket,omitzero" enum:"hour,day,week,month"`
	ComparedFrom string           `json:"compared_from,omitzero" format:"date" doc:"first day of what previous is of"`
	ComparedTo   string           `json:"compared_to,omitzero" format:"date"`
	GroupBy      []string         `json:"group_by,omitzero"`
	Through      int64            `json:"through" doc:"the facts are made up to this position of the journal"`
	Rows         []ReportRow      `json:"rows"`
}

// ReportRow is the numbers of a bucket and group.
type ReportRow struct {
	Bucket   string             `json:"bucket,omitzero" doc:"2026-11-22T13, 2026-11-22 (of a week its Monday) or 2026-11" example:"2026-11-22"`
	Group    map[string]string  `json:"group,omitzero" doc:"value of each dimension of group_by"`
	Currency string             `json:"currency,omitzero" doc:"of all amounts" example:"GBP"`
	Values   map[string]float64 `json:"values" doc:"by the name of the number; what cannot be computed, such as a share of nothing, is left out"`
	Previous map[string]float64 `json:"previous,omitzero" doc:"the same of the time that is compared with"`
}

// ReportOrder is an order behind a number, or a case where the report counts cases.
type ReportOrder struct {
	Order  string `json:"order,omitzero" doc:"id of the order"`
	Case   string `json:"case,omitzero" doc:"id of the case, of a report that counts cases"`
	Number string `json:"number"`
	Status string `json:"status"`
}

// RebuildRequested says that the facts will be made anew.
type RebuildRequested struct {
	Job string `json:"job" doc:"id of the job that begins it"`
}

func definitionJSON(d *report.Definition) ReportDefinition {
	out := ReportDefinition{Name: d.Name, Version: int64(d.Version), Title: d.Title, Question: d.Question(), About: d.Doc, Basis: d.Basis, PerCurrency: d.PerCurrency()}
	for _, m := range d.Metrics {
		out.Metrics = append(out.Metrics, ReportMetric{m.Name, string(m.Unit), m.Doc})
	}
	for _, x := range d.Dimensions {
		out.Dimensions = append(out.Dimensions, ReportDimension{x.Name, x.Doc, x.Groups()})
	}
	return out
}

func listReports(c *call) error {
	s, err := c.s.app.FactState(c.r.Context(), c.s.app.DB)
	if err != nil {
		return away(err)
	}
	out := ReportList{Through: s.Through, Rebuilding: s.Rebuilding(), RebuildTo: s.RebuildTo}
	for _, d := range report.All() {
		out.Data = append(out.Data, definitionJSON(d))
	}
	return c.reply(http.StatusOK, out)
}

// reportQuery reads what is asked.
func (c *call) reportQuery() (*report.Definition, report.Query, error) {
	d := report.Find(c.r.PathValue("report"))
	if d == nil {
		return nil, report.Query{}, errs.New(errs.NotFound, "not_found", "there is no report %q; there are %s", errs.Clip(c.r.PathValue("report")), strings.Join(report.Names(), ", "))
	}
	now := time.Now()
	q := report.Query{From: c.query.Get("from"), To: c.query.Get("to"), Bucket: c.query.Get("bucket"), Compare: c.query.Get("compare"), Filters: map[string][]string{}, Now: now}
	if q.To == "" {
		q.To = now.UTC().Format(time.DateOnly)
	}
	if q.From == "" {
		to, err := time.Parse(time.DateOnly, q.To)
		if err != nil {
			return nil, q, errs.New(errs.Malformed, "invalid_parameter", "to is a day such as 2026-11-22")
		}
		q.From = to.AddDate(0, 0, -29).Format(time.DateOnly)
	}
	if s := c.query.Get("group_by"); s != "" {
		q.GroupBy = strings.Split(s, ",")
	}
	for _, name := range report.Filters() {
		if s := c.query.Get(name); s != "" {
			q.Filters[name] = strings.Split(s, ",")
		}
	}
	if len(c.key.Channels) > 0 {
		if d.AllChannels() {
			return nil, q, c.allChannels()
		}
		q.Channels = slices.Clone(c.key.Channels)
	}
	return d, q, nil
}

// onFacts runs f on one snapshot of the facts, unless they are being made anew.
func (c *call) onFacts(f func(store.Reader, app.FactState) error) error {
	ctx := c.r.Context()
	if err := c.s.app.AwaitFacts(ctx); err != nil {
		return away(err)
	}
	return away(c.s.app.OnFacts(ctx, 0, f))
}

func (c *call) runReport() (res *report.Result, through int64, err error) {
	d, q, err := c.reportQuery()
	if err != nil {
		return nil, 0, err
	}
	err = c.onFacts(func(r store.Reader, s app.FactState) (err error) {
		through = s.Through
		res, err = d.Run(c.r.Context(), r, q)
		return err
	})
	return res, through, err
}

func getReport(c *call) error {
	res, through, err := c.runReport()
	if err != nil {
		return err
	}
	out := Report{
		Definition: definitionJSON(res.Definition), From: res.From, To: res.To, Bucket: res.Bucket, ComparedFrom: res.PreviousFrom, ComparedTo: res.PrevTo,
		GroupBy: res.GroupBy, Through: through, Rows: []ReportRow{},
	}
	for _, row := range res.Rows {
		x := ReportRow{Bucket: row.Bucket, Currency: row.Currency, Values: numbers(res.Definition, row.Values), Previous: numbers(res.Definition, row.Previous)}
		for i, g := range res.GroupBy {
			if x.Group == nil {
				x.Group = map[string]string{}
			}
			x.Group[g] = row.Group[i]
		}
		out.Rows = append(out.Rows, x)
	}
	return c.reply(http.StatusOK, out)
}

func numbers(d *report.Definition, values []*float64) map[string]float64 {
	if values == nil {
		return nil
	}
	out := map[string]float64{}
	for i, m := range d.Metrics {
		if values[i] != nil {
			out[m.Name] = *values[i]
		}
	}
	return out
}

func drillReport(c *call) error {
	d, q, err := c.reportQuery()
	if err != nil {
		return err
	}
	limit, err := c.limit()
	if err != nil {
		return err
	}
	var found []report.Behind
	err = c.onFacts(func(r store.Reader, _ app.FactState) error {
		found, err = d.Drill(c.r.Context(), r, q, c.query.Get("metric"), c.query.Get("cursor"), limit+1)
		return err
	})
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, pageOf(found, limit, func(b report.Behind) ReportOrder {
		if d.Cases() {
			return ReportOrder{Case: b.ID, Number: b.Number, Status: b.Status}
		}
		return ReportOrder{Order: b.ID, Number: b.Number, Status: b.Status}
	}, func(b report.Behind) string { return b.ID }))
}

func rebuildReports(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	if err := c.decode(&struct{}{}); err != nil {
		return err
	}
	render := rendered(http.StatusOK, func(id string) RebuildRequested { return RebuildRequested{id} })
	m, err := c.meta(render)
	if err != nil {
		return err
	}
	return c.answer(c.s.app.RequestRebuild(c.r.Context(), m), render)
}
