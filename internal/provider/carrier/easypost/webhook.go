package easypost

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"golang.org/x/text/unicode/norm"

	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/provider/carrier"
)

// signatureHeader holds HMAC-SHA256 of the body under the webhook's secret, in the form NFKD of Unicode.
const signatureHeader = "X-Hmac-Signature"

// Webhook implements carrier.Provider. Messages carry no time: one that is sent again says what is known already.
func (p *Provider) Webhook(a carrier.Account, header http.Header, body []byte, _ micros.Time) ([]carrier.Report, error) {
	m := hmac.New(sha256.New, []byte(norm.NFKD.String(a.WebhookSecret)))
	m.Write(body)
	want := "hmac-sha256-hex=" + hex.EncodeToString(m.Sum(nil))
	if a.WebhookSecret == "" || !hmac.Equal([]byte(header.Get(signatureHeader)), []byte(want)) {
		return nil, carrier.ErrSignature
	}
	var e struct {
		Description string  `json:"description"`
		Result      tracker `json:"result"`
	}
	if jsonx.Unmarshal(body, &e) != nil {
		return nil, carrier.ErrMessage
	}
	if !strings.HasPrefix(e.Description, "tracker.") || e.Result.TrackingCode == "" {
		return nil, nil // about something that Ordo did not ask for
	}
	return []carrier.Report{{TrackingNumber: e.Result.TrackingCode, Scans: e.Result.scans()}}, nil
}
