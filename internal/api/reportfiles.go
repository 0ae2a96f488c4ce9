package api

import (
	"net/http"
	"strings"

	"ordo/internal/money"
	"ordo/internal/report"
	"ordo/internal/sheet"
)

const typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// reportFile answers with a report as a file.
func reportFile(form func(*report.Result) ([]byte, error)) func(*call) error {
	return func(c *call) error {
		res, through, err := c.runReport()
		if err != nil {
			return err
		}
		b, err := form(res)
		if err != nil {
			return err
		}
		ending := ".csv"
		if c.route.file == typeXLSX {
			ending = ".xlsx"
		}
		c.w.Header().Set("Content-Disposition", `attachment; filename="`+res.Definition.Name+"-"+res.From+"-"+res.To+ending+`"`)
		c.w.Header().Set("Ordo-Through", itoa(through))
		write(c.w, http.StatusOK, c.route.file, b)
		return nil
	}
}

// reportHead is the names of the columns.
func reportHead(res *report.Result) (head []string) {
	if res.Bucket != "" {
		head = append(head, res.Bucket)
	}
	head = append(head, res.GroupBy...)
	if res.Definition.PerCurrency() {
		head = append(head, "currency")
	}
	for _, m := range res.Definition.Metrics {
		head = append(head, m.Name)
	}
	if res.PreviousFrom != "" {
		for _, m := range res.Definition.Metrics {
			head = append(head, "previous_"+m.Name)
		}
	}
	return head
}

// reportLabels is the text at the begin of a row.
func reportLabels(res *report.Result, row report.Row) (out []string) {
	if res.Bucket != "" {
		out = append(out, row.Bucket)
	}
	out = append(out, row.Group...)
	if res.Definition.PerCurrency() {
		out = append(out, row.Currency)
	}
	return out
}

// reportNumbers is the values of a row in the order of the columns; nil for one that is not there.
func reportNumbers(res *report.Result, row report.Row) []*float64 {
	out := append([]*float64(nil), row.Values...)
	if res.PreviousFrom == "" {
		return out
	}
	if row.Previous == nil {
		return append(out, make([]*float64, len(row.Values))...)
	}
	return append(out, row.Previous...)
}

// places writes an amount as a decimal in the currency's own places.
func places(amount float64, currency string) string {
	s, _, _ := strings.Cut(money.Money{Amount: int64(amount), Currency: currency}.String(), " ")
	return s
}

// reportTable is the rows of a report with their names above them.
func reportTable(res *report.Result) [][]any {
	rows := [][]any{texted(reportHead(res))}
	for _, row := range res.Rows {
		cells := texted(reportLabels(res, row))
		for i, v := range reportNumbers(res, row) {
			switch m := res.Definition.Metrics[i%len(res.Definition.Metrics)]; {
			case v == nil:
				cells = append(cells, nil)
			case m.Unit == report.Money:
				cells = append(cells, sheet.Decimal(places(*v, row.Currency)))
			default:
				cells = append(cells, *v)
			}
		}
		rows = append(rows, cells)
	}
	return rows
}

func reportCSV(res *report.Result) ([]byte, error) { return sheet.CSV(reportTable(res)) }

// reportXLSX writes two sheets: the numbers, and what they mean.
func reportXLSX(res *report.Result) ([]byte, error) {
	d := res.Definition
	rows := [][]any{{"report", d.Name}, {"version", int64(d.Version)}, {"from", res.From}, {"to", res.To}, {"basis", d.Basis}, {"about", d.Doc}, {}, {"number", "unit", "meaning"}}
	for _, m := range d.Metrics {
		rows = append(rows, []any{m.Name, string(m.Unit), m.Doc})
	}
	return sheet.XLSX(sheet.Sheet{Name: "Report", Rows: reportTable(res)}, sheet.Sheet{Name: "Definitions", Rows: rows})
}

func texted(cells []string) []any {
	out := make([]any, len(cells))
	for i, s := range cells {
		out[i] = s
	}
	return out
}
