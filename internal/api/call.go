package api

import (
	"crypto/sha256"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
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
	key   *app.APIKey
	body  []byte
}

// authorize finds out who asks, and whether they may.
func (s *Server) authorize(c *call) error {
	secret := c.r.Header.Get("X-Api-Key")
	if h := c.r.Header.Get("Authorization"); h != "" {
		kind, value, _ := strings.Cut(h, " ")
		if !strings.EqualFold(kind, "Bearer") {
			return errs.New(errs.Unauthenticated, "unauthenticated", "send the API key as Authorization: Bearer KEY")
		}
		secret = strings.TrimSpace(value)
	}
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
		if err := s.limits.take(c.w.Header(), key.ID, key.RateLimit, time.Now()); err != nil {
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

// checkQuery refuses parameters that the route does not know: a misspelled filter must not select everything.
func (c *call) checkQuery() error {
	for name := range c.r.URL.Query() {
		if !slices.ContainsFunc(c.route.query, func(p param) bool { return p.name == name }) {
			known := make([]string, len(c.route.query))
			for i, p := range c.route.query {
				known[i] = p.name
			}
			return errs.New(errs.Malformed, "unknown_parameter", "there is no query parameter %q here; known: %s", clip(name), strings.Join(known, ", "))
		}
	}
	return nil
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}

func (c *call) readBody() error {
	if c.route.method == http.MethodGet || c.route.method == http.MethodDelete {
		return nil
	}
	if t := c.r.Header.Get("Content-Type"); t != "" {
		kind, params, err := mime.ParseMediaType(t)
		charset := strings.ToLower(params["charset"])
		if err != nil || (kind != "application/json" && !strings.HasSuffix(kind, "+json")) || (charset != "" && charset != "utf-8") {
			if c.route.in != nil || c.r.ContentLength > 0 {
				return errs.New(errs.UnsupportedType, "unsupported_media_type", "send Content-Type: application/json")
			}
		}
	}
	if e := c.r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return errs.New(errs.UnsupportedType, "unsupported_media_type", "send the body without Content-Encoding")
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return errs.New(errs.TooLarge, "too_large", "a body may have at most %d bytes", maxBody)
	}
	if err != nil {
		return errs.New(errs.Malformed, "malformed_body", "the body ended too early")
	}
	c.body = body
	if c.route.method == http.MethodPost && !c.dryRun() && c.r.Header.Get("Idempotency-Key") == "" {
		return errs.New(errs.Malformed, "idempotency_key_required", "send an Idempotency-Key header: a fresh value per order or action, the same when you try again")
	}
	return nil
}

func (c *call) dryRun() bool { v := c.r.URL.Query().Get("dry_run"); return v == "true" || v == "1" }

// decode reads the body; routes without input take none, or an empty object.
func (c *call) decode(v any) error {
	if c.route.in == nil && len(strings.TrimSpace(string(c.body))) == 0 {
		return nil
	}
	return jsonx.Decode(c.body, v)
}

// meta is what comes with a command. Render makes the answer that is kept under the Idempotency-Key.
func (c *call) meta(render func(any) work.Answer) (work.Meta, error) {
	m := work.Meta{Actor: c.key.ID, RequestID: requestID(c.r), Render: render}
	if match := c.r.Header.Get("If-Match"); match != "" && match != "*" {
		n, err := strconv.ParseInt(strings.Trim(match, `"`), 10, 64)
		if err != nil || n < 1 {
			return m, errs.New(errs.Malformed, "invalid_if_match", `If-Match takes a version as it stands in ETag, such as "3"`)
		}
		m.ExpectedVersion = n
	}
	value := c.r.Header.Get("Idempotency-Key")
	if value == "" || c.route.method != http.MethodPost {
		return m, nil
	}
	if !printable(value, 1, 255) {
		return m, errs.New(errs.Malformed, "invalid_idempotency_key", "an Idempotency-Key has 1 to 255 printable ASCII characters without spaces")
	}
	body := c.body
	if len(strings.TrimSpace(string(body))) == 0 {
		body = []byte("{}")
	}
	canonical, err := jsonx.Canonical(body)
	if err != nil {
		return m, err
	}
	h := sha256.New()
	h.Write([]byte(c.r.Method + " " + c.r.URL.EscapedPath() + "\n"))
	h.Write(canonical)
	m.Key = &work.Key{Scope: c.key.ID, Value: value, Fingerprint: [32]byte(h.Sum(nil))}
	return m, nil
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
	contentType := "application/json"
	if ans.Status >= 400 {
		contentType = "application/problem+json"
	} else {
		c.etag(ans.Body)
	}
	write(c.w, ans.Status, contentType, ans.Body)
	return nil
}

// etag sets ETag from the version in a rendered document.
func (c *call) etag(body []byte) {
	var v struct {
		Version int64 `json:"version"`
	}
	if c.route.etag && jsonx.Unmarshal(body, &v) == nil && v.Version > 0 {
		c.w.Header().Set("ETag", `"`+strconv.FormatInt(v.Version, 10)+`"`)
	}
}

// reply writes a document.
func (c *call) reply(code int, v any) error {
	body := jsonx.Marshal(v)
	c.etag(body)
	write(c.w, code, "application/json", body)
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
		return c.reply(http.StatusOK, jsonRaw(render(v).Body))
	}
	return c.answer(submit(m), render)
}

func rendered[T any](code int, view func(T) any) func(any) work.Answer {
	return func(v any) work.Answer { return work.Answer{Status: code, Body: jsonx.Marshal(view(v.(T)))} }
}

// limit reads the page size: 1 to 1000, larger is clamped.
func (c *call) limit() (int, error) {
	s := c.r.URL.Query().Get("limit")
	if s == "" {
		return 50, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if errors.Is(err, strconv.ErrRange) && !strings.HasPrefix(s, "-") {
		return 1000, nil
	}
	if err != nil || n < 1 {
		return 0, errs.New(errs.Malformed, "invalid_parameter", "limit is a whole number from 1 to 1000")
	}
	return int(min(n, 1000)), nil
}

// choice reads a parameter that has one of a set of values, or none.
func (c *call) choice(name string, values []string) (string, error) {
	v := c.r.URL.Query().Get(name)
	if v != "" && !slices.Contains(values, v) {
		return "", errs.New(errs.Malformed, "invalid_parameter", "%s is one of %s", name, strings.Join(values, ", "))
	}
	return v, nil
}

func (c *call) number(name string, least, most, otherwise int64) (int64, error) {
	s := c.r.URL.Query().Get(name)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < least || n > most {
		return 0, errs.New(errs.Malformed, "invalid_parameter", "%s is a whole number from %d to %d", name, least, most)
	}
	return n, nil
}
