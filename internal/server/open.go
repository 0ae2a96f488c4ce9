package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ordo/internal/config"
	"ordo/internal/database"
	"ordo/internal/store/postgres"
)

// lockFile keeps a second server away from an SQLite file: two would each believe to be its only writer. The lock ends
// with the process, however that ends; the file stays. On PostgreSQL there is none.
func lockFile(url string) (*os.File, error) {
	engine, path, err := database.Split(url)
	if err != nil || engine != "sqlite" {
		return nil, err
	}
	if err := checkFile(path); err != nil {
		return nil, err
	}
	// One lock per file, by whatever name it is reached.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot write beside %s: %w", path, cause(err))
	}
	if err := flock(f); err != nil {
		owner, _ := io.ReadAll(io.LimitReader(f, 20))
		_ = f.Close()
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("cannot lock %s.lock: %w", path, err)
		}
		return nil, fmt.Errorf("another ordo (process %s) serves %s; stop it first, or use PostgreSQL for several nodes", strings.TrimSpace(string(owner)), path)
	}
	if f.Truncate(0) == nil {
		_, _ = fmt.Fprintln(f, os.Getpid()) // for people: the lock counts, not the number
	}
	return f, nil
}

// errLocked says that somebody else has the lock.
var errLocked = errors.New("locked")

// checkFile finds out what SQLite would say less clearly, or only at the first write.
func checkFile(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return fmt.Errorf("cannot make %s: there is no directory %s", path, filepath.Dir(path))
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot use %s: %w", path, cause(err))
	}
	if info.IsDir() {
		return fmt.Errorf("%s is a directory; name a file in it, such as sqlite:%s", path, filepath.Join(path, "ordo.db"))
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("cannot write to %s: %w", path, cause(err))
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 16)
	n, err := io.ReadFull(f, head)
	if n == 0 && errors.Is(err, io.EOF) {
		return nil // empty, as a new database is
	}
	if err != nil || !bytes.Equal(head, []byte("SQLite format 3\x00")) {
		return fmt.Errorf("%s is not an SQLite database", path)
	}
	return nil
}

// cause is an error of the file system without the path, which the message names already.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// tryFor is how long one attempt to reach PostgreSQL may take: as often, somebody hears why there is no server yet.
const tryFor = 2 * time.Second

// await waits until PostgreSQL answers: a database may start after its clients. What the server refuses (a password, a
// name) will not change by waiting. The migration that follows may take as long as it needs.
func await(ctx context.Context, c config.Config, log *slog.Logger) error {
	if engine, _, err := database.Split(c.DB); err != nil || engine != "postgres" {
		return err
	}
	deadline := time.Now().Add(c.StartWithin)
	for {
		try, cancel := context.WithTimeout(ctx, max(min(tryFor, time.Until(deadline)), 100*time.Millisecond))
		db, err := postgres.Open(try, c.DB, 1)
		refused := try.Err() == nil
		cancel()
		switch {
		case err == nil:
			db.Close()
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case refused:
			return fmt.Errorf("the database %s cannot be used: %w", config.HidePassword(c.DB), err)
		case !time.Now().Before(deadline):
			return fmt.Errorf("the database %s did not answer within %s (setting start_within): %w", config.HidePassword(c.DB), c.StartWithin, err)
		}
		log.Warn("the database does not answer; trying again", "db", config.HidePassword(c.DB), "err", err, "until", deadline.Format(time.TimeOnly))
	}
}
