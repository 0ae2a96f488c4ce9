package webhooks

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"ordo/internal/app"
	"ordo/internal/journal"
	"ordo/internal/micros"
	"ordo/internal/project"
	"ordo/internal/store"
	"ordo/internal/webhook"
)

const (
	maxOpen    = 1000             // deliveries that may wait before nothing more is read
	maxFresh   = 100              // events that are sent between two records
	lookBehind = 2 * time.Second  // how often what waits is looked at without a commit
	noteEach   = 10 * time.Second // how often a place is noted that moved past nothing that was wanted
	noteRows   = 5000             // or after so many rows
)

// loop serves one endpoint.
type loop struct {
	s        *Sender
	id       string
	endpoint atomic.Pointer[webhook.Endpoint]
	lease    project.Lease
	wake     chan struct{}
	cancel   context.CancelFunc

	ready  bool  // the cursor exists
	at     int64 // read up to here; the stored place may be behind, where nothing was wanted
	stored int64
	noted  time.Time
	replay bool // the last step served a replay

	open   bool // something waits, as far as this node knows
	looked time.Time
}

func (l *loop) run(ctx context.Context) {
	defer func() {
		if err := l.lease.GiveBack(); err != nil {
			l.s.o.Log.Info("the lease of a webhook endpoint was not given back; it ends by itself", "endpoint", l.id, "err", err)
		}
	}()
	for ctx.Err() == nil {
		wait, err := l.step(ctx)
		if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrRows) {
			l.s.o.Log.Warn("a webhook endpoint is not served for a moment", "endpoint", l.id, "err", err)
		}
		if err != nil {
			wait = lookBehind
		}
		if wait <= 0 {
			continue
		}
		select {
		case <-l.wake:
		case <-time.After(min(wait, lookBehind)):
		case <-ctx.Done():
		}
	}
}

// queue is what is kept of an endpoint beside its place.
type queue struct {
	webhook.Health
	epoch  int64 // of the endpoint that the rest counts from
	replay bool  // something is to be sent again
	found  bool
}

func (l *loop) queue(ctx context.Context) (q queue, err error) {
	err = l.s.app.DB.Query(ctx, func(r store.Row) error {
		q.found = true
		var replays int64
		err := r.Scan(&q.epoch, &q.Failures, &q.Since, &q.NextAt, &replays)
		q.replay = replays > 0
		return err
	}, "SELECT epoch, failures, failing_since, next_at, (SELECT COUNT(*) FROM webhook_replays AS r WHERE r.endpoint = q.endpoint) FROM webhook_queues AS q WHERE endpoint = $1", l.id)
	return q, err
}

// step reads, sends and records once. It returns how long there is nothing to do; 0 to go on at once.
func (l *loop) step(ctx context.Context) (time.Duration, error) {
	e := l.endpoint.Load()
	if !l.ready {
		if err := l.lease.Open(ctx, 0); err != nil {
			return 0, err
		}
		l.ready = true
	}
	seq, ok, err := l.lease.Take(ctx)
	if err != nil || !ok {
		l.at, l.stored, l.looked = 0, 0, time.Time{}
		return lookBehind, err
	}
	if seq != l.stored || l.at < seq { // another node was at work, or this one begins
		l.at, l.stored = seq, seq
	}
	q, err := l.queue(ctx)
	if err != nil {
		return 0, err
	}
	if !q.found || q.epoch < e.Epoch {
		return 0, l.begin(ctx, e, q.found)
	}
	now := l.s.o.Now()
	if q.Ended(now, l.s.o.DisableAfter) {
		return lookBehind, l.s.app.DisableWebhook(ctx, l.id, webhook.Failing)
	}
	if q.Throttled() && now < q.NextAt {
		return time.Duration(q.NextAt-now) * time.Microsecond, nil
	}
	p, err := l.gather(ctx, e, q, now)
	if err != nil {
		return 0, err
	}
	if len(p.items) == 0 {
		return l.pass(ctx, q, p)
	}
	return l.work(ctx, e, q, p)
}

// begin serves an endpoint that is new, or that was enabled: it does well until it shows otherwise. It begins behind the
// event of its making, goes on where it was, or passes over what it missed, with what was open until then.
func (l *loop) begin(ctx context.Context, e *webhook.Endpoint, found bool) error {
	at := l.stored
	text := "UPDATE webhook_queues SET epoch = $2, failures = 0, failing_since = 0, next_at = 0 WHERE endpoint = $1"
	if !found {
		text = "INSERT INTO webhook_queues (endpoint, epoch, failures, failing_since, next_at) VALUES ($1, $2, 0, 0, 0)"
	}
	stmts := []*store.Stmt{{SQL: text, Args: []any{l.id, e.Epoch}, Want: 1}}
	if !found || e.Skip {
		from := int64(1)
		if e.Skip {
			from = e.Epoch
		}
		at = -1
		if err := l.s.app.DB.Query(ctx, func(r store.Row) error { return r.Scan(&at) },
			"SELECT seq FROM journal WHERE aggregate = $1 AND version = $2 ORDER BY seq DESC LIMIT 1", e.ID, from); err != nil {
			return err
		}
		if at < 0 {
			return errors.New("the event that the endpoint begins with is not in the journal")
		}
		stmts = append(stmts,
			&store.Stmt{
				SQL:  "UPDATE webhook_deliveries SET status = 'skipped', tried_at = $2 WHERE endpoint = $1 AND status IN ('queued', 'retry_wait')",
				Args: []any{l.id, int64(l.s.o.Now())}, Want: store.AnyRows,
			},
			&store.Stmt{ // those that were asked for since then are for its new life
				SQL: "DELETE FROM webhook_replays WHERE endpoint = $1 AND epoch < $2", Args: []any{l.id, e.Epoch}, Want: store.AnyRows,
			})
	}
	err := store.Write(ctx, l.s.app.DB, func(tx store.Tx) error {
		return tx.Do(ctx, append([]*store.Stmt{l.lease.Move(l.stored, at)}, stmts...)...)
	})
	if err == nil {
		l.at, l.stored = at, at
	}
	return err
}

