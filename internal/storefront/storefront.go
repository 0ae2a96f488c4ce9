// Package storefront is a shop for end customers: products with availability and delivery promise, a cart that holds
// stock, and a checkout on one page.
//
// What lives here: those pages, and the cart in the browser's cookie. What does not: any rule of the business.
// The one idea: a page reads and does things by the operations of the API, in process, with the rights of an app that
// sells for one sales channel. So a shop of one's own can do all that these pages do. What an order costs and whether it
// can be placed is asked of the API each time; a cart is a wish, and nothing in it is believed.
package storefront

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

//go:embed assets all:templates messages worker
var files embed.FS

// Root is where all pages stand below.
const Root = "/shop"

// Options of a Server.
type Options struct {
	Channel string // code of the sales channel that it sells for
	Public  string // address under which customers reach this server; "" for where it listens
	Secret  []byte // signs carts
	Log     *slog.Logger
}

// Server answers requests at and below Root. It implements http.Handler.
type Server struct {
	api       *api.Server
	access    *app.Access
	channel   string
	secret    []byte
	log       *slog.Logger
	mux       *http.ServeMux
	origin    *http.CrossOriginProtection
	base      string // before every path: that of the public address, where a proxy takes it off
	assets    *pages.Assets
	worker    []byte // the service worker's script
	words     pages.Words
	templates *pages.Templates
}

// actor is who places the orders, in the journal.
const actor = "storefront"

// New makes the pages on top of the API's operations.
func New(operations *api.Server, o Options) (*Server, error) {
	s := &Server{api: operations, channel: o.Channel, secret: o.Secret, log: o.Log, mux: http.NewServeMux(), origin: http.NewCrossOriginProtection()}
	s.access = &app.Access{ID: actor, Name: actor, Scopes: []string{"catalog:read", "stock:read", "orders:read", "orders:write"}, Channels: []string{o.Channel}}
	if u, err := url.Parse(o.Public); err == nil {
		s.base = strings.TrimSuffix(u.EscapedPath(), "/")
	}
	var err error
	if s.words, err = pages.ReadWords(files); err != nil {
		return nil, err
	}
	if s.assets, err = pages.LoadAssets(s.base+Root, files); err != nil {
		return nil, err
	}
	if s.templates, err = pages.NewTemplates(files, s.words, template.FuncMap{"asset": s.assets.Path, "at_shop": s.path, "calm": calm, "initial": initial, "tint": tint}); err != nil {
		return nil, err
	}
	if err := s.newWorker(); err != nil {
		return nil, err
	}
	s.mux.Handle("GET "+Root+"/assets/{name}", s.assets)
	s.mux.HandleFunc("GET "+Root+"/worker.js", s.serveWorker)
	for path, handle := range map[string]map[string]func(*visit) error{
		"":                {http.MethodGet: showGrid},
		"/products/{sku}": {http.MethodGet: showProduct},
		"/cart":           {http.MethodGet: showCart, http.MethodPost: changeCart},
		"/cart/items":     {http.MethodPost: addToCart},
		"/manifest":       {http.MethodGet: showManifest},
		"/offline":        {http.MethodGet: showOffline},
		"/checkout":       {http.MethodGet: showCheckout, http.MethodPost: doCheckout},
	} {
		s.mux.HandleFunc(Root+path, s.serve(handle))
	}
	s.mux.Handle("GET "+Root+"/{$}", http.RedirectHandler(Root, http.StatusPermanentRedirect))
	s.mux.HandleFunc(Root+"/", s.serve(nil))
	return s, nil
}

// path is the address of a page: parts below Root, each escaped.
func (s *Server) path(parts ...string) string {
	p := s.base + Root
	for _, part := range parts {
		p += "/" + url.PathEscape(part)
	}
	return p
}

// ServeHTTP sets what holds for all pages, and refuses forms that other sites sent.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	pages.Secure(w.Header(), "same-origin")
	if err := s.origin.Check(r); err != nil {
		s.log.Warn("access refused", "code", "cross_origin", "path", r.URL.Path, "remote", r.RemoteAddr)
		http.Error(w, "This form was sent from another site.", http.StatusForbidden)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// maxForm is far more than the largest form has.
const maxForm = 64 << 10

// serve runs a page by its methods; nil is a page that there is not.
func (s *Server) serve(methods map[string]func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		v := &visit{s: s, w: w, r: r}
		v.lang, _ = pages.LanguageOf(r.Header.Get("Accept-Language"))
		v.format = s.words.Format(v.lang, pages.ZoneOf("UTC"))
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
				s.log.Error("page panicked", "panic", p, "stack", string(debug.Stack()))
				v.fail(fmt.Errorf("panic: %v", p))
			}
		}()
		if err := v.run(methods); err != nil {
			v.fail(err)
		}
	}
}

// run opens the shop and hands on to the page.
func (v *visit) run(methods map[string]func(*visit) error) error {
	if err := v.open(); err != nil {
		return err
	}
	method := v.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	switch handle := methods[method]; {
	case handle != nil:
		return handle(v)
	case methods == nil:
		return errGone
	}
	return errMethod
}
