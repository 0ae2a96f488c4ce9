package work

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"ordo/internal/doc"
	"ordo/internal/errs"
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

// Answers that were given after saving what is erased say nothing any more, also those of the same batch and those about
// several things; their keys stay used. Others stay as they are.
func TestEraseAnswers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		save := func(ids ...string) cmd {
			return run(func(u *Unit) (any, error) {
				for _, id := range ids {
					orders.Create(u, &tOrder{Meta: doc.Meta{ID: id}})
				}
				return "Ann", nil
			})
		}
		erase := func(ids ...string) cmd {
			return run(func(u *Unit) (any, error) {
				for _, id := range ids {
					o, err := orders.Get(u, id)
					if err != nil {
						return nil, err
					}
					if err := orders.Put(u, o); err != nil {
						return nil, err
					}
					u.Erase(id)
				}
				return "erased", nil
			})
		}
		under := func(k string) Meta { return Meta{Key: key(k), Render: render} }
		for i, ids := range [][]string{{"a"}, {"b", "c"}, {"d"}} {
			if out := Submit[any](t.Context(), c, save(ids...), under(fmt.Sprint(i))); out.Err != nil {
				t.Fatal(out.Err)
			}
		}
		outs := together(t, c, []Meta{under("3"), under("erase")}, save("e", "f"), erase("a", "c", "f"))
		if outs[0].Err != nil || outs[1].Err != nil {
			t.Fatal(outs)
		}
		for k, gone := range map[string]bool{"0": true, "1": true, "2": false, "3": true, "erase": false} {
			out := Submit[any](t.Context(), c, save("x"), under(k))
			if gone != errs.Is(out.Err, "answer_erased") || gone == out.Replayed {
				t.Errorf("key %s: %+v", k, out)
			}
		}
		if n := count(t, db, "idempotency WHERE state = 'erased' AND length(body) = 0"); n != 3 {
			t.Errorf("%d answers are blank", n)
		}
		if n := count(t, db, "answer_subjects"); n != 2 {
			t.Errorf("%d answers are about more than one thing", n)
		}
		if err := SweepAnswers(t.Context(), db, -time.Hour); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "idempotency") + count(t, db, "answer_subjects"); n != 0 {
			t.Errorf("%d rows after the sweep", n)
		}
	})
}

// What a command wants to find settled is asked when all of its batch is written: only that command is refused, and
// what came before it in the batch is seen.
func TestSettled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		place := func(id string, want int) cmd {
			return run(func(u *Unit) (any, error) {
				orders.Create(u, &tOrder{Meta: doc.Meta{ID: id}, N: 1})
				u.Record(Event{Type: "x.happened", Aggregate: id, Body: map[string]int{}})
				if want > 0 {
					u.Settled(want, "SELECT id FROM orders WHERE placed_at = $1", int64(1))
				}
				return nil, nil
			})
		}
		outs := together(t, c, nil, place("a", 0), place("b", 1), place("c", 0), place("d", 3))
		for i, moved := range []bool{false, true, false, false} {
			if errors.Is(outs[i].Err, ErrMoved) != moved || !moved && outs[i].Err != nil {
				t.Errorf("command %d: %v", i, outs[i].Err)
			}
		}
		if n := count(t, db, "orders WHERE id <> 'b' AND placed_at = 1"); n != 3 {
			t.Errorf("%d orders", n)
		}
		if n := c.Stats.Refused.Load(); n != 0 {
			t.Errorf("%d batches count as refused: that something came between is no failure", n)
		}
		check(t, db)
	})
}
