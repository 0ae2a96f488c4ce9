package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	oracle "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"ordo/internal/connect/webhooks"
	"ordo/internal/micros"
	"ordo/internal/store"
	"ordo/internal/verify"
	"ordo/internal/webhook"
)

func init() {
	exampleOrder += ` createWebhook listWebhooks getWebhook putWebhook testWebhook rotateWebhookSecret replayWebhook listWebhookDeliveries
	disableWebhook enableWebhook deleteWebhook`
	unready["getWebhookDelivery"], unready["replayWebhookDelivery"] = true, true // nothing is delivered to an example
}

// inbox is another system that takes messages.
type inbox struct {
	*httptest.Server
	mu     sync.Mutex
	got    []message1
	secret string
	bad    []string
	answer func(message1) int
}

type message1 struct {
	ID        string
	Type      string          `json:"type"`
	Timestamp string          `json:"timestamp"`
	Seq       int64           `json:"seq"`
	Aggregate string          `json:"aggregate"`
	Version   int64           `json:"version"`
	Data      json.RawMessage `json:"data"`
}

func newInbox(t *testing.T, answer func(message1) int) *inbox {
	t.Helper()
	in := &inbox{answer: answer}
	in.Server = httptest.NewServer(http.HandlerFunc(in.take))
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) take(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m := message1{ID: r.Header.Get("webhook-id")}
	err := json.Unmarshal(body, &m)
	in.mu.Lock()
	if in.secret != "" && err == nil { // judged by the specification's own library
		var w *oracle.Webhook
		if w, err = oracle.NewWebhook(in.secret); err == nil {
			err = w.Verify(body, r.Header)
		}
	}
	if err != nil {
		in.bad = append(in.bad, err.Error())
	}
	code := 204
	in.mu.Unlock()
	if in.answer != nil {
		code = in.answer(m)
	}
	in.mu.Lock()
	if code < 300 {
		in.got = append(in.got, m)
	}
	in.mu.Unlock()
	w.WriteHeader(code)
	if code >= 300 {
		_, _ = fmt.Fprintf(w, "no: %d", code)
	}
}

func (in *inbox) taken() []message1 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]message1{}, in.got...)
}

func (in *inbox) trust(secret string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.secret = secret
}

