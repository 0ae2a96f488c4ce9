// Package project reads the journal with cursors.
//
// What lives here: the loop that leases a reader to one node, hands it rows in order and moves its cursor. What does
// not: what is made of the rows; whoever wants facts, a search index or a feed adds a Reader.
// The one idea: a projection writes its result and its cursor in one transaction, so each row counts exactly once; a
// delivery to the outside moves the cursor after it, so each row goes out at least once. Readers of one node share what
// they read of the journal's end (tail).
package project

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"ordo/internal/journal"
	"ordo/internal/store"
)

// Reader is one consumer of the journal. Exactly one of Project and Deliver is set.
type Reader struct {
	Name string
	// Project says what is to be written of the rows; the statements and the move of the cursor are one transaction. It
	// is called before that, so that nobody who writes waits for what it computes, and reads what it needs through q:
	// whatever another node has done meanwhile, the move of the cursor finds out. The rows belong to all readers.
	Project func(ctx context.Context, q Querier, rows []journal.Row) ([]*store.Stmt, error)
	// Deliver sends the rows to the outside. It may see rows again after a crash.
	Deliver func(ctx context.Context, rows []journal.Row) error
}

// ErrLater is returned by a Deliver that cannot go on now and has told so itself: it gets the same rows again.
var ErrLater = errors.New("project: later")

// Querier runs reading statements, also over many rows.
type Querier interface {
	Do(ctx context.Context, stmts ...*store.Stmt) error
}

// querier asks a snapshot of its own for each call.
type querier struct{ db store.DB }

func (q querier) Do(ctx context.Context, stmts ...*store.Stmt) error {
	return q.db.Snapshot(ctx, func(r store.Reader) error { return r.Do(ctx, stmts...) })
}

const (
	pageSize = 1_000
	lease    = 30 * time.Second
	lookEach = 500 * time.Millisecond // commits of other nodes wake nobody here
	// pause follows a page that was not full. Under load the next one is fuller then, and those who write are not
	// asked for a transaction after each of their own; who wakes from rest does not wait.
	pause = 75 * time.Millisecond
)

// Runner runs readers on this node, as far as no other node has them.
type Runner struct {
	db      store.DB
	node    string
	changed func() <-chan struct{} // closed after the next commit of this node
	tail    tail
	turn    *turn
	renew   time.Duration // how often the lease of a reader is looked after while it works
	sure    time.Duration // for how long it lasts at least, after it was there
	log     *slog.Logger
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	now     func() time.Time
}

// NewRunner makes a runner; changed wakes the readers early and may be nil.
func NewRunner(db store.DB, node string, changed func() <-chan struct{}, log *slog.Logger) *Runner {
	if changed == nil {
		changed = func() <-chan struct{} { return nil }
	}
	return &Runner{db: db, node: node, changed: changed, tail: tail{db: db}, turn: newTurn(), renew: lease / 6, sure: lease / 2, log: log, now: time.Now}
}

// Start begins to read. Readers that are new begin at the start of the journal.
func (r *Runner) Start(ctx context.Context, readers ...Reader) error {
	for _, rd := range readers {
		if (rd.Project == nil) == (rd.Deliver == nil) {
			return fmt.Errorf("project: reader %s needs one of Project and Deliver", rd.Name)
		}
		if err := r.lease(rd.Name).Open(ctx, 0); err != nil {
			return err
		}
	}
	ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, rd := range readers {
		r.wg.Go(func() { r.loop(ctx, rd) })
	}
	return nil
}

// Stop ends all readers of this node after the page they are at, and gives their leases back.
func (r *Runner) Stop() {
	if r.cancel != nil {
		r.cancel()
		r.wg.Wait()
	}
}

func (r *Runner) loop(ctx context.Context, rd Reader) {
	defer r.giveBack(rd.Name)
	for {
		changed := r.changed()
		n, err := r.page(ctx, rd, changed)
		if err != nil && ctx.Err() == nil && !errors.Is(err, ErrLater) {
			r.log.Warn("journal reader stopped for a moment", "reader", rd.Name, "err", err)
		}
		if n == pageSize {
			continue
		}
		if n > 0 && !wait(ctx, nil, pause) || !wait(ctx, changed, lookEach) {
			return
		}
	}
}

// wait returns after a time, or when woken; false when all is over.
func wait(ctx context.Context, woken <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-woken:
	case <-t.C:
	case <-ctx.Done():
		return false
	}
	return true
}

