package shipping

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/errs"
	"ordo/internal/hours"
	"ordo/internal/micros"
)

// Date is a calendar day without a clock: days since 1970-01-01. Zero stands for none.
type Date int32

// DateOf is the day of a moment where it is.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDate reads 2026-11-24.
func ParseDate(s string) (Date, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return DateOf(t), err == nil && t.Year() >= 1971
}

func (d Date) std() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String renders 2026-11-24; none is empty.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.std().Format(time.DateOnly)
}

// MarshalText implements encoding.TextMarshaler.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Date) UnmarshalText(b []byte) error {
	*d = 0
	if len(b) == 0 {
		return nil
	}
	v, ok := ParseDate(string(b))
	if !ok {
		return errs.New(errs.Invalid, "invalid_date", "a date has the form 2026-11-24")
	}
	*d = v
	return nil
}

// Weekdays are the names of days in settings.
var Weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Calendar says on which days somebody works. The zero value works Monday to Friday, without holidays.
type Calendar struct {
	Days     []string // mon to sun
	Holidays string   // a key of the holiday table, such as GB; "" for none
	Special  []hours.SpecialDay
}

func checkDays(list *errs.List, at string, days []string) {
	for i, d := range days {
		if !slices.Contains(Weekdays, d) {
			list.Add(at+"/"+strconv.Itoa(i), "unknown_value", "give one of mon, tue, wed, thu, fri, sat, sun")
		}
	}
}

var workweek = []string{"mon", "tue", "wed", "thu", "fri"}

// hours are those of a day; none where nobody works.
func (c Calendar) hours(d Date) []hours.Span {
	days, date := c.Days, ""
	if len(days) == 0 {
		days = workweek
	}
	var usual []hours.Span
	if slices.Contains(days, Weekdays[d.std().Weekday()]) {
		usual = []hours.Span{hours.WholeDay}
	}
	if len(c.Special) > 0 {
		date = d.String()
	}
	return hours.OfDay(date, c.Special, Holiday(c.Holidays, d) != "", usual)
}

// Works reports whether the day is a working day.
func (c Calendar) Works(d Date) bool { return len(c.hours(d)) > 0 }

// maxIdle bounds the search for a working day: a calendar that never works must not search for ever.
const maxIdle = 400

// onOrAfter is the first working day from d on.
func (c Calendar) onOrAfter(d Date) Date {
	for range maxIdle {
		if c.Works(d) {
			break
		}
		d++
	}
	return d
}

// add goes n working days on from the first working day from d on.
func (c Calendar) add(d Date, n int64) Date {
	d = c.onOrAfter(d)
	for range n {
		d = c.onOrAfter(d + 1)
	}
	return d
}

// Node is when a location works. The zero value ships the same day at any hour, in UTC.
type Node struct {
	TimeZone       string // IANA name such as Europe/Berlin
	CutOff         string // "14:30": orders from then on count as of the next working day; "" for midnight
	ProcessingDays int64  // working days between an order and its leaving
	Calendar       Calendar
}

var clock = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// MaxProcessing is the longest time a location may take, in days.
const MaxProcessing = 60

// Check adds to the list what is wrong with the node's settings.
func (n Node) Check(list *errs.List, at string) {
	if _, err := zone(n.TimeZone); err != nil {
		list.Add(at+"/time_zone", "unknown_value", "give an IANA time zone such as Europe/Berlin")
	}
	if n.CutOff != "" && !clock.MatchString(n.CutOff) {
		list.Add(at+"/cut_off", "out_of_range", "give a time of day such as 14:30")
	}
	if n.ProcessingDays < 0 || n.ProcessingDays > MaxProcessing {
		list.Add(at+"/processing_days", "out_of_range", "give days, from 0 to %d", MaxProcessing)
	}
	checkDays(list, at+"/work_days", n.Calendar.Days)
	hours.Check(list, at+"/special_days", n.Calendar.Special, false)
	if n.Calendar.Holidays != "" && !HasHolidays(n.Calendar.Holidays) {
		list.Add(at+"/holidays", "unknown_value", "there is no holiday table %q; there are %s", errs.Clip(n.Calendar.Holidays), strings.Join(HolidayTables(), ", "))
	}
}

// zone finds a time zone; "" is UTC, and the zone of the machine is nobody's.
func zone(name string) (*time.Location, error) {
	if name == "Local" {
		return nil, errs.New(errs.Invalid, "unknown_value", "not a time zone")
	}
	return time.LoadLocation(name)
}

// cutOff is that of a day: the end of its hours, where that is earlier.
func (n Node) cutOff(d Date) string {
	end := hours.Clock(hours.WholeDay.To)
	if spans := n.Calendar.hours(d); len(spans) > 0 {
		end = hours.Clock(spans[len(spans)-1].To)
	}
	if n.CutOff == "" {
		return end
	}
	return min(n.CutOff, end)
}

// Leaves is the day on which something ordered now leaves the node: the first working day whose cut-off is not over,
// and from there the processing days.
func (n Node) Leaves(now micros.Time) Date {
	loc, err := zone(n.TimeZone)
	if err != nil {
		loc = time.UTC // checked when it was stored
	}
	local := now.Std().In(loc)
	day := DateOf(local)
	if local.Format("15:04") >= n.cutOff(day) && n.Calendar.Works(day) {
		day++
	}
	return n.Calendar.add(day, n.ProcessingDays)
}

// Way is how a service gets to a destination.
type Way struct {
	TransitDays int64    // of the carrier's working days
	BufferDays  int64    // added to the latest day, of the same kind
	Calendar    Calendar // the carrier's days with the destination's holidays
}

// Promise is what the customer is told: when the goods leave, and the first and last day of their arrival.
type Promise struct {
	Ships    Date `json:"ships"`
	Earliest Date `json:"earliest"`
	Latest   Date `json:"latest"`
}

// Arrives adds the way to the day of leaving: transit counts the carrier's working days after it.
func (w Way) Arrives(leaves Date) Promise {
	first := leaves
	if w.TransitDays > 0 {
		first = w.Calendar.add(leaves+1, w.TransitDays-1)
	}
	last := first
	for range w.BufferDays {
		last = w.Calendar.onOrAfter(last + 1)
	}
	return Promise{leaves, first, last}
}

// PromiseOf is node processing plus transit plus buffer (calendars, cut-off and holidays on both sides).
func PromiseOf(now micros.Time, n Node, w Way) Promise { return w.Arrives(n.Leaves(now)) }

// Join is the promise for goods from several places: everything is there when the last of it is.
func Join(a, b Promise) Promise {
	if a == (Promise{}) {
		return b
	}
	return Promise{max(a.Ships, b.Ships), max(a.Earliest, b.Earliest), max(a.Latest, b.Latest)}
}