// inOrder fails where something was told before what happened to it earlier, and returns how often each was told.
func (in *inbox) inOrder(t *testing.T) map[int64]int {
	t.Helper()
	last, times := map[string]int64{}, map[int64]int{}
	for _, m := range in.taken() {
		if times[m.Seq]++; times[m.Seq] == 1 && m.Seq < last[m.Aggregate] {
			t.Errorf("%s: %d was told after %d", m.Aggregate, m.Seq, last[m.Aggregate])
		}
		last[m.Aggregate] = max(last[m.Aggregate], m.Seq)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, b := range in.bad {
		t.Error(b)
	}
	return times
}

// hook makes an endpoint for an inbox and returns its id.
func (f *fixture) hook(t *testing.T, in *inbox, rest string) string {
	t.Helper()
	r := f.post("/v1/webhook_endpoints", `{"url":"`+in.URL+`/hook",`+rest+`}`).want(201)
	in.trust(r.str("secret"))
	return r.str("id")
}

// jump is a clock that tests move on.
type jump struct{ by atomic.Int64 }

func (j *jump) now() micros.Time      { return micros.Of(time.Now().Add(time.Duration(j.by.Load()))) }
func (j *jump) on(d time.Duration)    { j.by.Add(int64(d)) }
func (j *jump) use(o *setup)          { o.webhooks = options(o.webhooks, j) }
func (f *fixture) clean(t *testing.T) { f.verified(t) }

func options(o webhooks.Options, j *jump) webhooks.Options {
	o.Now, o.Jitter = j.now, func() float64 { return 0.5 }
	return o
}

func (f *fixture) verified(t *testing.T) {
	t.Helper()
	report, err := verify.Run(t.Context(), f.db, verify.Options{})
	if err != nil || !report.OK {
		t.Errorf("%v %+v", err, report)
	}
}

// TestWebhook walks the life of an endpoint: made, told in order, tested, rotated, changed, replayed, deleted.
func TestWebhook(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.place("A", 1, "manual", "").want(201) // before it was made: not told
		in := newInbox(t, nil)
		made := f.post("/v1/webhook_endpoints", `{"url":"`+in.URL+`","events":["order.*","fulfillment.*"],"payload":"fat"}`, "Idempotency-Key", "hook").want(201)
		made.fields("state", "active", "payload", "fat", "payload_version", "1", "owner", "bootstrap", "version", "1")
		again := f.post("/v1/webhook_endpoints", `{"url":"`+in.URL+`","events":["order.*","fulfillment.*"],"payload":"fat"}`, "Idempotency-Key", "hook").want(201)
		again.fields("id", made.str("id"), "secret", "")
		in.trust(made.str("secret"))
		f.vars["hook"] = made.str("id")
		placed := f.place("A", 2, "manual", "").want(201)
		f.vars["o"] = placed.str("id")
		f.post("/v1/orders/{o}/cancel", `{"reason":"customer"}`).want(200)
		eventually(t, "the order is told", func() bool { return len(in.taken()) >= 4 })
		in.inOrder(t)
		first := in.taken()[0]
		if first.Type != "order.placed" || first.Aggregate != f.vars["o"] || first.ID != fmt.Sprint("msg_", first.Seq) || first.Version != 1 ||
			!strings.Contains(string(first.Data), `"event":{`) || strings.Contains(string(first.Data), "personal") {
			t.Errorf("%+v %s", first, first.Data)
		}
		const delivered = "/v1/webhook_endpoints/{hook}/deliveries?status=delivered&limit=2"
		eventually(t, "the log has them", func() bool { return len(f.get(delivered).list("data")) == 2 })
		log := f.get(delivered)
		log.fields("data.0.attempts", "1", "data.0.response_code", "204")
		f.vars["d"] = log.str("data.0.id")
		f.get("/v1/webhook_endpoints/{hook}/deliveries/{d}").fields("id", f.vars["d"], "status", "delivered")
		f.get("/v1/webhook_endpoints/{hook}/deliveries?limit=1&cursor="+log.str("next_cursor")).fields("data.0.status", "delivered")

		f.post("/v1/webhook_endpoints/{hook}/test", "").want(200).fields("version", "2")
		eventually(t, "the test is told", func() bool { m := in.taken(); return m[len(m)-1].Type == "webhook.tested" })

		n := len(in.taken())
		wants := 0
		for _, m := range in.taken() {
			if m.Type != "webhook.tested" {
				wants++
			}
		}
		for limit, more := range map[int64]bool{1: true, 2: false} { // a range of two events that it wants
			if n, got, err := f.app.ReplayCount(t.Context(), f.vars["hook"], first.Seq-1, first.Seq+1, limit); err != nil || n > limit || got != more {
				t.Errorf("of %d events: %d, more %v, %v", limit, n, got, err)
			}
		}
		few := f.post("/v1/webhook_endpoints/{hook}/replay?dry_run=true", fmt.Sprintf(`{"after_seq":%d,"until_seq":%d}`, first.Seq-1, first.Seq)).want(200)
		few.fields("replay.events", "1", "replay.after_seq", fmt.Sprint(first.Seq-1), "replay.until_seq", fmt.Sprint(first.Seq))
		since := f.post("/v1/webhook_endpoints/{hook}/replay?dry_run=true", fmt.Sprintf(`{"after_seq":%d}`, first.Seq-1)).want(200)
		since.fields("replay.events", fmt.Sprint(wants+1)) // and the test
		if all := f.post("/v1/webhook_endpoints/{hook}/replay?dry_run=true", `{"after_seq":0}`).want(200).num("replay.events"); all <= int64(wants) {
			t.Errorf("all that ever happened is %d events, what was told is %d", all, wants)
		}
		f.post("/v1/webhook_endpoints/{hook}/deliveries/{d}/replay", "").want(200)
		eventually(t, "one is told again", func() bool { return len(in.taken()) == n+1 })
		f.post("/v1/webhook_endpoints/{hook}/replay", fmt.Sprintf(`{"after_seq":%d,"until_seq":%d}`, first.Seq-1, first.Seq)).want(200)
		eventually(t, "a range is told again", func() bool { return len(in.taken()) == n+2 })
		f.post("/v1/webhook_endpoints/{hook}/replay", `{"from":"2020-01-01T00:00:00Z"}`).want(200)
		eventually(t, "all is told again, and what was before", func() bool { return len(in.taken()) > 2*n })

		old := in.secret
		rotated := f.post("/v1/webhook_endpoints/{hook}/rotate", `{"overlap_hours":1}`).want(200)
		if fresh := rotated.str("secret"); fresh == old || !strings.HasPrefix(fresh, "whsec_") || rotated.str("old_secret_until") == "" {
			t.Errorf("%s", rotated.body)
		}
		f.place("A", 1, "manual", "").want(201) // the receiver that knows the old secret takes it
		eventually(t, "the old secret is good", func() bool { return len(in.taken()) > 3 && f.toldAll("{hook}") })
		in.inOrder(t)
		in.trust(rotated.str("secret"))
		f.put("/v1/webhook_endpoints/{hook}", `{"url":"`+in.URL+`","events":["payment.*"]}`).want(200).fields("payload", "thin", "events.0", "payment.*")
		f.post("/v1/webhook_endpoints/{hook}/rotate", `{"overlap_hours":0}`).want(200)
		f.send(request{do: "DELETE /v1/webhook_endpoints/{hook}"}).want(200).fields("state", "deleted")
		f.send(request{do: "GET /v1/webhook_endpoints/{hook}"}).refused(404, "not_found")
		f.clean(t)
	})
}

