package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"sync"
	"time"

	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/people"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Sign-in reads and writes its own small tables beside the journal: who tries passwords must not fill it, and nothing
// of orders depends on them.

// SignIn is what a person types.
type SignIn struct {
	Email, Password string
	Code            string // one-time or recovery code, where the user has them
	Agent, Address  string // of the browser
}

// Person is somebody who is signed in.
type Person struct {
	User    *people.User
	Session *people.Session
	Access  *Access
	Token   string // a new one for the cookie; "" to keep it
}

// Errors of signing in. They do not tell whether there is such a user, whether the password was right, or whether the
// account is locked.
var (
	errSignIn = errs.New(errs.Unauthenticated, "sign_in_failed", "mail address, password and code do not fit together, or there were too many tries; wait a few minutes before you try again")
	// ErrNeedCode is answered to the right password of a user who has one-time codes.
	ErrNeedCode = errs.New(errs.Unauthenticated, "code_needed", "type the code that your device shows, or one of your recovery codes")
)

// hashing bounds how many passwords are hashed at once: each takes 19 MiB and a core.
const hashing = 2

// personCacheAge is how long a session is trusted without asking the database, as keyCacheAge.
const personCacheAge = time.Second

// persons remembers sessions for a moment.
type persons struct {
	mu   sync.Mutex
	m    map[string]cachedPerson
	slot chan struct{}
}

type cachedPerson struct {
	person *Person
	at     time.Time
}

func (p *persons) init() { p.m, p.slot = map[string]cachedPerson{}, make(chan struct{}, hashing) }

func (p *persons) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.m)
}

// crypt runs a function that hashes, when there is room.
func (a *App) crypt(ctx context.Context, f func()) error {
	select {
	case a.people.slot <- struct{}{}:
		defer func() { <-a.people.slot }()
		f()
		return nil
	case <-ctx.Done():
		return work.ErrBusy
	}
}

func (a *App) hash(ctx context.Context, password string) (hash string, err error) {
	salt := make([]byte, people.SaltLen)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	err = a.crypt(ctx, func() { hash = people.Hash(password, salt) })
	return hash, err
}

func (a *App) matches(ctx context.Context, hash, password string) (right bool, err error) {
	err = a.crypt(ctx, func() { right = people.Matches(hash, password) })
	return right, err
}

// SignIn checks mail address, password and code, and begins a session.
func (a *App) SignIn(ctx context.Context, in SignIn) (*Person, error) {
	user, err := a.userBy(ctx, ScopeUserEmail, fold(in.Email))
	if err != nil {
		return nil, err
	}
	known := user != nil && user.Active && user.Password != ""
	hash, id := "", someone(in.Email)
	if known {
		hash, id = user.Password, user.ID
	}
	now := a.now()
	tries, free, err := a.try(ctx, id, now)
	if err != nil {
		return nil, err
	}
	right, err := a.matches(ctx, hash, in.Password)
	if err != nil {
		return nil, err
	}
	if !known || !free || !right {
		return nil, errSignIn
	}
	var step int64
	if user.TOTP != "" {
		if in.Code == "" {
			return nil, a.untry(ctx, id, tries, now)
		}
		if step, right, err = a.checkCode(ctx, user, in.Code, now, tries); err != nil {
			return nil, err
		}
	}
	if !right {
		return nil, errSignIn
	}
	if err := a.passed(ctx, id, step); err == store.ErrRows { //nolint:errorlint // it is not wrapped
		return nil, errSignIn // somebody was faster with the same code
	} else if err != nil {
		return nil, err
	}
	return a.begin(ctx, user, now, in.Agent, in.Address)
}

// someone is under what id the tries for an unknown account count: they are written as those for a known one are, so
// that neither answer nor time tells one from the other, and 256 rows are all they take.
func someone(email string) string {
	h := sha256.Sum256([]byte(fold(email)))
	return "someone-" + hex.EncodeToString(h[:1])
}

// try counts a try as failed before its password is looked at, so that tries at the same moment count each; passed
// takes it back. It is not free while the account is locked, and then not counted either; it is written all the same, so
// that time does not tell.
func (a *App) try(ctx context.Context, id string, now micros.Time) (was people.Tries, free bool, err error) {
	for {
		if was, err = a.tries(ctx, id); err != nil {
			return was, false, err
		}
		next, locked := was.Failed(now), now < was.Until
		if locked {
			next = was
		}
		if err = a.saveTries(ctx, id, was, next); err != store.ErrRows { //nolint:errorlint // it is not wrapped
			return was, err == nil && !locked, err
		}
	}
}

