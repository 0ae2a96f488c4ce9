// Package api is Ordo's HTTP/JSON interface.
//
// What lives here: routes as data, decoding, authentication, problem documents, the shapes of requests and answers.
// What does not: what requests do (app) and what is right (domains).
// The one idea: a route is a row in a table. The server, the OpenAPI description and the tests read the same table.
package api

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"ordo/internal/app"
	"ordo/internal/bulk"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/work"
)

// Server answers requests. It implements http.Handler and app.Renderer.
type Server struct {
	app     *app.App
	log     *slog.Logger
	mux     *http.ServeMux
	metrics *metrics
	limits  limiters // of API keys
	links   limiters // of customers' links, by order
	ready   func() error
	done    <-chan struct{} // closed when the server stops: ends streams
	spec    func() []byte   // the OpenAPI description, rendered when somebody asks first: it takes a quarter of a second
	page    func() []byte   // /docs, but for the address of this server; likewise

	heartbeat time.Duration
	home      string // where / leads; "" for /docs

	metricsHere http.Handler // /metrics; nil when it is served elsewhere
}

// Options of a Server.
type Options struct {
	Log     *slog.Logger
	Version string
	Ready   func() error    // reports why the server should get no traffic; nil for always ready
	Done    <-chan struct{} // closed when the server stops
	Metrics bool            // serve /metrics here
}

// Pages serves a handler for all paths below a root, which becomes where / leads, with the ids, logs and metrics of all requests.
func (s *Server) Pages(root string, h http.Handler) {
	s.home = root
	s.Mount(root, h)
}

// Mount is Pages without a change of where / leads.
func (s *Server) Mount(root string, h http.Handler) {
	s.mux.Handle(root, h)
	s.mux.Handle(root+"/", h)
}

// maxBody is the largest request body.
const maxBody = 1 << 20

// New makes the server and becomes the renderer of a's stored answers.
func New(a *app.App, o Options) *Server {
	s := &Server{app: a, log: o.Log, mux: http.NewServeMux(), metrics: newMetrics(a), ready: o.Ready, done: o.Done, heartbeat: heartbeat}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.ready == nil {
		s.ready = func() error { return nil }
	}
	s.limits.m, s.links.m = map[string]*bucket{}, map[string]*bucket{}
	a.Render, a.RenderLabel, a.Rows = s, s.label, s
	s.spec = sync.OnceValue(func() []byte { return Description(o.Version) })
	s.page = sync.OnceValue(func() []byte { return renderDocs(o.Version) })
	if o.Metrics {
		s.metricsHere = s.MetricsHandler()
	}
	s.register()
	return s
}

// register gives every path of the tables its handler.
func (s *Server) register() {
	byPath := map[string]map[string]*route{}
	for i := range routes {
		r := &routes[i]
		path, ending := r.split()
		if byPath[path] == nil {
			byPath[path] = map[string]*route{}
		}
		byPath[path][r.method+ending] = r
	}
	for path, methods := range byPath {
		s.mux.Handle(path, s.methods(path, methods))
	}
	for _, p := range pages {
		s.mux.HandleFunc(p.path, func(w http.ResponseWriter, r *http.Request) {
			if allowed := p.methods(); !slices.Contains(allowed, r.Method) {
				s.notAllowed(w, r, p.path, allowed)
				return
			}
			p.handle(s, w, r)
		})
	}
	s.registerPay()
	s.mux.HandleFunc("/", s.noSuchPath)
}

func (s *Server) noSuchPath(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" && r.Method == http.MethodGet { // somebody opened the address that the start printed
		http.Redirect(w, r, cmp.Or(s.home, "/docs"), http.StatusFound)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	s.problem(w, r, errs.New(errs.NotFound, "no_such_path", "there is nothing at %q; see /docs", errs.Clip(r.URL.Path)))
}

func (s *Server) notAllowed(w http.ResponseWriter, r *http.Request, path string, allowed []string) {
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.problem(w, r, errs.New(errs.MethodNotAllowed, "method_not_allowed", "%s takes %s", path, strings.Join(allowed, ", ")))
}

// MetricsHandler serves the metrics in Prometheus' text format, for a listener of their own.
func (s *Server) MetricsHandler() http.Handler { return s.metrics.handler() }

type ctxKey struct{}

