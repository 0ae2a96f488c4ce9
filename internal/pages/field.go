package pages

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Field is one input of a form. Its name is its place in the body of an operation.
type Field struct {
	Name, Label, Help string
	Kind              string // text, area, number, signed, date, money, select, check, list, hidden, rows, email, choices, radio, looks, scan, table
	Value             string
	Currency          string
	Options           []Option
	Required          bool
	Rows              []Row
	Error             string
	Auto              string  // what browsers fill in: a token of autocomplete
	Row               string  // of a cell of a table: the number of its row
	Off               bool    // of select: nothing can be chosen now; Help says why
	AnyCurrency       bool    // of money: its currency is typed, too
	In                string  // of money: the field of the form that has its currency; the amount has none of its own
	Columns           []Field // of a table: what each row has; their names are those within a row
}

// Option is a value to choose.
type Option struct {
	Value, Text string
	On          bool
	Key         string // of a radio button: the key that chooses it
	About       string // likewise: what it means
}

// Row is a line of a table with a quantity to type; in looks, with fields of its own.
type Row struct {
	Text, About string
	Hidden      map[string]string // name -> value
	Name        string            // of the quantity
	Value       string
	Most        int64   // 0: any
	Code        string  // what a scanner reads from it
	Fields      []Field // of a table: the cells
	Shown       bool    // the fields are there before a quantity is typed
}

// Take gives a field the value that was typed.
func (f *Field) Take(form url.Values) {
	values := form[f.Name]
	switch f.Kind {
	case "check":
		f.Value = form.Get(f.Name)
	case "choices":
		for i := range f.Options {
			f.Options[i].On = false
			for _, value := range values {
				f.Options[i].On = f.Options[i].On || value == f.Options[i].Value
			}
		}
	case "radio":
		f.Value = form.Get(f.Name)
		for i := range f.Options {
			f.Options[i].On = f.Options[i].Value == f.Value
		}
	case "rows", "looks":
		for i := range f.Rows {
			f.Rows[i].Value = form.Get(f.Rows[i].Name)
			for j := range f.Rows[i].Fields {
				f.Rows[i].Fields[j].Take(form)
			}
		}
	case "table":
		sent := f.rowsIn(form)
		f.MakeRows(len(sent))
		for i := range f.Rows {
			if !slices.Contains(sent, i) {
				continue // the empty row begins as its columns do
			}
			for j := range f.Rows[i].Fields {
				f.Rows[i].Fields[j].Take(form)
			}
		}
	default:
		f.Value = form.Get(f.Name)
		if c := CurrencyIn(form, f.Name); c != "" {
			f.Currency = c
		}
	}
}

// maxRows bounds the rows of a table in a form.
const maxRows = 1000

// MakeRows gives a table so many rows, as its columns are, and an empty one to type another into.
func (f *Field) MakeRows(n int) {
	f.Rows = nil
	for i := range min(n, maxRows) + 1 {
		at := strconv.Itoa(i)
		row := Row{Text: strconv.Itoa(i + 1), Name: f.Name + "." + at, Shown: i < n}
		for _, cell := range f.Columns {
			cell.Name = row.Name + "." + cell.Name
			cell.Options = slices.Clone(cell.Options)
			row.Fields = append(row.Fields, cell)
		}
		f.Rows = append(f.Rows, row)
	}
}

// rowsIn are the numbers of the rows that a form has of a table, in their order.
func (f *Field) rowsIn(form url.Values) []int {
	var out []int
	for name := range form {
		if rest, ok := strings.CutPrefix(name, f.Name+"."); ok {
			first, _, _ := strings.Cut(rest, ".")
			if i, err := strconv.Atoi(first); err == nil && i >= 0 && !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Tidy takes the rows of a table out of a form that are empty, or that _drop names, and closes the gaps: what is found
// about a row comes back to it.
func (f *Field) Tidy(form url.Values) {
	next := 0
	for _, i := range f.rowsIn(form) {
		from := f.Name + "." + strconv.Itoa(i)
		keep := !slices.Contains(form["_drop"], from) && !f.blank(form, from)
		to := f.Name + "." + strconv.Itoa(next)
		for name, values := range form {
			if rest, ok := strings.CutPrefix(name, from+"."); ok && (!keep || from != to) {
				delete(form, name)
				if keep {
					form[to+"."+rest] = values
				}
			}
		}
		if keep {
			next++
		}
	}
	form["_drop"] = slices.DeleteFunc(form["_drop"], func(name string) bool { return strings.HasPrefix(name, f.Name+".") })
}

// blank reports whether nothing was typed into a row. What is chosen from a list does not count: some of it always is.
func (f *Field) blank(form url.Values, at string) bool {
	return !slices.ContainsFunc(f.Columns, func(c Field) bool {
		return !slices.Contains([]string{"select", "check", "choices", "radio", "hidden"}, c.Kind) && strings.TrimSpace(form.Get(at+"."+c.Name)) != ""
	})
}

// Place gives what was found to the fields that it is about, takes it out of found, and returns those fields.
func (f *Field) Place(found map[string]string, same func(finding string) string) []Field {
	var out []Field
	for i := range f.Rows {
		row := &f.Rows[i]
		if f.Kind != "table" {
			break
		}
		for j := range row.Fields {
			for _, bad := range row.Fields[j].Place(found, same) {
				bad.Row = row.Text
				out = append(out, bad)
			}
		}
		if text := found[row.Name]; text != "" && len(row.Fields) > 0 { // about all of it
			row.Fields[0].Error, row.Fields[0].Row = text, row.Text
			out = append(out, row.Fields[0])
			delete(found, row.Name)
		}
	}
	for name, text := range found {
		if same(name) == f.Name || name == f.Name || strings.HasPrefix(name, f.Name+".") {
			f.Error = text
			delete(found, name)
		}
	}
	if f.Error != "" {
		out = append(out, *f)
	}
	return out
}
