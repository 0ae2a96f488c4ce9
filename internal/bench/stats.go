package bench

import (
	"slices"
	"time"
)

// percentile returns the smallest value that at least the share p of the sorted values does not exceed (nearest rank).
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(p * float64(len(sorted)))
	if float64(rank) < p*float64(len(sorted)) {
		rank++
	}
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// tally is what one client, or all together, saw.
type tally struct {
	took     []time.Duration // of the placements answered with 201 inside of the measured time
	placed   int64           // all placements answered with 201, from the first to the last
	refused  map[int]int64   // by status, inside of the measured time
	errors   int64           // no answer, or one that cannot be read
	firstErr error
}

func (t *tally) add(o *tally) {
	t.took = append(t.took, o.took...)
	t.placed += o.placed
	t.errors += o.errors
	if t.firstErr == nil {
		t.firstErr = o.firstErr
	}
	for status, n := range o.refused {
		t.refuse(status, n)
	}
}

func (t *tally) refuse(status int, n int64) {
	if t.refused == nil {
		t.refused = map[int]int64{}
	}
	t.refused[status] += n
}

func (t *tally) sum() *tally { slices.Sort(t.took); return t }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
