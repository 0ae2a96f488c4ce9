package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"ordo/internal/payment"
	"ordo/internal/pgtest"
	provider "ordo/internal/provider/payment"
	"ordo/internal/storetest"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(crashURL); url != "" {
		crash(url)
	}
	pgtest.Main(m)
}

// clock stands still until it is told to move; sleeping moves it.
type clock struct {
	mu    sync.Mutex
	t     time.Time
	slept []time.Duration
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.move(d)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slept = append(c.slept, d)
	return nil
}

func (c *clock) options() Options { return Options{Clock: c.now, Sleep: c.sleep} }

func open(t *testing.T, url string, o Options) *Provider {
	t.Helper()
	p, err := Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// each runs f on both engines with a provider whose clock the test moves.
func each(t *testing.T, f func(t *testing.T, p *Provider, c *clock)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newClock()
		f(t, open(t, url, c.options()), c)
	})
}

func authorize(key, token string, amount int64) provider.Request {
	return provider.Request{Key: key, Kind: payment.Authorize, Amount: amount, Currency: "EUR", Token: token}
}

func on(parent string, kind payment.Kind, key string, amount int64) provider.Request {
	return provider.Request{Key: key, Kind: kind, Amount: amount, Currency: "EUR", Parent: parent}
}

// say renders an answer: "succeeded", "failed card_declined", "pending", or the error.
func say(out payment.Outcome, err error) string {
	switch {
	case errors.Is(err, ErrTimeout):
		return "timeout"
	case errors.Is(err, ErrServer):
		return "500"
	case err != nil:
		return err.Error()
	}
	return strings.TrimSpace(string(out.State) + " " + out.Reason)
}

func wantSend(t *testing.T, p *Provider, r provider.Request, want string) {
	t.Helper()
	out, err := p.Send(t.Context(), r)
	if got := say(out, err); got != want {
		t.Errorf("send %s: %s, want %s", r.Key, got, want)
	}
	if ref := refOf(r.Key); err == nil && out.ProviderRef != ref && out.Reason != "key_reused" {
		t.Errorf("send %s: ref %q, want %q", r.Key, out.ProviderRef, ref)
	}
}

func wantQuery(t *testing.T, p *Provider, key, want string) {
	t.Helper()
	out, known, err := p.Query(t.Context(), key)
	got := say(out, err)
	if err == nil && !known {
		got = "unknown"
	}
	if got != want {
		t.Errorf("query %s: %s, want %s", key, got, want)
	}
}

