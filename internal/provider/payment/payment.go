// Package payment is what Ordo asks of a payment provider.
//
// What lives here: the interface, its requests and answers, and the provider `manual`, which needs no call. What does
// not: when to call (app); a provider's own adapter has a package below this one.
// The one idea: a call has three outcomes. Succeeded and failed are final; anything else (timeout, 5xx, lost
// connection) is unknown, and is resolved by asking with the same key, never by sending under a new one (G4).
package payment

import (
	"context"
	"net/http"
	"time"

	"ordo/internal/errs"
	"ordo/internal/payment"
)

// Request is one intent. Key is the intent's id and the provider's idempotency key.
type Request struct {
	Key       string
	Kind      payment.Kind
	Amount    int64 // minor units
	Currency  string
	Token     string // for authorize: the provider's name for the card
	ParentRef string // for capture, void, refund: the provider's name for what it acts on
	Parent    string // the key of what it acts on; for authorize: the expired authorization that it replaces
	Order     string // what it is for; webhooks say it again
	Payment   string
}

// Provider moves money. An error means that the outcome is unknown.
type Provider interface {
	// Send carries out the intent, once per key however often it is called.
	Send(ctx context.Context, r Request) (payment.Outcome, error)
	// Query asks what became of the intent with the key. known is false when the provider never got it, which makes
	// it safe to send again under the same key.
	Query(ctx context.Context, key string) (out payment.Outcome, known bool, err error)
}

// Notice is what a provider tells by itself, in a webhook: the outcome of an intent, or a chargeback. It may come twice,
// late, and before the answer to the call that it is about.
type Notice struct {
	ID       string // of the notice: the same one says nothing new
	Key      string // of the intent; of a chargeback the provider's own name for it
	Parent   string // of a chargeback: the key of the authorization
	Kind     payment.Kind
	Order    string
	Payment  string
	Amount   int64
	Currency string
	Outcome  payment.Outcome
}

// Notifier is a provider that sends webhooks.
type Notifier interface {
	// Notice reads a webhook, or refuses it with ErrSignature.
	Notice(header http.Header, body []byte, now time.Time) (Notice, error)
}

// ErrSignature refuses a webhook that the provider did not sign.
var ErrSignature = errs.New(errs.Unauthenticated, "webhook_signature", "the signature does not fit the body and the secret, or is over five minutes old")
