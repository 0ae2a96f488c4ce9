package work

import (
	"testing"

	"ordo/internal/store"
	"ordo/internal/storetest"
)

// What is erased is gone from the events before, also from those of the same batch, and the chain holds.
func TestErase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		threeEvents(t, db).Close()
		c := committer(t, db, oneWorker)
		tell := func(aggregate string, version int64, erase bool) cmd {
			return run(func(u *Unit) (any, error) {
				ev := Event{Type: "x.happened", Aggregate: aggregate, Version: version, Body: map[string]int{}, Personal: map[string]string{"name": "Ann"}}
				if erase {
					u.Erase(aggregate)
					ev.Type, ev.Personal = "x.erased", nil
				}
				u.Record(ev)
				return nil, nil
			})
		}
		for _, out := range together(t, c, nil, tell("y", 1, false), tell("x", 4, false), tell("x", 5, true)) {
			if out.Err != nil {
				t.Fatal(out.Err)
			}
		}
		do(t, c, tell("x", 6, false))
		for _, r := range allRows(t, db) {
			there := len(r.Personal) > 0
			if want := r.Aggregate == "y" || r.Version == 6; there != want || there != (len(r.Salt) > 0) {
				t.Errorf("row %d, version %d of %s: personal data is there: %v", r.Seq, r.Version, r.Aggregate, there)
			}
			if r.Aggregate == "x" && r.Version == 2 && len(r.Digest) == 0 {
				t.Error("the digest is gone")
			}
		}
		check(t, db)
	})
}
