package console

import (
	"strings"
	"testing"

	"ordo/internal/pages"
)

// TestMailTemplatePages shows what a mail says while it is written, refuses placeholders that there are not at their field,
// and goes back to the text that comes with Ordo.
func TestMailTemplatePages(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("manager@example.com", "manager")
		f.user("cara@example.com", "warehouse")
		b := f.browser()
		b.signIn("manager@example.com").is(t, 303)
		f.world()
		b.get(templatesPath).is(t, 200, "order_placed.en", "order_placed.de", "Built in", "Order placed")
		at := templatesPath + "/order_placed.en"
		b.get(at).is(t, 200, "Your order 10001", "Hello Ada Example", "{{.order.number}}", "It is the built-in text.")
		html := b.get(at+"/html").is(t, 200, "<strong>10001</strong>")
		if policy := html.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox; default-src 'none'") || html.header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Error(html.header)
		}
		o := f.ordered("Bea")
		b.get(at+"?order="+number0(o.Number)).is(t, 200, "Your order "+number0(o.Number), "Hello Bea")
		b.get(at+"/edit").is(t, 200, "Your order 10001", "data-preview")
		send := func(step, version, subject, text, html string) answer {
			return b.post(at+"/edit", "_key", pages.NewKey(), "_step", step, "_version", version, "subject", subject, "text", text, "html", html, "active", "true")
		}
		send("preview", "", "Hi {{.customer.name}}", "We have {{.order.number}} <b>", "").is(t, 200, "Hi Ada Example", "We have 10001 &lt;b&gt;", "Publish it")
		for _, c := range [][4]string{
			{"Hi {{.custmer.name}}", "b", "", "Subject: "}, {"Hi", "{{.order.nummer}}", "", "Text: "}, {"Hi", "b", "<p>{{.order.nummer}}</p>", "HTML: "}, {"", "b", "", "Subject: "}, {"Hi", "{{if .order}}", "", "not closed"},
		} {
			for _, step := range []string{"preview", "do"} {
				send(step, "", c[0], c[1], c[2]).is(t, 422, c[3])
			}
		}
		b.get(at).is(t, 200, "Built in")
		send("do", "", "Hi {{.customer.name}}", "We have it", "").is(t, 303, at)
		b.get(at).is(t, 200, "Changed", "Hi Ada Example", "Mails from now on are written so.")
		b.get(at+"/html").is(t, 404)
		send("do", "7", "Hi", "We have it", "").is(t, 409, "Somebody changed this")
		b.post(at+"/reset", "_key", pages.NewKey(), "_step", "preview", "_version", "1").is(t, 200, "Your order 10001", "Use the built-in text")
		b.post(at+"/reset", "_key", pages.NewKey(), "_step", "do", "_version", "1").is(t, 303, at)
		b.get(at).is(t, 200, "Your order 10001", "Hello Ada Example")
		// For one channel, and in a language that Ordo does not have.
		b.get(at+"/other?language=en&channel=web").is(t, 303, templatesPath+"/order_placed.en.web/edit?from=order_placed.en")
		own := templatesPath + "/order_placed.en.web"
		b.get(own+"/edit?from=order_placed.en").is(t, 200, "thank you for your order")
		b.post(own+"/edit", "_key", pages.NewKey(), "_step", "do", "subject", "For the shop", "text", "b", "active", "true").is(t, 303, own)
		b.get(own).is(t, 200, "en · web", "There is no built-in text for this.")
		b.post(templatesPath+"/order_placed.en.nowhere/edit", "_key", pages.NewKey(), "_step", "do", "subject", "a", "text", "b").is(t, 422, "no sales channel")
		b.post(templatesPath+"/order_placde.en/edit", "_key", pages.NewKey(), "_step", "do", "subject", "a", "text", "b").is(t, 422, "No mail is made of")
		b.get(templatesPath+"/order_placde.en").is(t, 404)
		w := f.browser()
		w.signIn("cara@example.com").is(t, 303)
		w.post(at+"/edit", "_key", pages.NewKey(), "_step", "do", "subject", "a", "text", "b").is(t, 403)
	})
}
