package api

import (
	"net/http"
	"slices"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/webhook"
	"ordo/internal/work"
)

// PutWebhook is the body of POST /v1/webhook_endpoints and of PUT for one of them.
type PutWebhook struct {
	URL         string   `json:"url" maxLength:"2000" doc:"https address that takes the messages; it leads to a public address, unless an operator listed its network" example:"https://shop.example.com/ordo"`
	Events      []string `json:"events" minItems:"1" maxItems:"100" doc:"types such as order.placed, all of a kind such as payment.*, or * for everything but webhook.*"`
	Channels    []string `json:"channels,omitzero" maxItems:"100" doc:"only what is about orders of these sales channels"`
	Payload     string   `json:"payload,omitzero" enum:"thin,fat" doc:"thin: what happened to what (when left out); fat: what the event says too"`
	Personal    bool     `json:"personal,omitzero" doc:"fat payloads carry names, addresses and the like; the key that asks for it needs personal:read, for as long as it shall last"`
	Description string   `json:"description,omitzero" maxLength:"500"`
}

// RotateWebhook is the body of POST /v1/webhook_endpoints/{id}/rotate.
type RotateWebhook struct {
	OverlapHours *int64 `json:"overlap_hours,omitzero" minimum:"0" maximum:"720" doc:"how long messages are signed with the secret before too; 24 when left out"`
}

// EnableWebhook is the body of POST /v1/webhook_endpoints/{id}/enable.
type EnableWebhook struct {
	From string `json:"from,omitzero" enum:"backlog,now" doc:"backlog: send what was missed (when left out); now: pass over it"`
}

// ReplayWebhook is the body of POST /v1/webhook_endpoints/{id}/replay. It takes positions or times, and has to say where
// it begins: nobody sends all that ever happened by mistake.
type ReplayWebhook struct {
	AfterSeq *int64 `json:"after_seq,omitzero" minimum:"0" doc:"position of the last event that is not sent again; 0 from the start"`
	UntilSeq int64  `json:"until_seq,omitzero" minimum:"0" doc:"position of the last one that is; without it up to now"`
	From     string `json:"from,omitzero" format:"date-time" doc:"instead: what happened at this time or later"`
	Until    string `json:"until,omitzero" format:"date-time" doc:"and before this time; without it up to now"`
}

// Replay is what is sent again.
type Replay struct {
	AfterSeq int64 `json:"after_seq" doc:"position of the last event that is not"`
	UntilSeq int64 `json:"until_seq" doc:"position of the last one that may be"`
	Events   int64 `json:"events" doc:"how many events of the range the endpoint wants: as many messages go out"`
	More     bool  `json:"more" doc:"true: the range is long, and events counts only those of its first 100,000; more go out"`
}

// Webhook is an endpoint and how it does.
type Webhook struct {
	ID             *string  `json:"id" doc:"null in a dry run"`
	Version        int64    `json:"version"`
	URL            string   `json:"url"`
	Events         []string `json:"events"`
	Channels       []string `json:"channels" doc:"empty: all"`
	Payload        string   `json:"payload" enum:"thin,fat"`
	Personal       bool     `json:"personal"`
	PayloadVersion string   `json:"payload_version" enum:"1" doc:"form of the messages; it stays as it is when newer ones come"`
	Description    string   `json:"description,omitzero"`
	Owner          string   `json:"owner" doc:"the API key that saved it last"`
	State          string   `json:"state" enum:"active,throttled,disabled,deleted" doc:"throttled: it refused several times in a row, and is tried now and then until it takes one"`
	DisabledReason string   `json:"disabled_reason,omitzero" enum:"request,failing,gone"`
	DisabledAt     string   `json:"disabled_at,omitzero" format:"date-time"`
	CreatedAt      string   `json:"created_at" format:"date-time"`
	Secret         string   `json:"secret,omitzero" doc:"signs the messages; only in the answer that makes it"`
	SecretSince    string   `json:"secret_since,omitzero" format:"date-time"`
	OldSecretUntil string   `json:"old_secret_until,omitzero" format:"date-time" doc:"until then messages are signed with the secret before too"`
	Position       int64    `json:"position" doc:"of the journal: up to there it was told, or something is open"`
	Lag            int64    `json:"lag" doc:"events behind the journal's end, whether it wants them or not"`
	Open           int64    `json:"open" doc:"deliveries that wait"`
	Dead           int64    `json:"dead" doc:"deliveries that were given up"`
	Failures       int64    `json:"failures" doc:"refusals in a row"`
	FailingSince   string   `json:"failing_since,omitzero" format:"date-time"`
	NextAttemptAt  string   `json:"next_attempt_at,omitzero" format:"date-time" doc:"of a throttled endpoint"`
	Replay         *Replay  `json:"replay,omitzero" doc:"only in the answer to a replay of a range"`
}

