package mail

import (
	"strings"
	"testing"
	"time"

	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// TestShippedTemplates: every notification is there in English and German, and says something about its sample.
func TestShippedTemplates(t *testing.T) {
	for _, name := range Names() {
		for _, l := range []string{"en", "de"} {
			tmpl, ok := Shipped(name, l)
			if !ok {
				t.Errorf("there is no %s in %s", name, l)
				continue
			}
			var list errs.List
			tmpl.Check(&list)
			if err := list.Err(); err != nil {
				t.Errorf("%s: %v", tmpl.ID, err)
			}
			d := Sample(name)
			d.Language = l
			c, err := Render(tmpl, d)
			if err != nil {
				t.Fatal(err)
			}
			if testing.Verbose() {
				t.Logf("%s\n%s\n%s", c.Subject, c.Text, c.HTML)
			}
			if !strings.Contains(c.Subject, "10001") && !strings.Contains(c.Subject, "[C1077]") || !strings.Contains(c.Text, "Ada Example") || !strings.Contains(c.HTML, "</html>") || !strings.Contains(c.HTML, `href="https://shop.example.com/status/sample"`) {
				t.Errorf("%s says %+v", tmpl.ID, c)
			}
		}
	}
	if n := len(AllShipped()); n != 2*len(Names()) {
		t.Errorf("%d templates come with Ordo", n)
	}
}

// TestHostileData: what customers call themselves is text, in every part.
func TestHostileData(t *testing.T) {
	tmpl, _ := Shipped(OrderPlaced, "en")
	tmpl.Subject = "For {{.customer.name}}"
	d := Sample(OrderPlaced)
	d.Customer.Name = "<script>alert(1)</script>\r\nBcc: all@example.com {{.order.number}}"
	d.Order.Lines[0].Name = `"><img src=x onerror=alert(1)>`
	d.Links["status"] = "javascript:alert(1)"
	c, err := Render(tmpl, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "<img", "javascript:alert"} {
		if strings.Contains(c.HTML, bad) {
			t.Errorf("the HTML has %s:\n%s", bad, c.HTML)
		}
	}
	if strings.ContainsAny(c.Subject, "\r\n") || !strings.Contains(c.Subject, "{{.order.number}}") {
		t.Errorf("the subject is %q", c.Subject)
	}
}

func TestMoneyAndDates(t *testing.T) {
	for _, c := range []struct {
		tag, currency string
		amount        int64
		want          string
	}{
		{"en", "EUR", 123456, "€1,234.56"},
		{"de", "EUR", 123456, "1.234,56\u00a0€"},
		{"de", "EUR", -5, "-0,05\u00a0€"},
		{"fr", "EUR", 99, "0,99\u00a0€"},
		{"en", "CHF", 100, "CHF\u00a01.00"},
		{"ja", "JPY", 1500, "¥1,500"},
		{"en", "KWD", 1234, "KWD\u00a01.234"},
		{"ar", "EUR", 150, "1.50\u00a0€"},
		{"de", "EUR", 9_000_000_000_000, "90.000.000.000,00\u00a0€"},
	} {
		if got := Money(c.tag, money.Money{Amount: c.amount, Currency: c.currency}); got != c.want {
			t.Errorf("%s %d %s: %q, not %q", c.tag, c.amount, c.currency, got, c.want)
		}
	}
	for tag, want := range map[string]string{"en": "November 24, 2026", "en-GB": "24 November 2026", "de-AT": "24.\u00a0November 2026", "fr": "2026-11-24"} {
		if got, err := Date(tag, "2026-11-24"); got != want || err != nil {
			t.Errorf("%s: %q, not %q (%v)", tag, got, want, err)
		}
	}
}

func TestLanguageChain(t *testing.T) {
	if got := strings.Join(Languages("de-AT", "fr"), " "); got != "de-AT de fr en" {
		t.Errorf("languages are %s", got)
	}
	mine := &Template{Active: true}
	set := func(code string) *Template {
		if code == "order_placed.de.web" {
			return mine
		}
		return nil
	}
	if got, l := Choose(OrderPlaced, "web", Languages("de-AT"), set); got != mine || l != "de" {
		t.Errorf("chose %v in %s", got, l)
	}
	if got, l := Choose(OrderPlaced, "phone", Languages("de-AT"), set); got == nil || got.ID != "order_placed.de" || l != "de" {
		t.Errorf("chose %v in %s", got, l)
	}
	if got, l := Choose(OrderPlaced, "phone", Languages("fr"), set); got == nil || l != "en" {
		t.Errorf("chose %v in %s", got, l)
	}
}

func TestTemplateChecks(t *testing.T) {
	for _, c := range []struct{ name, code, subject, text, html, want string }{
		{"unknown field", "order_placed.en", "a", "{{.order.nummer}}", "", "/text invalid_template"},
		{"no syntax", "order_placed.en", "{{", "a", "", "/subject invalid_template"},
		{"nothing about shipments", "order_placed.en", "a", "{{.shipment.carrier}}", "", "/text invalid_template"},
		{"html", "order_placed.en", "a", "b", "<a href='{{if .message}}'{{end}}", "/html invalid_template"},
		{"too much", "order_placed.en", "a", `{{define "x"}}{{template "x" .}}a{{end}}{{template "x" .}}`, "", "/text invalid_template"},
		{"language", "order_placed.german", "a", "b", "", "/code invalid_language"},
		{"language form", "order_placed.DE", "a", "b", "", "/code invalid_language"},
		{"no language", "order_placed", "a", "b", "", "/code invalid_language"},
		{"name", "Order.en", "a", "b", "", "/code invalid_code"},
		{"nothing", "order_placed.en", " ", "", "", "/subject required"},
	} {
		tmpl := &Template{Subject: c.subject, Text: c.text, HTML: c.html}
		tmpl.ID = c.code
		var list errs.List
		tmpl.Check(&list)
		e := errs.As(list.Err())
		if e == nil || e.Problems[0].Pointer+" "+e.Problems[0].Code != c.want {
			t.Errorf("%s: %v, not %s", c.name, e, c.want)
		}
	}
}

// TestStates walks a mail through what can become of it.
func TestStates(t *testing.T) {
	now := micros.Time(1_000_000)
	fresh := func() *Mail {
		m := &Mail{Status: Queued, From: Address{Email: "s@example.com"}}
		m.ID = "mail_1"
		return m
	}
	begun := func(m *Mail) *Mail {
		b, err := Begin(m, now)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	m := begun(fresh())
	if _, err := Begin(m, now); !errs.Is(err, "illegal_transition") {
		t.Errorf("begun twice: %v", err)
	}
	if same, changed := Settle(m, 0, Outcome{State: Failed}, now, time.Minute); changed || same.Status != Sending {
		t.Error("a failure before the text was handed over settles one after it")
	}
	unknown, _ := Settle(m, 1, Outcome{State: Unknown}, now, time.Minute)
	if sent, changed := Settle(unknown, 1, Outcome{State: Sent}, now, time.Minute); !changed || sent.Status != Sent || sent.SentAt != now {
		t.Error("what is known after all does not count")
	}
	sent, _ := Settle(m, 1, Outcome{State: Sent}, now, time.Minute)
	if _, changed := Settle(sent, 1, Outcome{State: Unknown}, now, time.Minute); changed {
		t.Error("what was sent became unknown")
	}
	failed := fresh()
	tries := 0
	for failed.Open() {
		failed, _ = Settle(failed, 0, Outcome{State: Failed, Code: "450"}, now, time.Minute)
		tries++
	}
	if failed.Status != Dead || tries != maxTries {
		t.Errorf("after %d tries it is %s", tries, failed.Status)
	}
	again, old, err := Again(failed, "mail_2", "new@example.com", now)
	if err != nil || again.Cause != "resend:mail_1:1" || old.Resent != 1 || again.To.Email != "new@example.com" || again.MessageID != "mail_2@example.com" || len(again.Attempts) != 0 {
		t.Errorf("again: %+v, %+v, %v", again, old, err)
	}
	if _, _, err := Again(fresh(), "mail_2", "", now); !errs.Is(err, "illegal_transition") {
		t.Errorf("resent while open: %v", err)
	}
	if _, _, err := Again(Erase(sent), "mail_2", "", now); !errs.Is(err, "mail_erased") {
		t.Errorf("resent after it was erased: %v", err)
	}
}
