package work

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"time"

	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/store"
)

// Answers stored under an Idempotency-Key (G1). The key is part of the commit: fingerprint and
// answer are written in the transaction of the effect.

// answerID is the first half of SHA-256 over the key's scope and the key: 128 bits, so equal ids mean equal keys.
type answerID [16]byte

func answerIDOf(b []byte) (id answerID) { copy(id[:], b); return id }

// Key names a request that may be sent more than once. Scope is who sent it (keys are unique per API key or user).
type Key struct {
	Scope, Value string
	Fingerprint  [32]byte // of method, path and canonical body
}

func (k *Key) id() answerID {
	h := sha256.Sum256([]byte(k.Scope + "\x00" + k.Value))
	return answerIDOf(h[:])
}

// ID returns the id under which the answer is stored.
func (k *Key) ID() []byte { id := k.id(); return id[:] }

// Answer is what a request was answered with.
type Answer struct {
	Status int
	Body   []byte
}

const (
	stateRunning = "running"
	stateDone    = "done"
	stateErased  = "erased" // it named somebody who was erased; the key stays used
)

type answer struct {
	id          answerID
	fingerprint []byte
	state       string
	status      int
	body        []byte   // compressed
	subject     string   // what the answer is about: erased with it, rendered from it
	others      []string // what it is about beside that: erased with them; not loaded
	createdAt   int64
	isNew       bool
}

// replay judges a stored answer: given again, refused, or still awaited.
func (a *answer) replay(k *Key) (out Outcome) {
	if subtle.ConstantTimeCompare(a.fingerprint, k.Fingerprint[:]) != 1 {
		out.Err = errs.New(errs.Invalid, "idempotency_conflict", "this Idempotency-Key was used for another request; use a new key for a new request")
		return out
	}
	if a.state == stateErased {
		out.Err = errs.New(errs.Conflict, "answer_erased", "the first request with this Idempotency-Key was carried out, and whom its answer named was erased since; use a new key for a new request")
		return out
	}
	out.Subject = a.subject
	if a.state == stateRunning {
		out.InFlight = true
		return out
	}
	body, err := Decompress(a.body)
	if err != nil {
		out.Err = err
		return out
	}
	out.Answer, out.Replayed = &Answer{a.status, body}, true
	return out
}

// about reports whether the answer is about one of the aggregates.
func (a *answer) about(aggregates []string) bool {
	return slices.Contains(aggregates, a.subject) || slices.ContainsFunc(a.others, func(o string) bool { return slices.Contains(aggregates, o) })
}

// erased is the answer without what it said.
func (a *answer) erased() *answer {
	e := *a
	e.state, e.status, e.body = stateErased, 0, []byte{}
	return &e
}

// subjects are the documents that a command saved and that can be erased: its answer may say what they say. The answer
// of an erasure names nobody any more.
func (u *Unit) subjects() (ids []string) {
	if len(u.own.erased) > 0 {
		return nil
	}
	for key := range u.own.docs {
		if key.spec.Personal && key.id != u.pending {
			ids = append(ids, key.id)
		}
	}
	slices.Sort(ids)
	return ids
}

// CloseAnswer gives the final answer for a request whose first commit left it running. It reports false when the
// answer was given already: whichever closes it first wins.
func (u *Unit) CloseAnswer(id []byte, ans Answer) (bool, error) {
	key := answerIDOf(id)
	a := u.own.answers[key]
	if a == nil {
		a = u.b.staged.answers[key]
	}
	if a == nil {
		var have bool
		if a, have = u.b.answers[key]; !have {
			return false, u.missing(func(n *Needs) { n.Answer(id) })
		}
	}
	if a == nil || a.state != stateRunning {
		return false, nil
	}
	closed := *a
	closed.state, closed.status, closed.body = stateDone, ans.Status, Compress(ans.Body)
	u.own.answers[key] = &closed
	return true, nil
}

// AnswerLater says that this command's answer is not final: the key is stored as running, with what it is about.
func (u *Unit) AnswerLater(subject string) { u.pending = subject }

// StoredAnswer reads the answer under a key, outside of any unit; nil while it is not given.
func StoredAnswer(ctx context.Context, db store.DB, id []byte) (*Answer, error) {
	var ans *Answer
	err := db.Query(ctx, func(r store.Row) error {
		var state string
		var a Answer
		if err := r.Scan(&state, &a.Status, &a.Body); err != nil || state != stateDone {
			return err
		}
		body, err := Decompress(a.Body)
		ans = &Answer{a.Status, body}
		return err
	}, "SELECT state, status, body FROM idempotency WHERE id = $1", id)
	return ans, err
}

// ErrForgotten is the answer where the one under a key was there when it was looked for, and no more when it was to be
// given: answers are kept for a time. Nothing was done under this request.
var ErrForgotten = errs.New(errs.Conflict, "answer_forgotten",
	"the answer under this Idempotency-Key was kept for its time and has just been forgotten; nothing was done now; read what it was about, and use a new key to do it again")

// replayed gives the stored answer under a key again; there is nothing else that it could do.
type replayed[R any] struct{}

// Needs implements Command.
func (replayed[R]) Needs(*Needs) {}

// Run implements Command. It is reached only where the answer was forgotten a moment ago.
func (replayed[R]) Run(*Unit) (out R, err error) { return out, ErrForgotten }

// Replayed returns a command that only gives the answer under the key of meta again, where the key was seen before;
// nil where it is new. What asks other systems before its command looks here first: the answer must not depend on
// whether they still give theirs.
func Replayed[R any](ctx context.Context, db store.DB, meta Meta) (Command[R], error) {
	if meta.Key == nil {
		return nil, nil
	}
	var cmd Command[R]
	err := db.Query(ctx, func(store.Row) error {
		cmd = replayed[R]{}
		return nil
	}, "SELECT id FROM idempotency WHERE id = $1", meta.Key.ID())
	return cmd, err
}

// sweepPage is how many answers are forgotten in one transaction, so that the sweep never holds up orders.
const sweepPage = 1_000

// SweepAnswers forgets answers that were given longer ago than maxAge. A request that still waits for its answer keeps
// its key, whatever its age.
func SweepAnswers(ctx context.Context, db store.DB, maxAge time.Duration) error {
	clock, args := db.Dialect().Clock, []any{maxAge.Microseconds(), stateRunning, int64(sweepPage)}
	if clock == "" {
		clock = "$4"
		args = append(args, int64(micros.Of(time.Now())))
	}
	text := "DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency WHERE created_at < " + clock + " - $1 AND state <> $2 ORDER BY created_at LIMIT $3) RETURNING id"
	others := db.Dialect().Delete("answer_subjects", []store.Col{{Name: "id", Type: store.Bytes}})
	for ctx.Err() == nil {
		var gone [][]byte
		if err := store.Write(ctx, db, func(tx store.Tx) error {
			gone = nil
			if err := tx.Do(ctx, &store.Stmt{SQL: text, Args: args, Want: store.AnyRows, Scan: func(r store.Row) error {
				var id []byte
				err := r.Scan(&id)
				gone = append(gone, slices.Clone(id))
				return err
			}}); err != nil {
				return err
			}
			return tx.Do(ctx, &store.Stmt{SQL: others, Rows: []any{gone}, Want: store.AnyRows})
		}); err != nil || len(gone) < sweepPage {
			return err
		}
	}
	return ctx.Err()
}
