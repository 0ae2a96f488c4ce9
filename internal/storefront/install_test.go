package storefront_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ordo/internal/jsonx"
)

// TestInstallable reads what a phone reads to install the shop, and what may be kept for when there is no network: the
// grid and products, and never what is somebody's.
func TestInstallable(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		raw := func(path string) answer {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.srv.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			return s.do(r).is(200)
		}
		var m struct {
			Name    string `json:"name"`
			Start   string `json:"start_url"`
			Scope   string `json:"scope"`
			Display string `json:"display"`
			Icons   []struct {
				Src  string `json:"src"`
				Type string `json:"type"`
			} `json:"icons"`
		}
		a := raw("/shop/manifest")
		if err := jsonx.Unmarshal([]byte(a.body), &m); err != nil || a.header.Get("Content-Type") != "application/manifest+json" {
			t.Fatal(err, a.header)
		}
		if m.Name != "Good Things" || m.Start != "/shop" || m.Scope != "/shop" || m.Display != "standalone" || len(m.Icons) != 4 {
			t.Errorf("manifest %s", a.body)
		}
		for _, i := range m.Icons {
			if got := raw(i.Src); got.header.Get("Content-Type") != i.Type || !strings.Contains(got.header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s: %v", i.Src, got.header)
			}
		}
		worker := raw("/shop/worker.js")
		if h := worker.header; h.Get("Service-Worker-Allowed") != "/shop" || !strings.HasPrefix(h.Get("Content-Type"), "text/javascript") || h.Get("Cache-Control") != "no-cache" || !strings.Contains(h.Get("Content-Security-Policy"), "worker-src 'self'") {
			t.Errorf("worker: %v", h)
		}
		about, _, _ := strings.Cut(worker.body, "\n")
		page := s.get("/shop").is(200).body
		for _, file := range []string{"shop.css", "shop.js"} { // what is kept is what pages load
			_, path, _ := strings.Cut(page, `"/shop/assets/`+file)
			path, _, _ = strings.Cut(path, `"`)
			if path == "" || !strings.Contains(about, "/shop/assets/"+file+path) {
				t.Errorf("the worker keeps %s, the page loads %s%s", about, file, path)
			}
		}
		keeps := func(a answer, want bool) {
			t.Helper()
			if got := a.header.Get("Ordo-Keep") != ""; got != want {
				t.Errorf("%s: may be kept: %v, want %v", a.what, got, want)
			}
		}
		s.add("MUG", "1")
		keeps(s.get("/shop"), true)
		keeps(s.get("/shop?q=mug"), true)
		keeps(s.get("/shop/products/MUG"), true)
		keeps(s.get("/shop/products/NONE").is(404), false)
		keeps(s.get("/shop/cart"), false)
		keeps(s.toCheckout(), false)
		keeps(s.post("/shop/checkout", url.Values{"_step": {"look"}}), false)
		keeps(s.get("/shop/offline").is(200, "You are offline", "To change it and to order, you need a connection."), false)
	})
}
