package console

import (
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/pages"
)

// form changes one section of a document: the rest stays as it is when the form is sent.
func (k *settingKind) form(v *visit, section *settingSection) (*subject, error) {
	code := v.r.PathValue("code")
	doc, raw, err := k.read(v, code)
	if err != nil {
		return nil, err
	}
	s, err := k.subject(v, section.settings, doc, raw)
	if err != nil {
		return nil, err
	}
	version, _ := valueAt(doc, "version").(float64)
	s.name, s.version, s.slots = plainText(valueAt(doc, "name")), int64(version), slots("code", code)
	if s.back = k.at(code); !v.dialog() { // a dialog lies over that page: it would not be shown anew
		s.back += "#" + section.code
	}
	if section.about != "" {
		s.about = v.t(section.about)
	}
	if k.no != nil {
		s.no = k.no(v, doc)
	}
	if s.no != "" {
		s.fill = func(_ url.Values, _ any, list *errs.List) { list.Add("", "not_possible", "%s", s.no) }
	}
	return s, nil
}

// makeForm makes a document of the kind: a code, and the settings of its first section.
func (k *settingKind) makeForm(v *visit) (*subject, error) {
	fresh := map[string]any{}
	if k.fresh != nil {
		fresh = k.fresh
	}
	s, err := k.subject(v, k.sections[0].settings, fresh, jsonx.Marshal(fresh))
	if err != nil {
		return nil, err
	}
	s.name = v.t(k.title)
	s.about = v.t("Everything else can be set on its page afterwards.")
	if err := v.freshCode(s, k.root(), func(code string) error { return v.get(k.get, slots("code", code), nil, nil) }); err != nil {
		return nil, err
	}
	place := s.place
	s.place = func(finding string) string {
		if finding == "code" {
			return "_code"
		}
		return place(finding)
	}
	return s, nil
}

// freshCode lets a form make something in a list under a code that is typed and that nothing has: the operation would
// replace it. Read gets what there is under a code; that it could not be read does not mean that there is nothing.
func (v *visit) freshCode(s *subject, list string, read func(code string) error) error {
	s.fields = append([]field{{Name: "_code", Label: "Code", Kind: "text", Required: true, Help: "Programs and rules name it by this. It stays."}}, s.fields...)
	s.slots, s.back = slots("code", "new"), list
	code := strings.TrimSpace(v.r.FormValue("_code"))
	if code == "" || code == newCode {
		s.filled(func(_ url.Values, _ any, found *errs.List) { found.Add("/_code", "required", "give a value") })
		return nil
	}
	s.slots = slots("code", code)
	s.next = func([]byte) string { return list + "/" + url.PathEscape(code) }
	switch err := read(code); {
	case err == nil:
		s.filled(func(_ url.Values, _ any, found *errs.List) {
			found.Add("/_code", "taken", "%s", v.t("There is one with this code already: change it on its page."))
		})
	case !noSuch(err):
		return err
	}
	return nil
}

// subject is what both forms have in common: fields, what a preview compares, and how the body comes about.
func (k *settingKind) subject(v *visit, settings []setting, doc any, raw []byte) (*subject, error) {
	view := &setupView{visit: v, options: map[string][]option{}}
	s := &subject{nothing: v.t("Nothing changes.")}
	for i := range settings {
		f, err := view.field(&settings[i], doc)
		if err != nil {
			return nil, err
		}
		s.fields = append(s.fields, f)
	}
	s.fill = func(form url.Values, body any, list *errs.List) {
		if err := merge(settings, raw, form, body); err != nil {
			list.Add("", "invalid_value", "this cannot be read")
		}
	}
	s.place = func(finding string) string { return partOf(settings, finding) }
	s.findings = func(e *errs.Error) map[string]string {
		found := pages.Findings(e)
		for name := range found {
			if isPercent(settings, name) { // the operation knows shares of one
				found[name] = "Give percent from 0 to 100, such as 20 or 7.5."
			}
		}
		return found
	}
	s.effects = func(answer []byte) ([]effect, error) {
		after, err := decoded(answer)
		if err != nil {
			return nil, err
		}
		return view.changes(k.all(), doc, after)
	}
	s.done = func([]byte) string { return v.t("Saved.") }
	return s, nil
}

// merge puts the settings of a form, which are in the body already, into the document as it is: what the form does not
// show is not touched.
func merge(settings []setting, raw []byte, form url.Values, body any) error {
	whole, err := decoded(raw)
	if err != nil {
		return err
	}
	typed, err := decoded(jsonx.Marshal(body))
	if err != nil {
		return err
	}
	for i := range settings {
		s := &settings[i]
		value := valueAt(typed, s.Name)
		if text, ok := value.(string); ok && s.Percent {
			value = shareOf(text)
		}
		if rows, ok := value.([]any); ok && s.Kind == "table" {
			for n, row := range rows {
				if row, ok := row.(map[string]any); ok {
					mergeRow(s, s.Name+"."+strconv.Itoa(n), row, form)
				}
			}
		}
		putValue(whole, s.Name, value)
	}
	fresh := reflect.New(reflect.TypeOf(body).Elem())
	if err := jsonx.Unmarshal(jsonx.Marshal(whole), fresh.Interface()); err != nil {
		return err
	}
	reflect.ValueOf(body).Elem().Set(fresh.Elem())
	return nil
}

func mergeRow(s *setting, name string, row map[string]any, form url.Values) {
	for i := range s.Cols {
		col := &s.Cols[i]
		if text, ok := row[col.Name].(string); ok && col.Percent {
			row[col.Name] = shareOf(text)
		}
		values := strings.Split(form.Get(name+"."+col.Name), "/")
		for n, part := range col.Parts {
			if n < len(values) {
				if text, err := url.PathUnescape(values[n]); err == nil && text != "" {
					row[part] = text
				}
			}
		}
	}
}

// isPercent reports whether a finding is about what people write in percent: fuel_rate or tax_rates.0.rate.
func isPercent(settings []setting, finding string) bool {
	for i := range settings {
		if settings[i].Name == finding {
			return settings[i].Percent
		}
		if rest, ok := strings.CutPrefix(finding, settings[i].Name+"."); ok {
			_, column, _ := strings.Cut(rest, ".")
			return slices.ContainsFunc(settings[i].Cols, func(c setting) bool { return c.Name == column && c.Percent })
		}
	}
	return false
}

// partOf names the field that a finding about one of several parts belongs to: shipping_methods.0.service is chosen with
// the carrier.
func partOf(settings []setting, finding string) string {
	for i := range settings {
		rest, ok := strings.CutPrefix(finding, settings[i].Name+".")
		if !ok || settings[i].Kind != "table" {
			continue
		}
		row, name, _ := strings.Cut(rest, ".")
		for _, col := range settings[i].Cols {
			for _, part := range col.Parts {
				if part == name {
					return settings[i].Name + "." + row + "." + col.Name
				}
			}
		}
	}
	return finding
}
