// Command documents measures ADR 0002: documents or columns. Usage: documents pg|sqlite generated|plain|plain-changed|relational ORDERS; DOC=text stores text instead of jsonb.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"
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

type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}
type Line struct {
	ID        string `json:"id"`
	SKU       string `json:"sku"`
	Name      string `json:"name"`
	Quantity  int64  `json:"quantity"`
	UnitPrice Money  `json:"unit_price"`
	Total     Money  `json:"total"`
	Allocated int64  `json:"allocated"`
	Shipped   int64  `json:"shipped"`
	Returned  int64  `json:"returned"`
	TaxClass  string `json:"tax_class"`
}
type Address struct {
	Name    string `json:"name"`
	Line1   string `json:"line1"`
	City    string `json:"city"`
	Postal  string `json:"postal_code"`
	Country string `json:"country"`
}
type Order struct {
	ID       string  `json:"id"`
	Number   string  `json:"number"`
	Channel  string  `json:"channel"`
	External string  `json:"external_id,omitempty"`
	Status   string  `json:"status"`
	Payment  string  `json:"payment_status"`
	Fulfill  string  `json:"fulfillment_status"`
	Return   string  `json:"return_status"`
	Email    string  `json:"email"`
	Currency string  `json:"currency"`
	Shipping Address `json:"shipping_address"`
	Billing  Address `json:"billing_address"`
	Lines    []Line  `json:"lines"`
	Items    int64   `json:"items"`
	Discount int64   `json:"discount"`
	ShipCost int64   `json:"shipping"`
	Tax      int64   `json:"tax"`
	Total    int64   `json:"grand_total"`
	PlacedAt int64   `json:"placed_at"`
	Updated  int64   `json:"updated"`
}

const b32 = "0123456789abcdefghjkmnpqrstvwxyz"

var clock = time.Now().UnixMicro()

func newID(prefix string) string { // UUIDv7-like: ordered prefix, random rest
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

var serial int

func newOrder() *Order {
	serial++
	n := rand.IntN(1e9)
	a := Address{"Ada Example " + strconv.Itoa(n%1000), strconv.Itoa(n%300) + " Example Street", "Berlin", "10115", "DE"}
	o := &Order{
		ID: newID("ord_"), Number: "R" + strconv.Itoa(100000+serial), Channel: "web", Status: "pending", Payment: "authorized", Fulfill: "unfulfilled", Return: "none",
		Email: fmt.Sprintf("buyer%d@example.com", n%100000), Currency: "EUR", Shipping: a, Billing: a, PlacedAt: clock, Updated: clock,
	}
	if n%2 == 0 {
		o.External = "EXT-" + strconv.Itoa(n)
	}
	for i := range 3 {
		p := int64(rand.IntN(10000))
		o.Lines = append(o.Lines, Line{newID("lin_"), "SKU-" + strconv.Itoa(10000+rand.IntN(10000)), "Product name " + strconv.Itoa(rand.IntN(10000)), 1, Money{p, "EUR"}, Money{p, "EUR"}, 1, 0, 0, "standard"})
		o.Items += p
		_ = i
	}
	o.Total = o.Items
	return o
}

const search = "status, channel, external_id, number, email, placed_at, updated"

func ddl(shape, doctype, stored, int8 string) []string {
	gen := func(k, t string) string {
		x := "doc->>'" + k + "'"
		if t == int8 && stored == "STORED" {
			x = "(doc->>'" + k + "')::bigint"
		}
		return t + " GENERATED ALWAYS AS (" + x + ") " + stored
	}
	cols := func(f func(k, t string) string) string {
		out := []string{}
		for _, k := range [][2]string{{"status", "text"}, {"channel", "text"}, {"external_id", "text"}, {"number", "text"}, {"email", "text"}, {"placed_at", int8}, {"updated", int8}} {
			out = append(out, k[0]+" "+f(k[0], k[1]))
		}
		return strings.Join(out, ", ")
	}
	ix := []string{
		"CREATE INDEX o_status ON orders(status)",
		"CREATE INDEX o_ext ON orders(channel, external_id) WHERE external_id IS NOT NULL",
		"CREATE INDEX o_number ON orders(number)",
		"CREATE INDEX o_email ON orders(email)",
		"CREATE INDEX o_placed ON orders(placed_at, id)",
		"CREATE INDEX o_updated ON orders(updated)",
	}
	switch shape {
	case "generated":
		return append([]string{"CREATE TABLE orders(id text PRIMARY KEY, version " + int8 + " NOT NULL, doc " + doctype + " NOT NULL, " + cols(gen) + ")"}, ix...)
	case "plain", "plainfew":
		return append([]string{"CREATE TABLE orders(id text PRIMARY KEY, version " + int8 + " NOT NULL, doc " + doctype + " NOT NULL, " + cols(func(k, t string) string { return t }) + ")"}, ix...)
	}
	return append([]string{
		"CREATE TABLE orders(id text PRIMARY KEY, version " + int8 + " NOT NULL, status text NOT NULL, channel text NOT NULL, external_id text, number text NOT NULL, email text NOT NULL, placed_at " + int8 + " NOT NULL, updated " + int8 + " NOT NULL, payment_status text NOT NULL, fulfillment_status text NOT NULL, return_status text NOT NULL, currency text NOT NULL, items " + int8 + " NOT NULL, discount " + int8 + " NOT NULL, shipping " + int8 + " NOT NULL, tax " + int8 + " NOT NULL, total " + int8 + " NOT NULL)",
		"CREATE TABLE order_lines(order_id text NOT NULL, line integer NOT NULL, id text NOT NULL, sku text NOT NULL, name text NOT NULL, quantity " + int8 + " NOT NULL, unit_price " + int8 + " NOT NULL, total " + int8 + " NOT NULL, allocated " + int8 + " NOT NULL, shipped " + int8 + " NOT NULL, returned " + int8 + " NOT NULL, tax_class text NOT NULL, PRIMARY KEY(order_id, line))",
		"CREATE TABLE addresses(order_id text NOT NULL, kind text NOT NULL, name text NOT NULL, line1 text NOT NULL, city text NOT NULL, postal_code text NOT NULL, country text NOT NULL, PRIMARY KEY(order_id, kind))",
	}, ix...)
}

func rusage() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(0, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func pidCPU(pid uint32) time.Duration { // utime+stime, 10 ms ticks
	if pid == 0 {
		return 0
	}
	b := must(os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)))
	f := strings.Fields(string(b[strings.LastIndex(string(b), ")")+2:]))
	u, _ := strconv.Atoi(f[11])
	s, _ := strconv.Atoi(f[12])
	return time.Duration(u+s) * 10 * time.Millisecond
}

