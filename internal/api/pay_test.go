package api

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"ordo/internal/micros"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/words"
)

// browse asks for a page as a browser without JavaScript does; with a card it sends the form. Redirects are followed.
func (f *fixture) browse(address, card string) (int, string) {
	f.t.Helper()
	var res *http.Response
	var err error
	if card == "" {
		res, err = http.Get(address)
	} else {
		form := url.Values{"card": {card}}
		if seen := regexp.MustCompile(`name="amount" value="([0-9]+)"`).FindStringSubmatch(f.looks(address)); seen != nil {
			form.Set("amount", seen[1])
		}
		res, err = http.PostForm(address, form)
	}
	if err != nil {
		f.t.Error(err)
		return 0, ""
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	h := res.Header
	if err != nil || h.Get("Content-Security-Policy") != payPolicy || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" || !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		f.t.Errorf("%v %v", err, h)
	}
	if strings.Contains(string(body), "<script") || strings.Contains(string(body), "style=") {
		f.t.Error("the page needs what its policy forbids")
	}
	return res.StatusCode, string(body)
}

// looks is the page that a browser has before it sends its form.
func (f *fixture) looks(address string) string {
	f.t.Helper()
	_, body := f.browse(address, "")
	return body
}

// sees checks what a page says.
func (f *fixture) sees(address, card string, status int, texts ...string) {
	f.t.Helper()
	code, body := f.browse(address, card)
	for _, text := range texts {
		if !strings.Contains(body, text) {
			f.t.Errorf("the page does not say %q: %s", text, body)
		}
	}
	if code != status {
		f.t.Errorf("status %d, want %d: %s", code, status, body)
	}
}

func (f *fixture) link(order, body string) string {
	f.t.Helper()
	return f.post("/v1/orders/"+order+"/payment-links", body).want(201).str("url")
}

func payments(o reply) (n int) {
	for i := range o.list("payments") {
		if o.str(fmt.Sprintf("payments.%d.provider", i)) == "sandbox" {
			n++
		}
	}
	return n
}

// A customer pays by link: declined at first, then accepted, once, however often the form is sent.
func TestPaymentLink(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.taxed("manual")
		o := f.place("A", 2, "manual", "").want(201) // 600 with tax
		id, path := o.str("id"), "/v1/orders/"+o.str("id")
		r := f.post(path+"/payment-links", `{"expires_in_minutes":60}`, "Idempotency-Key", "one-link").want(201).fields("amount.amount", "600", "amount.currency", "GBP", "provider", "sandbox", "order", id)
		if again := f.post(path+"/payment-links", `{"expires_in_minutes":60}`, "Idempotency-Key", "one-link"); again.str("url") != r.str("url") {
			t.Error("the same request gave another link")
		}
		u := r.str("url")
		if !strings.HasPrefix(u, f.url+"/pay/") {
			t.Fatalf("url %s", u)
		}
		f.sees(u, "", 200, "Lantern &amp; Loom", "Order "+o.str("number"), "Product A", "Pay £6.00", "tok_declined")
		f.sees(u, "tok_stolen", 200, "Pay £6.00") // not one of the choices: the form again
		f.sees(u, "tok_declined", 402, "Payment declined", "Nothing was charged", "Pay £6.00")
		f.get(path).fields("status", "open")
		f.sees(u, "", 200, "Payment declined")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { f.sees(u, "tok_ok", 200, "Payment received") })
		}
		wg.Wait()
		f.sees(u, "tok_ok", 200, "Payment received")
		f.sees(u, "", 200, "Payment received")
		paid := f.get(path)
		if n := payments(paid); n != 2 { // the declined one and the one that counts
			t.Errorf("%d payments: %s", n, paid.body)
		}
		f.post(path+"/payment-links", `{}`).refused(409, "payment_limit")
		f.ship(o, "fulfillments.0")
		eventually(t, "the payment is captured", func() bool { return f.get(path).str("payment_status") == "paid" })
		f.get(path).fields("amount_due.amount", "0")
	})
}

