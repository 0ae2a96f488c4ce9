package torture

import (
	"context"
	"fmt"
	"net/http"

	"ordo/internal/drive"
)

// rejectedMeanwhile lets a location reject an order while somebody buys of the only stock elsewhere: in each round one
// of the two was first. Each unit is promised once, what is not there is backordered, and nothing of the order is
// dropped. A pickup that is rejected goes to no other place.
func rejectedMeanwhile(ctx context.Context, w *world) error {
	for i := range 8 {
		sku, err := w.product(ctx, fmt.Sprintf("REJECT%d", i), 4, 4)
		if err != nil {
			return err
		}
		o, err := w.place(ctx, w.placement(fmt.Sprintf("reject%d", i), "", line(sku, 4)))
		if err != nil {
			return err
		}
		id := o.Fulfillments[0].ID
		if err := w.step(ctx, id, "release", nil); err != nil {
			return err
		}
		answers, err := together(ctx, w.api, []drive.Request{
			{Method: http.MethodPost, Path: "/v1/fulfillments/" + id + "/reject", In: obj{"reason": "not_in_stock"}},
			{Method: http.MethodPost, Path: "/v1/orders", In: w.placement(fmt.Sprintf("buyer%d", i), "", line(sku, 3))},
		})
		if err != nil {
			return err
		}
		got := fmt.Sprint(answers[0].Status, " ", answers[1].Status, " ", answers[1].Code())
		if got != "200 201 " && got != "200 409 insufficient_stock" {
			return fmt.Errorf("rejection and buyer are answered with %s: %s %s", got, answers[0].Body, answers[1].Body)
		}
		bought := int64(0)
		if answers[1].Status == http.StatusCreated {
			bought = 3
		}
		if o, err = w.order(ctx, o.ID); err != nil {
			return err
		}
		sum, _, err := w.stock(ctx, sku)
		if err != nil {
			return err
		}
		here, wait := o.Lines[0].Units["allocated"], o.Lines[0].Units["backordered"]
		if o.Status != "open" || here+wait != 4 || here+bought != sum.Allocated || sum.Allocated > sum.OnHand {
			return fmt.Errorf("the order is %s with %d units allocated and %d waiting, %d were bought; %d are allocated of %d", o.Status, here, wait, bought, sum.Allocated, sum.OnHand)
		}
	}
	return w.rejectedPickup(ctx)
}

func (w *world) rejectedPickup(ctx context.Context) error {
	sku, err := w.product(ctx, "PICKUP", 5, 5)
	if err != nil {
		return err
	}
	in := w.placement("pickup", "", line(sku, 2))
	in["pickup"] = w.location(2)
	delete(in, "shipping_address")
	o, err := w.place(ctx, in)
	if err != nil {
		return err
	}
	if err := w.step(ctx, o.Fulfillments[0].ID, "release", nil); err != nil {
		return err
	}
	if err := w.step(ctx, o.Fulfillments[0].ID, "reject", obj{"reason": "not_in_stock"}); err != nil {
		return err
	}
	if o, err = w.order(ctx, o.ID); err == nil && (len(o.Fulfillments) != 1 || o.Status != "open") {
		err = fmt.Errorf("the rejected pickup is %s and has %d fulfillment orders, want open and one", o.Status, len(o.Fulfillments))
	}
	return err
}

// countedMeanwhile counts a shelf while its units ship, and posts the count while more of them do: what was found missing
// is taken off, whatever has shipped before, between or since.
func countedMeanwhile(ctx context.Context, w *world) error {
	const stock, buyers, missing = 100, 24, 3
	sku, err := w.product(ctx, "COUNT", stock)
	if err != nil {
		return err
	}
	var n struct{ ID, Status string }
	if err := w.api.Do(ctx, http.MethodPost, "/v1/counts", obj{"location": w.location(1), "skus": []string{sku}, "reason": "shrinkage"}, &n); err != nil {
		return err
	}
	at := "/v1/counts/" + n.ID
	if err := w.api.Do(ctx, http.MethodPost, at+"/start", obj{}, nil); err != nil {
		return err
	}
	// Each buyer's order ships at once; the counter looks at the shelf in between.
	shipped := make(chan error, 1)
	go func() {
		shipped <- func() error {
			for i := range buyers {
				o, err := w.place(ctx, w.placement(fmt.Sprintf("count%d", i), "", line(sku, 1)))
				if err == nil {
					err = w.ship(ctx, o.Fulfillments[0].ID)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}()
	}()
	err = w.count(ctx, at, sku, missing)
	for _, step := range []string{"submit", "approve", "post"} {
		if err == nil {
			err = w.api.Do(ctx, http.MethodPost, at+"/"+step, obj{}, nil)
		}
	}
	if failed := <-shipped; failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	sum, _, err := w.stock(ctx, sku)
	if err == nil && (sum.OnHand != stock-buyers-missing || sum.Allocated != 0) {
		err = fmt.Errorf("%d are on hand and %d allocated, want %d and 0", sum.OnHand, sum.Allocated, stock-buyers-missing)
	}
	return err
}

// count writes down that some units are missing of what is there at this moment. Where something shipped between looking
// and writing it is counted again, as people do who see that the shelf moved.
func (w *world) count(ctx context.Context, at, sku string, missing int64) error {
	for range 1000 {
		sum, _, err := w.stock(ctx, sku)
		if err != nil {
			return err
		}
		var n struct {
			Lines []struct{ Variance *int64 }
		}
		if err := w.api.Do(ctx, http.MethodPost, at+"/record", obj{"lines": []obj{{"sku": sku, "counted": sum.OnHand - missing}}}, &n); err != nil {
			return err
		}
		if v := n.Lines[0].Variance; v != nil && *v == -missing {
			return nil
		}
	}
	return fmt.Errorf("the shelf of %s never stands still", sku)
}
