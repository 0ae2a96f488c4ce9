package savedreport

import (
	"strings"
	"testing"
	"time"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

func instant(t *testing.T, s string) micros.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return micros.Of(at)
}

// TestNext walks schedules over changes of the clocks: each day is due once, at the time that the clocks show.
func TestNext(t *testing.T) {
	for _, c := range []struct {
		name, after, want string
		s                 Schedule
	}{
		{
			"spring: 02:30 is skipped", "2026-03-27T12:00:00Z", "2026-03-28T01:30:00Z 2026-03-29T01:30:00Z 2026-03-30T00:30:00Z",
			Schedule{Every: Daily, At: "02:30", TimeZone: "Europe/Berlin"},
		},
		{
			"autumn: 02:30 comes twice", "2026-10-23T12:00:00Z", "2026-10-24T00:30:00Z 2026-10-25T00:30:00Z 2026-10-26T01:30:00Z",
			Schedule{Every: Daily, At: "02:30", TimeZone: "Europe/Berlin"},
		},
		{"a morning", "2026-03-28T12:00:00Z", "2026-03-29T05:00:00Z 2026-03-30T05:00:00Z", Schedule{Every: Daily, At: "07:00", TimeZone: "Europe/Berlin"}},
		{"the due time itself is over", "2026-03-29T05:00:00Z", "2026-03-30T05:00:00Z", Schedule{Every: Daily, At: "07:00", TimeZone: "Europe/Berlin"}},
		{"Mondays over there", "2026-11-01T00:00:00Z", "2026-11-03T04:00:00Z 2026-11-10T04:00:00Z", Schedule{Every: Weekly, Weekday: "monday", At: "23:00", TimeZone: "America/New_York"}},
		{"the 31st", "2027-01-30T00:00:00Z", "2027-01-31T06:00:00Z 2027-02-28T06:00:00Z 2027-03-31T06:00:00Z", Schedule{Every: Monthly, Day: 31, At: "06:00", TimeZone: "UTC"}},
		{"east of the date line", "2026-11-28T00:00:00Z", "2026-11-28T10:15:00Z", Schedule{Every: Daily, At: "00:15", TimeZone: "Pacific/Kiritimati"}},
	} {
		var got []string
		at := instant(t, c.after)
		for range strings.Fields(c.want) {
			at = c.s.Next(at)
			got = append(got, at.Std().UTC().Format(time.RFC3339))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

// TestDue: of many times that were missed the latest is due, once.
func TestDue(t *testing.T) {
	r := &Report{Schedule: &Schedule{Every: Daily, At: "07:00", TimeZone: "UTC"}, NextDue: instant(t, "2026-11-01T07:00:00Z")}
	if _, ok := r.Due(instant(t, "2026-11-01T06:59:59Z")); ok {
		t.Error("due too early")
	}
	now := instant(t, "2026-11-28T12:00:00Z")
	due, ok := r.Due(now)
	if !ok || due != instant(t, "2026-11-28T07:00:00Z") {
		t.Error(due, ok)
	}
	r = r.Handled(Delivery{Due: due})
	if _, ok := r.Due(now); ok || r.NextDue != instant(t, "2026-11-29T07:00:00Z") {
		t.Error(r.NextDue)
	}
}

// TestDays: periods are of days that are over.
func TestDays(t *testing.T) {
	for _, c := range [][3]string{
		{Yesterday, "2026-11-27", "2026-11-27 2026-11-27"},
		{Last7Days, "2026-11-27", "2026-11-21 2026-11-27"},
		{Last30Days, "2026-11-30", "2026-11-01 2026-11-30"},
		{LastWeek, "2026-11-27", "2026-11-16 2026-11-22"},
		{LastWeek, "2026-11-22", "2026-11-16 2026-11-22"},
		{LastMonth, "2026-11-27", "2026-10-01 2026-10-31"},
		{LastMonth, "2026-11-30", "2026-11-01 2026-11-30"},
		{LastMonth, "2027-01-15", "2026-12-01 2026-12-31"},
		{MonthToDate, "2026-11-27", "2026-11-01 2026-11-27"},
	} {
		from, to := (&Ask{Period: c[0]}).Days(c[1])
		if got := from + " " + to; got != c[2] {
			t.Errorf("%s by %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
	la, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	if got := Closed(instant(t, "2026-11-28T07:00:00Z"), time.UTC, la); got != "2026-11-26" {
		t.Errorf("the 27th is not over in Los Angeles: %s", got)
	}
}

func TestClean(t *testing.T) {
	good := func() *Report {
		return &Report{Name: " Mornings ", Ask: Ask{Report: "sales", Period: Yesterday}, Schedule: &Schedule{
			Every: Weekly, Weekday: "monday", Day: 3, At: "07:00", TimeZone: "Europe/Berlin", Form: "pdf", Recipients: []string{" ada@example.com", "Ada@example.com"},
		}}
	}
	var list errs.List
	r := good()
	if r.Clean(&list); list.Err() != nil || r.Name != "Mornings" || len(r.Schedule.Recipients) != 1 || r.Schedule.Day != 0 {
		t.Error(list.Err(), r.Schedule)
	}
	if public, personal := r.Split(); public.Schedule.Recipients != nil || len(personal.Recipients) != 1 || len(r.Schedule.Recipients) != 1 {
		t.Error("recipients are to stand apart")
	}
	for name, hurt := range map[string]func(r *Report){
		"name":       func(r *Report) { r.Name = "a\nb" },
		"no days":    func(r *Report) { r.Ask.Period = "" },
		"both":       func(r *Report) { r.Ask.From = "2026-11-01" },
		"fixed days": func(r *Report) { r.Ask.Period, r.Ask.From, r.Ask.To = "", "2026-11-01", "2026-11-02" },
		"period":     func(r *Report) { r.Ask.Period = "tomorrow" },
		"every":      func(r *Report) { r.Schedule.Every = "hourly" },
		"weekday":    func(r *Report) { r.Schedule.Weekday = "someday" },
		"day":        func(r *Report) { r.Schedule.Every, r.Schedule.Day = Monthly, 32 },
		"time":       func(r *Report) { r.Schedule.At = "24:00" },
		"zone":       func(r *Report) { r.Schedule.TimeZone = "Local" },
		"form":       func(r *Report) { r.Schedule.Form = "doc" },
		"nobody":     func(r *Report) { r.Schedule.Recipients = nil },
		"no address": func(r *Report) { r.Schedule.Recipients = []string{"a@b\r\nBcc: c@d"} },
	} {
		var list errs.List
		r := good()
		hurt(r)
		r.Clean(&list)
		if list.Err() == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
