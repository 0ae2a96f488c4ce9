package server

import (
	"context"

	"ordo/internal/config"
	"ordo/internal/connect/outbound"
	"ordo/internal/connect/webhooks"
)

// connect starts what carries the journal to other systems.
func (s *Server) connect(ctx context.Context, c config.Config) error {
	allow, err := outbound.Networks(c.WebhookNetworks)
	if err != nil {
		return err
	}
	s.sender = webhooks.Start(ctx, s.App, webhooks.Options{Allow: allow, DisableAfter: c.WebhookDisableAfter, Log: s.log})
	return nil
}
