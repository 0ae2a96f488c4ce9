package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"ordo/internal/store"
)

// placedOrder is what a client must know of the order it placed to bring it to the door.
type placedOrder struct {
	ID    string
	Lines []struct {
		ID        string
		UnitPrice json.RawMessage `json:"unit_price"`
	}
	Totals struct {
		GrandTotal json.RawMessage `json:"grand_total"`
	}
	Payments     []struct{ ID string }
	Fulfillments []struct {
		ID    string
		Lines []struct {
			Line     string `json:"line"`
			Quantity int64  `json:"quantity"`
		}
	}
}

// step is one request of a lifecycle after the placement.
type step struct {
	path string
	body any
}

// The steps of a fulfillment order, in their order.
const (
	release = iota
	accept
	pick
	pack
	ship
	deliver
	lifeSteps
)

// steps bring the fulfillment orders of an order to the door, each through every station of a warehouse.
func (o *placedOrder) steps(tracking string) (out []step) {
	for i, f := range o.Fulfillments {
		add := func(name string, body any) { out = append(out, step{"/v1/fulfillments/" + f.ID + "/" + name, body}) }
		add("release", nil)
		add("accept", nil)
		add("pick", map[string]any{"lines": f.Lines})
		add("pack", map[string]any{"packages": []any{map[string]any{"lines": f.Lines}}})
		add("ship", map[string]any{"tracking_number": fmt.Sprintf("%s-%d", tracking, i)})
		add("deliver", nil)
	}
	return out
}

// paid records that the money of the order has arrived.
func (o *placedOrder) paid() step {
	return step{"/v1/orders/" + o.ID + "/payments/" + o.Payments[0].ID + "/receipts", map[string]any{"amount": o.Totals.GrandTotal}}
}

// readPlaced reads the answer to a placement.
func readPlaced(placed []byte) (*placedOrder, error) {
	var o placedOrder
	if err := json.Unmarshal(placed, &o); err != nil || len(o.Fulfillments) == 0 || len(o.Payments) == 0 {
		return nil, fmt.Errorf("the answer to a placement has no fulfillment orders or no payment: %s", placed)
	}
	return &o, nil
}

// deliver brings a placed order to the door. It returns the status of the first answer that is not 200.
func (b *buyer) deliver(ctx context.Context, placed []byte) (int, error) {
	o, err := readPlaced(placed)
	if err != nil {
		return 0, err
	}
	return b.take(ctx, o.steps(b.trackingNumber()), nil)
}

func (b *buyer) trackingNumber() string {
	return fmt.Sprintf("B%s-%d-%d", b.load.name, b.id, b.placed)
}

// render makes the n-th request after placements.
func (b *buyer) render(s step, n int) []byte {
	body := []byte("{}")
	if s.body != nil {
		body, _ = json.Marshal(s.body) // maps of strings and numbers
	}
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nIdempotency-Key: %s-%06d-%012d-%d\r\nContent-Length: %d\r\n\r\n",
		s.path, b.load.addr, b.load.o.Key, b.load.name, b.id, b.placed, n, len(body))
	return append([]byte(head), body...)
}

// drainWithin is how long captures may take after the last parcel was delivered.
const drainWithin = 5 * time.Minute

// drain waits until no payment is on its way any more: the lifecycle ends with the capture. It returns how long that
// took; nothing where the database cannot be asked.
func (w *watch) drain(ctx context.Context) (time.Duration, error) {
	if w.db == nil {
		return 0, nil
	}
	begin := time.Now()
	for {
		var open int64
		if err := w.db.Query(ctx, func(r store.Row) error { return r.Scan(&open) }, "SELECT count(*) FROM jobs WHERE kind = $1", "payment"); err != nil {
			return 0, err
		}
		if took := time.Since(begin); open == 0 || took > drainWithin {
			if open > 0 {
				return took, fmt.Errorf("%d payments are still on their way after %s", open, drainWithin)
			}
			return took, nil
		}
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return 0, err
		}
	}
}
