package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

// The format of the hash is a promise to everybody who keeps a head: these bytes are written by hand.
func TestHashFormat(t *testing.T) {
	number := func(hexDigits string) string { return "0000000000000008" + hexDigits }
	byHand := strings.Join([]string{
		"0000000000000000",                              // no previous hash
		number("0000000000000001"),                      // seq 1
		number("00064a1b2c3d4e5f"),                      // at, in microseconds
		"000000000000000c" + "6f726465722e706c61636564", // order.placed
		"0000000000000005" + "6f72645f31",               // ord_1
		number("0000000000000001"),                      // version 1
		"0000000000000005" + "6b65795f31",               // key_1
		"0000000000000005" + "7265715f31",               // req_1
		"000000000000000a" + "7b226e223a22c3a9227d",     // {"n":"é"}: its length is that of its bytes
		"0000000000000020" + "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", // digest
	}, "")
	raw, err := hex.DecodeString(byHand)
	if err != nil {
		t.Fatal(err)
	}
	want := sha256.Sum256(raw)
	digest := sha256.Sum256([]byte("foo"))
	row := Row{
		Seq: 1, At: 0x00064a1b2c3d4e5f, Type: "order.placed", Aggregate: "ord_1", Version: 1, Actor: "key_1", RequestID: "req_1",
		Body: []byte(`{"n":"é"}`), Digest: digest[:],
	}
	var c Chainer
	if got := c.Sum(nil, &row); hex.EncodeToString(got) != hex.EncodeToString(want[:]) {
		t.Errorf("hash %x, want %x", got, want)
	}
	if got := hex.EncodeToString(c.Sum(nil, &row)); got != golden {
		t.Errorf("hash %s, want %s", got, golden)
	}
	// The second row hashes the first.
	second := Row{Seq: 2, Type: "x", Body: []byte("null")}
	if got := hex.EncodeToString(c.Sum(want[:], &second)); got != goldenSecond {
		t.Errorf("second hash %s, want %s", got, goldenSecond)
	}
}

// Computed once with another program (Python's struct and hashlib).
const (
	golden       = "7b384571b22aaa23a6bb84459f25a9b3fe95c38015ae6ad0d87874567f173077"
	goldenSecond = "46e20ad90a6e59dffe21ecfe1922812a8cbf21406f77b2b0bb6146a8a0a0f230"
)

// Parts carry their length: what stands in one cannot be taken for the beginning of the next.
func TestHashTellsPartsApart(t *testing.T) {
	var c Chainer
	seen := map[string]Row{}
	for _, r := range []Row{
		{Type: "ab", Aggregate: "c"},
		{Type: "a", Aggregate: "bc"},
		{Actor: "a"},
		{RequestID: "a"},
		{Body: []byte("a")},
		{Digest: []byte("a")},
		{Seq: 1},
		{At: 1},
		{Version: 1},
		{},
	} {
		h := string(c.Sum(nil, &r))
		if other, ok := seen[h]; ok {
			t.Errorf("%+v and %+v have one hash", r, other)
		}
		seen[h] = r
	}
}

func TestSeal(t *testing.T) {
	r := Row{}
	r.Seal()
	if r.Salt != nil || r.Digest != nil {
		t.Error("a row without personal data got a salt")
	}
	a, b := Row{Personal: []byte(`"Ann"`)}, Row{Personal: []byte(`"Ann"`)}
	a.Seal()
	b.Seal()
	if len(a.Salt) != 16 || string(a.Salt) == string(b.Salt) || string(a.Digest) == string(b.Digest) {
		t.Error("the same data must not be recognized by its digest")
	}
	if want := sha256.Sum256(append(append([]byte(nil), a.Salt...), a.Personal...)); string(a.Digest) != string(want[:]) {
		t.Error("the digest is SHA-256 over salt and personal data")
	}
}
