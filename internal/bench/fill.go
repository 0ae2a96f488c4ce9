package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// fates says what becomes of a hundred orders that are placed to be stored, as they lie in the database of a merchant:
// nearly all are long done. What is paid is paid by a recorded receipt. Of the steps of a fulfillment order (steps) those
// are left out that the next one implies, which is cheaper; some take all.
var fates = []struct {
	of    int // so many of a hundred
	steps []int
	then  func(*buyer, context.Context, *placedOrder) (int, error)
}{
	{of: 70, steps: []int{release, ship, deliver}},
	{of: 21, steps: []int{release, accept, pick, pack, ship, deliver}},
	{of: 2, steps: []int{release, ship, deliver}, then: (*buyer).sendBack},
	{of: 1, steps: []int{release, ship}},
	{of: 1, steps: []int{release, accept, pick}},
	{of: 1, steps: []int{release}},
	{of: 2},
	{of: 2, then: (*buyer).giveUp},
}

// live brings a placed order as far as drawn lots say. It returns the status of the first answer that is not as it
// should be.
func (b *buyer) live(ctx context.Context, placed []byte) (int, error) {
	o, err := readPlaced(placed)
	if err != nil {
		return 0, err
	}
	lot := b.rng.IntN(100)
	for _, f := range fates {
		if lot -= f.of; lot >= 0 {
			continue
		}
		var steps []step
		if len(f.steps) > 0 {
			steps = append(steps, o.paid())
		}
		for i, s := range o.steps(b.trackingNumber()) {
			if slices.Contains(f.steps, i%lifeSteps) {
				steps = append(steps, s)
			}
		}
		if status, err := b.take(ctx, steps, nil); status != 200 || err != nil || f.then == nil {
			return status, err
		}
		return f.then(b, ctx, o)
	}
	return 200, nil
}

// giveUp cancels an order of which nothing has begun.
func (b *buyer) giveUp(ctx context.Context, o *placedOrder) (int, error) {
	return b.take(ctx, []step{{"/v1/orders/" + o.ID + "/cancel", map[string]any{"reason": "customer"}}}, nil)
}

// sendBack lets a unit of the first line come back: it is put on the shelf, and what it cost is paid out.
func (b *buyer) sendBack(ctx context.Context, o *placedOrder) (int, error) {
	unit := map[string]any{"line": o.Lines[0].ID, "quantity": 1}
	asked := map[string]any{"line": o.Lines[0].ID, "quantity": 1, "reason": "unwanted"}
	var back struct{ ID string }
	status, err := b.take(ctx, []step{{"/v1/orders/" + o.ID + "/returns", map[string]any{"lines": []any{asked}}}}, &back)
	if status != 200 || err != nil {
		return status, err
	}
	return b.take(ctx, []step{
		{"/v1/returns/" + back.ID + "/receive", map[string]any{"lines": []any{unit}}},
		{"/v1/returns/" + back.ID + "/inspect", map[string]any{"units": []any{map[string]any{"line": o.Lines[0].ID, "quantity": 1, "condition": "new"}}}},
		{"/v1/orders/" + o.ID + "/payments/" + o.Payments[0].ID + "/refunds", map[string]any{"amount": o.Lines[0].UnitPrice, "reason": "return", "recorded": true}},
	}, nil)
}

// take sends requests one after the other, and reads the last answer. It returns 200, or the status of the first answer
// that is another than it or 201.
func (b *buyer) take(ctx context.Context, steps []step, into any) (int, error) {
	for i, s := range steps {
		b.sent++
		status, answer, err := b.conn.post(ctx, b.render(s, b.sent))
		if err != nil {
			return status, err
		}
		if status != 200 && status != 201 {
			if b.tally.firstErr == nil {
				b.tally.firstErr = fmt.Errorf("%s: %d %s", s.path, status, answer)
			}
			return status, nil
		}
		if into != nil && i == len(steps)-1 {
			if err := json.Unmarshal(answer, into); err != nil {
				return 0, fmt.Errorf("the answer of %s: %w", s.path, err)
			}
		}
	}
	return 200, nil
}
