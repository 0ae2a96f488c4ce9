package catalog

import (
	"strings"
	"testing"

	"ordo/internal/doc"
	"ordo/internal/errs"
)

func TestFieldDefinitions(t *testing.T) {
	for name, tt := range map[string]struct {
		f    Field
		want []string
	}{
		"text":            {Field{Meta: doc.Meta{ID: "gift_message"}, Name: "Gift message", Type: "text"}, nil},
		"choice":          {Field{Meta: doc.Meta{ID: "size"}, Name: "Size", Type: "choice", Choices: []string{"S", "M"}}, nil},
		"nothing to pick": {Field{Meta: doc.Meta{ID: "size"}, Name: "Size", Type: "choice"}, []string{"/choices required"}},
		"twice":           {Field{Meta: doc.Meta{ID: "size"}, Name: "Size", Type: "choice", Choices: []string{"S", "S"}}, []string{"/choices/1 duplicate"}},
		"choices of text": {Field{Meta: doc.Meta{ID: "a"}, Name: "A", Type: "text", Choices: []string{"S"}}, []string{"/choices ambiguous"}},
		"all wrong":       {Field{Meta: doc.Meta{ID: "Gift-Message"}, Type: "colour"}, []string{"/code invalid_code", "/name required", "/type unknown_value"}},
		"too many":        {Field{Meta: doc.Meta{ID: "a"}, Name: "A", Type: "choice", Choices: strings.Split(strings.Repeat("x,", 200)+"y", ",")}, []string{"/choices too_many"}},
	} {
		if got := found(tt.f.Check); got != strings.Join(tt.want, "; ") {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestFieldValues(t *testing.T) {
	var defs []*Field
	for _, typ := range FieldTypes {
		defs = append(defs, &Field{Meta: doc.Meta{ID: "a_" + typ}, Name: typ, Type: typ, Choices: []string{"red", "blue"}, Active: true})
	}
	defs = append(defs, &Field{Meta: doc.Meta{ID: "old"}, Name: "old", Type: "text"}, &Field{Meta: doc.Meta{ID: "must"}, Name: "Must", Type: "text", Required: true, Active: true})
	for name, tt := range map[string]struct {
		values map[string]any
		isNew  bool
		want   []string
	}{
		"all":      {map[string]any{"a_text": "x", "a_number": 1.5, "a_boolean": false, "a_date": "2026-02-28", "a_choice": "red"}, false, nil},
		"required": {nil, true, []string{"/fields/must required"}},
		"wrong": {map[string]any{"a_text": 1.0, "a_number": "1", "a_boolean": "true", "a_date": "2026-02-30", "a_choice": "green", "old": "x", "a/b": "x"}, false, []string{
			"/fields/a_boolean wrong_type", "/fields/a_choice wrong_type", "/fields/a_date wrong_type", "/fields/a_number wrong_type", "/fields/a_text wrong_type",
			"/fields/a~1b unknown_field", "/fields/old unknown_field",
		}},
		"null":  {map[string]any{"a_text": nil, "a_number": 1e13, "a_date": map[string]any{}}, false, []string{"/fields/a_date wrong_type", "/fields/a_number wrong_type", "/fields/a_text wrong_type"}},
		"long":  {map[string]any{"a_text": strings.Repeat("x", 501)}, false, []string{"/fields/a_text wrong_type"}},
		"empty": {map[string]any{"must": ""}, true, nil},
	} {
		got := found(func(list *errs.List) { CheckFields(list, "/fields", tt.values, defs, tt.isNew) })
		if got != strings.Join(tt.want, "; ") {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
