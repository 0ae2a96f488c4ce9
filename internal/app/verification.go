package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Verification is a run of the checks of `ordo verify` by the server, as it goes and as it went. It is no document and
// has no events: what it says is about the journal.
type Verification struct {
	ID        string      `json:"id"`
	State     string      `json:"state"`
	StartedAt micros.Time `json:"started_at"` // when it was asked for, until it begins
	EndedAt   micros.Time `json:"ended_at,omitzero"`
	Stage     string      `json:"stage,omitzero"` // what is read now
	Done      int64       `json:"done,omitzero"`  // of it
	Total     int64       `json:"total,omitzero"`
	Error     string      `json:"error,omitzero"` // why it could not check
	Verified
}

// Verified is what a run found.
type Verified struct {
	Checks   int64     `json:"checks"`
	Rows     int64     `json:"rows"` // tested, over all checks
	Broken   int64     `json:"broken"`
	Warnings int64     `json:"warnings"`
	Head     string    `json:"head,omitzero"` // of the journal, as --expect-head takes it
	Findings []Finding `json:"findings,omitzero"`
}

// Finding is what a check found: the first row of its kind.
type Finding struct {
	Check   string `json:"check"`
	Says    string `json:"says"`
	Rows    int64  `json:"rows"` // that are like this
	Row     string `json:"row"`
	Text    string `json:"text"`
	Warning bool   `json:"warning,omitzero"` // to look at; nothing is broken
}

// States of a verification.
const (
	VerifyQueued       = "queued" // asked for; it begins when the one before it ends
	Verifying          = "running"
	VerificationPassed = "passed"
	VerificationFailed = "failed"  // it found what is broken
	VerificationError  = "errored" // it could not check
	VerificationCut    = "cut_off" // the server that ran it is gone
)

const (
	jobVerify          = "verify"
	verifyBeat         = 2 * time.Second // how often a run says how far it is
	verifySilence      = time.Minute     // a run that says nothing for so long is over
	verifyPeriod       = 24 * time.Hour
	verifySettled      = 30 * time.Minute // a server that was just started has other things to do
	verificationsKept  = 30
	verificationWrites = 10 * time.Second
)

type verifyJob struct {
	ID string `json:"id"`
}

// Verifier runs the checks on a snapshot, and tells how far it is.
type Verifier func(ctx context.Context, progress func(stage string, done, total int64)) (Verified, error)

// verifying is the run of this node.
type verifying struct {
	wg   sync.WaitGroup
	ctx  context.Context //nolint:containedctx // the life of the node
	stop context.CancelFunc

	since time.Time // the node runs
}

func registerVerify(a *App) {
	a.verifying.ctx, a.verifying.stop = context.WithCancel(context.Background())
	a.verifying.since = time.Now()
	a.Jobs.Handle(jobVerify, a.runVerifyJob)
	a.Jobs.Schedule("verify_daily", time.Hour, a.verifyDaily)
}

// startVerification lets a run that was asked for begin, as a job.
type startVerification struct{ of Verification }

// Needs implements work.Command.
func (startVerification) Needs(*work.Needs) {}

// Run implements work.Command.
func (c startVerification) Run(u *work.Unit) (Verification, error) {
	if c.of.State == VerifyQueued { // also where somebody else asked for it, whose job may never have been stored
		u.Enqueue(jobVerify, verifyJob{c.of.ID}, u.Now())
	}
	return c.of, nil
}

// StartVerification asks for a run, unless one is asked for or under way: then the answer is that one.
func (a *App) StartVerification(ctx context.Context, meta work.Meta) work.Outcome {
	again, err := work.Replayed[Verification](ctx, a.DB, meta)
	if err != nil {
		return work.Outcome{Err: err}
	}
	if again != nil {
		return work.Submit(ctx, a.Committer, again, meta)
	}
	v, err := a.askForVerification(ctx)
	if err != nil {
		return work.Outcome{Err: err}
	}
	return work.Submit(ctx, a.Committer, startVerification{v}, meta)
}

// askForVerification stores a run that is to happen, before anybody is told of it, or finds the one that is to happen or
// happens already. The index of open runs allows one, whoever else asks at the same time; what one is asked for and
// gets no job begins with the next daily look.
func (a *App) askForVerification(ctx context.Context) (v Verification, err error) {
	for range 3 { // one that is found open may end before it is read
		now := a.now()
		v = Verification{ID: ids.New("ver"), State: VerifyQueued, StartedAt: now}
		err = store.Write(ctx, a.DB, func(tx store.Tx) error {
			if err := cutSilent(ctx, tx, now); err != nil {
				return err
			}
			return tx.Do(ctx, &store.Stmt{
				SQL:  "INSERT INTO verifications (id, state, beat_at, doc) SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM verifications WHERE state IN ($2, $5)) ON CONFLICT DO NOTHING",
				Args: []any{v.ID, VerifyQueued, int64(now), string(jsonx.Marshal(v)), Verifying}, Want: 1,
			})
		})
		if !errors.Is(err, store.ErrRows) {
			return v, err
		}
		v = Verification{}
		if err = a.DB.Query(ctx, func(r store.Row) error {
			var doc string
			if err := r.Scan(&doc); err != nil {
				return err
			}
			return jsonx.Unmarshal([]byte(doc), &v)
		}, "SELECT doc FROM verifications WHERE state = $1 OR state = $2 AND beat_at >= $3 ORDER BY id LIMIT 1", VerifyQueued, Verifying, int64(now.Add(-verifySilence))); err != nil || v.ID != "" {
			return v, err
		}
	}
	return v, errs.New(errs.Unavailable, "busy", "verifications begin and end just now; try again")
}

