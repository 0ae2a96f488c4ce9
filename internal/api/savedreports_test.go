package api

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/mail"
	"ordo/internal/micros"
	"ordo/internal/provider/mail/sink"
)

func init() {
	exampleOrder += " createSavedReport listSavedReports getSavedReport putSavedReport deleteSavedReport"
	unready["sendSavedReport"] = true // the facts of an example world are on their way
}

// savedReport is the body of a report that is mailed; schedule is more of it.
func savedReport(name, schedule string) string {
	return `{"name":"` + name + `","query":{"report":"demand","period":"yesterday","group_by":["sku"],"filters":{"channel":["web"]}},` +
		`"schedule":{"every":"daily","at":"02:30","time_zone":"Europe/Berlin","form":"pdf","recipients":["ada@example.com","bo@example.com"]` + schedule + `}}`
}

// reportMails are the mails of a report, oldest first: "due recipient".
func (f *fixture) reportMails(id string) (out []string) {
	f.t.Helper()
	all := f.get("/v1/mails?limit=1000").list("data")
	for i := len(all) - 1; i >= 0; i-- {
		m := all[i].(map[string]any)
		if due, ok := strings.CutPrefix(m["cause"].(string), "report:"+id+":"); ok {
			out = append(out, due+" "+m["to"].(map[string]any)["email"].(string))
		}
	}
	return out
}

