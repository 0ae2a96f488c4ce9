package console

import (
	"regexp"
	"strings"
	"testing"

	"ordo/internal/pages"
)

// TestViews keeps lists under a name: an own one, and one that colleagues see.
func TestViews(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("mia@example.com", "manager")
		f.user("lena@example.com", "customer_service")
		mia, lena := f.browser(), f.browser()
		mia.signIn("mia@example.com").is(t, 303)
		lena.signIn("lena@example.com").is(t, 303)
		has := func(b *browser, path, text string, want bool) {
			t.Helper()
			if got := strings.Contains(b.get(path).is(t, 200).body, text); got != want {
				t.Errorf("%s: %q is there: %v", path, text, got)
			}
		}
		list := "/console/orders?channel=web&payment_status=failed"
		has(mia, "/console/orders", "Keep this view", false)
		has(mia, "/console/orders?status=draft", "Keep this view", false) // there is a tab for it
		mia.get("/console/orders?customer=grace@example.com").is(t, 200, "is not kept as a view")
		mia.get(list).is(t, 200, "/console/views/orders/new?channel=web&amp;payment_status=failed")
		at := "/console/views/orders/new"
		mia.get(at).is(t, 400)
		mia.get(at+"?channel=web&payment_status=failed&q=grace").is(t, 200, `name="_query" value="channel=web&amp;payment_status=failed"`)
		keep := []string{"_key", pages.NewKey(), "_query", "channel=web&payment_status=failed&customer=grace@example.com"}
		mia.post(at, append(keep, "name", " ")...).is(t, 422, `href="#f-name"`)
		mia.post(at, append(keep, "name", strings.Repeat("x", 41))...).is(t, 422, `href="#f-name"`)
		for range 2 { // sent twice it is one tab
			mia.post(at, append(keep, "name", "Web, failed")...).is(t, 303, list)
		}
		page := mia.get(list).is(t, 200, "The view was kept.", ">Web, failed</a>", "Change view", "Delete view")
		if n := strings.Count(page.body, "Web, failed"); n != 1 || strings.Contains(page.body, "grace") {
			t.Errorf("%d tabs, or a customer in one", n)
		}
		has(lena, list, "Web, failed", false)

		view := regexp.MustCompile(`/console/views/orders/view_[0-9a-z]+`).FindString(page.body)
		lena.get(view).is(t, 404)
		lena.post(view, "name", "Mine now").is(t, 404)
		lena.post(view+"/delete").is(t, 303) // nothing of hers: nothing happens
		mia.get(view).is(t, 200, `value="Web, failed"`)
		mia.post(view, "_key", pages.NewKey(), "name", "", "shared", "true").is(t, 422, `href="#f-name"`)
		mia.post(view, "_key", pages.NewKey(), "name", "Failed on the web", "shared", "true").is(t, 303, list)
		lena.get("/console/orders").is(t, 200, "Failed on the web", "Shared by ")
		has(lena, list, "Change view", false)
		has(lena, list, "Keep this view", false)

		// Lists have views of their own, each for those who may see the list.
		mia.get("/console/cases?open=true&due_before=2026-01-01T00:00:00Z&queue=general").is(t, 200, "Keep this view")
		mia.post("/console/views/cases/new", "_key", pages.NewKey(), "name", "Late", "_query", "open=true&due_before=2026-01-01T00:00:00Z&queue=general", "shared", "true").is(t, 303)
		if page := mia.get("/console/cases").is(t, 200, "Late"); strings.Contains(page.body, "2026-01-01T00") {
			t.Error("what is overdue is so at the moment when it was kept")
		}
		for _, path := range []string{"/console/fulfillment?location=HULL&status=planned", "/console/returns?status=requested"} {
			has(mia, path, "Keep this view", true)
			has(mia, path, "Late", false)
		}
		mia.get(view+"/delete").is(t, 200, "for your colleagues too")
		mia.post(view+"/delete", "_key", pages.NewKey()).is(t, 303, "/console/orders")
		has(lena, "/console/orders", "Failed on the web", false)
		f.user("wilma@example.com", "warehouse")
		wilma := f.browser()
		wilma.signIn("wilma@example.com").is(t, 303)
		wilma.post("/console/views/cases/new", "name", "x", "_query", "open=true").is(t, 403)
	})
}
