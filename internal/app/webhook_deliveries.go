package app

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/jobs"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/store"
	"ordo/internal/webhook"
	"ordo/internal/work"
)

// WebhookDelivery is a row of the log: one event for one endpoint. It holds nothing of what was sent: that is the journal's. What
// the endpoint answered goes when what the event is about is erased.
type WebhookDelivery struct {
	webhook.Delivery
	Endpoint  string
	Seq       int64
	Type      string
	Aggregate string // what the event is about; deliveries of one aggregate keep their order
	Replay    string // id of the replay that it is part of; "" when it is the first sending
	CreatedAt micros.Time
	TriedAt   micros.Time // the last attempt; 0 before it
	Code      int64       // HTTP status; 0 when there was none
	Millis    int64       // how long the last attempt took
	Error     string      // what went wrong
	Response  string      // beginning of what the endpoint answered
}

// webhookEchoes: an endpoint may answer with what it was told.
var webhookEchoes = []work.Echo{{
	Table: "webhook_deliveries", Column: "response", Writers: "SELECT name FROM journal_readers WHERE name LIKE 'webhook:%' ORDER BY name",
}}

// DeliveryColumns are the columns that ScanDelivery reads.
const DeliveryColumns = "id, endpoint, seq, type, aggregate, replay, status, attempts, next_at, created_at, tried_at, code, millis, error, response"

// ScanDelivery reads a row of the log.
func ScanDelivery(r store.Row) (d WebhookDelivery, err error) {
	var status string
	err = r.Scan(&d.ID, &d.Endpoint, &d.Seq, &d.Type, &d.Aggregate, &d.Replay, &status, &d.Attempts, &d.NextAt, &d.CreatedAt, &d.TriedAt, &d.Code, &d.Millis, &d.Error, &d.Response)
	d.Status = webhook.Status(status)
	return d, err
}

// WebhookReader is the name of the cursor of an endpoint.
func WebhookReader(endpoint string) string { return "webhook:" + endpoint }

// Kinds of jobs about webhooks.
const (
	jobReplay = "webhook_replay"
	jobWake   = "webhook_wake"
	// JobDeadLetter tells the journal that a delivery was given up. It is stored in the transaction that gives it up.
	JobDeadLetter = "webhook_dead"
)

type replayArgs struct {
	Endpoint string `json:"endpoint"`
	After    int64  `json:"after,omitzero"`
	Until    int64  `json:"until,omitzero"`
	Delivery string `json:"delivery,omitzero"`
	Epoch    int64  `json:"epoch,omitzero"` // of the endpoint when it was asked for
}

// DeadArgs are the arguments of a job of kind JobDeadLetter.
type DeadArgs struct {
	Endpoint string `json:"endpoint"`
	Delivery string `json:"delivery"`
	Seq      int64  `json:"seq"`
	Type     string `json:"type"`
	Attempts int64  `json:"attempts"`
}

// WebhookStats counts attempts of this node.
type WebhookStats struct{ Delivered, Refused, Dead atomic.Int64 }

func registerWebhooks(a *App) {
	a.Jobs.Handle(jobReplay, a.runReplayJob)
	a.Jobs.Handle(jobWake, func(ctx context.Context, j jobs.Job) error {
		return a.jobWrites(ctx, j, func(args replayArgs) *store.Stmt {
			return &store.Stmt{SQL: "UPDATE webhook_queues SET next_at = 0 WHERE endpoint = $1", Args: []any{args.Endpoint}, Want: store.AnyRows}
		})
	})
	a.Jobs.Handle(JobDeadLetter, a.runDeadJob)
	a.Jobs.Schedule("sweep_webhooks", 10*time.Minute, a.sweepWebhooks)
}

// jobWrites does a job that is one statement, and ends it in the same transaction.
func (a *App) jobWrites(ctx context.Context, j jobs.Job, f func(replayArgs) *store.Stmt) error {
	var args replayArgs
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	return store.Write(ctx, a.DB, func(tx store.Tx) error {
		return tx.Do(ctx, f(args), &store.Stmt{SQL: "DELETE FROM jobs WHERE id = $1", Args: []any{j.ID}, Want: 1})
	})
}

