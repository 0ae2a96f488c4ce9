package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// Result is what a run of Place found out. What could not be observed is left out.
type Result struct {
	What       string           `json:"what"`
	Engine     string           `json:"engine,omitempty"`
	Kind       string           `json:"kind"` // spread or hot
	Clients    int              `json:"clients"`
	Seconds    float64          `json:"seconds"`
	Lines      int              `json:"lines"`
	SKUs       int              `json:"skus"`
	Provider   string           `json:"provider"`
	Orders     int              `json:"orders"`            // answered with 201 in the measured time
	Rate       float64          `json:"rate"`              // of those, per second
	Drain      float64          `json:"drain_s,omitempty"` // lifecycle: until the last capture; part of the time of the rate
	P50        float64          `json:"p50_ms"`
	P90        float64          `json:"p90_ms"`
	P99        float64          `json:"p99_ms"`
	Max        float64          `json:"max_ms"`
	Refused    int64            `json:"refused"`
	RefusedBy  map[string]int64 `json:"refused_by_status,omitempty"`
	Errors     int64            `json:"errors"` // no answer
	FirstError string           `json:"first_error,omitempty"`

	ServerCPU    float64 `json:"server_cpu_ms,omitempty"`      // user and system time of the server per order
	DatabaseCPU  float64 `json:"database_cpu_ms,omitempty"`    // of PostgreSQL's processes per order, when they run here
	ClientCPU    float64 `json:"client_cpu_ms,omitempty"`      // of the load generator per order
	Batch        float64 `json:"batch,omitempty"`              // commands per commit
	Conflicts    float64 `json:"conflicts,omitempty"`          // batches that ran again
	Allocs       float64 `json:"server_allocs,omitempty"`      // per order
	AllocBytes   float64 `json:"server_alloc_bytes,omitempty"` // per order
	RSS          float64 `json:"server_rss_mib,omitempty"`     // at the end
	DatabaseSize float64 `json:"database_bytes,omitempty"`     // by which the database grew per order
	Placed       int64   `json:"placed"`                       // all orders of the run, warm-up included
	Stored       *int64  `json:"stored,omitempty"`             // orders that the database has of this run
	Verify       string  `json:"verify,omitempty"`             // clean, failed or skipped
}

func round(x float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(x*p) / p
}

// JSON writes the result as one line.
func (r *Result) JSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// Table writes the result for people.
func (r *Result) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	maybe := func(name, format string, v float64) {
		if v != 0 {
			row(name, format, v)
		}
	}
	if r.Engine != "" {
		row("database", "%s", r.Engine)
	}
	row("load", "%d clients, %s, orders of %d lines out of %d SKUs, provider %s, %.1f s", r.Clients, r.Kind, r.Lines, r.SKUs, r.Provider, r.Seconds)
	if r.What == "lifecycle" {
		row("orders at the door", "%d; the last capture %.2f s later", r.Orders, r.Drain)
	} else {
		row("orders placed", "%d", r.Orders)
	}
	row("rate", "%.1f orders/s", r.Rate)
	row("answered within", "p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, max %.2f ms", r.P50, r.P90, r.P99, r.Max)
	row("refused", "%d %s", r.Refused, byStatus(r.RefusedBy))
	row("errors", "%d %s", r.Errors, r.FirstError)
	maybe("CPU per order, server", "%.3f ms", r.ServerCPU)
	maybe("CPU per order, database", "%.3f ms", r.DatabaseCPU)
	maybe("CPU per order, generator", "%.3f ms", r.ClientCPU)
	maybe("commands per commit", "%.1f", r.Batch)
	maybe("batches that ran again", "%.0f", r.Conflicts)
	maybe("allocations per order", "%.0f", r.Allocs)
	maybe("bytes allocated per order", "%.0f", r.AllocBytes)
	maybe("memory of the server", "%.0f MiB", r.RSS)
	maybe("database bytes per order", "%.0f", r.DatabaseSize)
	if r.Stored != nil {
		row("orders stored", "%d of %d answered", *r.Stored, r.Placed)
	}
	row("verify", "%s", r.Verify)
	return t.Flush()
}

func byStatus(m map[string]int64) string {
	if len(m) == 0 {
		return ""
	}
	b, _ := json.Marshal(m) // a map of strings and numbers
	return string(b)
}
