package api

import (
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"testing"

	mails "ordo/internal/mail"
	"ordo/internal/provider/mail/sink"
)

// parts reads the text and the HTML of a mail as mail programs do.
func parts(t *testing.T, m *mail.Message) (text, page string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return text, page
		}
		if err != nil {
			t.Fatal(err)
		}
		body := io.Reader(p)
		if p.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			body = quotedprintable.NewReader(p)
		}
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			page = string(b)
		} else {
			text = string(b)
		}
	}
}

var mailedLink = regexp.MustCompile(`https://orders\.example\.com/o/my-order/([0-9A-Za-z._~-]+)(?:/return)?`)

// TestMailLinks: mails lead their customer to the order, signed, in text and HTML, and nobody else sees the tokens.
func TestMailLinks(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, post *sink.Server) {
		f.mailing()
		f.vars["o"] = f.place("A", 1, "manual", "").want(201).str("id")
		ful := f.get("/v1/orders/{o}").str("fulfillments.0.id")
		f.post("/v1/fulfillments/"+ful+"/release", "").want(200)
		f.post("/v1/fulfillments/"+ful+"/ship", `{"tracking_number":"T1"}`).want(200)
		f.post("/v1/fulfillments/"+ful+"/deliver", "").want(200)
		f.notified(f.vars["o"])
		f.vars["case"] = f.post("/v1/cases", `{"subject":"Hello","orders":["{o}"]}`).want(201).str("id")
		f.post("/v1/cases/{case}/replies", `{"text":"Here it is."}`).want(200)
		f.notified(f.vars["o"])
		links := map[string][]string{} // tokens by subject
		for _, m := range post.Taken() {
			text, page := parts(t, m.Message)
			var tokens []string
			for _, l := range mailedLink.FindAllStringSubmatch(text, -1) {
				tokens = append(tokens, l[1])
				if !strings.Contains(html.UnescapeString(page), `href="`+l[0]+`"`) {
					t.Errorf("the HTML does not have %s:\n%s", l[0], page)
				}
			}
			links[m.Message.Header.Get("Subject")] = tokens
		}
		number := f.get("/v1/orders/{o}").str("number")
		for subject, want := range map[string]int{
			"Your order " + number: 1, "Your order " + number + " is on its way": 1, "Your order " + number + " has arrived": 2, "Re: [C1001] Hello": 1,
		} {
			if len(links[subject]) != want {
				t.Errorf("%q has %d links, of %v", subject, len(links[subject]), links)
			}
		}
		arrived := links["Your order "+number+" has arrived"]
		if len(arrived) != 2 {
			t.Fatal("no links to follow")
		}
		for _, token := range arrived {
			f.send(request{do: "GET /v1/links/" + token, key: "-"}).want(200).fields("number", number)
		}
		f.untold(arrived...)
		f.post("/v1/orders/{o}/links/revoke", `{}`).want(200)
		for _, token := range arrived {
			f.send(request{do: "GET /v1/links/" + token, key: "-"}).refused(404, "not_found")
		}
	}, func(o *setup) { o.settings.PublicURL = "https://orders.example.com/o" })
}

// TestResentLinks: a mail with links goes to the customer of its order only, as the order has it now; one without goes
// to whoever is named.
func TestResentLinks(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, post *sink.Server) {
		f.mailing()
		f.caseAbout(f.place("A", 1, "manual", "").want(201))
		f.notified(f.vars["o"])
		f.vars["mail"] = f.get("/v1/mails?order={o}").str("data.0.id")
		for _, query := range []string{"?dry_run=true", ""} {
			f.post("/v1/mails/{mail}/resend"+query, `{"to":"eve@example.com"}`).refused(409, "mail_has_links").fields("order", f.vars["o"])
		}
		f.post("/v1/mails/{mail}/resend", `{"to":"ADA@example.com"}`).want(201)
		f.post("/v1/orders/{o}/details", `{"customer":{"email":"ada@example.org"}}`).want(200)
		f.notified(f.vars["o"])
		f.post("/v1/mails/{mail}/resend", `{}`).refused(409, "mail_has_links") // the address that the order had
		f.post("/v1/cases/{case}/macros", `{"steps":[{"do":"resend_mail","mail":"order_placed"}]}`).refused(409, "mail_has_links")
		f.post("/v1/mails/{mail}/resend", `{"to":"ada@example.org"}`).want(201)
		plain := f.mailed(f.queued("ada", nil), mails.Sent).str("id")
		f.post("/v1/mails/"+plain+"/resend", `{"to":"eve@example.com"}`).want(201)
		f.notified(f.vars["o"])
		for _, m := range post.Taken() {
			if text, page := parts(t, m.Message); strings.HasPrefix(m.To, "eve") && mailedLink.MatchString(text+page) {
				t.Errorf("Eve got a link:\n%s", text)
			}
		}
		f.proven()
	}, func(o *setup) { o.settings.PublicURL = "https://orders.example.com/o" })
}

