package console

import (
	"net/http"
	"net/url"
	"slices"

	"ordo/internal/api"
	"ordo/internal/jsonx"
)

// settingKind is a kind of documents of settings: its pages and forms are made of this.
type settingKind struct {
	path           string // below the settings
	title          string // of the list
	one            string // what one of them is called
	make           string // the button that makes one
	about          string
	get, put, list string // operations
	sections       []settingSection
	columns        []string       // settings that the list shows
	fresh          map[string]any // what a new one begins with
	extra          func(v *setupView, code string) ([]setupCard, error)
	no             func(v *visit, doc any) string // why forms cannot change a document; "" where they can
}

// settingSection is a part of a document that has a form of its own.
type settingSection struct {
	code, title string
	about       string // above the form
	settings    []setting
}

// where a document of the kind has its page.
func (k *settingKind) at(code string) string { return k.root() + "/" + url.PathEscape(code) }

func (k *settingKind) root() string { return settingsPath + "/" + k.path }

// all are the settings of the kind.
func (k *settingKind) all() (out []setting) {
	for _, s := range k.sections {
		out = append(out, s.settings...)
	}
	return out
}

func (k *settingKind) routes() []Route {
	scope, _ := api.Scope(k.get)
	return []Route{
		{Method: http.MethodGet, Path: k.root(), Scope: scope, handle: k.showList},
		{Method: http.MethodGet, Path: k.root() + "/{code}", Scope: scope, handle: k.showOne},
	}
}

func (k *settingKind) actions() []action {
	out := []action{{path: "/settings/new/" + k.path, op: k.put, title: k.make, verb: "Save", preview: true, begin: k.makeForm}}
	for i := range k.sections {
		s := &k.sections[i]
		out = append(out, action{path: "/settings/" + k.path + "/{code}/" + s.code, op: k.put, title: s.title, verb: "Save", preview: true, begin: func(v *visit) (*subject, error) { return k.form(v, s) }})
	}
	return out
}

// setupListPage is a list of documents of a kind.
type setupListPage struct {
	Title, About, One string
	Make              []pageAction
	Head              []string
	Rows              []setupRow
	Next              string
}

type setupRow struct {
	Path, Name, Code string
	Cells            []string
}

func (k *settingKind) showList(v *visit) error {
	ask := query("limit", "100", "cursor", v.r.URL.Query().Get("cursor"))
	var list api.List[any]
	if err := v.get(k.list, nil, ask, &list); err != nil {
		return err
	}
	p := setupListPage{Title: k.title, About: k.about, One: k.one, Next: v.nextPage(ask, list.NextCursor)}
	scope, _ := api.Scope(k.put)
	p.Make = v.only(scope, []pageAction{{Text: k.make, Path: settingsPath + "/new/" + k.path, Primary: true, Page: k.sections[0].wide()}})
	view, all := &setupView{visit: v, options: map[string][]option{}}, k.all()
	var shown []*setting
	for _, name := range k.columns {
		i := slices.IndexFunc(all, func(s setting) bool { return s.Name == name })
		shown, p.Head = append(shown, &all[i]), append(p.Head, all[i].Label)
	}
	for _, doc := range list.Data {
		row := setupRow{Code: plainText(valueAt(doc, "code")), Name: plainText(valueAt(doc, "name"))}
		row.Path = k.at(row.Code)
		for _, s := range shown {
			text, err := view.cell(s, doc)
			if err != nil {
				return err
			}
			row.Cells = append(row.Cells, text)
		}
		p.Rows = append(p.Rows, row)
	}
	return v.page(http.StatusOK, "setuplist", k.title, "", p)
}

// cell is a value in a list: of a table, how many rows it has.
func (v *setupView) cell(s *setting, doc any) (string, error) {
	if s.Kind == "table" {
		rows, _ := valueAt(doc, s.Name).([]any)
		return v.number(int64(len(rows))), nil
	}
	return v.shown(s, v.value(s, doc, doc))
}

// setupCard is a section as a page shows it.
type setupCard struct {
	ID, Title, About string
	Name             string // of the document, where a page shows one section of several
	Open             string // its page
	Values           []setupValue
	Tables           []setupTable
	Change           []pageAction
}

type setupValue struct{ Label, Help, Value string }

type setupTable struct {
	Label, Help string
	Caption     string // over a table that does not show all
	Head        []setupHead
	Rows        [][]string
}

