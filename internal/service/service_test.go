package service

import (
	"strings"
	"testing"
	"time"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/hours"
	"ordo/internal/micros"
)

var office = Hours{TimeZone: "Europe/London", Spans: []Span{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "17:00"}}}

func at(s string) micros.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return micros.Of(t)
}

func christmas(_ int, m time.Month, d int) bool { return m == time.December && (d == 25 || d == 26) }

func TestBusinessTime(t *testing.T) {
	cal := NewCalendar(office, christmas)
	for _, row := range []struct {
		from string
		add  time.Duration
		want string
	}{
		{"2026-11-25T10:00:00Z", time.Hour, "2026-11-25T11:00:00Z"},
		{"2026-11-25T16:30:00Z", time.Hour, "2026-11-26T09:30:00Z"},      // over night
		{"2026-11-27T16:30:00Z", time.Hour, "2026-11-30T09:30:00Z"},      // over a weekend
		{"2026-11-28T12:00:00Z", time.Minute, "2026-11-30T09:01:00Z"},    // begun on a Saturday
		{"2026-12-24T16:00:00Z", 2 * time.Hour, "2026-12-28T10:00:00Z"},  // holidays and a weekend
		{"2026-11-25T10:00:00Z", 7 * time.Hour, "2026-11-25T17:00:00Z"},  // to the very end of the day
		{"2027-03-26T16:00:00Z", 2 * time.Hour, "2027-03-29T09:00:00Z"},  // clocks go forward: nine there is eight in UTC
		{"2026-11-25T10:00:00Z", 40 * time.Hour, "2026-12-02T10:00:00Z"}, // a week of working
	} {
		end := cal.Add(at(row.from), row.add)
		if end != at(row.want) {
			t.Errorf("%s + %s = %s, want %s", row.from, row.add, end, row.want)
		}
		if got := cal.Between(at(row.from), end); got != row.add {
			t.Errorf("%s to %s is %s, not %s", row.from, end, got, row.add)
		}
	}
	never := NewCalendar(Hours{Spans: []Span{{Days: []string{"mon"}, From: "09:00", To: "10:00"}}}, func(int, time.Month, int) bool { return true })
	if end := never.Add(at("2026-11-25T10:00:00Z"), time.Hour); end < at("2030-01-01T00:00:00Z") {
		t.Errorf("who never works is done at %s", end)
	}
	if d := NewCalendar(Hours{}, nil).Between(at("2026-11-28T00:00:00Z"), at("2026-11-29T00:00:00Z")); d != 24*time.Hour {
		t.Errorf("always: %s", d)
	}
}

// TestSpecialDays: they come before holidays and weekdays, by the clock of the place also where clocks are changed.
func TestSpecialDays(t *testing.T) {
	special := []hours.SpecialDay{
		{Date: "2026-10-25", Name: "Night shift", Opens: "00:00", Closes: "03:00"}, // Sunday: it is one twice
		{Date: "2026-11-26", Name: "Inventory", Closed: true},
		{Date: "2026-12-24", Name: "Christmas Eve", Opens: "09:00", Closes: "10:00"},
		{Date: "2026-12-24", Name: "Christmas Eve", Opens: "11:00", Closes: "12:00"},
		{Date: "2026-12-26", Name: "Rush", Opens: "10:00", Closes: "14:00"},        // a holiday, and a Saturday
		{Date: "2027-03-28", Name: "Night shift", Opens: "00:00", Closes: "03:00"}, // Sunday: it is never half past one
	}
	week, always := office, Hours{TimeZone: "Europe/London", SpecialDays: special}
	week.SpecialDays = special
	for _, row := range []struct {
		hours Hours
		from  string
		add   time.Duration
		want  string
	}{
		{week, "2026-11-25T16:30:00Z", time.Hour, "2026-11-27T09:30:00Z"},         // over the closed day
		{week, "2026-12-23T16:30:00Z", 150 * time.Minute, "2026-12-24T12:00:00Z"}, // until noon, with a break
		{week, "2026-12-24T12:00:00Z", time.Hour, "2026-12-26T11:00:00Z"},         // over one holiday, on the other
		{week, "2026-12-26T13:30:00Z", time.Hour, "2026-12-28T09:30:00Z"},
		{week, "2027-03-27T12:00:00Z", 2 * time.Hour, "2027-03-28T02:00:00Z"}, // midnight to three is two hours
		{week, "2026-10-24T12:00:00Z", 4 * time.Hour, "2026-10-25T03:00:00Z"}, // and four
		{always, "2026-11-25T22:00:00Z", 3 * time.Hour, "2026-11-27T01:00:00Z"},
		{always, "2026-12-24T23:00:00Z", 11 * time.Hour, "2026-12-27T07:00:00Z"},
	} {
		cal := NewCalendar(row.hours, christmas)
		end := cal.Add(at(row.from), row.add)
		if end != at(row.want) {
			t.Errorf("%s + %s = %s, want %s", row.from, row.add, end, row.want)
		}
		if got := cal.Between(at(row.from), end); got != row.add {
			t.Errorf("%s to %s is %s, not %s", row.from, end, got, row.add)
		}
	}
}