// untry takes a try back whose password was right and whose code is missing, unless others came between.
func (a *App) untry(ctx context.Context, id string, was people.Tries, now micros.Time) error {
	if err := a.saveTries(ctx, id, was.Failed(now), was); err != nil && err != store.ErrRows { //nolint:errorlint // it is not wrapped
		return err
	}
	return ErrNeedCode
}

// checkCode takes a one-time code, or uses a recovery code up.
func (a *App) checkCode(ctx context.Context, user *people.User, code string, now micros.Time, tries people.Tries) (step int64, ok bool, err error) {
	if step, ok = people.CheckCode(user.TOTP, code, now, tries.Step); ok {
		return step, true, nil
	}
	if probe := *user; !probe.UseRecovery(code) {
		return 0, false, nil
	}
	_, err = a.changeCredentials(ctx, user.ID, "user.recovery_code_used", work.Meta{Actor: user.ID}, func(u *people.User) error {
		if !u.UseRecovery(code) { // somebody was faster with the same one
			return errSignIn
		}
		return nil
	})
	return 0, err == nil, err
}

// userBy finds a user by a unique value; nil for none.
func (a *App) userBy(ctx context.Context, scope, value string) (*people.User, error) {
	var found *people.User
	err := a.DB.Query(ctx, func(r store.Row) (err error) {
		found, err = scanDoc(Users, r)
		return err
	}, "SELECT doc FROM users WHERE id = (SELECT owner FROM unique_keys WHERE scope = $1 AND value = $2)", scope, value)
	return found, err
}

func (a *App) tries(ctx context.Context, user string) (t people.Tries, err error) {
	err = a.DB.Query(ctx, func(r store.Row) error { return r.Scan(&t.Failures, &t.Until, &t.Step) }, "SELECT failures, locked_until, step FROM sign_ins WHERE id = $1", user)
	return t, err
}

// saveTries writes what became of tries; store.ErrRows says that they are no longer what they were.
func (a *App) saveTries(ctx context.Context, id string, was, t people.Tries) error {
	return a.writeTries(ctx, "sign_ins.failures = $5 AND sign_ins.locked_until = $6 AND sign_ins.step = $7",
		id, t.Failures, int64(t.Until), t.Step, was.Failures, int64(was.Until), was.Step)
}

// passed forgets failed tries, and uses up the one-time code of a step; 0 for none. store.ErrRows says that it was used.
func (a *App) passed(ctx context.Context, id string, step int64) error {
	if step == 0 {
		return store.Write(ctx, a.DB, func(tx store.Tx) error {
			return tx.Do(ctx, &store.Stmt{SQL: "UPDATE sign_ins SET failures = 0, locked_until = 0 WHERE id = $1", Args: []any{id}, Want: store.AnyRows})
		})
	}
	return a.writeTries(ctx, "sign_ins.step < excluded.step", id, int64(0), int64(0), step)
}

func (a *App) writeTries(ctx context.Context, where string, args ...any) error {
	return store.Write(ctx, a.DB, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{
			SQL: `INSERT INTO sign_ins (id, failures, locked_until, step) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET failures = excluded.failures, locked_until = excluded.locked_until, step = excluded.step
			WHERE ` + where,
			Args: args, Want: 1,
		})
	})
}

// token is what a cookie holds, 256 random bits, and the id under which its session is stored.
func token() (token, id string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails since Go 1.24
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, sessionID(token)
}

