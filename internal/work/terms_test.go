package work

import (
	"fmt"
	"strings"
	"testing"

	"ordo/internal/store"
	"ordo/internal/storetest"
)

// The terms of a document are those of its newest version, however it was changed, and rows of others stay.
func TestTermsFollowTheDocument(t *testing.T) {
	kind := NewKind[tOrder](Spec{Table: "orders", What: "order", Rank: 20, Cols: orders.Cols, Terms: "order_terms"}, orders.columns).
		WithTerms(func(o *tOrder) (terms []Term) {
			for _, f := range strings.Fields(o.Status) {
				terms = append(terms, Term{"word", f})
			}
			return terms
		})
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker, func(o *Options) { o.Kinds = []*Spec{kind.Spec} })
		write := func(id, status string) cmd {
			return run(func(u *Unit) (any, error) {
				o, found, err := kind.Find(u, id)
				if err != nil {
					return nil, err
				}
				if !found {
					o = &tOrder{}
					o.ID = id
				}
				o.Status = status
				if err := kind.Put(u, o); err != nil {
					return nil, err
				}
				u.Record(Event{Type: "order.saved", Aggregate: id})
				return nil, nil
			})
		}
		want := func(rows string) {
			t.Helper()
			var got []string
			if err := db.Query(t.Context(), func(r store.Row) error {
				var id, value string
				err := r.Scan(&id, &value)
				got = append(got, id+":"+value)
				return err
			}, "SELECT id, value FROM order_terms WHERE field = $1 ORDER BY id, value", "word"); err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got) != "["+rows+"]" {
				t.Errorf("terms are %v, want [%s]", got, rows)
			}
		}
		do(t, c, write("o1", "a b"))
		do(t, c, write("o2", ""))
		want("o1:a o1:b")
		do(t, c, write("o1", "b c"))
		do(t, c, write("o2", "b"))
		want("o1:b o1:c o2:b")
		for _, out := range together(t, c, nil, write("o1", "x"), write("o3", "y"), write("o1", "z"), write("o3", "w"), write("o2", "")) {
			if out.Err != nil {
				t.Error(out.Err)
			}
		}
		want("o1:z o3:w")
		do(t, c, write("o1", ""))
		want("o3:w")
	})
}
