package server

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestTrustedProxies(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		name, remote string
		said         []string
		from, proto  string
	}{
		{"by the proxy", "10.0.0.7:4000", []string{"203.0.113.9"}, "203.0.113.9:0", "https"},
		{"made up before", "10.0.0.7:4000", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9:0", "https"},
		{"through two proxies", "10.0.0.7:4000", []string{"198.51.100.1", "203.0.113.9, 10.3.3.3"}, "203.0.113.9:0", "https"},
		{"from within", "10.0.0.7:4000", []string{"10.0.0.8, 10.3.3.3"}, "10.0.0.8:0", "https"},
		{"IPv6", "[fd00::1]:4000", []string{"2001:db8::5"}, "[2001:db8::5]:0", "https"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.7]:4000", []string{"::ffff:203.0.113.9"}, "203.0.113.9:0", "https"},
		{"nothing said", "10.0.0.7:4000", nil, "10.0.0.7:4000", "https"},
		{"nonsense", "10.0.0.7:4000", []string{"203.0.113.9, unknown"}, "10.0.0.7:4000", "https"},
		{"by somebody else", "203.0.113.1:4000", []string{"198.51.100.1"}, "203.0.113.1:4000", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.remote
			r.Header["X-Forwarded-For"] = c.said
			r.Header.Set("X-Forwarded-Proto", "https")
			behind(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.RemoteAddr != c.from || r.Header.Get("X-Forwarded-Proto") != c.proto {
					t.Errorf("%s, %q", r.RemoteAddr, r.Header.Get("X-Forwarded-Proto"))
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
}