// toldAll reports whether an endpoint has been told everything.
func (f *fixture) toldAll(id string) bool {
	r := f.get("/v1/webhook_endpoints/" + id)
	return r.num("open") == 0 && r.str("state") == "active" && r.str("failures") == "0"
}

// answersAsRead: what changes an endpoint tells how it does, as reading it would.
func (f *fixture) answersAsRead(id string) {
	f.t.Helper()
	at := "/v1/webhook_endpoints/" + id
	for _, do := range []func() reply{
		func() reply { return f.post(at+"/rotate?dry_run=true", `{}`) },
		func() reply { return f.post(at+"/rotate", `{}`) },
		func() reply { return f.post(at+"/replay?dry_run=true", `{"after_seq":0}`) },
		func() reply { return f.post(at+"/test", ``) },
	} {
		was := f.get(at)
		r := do().want(200).fields("state", was.str("state"), "dead", was.str("dead"), "failing_since", was.str("failing_since"))
		is := f.get(at)
		for _, name := range []string{"position", "lag", "open", "failures"} { // it is being told meanwhile, and what changes it is told, too
			if n := r.num(name); n < min(was.num(name), is.num(name)) || n > max(was.num(name), is.num(name)) {
				f.t.Errorf("%s is %d, read as %d and %d", name, n, was.num(name), is.num(name))
			}
		}
		if r.num("failures") == 0 || r.num("open") == 0 || r.num("position") == 0 {
			f.t.Errorf("%s", r.body)
		}
	}
}

// TestWebhookAway is D17: an endpoint is away for a day while another one lives. The other hears everything at once;
// when the first is back, it is told all of it, each order in its order, and nothing has piled up meanwhile.
func TestWebhookAway(t *testing.T) {
	clock := &jump{}
	each(t, func(t *testing.T, f *fixture) {
		clock.by.Store(0)
		var down atomic.Bool
		down.Store(true)
		away := newInbox(t, func(message1) int {
			if down.Load() {
				return 503
			}
			return 204
		})
		lives := newInbox(t, nil)
		slow := f.hook(t, away, `"events":["*"]`)
		f.hook(t, lives, `"events":["*"]`)
		from := f.head()
		for i := range 30 {
			f.vars["o"] = f.place("A", 1, "manual", "").want(201).str("id")
			if i%2 == 0 {
				f.post("/v1/orders/{o}/cancel", `{"reason":"customer"}`).want(200)
			}
			if i%10 == 0 {
				clock.on(2 * time.Hour)
			}
		}
		head := f.head()
		eventually(t, "the other one is told", func() bool { return len(lives.inOrder(t)) == int(head-from) })
		eventually(t, "it is throttled", func() bool { return f.get("/v1/webhook_endpoints/"+slow).str("state") == "throttled" })
		for range 6 {
			clock.on(3 * time.Hour)
			time.Sleep(30 * time.Millisecond)
		}
		if r := f.get("/v1/webhook_endpoints/" + slow); r.num("open") > 250 || r.num("dead") > 0 || r.num("lag") == 0 || len(away.taken()) > 0 {
			t.Errorf("%s", r.body)
		}
		f.answersAsRead(slow)
		down.Store(false)
		clock.on(time.Hour)
		eventually(t, "it is told everything", func() bool { return len(away.inOrder(t)) >= int(head-from) && f.toldAll(slow) })
		for seq, n := range away.inOrder(t) {
			if n != 1 {
				t.Errorf("%d was told %d times", seq, n)
			}
		}
		f.clean(t)
	}, clock.use)
}

