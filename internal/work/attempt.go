package work

import (
	"context"
	"errors"
	"time"

	"ordo/internal/journal"
	"ordo/internal/store"
)

const (
	// batchTimeout bounds one attempt; a database that does not answer in it counts as away.
	batchTimeout = 30 * time.Second
	// patience is how long a batch is tried again before its callers are told.
	patience = 5 * time.Second
	// maxAttempts and maxLoads stop a command that asks for something else each time it runs.
	maxAttempts, maxLoads = 10, 100
)

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
	c.process(reqs)
}

// process runs the requests as one batch and answers them. What the database refuses is run again: first whole, then
// in halves, so that in the end only the culprit hears of it.
func (c *Committer) process(reqs []*request) {
	begin := time.Now()
	for tries := 0; ; tries++ {
		outs, jobs, err := c.attempts(reqs, tries > 0)
		if err == nil {
			c.Stats.Batches.Add(1)
			c.Stats.Commands.Add(int64(len(reqs)))
			c.after(jobs)
			for i, r := range reqs {
				r.done <- outs[i]
			}
			return
		}
		if !c.again(err, len(reqs), tries, time.Since(begin)) {
			c.giveUp(reqs, err)
			return
		}
	}
}

// again reports whether the same batch has a chance when it is run once more, after a pause that fits the cause.
func (c *Committer) again(err error, commands, tries int, elapsed time.Duration) bool {
	if elapsed > patience {
		return false
	}
	switch store.KindOf(err) {
	case store.Unavailable:
		if tries >= 3 {
			return false
		}
		time.Sleep(time.Duration(50<<tries) * time.Millisecond)
		return true
	case store.Conflict:
		c.Stats.Conflicts.Add(1)
		if tries >= 2 && commands > 1 || tries >= 20 {
			return false
		}
		time.Sleep(time.Duration(tries) * time.Millisecond)
		return true
	}
	return false
}

func (c *Committer) giveUp(reqs []*request, err error) {
	kind := store.KindOf(err)
	if len(reqs) > 1 && (kind == store.Conflict || kind == store.Refused) {
		c.process(reqs[:len(reqs)/2])
		c.process(reqs[len(reqs)/2:])
		return
	}
	answer := error(ErrAway)
	switch kind {
	case store.Unknown:
		answer = ErrUnknown
		c.Stats.Unknown.Add(1)
	case store.Refused:
		answer = err
		if errors.Is(err, ErrMoved) { // nothing is wrong: what the command is about is looked for once more
			refuse(reqs, answer)
			return
		}
		c.Stats.Refused.Add(1)
	case store.Conflict:
		answer = ErrBusy
	case store.Unavailable:
		c.Stats.Unavailable.Add(1)
	}
	c.log.Error("batch refused", "commands", len(reqs), "err", err)
	refuse(reqs, answer)
}

func refuse(reqs []*request, answer error) {
	for _, r := range reqs {
		r.done <- Outcome{Err: answer}
	}
}

// attempts runs the batch until its load set is complete.
func (c *Committer) attempts(reqs []*request, alone bool) ([]Outcome, []Job, error) {
	ctx, cancel := context.WithTimeout(context.Background(), batchTimeout)
	defer cancel()
	need := newNeeds()
	for _, r := range reqs {
		need.merge(r.need)
	}
	numbers, err := c.numbers.take(ctx, need.numbers)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil && store.KindOf(err) != store.Unknown {
			numbers.used = 0 // nothing happened: the next attempt takes the same ones
		}
		if err == nil || store.KindOf(err) != store.Unknown {
			c.numbers.giveBack(numbers)
		}
	}()
	for range maxAttempts {
		var outs []Outcome
		var jobs []Job
		outs, jobs, need, err = c.attempt(ctx, reqs, need, numbers, alone)
		if err != nil || need == nil {
			return outs, jobs, err
		}
	}
	err = errors.New("work: the load set of a batch keeps growing")
	return nil, nil, err
}

