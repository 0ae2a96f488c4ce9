package pages

import "net/url"

// Field is one input of a form. Its name is its place in the body of an operation.
type Field struct {
	Name, Label, Help string
	Kind              string // text, area, number, signed, money, select, check, list, hidden, rows, email, choices, radio, looks, scan
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
	Key         string // of a radio button: the key that chooses it
	About       string // likewise: what it means
}

// Row is a line of a table with a quantity to type; in looks, with fields of its own.
type Row struct {
	Text, About string
	Hidden      map[string]string // name -> value
	Name        string            // of the quantity
	Value       string
	Most        int64  // 0: any
	Code        string // what a scanner reads from it
	Fields      []Field
	Shown       bool // the fields are there before a quantity is typed
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
	default:
		f.Value = form.Get(f.Name)
	}
}
