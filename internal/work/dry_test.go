package work

import (
	"fmt"
	"testing"

	"ordo/internal/inventory"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

var tables = []string{
	"orders", "payments", "products", "locations", "channels", "catalog_head", "unique_keys", "stock_positions",
	"journal", "journal_head", "idempotency", "answer_subjects", "jobs", "number_blocks",
}

// content is a digest of the database that any write changes.
func content(t *testing.T, db store.DB) string {
	t.Helper()
	out := ""
	for _, table := range tables {
		out += fmt.Sprint(table, count(t, db, table), " ")
	}
	return out + fmt.Sprint(
		query[int64](t, db, "SELECT next FROM number_blocks"), query[int64](t, db, "SELECT version FROM catalog_head"),
		query[int64](t, db, "SELECT seq FROM journal_head"), query[int64](t, db, "SELECT COALESCE(SUM(on_hand), 0) FROM stock_positions"))
}

func TestDryRunWritesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db)
		do(t, c, stager("a", func(*Unit) error { return nil }))
		before := content(t, db)
		fine := stager("b", func(u *Unit) error {
			if n, err := u.OrderNumber(); err != nil || n != "" {
				return fmt.Errorf("it does not know that it is a dry run")
			}
			return nil
		})
		v, err := DryRun[any](t.Context(), c, fine, Meta{Key: key("k"), Render: render})
		if err != nil || v != "ok b" {
			t.Error(v, err)
		}
		if out := Submit[any](t.Context(), c, fine, Meta{Try: true}); out.Err == nil {
			t.Error("a dry run was submitted")
		}
		_, err = DryRun[any](t.Context(), c, stager("b", func(*Unit) error { return errRule }), Meta{})
		wantCode(t, err, "rule")
		_, err = DryRun[any](t.Context(), c, stager("b", func(*Unit) error { panic("x") }), Meta{})
		wantCode(t, err, "internal")
		if after := content(t, db); after != before {
			t.Errorf("before %s\nafter  %s", before, after)
		}
		_, err = DryRun[any](t.Context(), c, run(func(u *Unit) (any, error) {
			p, err := payments.Get(u, "pay_a")
			if err != nil {
				return nil, err
			}
			return nil, u.CheckVersion("payment", p.Version)
		}), Meta{ExpectedVersion: 9})
		wantCode(t, err, "version_mismatch")
		do(t, c, fineAgain)
		check(t, db)
	})
}

// What was decided dry is decided in the same way wet.
var fineAgain = stager("b", func(*Unit) error { return nil })

func TestDryRunWaitsForNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db)
		do(t, c, stager("a", func(*Unit) error { return nil }))
		tx, err := db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		for _, table := range tables {
			lock := "UPDATE " + table + " SET " + map[string]string{"stock_positions": "on_hand = on_hand + 100", "journal": "personal = NULL"}[table]
			if table != "stock_positions" && table != "journal" {
				lock = "SELECT 1 FROM " + table + db.Dialect().Lock
			}
			s := &store.Stmt{SQL: lock, Want: store.AnyRows}
			if err := tx.Do(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		got, err := DryRun[any](t.Context(), c, run(func(u *Unit) (any, error) {
			if err := products.Refs(u, []string{"prod_a"}); err != nil {
				return nil, err
			}
			p, err := payments.Get(u, "pay_a")
			if err != nil {
				return nil, err
			}
			if err := payments.Put(u, p); err != nil {
				return nil, err
			}
			r, err := products.Get(u, "prod_a")
			if err != nil {
				return nil, err
			}
			if err := products.Put(u, r); err != nil {
				return nil, err
			}
			s, err := u.Position("S-a", "L")
			return s.Get(inventory.OnHand), err
		}), Meta{})
		if err != nil || got != int64(5) {
			t.Error(got, err)
		}
	})
}

func TestDryRunSeesOneMoment(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db)
		set := func(amount int64) cmd {
			return run(func(u *Unit) (any, error) {
				for _, id := range []string{"pay_1", "pay_2"} {
					p := &tPayment{Order: "o", Amount: amount}
					p.ID = id
					if err := payments.Put(u, p); err != nil {
						return nil, err
					}
					u.Record(Event{Type: "payment.saved", Aggregate: id})
				}
				return nil, nil
			})
		}
		do(t, c, set(1))
		changed := false
		got, err := DryRun[any](t.Context(), c, run(func(u *Unit) (any, error) {
			one, err := payments.Get(u, "pay_1")
			if err != nil {
				return nil, err
			}
			if !changed {
				changed = true
				do(t, c, set(2))
			}
			two, err := payments.Get(u, "pay_2")
			if err != nil {
				return nil, err
			}
			return fmt.Sprint(one.Amount, two.Amount), nil
		}), Meta{})
		if err != nil || got != "1 1" {
			t.Error(got, err)
		}
	})
}

// An interface with nothing in it is an answer too.
func TestDryRunOfNil(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db)
		if v, err := DryRun[any](t.Context(), c, run(func(*Unit) (any, error) { return nil, nil }), Meta{}); v != nil || err != nil {
			t.Error(v, err)
		}
	})
}