// TestAddAndBetweenAgree walks through a year in odd steps, over both changes of clocks.
func TestAddAndBetweenAgree(t *testing.T) {
	cal := NewCalendar(Hours{TimeZone: "America/New_York", Spans: []Span{
		{Days: []string{"mon", "sun"}, From: "00:00", To: "04:30"}, {Days: []string{"mon", "sun"}, From: "08:15", To: "24:00"}, {Days: []string{"wed"}, From: "11:00", To: "11:01"},
	}, SpecialDays: []hours.SpecialDay{{Date: "2026-03-08", Name: "Spring", Closes: "02:30"}, {Date: "2026-11-01", Through: "2026-11-03", Name: "Fall", Opens: "01:30"}}}, christmas)
	for from := at("2026-01-01T00:00:00Z"); from < at("2027-01-01T00:00:00Z"); from = from.Add(17*time.Hour + 13*time.Minute) {
		for _, d := range []time.Duration{time.Second, 59 * time.Minute, 5 * time.Hour, 31 * time.Hour} {
			if got := cal.Between(from, cal.Add(from, d)); got != d {
				t.Fatalf("from %s: %s, not %s", from, got, d)
			}
		}
	}
}

func TestBadHours(t *testing.T) {
	for _, h := range []Hours{
		{TimeZone: "Local"},
		{TimeZone: "Mars/Base"},
		{Holidays: "XX"},
		{SpecialDays: []hours.SpecialDay{{Date: "2026-12-24", Name: "No hours"}}},
		{Spans: []Span{{Days: []string{"mon"}, From: "17:00", To: "09:00"}}},
		{Spans: []Span{{Days: []string{"mon"}, From: "9:00", To: "17:00"}}},
		{Spans: []Span{{From: "09:00", To: "17:00"}}},
		{Spans: []Span{{Days: []string{"noday"}, From: "09:00", To: "17:00"}}},
		{Spans: []Span{{Days: []string{"mon"}, From: "09:00", To: "17:00"}, {Days: []string{"mon"}, From: "16:00", To: "18:00"}}},
	} {
		var list errs.List
		if h.Check(&list, "/hours", func(string) bool { return false }); list.Empty() {
			t.Errorf("%+v passes", h)
		}
	}
}

var (
	queue = &Queue{Meta: doc.Meta{ID: "general"}, CloseDays: 7, ReopenDays: 14}
	sla   = SLA{
		Policy:   &Policy{Meta: doc.Meta{ID: "std"}, Escalate: true, Targets: Levels{Normal: &Minutes{60, 120, 480}, Urgent: &Minutes{10, 10, 60}}},
		Calendar: NewCalendar(office, christmas),
	}
)

func begin(s string) *Case {
	return Begin(&Case{Subject: "Where is it?", Priority: Normal, Policy: "std"}, sla, at(s))
}

