package api

import (
	"bytes"
	"embed"
	"html/template"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"

	"ordo/internal/app"
	"ordo/internal/jsonx"
)

// The page at /docs: the table of routes for people. It is rendered once, needs no script and nothing from elsewhere.

//go:embed assets
var assets embed.FS

func asset(name string) []byte {
	b, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err)
	}
	return b
}

var (
	docsTemplate = template.Must(template.ParseFS(assets, "assets/docs.html"))
	docsCSS      = asset("docs.css")
	docsJS       = asset("docs.js")
)

// baseMark stands in the rendered page for the address of the server that is asked.
const baseMark = "http://ordo.invalid"

// docsPolicy lets the page load its own style and script, and nothing else.
const docsPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

type docsPage struct {
	Version  string
	Groups   []docsGroup
	Objects  []docsObject
	Problems []docsStatus
	Findings any
	Pages    []page
	Scopes   []string
	Start    []docsOp
	MaxBody  int
}

type docsGroup struct {
	ID, Name, About string
	Ops             []docsOp
}

type docsOp struct {
	ID, Method, Path, Summary, Detail, Scope string
	Params                                   []docsParam
	BodyName                                 string
	Body                                     []docsField
	Answers                                  []docsAnswer
	AnswerName                               string
	AnswerID                                 string
	Answer                                   []docsField
	Problems                                 []docsStatus
	Curl, Example                            string
}

type docsParam struct {
	Name, In, Type, About string
	Required              bool
}

type docsAnswer struct {
	Status int
	What   string
}

type docsStatus struct {
	Status int
	Title  string
	Codes  []docsCode
}

type docsCode struct{ Code, Means, Todo string }

type docsObject struct {
	ID, Name, About string
	Fields          []docsField
}

// docsField is a row of a table of fields. Link is the object that it is made of.
type docsField struct {
	Depth            int
	Name, Type, Link string
	Required, Can    bool // Can: it may be null
	About            string
	Values           []string
	Limits           string
}

func renderDocs(version string) []byte {
	d := &docsWriter{schemas: registry()}
	p := docsPage{Version: version, Findings: findingKinds, Scopes: app.Scopes, MaxBody: maxBody}
	for _, t := range tags {
		g := docsGroup{ID: slug(t.Name), Name: t.Name, About: t.About}
		for i := range routes {
			if routes[i].tag == t.Name {
				g.Ops = append(g.Ops, d.op(&routes[i]))
			}
		}
		p.Groups = append(p.Groups, g)
	}
	for _, name := range []string{"putLocation", "putProduct", "adjustStock", "placeOrder"} {
		for i := range routes {
			if routes[i].op == name {
				p.Start = append(p.Start, d.op(&routes[i]))
			}
		}
	}
	p.Objects = d.objects()
	p.Problems = statuses(problemKinds)
	for _, x := range pages {
		if !x.hidden {
			p.Pages = append(p.Pages, x)
		}
	}
	var b bytes.Buffer
	if err := docsTemplate.Execute(&b, p); err != nil {
		panic("api: the page cannot be rendered: " + err.Error())
	}
	return b.Bytes()
}

func (p page) Path() string    { return p.path }
func (p page) Summary() string { return p.summary }

// Linked reports whether a browser can go there: a path to read, without parts to fill in.
func (p page) Linked() bool { return p.method == "" && !strings.Contains(p.path, "{") }

func slug(s string) string { return strings.ReplaceAll(strings.ToLower(s), " ", "-") }

type docsWriter struct{ schemas huma.Registry }

func (d *docsWriter) op(r *route) docsOp {
	o := docsOp{
		ID: r.op, Method: r.method, Path: r.path, Summary: r.summary, Detail: r.detail, Scope: r.scope, Params: docsParams(r),
		Curl: command(r), Example: pretty(examples[r.op].out), Problems: routeProblems(r),
	}
	if r.in != nil {
		o.BodyName, o.Body = schemaName(reflect.TypeOf(r.in), ""), d.fields(reflect.TypeOf(r.in), 0, 3)
	}
	for _, status := range []int{200, 201} {
		if what := successes(r)[status]; what != "" {
			o.Answers = append(o.Answers, docsAnswer{status, what})
		}
	}
	if r.file != "" {
		o.AnswerName = r.file
		return o
	}
	out := reflect.TypeOf(r.out)
	o.AnswerName = schemaName(out, "")
	o.AnswerID = "object-" + o.AnswerName
	if data, ok := out.FieldByName("Data"); ok && strings.HasPrefix(out.Name(), "List[") {
		o.AnswerName, o.AnswerID = "a page of "+data.Type.Elem().Name(), "object-"+data.Type.Elem().Name()
	}
	o.Answer = d.fields(out, 0, 0)
	return o
}

