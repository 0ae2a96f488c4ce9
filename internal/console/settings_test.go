package console

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"ordo/internal/api"
	"ordo/internal/pages"
	"ordo/internal/store"
	"ordo/internal/verify"
)

func TestKeys(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("owner@example.com", "owner")
		f.user("dev@example.com", "developer")
		b := f.browser()
		b.signIn("owner@example.com").is(t, 303)
		b.get(keysPath).is(t, 200, "There are no API keys yet")
		form := []string{"_key", pages.NewKey(), "_step", "do", "name", "Web shop", "scopes", "orders:read", "scopes", "stock:read", "rate_limit", "600"}
		shown := b.post(keysPath+"/new", form...).is(t, 200, "It is shown this once.")
		secret := regexp.MustCompile(`id="secret">([^<]+)<`).FindStringSubmatch(shown.body)
		if secret == nil {
			t.Fatal(shown.body)
		}
		use := func() int {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/v1/orders", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+secret[1])
			return f.browser().do(r).status
		}
		if got := use(); got != 200 {
			t.Errorf("the key is answered with %d", got)
		}
		// Sent twice, it makes one key and does not show the secret again.
		b.post(keysPath+"/new", form...).is(t, 200, "This form was sent before")
		list := b.get(keysPath).is(t, 200, "Web shop", "2 scopes", "600")
		if strings.Count(list.body, "Web shop") != 1 || strings.Contains(list.body, secret[1]) {
			t.Error(list.body)
		}
		b.post(keysPath+"/new", "_key", pages.NewKey(), "_step", "do", "name", "", "scopes", "orders:read").is(t, 422, "Name")
		// Nobody gives what they do not have.
		dev := f.browser()
		dev.signIn("dev@example.com").is(t, 303)
		if page := dev.get(keysPath+"/new").is(t, 200); strings.Contains(page.body, `value="payments:write"`) || !strings.Contains(page.body, `value="events:read"`) {
			t.Error("a developer is offered what a developer may not do")
		}
		dev.post(keysPath+"/new", "_key", pages.NewKey(), "_step", "do", "name", "More", "scopes", "payments:write").is(t, 403)
		id := regexp.MustCompile(`settings/keys/(key_[0-9a-z]+)/revoke`).FindStringSubmatch(list.body)[1]
		b.get(keysPath+"/"+id+"/revoke").is(t, 200, "It cannot be undone.")
		b.post(keysPath+"/"+id+"/revoke", "_key", pages.NewKey(), "_step", "do").is(t, 303, keysPath)
		if got := use(); got != 401 {
			t.Errorf("the revoked key is answered with %d", got)
		}
	})
}

