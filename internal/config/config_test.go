package config

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDefaults(t *testing.T) {
	want := Config{
		DB: "sqlite:./ordo.db", Listen: "127.0.0.1:8080", LogLevel: slog.LevelInfo, LogFormat: "text", PaymentWait: 10 * time.Second,
		AnswerMaxAge: 72 * time.Hour, CancelWait: 24 * time.Hour, PickupWindow: 168 * time.Hour, PickupScan: 48 * time.Hour, Movement: 120 * time.Hour, StartWithin: 30 * time.Second, StopWithin: 20 * time.Second,
		MailSender: "off", SMTPTLS: "starttls",
		Connect: Connect{WebhookDisableAfter: 120 * time.Hour, WebhookLogAge: 720 * time.Hour, NATSStream: "ORDO", NATSPrefix: "ordo.events", ImportSize: 64 << 20, FileMaxAge: 168 * time.Hour, SessionIdle: 8 * time.Hour, SessionAge: 24 * time.Hour, OIDC: OIDC{Name: "single sign-on", TrustEmail: "no"}},
	}
	if got := Default(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	got, values, err := Load(Sources{File: file(t, "")})
	if err != nil || got != want || len(values) != len(Settings) {
		t.Errorf("from nothing: %+v, %v", got, err)
	}
}

// One rule leads from the name to the flag and the variable, so that nobody has to look them up.
func TestNamesFollowOneRule(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Settings {
		if s.Env != "ORDO_"+strings.ToUpper(s.Name) || s.Flag != "" && s.Flag != strings.ReplaceAll(s.Name, "_", "-") {
			t.Errorf("%s: flag %q, variable %q", s.Name, s.Flag, s.Env)
		}
		if seen[s.Name] || s.Help == "" || s.Type.Name == "" {
			t.Errorf("%s: twice, or without help or type", s.Name)
		}
		seen[s.Name] = true
	}
}

// file writes a file of settings.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestValues(t *testing.T) {
	long := strings.Repeat("k", 200)
	for _, c := range []struct {
		name      string
		good, bad []string
	}{
		{
			"db",
			[]string{"sqlite:x.db", "sqlite:///var/x.db", "postgres://u:p%40@h:5432/d?sslmode=disable", "postgresql://h/d", "postgres:///d?host=/run"},
			[]string{"sqlite:", "sqlite::memory:", "sqlite://", "./x.db", "mysql://h/d", "postgres://u:%zz@h/d", "postgres://u:p@h:port/d"},
		},
		{"listen", []string{":8080", "127.0.0.1:0", "[::1]:80", "host:1"}, []string{"", "8080", "host", "host:http", "host:65536", "host:-1", "::1:80"}},
		{
			"public_url",
			[]string{"", "https://orders.example.com", "http://127.0.0.1:8080/", "https://shop.example.com/orders"},
			[]string{"shop.example.net", "/orders", "ftp://shop.example.net", "javascript:alert(1)", "https://", "https://u:secret@shop.example.net", "https://shop.example.net/?a=b", "https://shop.example.net/#a", "https://shop.example.net/a b", "https://:80"},
		},
		{"metrics_listen", []string{"", ":9090"}, []string{"9090"}},
		{"bootstrap_key", []string{"", long, "0123456789abcdef", "with spaces inside it", "Schlüssel-äöü-ßßß"}, []string{"short", long + "k", " 0123456789abcdef", "0123456789abcde\n", "0123456789abcde\x00f", "0123456789abcde\xff"}},
		{"log_level", []string{"debug", "WARN"}, []string{"", "loud", "0"}},
		{"log_format", []string{"text", "JSON"}, []string{"xml"}},
		{"payment_wait", []string{"0s", "0", "5m", "1500ms"}, []string{"", "10", "-1s", "5m1s", "1d"}},
		{"answer_max_age", []string{"1m", "8760h"}, []string{"59s", "8761h"}},
		{"start_within", []string{"0s", "1h"}, []string{"2h"}},
		{"stop_within", []string{"100ms", "10m"}, []string{"0s", "11m"}},
		{
			"nats_url",
			[]string{"", "nats://nats:4222", "tls://u:p@h", "nats://token@h", "nats://a:1, nats://b:2", "wss://h:443"},
			[]string{"nats:4222", "http://h:4222", "nats://", "nats://:4222", "nats://a:1,b:2", "nats://u:hunter2@h:port"},
		},
		{"nats_stream", []string{"ORDO", "shop_2-events"}, []string{"", "OR DO", "ordo.events", "ORDO>", "a/b"}},
		{"nats_prefix", []string{"ordo", "ordo.events", "eu.shop-1.ordo"}, []string{"", "ordo.", ".ordo", "ordo..events", "ordo.*", "ordo.>", "a b", "_INBOX"}},
		{"nats_credentials", []string{"", "/run/secrets/nats.creds"}, []string{"a\nb"}},
		{"oidc_issuer", []string{"", "https://login.example.com", "https://login.example.com/", "http://127.0.0.1:9998/realms/shop"}, []string{"login.example.com", "https://u:secret@login.example.com", "https://login.example.com/?a=b"}},
		{"oidc_trust_email", []string{"yes", "no"}, []string{"", "true"}},
		{"db_max_conns", []string{"0", "4", "1000"}, []string{"", "1", "3", "1001", "-4", "ten", "4.5"}},
	} {
		s := byName(c.name)
		var cfg Config
		for _, v := range c.good {
			if err := s.set(&cfg, v); err != nil {
				t.Errorf("%s: %q is refused: %v", c.name, v, err)
			}
		}
		for _, v := range c.bad {
			err := s.set(&cfg, v)
			if err == nil {
				t.Errorf("%s: %q is taken", c.name, v)
			} else if len(v) > 8 && strings.Contains(err.Error(), v) {
				t.Errorf("%s: the error repeats the value: %v", c.name, err)
			}
		}
	}
}

