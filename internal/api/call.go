package api

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/jsonx"
	"ordo/internal/store"
	"ordo/internal/work"
)

// call is one request on its way through a route.
type call struct {
	s     *Server
	w     http.ResponseWriter
	r     *http.Request
	route *route
	key   *app.Access // of who asks
	query url.Values
	body  []byte
}

// secretOf finds the API key of a request; "" when there is none.
func secretOf(r *http.Request) string {
	h := r.Header.Get("Authorization")
	if h == "" {
		return r.Header.Get("X-Api-Key")
	}
	kind, value, _ := strings.Cut(h, " ")
	if !strings.EqualFold(kind, "Bearer") {
		return ""
	}
	return strings.TrimSpace(value)
}

// authorize finds out who asks, and whether they may.
func (s *Server) authorize(c *call) error {
	secret := secretOf(c.r)
	if secret == "" {
		return s.refused(c, errs.New(errs.Unauthenticated, "unauthenticated", "send an API key: Authorization: Bearer KEY"))
	}
	key, err := s.app.Authenticate(c.r.Context(), secret)
	if err != nil {
		return away(err)
	}
	if key == nil {
		return s.refused(c, errs.New(errs.Unauthenticated, "unauthenticated", "the API key is not valid or was revoked"))
	}
	c.key = key
	if key.RateLimit > 0 {
		if err := s.limits.take(c.w.Header(), key.ID, key.RateLimit, time.Minute, time.Now()); err != nil {
			return err
		}
	}
	if c.route.scope != "" && !key.Allows(c.route.scope) {
		return s.refused(c, errs.New(errs.Forbidden, "missing_scope", "the API key needs the scope %s", c.route.scope).With("scope", c.route.scope))
	}
	return nil
}

// refused notes a refusal of access in the security log and a metric.
func (s *Server) refused(c *call, err *errs.Error) error {
	who := "nobody"
	if c.key != nil {
		who = c.key.ID
	}
	s.metrics.denied.WithLabelValues(err.Code).Inc()
	s.log.Warn("access refused", "code", err.Code, "key", who, "method", c.r.Method, "path", c.r.URL.Path, "remote", c.r.RemoteAddr, "request_id", requestID(c.r))
	return err
}

// away makes an answer of a database that cannot be read now.
func away(err error) error {
	if store.KindOf(err) == store.Unavailable {
		return work.ErrAway
	}
	return err
}

// readQuery reads the parameters once, and refuses those that the route does not know: a misspelled filter must not
// select everything.
func (c *call) readQuery() error {
	q, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return errs.New(errs.Malformed, "invalid_parameter", "the query string is not well formed")
	}
	c.query = q
	for _, name := range slices.Sorted(maps.Keys(q)) {
		values := q[name]
		p := c.route.param(name)
		switch {
		case p == nil && len(c.route.query) == 0:
			return errs.New(errs.Malformed, "unknown_parameter", "this operation takes no query parameters, so not %q either; leave it out", errs.Clip(name))
		case p == nil:
			known := make([]string, len(c.route.query))
			for i, p := range c.route.query {
				known[i] = p.name
			}
			return errs.New(errs.Malformed, "unknown_parameter", "there is no query parameter %q here; known: %s", errs.Clip(name), strings.Join(known, ", "))
		case len(values) > 1:
			return errs.New(errs.Malformed, "invalid_parameter", "give %s once", name)
		case !text(values[0]):
			return errs.New(errs.Malformed, "invalid_parameter", "%s is not valid UTF-8, or contains U+0000", name)
		case p.values != nil && values[0] != "" && !slices.Contains(p.values, values[0]):
			return errs.New(errs.Malformed, "invalid_parameter", "%s is one of %s", name, strings.Join(p.values, ", "))
		}
	}
	return nil
}

