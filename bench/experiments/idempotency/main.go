// Command idempotency measures ADR 0006: claim and update, or look up and insert. Usage: idempotency VARIANT KEYS
// claim-update: INSERT … ON CONFLICT DO NOTHING RETURNING at the start, UPDATE with the answer at the end, one transaction
// single:       one INSERT … ON CONFLICT DO NOTHING RETURNING with the answer at the end
// claim-update-ff: the first with fillfactor 30, so that the update stays in the page
// two-tables:   claim (key, fingerprint) at the start, answer in a second table at the end; no update
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func pidCPU(pid uint32) time.Duration {
	b := must(os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)))
	f := strings.Fields(string(b[strings.LastIndex(string(b), ")")+2:]))
	u, _ := strconv.Atoi(f[11])
	s, _ := strconv.Atoi(f[12])
	return time.Duration(u+s) * 10 * time.Millisecond
}

func main() {
	ctx := context.Background()
	variant := os.Args[1]
	total := must(strconv.Atoi(os.Args[2]))
	c := must(pgx.Connect(ctx, os.Getenv("PGURL")))
	ex := func(q string) { must(c.Exec(ctx, q)) }
	ex("DROP TABLE IF EXISTS keys, answers")
	with := ""
	if variant == "claim-update-ff" {
		with = " WITH (fillfactor=30)"
	}
	ex("CREATE TABLE keys(owner text, key text, fingerprint bytea NOT NULL, at bigint NOT NULL, status int, answer bytea, PRIMARY KEY(key, owner))" + with)
	ex("ALTER TABLE keys ALTER answer SET STORAGE EXTERNAL") // the client compresses
	ex("CREATE TABLE answers(owner text, key text, status int NOT NULL, answer bytea NOT NULL, PRIMARY KEY(key, owner))")
	ex("CHECKPOINT")
	const size = 64
	answer := make([]byte, 700)
	rand.Read(answer)
	var wal0, wal1 int64
	check(c.QueryRow(ctx, "SELECT pg_current_wal_lsn() - '0/0'").Scan(&wal0))
	t, p := time.Now(), pidCPU(c.PgConn().PID())
	n, n0 := 0, 0
	for n+size <= total {
		var keys []string
		var fps, ans [][]byte
		var st []int32
		for range size {
			b := make([]byte, 32)
			rand.Read(b)
			keys, fps, ans, st = append(keys, fmt.Sprintf("%x-%x", b[:8], b[8:16])), append(fps, b), append(ans, answer), append(st, 201)
		}
		count := func(r pgx.BatchResults) {
			rows := must(r.Query())
			k := 0
			for rows.Next() {
				k++
			}
			check(rows.Err())
			if k != size {
				panic("not claimed")
			}
		}
		b := &pgx.Batch{}
		const claim = "INSERT INTO keys(owner,key,fingerprint,at) SELECT 'key_01jaaaaaaaaaaaaaaaaaaaaaaa',k,f,1790000000000000 FROM unnest($1::text[],$2::bytea[]) u(k,f) ON CONFLICT DO NOTHING RETURNING key"
		switch variant {
		case "single": // the load step looks for the key (a duplicate must be seen before the rules run), the write step inserts
			b.Queue("BEGIN")
			b.Queue("SELECT key, fingerprint, answer FROM keys WHERE owner='key_01jaaaaaaaaaaaaaaaaaaaaaaa' AND key=ANY($1)", keys)
			check(c.SendBatch(ctx, b).Close())
			b = &pgx.Batch{}
			b.Queue("INSERT INTO keys(owner,key,fingerprint,at,status,answer) SELECT 'key_01jaaaaaaaaaaaaaaaaaaaaaaa',k,f,1790000000000000,s,a FROM unnest($1::text[],$2::bytea[],$3::int[],$4::bytea[]) u(k,f,s,a) ON CONFLICT DO NOTHING RETURNING key", keys, fps, st, ans)
			b.Queue("COMMIT")
			r := c.SendBatch(ctx, b)
			count(r)
			check(r.Close())
		default:
			b.Queue("BEGIN")
			b.Queue(claim, keys, fps)
			r := c.SendBatch(ctx, b)
			must(r.Exec())
			count(r)
			check(r.Close())
			b = &pgx.Batch{}
			if variant == "two-tables" {
				b.Queue("INSERT INTO answers SELECT 'key_01jaaaaaaaaaaaaaaaaaaaaaaa',k,s,a FROM unnest($1::text[],$2::int[],$3::bytea[]) u(k,s,a)", keys, st, ans)
			} else {
				b.Queue("UPDATE keys SET status=s, answer=a FROM unnest($1::text[],$2::int[],$3::bytea[]) u(k,s,a) WHERE owner='key_01jaaaaaaaaaaaaaaaaaaaaaaa' AND key=k", keys, st, ans)
			}
			b.Queue("COMMIT")
			check(c.SendBatch(ctx, b).Close())
		}
		n += size
		if n == 6400 { // plans made on an empty table are not what is measured
			ex("ANALYZE keys")
			ex("ANALYZE answers")
			n0, t, p = n, time.Now(), pidCPU(c.PgConn().PID())
		}
	}
	el := time.Since(t).Seconds()
	cpu := float64((pidCPU(c.PgConn().PID()) - p).Microseconds()) / float64(n-n0)
	check(c.QueryRow(ctx, "SELECT pg_current_wal_lsn() - '0/0'").Scan(&wal1))
	var tb, ix int64
	q := "SELECT sum(pg_table_size(oid)), sum(pg_indexes_size(oid)) FROM pg_class WHERE relname IN ('keys','answers') AND relkind='r'"
	check(c.QueryRow(ctx, q).Scan(&tb, &ix))
	var hot, upd int64
	time.Sleep(1100 * time.Millisecond)
	c2 := must(pgx.Connect(ctx, os.Getenv("PGURL")))
	c.Close(ctx)
	time.Sleep(100 * time.Millisecond)
	check(c2.QueryRow(ctx, "SELECT n_tup_hot_upd, n_tup_upd FROM pg_stat_user_tables WHERE relname='keys'").Scan(&hot, &upd))
	fmt.Printf("%-16s %6.0f keys/s backend %4.1f us/key wal/key %d  bytes/key table %d index %d sum %d  hot %d/%d\n", variant, float64(n-n0)/el, cpu, (wal1-wal0)/int64(n), tb/int64(n), ix/int64(n), (tb+ix)/int64(n), hot, upd)
}
