// Command compression measures what compression of documents and journal bodies would save (ADR 0002).
// Usage: compression [text-|zstd-]asis|pglz|lz4 ORDERS; LINES=8 for longer orders, MAIN=1 for SET STORAGE MAIN.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/zstd"
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

const b32 = "0123456789abcdefghjkmnpqrstvwxyz"

var clock = time.Now().UnixMicro()

func newID(prefix string) string {
	clock += 300
	b := []byte(prefix + "01j")
	for i := 8; i >= 0; i-- {
		b = append(b, b32[(clock>>(5*i))&31])
	}
	for range 14 {
		b = append(b, b32[rand.IntN(32)])
	}
	return string(b)
}

var nLines = 3

type M = map[string]any

func order(n int) (string, string, [3]string) {
	id := newID("ord_")
	money := func(a int) M { return M{"amount": a, "currency": "EUR"} }
	r := rand.IntN(1e6)
	addr := M{"name": "Ada Example " + strconv.Itoa(r%1000), "line1": strconv.Itoa(r%300) + " Example Street", "city": "Berlin", "postal_code": strconv.Itoa(10000 + r%9999), "country": "DE"}
	lines := []M{}
	stock := []M{}
	for range nLines {
		p := rand.IntN(10000)
		sku := "SKU-" + strconv.Itoa(10000+rand.IntN(10000))
		lines = append(lines, M{"id": newID("lin_"), "sku": sku, "name": "Product name " + strconv.Itoa(p), "quantity": 1, "unit_price": money(p), "total": money(p), "allocated": 1, "shipped": 0, "returned": 0, "tax_class": "standard"})
		stock = append(stock, M{"sku": sku, "location": "main", "bucket": "allocated", "delta": 1})
	}
	doc := M{
		"id": id, "number": "R" + strconv.Itoa(100000+n), "channel": "web", "status": "open", "payment_status": "authorized", "fulfillment_status": "unfulfilled", "return_status": "none",
		"email": fmt.Sprintf("buyer%d@example.com", r), "currency": "EUR", "shipping_address": addr, "billing_address": addr, "lines": lines, "totals": M{"items": r, "discount": 0, "shipping": 0, "tax": 0, "grand_total": r}, "placed_at": clock, "updated": clock,
	}
	b := [3]M{
		{"number": doc["number"], "channel": "web", "currency": "EUR", "totals": doc["totals"], "lines": lines}, // order.placed
		{"payment": newID("pay_"), "provider": "manual", "kind": "arranged", "amount": money(r), "order": id, "status": "succeeded", "reference": newID("ref_")},
		{"status": "open", "stock": stock, "fulfillment": newID("ful_"), "location": "main", "order": id},
	}
	var bodies [3]string
	for i := range b {
		bodies[i] = string(must(json.Marshal(b[i])))
	}
	return id, string(must(json.Marshal(doc))), bodies
}

func cast(t string) string {
	if t == "bytea" {
		return ""
	}
	return "::text"
}

func wire(t string) string {
	if t == "bytea" {
		return "bytea"
	}
	return "text"
}

var (
	encoder *zstd.Encoder
	decoder *zstd.Decoder
	encTime time.Duration
)

// The dictionary is simply sample text, as a migration could ship it.
func dict() {
	var raw []byte
	for i := range 12 {
		_, d, b := order(i)
		raw = append(raw, d...)
		for _, x := range b {
			raw = append(raw, x...)
		}
	}
	encoder = must(zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderDictRaw(7, raw), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false)))
	decoder = must(zstd.NewReader(nil, zstd.WithDecoderDictRaw(7, raw), zstd.WithDecoderConcurrency(1)))
}

func enc(t string, in []string) any {
	if t != "bytea" {
		return in
	}
	t0 := time.Now()
	out := make([][]byte, len(in))
	for i, s := range in {
		out[i] = encoder.EncodeAll([]byte(s), nil)
	}
	encTime += time.Since(t0)
	return out
}

func pidCPU(pid uint32) time.Duration {
	b := must(os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)))
	f := strings.Fields(string(b[strings.LastIndex(string(b), ")")+2:]))
	u, _ := strconv.Atoi(f[11])
	s, _ := strconv.Atoi(f[12])
	return time.Duration(u+s) * 10 * time.Millisecond
}

