package api

import (
	"math"
	"net"
	"net/http"
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

// take uses one request of a key's minute, or refuses it; either way the RateLimit headers say how many are left.
func (l *limiters) take(h http.Header, key string, perMinute int64, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := float64(perMinute)
	b := l.m[key]
	if b == nil {
		b = &bucket{left: limit, at: now}
		l.m[key] = b
	}
	b.left = min(limit, b.left+now.Sub(b.at).Minutes()*limit)
	b.at = now
	ok := b.left >= 1
	if ok {
		b.left--
	}
	seconds := func(requests float64) string { return itoa(int64(math.Ceil(requests * 60 / limit))) }
	h.Set("RateLimit-Limit", itoa(perMinute))
	h.Set("RateLimit-Remaining", itoa(int64(b.left)))
	h.Set("RateLimit-Reset", seconds(limit-b.left)) // until all of them are there again
	if !ok {
		h.Set("Retry-After", seconds(1-b.left))
		return errs.New(errs.TooMany, "rate_limited", "this API key may send %d requests per minute", perMinute)
	}
	return nil
}

// Limit is for pages that anybody may send: it counts what comes from one address, by what is done, and refuses more than
// so many per minute. Remote is the address as requests have it; behind a proxy it is the proxy's.
func (s *Server) Limit(h http.Header, what, remote string, perMinute int64) error {
	s.links.bound(maxLinkBuckets)
	return s.links.take(h, what+" "+hostOf(remote), perMinute, time.Now())
}

// hostOf is an address without its port.
func hostOf(remote string) string {
	if host, _, err := net.SplitHostPort(remote); err == nil {
		return host
	}
	return remote
}
