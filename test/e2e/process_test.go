package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// key is the bootstrap key of all servers under test.
const key = "e2e-bootstrap-key-0123456789"

// process is a running ordo.
type process struct {
	*client
	t    *testing.T
	cmd  *exec.Cmd
	log  *output
	done chan struct{}
	err  error // of its end, after done
}

// options of a start.
type options struct {
	db      string
	args    []string
	environ []string // beyond the key
	dir     string   // working directory; empty: one of its own
	prepare func(*exec.Cmd)
}

// start runs `ordo serve` and waits until it is ready.
func start(t *testing.T, o options) *process {
	t.Helper()
	p := launch(t, o)
	p.await(10 * time.Second)
	return p
}

func serve(t *testing.T, db string, args ...string) *process {
	t.Helper()
	return start(t, options{db: db, args: args})
}

// launch runs `ordo serve` on a free port. The process ends with the test at the latest.
func launch(t *testing.T, o options) *process {
	t.Helper()
	args := append([]string{"serve", "--listen", "127.0.0.1:0", "--log-format", "json"}, o.args...)
	if o.db != "" {
		args = append(args, "--db", o.db)
	}
	p := &process{t: t, cmd: command(t, o, args...), log: &output{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.Env = append(p.cmd.Env, "ORDO_BOOTSTRAP_KEY="+key)
	if o.prepare != nil {
		o.prepare(p.cmd)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.err = p.cmd.Wait(); close(p.done) }()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("log of process %d:\n%s", p.cmd.Process.Pid, p.log.tail(6000))
		}
		if strings.Contains(p.log.String(), key) {
			t.Error("the log contains the bootstrap key")
		}
		if strings.Contains(p.log.String(), "DATA RACE") {
			t.Errorf("the program has a data race:\n%s", p.log)
		}
	})
	return p
}

// command is the program with a clean environment: no ORDO_ variable of the machine reaches it.
func command(t *testing.T, o options, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = o.dir
	if cmd.Dir == "" {
		cmd.Dir = t.TempDir()
	}
	cmd.Env = slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "ORDO_") })
	cmd.Env = append(cmd.Env, o.environ...)
	return cmd
}

// result is how a command ended.
type result struct {
	code   int
	out    string
	errOut string
}

// ordo runs a command to its end.
func ordo(t *testing.T, o options, args ...string) result {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd := command(t, o, args...)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if o.prepare != nil {
		o.prepare(cmd)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// await waits for the line that says ready, and learns the address from it.
func (p *process) await(within time.Duration) {
	p.t.Helper()
	deadline := time.Now().Add(within)
	for time.Now().Before(deadline) {
		if u := p.log.field("ready", "url"); u != "" {
			p.client = newClient(u)
			return
		}
		select {
		case <-p.done:
			p.t.Fatalf("the server ended instead of serving: %v\n%s", p.err, p.log)
		case <-time.After(5 * time.Millisecond):
		}
	}
	p.t.Fatalf("not ready within %v:\n%s", within, p.log)
}

// kill ends the process as a crash of it would, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// terminate asks the process to stop and returns its exit code.
func (p *process) terminate(within time.Duration) int {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	return p.wait(within)
}

func (p *process) wait(within time.Duration) int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(within):
		p.t.Fatalf("the process has not ended within %v:\n%s", within, p.log)
	}
	return p.cmd.ProcessState.ExitCode()
}

// verify runs `ordo verify` on the database and expects it to find nothing.
func verify(t *testing.T, db string) {
	t.Helper()
	r := ordo(t, options{}, "verify", "--sandbox", "--db", db)
	if r.code != 0 {
		t.Errorf("ordo verify: exit code %d\n%s%s", r.code, r.out, r.errOut)
	}
}

// output collects what a process prints.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func (o *output) tail(n int) string {
	s := o.String()
	return s[max(0, len(s)-n):]
}

// field returns a field of the first log line with the message.
func (o *output) field(message, name string) string {
	for line := range strings.Lines(o.String()) {
		var m map[string]any
		if json.Unmarshal([]byte(line), &m) == nil && m["msg"] == message {
			s, _ := m[name].(string)
			return s
		}
	}
	return ""
}

// eventually waits until f holds.
func eventually(t *testing.T, within time.Duration, what string, f func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for !f() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %v: %s", within, what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// pgExec runs a statement on a PostgreSQL database, beside the program.
func pgExec(t *testing.T, db, text string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}
