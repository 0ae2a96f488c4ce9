package api

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"ordo/internal/errs"
)

// limiters hold a token bucket per API key that has a limit. Each node counts for itself.
type limiters struct {
	mu sync.Mutex
	m  map[string]*bucket
}

type bucket struct {
	left float64
	at   time.Time
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
	wait := int64(60/limit) + 1
	h.Set("RateLimit-Limit", strconv.FormatInt(perMinute, 10))
	h.Set("RateLimit-Remaining", strconv.FormatInt(int64(b.left), 10))
	h.Set("RateLimit-Reset", strconv.FormatInt(wait, 10))
	if !ok {
		h.Set("Retry-After", strconv.FormatInt(wait, 10))
		return errs.New(errs.TooMany, "rate_limited", "this API key may send %d requests per minute", perMinute)
	}
	return nil
}
