package work

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"ordo/internal/errs"
	"ordo/internal/store"
)

// pragma runs on the writer connection, the only one.
func pragma(t *testing.T, db store.DB, text string) (value int64) {
	t.Helper()
	err := store.Write(t.Context(), db, func(tx store.Tx) error {
		return tx.Do(t.Context(), &store.Stmt{SQL: "PRAGMA " + text, Want: store.AnyRows, Scan: func(r store.Row) error { return r.Scan(&value) }})
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestDiskFull(t *testing.T) {
	db := openDB(t, "sqlite:"+t.TempDir()+"/ordo.db")
	c := committer(t, db)
	do(t, c, addPayment("pay_first", 1))
	pragma(t, db, fmt.Sprint("max_page_count = ", pragma(t, db, "page_count")+5))
	big := func(id string) cmd {
		return run(func(u *Unit) (any, error) {
			p := &tPayment{Order: strings.Repeat("x", 2000)}
			p.ID = id
			payments.Create(u, p)
			u.Record(Event{Type: "payment.added", Aggregate: id})
			return nil, nil
		})
	}
	s := tally{acked: map[string]bool{}, unknown: map[string]bool{}, away: map[string]bool{}}
	round := 0
	send := func() {
		round++
		var wg sync.WaitGroup
		for i := range 12 {
			id := fmt.Sprintf("pay_%d_%d", round, i)
			wg.Go(func() {
				_, err := Do(context.Background(), c, big(id), Meta{})
				if err != nil && (errs.ClassOf(err) != errs.Unavailable || errs.CodeOf(err) != "database_unavailable") {
					t.Error(err)
				}
				s.note(t, id, err)
			})
		}
		wg.Wait()
	}
	for range 3 {
		send()
	}
	if len(s.away) == 0 {
		t.Fatal("the disk was never full")
	}
	if _, err := DryRun(t.Context(), c, big("pay_dry"), Meta{}); err != nil {
		t.Errorf("reading still works: %v", err)
	}
	pragma(t, db, "max_page_count = 100000")
	full := len(s.away)
	send()
	if len(s.away) != full {
		t.Error("there is room again, and commands are refused")
	}
	t.Logf("%d acknowledged, %d refused", len(s.acked), len(s.away))
	s.acked["pay_first"] = true
	s.compare(t, db)
	check(t, db)
}