func routeProblems(r *route) []docsStatus {
	var kinds []problemKind
	for _, of := range problemsOf(r, true) {
		kinds = append(kinds, of...)
	}
	return statuses(kinds)
}

// statuses groups codes by status.
func statuses(kinds []problemKind) []docsStatus {
	var out []docsStatus
	for _, k := range problemKinds { // in the order of the table
		if !slices.ContainsFunc(kinds, func(x problemKind) bool { return x.code == k.code }) {
			continue
		}
		code := status[k.class]
		i := slices.IndexFunc(out, func(s docsStatus) bool { return s.Status == code })
		if i < 0 {
			out, i = append(out, docsStatus{Status: code, Title: http.StatusText(code)}), len(out)
		}
		out[i].Codes = append(out[i].Codes, docsCode{k.code, k.means, k.todo})
	}
	slices.SortFunc(out, func(a, b docsStatus) int { return a.Status - b.Status })
	return out
}

func docsParams(r *route) []docsParam {
	var out []docsParam
	for _, name := range r.slots() {
		p := slotParam(r, name)
		out = append(out, docsParam{Name: name, In: "path", Type: "string", About: p.Description, Required: true})
	}
	for _, p := range r.query {
		q := docsParam{Name: p.name, In: "query", Type: "string", About: p.detail}
		if p.number {
			q.Type = strconv.FormatInt(p.least, 10) + " to " + strconv.FormatInt(p.most, 10)
			if p.most > 1e9 {
				q.Type = "number"
			}
			q.About += "; " + strconv.FormatInt(p.otherwise, 10) + " when left out"
		}
		if p.values != nil {
			q.Type = strings.Join(p.values, ", ")
		}
		out = append(out, q)
	}
	if posts(r) {
		out = append(out, docsParam{Name: "Idempotency-Key", In: "header", Type: "string", About: "a fresh value per action, the same when you try again", Required: true})
	}
	if matches(r) {
		out = append(out, docsParam{Name: "If-Match", In: "header", Type: "ETag", About: "the version that the change is meant for"})
	}
	if r.op == "listEvents" {
		out = append(out,
			docsParam{Name: "Accept", In: "header", Type: typeStream, About: "makes the answer a stream"},
			docsParam{Name: "Last-Event-ID", In: "header", Type: "number", About: "where the stream resumes; browsers send it by themselves"})
	}
	return out
}

// fields lists the fields of a type in their order. Those of objects in it follow their field, down to a depth; deeper
// ones are links.
func (d *docsWriter) fields(t reflect.Type, depth, most int) []docsField {
	var out []docsField
	s := d.schemas.SchemaFromRef(schemas + schemaName(t, ""))
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous {
			continue // its fields follow
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		p := s.Properties[name]
		f := docsField{Depth: depth, Name: name, About: p.Description, Required: slices.Contains(s.Required, name), Can: p.Nullable}
		inner := f.typed(p, field.Type)
		out = append(out, f)
		if inner != nil && depth < most {
			out[len(out)-1].Link = ""
			out = append(out, d.fields(inner, depth+1, most)...)
		}
	}
	return out
}

