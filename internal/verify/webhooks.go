package verify

import (
	"context"

	"ordo/internal/app"
	"ordo/internal/doc"
	"ordo/internal/jsonx"
	"ordo/internal/store"
	"ordo/internal/webhook"
)

// decodeWebhook reads an endpoint as its events have it: without secrets.
func decodeWebhook(text string) (any, doc.Meta, error) {
	e, err := app.Webhooks.Decode([]byte(text))
	if err != nil {
		return nil, doc.Meta{}, err
	}
	return e.Public(), e.Meta, nil
}

// meetDeadLetter remembers what a job will say of a delivery that was given up.
func (v *run) meetDeadLetter(j *job) {
	if j.kind != app.JobDeadLetter {
		return
	}
	var a app.DeadArgs
	if j.err = jsonx.Unmarshal([]byte(j.args), &a); j.err == nil {
		if v.dead == nil {
			v.dead = map[string]string{}
		}
		v.dead[a.Delivery] = a.Endpoint
	}
}

// readConnect checks what carries the journal to other systems.
func (v *run) readConnect(ctx context.Context) error {
	if err := v.readReaders(ctx); err != nil {
		return err
	}
	return v.readDeliveries(ctx)
}

// readReaders compares the cursors of the journal's readers with its end.
func (v *run) readReaders(ctx context.Context) error {
	r := v.total.of("readers")
	return v.db.Query(ctx, func(row store.Row) error {
		var name string
		var seq int64
		if err := row.Scan(&name, &seq); err != nil {
			return err
		}
		r.rows++
		if seq < 0 || seq > v.last.Seq {
			r.bad("reader "+name, "is at %d, the journal ends at %d", seq, v.last.Seq)
		}
		return nil
	}, "SELECT name, seq FROM journal_readers ORDER BY name")
}

// hook is what the deliveries of an endpoint are compared with.
type hook struct {
	at   int64           // its place in the journal; 0 for none
	live bool            // it is not deleted
	dead map[string]bool // deliveries that the journal or a job says were given up
}

func (v *run) readHooks(ctx context.Context) (map[string]*hook, error) {
	hooks := map[string]*hook{}
	err := v.db.Query(ctx, func(row store.Row) error {
		var id, text string
		if err := row.Scan(&id, &text); err != nil {
			return err
		}
		e, err := app.Webhooks.Decode([]byte(text))
		hooks[id] = &hook{live: err != nil || e.State != webhook.Deleted, dead: map[string]bool{}}
		return nil // documents.reference says that it cannot be read
	}, "SELECT id, doc FROM webhook_endpoints ORDER BY id")
	for id, h := range hooks {
		if err == nil {
			h.at, err = v.position(ctx, app.WebhookReader(id))
		}
		if err == nil {
			err = v.db.Query(ctx, func(row store.Row) error {
				var text string
				if err := row.Scan(&text); err != nil {
					return err
				}
				var b app.WebhookBody
				if jsonx.Unmarshal([]byte(text), &b) == nil {
					h.dead[b.Delivery] = true
				}
				return nil
			}, "SELECT body FROM journal WHERE aggregate = $1 AND type = 'webhook.dead_lettered'", id)
		}
	}
	for delivery, endpoint := range v.dead {
		if h := hooks[endpoint]; h != nil {
			h.dead[delivery] = true
		}
	}
	return hooks, err
}

// readDeliveries walks the log of deliveries by id, each beside its endpoint and its event.
func (v *run) readDeliveries(ctx context.Context) error {
	hooks, err := v.readHooks(ctx)
	if err != nil {
		return err
	}
	type event struct{ kind, aggregate string }
	log, dead := v.total.of("webhooks.deliveries"), v.total.of("webhooks.dead")
	for after := ""; ; {
		var page []app.WebhookDelivery
		var event1 []event
		if err := v.db.Query(ctx, func(row store.Row) error {
			var d app.WebhookDelivery
			var e event
			err := row.Scan(&d.ID, &d.Endpoint, &d.Seq, &d.Type, &d.Aggregate, &d.Replay, &d.Status, &d.Attempts, &d.Response, &e.kind, &e.aggregate)
			page, event1 = append(page, d), append(event1, e)
			return err
		}, "SELECT d.id, d.endpoint, d.seq, d.type, d.aggregate, d.replay, d.status, d.attempts, d.response, COALESCE(j.type, ''), COALESCE(j.aggregate, '') "+
			"FROM webhook_deliveries AS d LEFT JOIN journal AS j ON j.seq = d.seq WHERE d.id > $1 ORDER BY d.id LIMIT $2", after, tablePage); err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for i := range page {
			d, e := &page[i], event1[i]
			after = d.ID
			log.rows++
			judgeDelivery(log, dead, hooks[d.Endpoint], d, e.kind, e.aggregate)
			if d.Response != "" && v.erased[d.Aggregate] > d.Seq {
				log.bad("delivery "+d.ID, "keeps what was answered about %s, which was erased", d.Aggregate)
			}
		}
	}
	return v.readOvertaken(ctx)
}

func judgeDelivery(log, dead *result, h *hook, d *app.WebhookDelivery, kind, aggregate string) {
	name := "delivery " + d.ID
	switch {
	case h == nil:
		log.bad(name, "is for %s, which does not exist", d.Endpoint)
		return
	case kind != d.Type || aggregate != d.Aggregate:
		log.bad(name, "is %s of %s, journal row %d is %q of %q", d.Type, d.Aggregate, d.Seq, kind, aggregate)
	case d.Replay == "" && d.Seq > h.at:
		log.bad(name, "is of journal row %d, its endpoint was told up to %d", d.Seq, h.at)
	case !d.Status.Known():
		log.bad(name, "is %q", d.Status)
	case d.Status == webhook.Delivered && d.Attempts < 1:
		log.bad(name, "is delivered without an attempt")
	}
	if d.Status == webhook.Dead {
		dead.rows++
		if !h.dead[d.ID] {
			dead.bad(name, "was given up, and nobody was told")
		}
	}
	if d.Status.Open() && h.live {
		log.waiting++
	}
}

// readOvertaken looks for what was told before something earlier about the same. Replays tell old things on purpose.
func (v *run) readOvertaken(ctx context.Context) error {
	r := v.total.of("webhooks.order")
	var open int64
	if err := v.number(ctx, &open, "SELECT COUNT(*) FROM webhook_deliveries WHERE status IN ('queued', 'retry_wait')"); err != nil {
		return err
	}
	r.rows = open
	return v.db.Query(ctx, func(row store.Row) error {
		var id, other string
		if err := row.Scan(&id, &other); err != nil {
			return err
		}
		r.bad("delivery "+id, "is still to come, and delivery %s of a later event of the same order was made", other)
		return nil
	}, "SELECT o.id, MIN(d.id) FROM webhook_deliveries AS o, webhook_deliveries AS d WHERE o.status IN ('queued', 'retry_wait') AND o.replay = '' "+
		"AND d.endpoint = o.endpoint AND d.aggregate = o.aggregate AND d.replay = '' AND d.status = 'delivered' AND d.seq > o.seq GROUP BY o.id ORDER BY o.id")
}