type setupHead struct {
	Label string
	Right bool
}

// card shows a section of a document.
func (v *setupView) card(k *settingKind, s *settingSection, doc any) (setupCard, error) {
	code := plainText(valueAt(doc, "code"))
	scope, _ := api.Scope(k.put)
	c := setupCard{ID: s.code, Title: s.title, About: s.about}
	c.Change = v.only(scope, []pageAction{{Text: "Change", Path: k.at(code) + "/" + s.code, Page: s.wide()}})
	for i := range s.settings {
		set := &s.settings[i]
		if set.Kind != "table" {
			text, err := v.shown(set, v.value(set, doc, doc))
			if err != nil {
				return c, err
			}
			c.Values = append(c.Values, setupValue{set.Label, set.Help, text})
			continue
		}
		rows, err := v.shownRows(set, doc)
		if err != nil {
			return c, err
		}
		t := setupTable{Label: set.Label, Help: set.Help}
		if set.Coming != "" {
			t.Label, t.Caption = set.Coming, set.Coming
			rows = v.coming(set, doc, rows)
		}
		for _, col := range set.Cols {
			t.Head = append(t.Head, setupHead{col.Label, col.counts() || col.Kind == "money" || col.Percent})
		}
		for _, r := range rows {
			t.Rows = append(t.Rows, r.cells)
		}
		c.Tables = append(c.Tables, t)
	}
	return c, nil
}

// wide says that a form needs more room than a dialog has.
func (s *settingSection) wide() bool {
	return slices.ContainsFunc(s.settings, func(s setting) bool { return s.Kind == "table" })
}

// read reads a document as it is.
func (k *settingKind) read(v *visit, code string) (doc any, raw []byte, err error) {
	acted, err := v.act(api.Act{Op: k.get, Slots: slots("code", code)}, &doc)
	if err != nil {
		return nil, nil, err
	}
	return doc, acted.Body, nil
}

type setupPage struct {
	One, Name, Code, Area, Root string
	Off                         bool
	Cards                       []setupCard
}

func (k *settingKind) showOne(v *visit) error {
	code := v.r.PathValue("code")
	doc, _, err := k.read(v, code)
	if err != nil {
		return err
	}
	p := setupPage{One: k.one, Name: plainText(valueAt(doc, "name")), Code: code, Area: k.title, Root: k.root(), Off: valueAt(doc, "active") == false}
	view := &setupView{visit: v, options: map[string][]option{}}
	for i := range k.sections {
		c, err := view.card(k, &k.sections[i], doc)
		if err != nil {
			return err
		}
		p.Cards = append(p.Cards, c)
	}
	if k.extra != nil {
		more, err := k.extra(view, code)
		if err != nil {
			return err
		}
		p.Cards = append(p.Cards, more...)
	}
	return v.page(http.StatusOK, "setup", p.Name, "", p)
}

// across is a page with one section of all documents of a kind.
type across struct {
	path, section, title, about string
	kind                        *settingKind
}

type acrossPage struct {
	Title, About string
	Cards        []setupCard
	Next         string
}

func (a across) route() Route {
	scope, _ := api.Scope(a.kind.get)
	return Route{Method: http.MethodGet, Path: settingsPath + "/" + a.path, Scope: scope, handle: a.show}
}

func (a across) show(v *visit) error {
	ask := query("limit", "100", "cursor", v.r.URL.Query().Get("cursor"))
	var list api.List[any]
	if err := v.get(a.kind.list, nil, ask, &list); err != nil {
		return err
	}
	p := acrossPage{Title: a.title, About: a.about, Next: v.nextPage(ask, list.NextCursor)}
	i := slices.IndexFunc(a.kind.sections, func(s settingSection) bool { return s.code == a.section })
	view := &setupView{visit: v, options: map[string][]option{}}
	for _, doc := range list.Data {
		c, err := view.card(a.kind, &a.kind.sections[i], doc)
		if err != nil {
			return err
		}
		c.Name, c.Open = plainText(valueAt(doc, "name")), a.kind.at(plainText(valueAt(doc, "code")))
		p.Cards = append(p.Cards, c)
	}
	return v.page(http.StatusOK, "setupacross", a.title, "", p)
}

// decoded is a fresh copy of a document.
func decoded(raw []byte) (map[string]any, error) {
	doc := map[string]any{}
	err := jsonx.Unmarshal(raw, &doc)
	return doc, err
}
