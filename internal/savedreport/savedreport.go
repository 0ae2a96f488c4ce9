// Package savedreport holds reports that people keep: what is asked, for which days, and when it is sent to whom.
//
// What lives here: the saved report, relative days, schedules with their due times, and what became of the last one.
// What does not: the numbers (report), and sending (app).
// The one idea: what is due is a function of the schedule and a time. A due time is handled once, whatever became of
// it, and the next one is computed from the schedule, so that times that were missed are one report and not many.
package savedreport

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/words"
)

// The periods, all of days that are over.
const (
	Yesterday   = "yesterday"
	Last7Days   = "last_7_days"
	Last30Days  = "last_30_days"
	LastWeek    = "last_week"  // Monday to Sunday
	LastMonth   = "last_month" // of the calendar
	MonthToDate = "month_to_date"
)

// Periods lists them.
var Periods = []string{Yesterday, Last7Days, Last30Days, LastWeek, LastMonth, MonthToDate}

// How often a report is sent.
const (
	Daily   = "daily"
	Weekly  = "weekly"
	Monthly = "monthly"
)

// Everys lists them.
var Everys = []string{Daily, Weekly, Monthly}

// Weekdays are their names, as in time.Weekday.
var Weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// Forms are those of the file that is attached.
var Forms = []string{"pdf", "csv", "xlsx"}

// MaxRecipients is how many addresses a report is sent to.
const MaxRecipients = 20

// OwnerLost is why nothing is sent until a person saves the report again: the owner is gone, disabled, or may read
// reports, or what this one needs, no more.
const OwnerLost = "owner_may_not_read"

// OwnerMayNotMail is likewise: the owner reads reports, and may have none mailed any more.
const OwnerMayNotMail = "owner_may_not_mail"

// NoSender is likewise: there is no address any more that mails come from. Nobody can give a schedule to a report while
// there is none.
const NoSender = "no_mail_sender"

// Report is a report under a name. Ids begin with srp_.
type Report struct {
	doc.Meta
	Name      string      `json:"name"`
	Owner     string      `json:"owner"`           // id of a user or a key
	Shared    bool        `json:"shared,omitzero"` // with everybody who may read reports
	Deleted   bool        `json:"deleted,omitzero"`
	Ask       Ask         `json:"ask"`
	Schedule  *Schedule   `json:"schedule,omitzero"`
	NextDue   micros.Time `json:"next_due,omitzero"` // 0: not scheduled, or paused
	Paused    string      `json:"paused,omitzero"`   // why, as a code
	Last      *Delivery   `json:"last,omitzero"`     // what became of the last due time, or of the last request to send it
	CreatedAt micros.Time `json:"created_at"`
}

// Ask is what is asked of a report. Period, or From and To, say for which days.
type Ask struct {
	Report  string              `json:"report"`
	Period  string              `json:"period,omitzero"`
	From    string              `json:"from,omitzero"`
	To      string              `json:"to,omitzero"`
	Bucket  string              `json:"bucket,omitzero"`
	Compare string              `json:"compare,omitzero"`
	GroupBy []string            `json:"group_by,omitzero"`
	Metric  string              `json:"metric,omitzero"` // of the chart
	Filters map[string][]string `json:"filters,omitzero"`
}

// Schedule says when a report is sent. Recipients are personal: they are in no hashed event.
type Schedule struct {
	Every      string   `json:"every"`
	Weekday    string   `json:"weekday,omitzero"` // weekly
	Day        int64    `json:"day,omitzero"`     // monthly: of the month; in a shorter month its last day
	At         string   `json:"at"`               // 07:00
	TimeZone   string   `json:"time_zone"`
	Language   string   `json:"language,omitzero"` // of the mail and of a PDF; "" for the owner's
	Form       string   `json:"form"`
	Channel    string   `json:"channel,omitzero"` // code of the sales channel whose address it comes from
	Recipients []string `json:"recipients,omitzero"`
}

// Delivery is what became of a due time.
type Delivery struct {
	Due     micros.Time `json:"due,omitzero"` // 0: a person asked for it
	At      micros.Time `json:"at"`
	From    string      `json:"from,omitzero"`
	To      string      `json:"to,omitzero"`
	Mails   []string    `json:"mails,omitzero"`   // ids
	Problem string      `json:"problem,omitzero"` // why there are none, as a code
}

