package verify

import (
	"context"
	"errors"
	"slices"

	"ordo/internal/facts"
	"ordo/internal/store"
)

// summed are the checks of the facts that sums are made of.
var summed = []string{"facts.orders", "facts.lines", "facts.fulfillments", "facts.cancels", "facts.money", "facts.shipments", "facts.return_lines", "facts.returns", "facts.grants"}

// readSums compares what the facts of orders add up to with the sums that are kept. Where the facts of an order are
// wrong, what they add up to says nothing more.
func (v *run) readSums(ctx context.Context) error {
	want := &v.total.sums
	if v.total.unread || slices.ContainsFunc(summed, func(check string) bool { return v.total.of(check).broken > 0 }) {
		return nil
	}
	return errors.Join(
		sameSums(ctx, v, "facts.placed_days", facts.PlacedDays, want.Placed), sameSums(ctx, v, "facts.work_days", facts.WorkDays, want.Work),
		sameSums(ctx, v, "facts.uncaptured_hours", facts.UncapturedHours, want.Uncaptured), sameSums(ctx, v, "facts.money_days", facts.MoneyDays, want.Money),
		sameSums(ctx, v, "facts.shipped_days", facts.ShippedDays, want.Shipped), sameSums(ctx, v, "facts.returned_days", facts.ReturnedDays, want.Returned), sameSums(ctx, v, "facts.delivered_days", facts.DeliveredDays, want.Delivered),
		sameSums(ctx, v, "facts.spans", facts.SpanDays, want.Spans), sameSums(ctx, v, "facts.spans", facts.SpanSeconds, want.Seconds),
	)
}

func sameSums[T comparable](ctx context.Context, v *run, check string, t *facts.Table[T], want map[T]T) error {
	r := v.total.of(check)
	r.rows += int64(len(want))
	met := 0
	err := v.db.Query(ctx, func(row store.Row) error {
		have, err := t.Scan(row)
		if err != nil {
			return err
		}
		w, ok := want[t.KeyOf(have)]
		switch {
		case !ok:
			r.bad(t.Name, "%s is in the facts, and no order adds to it", t.NameOf(have))
			return nil
		case w != have:
			r.bad(t.Name, "%s: %s", t.NameOf(have), difference(w, have))
		}
		met++
		return nil
	}, "SELECT "+t.Columns+" FROM "+t.Name+" ORDER BY "+t.Key)
	if err == nil && met < len(want) {
		r.bad(t.Name, "lacks %d rows that orders add up to", len(want)-met)
	}
	return err
}
