package pgtest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) {
	if os.Getenv("PGTEST_CRASH") != "" {
		crash()
	}
	Main(m)
}

func TestNewGivesEmptyDatabasesOfTheirOwn(t *testing.T) {
	var urls []string
	t.Run("Two databases", func(t *testing.T) {
		urls = []string{New(t), New(t)}
		if urls[0] == urls[1] {
			t.Fatalf("the same URL twice: %s", urls[0])
		}
		for _, url := range urls {
			conn := connect(t, url)
			if n := count(t, conn, `select count(*) from pg_class where relnamespace = 'public'::regnamespace`); n != 0 {
				t.Errorf("%d relations in a new database", n)
			}
			// The same name in both: they are not one database. The connection
			// stays open: the cleanup must cope.
			if _, err := conn.Exec(t.Context(), "create table things (id bigint primary key)"); err != nil {
				t.Error(err)
			}
		}
	})
	for _, url := range urls {
		conn, err := pgx.Connect(t.Context(), url)
		if err == nil {
			_ = conn.Close(t.Context())
			t.Errorf("%s outlived its test", url)
		}
	}
}

func TestNewInParallel(t *testing.T) {
	for range 8 {
		t.Run("one", func(t *testing.T) {
			t.Parallel()
			connect(t, New(t))
		})
	}
}

func TestClusterComesAndGoes(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options Options
		fsync   string
		durable string
	}{
		{"fast", Options{}, "off", "off"},
		{"durable", Options{Durable: true, Settings: []string{"max_connections=33"}}, "on", "on"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Start(t.Context(), tt.options)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := c.Stop(); err != nil { // a second Stop is harmless
					t.Error(err)
				}
			}()
			conn := connect(t, c.URL)
			for setting, want := range map[string]string{
				"fsync": tt.fsync, "synchronous_commit": tt.durable, "listen_addresses": "127.0.0.1", "lc_collate": "C",
			} {
				if got := show(t, conn, setting); got != want {
					t.Errorf("%s = %s, want %s", setting, got, want)
				}
			}
			if tt.options.Durable && show(t, conn, "max_connections") != "33" {
				t.Error("the caller's settings do not win")
			}
			if !strings.HasPrefix(show(t, conn, "server_version"), c.Version) || c.Version == "" {
				t.Errorf("version %q", c.Version)
			}
			wrong := strings.Replace(c.URL, c.password, "guess", 1)
			if other, err := pgx.Connect(t.Context(), wrong); err == nil {
				_ = other.Close(t.Context())
				t.Error("the server takes any password")
			}
			if err := c.Stop(); err != nil {
				t.Fatal(err)
			}
			gone(t, c.URL, c.Dir)
		})
	}
}

func TestStartGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

// A test binary that dies without cleaning up leaves neither server nor files.
func TestCrashLeavesNothing(t *testing.T) {
	for _, how := range []string{"exit", "kill"} {
		t.Run(how, func(t *testing.T) {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "PGTEST_CRASH="+how)
			out, err := cmd.Output()
			if err == nil {
				t.Fatal("it did not crash")
			}
			url, dir, ok := strings.Cut(strings.TrimSpace(string(out)), "\n")
			if !ok {
				t.Fatalf("no cluster: %s", out)
			}
			gone(t, url, dir)
		})
	}
}

// crash is the main function of the test binary that TestCrashLeavesNothing runs.
func crash() {
	c, err := Start(context.Background(), Options{})
	if err != nil {
		os.Exit(3)
	}
	os.Stdout.WriteString(c.URL + "\n" + c.Dir + "\n")
	if os.Getenv("PGTEST_CRASH") == "kill" {
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
		select {}
	}
	os.Exit(2)
}

func TestServerURL(t *testing.T) {
	for given, want := range map[string]string{
		"postgres://u:p@127.0.0.1:5432":      "postgres://u:p@127.0.0.1:5432/postgres",
		"postgresql://h/?sslmode=disable":    "postgresql://h/postgres?sslmode=disable",
		"postgres://u@h/other":               "postgres://u@h/other",
		"host=127.0.0.1 user=u":              "",
		"mysql://h/d":                        "",
		"postgres:///d?host=/run/postgresql": "",
	} {
		got, err := ServerURL(given)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v", given, got, err)
		}
	}
}

func TestDatabaseName(t *testing.T) {
	a, b := databaseName("TestX/ä b"), databaseName("TestX/ä b")
	if a == b || !strings.HasPrefix(a, "ordo_testx___b_") {
		t.Errorf("%s, %s", a, b)
	}
	if long := databaseName(strings.Repeat("x", 100)); len(long) > 63 {
		t.Errorf("%d bytes", len(long))
	}
}

// TestCopy makes copies of what is kept until the end.
func TestCopy(t *testing.T) {
	of, err := Keep("kept")
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, of)
	_, err = conn.Exec(t.Context(), "CREATE TABLE things AS SELECT 42 AS number")
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var n int
		conn := connect(t, Copy(t, of))
		if err := conn.QueryRow(t.Context(), "UPDATE things SET number = number + 1 RETURNING number").Scan(&n); err != nil || n != 43 {
			t.Errorf("%d, %v", n, err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		name := databaseName(b.Name())
		if err := errors.Join(admin.create(name, "template0"), admin.drop(name)); err != nil {
			b.Fatal(err)
		}
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func count(t *testing.T, conn *pgx.Conn, sql string) (n int) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func show(t *testing.T, conn *pgx.Conn, setting string) (value string) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), "show "+setting).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// gone waits for a server and its directory to disappear.
func gone(t *testing.T, url, dir string) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		conn, err := pgx.Connect(t.Context(), url)
		if err == nil {
			_ = conn.Close(t.Context())
		}
		_, statErr := os.Stat(dir)
		if err != nil && errors.Is(statErr, os.ErrNotExist) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left behind: connect %v, directory %v", err, statErr)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
