package console

import (
	"slices"
	"strconv"
	"strings"
)

// changes are what differs in the settings of two documents, each with its old and its new value.
func (v *setupView) changes(all []setting, before, after any) ([]effect, error) {
	var out []effect
	for i := range all {
		s := &all[i]
		if s.Kind == "table" {
			rows, err := v.rowChanges(s, before, after)
			if err != nil {
				return nil, err
			}
			out = append(out, rows...)
			continue
		}
		a, err := v.shown(s, v.value(s, before, before))
		if err != nil {
			return nil, err
		}
		b, err := v.shown(s, v.value(s, after, after))
		if err != nil {
			return nil, err
		}
		if a != b {
			out = append(out, effect{Text: v.t(s.Label), Before: a, After: b})
		}
	}
	return out, nil
}

// shownRow is a row of a table in words: what tells it apart, and the rest.
type shownRow struct {
	key   string
	cells []string
}

func (v *setupView) shownRows(s *setting, doc any) ([]shownRow, error) {
	list, _ := valueAt(doc, s.Name).([]any)
	out := make([]shownRow, len(list))
	seen := map[string]int{}
	for i, row := range list {
		for j := range s.Cols {
			text, err := v.shown(&s.Cols[j], v.value(&s.Cols[j], doc, row))
			if err != nil {
				return nil, err
			}
			out[i].cells = append(out[i].cells, text)
		}
		key := strings.Join(slices.DeleteFunc(slices.Clone(out[i].cells[:s.Keys]), func(c string) bool { return c == "–" }), ", ")
		if seen[key]++; seen[key] > 1 {
			key += " (" + strconv.Itoa(seen[key]) + ")"
		}
		out[i].key = key
	}
	return out, nil
}

// rowChanges are the rows of a table that came, went or changed; their order says nothing.
func (v *setupView) rowChanges(s *setting, before, after any) ([]effect, error) {
	old, err := v.shownRows(s, before)
	if err != nil {
		return nil, err
	}
	fresh, err := v.shownRows(s, after)
	if err != nil {
		return nil, err
	}
	find := func(in []shownRow, key string) *shownRow {
		if i := slices.IndexFunc(in, func(r shownRow) bool { return r.key == key }); i >= 0 {
			return &in[i]
		}
		return nil
	}
	rest := func(r shownRow) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(r.cells[s.Keys:]), func(c string) bool { return c == "–" }), ", ")
	}
	var out []effect
	name := func(r shownRow) string { return v.t(s.Label) + ": " + r.key }
	for _, r := range fresh {
		was := find(old, r.key)
		if was == nil {
			after := v.t("added")
			if more := rest(r); more != "" {
				after = more
			}
			out = append(out, effect{Text: name(r), Before: "–", After: after})
			continue
		}
		for i, cell := range r.cells {
			if cell != was.cells[i] {
				out = append(out, effect{Text: name(r) + ", " + v.t(s.Cols[i].Label), Before: was.cells[i], After: cell})
			}
		}
	}
	for _, r := range old {
		if find(fresh, r.key) == nil {
			out = append(out, effect{Text: name(r), Before: rest(r), After: v.t("taken away"), Tone: "bad"})
		}
	}
	return out, nil
}
