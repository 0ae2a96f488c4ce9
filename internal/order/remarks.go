package order

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"ordo/internal/errs"
)

// What people add to an order: tags, notes and custom fields. None of them changes what the order is about, so they
// may be changed in every status.

// Limits of remarks.
const (
	maxTags  = 50
	maxTag   = 64
	maxNotes = 1_000
	maxNote  = 5_000
)

// CheckTags adds to the list what is wrong with tags, and returns them sorted, each once.
func CheckTags(list *errs.List, at string, tags []string) []string {
	if len(tags) > maxTags {
		list.Add(at, "too_many", "at most %d tags", maxTags)
		return nil
	}
	for i, t := range tags {
		at := at + "/" + strconv.Itoa(i)
		unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
		switch {
		case t == "":
			list.Add(at, "required", "give a tag, or leave it out")
		case utf8.RuneCountInString(t) > maxTag:
			list.Add(at, "too_long", "at most %d characters", maxTag)
		case strings.TrimSpace(t) != t || strings.ContainsFunc(t, unprintable):
			list.Add(at, "invalid_code", "printable characters only, and no space at the ends")
		}
	}
	out := slices.Sorted(slices.Values(tags))
	return slices.Compact(out)
}

// SetTags replaces the tags, which CheckTags has sorted.
func SetTags(o *Order, tags []string) *Order {
	o = Clone(o)
	o.Tags = tags
	return o
}

// SetFields replaces the custom fields.
func SetFields(o *Order, fields map[string]any) *Order {
	o = Clone(o)
	if o.Fields = fields; len(fields) == 0 {
		o.Fields = nil
	}
	return o
}

// AddNote adds a remark.
func AddNote(o *Order, n Note) (*Order, error) {
	var list errs.List
	switch {
	case strings.TrimSpace(n.Text) == "":
		list.Add("/text", "required", "write something")
	case utf8.RuneCountInString(n.Text) > maxNote:
		list.Add("/text", "too_long", "at most %d characters", maxNote)
	case len(o.Notes) >= maxNotes:
		list.Add("/text", "too_many", "the order has %d notes already, which is the limit", maxNotes)
	}
	if err := list.Err(); err != nil {
		return o, err
	}
	o = Clone(o)
	o.Notes = append(slices.Clone(o.Notes), n)
	return o, nil
}
