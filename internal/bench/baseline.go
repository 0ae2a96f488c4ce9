package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ordo/internal/config"
	"ordo/internal/database"
	"ordo/internal/drive"
	"ordo/internal/ids"
	"ordo/internal/server"
)

// The baseline of SQLite is the least that any program could do to keep the same orders: a loop over prepared
// statements that inserts the rows of a real order, byte for byte as large, and takes its stock. No HTTP, no JSON, no
// rules; the rows are those of an order that a real server has placed just before.

// BaselineOptions of a run of SQLiteBaseline.
type BaselineOptions struct {
	DB      string // sqlite:FILE; there may be no such file yet
	Seconds float64
}

const (
	perCommit    = 100 // orders in one transaction
	baselineSKUs = 10_000
)

// BaselineResult is what a run of SQLiteBaseline found out.
type BaselineResult struct {
	What      string         `json:"what"`
	Seconds   float64        `json:"seconds"`
	Orders    int            `json:"orders"`
	Rate      float64        `json:"rate"`
	PerCommit int            `json:"orders_per_commit"`
	Rows      map[string]int `json:"rows_per_order"` // by table
	Bytes     float64        `json:"database_bytes"` // per order
}

// JSON writes the result as one line.
func (r *BaselineResult) JSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// Text writes the result for people.
func (r *BaselineResult) Text(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d orders in %.1f s: %.1f orders/s, %d per commit, rows per order %v, %.0f bytes per order\n",
		r.Orders, r.Seconds, r.Rate, r.PerCommit, r.Rows, r.Bytes)
	return err
}

// SQLiteBaseline measures the bare loop.
func SQLiteBaseline(ctx context.Context, o BaselineOptions) (*BaselineResult, error) {
	engine, path, err := database.Split(o.DB)
	if err != nil {
		return nil, err
	}
	if engine != "sqlite" {
		return nil, errors.New("the loop measures SQLite: give sqlite:FILE")
	}
	if _, err := os.Stat(path); err == nil {
		return nil, fmt.Errorf("%s exists: give a file that may be filled with rows that mean nothing", path)
	}
	t, err := takeTemplate(ctx)
	if err != nil {
		return nil, fmt.Errorf("taking the rows of a real order: %w", err)
	}
	db, err := database.Open(ctx, o.DB, 0) // for the tables
	if err != nil {
		return nil, err
	}
	db.Close()
	return t.loop(ctx, path, time.Duration(o.Seconds*float64(time.Second)))
}

// template is the rows of one real order.
type template struct {
	inserts []insert
	ids     []string // of documents, as they stand in the rows
	stock   insert   // a position
}

type insert struct {
	table string
	sql   string
	row   []any
	fresh []patch
}

// patch says which value of a row is another one in every order.
type patch struct {
	column int
	id     int // index into template.ids; -1 for a number or bytes that occur nowhere else
}