// ServeHTTP gives every request an id, notes what became of it, and turns a panic into an answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	id := r.Header.Get("X-Request-Id")
	if !printable(id, 1, 100) || bulk.IsOutcomeID(id) { // rows of imports are told apart by theirs (B1)
		id = ids.New("req")
	}
	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	rec.Header().Set("X-Request-Id", id)
	rec.Header().Set("X-Content-Type-Options", "nosniff")
	r = r.WithContext(context.WithValue(r.Context(), ctxKey{}, id))
	defer func() {
		p := recover()
		aborted := p == http.ErrAbortHandler //nolint:errorlint // net/http compares it so
		if p != nil && !aborted {
			s.log.Error("request panicked", "panic", p, "stack", string(debug.Stack()), "request_id", id)
			if !rec.wrote {
				s.problem(rec, r, fmt.Errorf("panic: %v", p))
			}
		}
		took := time.Since(start)
		s.metrics.observe(r.Method, r.Pattern, rec.status, took)
		s.log.Debug("request", "method", r.Method, "path", logged(r.URL.Path), "status", rec.status, "ms", float64(took.Microseconds())/1000, "request_id", id)
		if aborted {
			panic(p) // the server closes the connection: what was begun must not look whole
		}
	}()
	if !plain(r.URL) {
		rec.Header().Set("Cache-Control", "no-store")
		s.noSuchPath(rec, r)
		return
	}
	s.mux.ServeHTTP(rec, r)
}

// secretPaths are those in which a token follows that is the right to something.
var secretPaths = []string{app.CustomerLinkPath, "/v1/links/", "/pay/"}

// logged is a path without the tokens in it.
func logged(path string) string {
	for _, p := range secretPaths {
		if strings.HasPrefix(path, p) {
			return p + "…"
		}
	}
	return path
}

// plain reports whether a path stands for itself. The router would answer others with a redirect to a page, and
// bytes that are no text must not reach a database.
func plain(u *url.URL) bool {
	path, ok := strings.CutPrefix(u.EscapedPath(), "/")
	if !ok || !text(u.Path) {
		return false
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part == "." || part == ".." || part == "" && i < len(parts)-1 {
			return false
		}
	}
	return true
}

// text reports whether s can be stored as text on both engines.
func text(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

func requestID(r *http.Request) string { id, _ := r.Context().Value(ctxKey{}).(string); return id }

// recorder remembers the status for logs and metrics.
type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (r *recorder) WriteHeader(status int) {
	r.status, r.wrote = status, true
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.wrote = true
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController flush streams.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (s *Server) methods(path string, methods map[string]*route) http.Handler {
	var allowed []string
	for _, m := range []string{"GET", "PUT", "POST", "DELETE"} {
		known := methods[m] != nil || methods[m+".pdf"] != nil
		if known {
			allowed = append(allowed, m)
		}
		if m == "GET" && known {
			allowed = append(allowed, "HEAD")
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		rt := methods[method]
		if file := methods[method+ext(r.URL.Path)]; file != nil && file != rt {
			rt = file
			slot := rt.slots()[len(rt.slots())-1]
			r.SetPathValue(slot, strings.TrimSuffix(r.PathValue(slot), ext(r.URL.Path)))
		}
		if rt == nil {
			s.notAllowed(w, r, path, allowed)
			return
		}
		w.Header().Set("Cache-Control", "no-store") // what is behind a key is for its owner
		c := &call{s: s, w: w, r: r, route: rt}
		if err := s.serve(c); err != nil {
			s.problem(w, r, err)
		}
	})
}

// endings are those of paths that ask for a document.
var endings = []string{".pdf", ".csv", ".xlsx"}

// ext is the ending of a path that asks for a document, such as ".pdf".
func ext(path string) string {
	for _, e := range endings {
		if strings.HasSuffix(path, e) {
			return e
		}
	}
	return ""
}

func (s *Server) serve(c *call) error {
	if !c.route.open {
		if err := s.authorize(c); err != nil {
			return err
		}
	}
	if err := c.readQuery(); err != nil {
		return err
	}
	if !c.route.upload {
		if err := c.readBody(); err != nil {
			return err
		}
	}
	return c.route.handle(c)
}

// Media types of answers.
const (
	typeJSON    = "application/json"
	typeProblem = "application/problem+json"
	typeStream  = "text/event-stream"
	typePDF     = "application/pdf"
	typeCSV     = "text/csv"
)

func write(w http.ResponseWriter, code int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
	_, _ = w.Write(body)
}

func printable(s string, least, most int) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return true
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, typeJSON, []byte(`{"status":"ok"}`))
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if err := s.ready(); err != nil {
		s.problem(w, r, errs.New(errs.Unavailable, "not_ready", "%s", err))
		return
	}
	if _, err := s.app.Head(r.Context()); err != nil {
		s.problem(w, r, work.ErrAway)
		return
	}
	write(w, http.StatusOK, typeJSON, []byte(`{"status":"ready"}`))
}