func doctype() string {
	if os.Getenv("DOC") == "text" {
		return "text"
	}
	return "jsonb"
}

func pageSize() string {
	if v := os.Getenv("PAGE"); v != "" {
		return v
	}
	return "4096"
}

type store interface {
	insert([]*Order)
	update([]*Order)
	load([]string) []*Order
	pid() uint32
}

func str(o []*Order, f func(*Order) string) []string {
	out := make([]string, len(o))
	for i, x := range o {
		out[i] = f(x)
	}
	return out
}

func num(o []*Order, f func(*Order) int64) []int64 {
	out := make([]int64, len(o))
	for i, x := range o {
		out[i] = f(x)
	}
	return out
}

func docs(o []*Order) []string {
	return str(o, func(o *Order) string { return string(must(json.Marshal(o))) })
}

func ext(o []*Order) []*string {
	out := make([]*string, len(o))
	for i, x := range o {
		if x.External != "" {
			out[i] = &x.External
		}
	}
	return out
}
func id(o *Order) string { return o.ID }

type pg struct {
	c     *pgx.Conn
	shape string
}

func (p *pg) pid() uint32 { return p.c.PgConn().PID() }
func (p *pg) run(b *pgx.Batch) {
	all := &pgx.Batch{}
	all.Queue("BEGIN")
	all.QueuedQueries = append(all.QueuedQueries, b.QueuedQueries...)
	all.Queue("COMMIT")
	check(p.c.SendBatch(context.Background(), all).Close())
}

var s7 = []func(*Order) string{func(o *Order) string { return o.Status }, func(o *Order) string { return o.Channel }, func(o *Order) string { return o.Number }, func(o *Order) string { return o.Email }}