// One event that an endpoint never takes holds back its own order and nothing else. It is given up in the end, and
// what followed it is told.
func TestWebhookDeadLetter(t *testing.T) {
	clock := &jump{}
	each(t, func(t *testing.T, f *fixture) {
		clock.by.Store(0)
		var poison atomic.Value
		poison.Store("")
		var heal atomic.Bool
		in := newInbox(t, func(m message1) int {
			poison.CompareAndSwap("", m.Aggregate)
			if m.Aggregate == poison.Load() && m.Type == "order.placed" && !heal.Load() {
				return 500
			}
			return 200
		})
		hook := f.hook(t, in, `"events":["order.*"]`)
		f.vars["hook"] = hook
		bad := f.place("A", 1, "manual", "").want(201).str("id")
		f.vars["o"] = bad
		f.post("/v1/orders/{o}/cancel", `{"reason":"customer"}`).want(200)
		eventually(t, "it is refused", func() bool {
			return f.get("/v1/webhook_endpoints/{hook}/deliveries?status=retry_wait").str("data.0.response_code") == "500"
		})
		for range 40 {
			f.place("A", 1, "manual", "").want(201) // others are told, so it is not the endpoint's fault
			clock.on(20 * time.Hour)
			eventually(t, "others are told", func() bool { return f.get("/v1/webhook_endpoints/{hook}").num("lag") < 3 })
			if f.get("/v1/webhook_endpoints/{hook}").num("dead") > 0 {
				break
			}
		}
		dead := f.get("/v1/webhook_endpoints/{hook}/deliveries?status=dead")
		dead.fields("data.0.aggregate", bad, "data.0.type", "order.placed", "data.0.attempts", "14", "data.0.response", "no: 500")
		eventually(t, "what followed is told", func() bool { return f.toldAll(hook) })
		eventually(t, "people are told", func() bool {
			return strings.Contains(string(f.get("/v1/events?limit=1000").body), "webhook.dead_lettered")
		})
		eventually(t, "a case is opened", func() bool { return strings.Contains(string(f.get("/v1/cases").body), `"kind":"webhook_dead"`) })
		f.clean(t)
		heal.Store(true)
		f.vars["d"] = dead.str("data.0.id")
		f.post("/v1/webhook_endpoints/{hook}/deliveries/{d}/replay", "").want(200)
		eventually(t, "a person sends it again", func() bool { return f.get("/v1/webhook_endpoints/{hook}/deliveries/{d}").str("status") == "delivered" })
		f.post("/v1/webhook_endpoints/{hook}/deliveries/{d}/replay?dry_run=true", "").want(200)
		f.clean(t)
	}, clock.use)
}

