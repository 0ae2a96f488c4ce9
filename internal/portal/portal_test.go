package portal_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"ordo/internal/config"
	"ordo/internal/pagetest"
	"ordo/internal/pgtest"
	"ordo/internal/server"
	"ordo/internal/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestWords holds the catalogs to the texts of pages.
func TestWords(t *testing.T) { pagetest.Words(t) }

const owner = "ordo_sk_portal_test_owner"

// fixture is a server on one engine, with a little world in it.
type fixture struct {
	t    *testing.T
	srv  *server.Server
	log  *storetest.Log
	sent int
}

func each(t *testing.T, f func(t *testing.T, f *fixture)) {
	t.Helper()
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) { f(t, start(t, url)) })
}

func start(t *testing.T, db string) *fixture { return startAt(t, db, "") }

func startAt(t *testing.T, db, public string) *fixture {
	t.Helper()
	f := &fixture{t: t, log: &storetest.Log{}}
	c := config.Default()
	c.DB, c.Listen, c.BootstrapKey, c.MailSender = db, "127.0.0.1:0", owner, "sandbox"
	c.PublicURL = public
	srv, err := server.Start(t.Context(), c, "test", slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Stop)
	f.srv = srv
	f.call("PUT", "/v1/locations/HULL", `{"name":"Hull warehouse","type":"warehouse","address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`)
	for sku, price := range map[string]int{"MUG": 1250, "LAMP": 4900} {
		f.call("PUT", "/v1/products/"+sku, fmt.Sprintf(`{"name":"Good %s","price":{"amount":%d,"currency":"GBP"},"weight_grams":400}`, strings.ToLower(sku), price))
		f.call("POST", "/v1/stock/adjustments", `{"reason":"received","lines":[{"sku":"`+sku+`","location":"HULL","delta":100}]}`)
	}
	return f
}

// call uses the API as the shop does, and returns the answer.
func (f *fixture) call(method, path, body string) string {
	f.t.Helper()
	f.sent++
	r, err := http.NewRequestWithContext(f.t.Context(), method, f.srv.URL+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+owner)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", fmt.Sprintf("call-%d", f.sent))
	a := f.do(r)
	if a.status >= 300 {
		f.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	return a.body
}

// first finds the first value of a name in JSON.
func first(body, name string) string {
	_, rest, _ := strings.Cut(body, `"`+name+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// placed is an order with a link for its customer.
type placed struct{ id, fulfillment, link string }

// order places one for two mugs and a lamp. Token says how the card does; "" for a payment by bank transfer.
func (f *fixture) order(token, members string) placed {
	f.t.Helper()
	pay := `{"provider":"manual"}`
	if token != "" {
		pay = `{"provider":"sandbox","token":"` + token + `"}`
	}
	o := f.call("POST", "/v1/orders", `{"channel":"web","customer":{"email":"grace@example.com","name":"Grace Hopper"},"shipping_address":{"name":"Grace Hopper","line1":"1 Main Street","city":"London","postal_code":"N1 1AA","country":"GB"},`+
		`"lines":[{"sku":"MUG","quantity":2},{"sku":"LAMP","quantity":1}],"payment":`+pay+members+`}`)
	p := placed{id: first(o, "id")}
	_, rest, _ := strings.Cut(o, `"fulfillments":[`)
	p.fulfillment = first(rest, "id")
	p.link = f.link(p.id, `"status","cancel","address","return"`)
	return p
}

func (f *fixture) link(order, allow string) string {
	f.t.Helper()
	u := first(f.call("POST", "/v1/orders/"+order+"/links", `{"allow":[`+allow+`]}`), "url")
	path, ok := strings.CutPrefix(u, f.srv.URL)
	if !ok || !strings.HasPrefix(path, "/my-order/") {
		f.t.Fatal(u)
	}
	return path
}

// delivered sends the whole order and lets it arrive.
func (f *fixture) delivered(p placed) {
	f.t.Helper()
	for _, s := range []string{"/release", "/ship", "/deliver"} {
		body := "{}"
		if s == "/ship" {
			body = `{"carrier":"Royal Mail","tracking_number":"RM1"}`
		}
		f.call("POST", "/v1/fulfillments/"+p.fulfillment+s, body)
	}
	for end := time.Now().Add(30 * time.Second); !strings.Contains(f.call("GET", "/v1/orders/"+p.id, ""), `"payment_status":"paid"`); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			f.t.Fatal("the payment was never captured")
		}
	}
}

type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   string
}