func (p *pg) insert(os []*Order) {
	b := &pgx.Batch{}
	placed, upd := num(os, func(o *Order) int64 { return o.PlacedAt }), num(os, func(o *Order) int64 { return o.Updated })
	switch p.shape {
	case "generated":
		b.Queue("INSERT INTO orders(id,version,doc) SELECT i,1,d::"+doctype()+" FROM unnest($1::text[],$2::text[]) u(i,d)", str(os, id), docs(os))
	case "plain", "plainfew":
		b.Queue("INSERT INTO orders(id,version,doc,status,channel,number,email,external_id,placed_at,updated) SELECT i,1,d::"+doctype()+",a,b,c,e,x,p,u FROM unnest($1::text[],$2::text[],$3::text[],$4::text[],$5::text[],$6::text[],$7::text[],$8::bigint[],$9::bigint[]) u(i,d,a,b,c,e,x,p,u)",
			str(os, id), docs(os), str(os, s7[0]), str(os, s7[1]), str(os, s7[2]), str(os, s7[3]), ext(os), placed, upd)
	case "relational":
		b.Queue("INSERT INTO orders(id,version,status,channel,number,email,external_id,placed_at,updated,payment_status,fulfillment_status,return_status,currency,items,discount,shipping,tax,total) SELECT i,1,a,b,c,e,x,p,u,ps,fs,rs,cu,it,di,sh,ta,t FROM unnest($1::text[],$2::text[],$3::text[],$4::text[],$5::text[],$6::text[],$7::bigint[],$8::bigint[],$9::text[],$10::text[],$11::text[],$12::text[],$13::bigint[],$14::bigint[],$15::bigint[],$16::bigint[],$17::bigint[]) u(i,a,b,c,e,x,p,u,ps,fs,rs,cu,it,di,sh,ta,t)",
			str(os, id), str(os, s7[0]), str(os, s7[1]), str(os, s7[2]), str(os, s7[3]), ext(os), placed, upd,
			str(os, func(o *Order) string { return o.Payment }), str(os, func(o *Order) string { return o.Fulfill }), str(os, func(o *Order) string { return o.Return }), str(os, func(o *Order) string { return o.Currency }),
			num(os, func(o *Order) int64 { return o.Items }), num(os, func(o *Order) int64 { return o.Discount }), num(os, func(o *Order) int64 { return o.ShipCost }), num(os, func(o *Order) int64 { return o.Tax }), num(os, func(o *Order) int64 { return o.Total }))
		var oi, li, sk, na, tc []string
		var ln, q, up, to, al, sh, re []int64
		var ai, ak, an, a1, ac, ap, aco []string
		for _, o := range os {
			for i, l := range o.Lines {
				oi, li, sk, na, tc = append(oi, o.ID), append(li, l.ID), append(sk, l.SKU), append(na, l.Name), append(tc, l.TaxClass)
				ln, q, up, to, al, sh, re = append(ln, int64(i)), append(q, l.Quantity), append(up, l.UnitPrice.Amount), append(to, l.Total.Amount), append(al, l.Allocated), append(sh, l.Shipped), append(re, l.Returned)
			}
			for k, a := range []Address{o.Shipping, o.Billing} {
				ai, ak, an, a1, ac, ap, aco = append(ai, o.ID), append(ak, []string{"shipping", "billing"}[k]), append(an, a.Name), append(a1, a.Line1), append(ac, a.City), append(ap, a.Postal), append(aco, a.Country)
			}
		}
		b.Queue("INSERT INTO order_lines SELECT * FROM unnest($1::text[],$2::int[],$3::text[],$4::text[],$5::text[],$6::bigint[],$7::bigint[],$8::bigint[],$9::bigint[],$10::bigint[],$11::bigint[],$12::text[])", oi, ln, li, sk, na, q, up, to, al, sh, re, tc)
		b.Queue("INSERT INTO addresses SELECT * FROM unnest($1::text[],$2::text[],$3::text[],$4::text[],$5::text[],$6::text[],$7::text[])", ai, ak, an, a1, ac, ap, aco)
	}
	p.run(b)
}

