package api

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
)

// Act is an operation that a page carries out for a person.
type Act struct {
	Op      string            // name of the operation
	Slots   map[string]string // of its path
	Query   url.Values
	Body    any    // marshaled; nil for none
	Key     string // Idempotency-Key
	Version int64  // If-Match; 0 for any
	DryRun  bool
	Request string        // id of the page's request
	Remote  string        // address of the browser: some limits count by it
	Page    *http.Request // of the person, whose address addresses in the answer begin with; nil for none
}

// Acted is what an operation answered.
type Acted struct {
	Status   int
	Body     []byte
	Header   http.Header
	Replayed bool
}

// Act carries out an operation as if somebody with this access had sent it: the same decoding, rights, limits, keys and
// answers, so that pages have no rules of their own. Operations that are open to everybody ask for nobody's access. An error is an *errs.Error, with pointers into the body.
func (s *Server) Act(ctx context.Context, who *app.Access, a Act) (*Acted, error) {
	r := opRoute(a.Op)
	if r == nil || r.upload {
		return nil, errs.New(errs.NotFound, "no_such_path", "there is no operation %q", errs.Clip(a.Op))
	}
	if r.scope != "" && !who.Allows(r.scope) {
		return nil, errs.New(errs.Forbidden, "missing_scope", "your roles do not allow this: it needs %s", r.scope).With("scope", r.scope)
	}
	req, err := a.request(ctx, r)
	if err != nil {
		return nil, err
	}
	w := &answerWriter{header: http.Header{}, status: http.StatusOK}
	c := &call{s: s, w: w, r: req, route: r, key: who}
	if err := c.readQuery(); err != nil {
		return nil, err
	}
	if err := c.readBody(); err != nil {
		return nil, err
	}
	if err := r.handle(c); err != nil {
		return nil, err
	}
	out := &Acted{Status: w.status, Body: w.body.Bytes(), Header: w.header, Replayed: w.header.Get("Idempotent-Replayed") != ""}
	if w.status >= http.StatusBadRequest { // an answer that was stored, such as a declined payment
		return out, problemOf(w.status, out.Body)
	}
	return out, nil
}

// request is the one that would come over the network.
func (a *Act) request(ctx context.Context, r *route) (*http.Request, error) {
	path := r.path
	for name, value := range a.Slots {
		path = strings.Replace(path, "{"+name+"}", url.PathEscape(value), 1)
	}
	query := a.Query
	if a.DryRun {
		query = url.Values{}
		maps.Copy(query, a.Query)
		query.Set("dry_run", "true")
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var body []byte
	if a.Body != nil {
		body = jsonx.Marshal(a.Body)
	}
	req, err := http.NewRequestWithContext(context.WithValue(ctx, ctxKey{}, a.Request), r.method, path, bytes.NewReader(body))
	if err != nil {
		return nil, errs.New(errs.Malformed, "malformed_body", "this cannot be asked for")
	}
	for name, value := range a.Slots {
		req.SetPathValue(name, value)
	}
	req.Header.Set("Content-Type", typeJSON)
	req.RemoteAddr = a.Remote
	if a.Page != nil {
		req.Host, req.TLS = a.Page.Host, a.Page.TLS
		if proto := a.Page.Header.Get("X-Forwarded-Proto"); proto != "" {
			req.Header.Set("X-Forwarded-Proto", proto)
		}
	}
	if a.Key != "" && r.method == http.MethodPost {
		req.Header.Set("Idempotency-Key", a.Key)
	}
	if a.Version > 0 {
		req.Header.Set("If-Match", `"`+strconv.FormatInt(a.Version, 10)+`"`)
	}
	return req, nil
}

// Scope is what an operation needs; not ok for one that there is not.
func Scope(op string) (scope string, ok bool) {
	if r := opRoute(op); r != nil {
		return r.scope, true
	}
	return "", false
}

func opRoute(op string) *route {
	i := slices.IndexFunc(routes, func(r route) bool { return r.op == op })
	if i < 0 {
		return nil
	}
	return &routes[i]
}

// problemOf reads a problem document back.
func problemOf(code int, body []byte) error {
	var p struct {
		Code   string         `json:"code"`
		Detail string         `json:"detail"`
		Errors []errs.Problem `json:"errors"`
	}
	if err := jsonx.Unmarshal(body, &p); err != nil {
		return err
	}
	class := errs.Internal
	for c, s := range status {
		if s == code {
			class = c
		}
	}
	e := errs.New(class, p.Code, "%s", p.Detail)
	e.Problems = p.Errors
	return e
}

// answerWriter keeps an answer.
type answerWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *answerWriter) Header() http.Header         { return w.header }
func (w *answerWriter) WriteHeader(code int)        { w.status = code }
func (w *answerWriter) Write(b []byte) (int, error) { return w.body.Write(b) }

// Status is the HTTP status of a class of errors.
func Status(c errs.Class) int { return status[c] }

// NewBody makes an empty body of an operation, a pointer to decode into; nil for an operation without one.
func NewBody(op string) any {
	r := opRoute(op)
	if r == nil || r.in == nil {
		return nil
	}
	return reflect.New(reflect.TypeOf(r.in)).Interface()
}

// Values are those that a parameter of an operation takes; none for any text.
func Values(op, name string) []string {
	if r := opRoute(op); r != nil {
		if p := r.param(name); p != nil {
			return p.values
		}
	}
	return nil
}
