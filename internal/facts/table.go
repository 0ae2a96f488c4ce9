package facts

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"ordo/internal/store"
)

// Table is a table of rows of type T, whose fields say by tag which column they are: text or whole numbers.
type Table[T comparable] struct {
	Name    string
	Columns string // all, in order, with commas
	Key     string // the columns that rows are sorted by
	cols    []store.Col
	keys    []store.Col
	keyAt   []int // fields of keys
	signed  bool  // all of a row of sums may be below zero
}

func tableOf[T comparable](name string, keys ...string) *Table[T] {
	t := &Table[T]{Name: name, Key: strings.Join(keys, ", ")}
	var names []string
	for i := range reflect.TypeFor[T]().NumField() {
		f := reflect.TypeFor[T]().Field(i)
		c := store.Col{Name: f.Tag.Get("col"), Type: store.Text}
		if f.Type.Kind() == reflect.Int64 {
			c.Type = store.Int
		}
		t.cols, names = append(t.cols, c), append(names, c.Name)
		if slices.Contains(keys, c.Name) {
			t.keys, t.keyAt = append(t.keys, c), append(t.keyAt, i)
		}
	}
	t.Columns = strings.Join(names, ", ")
	return t
}

// Owner is the column of the aggregate that a row belongs to.
func (t *Table[T]) Owner() string { return t.keys[0].Name }

// Scan reads a row of all columns.
func (t *Table[T]) Scan(r store.Row) (row T, err error) {
	v := reflect.ValueOf(&row).Elem()
	into := make([]any, v.NumField())
	for i := range into {
		into[i] = v.Field(i).Addr().Interface()
	}
	err = r.Scan(into...)
	return row, err
}

// put adds rows, and replaces those that have their keys.
func (t *Table[T]) put(d store.Dialect, rows []T) *store.Stmt {
	return &store.Stmt{SQL: d.Upsert(t.Name, t.cols, t.keys), Rows: values(rows, t.cols), Want: int64(len(rows))}
}

// same reports whether two rows have the same keys.
func (t *Table[T]) same(a, b T) bool {
	x, y := reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem()
	for _, i := range t.keyAt {
		if !x.Field(i).Equal(y.Field(i)) {
			return false
		}
	}
	return true
}

// KeyOf is a row of nothing but its keys.
func (t *Table[T]) KeyOf(row T) (key T) {
	from, to := reflect.ValueOf(&row).Elem(), reflect.ValueOf(&key).Elem()
	for _, i := range t.keyAt {
		to.Field(i).Set(from.Field(i))
	}
	return key
}

// NameOf says the keys of a row.
func (t *Table[T]) NameOf(row T) string {
	v := reflect.ValueOf(row)
	out := make([]string, len(t.keyAt))
	for n, i := range t.keyAt {
		out[n] = fmt.Sprint(v.Field(i).Interface())
	}
	return strings.Join(out, " ")
}

// removeOrders takes away all rows of orders.
func (t *Table[T]) removeOrders(d store.Dialect, ids []string) *store.Stmt {
	return &store.Stmt{SQL: d.Delete(t.Name, t.keys[:1]), Rows: []any{ids}, Want: store.AnyRows}
}

// values turns rows into columns.
func values[T any](rows []T, cols []store.Col) []any {
	at := map[string]int{}
	for i := range reflect.TypeFor[T]().NumField() {
		at[reflect.TypeFor[T]().Field(i).Tag.Get("col")] = i
	}
	out := make([]any, len(cols))
	for c, col := range cols {
		i := at[col.Name]
		if col.Type == store.Int {
			numbers := make([]int64, len(rows))
			for r := range rows {
				numbers[r] = reflect.ValueOf(&rows[r]).Elem().Field(i).Int()
			}
			out[c] = numbers
			continue
		}
		texts := make([]string, len(rows))
		for r := range rows {
			texts[r] = reflect.ValueOf(&rows[r]).Elem().Field(i).String()
		}
		out[c] = texts
	}
	return out
}
