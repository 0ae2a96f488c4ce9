package torture

import (
	"context"
	"fmt"
	"net/http"
)

// damagedReturn: three units are to come back, two come, one of them damaged. Refunded is what was accepted, sellable is
// what can be sold, and the damaged one lies apart.
func damagedReturn(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "BACK", 3)
	if err != nil {
		return err
	}
	o, err := w.place(ctx, w.placement("back", "tok_ok", line(sku, 3)))
	if err != nil {
		return err
	}
	for _, f := range o.Fulfillments {
		if err := w.ship(ctx, f.ID); err != nil {
			return err
		}
	}
	if _, err := w.settled(ctx, o.ID, "paid"); err != nil {
		return err
	}
	var r struct{ ID, Status string }
	if err := w.api.Do(ctx, http.MethodPost, "/v1/orders/"+o.ID+"/returns", obj{"lines": []obj{{"line": "1", "quantity": 3, "reason": "unwanted"}}}, &r); err != nil {
		return err
	}
	for _, s := range []struct {
		step string
		in   obj
	}{
		{"receive", obj{"lines": []obj{{"line": "1", "quantity": 2}}, "last": true}},
		{"inspect", obj{"units": []obj{{"line": "1", "quantity": 1, "condition": "new"}, {"line": "1", "quantity": 1, "condition": "damaged"}}}},
	} {
		if err := w.api.Do(ctx, http.MethodPost, "/v1/returns/"+r.ID+"/"+s.step, s.in, &r); err != nil {
			return err
		}
	}
	o, err = w.settled(ctx, o.ID, "partially_refunded")
	if err != nil {
		return err
	}
	if r.Status != "closed" || o.Payments[0].Refunded.Amount != 2000 {
		return fmt.Errorf("the return is %s and %d are refunded, want closed and 2000", r.Status, o.Payments[0].Refunded.Amount)
	}
	sum, _, err := w.stock(ctx, sku)
	if err == nil && (sum.OnHand != 2 || sum.Available != 1) {
		err = fmt.Errorf("%d are on hand and %d available, want 2 and 1", sum.OnHand, sum.Available)
	}
	return err
}