// takeTemplate places an order with a real server on a file of its own, and compares all tables before and after.
func takeTemplate(ctx context.Context) (t *template, err error) {
	dir, err := os.MkdirTemp("", "ordo-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "ordo.db")
	c := config.Default()
	c.DB, c.Listen, c.BootstrapKey = "sqlite:"+path, "127.0.0.1:0", "ordo_bench_"+drive.Secret(16)
	srv, err := server.Start(ctx, c, "bench", slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer srv.Stop()
	api := drive.NewClient(srv.URL, c.BootstrapKey, 4)
	if err := seed(ctx, api, 6); err != nil {
		return nil, err
	}
	l, err := newLoad(Options{URL: srv.URL, Key: c.BootstrapKey, Clients: 1, Lines: 3, SKUs: 6, Provider: "manual"})
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	before, err := readTables(ctx, db)
	if err != nil {
		return nil, err
	}
	if _, err := l.probe(ctx, api); err != nil {
		return nil, err
	}
	after, err := readTables(ctx, db)
	if err != nil {
		return nil, err
	}
	return newTemplate(before, after)
}

func dsn(path string) string {
	q := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(4000)", "cache_size(-32000)", "busy_timeout(10000)"}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// table is a table with all its rows.
type table struct {
	name    string
	columns []string
	keys    []int // columns of the primary key
	rows    [][]any
}

func readTables(ctx context.Context, db *sql.DB) (out []table, err error) {
	columns, err := readRows(ctx, db, `SELECT t.name, c.name, c.pk FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid`)
	if err != nil {
		return nil, err
	}
	for _, c := range columns {
		name := c[0].(string)
		if len(out) == 0 || out[len(out)-1].name != name {
			out = append(out, table{name: name})
		}
		t := &out[len(out)-1]
		if c[2].(int64) > 0 {
			t.keys = append(t.keys, len(t.columns))
		}
		t.columns = append(t.columns, c[1].(string))
	}
	for i := range out {
		if out[i].rows, err = readRows(ctx, db, "SELECT * FROM "+out[i].name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func readRows(ctx context.Context, db *sql.DB, text string) (out [][]any, err error) {
	rows, err := db.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// newTemplate makes inserts of the rows whose keys are new. Rows that were changed are left to the loop: stock.
func newTemplate(before, after []table) (*template, error) {
	t := &template{}
	for i, a := range after {
		old := map[string]bool{}
		for _, r := range before[i].rows {
			old[key(a, r)] = true
		}
		if a.name == "stock_positions" {
			t.stock = newInsert(a, before[i].rows[0]) // of which the order has taken nothing yet
			continue
		}
		for _, r := range a.rows {
			if old[key(a, r)] {
				continue
			}
			t.inserts = append(t.inserts, newInsert(a, r))
			if id, ok := r[a.keys[0]].(string); ok && len(a.keys) == 1 {
				t.ids = append(t.ids, id)
			}
		}
	}
	if len(t.inserts) < 4 || len(t.ids) < 3 {
		return nil, fmt.Errorf("an order wrote only %d rows", len(t.inserts))
	}
	for i := range t.inserts {
		t.inserts[i].patch(after, t.ids)
	}
	return t, nil
}

func key(t table, row []any) string {
	var b strings.Builder
	for _, k := range t.keys {
		fmt.Fprintf(&b, "%v\x00", row[k])
	}
	return b.String()
}

func newInsert(t table, row []any) insert {
	marks := "?" + strings.Repeat(", ?", len(t.columns)-1)
	return insert{table: t.name, row: row, sql: fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.name, strings.Join(t.columns, ", "), marks)}
}

// patch finds the ids in a row; in a table whose key has none of them, the last column of the key must change.
func (s *insert) patch(tables []table, ids []string) {
	var t table
	for _, x := range tables {
		if x.name == s.table {
			t = x
		}
	}
	unique := false
	for c, v := range s.row {
		for i, id := range ids {
			if v == id {
				s.fresh = append(s.fresh, patch{c, i})
				unique = unique || contains(t.keys, c)
			}
		}
	}
	if !unique {
		s.fresh = append(s.fresh, patch{t.keys[len(t.keys)-1], -1})
	}
}

// loop inserts orders until the time is over.
func (t *template) loop(ctx context.Context, path string, d time.Duration) (res *BaselineResult, err error) {
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	w, err := t.prepare(ctx, conn)
	if err != nil {
		return nil, err
	}
	size, err := w.size(ctx)
	if err != nil {
		return nil, err
	}
	begin, orders := time.Now(), 0
	for time.Since(begin) < d {
		if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return nil, err
		}
		for range perCommit {
			if err := w.order(ctx); err != nil {
				return nil, err
			}
		}
		if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
			return nil, err
		}
		orders += perCommit
	}
	took := time.Since(begin)
	grown, err := w.size(ctx)
	res = &BaselineResult{What: "sqlite-baseline", Seconds: took.Seconds(), Orders: orders, Rate: round(float64(orders)/took.Seconds(), 1), PerCommit: perCommit, Rows: map[string]int{}}
	res.Bytes = round(float64(grown-size)/float64(orders), 0)
	for _, s := range t.inserts {
		res.Rows[s.table]++
	}
	return res, err
}

// writer holds the prepared statements.
type writer struct {
	t       *template
	conn    *sql.Conn
	inserts []*sql.Stmt
	take    *sql.Stmt
	skus    []string
	count   int64
	ids     []string
	rng     *mathrand.Rand
}

func (t *template) prepare(ctx context.Context, conn *sql.Conn) (*writer, error) {
	w := &writer{t: t, conn: conn, ids: make([]string, len(t.ids)), count: 1_000_000, rng: mathrand.New(mathrand.NewPCG(1, 2))} //nolint:gosec // not a secret
	var err error
	prepare := func(text string) (s *sql.Stmt) {
		if err == nil {
			s, err = conn.PrepareContext(ctx, text)
		}
		return s
	}
	for _, s := range t.inserts {
		w.inserts = append(w.inserts, prepare(s.sql))
	}
	w.take = prepare("UPDATE stock_positions SET allocated = allocated + 1 WHERE sku = ? AND location = ?")
	stock := prepare(t.stock.sql)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	for n := 1; n <= baselineSKUs; n++ {
		w.skus = append(w.skus, sku(n))
		row := append([]any{sku(n)}, t.stock.row[1:]...)
		if _, err := stock.ExecContext(ctx, row...); err != nil {
			return nil, err
		}
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return w, err
}

func (w *writer) size(ctx context.Context) (n int64, err error) {
	err = w.conn.QueryRowContext(ctx, "SELECT c.page_count * s.page_size FROM pragma_page_count AS c, pragma_page_size AS s").Scan(&n)
	return n, err
}

// order writes one order. The first column of a position is its SKU, the second its location.
func (w *writer) order(ctx context.Context) error {
	for i, id := range w.t.ids {
		prefix, _, _ := strings.Cut(id, "_")
		w.ids[i] = ids.New(prefix)
	}
	for i := range w.t.inserts {
		s := &w.t.inserts[i]
		for _, p := range s.fresh {
			if p.id >= 0 {
				s.row[p.column] = w.ids[p.id]
				continue
			}
			w.count++
			switch old := s.row[p.column].(type) {
			case int64:
				s.row[p.column] = w.count
			case []byte:
				_, _ = rand.Read(old) // never fails since Go 1.24
			default:
				s.row[p.column] = fmt.Sprintf("%07d", w.count)
			}
		}
		if _, err := w.inserts[i].ExecContext(ctx, s.row...); err != nil {
			return fmt.Errorf("%s: %w", s.table, err)
		}
	}
	for range 3 {
		if _, err := w.take.ExecContext(ctx, w.skus[w.rng.IntN(len(w.skus))], w.t.stock.row[1]); err != nil {
			return err
		}
	}
	return nil
}
