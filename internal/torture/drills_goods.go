package torture

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"ordo/internal/drive"
)

// reserveCarts reserves the only unit of a SKU for a cart, for the shortest time there is, and another that nobody
// else will want.
func reserveCarts(ctx context.Context, w *world) error {
	for _, name := range []string{"WANTED", "ALONE"} {
		sku, err := w.product(ctx, name, 1)
		if err != nil {
			return err
		}
		var r struct{ ID string }
		in := obj{"channel": w.channel(), "lines": []obj{line(sku, 1)}, "ttl_minutes": 1}
		if err := w.api.Do(ctx, http.MethodPost, "/v1/reservations", in, &r); err != nil {
			return err
		}
		if w.carts == nil {
			w.carts = map[string]string{}
		}
		w.carts[name] = r.ID
	}
	return nil
}

// expiredCarts places the orders after the time is over: where somebody else was faster the order is refused, where
// the unit is still there it is taken anew, and no unit counts twice (I7).
func expiredCarts(ctx context.Context, w *world) error {
	if err := until(ctx, 2*time.Minute, "the reservations expire", func() (bool, error) {
		var r struct{ Status string }
		err := w.api.Get(ctx, "/v1/reservations/"+w.carts["ALONE"], &r)
		if err != nil || r.Status != "expired" {
			return false, err
		}
		sum, _, err := w.stock(ctx, w.sku("WANTED")) // free again once the reservation was swept
		return sum.Available == 1, err
	}); err != nil {
		return err
	}
	if _, err := w.place(ctx, w.placement("faster", "", line(w.sku("WANTED"), 1))); err != nil {
		return err
	}
	for name, want := range map[string]string{"WANTED": "409 insufficient_stock", "ALONE": "201 "} {
		in := w.placement("cart"+name, "", line(w.sku(name), 1))
		in["reservation"] = w.carts[name]
		ans, err := w.post(ctx, "/v1/orders", in)
		if err != nil {
			return err
		}
		if got := fmt.Sprint(ans.Status, " ", ans.Code()); got != want {
			return fmt.Errorf("the cart with %s is answered with %s %s, want %s", name, got, ans.Body, want)
		}
		if err := until(ctx, time.Minute, "one unit is taken once", func() (bool, error) {
			sum, _, err := w.stock(ctx, w.sku(name))
			return sum.Allocated == 1 && sum.Reserved == 0 && sum.Available == 0, err
		}); err != nil {
			return err
		}
	}
	return nil
}

// shortPick: what was picked goes on, what is missing is done elsewhere, and only what ships is captured.
func shortPick(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "SHORT", 3, 0, 3)
	if err != nil {
		return err
	}
	o, err := w.place(ctx, w.placement("short", "tok_ok", line(sku, 3)))
	if err != nil {
		return err
	}
	id := o.Fulfillments[0].ID
	for _, s := range []struct {
		step string
		in   any
	}{
		{"release", nil}, {"accept", nil}, {"pick", obj{"lines": []obj{{"line": "1", "quantity": 2}}, "short": "not_in_stock"}}, {"pack", nil}, {"ship", obj{"tracking_number": "T" + drive.Secret(5)}},
	} {
		if err := w.step(ctx, id, s.step, s.in); err != nil {
			return err
		}
	}
	o, err = w.settled(ctx, o.ID, "partially_paid")
	if err != nil {
		return err
	}
	if o.Payments[0].Captured.Amount != 2000 {
		return fmt.Errorf("%d are captured for two of three units, want 2000", o.Payments[0].Captured.Amount)
	}
	for _, f := range o.Fulfillments {
		if f.ID != id && f.Status == "planned" {
			if err := w.ship(ctx, f.ID); err != nil {
				return err
			}
		}
	}
	o, err = w.settled(ctx, o.ID, "paid")
	if err == nil && (o.Status != "completed" || o.Payments[0].Captured.Amount != 3000) {
		err = fmt.Errorf("the order is %s with %d captured, want completed with 3000", o.Status, o.Payments[0].Captured.Amount)
	}
	return err
}

