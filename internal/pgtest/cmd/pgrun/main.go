//go:build unix

// Command pgrun runs a command beside a private PostgreSQL:
//
//	go run ./internal/pgtest/cmd/pgrun -- go test ./...
//
// It starts a private cluster (see package pgtest), or takes the server that
// ORDO_TEST_POSTGRES names, gives the command its URL in ORDO_TEST_POSTGRES,
// passes signals on, and in the end stops the server, removes its directory
// and exits as the command did. Where there is memory to spare, temporary files
// of the command are in memory, too. With -setup it only makes sure that a server
// can be had.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"ordo/internal/pgtest"
)

// grace is how long a command may take to end after a signal.
const grace = 10 * time.Second

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

func run(args []string, stderr io.Writer) int {
	var o pgtest.Options
	flags := flag.NewFlagSet("pgrun", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: pgrun [-durable] [-c name=value]... [--] command [argument]...\n       pgrun -setup")
		flags.PrintDefaults()
	}
	setup := flags.Bool("setup", false, "only make sure that a server can be had (installs it: root, apt-get)")
	flags.BoolVar(&o.Durable, "durable", false, "keep fsync on, for benchmarks and crash drills")
	flags.Func("c", "a server setting, `name=value`", func(s string) error {
		o.Settings = append(o.Settings, s)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if !*setup && flags.NArg() == 0 {
		flags.Usage()
		return 2
	}

	// From here on a signal ends things in order.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	var code int
	var err error
	if *setup {
		err = ensure(stderr)
	} else {
		o.Install, o.Log = true, stderr
		code, err = runBeside(o, flags.Args(), signals, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "pgrun: %v\n", err)
		if code == 0 {
			code = 1
		}
	}
	return code
}

func ensure(stderr io.Writer) error {
	if os.Getenv(pgtest.EnvURL) != "" {
		return nil
	}
	bin, err := pgtest.Installed(context.Background(), stderr)
	if err == nil {
		fmt.Fprintf(stderr, "pgrun: PostgreSQL server in %s\n", bin)
	}
	return err
}

// runBeside has a server for as long as the command runs.
func runBeside(o pgtest.Options, command []string, signals <-chan os.Signal, stderr io.Writer) (code int, err error) {
	serverURL, engine, stop, got, err := server(o, signals)
	if got != nil {
		return exitCode(got), nil
	}
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	// On stderr: the command's output may be read by a program.
	fmt.Fprintf(stderr, "engines: sqlite, postgres %s\n", engine)

	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), pgtest.EnvURL+"="+serverURL)
	if memory := pgtest.MemoryDir(); memory != "" && !o.Durable && os.Getenv("TMPDIR") == "" {
		dir, err := os.MkdirTemp(memory, "ordo-tests-")
		if err != nil {
			return 1, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		if err := os.Chmod(dir, 0o755); err != nil { // some tests run programs as another user
			return 1, err
		}
		// What Go links is large, and stays where it would be.
		cmd.Env = append(cmd.Env, "TMPDIR="+dir, "GOTMPDIR="+os.TempDir())
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// In a process group, so that a signal reaches all that the command
	// started, and reaches it once.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 127, err
	}
	return await(cmd, signals), nil
}

// server gets a server: its URL, what to call it, and how to end it, unless a
// signal comes first.
func server(o pgtest.Options, signals <-chan os.Signal) (serverURL, engine string, stop func() error, got os.Signal, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ready := make(chan struct{})
	go func() {
		defer close(ready)
		if given := os.Getenv(pgtest.EnvURL); given != "" {
			stop = func() error { return nil }
			if serverURL, err = pgtest.ServerURL(given); err == nil {
				engine, err = pgtest.ServerVersion(ctx, serverURL)
			}
			engine += " (" + pgtest.EnvURL + ")"
			return
		}
		var c *pgtest.Cluster
		if c, err = pgtest.Start(ctx, o); err != nil {
			return
		}
		serverURL, stop, engine = c.URL, c.Stop, c.Version+" (private cluster)"
		if o.Durable {
			engine = c.Version + " (private cluster, durable)"
		}
	}()
	select {
	case <-ready:
	case got = <-signals:
		cancel()
		<-ready
		if err == nil {
			_ = stop()
		}
	}
	return serverURL, engine, stop, got, err
}

// await waits for the command and passes signals on to its group. After a
// signal nothing of the group outlives the grace.
func await(cmd *exec.Cmd, signals <-chan os.Signal) int {
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	group := -cmd.Process.Pid
	var kill <-chan time.Time
	for {
		select {
		case s := <-signals:
			_ = syscall.Kill(group, s.(syscall.Signal))
			if kill == nil {
				kill = time.After(grace)
			}
		case <-kill:
			_ = syscall.Kill(group, syscall.SIGKILL)
		case <-done:
			if kill != nil {
				_ = syscall.Kill(group, syscall.SIGKILL)
			}
			status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if status.Signaled() {
				return exitCode(status.Signal())
			}
			return status.ExitStatus()
		}
	}
}

// exitCode is the shell's way to say that a signal ended a process.
func exitCode(s os.Signal) int { return 128 + int(s.(syscall.Signal)) }
