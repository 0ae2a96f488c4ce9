package webhooks

import (
	"context"
	"slices"
	"sync"
	"time"

	"ordo/internal/app"
	"ordo/internal/ids"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/store"
	"ordo/internal/webhook"
)

func newID() string { return ids.New("dlv") }

// pageTime is when no further request of a page begins.
const pageTime = 15 * time.Second

// grace is how long a stop waits for requests that are under way.
const grace = 3 * time.Second

// work sends a page and records it.
func (l *loop) work(running context.Context, e *webhook.Endpoint, q queue, p page) (time.Duration, error) {
	ctx := running
	now := l.s.o.Now()
	chains := l.chains(p.items, q.Health, now)
	if len(chains) == 0 && !slices.ContainsFunc(p.items, func(it *item) bool { return it.fresh }) { // all of it has to wait
		wait, err := l.pass(ctx, q, p)
		return min(wait, untilDue(p.items, now)), err
	}
	if err := l.fetch(ctx, chains); err != nil {
		return 0, err
	}
	personal := false
	if e.Personal {
		var err error
		if personal, err = l.s.app.SeesPersonal(ctx, e.Owner); err != nil {
			return 0, err
		}
	}
	// A stop lets requests end that are under way, for a moment: what was taken and not recorded is sent again.
	ctx, cut := context.WithCancel(context.WithoutCancel(running))
	defer cut()
	stop := context.AfterFunc(running, func() { time.AfterFunc(grace, cut) })
	defer stop()
	t := &turn{l: l, e: e, personal: personal, health: q.Health, began: time.Now(), running: running}
	t.sendAll(ctx, chains)
	ctx = context.WithoutCancel(ctx)
	recovered := q.Throttled() && !t.health.Throttled()
	var health *webhook.Health
	if t.health != q.Health {
		health = &t.health
	}
	if err := l.record(ctx, p, health, t, p.lane.replay != "" && p.to >= p.lane.until); err != nil {
		return 0, err
	}
	l.s.count(p.items)
	l.open = slices.ContainsFunc(p.items, func(it *item) bool { return it.Status.Open() })
	if recovered {
		if err := l.release(ctx); err != nil {
			return 0, err
		}
	}
	if t.gone {
		return lookBehind, l.s.app.DisableWebhook(ctx, l.id, webhook.Gone)
	}
	return l.wait(p, q, t, now), nil
}

// chains groups what is open and new by what it is about, in order. A chain whose head has to wait is left out.
func (l *loop) chains(items []*item, h webhook.Health, now micros.Time) [][]*item {
	by := map[string]int{}
	var out [][]*item
	for _, it := range items {
		i, ok := by[it.Aggregate]
		if !ok {
			i = len(out)
			by[it.Aggregate] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], it)
	}
	due := out[:0]
	probes := map[bool]bool{}
	for _, c := range out {
		if !c[0].Due(now) {
			continue
		}
		if h.Throttled() { // one that is open, one that is new
			if probes[c[0].fresh] {
				continue
			}
			probes[c[0].fresh] = true
			c = c[:1]
		}
		due = append(due, c)
	}
	return due
}

// fetch reads the events of open deliveries again: the log has no copies of them.
func (l *loop) fetch(ctx context.Context, chains [][]*item) error {
	for _, c := range chains {
		for _, it := range c {
			if it.row != nil {
				continue
			}
			rows, err := journal.After(ctx, l.s.app.DB, it.Seq-1, 1)
			if err != nil {
				return err
			}
			if len(rows) == 1 && rows[0].Seq == it.Seq {
				it.row = &rows[0]
			}
		}
	}
	return nil
}

// turn is one page being sent.
type turn struct {
	l        *loop
	e        *webhook.Endpoint
	personal bool
	began    time.Time
	running  context.Context // ends when the node stops

	mu     sync.Mutex
	health webhook.Health
	gone   bool
	sent   int
}

func (t *turn) sendAll(ctx context.Context, chains [][]*item) {
	next := make(chan []*item)
	var wg sync.WaitGroup
	for range min(parallel, len(chains)) {
		wg.Go(func() {
			for c := range next {
				t.chain(ctx, c)
			}
		})
	}
	for _, c := range chains {
		next <- c
	}
	close(next)
	wg.Wait()
}

