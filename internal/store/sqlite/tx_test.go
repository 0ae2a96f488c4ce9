package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"

	"ordo/internal/store"
)

// Statements that are run once do not pile up on the writer's connection; others stay prepared.
func TestOnce(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "ordo.db"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got := 0
	if err := store.Write(t.Context(), db, func(tx store.Tx) error {
		for i := range 20 {
			s := &store.Stmt{SQL: fmt.Sprintf("SELECT %d", i), Want: store.AnyRows, Once: i > 0, Scan: func(store.Row) error { got++; return nil }}
			if err := tx.Do(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w := <-db.writer
	defer func() { db.writer <- w }()
	if got != 20 || len(w.stmts) != 1 {
		t.Errorf("%d rows, %d statements are kept; want 20 and 1", got, len(w.stmts))
	}
}
