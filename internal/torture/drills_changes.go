package torture

import (
	"context"
	"fmt"
	"net/http"

	"ordo/internal/drive"
)

// chg is what drills read of an order change.
type chg struct {
	ID      string
	Preview struct {
		AmountDue  amount `json:"amount_due"`
		RefundDue  amount `json:"refund_due"`
		Violations []struct{ Code string }
	}
}

// change previews a change of an order.
func (w *world) change(ctx context.Context, id string, actions ...obj) (c chg, err error) {
	return c, w.api.Do(ctx, http.MethodPost, "/v1/orders/"+id+"/changes", obj{"actions": actions}, &c)
}

// scannedMeanwhile confirms changes while the picker starts to work: in each order one of the two was first. Where it
// was the change, the picker has what is left to do; where it was the picker, the change is refused with a fresh
// preview that names what speaks against it (E1), and nothing of it has happened.
func scannedMeanwhile(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "SCAN", 100)
	if err != nil {
		return err
	}
	for i := range 10 {
		o, err := w.place(ctx, w.placement(fmt.Sprintf("scan%d", i), "", line(sku, 3)))
		if err != nil {
			return err
		}
		c, err := w.change(ctx, o.ID, obj{"type": "item_quantity", "line": "1", "quantity": 1})
		if err != nil {
			return err
		}
		answers, err := together(ctx, w.api, []drive.Request{
			{Method: http.MethodPost, Path: "/v1/changes/" + c.ID + "/confirm", In: obj{}},
			{Method: http.MethodPost, Path: "/v1/fulfillments/" + o.Fulfillments[0].ID + "/release", In: obj{}},
		})
		if err != nil {
			return err
		}
		if answers[1].Status != http.StatusOK {
			return fmt.Errorf("the release is answered with %d %s", answers[1].Status, answers[1].Body)
		}
		var fresh chg
		if err := answers[0].Decode(&fresh); err != nil {
			return err
		}
		want := int64(1)
		switch {
		case answers[0].Status == http.StatusOK:
		case answers[0].Code() == "change_outdated" && len(fresh.Preview.Violations) == 1 && fresh.Preview.Violations[0].Code == "below_released":
			want = 3
		default:
			return fmt.Errorf("the change is answered with %d %s", answers[0].Status, answers[0].Body)
		}
		if o, err = w.order(ctx, o.ID); err != nil {
			return err
		}
		if released := o.Lines[0].Units["released"]; released != want || o.Totals.GrandTotal.Amount != want*1000 {
			return fmt.Errorf("%d units are released and the order costs %d, want %d units", released, o.Totals.GrandTotal.Amount, want)
		}
	}
	return nil
}

// netZero takes one more and one less of a paid order, in one change and in two: no charge, no refund (E5).
func netZero(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "ZERO", 100)
	if err != nil {
		return err
	}
	o, err := w.place(ctx, w.placement("zero", "tok_ok", line(sku, 2)))
	if err != nil {
		return err
	}
	add := obj{"type": "item_add", "sku": sku, "quantity": 1}
	for _, actions := range [][]obj{
		{add, {"type": "item_quantity", "line": "1", "quantity": 1}}, {add}, {{"type": "item_remove", "line": "3"}},
	} {
		c, err := w.change(ctx, o.ID, actions...)
		if err != nil {
			return err
		}
		if len(actions) == 2 && c.Preview.AmountDue.Amount+c.Preview.RefundDue.Amount != 0 || c.Preview.RefundDue.Amount != 0 {
			return fmt.Errorf("%v would cost %d and give back %d", actions, c.Preview.AmountDue.Amount, c.Preview.RefundDue.Amount)
		}
		if err := w.api.Do(ctx, http.MethodPost, "/v1/changes/"+c.ID+"/confirm", obj{}, nil); err != nil {
			return err
		}
	}
	if o, err = w.order(ctx, o.ID); err != nil {
		return err
	}
	if o.Totals.GrandTotal.Amount != 2000 || len(o.Payments) != 1 || len(o.Payments[0].Entries) != 1 {
		return fmt.Errorf("the order costs %d and has %d payments: %+v", o.Totals.GrandTotal.Amount, len(o.Payments), o.Payments)
	}
	for _, f := range o.Fulfillments {
		if f.Status == "planned" {
			if err := w.ship(ctx, f.ID); err != nil {
				return err
			}
		}
	}
	if o, err = w.settled(ctx, o.ID, "paid"); err == nil && o.Payments[0].Captured.Amount != 2000 {
		err = fmt.Errorf("%d are captured, want 2000", o.Payments[0].Captured.Amount)
	}
	return err
}
