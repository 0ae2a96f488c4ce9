package work

import (
	"context"
	"errors"

	"ordo/internal/journal"
	"ordo/internal/store"
)

// run lets all commands decide, in order. It returns what could not be found, if anything.
func (c *Committer) run(b *batch, reqs []*request) ([]Outcome, *Needs) {
	outs := make([]Outcome, len(reqs))
	var missing *Needs
	for i, r := range reqs {
		u := newUnit(b, r)
		outs[i] = c.runOne(u, r)
		if !u.need.empty() {
			if missing == nil {
				missing = newNeeds()
			}
			missing.merge(u.need)
		}
	}
	return outs, missing
}

// runOne runs a command and makes what it staged part of the batch; a command that fails leaves no trace on its
// batch-mates. Where it found something missing, the outcome does not count.
func (c *Committer) runOne(u *Unit, r *request) Outcome {
	if r.meta.Key != nil {
		id := r.meta.Key.id()
		a := u.b.staged.answers[id]
		if a == nil {
			a = u.b.answers[id]
		}
		if a != nil {
			return a.replay(r.meta.Key)
		}
	}
	used := u.b.numbers.used
	out, rows, err := c.protect(u, r)
	// A command may hide that something was missing behind another error: what it asked for tells.
	if err == nil && u.need.empty() {
		err = u.merge(rows)
	}
	if err != nil || !u.need.empty() {
		u.b.numbers.used = used
		return Outcome{Err: err}
	}
	return out
}

// protect runs all code of a command: its decision, the rendering of its answer and of its events.
func (c *Committer) protect(u *Unit, r *request) (out Outcome, rows []journal.Row, err error) {
	defer c.recovered(&err)
	v, err := r.run(u)
	if err != nil || !u.need.empty() || u.b.dry {
		return Outcome{Value: v}, nil, err
	}
	if len(u.raised) > 0 && c.raised != nil {
		if err := c.raised(u, u.raised); err != nil {
			return Outcome{}, nil, err
		}
	}
	u.tellLimits()
	for _, f := range u.ends {
		if err := f(); err != nil {
			return Outcome{}, nil, err
		}
	}
	out = Outcome{Value: v, Subject: u.pending, InFlight: u.pending != ""}
	if wrote := !u.own.empty() || len(u.events) > 0; wrote && r.meta.Key != nil {
		out.Answer = u.storeAnswer(r, v)
	}
	rows, err = u.rows()
	return out, rows, err
}

// storeAnswer stages the answer under the request's key; nil when it will be given later.
func (u *Unit) storeAnswer(r *request, v any) *Answer {
	id := r.meta.Key.id()
	a := &answer{id: id, fingerprint: r.meta.Key.Fingerprint[:], subject: u.pending, others: u.subjects(), isNew: true, state: stateRunning, body: []byte{}}
	if a.subject == "" && len(a.others) > 0 {
		a.subject, a.others = a.others[0], a.others[1:]
	}
	u.own.answers[id] = a
	if u.pending != "" {
		return nil
	}
	ans := r.meta.Render(v)
	a.state, a.status, a.body = stateDone, ans.Status, Compress(ans.Body)
	return &ans
}

// DryRun runs a command alone on a read snapshot: same rules, full result, nothing locked, nothing written.
func DryRun[R any](ctx context.Context, c *Committer, cmd Command[R], meta Meta) (R, error) {
	var zero R
	r, err := newRequest(c, cmd, meta)
	if err != nil {
		return zero, err
	}
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	var v any
	err = c.db.Snapshot(ctx, func(reader store.Reader) error {
		v, err = c.dryRun(ctx, reader, r)
		return err
	})
	if store.KindOf(err) == store.Unavailable {
		err = ErrAway
	}
	if err != nil {
		return zero, err
	}
	result, _ := v.(R) // not R where R is an interface and the result nil
	return result, nil
}

func (c *Committer) dryRun(ctx context.Context, reader store.Reader, r *request) (any, error) {
	b := newBatch(c.cache, &numberSet{}, true)
	need := r.need
	for i := range maxLoads {
		if err := c.load(ctx, reader.Do, b, need, i == 0); err != nil {
			return nil, err
		}
		u := newUnit(b, r)
		out, _, err := c.protect(u, r)
		if u.need.empty() {
			return out.Value, err
		}
		need = u.need
	}
	return nil, errors.New("work: a command never finds what it asks for")
}