// WebhookDelivery is a row of the log of an endpoint.
type WebhookDelivery struct {
	ID            string `json:"id"`
	Seq           int64  `json:"seq" doc:"position of the event in the journal"`
	MessageID     string `json:"message_id" doc:"webhook-id: the same however often the event is sent"`
	Type          string `json:"type"`
	Aggregate     string `json:"aggregate" doc:"what the event is about; deliveries of one aggregate keep their order"`
	Status        string `json:"status" enum:"queued,retry_wait,delivered,dead,skipped"`
	Attempts      int64  `json:"attempts"`
	NextAttemptAt string `json:"next_attempt_at,omitzero" format:"date-time"`
	Replay        string `json:"replay,omitzero" doc:"there when it was sent again"`
	CreatedAt     string `json:"created_at" format:"date-time"`
	TriedAt       string `json:"tried_at,omitzero" format:"date-time"`
	ResponseCode  int64  `json:"response_code,omitzero" doc:"HTTP status of the last attempt"`
	Millis        int64  `json:"millis" doc:"how long the last attempt took"`
	Error         string `json:"error,omitzero" doc:"for people: what went wrong"`
	Response      string `json:"response,omitzero" doc:"beginning of the answer"`
}

func webhookJSON(s *app.WebhookStatus, secret string) Webhook {
	v := Webhook{
		ID: orNull(s.ID), Version: s.Version, URL: s.URL, Events: s.Events, Channels: append([]string{}, s.Channels...), Payload: s.Payload, Personal: s.Personal,
		PayloadVersion: s.Format, Description: s.Description, Owner: s.Owner, State: s.State(), DisabledReason: s.DisabledReason, DisabledAt: s.DisabledAt.String(),
		CreatedAt: s.CreatedAt.String(), Secret: secret, Position: s.At, Lag: s.Lag, Open: s.Open, Dead: s.Dead, Failures: s.Health.Failures,
		FailingSince: s.Health.Since.String(), NextAttemptAt: s.Health.NextAt.String(),
	}
	for _, secret := range s.Secrets {
		if secret.ExpiresAt == 0 {
			v.SecretSince = secret.CreatedAt.String()
		} else {
			v.OldSecretUntil = secret.ExpiresAt.String()
		}
	}
	return v
}

// webhookAfter renders an endpoint as a command left it, with how it did just before: what the command means to it is
// seen when it is told the next time.
func webhookAfter(before *app.WebhookStatus) func(app.NewWebhook) Webhook {
	return func(n app.NewWebhook) Webhook {
		s := *before
		if s.Endpoint = n.Endpoint; n.Endpoint.Epoch == n.Endpoint.Version { // enabled by it, so it is tried anew
			s.Health = webhook.Health{}
		}
		return webhookJSON(&s, "")
	}
}

func deliveryJSON(d app.WebhookDelivery) WebhookDelivery {
	return WebhookDelivery{
		ID: d.ID, Seq: d.Seq, MessageID: webhook.MessageID(d.Seq), Type: d.Type, Aggregate: d.Aggregate, Status: string(d.Status), Attempts: d.Attempts,
		NextAttemptAt: d.NextAt.String(), Replay: d.Replay, CreatedAt: d.CreatedAt.String(), TriedAt: d.TriedAt.String(), ResponseCode: d.Code, Millis: d.Millis,
		Error: d.Error, Response: d.Response,
	}
}

// endpoint reads the settings of an endpoint, and whether the key may hand out what it asks for.
func (c *call) endpoint() (webhook.Endpoint, error) {
	var in PutWebhook
	if err := c.allChannels(); err != nil {
		return webhook.Endpoint{}, err
	}
	if err := c.decode(&in); err != nil {
		return webhook.Endpoint{}, err
	}
	for scope, asked := range map[string]bool{"events:read": true, "personal:read": in.Personal} {
		if asked && !c.key.Allows(scope) {
			return webhook.Endpoint{}, c.s.refused(c, errs.New(errs.Forbidden, "missing_scope", "an endpoint is told what the key that saves it may read; %s is missing", scope).With("scope", scope))
		}
	}
	if in.Payload == "" {
		in.Payload = webhook.Thin
	}
	return webhook.Endpoint{
		URL: in.URL, Description: in.Description, Events: in.Events, Channels: in.Channels, Payload: in.Payload, Personal: in.Personal, Owner: c.key.ID,
	}, nil
}

