package e2e

import (
	"context"
	"database/sql"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"ordo/internal/pgtest"
)

// refused starts a server that must not start, and expects the exit code and the words.
func refused(t *testing.T, o options, code int, args []string, words ...string) {
	t.Helper()
	r := ordo(t, o, append([]string{"serve"}, args...)...)
	if r.code != code {
		t.Errorf("%v: exit code %d, want %d\n%s", args, r.code, code, r.errOut)
	}
	last := r.errOut[strings.LastIndex("\n"+strings.TrimSpace(r.errOut), "\n"):]
	for _, w := range words {
		if !strings.Contains(last, w) {
			t.Errorf("%v: the error does not say %q:\n%s", args, w, r.errOut)
		}
	}
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) []string {
		return []string{"--listen", "127.0.0.1:0", "--db", "sqlite:" + filepath.Join(dir, name)}
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("text.db", "This is not a database, it is a text of more than sixteen bytes.")
	write("short.db", "SQLite")
	refused(t, options{}, 1, at("text.db"), "text.db", "not an SQLite database")
	refused(t, options{}, 1, at("short.db"), "short.db", "not an SQLite database")
	refused(t, options{}, 1, at("."), "is a directory", "ordo.db")
	refused(t, options{}, 1, at("nowhere/ordo.db"), "there is no directory", "nowhere")
	refused(t, options{}, 1, []string{"--db", "sqlite:/dev/null"}, "/dev/null", "not a regular file")
	write("empty.db", "")
	p := start(t, options{db: "sqlite:" + filepath.Join(dir, "empty.db")})
	p.terminate(10 * time.Second)
}

// A server runs as a user who may not write.
func TestFilesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	dir, err := os.MkdirTemp("", "ordo-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p := serve(t, "sqlite:"+filepath.Join(dir, "ordo.db"))
	p.terminate(10 * time.Second)
	nobody := options{dir: dir, prepare: func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}}
	args := []string{"--listen", "127.0.0.1:0", "--db"}
	refused(t, nobody, 1, append(args, "sqlite:ordo.db"), "cannot write to ordo.db", "permission denied")
	refused(t, nobody, 1, append(args, "sqlite:new.db"), "cannot write beside new.db", "permission denied")
}

func TestASecondServerOnOneFileIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, "sqlite:"+filepath.Join(dir, "ordo.db"))
	if err := os.Symlink(filepath.Join(dir, "ordo.db"), filepath.Join(dir, "other.db")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ordo.db", "./ordo.db", "other.db"} {
		refused(t, options{dir: dir}, 1, []string{"--listen", "127.0.0.1:0", "--db", "sqlite:" + name}, "another ordo", "serves", "process "+itoa(int64(p.cmd.Process.Pid)))
	}
	p.do(t, 200, "GET", "/readyz", nil)
	p.kill() // the lock ends with the process
	serve(t, "sqlite:"+filepath.Join(dir, "ordo.db"))
}

func TestAPortInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	dir, addr := t.TempDir(), l.Addr().String()
	refused(t, options{dir: dir}, 1, []string{"--listen", addr}, addr, "in use", "setting listen")
	refused(t, options{dir: dir}, 1, []string{"--listen", "127.0.0.1:0", "--metrics-listen", addr}, addr, "in use", "setting metrics_listen")
	if _, err := os.Stat(filepath.Join(dir, "ordo.db")); err == nil {
		t.Error("a database was made all the same")
	}
}

func TestADatabaseOfANewerProgram(t *testing.T) {
	each(t, func(t *testing.T, db string) {
		p := serve(t, db)
		p.terminate(10 * time.Second)
		newer(t, db)
		refused(t, options{}, 1, []string{"--listen", "127.0.0.1:0", "--db", db}, "schema 9999", "start a newer ordo")
	})
}

// newer raises the version of the schema.
func newer(t *testing.T, db string) {
	t.Helper()
	const text = "INSERT INTO schema_migrations (version) VALUES (9999)"
	path, ok := strings.CutPrefix(db, "sqlite:")
	if !ok {
		pgExec(t, db, text)
		return
	}
	conn, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(context.Background(), text); err != nil {
		t.Fatal(err)
	}
}

func TestPostgreSQLThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	good := pgtest.New(t)
	change := func(f func(u *url.URL)) []string {
		u, err := url.Parse(good)
		if err != nil {
			t.Fatal(err)
		}
		f(u)
		return []string{"--listen", "127.0.0.1:0", "--start-within", "1s", "--db", u.String()}
	}
	d, _ := newDoor(t, good) // shut
	refused(t, options{}, 1, change(func(u *url.URL) { u.Host = d.addr }), "did not answer within 1s", "start_within", d.addr, "connection refused")
	refused(t, options{}, 1, change(func(u *url.URL) { u.Path = "/nothing" }), "cannot be used", `database "nothing" does not exist`)
	wrong := change(func(u *url.URL) { u.User = url.UserPassword("nobody", "a-secret-password") })
	refused(t, options{}, 1, wrong, "cannot be used", "nobody")
	if r := ordo(t, options{}, append([]string{"serve"}, wrong...)...); strings.Contains(r.errOut+r.out, "a-secret-password") {
		t.Errorf("the password is shown:\n%s", r.errOut)
	}
}

func TestWithoutAnyKeyTheServerSaysHowToSetOne(t *testing.T) {
	t.Parallel()
	db := sqliteURL(t)
	const hint = "Set ORDO_BOOTSTRAP_KEY"
	keyless := options{db: db, prepare: func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "ORDO_BOOTSTRAP_KEY=") }}
	p := start(t, keyless)
	if !strings.Contains(p.log.String(), hint) {
		t.Errorf("no hint:\n%s", p.log)
	}
	p.do(t, 401, "GET", "/v1/orders", nil)
	p.terminate(10 * time.Second)
	p = serve(t, db)
	p.do(t, 201, "POST", "/v1/keys", object{"name": "shop", "scopes": []string{"orders:read"}}, "Idempotency-Key", freshKey())
	p.terminate(10 * time.Second)
	if p = start(t, keyless); strings.Contains(p.log.String(), hint) {
		t.Error("the hint comes although there is a key")
	}
}
