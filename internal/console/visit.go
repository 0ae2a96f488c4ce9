package console

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/pages"
)

// Route is one page or form. The server and the test of permissions read the same table.
type Route struct {
	Method, Path string
	Scope        string // what the person needs; "" for everybody who is signed in
	Open         bool   // needs nobody to be signed in
	handle       func(*visit) error
}

// visit is one request on its way to a page.
type visit struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	route  Route
	at     int64       // position of the journal when the request came
	person *app.Person // nil for nobody
	lang   string
	zone   string
	format *pages.Format // how values are written for the person
	ended  bool
	prices []string // see inUse
}

var errNoPage = errs.New(errs.NotFound, "no_such_page", "there is no such page")

const cookieName = "ordo_session"

// cookie is the name of the session's cookie: over TLS one that no other host can set.
func cookie(r *http.Request) string {
	if pages.TLS(r) {
		return "__Host-" + cookieName
	}
	return cookieName
}

func (v *visit) setCookie(token string) {
	c := &http.Cookie{Name: cookie(v.r), Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: pages.TLS(v.r)}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
}

// enter finds out who asks and whether they may.
func (v *visit) enter() error {
	v.lang, _ = pages.LanguageOf(v.r.Header.Get("Accept-Language"))
	if c, err := v.r.Cookie(cookie(v.r)); err == nil {
		p, err := v.s.app.PersonOf(v.ctx(), c.Value)
		if err != nil {
			return err
		}
		if v.person = p; p != nil && p.Token != "" {
			v.setCookie(p.Token)
		}
	}
	if v.person != nil {
		if l := v.person.User.Language; l != "" {
			v.lang = l
		}
		if z := v.person.User.TimeZone; z != "" {
			v.zone = z
		}
	}
	v.format = v.s.words.Format(v.lang, v.location())
	switch {
	case v.route.Open:
		return nil
	case v.person == nil:
		return v.signInFirst()
	case v.person.User.MustChange && v.r.URL.Path != passwordPath && v.r.URL.Path != signOutPath:
		v.redirect(passwordPath)
		return nil
	case v.route.Scope != "" && !v.person.Access.Allows(v.route.Scope):
		v.s.log.Warn("access refused", "code", "missing_scope", "user", v.person.User.ID, "path", v.r.URL.Path, "remote", v.r.RemoteAddr)
		return errs.New(errs.Forbidden, "missing_scope", "your roles do not allow this: it needs %s", v.route.Scope)
	}
	return nil
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// dialog reports whether only the main part is wanted, in a dialog of the page before.
func (v *visit) dialog() bool { return v.r.Header.Get("X-Ordo-Part") == "dialog" }

func (v *visit) may(scope string) bool { return v.person != nil && v.person.Access.Allows(scope) }

// redirect leads to another page. A dialog is told where to go: a script that followed a redirect by itself would use up
// what the next page is to say.
func (v *visit) redirect(to string) {
	v.ended = true
	if v.dialog() {
		v.w.Header().Set("X-Ordo-Go", to)
		v.w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
}

// query makes parameters of pairs; those without a value are left out.
func query(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

// slots names the values in a path.
func slots(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// get reads by an operation of the API.
func (v *visit) get(op string, slots map[string]string, q url.Values, out any) error {
	_, err := v.act(api.Act{Op: op, Slots: slots, Query: q}, out)
	return err
}

// act carries out an operation, and reads its answer into out unless that is nil.
func (v *visit) act(a api.Act, out any) (*api.Acted, error) {
	a.Request, a.Page = v.w.Header().Get("X-Request-Id"), v.r
	acted, err := v.s.api.Act(v.ctx(), v.person.Access, a)
	if err != nil || out == nil {
		return acted, err
	}
	return acted, jsonx.Unmarshal(acted.Body, out)
}

// frame is what every page gets.
type frame struct {
	Title  string
	Person *app.Person
	Nav    []navItem
	Flash  flashed
	Path   string
	Dialog bool   // only the main part, in a dialog of the page before
	Live   string // ids that the page is about: it says when they change
	At     int64  // position of the journal from which on it wants to hear
	Lang   string
	Page   any // what is particular
}

// May tells whether the person may use what needs a scope.
func (f *frame) May(scope string) bool { return f.Person != nil && f.Person.Access.Allows(scope) }

// page renders a page. A dialog asks for its main part only.
func (v *visit) page(code int, name, title, live string, data any) error {
	set, err := v.s.templates.Set(v.lang, v.zone)
	if err != nil {
		return err
	}
	f := &frame{Title: title, Person: v.person, Path: v.r.URL.Path, Dialog: v.dialog(), Live: live, At: v.at, Lang: v.lang, Page: data}
	if v.person != nil && !f.Dialog {
		f.Nav = v.nav()
		if v.r.Header.Get("X-Ordo-Part") == "" { // a page that renews itself shows none
			f.Flash = v.takeFlash()
		}
	}
	var b bytes.Buffer
	layout := "layout"
	if f.Dialog {
		layout = "main"
	}
	if err := set[name].ExecuteTemplate(&b, layout, f); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(code)
	_, _ = v.w.Write(b.Bytes())
	return nil
}

// problem is what the page of an error shows.
type problem struct {
	Status  int
	Text    string
	Request string
}

// fail renders an error. What is not meant for the outside stays in the log.
func (v *visit) fail(err error) {
	if v.ended {
		return
	}
	e := errs.As(err)
	p := problem{Status: http.StatusInternalServerError, Request: v.w.Header().Get("X-Request-Id")}
	if e == nil {
		v.s.log.Error("page failed", "err", err, "path", v.r.URL.Path, "request_id", p.Request)
		p.Text = "Something went wrong here. It was noted; try again, and tell your administrator the number below if it happens again."
	} else {
		p.Status, p.Text = api.Status(e.Class), pages.Sentence(e.Detail)
	}
	if err := v.page(p.Status, "problem", "Problem", "", p); err != nil {
		v.s.log.Error("page of an error failed", "err", err)
		http.Error(v.w, p.Text, p.Status)
	}
}

// parse reads a posted form.
func (v *visit) parse() (url.Values, error) {
	if err := v.r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, errs.New(errs.TooLarge, "too_large", "a form may have at most 1 MiB")
		}
		return nil, errs.New(errs.Malformed, "malformed_body", "the form cannot be read")
	}
	return v.r.PostForm, nil
}

// location is the time zone of the person.
func (v *visit) location() *time.Location { return pages.ZoneOf(v.zone) }

func (v *visit) t(text string, args ...any) string { return v.s.words.Say(v.lang, text, args...) }

// money, word and number write values outside of templates.
func (v *visit) money(m any) string      { return v.format.Money(m) }
func (v *visit) word(code string) string { return v.format.Word(code) }
func (v *visit) number(n int64) string   { return v.format.Number(n) }
