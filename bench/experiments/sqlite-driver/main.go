// Command sqlite-driver measures ADR 0004. Usage: sqlite-driver modernc|ncruces FILE batch100|single|read SECONDS
package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/ncruces/go-sqlite3/driver"
	_ "modernc.org/sqlite"
)

const schema = `
CREATE TABLE IF NOT EXISTS orders(id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS payments(id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fulfillments(id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS positions(sku TEXT, location TEXT, on_hand INTEGER NOT NULL, allocated INTEGER NOT NULL DEFAULT 0 CHECK(allocated<=on_hand), PRIMARY KEY(sku,location)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal(seq INTEGER PRIMARY KEY, aggregate TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS journal_aggregate ON journal(aggregate, seq);
CREATE TABLE IF NOT EXISTS keys(key TEXT PRIMARY KEY, answer BLOB) STRICT, WITHOUT ROWID;
`

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func pad(n int) string { // text that looks like JSON, n bytes
	var b strings.Builder
	b.WriteString(`{"a":"`)
	for b.Len() < n-2 {
		b.WriteString(strconv.FormatUint(rand.Uint64(), 36))
	}
	return b.String()[:n-2] + `"}`
}

func cpu() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(0, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func main() {
	drv, file, what := os.Args[1], os.Args[2], os.Args[3]
	secs := must(strconv.ParseFloat(os.Args[4], 64))
	dsn := "file:" + file + "?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-65536)"
	db := must(sql.Open(map[string]string{"modernc": "sqlite", "ncruces": "sqlite3"}[drv], dsn))
	db.SetMaxOpenConns(1)
	ctx := context.Background()
	ddl := schema
	if os.Getenv("ROWID") != "" {
		for _, t := range []string{"orders", "payments", "fulfillments"} {
			i := strings.Index(ddl, "EXISTS "+t+"(")
			j := i + strings.Index(ddl[i:], ";")
			ddl = ddl[:i] + strings.Replace(ddl[i:j], ", WITHOUT ROWID", "", 1) + ddl[j:]
		}
	}
	must(db.Exec(ddl))
	var mode string
	var sync int
	db.QueryRow("PRAGMA journal_mode").Scan(&mode)
	db.QueryRow("PRAGMA synchronous").Scan(&sync)
	var have int
	db.QueryRow("SELECT count(*) FROM positions").Scan(&have)
	if have == 0 {
		tx := must(db.Begin())
		for i := range 10000 {
			must(tx.Exec("INSERT INTO positions VALUES($1,'main',1000000000,0)", fmt.Sprint("SKU-", 10000+i)))
		}
		if err := tx.Commit(); err != nil {
			panic(err)
		}
	}
	conn := must(db.Conn(ctx))
	prep := func(q string) *sql.Stmt { return must(conn.PrepareContext(ctx, q)) }
	order := prep("INSERT INTO orders VALUES($1,1,$2)")
	pay := prep("INSERT INTO payments VALUES($1,1,$2)")
	ful := prep("INSERT INTO fulfillments VALUES($1,1,$2)")
	pos := prep("UPDATE positions SET allocated=allocated+$1 WHERE sku=$2 AND location='main' AND on_hand-allocated>=$1")
	jou := prep("INSERT INTO journal VALUES($1,$2,$3)")
	key := prep("INSERT INTO keys VALUES($1,$2)")
	read := prep("SELECT version, doc FROM orders WHERE id=$1")
	var seq int64
	db2 := conn.QueryRowContext(ctx, "SELECT coalesce(max(seq),0) FROM journal")
	db2.Scan(&seq)
	docs := make([][4]string, 256)
	for i := range docs {
		docs[i] = [4]string{pad(1400), pad(300), pad(400), pad(600)}
	}
	id := func(n int64) string { return fmt.Sprintf("ord_%026d", n) }
	size := 100
	if what == "single" {
		size = 1
	}
	n := 0
	rows := int(seq / 3)
	start, c0 := time.Now(), cpu()
	for time.Since(start).Seconds() < secs {
		if what == "read" {
			for range 100 {
				var v int
				var doc string
				if err := read.QueryRow(id(int64(rand.IntN(rows))*3+3)).Scan(&v, &doc); err != nil || len(doc) != 1400 {
					panic(fmt.Sprint(err, len(doc)))
				}
				n++
			}
			continue
		}
		tx := must(conn.BeginTx(ctx, nil))
		st := func(s *sql.Stmt) *sql.Stmt { return tx.StmtContext(ctx, s) }
		o, p, f, q, j, k := st(order), st(pay), st(ful), st(pos), st(jou), st(key)
		for range size {
			d := &docs[rand.IntN(256)]
			oid := id(seq + 3)
			must(o.Exec(oid, d[0]))
			must(p.Exec("pay"+oid, d[1]))
			must(f.Exec("ful"+oid, d[2]))
			for range 3 {
				r := must(q.Exec(1, "SKU-"+strconv.Itoa(10000+rand.IntN(10000))))
				if a, _ := r.RowsAffected(); a != 1 {
					panic("rows")
				}
			}
			for range 3 {
				seq++
				must(j.Exec(seq, oid, d[3]))
			}
			must(k.Exec("key-"+oid, []byte(nil)))
			n++
		}
		if err := tx.Commit(); err != nil {
			panic(err)
		}
	}
	el := time.Since(start).Seconds()
	fmt.Printf("%s %s rate=%.0f cpu_us=%.1f n=%d (journal=%s sync=%d)\n", drv, what, float64(n)/el, float64((cpu()-c0).Microseconds())/float64(n), n, mode, sync)
}
