package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ordo/internal/api"
	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/savedreport"
	"ordo/internal/words"
)

// savedPath is where reports under a name are.
const savedPath = Root + "/saved-reports"

func savedReportRoutes() []Route {
	return []Route{{Method: http.MethodGet, Path: savedPath + "/{id}", Scope: "reports:read", handle: showSavedReport}}
}

func savedReportActions() []action {
	const one = "/saved-reports/{id}"
	return []action{
		{path: "/saved-reports/new", op: "createSavedReport", title: "Save report", verb: "Save", begin: newSavedReportForm},
		{path: one + "/edit", op: "putSavedReport", title: "Change saved report", verb: "Save", begin: savedReportForm},
		{path: one + "/send", op: "sendSavedReport", title: "Send report now", verb: "Send", begin: sendReportForm},
		{path: one + "/delete", op: "deleteSavedReport", title: "Delete saved report", verb: "Delete", danger: true, begin: deleteReportForm},
	}
}

// savedReport is a saved report in the list, in words.
type savedReport struct {
	api.SavedReport
	Path, Open     string // its page, and the report itself
	Question, Days string
	Sent           string // when, and in which form
	Owner          string // name of whose it is
	Mine           bool
	Mails          []link
}

// link is a text that leads somewhere; without a path it does not.
type link struct{ Text, Path string }

