package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"ordo/internal/drive"
	"ordo/internal/provider/payment/sandbox"
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
		o, err := w.settled(ctx, id, "paid")
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

// settled waits until the payment axis of an order is as it should become.
func (w *world) settled(ctx context.Context, id, status string) (o ord, err error) {
	err = until(ctx, settleWithin, "order "+id+" is "+status, func() (bool, error) {
		o, err = w.order(ctx, id)
		return err == nil && o.PaymentStatus == status, err
	})
	return o, err
}

// lateWebhooks: a message of the provider counts once and only with its signature, and one that is older than what is
// known changes nothing.
func lateWebhooks(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "HOOK", 100)
	if err != nil {
		return err
	}
	o, err := w.place(ctx, w.placement("hook", "tok_ok", line(sku, 1)))
	if err != nil {
		return err
	}
	entry := o.Payments[0].Entries[0]
	send := func(id, state, secret string) (drive.Answer, error) {
		body, err := json.Marshal(obj{
			"id": id, "key": entry.ID, "kind": "authorize", "state": state, "amount": entry.Amount.Amount, "currency": entry.Amount.Currency, "order": o.ID, "payment": o.Payments[0].ID,
		})
		if err != nil {
			return drive.Answer{}, err
		}
		head := http.Header{sandbox.SignatureHeader: {sandbox.Sign(secret, body, time.Now())}, "Authorization": {"none"}}
		return w.api.Send(ctx, drive.Request{Method: http.MethodPost, Path: "/v1/webhooks/payments/sandbox", In: body, Header: head})
	}
	for _, m := range []struct {
		id, state, secret string
		status            int
	}{
		{"m1", "succeeded", w.secret, 200}, {"m1", "succeeded", w.secret, 200}, {"m2", "failed", w.secret, 200}, {"m3", "failed", "another secret", 401},
	} {
		ans, err := send(w.prefix+m.id, m.state, m.secret)
		if err != nil {
			return err
		}
		if ans.Status != m.status {
			return fmt.Errorf("message %s is answered with %d %s, want %d", m.id, ans.Status, ans.Body, m.status)
		}
	}
	after, err := w.order(ctx, o.ID)
	if err == nil && (after.Status != "open" || after.PaymentStatus != "authorized" || len(after.Payments[0].Entries) != 1) {
		err = fmt.Errorf("the order is %s and %s with %d entries", after.Status, after.PaymentStatus, len(after.Payments[0].Entries))
	}
	return err
}

// twoCaptures: pending amounts count as used, so that one of them wins (P1).
func twoCaptures(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "TWICE", 100)
	if err != nil {
		return err
	}
	o, err := w.place(ctx, w.placement("twice", "tok_ok", line(sku, 10))) // 100.00
	if err != nil {
		return err
	}
	r := drive.Request{Method: http.MethodPost, Path: "/v1/orders/" + o.ID + "/payments/" + o.Payments[0].ID + "/captures", In: obj{"amount": obj{"amount": 6000, "currency": "EUR"}}}
	answers, err := together(ctx, w.api, []drive.Request{r, r})
	if err != nil {
		return err
	}
	if got := tally(answers); got["200 "] != 1 || got["409 payment_limit"] != 1 {
		return fmt.Errorf("answers %v, want one 200 and one 409 payment_limit", got)
	}
	o, err = w.settled(ctx, o.ID, "partially_paid")
	if err == nil && o.Payments[0].Captured.Amount != 6000 {
		err = fmt.Errorf("%d are captured, want 6000", o.Payments[0].Captured.Amount)
	}
	return err
}

// refusedRefund: the grant stays owed until a refund succeeds.
func refusedRefund(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "REFUND", 100)
	if err != nil {
		return err
	}
	o, err := w.place(ctx, w.placement("refund", "tok_refund_fails_once", line(sku, 1)))
	if err != nil {
		return err
	}
	if err := w.ship(ctx, o.Fulfillments[0].ID); err != nil {
		return err
	}
	if _, err := w.settled(ctx, o.ID, "paid"); err != nil {
		return err
	}
	if err := w.api.Do(ctx, http.MethodPost, "/v1/orders/"+o.ID+"/grants", obj{"reason": "damaged", "lines": []obj{{"line": "1", "quantity": 1}}}, nil); err != nil {
		return err
	}
	var now struct {
		RefundDue amount `json:"refund_due"`
		Grants    []struct{ ID string }
		Payments  []struct {
			Entries []struct{ Kind, State string }
		}
	}
	if err := until(ctx, settleWithin, "the refund is refused", func() (bool, error) {
		if err := w.api.Get(ctx, "/v1/orders/"+o.ID, &now); err != nil {
			return false, err
		}
		for _, e := range now.Payments[0].Entries {
			if e.Kind == "refund" && e.State == "failed" {
				return true, nil
			}
		}
		return false, nil
	}); err != nil {
		return err
	}
	if now.RefundDue.Amount != 1000 {
		return fmt.Errorf("%d are owed after the refusal, want 1000", now.RefundDue.Amount)
	}
	if err := w.api.Do(ctx, http.MethodPost, "/v1/orders/"+o.ID+"/grants/"+now.Grants[0].ID+"/retry", obj{}, nil); err != nil {
		return err
	}
	o, err = w.settled(ctx, o.ID, "refunded")
	if err == nil && o.Payments[0].Refunded.Amount != 1000 {
		err = fmt.Errorf("%d are refunded, want 1000", o.Payments[0].Refunded.Amount)
	}
	return err
}

// exactCents: 10.00 off three lines of one unit each, every unit granted by itself: the parts add up to what was paid.
func exactCents(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "CENTS", 100)
	if err != nil {
		return err
	}
	in := w.placement("cents", "tok_ok", line(sku, 1), line(sku, 1), line(sku, 1))
	in["discounts"] = []obj{{"code": "TEN", "amount": obj{"amount": 1000, "currency": "EUR"}}}
	o, err := w.place(ctx, in)
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
	for _, l := range o.Lines {
		if err := w.api.Do(ctx, http.MethodPost, "/v1/orders/"+o.ID+"/grants", obj{"reason": "return", "lines": []obj{{"line": l.ID, "quantity": 1}}}, nil); err != nil {
			return err
		}
	}
	o, err = w.settled(ctx, o.ID, "refunded")
	if err == nil && o.Payments[0].Refunded.Amount != 2000 {
		err = fmt.Errorf("%d are refunded, want 2000", o.Payments[0].Refunded.Amount)
	}
	return err
}
