package torture

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"ordo/internal/drive"
)

// Drill is one way in which order systems go wrong, and what must hold afterwards. The names are those of
// docs/invariants.md.
type Drill struct {
	Name, What string
	run        func(ctx context.Context, w *world) error
	begin      func(ctx context.Context, w *world) error // for drills that wait for time to pass: before everything else
}

// Drills are all drills, in their order; those with begin end last. Each works on goods of its own and leaves the data right.
var Drills = []Drill{
	{Name: "D1", What: "200 buyers want one unit each, 37 are there", run: lastUnits},
	{Name: "D2", What: "two lines want the same last unit", run: sharedUnit},
	{Name: "D3", What: "one order is sent 50 times at once under one key", run: sameKey},
	{Name: "D4", What: "two pollers bring the same external order", run: sameExternal},
	{Name: "D5", What: "killed between a capture and the note of it", run: killedInCapture},
	{Name: "D6", What: "webhooks doubled, forged, and a late failure", run: lateWebhooks},
	{Name: "D7", What: "60 and 60 of 100 are captured at once", run: twoCaptures},
	{Name: "D8", What: "a refund is refused by the provider", run: refusedRefund},
	{Name: "D9", What: "a cart's reservation expires before its order", begin: reserveCarts, run: expiredCarts},
	{Name: "D10", What: "a location rejects while its units elsewhere are bought", run: rejectedMeanwhile},
	{Name: "D11", What: "two of three are found on the shelf", run: shortPick},
	{Name: "D12", What: "an order is changed while its picker scans", run: scannedMeanwhile},
	{Name: "D13", What: "one more and one less come to nothing", run: netZero},
	{Name: "D14", What: "a discount of 10.00 over three lines comes back cent by cent", run: exactCents},
	{Name: "D15", What: "three are to come back, two come, one of them damaged", run: damagedReturn},
	{Name: "D17", What: "a webhook endpoint is away, others are slow or fail", run: awayEndpoint},
	{Name: "D18", What: "tracking events doubled, shuffled and days late", run: shuffledTracking},
	{Name: "D19", What: "a count is taken and posted while orders ship", run: countedMeanwhile},
	{Name: "D20", What: "ten are sent to another place, seven arrive", run: shortTransfer},
	{Name: "D23", What: "5,000 units in a line, 500 lines in an order", run: largeOrders},
}

// together sends requests at the same time.
func together(ctx context.Context, c *drive.Client, requests []drive.Request) ([]drive.Answer, error) {
	out, errs := make([]drive.Answer, len(requests)), make([]error, len(requests))
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i, r := range requests {
		wg.Go(func() {
			<-start
			out[i], errs[i] = c.Send(ctx, r)
		})
	}
	close(start)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func tally(answers []drive.Answer) map[string]int {
	m := map[string]int{}
	for _, a := range answers {
		m[fmt.Sprint(a.Status, " ", a.Code())]++
	}
	return m
}

// lastUnits: exactly as many orders as there are units, over three locations (I3 to I5).
func lastUnits(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "LAST", 12, 12, 13)
	if err != nil {
		return err
	}
	var requests []drive.Request
	for i := range 200 {
		requests = append(requests, drive.Request{Method: http.MethodPost, Path: "/v1/orders", In: w.placement(fmt.Sprintf("last%d", i), "", line(sku, 1))})
	}
	answers, err := together(ctx, w.api, requests)
	if err != nil {
		return err
	}
	if got := tally(answers); got["201 "] != 37 || got["409 insufficient_stock"] != 163 {
		return fmt.Errorf("answers %v, want 37 orders and 163 refusals", got)
	}
	sum, _, err := w.stock(ctx, sku)
	if err == nil && (sum.Allocated != 37 || sum.Available != 0) {
		err = fmt.Errorf("%d are allocated and %d available, want 37 and 0", sum.Allocated, sum.Available)
	}
	return err
}

// sharedUnit: the demand of both lines is summed before it is checked.
func sharedUnit(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "SHARED", 1)
	if err != nil {
		return err
	}
	ans, err := w.post(ctx, "/v1/orders", w.placement("shared", "", line(sku, 1), line(sku, 1)))
	if err != nil {
		return err
	}
	if ans.Code() != "insufficient_stock" {
		return fmt.Errorf("answered with %d %s", ans.Status, ans.Body)
	}
	sum, _, err := w.stock(ctx, sku)
	if err == nil && sum.Available != 1 {
		err = fmt.Errorf("%d available after the refusal, want 1", sum.Available)
	}
	return err
}

// sameKey: one order, 50 equal answers.
func sameKey(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "KEY", 100)
	if err != nil {
		return err
	}
	r := drive.Request{Method: http.MethodPost, Path: "/v1/orders", In: w.placement("key", "tok_ok", line(sku, 1)), Key: drive.Secret(12)}
	requests := make([]drive.Request, 50)
	for i := range requests {
		requests[i] = r
	}
	answers, err := together(ctx, w.api, requests)
	if err != nil {
		return err
	}
	for _, a := range answers {
		if a.Status != http.StatusCreated || string(a.Body) != string(answers[0].Body) {
			return fmt.Errorf("answers differ: %v", tally(answers))
		}
	}
	sum, _, err := w.stock(ctx, sku)
	if err == nil && sum.Available != 99 {
		err = fmt.Errorf("%d available, want 99: one order", sum.Available)
	}
	return err
}

// sameExternal: one order, the other poller gets it too.
func sameExternal(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "EXT", 100)
	if err != nil {
		return err
	}
	in := w.placement("ext", "", line(sku, 1))
	in["external_id"] = "ext-" + drive.Secret(6)
	var requests []drive.Request
	for range 20 {
		requests = append(requests, drive.Request{Method: http.MethodPost, Path: "/v1/orders", In: in})
	}
	answers, err := together(ctx, w.api, requests)
	if err != nil {
		return err
	}
	ids := map[string]bool{}
	for _, a := range answers {
		var o ord
		if err := a.Decode(&o); err != nil || a.Status >= 300 {
			return fmt.Errorf("answered with %d %s", a.Status, a.Body)
		}
		ids[o.ID] = true
	}
	if got := tally(answers); len(ids) != 1 || got["201 "] != 1 {
		return fmt.Errorf("%d orders, answers %v; want one order and one 201", len(ids), got)
	}
	return nil
}

// largeOrders: work grows with lines, never with units. That it does is measured elsewhere; here it must be right.
func largeOrders(ctx context.Context, w *world) error {
	sku, err := w.product(ctx, "LARGE", 3000, 3000)
	if err != nil {
		return err
	}
	o, err := w.place(ctx, w.placement("large", "", line(sku, 5000)))
	if err != nil {
		return err
	}
	if len(o.Fulfillments) != 2 {
		return fmt.Errorf("5,000 units from two locations made %d fulfillment orders", len(o.Fulfillments))
	}
	many, err := w.product(ctx, "MANY", 1000)
	if err != nil {
		return err
	}
	lines := make([]obj, 500)
	for i := range lines {
		lines[i] = line(many, 2)
	}
	if o, err = w.place(ctx, w.placement("many", "", lines...)); err != nil {
		return err
	}
	for _, f := range o.Fulfillments {
		if err := w.ship(ctx, f.ID); err != nil {
			return err
		}
	}
	if o, err = w.order(ctx, o.ID); err == nil && o.Status != "completed" {
		err = fmt.Errorf("500 lines shipped, the order is %s", o.Status)
	}
	return err
}
