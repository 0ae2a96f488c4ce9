// Package journal holds the append-only record of everything that happened.
//
// What lives here: the row, its hash, reading pages of it. What does not: appending, which only the committer does
// (work), and readers with cursors (project).
// The one idea: seq is gapless and in commit order, so whoever has seen n has seen all before it; each row hashes
// the one before, so an altered row breaks the chain at its place.
package journal

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"ordo/internal/micros"
	"ordo/internal/store"
)

// Row is one event as it is stored. Body is JSON text without personal data; Personal is JSON text or nothing.
type Row struct {
	Seq       int64
	At        micros.Time
	Type      string
	Aggregate string
	Version   int64
	Actor     string
	RequestID string
	Body      []byte
	Personal  []byte
	Salt      []byte // 16 random bytes where there is personal data; erased with it
	Digest    []byte // SHA-256(salt, personal); stays
	Hash      []byte
}

// Head is the newest row's position; the zero Head is that of an empty journal.
type Head struct {
	Seq  int64
	At   micros.Time
	Hash []byte
}

// Seal gives the row a salt and digest when it carries personal data.
func (r *Row) Seal() {
	if len(r.Personal) == 0 {
		return
	}
	r.Salt = make([]byte, 16)
	_, _ = rand.Read(r.Salt) // never fails since Go 1.24
	r.Digest = Digest(r.Salt, r.Personal)
}

// Digest is SHA-256 over salt and personal data.
func Digest(salt, personal []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(personal)
	return h.Sum(nil)
}

// Chainer computes hashes; it keeps a buffer between rows.
type Chainer struct {
	h   hash.Hash
	buf []byte
}

// Sum is SHA-256 over the length-prefixed parts (8 bytes, big endian): previous hash, seq, at, type, aggregate,
// version, actor, request id, body, digest. Numbers are 8 bytes, big endian.
func (c *Chainer) Sum(previous []byte, r *Row) []byte {
	if c.h == nil {
		c.h = sha256.New()
	}
	b := c.buf[:0]
	b = bytes(b, previous)
	b = number(b, r.Seq)
	b = number(b, int64(r.At))
	b = text(b, r.Type)
	b = text(b, r.Aggregate)
	b = number(b, r.Version)
	b = text(b, r.Actor)
	b = text(b, r.RequestID)
	b = bytes(b, r.Body)
	b = bytes(b, r.Digest)
	c.buf = b
	c.h.Reset()
	c.h.Write(b)
	return c.h.Sum(nil)
}

func number(b []byte, n int64) []byte {
	b = binary.BigEndian.AppendUint64(b, 8)
	return binary.BigEndian.AppendUint64(b, uint64(n))
}

func text(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...)
}

func bytes(b, s []byte) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...)
}

// Columns are those that Scan reads.
const Columns = "seq, at, type, aggregate, version, actor, request_id, body, COALESCE(personal, ''), salt, digest, hash"

// Querier is what reading needs: a database or a snapshot.
type Querier interface {
	Query(ctx context.Context, scan func(store.Row) error, sql string, args ...any) error
}

// After returns at most limit rows with seq > after, in order.
func After(ctx context.Context, q Querier, after, limit int64) ([]Row, error) {
	return rows(ctx, q, "SELECT "+Columns+" FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2", after, limit)
}

// Of returns at most limit rows of one aggregate with seq > after, in order: its timeline.
func Of(ctx context.Context, q Querier, aggregate string, after, limit int64) ([]Row, error) {
	return rows(ctx, q, "SELECT "+Columns+" FROM journal WHERE aggregate = $1 AND seq > $2 ORDER BY seq LIMIT $3", aggregate, after, limit)
}

func rows(ctx context.Context, q Querier, sql string, args ...any) ([]Row, error) {
	var out []Row
	err := q.Query(ctx, func(s store.Row) error {
		r, err := Scan(s)
		out = append(out, r)
		return err
	}, sql, args...)
	return out, err
}

// Scan reads a row of Columns.
func Scan(s store.Row) (r Row, err error) {
	var body, personal string
	if err = s.Scan(&r.Seq, &r.At, &r.Type, &r.Aggregate, &r.Version, &r.Actor, &r.RequestID, &body, &personal, &r.Salt, &r.Digest, &r.Hash); err != nil {
		return r, err
	}
	r.Body, r.Personal = []byte(body), []byte(personal)
	return r, nil
}

// ReadHead returns the head of the journal.
func ReadHead(ctx context.Context, q Querier) (Head, error) {
	var h Head
	err := q.Query(ctx, func(s store.Row) error { return s.Scan(&h.Seq, &h.At, &h.Hash) }, "SELECT seq, at, hash FROM journal_head WHERE id = 1")
	return h, err
}
