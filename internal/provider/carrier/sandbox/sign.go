package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ordo/internal/micros"
)

// Signatures follow Standard Webhooks: HMAC-SHA256 over id, time and body, in base64 after "v1,".

// tolerance is how far a message's time may be from ours: an old one may be a replay.
const tolerance = 5 * time.Minute

func signature(secret, id, at string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(id + "." + at + "."))
	m.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

func sign(secret, id string, at time.Time, body []byte) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	return http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {signature(secret, id, stamp, body)}}
}

func signed(secret string, h http.Header, body []byte, now micros.Time) bool {
	stamp := h.Get("Webhook-Timestamp")
	at, err := strconv.ParseInt(stamp, 10, 64)
	if secret == "" || err != nil || now.Std().Sub(time.Unix(at, 0)).Abs() > tolerance {
		return false
	}
	want := signature(secret, h.Get("Webhook-Id"), stamp, body)
	for one := range strings.FieldsSeq(h.Get("Webhook-Signature")) { // several while a secret is changed
		if hmac.Equal([]byte(one), []byte(want)) {
			return true
		}
	}
	return false
}