func list(t *testing.T, p *Provider) map[string]Charge {
	t.Helper()
	all, last := map[string]Charge{}, ""
	err := p.List(t.Context(), func(c Charge) error {
		if c.Key <= last {
			t.Errorf("%s listed after %s", c.Key, last)
		}
		last = c.Key
		all[c.Key] = c
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAuthorize(t *testing.T) {
	type step struct{ send, query, later string } // the first answer, Query at once, Query after ResolveAfter
	cases := map[string]step{
		"tok_ok":                 {"succeeded", "succeeded", "succeeded"},
		"tok_ok_slow":            {"succeeded", "succeeded", "succeeded"},
		"tok_declined":           {"failed card_declined", "failed card_declined", "failed card_declined"},
		"tok_insufficient_funds": {"failed insufficient_funds", "failed insufficient_funds", "failed insufficient_funds"},
		"tok_timeout":            {"timeout", "pending", "succeeded"},
		"tok_timeout_declined":   {"timeout", "pending", "failed card_declined"},
		"tok_error_500":          {"500", "unknown", "unknown"},
		"tok_capture_declined":   {"succeeded", "succeeded", "succeeded"},
		"tok_capture_timeout":    {"succeeded", "succeeded", "succeeded"},
		"tok_refund_fails":       {"succeeded", "succeeded", "succeeded"},
		"tok_refund_timeout":     {"succeeded", "succeeded", "succeeded"},
		"tok_refund_error_500":   {"succeeded", "succeeded", "succeeded"},
		"tok_webhook":            {"pending", "pending", "pending"},
		"tok_webhook_declined":   {"pending", "pending", "pending"},

		"tok_capture_declined_once": {"succeeded", "succeeded", "succeeded"},
		"tok_void_fails_once":       {"succeeded", "succeeded", "succeeded"},
		"tok_refund_fails_once":     {"succeeded", "succeeded", "succeeded"},
		"tok_auth_expires":          {"succeeded", "succeeded", "succeeded"},
		"tok_auth_expires_declined": {"succeeded", "succeeded", "succeeded"},
		"tok_capture_webhook":       {"succeeded", "succeeded", "succeeded"},
		"tok_4242":                  {"failed invalid_token", "failed invalid_token", "failed invalid_token"},
		"":                          {"failed invalid_token", "failed invalid_token", "failed invalid_token"},
	}
	for token := range tokens {
		if _, ok := cases[token]; !ok {
			t.Errorf("%s is not tested", token)
		}
	}
	each(t, func(t *testing.T, p *Provider, c *clock) {
		for token, want := range cases {
			key := "pay_" + token
			r := authorize(key, token, 1999)
			wantQuery(t, p, key, "unknown")
			wantSend(t, p, r, want.send)
			wantQuery(t, p, key, want.query)
			if want.query == "pending" {
				wantSend(t, p, r, "pending") // the stored outcome, not a second timeout
				c.move(15*time.Second - time.Microsecond)
				wantQuery(t, p, key, "pending")
				c.move(time.Microsecond)
			}
			wantQuery(t, p, key, want.later)
			again := want.later
			if again == "unknown" {
				again = "succeeded"
			}
			wantSend(t, p, r, again)
			wantQuery(t, p, key, again)
			got := list(t, p)[key]
			if got.State != payment.State(strings.Fields(again)[0]) || got.Amount != 1999 || got.Currency != "EUR" || got.Authorization != key {
				t.Errorf("listed as %+v", got)
			}
			if _, magic := tokens[token]; got.Token != token && (magic || got.Token != "") {
				t.Errorf("token %q listed as %q", token, got.Token)
			}
		}
		if len(c.slept) != 1 || c.slept[0] != 2*time.Second {
			t.Errorf("slept %v, want 2 s once", c.slept)
		}
	})
}

func TestSlow(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newClock()
		o := c.options()
		asleep := make(chan struct{}, 2)
		o.Sleep = func(ctx context.Context, d time.Duration) error {
			asleep <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}
		p := open(t, url, o)
		ctx, cancel := context.WithCancel(t.Context())
		answer := make(chan error, 2)
		send := func() { _, err := p.Send(ctx, authorize("slow", "tok_ok_slow", 5)); answer <- err }
		go send()
		<-asleep
		wantQuery(t, p, "slow", "pending")
		go send() // waits as well
		<-asleep
		cancel()
		for range 2 {
			if err := <-answer; !errors.Is(err, context.Canceled) {
				t.Errorf("a canceled call: %v", err)
			}
		}
		wantQuery(t, p, "slow", "pending")
		c.move(2 * time.Second)
		wantQuery(t, p, "slow", "succeeded")
		wantSend(t, p, authorize("slow", "tok_ok_slow", 5), "succeeded")
		if got := list(t, p)["slow"]; got.Calls != 3 || got.Fault != "slow" {
			t.Errorf("listed as %+v", got)
		}
		// The plain timer, shortened: it ends by itself and with its context.
		if err := sleep(t.Context(), time.Nanosecond); err != nil {
			t.Error(err)
		}
		if err := sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if _, err := p.Send(ctx, authorize("never", "tok_ok", 5)); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		wantQuery(t, p, "never", "unknown")
	})
}

func TestCaptureVoidRefund(t *testing.T) {
	each(t, func(t *testing.T, p *Provider, c *clock) {
		wantSend(t, p, authorize("a", "tok_ok", 100), "succeeded")
		wantSend(t, p, on("a", payment.Capture, "c1", 60), "succeeded")
		wantSend(t, p, on("a", payment.Capture, "c2", 41), "failed amount_exceeds_authorization")
		wantSend(t, p, on("a", payment.Void, "v1", 41), "failed amount_exceeds_authorization")
		wantSend(t, p, on("a", payment.Void, "v2", 30), "succeeded")
		wantSend(t, p, on("a", payment.Capture, "c3", 11), "failed amount_exceeds_authorization")
		wantSend(t, p, on("a", payment.Capture, "c4", 10), "succeeded")
		wantSend(t, p, on("a", payment.Refund, "r1", 71), "failed amount_exceeds_capture")
		wantSend(t, p, on("c1", payment.Refund, "r2", 50), "succeeded")
		wantSend(t, p, on("a", payment.Refund, "r3", 21), "failed amount_exceeds_capture")
		wantSend(t, p, on("a", payment.Refund, "r4", 20), "succeeded")
		wantSend(t, p, on("c4", payment.Refund, "r5", 1), "failed amount_exceeds_capture")

		wantSend(t, p, on("nobody", payment.Capture, "u1", 1), "failed unknown_parent")
		wantSend(t, p, on("", payment.Void, "u2", 1), "failed unknown_parent")
		wantSend(t, p, on("c1", payment.Capture, "u3", 1), "failed unknown_parent")
		wantSend(t, p, on("c1", payment.Void, "u4", 1), "failed unknown_parent")
		wantSend(t, p, on("r2", payment.Refund, "u5", 1), "failed unknown_parent")
		wantSend(t, p, on("u1", payment.Refund, "u6", 1), "failed unknown_parent")
		wantSend(t, p, on("u7", payment.Capture, "u7", 1), "failed unknown_parent")
		dollars := on("a", payment.Refund, "usd", 1)
		dollars.Currency = "USD"
		wantSend(t, p, dollars, "failed currency_mismatch")

		// What is refused stays refused, also when there is room now.
		wantSend(t, p, authorize("b", "tok_ok", 100), "succeeded")
		wantSend(t, p, on("b", payment.Refund, "br", 1), "failed amount_exceeds_capture")
		wantSend(t, p, on("b", payment.Capture, "bc", 100), "succeeded")
		wantSend(t, p, on("b", payment.Refund, "br", 1), "failed amount_exceeds_capture")
		wantSend(t, p, on("b", payment.Refund, "br2", 1), "succeeded")

		wantSend(t, p, authorize("declined", "tok_declined", 100), "failed card_declined")
		wantSend(t, p, on("declined", payment.Capture, "dc", 1), "failed amount_exceeds_authorization")

		wantSend(t, p, authorize("late", "tok_timeout", 100), "timeout")
		wantSend(t, p, on("late", payment.Capture, "lc", 1), "failed amount_exceeds_authorization")
		wantSend(t, p, authorize("lost", "tok_error_500", 100), "500")
		wantSend(t, p, on("lost", payment.Capture, "oc", 1), "failed unknown_parent")
		c.move(15 * time.Second)
		wantSend(t, p, on("late", payment.Capture, "lc2", 100), "succeeded")

		wantSend(t, p, authorize("cd", "tok_capture_declined", 100), "succeeded")
		wantSend(t, p, on("cd", payment.Capture, "cdc", 40), "failed capture_declined")
		wantSend(t, p, on("cd", payment.Void, "cdv", 100), "succeeded") // the refused capture used nothing

		// A pending capture is used up and not yet there.
		wantSend(t, p, authorize("ct", "tok_capture_timeout", 100), "succeeded")
		wantSend(t, p, on("ct", payment.Capture, "ctc", 60), "timeout")
		wantQuery(t, p, "ctc", "pending")
		wantSend(t, p, on("ct", payment.Capture, "ctc2", 41), "failed amount_exceeds_authorization")
		wantSend(t, p, on("ct", payment.Refund, "ctr", 1), "failed amount_exceeds_capture")
		c.move(15 * time.Second)
		wantQuery(t, p, "ctc", "succeeded")
		wantSend(t, p, on("ctc", payment.Refund, "ctr2", 60), "succeeded")

		wantSend(t, p, authorize("rf", "tok_refund_fails", 100), "succeeded")
		wantSend(t, p, on("rf", payment.Capture, "rfc", 100), "succeeded")
		wantSend(t, p, on("rfc", payment.Refund, "rfr", 100), "failed refund_failed")
		wantSend(t, p, on("rf", payment.Refund, "rfr2", 100), "failed refund_failed")

		wantSend(t, p, authorize("rt", "tok_refund_timeout", 100), "succeeded")
		wantSend(t, p, on("rt", payment.Capture, "rtc", 100), "succeeded")
		wantSend(t, p, on("rtc", payment.Refund, "rtr", 100), "timeout")
		wantSend(t, p, on("rtc", payment.Refund, "rtr", 100), "pending")
		wantSend(t, p, on("rtc", payment.Refund, "rtr2", 1), "failed amount_exceeds_capture") // it is used up
		c.move(15 * time.Second)
		wantQuery(t, p, "rtr", "succeeded")

		wantSend(t, p, authorize("re", "tok_refund_error_500", 100), "succeeded")
		wantSend(t, p, on("re", payment.Capture, "rec", 100), "succeeded")
		wantSend(t, p, on("rec", payment.Refund, "rer", 100), "500")
		wantQuery(t, p, "rer", "unknown")
		wantSend(t, p, on("rec", payment.Refund, "rer", 100), "succeeded")

		if _, ok := list(t, p)["lost"]; ok {
			t.Error("a charge that left no trace is listed")
		}
	})
}

func TestKeyReused(t *testing.T) {
	each(t, func(t *testing.T, p *Provider, _ *clock) {
		r := authorize("k", "tok_ok", 100)
		wantSend(t, p, r, "succeeded")
		more, other, dollars := r, r, r
		more.Amount, other.Kind, dollars.Currency = 101, payment.Capture, "USD"
		for _, r := range []provider.Request{more, other, dollars} {
			wantSend(t, p, r, "failed key_reused")
		}
		r.Token = "" // a retry may have forgotten it
		wantSend(t, p, r, "succeeded")
		if got := list(t, p)["k"]; got.Calls != 5 || got.Reused != 3 || got.Amount != 100 || got.Kind != payment.Authorize {
			t.Errorf("listed as %+v", got)
		}
		// What left no trace may come again as anything, also as part of another authorization.
		wantSend(t, p, authorize("lost", "tok_error_500", 100), "500")
		wantSend(t, p, on("k", payment.Capture, "lost", 60), "succeeded")
		wantSend(t, p, on("k", payment.Capture, "rest", 41), "failed amount_exceeds_authorization")
		if got := list(t, p)["lost"]; got.Calls != 2 || got.Fault != "error_500" || got.Authorization != "k" {
			t.Errorf("listed as %+v", got)
		}
	})
}

func TestInvalidRequests(t *testing.T) {
	each(t, func(t *testing.T, p *Provider, _ *clock) {
		for name, r := range map[string]provider.Request{
			"no key":       authorize("", "tok_ok", 1),
			"negative":     authorize("k", "tok_ok", -1),
			"no kind":      {Key: "k", Amount: 1},
			"NUL":          authorize("k\x00", "tok_ok", 1),
			"not UTF-8":    on("\xff", payment.Capture, "k", 1),
			"long":         authorize(strings.Repeat("k", 1001), "tok_ok", 1),
			"foreign kind": on("k", "chargeback", "k", 1),
		} {
			out, err := p.Send(t.Context(), r)
			if got := say(out, err); got != "failed invalid_request" {
				t.Errorf("%s: %s", name, got)
			}
			wantQuery(t, p, r.Key, "unknown")
		}
		// A token may be anything; what is not ours is not kept.
		wantSend(t, p, authorize("pan", "4242\x00\xff", 1), "failed invalid_token")
		wantSend(t, p, authorize("ü"+strings.Repeat("ä", 12), "tok_ok", 0), "succeeded")
		if n := len(list(t, p)); n != 2 {
			t.Errorf("%d charges", n)
		}
	})
}

func TestRefs(t *testing.T) {
	for key, want := range map[string]string{
		"pay_01jabcdefghijklmnopqrstuvw": "sbx_lmnopqrstuvw", "short": "sbx_short", "xäääääääääääb": "sbx_äääääääääääb",
	} {
		if got := refOf(key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}

// The table in the package comment is the documentation of the tokens and reasons.
func TestTableIsComplete(t *testing.T) {
	text, err := os.ReadFile("sandbox.go")
	if err != nil {
		t.Fatal(err)
	}
	comment, _, _ := strings.Cut(string(text), "\npackage ")
	for token, acts := range tokens {
		var row string
		for line := range strings.Lines(comment) {
			if strings.HasPrefix(line, "//\t"+token+" ") {
				row = line
			}
		}
		if row == "" {
			t.Errorf("%s is missing", token)
		}
		for _, a := range acts {
			if !strings.Contains(row, a.reason) {
				t.Errorf("%s: the reason %s is missing", token, a.reason)
			}
		}
	}
}

func TestReopen(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		if _, err := OpenReadOnly(t.Context(), url, Options{}); !errors.Is(err, ErrNoStore) {
			t.Errorf("read-only before the first use: %v", err)
		}
		c := newClock()
		p := open(t, url, c.options())
		requests := map[string]provider.Request{}
		for token := range tokens {
			r := authorize("a_"+token, token, 100)
			requests[r.Key] = r
			_, _ = p.Send(t.Context(), r)
		}
		before := list(t, p)
		p.Close()
		p.Close()
		if _, err := p.Send(t.Context(), authorize("x", "tok_ok", 1)); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if _, _, err := p.Query(t.Context(), "a_tok_ok"); err == nil {
			t.Error("a closed provider answers")
		}

		r, err := OpenReadOnly(t.Context(), url, c.options())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		p = open(t, url, c.options())
		for _, p := range []*Provider{r, p} {
			for key, want := range before {
				if got := list(t, p)[key]; got != want {
					t.Errorf("%s: %+v, before %+v", key, got, want)
				}
			}
			if n := len(list(t, p)); n != len(before) {
				t.Errorf("%d charges, before %d", n, len(before))
			}
		}
		if _, err := r.Send(t.Context(), authorize("x", "tok_ok", 1)); !errors.Is(err, ErrReadOnly) {
			t.Errorf("read-only: %v", err)
		}
		for key, want := range before {
			wantSend(t, p, requests[key], strings.TrimSpace(string(want.State)+" "+want.Reason))
		}
		wantSend(t, p, requests["a_tok_error_500"], "succeeded") // the first call was before the restart
		wantQuery(t, r, "a_tok_error_500", "succeeded")
		stop := errors.New("enough")
		n := 0
		if err := r.List(t.Context(), func(Charge) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
			t.Errorf("List went on: %d, %v", n, err)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	for _, url := range []string{"", "sqlite:", "mysql://h/d", "sqlite:" + t.TempDir() + "/none/ordo.db"} {
		if p, err := Open(t.Context(), url, Options{}); err == nil {
			p.Close()
			t.Errorf("opened %q", url)
		}
	}
	dir := t.TempDir()
	open(t, "sqlite:"+dir+"/ordo.db", Options{})
	if _, err := os.Stat(dir + "/ordo.db.sandbox"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir + "/ordo.db"); err == nil {
		t.Error("the database itself was touched")
	}
}

func ExampleProvider() {
	dir, _ := os.MkdirTemp("", "sandbox")
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	p, err := Open(ctx, "sqlite:"+dir+"/ordo.db", Options{})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	out, err := p.Send(ctx, provider.Request{
		Key: "pay_0000000001", Kind: payment.Authorize, Amount: 1999, Currency: "EUR", Token: "tok_declined",
	})
	fmt.Println(out.State, out.Reason, err)
	// Output: failed card_declined <nil>
}
