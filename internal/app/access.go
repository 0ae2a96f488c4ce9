package app

import (
	"context"
	"slices"

	"ordo/internal/errs"
	"ordo/internal/people"
)

// Access is what somebody who was let in may do: a program with an API key, or a person who signed in.
type Access struct {
	ID        string // of the key or the user: the actor of what is done
	Name      string
	Scopes    []string
	Channels  []string // empty: all
	RateLimit int64    // requests per minute; 0: unlimited
	Discount  int64    // percent of an order that may be given without orders:price
}

// Allows reports whether the scope is given.
func (a *Access) Allows(scope string) bool {
	return slices.Contains(a.Scopes, "*") || slices.Contains(a.Scopes, scope)
}

// Sees reports whether a channel is seen.
func (a *Access) Sees(channel string) bool {
	return len(a.Channels) == 0 || slices.Contains(a.Channels, channel)
}

// access is what a key gives.
func (k *APIKey) access() *Access {
	return &Access{ID: k.ID, Name: k.Name, Scopes: k.Scopes, Channels: k.Channels, RateLimit: k.RateLimit}
}

// accessOf is what the owner of something, a key or a user, may do now; nothing when it is gone.
func (a *App) accessOf(ctx context.Context, owner string) (*Access, error) {
	if owner == BootstrapActor {
		return &Access{ID: owner, Scopes: []string{"*"}}, nil
	}
	if isUser(owner) {
		u, err := one(ctx, a.DB, Users, owner)
		if err != nil || !u.Active {
			return &Access{ID: owner}, ignoreUnknown(err)
		}
		return a.Grants(ctx, u)
	}
	k, err := one(ctx, a.DB, APIKeys, owner)
	if err != nil || k.RevokedAt != 0 {
		return &Access{ID: owner}, ignoreUnknown(err)
	}
	return k.access(), nil
}

// languageOf is the language of an owner's pages; "" for one who has not said it, and for a key.
func (a *App) languageOf(ctx context.Context, owner string) (string, error) {
	if !isUser(owner) {
		return "", nil
	}
	u, err := one(ctx, a.DB, Users, owner)
	if err != nil {
		return "", ignoreUnknown(err)
	}
	return u.Language, nil
}

// Grants is what a user's roles allow.
func (a *App) Grants(ctx context.Context, u *people.User) (*Access, error) {
	roles, err := many(ctx, a.DB, Roles, u.Roles)
	if err != nil {
		return nil, err
	}
	out := &Access{ID: u.ID, Name: u.Name, Channels: u.Channels}
	out.Scopes, out.Discount = people.Grants(roles)
	return out, nil
}

func ignoreUnknown(err error) error {
	if errs.ClassOf(err) == errs.NotFound {
		return nil
	}
	return err
}