func createWebhook(c *call) error {
	e, err := c.endpoint()
	if err != nil {
		return err
	}
	// What is stored under the Idempotency-Key has no secret in it.
	return c.run(
		func(m work.Meta) work.Outcome {
			return withSecret(c.s.app.CreateWebhook(c.r.Context(), e, m), http.StatusCreated, &app.WebhookStatus{})
		},
		func(m work.Meta) (any, error) {
			v, err := c.s.app.TryCreateWebhook(c.r.Context(), e, m)
			if n, ok := v.(app.NewWebhook); ok && n.Endpoint != nil {
				n.Endpoint.ID = ""
			}
			return v, err
		},
		rendered(http.StatusCreated, webhookAfter(&app.WebhookStatus{}))) // it was told nothing yet
}

// withSecret shows the current secret in the first answer, and in no other.
func withSecret(out work.Outcome, code int, before *app.WebhookStatus) work.Outcome {
	if n, ok := out.Value.(app.NewWebhook); ok && out.Err == nil && !out.Replayed {
		shown := rendered(code, func(n app.NewWebhook) Webhook {
			v := webhookAfter(before)(n)
			v.Secret = n.Endpoint.Secrets[0].Value
			return v
		})(n)
		out.Answer = &shown
	}
	return out
}

func (c *call) webhookID() (string, error) {
	id := c.r.PathValue("id")
	if err := c.allChannels(); err != nil {
		return "", err
	}
	if !ids.Valid("whk", id) {
		return "", errs.Unknown("webhook endpoint", id)
	}
	return id, nil
}

// changeWebhook is the common path of what changes an endpoint.
func (c *call) changeWebhook(change *app.ChangeWebhook) error {
	before, err := c.s.app.WebhookHealth(c.r.Context(), change.ID)
	if err != nil {
		return away(err)
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.ChangeWebhook(c.r.Context(), change, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryChangeWebhook(c.r.Context(), change, m) },
		rendered(http.StatusOK, webhookAfter(before)))
}

func putWebhook(c *call) error {
	id, err := c.webhookID()
	if err != nil {
		return err
	}
	e, err := c.endpoint()
	if err != nil {
		return err
	}
	return c.changeWebhook(c.s.app.SaveWebhook(id, e))
}

func listWebhooks(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	return list(c, c.s.app.WebhookList, func(s *app.WebhookStatus) Webhook { return webhookJSON(s, "") }, func(s *app.WebhookStatus) string { return s.ID })
}

func getWebhook(c *call) error {
	id, err := c.webhookID()
	if err != nil {
		return err
	}
	return read(c, id, c.s.app.Webhook, func(s *app.WebhookStatus) Webhook { return webhookJSON(s, "") })
}

func rotateWebhook(c *call) error {
	id, err := c.webhookID()
	if err != nil {
		return err
	}
	var in RotateWebhook
	if err := c.decode(&in); err != nil {
		return err
	}
	hours := int64(24)
	if in.OverlapHours != nil {
		hours = min(max(*in.OverlapHours, -1), 1_000_000)
	}
	before, err := c.s.app.WebhookHealth(c.r.Context(), id)
	if err != nil {
		return away(err)
	}
	change := app.RotateWebhook(id, time.Duration(hours)*time.Hour)
	return c.run(
		func(m work.Meta) work.Outcome {
			return withSecret(c.s.app.ChangeWebhook(c.r.Context(), change, m), http.StatusOK, before)
		},
		func(m work.Meta) (any, error) { return c.s.app.TryChangeWebhook(c.r.Context(), change, m) },
		rendered(http.StatusOK, webhookAfter(before)))
}

// stepWebhook makes the handler of a step without a body.
func stepWebhook(change func(id string) *app.ChangeWebhook) func(*call) error {
	return func(c *call) error {
		id, err := c.webhookID()
		if err != nil {
			return err
		}
		return c.changeWebhook(change(id))
	}
}

