package journal_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ordo/internal/database"
	"ordo/internal/pgtest"
	"ordo/internal/store"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// BenchmarkHead compares ways to give journal rows their positions (ADR 0003), four committers on PostgreSQL, 64 rows
// per batch beside 64 rows of other work: "last" locks the head after all other writes, as the committer does;
// "first" locks it at the start; "sequence" takes no lock, and leaves gaps and positions out of the order of commits.
// Run it on a durable server: bin/pgrun -durable -- go test ./internal/journal -bench Head -run '^$'
func BenchmarkHead(b *testing.B) {
	for _, way := range []string{"last", "first", "sequence"} {
		b.Run(way, func(b *testing.B) { benchmarkHead(b, way) })
	}
}

func benchmarkHead(b *testing.B, way string) {
	db, err := database.Open(b.Context(), pgtest.New(b), 8)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	run := func(sql string) {
		if err := store.Write(b.Context(), db, func(tx store.Tx) error { return tx.Do(b.Context(), &store.Stmt{SQL: sql, Want: store.AnyRows}) }); err != nil {
			b.Fatal(err)
		}
	}
	run("CREATE TABLE other (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, doc text NOT NULL)")
	run("CREATE TABLE rows (seq bigint PRIMARY KEY, body text NOT NULL)")
	run("CREATE SEQUENCE positions")
	const batch = 64
	texts := make([]string, batch)
	for i := range texts {
		texts[i] = strings.Repeat("abcdefghij", 60)
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := store.Write(b.Context(), db, func(tx store.Tx) error { return headBatch(b, tx, way, texts) }); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)*batch/b.Elapsed().Seconds(), "rows/s")
}

func headBatch(b *testing.B, tx store.Tx, way string, texts []string) error {
	var seq int64
	lock := &store.Stmt{SQL: "SELECT seq FROM journal_head WHERE id = 1 FOR UPDATE", Want: store.AnyRows, Scan: func(r store.Row) error { return r.Scan(&seq) }}
	work := &store.Stmt{SQL: "INSERT INTO other (doc) SELECT * FROM unnest($1::text[])", Rows: []any{texts}, Want: store.AnyRows}
	if way == "sequence" {
		return tx.Do(b.Context(), work, &store.Stmt{
			SQL: "INSERT INTO rows (seq, body) SELECT nextval('positions'), v FROM unnest($1::text[]) v", Rows: []any{texts}, Want: store.AnyRows,
		})
	}
	first := []*store.Stmt{work, lock}
	if way == "first" {
		first = []*store.Stmt{lock, work}
	}
	if err := tx.Do(b.Context(), first...); err != nil {
		return err
	}
	seqs := make([]int64, len(texts))
	for i := range seqs {
		seqs[i] = seq + int64(i) + 1
	}
	return tx.Do(
		b.Context(), &store.Stmt{SQL: "INSERT INTO rows (seq, body) SELECT * FROM unnest($1::bigint[], $2::text[])", Rows: []any{seqs, texts}, Want: store.AnyRows},
		&store.Stmt{SQL: "UPDATE journal_head SET seq = $1 WHERE id = 1", Args: []any{seq + int64(len(texts))}, Want: store.AnyRows},
	)
}
