package storefront_test

import (
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
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

const owner = "ordo_sk_storefront_test_owner"

// shop is a server on one engine with a little world in it, and a browser that keeps its cart.
type shop struct {
	t    *testing.T
	srv  *server.Server
	sent int

	mu   sync.Mutex
	cart string
}

func each(t *testing.T, f func(t *testing.T, s *shop)) {
	t.Helper()
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) { f(t, start(t, url)) })
}

func start(t *testing.T, db string) *shop {
	t.Helper()
	s := &shop{t: t}
	c := config.Default()
	c.DB, c.Listen, c.BootstrapKey, c.MailSender, c.Storefront, c.PaymentWait = db, "127.0.0.1:0", owner, "sandbox", "web", 3*time.Second
	srv, err := server.Start(t.Context(), c, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Stop)
	s.srv = srv
	s.call("PUT", "/v1/locations/HULL", `{"name":"Hull warehouse","type":"warehouse","address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`)
	s.call("PUT", "/v1/carriers/post", `{"name":"Post","provider":"table","services":[{"code":"parcel","name":"Parcel","transit_days":2}]}`)
	s.call("PUT", "/v1/channels/web", `{"name":"Good Things","prices_include_tax":true,"tax_rates":[{"name":"VAT","country":"GB","rate":"0.2"}],"shipping_methods":[`+
		`{"code":"standard","name":"Standard delivery","country":"GB","price":{"amount":395,"currency":"GBP"},"carrier":"post","service":"parcel"},`+
		`{"code":"express","name":"Express delivery","country":"GB","price":{"amount":795,"currency":"GBP"}},`+
		`{"code":"standard","name":"Delivery abroad","country":"DE","price":{"amount":1250,"currency":"GBP"}}]}`)
	for sku, p := range map[string][2]int{"MUG": {1250, 100}, "LAMP": {4900, 3}, "VASE": {900, 0}} {
		s.call("PUT", "/v1/products/"+sku, fmt.Sprintf(`{"name":"Good %s","price":{"amount":%d,"currency":"GBP"},"weight_grams":400}`, strings.ToLower(sku), p[0]))
		if p[1] > 0 {
			s.call("POST", "/v1/stock/adjustments", fmt.Sprintf(`{"reason":"received","lines":[{"sku":%q,"location":"HULL","delta":%d}]}`, sku, p[1]))
		}
	}
	return s
}

// call uses the API as the merchant does, and returns the answer.
func (s *shop) call(method, path, body string) string {
	s.t.Helper()
	s.sent++
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.srv.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+owner)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", fmt.Sprintf("call-%d", s.sent))
	a := s.do(r)
	if a.status >= 300 {
		s.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	return a.body
}

// orders counts those in a status.
func (s *shop) orders(status string) int {
	s.t.Helper()
	return strings.Count(s.call("GET", "/v1/orders?limit=100&status="+status, ""), `"id":"ord_`)
}

type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   string
}

func (s *shop) do(r *http.Request) answer {
	s.t.Helper()
	c := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{s.t, r.Method + " " + r.URL.Path, res.StatusCode, res.Header, string(body)}
}

// visit opens a page, or sends a form, with the cart of the browser.
func (s *shop) visit(method, path string, form url.Values, headers ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.srv.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "en")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	s.mu.Lock()
	if s.cart != "" {
		r.AddCookie(&http.Cookie{Name: "ordo_cart", Value: s.cart})
	}
	s.mu.Unlock()
	a := s.do(r)
	if set := a.header.Get("Set-Cookie"); set != "" {
		if !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax") || !strings.Contains(set, "Path=/shop") {
			s.t.Errorf("%s: cookie %s", a.what, set)
		}
		value, _, _ := strings.Cut(strings.TrimPrefix(set, "ordo_cart="), ";")
		s.mu.Lock()
		s.cart = value
		s.mu.Unlock()
	}
	if csp := a.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || a.header.Get("Cache-Control") != "no-store" && a.status != http.StatusForbidden {
		s.t.Errorf("%s: %v", a.what, a.header)
	}
	for _, no := range []string{"<script>", "style=", "onclick", "%!", "ord_", "rsv_"} {
		if strings.Contains(a.body, no) {
			s.t.Errorf("%s has %q", a.what, no)
		}
	}
	return a
}

func (s *shop) get(path string, headers ...string) answer {
	s.t.Helper()
	return s.visit(http.MethodGet, path, nil, headers...)
}

