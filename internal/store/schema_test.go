package store_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"ordo/internal/database"
	"ordo/internal/pgtest"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

func TestNodesMigrateAtOnce(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				db, err := database.Open(context.Background(), url, 2)
				if err != nil {
					t.Error(err)
					return
				}
				db.Close()
			})
		}
		wg.Wait()
		db := storetest.Open(t, url)
		if n := number(t, db, "SELECT COUNT(*) - MAX(version) FROM schema_migrations"); n != 0 {
			t.Errorf("versions and rows differ by %d", n)
		}
		if n := number(t, db, "SELECT COUNT(*) FROM journal_head"); n != 1 {
			t.Errorf("%d heads", n)
		}
	})
}

func number(t *testing.T, db store.DB, sql string) (n int64) {
	t.Helper()
	if err := db.Query(t.Context(), func(r store.Row) error { return r.Scan(&n) }, sql); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNewerSchemaIsRefused(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		write(t, db, &store.Stmt{SQL: "INSERT INTO schema_migrations (version) VALUES (9000)", Want: 1})
		_, err := database.Open(t.Context(), url, 2)
		if err == nil || !strings.Contains(err.Error(), "start a newer ordo") {
			t.Errorf("a database of the future: %v", err)
		}
	})
}

func TestMigrationsAreAllOrNothing(t *testing.T) {
	script := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	good := fstest.MapFS{"0001_a.sql": script("CREATE TABLE a (n bigint); INSERT INTO a VALUES (1);"), "0002_b.sql": script("ALTER TABLE a ADD COLUMN m bigint")}
	bad := maps.Clone(good)
	bad["0003_c.sql"] = script("CREATE TABLE c (n bigint); CREATE TABEL d (n bigint)")
	gap := maps.Clone(good)
	gap["0004_d.sql"] = script("CREATE TABLE d (n bigint)")
	storetest.EachURL(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		write(t, db, &store.Stmt{SQL: "DELETE FROM schema_migrations", Want: store.AnyRows})
		m := db.(store.Migrator)
		for name, scripts := range map[string]fstest.MapFS{"0003_c.sql": bad, "0004_d.sql": gap} {
			if err := store.Migrate(t.Context(), m, scripts); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %v", name, err)
			}
			if n := number(t, db, "SELECT COUNT(*) FROM schema_migrations"); n != 0 {
				t.Errorf("%s: %d versions are left", name, n)
			}
		}
		for range 2 { // the second time there is nothing to do
			if err := store.Migrate(t.Context(), m, good); err != nil {
				t.Fatal(err)
			}
		}
		if n := number(t, db, "SELECT COUNT(m) + COUNT(n) FROM a"); n != 1 {
			t.Error("the table is not as migrated")
		}
		good["0003_e.sql"] = script("INSERT INTO a (n) VALUES (2)")
		defer delete(good, "0003_e.sql")
		if err := store.Migrate(t.Context(), m, good); err != nil || number(t, db, "SELECT COUNT(*) FROM a") != 2 {
			t.Errorf("one more: %v", err)
		}
	})
}

