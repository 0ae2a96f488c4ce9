package store

import (
	"fmt"
	"slices"
	"strings"

	"ordo/internal/jsonx"
)

// Dialect names an engine and holds the fragments in which the engines differ. Everything else is one text.
type Dialect struct {
	Name       string // "sqlite" or "postgres"
	Sets       bool   // statements over many rows run once, over arrays
	Lock       string // after SELECT: lock the rows until the end of the transaction
	SkipLocked string // after SELECT: lock the rows, pass over those that others hold
	EmptyBytes string // the literal of no bytes
	Clock      string // expression for the server's time in microseconds; "" where the process is the server
}

// Type is the type of a column.
type Type string

// The types of columns. Times are Int (microseconds), flags are Int (0 or 1).
const (
	Text  Type = "text"
	Int   Type = "bigint"
	Bytes Type = "bytea"
)

// Col is a column as a statement uses it.
type Col struct {
	Name     string
	Type     Type
	Nullable bool   // the empty value is stored as NULL
	Add      bool   // in an update: the value is added to the column
	As       string // name of the value, when one statement uses a column twice
}

func (c Col) as() string {
	if c.As != "" {
		return c.As
	}
	return c.Name
}

func (d Dialect) unnest(cols []Col) string {
	params, names := make([]string, len(cols)), make([]string, len(cols))
	for i, c := range cols {
		params[i], names[i] = fmt.Sprintf("$%d::%s[]", i+1, c.Type), c.as()
	}
	return fmt.Sprintf("unnest(%s) AS v(%s)", strings.Join(params, ", "), strings.Join(names, ", "))
}

// value renders the column's value: from the array v, or from the i-th parameter.
func (d Dialect) value(c Col, i int) string {
	x := fmt.Sprintf("$%d", i+1)
	if d.Sets {
		x = "v." + c.as()
	}
	if c.Nullable {
		empty := "''"
		if c.Type == Bytes {
			empty = d.EmptyBytes
		}
		return fmt.Sprintf("NULLIF(%s, %s)", x, empty)
	}
	return x
}

// Insert adds rows. With skip, rows whose key exists are passed over and not counted as affected.
func (d Dialect) Insert(table string, cols []Col, skip bool) string {
	names, values := make([]string, len(cols)), make([]string, len(cols))
	for i, c := range cols {
		names[i], values[i] = c.Name, d.value(c, i)
	}
	text := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(names, ", "), strings.Join(values, ", "))
	if d.Sets {
		text = fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", table, strings.Join(names, ", "), strings.Join(values, ", "), d.unnest(cols))
	}
	if skip {
		text += " ON CONFLICT DO NOTHING"
	}
	return text
}

// Upsert adds rows, and replaces those whose keys exist. Columns that add up are added to what is there.
func (d Dialect) Upsert(table string, cols []Col, keys []Col) string {
	var names, sets []string
	for _, k := range keys {
		names = append(names, k.Name)
	}
	for _, c := range cols {
		if !slices.Contains(names, c.Name) {
			value := "excluded." + c.Name
			if c.Add {
				value = table + "." + c.Name + " + " + value
			}
			sets = append(sets, c.Name+" = "+value)
		}
	}
	return fmt.Sprintf("%s ON CONFLICT (%s) DO UPDATE SET %s", d.Insert(table, cols, false), strings.Join(names, ", "), strings.Join(sets, ", "))
}

// Update changes rows found by their keys. The parameters are keys, then sets.
func (d Dialect) Update(table string, keys, sets []Col) string {
	all := append(append([]Col(nil), keys...), sets...)
	set, where := make([]string, len(sets)), make([]string, len(keys))
	for i, c := range all {
		if i < len(keys) {
			where[i] = fmt.Sprintf("t.%s = %s", c.Name, d.value(c, i))
			continue
		}
		value := d.value(c, i)
		if c.Add {
			value = fmt.Sprintf("t.%s + %s", c.Name, value)
		}
		set[i-len(keys)] = c.Name + " = " + value
	}
	from := ""
	if d.Sets {
		from = " FROM " + d.unnest(all)
	}
	return fmt.Sprintf("UPDATE %s AS t SET %s%s WHERE %s", table, strings.Join(set, ", "), from, strings.Join(where, " AND "))
}

// Select reads rows found by their keys, in the order of the keys; with lock it holds them until the end of the
// transaction. Keys that are not found give no row. A key of two columns is given as two arrays of equal length.
func (d Dialect) Select(table string, out []string, keys []Col, order string, lock bool) string {
	where := make([]string, len(keys))
	for i, c := range keys {
		where[i] = fmt.Sprintf("%s = $%d", c.Name, i+1)
	}
	if d.Sets && len(keys) == 1 {
		where[0] = fmt.Sprintf("%s = ANY($1::%s[])", keys[0].Name, keys[0].Type)
	} else if d.Sets {
		names := make([]string, len(keys))
		for i, c := range keys {
			names[i] = c.Name
		}
		where = []string{fmt.Sprintf("(%s) IN (SELECT * FROM %s)", strings.Join(names, ", "), d.unnest(keys))}
	}
	text := fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s", strings.Join(out, ", "), table, strings.Join(where, " AND "), order)
	if lock {
		text += d.Lock
	}
	return text
}

// Among is the condition that a column is one of the texts of the n-th parameter, which is List of them: one statement
// for however many there are.
func (d Dialect) Among(column string, n int) string {
	if d.Sets {
		return fmt.Sprintf("%s = ANY(ARRAY(SELECT json_array_elements_text($%d::text::json)))", column, n)
	}
	return fmt.Sprintf("%s IN (SELECT value FROM json_each($%d))", column, n)
}

// List is texts as one argument.
func List(texts []string) string { return string(jsonx.Marshal(append([]string{}, texts...))) }

// Delete removes rows found by their keys.
func (d Dialect) Delete(table string, keys []Col) string {
	where := make([]string, len(keys))
	for i, c := range keys {
		where[i] = fmt.Sprintf("t.%s = %s", c.Name, d.value(c, i))
	}
	from := ""
	if d.Sets {
		from = " USING " + d.unnest(keys)
	}
	return fmt.Sprintf("DELETE FROM %s AS t%s WHERE %s", table, from, strings.Join(where, " AND "))
}