func main() {
	if v := os.Getenv("LINES"); v != "" {
		nLines, _ = strconv.Atoi(v)
	}
	ctx := context.Background()
	variant, docType := os.Args[1], "jsonb"
	total := must(strconv.Atoi(os.Args[2]))
	c := must(pgx.Connect(ctx, os.Getenv("PGURL")))
	ex := func(q string) { must(c.Exec(ctx, q)) }
	if v, ok := strings.CutPrefix(variant, "text-"); ok {
		docType, variant = "text", v
	}
	bodyType := "text"
	if v, ok := strings.CutPrefix(variant, "zstd-"); ok {
		docType, bodyType, variant = "bytea", "bytea", v
	}
	dict()
	ex("DROP TABLE IF EXISTS corders, cjournal")
	ex("CREATE TABLE corders(id text PRIMARY KEY, version bigint NOT NULL, doc " + docType + " NOT NULL)")
	ex("CREATE TABLE cjournal(seq bigint PRIMARY KEY, at bigint NOT NULL, type text NOT NULL, aggregate text NOT NULL, version bigint NOT NULL, actor text NOT NULL, request text NOT NULL, body " + bodyType + " NOT NULL, personal text, salt bytea, hash bytea NOT NULL)")
	ex("CREATE INDEX cj ON cjournal(aggregate, seq)")
	target := "128"
	if v, t, ok := strings.Cut(variant, "@"); ok { // lz4@512
		variant, target = v, t
	}
	if variant != "asis" {
		ex("ALTER TABLE corders SET (toast_tuple_target=" + target + ")")
		ex("ALTER TABLE cjournal SET (toast_tuple_target=" + target + ")")
		ex("ALTER TABLE corders ALTER doc SET COMPRESSION " + variant)
		ex("ALTER TABLE cjournal ALTER body SET COMPRESSION " + variant)
		if os.Getenv("MAIN") != "" { // compress, but keep in the row
			ex("ALTER TABLE corders ALTER doc SET STORAGE MAIN")
			ex("ALTER TABLE cjournal ALTER body SET STORAGE MAIN")
		}
	}
	ex("CHECKPOINT")
	type rec struct {
		id, doc string
		b       [3]string
	}
	rs := make([]rec, total)
	dl, bl := 0, 0
	for i := range rs {
		rs[i].id, rs[i].doc, rs[i].b = order(i)
		dl += len(rs[i].doc)
		for _, b := range rs[i].b {
			bl += len(b)
		}
	}
	var wal0 int64
	check(c.QueryRow(ctx, "SELECT pg_current_wal_lsn() - '0/0'").Scan(&wal0))
	t, p := time.Now(), pidCPU(c.PgConn().PID())
	const size = 64
	seq := int64(0)
	n := 0
	lat := []float64{}
	for i := 0; i+size <= total; i += size {
		var ids, docs, agg, bodies []string
		var seqs []int64
		for _, r := range rs[i : i+size] {
			ids, docs = append(ids, r.id), append(docs, r.doc)
			for _, b := range r.b {
				seq++
				seqs, agg, bodies = append(seqs, seq), append(agg, r.id), append(bodies, b)
			}
		}
		n += size
		b := &pgx.Batch{}
		b.Queue("BEGIN")
		b.Queue("INSERT INTO corders SELECT i,1,d::"+docType+" FROM unnest($1::text[],$2::"+wire(docType)+"[]) u(i,d)", ids, enc(docType, docs))
		b.Queue("INSERT INTO cjournal SELECT s,1790000000000000+s,'order.placed',a,1,'key_01jaaaaaaaaaaaaaaaaaaaaaaa','req-'||s,b,NULL,NULL,sha256(s::text::bytea) FROM unnest($1::bigint[],$2::text[],$3::"+wire(bodyType)+"[]) u(s,a,b)", seqs, agg, enc(bodyType, bodies))
		b.Queue("COMMIT")
		t0 := time.Now()
		check(c.SendBatch(ctx, b).Close())
		lat = append(lat, time.Since(t0).Seconds()*1e3)
	}
	el := time.Since(t).Seconds()
	cpu := float64((pidCPU(c.PgConn().PID()) - p).Microseconds()) / float64(n)
	var wal1, ot, oi, ott, jt, ji, jtt int64
	check(c.QueryRow(ctx, "SELECT pg_current_wal_lsn() - '0/0'").Scan(&wal1))
	q := "SELECT pg_table_size(oid), pg_indexes_size(oid), coalesce(pg_total_relation_size(nullif(reltoastrelid,0)),0) FROM pg_class WHERE relname=$1"
	check(c.QueryRow(ctx, q, "corders").Scan(&ot, &oi, &ott))
	check(c.QueryRow(ctx, q, "cjournal").Scan(&jt, &ji, &jtt))
	var od, jb float64
	check(c.QueryRow(ctx, "SELECT avg(pg_column_size(doc)) FROM corders").Scan(&od))
	check(c.QueryRow(ctx, "SELECT avg(pg_column_size(body)) FROM cjournal").Scan(&jb))
	// reading: 64 documents by id, and the journal in order
	t0 := time.Now()
	loads := 0
	for range 200 {
		ids := make([]string, size)
		for k := range ids {
			ids[k] = rs[rand.IntN(n)].id
		}
		r := must(c.Query(ctx, "SELECT doc"+cast(docType)+" FROM corders WHERE id=ANY($1)", ids))
		for r.Next() {
			if docType == "bytea" {
				must(decoder.DecodeAll(r.RawValues()[0], nil))
			}
			loads++
		}
		check(r.Err())
	}
	lr := float64(loads) / time.Since(t0).Seconds()
	t0 = time.Now()
	var sum int64
	check(c.QueryRow(ctx, "SELECT sum(length(body)) FROM cjournal").Scan(&sum))
	jr := float64(n*3) / time.Since(t0).Seconds()
	sort.Float64s(lat)
	fmt.Printf("lines=%d %-5s %-8s main=%s insert %6.0f/s backend %3.0f us/order batch p50 %.1f ms wal/order %d | doc raw %d stored %.0f; row+toast %d (toast %d) index %d | body raw %d stored %.0f; per event %d (toast %d) index %d | per order %d | load %.0f/s scan %.0fk ev/s encode %d us/order\n",
		nLines, docType, variant+"@"+target, os.Getenv("MAIN"), float64(n)/el, cpu, lat[len(lat)/2], (wal1-wal0)/int64(n), dl/total, od, ot/int64(n), ott/int64(n), oi/int64(n), bl/total/3, jb, jt/int64(3*n), jtt/int64(3*n), ji/int64(3*n), (ot+oi+jt+ji)/int64(n), lr, jr/1000, encTime.Microseconds()/int64(n))
}
