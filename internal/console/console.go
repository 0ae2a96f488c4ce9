// Package console is what staff see: server-rendered pages for the office, the phone and the warehouse.
//
// What lives here: pages, forms, sign-in cookies, languages. What does not: any rule of the business.
// The one idea: a page reads and does things by the operations of the API, in process, with the rights of who is signed
// in. So whatever a page can do, a program can do, with the same checks, and there is one answer to who may do what.
package console

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"slices"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/pages"
	"ordo/internal/report"
)

// Root is where all pages of the console stand below.
const Root = "/console"

//go:embed assets all:templates messages
var files embed.FS

// catalogs are those that the pages speak by: reports say what they mean by themselves.
var catalogs = []fs.FS{report.Messages, files}

// Server answers requests below Root. It implements http.Handler.
type Server struct {
	app     *app.App
	api     *api.Server
	log     *slog.Logger
	done    <-chan struct{}
	mux     *http.ServeMux
	origin  *http.CrossOriginProtection
	assets  *pages.Assets
	words   pages.Words
	version string
	oidc    *oidcLogin // nil: people sign in by password only

	templates *pages.Templates
}

// Options of a Server.
type Options struct {
	Log  *slog.Logger
	Done <-chan struct{} // closed when the server stops: ends streams
	OIDC OIDC
	// Version of the program, as the system page shows it.
	Version string
}

// New makes the console on top of the API's operations.
func New(a *app.App, operations *api.Server, o Options) (*Server, error) {
	s := &Server{app: a, api: operations, log: o.Log, done: o.Done, version: o.Version, mux: http.NewServeMux(), origin: http.NewCrossOriginProtection()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.OIDC.Issuer != "" {
		s.oidc = newOIDC(o.OIDC)
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	for _, r := range Routes() {
		s.mux.HandleFunc(r.Method+" "+r.Path, s.serve(r))
	}
	s.mux.HandleFunc(Root+"/", s.serve(Route{Open: true, handle: func(*visit) error { return errNoPage }}))
	s.mux.Handle("GET "+Root+"/assets/{name}", s.assets)
	return s, nil
}

// load reads assets and catalogs of messages, and tries all templates.
func (s *Server) load() (err error) {
	if s.words, err = pages.ReadWords(catalogs...); err != nil {
		return err
	}
	if s.assets, err = pages.LoadAssets(Root, files); err != nil {
		return err
	}
	s.templates, err = pages.NewTemplates(files, s.words, template.FuncMap{
		"asset": s.assets.Path, "deref": number0,
		"refused": func(all []pageAction) (out []pageAction) { // those that are not possible, with their reasons
			return slices.DeleteFunc(slices.Clone(all), func(a pageAction) bool { return a.No == "" })
		},
		"browser": browserOf,
		"add":     func(a, b int64) int64 { return a + b }, "plus": func(a, b int) int { return a + b },
		"root": func(parts ...string) string { return Root + path.Join("/", path.Join(parts...)) },
	})
	return err
}

// ServeHTTP sets what holds for all pages, and refuses forms that other sites sent.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	pages.Secure(w.Header(), "same-origin")
	if r.URL.Path == Root {
		http.Redirect(w, r, Root+"/", http.StatusSeeOther)
		return
	}
	if err := s.origin.Check(r); err != nil {
		s.log.Warn("access refused", "code", "cross_origin", "path", r.URL.Path, "remote", r.RemoteAddr)
		http.Error(w, "This form was sent from another site.", http.StatusForbidden)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// serve runs a route for who is signed in.
func (s *Server) serve(rt Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		v := &visit{s: s, w: w, r: r, route: rt, lang: "en", zone: "UTC"}
		defer func() {
			p := recover()
			if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
				panic(p) // what was begun must not look whole
			}
			if p != nil {
				s.log.Error("page panicked", "panic", p, "stack", string(debug.Stack()), "path", r.URL.Path)
				v.fail(fmt.Errorf("panic: %v", p))
			}
		}()
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		if err := v.enter(); err != nil {
			v.fail(err)
			return
		}
		if v.ended {
			return
		}
		if v.person != nil && r.Method == http.MethodGet { // before anything is read, so that the page misses nothing
			head, err := s.app.Head(v.ctx())
			if err != nil {
				v.fail(err)
				return
			}
			v.at = head.Seq
		}
		if err := rt.handle(v); err != nil {
			v.fail(err)
		}
	}
}
