package work

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"ordo/internal/errs"
	"ordo/internal/journal"
	"ordo/internal/micros"
	"ordo/internal/store"
)

// Command changes state. Needs names what it will load, as far as that is known before; Run decides, on a unit that
// may be run again from the start, so it has no effect outside of it.
type Command[R any] interface {
	Needs(n *Needs)
	Run(u *Unit) (R, error)
}

// Meta is what comes with every command.
type Meta struct {
	Actor           string
	RequestID       string
	ExpectedVersion int64            // from If-Match; 0 for any
	Key             *Key             // Idempotency-Key; nil for none
	Render          func(any) Answer // makes the answer that is stored under Key
}

// Outcome is how a request ended. One of Err, InFlight, Answer or Value tells.
type Outcome struct {
	Value    any
	Answer   *Answer // stored or replayed
	Replayed bool
	InFlight bool   // the first commit is done, the final answer is not there yet
	Subject  string // what a running or replayed answer is about
	Err      error
}

type request struct {
	needs func(*Needs)
	run   func(*Unit) (any, error)
	meta  Meta
	done  chan Outcome
}

// Options of a Committer.
type Options struct {
	Kinds    []*Spec            // all kinds of documents
	Workers  int                // batches that may be under way at once; SQLite has one writer, so one
	MaxBatch int                // commands per batch
	Queue    int                // commands that may wait; more are refused with 503
	Clock    func() micros.Time // for tests; nil takes the database's time
	Log      *slog.Logger
	// After is called after each commit, with the jobs that were stored; it only wakes (habit 12).
	After func(jobs []Job)
}

// Committer runs commands in batches.
type Committer struct {
	db      store.DB
	dialect store.Dialect
	kinds   []*Spec
	cache   *refCache
	text    texts
	queue   chan *request
	max     int
	clock   func() micros.Time
	log     *slog.Logger
	after   func([]Job)
	numbers numberBlocks
	stop    chan struct{}
	stopped atomic.Bool
	wg      sync.WaitGroup
	Stats   Stats
}

// Stats count what the committer did.
type Stats struct {
	Batches, Commands, Conflicts, Refused, Unavailable, Unknown atomic.Int64
}

