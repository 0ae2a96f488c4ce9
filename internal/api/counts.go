package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/inventory"
)

// Count is a cycle count.
type Count struct {
	ID        *string     `json:"id" doc:"null in a dry run"`
	Version   int64       `json:"version"`
	Location  string      `json:"location" doc:"location code"`
	Status    string      `json:"status" enum:"draft,counting,pending_review,approved,posted,rejected"`
	Reason    string      `json:"reason" doc:"that posting gives for its movements"`
	Reference string      `json:"reference,omitzero"`
	Tolerance int64       `json:"tolerance" doc:"units that a line may differ by without review"`
	Round     int64       `json:"round" doc:"how often it was started"`
	Automatic bool        `json:"automatic" doc:"approved because every line was within the tolerance"`
	Lines     []CountLine `json:"lines"`
	Allowed   []string    `json:"allowed" doc:"what may happen to it now"`
	CreatedAt string      `json:"created_at" format:"date-time"`
	StartedAt string      `json:"started_at,omitzero" format:"date-time"`
	Seq       int64       `json:"started_seq,omitzero" doc:"position of the start in the journal: expected is on hand as of it"`
	ClosedAt  string      `json:"closed_at,omitzero" format:"date-time" doc:"posted or rejected"`
}

// CountLine is one SKU of a count.
type CountLine struct {
	SKU       string `json:"sku"`
	Expected  int64  `json:"expected" doc:"on hand at the start"`
	Moved     int64  `json:"moved" doc:"what came and went from the start to the moment of counting"`
	Counted   *int64 `json:"counted,omitzero" doc:"left out until it was counted"`
	Variance  int64  `json:"variance" doc:"counted - (expected + moved)"`
	CountedAt string `json:"counted_at,omitzero" format:"date-time"`
}

// CreateCount is the body of POST /v1/counts.
type CreateCount struct {
	Location  string   `json:"location" doc:"location code" minLength:"1" maxLength:"64" example:"HULL"`
	SKUs      []string `json:"skus" minItems:"1" maxItems:"1000"`
	Reason    string   `json:"reason" enum:"cycle_count,shrinkage,audit,correction" doc:"that posting gives for its movements"`
	Reference string   `json:"reference,omitzero" maxLength:"100"`
	Tolerance int64    `json:"tolerance,omitzero" doc:"units that a line may differ by without review" minimum:"0" maximum:"1000000000"`
}

// RecordCount is the body of POST /v1/counts/{id}/record.
type RecordCount struct {
	Lines []CountTally `json:"lines" minItems:"1" maxItems:"1000"`
}

// CountTally is what somebody counted just now.
type CountTally struct {
	SKU     string `json:"sku" minLength:"1" maxLength:"64" example:"MUG"`
	Counted int64  `json:"counted" doc:"everything in the building, also what is damaged, picked or packed" minimum:"0" maximum:"1000000000"`
}

func (c *call) countJSON(n *inventory.Count) Count {
	out := Count{
		ID: &n.ID, Version: n.Version, Location: n.Location, Status: string(n.Status), Reason: n.Reason, Reference: n.Reference, Tolerance: n.Tolerance, Round: n.Round,
		Automatic: n.Automatic, Lines: make([]CountLine, len(n.Lines)), Allowed: n.Allowed(), CreatedAt: n.CreatedAt.String(), StartedAt: n.StartedAt.String(), ClosedAt: n.ClosedAt.String(),
	}
	if c.dryRun() && c.route.op == "createCount" {
		out.ID = nil
	}
	for i, l := range n.Lines {
		out.Lines[i] = CountLine{l.SKU, l.Expected, l.Moved, l.Counted, l.Variance, l.CountedAt.String()}
	}
	return out
}

func createCount(c *call) error {
	var in CreateCount
	if err := c.shared(&in); err != nil {
		return err
	}
	cmd := app.CreateCount(in)
	return perform(c, &cmd, http.StatusCreated, c.countJSON)
}

func getCount(c *call) error {
	id, err := c.sharedID("cnt", "count")
	if err != nil {
		return err
	}
	n, seq, err := c.s.app.Count(c.r.Context(), id)
	if err != nil {
		return away(err)
	}
	v := c.countJSON(n)
	v.Seq = seq
	return c.reply(http.StatusOK, v)
}

func listCounts(c *call) error {
	after, limit, err := c.sharedPage("cnt")
	if err != nil {
		return err
	}
	rows, err := c.s.app.Counts(c.r.Context(), c.query.Get("location"), c.query.Get("status"), after, limit+1)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, c.countJSON, func(n *inventory.Count) string { return n.ID }))
}

func recordCount(c *call) error {
	var in RecordCount
	return c.stepCount("record", &in, func(cmd *app.MoveCount) {
		for _, l := range in.Lines {
			cmd.Tallies = append(cmd.Tallies, inventory.Tally(l))
		}
	})
}

// countStep handles the steps that take no body.
func countStep(step string) func(*call) error {
	return func(c *call) error { return c.stepCount(step, nil, func(*app.MoveCount) {}) }
}

func (c *call) stepCount(step string, in any, fill func(*app.MoveCount)) error {
	id, err := c.sharedID("cnt", "count")
	if err != nil {
		return err
	}
	if in == nil {
		in = &struct{}{}
	}
	if err := c.decode(in); err != nil {
		return err
	}
	cmd := app.MoveCount{Count: id, Step: step}
	fill(&cmd)
	return perform(c, &cmd, http.StatusOK, c.countJSON)
}
