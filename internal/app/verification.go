package app

import (
	"context"
	"errors"
	"sync"
	"time"

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
	StartedAt micros.Time `json:"started_at"`
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

// StartVerification lets the checks run as a job.
type StartVerification struct{}

// Needs implements work.Command.
func (StartVerification) Needs(*work.Needs) {}

// Run implements work.Command.
func (StartVerification) Run(u *work.Unit) (Verification, error) {
	v := Verification{ID: u.NewID("ver"), State: Verifying, StartedAt: u.Now()}
	u.Enqueue(jobVerify, verifyJob{v.ID}, u.Now())
	return v, nil
}

// StartVerification starts one, unless one is under way: then the answer is that one.
func (a *App) StartVerification(ctx context.Context, meta work.Meta) work.Outcome {
	list, err := a.Verifications(ctx)
	if err != nil {
		return work.Outcome{Err: err}
	}
	if len(list) > 0 && list[0].State == Verifying {
		return work.Outcome{Value: list[0]}
	}
	return work.Submit(ctx, a.Committer, StartVerification{}, meta)
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

// verifyDaily runs the checks once a day, on a node that has settled.
func (a *App) verifyDaily(ctx context.Context) error {
	if time.Since(a.verifying.since) < verifySettled {
		return nil
	}
	list, err := a.Verifications(ctx)
	if err != nil || len(list) > 0 && list[0].StartedAt.Add(verifyPeriod) > a.now() {
		return err
	}
	return a.beginVerify(ctx, ids.New("ver"))
}

func (a *App) runVerifyJob(ctx context.Context, j jobs.Job) error {
	var args verifyJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	return a.beginVerify(ctx, args.ID)
}

// beginVerify begins a run beside the job, which would be cut off where there is much to read.
func (a *App) beginVerify(ctx context.Context, id string) error {
	if a.Verifier == nil {
		return nil
	}
	v := Verification{ID: id, State: Verifying, StartedAt: a.now()}
	err := store.Write(ctx, a.DB, func(tx store.Tx) error {
		now := a.now()
		if err := tx.Do(ctx, &store.Stmt{SQL: "UPDATE verifications SET state = $1 WHERE state = $2 AND beat_at < $3", Args: []any{VerificationCut, Verifying, int64(now.Add(-verifySilence))}, Want: store.AnyRows}); err != nil {
			return err
		}
		return tx.Do(ctx, &store.Stmt{
			SQL:  `INSERT INTO verifications (id, state, beat_at, doc) SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM verifications WHERE state = $2 OR id = $1)`,
			Args: []any{id, Verifying, int64(now), string(jsonx.Marshal(v))}, Want: 1,
		})
	})
	if errors.Is(err, store.ErrRows) {
		a.log.Info("verification not begun", "reason", "one is under way, here or on another node", "id", id)
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
