// Package server wires everything together, starts it in order and stops it in reverse.
//
// What lives here: the life of a process. What does not: anything that could be tested without one.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/config"
	"ordo/internal/database"
	provider "ordo/internal/provider/payment"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/store"
)

// Server is a running Ordo.
type Server struct {
	App     *app.App
	URL     string // http://HOST:PORT
	DB      store.DB
	log     *slog.Logger
	http    *http.Server
	metrics *http.Server
	sandbox *sandbox.Provider
	lock    *os.File
	done    chan struct{}
	failed  chan error
	stop    atomic.Bool
	within  time.Duration
}

// Start opens the database, migrates it, and begins to serve. It returns when requests are answered.
func Start(ctx context.Context, c config.Config, version string, log *slog.Logger) (s *Server, err error) {
	s = &Server{log: log, done: make(chan struct{}), failed: make(chan error, 2), within: c.StopWithin}
	defer func() {
		if err != nil {
			s.close(context.WithoutCancel(ctx))
		}
	}()
	if s.lock, err = lockFile(c.DB); err != nil {
		return s, err
	}
	if s.DB, err = database.Open(ctx, c.DB, maxConns(c)); err != nil {
		return s, err
	}
	if s.sandbox, err = sandbox.Open(ctx, c.DB, sandbox.Options{}); err != nil {
		return s, err
	}
	settings := app.Settings{PaymentWait: c.PaymentWait, AnswerMaxAge: c.AnswerMaxAge, BootstrapKey: c.BootstrapKey}
	s.App = app.New(s.DB, settings, map[string]provider.Provider{"sandbox": s.sandbox}, log)
	handler := api.New(s.App, api.Options{Log: log, Version: version, Ready: s.ready, Done: s.done, Metrics: c.MetricsListen == ""})
	if err = s.App.Start(ctx); err != nil {
		return s, err
	}
	if s.http, s.URL, err = s.listen(c.Listen, handler); err != nil {
		return s, err
	}
	if c.MetricsListen != "" {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", handler.MetricsHandler())
		if s.metrics, _, err = s.listen(c.MetricsListen, mux); err != nil {
			return s, err
		}
	}
	return s, nil
}

func maxConns(c config.Config) int {
	if c.DBMaxConns > 0 {
		return c.DBMaxConns
	}
	return max(8, 2*runtime.NumCPU())
}

func (s *Server) ready() error {
	if s.stop.Load() {
		return errors.New("the server is stopping")
	}
	return nil
}

func (s *Server) listen(addr string, h http.Handler) (*http.Server, string, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, "", fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second, IdleTimeout: 120 * time.Second, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return srv, "http://" + l.Addr().String(), nil
}

// Failed tells when the server cannot go on.
func (s *Server) Failed() <-chan error { return s.failed }

// Stop lets what is in flight finish, within the bound, and closes everything.
func (s *Server) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), s.within)
	defer cancel()
	s.close(ctx)
}

func (s *Server) close(ctx context.Context) {
	if !s.stop.CompareAndSwap(false, true) {
		return
	}
	close(s.done)
	for _, h := range []*http.Server{s.http, s.metrics} {
		if h != nil {
			if err := h.Shutdown(ctx); err != nil {
				s.log.Warn("requests were cut off", "err", err)
				_ = h.Close()
			}
		}
	}
	if s.App != nil {
		s.App.Close(ctx)
	}
	if s.sandbox != nil {
		s.sandbox.Close()
	}
	if s.DB != nil {
		s.DB.Close()
	}
	if s.lock != nil {
		_ = s.lock.Close()
	}
}

// lockFile keeps a second server away from an SQLite file: two would each believe to be its only writer.
func lockFile(url string) (*os.File, error) {
	engine, path, err := database.Split(url)
	if err != nil || engine != "sqlite" {
		return nil, err
	}
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot use %s: %w", path, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("another ordo serves %s; stop it first, or use PostgreSQL for several nodes", path)
	}
	return f, nil
}
