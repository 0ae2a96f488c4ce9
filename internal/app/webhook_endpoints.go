package app

import (
	"context"
	"crypto/rand"
	"net/netip"
	"time"

	"ordo/internal/errs"
	"ordo/internal/store"
	"ordo/internal/webhook"
	"ordo/internal/work"
)

// Webhooks are the endpoints that are told what happens. They are sent to by package connect/webhooks.
var Webhooks = work.NewKind[webhook.Endpoint](work.Spec{Table: "webhook_endpoints", What: "webhook endpoint", Rank: 49, Reference: true}, nil)

// maxEndpoints bounds what each commit may have to be told to.
const maxEndpoints = 200

// WebhookBody is what events about endpoints carry: the endpoint as it is then, without its secrets.
type WebhookBody struct {
	Webhook *webhook.Endpoint `json:"webhook"`
	// Of a replay: the range of positions, or the delivery; of a dead letter: the delivery and what it is about.
	After    int64  `json:"after,omitzero"`
	Until    int64  `json:"until,omitzero"`
	Delivery string `json:"delivery,omitzero"`
	Seq      int64  `json:"seq,omitzero"`
	Type     string `json:"type,omitzero"`
	Attempts int64  `json:"attempts,omitzero"`
}

// NewWebhook is an endpoint with a secret that is shown once; Secret is "" where it is not.
type NewWebhook struct {
	Endpoint *webhook.Endpoint
	Secret   string
}

// CreateWebhook makes an endpoint. It is told what happens after it was made.
type CreateWebhook struct {
	webhook.Endpoint
	secret  string
	reaches func(netip.Addr) bool
}

// Needs implements work.Command.
func (c *CreateWebhook) Needs(n *work.Needs) { n.Catalog() }

// Run implements work.Command.
func (c *CreateWebhook) Run(u *work.Unit) (NewWebhook, error) {
	e := c.Endpoint
	if err := checkEndpoint(u, &e, c.reaches); err != nil {
		return NewWebhook{}, err
	}
	all, err := Webhooks.AllRefs(u)
	if err != nil {
		return NewWebhook{}, err
	}
	living := 0
	for _, other := range all {
		if other.State != webhook.Deleted {
			living++
		}
	}
	if living >= maxEndpoints {
		return NewWebhook{}, errs.New(errs.Conflict, "too_many_webhooks", "there are %d webhook endpoints already, the most there may be; delete one", living)
	}
	e.ID, e.State, e.Format, e.Epoch, e.Skip, e.CreatedAt = u.NewID("whk"), webhook.Active, webhook.Format1, 1, true, u.Now()
	e.Secrets = []webhook.Secret{{Value: c.secret, CreatedAt: u.Now()}}
	Webhooks.Create(u, &e)
	u.Record(webhookEvent("webhook.created", &e, WebhookBody{}))
	return NewWebhook{&e, c.secret}, nil
}

func checkEndpoint(u *work.Unit, e *webhook.Endpoint, reaches func(netip.Addr) bool) error {
	var list errs.List
	e.Check(&list)
	e.CheckAddress(&list, reaches)
	if err := checkChannels(u, &list, e.Channels); err != nil {
		return err
	}
	return list.Err()
}

func webhookEvent(kind string, e *webhook.Endpoint, b WebhookBody) work.Event {
	b.Webhook = e.Public()
	return work.Event{Type: kind, Aggregate: e.ID, Body: b}
}

// ChangeWebhook changes one endpoint; change decides on it as it is, and says what happened. Without an event nothing
// changes.
type ChangeWebhook struct {
	ID     string
	change func(u *work.Unit, e *webhook.Endpoint) (next *webhook.Endpoint, event string, body WebhookBody, err error)
	job    string // that this ends
	node   string
}

// Needs implements work.Command.
func (c *ChangeWebhook) Needs(n *work.Needs) {
	n.Catalog()
	n.Docs(Webhooks.Spec, c.ID)
}

// Run implements work.Command.
func (c *ChangeWebhook) Run(u *work.Unit) (NewWebhook, error) {
	e, err := Webhooks.Get(u, c.ID)
	if err != nil {
		return NewWebhook{}, err
	}
	if e.State == webhook.Deleted && c.job == "" {
		return NewWebhook{}, errs.Unknown(Webhooks.What, c.ID)
	}
	if err := u.CheckVersion(Webhooks.What, e.Version); err != nil {
		return NewWebhook{}, err
	}
	u.FinishJob(c.job, c.node)
	next, event, body, err := c.change(u, e)
	if err != nil || event == "" {
		return NewWebhook{Endpoint: e}, err
	}
	if err := Webhooks.Put(u, next); err != nil {
		return NewWebhook{}, err
	}
	u.Record(webhookEvent(event, next, body))
	return NewWebhook{Endpoint: next}, nil
}

// SaveWebhook replaces the settings of an endpoint; its secrets, its state and its place in the journal stay.
func (a *App) SaveWebhook(id string, in webhook.Endpoint) *ChangeWebhook {
	return &ChangeWebhook{ID: id, change: func(u *work.Unit, e *webhook.Endpoint) (*webhook.Endpoint, string, WebhookBody, error) {
		next := *e
		next.URL, next.Description, next.Events, next.Channels = in.URL, in.Description, in.Events, in.Channels
		next.Payload, next.Personal, next.Owner = in.Payload, in.Personal, in.Owner
		return &next, "webhook.updated", WebhookBody{}, checkEndpoint(u, &next, a.Settings.WebhookReaches)
	}}
}