func TestReadOnly(t *testing.T) {
	if _, err := database.OpenReadOnly(t.Context(), "sqlite:"+t.TempDir()+"/none.db"); err == nil {
		t.Error("a file that does not exist was opened")
	}
	url := "sqlite:" + t.TempDir() + "/a?b#c d.db" // every character is one of the name
	storetest.Open(t, url)
	db, err := database.OpenReadOnly(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if number(t, db, "SELECT COUNT(*) FROM journal_head") != 1 {
		t.Error("it is another file")
	}
	if _, err := db.Begin(t.Context()); err == nil {
		t.Error("it can be written to")
	}
	if err := db.Query(t.Context(), func(store.Row) error { return nil }, "DELETE FROM journal_head RETURNING 1"); err == nil {
		t.Error("a reader can write")
	}
}

// typeNames is all in which the columns of the engines may differ.
var typeNames = map[string]string{"text": "TEXT", "bigint": "INTEGER", "bytea": "BLOB"}

// schema is what a database looks like: a line per column, index and check.
type schema map[string]bool

func TestEnginesHaveOneSchema(t *testing.T) {
	lite := sqliteSchema(t, storetest.Open(t, "sqlite:"+t.TempDir()+"/ordo.db"))
	post := postgresSchema(t, storetest.Open(t, pgtest.New(t)))
	if len(lite) < 100 {
		t.Fatalf("only %d facts were found", len(lite))
	}
	for _, fact := range slices.Sorted(maps.Keys(lite)) {
		if !post[fact] {
			t.Errorf("only on SQLite: %s", fact)
		}
	}
	for _, fact := range slices.Sorted(maps.Keys(post)) {
		if !lite[fact] {
			t.Errorf("only on PostgreSQL: %s", fact)
		}
	}
}

func texts(t *testing.T, db store.DB, columns int, sql string, args ...any) (rows [][]string) {
	t.Helper()
	err := db.Query(t.Context(), func(r store.Row) error {
		row, dest := make([]string, columns), make([]any, columns)
		for i := range row {
			dest[i] = &row[i]
		}
		rows = append(rows, row)
		return r.Scan(dest...)
	}, sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func sqliteSchema(t *testing.T, db store.DB) schema {
	t.Helper()
	s := schema{}
	for _, table := range texts(t, db, 3, "SELECT name, type, COALESCE(sql, '') FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'") {
		name := table[0]
		if table[1] == "table" && name != "schema_migrations" && !strings.Contains(table[2], "STRICT") {
			t.Errorf("table %s is not STRICT", name)
		}
		for _, c := range texts(t, db, 4, `SELECT name, type, CAST("notnull" AS text), CAST(pk AS text) FROM pragma_table_info($1)`, name) {
			if table[1] == "view" {
				s[fmt.Sprintf("view %s.%s", name, c[0])] = true
				continue
			}
			kind := strings.ToUpper(c[1])
			if n, ok := typeNames[c[1]]; ok { // schema_migrations has one text for both
				kind = n
			}
			s[fmt.Sprintf("column %s.%s %s required=%t key=%s", name, c[0], kind, c[2] == "1" || c[3] != "0", c[3])] = true
		}
		for _, i := range texts(t, db, 2, `SELECT name, CAST("unique" AS text) FROM pragma_index_list($1) WHERE origin = 'c'`, name) {
			var cols []string
			for _, c := range texts(t, db, 1, "SELECT name FROM pragma_index_info($1) ORDER BY seqno", i[0]) {
				cols = append(cols, c[0])
			}
			some := ""
			if _, condition, found := strings.Cut(texts(t, db, 1, "SELECT sql FROM sqlite_master WHERE name = $1", i[0])[0][0], " WHERE "); found {
				some = " WHERE " + plain(condition)
			}
			s[fmt.Sprintf("index %s on %s(%s)%s unique=%t", i[0], name, strings.Join(cols, ","), some, i[1] == "1")] = true
		}
		for _, c := range checks(table[2]) {
			s[fmt.Sprintf("check on %s: %s", name, c)] = true
		}
	}
	return s
}

// checks returns the conditions of the CHECK clauses in a table's DDL.
func checks(ddl string) (out []string) {
	for {
		_, rest, found := strings.Cut(ddl, "CHECK (")
		if !found {
			return out
		}
		depth, end := 1, 0
		for ; depth > 0; end++ {
			switch rest[end] {
			case '(':
				depth++
			case ')':
				depth--
			}
		}
		out = append(out, plain(rest[:end-1]))
		ddl = rest[end:]
	}
}

var noise = regexp.MustCompile(`[\s()]`)

// anyOf is how PostgreSQL writes IN, without noise.
var anyOf = regexp.MustCompile(`=ANYARRAY\[([^\]]*)\]`)

func plain(condition string) string { return noise.ReplaceAllString(condition, "") }

func postgresSchema(t *testing.T, db store.DB) schema {
	t.Helper()
	s := schema{}
	keys := map[string]string{}
	for _, k := range texts(t, db, 3, `SELECT c.relname, a.attname, CAST(array_position(i.indkey::int2[], a.attnum) + 1 AS text)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
		WHERE i.indisprimary AND c.relnamespace = 'public'::regnamespace`) {
		keys[k[0]+"."+k[1]] = k[2]
	}
	for _, c := range texts(t, db, 5, `SELECT t.table_name, t.table_type, c.column_name, c.data_type, c.is_nullable
		FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) WHERE table_schema = 'public'`) {
		if c[1] == "VIEW" {
			s[fmt.Sprintf("view %s.%s", c[0], c[2])] = true
			continue
		}
		key := keys[c[0]+"."+c[2]]
		if key == "" {
			key = "0"
		}
		s[fmt.Sprintf("column %s.%s %s required=%t key=%s", c[0], c[2], typeNames[c[3]], c[4] == "NO", key)] = true
	}
	for _, i := range texts(t, db, 4, `SELECT i.relname, t.relname, CAST(x.indisunique AS text), pg_get_indexdef(i.oid)
		FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
		WHERE NOT x.indisprimary AND t.relnamespace = 'public'::regnamespace`) {
		_, cols, _ := strings.Cut(i[3], "(")
		cols, some, found := strings.Cut(cols, ") WHERE ")
		if found {
			some = " WHERE " + anyOf.ReplaceAllString(strings.ReplaceAll(plain(some), "::text", ""), "IN$1")
		}
		s[fmt.Sprintf("index %s on %s(%s)%s unique=%s", i[0], i[1], strings.ReplaceAll(strings.TrimSuffix(cols, ")"), " ", ""), some, i[2])] = true
	}
	for _, c := range texts(t, db, 2, "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace") {
		s[fmt.Sprintf("check on %s: %s", c[0], plain(strings.TrimPrefix(c[1], "CHECK")))] = true
	}
	return s
}

// The parity test itself must see what it is for.
func TestChecksAreFound(t *testing.T) {
	got := checks("CREATE TABLE t (a INTEGER CHECK (a >= 0), b TEXT, CHECK (a <= (b + 1) - 2)) STRICT")
	sort.Strings(got)
	if fmt.Sprint(got) != "[a<=b+1-2 a>=0]" {
		t.Error(got)
	}
}