// attempt is one transaction. When a command needs a lock that would break the order of locks, it returns all that
// the next attempt has to load at once, and nothing has happened.
func (c *Committer) attempt(ctx context.Context, reqs []*request, need *Needs, numbers *numberSet, alone bool) (outs []Outcome, jobs []Job, more *Needs, err error) {
	p := c.line.enter(alone)
	defer p.leave()
	tx, err := c.db.Begin(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	defer tx.Rollback()
	b := newBatch(c.cache, numbers, false)
	b.seat = p
	if err := c.load(ctx, tx.Do, b, need, true); err != nil {
		return nil, nil, nil, err
	}
	for range maxLoads {
		outs, missing := c.decide(b, reqs)
		if missing == nil {
			return outs, b.staged.jobs, nil, c.save(ctx, tx, b)
		}
		if missing.lowest() <= b.loaded.highest() {
			missing.merge(b.loaded)
			return nil, nil, missing, nil
		}
		if err := c.load(ctx, tx.Do, b, missing, false); err != nil {
			return nil, nil, nil, err
		}
	}
	return nil, nil, nil, errors.New("work: a command never finds what it asks for")
}

// decide runs the commands when it is the batch's turn.
func (c *Committer) decide(b *batch, reqs []*request) ([]Outcome, *Needs) {
	c.line.turn.Lock()
	defer c.line.turn.Unlock()
	b.seat.overlay(b)
	b.staged, b.numbers.used = newStaged(), 0
	outs, missing := c.run(b, reqs)
	if missing == nil {
		b.seat.decided(b)
	}
	return outs, missing
}

// save writes what the batch staged and commits. The journal head is locked last and for one round trip only: all
// other statements run before, the journal and COMMIT travel together after.
func (c *Committer) save(ctx context.Context, tx store.Tx, b *batch) error {
	if b.staged.empty() { // refusals
		return b.seat.certain()
	}
	writes := c.writes(b)
	b.seat.mayWrite()
	if len(b.staged.rows) == 0 { // such as finished jobs: nothing to number, and nothing to find an unknown outcome by
		if err := b.seat.certain(); err != nil {
			return err
		}
		return tx.Commit(ctx, append(writes, c.writePositions(b)...)...)
	}
	if err := tx.Do(ctx, writes...); err != nil {
		return err
	}
	b.seat.hasWritten()
	if err := b.seat.certain(); err != nil {
		return err
	}
	var head journal.Head
	if err := tx.Do(ctx, append(c.writePositions(b), c.lockHead(&head))...); err != nil {
		return err
	}
	if err := settled(ctx, tx, b.staged.guards); err != nil {
		return err
	}
	appends, last := c.chain(b, head)
	err := tx.Commit(ctx, appends...)
	b.seat.finish(err == nil)
	if store.KindOf(err) != store.Unknown || err == nil {
		return err
	}
	tx.Rollback() // gives the lost connection back: finding out needs another
	return c.resolve(last, err)
}

// settled runs what commands asked for by Unit.Settled, under the lock of the journal's head.
func settled(ctx context.Context, tx store.Tx, guards []guard) error {
	for _, g := range guards {
		n := 0
		if err := tx.Do(ctx, &store.Stmt{SQL: g.text, Args: g.args, Want: store.AnyRows, Once: true, Scan: func(store.Row) error { n++; return nil }}); err != nil {
			return err
		}
		if n != g.want {
			return &store.Error{Kind: store.Refused, Err: ErrMoved}
		}
	}
	return nil
}

// resolve finds out what became of a COMMIT without an answer: nil when it happened; when it did not, the batch may
// run again.
func (c *Committer) resolve(last journal.Head, cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), c.search)
	defer cancel()
	for wait := 50 * time.Millisecond; ctx.Err() == nil; wait *= 2 {
		happened, err := c.committed(ctx, last)
		if err == nil && happened {
			return nil
		}
		if err == nil {
			return &store.Error{Kind: store.Unavailable, Err: cause}
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	return cause
}