// StepWebhook enables, disables or deletes an endpoint. Enabled from now on, it is not told what it missed.
func StepWebhook(id, step, reason string, fromNow bool) *ChangeWebhook {
	event := map[string]string{"enable": "webhook.enabled", "disable": "webhook.endpoint_disabled", "delete": "webhook.deleted"}[step]
	return &ChangeWebhook{ID: id, change: func(u *work.Unit, e *webhook.Endpoint) (*webhook.Endpoint, string, WebhookBody, error) {
		if step == "disable" && e.State == webhook.Disabled && reason != webhook.ByPerson {
			return e, "", WebhookBody{}, nil // another node was faster
		}
		next, err := webhook.Step(e, step, reason, u.Now())
		if err != nil {
			return nil, "", WebhookBody{}, err
		}
		if step == "enable" {
			next.Epoch, next.Skip = e.Version+1, fromNow
		}
		return next, event, WebhookBody{}, nil
	}}
}

// TestWebhook sends the endpoint an event that is about nothing but itself.
func TestWebhook(id string) *ChangeWebhook {
	return &ChangeWebhook{ID: id, change: func(u *work.Unit, e *webhook.Endpoint) (*webhook.Endpoint, string, WebhookBody, error) {
		if err := living(e, "test"); err != nil {
			return nil, "", WebhookBody{}, err
		}
		u.Enqueue(jobWake, replayArgs{Endpoint: e.ID}, u.Now())
		return e, webhook.TestEvent, WebhookBody{}, nil
	}}
}

func living(e *webhook.Endpoint, step string) error {
	if e.State != webhook.Active {
		return errs.IllegalTransition("the webhook endpoint", e.State, step, []string{"delete", "enable"})
	}
	return nil
}

// ReplayWebhook sends what happened after a position, up to another one, once more; or one delivery.
func ReplayWebhook(id string, after, until int64, delivery string) *ChangeWebhook {
	return &ChangeWebhook{ID: id, change: func(u *work.Unit, e *webhook.Endpoint) (*webhook.Endpoint, string, WebhookBody, error) {
		if err := living(e, "replay"); err != nil {
			return nil, "", WebhookBody{}, err
		}
		u.Enqueue(jobReplay, replayArgs{e.ID, after, until, delivery, e.Epoch}, u.Now())
		return e, "webhook.replayed", WebhookBody{After: after, Until: until, Delivery: delivery}, nil
	}}
}

// MaxReplayCount is of how many events of a range it is counted, at most, what an endpoint wants of them.
const MaxReplayCount = 100_000

// ReplayCount counts what an endpoint wants of a range of the journal; more says that the range goes on behind the
// limit events that were looked at.
func (a *App) ReplayCount(ctx context.Context, id string, after, until, limit int64) (n int64, more bool, err error) {
	e, err := a.Webhook(ctx, id)
	if err != nil {
		return 0, false, err
	}
	if more = until-after > limit; more {
		until = after + limit
	}
	channel, join := "''", ""
	if len(e.Channels) > 0 {
		channel, join = "COALESCE(o.channel, '')", " LEFT JOIN orders AS o ON o.id = j.aggregate"
	}
	err = a.DB.Query(ctx, func(r store.Row) error {
		var kind, own, channel string
		var count int64
		if err := r.Scan(&kind, &own, &channel, &count); err != nil {
			return err
		}
		if e.Wants(kind, own, channel) {
			n += count
		}
		return nil
	}, `SELECT kind, own, channel, COUNT(*) FROM (
		SELECT j.type AS kind, CASE WHEN j.aggregate = $1 THEN j.aggregate ELSE '' END AS own, `+channel+` AS channel
		FROM journal AS j`+join+` WHERE j.seq > $2 AND j.seq <= $3) AS wanted GROUP BY kind, own, channel`, id, after, until)
	return n, more, err
}

func freshSecret() string {
	b := make([]byte, webhook.SecretBytes)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return webhook.NewSecret(b)
}

// CreateWebhook makes an endpoint with a fresh secret.
func (a *App) CreateWebhook(ctx context.Context, e webhook.Endpoint, meta work.Meta) work.Outcome {
	return work.Submit(ctx, a.Committer, &CreateWebhook{e, freshSecret(), a.Settings.WebhookReaches}, meta)
}

// TryCreateWebhook is CreateWebhook without effect.
func (a *App) TryCreateWebhook(ctx context.Context, e webhook.Endpoint, meta work.Meta) (any, error) {
	return work.DryRun(ctx, a.Committer, &CreateWebhook{Endpoint: e, reaches: a.Settings.WebhookReaches}, meta)
}

// ChangeWebhook runs a change of an endpoint.
func (a *App) ChangeWebhook(ctx context.Context, c *ChangeWebhook, meta work.Meta) work.Outcome {
	return work.Submit(ctx, a.Committer, c, meta)
}

// TryChangeWebhook is ChangeWebhook without effect.
func (a *App) TryChangeWebhook(ctx context.Context, c *ChangeWebhook, meta work.Meta) (any, error) {
	return work.DryRun(ctx, a.Committer, c, meta)
}

// RotateWebhook gives an endpoint a fresh secret; the one before stays good for overlap.
func RotateWebhook(id string, overlap time.Duration) *ChangeWebhook {
	secret := freshSecret()
	return &ChangeWebhook{ID: id, change: func(u *work.Unit, e *webhook.Endpoint) (*webhook.Endpoint, string, WebhookBody, error) {
		next, err := webhook.Rotate(e, secret, overlap, u.Now())
		return next, "webhook.secret_rotated", WebhookBody{}, err
	}}
}

// DisableWebhook ends an endpoint that takes nothing, or that wants no more.
func (a *App) DisableWebhook(ctx context.Context, id, reason string) error {
	_, err := work.Do(ctx, a.Committer, StepWebhook(id, "disable", reason, false), a.system())
	return err
}
