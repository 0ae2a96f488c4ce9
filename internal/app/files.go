package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/store"
)

// Files of imports and exports lie in the database, in pieces: every node reads them, and a backup has them.

const pieceSize = 256 << 10

// fileWriter stores what is written to it, piece by piece.
type fileWriter struct {
	ctx  context.Context
	db   store.DB
	name string
	part int64
	size int64
	buf  []byte
}

// Write implements io.Writer.
func (w *fileWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		take := min(len(b), pieceSize-len(w.buf))
		w.buf, b = append(w.buf, b[:take]...), b[take:]
		if len(w.buf) == pieceSize {
			if err := w.flush(); err != nil {
				return 0, err
			}
		}
	}
	w.size += int64(n)
	return n, nil
}

func (w *fileWriter) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	err := store.Write(w.ctx, w.db, func(tx store.Tx) error {
		return tx.Do(w.ctx, &store.Stmt{
			SQL:  "INSERT INTO file_chunks (file, part, data, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (file, part) DO UPDATE SET data = $3",
			Args: []any{w.name, w.part, w.buf, int64(micros.Of(time.Now()))}, Want: 1,
		})
	})
	w.part, w.buf = w.part+1, w.buf[:0]
	return err
}

// fileReader reads a stored file from a byte on.
type fileReader struct {
	ctx  context.Context
	db   store.DB
	name string
	part int64
	skip int64
	size int64
	rest []byte
}

func openFile(ctx context.Context, db store.DB, name string, size, at int64) *fileReader {
	return &fileReader{ctx: ctx, db: db, name: name, size: size, part: at / pieceSize, skip: at % pieceSize}
}

// Read implements io.Reader. A file of which a piece is gone must not look as if it ended there.
func (r *fileReader) Read(b []byte) (int, error) {
	for len(r.rest) == 0 {
		found := false
		if err := r.db.Query(r.ctx, func(row store.Row) error {
			found = true
			return row.Scan(&r.rest)
		}, "SELECT data FROM file_chunks WHERE file = $1 AND part = $2", r.name, r.part); err != nil {
			return 0, err
		}
		if !found && r.part*pieceSize < r.size {
			return 0, io.ErrUnexpectedEOF
		}
		if !found {
			return 0, io.EOF
		}
		r.rest = r.rest[min(r.skip, int64(len(r.rest))):]
		r.part, r.skip = r.part+1, 0
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func dropFile(ctx context.Context, db store.DB, name string) error {
	return store.Write(ctx, db, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{SQL: "DELETE FROM file_chunks WHERE file = $1", Args: []any{name}, Want: store.AnyRows})
	})
}

// Stored is a file that was received.
type Stored struct {
	Name   string
	Size   int64
	SHA256 string
}

// Receive stores a file. One that is larger than the setting is refused, and leaves nothing.
func (a *App) Receive(ctx context.Context, name string, from io.Reader) (Stored, error) {
	w := &fileWriter{ctx: ctx, db: a.DB, name: name}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), io.LimitReader(from, a.Settings.ImportSize+1))
	if err == nil && n > a.Settings.ImportSize {
		err = errs.New(errs.TooLarge, "file_too_large", "a file may have at most %d bytes (setting import_size); split it", a.Settings.ImportSize)
	}
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		return Stored{}, errors.Join(err, dropFile(context.WithoutCancel(ctx), a.DB, name))
	}
	return Stored{name, n, hex.EncodeToString(h.Sum(nil))}, nil
}
