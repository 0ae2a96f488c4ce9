package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/store"
	"ordo/internal/work"
)

func TestKeys(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		const body = `{"name":"Shop","scopes":["orders:read","orders:write"],"channels":["web"],"rate_limit":600}`
		made := f.post("/v1/keys", body, "Idempotency-Key", "make").want(201)
		made.fields("name", "Shop", "rate_limit", "600", "scopes.1", "orders:write", "channels.0", "web", "revoked_at", "")
		secret := made.str("secret")
		if len(secret) != 40 || !strings.HasPrefix(secret, "ordo_sk_") || !strings.HasPrefix(secret, made.str("prefix")) {
			t.Errorf("the secret is %q", secret)
		}
		again := f.post("/v1/keys", body, "Idempotency-Key", "make").want(201)
		if again.fields("id", made.str("id"), "secret", ""); again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%v", again.header)
		}
		f.vars["id"], f.vars["secret"] = made.str("id"), secret
		if list := f.get("/v1/keys?limit=1000"); !strings.Contains(string(list.body), f.vars["id"]) || strings.Contains(string(list.body), "secret") {
			t.Errorf("%s", list.body)
		}
		f.send(request{do: "GET /v1/orders", key: "{secret}"}).want(200)
		f.nowhere(secret)
		if strings.Contains(f.log.String(), secret) {
			t.Error("the secret is in the log")
		}
		f.send(request{do: "DELETE /v1/keys/{id}"}).want(200).fields("id", f.vars["id"], "secret", "")
		f.send(request{do: "GET /v1/orders", key: "{secret}"}).refused(401, "unauthenticated")
		head := f.head()
		r := f.send(request{do: "DELETE /v1/keys/{id}"}).want(200)
		if f.head() != head || r.str("revoked_at") == "" {
			t.Errorf("revoked twice: journal %d to %d, %s", head, f.head(), r.body)
		}
	})
}

// nowhere looks for a secret in everything that the database keeps.
func (f *fixture) nowhere(secret string) {
	f.t.Helper()
	for table, columns := range map[string]string{"journal": "body || COALESCE(personal, '')", "api_keys": "doc", "unique_keys": "scope || value || owner"} {
		n := 0
		if err := f.db.Query(f.t.Context(), func(r store.Row) error {
			var text string
			err := r.Scan(&text)
			if n++; strings.Contains(text, secret[8:]) {
				f.t.Errorf("the secret is in %s: %s", table, text)
			}
			return err
		}, "SELECT "+columns+" FROM "+table); err != nil || n == 0 {
			f.t.Fatal(table, n, err)
		}
	}
	n := 0
	if err := f.db.Query(f.t.Context(), func(r store.Row) error {
		var body []byte
		if err := r.Scan(&body); err != nil || len(body) == 0 {
			return err
		}
		text, err := work.Decompress(body)
		if n++; strings.Contains(string(text), secret[8:]) {
			f.t.Errorf("the secret is in a stored answer: %s", text)
		}
		return err
	}, "SELECT body FROM idempotency"); err != nil || n == 0 {
		f.t.Fatal(n, err)
	}
}

// TestScopesAreDescribed holds the struct tags and the table to the lists that the code goes by.
func TestScopesAreDescribed(t *testing.T) {
	var scopes []string
	for _, v := range contractEnum(t, "CreateKey", "scopes", "items") {
		scopes = append(scopes, v.(string))
	}
	if strings.Join(scopes, ",") != strings.Join(app.Scopes, ",") {
		t.Errorf("described: %v\nknown: %v", scopes, app.Scopes)
	}
	for _, r := range routes {
		if !strings.Contains(strings.Join(app.Scopes, ","), r.scope) {
			t.Errorf("%s needs the scope %s, which there is not", r.op, r.scope)
		}
	}
}

func contractEnum(t *testing.T, schema string, path ...string) []any {
	t.Helper()
	part, _ := contract().at(append([]string{"components", "schemas", schema, "properties"}, path...)...)
	enum, ok := part["enum"].([]any)
	if !ok {
		t.Fatalf("%s %v is no enum", schema, path)
	}
	return enum
}

// TestRandomRequests throws a few seconds' worth of combinations of methods, paths, keys and bodies at the table.
func TestRandomRequests(t *testing.T) {
	bodies := []string{"", "{}", "[]", "null", `{"reason":"customer"}`, plainOrder, `{"name":"x"}`, "\x00", `{"amount":{"amount":1,"currency":"GBP"}}`, `{"tracking_number":"1"}`}
	slots := []string{"{order}", "{fulfillment}", "{phone}", "A", "web", "L1", "%00", "%ff", "..", "ord_{unknown}", "ful_{unknown}", "key_{unknown}", "{payment}", strings.Repeat("x", 300)}
	queries := []string{"", "?limit=1", "?dry_run=true", "?cursor={order}", "?cursor=A", "?q=%00", "?%zz", "?status=open"}
	each(t, func(t *testing.T, f *fixture) {
		end, n := time.Now().Add(1500*time.Millisecond), 0
		pick := func(from []string) string { n++; return from[(n*7919+n/13)%len(from)] }
		for time.Now().Before(end) {
			rt := routes[n*31%len(routes)]
			path := rt.path
			for _, name := range rt.slots() {
				path = strings.Replace(path, "{"+name+"}", pick(slots), 1)
			}
			r := f.send(request{
				do: pick([]string{"GET", "PUT", "POST", "DELETE", "HEAD", rt.method, rt.method, rt.method}) + " " + path + pick(queries), body: pick(bodies),
				key: pick([]string{"", "", "{reader}", "{webonly}"}), header: []string{"If-Match", pick([]string{"-", `"1"`, "x"}), "Accept", pick([]string{"*/*", "text/html", "-"})},
			})
			if r.status >= 500 {
				t.Fatalf("%s %d %s", path, r.status, r.body)
			}
			if r.status < 300 && len(r.body) > 0 && r.header.Get("Content-Type") == typeJSON && !json.Valid(r.body) {
				t.Fatalf("%s", r.body)
			}
		}
	})
}