func move(t *testing.T, c *Case, to Status, when string) *Case {
	t.Helper()
	c, err := Move(c, to, queue, sla, at(when))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestClocks: warned at 80 %, breached at 100 %, each once, standing still while the customer is awaited.
func TestClocks(t *testing.T) {
	c := begin("2026-11-25T10:00:00Z")
	if got := NextTimer(c); got != at("2026-11-25T10:48:00Z") {
		t.Fatalf("the first warning is at %s", got)
	}
	c, alarms := Ring(c, sla, at("2026-11-25T10:47:59Z"))
	if len(alarms) != 0 {
		t.Fatal("too early")
	}
	c, alarms = Ring(c, sla, at("2026-11-25T10:48:00Z"))
	if len(alarms) != 1 || alarms[0].Breach || alarms[0].Clock.Target != FirstResponse {
		t.Fatalf("%+v", alarms)
	}
	if c, alarms = Ring(c, sla, at("2026-11-25T10:49:00Z")); len(alarms) != 0 {
		t.Fatal("warned twice")
	}
	if got := NextTimer(c); got != at("2026-11-25T11:00:00Z") {
		t.Fatalf("the breach is at %s", got)
	}
	c, alarms = Ring(c, sla, at("2026-11-25T11:00:00Z"))
	if len(alarms) != 1 || !alarms[0].Breach || c.Priority != High || alarms[0].Raised != High {
		t.Fatalf("%+v %s", alarms, c.Priority)
	}
	if c, alarms = Ring(c, sla, at("2026-11-25T11:00:01Z")); len(alarms) != 0 || c.Priority != High {
		t.Fatal("breached twice")
	}
	c = Answered(c, sla, at("2026-11-25T11:30:00Z"))
	if k := c.Clock(FirstResponse); k.MetAt == 0 || k.Used != 5400 || c.Status != Open {
		t.Fatalf("%+v", k)
	}
	c = move(t, c, PendingCustomer, "2026-11-25T12:00:00Z") // two hours are used
	if NextTimer(c) != 0 || c.DueAt() != 0 {
		t.Fatal("a clock runs while the customer is awaited")
	}
	c, err := Heard(c, queue, sla, at("2026-11-27T16:00:00Z"))
	if err != nil || c.Status != Open {
		t.Fatalf("%s %v", c.Status, err)
	}
	if k := c.Clock(Resolution); k.DueAt != at("2026-11-30T14:00:00Z") { // six hours are left: one on Friday, five on Monday
		t.Errorf("resolved by %s", k.DueAt)
	}
	if k := c.Clock(NextResponse); k == nil || k.DueAt != at("2026-11-30T10:00:00Z") {
		t.Errorf("%+v", k)
	}
	c = move(t, c, Resolved, "2026-11-30T09:30:00Z")
	if k := c.Clock(NextResponse); k.EndedAt == 0 || c.Clock(Resolution).MetAt == 0 || NextTimer(c) != at("2026-12-07T09:30:00Z") {
		t.Errorf("%+v", c)
	}
	c = move(t, c, Closed, "2026-12-07T09:30:00Z")
	c = move(t, c, Open, "2026-12-08T09:30:00Z")
	if k := c.Clock(Resolution); k.Since == 0 || c.Reopened != 1 || k.Used != 2*3600+5400 {
		t.Errorf("%+v", k)
	}
}

// TestBreachWithoutWarning: a job that comes late says the breach only.
func TestBreachWithoutWarning(t *testing.T) {
	c := begin("2026-11-25T10:00:00Z")
	c, alarms := Ring(c, sla, at("2026-11-26T12:00:00Z"))
	if len(alarms) != 2 || !alarms[0].Breach || !alarms[1].Breach || c.Clock(FirstResponse).WarnedAt == 0 || c.Priority != Urgent {
		t.Errorf("%+v", alarms)
	}
}

func TestMachine(t *testing.T) {
	for _, from := range Statuses {
		for _, to := range Statuses {
			c := &Case{Status: from, ResolvedAt: at("2026-11-25T10:00:00Z")}
			_, err := Move(c, to, queue, sla, at("2026-11-26T10:00:00Z"))
			want := strings.Contains(strings.Join(from.Allowed(), " "), string(to))
			if (err == nil) != want || err != nil && !errs.Is(err, "illegal_transition") {
				t.Errorf("%s to %s: %v", from, to, err)
			}
		}
	}
	late := &Case{Status: Closed, ResolvedAt: at("2026-11-01T10:00:00Z")}
	if _, err := Move(late, Open, queue, sla, at("2026-11-26T10:00:00Z")); !errs.Is(err, "reopen_over") {
		t.Errorf("reopened after 25 days: %v", err)
	}
	if Reopens(late, queue, at("2026-11-26T10:00:00Z")) {
		t.Error("a message after 25 days reopens")
	}
}

// TestUrgent: another priority measures anew what was used.
func TestUrgent(t *testing.T) {
	c := begin("2026-11-25T10:00:00Z")
	c.Priority = Urgent
	c = Again(c, sla, at("2026-11-25T10:05:00Z"))
	if k := c.Clock(FirstResponse); k.Limit != 600 || k.DueAt != at("2026-11-25T10:10:00Z") {
		t.Errorf("%+v", k)
	}
	c = Again(c, SLA{}, at("2026-11-25T10:06:00Z"))
	if c.DueAt() != 0 || c.Policy != "" {
		t.Errorf("%+v", c)
	}
}

func TestSubjects(t *testing.T) {
	c := &Case{Number: "C1007", Subject: "Re: RE: Where is it? [C1007]"}
	if got := PlainSubject(c); got != "Where is it?" {
		t.Error(got)
	}
	for subject, want := range map[string]string{"Re: Where is it? [C1007]": "C1007", "[c1007]": "", "C1007": "", "[C1]": "", "[C99999999999999999999]": ""} {
		if got := NumberIn(subject); got != want {
			t.Errorf("%s: %s", subject, got)
		}
	}
	if got := Cut(strings.Repeat("é", 20), 10); got != "éééééé […]" {
		t.Errorf("%q", got)
	}
	if got := Line("a\r\nBcc: x\t y"); got != "a Bcc: x y" {
		t.Errorf("%q", got)
	}
}
