// Package api is Ordo's HTTP/JSON interface.
//
// What lives here: routes as data, decoding, authentication, problem documents, the shapes of requests and answers.
// What does not: what requests do (app) and what is right (domains).
// The one idea: a route is a row in a table. The server, the OpenAPI description and the tests read the same table.
package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/jsonx"
	"ordo/internal/work"
)

// Server answers requests. It implements http.Handler and app.Renderer.
type Server struct {
	app     *app.App
	log     *slog.Logger
	mux     *http.ServeMux
	metrics *metrics
	limits  limiters
	ready   func() error
	done    <-chan struct{} // closed when the server stops: ends streams
	spec    []byte          // the OpenAPI description
}

// Options of a Server.
type Options struct {
	Log     *slog.Logger
	Version string
	Ready   func() error    // reports why the server should get no traffic; nil for always ready
	Done    <-chan struct{} // closed when the server stops
	Metrics bool            // serve /metrics here
}

// maxBody is the largest request body.
const maxBody = 1 << 20

// New makes the server and becomes the renderer of a's stored answers.
func New(a *app.App, o Options) *Server {
	s := &Server{app: a, log: o.Log, mux: http.NewServeMux(), metrics: newMetrics(a), ready: o.Ready, done: o.Done}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.ready == nil {
		s.ready = func() error { return nil }
	}
	s.limits.m = map[string]*bucket{}
	a.Render = s
	s.spec = Description(o.Version)
	byPath := map[string]map[string]*route{}
	for i := range routes {
		r := &routes[i]
		if byPath[r.path] == nil {
			byPath[r.path] = map[string]*route{}
		}
		byPath[r.path][r.method] = r
	}
	for path, methods := range byPath {
		s.mux.Handle(path, s.methods(path, methods))
	}
	s.mux.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.problem(w, r, errs.New(errs.NotFound, "no_such_path", "there is nothing at %s; see /docs", r.URL.Path))
	}))
	s.mux.HandleFunc("GET /healthz", s.healthz)
	s.mux.HandleFunc("GET /readyz", s.readyz)
	s.mux.HandleFunc("GET /openapi.json", s.openapi)
	s.mux.HandleFunc("GET /docs", s.docs)
	s.mux.HandleFunc("GET /docs/style.css", s.docsStyle)
	if o.Metrics {
		s.mux.Handle("GET /metrics", s.MetricsHandler())
	}
	return s
}

// MetricsHandler serves the metrics in Prometheus' text format, for a listener of their own.
func (s *Server) MetricsHandler() http.Handler { return s.metrics.handler() }

type ctxKey struct{}

// ServeHTTP gives every request an id, notes what became of it, and turns a panic into an answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	id := r.Header.Get("X-Request-Id")
	if !printable(id, 1, 100) {
		id = ids.New("req")
	}
	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	rec.Header().Set("X-Request-Id", id)
	rec.Header().Set("X-Content-Type-Options", "nosniff")
	r = r.WithContext(context.WithValue(r.Context(), ctxKey{}, id))
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
			s.log.Error("request panicked", "panic", p, "stack", string(debug.Stack()), "request_id", id)
			if !rec.wrote {
				s.problem(rec, r, fmt.Errorf("panic: %v", p))
			}
		}
		took := time.Since(start)
		s.metrics.observe(r.Method, r.Pattern, rec.status, took)
		s.log.Debug("request", "method", r.Method, "path", r.URL.Path, "status", rec.status, "ms", float64(took.Microseconds())/1000, "request_id", id)
	}()
	s.mux.ServeHTTP(rec, r)
}

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
	allowed := make([]string, 0, len(methods))
	for _, m := range []string{"GET", "PUT", "POST", "DELETE"} {
		if methods[m] != nil {
			allowed = append(allowed, m)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		rt := methods[method]
		if rt == nil {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			s.problem(w, r, errs.New(errs.MethodNotAllowed, "method_not_allowed", "%s takes %s", path, strings.Join(allowed, ", ")))
			return
		}
		c := &call{s: s, w: w, r: r, route: rt}
		if err := s.serve(c); err != nil {
			s.problem(w, r, err)
		}
	})
}

func (s *Server) serve(c *call) error {
	if err := s.authorize(c); err != nil {
		return err
	}
	if err := c.checkQuery(); err != nil {
		return err
	}
	if err := c.readBody(); err != nil {
		return err
	}
	return c.route.handle(c)
}

// status maps the classes of errors to HTTP, and it is the only place that does.
var status = map[errs.Class]int{
	errs.Internal: 500, errs.Malformed: 400, errs.Unauthenticated: 401, errs.PaymentRequired: 402, errs.Forbidden: 403, errs.NotFound: 404,
	errs.MethodNotAllowed: 405, errs.Conflict: 409, errs.TooLarge: 413, errs.UnsupportedType: 415, errs.Invalid: 422, errs.TooMany: 429, errs.Unavailable: 503,
}

// problemBody renders an error as an RFC 9457 problem document.
func problemBody(err error, requestID string) (int, []byte) {
	e := errs.As(err)
	if e == nil {
		e = errs.New(errs.Internal, "internal", "something went wrong on our side; the request id helps to find it")
	}
	code := status[e.Class]
	doc := map[string]any{}
	for k, v := range e.Fields {
		doc[k] = v
	}
	doc["type"], doc["title"], doc["status"], doc["code"], doc["detail"] = "/docs#errors", http.StatusText(code), code, e.Code, e.Detail
	if requestID != "" {
		doc["request_id"] = requestID
	}
	if len(e.Problems) > 0 {
		doc["errors"] = e.Problems
	}
	return code, jsonx.Marshal(doc)
}

func (s *Server) problem(w http.ResponseWriter, r *http.Request, err error) {
	if errs.As(err) == nil {
		s.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "err", err, "request_id", requestID(r))
	}
	code, body := problemBody(err, requestID(r))
	switch code {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="ordo"`)
	case http.StatusConflict:
		if errs.Is(err, "idempotency_in_flight") {
			w.Header().Set("Retry-After", "1")
		}
	}
	write(w, code, "application/problem+json", body)
}

func write(w http.ResponseWriter, code int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
	_, _ = w.Write(body)
}

// Placed implements app.Renderer.
func (s *Server) Placed(v *app.OrderView) work.Answer {
	return work.Answer{Status: http.StatusCreated, Body: jsonx.Marshal(orderJSON(v))}
}

// Refused implements app.Renderer.
func (s *Server) Refused(err error) work.Answer {
	code, body := problemBody(err, "")
	return work.Answer{Status: code, Body: body}
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
	write(w, http.StatusOK, "application/json", []byte(`{"status":"ok"}`))
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
	write(w, http.StatusOK, "application/json", []byte(`{"status":"ready"}`))
}
