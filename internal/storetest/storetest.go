// Package storetest runs a test on both engines, always.
//
// What lives here: the loop over SQLite and PostgreSQL. What does not: starting PostgreSQL (pgtest).
package storetest

import (
	"path/filepath"
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

// EachURL is Each for tests that open the database themselves; nothing is in it yet.
func EachURL(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, "sqlite:"+filepath.Join(t.TempDir(), "ordo.db")) })
	t.Run("postgres", func(t *testing.T) { f(t, pgtest.New(t)) })
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
