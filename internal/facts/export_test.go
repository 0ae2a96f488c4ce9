package facts

import "ordo/internal/store"

// Stmts writes what became of the facts of orders, each of which has its first row of Orders.
func Stmts(d store.Dialect, was, now []*Rows) []*store.Stmt {
	var w writer
	for i := range now {
		w.change(now[i].Orders[0].ID, was[i], now[i])
	}
	return w.stmts(d)
}
