package torture

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"ordo/internal/drive"
)

type obj = drive.Obj

// ord is what drills look at of an order.
type ord struct {
	ID                string
	Number            string
	Version           int64
	Status            string
	PaymentStatus     string `json:"payment_status"`
	FulfillmentStatus string `json:"fulfillment_status"`
	Customer          struct{ Email string }
	Lines             []struct {
		ID       string
		SKU      string
		Quantity int64
		Units    map[string]int64
		Discount amount
	}
	Totals struct {
		GrandTotal amount `json:"grand_total"`
	}
	AmountDue amount `json:"amount_due"`
	Payments  []struct {
		ID                                     string
		Provider                               string
		Authorized, Captured, Refunded, Voided amount
		Entries                                []struct {
			ID, Kind, State string
			Amount          amount
		}
	}
	Fulfillments []ful
}

// ful is what drills look at of a fulfillment order.
type ful struct {
	ID       string
	Version  int64
	Location string
	Status   string
	Lines    []struct {
		Line     string
		SKU      string
		Quantity int64
	}
}

type amount struct {
	Amount   int64
	Currency string
}

// position is what drills look at of a stock position.
type position struct {
	SKU, Location                                                string
	OnHand                                                       int64 `json:"on_hand"`
	InTransitIn                                                  int64 `json:"in_transit_in"`
	Allocated, Reserved, Backordered, Damaged, Safety, Available int64
}

// The channel of a run and its locations.
func (w *world) channel() string         { return w.prefix + "-web" }
func (w *world) location(n int) string   { return fmt.Sprintf("%s-L%d", w.prefix, n) }
func (w *world) sku(name string) string  { return w.prefix + "-" + name }
func (w *world) mail(name string) string { return fmt.Sprintf("%s.%s@example.com", w.prefix, name) }

func (w *world) locations() (out []string) {
	for n := range 3 {
		out = append(out, w.location(n+1))
	}
	return out
}

// open makes the locations and the channel.
func (w *world) open(ctx context.Context) error {
	for i, l := range w.locations() {
		if err := w.api.Do(ctx, http.MethodPut, "/v1/locations/"+l, obj{"name": "Torture " + l, "type": "warehouse", "priority": i}, nil); err != nil {
			return err
		}
	}
	return w.api.Do(ctx, http.MethodPut, "/v1/channels/"+w.channel(), obj{"name": "Torture", "locations": w.locations()}, nil)
}

// product makes a product with stock at the locations: the n-th quantity at the n-th location.
func (w *world) product(ctx context.Context, name string, stock ...int64) (string, error) {
	sku := w.sku(name)
	if err := w.api.Do(ctx, http.MethodPut, "/v1/products/"+sku, obj{"name": name, "price": obj{"amount": 1000, "currency": "EUR"}, "weight_grams": 500}, nil); err != nil {
		return "", err
	}
	var lines []obj
	for i, n := range stock {
		if n != 0 {
			lines = append(lines, obj{"sku": sku, "location": w.location(i + 1), "delta": n})
		}
	}
	if lines == nil {
		return sku, nil
	}
	return sku, w.api.Do(ctx, http.MethodPost, "/v1/stock/adjustments", obj{"reason": "received", "lines": lines}, nil)
}

// line is one line of a placement.
func line(sku string, quantity int64) obj { return obj{"sku": sku, "quantity": quantity} }

// placement is an order of this run's channel; token "" pays on manual.
func (w *world) placement(buyer, token string, lines ...obj) obj {
	pay := obj{"provider": "manual"}
	if token != "" {
		pay = obj{"provider": "sandbox", "token": token}
	}
	return obj{
		"channel": w.channel(), "customer": obj{"email": w.mail(buyer), "name": "Ada Example"}, "lines": lines, "payment": pay,
		"shipping_address": obj{"name": "Ada Example", "line1": "1 Example Street", "city": "Berlin", "postal_code": "10115", "country": "DE"},
	}
}

// place places an order and reads the answer.
func (w *world) place(ctx context.Context, in obj) (o ord, err error) {
	return o, w.api.Do(ctx, http.MethodPost, "/v1/orders", in, &o)
}

func (w *world) order(ctx context.Context, id string) (o ord, err error) {
	return o, w.api.Get(ctx, "/v1/orders/"+id, &o)
}

// post sends a POST that may be refused and returns the answer.
func (w *world) post(ctx context.Context, path string, in any) (drive.Answer, error) {
	if in == nil {
		in = obj{}
	}
	return w.api.Send(ctx, drive.Request{Method: http.MethodPost, Path: path, In: in})
}

// step moves a fulfillment order one step on.
func (w *world) step(ctx context.Context, id, step string, in any) error {
	if in == nil {
		in = obj{}
	}
	return w.api.Do(ctx, http.MethodPost, "/v1/fulfillments/"+id+"/"+step, in, nil)
}

// ship releases and ships a fulfillment order.
func (w *world) ship(ctx context.Context, id string) error {
	if err := w.step(ctx, id, "release", nil); err != nil {
		return err
	}
	return w.step(ctx, id, "ship", obj{"carrier": "Example", "tracking_number": "T" + drive.Secret(6)})
}

// stock adds up the positions of a SKU.
func (w *world) stock(ctx context.Context, sku string) (sum position, at map[string]position, err error) {
	var page struct{ Data []position }
	if err = w.api.Get(ctx, "/v1/stock?limit=1000&sku="+sku, &page); err != nil {
		return sum, nil, err
	}
	at = map[string]position{}
	for _, p := range page.Data {
		at[p.Location] = p
		sum.OnHand += p.OnHand
		sum.Allocated += p.Allocated
		sum.Reserved += p.Reserved
		sum.Available += p.Available
		sum.Backordered += p.Backordered
		sum.Damaged += p.Damaged
		sum.InTransitIn += p.InTransitIn
	}
	return sum, at, nil
}

// orders lists the orders of a query, all pages.
func (w *world) orders(ctx context.Context, query string, each func(ord)) error {
	for cursor := ""; ; {
		var page struct {
			Data       []ord
			NextCursor string `json:"next_cursor"`
		}
		if err := w.api.Get(ctx, "/v1/orders?limit=1000&"+query+"&cursor="+cursor, &page); err != nil {
			return err
		}
		for _, o := range page.Data {
			each(o)
		}
		if cursor = page.NextCursor; cursor == "" {
			return nil
		}
	}
}

// until asks again until what it waits for is so, or for too long.
func until(ctx context.Context, bound time.Duration, what string, so func() (bool, error)) error {
	deadline := time.Now().Add(bound)
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 250*time.Millisecond) {
		ok, err := so()
		if ok || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not so after %s", what, bound)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}
