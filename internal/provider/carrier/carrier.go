// Package carrier is what Ordo asks of a carrier.
//
// What lives here: the interface, its requests and answers. What does not: when to call (app), what the answers mean
// (shipping); each provider has a package below this one.
// The one idea: a label is money. Buying and voiding are intents with a key, carried out once per key however often
// they are asked for; an error means that the outcome is unknown, and is resolved by asking with the same key (G4).
package carrier

import (
	"context"
	"net/http"

	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/shipping"
)

// Account is a carrier's document with the secrets that it only names.
type Account struct {
	*shipping.Carrier
	Secret        string // API key
	WebhookSecret string
}

// Request is one intent: a label to buy, or one to give back.
type Request struct {
	Key      string // of the attempt: the provider's idempotency key
	Kind     string // shipping.Buy or shipping.Void
	Bought   string // for a void: the key under which the label was bought
	Ref      string // for a void: the provider's name for the label
	Service  shipping.Service
	Shipment shipping.Shipment
	At       micros.Time // when it was asked for: the date on the label
}

// Report is what a webhook says about one parcel.
type Report struct {
	TrackingNumber string
	Scans          []shipping.Scan
}

// Provider carries parcels. An error of Buy, Void and Query means that the outcome is not known.
type Provider interface {
	// Rates asks what each service of the account costs. What cannot be bought carries why.
	Rates(ctx context.Context, a Account, s shipping.Shipment) ([]shipping.Quote, error)
	// Buy buys a label, once per key.
	Buy(ctx context.Context, a Account, r Request) (shipping.Outcome, error)
	// Void gives a label back, once per key.
	Void(ctx context.Context, a Account, r Request) (shipping.Outcome, error)
	// Query asks what became of the request with the key. known is false when the provider never got it, which makes it
	// safe to send again under the same key.
	Query(ctx context.Context, a Account, r Request) (out shipping.Outcome, known bool, err error)
	// Track asks where a parcel is. A provider that does not know says so with no scans.
	Track(ctx context.Context, a Account, trackingNumber, ref string) ([]shipping.Scan, error)
	// Webhook checks the signature of a message from the provider and reads it.
	Webhook(a Account, header http.Header, body []byte, now micros.Time) ([]Report, error)
}

// ErrSignature is the answer to a message whose signature is missing or wrong.
var ErrSignature = errs.New(errs.Unauthenticated, "invalid_signature", "the signature is missing, too old or wrong; sign with the secret that the carrier's settings name")

// ErrNoWebhooks is the answer where a carrier sends none.
var ErrNoWebhooks = errs.New(errs.NotFound, "not_found", "this carrier sends no webhooks")

// ErrMessage is the answer to a message that is signed and cannot be read.
var ErrMessage = errs.New(errs.Malformed, "malformed_json", "the message cannot be read as one of this carrier")
