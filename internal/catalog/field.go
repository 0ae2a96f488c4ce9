package catalog

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ordo/internal/doc"
	"ordo/internal/errs"
)

// Field defines a custom field of orders. Its id is its code, which rules name as order.fields.CODE.
type Field struct {
	doc.Meta
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Choices  []string `json:"choices,omitzero"`  // of type choice
	Required bool     `json:"required,omitzero"` // of every new order
	Active   bool     `json:"active"`
}

// FieldTypes are the types of custom fields.
var FieldTypes = []string{"text", "number", "boolean", "date", "choice"}

const (
	maxChoices = 200
	maxText    = 500
	maxFields  = 100               // of one order
	maxNumber  = 1_000_000_000_000 // numbers of fields are exact up to it, with three decimals
)

// fieldCode is what can be named in a condition.
var fieldCode = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// Check adds to the list what is wrong with the definition.
func (f *Field) Check(list *errs.List) {
	if !fieldCode.MatchString(f.ID) {
		list.Add("/code", "invalid_code", "a code has small letters, digits and underscores, at most 64, and begins with a letter")
	}
	checkName(list, "/name", f.Name)
	if !slices.Contains(FieldTypes, f.Type) {
		list.Add("/type", "unknown_value", "give one of %s", strings.Join(FieldTypes, ", "))
	}
	switch {
	case f.Type == "choice" && len(f.Choices) == 0:
		list.Add("/choices", "required", "give what can be chosen")
	case f.Type != "choice" && len(f.Choices) > 0:
		list.Add("/choices", "ambiguous", "only a field of type choice has choices")
	case len(f.Choices) > maxChoices:
		list.Add("/choices", "too_many", "at most %d choices", maxChoices)
		return
	}
	for i, c := range f.Choices {
		checkCode(list, pointer("/choices", i), c, maxCode)
		if slices.Index(f.Choices, c) < i {
			list.Add(pointer("/choices", i), "duplicate", "this choice is there already")
		}
	}
}

// CheckFields adds to the list what is wrong with the custom fields of an order. New orders need the required ones.
func CheckFields(list *errs.List, at string, values map[string]any, fields []*Field, isNew bool) {
	byCode := map[string]*Field{}
	for _, f := range fields {
		byCode[f.ID] = f
		if _, given := values[f.ID]; isNew && f.Active && f.Required && !given {
			list.Add(at+"/"+f.ID, "required", "%s is required", f.Name)
		}
	}
	if len(values) > maxFields {
		list.Add(at, "too_many", "at most %d fields", maxFields)
		return
	}
	for code, v := range values {
		f := byCode[code]
		if f == nil || !f.Active {
			list.Add(at+"/"+errs.Clip(jsonPointer(code)), "unknown_field", "there is no active custom field of this code; define it first")
		} else if want := f.misfit(v); want != "" {
			list.Add(at+"/"+code, "wrong_type", "%s: give %s", f.Name, want)
		}
	}
}

// misfit says what a value should be, or "" when it fits. Values are as JSON has them.
func (f *Field) misfit(v any) string {
	s, isText := v.(string)
	switch f.Type {
	case "text":
		if !isText || utf8.RuneCountInString(s) > maxText {
			return "a text of at most " + strconv.Itoa(maxText) + " characters"
		}
	case "number":
		if n, ok := v.(float64); !ok || math.Abs(n) > maxNumber {
			return "a number, from -" + strconv.Itoa(maxNumber) + " to " + strconv.Itoa(maxNumber)
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			return "true or false"
		}
	case "date":
		if _, err := time.Parse(time.DateOnly, s); !isText || err != nil {
			return "a date such as 2026-11-22"
		}
	case "choice":
		if !isText || !slices.Contains(f.Choices, s) {
			return "one of " + strings.Join(f.Choices, ", ")
		}
	}
	return ""
}

// jsonPointer escapes a name for an RFC 6901 pointer.
func jsonPointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