func enableWebhook(c *call) error {
	id, err := c.webhookID()
	if err != nil {
		return err
	}
	var in EnableWebhook
	if err := c.decode(&in); err != nil {
		return err
	}
	if !slices.Contains([]string{"", "backlog", "now"}, in.From) {
		var list errs.List
		list.Add("/from", "unknown_value", "give one of backlog, now")
		return list.Err()
	}
	return c.changeWebhook(app.StepWebhook(id, "enable", "", in.From == "now"))
}

func replayWebhook(c *call) error {
	id, err := c.webhookID()
	if err != nil {
		return err
	}
	var in ReplayWebhook
	if err := c.decode(&in); err != nil {
		return err
	}
	after, until, err := c.replayRange(in)
	if err != nil {
		return err
	}
	n, more, err := c.s.app.ReplayCount(c.r.Context(), id, after, until, app.MaxReplayCount)
	if err != nil {
		return away(err)
	}
	before, err := c.s.app.WebhookHealth(c.r.Context(), id)
	if err != nil {
		return away(err)
	}
	change := app.ReplayWebhook(id, after, until, "")
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.ChangeWebhook(c.r.Context(), change, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryChangeWebhook(c.r.Context(), change, m) },
		rendered(http.StatusOK, func(e app.NewWebhook) Webhook {
			v := webhookAfter(before)(e)
			v.Replay = &Replay{after, until, n, more}
			return v
		}))
}

// replayRange finds the positions of a replay: those given, or those of the times given.
func (c *call) replayRange(in ReplayWebhook) (after, until int64, err error) {
	var list errs.List
	if in.From == "" && in.AfterSeq == nil {
		list.Add("/after_seq", "required", "say where to begin: after_seq, a position (0: all that ever happened), or from, a time; until_seq or until end it; dry_run=true tells how many events it is")
		return 0, 0, list.Err()
	}
	if (in.From != "" || in.Until != "") && (in.AfterSeq != nil || in.UntilSeq != 0) {
		list.Add("/from", "ambiguous", "give positions or times, not both")
		return 0, 0, list.Err()
	}
	head, err := c.s.app.Head(c.r.Context())
	if err != nil {
		return 0, 0, away(err)
	}
	if until = in.UntilSeq; in.AfterSeq != nil {
		after = *in.AfterSeq
	}
	for _, t := range []struct {
		at, text string
		to       *int64
	}{{"/from", in.From, &after}, {"/until", in.Until, &until}} {
		at, err := moment(t.at, t.text)
		if err != nil {
			return 0, 0, err
		}
		if at != 0 {
			if *t.to, err = c.s.app.SeqAt(c.r.Context(), at); err != nil {
				return 0, 0, away(err)
			}
		}
	}
	if until == 0 && in.Until == "" || until > head.Seq {
		until = head.Seq
	}
	if after < 0 || after >= until {
		list.Add("", "out_of_range", "there is no event in this range: the journal ends at %d", head.Seq)
		return 0, 0, list.Err()
	}
	return after, until, nil
}

func listDeliveries(c *call) error {
	id, err := c.webhookID()
	if err != nil {
		return err
	}
	before, limit, err := c.idPage("dlv")
	if err != nil {
		return err
	}
	if _, err := c.s.app.Webhook(c.r.Context(), id); err != nil {
		return away(err)
	}
	rows, err := c.s.app.Deliveries(c.r.Context(), id, c.query.Get("status"), before, limit+1)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, deliveryJSON, func(d app.WebhookDelivery) string { return d.ID }))
}

// delivery reads the delivery that the path names.
func (c *call) delivery() (*app.WebhookDelivery, error) {
	id, err := c.webhookID()
	if err != nil {
		return nil, err
	}
	if d := c.r.PathValue("delivery"); !ids.Valid("dlv", d) {
		return nil, errs.Unknown("delivery", d)
	}
	d, err := c.s.app.Delivery(c.r.Context(), id, c.r.PathValue("delivery"))
	return d, away(err)
}

func getDelivery(c *call) error {
	d, err := c.delivery()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, deliveryJSON(*d))
}

func replayDelivery(c *call) error {
	d, err := c.delivery()
	if err != nil {
		return err
	}
	if d.Status.Open() {
		return errs.IllegalTransition("the delivery", string(d.Status), "replay", nil)
	}
	return c.changeWebhook(app.ReplayWebhook(d.Endpoint, 0, 0, d.ID))
}