// chain sends what is about one order, until one is refused: what follows it waits.
func (t *turn) chain(ctx context.Context, c []*item) {
	for _, it := range c {
		if !it.Due(t.l.s.o.Now()) || it.row == nil || !t.goesOn() {
			return
		}
		a := t.l.s.post(ctx, t.e, it.row, t.personal)
		if ctx.Err() != nil {
			return // cut off: nobody knows what became of it
		}
		t.judge(it, a)
		if it.Status != webhook.Delivered && it.Status != webhook.Dead {
			return
		}
	}
}

// goesOn reports whether another request may begin: not when the page took long, and not once the endpoint seems to
// be away.
func (t *turn) goesOn() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	away := t.health.Throttled() && t.sent >= 2
	return t.running.Err() == nil && !t.gone && !away && time.Since(t.began) < pageTime
}

func (t *turn) judge(it *item, a answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, jitter := t.l.s.o.Now(), t.l.s.o.Jitter()
	it.Delivery = it.Attempted(a.Outcome, t.health, now, jitter)
	it.tried, it.TriedAt, it.Code, it.Millis, it.Error, it.Response = true, now, a.code, a.millis, a.err, a.response
	t.health = t.health.After(a.Outcome, now, jitter)
	t.gone = t.gone || a.Gone
	t.sent++
}

// record writes what became of a page, and the place, in one transaction that only the holder of the lease can make.
func (l *loop) record(ctx context.Context, p page, health *webhook.Health, t *turn, done bool) error {
	at := l.at
	if p.lane.replay == "" {
		at = p.to
	}
	err := store.Write(ctx, l.s.app.DB, func(tx store.Tx) error {
		stmts := []*store.Stmt{l.lease.Move(l.stored, at)}
		switch {
		case p.lane.replay == "":
		case done:
			stmts = append(stmts, &store.Stmt{SQL: "DELETE FROM webhook_replays WHERE id = $1", Args: []any{p.lane.replay}, Want: store.AnyRows})
		default:
			stmts = append(stmts, &store.Stmt{SQL: "UPDATE webhook_replays SET seq = $1 WHERE id = $2", Args: []any{p.to, p.lane.replay}, Want: store.AnyRows})
		}
		if health != nil {
			stmts = append(stmts, &store.Stmt{
				SQL:  "UPDATE webhook_queues SET failures = $1, failing_since = $2, next_at = $3 WHERE endpoint = $4",
				Args: []any{health.Failures, int64(health.Since), int64(health.NextAt), l.id}, Want: 1,
			})
		}
		if t != nil {
			stmts = append(stmts, l.rows(p.items, t)...)
			stmts = append(stmts, l.echoes(p.items)...)
		}
		return tx.Do(ctx, stmts...)
	})
	if err == nil {
		l.at, l.stored, l.noted = at, at, time.Now()
	}
	return err
}

// rows are the statements that write the log: a row for what is new, a change for what was open and tried.
func (l *loop) rows(items []*item, t *turn) (out []*store.Stmt) {
	var fresh, old table
	for _, it := range items {
		switch {
		case it.fresh:
			fresh.add(&it.WebhookDelivery)
		case it.tried:
			old.add(&it.WebhookDelivery)
		}
		if it.tried && it.Status == webhook.Dead {
			args := jsonx.Marshal(app.DeadArgs{Endpoint: l.id, Delivery: it.ID, Seq: it.Seq, Type: it.Type, Attempts: it.Attempts})
			out = append(out, &store.Stmt{ // at once, whatever the clock here says
				SQL:  "INSERT INTO jobs (id, kind, args, state, run_at, attempts, owner, last_error, created_at) VALUES ($1, $2, $3, 'ready', 0, 0, '', '', $4)",
				Args: []any{ids.New("job"), app.JobDeadLetter, string(args), int64(l.s.o.Now())}, Want: 1,
			})
		}
	}
	d := l.s.app.DB.Dialect()
	if n := len(fresh.id); n > 0 {
		out = append(out, &store.Stmt{SQL: d.Insert("webhook_deliveries", columns, false), Rows: fresh.rows(), Want: int64(n)})
	}
	if n := len(old.id); n > 0 {
		out = append(out, &store.Stmt{SQL: d.Update("webhook_deliveries", columns[:1], columns[6:]), Rows: append(old.rows()[:1], old.rows()[6:]...), Want: int64(n)})
	}
	return out
}

