package console

import (
	"regexp"
	"strings"
	"testing"

	"ordo/internal/pages"
)

// TestSavedReports saves a report with its filters from its page, has it mailed, shares it and deletes it; others see
// what is shared, and that it is not theirs.
func TestSavedReports(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("ana@example.com", "analyst")
		f.user("bo@example.com", "analyst")
		ana, bo := f.browser(), f.browser()
		ana.signIn("ana@example.com").is(t, 303)
		bo.signIn("bo@example.com").is(t, 303)
		page := ana.get("/console/reports/demand?from=2026-11-01&to=2026-11-30&bucket=week&group_by=channel&channel=web").is(t, 200, "Save")
		m := regexp.MustCompile(`href="(/console/saved-reports/new[^"]*)"`).FindStringSubmatch(page.body)
		if m == nil {
			t.Fatal("no link saves it")
		}
		at := strings.ReplaceAll(m[1], "&amp;", "&")
		ana.get(at).is(t, 200, `value="2026-11-01"`, `value="week"`, `value="channel=web"`, "the days below")
		typed := func(more ...string) []string {
			return append([]string{
				"_key", pages.NewKey(), "query.report", "demand", "query.bucket", "week", "query.group_by", "channel", "query.metric", "units", "_filters", "channel=web",
				"query.from", "2026-11-01", "query.to", "2026-11-30", "schedule.at", "07:00", "schedule.time_zone", "Europe/Berlin", "schedule.form", "pdf", "schedule.recipients", "ana@example.com",
			}, more...)
		}
		path, _, _ := strings.Cut(at, "?")
		f.user("dev@example.com", "developer")
		dev := f.browser()
		dev.signIn("dev@example.com").is(t, 303)
		dev.get(at).is(t, 200, `id="f-shared" aria-describedby="h-shared" disabled`, "it needs reports:write")
		dev.post(strings.SplitN(at, "?", 2)[0], typed("name", "Shared", "shared", "true")...).is(t, 403, "haring a report needs")
		// Where no mail has an address to come from, the form says so before, and what is sent all the same is refused.
		none := ana.get(at).is(t, 200, "There is no address that mails come from", `id="f-schedule.every" aria-describedby="h-schedule.every" disabled`)
		if strings.Contains(none.body, "schedule.recipients") {
			t.Error("who cannot be sent anything is asked for")
		}
		ana.post(path, typed("name", "Days", "query.period", "yesterday", "schedule.every", "daily")...).is(t, 422, "his server has no mail address of its own")
		f.call("putChannel", slots("code", "web"), `{"name":"Web","mails":{"from":"shop@example.com"}}`, nil)
		page = ana.get(at).is(t, 200, `value="07:00"`, "schedule.recipients", `<option value="web">Web</option>`)
		if strings.Contains(page.body, "the address of this server") {
			t.Error("an address is offered that there is not")
		}
		f.call("putChannel", slots("code", "web"), `{"name":"Web"}`, nil)
		f.app.Settings.MailFrom = "reports@example.com"
		defer func() { f.app.Settings.MailFrom = "" }()
		ana.post(path, typed("name", "Weeks", "schedule.every", "weekly")...).is(t, 422, "monday", "period")
		ana.post(path, typed("name", "Weeks")...).is(t, 303)
		list := ana.get("/console/reports").is(t, 200, "Weeks", "2026-11-01 – 2026-11-30")
		saved := regexp.MustCompile(`data-href="(/console/saved-reports/srp_[a-z0-9]+)"`).FindStringSubmatch(list.body)
		if saved == nil {
			t.Fatal("it is not listed")
		}
		one := saved[1]
		ana.get(one).is(t, 200, "It is not mailed", "channel=web", "web")
		bo.get(one).is(t, 404)
		if strings.Contains(bo.get("/console/reports").body, "Weeks") {
			t.Error("it is shared with everybody")
		}
		ana.get(one+"/edit").is(t, 200, `value="Weeks"`)
		ana.post(one+"/edit", typed("_version", "1", "name", "Mondays", "shared", "true", "query.period", "last_week", "schedule.every", "weekly", "schedule.weekday", "monday")...).is(t, 303)
		ana.get(one).is(t, 200, "Mondays", "Last week", "Weekly, Monday at 07:00 (Europe/Berlin), as PDF", "ana@example.com", "not yet")
		f.app.Settings.MailFrom = ""
		ana.get(one+"/send").is(t, 200, "It is mailed to ana@example.com")
		ana.post(one+"/send", "_key", pages.NewKey(), "_version", "2").is(t, 409, "here is no address that mails come from")
		bo.get(one).is(t, 200, "shared", one+"/edit")
		bo.get("/console/reports").is(t, 200, "Mondays", "shared")
		ana.get(one+"/delete").is(t, 200)
		ana.post(one+"/delete", "_key", pages.NewKey(), "_version", "2").is(t, 303)
		ana.get(one).is(t, 404)
	})
}
