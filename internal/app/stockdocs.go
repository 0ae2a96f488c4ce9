package app

import (
	"context"
	"fmt"

	"ordo/internal/inventory"
	"ordo/internal/store"
	"ordo/internal/work"
)

// The documents of stock outside of orders. They are locked before orders: an order comes from a reservation.
var (
	Reservations = work.NewKind[inventory.Reservation](work.Spec{
		Table: "reservations", What: "reservation", Rank: 5, Cols: []store.Col{text("status"), {Name: "expires_at", Type: store.Int}},
	}, func(r *inventory.Reservation) []any { return []any{string(r.Status), int64(r.ExpiresAt)} })
	Transfers = work.NewKind[inventory.Transfer](work.Spec{
		Table: "transfers", What: "transfer", Rank: 6, Cols: []store.Col{text("status")},
	}, func(t *inventory.Transfer) []any { return []any{string(t.Status)} })
	Counts = work.NewKind[inventory.Count](work.Spec{
		Table: "counts", What: "count", Rank: 7, Cols: []store.Col{text("location"), text("status")},
	}, func(c *inventory.Count) []any { return []any{c.Location, string(c.Status)} })
)

// Transfer reads a transfer.
func (a *App) Transfer(ctx context.Context, id string) (*inventory.Transfer, error) {
	return one(ctx, a.DB, Transfers, id)
}

// Transfers lists transfers, oldest first, of one status when it is given.
func (a *App) Transfers(ctx context.Context, status, after string, limit int) ([]*inventory.Transfer, error) {
	return filtered(ctx, a.DB, Transfers, [][2]string{{"status", status}}, after, limit)
}

// Count reads a count, with the journal position of its last start: 0 before it.
func (a *App) Count(ctx context.Context, id string) (n *inventory.Count, seq int64, err error) {
	if n, err = one(ctx, a.DB, Counts, id); err != nil {
		return nil, 0, err
	}
	err = a.DB.Query(ctx, func(r store.Row) error { return r.Scan(&seq) },
		"SELECT COALESCE(MAX(seq), 0) FROM journal WHERE aggregate = $1 AND type = 'stock.count_started'", id)
	return n, seq, err
}

// Counts lists counts, oldest first, of one location or status when they are given.
func (a *App) Counts(ctx context.Context, location, status, after string, limit int) ([]*inventory.Count, error) {
	return filtered(ctx, a.DB, Counts, [][2]string{{"location", location}, {"status", status}}, after, limit)
}

// filtered lists documents by id, of those whose columns have the values that are given.
func filtered[T any, P work.Ptr[T]](ctx context.Context, db store.DB, k work.Kind[T, P], cols [][2]string, after string, limit int) ([]P, error) {
	where, args := "id > $1", []any{after}
	for _, c := range cols {
		if c[1] != "" {
			args = append(args, c[1])
			where += fmt.Sprintf(" AND %s = $%d", c[0], len(args))
		}
	}
	args = append(args, limit)
	var out []P
	err := db.Query(ctx, func(r store.Row) error {
		v, err := scanDoc(k, r)
		out = append(out, v)
		return err
	}, fmt.Sprintf("SELECT doc FROM %s WHERE %s ORDER BY id LIMIT $%d", k.Table, where, len(args)), args...)
	return out, err
}
