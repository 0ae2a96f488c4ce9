// Package portal is what customers see of their orders by the links in mails: how an order stands, and the forms to
// cancel it, correct its address, pay it, send something back and write to the shop.
//
// What lives here: those pages. What does not: any rule of the business, and any sign-in: the token in the address is
// the right to see the order.
// The one idea: a page reads and does things by the operations of the API for those who have a link, in process. So the
// pages can do what an app of the shop could do, with the same checks. Nothing is kept in the browser: no cookie, no
// script.
package portal

import (
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/pages"
)

//go:embed assets all:templates messages
var files embed.FS

// Root is where all pages stand below.
var Root = strings.TrimSuffix(app.CustomerLinkPath, "/")

// Server answers requests at and below Root. It implements http.Handler.
type Server struct {
	api       *api.Server
	log       *slog.Logger
	mux       *http.ServeMux
	mails     bool   // links can be mailed
	base      string // before every path: that of the public address, where a proxy takes it off
	assets    *pages.Assets
	words     pages.Words
	templates *pages.Templates
}

// New makes the pages on top of the API's operations. Public is the address under which customers reach this server; ""
// for where it listens.
func New(operations *api.Server, public string, log *slog.Logger) (*Server, error) {
	s := &Server{api: operations, log: log, mux: http.NewServeMux(), mails: public != ""}
	if u, err := url.Parse(public); err == nil {
		s.base = strings.TrimSuffix(u.EscapedPath(), "/")
	}
	var err error
	if s.words, err = pages.ReadWords(files); err != nil {
		return nil, err
	}
	if s.assets, err = pages.LoadAssets(s.base+Root, files); err != nil {
		return nil, err
	}
	if s.templates, err = pages.NewTemplates(files, s.words, template.FuncMap{"asset": s.assets.Path}); err != nil {
		return nil, err
	}
	s.mux.Handle("GET "+Root+"/assets/{name}", s.assets)
	s.mux.HandleFunc(Root, s.serve(byMethod(askStart, doStart)))
	s.mux.HandleFunc(Root+"/{token}", s.serve(page(http.MethodGet, showOrder)))
	s.mux.HandleFunc(Root+"/{token}/labels/{number}", s.serve(page(http.MethodGet, showLabel)))
	s.mux.HandleFunc(Root+"/{token}/{step}", s.serve(func(v *visit) error {
		if handle := steps[v.r.PathValue("step")]; handle != nil {
			return handle(v)
		}
		return errGone
	}))
	s.mux.HandleFunc(Root+"/", s.serve(func(v *visit) error { return errGone }))
	return s, nil
}

// ServeHTTP sets what holds for all pages. There is no cookie that the form of another site could borrow, so where forms
// come from is not asked: who knows the address may send them.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	pages.Secure(h, "no-referrer") // the address is the right to see the order
	h.Set("X-Robots-Tag", "noindex, nofollow")
	s.mux.ServeHTTP(w, r)
}

// serve runs a page. What goes wrong is noted without the address, which is a secret of the customer.
func (s *Server) serve(handle func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		v := &visit{s: s, w: w, r: r, zone: "UTC"}
		v.lang, v.asked = pages.LanguageOf(r.Header.Get("Accept-Language"))
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
				s.log.Error("page panicked", "panic", p, "stack", string(debug.Stack()))
				v.fail(fmt.Errorf("panic: %v", p))
			}
		}()
		if err := handle(v); err != nil {
			v.fail(err)
		}
	}
}

// maxForm is far more than the largest form has.
const maxForm = 256 << 10

// page is a handler for one method, and HEAD beside GET.
func page(method string, handle func(*visit) error) func(*visit) error {
	return func(v *visit) error {
		if v.r.Method == method || v.r.Method == http.MethodHead && method == http.MethodGet {
			return handle(v)
		}
		v.w.Header().Set("Allow", method)
		return errMethod
	}
}
