package app

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/people"
	"ordo/internal/work"
)

func isUser(id string) bool { return strings.HasPrefix(id, "usr_") }

// SaveRole makes or replaces a role.
func (a *App) SaveRole(ctx context.Context, r *people.Role, meta work.Meta) (Saved[*people.Role], error) {
	return work.Do(ctx, a.Committer, &Save[people.Role, *people.Role]{kind: Roles, doc: r, check: func(_ *work.Unit, list *errs.List) error {
		if r.Clean(list, Scopes); r.ID == people.Owner {
			return errs.New(errs.Conflict, "owner_role", "the role owner may do everything and cannot be changed; make another role")
		}
		return nil
	}}, meta)
}

// ListRoles lists roles by code.
func (a *App) ListRoles(ctx context.Context, after string, limit int) ([]*people.Role, error) {
	return page(ctx, a.DB, Roles, after, limit)
}

// Role reads a role.
func (a *App) Role(ctx context.Context, code string) (*people.Role, error) {
	return one(ctx, a.DB, Roles, code)
}

// firstRoles makes the shipped roles where there are none.
type firstRoles struct{}

func (firstRoles) Needs(n *work.Needs) { n.Catalog() }

func (firstRoles) Run(u *work.Unit) (struct{}, error) {
	have, err := Roles.AllRefs(u)
	if err != nil || len(have) > 0 {
		return struct{}{}, err
	}
	for _, r := range people.Shipped() {
		Roles.Create(u, r)
		u.Record(saved(Roles.Spec, r.ID, r))
	}
	return struct{}{}, nil
}

// SeedRoles makes the shipped roles in a database that has none.
func (a *App) SeedRoles(ctx context.Context) error {
	have, err := a.ListRoles(ctx, "", 1)
	if err != nil || len(have) > 0 {
		return err
	}
	_, err = work.Do(ctx, a.Committer, firstRoles{}, a.system())
	return err
}

// SaveUser makes a user, or changes what an administrator may change of one: not the password, not the one-time codes.
type SaveUser struct {
	people.User
	hash string // of a first password; "" for none
}

// Needs implements work.Command.
func (c *SaveUser) Needs(n *work.Needs) {
	n.Catalog()
	if c.ID != "" {
		n.Docs(Users.Spec, c.ID)
	}
	n.Key(ScopeUserEmail, fold(c.Email))
}

