//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Cluster is a private PostgreSQL server with its data. It ends with Stop, or
// with the process that started it.
type Cluster struct {
	URL     string // of the database postgres, as a superuser
	Version string // such as "15.18"
	Dir     string // everything it has on disk

	bin      string
	cred     *syscall.Credential // nil: the user we are
	password string
	options  Options
	process  *os.Process
	done     <-chan error
	sweeper  io.Closer
	swept    <-chan error
}

// Start makes and starts a private cluster.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	bin, err := systemFinder().binaries()
	if err != nil && o.Install {
		bin, err = Installed(ctx, o.Log)
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	c := &Cluster{bin: bin, options: o, password: randomHex(16)}
	if err := c.make(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	// Nothing can hold a free port for a server that has yet to open it.
	for range 5 {
		if err = c.start(ctx); !errors.Is(err, errBusyPort) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// make creates the directory and the data in it.
func (c *Cluster) make(ctx context.Context) error {
	var err error
	if c.cred, err = serverUser(); err != nil {
		return err
	}
	if c.Dir, err = makeDir(c.cred, c.options.Durable); err != nil {
		return err
	}
	if err := c.startSweeper(); err != nil {
		return err
	}
	pwfile := filepath.Join(c.Dir, "password")
	if err := os.WriteFile(pwfile, []byte(c.password+"\n"), 0o600); err != nil {
		return err
	}
	if c.cred != nil {
		if err := os.Chown(pwfile, int(c.cred.Uid), int(c.cred.Gid)); err != nil {
			return err
		}
	}
	// Loopback is open to every user of the machine, and a superuser may run
	// programs: hence a password. The C locale sorts as SQLite does.
	cmd := c.command("initdb", "-D", c.data(), "-U", userName, "--pwfile", pwfile, "-A", "scram-sha-256",
		"-E", "UTF8", "--locale=C", "--no-sync")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	done, err := supervise(cmd)
	if err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	select {
	case err = <-done:
	case <-ctx.Done():
		_ = cmd.Process.Kill()
		<-done
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out.String())
	}
	return nil
}

// start runs the server on a free port until it answers.
func (c *Cluster) start(ctx context.Context) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	log, err := os.Create(c.log())
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	args := []string{"-D", c.data(), "-p", strconv.Itoa(port), "-k", c.Dir}
	for _, s := range c.options.settings() {
		args = append(args, "-c", s)
	}
	cmd := c.command("postgres", args...)
	cmd.Stdout, cmd.Stderr = log, log
	done, err := supervise(cmd)
	if err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	c.process, c.done = cmd.Process, done
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(userName, c.password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Path: "/postgres", RawQuery: "sslmode=disable",
	}
	c.URL = u.String()
	return c.await(ctx)
}

// await polls until the server answers, ends or refuses us for good.
func (c *Cluster) await(ctx context.Context) error {
	for {
		version, err := ServerVersion(ctx, c.URL)
		if err == nil {
			c.Version = version
			return nil
		}
		// "starting up" is the only answer of our own server that is not yes.
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code != "57P03" {
			c.halt()
			return fmt.Errorf("%w: %w", errBusyPort, err)
		}
		select {
		case exit := <-c.done:
			c.process = nil
			text, _ := os.ReadFile(c.log())
			if strings.Contains(string(text), "could not bind") {
				return errBusyPort
			}
			return fmt.Errorf("postgres ended while starting: %v\n%s", exit, text)
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server and removes its directory.
func (c *Cluster) Stop() error {
	c.halt()
	var err error
	if c.Dir != "" {
		err = os.RemoveAll(c.Dir)
	}
	if c.sweeper != nil {
		_ = c.sweeper.Close()
		<-c.swept
		c.sweeper = nil
	}
	return err
}

// halt ends the server at once: its data have no future.
func (c *Cluster) halt() {
	if c.process == nil {
		return
	}
	_ = c.process.Signal(syscall.SIGQUIT)
	select {
	case <-c.done:
	case <-time.After(10 * time.Second):
		_ = c.process.Kill()
		<-c.done
	}
	c.process = nil
}

func (c *Cluster) data() string { return filepath.Join(c.Dir, "data") }
func (c *Cluster) log() string  { return filepath.Join(c.Dir, "log") }

// command prepares one of PostgreSQL's programs: as the server's user, in a
// directory that user may enter, free of the caller's PG* variables, and out
// of reach of a Ctrl-C that is meant for the tests.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.Dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC", "HOME=" + c.Dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: c.cred}
	dieWithParent(cmd.SysProcAttr)
	return cmd
}

// supervise starts a command and waits for it on a thread of its own, because
// "die with the parent" means the thread that forked, and Go ends threads.
// The channel gives the exit once.
func supervise(cmd *exec.Cmd) (<-chan error, error) {
	started, done := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this function
		err := cmd.Start()
		started <- err
		if err == nil {
			done <- cmd.Wait()
		}
	}()
	return done, <-started
}

// sweep waits for the end of its standard input, which is the end of the
// process that holds the other end of the pipe, then ends the server (where
// the system has not done so) and removes the directory.
const sweep = `cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null
n=0
while [ -e "$1/data/postmaster.pid" ] && [ $n -lt 50 ]; do sleep 0.1; n=$((n+1)); done
rm -rf "$1" 2>/dev/null || { sleep 1; rm -rf "$1"; }`

func (c *Cluster) startSweeper() error {
	cmd := exec.Command("/bin/sh", "-c", sweep, "ordo-pg-sweep", c.Dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	swept := make(chan error, 1)
	go func() { swept <- cmd.Wait() }()
	c.sweeper, c.swept = in, swept
	return nil
}

// serverUser picks who runs the server, which refuses to be root.
func serverUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, fmt.Errorf("PostgreSQL refuses to run as root, and there is no user postgres or nobody; set %s", EnvURL)
}

// makeDir makes the cluster's directory where the server's user can reach it
// and where the name of a socket (at most 103 bytes) fits.
func makeDir(cred *syscall.Credential, durable bool) (string, error) {
	var errs []error
	parents := []string{os.TempDir(), "/tmp", "/var/tmp", "/dev/shm"}
	if memory := MemoryDir(); memory != "" && !durable && os.Getenv("TMPDIR") == "" {
		parents = slices.Insert(parents, 0, memory)
	}
	for _, parent := range parents {
		parent, err := filepath.EvalSymlinks(parent)
		switch {
		case err != nil:
		case len(parent) > 70:
			err = fmt.Errorf("%s: too long for a socket's name", parent)
		case cred != nil:
			err = enterable(parent, cred)
		}
		var dir string
		if err == nil {
			dir, err = os.MkdirTemp(parent, "ordo-pg-")
		}
		if err == nil && cred != nil {
			err = os.Chown(dir, int(cred.Uid), int(cred.Gid))
		}
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("no directory for a private cluster: %w", errors.Join(errs...))
}

// enterable says whether another user may pass through a directory and all
// above it: the temporary directory of root is often below /root.
func enterable(dir string, cred *syscall.Credential) error {
	for {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		pass := os.FileMode(0o001)
		if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid == cred.Uid {
			pass = 0o100
		} else if ok && st.Gid == cred.Gid {
			pass = 0o010
		}
		if info.Mode().Perm()&pass == 0 {
			return fmt.Errorf("user %d may not enter %s", cred.Uid, dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}
