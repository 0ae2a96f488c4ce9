package api

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/connect/outbound"
	"ordo/internal/connect/webhooks"
	"ordo/internal/database"
	"ordo/internal/pgtest"
	"ordo/internal/provider/carrier/easypost"
	parcels "ordo/internal/provider/carrier/sandbox"
	mailer "ordo/internal/provider/mail"
	provider "ordo/internal/provider/payment"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/shipping"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && everything() {
		code = covered.missing()
	}
	if err := pgtest.Shutdown(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// everything reports whether all tests of the package ran.
func everything() bool {
	for _, name := range []string{"test.run", "test.skip", "test.fuzz", "test.list", "test.bench"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return true
}

// owner is the bootstrap key of every fixture.
const owner = "bootstrap-key-1234567890"

// fixture is a whole server on one engine, reached over loopback.
type fixture struct {
	t       testing.TB
	db      store.DB
	app     *app.App
	server  *Server
	sandbox *sandbox.Provider
	parcels *parcels.Provider
	sender  *webhooks.Sender
	url     string
	log     *storetest.Log
	vars    map[string]string // what {name} stands for in requests
}

// setup changes what a fixture is made of.
type setup struct {
	settings app.Settings
	sandbox  sandbox.Options
	parcels  parcels.Options
	mailer   mailer.Sender // nil: mails are suppressed
	webhooks webhooks.Options
	wrap     func(store.DB) store.DB
	http     func(*http.Server)
	empty    bool // without the world of seed
}

// each runs a scenario on both engines, one after the other, beside other scenarios: most of their time is waiting.
func each(t *testing.T, f func(t *testing.T, f *fixture), change ...func(*setup)) {
	t.Helper()
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) { f(t, start(t, url, change...)) })
}

func start(t testing.TB, url string, change ...func(*setup)) *fixture {
	t.Helper()
	o := setup{settings: app.DefaultSettings}
	o.webhooks.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	o.settings.BootstrapKey = owner
	for _, c := range change {
		c(&o)
	}
	if o.settings.WebhookReaches == nil {
		o.settings.WebhookReaches = outbound.Reaches(o.webhooks.Allow)
	}
	f := &fixture{t: t, log: &storetest.Log{}, vars: map[string]string{}}
	var err error
	if f.db, err = database.Open(t.Context(), url, 16); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.db.Close)
	t.Cleanup(func() { knownTypes(t, f.db) })
	if o.wrap != nil {
		f.db = o.wrap(f.db)
	}
	if f.sandbox, err = sandbox.Open(t.Context(), url, o.sandbox); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.sandbox.Close)
	log := slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	f.app = app.New(f.db, o.settings, map[string]provider.Provider{"sandbox": f.sandbox}, log)
	if f.parcels, err = parcels.Open(t.Context(), url, o.parcels); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.parcels.Close)
	f.app.Carriers[shipping.Sandbox], f.app.Carriers[shipping.EasyPost] = f.parcels, easypost.New(nil)
	f.app.Mailer = o.mailer
	f.app.Secret = func(name string) string {
		return map[string]string{"HOOK": "whsec_parcels", app.MailSecret: "mail secret"}[name]
	}
	done := make(chan struct{})
	f.server = New(f.app, Options{Log: log, Version: "test", Done: done, Metrics: true})
	if err := f.app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.sender = webhooks.Start(t.Context(), f.app, o.webhooks)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		f.sender.Stop()
		f.app.Close(ctx)
	})
	srv := httptest.NewUnstartedServer(f.server)
	if o.http != nil {
		o.http(srv.Config)
	}
	srv.Start()
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(done) }) // first of all: streams end
	f.url = srv.URL
	if !o.empty {
		f.seed()
	}
	return f
}

// request is one call of the API. Names in braces in path, body and headers stand for the fixture's vars.
type request struct {
	do     string   // "POST /v1/orders"
	key    string   // "" for the owner, "-" for none
	header []string // name, value, …; "Idempotency-Key", "-" sends none
	body   string
}

// reply is what came back.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

var requests atomic.Int64

func (f *fixture) fill(s string) string {
	for name, value := range f.vars {
		s = strings.ReplaceAll(s, "{"+name+"}", value)
	}
	return s
}

// send makes a call and holds the answer to the description.
func (f *fixture) send(r request) reply {
	f.t.Helper()
	rep, err := f.try(r)
	if err != nil {
		f.t.Fatalf("%s: %v", r.do, err)
	}
	return rep
}

func (f *fixture) try(r request) (reply, error) {
	method, path, _ := strings.Cut(f.fill(r.do), " ")
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.url+path, strings.NewReader(f.fill(r.body)))
	if err != nil {
		return reply{}, err
	}
	switch r.key {
	case "":
		req.Header.Set("Authorization", "Bearer "+owner)
	case "-":
	default:
		req.Header.Set("Authorization", "Bearer "+f.fill(r.key))
	}
	if r.body != "" {
		req.Header.Set("Content-Type", typeJSON)
	}
	if method == http.MethodPost {
		req.Header.Set("Idempotency-Key", fmt.Sprintf("test-%d", requests.Add(1)))
	}
	for i := 0; i+1 < len(r.header); i += 2 {
		if req.Header.Del(r.header[i]); r.header[i+1] != "-" {
			req.Header[http.CanonicalHeaderKey(r.header[i])] = []string{f.fill(r.header[i+1])}
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	rep := reply{f.t, res.StatusCode, res.Header, body}
	if err == nil && err != io.EOF {
		conform(f.t, req, rep)
	}
	return rep, err
}

func (f *fixture) get(path string) reply {
	f.t.Helper()
	return f.send(request{do: "GET " + path}).want(200)
}

func (f *fixture) post(path, body string, header ...string) reply {
	f.t.Helper()
	return f.send(request{do: "POST " + path, body: body, header: header})
}

func (f *fixture) put(path, body string) reply {
	f.t.Helper()
	return f.send(request{do: "PUT " + path, body: body})
}

func (r reply) want(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

func (r reply) refused(status int, code string) reply {
	r.t.Helper()
	r.want(status)
	if got := r.str("code"); got != code {
		r.t.Fatalf("code %q, want %q: %s", got, code, r.body)
	}
	return r
}

// at finds a value in the answer: "lines.0.sku".
func (r reply) at(path string) any {
	r.t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		r.t.Fatalf("%v: %s", err, r.body)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// str is at as text: numbers as they stand, "" for nothing, null as "null".
func (r reply) str(path string) string {
	r.t.Helper()
	switch v := r.at(path).(type) {
	case nil:
		if strings.Contains(path, ".") || !bytes.Contains(r.body, []byte(`"`+path+`":null`)) {
			return ""
		}
		return "null"
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

func (r reply) num(path string) int64 {
	r.t.Helper()
	n, ok := r.at(path).(json.Number)
	if !ok {
		r.t.Fatalf("%s is no number: %s", path, r.body)
	}
	i, err := n.Int64()
	if err != nil {
		r.t.Fatal(err)
	}
	return i
}

func (r reply) list(path string) []any {
	r.t.Helper()
	l, _ := r.at(path).([]any)
	return l
}

// fields compares values by path: "status", "open", …
func (r reply) fields(pairs ...string) reply {
	r.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		if got := r.str(pairs[i]); got != pairs[i+1] {
			r.t.Errorf("%s is %q, want %q in %s", pairs[i], got, pairs[i+1], r.body)
		}
	}
	return r
}
