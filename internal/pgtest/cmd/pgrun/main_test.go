//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"ordo/internal/pgtest"
)

// The test binary plays pgrun itself when PGRUN_MAIN is set.
func TestMain(m *testing.M) {
	if os.Getenv("PGRUN_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

// pgrun prepares a run with a private cluster below a directory of the test's.
func pgrun(t *testing.T, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer, tmp string) {
	t.Helper()
	// t.TempDir is closed to the server's user when we are root.
	tmp, err := os.MkdirTemp("/tmp", "pgrun-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(tmp) })
	if err := os.Chmod(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(os.Args[0], args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, pgtest.EnvURL+"=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "PGRUN_MAIN=1", "TMPDIR="+tmp)
	stderr = new(bytes.Buffer)
	cmd.Stderr = stderr
	return cmd, stderr, tmp
}

func TestRunsTheCommandBesideAServer(t *testing.T) {
	cmd, stderr, tmp := pgrun(t, "-c", "max_connections=20", "--", "sh", "-c", `echo "$ORDO_TEST_POSTGRES"; ls -d "$TMPDIR"/ordo-pg-*; exit 7`)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("exit: got %v, want 7", err)
	}
	if want := `(?m)^engines: sqlite, postgres \d+\.\d+ \(private cluster\)$`; !regexp.MustCompile(want).MatchString(stderr.String()) {
		t.Errorf("stderr:\n%s", stderr)
	}
	url, dir, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if !strings.HasPrefix(url, "postgres://ordo:") || !strings.HasPrefix(dir, tmp) {
		t.Errorf("stdout:\n%s", out)
	}
	nothingLeft(t, url, tmp)
}

func TestTakesAGivenServer(t *testing.T) {
	c, err := pgtest.Start(t.Context(), pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Stop() }()
	cmd, stderr, tmp := pgrun(t, "sh", "-c", `echo "$ORDO_TEST_POSTGRES"; ls "$TMPDIR"`)
	cmd.Env = append(cmd.Env, pgtest.EnvURL+"="+c.URL)
	out, err := cmd.Output()
	if err != nil || strings.TrimSpace(string(out)) != c.URL {
		t.Errorf("got %v, %s (in %s)", err, out, tmp)
	}
	if want := "engines: sqlite, postgres " + c.Version + " (ORDO_TEST_POSTGRES)"; !strings.Contains(stderr.String(), want) {
		t.Errorf("stderr:\n%s", stderr)
	}
}

func TestSignalStopsCommandAndServer(t *testing.T) {
	for _, tt := range []struct {
		name   string
		signal syscall.Signal
		script string
		code   int // -1: by the signal itself
	}{
		{"passed on", syscall.SIGTERM, `trap 'exit 5' TERM; `, 5},
		{"deadly to the command", syscall.SIGINT, `trap - INT; `, 130},
		{"pgrun killed", syscall.SIGKILL, ``, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd, stderr, tmp := pgrun(t, "sh", "-c", tt.script+`echo "$ORDO_TEST_POSTGRES"; while :; do [ -d "$TMPDIR" ] || exit; sleep 0.1; done`)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			url, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				_ = cmd.Wait()
				t.Fatalf("%v: %s", err, stderr)
			}
			if err := cmd.Process.Signal(tt.signal); err != nil {
				t.Fatal(err)
			}
			_ = out.Close()
			state, err := cmd.Process.Wait()
			if err != nil || state.ExitCode() != tt.code {
				t.Errorf("got %v, %v; want %d", state, err, tt.code)
			}
			nothingLeft(t, strings.TrimSpace(url), tmp)
		})
	}
}

func TestSignalWhileTheServerStarts(t *testing.T) {
	cmd, _, tmp := pgrun(t, "sh", "-c", "echo started")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for len(clusters(tmp)) == 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if cmd.ProcessState.ExitCode() != 143 {
		t.Errorf("got %v", cmd.ProcessState)
	}
	nothingLeft(t, "", tmp)
}

func TestMistakes(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		env  string
		code int
		says string
	}{
		"no command":      {nil, "", 2, "usage: pgrun"},
		"unknown flag":    {[]string{"-x"}, "", 2, "not defined"},
		"unknown command": {[]string{"/no/such/program"}, "", 127, "/no/such/program"},
		"bad setting":     {[]string{"-c", "nonsense=1", "true"}, "", 1, "nonsense"},
		"not a URL":       {[]string{"true"}, "elsewhere", 1, "ORDO_TEST_POSTGRES must be a URL"},
		"no server there": {[]string{"true"}, "postgres://u:secret@127.0.0.1:1/postgres", 1, "pgrun: "},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, stderr, tmp := pgrun(t, tt.args...)
			cmd.Env = append(cmd.Env, pgtest.EnvURL+"="+tt.env)
			_ = cmd.Run()
			if cmd.ProcessState.ExitCode() != tt.code || !strings.Contains(stderr.String(), tt.says) {
				t.Errorf("got %v\n%s", cmd.ProcessState, stderr)
			}
			if strings.Contains(stderr.String(), "secret") {
				t.Errorf("it tells the password:\n%s", stderr)
			}
			nothingLeft(t, "", tmp)
		})
	}
}

func clusters(tmp string) []string {
	found, _ := filepath.Glob(filepath.Join(tmp, "ordo-pg-*"))
	return found
}

// nothingLeft waits a little for the server and its directory to disappear.
func nothingLeft(t *testing.T, url, tmp string) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		err := errors.New("not asked")
		if url != "" {
			_, err = pgtest.ServerVersion(context.Background(), url)
		}
		left := clusters(tmp)
		if err != nil && len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left behind: %v; connect: %v", left, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
