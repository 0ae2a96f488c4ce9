package app

import (
	"context"
	"slices"
	"strconv"
	"time"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/mail"
	"ordo/internal/micros"
	"ordo/internal/report"
	"ordo/internal/savedreport"
	"ordo/internal/work"
)

// SavedReports are reports that people keep.
var SavedReports = work.NewKind[savedreport.Report](work.Spec{Table: "saved_reports", What: "saved_report", Rank: 60, Reference: true}, nil)

// readsReports is the scope that reports need, writesReports that of having them mailed and of sharing them.
const (
	readsReports  = "reports:read"
	writesReports = "reports:write"
)

// savedReportEvent is about a saved report: recipients apart.
func savedReportEvent(kind string, r *savedreport.Report) work.Event {
	public, personal := r.Split()
	e := work.Event{Type: kind, Aggregate: r.ID, Body: map[string]any{SavedReports.What: public}}
	if len(personal.Recipients) > 0 {
		e.Personal = personal
	}
	return e
}

// SaveReport makes, replaces or deletes a saved report. A report that was paused goes on when it is saved.
type SaveReport struct {
	Report savedreport.Report // without an id: a new one
	By     string             // the user or key that asks
	Writes bool               // may change what others share
	Delete bool
	app    *App
}

// Needs implements work.Command.
func (c *SaveReport) Needs(n *work.Needs) {
	n.Catalog()
	if c.Report.ID != "" {
		n.Docs(SavedReports.Spec, c.Report.ID)
	}
}

// Run implements work.Command.
func (c *SaveReport) Run(u *work.Unit) (*savedreport.Report, error) {
	next := c.Report
	if next.ID == "" {
		if err := c.app.checkSavedReport(u, &next); err != nil {
			return nil, err
		}
		next.ID, next.Owner, next.CreatedAt = u.NewID("srp"), c.By, u.Now()
		next.NextDue = nextDue(&next, nil, u.Now())
		SavedReports.Create(u, &next)
		u.Record(savedReportEvent("saved_report.saved", &next))
		return &next, nil
	}
	old, err := savedReportFor(u, next.ID, c.By, c.Writes)
	if err != nil {
		return nil, err
	}
	kind := "saved_report.saved"
	if c.Delete {
		next = *old
		next.Deleted, next.NextDue, kind = true, 0, "saved_report.deleted"
	} else {
		if err := c.app.checkSavedReport(u, &next); err != nil {
			return nil, err
		}
		next.Owner, next.CreatedAt, next.Last = next.SavedBy(c.By, old), old.CreatedAt, old.Last
		next.NextDue = nextDue(&next, old, u.Now())
	}
	if err := SavedReports.Put(u, &next); err != nil {
		return nil, err
	}
	u.Record(savedReportEvent(kind, &next))
	return &next, nil
}

// savedReportFor is a report that somebody may change.
func savedReportFor(u *work.Unit, id, by string, writes bool) (*savedreport.Report, error) {
	r, err := SavedReports.Get(u, id)
	if err != nil {
		return nil, err
	}
	if !r.Sees(by) {
		return nil, errs.Unknown(SavedReports.What, id)
	}
	if !r.MayChange(by, writes) {
		return nil, errs.New(errs.Forbidden, "not_yours", "the report is somebody else's; save one of your own, or ask for the scope reports:write")
	}
	return r, u.CheckVersion("saved report", r.Version)
}

// nextDue is when a report is due: a schedule whose times stay keeps the time that it waits for.
func nextDue(next, old *savedreport.Report, now micros.Time) micros.Time {
	if next.Schedule == nil {
		return 0
	}
	if old != nil && old.Schedule != nil && old.NextDue != 0 {
		a, b := *old.Schedule, *next.Schedule
		if a.Every == b.Every && a.Weekday == b.Weekday && a.Day == b.Day && a.At == b.At && a.TimeZone == b.TimeZone {
			return old.NextDue
		}
	}
	return next.Schedule.Next(now)
}

// checkSavedReport refuses what no report can be made of.
func (a *App) checkSavedReport(u *work.Unit, r *savedreport.Report) error {
	var list errs.List
	r.Clean(&list)
	if d := report.Find(r.Ask.Report); d == nil {
		list.Add("/query/report", "unknown_value", "there is no report %q", errs.Clip(r.Ask.Report))
	} else if list.Empty() {
		from, to := r.Ask.Days(savedreport.Closed(u.Now(), time.UTC))
		if e := errs.As(d.Check(queryOf(&r.Ask, from, to, nil, u.Now()), r.Ask.Metric)); e != nil {
			list.Add("/query", "unknown_value", "%s", e.Detail)
		}
	}
	if r.Schedule != nil {
		if err := a.checkSender(u, r.Schedule.Channel, &list); err != nil {
			return err
		}
	}
	return list.Err()
}