// TestSavedReports: reports under a name, with what they are refused for and who may do what; then the clock runs over a
// change to summer time, over days in which nobody was there, and past an owner who may read them no more.
func TestSavedReports(t *testing.T) {
	clock := &atomic.Int64{}
	at := func(s string) {
		when, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		clock.Store(when.UnixMicro())
	}
	at("2031-03-28T12:00:00Z")
	each(t, func(t *testing.T, f *fixture) {
		defer at("2031-03-28T12:00:00Z") // for the other engine
		const path = "/v1/saved-reports"
		f.unsendable(path)
		f.vars["other"], f.vars["writer"] = f.key(`"scopes":["reports:read"]`), f.key(`"scopes":["reports:read","reports:write"]`)
		writer := f.vars["last_key"]
		f.vars["web"] = f.key(`"scopes":["reports:read","reports:write"],"channels":["web"]`)
		f.post(path+"?dry_run=true", savedReport("Mornings", "")).want(200).fields("id", "null", "name", "Mornings")
		made := f.post(path, savedReport("Mornings", ""), "Idempotency-Key", "one").want(201).fields("version", "1", "shared", "false", "schedule.recipients.1", "bo@example.com")
		f.post(path, savedReport("Mornings", ""), "Idempotency-Key", "one").want(201).fields("id", made.str("id"))
		f.vars["srp"] = made.str("id")
		const one = path + "/{srp}"
		for body, pointer := range map[string]string{
			strings.Replace(savedReport("x", ""), `"demand"`, `"mood"`, 1):                                            "/query/report",
			strings.Replace(savedReport("x", ""), `["sku"]`, `["mood"]`, 1):                                           "/query",
			strings.Replace(savedReport("x", ""), `"period":"yesterday"`, `"from":"2031-01-01","to":"2031-01-02"`, 1): "/query/period",
			savedReport("x", `,"channel":"nowhere"`):                                                                  "/schedule/channel",
			strings.Replace(savedReport("x", ""), "bo@example.com", "bo", 1):                                          "/schedule/recipients/1",
			strings.Replace(savedReport("x", ""), "bo@example.com", "b..o@example.com", 1):                            "/schedule/recipients/1",
			strings.Replace(savedReport("x", ""), "Europe/Berlin", "Atlantis", 1):                                     "/schedule/time_zone",
			savedReport("x", `,"language":"fr"`):                                                                      "/schedule/language",
			strings.Replace(savedReport("x", ""), "02:30", "2:30", 1):                                                 "/schedule/at",
		} {
			if r := f.post(path, body).refused(422, "validation_failed"); r.str("errors.0.pointer") != pointer {
				t.Errorf("%s, not %s", r.at("errors"), pointer)
			}
		}
		f.send(request{do: "POST " + path, body: savedReport("x", ""), key: "{other}"}).refused(403, "missing_scope").fields("scope", "reports:write")
		f.send(request{do: "POST " + path, body: strings.Replace(savedReport("x", ""), `"demand"`, `"inventory"`, 1), key: "{web}"}).refused(403, "all_channels_required")
		f.send(request{do: "GET " + one, key: "{other}"}).refused(404, "not_found")
		f.send(request{do: "GET " + path, key: "{other}"}).want(200).fields("data.0", "")
		f.send(request{do: "GET " + path, key: "{reader}"}).refused(403, "missing_scope")
		f.send(request{do: "PUT " + one, body: strings.Replace(savedReport("Mornings", ""), `"query"`, `"shared":true,"query"`, 1), header: []string{"If-Match", `"7"`}}).refused(409, "version_mismatch")
		f.put(one, strings.Replace(savedReport("Mornings", ""), `"query"`, `"shared":true,"query"`, 1)).want(200).fields("version", "2", "shared", "true", "next_due", made.str("next_due"))
		f.send(request{do: "GET " + path, key: "{other}"}).want(200).fields("data.0.id", made.str("id"))
		f.send(request{do: "PUT " + one, body: `{"name":"Mine","query":{"report":"demand","period":"yesterday"}}`, key: "{other}"}).refused(403, "not_yours")
		f.send(request{do: "DELETE " + one, key: "{other}"}).refused(403, "not_yours")
		f.send(request{do: "POST " + one + "/send", key: "{other}"}).refused(403, "missing_scope")
		f.send(request{do: "PUT " + one + "?dry_run=true", body: savedReport("Mine", ""), key: "{writer}"}).want(200).fields("name", "Mine", "owner", made.str("owner"))
		for _, changed := range []string{savedReport("Mine", `,"channel":"web"`), strings.Replace(savedReport("Mine", ""), `["sku"]`, `["channel"]`, 1), strings.Replace(savedReport("Mine", ""), "bo@", "eve@", 1)} {
			f.send(request{do: "PUT " + one + "?dry_run=true", body: changed, key: "{writer}"}).want(200).fields("owner", writer)
		}
		f.place("A", 2, "manual", "").want(201)

		sweep := func(when string, want ...string) {
			t.Helper()
			at(when)
			f.caughtUp()
			second := app.New(f.db, f.app.Settings, nil, slog.New(slog.DiscardHandler)) // another server
			defer second.Close(context.Background())
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() {
					if err := []*app.App{f.app, second}[i%2].MailReports(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got := strings.Join(f.reportMails(f.vars["srp"]), ", "); got != strings.Join(want, ", ") {
				t.Fatalf("at %s: %s, want %s", when, got, strings.Join(want, ", "))
			}
		}
		f.overSummerTime(sweep)
		f.loses(path, at)
		f.post(path, `{"name":"Days","query":{"report":"sales","from":"2031-01-01","to":"2031-01-31"}}`).want(201).fields("from", "2031-01-01", "next_due", "")
		f.send(request{do: "DELETE " + one}).want(200).fields("deleted", "true")
		f.send(request{do: "GET " + one}).refused(404, "not_found")
		f.send(request{do: "PUT " + one, body: savedReport("x", "")}).refused(404, "not_found")
		f.proven()
	}, func(o *setup) { o.settings.Clock = func() micros.Time { return micros.Time(clock.Load()) } })
}

// unsendable: nothing can be scheduled that no mail could come of, and nobody shares without the right to write.
func (f *fixture) unsendable(path string) {
	f.t.Helper()
	refused := func(schedule string) {
		f.t.Helper()
		f.post(path, savedReport("Silent", schedule)).refused(422, "validation_failed").fields("errors.0.pointer", "/schedule/channel", "errors.0.code", "no_mail_sender", "errors.1", "")
	}
	refused("")
	refused(`,"channel":"web"`)
	f.put("/v1/channels/post", `{"name":"Post","mails":{"from":"post@example.com"}}`).want(201)
	f.post(path+"?dry_run=true", savedReport("Loud", `,"channel":"post"`)).want(200)
	f.app.Settings.MailFrom = "reports@example.com"
	f.vars["only"] = f.key(`"scopes":["reports:read"]`)
	plain := `{"name":"Mine",%s"query":{"report":"demand","period":"yesterday"}}`
	f.send(request{do: "POST " + path + "?dry_run=true", body: fmt.Sprintf(plain, ""), key: "{only}"}).want(200)
	f.send(request{do: "POST " + path, body: fmt.Sprintf(plain, `"shared":true,`), key: "{only}"}).refused(403, "missing_scope").fields("scope", "reports:write")
}

// caughtUp waits until the facts of reports have all that happened: a sweep does so for a moment only.
func (f *fixture) caughtUp() {
	f.t.Helper()
	eventually(f.t, "the facts have all", func() bool {
		head, err := f.app.Head(f.t.Context())
		s, behind := f.app.FactState(f.t.Context(), f.db)
		return err == nil && behind == nil && s.Through >= head.Seq
	})
}

// overSummerTime walks the report of TestSavedReports over the night in which clocks in Berlin skip 02:30.
func (f *fixture) overSummerTime(sweep func(when string, want ...string)) {
	due := func(s string) string {
		when, _ := time.Parse(time.RFC3339, s)
		return fmt.Sprint(when.UnixMicro())
	}
	first, thursday := due("2031-03-29T01:30:00Z"), due("2031-04-03T00:30:00Z")
	both := func(dues ...string) (out []string) {
		for _, d := range dues {
			out = append(out, d+" ada@example.com", d+" bo@example.com")
		}
		return out
	}
	sweep("2031-03-29T01:29:59Z")
	f.exec("UPDATE fact_state SET rebuild_to = rebuild_to + 1000000")
	sweep("2031-03-29T01:30:00Z")
	f.post("/v1/saved-reports/{srp}/send", "{}").refused(503, "rebuilding")
	f.exec("UPDATE fact_state SET rebuild_to = rebuild_to - 1000000")
	sweep("2031-03-29T01:30:00Z", both(first)...)
	sweep("2031-03-29T09:00:00Z", both(first)...)
	r := f.get("/v1/saved-reports/{srp}").fields("next_due", "2031-03-30T01:30:00.000000Z", "last.from", "2031-03-28", "last.to", "2031-03-28", "last.problem", "")
	m := f.get("/v1/mails/" + r.str("last.mails.0"))
	m.fields("subject", "Mornings: 28 Mar 2031", "files.0.name", "demand-2031-03-28-2031-03-28.pdf", "files.0.type", "application/pdf", "from.email", "reports@example.com")
	for _, says := range []string{"What do customers order?", "28 Mar 2031", "GBP\n- Orders: 5\n", "- Units: 7\n", "- Gross: 14.50\n"} {
		if !strings.Contains(m.str("text"), says) {
			f.t.Errorf("%q does not say %q", m.str("text"), says)
		}
	}
	f.app.Settings.MailFrom = ""
	sweep("2031-03-30T06:00:00Z", both(first)...) // 02:30 is not shown that night: it is due at 03:30
	f.get("/v1/saved-reports/{srp}").fields("paused", "no_mail_sender", "last.problem", "no_mail_sender", "last.due", "2031-03-30T01:30:00.000000Z", "next_due", "")
	f.post("/v1/saved-reports/{srp}/send", "{}").refused(409, "no_mail_sender")
	again := strings.Replace(savedReport("Mornings", ""), `"query"`, `"shared":true,"query"`, 1)
	f.put("/v1/saved-reports/{srp}", again).refused(422, "validation_failed").fields("errors.0.code", "no_mail_sender")
	f.app.Settings.MailFrom = "reports@example.com"
	f.put("/v1/saved-reports/{srp}", again).want(200).fields("paused", "", "next_due", "2031-03-31T00:30:00.000000Z")
	sweep("2031-04-03T12:00:00Z", both(first, thursday)...) // four were missed: one
	f.get("/v1/saved-reports/{srp}").fields("last.from", "2031-04-02", "next_due", "2031-04-04T00:30:00.000000Z")
	f.put("/v1/saved-reports/{srp}", savedReport("Morgens", `,"language":"de"`)).want(200).fields("schedule.language", "de", "next_due", "2031-04-04T00:30:00.000000Z")
	f.caughtUp()
	f.post("/v1/saved-reports/{srp}/send?dry_run=true", "{}").want(200).fields("last.due", "")
	f.caughtUp()
	r = f.post("/v1/saved-reports/{srp}/send", "{}", "Idempotency-Key", "now").want(200).fields("last.due", "", "next_due", "2031-04-04T00:30:00.000000Z")
	m = f.get("/v1/mails/"+r.str("last.mails.0")).fields("subject", "Morgens: 2. Apr. 2031", "language", "de")
	for _, says := range []string{"Was bestellen Kunden?", "Zählt bei: bestellt (Zeitzone des Kanals)", "Nur Kanal: web", "Der Bericht liegt bei."} {
		if !strings.Contains(m.str("text"), says) {
			f.t.Errorf("%q does not say %q", m.str("text"), says)
		}
	}
	f.post("/v1/saved-reports/{srp}/send", "{}", "Idempotency-Key", "now").want(200)
	if n := len(f.reportMails(f.vars["srp"])); n != 6 {
		f.t.Errorf("%d mails", n)
	}
}

// loses: a report whose owner may read reports no more is paused, and goes on when somebody else saves it. A report that
// no mail can be made of waits for its next due time.
func (f *fixture) loses(path string, at func(string)) {
	f.t.Helper()
	f.vars["leaver"] = f.key(`"scopes":["reports:read","reports:write"]`)
	leaver := f.vars["last_key"]
	r := f.send(request{do: "POST " + path, body: strings.Replace(savedReport("Leaving", ""), `"query"`, `"shared":true,"query"`, 1), key: "{leaver}"}).want(201)
	f.send(request{do: "DELETE /v1/keys/" + leaver}).want(200)
	at(r.str("next_due"))
	f.caughtUp()
	if err := f.app.MailReports(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	if got := f.reportMails(r.str("id")); len(got) > 0 {
		f.t.Error(got)
	}
	f.get(path+"/"+r.str("id")).fields("paused", "owner_may_not_read", "next_due", "")
	f.caughtUp()
	f.post(path+"/"+r.str("id")+"/send", "{}").refused(409, "report_paused")
	f.send(request{do: "PUT " + path + "/" + r.str("id"), body: savedReport("Staying", ""), key: "{writer}"}).want(200).fields("paused", "", "name", "Staying")

	// Who reads reports and may have none mailed any more is none that they are mailed for.
	f.vars["demoted"] = f.key(`"scopes":["reports:read","reports:write"]`)
	demoted := f.vars["last_key"]
	r = f.send(request{do: "POST " + path, body: strings.Replace(savedReport("Demoted", ""), `"query"`, `"shared":true,"query"`, 1), key: "{demoted}"}).want(201)
	scope := func(from, to string) {
		f.exec(`UPDATE api_keys SET doc = replace(doc, '"` + from + `"', '"` + to + `"') WHERE id = '` + demoted + "'")
	}
	scope("reports:write", "x:write")
	at(r.str("next_due"))
	f.caughtUp()
	if err := f.app.MailReports(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	scope("x:write", "reports:write")
	f.get(path+"/"+r.str("id")).fields("paused", "owner_may_not_mail", "next_due", "", "last.due", "")

	r = f.post(path, savedReport("Nobody", "")).want(201)
	f.exec("UPDATE saved_reports SET doc = replace(doc, 'bo@', 'b..o@') WHERE id = '" + r.str("id") + "'")
	at(r.str("next_due"))
	f.caughtUp()
	if err := f.app.MailReports(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	next := f.get(path+"/"+r.str("id")).fields("last.problem", "validation_failed", "last.due", r.str("next_due")).str("next_due")
	if next <= r.str("next_due") {
		f.t.Error(next)
	}
}

// TestReportsAreMailed: the file that a mail carries is the report, also when it is sent again; once it is gone, the
// mail says so.
func TestReportsAreMailed(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, post *sink.Server) {
		f.place("A", 2, "manual", "").want(201)
		f.vars["srp"] = f.post("/v1/saved-reports", strings.Replace(strings.Replace(savedReport("Now", ""), `"pdf"`, `"csv"`, 1), `,"bo@example.com"`, "", 1)).want(201).str("id")
		f.caughtUp()
		id := f.post("/v1/saved-reports/{srp}/send", "{}").want(200).str("last.mails.0")
		f.mailed(id, mail.Sent)
		again := f.post("/v1/mails/"+id+"/resend", `{}`).want(201).str("id")
		f.mailed(again, mail.Sent)
		taken := post.Taken()
		if len(taken) != 2 {
			t.Fatalf("%d mails", len(taken))
		}
		for _, m := range taken {
			for _, has := range []string{"multipart/mixed", `filename="demand-`, "text/csv", "Auto-Submitted: auto-generated", "What do customers order?"} {
				if !strings.Contains(m.Raw, has) {
					t.Errorf("no %q in %.2000s", has, m.Raw)
				}
			}
		}
		// The file stays for the 48 hours in which its mail may be tried, whatever the age of files: what nothing names goes before it.
		swept := func(hours int64) {
			f.exec(fmt.Sprintf("UPDATE file_chunks SET created_at = %d", time.Now().UnixMicro()-hours*3_600_000_000))
			f.exec("INSERT INTO file_chunks (file, part, data, created_at) SELECT 'zzz', part, data, created_at FROM file_chunks WHERE file LIKE 'mailed_%'")
			eventually(t, "files are swept", func() bool {
				f.exec("UPDATE jobs SET run_at = 0 WHERE id = 'schedule_sweep_files' AND owner = ''")
				return f.pieces("zzz") == 0
			})
		}
		if swept(47); f.pieces("mailed_") != 1 {
			t.Error("the file of a mail is gone before its time")
		}
		if swept(50); f.pieces("mailed_") != 0 {
			t.Error("the file of a mail stays for good")
		}
		f.mailed(f.post("/v1/mails/"+id+"/resend", `{}`).want(201).str("id"), mail.Dead).fields("attempts.0.code", "attachment_gone")
		f.proven()
	}, func(o *setup) { o.settings.MailFrom, o.settings.FileMaxAge = "reports@example.com", time.Hour })
}
