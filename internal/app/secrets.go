package app

import (
	"context"
	"crypto/rand"

	"ordo/internal/store"
)

// InstallationSecret reads a secret of the installation, 32 random bytes; the first who asks for a name makes it. All
// nodes on one database have the same.
func InstallationSecret(ctx context.Context, db store.DB, name string) (value []byte, err error) {
	read := func() error {
		return db.Query(ctx, func(r store.Row) error { return r.Scan(&value) }, "SELECT value FROM secrets WHERE name = $1", name)
	}
	if err = read(); err != nil || value != nil {
		return value, err
	}
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh) // never fails since Go 1.24
	if err = store.Write(ctx, db, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{SQL: "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", Args: []any{name, fresh}, Want: store.AnyRows})
	}); err != nil {
		return nil, err
	}
	err = read()
	return value, err
}
