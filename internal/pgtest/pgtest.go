// Package pgtest gives tests a PostgreSQL.
//
// A test asks for an empty database and gets its URL:
//
//	url := pgtest.New(t)
//
// The server is the one that ORDO_TEST_POSTGRES names (make test sets it: the
// pgrun command in cmd/pgrun starts one private cluster for a whole run), or
// else a private cluster that this package starts once per test binary from
// the server binaries of the machine. A private cluster lives in a directory
// of its own, answers on loopback only, and goes away with the process that
// started it, however that process ends. A test never skips for want of a
// server: it fails and says what to run.
//
// What does not live here: schemas, fixtures and anything else that knows Ordo.
package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// EnvURL names the environment variable with the postgres:// URL of a server
// on which the user may create databases.
const EnvURL = "ORDO_TEST_POSTGRES"

// New makes an empty database with a unique name and returns its URL. The
// database is dropped, open connections or not, when the test ends.
func New(tb testing.TB) string {
	tb.Helper()
	return copyOf(tb, "template0")
}

// Copy is New with everything that is in the database with the given URL, to
// which nobody may be connected meanwhile.
func Copy(tb testing.TB, of string) string {
	tb.Helper()
	u, err := url.Parse(of)
	if err != nil {
		tb.Fatalf("pgtest: %v", err)
	}
	return copyOf(tb, strings.TrimPrefix(u.Path, "/"))
}

func copyOf(tb testing.TB, template string) string {
	tb.Helper()
	name := databaseName(tb.Name())
	base, err := admin.url()
	if err != nil {
		tb.Fatalf("pgtest: %v", err)
	}
	if err := admin.create(name, template); err != nil {
		tb.Fatalf("pgtest: create a database on %s: %v", redacted(base), err)
	}
	tb.Cleanup(func() {
		if err := admin.drop(name); err != nil {
			tb.Errorf("pgtest: drop database %s: %v", name, err)
		}
	})
	return withDatabase(base, name)
}

// Keep makes an empty database that stays until Shutdown, for many tests to
// make copies of.
func Keep(name string) (string, error) {
	name = databaseName(name)
	base, err := admin.url()
	if err != nil {
		return "", err
	}
	if err := admin.create(name, "template0"); err != nil {
		return "", err
	}
	admin.keep(name)
	return withDatabase(base, name), nil
}

// Main runs the tests of a package and then stops the private cluster, if New
// had to start one:
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// Without it the cluster ends with the process all the same, a moment later.
func Main(m *testing.M) {
	code := m.Run()
	if err := Shutdown(); err != nil {
		fmt.Fprintf(os.Stderr, "pgtest: %v\n", err)
		if code == 0 {
			code = 1
		}
	}
	os.Exit(code)
}

// Shutdown is what Main does after the tests, for packages whose TestMain has
// more to do. A later call of New starts afresh.
func Shutdown() error { return admin.close() }

// admin is the one administrative connection of a test binary. It is made at
// first use: a package whose tests need no PostgreSQL pays nothing.
var admin server

type server struct {
	mu      sync.Mutex
	base    string
	conn    *pgx.Conn
	cluster *Cluster // nil when EnvURL names the server
	failed  error    // a server that could not be had once is not tried for again

	strategy string   // how to copy the template; empty where there is no choice
	kept     []string // databases to drop at the end
}

func (s *server) url() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base, s.open()
}

func (s *server) open() error {
	if s.conn != nil && !s.conn.IsClosed() {
		return nil
	}
	if s.failed != nil {
		return s.failed
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if s.base == "" {
		base, err := s.find(ctx)
		if err != nil {
			s.failed = err
			return err
		}
		s.base = base
	}
	conn, err := pgx.Connect(ctx, s.base)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", redacted(s.base), err)
	}
	s.conn = conn
	return s.chooseStrategy(ctx)
}

// chooseStrategy: copying files costs two checkpoints, which are cheap where
// nothing is flushed to disk (8 ms for a database, against 15 by the log) and
// dear where it is (600 ms against 140).
func (s *server) chooseStrategy(ctx context.Context) error {
	if majorVersion(s.conn.PgConn().ParameterStatus("server_version")) < 15 {
		s.strategy = ""
		return nil
	}
	var fsync string
	if err := s.conn.QueryRow(ctx, "SHOW fsync").Scan(&fsync); err != nil {
		return err
	}
	s.strategy = "wal_log"
	if fsync == "off" {
		s.strategy = "file_copy"
	}
	return nil
}

func (s *server) find(ctx context.Context) (string, error) {
	if given := os.Getenv(EnvURL); given != "" {
		return ServerURL(given)
	}
	c, err := Start(ctx, Options{})
	if err != nil {
		return "", err
	}
	s.cluster = c
	return c.URL, nil
}

func (s *server) create(name, template string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.open(); err != nil {
		return err
	}
	sql := "CREATE DATABASE " + pgx.Identifier{name}.Sanitize() + " TEMPLATE " + pgx.Identifier{template}.Sanitize()
	if s.strategy != "" {
		sql += " STRATEGY " + s.strategy
	}
	return s.exec(sql)
}

func (s *server) drop(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.open(); err != nil {
		return err
	}
	return s.exec("DROP DATABASE IF EXISTS " + pgx.Identifier{name}.Sanitize() + " WITH (FORCE)")
}

func (s *server) keep(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, name)
}

func (s *server) exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := s.conn.Exec(ctx, sql)
	return err
}

func (s *server) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.conn != nil {
		for _, name := range s.kept {
			err = errors.Join(err, s.exec("DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"))
		}
		_ = s.conn.Close(context.Background())
	}
	if s.cluster != nil {
		err = errors.Join(err, s.cluster.Stop())
	}
	s.base, s.conn, s.cluster, s.failed, s.kept = "", nil, nil, nil, nil
	return err
}

// ServerURL checks the URL of a server and adds the database to connect to
// where it names none.
func ServerURL(given string) (string, error) {
	u, err := url.Parse(given)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Host == "" {
		return "", fmt.Errorf("%s must be a URL such as postgres://user:password@127.0.0.1:5432/postgres", EnvURL)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/postgres"
	}
	return u.String(), nil
}

// ServerVersion asks a server for its version, such as "15.18".
func ServerVersion(ctx context.Context, serverURL string) (string, error) {
	conn, err := pgx.Connect(ctx, serverURL)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	// Debian reports "15.18 (Debian 15.18-0+deb12u1)".
	version, _, _ := strings.Cut(conn.PgConn().ParameterStatus("server_version"), " ")
	return version, nil
}

// databaseName keeps enough of the test's name to recognize it in a list of
// databases, within PostgreSQL's 63 bytes.
func databaseName(test string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '_'
	}, test)
	if len(clean) > 36 {
		clean = clean[:36]
	}
	return "ordo_" + clean + "_" + randomHex(8)
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func withDatabase(serverURL, name string) string {
	u, err := url.Parse(serverURL)
	if err != nil {
		panic(err) // checked when it came in
	}
	u.Path = "/" + name
	return u.String()
}

func redacted(serverURL string) string {
	u, err := url.Parse(serverURL)
	if err != nil {
		return "the server"
	}
	return u.Redacted()
}