// Personal is what of a report travels in the erasable part of its events.
type Personal struct {
	Recipients []string `json:"recipients,omitzero"`
}

// Split parts a report for the journal.
func (r *Report) Split() (*Report, Personal) {
	public := *r
	if r.Schedule == nil {
		return &public, Personal{}
	}
	s := *r.Schedule
	s.Recipients = nil
	public.Schedule = &s
	return &public, Personal{r.Schedule.Recipients}
}

// MayChange reports whether somebody may change or delete it: the owner, and who may write reports where it is shared.
func (r *Report) MayChange(who string, writes bool) bool { return r.Owner == who || r.Shared && writes }

// Sees reports whether somebody who may read reports sees it.
func (r *Report) Sees(who string) bool { return !r.Deleted && (r.Shared || r.Owner == who) }

// SavedBy is who owns the report when somebody has saved it in place of another one. What is sent is what its owner may
// read: who changes what is asked or who gets it is asked for that, and so is who has a paused report go on.
func (r *Report) SavedBy(who string, old *Report) string {
	if old.Paused != "" || !reflect.DeepEqual(r.Ask, old.Ask) || !reflect.DeepEqual(r.Schedule, old.Schedule) {
		return who
	}
	return old.Owner
}

var clock = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// Clean brings what was sent into the form that is stored, and adds to the list what is wrong with it. What is asked of
// the report itself is looked at by the caller.
func (r *Report) Clean(list *errs.List) {
	r.Name = strings.TrimSpace(r.Name)
	if n := len([]rune(r.Name)); n < 1 || n > 100 || strings.ContainsFunc(r.Name, func(c rune) bool { return c < ' ' }) {
		list.Add("/name", "invalid_text", "give a name of 1 to 100 characters")
	}
	switch a := &r.Ask; {
	case a.Period != "" && a.From+a.To != "":
		list.Add("/query/period", "ambiguous", "give a period, or from and to, not both")
	case a.Period == "" && (a.From == "" || a.To == ""):
		list.Add("/query/period", "required", "give a period, one of %s, or from and to", strings.Join(Periods, ", "))
	case a.Period != "" && !slices.Contains(Periods, a.Period):
		list.Add("/query/period", "unknown_value", "is one of %s", strings.Join(Periods, ", "))
	}
	if r.Schedule == nil {
		return
	}
	if r.Ask.Period == "" && r.Ask.From != "" {
		list.Add("/query/period", "required", "a report that is sent again and again needs a period: days that stay the same would be the same report each time")
	}
	r.Schedule.clean(list)
}

func (s *Schedule) clean(list *errs.List) {
	switch s.Every {
	case Daily:
		s.Weekday, s.Day = "", 0
	case Weekly:
		if s.Day = 0; !slices.Contains(Weekdays, s.Weekday) {
			list.Add("/schedule/weekday", "required", "is one of %s", strings.Join(Weekdays, ", "))
		}
	case Monthly:
		if s.Weekday = ""; s.Day < 1 || s.Day > 31 {
			list.Add("/schedule/day", "required", "is a day of the month, 1 to 31")
		}
	default:
		list.Add("/schedule/every", "unknown_value", "is one of %s", strings.Join(Everys, ", "))
	}
	if !clock.MatchString(s.At) {
		list.Add("/schedule/at", "unknown_value", "is a time such as 07:00")
	}
	if _, err := zoneOf(s.TimeZone); err != nil {
		list.Add("/schedule/time_zone", "unknown_value", "is a name such as Europe/Berlin")
	}
	if s.Language != "" && !slices.Contains(words.Languages, s.Language) {
		list.Add("/schedule/language", "unknown_value", "is one of %s", strings.Join(words.Languages, ", "))
	}
	if !slices.Contains(Forms, s.Form) {
		list.Add("/schedule/form", "unknown_value", "is one of %s", strings.Join(Forms, ", "))
	}
	var once []string
	for i, to := range s.Recipients {
		if to = strings.TrimSpace(to); !address.Mailable(to) {
			list.Add(fmt.Sprintf("/schedule/recipients/%d", i), "invalid_email", "give a mail address of the form local@domain")
		}
		if !slices.ContainsFunc(once, func(o string) bool { return strings.EqualFold(o, to) }) {
			once = append(once, to)
		}
	}
	if s.Recipients = once; len(once) < 1 || len(once) > MaxRecipients {
		list.Add("/schedule/recipients", "required", "give 1 to %d mail addresses", MaxRecipients)
	}
}

