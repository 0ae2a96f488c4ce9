package shipping

import (
	"slices"
	"testing"
	"time"

	"ordo/internal/errs"
	"ordo/internal/hours"
	"ordo/internal/micros"

	"pgregory.net/rapid"
)

func at(s string) micros.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return micros.Of(t)
}

func TestPromise(t *testing.T) {
	berlin := Node{TimeZone: "Europe/Berlin", CutOff: "14:00", ProcessingDays: 1, Calendar: Calendar{Holidays: "DE"}}
	two := Way{TransitDays: 2, BufferDays: 1, Calendar: Calendar{Holidays: "GB"}}
	for _, tt := range []struct {
		name string
		now  string
		n    Node
		w    Way
		want string // ships, earliest, latest
	}{
		{"plain", "2026-11-23T09:00:00Z", berlin, two, "2026-11-24 2026-11-26 2026-11-27"},              // Monday morning
		{"before the cut-off", "2026-11-23T12:59:00Z", berlin, two, "2026-11-24 2026-11-26 2026-11-27"}, // 13:59 in Berlin
		{"after the cut-off", "2026-11-23T13:00:00Z", berlin, two, "2026-11-25 2026-11-27 2026-11-30"},  // 14:00 in Berlin
		{"summer time", "2026-07-06T12:00:00Z", berlin, two, "2026-07-08 2026-07-10 2026-07-13"},        // 14:00 in Berlin
		{"the night before", "2026-11-22T23:30:00Z", berlin, two, "2026-11-24 2026-11-26 2026-11-27"},   // Monday 00:30 in Berlin
		{"weekend", "2026-11-21T18:00:00Z", berlin, two, "2026-11-24 2026-11-26 2026-11-27"},            // no cut-off on a free day
		{"Christmas", "2026-12-23T10:00:00Z", berlin, two, "2026-12-24 2026-12-30 2026-12-31"},          // 25th, 26th and GB's substitute 28th
		{"New Year", "2026-12-30T15:00:00Z", berlin, two, "2027-01-04 2027-01-06 2027-01-07"},           // Thursday 31st, Friday 1st
		{"same day, door to door", "2026-11-23T09:00:00Z", Node{}, Way{}, "2026-11-23 2026-11-23 2026-11-23"},
		{"Saturday delivery", "2026-11-27T09:00:00Z", Node{}, Way{TransitDays: 1, Calendar: Calendar{Days: []string{"mon", "tue", "wed", "thu", "fri", "sat"}}}, "2026-11-27 2026-11-28 2026-11-28"},
		{"weekend works", "2026-11-28T23:59:00Z", Node{Calendar: Calendar{Days: Weekdays}}, Way{}, "2026-11-28 2026-11-28 2026-11-28"},
		{"observed on Friday", "2026-07-02T10:00:00Z", Node{Calendar: Calendar{Holidays: "US"}}, Way{TransitDays: 1, Calendar: Calendar{Holidays: "US"}}, "2026-07-02 2026-07-06 2026-07-06"},
		{"a calendar that never works", "2026-11-23T09:00:00Z", Node{Calendar: Calendar{Days: []string{"never"}}}, Way{}, "2027-12-28 2027-12-28 2027-12-28"},
	} {
		p := PromiseOf(at(tt.now), tt.n, tt.w)
		if got := p.Ships.String() + " " + p.Earliest.String() + " " + p.Latest.String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Special days come first: closed on a working day, open on a holiday or a weekend, and shorter, by the clock of the
// place, also where clocks are changed.
func TestSpecialDays(t *testing.T) {
	n := Node{TimeZone: "Europe/Berlin", CutOff: "14:00", Calendar: Calendar{Holidays: "DE", Special: []hours.SpecialDay{
		{Date: "2026-03-29", Name: "Move", Closes: "03:00"}, // a Sunday: at two clocks show three
		{Date: "2026-07-06", Name: "Summer", Opens: "08:00", Closes: "10:00"},
		{Date: "2026-11-30", Through: "2026-12-01", Name: "Inventory", Closed: true},
		{Date: "2026-12-24", Name: "Christmas Eve", Closes: "12:00"},
		{Date: "2026-12-25", Name: "Rush", Opens: "08:00", Closes: "20:00"},
	}}}
	slow, late := n, n
	slow.ProcessingDays, late.CutOff = 2, ""
	for _, tt := range []struct {
		name  string
		now   string
		n     Node
		ships string
	}{
		{"before", "2026-11-27T12:00:00Z", n, "2026-11-27"},
		{"closed after the cut-off", "2026-11-27T13:00:00Z", n, "2026-12-02"},
		{"within the closed days", "2026-11-30T08:00:00Z", n, "2026-12-02"},
		{"closed days are not worked on", "2026-11-27T12:00:00Z", slow, "2026-12-03"},
		{"until noon", "2026-12-24T10:59:00Z", n, "2026-12-24"},
		{"noon, and open on the holiday after it", "2026-12-24T11:00:00Z", n, "2026-12-25"},
		{"the cut-off is earlier than closing", "2026-12-25T13:00:00Z", n, "2026-12-28"},
		{"no cut-off", "2026-12-25T18:59:00Z", late, "2026-12-25"},
		{"no cut-off, closed", "2026-12-25T19:00:00Z", late, "2026-12-28"},
		{"closing in summer time", "2026-07-06T07:59:00Z", n, "2026-07-06"},
		{"over in summer time", "2026-07-06T08:00:00Z", n, "2026-07-07"},
		{"the night that clocks go forward", "2026-03-29T00:59:00Z", n, "2026-03-29"}, // 01:59
		{"a minute later it is three", "2026-03-29T01:00:00Z", n, "2026-03-30"},
	} {
		if got := tt.n.Leaves(at(tt.now)).String(); got != tt.ships {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.ships)
		}
	}
}

// A later order is never promised earlier; more transit, buffer or processing never shortens anything; and every day
// of the promise is a working day of whoever works on it.
func TestPromiseIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := Node{TimeZone: "America/New_York", CutOff: "15:00", ProcessingDays: rapid.Int64Range(0, 5).Draw(t, "processing"), Calendar: Calendar{Holidays: "US", Special: []hours.SpecialDay{
			{Date: "2026-07-03", Name: "Open", Closes: rapid.SampledFrom([]string{"00:01", "11:00", "24:00"}).Draw(t, "closes")}, {Date: "2027-03-14", Through: "2027-03-20", Name: "Outing", Closed: true},
		}}}
		w := Way{TransitDays: rapid.Int64Range(1, 6).Draw(t, "transit"), BufferDays: rapid.Int64Range(0, 3).Draw(t, "buffer"), Calendar: Calendar{Holidays: rapid.SampledFrom([]string{"", "GB", "JP"}).Draw(t, "to")}}
		now := at("2026-01-01T00:00:00Z").Add(time.Duration(rapid.Int64Range(0, 3*365*24*60).Draw(t, "minute")) * time.Minute)
		p := PromiseOf(now, n, w)
		later := PromiseOf(now.Add(time.Duration(rapid.Int64Range(1, 5000).Draw(t, "later"))*time.Minute), n, w)
		if later.Ships < p.Ships || later.Earliest < p.Earliest || later.Latest < p.Latest {
			t.Fatalf("%v, later %v", p, later)
		}
		if p.Earliest < p.Ships || p.Latest < p.Earliest || !n.Calendar.Works(p.Ships) || !w.Calendar.Works(p.Earliest) || !w.Calendar.Works(p.Latest) {
			t.Fatalf("%v", p)
		}
		w.TransitDays++
		n.ProcessingDays++
		if more := PromiseOf(now, n, w); more.Earliest <= p.Earliest {
			t.Fatalf("%v, with more to do %v", p, more)
		}
	})
}

