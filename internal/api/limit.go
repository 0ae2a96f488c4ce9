package api

import (
	"math"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"ordo/internal/errs"
)

// limiters hold a token bucket per API key that has a limit, or whatever else is counted. Each node counts for itself.
type limiters struct {
	mu sync.Mutex
	m  map[string]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// bound forgets all buckets where there are more than n: whoever can make many must not fill the memory.
func (l *limiters) bound(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.m) > n {
		clear(l.m)
	}
}

// take uses one of n requests that a key has per window, or refuses it; either way the RateLimit headers say how many are
// left. They come back one by one.
func (l *limiters) take(h http.Header, key string, n int64, window time.Duration, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := float64(n)
	b := l.m[key]
	if b == nil {
		b = &bucket{left: limit, at: now}
		l.m[key] = b
	}
	b.left = min(limit, b.left+float64(now.Sub(b.at))/float64(window)*limit)
	b.at = now
	ok := b.left >= 1
	if ok {
		b.left--
	}
	seconds := func(requests float64) string { return itoa(int64(math.Ceil(requests / limit * window.Seconds()))) }
	h.Set("RateLimit-Limit", itoa(n))
	h.Set("RateLimit-Remaining", itoa(int64(b.left)))
	h.Set("RateLimit-Reset", seconds(limit-b.left)) // until all of them are there again
	if !ok {
		h.Set("Retry-After", seconds(1-b.left))
		return errs.New(errs.TooMany, "rate_limited", "too many requests: %d are let through in %d seconds", n, int64(window.Seconds()))
	}
	return nil
}

// Limit is for pages that anybody may send: it counts what comes from one address, by what is done, and refuses more than
// n per window. Remote is the address as requests have it: of the client, or of a proxy that is not among trusted_proxies.
func (s *Server) Limit(h http.Header, what, remote string, n int64, window time.Duration) error {
	s.links.bound(maxLinkBuckets)
	return s.links.take(h, what+" "+hostOf(remote), n, window, time.Now())
}

// hostOf is an address without its port. Of IPv6 it is the network: one customer of a provider has many addresses in it.
func hostOf(remote string) string {
	if at, err := netip.ParseAddrPort(remote); err == nil {
		ip := at.Addr().Unmap().WithZone("")
		if ip.Is4() {
			return ip.String()
		}
		network, _ := ip.Prefix(64) // never fails
		return network.String()
	}
	if host, _, err := net.SplitHostPort(remote); err == nil {
		return host
	}
	return remote
}