func (s *shop) post(path string, form url.Values) answer {
	s.t.Helper()
	return s.visit(http.MethodPost, path, form)
}

// add puts something into the cart.
func (s *shop) add(sku, quantity string) {
	s.t.Helper()
	s.post("/shop/cart/items", url.Values{"sku": {sku}, "quantity": {quantity}}).leads("/shop/cart?done=added")
}

// toCheckout leads from the cart to the checkout, which holds the stock.
func (s *shop) toCheckout() answer {
	s.t.Helper()
	s.post("/shop/cart", url.Values{"_step": {"checkout"}}).leads("/shop/checkout")
	return s.get("/shop/checkout").is(200)
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

// ordered checks that a form led to the page of an order, and returns its address.
func (a answer) ordered(said string) string {
	a.t.Helper()
	to := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/my-order/") || !strings.HasSuffix(to, "?done="+said) {
		a.t.Fatalf("%s: %d to %q, want an order that is %s: %s", a.what, a.status, to, said, a.body)
	}
	return to
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(_[a-z]+)" value="([^"]*)">`)

// form fills in the checkout that the page shows.
func (a answer) form(card string, pairs ...string) url.Values {
	a.t.Helper()
	f := url.Values{
		"_step": {"order"}, "_method": {"standard"}, "_card": {card}, "customer.email": {"grace@example.com"}, "shipping_address.name": {"Grace Hopper"}, "shipping_address.line1": {"1 Main Street"},
		"shipping_address.city": {"London"}, "shipping_address.postal_code": {"N1 1AA"}, "shipping_address.country": {"GB"},
	}
	for _, m := range hidden.FindAllStringSubmatch(a.body, -1) {
		f.Set(m[1], html.UnescapeString(m[2]))
	}
	if f.Get("_key") == "" || f.Get("_cart") == "" {
		a.t.Fatalf("%s has no checkout: %s", a.what, a.body)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// TestGrid lists what is sold, in words for what is there, finds by words, and pages.
func TestGrid(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.get("/shop").is(200, "Good Things", "Good mug", "£12.50", "In stock", "Only 3 left", "Sold out").not("100")
		s.get("/shop?q=lam").is(200, "Good lamp", `value="lam"`).not("Good mug")
		s.get("/shop?q=nothing").is(200, "Nothing has these words", "Show all products")
		s.get("/shop", "Accept-Language", "de").is(200, `lang="de"`, "Auf Lager", "12,50\u00a0£")
		for i := range 30 {
			s.call("PUT", fmt.Sprintf("/v1/products/P%02d", i), fmt.Sprintf(`{"name":"PLAIN CUP %02d","price":{"amount":100,"currency":"GBP"}}`, i))
		}
		s.call("PUT", "/v1/products/OLD", `{"name":"Old thing","price":{"amount":100,"currency":"GBP"},"active":false}`)
		first := s.get("/shop").is(200, "More products").not("Old thing").body
		next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(first)
		second := s.get(html.UnescapeString(next[1])).is(200, "To the beginning", "Plain cup")
		for i := range 30 {
			name := fmt.Sprintf("Plain cup %02d", i)
			if strings.Contains(first, name) == strings.Contains(second.body, name) {
				t.Errorf("%s is on both pages or on none", name)
			}
		}
		s.get("/shop/products/MUG").is(200, "Good mug", "arrives ", "Delivery to United Kingdom", "Standard delivery", "£3.95", "Put into the cart")
		s.get("/shop/products/VASE").is(200, "Sold out", "disabled", "It is sold out.").not("<form class=\"form buy\"")
		s.get("/shop/products/OLD").is(404, "There is nothing here")
		s.get("/shop/products/none").is(404)
		s.get("/shop/nothing").is(404)
		s.post("/shop/products/MUG", nil).is(405)
	})
}

// TestCart adds, changes and takes out; what cannot be had stands in the way of the checkout, and the way there holds stock.
func TestCart(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.get("/shop/cart").is(200, "There is nothing in your cart yet.")
		s.get("/shop/checkout").leads("/shop/cart")
		s.add("MUG", "2")
		s.add("MUG", "1")
		s.get("/shop/cart?done=added").is(200, "It is in your cart.", `value="3"`, "£37.50")
		s.add("LAMP", "2")
		s.post("/shop/cart", url.Values{"q.MUG": {"1"}, "q.LAMP": {"5"}, "_step": {"update"}}).leads("/shop/cart?done=changed")
		s.get("/shop/cart").is(200, "Only 3 left", "Something cannot be had as wanted.")
		s.post("/shop/cart", url.Values{"_step": {"checkout"}}).leads("/shop/cart")
		s.post("/shop/cart", url.Values{"q.LAMP": {"3"}, "_step": {"checkout"}}).leads("/shop/checkout")
		s.get("/shop/checkout").is(200, "Held for you for 15 more minutes.", "£163.45", "arrives ", "Tax included")
		s.get("/shop/cart").is(200, "Held for you")
		s.get("/shop/products/LAMP").is(200, "Sold out")
		s.post("/shop/cart", url.Values{"remove": {"LAMP"}}).leads("/shop/cart?done=changed")
		s.get("/shop/cart").is(200, "Good mug").not("Good lamp", "Held for you")
		s.get("/shop/products/LAMP").is(200, "Only 3 left")
	})
}

// TestDeclineThenSuccess: a declined card charges nothing and keeps what was typed; the next one orders.
func TestDeclineThenSuccess(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.add("LAMP", "3")
		s.toCheckout()
		p := s.post("/shop/checkout", s.get("/shop/checkout").form("", "_step", "look", "_method", "express")).is(200, "£154.95")
		no := s.post("/shop/checkout", p.form("tok_declined", "_method", "express", "shipping_address.company", "Navy & Co")).
			is(402, "Your card was declined, and nothing was charged.", `value="grace@example.com"`, `value="Navy &amp; Co"`, `value="express" checked`, "Held for you", "£154.95")
		if no.form("")["_key"][0] == p.form("")["_key"][0] {
			t.Error("the next try would be the same order")
		}
		link := s.post("/shop/checkout", no.form("tok_ok", "_method", "express")).ordered("placed")
		a := s.do(request(t, s.srv.URL+link))
		a.is(200, "Thank you: your order is placed.", "We prepare your order", "£154.95", "3 × £49.00")
		s.get("/shop/cart").is(200, "There is nothing in your cart yet.")
		if n, m := s.orders("open"), s.orders("rejected"); n != 1 || m != 1 {
			t.Errorf("%d open, %d rejected", n, m)
		}
	})
}

func request(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "en")
	return r
}

// TestTwice: the same form orders once, sent at once and sent later; with something else it asks.
func TestTwice(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.add("LAMP", "3") // all that there are
		form := s.toCheckout().form("tok_ok_slow")
		var wg sync.WaitGroup
		got := make([]answer, 2)
		for i := range got {
			wg.Go(func() { got[i] = s.visit(http.MethodPost, "/shop/checkout", form) })
		}
		wg.Wait()
		link := got[0].ordered("placed")
		for _, a := range []answer{got[1], s.post("/shop/checkout", form)} {
			if a.ordered("placed") != link {
				t.Error("another order")
			}
		}
		form.Set("shipping_address.line1", "2 Main Street")
		s.post("/shop/checkout", form).is(409, "This form was sent before with something else.", `value="2 Main Street"`)
		if n := s.orders("open"); n != 1 {
			t.Errorf("%d orders", n)
		}
	})
}

// TestSlowBank: a bank that does not answer in time leaves an order that says so.
func TestSlowBank(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.add("MUG", "1")
		link := s.post("/shop/checkout", s.toCheckout().form("tok_timeout")).ordered("pending")
		s.do(request(t, s.srv.URL+link)).is(200, "The bank has not answered yet.", "Please do not order again")
	})
}

// TestSoldOut: what was bought by others meanwhile is said, nothing is lost, and the rest can be ordered.
func TestSoldOut(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.add("MUG", "1")
		s.add("LAMP", "2")
		p := s.toCheckout()
		rsv := regexp.MustCompile(`rsv_[0-9a-z]{26}`).FindString(s.call("GET", "/v1/events?limit=100", ""))
		s.call("POST", "/v1/reservations/"+rsv+"/release", "{}") // its time is over
		s.call("POST", "/v1/stock/adjustments", `{"reason":"damaged","lines":[{"sku":"LAMP","location":"HULL","delta":-3}]}`)
		no := s.post("/shop/checkout", p.form("tok_ok")).is(409, "has been sold out meanwhile", "Take out what is sold out", `value="1 Main Street"`, "Sold out")
		rest := s.post("/shop/checkout", no.form("tok_ok", "_step", "less")).is(200, "Good mug", "£16.45", `value="1 Main Street"`, "Held for you").not("Good lamp")
		s.post("/shop/checkout", rest.form("tok_ok")).ordered("placed")
		if n := s.orders("open"); n != 1 {
			t.Errorf("%d orders", n)
		}
	})
}

// TestMistakes: each is said at its field; a total that changed, or a doubtful address, is asked about once.
func TestMistakes(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.add("MUG", "1")
		p := s.toCheckout()
		s.post("/shop/checkout", p.form("", "customer.email", "grace", "shipping_address.line1", "")).
			is(422, "Please choose how you pay.", "Mail address: This is no mail address.", "Street and number: Please fill this in.", `aria-invalid="true"`, `value="London"`)
		doubt := s.post("/shop/checkout", p.form("tok_ok", "shipping_address.postal_code", "12")).is(422, "Postal code: This looks like a mistake.")
		s.post("/shop/checkout", doubt.form("tok_ok", "shipping_address.postal_code", "12", "shipping_address.line1", "Main Street")).is(422, "Street and number: This looks like a mistake.")
		look := s.post("/shop/checkout", p.form("", "_step", "look", "shipping_address.country", "DE", "shipping_address.postal_code", "10115")).is(200, "Delivery to Germany", "Delivery abroad", "£25.00").not("Express")
		s.post("/shop/checkout", p.form("tok_ok", "_method", "express")).is(409, "The total has changed.", "£20.45")
		s.call("PUT", "/v1/products/MUG", `{"name":"Good mug","price":{"amount":1350,"currency":"GBP"},"weight_grams":400}`)
		again := s.post("/shop/checkout", look.form("tok_ok", "shipping_address.country", "DE", "shipping_address.postal_code", "10115")).is(409, "The total has changed.", "£26.00")
		s.post("/shop/checkout", again.form("tok_ok", "shipping_address.country", "DE", "shipping_address.postal_code", "10115")).ordered("placed")
	})
}

// TestHostile: forms of other sites, carts that were tampered with, fields that a customer may not give, and floods.
func TestHostile(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.add("MUG", "1")
		p := s.toCheckout()
		s.visit(http.MethodPost, "/shop/cart/items", url.Values{"sku": {"MUG"}}, "Sec-Fetch-Site", "cross-site").is(403)
		link := s.post("/shop/checkout", p.form("tok_ok", "payment.provider", "manual", "lines.0.unit_price", "1", "channel", "phone", "discounts.0.amount", "1000", "shipping_address.name", "<b>Grace</b>")).ordered("placed")
		s.do(request(t, s.srv.URL+link)).is(200, "£16.45", "&lt;b&gt;Grace")
		s.post("/shop/cart/items", url.Values{"sku": {"<script>"}, "quantity": {"1"}}).is(404)
		s.post("/shop/cart/items", url.Values{"sku": {"MU\x00G"}}).is(400)
		s.add("MUG", "-5")
		s.add("MUG", "999999999999999999999")
		s.add("MUG", "5000")
		s.get("/shop/cart").is(200, `value="99"`)
		for _, path := range []string{"/shop?q=" + strings.Repeat("x", 3000), "/shop?q=%FF", "/shop?q=%3Cscript%3E", "/shop/products/%3Cscript%3E"} {
			if a := s.get(path); a.status != 200 && a.status != 404 {
				t.Errorf("%s: %d", path, a.status)
			}
		}
		if a := s.get("/shop?after=nonsense"); a.status >= 500 {
			t.Errorf("cursor: %d", a.status)
		}
		good := s.cart
		for _, forged := range []string{"x", good[:len(good)-1], "e30." + good[strings.Index(good, ".")+1:], strings.Repeat("a", 5000)} {
			s.cart = forged
			s.get("/shop/cart").is(200, "There is nothing in your cart yet.")
		}
		s.cart = good
		p = s.toCheckout()
		s.post("/shop/checkout", p.form("tok_anything")).is(422, "Please choose how you pay.")
		for range 30 {
			if a := s.post("/shop/checkout", p.form("tok_anything")); a.status == http.StatusTooManyRequests {
				a.is(429, "Just a moment")
				return
			}
		}
		t.Error("orders may be tried without end")
	})
}

// TestNone: without the setting there is no shop.
func TestNone(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.DB, c.Listen = "sqlite:"+t.TempDir()+"/ordo.db", "127.0.0.1:0"
	srv, err := server.Start(t.Context(), c, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Stop)
	res, err := http.DefaultClient.Do(request(t, srv.URL+"/shop"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", res.StatusCode)
	}
}
