package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// behind has requests that a trusted proxy passes on come from whom the proxy says: the last address of X-Forwarded-For
// that is not a trusted proxy, since what stands before it may be made up. Nobody else is believed, where there are trusted proxies.
func behind(proxies []netip.Prefix, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	trusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !trusted(from.Addr().Unmap()) {
			r.Header.Del("X-Forwarded-Proto")
			next.ServeHTTP(w, r)
			return
		}
		for _, said := range slices.Backward(strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")) {
			a, err := netip.ParseAddr(strings.TrimSpace(said))
			if err != nil {
				break
			}
			r.RemoteAddr = netip.AddrPortFrom(a.Unmap(), 0).String()
			if !trusted(a.Unmap()) {
				break
			}
		}
		next.ServeHTTP(w, r)
	})
}
