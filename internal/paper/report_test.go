package paper

import (
	"fmt"
	"strings"
	"testing"
)

func salesReport() ReportData {
	return ReportData{
		Question: "What did we sell?", Title: "Sales", MadeAt: "1 January 2026, 00:00 UTC", At: at,
		Facts: [][2]string{{"Days", "1 December 2025 to 31 December 2025"}, {"Per", "week"}, {"By", ""}, {"Only channel", "web"}},
		Chart: &ReportChart{Title: "Net GBP per week", Top: "120.00", Half: "60.00", Standing: true, Compared: true, Bars: []ReportBar{
			{Label: "2025-12-01", Now: 0.5, Before: 1}, {Label: "2025-12-08"}, {Label: "2025-12-15", Now: 1},
		}},
		Totals: ReportTable{Title: "The whole time", Labels: []string{"Number"}, Numbers: []string{"GBP"}, Notes: "What it means", Rows: []ReportRow{
			{Labels: []string{"Net"}, Numbers: [][2]string{{"180.00", "120.00"}}, Note: "Goods after discounts, without taxes."},
		}},
		Table: ReportTable{Title: "Rows", Labels: []string{"Week", "Currency"}, Numbers: []string{"Orders", "Net"}, Rows: []ReportRow{
			{Labels: []string{"2025-12-01", "GBP"}, Numbers: [][2]string{{"1", "2"}, {"60.00", "120.00"}}},
			{Labels: []string{"2025-12-15", "GBP"}, Numbers: [][2]string{{"2", "–"}, {"120.00", "–"}}},
		}},
		About: "Revenue as the books have it.",
	}
}

func TestReport(t *testing.T) {
	check(t, "report", func() (*sheet, error) { return drawReport(salesReport()), nil })
}

// TestReportOfHostileWords: what stands in a report may have been typed by anybody. It is cut, wrapped and cleaned, and
// every row and every number is there; heads stand on every sheet.
func TestReportOfHostileWords(t *testing.T) {
	d := salesReport()
	d.Size = A4
	d.Facts = append(d.Facts, [2]string{"Only sku", strings.Repeat("endless", 2000)})
	hostile := []string{"\x00\x1b[31mred\x07", "שלום \u202eolleh\u202c", strings.Repeat("W", 10_000), "(a) Tj ET \\) endobj", "\xff\xfe", "🙂\u200d", ""}
	d.Chart.Standing, d.Chart.Bars = false, nil
	for i, s := range hostile {
		d.Chart.Bars = append(d.Chart.Bars, ReportBar{Label: s, Text: fmt.Sprint(i), Now: float64(i) / 6, Before: 1})
	}
	d.Table.Numbers, d.Table.Rows = nil, nil
	for n := range 11 {
		d.Table.Numbers = append(d.Table.Numbers, fmt.Sprintf("A rather long name of one number %d", n))
	}
	for i := range 60 {
		row := ReportRow{Labels: []string{fmt.Sprintf("row %d", i), hostile[i%len(hostile)]}}
		for n := range d.Table.Numbers {
			row.Numbers = append(row.Numbers, [2]string{fmt.Sprintf("%d.%02d", i, n), ""})
		}
		d.Table.Rows = append(d.Table.Rows, row)
	}
	draw := func() (*sheet, error) { return drawReport(d), nil }
	got := text(t, draw)
	pages := strings.Split(strings.TrimSuffix(got, "\n\n"), "\n\n")
	for i, page := range pages {
		page = "\n" + page
		if !strings.Contains(page+"\n", fmt.Sprintf("\nPage %d of %d\n", i+1, len(pages))) {
			t.Errorf("page %d is not numbered", i+1)
		}
		if strings.Contains(page, "\nrow ") != strings.Contains(page, "\nWeek\nCurrency\n") {
			t.Errorf("page %d has rows without their head: %s", i+1, page)
		}
	}
	for i := range 60 {
		for n := range d.Table.Numbers {
			if !strings.Contains(got, fmt.Sprintf("\n%d.%02d\n", i, n)) {
				t.Fatalf("%d.%02d is missing", i, n)
			}
		}
	}
	for _, bad := range []string{"\x00", "\x1b", "\x07", "\u202e", "\u200d"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q is printed", bad)
		}
	}
}
