package torture

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Report is what a run found.
type Report struct {
	Engine string
	Seed   uint64
	Drills []DrillResult
	Storm  Count
	Verify string // what verify found wrong; "" for nothing
	Took   time.Duration
}

// DrillResult is how one drill ended.
type DrillResult struct {
	Name, What string
	Took       time.Duration
	Err        error // what did not hold
}

// Count is what the storm acknowledged and what was there afterwards.
type Count struct {
	Rounds          int // kills
	Sent            int // orders that buyers wanted
	Acknowledged    int // orders that were answered with 201
	Declined        int // payments that were answered with 402
	Refused         int // answered with another 4xx: nothing was stored
	Steps           int // cancels, releases, shipments and deliveries that were answered with 200
	Found           int // acknowledged orders that are there afterwards
	Lost            int // acknowledged and not there
	Doubled         int // orders that nobody wanted: a second one for one wish
	Oversold        int // units promised beyond what was there
	DoublyCharged   int // orders for which more was taken than they cost, or a second authorization stands
	Returned        int // units whose return was answered as accepted
	WronglyRefunded int // orders that gave back other than what was accepted
	Unsettled       int // payments that stayed open for too long afterwards
}

// OK reports whether everything held.
func (r *Report) OK() bool {
	for _, d := range r.Drills {
		if d.Err != nil {
			return false
		}
	}
	c := r.Storm
	return r.Verify == "" && c.Lost+c.Doubled+c.Oversold+c.DoublyCharged+c.WronglyRefunded+c.Unsettled == 0
}

// Write prints the report for people.
func (r *Report) Write(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "ordo torture on %s, seed %d, %s\n\n", r.Engine, r.Seed, r.Took.Round(100*time.Millisecond))
	for _, d := range r.Drills {
		result := "held"
		if d.Err != nil {
			result = "BROKEN: " + d.Err.Error()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", d.Name, d.What, d.Took.Round(time.Millisecond), result)
	}
	if c := r.Storm; c.Rounds > 0 {
		fmt.Fprintf(t, "\nrounds\tsent\tacknowledged\tdeclined\trefused\tsteps\tfound\tlost\tdoubled\toversold\tdoubly charged\treturned\twrongly refunded\tunsettled\n")
		fmt.Fprintf(t, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n",
			c.Rounds, c.Sent, c.Acknowledged, c.Declined, c.Refused, c.Steps, c.Found, c.Lost, c.Doubled, c.Oversold, c.DoublyCharged, c.Returned, c.WronglyRefunded, c.Unsettled)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	verdict := "verify: clean\n"
	if r.Verify != "" {
		verdict = "verify: BROKEN\n" + r.Verify
	}
	_, err := fmt.Fprintf(out, "\n%s", verdict)
	return err
}