// An endpoint that takes nothing for days, or that says it is gone, is disabled with notice. Enabled again, it is told
// what it missed, or passes over it.
func TestWebhookDisabled(t *testing.T) {
	clock := &jump{}
	each(t, func(t *testing.T, f *fixture) {
		clock.by.Store(0)
		var code atomic.Int64
		code.Store(500)
		in := newInbox(t, func(message1) int { return int(code.Load()) })
		f.vars["hook"] = f.hook(t, in, `"events":["*"]`)
		news := newInbox(t, nil)
		f.hook(t, news, `"events":["webhook.*"]`)
		state := func() string { return f.get("/v1/webhook_endpoints/{hook}").str("state") }
		for range 3 {
			f.place("A", 1, "manual", "").want(201)
		}
		eventually(t, "it is throttled", func() bool { return state() == "throttled" })
		f.post("/v1/webhook_endpoints/{hook}/enable", "{}").refused(409, "illegal_transition")
		clock.on(6 * 24 * time.Hour)
		eventually(t, "it is disabled", func() bool { return state() == "disabled" })
		f.get("/v1/webhook_endpoints/{hook}").fields("disabled_reason", "failing")
		eventually(t, "others are told of it", func() bool {
			m := news.taken()
			return len(m) > 0 && m[len(m)-1].Type == "webhook.endpoint_disabled"
		})
		f.post("/v1/webhook_endpoints/{hook}/test", "").refused(409, "illegal_transition")
		f.place("A", 1, "manual", "").want(201)
		code.Store(200)
		f.post("/v1/webhook_endpoints/{hook}/enable", `{"from":"backlog"}`).want(200).fields("state", "active")
		eventually(t, "it is told what it missed", func() bool { return f.toldAll("{hook}") && len(in.inOrder(t)) >= 8 })

		code.Store(410)
		f.place("A", 1, "manual", "").want(201)
		eventually(t, "it is gone", func() bool { return state() == "disabled" })
		f.get("/v1/webhook_endpoints/{hook}").fields("disabled_reason", "gone")
		for range 3 {
			f.place("A", 1, "manual", "").want(201)
		}
		n := len(in.taken())
		code.Store(200)
		f.post("/v1/webhook_endpoints/{hook}/enable", `{"from":"now"}`).want(200)
		last := f.place("A", 1, "manual", "").want(201).str("id")
		eventually(t, "it is told what is new", func() bool { return f.toldAll("{hook}") && len(in.taken()) > n })
		kept := f.get("/v1/cases").fields("data.1", "").str("data.0.id") // of the endpoint: it goes on when that is enabled
		for _, m := range in.taken()[n:] {
			if m.Aggregate != last && m.Aggregate != kept {
				t.Errorf("%+v", m)
			}
		}
		f.post("/v1/webhook_endpoints/{hook}/disable", "").want(200).fields("disabled_reason", "request")
		f.clean(t)
	}, clock.use)
}

// Personal data leaves only in fat payloads, only when asked for, and only while the key that asked may see it. What
// is about other channels is not told.
func TestWebhookPersonal(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		key := func(scopes, rest string) reply {
			return f.post("/v1/keys", `{"name":"x","scopes":[`+scopes+`]`+rest+`}`).want(201)
		}
		const all = `"webhooks:read","webhooks:write","events:read"`
		blind, sees := key(all, "").str("secret"), key(all+`,"personal:read"`, "")
		in := newInbox(t, nil)
		body := func(rest string) string { return `{"url":"` + in.URL + `","events":["order.placed"]` + rest + `}` }
		const fat = `,"payload":"fat","personal":true`
		f.send(request{do: "POST /v1/webhook_endpoints", key: blind, body: body(fat)}).refused(403, "missing_scope")
		f.send(request{do: "POST /v1/webhook_endpoints", key: key(`"webhooks:write"`, "").str("secret"), body: body("")}).refused(403, "missing_scope")
		f.send(request{do: "POST /v1/webhook_endpoints", key: key(all, `,"channels":["web"]`).str("secret"), body: body("")}).refused(403, "all_channels_required")
		f.send(request{do: "GET /v1/webhook_endpoints", key: key(`"orders:read"`, "").str("secret")}).refused(403, "missing_scope")
		made := f.send(request{do: "POST /v1/webhook_endpoints", key: sees.str("secret"), body: body(fat + `,"channels":["phone"]`)}).want(201)
		in.trust(made.str("secret"))
		f.place("A", 1, "manual", "").want(201)
		f.post("/v1/orders", strings.Replace(plainOrder, `"web"`, `"phone"`, 1)).want(201)
		eventually(t, "it is told", func() bool { return len(in.taken()) == 1 })
		if m := in.taken()[0]; !strings.Contains(string(m.Data), `"personal":{`) || !strings.Contains(string(m.Data), `"phone"`) {
			t.Errorf("%s", m.Data)
		}
		f.send(request{do: "DELETE /v1/keys/" + sees.str("id")}).want(200)
		f.post("/v1/orders", strings.Replace(plainOrder, `"web"`, `"phone"`, 1)).want(201)
		eventually(t, "it is told without", func() bool { return len(in.taken()) == 2 })
		if m := in.taken()[1]; strings.Contains(string(m.Data), "personal") {
			t.Errorf("%s", m.Data)
		}
		f.clean(t)
	})
}