// page reads and handles one page; of a delivery several, which moves the cursor once. It returns 0 when another node has
// the reader, or nothing is new, and pageSize when there is more. Who commits meanwhile closes changed.
func (r *Runner) page(ctx context.Context, rd Reader, changed <-chan struct{}) (n int, err error) {
	seq, ok, err := r.acquire(ctx, rd.Name)
	if err != nil || !ok {
		return 0, err
	}
	rows, err := r.tail.after(ctx, seq)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	at, full, last := rows[0].At.Std(), len(rows) == pageSize, rows[len(rows)-1].Seq
	held, release := r.hold(ctx, rd.Name)
	defer release()
	var failed error
	var stmts []*store.Stmt
	var computed time.Duration
	if rd.Deliver != nil {
		if last, full, failed = r.deliver(held, rd, seq, rows); last == seq {
			return 0, failed
		}
	} else {
		began := time.Now()
		if stmts, err = rd.Project(held, querier{r.db}, rows); err != nil {
			return 0, err
		}
		computed = time.Since(began)
	}
	if !r.turn.take(held) {
		return 0, held.Err()
	}
	began := time.Now()
	defer func() {
		rest := time.Duration(0)
		if woken(changed) { // what was computed took of the machine too
			rest = yield(computed+time.Since(began), r.now().Sub(at))
		}
		r.turn.give(rest)
	}()
	release()
	if err := r.write(ctx, rd.Name, seq, last, stmts); err != nil {
		return 0, err
	}
	if full {
		return pageSize, failed
	}
	return int(last - seq), failed
}

// deliverFor bounds how long a delivery goes on before its cursor is moved: what was delivered since is delivered again
// after a crash.
const deliverFor = time.Second

// deliver hands out rows, page after page, and returns up to which row it came and whether there is more.
func (r *Runner) deliver(ctx context.Context, rd Reader, seq int64, rows []journal.Row) (last int64, more bool, err error) {
	for end := time.Now().Add(deliverFor); ; {
		if len(rows) == 0 {
			return seq, false, nil
		}
		if err := rd.Deliver(ctx, rows); err != nil {
			return seq, false, err
		}
		seq = rows[len(rows)-1].Seq
		if len(rows) < pageSize || time.Now().After(end) {
			return seq, len(rows) == pageSize, nil
		}
		if rows, err = r.tail.after(ctx, seq); err != nil {
			return seq, false, err
		}
	}
}

// hold keeps the lease of a reader until it is released: both a delivery and the wait for the turn may take longer than
// a lease, and another node would deliver the same rows meanwhile. The context ends when the lease is lost all the same,
// and when nobody can say any more that it is not: the database is away, or does not answer, until it may have ended.
func (r *Runner) hold(ctx context.Context, name string) (held context.Context, release func()) {
	held, lost := context.WithCancel(ctx)
	ctx, cancel := context.WithCancel(ctx)
	over := time.AfterFunc(r.sure, lost)
	var wg sync.WaitGroup
	wg.Go(func() {
		for wait(ctx, nil, r.renew) {
			asked := time.Now()
			switch _, ok, err := r.acquire(ctx, name); {
			case err == nil && !ok:
				lost()
				return
			case err == nil:
				over.Reset(r.sure - time.Since(asked))
			}
		}
	})
	return held, func() {
		cancel()
		wg.Wait()
		over.Stop()
		lost()
	}
}

// write writes what a reader made of rows, and moves its cursor.
func (r *Runner) write(ctx context.Context, name string, from, to int64, stmts []*store.Stmt) error {
	tx, err := r.db.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// The cursor goes first: who has lost it writes nothing, and who makes everything anew waits here or is waited for.
	return tx.Commit(ctx, append([]*store.Stmt{r.lease(name).Move(from, to)}, stmts...)...)
}

// acquire takes or keeps the lease of a reader.
func (r *Runner) acquire(ctx context.Context, name string) (seq int64, ok bool, err error) {
	return r.lease(name).Take(ctx)
}

func (r *Runner) lease(name string) Lease {
	return Lease{DB: r.db, Node: r.node, Name: name, For: lease, Now: r.now}
}

func (r *Runner) giveBack(name string) {
	if err := r.lease(name).GiveBack(); err != nil {
		r.log.Info("the lease of a journal reader was not given back; it ends by itself", "reader", name, "err", err)
	}
}

// Position returns how far a reader has come; 0 for one that never ran.
func Position(ctx context.Context, db journal.Querier, name string) (seq int64, err error) {
	err = db.Query(ctx, func(r store.Row) error { return r.Scan(&seq) }, "SELECT seq FROM journal_readers WHERE name = $1", name)
	return seq, err
}
