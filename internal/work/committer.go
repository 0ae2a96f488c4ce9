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
	Try             bool             // Do tells what would come of it, and writes nothing: see DryRun
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
	need *Needs
	run  func(*Unit) (any, error)
	meta Meta
	done chan Outcome
}

// newRequest asks the command for its needs, in the goroutine of the caller: the workers have enough to do.
func newRequest[R any](c *Committer, cmd Command[R], meta Meta) (r *request, err error) {
	defer c.recovered(&err)
	r = &request{need: newNeeds(), run: func(u *Unit) (any, error) { return cmd.Run(u) }, meta: meta, done: make(chan Outcome, 1)}
	cmd.Needs(r.need)
	if meta.Key != nil {
		set(&r.need.answers, meta.Key.id())
	}
	return r, nil
}

// ErrPanic is a defect in a command: to run it again would not help. What it says stays inside.
var ErrPanic = errors.New("work: panic")

// recovered turns a panic into an error, so that a defect in one command stays with that command.
func (c *Committer) recovered(err *error) {
	if p := recover(); p != nil {
		c.log.Error("command panicked", "panic", p, "stack", string(debug.Stack()))
		*err = fmt.Errorf("%w: %v", ErrPanic, p)
	}
}

// Options of a Committer.
type Options struct {
	Kinds    []*Spec            // all kinds of documents
	Workers  int                // batches that may be under way at once; SQLite has one writer, so one
	MaxBatch int                // commands per batch
	Queue    int                // commands that may wait; more are refused with 503
	Clock    func() micros.Time // for tests; nil takes the database's time
	Log      *slog.Logger
	Echoes   []Echo // what is emptied beside the journal where an aggregate is erased
	// After is called after each commit, with the jobs that were stored; it only wakes.
	After func(jobs []Job)
	// Raised is called at the end of a command that made more stock available, inside of its unit; nil for nobody.
	Raised func(u *Unit, raised []Raised) error
}

// Echo is a column of a log beside the documents that may repeat what was personal of the aggregate that its row names.
// Writers selects the rows that a transaction changes before it writes to the log: locked, nobody writes what the
// erasure does not see and who does not see the erasure.
type Echo struct{ Table, Column, Writers string }

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
	raised  func(*Unit, []Raised) error
	echoes  []Echo
	search  time.Duration // bounds the search for the outcome of a COMMIT without an answer
	numbers numberBlocks
	line    line
	stop    chan struct{}
	entry   sync.RWMutex // nothing is queued after stopped is set
	stopped bool
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
		max: o.MaxBatch, clock: o.Clock, log: o.Log, after: o.After, raised: o.Raised, echoes: o.Echoes, search: 15 * time.Second, stop: make(chan struct{}),
	}
	c.numbers.db = db
	checkRanks(o.Kinds)
	for range o.Workers {
		c.wg.Go(c.work)
	}
	return c
}

// Close finishes what is queued and ends the workers. Commands sent after it are refused with 503.
func (c *Committer) Close() {
	c.entry.Lock()
	first := !c.stopped
	c.stopped = true
	c.entry.Unlock()
	if first {
		close(c.stop)
	}
	c.wg.Wait()
}

// Waiting returns how many commands are queued.
func (c *Committer) Waiting() int { return len(c.queue) }

// ErrBusy is the answer of a full queue, ErrMoved that of a command which something came in between, ErrStopping that of a server that stops.
var (
	ErrBusy     = errs.New(errs.Unavailable, "busy", "too many requests are waiting; try again shortly")
	ErrMoved    = errs.New(errs.Unavailable, "busy", "what this is about was changed in this moment; try again") // Unit.Settled
	ErrStopping = errs.New(errs.Unavailable, "stopping", "the server is stopping; try again shortly")
	ErrAway     = errs.New(errs.Unavailable, "database_unavailable", "the database cannot take writes now; nothing was changed; try again shortly")
	ErrTimeout  = errs.New(errs.Unavailable, "timeout", "no answer in time; try again with the same Idempotency-Key to learn the outcome")
	ErrUnknown  = errs.New(errs.Unavailable, "outcome_unknown", "the connection was lost while committing; try again with the same Idempotency-Key to learn the outcome")
)

// Do runs a command and waits for its commit. A command once queued runs to its end even if ctx does not.
func Do[R any](ctx context.Context, c *Committer, cmd Command[R], meta Meta) (R, error) {
	if meta.Try {
		return DryRun(ctx, c, cmd, meta)
	}
	out := Submit(ctx, c, cmd, meta)
	v, _ := out.Value.(R)
	return v, out.Err
}

// errTried says that a dry run came where commands are committed.
var errTried = errors.New("work: a dry run is not submitted")

// Submit is Do for requests with an Idempotency-Key. It refuses a dry run: that is DryRun's, and writes nothing.
func Submit[R any](ctx context.Context, c *Committer, cmd Command[R], meta Meta) Outcome {
	if meta.Try {
		return Outcome{Err: errTried}
	}
	r, err := newRequest(c, cmd, meta)
	if err == nil {
		err = c.enqueue(r)
	}
	if err != nil {
		return Outcome{Err: err}
	}
	select {
	case out := <-r.done:
		return out
	case <-ctx.Done():
		return Outcome{Err: ErrTimeout}
	}
}

func (c *Committer) enqueue(r *request) error {
	c.entry.RLock()
	defer c.entry.RUnlock()
	if c.stopped {
		return ErrStopping
	}
	select {
	case c.queue <- r:
		return nil
	default:
		return ErrBusy
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
