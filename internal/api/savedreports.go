package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/report"
	"ordo/internal/savedreport"
	"ordo/internal/work"
)

// SavedReport is a report under a name, with its schedule and what became of it. In a dry run id is null.
type SavedReport struct {
	ID        *string          `json:"id" doc:"null in a dry run" example:"srp_01kas8rz0hefgtq4ty8f7zm6dg"`
	Version   int64            `json:"version"`
	Name      string           `json:"name"`
	Owner     string           `json:"owner" doc:"id of the user or the key whose rights it is made with: who saved it first, or changed last what is asked, when and to whom it is sent"`
	Shared    bool             `json:"shared" doc:"everybody who may read reports sees it"`
	Query     SavedQuery       `json:"query"`
	From      string           `json:"from" format:"date" doc:"first day that it is of now"`
	To        string           `json:"to" format:"date" doc:"last day: with a period the last one that is over in the time zones of the channels and of the schedule"`
	Schedule  *ReportSchedule  `json:"schedule,omitzero"`
	NextDue   string           `json:"next_due,omitzero" format:"date-time" doc:"when it is mailed next"`
	Paused    string           `json:"paused,omitzero" enum:"owner_may_not_read,owner_may_not_mail,no_mail_sender" doc:"why it is not mailed until it is saved again: the owner is gone or may not read it any more; may have no reports mailed any more; there was no address that mails come from"`
	Last      *ReportDelivered `json:"last,omitzero" doc:"what became of the last due time, or of the last request to send it"`
	Deleted   bool             `json:"deleted,omitzero"`
	CreatedAt string           `json:"created_at" format:"date-time"`
}

// SavedQuery is what is asked of a report: the parameters of GET /v1/reports/{report}.
type SavedQuery struct {
	Report  string              `json:"report" maxLength:"64" example:"sales" doc:"name of the report"`
	Period  string              `json:"period,omitzero" enum:"yesterday,last_7_days,last_30_days,last_week,last_month,month_to_date" doc:"days that are over: last_week is Monday to Sunday, last_month one of the calendar, month_to_date begins with the month of the last day that is over"`
	From    string              `json:"from,omitzero" maxLength:"10" doc:"first day, instead of a period"`
	To      string              `json:"to,omitzero" maxLength:"10" doc:"last day"`
	Bucket  string              `json:"bucket,omitzero" enum:"hour,day,week,month"`
	Compare string              `json:"compare,omitzero" enum:"previous,year"`
	GroupBy []string            `json:"group_by,omitzero" maxItems:"10"`
	Metric  string              `json:"metric,omitzero" maxLength:"64" doc:"number of the chart; the first of the report when left out"`
	Filters map[string][]string `json:"filters,omitzero" doc:"values by dimension"`
}

// ReportSchedule says when a report is mailed, and to whom.
type ReportSchedule struct {
	Every      string   `json:"every" enum:"daily,weekly,monthly"`
	Weekday    string   `json:"weekday,omitzero" enum:"sunday,monday,tuesday,wednesday,thursday,friday,saturday" doc:"weekly"`
	Day        int64    `json:"day,omitzero" minimum:"0" maximum:"31" doc:"monthly: day of the month; in a shorter month its last day"`
	At         string   `json:"at" maxLength:"5" example:"07:00" doc:"as clocks show it; where they skip it, as much later, and where they show it twice, the first time"`
	TimeZone   string   `json:"time_zone" maxLength:"64" example:"Europe/Berlin"`
	Language   string   `json:"language,omitzero" enum:"en,de" doc:"of the mail and of a PDF; that of its owner's pages when left out"`
	Form       string   `json:"form" enum:"pdf,csv,xlsx" doc:"of the file that the mail carries"`
	Channel    string   `json:"channel,omitzero" maxLength:"64" doc:"code of the sales channel whose address it comes from; the setting mail_from when left out"`
	Recipients []string `json:"recipients" minItems:"1" maxItems:"20" doc:"mail addresses; each gets a mail of its own"`
}

// ReportDelivered is what became of a due time of a report.
type ReportDelivered struct {
	Due     string   `json:"due,omitzero" format:"date-time" doc:"none where a person asked for it"`
	At      string   `json:"at" format:"date-time"`
	From    string   `json:"from,omitzero" format:"date"`
	To      string   `json:"to,omitzero" format:"date"`
	Mails   []string `json:"mails" doc:"ids of the mails; GET /v1/mails/{id} says what became of each"`
	Problem string   `json:"problem,omitzero" enum:"report_too_large,invalid_parameter,no_mail_sender,unknown_report,validation_failed" doc:"why there are none"`
}

// SaveReport is the body of POST and PUT of saved reports.
type SaveReport struct {
	Name     string          `json:"name" minLength:"1" maxLength:"100"`
	Shared   bool            `json:"shared,omitzero" doc:"needs reports:write"`
	Query    SavedQuery      `json:"query"`
	Schedule *ReportSchedule `json:"schedule,omitzero" doc:"needs reports:write, and an address that mails come from; it is not mailed when left out"`
}

func (in *SaveReport) report(id string) savedreport.Report {
	r := savedreport.Report{Meta: doc.Meta{ID: id}, Name: in.Name, Shared: in.Shared, Ask: savedreport.Ask(in.Query)}
	if in.Schedule != nil {
		s := savedreport.Schedule(*in.Schedule)
		r.Schedule = &s
	}
	return r
}

