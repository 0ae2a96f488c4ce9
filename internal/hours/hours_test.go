package hours

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ordo/internal/errs"
)

func TestOfDay(t *testing.T) {
	office := []Span{{540, 1020}}
	special := []SpecialDay{
		{Date: "2026-11-30", Name: "Inventory", Closed: true},
		{Date: "2026-12-24", Name: "Christmas Eve", Closes: "12:00"},
		{Date: "2026-12-26", Name: "Open on Boxing Day"},
		{Date: "2026-12-27", Name: "Sale", Opens: "14:00", Closes: "18:00"},
		{Date: "2026-12-27", Name: "Sale", Opens: "08:00", Closes: "12:30"},
		{Date: "2026-12-30", Through: "2027-01-02", Name: "Company outing", Closed: true},
	}
	for _, row := range []struct {
		date    string
		holiday bool
		usual   []Span
		want    string
	}{
		{"2026-11-29", false, office, "[{540 1020}]"},                  // as on its weekday
		{"2026-11-29", true, office, "[]"},                             // a holiday
		{"2026-11-29", false, nil, "[]"},                               // a free weekday
		{"2026-11-30", false, office, "[]"},                            // closed before anything else
		{"2026-12-24", false, office, "[{0 720}]"},                     // shorter
		{"2026-12-26", true, office, "[{0 1440}]"},                     // open on a holiday
		{"2026-12-26", true, nil, "[{0 1440}]"},                        // and on a free weekday
		{"2026-12-27", false, nil, "[{480 750} {840 1080}]"},           // twice a day, in order
		{"2026-12-29", false, office, "[{540 1020}]"},                  // the day before
		{"2026-12-30", false, office, "[]"},                            // the first,
		{"2027-01-01", true, office, "[]"},                             // one between,
		{"2027-01-02", false, office, "[]"},                            // the last,
		{"2027-01-03", false, []Span{WholeDay}, "[{0 1440}]"},          // and after it
		{"2025-12-24", false, office, fmt.Sprint([]Span{{540, 1020}})}, // another year
	} {
		if got := fmt.Sprint(OfDay(row.date, special, row.holiday, row.usual)); got != row.want {
			t.Errorf("%s (holiday %t): %s, want %s", row.date, row.holiday, got, row.want)
		}
	}
	if special[1].Over("2026-12-24") || !special[1].Over("2026-12-25") || special[5].Over("2027-01-02") || !special[5].Over("2027-01-03") {
		t.Error("over")
	}
	for minute, text := range map[int]string{0: "00:00", 570: "09:30", 1440: "24:00"} {
		if n, ok := Minute(text); Clock(minute) != text || n != minute || !ok {
			t.Errorf("%d is %s, %s is %d", minute, Clock(minute), text, n)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, row := range []struct {
		days []SpecialDay
		need bool
		want string
	}{
		{nil, true, ""},
		{[]SpecialDay{{Date: "2026-12-24", Name: "Eve", Closes: "12:00"}, {Date: "2026-12-26", Name: "Open"}, {Date: "2026-12-28", Through: "2026-12-31", Name: "Outing", Closed: true}}, false, ""},
		{[]SpecialDay{{Date: "2026-12-24", Name: "Morning", Closes: "12:00"}, {Date: "2026-12-24", Name: "Afternoon", Opens: "12:00"}}, true, ""},
		{[]SpecialDay{{}}, false, "/0/name required; /0/date invalid_date"},
		{[]SpecialDay{{Date: "24.12.2026", Through: "2026-02-29", Name: strings.Repeat("x", 101), Closed: true}}, false, "/0/name required; /0/date invalid_date; /0/through invalid_date"},
		{[]SpecialDay{{Date: "2026-12-24", Through: "2026-12-23", Name: "Back", Closed: true}}, false, "/0/through out_of_range"},
		{[]SpecialDay{{Date: "2026-01-01", Through: "2027-01-01", Name: "Year", Closed: true}}, false, ""},
		{[]SpecialDay{{Date: "2026-01-01", Through: "2027-01-02", Name: "Year and a day", Closed: true}}, false, "/0/through out_of_range"},
		{[]SpecialDay{{Date: "2026-12-24", Name: "Eve", Opens: "9:00", Closes: "noon"}}, false, "/0/opens out_of_range; /0/closes out_of_range"},
		{[]SpecialDay{{Date: "2026-12-24", Name: "Eve", Opens: "12:00", Closes: "12:00"}}, false, "/0/closes out_of_range"},
		{[]SpecialDay{{Date: "2026-12-24", Name: "Eve", Closed: true, Closes: "12:00"}}, false, "/0/closed out_of_range"},
		{[]SpecialDay{{Date: "2026-12-24", Name: "Eve"}}, true, "/0/opens required"},
		{[]SpecialDay{{Date: "2026-12-20", Through: "2026-12-31", Name: "Short", Closes: "12:00"}, {Date: "2026-12-25", Name: "Closed", Closed: true}}, false, "/1/date duplicate"},
		{[]SpecialDay{{Date: "2026-12-24", Name: "A", Closes: "12:00"}, {Date: "2026-12-24", Name: "B", Opens: "11:59"}}, false, "/1/date duplicate"},
		{[]SpecialDay{{Date: "2026-12-24", Name: "A", Closed: true}, {Date: "2026-12-24", Name: "A", Closed: true}}, false, "/1/date duplicate"},
		{slices.Repeat([]SpecialDay{{Date: "2026-12-24", Name: "A", Closed: true}}, MaxSpecial+1), false, " too_many"},
	} {
		var list errs.List
		Check(&list, "", row.days, row.need)
		got := ""
		if !list.Empty() {
			var all []string
			for _, p := range errs.As(list.Err()).Problems {
				all = append(all, p.Pointer+" "+p.Code)
			}
			got = strings.Join(all, "; ")
		}
		if got != row.want {
			t.Errorf("%+v: %q, want %q", row.days[:min(len(row.days), 2)], got, row.want)
		}
	}
}
