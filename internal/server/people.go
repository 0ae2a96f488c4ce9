package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"ordo/internal/app"
	"ordo/internal/config"
	"ordo/internal/console"
	"ordo/internal/database"
	"ordo/internal/people"
	"ordo/internal/work"
)

// AddUser makes a user in a database that no server has locked, and returns it with its first password.
func AddUser(ctx context.Context, c config.Config, user people.User, password string, log *slog.Logger) (made app.NewUser, err error) {
	lock, err := lockFile(c.DB)
	if err != nil {
		return made, fmt.Errorf("%w. Beside a running server, users are made in its console or by POST /v1/users", err)
	}
	if lock != nil {
		defer func() { err = errors.Join(err, lock.Close()) }()
	}
	db, err := database.Open(ctx, c.DB, 2)
	if err != nil {
		return made, err
	}
	defer db.Close()
	a := app.New(db, app.DefaultSettings, nil, log)
	defer a.Committer.Close()
	if err := a.SeedRoles(ctx); err != nil {
		return made, err
	}
	out := a.CreateUser(ctx, user, password, work.Meta{Actor: app.System})
	if out.Err != nil {
		return made, out.Err
	}
	return out.Value.(app.NewUser), nil
}

// oidcOf are the settings of the server that people may sign in with.
func oidcOf(c config.Config) (console.OIDC, error) {
	o := c.OIDC
	if o.Issuer != "" && o.ClientID == "" {
		return console.OIDC{}, errors.New("there is an oidc_issuer, and no oidc_client_id; give the id that it knows this server by")
	}
	return console.OIDC{Issuer: o.Issuer, ClientID: o.ClientID, Secret: o.Secret, Name: o.Name, Role: o.Role, TrustEmail: o.TrustEmail == "yes", PublicURL: c.PublicURL}, nil
}