// Run implements work.Command.
func (c *SaveUser) Run(u *work.Unit) (*people.User, error) {
	var list errs.List
	next := c.User
	next.Clean(&list)
	if err := checkUser(u, &list, &next); err != nil {
		return nil, err
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	old := &people.User{CreatedAt: u.Now(), Password: c.hash, MustChange: c.MustChange, Subject: c.Subject, Epoch: 1}
	fresh := c.ID == ""
	if fresh {
		next.ID = u.NewID("usr")
	} else {
		var err error
		if old, err = Users.Get(u, c.ID); err != nil {
			return nil, err
		}
	}
	if err := u.CheckVersion("user", old.Version); err != nil {
		return nil, err
	}
	if err := userEmail(u, &next, old.Email); err != nil {
		return nil, err
	}
	next.Version, next.CreatedAt, next.Epoch = old.Version, old.CreatedAt, old.Epoch
	next.Password, next.PasswordAt, next.MustChange = old.Password, old.PasswordAt, old.MustChange
	next.TOTP, next.Recovery, next.Subject = old.TOTP, old.Recovery, old.Subject
	if !next.Active && old.Active {
		next.Epoch++ // signed out everywhere
	}
	if err := put(u, Users, &next, fresh); err != nil {
		return nil, err
	}
	u.Record(userEvent("user.saved", &next))
	return &next, ownersLeft(u, old, &next)
}

// checkUser looks up what a user refers to.
func checkUser(u *work.Unit, list *errs.List, next *people.User) error {
	for i, code := range next.Roles {
		r, err := Roles.Ref(u, code)
		if err != nil {
			return err
		}
		if r == nil {
			list.Add(fmt.Sprintf("/roles/%d", i), "unknown_value", "there is no role %q", errs.Clip(code))
		}
	}
	if err := checkChannels(u, list, next.Channels); err != nil {
		return err
	}
	if next.Location != "" {
		return checkLocation(u, list, "/location", next.Location)
	}
	return nil
}

// userEmail claims the mail address of a user.
func userEmail(u *work.Unit, next *people.User, before string) error {
	if fold(next.Email) == fold(before) {
		return nil
	}
	if _, ok, err := u.Claim(ScopeUserEmail, fold(next.Email), next.ID); err != nil || !ok {
		if err == nil {
			err = errs.New(errs.Conflict, "user_exists", "another user has this mail address")
		}
		return err
	}
	if before == "" {
		return nil
	}
	return u.Free(ScopeUserEmail, fold(before))
}

// ownersLeft refuses to take the last active owner away.
func ownersLeft(u *work.Unit, old, next *people.User) error {
	owns := func(x *people.User) bool { return x.Active && slices.Contains(x.Roles, people.Owner) }
	if !owns(old) || owns(next) {
		return nil
	}
	all, err := Users.AllRefs(u)
	if err != nil || slices.ContainsFunc(all, func(x *people.User) bool { return x.ID != next.ID && owns(x) }) {
		return err
	}
	return errs.New(errs.Conflict, "last_owner", "this is the last active owner; give the role to somebody else first")
}

// userEvent is about a user: what is personal apart, what is secret nowhere.
func userEvent(kind string, user *people.User) work.Event {
	public, personal := user.Split()
	return work.Event{Type: kind, Aggregate: user.ID, Body: map[string]any{"user": public}, Personal: personal}
}

// NewUser is a user just made, with the first password, which is shown once; "" for who signs in elsewhere.
type NewUser struct {
	User     *people.User
	Password string
}

// createUser is SaveUser of a new user, with the password to show.
type createUser struct {
	SaveUser
	password string
}

// Run implements work.Command.
func (c *createUser) Run(u *work.Unit) (NewUser, error) {
	made, err := c.SaveUser.Run(u)
	return NewUser{made, c.password}, err
}

// CreateUser makes a user with a first password: the given one, or a fresh one, which the person has to change. The
// value is a NewUser.
func (a *App) CreateUser(ctx context.Context, user people.User, password string, meta work.Meta) work.Outcome {
	user.ID, user.Active, user.MustChange = "", true, password == ""
	if password == "" {
		password = freshPassword()
	} else {
		var list errs.List
		if user.CheckPassword(&list, "/password", password); !list.Empty() {
			return work.Outcome{Err: list.Err()}
		}
	}
	hash, err := a.hash(ctx, password)
	if err != nil {
		return work.Outcome{Err: err}
	}
	return work.Submit(ctx, a.Committer, &createUser{SaveUser{User: user, hash: hash}, password}, meta)
}

// TryCreateUser is CreateUser without effect; there is no password.
func (a *App) TryCreateUser(ctx context.Context, user people.User, meta work.Meta) (NewUser, error) {
	user.ID, user.Active = "", true
	return work.DryRun(ctx, a.Committer, &createUser{SaveUser: SaveUser{User: user}}, meta)
}

// SaveUser changes a user.
func (a *App) SaveUser(ctx context.Context, user people.User, meta work.Meta) (*people.User, error) {
	saved, err := work.Do(ctx, a.Committer, &SaveUser{User: user}, meta)
	a.people.forget()
	return saved, err
}

// freshPassword has 80 random bits, in groups that can be read out.
func freshPassword() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // never fails since Go 1.24
	s := strings.ToLower(base32.StdEncoding.EncodeToString(b))
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// ListUsers lists users by id.
func (a *App) ListUsers(ctx context.Context, after string, limit int) ([]*people.User, error) {
	return page(ctx, a.DB, Users, after, limit)
}

// User reads a user.
func (a *App) User(ctx context.Context, id string) (*people.User, error) {
	if !ids.Valid("usr", id) {
		return nil, errs.Unknown("user", id)
	}
	return one(ctx, a.DB, Users, id)
}

// ChangeCredentials is what becomes of a user's password and one-time codes: everything that ends sessions.
type ChangeCredentials struct {
	User string
	// Change says what becomes of the user; it gets a copy.
	Change func(*people.User) error
	Event  string // user.password_changed, …
}

// Needs implements work.Command.
func (c *ChangeCredentials) Needs(n *work.Needs) {
	n.Catalog()
	n.Docs(Users.Spec, c.User)
}

// Run implements work.Command.
func (c *ChangeCredentials) Run(u *work.Unit) (*people.User, error) {
	user, err := Users.Get(u, c.User)
	if err != nil {
		return nil, err
	}
	if err := u.CheckVersion("user", user.Version); err != nil {
		return nil, err
	}
	if err := c.Change(user); err != nil {
		return nil, err
	}
	if err := Users.Put(u, user); err != nil {
		return nil, err
	}
	u.Record(userEvent(c.Event, user))
	return user, nil
}

func (a *App) changeCredentials(ctx context.Context, user, event string, meta work.Meta, change func(*people.User) error) (*people.User, error) {
	u, err := work.Do(ctx, a.Committer, &ChangeCredentials{user, change, event}, meta)
	a.people.forget()
	return u, err
}

// resetPassword is ChangeCredentials with the password to show.
type resetPassword struct {
	ChangeCredentials
	password string
}

// Run implements work.Command.
func (c *resetPassword) Run(u *work.Unit) (NewUser, error) {
	user, err := c.ChangeCredentials.Run(u)
	return NewUser{user, c.password}, err
}

func (a *App) resetting(user, password, hash string) *resetPassword {
	return &resetPassword{ChangeCredentials{User: user, Event: "user.password_reset", Change: func(u *people.User) error {
		u.Password, u.PasswordAt, u.MustChange, u.TOTP, u.Recovery, u.Epoch = hash, a.now(), true, "", nil, u.Epoch+1
		return nil
	}}, password}
}

// ResetPassword gives a user a fresh first password, for a person who forgot it: shown once, to be changed, and the
// one-time codes are off too. All sessions end. The value is a NewUser.
func (a *App) ResetPassword(ctx context.Context, user string, meta work.Meta) work.Outcome {
	password := freshPassword()
	hash, err := a.hash(ctx, password)
	if err != nil {
		return work.Outcome{Err: err}
	}
	out := work.Submit(ctx, a.Committer, a.resetting(user, password, hash), meta)
	a.people.forget()
	if out.Err == nil && !out.Replayed {
		out.Err = a.passed(ctx, user, 0) // who was locked out gets in
	}
	return out
}

// TryResetPassword is ResetPassword without effect.
func (a *App) TryResetPassword(ctx context.Context, user string, meta work.Meta) (NewUser, error) {
	return work.DryRun(ctx, a.Committer, a.resetting(user, "", ""), meta)
}

func signingOut(user string) *ChangeCredentials {
	return &ChangeCredentials{User: user, Event: "user.signed_out", Change: func(u *people.User) error {
		u.Epoch++
		return nil
	}}
}

// SignOutEverywhere ends all sessions of a user. The value is the user.
func (a *App) SignOutEverywhere(ctx context.Context, user string, meta work.Meta) work.Outcome {
	out := work.Submit(ctx, a.Committer, signingOut(user), meta)
	a.people.forget()
	return out
}

// TrySignOutEverywhere is SignOutEverywhere without effect.
func (a *App) TrySignOutEverywhere(ctx context.Context, user string, meta work.Meta) (*people.User, error) {
	return work.DryRun(ctx, a.Committer, signingOut(user), meta)
}