// savedReports reads what the view of saved reports needs beside them: the view is called where nothing may be read.
func (c *call) savedReports() (func(*savedreport.Report) SavedReport, error) {
	all, err := c.s.app.Channels(c.r.Context(), "", 1_000)
	return func(r *savedreport.Report) SavedReport { return c.savedReportJSON(r, all) }, away(err)
}

func (c *call) savedReportJSON(r *savedreport.Report, all []*catalog.Channel) SavedReport {
	out := SavedReport{
		ID: orNull(r.ID), Version: r.Version, Name: r.Name, Owner: r.Owner, Shared: r.Shared, Query: SavedQuery(r.Ask), NextDue: r.NextDue.String(),
		Paused: r.Paused, Deleted: r.Deleted, CreatedAt: r.CreatedAt.String(),
	}
	out.From, out.To = c.s.app.SavedDays(r, all, c.key.Channels, 0)
	if r.Schedule != nil {
		s := ReportSchedule(*r.Schedule)
		out.Schedule = &s
	}
	if l := r.Last; l != nil {
		out.Last = &ReportDelivered{Due: l.Due.String(), At: l.At.String(), From: l.From, To: l.To, Mails: orEmpty(l.Mails), Problem: l.Problem}
	}
	return out
}

// writesReports reports whether the caller may have reports mailed, and change what others share.
func (c *call) writesReports() bool { return c.key.Allows("reports:write") }

func (c *call) savedReportID() (string, error) {
	id := c.r.PathValue("id")
	if !ids.Valid("srp", id) {
		return "", errs.Unknown(app.SavedReports.What, id)
	}
	return id, nil
}

func listSavedReports(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}
	view, err := c.savedReports()
	if err != nil {
		return err
	}
	rows, err := c.s.app.ListSavedReports(c.r.Context(), c.key.ID, c.query.Get("cursor"), limit+1)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, view, func(r *savedreport.Report) string { return r.ID }))
}

func getSavedReport(c *call) error {
	id, err := c.savedReportID()
	if err != nil {
		return err
	}
	r, err := c.s.app.SavedReport(c.r.Context(), id, c.key.ID)
	if err != nil {
		return away(err)
	}
	view, err := c.savedReports()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, view(r))
}

// changeSaved runs a command on a saved report.
func (c *call) changeSaved(cmd app.SaveReport, code int) error {
	view, err := c.savedReports()
	if err != nil {
		return err
	}
	cmd.By, cmd.Writes = c.key.ID, c.writesReports()
	err = c.run(
		func(m work.Meta) work.Outcome { return c.s.app.SaveReport(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TrySaveReport(c.r.Context(), cmd, m) },
		rendered(code, view))
	return c.notYours(err)
}

// notYours counts refusals of what is somebody else's with those for want of a scope.
func (c *call) notYours(err error) error {
	if errs.Is(err, "not_yours") {
		return c.s.refused(c, errs.As(err))
	}
	return err
}

// reportToSave reads a report that the caller could be sent.
func (c *call) reportToSave() (in SaveReport, err error) {
	if err := c.decode(&in); err != nil {
		return in, err
	}
	if in.Schedule != nil && !c.writesReports() {
		return in, c.s.refused(c, errs.New(errs.Forbidden, "missing_scope", "having a report mailed needs the scope reports:write; leave schedule out").With("scope", "reports:write"))
	}
	if in.Shared && !c.writesReports() {
		return in, c.s.refused(c, errs.New(errs.Forbidden, "missing_scope", "sharing a report needs the scope reports:write; leave shared out, or false").With("scope", "reports:write"))
	}
	if d := report.Find(in.Query.Report); d != nil && d.AllChannels() {
		return in, c.allChannels()
	}
	return in, nil
}

func createSavedReport(c *call) error {
	in, err := c.reportToSave()
	if err != nil {
		return err
	}
	return c.changeSaved(app.SaveReport{Report: in.report("")}, http.StatusCreated)
}

func putSavedReport(c *call) error {
	id, err := c.savedReportID()
	if err != nil {
		return err
	}
	in, err := c.reportToSave()
	if err != nil {
		return err
	}
	return c.changeSaved(app.SaveReport{Report: in.report(id)}, http.StatusOK)
}

func deleteSavedReport(c *call) error {
	id, err := c.savedReportID()
	if err != nil {
		return err
	}
	return c.changeSaved(app.SaveReport{Report: savedreport.Report{Meta: doc.Meta{ID: id}}, Delete: true}, http.StatusOK)
}

func sendSavedReport(c *call) error {
	id, err := c.savedReportID()
	if err != nil {
		return err
	}
	if err := c.decode(&struct{}{}); err != nil {
		return err
	}
	view, err := c.savedReports()
	if err != nil {
		return err
	}
	return c.run(
		func(m work.Meta) work.Outcome {
			return c.s.app.SendReport(c.r.Context(), id, c.key.ID, m)
		},
		func(m work.Meta) (any, error) {
			return c.s.app.TrySendReport(c.r.Context(), id, c.key.ID, m)
		},
		rendered(http.StatusOK, view))
}
