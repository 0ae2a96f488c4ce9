package app

import (
	"context"
	"slices"
	"time"

	"ordo/internal/errs"
	"ordo/internal/facts"
	"ordo/internal/jobs"
	"ordo/internal/journal"
	"ordo/internal/micros"
	"ordo/internal/store"
	"ordo/internal/work"
)

// FactState is how far the facts of reports are.
type FactState struct {
	Through   int64       // position of the journal up to which they are made
	RebuildTo int64       // position that a rebuild has to reach; it is under way while Through is less
	RebuildAt micros.Time // when the last rebuild began
}

// Rebuilding reports whether the facts are being made anew, so that there are fewer of them than there should be.
func (s FactState) Rebuilding() bool { return s.Through < s.RebuildTo }

// FactState reads how far the facts are, on the snapshot that they are read from: in one statement, since a rebuild
// changes both parts at once.
func (a *App) FactState(ctx context.Context, r journal.Querier) (s FactState, err error) {
	err = r.Query(ctx, func(row store.Row) error { return row.Scan(&s.Through, &s.RebuildTo, &s.RebuildAt) },
		"SELECT j.seq, s.rebuild_to, s.rebuild_at FROM journal_readers AS j, fact_state AS s WHERE j.name = $1 AND s.id = 1", facts.ReaderName)
	return s, err
}

// factsWait is how long a report waits for what was committed just before.
const factsWait = 2 * time.Second

// AwaitFacts waits until the facts have all that is in the journal now, for a bounded time. Facts that are behind are
// right as of their position.
func (a *App) AwaitFacts(ctx context.Context) error {
	head, err := a.Head(ctx)
	if err != nil {
		return err
	}
	for end := time.Now().Add(factsWait); time.Now().Before(end); {
		s, err := a.FactState(ctx, a.DB)
		if err != nil || s.Through >= head.Seq || s.Rebuilding() {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// errFactsBehind says that a report has to wait.
var errFactsBehind = errs.New(errs.Unavailable, "rebuilding", "the facts of reports are not made up to now yet; try again in a moment")

// OnFacts runs f on one snapshot of the facts. Facts that are being made anew, or have not all up to a position of the
// journal, are refused as rebuilding; 0 takes them as of their position. It is the one way to the numbers of reports.
func (a *App) OnFacts(ctx context.Context, least int64, f func(store.Reader, FactState) error) error {
	return a.DB.Snapshot(ctx, func(r store.Reader) error {
		s, err := a.FactState(ctx, r)
		switch {
		case err != nil:
			return err
		case s.Rebuilding():
			return errs.New(errs.Unavailable, "rebuilding", "the facts of reports are made up to position %d of %d", s.Through, s.RebuildTo)
		case s.Through < least:
			return errFactsBehind
		}
		return f(r, s)
	})
}

// jobRebuildFacts throws the facts away.
const jobRebuildFacts = "rebuild_facts"

// RebuildFacts has the facts made anew from the first event. The job that it leaves throws them away.
type RebuildFacts struct{}

// Needs implements work.Command.
func (RebuildFacts) Needs(*work.Needs) {}

// Run implements work.Command. It returns the job's id.
func (RebuildFacts) Run(u *work.Unit) (string, error) {
	id := u.Enqueue(jobRebuildFacts, struct{}{}, 0) // as soon as anybody can
	u.Record(work.Event{Type: "report.rebuild_requested", Aggregate: id, Version: 1, Body: struct{}{}})
	return id, nil
}

// RequestRebuild runs RebuildFacts.
func (a *App) RequestRebuild(ctx context.Context, meta work.Meta) work.Outcome {
	return work.Submit(ctx, a.Committer, RebuildFacts{}, meta)
}

func registerReports(a *App) {
	a.Jobs.Handle(jobRebuildFacts, func(ctx context.Context, _ jobs.Job) error { return a.rebuildFacts(ctx) })
}

// refoldFacts makes the facts anew where another version of this program has made them.
func (a *App) refoldFacts(ctx context.Context) error {
	var version, began int64
	err := a.DB.Query(ctx, func(r store.Row) error { return r.Scan(&version, &began) },
		"SELECT version, (SELECT COUNT(*) FROM journal_readers WHERE name = $1) FROM fact_state WHERE id = 1", facts.ReaderName)
	if err != nil || version == facts.Version {
		return err
	}
	if began == 0 { // there are none yet
		return store.Write(ctx, a.DB, func(tx store.Tx) error {
			return tx.Do(ctx, &store.Stmt{SQL: "UPDATE fact_state SET version = $1", Args: []any{facts.Version}, Want: 1})
		})
	}
	return a.rebuildFacts(ctx)
}

// rebuildFacts throws the facts away and has their reader begin anew, in one transaction. The cursor is written first:
// a reader that is about to commit a page waits there and finds that the page counts no more, or has committed it
// before anything is thrown away.
func (a *App) rebuildFacts(ctx context.Context) error {
	head, err := a.Head(ctx)
	if err != nil {
		return err
	}
	return store.Write(ctx, a.DB, func(tx store.Tx) error {
		stmts := []*store.Stmt{
			{SQL: "UPDATE journal_readers SET seq = 0 WHERE name = $1", Args: []any{facts.ReaderName}, Want: 1},
			{SQL: "UPDATE fact_state SET rebuild_to = $1, rebuild_at = $2, version = $3 WHERE id = 1", Args: []any{head.Seq, int64(micros.Of(time.Now())), facts.Version}, Want: 1},
		}
		for _, table := range slices.Concat(facts.Tables, facts.SumTables) {
			stmts = append(stmts, &store.Stmt{SQL: "DELETE FROM " + table, Want: store.AnyRows})
		}
		return tx.Do(ctx, stmts...)
	})
}
