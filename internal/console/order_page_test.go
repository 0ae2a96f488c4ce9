package console

import (
	"strings"
	"testing"

	"ordo/internal/pages"
)

// TestOrderPageTells: messages say what happened, lists take an order by its number, and links of pages of errors lead
// somewhere.
func TestOrderPageTells(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("mia@example.com", "manager")
		b := f.browser()
		b.signIn("mia@example.com").is(t, 303)
		f.world()
		o, ful := f.paid(`[{"sku":"MUG","quantity":3}]`)
		at := "/console/orders/" + number0(o.ID)
		b.get(at).is(t, 200, "/console/fulfillment/"+ful)
		b.get("/console/fulfillment?order="+number0(o.Number)).is(t, 200, "/console/fulfillment/"+ful, "#"+number0(o.Number))
		b.get("/console/fulfillment?order=99999").is(t, 200, "Nothing")
		b.get("/console/fulfillment/"+ful+"/scan").is(t, 200, "Not released yet", "/console/fulfillment/"+ful+"/release")
		b.get(at+"/payment-link").is(t, 200, "Nothing is due.")
		b.get(at).is(t, 200, `disabled title="Nothing is due."`)
		b.post(at+"/cancel", "_key", pages.NewKey(), "_step", "do", "reason", "customer", "lines.0.line", "1", "lines.0.quantity", "1").is(t, 303)
		b.get(at).is(t, 200, "The rest of the order goes on.")
		b.post(at+"/cancel", "_key", pages.NewKey(), "_step", "do", "reason", "customer").is(t, 303)
		b.get(at).is(t, 200, "The order was canceled.")
		if page := b.get("/console/nowhere").is(t, 404, `href="/console/"`); strings.Contains(page.body, "/console//") {
			t.Error("a page of an error leads to another one")
		}
		// A link asks for what is due unless another amount is typed.
		waits := f.ordered("Ada")
		link := "/console/orders/" + number0(waits.ID) + "/payment-link"
		b.get(link).is(t, 200, "Empty: what is due")
		b.post(link, "_key", pages.NewKey(), "_step", "do", "amount", "", "amount.currency", "GBP", "expires_in_minutes", "60").is(t, 422, "There is no payment provider")
	})
}

// TestBrowserOf: a session is named as people name their browser.
func TestBrowserOf(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36":                                   "Chrome · Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari · iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge · Windows",
		"curl/8.5.0": "curl/8.5.0",
	} {
		if got := browserOf(agent); got != want {
			t.Errorf("%s: %s", agent, got)
		}
	}
}