func zoneOf(name string) (*time.Location, error) {
	if name == "" || name == "Local" { // the server's own zone is nobody's
		return nil, fmt.Errorf("savedreport: no zone %q", name)
	}
	return time.LoadLocation(name)
}

// Zone is that of the schedule; UTC where there is none.
func (s *Schedule) Zone() *time.Location {
	if s != nil {
		if z, err := zoneOf(s.TimeZone); err == nil {
			return z
		}
	}
	return time.UTC
}

// Next is the first due time after another time.
func (s *Schedule) Next(after micros.Time) micros.Time {
	zone := s.Zone()
	day := after.Std().In(zone)
	for d := -1; d <= 62; d++ { // two months have every day of a month
		on := time.Date(day.Year(), day.Month(), day.Day()+d, 0, 0, 0, 0, time.UTC)
		if !s.on(on) {
			continue
		}
		if due := micros.Of(s.instant(on, zone)); due > after {
			return due
		}
	}
	return 0 // a schedule that was never clean
}

// on reports whether something is due on a day.
func (s *Schedule) on(day time.Time) bool {
	switch s.Every {
	case Weekly:
		return Weekdays[day.Weekday()] == s.Weekday
	case Monthly:
		last := time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
		return day.Day() == min(int(s.Day), last)
	}
	return true
}

// instant is when the clocks of a zone show the time on a day: the first time where they show it twice, and where they
// skip it as much later as they skip.
func (s *Schedule) instant(day time.Time, zone *time.Location) time.Time {
	wall, err := time.Parse("15:04", s.At)
	if err != nil {
		return time.Time{}
	}
	shown := day.Add(time.Duration(wall.Hour())*time.Hour + time.Duration(wall.Minute())*time.Minute)
	_, before := shown.Add(-24 * time.Hour).In(zone).Zone()
	_, after := shown.Add(24 * time.Hour).In(zone).Zone()
	first := shown.Add(-time.Duration(before) * time.Second)
	for _, at := range []time.Time{first, shown.Add(-time.Duration(after) * time.Second)} {
		if l := at.In(zone); l.Hour() == wall.Hour() && l.Minute() == wall.Minute() && l.Day() == day.Day() {
			return at
		}
	}
	return first
}

// Due is the due time to handle now: the latest, where several were missed. ok is false for none.
func (r *Report) Due(now micros.Time) (due micros.Time, ok bool) {
	if r.Deleted || r.Schedule == nil || r.NextDue == 0 || r.NextDue > now {
		return 0, false
	}
	for due = r.NextDue; ; {
		next := r.Schedule.Next(due)
		if next == 0 || next > now {
			return due, true
		}
		due = next
	}
}

// Closed is the last day that is over at a time in all zones: numbers of later days may still come.
func Closed(at micros.Time, zones ...*time.Location) string {
	closed := ""
	for _, z := range zones {
		if day := at.Std().In(z).AddDate(0, 0, -1).Format(time.DateOnly); closed == "" || day < closed {
			closed = day
		}
	}
	return closed
}

// Days are the days that are asked for when closed is the last one that is over.
func (a *Ask) Days(closed string) (from, to string) {
	c, err := time.Parse(time.DateOnly, closed)
	if a.Period == "" || err != nil {
		return a.From, a.To
	}
	first := c
	switch a.Period {
	case Last7Days:
		first = c.AddDate(0, 0, -6)
	case Last30Days:
		first = c.AddDate(0, 0, -29)
	case LastWeek:
		c = c.AddDate(0, 0, -int(c.Weekday())) // its Sunday
		first = c.AddDate(0, 0, -6)
	case LastMonth:
		if c.AddDate(0, 0, 1).Day() != 1 {
			c = time.Date(c.Year(), c.Month(), 0, 0, 0, 0, 0, time.UTC)
		}
		first = time.Date(c.Year(), c.Month(), 1, 0, 0, 0, 0, time.UTC)
	case MonthToDate:
		first = time.Date(c.Year(), c.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	return first.Format(time.DateOnly), c.Format(time.DateOnly)
}

// Handled is the report when a due time was handled.
func (r *Report) Handled(d Delivery) *Report {
	c := *r
	c.Last = &d
	if d.Due != 0 && c.Schedule != nil {
		c.NextDue = c.Schedule.Next(max(d.Due, r.NextDue))
	}
	return &c
}