// Where a message may go is decided when it is sent: an address of this machine that nobody listed is refused.
func TestWebhookAddresses(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		in := newInbox(t, nil)
		f.vars["hook"] = f.hook(t, in, `"events":["order.placed"]`)
		f.post("/v1/webhook_endpoints/{hook}/test", "").want(200)
		eventually(t, "it is refused", func() bool {
			return strings.Contains(f.get("/v1/webhook_endpoints/{hook}/deliveries").str("data.0.error"), "not public")
		})
		if len(in.taken()) > 0 {
			t.Error("it was sent")
		}
		for _, url := range []string{"ftp://x.example.com", "https://user:pass@x.example.com", "/hook", "https://", "https://x.example.com/#a", "javascript:alert(1)"} {
			f.post("/v1/webhook_endpoints", `{"url":"`+url+`","events":["*"]}`).refused(422, invalid)
		}
		for _, rest := range []string{`"events":["` + strings.Repeat("order.", 100_000) + `"]`, `"events":[]`, `"events":["order"]`, `"events":["*"],"payload":"big"`, `"events":["*"],"personal":true`, `"events":["*"],"channels":["nowhere"]`} {
			f.post("/v1/webhook_endpoints", `{"url":"https://x.example.com",`+rest+`}`).refused(422, invalid)
		}
		f.post("/v1/webhook_endpoints?dry_run=true", `{"url":"https://x.example.com","events":["*"]}`).want(200).fields("id", "null", "state", "active")
		f.post("/v1/webhook_endpoints/{hook}/rotate", `{"overlap_hours":1000}`).refused(422, invalid)
		for _, body := range []string{"{}", `{"until_seq":3}`, `{"until":"2026-01-01T00:00:00Z"}`} {
			f.post("/v1/webhook_endpoints/{hook}/replay", body).refused(422, invalid).fields("errors.0.pointer", "/after_seq", "errors.0.code", "required")
			f.post("/v1/webhook_endpoints/{hook}/replay?dry_run=true", body).refused(422, invalid)
		}
		f.post("/v1/webhook_endpoints/{hook}/replay", `{"after_seq":100000}`).refused(422, invalid)
		f.post("/v1/webhook_endpoints/{hook}/replay", `{"after_seq":1,"from":"2026-01-01T00:00:00Z"}`).refused(422, invalid)
		f.post("/v1/webhook_endpoints/{hook}/enable", `{"from":"never"}`).refused(422, invalid)
		f.send(request{do: "PUT /v1/webhook_endpoints/{hook}", body: `{"url":"https://x.example.com","events":["*"]}`, header: []string{"If-Match", `"9"`}}).refused(409, "version_mismatch")
		f.send(request{do: "GET /v1/webhook_endpoints/whk_1"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/webhook_endpoints/{hook}/deliveries/dlv_00000000000000000000000000"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/webhook_endpoints/{hook}/deliveries?cursor=x"}).refused(400, "invalid_cursor")
		f.clean(t)
	}, func(o *setup) {
		o.webhooks.Allow = nil
		o.settings.WebhookReaches = func(netip.Addr) bool { return true } // as when the setting was another one then
	})
}

// knownTypes fails for events of a type that no endpoint could ask for.
func knownTypes(t testing.TB, db store.DB) {
	t.Helper()
	if err := db.Query(context.Background(), func(r store.Row) error {
		var kind string
		err := r.Scan(&kind)
		if !slices.Contains(webhook.Types, kind) {
			t.Errorf("events of type %s are not in webhook.Types: add it to internal/webhook/types.go and to docs/guide/webhooks.md", kind)
		}
		return err
	}, "SELECT DISTINCT type FROM journal"); err != nil {
		t.Error(err)
	}
}

// TestWebhookTypes refuses types that no event has, and says which one is near.
func TestWebhookTypes(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		ask := func(list string) reply {
			return f.post("/v1/webhook_endpoints?dry_run=true", `{"url":"https://x.example.com","events":[`+list+`]}`)
		}
		for asked, near := range map[string]string{
			"order.palced": "did you mean order.placed?", "oder.*": "did you mean order.*?", "payment.capturd": "did you mean payment.captured?",
			"order.place*": "", "zzz.*": "no event is of type zzz.*", "order": "", "order.": "", ".*": "", "": "",
		} {
			r := ask(`"order.placed","`+asked+`"`).refused(422, invalid)
			r.fields("errors.0.pointer", "/events/1", "errors.0.code", "unknown_value")
			if text := r.str("errors.0.detail"); !strings.Contains(text, near) || !strings.Contains(text, "docs/guide/webhooks.md") {
				t.Errorf("%s: %s", asked, text)
			}
		}
		ask(`"order.*","payment.captured","store_credit.*","*","webhook.*"`).want(200)
	})
}

