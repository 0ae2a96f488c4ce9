// Package server wires everything together, starts it in order and stops it in reverse.
//
// What lives here: the life of a process. What does not: anything that could be tested without one.
package server

import (
	"context"
	"encoding/hex"
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
	"ordo/internal/connect/nats"
	"ordo/internal/connect/outbound"
	"ordo/internal/connect/webhooks"
	"ordo/internal/console"
	"ordo/internal/database"
	"ordo/internal/micros"
	"ordo/internal/portal"
	"ordo/internal/provider/carrier/easypost"
	parcels "ordo/internal/provider/carrier/sandbox"
	provider "ordo/internal/provider/payment"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/shipping"
	"ordo/internal/store"
	"ordo/internal/storefront"
	"ordo/internal/stuck"
	"ordo/internal/verify"
)

// Server is a running Ordo.
type Server struct {
	App     *app.App
	URL     string // http://HOST:PORT
	DB      store.DB
	log     *slog.Logger
	servers []*http.Server
	sandbox *sandbox.Provider
	parcels *parcels.Provider
	sender  *webhooks.Sender
	nats    *nats.Sink
	lock    *os.File
	done    chan struct{}
	failed  chan error
	stop    atomic.Bool
	within  time.Duration
	clock   func() micros.Time // nil: the database's time
}

// Start opens the database, migrates it, and begins to serve. It returns when requests are answered.
func Start(ctx context.Context, c config.Config, version string, log *slog.Logger) (*Server, error) {
	return StartAt(ctx, c, version, log, nil)
}

