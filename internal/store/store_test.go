package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"ordo/internal/pgtest"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func text(name string) store.Col { return store.Col{Name: name, Type: store.Text} }
func num(name string) store.Col  { return store.Col{Name: name, Type: store.Int} }

// Every fragment is a place where the engines may come to behave differently. Before adding one, look for a text that
// both accept.
func TestFragmentsStayFew(t *testing.T) {
	if n := reflect.TypeFor[store.Dialect]().NumField(); n != 6 {
		t.Errorf("a dialect has %d fields, want 6", n)
	}
}

func TestTexts(t *testing.T) {
	sets := store.Dialect{Name: "s", Sets: true, Lock: " FOR UPDATE", EmptyBytes: "''::bytea"}
	rows := store.Dialect{Name: "r", EmptyBytes: "x''"}
	cols := []store.Col{text("id"), num("n"), {Name: "doc", Type: store.Text}, {Name: "salt", Type: store.Bytes, Nullable: true}, {Name: "note", Type: store.Text, Nullable: true}}
	keys := []store.Col{text("a"), {Name: "n", Type: store.Int, As: "base"}}
	for name, c := range map[string]struct {
		build      func(store.Dialect) string
		sets, rows string
	}{
		"insert": {
			func(d store.Dialect) string { return d.Insert("t", cols, false) },
			"INSERT INTO t (id, n, doc, salt, note) SELECT v.id, v.n, v.doc, NULLIF(v.salt, ''::bytea), NULLIF(v.note, '') FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::text[]) AS v(id, n, doc, salt, note)",
			"INSERT INTO t (id, n, doc, salt, note) VALUES ($1, $2, $3, NULLIF($4, x''), NULLIF($5, ''))",
		},
		"insert new": {
			func(d store.Dialect) string { return d.Insert("t", cols[:1], true) },
			"INSERT INTO t (id) SELECT v.id FROM unnest($1::text[]) AS v(id) ON CONFLICT DO NOTHING",
			"INSERT INTO t (id) VALUES ($1) ON CONFLICT DO NOTHING",
		},
		"update": {
			func(d store.Dialect) string {
				return d.Update("t", keys, []store.Col{num("n"), {Name: "m", Type: store.Int, Add: true}})
			},
			"UPDATE t AS t SET n = v.n, m = t.m + v.m FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS v(a, base, n, m) WHERE t.a = v.a AND t.n = v.base",
			"UPDATE t AS t SET n = $3, m = t.m + $4 WHERE t.a = $1 AND t.n = $2",
		},
		"select": {
			func(d store.Dialect) string { return d.Select("t", []string{"a", "b"}, cols[:1], "a", true) },
			"SELECT a, b FROM t WHERE id = ANY($1::text[]) ORDER BY a FOR UPDATE",
			"SELECT a, b FROM t WHERE id = $1 ORDER BY a",
		},
		"select by two": {
			func(d store.Dialect) string { return d.Select("t", []string{"a"}, cols[:2], "a", false) },
			"SELECT a FROM t WHERE (id, n) IN (SELECT * FROM unnest($1::text[], $2::bigint[]) AS v(id, n)) ORDER BY a",
			"SELECT a FROM t WHERE id = $1 AND n = $2 ORDER BY a",
		},
		"delete": {
			func(d store.Dialect) string { return d.Delete("t", cols[:2]) },
			"DELETE FROM t AS t USING unnest($1::text[], $2::bigint[]) AS v(id, n) WHERE t.id = v.id AND t.n = v.n",
			"DELETE FROM t AS t WHERE t.id = $1 AND t.n = $2",
		},
	} {
		if got := c.build(sets); got != c.sets {
			t.Errorf("%s with sets:\n%s\nwant\n%s", name, got, c.sets)
		}
		if got := c.build(rows); got != c.rows {
			t.Errorf("%s by row:\n%s\nwant\n%s", name, got, c.rows)
		}
	}
}

// table makes a table with a column of each type and three rows in it.
func table(t *testing.T, db store.DB) {
	t.Helper()
	write(t, db, &store.Stmt{SQL: "CREATE TABLE t (id text NOT NULL PRIMARY KEY, n bigint NOT NULL CHECK (n >= 0), doc text NOT NULL, salt bytea, note text)", Want: store.AnyRows})
	write(t, db, insert(db, false, "a", "b", "c"))
}

var tableCols = []store.Col{text("id"), num("n"), {Name: "doc", Type: store.Text}, {Name: "salt", Type: store.Bytes, Nullable: true}, {Name: "note", Type: store.Text, Nullable: true}}

// insert gives every second row no salt and no note.
func insert(db store.DB, skip bool, ids ...string) *store.Stmt {
	var ns []int64
	var docs, notes []string
	var salts [][]byte
	for i := range ids {
		ns, docs = append(ns, int64(i)), append(docs, `{"é": 1}`)
		notes, salts = append(notes, []string{"note", ""}[i%2]), append(salts, [][]byte{{0, 255}, nil}[i%2])
	}
	return &store.Stmt{SQL: db.Dialect().Insert("t", tableCols, skip), Rows: []any{ids, ns, docs, salts, notes}, Want: int64(len(ids))}
}

