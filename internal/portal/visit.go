package portal

import (
	"bytes"
	"net/http"
	"net/url"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/pages"
)

// visit is one request on its way to a page.
type visit struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	lang   string
	asked  bool // the browser says which language
	zone   string
	format *pages.Format
	order  *api.LinkedOrder // nil where there is none
	sent   bool
}

var (
	errGone   = errs.New(errs.NotFound, "not_found", "there is no such link, or it has ended")
	errMethod = errs.New(errs.MethodNotAllowed, "method_not_allowed", "this page takes another method")
)

func (v *visit) t(text string, args ...any) string { return v.s.words.Say(v.lang, text, args...) }

// token is the customer's right, from the address.
func (v *visit) token() string { return v.r.PathValue("token") }

// path is the address of a page of this link.
func (v *visit) path(step string) string {
	p := v.s.base + Root + "/" + url.PathEscape(v.token())
	if step != "" {
		p += "/" + step
	}
	return p
}

// act carries out an operation for who has the link, and reads its answer into out unless that is nil.
func (v *visit) act(a api.Act, out any) (*api.Acted, error) {
	a.Request, a.Remote = v.w.Header().Get("X-Request-Id"), v.r.RemoteAddr
	if a.Slots == nil {
		a.Slots = map[string]string{}
	}
	if v.token() != "" {
		a.Slots["token"] = v.token()
	}
	acted, err := v.s.api.Act(v.r.Context(), nil, a)
	if err != nil || out == nil {
		return acted, err
	}
	return acted, jsonx.Unmarshal(acted.Body, out)
}

// open reads the order of the link. Its language is taken where the browser asks for none that there is.
func (v *visit) open() error {
	var o api.LinkedOrder
	if _, err := v.act(api.Act{Op: "getLink"}, &o); err != nil {
		return err
	}
	v.see(&o)
	return nil
}

func (v *visit) see(o *api.LinkedOrder) {
	v.order, v.zone = o, o.TimeZone
	if !v.asked {
		v.lang, _ = pages.LanguageOf(o.Language)
	}
	v.format = v.s.words.Format(v.lang, pages.ZoneOf(v.zone))
}

// frame is what every page gets.
type frame struct {
	Title string
	Lang  string
	Shop  string
	Home  string // the page of the order; "" where there is none
	Done  string // what was done just now
	Order *api.LinkedOrder
	Page  any
}

// show renders a page.
func (v *visit) show(code int, name, title string, data any) error {
	set, err := v.s.templates.Set(v.lang, v.zone)
	if err != nil {
		return err
	}
	f := frame{Title: title, Lang: v.lang, Order: v.order, Page: data}
	if v.order != nil {
		f.Shop, f.Home = v.order.Shop, v.path("")
		if text, ok := done[v.r.URL.Query().Get("done")]; ok && v.r.Method == http.MethodGet {
			f.Done = v.t(text)
		}
	}
	var b bytes.Buffer
	if err := set[name].ExecuteTemplate(&b, "layout", f); err != nil {
		return err
	}
	v.sent = true
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(code)
	_, _ = v.w.Write(b.Bytes())
	return nil
}

// redirect leads to another page, so that a reload does not send the form again.
func (v *visit) redirect(to string) {
	v.sent = true
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
}

// fail renders an error. Links that are forged, expired or revoked get the same page: it does not tell which.
func (v *visit) fail(err error) {
	if v.sent {
		return
	}
	e := errs.As(err)
	p := failure{Status: http.StatusInternalServerError, Request: v.w.Header().Get("X-Request-Id")}
	switch {
	case e == nil || e.Class == errs.Internal:
		v.s.log.Error("page failed", "err", err, "request_id", p.Request)
		p.Title, p.Text = v.t("Something went wrong here"), v.t("Nothing was lost. Please try again in a moment.")
	case e.Class == errs.NotFound:
		v.order, p.Status, p.Gone = nil, http.StatusNotFound, true
		if v.s.mails {
			p.Find = v.s.base + Root
		}
		p.Title, p.Text = v.t("This link does not work"), v.t("It may have ended, or its address is not complete.")
	case e.Class == errs.TooMany:
		p.Status = http.StatusTooManyRequests
		p.Title, p.Text = v.t("Just a moment"), v.t("This page was asked for very often. Please wait a minute, then load it again.")
		v.w.Header().Set("Retry-After", "60")
	default:
		p.Status = api.Status(e.Class)
		p.Title, p.Text = v.t("That did not work"), v.t("Please go back and try again.")
	}
	if err := v.show(p.Status, "problem", p.Title, p); err != nil {
		v.s.log.Error("page of an error failed", "err", err)
		http.Error(v.w, p.Text, p.Status)
	}
}

// failure is what the page of an error shows.
type failure struct {
	Status      int
	Title, Text string
	Gone        bool   // a link that opens nothing
	Find        string // where another link is mailed; "" where none is
	Request     string
}

// form reads what was posted.
func (v *visit) form() (url.Values, error) {
	if err := v.r.ParseForm(); err != nil {
		return nil, errs.New(errs.Malformed, "malformed_body", "the form cannot be read")
	}
	return v.r.PostForm, nil
}