func (f *fixture) do(r *http.Request) answer {
	f.t.Helper()
	c := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{f.t, r.Method + " " + r.URL.Path, res.StatusCode, res.Header, string(body)}
}

// get opens a page, in a language.
func (f *fixture) get(path string, language ...string) answer {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, f.srv.URL+path, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, l := range language {
		r.Header.Set("Accept-Language", l)
	}
	return f.do(r).sound()
}

// post sends a form.
func (f *fixture) post(path string, pairs ...string) answer {
	f.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.srv.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return f.do(r).sound()
}

// sound holds an answer to what all pages are held to.
func (a answer) sound() answer {
	a.t.Helper()
	h := a.header
	if h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("X-Robots-Tag"), "noindex") ||
		!strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || len(h["Set-Cookie"]) > 0 {
		a.t.Errorf("%s: %v", a.what, h)
	}
	for _, no := range []string{"<script", "style=", "onclick", "ord_", "tok_", "grace@example.com", "%!"} {
		if strings.Contains(a.body, no) {
			a.t.Errorf("%s has %q", a.what, no)
		}
	}
	return a
}

// is checks the status, and what a page says.
func (a answer) is(status int, says ...string) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.what, a.status, status, a.body)
	}
	for _, text := range says {
		if !strings.Contains(a.body, text) {
			a.t.Errorf("%s does not say %q: %s", a.what, text, a.body)
		}
	}
	return a
}

// not checks what a page must not say.
func (a answer) not(texts ...string) answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			a.t.Errorf("%s says %q: %s", a.what, text, a.body)
		}
	}
	return a
}

// leads checks where a form led.
func (a answer) leads(to string) answer {
	a.t.Helper()
	if a.status != http.StatusSeeOther || a.header.Get("Location") != to {
		a.t.Fatalf("%s: %d to %q, want %q: %s", a.what, a.status, a.header.Get("Location"), to, a.body)
	}
	return a
}

var formKey = regexp.MustCompile(`name="_key" value="([^"]+)"`)

// key is that of the form on a page.
func (a answer) key() string {
	a.t.Helper()
	m := formKey.FindStringSubmatch(a.body)
	if m == nil {
		a.t.Fatalf("%s has no form: %s", a.what, a.body)
	}
	return m[1]
}

// TestStatus: the page follows the order, in words, in both languages, with amounts and days as they are written there.
func TestStatus(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.order("tok_ok", `,"language":"de"`)
		f.get(o.link, "en").is(200, "We prepare your order", "£74.00", "2 × £12.50", "Good mug", "1 Main Street", `aria-current="step"`, "Reserved at your bank", "Cancel the order", `lang="en"`)
		f.get(o.link).is(200, "Wir bereiten Ihre Bestellung vor", "74,00\u00a0£", `lang="de"`)
		f.get(o.link, "fr").is(200, `lang="de"`)
		f.get(o.link, "de-CH,de;q=0.9").is(200, `lang="de"`)
		f.delivered(o)
		f.get(o.link, "en").is(200, "<h1>Delivered</h1>", "Royal Mail", "RM1", "https://www.royalmail.com/track-your-item#/tracking-results/RM1", "Return items", "The order is being packed or has left.").not("aria-current")
		f.call("POST", "/v1/orders/"+o.id+"/links/revoke", "{}")
		f.get(o.link, "en").is(404, "This link does not work")

		see := f.order("tok_ok", "")
		f.get(f.link(see.id, `"status"`)).is(200, "This link is not for that.").not(see.link + "/cancel\"")
	})
}

