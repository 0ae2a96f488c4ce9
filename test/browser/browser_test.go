package browser

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/config"
	"ordo/internal/people"
	"ordo/internal/server"
	"ordo/internal/work"
)

const (
	owner    = "ordo_sk_browser_test_owner"
	password = "four warm copper kettles"
)

// chromium is shared by all tests; each has tabs with cookies of its own.
var chromium *Browser

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if chromium, err = Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer chromium.Stop()
	return m.Run()
}

// shop is a server with a little world in it.
type shop struct {
	t   *testing.T
	srv *server.Server
}

func open(t *testing.T) *shop {
	t.Helper()
	c := config.Default()
	c.DB, c.Listen, c.BootstrapKey, c.MailSender, c.Storefront = "sqlite:"+filepath.Join(t.TempDir(), "ordo.db"), "127.0.0.1:0", owner, "sandbox", "web"
	srv, err := server.Start(t.Context(), c, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Stop)
	s := &shop{t, srv}
	s.call("PUT", "/v1/locations/HULL", `{"name":"Hull warehouse","type":"warehouse","address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`)
	for _, p := range []string{"MUG Stoneware mug 1250", "LAMP Reading lamp 4900", "SPOON Serving spoon 350"} {
		f := strings.Fields(p)
		price := f[len(f)-1]
		s.call("PUT", "/v1/products/"+f[0], `{"name":"`+strings.Join(f[1:len(f)-1], " ")+`","price":{"amount":`+price+`,"currency":"GBP"},"weight_grams":400,"tax_class":"standard"}`)
		s.call("POST", "/v1/stock/adjustments", `{"reason":"received","lines":[{"sku":"`+f[0]+`","location":"HULL","delta":100}]}`)
	}
	for _, r := range people.Shipped() {
		out := srv.App.CreateUser(t.Context(), people.User{Email: r.ID + "@example.com", Name: r.Name, Roles: []string{r.ID}, Language: "en"}, password, work.Meta{Actor: app.BootstrapActor})
		if out.Err != nil {
			t.Fatal(out.Err)
		}
	}
	return s
}

var sent int

// call uses the API, and returns the first id in the answer.
func (s *shop) call(method, path, body string) string {
	s.t.Helper()
	_, rest, _ := strings.Cut(s.answer(method, path, body), `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// fulfillment is the first of an order.
func (s *shop) fulfillment(order string) string {
	s.t.Helper()
	_, rest, _ := strings.Cut(s.answer("GET", "/v1/orders/"+order, ""), `"fulfillments":[{"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// answer uses the API, and returns the answer.
func (s *shop) answer(method, path, body string) string {
	s.t.Helper()
	sent++
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.srv.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+owner)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", fmt.Sprintf("call-%d", sent))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		s.t.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, text, err)
	}
	return string(text)
}

// order places one.
func (s *shop) order(token string) string {
	s.t.Helper()
	payment := `{"provider":"manual"}`
	if token != "" {
		payment = `{"provider":"sandbox","token":"` + token + `"}`
	}
	return s.call("POST", "/v1/orders", `{"channel":"web","customer":{"email":"grace@example.com","name":"Grace Hopper"},"shipping_address":{"name":"Grace Hopper","line1":"1 Main Street","city":"London","postal_code":"N1 1AA","country":"GB"},`+
		`"lines":[{"sku":"MUG","quantity":2},{"sku":"LAMP","quantity":1}],"payment":`+payment+`}`)
}

// tab opens a tab as somebody with a role; "" for nobody. At its end nothing may be held against any page.
func (s *shop) tab(role string) *page {
	s.t.Helper()
	t, err := chromium.Tab(s.srv.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	p := &page{s.t, t}
	s.t.Cleanup(func() {
		for _, problem := range t.Problems() {
			s.t.Error(problem)
		}
		t.Close()
	})
	if err := t.Look(1440, 900, false); err != nil {
		s.t.Fatal(err)
	}
	if role != "" {
		p.must(t.SignIn(role+"@example.com", password))
	}
	return p
}

// page is a tab in a test: what fails ends it.
type page struct {
	t   *testing.T
	tab *Tab
}

func (p *page) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *page) speak(lang string)       { p.t.Helper(); p.must(p.tab.Speak(lang)) }
func (p *page) open(path string)        { p.t.Helper(); p.must(p.tab.Go(path)) }
func (p *page) fill(field, text string) { p.t.Helper(); p.must(p.tab.Fill(field, text)) }
func (p *page) click(selector string)   { p.t.Helper(); p.must(p.tab.Click(selector)) }
func (p *page) says(text string)        { p.t.Helper(); p.must(p.tab.Says(text)) }
func (p *page) keys(keys string)        { p.t.Helper(); p.must(p.tab.Keys(keys)) }
func (p *page) until(expression string) { p.t.Helper(); p.must(p.tab.Until(expression)) }
func (p *page) choose(field, opt string) {
	p.t.Helper()
	p.until("(() => { const f = document.querySelector('" + field + "'); if (!f) return false; f.value = '" + opt + "'; return f.value === '" + opt + "' })()")
}

// fine holds the page to what all are held to, in both schemes and down to 320 pixels.
func (p *page) fine(name string) {
	p.t.Helper()
	for _, look := range []struct {
		width     int64
		dark, axe bool
	}{{1440, false, true}, {1024, false, false}, {320, true, true}} { // axe-core takes half a second, so each aspect once
		p.must(p.tab.Look(look.width, 800, look.dark))
		if look.axe {
			found, err := p.tab.Axe()
			p.must(err)
			for _, f := range found {
				p.t.Errorf("%s at %d pixels, dark %v: %s %s: %s: %s", name, look.width, look.dark, f.Impact, f.ID, f.Help, strings.Join(f.Nodes, " | "))
			}
		}
		wide, err := p.tab.Overflow()
		p.must(err)
		if wide > 0 {
			p.t.Errorf("%s at %d pixels is %d pixels too wide", name, look.width, wide)
		}
	}
	p.must(p.tab.Look(1440, 900, false))
	time.Sleep(50 * time.Millisecond) // media queries settle
}
