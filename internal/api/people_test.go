package api

import (
	"strings"
	"testing"
)

// TestUsersByAPI makes people and roles as an administrator's program would, and as those try who may less.
func TestUsersByAPI(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		admin := f.key(`"scopes":["users:read","users:write","orders:read","cases:write"]`)
		one := f.key(`"scopes":["*"],"channels":["web"]`)
		const ada = `{"email":"ada@example.com","name":"Ada","roles":["helper"]}`
		helper := `{"name":"Helper","scopes":["orders:read"]}`
		f.send(request{do: "PUT /v1/roles/helper", key: admin, body: helper}).want(201).fields("code", "helper")
		f.send(request{do: "PUT /v1/roles/helper", key: admin, body: helper}).want(200).fields("version", "2")
		f.send(request{do: "PUT /v1/roles/helper", key: admin, body: `{"name":"Helper","scopes":["payments:write"]}`}).refused(403, "missing_scope")
		f.send(request{do: "PUT /v1/roles/Helper!", key: admin, body: helper}).refused(422, "validation_failed")
		f.send(request{do: "PUT /v1/roles/helper", key: one, body: helper}).refused(403, "all_channels_required")
		f.send(request{do: "PUT /v1/roles/owner", body: helper}).refused(409, "owner_role")
		f.send(request{do: "PUT /v1/roles/helper", header: []string{"If-Match", `"7"`}, body: helper}).refused(409, "version_mismatch")
		f.send(request{do: "GET /v1/roles/nothing"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/roles/owner", key: admin}).want(200)

		dry := f.send(request{do: "POST /v1/users?dry_run=true", key: admin, body: ada}).want(200)
		if strings.Contains(string(dry.body), "usr_") || strings.Contains(string(dry.body), `"password"`) {
			t.Errorf("a dry run shows %s", dry.body)
		}
		made := f.send(request{do: "POST /v1/users", key: admin, header: []string{"Idempotency-Key", "ada"}, body: ada}).want(201)
		if len(made.str("password")) != 19 {
			t.Errorf("%s", made.body)
		}
		again := f.send(request{do: "POST /v1/users", key: admin, header: []string{"Idempotency-Key", "ada"}, body: ada}).want(201)
		if strings.Contains(string(again.body), `"password"`) || again.str("id") != made.str("id") {
			t.Errorf("a replay shows %s", again.body)
		}
		f.vars["ada"] = made.str("id")
		f.send(request{do: "POST /v1/users", key: admin, body: ada}).refused(409, "user_exists")
		f.send(request{do: "POST /v1/users", key: admin, body: `{"email":"x","name":"","roles":["nobody"],"language":"xx","time_zone":"Mars/Base","location":"nowhere"}`}).refused(422, "validation_failed")
		f.send(request{do: "POST /v1/users", key: admin, body: `{"email":"boss@example.com","name":"Boss","roles":["owner"]}`}).refused(403, "missing_scope")
		f.send(request{do: "POST /v1/users", key: one, body: ada}).refused(403, "all_channels_required")
		f.send(request{do: "GET /v1/users", key: one}).refused(403, "all_channels_required")

		boss := f.send(request{do: "POST /v1/users", body: `{"email":"boss@example.com","name":"Boss","roles":["owner"]}`}).want(201)
		f.vars["boss"] = boss.str("id")
		change := `{"email":"boss@example.com","name":"Boss","roles":["helper"]}`
		f.send(request{do: "PUT /v1/users/{boss}", body: change}).refused(409, "last_owner")
		f.send(request{do: "PUT /v1/users/{boss}", key: admin, body: change}).refused(403, "missing_scope")
		f.send(request{do: "PUT /v1/users/{ada}", key: admin, body: `{"email":"boss@example.com","name":"Ada","roles":["helper"]}`}).refused(409, "user_exists")
		f.send(request{do: "PUT /v1/users/{ada}", key: admin, header: []string{"If-Match", `"9"`}, body: ada}).refused(409, "version_mismatch")
		f.send(request{do: "PUT /v1/users/{ada}", key: admin, body: `{"email":"ada@example.com","name":"Ada","roles":[]}`}).refused(422, "validation_failed")
		f.send(request{do: "PUT /v1/users/{ada}", key: admin, body: `{"email":"lovelace@example.com","name":"Ada Lovelace","roles":["helper"],"active":false}`}).want(200).fields("active", "false")
		f.send(request{do: "POST /v1/users", key: admin, body: ada}).want(201) // the address is free again
		const nobody = "/v1/users/usr_00000000000000000000000000"
		for _, do := range []string{"GET " + nobody, "POST " + nobody + "/reset-password", "POST " + nobody + "/sign-out"} {
			f.send(request{do: do, key: admin}).refused(404, "not_found")
		}
		f.send(request{do: "PUT " + nobody, key: admin, body: ada}).refused(404, "not_found")
		for _, end := range []string{"reset-password", "sign-out"} {
			f.send(request{do: "POST /v1/users/{boss}/" + end, key: admin}).refused(403, "missing_scope")
			f.send(request{do: "POST /v1/users/{ada}/" + end, key: admin, header: []string{"If-Match", `"99"`}}).refused(409, "version_mismatch")
			f.send(request{do: "POST /v1/users/{ada}/" + end + "?dry_run=true", key: admin}).want(200)
			f.send(request{do: "POST /v1/users/{ada}/" + end, key: admin}).want(200).fields("id", f.vars["ada"])
		}
		f.verified(t)
	})
}