// TestGone: links that are forged, cut off, revoked or of nothing get one page, whatever they are asked for.
func TestGone(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.order("tok_ok", "")
		f.call("POST", "/v1/orders/"+o.id+"/links/revoke", "{}")
		want := f.get("/my-order/xyz").is(404, "This link does not work", "Look for the newest mail").body
		for _, path := range []string{o.link, o.link[:len(o.link)-1], o.link + "/cancel", o.link + "/return", o.link + "/address", o.link + "/message", o.link + "/labels/1-R1", o.link + "/nothing", "/my-order/a.b.c.d.e", "/my-order/xyz/cancel"} {
			if a := f.get(path).is(404); a.body != want {
				t.Errorf("%s: another page: %s", path, a.body)
			}
		}
		for _, step := range []string{"/cancel", "/return", "/address", "/message", "/pay"} {
			if a := f.post(o.link+step, "text", "x").is(404); a.body != want {
				t.Errorf("%s: another page: %s", step, a.body)
			}
		}
		f.get("/my-order").is(404) // nobody set under which address links lead here
		f.post("/my-order/xyz").is(405)
		if text := f.log.String(); strings.Contains(text, o.link[len("/my-order/"):]) {
			t.Errorf("the log has a token: %s", text)
		}
	})
}

// TestCancel shows what comes back before it is done, does it once, and refuses it when the order has left.
func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.order("tok_ok", "")
		ask := f.get(o.link+"/cancel").is(200, "Was only reserved, and is released", "£74.00", "Cancel the order")
		f.get(o.link).is(200, "We prepare your order")
		for range 2 { // the second click
			f.post(o.link+"/cancel", "_key", ask.key()).leads(o.link + "?done=canceled")
		}
		f.get(o.link+"?done=canceled").is(200, "The order was canceled.", "This order was canceled", "The order has ended.").not("<ol class=\"track\"")
		f.get(o.link+"/cancel").is(200, "The order has ended.").not("<form")

		late := f.order("tok_ok", "")
		key := f.get(late.link + "/cancel").key()
		f.call("POST", "/v1/fulfillments/"+late.fulfillment+"/release", "{}")
		f.post(late.link+"/cancel", "_key", key).is(409, "The order is being packed or has left.")
		f.get(late.link).is(200, "We prepare your order")
	})
}

// TestAddress: what changes is shown, mistakes are said at their fields, and packed orders stay.
func TestAddress(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.order("tok_ok", "")
		p := f.get(o.link+"/address").is(200, `value="1 Main Street"`, `autocomplete="address-line1"`, "United Kingdom", "Look at what changes")
		to := func(line1, step string) answer {
			return f.post(o.link+"/address", "_key", p.key(), "_step", step, "shipping_address.name", "Grace Hopper", "shipping_address.line1", line1, "shipping_address.city", "Leeds", "shipping_address.postal_code", "LS1 1AA", "shipping_address.country", "GB")
		}
		to("", "preview").is(422, "Street and number: Please fill this in.", `aria-invalid="true"`, `value="Leeds"`)
		to("9 Lane", "preview").is(200, "The total stays as it is", `value="9 Lane"`, "Save the address")
		f.get(o.link).is(200, "1 Main Street")
		to("9 Lane", "do").leads(o.link + "?done=address")
		if again := to("7 Lane", "do").is(422, "This form was sent before"); again.key() == p.key() {
			t.Error("the form cannot be sent again")
		}
		f.get(o.link+"?done=address").is(200, "The address was changed.", "9 Lane", "Leeds")
		f.delivered(o)
		f.get(o.link+"/address").is(200, "It is packed already.").not("<form")
		f.post(o.link+"/address", "_key", "late", "_step", "do", "shipping_address.name", "Grace", "shipping_address.line1", "8 Lane", "shipping_address.city", "Leeds", "shipping_address.postal_code", "LS1 1AA", "shipping_address.country", "GB").is(409, "It is packed already.")
	})
}

