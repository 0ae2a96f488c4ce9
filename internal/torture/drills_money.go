package torture

import (
	"context"
	"fmt"
	"time"
)

// killedInCapture kills the server right after a shipment was acknowledged, at a slightly different moment each time:
// before the provider hears of the capture, while it works, and before its answer is written down. One capture each.
func killedInCapture(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "CAPTURE", 1000)
	if err != nil {
		return err
	}
	var ids []string
	for i := range 6 {
		o, err := w.place(ctx, w.placement(fmt.Sprintf("capture%d", i), "tok_ok", line(sku, 1)))
		if err != nil {
			return err
		}
		ids = append(ids, o.ID)
		if err := w.ship(ctx, o.Fulfillments[0].ID); err != nil {
			return err
		}
		time.Sleep(time.Duration(i) * time.Millisecond)
		w.srv.Kill()
		if err := w.srv.Start(ctx); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := until(ctx, settleWithin, "captured after the kill", func() (bool, error) {
			o, err := w.order(ctx, id)
			return err == nil && o.PaymentStatus == "paid", err
		}); err != nil {
			return err
		}
		o, err := w.order(ctx, id)
		if err != nil {
			return err
		}
		captures := 0
		for _, e := range o.Payments[0].Entries {
			if e.Kind == "capture" {
				captures++
			}
		}
		if captures != 1 || o.Payments[0].Captured.Amount != o.Totals.GrandTotal.Amount {
			return fmt.Errorf("order %s has %d captures of %d in all, it costs %d", id, captures, o.Payments[0].Captured.Amount, o.Totals.GrandTotal.Amount)
		}
	}
	return nil
}