func (p *pg) update(os []*Order) {
	b := &pgx.Batch{}
	upd := num(os, func(o *Order) int64 { return o.Updated })
	switch p.shape {
	case "generated":
		b.Queue("UPDATE orders o SET version=o.version+1, doc=d::"+doctype()+" FROM unnest($1::text[],$2::text[]) u(i,d) WHERE o.id=u.i", str(os, id), docs(os))
	case "plain":
		b.Queue("UPDATE orders o SET version=o.version+1, doc=d::"+doctype()+", status=a, channel=b, number=c, email=e, external_id=x, placed_at=p, updated=u FROM unnest($1::text[],$2::text[],$3::text[],$4::text[],$5::text[],$6::text[],$7::text[],$8::bigint[],$9::bigint[]) n(i,d,a,b,c,e,x,p,u) WHERE o.id=n.i",
			str(os, id), docs(os), str(os, s7[0]), str(os, s7[1]), str(os, s7[2]), str(os, s7[3]), ext(os), num(os, func(o *Order) int64 { return o.PlacedAt }), upd)
	case "plainfew":
		b.Queue("UPDATE orders o SET version=o.version+1, doc=d::"+doctype()+", status=a, updated=u FROM unnest($1::text[],$2::text[],$3::text[],$4::bigint[]) n(i,d,a,u) WHERE o.id=n.i", str(os, id), docs(os), str(os, s7[0]), upd)
	case "relational":
		b.Queue("UPDATE orders o SET version=o.version+1, status=a, updated=u FROM unnest($1::text[],$2::text[],$3::bigint[]) n(i,a,u) WHERE o.id=n.i", str(os, id), str(os, s7[0]), upd)
		var oi []string
		var ln, al, sh []int64
		for _, o := range os {
			for i, l := range o.Lines {
				oi, ln, al, sh = append(oi, o.ID), append(ln, int64(i)), append(al, l.Allocated), append(sh, l.Shipped)
			}
		}
		b.Queue("UPDATE order_lines o SET allocated=a, shipped=s FROM unnest($1::text[],$2::int[],$3::bigint[],$4::bigint[]) n(i,l,a,s) WHERE o.order_id=n.i AND o.line=n.l", oi, ln, al, sh)
	}
	p.run(b)
}

func assemble(ids []string, m map[string]*Order) []*Order {
	out := make([]*Order, 0, len(ids))
	for _, i := range ids {
		out = append(out, m[i])
	}
	return out
}

const (
	loadOrders = "SELECT id,status,channel,coalesce(external_id,''),number,email,placed_at,updated,payment_status,fulfillment_status,return_status,currency,items,discount,shipping,tax,total FROM orders WHERE id"
	loadLines  = "SELECT order_id,id,sku,name,quantity,unit_price,total,allocated,shipped,returned,tax_class FROM order_lines WHERE order_id"
	loadAddr   = "SELECT order_id,kind,name,line1,city,postal_code,country FROM addresses WHERE order_id"
)

type scanner interface {
	Next() bool
	Scan(...any) error
	Err() error
}

func relational(o, l, a func() scanner, closeRows func(scanner)) map[string]*Order {
	m := map[string]*Order{}
	r := o()
	for r.Next() {
		x := &Order{}
		check(r.Scan(&x.ID, &x.Status, &x.Channel, &x.External, &x.Number, &x.Email, &x.PlacedAt, &x.Updated, &x.Payment, &x.Fulfill, &x.Return, &x.Currency, &x.Items, &x.Discount, &x.ShipCost, &x.Tax, &x.Total))
		m[x.ID] = x
	}
	closeRows(r)
	r = l()
	for r.Next() {
		var oid string
		x := Line{}
		check(r.Scan(&oid, &x.ID, &x.SKU, &x.Name, &x.Quantity, &x.UnitPrice.Amount, &x.Total.Amount, &x.Allocated, &x.Shipped, &x.Returned, &x.TaxClass))
		m[oid].Lines = append(m[oid].Lines, x)
	}
	closeRows(r)
	r = a()
	for r.Next() {
		var oid, kind string
		x := Address{}
		check(r.Scan(&oid, &kind, &x.Name, &x.Line1, &x.City, &x.Postal, &x.Country))
		if kind == "shipping" {
			m[oid].Shipping = x
		} else {
			m[oid].Billing = x
		}
	}
	closeRows(r)
	return m
}

func (p *pg) load(ids []string) []*Order {
	ctx := context.Background()
	m := map[string]*Order{}
	if p.shape != "relational" {
		r := must(p.c.Query(ctx, "SELECT doc::text FROM orders WHERE id = ANY($1)", ids))
		for r.Next() {
			o := &Order{}
			check(json.Unmarshal(r.RawValues()[0], o))
			m[o.ID] = o
		}
		check(r.Err())
		return assemble(ids, m)
	}
	b := &pgx.Batch{}
	b.Queue(loadOrders+"=ANY($1)", ids)
	b.Queue(loadLines+"=ANY($1) ORDER BY order_id, line", ids)
	b.Queue(loadAddr+"=ANY($1)", ids)
	res := p.c.SendBatch(ctx, b)
	q := func() scanner { return must(res.Query()) }
	m = relational(q, q, q, func(s scanner) { check(s.Err()) })
	check(res.Close())
	return assemble(ids, m)
}

