package people

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"ordo/internal/errs"
)

// Parameters of argon2id: the first choice of RFC 9106 for little memory would be 64 MiB and 3 passes; these are the
// smallest that the OWASP cheat sheet on password storage names (19 MiB, 2 passes, 1 lane). They stand in every hash, so
// that later ones can be stronger.
const (
	argonMemory = 19 * 1024 // KiB
	argonPasses = 2
	argonLanes  = 1
	argonKey    = 32
	SaltLen     = 16 // bytes
)

// Limits of passwords: long ones instead of odd ones (NIST SP 800-63B section 3.1.1). The upper bound keeps hashing cheap.
const (
	MinPassword = 12
	MaxPassword = 200
)

// Hash encodes the argon2id hash of a password with a fresh salt of SaltLen random bytes. It takes tens of milliseconds and 19 MiB.
func Hash(password string, salt []byte) string {
	key := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonLanes, argonKey)
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes, enc(salt), enc(key))
}

// Matches reports whether a password has the encoded hash. Without a hash it takes as long as with one, so that nobody
// hears from the clock whether there is such a user.
func Matches(encoded, password string) bool {
	if len(password) > 4*MaxPassword {
		return false
	}
	var version, memory, passes uint32
	var lanes uint8
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 {
		Hash(password, make([]byte, SaltLen))
		return false
	}
	_, err1 := fmt.Sscanf(parts[2], "v=%d", &version)
	_, err2 := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes)
	salt, err3 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err4 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil || version != argon2.Version || memory > 1<<20 || passes == 0 || passes > 20 || lanes == 0 || len(key) == 0 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, lanes, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1
}

// common are beginnings of passwords that guessers try first.
var common = []string{"password", "passwort", "123456", "qwert", "letmein", "welcome", "admin", "iloveyou", "changeme", "secret", "ordo"}

// CheckPassword adds to the list what is wrong with a new password of a user.
func (u *User) CheckPassword(list *errs.List, pointer, password string) {
	n := utf8.RuneCountInString(password)
	if n < MinPassword || n > MaxPassword {
		list.Add(pointer, "weak_password", "give %d to %d characters: a few words are good", MinPassword, MaxPassword)
		return
	}
	low := strings.ToLower(password)
	local, _, _ := strings.Cut(strings.ToLower(u.Email), "@")
	for _, word := range append([]string{local, strings.ToLower(u.Name)}, common...) {
		if len(word) >= 4 && strings.Contains(low, word) && n-utf8.RuneCountInString(word) < MinPassword-4 {
			list.Add(pointer, "weak_password", "do not build it around %q, which is tried first", errs.Clip(word))
			return
		}
	}
	if distinct(low) < 5 {
		list.Add(pointer, "weak_password", "use more different characters")
	}
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}
