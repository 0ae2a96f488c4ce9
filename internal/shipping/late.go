package shipping

import (
	"time"

	"ordo/internal/micros"
)

// What endangers a delivery.
const (
	NoPickupScan = "no_pickup_scan" // the parcel is said to be ready or gone, and its carrier has not scanned it
	NoMovement   = "no_movement"    // nothing is heard of it any more
	PastPromise  = "past_promise"   // the promised day is over, and it is not delivered
)

// LateCauses lists them.
var LateCauses = []string{NoPickupScan, NoMovement, PastPromise}

// Patience is how long a parcel may keep silent. Zero waits for ever.
type Patience struct {
	Pickup   time.Duration // from label or dispatch to the first scan
	Movement time.Duration // from one scan to the next
}

// Silent tells what the silence of a label's carrier endangers; "" for nothing. sent is when the package left, 0 while
// it has not. Carriers that report nothing are not expected to: a table's labels only count once a scan was written.
func (p Patience) Silent(l *Label, sent, now micros.Time) string {
	t := l.Tracking
	switch {
	case l.Status != Labeled || t.Ended() || t.Code == Lost || l.Provider == Table && len(t.Scans) == 0:
		return ""
	case t.Code == "" || t.Code == PreTransit:
		from := l.LabeledAt
		if sent > 0 {
			from = sent
		}
		if p.Pickup > 0 && now >= from.Add(p.Pickup) {
			return NoPickupScan
		}
	case t.Code == AvailableForPickup: // it waits for the customer
	case p.Movement > 0 && now >= t.Scans[len(t.Scans)-1].At.Add(p.Movement):
		return NoMovement
	}
	return ""
}

// Overdue reports whether a promised day is over, by UTC.
func Overdue(promised Date, now micros.Time) bool {
	return promised != 0 && DateOf(now.Std().UTC()) > promised
}