type lite struct {
	c     *sql.Conn
	shape string
	st    map[string]*sql.Stmt
}

func (l *lite) pid() uint32 { return 0 }
func (l *lite) stmt(q string) *sql.Stmt {
	if l.st[q] == nil {
		l.st[q] = must(l.c.PrepareContext(context.Background(), q))
	}
	return l.st[q]
}
func (l *lite) do(q string, a ...any) { must(l.stmt(q).Exec(a...)) }
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (l *lite) insert(os []*Order) {
	l.do("BEGIN IMMEDIATE")
	for _, o := range os {
		switch l.shape {
		case "generated":
			l.do("INSERT INTO orders(id,version,doc) VALUES($1,1,$2)", o.ID, string(must(json.Marshal(o))))
		case "plain", "plainfew":
			l.do("INSERT INTO orders(id,version,doc,status,channel,external_id,number,email,placed_at,updated) VALUES($1,1,$2,$3,$4,$5,$6,$7,$8,$9)", o.ID, string(must(json.Marshal(o))), o.Status, o.Channel, null(o.External), o.Number, o.Email, o.PlacedAt, o.Updated)
		default:
			l.do("INSERT INTO orders VALUES($1,1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)", o.ID, o.Status, o.Channel, null(o.External), o.Number, o.Email, o.PlacedAt, o.Updated, o.Payment, o.Fulfill, o.Return, o.Currency, o.Items, o.Discount, o.ShipCost, o.Tax, o.Total)
			for i, x := range o.Lines {
				l.do("INSERT INTO order_lines VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)", o.ID, i, x.ID, x.SKU, x.Name, x.Quantity, x.UnitPrice.Amount, x.Total.Amount, x.Allocated, x.Shipped, x.Returned, x.TaxClass)
			}
			for k, a := range []Address{o.Shipping, o.Billing} {
				l.do("INSERT INTO addresses VALUES($1,$2,$3,$4,$5,$6,$7)", o.ID, []string{"shipping", "billing"}[k], a.Name, a.Line1, a.City, a.Postal, a.Country)
			}
		}
	}
	l.do("COMMIT")
}

func (l *lite) update(os []*Order) {
	l.do("BEGIN IMMEDIATE")
	for _, o := range os {
		switch l.shape {
		case "generated":
			l.do("UPDATE orders SET version=version+1, doc=$2 WHERE id=$1", o.ID, string(must(json.Marshal(o))))
		case "plain":
			l.do("UPDATE orders SET version=version+1, doc=$2, status=$3, channel=$4, external_id=$5, number=$6, email=$7, placed_at=$8, updated=$9 WHERE id=$1", o.ID, string(must(json.Marshal(o))), o.Status, o.Channel, null(o.External), o.Number, o.Email, o.PlacedAt, o.Updated)
		case "plainfew":
			l.do("UPDATE orders SET version=version+1, doc=$2, status=$3, updated=$4 WHERE id=$1", o.ID, string(must(json.Marshal(o))), o.Status, o.Updated)
		default:
			l.do("UPDATE orders SET version=version+1, status=$2, updated=$3 WHERE id=$1", o.ID, o.Status, o.Updated)
			for i, x := range o.Lines {
				l.do("UPDATE order_lines SET allocated=$3, shipped=$4 WHERE order_id=$1 AND line=$2", o.ID, i, x.Allocated, x.Shipped)
			}
		}
	}
	l.do("COMMIT")
}

func (l *lite) load(ids []string) []*Order {
	in := string(must(json.Marshal(ids)))
	from := " IN (SELECT value FROM json_each($1))"
	if l.shape != "relational" {
		m := map[string]*Order{}
		r := must(l.stmt("SELECT doc FROM orders WHERE id" + from).Query(in))
		for r.Next() {
			var d sql.RawBytes
			check(r.Scan(&d))
			o := &Order{}
			check(json.Unmarshal(d, o))
			m[o.ID] = o
		}
		check(r.Close())
		return assemble(ids, m)
	}
	q := func(s string) func() scanner { return func() scanner { return must(l.stmt(s).Query(in)) } }
	m := relational(q(loadOrders+from), q(loadLines+from+" ORDER BY order_id, line"), q(loadAddr+from), func(s scanner) { check(s.(*sql.Rows).Close()) })
	return assemble(ids, m)
}

