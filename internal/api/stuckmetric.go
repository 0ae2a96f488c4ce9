package api

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ordo/internal/app"
	"ordo/internal/stuck"
)

// stuckGauge tells how many things of each kind are late. Counting them takes a query per kind, so that a count is used
// for a while; one that cannot be made leaves the metric out, which alerts see.
type stuckGauge struct {
	app *app.App
	mu  sync.Mutex
	at  time.Time
	now map[stuck.Kind]int
}

const (
	stuckCountAge  = time.Minute
	stuckCountTime = 5 * time.Second
)

var stuckDesc = prometheus.NewDesc("ordo_stuck", "Things that are late: what was expected of them has not come. See GET /v1/stuck.", []string{"kind"}, nil)

// Describe implements prometheus.Collector.
func (g *stuckGauge) Describe(ch chan<- *prometheus.Desc) { ch <- stuckDesc }

// Collect implements prometheus.Collector.
func (g *stuckGauge) Collect(ch chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now == nil || time.Since(g.at) > stuckCountAge {
		ctx, cancel := context.WithTimeout(context.Background(), stuckCountTime)
		defer cancel()
		g.now, _ = g.app.StuckCounts(ctx) // nil when it fails: better no number than an old one
		g.at = time.Now()
	}
	if g.now == nil {
		return
	}
	for _, k := range stuck.Kinds {
		ch <- prometheus.MustNewConstMetric(stuckDesc, prometheus.GaugeValue, float64(g.now[k]), string(k))
	}
}