func sessionID(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// begin starts a session of a user.
func (a *App) begin(ctx context.Context, user *people.User, now micros.Time, agent, address string) (*Person, error) {
	s := &people.Session{User: user.ID, Epoch: user.Epoch, CreatedAt: now, RotatedAt: now, SeenAt: now, EndsAt: a.Settings.sessions().Ends(now, now), Agent: clip(agent, 200), Address: clip(address, 60)}
	access, err := a.Grants(ctx, user)
	if err != nil {
		return nil, err
	}
	p := &Person{User: user, Session: s, Access: access}
	p.Token, s.ID = token()
	return p, store.Write(ctx, a.DB, func(tx store.Tx) error { return tx.Do(ctx, insertSession(s)) })
}

// clip cuts a text from outside, and takes out what is no text.
func clip(s string, most int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	r := []rune(s)
	return string(r[:min(len(r), most)])
}

func insertSession(s *people.Session) *store.Stmt {
	return &store.Stmt{
		SQL:  "INSERT INTO sessions (id, user_id, epoch, created_at, rotated_at, seen_at, ends_at, agent, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		Args: []any{s.ID, s.User, s.Epoch, int64(s.CreatedAt), int64(s.RotatedAt), int64(s.SeenAt), int64(s.EndsAt), s.Agent, s.Address}, Want: 1,
	}
}

func (s *Settings) sessions() people.Limits {
	return people.Limits{Idle: s.SessionIdle, Age: s.SessionAge}
}

// PersonOf finds who has the token of a cookie; nil for nobody. A token that is due is rotated: Token has the new one.
func (a *App) PersonOf(ctx context.Context, token string) (*Person, error) {
	if len(token) != 43 {
		return nil, nil
	}
	id := sessionID(token)
	a.people.mu.Lock()
	c, ok := a.people.m[id]
	a.people.mu.Unlock()
	if ok && time.Since(c.at) < personCacheAge {
		return c.person, nil
	}
	p, err := a.personOf(ctx, id)
	if err != nil || p == nil || p.Token != "" {
		return p, err
	}
	a.people.mu.Lock()
	defer a.people.mu.Unlock()
	if len(a.people.m) > 10_000 {
		clear(a.people.m)
	}
	a.people.m[id] = cachedPerson{p, time.Now()}
	return p, nil
}

const sessionColumns = "id, user_id, epoch, created_at, rotated_at, seen_at, ends_at, agent, address"

func scanSession(r store.Row) (*people.Session, error) {
	s := &people.Session{}
	return s, r.Scan(&s.ID, &s.User, &s.Epoch, &s.CreatedAt, &s.RotatedAt, &s.SeenAt, &s.EndsAt, &s.Agent, &s.Address)
}

func (a *App) personOf(ctx context.Context, id string) (*Person, error) {
	var s *people.Session
	if err := a.DB.Query(ctx, func(r store.Row) (err error) {
		s, err = scanSession(r)
		return err
	}, "SELECT "+sessionColumns+" FROM sessions WHERE id = $1", id); err != nil || s == nil {
		return nil, err
	}
	user, err := one(ctx, a.DB, Users, s.User)
	if err != nil {
		return nil, ignoreUnknown(err)
	}
	now := a.now()
	if !s.Good(user, now) {
		return nil, nil
	}
	p := &Person{User: user, Session: s}
	if p.Access, err = a.Grants(ctx, user); err != nil {
		return nil, err
	}
	return p, a.touch(ctx, p, now)
}

// touch notes that a session is used, to the minute, and rotates its token when that is due. Of two requests at once,
// one rotates.
func (a *App) touch(ctx context.Context, p *Person, now micros.Time) error {
	s := *p.Session
	switch {
	case s.Stale(now):
		next := s
		var fresh string
		fresh, next.ID = token()
		next.RotatedAt, next.SeenAt, next.EndsAt = now, now, a.Settings.sessions().Ends(s.CreatedAt, now)
		err := store.Write(ctx, a.DB, func(tx store.Tx) error {
			return tx.Do(ctx, &store.Stmt{SQL: "UPDATE sessions SET ends_at = $1 WHERE id = $2 AND ends_at = $3", Args: []any{int64(now.Add(people.RotateGrace)), s.ID, int64(s.EndsAt)}, Want: 1}, insertSession(&next))
		})
		if err == store.ErrRows { //nolint:errorlint // it is not wrapped
			return nil // the other request has it
		}
		if err == nil {
			p.Session, p.Token = &next, fresh
		}
		return err
	case now >= s.SeenAt.Add(time.Minute) && s.EndsAt > now.Add(people.RotateGrace):
		s.SeenAt, s.EndsAt = now, a.Settings.sessions().Ends(s.CreatedAt, now)
		p.Session = &s
		return store.Write(ctx, a.DB, func(tx store.Tx) error {
			return tx.Do(ctx, &store.Stmt{SQL: "UPDATE sessions SET seen_at = $1, ends_at = $2 WHERE id = $3 AND ends_at > $4", Args: []any{int64(now), int64(s.EndsAt), s.ID, int64(now.Add(people.RotateGrace))}, Want: store.AnyRows})
		})
	}
	return nil
}

// Sessions lists a user's sessions, newest first, ended ones too.
func (a *App) Sessions(ctx context.Context, user string, limit int) (out []*people.Session, err error) {
	err = a.DB.Query(ctx, func(r store.Row) error {
		s, err := scanSession(r)
		out = append(out, s)
		return err
	}, "SELECT "+sessionColumns+" FROM sessions WHERE user_id = $1 ORDER BY created_at DESC, rotated_at DESC LIMIT $2", user, limit)
	return out, err
}

// SignOut ends a session.
func (a *App) SignOut(ctx context.Context, p *Person) error {
	a.people.forget()
	return store.Write(ctx, a.DB, func(tx store.Tx) error {
		now := int64(a.now())
		return tx.Do(ctx, &store.Stmt{SQL: "UPDATE sessions SET ends_at = $1 WHERE user_id = $2 AND created_at = $3 AND ends_at > $4", Args: []any{now, p.User.ID, int64(p.Session.CreatedAt), now}, Want: store.AnyRows})
	})
}

// ChangePassword gives a person another password, ends all sessions and begins a new one.
func (a *App) ChangePassword(ctx context.Context, p *Person, old, fresh string, meta work.Meta) (*Person, error) {
	if err := a.confirm(ctx, p, "/old", old); err != nil {
		return nil, err
	}
	var list errs.List
	if p.User.CheckPassword(&list, "/new", fresh); old == fresh {
		list.Add("/new", "weak_password", "take another one than before")
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	hash, err := a.hash(ctx, fresh)
	if err != nil {
		return nil, err
	}
	user, err := a.changeCredentials(ctx, p.User.ID, "user.password_changed", meta, func(u *people.User) error {
		u.Password, u.PasswordAt, u.MustChange, u.Epoch = hash, a.now(), false, u.Epoch+1
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a.begin(ctx, user, a.now(), p.Session.Agent, p.Session.Address)
}

// confirm asks a person who is signed in for the password again: an open browser is not enough for what locks its owner
// out. It counts tries with those of signing in.
func (a *App) confirm(ctx context.Context, p *Person, pointer, password string) error {
	var list errs.List
	_, free, err := a.try(ctx, p.User.ID, a.now())
	if err != nil {
		return err
	}
	if !free {
		list.Add(pointer, "too_many_tries", "there were too many tries; wait a few minutes before you try again")
		return list.Err()
	}
	right, err := a.matches(ctx, p.User.Password, password)
	if err != nil {
		return err
	}
	if !right {
		list.Add(pointer, "wrong_password", "this is not your password")
		return list.Err()
	}
	return a.passed(ctx, p.User.ID, 0)
}

// NewTOTP makes a secret for one-time codes; nothing is stored before EnableTOTP.
func NewTOTP() string {
	b := make([]byte, people.TOTPSecretLen)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return people.Secret32(b)
}

// EnableTOTP turns one-time codes on, once the device shows the right one, for who knows the password, if there is one. It
// returns the recovery codes, which are shown once.
func (a *App) EnableTOTP(ctx context.Context, p *Person, secret, code, password string, meta work.Meta) ([]string, error) {
	step, ok := people.CheckCode(secret, code, a.now(), 0)
	if !ok {
		var list errs.List
		list.Add("/code", "wrong_code", "the device shows another code for this picture; check its clock and type the newest one")
		return nil, list.Err()
	}
	if p.User.Password != "" {
		if err := a.confirm(ctx, p, "/password", password); err != nil {
			return nil, err
		}
	}
	codes, hashes := make([]string, people.RecoveryCodes), make([]string, people.RecoveryCodes)
	for i := range codes {
		codes[i] = freshPassword()[:14]
		hashes[i] = people.RecoveryHash(codes[i])
	}
	_, err := a.changeCredentials(ctx, p.User.ID, "user.codes_enabled", meta, func(u *people.User) error {
		if u.TOTP != "" { // another device in an open browser would lock its owner out
			var list errs.List
			list.Add("/code", "codes_on", "one-time codes are on already; turn them off first")
			return list.Err()
		}
		u.TOTP, u.Recovery = secret, hashes
		return nil
	})
	if err != nil {
		return nil, err
	}
	return codes, a.useUp(ctx, p.User.ID, step)
}

// useUp has the one-time code of a step used up, where a later one is not. Failed tries stay: nobody gave a password.
func (a *App) useUp(ctx context.Context, id string, step int64) error {
	return store.Write(ctx, a.DB, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{
			SQL: `INSERT INTO sign_ins (id, failures, locked_until, step) VALUES ($1, 0, 0, $2)
			ON CONFLICT (id) DO UPDATE SET step = excluded.step WHERE sign_ins.step < excluded.step`,
			Args: []any{id, step}, Want: store.AnyRows,
		})
	})
}

// DisableTOTP turns one-time codes off for who knows the password.
func (a *App) DisableTOTP(ctx context.Context, p *Person, password string, meta work.Meta) error {
	if err := a.confirm(ctx, p, "/password", password); err != nil {
		return err
	}
	_, err := a.changeCredentials(ctx, p.User.ID, "user.codes_disabled", meta, func(u *people.User) error {
		u.TOTP, u.Recovery = "", nil
		return nil
	})
	return err
}

// sweepSessions forgets sessions that ended long ago.
func (a *App) sweepSessions(ctx context.Context) error {
	return store.Write(ctx, a.DB, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{SQL: "DELETE FROM sessions WHERE ends_at < $1", Args: []any{int64(a.now().Add(-sessionsKept))}, Want: store.AnyRows})
	})
}

// sessionsKept is how long ended sessions stay as a record of who signed in.
const sessionsKept = 90 * 24 * time.Hour
