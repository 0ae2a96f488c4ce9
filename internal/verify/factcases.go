package verify

import (
	"context"

	"ordo/internal/facts"
	"ordo/internal/journal"
)

// caseFile is a case's events and its facts as they are stored.
type caseFile struct {
	events []journal.Row
	have   []facts.Case
}

// readCaseFacts folds the events of each case again and compares with its facts. It returns how many rows it met.
func (v *run) readCaseFacts(ctx context.Context) (met int64, err error) {
	r := v.total.of("facts.cases")
	for after := "case_"; ; {
		page := map[string]*caseFile{}
		ids, err := v.factEvents(ctx, after, "case`", func(id string) { page[id] = &caseFile{} }, func(e *journal.Row) {
			page[e.Aggregate].events = append(page[e.Aggregate].events, *e)
		})
		if err != nil || len(ids) == 0 {
			return met, err
		}
		after = ids[len(ids)-1]
		err = readTable(ctx, v, facts.Cases, ids, func(c facts.Case) { page[c.ID].have = append(page[c.ID].have, c) })
		if err != nil {
			return met, err
		}
		for _, id := range ids {
			f := page[id]
			met += int64(len(f.have))
			guard(r, "case "+id, func() { f.check(r, id) })
		}
	}
}

func (f *caseFile) check(r *result, id string) {
	var file facts.CaseFile
	for i := range f.events {
		if file.Add(&f.events[i]) != nil {
			return // journal.events says so
		}
	}
	sameRows(r, "case "+id, f.have, file.Rows(), func(c facts.Case) string { return c.ID })
}
