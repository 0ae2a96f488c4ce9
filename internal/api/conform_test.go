package api

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Every answer that any test of this package gets is held to the description that Ordo emits, by a validator that has
// nothing to do with how it was made.

// contract is the emitted description, read back.
var contract = sync.OnceValue(func() *description {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Description("test")))
	if err != nil {
		panic(err)
	}
	d := &description{doc: doc.(map[string]any), compiled: map[string]*jsonschema.Schema{}}
	// In the tests no answer may have a field that is not described.
	for _, s := range d.doc["components"].(map[string]any)["schemas"].(map[string]any) {
		s.(map[string]any)["additionalProperties"] = false
	}
	d.compiler = jsonschema.NewCompiler()
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource("openapi.json", d.doc); err != nil {
		panic(err)
	}
	return d
})

type description struct {
	mu       sync.Mutex
	doc      map[string]any
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

// at finds a part of the description and follows a reference; nil when there is none.
func (d *description) at(path ...string) (part map[string]any, pointer []string) {
	part, pointer = d.doc, path
	for i, name := range path {
		next, _ := part[name].(map[string]any)
		if ref, ok := next["$ref"].(string); ok && i < len(path)-1 {
			return d.at(append(strings.Split(strings.TrimPrefix(ref, "#/"), "/"), path[i+1:]...)...)
		}
		if part = next; part == nil {
			return nil, nil
		}
	}
	if ref, ok := part["$ref"].(string); ok && path[len(path)-1] != "schema" {
		return d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	return part, pointer
}

func (d *description) schema(pointer ...string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := "openapi.json#"
	for _, p := range pointer {
		at += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(p))
	}
	if d.compiled[at] == nil {
		s, err := d.compiler.Compile(at)
		if err != nil {
			return nil, err
		}
		d.compiled[at] = s
	}
	return d.compiled[at], nil
}

func (d *description) validate(body []byte, pointer ...string) error {
	s, err := d.schema(pointer...)
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// routeOf finds the route of a request, or nil.
func routeOf(method, path string) *route {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	have := strings.Split(path, "/")
	if slices.ContainsFunc(routes, func(r route) bool { return r.path == path && r.method != method }) &&
		!slices.ContainsFunc(routes, func(r route) bool { return r.path == path && r.method == method }) {
		return nil // a path without slots goes before those with
	}
	for i := range routes {
		pattern, ending := routes[i].split()
		want := strings.Split(pattern, "/")
		if _, ends := strings.CutSuffix(path, ending); !ends || ending == "" && routes[i].file == "" && ext(path) != "" {
			continue
		}
		if routes[i].method == method && slices.EqualFunc(want, have, func(a, b string) bool { return a == b || strings.HasPrefix(a, "{") && b != "" }) {
			return &routes[i]
		}
	}
	return nil
}

// conform holds an answer to the description.
func conform(t testing.TB, req *http.Request, r reply) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s %s answers %d: %s\n%s", req.Method, req.URL, r.status, fmt.Sprintf(format, args...), r.body)
	}
	if r.header.Get("X-Request-Id") == "" && r.header.Get("Content-Type") != "text/plain; charset=utf-8" {
		fail("no X-Request-Id")
	}
	if r.status >= 400 && req.Method != http.MethodHead {
		conformProblem(r, fail)
	}
	rt := routeOf(req.Method, req.URL.EscapedPath())
	if rt == nil || slices.Contains([]string{"method_not_allowed", "no_such_path"}, codeOf(r)) || req.Method == http.MethodHead && !plain(req.URL) {
		return // an answer to HEAD has no body that names its code
	}
	covered.note(rt, r.status)
	path := []string{"paths", rt.path, strings.ToLower(rt.method), "responses", strconv.Itoa(r.status)}
	res, _ := contract().at(path...)
	if res == nil {
		fail("the description has no such answer of %s", rt.op)
		return
	}
	kind, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
	_, at := contract().at(append(path, "content", kind, "schema")...)
	if at == nil {
		fail("the description of %s has no %q", rt.op, kind)
		return
	}
	conformHeaders(rt, res, r, fail)
	if strings.HasSuffix(kind, "json") && req.Method != http.MethodHead {
		if err := contract().validate(r.body, at...); err != nil {
			fail("not as described: %v", err)
		}
	}
}

func conformHeaders(rt *route, res map[string]any, r reply, fail func(string, ...any)) {
	described, _ := res["headers"].(map[string]any)
	for name := range headerTexts {
		if r.header.Get(name) != "" && described[name] == nil && !strings.HasPrefix(name, "RateLimit") {
			fail("header %s is not described for %s", name, rt.op)
		}
	}
	if rt.etag && r.status < 300 && r.header.Get("ETag") == "" && r.header.Get("Dry-Run") == "" {
		fail("no ETag")
	}
	if r.header.Get("Cache-Control") != "no-store" {
		fail("it may be cached")
	}
}

// conformProblem checks what all problem documents have in common, in the order of their members.
func conformProblem(r reply, fail func(string, ...any)) {
	if r.header.Get("Content-Type") != typeProblem {
		fail("the type is %s", r.header.Get("Content-Type"))
		return
	}
	if err := contract().validate(r.body, "components", "schemas", "Problem"); err != nil {
		fail("no problem document: %v", err)
		return
	}
	last := -1
	for _, name := range []string{`{"type":`, `,"title":`, `,"status":`, `,"code":`, `,"detail":`, `,"request_id":`, `,"errors":`} {
		at := bytes.Index(r.body, []byte(name))
		if at < last && at >= 0 {
			fail("the members are out of order")
		}
		last = max(at, last)
	}
	i := slices.IndexFunc(problemKinds, func(k problemKind) bool { return k.code == codeOf(r) })
	if i < 0 || status[problemKinds[i].class] != r.status || r.num("status") != int64(r.status) {
		fail("the code is not one of the table for this status")
	}
	for _, e := range r.list("errors") {
		code := e.(map[string]any)["code"]
		if !slices.ContainsFunc(findingKinds, func(k findingKind) bool { return k.Code == code }) {
			fail("the finding %q is not in the table", code)
		}
	}
}

func codeOf(r reply) string {
	if r.header.Get("Content-Type") != typeProblem || len(r.body) == 0 {
		return ""
	}
	return r.str("code")
}

// covered counts the answers seen, by operation and status.
var covered = &coverage{seen: map[string]map[int]int{}}

type coverage struct {
	mu   sync.Mutex
	seen map[string]map[int]int
}

func (c *coverage) note(r *route, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[r.op] == nil {
		c.seen[r.op] = map[int]int{}
	}
	c.seen[r.op][status]++
}

// missing tells after all tests which successes no test has seen.
func (c *coverage) missing() (code int) {
	for i := range routes {
		for status := range successes(&routes[i]) {
			if c.seen[routes[i].op][status] == 0 {
				fmt.Fprintf(os.Stderr, "no test saw %s answer %d\n", routes[i].op, status)
				code = 1
			}
		}
		if problemsOf(&routes[i], true)[401] != nil && c.seen[routes[i].op][401] == 0 {
			fmt.Fprintf(os.Stderr, "no test called %s without a key\n", routes[i].op)
			code = 1
		}
	}
	return code
}
