package facts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/project"
	"ordo/internal/service"
)

// Case is one case of the customer service, as its last event left it. Its days are UTC. Limits and what was used of
// them are seconds of working time; a clock that was met late, or ran out, is missed.
type Case struct {
	ID       string `col:"case_id"`
	Number   string `col:"number"`
	Status   string `col:"status"`
	Queue    string `col:"queue"`
	Owner    string `col:"owner"`
	Priority string `col:"priority"`
	Origin   string `col:"origin"`
	Cause    string `col:"cause"` // exception that opened it; "" for none
	Policy   string `col:"policy"`
	Customer string `col:"customer"` // id
	Order    string `col:"order_id"` // first that it is about; "" for none

	OpenedAt   int64  `col:"opened_at"`
	OpenedHour string `col:"opened_hour"`
	RepliedAt  int64  `col:"replied_at"` // first
	ResolvedAt int64  `col:"resolved_at"`
	ClosedAt   int64  `col:"closed_at"`
	Reopened   int64  `col:"reopened"`
	Paused     int64  `col:"paused"` // seconds that it waited for the customer
	Entries    int64  `col:"entries"`

	FirstLimit  int64 `col:"first_limit"` // 0: no target
	FirstUsed   int64 `col:"first_used"`
	FirstDueAt  int64 `col:"first_due_at"` // while the clock runs
	FirstMet    int64 `col:"first_met"`    // 1: in time
	FirstMissed int64 `col:"first_missed"`

	NextAsked  int64 `col:"next_asked"` // how often the customer wrote again and waited for an answer
	NextMissed int64 `col:"next_missed"`

	ResolutionLimit  int64 `col:"resolution_limit"`
	ResolutionUsed   int64 `col:"resolution_used"`
	ResolutionDueAt  int64 `col:"resolution_due_at"`
	ResolutionMet    int64 `col:"resolution_met"`
	ResolutionMissed int64 `col:"resolution_missed"`
}

// OfCase reports whether an event is one of a case.
func OfCase(row *journal.Row) bool { return strings.HasPrefix(row.Aggregate, "case_") }

// CaseFile is a case on the way through its events. The zero value is one without any.
type CaseFile struct {
	now    *service.Case
	since  micros.Time // it waits for the customer since then; 0: it does not
	paused micros.Time // microseconds that it has waited before
	asked  int64
	missed int64
	clock  service.Clock // of the answer that the customer waits for
}

// Add folds the next event of the case.
func (f *CaseFile) Add(row *journal.Row) error {
	var b struct {
		Case *service.Case `json:"case"`
	}
	if err := jsonx.Unmarshal(row.Body, &b); err != nil {
		return fmt.Errorf("journal row %d: %w", row.Seq, err)
	}
	if b.Case == nil {
		return nil
	}
	f.now = b.Case
	switch waits := f.now.Status == service.PendingCustomer; {
	case waits && f.since == 0:
		f.since = row.At
	case !waits && f.since != 0:
		f.paused, f.since = f.paused+row.At-f.since, 0
	}
	if k := f.now.Clock(service.NextResponse); k != nil {
		if k.StartedAt != f.clock.StartedAt {
			f.asked++
			f.clock = service.Clock{}
		}
		if late(k) && !late(&f.clock) {
			f.missed++
		}
		f.clock = *k
	}
	return nil
}

// late reports whether a clock ran out before it was met.
func late(k *service.Clock) bool { return k.BreachedAt != 0 || k.MetAt != 0 && k.Used > k.Limit }

// Rows are the facts of the case as of its last event.
func (f *CaseFile) Rows() []Case {
	c := f.now
	if c == nil {
		return nil
	}
	r := Case{
		ID: c.ID, Number: c.Number, Status: string(c.Status), Queue: c.Queue, Owner: c.Owner, Priority: string(c.Priority), Origin: c.Origin, Policy: c.Policy, Customer: c.Customer,
		OpenedAt: int64(c.OpenedAt), OpenedHour: c.OpenedAt.Std().Format("2006-01-02T15"), RepliedAt: int64(c.RepliedAt), ResolvedAt: int64(c.ResolvedAt), ClosedAt: int64(c.ClosedAt),
		Reopened: c.Reopened, Paused: int64(f.paused) / 1_000_000, Entries: c.Entries, NextAsked: f.asked, NextMissed: f.missed,
	}
	if c.Cause != nil {
		r.Cause = c.Cause.Kind
	}
	if len(c.Orders) > 0 {
		r.Order = c.Orders[0]
	}
	target(c.Clock(service.FirstResponse), &r.FirstLimit, &r.FirstUsed, &r.FirstDueAt, &r.FirstMet, &r.FirstMissed)
	target(c.Clock(service.Resolution), &r.ResolutionLimit, &r.ResolutionUsed, &r.ResolutionDueAt, &r.ResolutionMet, &r.ResolutionMissed)
	return []Case{r}
}

func target(k *service.Clock, limit, used, due, met, missed *int64) {
	if k == nil {
		return
	}
	*limit, *used, *due = k.Limit, k.Used, int64(k.DueAt)
	switch {
	case late(k):
		*missed = 1
	case k.MetAt != 0:
		*met = 1
	}
}

// rememberedCase is a case that the reader met lately.
type rememberedCase struct {
	file    CaseFile
	written []Case
}

// foldCases adds the events to the cases that they are about, and returns the rows that became others.
func (r *reader) foldCases(ctx context.Context, q project.Querier, rows []journal.Row) (changed changes[Case], err error) {
	var touched, missing []string
	for i := range rows {
		id := rows[i].Aggregate
		if !OfCase(&rows[i]) || slices.Contains(touched, id) {
			continue
		}
		touched = append(touched, id)
		if r.cases[id] == nil {
			r.cases[id] = &rememberedCase{}
			if rows[i].Type != "case.opened" {
				missing = append(missing, id)
			}
		}
	}
	if len(missing) > 0 {
		err := r.earlier(ctx, q, missing, rows[0].Seq, func(e *journal.Row) error { return r.cases[e.Aggregate].file.Add(e) })
		if err != nil {
			return changed, err
		}
		for _, id := range missing {
			r.cases[id].written = r.cases[id].file.Rows()
		}
	}
	for i := range rows {
		if OfCase(&rows[i]) {
			if err := r.cases[rows[i].Aggregate].file.Add(&rows[i]); err != nil {
				return changed, err
			}
		}
	}
	for _, id := range touched {
		c := r.cases[id]
		now := c.file.Rows()
		changed.add(Cases, id, c.written, now)
		c.written = now
	}
	return changed, nil
}
