package console

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/people"
)

var leadsTo = regexp.MustCompile(`(?:href|action|formaction|data-href)="(` + Root + `[^"#]*)`)

// TestNothingLeadsToARefusal walks every page that a role may see: no link, button or form on it may lead to what the
// role may not do. What is not allowed is shown disabled, with its reason.
func TestNothingLeadsToARefusal(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.shop()
		id := number0(f.delivered().ID)
		var r api.Return
		f.op("requestReturn", slots("id", id), `{"lines":[{"line":"1","quantity":1,"reason":"unwanted"}]}`, &r)
		var open api.Order
		f.op("placeOrder", nil, `{"channel":"web","customer":{"email":"alan@example.com"},"shipping_address":{"name":"Alan","line1":"1 Main Street","city":"London","postal_code":"N1 1AA","country":"GB"},"lines":[{"sku":"MUG","quantity":3}],"payment":{"provider":"manual"}}`, &open)
		f.op("openCase", nil, `{"subject":"Where is it?","order":"`+id+`"}`, nil)
		mux := http.NewServeMux()
		needs := map[string]string{}
		for _, r := range Routes() {
			pattern := r.Method + " " + r.Path
			needs[pattern] = r.Scope
			mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
		}
		for _, role := range people.Shipped() {
			f.user(role.ID+"@example.com", role.ID)
			w := walker{b: f.browser(), mux: mux, needs: needs, access: &app.Access{Scopes: role.Scopes}, seen: map[string]int{}}
			w.b.signIn(role.ID+"@example.com").is(t, 303)
			for _, path := range []string{Root + "/", Root + "/orders/" + id, Root + "/returns/" + number0(r.ID), Root + "/orders/" + number0(open.ID), Root + "/fulfillment/" + open.Fulfillments[0].ID} {
				w.walk(t, role.ID, path)
			}
			if len(w.seen) < 10 {
				t.Errorf("%s saw only %v", role.ID, w.seen)
			}
		}
	})
}

type walker struct {
	b      *browser
	mux    *http.ServeMux
	needs  map[string]string
	access *app.Access
	seen   map[string]int // pages of each route
}

// walk looks at a page and at what it leads to, at most twice by each route.
func (w *walker) walk(t *testing.T, role, path string) {
	pattern := w.pattern(http.MethodGet, path)
	if w.seen[pattern]++; w.seen[pattern] > 2 || strings.HasSuffix(pattern, "/live") {
		return
	}
	page := w.b.get(path)
	if !strings.Contains(page.header.Get("Content-Type"), "html") {
		return
	}
	for _, m := range leadsTo.FindAllStringSubmatch(page.body, -1) {
		to := html.UnescapeString(m[1])
		if strings.HasPrefix(to, Root+"/assets/") {
			continue
		}
		method := http.MethodGet
		if strings.Contains(m[0], "action=") {
			method = http.MethodPost
		}
		target := w.pattern(method, to)
		if method == http.MethodPost && target == "" {
			method, target = http.MethodGet, w.pattern(http.MethodGet, to) // a form that asks
		}
		if target == "" {
			t.Errorf("%s: %s leads to %s, which there is not", role, path, to)
			continue
		}
		if scope := w.needs[target]; scope != "" && !w.access.Allows(scope) {
			t.Errorf("%s: %s (%s) leads to %s, which needs %s", role, path, pattern, to, scope)
			continue
		}
		if method == http.MethodGet {
			w.walk(t, role, to)
		}
	}
}

func (w *walker) pattern(method, path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return ""
	}
	_, pattern := w.mux.Handler(httptest.NewRequest(method, u.Path, nil))
	return pattern
}
