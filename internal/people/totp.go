package people

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238's default, which every authenticator app speaks
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"ordo/internal/micros"
)

// One-time codes by RFC 6238: HMAC-SHA-1 over the number of 30-second steps since 1970, six digits (RFC 4226, section 5.3).
const (
	totpStep   = 30 // seconds
	totpDigits = 6
	// TOTPSecretLen is the length of a secret in bytes, as RFC 4226 recommends (section 4, R6).
	TOTPSecretLen = 20
	// totpSkew is how many steps a device's clock may be wrong in either direction (RFC 6238, section 5.2).
	totpSkew = 1
)

// Secret32 is how a secret is stored and typed into a device.
func Secret32(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// Code is the one-time code of a secret at a step.
func Code(secret string, step int64) (string, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return "", fmt.Errorf("people: a secret of one-time codes is not base32: %w", err)
	}
	m := hmac.New(sha1.New, key)
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	m.Write(counter[:])
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%0*d", totpDigits, binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000), nil
}

// Step is the step of a moment.
func Step(now micros.Time) int64 { return int64(now) / 1_000_000 / totpStep }

// CheckCode finds the step whose code was typed, later than the last one that was used: a code counts once (RFC 6238, section 5.2).
func CheckCode(secret, typed string, now micros.Time, last int64) (step int64, ok bool) {
	typed = strings.ReplaceAll(strings.TrimSpace(typed), " ", "")
	at := Step(now)
	for s := at - totpSkew; s <= at+totpSkew; s++ {
		want, err := Code(secret, s)
		if err == nil && s > last && subtle.ConstantTimeCompare([]byte(want), []byte(typed)) == 1 {
			return s, true
		}
	}
	return 0, false
}

// TOTPURI is what a device reads from the picture.
func TOTPURI(issuer, email, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+email) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// RecoveryCodes is how many codes stand in for a lost device; each works once.
const RecoveryCodes = 8

// RecoveryHash is how a code is stored. Codes have 50 random bits and are refused after a few tries, so a slow hash would protect nothing.
func RecoveryHash(code string) string {
	h := sha256.Sum256([]byte(strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))))
	return hex.EncodeToString(h[:])
}

// UseRecovery takes a code out of those that are left.
func (u *User) UseRecovery(code string) bool {
	i := slices.Index(u.Recovery, RecoveryHash(code))
	if i < 0 {
		return false
	}
	u.Recovery = slices.Delete(slices.Clone(u.Recovery), i, i+1)
	return true
}