// checkSender refuses a schedule whose mails would have no address to come from.
func (a *App) checkSender(u *work.Unit, channel string, list *errs.List) error {
	const at = "/schedule/channel"
	if channel == "" {
		if a.Settings.MailFrom == "" {
			list.Add(at, "no_mail_sender", "this server has no mail address of its own (mail_from): name a sales channel that has one")
		}
		return nil
	}
	c, err := Channels.Ref(u, channel)
	switch {
	case err != nil:
		return err
	case c == nil:
		list.Add(at, "unknown_channel", "there is no sales channel %q", errs.Clip(channel))
	case a.mailFrom(c).Email == "":
		list.Add(at, "no_mail_sender", "neither the sales channel %q nor this server has a mail address: set mails.from of the channel, or name one that has it", channel)
	}
	return nil
}

// ReportSenders are the sales channels that reports can be mailed by, and whether they can be without naming one.
func (a *App) ReportSenders(ctx context.Context) (channels []*catalog.Channel, own bool, err error) {
	all, err := a.Channels(ctx, "", 1_000)
	for _, c := range all {
		if a.mailFrom(c).Email != "" {
			channels = append(channels, c)
		}
	}
	return channels, a.Settings.MailFrom != "", err
}

// queryOf is what a saved report asks for some days.
func queryOf(a *savedreport.Ask, from, to string, channels []string, now micros.Time) report.Query {
	return report.Query{From: from, To: to, Bucket: a.Bucket, Compare: a.Compare, GroupBy: a.GroupBy, Filters: a.Filters, Channels: channels, Now: now.Std()}
}

// SaveReport runs SaveReport.
func (a *App) SaveReport(ctx context.Context, c SaveReport, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TrySaveReport is SaveReport without effect.
func (a *App) TrySaveReport(ctx context.Context, c SaveReport, meta work.Meta) (*savedreport.Report, error) {
	c.app = a
	r, err := work.DryRun(ctx, a.Committer, &c, meta)
	if err == nil && c.Report.ID == "" {
		r.ID = ""
	}
	return r, err
}

// SavedReport reads a report that somebody sees.
func (a *App) SavedReport(ctx context.Context, id, who string) (*savedreport.Report, error) {
	r, err := one(ctx, a.DB, SavedReports, id)
	if err == nil && !r.Sees(who) {
		return nil, errs.Unknown(SavedReports.What, id)
	}
	return r, err
}

// ListSavedReports lists those that somebody sees, by id.
func (a *App) ListSavedReports(ctx context.Context, who, after string, limit int) (out []*savedreport.Report, err error) {
	for len(out) < limit {
		rows, err := page(ctx, a.DB, SavedReports, after, limit)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if after = r.ID; r.Sees(who) {
				out = append(out, r)
			}
		}
		if len(rows) < limit {
			break
		}
	}
	return out[:min(len(out), limit)], nil
}

// SavedDays are the days that a report is of at a time, 0 for now; all are the channels, limited those that are seen.
func (a *App) SavedDays(r *savedreport.Report, all []*catalog.Channel, limited []string, at micros.Time) (from, to string) {
	if at == 0 {
		at = a.now()
	}
	return r.Ask.Days(savedreport.Closed(at, reportZones(r, all, limited)...))
}

// reportZones are those by whose days a report counts, and that of its schedule: a day is over when it is over in all
// of them.
func reportZones(r *savedreport.Report, all []*catalog.Channel, limited []string) []*time.Location {
	zones := []*time.Location{r.Schedule.Zone()}
	if d := report.Find(r.Ask.Report); d != nil && (d.AllChannels() || d.Cases()) {
		zones = append(zones, time.UTC)
	}
	for _, c := range all {
		if asked := r.Ask.Filters["channel"]; len(asked) > 0 && !slices.Contains(asked, c.ID) || len(limited) > 0 && !slices.Contains(limited, c.ID) {
			continue
		}
		if z, err := time.LoadLocation(c.TimeZone); err == nil {
			zones = append(zones, z)
		}
	}
	return zones
}

// mailCauseOf names a due time of a report as the cause of mails: a recipient gets one for it, whoever asks, and how
// often.
func mailCauseOf(id string, due, now micros.Time) string {
	if due == 0 {
		return mail.Cause("report", id, "asked-"+strconv.FormatInt(int64(now), 10))
	}
	return mail.Cause("report", id, strconv.FormatInt(int64(due), 10))
}
