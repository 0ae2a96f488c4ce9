package pages

import "net/url"

// Field is one input of a form. Its name is its place in the body of an operation.
type Field struct {
	Name, Label, Help string
	Kind              string // text, area, number, money, select, check, list, hidden, rows, email, choices
	Value             string
	Currency          string
	Options           []Option
	Required          bool
	Rows              []Row
	Error             string
	Auto              string // what browsers fill in: a token of autocomplete
}

// Option is a value to choose.
type Option struct {
	Value, Text string
	On          bool
}

// Row is a line of a table with a quantity to type.
type Row struct {
	Text, About string
	Hidden      map[string]string // name -> value
	Name        string            // of the quantity
	Value       string
	Most        int64
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
	case "rows":
		for i := range f.Rows {
			f.Rows[i].Value = form.Get(f.Rows[i].Name)
		}
	default:
		f.Value = form.Get(f.Name)
	}
}
