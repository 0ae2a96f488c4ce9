package server

import (
	"context"

	"ordo/internal/config"
	"ordo/internal/connect/nats"
	"ordo/internal/connect/outbound"
	"ordo/internal/connect/webhooks"
)

// publish has the journal published, where a server to publish to is set.
func (s *Server) publish(c config.Config) (err error) {
	if c.NATSURL == "" {
		return nil
	}
	s.nats, err = nats.Open(nats.Options{URL: c.NATSURL, Credentials: c.NATSCredentials, Stream: c.NATSStream, Prefix: c.NATSPrefix, Log: s.log})
	if err == nil {
		s.App.Read(s.nats.Reader())
	}
	return err
}

// connect starts what sends to webhook endpoints.
func (s *Server) connect(ctx context.Context, c config.Config) error {
	allow, err := outbound.Networks(c.WebhookNetworks)
	if err != nil {
		return err
	}
	s.sender = webhooks.Start(ctx, s.App, webhooks.Options{Allow: allow, DisableAfter: c.WebhookDisableAfter, Log: s.log})
	return nil
}
