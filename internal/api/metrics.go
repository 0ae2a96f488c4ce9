package api

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ordo/internal/app"
)

// metrics are what operators watch.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	denied   *prometheus.CounterVec
}

func newMetrics(a *app.App) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.requests = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ordo_http_requests_total", Help: "Requests by route and status."}, []string{"method", "route", "status"})
	m.duration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "ordo_http_request_seconds", Help: "Time to answer, by route.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"method", "route"})
	m.denied = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ordo_access_refused_total", Help: "Requests without a valid key or scope."}, []string{"code"})
	m.registry.MustRegister(m.requests, m.duration, m.denied, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	counter := func(name, help string, n *atomic.Int64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(n.Load()) }))
	}
	s := &a.Committer.Stats
	counter("ordo_commit_batches_total", "Batches committed.", &s.Batches)
	counter("ordo_commit_commands_total", "Commands in committed batches.", &s.Commands)
	counter("ordo_commit_conflicts_total", "Batches run again after a conflict.", &s.Conflicts)
	counter("ordo_commit_refused_total", "Batches the database refused.", &s.Refused)
	counter("ordo_commit_unavailable_total", "Batches not written because the database was away.", &s.Unavailable)
	counter("ordo_commit_unknown_total", "Batches whose outcome stayed unknown.", &s.Unknown)
	counter("ordo_webhook_delivered_total", "Deliveries of webhooks that were taken.", &a.WebhookStats.Delivered)
	counter("ordo_webhook_refused_total", "Attempts to deliver webhooks that failed.", &a.WebhookStats.Refused)
	counter("ordo_webhook_dead_total", "Deliveries of webhooks given up.", &a.WebhookStats.Dead)
	m.registry.MustRegister(lags{a})
	counter("ordo_jobs_done_total", "Jobs done.", &a.Jobs.Done)
	counter("ordo_jobs_failed_total", "Attempts of jobs that failed.", &a.Jobs.Failed)
	counter("ordo_jobs_dead_total", "Jobs given up.", &a.Jobs.Dead)
	m.registry.MustRegister(&stuckGauge{app: a})
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "ordo_commit_waiting", Help: "Commands waiting for a batch."}, func() float64 {
		return float64(a.Committer.Waiting())
	}))
	return m
}

func (m *metrics) observe(method, pattern string, status int, took time.Duration) {
	switch method {
	case "GET", "HEAD", "PUT", "POST", "DELETE":
	default:
		method = "other" // whatever a client makes up must not become a label
	}
	m.requests.WithLabelValues(method, pattern, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(method, pattern).Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (s *Server) metricsPage(w http.ResponseWriter, r *http.Request) {
	if s.metricsHere == nil {
		s.noSuchPath(w, r)
		return
	}
	s.metricsHere.ServeHTTP(w, r)
}

// lags tells how far the readers of the journal are behind, when it is asked.
type lags struct{ app *app.App }

var lagDesc = prometheus.NewDesc("ordo_journal_reader_lag", "Rows of the journal that a reader has not handled yet.", []string{"reader"}, nil)

// Describe implements prometheus.Collector.
func (lags) Describe(ch chan<- *prometheus.Desc) { ch <- lagDesc }

// Collect implements prometheus.Collector. A database that is away makes no metric, not an error: the others count.
func (l lags) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	found, err := l.app.ReaderLags(ctx)
	if err != nil {
		return
	}
	for name, n := range found {
		ch <- prometheus.MustNewConstMetric(lagDesc, prometheus.GaugeValue, float64(n), name)
	}
}
