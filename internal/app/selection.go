package app

import (
	"strconv"
	"strings"
)

// selection gathers the conditions of a list. Their texts depend on which filters are given and on nothing else, so
// that few different statements are prepared; values travel as arguments.
type selection struct {
	where []string
	args  []any
}

// add takes a condition with a ? for each of its values.
func (s *selection) add(condition string, values ...any) {
	for _, v := range values {
		s.args = append(s.args, v)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(s.args)), 1)
	}
	s.where = append(s.where, condition)
}

// equal adds that columns have the values that are asked for; "" asks for none.
func (s *selection) equal(columns ...[2]string) {
	for _, c := range columns {
		if c[1] != "" {
			s.add(c[0]+" = ?", c[1])
		}
	}
}

// terms is equal for what stands in a table of terms.
func (s *selection) terms(table string, fields ...[2]string) {
	for _, f := range fields {
		if f[1] != "" {
			s.add("id IN (SELECT id FROM "+table+" WHERE field = ? AND value = ?)", f[0], f[1])
		}
	}
}

// among adds that the column is one of the values; no values are all.
func (s *selection) among(column string, values []string) {
	if len(values) > 0 {
		s.add(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", anys(values)...)
	}
}

// page completes the statement.
func (s *selection) page(what, order string, limit int) (text string, args []any) {
	if len(s.where) > 0 {
		what += " WHERE " + strings.Join(s.where, " AND ")
	}
	args = append(s.args, limit)
	return what + " ORDER BY " + order + " LIMIT $" + strconv.Itoa(len(args)), args
}

func anys(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}
