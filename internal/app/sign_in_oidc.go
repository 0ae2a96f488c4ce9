package app

import (
	"context"

	"ordo/internal/errs"
	"ordo/internal/people"
	"ordo/internal/work"
)

// Identity is what an OpenID Connect server says of who signed in there.
type Identity struct {
	Issuer, Subject string // together they name a person for good (OpenID Connect Core 1.0, 5.7)
	Email, Name     string
	Verified        bool // whether the server checked the mail address
}

// subject is the unique value of an identity. Issuers are URLs and have no spaces.
func (i Identity) subject() string { return i.Issuer + " " + i.Subject }

// SignInElsewhere begins a session of the user whose identity another server vouches for. An identity that was never
// here is tied to the user with its mail address, for good, if that server checked the address; where there is none, a
// user with the given role is made; "" for no role makes none. The other server asks for second factors, not this one.
func (a *App) SignInElsewhere(ctx context.Context, id Identity, role, agent, address string) (*Person, error) {
	now := a.now()
	user, err := a.userBy(ctx, ScopeUserSubject, id.subject())
	if err != nil {
		return nil, err
	}
	if user == nil {
		if user, err = a.tie(ctx, id, role); err != nil {
			return nil, err
		}
	}
	if !user.Active {
		return nil, errs.New(errs.Unauthenticated, "account_disabled", "your account here is disabled; ask who manages users")
	}
	return a.begin(ctx, user, now, agent, address)
}

// tie finds or makes the user of an identity that is new here.
func (a *App) tie(ctx context.Context, id Identity, role string) (*people.User, error) {
	if id.Email == "" || !id.Verified {
		return nil, errs.New(errs.Unauthenticated, "email_not_verified", "the server that signed you in does not vouch for your mail address; confirm it there, then sign in again")
	}
	user, err := a.userBy(ctx, ScopeUserEmail, fold(id.Email))
	if err != nil {
		return nil, err
	}
	if user == nil && role == "" {
		return nil, errs.New(errs.Unauthenticated, "no_account", "there is no account for %s here; ask who manages users to add it", errs.Clip(id.Email))
	}
	c := &tieUser{identity: id}
	if user != nil {
		c.user = user.ID
		return work.Do(ctx, a.Committer, c, work.Meta{Actor: user.ID})
	}
	name := id.Name
	if name == "" {
		name = id.Email
	}
	c.fresh = &SaveUser{User: people.User{Email: id.Email, Name: clip(name, people.MaxName), Roles: []string{role}, Active: true, Subject: id.subject()}}
	return work.Do(ctx, a.Committer, c, work.Meta{Actor: System})
}

// tieUser ties an identity to a user: to one that is there, or to a fresh one.
type tieUser struct {
	identity Identity
	user     string
	fresh    *SaveUser // nil: user is there
}

// Needs implements work.Command.
func (c *tieUser) Needs(n *work.Needs) {
	n.Key(ScopeUserSubject, c.identity.subject())
	if c.fresh != nil {
		c.fresh.Needs(n)
		return
	}
	n.Catalog()
	n.Docs(Users.Spec, c.user)
}

// Run implements work.Command.
func (c *tieUser) Run(u *work.Unit) (user *people.User, err error) {
	if c.fresh != nil {
		user, err = c.fresh.Run(u)
	} else {
		user, err = Users.Get(u, c.user)
	}
	if err != nil {
		return nil, err
	}
	if c.fresh == nil {
		switch user.Subject {
		case c.identity.subject(): // by another sign-in at the same moment
			return user, nil
		case "":
		default:
			return nil, errs.New(errs.Unauthenticated, "other_identity", "the account for %s belongs to somebody else at the server that signed you in; ask who manages users", errs.Clip(user.Email))
		}
		user.Subject = c.identity.subject()
		if user.MustChange { // a first password that nobody came to use: it must not stay good for who knows it
			user.Password, user.MustChange = "", false
		}
		if err := Users.Put(u, user); err != nil {
			return nil, err
		}
		u.Record(userEvent("user.identity_tied", user))
	}
	if _, ok, err := u.Claim(ScopeUserSubject, user.Subject, user.ID); err != nil || ok {
		return user, err
	}
	return nil, errs.New(errs.Conflict, "identity_taken", "this identity was tied to another user a moment ago; sign in again")
}