func (c *call) readBody() error {
	if !takesBody(c.route) {
		return nil
	}
	if e := c.r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return errs.New(errs.UnsupportedType, "unsupported_media_type", "send the body without Content-Encoding")
	}
	body, err := io.ReadAll(http.MaxBytesReader(innermost(c.w), c.r.Body, maxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return errs.New(errs.TooLarge, "too_large", "a body may have at most %d bytes", maxBody)
	}
	if err != nil {
		return errs.New(errs.Malformed, "malformed_body", "the body ended too early")
	}
	if len(bytes.TrimSpace(body)) == 0 && c.route.in == nil {
		body = nil // these routes take none, or an empty object
	} else if !isJSON(c.r.Header.Get("Content-Type")) {
		return errs.New(errs.UnsupportedType, "unsupported_media_type", "send Content-Type: application/json")
	}
	c.body = body
	if posts(c.route) && !c.dryRun() && c.r.Header.Get("Idempotency-Key") == "" {
		return errs.New(errs.Malformed, "idempotency_key_required", "send an Idempotency-Key header: a fresh value per order or action, the same when you try again")
	}
	return nil
}

// innermost is the server's own writer: only that one lets MaxBytesReader close the connection, so that a client that
// goes on sending hears the answer.
func innermost(w http.ResponseWriter) http.ResponseWriter {
	for {
		outer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = outer.Unwrap()
	}
}

// isJSON reports whether a Content-Type says JSON in UTF-8. None says nothing else.
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	kind, params, err := mime.ParseMediaType(contentType)
	charset := strings.ToLower(params["charset"])
	return err == nil && (kind == typeJSON || strings.HasSuffix(kind, "+json")) && (charset == "" || charset == "utf-8")
}

func (c *call) dryRun() bool { return c.query.Get("dry_run") == "true" }

// decode reads the body, an object, into v.
func (c *call) decode(v any) error {
	if c.body == nil && c.route.in == nil {
		return nil
	}
	if err := jsonx.Decode(c.body, v); err != nil {
		return err
	}
	if bytes.TrimSpace(c.body)[0] != '{' { // null, which decodes into anything
		var list errs.List
		list.Add("", "wrong_type", "send a JSON object")
		return list.Err()
	}
	return nil
}

// meta is what comes with a command. Render makes the answer that is kept under the Idempotency-Key.
func (c *call) meta(render func(any) work.Answer) (work.Meta, error) {
	return c.metaOf(c.key.ID, c.key.ID, render)
}

// metaOf is meta for an actor; keys are unique in the scope.
func (c *call) metaOf(actor, scope string, render func(any) work.Answer) (work.Meta, error) {
	m := work.Meta{Actor: actor, RequestID: requestID(c.r), Render: render}
	var err error
	if m.ExpectedVersion, err = c.expected(); err != nil {
		return m, err
	}
	value := c.r.Header.Get("Idempotency-Key")
	if value == "" || !keyed(c.route) || c.dryRun() && c.route.op != "createImport" { // a file that is only validated waits to be started
		return m, nil
	}
	if !printable(value, 1, 255) {
		return m, errs.New(errs.Malformed, "invalid_idempotency_key", "an Idempotency-Key has 1 to 255 printable ASCII characters without spaces")
	}
	body := c.body
	if body == nil {
		body = []byte("{}")
	}
	canonical, err := jsonx.Canonical(body)
	if err != nil {
		return m, err
	}
	h := sha256.New()
	h.Write([]byte(c.r.Method + " " + c.r.URL.EscapedPath() + "\n"))
	h.Write(canonical)
	m.Key = &work.Key{Scope: scope, Value: value, Fingerprint: [32]byte(h.Sum(nil))}
	return m, nil
}

