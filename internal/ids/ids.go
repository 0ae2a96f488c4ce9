// Package ids makes and checks identifiers: a type prefix, an underscore, and a UUIDv7 in 26 characters of
// lower-case Crockford base32 (the TypeID form), such as ord_01jd3q2k5mf8r9t6w7x8y9z0ab.
//
// What lives here: the encoding. What does not: knowledge of which prefixes exist, which the domains own.
// The one idea: ids sort by the time they were made, so that new rows land at the end of every index.
package ids

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/google/uuid"
)

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// suffixLen is the number of base32 characters of 128 bits.
const suffixLen = 26

// New returns a fresh id with the prefix, for example New("ord").
func New(prefix string) string {
	u, err := uuid.NewV7()
	if err != nil {
		panic("ids: the system gives no random numbers: " + err.Error()) // nothing can work without them
	}
	return encode(prefix, u)
}

// At returns an id that sorts before all that were made from the moment on, and after those made a millisecond before.
func At(prefix string, t time.Time) string {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:], uint64(max(0, t.UnixMilli()))<<16)
	return encode(prefix, u)
}

func encode(prefix string, u uuid.UUID) string {
	var b strings.Builder
	b.Grow(len(prefix) + 1 + suffixLen)
	b.WriteString(prefix)
	b.WriteByte('_')
	// 26 characters hold 130 bits: the first two are zero.
	var buffer, bits uint32 = 0, 2
	for _, x := range u {
		buffer = buffer<<8 | uint32(x)
		bits += 8
		for bits >= 5 {
			bits -= 5
			b.WriteByte(alphabet[buffer>>bits&31])
		}
		buffer &= 1<<bits - 1
	}
	return b.String()
}

// Valid reports whether id is well formed: the prefix, an underscore, 26 Crockford characters.
func Valid(prefix, id string) bool {
	rest, ok := strings.CutPrefix(id, prefix+"_")
	if !ok || len(rest) != suffixLen || rest[0] > '7' {
		return false
	}
	for i := range len(rest) {
		if strings.IndexByte(alphabet, rest[i]) < 0 {
			return false
		}
	}
	return true
}
