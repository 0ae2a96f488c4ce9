package api

import (
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocs reads the page: everything of the table is on it, all links lead somewhere, and nothing is loaded from
// anywhere else or runs in it.
func TestDocs(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		r := f.get("/docs")
		page := string(r.body)
		if csp := r.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'; script-src 'self'") {
			t.Errorf("the policy is %q", csp)
		}
		for i := range routes {
			rt := &routes[i]
			for _, want := range []string{`id="` + rt.op + `"`, html.EscapeString(rt.path), html.EscapeString(rt.scope)} {
				if !strings.Contains(page, want) {
					t.Errorf("%s: there is no %s", rt.op, want)
				}
			}
		}
		for _, k := range problemKinds {
			if !strings.Contains(page, `id="problem-`+k.code+`"`) {
				t.Errorf("the problem %s is missing", k.code)
			}
		}
		for _, m := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if strings.Count(page, `id="`+m[1]+`"`) != 1 {
				t.Errorf("a link leads to #%s, which stands there %d times", m[1], strings.Count(page, `id="`+m[1]+`"`))
			}
		}
		for _, m := range regexp.MustCompile(`(?:href|src)="([^#"][^"]*)"`).FindAllStringSubmatch(page, -1) {
			if m[1] != "data:," && f.send(request{do: "GET " + m[1], key: "-"}).status != 200 {
				t.Errorf("%s is not there", m[1])
			}
		}
		if bad := regexp.MustCompile(`(?i)<script[^>]*>[^<]|\sstyle=|\son[a-z]+=|javascript:|https?://[^"<\s&]*`).FindAllString(page, -1); len(bad) > 0 {
			for _, x := range bad {
				if !strings.HasPrefix(x, f.url+"/v1/") && !slices.ContainsFunc([]string{"http://127.0.0.1:8080/pay/", "http://localhost:8080/my-order/", "https://shop.example.com/", "https://example.com/"}, func(known string) bool { return strings.HasPrefix(x, known) }) { // of examples
					t.Errorf("%q stands in the page", x)
				}
			}
		}
		if strings.Contains(page, baseMark) || !strings.Contains(page, f.url+"/v1/orders") {
			t.Error("the examples name another server")
		}
		for _, path := range []string{"/docs/docs.css", "/docs/docs.js"} {
			if r := f.get(path); len(r.body) == 0 || strings.Contains(string(r.body), "http") {
				t.Errorf("%s: %.80s", path, r.body)
			}
		}
	})
}

func TestBaseURL(t *testing.T) {
	for host, want := range map[string]string{
		"shop.example.com": "http://shop.example.com", "[::1]:8080": "http://[::1]:8080", "127.0.0.1:1": "http://127.0.0.1:1",
		`x"><script>`: "http://127.0.0.1:8080", "x;rm -rf": "http://127.0.0.1:8080", "$(id)": "http://127.0.0.1:8080", "": "http://127.0.0.1:8080", "a b": "http://127.0.0.1:8080",
		strings.Repeat("x", 300): "http://127.0.0.1:8080",
	} {
		r := httptest.NewRequest("GET", "/docs", nil)
		r.Host = host
		if got := baseURL(r); got != want {
			t.Errorf("%q: %s", host, got)
		}
		r.Header.Set("X-Forwarded-Proto", "https")
		if got := baseURL(r); got != "https"+strings.TrimPrefix(want, "http") {
			t.Errorf("%q: %s", host, got)
		}
	}
}

// exampleOrder is the order in which the examples of the page make sense. Areas add theirs to its end.
var exampleOrder = `putLocation putProduct adjustStock checkAddress placeOrder listOrders getOrder getOrderTimeline recordReceipt listFulfillments getFulfillment
	releaseFulfillment shipFulfillment deliverFulfillment placeOrder cancelOrder changeOrderDetails listStock getProduct listProducts getLocation listLocations putChannel getChannel listChannels
	listEvents listAudit createUser listUsers getUser putUser signOutUser resetPassword putRole getRole listRoles createKey listKeys revokeKey
	openStoreCredit listStoreCredits getStoreCredit changeStoreCredit voidPayment addPayment capturePayment placeOrder recordReceipt refundPayment grantRefund retryGrant listJobs listStuck getNext repairOrder createLink revokeLinks lookUp getCustomerOverview`

// unready are operations whose example has nothing to act on in a world where all is well.
var unready = map[string]bool{"retryJob": true} // there is no dead job

// shell puts the values of variables into a path.
func (f *fixture) shell(path string) string {
	return os.Expand(path, func(name string) string { return f.vars[name] })
}

// TestExamples sends what the commands of the page send, in the order in which a reader would.
func TestExamples(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		send := func(op string) reply {
			t.Helper()
			for i := range routes {
				if r := &routes[i]; r.op == op {
					for _, l := range lookups[op] {
						if l.put != "" {
							f.send(request{do: "PUT " + l.put, body: pretty(l.in)})
							continue
						}
						found := f.send(request{do: "GET " + f.shell(l.path)})
						if l.post != "" {
							i := slices.IndexFunc(routes, func(r route) bool { return r.op == l.post })
							found = f.send(request{do: routes[i].method + " " + f.shell(examplePath(&routes[i])), body: f.shell(pretty(l.body()))})
							if found.status >= 300 {
								t.Errorf("%s, for %s: %d %s", l.post, op, found.status, found.body)
							}
						}
						ids := append(regexp.MustCompile(l.prefix+"_[0-9a-z]*").FindAllString(string(found.body), -1), "")
						if f.vars[l.name] = ids[0]; l.last && len(ids) > 1 {
							f.vars[l.name] = ids[len(ids)-2]
						}
					}
					path := f.shell(examplePath(r))
					if strings.Contains(command(r), "''") || strings.Count(command(r), "'")%2 != 0 {
						t.Errorf("%s: quotes in %s", op, command(r))
					}
					return f.send(request{do: r.method + " " + path, body: f.shell(pretty(examples[op].in))})
				}
			}
			t.Fatalf("there is no %s", op)
			return reply{}
		}
		seen := map[string]bool{}
		for _, op := range strings.Fields(exampleOrder) {
			if r := send(op); r.status != http.StatusOK && r.status != http.StatusCreated {
				t.Errorf("%s: %d %s", op, r.status, r.body)
			}
			seen[op] = true
		}
		for op := range unready {
			seen[op] = true
		}
		for i := range routes {
			if routes[i].open { // a message that only its sender can sign
				seen[routes[i].op] = true
			}
		}
		if len(seen) != len(routes) {
			t.Errorf("%d of %d examples", len(seen), len(routes))
		}
	}, func(o *setup) { o.empty, o.settings.MailFrom = true, "shop@example.com" })
}

// Whoever opens the address that the start printed finds the page.
func TestRootLeadsToDocs(t *testing.T) {
	w := httptest.NewRecorder()
	(&Server{}).noSuchPath(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 302 || w.Header().Get("Location") != "/docs" {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
}