// runReplayJob hands a replay to the node that sends to the endpoint.
func (a *App) runReplayJob(ctx context.Context, j jobs.Job) error {
	id := "rpl" + j.ID[len("job"):]
	return a.jobWrites(ctx, j, func(args replayArgs) *store.Stmt {
		if args.Delivery != "" {
			return &store.Stmt{
				SQL:  "UPDATE webhook_deliveries SET status = 'queued', attempts = 0, next_at = 0, replay = $1 WHERE id = $2 AND endpoint = $3 AND status IN ('dead', 'delivered', 'skipped')",
				Args: []any{id, args.Delivery, args.Endpoint}, Want: store.AnyRows,
			}
		}
		return &store.Stmt{
			SQL:  "INSERT INTO webhook_replays (id, endpoint, seq, until, epoch) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
			Args: []any{id, args.Endpoint, args.After, args.Until, args.Epoch}, Want: store.AnyRows,
		}
	})
}

func (a *App) runDeadJob(ctx context.Context, j jobs.Job) error {
	var args DeadArgs
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	_, err := work.Do(ctx, a.Committer, &ChangeWebhook{ID: args.Endpoint, job: j.ID, node: a.node, change: func(_ *work.Unit, e *webhook.Endpoint) (*webhook.Endpoint, string, WebhookBody, error) {
		return e, "webhook.dead_lettered", WebhookBody{Delivery: args.Delivery, Seq: args.Seq, Type: args.Type, Attempts: args.Attempts}, nil
	}}, a.system())
	return err
}

// sweepWebhooks forgets what was sent longer ago than the setting. What is open stays.
func (a *App) sweepWebhooks(ctx context.Context) error {
	before := int64(micros.Of(time.Now().Add(-a.Settings.WebhookLogAge)))
	for _, status := range []webhook.Status{webhook.Delivered, webhook.Dead, webhook.Skipped} {
		if err := store.Write(ctx, a.DB, func(tx store.Tx) error {
			return tx.Do(ctx, &store.Stmt{SQL: "DELETE FROM webhook_deliveries WHERE status = $1 AND tried_at < $2", Args: []any{string(status), before}, Want: store.AnyRows})
		}); err != nil {
			return err
		}
	}
	return nil
}

// WebhookStatus is an endpoint and how it does.
type WebhookStatus struct {
	*webhook.Endpoint
	Health webhook.Health
	At     int64 // position of the journal up to which it was told, or something is open
	Lag    int64 // events of the journal behind that, whether it wants them or not
	Open   int64 // deliveries that wait
	Dead   int64 // that were given up and are still in the log
}

// State is the state as it is shown.
func (s *WebhookStatus) State() string {
	if s.Endpoint.State == webhook.Active && s.Health.Throttled() {
		return webhook.Throttled
	}
	return s.Endpoint.State
}

// LivingWebhooks lists all endpoints that are not deleted, by id.
func (a *App) LivingWebhooks(ctx context.Context) ([]*webhook.Endpoint, error) {
	all, err := page(ctx, a.DB, Webhooks, "", 1_000_000)
	out := all[:0]
	for _, e := range all {
		if e.State != webhook.Deleted {
			out = append(out, e)
		}
	}
	return out, err
}

// WebhookList lists endpoints by id.
func (a *App) WebhookList(ctx context.Context, after string, limit int) ([]*WebhookStatus, error) {
	all, err := a.LivingWebhooks(ctx)
	if err != nil {
		return nil, err
	}
	var out []*WebhookStatus
	for _, e := range all {
		if e.ID > after && len(out) < limit {
			out = append(out, &WebhookStatus{Endpoint: e})
		}
	}
	return out, a.webhookHealth(ctx, out)
}

// Webhook reads one endpoint.
func (a *App) Webhook(ctx context.Context, id string) (*WebhookStatus, error) {
	e, err := one(ctx, a.DB, Webhooks, id)
	if err == nil && e.State == webhook.Deleted {
		err = errs.Unknown(Webhooks.What, id)
	}
	if err != nil {
		return nil, err
	}
	s := &WebhookStatus{Endpoint: e}
	return s, a.webhookHealth(ctx, []*WebhookStatus{s})
}

// WebhookHealth is how an endpoint does, without the endpoint itself, which may be gone.
func (a *App) WebhookHealth(ctx context.Context, id string) (*WebhookStatus, error) {
	s := &WebhookStatus{Endpoint: &webhook.Endpoint{Meta: doc.Meta{ID: id}}}
	return s, a.webhookHealth(ctx, []*WebhookStatus{s})
}

