package torture_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ordo/internal/cli"
	"ordo/internal/pgtest"
	"ordo/internal/torture"
)

// The server that torture starts is its own binary, which in a test is the test.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := cli.Run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr, "test")
		stop()
		os.Exit(code)
	}
	pgtest.Main(m)
}

// long makes the storm last longer: go test ./internal/torture -storm 10m
var long = flag.Duration("storm", 15*time.Second, "how long the storm lasts on each engine")

func each(t *testing.T, f func(t *testing.T, db string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, "sqlite:"+filepath.Join(t.TempDir(), "ordo.db"))
	})
	t.Run("postgres", func(t *testing.T) { t.Parallel(); f(t, pgtest.New(t)) })
}

// All drills, then a short storm: nothing acknowledged is lost, nothing is doubled, and verify is clean.
func TestTorture(t *testing.T) {
	each(t, func(t *testing.T, db string) {
		rep, err := torture.Run(t.Context(), torture.Options{DB: db, For: *long, Rounds: 3, Clients: 16, Progress: t.Logf})
		var text bytes.Buffer
		if rep != nil {
			if err := rep.Write(&text); err != nil {
				t.Fatal(err)
			}
			t.Log("\n" + text.String())
		}
		if err != nil {
			t.Fatal(err)
		}
		if !rep.OK() {
			t.Error("something did not hold")
		}
		if len(rep.Drills) != len(torture.Drills) || rep.Storm.Acknowledged == 0 || rep.Storm.Found != rep.Storm.Acknowledged || rep.Storm.Rounds < 3 || rep.Storm.Returned == 0 {
			t.Errorf("the run was not whole: %d drills, %+v", len(rep.Drills), rep.Storm)
		}
	})
}

// A report of a run in which something broke says so, and what.
func TestReport(t *testing.T) {
	rep := torture.Report{
		Engine: "sqlite", Drills: []torture.DrillResult{{Name: "D1", What: "buyers", Err: context.DeadlineExceeded}},
		Storm: torture.Count{Rounds: 2, Lost: 1}, Verify: "orders.rules: broken",
	}
	var text strings.Builder
	if err := rep.Write(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"BROKEN: context deadline exceeded", "lost", "verify: BROKEN\norders.rules: broken"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in\n%s", want, text.String())
		}
	}
	if rep.OK() || (&torture.Report{Storm: torture.Count{DoublyCharged: 1}}).OK() || !(&torture.Report{}).OK() {
		t.Error("OK is wrong")
	}
}

func TestRefusesNonsense(t *testing.T) {
	for _, o := range []torture.Options{
		{Clients: 1}, {DB: "sqlite:x", Clients: 0}, {DB: "sqlite:x", Clients: 1, For: -1}, {DB: "sqlite:x", Clients: 1, Drills: []string{"D99"}},
	} {
		if _, err := torture.Run(t.Context(), o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