func TestHolidays(t *testing.T) {
	for _, table := range HolidayTables() {
		free := 0
		for d, _ := ParseDate("2026-01-01"); d.std().Year() == 2026; d++ {
			if Holiday(table, d) != "" {
				free++
			}
		}
		if free < 5 || free > 25 {
			t.Errorf("%s has %d holidays in 2026", table, free)
		}
	}
	for day, table := range map[string]string{"2026-12-28": "GB", "2021-12-27": "GB", "2026-07-03": "US", "2026-05-14": "DE", "2021-12-31": "US"} {
		if d, _ := ParseDate(day); Holiday(table, d) == "" {
			t.Errorf("%s is a holiday in %s", day, table)
		}
	}
	if d, _ := ParseDate("2026-12-25"); Holiday("", d) != "" || Holiday("XX", d) != "" {
		t.Error("a holiday without a table")
	}
}

func TestDate(t *testing.T) {
	var d Date
	if err := d.UnmarshalText([]byte("2026-02-28")); err != nil || d.String() != "2026-02-28" || (d+1).String() != "2026-03-01" {
		t.Error(d, err)
	}
	for _, bad := range []string{"2026-02-29", "28.02.2026", "2026-2-8", "1969-01-01"} {
		if d.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%s passes", bad)
		}
	}
	if d.UnmarshalText(nil) != nil || d != 0 || d.String() != "" {
		t.Error("none")
	}
	a, b := Promise{1, 5, 6}, Promise{2, 3, 9}
	if Join(a, b) != (Promise{2, 5, 9}) || Join(Promise{}, b) != b {
		t.Error("joined")
	}
}

func TestCheckNode(t *testing.T) {
	var list errs.List
	Node{TimeZone: "Mars/Olympus", CutOff: "25:00", ProcessingDays: 61, Calendar: Calendar{Days: []string{"x"}, Holidays: "ZZ", Special: []hours.SpecialDay{{Name: "No day"}}}}.Check(&list, "")
	Node{TimeZone: "Local"}.Check(&list, "/b")
	var got []string
	for _, p := range errs.As(list.Err()).Problems {
		got = append(got, p.Pointer)
	}
	if !slices.Equal(got, []string{"/time_zone", "/cut_off", "/processing_days", "/work_days/0", "/special_days/0/date", "/holidays", "/b/time_zone"}) {
		t.Errorf("%q", got)
	}
	var none errs.List
	Node{}.Check(&none, "")
	Node{TimeZone: "Europe/Berlin", CutOff: "14:00", Calendar: Calendar{Holidays: "AU-VIC"}}.Check(&none, "")
	if !none.Empty() {
		t.Error(none.Err())
	}
}
