package sandbox

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/payment"
	provider "ordo/internal/provider/payment"
	"ordo/internal/storetest"
)

// What is refused the first time succeeds under another key, and is still refused under the same one.
func TestRefusedOnce(t *testing.T) {
	each(t, func(t *testing.T, p *Provider, _ *clock) {
		wantSend(t, p, authorize("c", "tok_capture_declined_once", 100), "succeeded")
		wantSend(t, p, on("c", payment.Capture, "c1", 100), "failed capture_declined")
		wantSend(t, p, on("c", payment.Capture, "c2", 100), "succeeded")
		wantSend(t, p, on("c", payment.Capture, "c1", 100), "failed capture_declined")
		wantSend(t, p, authorize("v", "tok_void_fails_once", 100), "succeeded")
		wantSend(t, p, on("v", payment.Void, "v1", 100), "failed void_failed")
		wantSend(t, p, on("v", payment.Void, "v2", 100), "succeeded")
		wantSend(t, p, authorize("r", "tok_refund_fails_once", 100), "succeeded")
		wantSend(t, p, on("r", payment.Capture, "r0", 100), "succeeded")
		wantSend(t, p, on("r", payment.Refund, "r1", 10), "failed refund_failed")
		wantSend(t, p, on("r", payment.Refund, "r2", 10), "succeeded")
	})
}

func TestAuthorizationsExpire(t *testing.T) {
	each(t, func(t *testing.T, p *Provider, c *clock) {
		again := func(parent, key string, amount int64) provider.Request {
			r := on(parent, payment.Authorize, key, amount)
			return r
		}
		for token, life := range map[string]time.Duration{"tok_ok": 7 * 24 * time.Hour, "tok_auth_expires": time.Minute, "tok_auth_expires_declined": time.Minute} {
			out, err := p.Send(t.Context(), authorize(token, token, 100))
			if err != nil || out.ExpiresAt.Std() != c.now().Add(life) {
				t.Fatalf("%s: %+v %v", token, out, err)
			}
			wantSend(t, p, on(token, payment.Capture, token+"1", 10), "succeeded")
			c.move(life)
			wantSend(t, p, on(token, payment.Capture, token+"2", 10), "failed authorization_expired")
			wantSend(t, p, on(token, payment.Void, token+"3", 10), "failed authorization_expired")
			wantSend(t, p, on(token, payment.Refund, token+"4", 10), "succeeded")
			want := "succeeded"
			if token == "tok_auth_expires_declined" {
				want = "failed card_declined"
			}
			wantSend(t, p, again(token, token+"5", 90), want)
			if want == "succeeded" {
				wantSend(t, p, on(token+"5", payment.Capture, token+"6", 90), "succeeded")
			}
		}
		wantSend(t, p, again("tok_ok1", "x", 1), "failed unknown_parent")
		wantSend(t, p, again("nobody", "y", 1), "failed unknown_parent")
	})
}

// An outcome that only a webhook brings is pending for whoever asks, until the webhook was made.
func TestWebhookOnly(t *testing.T) {
	each(t, func(t *testing.T, p *Provider, c *clock) {
		for token, want := range map[string]string{"tok_webhook": "succeeded", "tok_webhook_declined": "failed card_declined"} {
			r := authorize(token, token, 100)
			r.Order, r.Payment = "ord_1", "pay_1"
			wantSend(t, p, r, "pending")
			c.move(time.Hour)
			wantQuery(t, p, token, "pending")
			m, err := p.Tell(t.Context(), token)
			if err != nil || m.Order != "ord_1" || m.Payment != "pay_1" || m.Key != token || m.Amount != 100 {
				t.Fatalf("%+v %v", m, err)
			}
			if got := say(payment.Outcome{State: m.State, Reason: m.Reason}, nil); got != want {
				t.Errorf("%s told %s, want %s", token, got, want)
			}
			wantQuery(t, p, token, want)
			if again, err := p.Tell(t.Context(), token); err != nil || again != m {
				t.Errorf("told again %+v, before %+v, %v", again, m, err)
			}
		}
		wantSend(t, p, authorize("c", "tok_capture_webhook", 100), "succeeded")
		wantSend(t, p, on("c", payment.Capture, "c1", 60), "pending")
		c.move(24 * time.Hour)
		wantQuery(t, p, "c1", "succeeded")
		if _, err := p.Tell(t.Context(), "nobody"); err == nil {
			t.Error("told of nobody")
		}
	})
}