func TestPaymentLinkThatIsNoGood(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 4, "manual", "").want(201)
		path := "/v1/orders/" + o.str("id")
		u := f.link(o.str("id"), `{"amount":{"amount":400,"currency":"GBP"}}`)
		other := f.link(o.str("id"), `{"amount":{"amount":1000,"currency":"GBP"}}`)
		rest := f.link(o.str("id"), `{}`)
		f.sees(rest, "", 200, "Pay £10.00")
		token := u[strings.LastIndexByte(u, '/')+1:]
		parts := strings.Split(token, ".")
		cheaper := append([]string{}, parts...)
		cheaper[2] = "1"
		for _, bad := range []string{"x", token + "x", strings.Join(cheaper, "."), "." + token, strings.ToUpper(token), strings.Repeat("a", 3000)} {
			for _, card := range []string{"", "tok_ok"} {
				f.sees(f.url+"/pay/"+bad, card, 404, "There is no such link")
			}
		}
		f.sees(u, "tok_ok", 200, "Payment received")
		f.sees(other, "", 409, "Nothing to pay here") // it asks for more than is left
		f.sees(other, "tok_ok", 409, "Nothing to pay here")
		f.sees(rest, "", 200, "Pay £6.00") // it asks for what is due now
		for _, seen := range []string{"1000", "", "x"} {
			res, err := http.PostForm(rest, url.Values{"card": {"tok_ok"}, "amount": {seen}})
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if res.StatusCode != 409 || !strings.Contains(string(body), "The amount has changed") || !strings.Contains(string(body), "Pay £6.00") {
				t.Errorf("%s paid without being seen: %d %s", seen, res.StatusCode, body)
			}
		}

		gone := f.place("A", 1, "manual", "").want(201)
		v := f.link(gone.str("id"), `{}`)
		f.post("/v1/orders/"+gone.str("id")+"/cancel", `{"reason":"customer"}`).want(200)
		f.sees(v, "", 410, "This order was canceled")
		f.sees(v, "tok_ok", 410, "This order was canceled")
		f.post("/v1/orders/"+gone.str("id")+"/payment-links", `{}`).refused(409, "illegal_transition")

		late := f.place("A", 1, "manual", "").want(201)
		l, err := f.app.ReadLink(t.Context(), token)
		if err != nil || l.Amount != 400 || l.Order != o.str("id") {
			t.Fatalf("%+v, %v", l, err)
		}
		l.ID, l.Order, l.Amount, l.ExpiresAt = "lnk_"+parts[1], late.str("id"), 250, micros.Of(time.Now().Add(-time.Minute))
		old, err := f.app.LinkToken(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		f.sees(f.url+"/pay/"+old, "", 410, "This link has expired")
		f.sees(f.url+"/pay/"+old, "tok_ok", 410, "This link has expired")

		f.post(path+"/payment-links", `{"amount":{"amount":601,"currency":"GBP"}}`).refused(409, "payment_limit")
		bad := f.post(path+"/payment-links", `{"amount":{"amount":0,"currency":"EUR"},"expires_in_minutes":-1,"provider":"manual"}`).refused(422, "validation_failed")
		for _, at := range []string{"/amount/amount", "/amount/currency", "/expires_in_minutes", "/provider"} {
			if !strings.Contains(string(bad.body), `"`+at+`"`) {
				t.Errorf("%s is not named: %s", at, bad.body)
			}
		}
		f.post(path+"/payment-links?dry_run=true", `{}`).want(200).fields("id", "null", "url", "null", "amount.amount", "600")
		f.send(request{do: "POST " + path + "/payment-links", body: "{}", key: "{reader}"}).refused(403, "missing_scope")
		f.send(request{do: "POST /v1/orders/{phone}/payment-links", body: "{}", key: "{webonly}"}).refused(404, "not_found")
		f.send(request{do: "DELETE /pay/x"}).refused(405, "method_not_allowed")
	})
}

// A bank that takes its time: the page says so, and pays once.
func TestPaymentLinkThatTakesItsTime(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 1, "manual", "").want(201)
		u := f.link(o.str("id"), `{}`)
		f.sees(u, "tok_timeout", 202, "Payment in progress", `http-equiv="refresh"`)
		f.sees(u, "tok_ok", 202, "Payment in progress")
		eventually(t, "the bank answers", func() bool {
			_, body := f.browse(u, "")
			return strings.Contains(body, "Payment received")
		})
		if n := payments(f.get("/v1/orders/" + o.str("id"))); n != 1 {
			t.Errorf("%d payments", n)
		}
	}, func(o *setup) {
		o.settings.PaymentWait = 200 * time.Millisecond
		o.sandbox = sandbox.Options{ResolveAfter: time.Second}
	})
}

// asks reads a page as a browser does that prefers a language.
func (f *fixture) asks(address, language string, texts ...string) {
	f.t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", language)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	for _, text := range texts {
		if !strings.Contains(string(body), text) {
			f.t.Errorf("asked for %q, the page does not say %q: %s", language, text, body)
		}
	}
}

// TestPaymentLinkInGerman: the page is in the language that the browser asks for, else in that of the order.
func TestPaymentLinkInGerman(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.post("/v1/orders", `{"channel":"web","language":"de-AT","customer":{"email":"ada@example.com"},`+
			`"shipping_address":{"name":"Ada","line1":"1 Road","city":"York","postal_code":"YO1 7HH","country":"GB"},"lines":[{"sku":"A","quantity":2}],"payment":{"provider":"manual"}}`).want(201)
		u := f.link(o.str("id"), `{}`)
		german := []string{`<html lang="de">`, "Bestellung bezahlen", "Bestellung " + o.str("number"), "5,00\u00a0£ bezahlen", "wird abgelehnt"}
		f.asks(u, "", german...)
		f.asks(u, "fr", german...)
		f.asks(u, "de-CH,en;q=0.5", german...)
		f.asks(u, "en-GB", `<html lang="en">`, "Pay £5.00", "is declined")
		f.asks(f.url+"/pay/x", "de", `<html lang="de">`, "Diesen Link gibt es nicht")
		f.sees(u, "tok_declined", 402, "Zahlung abgelehnt", "Es wurde nichts abgebucht.")
		f.sees(u, "tok_ok", 200, "Zahlung eingegangen", "Bezahlt")
	})
}

// TestPayWords: whatever the page says is there in every language.
func TestPayWords(t *testing.T) {
	said := map[string]bool{}
	for _, text := range payText {
		said[text.title], said[text.text] = true, true
	}
	for _, c := range testCards {
		said[c.Does] = true
	}
	source, err := os.ReadFile("pay.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?:\bt |\.T\()"([^"]+)"`).FindAllStringSubmatch(string(source)+string(asset("pay.html")), -1) {
		said[m[1]] = true
	}
	for _, lang := range words.Languages[1:] {
		for text := range said {
			if text != "" && payWords()[lang][text] == "" {
				t.Errorf("%s lacks %q", lang, text)
			}
		}
	}
	if len(said) < 40 {
		t.Error(len(said), "texts")
	}
}

func TestPayStyle(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		r := f.send(request{do: "GET /pay/pay.css", key: "-"}).want(200)
		if !strings.HasPrefix(r.header.Get("Content-Type"), "text/css") || strings.Contains(string(r.body), "url(") {
			t.Errorf("%v", r.header)
		}
	})
}
