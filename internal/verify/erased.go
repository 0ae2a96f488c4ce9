package verify

import (
	"context"

	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/service"
	"ordo/internal/store"
)

// readErased finds what was erased, by aggregate: each has an event of its own that says so.
func (v *run) readErased(ctx context.Context) error {
	v.erased, v.erasedAt = map[string]int64{}, map[string]micros.Time{}
	return v.db.Query(ctx, func(r store.Row) error {
		var seq int64
		var at micros.Time
		var id string
		err := r.Scan(&seq, &at, &id)
		v.erased[id], v.erasedAt[id] = seq, at
		return err
	}, "SELECT seq, at, aggregate FROM journal WHERE type IN ('customer.erased', 'order.erased', 'case.erased', 'mail.erased', 'store_credit.erased') ORDER BY seq")
}

// blank is the order of which all that is personal was erased.
func blank(o *order.Order) order.Order {
	p, _ := order.Public(o)
	return order.Order{ShippingAddress: p.ShippingAddress}
}

// asErased is what an event tells of an entry, without what was erased of it since.
func asErased(told, stored *service.Entry) *service.Entry {
	if told == nil || !stored.Erased {
		return told
	}
	n := *told
	n.Erased, n.Version = true, stored.Version
	return &n
}
