package inventory

import (
	"slices"
	"strconv"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// CountStatus is the state of a cycle count.
type CountStatus string

// The states of a count. A recount goes back to counting, with a fresh snapshot.
const (
	CountDraft    CountStatus = "draft"
	CountCounting CountStatus = "counting"
	CountReview   CountStatus = "pending_review"
	CountApproved CountStatus = "approved"
	CountPosted   CountStatus = "posted"
	CountRejected CountStatus = "rejected"
)

// CountStatuses lists them all.
var CountStatuses = []CountStatus{CountDraft, CountCounting, CountReview, CountApproved, CountPosted, CountRejected}

var countSteps = steps[CountStatus]{
	CountDraft:    {"start", "reject"},
	CountCounting: {"record", "submit", "reject"},
	CountReview:   {"approve", "recount", "reject"},
	CountApproved: {"post"},
}

// Count compares what is in the building with what the books say, while orders go on shipping. The start takes a
// snapshot of the books; each line is compared with the books of the moment in which it was counted; what is posted is
// the difference, not the number, so that movements before and after it stay true.
type Count struct {
	doc.Meta
	Location  string      `json:"location"`
	Status    CountStatus `json:"status"`
	Reference string      `json:"reference,omitzero"`
	Reason    string      `json:"reason"` // that posting gives for its movements
	Tolerance int64       `json:"tolerance"`
	Round     int64       `json:"round,omitzero"` // rises with each start
	Lines     []CountLine `json:"lines"`
	Automatic bool        `json:"automatic,omitzero"` // approved because every line was within the tolerance
	CreatedAt micros.Time `json:"created_at"`
	StartedAt micros.Time `json:"started_at,omitzero"`
	ClosedAt  micros.Time `json:"closed_at,omitzero"` // posted or rejected
}

// CountLine is one SKU. Counted is nil until somebody has counted.
type CountLine struct {
	SKU       string      `json:"sku"`
	Expected  int64       `json:"expected"`         // on hand at the start
	Moved     int64       `json:"moved,omitzero"`   // what came and went from the start to the moment of counting
	Counted   *int64      `json:"counted,omitzero"` // everything in the building, also what is damaged or packed
	CountedAt micros.Time `json:"counted_at,omitzero"`
	Variance  int64       `json:"variance,omitzero"` // counted - (expected + moved)
}

// CountReasons are the reasons that posting a count gives.
var CountReasons = []string{"cycle_count", "shrinkage", "audit", "correction"}

// Tally is what somebody counted of a SKU.
type Tally struct {
	SKU     string
	Counted int64
}

// Allowed lists what may happen now.
func (c *Count) Allowed() []string { return countSteps.allowed(c.Status) }

// SKUs lists what is counted.
func (c *Count) SKUs() []string {
	out := make([]string, len(c.Lines))
	for i, l := range c.Lines {
		out[i] = l.SKU
	}
	return out
}

// Start takes the snapshot: onHand tells what the books say of a SKU now.
func (c *Count) Start(onHand func(sku string) int64, now micros.Time) (*Count, error) {
	return c.start("start", onHand, now)
}

// Recount throws away what was counted and starts anew.
func (c *Count) Recount(onHand func(sku string) int64, now micros.Time) (*Count, error) {
	return c.start("recount", onHand, now)
}

func (c *Count) start(event string, onHand func(string) int64, now micros.Time) (*Count, error) {
	if err := countSteps.check("the count", c.Status, event); err != nil {
		return c, err
	}
	n := *c
	n.Status, n.StartedAt, n.Round = CountCounting, now, c.Round+1
	n.Lines = make([]CountLine, len(c.Lines))
	for i, l := range c.Lines {
		n.Lines[i] = CountLine{SKU: l.SKU, Expected: onHand(l.SKU)}
	}
	return &n, nil
}

// Record notes what was counted just now; a SKU may be counted again until the count is submitted.
func (c *Count) Record(tallies []Tally, onHand func(sku string) int64, now micros.Time) (*Count, error) {
	if err := countSteps.check("the count", c.Status, "record"); err != nil {
		return c, err
	}
	n := *c
	n.Lines = slices.Clone(c.Lines)
	var list errs.List
	if len(tallies) == 0 {
		list.Add("/lines", "required", "say what was counted")
	}
	seen := map[string]bool{}
	for i, t := range tallies {
		at := "/lines/" + strconv.Itoa(i)
		j := slices.IndexFunc(n.Lines, func(l CountLine) bool { return l.SKU == t.SKU })
		switch {
		case j < 0:
			list.Add(at+"/sku", "unknown_sku", "the count has no %q", errs.Clip(t.SKU))
			continue
		case seen[t.SKU]:
			list.Add(at+"/sku", "duplicate", "%s stands above already; add the numbers up", t.SKU)
		case t.Counted < 0 || t.Counted > MaxQuantity:
			list.Add(at+"/counted", "out_of_range", "give a number from 0 to %d", int64(MaxQuantity))
		}
		seen[t.SKU] = true
		l, counted := &n.Lines[j], t.Counted
		l.Moved, l.Counted, l.CountedAt = onHand(t.SKU)-l.Expected, &counted, now
		l.Variance = counted - l.Expected - l.Moved
	}
	return &n, list.Err()
}

// Submit ends the counting. It is approved at once when no line differs by more than the tolerance.
func (c *Count) Submit() (*Count, error) {
	if err := countSteps.check("the count", c.Status, "submit"); err != nil {
		return c, err
	}
	n := *c
	n.Status, n.Automatic = CountApproved, true
	for _, l := range c.Lines {
		if l.Counted == nil {
			return c, errs.New(errs.Conflict, "not_counted", "%s was not counted yet; record it, or reject the count", l.SKU).With("sku", l.SKU)
		}
		if max(l.Variance, -l.Variance) > c.Tolerance {
			n.Status, n.Automatic = CountReview, false
		}
	}
	return &n, nil
}

// Approve accepts differences beyond the tolerance.
func (c *Count) Approve() (*Count, error) {
	return c.to("approve", CountApproved, 0)
}

// Reject ends it without any effect on stock.
func (c *Count) Reject(now micros.Time) (*Count, error) {
	return c.to("reject", CountRejected, now)
}

// Post ends it. The movements are the variances; whether stock can take them, Adjust decides.
func (c *Count) Post(now micros.Time) (*Count, []Movement, error) {
	n, err := c.to("post", CountPosted, now)
	if err != nil {
		return c, nil, err
	}
	var moves []Movement
	for _, l := range c.Lines {
		if l.Variance != 0 {
			moves = append(moves, Movement{l.SKU, c.Location, OnHand, l.Variance})
		}
	}
	return n, moves, nil
}

func (c *Count) to(event string, state CountStatus, closed micros.Time) (*Count, error) {
	if err := countSteps.check("the count", c.Status, event); err != nil {
		return c, err
	}
	n := *c
	n.Status, n.ClosedAt = state, closed
	return &n, nil
}
