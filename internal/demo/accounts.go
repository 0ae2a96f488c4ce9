package demo

import (
	"context"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/people"
	"ordo/internal/work"
)

// password is that of all accounts of the demo, which answers on this machine only.
const password = "walk the six parts"

// accounts are an account per role.
var accounts = []struct{ email, role string }{
	{"owner@example.com", people.Owner},
	{"manager@example.com", "manager"},
	{"service@example.com", "customer_service"},
	{"warehouse@example.com", "warehouse"},
	{"analyst@example.com", "analyst"},
	{"developer@example.com", "developer"},
}

// makeAccounts makes those that are not there yet.
func (d *demo) makeAccounts(ctx context.Context) error {
	names := map[string]string{}
	for _, r := range people.Shipped() {
		names[r.ID] = r.Name
	}
	for _, a := range accounts {
		user := people.User{Email: a.email, Name: names[a.role], Roles: []string{a.role}, TimeZone: "Europe/London"}
		out := d.server.App.CreateUser(ctx, user, password, work.Meta{Actor: app.BootstrapActor})
		if out.Err != nil && !errs.Is(out.Err, "user_exists") {
			return out.Err
		}
	}
	return nil
}
