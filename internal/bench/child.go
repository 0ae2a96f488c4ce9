package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// child is a server in a process of its own, so that what it spends is not mixed with what the generator spends.
type child struct {
	url, key string
	cmd      *exec.Cmd
	said     bytes.Buffer // its log, for when it fails
	done     chan error
}

const (
	startWithin = 60 * time.Second // a migration of an old database included
	stopWithin  = 30 * time.Second
)

// startServer starts the server on a free loopback port and waits until it is ready.
func startServer(ctx context.Context, o Options) (*child, error) {
	command := o.Server
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
	c := &child{url: "http://" + addr, key: "ordo_bench_" + secret(16), done: make(chan error, 1)}
	c.cmd = exec.Command(command[0], append(command[1:], "--db", o.DB, "--listen", addr)...) //nolint:gosec // our own binary
	c.cmd.Env = append(os.Environ(), "ORDO_BOOTSTRAP_KEY="+c.key)
	c.cmd.Stdout, c.cmd.Stderr = &c.said, &c.said
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { c.done <- c.cmd.Wait() }()
	if err := c.await(ctx); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
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

func (c *child) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/readyz", http.NoBody)
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
		case err := <-c.done:
			c.done <- err
			return fmt.Errorf("the server ended while starting: %w\n%s", err, c.said.String())
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// stop ends the server; one that does not end in time is killed, which is a failure.
func (c *child) stop() error {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // one that has ended already cannot be told
	select {
	case err := <-c.done:
		if err != nil {
			return fmt.Errorf("the server: %w\n%s", err, c.said.String())
		}
		return nil
	case <-time.After(stopWithin):
		_ = c.cmd.Process.Kill()
		<-c.done
		return fmt.Errorf("the server did not stop within %s and was killed", stopWithin)
	}
}
