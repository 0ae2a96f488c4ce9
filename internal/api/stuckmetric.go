package api

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ordo/internal/app"
	"ordo/internal/stuck"
)

// stuckGauge tells how many things of each kind are late, and whether there may be more. Counting them takes queries per
// kind, so that a count is used for a while; one that cannot be made leaves the metric out, which alerts see.
type stuckGauge struct {
	app *app.App
	mu  sync.Mutex
	at  time.Time
	now *app.StuckCount
}

const (
	stuckCountAge   = time.Minute
	stuckCountPages = 10 // of rows of each kind that are looked at, the oldest first
	stuckCountPage  = 200
	stuckCountTime  = 5 * time.Second // after which the count is that of a part
)

var (
	stuckDesc     = prometheus.NewDesc("ordo_stuck", "Things that are late: what was expected of them has not come. See GET /v1/stuck.", []string{"kind"}, nil)
	stuckMoreDesc = prometheus.NewDesc("ordo_stuck_more", "1 where ordo_stuck counts only the oldest rows of a kind, and there may be more that is late.", []string{"kind"}, nil)
)

// Describe implements prometheus.Collector.
func (g *stuckGauge) Describe(ch chan<- *prometheus.Desc) {
	ch <- stuckDesc
	ch <- stuckMoreDesc
}

// Collect implements prometheus.Collector.
func (g *stuckGauge) Collect(ch chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now == nil || time.Since(g.at) > stuckCountAge {
		ctx, cancel := context.WithTimeout(context.Background(), stuckCountTime)
		defer cancel()
		if now, err := g.app.StuckCounts(ctx, stuckCountPages, stuckCountPage); err == nil {
			g.now = &now
		} else {
			g.now = nil // better no number than an old one
		}
		g.at = time.Now()
	}
	if g.now == nil {
		return
	}
	for _, k := range stuck.Kinds {
		ch <- prometheus.MustNewConstMetric(stuckDesc, prometheus.GaugeValue, float64(g.now.Late[k]), string(k))
		more := 0.0
		if g.now.More[k] {
			more = 1
		}
		ch <- prometheus.MustNewConstMetric(stuckMoreDesc, prometheus.GaugeValue, more, string(k))
	}
}
