package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Flags count more than the environment, and that more than the file.
func TestConfigPrecedence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ordo.yaml", "# ours\ndb: sqlite:./from-file.db\nlisten: 127.0.0.1:1\n\npayment_wait: 3s\n")
	write("other.yaml", "payment_wait: 4s\n")
	env := []string{"ORDO_LISTEN=127.0.0.1:2", "ORDO_LOG_LEVEL=debug", "ORDO_BOOTSTRAP_KEY=" + key, "ORDO_STOP_WITHIN="}
	show := func(environ []string, args ...string) map[string]string {
		r := ordo(t, options{dir: dir, environ: environ}, append([]string{"config"}, args...)...)
		if r.code != 0 || strings.Contains(r.out, key) {
			t.Fatalf("config %v: exit code %d\n%s%s", args, r.code, r.out, r.errOut)
		}
		shown := map[string]string{}
		for line := range strings.Lines(r.out) {
			f := strings.Fields(line)
			shown[f[0]] = strings.Join(f[1:], " ")
		}
		return shown
	}
	for name, want := range map[string]string{
		"db": "sqlite:./from-file.db file ordo.yaml:2", "listen": "127.0.0.1:2 env ORDO_LISTEN", "payment_wait": "7s flag --payment-wait",
		"log_level": "debug env ORDO_LOG_LEVEL", "stop_within": "20s default", "bootstrap_key": "(hidden) env ORDO_BOOTSTRAP_KEY",
	} {
		if got := show(env, "--payment-wait", "7s")[name]; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := show(nil, "--config", "other.yaml"); got["payment_wait"] != "4s file other.yaml:1" || got["db"] != "sqlite:./ordo.db default" {
		t.Errorf("another file: %v", got)
	}
	if got := show([]string{"ORDO_CONFIG=other.yaml"}); got["payment_wait"] != "4s file other.yaml:1" {
		t.Errorf("the file from the environment: %v", got)
	}
	printed := ordo(t, options{dir: dir, environ: env}, "config", "--yaml")
	write("printed.yaml", printed.out)
	if got := show(nil, "--config", "printed.yaml"); got["listen"] != "127.0.0.1:2 file printed.yaml:5" || strings.Contains(printed.out, key) {
		t.Errorf("what was printed as a file: %v\n%s", got, printed.out)
	}
	// The server acts on it.
	write("ordo.yaml", "db: sqlite:./from-file.db\nmetrics_listen: 127.0.0.1:0\n")
	p := start(t, options{dir: dir})
	p.do(t, 404, "GET", "/metrics", nil)
	p.terminate(10 * time.Second)
	if _, err := os.Stat(filepath.Join(dir, "from-file.db")); err != nil {
		t.Error(err)
	}
}

func TestConfigMistakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ordo.yaml"), []byte("lissten: 127.0.0.1:1\nlog_level: loud\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := []string{"ORDO_PAYMENT_WAITS=3s", "ORDO_BOOTSTRAP_KEY=tooshort", "ORDO_TEST_ANYTHING=1", "ORDO_SERVICE_HOST=10.0.0.1", "ORDO_PORT_8080_TCP_ADDR=10.0.0.1"}
	r := ordo(t, options{dir: dir, environ: environ}, "serve", "--db", "postgrs://a:hunter2hunter2@h/d")
	if r.code != 2 {
		t.Errorf("exit code %d, want 2", r.code)
	}
	for _, want := range []string{
		`file ordo.yaml:1: there is no setting "lissten"; did you mean listen?`,
		`file ordo.yaml:2 (log_level): "loud" cannot be used`, "debug, info, warn, error",
		"env ORDO_PAYMENT_WAITS: there is no such setting; did you mean ORDO_PAYMENT_WAIT?",
		"env ORDO_BOOTSTRAP_KEY", "16 to 200 printable characters",
		"flag --db: ", "give sqlite:FILE or postgres://",
	} {
		if !strings.Contains(r.errOut, want) {
			t.Errorf("no word of %q", want)
		}
	}
	if n := strings.Count(r.errOut, "\n  "); n != 5 {
		t.Errorf("%d problems, want 5", n)
	}
	for _, secret := range []string{"hunter2", "tooshort"} {
		if strings.Contains(r.errOut, secret) {
			t.Errorf("the error shows %s", secret)
		}
	}
	if t.Failed() {
		t.Log(r.errOut)
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		out  string
		err  string
	}{
		{[]string{"--version"}, 0, "dev\n", ""},
		{[]string{"version"}, 0, "dev\n", ""},
		{[]string{"help"}, 0, "Commands:", ""},
		{[]string{"--help"}, 0, "Commands:", ""},
		{[]string{"help", "serve"}, 0, "--listen", ""},
		{[]string{"serve", "--help"}, 0, "--payment-wait", ""},
		{[]string{"help", "nothing"}, 2, "", "nothing"},
		{[]string{}, 2, "", "Commands:"},
		{[]string{"nothing"}, 2, "", "nothing"},
		{[]string{"serve", "--listten", "x"}, 2, "", `did you mean "--listen"?`},
		{[]string{"serve", "--listen", "nowhere"}, 2, "", "HOST:PORT"},
		{[]string{"serve", "--config", "nowhere.yaml"}, 2, "", "nowhere.yaml cannot be read"},
		{[]string{"openapi"}, 0, `"openapi"`, ""},
	} {
		r := ordo(t, options{}, c.args...)
		if r.code != c.code || !strings.Contains(r.out, c.out) || !strings.Contains(r.errOut, c.err) {
			t.Errorf("ordo %v: exit code %d, want %d; prints\n%.300s%s", c.args, r.code, c.code, r.out, r.errOut)
		}
	}
}