func TestSignature(t *testing.T) {
	body, now := []byte(`{"id":"e","key":"k","kind":"capture","state":"succeeded","amount":5,"currency":"EUR","order":"o","payment":"p"}`), time.Unix(1_800_000_000, 0)
	p := &Provider{opts: Options{Secret: "s3cret"}}
	good := Sign("s3cret", body, now)
	for name, c := range map[string]struct {
		header string
		body   string
		at     time.Time
		ok     bool
	}{
		"good":            {good, string(body), now, true},
		"late":            {good, string(body), now.Add(5 * time.Minute), true},
		"too late":        {good, string(body), now.Add(5*time.Minute + time.Second), false},
		"from the future": {good, string(body), now.Add(-6 * time.Minute), false},
		"another body":    {good, string(body) + " ", now, false},
		"another secret":  {Sign("other", body, now), string(body), now, false},
		"another time":    {"t=1800000001" + good[12:], string(body), now, false},
		"none":            {"", string(body), now, false},
		"no hex":          {"t=1800000000,v1=zz", string(body), now, false},
		"no number":       {"t=x,v1=00", string(body), now, false},
	} {
		n, err := p.Notice(http.Header{SignatureHeader: {c.header}}, []byte(c.body), c.at)
		if (err == nil) != c.ok || err != nil && !errs.Is(err, "webhook_signature") {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (n.Key != "k" || n.Kind != payment.Capture || n.Outcome.State != payment.Succeeded || n.Amount != 5 || n.ID != "e") {
			t.Errorf("%s: %+v", name, n)
		}
	}
	if _, err := (&Provider{}).Notice(http.Header{SignatureHeader: {Sign("", body, now)}}, body, now); err == nil {
		t.Error("signed with no secret at all")
	}
	junk := []byte(`{"id":1}`)
	if _, err := p.Notice(http.Header{SignatureHeader: {Sign("s3cret", junk, now)}}, junk, now); errs.CodeOf(err) == "internal" {
		t.Error(err)
	}
}

// Webhooks are sent when the outcome is there, and again when nobody took them.
func TestDelivery(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		got := make(chan Message, 10)
		refuse := 1
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if refuse > 0 {
				refuse--
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			if !signed("s", r.Header.Get(SignatureHeader), body, time.Now()) {
				t.Error("not signed")
			}
			var m Message
			if err := jsonx.Unmarshal(body, &m); err != nil {
				t.Error(err)
			}
			got <- m
		}))
		defer server.Close()
		p := open(t, url, Options{Secret: "s", WebhookURL: server.URL, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
		wantSend(t, p, authorize("w", "tok_webhook", 100), "pending")
		if m := <-got; m.Key != "w" || m.State != payment.Succeeded {
			t.Errorf("%+v", m)
		}
		wantSend(t, p, authorize("d", "tok_declined", 100), "failed card_declined")
		if m := <-got; m.Key != "d" || m.State != payment.Failed {
			t.Errorf("%+v", m)
		}
	})
}

// Without a secret nothing is sent: nobody would take it.
func TestNothingUnsigned(t *testing.T) {
	each(t, func(t *testing.T, p *Provider, _ *clock) {
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("an unsigned webhook was sent") }))
		p.opts.WebhookURL = server.URL
		wantSend(t, p, authorize("d", "tok_declined", 100), "failed card_declined")
		p.sending.Wait()
		server.Close()
	})
}

// A store of the first version gets the columns of now and keeps its charges.
func TestUpgrade(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		p := open(t, url, Options{})
		wantSend(t, p, authorize("a", "tok_ok", 100), "succeeded")
		e := engines[p.books.db.Dialect().Name]
		err := p.books.db.Locked(t.Context(), func(exec func(string) error, _ func() (int, error)) error {
			for _, name := range []string{"order_id", "payment_id", "expires_at"} {
				if err := exec(fmt.Sprintf("ALTER TABLE %scharges DROP COLUMN %s;", e.prefix, name)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		p.Close()
		if r, err := OpenReadOnly(t.Context(), url, Options{}); err == nil {
			r.Close()
			t.Error("an old store was opened for reading")
		}
		p = open(t, url, Options{})
		if c := list(t, p)["a"]; c.Amount != 100 || c.ExpiresAt != 0 {
			t.Errorf("%+v", c)
		}
		wantSend(t, p, on("a", payment.Capture, "c", 100), "succeeded")
	})
}
