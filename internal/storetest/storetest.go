// Package storetest runs a test on both engines, always.
//
// What lives here: the loop over SQLite and PostgreSQL. What does not: starting PostgreSQL (pgtest).
package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"ordo/internal/database"
	"ordo/internal/pgtest"
	"ordo/internal/store"
)

// Each runs f as a subtest per engine, on a fresh migrated database.
func Each(t *testing.T, f func(t *testing.T, db store.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { f(t, Open(t, url)) })
}

// EachURL is Each for tests that open the database themselves.
func EachURL(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, migratedFile(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, migratedDatabase(t)) })
}

// migratedFile copies a file that was migrated once: a fifth of the time that migrating takes.
func migratedFile(t testing.TB) string {
	t.Helper()
	b, err := sqliteFile()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ordo.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

var sqliteFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "ordo-migrated")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "ordo.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// migratedDatabase copies a database that was migrated once: a tenth of the time that migrating takes.
func migratedDatabase(t testing.TB) string {
	t.Helper()
	of, err := postgresDatabase()
	if err != nil {
		t.Fatal(err)
	}
	return pgtest.Copy(t, of)
}

var postgresDatabase = sync.OnceValues(func() (string, error) {
	url, err := pgtest.Keep("migrated")
	if err != nil {
		return "", err
	}
	return url, migrate(url)
})

func migrate(url string) error {
	db, err := database.Open(context.Background(), url, 1)
	if err != nil {
		return err
	}
	db.Close()
	return nil
}

// Open opens and migrates the database until the test ends.
func Open(t *testing.T, url string) store.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url, 16)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}