// TestPay: what is due is paid on the page of a payment link; once it is, nothing is asked for.
func TestPay(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.order("", "")
		f.get(o.link).is(200, "Pay £74.00")
		f.get(o.link + "/pay").leads(o.link)
		pay := f.post(o.link + "/pay").is(303).header.Get("Location")
		if !strings.HasPrefix(pay, "/pay/") {
			t.Fatal(pay)
		}
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, f.srv.URL+pay, strings.NewReader("amount=7400&card=tok_declined")) // cannot fail
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		f.do(r).is(402, "Payment declined")
		f.get(o.link).is(200, "Pay")
		r, _ = http.NewRequestWithContext(t.Context(), http.MethodPost, f.srv.URL+pay, strings.NewReader("amount=7400&card=tok_ok")) // likewise
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		f.do(r).is(303)
		f.get(o.link).is(200).not("/pay\"")
		f.post(o.link + "/pay").leads(o.link)
	})
}

// TestMessage: what a customer writes becomes a case with the order, once.
func TestMessage(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.order("tok_ok", "")
		p := f.get(o.link+"/message").is(200, "The answer comes to the mail address")
		f.post(o.link+"/message", "_key", p.key(), "subject", "My mug", "text", "").is(422, "Please fill this in.", `value="My mug"`)
		for range 2 {
			f.post(o.link+"/message", "_key", p.key(), "subject", "My mug", "text", "Where is it?").leads(o.link + "?done=message")
		}
		f.get(o.link+"?done=message").is(200, "Your message has arrived.")
		if cases := f.call("GET", "/v1/cases?limit=10", ""); strings.Count(cases, `"My mug"`) != 1 || !strings.Contains(cases, o.id) {
			t.Errorf("cases %s", cases)
		}
	})
}

// TestReturnPortal picks units, says why, sees what comes back with its fees, sends the request once, and follows it.
func TestReturnPortal(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.call("PUT", "/v1/return-policies/web", `{"name":"Web","window_days":30,"auto_approve":true,"fee_percent":10,"bonus_percent":20}`)
		o := f.order("tok_ok", "")
		at := o.link + "/return"
		f.get(at).is(200, "Nothing has been sent yet.").not("<form")
		f.delivered(o)
		p := f.get(at).is(200, "within 30 days", "Good mug", "How many of 2?", "It does not fit", "Unopened", "Store credit")
		send := func(step, quantity, reason, way string) answer {
			return f.post(at, "_key", p.key(), "_step", step, "_way", way, "lines.0.line", "1", "lines.0.quantity", "", "lines.0.reason", "", "lines.0.condition", "",
				"lines.1.line", "2", "lines.1.quantity", quantity, "lines.1.reason", reason, "lines.1.condition", "opened", "note", "too bright")
		}
		send("preview", "", "", "tender").is(422, "Please say how many")
		send("preview", "2", "unwanted", "tender").is(409, "Good lamp: That is more than can be sent back.", `id="h-lines.1."`, "too bright")
		send("preview", "1", "", "tender").is(422, "Please choose why.")
		send("preview", "1", "unwanted", "store_credit").is(200, "Bonus for store credit", "you get the credit when it was checked")
		send("preview", "1", "defective", "exchange").is(200, "You get the same again", "Price of the new goods", "the same leaves for you when it was checked").not("you get the money")
		ready := send("preview", "1", "unwanted", "tender").is(200, "Is this right?", "1 × Good lamp", "£49.00", "−£4.90", "Refund: £44.10", "It is approved at once.", `name="lines.1.quantity" value="1"`)
		f.get(at).is(200).not("1 × Good lamp")
		send("edit", "1", "unwanted", "tender").is(200, "How many of 1?", `value="1"`)
		for range 2 {
			f.post(at, "_key", ready.key(), "_step", "do", "_way", "tender", "lines.1.line", "2", "lines.1.quantity", "1", "lines.1.reason", "unwanted").leads(at + "?done=return")
		}
		f.get(at+"?done=return").is(200, "Your return was taken down.", "1 × Good lamp", "Approved: please send it back", "Refund: £44.10", "Good mug").not("How many of 1?")
		f.get(o.link).is(200, "-R1")
		_, rest, _ := strings.Cut(f.call("GET", "/v1/returns?order="+o.id, ""), `"data":`)
		if n := strings.Count(rest, `"status":"approved"`); n != 1 {
			t.Errorf("%d returns: %s", n, rest)
		}
		// Where it goes, how, and until when; then what became of it, and the money.
		f.get(at).is(200, "The shop pays for the way back", "Hull warehouse", "2 Dock Road", "HU1 1AA", "Please send it by")
		back := first(rest, "id")
		f.call("POST", "/v1/returns/"+back+"/receive", `{"lines":[{"line":"2","quantity":1}]}`)
		f.get(o.link).is(200, "Arrived, being checked").not("2 Dock Road", "Money back")
		f.call("POST", "/v1/returns/"+back+"/inspect", `{"units":[{"line":"2","quantity":1,"condition":"opened","disposition":"restock","bucket":"available"}]}`)
		f.get(o.link).is(200, "Done", "Money back", "Credited", "1 × Good lamp: £49.00", "Fees: −£4.90", "The way you paid · Return "+first(f.call("GET", "/v1/orders/"+o.id, ""), "number")+"-R1")
	})
}