// echoes are the statements that empty answers about what was erased while they were on their way: the erasure came
// before these rows. One that comes at the same moment waits for the place, which is moved first (work.Echo).
func (l *loop) echoes(items []*item) []*store.Stmt {
	var answered []string
	for _, it := range items {
		if it.tried && it.Response != "" {
			answered = append(answered, it.ID)
		}
	}
	if len(answered) == 0 {
		return nil
	}
	return []*store.Stmt{{
		SQL: "UPDATE webhook_deliveries SET response = '' WHERE " + l.s.app.DB.Dialect().Among("id", 1) + " AND EXISTS (SELECT 1 FROM journal AS j " +
			"WHERE j.aggregate = webhook_deliveries.aggregate AND j.seq > webhook_deliveries.seq AND j.type IN (" + app.ErasureEvents + "))",
		Args: []any{store.List(answered)}, Want: store.AnyRows,
	}}
}

func text(name string) store.Col   { return store.Col{Name: name, Type: store.Text} }
func number(name string) store.Col { return store.Col{Name: name, Type: store.Int} }

// columns of the log: those up to replay stay as they are.
var columns = []store.Col{
	text("id"), text("endpoint"), number("seq"), text("type"), text("aggregate"), text("replay"),
	text("status"), number("attempts"), number("next_at"), number("created_at"), number("tried_at"), number("code"), number("millis"), text("error"), text("response"),
}

// table is rows of the log, column by column.
type table struct {
	id, endpoint, kind, aggregate, replay, status, err, response []string
	seq, attempts, next, created, tried, code, millis            []int64
}

func (t *table) add(d *app.WebhookDelivery) {
	t.id, t.endpoint, t.kind = append(t.id, d.ID), append(t.endpoint, d.Endpoint), append(t.kind, d.Type)
	t.aggregate, t.replay, t.status = append(t.aggregate, d.Aggregate), append(t.replay, d.Replay), append(t.status, string(d.Status))
	t.err, t.response = append(t.err, d.Error), append(t.response, d.Response)
	t.seq, t.attempts, t.next = append(t.seq, d.Seq), append(t.attempts, d.Attempts), append(t.next, int64(d.NextAt))
	t.created, t.tried = append(t.created, int64(d.CreatedAt)), append(t.tried, int64(d.TriedAt))
	t.code, t.millis = append(t.code, d.Code), append(t.millis, d.Millis)
}

func (t *table) rows() []any {
	return []any{t.id, t.endpoint, t.seq, t.kind, t.aggregate, t.replay, t.status, t.attempts, t.next, t.created, t.tried, t.code, t.millis, t.err, t.response}
}

// release lets what waited for an endpoint that is back go at once.
func (l *loop) release(ctx context.Context) error {
	return store.Write(ctx, l.s.app.DB, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{
			SQL:  "UPDATE webhook_deliveries SET next_at = $1 WHERE endpoint = $2 AND status = 'retry_wait'",
			Args: []any{int64(l.s.o.Now()), l.id}, Want: store.AnyRows,
		})
	})
}

// wait is how long there is nothing to do after a page.
func (l *loop) wait(p page, q queue, t *turn, now micros.Time) time.Duration {
	if t.health.Throttled() {
		return time.Duration(t.health.NextAt-now) * time.Microsecond
	}
	if p.more || q.replay {
		return 0
	}
	return untilDue(p.items, now)
}

// untilDue is how long until something that waits may be tried; not longer than what waits is looked at anyway.
func untilDue(items []*item, now micros.Time) time.Duration {
	wait := lookBehind
	for _, it := range items {
		if it.Status == webhook.RetryWait {
			wait = min(wait, max(20*time.Millisecond, time.Duration(it.NextAt-now)*time.Microsecond))
		}
	}
	return wait
}
