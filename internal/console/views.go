package console

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/pages"
)

// People keep lists under a name. What they keep are filters of the address, so a view is a link.

// viewList is a list that views are kept of.
type viewList struct {
	name, path, scope string
	filters           []string
}

func viewLists() []viewList {
	return []viewList{
		{"orders", Root + "/orders", "orders:read", orderFilters},
		{"fulfillment", fulfillmentPath, "fulfillments:read", fulfillmentFilters},
		{"returns", returnsPath, "returns:read", returnFilters},
		{"cases", Root + "/cases", "cases:read", caseFilters},
	}
}

// unkept are filters that name somebody or one thing: views are not for that, and persons can be erased.
var unkept = []string{"customer", "order", "q"}

func viewRoutes() []Route {
	var out []Route
	for _, l := range viewLists() {
		at := Root + "/views/" + l.name + "/"
		out = append(out,
			Route{Method: http.MethodGet, Path: at + "new", Scope: l.scope, handle: l.keepForm},
			Route{Method: http.MethodPost, Path: at + "new", Scope: l.scope, handle: l.keep},
			Route{Method: http.MethodGet, Path: at + "{view}", Scope: l.scope, handle: l.changeForm},
			Route{Method: http.MethodPost, Path: at + "{view}", Scope: l.scope, handle: l.change},
			Route{Method: http.MethodGet, Path: at + "{view}/delete", Scope: l.scope, handle: l.deleteForm},
			Route{Method: http.MethodPost, Path: at + "{view}/delete", Scope: l.scope, handle: l.delete})
	}
	return out
}

// keptBar are the views of a list that somebody keeps, with what can be done with the one that is open.
type keptBar struct {
	Kept    []keptView
	Actions []pageAction
}

// keptView is a tab.
type keptView struct {
	Name, Path string
	By         string // who shares it; "" for an own one
	Shared     bool
	Current    bool
}

// kept reads them. Standard views need none of their own.
func (v *visit) kept(name string, b filterBar, standard []view) (bar keptBar, err error) {
	saved, err := v.s.app.SavedViews(v.ctx(), name, v.person.User.ID)
	if err != nil {
		return bar, err
	}
	names, err := namesOf(v, saved, func(s *app.SavedView) string { return s.Owner })
	if err != nil {
		return bar, err
	}
	known := slices.ContainsFunc(standard, func(w view) bool { return w.Current })
	at := Root + "/views/" + name + "/"
	for _, s := range saved {
		q, err := url.ParseQuery(s.Query)
		if err != nil {
			continue
		}
		tab := keptView{Name: s.Name, Shared: s.Shared, Current: sameView(q, b.query)}
		if q.Has("due_before") { // what is overdue is so now
			q.Set("due_before", time.Now().UTC().Format(time.RFC3339))
		}
		tab.Path = b.Path + "?" + q.Encode()
		if s.Owner != v.person.User.ID {
			if tab.By = names[s.Owner]; tab.By == "" {
				tab.By = v.t("a former colleague")
			}
		}
		if known = known || tab.Current; tab.Current && tab.By == "" {
			bar.Actions = append(bar.Actions, pageAction{Text: "Change view", Path: at + s.ID}, pageAction{Text: "Delete view", Path: at + s.ID + "/delete"})
		}
		bar.Kept = append(bar.Kept, tab)
	}
	if b.Any && !known {
		keep := pageAction{Text: "Keep this view", Path: at + "new?" + b.query.Encode()}
		if slices.ContainsFunc(unkept, b.query.Has) {
			keep.No = v.t("A search, and what is about one customer or order, is not kept as a view.")
		}
		bar.Actions = append(bar.Actions, keep)
	}
	return bar, nil
}

// kept are the filters of a list that a view is made of.
func (l viewList) kept(q url.Values) string {
	out := url.Values{}
	for _, name := range l.filters {
		if value := q.Get(name); value != "" && !slices.Contains(unkept, name) {
			out.Set(name, value)
		}
	}
	return out.Encode()
}

