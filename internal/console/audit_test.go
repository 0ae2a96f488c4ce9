package console

import (
	"strings"
	"testing"

	"ordo/internal/app"
	"ordo/internal/people"
	"ordo/internal/work"
)

func TestAudit(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		grace := f.user("grace@example.com", "owner")
		ada := f.newUser(people.User{Email: "ada@example.com", Name: "Ada", Roles: []string{"analyst"}})
		b := f.browser()
		b.signIn(grace.Email).is(t, 303)
		users, err := f.app.ListUsers(t.Context(), "", 10)
		if err != nil {
			t.Fatal(err)
		}
		other := users[0]
		if other.ID == grace.ID {
			other = users[1]
		}
		b.get("/console/audit").is(t, 200, "Nothing like this happened.")
		if out := f.app.SignOutEverywhere(t.Context(), other.ID, work.Meta{Actor: grace.ID, RequestID: "req_of_grace"}); out.Err != nil {
			t.Fatal(out.Err)
		}
		// What people did comes first; the rest is one view away.
		page := b.get("/console/audit").is(t, 200, "Somebody", "user.signed_out", other.ID, "req_of_grace")
		if strings.Contains(page.body, "<code>user.saved</code>") {
			t.Error("what the bootstrap key did is among what people did")
		}
		b.get("/console/audit?actor=").is(t, 200, "user.signed_out", "user.saved", "role.saved")
		b.get("/console/audit?actor="+grace.ID).is(t, 200, "user.signed_out", "Somebody ×")
		b.get("/console/audit?actor=Grace@example.com").is(t, 303, "/console/audit?actor="+grace.ID)
		for query, has := range map[string]bool{
			"actor=&type=user.saved": false, "actor=&type=user.signed_out": true, "actor=&subject=" + other.ID: true, "actor=&subject=" + grace.ID: false,
			"until=2020-01-01T00:00:00Z": false, "until=2120-01-01T00:00:00Z": true, "actor=" + app.BootstrapActor: false,
		} {
			if got := strings.Contains(b.get("/console/audit?"+query).is(t, 200).body, "<code>user.signed_out</code>"); got != has {
				t.Errorf("%s: %v", query, got)
			}
		}
		b.get("/console/audit?until=yesterday").is(t, 400, "Until is a time")
		x := f.browser()
		x.post(signInPath, "email", "ada@example.com", "password", ada)
		x.post(passwordPath, "old_password", ada, "new_password", password, "again_password", password).is(t, 303)
		x.get("/console/audit").is(t, 403)
	})
}