// cutSilent ends runs whose server is gone.
func cutSilent(ctx context.Context, tx store.Tx, now micros.Time) error {
	return tx.Do(ctx, &store.Stmt{SQL: "UPDATE verifications SET state = $1 WHERE state = $2 AND beat_at < $3", Args: []any{VerificationCut, Verifying, int64(now.Add(-verifySilence))}, Want: store.AnyRows})
}

// Verifications lists the last runs, newest first.
func (a *App) Verifications(ctx context.Context) ([]Verification, error) {
	var out []Verification
	now := a.now()
	err := a.DB.Query(ctx, func(r store.Row) error {
		var doc string
		var beat micros.Time
		if err := r.Scan(&doc, &beat); err != nil {
			return err
		}
		var v Verification
		err := jsonx.Unmarshal([]byte(doc), &v)
		if v.State == Verifying && beat.Add(verifySilence) < now {
			v.State = VerificationCut
		}
		out = append(out, v)
		return err
	}, "SELECT doc, beat_at FROM verifications ORDER BY id DESC LIMIT $1", verificationsKept)
	return out, err
}

// verifyDaily runs the checks once a day, on a node that has settled, and what was asked for and has not begun.
func (a *App) verifyDaily(ctx context.Context) error {
	if time.Since(a.verifying.since) < verifySettled {
		return nil
	}
	list, err := a.Verifications(ctx)
	if err != nil || len(list) > 0 && list[0].State != VerifyQueued && list[0].StartedAt.Add(verifyPeriod) > a.now() {
		return err
	}
	v, err := a.askForVerification(ctx)
	if err != nil {
		return err
	}
	return a.beginVerify(ctx, v.ID)
}

func (a *App) runVerifyJob(ctx context.Context, j jobs.Job) error {
	var args verifyJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	return a.beginVerify(ctx, args.ID)
}

// beginVerify begins a run that was asked for, beside the job, which would be cut off where there is much to read.
func (a *App) beginVerify(ctx context.Context, id string) error {
	if a.Verifier == nil {
		return nil
	}
	v := Verification{ID: id, State: Verifying, StartedAt: a.now()}
	err := store.Write(ctx, a.DB, func(tx store.Tx) error {
		now := a.now()
		if err := cutSilent(ctx, tx, now); err != nil {
			return err
		}
		return tx.Do(ctx, &store.Stmt{
			SQL:  "UPDATE verifications SET state = $1, beat_at = $2, doc = $3 WHERE id = $4 AND state = $5 AND NOT EXISTS (SELECT 1 FROM verifications WHERE state = $1)",
			Args: []any{Verifying, int64(now), string(jsonx.Marshal(v)), id, VerifyQueued}, Want: 1,
		})
	})
	if errors.Is(err, store.ErrRows) {
		a.log.Info("verification not begun", "reason", "it has begun already, or another is under way", "id", id)
		return nil
	}
	if err != nil {
		return err
	}
	a.verifying.wg.Go(func() { a.verify(v) })
	return nil
}

// verify runs the checks, says again and again how far they are, and stores what they found.
func (a *App) verify(v Verification) {
	var mu sync.Mutex
	done := make(chan struct{})
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		t := time.NewTicker(verifyBeat)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
				mu.Lock()
				now := v
				mu.Unlock()
				a.storeVerification(now)
			}
		}
	}()
	found, err := a.Verifier(a.verifying.ctx, func(stage string, n, total int64) {
		mu.Lock()
		v.Stage, v.Done, v.Total = stage, n, total
		mu.Unlock()
	})
	close(done)
	<-beating
	v.Verified, v.EndedAt, v.Stage, v.Done, v.Total = found, a.now(), "", 0, 0
	switch {
	case a.verifying.ctx.Err() != nil:
		v.State = VerificationCut
	case err != nil:
		v.State, v.Error = VerificationError, err.Error()
	case found.Broken > 0:
		v.State = VerificationFailed
		a.log.Error("verification found what is wrong", "id", v.ID, "broken", found.Broken)
	default:
		v.State = VerificationPassed
	}
	a.storeVerification(v)
}

// storeVerification stores how a run does. What cannot be stored is told by the next beat, or by silence.
func (a *App) storeVerification(v Verification) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(a.verifying.ctx), verificationWrites)
	defer cancel()
	err := store.Write(ctx, a.DB, func(tx store.Tx) error {
		err := tx.Do(ctx, &store.Stmt{SQL: "UPDATE verifications SET state = $1, beat_at = $2, doc = $3 WHERE id = $4", Args: []any{v.State, int64(a.now()), string(jsonx.Marshal(v)), v.ID}, Want: store.AnyRows})
		if err != nil || v.State == Verifying {
			return err
		}
		return tx.Do(ctx, &store.Stmt{SQL: "DELETE FROM verifications WHERE id NOT IN (SELECT id FROM verifications ORDER BY id DESC LIMIT $1)", Args: []any{int64(verificationsKept)}, Want: store.AnyRows})
	})
	if err != nil {
		a.log.Warn("verification not stored", "id", v.ID, "error", err)
	}
}
