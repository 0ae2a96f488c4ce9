// Package database opens a store by its URL: sqlite:FILE or postgres://….
//
// What lives here: the choice of the engine, and bringing it to the newest schema. What does not: anything else.
package database

import (
	"context"
	"fmt"
	"os"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/store"
	"ordo/internal/store/postgres"
	"ordo/internal/store/sqlite"
)

// Open opens the database for reading and writing and migrates it. maxConns limits PostgreSQL connections; 0 takes
// pgx's default (the larger of 4 and the number of cores).
func Open(ctx context.Context, url string, maxConns int) (store.DB, error) {
	engine, path, err := Split(url)
	if err != nil {
		return nil, err
	}
	if engine == "sqlite" {
		db, err := sqlite.Open(ctx, path, false)
		if err != nil {
			return nil, err
		}
		return migrated(db, store.Migrate(ctx, db, sqlite.Migrations()))
	}
	db, err := postgres.Open(ctx, url, maxConns)
	if err != nil {
		return nil, err
	}
	return migrated(db, store.Migrate(ctx, db, postgres.Migrations()))
}

func migrated(db store.DB, err error) (store.DB, error) {
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// OpenReadOnly opens an existing database without being able to change it, and does not migrate.
func OpenReadOnly(ctx context.Context, url string) (store.DB, error) {
	engine, path, err := Split(url)
	if err != nil {
		return nil, err
	}
	if engine == "sqlite" {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("there is no database %s", path)
		}
		return sqlite.Open(ctx, path, true)
	}
	return postgres.Open(ctx, url, 4)
}

// Split tells the engine of a URL, and the file of an SQLite one.
func Split(url string) (engine, path string, err error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok && path != "" {
		return "sqlite", strings.TrimPrefix(path, "//"), nil
	}
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return "postgres", "", nil
	}
	scheme, _, _ := strings.Cut(url, ":") // the rest may hold a password
	return "", "", fmt.Errorf("%q is not a database: give sqlite:FILE or postgres://USER:PASSWORD@HOST:PORT/NAME", errs.Clip(scheme))
}
