// Package hours decides when a place or a team works on a day: as a special day says, else not on a public holiday,
// else as on that day of the week. Calendars of locations and of SLA policies share it.
package hours

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ordo/internal/errs"
)

// Span is working time within a day, in minutes of its clock: 540 to 720 is from nine until noon.
type Span struct{ From, To int }

// WholeDay is from midnight to midnight.
var WholeDay = Span{0, 24 * 60}

// SpecialDay is a day, or some in a row, with hours of its own: closed for an inventory, open on a public holiday, until
// noon on Christmas Eve. It stands for schema.org's specialOpeningHoursSpecification; a day with a break stands twice.
type SpecialDay struct {
	Date    string `json:"date" maxLength:"10" doc:"the day, or the first of several" example:"2026-12-24"`
	Through string `json:"through,omitzero" maxLength:"10" doc:"the last day; only the one day when left out" example:"2026-12-31"`
	Name    string `json:"name" minLength:"1" maxLength:"100" doc:"why, for people" example:"Christmas Eve"`
	Closed  bool   `json:"closed,omitzero" doc:"nobody works; without it somebody does, also on a public holiday or a free weekday"`
	Opens   string `json:"opens,omitzero" maxLength:"5" doc:"time of day; midnight when left out" example:"09:00"`
	Closes  string `json:"closes,omitzero" maxLength:"5" doc:"time of day; midnight when left out" example:"12:00"`
}

// last is the last day.
func (s *SpecialDay) last() string {
	if s.Through == "" {
		return s.Date
	}
	return s.Through
}

// Over reports whether all of it is before a date.
func (s *SpecialDay) Over(date string) bool { return s.last() < date }

// span is the time between opening and closing, of hours that Check has passed.
func (s *SpecialDay) span() Span {
	out := WholeDay
	if s.Opens != "" {
		out.From, _ = Minute(s.Opens)
	}
	if s.Closes != "" {
		out.To, _ = Minute(s.Closes)
	}
	return out
}

// OfDay decides the hours of a date, such as 2026-12-24: those of its special days first, then none on a public holiday,
// then the usual ones of its weekday. None: nobody works.
func OfDay(date string, special []SpecialDay, holiday bool, usual []Span) []Span {
	var out []Span
	found := false
	for i := range special {
		s := &special[i]
		if date < s.Date || s.Over(date) {
			continue
		}
		if found = true; !s.Closed {
			out = append(out, s.span())
		}
	}
	switch {
	case found:
		slices.SortFunc(out, func(a, b Span) int { return a.From - b.From })
		return out
	case holiday:
		return nil
	}
	return usual
}

// Minute reads "09:30" as a minute of the day; "24:00" is the midnight at its end.
func Minute(s string) (int, bool) {
	if s == "24:00" {
		return WholeDay.To, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil && len(s) == 5
}

// Clock writes a minute of the day as Minute reads it.
func Clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// Bounds of a calendar: what people keep, and what a form can show.
const (
	MaxSpecial = 200
	maxName    = 100
	maxLength  = 366 // days in a row
)

// Check adds to the list what is wrong with special days; their pointers begin with at. need says that an open day takes
// its hours: a calendar without usual ones would count all of it.
func Check(list *errs.List, at string, days []SpecialDay, need bool) {
	if len(days) > MaxSpecial {
		list.Add(at, "too_many", "at most %d special days; take those away that are over", MaxSpecial)
		return
	}
	for i := range days {
		s, at := &days[i], at+"/"+strconv.Itoa(i)
		if n := utf8.RuneCountInString(s.Name); strings.TrimSpace(s.Name) == "" || n > maxName {
			list.Add(at+"/name", "required", "say why, in at most %d characters", maxName)
		}
		if !s.checkDates(list, at) || !s.checkHours(list, at, need) {
			continue
		}
		if j := slices.IndexFunc(days[:i], s.clashes); j >= 0 {
			list.Add(at+"/date", "duplicate", "row %d has this day already; only open hours that do not overlap may share one", j+1)
		}
	}
}

func day(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil && t.Year() >= 1971
}

func (s *SpecialDay) checkDates(list *errs.List, at string) bool {
	from, ok := day(s.Date)
	if !ok {
		list.Add(at+"/date", "invalid_date", "a date has the form 2026-12-24")
	}
	if s.Through == "" {
		return ok
	}
	through, ok2 := day(s.Through)
	switch {
	case !ok2:
		list.Add(at+"/through", "invalid_date", "a date has the form 2026-12-24")
	case ok && through.Before(from):
		list.Add(at+"/through", "out_of_range", "the last day is before the first")
		return false
	case ok && through.Sub(from) >= maxLength*24*time.Hour:
		list.Add(at+"/through", "out_of_range", "at most %d days in a row", maxLength)
		return false
	}
	return ok && ok2
}

func (s *SpecialDay) checkHours(list *errs.List, at string, need bool) bool {
	good := true
	for _, c := range []struct{ name, text string }{{"opens", s.Opens}, {"closes", s.Closes}} {
		if _, ok := Minute(c.text); !ok && c.text != "" {
			list.Add(at+"/"+c.name, "out_of_range", "give a time of day such as 09:00; 24:00 is midnight")
			good = false
		}
	}
	given := s.Opens != "" || s.Closes != ""
	switch span := s.span(); {
	case s.Closed && given:
		list.Add(at+"/closed", "out_of_range", "a closed day has no hours: leave out opens and closes, or closed")
	case !s.Closed && !given && need:
		list.Add(at+"/opens", "required", "say from when until when, or that it is closed")
	case good && span.From >= span.To:
		list.Add(at+"/closes", "out_of_range", "it closes before it opens; hours over midnight are two days")
	default:
		return good
	}
	return false
}

// clashes reports whether two leave open what holds on a day: both have it, and one is closed or their hours overlap.
func (s *SpecialDay) clashes(o SpecialDay) bool {
	if s.last() < o.Date || o.last() < s.Date {
		return false
	}
	a, b := s.span(), o.span()
	return s.Closed || o.Closed || a.From < b.To && b.From < a.To
}