// webhookHealth fills in how endpoints do.
func (a *App) webhookHealth(ctx context.Context, list []*WebhookStatus) error {
	head, err := a.Head(ctx)
	if err != nil {
		return err
	}
	for _, s := range list {
		err := a.DB.Query(ctx, func(r store.Row) error { return r.Scan(&s.Health.Failures, &s.Health.Since, &s.Health.NextAt) },
			"SELECT failures, failing_since, next_at FROM webhook_queues WHERE endpoint = $1", s.ID)
		if err != nil {
			return err
		}
		s.At = -1
		if err := a.DB.Query(ctx, func(r store.Row) error { return r.Scan(&s.At) }, "SELECT seq FROM journal_readers WHERE name = $1", WebhookReader(s.ID)); err != nil {
			return err
		}
		if s.At >= 0 {
			s.Lag = max(0, head.Seq-s.At)
		}
		s.At = max(0, s.At)
		if err := a.DB.Query(ctx, func(r store.Row) error {
			var status string
			var n int64
			if err := r.Scan(&status, &n); err != nil {
				return err
			}
			if webhook.Status(status).Open() {
				s.Open += n
			} else {
				s.Dead += n
			}
			return nil
		}, "SELECT status, COUNT(*) FROM webhook_deliveries WHERE endpoint = $1 AND status IN ('queued', 'retry_wait', 'dead') GROUP BY status", s.ID); err != nil {
			return err
		}
	}
	return nil
}

// Deliveries lists the log of an endpoint, newest first, of one status when it is given.
func (a *App) Deliveries(ctx context.Context, endpoint, status, before string, limit int) ([]WebhookDelivery, error) {
	where, args := "endpoint = $1", []any{endpoint}
	for _, c := range [][2]string{{"status =", status}, {"id <", before}} {
		if c[1] != "" {
			args = append(args, c[1])
			where += fmt.Sprintf(" AND %s $%d", c[0], len(args))
		}
	}
	return deliveries(ctx, a.DB, where+" ORDER BY id DESC LIMIT "+strconv.Itoa(limit), args...)
}

// OpenDeliveries lists what waits for an endpoint, in the order in which it was to be sent.
func (a *App) OpenDeliveries(ctx context.Context, endpoint string, limit int) ([]WebhookDelivery, error) {
	return deliveries(ctx, a.DB, "endpoint = $1 AND status IN ('queued', 'retry_wait') ORDER BY seq, id LIMIT "+strconv.Itoa(limit), endpoint)
}

// Delivery reads a row of the log.
func (a *App) Delivery(ctx context.Context, endpoint, id string) (*WebhookDelivery, error) {
	found, err := deliveries(ctx, a.DB, "id = $1 AND endpoint = $2", id, endpoint)
	if err == nil && len(found) == 0 {
		err = errs.Unknown("delivery", id)
	}
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}

func deliveries(ctx context.Context, db journal.Querier, where string, args ...any) (out []WebhookDelivery, err error) {
	err = db.Query(ctx, func(r store.Row) error {
		d, err := ScanDelivery(r)
		out = append(out, d)
		return err
	}, "SELECT "+DeliveryColumns+" FROM webhook_deliveries WHERE "+where, args...)
	return out, err
}

// Node is the name of this process in leases.
func (a *App) Node() string { return a.node }

// JournalAfter returns the rows after a position, at most a page of them, from what all readers of this node share. They
// belong to all: do not change them.
func (a *App) JournalAfter(ctx context.Context, seq int64) ([]journal.Row, error) {
	return a.readers.After(ctx, seq)
}

// ChannelsOf tells the sales channels of orders.
func (a *App) ChannelsOf(ctx context.Context, orders []string) (map[string]string, error) {
	out := map[string]string{}
	found, err := many(ctx, a.DB, Orders, orders)
	for _, o := range found {
		out[o.ID] = o.Channel
	}
	return out, err
}

// SeesPersonal reports whether an API key may see personal data now.
func (a *App) SeesPersonal(ctx context.Context, key string) (bool, error) {
	k, err := a.accessOf(ctx, key)
	return err == nil && k.Allows("personal:read"), err
}

// ReaderLags tells how many rows each reader of the journal is behind. A webhook endpoint that wants nothing of them
// notes its place now and then only.
func (a *App) ReaderLags(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	if err := a.DB.Query(ctx, func(r store.Row) error {
		var name string
		var lag int64
		err := r.Scan(&name, &lag)
		out[name] = max(0, lag)
		return err
	}, "SELECT r.name, h.seq - r.seq FROM journal_readers AS r, journal_head AS h WHERE h.id = 1"); err != nil {
		return nil, err
	}
	all, err := page(ctx, a.DB, Webhooks, "", 1_000_000)
	for _, e := range all {
		if e.State != webhook.Active {
			delete(out, WebhookReader(e.ID))
		}
	}
	return out, err
}
