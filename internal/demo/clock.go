package demo

import (
	"sync/atomic"
	"time"

	"ordo/internal/micros"
	"ordo/internal/retail"
)

// clock is the time of a demo's server. While the days are replayed it is behind: the invoices come when they came, moved
// by so many days that the last one comes at the first start of the demo. It never runs backward, and is right afterward.
type clock struct {
	behind atomic.Int64  // nanoseconds
	shift  time.Duration // from the time of an invoice to that of its order
}

// lead is the time before the first invoice: the catalog is made and the goods come in.
const lead = time.Hour

// newClock begins before the first invoice of a plan whose last one comes at the time. A plan without any is now.
func newClock(p *retail.Plan, last time.Time) *clock {
	var from, to time.Time
	for _, o := range p.Orders {
		if from.IsZero() || o.PlacedAt.Before(from) {
			from = o.PlacedAt
		}
		if o.PlacedAt.After(to) {
			to = o.PlacedAt
		}
	}
	k := &clock{shift: last.Sub(to)}
	if !from.IsZero() {
		k.behind.Store(int64(max(0, time.Since(from.Add(k.shift-lead)))))
	}
	return k
}

// reach goes on to the time of an invoice, unless it is that late already.
func (k *clock) reach(at time.Time) {
	behind := int64(max(0, time.Since(at.Add(k.shift))))
	for {
		old := k.behind.Load()
		if behind >= old || k.behind.CompareAndSwap(old, behind) {
			return
		}
	}
}

// catchUp ends the past.
func (k *clock) catchUp() { k.behind.Store(0) }

func (k *clock) now() time.Time { return time.Now().Add(-time.Duration(k.behind.Load())) }

func (k *clock) micros() micros.Time { return micros.Of(k.now()) }