// TestWebhookTypesListed looks for each type in the guide, which findings lead to.
func TestWebhookTypesListed(t *testing.T) {
	page, err := os.ReadFile("../../docs/guide/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range webhook.Types {
		word, rest, _ := strings.Cut(kind, ".")
		found := false
		for line := range strings.Lines(string(page)) {
			if strings.HasPrefix(line, "| `"+word+"` |") && strings.Contains(line, " "+rest+" ") {
				found = true
			}
		}
		if !found {
			t.Errorf("%s is not in the guide", kind)
		}
	}
}

// TestWebhookSavedAddresses refuses addresses that nothing is sent to when they are saved, unless their network is listed.
func TestWebhookSavedAddresses(t *testing.T) {
	inner := []string{
		"https://127.0.0.1/x", "https://10.1.2.3", "https://192.168.0.7:8443/x", "https://172.16.0.1", "https://169.254.169.254/latest", "https://0.0.0.0",
		"https://100.64.0.1", "https://[::1]/x", "https://[fe80::1]", "https://[fd00::1]", "https://[::ffff:10.0.0.1]", "https://[::ffff:127.0.0.1]:443",
		"https://[::]", "https://localhost", "http://LOCALHOST:9999/x", "https://localhost.", "https://a.localhost",
	}
	each(t, func(t *testing.T, f *fixture) {
		f.vars["hook"] = f.post("/v1/webhook_endpoints", `{"url":"https://x.example.com","events":["*"]}`).want(201).str("id")
		for _, url := range inner {
			body := `{"url":"` + url + `","events":["*"]}`
			for _, r := range []reply{f.post("/v1/webhook_endpoints", body), f.put("/v1/webhook_endpoints/{hook}", body), f.post("/v1/webhook_endpoints?dry_run=true", body)} {
				if r.status != 422 {
					t.Fatalf("%s: %d %s", url, r.status, r.body)
				}
				r.fields("errors.0.pointer", "/url", "errors.0.code", "not_allowed")
			}
		}
		for _, url := range []string{"https://8.8.8.8/x", "https://[2606:4700::1111]", "https://localhost.example.com"} {
			f.post("/v1/webhook_endpoints", `{"url":"`+url+`","events":["*"]}`).want(201)
		}
	}, func(o *setup) { o.webhooks.Allow = nil })
}

// TestWebhookListedAddresses takes what the setting lists.
func TestWebhookListedAddresses(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for _, url := range []string{"http://127.0.0.1:9/x", "http://localhost:9/x", "https://[::ffff:127.0.0.1]", "https://10.1.2.3"} {
			f.post("/v1/webhook_endpoints?dry_run=true", `{"url":"`+url+`","events":["*"]}`).want(200)
		}
		f.post("/v1/webhook_endpoints?dry_run=true", `{"url":"https://10.2.0.1","events":["*"]}`).refused(422, invalid)
	}, func(o *setup) {
		o.webhooks.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.1.0.0/16")}
	})
}

// TestReplayAtOnce asks for a replay before anybody has begun to serve the endpoint: when it was made just now, and when
// it was enabled just now and passes over what it missed.
func TestReplayAtOnce(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.vars["o"] = f.place("A", 1, "manual", "").want(201).str("id")
		f.post("/v1/orders/{o}/cancel", `{"reason":"customer"}`).want(200)
		in := newInbox(t, nil)
		made := f.post("/v1/webhook_endpoints", `{"url":"`+in.URL+`","events":["order.*"]}`).want(201)
		in.trust(made.str("secret"))
		f.vars["hook"] = made.str("id")
		n := int(f.post("/v1/webhook_endpoints/{hook}/replay", `{"after_seq":0}`).want(200).num("replay.events"))
		if n < 2 {
			t.Fatalf("a replay of %d events", n)
		}
		eventually(t, "the replay of the new endpoint arrives", func() bool { return len(in.taken()) >= n })
		f.post("/v1/webhook_endpoints/{hook}/disable", "").want(200)
		f.place("A", 1, "manual", "").want(201)
		f.post("/v1/webhook_endpoints/{hook}/enable", `{"from":"now"}`).want(200)
		before := len(in.taken())
		more := int(f.post("/v1/webhook_endpoints/{hook}/replay", `{"after_seq":0}`).want(200).num("replay.events"))
		eventually(t, "the replay of the enabled endpoint arrives", func() bool { return len(in.taken()) >= before+more })
	})
}