func write(t *testing.T, db store.DB, stmts ...*store.Stmt) {
	t.Helper()
	if err := try(t.Context(), db, stmts...); err != nil {
		t.Fatal(err)
	}
}

func try(ctx context.Context, db store.DB, stmts ...*store.Stmt) error {
	return store.Write(ctx, db, func(tx store.Tx) error { return tx.Do(ctx, stmts...) })
}

func dump(t *testing.T, db store.DB) string {
	t.Helper()
	var out []string
	err := db.Query(t.Context(), func(r store.Row) error {
		var id, doc string
		var n int64
		var salt []byte
		var note *string
		err := r.Scan(&id, &n, &doc, &salt, &note)
		out = append(out, fmt.Sprintf("%s%d%s%v%t", id, n, strings.ReplaceAll(doc, " ", ""), salt, note != nil))
		return err
	}, "SELECT id, n, doc, salt, note FROM t ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func TestStatements(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		d := db.Dialect()
		table(t, db)
		if got, want := dump(t, db), `a0{"é":1}[0 255]true b1{"é":1}[]false c2{"é":1}[0 255]true`; got != want {
			t.Errorf("inserted\n%s, want\n%s", got, want)
		}
		again := insert(db, true, "c", "d")
		again.Want = 1 // c is there
		write(t, db, again)
		write(t, db, &store.Stmt{
			SQL:  d.Update("t", []store.Col{text("id"), {Name: "n", Type: store.Int, As: "base"}}, []store.Col{{Name: "n", Type: store.Int, Add: true}, tableCols[2], tableCols[4]}),
			Rows: []any{[]string{"a", "b", "c"}, []int64{0, 1, 99}, []int64{10, 20, 30}, []string{"{}", "[]", "null"}, []string{"", "x", ""}}, Want: 2,
		})
		if got, want := dump(t, db), `a10{}[0 255]false b21[][]true c2{"é":1}[0 255]true d1{"é":1}[]false`; got != want {
			t.Errorf("updated\n%s, want\n%s", got, want)
		}
		var ids []string
		collect := func(r store.Row) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		}
		one := &store.Stmt{SQL: d.Select("t", []string{"id"}, tableCols[:1], "id", true), Rows: []any{[]string{"a", "c", "nobody"}}, Scan: collect, Want: store.AnyRows}
		two := &store.Stmt{SQL: d.Select("t", []string{"id"}, tableCols[:2], "id", false), Rows: []any{[]string{"b", "c"}, []int64{21, 21}}, Scan: collect, Want: store.AnyRows}
		args := &store.Stmt{SQL: "SELECT id FROM t WHERE n = $1 AND id <> $2", Args: []any{int64(1), "x"}, Scan: collect, Want: store.AnyRows}
		write(t, db, one, two, args)
		if err := db.Snapshot(t.Context(), func(r store.Reader) error { return r.Do(t.Context(), two, args) }); err != nil {
			t.Error(err)
		}
		if got := strings.Join(ids, ""); got != "acbdbd" {
			t.Errorf("selected %s", got)
		}
		write(t, db, &store.Stmt{SQL: d.Delete("t", tableCols[:2]), Rows: []any{[]string{"a", "b"}, []int64{10, 0}}, Want: 1})
		write(t, db, &store.Stmt{SQL: d.Delete("t", tableCols[:1]), Rows: []any{[]string{}}, Want: 0})
		if got, want := dump(t, db), `b21[][]true c2{"é":1}[0 255]true d1{"é":1}[]false`; got != want {
			t.Errorf("left\n%s, want\n%s", got, want)
		}
	})
}

// refusals are statements on the table of three rows, and what becomes of them.
func refusals(db store.DB) map[string]struct {
	stmt *store.Stmt
	kind store.Kind
} {
	null := insert(db, false, "z")
	null.SQL = strings.Replace(null.SQL, "INSERT INTO t (id", "INSERT INTO t (note", 1)
	null.SQL = strings.Replace(null.SQL, "salt, note)", "salt, id)", 1)
	null.Rows[4] = []string{""}
	type c = struct {
		stmt *store.Stmt
		kind store.Kind
	}
	return map[string]c{
		"exists":      {insert(db, false, "a"), store.Conflict},
		"check":       {&store.Stmt{SQL: "UPDATE t SET n = -1"}, store.Conflict},
		"null":        {null, store.Refused},
		"null number": {&store.Stmt{SQL: "UPDATE t SET n = NULL"}, store.Refused},
		"syntax":      {&store.Stmt{SQL: "UPDAET t"}, store.Refused},
		"no table":    {&store.Stmt{SQL: "DELETE FROM nothing"}, store.Refused},
		"count":       {&store.Stmt{SQL: "UPDATE t SET n = 5", Want: 2}, store.Conflict},
		"scan": {&store.Stmt{SQL: "SELECT id FROM t", Want: store.AnyRows, Scan: func(store.Row) error {
			return errors.New("cannot read that")
		}}, store.Refused},
		"scan type": {&store.Stmt{SQL: "SELECT id FROM t", Want: store.AnyRows, Scan: func(r store.Row) error {
			var n int64
			return r.Scan(&n)
		}}, store.Refused},
		"parameters": {&store.Stmt{SQL: "UPDATE t SET n = $1", Args: []any{struct{ x int }{1}}, Want: store.AnyRows}, store.Refused},
	}
}