// form renders the form of a view, with what is wrong with it.
func (l viewList) form(v *visit, p actionPage, s app.SavedView, wrong error) error {
	p.Key, p.Path = pages.NewKey(), v.r.URL.Path
	code := http.StatusOK
	if p.Fields == nil {
		shared := ""
		if s.Shared {
			shared = "true"
		}
		p.Fields = []field{
			{Name: "name", Label: "Name", Kind: "text", Value: s.Name, Required: true, Auto: "off"},
			{Name: "shared", Label: "Colleagues see it too", Kind: "check", Value: shared},
			{Name: "_query", Kind: "hidden", Value: s.Query},
		}
	}
	if wrong != nil {
		found := pages.Findings(wrong)
		if found == nil {
			return wrong
		}
		code = http.StatusUnprocessableEntity
		p.Fields[0].Error = v.t(found["name"])
		p.Errors = p.Fields[:1]
	}
	p.Back = l.path
	if s.Query != "" {
		p.Back += "?" + s.Query
	}
	return v.page(code, "action", p.Title, "", p)
}

func (l viewList) keepPage(v *visit) actionPage {
	return actionPage{Title: v.t("Keep this view"), Verb: v.t("Keep it"), About: v.t("It becomes a tab of the list. One of yours with the same name is replaced.")}
}

func (l viewList) keepForm(v *visit) error {
	s := app.SavedView{Query: l.kept(v.r.URL.Query())}
	if s.Query == "" {
		return errs.New(errs.Malformed, "invalid_parameter", "set some filters first: a view is what they let through")
	}
	return l.form(v, l.keepPage(v), s, nil)
}

func (l viewList) keep(v *visit) error {
	form, err := v.parse()
	if err != nil {
		return err
	}
	typed, err := url.ParseQuery(form.Get("_query"))
	if err != nil {
		typed = nil
	}
	s := app.SavedView{List: l.name, Owner: v.person.User.ID, Name: form.Get("name"), Query: l.kept(typed), Shared: form.Get("shared") == "true"}
	if err := v.s.app.SaveView(v.ctx(), s); err != nil {
		return l.form(v, l.keepPage(v), s, err)
	}
	v.flash(v.t("The view was kept."))
	v.redirect(l.path + "?" + s.Query)
	return nil
}

// mine reads the view of the path.
func (l viewList) mine(v *visit) (*app.SavedView, error) {
	return v.s.app.SavedView(v.ctx(), l.name, v.r.PathValue("view"), v.person.User.ID)
}

func (l viewList) changePage(v *visit, s *app.SavedView) actionPage {
	return actionPage{Title: v.t("Change view"), Name: s.Name, Verb: v.t("Save")}
}

func (l viewList) changeForm(v *visit) error {
	s, err := l.mine(v)
	if err != nil {
		return err
	}
	return l.form(v, l.changePage(v, s), *s, nil)
}

func (l viewList) change(v *visit) error {
	s, err := l.mine(v)
	if err != nil {
		return err
	}
	form, err := v.parse()
	if err != nil {
		return err
	}
	p := l.changePage(v, s)
	s.Name, s.Shared = form.Get("name"), form.Get("shared") == "true"
	if err := v.s.app.SaveView(v.ctx(), *s); err != nil {
		return l.form(v, p, *s, err)
	}
	v.flash(v.t("Saved."))
	v.redirect(l.path + "?" + s.Query)
	return nil
}

func (l viewList) deleteForm(v *visit) error {
	s, err := l.mine(v)
	if err != nil {
		return err
	}
	about := v.t("The tab goes; what it shows stays.")
	if s.Shared {
		about = v.t("The tab goes, for your colleagues too; what it shows stays.")
	}
	return l.form(v, actionPage{Title: v.t("Delete view"), Name: s.Name, Verb: v.t("Delete it"), About: about, Danger: true, Fields: []field{}}, *s, nil)
}

func (l viewList) delete(v *visit) error {
	if err := v.s.app.DeleteView(v.ctx(), v.r.PathValue("view"), v.person.User.ID); err != nil {
		return err
	}
	v.flash(v.t("The view was deleted."))
	v.redirect(l.path)
	return nil
}
