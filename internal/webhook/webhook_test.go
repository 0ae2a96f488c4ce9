package webhook

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	oracle "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"pgregory.net/rapid"

	"ordo/internal/doc"
	"ordo/internal/micros"
)

func TestWants(t *testing.T) {
	e := Endpoint{Meta: doc.Meta{ID: "whk_1"}, Events: []string{"order.*", "payment.captured"}}
	all := Endpoint{Meta: doc.Meta{ID: "whk_1"}, Events: []string{"*"}}
	some := Endpoint{Meta: doc.Meta{ID: "whk_1"}, Events: []string{"*"}, Channels: []string{"web"}}
	news := Endpoint{Meta: doc.Meta{ID: "whk_1"}, Events: []string{"webhook.*"}}
	for _, c := range []struct {
		e                        *Endpoint
		kind, aggregate, channel string
		want                     bool
	}{
		{&e, "order.placed", "ord_1", "", true},
		{&e, "order_change.made", "ord_1", "", false},
		{&e, "payment.captured", "ord_1", "", true},
		{&e, "payment.voided", "ord_1", "", false},
		{&all, "stock.adjusted", "adj_1", "", true},
		{&all, "webhook.endpoint_disabled", "whk_2", "", false}, // two failing endpoints would make news for ever
		{&all, TestEvent, "whk_1", "", true},
		{&all, TestEvent, "whk_2", "", false},
		{&all, "webhook.dead_lettered", "whk_1", "", false},
		{&news, "webhook.dead_lettered", "whk_1", "", false},
		{&news, "webhook.dead_lettered", "whk_2", "", true},
		{&some, "order.placed", "ord_1", "web", true},
		{&some, "order.placed", "ord_1", "phone", false},
		{&some, "product.saved", "MUG", "", false},
		{&some, TestEvent, "whk_1", "", true},
	} {
		if got := c.e.Wants(c.kind, c.aggregate, c.channel); got != c.want {
			t.Errorf("%v of %v: %s of %s in %q: %t", c.e.Events, c.e.Channels, c.kind, c.aggregate, c.channel, got)
		}
	}
}

// What is signed here is accepted by the specification's own library, with every secret that is good.
func TestSignature(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := func(name string) Secret {
			return Secret{Value: NewSecret(rapid.SliceOfN(rapid.Byte(), SecretBytes, SecretBytes).Draw(t, name))}
		}
		now := time.Now()
		old, ended := secret("old"), secret("ended")
		e, err := Rotate(&Endpoint{State: Active, Secrets: []Secret{old, ended}}, secret("new").Value, time.Hour, micros.Of(now))
		if err != nil {
			t.Fatal(err)
		}
		e.Secrets[len(e.Secrets)-1].ExpiresAt = micros.Of(now) // ended now
		body, id := []byte(rapid.String().Draw(t, "body")), MessageID(rapid.Int64Range(1, 1e12).Draw(t, "seq"))
		h := http.Header{}
		h.Set(HeaderID, id)
		h.Set(HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
		h.Set(HeaderSignature, Sign(e.Secrets, id, now, body))
		for i, s := range e.Secrets {
			w, err := oracle.NewWebhook(s.Value)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Verify(body, h); (err == nil) != (i < len(e.Secrets)-1) {
				t.Fatalf("secret %d of %d: %v", i, len(e.Secrets), err)
			}
			if w.Verify(append(body, 'x'), h) == nil {
				t.Fatal("another body is accepted")
			}
		}
	})
}

// However an endpoint behaves: it is throttled by refusals in a row and nothing else, and an event dies only of an
// endpoint that takes others.
func TestAttempts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h Health
		d, now, row := Delivery{Status: Queued}, micros.Time(1e15), int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "attempts") {
			now = now.Add(time.Duration(rapid.Int64Range(1, int64(30*time.Hour)).Draw(t, "later")))
			o := Outcome{OK: rapid.IntRange(0, 9).Draw(t, "taken") == 0, Asked: time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "asked"))}
			before := d
			d = d.Attempted(o, h, now, rapid.Float64Range(0, 1).Draw(t, "jitter"))
			switch {
			case o.OK && d.Status != Delivered, !o.OK && d.Status == Delivered:
				t.Fatal(o, d)
			case d.Status == RetryWait && (d.NextAt < now || d.NextAt > now.Add(30*time.Hour)):
				t.Fatal("it is tried at", d.NextAt)
			case d.Status == Dead && (h.Throttled() || d.Attempts != MaxAttempts):
				t.Fatal(h, d)
			case h.Throttled() && !o.OK && d.Attempts != before.Attempts:
				t.Fatal("being away counts against an event")
			}
			h = h.After(o, now, 0.5)
			if row++; o.OK {
				row = 0
			}
			if h.Failures != row || h.Throttled() != (row >= throttleAfter) || h.Throttled() != (h.NextAt != 0) || (row == 0) != (h.Since == 0) {
				t.Fatal(row, h)
			}
			if h.Throttled() && h.NextAt > now.Add(maxAsked) {
				t.Fatal("it is left alone until", h.NextAt)
			}
			if d.Status == Delivered || d.Status == Dead {
				d = Delivery{Status: Queued}
			}
		}
	})
}