// Whatever is refused, however often: its transaction has not happened, can only be rolled back, and gives its
// connection back.
func TestRefusals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		table(t, db)
		before := dump(t, db)
		for name, c := range refusals(db) {
			for range 20 { // more than there are connections
				refuse(t, db, name, c.stmt, c.kind)
			}
		}
		if after := dump(t, db); after != before {
			t.Errorf("before %s\nafter  %s", before, after)
		}
		write(t, db, &store.Stmt{SQL: "UPDATE t SET n = 3", Want: 3})
	})
}

func refuse(t *testing.T, db store.DB, name string, s *store.Stmt, kind store.Kind) {
	t.Helper()
	change := &store.Stmt{SQL: "UPDATE t SET n = 77", Want: store.AnyRows}
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if err = tx.Do(t.Context(), change, s); err == nil || store.KindOf(err) != kind {
		t.Errorf("%s: kind %d: %v, want %d", name, store.KindOf(err), err, kind)
	}
	if err := tx.Do(t.Context(), change); err == nil {
		t.Errorf("%s: the transaction goes on", name)
	}
	if err := tx.Commit(t.Context()); err == nil || store.KindOf(err) == store.Unknown {
		t.Errorf("%s: commit: %v", name, err)
	}
	tx.Rollback()
	if tx, err = db.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if err := tx.Commit(t.Context(), change, s); err == nil || store.KindOf(err) != kind {
		t.Errorf("%s in the commit: kind %d: %v", name, store.KindOf(err), err)
	}
}

func TestRollbackAfterCommitDoesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		table(t, db)
		tx, err := db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(t.Context(), &store.Stmt{SQL: "UPDATE t SET n = 8", Want: 3}, &store.Stmt{SQL: "UPDATE t SET n = 9", Want: store.AnyRows}); err != nil {
			t.Fatal(err)
		}
		tx.Rollback()
		if got := dump(t, db); !strings.HasPrefix(got, "a9") {
			t.Error(got)
		}
		tx, _ = db.Begin(t.Context()) // nothing at all
		if err := tx.Commit(t.Context()); err != nil {
			t.Error(err)
		}
		tx, _ = db.Begin(t.Context())
		tx.Rollback()
	})
}

func TestCanceledContexts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		table(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 20 {
			_ = try(ctx, db, &store.Stmt{SQL: "UPDATE t SET n = 4", Want: 3})
			tx, err := db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_ = tx.Do(ctx, &store.Stmt{SQL: "UPDATE t SET n = 5", Want: 3})
			tx.Rollback()
			_ = db.Query(ctx, func(store.Row) error { return nil }, "SELECT 1")
			_ = db.Snapshot(ctx, func(r store.Reader) error { return r.Query(ctx, func(store.Row) error { return nil }, "SELECT 1") })
		}
		write(t, db, &store.Stmt{SQL: "UPDATE t SET n = 6", Want: 3})
		if _, err := db.Info(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Who waits too long for a lock, a connection or the only writer hears that the database cannot take it now.
func TestWaitingIsBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		table(t, db)
		holder, err := db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := holder.Do(t.Context(), &store.Stmt{SQL: "UPDATE t SET n = 1", Want: 3}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := try(ctx, db, &store.Stmt{SQL: "UPDATE t SET n = 2", Want: 3}); store.KindOf(err) != store.Unavailable {
			t.Errorf("kind %d: %v", store.KindOf(err), err)
		}
		holder.Rollback()
		write(t, db, &store.Stmt{SQL: "UPDATE t SET n = 2", Want: 3})
	})
}

func TestSnapshotDoesNotMove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		table(t, db)
		err := db.Snapshot(t.Context(), func(r store.Reader) error {
			var sums []int64
			sum := func(row store.Row) error {
				var n int64
				err := row.Scan(&n)
				sums = append(sums, n)
				return err
			}
			for range 2 {
				if err := r.Query(t.Context(), sum, "SELECT CAST(SUM(n) AS bigint) FROM t"); err != nil {
					return err
				}
				write(t, db, &store.Stmt{SQL: "UPDATE t SET n = n + 1", Want: 3})
			}
			if sums[0] != sums[1] {
				t.Errorf("sums %v", sums)
			}
			if err := r.Query(t.Context(), sum, "UPDATE t SET n = 0 RETURNING n"); err == nil {
				t.Error("a snapshot can be written to")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestClosed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		db.Close()
		db.Close()
		if _, err := db.Begin(context.Background()); err == nil {
			t.Error("a closed database begins a transaction")
		}
		if err := db.Query(context.Background(), func(store.Row) error { return nil }, "SELECT 1"); err == nil {
			t.Error("a closed database answers")
		}
	})
}