// savedReports are those that the person sees.
func (v *visit) savedReports() ([]savedReport, error) {
	var list api.List[api.SavedReport]
	if err := v.get("listSavedReports", nil, query("limit", "1000"), &list); err != nil {
		return nil, err
	}
	ids := make([]string, len(list.Data))
	for i, r := range list.Data {
		ids[i] = r.Owner
	}
	names, err := v.s.app.Names(v.ctx(), ids)
	if err != nil {
		return nil, err
	}
	out := make([]savedReport, len(list.Data))
	for i, r := range list.Data {
		out[i] = v.savedReport(r, names)
	}
	slices.SortStableFunc(out, func(a, b savedReport) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return out, nil
}

func (v *visit) savedReport(r api.SavedReport, names map[string]string) savedReport {
	s := savedReport{SavedReport: r, Question: v.t(questionOf(r.Query.Report).Text), Owner: names[r.Owner], Mine: r.Owner == v.person.User.ID}
	if r.ID != nil {
		s.Path = savedPath + "/" + *r.ID
	}
	if s.Owner == "" {
		s.Owner = r.Owner
	}
	if s.Days = v.word(r.Query.Period); r.Query.Period == "" {
		s.Days = r.From + " – " + r.To
	}
	q := url.Values{"from": {r.From}, "to": {r.To}}
	for name, values := range r.Query.Filters {
		q.Set(name, strings.Join(values, ","))
	}
	for name, value := range map[string]string{"bucket": r.Query.Bucket, "compare": r.Query.Compare, "group_by": strings.Join(r.Query.GroupBy, ","), "metric": r.Query.Metric} {
		if value != "" {
			q.Set(name, value)
		}
	}
	s.Open = Root + "/reports/" + url.PathEscape(r.Query.Report) + "?" + q.Encode()
	if t := r.Schedule; t != nil {
		when := v.word(t.Every)
		switch t.Every {
		case "weekly":
			when += ", " + v.word(t.Weekday)
		case "monthly":
			when = v.t("Monthly, on day %d", t.Day)
		}
		s.Sent = v.t("%s at %s (%s), as %s", when, t.At, t.TimeZone, strings.ToUpper(t.Form))
	}
	return s
}

type savedPage struct {
	savedReport
	Actions []pageAction
}

func showSavedReport(v *visit) error {
	var r api.SavedReport
	if err := v.get("getSavedReport", slots("id", v.r.PathValue("id")), nil, &r); err != nil {
		return err
	}
	names, err := v.s.app.Names(v.ctx(), []string{r.Owner})
	if err != nil {
		return err
	}
	p := savedPage{savedReport: v.savedReport(r, names)}
	if r.Last != nil {
		for _, id := range r.Last.Mails {
			l := link{Text: id}
			if v.may("mails:read") {
				var m api.Mail
				if err := v.get("getMail", slots("id", id), nil, &m); err != nil && errs.ClassOf(err) != errs.NotFound {
					return err
				}
				if m.To != nil {
					l.Text = m.To.Email + ": " + v.word(m.Status)
				}
			}
			p.Mails = append(p.Mails, l)
		}
	}
	no := ""
	if !p.Mine && !v.may("reports:write") {
		no = v.t("It is somebody else's. Open the report and save one of your own.")
	}
	send := ""
	switch {
	case !v.may("reports:write"):
		send = v.t("Your roles do not allow this: it needs %s.", "reports:write")
	case r.Schedule == nil:
		send = v.t("It has no recipients. Change it and say when it is mailed.")
	}
	p.Actions = []pageAction{
		{Text: "Open the report", Path: p.Open, Page: true, Primary: true},
		{Text: "Send now", Path: p.Path + "/send", No: send},
		{Text: "Change", Path: p.Path + "/edit", No: no},
		{Text: "Delete", Path: p.Path + "/delete", No: no, Danger: true},
	}
	return v.page(http.StatusOK, "savedreport", "Saved report", *r.ID, p)
}

// savedFields are those of the form of a saved report.
func savedFields(v *visit, r *api.SaveReport) ([]field, error) {
	channels, own, err := v.s.app.ReportSenders(v.ctx())
	if err != nil {
		return nil, err
	}
	q, t := &r.Query, r.Schedule
	if t == nil {
		t = &api.ReportSchedule{At: "07:00", TimeZone: v.location().String(), Language: v.lang, Form: "pdf", Recipients: []string{v.person.User.Email}}
	}
	day := ""
	if t.Day > 0 {
		day = v.number(t.Day)
	}
	shared := []option{{Value: "false", Text: v.t("Only I"), On: !r.Shared}, {Value: "true", Text: v.t("Everybody who may read reports"), On: r.Shared}}
	fields := []field{
		{Name: "name", Label: "Name", Kind: "text", Value: r.Name, Required: true},
		{Name: "shared", Label: "Who sees it", Kind: "select", Options: shared},
		{Name: "query.period", Label: "Days", Kind: "select", Options: v.orNone(savedreport.Periods, q.Period, "the days below"), Help: "Days that are over, counted anew whenever the report is opened or mailed."},
		{Name: "query.from", Label: "First day", Kind: "text", Value: q.From, Help: "Such as 2026-11-01, where no days are chosen above."},
		{Name: "query.to", Label: "Last day", Kind: "text", Value: q.To},
		{Name: "schedule.every", Label: "Mailed", Kind: "select", Options: v.orNone(savedreport.Everys, t.Every, "not at all"), Help: "The fields below count only where it is mailed."},
		{Name: "schedule.weekday", Label: "On", Kind: "select", Options: v.orNone(slices.Concat(savedreport.Weekdays[1:], savedreport.Weekdays[:1]), t.Weekday, ""), Help: "Weekly: the day of the week."},
		{Name: "schedule.day", Label: "On day", Kind: "number", Value: day, Help: "Monthly: 1 to 31; in a shorter month its last day."},
		{Name: "schedule.at", Label: "At", Kind: "text", Value: t.At, Help: "Such as 07:00."},
		{Name: "schedule.time_zone", Label: "Time zone", Kind: "text", Value: t.TimeZone},
		{Name: "schedule.language", Label: "Language", Kind: "select", Options: v.orNone(words.Languages, t.Language, "the owner's"), Help: "Of the mail and of a PDF."},
		{Name: "schedule.form", Label: "Attached as", Kind: "select", Options: v.optionsOf(savedreport.Forms, t.Form)},
		{Name: "schedule.recipients", Label: "Recipients", Kind: "list", Value: strings.Join(t.Recipients, ", "), Help: "Mail addresses, separated by commas. Each gets a mail of its own."},
		senderField(v, t.Channel, channels, own),
		{Name: "query.report", Kind: "hidden", Value: q.Report},
		{Name: "query.bucket", Kind: "hidden", Value: q.Bucket},
		{Name: "query.compare", Kind: "hidden", Value: q.Compare},
		{Name: "query.group_by", Kind: "hidden", Value: strings.Join(q.GroupBy, ",")},
		{Name: "query.metric", Kind: "hidden", Value: q.Metric},
		{Name: "_filters", Kind: "hidden", Value: filterText(q.Filters)},
	}
	why := ""
	switch {
	case !v.may("reports:write"):
		why = v.t("Your roles do not allow this: it needs %s.", "reports:write")
		shared[0].On, shared[1].On = true, false
		fields[1].Off, fields[1].Help = true, why
	case !own && len(channels) == 0:
		why = v.t("There is no address that mails come from: give one to a sales channel (Settings → Sales channels → Mails), or to this server (mail_from).")
	}
	if why == "" {
		return fields, nil
	}
	// What cannot be chosen is not sent, and nothing is what it then is.
	for i := range fields {
		if f := &fields[i]; f.Name == "schedule.every" {
			f.Off, f.Help, f.Options = true, why, v.orNone(savedreport.Everys, "", "not at all")
		}
	}
	return slices.DeleteFunc(fields, func(f field) bool { return strings.HasPrefix(f.Name, "schedule.") && !f.Off }), nil
}

// senderField chooses whose address mails come from.
func senderField(v *visit, chosen string, channels []*catalog.Channel, own bool) field {
	f := field{Name: "schedule.channel", Label: "Sent by", Kind: "select", Help: "A sales channel whose address it comes from."}
	if own {
		f.Options = append(f.Options, option{Text: v.t("the address of this server"), On: chosen == ""})
	}
	known := chosen == ""
	for _, c := range channels {
		if c.ID == chosen || v.person.Access.Sees(c.ID) {
			f.Options = append(f.Options, option{Value: c.ID, Text: c.Name, On: c.ID == chosen})
			known = known || c.ID == chosen
		}
	}
	if !known { // it has no address any more
		f.Options = append(f.Options, option{Value: chosen, Text: chosen, On: true})
	}
	return f
}

// orNone are options with an empty one, which says something.
func (v *visit) orNone(codes []string, chosen, none string) []option {
	out := []option{{On: chosen == ""}}
	if none != "" {
		out[0].Text = v.t(none)
	}
	for _, c := range codes {
		out = append(out, option{Value: c, Text: v.word(c), On: c == chosen})
	}
	return out
}

func filterText(filters map[string][]string) string {
	q := url.Values{}
	for name, values := range filters {
		q.Set(name, strings.Join(values, ","))
	}
	return q.Encode()
}

// fillSaved puts into the body what its fields do not say by their names.
func fillSaved(form url.Values, body any, _ *errs.List) {
	in := body.(*api.SaveReport)
	if in.Query.Period != "" {
		in.Query.From, in.Query.To = "", ""
	}
	in.Query.GroupBy = nil
	if s := form.Get("query.group_by"); s != "" {
		in.Query.GroupBy = strings.Split(s, ",")
	}
	if q, err := url.ParseQuery(form.Get("_filters")); err == nil {
		for name := range q {
			if in.Query.Filters == nil {
				in.Query.Filters = map[string][]string{}
			}
			in.Query.Filters[name] = strings.Split(q.Get(name), ",")
		}
	}
	if in.Schedule != nil && in.Schedule.Every == "" {
		in.Schedule = nil
	}
}

func newSavedReportForm(v *visit) (*subject, error) {
	fields, err := savedFields(v, &api.SaveReport{})
	s := &subject{name: v.t("Reports"), back: Root + "/reports", fields: fields, fill: fillSaved}
	s.done = func([]byte) string { return v.t("Saved. It stands in the list of reports.") }
	return s, err
}

func savedSubject(v *visit) (*subject, *api.SavedReport, error) {
	var r api.SavedReport
	id := v.r.PathValue("id")
	if err := v.get("getSavedReport", slots("id", id), nil, &r); err != nil {
		return nil, nil, err
	}
	return &subject{name: r.Name, slots: slots("id", id), version: r.Version, back: savedPath + "/" + id}, &r, nil
}

func savedReportForm(v *visit) (*subject, error) {
	s, r, err := savedSubject(v)
	if err != nil {
		return nil, err
	}
	s.fields, err = savedFields(v, &api.SaveReport{Name: r.Name, Shared: r.Shared, Query: r.Query, Schedule: r.Schedule})
	s.fill, s.done = fillSaved, func([]byte) string { return v.t("Saved.") }
	return s, err
}

func sendReportForm(v *visit) (*subject, error) {
	s, r, err := savedSubject(v)
	if err != nil {
		return nil, err
	}
	if r.Schedule == nil {
		s.no = v.t("It has no recipients. Change it and say when it is mailed.")
		return s, nil
	}
	s.about = v.t("It is mailed to %s, for %s to %s. When it is due next stays.", strings.Join(r.Schedule.Recipients, ", "), r.From, r.To)
	s.done = func([]byte) string { return v.t("It is on its way.") }
	return s, nil
}

func deleteReportForm(v *visit) (*subject, error) {
	s, _, err := savedSubject(v)
	if err != nil {
		return nil, err
	}
	s.back = Root + "/reports"
	s.about = v.t("It leaves the list and is not mailed any more. Mails that were sent stay.")
	return s, nil
}

// saveLink is the form that saves the report as it is on the page.
func (p *reportPage) saveLink() string {
	q := url.Values{"query.report": {p.Definition.Name}, "query.from": {p.Report.From}, "query.to": {p.Report.To}, "query.metric": {p.Metric}}
	for name, value := range map[string]string{"query.bucket": p.Bucket, "query.compare": p.Compare, "query.group_by": p.Group} {
		if value != "" {
			q.Set(name, value)
		}
	}
	filters := url.Values{}
	for _, f := range p.Filters {
		if f.Value != "" {
			filters.Set(f.Name, f.Value)
		}
	}
	if len(filters) > 0 {
		q.Set("_filters", filters.Encode())
	}
	return savedPath + "/new?" + q.Encode()
}