// shuffledTracking sends a parcel's events in any order and twice: the state is that of the sorted story, and
// delivered stays.
func shuffledTracking(ctx context.Context, w *world) error {
	carrier := w.prefix + "-van"
	if err := w.api.Do(ctx, http.MethodPut, "/v1/carriers/"+carrier, obj{"name": "Van", "provider": "sandbox", "services": []obj{{"code": "parcel", "name": "Parcel", "transit_days": 2}}}, nil); err != nil {
		return err
	}
	place := obj{"name": "Torture", "line1": "1 Dock Road", "city": "Berlin", "postal_code": "10115", "country": "DE"}
	if err := w.api.Do(ctx, http.MethodPut, "/v1/locations/"+w.location(1), obj{"name": "Torture", "type": "warehouse", "address": place}, nil); err != nil {
		return err
	}
	sku, err := w.product(ctx, "TRACK", 10)
	if err != nil {
		return err
	}
	o, err := w.place(ctx, w.placement("track", "", line(sku, 1)))
	if err != nil {
		return err
	}
	id := o.Fulfillments[0].ID
	label, err := w.shipLabeled(ctx, id, carrier)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	story := []obj{
		{"code": "in_transit", "at": now.Add(-72 * time.Hour).Format(time.RFC3339)},
		{"code": "out_for_delivery", "at": now.Add(-3 * time.Hour).Format(time.RFC3339)},
		{"code": "delivered", "at": now.Add(-1 * time.Hour).Format(time.RFC3339)},
	}
	for _, i := range []int{2, 0, 1, 0, 2} {
		if _, err := w.post(ctx, "/v1/labels/"+label+"/tracking", story[i]); err != nil {
			return err
		}
	}
	var t struct {
		Packages []struct {
			Status string
			Events []struct{ Code string }
		}
	}
	if err := w.api.Get(ctx, "/v1/fulfillments/"+id+"/tracking", &t); err != nil {
		return err
	}
	if p := t.Packages[0]; p.Status != "delivered" || len(p.Events) < 3 {
		return fmt.Errorf("the parcel is %s after %d events", p.Status, len(p.Events))
	}
	if o, err = w.order(ctx, o.ID); err == nil && o.FulfillmentStatus != "delivered" {
		err = fmt.Errorf("the order is %s", o.FulfillmentStatus)
	}
	return err
}

// shipLabeled ships a fulfillment order under a label that it buys, and returns the label's id.
func (w *world) shipLabeled(ctx context.Context, id, carrier string) (string, error) {
	if err := w.step(ctx, id, "release", nil); err != nil {
		return "", err
	}
	var label struct{ ID string }
	if err := w.api.Do(ctx, http.MethodPost, "/v1/fulfillments/"+id+"/labels", obj{"carrier": carrier}, &label); err != nil {
		return "", err
	}
	if err := until(ctx, time.Minute, "the label is bought", func() (bool, error) {
		var l struct{ Status string }
		err := w.api.Get(ctx, "/v1/labels/"+label.ID, &l)
		return l.Status == "labeled", err
	}); err != nil {
		return "", err
	}
	return label.ID, w.step(ctx, id, "ship", obj{})
}

// shortTransfer: what did not arrive stays in transit until a reason closes it; nothing is lost without one.
func shortTransfer(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "MOVE", 10)
	if err != nil {
		return err
	}
	var t struct{ ID string }
	if err := w.api.Do(ctx, http.MethodPost, "/v1/transfers", obj{"from": w.location(1), "to": w.location(2), "lines": []obj{line(sku, 10)}}, &t); err != nil {
		return err
	}
	check := func(from, to, way int64) error {
		_, at, err := w.stock(ctx, sku)
		if err != nil {
			return err
		}
		a, b := at[w.location(1)], at[w.location(2)]
		if a.OnHand != from || b.OnHand != to || b.InTransitIn != way {
			return fmt.Errorf("%d at the source, %d arrived, %d on the way; want %d, %d, %d", a.OnHand, b.OnHand, b.InTransitIn, from, to, way)
		}
		return nil
	}
	for _, s := range []struct {
		step          string
		in            obj
		from, to, way int64
	}{
		{"ready", obj{}, 10, 0, 0},
		{"dispatch", obj{}, 0, 0, 10},
		{"receive", obj{"lines": []obj{{"sku": sku, "quantity": 7}}}, 0, 7, 3},
		{"receive", obj{"lines": []obj{{"sku": sku, "missing": 3, "reason": "lost"}}}, 0, 7, 0},
	} {
		if err := w.api.Do(ctx, http.MethodPost, "/v1/transfers/"+t.ID+"/"+s.step, s.in, nil); err != nil {
			return err
		}
		if err := check(s.from, s.to, s.way); err != nil {
			return fmt.Errorf("after %s: %w", s.step, err)
		}
	}
	return nil
}
