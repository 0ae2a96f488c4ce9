package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Names of the headers of a message (Standard Webhooks 1.0).
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

const secretPrefix = "whsec_"

// SecretBytes is how many random bytes a secret has; the specification wants 24 to 64.
const SecretBytes = 32

// NewSecret writes random bytes as a secret.
func NewSecret(random []byte) string { return secretPrefix + base64.StdEncoding.EncodeToString(random) }

// Sign returns webhook-signature: for each secret that is good at that time a signature of id, timestamp and body, so
// that a receiver that knows the old secret or the new one accepts it.
func Sign(secrets []Secret, id string, at time.Time, body []byte) string {
	var out []string
	for _, s := range secrets {
		if s.ExpiresAt != 0 && s.ExpiresAt <= micros.Of(at) {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.Value, secretPrefix))
		if err != nil {
			continue // no secret that was made here
		}
		h := hmac.New(sha256.New, key)
		h.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		h.Write(body)
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return strings.Join(out, " ")
}

// MaxOverlap is how long an old secret may stay good at most.
const MaxOverlap = 30 * 24 * time.Hour

// Rotate makes value the current secret. The one before stays good for overlap, so that receivers can be changed one
// after the other; one that was on its way out already ends now.
func Rotate(e *Endpoint, value string, overlap time.Duration, now micros.Time) (*Endpoint, error) {
	if e.State == Deleted {
		return nil, errs.IllegalTransition("the webhook endpoint", e.State, "rotate", nil)
	}
	if overlap < 0 || overlap > MaxOverlap {
		var list errs.List
		list.Add("/overlap_hours", "out_of_range", "give 0 to %d hours", int(MaxOverlap.Hours()))
		return nil, list.Err()
	}
	next := *e
	next.Secrets = []Secret{{Value: value, CreatedAt: now}}
	for _, s := range e.Secrets {
		if s.ExpiresAt == 0 && overlap > 0 {
			s.ExpiresAt = now.Add(overlap)
			next.Secrets = append(next.Secrets, s)
		}
	}
	return &next, nil
}

// MessageID is the webhook-id of an event: the same however often it is sent, so that receivers can pass over doubles.
func MessageID(seq int64) string { return "msg_" + strconv.FormatInt(seq, 10) }
