package verify

import (
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/ids"
	"ordo/internal/jsonx"
	"ordo/internal/webhook"
)

// webhookStory makes an endpoint; what is sent to it is made up by the damages.
func (s *shop) webhookStory() {
	s.t.Helper()
	out := s.app.CreateWebhook(s.t.Context(), webhook.Endpoint{URL: "https://hooks.example.com", Events: []string{"*"}, Payload: webhook.Thin, Owner: "tester"}, meta)
	s.must(out.Err)
	s.ids["hook"] = out.Value.(app.NewWebhook).Endpoint.ID
}

// delivered writes a row of the log, as if the endpoint had been told up to the journal's end.
func (h *hurt) delivered(id, endpoint, status string, seq int64) {
	h.t.Helper()
	h.write(stmt("DELETE FROM journal_readers WHERE name LIKE 'webhook:%'"))
	h.write(
		stmt("INSERT INTO journal_readers (name, seq, owner, lease_until) VALUES ($1, $2, '', 0)", app.WebhookReader(h.ids["hook"]), h.last()),
		stmt("INSERT INTO webhook_deliveries (id, endpoint, seq, type, aggregate, replay, status, attempts, next_at, created_at, tried_at, code, millis, error, response) "+
			"SELECT $1, $2, seq, type, aggregate, '', $3, 1, 0, 1, 1, 500, 3, '', '' FROM journal WHERE seq = $4", id, endpoint, status, seq),
	)
}

// deliveries is the log of an endpoint that took one event, is waited for with the next, and lost one for good.
func (s *shop) deliveries(t *testing.T) {
	t.Helper()
	h := &hurt{t: t, db: s.db, ids: s.ids}
	hook, open := s.ids["hook"], s.ids["open"]
	h.delivered("dlv_1", hook, "delivered", h.seq("order.placed", open))
	h.delivered("dlv_2", hook, "retry_wait", h.seq("order.accepted", open))
	h.delivered("dlv_3", hook, "dead", h.seq("order.placed", s.ids["external"]))
	dead := jsonx.Marshal(app.DeadArgs{Endpoint: hook, Delivery: "dlv_3", Seq: h.seq("order.placed", s.ids["external"]), Type: "order.placed", Attempts: 1})
	h.write(stmt("INSERT INTO jobs (id, kind, args, state, run_at, attempts, owner, last_error, created_at) VALUES ($1, $2, $3, 'ready', 0, 0, '', '', 0)", ids.New("job"), app.JobDeadLetter, string(dead)))
	for end := time.Now().Add(30 * time.Second); s.number("SELECT COUNT(*) FROM journal WHERE type = 'webhook.dead_lettered'") == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the journal does not tell of the delivery that was given up")
		}
	}
	s.quiet()
}

func init() {
	placed := func(h *hurt) int64 { return h.seq("order.placed", h.order("open")) }
	damages = append(damages, []damage{
		{"a reader is beyond the end", func(h *hurt) {
			h.exec("INSERT INTO journal_readers (name, seq, owner, lease_until) VALUES ('elsewhere', 100000, '', 0)")
		}, []string{"readers"}, "reader elsewhere"},
		{"an endpoint is not what its last event says", func(h *hurt) {
			h.edit("webhook_endpoints", h.ids["hook"], func(m dict) { m["url"] = "https://elsewhere.example.com" })
		}, []string{"catalog.journal"}, "webhook {hook}"},
		{"a delivery is for nobody", func(h *hurt) {
			h.delivered("dlv_1", "whk_x", "delivered", placed(h))
		}, []string{"webhooks.deliveries"}, "delivery dlv_1"},
		{"a delivery is of another event", func(h *hurt) {
			h.delivered("dlv_1", h.ids["hook"], "delivered", placed(h))
			h.exec("UPDATE webhook_deliveries SET seq = seq + 1")
		}, []string{"webhooks.deliveries"}, "delivery dlv_1"},
		{"a delivery was made beyond the endpoint's place", func(h *hurt) {
			h.delivered("dlv_1", h.ids["hook"], "delivered", placed(h))
			h.exec("UPDATE journal_readers SET seq = 1 WHERE name LIKE 'webhook:%'")
		}, []string{"webhooks.deliveries"}, "delivery dlv_1"},
		{"an answer about what was erased is kept", func(h *hurt) {
			h.delivered("dlv_1", h.ids["hook"], "delivered", h.seq("order.placed", h.ids["erased"]))
			h.exec("UPDATE webhook_deliveries SET response = 'for Ada'")
		}, []string{"webhooks.deliveries"}, "delivery dlv_1"},
		{"a delivery was overtaken", func(h *hurt) {
			h.delivered("dlv_1", h.ids["hook"], "retry_wait", placed(h))
			h.delivered("dlv_2", h.ids["hook"], "delivered", h.seq("order.accepted", h.order("open")))
		}, []string{"webhooks.order"}, "delivery dlv_1"},
		{"a delivery was given up in silence", func(h *hurt) {
			h.delivered("dlv_1", h.ids["hook"], "dead", placed(h))
		}, []string{"webhooks.dead"}, "delivery dlv_1"},
	}...)
}
