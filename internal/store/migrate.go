package store

import (
	"context"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
)

// Migrator is what an engine offers to Migrate: one transaction under a lock that only one node can hold.
type Migrator interface {
	// Locked runs f in a write transaction that excludes all other migrators; exec runs a whole script.
	Locked(ctx context.Context, f func(exec func(script string) error, applied func() (int, error)) error) error
}

// Migrate brings the database to the newest schema: numbered scripts (0001_name.sql), forward only, each exactly
// once, all in one transaction under a lock, so that two nodes may start together. A database that is newer than
// this program is refused.
func Migrate(ctx context.Context, m Migrator, scripts fs.FS) error {
	names, err := fs.Glob(scripts, "*.sql")
	if err != nil {
		return err
	}
	sort.Strings(names)
	return m.Locked(ctx, func(exec func(string) error, applied func() (int, error)) error {
		if err := exec("CREATE TABLE IF NOT EXISTS schema_migrations (version bigint PRIMARY KEY)"); err != nil {
			return err
		}
		have, err := applied()
		if err != nil {
			return err
		}
		if have > len(names) {
			return fmt.Errorf("the database has schema %d, this program knows %d: start a newer ordo", have, len(names))
		}
		for i, name := range names {
			number, err := strconv.Atoi(strings.SplitN(name, "_", 2)[0])
			if err != nil || number != i+1 {
				return fmt.Errorf("migration %s: the numbers must be 0001, 0002, … without gaps", name)
			}
			if number <= have {
				continue
			}
			script, err := fs.ReadFile(scripts, name)
			if err != nil {
				return err
			}
			if err := exec(string(script)); err != nil {
				return fmt.Errorf("migration %s: %w", name, err)
			}
			if err := exec(fmt.Sprintf("INSERT INTO schema_migrations (version) VALUES (%d)", number)); err != nil {
				return err
			}
		}
		return nil
	})
}