// TestReturnDenied: what the policy does not allow is said, and what a person decides waits for that.
func TestReturnDenied(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.call("PUT", "/v1/return-policies/web", `{"name":"Web","auto_approve":true,"exclusions":[{"code":"final_sale","skus":["MUG"],"verdict":"deny"}]}`)
		o := f.order("tok_ok", "")
		f.delivered(o)
		at := o.link + "/return"
		key := f.get(at).key()
		one := func(line, reason, step string) answer {
			return f.post(at, "_key", key, "_step", step, "_way", "tender", "lines."+line+".line", map[string]string{"0": "1", "1": "2"}[line], "lines."+line+".quantity", "1", "lines."+line+".reason", reason)
		}
		one("0", "unwanted", "preview").is(409, "The shop does not take this back by its rules")
		one("1", "other", "preview").is(200, "The shop looks at it first.")
		one("1", "other", "do").leads(at + "?done=return")
		f.get(at).is(200, "The shop decides")
	})
}

// TestFind: who has no link asks for it by number and mail address, and hears the same whatever there is. Below a path of
// a proxy, addresses have that path.
func TestFind(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, db string) {
		f := startAt(t, db, "https://shop.example.com/orders")
		f.get("/my-order").is(200, "Find your order", `action="/orders/my-order"`, `href="/orders/my-order/assets/portal.css`)
		f.get("/my-order/forged").is(404, `href="/orders/my-order"`)
		one := f.post("/my-order", "order_number", "1001", "email", "ada@example.com").is(202, "If there is such an order").body
		if other := f.post("/my-order", "order_number", "7", "email", "eve@example.com").is(202).body; other != one {
			t.Errorf("it tells: %s", other)
		}
		f.post("/my-order", "order_number", "", "email", "ada@example.com").is(422, "Please fill this in.")
		for range 10 {
			if f.post("/my-order", "order_number", "7", "email", "eve@example.com").status == http.StatusTooManyRequests {
				return
			}
		}
		t.Error("it may be asked for without end")
	})
}

// TestOften: a link that is asked for too often says so, as a page.
func TestOften(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.order("tok_ok", "")
		for range 40 {
			if a := f.get(o.link); a.status == http.StatusTooManyRequests {
				a.is(429, "Just a moment")
				if a.header.Get("Retry-After") == "" {
					t.Error("it does not say when to come back")
				}
				return
			}
		}
		t.Error("a link may be asked for without end")
	})
}
