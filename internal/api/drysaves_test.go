package api

import "testing"

// TestDrySaves: settings can be tried: the same rules and the same answer, and nothing is written.
func TestDrySaves(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for _, c := range []struct{ path, good, bad, at string }{
			{"/v1/channels/try", `{"name":"Tried","remorse_minutes":30}`, `{"name":"Tried","locations":["NOWHERE"]}`, "/locations/0"},
			{"/v1/locations/try", `{"name":"Tried","type":"store"}`, `{"name":"Tried","type":"store","cut_off":"noon"}`, "/cut_off"},
			{"/v1/products/try", `{"name":"Tried","price":{"amount":1,"currency":"GBP"}}`, `{"name":" ","price":{"amount":1,"currency":"GBP"}}`, "/name"},
			{"/v1/carriers/try", `{"name":"Tried","provider":"table"}`, `{"name":"Tried","provider":"table","services":[{"code":"a","name":"A"},{"code":"a","name":"B"}]}`, "/services/1/code"},
			{"/v1/return-policies/try", `{"name":"Tried","window_days":30}`, `{"name":"Tried","channels":["nowhere"]}`, "/channels/0"},
			{"/v1/queues/try", `{"name":"Tried"}`, `{"name":"Tried","policy":"nothing"}`, "/policy"},
			{"/v1/sla-policies/try", `{"name":"Tried","targets":{"normal":{"first_response_minutes":60}}}`, `{"name":"Tried","hours":{"holidays":"XX"},"targets":{"normal":{"first_response_minutes":60}}}`, "/hours/holidays"},
		} {
			tried := f.put(c.path+"?dry_run=true", c.good).want(200).fields("name", "Tried")
			if tried.header.Get("Dry-Run") != "true" || tried.header.Get("ETag") != "" {
				t.Errorf("%s: %v", c.path, tried.header)
			}
			f.send(request{do: "GET " + c.path}).refused(404, "not_found")
			f.put(c.path+"?dry_run=true", c.bad).refused(422, "validation_failed").fields("errors.0.pointer", c.at)
			f.put(c.path, c.good).want(201)
			f.send(request{do: "PUT " + c.path + "?dry_run=true", body: c.good, header: []string{"If-Match", `"7"`}}).refused(409, "version_mismatch")
			f.send(request{do: "PUT " + c.path + "?dry_run=true", body: c.good, header: []string{"If-Match", `"1"`}}).want(200)
			f.get(c.path).want(200).fields("version", "1")
		}
	})
}