// expected reads the version in If-Match; 0 for any. A condition that would not be looked at is refused: who sends one
// relies on it.
func (c *call) expected() (int64, error) {
	for _, name := range []string{"If-None-Match", "If-Unmodified-Since"} {
		if c.r.Header.Get(name) != "" {
			return 0, errs.New(errs.Malformed, "unsupported_condition", "%s is not looked at here; send If-Match", name)
		}
	}
	match := c.r.Header.Get("If-Match")
	switch {
	case match == "" || match == "*":
		return 0, nil
	case !matches(c.route):
		return 0, errs.New(errs.Malformed, "unsupported_condition", "If-Match is not looked at here: there is no version yet")
	}
	n, err := strconv.ParseInt(strings.Trim(match, `"`), 10, 64)
	if err != nil || n < 1 {
		return 0, errs.New(errs.Malformed, "invalid_if_match", `If-Match takes a version as it stands in ETag, such as "3"`)
	}
	return n, nil
}

// answer writes what became of a command.
func (c *call) answer(out work.Outcome, render func(any) work.Answer) error {
	if out.Err != nil {
		return away(out.Err)
	}
	if out.InFlight {
		return errs.New(errs.Conflict, "idempotency_in_flight", "the first request with this Idempotency-Key is still running; try again shortly")
	}
	ans := out.Answer
	if ans == nil {
		a := render(out.Value)
		ans = &a
	}
	if out.Replayed {
		c.w.Header().Set("Idempotent-Replayed", "true")
	}
	contentType := typeJSON
	if ans.Status >= 400 {
		contentType = typeProblem
	} else {
		c.etag(ans.Body)
	}
	write(c.w, ans.Status, contentType, ans.Body)
	return nil
}

// etag sets ETag from the version in a rendered document.
func (c *call) etag(body []byte) {
	if !c.route.etag {
		return
	}
	if v := jsonx.Number(body, "version"); v != "" && v != "0" {
		c.w.Header().Set("ETag", `"`+v+`"`)
	}
}

// reply writes a document.
func (c *call) reply(code int, v any) error {
	body := jsonx.Marshal(v)
	c.etag(body)
	write(c.w, code, typeJSON, body)
	return nil
}

// run is the common path of POST routes: dry run, or the command under its Idempotency-Key.
func (c *call) run(submit func(work.Meta) work.Outcome, dry func(work.Meta) (any, error), render func(any) work.Answer) error {
	m, err := c.meta(render)
	if err != nil {
		return err
	}
	if c.dryRun() {
		v, err := dry(m)
		if err != nil {
			return away(err)
		}
		c.w.Header().Set("Dry-Run", "true")
		write(c.w, http.StatusOK, typeJSON, render(v).Body) // without an ETag: there is no such version
		return nil
	}
	return c.answer(submit(m), render)
}

func rendered[T, V any](code int, view func(T) V) func(any) work.Answer {
	return func(v any) work.Answer { return work.Answer{Status: code, Body: jsonx.Marshal(view(v.(T)))} }
}

// number reads a parameter by its row in the table of routes.
func (c *call) number(name string) (int64, error) {
	p, s := c.route.param(name), c.query.Get(name)
	if s == "" {
		return p.otherwise, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if p.clamp && (errors.Is(err, strconv.ErrRange) || err == nil) && n > p.most {
		return p.most, nil
	}
	if err != nil || n < p.least || n > p.most {
		return 0, errs.New(errs.Malformed, "invalid_parameter", "%s is a whole number from %d to %d", name, p.least, p.most)
	}
	return n, nil
}

// limit reads the page size.
func (c *call) limit() (int, error) {
	n, err := c.number("limit")
	return int(n), err
}

// idPage reads where a list that goes on by ids begins, and how long it may be.
func (c *call) idPage(prefix string) (cursor string, limit int, err error) {
	if limit, err = c.limit(); err != nil {
		return "", 0, err
	}
	if cursor = c.query.Get("cursor"); cursor != "" && !ids.Valid(prefix, cursor) {
		return "", 0, invalidCursor()
	}
	return cursor, limit, nil
}

// seqPage is idPage for a list that goes on by positions.
func (c *call) seqPage() (cursor int64, limit int, err error) {
	if limit, err = c.limit(); err != nil {
		return 0, 0, err
	}
	if cursor, err = position(c.query.Get("cursor")); err != nil {
		return 0, 0, invalidCursor()
	}
	return cursor, limit, nil
}
