package report

import (
	"strings"

	"ordo/internal/money"
	"ordo/internal/sheet"
)

// head is the names of the columns.
func head(res *Result) (names []string) {
	if res.Bucket != "" {
		names = append(names, res.Bucket)
	}
	names = append(names, res.GroupBy...)
	if res.Definition.PerCurrency() {
		names = append(names, "currency")
	}
	for _, m := range res.Definition.Metrics {
		names = append(names, m.Name)
	}
	if res.PreviousFrom != "" {
		for _, m := range res.Definition.Metrics {
			names = append(names, "previous_"+m.Name)
		}
	}
	return names
}

// labels is the text at the begin of a row.
func labels(res *Result, row Row) (out []string) {
	if res.Bucket != "" {
		out = append(out, row.Bucket)
	}
	out = append(out, row.Group...)
	if res.Definition.PerCurrency() {
		out = append(out, row.Currency)
	}
	return out
}

// values is the values of a row in the order of the columns; nil for one that is not there.
func values(res *Result, row Row) []*float64 {
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

// cells is the rows of a report with their names above them.
func cells(res *Result) [][]any {
	rows := [][]any{texted(head(res))}
	for _, row := range res.Rows {
		line := texted(labels(res, row))
		for i, v := range values(res, row) {
			switch m := res.Definition.Metrics[i%len(res.Definition.Metrics)]; {
			case v == nil:
				line = append(line, nil)
			case m.Unit == Money:
				line = append(line, sheet.Decimal(places(*v, row.Currency)))
			default:
				line = append(line, *v)
			}
		}
		rows = append(rows, line)
	}
	return rows
}

// CSV writes the rows of a report with their names above them. Amounts are decimals.
func CSV(res *Result) ([]byte, error) { return sheet.CSV(cells(res)) }

// XLSX writes two sheets: the numbers, and what they mean.
func XLSX(res *Result) ([]byte, error) {
	d := res.Definition
	rows := [][]any{{"report", d.Name}, {"version", int64(d.Version)}, {"from", res.From}, {"to", res.To}, {"basis", d.Basis}, {"about", d.Doc}, {}, {"number", "unit", "meaning"}}
	for _, m := range d.Metrics {
		rows = append(rows, []any{m.Name, string(m.Unit), m.Doc})
	}
	return sheet.XLSX(sheet.Sheet{Name: "Report", Rows: cells(res)}, sheet.Sheet{Name: "Definitions", Rows: rows})
}

func texted(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
