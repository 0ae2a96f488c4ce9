// Package e2e drives the real program: processes that are started, killed and restarted, over loopback.
//
// What lives here: what can only be seen from outside: the fixed contract of the command line and of HTTP, crashes,
// stops, several processes on one database, databases that go away. What does not: rules, which the packages test.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"ordo/internal/pgtest"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "ordo-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	_ = os.Chmod(dir, 0o755) // a test runs it as another user
	binary = filepath.Join(dir, "ordo")
	build := exec.Command("go", append(append([]string{"build", "-o", binary}, raceFlags...), "ordo/cmd/ordo")...)
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	// The tests wait for other processes, and for time to pass: more of them at once than there are cores.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := pgtest.Shutdown(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// each runs f on both engines, at once with the other tests. New gives the URL of an empty database.
func each(t *testing.T, f func(t *testing.T, db string)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); f(t, sqliteURL(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); f(t, pgtest.New(t)) })
}

func sqliteURL(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "ordo.db") }
