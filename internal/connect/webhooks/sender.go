// Package webhooks tells endpoints what happens: it carries the journal to them by HTTP.
//
// What lives here: a loop per endpoint that reads on from its place in the journal, sends in parallel what is about
// different orders and in order what is about the same, and records what became of it. What does not: the rules of
// trying again (webhook), endpoints as documents and their log (app), where a connection may lead (connect/outbound).
// The one idea: one loop per endpoint on one node at a time, with a place of its own. Nothing that an endpoint does,
// or does not do, is seen by another (W2); what was sent and not recorded is sent again (W3).
package webhooks

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"ordo/internal/app"
	"ordo/internal/connect/outbound"
	"ordo/internal/micros"
	"ordo/internal/project"
	"ordo/internal/webhook"
)

// Options of a Sender. The zero value is good.
type Options struct {
	Allow        []netip.Prefix // networks that endpoints may be in beside the public ones
	DisableAfter time.Duration  // of taking nothing; 0: five days
	Within       time.Duration  // of one request; 0: 10 s
	Log          *slog.Logger

	Now    func() micros.Time // for tests
	Jitter func() float64     // for tests: from 0 up to 1
}

const (
	lookEach = 500 * time.Millisecond // commits of other nodes wake nobody here
	gather   = 75 * time.Millisecond  // how long commits gather after one was seen
	lease    = 60 * time.Second       // of an endpoint; sending a page ends well before
	parallel = 8                      // requests to one endpoint at a time
)

// Sender sends to all endpoints that no other node sends to.
type Sender struct {
	app    *app.App
	o      Options
	client *http.Client
	cancel context.CancelFunc
	wg     sync.WaitGroup
	loops  map[string]*loop
}

// Start begins to send.
func Start(ctx context.Context, a *app.App, o Options) *Sender {
	if o.DisableAfter == 0 {
		o.DisableAfter = 5 * 24 * time.Hour
	}
	if o.Within == 0 {
		o.Within = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = func() micros.Time { return micros.Of(time.Now()) }
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	s := &Sender{app: a, o: o, client: outbound.Client(o.Allow, o.Within), loops: map[string]*loop{}}
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.wg.Go(func() { s.manage(ctx) })
	return s
}

// Stop ends after what is being sent, and gives the endpoints back.
func (s *Sender) Stop() {
	if s == nil {
		return
	}
	s.cancel()
	s.wg.Wait()
	s.client.CloseIdleConnections()
}

// manage keeps a loop for every endpoint, and wakes them all when something was committed.
func (s *Sender) manage(ctx context.Context) {
	for ctx.Err() == nil {
		changed := s.app.Changed()
		if err := s.look(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.Warn("webhook endpoints cannot be read now", "err", err)
		}
		select {
		case <-changed:
			pause(ctx, gather)
		case <-time.After(lookEach):
		case <-ctx.Done():
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (s *Sender) look(ctx context.Context) error {
	list, err := s.app.LivingWebhooks(ctx)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, e := range list {
		if e.State != webhook.Active {
			continue
		}
		seen[e.ID] = true
		l := s.loops[e.ID]
		if l == nil {
			l = s.newLoop(e)
			s.loops[e.ID] = l
			inner, cancel := context.WithCancel(ctx)
			l.cancel = cancel
			s.wg.Go(func() { l.run(inner) })
		}
		l.endpoint.Store(e)
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
	for id, l := range s.loops {
		if !seen[id] {
			l.cancel()
			delete(s.loops, id)
		}
	}
	return nil
}

func (s *Sender) newLoop(e *webhook.Endpoint) *loop {
	l := &loop{
		s: s, id: e.ID, wake: make(chan struct{}, 1),
		lease: project.Lease{DB: s.app.DB, Node: s.app.Node(), Name: app.WebhookReader(e.ID), For: lease, Now: time.Now},
	}
	l.endpoint.Store(e)
	return l
}

// count keeps the numbers that operators watch.
func (s *Sender) count(items []*item) {
	n := &s.app.WebhookStats
	for _, it := range items {
		switch {
		case !it.tried:
		case it.Status == webhook.Delivered:
			n.Delivered.Add(1)
		case it.Status == webhook.Dead:
			n.Dead.Add(1)
			n.Refused.Add(1)
		default:
			n.Refused.Add(1)
		}
	}
}
