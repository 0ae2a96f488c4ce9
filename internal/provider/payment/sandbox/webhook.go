package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/payment"
	provider "ordo/internal/provider/payment"
)

// SignatureHeader carries `t=SECONDS,v1=HEX`: the HMAC-SHA-256 of `SECONDS.BODY` under the shared secret.
const SignatureHeader = "Sandbox-Signature"

// tolerance is how far the time of a signature may be from now: an old body cannot be sent again for ever.
const tolerance = 5 * time.Minute

// Message is the body of a webhook.
type Message struct {
	ID          string        `json:"id"`
	Key         string        `json:"key"` // of the intent; of a chargeback its own name
	Kind        payment.Kind  `json:"kind"`
	State       payment.State `json:"state"`
	Amount      int64         `json:"amount"`
	Currency    string        `json:"currency"`
	Parent      string        `json:"parent,omitzero"`
	Order       string        `json:"order"`
	Payment     string        `json:"payment"`
	ProviderRef string        `json:"provider_ref,omitzero"`
	Reason      string        `json:"reason,omitzero"`
	ExpiresAt   micros.Time   `json:"expires_at,omitzero"`
}

// Sign returns the value of SignatureHeader for a body.
func Sign(secret string, body []byte, at time.Time) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac(secret, seconds, body))
}

func mac(secret, seconds string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(seconds + "."))
	h.Write(body)
	return h.Sum(nil)
}

// signed reports whether the header fits the body, the secret and the time.
func signed(secret, header string, body []byte, now time.Time) bool {
	t, v1, ok := strings.Cut(header, ",v1=")
	seconds, named := strings.CutPrefix(t, "t=")
	at, err := strconv.ParseInt(seconds, 10, 64)
	sum, bad := hex.DecodeString(v1)
	if !ok || !named || err != nil || bad != nil || secret == "" {
		return false
	}
	return now.Sub(time.Unix(at, 0)).Abs() <= tolerance && hmac.Equal(sum, mac(secret, seconds, body))
}

// Notice implements provider.Notifier.
func (p *Provider) Notice(header http.Header, body []byte, now time.Time) (provider.Notice, error) {
	if !signed(p.opts.Secret, header.Get(SignatureHeader), body, now) {
		return provider.Notice{}, provider.ErrSignature
	}
	var m Message
	if err := jsonx.Decode(body, &m); err != nil {
		return provider.Notice{}, err
	}
	return provider.Notice{
		ID: m.ID, Key: m.Key, Parent: m.Parent, Kind: m.Kind, Order: m.Order, Payment: m.Payment, Amount: m.Amount, Currency: m.Currency,
		Outcome: payment.Outcome{State: m.State, ProviderRef: m.ProviderRef, Reason: m.Reason, ExpiresAt: m.ExpiresAt},
	}, nil
}

// Tell makes the webhook about a charge as it is now. An outcome that only the webhook brings is decided by it: from
// then on it can be asked for too.
func (p *Provider) Tell(ctx context.Context, key string) (Message, error) {
	c, err := p.books.find(ctx, key)
	if err != nil || c == nil {
		return Message{}, errors.Join(err, fmt.Errorf("sandbox: there is no charge %s", key))
	}
	if c.Fault == webhook && p.now() < c.ResolvesAt {
		err := p.books.change(ctx, []string{key}, func(b *book) {
			b.change(b.pages[key]).ResolvesAt = p.now()
			*c = b.pages[key].Charge
		})
		if err != nil {
			return Message{}, err
		}
	}
	out := c.outcome(p.now())
	return Message{
		ID: "evt_" + c.Key + "_" + string(out.State), Key: c.Key, Kind: c.Kind, State: out.State, Amount: c.Amount, Currency: c.Currency, Parent: c.Parent,
		Order: c.Order, Payment: c.Payment, ProviderRef: out.ProviderRef, Reason: out.Reason, ExpiresAt: out.ExpiresAt,
	}, nil
}

// The plan of one webhook: it is sent again when nobody took it.
var resend = []time.Duration{0, time.Second, 10 * time.Second, time.Minute}

// deliver sends the webhook about a charge when its outcome is there; what cannot be delivered is left to asking.
func (p *Provider) deliver(key string) {
	c, err := p.books.find(p.ctx, key)
	if err != nil || c == nil {
		return
	}
	after := p.opts.ResolveAfter
	if c.Fault != webhook {
		after = max(0, c.ResolvesAt.Std().Sub(p.opts.Clock()))
	}
	if p.opts.Sleep(p.ctx, after) != nil {
		return
	}
	m, err := p.Tell(p.ctx, key)
	if err != nil {
		return
	}
	body := jsonx.Marshal(m)
	for _, d := range resend {
		if p.opts.Sleep(p.ctx, d) != nil || p.post(p.ctx, body) == nil {
			return
		}
	}
}

var client = &http.Client{Timeout: 10 * time.Second}

func (p *Provider) post(ctx context.Context, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.opts.WebhookURL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(SignatureHeader, Sign(p.opts.Secret, body, p.opts.Clock()))
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("sandbox: the webhook was answered with %d", res.StatusCode)
	}
	return nil
}
