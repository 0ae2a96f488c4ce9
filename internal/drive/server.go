// Package drive drives Ordo from outside: a server in a process of its own, and a plain client for its API.
//
// What lives here: starting, stopping and killing that process, and requests whose answers people and programs can
// read. What does not: load that is measured (bench), and what is asked for (bench, torture).
// The one idea: whoever judges a program must stand outside of it: what the server says and what is in its database
// afterwards is all there is.
package drive

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Server is an `ordo serve` in a process of its own, on a free loopback port that it keeps over restarts.
type Server struct {
	URL, Key string
	command  []string
	environ  []string
	mu       sync.Mutex
	cmd      *exec.Cmd
	said     bytes.Buffer // its log, for when it fails
	done     chan error
}

const (
	startWithin = 60 * time.Second // a migration of an old database included
	stopWithin  = 30 * time.Second
)

// Start starts a server on a database and waits until it is ready. Command is what is run before --db and --listen;
// nil: this binary's serve. Environ is added to this process's.
func Start(ctx context.Context, command []string, db string, environ ...string) (*Server, error) {
	if command == nil {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		command = []string{self, "serve"}
	}
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://" + addr, Key: "ordo_drive_" + Secret(16)}
	s.command = append(append([]string(nil), command...), "--db", db, "--listen", addr)
	s.environ = append(append(os.Environ(), environ...), "ORDO_BOOTSTRAP_KEY="+s.Key)
	if err := s.Start(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Start starts the process again after Kill or Stop.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	s.said.Reset()
	s.cmd, s.done = exec.Command(s.command[0], s.command[1:]...), make(chan error, 1) //nolint:gosec // our own binary
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = s.environ, &s.said, &s.said
	err := s.cmd.Start()
	if err == nil {
		go func(cmd *exec.Cmd, done chan error) { done <- cmd.Wait() }(s.cmd, s.done)
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if err := s.await(ctx); err != nil {
		return errors.Join(err, s.Stop())
	}
	return nil
}

// freeAddress asks for a free port and gives it back: the server takes it a moment later.
func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-s.done:
			s.done <- err
			return fmt.Errorf("the server ended while starting: %w\n%s", err, s.said.String())
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop ends the server; one that does not end in time is killed, which is a failure.
func (s *Server) Stop() error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // one that has ended already cannot be told
	select {
	case err := <-s.done:
		s.done <- nil // a second Stop finds it ended
		if err != nil {
			return fmt.Errorf("the server: %w\n%s", err, s.said.String())
		}
		return nil
	case <-time.After(stopWithin):
		_ = s.cmd.Process.Kill()
		<-s.done
		s.done <- nil
		return fmt.Errorf("the server did not stop within %s and was killed", stopWithin)
	}
}

// Kill ends the process at once, as kill -9 does: nothing is flushed, nobody is told.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
	s.done <- nil
}

// PID is the id of the process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Secret is a random text that no other run has.
func Secret(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}