// page is what a step has to look at: what is open, then what is new, in order.
type page struct {
	items []*item
	lane  lane
	to    int64 // the lane is read up to here
	more  bool  // there is more to read
}

// lane is what is read on: the journal, or a range of it that is sent again.
type lane struct {
	replay string // id; "" for the journal
	from   int64
	until  int64 // of a replay
}

// item is an event to be sent.
type item struct {
	app.WebhookDelivery
	row   *journal.Row // nil: it is not needed, because it is not its turn
	fresh bool         // it has no row in the log yet
	tried bool
}

// gather reads what is open and what is new. A throttled endpoint is tried with one of each, so that neither an event
// that it never takes nor its being away keeps the rest.
func (l *loop) gather(ctx context.Context, e *webhook.Endpoint, q queue, now micros.Time) (p page, err error) {
	var open []app.WebhookDelivery
	if l.open || time.Since(l.looked) >= lookBehind { // a person may have put something back
		if open, err = l.s.app.OpenDeliveries(ctx, l.id, maxOpen+maxFresh); err != nil {
			return p, err
		}
		l.open, l.looked = len(open) > 0, time.Now()
	}
	for i := range open {
		if q.Throttled() && open[i].Status == webhook.RetryWait {
			open[i].NextAt = now // the endpoint's own time has come
		}
		p.items = append(p.items, &item{WebhookDelivery: open[i]})
	}
	if p.lane, err = l.nextLane(ctx, q.replay); err != nil {
		return p, err
	}
	p.to = p.lane.from
	limit := maxFresh
	if q.Failures > 0 {
		limit = 1
	}
	if len(open) >= maxOpen {
		return p, nil
	}
	rows, err := l.s.app.JournalAfter(ctx, p.lane.from)
	if err != nil {
		return p, err
	}
	channels, err := l.channels(ctx, e, rows)
	if err != nil {
		return p, err
	}
	for i := range rows {
		r := &rows[i]
		if p.lane.replay != "" && r.Seq > p.lane.until {
			break
		}
		if limit == 0 {
			p.more = true
			break
		}
		p.to = r.Seq
		if !e.Wants(r.Type, r.Aggregate, channels[r.Aggregate]) {
			continue
		}
		limit--
		d := app.WebhookDelivery{
			Delivery: webhook.Delivery{ID: newID(), Status: webhook.Queued}, Endpoint: l.id, Seq: r.Seq, Type: r.Type, Aggregate: r.Aggregate,
			Replay: p.lane.replay, CreatedAt: now,
		}
		p.items = append(p.items, &item{WebhookDelivery: d, row: r, fresh: true})
	}
	p.more = p.more || len(rows) > 0
	return p, nil
}

// nextLane is the journal, or in turn with it a replay.
func (l *loop) nextLane(ctx context.Context, replays bool) (out lane, err error) {
	out.from = l.at
	if l.replay = replays && !l.replay; !l.replay {
		return out, nil
	}
	err = l.s.app.DB.Query(ctx, func(r store.Row) error { return r.Scan(&out.replay, &out.from, &out.until) },
		"SELECT id, seq, until FROM webhook_replays WHERE endpoint = $1 ORDER BY id LIMIT 1", l.id)
	return out, err
}

func (l *loop) channels(ctx context.Context, e *webhook.Endpoint, rows []journal.Row) (map[string]string, error) {
	if len(e.Channels) == 0 {
		return nil, nil
	}
	var orders []string
	seen := map[string]bool{}
	for i := range rows {
		if id := rows[i].Aggregate; len(id) > 4 && id[:4] == "ord_" && !seen[id] {
			seen[id] = true
			orders = append(orders, id)
		}
	}
	return l.s.app.ChannelsOf(ctx, orders)
}

// pass moves on over what is not wanted. The place is noted now and then: reading a few rows again costs less than a
// transaction for each commit of others.
func (l *loop) pass(ctx context.Context, q queue, p page) (time.Duration, error) {
	done := p.lane.replay != "" && p.to >= p.lane.until
	if p.lane.replay == "" {
		l.at = p.to
		if l.at == l.stored || time.Since(l.noted) < noteEach && l.at-l.stored < noteRows {
			return idle(p, q), nil
		}
	}
	if err := l.record(ctx, p, nil, nil, done); err != nil {
		return 0, err
	}
	return idle(p, q), nil
}

func idle(p page, q queue) time.Duration {
	if p.more || q.replay {
		return 0
	}
	return lookBehind
}