// StartAt is Start with a clock, for a demo that replays days; no other process may write to the database meanwhile.
func StartAt(ctx context.Context, c config.Config, version string, log *slog.Logger, clock func() micros.Time) (*Server, error) {
	s := &Server{clock: clock, log: log, done: make(chan struct{}), failed: make(chan error, 2), within: c.StopWithin}
	var ports ports
	err := s.start(ctx, c, version, &ports)
	if err != nil {
		ports.close()
		s.close(context.WithoutCancel(ctx), c.StopWithin)
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, c config.Config, version string, ports *ports) (err error) {
	s.log.Info("starting", "version", version, "db", config.HidePassword(c.DB), "listen", c.Listen)
	if s.lock, err = lockFile(c.DB); err != nil {
		return err
	}
	// The ports are taken first: that one is in use must be known before a database is made or migrated. Who connects
	// early waits until the server is ready.
	if err = ports.open(c); err != nil {
		return err
	}
	if err = s.open(ctx, c, "http://"+ports.main.Addr().String()); err != nil {
		return err
	}
	settings, err := s.settings(c)
	if err != nil {
		return err
	}
	s.App = app.New(s.DB, settings, map[string]provider.Provider{"sandbox": s.sandbox}, s.log)
	s.App.Carriers[shipping.Sandbox], s.App.Carriers[shipping.EasyPost] = s.parcels, easypost.New(nil)
	s.App.Verifier = verify.For(s.DB)
	if s.App.Mailer, err = mailSender(c); err != nil {
		return err
	}
	handler, err := s.surfaces(ctx, c, version)
	if err != nil {
		return err
	}
	if s.lock != nil { // alone: nobody else can be at work on what the process before left behind
		if err = s.App.Jobs.TakeOver(ctx); err != nil {
			return err
		}
	}
	if err = s.publish(c); err != nil {
		return err
	}
	if err = s.App.Start(ctx); err != nil {
		return err
	}
	if err = s.connect(ctx, c); err != nil {
		return err
	}
	s.URL = "http://" + ports.main.Addr().String()
	proxies, err := outbound.Networks(c.TrustedProxies)
	if err != nil {
		return err
	}
	s.serve(ports.main, behind(proxies, handler))
	if ports.metrics != nil {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", handler.MetricsHandler())
		s.serve(ports.metrics, mux)
	}
	return nil
}

// settings are those of the application.
func (s *Server) settings(c config.Config) (app.Settings, error) {
	settings := app.Settings{
		PaymentWait: c.PaymentWait, AnswerMaxAge: c.AnswerMaxAge, BootstrapKey: c.BootstrapKey,
		CancelWait: c.CancelWait, PickupWindow: c.PickupWindow, PickupScanWithin: c.PickupScan, MovementWithin: c.Movement,
		MailFrom:      c.MailFrom,
		Clock:         s.clock,
		PublicURL:     c.PublicURL,
		WebhookLogAge: c.WebhookLogAge,
		ImportSize:    int64(c.ImportSize), FileMaxAge: c.FileMaxAge,
		SessionIdle: c.SessionIdle, SessionAge: c.SessionAge,
	}
	networks, err := outbound.Networks(c.WebhookNetworks)
	if err != nil {
		return settings, err
	}
	settings.WebhookReaches = outbound.Reaches(networks)
	if settings.Patience, err = stuck.ParsePatience(c.StuckAfter); err != nil {
		return settings, fmt.Errorf("stuck_after: %w", err)
	}
	return settings, nil
}

// surfaces are the API, and the pages beside it.
func (s *Server) surfaces(ctx context.Context, c config.Config, version string) (*api.Server, error) {
	handler := api.New(s.App, api.Options{Log: s.log, Version: version, Ready: s.ready, Done: s.done, Metrics: c.MetricsListen == ""})
	oidc, err := oidcOf(c)
	if err != nil {
		return nil, err
	}
	pages, err := console.New(s.App, handler, console.Options{Log: s.log, Done: s.done, OIDC: oidc, Version: version})
	if err != nil {
		return nil, err
	}
	handler.Pages(console.Root, pages)
	orders, err := portal.New(handler, c.PublicURL, s.log)
	if err != nil {
		return nil, err
	}
	handler.Mount(portal.Root, orders)
	if err := s.openShop(ctx, c, handler); err != nil {
		return nil, err
	}
	return handler, nil
}

// openShop serves the storefront where the settings name its channel.
func (s *Server) openShop(ctx context.Context, c config.Config, handler *api.Server) error {
	if c.Storefront == "" {
		return nil
	}
	secret, err := app.InstallationSecret(ctx, s.DB, "storefront_carts")
	if err != nil {
		return err
	}
	shop, err := storefront.New(handler, storefront.Options{Channel: c.Storefront, Public: c.PublicURL, Secret: secret, Log: s.log})
	if err != nil {
		return err
	}
	handler.Mount(storefront.Root, shop)
	return nil
}

// open opens the database and the provider's own store.
func (s *Server) open(ctx context.Context, c config.Config, self string) (err error) {
	if err := await(ctx, c, s.log); err != nil {
		return err
	}
	if s.DB, err = database.Open(ctx, c.DB, maxConns(c)); err != nil {
		return err
	}
	hooks := sandbox.Options{Secret: c.SandboxSecret, WebhookURL: self + "/v1/webhooks/payments/sandbox"}
	if hooks.Secret == "" { // nobody else has to know it
		secret, err := app.InstallationSecret(ctx, s.DB, "sandbox_webhooks")
		if err != nil {
			return err
		}
		hooks.Secret = hex.EncodeToString(secret)
	}
	if s.sandbox, err = sandbox.Open(ctx, c.DB, hooks); err != nil {
		return err
	}
	var scans parcels.Options // of days that a demo replays
	if s.clock != nil {
		scans.Clock = func() time.Time { return s.clock().Std() }
	}
	if s.parcels, err = parcels.Open(ctx, c.DB, scans); err != nil {
		return err
	}
	engine, err := s.DB.Info(ctx)
	s.log.Info("database opened", "engine", engine)
	return err
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

// ports are the listeners, from when they are opened until they are served.
type ports struct{ main, metrics net.Listener }

func (p *ports) open(c config.Config) (err error) {
	if p.main, err = listen("listen", c.Listen); err != nil {
		return err
	}
	if c.MetricsListen != "" {
		p.metrics, err = listen("metrics_listen", c.MetricsListen)
	}
	return err
}

func (p *ports) close() {
	for _, l := range []net.Listener{p.main, p.metrics} {
		if l != nil {
			_ = l.Close()
		}
	}
}

func listen(setting, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program; stop it, or give another address by the setting %s", addr, setting)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	return l, nil
}

func (s *Server) serve(l net.Listener, h http.Handler) {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second, IdleTimeout: 120 * time.Second, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.servers = append(s.servers, srv)
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
}

// Failed tells when the server cannot go on.
func (s *Server) Failed() <-chan error { return s.failed }

// Stop lets what is in flight finish, within the bound, and closes everything.
func (s *Server) Stop() { s.close(context.Background(), s.within) }

// close stops in reverse: no new requests, then jobs and queued commands, then the stores. Requests get three
// quarters of the time, so that what they began can end too. What does not end in time is left as a crash would leave
// it: complete or without a trace.
func (s *Server) close(ctx context.Context, within time.Duration) {
	if !s.stop.CompareAndSwap(false, true) {
		return
	}
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	close(s.done) // ends streams
	s.closeRequests(ctx, within*3/4)
	if !s.closeApp(ctx) {
		s.log.Error("the stop took too long; commands that were not answered may have been cut off, the others are stored", "within", within.String())
		return // the stores are in use: the end of the process closes them
	}
	if s.sandbox != nil {
		s.sandbox.Close()
	}
	if s.parcels != nil {
		s.parcels.Close()
	}
	if s.DB != nil {
		s.DB.Close()
	}
	if s.lock != nil {
		_ = s.lock.Close()
	}
	s.log.Info("stopped", "ms", time.Since(begun).Milliseconds())
}

func (s *Server) closeRequests(ctx context.Context, within time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for _, h := range s.servers {
		if err := h.Shutdown(ctx); err != nil {
			s.log.Warn("requests were cut off", "err", err)
			_ = h.Close()
		}
	}
}

// closeApp reports whether jobs and commands have ended in time.
func (s *Server) closeApp(ctx context.Context) bool {
	if s.App == nil {
		return true
	}
	ended := make(chan struct{})
	go func() { s.sender.Stop(); s.App.Close(ctx); s.nats.Close(); close(ended) }()
	select {
	case <-ended:
		return true
	case <-ctx.Done():
	}
	select { // what was canceled just now may need a moment
	case <-ended:
		return true
	case <-time.After(3 * time.Second):
		return false
	}
}