func TestFiles(t *testing.T) {
	for _, c := range []struct{ text, problem string }{
		{"", ""},
		{"# only a comment\n", ""},
		{"---\nlisten: :1\n", ""},
		{"listen: \":1\"\ndb_max_conns: 12\n", ""},
		{"{listen: ':1', db_max_conns: '12'}", ""},
		{"listen:", "x.yaml:1: listen needs one value"},
		{"listen: [a, b]", "x.yaml:1: listen needs one value"},
		{"listen:\n  host: a\n", "x.yaml:1: listen needs one value"},
		{"listen: :1\nlisten: :2\n", "x.yaml:2: "},
		{"metrics-listen: :1", "did you mean metrics_listen?"},
		{"colour: red", "known: db, listen"},
		{"- a", "a setting looks like this"},
		{"just words", "a setting looks like this"},
		{"listen: :1\n---\nlisten: :2\n", "a second document"},
		{"bootstrap_key: \"hunter2hunter2hunter2\nlisten", "x.yaml:"},
		{"db_max_conns: 1\n", `x.yaml:1 (db_max_conns): "1" cannot be used: give 0, or a number from 4 to 1000`},
	} {
		_, _, err := Load(Sources{File: file(t, c.text)})
		switch {
		case c.problem == "" && err != nil:
			t.Errorf("%q: %v", c.text, err)
		case c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)):
			t.Errorf("%q: %v; want %s", c.text, err, c.problem)
		case err != nil && strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%q: the error shows a secret: %v", c.text, err)
		}
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.ExitCode() != 2) {
			t.Errorf("%q: no error of usage: %v", c.text, err)
		}
	}
}

// A file that is printed means the same, but for the secrets, which it does not hold.
func TestPrintedFileMeansTheSame(t *testing.T) {
	environ := []string{
		"ORDO_DB=postgres://ordo:hunter2@db:5432/shop?sslmode=disable&sslpassword=hunter2", "ORDO_BOOTSTRAP_KEY=hunter2hunter2hunter2",
		"ORDO_NATS_URL=nats://ordo:hunter2@nats:4222", "ORDO_NATS_CREDENTIALS=/run/hunter2.creds", "ORDO_NATS_STREAM=SHOP",
		"ORDO_LISTEN=[::1]:80", "ORDO_LOG_FORMAT=json", "ORDO_ANSWER_MAX_AGE=36h", "ORDO_DB_MAX_CONNS=16",
	}
	want, values, err := Load(Sources{Environ: environ, File: file(t, "")})
	if err != nil {
		t.Fatal(err)
	}
	var table, yaml bytes.Buffer
	if err := errors.Join(WriteTable(&table, values), WriteYAML(&yaml, values)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(table.String()+yaml.String(), "hunter2") {
		t.Errorf("a secret is shown:\n%s\n%s", table.String(), yaml.String())
	}
	got, _, err := Load(Sources{File: file(t, yaml.String())})
	want.NATSURL, want.NATSCredentials = "", ""
	want.BootstrapKey, want.DB = "", "postgres://ordo@db:5432/shop?sslmode=disable"
	if err != nil || got != want {
		t.Errorf("%v\n%+v, want\n%+v from\n%s", err, got, want, yaml.String())
	}
}

func TestHidePassword(t *testing.T) {
	for in, want := range map[string]string{
		"sqlite:./x.db":                       "sqlite:./x.db",
		"postgres://u@h/d":                    "postgres://u@h/d",
		"postgres://u:secret@h/d":             "postgres://u:xxxxx@h/d",
		"postgres://h/d?user=u&password=s":    "postgres://h/d?password=xxxxx&user=u",
		"postgres://u:se%zzcret@h/d":          hidden,
		"postgres://u@h/d?password=s%zz&a=b":  hidden,
		"postgres://u@h/d?PassWord=s&sslkey=": "postgres://u@h/d?PassWord=xxxxx&sslkey=",
	} {
		if got := HidePassword(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// A service called ordo makes Kubernetes set these; no server may fail to start for that.
func TestVariablesOfKubernetesAreNotOurs(t *testing.T) {
	ours := []string{"ORDO_PORTS", "ORDO_SERVICE", "ORDO_PORT_X", "ORDO_LISTENER"}
	theirs := []string{
		"ORDO_SERVICE_HOST", "ORDO_SERVICE_PORT", "ORDO_SERVICE_PORT_HTTP", "ORDO_PORT", "ORDO_PORT_8080_TCP", "ORDO_PORT_8080_TCP_PROTO",
		"ORDO_PORT_8080_TCP_PORT", "ORDO_PORT_8080_TCP_ADDR", "ORDO_TEST_POSTGRES",
	}
	for _, name := range theirs {
		if _, _, err := Load(Sources{Environ: []string{name + "=x"}, File: file(t, "")}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range ours {
		if _, _, err := Load(Sources{Environ: []string{name + "=x"}, File: file(t, "")}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func FuzzFile(f *testing.F) {
	for _, s := range []string{"", "listen: :1", "a: [b", "? x\n: y", "listen: &a x\ndb: *a", "<<: {listen: :1}", "listen: |\n  :1\n", "!!map {listen: :1}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := &loader{found: map[string]Value{}}
		l.parse("x.yaml", []byte(text))
		for name := range l.found {
			if byName(name) == nil {
				t.Errorf("%q is no setting", name)
			}
		}
	})
}
