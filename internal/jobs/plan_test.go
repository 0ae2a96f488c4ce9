package jobs

import (
	"strings"
	"testing"

	"ordo/internal/store"
)

// However many jobs wait for later, looking for due ones reads the index only up to now.
func TestLookingForDueJobsReadsTheIndex(t *testing.T) {
	each(t, func(t *testing.T, db store.DB) {
		r := NewRunner(db, "a", nil)
		r.Handle("k", nil)
		r.sql = r.statements()
		var plan strings.Builder
		scan := func(row store.Row) error {
			var line string
			var a, b, c int64
			dest := []any{&line}
			if db.Dialect().Name == "sqlite" {
				dest = []any{&a, &b, &c, &line}
			}
			err := row.Scan(dest...)
			plan.WriteString(strings.ReplaceAll(line, " ", "") + "\n")
			return err
		}
		explain := map[string]string{"sqlite": "EXPLAIN QUERY PLAN ", "postgres": "EXPLAIN "}[db.Dialect().Name]
		err := db.Query(t.Context(), scan, explain+r.sql.due, r.timed()...)
		if err != nil || !strings.Contains(plan.String(), "jobs_due") || !strings.Contains(plan.String(), "run_at<") || strings.Contains(plan.String(), "SeqScan") {
			t.Errorf("%v\n%s", err, plan.String())
		}
	})
}
