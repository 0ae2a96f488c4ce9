package verify

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"ordo/internal/database"
	"ordo/internal/journal"
	"ordo/internal/store"
)

// hurt damages a database that nobody serves, going round everything that guards it.
type hurt struct {
	t      *testing.T
	url    string
	db     store.DB
	ids    map[string]string
	sqlite bool
}

func newHurt(t *testing.T, url string, ids map[string]string) *hurt {
	t.Helper()
	db, err := database.Open(t.Context(), url, 4)
	if err != nil {
		t.Fatal(err)
	}
	h := &hurt{t, url, db, ids, db.Dialect().Name == "sqlite"}
	for _, sql := range h.pick(
		[]string{"DROP TRIGGER journal_no_delete", "DROP TRIGGER journal_no_update"},
		[]string{"ALTER TABLE journal DISABLE TRIGGER USER", "ALTER TABLE stock_positions DROP CONSTRAINT stock_positions_reserved_check", "ALTER TABLE stock_positions DROP CONSTRAINT stock_positions_check"},
	) {
		h.write(&store.Stmt{SQL: sql, Want: store.AnyRows})
	}
	return h
}

func (h *hurt) pick(sqlite, postgres []string) []string {
	if h.sqlite {
		return sqlite
	}
	return postgres
}

// exec changes rows; one that changes none is a mistake of the test.
func (h *hurt) exec(sql string, args ...any) {
	h.t.Helper()
	if h.sqlite {
		h.write(&store.Stmt{SQL: "PRAGMA ignore_check_constraints = ON", Want: store.AnyRows})
	}
	n := int64(0)
	h.write(&store.Stmt{SQL: sql + " RETURNING 1", Args: args, Want: store.AnyRows, Scan: func(store.Row) error { n++; return nil }})
	if n == 0 {
		h.t.Fatalf("%s changed nothing", sql)
	}
}

func (h *hurt) write(stmts ...*store.Stmt) {
	h.t.Helper()
	if err := store.Write(h.t.Context(), h.db, func(tx store.Tx) error { return tx.Do(h.t.Context(), stmts...) }); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hurt) text(sql string, args ...any) (s string) {
	h.t.Helper()
	found := false
	if err := h.db.Query(h.t.Context(), func(r store.Row) error { found = true; return r.Scan(&s) }, sql, args...); err != nil || !found {
		h.t.Fatalf("%s: %v, found: %t", sql, err, found)
	}
	return s
}

func (h *hurt) number(sql string, args ...any) (n int64) {
	h.t.Helper()
	if err := h.db.Query(h.t.Context(), func(r store.Row) error { return r.Scan(&n) }, sql, args...); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// dict is a JSON object.
type dict = map[string]any

func (h *hurt) edited(text string, edit func(dict)) string {
	h.t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	m := dict{}
	if err := d.Decode(&m); err != nil {
		h.t.Fatal(err)
	}
	edit(m)
	b, err := json.Marshal(m)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(b)
}

// edit changes a document and nothing beside it.
func (h *hurt) edit(table, id string, edit func(dict)) {
	h.t.Helper()
	h.exec("UPDATE "+table+" SET doc = $1 WHERE id = $2", h.edited(h.text("SELECT doc FROM "+table+" WHERE id = $1", id), edit), id)
}

// editBody changes what an event says; the chain is then made to fit.
func (h *hurt) editBody(seq int64, edit func(dict)) {
	h.t.Helper()
	h.exec("UPDATE journal SET body = $1 WHERE seq = $2", h.edited(h.text("SELECT body FROM journal WHERE seq = $1", seq), edit), seq)
	h.chain()
}

// seq finds the first event of a type about an aggregate.
func (h *hurt) seq(kind, id string) int64 {
	h.t.Helper()
	n := h.number("SELECT COALESCE(MIN(seq), 0) FROM journal WHERE type = $1 AND aggregate = $2", kind, id)
	if n == 0 {
		h.t.Fatalf("%s has no event %s", id, kind)
	}
	return n
}

func (h *hurt) last() int64 { return h.number("SELECT MAX(seq) FROM journal") }

// addEvent appends a copy of an event under another type, aggregate or version.
func (h *hurt) addEvent(from int64, kind, id string, version int64) {
	h.t.Helper()
	h.exec("INSERT INTO journal (seq, at, type, aggregate, version, actor, request_id, body, hash) SELECT j.seq + 1, j.at, $1, $2, $3, j.actor, j.request_id, b.body, j.hash FROM journal AS j, journal AS b WHERE j.seq = $4 AND b.seq = $5",
		kind, id, version, h.last(), from)
	h.chain()
}

// chain hashes the whole journal again, as somebody would who wants to hide.
func (h *hurt) chain() {
	h.t.Helper()
	rows, err := journal.After(h.t.Context(), h.db, math.MinInt64, math.MaxInt32)
	if err != nil {
		h.t.Fatal(err)
	}
	var c journal.Chainer
	var before []byte
	for i := range rows {
		r := &rows[i]
		hash := c.Sum(before, r)
		if !bytes.Equal(hash, r.Hash) {
			h.exec("UPDATE journal SET hash = $1 WHERE seq = $2", hash, r.Seq)
		}
		before = hash
		if i == len(rows)-1 {
			h.exec("UPDATE journal_head SET seq = $1, at = $2, hash = $3", r.Seq, int64(r.At), hash)
		}
	}
}

func (h *hurt) order(name string) string { return h.ids[name] }

func (h *hurt) part(table, order string) string {
	h.t.Helper()
	return h.text("SELECT id FROM "+table+" WHERE order_id = $1 ORDER BY id LIMIT 1", h.ids[order])
}

// list returns the i-th object of a list in a document.
func list(m dict, name string, i int) dict { return m[name].([]any)[i].(dict) }

func stmt(sql string, args ...any) *store.Stmt {
	return &store.Stmt{SQL: sql, Args: args, Want: store.AnyRows}
}
