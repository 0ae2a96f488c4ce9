package service

import (
	"slices"
	"strconv"
	"time"

	"ordo/internal/errs"
	"ordo/internal/hours"
	"ordo/internal/micros"
)

// Span is working time on some days of the week, as clocks there show it.
type Span struct {
	Days []string `json:"days"` // mon to sun
	From string   `json:"from"` // "09:00"
	To   string   `json:"to"`   // "17:30"; "24:00" is midnight
}

// Hours say when people work. No spans: day and night, but for holidays and special days.
type Hours struct {
	TimeZone string `json:"time_zone,omitzero"` // IANA name; "" is UTC
	Spans    []Span `json:"spans,omitzero"`
	Holidays string `json:"holidays,omitzero"` // key of a table of public holidays; "" for none

	SpecialDays []hours.SpecialDay `json:"special_days,omitzero"` // they come before holidays and spans
}

// weekdays are the names of days, as package time numbers them.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Calendar is hours made ready to compute with; the zero value always works. It is a value: nobody's clock, nobody's table.
type Calendar struct {
	zone    *time.Location
	week    [7][]hours.Span // in order
	special []hours.SpecialDay
	holiday func(year int, month time.Month, day int) bool
	always  bool
}

// NewCalendar makes a calendar of hours that Check has passed; holiday tells the days off, nil for none.
func NewCalendar(h Hours, holiday func(year int, month time.Month, day int) bool) Calendar {
	zone, err := time.LoadLocation(h.TimeZone)
	if err != nil {
		zone = time.UTC // checked when it was stored
	}
	c := Calendar{zone: zone, special: h.SpecialDays, holiday: holiday, always: len(h.Spans) == 0 && len(h.SpecialDays) == 0 && holiday == nil}
	for i := range c.week {
		if len(h.Spans) == 0 {
			c.week[i] = []hours.Span{hours.WholeDay}
		}
	}
	for _, s := range h.Spans {
		from, _ := hours.Minute(s.From)
		to, _ := hours.Minute(s.To)
		for _, d := range s.Days {
			if i := slices.Index(weekdays, d); i >= 0 {
				c.week[i] = append(c.week[i], hours.Span{From: from, To: to})
			}
		}
	}
	for i := range c.week {
		slices.SortFunc(c.week[i], func(a, b hours.Span) int { return a.From - b.From })
	}
	return c
}

// Check adds to the list what is wrong with the hours. knows tells whether there is a table of holidays.
func (h Hours) Check(list *errs.List, at string, knows func(table string) bool) {
	if _, err := time.LoadLocation(h.TimeZone); err != nil || h.TimeZone == "Local" {
		list.Add(at+"/time_zone", "unknown_value", "give an IANA time zone such as Europe/Berlin")
	}
	if h.Holidays != "" && !knows(h.Holidays) {
		list.Add(at+"/holidays", "unknown_value", "there is no table of holidays %q; give a country such as GB", errs.Clip(h.Holidays))
	}
	hours.Check(list, at+"/special_days", h.SpecialDays, true)
	if len(h.Spans) > 50 {
		list.Add(at+"/spans", "too_many", "at most 50 spans")
		return
	}
	var taken [7][]hours.Span
	for i, s := range h.Spans {
		at := at + "/spans/" + strconv.Itoa(i)
		from, ok := hours.Minute(s.From)
		to, ok2 := hours.Minute(s.To)
		if !ok || !ok2 || from >= to {
			list.Add(at, "out_of_range", "give times of day such as 09:00 and 17:30, the earlier one first")
			continue
		}
		if len(s.Days) == 0 {
			list.Add(at+"/days", "required", "give days: mon, tue, wed, thu, fri, sat, sun")
		}
		for j, d := range s.Days {
			day := slices.Index(weekdays, d)
			if day < 0 {
				list.Add(at+"/days/"+strconv.Itoa(j), "unknown_value", "give one of mon, tue, wed, thu, fri, sat, sun")
				continue
			}
			if slices.ContainsFunc(taken[day], func(t hours.Span) bool { return from < t.To && t.From < to }) {
				list.Add(at, "duplicate", "another span covers some of it on %s", d)
				break
			}
			taken[day] = append(taken[day], hours.Span{From: from, To: to})
		}
	}
}

// maxDays bounds the search for working time: a calendar that never works must not search for ever.
const maxDays = 10 * 366

// spans calls f with the working times from t on, each cut to begin no earlier than t, until it returns false.
func (c Calendar) spans(t time.Time, f func(from, to time.Time) bool) {
	local := t.In(c.zone)
	year, month, day := local.Date()
	for i := range maxDays {
		d := time.Date(year, month, day+i, 12, 0, 0, 0, c.zone) // noon is always there
		y, m, n := d.Date()
		off := c.holiday != nil && c.holiday(y, m, n)
		for _, s := range hours.OfDay(d.Format(time.DateOnly), c.special, off, c.week[d.Weekday()]) {
			from, to := time.Date(y, m, n, 0, s.From, 0, 0, c.zone), time.Date(y, m, n, 0, s.To, 0, 0, c.zone)
			if from.Before(t) {
				from = t
			}
			if from.Before(to) && !f(from, to) {
				return
			}
		}
	}
}

// Add returns the moment at which d of working time after t is over. The end of a working day counts as it, not as the
// beginning of the next.
func (c Calendar) Add(t micros.Time, d time.Duration) micros.Time {
	if d <= 0 {
		return t
	}
	if c.always || c.zone == nil {
		return t.Add(d)
	}
	end := t.Std().AddDate(10, 0, 0)
	c.spans(t.Std(), func(from, to time.Time) bool {
		if have := to.Sub(from); have < d {
			d -= have
			return true
		}
		end = from.Add(d)
		return false
	})
	return micros.Of(end)
}

// Between is the working time from one moment to another; 0 where the second is not later.
func (c Calendar) Between(from, to micros.Time) (d time.Duration) {
	if to <= from {
		return 0
	}
	if c.always || c.zone == nil {
		return to.Std().Sub(from.Std())
	}
	until := to.Std()
	c.spans(from.Std(), func(a, b time.Time) bool {
		if !a.Before(until) {
			return false
		}
		if b.After(until) {
			b = until
		}
		d += b.Sub(a)
		return true
	})
	return d
}