// typed fills in what the field holds, and returns the object that it is made of, or nil.
func (f *docsField) typed(p *huma.Schema, t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	list := ""
	if p.Type == huma.TypeArray {
		list, t = "list of ", t.Elem()
		f.limit(p.MinItems, p.MaxItems, "entries")
		p = p.Items
	}
	f.limit(p.MinLength, p.MaxLength, "characters")
	for _, v := range p.Enum {
		f.Values = append(f.Values, v.(string))
	}
	if p.Minimum != nil && p.Maximum != nil {
		f.bound(strconv.FormatFloat(*p.Minimum, 'f', -1, 64) + " to " + strconv.FormatFloat(*p.Maximum, 'f', -1, 64))
	} else if p.Minimum != nil {
		f.bound("from " + strconv.FormatFloat(*p.Minimum, 'f', -1, 64))
	}
	switch {
	case p.Ref != "":
		name := strings.TrimPrefix(p.Ref, schemas)
		f.Type, f.Link = list+name, "object-"+name
		return t
	case p.Format == "date-time":
		f.Type = list + "time"
	case p.Type == "":
		f.Type = list + "any JSON"
	default:
		f.Type = list + p.Type
	}
	if list != "" {
		f.Type += "s"
	}
	return nil
}

func (f *docsField) bound(s string) {
	if f.Limits != "" {
		f.Limits += ", "
	}
	f.Limits += s
}

func (f *docsField) limit(least, most *int, what string) {
	switch {
	case least != nil && most != nil && *least == *most:
		f.bound(strconv.Itoa(*least) + " " + what)
	case least != nil && most != nil:
		f.bound(strconv.Itoa(*least) + " to " + strconv.Itoa(*most) + " " + what)
	case most != nil:
		f.bound("at most " + strconv.Itoa(*most) + " " + what)
	case least != nil:
		f.bound("at least " + strconv.Itoa(*least) + " " + what)
	}
}

// objects are the types of answers and their parts.
func (d *docsWriter) objects() []docsObject {
	seen := map[string]reflect.Type{}
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() || seen[t.Name()] != nil {
			return
		}
		if !strings.HasPrefix(t.Name(), "List[") {
			seen[t.Name()] = t
		}
		for _, f := range reflect.VisibleFields(t) {
			if !f.Anonymous {
				visit(f.Type)
			}
		}
	}
	for i := range routes {
		if routes[i].out != nil {
			visit(reflect.TypeOf(routes[i].out))
		}
	}
	visit(reflect.TypeFor[Problem]())
	var out []docsObject
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		out = append(out, docsObject{ID: "object-" + name, Name: name, About: abouts[name], Fields: d.fields(seen[name], 0, 0)})
	}
	return out
}

// pretty renders JSON for people: what fits a line stands on one.
func pretty(v any) string {
	if v == nil {
		return ""
	}
	var b strings.Builder
	spread(&b, jsonx.Marshal(v), "\n")
	return b.String()
}

// maxInline is how many characters of JSON stand on one line.
const maxInline = 48

func spread(b *strings.Builder, v jsontext.Value, newline string) {
	object := v.Kind() == '{'
	if !object && v.Kind() != '[' {
		b.Write(v)
		return
	}
	gap, end := newline+"  ", newline
	if len(v) <= maxInline {
		gap, end = " ", " "
	}
	d := jsontext.NewDecoder(bytes.NewReader(v))
	open, _ := d.ReadToken() // it was just rendered: no step can fail
	b.WriteString(open.String())
	for i := 0; d.PeekKind() != '}' && d.PeekKind() != ']'; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		if b.WriteString(gap); object {
			name, _ := d.ReadValue()
			b.WriteString(string(name) + ": ")
		}
		value, _ := d.ReadValue()
		spread(b, value, newline+"  ")
	}
	if len(v) > 2 {
		b.WriteString(end)
	}
	b.WriteString(string(v[len(v)-1:]))
}

func (s *Server) docs(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", docsPolicy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Vary", "Host")
	write(w, http.StatusOK, "text/html; charset=utf-8", bytes.ReplaceAll(s.page(), []byte(baseMark), []byte(baseURL(r))))
}

// baseURL is the address under which the client sees this server, if its Host says a plain one.
func baseURL(r *http.Request) string {
	scheme, host := "http", r.Host
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	plain := func(c rune) bool {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.ContainsRune(".-:[]", c)
	}
	if host == "" || len(host) > 260 || strings.ContainsFunc(host, func(c rune) bool { return !plain(c) }) {
		host = "127.0.0.1:8080"
	}
	return scheme + "://" + host
}

func (s *Server) docsStyle(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, "text/css; charset=utf-8", docsCSS)
}

func (s *Server) docsScript(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, "text/javascript; charset=utf-8", docsJS)
}
