package work

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/micros"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

func exec(db store.DB, sql string, args ...any) error {
	return store.Write(context.Background(), db, func(tx store.Tx) error {
		return tx.Do(context.Background(), &store.Stmt{SQL: sql, Args: args, Want: store.AnyRows})
	})
}

// threeEvents writes three rows, the second with personal data.
func threeEvents(t *testing.T, db store.DB) *Committer {
	t.Helper()
	c := committer(t, db)
	for i := range 3 {
		do(t, c, run(func(u *Unit) (any, error) {
			ev := Event{Type: "x.happened", Aggregate: "x", Version: int64(i + 1), Body: map[string]int{"n": i}}
			if i == 1 {
				ev.Personal = map[string]string{"name": "Ann"}
			}
			u.Record(ev)
			return nil, nil
		}), Meta{Actor: "key_1", RequestID: "req_1"})
	}
	return c
}

func TestChainShowsAnAlteredRow(t *testing.T) {
	disable := map[string][]string{
		"sqlite":   {"DROP TRIGGER journal_no_update", "DROP TRIGGER journal_no_delete"},
		"postgres": {"ALTER TABLE journal DISABLE TRIGGER journal_append_only"},
	}
	alter := map[string]string{
		"body":     "UPDATE journal SET body = '{\"n\":7}' WHERE seq = 2",
		"personal": "UPDATE journal SET personal = '{\"name\":\"Eve\"}' WHERE seq = 2",
		"type":     "UPDATE journal SET type = 'x.Happened' WHERE seq = 2",
		"at":       "UPDATE journal SET at = at + 1 WHERE seq = 2",
		"actor":    "UPDATE journal SET actor = 'key_2' WHERE seq = 2",
		"request":  "UPDATE journal SET request_id = '' WHERE seq = 2",
		"version":  "UPDATE journal SET version = 3 WHERE seq = 2",
		"deleted":  "DELETE FROM journal WHERE seq = 2",
		"tail":     "DELETE FROM journal WHERE seq = 3",
	}
	storetest.Each(t, func(t *testing.T, db store.DB) {
		threeEvents(t, db)
		check(t, db)
		for _, sql := range disable[db.Dialect().Name] {
			if err := exec(db, sql); err != nil {
				t.Fatal(err)
			}
		}
		for name, sql := range alter {
			tx, err := db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := tx.Do(t.Context(), &store.Stmt{SQL: sql, Want: 1}); err != nil {
				t.Fatal(name, err)
			}
			q := txQuerier{tx}
			rows, err := journal.After(t.Context(), q, 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			head, err := journal.ReadHead(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			where := map[string]string{"deleted": "row 3 follows row 1", "tail": "the head is 3"}[name]
			if where == "" {
				where = "row 2"
			}
			if err := chainBreak(rows, head); err == nil || !strings.Contains(err.Error(), where) {
				t.Errorf("%s altered: %v", name, err)
			}
			tx.Rollback()
		}
		check(t, db)
	})
}

// txQuerier reads inside of a write transaction.
type txQuerier struct{ tx store.Tx }

func (q txQuerier) Query(ctx context.Context, scan func(store.Row) error, sql string, args ...any) error {
	return q.tx.Do(ctx, &store.Stmt{SQL: sql, Args: args, Scan: scan, Want: store.AnyRows})
}

func TestJournalIsAppendOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := threeEvents(t, db)
		for _, sql := range []string{
			"UPDATE journal SET body = '{}' WHERE seq = 1",
			"UPDATE journal SET seq = 9 WHERE seq = 3",
			"UPDATE journal SET hash = digest, personal = NULL, salt = NULL WHERE seq = 2",
			"UPDATE journal SET personal = NULL WHERE seq = 2", // the salt must go too
			"UPDATE journal SET salt = NULL WHERE seq = 2",
			"UPDATE journal SET digest = NULL, personal = NULL, salt = NULL WHERE seq = 2",
			"UPDATE journal SET personal = 'x', salt = NULL WHERE seq = 2",
			"DELETE FROM journal WHERE seq = 3",
			"DELETE FROM journal",
		} {
			err := exec(db, sql)
			if err == nil || !strings.Contains(err.Error(), "append-only") || store.KindOf(err) != store.Refused {
				t.Errorf("%s: %v", sql, err)
			}
		}
		if db.Dialect().Name == "postgres" {
			if err := exec(db, "TRUNCATE journal"); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("TRUNCATE: %v", err)
			}
		}
		if err := exec(db, "UPDATE journal SET personal = NULL, salt = NULL WHERE seq = 2"); err != nil {
			t.Errorf("erasing personal data: %v", err)
		}
		rows, err := journal.Of(t.Context(), db, "x", 1, 1)
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		if r := rows[0]; len(r.Personal) != 0 || r.Salt != nil || len(r.Digest) != 32 || r.Actor != "key_1" || r.RequestID != "req_1" {
			t.Errorf("%+v", r)
		}
		check(t, db) // the chain is valid without the erased data
		do(t, c, move("pay_1", inventory.Movement{SKU: "A", Location: "L", Bucket: inventory.OnHand, Delta: 1}))
		check(t, db)
	})
}

func TestClockNeverRunsBackward(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		now := int64(1000)
		c := committer(t, db, oneWorker, func(o *Options) { o.Clock = func() micros.Time { return micros.Time(now) } })
		for i, clock := range []int64{1000, 500, 2000} {
			now = clock
			v := do(t, c, run(func(u *Unit) (any, error) {
				_, err := addPayment(fmt.Sprint("pay_", i), 1).run(u)
				return int64(u.Now()), err
			}))
			if want := []int64{1000, 1000, 2000}[i]; v != want {
				t.Errorf("clock %d: the unit's is %v, want %d", clock, v, want)
			}
		}
		check(t, db)
	})
}