func main() {
	engine, shape := os.Args[1], os.Args[2]
	total := must(strconv.Atoi(os.Args[3])) // orders to insert
	ctx := context.Background()
	var s store
	switch engine {
	case "pg":
		c := must(pgx.Connect(ctx, os.Getenv("PGURL")))
		must(c.Exec(ctx, "DROP TABLE IF EXISTS orders, order_lines, addresses"))
		for _, q := range ddl(shape, doctype(), "STORED", "bigint") {
			must(c.Exec(ctx, q))
		}
		must(c.Exec(ctx, "CHECKPOINT"))
		s = &pg{c, shape}
	case "sqlite":
		os.Remove("b.db")
		os.Remove("b.db-wal")
		os.Remove("b.db-shm")
		db := must(sql.Open("sqlite", "file:b.db?_pragma=page_size("+pageSize()+")&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-65536)"))
		c := must(db.Conn(ctx))
		for _, q := range ddl(shape, "text", "VIRTUAL", "integer") {
			must(c.ExecContext(ctx, q))
		}
		s = &lite{c, shape, map[string]*sql.Stmt{}}
	}
	var all []*Order
	const size = 64
	measure := func(n int, f func()) (float64, float64, float64) {
		t, p, g := time.Now(), pidCPU(s.pid()), rusage()
		f()
		return float64(n) / time.Since(t).Seconds(), float64((pidCPU(s.pid()) - p).Microseconds()) / float64(n), float64((rusage() - g).Microseconds()) / float64(n)
	}
	for range total {
		all = append(all, newOrder())
	}
	ir, ip, ig := measure(total, func() {
		for i := 0; i+size <= total; i += size {
			s.insert(all[i : i+size])
		}
	})
	total -= total % size
	all = all[:total]
	bytes := int64(0)
	detail := ""
	if p, ok := s.(*pg); ok {
		rows := must(p.c.Query(ctx, "SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class WHERE relname IN ('orders','order_lines','addresses') AND relkind='r' ORDER BY 1"))
		for rows.Next() {
			var n string
			var t, x int64
			check(rows.Scan(&n, &t, &x))
			bytes += t + x
			detail += fmt.Sprintf(" %s=%d+%d", n, t/int64(total), x/int64(total))
		}
	} else {
		s.(*lite).c.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
		bytes = must(os.Stat("b.db")).Size()
	}
	if p, ok := s.(*pg); ok {
		must(p.c.Exec(ctx, "VACUUM ANALYZE"))
		must(p.c.Exec(ctx, "CHECKPOINT"))
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	un := min(total, 16000) / size * size
	ur, up, ug := measure(un, func() {
		for i := 0; i+size <= un; i += size {
			for _, o := range all[i : i+size] {
				o.Status = "open"
				clock += 100
				o.Updated = clock
				for k := range o.Lines {
					o.Lines[k].Allocated--
					o.Lines[k].Shipped++
				}
			}
			s.update(all[i : i+size])
		}
	})
	ln := 0
	lr, lp, lg := 0., 0., 0.
	ln = min(total, 32000) / size * size
	lr, lp, lg = measure(ln, func() {
		for i := 0; i+size <= ln; i += size {
			ids := str(all[i:i+size], id)
			for k, o := range s.load(ids) {
				if o.ID != ids[k] || len(o.Lines) != 3 || o.Status != all[i+k].Status || o.Shipping.City != "Berlin" || o.Lines[2].Shipped != all[i+k].Lines[2].Shipped || o.Lines[1].SKU != all[i+k].Lines[1].SKU {
					panic("wrong order loaded")
				}
			}
		}
	})
	fmt.Printf("%s "+doctype()+" "+pageSize()+" %-10s insert %6.0f/s (backend %3.0f us, client %3.0f us)  update %6.0f/s (%3.0f, %3.0f)  load %6.0f/s (%3.0f, %3.0f)  bytes/order %d%s doc=%d\n", engine, shape, ir, ip, ig, ur, up, ug, lr, lp, lg, bytes/int64(total), detail, len(must(json.Marshal(all[0]))))
}