// NewCommitter starts the workers. Close ends them.
func NewCommitter(db store.DB, o Options) *Committer {
	if o.MaxBatch == 0 {
		o.MaxBatch = 256
	}
	if o.Queue == 0 {
		o.Queue = 1000
	}
	if o.Workers == 0 {
		o.Workers = 1
		if db.Dialect().Sets {
			o.Workers = 2 // one decides while the other commits
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.After == nil {
		o.After = func([]Job) {}
	}
	c := &Committer{
		db: db, dialect: db.Dialect(), kinds: o.Kinds, cache: newRefCache(o.Kinds), queue: make(chan *request, o.Queue),
		max: o.MaxBatch, clock: o.Clock, log: o.Log, after: o.After, stop: make(chan struct{}),
	}
	c.numbers.db = db
	for range o.Workers {
		c.wg.Go(c.work)
	}
	return c
}

// Close finishes what is queued and ends the workers. Commands sent after it are refused with 503.
func (c *Committer) Close() {
	if c.stopped.CompareAndSwap(false, true) {
		close(c.stop)
		c.wg.Wait()
	}
}

// Waiting returns how many commands are queued.
func (c *Committer) Waiting() int { return len(c.queue) }

// ErrBusy is the answer of a full queue, ErrStopping that of a server that stops.
var (
	ErrBusy     = errs.New(errs.Unavailable, "busy", "too many requests are waiting; try again shortly")
	ErrStopping = errs.New(errs.Unavailable, "stopping", "the server is stopping; try again shortly")
	ErrAway     = errs.New(errs.Unavailable, "database_unavailable", "the database cannot take writes now; nothing was changed; try again shortly")
	ErrUnknown  = errs.New(errs.Unavailable, "outcome_unknown", "the connection was lost while committing; try again with the same Idempotency-Key to learn the outcome")
)

// Do runs a command and waits for its commit. A command once queued runs to its end even if ctx does not.
func Do[R any](ctx context.Context, c *Committer, cmd Command[R], meta Meta) (R, error) {
	out := Submit(ctx, c, cmd, meta)
	v, _ := out.Value.(R)
	return v, out.Err
}

// Submit is Do for requests with an Idempotency-Key.
func Submit[R any](ctx context.Context, c *Committer, cmd Command[R], meta Meta) Outcome {
	r := &request{needs: cmd.Needs, run: func(u *Unit) (any, error) { return cmd.Run(u) }, meta: meta, done: make(chan Outcome, 1)}
	if c.stopped.Load() {
		return Outcome{Err: ErrStopping}
	}
	select {
	case c.queue <- r:
	default:
		return Outcome{Err: ErrBusy}
	}
	select {
	case out := <-r.done:
		return out
	case <-ctx.Done():
		return Outcome{Err: errs.New(errs.Unavailable, "timeout", "no answer in time; try again with the same Idempotency-Key")}
	}
}

func (c *Committer) work() {
	for {
		select {
		case r := <-c.queue:
			c.batch(r)
		case <-c.stop:
			for {
				select {
				case r := <-c.queue:
					c.batch(r)
				default:
					return
				}
			}
		}
	}
}

// batch takes what else is queued and runs it.
func (c *Committer) batch(first *request) {
	reqs := append(make([]*request, 0, 64), first)
	for len(reqs) < c.max {
		select {
		case r := <-c.queue:
			reqs = append(reqs, r)
			continue
		default:
		}
		break
	}
	c.process(reqs, 0)
}

// batchTimeout bounds one attempt; a database that does not answer in it counts as away.
const batchTimeout = 30 * time.Second

// process runs the requests as one batch. What the database refuses is run again: first whole, then in halves, so
// that in the end only the culprit hears of it.
func (c *Committer) process(reqs []*request, tries int) {
	outs, jobs, err := c.attempts(reqs)
	if err == nil {
		c.Stats.Batches.Add(1)
		c.Stats.Commands.Add(int64(len(reqs)))
		c.after(jobs)
		for i, r := range reqs {
			r.done <- outs[i]
		}
		return
	}
	kind := store.KindOf(err)
	switch {
	case kind == store.Unavailable && tries < 3:
		time.Sleep(time.Duration(50<<tries) * time.Millisecond)
		c.process(reqs, tries+1)
		return
	case kind == store.Conflict && (tries < 2 || len(reqs) == 1 && tries < 20):
		c.Stats.Conflicts.Add(1)
		time.Sleep(time.Duration(tries) * time.Millisecond)
		c.process(reqs, tries+1)
		return
	case len(reqs) > 1 && (kind == store.Conflict || kind == store.Refused):
		c.process(reqs[:len(reqs)/2], 0)
		c.process(reqs[len(reqs)/2:], 0)
		return
	}
	answer := error(ErrAway)
	switch kind {
	case store.Unknown:
		answer = ErrUnknown
		c.Stats.Unknown.Add(1)
	case store.Refused:
		answer = err
		c.Stats.Refused.Add(1)
	case store.Conflict:
		answer = ErrBusy
	default:
		c.Stats.Unavailable.Add(1)
	}
	c.log.Error("batch refused", "commands", len(reqs), "err", err)
	for _, r := range reqs {
		r.done <- Outcome{Err: answer}
	}
}

// attempts runs the batch until its load set is complete.
func (c *Committer) attempts(reqs []*request) ([]Outcome, []Job, error) {
	ctx, cancel := context.WithTimeout(context.Background(), batchTimeout)
	defer cancel()
	need := newNeeds()
	for _, r := range reqs {
		r.needs(need)
		if r.meta.Key != nil {
			need.answers[r.meta.Key.id()] = true
		}
	}
	numbers, err := c.numbers.take(ctx, need.numbers)
	if err != nil {
		return nil, nil, err
	}
	for range 10 {
		outs, jobs, more, err := c.attempt(ctx, reqs, need, numbers)
		if err == nil && more == nil {
			c.numbers.giveBack(numbers)
		}
		if err != nil || more == nil {
			return outs, jobs, err
		}
		need.merge(more)
	}
	return nil, nil, errors.New("work: the load set of a batch keeps growing")
}

// attempt is one transaction. When a command needs a lock that would break the order of locks, it returns what more
// is needed, and nothing has happened.
func (c *Committer) attempt(ctx context.Context, reqs []*request, need *Needs, numbers *numberSet) (outs []Outcome, jobs []Job, more *Needs, err error) {
	tx, err := c.db.Begin(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	defer tx.Rollback()
	b := newBatch(c.cache, numbers, false)
	if err := c.load(ctx, tx.Do, b, need, true); err != nil {
		return nil, nil, nil, err
	}
	for {
		b.staged, numbers.used = newStaged(), 0
		var missing *Needs
		if outs, missing = c.run(b, reqs); missing == nil {
			break
		}
		if missing.lowest() <= b.loaded.highest() {
			return nil, nil, missing, nil
		}
		if err := c.load(ctx, tx.Do, b, missing, false); err != nil {
			return nil, nil, nil, err
		}
	}
	if b.staged.empty() {
		return outs, nil, nil, nil
	}
	var head journal.Head
	if err := tx.Do(ctx, append(c.writes(b), c.lockHead(&head))...); err != nil {
		return nil, nil, nil, err
	}
	appends, last := c.chain(b, head)
	if err := tx.Commit(ctx, appends...); err != nil {
		if store.KindOf(err) != store.Unknown {
			return nil, nil, nil, err
		}
		if err := c.resolve(last, err); err != nil {
			return nil, nil, nil, err
		}
	}
	return outs, b.staged.jobs, nil, nil
}

// resolve finds out what became of a COMMIT without an answer: nil when it happened, a conflict when it did not, so
// that the batch runs again.
func (c *Committer) resolve(last journal.Head, cause error) error {
	for wait := 50 * time.Millisecond; wait < 10*time.Second; wait *= 2 {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		happened, err := c.committed(ctx, last)
		cancel()
		if err == nil && happened {
			return nil
		}
		if err == nil {
			return &store.Error{Kind: store.Conflict, Err: cause}
		}
		time.Sleep(wait)
	}
	return cause
}

// run lets all commands decide, in order. It returns what could not be found, if anything.
func (c *Committer) run(b *batch, reqs []*request) ([]Outcome, *Needs) {
	outs := make([]Outcome, len(reqs))
	var missing *Needs
	for i, r := range reqs {
		u := newUnit(b, r.meta)
		out, err := c.runOne(u, r)
		if errors.Is(err, errMissing) {
			if missing == nil {
				missing = newNeeds()
			}
			missing.merge(u.need)
			continue
		}
		outs[i] = out
	}
	return outs, missing
}

func (c *Committer) runOne(u *Unit, r *request) (out Outcome, err error) {
	if r.meta.Key != nil {
		a := u.b.staged.answers[r.meta.Key.id()]
		if a == nil {
			a = u.b.answers[r.meta.Key.id()]
		}
		if a != nil {
			return a.replay(r.meta.Key), nil
		}
	}
	v, err := c.protect(u, r)
	if errors.Is(err, errMissing) {
		return out, err
	}
	if err != nil {
		return Outcome{Err: err}, nil // leaves no trace on its batch-mates
	}
	out = Outcome{Value: v, Subject: u.pending, InFlight: u.pending != ""}
	if wrote := !u.own.empty() || len(u.events) > 0; wrote && r.meta.Key != nil {
		out.Answer = u.storeAnswer(r, v)
	}
	if err := u.merge(); err != nil {
		return Outcome{Err: err}, nil
	}
	return out, nil
}

// storeAnswer stages the answer under the request's key; nil when it will be given later.
func (u *Unit) storeAnswer(r *request, v any) *Answer {
	id := r.meta.Key.id()
	a := &answer{id: id, fingerprint: r.meta.Key.Fingerprint[:], subject: u.pending, isNew: true, state: stateRunning, body: []byte{}}
	u.own.answers[id] = a
	if u.pending != "" {
		return nil
	}
	ans := r.meta.Render(v)
	a.state, a.status, a.body = stateDone, ans.Status, Compress(ans.Body)
	return &ans
}

// protect keeps a defect in one command away from the others.
func (c *Committer) protect(u *Unit, r *request) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("command panicked", "panic", p, "stack", string(debug.Stack()))
			v, err = nil, fmt.Errorf("work: panic: %v", p)
		}
	}()
	return r.run(u)
}

// DryRun runs a command alone on a read snapshot: same rules, full result, nothing locked, nothing written.
func DryRun[R any](ctx context.Context, c *Committer, cmd Command[R], meta Meta) (R, error) {
	var result R
	err := c.db.Snapshot(ctx, func(r store.Reader) error {
		b := newBatch(c.cache, &numberSet{}, true)
		need := newNeeds()
		cmd.Needs(need)
		for first := true; ; first = false {
			if err := c.load(ctx, r.Do, b, need, first); err != nil {
				return err
			}
			u := newUnit(b, meta)
			v, err := c.protect(u, &request{run: func(u *Unit) (any, error) { return cmd.Run(u) }})
			if errors.Is(err, errMissing) {
				need = u.need
				continue
			}
			if err == nil {
				result = v.(R)
			}
			return err
		}
	})
	if store.KindOf(err) == store.Unavailable {
		err = ErrAway
	}
	return result, err
}
