package console

import (
	"slices"
	"strings"
	"time"

	"ordo/internal/hours"
)

// specialDays is the setting for dates with hours of their own, in the calendar that a name leads to.
func specialDays(name, help string) setting {
	return setting{Name: name, Label: "Special days", Coming: "Coming special days", Kind: "table", Keys: 1, Help: help, Cols: []setting{
		{Name: "date", Label: "First day", Kind: "date"},
		{Name: "through", Label: "Last day", Kind: "date"},
		{Name: "name", Label: "Why", Kind: "text"},
		{Name: "closed", Label: "On this day", Kind: "yes", Yes: "Closed", No: "At work"},
		{Name: "opens", Label: "Opens", Kind: "text"},
		{Name: "closes", Label: "Closes", Kind: "text"},
	}}
}

// coming are the rows of special days that are not over, the next first. A day is over a day late: somewhere it still is
// that day.
func (v *setupView) coming(s *setting, doc any, rows []shownRow) []shownRow {
	type dated struct {
		date string
		row  shownRow
	}
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	list, _ := valueAt(doc, s.Name).([]any)
	var left []dated
	for i, row := range rows {
		d := hours.SpecialDay{Date: plainText(valueAt(list[i], "date")), Through: plainText(valueAt(list[i], "through"))}
		if !d.Over(yesterday) {
			left = append(left, dated{d.Date, row})
		}
	}
	slices.SortStableFunc(left, func(a, b dated) int { return strings.Compare(a.date, b.date) })
	out := make([]shownRow, len(left))
	for i := range left {
		out[i] = left[i].row
	}
	return out
}
