package cli

import (
	"context"
	"io"
	"log/slog"

	"ordo/internal/config"
	"ordo/internal/server"
)

type serveCmd struct{ settings }

func newServeCmd() serveCmd { return serveCmd{settings: newSettings()} }

// Help is shown by ordo help serve.
func (*serveCmd) Help() string {
	return "Every flag can be given as ORDO_… in the environment or in ordo.yaml: see ordo config. " +
		"The first key is set by ORDO_BOOTSTRAP_KEY. SIGTERM or Ctrl-C finishes what is in flight; a second one stops at once."
}

func (c *serveCmd) Run(e *env) error {
	cfg, _, err := c.load(e)
	if err != nil {
		return err
	}
	log := newLog(e.errOut, cfg)
	s, err := server.Start(e.ctx, cfg, e.version, log)
	if err != nil && e.ctx.Err() != nil {
		log.Info("stopped before it was ready")
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Stop()
	return serve(e.ctx, s, cfg, log)
}

// serve waits until the process is told to stop, or cannot go on.
func serve(ctx context.Context, s *server.Server, cfg config.Config, log *slog.Logger) error {
	if cfg.BootstrapKey == "" {
		if keys, err := s.App.ListKeys(ctx, "", 1); err == nil && len(keys) == 0 {
			log.Warn("nobody can use the API yet: there is no API key. Set ORDO_BOOTSTRAP_KEY to 16-200 characters of your choice and start again; with it, make keys by POST /v1/keys")
		}
	}
	log.Info("ready", "url", s.URL)
	select {
	case <-ctx.Done():
		log.Info("stopping; what is in flight is finished first", "within", cfg.StopWithin.String())
		return nil
	case err := <-s.Failed():
		return err
	}
}

func newLog(w io.Writer, cfg config.Config) *slog.Logger {
	o := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