func TestWebhookPages(t *testing.T) {
	receiver := httptest.NewServer(http.NotFoundHandler())
	defer receiver.Close()
	each(t, func(t *testing.T, f *fixture) {
		f.user("owner@example.com", "owner")
		f.user("manager@example.com", "manager")
		b := f.browser()
		b.signIn("owner@example.com").is(t, 303)
		b.get(webhooksPath).is(t, 200, "No other system is told what happens")
		b.post(webhooksPath+"/new", "_key", pages.NewKey(), "_step", "do", "url", "ftp://x", "events", "order.placde", "payload", "thin").is(t, 422, "Address", "Events", "order.placde")
		b.post(webhooksPath+"/new", "_key", pages.NewKey(), "_step", "do", "url", "https://shop.example.com/ordo", "events", "order.*, payment.*", "payload", "fat").is(t, 200, "Secret of the endpoint", "whsec_")
		list := b.get(webhooksPath).is(t, 200, "shop.example.com", "order.*, payment.*")
		at := webhooksPath + "/" + regexp.MustCompile(`settings/webhooks/(whk_[0-9a-z]+)`).FindStringSubmatch(list.body)[1]
		page := b.get(at).is(t, 200, "Nothing was sent yet", "Send a test", "It is enabled.")
		if strings.Contains(page.body, "whsec_") {
			t.Error("the page shows the secret")
		}
		version := func() string {
			var w api.Webhook
			f.call("getWebhook", slots("id", at[len(webhooksPath)+1:]), "", &w)
			return strconv.FormatInt(w.Version, 10)
		}
		do := func(name string, pairs ...string) answer {
			return b.post(at+"/"+name, append([]string{"_key", pages.NewKey(), "_step", "do", "_version", version()}, pairs...)...)
		}
		do("edit", "url", "https://shop.example.com/two", "events", "order.placed", "payload", "thin", "personal", "false", "description", "Of the shop").is(t, 303, at)
		b.get(at).is(t, 200, "/two", "Of the shop")
		do("rotate", "overlap_hours", "2").is(t, 200, "whsec_")
		b.post(at+"/replay", "_key", pages.NewKey(), "_step", "preview", "after_seq", "0").is(t, 200, "Messages that are sent")
		b.post(at+"/replay", "_key", pages.NewKey(), "_step", "preview").is(t, 422)
		do("disable").is(t, 303)
		b.get(at).is(t, 200, "It is disabled.", "Disabled: request.")
		do("enable", "from", "now").is(t, 303)
		// Who may only look sees why nothing can be pressed.
		m := f.browser()
		m.signIn("manager@example.com").is(t, 303)
		m.get(at).is(t, 200, "it needs webhooks:write")
		m.post(at+"/delete", "_key", pages.NewKey(), "_step", "do").is(t, 403)
		do("delete").is(t, 303, webhooksPath)
		b.get(at).is(t, 404)
	})
}

func TestSystemPage(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("dev@example.com", "developer")
		b := f.browser()
		b.signIn("dev@example.com").is(t, 303)
		b.get(systemPath).is(t, 200, "No job has given up.", "Readers of the journal", "Facts")
		b.get(systemPath+"?state=ready").is(t, 200)
		f.verifies(b)
		b.get(systemPath+"/job_unknown/retry").is(t, 200, "nothing happens twice")
		b.post(systemPath+"/job_unknown/retry", "_key", pages.NewKey(), "_step", "do").is(t, 404)
	})
}

// TestSettingsAreas: one entry of the navigation leads to what somebody may set, and stands for its pages.
func TestSettingsAreas(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("owner@example.com", "owner")
		f.user("ware@example.com", "warehouse")
		b := f.browser()
		b.signIn("owner@example.com").is(t, 303)
		page := b.get(settingsPath).is(t, 200, "Who signs in, with which roles.", "API keys", "<h2>Connections</h2>", `href="/console/settings" aria-current="page"`)
		if strings.Count(page.body, "<h2>People</h2>") != 1 {
			t.Error("areas of a group do not stand together")
		}
		b.get("/console/users").is(t, 200, `href="/console/settings" aria-current="page"`, `<a href="/console/settings/system" hidden>`)
		ware := f.browser()
		ware.signIn("ware@example.com").is(t, 303)
		if page := ware.get(settingsPath).is(t, 200); strings.Contains(page.body, "API keys") {
			t.Error("the warehouse is shown what it may not open")
		}
	})
}

// verifies checks the data from the page: what is right, and what is not.
func (f *fixture) verifies(b *browser) {
	t := f.t
	t.Helper()
	f.app.Verifier = verify.For(f.app.DB)
	b.get(systemPath).is(t, 200, "It was not checked here yet.", "Verify now")
	run := func() answer {
		b.get(systemPath+"/verify").is(t, 200, "nobody has to wait")
		b.post(systemPath+"/verify", "_key", pages.NewKey(), "_step", "do").is(t, 303, systemPath)
		for {
			if page := b.get(systemPath); !strings.Contains(page.body, "data-again") {
				return page
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	run().is(t, 200, "Passed", "Checks", "tests of rows", "Nothing")
	if err := store.Write(t.Context(), f.app.DB, func(tx store.Tx) error {
		return tx.Do(t.Context(), &store.Stmt{SQL: "UPDATE catalog_head SET version = 0", Want: store.AnyRows})
	}); err != nil {
		t.Fatal(err)
	}
	run().is(t, 200, "Failed", "catalog", "Earlier")
}
