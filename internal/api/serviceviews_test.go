package api

import (
	"strings"
	"testing"
	"time"
)

// TestReturnsAndCasesAreFound: by the numbers that customers are told, and in the overview of their customer; cases only
// for who may see them.
func TestReturnsAndCasesAreFound(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.sold("manual", `"tags":["found"]`, "A 3")
		f.back(1, "unwanted", "")
		first := f.vars["return"]
		second := f.back(1, "unwanted", "").str("id")
		c := f.post("/v1/cases", `{"subject":"Where is my money?","orders":["{order}"]}`).want(201)
		id, number := c.str("id"), o.str("number")
		for q, want := range map[string]string{
			number + "-R1": "return " + first + " return_number", "#" + number + "-r2": "", number + "-r2": "return " + second + " return_number", number + "-R3": "", number + "-R0": "",
			second: "return " + second + " id", c.str("number"): "case " + id + " case_number", "[" + strings.ToLower(c.str("number")) + "]": "case " + id + " case_number",
			id: "case " + id + " id", "C9999": "",
		} {
			if got := strings.Join(f.found(q, ""), "\n"); want != "" && !strings.Contains(got, want) || want == "" && strings.Contains(got, "return_number") && !strings.HasPrefix(q, "#") {
				t.Errorf("%q finds %q, want %s", q, got, want)
			}
		}
		for _, q := range []string{id, c.str("number")} {
			for _, key := range []string{"{webonly}", f.key(`"scopes":["orders:read"]`)} {
				if got := f.found(q, key); len(got) != 0 {
					t.Errorf("who may not see cases finds %v", got)
				}
			}
		}
		if got := f.found(number+"-R1", "{webonly}"); len(got) != 1 {
			t.Errorf("a key for its channel finds %v", got)
		}
		at := "/v1/customer-overview?email=" + o.str("customer.email")
		all := f.get(at).want(200).fields("cases.0.id", id, "cases.0.subject", "Where is my money?", "cases.0.status", "new", "customer", c.str("customer"))
		returned := map[string]string{}
		for i := range all.list("returns") {
			p := "returns." + itoa(int64(i)) + "."
			returned[all.str(p+"id")] = all.str(p + "number")
		}
		if returned[first] != number+"-R1" || returned[second] != number+"-R2" {
			t.Errorf("the overview has the returns %v", returned)
		}
		f.send(request{do: "GET " + at, key: "{webonly}"}).want(200).fields("cases", "[]", "customer", "")
	})
}

// TestStuckReturns: what a return waits for goes with its state, and what should have ended by itself is ended.
func TestStuckReturns(t *testing.T) {
	clock, later := ahead()
	each(t, func(t *testing.T, f *fixture) {
		defer later(-200 * 24 * time.Hour)
		next := func(state, event, waits, repair string) {
			t.Helper()
			r := f.get("/v1/orders/{order}/next").want(200)
			for i := range r.list("steps") {
				if at := "steps." + itoa(int64(i)) + "."; r.str(at+"kind") == "return" {
					r.fields(at+"state", state, at+"expected", event, at+"waits_for.0.for", waits, at+"repairs.0.code", repair)
					return
				}
			}
			t.Errorf("no return in %s", r.body)
		}
		f.sold("manual", "", "A 2")
		f.back(1, "unwanted", "")
		next("approved", "return.received", "customer", "advance")
		f.post("/v1/returns/{return}/receive", `{"lines":[{"line":"1","quantity":1}]}`).want(200)
		next("received", "return.inspected", "person", "inspect_return")
		f.back(1, "unwanted", "")
		later(200 * 24 * time.Hour)
		r := f.post("/v1/orders/{order}/repair", `{"kind":"return","id":"{return}"}`).want(200)
		r.fields("done.0.kind", "return", "done.0.repairs.0.code", "advance")
		f.exec("UPDATE jobs SET run_at = 1 WHERE kind = 'return_due'") // the queue goes by the clock of the database
		eventually(t, "its end", func() bool { return f.get("/v1/returns/{return}").str("status") == "expired" })
		f.post("/v1/orders/{order}/repair", `{"kind":"return"}`).want(200).fields("left.0.repairs.0.code", "inspect_return", "done", "[]")
	}, clock)
}