// TestAskForLink: who has no link at hand has it mailed, in the language of the order; whether there is such an order is
// not told, and nobody is flooded.
func TestAskForLink(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, post *sink.Server) {
		f.mailing()
		o := f.post("/v1/orders", with(orderBody("A", 1, "manual", ""), `"language":"de"`)).want(201)
		f.notified(o.str("id"))
		post.Taken()
		ask := func(number, email string) reply {
			return f.send(request{do: "POST /v1/links", key: "-", body: `{"order_number":"` + number + `","email":"` + email + `"}`})
		}
		first := ask(o.str("number"), "ADA@example.com").want(202)
		for _, no := range []reply{ask(o.str("number"), "eve@example.com").want(202), ask("999999", "ada@example.com").want(202), ask("#"+o.str("number"), "ada@example.com").want(202)} {
			if string(no.body) != string(first.body) {
				t.Errorf("it tells which orders there are: %s", no.body)
			}
		}
		ask("", "x").refused(422, invalid)
		ask(o.str("number"), "ada@example.com").want(202)
		ask(o.str("number"), "ada@example.com").refused(429, "rate_limited")
		f.notified(o.str("id"))
		var tokens []string
		for _, m := range post.Taken() {
			if subject := m.Message.Header.Get("Subject"); subject != "Link zu Ihrer Bestellung "+o.str("number") || m.To != "ada@example.com" {
				continue
			}
			text, _ := parts(t, m.Message)
			for _, l := range mailedLink.FindAllStringSubmatch(text, -1) {
				tokens = append(tokens, l[1])
			}
		}
		if len(tokens) != 1 {
			t.Fatalf("%d links were mailed", len(tokens))
		}
		f.send(request{do: "GET /v1/links/" + tokens[0], key: "-"}).want(200).fields("number", o.str("number"))
		f.proven()
	}, func(o *setup) { o.settings.PublicURL = "https://orders.example.com/o" })
	each(t, func(t *testing.T, f *fixture) {
		f.send(request{do: "POST /v1/links", key: "-", body: `{"order_number":"1","email":"ada@example.com"}`}).refused(404, "not_found")
	})
}

// untold looks for tokens where they must not stand: in the journal, and in what the API says of mails.
func (f *fixture) untold(tokens ...string) {
	f.t.Helper()
	rows, err := f.app.Events(f.t.Context(), 0, 100_000)
	if err != nil {
		f.t.Fatal(err)
	}
	mails := f.get("/v1/mails?limit=100")
	if !strings.Contains(string(mails.body), "/my-order/…") {
		f.t.Errorf("mails are told without a link: %s", mails.body)
	}
	for _, token := range tokens {
		for _, r := range rows {
			if strings.Contains(string(r.Body)+string(r.Personal), token) {
				f.t.Errorf("journal row %d, %s, has a token", r.Seq, r.Type)
			}
		}
		if strings.Contains(string(mails.body), token) {
			f.t.Error("the API tells a token")
		}
	}
}

// TestMailsWithoutLinks: without an address mails have none, and no hole where one would be.
func TestMailsWithoutLinks(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, post *sink.Server) {
		f.mailing()
		f.notified(f.place("A", 1, "manual", "").want(201).str("id"))
		for _, m := range post.Taken() {
			if text, page := parts(t, m.Message); strings.Contains(text+page, "links") || strings.Contains(page, "href") {
				t.Errorf("a link to nowhere:\n%s\n%s", text, page)
			}
		}
	})
}
